/* Module `tls`: what the HTTP client of the others makes https with. */
#include "value/base.h"

#include "io/tls.h"
#include "task/bind.h"

static const asl__module_functions tls_functions = { .layer =
                                                         &asl__task_layer_functions,
                                                     .tls = &asl__openssl };

const asl_module asl_module_tls = { "tls", &tls_functions };
