/* Step Functions Local's mock configuration file, `--mock FILE#CASE`:
 *
 *     {"StateMachines": {MACHINE: {"TestCases": {CASE: {STATE: RESPONSE}}}},
 *      "MockedResponses": {RESPONSE: {"0": {"Return": JSON},
 *                                     "1-2": {"Throw": {"Error": E, "Cause": C}}}}}
 *
 * Only what the chosen case names is looked at.  As there, each state has one counter in
 * an execution, which retries, loops and a Map's items all advance; an invocation that
 * no key of the response covers fails with States.Runtime.  A Return is the whole
 * result of the task; where the Resource is a function's ARN, its Payload is.
 *
 * A file of `PROGRAM test` has {STATE: RESPONSE} in it, without names for responses.  There
 * a response may be an array, too: element N answers the invocation N.
 *
 * What is read here lives in the set's region. */
#include "value/base.h"

#include "task/bind.h"

#include <inttypes.h>

/* What some invocations are answered with. */
struct answer {
    uint32_t first, last;
    bool fails;
    asl_value value;        /* Return */
    asl_value error, cause; /* Throw: strings or undefined */
};

struct asl__mocked {
    asl_value state; /* names, for messages */
    asl_value response;
    asl_value ranges; /* the response's object: its keys are the ranges */
    struct answer *answers;
    size_t count;
    size_t index; /* of its counter */
};

/* How often each mocked state has been invoked in one execution. */
struct counters {
    const asl_execution *execution;
    struct counters *next;
    uint64_t calls[];
};

struct asl__mocks {
    asl__mocked *states;
    size_t count;
    struct counters *counters; /* one for each execution; guarded by the set's lock */
};

/* ---- reading ------------------------------------------------------------------ */

/* What is being read, for messages. */
struct reading {
    asl_region *region;
    const char *file;
    asl_value path[5]; /* keys of the members around it */
    size_t depth;
    struct asl__buf *error;
};

static bool complain(const struct reading *r, const char *format, ...)
    ASL__PRINTF(2, 3);

/* Puts `FILE: "KEY": ...: MESSAGE` into the error; false. */
static bool complain(const struct reading *r, const char *format, ...)
{
    va_list args;

    asl__buf_printf(r->error, "%s: ", r->file);
    for (size_t i = 0; i < r->depth; i++) {
        asl__print(r->error, r->path[i]);
        asl__buf_append_cstring(r->error, ": ");
    }
    va_start(args, format);
    asl__buf_vprintf(r->error, format, args);
    va_end(args);
    return false;
}

/* Complains that there is no KEY, WHAT, in OBJECT, and names those there are; false. */
static bool complain_unknown(const struct reading *r, const char *what, const char *key,
                             asl_value object)
{
    size_t count = asl_count(object);

    complain(r, "there is no %s \"%s\"; there %s", what, key,
             count == 0   ? "are none"
             : count == 1 ? "is"
                          : "are");
    for (size_t i = 0; i < count; i++) {
        asl__buf_append_cstring(r->error, i == 0 ? " " : ", ");
        asl__print(r->error, asl_member_at(object, i)->key);
    }
    return false;
}

/* Goes to the member KEY of *V, which must be an object. */
static bool enter(struct reading *r, asl_value key, asl_value *v)
{
    r->path[r->depth++] = key;
    *v = asl_member_of(*v, key);
    if (asl_is_object(*v))
        return true;
    return complain(r, "%s where an object is wanted",
                    asl_is_undefined(*v) ? "nothing" : asl_type_name(*v));
}

static bool read_number(const char **at, const char *end, uint32_t *out)
{
    const char *start = *at;
    uint64_t n = 0;

    for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
        if (n <= UINT32_MAX)
            n = n * 10 + (uint64_t)(**at - '0');
    *out = (uint32_t)n;
    return *at > start && n <= UINT32_MAX;
}

/* KEY is N or N-M. */
static bool read_range(asl_value key, struct answer *answer)
{
    const char *at = asl_text(&key), *end = at + asl_text_len(key);

    if (!read_number(&at, end, &answer->first))
        return false;
    answer->last = answer->first;
    if (at < end && *at++ == '-' && !read_number(&at, end, &answer->last))
        return false;
    return at == end && answer->first <= answer->last;
}

static bool is_text_or_absent(asl_value v)
{
    return asl_is_undefined(v) || asl_is_string(v);
}

static bool read_throw(const struct reading *r, asl_value v, struct answer *answer)
{
    answer->fails = true;
    answer->error = asl_get(v, "Error");
    answer->cause = asl_get(v, "Cause");
    if (asl_is_object(v) && is_text_or_absent(answer->error) &&
        is_text_or_absent(answer->cause))
        return true;
    return complain(r, "\"Throw\" wants {\"Error\": STRING, \"Cause\": STRING}");
}

