/*
 * check_resource.c - Resources: URIs, and which actions the optimized integrations have.
 *
 * Services that are not listed, and aws-sdk ones, are let pass: a program may bind any
 * Resource to a task of its own.
 */
#include <string.h>

#include "arena.h"
#include "check_rules.h"

/* The actions of an optimized integration, each with a space before and behind. */
struct service {
    const char *name;
    const char *actions;
};

static const struct service services[] = {
    { "lambda", " invoke " },
    { "sqs", " sendMessage " },
    { "sns", " publish " },
    { "dynamodb", " getItem putItem updateItem deleteItem " },
    { "events", " putEvents " },
    { "states", " startExecution " },
    { "ecs", " runTask " },
    { "batch", " submitJob " },
    { "glue", " startJobRun " },
    { "databrew", " startJobRun " },
    { "apigateway", " invoke " },
    { "athena",
      " startQueryExecution stopQueryExecution getQueryExecution getQueryResults " },
    { "bedrock", " invokeModel createModelCustomizationJob " },
    { "mediaconvert", " createJob " },
    { "http", " invoke " },
    { "s3", " getObject listObjectsV2 putObject " },
};

/* A piece of a Resource. */
struct piece {
    const char *text;
    size_t len;
};

/* "arn:P:states:::SERVICE:ACTION[.SUFFIX]" taken apart. */
struct integration {
    struct piece service, action, suffix;
};

/* The piece up to `stop` or the end, taken from *at on; false when it is empty. */
static bool take_piece(const char **at, char stop, struct piece *piece)
{
    const char *found = strchr(*at, stop);

    piece->text = *at;
    piece->len = found ? (size_t)(found - *at) : strlen(*at);
    *at += piece->len + (found != NULL);
    return piece->len > 0;
}

/* Skips "arn:P:states:R:A:"; NULL when it is no such thing. */
static const char *skip_arn(const char *at)
{
    static const char *const wanted[] = { "arn", NULL, "states", NULL, NULL };
    struct piece piece;

    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        take_piece(&at, ':', &piece);
        if (wanted[i] && (piece.len != strlen(wanted[i]) ||
                          memcmp(piece.text, wanted[i], piece.len) != 0))
            return NULL;
    }
    return at;
}

static bool split(const char *resource, struct integration *parts)
{
    const char *at = skip_arn(resource);

    if (!at || !take_piece(&at, ':', &parts->service) ||
        !take_piece(&at, '.', &parts->action))
        return false;
    take_piece(&at, '\0', &parts->suffix);
    return true;
}

static bool piece_is(struct piece piece, const char *text)
{
    return piece.len == strlen(text) && memcmp(piece.text, text, piece.len) == 0;
}

static bool has_action(const struct service *service, struct piece action)
{
    const char *at = service->actions;

    for (size_t i = 0; i < action.len; i++)
        if (action.text[i] == ' ')
            return false;
    for (; (at = strchr(at, ' ')) && at[1]; at++)
        if (strncmp(at + 1, action.text, action.len) == 0 && at[1 + action.len] == ' ')
            return true;
    return false;
}

static bool is_known(const struct integration *parts)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (piece_is(parts->service, services[i].name))
            return has_action(&services[i], parts->action);
    return true;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool has_scheme(const char *text)
{
    size_t scheme = strspn(text, LETTERS "+-.");

    return scheme > 0 && text[scheme] == ':' && text[scheme + 1] != '\0';
}

/* RFC 3986: what no URI holds.  With a scheme only blanks count: templates of many kinds
 * are in use. */
static bool is_uri(const char *text)
{
    if (has_scheme(text))
        return !strpbrk(text, " \t\n");
    return *text && !strpbrk(text, " \t\n\"<>\\^`{|}");
}

/* A Lambda function's ARN may end in a version or an alias; is that well-formed? */
static bool is_lambda_ok(const char *text)
{
    const char *name = strstr(text, ":function:");
    const char *qualifier = name ? strchr(name + 10, ':') : NULL;

    if (strncmp(text, "arn:", 4) != 0 || !strstr(text, ":lambda:") || !qualifier)
        return true;
    qualifier++;
    return strcmp(qualifier, "$LATEST") == 0 ||
           (*qualifier && qualifier[strspn(qualifier, LETTERS "-_")] == '\0');
}

static void check_express(struct check *check, const struct node *node,
                          const struct integration *parts)
{
    if (check->machine->type != MACHINE_EXPRESS || parts->suffix.len == 0)
        return;
    if (strncmp(parts->suffix.text, "sync", 4) == 0)
        report(
            check, BREACH_EXPRESS, node, NULL,
            "an Express state machine does not support `.sync` service integrations");
    else if (piece_is(parts->suffix, "waitForTaskToken"))
        report(check, BREACH_EXPRESS, node, NULL,
               "an Express state machine does not support "
               "`.waitForTaskToken` service integrations");
}

static void check_activity(struct check *check, const struct node *node)
{
    if (check->machine->type == MACHINE_EXPRESS)
        report(check, BREACH_EXPRESS, node, NULL,
               "an Express state machine does not support activities");
}

void check_resource(struct check *check, const struct node *node)
{
    struct integration parts;

    if (!is_uri(node->text)) {
        report(check, BREACH_RESOURCE, node, NULL,
               "`Resource` must be a URI, such as an ARN");
        return;
    }
    if (!has_scheme(node->text))
        report(check, BREACH_RESOURCE_NAME, node, NULL,
               "`Resource` should be a URI, such as an ARN");
    if (!is_lambda_ok(node->text))
        report(check, BREACH_RESOURCE, node, NULL,
               "the version or alias behind the function's name is not valid");
    if (!split(node->text, &parts))
        return;
    if (piece_is(parts.service, "activity")) {
        check_activity(check, node);
        return;
    }
    if (!is_known(&parts))
        report(
            check, BREACH_RESOURCE, node, NULL,
            "the resource %s is not recognized: %.*s has no such optimized integration",
            node->text, (int)parts.service.len, parts.service.text);
    check_express(check, node, &parts);
}
