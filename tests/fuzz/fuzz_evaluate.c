/* Any bytes as a path, a newline and a document: what the operations select.
 *
 * `walk` calls the operations as lowered code does (lower_path.c).  `find` is told by the
 * definition of the steps alone: it goes from one node at a time, depth first, and knows no
 * lists.  Where it knows all steps of a path, both must select the same. */
#include "base.h"

#include "fuzz.h"

#include <aslrt/ops.h>

#include "arena.h"
#include "expr.h"
#include "number.h"
#include "utf8.h"

enum { MOST = 64, MOST_NODES = 20000 };

/* What is evaluated, for the filter functions too. */
static struct {
    asl_region *region;
    asl_value root;
    const struct filter *filter; /* the one that run_filter stands for */
} now;

/* ---- as lowered code does it --------------------------------------------------- */

static asl_value walk(const struct expr *path, asl_value at, bool required);

static asl_value text_value(const struct expr_text *text)
{
    return asl_string(now.region, text->text, text->len);
}

static asl_value json_value(const struct expr_text *text)
{
    asl_syntax_error error;
    asl_value v;

    FUZZ_HOLDS(asl_parse(now.region, text->text, text->len, &v, &error));
    return v;
}

static asl_value operand_value(const struct operand *operand, asl_value at)
{
    switch (operand->kind) {
    case OPERAND_PATH: return walk(operand->path, at, false);
    case OPERAND_JSON: return json_value(&operand->text);
    case OPERAND_STRING: return text_value(&operand->text);
    case OPERAND_NUMBER:
        return asl__number_read(now.region, operand->text.text, operand->text.len);
    case OPERAND_BOOLEAN: return asl_boolean(operand->truth);
    case OPERAND_NULL: return asl_null();
    case OPERAND_UNDEFINED:
    case OPERAND_REGEX: break;
    }
    return asl_undefined();
}

typedef bool compare(asl_filter *f, asl_value a, asl_value b);

static bool holds_compare(asl_filter *f, const struct filter *filter, asl_value at)
{
    static compare *const ops[] = {
        [FILTER_EQ] = asl_filter_equal,         [FILTER_NE] = asl_filter_unequal,
        [FILTER_LT] = asl_filter_less,          [FILTER_LE] = asl_filter_less_equal,
        [FILTER_GT] = asl_filter_greater,       [FILTER_GE] = asl_filter_greater_equal,
        [FILTER_TSEQ] = asl_filter_same,        [FILTER_TSNE] = asl_filter_not_same,
        [FILTER_IN] = asl_filter_in,            [FILTER_NIN] = asl_filter_not_in,
        [FILTER_CONTAINS] = asl_filter_contains, [FILTER_SUBSETOF] = asl_filter_subset_of,
        [FILTER_ANYOF] = asl_filter_any_of,     [FILTER_NONEOF] = asl_filter_none_of,
        [FILTER_SIZE] = asl_filter_size,        [FILTER_EMPTY] = asl_filter_empty,
        [FILTER_TYPE] = asl_filter_type
    };
    asl_value a = operand_value(&filter->a, at), b = operand_value(&filter->b, at);

    if (filter->op != FILTER_REGEX)
        return ops[filter->op](f, a, b);
    const struct operand *o = filter->a.kind == OPERAND_REGEX ? &filter->a : &filter->b;
    if (o->kind != OPERAND_REGEX || memchr(o->flags.text, '\0', o->flags.len))
        return false;
    /* Told apart by the addresses, as constants of a program are. */
    const asl_regex regex = { o->text.text, (uint32_t)o->text.len, o->flags.text };
    return asl_filter_matches(f, a, b, &regex);
}

static bool holds(asl_filter *f, const struct filter *filter, asl_value at)
{
    switch (filter->kind) {
    case FILTER_OR: return holds(f, filter->left, at) || holds(f, filter->right, at);
    case FILTER_AND: return holds(f, filter->left, at) && holds(f, filter->right, at);
    case FILTER_NOT: return !holds(f, filter->left, at);
    case FILTER_EXISTS: return asl_filter_exists(f, walk(filter->a.path, at, true));
    case FILTER_ABSENT: return !asl_filter_exists(f, walk(filter->a.path, at, true));
    case FILTER_COMPARE: break;
    }
    return holds_compare(f, filter, at);
}

