/* {"lambda": URL}: a Lambda-compatible endpoint.
 *
 * A URL without a path gets Lambda's, with the function's name.  The runtime interface
 * emulator knows but one name, `function`, and answers others with 404 and a text that is no
 * JSON: then that name is used from then on.  The emulator tells errors of a function with
 * 200 and no header, Lambda with the header X-Amz-Function-Error. */
#include "value/base.h"

#include "task/web.h"

#include <strings.h>

#define FIXED_NAME "function"

/* ---- asking ------------------------------------------------------------------------- */

/* LEN bytes at TEXT, a C string of CALL; NULL without memory. */
static bool set_function(asl__web_call *call, const char *text, size_t len)
{
    static const char mark[] = ":function:";
    const char *start = NULL, *end = text + len;

    for (size_t i = 0; start == NULL && i + sizeof mark - 1 <= len; i++)
        if (memcmp(text + i, mark, sizeof mark - 1) == 0)
            start = text + i + sizeof mark - 1;
    if (start == NULL)
        start = len > 9 && memcmp(text, "function:", 9) == 0 ? text + 9 : text;
    const char *colon = memchr(start, ':', (size_t)(end - start));
    call->function =
        asl__web_keep(call, start, (size_t)((colon != NULL ? colon : end) - start));
    if (colon != NULL)
        call->qualifier = asl__web_keep(call, colon + 1, (size_t)(end - colon - 1));
    return call->function != NULL && (colon == NULL || call->qualifier != NULL);
}

/* The function that is meant: by the input, or by the Resource. */
static bool find_function(asl__web_call *call)
{
    const asl_task *task = call->job->call->task;
    asl_value given = task->resource;

    if (task->invoke) {
        given = asl_get(call->job->call->input, "FunctionName");
        if (!asl_is_string(given))
            given = task->function;
    } else if (task->kind != ASL_TASK_LAMBDA) {
        given = task->action;
    }
    if (!asl_is_string(given))
        given = asl_str(FIXED_NAME);
    return set_function(call, asl_text(&given), asl_text_len(given));
}

/* The URL to ask, of CALL; false without memory. */
static bool make_url(asl__web_call *call)
{
    const asl__web_spec *spec = call->spec;
    pthread_mutex_t *lock = asl__taskset_lock(call->job->target.set);
    struct asl__buf url = ASL__BUF_INIT;
    size_t len = strlen(spec->url);

    if (spec->has_path) {
        call->url = spec->url;
        return true;
    }
    while (len > 0 && spec->url[len - 1] == '/')
        len--;
    pthread_mutex_lock(lock);
    const char *name = *spec->fixed_name ? FIXED_NAME : call->function;
    pthread_mutex_unlock(lock);
    asl__buf_append(&url, spec->url, len);
    asl__buf_append_cstring(&url, "/2015-03-31/functions/");
    asl__web_append_encoded(&url, name, strlen(name));
    asl__buf_append_cstring(&url, "/invocations");
    if (call->qualifier != NULL) {
        asl__buf_append_cstring(&url, "?Qualifier=");
        asl__web_append_encoded(&url, call->qualifier, strlen(call->qualifier));
    }
    call->url = asl__web_keep_buf(call, &url);
    return call->url != NULL;
}

/* Adds the header NAME with the member KEY of the input, if that is there. */
static asl_value add_field(asl__web_call *call, const char *name, const char *key,
                           asl_region *region)
{
    asl_value input = call->job->call->input;
    asl_value v = asl_member_of(input, asl_string_in(key, strlen(key)));
    struct asl__buf text = ASL__BUF_INIT;

    if (asl_is_undefined(v) || asl_is_null(v))
        return asl_undefined();
    if (!asl__is_c_string(v))
        return asl__web_bad_field(call, key, region);
    asl__buf_append(&text, asl_text(&v), asl_text_len(v));
    bool added = asl__web_field(call, name, asl__buf_cstring(&text));
    asl__buf_free(&text);
    return added ? asl_undefined() : asl_no_memory();
}

