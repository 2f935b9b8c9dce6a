/* Filters, [?( )]: Jayway's FilterCompiler in C.
 *
 *   or       = and { "||" and }
 *   and      = operand { "&&" operand }
 *   operand  = "!" operand | "(" or ")" | comparison
 *   compare  = [ "!" ] value [ operator value ]
 *   value    = path | 'text' | "text" | number | true | false | null | [..] | {..} | /re/
 *
 * Only the space is a blank.  A path alone is an existence test, and there Jayway takes
 * even a path from $ as one from the node at hand.
 */
#include <string.h>

#include "../runtime/expr/regex.h"
#include "arena.h"
#include "syntax.h"

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = at;
    re2c:define:YYMARKER = mark;
    re2c:yyfill:enable = 0;
*/

static struct filter *read_or(struct reader *r);

static struct filter *new_filter(const struct reader *r, enum filter_kind kind,
                                 size_t start)
{
    struct filter *filter = ARENA_NEW(r->parse->arena, struct filter);

    filter->kind = kind;
    filter->span.start = r->base + start;
    filter->span.end = r->base + r->pos;
    return filter;
}

static int skip_blanks(struct reader *r)
{
    r->pos = syntax_skip(r, r->pos);
    return byte_at(r, r->pos);
}

/* ---- values ------------------------------------------------------------------- */

static bool is_operator_char(int c)
{
    return c == '<' || c == '>' || c == '=' || c == '~' || c == '!';
}

/* Whether the `)` at r->pos closes a call without arguments in the path that begins at
 * START. */
static bool closes_function(const struct reader *r, size_t start)
{
    size_t at = r->pos;

    while (at > r->start && byte_at(r, at - 1) == ' ')
        at--;
    if (at == r->start || byte_at(r, at - 1) != '(')
        return false;
    for (at--; at > start + 1; at--)
        if (byte_at(r, at - 1) == '.')
            return true;
    return false;
}

static bool read_path(struct reader *r, struct operand *out)
{
    size_t start = r->pos++;
    int unclosed = 0;

    for (;; r->pos++) {
        if (byte_at(r, r->pos) == '[') {
            size_t close = syntax_match(r, r->pos, '[', ']', false, &unclosed);
            if (close == SIZE_MAX)
                return syntax_fail(r, r->pos, "the bracket is not closed: missing ]");
            r->pos = close + 1;
        }
        int c = byte_at(r, r->pos);
        if (c == -1 || c == ' ' || is_operator_char(c) ||
            (c == ')' && !closes_function(r, start)))
            break;
    }
    struct reader inner = *r;
    inner.start = inner.pos = start;
    inner.end = r->pos;
    out->kind = OPERAND_PATH;
    out->path = syntax_inner_path(&inner, true);
    return out->path != NULL;
}

static bool read_string(struct reader *r, int quote, struct operand *out)
{
    size_t start = r->pos + 1, close = syntax_find(r, start, quote);

    if (close == SIZE_MAX)
        return syntax_fail(r, r->pos, "the string is not closed: missing %c", quote);
    out->kind = OPERAND_STRING;
    r->pos = close + 1;
    return syntax_unescape(r, start, close, 0, &out->text);
}

static bool read_word(struct reader *r, const char *word)
{
    size_t len = strlen(word);

    if (r->end - r->pos < len || memcmp(r->text + r->pos, word, len) != 0)
        return syntax_fail(r, r->pos, "expected a value; is it %s?", word);
    r->pos += len;
    return true;
}

static bool read_number(struct reader *r, struct operand *out)
{
    size_t start = r->pos;

    for (;; r->pos++) {
        int c = byte_at(r, r->pos);
        if (!(c >= '0' && c <= '9') && c != '-' && c != '.' && c != 'e' && c != 'E')
            break;
    }
    out->kind = OPERAND_NUMBER;
    if (!syntax_number(r->parse->arena, r->text + start, r->pos - start, &out->text))
        return syntax_fail(r, start,
                           "expected a value: a path, 'text', a number, true, "
                           "false, null, [..], {..} or /regex/");
    return true;
}

static bool read_json(struct reader *r, int open, int close, struct operand *out)
{
    int unclosed = 0;
    size_t start = r->pos, end = syntax_match(r, start, open, close, false, &unclosed);

    if (end == SIZE_MAX)
        return syntax_fail(r, start, "missing the closing %c",
                           unclosed ? unclosed : close);
    out->kind = OPERAND_JSON;
    r->pos = end + 1;
    return syntax_json(r, start, end + 1, &out->text);
}

