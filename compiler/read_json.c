/*
 * read_json.c - JSON text to document, by the tokens of runtime/value/json.re.
 *
 * There is no recursion: the reader keeps the container it is in, and goes up by its
 * parent.  A syntax error ends the reading, since what follows it means little; names
 * that stand twice in an object do not.
 */
#include <string.h>

#include "../runtime/value/json_lex.h"
#include "arena.h"
#include "read.h"

struct reader {
    struct diags *diags;
    struct arena *arena;
    const struct define *defines;
    const char *text;
    struct asl__json_lexer lexer;
    enum asl__json_token token; /* the current one */
    struct node *parent;        /* the container we are in, or NULL */
    size_t depth;
    struct node *key; /* holder of the key just read, or NULL */
};

static void advance(struct reader *reader)
{
    reader->token = asl__json_next(&reader->lexer);
}

static struct span token_span(const struct reader *reader)
{
    return (struct span){ (uint32_t)(reader->lexer.token - reader->text),
                          (uint32_t)(reader->lexer.cursor - reader->text) };
}

static bool fail(struct reader *reader, unsigned rule, const char *message,
                 const char *note)
{
    struct span span = token_span(reader);

    if (reader->token == ASL__JSON_ERROR)
        span.begin = span.end;
    if (span.end <= span.begin)
        span.end = span.begin + (span.begin < reader->diags->source->len);
    diags_add(reader->diags,
              &(struct diag){ .severity = SEVERITY_ERROR,
                              .rule = rule,
                              .span = span,
                              .message = message,
                              .note = note,
                              .path = node_pointer(reader->arena, reader->parent) });
    return false;
}

/* The current token is not what it should be. */
static bool unexpected(struct reader *reader, const char *expected)
{
    const char *found =
        arena_copy(reader->arena, reader->lexer.token,
                   (size_t)(reader->lexer.cursor - reader->lexer.token));

    if (reader->token == ASL__JSON_ERROR)
        return fail(reader, 1001, reader->lexer.error,
                    arena_printf(reader->arena, "expected %s", expected));
    if (reader->token == ASL__JSON_END)
        return fail(
            reader, 1001,
            arena_printf(reader->arena, "expected %s, but the text ends", expected),
            NULL);
    if (strlen(found) > 40)
        found = "a long token";
    return fail(reader, 1001,
                arena_printf(reader->arena, "expected %s, found %s", expected, found),
                NULL);
}

/* The string that the current token stands for, filled. */
static const char *decode(struct reader *reader, size_t *len, bool *unfilled)
{
    const char *body = reader->lexer.token + 1;
    char *text;

    *len = (size_t)(reader->lexer.cursor - reader->lexer.token) - 2;
    text = arena_copy(reader->arena, body, *len);
    if (reader->lexer.escaped) {
        *len = asl__json_unescape(body, *len, text);
        text[*len] = '\0';
    }
    return read_fill(reader->arena, text, len, reader->defines, unfilled);
}

static void set_string(struct reader *reader, struct node *node)
{
    size_t len;
    bool unfilled;
    const char *text = decode(reader, &len, &unfilled);

    node_set_string(node, text, len);
    node->unfilled = unfilled;
}

static void set_number(struct reader *reader, struct node *node)
{
    node_set_number(reader->arena, node, reader->lexer.token,
                    (size_t)(reader->lexer.cursor - reader->lexer.token));
}

/* Fills `node` from the current token; false when no value starts with that. */
static bool set_value(struct reader *reader, struct node *node)
{
    switch (reader->token) {
    case ASL__JSON_OBJECT_OPEN: node->json.type = cJSON_Object; return true;
    case ASL__JSON_ARRAY_OPEN: node->json.type = cJSON_Array; return true;
    case ASL__JSON_STRING: set_string(reader, node); return true;
    case ASL__JSON_INTEGER:
    case ASL__JSON_FRACTION: set_number(reader, node); return true;
    case ASL__JSON_TRUE: node->json.type = cJSON_True; return true;
    case ASL__JSON_FALSE: node->json.type = cJSON_False; return true;
    case ASL__JSON_NULL: node->json.type = cJSON_NULL; return true;
    case ASL__JSON_END:
    case ASL__JSON_ERROR:
    case ASL__JSON_OBJECT_CLOSE:
    case ASL__JSON_ARRAY_CLOSE:
    case ASL__JSON_COLON:
    case ASL__JSON_COMMA: break;
    }
    return false;
}

/* The current token must be a key; reads it and its colon. */
static bool read_key(struct reader *reader)
{
    struct node *key = ARENA_NEW(reader->arena, struct node);
    bool unfilled;

    if (reader->token != ASL__JSON_STRING)
        return unexpected(reader, "a name in double quotes");
    key->key = decode(reader, &key->key_len, &unfilled);
    key->json.string = (char *)(uintptr_t)key->key; /* cJSON's is not const */
    key->key_span = token_span(reader);
    reader->key = key;
    advance(reader);
    if (reader->token != ASL__JSON_COLON)
        return unexpected(reader, "':'");
    advance(reader);
    return true;
}

