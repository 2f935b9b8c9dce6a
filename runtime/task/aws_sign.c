/* Signature Version 4 of AWS: what a request is and who sends it, in one HMAC.
 *
 *     canonical request: method, path, query, header, names, hash of the body
 *     text to sign:      AWS4-HMAC-SHA256, time, date/region/service, hash of that
 *     key:               HMAC of date, region, service and "aws4_request" in a chain
 */
#include "value/base.h"

#include "expr/time.h"
#include "task/aws_request.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define STAMP_SIZE 48 /* more than it takes: the compiler counts the widest numbers */
#define HEX_LEN (2 * SHA256_DIGEST_SIZE)

/* ---- texts -------------------------------------------------------------------- */

const char *asl__aws_copy(asl_region *region, const char *text, size_t len)
{
    char *copy = asl_alloc(region, len + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

const char *asl__aws_text(asl_region *region, struct asl__buf *buf)
{
    const char *text = buf->failed ? NULL
                                   : asl__aws_copy(region, buf->len > 0 ? buf->data : "",
                                                   buf->len);

    asl__buf_free(buf);
    return text;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || c == '~';
}

void asl__aws_encode(struct asl__buf *buf, const char *text, size_t len, bool slashes)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (is_unreserved(c) || (slashes && c == '/')) {
            asl__buf_append_char(buf, c);
        } else {
            const char code[] = { '%', hex[(unsigned char)c >> 4],
                                  hex[(unsigned char)c & 15] };
            asl__buf_append(buf, code, sizeof code);
        }
    }
}

static bool grow_fields(asl__aws_request *r)
{
    size_t room = r->room > 0 ? 2 * r->room : 16;
    asl__http_field *fields = asl_alloc(r->region, room * sizeof *fields);

    if (fields == NULL)
        return false;
    if (r->nfields > 0)
        memcpy(fields, r->fields, r->nfields * sizeof *fields);
    r->fields = fields;
    r->room = room;
    return true;
}

void asl__aws_field(asl__aws_request *r, const char *name, const char *text, size_t len)
{
    const char *value = asl__aws_copy(r->region, text, len);

    if (value == NULL || (r->nfields == r->room && !grow_fields(r))) {
        r->failed = true;
        return;
    }
    r->fields[r->nfields++] = (asl__http_field){ name, value };
}

/* ---- hashes ------------------------------------------------------------------- */

static void append_hex(struct asl__buf *out, const uint8_t *digest)
{
    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++) {
        asl__buf_append_char(out, "0123456789abcdef"[digest[i] >> 4]);
        asl__buf_append_char(out, "0123456789abcdef"[digest[i] & 15]);
    }
}

static void append_hash(struct asl__buf *out, const char *text, size_t len)
{
    struct sha256_ctx ctx;
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_init(&ctx);
    sha256_update(&ctx, len, (const uint8_t *)text);
    sha256_digest(&ctx, sizeof digest, digest);
    append_hex(out, digest);
}

static void hmac(uint8_t *digest, const uint8_t *key, size_t key_len, const char *text,
                 size_t len)
{
    struct hmac_sha256_ctx ctx;

    hmac_sha256_set_key(&ctx, key_len, key);
    hmac_sha256_update(&ctx, len, (const uint8_t *)text);
    hmac_sha256_digest(&ctx, SHA256_DIGEST_SIZE, digest);
}

/* ---- the canonical request ---------------------------------------------------- */

/* Takes the last segment of PATH from it, but not what is before START. */
static void drop_segment(struct asl__buf *path, size_t start)
{
    while (path->len > start && path->data[path->len - 1] != '/')
        path->len--;
    if (path->len > start)
        path->len--;
}

/* The path without `.` and `..` segments and empty ones, as AWS's own SDKs have it: a slash at
 * the end stays. */
static void append_normal(struct asl__buf *out, const char *path)
{
    size_t start = out->len, end = strlen(path);

    for (const char *at = path; *at != '\0'; at += *at == '/') {
        size_t len = strcspn(at, "/");
        if (len == 2 && memcmp(at, "..", 2) == 0) {
            drop_segment(out, start);
        } else if (len > 0 && !(len == 1 && *at == '.')) {
            asl__buf_append_char(out, '/');
            asl__buf_append(out, at, len);
        }
        at += len;
    }
    if (out->len == start || (end > 0 && path[end - 1] == '/'))
        asl__buf_append_char(out, '/');
}

static void append_path(struct asl__buf *out, const char *path, bool s3)
{
    struct asl__buf normal = ASL__BUF_INIT;

    if (s3) {
        asl__buf_append_cstring(out, *path != '\0' ? path : "/");
        return;
    }
    append_normal(&normal, path);
    if (!normal.failed)
        asl__aws_encode(out, normal.data, normal.len, true);
    out->failed |= normal.failed;
    asl__buf_free(&normal);
}

