/*
 * check_states.c - the state tree, the rules, and the binding of variables.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/arena.h"
#include "../../compiler/check.h"
#include "../../compiler/expr.h"

static struct arena *arena;
static struct diags diags;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    arena_free(arena);
}

/* Single quotes stand for double ones. */
static struct machine *build(const char *text)
{
    size_t len = strlen(text);
    char *json = arena_copy(arena, text, len);
    struct machine *machine;

    for (size_t i = 0; i < len; i++)
        if (json[i] == '\'')
            json[i] = '"';
    diags_init(&diags, arena, source_new(arena, "dir/order.asl.json", json, len));
    machine = read_definition(&diags, NULL, NULL, MACHINE_STANDARD);
    ck_assert_ptr_nonnull(machine);
    check_machine(&diags, machine);
    diags_sort(&diags);
    return machine;
}

/* A machine with these States that starts at A. */
static struct machine *build_states(const char *states)
{
    return build(arena_printf(arena, "{'StartAt': 'A', 'States': {%s}}", states));
}

static struct state *find(const struct scope *scope, const char *name)
{
    return scope_find(scope, name, strlen(name));
}

START_TEST(a_machine_has_its_parts)
{
    struct machine *machine =
        build("{'StartAt': 'A', 'TimeoutSeconds': 9, 'States': {"
              "'A': {'Type': 'Pass', 'Next': 'B'}, 'B': {'Type': 'Succeed'}}}");

    ck_assert_uint_eq(diags.count, 0);
    ck_assert_str_eq(machine->name, "order");
    ck_assert_int_eq(machine->timeout, 9);
    ck_assert_uint_eq(machine->root->nstates, 2);
    ck_assert_ptr_eq(machine->root->start.target, find(machine->root, "A"));
    ck_assert_ptr_eq(find(machine->root, "A")->next.target, find(machine->root, "B"));
    ck_assert(state_is_terminal(find(machine->root, "B")));
}
END_TEST

START_TEST(retriers_and_catchers_have_their_defaults)
{
    struct machine *machine = build_states(
        "'A': {'Type': 'Task', 'Resource': 'arn:x', 'End': true,"
        " 'Retry': [{'ErrorEquals': ['E', 'F'], 'MaxAttempts': 0},"
        " {'ErrorEquals': ['States.ALL'], 'JitterStrategy': 'FULL', 'BackoffRate': 1.5}],"
        " 'Catch': [{'ErrorEquals': ['States.ALL'], 'Next': 'B'}]}, 'B': {'Type': 'Fail'}");
    const struct state *a = find(machine->root, "A");

    ck_assert_uint_eq(diags.count, 0);
    ck_assert_uint_eq(a->nretriers, 2);
    ck_assert_int_eq(a->retriers[0].attempts, 0);
    ck_assert_int_eq(a->retriers[0].interval, 1);
    ck_assert_double_eq(a->retriers[0].backoff, 2);
    ck_assert_uint_eq(a->retriers[0].errors.count, 2);
    ck_assert_int_eq(a->retriers[1].jitter, JITTER_FULL);
    ck_assert_double_eq(a->retriers[1].backoff, 1.5);
    ck_assert_ptr_eq(a->catchers[0].next.target, find(machine->root, "B"));
}
END_TEST

START_TEST(choice_rules_are_trees)
{
    struct machine *machine = build_states(
        "'A': {'Type': 'Choice', 'Choices': [{'And': [{'Variable': '$.x',"
        " 'NumericGreaterThanPath': '$.y'}, {'Not': {'Variable': '$.z', 'IsPresent': true}}],"
        " 'Next': 'B'}], 'Default': 'B'}, 'B': {'Type': 'Succeed'}");
    const struct rule *rule = &find(machine->root, "A")->rules[0];

    ck_assert_uint_eq(diags.count, 0);
    ck_assert_int_eq(rule->op, RULE_AND);
    ck_assert_uint_eq(rule->nchildren, 2);
    ck_assert_int_eq(rule->children[0].op, RULE_NUMERIC_GREATER_THAN);
    ck_assert(rule->children[0].is_path);
    ck_assert_ptr_nonnull(rule->children[0].operand->expr);
    ck_assert_int_eq(rule->children[1].op, RULE_NOT);
    ck_assert_int_eq(rule->children[1].children[0].op, RULE_IS_PRESENT);
}
END_TEST

