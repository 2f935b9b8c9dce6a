/* Asking for keys: STS, a process, the host of a container or a machine.
 *
 *     ROLE, WEB   a request to STS, an answer in XML
 *     PROCESS     a child, JSON on its stdout
 *     CONTAINER   GET, JSON
 *     METADATA    PUT a token's lifetime; GET the role's name; GET its keys, JSON
 */
#include "value/base.h"

#include "task/aws_source.h"

#include <errno.h>

#define STS_VERSION "2011-06-15"
#define MAX_ANSWER ((size_t)256 * 1024)
#define METADATA_PATH "/latest/meta-data/iam/security-credentials/"

/* ---- ends --------------------------------------------------------------------- */

static void drop_http(asl__source *s)
{
    if (s->http != NULL)
        asl__http_request_free(s->http);
    s->http = NULL;
}

/* TEXT has keys of the source's form, or it is over without. */
static void take_keys(asl__source *s, const char *text, size_t len)
{
    asl_region *fresh = asl_region_new();
    bool xml = s->kind == ASL__SOURCE_ROLE || s->kind == ASL__SOURCE_WEB, ok;
    asl__aws_keys keys;
    int64_t expires;

    if (fresh == NULL) {
        asl__source_end(s, "out of memory");
        return;
    }
    ok = xml ? asl__aws_read_sts(fresh, text, len, &keys, &expires)
             : asl__aws_read_keys(fresh, text, len, &keys, &expires);
    if (!ok) {
        asl_region_free(fresh);
        asl__source_end(s, "the source of credentials answered without any");
        return;
    }
    asl_region_free(s->kept);
    s->kept = fresh;
    s->keys = keys;
    s->expires = expires;
    asl__source_end(s, NULL);
}

static void end_with(asl__source *s, const char *format, ...) ASL__PRINTF(2, 3);

static void end_with(asl__source *s, const char *format, ...)
{
    struct asl__buf why = ASL__BUF_INIT;
    va_list args;

    va_start(args, format);
    asl__buf_vprintf(&why, format, args);
    va_end(args);
    asl__source_end(s, asl__buf_cstring(&why));
    asl__buf_free(&why);
}

/* ---- HTTP --------------------------------------------------------------------- */

static const char *what_is_asked(const asl__source *s)
{
    switch (s->kind) {
    case ASL__SOURCE_ROLE: return "STS (AssumeRole)";
    case ASL__SOURCE_WEB: return "STS (AssumeRoleWithWebIdentity)";
    case ASL__SOURCE_CONTAINER: return "the container's credentials";
    case ASL__SOURCE_METADATA: return "the machine's metadata";
    case ASL__SOURCE_PROCESS: return "credential_process";
    case ASL__SOURCE_NONE:
    case ASL__SOURCE_SAID: break;
    }
    return "credentials";
}

static void on_answer(void *user);

static void ask(asl__source *s, asl__http_spec spec)
{
    drop_http(s);
    s->http = asl__http_request_new(s->owner->means.http);
    if (s->http == NULL || spec.url == NULL) {
        drop_http(s);
        asl__source_end(s, "out of memory");
        return;
    }
    spec.timeout = s->kind == ASL__SOURCE_METADATA ? 2000 : 20000;
    spec.connect_timeout = s->kind == ASL__SOURCE_METADATA ? 1000 : 5000;
    spec.max_body = MAX_ANSWER;
    spec.ended = on_answer;
    spec.user = s;
    asl__http_start(s->http, &spec);
}

static const char *join(asl_region *region, const char *a, const char *b, const char *c)
{
    struct asl__buf text = ASL__BUF_INIT;

    asl__buf_printf(&text, "%s%s%s", a, b, c);
    return asl__aws_text(region, &text);
}

/* The steps of IMDSv2; ROLE is the answer of the one before. */
static void ask_metadata(asl__source *s, const char *answer)
{
    asl__http_spec spec = { .method = "GET", .fields = s->fields, .nfields = 1 };

    s->fields[0] = (asl__http_field){ "X-aws-ec2-metadata-token", s->metadata_token };
    if (s->step == 0) {
        spec.method = "PUT";
        spec.url = join(s->scratch, s->url, "/latest/api/token", "");
        s->fields[0] =
            (asl__http_field){ "X-aws-ec2-metadata-token-ttl-seconds", "21600" };
    } else {
        spec.url = join(s->scratch, s->url, METADATA_PATH, s->step == 1 ? "" : answer);
    }
    ask(s, spec);
}

