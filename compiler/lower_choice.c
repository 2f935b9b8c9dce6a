/*
 * lower_choice.c - the rules of Choice states as jumping code.
 *
 * A condition is lowered for two labels, where to go when it holds and when it does not,
 * one of which comes right behind it.  And, Or and Not only choose labels.  A Variable that
 * several rules test is looked up once: in code that is always run before.
 *
 * Many equalities on one variable become a switch on a key (asl_text_key, asl_integer_key),
 * whose cases compare in full.
 */
#include "lower.h"

#include <string.h>

#include <aslrt/value.h>

#include "arena.h"
#include "lower_parts.h"
#include "time.h"

enum { SWITCH_LEAST = 6, MOST_KNOWN = 64 };

/* A path that has been looked up. */
struct known {
    const struct expr *expr;
    struct ir_arg v;
};

struct choosing {
    struct ir_function *fn;
    struct ir_state *state;
    struct ir_arg input;
    struct known known[MOST_KNOWN];
    size_t nknown;
    uint64_t checked; /* bit i: known[i] is not undefined */
};

/* Where a condition leads; `next` is the one that comes right behind. */
struct targets {
    int yes, no;
    bool next_is_yes;
};

static bool same_path(const struct expr *a, const struct expr *b)
{
    return a == b || (a->source.len == b->source.len &&
                      memcmp(a->source.text, b->source.text, a->source.len) == 0);
}

static struct ir_arg lower_operand_path(struct choosing *c, const struct node *node,
                                        bool must_be, bool is_operand)
{
    const struct expr *expr = node->expr;
    uint32_t at = node->span.begin;
    struct lowering env = lower_env(c->fn, c->state, c->input, at);
    size_t i = 0;
    struct ir_arg v;

    if (expr->count == 0 && expr->root == ROOT_INPUT)
        return c->input;
    while (i < c->nknown && !same_path(c->known[i].expr, expr))
        i++;
    v = i < c->nknown ? c->known[i].v : lower_path(&env, expr, false);
    if (i == c->nknown && i < MOST_KNOWN) {
        c->known[c->nknown++] = (struct known){expr, v};
        c->checked &= ~(UINT64_C(1) << i);
    }
    if (must_be && (i >= MOST_KNOWN || !(c->checked >> i & 1))) {
        ir_check_found(c->fn, at, v, "asl_choice_missing",
                       IR_ARGS(IR_REGION, ir_string(node->text, node->len),
                               ir_code(is_operand ? "true" : "false")),
                       3);
        ir_check_error(c->fn, at, v);
        if (i < MOST_KNOWN)
            c->checked |= UINT64_C(1) << i;
    }
    return v;
}

static const char *const rule_ops[RULE_COUNT] = {
    [RULE_STRING_EQUALS] = "asl_string_equals",
    [RULE_STRING_LESS_THAN] = "asl_string_less_than",
    [RULE_STRING_GREATER_THAN] = "asl_string_greater_than",
    [RULE_STRING_LESS_THAN_EQUALS] = "asl_string_less_than_equals",
    [RULE_STRING_GREATER_THAN_EQUALS] = "asl_string_greater_than_equals",
    [RULE_STRING_MATCHES] = "asl_string_matches",
    [RULE_NUMERIC_EQUALS] = "asl_numeric_equals",
    [RULE_NUMERIC_LESS_THAN] = "asl_numeric_less_than",
    [RULE_NUMERIC_GREATER_THAN] = "asl_numeric_greater_than",
    [RULE_NUMERIC_LESS_THAN_EQUALS] = "asl_numeric_less_than_equals",
    [RULE_NUMERIC_GREATER_THAN_EQUALS] = "asl_numeric_greater_than_equals",
    [RULE_BOOLEAN_EQUALS] = "asl_boolean_equals",
    [RULE_TIMESTAMP_EQUALS] = "asl_timestamp_equals",
    [RULE_TIMESTAMP_LESS_THAN] = "asl_timestamp_less_than",
    [RULE_TIMESTAMP_GREATER_THAN] = "asl_timestamp_greater_than",
    [RULE_TIMESTAMP_LESS_THAN_EQUALS] = "asl_timestamp_less_than_equals",
    [RULE_TIMESTAMP_GREATER_THAN_EQUALS] = "asl_timestamp_greater_than_equals",
    [RULE_IS_NULL] = "asl_is_null",
    [RULE_IS_PRESENT] = "asl_is_present",
    [RULE_IS_NUMERIC] = "asl_is_number",
    [RULE_IS_STRING] = "asl_is_string",
    [RULE_IS_BOOLEAN] = "asl_is_boolean",
    [RULE_IS_TIMESTAMP] = "asl_is_timestamp",
};

static bool is_type_test(enum rule_op op)
{
    return op >= RULE_IS_NULL && op <= RULE_IS_TIMESTAMP;
}