/* Leaves the container that the current token closes. */
static void leave(struct reader *reader)
{
    struct node *closed = reader->parent;

    closed->span.end = token_span(reader).end;
    if (node_is_object(closed))
        node_finish(reader->diags, closed);
    reader->parent = closed->parent;
    reader->depth--;
    advance(reader);
}

static bool at_close(const struct reader *reader)
{
    return reader->token == (node_is_object(reader->parent) ? ASL__JSON_OBJECT_CLOSE
                                                            : ASL__JSON_ARRAY_CLOSE);
}

/* After a value: goes up through what ends here, and over a comma to the next value.  The
 * outermost value is over when there is no container left. */
static bool after_value(struct reader *reader)
{
    while (reader->parent && at_close(reader))
        leave(reader);
    if (!reader->parent)
        return true;
    if (reader->token != ASL__JSON_COMMA)
        return unexpected(reader,
                          node_is_object(reader->parent) ? "',' or '}'" : "',' or ']'");
    advance(reader);
    return !node_is_object(reader->parent) || read_key(reader);
}

/* Goes into a container: to its first value, or past its end. */
static bool enter(struct reader *reader, struct node *node)
{
    if (reader->depth == READ_MAX_DEPTH)
        return fail(reader, 1002,
                    arena_printf(reader->arena,
                                 "arrays and objects nest deeper than %d",
                                 READ_MAX_DEPTH),
                    NULL);
    reader->depth++;
    reader->parent = node;
    advance(reader);
    if (at_close(reader))
        return after_value(reader);
    return !node_is_object(node) || read_key(reader);
}

/* Length of the bare ${NAME} at an error's place (templates have them for numbers and
 * the like), or 0. */
static size_t bare_placeholder(const struct reader *reader)
{
    const char *at = reader->lexer.cursor, *end = reader->lexer.end;
    const char *close;

    if (reader->token != ASL__JSON_ERROR || end - at < 4 || at[0] != '$' ||
        at[1] != '{')
        return 0;
    close = memchr(at, '}', (size_t)(end - at));
    if (!close || close == at + 2 || memchr(at, '\n', (size_t)(close - at)))
        return 0;
    return (size_t)(close - at) + 1;
}

/* Makes a node of a bare ${NAME}: of its value, which must be JSON but no container, or
 * as an unfilled string. */
static bool set_bare(struct reader *reader, struct node *node, size_t len)
{
    const char *at = reader->lexer.cursor, *end = reader->lexer.end;
    size_t filled_len = len;
    bool unfilled;
    const char *filled = read_fill(reader->arena, arena_copy(reader->arena, at, len),
                                   &filled_len, reader->defines, &unfilled);

    node->span = (struct span){ (uint32_t)(at - reader->text),
                                (uint32_t)(at - reader->text + (ptrdiff_t)len) };
    if (unfilled) {
        node_set_string(node, filled, filled_len);
        node->unfilled = true;
    } else {
        asl__json_lexer_init(&reader->lexer, filled, filled_len);
        advance(reader);
        if (!set_value(reader, node) || node_is_object(node) || node_is_array(node) ||
            asl__json_next(&reader->lexer) != ASL__JSON_END)
            return false;
    }
    asl__json_lexer_init(&reader->lexer, at + len, (size_t)(end - at) - len);
    return true;
}

/* The value at the current token, or a bare placeholder. */
static bool set_any_value(struct reader *reader, struct node *node)
{
    struct asl__json_lexer before = reader->lexer;
    size_t len = bare_placeholder(reader);

    if (!len)
        return set_value(reader, node);
    if (set_bare(reader, node, len))
        return true;
    reader->lexer = before;
    reader->token = ASL__JSON_ERROR;
    return false;
}

/* Reads one value (of a container: up to its first value) into the tree. */
static struct node *read_value(struct reader *reader)
{
    struct node *node =
        reader->key ? reader->key : ARENA_NEW(reader->arena, struct node);

    reader->key = NULL;
    node->span = token_span(reader);
    if (!set_any_value(reader, node)) {
        unexpected(reader, "a value");
        return NULL;
    }
    if (reader->parent)
        node_append(reader->parent, node);
    return node;
}

static bool read_rest(struct reader *reader, struct node *node)
{
    if (node_is_object(node) || node_is_array(node))
        return enter(reader, node);
    advance(reader);
    return after_value(reader);
}

struct node *read_json(struct diags *diags, const struct define *defines)
{
    struct reader reader = { .diags = diags,
                             .arena = diags->arena,
                             .defines = defines,
                             .text = diags->source->text };
    size_t bom =
        diags->source->len >= 3 && memcmp(reader.text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    struct node *root = NULL;

    asl__json_lexer_init(&reader.lexer, reader.text + bom, diags->source->len - bom);
    advance(&reader);
    do {
        struct node *node = read_value(&reader);

        root = root ? root : node;
        if (!node || !read_rest(&reader, node))
            return NULL;
    } while (reader.parent);
    if (reader.token != ASL__JSON_END) {
        unexpected(&reader, "the end of the text");
        return NULL;
    }
    return root;
}