static void next_of_metadata(asl__source *s, const asl__http_result *r)
{
    size_t len = strcspn(r->body, "\r\n");
    const char *line = asl__aws_copy(s->scratch, r->body, len < r->body_len ? len : r->body_len);

    if (s->step == 2 || line == NULL) {
        take_keys(s, r->body, r->body_len);
        return;
    }
    if (s->step == 0)
        s->metadata_token = line;
    s->step++;
    ask_metadata(s, line);
}

/* The Code of STS's error, no more: it may quote what was sent. */
static void refused(asl__source *s, const asl__http_result *r)
{
    static const asl_aws_service sts = { .key = "sts", .protocol = ASL_AWS_QUERY };
    const asl_aws_operation op = { .service = &sts, .name = "AssumeRole" };
    asl__aws_failure f = { 0 };

    if (s->kind == ASL__SOURCE_ROLE || s->kind == ASL__SOURCE_WEB)
        f = asl__aws_failure_of(s->scratch, &op, r);
    if (asl_is_string(f.code))
        end_with(s, "%s refused: %.*s", what_is_asked(s), (int)asl_text_len(f.code),
                 asl_text(&f.code));
    else
        end_with(s, "%s refused: status %d", what_is_asked(s), r->status);
}

static void on_answer(void *user)
{
    asl__source *s = user;
    asl__http_result r = asl__http_result_of(s->http);

    if (r.end != ASL__HTTP_ANSWERED && s->kind == ASL__SOURCE_METADATA)
        asl__source_end(s, "Unable to load credentials from any of the providers in the "
                           "chain");
    else if (r.end != ASL__HTTP_ANSWERED)
        end_with(s, "%s cannot be asked: %s", what_is_asked(s), r.message);
    else if (r.status != 200)
        refused(s, &r);
    else if (s->kind == ASL__SOURCE_METADATA)
        next_of_metadata(s, &r);
    else
        take_keys(s, r.body, r.body_len);
    if (!s->busy)
        drop_http(s);
}

/* ---- STS ---------------------------------------------------------------------- */

static void put(struct asl__buf *form, const char *name, const char *value)
{
    if (value == NULL)
        return;
    asl__buf_printf(form, "%s%s=", form->len > 0 ? "&" : "", name);
    asl__aws_encode(form, value, strlen(value), false);
}

