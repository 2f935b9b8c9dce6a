/*
 * test_state.c - the machine around a state that is tested by itself (test_state.h).
 *
 * A state of a machine is tested as it stands there: the whole definition is checked first.
 * Its node then gets a second place, in a document made here.  A state that stands alone is
 * checked in that document, as the service does: its errors are at /States/NAME/...
 */
#include "test_state.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"

/* Seconds that the service gives a state. */
enum { LONGEST_TEST = 300 };

/* ---- a document ------------------------------------------------------------------- */

static struct node *new_node(struct arena *arena, int type, struct span span)
{
    struct node *node = ARENA_NEW(arena, struct node);

    node->json.type = type;
    node->span = span;
    return node;
}

static struct node *new_string(struct arena *arena, const char *text, size_t len,
                               struct span span)
{
    struct node *node = new_node(arena, cJSON_String, span);

    node_set_string(node, text, len);
    return node;
}

/* NODE becomes a member of OBJECT. */
static struct node *add_member(struct node *object, const char *key, size_t len,
                               struct node *node)
{
    node->key = key;
    node->key_len = len;
    node->json.string = (char *)(uintptr_t)key;
    node->key_span = (struct span){node->span.begin, node->span.begin + 1};
    node->json.next = NULL;
    node_append(object, node);
    return node;
}

/* Where WAY, a Next or Default, leads there is a Succeed state. */
static void add_target(struct arena *arena, struct node *states, const struct node *way)
{
    struct node *state;

    if (!node_is_string(way) || way->len == 0 || node_member_n(states, way->text, way->len))
        return;
    state = new_node(arena, cJSON_Object, way->span);
    add_member(state, "Type", 4, new_string(arena, "Succeed", 7, way->span));
    add_member(states, way->text, way->len, state);
}

static void add_targets_of(struct arena *arena, struct node *states, const struct node *list)
{
    if (node_is_array(list))
        for (const struct node *one = node_child(list); one; one = node_next(one))
            if (node_is_object(one))
                add_target(arena, states, node_member(one, "Next"));
}

/* The document around STATE, the node of a state, called NAME there. */
static struct node *wrap(struct diags *diags, struct node *state, const char *name, size_t len,
                         enum query_language language)
{
    struct arena *arena = diags->arena;
    struct span span = state->span;
    struct node *root = new_node(arena, cJSON_Object, span);
    struct node *states = new_node(arena, cJSON_Object, span);

    if (language == QUERY_JSONATA)
        add_member(root, "QueryLanguage", 13, new_string(arena, "JSONata", 7, span));
    add_member(root, "StartAt", 7, new_string(arena, name, len, span));
    add_member(root, "States", 6, states);
    add_member(states, name, len, state);
    if (node_is_object(state)) {
        add_target(arena, states, node_member(state, "Next"));
        add_target(arena, states, node_member(state, "Default"));
        add_targets_of(arena, states, node_member(state, "Choices"));
        add_targets_of(arena, states, node_member(state, "Catch"));
    }
    node_finish(diags, states);
    return root;
}

/* ---- finding the state --------------------------------------------------------------- */

/* The state of that name in SCOPE or one inside it. */
static const struct state *find_state(const struct scope *scope, const char *name, size_t len)
{
    const struct state *found = scope_find(scope, name, len);

    for (size_t i = 0; i < scope->nstates && !found; i++) {
        const struct state *state = &scope->states[i];

        for (size_t k = 0; k < state->nbranches && !found; k++)
            found = find_state(state->branches[k], name, len);
        if (!found && state->processor)
            found = find_state(state->processor, name, len);
    }
    return found;
}

static bool is_machine(const struct node *root)
{
    return node_member(root, "States") || node_member(root, "StartAt") ||
           !node_member(root, "Type");
}

static enum test_state_found check_part(struct diags *diags, const struct test_state *wanted,
                                        struct node *document, struct machine **machine)
{
    struct machine *m = build_machine(diags, document, wanted->machine_name, wanted->type);

    m->tested = true;
    m->timeout = LONGEST_TEST;
    *machine = m;
    return check_machine(diags, m) ? TEST_STATE_READY : TEST_STATE_WRONG;
}

