/* JSONata: the tree of what is written, by operator precedence (jsonata.md 3).
 *
 * expression(power) reads an operand and then every operator that binds tighter than
 * POWER. One token is looked ahead, and whether its `/` is a division or begins a
 * regular expression is settled when the token before it is taken; both as the
 * reference implementation does, since it shows: `(/a/)` is no regular expression
 * there, and an error in the next token comes before one in this.
 */
#include "base.h"

#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "jsonata_parts.h"

static struct draft *expression(struct query *q, int power);

/* ---- nodes ---- */

struct draft *query_node(struct query *q, enum jsonata_kind kind, struct expr_span span)
{
    if (++q->nodes > JSONATA_MAX_NODES) {
        query_refuse(q, span.start, "The expression has more than %d parts",
                     JSONATA_MAX_NODES);
        return NULL;
    }
    struct draft *node = ARENA_NEW(q->arena, struct draft);
    node->tree.kind = kind;
    node->tree.span = span;
    node->height = 1;
    node->place = span.start;
    return node;
}

/* A list has room for the next power of two. */
static bool is_full(size_t count)
{
    return (count & (count - 1)) == 0;
}

void query_append(struct query *q, struct draft *node, struct draft *item)
{
    struct jsonata *tree = &node->tree;

    if (is_full(tree->count)) {
        size_t room = tree->count ? 2 * tree->count : 1;
        struct jsonata **list = ARENA_ARRAY(q->arena, room, struct jsonata *);
        if (tree->count)
            memcpy(list, tree->list, tree->count * sizeof *list);
        tree->list = list;
    }
    tree->list[tree->count++] = &item->tree;
}

/* CHILD stands so many LEVELS below NODE (more than one where a step or an object
 * comes in between). */
static bool deepen(struct query *q, struct draft *node, const struct draft *child,
                   int levels)
{
    if (child->height + levels > node->height)
        node->height = child->height + levels;
    return node->height <= JSONATA_MAX_NESTING ||
           query_refuse(q, node->place, "The expression is nested more than %d deep",
                        JSONATA_MAX_NESTING);
}

/* Reads an expression as the part of NODE at *PART. */
static bool read_part(struct query *q, struct draft *node, struct jsonata **part,
                      int power)
{
    struct draft *child = expression(q, power);

    if (!child || !deepen(q, node, child, 1))
        return false;
    *part = &child->tree;
    return true;
}

/* Reads an expression into the list of NODE. */
static bool read_item(struct query *q, struct draft *node, int levels)
{
    struct draft *item = expression(q, 0);

    if (!item || !deepen(q, node, item, levels))
        return false;
    query_append(q, node, item);
    return true;
}

/* What reads a part and whatever it begins with; NULL if OK is false. */
static struct draft *end_node(struct query *q, struct draft *node, bool ok)
{
    node->tree.span.end = q->end;
    return ok ? node : NULL;
}

/* ---- tokens ---- */

