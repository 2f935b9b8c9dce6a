/*
 * check_query_check.c - what the compiler says of JSONata expressions, and where.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../compiler/arena.h"
#include "../../compiler/check.h"

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

static void check_text(const char *name, const char *text)
{
    struct machine *machine;

    diags_init(&diags, arena, source_new(arena, name, text, strlen(text)));
    machine = read_definition(&diags, NULL, NULL, MACHINE_STANDARD);
    ck_assert_ptr_nonnull(machine);
    check_machine(&diags, machine);
    diags_sort(&diags);
}

/* A machine whose Pass state has this Output, written as in JSON. */
static void check_output(const char *output)
{
    check_text("a.asl.json",
               arena_printf(arena,
                            "{\"StartAt\": \"A\", \"QueryLanguage\": \"JSONata\",\n"
                            "\"States\": {\"A\": {\"Type\": \"Pass\", \"Assign\": "
                            "{\"count\": 1, \"sum\": 2}, \"Next\": \"B\"},\n"
                            "\"B\": {\"Type\": \"Pass\", \"End\": true, \"Output\":\n"
                            "%s}}}",
                            output));
}

static void check_expression(const char *expression)
{
    check_output(arena_printf(arena, "\"{%% %s %%}\"", expression));
}

/* The text that the one diagnostic points at. */
static const char *pointed_at(void)
{
    const struct span span = diags.list[0].span;

    return arena_copy(arena, diags.source->text + span.begin, span.end - span.begin);
}

static void expect_one(const char *expression, unsigned rule, const char *place,
                       const char *message)
{
    ck_assert_msg(diags.count == 1, "%s: %zu diagnostics", expression, diags.count);
    ck_assert_msg(diags.list[0].rule == rule, "%s: %u: %s", expression,
                  diags.list[0].rule, diags.list[0].message);
    ck_assert_msg(strstr(diags.list[0].message, message) != NULL, "%s: %s", expression,
                  diags.list[0].message);
    ck_assert_msg(strcmp(pointed_at(), place) == 0, "%s: at %s", expression,
                  pointed_at());
}

/* ---- what fails ------------------------------------------------------------------ */

enum {
    FAILS = 1410,
    MAY_FAIL = 1411,
    WRONG = 1407,
    UNKNOWN = 1503,
    UNSUPPORTED = 1409
};

struct mistake {
    const char *expression; /* as it stands in the JSON string */
    unsigned rule;
    const char *place;
    const char *message; /* a part of it */
};

