/* What the files of $formatNumber share: a picture and what it is read with. */
#ifndef ASL_EXPR_NUMBER_PICTURE_H
#define ASL_EXPR_NUMBER_PICTURE_H

#include "picture.h"

/* Of XPath's decimal formats. */
enum asl__property {
    ASL__DECIMAL,
    ASL__GROUPING,
    ASL__EXPONENT,
    ASL__MINUS,
    ASL__PERCENT,
    ASL__PER_MILLE,
    ASL__ZERO,
    ASL__DIGIT,
    ASL__PATTERN,
    ASL__PROPERTIES
};
#define ASL__NO_CODE UINT32_MAX /* is no character */

struct asl__number_format {
    uint32_t code[ASL__PROPERTIES];  /* the first character; NO_CODE: an empty text */
    asl_value text[ASL__PROPERTIES]; /* as given; undefined: the usual one */
};

/* The text of property P; it lives as long as *F. */
const char *asl__property_text(const struct asl__number_format *f, enum asl__property p,
                               size_t *len);

static inline bool asl__is_picture_digit(const struct asl__number_format *f,
                                         uint32_t code)
{
    return code - f->code[ASL__ZERO] < 10 && f->code[ASL__ZERO] != ASL__NO_CODE;
}

/* A digit or what stands for one. */
static inline bool asl__is_digit_sign(const struct asl__number_format *f, uint32_t code)
{
    return asl__is_picture_digit(f, code) || code == f->code[ASL__DIGIT];
}

/* Code points of a picture; a part of one. */
struct asl__span {
    const uint32_t *at;
    size_t len;
};

/* Where CODE is first in S from FROM on; SIZE_MAX: nowhere. */
static inline size_t asl__span_find(struct asl__span s, uint32_t code, size_t from)
{
    for (size_t i = from; i < s.len; i++)
        if (s.at[i] == code)
            return i;
    return SIZE_MAX;
}

static inline size_t asl__count_signs(const struct asl__number_format *f,
                                      struct asl__span s)
{
    size_t sum = 0;

    for (size_t i = 0; i < s.len; i++)
        sum += asl__is_digit_sign(f, s.at[i]);
    return sum;
}

/* A sub-picture, taken apart and measured (XPath F&O 4.7.4). */
struct asl__sub_picture {
    struct asl__span all, prefix, suffix, active, mantissa, integer, fraction, exponent;
    bool has_exponent, has_decimal;
    unsigned percents, per_milles;
    size_t regular; /* a grouping separator after each so many digits; 0: by position */
    size_t least_integer, scale, least_fraction, most_fraction, least_exponent;
};

/* D in the form of P; NEGATED: a minus sign stands for a sub-picture of its own. */
asl_value asl__put_number(asl_eval *e, const struct asl__number_format *f,
                          const struct asl__sub_picture *p, double d, bool negated);

#endif
