/* Results made of what services answer; see aws_build.h. */
#include "value/base.h"

#include "task/aws_build.h"
#include "task/aws_xml.h"
#include "value/utf8.h"

#include <strings.h>

/* An answer being read. */
struct reply {
    asl_region *region;
    const asl_aws_operation *operation;
    const asl__http_result *http;
    asl__aws_side side;
    const asl__xml *root; /* of XML protocols; NULL: no document */
};

/* The part of the operation's places that tells of answers. */
static const char *outward(const asl_aws_operation *operation)
{
    const char *at = strchr(operation->places, '>');

    return at != NULL ? at + 1 : "";
}

static asl__aws_place out_place(const asl_aws_operation *operation, char kind)
{
    const char *at = outward(operation);
    asl__aws_place place;

    while ((place = asl__aws_next_place(&at)).kind != '\0')
        if (place.kind == kind)
            return place;
    return place;
}

static bool is_xml(const asl_aws_operation *operation)
{
    return operation->service->protocol != ASL_AWS_JSON &&
           operation->service->protocol != ASL_AWS_REST_JSON;
}

/* ---- the call's own record ---------------------------------------------------- */

/* The hash by which Java's HashMap orders texts. */
static uint32_t java_hash(const char *text)
{
    uint32_t h = 0;

    for (; *text != '\0'; text++)
        h = 31 * h + (unsigned char)*text;
    return h ^ h >> 16;
}

struct headers {
    const asl__http_field *fields;
    size_t *order; /* the fields' numbers; the first of each name */
    size_t count;
};

