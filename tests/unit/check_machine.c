/* The machine layer on hand-written scopes, as the compiler would emit them: transitions,
 * event ids, Wait on a virtual clock, Retry and Catch, Parallel and Map with one and two
 * workers, stopping, compaction. */
#include "value/base.h"

#include "machine/sched.h"

#include <check.h>

#define STATE(name_, type_, role_, entry_, policy_)                                    \
    { ASL_TEXT(name_), type_, role_, entry_, policy_ }

/* ---- a loop: counts $ up to a limit ------------------------------------------- */

enum { LOOP_MORE, LOOP_ADD, LOOP_DONE };

static const asl_state loop_states[] = {
    [LOOP_MORE] = STATE("More", ASL_TYPE_CHOICE, ASL_ROLE_ENTRY, LOOP_MORE, NULL),
    [LOOP_ADD] = STATE("Add", ASL_TYPE_PASS, ASL_ROLE_ENTRY, LOOP_ADD, NULL),
    [LOOP_DONE] = STATE("Done", ASL_TYPE_SUCCEED, ASL_ROLE_ENTRY, LOOP_DONE, NULL),
};

static asl_next loop_dispatch(asl_frame *f)
{
    asl_next next = ASL_GO_ON;
    static const asl_value keys[] = { ASL_TEXT("n"), ASL_TEXT("text") };

    while (asl_more(f, &next))
        switch (f->state) {
        case LOOP_MORE: {
            asl_value n = asl_get(f->input, "n");
            next = asl_goto(f, n.u.big.as.integer < 200000 ? LOOP_ADD : LOOP_DONE);
            break;
        }
        case LOOP_ADD: {
            asl_value n = asl_get(f->input, "n");
            asl_value text = asl_string(&f->region, "longer than what fits inline", 28);
            asl_value values[] = { asl_integer(n.u.big.as.integer + 1), text };
            next = asl_go(f, asl_record(&f->region, 2, keys, values), LOOP_MORE);
            break;
        }
        case LOOP_DONE:
            next = asl_end(f, f->input);
            break;
        }
    return next;
}

static const asl_scope loop_scope = { loop_states, 3, 0, NULL, loop_dispatch, 0, NULL, 0 };
static const asl_machine loop_machine = { "loop", &loop_scope, 0, false, "", 0, NULL };

/* ---- waits, errors ------------------------------------------------------------ */

enum { WAIT_ENTRY, WAIT_DONE, WAIT_FAIL };

static const asl_state wait_states[] = {
    [WAIT_ENTRY] = STATE("Wait", ASL_TYPE_WAIT, ASL_ROLE_ENTRY, WAIT_ENTRY, NULL),
    [WAIT_DONE] = STATE("Wait", ASL_TYPE_WAIT, ASL_ROLE_DONE, WAIT_ENTRY, NULL),
    [WAIT_FAIL] = STATE("Bad", ASL_TYPE_FAIL, ASL_ROLE_ENTRY, WAIT_FAIL, NULL),
};

/* Waits as many seconds as the input says; a negative number fails at once. */
static asl_next wait_dispatch(asl_frame *f)
{
    asl_next next = ASL_GO_ON;

    while (asl_more(f, &next))
        switch (f->state) {
        case WAIT_ENTRY:
            if (f->input.u.big.as.integer < 0)
                next = asl_goto(f, WAIT_FAIL);
            else
                next = asl_wait_seconds(f, f->input.u.big.as.integer, WAIT_DONE);
            break;
        case WAIT_DONE:
            next = asl_end(f, f->input);
            break;
        case WAIT_FAIL:
            next = asl_fail(f, asl_str("Bad"), asl_undefined());
            break;
        }
    return next;
}

static const asl_scope wait_scope = { wait_states, 3, 0, NULL, wait_dispatch, 0, NULL, 0 };
static const asl_machine wait_machine = { "wait", &wait_scope, 0, false, "", 0, NULL };
static const asl_machine hasty_machine = { "hasty", &wait_scope, 60, false, "", 0, NULL };

