/*
 * states.c - document to state tree.
 *
 * Nothing is reported here: what is missing or of the wrong kind stays NULL or keeps its
 * default, and check.c finds it in the document.  Recursion is bounded by the document's
 * depth (READ_MAX_DEPTH).
 */
#include <math.h>
#include <string.h>

#include "arena.h"
#include "tree.h"

enum {
    S = STATE_BIT(STATE_PASS),
    T = STATE_BIT(STATE_TASK),
    C = STATE_BIT(STATE_CHOICE),
    W = STATE_BIT(STATE_WAIT),
    D = STATE_BIT(STATE_SUCCEED),
    F = STATE_BIT(STATE_FAIL),
    P = STATE_BIT(STATE_PARALLEL),
    M = STATE_BIT(STATE_MAP),
    ALL = S | T | C | W | D | F | P | M
};

#define JSONPATH LANGUAGE_JSONPATH
#define JSONATA LANGUAGE_JSONATA
#define BOTH LANGUAGE_BOTH
#define SOFT LANGUAGE_SOFT

const struct field_rule field_rules[FIELD_COUNT] = {
#define FIELD(id, name, states, languages, kind, minimum, maximum) \
    [FIELD_##id] = { name, states, languages, KIND_##kind, minimum, maximum },
#include "fields.def"
#undef FIELD
};

static const char *const type_names[] = { "unknown", "Pass",     "Task",
                                          "Choice",  "Wait",     "Succeed",
                                          "Fail",    "Parallel", "Map" };

/* An operator of Choice rules. */
struct comparison {
    const char *name;
    enum rule_op op;
    bool has_path;
};

static const struct comparison comparisons[] = {
    { "Condition", RULE_CONDITION, false },
    { "And", RULE_AND, false },
    { "Or", RULE_OR, false },
    { "Not", RULE_NOT, false },
#define COMPARISON(id, name, operand, has_path) { name, RULE_##id, has_path },
#include "choices.def"
#undef COMPARISON
};

static struct scope *build_scope(struct machine *machine, const struct node *node,
                                 struct state *owner);

const char *state_type_name(enum state_type type)
{
    return type_names[type];
}

const char *field_name(enum field_id field)
{
    return field_rules[field].name;
}

const char *rule_op_name(enum rule_op op)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (comparisons[i].op == op)
            return comparisons[i].name;
    return "nothing";
}

enum field_id field_find(const char *name, size_t len)
{
    for (int id = 0; id < FIELD_COUNT; id++)
        if (strlen(field_rules[id].name) == len &&
            memcmp(field_rules[id].name, name, len) == 0)
            return (enum field_id)id;
    return FIELD_COUNT;
}

enum rule_op rule_op_find(const char *name, size_t len, bool *is_path)
{
    bool path = len > 4 && memcmp(name + len - 4, "Path", 4) == 0;

    *is_path = path;
    if (path)
        len -= 4;
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (strlen(comparisons[i].name) == len &&
            memcmp(comparisons[i].name, name, len) == 0 &&
            (!path || comparisons[i].has_path))
            return comparisons[i].op;
    return RULE_INVALID;
}

bool node_integer(const struct node *node, int64_t *value)
{
    double number = node_is_number(node) ? node->json.valuedouble : 0.5;

    if (!(number > -9e18 && number < 9e18) || floor(number) != number)
        return false;
    *value = (int64_t)number;
    return true;
}

bool node_is_jsonata(const struct node *node, const char **text, size_t *len)
{
    if (!node_is_string(node) || node->len < 4 || memcmp(node->text, "{%", 2) != 0 ||
        memcmp(node->text + node->len - 2, "%}", 2) != 0)
        return false;
    if (text)
        *text = node->text + 2;
    if (len)
        *len = node->len - 4;
    return true;
}

bool node_is_dynamic(const struct node *member, size_t *len)
{
    if (!member->key || member->key_len < 2 ||
        memcmp(member->key + member->key_len - 2, ".$", 2) != 0)
        return false;
    *len = member->key_len - 2;
    return true;
}

bool state_is_terminal(const struct state *state)
{
    return state->type == STATE_SUCCEED || state->type == STATE_FAIL || state->end;
}

