/* Any bytes as a JSONata expression. */
#include "base.h"

#include <string.h>

#include "fuzz.h"

#include "arena.h"
#include "jsonata.h"

/* What is known of a node while the tree under it is walked. */
struct around {
    size_t size;  /* of the text */
    int labels;   /* of the expression */
    int depth;    /* of the node */
    bool in_path; /* is a step */
    bool in_call; /* is an argument, or what is called */
};

static void check_node(const struct jsonata *node, struct around around);

static void check_part(const struct jsonata *part, struct around around)
{
    if (part)
        check_node(part, around);
}

/* What kind a node is of fits to where it stands. */
static void check_kind(const struct jsonata *node, struct around around)
{
    FUZZ_HOLDS(node->kind != JSONATA_PATH || !around.in_path);
    FUZZ_HOLDS(node->kind != JSONATA_PATH || node->count > 0);
    FUZZ_HOLDS(node->kind != JSONATA_NAME || around.in_path);
    FUZZ_HOLDS(node->kind != JSONATA_SORT || (around.in_path && node->count));
    FUZZ_HOLDS(node->kind != JSONATA_PLACE || around.in_call);
    FUZZ_HOLDS(node->kind != JSONATA_OBJECT || node->count % 2 == 0);
    FUZZ_HOLDS(!node->tail || (node->kind == JSONATA_CALL && !node->nstages));
    FUZZ_HOLDS(!node->keep || node->kind == JSONATA_PATH);
    FUZZ_HOLDS(!node->cons || node->kind == JSONATA_ARRAY ||
               node->kind == JSONATA_BLOCK);
    FUZZ_HOLDS(!node->ancestor || node->tuple);
    FUZZ_HOLDS(!node->predicates || node->nstages);
    FUZZ_HOLDS(node->predicates || !node->nstages || around.in_path);
}

static void check_node(const struct jsonata *node, struct around around)
{
    FUZZ_HOLDS(node->span.start <= node->span.end && node->span.end <= around.size);
    FUZZ_HOLDS(node->ancestor >= 0 && node->ancestor <= around.labels);
    FUZZ_HOLDS(node->label >= 0 && node->label <= around.labels);
    FUZZ_HOLDS(around.depth <= JSONATA_MAX_NESTING);
    check_kind(node, around);
    around.depth++;
    around.in_path = false;
    around.in_call = node->kind == JSONATA_PARTIAL;
    check_part(node->left, around);
    check_part(node->right, around);
    check_part(node->third, around);
    check_part(node->group, around);
    for (size_t i = 0; i < node->nstages; i++)
        check_part(node->stages[i].filter, around);
    around.in_path = node->kind == JSONATA_PATH;
    for (size_t i = 0; i < node->count; i++)
        check_node(node->list[i], around);
}

static char *dump_of(const struct jsonata *tree)
{
    char *dump = NULL;
    size_t size;
    FILE *file = open_memstream(&dump, &size);

    FUZZ_HOLDS(file);
    jsonata_dump(tree, file);
    FUZZ_HOLDS(fclose(file) == 0);
    return dump;
}

/* What TREE stands for, without the blanks around it, is the same again. */
static void read_again(struct arena *arena, const struct jsonata *tree,
                       const char *text)
{
    struct jsonata_error error = { { 0 }, 0, { 0 } };
    int labels;
    struct jsonata *again =
        jsonata_parse(arena, text + tree->span.start, tree->span.end - tree->span.start,
                      &labels, &error);

    FUZZ_HOLDS(again);
    FUZZ_HOLDS(again->span.start == 0);
    char *first = dump_of(tree), *second = dump_of(again);
    FUZZ_HOLDS(strcmp(first, second) == 0);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size ? (const char *)data : "";
    struct arena *arena = arena_new();
    struct jsonata_error error = { { 0 }, 0, { 0 } };
    int labels;
    struct jsonata *tree = jsonata_parse(arena, text, size, &labels, &error);

    if (tree) {
        check_node(tree, (struct around){ .size = size, .labels = labels, .depth = 1 });
        read_again(arena, tree, text);
    } else {
        FUZZ_HOLDS(error.offset <= size);
        FUZZ_HOLDS(error.message[0] && strlen(error.message) < sizeof error.message);
        FUZZ_HOLDS(strlen(error.code) == 5 || strlen(error.code) == 0);
    }
    arena_free(arena);
    return 0;
}
