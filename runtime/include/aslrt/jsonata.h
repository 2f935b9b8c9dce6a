/* What emitted code computes with in JSONata states (JSONata 2.0.6 as Step Functions has it).
 *
 * Each expression is a C function `static asl_value name__eN(asl_eval *e)`; each of its
 * lambdas is one, too.  Values are asl_value with three additions that exist only inside an
 * evaluation:
 *
 *   functions     ASL_FUNCTION, a pointer to an asl_function in the evaluation's region or
 *                 in constant data
 *   array flags   bits 8..15 of an array's head, see below; they go with the value wherever
 *                 it is put, as they do in the reference implementation
 *   rows          tuple streams (`@$v`, `#$i`, `%`): arrays flagged ASL_TUPLES whose elements
 *                 are plain arrays, column 0 being the context (`@`)
 *
 * asl_eval_end() takes them off before a result leaves.
 *
 * "Nothing" is asl_undefined().  A failure is an error value whose info->error is JSONata's
 * code ("T2001"; "U1001" for the limits of time and depth) and info->cause the message
 * without the code.  Every function below passes an error argument on.
 *
 * STANDING VALUES.  Between two steps of a path a sequence is one value that stands for it:
 * undefined for the empty one; an array (any flags but ASL_CONS) for its elements; anything
 * else, an array flagged ASL_CONS included, for itself alone.  A sequence of one array that
 * must stay whole is an array (ASL_SEQUENCE) of that one element.  At the end of a path
 * asl_unwrap() gives the result.
 */
#ifndef ASLRT_JSONATA_H
#define ASLRT_JSONATA_H

#include <aslrt/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct asl_frame asl_frame;
typedef struct asl_eval asl_eval;
typedef struct asl_function asl_function;

/* Flags of arrays inside an evaluation. */
enum {
    ASL_SEQUENCE = 1, /* made by the evaluator: of one element it is that element */
    ASL_KEEP = 2,     /* not so: `[]` was there (keepSingleton) */
    ASL_CONS = 4,     /* made by [...] as a path's first or last step: not flattened */
    ASL_TUPLES = 8    /* rows of a tuple stream */
};

static inline unsigned asl_flags(asl_value v)
{
    return asl__tag(v) == ASL_ARRAY ? (v.u.word.head >> ASL__AT_LEN) & 0xff : 0;
}
/* ARRAY with FLAGS instead of its own. */
ASL_INLINE asl_value asl_flagged(asl_value array, unsigned flags)
{
    return asl__words((array.u.word.head & ~((uint64_t)0xff << ASL__AT_LEN)) |
                          (uint64_t)flags << ASL__AT_LEN,
                      array.u.word.body);
}

/* ---- the evaluation ------------------------------------------------------------ */

struct asl__evaluation; /* what few expressions need: made on first use */

struct asl_eval {
    asl_region *region; /* results and scratch */
    asl_frame *f;       /* NULL outside of a state */
    asl_value input;    /* $states.input; `$$` in a test */
    asl_value result;   /* $states.result, $states.errorOutput; or undefined */
    struct asl__evaluation *more;
    /* Where the region was when the evaluation began (asl_eval_begin): what lies behind is
     * its own.  Without it asl_eval_end() walks more than it need. */
    const char *since;
    const struct asl__chunk *chunks;
    size_t size;
    uint32_t ticks; /* of loops and calls since the clock was looked at */
};

/* To be called once e->region is set, before the expression. */
static inline void asl_eval_begin(asl_eval *e)
{
    e->since = e->region->next;
    e->chunks = e->region->chunks;
    e->size = e->region->size;
}

/* V, the result of E's expression, as plain JSON: flags taken off, also inside; an
 * array flagged ASL_SEQUENCE of one element stays one where ASL_KEEP is set.  An
 * error where V is a function (info->error undefined, cause "unsupported":
 * asl_is_function_error() tells).  A function inside becomes ""; infinities and NaN
 * become strings, anywhere.  What this evaluation made is changed in place: nobody
 * else may hold a part of it. */
asl_value asl_eval_end(asl_eval *e, asl_value v);
/* Narrower bounds: nested calls, processor time (0: as they are).  False without
 * memory. */
bool asl_eval_limit(asl_eval *e, uint32_t calls, uint32_t milliseconds);
/* Whether V is the error for a function as a result. */
bool asl_is_function_error(asl_value v);
/* Where a test's expression begins: its input, an array as a sequence of that one
 * array. */
