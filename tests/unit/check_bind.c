/* How Resources find what answers them, and C handlers. */
#include "value/base.h"

#include "fake_sched.h"

#include <aslrt/cjson.h>
#include <unistd.h>

#define ARN(name) "arn:aws:lambda:us-east-1:123456789012:function:" name
#define ENOUGH 8

struct world {
    asl_task task[ENOUGH];
    const asl_task *tasks[ENOUGH + 1];
    asl_program_def program;
    asl__taskset *set;
};

/* COUNT tasks, copied from TASKS, with the bindings of FILE. */
static struct world *open_world(const char *file, size_t count, const asl_task *tasks)
{
    struct world *w = calloc(1, sizeof *w);

    for (size_t i = 0; i < count; i++) {
        w->task[i] = tasks[i];
        w->task[i].index = (uint32_t)i;
        w->tasks[i] = &w->task[i];
    }
    w->program.tasks = w->tasks;
    w->set = make_set(&w->program, file);
    return w;
}

static void close_world(struct world *w)
{
    ck_assert(asl__taskset_free(w->set));
    free(w);
}

/* ---- lookup -------------------------------------------------------------------- */

#define RETURN(text) "{\"mock\":{\"return\":\"" text "\"}}"

START_TEST(the_exact_key_wins_then_the_longest_pattern)
{
    asl_task tasks[] = { lambda_task(ARN("alpha"), "alpha"),
                         lambda_task(ARN("alphabet"), "alphabet"),
                         lambda_task(ARN("beta"), "beta"),
                         lambda_task(ARN("gamma:7"), "gamma"),
                         lambda_task(ARN("delta"), "delta") };
    struct world *w = open_world(
        "{\"tasks\":{\"*\":" RETURN("any") ",\"al*\":" RETURN("al") ",\"alpha*\":" RETURN("alpha*") ",\"alpha\":" RETURN(
            "exact") ",\"" ARN("gamma:7") "\":" RETURN("arn") ",\"" ARN("delta") "\":" RETURN("delta") "}}",
        5, tasks);

    check_answer(w->set, &w->task[0], "{}", "\"exact\"");
    check_answer(w->set, &w->task[1], "{}", "\"alpha*\"");
    check_answer(w->set, &w->task[2], "{}", "\"any\"");
    check_answer(w->set, &w->task[3], "{}", "\"arn\"");
    check_answer(w->set, &w->task[4], "{}", "\"delta\"");
    close_world(w);
}
END_TEST

START_TEST(everything_unbound_is_listed)
{
    asl_task tasks[] = { lambda_task(ARN("a"), "a"), invoke_task("b"),
                         invoke_task(NULL) };
    const asl_task *list[] = { &tasks[0], &tasks[1], &tasks[2], NULL };
    asl_program_def program = { .tasks = list };
    asl__taskset_options options = { .program = &program };
    asl__taskset *set = asl__taskset_new(&options);
    struct asl__buf error = ASL__BUF_INIT;

    tasks[1].index = 1;
    tasks[2].index = 2;
    ck_assert(!asl__taskset_resolve(set, &error));
    ck_assert_ptr_nonnull(strstr(asl__buf_cstring(&error), "\n  " ARN("a") "\n"));
    ck_assert_ptr_nonnull(strstr(asl__buf_cstring(&error), "(FunctionName b)"));
    asl__buf_free(&error);
    ck_assert(asl__taskset_free(set));
}
END_TEST

START_TEST(an_unbound_call_fails)
{
    asl_task tasks[] = { lambda_task(ARN("a"), "a"), invoke_task(NULL) };
    struct world *w = open_world(NULL, 2, tasks);

    check_answer(
        w->set, &w->task[0], "{}",
        "{\"Error\":\"States.TaskFailed\",\"Cause\":\"no binding for " ARN("a") "\"}");
    check_answer(w->set, &w->task[1], "{\"FunctionName\":\"x\"}",
                 "{\"Error\":\"States.TaskFailed\",\"Cause\":\"no binding for "
                 "arn:aws:states:::lambda:invoke (x)\"}");
    close_world(w);
}
END_TEST

/* ---- states:::lambda:invoke ----------------------------------------------------- */