/* What of the input goes into the header. */
static asl_value add_fields(asl__web_call *call, asl_region *region)
{
    static const char *const fields[][2] = {
        { "X-Amz-Invocation-Type", "InvocationType" },
        { "X-Amz-Log-Type", "LogType" },
        { "X-Amz-Client-Context", "ClientContext" }
    };
    asl_value error = asl_undefined();

    for (size_t i = 0; i < call->spec->nfields; i++)
        if (!asl__web_field(call, call->spec->fields[i].name,
                            call->spec->fields[i].value))
            return asl_no_memory();
    for (size_t i = 0; i < ASL__COUNT_OF(fields) && asl_is_undefined(error); i++)
        error = add_field(call, fields[i][0], fields[i][1], region);
    return error;
}

static asl_value prepare_invoke(asl__web_call *call, asl_region *region)
{
    asl_value input = call->job->call->input;
    asl_value qualifier = asl_get(input, "Qualifier");
    asl_value error = add_fields(call, region);

    if (asl_is_error(error))
        return error;
    if (asl_is_string(qualifier)) {
        if (!asl__is_c_string(qualifier))
            return asl__web_bad_field(call, "Qualifier", region);
        call->qualifier =
            asl__web_keep(call, asl_text(&qualifier), asl_text_len(qualifier));
        if (call->qualifier == NULL)
            return asl_no_memory();
    }
    asl_value payload = asl__payload_of(region, input);
    if (!asl_is_error(payload))
        asl__web_print_body(call, payload, region);
    return asl_is_error(payload) ? payload : asl_undefined();
}

static asl_value prepare(asl__web_call *call, asl_region *region)
{
    asl_value error = asl_undefined();

    call->method = "POST";
    call->job->target.enveloped = false; /* the answer has what the envelope shows */
    if (!find_function(call))
        return asl_no_memory();
    if (call->job->call->task->invoke) {
        error = prepare_invoke(call, region);
    } else {
        call->fields = call->spec->fields;
        call->nfields = call->spec->nfields;
        asl__web_print_body(call, call->job->input, region);
    }
    if (asl_is_error(error))
        return error;
    return make_url(call) ? asl_undefined() : asl_no_memory();
}

static bool again(asl__web_call *call, const asl__http_result *result)
{
    pthread_mutex_t *lock = asl__taskset_lock(call->job->target.set);
    const char *body = result->body;

    if (result->end != ASL__HTTP_ANSWERED || result->status != 404 ||
        call->spec->has_path || strcmp(call->function, FIXED_NAME) == 0 ||
        asl__http_field_of(result, "X-Amzn-ErrorType") != NULL ||
        (result->body_len > 0 && (*body == '{' || *body == '<')) || call->renewed)
        return false;
    call->renewed = true;
    pthread_mutex_lock(lock);
    *call->spec->fixed_name = true;
    pthread_mutex_unlock(lock);
    if (!make_url(call))
        return false;
    asl__web_send(call);
    return true;
}

/* ---- the envelope --------------------------------------------------------------------- */

/* Whether field I has a name that an earlier one has. */
static bool is_repeated(const asl__http_result *result, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcasecmp(result->fields[k].name, result->fields[i].name) == 0)
            return true;
    return false;
}

static asl_value text_of(asl_region *region, const char *text)
{
    return asl__clean_text(region, text, strlen(text));
}

/* Every value of the field that stands first at I, in a list. */
static asl_value all_of(asl_region *region, const asl__http_result *result, size_t i)
{
    asl_value list = asl_array();

    for (size_t k = i; k < result->nfields; k++)
        if (strcasecmp(result->fields[k].name, result->fields[i].name) == 0)
            list = asl_push(region, list, text_of(region, result->fields[k].value));
    return list;
}

static asl_value metadata(asl_region *region, const asl__http_result *result)
{
    asl_value one = asl_object(), all = asl_object();

    for (size_t i = 0; i < result->nfields; i++) {
        if (is_repeated(result, i))
            continue;
        asl_value name = text_of(region, result->fields[i].name);
        one = asl_set(region, one, name, text_of(region, result->fields[i].value));
        all = asl_set(region, all, name, all_of(region, result, i));
    }
    const asl_value keys[] = { asl_str("AllHttpHeaders"), asl_str("HttpHeaders"),
                               asl_str("HttpStatusCode") };
    const asl_value values[] = { all, one, asl_integer(result->status) };
    return asl_record(region, ASL__COUNT_OF(keys), keys, values);
}

static asl_value request_id(asl__web_call *call, asl_region *region,
                            const asl__http_result *result)
{
    const char *id = asl__http_field_of(result, "x-amzn-RequestId");
    const asl_value key = asl_str("RequestId");
    asl_value v =
        id != NULL ? text_of(region, id) : asl__request_id(region, call->job->call);

    return asl_record(region, 1, &key, &v);
}

