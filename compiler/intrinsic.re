/* Intrinsic calls: States.Name(argument, ...).
 *
 *   call      = name "(" [ argument { "," argument } ] ")"
 *   argument  = 'text' | number | true | false | null | path | call
 *
 * A path ends at the comma or parenthesis that is not inside its own brackets.
 */
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "diag.h"
#include "syntax.h"

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = at;
    re2c:define:YYMARKER = mark;
    re2c:yyfill:enable = 0;
*/

enum token {
    TOKEN_END,
    TOKEN_NAME, /* States.Name */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_STRING, /* from the opening quote */
    TOKEN_NUMBER,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_PATH, /* only its $ */
    TOKEN_WRONG
};

static struct expr *read_call(struct reader *r, size_t start, size_t end);

/* Reads a token, blanks before it skipped; *START is where it begins, r->pos its end. */
static enum token next_token(struct reader *r, size_t *start)
{
    const unsigned char *at, *mark;

again:
    *start = r->pos;
    if (r->pos >= r->end)
        return TOKEN_END;
    at = (const unsigned char *)r->text + r->pos;
#define TOKEN(kind) (r->pos = (size_t)(at - (const unsigned char *)r->text), kind)
    /*!re2c
        [ \t\r\n]+                   { (void)TOKEN(0); goto again; }
        "true"                       { return TOKEN(TOKEN_TRUE); }
        "false"                      { return TOKEN(TOKEN_FALSE); }
        "null"                       { return TOKEN(TOKEN_NULL); }
        [A-Za-z][A-Za-z0-9_.]*       { return TOKEN(TOKEN_NAME); }
        "("                          { return TOKEN(TOKEN_OPEN); }
        ")"                          { return TOKEN(TOKEN_CLOSE); }
        ","                          { return TOKEN(TOKEN_COMMA); }
        "'"                          { return TOKEN(TOKEN_STRING); }
        [+-]?[0-9]+("."[0-9]+)?([eE][+-]?[0-9]+)? { return TOKEN(TOKEN_NUMBER); }
        "$"                          { return TOKEN(TOKEN_PATH); }
        *                            { return TOKEN_WRONG; }
    */
#undef TOKEN
}

static struct expr *new_expr(const struct reader *r, enum expr_kind kind, size_t start,
                             size_t end)
{
    struct expr *expr = ARENA_NEW(r->parse->arena, struct expr);

    expr->kind = kind;
    expr->span.start = r->base + start;
    expr->span.end = r->base + end;
    expr->source = syntax_copy(r, start, end);
    return expr;
}

/* A string; START is at its quote. */
static struct expr *read_string(struct reader *r, size_t start)
{
    char *text = ARENA_ARRAY(r->parse->arena, r->end - start + 1, char);
    size_t at = start + 1, len = 0;

    for (; byte_at(r, at) != '\''; at++) {
        int c = byte_at(r, at);
        if (c == -1) {
            syntax_fail(r, start, "the string is not closed: missing '");
            return NULL;
        }
        if (c == '\\') {
            c = byte_at(r, ++at);
            if (c != '\'' && c != '\\' && c != '{' && c != '}') {
                syntax_fail(r, at - 1, "only \\' \\{ \\} and \\\\ are escapes here");
                return NULL;
            }
        }
        text[len++] = (char)c;
    }
    struct expr *expr = new_expr(r, EXPR_STRING, start, at + 1);
    expr->text = (struct expr_text){ text, len };
    expr->raw = syntax_copy(r, start + 1, at);
    r->pos = at + 1;
    return expr;
}

static struct expr *read_number(struct reader *r, size_t start)
{
    struct expr *expr = new_expr(r, EXPR_NUMBER, start, r->pos);

    if (!syntax_number(r->parse->arena, expr->source.text, expr->source.len,
                       &expr->text)) {
        syntax_fail(r, start, "expected a number");
        return NULL;
    }
    return expr;
}

/* Where the path that begins at START ends: the comma, parenthesis or blank that belongs
 * to the call around it. */
static size_t path_end(const struct reader *r, size_t start)
{
    size_t depth = 0;
    int quote = 0;

    for (size_t at = start; at < r->end; at++) {
        int c = byte_at(r, at);
        if (quote) {
            if (c == '\\')
                at++;
            else if (c == quote)
                quote = 0;
        } else if (depth && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == '[' || c == '(') {
            depth++;
        } else if (depth && (c == ']' || c == ')')) {
            depth--;
        } else if (!depth && (c == ',' || c == ')' || c == ' ' || c == '\t' ||
                              c == '\n' || c == '\r')) {
            return at;
        }
    }
    return r->end;
}