static void check_payload(const char *parameters, const char *payload)
{
    asl_task tasks[] = { invoke_task(NULL) };
    struct world *w =
        open_world("{\"tasks\":{\"f\":{\"mock\":{\"echo\":true}}}}", 1, tasks);
    struct fake_call f;

    fake_start(&f, w->set, &w->task[0], parameters);
    asl_value v = f.call.take(&f.call, &f.frame.region);
    struct asl__buf buf = ASL__BUF_INIT;
    asl__print(&buf, asl_get(v, "Payload"));
    ck_assert_str_eq(asl__buf_cstring(&buf), payload);
    ck_assert(asl_same_text(asl_get(v, "ExecutedVersion"), asl_str("$LATEST")));
    ck_assert_double_eq(asl_to_double(asl_get(v, "StatusCode")), 200);
    asl_value http = asl_get(v, "SdkHttpMetadata");
    asl_value header = asl_get(asl_get(http, "HttpHeaders"), "Content-Length");
    ck_assert_int_eq(atol(asl_text(&header)), (long)strlen(payload));
    asl__buf_free(&buf);
    fake_release(&f);
    close_world(w);
}

START_TEST(by_name_the_payload_goes_in_and_the_envelope_comes_out)
{
    check_payload("{\"FunctionName\":\"f\",\"Payload\":{\"a\":1}}", "{\"a\":1}");
    check_payload("{\"FunctionName\":\"f:prod\"}", "{}");
    check_payload("{\"FunctionName\":\"" ARN("f") "\",\"Payload\":null}", "{}");
    check_payload("{\"FunctionName\":\"" ARN("f:3") "\",\"Payload\":\"0\"}", "0");
    check_payload("{\"FunctionName\":\"123456789012:function:f\",\"Payload\":\"text\"}",
                  "\"text\"");
}
END_TEST

/* The Date header of an answer given at NOW, microseconds, is what libc makes of it. */
static void check_date(int64_t now)
{
    asl_task tasks[] = { invoke_task(NULL) };
    struct world *w =
        open_world("{\"tasks\":{\"f\":{\"mock\":{\"echo\":true}}}}", 1, tasks);
    time_t seconds = (time_t)(now / 1000000);
    struct fake_call f;
    char wanted[64];
    struct tm tm;

    ck_assert_ptr_nonnull(gmtime_r(&seconds, &tm));
    strftime(wanted, sizeof wanted, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    fake_now = now;
    fake_start(&f, w->set, &w->task[0], "{\"FunctionName\":\"f\"}");
    asl_value v = f.call.take(&f.call, &f.frame.region);
    asl_value headers = asl_get(asl_get(v, "SdkHttpMetadata"), "HttpHeaders");
    asl_value date = asl_get(headers, "Date");
    ck_assert_uint_eq(asl_text_len(date), strlen(wanted));
    ck_assert_mem_eq(asl_text(&date), wanted, strlen(wanted));
    fake_release(&f);
    close_world(w);
}

START_TEST(the_date_is_that_of_http)
{
    int64_t before = fake_now;

    for (int64_t now = INT64_C(-86400000000); now < INT64_C(4102444800000000);
         now += INT64_C(39916801000000))
        check_date(now);
    check_date(INT64_C(951868799999999)); /* the last of a leap day */
    fake_now = before;
}
END_TEST

START_TEST(by_resource_the_parameters_go_in_and_the_answer_is_whole)
{
    asl_task tasks[] = { invoke_task("f") };
    struct world *w = open_world(
        "{\"tasks\":{\"arn:aws:states:::lambda:invoke\":{\"mock\":{\"echo\":true}}}}",
        1, tasks);

    check_answer(w->set, &w->task[0], "{\"FunctionName\":\"f\",\"Payload\":1}",
                 "{\"FunctionName\":\"f\",\"Payload\":1}");
    close_world(w);
}
END_TEST

/* ---- handlers ------------------------------------------------------------------- */

static asl_value double_it(asl_task_call *call, asl_value input)
{
    double n = asl_to_double(asl_get(input, "n"));

    if (n < 0)
        return asl_task_error(call, "Negative", "n is below zero");
    return asl_set(asl_task_region(call), asl_object(), asl_str("twice"),
                   asl_number(2 * n));
}

static asl_value slow(asl_task_call *call, asl_value input)
{
    (void)call;
    usleep(20000);
    return input;
}

static void *finish_later(void *user)
{
    asl_task_call *call = user;

    usleep(10000);
    asl_task_finish(call, asl_cstring(asl_task_region(call), asl_task_function(call)));
    return NULL;
}

static asl_value later(asl_task_call *call, asl_value input)
{
    pthread_t thread;

    (void)input;
    pthread_create(&thread, NULL, finish_later, call);
    pthread_detach(thread);
    return asl_undefined();
}

static cJSON *count_it(const cJSON *input, asl_cjson_error *error)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(input, "n");
    const cJSON *big = cJSON_GetObjectItemCaseSensitive(input, "big");

    if (n == NULL)
        return asl_cjson_fail(error, "No.N", "there is no %s", "n");
    cJSON *result = cJSON_CreateObject();
    cJSON_AddNumberToObject(result, "n", n->valuedouble + 1);
    cJSON_AddItemToObject(result, "list", cJSON_CreateStringReference("x"));
    if (big != NULL)
        cJSON_AddItemToObject(result, "big", cJSON_Duplicate(big, 1));
    return result;
}

