/* What TestState demands of a call, and in what words it refuses one. */
#include "value/base.h"

#include "program/teststate.h"

#include "task/aws_shapes.h"

#define INVALID "ValidationException"

bool asl__fault_is(asl__fault *fault, const char *code, const char *format, ...)
{
    va_list args;

    fault->code = code;
    fault->message.len = 0;
    va_start(args, format);
    asl__buf_vprintf(&fault->message, format, args);
    va_end(args);
    return false;
}

bool asl__test_json(const asl__call_request *call, asl_value v, asl_value *out,
                    asl__fault *fault, const char *code, const char *message)
{
    asl_syntax_error error;
    char *text;

    *out = v;
    if (!asl_is_string(v))
        return true;
    /* The parser reads a few bytes beyond the end. */
    size_t len = asl_text_len(v);
    text = asl_alloc(call->inspection.region, len + ASL_PARSE_PADDING);
    if (!text)
        return asl__fault_is(fault, "ServiceException", "out of memory");
    memcpy(text, asl_text(&v), len);
    memset(text + len, 0, ASL_PARSE_PADDING);
    if (asl_parse(call->inspection.region, text, len, out, &error))
        return true;
    return asl__fault_is(fault, code, "%s", message);
}

/* ---- mocks ------------------------------------------------------------------------ */

static const char *type_name(uint8_t type)
{
    static const char *const names[] = {
        [ASL_TYPE_PASS] = "Pass",         [ASL_TYPE_TASK] = "Task",
        [ASL_TYPE_CHOICE] = "Choice",     [ASL_TYPE_WAIT] = "Wait",
        [ASL_TYPE_SUCCEED] = "Succeed",   [ASL_TYPE_FAIL] = "Fail",
        [ASL_TYPE_PARALLEL] = "Parallel", [ASL_TYPE_MAP] = "Map",
    };

    return names[type];
}

static bool takes_mock(uint8_t type)
{
    return type == ASL_TYPE_TASK || type == ASL_TYPE_PARALLEL || type == ASL_TYPE_MAP;
}

static bool want_array(asl_value v, asl__fault *fault)
{
    return asl_is_array(v) || asl__fault_is(fault, INVALID, "Mocked result must be an array.");
}

static bool want_object(asl_value v, asl__fault *fault)
{
    return asl_is_object(v) ||
           asl__fault_is(fault, INVALID, "Mocked result must be a JSON object.");
}

/* The mocked answer of a service: what the service may give. */
static bool check_service(const asl_task *task, asl_value result, asl_value mode,
                          asl__fault *fault)
{
    bool present = asl_same_text(mode, asl_str("PRESENT"));

    if (task->kind != ASL_TASK_SERVICE || task->pattern == ASL_WAIT_FOR_TASK_TOKEN)
        return true; /* a function's or a worker's answer may be anything */
    if (!want_object(result, fault))
        return false;
    if (asl_same_text(mode, asl_str("NONE")) ||
        asl__aws_shape_fits(task->service, task->action, result, !present, &fault->message))
        return true;
    fault->code = INVALID;
    return false;
}

static bool check_result(const asl__call_request *call, asl_value mode, asl__fault *fault)
{
    const asl_tested *tested = call->inspection.tested;
    asl_value result = call->result;

    if (tested->type == ASL_TYPE_TASK)
        return check_service(tested->task, result, mode, fault);
    if (tested->type == ASL_TYPE_MAP && tested->writes)
        return want_object(result, fault);
    if (!want_array(result, fault))
        return false;
    if (tested->type != ASL_TYPE_PARALLEL || asl_count(result) == tested->branches)
        return true;
    return asl__fault_is(fault, INVALID,
                         "Mocked result must contain the same number of items as number of "
                         "Parallel branches.");
}

static bool check_mode(asl_value mode, asl__fault *fault)
{
    if (asl_is_undefined(mode) || asl_same_text(mode, asl_str("STRICT")) ||
        asl_same_text(mode, asl_str("PRESENT")) || asl_same_text(mode, asl_str("NONE")))
        return true;
    return asl__fault_is(fault, INVALID,
                         "Value at 'mock.fieldValidationMode' failed to satisfy constraint: "
                         "Member must satisfy enum value set: [PRESENT, STRICT, NONE]");
}

/* The error value of an errorOutput. */
static bool read_error(asl__call_request *call, asl_value output, asl__fault *fault)
{
    asl_value error = asl_get(output, "error"), cause = asl_get(output, "cause");

    if (!asl_is_object(output) || (!asl_is_undefined(error) && !asl_is_string(error)) ||
        (!asl_is_undefined(cause) && !asl_is_string(cause)))
        return asl__fault_is(fault, INVALID,
                             "mock.errorOutput has the strings `error` and `cause`");
    call->inspection.mock =
        asl_error_flagged(call->inspection.region, error, cause, ASL_ERROR_PREFIXED);
    return true;
}

static bool read_mock(asl__call_request *call, asl_value mock, asl__fault *fault)
{
    asl_value result = asl_get(mock, "result"), error = asl_get(mock, "errorOutput");
    asl_value mode = asl_get(mock, "fieldValidationMode");
    uint8_t type = call->inspection.tested->type;

    if (!asl_is_object(mock))
        return asl__fault_is(fault, INVALID, "a mock is an object");
    if (asl_is_undefined(result) == asl_is_undefined(error))
        return asl__fault_is(fault, INVALID,
                             "A test mock should have only one of the following fields: "
                             "[result, errorOutput].");
    if (!takes_mock(type))
        return asl__fault_is(fault, INVALID,
                             "State type '%s' is not supported when a mock is specified",
                             type_name(type));
    if (asl_is_true(asl_get(call->request, "revealSecrets")))
        return asl__fault_is(
            fault, INVALID, "TestState does not support RevealSecrets when a mock is specified.");
    if (!check_mode(mode, fault))
        return false;
    if (!asl_is_undefined(error))
        return read_error(call, error, fault);
    if (!asl__test_json(call, result, &call->result, fault, INVALID,
                   "Mocked result must be valid JSON") ||
        !check_result(call, mode, fault))
        return false;
    call->inspection.mock = call->result;
    return true;
}

