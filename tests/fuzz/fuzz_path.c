/* Any bytes as a path. */
#include "base.h"

#include "fuzz.h"

#include "arena.h"
#include "expr.h"

/* Places in arguments of functions may lie behind the text's end: `()` counts as three
 * bytes there. */
static void visit(struct expr *expr, void *data)
{
    (void)data;
    FUZZ_HOLDS(expr->span.start <= expr->span.end);
    FUZZ_HOLDS(expr->count <= EXPR_MAX_STEPS);
    for (size_t i = 0; i < expr->count; i++) {
        const struct step *step = &expr->steps[i];

        FUZZ_HOLDS(step->span.start <= step->span.end);
        /* `$..f()` is f($..): there nothing follows. */
        if (step->kind == STEP_DESCEND && i + 1 < expr->count)
            FUZZ_HOLDS(expr->steps[i + 1].kind != STEP_DESCEND);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size ? (const char *)data : "";
    struct arena *arena = arena_new();
    struct expr_error error = { 0 };
    struct expr *path = parse_path(arena, text, size, &error);

    FUZZ_HOLDS(path || error.offset <= size);
    if (path)
        expr_walk(path, visit, NULL);
    struct expr *reference =
        parse_reference_path(arena, text, size, ALLOW_ANY_ROOT, &error);
    FUZZ_HOLDS(reference || error.offset <= size);
    if (reference) { /* a grammar of its own: it may be no other path */
        expr_walk(reference, visit, NULL);
        FUZZ_HOLDS(reference->reference && reference->definite);
    }
    struct expr *value = parse_template_value(arena, text, size, &error);
    FUZZ_HOLDS(value || error.offset <= size);
    if (path)
        FUZZ_HOLDS(value);
    arena_free(arena);
    return 0;
}
