/* What the files of $toMillis share: a picture as a list of parts, each of which takes
 * some of the text. */
#ifndef ASL_EXPR_TIMESTAMP_H
#define ASL_EXPR_TIMESTAMP_H

#include "picture.h"

enum asl__part_kind {
    ASL__PART_TEXT,
    ASL__PART_DIGITS,
    ASL__PART_LETTERS,
    ASL__PART_ROMAN,
    ASL__PART_WORDS,
    ASL__PART_NAME,
    ASL__PART_ZONE
};

/* A part of a picture: text or a marker. */
struct asl__part {
    enum asl__part_kind kind;
    uint32_t component;
    const char *text; /* ASL__PART_TEXT */
    size_t len;
    int64_t least, most; /* ASL__PART_DIGITS: that many */
    int64_t width;       /* ASL__PART_NAME: cut to that; 0: not */
    struct asl__integer_picture integer;
    size_t start, end, low; /* of its piece of text: where it is, could end at least */
};

/* A picture that is fitted to a text. */
struct asl__fitting {
    asl_eval *e;
    struct asl__part *parts;
    size_t count, room;
    bool any; /* a marker is among them */
    const char *text;
    size_t len;
    /* The end of a run of digits (Roman numerals, letters) from a place on; NULL: not
     * known yet. */
    uint32_t *runs[3];
    /* Row I: a bit for each place where parts[I] may begin so that all fit. */
    uint64_t *table;
    size_t row; /* words of a row */
};

/* All of PICTURE as M's parts; an error (what is wrong with the whole of it counts
 * before what cannot be read back) or undefined. */
asl_value asl__read_parts(struct asl__fitting *m, const char *picture, size_t len);
/* Gives each part its piece of the text: true; false: they do not fit; or an error. */
asl_value asl__fit(struct asl__fitting *m);
/* The end of a run of what parts of KIND are made of. */
size_t asl__run_of(const struct asl__fitting *m, enum asl__part_kind kind, size_t at);

/* C in lower case. */
static inline unsigned char asl__fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

#endif
