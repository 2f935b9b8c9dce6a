/*
 * read.c - what the readers share: nodes, their names, and ${NAME} substitution.
 */
#include "read.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { INDEXED_FROM = 12 }; /* members from which an object gets a table */

struct node *read_document(struct diags *diags, const struct define *defines)
{
    const char *dot = strrchr(diags->source->name, '.');

    if (dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0))
        return read_yaml(diags, defines);
    return read_json(diags, defines);
}

void node_append(struct node *parent, struct node *child)
{
    cJSON *first = parent->json.child;

    child->parent = parent;
    child->index = parent->count++;
    if (!first) {
        parent->json.child = &child->json;
        child->json.prev = &child->json; /* as cJSON has it: the first knows the last */
        return;
    }
    child->json.prev = first->prev;
    first->prev->next = &child->json;
    first->prev = &child->json;
}

static bool key_is(const struct node *node, const char *key, size_t len)
{
    return node->key_len == len && memcmp(node->key, key, len) == 0;
}

/* FNV-1a: definitions are the developer's own, so it need not be seeded. */
static size_t hash(const char *text, size_t len)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

/* Enters a member in its object's table; returns one that has the name already. */
static struct node *node_index(struct node *object, struct node *member)
{
    size_t at = hash(member->key, member->key_len);

    for (;; at++) {
        struct node **slot = &object->table[at & (object->table_size - 1)];

        if (!*slot) {
            *slot = member;
            return NULL;
        }
        if (key_is(*slot, member->key, member->key_len))
            return *slot;
    }
}

static struct node *find_indexed(const struct node *object, const char *key, size_t len)
{
    for (size_t at = hash(key, len);; at++) {
        struct node *found = object->table[at & (object->table_size - 1)];

        if (!found || key_is(found, key, len))
            return found;
    }
}

struct node *node_member_n(const struct node *object, const char *key, size_t len)
{
    if (!node_is_object(object))
        return NULL;
    if (object->table)
        return find_indexed(object, key, len);
    for (struct node *child = node_child(object); child; child = node_next(child))
        if (key_is(child, key, len))
            return child;
    return NULL;
}

struct node *node_member(const struct node *object, const char *key)
{
    return node_member_n(object, key, strlen(key));
}

bool node_equals(const struct node *node, const char *text)
{
    return node_is_string(node) && node->len == strlen(text) &&
           memcmp(node->text, text, node->len) == 0;
}

const char *node_kind(const struct node *node)
{
    switch (node->json.type & 0xFF) {
    case cJSON_False:
    case cJSON_True: return "a boolean";
    case cJSON_NULL: return "null";
    case cJSON_Number: return "a number";
    case cJSON_String: return "a string";
    case cJSON_Array: return "an array";
    case cJSON_Object: return "an object";
    default: return "nothing";
    }
}

static int saturated_int(double number)
{
    if (number >= 2147483647.0)
        return 2147483647;
    if (number <= -2147483648.0)
        return -2147483647 - 1;
    return (int)number;
}

void node_set_number(struct arena *arena, struct node *node, const char *text,
                     size_t len)
{
    node->json.type = cJSON_Number;
    node->text = arena_copy(arena, text, len);
    node->len = len;
    node->json.valuestring = (char *)(uintptr_t)node->text;
    node->json.valuedouble = strtod(node->text, NULL);
    node->json.valueint = saturated_int(node->json.valuedouble);
}

void node_set_string(struct node *node, const char *text, size_t len)
{
    node->json.type = cJSON_String;
    node->text = text;
    node->len = len;
    node->json.valuestring = (char *)(uintptr_t)text;
}

static void report_duplicate(struct diags *diags, const struct node *first,
                             const struct node *second)
{
    uint32_t line = source_line(diags->source, first->key_span.begin);

    diags_add(diags, &(struct diag){
                         .severity = SEVERITY_ERROR,
                         .rule = 1003,
                         .span = second->key_span,
                         .message = arena_printf(diags->arena,
                                                 "the name \"%s\" stands twice in this "
                                                 "object",
                                                 second->key),
                         .note = arena_printf(diags->arena,
                                              "it stands in line %u already", line),
                         .path = node_pointer(diags->arena, second) });
}

/* The earlier member of that name in a small object, or NULL. */
static const struct node *find_before(const struct node *object,
                                      const struct node *member)
{
    for (const struct node *one = node_child(object); one != member;
         one = node_next(one))
        if (one->key_len == member->key_len &&
            memcmp(one->key, member->key, one->key_len) == 0)
            return one;
    return NULL;
}

void node_finish(struct diags *diags, struct node *object)
{
    if (object->count >= INDEXED_FROM) {
        for (object->table_size = 4; object->table_size < 2 * object->count;)
            object->table_size *= 2;
        object->table = ARENA_ARRAY(diags->arena, object->table_size, struct node *);
    }
    for (struct node *one = node_child(object); one; one = node_next(one)) {
        const struct node *first =
            object->table ? node_index(object, one) : find_before(object, one);

        if (first)
            report_duplicate(diags, first, one);
    }
}

/* Bytes of the pointer's step to a node. */
static size_t step_size(const struct node *node)
{
    size_t size = 1 + node->key_len;

    if (!node->key)
        return 21;
    for (size_t i = 0; i < node->key_len; i++)
        size += node->key[i] == '~' || node->key[i] == '/';
    return size;
}

