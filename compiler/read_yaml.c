/*
 * read_yaml.c - YAML text to document, by libyaml's events.
 *
 * Plain scalars are taken as in YAML 1.2's JSON schema, with every other one a string.
 * Aliases are copied, up to a limit.  Of CloudFormation's tags, !Ref, !GetAtt and !Sub
 * become ${NAME}s.  There is no recursion but for copies, which READ_MAX_DEPTH bounds.
 */
#include <string.h>

#include <yaml.h>

#include "arena.h"
#include "read.h"

enum { MOST_COPIES = 1000000 };

/* A value that an alias may repeat. */
struct anchor {
    const char *name;
    const struct node *node;
    struct anchor *next;
};

struct reader {
    struct diags *diags;
    struct arena *arena;
    const struct define *defines;
    yaml_parser_t parser;
    struct node *root;
    struct node *parent; /* the container we are in, or NULL */
    struct node *key;    /* holder of a key that waits for its value, or NULL */
    struct anchor *anchors;
    size_t depth;
    size_t copies;
    size_t chars, bytes; /* the same place, in characters and in bytes */
};

/* libyaml counts characters. */
static uint32_t offset_of(struct reader *reader, size_t index)
{
    const struct source *source = reader->diags->source;

    if (index < reader->chars)
        reader->chars = reader->bytes = 0;
    for (; reader->chars < index && reader->bytes < source->len; reader->chars++) {
        reader->bytes++;
        while (reader->bytes < source->len &&
               ((unsigned char)source->text[reader->bytes] & 0xC0) == 0x80)
            reader->bytes++;
    }
    return (uint32_t)reader->bytes;
}

static struct span span_of(struct reader *reader, const yaml_event_t *event)
{
    uint32_t begin = offset_of(reader, event->start_mark.index);

    return (struct span){ begin, offset_of(reader, event->end_mark.index) };
}

static bool fail(struct reader *reader, unsigned rule, struct span span,
                 const char *message)
{
    if (span.end == span.begin && span.begin < reader->diags->source->len)
        span.end++;
    diags_add(reader->diags,
              &(struct diag){ .severity = SEVERITY_ERROR,
                              .rule = rule,
                              .span = span,
                              .message = message,
                              .path = node_pointer(reader->arena, reader->parent) });
    return false;
}

static bool fail_parser(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    uint32_t at = parser->error == YAML_READER_ERROR
                      ? (uint32_t)parser->problem_offset
                      : offset_of(reader, parser->problem_mark.index);
    const char *problem = parser->problem ? parser->problem : "error";

    if (parser->error == YAML_MEMORY_ERROR)
        out_of_memory();
    if (at > reader->diags->source->len)
        at = (uint32_t)reader->diags->source->len;
    return fail(reader, 1001, (struct span){ at, at },
                arena_copy(reader->arena, problem, strlen(problem)));
}

/* ---- scalars ------------------------------------------------------------------ */

