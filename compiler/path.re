/* Paths: Jayway's PathCompiler in C, and the ASL's Reference Paths.
 *
 * Jayway's grammar is what its code does, so this follows that code step by step: a path
 * is read token after token until one ends at the last byte or behind it ("tail"); there
 * a single byte left over is ignored, as Jayway does, but for an opening bracket.
 *
 *   path   = root { "." name | "." "*" | ".." token | "[" ... "]" | "." name "(" args ")" }
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "syntax.h"

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = at;
    re2c:define:YYMARKER = mark;
    re2c:yyfill:enable = 0;

    name_start = [A-Za-z_\x80-\xff];
    name_char = name_start | [0-9];
*/

/* The steps read so far. */
struct path {
    struct reader r;
    struct step *steps;
    size_t count, room;
};

enum answer { NO, YES, WRONG }; /* not this token; read; failed */

static struct expr *build(struct path *path, enum expr_root root, size_t start,
                          bool invert);

/* ---- helpers ------------------------------------------------------------------ */

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* The step's parts zeroed but for KIND and where it begins. */
static struct step *add_step(struct path *path, enum step_kind kind, size_t start)
{
    if (path->count == EXPR_MAX_STEPS) {
        syntax_fail(&path->r, start, "a path may have %d steps at most",
                    EXPR_MAX_STEPS);
        return NULL;
    }
    if (path->count == path->room) {
        size_t room = path->room ? 2 * path->room : 8;
        struct step *steps = ARENA_ARRAY(path->r.parse->arena, room, struct step);
        if (path->count)
            memcpy(steps, path->steps, path->count * sizeof *steps);
        path->steps = steps;
        path->room = room;
    }
    struct step *step = &path->steps[path->count++];
    memset(step, 0, sizeof *step);
    step->kind = kind;
    step->span.start = path->r.base + start;
    step->scanned = path->count > 1 && step[-1].kind == STEP_DESCEND;
    return step;
}

static void end_step(struct path *path, size_t end)
{
    path->steps[path->count - 1].span.end = path->r.base + end;
    path->r.pos = end;
}

/* The position behind the next significant byte after POS if that is C, else 0. */
static size_t next_is(const struct reader *r, size_t pos, int c)
{
    size_t at = syntax_skip(r, pos + 1);
    return byte_at(r, at) == c ? at : 0;
}

/* ---- [...] -------------------------------------------------------------------- */

static void add_name(struct path *path, struct expr_text **names, size_t *count,
                     struct expr_text name)
{
    if ((*count & (*count - 1)) == 0) {
        size_t room = *count ? 2 * *count : 1;
        struct expr_text *list =
            ARENA_ARRAY(path->r.parse->arena, room, struct expr_text);
        if (*count)
            memcpy(list, *names, *count * sizeof *list);
        *names = list;
    }
    (*names)[(*count)++] = name;
}

/* Reads 'a','b' from AT, behind the bracket, up to the closing bracket. */
static bool read_names(struct path *path, size_t at, int quote,
                       struct expr_text **names, size_t *count, size_t *end)
{
    struct reader *r = &path->r;
    size_t start = at;
    bool inside = false, comma = false;

    *end = 0;
    for (; at < r->end; at++) {
        int c = byte_at(r, at);
        if (c == '\\') {
            at++;
        } else if (c == ']' && !inside) {
            if (comma)
                return syntax_fail(r, at, "a name is missing behind the comma");
            break;
        } else if (c == quote && inside) {
            int next = byte_at(r, syntax_skip(r, at + 1));
            if (next != ']' && next != ',')
                return syntax_fail(r, at, "expected `,` or `]` behind the name");
            struct expr_text name;
            /* Recorded: a double quote needs no escape in single ones, and the
             * backslash before one is part of the name. */
            if (!syntax_unescape(r, start, at, quote == '\'' ? '"' : 0, &name))
                return false;
            add_name(path, names, count, name);
            *end = at;
            inside = false;
        } else if (c == quote) {
            start = at + 1;
            inside = true;
            comma = false;
        } else if (c == ',' && !inside) {
            if (comma)
                return syntax_fail(r, at, "a name is missing between the commas");
            comma = true;
        }
    }
    if (inside)
        return syntax_fail(r, start - 1, "the name is not closed: missing %c", quote);
    return true;
}

