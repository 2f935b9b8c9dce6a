/* {"http": URL}: the input is sent, the answer is the result.
 *
 *     2xx   JSON, nothing at all is null; what says that it is something else is a string
 *     else  an object that names an error as a child process does; States.Http.StatusCode.N
 *           with the answer as Cause
 *
 * Redirections are not followed.  No answer is States.Http.Socket. */
#include "value/base.h"

#include "task/web.h"

static asl_value prepare(asl__web_call *call, asl_region *region)
{
    const asl__web_spec *spec = call->spec;

    call->method = spec->method;
    call->url = spec->url;
    call->fields = spec->fields;
    call->nfields = spec->nfields;
    if (strcmp(spec->method, "GET") != 0 && strcmp(spec->method, "HEAD") != 0)
        asl__web_print_body(call, call->job->input, region);
    return asl_undefined();
}

static asl_value read_result(const asl__http_result *result, asl_region *region)
{
    bool given, json = asl__web_is_json(result, &given);
    asl_value v = asl__web_json(result, asl_null(), region);

    if (!asl_is_undefined(v))
        return v;
    if (given && !json)
        return asl__web_text(result, region);
    return asl_errorf(region, "States.TaskFailed", "the answer is not JSON");
}

static asl_value read_failure(const asl__http_result *result, asl_region *region)
{
    asl_value v = asl__named_error(region, result->body, result->body_len);

    if (asl_is_error(v))
        return v;
    v = asl__web_text(result, region);
    if (asl_is_error(v))
        return v;
    if (asl_text_len(v) == 0)
        v = asl__clean_text(region, result->reason, strlen(result->reason));
    asl_value name =
        asl_format_string(region, "States.Http.StatusCode.%d", result->status);
    return asl_is_error(name) ? name : asl_error(region, name, v);
}

static asl_value answer(asl__web_call *call, const asl__http_result *result,
                        asl_region *region)
{
    (void)call;
    return result->status / 100 == 2 ? read_result(result, region)
                                     : read_failure(result, region);
}

static asl_value none(asl__web_call *call, enum asl__http_end end, const char *message,
                      asl_region *region)
{
    if (end == ASL__HTTP_TOO_MUCH)
        return asl__web_too_much(call, message, region);
    return asl_errorf(region, "States.Http.Socket", "%s", message);
}

const asl__web_protocol asl__web_http = { prepare, NULL, answer, none };
