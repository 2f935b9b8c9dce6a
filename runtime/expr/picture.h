/* What the files of pictures share: of numbers, integers, dates and times (jsonata.md
 * 12 and 13).  A picture is analysed where it stands, without memory of its own, in one
 * pass from the left. */
#ifndef ASL_EXPR_PICTURE_H
#define ASL_EXPR_PICTURE_H

#include "jsonata_text.h"
#include "query.h"

/* ---- text that grows ---------------------------------------------------------- */

/* Text being made in the region; once something went wrong (`error`) nothing is added.
 * */
struct asl__out {
    asl_eval *e;
    char *data;
    size_t len, room;
    asl_value error; /* undefined: none */
    char few[112];
};

static inline void asl__out_begin(struct asl__out *o, asl_eval *e)
{
    o->e = e;
    o->data = o->few;
    o->len = 0;
    o->room = sizeof o->few;
    o->error = asl_undefined();
}
/* The text, or what went wrong. */
asl_value asl__out_end(struct asl__out *o);
/* Out-of-line part of asl__out_room. */
bool asl__out_more(struct asl__out *o, size_t extra);
/* Makes room for EXTRA more bytes; false if there is none. */
static inline bool asl__out_room(struct asl__out *o, size_t extra)
{
    return o->room - o->len >= extra || asl__out_more(o, extra);
}
static inline void asl__out_char(struct asl__out *o, char c)
{
    if (asl__out_room(o, 1))
        o->data[o->len++] = c;
}
static inline void asl__out_text(struct asl__out *o, const char *text, size_t len)
{
    if (asl__out_room(o, len)) {
        memcpy(o->data + o->len, text, len);
        o->len += len;
    }
}
void asl__out_code(struct asl__out *o, uint32_t code);
static inline bool asl__out_failed(const struct asl__out *o)
{
    return asl_is_error(o->error);
}

/* ---- integers ----------------------------------------------------------------- */

enum asl__numbering {
    ASL__DIGITS,
    ASL__LETTERS,
    ASL__ROMAN,
    ASL__WORDS,
    ASL__NO_NUMBERING /* D3130 when it is used */
};
enum asl__letter_case { ASL__LOWER, ASL__UPPER, ASL__TITLE };

struct asl__integer_picture {
    enum asl__numbering numbering;
    enum asl__letter_case letters;
    bool ordinal;
    bool grouped;       /* there are separators */
    uint32_t zero;      /* code of the digit 0 of its family */
    uint32_t mandatory; /* digits at least */
    uint32_t optional;  /* `#` signs */
    uint32_t regular;   /* a separator after each so many digits; 0: where they stand */
    uint32_t separator; /* the first one's code */
    const char *text;   /* the part before `;`, borrowed */
    size_t len;
};

/* Analyses TEXT; false: digits of two families (D3131). */
bool asl__integer_analyse(const char *text, size_t len, struct asl__integer_picture *p);
/* The same with `;o` behind it or not (as dates have it). */
bool asl__integer_analyse_part(const char *text, size_t len, bool ordinal,
                               struct asl__integer_picture *p);
/* D3130 for P. */
asl_value asl__no_numbering(asl_eval *e, const struct asl__integer_picture *p);
/* The first code point that is 0 in the family of the digit CODE; 0: no digit. */
uint32_t asl__digit_family(uint32_t code);

/* A number without a fraction. */
struct asl__integral {
    bool negative;
    bool is_exact;
    uint64_t exact; /* its size */
    double size;    /* where it is not exact: 2^53 or more, infinite, NaN */
};
struct asl__integral asl__integral_of(asl_value number); /* rounded down */
static inline struct asl__integral asl__integral_int(int64_t i)
{
    return (struct asl__integral){ i < 0, true, i < 0 ? 0 - (uint64_t)i : (uint64_t)i,
                                   0 };
}
/* Adds N in P's form. */
void asl__put_integer(struct asl__out *o, const struct asl__integer_picture *p,
                      struct asl__integral n);
/* In words, Roman numerals, letters. */
void asl__put_words(struct asl__out *o, const struct asl__integer_picture *p,
                    struct asl__integral n);
void asl__put_roman(struct asl__out *o, bool upper, struct asl__integral n);
void asl__put_letters(struct asl__out *o, bool upper, struct asl__integral n);

/* What TEXT is in P's form; NaN where it has none.  An error: D3130. */
asl_value asl__read_integer(asl_eval *e, const struct asl__integer_picture *p,
                            const char *text, size_t len);
/* As JavaScript's parseInt: the number that TEXT begins with, or NaN. */
asl_value asl__read_prefix(const char *text, size_t len);
/* Bytes of the white space at AT as JavaScript sees it; 0: none. */
size_t asl__blank_at(const char *at, const char *end);
/* The length of the word of a number (or `and`) that TEXT begins with in any case of
 * letters, the next longer than AFTER; 0: none. */
size_t asl__number_word(const char *text, size_t len, size_t after);

/* ---- dates and times ---------------------------------------------------------- */

/* An instant taken apart (UTC).  Not valid: beyond the years that JavaScript has. */
struct asl__moment {
    bool valid;
    int64_t ms, day; /* since 1970; the day it is on */
    int64_t year;
    unsigned month, date; /* from 1 */
    unsigned hour, minute, second, milli;
};
struct asl__moment asl__moment_of(double ms);
/* Its COMPONENT (`Y`, `M`, ...) as a number; P: 0 am, 1 pm. */
int64_t asl__fragment(const struct asl__moment *m, char component);
/* The offset of a time zone: of `-0530` -6 hours and -30 minutes, as the reference has
 * it. */
struct asl__zone {
    bool valid;
    int64_t hours, minutes;
};

/* A marker of a picture: [component presentation, width]. */
struct asl__marker {
    uint32_t component; /* a code point */
    char presentation2; /* o, c, a, t; or 0 */
    bool known;         /* there is such a component */
    bool names;
    bool numbered;                 /* has `integer` */
    enum asl__letter_case letters; /* of names */
    int64_t least, most;           /* width; -1: not given */
    int64_t digits;                /* Y, M, D: that many (`n`); -1: any */
    struct asl__integer_picture integer;
};

/* A picture that is read from the left, part by part. */
struct asl__pieces {
    asl_eval *e;
    const char *at, *end;
};
enum asl__piece { ASL__PICTURE_END, ASL__LITERAL, ASL__MARKER, ASL__PICTURE_ERROR };
/* The next part: LEN bytes of literal text at *TEXT, or *MARKER, or *ERROR. */
enum asl__piece asl__next_piece(struct asl__pieces *p, const char **text, size_t *len,
                                struct asl__marker *marker, asl_value *error);

/* D3132: there is no such component.  D3133: it has no names. */
asl_value asl__no_component(asl_eval *e, const struct asl__marker *m);
asl_value asl__not_a_name(asl_eval *e, const struct asl__marker *m);

extern const char asl__months[12][10], asl__days[7][10];

/* The evaluation's instant. */
asl_value asl__query_now(asl_eval *e, double *ms);

#endif