asl_value asl_root(asl_eval *e);

/* ---- errors --------------------------------------------------------------------- */

/* The error CODE with its message of jsonata.md 15; TOKEN (may be NULL) and VALUE
 * (may be undefined) fill in {token} and {value}, {value2}, {index}, {type} as that
 * message has them. */
asl_value asl_query_error(asl_eval *e, const char *code, const char *token, asl_value value);
asl_value asl_query_error2(asl_eval *e, const char *code, const char *token, asl_value value,
                           asl_value value2);
/* An error with a message of its own (D3137, D3141), or without a code (CODE NULL). */
asl_value asl_query_fail(asl_eval *e, const char *code, asl_value message);

/* ---- lists ---------------------------------------------------------------------- */

/* A sequence or array being built, on the C stack: asl_list l = { 0 }; */
typedef struct asl_list {
    asl_value *items; /* in a block of the region */
    uint32_t count, room;
    uint32_t depth; /* of the deepest item */
    uint32_t adds;  /* calls of asl_list_join whose value was not undefined */
    asl_value only; /* the first of these values, as it was; put among the items only when more comes */
    asl_value error; /* no memory, too deep: the list's end gives it.  (tag UNDEFINED: none) */
} asl_list;

/* Appends V as one item; undefined is left out. */
void asl_list_add(asl_eval *e, asl_list *l, asl_value v);
/* Appends the result V of one evaluation of a path's step: the elements of an array
 * that is not ASL_CONS, else V; undefined is left out (`adds` does not count it). */
void asl_list_join(asl_eval *e, asl_list *l, asl_value v);
/* V, if it is an array, without ASL_CONS: what stands for its elements, whoever made
 * it. */
ASL_INLINE asl_value asl_as_list(asl_value v)
{
    return asl__tag(v) == ASL_ARRAY ? asl_flagged(v, asl_flags(v) & ~(unsigned)ASL_CONS) : v;
}
/* Appends V as an array constructor has it ($append): the elements of any array,
 * else V. */
static inline void asl_list_append(asl_eval *e, asl_list *l, asl_value v)
{
    asl_list_join(e, l, asl_as_list(v));
}
/* The standing value behind a step whose results were joined: with one result that
 * very value (wrapped if it is ASL_CONS and not LAST), with more the flattened
 * sequence.  LAST: the step is the path's last, then a single result that is an
 * array without ASL_SEQUENCE is the result itself. */
asl_value asl_list_step(asl_eval *e, asl_list *l, bool last);
/* V, the one result of a path's first step, as asl_list_step gives it. */
asl_value asl__stand_array(asl_eval *e, asl_value v, bool last);
ASL_INLINE asl_value asl_stand(asl_eval *e, asl_value v, bool last)
{
    return asl__tag(v) == ASL_ARRAY ? asl__stand_array(e, v, last) : v;
}
/* The standing value of the one item V, undefined as well; of each item of the
 * context V. */
asl_value asl_alone(asl_eval *e, asl_value v);
asl_value asl_each_alone(asl_eval *e, asl_value v);
/* The context V where a path begins with an array constructor: a sequence of V, which an array
 * is already. */
asl_value asl_as_sequence(asl_eval *e, asl_value v);
/* The sequence of the items: ASL_SEQUENCE | FLAGS, of any length, zero included
 * (asl_unwrap makes it a result). */
asl_value asl_list_sequence(asl_eval *e, asl_list *l, unsigned flags);
/* The array of the items, with FLAGS (array constructor). */
asl_value asl_list_array(asl_eval *e, asl_list *l, unsigned flags);

/* The rule at the end of every node (jsonata.md 5): a sequence of none is undefined,
 * of one its element unless ASL_KEEP; all else as it is. */
asl_value asl__unwrap_slow(asl_value v);
ASL_INLINE asl_value asl_unwrap(asl_value v)
{
    return (asl_flags(v) & (ASL_SEQUENCE | ASL_TUPLES)) == ASL_SEQUENCE ? asl__unwrap_slow(v) : v;
}
/* The same of a node marked `[]`: ASL_KEEP is set on a sequence first. */
asl_value asl_unwrap_keep(asl_value v);
/* The end of a path with `[]` in a step (keepSingletonArray): V becomes a sequence
 * with ASL_KEEP; what is no array is put into one; undefined stays.  Then as
 * asl_unwrap. */
asl_value asl_keep(asl_eval *e, asl_value v);

