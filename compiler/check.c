/*
 * check.c - the rules for states and their fields, and the order of all checks.
 *
 * The rules themselves are tables: fields.def (fields), check_rules.def (codes), the
 * members in check_parts.c, and the groups below.
 */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "resolve.h"

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

struct rule_info {
    unsigned code;
    enum severity severity;
    const char *what;
};

static const struct rule_info rules[BREACH_COUNT] = {
#define BREACH(id, code, severity, what) { code, SEVERITY_##severity, what },
#include "check_rules.def"
#undef BREACH
};

/* Fields of which at most one (required: exactly one) may stand in states of a type. */
struct group {
    unsigned states;
    bool required;
    enum field_id fields[5]; /* up to FIELD_COUNT */
};

static const struct group groups[] = {
    { STATE_BIT(STATE_TASK), true, { FIELD_RESOURCE, FIELD_COUNT } },
    { STATE_BIT(STATE_TASK),
      false,
      { FIELD_TIMEOUT_SECONDS, FIELD_TIMEOUT_SECONDS_PATH, FIELD_COUNT } },
    { STATE_BIT(STATE_TASK),
      false,
      { FIELD_HEARTBEAT_SECONDS, FIELD_HEARTBEAT_SECONDS_PATH, FIELD_COUNT } },
    { STATE_BIT(STATE_CHOICE), true, { FIELD_CHOICES, FIELD_COUNT } },
    { STATE_BIT(STATE_WAIT),
      true,
      { FIELD_SECONDS, FIELD_SECONDS_PATH, FIELD_TIMESTAMP, FIELD_TIMESTAMP_PATH,
        FIELD_COUNT } },
    { STATE_BIT(STATE_FAIL), false, { FIELD_ERROR, FIELD_ERROR_PATH, FIELD_COUNT } },
    { STATE_BIT(STATE_FAIL), false, { FIELD_CAUSE, FIELD_CAUSE_PATH, FIELD_COUNT } },
    { STATE_BIT(STATE_PARALLEL), true, { FIELD_BRANCHES, FIELD_COUNT } },
    { STATE_BIT(STATE_MAP),
      true,
      { FIELD_ITEM_PROCESSOR, FIELD_ITERATOR, FIELD_COUNT } },
    { STATE_BIT(STATE_MAP),
      false,
      { FIELD_ITEM_SELECTOR, FIELD_PARAMETERS, FIELD_COUNT } },
    { STATE_BIT(STATE_MAP),
      false,
      { FIELD_MAX_CONCURRENCY, FIELD_MAX_CONCURRENCY_PATH, FIELD_COUNT } },
    { STATE_BIT(STATE_MAP),
      false,
      { FIELD_TOLERATED_COUNT, FIELD_TOLERATED_COUNT_PATH, FIELD_COUNT } },
    { STATE_BIT(STATE_MAP),
      false,
      { FIELD_TOLERATED_PERCENTAGE, FIELD_TOLERATED_PERCENTAGE_PATH, FIELD_COUNT } },
};

/* ---- reports ------------------------------------------------------------------ */

/* What to point at: containers by their name or first byte, everything else whole. */
static struct span span_of(const struct node *node)
{
    if (!node_is_object(node) && !node_is_array(node))
        return node->span;
    if (node->key)
        return node->key_span;
    return (struct span){ node->span.begin, node->span.begin + 1 };
}

static void add(struct check *check, enum breach breach, const struct node *at,
                const struct diag *rest)
{
    struct diag diag = *rest;

    diag.severity = rules[breach].severity;
    diag.rule = rules[breach].code;
    diag.path = node_pointer(check->arena, at);
    diags_add(check->diags, &diag);
}