static bool read_answer(struct reading *r, const asl_member *m, struct answer *answer)
{
    asl_value thrown = asl_get(m->value, "Throw");
    bool good = true;

    if (!read_range(m->key, answer)) {
        complain(r, "the key ");
        asl__print(r->error, m->key);
        asl__buf_append_cstring(r->error,
                                " is neither the number of an invocation, from "
                                "\"0\", nor a range like \"1-2\"");
        return false;
    }
    answer->value = asl_get(m->value, "Return");
    r->path[r->depth++] = m->key;
    if (asl_count(m->value) != 1 ||
        asl_is_undefined(answer->value) == asl_is_undefined(thrown))
        good = complain(r, "a response is {\"Return\": JSON} or {\"Throw\": {...}}");
    else if (!asl_is_undefined(thrown))
        good = read_throw(r, thrown, answer);
    r->depth--;
    return good;
}

/* RESPONSE, an object with a member for each range of invocations. */
static bool read_response(struct reading *r, asl_value response, asl__mocked *mocked)
{
    size_t count = asl_count(response);

    mocked->ranges = response;
    mocked->answers = asl_alloc(r->region, (count + 1) * sizeof *mocked->answers);
    if (mocked->answers == NULL)
        return complain(r, "out of memory");
    for (; mocked->count < count; mocked->count++) {
        struct answer *answer = &mocked->answers[mocked->count];
        *answer = (struct answer){ 0 };
        if (!read_answer(r, asl_member_at(response, mocked->count), answer))
            return false;
    }
    return true;
}

/* A RESPONSE that is an array, as the object it stands for; an error without memory. */
static asl_value numbered(asl_region *region, asl_value response)
{
    asl_value object = asl_object();
    char digits[24];

    for (size_t i = 0; i < asl_count(response) && !asl_is_error(object); i++) {
        size_t len = (size_t)snprintf(digits, sizeof digits, "%zu", i);
        asl_value key = asl_string(region, digits, len);
        object = asl_set(region, object, key, asl_at(response, i));
    }
    return object;
}

/* The state of M is answered with the response that stands there. */
static bool read_inline(struct reading *r, const asl_member *m, asl__mocked *mocked)
{
    asl_value response = m->value;

    mocked->state = m->key;
    mocked->response = asl_str("its mock");
    r->path[0] = m->key;
    r->depth = 1;
    if (asl_is_array(response))
        response = numbered(r->region, response);
    if (asl_is_error(response))
        return complain(r, "out of memory");
    if (asl_is_object(response))
        return read_response(r, response, mocked);
    return complain(r, "%s where an object or an array of responses is wanted",
                    asl_type_name(response));
}

/* The state of M is answered with the response it names. */
static bool read_state(struct reading *r, const asl_member *m, asl_value document,
                       asl__mocked *mocked)
{
    struct reading inner = { .region = r->region, .file = r->file, .error = r->error };
    asl_value v = asl_get(document, "MockedResponses");

    mocked->state = m->key;
    mocked->response = m->value;
    r->path[r->depth] = m->key;
    r->depth++;
    if (!asl_is_string(m->value))
        return complain(r, "%s where the name of a response is wanted",
                        asl_type_name(m->value));
    if (asl_is_undefined(asl_member_of(v, m->value))) {
        complain(r, "there is no response ");
        asl__print(r->error, m->value);
        asl__buf_append_cstring(r->error, " in \"MockedResponses\"");
        return false;
    }
    r->depth--;
    v = document;
    return enter(&inner, asl_str("MockedResponses"), &v) &&
           enter(&inner, m->value, &v) && read_response(&inner, v, mocked);
}

/* The members of CHOSEN, a case of DOCUMENT (undefined: the responses are in it). */
static asl__mocks *read_states(struct reading *r, asl_value chosen, asl_value document)
{
    bool is_inline = asl_is_undefined(document);
    size_t count = asl_count(chosen);
    asl__mocks *mocks = asl_alloc(r->region, sizeof *mocks);
    asl__mocked *states = asl_alloc(r->region, (count + 1) * sizeof *states);

    if (mocks == NULL || states == NULL) {
        complain(r, "out of memory");
        return NULL;
    }
    *mocks = (asl__mocks){ .states = states, .count = count };
    for (size_t i = 0; i < count; i++) {
        const asl_member *m = asl_member_at(chosen, i);
        states[i] = (asl__mocked){ .index = i };
        if (!(is_inline ? read_inline(r, m, &states[i])
                        : read_state(r, m, document, &states[i])))
            return NULL;
    }
    return mocks;
}

/* Goes to the machine NAME, or the one there is if none has its name. */
static bool enter_machine(struct reading *r, const char *name, asl_value *v)
{
    asl_value key = asl_string(r->region, name, strlen(name));

    if (!enter(r, asl_str("StateMachines"), v))
        return false;
    if (asl_is_error(key))
        return complain(r, "out of memory");
    if (asl_is_undefined(asl_member_of(*v, key))) {
        if (asl_count(*v) != 1)
            return complain_unknown(r, "state machine", name, *v);
        key = asl_member_at(*v, 0)->key;
    }
    return enter(r, key, v) && enter(r, asl_str("TestCases"), v);
}