/* What is known of a kind of token. */
static const struct token_facts {
    const char *spelling;      /* where one may be missing */
    enum jsonata_kind operand; /* that begins with it; PATH: none does */
    enum jsonata_op op;        /* of the binary operator */
    unsigned char power;       /* how tight it binds as an operator; 0: is none */
} facts[] = {
    [TOKEN_END] = { .operand = JSONATA_NAME }, /* see FORM_END */
    [TOKEN_NAME] = { .operand = JSONATA_NAME },
    [TOKEN_VARIABLE] = { .operand = JSONATA_VARIABLE },
    [TOKEN_STRING] = { .operand = JSONATA_STRING },
    [TOKEN_NUMBER] = { .operand = JSONATA_NUMBER },
    [TOKEN_TRUE] = { .operand = JSONATA_TRUE },
    [TOKEN_FALSE] = { .operand = JSONATA_FALSE },
    [TOKEN_NULL] = { .operand = JSONATA_NULL },
    [TOKEN_REGEX] = { .operand = JSONATA_REGEX },
    [TOKEN_DOT] = { .power = 75 },
    [TOKEN_OPEN_BRACKET] = { .operand = JSONATA_ARRAY, .power = 80 },
    [TOKEN_CLOSE_BRACKET] = { .spelling = "\"]\"" },
    [TOKEN_OPEN_BRACE] = { .spelling = "\"{\"",
                           .operand = JSONATA_OBJECT,
                           .power = 70 },
    [TOKEN_CLOSE_BRACE] = { .spelling = "\"}\"" },
    [TOKEN_OPEN] = { .spelling = "\"(\"", .operand = JSONATA_BLOCK, .power = 80 },
    [TOKEN_CLOSE] = { .spelling = "\")\"" },
    [TOKEN_AT] = { .power = 80 },
    [TOKEN_HASH] = { .power = 80 },
    [TOKEN_COLON] = { .spelling = "\":\"" },
    [TOKEN_QUESTION] = { .power = 20 },
    [TOKEN_PLUS] = { .op = JSONATA_ADD, .power = 50 },
    [TOKEN_MINUS] = { .operand = JSONATA_NEGATE, .op = JSONATA_SUBTRACT, .power = 50 },
    [TOKEN_STAR] = { .operand = JSONATA_WILDCARD, .op = JSONATA_MULTIPLY, .power = 60 },
    [TOKEN_SLASH] = { .op = JSONATA_DIVIDE, .power = 60 },
    [TOKEN_PERCENT] = { .operand = JSONATA_PARENT, .op = JSONATA_MODULO, .power = 60 },
    [TOKEN_BAR] = { .spelling = "\"|\"", .operand = JSONATA_TRANSFORM },
    [TOKEN_EQUAL] = { .op = JSONATA_EQUAL, .power = 40 },
    [TOKEN_LESS] = { .op = JSONATA_LESS, .power = 40 },
    [TOKEN_GREATER] = { .spelling = "\">\"", .op = JSONATA_GREATER, .power = 40 },
    [TOKEN_CARET] = { .power = 40 },
    [TOKEN_AMPERSAND] = { .op = JSONATA_CONCAT, .power = 50 },
    [TOKEN_ASSIGN] = { .power = 10 },
    [TOKEN_UNEQUAL] = { .op = JSONATA_UNEQUAL, .power = 40 },
    [TOKEN_GREATER_EQUAL] = { .op = JSONATA_GREATER_EQUAL, .power = 40 },
    [TOKEN_LESS_EQUAL] = { .op = JSONATA_LESS_EQUAL, .power = 40 },
    [TOKEN_DESCEND] = { .operand = JSONATA_DESCENDANT },
    [TOKEN_APPLY] = { .power = 40 },
    [TOKEN_AND] = { .operand = JSONATA_NAME, .op = JSONATA_AND, .power = 30 },
    [TOKEN_OR] = { .operand = JSONATA_NAME, .op = JSONATA_OR, .power = 25 },
    [TOKEN_IN] = { .operand = JSONATA_NAME, .op = JSONATA_IN, .power = 40 },
};

static bool at(const struct query *q, enum token_kind kind)
{
    return q->token.kind == kind;
}

bool query_expect(struct query *q, enum token_kind kind, bool infix)
{
    char shown[SHOWN_SIZE];

    if (at(q, kind))
        return query_next(q, infix);
    return query_fail(q, at(q, TOKEN_END) ? "S0203" : "S0202", q->token.span.start,
                      show_token(shown, &q->token), facts[kind].spelling);
}

/* Takes the token if it is a KIND, and says in *TAKEN whether it is; false if what
 * follows is no token. */
static bool take(struct query *q, enum token_kind kind, bool *taken)
{
    *taken = at(q, kind);
    return !*taken || query_next(q, false);
}

/* ---- operands ---- */

/* ( expression ; ... ) */
static bool read_block(struct query *q, struct draft *block)
{
    bool more = true;

    while (more && !at(q, TOKEN_CLOSE))
        if (!read_item(q, block, 1) || !take(q, TOKEN_SEMICOLON, &more))
            return false;
    return query_expect(q, TOKEN_CLOSE, true);
}

/* from .. to in an array; the operator is the token. */
static bool read_range(struct query *q, struct draft *array)
{
    struct jsonata *from = array->tree.list[array->tree.count - 1];
    struct draft *range = query_node(q, JSONATA_BINARY, from->span);

    if (!range || !deepen(q, range, draft_of(from), 1))
        return false;
    range->tree.op = JSONATA_RANGE;
    range->place = q->token.span.start;
    range->tree.left = from;
    array->tree.list[array->tree.count - 1] = &range->tree;
    if (!query_next(q, false) || !read_part(q, range, &range->tree.right, 0))
        return false;
    range->tree.span.end = q->end;
    return deepen(q, array, range, 1);
}