/* The items that V stands for: `for (i = 0; i < asl_items(&v, &items); i++) ...
 * items[i]`.  *V must live as long.  An array that is not ASL_CONS: its elements;
 * undefined: none; else V alone. */
ASL_INLINE uint32_t asl_items(const asl_value *v, const asl_value **items)
{
    if (asl__tag(*v) == ASL_ARRAY && !(asl_flags(*v) & ASL_CONS)) {
        *items = asl__items(*v);
        return asl__count(*v);
    }
    *items = v;
    return asl__tag(*v) != ASL_UNDEFINED;
}

/* The items of a context or of what a predicate is applied to: an array's elements,
 * whatever its flags; else V itself, undefined as well. */
ASL_INLINE uint32_t asl_each(const asl_value *v, const asl_value **items)
{
    if (asl__tag(*v) == ASL_ARRAY) {
        *items = asl__items(*v);
        return asl__count(*v);
    }
    *items = v;
    return 1;
}
ASL_INLINE bool asl_has_each(asl_value v) { return asl__tag(v) != ASL_ARRAY || asl__count(v) > 0; }
/* The same, but one undefined item for an empty array (groups). */
ASL_INLINE uint32_t asl_each_or_none(const asl_value *v, const asl_value **items)
{
    static const asl_value none;
    uint32_t n = asl_each(v, items);

    if (n == 0)
        *items = &none;
    return n ? n : 1;
}
/* What a path that begins with the array constructor FIRST gives: that itself where it is an
 * empty array or string, else V. */
ASL_INLINE asl_value asl_stopped(asl_value first, asl_value v)
{
    const asl_value none = asl_str("");

    if (asl__tag(first) == ASL_ARRAY)
        return asl__count(first) == 0 ? first : v;
    return first.u.word.head == none.u.word.head && first.u.word.body == none.u.word.body ? first
                                                                                          : v;
}
/* V without array flags. */
ASL_INLINE asl_value asl_plain(asl_value v)
{
    return asl__tag(v) == ASL_ARRAY ? asl_flagged(v, 0) : v;
}
/* The array V; where it is none (a block, or a predicate has left one element), as the
 * reference has it, the characters of a string and nothing of anything else. */
asl_value asl_elements(asl_eval *e, asl_value v);

/* ---- steps ---------------------------------------------------------------------- */

/* The standing value behind a step that has been evaluated once, with the result V:
 * such a sequence loses its flags, since a path makes a new one. */
asl_value asl__one_flagged(asl_value v);
ASL_INLINE asl_value asl__one_result(asl_value v)
{
    return asl_flags(v) ? asl__one_flagged(v) : v;
}

/* The step NAME on what V stands for; the standing value behind it. */
asl_value asl__step_slow(asl_region *region, uint64_t head, uint64_t body, uint64_t key_head, uint64_t key_body);
ASL_INLINE asl_value asl_field(asl_region *region, asl_value v, asl_value key)
{
    const uint64_t few = UINT64_C(0xFFFFFFF0) << ASL__AT_COUNT | UINT64_C(0xFF) << ASL__AT_TAG;

    if ((v.u.word.head & few) != (uint64_t)ASL_OBJECT << ASL__AT_TAG ||
        asl__tag(key) != ASL_SHORT)
        return asl__step_slow(region, v.u.word.head, v.u.word.body, key.u.word.head,
                              key.u.word.body);
    const asl_member *m = asl__members(v), *end = asl__members_end(v);
    for (; m != end; m++)
        if (m->key.u.word.head == key.u.word.head &&
            m->key.u.word.body == key.u.word.body)
            return asl__one_result(m->value);
    return asl_undefined();
}
#define asl_get_field(region, v, literal) asl_field(region, v, asl_str(literal))

/* The name KEY evaluated once with the context C (fn.lookup): an object's member; of
 * an array the lookups in its elements, arrays among them flattened, as a sequence
 * (not unwrapped). */
asl_value asl_lookup_in(asl_eval *e, asl_value c, asl_value key);
/* `*` and `**` evaluated once with the context C: sequences, not unwrapped. */
asl_value asl_wildcard(asl_eval *e, asl_value c);
asl_value asl_descendants(asl_eval *e, asl_value c);

/* Whether item INDEX of COUNT stays, its predicate being COND; ADDS it to L (once
 * for each number that is its index). */
