/* JSONata: integers in words, Roman numerals and letters, and $parseInteger. */
#include "../value/base.h"

#include <math.h>

#include "picture.h"
#include "../value/number.h"
#include "../value/utf8.h"

/* ---- words -------------------------------------------------------------------- */

static const char cardinals[20][10] = {
    "Zero",     "One",     "Two",     "Three",     "Four",     "Five",     "Six",
    "Seven",    "Eight",   "Nine",    "Ten",       "Eleven",   "Twelve",   "Thirteen",
    "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
};
static const char ordinals[20][12] = {
    "Zeroth",    "First",     "Second",      "Third",      "Fourth",
    "Fifth",     "Sixth",     "Seventh",     "Eighth",     "Ninth",
    "Tenth",     "Eleventh",  "Twelfth",     "Thirteenth", "Fourteenth",
    "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
};
static const char tens[8][8] = { "Twenty", "Thirty",  "Forty",  "Fifty",
                                 "Sixty",  "Seventy", "Eighty", "Ninety" };
static const char magnitudes[4][9] = { "Thousand", "Million", "Billion", "Trillion" };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static void put_word(struct asl__out *o, enum asl__letter_case letters,
                     const char *word)
{
    size_t len = strlen(word);

    if (!asl__out_room(o, len))
        return;
    for (size_t i = 0; i < len; i++)
        o->data[o->len + i] = letters == ASL__UPPER   ? upper(word[i])
                              : letters == ASL__LOWER ? lower(word[i])
                                                      : word[i];
    o->len += len;
}

/* How a number is said. */
struct saying {
    struct asl__out *o;
    enum asl__letter_case letters;
};

/* N < 1000; AFTER: other words stand in front. */
static void say_small(const struct saying *s, unsigned n, bool after, bool ordinal)
{
    if (n >= 100) {
        put_word(s->o, s->letters, after ? ", " : "");
        put_word(s->o, s->letters, cardinals[n / 100]);
        put_word(s->o, s->letters, " Hundred");
        n %= 100;
        after = true;
        if (n == 0) {
            put_word(s->o, s->letters, ordinal ? "th" : "");
            return;
        }
    }
    put_word(s->o, s->letters, after ? " and " : "");
    if (n >= 20) {
        put_word(s->o, s->letters, tens[n / 10 - 2]);
        if (n % 10 == 0 && ordinal && !asl__out_failed(s->o)) {
            s->o->len--; /* twent-ieth */
            put_word(s->o, s->letters, "ieth");
        }
        if (n % 10 == 0)
            return;
        put_word(s->o, s->letters, "-");
        n %= 10;
    }
    put_word(s->o, s->letters, ordinal ? ordinals[n] : cardinals[n]);
}

/* As a magnitude of thousands; the largest word is said again and again. */
static void say(const struct saying *s, uint64_t n, bool after, bool ordinal)
{
    uint64_t unit = 1000;
    size_t word = 0;

    if (n < 1000) {
        say_small(s, (unsigned)n, after, ordinal);
        return;
    }
    while (word < 3 && n / unit >= 1000) {
        unit *= 1000;
        word++;
    }
    put_word(s->o, s->letters, after ? ", " : "");
    say(s, n / unit, false, false);
    put_word(s->o, s->letters, " ");
    put_word(s->o, s->letters, magnitudes[word]);
    if (n % unit > 0)
        say(s, n % unit, true, ordinal);
    else
        put_word(s->o, s->letters, ordinal ? "th" : "");
}

/* The same beyond 2^53, as far as doubles are exact.  Each call divides N by 10^12, so
 * the nesting is at most 26 deep. */
static void say_large(const struct saying *s, double n, bool after, bool ordinal)
{
    if (asl__out_failed(s->o))
        return;
    if (n < 0x1p53) {
        say(s, (uint64_t)n, after, ordinal);
        return;
    }
    double trillions = floor(n / 1e12), rest = n - trillions * 1e12;
    put_word(s->o, s->letters, after ? ", " : "");
    say_large(s, trillions, false, false);
    put_word(s->o, s->letters, " Trillion");
    if (rest > 0)
        say_large(s, rest, true, ordinal);
    else
        put_word(s->o, s->letters, ordinal ? "th" : "");
}

void asl__put_words(struct asl__out *o, const struct asl__integer_picture *p,
                    struct asl__integral n)
{
    struct saying s = { o, p->letters };

    if (n.is_exact)
        say(&s, n.exact, false, p->ordinal);
    else
        say_large(&s, n.size, false, p->ordinal);
}

/* A word of the table below: value 0 for `and` and the like is never asked for. */
struct word {
    char text[13];
    double value;
};

