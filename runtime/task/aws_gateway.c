/* apigateway:invoke: a call of the HTTP API that the parameters name. */
#include "value/base.h"

#include "task/aws_build.h"
#include "task/aws_model.h"
#include "value/utf8.h"

#include <strings.h>

/* ---- the request -------------------------------------------------------------- */

/* The parameters as they stand cannot be used. */
static asl_value unusable(asl_region *region, asl_value input, const char *field)
{
    asl_value text = asl_to_json(region, input);

    if (asl_is_error(text))
        return text;
    return asl_errorf(region, "States.Runtime",
                      "The Parameters '%.*s' could not be used to start the Task: [The value "
                      "of the field '%s' has an invalid format]",
                      (int)asl_text_len(text), asl_text(&text), field);
}

static bool has_prefix(asl_value name, const char *prefix)
{
    size_t len = strlen(prefix);

    return asl_text_len(name) >= len && strncasecmp(asl_text(&name), prefix, len) == 0;
}

static bool is_forbidden(asl_value name)
{
    static const char *const names[] = {
        "Authorization",     "Connection", "Content-md5", "Expect",
        "Host",              "Max-Forwards", "Proxy-Authenticate", "Server",
        "TE",                "Transfer-Encoding", "Trailer", "Upgrade",
        "Via",               "Www-Authenticate"
    };

    if (has_prefix(name, "X-Forwarded") || has_prefix(name, "X-Amz"))
        return true;
    for (size_t i = 0; i < ASL__COUNT_OF(names); i++)
        if (asl_text_len(name) == strlen(names[i]) && has_prefix(name, names[i]))
            return true;
    return false;
}

/* Whether V is an object of lists of strings (or not there). */
static bool is_multimap(asl_value v)
{
    if (asl_is_undefined(v) || asl_is_null(v))
        return true;
    for (size_t i = 0; i < asl_count(v); i++) {
        asl_value list = asl_is_object(v) ? asl_member_at(v, i)->value : asl_null();
        if (!asl_is_array(list))
            return false;
        for (size_t j = 0; j < asl_count(list); j++)
            if (!asl_is_string(asl_at(list, j)))
                return false;
    }
    return asl_is_object(v);
}

/* No byte that would end a field early, or be a field's own. */
static bool is_field_text(asl_value v)
{
    for (size_t i = 0; i < asl_text_len(v); i++)
        if ((unsigned char)asl_text(&v)[i] < ' ' && asl_text(&v)[i] != '\t')
            return false;
    return true;
}

static bool are_headers(asl_value headers)
{
    if (!is_multimap(headers))
        return false;
    for (size_t i = 0; i < asl_count(headers); i++) {
        const asl_member *m = asl_member_at(headers, i);
        if (is_forbidden(m->key) || !is_field_text(m->key))
            return false;
        for (size_t j = 0; j < asl_count(m->value); j++)
            if (!is_field_text(asl_at(m->value, j)))
                return false;
    }
    return true;
}

asl_value asl__aws_check_gateway(asl_region *region, asl_value input)
{
    asl_value method = asl_get(input, "Method"), api = asl_get(input, "ApiEndpoint");

    if (!asl_is_string(method) || asl_text_len(method) == 0 || !is_field_text(method))
        return unusable(region, input, "Method");
    if (!asl_is_string(api) || asl_text_len(api) == 0)
        return unusable(region, input, "ApiEndpoint");
    if (!are_headers(asl_get(input, "Headers")))
        return unusable(region, input, "Headers");
    if (!is_multimap(asl_get(input, "QueryParameters")))
        return unusable(region, input, "QueryParameters");
    return asl_undefined();
}

static void put_headers(asl__aws_request *r, asl_value headers)
{
    for (size_t i = 0; i < asl_count(headers); i++) {
        const asl_member *m = asl_member_at(headers, i);
        const char *name = asl__aws_copy(r->region, asl_text(&m->key), asl_text_len(m->key));
        r->failed |= name == NULL;
        for (size_t j = 0; name != NULL && j < asl_count(m->value); j++) {
            asl_value one = asl_at(m->value, j);
            asl__aws_field(r, name, asl_text(&one), asl_text_len(one));
        }
    }
}

static void put_query(asl__aws_request *r, asl_value parameters)
{
    struct asl__buf query = ASL__BUF_INIT;

    for (size_t i = 0; i < asl_count(parameters); i++) {
        const asl_member *m = asl_member_at(parameters, i);
        for (size_t j = 0; j < asl_count(m->value); j++) {
            asl_value one = asl_at(m->value, j);
            if (query.len > 0)
                asl__buf_append_char(&query, '&');
            asl__aws_encode(&query, asl_text(&m->key), asl_text_len(m->key), false);
            asl__buf_append_char(&query, '=');
            asl__aws_encode(&query, asl_text(&one), asl_text_len(one), false);
        }
    }
    r->query = asl__aws_text(r->region, &query);
    r->failed |= r->query == NULL;
}

