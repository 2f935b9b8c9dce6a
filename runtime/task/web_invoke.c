/* states:::http:invoke: the input says what is asked, a connection who asks.
 *
 * Whatever connection there is, its parameters stand above those of the task.  The answer is
 * {Headers, ResponseBody, StatusCode, StatusText}, the names of headers in lower case; a
 * status that is no 2xx is States.Http.StatusCode.N with the answer's body as Cause, and no
 * answer within 60 seconds States.Http.Socket. */
#include "value/base.h"

#include "expr/failure.h"
#include "task/web.h"
#include "value/utf8.h"

#include <strings.h>

#define MOST_MILLISECONDS 60000

/* ---- the query and forms ------------------------------------------------------------ */

/* Text that is being made of names and values. */
struct form {
    struct asl__buf *to;
    asl_value format; /* of arrays; undefined: INDICES */
    char before;      /* what stands before the next one; 0: nothing */
    bool bad;         /* a value that has no place in a form */
};

static void append_value(struct asl__buf *to, asl_value v)
{
    struct asl__buf text = ASL__BUF_INIT;

    if (asl_is_string(v))
        asl__web_append_encoded(to, asl_text(&v), asl_text_len(v));
    else if (!asl_is_null(v)) {
        asl__print(&text, v);
        asl__web_append_encoded(to, asl__buf_cstring(&text), text.len);
        to->failed = to->failed || text.failed;
        asl__buf_free(&text);
    }
}

/* Begins NAME=. */
static void append_name(struct form *form, const char *name, size_t len)
{
    if (form->before != 0)
        asl__buf_append_char(form->to, form->before);
    form->before = '&';
    asl__buf_append(form->to, name, len);
    asl__buf_append_char(form->to, '=');
}

static void append_member(struct form *form, const struct asl__buf *name, asl_value v);

static bool has_format(const struct form *form, const char *name)
{
    return asl_is_string(form->format) &&
           asl_same_text(form->format, asl_string_in(name, strlen(name)));
}

static void append_commas(struct form *form, const struct asl__buf *name, asl_value v)
{
    append_name(form, name->data, name->len);
    for (size_t i = 0; i < asl_count(v); i++) {
        if (i > 0)
            asl__buf_append_char(form->to, ',');
        form->bad = form->bad || asl_count(asl_at(v, i)) > 0;
        append_value(form->to, asl_at(v, i));
    }
}

static void append_array(struct form *form, const struct asl__buf *name, asl_value v)
{
    for (size_t i = 0; i < asl_count(v); i++) {
        struct asl__buf inner = ASL__BUF_INIT;
        asl__buf_append(&inner, name->data, name->len);
        if (has_format(form, "BRACKETS"))
            asl__buf_append_cstring(&inner, "[]");
        else if (!has_format(form, "REPEAT"))
            asl__buf_printf(&inner, "[%zu]", i);
        append_member(form, &inner, asl_at(v, i));
        asl__buf_free(&inner);
    }
}

static void append_object(struct form *form, const struct asl__buf *name, asl_value v)
{
    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        struct asl__buf inner = ASL__BUF_INIT;
        asl__buf_append(&inner, name->data, name->len);
        asl__buf_append_char(&inner, '[');
        asl__web_append_encoded(&inner, asl_text(&m->key), asl_text_len(m->key));
        asl__buf_append_char(&inner, ']');
        append_member(form, &inner, m->value);
        asl__buf_free(&inner);
    }
}

/* NAME=V, or several such for an array or object. */
static void append_member(struct form *form, const struct asl__buf *name, asl_value v)
{
    form->to->failed = form->to->failed || name->failed;
    if (name->failed)
        return;
    if (asl_is_object(v)) {
        append_object(form, name, v);
    } else if (asl_is_array(v) && has_format(form, "COMMAS")) {
        append_commas(form, name, v);
    } else if (asl_is_array(v)) {
        append_array(form, name, v);
    } else {
        append_name(form, name->data, name->len);
        append_value(form->to, v);
    }
}

