/* Requests of the five protocols; see aws_build.h. */
#include "value/base.h"

#include "task/aws_build.h"
#include "task/aws_xml.h"

#include <nettle/base64.h>
#include <nettle/md5.h>
#include <strings.h>

/* A request being built. */
struct building {
    asl__aws_request *r;
    const asl_aws_operation *operation;
    asl__aws_side side;
    asl_value input;
};

/* ---- places ------------------------------------------------------------------- */

asl__aws_place asl__aws_next_place(const char **at)
{
    asl__aws_place place = { 0 };

    *at += strspn(*at, " ");
    size_t len = strcspn(*at, " "), name = strcspn(*at, "= ");
    if (len == 0)
        return place;
    place.kind = **at;
    place.name = *at + 1;
    place.name_len = name - 1;
    place.wire = name < len ? *at + name + 1 : place.name;
    place.wire_len = name < len ? len - name - 1 : place.name_len;
    *at += len;
    return place;
}

/* Where the member called NAME goes; kind 0: into the document. */
static asl__aws_place place_of(const asl_aws_operation *operation, const char *name)
{
    const char *at = operation->places;
    asl__aws_place place;

    while ((place = asl__aws_next_place(&at)).kind != '\0' && place.kind != '>')
        if (place.kind != 'r' && strlen(name) == place.name_len &&
            memcmp(name, place.name, place.name_len) == 0)
            return place;
    return (asl__aws_place){ 0 };
}

/* The place of KIND, of that WIRE if it is not NULL. */
static asl__aws_place place_with(const asl_aws_operation *operation, char kind,
                                 const char *wire, size_t len)
{
    const char *at = operation->places;
    asl__aws_place place;

    while ((place = asl__aws_next_place(&at)).kind != '\0' && place.kind != '>')
        if (place.kind == kind &&
            (wire == NULL ||
             (place.wire_len == len && memcmp(place.wire, wire, len) == 0)))
            return place;
    return (asl__aws_place){ 0 };
}

/* The member of the input that has the NAME; undefined if it is not set. */
static asl_value member_named(const struct building *b, const char *name, size_t len)
{
    for (size_t i = 0; i < asl_count(b->input); i++) {
        const asl_member *m = asl_member_at(b->input, i);
        asl__aws_name found = asl__aws_by_name(&b->side, "", m->key);
        if (!found.no_memory && strlen(found.name) == len &&
            memcmp(found.name, name, len) == 0 && !asl_is_null(m->value))
            return m->value;
    }
    return asl_undefined();
}

/* What the input has of members that go nowhere else. */
static asl_value unplaced(const struct building *b)
{
    asl_value rest = asl_object();

    for (size_t i = 0; i < asl_count(b->input); i++) {
        const asl_member *m = asl_member_at(b->input, i);
        asl__aws_name name = asl__aws_by_name(&b->side, "", m->key);
        if (name.no_memory)
            return asl_no_memory();
        if (place_of(b->operation, name.name).kind == '\0')
            rest = asl_set(b->side.region, rest, m->key, m->value);
    }
    return rest;
}

/* ---- texts of a request ------------------------------------------------------- */

static asl_value set_text(struct building *b, const char **to, struct asl__buf *text)
{
    *to = asl__aws_text(b->r->region, text);
    return *to == NULL ? asl_no_memory() : asl_undefined();
}

static asl_value set_body(struct building *b, struct asl__buf *body)
{
    b->r->body_len = body->len;
    return set_text(b, &b->r->body, body);
}

static void add_field(struct building *b, const char *name, const char *value)
{
    asl__aws_field(b->r, name, value, strlen(value));
}

static bool has_field(const asl__aws_request *r, const char *name)
{
    for (size_t i = 0; i < r->nfields; i++)
        if (strcasecmp(r->fields[i].name, name) == 0)
            return true;
    return false;
}

/* A value that would end its field early ends the call. */
static asl_value put_header(struct building *b, const char *name, size_t len,
                            asl_value v)
{
    asl_value text = asl__aws_as_text(b->side.region, v);
    const char *copy;

    if (asl_is_error(text))
        return text;
    copy = asl__aws_copy(b->side.region, name, len);
    if (copy == NULL)
        return asl_no_memory();
    for (size_t i = 0; i < asl_text_len(text); i++)
        if ((unsigned char)asl_text(&text)[i] < ' ' && asl_text(&text)[i] != '\t')
            return asl_errorf(b->side.region, "States.Runtime",
                              "the value of %s has a control character in it", copy);
    asl__aws_field(b->r, copy, asl_text(&text), asl_text_len(text));
    return asl_undefined();
}

