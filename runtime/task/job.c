/* Calls that outlive asl__tasks.start (see bind.h), and the shape of answers. */
#include "value/base.h"

#include "expr/time.h"
#include "task/bind.h"

static void free_job(asl__job *job)
{
    if (job->kind != NULL && job->kind->free != NULL)
        job->kind->free(job);
    asl__region_release(&job->region);
    asl__chunks_free(&job->chunks);
    asl__pool_free(&job->pool);
    free(job);
}

asl__job *asl__job_new(const asl__target *target, asl__call *call,
                       const asl__kind *kind)
{
    asl__job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return NULL;
    job->account = call->frame->region.source->pool;
    if (!asl__job_charge(job, sizeof *job)) {
        free(job);
        return NULL;
    }
    job->call = call;
    job->target = *target;
    job->kind = kind;
    job->refs = 2;
    asl__pool_init(&job->pool, job->account->max_memory);
    asl__chunks_init(&job->chunks, &job->pool);
    asl__region_init(&job->region, &job->chunks);
    pthread_mutex_lock(asl__taskset_lock(target->set));
    asl__taskset_counts(target->set)->jobs++;
    pthread_mutex_unlock(asl__taskset_lock(target->set));
    return job;
}

bool asl__job_charge(asl__job *job, size_t bytes)
{
    if (!asl__pool_charge(job->account, bytes))
        return false;
    job->charged += bytes;
    return true;
}

void asl__job_discharge(asl__job *job)
{
    if (job->charged > 0)
        asl__pool_discharge(job->account, job->charged);
    job->charged = 0;
}

void asl__job_drop(asl__job *job)
{
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    pthread_mutex_lock(lock);
    bool last = --job->refs == 0;
    if (last) {
        asl__job_counts *counts = asl__taskset_counts(job->target.set);
        counts->jobs--;
        counts->abandoned -= job->abandoned;
        asl__job_discharge(job);
        pthread_cond_signal(&counts->changed);
    }
    pthread_mutex_unlock(lock);
    if (last)
        free_job(job);
}

/* Takes JOB's place from it, and gives it to the next in the queue, which is returned.
 * Under the lock. */
static asl__job *pass_place_on(asl__job *job)
{
    asl__binding *binding = job->target.binding;

    if (!job->placed)
        return NULL;
    job->placed = false;
    asl__job *next = binding->first;
    if (next == NULL) {
        binding->running--;
        return NULL;
    }
    binding->first = next->next;
    if (binding->first == NULL)
        binding->last = NULL;
    next->placed = true;
    next->state = ASL__JOB_RUNNING;
    return next;
}

void asl__job_over(asl__job *job)
{
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    pthread_mutex_lock(lock);
    asl__job *next = pass_place_on(job);
    bool announce = !job->announced;
    job->announced = true;
    pthread_mutex_unlock(lock);
    if (announce)
        asl__call_ready(job->call);
    if (next != NULL)
        next->kind->start(next);
}

static asl_value take_job(asl__call *call, asl_region *region)
{
    asl__job *job = call->data;
    asl_value v = job->kind->take(job, region);

    v = asl__answer(region, call, job->target.enveloped, v);
    asl__job_drop(job);
    return v;
}

static void discard_job(asl__call *call)
{
    asl__job_drop(call->data);
}

/* Takes JOB out of its binding's queue.  Under the lock. */
static bool leave_queue(asl__job *job)
{
    asl__binding *binding = job->target.binding;
    asl__job *before = NULL;

    for (asl__job *j = binding->first; j != NULL; before = j, j = j->next) {
        if (j != job)
            continue;
        if (before == NULL)
            binding->first = job->next;
        else
            before->next = job->next;
        if (binding->last == job)
            binding->last = before;
        return true;
    }
    return false;
}

static void cancel_job(asl__call *call)
{
    asl__job *job = call->data;
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);

    pthread_mutex_lock(lock);
    job->refs++; /* the work may end while we are here */
    bool queued = leave_queue(job);
    if (queued)
        job->state = ASL__JOB_ABANDONED;
    pthread_mutex_unlock(lock);
    if (queued) {
        asl__job_over(job);
        asl__job_drop(job); /* for the side that would have worked */
    } else {
        job->kind->cancel(job);
    }
    asl__job_drop(job);
}

/* A place for JOB, or one in the queue (false).  Under the lock. */
static bool find_place(asl__job *job)
{
    asl__binding *binding = job->target.binding;

    if (binding->max == 0)
        return true;
    if (binding->running < binding->max) {
        binding->running++;
        job->placed = true;
        return true;
    }
    job->next = NULL;
    if (binding->last != NULL)
        binding->last->next = job;
    else
        binding->first = job;
    binding->last = job;
    return false;
}

enum asl__started asl__job_start(asl__job *job)
{
    pthread_mutex_t *lock = asl__taskset_lock(job->target.set);
    const asl__kind *kind = job->kind;

    job->call->data = job;
    job->call->take = take_job;
    job->call->discard = discard_job;
    job->call->cancel = cancel_job;
    pthread_mutex_lock(lock);
    bool placed = find_place(job);
    if (placed)
        job->state = ASL__JOB_RUNNING;
    pthread_mutex_unlock(lock);
    if (placed)
        kind->start(job);
    return ASL__CALL_PENDING;
}

/* ---- answers ------------------------------------------------------------------ */

/* An answer that is there, in the frame's own region. */
struct cell {
    asl_value value;
    bool enveloped;
};

