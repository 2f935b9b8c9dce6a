/* What a program knows of the operations of AWS that its Tasks call: constant data, written
 * by aslc for these operations only.
 *
 * Most of an operation's model can be told from names: a member is on the wire what its name
 * says (with a small letter in front where the service is `camel`), and its value is what
 * JSON says.  `in` and `out` list the exceptions, sorted by name.
 */
#ifndef ASLRT_AWS_H
#define ASLRT_AWS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum asl_aws_protocol {
    ASL_AWS_JSON, /* POST of a JSON document, the operation in X-Amz-Target */
    ASL_AWS_QUERY, /* POST of a form, answers in XML */
    ASL_AWS_EC2,
    ASL_AWS_REST_JSON, /* members in the URI, the query, headers and a document */
    ASL_AWS_REST_XML,
    ASL_AWS_GATEWAY /* an HTTP API that the parameters name */
};

/* NAME, or PARENT.NAME where the name alone means two things.
 *
 * kinds: l list, f list without an element of its own, m map, F map without an element of
 * its own, from outside in, and then what of: t seconds since 1970, T RFC 3339, R RFC 822,
 * b binary, i integer, d number, z boolean, j any JSON, q JSON in a text, s a text that may
 * be given as any JSON.  Lists and numbers are told for XML only. */
typedef struct asl_aws_member {
    const char *name;
    const char *wire;  /* NULL: as the name says */
    const char *kinds; /* "": a text, a structure, whatever JSON says */
    const char *items; /* names of a list's item, a map's key and value, with a `/` between;
                          NULL: member, key/value */
} asl_aws_member;

typedef struct asl_aws_service {
    const char *key;     /* "dynamodb": the one of aws-sdk Resources */
    const char *id;      /* "DynamoDB": AWS_ENDPOINT_URL_<ID> */
    const char *prefix;  /* "DynamoDb": of errors of aws-sdk */
    const char *target;  /* JSON: the prefix of X-Amz-Target */
    const char *version; /* JSON: 1.0 or 1.1; else of the API */
    const char *endpoint, *signing; /* the host's first part; the name in signatures */
    const char *xmlns;   /* of XML documents sent */
    const char *errors;  /* CODE or CODE=NAME of the errors that have a class of their own,
                            with spaces between */
    const asl_aws_member *in, *out;
    uint32_t nin, nout;
    uint8_t protocol; /* enum asl_aws_protocol */
    bool camel;
} asl_aws_service;

/* How an optimized integration names things: as the Java SDK's version 1 did. */
typedef struct asl_aws_optimized {
    const char *prefix;  /* "DynamoDB": of errors */
    const char *service; /* "AmazonDynamoDBv2": in Causes */
    const char *generic; /* "AmazonDynamoDBException" */
    const char *parameters; /* names that are taken, with spaces between; NULL: any */
    bool metadata;       /* results have SdkHttpMetadata and SdkResponseMetadata */
} asl_aws_optimized;

typedef struct asl_aws_operation asl_aws_operation;
struct asl_aws_operation {
    const asl_aws_service *service;
    const asl_aws_optimized *optimized; /* NULL: of aws-sdk */
    const char *name;   /* "PutItem" */
    const char *method; /* REST; else "POST" */
    const char *path;   /* REST: `/{Bucket}/{Key+}?list-type=2` */
    /* REST: where members go, one word each: uNAME[=WIRE] URI, q query, h header, H headers
     * with a prefix, P the document itself, p the body itself, rNAME the document's element;
     * behind a `>` where those of the answer are: h, H, p, P, s the status. */
    const char *places;
    /* A job's: what is asked about it, and what ends it; NULL: none. */
    const asl_aws_operation *describe, *stop;
};

#ifdef __cplusplus
}
#endif
#endif
