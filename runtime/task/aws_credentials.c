/* Sources of keys: which there are, who waits for them; see aws_credentials.h. */
#include "value/base.h"

#include "task/aws_source.h"

#define FRESH 300 /* seconds that keys must still be good for */
#define MAX_CHAIN 8 /* profiles that refer to each other */

/* ---- who waits ---------------------------------------------------------------- */

static bool is_fresh(const asl__source *s, int64_t margin)
{
    return s->expires == INT64_MAX || s->expires - margin > (int64_t)time(NULL);
}

void asl__source_end(asl__source *s, const char *why)
{
    asl__aws_waiter *waiters = s->waiters;
    bool ok = why == NULL || (s->expires != 0 && is_fresh(s, 0));

    s->busy = false;
    s->waiters = NULL;
    free(s->reason);
    s->reason = why != NULL ? strdup(why) : NULL;
    while (waiters != NULL) {
        asl__aws_waiter *next = waiters->next;
        waiters->ready(waiters, ok ? &s->keys : NULL,
                       s->reason != NULL ? s->reason : "out of memory");
        waiters = next;
    }
}

static void want(asl__source *s, asl__aws_waiter *waiter)
{
    if (s->kind == ASL__SOURCE_NONE) {
        waiter->ready(waiter, NULL, s->why);
    } else if (!s->busy && s->expires != 0 && is_fresh(s, FRESH)) {
        waiter->ready(waiter, &s->keys, NULL);
    } else {
        waiter->next = s->waiters;
        s->waiters = waiter;
        if (s->busy)
            return;
        s->busy = true;
        if (s->base != NULL)
            want(s->base, &s->waiter);
        else
            asl__source_begin(s);
    }
}

/* The base of S has its keys, or none. */
static void on_base(asl__aws_waiter *waiter, const asl__aws_keys *keys, const char *why)
{
    asl__source *s = (asl__source *)(void *)waiter;

    if (keys == NULL)
        asl__source_end(s, why);
    else
        asl__source_begin(s);
}

void asl__aws_credentials_want(asl__aws_credentials *c, const char *role, bool local,
                               asl__aws_waiter *waiter)
{
    asl__source *s = role != NULL ? asl__source_for_role(c, role) : asl__source_usual(c);
    bool poor = s != NULL && (s->kind == ASL__SOURCE_NONE ||
                              (s->kind == ASL__SOURCE_METADATA && s->expires == 0));

    if (s == NULL)
        waiter->ready(waiter, NULL, "out of memory");
    else if (local && poor && role == NULL)
        waiter->ready(waiter, &c->stand_in, NULL);
    else
        want(s, waiter);
}

void asl__aws_credentials_leave(asl__aws_credentials *c, asl__aws_waiter *waiter)
{
    for (asl__source *s = c->sources; s != NULL; s = s->next)
        for (asl__aws_waiter **w = &s->waiters; *w != NULL; w = &(*w)->next)
            if (*w == waiter) {
                *w = waiter->next;
                return;
            }
}

void asl__aws_credentials_renew(asl__aws_credentials *c)
{
    for (asl__source *s = c->sources; s != NULL; s = s->next)
        if (s->kind > ASL__SOURCE_SAID && !s->busy)
            s->expires = 0;
}

/* ---- which there are ---------------------------------------------------------- */

static asl__source *new_source(asl__aws_credentials *c, enum asl__source_kind kind)
{
    asl__source *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->scratch = asl_region_new();
    s->kept = asl_region_new();
    if (s->scratch == NULL || s->kept == NULL) {
        asl_region_free(s->scratch);
        asl_region_free(s->kept);
        free(s);
        return NULL;
    }
    s->owner = c;
    s->kind = kind;
    s->waiter.ready = on_base;
    s->next = c->sources;
    c->sources = s;
    return s;
}

static asl__source *no_source(asl__aws_credentials *c, const char *why)
{
    asl__source *s = new_source(c, ASL__SOURCE_NONE);

    if (s != NULL)
        s->why = why;
    return s;
}

/* Keys that are said: complete, or none (NULL with *NO_MEMORY false). */
static asl__source *said(asl__aws_credentials *c, const char *id, const char *secret,
                         const char *token)
{
    asl__source *s = id != NULL && secret != NULL ? new_source(c, ASL__SOURCE_SAID) : NULL;

    if (s != NULL) {
        s->keys = (asl__aws_keys){ id, secret, token != NULL ? token : "" };
        s->expires = INT64_MAX;
    }
    return s;
}

