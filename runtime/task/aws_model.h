/* Names and values of AWS's models: how the members that a workflow writes are on the wire,
 * and back (see <aslrt/aws.h> for what a model is here). */
#ifndef ASL_TASK_AWS_MODEL_H
#define ASL_TASK_AWS_MODEL_H

#include <aslrt/aws.h>

#include "value/buf.h"

/* Longest name of a member that is looked up; longer ones are as they are written. */
#define ASL__AWS_NAME_MAX 120

/* One side of an operation: what goes in or comes out. */
typedef struct asl__aws_side {
    asl_region *region;
    const asl_aws_service *service;
    const asl_aws_member *members;
    uint32_t count;
    bool optimized; /* names and values as version 1 of the Java SDK has them */
} asl__aws_side;

asl__aws_side asl__aws_in(asl_region *region, const asl_aws_operation *operation);
asl__aws_side asl__aws_out(asl_region *region, const asl_aws_operation *operation);

/* A member as both sides know it; texts live in the side's region or the program. */
typedef struct asl__aws_name {
    const char *name; /* in workflows; also the parent of what is below it */
    const char *wire;
    const char *kinds, *items;
    bool no_memory;
} asl__aws_name;

/* The member that a workflow calls NAME, of a structure that PARENT holds ("": the top). */
asl__aws_name asl__aws_by_name(const asl__aws_side *side, const char *parent,
                               asl_value name);
/* The member that is called WIRE on the wire. */
asl__aws_name asl__aws_by_wire(const asl__aws_side *side, const char *parent,
                               const char *wire, size_t len);

/* V, a workflow's, as the JSON protocols send it. */
asl_value asl__aws_to_wire(const asl__aws_side *side, const char *parent, asl_value v);
/* V, as a JSON protocol answered, for the workflow. */
asl_value asl__aws_from_wire(const asl__aws_side *side, const char *parent, asl_value v);
/* The same of one value of KINDS, which NAME holds. */
asl_value asl__aws_value_to_wire(const asl__aws_side *side, const char *name,
                                 const char *kinds, asl_value v);
asl_value asl__aws_value_from_wire(const asl__aws_side *side, const char *name,
                                   const char *kinds, asl_value v);
/* The members of the object V in the order of their names, as Java prints them. */
asl_value asl__aws_sorted(asl_region *region, asl_value v);
/* V as the text that stands for it: a string as it is, anything else as its JSON. */
asl_value asl__aws_as_text(asl_region *region, asl_value v);
/* The time TEXT (RFC 3339 or RFC 822) for the workflow; TEXT itself if it is none. */
asl_value asl__aws_time(const asl__aws_side *side, const char *text, size_t len);
/* The time V (RFC 3339, or seconds since 1970) as RFC 822 has it. */
asl_value asl__aws_http_time(asl_region *region, asl_value v);
/* Base64 of a text and back; what is no base64 of UTF-8 is left as it is. */
asl_value asl__aws_base64(asl_region *region, asl_value text);
asl_value asl__aws_unbase64(asl_region *region, asl_value text);

#endif
