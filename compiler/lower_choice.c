/*
 * lower_choice.c - the rules of Choice states as jumping code.
 *
 * A condition is lowered for two labels, where to go when it holds and when it does not,
 * one of which comes right behind it.  And, Or and Not only choose labels.  A Variable that
 * several rules test is looked up once: in code that is always run before.
 *
 * Many equalities on one variable, in rules that follow each other or in one Or, become a
 * switch on the index of the first that holds, which a hash table tells.  A value has one
 * type: what rules say about other types makes no difference to it, so that each type has
 * a switch of its own.
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

static struct choice_exit exit_of(const struct choosing *c, const struct rule *rule)
{
    size_t number = (size_t)(rule - c->state->state->rules);

    return (struct choice_exit){.prefix = arena_printf(c->fn->program->arena, "Choices[%zu]/",
                                                       number),
                                .assign = rule->assign,
                                .output = rule->output,
                                .target = rule->next.target,
                                .at = rule->next.node->span.begin};
}

/* ---- many equalities ------------------------------------------------------------- */

/* A comparison with a literal, and where to go when it holds. */
struct equality {
    const struct rule *rule;
    const struct rule *leaves; /* the rule whose exit it takes, or NULL: */
    int yes;                   /* the label to go to */
};

/* A list of them, on one variable. */
struct lookup {
    struct equality *list;
    size_t count;
    struct ir_arg v;
};

/* How many equalities of each kind, and of which path (NULL: of any). */
struct tally {
    const struct expr *path;
    size_t strings, numbers, booleans;
};

/* Whether the rule is an equality of the tally's path with a literal, or an Or of nothing
 * else; counts them. */
static bool is_lookup(const struct rule *rule, struct tally *tally)
{
    if (rule->op == RULE_OR) {
        for (size_t i = 0; i < rule->nchildren; i++)
            if (!is_lookup(&rule->children[i], tally))
                return false;
        return true;
    }
    if (rule->op != RULE_STRING_EQUALS && rule->op != RULE_NUMERIC_EQUALS &&
        rule->op != RULE_BOOLEAN_EQUALS)
        return false;
    if (rule->is_path || (tally->path && !same_path(tally->path, rule->variable->expr)))
        return false;
    tally->path = rule->variable->expr;
    tally->strings += rule->op == RULE_STRING_EQUALS;
    tally->numbers += rule->op == RULE_NUMERIC_EQUALS;
    tally->booleans += rule->op == RULE_BOOLEAN_EQUALS;
    return true;
}

/* How many rules from RULES[0] on, at most COUNT, are equalities of one path and enough of
 * a kind for a switch; else 1. */
static size_t alternatives(const struct rule *rules, size_t count)
{
    struct tally tally = {0}, found = tally;
    size_t n = 0;

    for (; n < count && is_lookup(&rules[n], &tally); n++)
        found = tally;
    return found.strings >= SWITCH_LEAST || found.numbers >= SWITCH_LEAST ||
                   found.booleans >= SWITCH_LEAST
               ? n
               : 1;
}

static void collect(struct lookup *lookup, const struct rule *rule,
                    const struct rule *leaves, int yes)
{
    if (rule->op == RULE_OR)
        for (size_t i = 0; i < rule->nchildren; i++)
            collect(lookup, &rule->children[i], leaves, yes);
    else
        lookup->list[lookup->count++] =
            (struct equality){.rule = rule, .leaves = leaves, .yes = yes};
}

static const struct rule *first_comparison(const struct rule *rule)
{
    while (rule->op == RULE_OR)
        rule = &rule->children[0];
    return rule;
}

/* A lookup with room for all equalities in RULES; the variable is looked up. */
static struct lookup new_lookup(struct choosing *c, const struct rule *rules, size_t count)
{
    const struct rule *first = first_comparison(&rules[0]);
    struct tally tally = {0};

    for (size_t i = 0; i < count; i++)
        is_lookup(&rules[i], &tally);
    return (struct lookup){
        .list = ARENA_ARRAY(c->fn->program->arena,
                            tally.strings + tally.numbers + tally.booleans, struct equality),
        .v = lower_operand_path(c, first->variable, true, false)};
}

/* Goes where one leads that holds. */
static void lower_found(struct choosing *c, const struct equality *equality)
{
    struct choice_exit leave;

    if (!equality->leaves) {
        ir_jump(c->fn, equality->rule->operand->span.begin, equality->yes);
        return;
    }
    leave = exit_of(c, equality->leaves);
    lower_choice_exit(c->fn, c->state, c->input, &leave);
}

