/*
 * lower_jsonata_path.c - paths, predicates, groups and constructors of JSONata as C.
 *
 * Between two steps a sequence is one standing value (aslrt/jsonata.h).  A step that is a
 * plain name is an operation on it; any other step is a loop over its items.  From the
 * first step that binds something on (`@`, `#`, `%`) the sequence is rows instead.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "lower_jsonata_parts.h"

/* What the names in scope were before a loop over rows. */
struct row_scope {
    struct gen_var *scope;
    const char *context, *here;
    bool at_root;
};

static struct row_scope enter_context(struct gen_function *f, const char *context)
{
    struct row_scope saved = {f->scope, f->context, f->here, f->at_root};

    f->context = context;
    f->here = NULL;
    f->at_root = false;
    return saved;
}

static void leave_context(struct gen_function *f, struct row_scope saved)
{
    f->scope = saved.scope;
    f->context = saved.context;
    f->here = saved.here;
    f->at_root = saved.at_root;
}

/* Opens `for` over the items of V as FUNCTION (asl_items, asl_each) tells them; the number N
 * of i<N>, n<N>, items<N>. */
static int open_loop(struct gen_function *f, const char *function, const char *v)
{
    int n = gen_number(f);

    gen_line(f, "asl_value s%d = %s;", n, v);
    gen_line(f, "const asl_value *items%d;", n);
    gen_line(f, "uint32_t n%d = %s(&s%d, &items%d);", n, function, n, n);
    gen_open(f, "for (uint32_t i%d = 0; i%d < n%d; i%d++)", n, n, n, n);
    gen_line(f, "asl_value c%d = items%d[i%d];", n, n, n);
    return n;
}

static bool is_name_character(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Nothing more will be said of the variable KIND<N>: the C compiler is told where it has been
 * declared only. */
static void end_use(struct gen_function *f, char kind, int n)
{
    const char *name = gen_printf(f, "%c%d", kind, n), *at = f->body.text;
    size_t len = strlen(name), mentions = 0;

    while (mentions < 2 && (at = strstr(at, name)) != NULL) {
        mentions += !is_name_character(at[-1]) && !is_name_character(at[len]);
        at += len;
    }
    if (mentions < 2)
        gen_line(f, "(void)%s;", name);
}

/* The variables in the columns of the row ROW are in scope. */
static void enter_row(struct gen_function *f, const char *row, const bool *set)
{
    for (size_t i = 1; i < f->gen->ncolumns; i++)
        if (set[i])
            gen_declare(f, f->gen->columns[i], VARIABLE_LOCAL,
                        gen_printf(f, "%s[%zu]", row, i), true);
}

/* ---- predicates -------------------------------------------------------------------- */

/* Whether NODE, in the place of a predicate, has one value for all items: it asks for literals
 * and variables only. */
static bool is_same_for_all(const struct jsonata *node)
{
    if (node->nstages || node->group || node->keep_array)
        return false;
    switch (node->kind) {
    case JSONATA_NUMBER:
    case JSONATA_STRING:
    case JSONATA_TRUE:
    case JSONATA_FALSE:
    case JSONATA_NULL: return true;
    case JSONATA_VARIABLE: return node->text.len > 0;
    case JSONATA_NEGATE: return is_same_for_all(node->left);
    case JSONATA_BINARY: return is_same_for_all(node->left) && is_same_for_all(node->right);
    case JSONATA_ARRAY:
        for (size_t i = 0; i < node->count; i++)
            if (!is_same_for_all(node->list[i]))
                return false;
        return true;
    default: return false;
    }
}

/* The predicate FILTER, the same for all items, on V: evaluated once if there are any. */
static struct gen_operand gen_filter_all(struct gen_function *f, struct gen_operand v,
                                         const struct jsonata *filter)
{
    const char *name = gen_printf(f, "v%d", gen_number(f));
    struct gen_operand cond;

    gen_line(f, "asl_value %s = asl_undefined();", name);
    gen_open(f, "if (asl_has_each(%s))", v.code);
    cond = gen_checked(f, filter);
    if (cond.code)
        gen_line(f, "%s = %s;", name, cond.code);
    gen_close(f);
    return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_pick_all(e, %s, %s)", v.code, name);
}

static struct gen_operand gen_filter(struct gen_function *f, struct gen_operand v,
                                 const struct jsonata *filter, const bool *set)
{
    int list, n;
    struct row_scope saved;
    struct gen_operand cond;

    if (filter->kind == JSONATA_NUMBER)
        return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_pick(e, %s, %.17g)", v.code,
                        filter->number);
    v = gen_check(f, v);
    if (!set && is_same_for_all(filter))
        return gen_filter_all(f, v, filter);
    list = gen_number(f);
    gen_line(f, "asl_list l%d = { 0 };", list);
    n = open_loop(f, "asl_each", v.code);
    saved = enter_context(f, gen_printf(f, "c%d", n));
    if (set) {
        gen_line(f, "const asl_value *t%d = asl__items(c%d);", n, n);
        enter_row(f, gen_printf(f, "t%d", n), set);
        f->context = gen_printf(f, "t%d[0]", n);
    }
    cond = gen_checked(f, filter);
    leave_context(f, saved);
    if (set)
        end_use(f, 't', n);
    if (cond.code && cond.flags & OP_BOOL) {
        gen_open(f, "if (%s)", gen_test(f, cond));
        gen_line(f, "asl_list_add(e, &l%d, c%d);", list, n);
        gen_close(f);
    } else if (cond.code) {
        gen_line(f, "asl_list_filter(e, &l%d, c%d, i%d, n%d, %s);", list, n, n, n, cond.code);
    }
    gen_close(f);
    return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_list_sequence(e, &l%d, %s)", list,
                    set ? "ASL_TUPLES" : "0");
}