const struct transition *state_transition(const struct state *state, size_t i)
{
    if (i < 2)
        return i == 0 ? &state->next : &state->otherwise;
    i -= 2;
    if (i < state->nrules)
        return &state->rules[i].next;
    i -= state->nrules;
    return i < state->ncatchers ? &state->catchers[i].next : NULL;
}

/* ---- numbers ------------------------------------------------------------------ */

static int64_t integer_or(const struct node *node, int64_t otherwise)
{
    int64_t value;

    return node_integer(node, &value) ? value : otherwise;
}

static double number_or(const struct node *node, double otherwise)
{
    return node_is_number(node) ? node->json.valuedouble : otherwise;
}

/* ---- Retry and Catch ---------------------------------------------------------- */

static size_t element_count(const struct node *array)
{
    return node_is_array(array) ? array->count : 0;
}

static struct errors build_errors(struct machine *machine, const struct node *node)
{
    const struct node *names = node_member(node, "ErrorEquals");
    struct errors errors = { .count = 0 };

    errors.names =
        ARENA_ARRAY(machine->arena, element_count(names), const struct node *);
    if (node_is_array(names))
        for (struct node *name = node_child(names); name; name = node_next(name))
            if (node_is_string(name))
                errors.names[errors.count++] = name;
    return errors;
}

static struct retrier build_retrier(struct machine *machine, const struct node *node)
{
    return (struct retrier){
        .node = node,
        .errors = build_errors(machine, node),
        .interval = integer_or(node_member(node, "IntervalSeconds"), 1),
        .attempts = integer_or(node_member(node, "MaxAttempts"), 3),
        .backoff = number_or(node_member(node, "BackoffRate"), 2.0),
        .max_delay = integer_or(node_member(node, "MaxDelaySeconds"), 0),
        .jitter = node_equals(node_member(node, "JitterStrategy"), "FULL") ? JITTER_FULL
                                                                           : JITTER_NONE
    };
}

static struct catcher build_catcher(struct machine *machine, const struct state *state,
                                    const struct node *node)
{
    bool jsonata = state->language == QUERY_JSONATA;

    return (struct catcher){ .node = node,
                             .errors = build_errors(machine, node),
                             .next = { .node = node_member(node, "Next") },
                             .result_path =
                                 jsonata ? NULL : node_member(node, "ResultPath"),
                             .assign = node_member(node, "Assign"),
                             .output = jsonata ? node_member(node, "Output") : NULL };
}

static void build_policy(struct machine *machine, struct state *state)
{
    const struct node *retry = state->field[FIELD_RETRY];
    const struct node *catches = state->field[FIELD_CATCH];

    state->retriers = ARENA_ARRAY(machine->arena, element_count(retry), struct retrier);
    state->catchers =
        ARENA_ARRAY(machine->arena, element_count(catches), struct catcher);
    if (node_is_array(retry))
        for (struct node *node = node_child(retry); node; node = node_next(node))
            state->retriers[state->nretriers++] = build_retrier(machine, node);
    if (node_is_array(catches))
        for (struct node *node = node_child(catches); node; node = node_next(node))
            state->catchers[state->ncatchers++] = build_catcher(machine, state, node);
}

/* ---- Choice ------------------------------------------------------------------- */

/* The first member that is an operator. */
static void find_operator(struct rule *rule)
{
    if (!node_is_object(rule->node))
        return;
    for (struct node *one = node_child(rule->node); one; one = node_next(one)) {
        bool is_path;
        enum rule_op op = rule_op_find(one->key, one->key_len, &is_path);

        if (op == RULE_INVALID || op == RULE_CONDITION)
            continue;
        rule->op = op;
        rule->is_path = is_path;
        rule->operand = rule->operand_key = one;
        return;
    }
}

static void build_test(struct machine *machine, struct rule *rule,
                       const struct node *node);

static void build_children(struct machine *machine, struct rule *rule)
{
    size_t count = rule->op == RULE_NOT ? 1 : element_count(rule->operand);

    rule->children = ARENA_ARRAY(machine->arena, count, struct rule);
    if (rule->op == RULE_NOT)
        build_test(machine, &rule->children[rule->nchildren++], rule->operand);
    else if (node_is_array(rule->operand))
        for (struct node *one = node_child(rule->operand); one; one = node_next(one))
            build_test(machine, &rule->children[rule->nchildren++], one);
}