/* ---- a Map over waits, with Retry and Catch ----------------------------------- */

enum { MAP_ENTRY, MAP_DONE, MAP_CAUGHT };

static const asl_value bad_errors[] = { ASL_TEXT("Bad") };
static const asl_retry map_retry[] = { { bad_errors, 1, 10, 2, 0, 2.0, false } };
static const asl_catch map_catch[] = { { bad_errors, 1, MAP_CAUGHT } };
static const asl_policy map_policy = { map_retry, map_catch, 1, 1 };
static const asl_state map_states[] = {
    [MAP_ENTRY] = STATE("Map", ASL_TYPE_MAP, ASL_ROLE_ENTRY, MAP_ENTRY, &map_policy),
    [MAP_DONE] = STATE("Map", ASL_TYPE_MAP, ASL_ROLE_DONE, MAP_ENTRY, &map_policy),
    [MAP_CAUGHT] = STATE("Caught", ASL_TYPE_PASS, ASL_ROLE_ENTRY, MAP_CAUGHT, NULL),
};
static const asl_map map_map = { .scope = &wait_scope, .label = ASL_CONST_TAG(ASL_UNDEFINED) };

static asl_next map_dispatch(asl_frame *f)
{
    asl_next next = ASL_GO_ON;

    while (asl_more(f, &next))
        switch (f->state) {
        case MAP_ENTRY: {
            asl_value error = asl_map_open(f, &map_map, f->input, f->input, "$");
            next = asl_is_error(error) ? asl_raise(f, error) : asl_map_run(f, MAP_DONE);
            break;
        }
        case MAP_DONE:
            next = asl_end(f, f->result);
            break;
        case MAP_CAUGHT:
            next = asl_end(f, f->input);
            break;
        }
    return next;
}

static const asl_scope map_scope = { map_states, 3, 0, NULL, map_dispatch, 0, NULL, 0 };
static const asl_machine map_machine = { "map", &map_scope, 0, false, "", 0, NULL };

/* ---- running one -------------------------------------------------------------- */

struct outcome {
    enum asl__status status;
    uint64_t events;
    int64_t took; /* microseconds on the program's clock */
    char text[4096];
};

static char input_text[1 << 20];

static struct outcome run_with(const asl_machine *machine, const char *input,
                               unsigned workers, double scale, asl__history *history)
{
    asl__options options = { .workers = workers, .time_scale = scale, .start_time = 0,
                             .seed = 1, .seeded = true, .history = history };
    struct outcome o;
    asl_syntax_error error;
    asl__sched *s = asl__sched_new(&options);

    memset(input_text, 0, sizeof input_text);
    snprintf(input_text, sizeof input_text - ASL_PARSE_PADDING, "%s", input);
    asl__start start = { .machine = machine, .input = input_text,
                         .input_len = strlen(input_text) };
    asl_execution *e = asl__execution_new(s, &start, &error);
    ck_assert_msg(e != NULL, "%s", error.message);
    asl__execution_run(e);
    o.status = asl__execution_status(e);
    o.events = asl__execution_events(e);
    o.took = asl__sched_now(s);
    asl_region *r = asl_region_new();
    asl_value v = o.status == ASL__SUCCEEDED ? asl__execution_output(e)
                                             : asl__execution_error(e)->error;
    asl_value text = asl_to_json(r, v);
    snprintf(o.text, sizeof o.text, "%.*s", (int)asl_text_len(text), asl_text(&text));
    asl_region_free(r);
    asl__execution_free(e);
    asl__sched_free(s);
    return o;
}

static struct outcome run(const asl_machine *machine, const char *input, unsigned workers,
                          double scale)
{
    return run_with(machine, input, workers, scale, NULL);
}

START_TEST(a_long_loop_counts_its_events)
{
    struct outcome o = run(&loop_machine, "{\"n\":0}", 1, 1);

    ck_assert_int_eq(o.status, ASL__SUCCEEDED);
    ck_assert_str_eq(o.text, "{\"n\":200000,\"text\":\"longer than what fits inline\"}");
    /* Started, (Entered, Exited) of 400002 states, Succeeded */
    ck_assert_uint_eq(o.events, 2 + 2 * 400002);
}
END_TEST

