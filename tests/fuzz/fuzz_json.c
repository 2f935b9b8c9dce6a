/* Any bytes to the readers of JSON.
 *
 * The reference is a reader over the grammar's tokens (json.re) alone.  The run time's
 * reader, with its fast path, and the compiler's must take what it takes, and give the same
 * value; the run time's refuses at the same byte.  What is printed must read as the same
 * value, and print the same again. */
#include "base.h"

#include "fuzz.h"

#include "arena.h"
#include "json_lex.h"
#include "number.h"
#include "read.h"

struct reference {
    asl_region *region;
    struct asl__json_lexer lexer;
    bool failed;
    size_t offset; /* where it has */
};

/* Refuses the last token. */
static asl_value refuse(struct reference *r)
{
    const char *at = r->lexer.error ? r->lexer.cursor : r->lexer.token;

    if (!r->failed)
        r->offset = (size_t)(at - r->lexer.text);
    r->failed = true;
    return asl_undefined();
}

static asl_value token_text(struct reference *r)
{
    const char *body = r->lexer.token + 1;
    size_t len = (size_t)(r->lexer.cursor - body) - 1;
    char *text = asl_alloc(r->region, len + 1);

    return asl_string(r->region, text, asl__json_unescape(body, len, text));
}

static asl_value value_of(struct reference *r, enum asl__json_token token,
                          unsigned depth);

static asl_value array_of(struct reference *r, unsigned depth)
{
    asl_value array = asl_array();
    enum asl__json_token token = asl__json_next(&r->lexer);

    if (token == ASL__JSON_ARRAY_CLOSE)
        return array;
    for (;;) {
        asl_value v = value_of(r, token, depth);

        if (r->failed)
            return v;
        array = asl_push(r->region, array, v);
        token = asl__json_next(&r->lexer);
        if (token == ASL__JSON_ARRAY_CLOSE)
            return array;
        if (token != ASL__JSON_COMMA)
            return refuse(r);
        token = asl__json_next(&r->lexer);
    }
}

static asl_value object_of(struct reference *r, unsigned depth)
{
    asl_value object = asl_object();
    enum asl__json_token token = asl__json_next(&r->lexer);

    if (token == ASL__JSON_OBJECT_CLOSE)
        return object;
    for (;;) {
        if (token != ASL__JSON_STRING)
            return refuse(r);
        asl_value key = token_text(r);
        if (asl__json_next(&r->lexer) != ASL__JSON_COLON)
            return refuse(r);
        asl_value v = value_of(r, asl__json_next(&r->lexer), depth);
        if (r->failed)
            return v;
        object = asl_set(r->region, object, key, v);
        token = asl__json_next(&r->lexer);
        if (token == ASL__JSON_OBJECT_CLOSE)
            return object;
        if (token != ASL__JSON_COMMA)
            return refuse(r);
        token = asl__json_next(&r->lexer);
    }
}

static asl_value value_of(struct reference *r, enum asl__json_token token, unsigned depth)
{
    switch (token) {
    case ASL__JSON_STRING: return token_text(r);
    case ASL__JSON_INTEGER:
    case ASL__JSON_FRACTION:
        return asl__number_read(r->region, r->lexer.token,
                                (size_t)(r->lexer.cursor - r->lexer.token));
    case ASL__JSON_TRUE: return asl_boolean(true);
    case ASL__JSON_FALSE: return asl_boolean(false);
    case ASL__JSON_NULL: return asl_null();
    case ASL__JSON_ARRAY_OPEN:
        return depth < ASL_MAX_DEPTH ? array_of(r, depth + 1) : refuse(r);
    case ASL__JSON_OBJECT_OPEN:
        return depth < ASL_MAX_DEPTH ? object_of(r, depth + 1) : refuse(r);
    case ASL__JSON_END:
    case ASL__JSON_ERROR:
    case ASL__JSON_OBJECT_CLOSE:
    case ASL__JSON_ARRAY_CLOSE:
    case ASL__JSON_COLON:
    case ASL__JSON_COMMA: break;
    }
    return refuse(r);
}

