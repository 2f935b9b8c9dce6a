/* Regular expressions of JavaScript as PCRE2 has them; see jsonata_pattern.h.
 *
 * The dialect is that of ECMAScript 2023 with its annex B: a backslash before any
 * letter that means nothing else, braces that are no quantifier, and octal escapes are
 * taken as they are.  Everything is written anew, so that nothing can mean something
 * else to PCRE2: a literal is a letter, a digit or an escape, a class is a list of
 * ranges of numbers.
 *
 * What PCRE2 does not do as JavaScript does: a lookbehind needs alternatives of fixed
 * length (else compiling fails), groups inside a repeated group keep what they matched
 * in an earlier round, and a round that matches nothing ends the repetition instead of
 * being tried another way. */
#include "../value/base.h"

#include "jsonata_pattern.h"
#include "jsonata_set.h"
#include "../value/utf8.h"

enum { UNITS = ASL__UNITS, MOST_NESTED = 250, MOST_REPEATS = 65535 };

struct translator {
    const uint32_t *units; /* the pattern, in UTF-16 units */
    size_t count, at;
    uint32_t groups; /* in all of it */
    uint32_t opened; /* so far */
    bool has_names;  /* of groups: \k is a reference */
    bool ignore_case, multiline;
    size_t depth;
    bool no_repeat[MOST_NESTED + 1]; /* a lookbehind is open at that depth */
    struct asl__buf *out;
    struct asl__set set;
};

static const char invalid_escape[] = "invalid escape";

/* The unit AHEAD units further; 0x110000, which is none, behind the end. */
static uint32_t peek(const struct translator *t, size_t ahead)
{
    return ahead < t->count - t->at ? t->units[t->at + ahead] : 0x110000;
}

static bool accept(struct translator *t, char c)
{
    if (peek(t, 0) != (uint32_t)(unsigned char)c)
        return false;
    t->at++;
    return true;
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z' && c < 0x80;
}

static int hex_value(uint32_t c)
{
    if (is_digit(c))
        return (int)(c - '0');
    return c < 0x80 && (c | 32) >= 'a' && (c | 32) <= 'f' ? (int)((c | 32) - 'a' + 10)
                                                          : -1;
}

static void put(struct translator *t, const char *text)
{
    asl__buf_append_cstring(t->out, text);
}

/* ---- sets ------------------------------------------------------------------------ */

/* The units FIRST..LAST, all surrogates or none of them, in a class. */
static void put_range(struct translator *t, uint32_t first, uint32_t last)
{
    uint32_t shift = first >= 0xD800 && first <= 0xDFFF ? 0x100000 : 0;

    asl__buf_printf(t->out, "\\x{%x}", first + shift);
    if (last > first)
        asl__buf_printf(t->out, "-\\x{%x}", last + shift);
}

/* Writes t->set as a class. */
static void put_set(struct translator *t, bool negated)
{
    static const uint32_t parts[] = { 0, 0xD800, 0xE000, UNITS };
    bool any = false;

    if (asl__set_has(&t->set, UNITS - 1)) { /* short where it is nearly all */
        asl__set_invert(&t->set);
        negated = !negated;
    }
    size_t start = t->out->len;
    put(t, t->ignore_case ? "(?-i:[" : "[");
    put(t, negated ? "^" : "");
    for (size_t i = 0; i + 1 < ASL__COUNT_OF(parts); i++)
        for (uint32_t c = parts[i], first; c < parts[i + 1]; c++) {
            if (!asl__set_has(&t->set, c))
                continue;
            for (first = c; c + 1 < parts[i + 1] && asl__set_has(&t->set, c + 1);)
                c++;
            put_range(t, first, c);
            any = true;
        }
    if (any) {
        put(t, t->ignore_case ? "])" : "]");
    } else if (!t->out->failed) {
        t->out->len = start;
        put(t, negated ? "(?s:.)" : "(?!)");
    }
}

/* ---- single units ---------------------------------------------------------------- */

/* Whether CASELESS of PCRE2 does with C what JavaScript does: not for k and s, which
 * have relatives outside of ASCII. */
static bool is_simple(const struct translator *t, uint32_t c)
{
    if (!t->ignore_case)
        return true;
    return c < 0x80 && (c | 32) != 'k' && (c | 32) != 's';
}