void asl_list_filter(asl_eval *e, asl_list *l, asl_value item, uint32_t index, uint32_t count, asl_value cond);
/* The predicate [NUMBER] on V as evaluateFilter has it: the item (an array item is
 * the result itself), as a sequence or that array; V not an array counts as a list
 * of one. */
asl_value asl_pick(asl_eval *e, asl_value v, double number);
/* The items of V (asl_each) that stay, the predicate being COND for each of them: a
 * sequence. */
asl_value asl_pick_all(asl_eval *e, asl_value v, asl_value cond);

/* What a plain object constructor or group sees as its context when its keys are
 * literals: C no array: C; [] undefined; [x] x; else all items appended ($append) to
 * each other. */
asl_value asl_group_context(asl_eval *e, asl_value c);
/* The object of those VALUES that are not undefined; the keys are distinct. */
asl_value asl_object_with(asl_eval *e, uint32_t count, const asl_value *keys, const asl_value *values);

/* Group-by with computed keys.  asl_groups g = { 0 };  for each item and pair:
 * asl_group_add; then for i < asl_group_count(&g): the pair and its context;
 * asl_group_set; asl_group_end. */
typedef struct asl_groups {
    struct asl__group *groups; /* in order of first occurrence */
    uint32_t count, room;
    void *index;
} asl_groups;
/* KEY undefined: nothing.  An error (T1003, D1009, memory) or undefined. */
asl_value asl_group_add(asl_eval *e, asl_groups *g, uint32_t pair, asl_value key, asl_value item);
/* A row as the ITEM: asl_group_items gives the rows (ASL_TUPLES) of a group, one or
 * more. */
ASL_INLINE asl_value asl_row_item(asl_value row)
{
    return asl_flagged(row, ASL_CONS | ASL_TUPLES);
}
static inline uint32_t asl_group_count(const asl_groups *g) { return g->count; }
uint32_t asl_group_pair(const asl_groups *g, uint32_t i);
asl_value asl_group_items(const asl_groups *g, uint32_t i); /* the item, or their array by $append */
void asl_group_set(asl_groups *g, uint32_t i, asl_value v);
asl_value asl_group_end(asl_eval *e, asl_groups *g);

/* Order-by: the items V stands for, sorted; KEYS has NTERMS values for each item, in
 * order (none at all where there are fewer than two items); DESCENDING a bit for
 * each term.  An array; a sequence where there are fewer than two, or with V's ASL_TUPLES.
 * T2007, T2008. */
asl_value asl_order(asl_eval *e, asl_value v, uint32_t nterms, uint32_t descending, asl_list *keys);
/* Appends the key V of one term, undefined as well. */
void asl_list_key(asl_eval *e, asl_list *l, asl_value v);

/* Rows (tuple streams) of COLUMNS columns.  A column that is not set holds ASL_UNSET. */
/* The rows for the items V stands for, column 0 each of them. */
asl_value asl_rows(asl_eval *e, asl_value v, uint32_t columns);
/* A row like ROW with column COLUMN set to V. */
asl_value asl_row_with(asl_eval *e, asl_value row, uint32_t column, asl_value v);
/* A row like ROW with all columns that OTHER has set. */
asl_value asl_row_merge(asl_eval *e, asl_value row, asl_value other);
/* ROWS with column COLUMN set to their numbers, from 0; a row that is there twice has one. */
asl_value asl_rows_number(asl_value rows, uint32_t column);
/* ROWS, or one row of nothing where there are none (groups). */
asl_value asl_rows_or_none(asl_eval *e, asl_value rows, uint32_t columns);
/* Column 0 of all ROWS: a sequence. */
asl_value asl_rows_contexts(asl_eval *e, asl_value rows);
/* The rows of one group as one row: each column the item or all of them ($append).  A row that
 * is alone loses its context by that, as in the reference: the next group has none of it. */
asl_value asl_rows_reduce(asl_eval *e, asl_value rows, uint32_t columns);

/* ---- operators ------------------------------------------------------------------- */

/* All numbers are doubles, as the reference has them; integers below 2^53 in size
 * are exact in either form.  OP is one of + - * / %. */
asl_value asl__arithmetic(asl_eval *e, unsigned op, asl_value a, asl_value b);

