/* A scheduler for tests of the task layer: one frame, calls run one at a time or side
 * by side, asl__call_ready wakes the test.  Included by one .c of a test program. */
#ifndef FAKE_SCHED_H
#define FAKE_SCHED_H

#include "task/bind.h"

#include <check.h>
#include <pthread.h>

struct fake_call {
    asl__call call; /* first */
    asl_frame frame;
    struct asl__chunks chunks;
    enum asl__started started;
    bool ready;
    unsigned submitted, heartbeats;
};

static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fake_cond = PTHREAD_COND_INITIALIZER;

void asl__call_ready(asl__call *call)
{
    struct fake_call *f = (struct fake_call *)(void *)call;

    if (call->owner) {
        call->owner->ready(call);
        return;
    }
    pthread_mutex_lock(&fake_lock);
    ck_assert_msg(!f->ready, "asl__call_ready is called once");
    f->ready = true;
    pthread_cond_broadcast(&fake_cond);
    pthread_mutex_unlock(&fake_lock);
}

void asl__call_submitted(asl__call *call)
{
    struct fake_call *f = (struct fake_call *)(void *)call;

    if (call->owner) {
        call->owner->submitted(call);
        return;
    }
    pthread_mutex_lock(&fake_lock);
    ck_assert_msg(!f->ready, "asl__call_submitted comes before asl__call_ready");
    f->submitted++;
    pthread_cond_broadcast(&fake_cond);
    pthread_mutex_unlock(&fake_lock);
}

void asl__call_heartbeat(asl__call *call)
{
    struct fake_call *f = (struct fake_call *)(void *)call;

    pthread_mutex_lock(&fake_lock);
    ck_assert_msg(!f->ready, "asl__call_heartbeat comes before asl__call_ready");
    f->heartbeats++;
    pthread_mutex_unlock(&fake_lock);
}

/* Tokens are the numbers from 1, as 48 digits. */
bool asl__call_token(asl__call *call)
{
    static uint64_t last;

    if (!call->has_token)
        call->token[0] = ++last;
    return call->has_token = true;
}

bool asl__token_print(asl__sched *sched, const uint64_t token[2], char text[ASL__TOKEN_SIZE])
{
    (void)sched;
    snprintf(text, ASL__TOKEN_SIZE, "%048llu", (unsigned long long)token[0]);
    return true;
}

enum asl__token_kind asl__token_read(asl__sched *sched, const char *text, size_t len,
                                     uint64_t token[2])
{
    (void)sched;
    if (len != ASL__TOKEN_SIZE - 1 || strspn(text, "0123456789") < len)
        return ASL__TOKEN_BAD;
    token[0] = strtoull(text, NULL, 10);
    token[1] = 0;
    return token[0] < 1000000 ? ASL__TOKEN_OWN : ASL__TOKEN_FOREIGN;
}

static int64_t fake_now = INT64_C(1700000000000000);

int64_t asl__sched_now(asl__sched *sched)
{
    (void)sched;
    return fake_now;
}

/* Calls are taken one at a time, by the test's thread. */
asl_random *asl_random_of(asl_frame *frame)
{
    static asl_random random;

    (void)frame;
    return &random;
}

static inline asl_value json(asl_region *region, const char *text)
{
    asl_syntax_error error;
    asl_value v = asl_undefined();

    ck_assert_msg(asl_parse(region, text, strlen(text), &v, &error), "%s: %s", text,
                  error.message);
    return v;
}

/* As a scheduler's, it outlives the set: jobs are counted there. */
static struct asl__pool fake_pool = { .lock = PTHREAD_MUTEX_INITIALIZER };

static inline void fake_start(struct fake_call *f, asl__taskset *set,
                              const asl_task *task, const char *input)
{
    asl__tasks *tasks = asl__taskset_tasks(set);

    memset(f, 0, sizeof *f);
    asl__chunks_init(&f->chunks, &fake_pool);
    asl__region_init(&f->frame.region, &f->chunks);
    f->call.frame = &f->frame;
    f->call.task = task;
    f->call.input = json(&f->frame.region, input);
    asl__taskset_attach(set, (asl__sched *)(void *)&fake_pool); /* not looked at */
    f->started = tasks->start(tasks, &f->call);
}

static inline void fake_wait(struct fake_call *f)
{
    pthread_mutex_lock(&fake_lock);
    while (f->started == ASL__CALL_PENDING && !f->ready)
        pthread_cond_wait(&fake_cond, &fake_lock);
    pthread_mutex_unlock(&fake_lock);
}

static inline void fake_release(struct fake_call *f)
{
    asl__region_release(&f->frame.region);
    asl__chunks_free(&f->chunks);
}

/* The answer as JSON text (an error as {"Error", "Cause"}), to be freed. */
static inline char *fake_take(struct fake_call *f)
{
    struct asl__buf buf = ASL__BUF_INIT;

    fake_wait(f);
    asl_value v = f->call.take(&f->call, &f->frame.region);
    asl__print(&buf, v);
    asl__buf_cstring(&buf);
    fake_release(f);
    return buf.data;
}

static inline void fake_discard(struct fake_call *f)
{
    fake_wait(f);
    f->call.discard(&f->call);
    fake_release(f);
}

/* The answer of TASK for INPUT must be WANTED. */
static inline void check_answer(asl__taskset *set, const asl_task *task,
                                const char *input, const char *wanted)
{
    struct fake_call f;

    fake_start(&f, set, task, input);
    char *text = fake_take(&f);
    ck_assert_str_eq(text, wanted);
    free(text);
}

/* A set for TASKS with the bindings of the text TASKS_FILE, resolved. */
static inline asl__taskset *make_set(const asl_program_def *program, const char *file)
{
    extern char **environ;
    asl__taskset_options options = { .program = program,
                                     .allow_unbound = true,
                                     .max_output = 64 << 20,
                                     .env = environ };
    asl__taskset *set = asl__taskset_new(&options);
    struct asl__buf error = ASL__BUF_INIT;

    ck_assert_ptr_nonnull(set);
    if (file != NULL)
        ck_assert_msg(
            asl__taskset_load(set, "dir/tasks.json", file, strlen(file), &error), "%s",
            asl__buf_cstring(&error));
    ck_assert_msg(asl__taskset_resolve(set, &error), "%s", asl__buf_cstring(&error));
    return set;
}

static inline asl_task lambda_task(const char *resource, const char *name)
{
    return (asl_task){ .resource = asl_string_in(resource, strlen(resource)),
                       .function = asl_string_in(name, strlen(name)),
                       .action = asl_string_in(name, strlen(name)),
                       .kind = ASL_TASK_LAMBDA };
}

static inline asl_task invoke_task(const char *name)
{
    return (asl_task){ .resource = asl_str("arn:aws:states:::lambda:invoke"),
                       .service = asl_str("lambda"),
                       .action = asl_str("invoke"),
                       .function = name != NULL ? asl_string_in(name, strlen(name))
                                                : asl_undefined(),
                       .kind = ASL_TASK_SERVICE,
                       .invoke = true };
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