/* A JSONPath rule without what only top rules have. */
static void build_test(struct machine *machine, struct rule *rule,
                       const struct node *node)
{
    rule->node = node;
    rule->variable = node_member(node, "Variable");
    find_operator(rule);
    if (rule->op == RULE_AND || rule->op == RULE_OR || rule->op == RULE_NOT)
        build_children(machine, rule);
}

static void build_rule(struct machine *machine, const struct state *state,
                       struct rule *rule, const struct node *node)
{
    if (state->language == QUERY_JSONATA) {
        rule->node = node;
        rule->op = RULE_CONDITION;
        rule->condition = node_member(node, "Condition");
        rule->output = node_member(node, "Output");
    } else {
        build_test(machine, rule, node);
    }
    rule->next.node = node_member(node, "Next");
    rule->assign = node_member(node, "Assign");
}

static void build_rules(struct machine *machine, struct state *state)
{
    const struct node *choices = state->field[FIELD_CHOICES];

    state->otherwise.node = state->field[FIELD_DEFAULT];
    state->rules = ARENA_ARRAY(machine->arena, element_count(choices), struct rule);
    if (node_is_array(choices))
        for (struct node *node = node_child(choices); node; node = node_next(node))
            build_rule(machine, state, &state->rules[state->nrules++], node);
}

/* ---- Parallel and Map --------------------------------------------------------- */

static void build_branches(struct machine *machine, struct state *state)
{
    const struct node *branches = state->field[FIELD_BRANCHES];

    state->branches =
        ARENA_ARRAY(machine->arena, element_count(branches), struct scope *);
    if (!node_is_array(branches))
        return;
    for (struct node *node = node_child(branches); node; node = node_next(node)) {
        struct scope *branch = build_scope(machine, node, state);

        branch->kind = SCOPE_BRANCH;
        branch->index = state->nbranches;
        state->branches[state->nbranches++] = branch;
    }
}

/* Is the Map distributed?  A Mode not filled in may be. */
static bool is_distributed(const struct node *config)
{
    const struct node *mode = node_member(config, "Mode");

    return node_equals(mode, "DISTRIBUTED") || (mode && mode->unfilled);
}

static void build_processor(struct machine *machine, struct state *state)
{
    const struct node *node = state->field[FIELD_ITEM_PROCESSOR];
    const struct node *config;

    state->selector = state->field[FIELD_ITEM_SELECTOR];
    if (!state->selector)
        state->selector = state->field[FIELD_PARAMETERS];
    if (!node)
        node = state->field[FIELD_ITERATOR];
    if (!node_is_object(node))
        return;
    config = node_member(node, "ProcessorConfig");
    state->distributed = is_distributed(config);
    state->processor = build_scope(machine, node, state);
    state->processor->kind = SCOPE_PROCESSOR;
    state->processor->distributed = state->distributed;
    state->processor->express =
        node_equals(node_member(config, "ExecutionType"), "EXPRESS");
}

/* ---- states ------------------------------------------------------------------- */

static enum state_type find_type(const struct node *node)
{
    const struct node *type = node_member(node, "Type");

    for (int i = STATE_PASS; i <= STATE_MAP; i++)
        if (node_equals(type, type_names[i]))
            return (enum state_type)i;
    return STATE_UNKNOWN;
}

static enum query_language find_language(const struct node *node,
                                         enum query_language otherwise)
{
    const struct node *language = node_member(node, "QueryLanguage");

    if (node_equals(language, "JSONata"))
        return QUERY_JSONATA;
    return node_equals(language, "JSONPath") ? QUERY_JSONPATH : otherwise;
}