static void put_unit(struct translator *t, uint32_t c)
{
    if (!is_simple(t, c)) {
        memset(&t->set, 0, sizeof t->set);
        asl__set_add(&t->set, c, c);
        asl__set_ignore_case(&t->set);
        put_set(t, false);
    } else if (is_digit(c) || is_letter(c)) {
        asl__buf_append_char(t->out, (char)c);
    } else {
        put_range(t, c, c);
    }
}

/* COUNT hexadecimal digits, which are skipped; false if they are not there. */
static bool read_hex(struct translator *t, size_t count, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        int value = hex_value(peek(t, i));
        if (value < 0)
            return false;
        *out = *out << 4 | (uint32_t)value;
    }
    t->at += count;
    return true;
}

/* An octal escape of up to three digits, the first of which is C, up to \377. */
static uint32_t read_octal(struct translator *t, uint32_t c)
{
    uint32_t value = c - '0';

    for (size_t i = 0; i < 2 && peek(t, 0) >= '0' && peek(t, 0) <= '7' && value < 32;
         i++)
        value = value * 8 + (t->units[t->at++] - '0');
    return value;
}

/* The unit that the escape of letter C, which has been read, stands for. */
static uint32_t escaped_unit(struct translator *t, uint32_t c, bool in_class)
{
    uint32_t next = peek(t, 0), value;

    switch (c) {
    case 't': return '\t';
    case 'n': return '\n';
    case 'v': return '\v';
    case 'f': return '\f';
    case 'r': return '\r';
    case 'x': return read_hex(t, 2, &value) ? value : c;
    case 'u': return read_hex(t, 4, &value) ? value : c;
    case 'c':
        if (is_letter(next) || (in_class && (is_digit(next) || next == '_'))) {
            t->at++;
            return next & 31;
        }
        t->at--; /* the backslash stands for itself */
        return '\\';
    default: return c >= '0' && c <= '7' ? read_octal(t, c) : c;
    }
}

/* ---- classes --------------------------------------------------------------------- */

/* One unit or class of a class; -1: it was added as a class, -2: it is wrong. */
static int32_t read_member(struct translator *t)
{
    uint32_t c = t->units[t->at++];

    if (c != '\\')
        return (int32_t)c;
    if (t->at == t->count)
        return -2;
    c = t->units[t->at++];
    if (asl__set_add_class(&t->set, c))
        return -1;
    if (c == 'b')
        return '\b';
    return (int32_t)escaped_unit(t, c, true);
}

/* Adds members FIRST and LAST, of which one may be a class, and what is between them.
 */
static const char *add_range(struct translator *t, int32_t first, int32_t last)
{
    if (last == -2)
        return invalid_escape;
    if (first >= 0 && last >= 0) {
        if (first > last)
            return "range out of order in character class";
        asl__set_add(&t->set, (uint32_t)first, (uint32_t)last);
        return NULL;
    }
    asl__set_add(&t->set, '-', '-');
    if (first >= 0)
        asl__set_add(&t->set, (uint32_t)first, (uint32_t)first);
    if (last >= 0)
        asl__set_add(&t->set, (uint32_t)last, (uint32_t)last);
    return NULL;
}

/* A class; its `[` has been read. */
static const char *read_class(struct translator *t)
{
    const char *problem = NULL;
    bool negated = accept(t, '^');

    memset(&t->set, 0, sizeof t->set);
    while (t->at < t->count && t->units[t->at] != ']' && !problem) {
        int32_t first = read_member(t);
        if (first == -2)
            return invalid_escape;
        if (peek(t, 0) == '-' && t->count - t->at > 1 && peek(t, 1) != ']') {
            t->at++;
            problem = add_range(t, first, read_member(t));
        } else if (first >= 0) {
            asl__set_add(&t->set, (uint32_t)first, (uint32_t)first);
        }
    }
    if (problem)
        return problem;
    if (!accept(t, ']'))
        return "unterminated character class";
    if (t->ignore_case)
        asl__set_ignore_case(&t->set);
    put_set(t, negated);
    return NULL;
}

/* ---- names of groups ------------------------------------------------------------- */

static bool is_name_unit(uint32_t c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '$' ||
           (c >= 0x80 && c < UNITS);
}

/* Skips a name and its `>`; its units are *START up to *END.  False if there is none.
 */
static bool read_name(struct translator *t, size_t *start, size_t *end)
{
    *start = t->at;
    if (is_digit(peek(t, 0)))
        return false;
    while (is_name_unit(peek(t, 0)))
        t->at++;
    *end = t->at;
    return *end > *start && accept(t, '>');
}

