/* The environment and the shared files; see aws_settings.h. */
#include "value/base.h"

#include "task/aws_settings.h"

#include <errno.h>
#include <strings.h>

#define MAX_FILE ((size_t)1 << 20) /* of a shared file */

const char *asl__aws_variable(const asl__aws_settings *s, const char *name)
{
    size_t len = strlen(name);

    for (char *const *e = s->env; e != NULL && *e != NULL; e++)
        if (strncmp(*e, name, len) == 0 && (*e)[len] == '=')
            return (*e)[len + 1] != '\0' ? *e + len + 1 : NULL;
    return NULL;
}

/* ---- files -------------------------------------------------------------------- */

static asl_value read_file(asl_region *region, const char *path)
{
    struct asl__buf text = ASL__BUF_INIT;
    FILE *file = fopen(path, "re");
    char piece[4096];
    size_t len;
    asl_value v = asl_object();

    if (file == NULL)
        return v;
    text.limit = MAX_FILE;
    while ((len = fread(piece, 1, sizeof piece, file)) > 0)
        asl__buf_append(&text, piece, len);
    if (!ferror(file) && !text.failed && text.len > 0)
        v = asl__aws_config_read(region, text.data, text.len);
    fclose(file);
    asl__buf_free(&text);
    return v;
}

/* The file that VARIABLE names, or ~/.aws/NAME. */
static asl_value read_shared(const asl__aws_settings *s, const char *variable,
                             const char *name)
{
    const char *path = asl__aws_variable(s, variable);
    const char *home = asl__aws_variable(s, "HOME");
    struct asl__buf whole = ASL__BUF_INIT;
    asl_value v;

    if (path != NULL && strncmp(path, "~/", 2) == 0 && home != NULL)
        asl__buf_printf(&whole, "%s%s", home, path + 1);
    else if (path != NULL)
        asl__buf_append_cstring(&whole, path);
    else if (home != NULL)
        asl__buf_printf(&whole, "%s/.aws/%s", home, name);
    else
        return asl_object();
    v = read_file(s->region, asl__buf_cstring(&whole));
    asl__buf_free(&whole);
    return v;
}