/* ['name'], ["name"], ['a','b'] */
static enum answer read_bracket_names(struct path *path)
{
    struct reader *r = &path->r;
    size_t start = r->pos;
    int quote = byte_at(r, syntax_skip(r, start + 1));
    struct expr_text *names = NULL;
    size_t count = 0, end;

    if (quote != '\'' && quote != '"')
        return NO;
    if (!read_names(path, start + 1, quote, &names, &count, &end))
        return WRONG;
    size_t close = count ? next_is(r, end, ']') : 0;
    if (!close) {
        syntax_fail(r, start, "the bracket is not closed: missing ]");
        return WRONG;
    }
    struct step *step = add_step(path, count == 1 ? STEP_NAME : STEP_NAMES, start);
    if (!step)
        return WRONG;
    step->text = names[0];
    step->names = names;
    step->count = count;
    end_step(path, close + 1);
    return YES;
}

/* Java's Integer.parseInt of START..END. */
static bool read_int(const struct reader *r, size_t start, size_t end, int32_t *out)
{
    char digits[16];
    size_t len = end - start;
    const char *text = r->text + start;
    int64_t value = 0;
    size_t at = start;
    bool negative = byte_at(r, at) == '-';

    if (negative)
        at++;
    if (at == end)
        return syntax_fail(r, start, "expected a whole number");
    for (; at < end; at++) {
        if (!is_digit(byte_at(r, at)))
            return syntax_fail(r, at, "expected a digit");
        value = value * 10 + (byte_at(r, at) - '0');
        if (value > (int64_t)INT32_MAX + negative) {
            snprintf(digits, sizeof digits, "%.*s", (int)(len < 15 ? len : 15), text);
            return syntax_fail(r, start, "the number %s is too large", digits);
        }
    }
    *out = (int32_t)(negative ? -value : value);
    return true;
}

/* a:b, a:, :b; what stands behind a second colon does not count. */
static bool read_slice(struct path *path, size_t start, size_t end)
{
    struct reader *r = &path->r;
    struct step *step = add_step(path, STEP_SLICE, r->pos);
    size_t colon, second;

    if (!step)
        return false;
    for (size_t i = start; i < end; i++)
        if (!is_digit(byte_at(r, i)) && byte_at(r, i) != '-' && byte_at(r, i) != ':')
            return syntax_fail(r, i, "a slice is [from:to], without blanks");
    for (colon = start; byte_at(r, colon) != ':'; colon++)
        ;
    for (second = colon + 1; second < end && byte_at(r, second) != ':'; second++)
        ;
    step->has_from = colon > start;
    step->has_to = second > colon + 1;
    if (!step->has_from && !step->has_to)
        return syntax_fail(r, start, "a slice needs a start or an end");
    if (step->has_from && !read_int(r, start, colon, &step->from))
        return false;
    return !step->has_to || read_int(r, colon + 1, second, &step->to);
}

/* n or n, m, ... */
static bool read_indexes(struct path *path, size_t start, size_t end)
{
    struct reader *r = &path->r;
    size_t count = 1;

    for (size_t i = start; i < end; i++)
        count += byte_at(r, i) == ',';
    struct step *step = add_step(path, count == 1 ? STEP_INDEX : STEP_INDEXES, r->pos);
    int32_t *indexes = ARENA_ARRAY(r->parse->arena, count, int32_t);
    if (!step)
        return false;
    for (size_t i = 0, at = start; i < count; i++) {
        size_t last = at, comma = at;
        while (comma < end && byte_at(r, comma) != ',')
            comma++;
        if (i > 0)
            at = syntax_skip(r, at);
        for (last = comma; last > at && i + 1 < count && byte_at(r, last - 1) == ' ';)
            last--;
        if (!read_int(r, at, last, &indexes[i]))
            return false;
        at = comma + 1;
    }
    step->from = indexes[0];
    step->indexes = indexes;
    step->count = count;
    return true;
}