/* All words that a number may be made of, by their first letter. */
static const struct word words[] = {
    { "and", 0 },           { "billion", 1e9 },   { "billionth", 1e9 },
    { "eight", 8 },         { "eighteen", 18 },   { "eighteenth", 18 },
    { "eighth", 8 },        { "eightieth", 80 },  { "eighty", 80 },
    { "eleven", 11 },       { "eleventh", 11 },   { "fifteen", 15 },
    { "fifteenth", 15 },    { "fifth", 5 },       { "fiftieth", 50 },
    { "fifty", 50 },        { "first", 1 },       { "five", 5 },
    { "fortieth", 40 },     { "forty", 40 },      { "four", 4 },
    { "fourteen", 14 },     { "fourteenth", 14 }, { "fourth", 4 },
    { "hundred", 100 },     { "hundredth", 100 }, { "hundreieth", 100 },
    { "million", 1e6 },     { "millionth", 1e6 }, { "nine", 9 },
    { "nineteen", 19 },     { "nineteenth", 19 }, { "ninetieth", 90 },
    { "ninety", 90 },       { "ninth", 9 },       { "one", 1 },
    { "second", 2 },        { "seven", 7 },       { "seventeen", 17 },
    { "seventeenth", 17 },  { "seventh", 7 },     { "seventieth", 70 },
    { "seventy", 70 },      { "six", 6 },         { "sixteen", 16 },
    { "sixteenth", 16 },    { "sixth", 6 },       { "sixtieth", 60 },
    { "sixty", 60 },        { "ten", 10 },        { "tenth", 10 },
    { "third", 3 },         { "thirteen", 13 },   { "thirteenth", 13 },
    { "thirtieth", 30 },    { "thirty", 30 },     { "thousand", 1e3 },
    { "thousandth", 1e3 },  { "three", 3 },       { "trillion", 1e12 },
    { "trillionth", 1e12 }, { "twelfth", 12 },    { "twelve", 12 },
    { "twentieth", 20 },    { "twenty", 20 },     { "two", 2 },
    { "zero", 0 },          { "zeroth", 0 },
};

/* Whether TEXT begins with WORD, in any case of letters. */
static bool begins_with(const char *text, size_t len, const char *word, size_t word_len)
{
    if (word_len > len)
        return false;
    for (size_t i = 0; i < word_len; i++)
        if (lower(text[i]) != word[i])
            return false;
    return true;
}

size_t asl__number_word(const char *text, size_t len, size_t after)
{
    size_t best = 0;

    for (size_t i = 0; i < ASL__COUNT_OF(words); i++) {
        if (len == 0 || words[i].text[0] != lower(text[0]))
            continue;
        size_t word_len = strlen(words[i].text);
        if (word_len > after && (best == 0 || word_len < best) &&
            begins_with(text, len, words[i].text, word_len))
            best = word_len;
    }
    return best;
}

static double value_of_word(const char *text, size_t len)
{
    for (size_t i = 1; i < ASL__COUNT_OF(words); i++)
        if (len > 0 && words[i].text[0] == lower(text[0]) &&
            strlen(words[i].text) == len && begins_with(text, len, words[i].text, len))
            return words[i].value;
    return NAN;
}

size_t asl__blank_at(const char *at, const char *end)
{
    size_t bytes;

    if (at >= end)
        return 0;
    if ((unsigned char)*at < 0x80)
        return *at == ' ' || (*at >= '\t' && *at <= '\r');
    uint32_t code = asl__utf8_decode(at, end, &bytes);
    bool blank = code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
                 code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F ||
                 code == 0x3000 || code == 0xFEFF;
    return blank ? bytes : 0;
}

/* Bytes of what stands between two words at AT: `, `, ` and `, a blank, `-` or `\`; 0:
 * AT is inside a word. */
static size_t between_words(const char *at, const char *end)
{
    size_t blank = asl__blank_at(at, end), second;

    if (*at == ',' && (second = asl__blank_at(at + 1, end)) > 0)
        return 1 + second;
    if (blank > 0 && (size_t)(end - at) > blank + 3 &&
        begins_with(at + blank, 3, "and", 3) &&
        (second = asl__blank_at(at + blank + 3, end)) > 0)
        return blank + 3 + second;
    return blank > 0 ? blank : *at == '-' || *at == '\\';
}

/* Words as a number: what is below a hundred is added, the rest multiplies. */
struct sum {
    double done, top;
};

static void add_word(struct sum *s, double value)
{
    if (value < 100) {
        if (s->top >= 1000) {
            s->done += s->top;
            s->top = 0;
        }
        s->top += value;
    } else {
        s->top *= value;
    }
}