void report(struct check *check, enum breach breach, const struct node *at,
            const char *note, const char *format, ...)
{
    va_list args;
    int len;
    char *message;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    message = arena_alloc(check->arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(message, (size_t)len + 1, format, args);
    va_end(args);
    add(check, breach, at,
        &(struct diag){ .span = span_of(at), .message = message, .note = note });
}

void report_member(struct check *check, enum breach breach, const struct node *member,
                   const char *note, const char *message)
{
    struct span span = member->key ? member->key_span : span_of(member);

    add(check, breach, member,
        &(struct diag){ .span = span, .message = message, .note = note });
}

void report_in(struct check *check, enum breach breach, const struct node *member,
               const char *message)
{
    add(check, breach, member->parent,
        &(struct diag){ .span = member->key_span, .message = message });
}

void report_part(struct check *check, enum breach breach, const struct node *at,
                 struct part part, const char *note, const char *message)
{
    struct span span = at->span;

    if (node_is_string(at) && check_place(check, at, part.start, &span.begin)) {
        if (part.end <= part.start || !check_place(check, at, part.end, &span.end) ||
            span.end <= span.begin)
            span.end = span.begin + 1;
    } else {
        span = at->span;
    }
    add(check, breach, at,
        &(struct diag){ .span = span, .message = message, .note = note });
}

void report_inside(struct check *check, enum breach breach, const struct node *at,
                   size_t offset, const char *message)
{
    report_part(check, breach, at, (struct part){ offset, 0 }, NULL, message);
}

/* ---- fields ------------------------------------------------------------------- */

static const char *article(enum state_type type)
{
    return type == STATE_UNKNOWN ? "an" : "a";
}

static void report_unknown(struct check *check, const struct state *state,
                           const struct node *member)
{
    struct nearest nearest;

    nearest_init(&nearest, member->key);
    for (int id = 0; id < FIELD_COUNT; id++)
        if (field_is_for((enum field_id)id, state->type))
            nearest_try(&nearest, field_name((enum field_id)id));
    report_member(
        check, BREACH_UNKNOWN_FIELD, member, nearest_note(&nearest, check->arena),
        arena_printf(check->arena, "field `%s` is not supported", member->key));
}

static void report_misplaced(struct check *check, const struct state *state,
                             const struct node *member)
{
    report_member(check, BREACH_MISPLACED_FIELD, member, NULL,
                  arena_printf(check->arena, "field `%s` is not allowed in %s %s state",
                               member->key, article(state->type),
                               state_type_name(state->type)));
}

static void report_language(struct check *check, enum field_id id,
                            enum query_language language, const struct node *member)
{
    bool soft = (field_rules[id].languages & LANGUAGE_SOFT) != 0;
    bool jsonata = language == QUERY_JSONATA;

    report_member(
        check, soft ? BREACH_SOFT_LANGUAGE_FIELD : BREACH_LANGUAGE_FIELD, member, NULL,
        arena_printf(check->arena,
                     "the query language is %s, but field `%s` is only supported "
                     "for %s",
                     jsonata ? "JSONata" : "JSONPath", member->key,
                     jsonata ? "JSONPath" : "JSONata"));
}

static void check_field(struct check *check, const struct state *state,
                        const struct node *member)
{
    enum field_id id = field_find(member->key, member->key_len);
    const struct field_rule *rule;
    unsigned bit =
        state->language == QUERY_JSONATA ? LANGUAGE_JSONATA : LANGUAGE_JSONPATH;

    if (id == FIELD_COUNT) {
        report_unknown(check, state, member);
        return;
    }
    rule = &field_rules[id];
    if (!field_is_for(id, state->type))
        report_misplaced(check, state, member);
    else if (!(rule->languages & bit))
        report_language(check, id, state->language, member);
    else
        check_value(check, state->language,
                    &(struct spec){ .name = rule->name,
                                    .kind = rule->kind,
                                    .minimum = rule->minimum,
                                    .maximum = rule->maximum },
                    member);
}

static const char *list_fields(struct check *check, const struct group *group)
{
    const char *list = arena_printf(check->arena, "`%s`", field_name(group->fields[0]));

    for (size_t i = 1; group->fields[i] != FIELD_COUNT; i++)
        list = arena_printf(check->arena, "%s or `%s`", list,
                            field_name(group->fields[i]));
    return list;
}

static void check_group(struct check *check, const struct state *state,
                        const struct group *group)
{
    size_t count = 0;

    if (!(group->states & STATE_BIT(state->type)))
        return;
    for (size_t i = 0; group->fields[i] != FIELD_COUNT; i++)
        count += node_member(state->node, field_name(group->fields[i])) != NULL;
    if (count > 1)
        report(check, BREACH_EXCLUSIVE_FIELDS, state->node, NULL,
               "only one of %s may stand in a state", list_fields(check, group));
    else if (count == 0 && group->required)
        report(check, BREACH_MISSING_FIELD, state->node, NULL,
               "a %s state must have a field %s", state_type_name(state->type),
               list_fields(check, group));
}

/* ---- states ------------------------------------------------------------------- */

/* ASL: Transitions. */
static void check_way_on(struct check *check, const struct state *state)
{
    if (!field_is_for(FIELD_NEXT, state->type))
        return;
    if (state->next.node && state->end)
        report(check, BREACH_TWO_WAYS_ON, state->node, NULL,
               "state `%s` has both `Next` and `End`", state->name);
    else if (!state->next.node && !state->end &&
             (!state->field[FIELD_END] || node_is_bool(state->field[FIELD_END])) &&
             !(state->field[FIELD_END] && state->field[FIELD_END]->unfilled))
        report(check, BREACH_NO_WAY_ON, state->node, NULL,
               "state `%s` has neither `Next` nor `\"End\": true`", state->name);
}

static void check_type(struct check *check, const struct state *state)
{
    const struct node *type = node_member(state->node, "Type");
    struct nearest nearest;

    if (state->type != STATE_UNKNOWN || (type && type->unfilled))
        return;
    if (!type || !node_is_string(type)) {
        report(check, type ? BREACH_KIND : BREACH_MISSING_FIELD,
               type ? type : state->node, NULL,
               "a state must have a field `Type`, a string");
        return;
    }
    nearest_init(&nearest, type->text);
    for (int i = STATE_PASS; i <= STATE_MAP; i++)
        nearest_try(&nearest, state_type_name((enum state_type)i));
    report(check, BREACH_TYPE, type, nearest_note(&nearest, check->arena),
           "there is no `Type` %s", type->text);
}

/* ASL: a state of a JSONata machine can not be a JSONPath one. */
static void check_language(struct check *check, const struct state *state)
{
    if (check->machine->language == QUERY_JSONATA && state->language == QUERY_JSONPATH)
        report(
            check, BREACH_NESTED_LANGUAGE, node_member(state->node, "QueryLanguage"),
            NULL,
            "`QueryLanguage` can not be JSONPath when it is JSONata for the whole state "
            "machine");
}

static void check_heartbeat(struct check *check, const struct state *state)
{
    if (state->heartbeat > 0 && state->timeout > 0 &&
        state->heartbeat >= state->timeout)
        report(check, BREACH_HEARTBEAT, state->field[FIELD_HEARTBEAT_SECONDS], NULL,
               "`HeartbeatSeconds` must be less than `TimeoutSeconds`");
}

static void check_state(struct check *check, const struct state *state)
{
    if (!node_is_object(state->node)) {
        if (!state->node->unfilled)
            report(check, BREACH_KIND, state->node, NULL,
                   "a state must be an object, found %s", node_kind(state->node));
        return;
    }
    check_type(check, state);
    check_language(check, state);
    if (state->type == STATE_UNKNOWN)
        return;
    for (struct node *one = node_child(state->node); one; one = node_next(one))
        check_field(check, state, one);
    for (size_t i = 0; i < COUNT_OF(groups); i++)
        check_group(check, state, &groups[i]);
    check_way_on(check, state);
    check_heartbeat(check, state);
    check_policy(check, state);
    if (state->type == STATE_CHOICE)
        check_choice(check, state);
    if (state->type == STATE_MAP)
        check_map(check, state);
}

static void check_one_scope(struct scope *scope, void *data)
{
    check_scope_members(data, scope);
    for (size_t i = 0; i < scope->nstates; i++)
        check_state(data, &scope->states[i]);
}

/* ---- labels ------------------------------------------------------------------- */

/* The first state with a label, while looking for a second. */
struct labels {
    struct check *check;
    const struct node *label;
    bool seen; /* `label` has been passed */
};

static void find_label(struct scope *scope, void *data)
{
    struct labels *labels = data;

    for (size_t i = 0; i < scope->nstates; i++) {
        const struct node *other = scope->states[i].field[FIELD_LABEL];

        if (other == labels->label)
            labels->seen = true;
        else if (!labels->seen && node_is_string(other) &&
                 other->len == labels->label->len &&
                 memcmp(other->text, labels->label->text, other->len) == 0) {
            report(labels->check, BREACH_DUPLICATE_LABEL, labels->label, NULL,
                   "the Label `%s` is used twice", other->text);
            labels->seen = true;
        }
    }
}

static void check_scope_labels(struct scope *scope, void *data)
{
    struct check *check = data;

    for (size_t i = 0; i < scope->nstates; i++) {
        struct labels labels = { check, scope->states[i].field[FIELD_LABEL], false };

        if (node_is_string(labels.label) && !labels.label->unfilled)
            check_each_scope(check->machine->root, find_label, &labels);
    }
}

/* ---- entry points ------------------------------------------------------------- */

bool check_machine(struct diags *diags, struct machine *machine)
{
    struct check check = {
        .arena = diags->arena, .diags = diags, .machine = machine
    };

    check_each_scope(machine->root, check_one_scope, &check);
    check_each_scope(machine->root, check_scope_labels, &check);
    check_flow(&check);
    resolve_machine(diags, machine);
    return diags->nerrors == 0;
}

bool check_placeholders(struct diags *diags, const struct machine *machine)
{
    struct check check = { .arena = diags->arena, .diags = diags };
    const struct placeholder *list = read_placeholders(diags->arena, machine->node);

    for (const struct placeholder *one = list; one; one = one->next)
        report(&check, BREACH_PLACEHOLDER, one->node,
               arena_printf(diags->arena, "give it with -D '%s=VALUE'", one->name),
               "no value for ${%s}", one->name);
    return list == NULL;
}

void check_list_rules(void (*show)(unsigned code, enum severity severity,
                                   const char *what, void *data),
                      void *data)
{
    for (size_t i = 0; i < BREACH_COUNT; i++)
        show(rules[i].code, rules[i].severity, rules[i].what, data);
}
