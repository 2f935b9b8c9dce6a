/* What is special of single integrations: parameters before they are sent, and the jobs that
 * `.sync` waits for.  Pure functions. */
#ifndef ASL_TASK_AWS_JOB_H
#define ASL_TASK_AWS_JOB_H

#include <aslrt/aws.h>
#include <aslrt/machine.h>

#include "value/buf.h"

/* The parameters INPUT of TASK as its service is sent them; ARNS: the execution's and the
 * state machine's.  Undefined members are left out.  An error value if they cannot be used. */
asl_value asl__aws_prepare(asl_region *region, const asl_task *task, asl_value input,
                           const asl_value *arns);
/* V, the answer of TASK's service, as its result. */
asl_value asl__aws_finish(asl_region *region, const asl_task *task, asl_value input,
                          asl_value v);

typedef struct asl__aws_job asl__aws_job;
/* The job that OPERATION starts; NULL: none that can be waited for. */
const asl__aws_job *asl__aws_job_of(const asl_aws_operation *operation);
/* Parameters that ask about the job, or end it. */
asl_value asl__aws_job_question(const asl__aws_job *job, asl_region *region,
                                asl_value input, asl_value started);
asl_value asl__aws_job_stop(const asl__aws_job *job, asl_region *region, asl_value input,
                            asl_value started);
/* What ANSWER to the question says: undefined while the job goes on, its result, or an error.
 * TASK tells how the result is wanted. */
asl_value asl__aws_job_result(const asl__aws_job *job, asl_region *region,
                              const asl_task *task, asl_value input, asl_value answer);

#endif