asl__mocks *asl__mocks_read(asl_region *region, const asl__mock_case *chosen,
                            struct asl__buf *error)
{
    struct reading r = { .region = region, .file = chosen->file, .error = error };
    asl_syntax_error why;
    asl_value document;

    if (chosen->is_inline)
        return read_states(&r, chosen->states, asl_undefined());
    if (!asl_parse(region, chosen->text, chosen->len, &document, &why)) {
        asl__buf_printf(error, "%s:%zu:%zu: %s", chosen->file, why.line, why.column,
                        why.message);
        return NULL;
    }
    asl_value v = document,
              key = asl_string(region, chosen->name, strlen(chosen->name));
    if (!enter_machine(&r, chosen->machine, &v))
        return NULL;
    if (asl_is_error(key)) {
        complain(&r, "out of memory");
        return NULL;
    }
    if (asl_is_undefined(asl_member_of(v, key))) {
        complain_unknown(&r, "test case", chosen->name, v);
        return NULL;
    }
    return enter(&r, key, &v) ? read_states(&r, v, document) : NULL;
}

const asl__mocked *asl__mocks_find(const asl__mocks *mocks, asl_value state)
{
    for (size_t i = 0; mocks != NULL && asl_is_string(state) && i < mocks->count; i++)
        if (asl_same_text(mocks->states[i].state, state))
            return &mocks->states[i];
    return NULL;
}

/* ---- counting ----------------------------------------------------------------- */

/* The counters of EXECUTION, made if need be; NULL without memory.  Under the lock. */
static struct counters *counters_of(asl__mocks *mocks, const asl_execution *execution)
{
    struct counters *c = mocks->counters;

    while (c != NULL && c->execution != execution)
        c = c->next;
    if (c != NULL)
        return c;
    c = calloc(1, sizeof *c + mocks->count * sizeof *c->calls);
    if (c == NULL)
        return NULL;
    c->execution = execution;
    c->next = mocks->counters;
    mocks->counters = c;
    return c;
}

void asl__mocks_forget(asl__mocks *mocks, const asl_execution *execution)
{
    struct counters **link = &mocks->counters;

    while (*link != NULL && (*link)->execution != execution)
        link = &(*link)->next;
    struct counters *found = *link;
    if (found == NULL)
        return;
    *link = found->next;
    free(found);
}

void asl__mocks_free(asl__mocks *mocks)
{
    while (mocks != NULL && mocks->counters != NULL)
        asl__mocks_forget(mocks, mocks->counters->execution);
}

/* ---- answering ---------------------------------------------------------------- */

/* The error of an invocation for which there is no answer. */
static asl_value no_answer(asl_region *region, const asl__mocked *mocked,
                           uint64_t number)
{
    struct asl__buf cause = ASL__BUF_INIT;

    asl__buf_append_cstring(&cause, "The state ");
    asl__print(&cause, mocked->state);
    asl__buf_printf(&cause, " has no mocked response for its invocation %" PRIu64 ": ",
                    number);
    asl__print(&cause, mocked->response);
    asl__buf_append_cstring(&cause,
                            mocked->count == 0 ? " is empty" : " has those for");
    for (size_t i = 0; i < mocked->count; i++) {
        asl_value key = asl_member_at(mocked->ranges, i)->key;
        asl__buf_append_cstring(&cause, i == 0 ? " " : ", ");
        asl__buf_append(&cause, asl_text(&key), asl_text_len(key));
    }
    asl_value text =
        cause.failed ? asl_no_memory() : asl_string(region, cause.data, cause.len);
    asl__buf_free(&cause);
    return asl_is_error(text) ? text
                              : asl_error(region, asl_str("States.Runtime"), text);
}

static asl_value answer_of(const asl__call *call, const asl__mocked *mocked,
                           uint64_t number)
{
    asl_region *region = &call->frame->region;
    const struct answer *a = mocked->answers, *end = a + mocked->count;

    while (a < end && !(a->first <= number && number <= a->last))
        a++;
    if (a == end)
        return no_answer(region, mocked, number);
    if (a->fails)
        return asl_error(region, a->error, a->cause);
    /* Of a function called by its ARN the mock, too, is what Lambda's Invoke returns. */
    asl_value payload = asl_get(a->value, "Payload");
    if (call->task->kind == ASL_TASK_LAMBDA && !asl_is_undefined(payload))
        return payload;
    return a->value;
}

enum asl__started asl__mocked_start(const asl__target *target, asl__call *call,
                                    asl__mocks *mocks, const asl__mocked *mocked)
{
    uint64_t number = 0;

    pthread_mutex_lock(asl__taskset_lock(target->set));
    struct counters *counters = counters_of(mocks, call->frame->execution);
    if (counters != NULL)
        number = counters->calls[mocked->index]++;
    pthread_mutex_unlock(asl__taskset_lock(target->set));
    return asl__answer_now(target, call,
                           counters == NULL ? asl_no_memory()
                                            : answer_of(call, mocked, number));
}
