/* Order-by: a stable merge sort over keys that have been computed before.
 *
 * Which two items are compared decides which errors there are, so keys of any kind are
 * sorted as the reference implementation does it: halves, then one merge.  A single key
 * that is a number or a string everywhere has no errors; its items are sorted by a 64-bit
 * integer that orders like the number, or like the first bytes of the string.
 */
#include "../value/base.h"

#include "query.h"

#include "../value/container.h"

#include <math.h>

struct entry {
    int64_t key;
    uint32_t item;
};

struct order {
    asl_eval *e;
    const asl_value *keys; /* NTERMS for each item */
    uint32_t nterms;
    uint32_t descending; /* a bit for each term */
    asl_value error;
    /* Merges the sorted LEFT and RIGHT, which ends at END, to OUT. */
    void (*merge)(struct order *o, const struct entry *left, const struct entry *right,
                  const struct entry *end, struct entry *out);
};

/* ---- merging ------------------------------------------------------------------------- */

static void copy_entries(struct entry *out, const struct entry *from,
                         const struct entry *to)
{
    memcpy(out, from, (size_t)(to - from) * sizeof *out);
}

static void merge_numbers(struct order *o, const struct entry *left,
                          const struct entry *right, const struct entry *end,
                          struct entry *out)
{
    const struct entry *middle = right;

    (void)o;
    while (left < middle && right < end) {
        bool swap = right->key < left->key;
        *out++ = swap ? *right : *left;
        right += swap;
        left += !swap;
    }
    copy_entries(out, left, middle);
    copy_entries(out + (middle - left), right, end);
}

static bool swaps_texts(const struct order *o, const struct entry *left,
                        const struct entry *right)
{
    if (left->key != right->key)
        return right->key < left->key;
    int order = asl_compare_text(o->keys[left->item], o->keys[right->item]);
    return o->descending & 1 ? order < 0 : order > 0;
}

static void merge_texts(struct order *o, const struct entry *left,
                        const struct entry *right, const struct entry *end,
                        struct entry *out)
{
    const struct entry *middle = right;

    while (left < middle && right < end)
        *out++ = swaps_texts(o, left, right) ? *right++ : *left++;
    copy_entries(out, left, middle);
    copy_entries(out + (middle - left), right, end);
}

static bool is_orderable(asl_value v)
{
    return asl_is_number(v) || asl_is_string(v);
}

static bool fail(struct order *o, asl_value error)
{
    if (asl_is_undefined(o->error))
        o->error = error;
    return false;
}

/* -1, 0, 1 for A before, like, behind B. */
static int compare_defined(asl_value a, asl_value b)
{
    if (asl_is_string(a)) {
        int order = asl_compare_text(a, b);
        return (order > 0) - (order < 0);
    }
    if (asl__are_integers(a, b))
        return ((int64_t)a.u.word.body > (int64_t)b.u.word.body) -
               ((int64_t)a.u.word.body < (int64_t)b.u.word.body);
    double x = asl_to_double(a), y = asl_to_double(b);
    if (x < y)
        return -1;
    return x == y ? 0 : 1; /* NaN too, as in the reference */
}

/* Whether RIGHT belongs before LEFT. */
static bool swaps(struct order *o, uint32_t left, uint32_t right)
{
    const asl_value *a = o->keys + (size_t)left * o->nterms;
    const asl_value *b = o->keys + (size_t)right * o->nterms;

    for (uint32_t term = 0; term < o->nterms; term++, a++, b++) {
        if (asl_is_error(*a) || asl_is_error(*b))
            return fail(o, asl_is_error(*a) ? *a : *b);
        if (asl_is_undefined(*a) && asl_is_undefined(*b))
            continue;
        if (asl_is_undefined(*a) || asl_is_undefined(*b)) /* last, descending too */
            return asl_is_undefined(*a);
        if (!is_orderable(*a) || !is_orderable(*b))
            return fail(
                o, asl_query_error(o->e, "T2008", NULL, is_orderable(*a) ? *b : *a));
        if (asl_is_string(*a) != asl_is_string(*b))
            return fail(o, asl_query_error2(o->e, "T2007", NULL, *a, *b));
        int order = compare_defined(*a, *b);
        if (order != 0)
            return o->descending >> term & 1 ? order < 0 : order > 0;
    }
    return false;
}

static void merge_any(struct order *o, const struct entry *left,
                      const struct entry *right, const struct entry *end,
                      struct entry *out)
{
    const struct entry *middle = right;

    while (left < middle && right < end && asl_is_undefined(o->error)) {
        *out++ = swaps(o, left->item, right->item) ? *right++ : *left++;
        asl_value late = asl__tick(o->e);
        if (asl_is_error(late))
            fail(o, late);
    }
    copy_entries(out, left, middle);
    copy_entries(out + (middle - left), right, end);
}