static bool same_name(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

static void sort_headers(struct headers *h, bool hashed)
{
    uint32_t mask = 15;

    while (h->count * 4 > (mask + 1) * 3)
        mask = mask * 2 + 1;
    for (size_t i = 1; i < h->count; i++)
        for (size_t j = i; j > 0; j--) {
            const char *a = h->fields[h->order[j - 1]].name;
            const char *b = h->fields[h->order[j]].name;
            uint32_t x = java_hash(a) & mask, y = java_hash(b) & mask;
            if (hashed ? x <= y : strcasecmp(a, b) <= 0)
                break;
            size_t swap = h->order[j];
            h->order[j] = h->order[j - 1];
            h->order[j - 1] = swap;
        }
}

static void list_headers(struct headers *h, const asl__http_result *http)
{
    for (size_t i = 0; i < http->nfields; i++) {
        bool seen = false;
        for (size_t j = 0; j < h->count && !seen; j++)
            seen = same_name(http->fields[h->order[j]].name, http->fields[i].name);
        if (!seen)
            h->order[h->count++] = i;
    }
}

static asl_value header_text(asl_region *region, const char *text)
{
    size_t len = strlen(text);

    return asl__utf8_valid(text, len, false) ? asl_string(region, text, len)
                                             : asl_str("");
}

/* All values of the fields of that name, as a list. */
static asl_value all_of(asl_region *region, const asl__http_result *http, const char *name)
{
    asl_value list = asl_array();

    for (size_t i = 0; i < http->nfields; i++)
        if (same_name(http->fields[i].name, name))
            list = asl_push(region, list, header_text(region, http->fields[i].value));
    return list;
}

static asl_value http_metadata(asl_region *region, const asl__http_result *http)
{
    struct headers h = { .fields = http->fields };
    asl_value all = asl_object(), each = asl_object();

    h.order = asl_alloc(region, (http->nfields + 1) * sizeof *h.order);
    if (h.order == NULL)
        return asl_no_memory();
    list_headers(&h, http);
    sort_headers(&h, true);
    for (size_t i = 0; i < h.count; i++) {
        const char *name = http->fields[h.order[i]].name;
        all = asl_set(region, all, header_text(region, name), all_of(region, http, name));
    }
    sort_headers(&h, false);
    for (size_t i = 0; i < h.count; i++)
        each = asl_set(region, each, header_text(region, http->fields[h.order[i]].name),
                       header_text(region, http->fields[h.order[i]].value));
    const asl_value keys[] = { asl_str("AllHttpHeaders"), asl_str("HttpHeaders"),
                               asl_str("HttpStatusCode") };
    const asl_value values[] = { all, each, asl_integer(http->status) };
    return asl_record(region, 3, keys, values);
}

static asl_value request_id(const struct reply *r)
{
    const char *id = asl__http_field_of(r->http, "x-amzn-RequestId");
    const asl__xml *node;

    if (id == NULL)
        id = asl__http_field_of(r->http, "x-amz-request-id");
    if (id != NULL)
        return header_text(r->region, id);
    node = asl__xml_child(asl__xml_child(r->root, "ResponseMetadata"), "RequestId");
    if (node == NULL)
        node = asl__xml_child(r->root, "RequestId");
    return node != NULL ? asl_string(r->region, node->text, node->len) : asl_undefined();
}

static asl_value add_metadata(const struct reply *r, asl_value v)
{
    asl_value id = request_id(r), response = asl_object();

    if (!asl_is_undefined(id))
        response = asl_set(r->region, response, asl_str("RequestId"), id);
    v = asl_set(r->region, v, asl_str("SdkHttpMetadata"),
                http_metadata(r->region, r->http));
    v = asl_set(r->region, v, asl_str("SdkResponseMetadata"), response);
    return asl__aws_sorted(r->region, v);
}

/* ---- documents ---------------------------------------------------------------- */

static asl_value client_error(const struct reply *r, const char *what)
{
    const asl_aws_operation *op = r->operation;
    const char *prefix = op->optimized ? op->optimized->prefix : op->service->prefix;

    return asl_error(r->region,
                     asl_format_string(r->region, "%s.SdkClientException", prefix),
                     asl_cstring(r->region, what));
}

/* The JSON of the body; an error if it is none, {} for nothing at all. */
static asl_value json_document(const struct reply *r)
{
    asl_syntax_error why;
    asl_value v;

    if (r->http->body_len == 0)
        return asl_object();
    if (asl_parse(r->region, r->http->body, r->http->body_len, &v, &why))
        return v;
    return why.no_memory ? asl_no_memory()
                         : client_error(r, "Unable to parse the service's answer: no JSON");
}

static asl_value xml_document(const struct reply *r)
{
    const asl__xml *node = r->root;

    if (node == NULL)
        return r->http->body_len == 0
                   ? asl_object()
                   : client_error(r, "Unable to parse the service's answer: no XML");
    if (r->operation->service->protocol == ASL_AWS_QUERY) {
        asl_value name = asl_format_string(r->region, "%sResult", r->operation->name);
        const char *text = asl_is_error(name)
                               ? NULL
                               : asl__aws_copy(r->region, asl_text(&name), asl_text_len(name));
        if (text == NULL)
            return asl_no_memory();
        node = asl__xml_child(r->root, text);
        if (node == NULL)
            return asl_object();
    }
    asl_value v = asl__aws_from_xml(&r->side, "", node);
    return r->operation->service->protocol == ASL_AWS_EC2
               ? asl_without(r->region, v, asl_str("RequestId"))
               : v;
}

static asl_value document(const struct reply *r)
{
    if (is_xml(r->operation))
        return xml_document(r);
    asl_value v = json_document(r);
    if (!asl_is_error(v) && !asl_is_object(v))
        return client_error(r, "Unable to parse the service's answer: no JSON object");
    return asl_is_error(v) ? v : asl__aws_from_wire(&r->side, "", v);
}

/* ---- REST --------------------------------------------------------------------- */

static asl__aws_name member_of(const struct reply *r, const asl__aws_place *place)
{
    return asl__aws_by_name(&r->side, "",
                            asl_string(r->region, place->name, place->name_len));
}

static asl_value add_header(const struct reply *r, const asl__aws_place *place,
                            asl_value v)
{
    asl__aws_name name = member_of(r, place);
    const char *wire = asl__aws_copy(r->region, place->wire, place->wire_len), *text;
    char kind;

    if (name.no_memory || wire == NULL)
        return asl_no_memory();
    text = asl__http_field_of(r->http, wire);
    if (text == NULL)
        return v;
    kind = *name.kinds;
    asl_value value = asl__utf8_valid(text, strlen(text), false)
                          ? asl__aws_leaf(&r->side, kind == 't' ? 'R' : kind, text,
                                          strlen(text))
                          : asl_undefined();
    return asl_is_undefined(value)
               ? v
               : asl_set(r->region, v, asl_cstring(r->region, name.name), value);
}

/* The headers that begin with the prefix, as a map. */
static asl_value add_headers(const struct reply *r, const asl__aws_place *place,
                             asl_value v)
{
    asl_value map = asl_object();

    for (size_t i = 0; i < r->http->nfields; i++) {
        const asl__http_field *field = &r->http->fields[i];
        if (strncasecmp(field->name, place->wire, place->wire_len) == 0)
            map = asl_set(r->region, map,
                          header_text(r->region, field->name + place->wire_len),
                          header_text(r->region, field->value));
    }
    return asl_set(r->region, v, asl_string(r->region, place->name, place->name_len), map);
}

static asl_value raw_payload(const struct reply *r)
{
    if (!asl__utf8_valid(r->http->body, r->http->body_len, false))
        return client_error(r, "The body of the service's answer is no text (UTF-8)");
    return asl_string(r->region, r->http->body_len > 0 ? r->http->body : "",
                      r->http->body_len);
}

/* The member that the body is, behind the others. */
static asl_value add_payload(const struct reply *r, const asl__aws_place *place,
                             asl_value v)
{
    asl_value payload;

    if (place->kind == 'p') {
        payload = raw_payload(r);
    } else if (is_xml(r->operation)) {
        if (r->root == NULL)
            return v;
        asl__aws_name name = member_of(r, place);
        payload = name.no_memory ? asl_no_memory()
                                 : asl__aws_from_xml(&r->side, name.name, r->root);
    } else {
        payload = json_document(r);
        asl__aws_name name = member_of(r, place);
        if (!asl_is_error(payload))
            payload = asl__aws_value_from_wire(&r->side, name.name, name.kinds, payload);
    }
    return asl_set(r->region, v, asl_string(r->region, place->name, place->name_len),
                   payload);
}

static asl_value rest_result(const struct reply *r)
{
    asl__aws_place raw = out_place(r->operation, 'p'), whole = out_place(r->operation, 'P');
    const char *at = outward(r->operation);
    asl__aws_place place;
    asl_value v = raw.kind != '\0' || whole.kind != '\0' ? asl_object() : document(r);

    while ((place = asl__aws_next_place(&at)).kind != '\0' && !asl_is_error(v)) {
        asl_value name = asl_string(r->region, place.name, place.name_len);
        if (place.kind == 'h')
            v = add_header(r, &place, v);
        else if (place.kind == 'H')
            v = add_headers(r, &place, v);
        else if (place.kind == 's')
            v = asl_set(r->region, v, name, asl_integer(r->http->status));
    }
    if (asl_is_error(v))
        return v;
    v = asl__aws_sorted(r->region, v);
    if (raw.kind != '\0')
        return add_payload(r, &raw, v);
    return whole.kind != '\0' ? add_payload(r, &whole, v) : v;
}

/* ---- results of optimized integrations ---------------------------------------- */

/* The text of a member read as JSON, where it is any. */
static asl_value parse_member(asl_region *region, asl_value v, asl_value key)
{
    asl_value text = asl_member_of(v, key), parsed;
    asl_syntax_error why;

    if (!asl_is_string(text))
        return v;
    if (asl_text_len(text) == 0)
        return asl_set(region, v, key, asl_null());
    if (!asl_parse(region, asl_text(&text), asl_text_len(text), &parsed, &why))
        return why.no_memory ? asl_no_memory() : v;
    return asl_set(region, v, key, parsed);
}

/* A function that failed is an answer like others, but for a header (and not even that by
 * the runtime's emulator). */
static asl_value function_error(const struct reply *r, asl_value payload)
{
    asl_value type = asl_get(payload, "errorType");
    bool said = asl__http_field_of(r->http, "X-Amz-Function-Error") != NULL;
    bool shown = asl_is_string(type) && asl_is_string(asl_get(payload, "errorMessage"));

    if (!said && !(shown && asl__http_field_of(r->http, "x-amzn-RequestId") == NULL))
        return asl_undefined();
    return asl_error(r->region, asl_is_string(type) ? type : asl_str("Lambda.Unknown"),
                     asl_to_json(r->region, payload));
}

static asl_value lambda_result(const struct reply *r, asl_value v)
{
    v = parse_member(r->region, v, asl_str("Payload"));
    asl_value error = function_error(r, asl_get(v, "Payload"));
    if (asl_is_error(error))
        return error;
    return asl_without(r->region, v, asl_str("FunctionError"));
}

static asl_value events_result(const struct reply *r, asl_value v)
{
    int64_t failed;
    asl_value count = asl_get(v, "FailedEntryCount");

    if (!asl_is_number(count) || !asl_to_integer(count, &failed) || failed == 0)
        return v;
    return asl_error(r->region, asl_str("EventBridge.FailedEntry"),
                     asl_to_json(r->region, v));
}

static asl_value optimized_result(const struct reply *r, asl_value v)
{
    const char *key = r->operation->service->key;

    if (strcmp(key, "lambda") == 0)
        v = lambda_result(r, v);
    else if (strcmp(key, "eventbridge") == 0)
        v = events_result(r, v);
    else if (strcmp(key, "bedrockruntime") == 0)
        v = parse_member(r->region, v, asl_str("Body"));
    if (asl_is_error(v) || !r->operation->optimized->metadata)
        return v;
    return add_metadata(r, v);
}

asl_value asl__aws_result(asl_region *region, const asl_aws_operation *operation,
                          const asl__http_result *http)
{
    struct reply r = { .region = region,
                       .operation = operation,
                       .http = http,
                       .side = asl__aws_out(region, operation) };
    asl_value v;

    if (is_xml(operation) && out_place(operation, 'p').kind == '\0' && http->body_len > 0)
        r.root = asl__xml_parse(region, http->body, http->body_len);
    v = operation->service->protocol == ASL_AWS_REST_JSON ||
                operation->service->protocol == ASL_AWS_REST_XML
            ? rest_result(&r)
            : document(&r);
    if (asl_is_error(v) || operation->optimized == NULL)
        return v;
    return optimized_result(&r, v);
}