/* Takes the fields that belong to the type and language; of an unknown type, all. */
static void take_fields(struct state *state)
{
    unsigned language =
        state->language == QUERY_JSONATA ? LANGUAGE_JSONATA : LANGUAGE_JSONPATH;

    for (struct node *node = node_child(state->node); node; node = node_next(node)) {
        enum field_id id = field_find(node->key, node->key_len);

        if (id == FIELD_COUNT || state->field[id])
            continue;
        if (state->type == STATE_UNKNOWN ||
            (field_is_for(id, state->type) && (field_rules[id].languages & language)))
            state->field[id] = node;
    }
}

static void take_numbers(struct state *state)
{
    state->seconds = integer_or(state->field[FIELD_SECONDS], -1);
    state->timeout = integer_or(state->field[FIELD_TIMEOUT_SECONDS], -1);
    state->heartbeat = integer_or(state->field[FIELD_HEARTBEAT_SECONDS], -1);
    state->max_concurrency = integer_or(state->field[FIELD_MAX_CONCURRENCY], -1);
    state->tolerated_count = integer_or(state->field[FIELD_TOLERATED_COUNT], -1);
    state->tolerated_percentage =
        number_or(state->field[FIELD_TOLERATED_PERCENTAGE], -1);
}

static void build_state(struct machine *machine, struct scope *scope,
                        struct state *state, const struct node *node)
{
    *state = (struct state){ .name = node->key,
                             .len = node->key_len,
                             .node = node,
                             .scope = scope,
                             .index = (size_t)(state - scope->states),
                             .language = machine->language };
    if (!node_is_object(node))
        return;
    state->type = find_type(node);
    state->language = find_language(node, machine->language);
    take_fields(state);
    take_numbers(state);
    state->next.node = state->field[FIELD_NEXT];
    state->end = node_is_true(state->field[FIELD_END]);
    build_policy(machine, state);
    if (state->type == STATE_CHOICE)
        build_rules(machine, state);
    else if (state->type == STATE_PARALLEL)
        build_branches(machine, state);
    else if (state->type == STATE_MAP)
        build_processor(machine, state);
}

/* ---- scopes ------------------------------------------------------------------- */

static size_t hash(const char *text, size_t len)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

static bool is_named(const struct state *state, const char *name, size_t len)
{
    return state->len == len && memcmp(state->name, name, len) == 0;
}

struct state *scope_find(const struct scope *scope, const char *name, size_t len)
{
    if (!scope->by_name_size)
        return NULL;
    for (size_t at = hash(name, len);; at++) {
        struct state *state = scope->by_name[at & (scope->by_name_size - 1)];

        if (!state || is_named(state, name, len))
            return state;
    }
}

/* Enters a state in the table, unless its name is there already. */
static void index_state(struct scope *scope, struct state *state)
{
    size_t at = hash(state->name, state->len);
    struct state **slot = &scope->by_name[at & (scope->by_name_size - 1)];

    while (*slot && !is_named(*slot, state->name, state->len))
        slot = &scope->by_name[++at & (scope->by_name_size - 1)];
    if (!*slot)
        *slot = state;
}

static void index_states(struct machine *machine, struct scope *scope)
{
    for (scope->by_name_size = 4; scope->by_name_size < 2 * scope->nstates;)
        scope->by_name_size *= 2;
    scope->by_name = ARENA_ARRAY(machine->arena, scope->by_name_size, struct state *);
    for (size_t i = 0; i < scope->nstates; i++)
        index_state(scope, &scope->states[i]);
}

static void find_target(const struct scope *scope, struct transition *transition)
{
    if (node_is_string(transition->node))
        transition->target =
            scope_find(scope, transition->node->text, transition->node->len);
}

static void find_targets(const struct scope *scope, struct state *state)
{
    find_target(scope, &state->next);
    find_target(scope, &state->otherwise);
    for (size_t i = 0; i < state->nrules; i++)
        find_target(scope, &state->rules[i].next);
    for (size_t i = 0; i < state->ncatchers; i++)
        find_target(scope, &state->catchers[i].next);
}

static void build_states(struct machine *machine, struct scope *scope)
{
    scope->states =
        ARENA_ARRAY(machine->arena, scope->states_node->count, struct state);
    for (struct node *node = node_child(scope->states_node); node;
         node = node_next(node))
        build_state(machine, scope, &scope->states[scope->nstates++], node);
    index_states(machine, scope);
    for (size_t i = 0; i < scope->nstates; i++)
        find_targets(scope, &scope->states[i]);
}