/* Whether a step may give rows itself. */
static bool gives_rows(const struct jsonata *step)
{
    if (step->kind == JSONATA_PATH)
        return step->tuple;
    return step->kind == JSONATA_BLOCK && step->count > 0 &&
           gives_rows(step->list[step->count - 1]);
}

struct gen_operand gen_filters(struct gen_function *f, struct gen_operand v, const struct jsonata *node)
{
    bool *set = NULL;

    if (node->nstages && gives_rows(node)) {
        set = ARENA_ARRAY(f->gen->arena, f->gen->ncolumns + 1, bool);
        memset(set, true, f->gen->ncolumns * sizeof *set);
    }
    for (size_t i = 0; i < node->nstages && v.code; i++)
        if (node->stages[i].filter)
            v = gen_filter(f, v, node->stages[i].filter, set);
    return v;
}

/* ---- order-by ------------------------------------------------------------------------ */

/* The key TERM of an order-by, which may be an error: one that is never compared does not
 * matter. */
static const char *gen_term(struct gen_function *f, const struct jsonata *term)
{
    int outer = f->term, n = gen_number(f);
    struct gen_operand key;

    gen_line(f, "asl_value v%d;", n);
    gen_line(f, "{");
    f->indent++;
    f->term = n;
    key = gen_node(f, term);
    f->term = outer;
    if (key.code)
        gen_line(f, "v%d = %s;", n, key.code);
    f->indent--;
    gen_line(f, "}");
    if (strstr(f->body.text, gen_printf(f, "goto term%d;", n)))
        gen_line(f, "term%d:", n);
    return gen_printf(f, "v%d", n);
}

/* The step SORT on V; SET: V are rows. */
static struct gen_operand gen_sort(struct gen_function *f, struct gen_operand v,
                               const struct jsonata *sort, const bool *set)
{
    int keys = gen_number(f), n;
    unsigned long descending = 0;
    struct row_scope saved;

    for (size_t i = 0; i < sort->count && i < 32; i++)
        descending |= sort->descending[i] ? 1UL << i : 0;
    v = gen_check(f, v);
    gen_line(f, "asl_list k%d = { 0 };", keys);
    n = open_loop(f, "asl_items", v.code);
    saved = enter_context(f, gen_printf(f, "c%d", n));
    gen_open(f, "if (n%d > 1)", n);
    if (set) {
        gen_line(f, "const asl_value *t%d = asl__items(c%d);", n, n);
        enter_row(f, gen_printf(f, "t%d", n), set);
        f->context = gen_printf(f, "t%d[0]", n);
    }
    for (size_t i = 0; i < sort->count; i++) {
        const char *key = gen_goes_on(sort->list[i]) ? gen_node(f, sort->list[i]).code
                                                     : gen_term(f, sort->list[i]);
        gen_line(f, "asl_list_key(e, &k%d, %s);", keys, key);
    }
    if (set)
        end_use(f, 't', n);
    gen_close(f);
    leave_context(f, saved);
    gen_close(f);
    return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_order(e, %s, %zu, %luu, &k%d)", v.code,
                    sort->count, descending, keys);
}