static asl_value take_cell(asl__call *call, asl_region *region)
{
    const struct cell *cell = call->data;

    if (cell == NULL)
        return asl_no_memory();
    return asl__answer(region, call, cell->enveloped, cell->value);
}

static void discard_cell(asl__call *call)
{
    (void)call;
}

enum asl__started asl__answer_now(const asl__target *target, asl__call *call,
                                  asl_value value)
{
    struct cell *cell = asl_alloc(&call->frame->region, sizeof *cell);

    if (cell != NULL)
        *cell = (struct cell){ value, target->enveloped };
    call->data = cell;
    call->take = take_cell;
    call->discard = discard_cell;
    return ASL__CALL_READY;
}

/* The HTTP date of NOW, microseconds since the epoch. */
asl_value asl__http_date(asl_region *region, int64_t now)
{
    static const char week[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t seconds = now / 1000000 - (now % 1000000 < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0), year;
    unsigned within = (unsigned)(seconds - days * 86400), month, day;
    unsigned weekday = (unsigned)((days % 7 + 7 + 4) % 7); /* 0 was a Thursday */

    asl__date_of(days, &year, &month, &day);
    return asl_format_string(region, "%s, %02u %s %lld %02u:%02u:%02u GMT",
                             week[weekday], day, months[month - 1], (long long)year,
                             within / 3600, within / 60 % 60, within % 60);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* A request's id: of the form of a UUID, from the frame's random numbers, so that it is
 * the same with any number of workers. */
asl_value asl__request_id(asl_region *region, const asl__call *call)
{
    uint64_t a = asl_random_next(asl_random_of(call->frame));
    uint64_t b = asl_random_next(asl_random_of(call->frame));

    return asl_format_string(region, "%08x-%04x-4%03x-%04x-%012llx",
                             (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xffff),
                             (unsigned)(a & 0xfff),
                             (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
                             (unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

static asl_value json_length(asl_region *region, asl_value v)
{
    struct asl__buf text = ASL__BUF_INIT;

    asl__print(&text, v);
    size_t len = text.len;
    bool failed = text.failed;
    asl__buf_free(&text);
    return failed ? asl_no_memory() : asl_format_string(region, "%zu", len);
}

/* The headers' values, in the order of the names in headers_of. */
struct headers {
    asl_value length, date, id, trace;
};

static asl_value headers_of(asl_region *region, const struct headers *h)
{
    const asl_value keys[] = { asl_str("Connection"),
                               asl_str("Content-Length"),
                               asl_str("Content-Type"),
                               asl_str("Date"),
                               asl_str("X-Amz-Executed-Version"),
                               asl_str("x-amzn-Remapped-Content-Length"),
                               asl_str("x-amzn-RequestId"),
                               asl_str("X-Amzn-Trace-Id") };
    const asl_value values[] = { asl_str("keep-alive"),
                                 h->length,
                                 asl_str("application/json"),
                                 h->date,
                                 asl_str("$LATEST"),
                                 asl_str("0"),
                                 h->id,
                                 h->trace };

    return asl_record(region, ASL__COUNT_OF(keys), keys, values);
}

static asl_value all_headers_of(asl_region *region, const struct headers *h)
{
    const asl_value keys[] = { asl_str("X-Amz-Executed-Version"),
                               asl_str("x-amzn-Remapped-Content-Length"),
                               asl_str("Connection"),
                               asl_str("x-amzn-RequestId"),
                               asl_str("Content-Length"),
                               asl_str("Date"),
                               asl_str("X-Amzn-Trace-Id"),
                               asl_str("Content-Type") };
    asl_value values[] = { asl_str("$LATEST"),
                           asl_str("0"),
                           asl_str("keep-alive"),
                           h->id,
                           h->length,
                           h->date,
                           h->trace,
                           asl_str("application/json") };

    for (size_t i = 0; i < ASL__COUNT_OF(values); i++)
        values[i] = asl_array_of(region, 1, &values[i]);
    return asl_record(region, ASL__COUNT_OF(keys), keys, values);
}

/* What `states:::lambda:invoke` gives for the function's result PAYLOAD. */
static asl_value envelope(asl_region *region, asl__call *call, asl_value payload)
{
    int64_t now = asl__sched_now(call->sched);
    struct headers h = { .length = json_length(region, payload),
                         .date = asl__http_date(region, now),
                         .id = asl__request_id(region, call) };
    h.trace = asl_format_string(region, "root=1-%08x-%024llx;sampled=0",
                                (unsigned)(now / 1000000),
                                (unsigned long long)mix((uint64_t)now));
    const asl_value http_keys[] = { asl_str("AllHttpHeaders"), asl_str("HttpHeaders"),
                                    asl_str("HttpStatusCode") };
    const asl_value http[] = { all_headers_of(region, &h), headers_of(region, &h),
                               asl_integer(200) };
    const asl_value response_keys[] = { asl_str("RequestId") };
    const asl_value keys[] = { asl_str("ExecutedVersion"), asl_str("Payload"),
                               asl_str("SdkHttpMetadata"),
                               asl_str("SdkResponseMetadata"), asl_str("StatusCode") };
    const asl_value values[] = { asl_str("$LATEST"), payload,
                                 asl_record(region, 3, http_keys, http),
                                 asl_record(region, 1, response_keys, &h.id),
                                 asl_integer(200) };

    return asl_record(region, ASL__COUNT_OF(keys), keys, values);
}

asl_value asl__answer(asl_region *region, asl__call *call, bool enveloped, asl_value v)
{
    if (asl_is_error(v))
        return v;
    if (asl_is_undefined(v))
        v = asl_null();
    return enveloped ? envelope(region, call, v) : v;
}