/* [1], [1,2], [1:], [1:2], [:2] */
static enum answer read_array(struct path *path)
{
    struct reader *r = &path->r;
    size_t start = syntax_skip(r, r->pos + 1), end = start;
    int c = byte_at(r, start);
    bool slice = false;

    if (!is_digit(c) && c != '-' && c != ':')
        return NO;
    for (; byte_at(r, end) != ']'; end++) {
        c = byte_at(r, end);
        if (!is_digit(c) && c != '-' && c != ':' && c != ',' && c != ' ')
            return NO;
        slice |= c == ':';
    }
    size_t close = end;
    while (end > start && byte_at(r, end - 1) == ' ')
        end--;
    if (slice ? !read_slice(path, start, end) : !read_indexes(path, start, end))
        return WRONG;
    end_step(path, close + 1);
    return YES;
}

/* [*] */
static enum answer read_bracket_wildcard(struct path *path)
{
    struct reader *r = &path->r;
    size_t start = r->pos, star = next_is(r, start, '*');

    if (!star)
        return NO;
    size_t close = next_is(r, star, ']');
    if (!close) {
        syntax_fail(r, star + 1, "expected ] behind *");
        return WRONG;
    }
    if (!add_step(path, STEP_WILDCARD, start))
        return WRONG;
    end_step(path, close + 1);
    return YES;
}

/* [?(...)] */
static enum answer read_filter(struct path *path)
{
    struct reader *r = &path->r;
    size_t start = r->pos, mark = next_is(r, start, '?');
    size_t open = mark ? next_is(r, mark, '(') : 0;
    int unclosed = 0;

    if (!open)
        return NO;
    size_t close = syntax_match(r, open, '(', ')', true, &unclosed);
    if (unclosed) {
        syntax_fail(r, open, "missing the closing %c", unclosed);
        return WRONG;
    }
    size_t bracket = close == SIZE_MAX ? 0 : next_is(r, close, ']');
    if (!bracket)
        return NO;
    struct reader inner = *r;
    inner.start = inner.pos = open;
    inner.end = close + 1;
    const struct filter *filter = syntax_filter(&inner);
    struct step *step = filter ? add_step(path, STEP_FILTER, start) : NULL;
    if (!step)
        return WRONG;
    step->filter = filter;
    end_step(path, bracket + 1);
    return YES;
}

static bool read_bracket(struct path *path)
{
    enum answer answer = read_bracket_names(path);

    if (answer == NO)
        answer = read_array(path);
    if (answer == NO)
        answer = read_bracket_wildcard(path);
    if (answer == NO)
        answer = read_filter(path);
    if (answer == NO)
        syntax_fail(&path->r, path->r.pos,
                    "expected 'name', a number, a slice, * or ?( ) in the bracket");
    return answer == YES;
}

/* ---- name and name(args) ------------------------------------------------------ */

static const struct {
    const char *name;
    enum path_function function;
} functions[] = {
    { "min", PATH_MIN },       { "max", PATH_MAX },     { "avg", PATH_AVG },
    { "stddev", PATH_STDDEV }, { "sum", PATH_SUM },     { "length", PATH_LENGTH },
    { "size", PATH_LENGTH },   { "keys", PATH_KEYS },   { "first", PATH_FIRST },
    { "last", PATH_LAST },     { "index", PATH_INDEX }, { "append", PATH_APPEND },
    { "concat", PATH_CONCAT },
};