START_TEST(scopes_nest)
{
    struct machine *machine = build_states(
        "'A': {'Type': 'Parallel', 'End': true, 'Branches': [{'StartAt': 'B', 'States':"
        " {'B': {'Type': 'Map', 'End': true, 'ItemProcessor': {'ProcessorConfig': {'Mode':"
        " 'DISTRIBUTED', 'ExecutionType': 'EXPRESS'}, 'StartAt': 'C', 'States':"
        " {'C': {'Type': 'Succeed'}}}}}}]}");
    const struct scope *branch = find(machine->root, "A")->branches[0];
    const struct scope *processor = find(branch, "B")->processor;

    ck_assert_uint_eq(diags.count, 0);
    ck_assert_ptr_eq(branch->parent, machine->root);
    ck_assert_int_eq(branch->kind, SCOPE_BRANCH);
    ck_assert_uint_eq(processor->depth, 2);
    ck_assert(processor->distributed && processor->express);
}
END_TEST

START_TEST(variables_are_bound_to_scope_and_slot)
{
    struct machine *machine = build_states(
        "'A': {'Type': 'Pass', 'Assign': {'x': 1, 'y': 2}, 'Next': 'P'},"
        "'P': {'Type': 'Parallel', 'End': true, 'Branches': [{'StartAt': 'B', 'States':"
        " {'B': {'Type': 'Pass', 'InputPath': '$y.z', 'Assign': {'w.$': '$x'}, 'End': true}}}]}");
    const struct state *b = find(find(machine->root, "P")->branches[0], "B");
    const struct expr *y = b->field[FIELD_INPUT_PATH]->expr;
    const struct expr *x = node_child(b->field[FIELD_ASSIGN])->expr;

    ck_assert_uint_eq(diags.count, 0);
    ck_assert_int_eq(y->distance, 1);
    ck_assert_int_eq(y->slot, 1);
    ck_assert_int_eq(x->slot, 0);
    ck_assert_str_eq(b->scope->variables[0].name, "w");
}
END_TEST

/* 1,500 variables are more than one pass of the analysis takes.  A skips v700 on one of
 * its ways on, so that only this one is possibly not defined. */
START_TEST(a_thousand_variables_are_told_apart)
{
    enum { COUNT = 1500, SKIPPED = 700 };
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fputs("'A': {'Type': 'Choice', 'Choices': [{'Variable': '$.x', 'IsNull': true,"
          " 'Assign': {", out);
    for (int i = 0; i < COUNT; i++)
        fprintf(out, "%s'v%d': 1", i ? ", " : "", i);
    fputs("}, 'Next': 'Z'}], 'Assign': {", out);
    for (int i = COUNT; i-- > 0;)
        if (i != SKIPPED)
            fprintf(out, "'v%d': 2%s", i, i ? ", " : "");
    fputs("}, 'Default': 'Z'}, 'Z': {'Type': 'Pass', 'End': true, 'Parameters': {", out);
    for (int i = 0; i < COUNT; i++)
        fprintf(out, "%s'p%d.$': '$v%d'", i ? ", " : "", i, i);
    fputs("}}", out);
    fclose(out);
    build_states(text);
    free(text);
    ck_assert_uint_eq(diags.count, 1);
    ck_assert_uint_eq(diags.list[0].rule, 1504);
    ck_assert_str_eq(diags.list[0].message, "variable `v700` is possibly not defined");
}
END_TEST

/* A machine's States and the one diagnostic that they bring. */
struct mistake {
    const char *states;
    unsigned rule;
    const char *path;
};

