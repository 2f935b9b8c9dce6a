/* Bindings that run a child process. */
#include "value/base.h"

#include "fake_sched.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#define ARN "arn:aws:lambda:us-east-1:123456789012:function:f"

extern const asl_module asl_module_exec;

struct world {
    asl_task task;
    const asl_task *tasks[2];
    const asl_module *modules[2];
    asl_program_def program;
    asl__taskset *set;
};

static struct world *open_world(const char *binding)
{
    struct world *w = calloc(1, sizeof *w);
    struct asl__buf file = ASL__BUF_INIT;

    w->task = lambda_task(ARN, "f");
    w->tasks[0] = &w->task;
    w->modules[0] = &asl_module_exec;
    w->program.tasks = w->tasks;
    w->program.modules = w->modules;
    asl__buf_printf(&file, "{\"tasks\":{\"f\":%s}}", binding);
    w->set = make_set(&w->program, asl__buf_cstring(&file));
    asl__buf_free(&file);
    return w;
}

static void close_world(struct world *w)
{
    ck_assert(asl__taskset_free(w->set));
    free(w);
}

static void check_exec(const char *binding, const char *input, const char *wanted)
{
    struct world *w = open_world(binding);

    check_answer(w->set, &w->task, input, wanted);
    close_world(w);
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

START_TEST(the_input_goes_through_cat)
{
    check_exec("{\"exec\":[\"cat\"]}", "{\"a\":[1,2.50,\"\\u00e9\"]}",
               "{\"a\":[1,2.50,\"\xc3\xa9\"]}");
}
END_TEST

START_TEST(stdin_can_be_opened_by_name)
{
    check_exec("{\"exec\":[\"cat\",\"/dev/stdin\"]}", "[1]", "[1]");
}
END_TEST

START_TEST(no_output_is_null)
{
    check_exec("{\"exec\":[\"true\"]}", "{}", "null");
}
END_TEST

START_TEST(output_that_is_no_json_is_an_error)
{
    check_exec(
        "{\"exec\":[\"echo\",\"[1,]\"]}", "{}",
        "{\"Error\":\"States.TaskFailed\",\"Cause\":\"echo [1,]: its output is not "
        "JSON: line 1, column 4: unexpected ']'\"}");
}
END_TEST

START_TEST(the_end_of_stderr_is_the_cause)
{
    check_exec("{\"exec\":[\"sh\",\"-c\",\"echo no way >&2; exit 3\"]}", "{}",
               "{\"Error\":\"States.TaskFailed\",\"Cause\":\"no way\"}");
    check_exec("{\"exec\":[\"sh\",\"-c\",\"exit 3\"]}", "{}",
               "{\"Error\":\"States.TaskFailed\",\"Cause\":\"sh: exit status 3\"}");
}
END_TEST

START_TEST(an_error_object_names_the_error)
{
    check_exec(
        "{\"exec\":[\"sh\",\"-c\",\"echo '{\\\"errorType\\\":\\\"E\\\", "
        "\\\"errorMessage\\\":\\\"m\\\"}'; exit 1\"]}",
        "{}",
        "{\"Error\":\"E\",\"Cause\":\"{\\\"errorType\\\":\\\"E\\\",\\\"errorMessage"
        "\\\":\\\"m\\\"}\"}");
    check_exec(
        "{\"exec\":[\"sh\",\"-c\",\"echo log >&2; echo '{\\\"Error\\\":\\\"E\\\", "
        "\\\"Cause\\\":\\\"c\\\"}' >&2; exit 1\"]}",
        "{}", "{\"Error\":\"E\",\"Cause\":\"c\"}");
}
END_TEST

START_TEST(a_signal_is_named)
{
    check_exec("{\"exec\":[\"sh\",\"-c\",\"kill -9 $$\"]}", "{}",
               "{\"Error\":\"States.TaskFailed\",\"Cause\":\"sh: killed by signal 9 "
               "(Killed)\"}");
}
END_TEST

START_TEST(what_cannot_start_says_why)
{
    check_exec(
        "{\"exec\":[\"/no/such\"]}", "{}",
        "{\"Error\":\"States.TaskFailed\",\"Cause\":\"/no/such: cannot be started: "
        "No such file or directory\"}");
}
END_TEST

START_TEST(env_and_cwd_are_set)
{
    check_exec("{\"exec\":[\"sh\",\"-c\",\"echo \\\"\\\\\\\"$X $PWD\\\\\\\"\\\"\"],"
               "\"env\":{\"X\":\"y\"},\"cwd\":\"/tmp\"}",
               "{}", "\"y /tmp\"");
}
END_TEST

START_TEST(ten_megabytes_in_and_out)
{
    struct world *w = open_world("{\"exec\":[\"cat\"]}");
    size_t len = 10 << 20;
    char *text = malloc(len + 3);

    text[0] = '"';
    memset(text + 1, 'x', len);
    text[len + 1] = '"';
    text[len + 2] = '\0';
    check_answer(w->set, &w->task, text, text);
    free(text);
    close_world(w);
}
END_TEST

START_TEST(input_nobody_reads_does_no_harm)
{
    struct world *w = open_world("{\"exec\":[\"echo\",\"1\"]}");
    size_t len = 1 << 20;
    char *text = malloc(len + 1);

    memset(text, ' ', len);
    text[0] = '1';
    text[len] = '\0';
    check_answer(w->set, &w->task, text, "1");
    free(text);
    close_world(w);
}
END_TEST

START_TEST(too_much_output_ends_the_child)
{
    struct world *w = open_world("{\"exec\":[\"yes\"]}");

    check_answer(
        w->set, &w->task, "{}",
        "{\"Error\":\"States.TaskFailed\",\"Cause\":\"yes: its output is longer "
        "than 67108864 bytes (--max-output)\"}");
    close_world(w);
}
END_TEST

START_TEST(cancelling_kills_the_group)
{
    struct world *w = open_world(
        "{\"exec\":[\"sh\",\"-c\",\"sleep 1000 & echo $! >check_exec.pid; wait\"]}");
    struct fake_call f;
    int pid = 0;

    unlink("check_exec.pid");
    fake_start(&f, w->set, &w->task, "{}");
    ck_assert_int_eq(f.started, ASL__CALL_PENDING);
    for (int i = 0; i < 500 && pid == 0; i++) {
        FILE *file = fopen("check_exec.pid", "r");
        if (file != NULL) {
            if (fscanf(file, "%d", &pid) != 1)
                pid = 0;
            fclose(file);
        }
        usleep(10000);
    }
    unlink("check_exec.pid");
    ck_assert_int_gt(pid, 0);
    f.call.cancel(&f.call);
    fake_discard(&f);
    for (int i = 0; i < 500 && kill(pid, 0) == 0; i++) {
        char path[64], state[256] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *file = fopen(path, "r");
        if (file != NULL) {
            size_t n = fread(state, 1, sizeof state - 1, file);
            state[n] = '\0';
            fclose(file);
        }
        if (strstr(state, ") Z") != NULL) /* dead; whose child it is now reaps it */
            break;
        ck_assert_int_lt(i, 499);
        usleep(10000);
    }
    close_world(w);
}
END_TEST

START_TEST(many_at_once_and_no_descriptor_is_left)
{
    int before = open_descriptors();
    struct world *w = open_world("{\"exec\":[\"cat\"]}");
    enum { N = 600 };
    struct fake_call *f = calloc(N, sizeof *f);

    for (int i = 0; i < N; i++)
        fake_start(&f[i], w->set, &w->task, "[7]");
    for (int i = 0; i < N; i++) {
        if (i % 7 == 3) {
            f[i].call.cancel(&f[i].call);
            fake_discard(&f[i]);
            continue;
        }
        char *text = fake_take(&f[i]);
        ck_assert_str_eq(text, "[7]");
        free(text);
    }
    free(f);
    close_world(w);
    ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

START_TEST(max_bounds_calls_at_once)
{
    struct world *w =
        open_world("{\"exec\":[\"sh\",\"-c\",\"mkdir check_exec.d && sleep "
                   "0.02 && rmdir check_exec.d && echo 1\"],\"max\":1}");
    struct fake_call f[8];

    rmdir("check_exec.d");
    for (int i = 0; i < 8; i++)
        fake_start(&f[i], w->set, &w->task, "{}");
    f[6].call.cancel(&f[6].call);
    fake_discard(&f[6]);
    for (int i = 0; i < 8; i++) {
        if (i == 6)
            continue;
        char *text = fake_take(&f[i]);
        ck_assert_str_eq(text, "1");
        free(text);
    }
    close_world(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exec");
    TCase *results = tcase_create("results"), *running = tcase_create("running");

    tcase_add_test(results, the_input_goes_through_cat);
    tcase_add_test(results, stdin_can_be_opened_by_name);
    tcase_add_test(results, no_output_is_null);
    tcase_add_test(results, output_that_is_no_json_is_an_error);
    tcase_add_test(results, the_end_of_stderr_is_the_cause);
    tcase_add_test(results, an_error_object_names_the_error);
    tcase_add_test(results, a_signal_is_named);
    tcase_add_test(results, what_cannot_start_says_why);
    tcase_add_test(running, env_and_cwd_are_set);
    tcase_add_test(running, ten_megabytes_in_and_out);
    tcase_add_test(running, input_nobody_reads_does_no_harm);
    tcase_add_test(running, too_much_output_ends_the_child);
    tcase_add_test(running, cancelling_kills_the_group);
    tcase_add_test(running, many_at_once_and_no_descriptor_is_left);
    tcase_add_test(running, max_bounds_calls_at_once);
    tcase_set_timeout(running, 60);
    suite_add_tcase(suite, results);
    suite_add_tcase(suite, running);
    return run_suite(suite);
}
