/* The command line of a workflow program. */
#include "value/base.h"

#include "program/cli.h"

#include <aslrt/run.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a workflow of one Pass state ---------------------------------------------- */

static asl_next dispatch(asl_frame *f)
{
    asl_next next = ASL_GO_ON;

    while (asl_more(f, &next))
        next = asl_end(f, f->input);
    return next;
}

static const asl_state states[] = { { ASL_TEXT("P"), ASL_TYPE_PASS, ASL_ROLE_ENTRY, 0,
                                      NULL } };
static const asl_scope scope = { states, 1, 0, NULL, dispatch, 0, NULL, 0 };
static const asl_machine machine = { "pass", &scope, 0, false, "{\"x\":1}\n", 8, NULL };
static const asl_machine *const machines[] = { &machine, NULL };
static const asl_program_def program = { .machines = machines };

/* Runs asl_main with ARGS (NULL at the end) in a child; its status.  Its stdout and
 * stderr are in OUT. */
static int run_main(char *const *args, char *out, size_t size)
{
    char name[] = "check_cli.XXXXXX";
    int fd = mkstemp(name), argc = 0, status;

    unlink(name);
    while (args[argc] != NULL)
        argc++;
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        _exit(asl_main(argc, (char **)(uintptr_t)args, &program));
    }
    waitpid(pid, &status, 0);
    ssize_t n = pread(fd, out, size - 1, 0);
    out[n > 0 ? n : 0] = '\0';
    close(fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_run(int status, const char *wanted, char *const *args)
{
    char out[8192];

    ck_assert_int_eq(run_main(args, out, sizeof out), status);
    ck_assert_str_eq(out, wanted);
}

#define A(text) ((char[]){ text })

START_TEST(the_input_defaults_to_an_empty_object)
{
    check_run(0, "{}\n", ((char *[]){ A("dir/wf"), NULL }));
    check_run(0, "{}\n", ((char *[]){ A("dir/wf"), A("run"), NULL }));
}
END_TEST

START_TEST(values_come_behind_a_space_or_an_equals_sign)
{
    check_run(0, "[1.0]\n",
              ((char *[]){ A("wf"), A("--input-json"), A("[1.0]"), NULL }));
    check_run(0, "[1.0]\n", ((char *[]){ A("wf"), A("--input-json=[1.0]"), NULL }));
}
END_TEST

START_TEST(bad_input_is_named_with_its_place)
{
    check_run(2, "wf: --input-json:1:4: unexpected ']'\n",
              ((char *[]){ A("wf"), A("--input-json"), A("[1,]"), NULL }));
    check_run(2, "wf: no-such: No such file or directory\n",
              ((char *[]){ A("wf"), A("--input"), A("no-such"), NULL }));
}
END_TEST

START_TEST(wrong_usage_is_status_2)
{
    check_run(2, "wf: unknown option --bogus (see --help)\n",
              ((char *[]){ A("wf"), A("--bogus=1"), NULL }));
    check_run(2, "wf: serve: not built yet\n",
              ((char *[]){ A("wf"), A("serve"), NULL }));
    check_run(2, "wf: --store: not built yet\n",
              ((char *[]){ A("wf"), A("--store=x"), NULL }));
    check_run(2, "wf: --workers wants a number from 1 to 4096, not \"0\"\n",
              ((char *[]){ A("wf"), A("--workers"), A("0"), NULL }));
}
END_TEST

START_TEST(each_line_has_its_result)
{
    check_run(0, "1\n{\"a\":2}\n",
              ((char *[]){ A("wf"), A("--each"), A("--input-json"),
                           A("1\n\n{\"a\": 2}"), NULL }));
    check_run(
        2, "1\nwf: --input-json:2:1: unexpected ']'\n",
        ((char *[]){ A("wf"), A("--each"), A("--input-json"), A("1\n]\n3"), NULL }));
}
END_TEST

START_TEST(definition_prints_the_text)
{
    check_run(0, "{\"x\":1}\n", ((char *[]){ A("wf"), A("definition"), NULL }));
}
END_TEST

START_TEST(what_cannot_be_written_is_status_5)
{
    check_run(5, "wf: cannot write the output: No space left on device\n",
              ((char *[]){ A("wf"), A("--output"), A("/dev/full"), NULL }));
    check_run(5, "{}\nwf: cannot write the history: No space left on device\n",
              ((char *[]){ A("wf"), A("--history"), A("/dev/full"), NULL }));
}
END_TEST

START_TEST(output_replaces_the_file_when_it_is_complete)
{
    char name[] = "check_cli_out.XXXXXX", text[16] = "";
    struct stat st;
    int fd = mkstemp(name);

    ck_assert_int_eq(fchmod(fd, 0640), 0);
    close(fd);
    check_run(0, "", ((char *[]){ A("wf"), A("--output"), name, NULL }));
    fd = open(name, O_RDONLY);
    ck_assert_int_eq(read(fd, text, sizeof text - 1), 3);
    ck_assert_str_eq(text, "{}\n");
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0640);
    close(fd);
    unlink(name);
}
END_TEST