/* [ item, from .. to, ... ] */
static bool read_array(struct query *q, struct draft *array)
{
    bool more = !at(q, TOKEN_CLOSE_BRACKET);

    while (more)
        if (!read_item(q, array, 1) || (at(q, TOKEN_RANGE) && !read_range(q, array)) ||
            !take(q, TOKEN_COMMA, &more))
            return false;
    return query_expect(q, TOKEN_CLOSE_BRACKET, true);
}

/* { key : value, ... }: an object, or a group, where LEVELS are more. */
static bool read_pairs(struct query *q, struct draft *object, int levels)
{
    bool more = !at(q, TOKEN_CLOSE_BRACE);

    while (more)
        if (!read_item(q, object, levels) || !query_expect(q, TOKEN_COLON, false) ||
            !read_item(q, object, levels) || !take(q, TOKEN_COMMA, &more))
            return false;
    return query_expect(q, TOKEN_CLOSE_BRACE, true);
}

/* | pattern | update, delete | */
static bool read_transform(struct query *q, struct draft *node)
{
    bool deletes;

    return read_part(q, node, &node->tree.left, 0) &&
           query_expect(q, TOKEN_BAR, false) &&
           read_part(q, node, &node->tree.right, 0) && take(q, TOKEN_COMMA, &deletes) &&
           (!deletes || read_part(q, node, &node->tree.third, 0)) &&
           query_expect(q, TOKEN_BAR, false);
}

/* What stands behind the first token of NODE, as far as that needs a partner. */
static bool read_inside(struct query *q, struct draft *node)
{
    if (node->tree.kind == JSONATA_BLOCK)
        return read_block(q, node);
    if (node->tree.kind == JSONATA_ARRAY)
        return read_array(q, node);
    if (node->tree.kind == JSONATA_OBJECT)
        return read_pairs(q, node, 1);
    if (node->tree.kind == JSONATA_TRANSFORM)
        return read_transform(q, node);
    if (node->tree.kind == JSONATA_NEGATE)
        return read_part(q, node, &node->tree.left, 70);
    return true;
}

/* The operand that begins with TOKEN, which is taken. */
static struct draft *read_operand(struct query *q, const struct token *token)
{
    enum jsonata_kind kind = facts[token->kind].operand;
    char shown[SHOWN_SIZE];

    if (kind == JSONATA_PATH) {
        query_fail(q, "S0211", token->span.start, show_token(shown, token), "");
        return NULL;
    }
    struct draft *node = query_node(q, kind, token->span);
    if (!node)
        return NULL;
    node->form = token->kind == TOKEN_END ? FORM_END : FORM_NODE;
    node->height = kind == JSONATA_NAME ? 2 : 1; /* a name is a path of one step */
    node->tree.text = token->text;
    node->tree.flags = token->flags;
    node->tree.number = token->number;
    return end_node(q, node, read_inside(q, node));
}

/* ---- calls, lambdas ---- */

/* Whether LEFT( begins the definition of a function. */
static bool is_lambda(const struct draft *left)
{
    const struct expr_text *text = &left->tree.text;

    return left->form == FORM_NODE && left->tree.kind == JSONATA_NAME &&
           ((text->len == 8 && memcmp(text->text, "function", 8) == 0) ||
            (text->len == 2 && memcmp(text->text, "\xce\xbb", 2) == 0)); /* lambda */
}

/* ? among the arguments; it is the token. */
static bool read_place(struct query *q, struct draft *call)
{
    struct draft *place = query_node(q, JSONATA_PLACE, q->token.span);

    if (!place)
        return false;
    call->tree.kind = JSONATA_PARTIAL;
    query_append(q, call, place);
    return deepen(q, call, place, 1) && query_next(q, false);
}

