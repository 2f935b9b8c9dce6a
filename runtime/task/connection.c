/* Connections of http:invoke, in the shape of EventBridge's CreateConnection:
 *
 *     "connections": {NAME or ARN: {
 *         "AuthorizationType": "BASIC" | "API_KEY" | "OAUTH_CLIENT_CREDENTIALS",
 *         "AuthParameters": {
 *             "BasicAuthParameters": {"Username", "Password"},
 *             "ApiKeyAuthParameters": {"ApiKeyName", "ApiKeyValue"},
 *             "OAuthParameters": {"AuthorizationEndpoint", "HttpMethod",
 *                                 "ClientParameters": {"ClientID", "ClientSecret"},
 *                                 "OAuthHttpParameters": PARAMETERS},
 *             "InvocationHttpParameters": PARAMETERS}}}
 *     PARAMETERS: {"HeaderParameters", "QueryStringParameters", "BodyParameters"}, each a
 *     list of {"Key", "Value", "IsValueSecret"}
 *
 * A token is fetched when it is first needed, by one request for all who wait, and kept
 * until shortly before it ends.  No value of these is ever told. */
#include "value/base.h"

#include "io/http_url.h"
#include "task/web.h"

#define complain(file, ...) asl__bindings_complain(file, __VA_ARGS__)

/* Seconds before a token's end at which it is no longer used. */
#define EARLY 30
#define FETCH_TIMEOUT 60000 /* milliseconds */
#define MOST_TOKEN 65536

struct asl__connection {
    const char *name; /* the key */
    size_t name_len;
    asl__http_field key; /* BASIC, API_KEY; no name: none */
    asl__parameters adds[ASL__PLACES];
    /* OAUTH_CLIENT_CREDENTIALS */
    const char *endpoint; /* NULL: none of it */
    const char *method;
    const char *form; /* the body, or what the query gets, of a request for a token */
    const char *url;  /* the endpoint, maybe with that */
    asl__parameters oauth[ASL__PLACES];
    asl__connection *next;
    /* The loop's thread. */
    char *token; /* "Bearer ..."; NULL: none */
    time_t until;
    asl__http_request *request; /* for a token; NULL: none is under way */
    asl__http_field *fields;    /* of it */
    asl__web_call *waiting;
};

/* ---- reading ------------------------------------------------------------------------ */

struct reading {
    asl__taskset *set;
    asl__bindings_file *file;
    asl__connection *connection;
};

/* Every member of V must be one of NAMES (NULL at the end). */
static bool check_names(const struct reading *r, asl_value v, const char *what,
                        const char *const *names)
{
    if (!asl_is_object(v))
        return complain(r->file, "\"%s\" wants an object", what);
    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_value key = asl_member_at(v, i)->key;
        const char *const *n = names;
        while (*n != NULL && !asl_same_text(key, asl_string_in(*n, strlen(*n))))
            n++;
        if (*n == NULL)
            return complain(r->file, "\"%s\" has no member \"%.*s\"", what,
                            (int)asl_text_len(key), asl_text(&key));
    }
    return true;
}

/* The member NAME of V, expanded; NULL with a complaint. */
static const char *read_text(const struct reading *r, asl_value v, const char *name)
{
    asl_value text = asl_member_of(v, asl_string_in(name, strlen(name)));
    char what[64];

    snprintf(what, sizeof what, "\"%s\"", name);
    return asl__web_expand(r->set, r->file, text, what);
}

