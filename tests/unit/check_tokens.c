/* Tasks that are answered by their token or by an activity's worker: who is first decides, and
 * each call ends exactly once. */
#include "value/base.h"

#include "fake_sched.h"

#include "task/tokens.h"

#define SENT "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
#define JOB "arn:aws:states:::batch:submitJob.sync"
#define ACTIVITY "arn:aws:states:us-east-1:123456789012:activity:work"

enum { SEND, RUN_JOB, WORK, TASKS };

struct world {
    asl_task task[TASKS];
    const asl_task *tasks[TASKS + 1];
    asl_program_def program;
    asl__taskset *set;
    asl__tokens *tokens;
};

/* What a submission under way has been started with. */
static asl_task_call *under_way;

static asl_value keep(asl_task_call *call, asl_value input)
{
    if (!asl_is_undefined(asl_get(input, "now")))
        return asl_get(input, "now");
    if (!asl_is_undefined(asl_get(input, "fail")))
        return asl_task_error(call, "No", "sorry");
    under_way = call;
    return asl_undefined();
}

static const asl_handler keeps = { "keep", keep, 0, 0, ASL_HANDLER_LATER };

static struct world *open_world(void)
{
    static const asl_task tasks[TASKS] = {
        [SEND] = { .kind = ASL_TASK_SERVICE, .pattern = ASL_WAIT_FOR_TASK_TOKEN },
        [RUN_JOB] = { .kind = ASL_TASK_SERVICE, .pattern = ASL_SYNC },
        [WORK] = { .kind = ASL_TASK_ACTIVITY }
    };
    static const char *const resources[] = { SENT, JOB, ACTIVITY };
    struct world *w = calloc(1, sizeof *w);

    for (uint32_t i = 0; i < TASKS; i++) {
        w->task[i] = tasks[i];
        w->task[i].index = i;
        w->task[i].state = asl_str("State");
        w->task[i].resource = asl_string_in(resources[i], strlen(resources[i]));
        w->tasks[i] = &w->task[i];
    }
    w->program.tasks = w->tasks;
    asl__taskset_options options = { .program = &w->program, .answered = true };
    struct asl__buf error = ASL__BUF_INIT;
    w->set = asl__taskset_new(&options);
    w->tokens = asl__taskset_tokens(w->set);
    ck_assert(asl__taskset_register(w->set, SENT, &keeps));
    ck_assert(asl__taskset_register(w->set, JOB, &keeps));
    ck_assert_msg(asl__taskset_resolve(w->set, &error), "%s", asl__buf_cstring(&error));
    return w;
}

static void close_world(struct world *w)
{
    ck_assert(asl__taskset_free(w->set));
    free(w);
}

static void finish_submission(asl_value reply)
{
    asl_task_call *call = under_way;

    under_way = NULL;
    asl_task_finish(call, reply);
}

static asl__piece piece(const char *text)
{
    return (asl__piece){ text, strlen(text) };
}

static const char *token_of(const struct fake_call *f)
{
    static char text[ASL__TOKEN_SIZE];

    asl__token_print(NULL, f->call.token, text);
    return text;
}

static enum asl__answered succeed(struct world *w, const char *token, const char *output)
{
    asl_syntax_error error;

    return asl__token_success(w->tokens, piece(token), piece(output), &error);
}

static void check_result(struct fake_call *f, const char *wanted)
{
    char *text = fake_take(f);

    ck_assert_str_eq(text, wanted);
    free(text);
}

/* The submission of F, which must have been told of, is replied with WANTED. */
static void check_reply(struct fake_call *f, const char *wanted)
{
    struct asl__buf buf = ASL__BUF_INIT;
    asl_value reply = f->call.submission(&f->call, &f->frame.region);

    asl__print(&buf, reply);
    ck_assert_str_eq(asl__buf_cstring(&buf), wanted);
    asl__buf_free(&buf);
}

START_TEST(the_reply_is_not_the_result)
{
    struct world *w = open_world();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[SEND], "{}");
    ck_assert_int_eq(f.started, ASL__CALL_PENDING);
    finish_submission(asl_integer(1));
    ck_assert_int_eq(f.submitted, 1);
    ck_assert(!f.ready);
    check_reply(&f, "1");
    ck_assert_int_eq(succeed(w, token_of(&f), "[2.50]"), ASL__ANSWERED);
    check_result(&f, "[2.50]");
    close_world(w);
}
END_TEST

START_TEST(a_reply_that_is_there_at_once)
{
    struct world *w = open_world();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[SEND], "{\"now\":7}");
    if (f.started == ASL__CALL_PENDING)
        ck_assert_int_eq(f.submitted, 1);
    else
        ck_assert_int_eq(f.started, ASL__CALL_SUBMITTED);
    f.started = ASL__CALL_PENDING;
    check_reply(&f, "7");
    ck_assert_int_eq(asl__token_failure(w->tokens, piece(token_of(&f)), asl_str("E"),
                                        asl_undefined()),
                     ASL__ANSWERED);
    check_result(&f, "{\"Error\":\"E\"}");
    close_world(w);
}
END_TEST