#define PASS "{'Type': 'Pass', 'End': true}"
#define TASK "'Type': 'Task', 'Resource': 'arn:x', 'End': true"
#define DISTRIBUTED                                                                 \
    "'ItemProcessor': {'ProcessorConfig': {'Mode': 'DISTRIBUTED', 'ExecutionType':" \
    " 'STANDARD'}, 'StartAt': 'B', 'States': {'B': {'Type': 'Pass', 'End': true}}}"
#define TO_B "{'Type': 'Pass', 'Assign': {'x': 1}, 'Next': 'B'}"

static const struct mistake mistakes[] = {
    { "'A': {'Type': 'Pass', 'End': true, 'Coment': 'x'}", 1102, "/States/A/Coment" },
    { "'A': {'Type': 'Pass', 'End': true, 'Retry': []}", 1103, "/States/A/Retry" },
    { "'A': {'Type': 'Pass', 'End': true, 'Output': 1}", 1104, "/States/A/Output" },
    { "'A': {'Type': 'Task', 'End': true}", 1101, "/States/A" },
    { "'A': {'Type': 'Wait', 'Seconds': 1, 'SecondsPath': '$.x', 'End': true}", 1105,
      "/States/A" },
    { "'A': {'Type': 'Wait', 'Seconds': '1', 'End': true}", 1201, "/States/A/Seconds" },
    { "'A': {'Type': 'Wait', 'Seconds': -1, 'End': true}", 1202, "/States/A/Seconds" },
    { "'A': {'Type': 'Wait', 'Timestamp': '2026-02-30T00:00:00Z', 'End': true}", 1205,
      "/States/A/Timestamp" },
    { "'A': {'Type': 'pass', 'End': true}", 1208, "/States/A/Type" },
    { "'A': {'Type': 'Pass'}", 1304, "/States/A" },
    { "'A': {'Type': 'Pass', 'Next': 'A', 'End': true}", 1305, "/States/A" },
    { "'A': {'Type': 'Pass', 'Next': 'Bb'}, 'B': " PASS, 1303, "/States/A/Next" },
    { "'A': " PASS ", 'B': " PASS, 1306, "/States/B" },
    { "'A': {'Type': 'Pass', 'Next': 'A'}", 1307, "/States" },
    { "'A': {'Type': 'Pass', 'InputPath': 'x', 'End': true}", 1401,
      "/States/A/InputPath" },
    { "'A': {'Type': 'Pass', 'ResultPath': '$.x[*]', 'End': true}", 1402,
      "/States/A/ResultPath" },
    { "'A': {'Type': 'Pass', 'Parameters': {'a.$': 1}, 'End': true}", 1403,
      "/States/A/Parameters/a.$" },
    { "'A': {'Type': 'Pass', 'Parameters': {'a.$': '$', 'a': 1}, 'End': true}", 1404,
      "/States/A/Parameters" },
    { "'A': {'Type': 'Pass', 'Parameters': {'a.$': 'States.UUID(1)'}, 'End': true}",
      1405, "/States/A/Parameters/a.$" },
    { "'A': {'Type': 'Pass', 'Parameters': {'a': '$.b'}, 'End': true}", 1406,
      "/States/A/Parameters/a" },
    { "'A': {'Type': 'Pass', 'Assign': {'1x': 1}, 'End': true}", 1501,
      "/States/A/Assign/1x" },
    { "'A': {'Type': 'Pass', 'InputPath': '$nothing', 'End': true}", 1503,
      "/States/A/InputPath" },
    { "'A': {" TASK ", 'Retry': [{'ErrorEquals': ['States.ALL', 'E']}]}", 1601,
      "/States/A/Retry/0/ErrorEquals" },
    { "'A': {" TASK
      ", 'Retry': [{'ErrorEquals': ['States.ALL']}, {'ErrorEquals': ['E']}]}",
      1602, "/States/A/Retry/0/ErrorEquals" },
    { "'A': {'Type': 'Choice', 'Choices': [{'Variable': '$.x', 'Next': 'B'}]}, 'B': " PASS,
      1701, "/States/A/Choices/0" },
    { "'A': {'Type': 'Choice', 'Choices': [{'Variable': '$.x', 'IsNull': true, 'IsString':"
      " true, 'Next': 'B'}]}, 'B': " PASS,
      1702, "/States/A/Choices/0" },
    { "'A': {'Type': 'Map', 'End': true, 'ItemReader': {'Resource': 'arn:x'}, 'ItemProcessor':"
      " {'StartAt': 'B', 'States': {'B': " PASS "}}}",
      1801, "/States/A/ItemReader" },
    { "'A': {'Type': 'Map', 'End': true, 'ItemProcessor': {'StartAt': 'A', 'States': {'A': " PASS
      "}}}",
      1302, "/States/A/ItemProcessor/States/A" },
    { "'A': " TO_B
      ", 'B': {'Type': 'Map', 'End': true, 'ItemProcessor': {'StartAt': 'C',"
      " 'States': {'C': {'Type': 'Pass', 'Assign': {'x': 1}, 'End': true}}}}",
      1502, "/States/B/ItemProcessor/States/C/Assign/x" },
    { "'A': {'Type': 'Choice', 'Choices': [{'Variable': '$.x', 'IsNull': true, 'Next': 'C'}],"
      " 'Default': 'B'}, 'B': {'Type': 'Pass', 'Assign': {'v': 1}, 'Next': 'C'},"
      " 'C': {'Type': 'Pass', 'InputPath': '$v', 'End': true}",
      1504, "/States/C/InputPath" },
    { "'A': {" TASK ", 'Credentials': {'x': 1}}", 1212, "/States/A/Credentials" },
    { "'A': {" TASK ", 'TimeoutSeconds': 5, 'HeartbeatSeconds': 5}", 1211,
      "/States/A/HeartbeatSeconds" },
    { "'A': {'Type': 'Task', 'Resource': 'arn:aws:states:::dynamodb:query', 'End': true}",
      1207, "/States/A/Resource" },
    { "'A': {'Type': 'Map', 'End': true, 'ResultWriter': {'Resource': 'arn:x'}," DISTRIBUTED
      "}",
      1101, "/States/A/ResultWriter" },
    { "'A': {'Type': 'Map', 'End': true, 'ItemReader': {'Resource':"
      " 'arn:aws:states:::s3:getObject'}," DISTRIBUTED "}",
      1804, "/States/A/ItemReader" },
    { "'A': {'Type': 'Map', 'End': true, 'Label': 'a b'," DISTRIBUTED "}", 1206,
      "/States/A/Label" },
    { "'A': {'Type': 'Pass', 'QueryLanguage': 'JSONata', 'Output': '{% 1', 'End': true}",
      1407, "/States/A/Output" },
};