/* Writes the step to `node` so that it ends before `end`; its start. */
static char *write_step(const struct node *node, char *end)
{
    size_t index = node->index;

    if (node->key)
        for (size_t i = node->key_len; i-- > 0;) {
            char c = node->key[i];

            *--end = c == '~' ? '0' : c == '/' ? '1' : c;
            if (c == '~' || c == '/')
                *--end = '~';
        }
    else
        do
            *--end = (char)('0' + index % 10);
        while (index /= 10);
    *--end = '/';
    return end;
}

const char *node_pointer(struct arena *arena, const struct node *node)
{
    size_t size = 1;
    char *at;

    for (const struct node *up = node; up && up->parent; up = up->parent)
        size += step_size(up);
    at = ARENA_ARRAY(arena, size, char);
    at += size - 1;
    for (const struct node *up = node; up && up->parent; up = up->parent)
        at = write_step(up, at);
    return at;
}

/* A ${NAME} at or behind `at`: its first byte; NAME's length goes to *len.  NULL: none. In
 * JSONata "${" may also start a grouping, which has a quote in it. */
static const char *find_placeholder(const char *at, const char *end, bool jsonata,
                                    size_t *len)
{
    for (; end - at > 3; at++) {
        const char *close;

        if (at[0] != '$' || at[1] != '{')
            continue;
        close = memchr(at + 2, '}', (size_t)(end - at) - 2);
        if (!close)
            return NULL;
        *len = (size_t)(close - at) - 2;
        if (*len == 0 || (jsonata && (memchr(at, '"', *len) || memchr(at, '\n', *len))))
            continue;
        return at;
    }
    return NULL;
}

static bool is_jsonata(const char *text, size_t len)
{
    return len >= 2 && text[0] == '{' && text[1] == '%';
}

static const struct define *find_define(const struct define *defines, const char *name,
                                        size_t len)
{
    for (; defines; defines = defines->next)
        if (defines->name_len == len && memcmp(defines->name, name, len) == 0)
            return defines;
    return NULL;
}

/* One text being filled: first measured (out is NULL), then written. */
struct filling {
    const struct define *defines;
    char *out;
    size_t len;
    bool unfilled;
    bool changed;
};

static void put(struct filling *filling, const char *text, size_t len)
{
    if (filling->out && len)
        memcpy(filling->out + filling->len, text, len);
    filling->len += len;
}

static void fill(struct filling *filling, const char *text, size_t len)
{
    const char *end = text + len, *found;
    bool jsonata = is_jsonata(text, len);
    size_t name_len;

    filling->len = 0;
    while ((found = find_placeholder(text, end, jsonata, &name_len))) {
        const struct define *define =
            find_define(filling->defines, found + 2, name_len);

        put(filling, text, (size_t)(found - text));
        if (define)
            put(filling, define->value, strlen(define->value));
        else
            put(filling, found, name_len + 3);
        filling->changed |= define != NULL;
        filling->unfilled |= define == NULL;
        text = found + name_len + 3;
    }
    put(filling, text, (size_t)(end - text));
}

const char *read_fill(struct arena *arena, const char *text, size_t *len,
                      const struct define *defines, bool *unfilled)
{
    struct filling filling = { .defines = defines };

    fill(&filling, text, *len);
    *unfilled = filling.unfilled;
    if (!filling.changed)
        return text;
    filling.out = ARENA_ARRAY(arena, filling.len + 1, char);
    fill(&filling, text, *len);
    *len = filling.len;
    return filling.out;
}

/* A list of placeholders under construction. */
struct collector {
    struct arena *arena;
    struct placeholder *first;
    struct placeholder **last;
};

static void collect_name(struct collector *list, const struct node *node,
                         const char *name, size_t len)
{
    const char *copy = arena_copy(list->arena, name, len);

    for (struct placeholder *known = list->first; known; known = known->next)
        if (strcmp(known->name, copy) == 0)
            return;
    *list->last = ARENA_NEW(list->arena, struct placeholder);
    **list->last = (struct placeholder){ .name = copy, .node = node };
    list->last = &(*list->last)->next;
}

static void collect_text(struct collector *list, const struct node *node,
                         const char *text, size_t len)
{
    const char *end = text + len, *found;
    bool jsonata = is_jsonata(text, len);
    size_t name_len;

    for (; (found = find_placeholder(text, end, jsonata, &name_len));
         text = found + name_len + 3)
        collect_name(list, node, found + 2, name_len);
}

/* The node after this one, in document order. */
static const struct node *node_after(const struct node *node)
{
    if (node->json.child)
        return node_child(node);
    while (node && !node->json.next)
        node = node->parent;
    return node ? node_next(node) : NULL;
}

struct placeholder *read_placeholders(struct arena *arena, const struct node *root)
{
    struct collector list = { .arena = arena, .last = &list.first };

    for (const struct node *node = root; node; node = node_after(node)) {
        if (node->key)
            collect_text(&list, node, node->key, node->key_len);
        if (node->unfilled)
            collect_text(&list, node, node->text, node->len);
    }
    return list.first;
}
