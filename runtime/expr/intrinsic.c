/* Intrinsic functions on numbers and JSON, and their errors (expressions.md 5.2,
 * errors.md 3.7).  The others: intrinsic_array.c, intrinsic_text.c. */
#include "../value/base.h"

#include <math.h>

#include "failure.h"
#include "intrinsic.h"
#include "order.h"
#include "../value/buf.h"

/* ---- arguments and errors ----------------------------------------------------- */

asl_value asl__argument_error(uint32_t count, const asl_value *args)
{
    for (uint32_t i = 0; i < count; i++)
        if (asl_is_error(args[i]))
            return args[i];
    return asl_undefined();
}

asl_value asl__invalid_arguments(asl_region *region, const char *name)
{
    return asl__failf(region, "Invalid arguments in %s", name);
}

bool asl__round(asl_value v, int64_t *out)
{
    if (!asl_is_number(v))
        return false;
    if (asl_to_integer(v, out))
        return true;
    double d = floor(asl_to_double(v) + 0.5);
    if (!(d >= -0x1p63 && d < 0x1p63))
        return false;
    *out = (int64_t)d;
    return true;
}

asl_value asl_intrinsic_error(asl_region *region, asl_value error, const char *whole)
{
    if (!asl_is_error(error))
        return error;
    const asl_error_info *info = asl_error_of(error);
    if (info->flags & ASL__FAILURE_WRAPPED || !asl_is_string(info->cause) ||
        !asl_is_string(info->error) ||
        !asl_same_text(info->error, asl_str("States.Runtime")))
        return error;
    struct asl__buf buf = ASL__BUF_INIT;
    asl__buf_printf(&buf,
                    "There was an error while evaluating the intrinsic function: %s. ",
                    whole);
    asl__buf_append(&buf, asl_text(&info->cause), asl_text_len(info->cause));
    asl_value cause =
        buf.failed ? asl_no_memory() : asl_string(region, buf.data, buf.len);
    asl__buf_free(&buf);
    return asl__failure(region, ASL__FAILURE_WRAPPED, cause);
}

asl_value asl_intrinsic_missing(asl_region *region, const char *whole, const char *path,
                                asl_value input)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__buf_printf(
        &buf,
        "The function '%s' had the following error: The JsonPath argument for "
        "the field '%s' could not be found in the input '",
        whole, path);
    asl__print(&buf, input);
    asl__buf_append_char(&buf, '\'');
    asl_value cause =
        buf.failed ? asl_no_memory() : asl_string(region, buf.data, buf.len);
    asl__buf_free(&buf);
    return asl__failure(region, ASL__FAILURE_WRAPPED, cause);
}

/* ---- numbers ------------------------------------------------------------------ */

asl_value asl_intrinsic_math_add_any(asl_region *region, uint32_t count,
                                     const asl_value *args)
{
    int64_t a = 0, b = 0, sum;

    ASL__ARGUMENTS(count == 2 && asl__round(args[0], &a) && asl__round(args[1], &b) &&
                       !__builtin_add_overflow(a, b, &sum),
                   "States.MathAdd");
    return asl_integer(a + b);
}

/* The next BITS of java.util.Random. */
static int32_t java_bits(uint64_t *state, int bits)
{
    *state = (*state * UINT64_C(0x5DEECE66D) + 0xB) & ((UINT64_C(1) << 48) - 1);
    return (int32_t)(int64_t)(*state >> (48 - bits));
}

/* The first number below LIMIT of new java.util.Random(SEED): nextInt(LIMIT) where LIMIT
 * is an int. */
static uint64_t seeded_below(int64_t seed, uint64_t limit)
{
    uint64_t state =
        ((uint64_t)seed ^ UINT64_C(0x5DEECE66D)) & ((UINT64_C(1) << 48) - 1);
    int32_t bits, value;

    if (limit > INT32_MAX) {
        asl_random random;
        asl_random_seed(&random, (uint64_t)seed);
        return asl_random_below(&random, limit);
    }
    int32_t bound = (int32_t)limit;
    if ((bound & -bound) == bound)
        return (uint64_t)((int64_t)bound * java_bits(&state, 31) >> 31);
    do {
        bits = java_bits(&state, 31);
        value = bits % bound;
    } while ((int64_t)bits - value + (bound - 1) > INT32_MAX);
    return (uint64_t)value;
}

