/* JSONata: pictures of dates and times, taken apart: literal text and markers
 * `[component presentation, width]` (jsonata.md 13). */
#include "../value/base.h"

#include "picture.h"
#include "../value/utf8.h"

enum { WIDEST = 1000000000 }; /* as good as any larger width */

/* The presentation of COMPONENT when a marker has none; NULL: no such component. */
static const char *usual_presentation(uint32_t component)
{
    switch (component) {
    case 'Y':
    case 'M':
    case 'D':
    case 'd':
    case 'W':
    case 'w':
    case 'X':
    case 'x':
    case 'H':
    case 'h':
    case 'f': return "1";
    case 'F':
    case 'P':
    case 'C':
    case 'E': return "n";
    case 'm':
    case 's': return "01";
    case 'Z':
    case 'z': return "01:01";
    default: return NULL;
    }
}

/* Whether COMPONENT may be a number, or is a zone's. */
static bool has_integer(uint32_t component)
{
    return component < 0x80 && component > 0 &&
           strchr("YMDdFWwXxHhmsf", (int)component) != NULL;
}

asl_value asl__no_component(asl_eval *e, const struct asl__marker *m)
{
    char code[4];
    size_t len = asl__utf8_encode(m->component, code);

    return asl_query_error(e, "D3132", NULL, asl_string(e->region, code, len));
}

asl_value asl__not_a_name(asl_eval *e, const struct asl__marker *m)
{
    char code[4];
    size_t len = asl__utf8_encode(m->component, code);

    return asl_query_error(e, "D3133", NULL, asl_string(e->region, code, len));
}

/* The number at TEXT as a width; -1 if there is none (`*`). */
static int64_t read_width(const char *text, size_t len)
{
    int64_t width = 0;
    size_t i = 0;

    for (; i < len && text[i] >= '0' && text[i] <= '9'; i++)
        width = width < WIDEST ? width * 10 + (text[i] - '0') : WIDEST;
    return i > 0 ? width : -1;
}

static void read_widths(struct asl__marker *m, const char *text, size_t len)
{
    const char *dash = memchr(text, '-', len);
    size_t first = dash ? (size_t)(dash - text) : len;

    m->least = read_width(text, first);
    if (dash)
        m->most = read_width(dash + 1, len - first - 1);
}

/* The width with what the digits of the picture say (XPath F&O 9.8.4.3 and 4). */
static void settle_digits(struct asl__marker *m)
{
    struct asl__integer_picture *p = &m->integer;

    if (p->numbering == ASL__DIGITS && m->least > (int64_t)p->mandatory)
        p->mandatory = (uint32_t)m->least;
    if (m->component != 'Y' && m->component != 'M' && m->component != 'D')
        return;
    if (m->most >= 0) {
        m->digits = m->most;
        p->mandatory = (uint32_t)m->most;
    } else if (p->numbering == ASL__DIGITS &&
               (int64_t)p->mandatory + p->optional >= 2) {
        m->digits = (int64_t)p->mandatory + p->optional;
    }
}

/* The presentation TEXT of M; an error or undefined. */
static asl_value read_presentation(asl_eval *e, struct asl__marker *m, const char *text,
                                   size_t len)
{
    bool fits = true;

    if (len > 1 && strchr("atco", text[len - 1]) && text[len - 1])
        m->presentation2 = text[--len];
    if (text[0] == 'n' || text[0] == 'N') {
        m->names = true;
        m->letters = text[0] == 'n'              ? ASL__LOWER
                     : len > 1 && text[1] == 'n' ? ASL__TITLE
                                                 : ASL__UPPER;
    } else if (has_integer(m->component)) {
        m->numbered = true;
        fits = m->presentation2 ? asl__integer_analyse_part(
                                      text, len, m->presentation2 == 'o', &m->integer)
                                : asl__integer_analyse(text, len, &m->integer);
        settle_digits(m);
    }
    if (m->component == 'Z' || m->component == 'z') {
        m->numbered = true;
        fits = asl__integer_analyse(text, len, &m->integer);
    }
    return fits ? asl_undefined() : asl_query_error(e, "D3131", NULL, asl_undefined());
}

/* The marker whose text, without blanks, is TEXT. */
static asl_value read_marker(asl_eval *e, struct asl__marker *m, const char *text,
                             size_t len)
{
    size_t bytes = 0, comma = len;

    m->component = len > 0 ? asl__utf8_decode(text, text + len, &bytes) : 0;
    m->presentation2 = 0;
    m->names = m->numbered = false;
    m->known = usual_presentation(m->component) != NULL;
    m->least = m->most = m->digits = -1;
    while (comma > bytes && text[comma - 1] != ',')
        comma--;
    if (comma > bytes)
        read_widths(m, text + comma, len - comma);
    size_t end = comma > bytes ? comma - 1 : len;
    const char *usual = usual_presentation(m->component);
    if (end > bytes)
        return read_presentation(e, m, text + bytes, end - bytes);
    if (usual)
        return read_presentation(e, m, usual, strlen(usual));
    return asl_query_error(e, "D3132", NULL, asl_string(e->region, text, bytes));
}

/* TEXT without its white space, in memory of the region when it has some; NULL without
 * memory. */
static const char *without_blanks(asl_eval *e, const char *text, size_t *len)
{
    const char *at = text, *end = text + *len;
    size_t blank = 0, count = 0;

    while (at < end && (blank = asl__blank_at(at, end)) == 0)
        at++;
    if (at == end)
        return text;
    char *copy = asl_alloc(e->region, *len);
    if (!copy)
        return NULL;
    for (at = text; at < end; at += blank ? blank : 1) {
        blank = asl__blank_at(at, end);
        if (blank == 0)
            copy[count++] = *at;
    }
    *len = count;
    return copy;
}

/* The literal text at P, up to a `[` or through the first of two `]`. */
static void next_literal(struct asl__pieces *p, const char **text, size_t *len)
{
    const char *at = p->at;

    *text = at;
    while (at < p->end && *at != '[') {
        bool doubled = *at == ']' && at + 1 < p->end && at[1] == ']';
        at++;
        if (doubled) {
            *len = (size_t)(at - *text);
            p->at = at + 1;
            return;
        }
    }
    *len = (size_t)(at - *text);
    p->at = at;
}

enum asl__piece asl__next_piece(struct asl__pieces *p, const char **text, size_t *len,
                                struct asl__marker *marker, asl_value *error)
{
    if (p->at == p->end)
        return ASL__PICTURE_END;
    if (*p->at != '[') {
        next_literal(p, text, len);
        return ASL__LITERAL;
    }
    if (p->at + 1 < p->end && p->at[1] == '[') {
        *text = p->at;
        *len = 1;
        p->at += 2;
        return ASL__LITERAL;
    }
    const char *start = p->at + 1,
               *close = memchr(start, ']', (size_t)(p->end - start));
    if (!close) {
        *error = asl_query_error(p->e, "D3135", NULL, asl_undefined());
        return ASL__PICTURE_ERROR;
    }
    size_t size = (size_t)(close - start);
    start = without_blanks(p->e, start, &size);
    p->at = close + 1;
    *error = start ? read_marker(p->e, marker, start, size) : asl_no_memory();
    return asl_is_error(*error) ? ASL__PICTURE_ERROR : ASL__MARKER;
}