ASL_TASK(double_it, double_it)
ASL_BLOCKING_TASK(slow, slow)
ASL_LATER_TASK(a_later, later)
ASL_CJSON_TASK(count_it, count_it)

static struct world *handlers(void)
{
    asl_task tasks[] = { lambda_task(ARN("double_it"), "double_it"),
                         lambda_task(ARN("slow"), "slow"),
                         lambda_task(ARN("a-later"), "a-later"),
                         lambda_task(ARN("count_it"), "count_it"), invoke_task(NULL) };

    tasks[0].handler = &asl_handler_double_it;
    tasks[1].handler = &asl_handler_slow;
    tasks[2].handler = &asl_handler_a_later;
    tasks[3].handler = &asl_handler_count_it;
    return open_world(NULL, 5, tasks);
}

static void wait_for_jobs(struct world *w)
{
    size_t jobs = 1;

    for (int i = 0; i < 5000 && jobs > 0; i++) {
        pthread_mutex_lock(asl__taskset_lock(w->set));
        jobs = asl__taskset_counts(w->set)->jobs;
        pthread_mutex_unlock(asl__taskset_lock(w->set));
        usleep(1000);
    }
}

START_TEST(a_plain_handler_answers_at_once)
{
    struct world *w = handlers();
    struct fake_call f;

    check_answer(w->set, &w->task[0], "{\"n\":21}", "{\"twice\":42}");
    check_answer(w->set, &w->task[0], "{\"n\":-1}",
                 "{\"Error\":\"Negative\",\"Cause\":\"n is below zero\"}");
    fake_start(&f, w->set, &w->task[0], "{\"n\":1}");
    ck_assert_int_eq(f.started, ASL__CALL_READY);
    fake_discard(&f);
    close_world(w);
}
END_TEST

START_TEST(blocking_handlers_run_side_by_side)
{
    struct world *w = handlers();
    struct fake_call f[40];

    for (int i = 0; i < 40; i++) {
        fake_start(&f[i], w->set, &w->task[1], "[\"the input is copied for them\"]");
        ck_assert_int_eq(f[i].started, ASL__CALL_PENDING);
    }
    for (int i = 0; i < 40; i++) {
        if (i % 3 == 0) {
            f[i].call.cancel(&f[i].call);
            fake_discard(&f[i]);
            continue;
        }
        char *text = fake_take(&f[i]);
        ck_assert_str_eq(text, "[\"the input is copied for them\"]");
        free(text);
    }
    wait_for_jobs(w);
    close_world(w);
}
END_TEST

START_TEST(a_handler_may_answer_later)
{
    struct world *w = handlers();
    struct fake_call f;

    check_answer(w->set, &w->task[2], "{}", "\"a-later\"");
    fake_start(&f, w->set, &w->task[2], "{}");
    f.call.cancel(&f.call);
    fake_discard(&f);
    ck_assert(!asl__taskset_free(w->set)); /* the late answer still needs it */
    wait_for_jobs(w);
    close_world(w);
}
END_TEST

START_TEST(max_bounds_handlers_too)
{
    asl_task tasks[] = { lambda_task(ARN("slow"), "slow") };
    struct world *w = open_world(NULL, 1, tasks);
    struct fake_call f[3];

    ck_assert(asl__taskset_register(w->set, "slow", &asl_handler_slow));
    struct asl__buf error = ASL__BUF_INIT;
    ck_assert(asl__taskset_resolve(w->set, &error));
    for (int i = 0; i < 3; i++)
        fake_start(&f[i], w->set, &w->task[0], "1");
    for (int i = 0; i < 3; i++) {
        char *text = fake_take(&f[i]);
        ck_assert_str_eq(text, "1");
        free(text);
    }
    close_world(w);
}
END_TEST

