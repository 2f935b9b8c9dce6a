/* What check_query_call needs of the other files of JSONata's run time, in their simplest
 * form and weak: where the library has them, its own are used. */
#ifndef QUERY_STANDINS_H
#define QUERY_STANDINS_H

#include "expr/query.h"

#include <sys/resource.h>
#include <sys/time.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define WEAK __attribute__((weak))

static const char *stack_start;

WEAK struct asl__evaluation *asl__evaluation_of(asl_eval *e)
{
    if (!e->more) {
        e->more = asl_alloc(e->region, sizeof *e->more);
        memset(e->more, 0, sizeof *e->more);
    }
    return e->more;
}

WEAK asl_value asl_query_fail(asl_eval *e, const char *code, asl_value message)
{
    return asl_error(e->region, code ? asl_cstring(e->region, code) : asl_undefined(),
                     message);
}

WEAK asl_value asl_query_error2(asl_eval *e, const char *code, const char *token,
                                asl_value value, asl_value value2)
{
    const char *name = token ? token : "undefined", *quote = token ? "\"" : "";
    int index = asl_is_number(value) ? (int)asl_to_double(value) : 0;
    asl_value message = asl_undefined();

    if (!strcmp(code, "T0410"))
        message = asl_format_string(
            e->region,
            "Argument %d of function %s%s%s does not match function signature", index,
            quote, name, quote);
    if (!strcmp(code, "T0411"))
        message = asl_format_string(e->region,
                                    "Context value is not a compatible type with "
                                    "argument %d of function %s%s%s",
                                    index, quote, name, quote);
    if (!strcmp(code, "T0412"))
        message = asl_format_string(
            e->region, "Argument %d of function %s%s%s must be an array of %s%.*s%s",
            index, quote, name, quote, asl_is_string(value2) ? "\"" : "",
            asl_is_string(value2) ? (int)asl_text_len(value2) : 9,
            asl_is_string(value2) ? asl_text(&value2) : "undefined",
            asl_is_string(value2) ? "\"" : "");
    return asl_query_fail(e, code, message);
}

WEAK asl_value asl_query_error(asl_eval *e, const char *code, const char *token,
                               asl_value value)
{
    return asl_query_error2(e, code, token, value, asl_undefined());
}

WEAK asl_value asl__bounded(asl_eval *e)
{
    char here;
    struct rlimit limit;

    getrlimit(RLIMIT_STACK, &limit);
    if ((size_t)(stack_start - &here) > (size_t)limit.rlim_cur / 2)
        return asl_query_error(e, "U1001", NULL, asl_undefined());
    return asl_undefined();
}

WEAK bool asl__truth_slow(asl_value v)
{
    if (asl_is_number(v))
        return asl_to_double(v) != 0;
    if (asl_is_string(v))
        return asl_text_len(v) > 0;
    for (uint32_t i = 0; asl_is_array(v) && i < asl__count(v); i++)
        if (asl_truth(asl__items(v)[i]))
            return true;
    return asl_is_object(v) && asl__count(v) > 0;
}

WEAK asl_value asl__cast_boolean(asl_value v)
{
    return asl_is_undefined(v) ? v : asl_boolean(asl_truth(v));
}

WEAK asl_value asl__unwrap_slow(asl_value v)
{
    if (asl__count(v) == 0)
        return asl_undefined();
    return asl__count(v) == 1 && !(asl_flags(v) & ASL_KEEP) ? asl__items(v)[0] : v;
}

WEAK bool asl__same(asl_value a, asl_value b)
{
    return asl_equal(a, b);
}

WEAK asl_value asl__append(asl_eval *e, asl_value a, asl_value b)
{
    const asl_value *more;
    asl_value both = asl_array();

    if (asl_is_undefined(a) || asl_is_undefined(b))
        return asl_is_undefined(a) ? b : a;
    for (uint32_t i = 0, n = asl_items(&a, &more); i < n; i++)
        both = asl_push(e->region, both, more[i]);
    for (uint32_t i = 0, n = asl_items(&b, &more); i < n; i++)
        both = asl_push(e->region, both, more[i]);
    return both;
}

WEAK asl_value asl__string_of(asl_eval *e, asl_value v)
{
    return asl_is_string(v) ? v : asl_to_json(e->region, v);
}

WEAK asl_value asl_lookup_in(asl_eval *e, asl_value c, asl_value key)
{
    asl_value all = asl_array();

    if (!asl_is_array(c))
        return asl_member_of(c, key);
    for (uint32_t i = 0; i < asl__count(c); i++) {
        asl_value v = asl_lookup_in(e, asl__items(c)[i], key);
        if (!asl_is_undefined(v))
            all = asl__append(e, all, v);
    }
    return asl_flagged(all, ASL_SEQUENCE);
}

WEAK asl_value asl_fn_random(asl_eval *e, asl_value context, uint32_t n,
                             const asl_value *args)
{
    static uint32_t turn;

    (void)e, (void)context, (void)n, (void)args;
    return asl_double((double)(turn++ * 37 % 100) / 100);
}

WEAK asl_value asl_fn_string(asl_eval *e, asl_value context, uint32_t n,
                             const asl_value *args)
{
    asl_value in[2], error = asl__arguments(e, &asl_fv_string, context, n, args, in);

    if (!asl_is_undefined(error) || asl_is_undefined(in[0]))
        return error;
    return asl__string_of(e, in[0]);
}

WEAK asl_value asl_fn_uppercase(asl_eval *e, asl_value context, uint32_t n,
                                const asl_value *args)
{
    asl_value v, error = asl__arguments(e, &asl_fv_uppercase, context, n, args, &v);
    char text[64];

    if (!asl_is_undefined(error) || asl_is_undefined(v))
        return error;
    size_t len = asl_text_len(v) < sizeof text ? asl_text_len(v) : sizeof text;
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(asl_text(&v)[i] - (asl_text(&v)[i] >= 'a' ? 32 : 0));
    return asl_string(e->region, text, len);
}

#undef WEAK
#pragma GCC diagnostic pop
#endif