static inline bool asl__are_integers(asl_value a, asl_value b)
{
    return asl__tag(a) == ASL_INTEGER && asl__tag(b) == ASL_INTEGER;
}
/* Whether I and J are below 2^53 in size. */
static inline bool asl__are_small(int64_t i, int64_t j)
{
    return (((i ^ (i >> 63)) | (j ^ (j >> 63))) >> 53) == 0;
}
ASL_INLINE asl_value asl_add(asl_eval *e, asl_value a, asl_value b)
{
    int64_t i = (int64_t)a.u.word.body, j = (int64_t)b.u.word.body;

    if (asl__are_integers(a, b) && asl__are_small(i, j) && asl__are_small(i + j, 0))
        return asl_integer(i + j);
    return asl__arithmetic(e, '+', a, b);
}
ASL_INLINE asl_value asl_subtract(asl_eval *e, asl_value a, asl_value b)
{
    int64_t i = (int64_t)a.u.word.body, j = (int64_t)b.u.word.body;

    if (asl__are_integers(a, b) && asl__are_small(i, j) && asl__are_small(i - j, 0))
        return asl_integer(i - j);
    return asl__arithmetic(e, '-', a, b);
}
ASL_INLINE asl_value asl_multiply(asl_eval *e, asl_value a, asl_value b)
{
    const int64_t most = INT64_C(1) << 26;
    int64_t i = (int64_t)a.u.word.body, j = (int64_t)b.u.word.body;

    if (asl__are_integers(a, b) && i < most && i > -most && j < most && j > -most)
        return asl_integer(i * j);
    return asl__arithmetic(e, '*', a, b);
}
asl_value asl_divide(asl_eval *e, asl_value a, asl_value b);
asl_value asl_modulo(asl_eval *e, asl_value a, asl_value b);
asl_value asl_negate(asl_eval *e, asl_value a);
asl_value asl_concat(asl_eval *e, asl_value a, asl_value b); /* & */

/* =: false where either is undefined.  Neither may be an error. */
bool asl__equals_slow(asl_value a, asl_value b);
ASL_INLINE bool asl_equals(asl_value a, asl_value b)
{
    if (asl__tag(b) == ASL_SHORT || asl__are_integers(a, b)) /* one form only */
        return a.u.word.head == b.u.word.head && a.u.word.body == b.u.word.body;
    return asl__equals_slow(a, b);
}
/* !=: the same */
ASL_INLINE bool asl_differs(asl_value a, asl_value b)
{
    return asl__tag(a) != ASL_UNDEFINED && asl__tag(b) != ASL_UNDEFINED && !asl_equals(a, b);
}

/* true, false, undefined, T2009, T2010.  OP is < > or, for <= >=, l g. */
asl_value asl__compare(asl_eval *e, unsigned op, asl_value a, asl_value b);
ASL_INLINE asl_value asl_less(asl_eval *e, asl_value a, asl_value b)
{
    if (asl__are_integers(a, b))
        return asl_boolean((int64_t)a.u.word.body < (int64_t)b.u.word.body);
    return asl__compare(e, '<', a, b);
}
ASL_INLINE asl_value asl_less_equal(asl_eval *e, asl_value a, asl_value b)
{
    if (asl__are_integers(a, b))
        return asl_boolean((int64_t)a.u.word.body <= (int64_t)b.u.word.body);
    return asl__compare(e, 'l', a, b);
}
ASL_INLINE asl_value asl_greater(asl_eval *e, asl_value a, asl_value b)
{
    if (asl__are_integers(a, b))
        return asl_boolean((int64_t)a.u.word.body > (int64_t)b.u.word.body);
    return asl__compare(e, '>', a, b);
}
ASL_INLINE asl_value asl_greater_equal(asl_eval *e, asl_value a, asl_value b)
{
    if (asl__are_integers(a, b))
        return asl_boolean((int64_t)a.u.word.body >= (int64_t)b.u.word.body);
    return asl__compare(e, 'g', a, b);
}
asl_value asl_in(asl_eval *e, asl_value a, asl_value b); /* by identity */
asl_value asl_range(asl_eval *e, asl_value a, asl_value b); /* as a sequence, never unwrapped */
/* The boolean cast as C's truth, undefined false; above ASL_TRUTH an infinity has been cast,
 * which is asl_infinite(). */
enum { ASL_TRUTH = 1 };
unsigned asl__truth_slow(asl_value v);
ASL_INLINE unsigned asl_truth(asl_value v)
{
    if (asl__tag(v) > ASL_TRUE)
        return asl__truth_slow(v);
    return asl__tag(v) == ASL_TRUE;
}
asl_value asl_infinite(asl_eval *e); /* D1001 */