/* The file's text, without a newline at its end; NULL if it cannot be read. */
static const char *read_token(asl_region *region, const char *path)
{
    struct asl__buf text = ASL__BUF_INIT;
    FILE *file = fopen(path, "re");
    char piece[1024];
    size_t len;

    if (file == NULL)
        return NULL;
    text.limit = MAX_ANSWER;
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        asl__buf_append(&text, piece, len);
    fclose(file);
    while (text.len > 0 && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
        text.len--;
    return asl__aws_text(region, &text);
}

static bool find_sts(asl__source *s, asl__aws_endpoint *endpoint, const char **why)
{
    static const asl_aws_service sts = {
        .key = "sts", .id = "STS", .endpoint = "sts", .signing = "sts"
    };
    asl__aws_settings settings = *s->owner->means.settings;
    const asl__aws_binding binding = { NULL, s->owner->means.region };

    settings.region = s->scratch;
    return asl__aws_endpoint_of(&settings, &binding, &sts, s->scratch, endpoint, why);
}

static void ask_sts(asl__source *s)
{
    asl__aws_endpoint endpoint;
    struct asl__buf form = ASL__BUF_INIT;
    bool web = s->kind == ASL__SOURCE_WEB;
    const char *token = web ? read_token(s->scratch, s->token_file) : NULL, *why;

    if ((web && token == NULL) || !find_sts(s, &endpoint, &why)) {
        asl__source_end(s, web && token == NULL ? "the web identity's token cannot be read" : why);
        return;
    }
    put(&form, "Action", web ? "AssumeRoleWithWebIdentity" : "AssumeRole");
    put(&form, "Version", STS_VERSION);
    put(&form, "RoleArn", s->role);
    put(&form, "RoleSessionName", s->session != NULL ? s->session : "aslc");
    put(&form, "ExternalId", s->external);
    put(&form, "WebIdentityToken", token);
    s->request = (asl__aws_request){ .region = s->scratch,
                                     .method = "POST",
                                     .scheme = endpoint.scheme,
                                     .host = endpoint.host,
                                     .path = *endpoint.path ? endpoint.path : "/",
                                     .query = "",
                                     .body_len = form.len };
    s->request.body = asl__aws_text(s->scratch, &form);
    asl__aws_field(&s->request, "Content-Type",
                   "application/x-www-form-urlencoded; charset=utf-8", 48);
    if (!web && s->request.body != NULL)
        asl__aws_sign(&s->request, &s->base->keys,
                      &(asl__aws_scope){ endpoint.region, "sts", (int64_t)time(NULL), false });
    if (s->request.failed || s->request.body == NULL) {
        asl__source_end(s, "out of memory");
        return;
    }
    ask(s, (asl__http_spec){ .method = "POST",
                             .url = asl__aws_url(&s->request),
                             .fields = s->request.fields,
                             .nfields = s->request.nfields,
                             .body = s->request.body,
                             .body_len = s->request.body_len });
}

/* ---- a container's host ------------------------------------------------------- */

/* Keys are not asked for in the clear, but of the container's own host. */
static bool is_safe(const char *url)
{
    static const char *const hosts[] = { "http://169.254.170.2/", "http://169.254.170.23/",
                                         "http://[fd00:ec2::23]/", "http://localhost/",
                                         "http://localhost:",      "http://127.0.0.1/",
                                         "http://127.0.0.1:",      "http://[::1]" };

    if (strncmp(url, "https://", 8) == 0)
        return true;
    for (size_t i = 0; i < ASL__COUNT_OF(hosts); i++)
        if (strncmp(url, hosts[i], strlen(hosts[i])) == 0)
            return true;
    return false;
}

static void ask_container(asl__source *s)
{
    const asl__aws_settings *t = s->owner->means.settings;
    const char *file = asl__aws_variable(t, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = asl__aws_variable(t, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    asl__http_spec spec = { .method = "GET", .url = s->url, .fields = s->fields };

    if (!is_safe(s->url)) {
        asl__source_end(s, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor local");
        return;
    }
    if (file != NULL)
        token = read_token(s->scratch, file);
    s->fields[0] = (asl__http_field){ "Accept", "application/json" };
    s->fields[1] = (asl__http_field){ "Authorization", token };
    spec.nfields = token != NULL ? 2 : 1;
    ask(s, spec);
}

/* ---- a process ---------------------------------------------------------------- */

static void on_process(void *user)
{
    asl__source *s = user;
    asl__process_result r = asl__process_result_of(s->process);
    asl__process *process = s->process;

    s->process = NULL;
    if (r.end == ASL__PROCESS_EXITED && r.code == 0)
        take_keys(s, r.output, r.output_len);
    else
        asl__source_end(s, "credential_process failed");
    asl__process_free(process);
}

static void ask_process(asl__source *s)
{
    char **argv = asl__aws_split_command(s->scratch, s->command);
    asl__process_spec spec = { .argv = argv,
                               .env = s->owner->means.settings->env,
                               .max_output = MAX_ANSWER,
                               .ended = on_process,
                               .user = s };

    s->process = argv != NULL ? asl__process_new(s->owner->means.loop) : NULL;
    if (s->process != NULL && asl__process_start(s->process, &spec))
        return;
    asl__process_free(s->process);
    s->process = NULL;
    asl__source_end(s, argv == NULL ? "credential_process is no command line"
                                    : "credential_process cannot be started");
}

void asl__source_begin(asl__source *s)
{
    asl_region *scratch = asl_region_new();

    if (scratch == NULL) {
        asl__source_end(s, "out of memory");
        return;
    }
    asl_region_free(s->scratch);
    s->scratch = scratch;
    s->step = 0;
    s->metadata_token = NULL;
    switch (s->kind) {
    case ASL__SOURCE_ROLE:
    case ASL__SOURCE_WEB: ask_sts(s); break;
    case ASL__SOURCE_PROCESS: ask_process(s); break;
    case ASL__SOURCE_CONTAINER: ask_container(s); break;
    case ASL__SOURCE_METADATA: ask_metadata(s, ""); break;
    case ASL__SOURCE_NONE:
    case ASL__SOURCE_SAID: asl__source_end(s, s->why); break;
    }
}
