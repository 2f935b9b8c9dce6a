/* The built-in functions of JSONata as values. */
#include "expr/query.h"

#define ASL_FN(name_, arity_, signature_, module)                                      \
    extern asl_native asl_fn_##name_ __attribute__((weak));                            \
    const asl_function asl_fv_##name_ = { .native = asl_fn_##name_,                    \
                                          .arity = arity_,                             \
                                          .signature = signature_,                     \
                                          .name = #name_ };
#include <aslrt/functions.def>