static const struct mistake mistakes[] = {
    { "1 + 'a'", FAILS, "'a'",
      "T2002: The right side of the \"+\" operator must evaluate to a number" },
    { "null * 2", FAILS, "null", "T2001: The left side of the \"*\" operator" },
    { "$string($states.input.n) - 1", FAILS, "$string($states.input.n)", "T2001" },
    { "[1] % 2", FAILS, "[1]", "T2001" },
    { "-'x'", FAILS, "'x'", "D1002: Cannot negate a non-numeric value: \"x\"" },
    { "-$string($states.input.n)", FAILS, "$string($states.input.n)",
      "D1002: Cannot negate a non-numeric value: a string" },
    { "'a' < 1", FAILS, "'a' < 1",
      "T2009: The values \"a\" and 1 either side of operator \"<\"" },
    { "true >= $states.input.n", FAILS, "true", "T2010" },
    { "1 < 2 < 3", FAILS, "1 < 2", "T2010" },
    { "[1.5..3]", FAILS, "1.5", "T2003" },
    { "[1..'3']", FAILS, "'3'", "T2004" },
    { "{1: 2}", FAILS, "1",
      "T1003: Key in object structure must evaluate to a string" },
    { "5(1)", FAILS, "5", "T1006: Attempted to invoke a non-function" },
    { "'a'(?)", FAILS, "'a'", "T1008" },
    { "$states.input ~> 5", FAILS, "5", "T2006" },
    /* Calls. */
    { "$length(1)", FAILS, "1",
      "T0410: Argument 1 of function \"length\" does not match function signature" },
    { "$uppercase('a', 'b')", FAILS, "'b'", "T0410: Argument 2" },
    { "$substring('abc')", FAILS, "$substring('abc')", "T0410: Argument 2" },
    { "$map([1], 5)", FAILS, "5", "T0410: Argument 2 of function \"map\"" },
    { "$replace('a', 5, 'b')", FAILS, "5", "T0410: Argument 2" },
    { "$join([$states.input.x], 5)", FAILS, "5", "T0410: Argument 2" },
    { "$uuid(1)", FAILS, "1", "T0410: Argument 1" },
    { "$append()", FAILS, "$append()", "T0410: Argument 1" },
    { "'a' ~> $floor", FAILS, "'a'", "T0410: Argument 1 of function \"floor\"" },
    { "'a' ~> $pad('b')", FAILS, "'b'", "T0410: Argument 2 of function \"pad\"" },
    { "$max('a')", FAILS, "'a'",
      "T0412: Argument 1 of function \"max\" must be an array of \"numbers\"" },
    { "$max([1, 'a'])", FAILS, "'a'", "T0412: Argument 1" },
    { "$max([[1, 2]])", FAILS, "[1, 2]", "T0412" },
    { "$merge([$states.input, null])", FAILS, "null",
      "must be an array of \"objects\"" },
    /* Deep in what is surely evaluated. */
    { "{'a': [1, (2; $exists(-'x'))]}", FAILS, "'x'", "D1002" },
    { "(-'x') ? 1 : 2", FAILS, "'x'", "D1002" },
    { "$f := -'x'", FAILS, "'x'", "D1002" },
    /* What may never be evaluated. */
    { "$states.input.b ? 1 + 'a' : 2", MAY_FAIL, "'a'", "T2002" },
    { "$states.input.b and -'x'", MAY_FAIL, "'x'", "D1002" },
    { "$states.input.b or -'x'", MAY_FAIL, "'x'", "D1002" },
    { "$map($states.input.l, function($v) { -'x' })", MAY_FAIL, "'x'", "D1002" },
    { "$states.input.l[-'x']", MAY_FAIL, "'x'", "D1002" },
    { "$states.input.(-'x')", MAY_FAIL, "'x'", "D1002" },
    { "$states.input.l^(-'x')", MAY_FAIL, "'x'", "D1002" },
    { "$states.input.l{'a': -'x'}", MAY_FAIL, "'x'", "D1002" },
    { "$states.input ~> |a|{'b': -'x'}|", MAY_FAIL, "'x'", "D1002" },
    /* Regular expressions, wherever they stand. */
    { "$match('a', /[b-a]/)", WRONG, "/[b-a]/", "the regular expression is wrong" },
    { "$states.input.b ? /a**/ : 1", WRONG, "/a**/",
      "the regular expression is wrong" },
    /* Names. */
    { "$foo(1)", UNKNOWN, "$foo", "T1006: there is no function `$foo`" },
    { "$map([1], $foo(?))", UNKNOWN, "$foo", "T1008: there is no function `$foo`" },
    { "1 ~> $foo", UNKNOWN, "$foo", "T2006: there is no function `$foo`" },
    { "1 + $foo", UNKNOWN, "$foo", "variable `foo` is not assigned" },
    { "$states.inputs", UNSUPPORTED, "inputs",
      "Field '$states.inputs' does not exist" },
    { "$$.a", UNSUPPORTED, "$$", "Reference to '$$' is not supported" },
    /* The value of the whole. */
    { "$sqrt", FAILS, "$sqrt",
      "`Output` must be a JSON value, but the expression gives a function" },
    { "function($x) { $x }", FAILS, "function($x) { $x }", "gives a function" },
    { "()", FAILS, "()", "gives nothing" },
};

START_TEST(each_mistake_is_reported_once_at_its_place)
{
    const struct mistake *mistake = &mistakes[_i];

    check_expression(mistake->expression);
    expect_one(mistake->expression, mistake->rule, mistake->place, mistake->message);
    ck_assert_uint_eq(diags.nerrors,
                      mistake->rule != MAY_FAIL && mistake->rule != UNKNOWN);
}
END_TEST