static asl__source *said_by_environment(asl__aws_credentials *c)
{
    const asl__aws_settings *s = c->means.settings;

    return said(c, asl__aws_variable(s, "AWS_ACCESS_KEY_ID"),
                asl__aws_variable(s, "AWS_SECRET_ACCESS_KEY"),
                asl__aws_variable(s, "AWS_SESSION_TOKEN"));
}

static asl__source *container(asl__aws_credentials *c)
{
    const asl__aws_settings *s = c->means.settings;
    const char *full = asl__aws_variable(s, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const char *part = asl__aws_variable(s, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    asl__source *source;

    if (part == NULL && full == NULL)
        return NULL;
    source = new_source(c, ASL__SOURCE_CONTAINER);
    if (source == NULL || part == NULL) {
        if (source != NULL)
            source->url = full;
        return source;
    }
    struct asl__buf url = ASL__BUF_INIT;
    asl__buf_printf(&url, "http://169.254.170.2%s", part);
    source->url = asl__aws_text(c->region, &url);
    return source->url != NULL ? source : NULL;
}

static asl__source *metadata(asl__aws_credentials *c)
{
    const asl__aws_settings *s = c->means.settings;
    const char *off = asl__aws_variable(s, "AWS_EC2_METADATA_DISABLED");
    const char *url = asl__aws_variable(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT");

    if (off != NULL && strcmp(off, "true") == 0)
        return no_source(c, "Unable to load credentials from any of the providers in the "
                            "chain");
    asl__source *source = new_source(c, ASL__SOURCE_METADATA);
    if (source != NULL)
        source->url = url != NULL ? url : "http://169.254.169.254";
    return source;
}

static asl__source *of_profile(asl__aws_credentials *c, const char *name, unsigned depth);

static asl__source *of_credential_source(asl__aws_credentials *c, const char *name)
{
    asl__source *s = NULL;

    if (strcmp(name, "Environment") == 0)
        s = said_by_environment(c);
    else if (strcmp(name, "EcsContainer") == 0)
        s = container(c);
    else if (strcmp(name, "Ec2InstanceMetadata") == 0)
        s = metadata(c);
    return s != NULL ? s : no_source(c, "the profile's credential_source has no keys");
}

/* A profile's role: what it is assumed with is another profile, or a source by name. */
static asl__source *of_role(asl__aws_credentials *c, const char *profile, const char *role,
                            unsigned depth)
{
    const asl__aws_settings *t = c->means.settings;
    const char *token = asl__aws_setting(t, profile, "web_identity_token_file");
    const char *from = asl__aws_setting(t, profile, "source_profile");
    const char *by = asl__aws_setting(t, profile, "credential_source");
    asl__source *s = new_source(c, token != NULL ? ASL__SOURCE_WEB : ASL__SOURCE_ROLE);

    if (s == NULL)
        return NULL;
    s->role = role;
    s->session = asl__aws_setting(t, profile, "role_session_name");
    s->external = asl__aws_setting(t, profile, "external_id");
    s->token_file = token;
    if (token != NULL)
        return s;
    if (from != NULL)
        s->base = strcmp(from, profile) == 0
                      ? said(c, asl__aws_setting(t, from, "aws_access_key_id"),
                             asl__aws_setting(t, from, "aws_secret_access_key"),
                             asl__aws_setting(t, from, "aws_session_token"))
                      : of_profile(c, from, depth + 1);
    else if (by != NULL)
        s->base = of_credential_source(c, by);
    if (s->base == NULL)
        return no_source(c, "the profile has a role_arn, but no source_profile with keys");
    return s;
}

static asl__source *said_by_profile(asl__aws_credentials *c, const char *profile,
                                    const char *(*setting)(const asl__aws_settings *,
                                                           const char *, const char *))
{
    const asl__aws_settings *s = c->means.settings;

    return said(c, setting(s, profile, "aws_access_key_id"),
                setting(s, profile, "aws_secret_access_key"),
                setting(s, profile, "aws_session_token"));
}

static asl__source *of_process(asl__aws_credentials *c, const char *profile)
{
    const char *command = asl__aws_setting(c->means.settings, profile, "credential_process");
    asl__source *s = command != NULL ? new_source(c, ASL__SOURCE_PROCESS) : NULL;

    if (s != NULL)
        s->command = command;
    return s;
}

/* What the profile says; NULL: nothing. */
static asl__source *of_profile(asl__aws_credentials *c, const char *name, unsigned depth)
{
    const asl__aws_settings *s = c->means.settings;
    const char *role = asl__aws_setting(s, name, "role_arn");
    asl__source *found;

    if (depth == MAX_CHAIN)
        return no_source(c, "too many profiles refer to each other");
    if (role != NULL)
        return of_role(c, name, role, depth);
    found = said_by_profile(c, name, asl__aws_secret_setting);
    if (found == NULL)
        found = of_process(c, name);
    if (found == NULL)
        found = said_by_profile(c, name, asl__aws_setting);
    if (found == NULL && asl__aws_setting(s, name, "sso_session") != NULL)
        found = no_source(c, "the profile is one of SSO, which is not supported: use `aws "
                             "configure export-credentials`");
    return found;
}

/* The token of a Kubernetes service account, and the like. */
static asl__source *of_web_identity(asl__aws_credentials *c)
{
    const asl__aws_settings *t = c->means.settings;
    const char *file = asl__aws_variable(t, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role = asl__aws_variable(t, "AWS_ROLE_ARN");
    asl__source *s =
        file != NULL && role != NULL ? new_source(c, ASL__SOURCE_WEB) : NULL;

    if (s != NULL) {
        s->role = role;
        s->token_file = file;
        s->session = asl__aws_variable(t, "AWS_ROLE_SESSION_NAME");
    }
    return s;
}

/* In the order of AWS's own tools.  A profile that is named goes before the environment's
 * keys no more than there. */
asl__source *asl__source_usual(asl__aws_credentials *c)
{
    const asl__aws_settings *t = c->means.settings;

    if (c->usual == NULL)
        c->usual = said_by_environment(c);
    if (c->usual == NULL && asl__aws_setting(t, t->profile, "role_arn") != NULL)
        c->usual = of_profile(c, t->profile, 0);
    if (c->usual == NULL)
        c->usual = of_web_identity(c);
    if (c->usual == NULL)
        c->usual = of_profile(c, t->profile, 0);
    if (c->usual == NULL && asl__aws_variable(t, "AWS_PROFILE") != NULL &&
        !asl__aws_has_profile(t, t->profile))
        c->usual = no_source(c, "there is no such profile as AWS_PROFILE names");
    if (c->usual == NULL)
        c->usual = container(c);
    if (c->usual == NULL)
        c->usual = metadata(c);
    return c->usual;
}

asl__source *asl__source_for_role(asl__aws_credentials *c, const char *role)
{
    asl__source *base = asl__source_usual(c), *s;

    for (s = c->sources; s != NULL; s = s->next)
        if (s->kind == ASL__SOURCE_ROLE && s->profile == NULL && s->base == base &&
            base != NULL && s->session == NULL && strcmp(s->role, role) == 0)
            return s;
    s = base != NULL ? new_source(c, ASL__SOURCE_ROLE) : NULL;
    if (s == NULL)
        return NULL;
    s->base = base;
    s->role = asl__aws_copy(c->region, role, strlen(role));
    return s->role != NULL ? s : NULL;
}

/* ---- the whole ---------------------------------------------------------------- */

asl__aws_credentials *asl__aws_credentials_new(const asl__aws_means *means)
{
    asl__aws_credentials *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    c->means = *means;
    c->stand_in = (asl__aws_keys){ "test", "test", "" };
    c->region = asl_region_new();
    if (c->region == NULL) {
        free(c);
        return NULL;
    }
    return c;
}

bool asl__aws_credentials_idle(asl__aws_credentials *c)
{
    bool idle = true;

    for (asl__source *s = c->sources; s != NULL; s = s->next) {
        if (!s->busy || (s->base != NULL && s->base->busy))
            continue;
        idle = false;
        if (s->stopped)
            continue;
        s->stopped = true;
        if (s->http != NULL)
            asl__http_cancel(s->http);
        else if (s->process != NULL)
            asl__process_cancel(s->process);
    }
    return idle;
}

void asl__aws_credentials_free(asl__aws_credentials *c)
{
    if (c == NULL)
        return;
    while (c->sources != NULL) {
        asl__source *s = c->sources;
        c->sources = s->next;
        asl_region_free(s->scratch);
        asl_region_free(s->kept);
        free(s->reason);
        free(s);
    }
    asl_region_free(c->region);
    free(c);
}
