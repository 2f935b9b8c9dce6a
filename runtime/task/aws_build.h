/* Requests made of a Task's parameters, and results made of answers: pure functions. */
#ifndef ASL_TASK_AWS_BUILD_H
#define ASL_TASK_AWS_BUILD_H

#include <aslrt/aws.h>

#include "task/aws_request.h"

/* Where a service is.  Texts are terminated. */
typedef struct asl__aws_endpoint {
    const char *scheme, *host, *path; /* path: what stands before each request's; "" */
    const char *region, *signing;
    bool custom;   /* somebody said so: it may be no service of AWS */
    bool alone; /* it is said of this service alone */
} asl__aws_endpoint;

/* Fills in R (its region is set) for OPERATION with INPUT.  ENDPOINT may be changed: some
 * requests say themselves where they go.  Undefined, or the error to raise. */
asl_value asl__aws_build(asl__aws_request *r, const asl_aws_operation *operation,
                         asl__aws_endpoint *endpoint, asl_value input);
/* The same for apigateway:invoke, which calls what INPUT names; aws_gateway.c. */
asl_value asl__aws_build_gateway(asl__aws_request *r, asl__aws_endpoint *endpoint,
                                 asl_value input);
/* What is wrong with INPUT as its parameters: an error, or undefined. */
asl_value asl__aws_check_gateway(asl_region *region, asl_value input);
/* The URL of R; NULL without memory. */
const char *asl__aws_url(const asl__aws_request *r);
/* Cuts URL into ENDPOINT's scheme, host and path; false if it is none.  Texts go to REGION. */
bool asl__aws_split_url(asl_region *region, const char *url, asl__aws_endpoint *endpoint);

/* What the answer RESULT, a success, is: a result, or an error value. */
asl_value asl__aws_result(asl_region *region, const asl_aws_operation *operation,
                          const asl__http_result *result);
/* What the answer RESULT, a failure, of the last of ATTEMPTS is: an error value. */
asl_value asl__aws_error(asl_region *region, const asl_aws_operation *operation,
                         const asl__http_result *result, unsigned attempts);
/* The same for apigateway:invoke. */
asl_value asl__aws_gateway_result(asl_region *region, const asl__http_result *result);
/* No answer was to be had from HOST: the error of the SDK's client. */
asl_value asl__aws_unreached(asl_region *region, const asl_aws_operation *operation,
                             const char *host, const asl__http_result *result);

/* What an answer says went wrong. */
typedef struct asl__aws_failure {
    asl_value code, shape; /* as shown; the error's name in the model */
    asl_value message, id, extended_id;
} asl__aws_failure;
asl__aws_failure asl__aws_failure_of(asl_region *region, const asl_aws_operation *operation,
                                     const asl__http_result *result);
/* Whether the call may be tried again: throttled, or the service failed. */
bool asl__aws_is_transient(const asl__http_result *result, const asl__aws_failure *failure);

/* Names of members, one word of asl_aws_operation.places. */
typedef struct asl__aws_place {
    char kind; /* '\0': the end */
    const char *name, *wire;
    size_t name_len, wire_len;
} asl__aws_place;
/* The next word at *AT, and past it. */
asl__aws_place asl__aws_next_place(const char **at);

#endif
