/* What emitted C computes with in JSONPath states: paths, filters, Choice comparisons,
 * intrinsic functions, ResultPath, and the errors of all these.  Values: value.h.
 *
 * The compiler turns every expression into calls of these operations; nothing parses an
 * expression at run time.  ops.def lists them with their arity and link module.
 *
 * Two values mean that there is no result:
 *   undefined   the path found nothing: whoever wanted a value raises the error of its
 *               place (asl_path_missing, asl_template_missing, asl_choice_missing, ...)
 *   an error    the path could not be evaluated (a function on what it does not take, a
 *               filter on a scalar, no memory): raise it as it is
 * Every operation passes both on, so calls can nest without tests between them.
 *
 *
 * How a path becomes C
 * --------------------
 *
 * A path of the tree (compiler/expr.h) is walked step by step with one C expression V in
 * hand, which is a VALUE before the first indefinite step and a LIST (array of nodes)
 * behind it.  V starts as the root's value: $ the current data, $$ the context object,
 * $name the variable (undefined when unset), @ the node at hand.
 *
 *   step                 V is a value                          V is a list
 *   NAME                 asl_member_of(V, key)                 asl_path_member(r, V, key, q)
 *   INDEX                asl_element(V, n)                     asl_path_index(r, V, n)
 *   NAMES, last step     asl_members_of(r, V, n, keys, q)      asl_path_merge(r, V, n, keys, q)
 *   NAMES, more follow   to list (OBJECT), then as a list      asl_path_names(r, V, n, keys, q)
 *   INDEXES              to list (ARRAY), then as a list       asl_path_indexes(r, V, n, indexes)
 *   SLICE                to list (ARRAY), then as a list       asl_path_slice(r, V, from, to)
 *   WILDCARD             asl_path_elements(r, V), a list       asl_path_each(r, V)
 *   FILTER               to list (FILTER), then as a list      asl_path_filter(r, V, fn, root)
 *   DESCEND + selector   to list (ANY), then as a list         asl_path_descend_...(below)
 *   FUNCTION             asl_path_function(r, V, id, n, args)  asl_path_apply(r, V, id, n, args)
 *
 * "to list" is asl_path_list(r, V, ASL_NEED_x): from there on V is a list.  At the end the
 * list is the (indefinite) path's result; outside of filters it goes through
 * asl_matches(V), since Step Functions gives [] where Jayway finds nothing to begin
 * with (recorded.md 20).  NAMES as the last step keeps a value a value.  q is false but in
 * an existence test (see filters).
 *
 * DESCEND is lowered together with the step behind it (`scanned`), and LEAF says whether
 * that one is the path's last.  Jayway has its own idea of what the selector means on the
 * arrays met on the way when more steps follow: it takes all their elements.
 *
 *   selector   leaf                                              more steps follow
 *   NAME       asl_path_descend_member(r, V, key, q)             the same
 *   NAMES      asl_path_descend_merge(r, V, n, keys, q)          asl_path_descend_names(...)
 *   WILDCARD   asl_path_descend_each(r, V)                       the same
 *   INDEX      asl_path_descend_index(r, V, n)                   asl_path_descend_elements(r, V)
 *   INDEXES    asl_path_descend_indexes(r, V, n, indexes)        asl_path_descend_elements(r, V)
 *   SLICE      asl_path_descend_slice(r, V, from, to)            asl_path_descend_elements(r, V)
 *   FILTER     asl_path_descend_filter(r, V, fn, root, true)     ... false)
 *   FUNCTION   asl_array() (Jayway finds nothing there)          the same
 *
 * Examples ($ is f->input, r is &f->region, K1.. constant strings):
 *
 *   $.a.b[-1]         asl_element(asl_member_of(asl_member_of($, K1), K2), -1)
 *   $['a','b']        asl_members_of(r, $, 2, (const asl_value[]){ K1, K2 }, false)
 *   $.a[*].b          asl_path_member(r, asl_path_elements(r, asl_member_of($, K1)), K2, false)
 *   $.a[1:]           asl_path_slice(r, asl_path_list(r, asl_member_of($, K1),
 *                         ASL_NEED_ARRAY), 1, ASL_SLICE_END)
 *   $.a[0,2]          asl_path_indexes(r, asl_path_list(r, ..., ASL_NEED_ARRAY), 2,
 *                         (const int32_t[]){ 0, 2 })
 *   $..b              asl_path_descend_member(r, asl_path_list(r, $, ASL_NEED_ANY), K2, false)
 *   $.a.length()      asl_path_function(r, asl_member_of($, K1), ASL_PATH_LENGTH, 0, NULL)
 *   $.a[?(@.p < 10)]  asl_path_filter(r, asl_path_list(r, asl_member_of($, K1),
 *                         ASL_NEED_FILTER), name__filter1, $)
 *
 * Arguments of a path function are values: a path (rooted at $ or @, both mean the whole
 * $) is lowered as above, JSON is a constant.  Where a path argument is undefined the
 * function gives undefined.
 *
 *
 * How a filter becomes C
 * ----------------------
 *
 *   static bool name__filter1(asl_filter *f, asl_value at)
 *   {
 *       return asl_filter_less(f, asl_member_of(at, K1), asl_integer(10)) &&
 *              !asl_filter_exists(f, asl_member_of(at, K2));
 *   }
 *
 * Inside, r is f->region, $ is f->root, @ is at.  && || ! are C's own: a condition that
 * cannot be judged marks F (failure, rejected) and gives false; asl_path_filter looks at
 * the marks after each call.
 *
 *   OR AND NOT           || && ! with parentheses
 *   EXISTS path          asl_filter_exists(f, V), V lowered with q = true
 *   ABSENT path          !asl_filter_exists(f, V), V lowered with q = true
 *   == !=                asl_filter_equal(f, a, b), asl_filter_unequal
 *   === !==              asl_filter_same, asl_filter_not_same
 *   < <= > >=            asl_filter_less, _less_equal, _greater, _greater_equal
 *   =~                   asl_filter_matches(f, a, b, &regex): the operand that is the
 *                        regular expression is passed as undefined
 *   in nin               asl_filter_in(f, a, b), asl_filter_not_in
 *   contains             asl_filter_contains
 *   subsetof anyof noneof        asl_filter_subset_of, _any_of, _none_of
 *   size empty type      asl_filter_size, asl_filter_empty, asl_filter_type
 *
 * Operands: a path is lowered (q = false); STRING, NUMBER, BOOLEAN, NULL, JSON are
 * constants; UNDEFINED is asl_undefined(); a REGEX outside =~ is asl_undefined().
 */
