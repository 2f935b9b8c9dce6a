/* JSONata: the parts of a timestamp's picture fitted to a text (jsonata.md 13).
 *
 * Each part takes as much of the text as it can, else less, so that all parts fit (what
 * the reference does by a regular expression).  If taking as much as possible does not
 * do, a table is made from the end of where each part may begin; so the work is never
 * more than the parts times the text. */
#include "../value/base.h"

#include "timestamp.h"
#include "../value/utf8.h"

/* ---- the parts of a picture ----------------------------------------------------- */

static void number_part(struct asl__part *part, const struct asl__marker *m)
{
    part->integer = m->integer;
    part->least = 1;
    part->most = INT64_MAX;
    switch (m->integer.numbering) {
    case ASL__LETTERS: part->kind = ASL__PART_LETTERS; break;
    case ASL__ROMAN: part->kind = ASL__PART_ROMAN; break;
    case ASL__WORDS: part->kind = ASL__PART_WORDS; break;
    case ASL__DIGITS:
    case ASL__NO_NUMBERING: part->kind = ASL__PART_DIGITS; break;
    }
    if (m->digits > 0) {
        part->most = m->digits;
        part->least = m->digits - m->integer.optional;
    }
}

/* M as a part; an error: it cannot be read back. */
static asl_value marker_part(asl_eval *e, struct asl__part *part,
                             const struct asl__marker *m)
{
    *part = (struct asl__part){ .component = m->component };
    if (m->component == 'Z' || m->component == 'z') {
        part->kind = ASL__PART_ZONE;
        part->integer = m->integer;
    } else if (m->numbered && m->integer.numbering == ASL__NO_NUMBERING) {
        return asl__no_numbering(e, &m->integer);
    } else if (m->numbered) {
        number_part(part, m);
    } else if (m->component == 'M' || m->component == 'x' || m->component == 'F' ||
               m->component == 'P') {
        part->kind = ASL__PART_NAME;
        part->width = m->most > 0 ? m->most : 0;
    } else {
        return asl__not_a_name(e, m);
    }
    return asl_undefined();
}

static struct asl__part *new_part(struct asl__fitting *m)
{
    if (m->count == m->room) {
        size_t room = m->room * 2;
        struct asl__part *parts = asl_alloc(m->e->region, room * sizeof *parts);
        if (!parts)
            return NULL;
        memcpy(parts, m->parts, m->count * sizeof *parts);
        m->parts = parts;
        m->room = room;
    }
    return &m->parts[m->count++];
}

asl_value asl__read_parts(struct asl__fitting *m, const char *picture, size_t len)
{
    struct asl__pieces pieces = { m->e, picture, picture + len };
    asl_value error, first = asl_undefined();
    struct asl__marker marker;
    enum asl__piece piece;
    const char *text;

    while ((piece = asl__next_piece(&pieces, &text, &len, &marker, &error)) !=
           ASL__PICTURE_END) {
        if (piece == ASL__PICTURE_ERROR)
            return error;
        struct asl__part *part = new_part(m);
        if (!part)
            return asl_no_memory();
        if (piece == ASL__LITERAL) {
            *part =
                (struct asl__part){ .kind = ASL__PART_TEXT, .text = text, .len = len };
            continue;
        }
        m->any = true;
        error = marker_part(m->e, part, &marker);
        if (asl_is_error(error) && !asl_is_error(first))
            first = error;
    }
    return first;
}

/* ---- matching ------------------------------------------------------------------- */

/* Whether C may be in a part of KIND. */
static bool belongs(enum asl__part_kind kind, char c)
{
    c = (char)asl__fold(c);
    if (kind == ASL__PART_DIGITS || kind == ASL__PART_ZONE)
        return c >= '0' && c <= '9';
    if (kind == ASL__PART_ROMAN)
        return c && strchr("mdclxvi", c);
    return c >= 'a' && c <= 'z';
}

/* Which of fitting.runs is KIND's. */
static size_t run_kind(enum asl__part_kind kind)
{
    return kind == ASL__PART_DIGITS || kind == ASL__PART_ZONE ? 0
           : kind == ASL__PART_ROMAN                          ? 1
                                                              : 2;
}

size_t asl__run_of(const struct asl__fitting *m, enum asl__part_kind kind, size_t at)
{
    size_t end = at;

    if (m->runs[run_kind(kind)])
        return m->runs[run_kind(kind)][at];
    while (end < m->len && belongs(kind, m->text[end]))
        end++;
    return end;
}

/* Upper case as JavaScript's regular expressions have it without the flag `u`. */
static uint32_t canonical(uint32_t code)
{
    uint32_t upper = code;

    if (code < 0x80)
        return code >= 'a' && code <= 'z' ? code - 32 : code;
    if (code < 0x10000)
        upper = asl__upper_of(code);
    return upper < 0x80 ? code : upper;
}