static bool read_arguments(struct query *q, struct draft *call)
{
    bool more = !at(q, TOKEN_CLOSE);

    while (more)
        if (!(at(q, TOKEN_QUESTION) ? read_place(q, call) : read_item(q, call, 1)) ||
            !take(q, TOKEN_COMMA, &more))
            return false;
    return query_expect(q, TOKEN_CLOSE, true);
}

/* Whether NODE is a variable and nothing more. */
static bool is_variable(const struct draft *node)
{
    return node->form == FORM_NODE && node->tree.kind == JSONATA_VARIABLE;
}

static bool check_parameters(struct query *q, const struct draft *lambda)
{
    for (size_t i = 0; i < lambda->tree.count; i++) {
        const struct draft *parameter = draft_of(lambda->tree.list[i]);
        if (!is_variable(parameter)) {
            char number[24];
            snprintf(number, sizeof number, "%zu", i + 1);
            return query_fail(q, "S0208", parameter->tree.span.start, "", number);
        }
    }
    return true;
}

/* left ( arguments ), which for a lambda are its parameters and followed by its body */
static bool read_call(struct query *q, struct draft *call)
{
    call->tree.kind = JSONATA_CALL;
    if (!read_arguments(q, call))
        return false;
    if (!is_lambda(draft_of(call->tree.left)))
        return true;
    if (!check_parameters(q, call))
        return false;
    call->tree.kind = JSONATA_LAMBDA;
    call->tree.left = NULL;
    if (at(q, TOKEN_LESS) && !query_signature(q, &call->tree.text))
        return false;
    return query_expect(q, TOKEN_OPEN_BRACE, false) &&
           read_part(q, call, &call->tree.right, 0) &&
           query_expect(q, TOKEN_CLOSE_BRACE, false);
}

/* ---- operators ---- */

/* left [ ], where ] is the token: marks what is under the predicates of LEFT. */
static struct draft *read_keep(struct query *q, struct draft *left)
{
    struct draft *step = left;

    while (step->form == FORM_FILTER)
        step = draft_of(step->tree.left);
    step->tree.keep_array = true;
    return end_node(q, left, query_next(q, false));
}

/* left [ predicate ] */
static bool read_filter(struct query *q, struct draft *node)
{
    struct draft *filter = expression(q, 0);

    node->form = FORM_FILTER;
    if (!filter || !deepen(q, node, filter, 2))
        return false;
    node->tree.right = &filter->tree;
    return query_expect(q, TOKEN_CLOSE_BRACKET, true);
}

/* left { key : value, ... } */
static bool read_group(struct query *q, struct draft *node)
{
    node->form = FORM_GROUP;
    return read_pairs(q, node, 2);
}

/* left ^ ( < term, > term, ... ) */
static bool read_order(struct query *q, struct draft *order)
{
    bool more = true, *descending = NULL;

    order->form = FORM_ORDER;
    if (!query_expect(q, TOKEN_OPEN, false))
        return false;
    while (more) {
        size_t count = order->tree.count;
        if (is_full(count)) {
            bool *list = ARENA_ARRAY(q->arena, count ? 2 * count : 1, bool);
            if (count)
                memcpy(list, descending, count * sizeof *list);
            descending = list;
        }
        descending[count] = at(q, TOKEN_GREATER);
        if ((at(q, TOKEN_LESS) || at(q, TOKEN_GREATER)) && !query_next(q, false))
            return false;
        if (!read_item(q, order, 2) || !take(q, TOKEN_COMMA, &more))
            return false;
    }
    order->tree.descending = descending;
    return query_expect(q, TOKEN_CLOSE, false);
}

/* left @ $text, left # $text; OPERATOR is taken */
static bool read_bound(struct query *q, struct draft *node,
                       const struct token *operator)
{
    char shown[SHOWN_SIZE];
    struct draft *variable = expression(q, 80);

    if (!variable)
        return false;
    if (!is_variable(variable))
        return query_fail(q, "S0214", variable->tree.span.start,
                          show_token(shown, operator), "");
    node->form = operator->kind == TOKEN_AT ? FORM_FOCUS : FORM_INDEX;
    node->tree.text = variable->tree.text;
    return true;
}

/* $text := right */
static bool read_bind(struct query *q, struct draft *node)
{
    const struct draft *left = draft_of(node->tree.left);

    if (!is_variable(left))
        return query_fail(q, "S0212", left->tree.span.start, "", "");
    node->tree.kind = JSONATA_BIND;
    node->tree.text = left->tree.text;
    node->tree.left = NULL;
    return read_part(q, node, &node->tree.right, 9);
}