static size_t skip_digits(const char *text, size_t at)
{
    while (text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* A number as JSON has them. */
static bool is_number(const char *text, size_t len)
{
    size_t at = text[0] == '-', digits = at;

    at = skip_digits(text, at);
    if (at == digits || (text[digits] == '0' && at - digits > 1))
        return false;
    if (text[at] == '.') {
        digits = ++at;
        at = skip_digits(text, at);
        if (at == digits)
            return false;
    }
    if (text[at] == 'e' || text[at] == 'E') {
        at += text[at + 1] == '+' || text[at + 1] == '-' ? 2 : 1;
        digits = at;
        at = skip_digits(text, at);
        if (at == digits)
            return false;
    }
    return at == len;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* The type of a plain scalar. */
static int plain_type(const char *text, size_t len)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "true", "True", "TRUE", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", NULL };

    if (is_one_of(text, nulls))
        return cJSON_NULL;
    if (is_one_of(text, trues))
        return cJSON_True;
    if (is_one_of(text, falses))
        return cJSON_False;
    return is_number(text, len) ? cJSON_Number : cJSON_String;
}

/* CloudFormation: a reference becomes a placeholder. */
static const char *apply_tag(struct reader *reader, const char *tag, const char *text,
                             size_t *len)
{
    if (strcmp(tag, "!Ref") != 0 && strcmp(tag, "!GetAtt") != 0)
        return text;
    text = arena_printf(reader->arena, "${%s}", text);
    *len = strlen(text);
    return text;
}

static bool is_known_tag(const char *tag)
{
    static const char *const tags[] = {
        "!",           "!Ref",       "!GetAtt",      "!Sub",
        YAML_STR_TAG,  YAML_INT_TAG, YAML_FLOAT_TAG, YAML_BOOL_TAG,
        YAML_NULL_TAG, YAML_MAP_TAG, YAML_SEQ_TAG,   NULL
    };

    return is_one_of(tag, tags);
}

static void set_scalar(struct reader *reader, struct node *node,
                       const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    const char *tag = (const char *)event->data.scalar.tag;
    size_t len = event->data.scalar.length;
    bool plain =
        event->data.scalar.plain_implicit ||
        (tag && strncmp(tag, YAML_STR_TAG, 18) == 0 && strcmp(tag, YAML_STR_TAG) != 0);

    node->json.type = plain ? plain_type(text, len) : cJSON_String;
    if (node->json.type == cJSON_Number)
        node_set_number(reader->arena, node, text, len);
    if (node->json.type != cJSON_String)
        return;
    text = arena_copy(reader->arena, text, len);
    if (tag)
        text = apply_tag(reader, tag, text, &len);
    text = read_fill(reader->arena, text, &len, reader->defines, &node->unfilled);
    node_set_string(node, text, len);
}

/* ---- the tree ----------------------------------------------------------------- */

static bool is_in_object(const struct reader *reader)
{
    return reader->parent && node_is_object(reader->parent);
}

/* A new node, or the one that holds the key. */
static struct node *take_node(struct reader *reader)
{
    struct node *node =
        reader->key ? reader->key : ARENA_NEW(reader->arena, struct node);

    reader->key = NULL;
    return node;
}

static void put_node(struct reader *reader, struct node *node,
                     const yaml_char_t *anchor)
{
    if (reader->parent)
        node_append(reader->parent, node);
    else
        reader->root = node;
    if (!anchor)
        return;
    struct anchor *added = ARENA_NEW(reader->arena, struct anchor);

    added->name =
        arena_copy(reader->arena, (const char *)anchor, strlen((const char *)anchor));
    added->node = node;
    added->next = reader->anchors;
    reader->anchors = added;
}

static void read_key(struct reader *reader, const yaml_event_t *event)
{
    struct node *key = ARENA_NEW(reader->arena, struct node);
    size_t len = event->data.scalar.length;
    bool unfilled;

    key->key = arena_copy(reader->arena, (const char *)event->data.scalar.value, len);
    key->key = read_fill(reader->arena, key->key, &len, reader->defines, &unfilled);
    key->key_len = len;
    key->json.string = (char *)(uintptr_t)key->key;
    key->key_span = span_of(reader, event);
    reader->key = key;
}

static bool read_scalar(struct reader *reader, const yaml_event_t *event)
{
    const char *tag = (const char *)event->data.scalar.tag;
    struct node *node;

    if (tag && !is_known_tag(tag))
        return fail(reader, 1011, span_of(reader, event),
                    arena_printf(reader->arena, "the tag %s is not supported", tag));
    if (is_in_object(reader) && !reader->key) {
        read_key(reader, event);
        return true;
    }
    node = take_node(reader);
    node->span = span_of(reader, event);
    set_scalar(reader, node, event);
    put_node(reader, node, event->data.scalar.anchor);
    return true;
}

static bool open_container(struct reader *reader, const yaml_event_t *event, int type,
                           const yaml_char_t *anchor)
{
    struct node *node;

    if (is_in_object(reader) && !reader->key)
        return fail(reader, 1012, span_of(reader, event), "a name must be a scalar");
    if (reader->depth == READ_MAX_DEPTH)
        return fail(reader, 1002, span_of(reader, event), "the text nests too deep");
    node = take_node(reader);
    node->json.type = type;
    node->span = span_of(reader, event);
    put_node(reader, node, anchor);
    reader->parent = node;
    reader->depth++;
    return true;
}

static void close_container(struct reader *reader, const yaml_event_t *event)
{
    struct node *node = reader->parent;

    node->span.end = span_of(reader, event).end;
    if (node_is_object(node))
        node_finish(reader->diags, node);
    reader->parent = node->parent;
    reader->depth--;
}

/* Copies what an anchor names to `copy`, which may hold a key. */
static bool copy_node(struct reader *reader, struct node *copy, const struct node *node,
                      size_t depth)
{
    if (reader->copies++ == MOST_COPIES || depth > READ_MAX_DEPTH)
        return false;
    copy->json.type = node->json.type;
    copy->json.valuestring = node->json.valuestring;
    copy->json.valuedouble = node->json.valuedouble;
    copy->json.valueint = node->json.valueint;
    copy->text = node->text;
    copy->len = node->len;
    copy->unfilled = node->unfilled;
    for (struct node *one = node_child(node); one; one = node_next(one)) {
        struct node *child = ARENA_NEW(reader->arena, struct node);

        child->key = one->key;
        child->key_len = one->key_len;
        child->key_span = one->key_span;
        child->json.string = one->json.string;
        child->span = one->span;
        node_append(copy, child);
        if (!copy_node(reader, child, one, depth + 1))
            return false;
    }
    return true;
}

static bool is_open(const struct reader *reader, const struct node *node)
{
    for (const struct node *up = reader->parent; up; up = up->parent)
        if (up == node)
            return true;
    return false;
}

static bool read_alias(struct reader *reader, const yaml_event_t *event)
{
    struct span span = span_of(reader, event);
    const struct anchor *anchor = reader->anchors;
    struct node *node;

    while (anchor && strcmp(anchor->name, (const char *)event->data.alias.anchor) != 0)
        anchor = anchor->next;
    if (!anchor || is_open(reader, anchor->node) ||
        (is_in_object(reader) && !reader->key))
        return fail(reader, 1013, span, "this alias has no anchor, or stands in it");
    node = take_node(reader);
    node->span = span;
    put_node(reader, node, NULL);
    if (!copy_node(reader, node, anchor->node, reader->depth))
        return fail(reader, 1013, span, "the aliases of this text make it too big");
    return true;
}

/* ---- events ------------------------------------------------------------------- */

static bool read_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT: return read_scalar(reader, event);
    case YAML_ALIAS_EVENT: return read_alias(reader, event);
    case YAML_MAPPING_START_EVENT:
        return open_container(reader, event, cJSON_Object,
                              event->data.mapping_start.anchor);
    case YAML_SEQUENCE_START_EVENT:
        return open_container(reader, event, cJSON_Array,
                              event->data.sequence_start.anchor);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: close_container(reader, event); return true;
    case YAML_DOCUMENT_START_EVENT:
        return !reader->root || fail(reader, 1014, span_of(reader, event),
                                     "a second document begins here");
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT: break;
    }
    return true;
}

/* Reads all events; false after an error. */
static bool read_events(struct reader *reader)
{
    bool more = true;

    while (more) {
        yaml_event_t event;
        bool good;

        if (!yaml_parser_parse(&reader->parser, &event))
            return fail_parser(reader);
        good = read_event(reader, &event);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (!good)
            return false;
    }
    return reader->root ||
           fail(reader, 1001, (struct span){ 0, 0 }, "the text is empty");
}

struct node *read_yaml(struct diags *diags, const struct define *defines)
{
    struct reader reader = { .diags = diags,
                             .arena = diags->arena,
                             .defines = defines };
    bool good;

    if (!yaml_parser_initialize(&reader.parser))
        out_of_memory();
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &reader.parser, (const unsigned char *)diags->source->text, diags->source->len);
    good = read_events(&reader);
    yaml_parser_delete(&reader.parser);
    return good ? reader.root : NULL;
}