static bool read_regex(struct reader *r, struct operand *out)
{
    size_t start = r->pos + 1, close = syntax_find(r, start, '/');
    size_t flags = close + 1, wrong;

    if (close == SIZE_MAX)
        return syntax_fail(r, r->pos,
                           "the regular expression is not closed: missing /");
    for (r->pos = flags;
         byte_at(r, r->pos) > 0 && strchr("dixmsuU", byte_at(r, r->pos));)
        r->pos++;
    out->kind = OPERAND_REGEX;
    out->text = syntax_copy(r, start, close);
    out->flags = syntax_copy(r, flags, r->pos);
    if (out->text.len > UINT32_MAX)
        return syntax_fail(r, start, "the regular expression is too long");
    const asl_regex regex = { out->text.text, (uint32_t)out->text.len,
                              out->flags.text };
    enum asl__regex_check found = asl__regex_check(&regex, &wrong);
    if (found == ASL__REGEX_NO_MEMORY)
        out_of_memory();
    if (found == ASL__REGEX_WRONG)
        return syntax_fail(r, start + wrong, "the regular expression is wrong here");
    return true;
}

static bool read_literal(struct reader *r, int c, struct operand *out)
{
    switch (c) {
    case '\'':
    case '"': return read_string(r, c, out);
    case 't':
    case 'f':
        out->kind = OPERAND_BOOLEAN;
        out->truth = c == 't';
        return read_word(r, c == 't' ? "true" : "false");
    case 'n': out->kind = OPERAND_NULL; return read_word(r, "null");
    case '{': return read_json(r, '{', '}', out);
    case '[': return read_json(r, '[', ']', out);
    case '/': return read_regex(r, out);
    default: return read_number(r, out);
    }
}

/* *NEGATED: a path with ! before it. */
static bool read_value(struct reader *r, struct operand *out, bool *negated)
{
    int c = skip_blanks(r);
    size_t start = r->pos;

    *negated = c == '!';
    if (*negated) {
        r->pos++;
        c = skip_blanks(r);
        if (c != '$' && c != '@')
            return syntax_fail(r, start, "! is only possible before a path or ( )");
    }
    out->span.start = r->base + start;
    if (c == '$' || c == '@' ? !read_path(r, out) : !read_literal(r, c, out))
        return false;
    out->span.end = r->base + r->pos;
    return true;
}

/* ---- comparisons -------------------------------------------------------------- */

/* The operator whose text is all of LEN bytes; -1 if there is none. */
static int find_operator(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text, *mark;
    int op;

    /*!re2c
        "=="         { op = FILTER_EQ; goto found; }
        "!="         { op = FILTER_NE; goto found; }
        "<"          { op = FILTER_LT; goto found; }
        "<="         { op = FILTER_LE; goto found; }
        ">"          { op = FILTER_GT; goto found; }
        ">="         { op = FILTER_GE; goto found; }
        "==="        { op = FILTER_TSEQ; goto found; }
        "!=="        { op = FILTER_TSNE; goto found; }
        "=~"         { op = FILTER_REGEX; goto found; }
        'in'         { op = FILTER_IN; goto found; }
        'nin'        { op = FILTER_NIN; goto found; }
        'contains'   { op = FILTER_CONTAINS; goto found; }
        'subsetof'   { op = FILTER_SUBSETOF; goto found; }
        'anyof'      { op = FILTER_ANYOF; goto found; }
        'noneof'     { op = FILTER_NONEOF; goto found; }
        'size'       { op = FILTER_SIZE; goto found; }
        'empty'      { op = FILTER_EMPTY; goto found; }
        'type'       { op = FILTER_TYPE; goto found; }
        'all'        { op = FILTER_TYPE; goto found; }
        'matches'    { op = FILTER_TYPE; goto found; }
        *            { return -1; }
    */
found:
    return (size_t)((const char *)at - text) == len ? op : -1;
}

/* Reads an operator; -1 with the position unchanged if there is none. */
static int read_operator(struct reader *r)
{
    size_t start = r->pos, begin, end;

    skip_blanks(r);
    begin = end = r->pos;
    if (is_operator_char(byte_at(r, end)))
        while (is_operator_char(byte_at(r, end)))
            end++;
    else
        while (byte_at(r, end) != -1 && byte_at(r, end) != ' ')
            end++;
    int op = find_operator(r->text + begin, end - begin);
    r->pos = op == -1 ? start : end;
    return op;
}