static enum path_function find_function(struct expr_text name)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strlen(functions[i].name) == name.len &&
            memcmp(functions[i].name, name.text, name.len) == 0)
            return functions[i].function;
    return PATH_UNKNOWN;
}

/* How far the reading of arguments has come. */
struct arguments {
    struct path *path;
    char *text; /* of the argument at hand */
    size_t len;
    size_t from; /* where it begins */
    enum { UNTYPED, JSON, PATH } type;
    size_t paren, bracket, brace, quote;
    struct expr **list;
    size_t count;
    bool broken; /* one is no JSON: an error when it is evaluated */
};

/* A JSON argument; NULL if it is none. */
static struct expr *json_argument(struct arguments *a, const struct reader *r)
{
    struct expr *expr = ARENA_NEW(r->parse->arena, struct expr);

    expr->kind = EXPR_JSON;
    expr->span.start = r->base;
    expr->span.end = r->base + a->len;
    if (a->text[0] == '{') {
        if (!syntax_json(r, 0, a->len, &expr->text))
            return NULL;
    } else if (a->text[0] == '"') {
        size_t close = syntax_find(r, 1, '"');
        if (close == SIZE_MAX || !syntax_json(r, 0, close + 1, &expr->text))
            return NULL;
    } else {
        size_t len = a->len;
        while (len && (a->text[len - 1] == ' ' || a->text[len - 1] == '\t'))
            len--;
        if (!syntax_number(r->parse->arena, a->text, len, &expr->text))
            return NULL;
    }
    expr->source = expr->text;
    return expr;
}

static bool end_argument(struct arguments *a)
{
    const struct reader *outer = &a->path->r;
    struct reader r = { outer->parse,
                        arena_copy(outer->parse->arena, a->text, a->len),
                        0,
                        a->len,
                        0,
                        outer->base + a->from };
    struct expr *expr = NULL;

    if (a->type == PATH) {
        struct expr_error *error = outer->parse->error;
        expr = syntax_inner_path(&r, false);
        if (!expr) { /* the argument may be longer than its text */
            if (error->offset > outer->base + outer->pos)
                error->offset = outer->base + outer->pos;
            return false;
        }
    } else if (a->type == JSON) {
        struct expr_error ignored;
        struct parse quiet = { .arena = outer->parse->arena,
                               .error = &ignored,
                               .depth = outer->parse->depth };
        r.parse = &quiet;
        expr = json_argument(a, &r);
        a->broken |= expr == NULL;
    }
    if (expr)
        a->list[a->count++] = expr;
    a->len = 0;
    a->type = UNTYPED;
    return true;
}

/* What the first byte of an argument says about it. */
static void begin_argument(struct arguments *a, int c, size_t at)
{
    if (c == '{' || is_digit(c) || c == '"' || c == '-')
        a->type = JSON;
    else if (c == '$' || c == '@')
        a->type = PATH;
    a->from = at;
}

/* Counts the bracket or quote C, which stands at AT; false if it closes too much. */
static bool count_brackets(struct arguments *a, int c, int prior, size_t at)
{
    if (c == '"') {
        if (prior != '\\' && a->quote > 0)
            a->quote--;
        else
            a->quote++;
    }
    a->paren += c == '(';
    a->brace += c == '{';
    a->bracket += c == '[';
    if ((c == '}' && a->brace == 0) || (c == ']' && a->bracket == 0))
        return syntax_fail(&a->path->r, at, "unexpected %c", c);
    a->brace -= c == '}';
    a->bracket -= c == ']';
    a->paren -= c == ')';
    return true;
}

