/* JSONata: $hash.  In a file of its own: only a program that uses it needs nettle. */
#include "../value/base.h"

#include "hash.h"
#include "picture.h"

asl_value asl_fn_hash(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    char hex[ASL__HASH_MAX];
    asl_value given[2], error;
    struct asl__out o;

    if (n != 2 || !asl_is_string(args[0]) || !asl_is_string(args[1])) {
        error = asl__checked(e, &asl_fv_hash, context, n, args, given);
        if (asl_is_error(error) || !asl_is_string(given[0]) || !asl_is_string(given[1]))
            return asl_is_error(error) ? error : asl_undefined();
        args = given;
    }
    size_t len = asl__hash_hex(args[1], asl_text(&args[0]), asl_text_len(args[0]), hex);
    if (len > 0)
        return asl_string(e->region, hex, len);
    asl__out_begin(&o, e);
    asl__out_text(&o, "Hash algorithm '", 16);
    asl__out_text(&o, asl_text(&args[1]), asl_text_len(args[1]));
    asl__out_text(&o, "' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5", 54);
    return asl_query_fail(e, "D3137", asl__out_end(&o));
}

const asl_function asl_fv_hash = { .native = asl_fn_hash,
                                   .arity = 2,
                                   .signature = "<ss?:s>",
                                   .name = "hash" };
