/* Sets of UTF-16 units; see jsonata_set.h. */
#include "../value/base.h"

#include "jsonata_set.h"
#include "jsonata_text.h"

void asl__set_add(struct asl__set *set, uint32_t first, uint32_t last)
{
    for (uint32_t c = first; c <= last; c++)
        set->bits[c / 64] |= UINT64_C(1) << (c % 64);
}

void asl__set_invert(struct asl__set *set)
{
    for (size_t i = 0; i < ASL__COUNT_OF(set->bits); i++)
        set->bits[i] = ~set->bits[i];
}

/* Ranges of what \s is. */
static const uint16_t spaces[][2] = { { 9, 13 },          { ' ', ' ' },
                                      { 0xA0, 0xA0 },     { 0x1680, 0x1680 },
                                      { 0x2000, 0x200A }, { 0x2028, 0x2029 },
                                      { 0x202F, 0x202F }, { 0x205F, 0x205F },
                                      { 0x3000, 0x3000 }, { 0xFEFF, 0xFEFF } };
static const uint16_t words[][2] = {
    { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' }
};

static bool in_ranges(const uint16_t (*ranges)[2], size_t count, uint32_t c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1])
            return true;
    return false;
}

bool asl__set_add_class(struct asl__set *set, uint32_t letter)
{
    bool opposite = letter < 'a';

    if (letter >= 0x80 || !strchr("dwsDWS", (int)letter) || letter == 0)
        return false;
    for (uint32_t c = 0; c < ASL__UNITS; c++) {
        bool in = (letter | 32) == 'd'   ? (c >= '0' && c <= '9')
                  : (letter | 32) == 'w' ? in_ranges(words, ASL__COUNT_OF(words), c)
                                         : in_ranges(spaces, ASL__COUNT_OF(spaces), c);
        if (in != opposite)
            asl__set_add(set, c, c);
    }
    return true;
}

/* JavaScript compares upper cases, where those of ASCII have no others. */
static bool is_case_pair(uint32_t code, uint32_t upper)
{
    return code < ASL__UNITS && upper < ASL__UNITS && (code < 0x80 || upper >= 0x80);
}

static void add_upper(void *to, uint32_t code, uint32_t upper)
{
    struct asl__set *set = to;

    if (is_case_pair(code, upper) && asl__set_has(set, code))
        asl__set_add(set, upper, upper);
}

static void add_lower(void *to, uint32_t code, uint32_t upper)
{
    struct asl__set *set = to;

    if (is_case_pair(code, upper) && asl__set_has(set, upper))
        asl__set_add(set, code, code);
}

void asl__set_ignore_case(struct asl__set *set)
{
    asl__each_upper(add_upper, set);
    asl__each_upper(add_lower, set);
}