START_TEST(a_year_passes_at_once_on_the_virtual_clock)
{
    struct outcome o = run(&wait_machine, "31536000", 1, 0);

    ck_assert_int_eq(o.status, ASL__SUCCEEDED);
    ck_assert_int_eq(o.took, INT64_C(31536000) * 1000000);
}
END_TEST

START_TEST(a_machine_times_out)
{
    struct outcome o = run(&hasty_machine, "61", 1, 0);

    ck_assert_int_eq(o.status, ASL__TIMED_OUT);
    ck_assert_int_eq(o.took, INT64_C(60) * 1000000);
    ck_assert_int_eq(run(&hasty_machine, "59", 1, 0).status, ASL__SUCCEEDED);
}
END_TEST

START_TEST(a_fail_without_cause_has_none)
{
    struct outcome o = run(&wait_machine, "-1", 1, 0);

    ck_assert_int_eq(o.status, ASL__FAILED);
    ck_assert_str_eq(o.text, "\"Bad\"");
}
END_TEST

START_TEST(results_are_in_item_order_whatever_the_timing)
{
    for (unsigned workers = 1; workers <= 4; workers++) {
        struct outcome o = run(&map_machine, "[3,0,2,1,0,5]", workers, 0);
        ck_assert_int_eq(o.status, ASL__SUCCEEDED);
        ck_assert_str_eq(o.text, "[3,0,2,1,0,5]");
        ck_assert_int_eq(o.took, 5000000);
    }
}
END_TEST

START_TEST(an_empty_map_gives_an_empty_array)
{
    struct outcome o = run(&map_machine, "[]", 2, 0);

    ck_assert_str_eq(o.text, "[]");
}
END_TEST

START_TEST(a_failing_iteration_stops_the_others_and_is_retried_and_caught)
{
    struct outcome o = run(&map_machine, "[1000,-1,1000]", 2, 0);

    ck_assert_int_eq(o.status, ASL__SUCCEEDED);
    ck_assert_str_eq(o.text, "{\"Error\":\"Bad\",\"Cause\":\"\"}");
    ck_assert_int_eq(o.took, 30000000); /* two delays: 10 s and 20 s; no wait of 1000 */
}
END_TEST

START_TEST(many_waits_cost_no_threads)
{
    static char text[300000];
    size_t n = 0;

    text[n++] = '[';
    for (int i = 0; i < 50000; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d", i ? "," : "", i % 7);
    text[n++] = ']';
    text[n] = 0;
    struct outcome o = run(&map_machine, text, 2, 0);
    ck_assert_int_eq(o.status, ASL__SUCCEEDED);
    ck_assert_int_eq(o.took, 6000000);
}
END_TEST

START_TEST(items_that_are_no_array_fail_the_map)
{
    struct outcome o = run(&map_machine, "7", 1, 0);

    ck_assert_int_eq(o.status, ASL__FAILED);
    ck_assert_str_eq(o.text, "\"States.Runtime\"");
}
END_TEST

/* ---- history ------------------------------------------------------------------ */

struct seen {
    asl__history history; /* first: for asl__options */
    uint64_t lines;       /* ids of lines are 1, 2, 3, ... */
    uint64_t flushed;     /* lines at the first flush */
    bool wrong;           /* a line that is not whole, or whose id is another one */
    size_t len;
    char text[2048]; /* the first lines */
};

static void see(asl__history *base, const char *data, size_t len, size_t count)
{
    struct seen *seen = (struct seen *)(void *)base;
    const char *at = data, *end = data + len;

    for (; at < end && count > 0; count--) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        const char *id = memmem(at, (size_t)(end - at), "\"id\":", 5);
        seen->wrong |= next == NULL || id == NULL ||
                       strtoull(id + 5, NULL, 10) != ++seen->lines;
        at = next == NULL ? end : next + 1;
    }
    seen->wrong |= at != end || count != 0;
    if (len < sizeof seen->text - seen->len) {
        memcpy(seen->text + seen->len, data, len);
        seen->len += len;
    }
}