static struct scope *build_scope(struct machine *machine, const struct node *node,
                                 struct state *owner)
{
    struct scope *scope = ARENA_NEW(machine->arena, struct scope);

    scope->node = node;
    scope->owner = owner;
    scope->parent = owner ? owner->scope : NULL;
    scope->depth = owner ? owner->scope->depth + 1 : 0;
    scope->states_node = node_member(node, "States");
    scope->start.node = node_member(node, "StartAt");
    if (node_is_object(scope->states_node))
        build_states(machine, scope);
    find_target(scope, &scope->start);
    return scope;
}

struct variable *scope_variable(const struct scope *scope, const char *name, size_t len)
{
    if (!scope->variable_table_size)
        return NULL;
    for (size_t at = hash(name, len);; at++) {
        uint32_t number = scope->variable_table[at & (scope->variable_table_size - 1)];
        struct variable *variable = number ? &scope->variables[number - 1] : NULL;

        if (!variable ||
            (variable->len == len && memcmp(variable->name, name, len) == 0))
            return variable;
    }
}

static void index_variable(struct scope *scope, const struct variable *variable)
{
    size_t at = hash(variable->name, variable->len);

    while (scope->variable_table[at & (scope->variable_table_size - 1)])
        at++;
    scope->variable_table[at & (scope->variable_table_size - 1)] =
        (uint32_t)variable->slot + 1;
}

/* Room for twice as many, half of the table free. */
static void grow_variables(struct arena *arena, struct scope *scope)
{
    size_t count = scope->nvariables, room = count ? 2 * count : 4;
    struct variable *more = ARENA_ARRAY(arena, room, struct variable);

    if (count)
        memcpy(more, scope->variables, count * sizeof *more);
    scope->variables = more;
    scope->variable_table_size = 2 * room;
    scope->variable_table = ARENA_ARRAY(arena, 2 * room, uint32_t);
    for (size_t i = 0; i < count; i++)
        index_variable(scope, &more[i]);
}

void scope_add_variable(struct arena *arena, struct scope *scope,
                        const struct variable *variable)
{
    struct variable *added;

    if (2 * scope->nvariables == scope->variable_table_size)
        grow_variables(arena, scope);
    added = &scope->variables[scope->nvariables];
    *added = *variable;
    added->slot = scope->nvariables++;
    index_variable(scope, added);
}

/* ---- machines ----------------------------------------------------------------- */

/* A file's name without folders and extensions. */
static const char *base_name(struct arena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    size_t len = strcspn(base, ".");

    if (strcmp(file, "<stdin>") == 0)
        return "stdin";
    return len ? arena_copy(arena, base, len) : "machine";
}

struct machine *build_machine(struct diags *diags, const struct node *root,
                              const char *name, enum machine_type type)
{
    struct machine *machine = ARENA_NEW(diags->arena, struct machine);

    machine->arena = diags->arena;
    machine->source = diags->source;
    machine->node = root;
    machine->name = name ? name : base_name(diags->arena, diags->source->name);
    machine->type = type;
    machine->language = find_language(root, QUERY_JSONPATH);
    machine->timeout = integer_or(node_member(root, "TimeoutSeconds"), 0);
    machine->comment = node_member(root, "Comment");
    machine->version = node_member(root, "Version");
    machine->root = build_scope(machine, root, NULL);
    return machine;
}

static bool check_root(struct diags *diags, const struct node *root)
{
    if (node_is_object(root))
        return true;
    diags_add(diags, &(struct diag){
                         .severity = SEVERITY_ERROR,
                         .rule = 1004,
                         .span = { root->span.begin, root->span.begin + 1 },
                         .message = arena_printf(diags->arena,
                                                 "a definition must be a JSON object, "
                                                 "found %s",
                                                 node_kind(root)),
                         .path = "" });
    return false;
}

struct machine *read_definition(struct diags *diags, const struct define *defines,
                                const char *name, enum machine_type type)
{
    const struct node *root = read_document(diags, defines);

    if (!root || !check_root(diags, root))
        return NULL;
    return build_machine(diags, root, name, type);
}