/* Tests one by itself. */
static void lower_equality(struct choosing *c, const struct lookup *lookup,
                           const struct equality *equality)
{
    const struct rule *rule = equality->rule;
    uint32_t at = rule->operand->span.begin;
    const struct ir_arg args[] = {lookup->v, ir_constant(c->fn->program, rule->operand)};
    int no;

    if (!equality->leaves) {
        ir_jump_on(c->fn, at, true, equality->yes, rule_ops[rule->op], args, 2);
        return;
    }
    no = ir_new_label(c->fn);
    ir_jump_on(c->fn, at, false, no, rule_ops[rule->op], args, 2);
    lower_found(c, equality);
    ir_label(c->fn, no);
}

/* A literal for a comment. */
static struct ir_arg comment_of(const struct choosing *c, const struct node *literal)
{
    char *text;

    if (!node_is_string(literal))
        return ir_string(literal->text, literal->len);
    text = arena_alloc(c->fn->program->arena, literal->len + 2);
    text[0] = '"';
    memcpy(text + 1, literal->text, literal->len);
    text[literal->len + 1] = '"';
    return ir_string(text, literal->len + 2);
}

/* The table of the keys. */
static struct ir_arg table_of(const struct choosing *c, const struct lookup *lookup)
{
    struct arena *arena = c->fn->program->arena;
    struct ir_lookup *table = ARENA_NEW(arena, struct ir_lookup);

    table->count = lookup->count;
    table->keys = ARENA_ARRAY(arena, lookup->count, const struct node *);
    for (size_t i = 0; i < lookup->count; i++)
        table->keys[i] = lookup->list[i].rule->operand;
    return ir_lookup(table);
}

/* Whether each leads to a state, with nothing to do on the way that others have not. */
static bool is_plain(const struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++)
        if (!lookup->list[i].leaves || lookup->list[i].leaves->assign)
            return false;
    return true;
}

/* The switch only chooses the state: the C compiler makes a table of that. */
static void lower_targets(struct choosing *c, const struct lookup *lookup, const char *op)
{
    const struct equality *list = lookup->list;
    uint32_t at = list[0].rule->variable->span.begin;
    int none = ir_new_label(c->fn);
    struct ir_arg to = ir_switch_to(c->fn, at, op, IR_ARGS(lookup->v, table_of(c, lookup)), 2);

    for (size_t i = 0; i < lookup->count; i++) {
        const struct transition *next = &list[i].leaves->next;

        ir_choose(c->fn, next->node->span.begin, (int64_t)i, to,
                  lower_enumerator(c->fn->scope, next->target),
                  comment_of(c, list[i].rule->operand));
    }
    ir_default(c->fn, at, none);
    ir_end_switch(c->fn);
    lower_go_to(c->fn, at, lower_output_path(c->fn, c->state, c->input), to);
    ir_label(c->fn, none);
}

static void lower_switch(struct choosing *c, const struct lookup *lookup)
{
    const struct equality *list = lookup->list;
    const char *op =
        list[0].rule->op == RULE_STRING_EQUALS ? "asl_find_text" : "asl_find_number";

    if (is_plain(lookup)) {
        lower_targets(c, lookup, op);
        return;
    }
    ir_switch(c->fn, list[0].rule->variable->span.begin, op,
              IR_ARGS(lookup->v, table_of(c, lookup)), 2);
    for (size_t i = 0; i < lookup->count; i++) {
        ir_case(c->fn, (int64_t)i, comment_of(c, list[i].rule->operand));
        lower_found(c, &list[i]);
        ir_break(c->fn);
    }
    ir_end_switch(c->fn);
}

/* true and false: the second `true` of a list says nothing new. */
static void lower_booleans(struct choosing *c, struct lookup *lookup)
{
    bool tested[2] = {false, false};

    for (size_t i = 0; i < lookup->count; i++) {
        bool *one = &tested[node_is_true(lookup->list[i].rule->operand)];

        if (!*one)
            lower_equality(c, lookup, &lookup->list[i]);
        *one = true;
    }
}

/* The equalities of one operator. */
static void lower_kind(struct choosing *c, const struct lookup *all, enum rule_op op)
{
    struct lookup some = {
        .list = ARENA_ARRAY(c->fn->program->arena, all->count, struct equality),
        .v = all->v};

    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].rule->op == op)
            some.list[some.count++] = all->list[i];
    if (op == RULE_BOOLEAN_EQUALS)
        lower_booleans(c, &some);
    else if (some.count >= SWITCH_LEAST)
        lower_switch(c, &some);
    else
        for (size_t i = 0; i < some.count; i++)
            lower_equality(c, &some, &some.list[i]);
}