static double read_words(const char *text, size_t len)
{
    const char *at = text, *end = text + len, *word = text;
    struct sum s = { 0, 0 };
    size_t bytes;

    while (at < end) {
        bytes = between_words(at, end);
        if (bytes == 0) {
            at++;
            continue;
        }
        add_word(&s, value_of_word(word, (size_t)(at - word)));
        word = at += bytes;
    }
    add_word(&s, value_of_word(word, (size_t)(end - word)));
    return s.done + s.top;
}

/* ---- Roman numerals ----------------------------------------------------------- */

void asl__put_roman(struct asl__out *o, bool is_upper, struct asl__integral n)
{
    static const struct {
        unsigned value;
        char text[3];
    } numerals[] = { { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" },
                     { 90, "XC" },  { 50, "L" },  { 40, "XL" },  { 10, "X" },
                     { 9, "IX" },   { 5, "V" },   { 4, "IV" },   { 1, "I" } };
    double thousands = n.is_exact ? (double)(n.exact / 1000) : floor(n.size / 1000);
    unsigned rest =
        (unsigned)(n.is_exact ? n.exact % 1000 : (uint64_t)fmod(n.size, 1000));
    size_t count = thousands > ASL__MOST_TEXT ? ASL__MOST_TEXT : (size_t)thousands;

    if (thousands > ASL__MOST_TEXT)
        rest = 999; /* too much at any rate */
    if (!asl__out_room(o, count))
        return;
    memset(o->data + o->len, is_upper ? 'M' : 'm', count);
    o->len += count;
    for (size_t i = 0; i < ASL__COUNT_OF(numerals); i++)
        for (; rest >= numerals[i].value; rest -= numerals[i].value)
            put_word(o, is_upper ? ASL__UPPER : ASL__LOWER, numerals[i].text);
}

static double value_of_numeral(char c)
{
    switch (c) {
    case 'M': return 1000;
    case 'D': return 500;
    case 'C': return 100;
    case 'L': return 50;
    case 'X': return 10;
    case 'V': return 5;
    case 'I': return 1;
    default: return NAN;
    }
}

static double read_roman(const char *text, size_t len, bool is_upper)
{
    double sum = 0, most = 1;

    for (size_t i = len; i-- > 0;) {
        double value = value_of_numeral(is_upper ? text[i] : upper(text[i]));
        if (value < most) {
            sum -= value;
        } else {
            most = value;
            sum += value;
        }
    }
    return sum;
}

/* ---- letters ------------------------------------------------------------------ */

void asl__put_letters(struct asl__out *o, bool is_upper, struct asl__integral n)
{
    char buf[256]; /* 26^218 is more than a double can be */
    size_t at = sizeof buf;
    char first = is_upper ? 'A' : 'a';
    double large = n.size;

    if (!n.is_exact) {
        for (; large >= 0x1p53; large = floor((large - 1) / 26))
            buf[--at] = (char)(first + (int)fmod(large - 1, 26));
        n.exact = (uint64_t)large;
    }
    for (; n.exact > 0; n.exact = (n.exact - 1) / 26)
        buf[--at] = (char)(first + (char)((n.exact - 1) % 26));
    asl__out_text(o, buf + at, sizeof buf - at);
}

/* As in the reference each UTF-16 unit counts, whatever it is, and the last comes first. */
static double read_letters(const char *text, size_t len, bool is_upper)
{
    const char *at = text + len;
    double zero = is_upper ? 'A' - 1 : 'a' - 1, sum = 0;
    size_t bytes;

    for (double power = 0; at > text; power++) {
        do
            at--;
        while (at > text && (*at & 0xC0) == 0x80);
        uint32_t code = asl__utf8_decode(at, text + len, &bytes);
        if (code >= 0x10000) {
            sum += ((0xDC00 | (code & 0x3FF)) - zero) * pow(26, power++);
            code = 0xD7C0 + (code >> 10);
        }
        sum += (code - zero) * pow(26, power);
    }
    return sum;
}

/* ---- digits ------------------------------------------------------------------- */

/* The separators that are left out when P is read: `,` where they are regular, as in
 * the reference. */
struct separators {
    const struct asl__integer_picture *picture;
    unsigned char *bits; /* of a long picture: a bit for each code point; else NULL */
};

enum { LONG_PICTURE = 256, CODES = 0x110000 };

static bool is_in_picture(const struct asl__integer_picture *p, uint32_t code,
                          unsigned char *bits)
{
    const char *at = p->text, *end = at + p->len;

    for (size_t bytes; at < end; at += bytes) {
        uint32_t other = asl__utf8_decode(at, end, &bytes);
        if (other == '#' || asl__digit_family(other) != 0)
            continue;
        if (bits)
            bits[other / 8] |= (unsigned char)(1 << other % 8);
        else if (other == code)
            return true;
    }
    return false;
}

/* False: no memory. */
static bool find_separators(asl_eval *e, const struct asl__integer_picture *p,
                            struct separators *s)
{
    *s = (struct separators){ p, NULL };
    if (!p->grouped || p->regular > 0 || p->len <= LONG_PICTURE)
        return true;
    s->bits = asl_alloc(e->region, CODES / 8);
    if (!s->bits)
        return false;
    memset(s->bits, 0, CODES / 8);
    is_in_picture(p, 0, s->bits);
    return true;
}

static bool is_separator(const struct separators *s, uint32_t code)
{
    if (!s->picture->grouped || s->picture->regular > 0)
        return s->picture->grouped && code == ',';
    if (s->bits)
        return s->bits[code / 8] >> code % 8 & 1;
    return is_in_picture(s->picture, code, NULL);
}

/* The text before the last two UTF-16 units. */
static size_t without_suffix(const char *text, size_t len)
{
    size_t units = asl__utf8_utf16_len(text, len);

    return units < 2 ? 0 : asl__utf8_utf16_offset(text, len, units - 2);
}

/* Copies what is left of TEXT to OUT in ASCII: separators go, digits become those from
 * U+0030 on, and what comes behind the first other character does not matter.  False:
 * no memory. */
static bool plain_digits(asl_eval *e, const struct asl__integer_picture *p,
                         const char *text, size_t len, char *out, size_t *out_len)
{
    const char *end = text + len;
    struct separators separators;

    *out_len = 0;
    if (!find_separators(e, p, &separators))
        return false;
    for (size_t bytes; text < end; text += bytes) {
        uint32_t code = asl__utf8_decode(text, end, &bytes);
        if (is_separator(&separators, code))
            continue;
        code += '0' - p->zero;
        if (code >= 0x80)
            break;
        out[(*out_len)++] = (char)code;
    }
    return true;
}

static int hex_digit(char c)
{
    c = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

asl_value asl__read_prefix(const char *text, size_t len)
{
    const char *at = text, *end = text + len, *digits;
    double sum = 0;
    int64_t integer;

    while (at < end && asl__blank_at(at, end) > 0)
        at++;
    bool negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    if (end - at >= 2 && at[0] == '0' && lower(at[1]) == 'x') {
        for (digits = at += 2; at < end && hex_digit(*at) >= 0; at++)
            sum = sum * 16 + hex_digit(*at);
        return at == digits ? asl_double(NAN) : asl_number(negative ? -sum : sum);
    }
    for (digits = at; at < end && *at >= '0' && *at <= '9';)
        at++;
    if (at == digits)
        return asl_double(NAN);
    if (asl__integer_parse(digits, (size_t)(at - digits), &integer))
        return asl_integer(negative ? -integer : integer);
    sum = asl__number_parse(digits, (size_t)(at - digits));
    return asl_number(negative ? -sum : sum);
}

static asl_value read_decimal(asl_eval *e, const struct asl__integer_picture *p,
                              const char *text, size_t len)
{
    char few[64], *plain = few;

    if (p->ordinal)
        len = without_suffix(text, len);
    if (!p->grouped && p->zero == '0')
        return asl__read_prefix(text, len);
    if (len > sizeof few && !(plain = asl_alloc(e->region, len)))
        return asl_no_memory();
    return plain_digits(e, p, text, len, plain, &len) ? asl__read_prefix(plain, len)
                                                      : asl_no_memory();
}

asl_value asl__read_integer(asl_eval *e, const struct asl__integer_picture *p,
                            const char *text, size_t len)
{
    switch (p->numbering) {
    case ASL__DIGITS: return read_decimal(e, p, text, len);
    case ASL__LETTERS:
        return asl_number(read_letters(text, len, p->letters == ASL__UPPER));
    case ASL__ROMAN: return asl_number(read_roman(text, len, p->letters == ASL__UPPER));
    case ASL__WORDS: return asl_number(read_words(text, len));
    case ASL__NO_NUMBERING: break;
    }
    return asl__no_numbering(e, p);
}

asl_value asl_fn_parseInteger(asl_eval *e, asl_value context, uint32_t n,
                              const asl_value *args)
{
    struct asl__integer_picture p;
    asl_value given[2], error;

    if (n != 2 || !asl_is_string(args[0]) || !asl_is_string(args[1])) {
        error = asl__checked(e, &asl_fv_parseInteger, context, n, args, given);
        if (asl_is_error(error) || asl_is_undefined(given[0]))
            return error;
        args = given;
    }
    if (!asl_is_string(args[1])) /* undefined */
        return asl_query_error(e, "T0410", "parseInteger", asl_integer(2));
    if (!asl__integer_analyse(asl_text(&args[1]), asl_text_len(args[1]), &p))
        return asl_query_error(e, "D3131", NULL, asl_undefined());
    return asl__read_integer(e, &p, asl_text(&args[0]), asl_text_len(args[0]));
}