/* ---- steps that bind nothing ----------------------------------------------------------- */

static bool is_plain_name(const struct jsonata *step)
{
    return step->kind == JSONATA_NAME && step->nstages == 0 && !step->keep_array &&
           !step->group;
}

/* STEP evaluated once in the context that F has, with its stages. */
static struct gen_operand gen_once(struct gen_function *f, const struct jsonata *step)
{
    struct jsonata alone = *step;
    struct gen_operand v;

    if (step->predicates) /* they belong to the value */
        return gen_node(f, step);
    alone.stages = NULL;
    alone.nstages = 0;
    v = gen_node(f, &alone);
    return v.code ? gen_filters(f, v, step) : v;
}

/* The loop of a step over the items of V: FIRST (V is the context) or standing. */
static struct gen_operand gen_loop(struct gen_function *f, const char *v, const struct jsonata *step,
                               bool first, bool last)
{
    int list, n;
    struct row_scope saved;
    struct gen_operand r;

    if (first && f->at_root && f->gen->emit->has_input) { /* its one item */
        saved = enter_context(f, "e->input");
        r = gen_once(f, step);
        leave_context(f, saved);
        return r.code ? gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_stand(e, %s, %s)", r.code,
                                 last ? "true" : "false")
                      : r;
    }
    list = gen_number(f);
    gen_line(f, "asl_list l%d = { 0 };", list);
    n = open_loop(f, first ? "asl_each" : "asl_items", v);
    saved = enter_context(f, gen_printf(f, "c%d", n));
    r = gen_check(f, gen_once(f, step));
    leave_context(f, saved);
    if (r.code)
        gen_line(f, "asl_list_join(e, &l%d, %s);", list, r.code);
    end_use(f, 'c', n);
    gen_close(f);
    return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_list_step(e, &l%d, %s)", list,
                    last ? "true" : "false");
}

static bool is_variable(const struct jsonata *step, const char *name)
{
    return step->kind == JSONATA_VARIABLE && step->text.len == strlen(name) &&
           memcmp(step->text.text, name, step->text.len) == 0;
}

/* `$states.input` and its like, of which the machine has the value at hand: its C in *code;
 * how many steps that takes, or 0. */
static size_t find_known(struct gen_function *f, const struct jsonata *path, const char **code)
{
    const struct jsonata_names *names = f->gen->emit->names;
    const char *name = "states";
    size_t taken = 0;

    if (!is_variable(path->list[0], "states") || path->list[0]->nstages || path->list[0]->tuple)
        return 0;
    for (size_t i = 1; i < path->count && i < 5; i++) {
        const struct jsonata *step = path->list[i];
        if (step->kind != JSONATA_NAME || step->tuple || step->keep_array)
            break;
        name = gen_printf(f, "%s.%.*s", name, (int)step->text.len, step->text.text);
        if (names->find(names->user, &(struct expr_text){name, strlen(name)}, code))
            taken = i + 1;
        if (step->nstages)
            break;
    }
    return taken;
}

static void note_seeing(const struct jsonata *node, void *sees)
{
    *(bool *)sees |= node->kind == JSONATA_WILDCARD || node->kind == JSONATA_CALL ||
                     node->kind == JSONATA_PARTIAL || node->kind == JSONATA_APPLY;
}

/* Whether something in NODE, evaluated in the context of all of it, could tell a sequence of
 * one item from that item. */
static bool sees_sequence(const struct jsonata *node)
{
    bool sees = false;

    jsonata_walk(node, note_seeing, &sees);
    return sees;
}

/* STEP, by which a path begins, an array constructor or a block with one: evaluated once, with
 * the context as a sequence. */
static struct gen_operand gen_constructed(struct gen_function *f, const struct jsonata *step)
{
    struct jsonata alone = *step;
    const char *context = f->context, *here = f->here;
    struct gen_operand v;
    int n;