START_TEST(numbers_have_units_and_times_two_forms)
{
    char *args[] = { A("wf"),
                     A("--max-memory=3K"),
                     A("--max-output"),
                     A("2g"),
                     A("--start-time=1.5"),
                     A("--time-scale=0"),
                     A("--seed=7"),
                     NULL };
    struct asl__cli_options o;

    ck_assert(asl__cli_read_options(&o, "wf", 7, args));
    ck_assert_uint_eq(o.max_memory, 3072);
    ck_assert_uint_eq(o.max_output, UINT64_C(2) << 30);
    ck_assert_int_eq(o.start_time, 1500000);
    ck_assert(o.seeded && o.seed == 7 && o.time_scale == 0);
    args[4] = A("--start-time=1970-01-01T00:00:02Z");
    ck_assert(asl__cli_read_options(&o, "wf", 7, args));
    ck_assert_int_eq(o.start_time, 2000000);
}
END_TEST

/* ---- the history ---------------------------------------------------------------- */

static void count_calls(void *user)
{
    ++*(int *)user;
}

static long size_of(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 ? (long)st.st_size : -1;
}

static void write_text(struct asl__cli_history *h, const char *text)
{
    h->history.write(&h->history, text, strlen(text), 1);
}

START_TEST(history_lines_are_gathered)
{
    char name[] = "check_cli_history.XXXXXX", line[1001];
    struct asl__cli_history h;
    int calls = 0;

    close(mkstemp(name));
    memset(line, 'x', 999);
    memcpy(line + 999, "\n", 2);
    ck_assert(asl__cli_history_open(&h, name));
    h.user = &calls;
    h.dirty = count_calls;
    for (int i = 0; i < 3; i++)
        write_text(&h, line);
    ck_assert_int_eq(size_of(name), 0);
    ck_assert_int_eq(calls, 1); /* who has been told need not be told again */
    h.history.flush(&h.history);
    ck_assert_int_eq(size_of(name), 3000);
    write_text(&h, line);
    ck_assert_int_eq(calls, 1); /* and has not come yet */
    asl__cli_history_flush(&h);
    ck_assert_int_eq(size_of(name), 4000);
    for (int i = 0; i < 40; i++)
        write_text(&h, line);
    ck_assert_int_eq(size_of(name), 37000); /* as soon as there are 32 KB */
    ck_assert_int_eq(calls, 2);
    ck_assert_int_eq(asl__cli_history_close(&h), 0);
    ck_assert_int_eq(size_of(name), 44000);
    unlink(name);
}
END_TEST

START_TEST(history_lines_lost_are_an_error)
{
    struct asl__cli_history h;

    ck_assert(asl__cli_history_open(&h, "/dev/null"));
    write_text(&h, "{}\n");
    h.history.write(&h.history, NULL, 0, 1);
    ck_assert_int_eq(asl__cli_history_close(&h), ENOMEM);
}
END_TEST

