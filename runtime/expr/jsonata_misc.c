/* JSONata: what Step Functions adds: $partition, $range, $uuid, $random and $parse
 * (expressions.md 4.5); $hash is in jsonata_hash.c. */
#include "../value/base.h"

#include <math.h>
#include <unistd.h>

#include "picture.h"

enum { MOST_IN_RANGE = 360145 };

/* V, a number, without its fraction. */
static int64_t truncated(asl_value v)
{
    if (asl_tag_of(v) == ASL_INTEGER)
        return (int64_t)v.u.word.body;
    double d = asl_to_double(v);
    if (isnan(d))
        return 0;
    return d >= 0x1p63 ? INT64_MAX : d < -0x1p63 ? INT64_MIN : (int64_t)d;
}

/* ---- $partition ----------------------------------------------------------------- */

static asl_value chunks_of(asl_eval *e, asl_value list, size_t size)
{
    size_t count = asl_count(list), chunks = (count - 1) / size + 1;

    if (chunks == 1)
        return asl_array_of(e->region, 1, &list);
    asl_value *items = asl_alloc(e->region, chunks * sizeof *items);
    if (!items)
        return asl_no_memory();
    for (size_t i = 0; i < chunks; i++) {
        size_t last = count - i * size < size ? count : (i + 1) * size;
        items[i] = asl_slice(e->region, list, i * size, last);
        if (asl_is_error(items[i]))
            return items[i];
    }
    return asl_array_of(e->region, chunks, items);
}

asl_value asl_fn_partition(asl_eval *e, asl_value context, uint32_t n,
                           const asl_value *args)
{
    asl_value given[2], error;
    bool is_list = n > 0 && asl_is_array(args[0]);

    if (n > 0 && !is_list && !asl_is_undefined(args[0]) && !asl_is_error(args[0]))
        return asl_query_error2(e, "T0412", "partition", asl_integer(1),
                                asl_undefined());
    if (n != 2 || !is_list || !asl_is_number(args[1])) {
        error = asl__checked(e, &asl_fv_partition, context, n, args, given);
        if (asl_is_error(error) || asl_is_undefined(given[0]))
            return error;
        args = given;
    }
    asl_value list = asl_flagged(args[0], 0);
    int64_t size = asl_is_number(args[1]) ? truncated(args[1]) : INT64_MAX;
    if (size < 0)
        return asl_query_fail(e, "D3137",
                              asl_str("Second argument must be zero or greater"));
    if (size == 0 || asl_count(list) == 0)
        return asl_undefined();
    return chunks_of(e, list, (size_t)size);
}

/* ---- $range --------------------------------------------------------------------- */

static asl_value numbers(asl_eval *e, int64_t first, size_t count, int64_t step)
{
    asl_block *block;

    if (count > MOST_IN_RANGE)
        return asl__too_much(e);
    block = asl_alloc(e->region, sizeof *block + count * sizeof(asl_value));
    if (!block)
        return asl_no_memory();
    block->used = block->capacity = (uint32_t)count;
    block->link = NULL;
    asl_value *items = (asl_value *)(void *)(block + 1);
    for (size_t i = 0; i < count; i++)
        items[i] = asl_integer((int64_t)((uint64_t)first + i * (uint64_t)step));
    return asl__container(ASL_ARRAY, items, count, 1);
}

/* From the first to at most the last; one number is no list. */
asl_value asl_fn_range(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value given[3], error;

    if (n != 3 || !asl_is_number(args[0]) || !asl_is_number(args[1]) ||
        !asl_is_number(args[2])) {
        error = asl__checked(e, &asl_fv_range, context, n, args, given);
        if (asl_is_error(error) || !asl_is_number(given[0]) ||
            !asl_is_number(given[1]) || !asl_is_number(given[2]))
            return asl_is_error(error) ? error : asl_undefined();
        args = given;
    }
    int64_t first = truncated(args[0]), last = truncated(args[1]);
    int64_t step = truncated(args[2]);
    if (step == 0 || (step > 0 ? last < first : last > first))
        return asl_undefined();
    uint64_t way =
        step > 0 ? (uint64_t)last - (uint64_t)first : (uint64_t)first - (uint64_t)last;
    uint64_t steps = way / (step > 0 ? (uint64_t)step : 0 - (uint64_t)step);
    if (steps == 0)
        return asl_integer(first);
    return numbers(e, first,
                   steps < MOST_IN_RANGE ? (size_t)steps + 1 : MOST_IN_RANGE + 1, step);
}