/* Jumps to where the C condition op(args), turned round if not SENSE, leads. */
static void jump(struct choosing *c, uint32_t at, bool sense, const struct targets *to,
                 const char *op, const struct ir_arg *args, size_t nargs)
{
    if (to->next_is_yes)
        ir_jump_on(c->fn, at, !sense, to->no, op, args, nargs);
    else
        ir_jump_on(c->fn, at, sense, to->yes, op, args, nargs);
}

static void jump_always(struct choosing *c, uint32_t at, bool truth,
                        const struct targets *to)
{
    if (truth != to->next_is_yes)
        ir_jump(c->fn, at, truth ? to->yes : to->no);
}

/* Whether a pattern has no escapes but of star and backslash. */
static bool pattern_is_valid(const struct node *pattern)
{
    for (size_t i = 0; i < pattern->len; i++)
        if (pattern->text[i] == '\\') {
            i++;
            if (i == pattern->len || (pattern->text[i] != '*' && pattern->text[i] != '\\'))
                return false;
        }
    return true;
}

/* A comparison with a literal timestamp, which is read here and now; false if it is none. */
static bool lower_timestamp(struct choosing *c, const struct rule *rule, struct ir_arg v,
                            const struct targets *to)
{
    static const char *const ops[] = {"asl_timestamp_is_at", "asl_timestamp_is_before",
                                      "asl_timestamp_is_after", "asl_timestamp_is_until",
                                      "asl_timestamp_is_since"};
    int64_t seconds;
    uint32_t nanoseconds;

    if (rule->op < RULE_TIMESTAMP_EQUALS || rule->op > RULE_TIMESTAMP_GREATER_THAN_EQUALS ||
        rule->is_path || !asl__time_parse_exact(rule->operand->text, rule->operand->len,
                                                &seconds, &nanoseconds))
        return false;
    jump(c, rule->operand->span.begin, true, to, ops[rule->op - RULE_TIMESTAMP_EQUALS],
         IR_ARGS(v, ir_size(seconds), ir_size(nanoseconds)), 3);
    return true;
}

static void lower_rule(struct choosing *c, const struct rule *rule, const struct targets *to);

static void lower_comparison(struct choosing *c, const struct rule *rule,
                             const struct targets *to)
{
    struct ir_program *program = c->fn->program;
    uint32_t at = rule->operand->span.begin;
    struct ir_arg v = lower_operand_path(c, rule->variable, rule->op != RULE_IS_PRESENT, false);
    struct ir_arg operand;

    if (is_type_test(rule->op)) {
        jump(c, at, node_is_true(rule->operand), to, rule_ops[rule->op], &v, 1);
        return;
    }
    if (lower_timestamp(c, rule, v, to))
        return;
    if (rule->is_path)
        operand = lower_operand_path(c, rule->operand, true, true);
    else
        operand = ir_constant(program, rule->operand);
    if (rule->op == RULE_STRING_MATCHES && !pattern_is_valid(rule->operand)) {
        struct ir_arg error = ir_call(c->fn, at, "asl_pattern_error", IR_REGION, operand);

        ir_return_call(c->fn, at, "asl_raise", IR_FRAME, error);
        return;
    }
    jump(c, at, true, to, rule_ops[rule->op], IR_ARGS(v, operand), 2);
}

/* And (all of them must be `yes`) or Or (one is enough). */
static void lower_junction(struct choosing *c, const struct rule *rule,
                           const struct targets *to)
{
    bool all = rule->op == RULE_AND;
    size_t known = 0;
    uint64_t checked = 0;

    for (size_t i = 0; i < rule->nchildren; i++) {
        struct targets each = *to;
        bool last = i + 1 == rule->nchildren;

        if (!last) {
            each.next_is_yes = all;
            *(all ? &each.yes : &each.no) = ir_new_label(c->fn);
        }
        lower_rule(c, &rule->children[i], &each);
        if (!last)
            ir_label(c->fn, all ? each.yes : each.no);
        if (i == 0) { /* what the first looks up is always looked up */
            known = c->nknown;
            checked = c->checked;
        }
    }
    c->nknown = known;
    c->checked = checked;
}

static void lower_condition(struct choosing *c, const struct rule *rule,
                            const struct targets *to)
{
    if (node_is_bool(rule->condition))
        jump_always(c, rule->condition->span.begin, node_is_true(rule->condition), to);
}

static void lower_rule(struct choosing *c, const struct rule *rule, const struct targets *to)
{
    struct targets turned = {to->no, to->yes, !to->next_is_yes};

    switch (rule->op) {
    case RULE_INVALID: break;
    case RULE_CONDITION: lower_condition(c, rule, to); break;
    case RULE_AND:
    case RULE_OR: lower_junction(c, rule, to); break;
    case RULE_NOT: lower_rule(c, &rule->children[0], &turned); break;
    default: lower_comparison(c, rule, to); break;
    }
}

static struct choice_exit exit_of(const struct rule *rule)
{
    return (struct choice_exit){.assign = rule->assign,
                                .output = rule->output,
                                .target = rule->next.target,
                                .at = rule->next.node->span.begin};
}

/* ---- many equalities ------------------------------------------------------------- */