START_TEST(a_linked_handler_is_found_by_name_at_run_time)
{
    struct world *w = handlers();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[4],
               "{\"FunctionName\":\"double-it\",\"Payload\":{\"n\":2}}");
    asl_value v = f.call.take(&f.call, &f.frame.region);
    ck_assert_double_eq(asl_to_double(asl_get(asl_get(v, "Payload"), "twice")), 4);
    fake_release(&f);
    close_world(w);
}
END_TEST

START_TEST(cjson_handlers_keep_numbers)
{
    struct world *w = handlers();

    check_answer(w->set, &w->task[3], "{\"n\":1}", "{\"n\":2,\"list\":\"x\"}");
    check_answer(w->set, &w->task[3], "{\"n\":1,\"big\":12345678901234567890123}",
                 "{\"n\":2,\"list\":\"x\",\"big\":12345678901234567890123}");
    check_answer(w->set, &w->task[3], "{\"n\":1,\"big\":[9007199254740993,0.10]}",
                 "{\"n\":2,\"list\":\"x\",\"big\":[9007199254740993,0.1]}");
    check_answer(w->set, &w->task[3], "{}",
                 "{\"Error\":\"No.N\",\"Cause\":\"there is no n\"}");
    check_answer(
        w->set, &w->task[3], "{\"n\":\"\\u0000\"}",
        "{\"Error\":\"States.TaskFailed\",\"Cause\":\"the input has a string with a "
        "NUL character, which a cJSON handler cannot be given\"}");
    close_world(w);
}
END_TEST

/* ---- mistakes ------------------------------------------------------------------- */

static void check_bad(const char *file, const char *wanted)
{
    static const asl_program_def program;
    asl__taskset_options options = { .program = &program };
    asl__taskset *set = asl__taskset_new(&options);
    struct asl__buf error = ASL__BUF_INIT;

    ck_assert(!asl__taskset_load(set, "t.json", file, strlen(file), &error));
    ck_assert_str_eq(asl__buf_cstring(&error), wanted);
    asl__buf_free(&error);
    ck_assert(asl__taskset_free(set));
}

START_TEST(mistakes_are_named)
{
    check_bad("[]", "t.json: wants {\"tasks\": {KEY: BINDING, ...}}");
    check_bad("{\"tasks\":{},\"x\":1}", "t.json: unknown member \"x\"");
    check_bad("{\"tasks\":{\"f\":{\"mokc\":1}}}",
              "t.json: \"f\": a binding has no member \"mokc\"");
    check_bad("{\"tasks\":{\"f\":{\"http\":\"http://x\"}}}",
              "t.json: \"f\": http is not linked into this program: it needs --with http "
              "at build time");
    check_bad("{\"connections\":{}}",
              "t.json: \"connections\" need --with http at build time");
    check_bad("{\"connections\":[]}",
              "t.json: \"connections\" is an object of connections");
    check_bad(
        "{\"tasks\":{\"f\":{\"exec\":[\"x\"]}}}",
        "t.json: \"f\": exec is not linked into this program: it needs --with exec at "
        "build time");
    check_bad("{\"tasks\":{\"f\":{\"mock\":{\"return\":1},\"max\":0}}}",
              "t.json: \"f\": \"max\" wants a whole number from 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bind");
    TCase *lookup = tcase_create("lookup"), *called = tcase_create("handlers");

    tcase_add_test(lookup, the_exact_key_wins_then_the_longest_pattern);
    tcase_add_test(lookup, everything_unbound_is_listed);
    tcase_add_test(lookup, an_unbound_call_fails);
    tcase_add_test(lookup, by_name_the_payload_goes_in_and_the_envelope_comes_out);
    tcase_add_test(lookup, the_date_is_that_of_http);
    tcase_add_test(lookup, by_resource_the_parameters_go_in_and_the_answer_is_whole);
    tcase_add_test(lookup, mistakes_are_named);
    tcase_add_test(called, a_plain_handler_answers_at_once);
    tcase_add_test(called, blocking_handlers_run_side_by_side);
    tcase_add_test(called, a_handler_may_answer_later);
    tcase_add_test(called, max_bounds_handlers_too);
    tcase_add_test(called, a_linked_handler_is_found_by_name_at_run_time);
    tcase_add_test(called, cjson_handlers_keep_numbers);
    suite_add_tcase(suite, lookup);
    suite_add_tcase(suite, called);
    return run_suite(suite);
}