/* ---- $random, $uuid ------------------------------------------------------------- */

uint64_t asl__query_random(asl_eval *e)
{
    uint64_t bits;

    if (e->f)
        return asl__frame_random(e->f);
    if (getentropy(&bits, sizeof bits) != 0)
        bits = (uint64_t)(uintptr_t)e->region->next * UINT64_C(0x9E3779B97F4A7C15);
    return bits;
}

/* The first nextDouble() of a java.util.Random of that seed. */
static double java_random(int64_t seed)
{
    const uint64_t factor = UINT64_C(0x5DEECE66D), mask = (UINT64_C(1) << 48) - 1;
    uint64_t state = ((uint64_t)seed ^ factor) & mask;

    state = (state * factor + 0xB) & mask;
    uint64_t high = state >> 22;
    state = (state * factor + 0xB) & mask;
    return (double)((high << 27) + (state >> 21)) * 0x1p-53;
}

/* Checked here: as a value it takes no argument, which would be a seed for $map. */
asl_value asl_fn_random(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    (void)context;
    if (n > 0 && asl_is_error(args[0]))
        return args[0];
    if (n > 1 || (n > 0 && !asl_is_number(args[0]) && !asl_is_undefined(args[0])))
        return asl_query_error(e, "T0410", "random", asl_integer(n));
    if (n > 0 && asl_is_number(args[0]))
        return asl_number(java_random(truncated(args[0])));
    return asl_number((double)(asl__query_random(e) >> 11) * 0x1p-53);
}

asl_value asl_fn_uuid(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    char text[36];
    uint64_t half[2];

    if (n > 0) {
        asl_value error = asl__checked(e, &asl_fv_uuid, context, n, args, NULL);
        if (asl_is_error(error))
            return error;
    }
    half[0] = (asl__query_random(e) & ~UINT64_C(0xF000)) | 0x4000;
    half[1] = (asl__query_random(e) & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    for (unsigned i = 0, digit = 0; i < sizeof text; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        text[i] =
            dash ? '-'
                 : "0123456789abcdef"[half[digit / 16] >> (60 - digit % 16 * 4) & 15];
        digit += !dash;
    }
    return asl_string(e->region, text, sizeof text);
}

/* ---- $parse --------------------------------------------------------------------- */

/* Members of all objects in V.  (Values are at most ASL_MAX_DEPTH deep.) */
static size_t members_in(asl_value v)
{
    size_t count = asl_count(v), sum = asl_is_object(v) ? count : 0;

    for (size_t i = 0; i < count; i++)
        sum += members_in(asl_is_object(v) ? asl_member_at(v, i)->value : asl_at(v, i));
    return sum;
}

/* Members that the JSON TEXT has: colons outside of strings. */
static size_t members_of_text(const char *text, size_t len)
{
    size_t sum = 0;
    bool inside = false;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            inside = !inside;
        else if (text[i] == '\\')
            i++;
        else
            sum += text[i] == ':' && !inside;
    }
    return sum;
}

/* Equal keys are refused, too. */
asl_value asl_fn_parse(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value given[1], error, out;
    asl_syntax_error syntax;

    if (n != 1 || !asl_is_string(args[0])) {
        error = asl__checked(e, &asl_fv_parse, context, n, args, given);
        if (asl_is_error(error) || asl_is_undefined(given[0]))
            return error;
        args = given;
    }
    const char *text = asl_text(&args[0]);
    size_t len = asl_text_len(args[0]);
    bool parsed = asl_parse(e->region, text, len, &out, &syntax);
    if (!parsed && syntax.no_memory)
        return asl_no_memory();
    if (!parsed ||
        (asl_depth(out) > 0 && members_of_text(text, len) != members_in(out)))
        return asl_query_fail(e, "D3137", asl_str("Invalid JSON"));
    return asl_is_number(out) && asl_to_double(out) == 0 ? asl_integer(0) : out; /* "-0" */
}