/* ---- what does not --------------------------------------------------------------- */

static const char *const sound[] = {
    "$states.input.n + 1",
    "$states.input.b ? 'a' : 1",
    "($states.input.b ? 'a' : 1) + 1",
    "$number('1') + 1",
    "1 & 'a' & null & [1] & {'b': 2} & $sqrt",
    "1 = 'a' or null != 2 or 1 in 'a'",
    "'a' < 'b'",
    "[1..3][0] + 1",
    "[1, 'a'][0] + 1",
    "[][0] + 1",
    "'a'[0]",
    "$max(1) + $max([1, $states.input.n])",
    "$max([$states.input.l, 1..3])",
    "$max([$states.input.b ? 1 : 'a'])",
    "$join('a')",
    "$join(['a', $string($states.input.n)], ', ')",
    "$merge([{}, $states.input])",
    "$string($states.input, true)",
    "$string()",
    "$split('a,b', ',') ~> $join('-')",
    "'a' ~> $uppercase ~> $length",
    "'a' ~> ($uppercase ~> $lowercase)",
    "$length($states.input.nothing ~> $string)",
    "$zip([1], [2], [3], [4])",
    "$range(1, 5, 2)",
    "$random(42)",
    "$contains('a', /b/i)",
    "$sift({'a': 1}, function($v) { $v > 1 })",
    "$map([1], $string)",
    "$map([1], $string(?, true))",
    "$reduce([1, 2], function($a, $b) { $a + $b }, 'x')",
    "$formatNumber(1, '#', {})",
    "function($x) { $x }(1)",
    /* Names with another meaning. */
    "($length := function($x) { 1 }; $length(1))",
    "$map([1], function($length) { $length * 2 })",
    "($f := function($max) { $max('a') }; $f($uppercase))",
    "$sum + 1",
    "$count * 2",
};

START_TEST(sound_expressions_bring_nothing)
{
    check_expression(sound[_i]);
    ck_assert_msg(diags.count == 0, "%s: %s", sound[_i],
                  diags.count ? diags.list[0].message : "");
}
END_TEST

/* ---- fields ---------------------------------------------------------------------- */

static const struct field {
    const char *state; /* without its Type's brace */
    unsigned rule;     /* 0: nothing is wrong */
    const char *place, *message;
} fields[] = {
    { "\"Type\": \"Task\", \"Resource\": \"arn:aws:states:::sns:publish\", \"Arguments\": "
      "{}, \"End\": true, \"TimeoutSeconds\": \"{% '60' %}\"",
      FAILS, "'60'",
      "`TimeoutSeconds` must be a number, but the expression gives a string" },
    { "\"Type\": \"Task\", \"Resource\": \"arn:aws:states:::sns:publish\", \"Arguments\": "
      "{}, \"End\": true, \"Credentials\": {\"RoleArn\": \"{% 1 %}\"}",
      FAILS, "1", "`RoleArn` must be a string" },
    { "\"Type\": \"Wait\", \"Seconds\": \"{% $states.input.s & '' %}\", \"End\": true",
      FAILS, "$states.input.s & ''", "`Seconds` must be a number" },
    { "\"Type\": \"Wait\", \"Seconds\": \"{% $states.input.s * 2 %}\", \"End\": true",
      0, NULL, NULL },
    { "\"Type\": \"Wait\", \"Timestamp\": \"{% $millis() %}\", \"End\": true", FAILS,
      "$millis()", "`Timestamp` must be a string, but the expression gives a number" },
    { "\"Type\": \"Choice\", \"Choices\": [{\"Condition\": \"{% 1 + 1 %}\", \"Next\": \"A\"}]",
      FAILS, "1 + 1",
      "`Condition` must be a boolean, but the expression gives a number" },
    { "\"Type\": \"Choice\", \"Choices\": [{\"Condition\": \"{% $states.input.n > 1 %}\", "
      "\"Next\": \"A\"}]",
      0, NULL, NULL },
    { "\"Type\": \"Fail\", \"Error\": \"{% {'a': 1} %}\"", FAILS, "{'a': 1}",
      "`Error` must be a string, but the expression gives an object" },
    { "\"Type\": \"Pass\", \"End\": true, \"Output\": {\"a\": [\"{% $sqrt %}\"]}",
      FAILS, "$sqrt", "element 0 must be a JSON value" },
    { "\"Type\": \"Pass\", \"End\": true, \"Output\": \"{% null %}\"", 0, NULL, NULL },
    /* Step Functions accepts it. */
    { "\"Type\": \"Map\", \"End\": true, \"Items\": \"{% 'a' %}\", \"ItemProcessor\": "
      "{\"StartAt\": \"B\", \"States\": {\"B\": {\"Type\": \"Succeed\"}}}",
      MAY_FAIL, "'a'", "`Items` must be an array or an object" },
};