/* Jayway compares the text of a literal array or object on the left, not its value. */
static void adapt_operands(struct filter *filter)
{
    bool equality = filter->op == FILTER_EQ || filter->op == FILTER_NE ||
                    filter->op == FILTER_TSEQ || filter->op == FILTER_TSNE;

    if (equality && filter->a.kind == OPERAND_JSON)
        filter->a.kind = OPERAND_UNDEFINED;
    if (filter->op != FILTER_REGEX) {
        if (filter->a.kind == OPERAND_REGEX)
            filter->a.kind = OPERAND_UNDEFINED;
        if (filter->b.kind == OPERAND_REGEX)
            filter->b.kind = OPERAND_UNDEFINED;
    }
}

static struct filter *read_comparison(struct reader *r)
{
    struct operand a = { 0 }, b = { 0 };
    size_t start = r->pos;
    bool negated, ignored;

    if (!read_value(r, &a, &negated))
        return NULL;
    int op = read_operator(r);
    if (op != -1) {
        if (!read_value(r, &b, &ignored))
            return NULL;
    } else if (a.kind != OPERAND_PATH) {
        syntax_fail(r, syntax_skip(r, r->pos), "expected an operator behind the value");
        return NULL;
    } else {
        a.path->root = ROOT_CURRENT;
    }
    enum filter_kind kind = op != -1  ? FILTER_COMPARE
                            : negated ? FILTER_ABSENT
                                      : FILTER_EXISTS;
    struct filter *filter = new_filter(r, kind, start);
    filter->op = op == -1 ? FILTER_EQ : (enum filter_op)op;
    filter->a = a;
    filter->b = b;
    if (op != -1)
        adapt_operands(filter);
    return filter;
}

/* ---- logic -------------------------------------------------------------------- */

static struct filter *read_operand(struct reader *r)
{
    int c = skip_blanks(r);
    size_t start = r->pos;
    struct filter *filter;

    if (c == '!') {
        size_t next = syntax_skip(r, start + 1);
        c = byte_at(r, next);
        if (c == '$' || c == '@')
            return read_comparison(r);
        r->pos = next;
        if (!syntax_enter(r, EXPR_MAX_NESTING, "filters"))
            return NULL;
        struct filter *operand = read_operand(r);
        if (!operand)
            return NULL;
        r->parse->depth--;
        filter = new_filter(r, FILTER_NOT, start);
        filter->left = operand;
        return filter;
    }
    if (c != '(')
        return read_comparison(r);
    r->pos++;
    if (!syntax_enter(r, EXPR_MAX_NESTING, "filters"))
        return NULL;
    filter = read_or(r);
    if (!filter)
        return NULL;
    r->parse->depth--;
    if (skip_blanks(r) != ')') {
        syntax_fail(r, r->pos, "expected an operator or )");
        return NULL;
    }
    r->pos++;
    return filter;
}

/* Reads && or || (twice C); false with the position unchanged if it is not there. */
static bool read_twice(struct reader *r, int c)
{
    size_t at = syntax_skip(r, r->pos);

    if (byte_at(r, at) != c || byte_at(r, at + 1) != c)
        return false;
    r->pos = at + 2;
    return true;
}

static struct filter *read_chain(struct reader *r, enum filter_kind kind, int c,
                                 struct filter *(*read)(struct reader *r))
{
    size_t start = r->pos;
    struct filter *left = read(r);

    while (left && read_twice(r, c)) {
        struct filter *right = read(r);
        if (!right)
            return NULL;
        if (++r->parse->chain > EXPR_MAX_CHAIN) { /* each is a level of the tree */
            syntax_fail(r, r->pos, "a filter may have %d && and || at most",
                        EXPR_MAX_CHAIN);
            return NULL;
        }
        struct filter *both = new_filter(r, kind, start);
        both->left = left;
        both->right = right;
        left = both;
    }
    return left;
}

static struct filter *read_and(struct reader *r)
{
    return read_chain(r, FILTER_AND, '&', read_operand);
}

static struct filter *read_or(struct reader *r)
{
    return read_chain(r, FILTER_OR, '|', read_and);
}

struct filter *syntax_filter(const struct reader *given)
{
    struct reader r = *given;

    if (!syntax_enter(&r, EXPR_MAX_NESTING, "filters"))
        return NULL;
    struct filter *filter = read_or(&r);
    if (!filter)
        return NULL;
    if (skip_blanks(&r) != -1) {
        syntax_fail(&r, r.pos, "expected the end of the filter");
        return NULL;
    }
    r.parse->depth--;
    return filter;
}