static asl_value header_value(const struct building *b, const asl__aws_name *name,
                              asl_value v)
{
    if (*name->kinds == 'q')
        return asl__aws_base64(b->side.region, asl__aws_as_text(b->side.region, v));
    if (asl_is_array(v)) {
        struct asl__buf list = ASL__BUF_INIT;
        for (size_t i = 0; i < asl_count(v); i++) {
            asl_value text = asl__aws_as_text(b->side.region, asl_at(v, i));
            if (i > 0)
                asl__buf_append_char(&list, ',');
            if (!asl_is_error(text))
                asl__buf_append(&list, asl_text(&text), asl_text_len(text));
        }
        v = asl_string(b->side.region, list.len > 0 ? list.data : "", list.len);
        asl__buf_free(&list);
        return v;
    }
    return asl__aws_leaf_text(&b->side, *name->kinds, v);
}

static asl_value put_headers(struct building *b)
{
    asl_value error = asl_undefined();

    for (size_t i = 0; i < asl_count(b->input) && !asl_is_error(error); i++) {
        const asl_member *m = asl_member_at(b->input, i);
        asl__aws_name name = asl__aws_by_name(&b->side, "", m->key);
        if (name.no_memory)
            return asl_no_memory();
        asl__aws_place place = place_of(b->operation, name.name);
        if (asl_is_null(m->value))
            continue;
        if (place.kind == 'h')
            error = put_header(b, place.wire, place.wire_len,
                               header_value(b, &name, m->value));
        for (size_t j = 0; place.kind == 'H' && j < asl_count(m->value); j++) {
            asl_value key = asl_member_at(m->value, j)->key;
            asl_value full = asl_format_string(
                b->side.region, "%.*s%.*s", (int)place.wire_len, place.wire,
                (int)asl_text_len(key), asl_text(&key));
            if (asl_is_error(full))
                return full;
            error = put_header(b, asl_text(&full), asl_text_len(full),
                               asl_member_at(m->value, j)->value);
        }
    }
    return error;
}

/* ---- the URI ------------------------------------------------------------------ */

static asl_value missing(const struct building *b, const char *name, size_t len)
{
    const asl_aws_operation *op = b->operation;
    const char *prefix = op->optimized ? op->optimized->prefix : op->service->prefix;
    asl_value error = asl_format_string(b->side.region, "%s.SdkClientException", prefix);

    return asl_error(b->side.region, error,
                     asl_format_string(b->side.region, "Parameter '%.*s' must not be null",
                                       (int)len, name));
}

/* Appends what stands for the label at TEMPLATE, `Key+}...`. */
static asl_value put_label(const struct building *b, struct asl__buf *out,
                           const char *label, size_t len)
{
    bool greedy = len > 0 && label[len - 1] == '+';
    asl__aws_place place = place_with(b->operation, 'u', label, len - greedy);
    asl_value v = place.kind == 'u' ? member_named(b, place.name, place.name_len)
                                    : asl_undefined();

    v = asl_is_undefined(v) ? v : asl__aws_leaf_text(&b->side, 'T', v);
    if (asl_is_error(v))
        return v;
    if (asl_is_undefined(v) || asl_text_len(v) == 0)
        return missing(b, label, len - greedy);
    asl__aws_encode(out, asl_text(&v), asl_text_len(v), greedy);
    return asl_undefined();
}

static void put_query(struct asl__buf *out, const char *name, size_t len, asl_value text)
{
    if (out->len > 0)
        asl__buf_append_char(out, '&');
    asl__aws_encode(out, name, len, false);
    asl__buf_append_char(out, '=');
    out->failed |= asl_is_error(text);
    if (!asl_is_error(text))
        asl__aws_encode(out, asl_text(&text), asl_text_len(text), false);
}

static void query_value(const struct building *b, struct asl__buf *out,
                        const asl__aws_place *place, char kind, asl_value v)
{
    const asl__aws_side *side = &b->side;

    if (asl_is_array(v)) {
        for (size_t i = 0; i < asl_count(v); i++)
            query_value(b, out, place, kind, asl_at(v, i));
    } else if (asl_is_object(v)) {
        for (size_t i = 0; i < asl_count(v); i++) {
            asl_value key = asl_member_at(v, i)->key;
            put_query(out, asl_text(&key), asl_text_len(key),
                      asl__aws_leaf_text(side, kind, asl_member_at(v, i)->value));
        }
    } else {
        put_query(out, place->wire, place->wire_len, asl__aws_leaf_text(side, kind, v));
    }
}