/* Reads arguments from r->pos, behind the opening parenthesis, to behind the closing. */
static bool read_arguments(struct arguments *a)
{
    struct reader *r = &a->path->r;
    int prior = 0;

    while (r->pos < r->end && a->paren > 0) {
        size_t at = r->pos++;
        int c = byte_at(r, at);

        if (a->type == UNTYPED) {
            if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
                continue;
            begin_argument(a, c, at);
        }
        if (!count_brackets(a, c, prior, at))
            return false;
        if (c == ')' && prior == '(')
            a->text[a->len++] = (char)c;
        bool level = a->quote == 0 && a->brace == 0 && a->bracket == 0;
        if ((c == ')' || c == ',') && level &&
            ((a->paren == 0 && c == ')') || a->paren == 1)) {
            if (a->type != UNTYPED && !end_argument(a))
                return false;
        } else if (c == '\\' && a->quote == 1 &&
                   (byte_at(r, r->pos) == ',' || byte_at(r, r->pos) == '"')) {
            a->text[a->len++] = '\\';
            a->text[a->len++] = (char)byte_at(r, r->pos++);
            prior = 0;
            continue;
        }
        if (a->type != UNTYPED &&
            !(c == ',' && a->brace == 0 && a->bracket == 0 && a->paren == 1))
            a->text[a->len++] = (char)c;
        prior = c;
    }
    return a->paren == 0 && a->brace == 0 && a->bracket == 0;
}

/* length() asks for the children of what an indefinite argument finds; of a definite one
 * Jayway takes no notice. */
static void adapt_length(struct parse *parse, struct step *step)
{
    if (step->count == 0 || step->args[0]->kind != EXPR_PATH)
        return;
    struct expr *path = step->args[0];
    size_t last = path->count;
    if (path->definite) {
        step->count = 0;
    } else if (path->steps[last - 1].kind != STEP_FUNCTION) {
        struct step *steps = ARENA_ARRAY(parse->arena, last + 1, struct step);
        memcpy(steps, path->steps, last * sizeof *steps);
        steps[last].kind = STEP_WILDCARD;
        steps[last].span = steps[last - 1].span;
        path->steps = steps;
        path->count++;
    }
}

/* NAME( at START..OPEN; the matching parenthesis must be there. */
static bool read_function(struct path *path, size_t start, size_t open)
{
    struct reader *r = &path->r;
    size_t depth = 1, at;

    for (at = open + 1; at < r->end; at++) {
        if (byte_at(r, at) == ')' && --depth == 0)
            break;
        depth += byte_at(r, at) == '(';
    }
    if (depth)
        return syntax_fail(r, open, "the arguments are not closed: missing )");

    struct arguments a = { .path = path, .paren = 1 };
    if (byte_at(r, open + 1) == ')') {
        r->pos = open + 1; /* not behind it: so does Jayway */
    } else {
        /* `()` puts three characters into an argument. */
        a.text = ARENA_ARRAY(r->parse->arena, 2 * (r->end - open) + 2, char);
        a.list = ARENA_ARRAY(r->parse->arena, r->end - open + 1, struct expr *);
        r->pos = open + 1;
        if (!read_arguments(&a))
            return syntax_fail(r, open, "the arguments are not closed properly");
    }
    size_t pos = r->pos;
    struct step *step = add_step(path, STEP_FUNCTION, start);
    if (!step)
        return false;
    step->text = syntax_copy(r, start, open);
    step->function = a.broken ? PATH_UNKNOWN : find_function(step->text);
    step->args = a.list;
    step->count = a.count;
    if (step->function == PATH_LENGTH)
        adapt_length(r->parse, step);
    end_step(path, pos);
    return true;
}

/* The first blank, period, bracket or parenthesis from POS on, or the end. */
static size_t name_end(const struct reader *r, size_t pos)
{
    const unsigned char *at = (const unsigned char *)r->text + pos;
    const unsigned char *limit = (const unsigned char *)r->text + r->end;

    while (at < limit) {
        /*!re2c
            [^ .[(\x00]+ { continue; }
            [ .[(]       { at--; break; }
            [\x00]       { continue; }
        */
    }
    return at < limit ? (size_t)(at - (const unsigned char *)r->text) : r->end;
}