START_TEST(fields_say_what_they_need)
{
    const struct field *field = &fields[_i];

    check_text("a.asl.json",
               arena_printf(arena,
                            "{\"StartAt\": \"A\", \"QueryLanguage\": \"JSONata\", "
                            "\"States\": {\"A\": {%s}}}",
                            field->state));
    if (!field->rule) {
        for (size_t i = 0; i < diags.count; i++)
            ck_assert_msg(diags.list[i].rule != FAILS, "%s: %s", field->state,
                          diags.list[i].message);
        return;
    }
    for (size_t i = 0; i < diags.count; i++)
        if (diags.list[i].rule == field->rule) {
            diags.list[0] = diags.list[i];
            diags.count = 1;
        }
    expect_one(field->state, field->rule, field->place, field->message);
}
END_TEST

/* ---- places ---------------------------------------------------------------------- */

/* Escapes count as they are written. */
static const struct {
    const char *output;
    uint32_t column;
    const char *place;
} places[] = {
    { "\"{% -'x' %}\"", 6, "'x'" },
    { "\"{% '\\u00e9' & -'x' %}\"", 17, "'x'" },
    { "\"{% 'é' & -'x' %}\"", 12, "'x'" },
    { "\"{%\\n\\t-'x' %}\"", 9, "'x'" },
    { "\"{% \\\"a\\\" & -\\\"x\\\" %}\"", 14, "\\\"x\\\"" },
    { "\"{% '\\ud83d\\ude00' & -'x' %}\"", 23, "'x'" },
    { "\"{% '\\ud83d' & -'x' %}\"", 17, "'x'" },
    { "\"{% '\\u0000' & -'x' %}\"", 17, "'x'" },
    { "\"{% '\\/\\\\\\\\' & -'x' %}\"", 17, "'x'" },
    { "\"\\u007b\\u0025-'x' %}\"", 15, "'x'" },
    { "\"{% -'\\u00e9\\n' %}\"", 6, "'\\u00e9\\n'" },
};

START_TEST(columns_count_escapes_as_written)
{
    check_output(places[_i].output);
    expect_one(places[_i].output, FAILS, places[_i].place, "D1002");
    ck_assert_uint_eq(source_place(diags.source, diags.list[0].span.begin).column,
                      places[_i].column);
}
END_TEST

/* Far inside of a string, and several times. */
START_TEST(long_strings_are_pointed_into)
{
    char *text = arena_alloc(arena, 8192);

    strcpy(text, "\"{% '");
    for (size_t i = 0; i < 300; i++)
        strcat(text, "\\u00e9");
    strcat(text, "' & -'x' & -'y' %}\"");
    check_output(text);
    ck_assert_uint_eq(diags.count, 2);
    ck_assert_str_eq(pointed_at(), "'x'");
    ck_assert_uint_eq(source_place(diags.source, diags.list[0].span.begin).column,
                      5 + 300 * 6 + 6);
    ck_assert_uint_eq(diags.list[1].span.begin, diags.list[0].span.begin + 7);
}
END_TEST

/* The same in YAML's ways of writing a string. */
static const struct {
    const char *output;
    uint32_t line, column;
    const char *place;
} yaml_places[] = {
    { "\"{% '\\x41' & -'x' %}\"", 8, 27, "'x'" },
    { "'{% -''x'' %}'", 8, 18, "''x''" },
    { "|-\n        {% 1 &\n          -'x' %}", 10, 12, "'x'" },
    { ">-\n        {% 1 &\n        -'x' %}", 10, 10, "'x'" },
    { "\"{% 1 &\n        -'x' %}\"", 9, 10, "'x'" },
};