/* One `name=value`, both percent-encoded. */
struct pair {
    const char *name, *value;
    size_t name_len, value_len;
};

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *p = a, *q = b;
    int order = compare_bytes(p->name, p->name_len, q->name, q->name_len);

    return order != 0 ? order
                      : compare_bytes(p->value, p->value_len, q->value, q->value_len);
}

static struct pair next_pair(const char **at)
{
    size_t len = strcspn(*at, "&"), name = strcspn(*at, "=&");
    struct pair pair = { *at, *at + name + (name < len), name,
                         name < len ? len - name - 1 : 0 };

    *at += len + ((*at)[len] == '&');
    return pair;
}

static void append_query(struct asl__buf *out, const char *query)
{
    size_t count = 0, n = 0;

    for (const char *c = query; *c != '\0'; count++)
        next_pair(&c);
    struct pair *pairs = calloc(count + 1, sizeof *pairs);
    if (pairs == NULL) {
        out->failed = true;
        return;
    }
    for (const char *c = query; *c != '\0';)
        pairs[n++] = next_pair(&c);
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            asl__buf_append_char(out, '&');
        asl__buf_append(out, pairs[i].name, pairs[i].name_len);
        asl__buf_append_char(out, '=');
        asl__buf_append(out, pairs[i].value, pairs[i].value_len);
    }
    free(pairs);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int compare_names(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return (unsigned char)lower(*a) - (unsigned char)lower(*b);
}


/* Proxies and the client itself may change these. */
static bool is_signed(const char *name)
{
    static const char *const left_out[] = { "authorization", "user-agent", "expect",
                                            "accept-encoding", "x-amzn-trace-id" };

    for (size_t i = 0; i < ASL__COUNT_OF(left_out); i++)
        if (compare_names(name, left_out[i]) == 0)
            return false;
    return true;
}

/* VALUE with blanks trimmed and runs of them as one. */
static void append_trimmed(struct asl__buf *out, const char *value)
{
    bool blank = false, any = false;

    for (; *value != '\0'; value++) {
        if (*value == ' ' || *value == '\t' || *value == '\n' || *value == '\r') {
            blank = true;
            continue;
        }
        if (blank && any)
            asl__buf_append_char(out, ' ');
        blank = false;
        any = true;
        asl__buf_append_char(out, *value);
    }
}

static void append_lower(struct asl__buf *out, const char *name)
{
    for (; *name != '\0'; name++)
        asl__buf_append_char(out, lower(*name));
}

/* The fields that are signed, with Host, sorted; NULL without memory. */
static asl__http_field *signed_fields(const asl__aws_request *r, size_t *count)
{
    asl__http_field *fields = calloc(r->nfields + 1, sizeof *fields);
    size_t n = 0;

    if (fields == NULL)
        return NULL;
    fields[n++] = (asl__http_field){ "host", r->host };
    for (size_t i = 0; i < r->nfields; i++)
        if (is_signed(r->fields[i].name))
            fields[n++] = r->fields[i];
    /* a stable sort: the number of fields is small */
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && compare_names(fields[j - 1].name, fields[j].name) > 0;
             j--) {
            asl__http_field swap = fields[j];
            fields[j] = fields[j - 1];
            fields[j - 1] = swap;
        }
    *count = n;
    return fields;
}

static bool starts_name(const asl__http_field *fields, size_t i)
{
    return i == 0 || compare_names(fields[i - 1].name, fields[i].name) != 0;
}

static void append_fields(struct asl__buf *out, const asl__http_field *fields,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (starts_name(fields, i)) {
            if (i > 0)
                asl__buf_append_char(out, '\n');
            append_lower(out, fields[i].name);
            asl__buf_append_char(out, ':');
        } else {
            asl__buf_append_char(out, ',');
        }
        append_trimmed(out, fields[i].value);
    }
    asl__buf_append_char(out, '\n');
}

static void append_names(struct asl__buf *out, const asl__http_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!starts_name(fields, i))
            continue;
        if (i > 0)
            asl__buf_append_char(out, ';');
        append_lower(out, fields[i].name);
    }
}

static void append_canonical(struct asl__buf *out, const asl__aws_request *r,
                             const asl__aws_scope *scope, const asl__http_field *fields,
                             size_t count)
{
    asl__buf_printf(out, "%s\n", r->method);
    append_path(out, r->path, scope->s3);
    asl__buf_append_char(out, '\n');
    append_query(out, r->query);
    asl__buf_append_char(out, '\n');
    append_fields(out, fields, count);
    asl__buf_append_char(out, '\n');
    append_names(out, fields, count);
    asl__buf_append_char(out, '\n');
    append_hash(out, r->body_len > 0 ? r->body : "", r->body_len);
}