static asl_value build_query(struct building *b, const char *fixed)
{
    struct asl__buf out = ASL__BUF_INIT;
    const char *at = b->operation->places;
    asl__aws_place place;

    for (; *fixed != '\0'; fixed += fixed[strcspn(fixed, "&")] == '&'
                                        ? strcspn(fixed, "&") + 1
                                        : strcspn(fixed, "&")) {
        size_t len = strcspn(fixed, "&"), name = strcspn(fixed, "=&");
        put_query(&out, fixed, name,
                  asl_string(b->side.region, name < len ? fixed + name + 1 : "",
                             name < len ? len - name - 1 : 0));
    }
    while ((place = asl__aws_next_place(&at)).kind != '\0' && place.kind != '>') {
        asl_value v = place.kind == 'q' ? member_named(b, place.name, place.name_len)
                                        : asl_undefined();
        if (!asl_is_undefined(v))
            query_value(b, &out, &place, 'T', v);
    }
    return set_text(b, &b->r->query, &out);
}

static asl_value build_uri(struct building *b, const asl__aws_endpoint *endpoint,
                           const char *path)
{
    struct asl__buf out = ASL__BUF_INIT;
    asl_value error = asl_undefined();

    asl__buf_append_cstring(&out, endpoint->path);
    while (*path != '\0' && *path != '?' && *path != '#' && !asl_is_error(error)) {
        if (*path == '{') {
            size_t len = strcspn(path, "}");
            error = put_label(b, &out, path + 1, len - 1);
            path += len;
        } else {
            asl__buf_append_char(&out, *path);
        }
        path++;
    }
    if (asl_is_error(error)) {
        asl__buf_free(&out);
        return error;
    }
    error = set_text(b, &b->r->path, &out);
    return asl_is_error(error) ? error : build_query(b, *path == '?' ? path + 1 : path);
}

/* ---- bodies ------------------------------------------------------------------- */

static asl_value json_body(struct building *b, asl_value v)
{
    struct asl__buf body = ASL__BUF_INIT;

    v = asl__aws_to_wire(&b->side, "", v);
    if (asl_is_error(v))
        return v;
    asl__buf_bound(&body, b->side.region);
    asl__print(&body, v);
    return set_body(b, &body);
}

/* The body itself.  S3 stores any value as its JSON, a string with its quotes (recorded). */
static asl_value raw_body(struct building *b, asl_value v)
{
    struct asl__buf body = ASL__BUF_INIT;

    v = b->operation->service->protocol == ASL_AWS_REST_XML
            ? asl_to_json(b->side.region, v)
            : asl__aws_as_text(b->side.region, v);
    if (asl_is_error(v))
        return v;
    asl__buf_append(&body, asl_text(&v), asl_text_len(v));
    if (!has_field(b->r, "Content-Type"))
        add_field(b, "Content-Type", b->operation->service->protocol == ASL_AWS_REST_XML
                                         ? "text/plain; charset=UTF-8"
                                         : "application/json");
    return set_body(b, &body);
}

/* The document of one member: it stands in the place of the whole. */
static asl_value member_body(struct building *b, const asl__aws_place *place, asl_value v)
{
    struct asl__buf body = ASL__BUF_INIT, attribute = ASL__BUF_INIT;
    asl__aws_name name = asl__aws_by_name(
        &b->side, "", asl_string(b->side.region, place->name, place->name_len));

    if (name.no_memory)
        return asl_no_memory();
    if (b->operation->service->protocol == ASL_AWS_REST_JSON) {
        v = asl__aws_value_to_wire(&b->side, name.name, name.kinds, v);
        asl__print(&body, v);
        add_field(b, "Content-Type", "application/json");
        return asl_is_error(v) ? v : set_body(b, &body);
    }
    name.wire = asl__aws_copy(b->side.region, place->wire, place->wire_len);
    if (name.wire == NULL)
        return asl_no_memory();
    if (*b->operation->service->xmlns != '\0')
        asl__buf_printf(&attribute, " xmlns=\"%s\"", b->operation->service->xmlns);
    asl__aws_to_xml(&b->side, &body, &name, asl__buf_cstring(&attribute), v);
    asl__buf_free(&attribute);
    add_field(b, "Content-Type", "application/xml");
    return set_body(b, &body);
}