/* A regex literal: constant but for what is compiled on first use. */
typedef struct asl_query_regex {
    const char *pattern; /* JavaScript's dialect */
    uint32_t len;
    bool ignore_case, multiline;
    void *compiled; /* atomic */
} asl_query_regex;

/* ---- functions ------------------------------------------------------------------- */

/* A built-in function: CONTEXT stands in for an argument marked `-` that is missing.
 * N arguments as given; it checks them against its signature (T0410, T0411, T0412). */
typedef asl_value asl_native(asl_eval *e, asl_value context, uint32_t n, const asl_value *args);
/* The body of a lambda: ARGS has as many values as it has parameters (missing ones
 * undefined). */
typedef asl_value asl_lambda_body(asl_eval *e, const asl_function *self, const asl_value *args);

struct asl_function {
    asl_native *native;    /* one of the two; both NULL: kind says */
    asl_lambda_body *body;
    uint8_t kind;          /* 0; ASL__PARTIAL, ASL__COMPOSED, ASL__MATCHER, ... (jsonata_call.c) */
    uint32_t arity;        /* parameters */
    const char *signature; /* of a lambda with one: "<n-n:n>"; else NULL */
    const char *name;      /* of a built-in, for messages: "uppercase"; else NULL */
    asl_value context;     /* lambda: `$` where it was made */
    asl_value *const *cells; /* lambda: variables it sees, by reference */
    const void *data;      /* by kind */
};

static inline asl_value asl_function_value(const asl_function *function)
{
    return asl__word(ASL_FUNCTION, (uint64_t)(uintptr_t)function);
}
static inline bool asl_is_function(asl_value v) { return asl__tag(v) == ASL_FUNCTION; }

/* A cell for a variable that a lambda sees, holding V; NULL without memory. */
asl_value *asl_cell(asl_eval *e, asl_value v);
static inline asl_value asl_unset(void) { return asl__word(ASL_UNSET, 0); }
static inline bool asl_is_unset(asl_value v) { return asl__tag(v) == ASL_UNSET; }
/* The lambda BODY; CELLS (NCELLS of them) are copied. */
asl_value asl_lambda(asl_eval *e, asl_lambda_body *body, uint32_t arity, const char *signature, asl_value context,
                     uint32_t ncells, asl_value *const *cells);
/* FUNCTION called with ARGS; tail calls are run here.  NAME: of the variable that
 * was called, for T1005/T1006 where FUNCTION is none (NULL: no name known).  U1001
 * beyond the limits of depth and time. */
asl_value asl_apply(asl_eval *e, asl_value function, asl_value context, uint32_t n, const asl_value *args);
/* T1006, or T1005 (Did you mean $NAME?) where BUILT_IN: a bare name was called that
 * is a function's. */
asl_value asl_not_a_function(asl_eval *e, const char *name, bool built_in);
/* T1008, or T1007 where BUILT_IN: the same of a partial application. */
asl_value asl_not_a_function_partly(asl_eval *e, const char *name, bool built_in);
/* The same from a tail position of a lambda: the caller of that lambda runs it. */
asl_value asl_tail_call(asl_eval *e, asl_value function, asl_value context, uint32_t n, const asl_value *args);
/* `f(?, x)`: ARGS of tag ASL_UNSET are the places. */
asl_value asl_partial(asl_eval *e, asl_value function, uint32_t n, const asl_value *args);
/* `a ~> b` where b is no call: composition or b(a); T2006. */
asl_value asl_chain(asl_eval *e, asl_value a, asl_value b, asl_value context);
/* A regex literal as a function. */
asl_value asl_matcher(asl_eval *e, const asl_query_regex *regex);
/* `|pattern|update, delete|`: the function.  MATCHES gives the sequence in its
 * argument, UPDATE and REMOVE (may be NULL) are evaluated for each match. */
asl_value asl_transform(asl_eval *e, asl_lambda_body *matches, asl_lambda_body *update, asl_lambda_body *remove,
                        asl_value context, uint32_t ncells, asl_value *const *cells);

/* The built-in functions: `asl_value asl_fn_NAME(asl_eval *, asl_value context,
 * uint32_t n, const asl_value *args)` and, for those used as values, `extern const
 * asl_function asl_fv_NAME`. */
#define ASL_FN(name, arity, signature, module)                                        \
    asl_native asl_fn_##name;                                                          \
    extern const asl_function asl_fv_##name;
#include <aslrt/functions.def>
#undef ASL_FN

#ifdef __cplusplus
}
#endif

#endif