static void lower_kinds(struct choosing *c, const struct lookup *lookup)
{
    lower_kind(c, lookup, RULE_STRING_EQUALS);
    lower_kind(c, lookup, RULE_NUMERIC_EQUALS);
    lower_kind(c, lookup, RULE_BOOLEAN_EQUALS);
}

/* COUNT children of an Or. */
static void lower_alternatives(struct choosing *c, const struct rule *rules, size_t count,
                               const struct targets *to)
{
    struct lookup lookup = new_lookup(c, rules, count);

    for (size_t i = 0; i < count; i++)
        collect(&lookup, &rules[i], NULL, to->yes);
    lower_kinds(c, &lookup);
    if (to->next_is_yes)
        ir_jump(c->fn, rules[0].node->span.begin, to->no);
}

/* The exits of the Ors among COUNT rules, each at its label. */
static void lower_exits(struct choosing *c, const struct rule *rules, size_t count,
                        const int *exits)
{
    for (size_t i = 0; i < count; i++) {
        struct choice_exit leave;

        if (exits[i] < 0)
            continue;
        leave = exit_of(c, &rules[i]);
        ir_label(c->fn, exits[i]);
        lower_choice_exit(c->fn, c->state, c->input, &leave);
    }
}

/* COUNT rules of the state.  A comparison that is a rule leaves from its case; an Or has
 * its exit behind the switch. */
static void lower_chain(struct choosing *c, const struct rule *rules, size_t count)
{
    struct lookup lookup = new_lookup(c, rules, count);
    int over = ir_new_label(c->fn);
    int *exits = ARENA_ARRAY(c->fn->program->arena, count, int);
    bool has_or = false;

    for (size_t i = 0; i < count; i++) {
        bool is_or = rules[i].op == RULE_OR;

        has_or = has_or || is_or;
        exits[i] = is_or ? ir_new_label(c->fn) : -1;
        collect(&lookup, &rules[i], is_or ? NULL : &rules[i], exits[i]);
    }
    lower_kinds(c, &lookup);
    if (has_or)
        ir_jump(c->fn, rules[0].node->span.begin, over);
    lower_exits(c, rules, count, exits);
    ir_label(c->fn, over);
}

/* ---- conditions ----------------------------------------------------------------- */

/* What holds when the first child has been looked at, whatever it said. */
struct sure {
    size_t nknown;
    uint64_t checked;
};

/* And (all of them must be `yes`) or Or (one is enough). */
static void lower_junction(struct choosing *c, const struct rule *rule,
                           const struct targets *to)
{
    bool all = rule->op == RULE_AND;
    struct sure sure = {0, 0};
    size_t count;

    for (size_t i = 0; i < rule->nchildren; i += count) {
        struct targets each = *to;
        bool last;

        count = all ? 1 : alternatives(&rule->children[i], rule->nchildren - i);
        last = i + count == rule->nchildren;
        if (!last) {
            each.next_is_yes = all;
            *(all ? &each.yes : &each.no) = ir_new_label(c->fn);
        }
        if (count > 1)
            lower_alternatives(c, &rule->children[i], count, &each);
        else
            lower_rule(c, &rule->children[i], &each);
        if (!last)
            ir_label(c->fn, all ? each.yes : each.no);
        if (i == 0)
            sure = (struct sure){c->nknown, c->checked};
    }
    c->nknown = sure.nknown;
    c->checked = sure.checked;
}

static void lower_condition(struct choosing *c, const struct rule *rule,
                            const struct targets *to)
{
    struct query_place place = lower_place(c->fn, c->state, PLACE_PLAIN);
    uint32_t at = rule->condition->span.begin;
    struct ir_arg v;

    if (node_is_bool(rule->condition)) {
        jump_always(c, at, node_is_true(rule->condition), to);
        return;
    }
    v = lower_query(&place, rule->condition,
                    arena_printf(c->fn->program->arena, "Choices[%zu]/Condition",
                                 (size_t)(rule - c->state->state->rules)),
                    "ASL_WANT_BOOLEAN");
    jump(c, at, true, to, "asl_is_true", &v, 1);
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
        struct choice_exit leave = exit_of(c, rule);

        count = alternatives(rule, s->nrules - i);
        if (count > 1) {
            lower_chain(c, rule, count);
            continue;
        }
        to.yes = ir_new_label(fn);
        to.no = ir_new_label(fn);
        lower_rule(c, rule, &to);
        ir_label(fn, to.yes);
        lower_choice_exit(fn, state, input, &leave);
        ir_label(fn, to.no);
    }
}