static bool read_name(struct path *path)
{
    struct reader *r = &path->r;
    size_t start = r->pos, end = name_end(r, start);
    int c = byte_at(r, start);

    if (c == -1 || c == '[' || c == '*' || c == '.' || c == ' ')
        return syntax_fail(r, start, "expected a name, * or [");
    c = byte_at(r, end);
    if (c == ' ')
        return syntax_fail(r, end, "a name with blanks must be written ['like this']");
    if (c == '(')
        return read_function(path, start, end);
    struct step *step = add_step(path, STEP_NAME, start);
    if (!step)
        return false;
    step->text = syntax_copy(r, start, end);
    end_step(path, end);
    return true;
}

/* ---- whole paths -------------------------------------------------------------- */

/* The dots before a token. */
static bool read_dots(struct path *path)
{
    struct reader *r = &path->r;

    if (byte_at(r, r->pos) != '.')
        return true;
    if (byte_at(r, r->pos + 1) == '.') {
        if (!add_step(path, STEP_DESCEND, r->pos))
            return false;
        end_step(path, r->pos + 2);
    } else if (r->pos + 1 >= r->end) {
        return syntax_fail(r, r->pos, "a path must not end with a period");
    } else {
        r->pos++;
    }
    if (byte_at(r, r->pos) == '.')
        return syntax_fail(r, r->pos, "unexpected period");
    return true;
}

/* Reads tokens from r->pos up to the tail. */
static bool read_steps(struct path *path)
{
    struct reader *r = &path->r;

    do {
        if (!read_dots(path))
            return false;
        int c = byte_at(r, r->pos);
        if (c == '[') {
            if (!read_bracket(path))
                return false;
        } else if (c == '*') {
            if (!add_step(path, STEP_WILDCARD, r->pos))
                return false;
            end_step(path, r->pos + 1);
        } else if (!read_name(path)) {
            return false;
        }
    } while (r->pos + 1 < r->end);
    if (byte_at(r, r->pos) == '[')
        return syntax_fail(r, r->pos, "the bracket is not closed: missing ]");
    return true;
}

static bool step_is_definite(const struct step *step, bool last)
{
    switch (step->kind) {
    case STEP_NAME:
    case STEP_INDEX:
    case STEP_FUNCTION: return true;
    case STEP_NAMES: return last;
    case STEP_INDEXES:
    case STEP_SLICE:
    case STEP_WILDCARD:
    case STEP_DESCEND:
    case STEP_FILTER: return false;
    }
    return false;
}

/* $..x.f() is f($..x) to Jayway: the steps before the first function become its only
 * argument. */
static void invert_scan(struct path *path, size_t start)
{
    size_t i = 0;

    if (!path->count || path->steps[0].kind != STEP_DESCEND ||
        path->steps[path->count - 1].kind != STEP_FUNCTION)
        return;
    while (path->steps[i].kind != STEP_FUNCTION)
        i++;
    struct path inner = *path;
    inner.count = i;
    inner.r.end = path->steps[i - 1].span.end - path->r.base;
    struct expr **args = ARENA_ARRAY(path->r.parse->arena, 1, struct expr *);
    args[0] = build(&inner, ROOT_INPUT, start, false);
    path->steps += i;
    path->count -= i;
    path->steps[0].args = args;
    path->steps[0].count = 1;
    path->steps[0].scanned = false;
    if (path->steps[0].function == PATH_LENGTH)
        adapt_length(path->r.parse, &path->steps[0]);
}