    if (!step->predicates) { /* the stages of a numbered step are lost */
        alone.stages = NULL;
        alone.nstages = 0;
    }
    if (strcmp(context, "asl_undefined()") == 0 || !sees_sequence(&alone))
        return gen_checked(f, &alone);
    n = gen_number(f);
    gen_line(f, "asl_value c%d = asl_as_sequence(e, %s);", n, context);
    f->here = gen_variable(f, &(struct expr_text){"", 0}).code;
    f->context = gen_printf(f, "c%d", n);
    v = gen_checked(f, &alone);
    f->context = context;
    f->here = here;
    end_use(f, 'c', n);
    return v;
}

/* The same as a standing value, for the steps behind it; *ALL: what it is itself. */
static struct gen_operand gen_elements(struct gen_function *f, const struct jsonata *step,
                                       const char **all)
{
    struct gen_operand v = gen_constructed(f, step);

    *all = v.code;
    if (!v.code)
        return v;
    if (step->kind == JSONATA_ARRAY && !step->predicates && !step->group)
        return gen_plain(gen_printf(f, "asl_plain(%s)", v.code), v.flags);
    return gen_temp(f, OP_FAILS, "asl_elements(e, %s)", v.code);
}

/* The first step of PATH: its standing value. */
static struct gen_operand gen_first(struct gen_function *f, const struct jsonata *path)
{
    const struct jsonata *step = path->list[0];
    bool last = path->count == 1;
    struct gen_operand v;

    if (step->kind == JSONATA_VARIABLE) {
        v = gen_check(f, gen_once(f, step));
        if (!v.code || v.flags & OP_BOOL)
            return v;
        return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_stand(e, %s, %s)", v.code,
                        last ? "true" : "false");
    }
    if (is_plain_name(step))
        return gen_temp(f, OP_FAILS | OP_SEQUENCE,
                        f->gen->has_cons && !f->at_root
                            ? "asl_field(e->region, asl_as_list(%s), %s)"
                            : "asl_field(e->region, %s, %s)",
                        f->context, gen_string(f, &step->text));
    return gen_loop(f, f->context, step, true, last);
}

static struct gen_operand gen_step(struct gen_function *f, struct gen_operand v,
                               const struct jsonata *step, bool last)
{
    if (is_plain_name(step))
        return gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_field(e->region, %s, %s)", v.code,
                        gen_string(f, &step->text));
    v = gen_check(f, v);
    if (step->kind == JSONATA_SORT) {
        v = gen_sort(f, v, step, NULL);
        return gen_filters(f, v, step);
    }
    return gen_loop(f, v.code, step, false, last);
}

/* ---- rows -------------------------------------------------------------------------------- */

static void mark(const struct gen *gen, bool *set, const struct expr_text *name)
{
    size_t column = gen_column(gen, name);

    if (column)
        set[column] = true;
}

static void mark_label(struct gen_function *f, bool *set, int label)
{
    const char *name = gen_printf(f, "%%%d", label);

    mark(f->gen, set, &(struct expr_text){name, strlen(name)});
}

/* All that NODE may put into rows. */
static void mark_all(struct gen_function *f, bool *set, const struct jsonata *node)
{
    if (node->focus.len)
        mark(f->gen, set, &node->focus);
    if (node->index.len)
        mark(f->gen, set, &node->index);
    if (node->ancestor)
        mark_label(f, set, node->ancestor);
    for (size_t i = 0; i < node->nstages; i++)
        if (!node->stages[i].filter)
            mark(f->gen, set, &node->stages[i].index);
    if (node->kind == JSONATA_PATH || node->kind == JSONATA_BLOCK)
        for (size_t i = 0; i < node->count; i++)
            mark_all(f, set, node->list[i]);
}

