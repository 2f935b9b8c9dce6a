/* The built-in functions of JSONata as values. */
#include "expr/query.h"

/* $hash is where nettle is: jsonata_hash.c. */
#define VALUE_NONE(name_, arity_, signature_)                                          \
    const asl_function asl_fv_##name_ = { .native = asl_fn_##name_,                    \
                                          .arity = arity_,                             \
                                          .signature = signature_,                     \
                                          .name = #name_ };
#define VALUE_HASH(name_, arity_, signature_)
#define ASL_FN(name_, arity_, signature_, module_) VALUE_##module_(name_, arity_, signature_)
#include <aslrt/functions.def>