/* Whether a group that captures opens at the `(` which is unit AT. */
static bool opens_group(const struct translator *t, size_t at, bool *named)
{
    *named = t->count - at > 3 && t->units[at + 1] == '?' && t->units[at + 2] == '<' &&
             t->units[at + 3] != '=' && t->units[at + 3] != '!';
    return *named || t->count - at < 2 || t->units[at + 1] != '?';
}

/* Walks over all groups.  Counts them and sees whether there are names; NAME, units
 * START up to END, not empty: returns the number of the first group of that name. */
static uint32_t walk_groups(struct translator *t, size_t start, size_t end)
{
    bool in_class = false, named;
    uint32_t number = 0;

    for (size_t i = 0; i < t->count; i++) {
        uint32_t c = t->units[i];
        if (c == '\\')
            i++;
        else if (in_class || c == '[')
            in_class = c != ']';
        else if (c == '(' && opens_group(t, i, &named)) {
            number++;
            t->has_names = t->has_names || named;
            if (named && end > start && t->count - i > 3 + end - start &&
                memcmp(t->units + i + 3, t->units + start,
                       (end - start) * sizeof *t->units) == 0 &&
                t->units[i + 3 + end - start] == '>')
                return number;
        }
    }
    t->groups = number;
    return 0;
}

/* ---- atoms ----------------------------------------------------------------------- */

/* What separates lines. */
#define LINE_ENDS "\\x{a}\\x{d}\\x{2028}\\x{2029}"

static const char *put_reference(struct translator *t, uint32_t number)
{
    asl__buf_printf(t->out, "(?:\\g{%u})", number);
    return NULL;
}

/* An escape that starts with a digit from 1 on: a reference if there is such a group.
 */
static const char *read_number_escape(struct translator *t)
{
    uint64_t number = 0;
    size_t digits = 0;

    while (is_digit(peek(t, digits)) && number <= t->groups)
        number = number * 10 + (peek(t, digits++) - '0');
    if (number <= t->groups) {
        t->at += digits;
        return put_reference(t, (uint32_t)number);
    }
    uint32_t first = t->units[t->at++];
    put_unit(t, escaped_unit(t, first, false));
    return NULL;
}

static const char *read_named_reference(struct translator *t)
{
    size_t start, end;

    if (!accept(t, '<') || !read_name(t, &start, &end))
        return "invalid named reference";
    uint32_t number = walk_groups(t, start, end);
    return number ? put_reference(t, number) : "invalid named reference";
}

/* An escape outside of classes; its backslash has been read. */
static const char *read_escape(struct translator *t, bool *repeats)
{
    if (t->at == t->count)
        return "\\ at end of pattern";
    uint32_t c = t->units[t->at];
    if (c >= '1' && c <= '9')
        return read_number_escape(t);
    t->at++;
    switch (c) {
    case 'b':
    case 'B':
        put(t, c == 'b' ? "\\b" : "\\B");
        *repeats = false;
        return NULL;
    case 'd': put(t, "\\d"); return NULL;
    case 'D': put(t, "\\D"); return NULL;
    case 'w': put(t, "\\w"); return NULL;
    case 'W': put(t, "\\W"); return NULL;
    case 's':
    case 'S':
        memset(&t->set, 0, sizeof t->set);
        asl__set_add_class(&t->set, 's');
        put_set(t, c == 'S');
        return NULL;
    default: break;
    }
    if (c == 'k' && t->has_names)
        return read_named_reference(t);
    put_unit(t, escaped_unit(t, c, false));
    return NULL;
}

/* A group; its `(` has been read. */
static const char *read_group(struct translator *t)
{
    size_t start, end;
    bool lookbehind = false;

    if (t->depth == MOST_NESTED)
        return "groups nested too deeply";
    if (!accept(t, '?')) {
        put(t, "(");
        t->opened++;
    } else if (accept(t, ':')) {
        put(t, "(?:");
    } else if (accept(t, '=')) {
        put(t, "(?=");
    } else if (accept(t, '!')) {
        put(t, "(?!");
    } else if (!accept(t, '<')) {
        return "invalid group";
    } else if (peek(t, 0) == '=' || peek(t, 0) == '!') {
        put(t, t->units[t->at++] == '=' ? "(?<=" : "(?<!");
        lookbehind = true;
    } else {
        t->opened++;
        if (!read_name(t, &start, &end))
            return "invalid capture group name";
        if (walk_groups(t, start, end) != t->opened)
            return "duplicate capture group name";
        put(t, "(");
    }
    t->no_repeat[++t->depth] = lookbehind;
    return NULL;
}

