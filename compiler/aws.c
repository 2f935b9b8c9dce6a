/*
 * aws.c - looking up services and operations in aws.def.
 */
#include "aws.h"

#include <string.h>
#include <strings.h>

#include "arena.h"

/* The table's texts are longer than a C compiler must take, which both of ours do. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

static const struct aws_service services[] = {
#define SERVICE(...) { __VA_ARGS__ },
#include "aws.def"
#undef SERVICE
    /* apigateway:invoke calls what its parameters say. */
    { "executeapi", "Execute API", "ApiGateway", "gateway", "", "", "execute-api",
      "execute-api", false, "", "", NULL, "", "Invoke" }
};

static const struct aws_optimized optimized[] = {
    { "lambda", "lambda", NULL, "Lambda", "AWSLambda", "AWSLambdaException", true },
    { "sqs", "sqs", NULL, "SQS", "AmazonSQS", "AmazonSQSException", true },
    { "sns", "sns", NULL, "SNS", "AmazonSNS", "AmazonSNSException", true },
    { "dynamodb", "dynamodb", NULL, "DynamoDB", "AmazonDynamoDBv2",
      "AmazonDynamoDBException", true },
    { "events", "eventbridge", NULL, "EventBridge", "AmazonEventBridge",
      "AmazonEventBridgeException", false },
    { "states", "sfn", NULL, "StepFunctions", "AWSStepFunctions",
      "AWSStepFunctionsException", true },
    { "ecs", "ecs", NULL, "ECS", "AmazonECS", "AmazonECSException", true },
    { "batch", "batch", NULL, "Batch", "AWSBatch", "AWSBatchException", true },
    { "glue", "glue", NULL, "Glue", "AWSGlue", "AWSGlueException", true },
    { "databrew", "databrew", NULL, "DataBrew", "AWSGlueDataBrew", "AWSGlueDataBrewException",
      true },
    { "athena", "athena", NULL, "Athena", "AmazonAthena", "AmazonAthenaException", true },
    { "bedrock", "bedrockruntime", " invokeModel ", "Bedrock", "BedrockRuntime",
      "BedrockRuntimeException", false },
    { "bedrock", "bedrock", NULL, "Bedrock", "Bedrock", "BedrockException", false },
    { "codebuild", "codebuild", NULL, "CodeBuild", "AWSCodeBuild", "AWSCodeBuildException",
      true },
    { "sagemaker", "sagemaker", NULL, "SageMaker", "AmazonSageMaker",
      "AmazonSageMakerException", true },
    { "emr-containers", "emrcontainers", NULL, "EMRContainers", "AmazonEMRContainers",
      "AmazonEMRContainersException", true },
    { "emr-serverless", "emrserverless", NULL, "EMRServerless", "AWSEMRServerless",
      "AWSEMRServerlessException", true },
    { "mediaconvert", "mediaconvert", NULL, "MediaConvert", "AWSMediaConvert",
      "AWSMediaConvertException", true },
    { "eks", "eks", " createCluster deleteCluster createNodegroup deleteNodegroup "
                    "createFargateProfile deleteFargateProfile ",
      "EKS", "AmazonEKS", "AmazonEKSException", true },
    { "apigateway", "executeapi", NULL, "ApiGateway", "ApiGateway", "ApiGatewayException",
      false }
};

/* Operations that tell of a job, and end it. */
static const struct {
    const char *service, *start, *describe, *stop;
} jobs[] = {
#define JOB(service, start, describe, question, status, good, bad, result, stop, stopping)  \
    { service, start, describe, stop },
#include <aslrt/aws_jobs.def>
#undef JOB
};

static const struct aws_service *find_service(const char *key)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (strcmp(services[i].key, key) == 0)
            return &services[i];
    return NULL;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (; (words = strchr(words, ' ')) && words[1]; words++)
        if (strncmp(words + 1, word, len) == 0 && words[1 + len] == ' ')
            return true;
    return false;
}

static const struct aws_optimized *find_optimized(const char *service, const char *action)
{
    for (size_t i = 0; i < sizeof optimized / sizeof *optimized; i++)
        if (strcmp(optimized[i].service, service) == 0 &&
            (!optimized[i].only || has_word(optimized[i].only, action)))
            return &optimized[i];
    return NULL;
}

static bool is_rest(const struct aws_service *service)
{
    return strncmp(service->protocol, "rest", 4) == 0;
}

/* The words of a REST operation: METHOD PATH PLACES, up to a semicolon. */
static void take_places(struct arena *arena, struct aws_operation *op, const char *text)
{
    size_t len = strcspn(text, " ");

    op->method = arena_copy(arena, text, len);
    text += len + 1;
    len = strcspn(text, " ;");
    op->path = arena_copy(arena, text, len);
    text += len + (text[len] == ' ');
    op->places = arena_copy(arena, text, strcspn(text, ";"));
}

/* Fills in the operation called ACTION, in any case: Java's names begin with a small letter. */
static bool find_operation(struct arena *arena, const struct aws_service *service,
                           const char *action, struct aws_operation *op)
{
    const char *at = service->operations, *end = is_rest(service) ? ";" : " ";
    size_t len = strlen(action);

    for (at += strspn(at, " "); *at; at += strspn(at, " ;")) {
        size_t name = strcspn(at, " ;");

        if (name == len && strncasecmp(at, action, len) == 0) {
            *op = (struct aws_operation){.service = service,
                                         .name = arena_copy(arena, at, name),
                                         .method = "POST",
                                         .path = "/",
                                         .places = ""};
            if (is_rest(service))
                take_places(arena, op, at + name + 1);
            return true;
        }
        at += strcspn(at, end);
    }
    return false;
}

static const struct aws_operation *helper(struct arena *arena, const struct aws_operation *op,
                                          const char *name)
{
    struct aws_operation *found = ARENA_NEW(arena, struct aws_operation);

    if (!find_operation(arena, op->service, name, found))
        return NULL;
    found->optimized = op->optimized;
    return found;
}

static void find_job(struct arena *arena, struct aws_operation *op)
{
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
        if (strcmp(jobs[i].service, op->service->key) == 0 &&
            strcmp(jobs[i].start, op->name) == 0) {
            op->describe = helper(arena, op, jobs[i].describe);
            op->stop = helper(arena, op, jobs[i].stop);
        }
}

enum aws_found aws_find(struct arena *arena, const char *service, const char *action,
                        struct aws_operation *operation)
{
    const struct aws_optimized *found = NULL;
    const char *key = service;
    const struct aws_service *of;

    if (strncmp(service, "aws-sdk:", 8) == 0) {
        key = service + 8;
    } else {
        found = find_optimized(service, action);
        if (!found)
            return AWS_NO_SERVICE;
        key = found->key;
    }
    of = find_service(key);
    if (!of || (!found && strcmp(of->protocol, "gateway") == 0))
        return AWS_NO_SERVICE;
    if (!find_operation(arena, of, action, operation))
        return AWS_NO_OPERATION;
    operation->optimized = found;
    if (found)
        find_job(arena, operation);
    return AWS_FOUND;
}