/* The members of the object V. */
static void append_members(struct form *form, asl_value v)
{
    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        struct asl__buf name = ASL__BUF_INIT;
        asl__web_append_encoded(&name, asl_text(&m->key), asl_text_len(m->key));
        append_member(form, &name, m->value);
        asl__buf_free(&name);
    }
}

/* ---- what the connection adds --------------------------------------------------------- */

/* V, an object, with the parameters of the call's connection for PLACE. */
static asl_value merged(const asl__web_call *call, enum asl__place place, asl_value v,
                        asl_region *region)
{
    const asl__parameters *adds;

    if (call->connection == NULL)
        return v;
    adds = asl__connection_adds(call->connection, place);
    for (size_t i = 0; i < adds->count; i++)
        v = asl_set(region, v, asl_cstring(region, adds->list[i].key),
                    asl_cstring(region, adds->list[i].value));
    return v;
}

static bool adds_to(const asl__web_call *call, enum asl__place place)
{
    return call->connection != NULL &&
           asl__connection_adds(call->connection, place)->count > 0;
}

/* ---- the URL -------------------------------------------------------------------------- */

static asl_value make_url(asl__web_call *call, asl_value input, asl_region *region)
{
    asl_value endpoint = asl_get(input, "ApiEndpoint");
    asl_value query = asl_get(input, "QueryParameters");
    struct asl__buf url = ASL__BUF_INIT;
    struct form form = { .to = &url, .format = asl_str("REPEAT"), .before = '?' };

    if (!asl__is_c_string(endpoint) || asl_text_len(endpoint) == 0)
        return asl__web_bad_field(call, "ApiEndpoint", region);
    if (asl_is_undefined(query) || asl_is_null(query))
        query = asl_object();
    if (!asl_is_object(query))
        return asl__web_bad_field(call, "QueryParameters", region);
    query = merged(call, ASL__IN_QUERY, query, region);
    if (asl_is_error(query))
        return query;
    const char *text = asl_text(&endpoint);
    for (size_t i = 0; i < asl_text_len(endpoint) && text[i] != '#'; i++) {
        if (text[i] > ' ' && text[i] <= '~')
            asl__buf_append_char(&url, text[i]);
        else
            asl__buf_printf(&url, "%%%02X", (unsigned)(uint8_t)text[i]);
        if (text[i] == '?')
            form.before = '&';
    }
    append_members(&form, query);
    call->url = asl__web_keep_buf(call, &url);
    return call->url != NULL ? asl_undefined() : asl_no_memory();
}

static asl_value set_method(asl__web_call *call, asl_value input, asl_region *region)
{
    static const char *const methods[] = { "GET",   "POST",    "PUT", "DELETE",
                                           "PATCH", "OPTIONS", "HEAD" };
    asl_value method = asl_get(input, "Method");

    for (size_t i = 0; i < ASL__COUNT_OF(methods); i++)
        if (asl_is_string(method) &&
            asl_same_text(method, asl_string_in(methods[i], strlen(methods[i]))))
            call->method = methods[i];
    return call->method != NULL ? asl_undefined()
                                : asl__web_bad_field(call, "Method", region);
}

/* ---- headers -------------------------------------------------------------------------- */