static struct expr *read_path(struct reader *r, size_t start)
{
    size_t end = path_end(r, start);

    r->pos = end;
    return syntax_path(r->parse, r->text + start, end - start, r->base + start);
}

static struct expr *read_argument(struct reader *r, enum token token, size_t start)
{
    switch (token) {
    case TOKEN_STRING: return read_string(r, start);
    case TOKEN_NUMBER: return read_number(r, start);
    case TOKEN_TRUE: return new_expr(r, EXPR_TRUE, start, r->pos);
    case TOKEN_FALSE: return new_expr(r, EXPR_FALSE, start, r->pos);
    case TOKEN_NULL: return new_expr(r, EXPR_NULL, start, r->pos);
    case TOKEN_PATH: return read_path(r, start);
    case TOKEN_NAME: return read_call(r, start, r->pos);
    case TOKEN_END:
    case TOKEN_OPEN:
    case TOKEN_CLOSE:
    case TOKEN_COMMA:
    case TOKEN_WRONG: break;
    }
    syntax_fail(r, start,
                "expected an argument: 'text', a number, true, false, null, a "
                "path or a call");
    return NULL;
}

/* Reads arguments up to the closing parenthesis. */
static bool read_arguments(struct reader *r, struct expr *call)
{
    size_t start, room = 0;
    enum token token = next_token(r, &start);

    if (token == TOKEN_CLOSE)
        return true;
    for (;;) {
        struct expr *argument = read_argument(r, token, start);
        if (!argument)
            return false;
        if (call->nargs == room) {
            room = room ? 2 * room : 4;
            struct expr **args = ARENA_ARRAY(r->parse->arena, room, struct expr *);
            if (call->nargs)
                memcpy(args, call->args, call->nargs * sizeof *args);
            call->args = args;
        }
        call->args[call->nargs++] = argument;
        token = next_token(r, &start);
        if (token == TOKEN_CLOSE)
            return true;
        if (token != TOKEN_COMMA)
            return syntax_fail(r, start, "expected , or ) behind the argument");
        token = next_token(r, &start);
    }
}

static bool find_intrinsic(const char *name, size_t len, enum intrinsic *id)
{
    for (int i = 0; i < INTRINSIC_COUNT; i++) {
        const char *known = intrinsic_name((enum intrinsic)i);
        if (strlen(known) == len && memcmp(known, name, len) == 0) {
            *id = (enum intrinsic)i;
            return true;
        }
    }
    return false;
}

/* The name START..END is none of ours. */
static void fail_unknown(const struct reader *r, size_t start, size_t end)
{
    struct expr_text name = syntax_copy(r, start, end);
    struct nearest nearest;

    nearest_init(&nearest, name.text);
    for (int i = 0; i < INTRINSIC_COUNT; i++)
        nearest_try(&nearest, intrinsic_name((enum intrinsic)i));
    syntax_fail(r, start, "there is no intrinsic function %.60s%s%s%s", name.text,
                nearest.best ? "; did you mean " : "", nearest.best ? nearest.best : "",
                nearest.best ? "?" : "");
}

/* A call whose name is START..END. */
static struct expr *read_call(struct reader *r, size_t start, size_t end)
{
    struct expr call = { 0 };
    size_t at;

    if (!find_intrinsic(r->text + start, end - start, &call.intrinsic)) {
        fail_unknown(r, start, end);
        return NULL;
    }
    if (next_token(r, &at) != TOKEN_OPEN) {
        syntax_fail(r, at, "expected ( behind the function's name");
        return NULL;
    }
    if (!syntax_enter(r, EXPR_MAX_CALLS, "intrinsic functions") ||
        !read_arguments(r, &call))
        return NULL;
    r->parse->depth--;
    struct expr *expr = new_expr(r, EXPR_CALL, start, r->pos);
    expr->intrinsic = call.intrinsic;
    expr->args = call.args;
    expr->nargs = call.nargs;
    return expr;
}

struct expr *parse_intrinsic(struct arena *arena, const char *text, size_t len,
                             struct expr_error *error)
{
    struct parse parse = { .arena = arena, .error = error };
    struct reader r = { &parse, arena_copy(arena, text, len), 0, len, 0, 0 };
    size_t start;

    if (next_token(&r, &start) != TOKEN_NAME) {
        syntax_fail(&r, start, "expected an intrinsic function, States.Name(...)");
        return NULL;
    }
    struct expr *expr = read_call(&r, start, r.pos);
    if (expr && next_token(&r, &start) != TOKEN_END) {
        syntax_fail(&r, start, "unexpected text behind the call");
        return NULL;
    }
    return expr;
}