/* The expression of the steps read; it began at START. */
static struct expr *build(struct path *path, enum expr_root root, size_t start,
                          bool invert)
{
    struct expr *expr = ARENA_NEW(path->r.parse->arena, struct expr);

    if (invert)
        invert_scan(path, start);
    expr->kind = EXPR_PATH;
    expr->span.start = path->r.base + start;
    expr->span.end = path->r.base + path->r.end;
    expr->source = syntax_copy(&path->r, start, path->r.end);
    expr->root = root;
    expr->distance = expr->slot = -1;
    expr->steps = path->steps;
    expr->count = path->count;
    expr->definite = expr->reference = true;
    for (size_t i = 0; i < path->count; i++) {
        const struct step *step = &path->steps[i];
        expr->definite &= step_is_definite(step, i + 1 == path->count);
        expr->reference &=
            step->kind == STEP_NAME || (step->kind == STEP_INDEX && step->from >= 0);
    }
    return expr;
}

struct expr *syntax_inner_path(const struct reader *r, bool trim)
{
    struct path path = { .r = *r };
    size_t start = r->pos;

    if (trim)
        while (path.r.end > start && byte_at(r, path.r.end - 1) == ' ')
            path.r.end--;
    if (!syntax_enter(r, EXPR_MAX_NESTING, "paths"))
        return NULL;
    int c = byte_at(r, start);
    if (c != '$' && c != '@') {
        syntax_fail(r, start, "expected a path: it begins with $ or @");
        return NULL;
    }
    if (trim && byte_at(r, path.r.end - 1) == '.') {
        syntax_fail(r, path.r.end - 1, "a path must not end with a period");
        return NULL;
    }
    path.r.start = start;
    path.r.pos = start + 1;
    if (path.r.pos < path.r.end) {
        if (byte_at(&path.r, path.r.pos) != '.' &&
            byte_at(&path.r, path.r.pos) != '[') {
            syntax_fail(r, path.r.pos, "expected . or [ behind %c", c);
            return NULL;
        }
        if (!read_steps(&path))
            return NULL;
    }
    r->parse->depth--;
    return build(&path, c == '$' ? ROOT_INPUT : ROOT_CURRENT, start, true);
}

/* Reads $, $$ or $name; the name's length goes to *LEN. */
static enum expr_root read_root(const char *text, size_t *len)
{
    const unsigned char *at = (const unsigned char *)text;

    /*!re2c
        "$$"                  { *len = 2; return ROOT_CONTEXT; }
        "$" name_start name_char* { *len = (size_t)((const char *)at - text); return ROOT_VARIABLE; }
        "$"                   { *len = 1; return ROOT_INPUT; }
        *                     { *len = 0; return ROOT_CURRENT; }
    */
}

/* A reader over a copy of the text, which stands at BASE. */
static struct reader open_text(struct parse *parse, const char *text, size_t len,
                               size_t base)
{
    return (
        struct reader){ parse, arena_copy(parse->arena, text, len), 0, len, 0, base };
}

/* Reads the root into *ROOT and the text behind the dollar signs into *NAME. */
static bool begin_path(struct path *path, enum expr_root *root, struct expr_text *name)
{
    struct reader *r = &path->r;
    size_t len;

    *root = read_root(r->text, &len);
    if (len == 0)
        return syntax_fail(r, 0, "a path begins with $");
    if (*root == ROOT_VARIABLE)
        *name = syntax_copy(r, 1, len);
    r->pos = len;
    int c = byte_at(r, len);
    if (c != -1 && c != '.' && c != '[' && c != ' ')
        return syntax_fail(r, len, "expected . or [ behind %.*s", (int)len, r->text);
    return true;
}

struct expr *syntax_path(struct parse *parse, const char *text, size_t len, size_t base)
{
    struct path path = { .r = open_text(parse, text, len, base) };
    struct expr_text name = { NULL, 0 };
    enum expr_root root;

