/*
 * aws.h - what aslc knows of AWS's services: the table aws.def, looked up.
 *
 * A program gets the operations that its Resources name, as constant data (emit_aws.c).
 */
#ifndef ASLC_AWS_H
#define ASLC_AWS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* One SERVICE(...) of aws.def; see aws-table.py for the texts. */
struct aws_service {
    const char *key, *id, *prefix, *protocol, *target, *version, *endpoint, *signing;
    bool camel;
    const char *xmlns, *in, *out, *errors, *operations;
};

/* An optimized integration; see asl_aws_optimized. */
struct aws_optimized {
    const char *service;    /* in Resources: "events" */
    const char *key;        /* in aws.def: "eventbridge" */
    const char *only;       /* the actions that it is for, with spaces around; NULL: all */
    const char *prefix, *name, *generic;
    bool metadata;
};

struct aws_operation {
    const struct aws_service *service;
    const struct aws_optimized *optimized; /* or NULL */
    const char *name;                      /* "PutItem" */
    const char *method, *path, *places;
    const struct aws_operation *describe, *stop; /* of a job; or NULL */
    const struct aws_operation *next;            /* of a program */
};

enum aws_found { AWS_FOUND, AWS_NO_SERVICE, AWS_NO_OPERATION };

/* SERVICE ("sqs", "aws-sdk:s3") and ACTION ("sendMessage", without a suffix). */
enum aws_found aws_find(struct arena *arena, const char *service, const char *action,
                        struct aws_operation *operation);

#endif