void asl__aws_canonical(struct asl__buf *out, const asl__aws_request *r,
                        const asl__aws_scope *scope)
{
    size_t count = 0;
    asl__http_field *fields = signed_fields(r, &count);

    out->failed |= fields == NULL;
    if (fields != NULL)
        append_canonical(out, r, scope, fields, count);
    free(fields);
}

/* ---- the signature ------------------------------------------------------------ */

/* "20150830T123600Z" into STAMP, which has STAMP_SIZE bytes. */
static void print_stamp(int64_t time, char *stamp)
{
    int64_t days = time / 86400 - (time % 86400 < 0), year;
    unsigned month, day, within = (unsigned)(time - days * 86400);

    asl__date_of(days, &year, &month, &day);
    snprintf(stamp, STAMP_SIZE, "%04u%02u%02uT%02u%02u%02uZ", (unsigned)(year % 10000), month,
             day, within / 3600, within / 60 % 60, within % 60);
}

static void make_key(uint8_t *key, const asl__aws_keys *keys,
                     const asl__aws_scope *scope, const char *stamp)
{
    struct asl__buf first = ASL__BUF_INIT;

    asl__buf_printf(&first, "AWS4%s", keys->secret);
    hmac(key, (const uint8_t *)(first.failed ? "" : first.data),
         first.failed ? 0 : first.len, stamp, 8);
    if (!first.failed)
        memset(first.data, 0, first.len); /* no copy of a secret stays behind */
    asl__buf_free(&first);
    hmac(key, key, SHA256_DIGEST_SIZE, scope->region, strlen(scope->region));
    hmac(key, key, SHA256_DIGEST_SIZE, scope->service, strlen(scope->service));
    hmac(key, key, SHA256_DIGEST_SIZE, "aws4_request", 12);
}

static void append_signature(struct asl__buf *out, const asl__aws_keys *keys,
                             const asl__aws_scope *scope, const char *stamp,
                             const struct asl__buf *canonical)
{
    struct asl__buf text = ASL__BUF_INIT;
    uint8_t key[SHA256_DIGEST_SIZE];

    asl__buf_printf(&text, ALGORITHM "\n%s\n%.8s/%s/%s/aws4_request\n", stamp, stamp,
                    scope->region, scope->service);
    append_hash(&text, canonical->data, canonical->len);
    make_key(key, keys, scope, stamp);
    if (!text.failed)
        hmac(key, key, sizeof key, text.data, text.len);
    append_hex(out, key);
    out->failed |= text.failed;
    asl__buf_free(&text);
}

static void add_hash_field(asl__aws_request *r)
{
    char storage[HEX_LEN];
    struct asl__buf hash = ASL__BUF_ON(storage);

    append_hash(&hash, r->body_len > 0 ? r->body : "", r->body_len);
    asl__aws_field(r, "X-Amz-Content-Sha256", hash.data, hash.len);
}

void asl__aws_sign(asl__aws_request *r, const asl__aws_keys *keys,
                   const asl__aws_scope *scope)
{
    struct asl__buf canonical = ASL__BUF_INIT, value = ASL__BUF_INIT;
    size_t count = 0;
    char stamp[STAMP_SIZE];

    print_stamp(scope->time, stamp);
    asl__aws_field(r, "X-Amz-Date", stamp, strlen(stamp));
    if (*keys->token != '\0')
        asl__aws_field(r, "X-Amz-Security-Token", keys->token, strlen(keys->token));
    if (scope->s3)
        add_hash_field(r);
    asl__http_field *fields = signed_fields(r, &count);
    r->failed |= fields == NULL;
    if (fields != NULL) {
        append_canonical(&canonical, r, scope, fields, count);
        asl__buf_printf(&value, ALGORITHM " Credential=%s/%.8s/%s/%s/aws4_request, "
                                "SignedHeaders=",
                        keys->id, stamp, scope->region, scope->service);
        append_names(&value, fields, count);
        asl__buf_append_cstring(&value, ", Signature=");
        if (!canonical.failed)
            append_signature(&value, keys, scope, stamp, &canonical);
        if (!value.failed && !canonical.failed)
            asl__aws_field(r, "Authorization", value.data, value.len);
        r->failed |= value.failed || canonical.failed;
    }
    free(fields);
    asl__buf_free(&canonical);
    asl__buf_free(&value);
}
