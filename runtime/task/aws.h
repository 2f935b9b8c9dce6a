/* What the files of module `aws` share. */
#ifndef ASL_TASK_AWS_H
#define ASL_TASK_AWS_H

#include "task/aws_settings.h"
#include "task/bind.h"

/* aws_read.c: see asl__module_functions.read; the spec is an asl__aws_binding. */
bool asl__aws_read(asl__taskset *set, asl__bindings_file *file, asl_value v, asl_value kind,
                   asl__binding *binding);

#endif