asl_value asl_intrinsic_math_random(asl_region *region, asl_random *random,
                                    uint32_t count, const asl_value *args)
{
    int64_t start = 0, end = 0, seed = 0;

    ASL__ARGUMENTS((count == 2 || count == 3) && asl__round(args[0], &start) &&
                       asl__round(args[1], &end) && start < end &&
                       (count == 2 || asl__round(args[2], &seed)),
                   "States.MathRandom");
    uint64_t range = (uint64_t)end - (uint64_t)start;
    uint64_t drawn =
        count == 3 ? seeded_below(seed, range) : asl_random_below(random, range);
    return asl_integer((int64_t)((uint64_t)start + drawn));
}

asl_value asl_intrinsic_uuid(asl_region *region, asl_random *random, uint32_t count,
                             const asl_value *args)
{
    ASL__ARGUMENTS(count == 0, "States.UUID");
    uint64_t high = asl_random_next(random), low = asl_random_next(random);
    high = (high & ~UINT64_C(0xF000)) | 0x4000;
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    return asl_format_string(region, "%08x-%04x-%04x-%04x-%012llx",
                             (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xFFFF),
                             (unsigned)(high & 0xFFFF), (unsigned)(low >> 48),
                             (unsigned long long)(low & UINT64_C(0xFFFFFFFFFFFF)));
}

/* ---- JSON --------------------------------------------------------------------- */

static bool is_blank(asl_value v)
{
    const char *text = asl_text(&v);

    for (size_t i = 0; i < asl_text_len(v); i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\n' && text[i] != '\r')
            return false;
    return true;
}

asl_value asl_intrinsic_string_to_json(asl_region *region, uint32_t count,
                                       const asl_value *args)
{
    asl_syntax_error error;
    asl_value v;

    ASL__ARGUMENTS(count == 1 && asl_is_string(args[0]), "States.StringToJson");
    if (is_blank(args[0]))
        return asl_null();
    if (!asl_parse(region, asl_text(&args[0]), asl_text_len(args[0]), &v, &error))
        return error.no_memory ? asl_no_memory()
                               : asl__invalid_arguments(region, "States.StringToJson");
    if (asl_is_number(v) && asl_to_double(v) == 0 && asl_text(&args[0])[0] == '-')
        return asl_integer(0);
    return v;
}

asl_value asl_intrinsic_json_to_string(asl_region *region, uint32_t count,
                                       const asl_value *args)
{
    ASL__ARGUMENTS(count == 1, "States.JsonToString");
    return asl_to_json(region, args[0]);
}

/* The members of OBJECT in the order of a Java HashMap. */
static asl_value in_java_order(asl_region *region, asl_value object)
{
    size_t n = asl_count(object);
    const char **names = asl_alloc(region, (n + 1) * sizeof *names);
    size_t *lens = asl_alloc(region, (n + 1) * sizeof *lens);
    size_t *order = asl_alloc(region, (n + 1) * sizeof *order);
    asl_value out = asl_object();

    if (!names || !lens || !order)
        return asl_no_memory();
    for (size_t i = 0; i < n; i++) {
        names[i] = asl_text(&asl_member_at(object, i)->key);
        lens[i] = asl_text_len(asl_member_at(object, i)->key);
    }
    asl__java_order(names, lens, n, order);
    for (size_t i = 0; i < n; i++) {
        const asl_member *m = asl_member_at(object, order[i]);
        out = asl_set(region, out, m->key, m->value);
    }
    return out;
}

asl_value asl_intrinsic_json_merge(asl_region *region, uint32_t count,
                                   const asl_value *args)
{
    ASL__ARGUMENTS(count == 3 && asl_is_object(args[0]) && asl_is_object(args[1]) &&
                       asl_tag_of(args[2]) == ASL_FALSE,
                   "States.JsonMerge");
    asl_value merged = args[0];
    for (size_t i = 0; i < asl_count(args[1]); i++) {
        const asl_member *m = asl_member_at(args[1], i);
        merged = asl_set(region, merged, m->key, m->value);
    }
    return asl_is_error(merged) ? merged : in_java_order(region, merged);
}