/* The rows that one result item ITEM of STEP adds to the list. */
static void gen_row(struct gen_function *f, const struct jsonata *step, int list, int n, int k,
                    const char *result)
{
    const char *row = gen_printf(f, "r%d", gen_number(f));
    struct expr_text label;

    gen_line(f, "asl_value %s = c%d;", row, n);
    if (gives_rows(step)) {
        gen_open(f, "if (asl_flags(%s) & ASL_TUPLES)", result);
        gen_line(f, "%s = asl_row_merge(e, %s, c%d);", row, row, k);
        gen_line(f, "asl_list_add(e, &l%d, %s);", list, row);
        gen_line(f, "continue;");
        gen_close(f);
    }
    gen_line(f, "%s = asl_row_with(e, %s, %zu, c%d);", row, row,
             step->focus.len ? gen_column(f->gen, &step->focus) : 0, k);
    if (step->index.len)
        gen_line(f, "%s = asl_row_with(e, %s, %zu, asl_integer(i%d));", row, row,
                 gen_column(f->gen, &step->index), k);
    if (step->ancestor) {
        label.text = gen_printf(f, "%%%d", step->ancestor);
        label.len = strlen(label.text);
        gen_line(f, "%s = asl_row_with(e, %s, %zu, t%d[0]);", row, row,
                 gen_column(f->gen, &label), n);
    }
    gen_line(f, "asl_list_add(e, &l%d, %s);", list, row);
}

static struct gen_operand gen_row_stages(struct gen_function *f, struct gen_operand rows,
                                     const struct jsonata *step, bool *set)
{
    for (size_t i = 0; i < step->nstages; i++) {
        if (step->stages[i].filter) {
            rows = gen_filter(f, rows, step->stages[i].filter, set);
            continue;
        }
        rows = gen_temp(f, OP_FAILS, "asl_rows_number(%s, %zu)", rows.code,
                        gen_column(f->gen, &step->stages[i].index));
        mark(f->gen, set, &step->stages[i].index);
    }
    return rows;
}

/* STEP on ROWS. */
static struct gen_operand gen_row_step(struct gen_function *f, struct gen_operand rows,
                                   const struct jsonata *step, bool *set)
{
    int list, n, k;
    struct row_scope saved;
    struct jsonata alone = *step;
    struct gen_operand r;

    if (step->kind == JSONATA_SORT) {
        rows = gen_sort(f, rows, step, set);
        return gen_row_stages(f, rows, step, set);
    }
    if (!step->predicates) {
        alone.stages = NULL;
        alone.nstages = 0;
    }
    rows = gen_check(f, rows);
    list = gen_number(f);
    gen_line(f, "asl_list l%d = { 0 };", list);
    n = open_loop(f, "asl_items", rows.code);
    gen_line(f, "const asl_value *t%d = asl__items(c%d);", n, n);
    saved = enter_context(f, gen_printf(f, "t%d[0]", n));
    enter_row(f, gen_printf(f, "t%d", n), set);
    r = gen_checked(f, &alone);
    leave_context(f, saved);
    if (r.code) {
        gen_open(f, "if (!asl_is_undefined(%s))", r.code);
        k = open_loop(f, "asl_each", r.code);
        gen_row(f, step, list, n, k, r.code);
        gen_close(f);
        gen_close(f);
    }
    end_use(f, 't', n);
    gen_close(f);
    rows = gen_temp(f, OP_FAILS, "asl_list_sequence(e, &l%d, ASL_TUPLES)", list);
    mark_all(f, set, &alone);
    return step->predicates ? rows : gen_row_stages(f, rows, step, set);
}

/* The sorted sequence V as rows, numbered if the SORT has an index. */
static struct gen_operand gen_sorted_rows(struct gen_function *f, struct gen_operand v,
                                      const struct jsonata *sort, bool *set)
{
    struct gen_operand rows;

    v = gen_check(f, gen_sort(f, v, sort, NULL));
    rows = gen_temp(f, OP_FAILS, "asl_rows(e, %s, %zu)", v.code, f->gen->ncolumns);
    if (sort->index.len) {
        rows = gen_temp(f, OP_FAILS, "asl_rows_number(%s, %zu)", rows.code,
                        gen_column(f->gen, &sort->index));
        mark(f->gen, set, &sort->index);
    }
    return gen_row_stages(f, rows, sort, set);
}

/* ---- paths ------------------------------------------------------------------------------- */

/* The context as what rows are made of: one item for each that the first step would see. */
static struct gen_operand gen_context(struct gen_function *f, const struct jsonata *first)
{
    if (first->kind == JSONATA_VARIABLE)
        return gen_temp(f, OP_FAILS, "asl_alone(e, %s)", gen_variable(f, &(struct expr_text){"", 0}).code);
    return gen_temp(f, OP_FAILS, "asl_each_alone(e, %s)", f->context);
}