/* What cannot be tested without one. */
static bool do_without_mock(const asl__call_request *call, asl__fault *fault)
{
    const asl_tested *tested = call->inspection.tested;

    if (tested->type == ASL_TYPE_MAP || tested->type == ASL_TYPE_PARALLEL)
        return asl__fault_is(fault, "InvalidDefinition",
                             "TestState API does not support Map or Parallel states. Supported "
                             "state types include: [Task, Wait, Pass, Succeed, Fail, Choice]");
    if (tested->type == ASL_TYPE_TASK && asl_is_string(call->role) &&
        asl_text_len(call->role) == 0)
        return asl__fault_is(fault, INVALID,
                             "RoleArn must be specified when testing a Task state");
    return true;
}

/* ---- stateConfiguration ------------------------------------------------------------- */

/* A count from 0 on; *OUT stays where there is none. */
static bool read_count(asl_value configuration, const char *name, int64_t *out,
                       asl__fault *fault)
{
    asl_value v = asl__named(configuration, name);

    if (asl_is_undefined(v))
        return true;
    if (asl_is_number(v) && asl_to_integer(v, out) && *out >= 0 && *out <= UINT32_MAX)
        return true;
    return asl__fault_is(fault, INVALID,
                         "stateConfiguration.%s must be a whole number of 0 or more", name);
}

static bool refuse_unmocked(asl_value configuration, asl__fault *fault)
{
    static const char *const names[][2] = {
        { "retrierRetryCount", "RetrierRetryCount" },
        { "errorCausedByState", "ErrorCausedByState" },
        { "mapIterationFailureCount", "MapIterationFailureCount" },
        { "mapItemReaderData", "MapItemReaderData" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(names); i++)
        if (!asl_is_undefined(asl__named(configuration, names[i][0])))
            return asl__fault_is(fault, INVALID,
                                 "TestState does not support %s when a mock is not specified.",
                                 names[i][1]);
    return true;
}

static bool check_failures(const asl__call_request *call, asl__fault *fault)
{
    bool known = call->inspection.tested->type == ASL_TYPE_MAP && asl_is_array(call->result);

    if (!known || call->inspection.failures <= (int64_t)asl_count(call->result))
        return true;
    return asl__fault_is(fault, INVALID,
                         "Map iteration failure count must be less than or equal to the number "
                         "of Map iterations");
}

static bool read_configuration(asl__call_request *call, asl_value v, asl__fault *fault)
{
    asl__inspection *i = &call->inspection;
    int64_t retries = 0;

    if (asl_is_undefined(v))
        return true;
    if (!asl_is_object(v))
        return asl__fault_is(fault, INVALID, "stateConfiguration is an object");
    if (!call->mocked)
        return refuse_unmocked(v, fault);
    if (!read_count(v, "retrierRetryCount", &retries, fault) ||
        !read_count(v, "mapIterationFailureCount", &i->failures, fault) ||
        !asl__test_json(call, asl_get(v, "mapItemReaderData"), &i->items, fault, INVALID,
                   "MapItemReaderData must be valid JSON"))
        return false;
    i->retries = (uint32_t)retries;
    return check_failures(call, fault);
}

/* ---- the call ------------------------------------------------------------------------ */

static bool read_level(asl__call_request *call, asl_value level, asl__fault *fault)
{
    call->shows = asl_same_text(level, asl_str("DEBUG")) || asl_same_text(level, asl_str("TRACE"));
    if (call->shows || asl_is_undefined(level) || asl_same_text(level, asl_str("INFO")))
        return true;
    return asl__fault_is(fault, INVALID,
                         "Value at 'inspectionLevel' failed to satisfy constraint: Member must "
                         "satisfy enum value set: [INFO, DEBUG, TRACE]");
}

static bool read_variables(asl__call_request *call, asl_value v, asl__fault *fault)
{
    asl_value *out = &call->inspection.variables;

    if (!asl__test_json(call, v, out, fault, INVALID, "Variables must be valid JSON"))
        return false;
    if (asl_is_undefined(*out) || asl_is_object(*out))
        return true;
    return asl__fault_is(fault, INVALID, "Variables must be a JSON object");
}

bool asl__test_read(asl__call_request *call, asl_value request, asl__fault *fault)
{
    asl_value mock = asl_get(request, "mock"), input = asl_get(request, "input");

    call->request = request;
    call->role = asl_get(request, "roleArn");
    call->mocked = !asl_is_undefined(mock);
    call->result = asl_undefined();
    call->inspection.mock = call->inspection.items = asl_undefined();
    call->inspection.failures = call->inspection.retry_index = -1;
    call->inspection.catch_index = -1;
    for (int i = 0; i < ASL_INSPECT_COUNT; i++)
        call->inspection.seen[i] = asl_undefined();
    if (asl_is_undefined(input))
        input = asl_object();
    return read_level(call, asl_get(request, "inspectionLevel"), fault) &&
           (call->mocked ? read_mock(call, mock, fault) : do_without_mock(call, fault)) &&
           read_configuration(call, asl_get(request, "stateConfiguration"), fault) &&
           read_variables(call, asl_get(request, "variables"), fault) &&
           asl__test_json(call, input, &call->input, fault, "InvalidExecutionInput",
                     "Invalid State Machine Execution Input: 'the input is no JSON'");
}