static asl_value envelope(asl__web_call *call, const asl__http_result *result,
                          asl_value payload, asl_region *region)
{
    const char *version = asl__http_field_of(result, "X-Amz-Executed-Version");
    const char *log = asl__http_field_of(result, "X-Amz-Log-Result");
    asl_member members[6] = { { asl_str("ExecutedVersion"),
                                version != NULL ? text_of(region, version)
                                                : asl_str("$LATEST") } };
    size_t count = 1;

    if (log != NULL)
        members[count++] = (asl_member){ asl_str("LogResult"), text_of(region, log) };
    members[count++] = (asl_member){ asl_str("Payload"), payload };
    members[count++] =
        (asl_member){ asl_str("SdkHttpMetadata"), metadata(region, result) };
    members[count++] = (asl_member){ asl_str("SdkResponseMetadata"),
                                     request_id(call, region, result) };
    members[count++] =
        (asl_member){ asl_str("StatusCode"), asl_integer(result->status) };
    return asl_object_of(region, count, members);
}

/* ---- errors --------------------------------------------------------------------------- */

/* The exceptions of Lambda's Invoke; others are AWSLambdaException. */
static const struct {
    const char *name;
    int status; /* for which it is taken if the answer does not say; 0: none */
} exceptions[] = { { "ResourceNotFoundException", 404 },
                   { "TooManyRequestsException", 429 },
                   { "ServiceException", 500 },
                   { "RequestTooLargeException", 413 },
                   { "InvalidRequestContentException", 400 },
                   { "ResourceConflictException", 409 },
                   { "UnsupportedMediaTypeException", 415 },
                   { "InvalidParameterValueException", 0 },
                   { "ResourceNotReadyException", 0 },
                   { "KMSAccessDeniedException", 0 },
                   { "KMSDisabledException", 0 },
                   { "KMSInvalidStateException", 0 },
                   { "KMSNotFoundException", 0 },
                   { "EC2AccessDeniedException", 0 },
                   { "EC2ThrottledException", 0 },
                   { "EC2UnexpectedException", 0 },
                   { "EFSIOException", 0 },
                   { "EFSMountConnectivityException", 0 },
                   { "EFSMountFailureException", 0 },
                   { "EFSMountTimeoutException", 0 },
                   { "ENILimitReachedException", 0 },
                   { "InvalidRuntimeException", 0 },
                   { "InvalidSecurityGroupIDException", 0 },
                   { "InvalidSubnetIDException", 0 },
                   { "InvalidZipFileException", 0 },
                   { "RecursiveInvocationException", 0 },
                   { "SnapStartException", 0 },
                   { "SnapStartNotReadyException", 0 },
                   { "SnapStartTimeoutException", 0 },
                   { "SubnetIPAddressLimitReachedException", 0 } };

/* What the answer says, or its status: LEN bytes. */
static const char *code_of(const asl__http_result *result, asl_value *body, size_t *len)
{
    const char *type = asl__http_field_of(result, "X-Amzn-ErrorType");

    if (type != NULL) {
        *len = strcspn(type, ":");
        return type;
    }
    *body = asl_get(*body, "__type");
    if (asl_is_string(*body)) {
        const char *text = asl_text(body), *end = text + asl_text_len(*body);
        for (const char *c = text; c < end; c++)
            if (*c == '#')
                text = c + 1;
        *len = (size_t)(end - text);
        return text;
    }
    for (size_t i = 0; i < ASL__COUNT_OF(exceptions); i++)
        if (exceptions[i].status == result->status) {
            *len = strlen(exceptions[i].name);
            return exceptions[i].name;
        }
    *len = sizeof "ServiceException" - 1;
    return result->status >= 500 ? "ServiceException" : "AWSLambdaException";
}

static bool is_modelled(const char *code, size_t len)
{
    for (size_t i = 0; i < ASL__COUNT_OF(exceptions); i++)
        if (strlen(exceptions[i].name) == len &&
            memcmp(exceptions[i].name, code, len) == 0)
            return true;
    return false;
}