static bool reference_read(asl_region *region, const char *text, size_t len,
                           asl_value *out, size_t *offset)
{
    struct reference r = { .region = region };

    asl__json_lexer_init(&r.lexer, text, len);
    *out = value_of(&r, asl__json_next(&r.lexer), 0);
    if (!r.failed && asl__json_next(&r.lexer) != ASL__JSON_END)
        refuse(&r);
    *offset = r.offset;
    return !r.failed;
}

/* The run time's reader, with bytes behind TEXT that may go on with it: its own again. */
static bool fast_read(asl_region *region, const char *text, size_t len, asl_value *out,
                      asl_syntax_error *error)
{
    char *copy = asl_alloc(region, len + ASL_PARSE_PADDING);

    memcpy(copy, text, len);
    for (size_t i = 0; i < ASL_PARSE_PADDING; i++)
        copy[len + i] = len > 0 ? text[i * 7 % len] : '1';
    memcpy(copy + len, len % 2 ? "1,\"" : "\":]", 3);
    return asl_parse_in(region, copy, len, out, error);
}

static bool same_print(asl_region *region, asl_value a, asl_value b)
{
    return asl_same_text(asl_to_json(region, a), asl_to_json(region, b));
}

/* The value of a node of the compiler's tree. */
static asl_value node_value(asl_region *region, const struct node *node)
{
    asl_value v = node_is_array(node) ? asl_array() : asl_object();

    if (node_is_string(node))
        return asl_string(region, node->text, node->len);
    if (node_is_number(node))
        return asl__number_read(region, node->text, node->len);
    if (node_is_null(node))
        return asl_null();
    if (node_is_bool(node))
        return asl_boolean(node_is_true(node));
    for (const struct node *child = node_child(node); child; child = node_next(child)) {
        asl_value element = node_value(region, child);

        v = node_is_array(node)
                ? asl_push(region, v, element)
                : asl_set(region, v, asl_string(region, child->key, child->key_len),
                          element);
    }
    return v;
}

/* The compiler's reader; it takes more: ${NAME} and a mark of the byte order. */
static void check_compiler(asl_region *region, const char *text, size_t len, bool taken,
                           asl_value wanted)
{
    struct arena *arena = arena_new();
    char *copy = arena_copy(arena, text, len);
    struct diags diags;

    diags_init(&diags, arena, source_new(arena, "fuzz.json", copy, len));
    struct node *root = read_json(&diags, NULL);
    if (root == NULL)
        FUZZ_HOLDS(diags.nerrors > 0);
    if (memmem(text, len, "${", 2) == NULL && memmem(text, len, "\xEF\xBB\xBF", 3) != text) {
        FUZZ_HOLDS(taken == (root != NULL));
        if (root)
            FUZZ_HOLDS(same_print(region, node_value(region, root), wanted));
    }
    arena_free(arena);
}

/* V prints as JSON that is V again. */
static void check_print(asl_region *region, asl_value v)
{
    asl_value text = asl_to_json(region, v), again;
    asl_syntax_error error;

    FUZZ_HOLDS(asl_is_string(text));
    FUZZ_HOLDS(asl_parse(region, asl_text(&text), asl_text_len(text), &again, &error));
    FUZZ_HOLDS(asl_equal(v, again));
    FUZZ_HOLDS(same_print(region, v, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    asl_region *region = asl_region_new();
    const char *text = (const char *)data;
    asl_syntax_error error = { 0 };
    asl_value v = asl_undefined(), wanted;

    if (!region)
        return 0;
    if (size == 0)
        text = "";
    size_t offset;
    bool taken = fast_read(region, text, size, &v, &error);
    FUZZ_HOLDS(taken == reference_read(region, text, size, &wanted, &offset));
    if (taken) {
        FUZZ_HOLDS(asl_equal(v, wanted));
        FUZZ_HOLDS(same_print(region, v, wanted));
        check_print(region, v);
    } else {
        FUZZ_HOLDS(error.offset == offset && error.line > 0 && error.column > 0);
    }
    check_compiler(region, text, size, taken, wanted);
    asl_region_free(region);
    return 0;
}