START_TEST(each_mistake_is_reported_once_at_its_place)
{
    const struct mistake *mistake = &mistakes[_i];

    build_states(mistake->states);
    ck_assert_msg(diags.count == 1, "%s: %zu diagnostics", mistake->states,
                  diags.count);
    ck_assert_msg(diags.list[0].rule == mistake->rule, "%s: %u", mistake->states,
                  diags.list[0].rule);
    ck_assert_str_eq(diags.list[0].path, mistake->path);
}
END_TEST

/* What must bring nothing. */
static const char *const sound[] = {
    "'A': {'Type': 'Pass', 'Next': '${Next}'}, 'B': " PASS,
    "'A': {'Type': 'Wait', 'Seconds': '${Seconds}', 'End': true}",
    "'A': {'Type': 'Pass', 'InputPath': '${Path}', 'End': true}",
    "'A': {'Type': '${Type}', 'Anything': 1}",
    "'A': {'Type': 'Pass', 'ResultPath': null, 'Result': {'a.$': 1}, 'End': true}",
    "'A': {'Type': 'Fail'}",
    /* A Parallel's own Catch may assign what its branches assign. */
    "'A': {'Type': 'Parallel', 'End': true, 'Catch': [{'ErrorEquals': ['E'], 'Assign':"
    " {'x': 1}, 'Next': 'Z'}], 'Branches': [{'StartAt': 'B', 'States': {'B': {'Type':"
    " 'Pass', 'Assign': {'x': 1}, 'End': true}}}]}, 'Z': {'Type': 'Succeed'}",
    /* The retry loop assigns on every way. */
    "'A': " TO_B
    ", 'B': {'Type': 'Choice', 'Choices': [{'Variable': '$x', 'IsNull': true,"
    " 'Next': 'A'}], 'Default': 'C'}, 'C': {'Type': 'Succeed'}",
};