static bool run_filter(asl_filter *f, asl_value at)
{
    const struct filter *filter = now.filter;
    bool result = holds(f, filter, at);

    now.filter = filter; /* filters within have set their own */
    return result;
}

static asl_value step_filter(const struct step *step, asl_value v, bool list, bool last)
{
    const struct filter *outer = now.filter;

    if (!list)
        v = asl_path_list(now.region, v, ASL_NEED_FILTER);
    now.filter = step->filter;
    if (step->scanned)
        v = asl_path_descend_filter(now.region, v, run_filter, now.root, last);
    else
        v = asl_path_filter(now.region, v, run_filter, now.root);
    now.filter = outer;
    return v;
}

static asl_value step_names(const struct step *step, asl_value v, bool list, bool last,
                            bool required)
{
    asl_region *r = now.region;
    uint32_t n = step->count < MOST ? (uint32_t)step->count : MOST;
    asl_value keys[MOST];

    for (uint32_t i = 0; i < n; i++)
        keys[i] = text_value(&step->names[i]);
    if (step->scanned && last)
        return asl_path_descend_merge(r, v, n, keys, required);
    if (step->scanned)
        return asl_path_descend_names(r, v, n, keys, required);
    if (last && !list)
        return asl_members_of(r, v, n, keys, required);
    if (!list)
        v = asl_path_list(r, v, ASL_NEED_OBJECT);
    return last ? asl_path_merge(r, v, n, keys, required)
                : asl_path_names(r, v, n, keys, required);
}

static asl_value step_function(const struct step *step, asl_value v, bool list)
{
    static const enum asl_path_function functions[] = {
        [PATH_MIN] = ASL_PATH_MIN,       [PATH_MAX] = ASL_PATH_MAX,
        [PATH_AVG] = ASL_PATH_AVG,       [PATH_STDDEV] = ASL_PATH_STDDEV,
        [PATH_SUM] = ASL_PATH_SUM,       [PATH_LENGTH] = ASL_PATH_LENGTH,
        [PATH_KEYS] = ASL_PATH_KEYS,     [PATH_FIRST] = ASL_PATH_FIRST,
        [PATH_LAST] = ASL_PATH_LAST,     [PATH_INDEX] = ASL_PATH_INDEX,
        [PATH_APPEND] = ASL_PATH_APPEND, [PATH_CONCAT] = ASL_PATH_CONCAT,
        [PATH_UNKNOWN] = ASL_PATH_UNKNOWN
    };
    uint32_t n = step->count < MOST ? (uint32_t)step->count : MOST;
    asl_value args[MOST];

    if (step->scanned)
        return asl_array();
    for (uint32_t i = 0; i < n; i++)
        args[i] = step->args[i]->kind == EXPR_PATH ? walk(step->args[i], now.root, false)
                                                   : json_value(&step->args[i]->text);
    return (list ? asl_path_apply : asl_path_function)(
        now.region, v, functions[step->function], n, args);
}

static asl_value step_array(const struct step *step, asl_value v, bool list, bool last)
{
    asl_region *r = now.region;
    int32_t from = step->has_from ? step->from : ASL_SLICE_START;
    int32_t to = step->has_to ? step->to : ASL_SLICE_END;
    uint32_t n = (uint32_t)step->count;

    if (!list)
        v = asl_path_list(r, v, ASL_NEED_ARRAY);
    if (step->scanned && !last)
        return asl_path_descend_elements(r, v);
    if (step->kind == STEP_SLICE)
        return step->scanned ? asl_path_descend_slice(r, v, from, to)
                             : asl_path_slice(r, v, from, to);
    return step->scanned ? asl_path_descend_indexes(r, v, n, step->indexes)
                         : asl_path_indexes(r, v, n, step->indexes);
}