/* An integer as JSON text, that is equal to no other text of the same number. */
static bool plain_integer(const struct node *node, int64_t *out)
{
    int64_t number = 0;
    size_t i = node->text[0] == '-';

    if (node->len > 15 + i || node->len == i)
        return false;
    for (size_t k = i; k < node->len; k++) {
        if (node->text[k] < '0' || node->text[k] > '9')
            return false;
        number = number * 10 + (node->text[k] - '0');
    }
    *out = i ? -number : number;
    return true;
}

static bool can_switch(const struct rule *rule, const struct rule *first)
{
    int64_t number;

    if (first->op != RULE_STRING_EQUALS && first->op != RULE_NUMERIC_EQUALS)
        return false;
    if (rule->op != first->op || rule->is_path || rule->assign ||
        !same_path(rule->variable->expr, first->variable->expr))
        return false;
    if (rule->op == RULE_STRING_EQUALS)
        return node_is_string(rule->operand);
    return rule->op == RULE_NUMERIC_EQUALS && node_is_number(rule->operand) &&
           plain_integer(rule->operand, &number);
}

static int64_t key_of(const struct rule *rule)
{
    int64_t number = 0;

    if (rule->op == RULE_STRING_EQUALS)
        return asl_text_key(asl_string_in(rule->operand->text, rule->operand->len));
    plain_integer(rule->operand, &number);
    return number;
}

/* One case for each key; KEYS[i] is that of rules[i].  Rules with the same key are tried in
 * order; NEXT_SAME[i] is the next of them behind i, or `count`. */
static void lower_cases(struct choosing *c, const struct rule *rules, size_t count,
                        struct ir_arg v, const int64_t *keys, const size_t *next_same)
{
    bool *done = ARENA_ARRAY(c->fn->program->arena, count, bool);

    for (size_t i = 0; i < count; i++) {
        if (done[i])
            continue;
        ir_case(c->fn, rules[i].operand->span.begin, keys[i]);
        for (size_t k = i; k < count; k = next_same[k]) {
            struct choice_exit to = exit_of(&rules[k]);
            int next = ir_new_label(c->fn);

            done[k] = true;
            ir_jump_on(c->fn, rules[k].operand->span.begin, false, next, rule_ops[rules[k].op],
                       IR_ARGS(v, ir_constant(c->fn->program, rules[k].operand)), 2);
            lower_choice_exit(c->fn, c->state, c->input, &to);
            ir_label(c->fn, next);
        }
        ir_break(c->fn);
    }
}

/* next_same by a hash table of the keys. */
static void link_same(struct arena *arena, const int64_t *keys, size_t count,
                      size_t *next_same)
{
    size_t size = 16, i;
    size_t *heads, *chain = ARENA_ARRAY(arena, count, size_t);

    while (size < 2 * count)
        size *= 2;
    heads = ARENA_ARRAY(arena, size, size_t); /* index + 1 of the latest */
    for (i = count; i-- > 0;) {
        size_t *head = &heads[((uint64_t)keys[i] * UINT64_C(0x9E3779B97F4A7C15) >> 20) &
                              (size - 1)];
        size_t k = *head;

        while (k && keys[k - 1] != keys[i])
            k = chain[k - 1];
        next_same[i] = k ? k - 1 : count;
        chain[i] = *head;
        *head = i + 1;
    }
}

static void lower_switch(struct choosing *c, const struct rule *rules, size_t count)
{
    struct arena *arena = c->fn->program->arena;
    int64_t *keys = ARENA_ARRAY(arena, count, int64_t);
    size_t *next_same = ARENA_ARRAY(arena, count, size_t);
    struct ir_arg v = lower_operand_path(c, rules[0].variable, true, false);
    bool text = rules[0].op == RULE_STRING_EQUALS;

    for (size_t i = 0; i < count; i++)
        keys[i] = key_of(&rules[i]);
    link_same(arena, keys, count, next_same);
    ir_switch(c->fn, rules[0].variable->span.begin,
              text ? "asl_text_key" : "asl_integer_key", &v, 1);
    lower_cases(c, rules, count, v, keys, next_same);
    ir_end_switch(c->fn);
}

void lower_rules(struct ir_function *fn, struct ir_state *state, struct ir_arg input)
{
    const struct state *s = state->state;
    struct choosing *c = ARENA_NEW(fn->program->arena, struct choosing);
    size_t count;

    c->fn = fn;
    c->state = state;
    c->input = input;
    for (size_t i = 0; i < s->nrules; i += count) {
        const struct rule *rule = &s->rules[i];
        struct targets to = {0, 0, true};
        struct choice_exit leave = exit_of(rule);

        for (count = 0; i + count < s->nrules && can_switch(rule + count, rule);)
            count++;
        if (count >= SWITCH_LEAST) {
            lower_switch(c, rule, count);
            continue;
        }
        count = 1;
        to.yes = ir_new_label(fn);
        to.no = ir_new_label(fn);
        lower_rule(c, rule, &to);
        ir_label(fn, to.yes);
        lower_choice_exit(fn, state, input, &leave);
        ir_label(fn, to.no);
    }
}