    while (path.r.end > 0 && byte_at(&path.r, path.r.end - 1) == ' ')
        path.r.end--;
    if (!begin_path(&path, &root, &name))
        return NULL;
    if (path.r.pos < path.r.end) {
        if (byte_at(&path.r, path.r.end - 1) == '.') {
            syntax_fail(&path.r, path.r.end - 1, "a path must not end with a period");
            return NULL;
        }
        if (byte_at(&path.r, path.r.pos) == ' ') {
            syntax_fail(&path.r, path.r.pos, "unexpected blank");
            return NULL;
        }
        if (!read_steps(&path))
            return NULL;
    }
    struct expr *expr = build(&path, root, 0, true);
    expr->variable = name;
    return expr;
}

struct expr *parse_path(struct arena *arena, const char *text, size_t len,
                        struct expr_error *error)
{
    struct parse parse = { .arena = arena, .error = error };
    return syntax_path(&parse, text, len, 0);
}

/* ---- Reference Paths ---------------------------------------------------------- */

/* A dot name: backslash takes the next byte as it is. */
static bool read_reference_name(struct path *path)
{
    struct reader *r = &path->r;
    size_t start = r->pos, at = start, len = 0;
    char *name = ARENA_ARRAY(r->parse->arena, r->end - start + 1, char);

    for (; at < r->end; at++) {
        int c = byte_at(r, at);
        if (c == '.' || c == '[')
            break;
        if (strchr("@,:?*()", c) && c)
            return syntax_fail(r, at, "a Reference Path may not have %c here", c);
        if (c == '\\' && byte_at(r, ++at) == -1)
            return syntax_fail(r, at - 1, "nothing follows the backslash");
        name[len++] = r->text[at];
    }
    if (len == 0)
        return syntax_fail(r, start, "expected a name");
    struct step *step = add_step(path, STEP_NAME, start);
    if (!step)
        return false;
    step->text = (struct expr_text){ name, len };
    end_step(path, at);
    return true;
}

static bool read_reference_steps(struct path *path)
{
    struct reader *r = &path->r;

    while (r->pos < r->end) {
        if (byte_at(r, r->pos) == '[') {
            size_t start = r->pos;
            if (!read_bracket(path))
                return false;
            const struct step *step = &path->steps[path->count - 1];
            if (step->kind != STEP_NAME && (step->kind != STEP_INDEX || step->from < 0))
                return syntax_fail(r, start,
                                   "a Reference Path may have only names and "
                                   "indexes from 0 on in brackets");
        } else if (byte_at(r, r->pos) != '.') {
            return syntax_fail(r, r->pos, "expected . or [");
        } else {
            r->pos++;
            if (byte_at(r, r->pos) == '.' || r->pos == r->end)
                return syntax_fail(r, r->pos - 1, "expected a name behind the period");
            if (byte_at(r, r->pos) != '[' && !read_reference_name(path))
                return false;
        }
    }
    return true;
}

static const unsigned allowed[] = { [ROOT_INPUT] = ALLOW_INPUT,
                                    [ROOT_CONTEXT] = ALLOW_CONTEXT,
                                    [ROOT_VARIABLE] = ALLOW_VARIABLE,
                                    [ROOT_CURRENT] = 0 };
static const char *const root_names[] = { [ROOT_INPUT] = "$",
                                          [ROOT_CONTEXT] = "$$",
                                          [ROOT_VARIABLE] = "a variable",
                                          [ROOT_CURRENT] = "@" };

struct expr *parse_reference_path(struct arena *arena, const char *text, size_t len,
                                  unsigned roots, struct expr_error *error)
{
    struct parse parse = { .arena = arena, .error = error };
    struct path path = { .r = open_text(&parse, text, len, 0) };
    struct expr_text name = { NULL, 0 };
    enum expr_root root;

    if (!begin_path(&path, &root, &name))
        return NULL;
    if (!(allowed[root] & roots)) {
        syntax_fail(&path.r, 0, "a path from %s is not possible here",
                    root_names[root]);
        return NULL;
    }
    if (!read_reference_steps(&path))
        return NULL;
    struct expr *expr = build(&path, root, 0, false);
    expr->variable = name;
    return expr;
}