#ifndef ASLRT_OPS_H
#define ASLRT_OPS_H

#include <aslrt/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- paths: values ------------------------------------------------------------ */

/* Element INDEX of an array, from its end when negative; undefined when V is no array or
 * has none there; an error value passes. */
ASL_INLINE asl_value asl_element(asl_value v, int32_t index)
{
    if (asl__tag(v) != ASL_ARRAY)
        return asl_is_error(v) ? v : asl_undefined();
    int64_t at = index < 0 ? (int64_t)index + asl__count(v) : index;
    return at < 0 || at >= (int64_t)asl__count(v) ? asl_undefined()
                                                  : asl__items(v)[at];
}
/* An object of the members of V whose names are among the COUNT ones at KEYS; undefined
 * when V is no object or, if REQUIRED, lacks one. */
asl_value asl_members_of(asl_region *region, asl_value v, uint32_t count,
                         const asl_value *keys, bool required);

/* ---- paths: lists ------------------------------------------------------------- */

/* What the first indefinite step asks of the value before it. */
enum asl_path_need {
    ASL_NEED_ANY,    /* DESCEND */
    ASL_NEED_OBJECT, /* NAMES */
    ASL_NEED_ARRAY,  /* SLICE, INDEXES */
    ASL_NEED_FILTER  /* FILTER: a scalar is an error */
};

/* The list of the one node V; undefined when it is not what is NEEDed. */
asl_value asl_path_list(asl_region *region, asl_value v, enum asl_path_need need);

/* What an indefinite path gives: LIST, or an empty one where the value that it should be
 * made of is missing (recorded.md 20). */
static inline asl_value asl_matches(asl_value list)
{
    return asl_is_undefined(list) ? asl_array() : list;
}

/* The nodes that a step selects from each node of LIST, in order.  REQUIRED: undefined as
 * soon as one object lacks a member (Jayway's REQUIRE_PROPERTIES). */
asl_value asl_path_member(asl_region *region, asl_value list, asl_value key,
                          bool required);
asl_value asl_path_index(asl_region *region, asl_value list, int32_t index);
asl_value asl_path_names(asl_region *region, asl_value list, uint32_t count,
                         const asl_value *keys, bool required);