START_TEST(an_answer_may_come_before_the_reply)
{
    struct world *w = open_world();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[SEND], "{}");
    ck_assert_int_eq(succeed(w, token_of(&f), "true"), ASL__ANSWERED);
    check_result(&f, "true");
    finish_submission(asl_integer(1)); /* nobody wants it any more */
    ck_assert_int_eq(f.submitted, 0);
    close_world(w);
}
END_TEST

START_TEST(only_the_first_answer_is_taken)
{
    struct world *w = open_world();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[SEND], "{}");
    const char *token = token_of(&f);
    ck_assert_int_eq(succeed(w, token, "{"), ASL__ANSWER_BAD_OUTPUT);
    ck_assert_int_eq(asl__token_heartbeat(w->tokens, piece(token)), ASL__ANSWERED);
    ck_assert_int_eq(f.heartbeats, 1);
    ck_assert_int_eq(succeed(w, token, "1"), ASL__ANSWERED);
    ck_assert_int_eq(succeed(w, token, "2"), ASL__ANSWER_LATE);
    ck_assert_int_eq(asl__token_heartbeat(w->tokens, piece(token)), ASL__ANSWER_LATE);
    ck_assert_int_eq(succeed(w, "x", "2"), ASL__ANSWER_BAD_TOKEN);
    ck_assert_int_eq(succeed(w, "000000000000000000000000000000000000000000999999999", "2"),
                     ASL__ANSWER_BAD_TOKEN);
    ck_assert_int_eq(succeed(w, "000000000000000000000000000000000000000999999999", "2"),
                     ASL__ANSWER_FOREIGN);
    check_result(&f, "1");
    finish_submission(asl_null());
    close_world(w);
}
END_TEST

START_TEST(a_submission_that_fails_ends_the_token)
{
    struct world *w = open_world();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[SEND], "{\"fail\":1}");
    f.started = ASL__CALL_PENDING;
    ck_assert(asl_is_error(f.call.submission(&f.call, &f.frame.region)));
    ck_assert_int_eq(succeed(w, token_of(&f), "1"), ASL__ANSWER_LATE);
    f.call.cancel(&f.call);
    ck_assert(f.ready);
    fake_discard(&f);
    close_world(w);
}
END_TEST

START_TEST(an_answer_outdoes_a_submission_that_fails)
{
    struct world *w = open_world();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[SEND], "{\"fail\":1}");
    f.started = ASL__CALL_PENDING;
    ck_assert_int_eq(succeed(w, token_of(&f), "1"), ASL__ANSWERED);
    ck_assert(asl_is_undefined(f.call.submission(&f.call, &f.frame.region)));
    check_result(&f, "1");
    close_world(w);
}
END_TEST

START_TEST(a_cancelled_call_is_over_once)
{
    struct world *w = open_world();
    struct fake_call f;

    fake_start(&f, w->set, &w->task[SEND], "{}");
    asl_task_call *late = under_way;
    f.call.cancel(&f.call);
    ck_assert(f.ready);
    ck_assert_int_eq(succeed(w, token_of(&f), "1"), ASL__ANSWER_LATE);
    fake_discard(&f);
    under_way = late;
    finish_submission(asl_null());
    close_world(w);
}
END_TEST

START_TEST(a_job_may_be_ended_by_its_token)
{
    struct world *w = open_world();
    struct fake_call f;
    asl__tasks *tasks = asl__taskset_tasks(w->set);

    for (int answered = 0; answered < 2; answered++) {
        memset(&f, 0, sizeof f);
        asl__chunks_init(&f.chunks, &fake_pool);
        asl__region_init(&f.frame.region, &f.chunks);
        f.call.frame = &f.frame;
        f.call.task = &w->task[RUN_JOB];
        f.call.input = json(&f.frame.region, "{}");
        asl__call_token(&f.call); /* its state has read it */
        asl__taskset_attach(w->set, (asl__sched *)(void *)&fake_pool);
        f.started = tasks->start(tasks, &f.call);
        asl_task_call *late = under_way;
        if (answered) {
            ck_assert_int_eq(succeed(w, token_of(&f), "\"early\""), ASL__ANSWERED);
            check_result(&f, "\"early\"");
            under_way = late;
            finish_submission(asl_null()); /* it had been cancelled */
        } else {
            finish_submission(asl_str("whole"));
            ck_assert_int_eq(succeed(w, token_of(&f), "1"), ASL__ANSWER_LATE);
            check_result(&f, "\"whole\"");
        }
    }
    close_world(w);
}
END_TEST