static void note_flush(asl__history *base)
{
    struct seen *seen = (struct seen *)(void *)base;

    if (seen->flushed == 0) /* of one worker: nobody else writes */
        seen->flushed = seen->lines;
}

START_TEST(a_history_has_a_line_for_each_event)
{
    static const char wanted[] =
        "{\"timestamp\":0.000,\"type\":\"ExecutionStarted\",\"id\":1,"
        "\"previousEventId\":0,\"executionStartedEventDetails\":{\"input\":\"1\","
        "\"inputDetails\":{\"truncated\":false},"
        "\"roleArn\":\"arn:aws:iam::123456789012:role/wait\"}}\n"
        "{\"timestamp\":0.000,\"type\":\"WaitStateEntered\",\"id\":2,"
        "\"previousEventId\":0,\"stateEnteredEventDetails\":{\"name\":\"Wait\","
        "\"input\":\"1\",\"inputDetails\":{\"truncated\":false}}}\n"
        "{\"timestamp\":1.000,\"type\":\"WaitStateExited\",\"id\":3,"
        "\"previousEventId\":2,\"stateExitedEventDetails\":{\"name\":\"Wait\","
        "\"output\":\"1\",\"outputDetails\":{\"truncated\":false}}}\n"
        "{\"timestamp\":1.000,\"type\":\"ExecutionSucceeded\",\"id\":4,"
        "\"previousEventId\":3,\"executionSucceededEventDetails\":{\"output\":\"1\","
        "\"outputDetails\":{\"truncated\":false}}}\n";
    struct seen seen = { .history = { .write = see } };

    run_with(&wait_machine, "1", 1, 0, &seen.history);
    seen.text[seen.len] = '\0';
    ck_assert_str_eq(seen.text, wanted);
    ck_assert(!seen.wrong);
}
END_TEST

START_TEST(history_ids_come_in_order)
{
    struct seen loop = { .history = { .write = see } }, map = { .history = { .write = see } };
    struct outcome o = run_with(&loop_machine, "{\"n\":199000}", 1, 1, &loop.history);

    ck_assert_uint_eq(o.events, 2 + 2 * 2002);
    ck_assert_uint_eq(loop.lines, o.events);
    ck_assert(!loop.wrong);
    o = run_with(&map_machine, "[3,1,2,0,0,2,1,3]", 2, 1000, &map.history);
    ck_assert_int_eq(o.status, ASL__SUCCEEDED);
    /* The Map: 6; Started, Entered, Exited, Succeeded of each item */
    ck_assert_uint_eq(o.events, 6 + 8 * 4);
    ck_assert_uint_eq(map.lines, o.events);
    ck_assert(!map.wrong);
}
END_TEST

START_TEST(what_has_happened_is_flushed_before_a_wait)
{
    struct seen seen = { .history = { .write = see, .flush = note_flush } };

    run_with(&wait_machine, "1", 1, 50, &seen.history);
    ck_assert_uint_eq(seen.flushed, 2); /* Started, Entered */
    ck_assert_uint_eq(seen.lines, 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machine");
    TCase *t = tcase_create("machine");

    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_long_loop_counts_its_events);
    tcase_add_test(t, a_year_passes_at_once_on_the_virtual_clock);
    tcase_add_test(t, a_machine_times_out);
    tcase_add_test(t, a_fail_without_cause_has_none);
    tcase_add_test(t, results_are_in_item_order_whatever_the_timing);
    tcase_add_test(t, an_empty_map_gives_an_empty_array);
    tcase_add_test(t, a_failing_iteration_stops_the_others_and_is_retried_and_caught);
    tcase_add_test(t, many_waits_cost_no_threads);
    tcase_add_test(t, items_that_are_no_array_fail_the_map);
    tcase_add_test(t, a_history_has_a_line_for_each_event);
    tcase_add_test(t, history_ids_come_in_order);
    tcase_add_test(t, what_has_happened_is_flushed_before_a_wait);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