/* The document that all members without a place make. */
static asl_value rest_body(struct building *b)
{
    asl_value rest = unplaced(b);
    asl__aws_place root = place_with(b->operation, 'r', NULL, 0);
    bool bare = strcmp(b->r->method, "GET") == 0 || strcmp(b->r->method, "HEAD") == 0 ||
                strcmp(b->r->method, "DELETE") == 0;

    if (asl_is_error(rest))
        return rest;
    if (asl_count(rest) == 0 && (bare || b->side.service->protocol == ASL_AWS_REST_XML))
        return asl_undefined();
    if (b->side.service->protocol == ASL_AWS_REST_XML) {
        struct asl__buf body = ASL__BUF_INIT, attribute = ASL__BUF_INIT;
        asl__aws_name name = { .name = "", .kinds = "" };
        name.wire = root.kind == 'r'
                        ? asl__aws_copy(b->side.region, root.name, root.name_len)
                        : b->operation->name;
        if (name.wire == NULL)
            return asl_no_memory();
        asl__buf_printf(&attribute, " xmlns=\"%s\"", b->side.service->xmlns);
        asl__aws_to_xml(&b->side, &body, &name, asl__buf_cstring(&attribute), rest);
        asl__buf_free(&attribute);
        add_field(b, "Content-Type", "application/xml");
        return set_body(b, &body);
    }
    add_field(b, "Content-Type", "application/json");
    return json_body(b, rest);
}

/* S3 wants a digest with some documents, and gives back the one of an object. */
static void add_digest(struct building *b)
{
    uint8_t digest[MD5_DIGEST_SIZE];
    char text[BASE64_ENCODE_RAW_LENGTH(MD5_DIGEST_SIZE)];
    struct md5_ctx ctx;

    md5_init(&ctx);
    md5_update(&ctx, b->r->body_len, (const uint8_t *)b->r->body);
    md5_digest(&ctx, sizeof digest, digest);
    base64_encode_raw(text, sizeof digest, digest);
    asl__aws_field(b->r, "Content-MD5", text, sizeof text);
}

static asl_value build_rest(struct building *b, const asl__aws_endpoint *endpoint,
                            const char *path)
{
    asl__aws_place document = place_with(b->operation, 'P', NULL, 0);
    asl__aws_place raw = place_with(b->operation, 'p', NULL, 0);
    asl_value error = build_uri(b, endpoint, path), v;

    if (!asl_is_error(error))
        error = put_headers(b);
    if (asl_is_error(error))
        return error;
    if (raw.kind == 'p') {
        v = member_named(b, raw.name, raw.name_len);
        return asl_is_undefined(v) ? v : raw_body(b, v);
    }
    if (document.kind != 'P')
        return rest_body(b);
    v = member_named(b, document.name, document.name_len);
    if (asl_is_undefined(v))
        return v;
    error = member_body(b, &document, v);
    if (!asl_is_error(error) && strcmp(b->side.service->key, "s3") == 0 &&
        !has_field(b->r, "Content-MD5"))
        add_digest(b);
    return error;
}

static asl_value build_json(struct building *b, const asl__aws_endpoint *endpoint)
{
    const asl_aws_service *s = b->side.service;
    char text[160];

    b->r->path = *endpoint->path != '\0' ? endpoint->path : "/";
    snprintf(text, sizeof text, "application/x-amz-json-%s", s->version);
    add_field(b, "Content-Type", text);
    snprintf(text, sizeof text, "%s.%s", s->target, b->operation->name);
    add_field(b, "X-Amz-Target", text);
    return json_body(b, b->input);
}

