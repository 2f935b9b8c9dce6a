/*
 * check_emit.c - what definitions become in C.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/arena.h"
#include "../../compiler/check.h"
#include "../../compiler/emit.h"
#include "../../compiler/lower.h"
#include "../../compiler/names.h"

static struct arena *arena;
static struct diags diags;
static struct text c;

static void set_up(void)
{
    arena = arena_new();
}

static void tear_down(void)
{
    free(c.text);
    c = (struct text){0};
    arena_free(arena);
}

/* The machine `m` of STATES, the members of its States; single quotes stand for double
 * ones.  StartAt is A.  False when lowering has something to say. */
static bool emit(const char *states, const struct emit_options *options)
{
    char *json = arena_printf(arena, "{'StartAt': 'A',\n'States': {%s}}", states);
    struct ir_program *program = ir_program_new(arena, names_new(arena));
    struct machine *machine;

    for (char *at = json; *at; at++)
        if (*at == '\'')
            *at = '"';
    diags_init(&diags, arena, source_new(arena, "m.asl.json", json, strlen(json)));
    machine = read_definition(&diags, NULL, "m", MACHINE_STANDARD);
    ck_assert(machine && check_machine(&diags, machine));
    if (!lower_machine(program, &diags, machine))
        return false;
    free(c.text);
    c = (struct text){0};
    emit_program(&c, program, options);
    return true;
}

static const struct emit_options plain = {.file = "m.c", .no_line = true},
                                 lines = {.file = "m.c"};

static void has(const char *text)
{
    ck_assert_msg(strstr(c.text, text) != NULL, "`%s` is not in:\n%s", text, c.text);
}

static void has_not(const char *text)
{
    ck_assert_msg(strstr(c.text, text) == NULL, "`%s` is in:\n%s", text, c.text);
}

START_TEST(the_first_state_is_state_0)
{
    ck_assert(emit("'B': {'Type': 'Succeed'}, 'A': {'Type': 'Pass', 'Next': 'B'}", &plain));
    has("enum { M_A, M_B };");
    has("static asl_next m_a(asl_frame *f)");
    has("return asl_goto(f, M_B);");
}
END_TEST

START_TEST(every_statement_has_its_line)
{
    ck_assert(emit("'A': {'Type': 'Pass',\n'InputPath': '$.a.b', 'End':\n true}", &lines));
    has("#line 2 \"m.asl.json\"\nstatic asl_next m_a");
    has("#line 3\n    asl_value v1 = asl_get(asl_get(f->input, \"a\"), \"b\");");
    has("#line 4\n    return asl_end(f, v1);");
}
END_TEST

START_TEST(lines_of_the_c_file_are_counted)
{
    size_t line = 1;
    char wanted[40];
    const char *back;

    ck_assert(emit("'A': {'Type': 'Pass', 'End': true}", &lines));
    back = strstr(c.text, "\" \n") ? NULL : strstr(c.text, " \"m.c\"\n");
    ck_assert_ptr_nonnull(back);
    for (const char *at = c.text; at < back; at++)
        line += *at == '\n';
    snprintf(wanted, sizeof wanted, "#line %zu \"m.c\"\n", line + 1);
    has(wanted);
}
END_TEST

START_TEST(variables_are_read_before_any_is_set)
{
    ck_assert(emit("'A': {'Type': 'Pass', 'Assign': {'x': 1, 'y': 2}, 'Next': 'B'},"
                   "'B': {'Type': 'Pass', 'Assign': {'x.$': '$y', 'y.$': '$x'}, 'End': true}",
                   &plain));
    has("asl_value v0 = asl_variable(f, 0, 1);");
    has("asl_assign(f, 0, v0);\n    asl_assign(f, 1, v1);");
}
END_TEST

START_TEST(literal_templates_are_constants)
{
    ck_assert(emit("'A': {'Type': 'Pass', 'Parameters': {'a': [1, 2.5, 1.0]}, 'Next': 'B'},"
                   "'B': {'Type': 'Pass', 'Result': {'a': [1, 2.5, 1.0]}, 'End': true}",
                   &plain));
    has("return asl_go(f, m__k3, M_B);");
    has("return asl_end(f, m__k3);");
    has("{ 1.0, 3, \"1.0\" }");
    has_not("m__k4");
}
END_TEST

