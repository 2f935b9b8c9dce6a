/* One way to keys (see aws_credentials.h), as the files that ask for them share it. */
#ifndef ASL_TASK_AWS_SOURCE_H
#define ASL_TASK_AWS_SOURCE_H

#include "io/process.h"
#include "task/aws_credentials.h"

enum asl__source_kind {
    ASL__SOURCE_NONE,      /* why says what is wrong */
    ASL__SOURCE_SAID,      /* keys are there */
    ASL__SOURCE_ROLE,      /* STS, AssumeRole with the base's keys */
    ASL__SOURCE_WEB,       /* STS, AssumeRoleWithWebIdentity with a token in a file */
    ASL__SOURCE_PROCESS,   /* a command prints them */
    ASL__SOURCE_CONTAINER, /* the container's host tells them */
    ASL__SOURCE_METADATA   /* the machine's (EC2, IMDSv2) */
};

typedef struct asl__source asl__source;
struct asl__source {
    asl__aws_waiter waiter; /* first: for the base's keys */
    asl__aws_credentials *owner;
    enum asl__source_kind kind;
    asl__source *base;
    const char *profile; /* that it is of; NULL: none */
    const char *role, *session, *external, *token_file; /* NULL: none */
    const char *url;     /* of the container's or machine's host */
    const char *command;
    const char *why;
    asl__aws_keys keys;
    int64_t expires; /* seconds since 1970; INT64_MAX: never; 0: there are none */
    bool busy, stopped;
    unsigned step; /* of METADATA */
    asl__aws_waiter *waiters;
    /* For what is under way; and what the keys live in. */
    asl_region *scratch, *kept;
    const char *metadata_token;
    asl__http_request *http;
    asl__http_field fields[8];
    asl__aws_request request;
    asl__process *process;
    char *reason; /* malloc'd */
    asl__source *next;
};

struct asl__aws_credentials {
    asl__aws_means means;
    asl_region *region; /* of what the sources are made of */
    asl__source *sources;
    asl__source *usual; /* the caller's; NULL: not looked for yet */
    asl__aws_keys stand_in; /* "test" */
};

/* Begins to ask for S's keys. */
void asl__source_begin(asl__source *s);
/* It is over: with keys (in S->kept), or WHY not. */
void asl__source_end(asl__source *s, const char *why);
/* The usual source, and those of roles; NULL without memory. */
asl__source *asl__source_usual(asl__aws_credentials *c);
asl__source *asl__source_for_role(asl__aws_credentials *c, const char *role);

#endif