static asl_value build_form(struct building *b, const asl__aws_endpoint *endpoint)
{
    struct asl__buf body = ASL__BUF_INIT;

    b->r->path = *endpoint->path != '\0' ? endpoint->path : "/";
    add_field(b, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    asl__buf_printf(&body, "Action=%s&Version=%s", b->operation->name,
                    b->side.service->version);
    asl__aws_to_form(&b->side, &body, b->input);
    return set_body(b, &body);
}

/* ---- where it goes ------------------------------------------------------------ */

bool asl__aws_split_url(asl_region *region, const char *url, asl__aws_endpoint *endpoint)
{
    const char *host = strstr(url, "://");
    bool tls = strncasecmp(url, "https://", 8) == 0;

    if (host == NULL || (!tls && strncasecmp(url, "http://", 7) != 0))
        return false;
    host += 3;
    size_t len = strcspn(host, "/?#");
    const char *path = host + len;
    size_t path_len = strcspn(path, "?#");
    while (path_len > 0 && path[path_len - 1] == '/')
        path_len--;
    endpoint->scheme = tls ? "https" : "http";
    endpoint->host = asl__aws_copy(region, host, len);
    endpoint->path = asl__aws_copy(region, path, path_len);
    return len > 0 && endpoint->host != NULL && endpoint->path != NULL;
}

static bool is_of_aws(const char *host)
{
    return strstr(host, ".amazonaws.com") != NULL || strstr(host, ".api.aws") != NULL;
}

/* A queue's URL names its host, as the SDK has it; hosts of AWS are what the endpoint
 * says, which may stand for them. */
static void use_queue_url(const struct building *b, asl__aws_endpoint *endpoint)
{
    asl_value url = member_named(b, "QueueUrl", 8);
    asl__aws_endpoint queue = *endpoint;

    if (!asl_is_string(url))
        return;
    const char *text =
        asl__aws_copy(b->side.region, asl_text(&url), asl_text_len(url));
    if (text != NULL && asl__aws_split_url(b->side.region, text, &queue) &&
        !is_of_aws(queue.host)) {
        queue.path = "";
        *endpoint = queue;
    }
}

/* A bucket whose name can be part of a host's under TLS is. */
static bool is_host_part(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
              text[i] == '-'))
            return false;
    return len >= 3 && len <= 63;
}

/* S3 of AWS is asked by the bucket's own host; PATH then goes without the bucket. */
static asl_value use_bucket(const struct building *b, asl__aws_endpoint *endpoint,
                            const char **path)
{
    asl_value bucket = member_named(b, "Bucket", 6);

    if (endpoint->custom || !asl_is_string(bucket) ||
        strncmp(*path, "/{Bucket}", 9) != 0 ||
        !is_host_part(asl_text(&bucket), asl_text_len(bucket)))
        return asl_undefined();
    asl_value host = asl_format_string(b->side.region, "%.*s.%s", (int)asl_text_len(bucket),
                                       asl_text(&bucket), endpoint->host);
    if (asl_is_error(host))
        return host;
    endpoint->host = asl__aws_copy(b->side.region, asl_text(&host), asl_text_len(host));
    *path += 9;
    return endpoint->host == NULL ? asl_no_memory() : asl_undefined();
}

asl_value asl__aws_build(asl__aws_request *r, const asl_aws_operation *operation,
                         asl__aws_endpoint *endpoint, asl_value input)
{
    struct building b = { .r = r,
                          .operation = operation,
                          .side = asl__aws_in(r->region, operation),
                          .input = input };
    const char *path = operation->path;
    asl_value error = asl_undefined();

    r->method = operation->method;
    r->query = "";
    r->body = "";
    if (strcmp(operation->service->key, "sqs") == 0)
        use_queue_url(&b, endpoint);
    if (strcmp(operation->service->key, "s3") == 0) {
        add_field(&b, "Accept-Encoding", "identity");
        error = use_bucket(&b, endpoint, &path);
    }
    if (asl_is_error(error))
        return error;
    r->scheme = endpoint->scheme;
    r->host = endpoint->host;
    switch ((enum asl_aws_protocol)operation->service->protocol) {
    case ASL_AWS_JSON: error = build_json(&b, endpoint); break;
    case ASL_AWS_QUERY:
    case ASL_AWS_EC2: error = build_form(&b, endpoint); break;
    case ASL_AWS_REST_JSON:
    case ASL_AWS_REST_XML: error = build_rest(&b, endpoint, path); break;
    case ASL_AWS_GATEWAY: return asl__aws_build_gateway(r, endpoint, input);
    }
    if (!asl_is_error(error) && *r->path == '\0')
        r->path = "/";
    return r->failed ? asl_no_memory() : error;
}

const char *asl__aws_url(const asl__aws_request *r)
{
    struct asl__buf url = ASL__BUF_INIT;

    asl__buf_printf(&url, "%s://%s%s%s%s", r->scheme, r->host, r->path,
                    *r->query != '\0' ? "?" : "", r->query);
    return asl__aws_text(r->region, &url);
}