/* Headers that a task may not set (integrations.md 5). */
static bool is_forbidden(const char *name)
{
    static const char *const prefixes[] = { "X-Forwarded-", "X-Amz-", "X-Amzn-",
                                            "If-" };
    static const char *const names[] = { "A-IM",
                                         "Accept-Charset",
                                         "Accept-Datetime",
                                         "Accept-Encoding",
                                         "Authorization",
                                         "Cache-Control",
                                         "Connection",
                                         "Content-Encoding",
                                         "Content-MD5",
                                         "Date",
                                         "Expect",
                                         "Forwarded",
                                         "From",
                                         "Host",
                                         "HTTP2-Settings",
                                         "Max-Forwards",
                                         "Origin",
                                         "Pragma",
                                         "Proxy-Authorization",
                                         "Referer",
                                         "Server",
                                         "TE",
                                         "Trailer",
                                         "Transfer-Encoding",
                                         "Upgrade",
                                         "Via",
                                         "Warning",
                                         "Content-Length" };

    for (size_t i = 0; i < ASL__COUNT_OF(prefixes); i++)
        if (strncasecmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    for (size_t i = 0; i < ASL__COUNT_OF(names); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Whether the connection sets the header NAME. */
static bool is_set_by_connection(const asl__web_call *call, const char *name)
{
    const asl__parameters *adds;
    const asl__http_field *key;

    if (call->connection == NULL)
        return false;
    adds = asl__connection_adds(call->connection, ASL__IN_HEADER);
    key = asl__connection_key(call->connection);
    if (key != NULL && strcasecmp(key->name, name) == 0)
        return true;
    for (size_t i = 0; i < adds->count; i++)
        if (strcasecmp(adds->list[i].key, name) == 0)
            return true;
    return false;
}

/* Whether V can be the value of a header. */
static bool is_field_value(asl_value v)
{
    if (!asl__is_c_string(v))
        return false;
    for (size_t i = 0; i < asl_text_len(v); i++)
        if ((uint8_t)asl_text(&v)[i] < ' ' || asl_text(&v)[i] == 0x7f)
            return false;
    return true;
}

/* Adds NAME: V, of a header that the task sets. */
static asl_value add_header(asl__web_call *call, const char *name, asl_value v,
                            asl_region *region)
{
    struct asl__buf text = ASL__BUF_INIT;

    if (!is_field_value(v) || call->nfields == ASL__WEB_FIELDS)
        return asl__web_bad_field(call, "Headers", region);
    asl__buf_append(&text, asl_text(&v), asl_text_len(v));
    bool added = asl__web_field(call, name, asl__buf_cstring(&text));
    asl__buf_free(&text);
    return added ? asl_undefined() : asl_no_memory();
}

static bool is_token(const char *text)
{
    const char *c = text;

    for (; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", *c) != NULL)
            return false;
    return c != text;
}

/* The header of the member M: a string, or a list of such. */
static asl_value add_member(asl__web_call *call, const asl_member *m,
                            asl_region *region)
{
    const char *name = asl__is_c_string(m->key) ? asl__web_keep(call, asl_text(&m->key),
                                                                asl_text_len(m->key))
                                                : "";
    asl_value error = asl_undefined();

    if (name == NULL)
        return asl_no_memory();
    if (!is_token(name) || is_forbidden(name))
        return asl__web_bad_field(call, "Headers", region);
    if (is_set_by_connection(call, name))
        return asl_undefined();
    if (!asl_is_array(m->value))
        return add_header(call, name, m->value, region);
    for (size_t i = 0; i < asl_count(m->value) && asl_is_undefined(error); i++)
        error = add_header(call, name, asl_at(m->value, i), region);
    return error;
}

static bool has_field(const asl__web_call *call, const char *name)
{
    for (size_t i = 0; i < call->nfields; i++)
        if (strcasecmp(call->fields[i].name, name) == 0)
            return true;
    return false;
}

/* What stands in every call, and what the connection adds. */
static bool add_usual(asl__web_call *call, const char *type)
{
    bool added =
        has_field(call, "User-Agent") ||
        asl__web_field(call, "User-Agent", "Amazon|StepFunctions|HttpInvoke|local");

    if (call->has_body && !has_field(call, "Content-Type"))
        added = added && asl__web_field(call, "Content-Type", type);
    if (call->connection == NULL)
        return added;
    const asl__parameters *adds =
        asl__connection_adds(call->connection, ASL__IN_HEADER);
    const asl__http_field *key = asl__connection_key(call->connection);
    for (size_t i = 0; i < adds->count; i++)
        added = added && asl__web_field(call, adds->list[i].key, adds->list[i].value);
    if (key != NULL)
        added = added && asl__web_field(call, key->name, key->value);
    return added;
}

static asl_value add_headers(asl__web_call *call, asl_value input, const char *type,
                             asl_region *region)
{
    asl_value headers = asl_get(input, "Headers"), error = asl_undefined();

    if (!asl_is_undefined(headers) && !asl_is_null(headers) && !asl_is_object(headers))
        return asl__web_bad_field(call, "Headers", region);
    for (size_t i = 0; i < asl_count(headers) && asl_is_undefined(error); i++)
        error = add_member(call, asl_member_at(headers, i), region);
    if (asl_is_error(error))
        return error;
    return add_usual(call, type) ? asl_undefined() : asl_no_memory();
}

/* ---- the body ------------------------------------------------------------------------- */

/* BODY, an object, as a form; *TYPE: what that is. */
static asl_value make_form(asl__web_call *call, asl_value transform, asl_value body,
                           asl_region *region)
{
    asl_value options = asl_get(transform, "RequestEncodingOptions");
    struct form form = { .to = &call->body, .format = asl_get(options, "ArrayFormat") };

    if (!asl_is_object(body))
        return asl__web_bad_field(call, "RequestBody", region);
    if (asl_is_string(form.format) && !has_format(&form, "INDICES") &&
        !has_format(&form, "REPEAT") && !has_format(&form, "COMMAS") &&
        !has_format(&form, "BRACKETS"))
        return asl__web_bad_field(call, "ArrayFormat", region);
    asl__buf_bound(&call->body, region);
    append_members(&form, body);
    call->has_body = true;
    return form.bad ? asl__web_bad_field(call, "RequestBody", region) : asl_undefined();
}

static asl_value make_body(asl__web_call *call, asl_value input, const char **type,
                           asl_region *region)
{
    asl_value transform = asl_get(input, "Transform");
    asl_value body = asl_get(input, "RequestBody");
    asl_value encoding = asl_get(transform, "RequestBodyEncoding");
    bool urlencoded =
        asl_is_string(encoding) && asl_same_text(encoding, asl_str("URL_ENCODED"));

    *type = urlencoded ? "application/x-www-form-urlencoded; charset=UTF-8"
                       : "application/json; charset=UTF-8";
    if (adds_to(call, ASL__IN_BODY)) {
        if (asl_is_undefined(body))
            body = asl_object();
        if (!asl_is_object(body))
            return asl__web_bad_field(call, "RequestBody", region);
        body = merged(call, ASL__IN_BODY, body, region);
    }
    if (asl_is_error(body) || asl_is_undefined(body))
        return body;
    if (urlencoded)
        return make_form(call, transform, body, region);
    if (asl_is_string(encoding) && !asl_same_text(encoding, asl_str("NONE")))
        return asl__web_bad_field(call, "RequestBodyEncoding", region);
    if (!asl_is_string(body)) {
        asl__web_print_body(call, body, region);
        return asl_undefined();
    }
    asl__buf_bound(&call->body, region);
    asl__buf_append(&call->body, asl_text(&body), asl_text_len(body));
    call->has_body = true;
    return asl_undefined();
}

/* ---- asking ------------------------------------------------------------------------- */

static asl_value find_connection(asl__web_call *call, asl_value input,
                                 asl_region *region)
{
    asl_value arn = asl_get(asl_get(input, "InvocationConfig"), "ConnectionArn");

    if (asl_is_undefined(arn))
        arn = asl_get(asl_get(input, "Authentication"), "ConnectionArn");
    if (asl_is_undefined(arn))
        return asl_undefined();
    if (!asl_is_string(arn))
        return asl__web_bad_field(call, "ConnectionArn", region);
    call->connection = asl__connection_find(call->job->target.set, arn);
    if (call->connection != NULL)
        return asl_undefined();
    return asl_errorf(region, "Events.ConnectionResource.ResourceNotFound",
                      "no connection %.*s in the --tasks file", (int)asl_text_len(arn),
                      asl_text(&arn));
}

static asl_value prepare(asl__web_call *call, asl_region *region)
{
    asl_value input = call->job->input;
    const char *type = "";
    asl_value error = find_connection(call, input, region);

    call->timeout = MOST_MILLISECONDS;
    if (!asl_is_error(error))
        error = set_method(call, input, region);
    if (!asl_is_error(error))
        error = make_url(call, input, region);
    if (!asl_is_error(error))
        error = make_body(call, input, &type, region);
    if (!asl_is_error(error))
        error = add_headers(call, input, type, region);
    return error;
}

/* A token that is refused may have been taken back: once more with another. */
static bool again(asl__web_call *call, const asl__http_result *result)
{
    if (result->end != ASL__HTTP_ANSWERED ||
        (result->status != 401 && result->status != 407) || call->renewed ||
        call->connection == NULL || !asl__connection_wants_token(call->connection))
        return false;
    call->renewed = true;
    asl__connection_forget(call);
    asl__connection_send(call);
    return true;
}

/* ---- answers ------------------------------------------------------------------------ */

static asl_value lower_name(const char *name, asl_region *region)
{
    struct asl__buf text = ASL__BUF_INIT;

    for (; *name != '\0'; name++)
        asl__buf_append_char(&text, *name >= 'A' && *name <= 'Z' ? (char)(*name | 0x20)
                                                                 : *name);
    asl_value v =
        text.failed ? asl_no_memory() : asl_string(region, text.data, text.len);
    asl__buf_free(&text);
    return v;
}

static asl_value headers_of(const asl__http_result *result, asl_region *region)
{
    asl_value all = asl_object();

    for (size_t i = 0; i < result->nfields; i++) {
        const char *value = result->fields[i].value;
        asl_value name = lower_name(result->fields[i].name, region);
        asl_value list = asl_member_of(all, name);
        if (asl_is_undefined(list))
            list = asl_array();
        list = asl_push(region, list, asl__clean_text(region, value, strlen(value)));
        all = asl_set(region, all, name, list);
    }
    return all;
}

/* Whether the body is said to be of a type that has no place in a state's output. */
static bool is_refused(const asl__http_result *result)
{
    static const char *const types[] = { "image/", "video/", "audio/",
                                         "application/octet-stream" };
    const char *type = asl__http_field_of(result, "Content-Type");

    for (size_t i = 0; type != NULL && i < ASL__COUNT_OF(types); i++)
        if (strncasecmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

static asl_value body_of(asl__web_call *call, const asl__http_result *result,
                         asl_region *region)
{
    bool given, json = asl__web_is_json(result, &given);
    size_t len = result->body_len;
    asl_value v = asl_undefined();

    if (is_refused(result) && len > 0)
        return asl_prefixed(call->job->call->frame,
                            asl__failf(region,
                                       "The response has a body of the type '%s', "
                                       "which is not supported",
                                       asl__http_field_of(result, "Content-Type")));
    if (json)
        v = asl__web_json(result, asl_str(""), region);
    if (!asl_is_undefined(v))
        return v;
    if (asl__utf8_valid_prefix(result->body, len, false) < len)
        return asl_prefixed(
            call->job->call->frame,
            asl__failf(region, "The response has a body that is not UTF-8"));
    return asl_string(region, result->body, len);
}

static asl_value answer(asl__web_call *call, const asl__http_result *result,
                        asl_region *region)
{
    asl_value reason = asl__clean_text(region, result->reason, strlen(result->reason));
    const asl_value keys[] = { asl_str("Headers"), asl_str("ResponseBody"),
                               asl_str("StatusCode"), asl_str("StatusText") };

    if (result->status / 100 == 2) {
        const asl_value values[] = { headers_of(result, region),
                                     body_of(call, result, region),
                                     asl_integer(result->status), reason };
        return asl_record(region, ASL__COUNT_OF(keys), keys, values);
    }
    asl_value name =
        asl_format_string(region, "States.Http.StatusCode.%d", result->status);
    asl_value cause = result->body_len > 0 ? asl__web_text(result, region) : reason;
    if (asl_is_error(name) || asl_is_error(cause))
        return asl_no_memory();
    return asl_error(region, name, cause);
}

static asl_value none(asl__web_call *call, enum asl__http_end end, const char *message,
                      asl_region *region)
{
    if (end == ASL__HTTP_TOO_MUCH)
        return asl__web_too_much(call, message, region);
    if (end == ASL__HTTP_BAD_URL)
        return asl__web_bad_field(call, "ApiEndpoint", region);
    return asl_errorf(region, "States.Http.Socket", "%s", message);
}

const asl__web_protocol asl__web_invoke = { prepare, again, answer, none };
