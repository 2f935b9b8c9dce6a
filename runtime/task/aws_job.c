/* Single integrations; see aws_job.h. */
#include "value/base.h"

#include "task/aws_job.h"
#include "task/aws_model.h"

struct asl__aws_job {
    const char *service, *start, *describe, *question, *status, *good, *bad, *result;
    const char *stop, *stop_question;
};

static const asl__aws_job jobs[] = {
#define JOB(service, start, describe, question, status, good, bad, result, stop, stopping) \
    { service, start, describe, question, status, good, bad, result, stop, stopping },
#include <aslrt/aws_jobs.def>
#undef JOB
};

static bool is(const asl_aws_operation *op, const char *service, const char *name)
{
    return op != NULL && strcmp(op->service->key, service) == 0 &&
           strcmp(op->name, name) == 0;
}

const asl__aws_job *asl__aws_job_of(const asl_aws_operation *operation)
{
    for (size_t i = 0; i < ASL__COUNT_OF(jobs); i++)
        if (is(operation, jobs[i].service, jobs[i].start) && operation->describe != NULL)
            return &jobs[i];
    return NULL;
}

/* ---- paths -------------------------------------------------------------------- */

/* The part of V at LEN bytes of PATH; undefined: it has none. */
static asl_value part_of(asl_value v, const char *path, size_t len)
{
    while (len > 0) {
        const char *slash = memchr(path, '/', len);
        size_t step = slash != NULL ? (size_t)(slash - path) : len;
        if (*path >= '0' && *path <= '9')
            v = asl_at(v, (size_t)(*path - '0'));
        else
            v = asl_member_of(v, asl_string_in(path, step));
        len -= step + (slash != NULL);
        path += step + (slash != NULL);
    }
    return v;
}

static asl_value ask(asl_region *region, const char *words, asl_value input,
                     asl_value started)
{
    asl_value out = asl_object();

    while (*words != '\0') {
        size_t len = strcspn(words, " "), name = strcspn(words, "=");
        const char *path = words + name + 1;
        size_t path_len = len - name - 2;
        bool list = words[name - 1] == '*';
        asl_value v = *path == '!' ? asl_string(region, path + 1, path_len)
                                   : part_of(*path == '<' ? input : started, path + 1,
                                             path_len);
        if (list)
            v = asl_array_of(region, 1, &v);
        if (!asl_is_undefined(v))
            out = asl_set(region, out, asl_string_in(words, name - list), v);
        words += len;
        words += strspn(words, " ");
    }
    return out;
}

asl_value asl__aws_job_question(const asl__aws_job *job, asl_region *region,
                                asl_value input, asl_value started)
{
    return ask(region, job->question, input, started);
}

asl_value asl__aws_job_stop(const asl__aws_job *job, asl_region *region, asl_value input,
                            asl_value started)
{
    return ask(region, job->stop_question, input, started);
}

/* ---- ends of jobs ------------------------------------------------------------- */

static bool has_word(const char *words, asl_value word)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        if (asl_is_string(word) && asl_text_len(word) == len &&
            memcmp(asl_text(&word), words, len) == 0)
            return true;
        words += len;
        words += strspn(words, " ");
    }
    return false;
}

/* A task of ECS has stopped: well, if all its containers ended with 0. */
static bool containers_failed(asl_value task)
{
    asl_value containers = asl_get(task, "Containers");

    for (size_t i = 0; i < asl_count(containers); i++) {
        asl_value code = asl_get(asl_at(containers, i), "ExitCode");
        int64_t n;
        if (!asl_is_number(code) || !asl_to_integer(code, &n) || n != 0)
            return true;
    }
    return asl_count(containers) == 0;
}

static asl_value parse_text(asl_region *region, asl_value v, asl_value key)
{
    asl_value text = asl_member_of(v, key), parsed;
    asl_syntax_error why;

    if (!asl_is_string(text) ||
        !asl_parse(region, asl_text(&text), asl_text_len(text), &parsed, &why))
        return v;
    return asl_set(region, v, key, parsed);
}

asl_value asl__aws_job_result(const asl__aws_job *job, asl_region *region,
                              const asl_task *task, asl_value input, asl_value answer)
{
    asl_value status = part_of(answer, job->status, strlen(job->status)), v;
    bool failed = has_word(job->bad, status);
    const char *colon = strchr(job->result, ':');
    const char *path = colon != NULL ? colon + 1 : job->result;

    if (!failed && !has_word(job->good, status))
        return asl_undefined();
    v = strcmp(path, ".") == 0 ? answer : part_of(answer, path, strlen(path));
    failed = failed || (strcmp(job->service, "ecs") == 0 && containers_failed(v));
    if (colon != NULL)
        v = asl_set(region, asl_object(),
                    asl_string_in(job->result, (size_t)(colon - job->result)), v);
    if (strcmp(job->service, "glue") == 0)
        v = asl__aws_sorted(
            region, asl_set(region, v, asl_str("JobName"), asl_get(input, "JobName")));
    if (failed)
        return asl_error(region, asl_str("States.TaskFailed"), asl_to_json(region, v));
    if (task->pattern == ASL_SYNC2)
        v = parse_text(region, parse_text(region, v, asl_str("Input")), asl_str("Output"));
    return v;
}