/* Digits, at most MOST_REPEATS + 1; false if there are none. */
static bool read_count(struct translator *t, uint32_t *out)
{
    size_t start = t->at;

    *out = 0;
    for (; is_digit(peek(t, 0)); t->at++)
        if (*out <= MOST_REPEATS)
            *out = *out * 10 + (t->units[t->at] - '0');
    return t->at > start;
}

/* A quantifier in braces: true if it is one, then it has been read and written. */
static bool read_braces(struct translator *t, const char **problem)
{
    size_t start = t->at++;
    uint32_t least, most;
    bool open = false;

    if (!read_count(t, &least)) {
        t->at = start;
        return false;
    }
    most = least;
    if (accept(t, ','))
        open = !read_count(t, &most);
    if (!accept(t, '}')) {
        t->at = start;
        return false;
    }
    if (!open && most < least)
        *problem = "numbers out of order in quantifier";
    else if (least > MOST_REPEATS)
        *problem = "too many repetitions in quantifier";
    else if (open || most > MOST_REPEATS)
        asl__buf_printf(t->out, "{%u,}", least);
    else
        asl__buf_printf(t->out, "{%u,%u}", least, most);
    return true;
}

/* A quantifier if there is one.  REPEATS: it may be there. */
static const char *read_quantifier(struct translator *t, bool repeats)
{
    const char *problem = NULL;
    uint32_t c = peek(t, 0);

    if (c == '*' || c == '+' || c == '?') {
        t->at++;
        asl__buf_append_char(t->out, (char)c);
    } else if (c != '{' || !read_braces(t, &problem)) {
        return NULL;
    }
    if (!repeats)
        return "nothing to repeat";
    if (accept(t, '?'))
        put(t, "?");
    return problem;
}

/* One atom or assertion and its quantifier. */
static const char *read_term(struct translator *t)
{
    const char *problem = NULL;
    bool repeats = true;
    size_t brace = t->at;
    uint32_t c = t->units[t->at++];

    switch (c) {
    case '|': put(t, "|"); return NULL;
    case '(': return read_group(t);
    case ')':
        if (t->depth == 0)
            return "unmatched )";
        repeats = !t->no_repeat[t->depth--];
        put(t, ")");
        break;
    case '^':
        put(t, t->multiline ? "(?<![^" LINE_ENDS "])" : "\\A");
        repeats = false;
        break;
    case '$':
        put(t, t->multiline ? "(?![^" LINE_ENDS "])" : "\\z");
        repeats = false;
        break;
    case '.': put(t, "[^" LINE_ENDS "]"); break;
    case '[': problem = read_class(t); break;
    case '\\': problem = read_escape(t, &repeats); break;
    case '*':
    case '+':
    case '?': return "nothing to repeat";
    case '{':
        t->at = brace;
        if (read_braces(t, &problem))
            return "nothing to repeat";
        t->at++;
        put_unit(t, c);
        break;
    default: put_unit(t, c); break;
    }
    return problem ? problem : read_quantifier(t, repeats);
}

/* The pattern as UTF-16 units; their number. */
static size_t to_units(const asl_query_regex *regex, uint32_t *units)
{
    const char *p = regex->pattern, *end = p + regex->len;
    size_t count = 0;

    while (p < end) {
        size_t len;
        uint32_t code = asl__utf8_decode(p, end, &len);
        p += len;
        if (code < UNITS) {
            units[count++] = code;
        } else {
            units[count++] = 0xD800 + ((code - UNITS) >> 10);
            units[count++] = 0xDC00 + (code & 0x3FF);
        }
    }
    return count;
}

static const char *translate(struct translator *t)
{
    const char *problem = NULL;

    walk_groups(t, 0, 0);
    while (t->at < t->count && !problem)
        problem = read_term(t);
    if (!problem && t->depth > 0)
        problem = "unterminated group";
    return problem;
}

const char *asl__pattern_translate(const asl_query_regex *regex, struct asl__buf *out)
{
    const char *problem = NULL;
    uint32_t *units = malloc(((size_t)regex->len + 1) * sizeof *units);
    struct translator *t = calloc(1, sizeof *t);

    if (units && t) {
        *t = (struct translator){ .units = units,
                                  .count = to_units(regex, units),
                                  .ignore_case = regex->ignore_case,
                                  .multiline = regex->multiline,
                                  .out = out };
        problem = translate(t);
    } else {
        out->failed = true;
    }
    free(units);
    free(t);
    return problem;
}