/* Sorts COUNT entries, the same ones at FROM and at TO, to TO. */
static void sort(struct order *o, struct entry *from, struct entry *to, size_t count)
{
    size_t half = count / 2;

    if (count < 2 || !asl_is_undefined(o->error))
        return;
    sort(o, to, from, half);
    sort(o, to + half, from + half, count - half);
    if (asl_is_undefined(o->error))
        o->merge(o, from, from + half, from + count, to);
}

/* ---- keys ---------------------------------------------------------------------------- */

/* An integer that orders as D does among doubles. */
static int64_t key_of_double(double d)
{
    int64_t bits;

    d += 0.0; /* -0 is 0 */
    memcpy(&bits, &d, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

/* An integer that orders as the first bytes of TEXT do; false if it could not, since
 * UTF-16 orders characters of four bytes before some of three. */
static bool key_of_text(asl_value text, int64_t *key)
{
    const char *p = asl_text(&text);
    size_t len = asl_text_len(text);
    uint64_t word = 0;

    for (size_t i = 0; i < 8; i++) {
        unsigned char byte = i < len ? (unsigned char)p[i] : 0;
        if (byte >= 0xED)
            return false;
        word = word << 8 | byte;
    }
    *key = (int64_t)(word ^ UINT64_C(1) << 63);
    return true;
}

static bool is_small(int64_t i)
{
    return i >= -(INT64_C(1) << 53) && i <= INT64_C(1) << 53;
}

enum kind { INTEGERS, NUMBERS, TEXTS, ANY };

/* The kind of all keys when there is one term. */
static enum kind kind_of(const struct order *o, size_t count)
{
    bool integers = true, numbers = true, texts = true;

    if (o->nterms != 1)
        return ANY;
    for (size_t i = 0; i < count; i++) {
        asl_value key = o->keys[i];
        texts &= asl_is_string(key);
        integers &= asl__tag(key) == ASL_INTEGER;
        numbers &= asl__tag(key) == ASL_INTEGER
                       ? is_small((int64_t)key.u.word.body)
                       : asl_is_number(key) && !isnan(asl_to_double(key));
    }
    return texts ? TEXTS : integers ? INTEGERS : numbers ? NUMBERS : ANY;
}

/* Sets the entries of COUNT items, and how they are merged. */
static void set_entries(struct order *o, struct entry *entries, size_t count)
{
    enum kind kind = kind_of(o, count);
    bool ok = true;

    for (size_t i = 0; i < count; i++) {
        struct entry entry = { 0, (uint32_t)i };
        if (kind == INTEGERS)
            entry.key = (int64_t)o->keys[i].u.word.body;
        else if (kind == NUMBERS)
            entry.key = key_of_double(asl_to_double(o->keys[i]));
        else if (kind == TEXTS)
            ok &= key_of_text(o->keys[i], &entry.key);
        if (o->descending & 1)
            entry.key = ~entry.key;
        entries[i] = entry;
    }
    o->merge = !ok || kind == ANY ? merge_any
               : kind == TEXTS    ? merge_texts
                                  : merge_numbers;
}

/* ---- order-by ------------------------------------------------------------------------ */

asl_value asl_order(asl_eval *e, asl_value v, uint32_t nterms, uint32_t descending,
                    asl_list *keys)
{
    struct order o = { .e = e,
                       .keys = keys->items,
                       .nterms = nterms,
                       .descending = descending,
                       .error = asl_undefined() };
    unsigned rows = asl_flags(v) & ASL_TUPLES;
    const asl_value *items;
    size_t count = asl_items(&v, &items);

    if (asl_is_error(v))
        return v;
    if (asl_is_error(keys->error))
        return keys->error;
    if (count < 2) {
        asl_list l = { 0 };
        if (count == 1)
            asl_list_add(e, &l, items[0]);
        return asl_list_sequence(e, &l, rows);
    }
    asl_value *sorted = asl__block_new(e->region, sizeof *sorted, count, count);
    const struct asl__chunk *chunks = e->region->chunks;
    char *next = e->region->next;
    struct entry *entries = asl_alloc(e->region, 2 * count * sizeof *entries);
    if (!sorted || !entries)
        return asl_no_memory();
    set_entries(&o, entries, count);
    memcpy(entries + count, entries, count * sizeof *entries);
    sort(&o, entries, entries + count, count);
    if (asl_is_error(o.error))
        return o.error;
    for (size_t i = 0; i < count; i++)
        sorted[i] = items[entries[count + i].item];
    if (o.merge != merge_any && e->region->chunks == chunks)
        e->region->next = next; /* nothing else has been allocated */
    return asl_flagged(asl__container(ASL_ARRAY, sorted, count, asl__depth(v)),
                       rows ? ASL_SEQUENCE | rows : 0);
}