START_TEST(yaml_strings_are_pointed_into)
{
    check_text("a.asl.yaml", arena_printf(arena,
                                          "StartAt: A\n"
                                          "QueryLanguage: JSONata\n"
                                          "States:\n"
                                          "  A:\n"
                                          "    Type: Pass\n"
                                          "    End: true\n"
                                          "    Comment: none\n"
                                          "    Output: %s\n",
                                          yaml_places[_i].output));
    expect_one(yaml_places[_i].output, FAILS, yaml_places[_i].place, "D1002");
    struct place place = source_place(diags.source, diags.list[0].span.begin);
    ck_assert_uint_eq(place.line, yaml_places[_i].line);
    ck_assert_uint_eq(place.column, yaml_places[_i].column);
}
END_TEST

/* Where text was put into the string, what stands before it is still known. */
START_TEST(a_filled_string_is_pointed_at)
{
    struct define define = { "NAME", 4, "longer", NULL };
    const char *text =
        "{\"StartAt\": \"A\", \"QueryLanguage\": \"JSONata\", \"States\": "
        "{\"A\": {\"Type\": \"Pass\", \"End\": true, \"Output\": "
        "\"{% '${NAME}' & -'x' %}\"}}}";

    diags_init(&diags, arena, source_new(arena, "a.asl.json", text, strlen(text)));
    check_machine(&diags, read_definition(&diags, &define, NULL, MACHINE_STANDARD));
    expect_one("filled", FAILS, "\"{% '${NAME}' & -'x' %}\"", "D1002");
}
END_TEST

/* ---- notes ----------------------------------------------------------------------- */

static const struct {
    const char *expression, *note;
} notes[] = {
    { "$uppercas('a')", "did you mean `$uppercase`?" },
    { "($double := function($x) { $x * 2 }; $duoble(3))", "did you mean `$double`?" },
    { "$eval('1')", "it is not available in Step Functions, use `$parse`" },
    { "1 + $cuont", "did you mean `count`?" },
    { "$states.inptu.a", "did you mean `input`?" },
    { "uppercase('a')", "functions are called with `$`: `$uppercase`" },
    { "phone", "the state's input is `$states.input`: `$states.input.phone`" },
    { "1 + 'a'", "this is a string" },
    { "$length('a', 'b')", "it has one parameter" },
    { "$uuid(1)", "it has no parameters" },
    { "$substring('abc')", "this argument is missing" },
    { "$states.input.b ? 1 + 'a' : 2",
      "this is a string; the expression fails where this is evaluated" },
};

START_TEST(notes_help)
{
    check_expression(notes[_i].expression);
    ck_assert_msg(diags.count == 1, "%s: %zu", notes[_i].expression, diags.count);
    ck_assert_ptr_nonnull(diags.list[0].note);
    ck_assert_str_eq(diags.list[0].note, notes[_i].note);
}
END_TEST

#define COUNT_OF(table) ((int)(sizeof(table) / sizeof *(table)))

int main(void)
{
    Suite *suite = suite_create("query_check");
    TCase *tests = tcase_create("all");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, each_mistake_is_reported_once_at_its_place, 0,
                        COUNT_OF(mistakes));
    tcase_add_loop_test(tests, sound_expressions_bring_nothing, 0, COUNT_OF(sound));
    tcase_add_loop_test(tests, fields_say_what_they_need, 0, COUNT_OF(fields));
    tcase_add_loop_test(tests, columns_count_escapes_as_written, 0, COUNT_OF(places));
    tcase_add_test(tests, long_strings_are_pointed_into);
    tcase_add_loop_test(tests, yaml_strings_are_pointed_into, 0, COUNT_OF(yaml_places));
    tcase_add_test(tests, a_filled_string_is_pointed_at);
    tcase_add_loop_test(tests, notes_help, 0, COUNT_OF(notes));
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