/* The service did not call the function. */
static asl_value service_error(const asl__http_result *result, asl_value body,
                               asl_region *region)
{
    const char *given = asl__http_field_of(result, "x-amzn-RequestId");
    asl_value id = given != NULL ? text_of(region, given) : asl_str("null");
    asl_value message = asl_get(body, "Message"), holder = body;
    size_t len;

    if (!asl_is_string(message))
        message = asl_get(body, "message");
    if (!asl_is_string(message))
        message = asl_get(body, "errorMessage");
    if (!asl_is_string(message))
        message = result->body_len > 0 && !asl_is_object(body)
                      ? asl__web_text(result, region)
                      : asl_str("null");
    if (asl_is_error(message) || asl_is_error(id))
        return asl_no_memory();
    const char *code = code_of(result, &holder, &len);
    asl_value name = is_modelled(code, len)
                         ? asl_format_string(region, "Lambda.%.*s", (int)len, code)
                         : asl_str("Lambda.AWSLambdaException");
    asl_value cause = asl_format_string(
        region,
        "%.*s (Service: AWSLambda; Status Code: %d; Error Code: %.*s; Request ID: %.*s; "
        "Proxy: null)",
        (int)asl_text_len(message), asl_text(&message), result->status, (int)len, code,
        (int)asl_text_len(id), asl_text(&id));
    if (asl_is_error(name) || asl_is_error(cause))
        return asl_no_memory();
    return asl_error(region, name, cause);
}

/* The function failed: Error by errorType, Cause the whole payload (recorded.md 29). */
static asl_value function_error(asl_value payload, asl_region *region)
{
    asl_value type = asl_get(payload, "errorType");
    asl_value cause = asl_to_json(region, payload);

    if (asl_is_error(cause))
        return cause;
    return asl_error(region, asl_is_string(type) ? type : asl_str("Lambda.Unknown"),
                     cause);
}

/* The emulator tells that a function took too long as a bare text. */
static asl_value timed_out(asl_value text, asl_region *region)
{
    static const char start[] = "Task timed out after ";

    if (!asl_is_string(text) || asl_text_len(text) < sizeof start - 1 ||
        memcmp(asl_text(&text), start, sizeof start - 1) != 0)
        return asl_undefined();
    const asl_value keys[] = { asl_str("errorMessage"), asl_str("errorType") };
    const asl_value values[] = { text, asl_str("Sandbox.Timedout") };
    return asl_record(region, 2, keys, values);
}

/* ---- answers -------------------------------------------------------------------------- */

static bool is_error_object(asl_value v)
{
    return asl_is_string(asl_get(v, "errorType")) &&
           asl_is_string(asl_get(v, "errorMessage"));
}

/* What comes without a function's call has no body, else a string stands for what is no
 * JSON. */
static asl_value payload_of(const asl__http_result *result, asl_region *region)
{
    asl_value v =
        asl__web_json(result, result->status == 200 ? asl_null() : asl_str(""), region);

    return asl_is_undefined(v) ? asl__web_text(result, region) : v;
}

static asl_value answer(asl__web_call *call, const asl__http_result *result,
                        asl_region *region)
{
    asl_value payload = payload_of(result, region);
    bool told = asl__http_field_of(result, "X-Amz-Function-Error") != NULL;
    bool lambda = asl__http_field_of(result, "X-Amz-Executed-Version") != NULL;

    if (asl_is_error(payload))
        return payload;
    /* 502: the function could not be begun (the emulator). */
    if (result->status / 100 != 2 &&
        !(result->status == 502 && is_error_object(payload)))
        return service_error(result, payload, region);
    if (!told && !lambda) {
        asl_value late = timed_out(payload, region);
        payload = asl_is_undefined(late) ? payload : late;
        told = is_error_object(payload);
    }
    if (told || result->status == 502)
        return function_error(payload, region);
    return call->job->call->task->invoke ? envelope(call, result, payload, region)
                                         : payload;
}

static asl_value none(asl__web_call *call, enum asl__http_end end, const char *message,
                      asl_region *region)
{
    if (end == ASL__HTTP_TOO_MUCH)
        return asl__web_too_much(call, message, region);
    if (end == ASL__HTTP_TIMEOUT)
        return asl_errorf(
            region, "Lambda.ClientExecutionTimeoutException",
            "Client execution did not complete before the specified timeout "
            "configuration: %s",
            message);
    return asl_errorf(region, "Lambda.SdkClientException",
                      "Unable to execute HTTP request: %s", message);
}

const asl__web_protocol asl__web_lambda = { prepare, again, answer, none };