/* The end of the LEN bytes of ASL__PART_TEXT at AT, in any case of letters; 0:
 * something else is there. */
static size_t end_of(const struct asl__fitting *m, size_t at, const char *text,
                     size_t len)
{
    const char *here = m->text + at, *here_end = m->text + m->len, *end = text + len;

    for (size_t bytes, here_bytes; text < end; text += bytes, here += here_bytes) {
        bytes = here_bytes = 1;
        if (here == here_end)
            return 0;
        if (*here == *text && (unsigned char)*here < 0x80)
            continue;
        if (canonical(asl__utf8_decode(here, here_end, &here_bytes)) !=
            canonical(asl__utf8_decode(text, end, &bytes)))
            return 0;
    }
    return (size_t)(here - m->text);
}

static bool is_at(const struct asl__fitting *m, size_t at, const char *text, size_t len)
{
    return end_of(m, at, text, len) > 0;
}

/* Sets the ends a piece of PART may have that starts at part->start: all from low to
 * end. False: none. */
static bool match_digits(const struct asl__fitting *m, struct asl__part *part)
{
    size_t end = asl__run_of(m, ASL__PART_DIGITS, part->start),
           found = end - part->start;

    if (part->least < 0 || (int64_t)found < part->least)
        return false;
    part->low = part->start + (size_t)part->least;
    part->end = (int64_t)found > part->most ? part->start + (size_t)part->most : end;
    if (!part->integer.ordinal)
        return true;
    if (part->end != end) /* a suffix stands behind all digits */
        return false;
    part->low = part->end = end + 2;
    return (is_at(m, end, "th", 2) || is_at(m, end, "st", 2) ||
            is_at(m, end, "nd", 2) || is_at(m, end, "rd", 2));
}

static bool match_zone(const struct asl__fitting *m, struct asl__part *part)
{
    size_t at = part->start, digits;
    char separator[4];

    if (part->component == 'z') {
        if (!is_at(m, at, "GMT", 3))
            return false;
        at += 3;
    }
    if (at == m->len || (m->text[at] != '+' && m->text[at] != '-'))
        return false;
    digits = at + 1;
    part->end = asl__run_of(m, ASL__PART_ZONE, digits);
    if (part->integer.regular && part->end > digits) {
        size_t len = asl__utf8_encode(part->integer.separator, separator);
        if (!is_at(m, part->end, separator, len))
            return false;
        digits = part->end + len;
        part->end = asl__run_of(m, ASL__PART_ZONE, digits);
    }
    part->low = digits + 1;
    return part->end > digits;
}

/* ---- matching: words ---------------------------------------------------------------
 * */

/* The length of the longest word of a number (or `-, `) at AT; 0: none.  Where a longer
 * one fits, what follows a shorter one is no word. */
static size_t longest_word(const struct asl__fitting *m, size_t at)
{
    size_t word, longest = strchr("-, ", m->text[at]) && m->text[at];

    while ((word = asl__number_word(m->text + at, m->len - at, longest)) > 0)
        longest = word;
    return longest;
}

/* Whether parts[INDEX] may begin at AT; without a table anything may be. */
static bool may_begin(const struct asl__fitting *m, size_t index, size_t at)
{
    return !m->table || (m->table[index * m->row + at / 64] >> at % 64 & 1);
}

/* The end of a shorter word than LONGEST at AT where parts[NEXT] may begin; 0: none. */
static size_t short_end(const struct asl__fitting *m, size_t next, size_t at,
                        size_t longest)
{
    size_t word = 0;

    while ((word = asl__number_word(m->text + at, m->len - at, word)) > 0 &&
           word < longest)
        if (may_begin(m, next, at + word))
            return at + word;
    return 0;
}

/* The end of PART, words, that fits: as in the reference after a shorter word if that
 * can be, else after as many words as possible. */
static bool match_words(const struct asl__fitting *m, size_t index,
                        struct asl__part *part)
{
    size_t at = part->start, longest;

    part->low = part->end = part->start;
    while (at < m->len && (longest = longest_word(m, at)) > 0) {
        size_t end = short_end(m, index + 1, at, longest);
        if (end > 0) {
            part->end = end;
            return true;
        }
        at += longest;
        if (may_begin(m, index + 1, at))
            part->end = at;
    }
    return part->end > part->start;
}

/* ---- matching: all parts -----------------------------------------------------------
 * */