START_TEST(templates_have_their_keys_in_the_order_of_the_service)
{
    ck_assert(emit("'A': {'Type': 'Pass', 'Parameters': {'StateMachineArn.$': '$.a', "
                   "'Input.$': '$.b', 'Name.$': '$.c', 'z': 1}, 'End': true}",
                   &plain));
    has("    ASL_TEXT(\"z\"),\n    ASL_TEXT(\"Input\"),\n    ASL_LONG_TEXT(\"StateMachineArn\"");
}
END_TEST

START_TEST(conditions_jump)
{
    ck_assert(emit("'A': {'Type': 'Choice', 'Choices': [{'And': [{'Variable': '$.a', "
                   "'IsPresent': true}, {'Not': {'Variable': '$.a', 'IsNull': true}}], "
                   "'Next': 'B'}], 'Default': 'B'}, 'B': {'Type': 'Succeed'}",
                   &plain));
    has("if (!asl_is_present(v0)) goto L1;");
    has("if (!asl_is_null(v0)) return asl_goto(f, M_B);");
    has("L1:;");
    has_not("L0");
}
END_TEST

START_TEST(many_equalities_are_a_switch)
{
    ck_assert(emit("'A': {'Type': 'Choice', 'Choices': ["
                   "{'Variable': '$.a', 'NumericEquals': 1, 'Next': 'B'},"
                   "{'Variable': '$.a', 'NumericEquals': 2, 'Next': 'B'},"
                   "{'Variable': '$.a', 'NumericEquals': 3, 'Next': 'B'},"
                   "{'Variable': '$.a', 'NumericEquals': 4, 'Next': 'B'},"
                   "{'Variable': '$.a', 'NumericEquals': 5, 'Next': 'B'},"
                   "{'Variable': '$.a', 'NumericEquals': 6, 'Next': 'B'}]},"
                   "'B': {'Type': 'Succeed'}",
                   &plain));
    has("switch (asl_find_number(v0, &m__t1)) {");
    has("    case 5: to1 = M_B; break; /* 6 */\n");
    has("    default: goto L1;\n");
    has("    return asl_goto(f, to1);\n");
    has("return asl_no_choice(f);");
}
END_TEST

START_TEST(a_switch_whose_rules_assign_jumps)
{
    ck_assert(emit("'A': {'Type': 'Choice', 'Choices': ["
                   "{'Variable': '$.a', 'StringEquals': 'a', 'Next': 'B'},"
                   "{'Variable': '$.a', 'StringEquals': 'b', 'Next': 'B'},"
                   "{'Variable': '$.a', 'StringEquals': 'c', 'Next': 'B'},"
                   "{'Variable': '$.a', 'StringEquals': 'd', 'Next': 'B'},"
                   "{'Variable': '$.a', 'StringEquals': 'e', 'Next': 'B'},"
                   "{'Variable': '$.a', 'StringEquals': 'f', 'Assign': {'x': 1}, 'Next': 'B'}]},"
                   "'B': {'Type': 'Succeed'}",
                   &plain));
    has("    case 0: /* \"a\" */\n");
    has("    case 5: { /* \"f\" */\n");
    has("        asl_assign(f, 0, ");
    has_not("to1");
}
END_TEST

START_TEST(a_choice_jumps_to_two_states_wherever_they_stand)
{
    ck_assert(emit("'A': {'Type': 'Choice', 'Choices': ["
                   "{'Variable': '$.a', 'IsNull': true, 'Next': 'B'},"
                   "{'Variable': '$.b', 'IsNull': true, 'Next': 'B'},"
                   "{'Variable': '$.c', 'IsNull': true, 'Next': 'C'},"
                   "{'Variable': '$.d', 'IsNull': true, 'Next': 'B'},"
                   "{'Variable': '$.e', 'IsNull': true, 'Next': 'D'}]},"
                   "'B': {'Type': 'Succeed'}, 'C': {'Type': 'Succeed'}, 'D': {'Type': 'Succeed'}",
                   &plain));
    has("if (asl_follows(f, next, M_B)) goto m_b; if (asl_follows(f, next, M_C)) goto m_c; break;");
    has_not("asl_follows(f, next, M_D)");
}
END_TEST

