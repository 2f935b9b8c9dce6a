/* Bindings that answer from the --tasks file. */
#include "value/base.h"

#include "fake_sched.h"

#define ARN "arn:aws:lambda:us-east-1:123456789012:function:f"

struct world {
    asl_task task;
    const asl_task *tasks[2];
    asl_program_def program;
    asl__taskset *set;
};

static struct world *open_world(const char *mock)
{
    struct world *w = calloc(1, sizeof *w);
    struct asl__buf file = ASL__BUF_INIT;

    w->task = lambda_task(ARN, "f");
    w->tasks[0] = &w->task;
    w->program.tasks = w->tasks;
    asl__buf_printf(&file, "{\"tasks\":{\"f\":{\"mock\":%s}}}", mock);
    w->set = make_set(&w->program, asl__buf_cstring(&file));
    asl__buf_free(&file);
    return w;
}

static void close_world(struct world *w)
{
    ck_assert(asl__taskset_free(w->set));
    free(w);
}

START_TEST(return_gives_its_value)
{
    struct world *w = open_world("{\"return\":{\"a\":[1.0,\"a rather long string\"]}}");

    check_answer(w->set, &w->task, "{}", "{\"a\":[1.0,\"a rather long string\"]}");
    check_answer(w->set, &w->task, "{}", "{\"a\":[1.0,\"a rather long string\"]}");
    close_world(w);
}
END_TEST

START_TEST(echo_gives_the_input)
{
    struct world *w = open_world("{\"echo\":true}");

    check_answer(w->set, &w->task, "[\"x\",null]", "[\"x\",null]");
    close_world(w);
}
END_TEST

START_TEST(throw_fails)
{
    struct world *w = open_world("{\"throw\":{\"Error\":\"E\",\"Cause\":\"c\"}}");

    check_answer(w->set, &w->task, "{}", "{\"Error\":\"E\",\"Cause\":\"c\"}");
    close_world(w);
}
END_TEST

START_TEST(a_list_answers_in_turn_and_its_last_repeats)
{
    struct world *w =
        open_world("[{\"throw\":{\"Error\":\"E\"}},{\"return\":1},{\"return\":2}]");

    check_answer(w->set, &w->task, "{}", "{\"Error\":\"E\"}");
    check_answer(w->set, &w->task, "{}", "1");
    check_answer(w->set, &w->task, "{}", "2");
    check_answer(w->set, &w->task, "{}", "2");
    close_world(w);
}
END_TEST

START_TEST(after_delays_on_the_programs_clock)
{
    struct world *w = open_world("[{\"echo\":true,\"after\":1.5},"
                                 "{\"throw\":{\"Error\":\"E\"},\"after\":2}]");
    struct fake_call f;

    fake_start(&f, w->set, &w->task, "[\"something longer than fourteen bytes\"]");
    ck_assert_int_eq(f.started, ASL__CALL_AFTER);
    ck_assert_int_eq(f.call.after, 1500000);
    char *text = fake_take(&f);
    ck_assert_str_eq(text, "[\"something longer than fourteen bytes\"]");
    free(text);
    fake_start(&f, w->set, &w->task, "{}");
    ck_assert_int_eq(f.started, ASL__CALL_AFTER);
    fake_discard(&f);
    fake_start(&f, w->set, &w->task, "{}");
    text = fake_take(&f);
    ck_assert_str_eq(text, "{\"Error\":\"E\"}");
    free(text);
    close_world(w);
}
END_TEST

static void check_bad(const char *mock, const char *wanted)
{
    static const asl_program_def program;
    asl__taskset_options options = { .program = &program };
    asl__taskset *set = asl__taskset_new(&options);
    struct asl__buf file = ASL__BUF_INIT, error = ASL__BUF_INIT;

    asl__buf_printf(&file, "{\"tasks\":{\"f\":{\"mock\":%s}}}", mock);
    ck_assert(!asl__taskset_load(set, "t.json", file.data, file.len, &error));
    ck_assert_str_eq(asl__buf_cstring(&error), wanted);
    asl__buf_free(&file);
    asl__buf_free(&error);
    ck_assert(asl__taskset_free(set));
}

START_TEST(mistakes_are_named)
{
    check_bad("{\"retrun\":1}", "t.json: \"f\": a mock has no member \"retrun\"");
    check_bad("{}",
              "t.json: \"f\": a mock wants one of \"return\", \"echo\" and \"throw\"");
    check_bad("[]", "t.json: \"f\": the list of a mock is empty");
    check_bad("{\"echo\":1}", "t.json: \"f\": \"echo\" wants true");
    check_bad("{\"return\":1,\"after\":-1}",
              "t.json: \"f\": \"after\" wants a number of seconds");
    check_bad("{\"throw\":{\"error\":\"E\"}}",
              "t.json: \"f\": \"throw\" wants {\"Error\": STRING, \"Cause\": STRING}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mock");
    TCase *tc = tcase_create("mock");

    tcase_add_test(tc, return_gives_its_value);
    tcase_add_test(tc, echo_gives_the_input);
    tcase_add_test(tc, throw_fails);
    tcase_add_test(tc, a_list_answers_in_turn_and_its_last_repeats);
    tcase_add_test(tc, after_delays_on_the_programs_clock);
    tcase_add_test(tc, mistakes_are_named);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