/* left ? right : third */
static bool read_condition(struct query *q, struct draft *node)
{
    bool has_else;

    node->tree.kind = JSONATA_CONDITION;
    return read_part(q, node, &node->tree.right, 0) &&
           take(q, TOKEN_COLON, &has_else) &&
           (!has_else || read_part(q, node, &node->tree.third, 0));
}

/* left . right: one node for all dots in a row */
static struct draft *read_dot(struct query *q, struct draft *left)
{
    struct draft *node = left;

    if (left->form != FORM_DOT) {
        node = query_node(q, JSONATA_PATH, left->tree.span);
        if (!node || !deepen(q, node, left, 1))
            return NULL;
        node->form = FORM_DOT;
        query_append(q, node, left);
    }
    struct draft *right = expression(q, facts[TOKEN_DOT].power);
    if (!right || !deepen(q, node, right, 1))
        return NULL;
    query_append(q, node, right);
    return end_node(q, node, true);
}

static bool read_binary(struct query *q, struct draft *node, enum token_kind kind)
{
    if (kind == TOKEN_APPLY)
        node->tree.kind = JSONATA_APPLY;
    else
        node->tree.op = facts[kind].op;
    return read_part(q, node, &node->tree.right, facts[kind].power);
}

/* What belongs to OPERATOR, which is taken, behind the left side of NODE. */
static bool read_right(struct query *q, struct draft *node,
                       const struct token *operator)
{
    switch ((int)operator->kind) {
    case TOKEN_OPEN_BRACKET: return read_filter(q, node);
    case TOKEN_OPEN: return read_call(q, node);
    case TOKEN_OPEN_BRACE: return read_group(q, node);
    case TOKEN_CARET: return read_order(q, node);
    case TOKEN_AT:
    case TOKEN_HASH: return read_bound(q, node, operator);
    case TOKEN_ASSIGN: return read_bind(q, node);
    case TOKEN_QUESTION: return read_condition(q, node);
    }
    return read_binary(q, node, operator->kind);
}

/* The operation of OPERATOR, which is taken, on LEFT. */
static struct draft *read_operation(struct query *q, const struct token *operator,
                                    struct draft * left)
{
    if (operator->kind == TOKEN_DOT)
        return read_dot(q, left);
    if (operator->kind == TOKEN_OPEN_BRACKET && at(q, TOKEN_CLOSE_BRACKET))
        return read_keep(q, left);
    struct draft *node = query_node(q, JSONATA_BINARY, left->tree.span);
    if (!node)
        return NULL;
    node->place = operator->span.start;
    node->tree.left = &left->tree;
    return end_node(q, node, deepen(q, node, left, 1) && read_right(q, node, operator));
}

static struct draft *expression(struct query *q, int power)
{
    struct token token = q->token;

    if (q->depth == JSONATA_MAX_NESTING) {
        query_refuse(q, token.span.start, "The expression is nested more than %d deep",
                     JSONATA_MAX_NESTING);
        return NULL;
    }
    q->depth++;
    struct draft *left = query_next(q, true) ? read_operand(q, &token) : NULL;
    while (left && power < facts[q->token.kind].power) {
        token = q->token;
        left = query_next(q, false) ? read_operation(q, &token, left) : NULL;
    }
    q->depth--;
    return left;
}

struct jsonata *jsonata_parse(struct arena *arena, const char *text, size_t len,
                              int *labels, struct jsonata_error *error)
{
    struct query q = { .arena = arena, .error = error, .len = len };
    char shown[SHOWN_SIZE];

    *labels = 0;
    q.text = arena_copy(arena, text, len);
    struct draft *root = query_next(&q, false) ? expression(&q, 0) : NULL;
    if (root && !at(&q, TOKEN_END)) {
        query_fail(&q, "S0201", q.token.span.start, show_token(shown, &q.token), "");
        return NULL;
    }
    root = root ? query_settle(&q, root) : NULL;
    if (!root || !parent_finish(&q, root))
        return NULL;
    *labels = q.labels;
    return &root->tree;
}