/* Whether the value behind STEP, an order-by, may be an array that was one of the items. */
static bool picks_one(const struct jsonata *step)
{
    const struct jsonata *filter = step->nstages ? step->stages[step->nstages - 1].filter : NULL;

    return step->kind == JSONATA_SORT && filter && filter->kind == JSONATA_NUMBER;
}

struct gen_operand gen_path(struct gen_function *f, const struct jsonata *path)
{
    bool *set = ARENA_ARRAY(f->gen->arena, f->gen->ncolumns + 1, bool);
    struct gen_operand v = gen_plain(NULL, 0), rows = v;
    const char **ends = ARENA_ARRAY(f->gen->arena, path->count, const char *), *known = NULL;
    bool stream = false; /* rows are to begin */
    size_t i = 0, nends = 0;

    i = find_known(f, path, &known);
    if (i > 0) {
        const struct jsonata *last = path->list[i - 1];
        v = gen_temp(f, OP_FAILS, "%s", known);
        v = gen_filters(f, v, last);
        if (last->nstages)
            v = gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_stand(e, %s, %s)", gen_check(f, v).code,
                         i == path->count ? "true" : "false");
    }
    for (; i < path->count; i++) {
        const struct jsonata *step = path->list[i];
        stream = stream || step->tuple;
        if (i == 0 && step->cons) {
            v = path->count > 1 ? gen_elements(f, step, &ends[nends]) : gen_constructed(f, step);
            nends += path->count > 1 && !step->tuple;
            if (v.code && step->focus.len) /* as the reference: the context stays */
                rows = gen_temp(f, OP_FAILS, "asl_rows(e, %s, %zu)",
                                gen_check(f, gen_context(f, step)).code, f->gen->ncolumns);
            if (!v.code)
                return v;
            continue;
        }
        if (!stream) {
            v = v.code ? gen_step(f, v, step, i + 1 == path->count) : gen_first(f, path);
            if (!v.code)
                return v;
            if (picks_one(step) && i + 1 < path->count) {
                ends[nends++] = v.code;
                v = gen_plain(gen_printf(f, "asl_plain(%s)", v.code), v.flags);
            }
            continue;
        }
        if (!rows.code && step->kind == JSONATA_SORT) {
            rows = gen_sorted_rows(f, v, step, set);
            continue;
        }
        if (!rows.code) {
            v = gen_check(f, v.code ? v : gen_context(f, step));
            rows = gen_temp(f, OP_FAILS, "asl_rows(e, %s, %zu)", v.code, f->gen->ncolumns);
        }
        rows = gen_row_step(f, rows, step, set);
        if (!rows.code)
            return rows;
    }
    if (rows.code && path->tuple)
        return gen_plain(rows.code, OP_FAILS);
    if (rows.code && path->group) {
        rows = gen_temp(f, OP_FAILS, "asl_rows_or_none(e, %s, %zu)", rows.code,
                        f->gen->ncolumns);
        rows = gen_check(f, rows);
        return gen_object(f, path->group, rows.code, true);
    }
    if (rows.code)
        v = gen_temp(f, OP_FAILS | OP_SEQUENCE, "asl_rows_contexts(e, %s)", rows.code);
    while (nends > 0)
        v = gen_temp(f, v.flags | OP_SEQUENCE, "asl_stopped(%s, %s)", ends[--nends], v.code);
    if (path->keep)
        v = gen_temp(f, OP_FAILS, "asl_keep(e, %s)", v.code);
    if (path->group) {
        v = gen_check(f, v);
        v = gen_object(f, path->group, v.code, false);
    }
    return v;
}

/* ---- groups and constructors ------------------------------------------------------------- */

static bool has_literal_keys(const struct jsonata *object)
{
    for (size_t i = 0; i < object->count; i += 2) {
        if (object->list[i]->kind != JSONATA_STRING || object->list[i]->nstages)
            return false;
        for (size_t k = 0; k < i; k += 2)
            if (gen_same_text(&object->list[i]->text, &object->list[k]->text))
                return false;
    }
    return true;
}