static void put_body(asl__aws_request *r, asl_value body)
{
    bool typed = false;

    if (asl_is_undefined(body) || asl_is_null(body))
        return;
    asl_value text = asl_to_json(r->region, body);
    if (asl_is_error(text)) {
        r->failed = true;
        return;
    }
    r->body_len = asl_text_len(text);
    r->body = asl__aws_copy(r->region, asl_text(&text), r->body_len);
    r->failed |= r->body == NULL;
    for (size_t i = 0; i < r->nfields; i++)
        typed = typed || strcasecmp(r->fields[i].name, "Content-Type") == 0;
    if (!typed)
        asl__aws_field(r, "Content-Type", "application/json", 16);
}

/* Where the API is: what ApiEndpoint says, or a stand-in for it. */
static bool find_host(asl__aws_request *r, asl__aws_endpoint *endpoint, asl_value api,
                      struct asl__buf *path)
{
    const char *text = asl__aws_copy(r->region, asl_text(&api), asl_text_len(api));

    if (text == NULL)
        return false;
    if (strstr(text, "://") != NULL)
        return asl__aws_split_url(r->region, text, endpoint);
    if (endpoint->custom && strstr(text, ".amazonaws.com") != NULL) {
        asl__buf_append_cstring(path, endpoint->path);
        if (!endpoint->alone) /* as emulators of all AWS have it */
            asl__buf_printf(path, "/_aws/execute-api/%.*s", (int)strcspn(text, "."), text);
        return true;
    }
    size_t len = strcspn(text, "/");
    endpoint->scheme = "https";
    endpoint->host = asl__aws_copy(r->region, text, len);
    asl__buf_append_cstring(path, text + len);
    return endpoint->host != NULL;
}

static void append_part(struct asl__buf *path, asl_value part)
{
    const char *text = asl_text(&part);
    size_t len = asl_text_len(part);

    if (!asl_is_string(part) || len == 0)
        return;
    if (*text != '/')
        asl__buf_append_char(path, '/');
    for (size_t i = 0; i < len; i++) /* it may be encoded already */
        if (text[i] == '%')
            asl__buf_append_char(path, '%');
        else
            asl__aws_encode(path, text + i, 1, true);
}

asl_value asl__aws_build_gateway(asl__aws_request *r, asl__aws_endpoint *endpoint,
                                 asl_value input)
{
    asl_value error = asl__aws_check_gateway(r->region, input);
    asl_value method = asl_get(input, "Method"), api = asl_get(input, "ApiEndpoint");
    struct asl__buf path = ASL__BUF_INIT;

    r->query = r->body = "";
    if (asl_is_error(error))
        return error;
    r->method = asl__aws_copy(r->region, asl_text(&method), asl_text_len(method));
    if (r->method == NULL || !find_host(r, endpoint, api, &path)) {
        asl__buf_free(&path);
        return r->method == NULL ? asl_no_memory() : unusable(r->region, input, "ApiEndpoint");
    }
    append_part(&path, asl_get(input, "Stage"));
    append_part(&path, asl_get(input, "Path"));
    if (path.len == 0)
        asl__buf_append_char(&path, '/');
    r->path = asl__aws_text(r->region, &path);
    r->scheme = endpoint->scheme;
    r->host = endpoint->host;
    put_query(r, asl_get(input, "QueryParameters"));
    put_headers(r, asl_get(input, "Headers"));
    put_body(r, asl_get(input, "RequestBody"));
    return r->failed || r->path == NULL ? asl_no_memory() : asl_undefined();
}

/* ---- the answer --------------------------------------------------------------- */

static asl_value text_of(asl_region *region, const char *text, size_t len)
{
    return asl__utf8_valid(text, len, false) ? asl_string(region, text, len) : asl_str("");
}

static asl_value all_headers(asl_region *region, const asl__http_result *http)
{
    asl_value out = asl_object();

    for (size_t i = 0; i < http->nfields; i++) {
        asl_value name = text_of(region, http->fields[i].name, strlen(http->fields[i].name));
        asl_value value =
            text_of(region, http->fields[i].value, strlen(http->fields[i].value));
        asl_value list = asl_member_of(out, name);
        list = asl_push(region, asl_is_array(list) ? list : asl_array(), value);
        out = asl_set(region, out, name, list);
    }
    return out;
}

/* JSON as what it says, anything else as its text. */
static asl_value body_of(asl_region *region, const asl__http_result *http)
{
    const char *type = asl__http_field_of(http, "Content-Type");
    asl_syntax_error why;
    asl_value v;

    if (http->body_len == 0)
        return asl_str("");
    if (type != NULL && strstr(type, "json") != NULL &&
        asl_parse(region, http->body, http->body_len, &v, &why))
        return v;
    return text_of(region, http->body, http->body_len);
}

asl_value asl__aws_gateway_result(asl_region *region, const asl__http_result *http)
{
    if (http->status < 200 || http->status > 299) {
        asl_value name = asl_format_string(region, "ApiGateway.%d", http->status);
        return asl_error(region, name, text_of(region, http->body, http->body_len));
    }
    const asl_value keys[] = { asl_str("Headers"), asl_str("ResponseBody"),
                               asl_str("StatusCode"), asl_str("StatusText") };
    const asl_value values[] = { all_headers(region, http), body_of(region, http),
                                 asl_integer(http->status),
                                 text_of(region, http->reason, strlen(http->reason)) };
    return asl_record(region, 4, keys, values);
}