/* Whether --time-scale takes TEXT. */
static bool takes_scale(const char *text, double wanted)
{
    char option[64], *args[] = { A("wf"), option, NULL };
    struct asl__cli_options o;

    snprintf(option, sizeof option, "--time-scale=%s", text);
    return asl__cli_read_options(&o, "wf", 2, args) && o.time_scale == wanted;
}

START_TEST(fractions_have_the_forms_of_strtod)
{
    static const char *const bad[] = { "",   ".",     "+",   "-",   "1e", "1e+",
                                       "e5", "1.2.3", "+-1", "--1", "1 ", "1e400",
                                       "-1", "0x1",   "nan", "1,5" };

    ck_assert(takes_scale("2", 2) && takes_scale("+2.5", 2.5) &&
              takes_scale(".5", 0.5));
    ck_assert(takes_scale("5.", 5) && takes_scale("1e3", 1000) &&
              takes_scale("007", 7));
    ck_assert(takes_scale("2.5E-1", 0.25) && takes_scale("1e+2", 100));
    ck_assert(takes_scale("0.1", 0.1) && takes_scale("-0", 0));
    for (size_t i = 0; i < ASL__COUNT_OF(bad); i++)
        ck_assert_msg(!takes_scale(bad[i], 0), "%s", bad[i]);
}
END_TEST

/* ---- embedding ----------------------------------------------------------------- */

static void on_end(asl_running *running, const asl_result *result, void *user)
{
    (void)running;
    *(enum asl_status *)user = result->status;
}

START_TEST(a_program_can_be_embedded)
{
    char why[128];
    asl_program *p = asl_program_new(&program, NULL, why, sizeof why);
    asl_region *region = asl_region_new();
    enum asl_status seen = ASL_STATUS_NOT_STARTED;
    asl_result result;

    ck_assert_msg(p != NULL, "%s", why);
    ck_assert(asl_run(p, NULL, asl_input_text("[1, 2]", 6), region, &result));
    ck_assert_str_eq(asl_result_text(region, &result), "[1,2]");
    ck_assert(!asl_run(p, NULL, asl_input_text("[1, 2", 5), region, &result));
    ck_assert_int_eq(result.status, ASL_STATUS_NOT_STARTED);
    ck_assert(!asl_run(p, "nope", asl_input_value(asl_null()), region, &result));
    asl_running *running = asl_start(p, "pass", asl_input_value(asl_integer(3)), on_end,
                                     &seen, why, sizeof why);
    ck_assert_msg(running != NULL, "%s", why);
    asl_wait(running, region, &result);
    ck_assert_str_eq(asl_result_text(region, &result), "3");
    ck_assert_int_eq(seen, ASL_STATUS_SUCCEEDED);
    asl_release(running);
    asl_region_free(region);
    asl_program_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli");
    TCase *cli = tcase_create("cli"), *embed = tcase_create("embedding");

    tcase_add_test(cli, the_input_defaults_to_an_empty_object);
    tcase_add_test(cli, values_come_behind_a_space_or_an_equals_sign);
    tcase_add_test(cli, bad_input_is_named_with_its_place);
    tcase_add_test(cli, wrong_usage_is_status_2);
    tcase_add_test(cli, each_line_has_its_result);
    tcase_add_test(cli, definition_prints_the_text);
    tcase_add_test(cli, what_cannot_be_written_is_status_5);
    tcase_add_test(cli, output_replaces_the_file_when_it_is_complete);
    tcase_add_test(cli, numbers_have_units_and_times_two_forms);
    tcase_add_test(cli, history_lines_are_gathered);
    tcase_add_test(cli, history_lines_lost_are_an_error);
    tcase_add_test(cli, fractions_have_the_forms_of_strtod);
    tcase_add_test(embed, a_program_can_be_embedded);
    suite_add_tcase(suite, cli);
    suite_add_tcase(suite, embed);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