/* All keys are literals: each value is evaluated once. */
static struct gen_operand gen_record(struct gen_function *f, const struct jsonata *object,
                                 const char *context)
{
    size_t count = object->count / 2;
    const char **keys = ARENA_ARRAY(f->gen->arena, count + 1, const char *);
    const char **values = ARENA_ARRAY(f->gen->arena, count + 1, const char *);
    struct row_scope saved;
    struct gen_operand c;

    if (count == 0)
        return gen_plain("asl_object()", 0);
    c = gen_temp(f, OP_FAILS, "asl_group_context(e, %s)", context);
    saved = enter_context(f, gen_check(f, c).code);
    for (size_t i = 0; i < count; i++) {
        struct gen_operand v = gen_checked(f, object->list[2 * i + 1]);
        if (!v.code) {
            leave_context(f, saved);
            return v;
        }
        keys[i] = gen_string(f, &object->list[2 * i]->text);
        values[i] = v.code;
    }
    leave_context(f, saved);
    return gen_temp(f, OP_FAILS, "asl_object_with(e, %zu, %s, %s)", count,
                    gen_values(f, keys, count), gen_values(f, values, count));
}

/* The keys of all items. */
static void gen_keys(struct gen_function *f, const struct jsonata *object, const char *context,
                     int g, const bool *set)
{
    int n = open_loop(f, set ? "asl_each" : "asl_each_or_none", context);
    struct row_scope saved = enter_context(f, gen_printf(f, "c%d", n));
    const char *item = gen_printf(f, set ? "asl_flagged(c%d, ASL_CONS | ASL_TUPLES)" : "c%d", n);

    if (set) {
        gen_line(f, "const asl_value *t%d = asl__items(c%d);", n, n);
        enter_row(f, gen_printf(f, "t%d", n), set);
        f->context = gen_printf(f, "t%d[0]", n);
    }
    for (size_t i = 0; i < object->count; i += 2) {
        struct gen_operand key = gen_checked(f, object->list[i]), error;
        if (!key.code)
            break;
        error = gen_temp(f, OP_FAILS, "asl_group_add(e, &g%d, %zu, %s, %s)", g, i / 2,
                         key.code, item);
        gen_check(f, error);
    }
    leave_context(f, saved);
    if (set)
        end_use(f, 't', n);
    gen_close(f);
}

struct gen_operand gen_object(struct gen_function *f, const struct jsonata *object,
                          const char *context, bool rows)
{
    bool *set = ARENA_ARRAY(f->gen->arena, f->gen->ncolumns + 1, bool);
    int g;
    struct row_scope saved;

    if (!rows && has_literal_keys(object))
        return gen_record(f, object, context);
    for (size_t i = 1; i < f->gen->ncolumns; i++)
        set[i] = true;
    g = gen_number(f);
    gen_line(f, "asl_groups g%d = { 0 };", g);
    gen_keys(f, object, context, g, rows ? set : NULL);
    gen_open(f, "for (uint32_t i%d = 0; i%d < asl_group_count(&g%d); i%d++)", g, g, g, g);
    gen_line(f, "asl_value c%d = asl_group_items(&g%d, i%d), o%d = asl_undefined();", g, g, g, g);
    saved = enter_context(f, gen_printf(f, "c%d", g));
    if (rows) {
        gen_line(f, "asl_value s%d = asl_rows_reduce(e, c%d, %zu);", g, g, f->gen->ncolumns);
        gen_line(f, "if (asl_is_error(s%d)) %s", g, gen_failure(f, gen_printf(f, "s%d", g)));
        gen_line(f, "const asl_value *t%d = asl__items(s%d);", g, g);
        enter_row(f, gen_printf(f, "t%d", g), set);
        f->context = gen_printf(f, "t%d[0]", g);
    }
    for (size_t i = 0; i < object->count; i += 2) {
        struct gen_operand v;
        if (object->count > 2)
            gen_open(f, "if (asl_group_pair(&g%d, i%d) == %zu)", g, g, i / 2);
        v = gen_checked(f, object->list[i + 1]);
        if (v.code)
            gen_line(f, "o%d = %s;", g, v.code);
        if (object->count > 2)
            gen_close(f);
    }
    leave_context(f, saved);
    end_use(f, rows ? 't' : 'c', g);
    gen_line(f, "asl_group_set(&g%d, i%d, o%d);", g, g, g);
    gen_close(f);
    return gen_temp(f, OP_FAILS, "asl_group_end(e, &g%d)", g);
}