START_TEST(a_plain_catcher_points_at_its_target)
{
    ck_assert(emit("'A': {'Type': 'Task', 'Resource': 'f', 'Catch': [{'ErrorEquals': ['X'], "
                   "'Next': 'B'}, {'ErrorEquals': ['Y'], 'ResultPath': '$.e', 'Next': 'B'}], "
                   "'Next': 'B'}, 'B': {'Type': 'Succeed'}",
                   &plain));
    has(".next = M_B }");
    has(".next = M_A__CATCH2 }");
    has_not("M_A__CATCH1");
    has("extern const asl_handler asl_handler_f ASL_WEAK;");
}
END_TEST

START_TEST(two_functions_of_one_c_name_are_an_error)
{
    ck_assert(!emit("'A': {'Type': 'Task', 'Resource': "
                    "'arn:aws:lambda:us-east-1:123456789012:function:a-b', 'Next': 'B'}, "
                    "'B': {'Type': 'Task', 'Resource': "
                    "'arn:aws:lambda:us-east-1:123456789012:function:a_b', 'End': true}",
                    &plain));
    ck_assert_uint_eq(diags.nerrors, 1);
}
END_TEST

START_TEST(an_expression_is_a_function_before_its_state)
{
    ck_assert(emit("'A': {'Type': 'Pass', 'QueryLanguage': 'JSONata', 'Output': "
                   "'{% $states.input.a + 1 %}', 'Assign': {'x': '{% 2 %}'}, 'End': true}",
                   &plain));
    has("static const asl_query_text m_a__q1_text = {\n    \"Assign/x\",\n    \"2\"\n};");
    has("static asl_value m_a__q2(asl_eval *e)\n{\n    asl_value v1 = e->input;\n");
    has("asl_evaluate(f, m_a__q2, f->input, asl_undefined(), ASL_WANT_ANY,");
}
END_TEST

START_TEST(big_scopes_have_pages)
{
    struct text states = {0};

    for (int i = 0; i < 70; i++)
        text_printf(&states, "'%s%d': {'Type': 'Pass', 'Next': 'S%d'},", "S", i, i + 1);
    text_puts(&states, "'S70': {'Type': 'Succeed'}, 'A': {'Type': 'Pass', 'Next': 'S0'}");
    ck_assert(emit(states.text, &plain));
    free(states.text);
    has("switch (f->state / 64) {");
    has("static ASL_NOINLINE asl_next m__page1(asl_frame *f)");
}
END_TEST

START_TEST(names_of_states_cannot_clash)
{
    ck_assert(emit("'A': {'Type': 'Pass', 'Next': 'a'}, 'a': {'Type': 'Wait', 'Seconds': 1, "
                   "'Next': 'a done'}, 'a done': {'Type': 'Pass', 'Next': 'machine'}, "
                   "'machine': {'Type': 'Succeed'}",
                   &plain));
    has("enum { M_A, M_A_2, M_A_2__DONE, M_A_DONE, M_MACHINE_2 };");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emit");
    TCase *tcase = tcase_create("emit");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_first_state_is_state_0);
    tcase_add_test(tcase, every_statement_has_its_line);
    tcase_add_test(tcase, lines_of_the_c_file_are_counted);
    tcase_add_test(tcase, variables_are_read_before_any_is_set);
    tcase_add_test(tcase, literal_templates_are_constants);
    tcase_add_test(tcase, templates_have_their_keys_in_the_order_of_the_service);
    tcase_add_test(tcase, conditions_jump);
    tcase_add_test(tcase, many_equalities_are_a_switch);
    tcase_add_test(tcase, a_switch_whose_rules_assign_jumps);
    tcase_add_test(tcase, a_choice_jumps_to_two_states_wherever_they_stand);
    tcase_add_test(tcase, a_plain_catcher_points_at_its_target);
    tcase_add_test(tcase, two_functions_of_one_c_name_are_an_error);
    tcase_add_test(tcase, an_expression_is_a_function_before_its_state);
    tcase_add_test(tcase, big_scopes_have_pages);
    tcase_add_test(tcase, names_of_states_cannot_clash);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
