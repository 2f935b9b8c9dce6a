/* The context object of a test: the call's, checked as TestState checks it, or one as
 * TestState makes it. */
#include "value/base.h"

#include "program/teststate.h"

#include "expr/time.h"
#include "machine/frame.h"

#define INVALID "Invalid Context object provided: "
#define STATES "arn:aws:states:us-east-1:"

enum kind { ANY, STRING, NUMBER };

/* What may stand in it. */
static const struct part {
    const char *object, *field;
    enum kind kind;
} parts[] = {
    { "Execution", "Id", STRING },           { "Execution", "Input", ANY },
    { "Execution", "Name", STRING },         { "Execution", "RoleArn", STRING },
    { "Execution", "StartTime", STRING },    { "Execution", "RedriveCount", NUMBER },
    { "Execution", "RedriveTime", STRING },  { "State", "EnteredTime", STRING },
    { "State", "Name", STRING },             { "State", "RetryCount", NUMBER },
    { "StateMachine", "Id", STRING },        { "StateMachine", "Name", STRING },
    { "Task", "Token", STRING },
};

static bool refuse(asl__fault *fault, const char *format, asl_value name)
{
    return asl__fault_is(fault, "ValidationException", format, (int)asl_text_len(name),
                         asl_text(&name));
}

/* The line for FIELD of OBJECT (undefined: any of its lines); NULL if there is none. */
static const struct part *find_part(asl_value object, asl_value field)
{
    for (size_t i = 0; i < ASL__COUNT_OF(parts); i++)
        if (asl__is_text(object, parts[i].object) &&
            (asl_is_undefined(field) || asl__is_text(field, parts[i].field)))
            return &parts[i];
    return NULL;
}

static bool check_field(asl_value object, const asl_member *field, asl__fault *fault)
{
    const struct part *part = find_part(object, field->key);

    if (!part)
        return refuse(fault, INVALID "Field '%.*s' is not allowed", field->key);
    if (part->kind == STRING && !asl_is_string(field->value))
        return asl__fault_is(fault, "ValidationException", INVALID "%s.%s must be a string",
                             part->object, part->field);
    if (part->kind == NUMBER && !asl_is_number(field->value))
        return asl__fault_is(fault, "ValidationException", INVALID "%s.%s must be a number",
                             part->object, part->field);
    return true;
}

static bool check_object(const asl_member *member, asl__fault *fault)
{
    if (asl_same_text(member->key, asl_str("Map")))
        return asl__fault_is(fault, "ValidationException",
                             INVALID
                             "'Map' field is not supported when mocking a Context object");
    if (!find_part(member->key, asl_undefined()))
        return refuse(fault, INVALID "Field '%.*s' is not allowed", member->key);
    if (!asl_is_object(member->value))
        return refuse(fault, INVALID "%.*s must be an object", member->key);
    for (size_t i = 0; i < asl_count(member->value); i++)
        if (!check_field(member->key, asl_member_at(member->value, i), fault))
            return false;
    return true;
}

static bool has_pattern(const asl_task *task)
{
    return task && task->kind == ASL_TASK_SERVICE && task->pattern != ASL_REQUEST_RESPONSE;
}

static bool check_context(const asl__call_request *call, asl_value context, asl__fault *fault)
{
    if (!asl_is_object(context))
        return asl__fault_is(fault, "ValidationException",
                             INVALID "Context object must be a JSON object");
    for (size_t i = 0; i < asl_count(context); i++)
        if (!check_object(asl_member_at(context, i), fault))
            return false;
    if (asl_is_undefined(asl_get(context, "Task")) || has_pattern(call->inspection.tested->task))
        return true;
    return asl__fault_is(fault, "ValidationException",
                         INVALID "Context object contains 'Task' when state is not a Task state "
                                 "with a '.sync' or '.waitForTaskToken' service integration "
                                 "pattern");
}

/* ---- made -------------------------------------------------------------------------- */