START_TEST(sound_definitions_bring_nothing)
{
    build_states(sound[_i]);
    ck_assert_msg(diags.count == 0, "%s: %s", sound[_i],
                  diags.count ? diags.list[0].message : "");
}
END_TEST

START_TEST(a_wrong_name_brings_no_train_of_errors)
{
    build_states(
        "'A': {'Type': 'Pass', 'Next': 'Chrage'}, 'Charge': {'Type': 'Pass', 'Next':"
        " 'Ship'}, 'Ship': {'Type': 'Succeed'}");
    ck_assert_uint_eq(diags.count, 1);
    ck_assert_str_eq(diags.list[0].note, "did you mean `Charge`?");
}
END_TEST

/* All are reported; only the search for the names meant ends somewhere. */
START_TEST(thousands_of_wrong_names_are_reported)
{
    enum { COUNT = 3000 };
    char *text = NULL;
    size_t len, wrong = 0, guessed = 0;
    FILE *out = open_memstream(&text, &len);

    fputs("'A': {'Type': 'Succeed'}", out);
    for (int i = 0; i < COUNT; i++)
        fprintf(out, ", 'State %d': {'Type': 'Pass', 'Next': 'Stat %d'}", i, i);
    fclose(out);
    build_states(text);
    free(text);
    for (size_t i = 0; i < diags.count; i++) {
        wrong += strncmp(diags.list[i].message, "there is no state", 17) == 0;
        guessed +=
            diags.list[i].note && strncmp(diags.list[i].note, "did you", 7) == 0;
    }
    ck_assert_uint_eq(wrong, COUNT);
    ck_assert_uint_gt(guessed, 100);
    ck_assert_uint_lt(guessed, COUNT);
}
END_TEST

START_TEST(express_machines_do_not_wait_for_others)
{
    const char *text =
        "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Task\", "
        "\"Resource\": \"arn:aws:states:::sqs:sendMessage.waitForTaskToken\", "
        "\"End\": true}}}";
    struct machine *machine;

    diags_init(&diags, arena, source_new(arena, "x.json", text, strlen(text)));
    machine = read_definition(&diags, NULL, "name", MACHINE_EXPRESS);
    ck_assert(!check_machine(&diags, machine));
    ck_assert_uint_eq(diags.list[0].rule, 1209);
    ck_assert_str_eq(machine->name, "name");
}
END_TEST

START_TEST(emit_asks_for_placeholders)
{
    struct machine *machine =
        build_states("'A': {'Type': 'Pass', 'Comment': '${C}', 'End':"
                     " true}");

    ck_assert_uint_eq(diags.count, 0);
    ck_assert(!check_placeholders(&diags, machine));
    ck_assert_uint_eq(diags.list[0].rule, 1901);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("states");
    TCase *test = tcase_create("states");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, a_machine_has_its_parts);
    tcase_add_test(test, retriers_and_catchers_have_their_defaults);
    tcase_add_test(test, choice_rules_are_trees);
    tcase_add_test(test, scopes_nest);
    tcase_add_test(test, variables_are_bound_to_scope_and_slot);
    tcase_add_test(test, a_thousand_variables_are_told_apart);
    tcase_add_loop_test(test, each_mistake_is_reported_once_at_its_place, 0,
                        (int)(sizeof mistakes / sizeof *mistakes));
    tcase_add_loop_test(test, sound_definitions_bring_nothing, 0,
                        (int)(sizeof sound / sizeof *sound));
    tcase_add_test(test, a_wrong_name_brings_no_train_of_errors);
    tcase_add_test(test, thousands_of_wrong_names_are_reported);
    tcase_add_test(test, express_machines_do_not_wait_for_others);
    tcase_add_test(test, emit_asks_for_placeholders);
    suite_add_tcase(suite, test);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