/* The ends that PART's piece may have: low to end; false: none. */
static bool match_range(const struct asl__fitting *m, struct asl__part *part)
{
    switch (part->kind) {
    case ASL__PART_TEXT:
        part->low = part->end = end_of(m, part->start, part->text, part->len);
        return part->end > 0;
    case ASL__PART_DIGITS: return match_digits(m, part);
    case ASL__PART_ZONE: return match_zone(m, part);
    case ASL__PART_LETTERS:
    case ASL__PART_ROMAN:
    case ASL__PART_NAME:
        part->low = part->start + 1;
        part->end = asl__run_of(m, part->kind, part->start);
        return part->end > part->start;
    case ASL__PART_WORDS: break;
    }
    return false;
}

/* Sets the pieces of all parts, each as long as it may be; false: they do not fit.
 * *FORCED: no part could have been shorter. */
static bool match_forward(struct asl__fitting *m, bool *forced)
{
    size_t at = 0;

    *forced = true;
    for (size_t i = 0; i < m->count; i++) {
        struct asl__part *part = &m->parts[i];
        part->start = at;
        if (part->kind == ASL__PART_WORDS ? !match_words(m, i, part)
                                          : !match_range(m, part))
            return false;
        while (part->kind != ASL__PART_WORDS && part->end > part->low &&
               !may_begin(m, i + 1, part->end))
            part->end--;
        *forced = *forced && part->end == part->low;
        at = part->end;
    }
    return at == m->len;
}

static bool make_runs(struct asl__fitting *m)
{
    static const enum asl__part_kind kinds[] = { ASL__PART_DIGITS, ASL__PART_ROMAN,
                                                 ASL__PART_LETTERS };

    for (size_t i = 0; i < ASL__COUNT_OF(kinds); i++) {
        uint32_t *ends = asl_alloc(m->e->region, (m->len + 1) * sizeof *ends);
        if (!ends)
            return false;
        ends[m->len] = (uint32_t)m->len;
        for (size_t at = m->len; at-- > 0;)
            ends[at] = belongs(kinds[i], m->text[at]) ? ends[at + 1] : (uint32_t)at;
        m->runs[i] = ends;
    }
    return true;
}

/* Fills in row INDEX of the table; the next one is there.  LAST[i] becomes one more
 * than the last place up to I where the next part may begin, 0: none. */
static asl_value make_row(struct asl__fitting *m, size_t index, uint32_t *last)
{
    struct asl__part *part = &m->parts[index];
    uint64_t *row = m->table + index * m->row;

    for (size_t at = 0; at <= m->len; at++)
        last[at] = may_begin(m, index + 1, at) ? (uint32_t)at + 1
                   : at > 0                    ? last[at - 1]
                                               : 0;
    for (size_t at = m->len + 1; at-- > 0;) {
        asl_value error = asl__tick(m->e);
        if (asl_is_error(error))
            return error;
        bool fits;
        part->start = at;
        if (part->kind == ASL__PART_WORDS) {
            size_t longest = at < m->len ? longest_word(m, at) : 0, end = at + longest;
            fits = longest > 0 &&
                   (may_begin(m, index + 1, end) || may_begin(m, index, end) ||
                    short_end(m, index + 1, at, longest) > 0);
        } else {
            fits = match_range(m, part) && last[part->end] > part->low;
        }
        row[at / 64] |= (uint64_t)fits << at % 64;
    }
    return asl_undefined();
}

static asl_value make_table(struct asl__fitting *m)
{
    enum { MOST_WORDS = 1 << 23 };
    size_t row = m->len / 64 + 1, words;
    uint32_t *last = asl_alloc(m->e->region, (m->len + 1) * sizeof *last);
    uint64_t *table;

    if (!asl__size_mul(row, m->count + 1, &words) || words > MOST_WORDS)
        return asl_query_fail(
            m->e, "U1001",
            asl_str("Expression evaluation timeout: Check for infinite "
                    "loop"));
    table = asl_alloc(m->e->region, words * sizeof *table);
    if (!last || !table || !make_runs(m))
        return asl_no_memory();
    memset(table, 0, words * sizeof *table);
    m->row = row;
    m->table = table;
    table[m->count * row + m->len / 64] = UINT64_C(1) << m->len % 64;
    for (size_t i = m->count; i-- > 0;) {
        asl_value error = make_row(m, i, last);
        if (asl_is_error(error))
            return error;
    }
    return asl_undefined();
}

asl_value asl__fit(struct asl__fitting *m)
{
    bool forced;

    if (match_forward(m, &forced))
        return asl_boolean(true);
    if (forced)
        return asl_boolean(false);
    asl_value error = make_table(m);
    if (asl_is_error(error))
        return error;
    return asl_boolean(may_begin(m, 0, 0) && match_forward(m, &forced));
}