static asl_value take_step(const struct step *step, asl_value v, bool list, bool last,
                           bool required)
{
    asl_region *r = now.region;

    switch (step->kind) {
    case STEP_NAME:
        if (step->scanned)
            return asl_path_descend_member(r, v, text_value(&step->text), required);
        return list ? asl_path_member(r, v, text_value(&step->text), required)
                    : asl_member_of(v, text_value(&step->text));
    case STEP_INDEX:
        if (step->scanned)
            return last ? asl_path_descend_index(r, v, step->from)
                        : asl_path_descend_elements(r, v);
        return list ? asl_path_index(r, v, step->from) : asl_element(v, step->from);
    case STEP_NAMES: return step_names(step, v, list, last, required);
    case STEP_INDEXES:
    case STEP_SLICE: return step_array(step, v, list, last);
    case STEP_WILDCARD:
        if (step->scanned)
            return asl_path_descend_each(r, v);
        return list ? asl_path_each(r, v) : asl_path_elements(r, v);
    case STEP_DESCEND: return list ? v : asl_path_list(r, v, ASL_NEED_ANY);
    case STEP_FILTER: return step_filter(step, v, list, last);
    case STEP_FUNCTION: break;
    }
    return step_function(step, v, list);
}

/* PATH's value; AT is what `@` means.  All other roots are the document. */
static asl_value walk(const struct expr *path, asl_value at, bool required)
{
    asl_value v = path->root == ROOT_CURRENT ? at : now.root;
    bool list = false;

    for (size_t i = 0; i < path->count; i++) {
        const struct step *step = &path->steps[i];
        bool last = i + 1 == path->count;

        v = take_step(step, v, list, last, required);
        list = list || !(step->kind == STEP_NAME || step->kind == STEP_INDEX ||
                         step->kind == STEP_FUNCTION || (step->kind == STEP_NAMES && last));
        if (asl_count(v) > MOST_NODES) /* enough: `..` after `..` multiplies */
            return asl_too_deep();
    }
    return v;
}

/* ---- by definition ------------------------------------------------------------- */

static bool is_known(const struct expr *path)
{
    for (size_t i = 0; i < path->count; i++) {
        const struct step *step = &path->steps[i];
        bool mixed = step->from < 0 || step->to < 0 || (step->has_from && step->from < 0);

        switch (step->kind) {
        case STEP_NAME:
        case STEP_WILDCARD:
        case STEP_DESCEND: break;
        case STEP_INDEX:
        case STEP_INDEXES:
            if (step->scanned)
                return false;
            break;
        case STEP_SLICE:
            if (step->scanned || mixed)
                return false;
            break;
        case STEP_NAMES:
        case STEP_FILTER:
        case STEP_FUNCTION: return false;
        }
    }
    return true;
}

struct finder {
    const struct expr *path;
    asl_value out; /* an array */
};

static void find(struct finder *f, size_t i, asl_value node);

static asl_value child(asl_value node, size_t i)
{
    return asl_is_object(node) ? asl_member_at(node, i)->value : asl_at(node, i);
}

static bool is_container(asl_value v)
{
    return asl_is_array(v) || asl_is_object(v);
}

static void find_element(struct finder *f, size_t i, asl_value node, int64_t index)
{
    int64_t count = (int64_t)asl_count(node);

    if (asl_is_array(node) && index < count && index >= -count)
        find(f, i + 1, asl_at(node, (size_t)(index < 0 ? index + count : index)));
}