bool asl__aws_settings_read(asl__aws_settings *s, asl_region *region, char *const *env)
{
    *s = (asl__aws_settings){ .region = region, .env = env };
    const char *ignores = asl__aws_variable(s, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");

    s->ignores_urls = ignores != NULL && strcasecmp(ignores, "true") == 0;
    s->profile = asl__aws_variable(s, "AWS_PROFILE");
    if (s->profile == NULL)
        s->profile = asl__aws_variable(s, "AWS_DEFAULT_PROFILE");
    if (s->profile == NULL)
        s->profile = "default";
    s->config = read_shared(s, "AWS_CONFIG_FILE", "config");
    s->credentials = read_shared(s, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    return !asl_is_error(s->config) && !asl_is_error(s->credentials);
}

/* ---- settings ----------------------------------------------------------------- */

static asl_value named(asl_value object, const char *name)
{
    return asl_member_of(object, asl_string_in(name, strlen(name)));
}

/* The section of the profile in the config file: all but `default` have a word in front. */
static asl_value profile_of(const asl__aws_settings *s, const char *name)
{
    asl_value key = asl_format_string(s->region, "profile %s", name);
    asl_value v = asl_is_error(key) ? key : asl_member_of(s->config, key);

    if (!asl_is_object(v) && strcmp(name, "default") == 0)
        v = named(s->config, name);
    return v;
}

static const char *text_of(const asl__aws_settings *s, asl_value v)
{
    if (!asl_is_string(v) || asl_text_len(v) == 0)
        return NULL;
    return asl__aws_copy(s->region, asl_text(&v), asl_text_len(v));
}

const char *asl__aws_secret_setting(const asl__aws_settings *s, const char *name,
                                    const char *key)
{
    return text_of(s, named(named(s->credentials, name), key));
}

const char *asl__aws_setting(const asl__aws_settings *s, const char *name, const char *key)
{
    const char *text = text_of(s, named(profile_of(s, name), key));

    return text != NULL ? text : asl__aws_secret_setting(s, name, key);
}

bool asl__aws_has_profile(const asl__aws_settings *s, const char *name)
{
    return asl_is_object(profile_of(s, name)) || asl_is_object(named(s->credentials, name));
}

const char *asl__aws_region_of(const asl__aws_settings *s, const asl__aws_binding *binding)
{
    const char *region = binding != NULL ? binding->region : NULL;

    if (region == NULL)
        region = asl__aws_variable(s, "AWS_REGION");
    if (region == NULL)
        region = asl__aws_variable(s, "AWS_DEFAULT_REGION");
    return region != NULL ? region : asl__aws_setting(s, s->profile, "region");
}

/* ---- endpoints ---------------------------------------------------------------- */

/* The service's ID with each character that is no letter or digit as `_`, in capitals. */
static void print_id(const asl_aws_service *service, bool capital, char *out, size_t size)
{
    size_t i = 0;

    for (; service->id[i] != '\0' && i + 1 < size; i++) {
        char c = service->id[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter)
            out[i] = (char)(capital ? c & ~0x20 : c | 0x20);
        else
            out[i] = c >= '0' && c <= '9' ? c : '_';
    }
    out[i] = '\0';
}

/* The variables of Step Functions Local. */
static const char *local_variable(const asl_aws_service *service)
{
    static const char *const names[][2] = {
        { "lambda", "LAMBDA_ENDPOINT" },     { "sqs", "SQS_ENDPOINT" },
        { "sns", "SNS_ENDPOINT" },           { "dynamodb", "DYNAMODB_ENDPOINT" },
        { "batch", "BATCH_ENDPOINT" },       { "ecs", "ECS_ENDPOINT" },
        { "glue", "GLUE_ENDPOINT" },         { "sagemaker", "SAGE_MAKER_ENDPOINT" },
        { "sfn", "STEP_FUNCTIONS_ENDPOINT" }, { "athena", "ATHENA_ENDPOINT" },
        { "eventbridge", "EVENTS_ENDPOINT" }, { "emr", "EMR_ENDPOINT" },
        { "eks", "EKS_ENDPOINT" }
    };

    for (size_t i = 0; i < ASL__COUNT_OF(names); i++)
        if (strcmp(service->key, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

/* `endpoint_url` of the service in the section that the profile's `services` names. */
static const char *section_url(const asl__aws_settings *s, const char *id)
{
    const char *name = asl__aws_setting(s, s->profile, "services");
    asl_value key;

    if (name == NULL)
        return NULL;
    key = asl_format_string(s->region, "services %s", name);
    if (asl_is_error(key))
        return NULL;
    return text_of(s, named(named(asl_member_of(s->config, key), id), "endpoint_url"));
}

/* Who says where the service is; NULL: nobody.  *ALONE: of this service alone. */
static const char *configured_url(const asl__aws_settings *s,
                                  const asl__aws_binding *binding,
                                  const asl_aws_service *service, bool *alone)
{
    char id[80], variable[120];
    const char *url = binding != NULL ? binding->endpoint : NULL;

    *alone = true;
    if (url != NULL || s->ignores_urls)
        return url;
    print_id(service, true, id, sizeof id);
    snprintf(variable, sizeof variable, "AWS_ENDPOINT_URL_%s", id);
    url = asl__aws_variable(s, variable);
    if (url == NULL && local_variable(service) != NULL)
        url = asl__aws_variable(s, local_variable(service));
    if (url != NULL)
        return url;
    *alone = false;
    url = asl__aws_variable(s, "AWS_ENDPOINT_URL");
    if (url != NULL)
        return url;
    print_id(service, false, id, sizeof id);
    url = section_url(s, id);
    return url != NULL ? url : asl__aws_setting(s, s->profile, "endpoint_url");
}

/* Services that are in one place for all regions, with what they are signed for. */
static bool is_global(const char *prefix)
{
    static const char *const names[] = { "iam",           "route53", "cloudfront",
                                         "organizations", "account", "budgets",
                                         "ce",            "support", "globalaccelerator" };

    for (size_t i = 0; i < ASL__COUNT_OF(names); i++)
        if (strcmp(prefix, names[i]) == 0)
            return true;
    return false;
}

static const char *domain_of(const char *region)
{
    return strncmp(region, "cn-", 3) == 0 ? "amazonaws.com.cn" : "amazonaws.com";
}

static bool default_endpoint(const asl_aws_service *service, asl_region *texts,
                             asl__aws_endpoint *e)
{
    struct asl__buf host = ASL__BUF_INIT;
    bool global = is_global(service->endpoint) && strncmp(e->region, "cn-", 3) != 0 &&
                  strncmp(e->region, "us-gov", 6) != 0;

    if (global) {
        asl__buf_printf(&host, "%s.amazonaws.com", service->endpoint);
        e->region = "us-east-1";
    } else {
        asl__buf_printf(&host, "%s.%s.%s", service->endpoint, e->region,
                        domain_of(e->region));
    }
    e->scheme = "https";
    e->path = "";
    e->host = asl__aws_text(texts, &host);
    return e->host != NULL;
}

bool asl__aws_endpoint_of(const asl__aws_settings *s, const asl__aws_binding *binding,
                          const asl_aws_service *service, asl_region *texts,
                          asl__aws_endpoint *e, const char **why)
{
    const char *region = asl__aws_region_of(s, binding);
    const char *url = configured_url(s, binding, service, &e->alone);

    e->signing = service->signing;
    e->custom = url != NULL;
    e->region = region != NULL ? region : "us-east-1";
    *why = "the URL of the endpoint is none of http or https";
    if (url != NULL)
        return asl__aws_split_url(texts, url, e);
    *why = "no region: set AWS_REGION, or `region` in the profile or the binding";
    if (region == NULL && !is_global(service->endpoint) &&
        service->protocol != ASL_AWS_GATEWAY)
        return false;
    *why = "out of memory";
    return default_endpoint(service, texts, e);
}
