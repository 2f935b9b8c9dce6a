/* What a service says went wrong, and the Error and Cause that Step Functions makes of it. */
#include "value/base.h"

#include "task/aws_build.h"
#include "task/aws_xml.h"
#include "value/utf8.h"

static asl_value text_of(asl_region *region, const char *text, size_t len)
{
    return asl__utf8_valid(text, len, false) ? asl_string(region, text, len)
                                             : asl_str("");
}

static asl_value header(asl_region *region, const asl__http_result *http, const char *name)
{
    const char *text = asl__http_field_of(http, name);

    return text != NULL ? text_of(region, text, strlen(text)) : asl_undefined();
}

/* The name in `namespace#Name:http://...`. */
static asl_value error_name(asl_region *region, asl_value v)
{
    const char *text = asl_text(&v), *hash;
    size_t len = asl_text_len(v);

    if ((hash = memchr(text, '#', len)) != NULL) {
        len -= (size_t)(hash + 1 - text);
        text = hash + 1;
    }
    const char *colon = memchr(text, ':', len);
    return asl_string(region, text, colon != NULL ? (size_t)(colon - text) : len);
}

static asl_value first_string(asl_value v, const asl_value *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        asl_value found = asl_member_of(v, keys[i]);
        if (asl_is_string(found))
            return found;
    }
    return asl_undefined();
}

static void read_json(asl_region *region, const asl__http_result *http,
                      asl__aws_failure *f)
{
    const asl_value codes[] = { asl_str("__type"), asl_str("code"), asl_str("Code") };
    const asl_value messages[] = { asl_str("message"), asl_str("Message"),
                                   asl_str("errorMessage") };
    asl_value body = asl_undefined(), code = header(region, http, "x-amzn-ErrorType");
    asl_value query = header(region, http, "x-amzn-query-error");
    asl_syntax_error why;

    if (!asl_parse(region, http->body, http->body_len, &body, &why))
        body = asl_undefined();
    if (!asl_is_string(code))
        code = first_string(body, codes, ASL__COUNT_OF(codes));
    if (asl_is_string(code))
        f->code = f->shape = error_name(region, code);
    f->message = first_string(body, messages, ASL__COUNT_OF(messages));
    /* What the service called it when it still had the query protocol. */
    if (asl_is_string(query)) {
        const char *text = asl_text(&query), *end = memchr(text, ';', asl_text_len(query));
        f->code = asl_string(region, text,
                             end != NULL ? (size_t)(end - text) : asl_text_len(query));
    }
}

static asl_value node_text(asl_region *region, const asl__xml *node)
{
    return node != NULL ? asl_string(region, node->text, node->len) : asl_undefined();
}

static void read_xml(asl_region *region, const asl__http_result *http, asl__aws_failure *f)
{
    const asl__xml *root = asl__xml_parse(region, http->body, http->body_len);
    const asl__xml *error = root;

    if (asl__xml_child(root, "Errors") != NULL)
        error = asl__xml_child(asl__xml_child(root, "Errors"), "Error");
    else if (asl__xml_child(root, "Error") != NULL)
        error = asl__xml_child(root, "Error");
    f->code = f->shape = node_text(region, asl__xml_child(error, "Code"));
    f->message = node_text(region, asl__xml_child(error, "Message"));
    if (!asl_is_string(f->id))
        f->id = node_text(region, asl__xml_child(root, "RequestId"));
    if (!asl_is_string(f->id))
        f->id = node_text(region, asl__xml_child(root, "RequestID"));
    if (!asl_is_string(f->extended_id))
        f->extended_id = node_text(region, asl__xml_child(root, "HostId"));
}

/* Answers to HEAD have no body to say it. */
static void guess(const asl_aws_operation *operation, int status, asl__aws_failure *f)
{
    if (status == 404 && strcmp(operation->name, "HeadObject") == 0)
        f->shape = f->code = asl_str("NoSuchKey");
    else if (status == 404 && strcmp(operation->name, "HeadBucket") == 0)
        f->shape = f->code = asl_str("NoSuchBucket");
}

asl__aws_failure asl__aws_failure_of(asl_region *region, const asl_aws_operation *operation,
                                     const asl__http_result *http)
{
    asl__aws_failure f = { .id = header(region, http, "x-amzn-RequestId"),
                           .extended_id = header(region, http, "x-amz-id-2") };
    bool json = operation->service->protocol == ASL_AWS_JSON ||
                operation->service->protocol == ASL_AWS_REST_JSON;

    if (!asl_is_string(f.id))
        f.id = header(region, http, "x-amz-request-id");
    if (http->body_len > 0 && json)
        read_json(region, http, &f);
    else if (http->body_len > 0)
        read_xml(region, http, &f);
    else if (json)
        read_json(region, http, &f);
    if (!asl_is_string(f.code))
        guess(operation, http->status, &f);
    return f;
}

static bool is_word(asl_value text, const char *word)
{
    return asl_is_string(text) && asl_text_len(text) == strlen(word) &&
           memcmp(asl_text(&text), word, strlen(word)) == 0;
}