static asl_value time_text(asl_region *r, int64_t microseconds)
{
    char text[ASL__TIME_MAX + 1];

    return asl_string(r, text, asl__time_print(microseconds, text));
}

static asl_value make_state(const asl__call_request *call, int64_t now)
{
    const asl__inspection *i = &call->inspection;
    asl_region *r = i->region;
    asl_value v = asl_set(r, asl_object(), asl_str("Name"), asl_str("StateName"));

    v = asl_set(r, v, asl_str("EnteredTime"), time_text(r, now));
    if (i->tested->type == ASL_TYPE_TASK || i->tested->type == ASL_TYPE_PARALLEL ||
        i->tested->type == ASL_TYPE_MAP)
        v = asl_set(r, v, asl_str("RetryCount"), asl_integer(i->retries));
    return v;
}

/* The account that a role's ARN names, arn:aws:iam::ACCOUNT:role/...; else the call's. */
static asl_value account_of(const asl__call_request *call)
{
    asl_region *r = call->inspection.region;

    if (asl_is_string(call->role)) {
        const char *text = asl_text(&call->role), *end = text + asl_text_len(call->role);
        int colons = 0;

        while (text < end && colons < 4)
            colons += *text++ == ':';
        const char *colon = text < end ? memchr(text, ':', (size_t)(end - text)) : NULL;
        if (colon && colon > text)
            return asl_string(r, text, (size_t)(colon - text));
    }
    return asl_cstring(r, call->account);
}

/* Names are UUIDs, as of a machine that was made for the test. */
static asl_value make_context(const asl__call_request *call, uint64_t seed, int64_t now)
{
    asl_region *r = call->inspection.region;
    bool has_role = asl_is_string(call->role) && asl_text_len(call->role) > 0;
    const asl_task *task = call->inspection.tested->task;
    char machine[ASL__UUID_SIZE], name[ASL__UUID_SIZE], token[ASL__UUID_SIZE];
    asl_value execution = asl_object(), states = asl_object(), v = asl_object();
    asl_value account = account_of(call);
    int len = asl_is_error(account) ? 0 : (int)asl_text_len(account);
    const char *digits = len > 0 ? asl_text(&account) : "";

    asl__uuid(machine, seed, 4);
    asl__uuid(name, seed + 1, 4);
    asl__uuid(token, seed + 2, 4);
    execution = asl_set(r, execution, asl_str("Id"),
                        asl_format_string(r, STATES "%.*s:express:%s:%s", len, digits, machine,
                                          name));
    execution = asl_set(r, execution, asl_str("Input"), call->input);
    execution = asl_set(r, execution, asl_str("Name"), asl_cstring(r, name));
    execution = asl_set(r, execution, asl_str("RoleArn"), has_role ? call->role : asl_null());
    execution = asl_set(r, execution, asl_str("StartTime"), time_text(r, now));
    states = asl_set(r, states, asl_str("Id"),
                     asl_format_string(r, STATES "%.*s:stateMachine:%s", len, digits, machine));
    states = asl_set(r, states, asl_str("Name"), asl_cstring(r, machine));
    v = asl_set(r, v, asl_str("Execution"), execution);
    v = asl_set(r, v, asl_str("StateMachine"), states);
    v = asl_set(r, v, asl_str("State"), make_state(call, now));
    if (task && task->pattern == ASL_WAIT_FOR_TASK_TOKEN)
        v = asl_set(r, v, asl_str("Task"),
                    asl_set(r, asl_object(), asl_str("Token"), asl_cstring(r, token)));
    return v;
}

bool asl__test_context(asl__call_request *call, uint64_t seed, int64_t now, asl__fault *fault)
{
    asl_value given = asl_get(call->request, "context"), context;

    if (asl_is_undefined(given)) {
        call->inspection.context = make_context(call, seed, now);
        return true;
    }
    if (!asl__test_json(call, given, &context, fault, "ValidationException",
                        INVALID "Context object must be valid JSON"))
        return false;
    call->inspection.context = context;
    return check_context(call, context, fault);
}
