/* Any bytes as a call of intrinsic functions; one that is right is evaluated, with a fixed
 * value for each path. */
#include "base.h"

#include "fuzz.h"

#include <aslrt/ops.h>

#include "arena.h"
#include "expr.h"
#include "number.h"

enum { MOST = 16 };

struct evaluation {
    asl_region *region;
    asl_random random;
    asl_value input;
};

static asl_value (*const functions[INTRINSIC_COUNT])(asl_region *region, uint32_t count,
                                                     const asl_value *args) = {
    [INTRINSIC_FORMAT] = asl_intrinsic_format,
    [INTRINSIC_STRING_TO_JSON] = asl_intrinsic_string_to_json,
    [INTRINSIC_JSON_TO_STRING] = asl_intrinsic_json_to_string,
    [INTRINSIC_ARRAY] = asl_intrinsic_array,
    [INTRINSIC_ARRAY_PARTITION] = asl_intrinsic_array_partition,
    [INTRINSIC_ARRAY_CONTAINS] = asl_intrinsic_array_contains,
    [INTRINSIC_ARRAY_RANGE] = asl_intrinsic_array_range,
    [INTRINSIC_ARRAY_GET_ITEM] = asl_intrinsic_array_get_item,
    [INTRINSIC_ARRAY_LENGTH] = asl_intrinsic_array_length,
    [INTRINSIC_ARRAY_UNIQUE] = asl_intrinsic_array_unique,
    [INTRINSIC_BASE64_ENCODE] = asl_intrinsic_base64_encode,
    [INTRINSIC_BASE64_DECODE] = asl_intrinsic_base64_decode,
    [INTRINSIC_HASH] = asl_intrinsic_hash,
    [INTRINSIC_JSON_MERGE] = asl_intrinsic_json_merge,
    [INTRINSIC_MATH_ADD] = asl_intrinsic_math_add,
    [INTRINSIC_STRING_SPLIT] = asl_intrinsic_string_split,
};

static asl_value evaluate(struct evaluation *e, const struct expr *expr, bool raw);

static asl_value call(struct evaluation *e, const struct expr *expr)
{
    asl_value args[MOST];
    uint32_t count = expr->nargs < MOST ? (uint32_t)expr->nargs : MOST;

    for (uint32_t i = 0; i < count; i++)
        args[i] =
            evaluate(e, expr->args[i], expr->intrinsic == INTRINSIC_FORMAT && i == 0);
    if (expr->intrinsic == INTRINSIC_MATH_RANDOM)
        return asl_intrinsic_math_random(e->region, &e->random, count, args);
    if (expr->intrinsic == INTRINSIC_UUID)
        return asl_intrinsic_uuid(e->region, &e->random, count, args);
    return functions[expr->intrinsic](e->region, count, args);
}

/* The member of the input that the path's first step names, else all of it. */
static asl_value path_value(const struct evaluation *e, const struct expr *expr)
{
    if (expr->count == 0 || expr->steps[0].kind != STEP_NAME)
        return e->input;
    asl_value v = asl_member_of(
        e->input, asl_string_in(expr->steps[0].text.text, expr->steps[0].text.len));
    return asl_is_undefined(v) ? e->input : v;
}

static asl_value evaluate(struct evaluation *e, const struct expr *expr, bool raw)
{
    switch (expr->kind) {
    case EXPR_PATH: return path_value(e, expr);
    case EXPR_CALL: return call(e, expr);
    case EXPR_STRING:
        return raw ? asl_string(e->region, expr->raw.text, expr->raw.len)
                   : asl_string(e->region, expr->text.text, expr->text.len);
    case EXPR_NUMBER: return asl__number_read(e->region, expr->text.text, expr->text.len);
    case EXPR_TRUE: return asl_boolean(true);
    case EXPR_FALSE: return asl_boolean(false);
    case EXPR_NULL: return asl_null();
    case EXPR_JSON: break;
    }
    abort();
}

static void evaluate_all(const struct expr *expr)
{
    static const char input[] =
        "{\"a\":[1,2,\"x\",null,[1.0],{}],\"o\":{\"k\":1,\"l\":{\"m\":\"n\"}},"
        "\"s\":\"a text {} of some \\\\ length\",\"j\":\"{\\\"b\\\":[1e3,true]}\","
        "\"n\":3,\"d\":2.5,\"b\":true,\"big\":123456789012345678901234567890}";
    struct evaluation e = { .region = asl_region_new() };
    asl_syntax_error error;

    if (!e.region)
        return;
    asl_random_seed(&e.random, 1);
    FUZZ_HOLDS(asl_parse(e.region, input, sizeof input - 1, &e.input, &error));
    asl_value v = evaluate(&e, expr, false);
    FUZZ_HOLDS(!asl_is_undefined(v));
    if (asl_is_error(v))
        v = asl_intrinsic_error(e.region, v, expr->source.text);
    else
        FUZZ_HOLDS(asl_is_string(asl_to_json(e.region, v)));
    asl_region_free(e.region);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct expr_error error = { 0 };
    struct expr *expr =
        parse_intrinsic(arena, size ? (const char *)data : "", size, &error);

    FUZZ_HOLDS(expr || error.offset <= size);
    if (expr) {
        FUZZ_HOLDS(expr->kind == EXPR_CALL);
        if (check_intrinsic(expr, &error))
            evaluate_all(expr);
        else
            FUZZ_HOLDS(error.offset <= size);
    }
    arena_free(arena);
    return 0;
}