asl_value asl_path_merge(asl_region *region, asl_value list, uint32_t count,
                         const asl_value *keys, bool required);
asl_value asl_path_indexes(asl_region *region, asl_value list, uint32_t count,
                           const int32_t *indexes);
asl_value asl_path_each(asl_region *region, asl_value list);
/* The list of V's elements or members; those of an array are one as they stand. */
ASL_INLINE asl_value asl_path_elements(asl_region *region, asl_value v)
{
    return asl_is_array(v) ? v : asl_path_each(region, asl_path_list(region, v, ASL_NEED_ANY));
}

/* A slice's bound that is not given. */
#define ASL_SLICE_START INT32_MIN
#define ASL_SLICE_END INT32_MAX
asl_value asl_path_slice(asl_region *region, asl_value list, int32_t from, int32_t to);

typedef struct asl_filter asl_filter;
typedef bool asl_filter_fn(asl_filter *f, asl_value at);
asl_value asl_path_filter(asl_region *region, asl_value list, asl_filter_fn *fn,
                          asl_value root);

/* `..`: each node of LIST and all that is in it, parents first. */
asl_value asl_path_descend_member(asl_region *region, asl_value list, asl_value key,
                                  bool required);
asl_value asl_path_descend_names(asl_region *region, asl_value list, uint32_t count,
                                 const asl_value *keys, bool required);
asl_value asl_path_descend_merge(asl_region *region, asl_value list, uint32_t count,
                                 const asl_value *keys, bool required);
asl_value asl_path_descend_each(asl_region *region, asl_value list);
asl_value asl_path_descend_elements(asl_region *region, asl_value list);
asl_value asl_path_descend_index(asl_region *region, asl_value list, int32_t index);
asl_value asl_path_descend_indexes(asl_region *region, asl_value list, uint32_t count,
                                   const int32_t *indexes);
asl_value asl_path_descend_slice(asl_region *region, asl_value list, int32_t from,
                                 int32_t to);
asl_value asl_path_descend_filter(asl_region *region, asl_value list, asl_filter_fn *fn,
                                  asl_value root, bool leaf);

/* Functions, in the order of enum path_function of the compiler. */
enum asl_path_function {
    ASL_PATH_MIN,
    ASL_PATH_MAX,
    ASL_PATH_AVG,
    ASL_PATH_STDDEV,
    ASL_PATH_SUM,
    ASL_PATH_LENGTH,
    ASL_PATH_KEYS,
    ASL_PATH_FIRST,
    ASL_PATH_LAST,
    ASL_PATH_INDEX,
    ASL_PATH_APPEND,
    ASL_PATH_CONCAT,
    ASL_PATH_UNKNOWN /* an error */
};

/* FUNCTION of V with COUNT arguments. */
asl_value asl_path_function(asl_region *region, asl_value v,
                            enum asl_path_function function, uint32_t count,
                            const asl_value *args);
/* The list of FUNCTION's results for each node of LIST. */
asl_value asl_path_apply(asl_region *region, asl_value list,
                         enum asl_path_function function, uint32_t count,
                         const asl_value *args);

/* ---- filters ------------------------------------------------------------------ */

/* What a filter function works with. */
struct asl_filter {
    asl_region *region;
    asl_value root;
    asl_value failure; /* undefined, or the error value a comparison has raised */
    bool rejected;     /* a comparison was not possible: the node is left out */
    void *regexes;     /* compiled regular expressions, for regex.c */
    void (*release)(void *regexes);
};

typedef struct asl_regex {
    const char *pattern; /* Java's dialect, UTF-8 */
    uint32_t len;
    const char *flags; /* as written: i d m s u x U */
} asl_regex;