START_TEST(workers_get_tasks_in_turn)
{
    struct world *w = open_world();
    struct fake_call f[3];
    asl__activity_task task;

    ck_assert(asl__activity_known(w->tokens, piece(ACTIVITY)));
    ck_assert(!asl__activity_known(w->tokens, piece(ACTIVITY "s")));
    ck_assert(!asl__activity_take(w->tokens, piece(ACTIVITY), piece("w"), &task));
    for (int i = 0; i < 3; i++)
        fake_start(&f[i], w->set, &w->task[WORK], i == 0 ? "[0]" : i == 1 ? "[1]" : "[2]");
    ck_assert(f[0].call.queued);
    ck_assert_int_eq(succeed(w, token_of(&f[0]), "1"), ASL__ANSWER_LATE); /* not taken yet */
    f[1].call.cancel(&f[1].call);
    fake_discard(&f[1]);
    for (int i = 0; i < 3; i += 2) {
        ck_assert(asl__activity_take(w->tokens, piece(ACTIVITY), piece("w"), &task));
        ck_assert_str_eq(asl__buf_cstring(&task.input), i == 0 ? "[0]" : "[2]");
        asl__buf_free(&task.input);
        ck_assert_int_eq(f[i].submitted, 1);
        check_reply(&f[i], "\"w\"");
        ck_assert_int_eq(succeed(w, task.token, "\"done\""), ASL__ANSWERED);
        check_result(&f[i], "\"done\"");
    }
    ck_assert(!asl__activity_take(w->tokens, piece(ACTIVITY), piece("w"), &task));
    close_world(w);
}
END_TEST

/* ---- side by side ------------------------------------------------------------------ */

enum { CALLS = 2000, ANSWERERS = 4 };

struct answerer {
    struct world *w;
    struct fake_call *calls;
    unsigned taken;
};

static void *answer_all(void *user)
{
    struct answerer *a = user;
    char token[ASL__TOKEN_SIZE];

    for (int i = 0; i < CALLS; i++) {
        asl__token_print(NULL, a->calls[i].call.token, token);
        (void)asl__token_heartbeat(a->w->tokens, piece(token));
        a->taken += succeed(a->w, token, "[1,2,3]") == ASL__ANSWERED;
    }
    return NULL;
}

static void *cancel_some(void *user)
{
    struct answerer *a = user;

    for (int i = 0; i < CALLS; i += 3)
        a->calls[i].call.cancel(&a->calls[i].call);
    return NULL;
}

START_TEST(answers_and_cancels_at_once_end_each_call_once)
{
    struct world *w = open_world();
    struct fake_call *calls = calloc(CALLS, sizeof *calls);
    struct answerer answerers[ANSWERERS + 1];
    pthread_t threads[ANSWERERS + 1];
    unsigned taken = 0, ready = 0;

    for (int i = 0; i < CALLS; i++)
        fake_start(&calls[i], w->set, &w->task[SEND], "{\"now\":1}");
    for (int i = 0; i <= ANSWERERS; i++) {
        answerers[i] = (struct answerer){ w, calls, 0 };
        pthread_create(&threads[i], NULL, i < ANSWERERS ? answer_all : cancel_some,
                       &answerers[i]);
    }
    for (int i = 0; i <= ANSWERERS; i++) {
        pthread_join(threads[i], NULL);
        taken += answerers[i].taken;
    }
    for (int i = 0; i < CALLS; i++) {
        ready += calls[i].ready;
        calls[i].started = ASL__CALL_PENDING;
        fake_discard(&calls[i]);
    }
    ck_assert_uint_eq(ready, CALLS);
    ck_assert_uint_le(taken, CALLS);
    ck_assert_uint_ge(taken, CALLS - (CALLS + 2) / 3);
    free(calls);
    close_world(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tokens");
    TCase *one = tcase_create("one"), *together = tcase_create("together");

    tcase_add_test(one, the_reply_is_not_the_result);
    tcase_add_test(one, a_reply_that_is_there_at_once);
    tcase_add_test(one, an_answer_may_come_before_the_reply);
    tcase_add_test(one, only_the_first_answer_is_taken);
    tcase_add_test(one, a_submission_that_fails_ends_the_token);
    tcase_add_test(one, an_answer_outdoes_a_submission_that_fails);
    tcase_add_test(one, a_cancelled_call_is_over_once);
    tcase_add_test(one, a_job_may_be_ended_by_its_token);
    tcase_add_test(one, workers_get_tasks_in_turn);
    tcase_add_test(together, answers_and_cancels_at_once_end_each_call_once);
    suite_add_tcase(suite, one);
    suite_add_tcase(suite, together);
    return run_suite(suite);
}