static bool is_line(const char *text)
{
    for (; *text != '\0'; text++)
        if (((uint8_t)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static bool read_list(const struct reading *r, asl_value v, asl__parameters *to)
{
    static const char *const names[] = { "Key", "Value", "IsValueSecret", NULL };
    asl__parameter *list;

    if (asl_is_undefined(v))
        return true;
    if (!asl_is_array(v))
        return complain(r->file, "parameters are a list of {\"Key\", \"Value\"}");
    list = asl_alloc(asl__taskset_region(r->set), (asl_count(v) + 1) * sizeof *list);
    if (list == NULL)
        return complain(r->file, "out of memory");
    for (size_t i = 0; i < asl_count(v); i++) {
        asl_value one = asl_at(v, i);
        if (!check_names(r, one, "parameter", names))
            return false;
        list[i].key = read_text(r, one, "Key");
        list[i].value = list[i].key != NULL ? read_text(r, one, "Value") : NULL;
        if (list[i].value == NULL)
            return false;
    }
    *to = (asl__parameters){ list, asl_count(v) };
    return true;
}

static bool read_parameters(const struct reading *r, asl_value v, const char *what,
                            asl__parameters *to)
{
    static const char *const names[] = { "HeaderParameters", "QueryStringParameters",
                                         "BodyParameters", NULL };

    if (asl_is_undefined(v))
        return true;
    if (!check_names(r, v, what, names) ||
        !read_list(r, asl_get(v, "HeaderParameters"), &to[ASL__IN_HEADER]) ||
        !read_list(r, asl_get(v, "QueryStringParameters"), &to[ASL__IN_QUERY]) ||
        !read_list(r, asl_get(v, "BodyParameters"), &to[ASL__IN_BODY]))
        return false;
    for (size_t i = 0; i < to[ASL__IN_HEADER].count; i++)
        if (!is_line(to[ASL__IN_HEADER].list[i].value))
            return complain(r->file, "a header's value has control characters");
    return true;
}

/* BUF's text in the set's memory; NULL with a complaint. */
static const char *settle(const struct reading *r, struct asl__buf *buf)
{
    asl__buf_append_char(buf, '\0');
    char *text = buf->failed ? NULL : asl_alloc(asl__taskset_region(r->set), buf->len);
    if (text != NULL)
        memcpy(text, buf->data, buf->len);
    else
        complain(r->file, "out of memory");
    asl__buf_free(buf);
    return text;
}

static bool read_basic(const struct reading *r, asl_value v)
{
    static const char *const names[] = { "Username", "Password", NULL };
    struct asl__buf plain = ASL__BUF_INIT, value = ASL__BUF_INIT;
    const char *user, *password;

    if (!check_names(r, v, "BasicAuthParameters", names) ||
        (user = read_text(r, v, "Username")) == NULL ||
        (password = read_text(r, v, "Password")) == NULL)
        return false;
    asl__buf_printf(&plain, "%s:%s", user, password);
    asl__buf_append_cstring(&value, "Basic ");
    if (!plain.failed && asl__buf_reserve(&value, ASL__HTTP_BASE64(plain.len))) {
        asl__http_base64(value.data + value.len, plain.data, plain.len);
        value.len += ASL__HTTP_BASE64(plain.len) - 1;
    }
    value.failed = value.failed || plain.failed;
    asl__buf_free(&plain);
    r->connection->key = (asl__http_field){ "Authorization", settle(r, &value) };
    return r->connection->key.value != NULL;
}

static bool read_api_key(const struct reading *r, asl_value v)
{
    static const char *const names[] = { "ApiKeyName", "ApiKeyValue", NULL };
    asl__http_field *key = &r->connection->key;

    if (!check_names(r, v, "ApiKeyAuthParameters", names) ||
        (key->name = read_text(r, v, "ApiKeyName")) == NULL ||
        (key->value = read_text(r, v, "ApiKeyValue")) == NULL)
        return false;
    return is_line(key->value) ||
           complain(r->file, "\"ApiKeyValue\" has control characters");
}

static void append_pair(struct asl__buf *to, const char *key, const char *value)
{
    if (to->len > 0)
        asl__buf_append_char(to, '&');
    asl__web_append_encoded(to, key, strlen(key));
    asl__buf_append_char(to, '=');
    asl__web_append_encoded(to, value, strlen(value));
}

static bool has_key(const asl__parameters *parameters, const char *key)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strcmp(parameters->list[i].key, key) == 0)
            return true;
    return false;
}

/* What a request for a token sends: RFC 6749 4.4.2, with the client in the body. */
static bool make_token_request(const struct reading *r, asl_value client)
{
    static const char *const names[] = { "ClientID", "ClientSecret", NULL };
    asl__connection *c = r->connection;
    struct asl__buf form = ASL__BUF_INIT, url = ASL__BUF_INIT, query = ASL__BUF_INIT;
    const char *id, *secret;

    if (!check_names(r, client, "ClientParameters", names) ||
        (id = read_text(r, client, "ClientID")) == NULL ||
        (secret = read_text(r, client, "ClientSecret")) == NULL)
        return false;
    if (!has_key(&c->oauth[ASL__IN_BODY], "grant_type"))
        append_pair(&form, "grant_type", "client_credentials");
    append_pair(&form, "client_id", id);
    append_pair(&form, "client_secret", secret);
    for (size_t i = 0; i < c->oauth[ASL__IN_BODY].count; i++)
        append_pair(&form, c->oauth[ASL__IN_BODY].list[i].key,
                    c->oauth[ASL__IN_BODY].list[i].value);
    for (size_t i = 0; i < c->oauth[ASL__IN_QUERY].count; i++)
        append_pair(&query, c->oauth[ASL__IN_QUERY].list[i].key,
                    c->oauth[ASL__IN_QUERY].list[i].value);
    c->form = settle(r, &form);
    if (c->form != NULL && strcmp(c->method, "GET") == 0) {
        asl__buf_append_cstring(&query, query.len > 0 ? "&" : "");
        asl__buf_append_cstring(&query, c->form);
        c->form = NULL;
    }
    asl__buf_append_cstring(&url, c->endpoint);
    if (query.len > 0)
        asl__buf_append_char(&url, strchr(c->endpoint, '?') != NULL ? '&' : '?');
    if (query.len > 0)
        asl__buf_append(&url, query.data, query.len);
    url.failed = url.failed || query.failed;
    asl__buf_free(&query);
    c->url = settle(r, &url);
    return c->url != NULL && (c->form != NULL || strcmp(c->method, "GET") == 0);
}

static bool read_oauth(const struct reading *r, asl_value v)
{
    static const char *const names[] = { "AuthorizationEndpoint", "HttpMethod",
                                         "ClientParameters", "OAuthHttpParameters",
                                         NULL };
    asl__connection *c = r->connection;

    if (!check_names(r, v, "OAuthParameters", names) ||
        (c->endpoint = read_text(r, v, "AuthorizationEndpoint")) == NULL ||
        (c->method = read_text(r, v, "HttpMethod")) == NULL ||
        !read_parameters(r, asl_get(v, "OAuthHttpParameters"), "OAuthHttpParameters",
                         c->oauth))
        return false;
    if (strcmp(c->method, "GET") != 0 && strcmp(c->method, "POST") != 0 &&
        strcmp(c->method, "PUT") != 0)
        return complain(r->file, "\"HttpMethod\" is GET, POST or PUT");
    return make_token_request(r, asl_get(v, "ClientParameters"));
}

static bool read_connection(const struct reading *r, asl_value v)
{
    static const char *const names[] = { "Name", "Description", "AuthorizationType",
                                         "AuthParameters", NULL };
    static const char *const parameters[] = { "BasicAuthParameters",
                                              "ApiKeyAuthParameters", "OAuthParameters",
                                              "InvocationHttpParameters", NULL };
    asl_value type = asl_get(v, "AuthorizationType"),
              auth = asl_get(v, "AuthParameters");

    if (!check_names(r, v, "connection", names) ||
        !check_names(r, auth, "AuthParameters", parameters) ||
        !read_parameters(r, asl_get(auth, "InvocationHttpParameters"),
                         "InvocationHttpParameters", r->connection->adds))
        return false;
    if (asl_is_string(type) && asl_same_text(type, asl_str("BASIC")))
        return read_basic(r, asl_get(auth, "BasicAuthParameters"));
    if (asl_is_string(type) && asl_same_text(type, asl_str("API_KEY")))
        return read_api_key(r, asl_get(auth, "ApiKeyAuthParameters"));
    if (asl_is_string(type) && asl_same_text(type, asl_str("OAUTH_CLIENT_CREDENTIALS")))
        return read_oauth(r, asl_get(auth, "OAuthParameters"));
    return complain(r->file, "\"AuthorizationType\" is BASIC, API_KEY or "
                             "OAUTH_CLIENT_CREDENTIALS");
}

bool asl__connections_read(asl__taskset *set, asl__bindings_file *file, asl_value v)
{
    asl__connection **all = asl__taskset_connections(set);
    bool good = true;

    for (size_t i = 0; i < asl_count(v) && good; i++) {
        const asl_member *m = asl_member_at(v, i);
        asl__connection *c = asl_alloc(asl__taskset_region(set), sizeof *c);
        const struct reading r = { set, file, c };
        file->key = m->key;
        if (c == NULL)
            return complain(file, "out of memory");
        *c = (asl__connection){ .next = *all };
        c->name = asl__is_c_string(m->key) ? asl__taskset_c_string(set, m->key) : NULL;
        if (c->name == NULL)
            return complain(file, "a connection's name has a NUL, or no memory");
        c->name_len = strlen(c->name);
        good = read_connection(&r, m->value);
        *all = c;
    }
    file->key = asl_undefined();
    return good;
}

/* ---- looking up --------------------------------------------------------------------- */

static bool has_name(const asl__connection *c, const char *text, size_t len)
{
    return c->name_len == len && memcmp(c->name, text, len) == 0;
}

asl__connection *asl__connection_find(asl__taskset *set, asl_value arn)
{
    static const char mark[] = ":connection/";
    const char *text = asl_text(&arn), *name = text;
    size_t len = asl_text_len(arn), rest = len;
    asl__connection *all = *asl__taskset_connections(set);

    /* arn:aws:events:REGION:ACCOUNT:connection/NAME/ID */
    for (size_t i = 0; i + sizeof mark - 1 <= len; i++)
        if (memcmp(text + i, mark, sizeof mark - 1) == 0) {
            name = text + i + sizeof mark - 1;
            const char *slash = memchr(name, '/', len - (size_t)(name - text));
            rest = slash != NULL ? (size_t)(slash - name) : len - (size_t)(name - text);
            break;
        }
    for (asl__connection *c = all; c != NULL; c = c->next)
        if (has_name(c, text, len))
            return c;
    for (asl__connection *c = all; c != NULL; c = c->next)
        if (has_name(c, name, rest))
            return c;
    return NULL;
}

const asl__parameters *asl__connection_adds(const asl__connection *connection,
                                            enum asl__place place)
{
    return &connection->adds[place];
}

const asl__http_field *asl__connection_key(const asl__connection *connection)
{
    return connection->key.name != NULL ? &connection->key : NULL;
}

bool asl__connection_wants_token(const asl__connection *connection)
{
    return connection->endpoint != NULL;
}

/* ---- tokens, on the loop's thread ------------------------------------------------------ */

static time_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* Sends CALL with the connection's token. */
static void send_with_token(asl__web_call *call)
{
    asl__connection *c = call->connection;

    if (call->bearer != NULL) /* the last field is the old one */
        call->nfields--;
    call->bearer = asl__web_keep(call, c->token, strlen(c->token));
    if (call->bearer != NULL && asl__web_field(call, "Authorization", call->bearer)) {
        asl__web_send(call);
        return;
    }
    call->refused = "out of memory";
    asl__web_over(call);
}

/* Those who wait: a token is there, or WHY it is not. */
static void serve(asl__connection *c, const char *why)
{
    asl__web_call *waiting = c->waiting;

    c->waiting = NULL;
    while (waiting != NULL) {
        asl__web_call *call = waiting;
        waiting = call->next;
        if (why == NULL) {
            send_with_token(call);
            continue;
        }
        call->refused = asl__web_keep(call, why, strlen(why));
        if (call->refused == NULL)
            call->refused = "out of memory";
        asl__web_over(call);
    }
}

/* Takes the token out of the answer V; false if there is none. */
static bool take_token(asl__connection *c, asl_value v)
{
    asl_value token = asl_get(v, "access_token"), type = asl_get(v, "token_type");
    asl_value expires = asl_get(v, "expires_in");
    struct asl__buf text = ASL__BUF_INIT;
    int64_t seconds;

    if (!asl__is_c_string(token) || asl_text_len(token) == 0)
        return false;
    bool bearer = !asl__is_c_string(type) || asl_text_len(type) == 0 ||
                  asl_same_text(type, asl_str("bearer"));
    if (bearer)
        asl__buf_append_cstring(&text, "Bearer");
    else
        asl__buf_append(&text, asl_text(&type), asl_text_len(type));
    asl__buf_append_char(&text, ' ');
    asl__buf_append(&text, asl_text(&token), asl_text_len(token));
    asl__buf_append_char(&text, '\0');
    if (text.failed || !is_line(text.data)) {
        asl__buf_free(&text);
        return false;
    }
    c->token = text.data;
    if (asl_is_string(expires) || !asl_to_integer(expires, &seconds) || seconds < 0 ||
        seconds > 1000000000)
        seconds = 3600;
    c->until = now() + (seconds > 2 * EARLY ? seconds - EARLY : seconds / 2);
    return true;
}

static void on_token(void *user)
{
    asl__connection *c = user;
    asl__http_result r = asl__http_result_of(c->request);
    asl_region *region = asl_region_new();
    asl_syntax_error error;
    asl_value v = asl_undefined();
    char why[400];
    bool got = false;

    if (r.end == ASL__HTTP_ANSWERED && r.status / 100 == 2 && region != NULL &&
        asl_parse(region, r.body, r.body_len, &v, &error))
        got = take_token(c, v);
    if (r.end != ASL__HTTP_ANSWERED)
        snprintf(why, sizeof why, "%.100s: no token: %.200s", c->name, r.message);
    else if (r.status / 100 != 2)
        snprintf(why, sizeof why, "%.100s: no token: the endpoint answers %d", c->name,
                 r.status);
    else
        snprintf(why, sizeof why, "%.100s: no token: the answer has no access_token",
                 c->name);
    asl_region_free(region);
    asl__http_request_free(c->request);
    c->request = NULL;
    free(c->fields);
    c->fields = NULL;
    serve(c, got ? NULL : why);
}

/* The header of a request for a token; false without memory. */
static bool make_fields(asl__connection *c, size_t *count)
{
    const asl__parameters *adds = &c->oauth[ASL__IN_HEADER];

    c->fields = calloc(adds->count + 2, sizeof *c->fields);
    if (c->fields == NULL)
        return false;
    for (size_t i = 0; i < adds->count; i++)
        c->fields[i] = (asl__http_field){ adds->list[i].key, adds->list[i].value };
    *count = adds->count;
    c->fields[(*count)++] = (asl__http_field){ "Accept", "application/json" };
    if (c->form != NULL)
        c->fields[(*count)++] =
            (asl__http_field){ "Content-Type", "application/x-www-form-urlencoded" };
    return true;
}

static void fetch(asl__connection *c, asl__http *http)
{
    size_t count = 0;

    c->request = asl__http_request_new(http);
    if (c->request == NULL || !make_fields(c, &count)) {
        asl__http_request_free(c->request);
        c->request = NULL;
        serve(c, "out of memory");
        return;
    }
    asl__http_spec spec = { .method = c->method,
                            .url = c->url,
                            .fields = c->fields,
                            .nfields = count,
                            .body = c->form,
                            .body_len = c->form != NULL ? strlen(c->form) : 0,
                            .timeout = FETCH_TIMEOUT,
                            .max_body = MOST_TOKEN,
                            .ended = on_token,
                            .user = c };
    asl__http_start(c->request, &spec);
}

void asl__connection_send(asl__web_call *call)
{
    asl__connection *c = call->connection;

    if (c->endpoint == NULL) {
        asl__web_send(call);
        return;
    }
    if (c->token != NULL && now() < c->until) {
        send_with_token(call);
        return;
    }
    free(c->token);
    c->token = NULL;
    call->next = c->waiting;
    c->waiting = call;
    if (c->request == NULL)
        fetch(c, asl__web_client(call->web));
}

bool asl__connection_leave(asl__web_call *call)
{
    asl__connection *c = call->connection;

    for (asl__web_call **link = &c->waiting; *link != NULL; link = &(*link)->next)
        if (*link == call) {
            *link = call->next;
            if (c->waiting == NULL && c->request != NULL)
                asl__http_cancel(c->request);
            return true;
        }
    return false;
}

void asl__connection_forget(asl__web_call *call)
{
    asl__connection *c = call->connection;

    /* Somebody else may have fetched another one meanwhile. */
    if (c->token == NULL || strcmp(c->token, call->bearer) != 0)
        return;
    free(c->token);
    c->token = NULL;
}

/* ---- the end ------------------------------------------------------------------------- */

/* A closure that shows that those posted before it have run. */
struct barrier {
    asl__closure closure; /* first */
    pthread_mutex_t lock;
    pthread_cond_t passed;
    bool over; /* guarded by lock */
};

static void pass(asl__closure *closure)
{
    struct barrier *barrier = (struct barrier *)(void *)closure;

    pthread_mutex_lock(&barrier->lock);
    barrier->over = true;
    pthread_cond_signal(&barrier->passed);
    pthread_mutex_unlock(&barrier->lock);
}

/* Who waited for a token has left, so that what was under way for it is cancelled. */
void asl__connections_close(asl__taskset *set, asl__loop *loop)
{
    struct barrier barrier = { .closure.run = pass,
                               .lock = PTHREAD_MUTEX_INITIALIZER,
                               .passed = PTHREAD_COND_INITIALIZER };

    asl__loop_post(loop, &barrier.closure);
    pthread_mutex_lock(&barrier.lock);
    while (!barrier.over)
        pthread_cond_wait(&barrier.passed, &barrier.lock);
    pthread_mutex_unlock(&barrier.lock);
    for (asl__connection *c = *asl__taskset_connections(set); c != NULL; c = c->next) {
        free(c->token);
        c->token = NULL;
    }
}