bool asl__aws_is_transient(const asl__http_result *http, const asl__aws_failure *f)
{
    static const char *const codes[] = {
        "Throttling",          "ThrottlingException",
        "ThrottledException",  "RequestThrottledException",
        "RequestThrottled",    "TooManyRequestsException",
        "SlowDown",            "ProvisionedThroughputExceededException",
        "RequestLimitExceeded", "TransactionInProgressException",
        "BandwidthLimitExceeded", "PriorRequestNotComplete",
        "EC2ThrottledException", "RequestTimeout",
        "RequestTimeoutException"
    };

    if (http->status == 429 || http->status == 500 || http->status == 502 ||
        http->status == 503 || http->status == 504)
        return true;
    for (size_t i = 0; i < ASL__COUNT_OF(codes); i++)
        if (is_word(f->code, codes[i]) || is_word(f->shape, codes[i]))
            return true;
    return false;
}

/* ---- names -------------------------------------------------------------------- */

/* The class of the error CODE, from the service's list (CODE or CODE=NAME); false: none. */
static bool find_class(const char *errors, asl_value code, const char **name, size_t *len)
{
    if (!asl_is_string(code))
        return false;
    while (*errors != '\0') {
        size_t word = strcspn(errors, " "), key = strcspn(errors, "= ");
        *name = key < word ? errors + key + 1 : errors;
        *len = key < word ? word - key - 1 : key;
        if ((asl_text_len(code) == key && memcmp(asl_text(&code), errors, key) == 0) ||
            (asl_text_len(code) == *len && memcmp(asl_text(&code), *name, *len) == 0))
            return true;
        errors += word;
        errors += strspn(errors, " ");
    }
    return false;
}

static bool ends_in(const char *text, size_t len, const char *end)
{
    size_t n = strlen(end);

    return len >= n && memcmp(text + len - n, end, n) == 0;
}

/* The Error: a class of its own where the service's model has one. */
static asl_value name_of(asl_region *region, const asl_aws_operation *op,
                         const asl__aws_failure *f)
{
    const char *prefix = op->optimized ? op->optimized->prefix : op->service->prefix;
    const char *name;
    size_t len;

    if (find_class(op->service->errors, f->shape, &name, &len) ||
        find_class(op->service->errors, f->code, &name, &len)) {
        if (!op->optimized && ends_in(name, len, "Fault"))
            len -= 5;
        bool whole = ends_in(name, len, "Exception");
        return asl_format_string(region, "%s.%.*s%s", prefix, (int)len, name,
                                 whole ? "" : "Exception");
    }
    if (op->optimized)
        return asl_format_string(region, "%s.%s", prefix, op->optimized->generic);
    return asl_format_string(region, "%s.%sException", prefix, prefix);
}

static void append(struct asl__buf *out, asl_value v)
{
    if (asl_is_string(v))
        asl__buf_append(out, asl_text(&v), asl_text_len(v));
    else
        asl__buf_append_cstring(out, "null");
}

static void append_cause(struct asl__buf *out, const asl_aws_operation *op, int status,
                         const asl__aws_failure *f, unsigned attempts)
{
    append(out, f->message);
    if (op->optimized) {
        asl__buf_printf(out, " (Service: %s; Status Code: %d; Error Code: ",
                        op->optimized->service, status);
        append(out, f->code);
        asl__buf_append_cstring(out, "; Request ID: ");
        append(out, f->id);
        asl__buf_append_cstring(out, "; Proxy: null)");
        return;
    }
    asl__buf_printf(out, " (Service: %s, Status Code: %d, Request ID: ",
                    op->service->prefix, status);
    append(out, f->id);
    if (strcmp(op->service->key, "s3") == 0) {
        asl__buf_append_cstring(out, ", Extended Request ID: ");
        append(out, f->extended_id);
    }
    asl__buf_append_char(out, ')');
    /* As it is recorded: of this service only. */
    if (strcmp(op->service->key, "sfn") == 0)
        asl__buf_printf(out, " (SDK Attempt Count: %u)", attempts);
}

asl_value asl__aws_error(asl_region *region, const asl_aws_operation *operation,
                         const asl__http_result *http, unsigned attempts)
{
    asl__aws_failure f = asl__aws_failure_of(region, operation, http);
    struct asl__buf cause = ASL__BUF_INIT;
    asl_value name = name_of(region, operation, &f);

    append_cause(&cause, operation, http->status, &f, attempts);
    asl_value text =
        cause.failed ? asl_no_memory() : asl_string(region, cause.data, cause.len);
    asl__buf_free(&cause);
    return asl_error(region, name, text);
}

asl_value asl__aws_unreached(asl_region *region, const asl_aws_operation *operation,
                             const char *host, const asl__http_result *http)
{
    const char *prefix =
        operation->optimized ? operation->optimized->prefix : operation->service->prefix;
    asl_value name = asl_format_string(region, "%s.SdkClientException", prefix);
    int host_len = (int)strcspn(host, ":");

    if (http->end == ASL__HTTP_NO_NAME)
        return asl_error(region, name,
                         asl_format_string(region,
                                           "Unable to execute HTTP request: %.*s: Name or "
                                           "service not known",
                                           host_len, host));
    return asl_error(region, name,
                     asl_format_string(region, "Unable to execute HTTP request: %s",
                                       *http->message != '\0' ? http->message : host));
}