bool asl_filter_exists(asl_filter *f, asl_value v);
bool asl_filter_equal(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_unequal(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_same(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_not_same(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_less(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_less_equal(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_greater(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_greater_equal(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_in(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_not_in(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_contains(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_subset_of(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_any_of(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_none_of(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_size(asl_filter *f, asl_value a, asl_value b);
bool asl_filter_empty(asl_filter *f, asl_value a, asl_value b);
/* type, matches, all: no literal is what they want, so the node is rejected. */
bool asl_filter_type(asl_filter *f, asl_value a, asl_value b);
/* Module regex.  Whichever of A and B is not undefined is matched, as a whole. */
bool asl_filter_matches(asl_filter *f, asl_value a, asl_value b,
                        const asl_regex *regex);

/* ---- paths: descriptions, errors, ResultPath ---------------------------------- */

enum asl_step_kind {
    ASL_STEP_NAME,  /* key */
    ASL_STEP_INDEX, /* index */
    ASL_STEP_OTHER  /* key: the step as Jayway prints it; ends the walk for Causes */
};

typedef struct asl_step {
    asl_value key;
    int32_t index;
    uint8_t kind; /* enum asl_step_kind */
} asl_step;

/* A path's description, constant data, for Causes and ResultPath.  TEXT is the path as
 * written, LEN bytes and a NUL.  The steps up to the first that is neither NAME nor INDEX
 * are enough. */
typedef struct asl_path {
    const char *text;
    uint32_t len;
    uint32_t count;
    const asl_step *steps;
} asl_path;

/* Why PATH finds nothing in ROOT, as an error: "Invalid path '$.a.b' : Missing property
 * in path $['a']" (InputPath, OutputPath, TimeoutSecondsPath, HeartbeatSecondsPath). */
asl_value asl_path_missing(asl_region *region, const asl_path *path, asl_value root);
/* "The JSONPath '$.x' specified for the field 'k.$' could not be found in the input
 * '...'": a template's member FIELD ("k.$"), ErrorPath, CausePath. */
asl_value asl_template_missing(asl_region *region, const char *path, const char *field,
                               asl_value input);
/* A Choice rule's Variable, or with OPERAND its ...Path, found nothing. */
asl_value asl_choice_missing(asl_region *region, const char *path, bool operand);
/* ItemsPath found nothing (States.ReferencePathConflict: Unable to apply step). */
asl_value asl_items_missing(asl_region *region, const asl_path *path, asl_value root);

/* ResultPath: RAW with VALUE put at PATH (names and indexes only); VALUE itself for `$`.
 * An error States.ReferencePathConflict where a step meets no object. */
asl_value asl_put_path_words(asl_region *region, uint64_t head, uint64_t body,
                             const asl_path *path, uint64_t value_head,
                             uint64_t value_body);
static inline asl_value asl_put_path(asl_region *region, asl_value raw,
                                     const asl_path *path, asl_value value)
{
    return asl_put_path_words(region, raw.u.word.head, raw.u.word.body, path,
                              value.u.word.head, value.u.word.body);
}

/* ---- Choice ------------------------------------------------------------------- */

/* V is the Variable's value, W the operand; false whatever the types if they do not fit. */
static inline bool asl_string_equals(asl_value v, asl_value w)
{
    return asl_is_string(w) && asl_same_text(v, w); /* what has W's head is a string too */
}
/* Many equalities of one kind: KEYS are strings or numbers, SLOTS an open hash table of
 * MASK + 1 numbers, from 1, of keys: by asl_text_key or asl_number_key, the next free slot
 * if it is taken.  Of equal keys the first stands first. */
typedef struct asl_lookup {
    uint32_t count, mask;
    const asl_value *keys;
    const uint32_t *slots;
} asl_lookup;
/* asl_find_text for what is no short string: the words of a value. */
int64_t asl_find_long_text(uint64_t head, uint64_t body, const asl_lookup *lookup);
/* The index of the first key that V is equal to, or -1. */
ASL_INLINE int64_t asl_find_text(asl_value v, const asl_lookup *lookup)
{
    if (asl__tag(v) != ASL_SHORT)
        return asl_find_long_text(v.u.word.head, v.u.word.body, lookup);
    for (uint32_t at = asl_text_key(v);; at++) {
        uint32_t number = lookup->slots[at & lookup->mask];
        const asl_value *key = &lookup->keys[number - 1];

        if (number == 0)
            return -1;
        if (key->u.word.head == v.u.word.head && key->u.word.body == v.u.word.body)
            return number - 1;
    }
}
int64_t asl_find_number(asl_value v, const asl_lookup *lookup);

bool asl_string_less_than(asl_value v, asl_value w);
bool asl_string_greater_than(asl_value v, asl_value w);
bool asl_string_less_than_equals(asl_value v, asl_value w);
bool asl_string_greater_than_equals(asl_value v, asl_value w);
/* PATTERN is a string: `*` any run, `\*` and `\\` a star and a backslash. */
bool asl_string_matches(asl_value v, asl_value pattern);
/* Whether PATTERN has no other escapes; if it has, evaluating the rule raises
 * asl_pattern_error. */
bool asl_string_pattern_valid(asl_value pattern);
asl_value asl_pattern_error(asl_region *region, asl_value pattern);

/* The order of two numbers: -1, 0, 1; 2 if one is none (or NaN). */
int asl_numeric_order(asl_value v, asl_value w);
static inline bool asl__integers(asl_value v, asl_value w)
{
    return asl__tag(v) == ASL_INTEGER && asl__tag(w) == ASL_INTEGER;
}
ASL_INLINE bool asl_numeric_equals(asl_value v, asl_value w)
{
    return asl__integers(v, w) ? v.u.word.body == w.u.word.body
                               : asl_numeric_order(v, w) == 0;
}
ASL_INLINE bool asl_numeric_less_than(asl_value v, asl_value w)
{
    return asl__integers(v, w) ? (int64_t)v.u.word.body < (int64_t)w.u.word.body
                               : asl_numeric_order(v, w) == -1;
}
ASL_INLINE bool asl_numeric_greater_than(asl_value v, asl_value w)
{
    return asl__integers(v, w) ? (int64_t)v.u.word.body > (int64_t)w.u.word.body
                               : asl_numeric_order(v, w) == 1;
}
ASL_INLINE bool asl_numeric_less_than_equals(asl_value v, asl_value w)
{
    return asl__integers(v, w) ? (int64_t)v.u.word.body <= (int64_t)w.u.word.body
                               : (unsigned)asl_numeric_order(v, w) + 1 <= 1; /* not 2 */
}
ASL_INLINE bool asl_numeric_greater_than_equals(asl_value v, asl_value w)
{
    return asl__integers(v, w) ? (int64_t)v.u.word.body >= (int64_t)w.u.word.body
                               : (unsigned)asl_numeric_order(v, w) <= 1;
}

bool asl_boolean_equals(asl_value v, asl_value w);

bool asl_timestamp_equals(asl_value v, asl_value w);
bool asl_timestamp_less_than(asl_value v, asl_value w);
bool asl_timestamp_greater_than(asl_value v, asl_value w);
bool asl_timestamp_less_than_equals(asl_value v, asl_value w);
bool asl_timestamp_greater_than_equals(asl_value v, asl_value w);
/* -1, 0, 1: V before, at, after the instant; 2 if V is no timestamp.  For literals. */
int asl_timestamp_order_at(asl_value v, int64_t seconds, uint32_t nanoseconds);
static inline bool asl_timestamp_is_at(asl_value v, int64_t seconds,
                                       uint32_t nanoseconds)
{
    return asl_timestamp_order_at(v, seconds, nanoseconds) == 0;
}
static inline bool asl_timestamp_is_before(asl_value v, int64_t seconds,
                                           uint32_t nanoseconds)
{
    return asl_timestamp_order_at(v, seconds, nanoseconds) == -1;
}
static inline bool asl_timestamp_is_after(asl_value v, int64_t seconds,
                                          uint32_t nanoseconds)
{
    return asl_timestamp_order_at(v, seconds, nanoseconds) == 1;
}
static inline bool asl_timestamp_is_until(asl_value v, int64_t seconds,
                                          uint32_t nanoseconds)
{
    return asl_timestamp_order_at(v, seconds, nanoseconds) <= 0;
}
static inline bool asl_timestamp_is_since(asl_value v, int64_t seconds,
                                          uint32_t nanoseconds)
{
    int order = asl_timestamp_order_at(v, seconds, nanoseconds);

    return order == 0 || order == 1;
}

static inline bool asl_is_present(asl_value v)
{
    return !asl_is_undefined(v);
}
/* IsNull, IsBoolean, IsNumeric, IsString: asl_is_null, asl_is_boolean, asl_is_number,
 * asl_is_string of value.h; compare with the operand.  IsTimestamp: */
bool asl_is_timestamp(asl_value v);

/* ---- random numbers ----------------------------------------------------------- */

/* A source of random numbers, owned by whoever runs an execution. */
typedef struct asl_random {
    uint64_t state[4];
} asl_random;

void asl_random_seed(asl_random *random, uint64_t seed);
uint64_t asl_random_next(asl_random *random);
/* A number in [0,1). */
double asl_random_double(asl_random *random);
/* A number below LIMIT, LIMIT > 0, all alike likely. */
uint64_t asl_random_below(asl_random *random, uint64_t limit);

/* ---- intrinsic functions ------------------------------------------------------ */

/* Each takes COUNT arguments, none undefined (the emitted code has seen to that with
 * asl_intrinsic_missing); an error among them passes.  Wrong arguments give an error whose
 * Cause is only the detail ("Invalid arguments in States.ArrayLength"): the emitted code
 * wraps the outermost call:
 *
 *   asl_value v1 = asl_intrinsic_array_length(r, 1, (const asl_value[]){ v0 });
 *   if (asl_is_error(v1))
 *       return asl_raise(f, asl_intrinsic_error(r, v1, "States.ArrayLength($.a)"));
 *
 * States.Format with a literal template is asl_intrinsic_join of what its text is made of:
 * the pieces between the {}, escapes resolved, and the arguments. */
asl_value asl_intrinsic_format(asl_region *region, uint32_t count,
                               const asl_value *args);
asl_value asl_intrinsic_join(asl_region *region, uint32_t count, const asl_value *parts);
asl_value asl_intrinsic_string_to_json(asl_region *region, uint32_t count,
                                       const asl_value *args);
asl_value asl_intrinsic_json_to_string(asl_region *region, uint32_t count,
                                       const asl_value *args);
asl_value asl_intrinsic_array(asl_region *region, uint32_t count,
                              const asl_value *args);
asl_value asl_intrinsic_array_partition(asl_region *region, uint32_t count,
                                        const asl_value *args);
asl_value asl_intrinsic_array_contains(asl_region *region, uint32_t count,
                                       const asl_value *args);
asl_value asl_intrinsic_array_range(asl_region *region, uint32_t count,
                                    const asl_value *args);
asl_value asl_intrinsic_array_get_item(asl_region *region, uint32_t count,
                                       const asl_value *args);
asl_value asl_intrinsic_array_length_any(asl_region *region, uint32_t count,
                                         const asl_value *args);
ASL_INLINE asl_value asl_intrinsic_array_length(asl_region *region, uint32_t count,
                                                const asl_value *args)
{
    asl_value rare[1]; /* only this is ever in memory */

    if (count != 1)
        return asl_intrinsic_array_length_any(region, count, args);
    if (asl_is_array(args[0]))
        return asl_integer(asl__count(args[0]));
    asl__store(&rare[0], args[0]);
    return asl_intrinsic_array_length_any(region, 1, rare);
}
asl_value asl_intrinsic_array_unique(asl_region *region, uint32_t count,
                                     const asl_value *args);
asl_value asl_intrinsic_base64_encode(asl_region *region, uint32_t count,
                                      const asl_value *args);
asl_value asl_intrinsic_base64_decode(asl_region *region, uint32_t count,
                                      const asl_value *args);
asl_value asl_intrinsic_hash(asl_region *region, uint32_t count, const asl_value *args);
asl_value asl_intrinsic_json_merge(asl_region *region, uint32_t count,
                                   const asl_value *args);
asl_value asl_intrinsic_math_add_any(asl_region *region, uint32_t count,
                                     const asl_value *args);
ASL_INLINE asl_value asl_intrinsic_math_add(asl_region *region, uint32_t count,
                                            const asl_value *args)
{
    asl_value rare[2]; /* only these are ever in memory */
    int64_t sum;

    if (count != 2)
        return asl_intrinsic_math_add_any(region, count, args);
    if (asl__tag(args[0]) == ASL_INTEGER && asl__tag(args[1]) == ASL_INTEGER &&
        !__builtin_add_overflow((int64_t)args[0].u.word.body,
                                (int64_t)args[1].u.word.body, &sum))
        return asl_integer(sum);
    asl__store(&rare[0], args[0]);
    asl__store(&rare[1], args[1]);
    return asl_intrinsic_math_add_any(region, 2, rare);
}
asl_value asl_intrinsic_string_split(asl_region *region, uint32_t count,
                                     const asl_value *args);
asl_value asl_intrinsic_math_random(asl_region *region, asl_random *random,
                                    uint32_t count, const asl_value *args);
asl_value asl_intrinsic_uuid(asl_region *region, asl_random *random, uint32_t count,
                             const asl_value *args);

/* ERROR of an intrinsic with the whole expression's text (terminated) before its Cause;
 * one that has it already (asl_intrinsic_missing) or is no States.Runtime stays. */
asl_value asl_intrinsic_error(asl_region *region, asl_value error, const char *whole);
/* The argument PATH of the expression WHOLE found nothing in INPUT. */
asl_value asl_intrinsic_missing(asl_region *region, const char *whole, const char *path,
                                asl_value input);

#ifdef __cplusplus
}
#endif
#endif