/* What step I selects from NODE, and what the steps behind it make of that. */
static void find_step(struct finder *f, size_t i, asl_value node)
{
    const struct step *step = &f->path->steps[i];
    size_t count = is_container(node) ? asl_count(node) : 0;

    if (step->kind == STEP_WILDCARD) {
        for (size_t k = 0; k < count; k++)
            find(f, i + 1, child(node, k));
    } else if (step->kind == STEP_INDEX) {
        find_element(f, i, node, step->from);
    } else if (step->kind == STEP_INDEXES) {
        for (size_t k = 0; k < step->count; k++)
            find_element(f, i, node, step->indexes[k]);
    } else if (step->kind == STEP_SLICE) {
        int64_t to = step->has_to ? step->to : (int64_t)count;
        for (int64_t k = step->has_from ? step->from : 0; k < to && k < (int64_t)count; k++)
            find_element(f, i, node, k);
    } else if (asl_is_object(node)) {
        for (size_t k = 0; k < count; k++)
            if (asl_same_text(asl_member_at(node, k)->key, text_value(&step->text)))
                find(f, i + 1, child(node, k));
    }
}

/* Step I for NODE and all that is in it. */
static void find_below(struct finder *f, size_t i, asl_value node)
{
    if (!is_container(node))
        return;
    find_step(f, i, node);
    for (size_t k = 0; k < asl_count(node); k++)
        find_below(f, i, child(node, k));
}

static void find(struct finder *f, size_t i, asl_value node)
{
    if (asl_count(f->out) > MOST_NODES)
        return;
    if (i == f->path->count)
        f->out = asl_push(now.region, f->out, node);
    else if (f->path->steps[i].kind == STEP_DESCEND && i + 1 < f->path->count)
        find_below(f, i + 1, node);
    else if (f->path->steps[i].kind == STEP_DESCEND)
        find(f, i + 1, node);
    else
        find_step(f, i, node);
}

/* Whether the first step of PATH that may select several finds what it asks for. */
static bool has_place(const struct expr *path)
{
    asl_value v = now.root;

    for (size_t i = 0; i < path->count; i++) {
        const struct step *step = &path->steps[i];
        struct expr one = { .steps = path->steps + i, .count = 1 };
        struct finder f = { .path = &one, .out = asl_array() };

        if (step->kind == STEP_SLICE || step->kind == STEP_INDEXES)
            return asl_is_array(v);
        if (step->kind != STEP_NAME && step->kind != STEP_INDEX)
            return true;
        find(&f, 0, v);
        if (asl_count(f.out) == 0)
            return false;
        v = asl_at(f.out, 0);
    }
    return true;
}

/* ---- both ---------------------------------------------------------------------- */

static bool same_print(asl_value a, asl_value b)
{
    return asl_same_text(asl_to_json(now.region, a), asl_to_json(now.region, b));
}

static void compare_both(const struct expr *path, asl_value v)
{
    struct finder f = { .path = path, .out = asl_array() };

    if (!is_known(path) || asl_is_error(v))
        return;
    find(&f, 0, now.root);
    if (asl_is_error(f.out) || asl_count(f.out) > MOST_NODES)
        return;
    if (!has_place(path))
        FUZZ_HOLDS(asl_is_undefined(v));
    else
        FUZZ_HOLDS(same_print(v, path->definite ? asl_at(f.out, 0) : f.out));
}

static void evaluate(struct expr *path, const char *text, size_t len)
{
    asl_syntax_error error;

    now.region = asl_region_new();
    now.filter = NULL;
    if (!now.region)
        return;
    if (asl_parse(now.region, text, len, &now.root, &error)) {
        asl_value v = walk(path, now.root, false);

        if (!asl_is_error(v))
            FUZZ_HOLDS(asl_is_undefined(v) || asl_is_string(asl_to_json(now.region, v)));
        if (path->root != ROOT_CURRENT)
            compare_both(path, v);
        (void)walk(path, now.root, true);
    }
    asl_region_free(now.region);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size ? (const char *)data : "";
    const char *line = memchr(text, '\n', size);
    struct arena *arena = arena_new();
    struct expr_error error = { 0 };

    /* What comes out of a JSON string. */
    if (line && asl__utf8_valid(text, (size_t)(line - text), true)) {
        struct expr *path = parse_path(arena, text, (size_t)(line - text), &error);
        if (path)
            evaluate(path, line + 1, size - (size_t)(line + 1 - text));
    }
    arena_free(arena);
    return 0;
}
