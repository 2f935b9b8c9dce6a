/* What the parsers of expressions share: path.re, filter.re, intrinsic.re.
 *
 * A reader is a range of one text.  Texts are copies in the arena with a NUL behind the
 * last byte; offsets of errors and spans are BASE + the position.  A parser that fails
 * has filled in the error (the first one stands) and returns false or NULL.
 */
#ifndef ASLC_SYNTAX_H
#define ASLC_SYNTAX_H

#include <stdarg.h>

#include "expr.h"

struct parse {
    struct arena *arena;
    struct expr_error *error;
    bool failed;
    unsigned depth; /* of paths in paths, calls in calls */
    unsigned chain; /* && and || so far */
};

struct reader {
    struct parse *parse;
    const char *text;
    size_t start, end; /* the range; end is the first byte behind it */
    size_t pos;
    size_t base; /* offset of text[0] in what was given to parse_... */
};

/* The byte at POS, or -1 outside the range. */
static inline int byte_at(const struct reader *r, size_t pos)
{
    return pos >= r->start && pos < r->end ? (unsigned char)r->text[pos] : -1;
}

/* Fills in the error; always false. */
bool syntax_fail(const struct reader *r, size_t pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Goes one level deeper; false, with the error, if that is too deep. */
bool syntax_enter(const struct reader *r, unsigned limit, const char *what);

/* A copy of the range START..END of R's text. */
struct expr_text syntax_copy(const struct reader *r, size_t start, size_t end);
/* The same with Jayway's escapes resolved (\' \" \\ \n ... \uXXXX), but for a backslash
 * before KEPT (0: none), which stays. */
bool syntax_unescape(const struct reader *r, size_t start, size_t end, char kept,
                     struct expr_text *out);
/* The first position from POS on that is not a blank (only the space is one). */
size_t syntax_skip(const struct reader *r, size_t pos);
/* The position of the first unescaped C from POS on, or SIZE_MAX. */
size_t syntax_find(const struct reader *r, size_t pos, int c);
/* The position of the bracket that closes the one at POS, or SIZE_MAX with *OPEN the
 * quote or slash that is not closed, if that is why. */
size_t syntax_match(const struct reader *r, size_t pos, int open, int close,
                    bool regexes, int *unclosed);

/* A number of LEN bytes as Java's BigDecimal reads it, as JSON text; false if it is none. */
bool syntax_number(struct arena *arena, const char *text, size_t len,
                   struct expr_text *out);
/* A literal array or object of a filter as JSON text: single quotes and bare words are
 * accepted as net.minidev's permissive parser does.  The range is all of it. */
bool syntax_json(const struct reader *r, size_t start, size_t end,
                 struct expr_text *out);

/* The path that is all of TEXT, which stands at BASE; any root but `@`. */
struct expr *syntax_path(struct parse *parse, const char *text, size_t len,
                         size_t base);
/* The path in R's range, rooted at `$` or `@`; the range's blanks at both ends do not
 * count if TRIM.  For filters and arguments. */
struct expr *syntax_inner_path(const struct reader *r, bool trim);
/* The filter in R's range, which begins with `(` and ends with `)`. */
struct filter *syntax_filter(const struct reader *r);

#endif
