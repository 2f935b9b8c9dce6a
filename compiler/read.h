/*
 * read.h - from text to a document, each node of which knows where it stands.
 *
 * The tree is made of cJSON structs, so that whoever knows cJSON can walk it, but it is
 * never given to cJSON's parser, printer or cJSON_Delete: nodes live in the arena, keep
 * strings with NUL and numbers of any size, and are compared with regard to case.
 */
#ifndef ASLC_READ_H
#define ASLC_READ_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "diag.h"
#include "source.h"

struct arena;
struct expr;

/* How deep arrays and objects may nest in a definition. */
#define READ_MAX_DEPTH 1000

struct jsonata;

struct node {
    cJSON json;           /* first: a node is its cJSON */
    struct span span;     /* the value */
    struct span key_span; /* its key with quotes, when it is a member */
    const char *text;     /* a string's decoded value; a number's text */
    size_t len;           /* of text; a string may hold NUL */
    const char *key;      /* a member's name, decoded; else NULL */
    size_t key_len;
    struct node *parent; /* NULL for the root */
    struct expr *expr;   /* set by check.c when the string is a path or intrinsic */
    struct jsonata *query; /* the same for {% %} of a JSONata state */
    int wanted;          /* what that must give: an enum field_kind; 0: anything */
    size_t index;        /* place among its parent's children, from 0 */
    size_t count;        /* number of children */
    bool unfilled;       /* the string holds a ${NAME} that has no value */
    struct node **table; /* big objects: hash table of members */
    size_t table_size;
};

/* One -D NAME=VALUE. */
struct define {
    const char *name;
    size_t name_len;
    const char *value;
    struct define *next;
};

/* An unfilled ${NAME}, at its first place. */
struct placeholder {
    const char *name;
    const struct node *node;
    struct placeholder *next;
};

/* Reads the source of `diags`, as JSON or, after its name, as YAML.  Fills ${NAME}s from
 * `defines`.  Returns the root, or NULL after an error was added to `diags`. */
struct node *read_document(struct diags *diags, const struct define *defines);
struct node *read_json(struct diags *diags, const struct define *defines);
struct node *read_yaml(struct diags *diags, const struct define *defines);

/* The ${NAME}s in strings and keys that no definition filled, each name once, in order. */
struct placeholder *read_placeholders(struct arena *arena, const struct node *root);

/* For the readers: `text` with its ${NAME}s filled; *len goes in and out; *unfilled is set
 * when one is left. */
const char *read_fill(struct arena *arena, const char *text, size_t *len,
                      const struct define *defines, bool *unfilled);

/* For the readers: appends a child to a container. */
void node_append(struct node *parent, struct node *child);

/* For the readers: makes a node a number or a string (text in the arena, with a NUL). */
void node_set_number(struct arena *arena, struct node *node, const char *text,
                     size_t len);
void node_set_string(struct node *node, const char *text, size_t len);

/* For the readers, at an object's end: reports names that stand twice, and gives big
 * objects their table. */
void node_finish(struct diags *diags, struct node *object);

/* The member of that name (case counts; the first of them), or NULL. */
struct node *node_member(const struct node *object, const char *key);
struct node *node_member_n(const struct node *object, const char *key, size_t len);

/* First child and next sibling of a node, or NULL. */
static inline struct node *node_child(const struct node *node)
{
    return (struct node *)(void *)node->json.child;
}

static inline struct node *node_next(const struct node *node)
{
    return (struct node *)(void *)node->json.next;
}

static inline bool node_is_object(const struct node *node)
{
    return node && (node->json.type & 0xFF) == cJSON_Object;
}

static inline bool node_is_array(const struct node *node)
{
    return node && (node->json.type & 0xFF) == cJSON_Array;
}

static inline bool node_is_string(const struct node *node)
{
    return node && (node->json.type & 0xFF) == cJSON_String;
}

static inline bool node_is_number(const struct node *node)
{
    return node && (node->json.type & 0xFF) == cJSON_Number;
}

static inline bool node_is_bool(const struct node *node)
{
    return node && (node->json.type & (cJSON_True | cJSON_False)) != 0;
}

static inline bool node_is_true(const struct node *node)
{
    return node && (node->json.type & 0xFF) == cJSON_True;
}

static inline bool node_is_null(const struct node *node)
{
    return node && (node->json.type & 0xFF) == cJSON_NULL;
}

/* Does the string equal that text? */
bool node_equals(const struct node *node, const char *text);

/* "a string", "an object", ...: for messages. */
const char *node_kind(const struct node *node);

/* JSON Pointer (RFC 6901) of the node. */
const char *node_pointer(struct arena *arena, const struct node *node);

#endif