/* ---- parameters --------------------------------------------------------------- */

/* What Lambda is sent for a Payload: nothing and null are {}, and a string that is JSON is
 * sent as that (recorded.md). */
static asl_value payload_of(asl_region *region, asl_value payload, bool invoke)
{
    asl_syntax_error why;
    asl_value parsed;

    if (asl_is_undefined(payload) || (invoke && asl_is_null(payload)))
        return asl_str("{}");
    if (invoke && asl_is_string(payload) &&
        asl_parse(region, asl_text(&payload), asl_text_len(payload), &parsed, &why))
        return payload;
    return asl_to_json(region, payload);
}

static asl_value prepare_lambda(asl_region *region, const asl_task *task, asl_value input)
{
    if (task->kind == ASL_TASK_LAMBDA) {
        asl_value v = asl_set(region, asl_object(), asl_str("FunctionName"), task->resource);
        return asl_set(region, v, asl_str("Payload"), payload_of(region, input, false));
    }
    return asl_set(region, input, asl_str("Payload"),
                   payload_of(region, asl_get(input, "Payload"), true));
}

/* Each event tells which execution sent it. */
static asl_value prepare_events(asl_region *region, asl_value input, const asl_value *arns)
{
    asl_value entries = asl_get(input, "Entries"), out = asl_array();

    if (!asl_is_array(entries))
        return input;
    for (size_t i = 0; i < asl_count(entries); i++) {
        asl_value entry = asl_at(entries, i), list = asl_get(entry, "Resources");
        if (!asl_is_array(list))
            list = asl_array();
        list = asl_push(region, list, arns[1]);
        list = asl_push(region, list, arns[0]);
        if (asl_is_object(entry))
            entry = asl_set(region, entry, asl_str("Resources"), list);
        out = asl_push(region, out, entry);
    }
    return asl_set(region, input, asl_str("Entries"), out);
}

/* A job of Batch is told who started it. */
static asl_value prepare_batch(asl_region *region, asl_value input)
{
    asl_value overrides = asl_get(input, "ContainerOverrides"), list, one = asl_object();

    if (!asl_is_object(overrides))
        overrides = asl_object();
    list = asl_get(overrides, "Environment");
    if (!asl_is_array(list))
        list = asl_array();
    one = asl_set(region, one, asl_str("Name"), asl_str("MANAGED_BY_AWS"));
    one = asl_set(region, one, asl_str("Value"), asl_str("STARTED_BY_STEP_FUNCTIONS"));
    list = asl_push(region, list, one);
    overrides = asl_set(region, overrides, asl_str("Environment"), list);
    return asl_set(region, input, asl_str("ContainerOverrides"), overrides);
}

asl_value asl__aws_prepare(asl_region *region, const asl_task *task, asl_value input,
                           const asl_value *arns)
{
    const asl_aws_operation *op = task->aws;
    bool sync = task->pattern == ASL_SYNC || task->pattern == ASL_SYNC2;

    if (op->optimized == NULL)
        return input;
    if (is(op, "lambda", "Invoke"))
        return prepare_lambda(region, task, input);
    if (is(op, "eventbridge", "PutEvents"))
        return prepare_events(region, input, arns);
    if (is(op, "batch", "SubmitJob") && sync)
        return prepare_batch(region, input);
    if (is(op, "ecs", "RunTask") && sync)
        return asl_set(region, input, asl_str("StartedBy"), asl_str("AWS Step Functions"));
    if (is(op, "bedrockruntime", "InvokeModel") &&
        asl_is_undefined(asl_get(input, "ContentType")))
        return asl_set(region, input, asl_str("ContentType"), asl_str("application/json"));
    return input;
}

asl_value asl__aws_finish(asl_region *region, const asl_task *task, asl_value input,
                          asl_value v)
{
    if (asl_is_error(v))
        return v;
    if (task->kind == ASL_TASK_LAMBDA)
        return asl_get(v, "Payload");
    if (is(task->aws, "glue", "StartJobRun"))
        return asl__aws_sorted(
            region, asl_set(region, v, asl_str("JobName"), asl_get(input, "JobName")));
    if (is(task->aws, "ecs", "RunTask") && task->pattern != ASL_REQUEST_RESPONSE &&
        asl_count(asl_get(v, "Failures")) > 0)
        return asl_error(region, asl_str("AmazonECS.Unknown"), asl_to_json(region, v));
    return v;
}