/* The state stands in a whole machine, which has been built. */
static enum test_state_found take_from(struct diags *diags, const struct test_state *wanted,
                                       struct machine *whole, struct machine **machine)
{
    struct diags *again = ARENA_NEW(diags->arena, struct diags);
    enum test_state_found found;
    const struct state *state;
    struct node *node;

    if (!check_machine(diags, whole))
        return TEST_STATE_WRONG;
    if (!wanted->state)
        return TEST_STATE_NO_NAME;
    state = find_state(whole->root, wanted->state, strlen(wanted->state));
    if (!state)
        return TEST_STATE_NOT_FOUND;
    node = ARENA_NEW(diags->arena, struct node);
    *node = *state->node;
    diags_init(again, diags->arena, diags->source); /* its warnings have been told */
    found = check_part(again, wanted,
                       wrap(again, node, state->name, state->len, whole->language), machine);
    if (found == TEST_STATE_WRONG)
        for (size_t i = 0; i < again->count; i++)
            diags_add(diags, &again->list[i]);
    return found;
}

enum test_state_found test_state_read(struct diags *diags, const struct test_state *wanted,
                                      struct machine **machine)
{
    const char *name = wanted->state ? wanted->state : TEST_STATE_NAME;
    struct machine *whole =
        read_definition(diags, wanted->defines, wanted->machine_name, wanted->type);
    struct node *root;

    if (!whole)
        return TEST_STATE_WRONG;
    if (is_machine(whole->node))
        return take_from(diags, wanted, whole, machine);
    root = (struct node *)(uintptr_t)whole->node;
    return check_part(diags, wanted, wrap(diags, root, name, strlen(name), QUERY_JSONPATH),
                      machine);
}

/* ---- texts ------------------------------------------------------------------------------ */

static void put_char(struct text *out, unsigned char c)
{
    if (c == '"' || c == '\\')
        text_printf(out, "\\%c", c);
    else if (c < 0x20)
        text_printf(out, "\\u%04x", c);
    else
        text_add(out, (const char *)&c, 1);
}

static void put_string(struct text *out, const char *text, size_t len)
{
    text_puts(out, "\"");
    for (size_t i = 0; i < len; i++)
        put_char(out, (unsigned char)text[i]);
    text_puts(out, "\"");
}

void test_state_member(struct text *out, const char *name, const char *text, size_t len)
{
    text_puts(out, out->len ? "," : "{");
    put_string(out, name, strlen(name));
    text_puts(out, ":");
    put_string(out, text, len);
}

void test_state_fault(struct text *out, const char *code, const char *message)
{
    struct text parts = {0};

    test_state_member(&parts, "code", code, strlen(code));
    test_state_member(&parts, "message", message, strlen(message));
    text_puts(out, "{\"call_error\":");
    text_add(out, parts.text, parts.len);
    text_puts(out, "}}\n");
    free(parts.text);
}

/* The service's own words, where they do not depend on the place; by the rule's code. */
static const struct {
    unsigned rule;
    const char *words;
} known_words[] = {
    {1204, "Value cannot be empty"},
    {1208, "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, "
           "Fail, Choice, Parallel, Map]"},
};

static const char *message_of(const struct diags *diags, const struct diag *diag)
{
    const char *words = diag->message;

    if (diag->rule < 1100) /* the reader's */
        return arena_printf(diags->arena,
                            "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: %s'",
                            words);
    for (size_t i = 0; i < sizeof known_words / sizeof *known_words; i++)
        if (known_words[i].rule == diag->rule)
            words = known_words[i].words;
    return arena_printf(diags->arena,
                        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: %s at %s'",
                        words, *diag->path ? diag->path : "/");
}

void test_state_refusal(struct text *out, struct diags *diags)
{
    diags_sort(diags);
    for (size_t i = 0; i < diags->count; i++)
        if (diags->list[i].severity == SEVERITY_ERROR) {
            test_state_fault(out, "InvalidDefinition", message_of(diags, &diags->list[i]));
            return;
        }
}
