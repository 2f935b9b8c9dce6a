/* Strings, errors, equality and copying of values.
 *
 * Copying keeps sharing, or values that share parts with themselves would grow without
 * bound.  Within a dead region (compaction, copy-out) an old block's header tells where
 * its copy is; otherwise, and for long strings, a table of addresses does.
 */
#include "base.h"

#include <stdarg.h>

#include "container.h"
#include "region.h"
#include "utf8.h"

const char *asl_type_name(asl_value v)
{
    switch (asl_tag_of(v)) {
    case ASL_UNDEFINED: return "undefined";
    case ASL_NULL: return "null";
    case ASL_FALSE:
    case ASL_TRUE: return "boolean";
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_DECIMAL: return "number";
    case ASL_SHORT:
    case ASL_LONG: return "string";
    case ASL_ARRAY: return "array";
    case ASL_OBJECT: return "object";
    case ASL_FAILURE: return "error";
    case ASL_FUNCTION: return "function";
    case ASL_UNSET: break;
    }
    return "undefined";
}

/* ---- strings --------------------------------------------------------------------- */

asl_value asl_string(asl_region *region, const char *text, size_t len)
{
    if (len <= ASL_SHORT_MAX)
        return asl_string_in(len ? text : "", len);
    if (len > UINT32_MAX)
        return asl_no_memory();
    char *copy = asl_alloc(region, len);
    if (!copy)
        return asl_no_memory();
    memcpy(copy, text, len);
    return asl_string_in(copy, len);
}

asl_value asl_cstring(asl_region *region, const char *text)
{
    return asl_string(region, text, strlen(text));
}

int asl_compare_text(asl_value a, asl_value b)
{
    return asl__utf8_compare(asl_text(&a), asl_text_len(a), asl_text(&b), asl_text_len(b));
}

static asl_value format_string(asl_region *region, const char *format, va_list args)
{
    char few[256];
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(few, sizeof few, format, args);
    asl_value v = asl_no_memory();
    if (len >= 0 && (size_t)len < sizeof few) {
        v = asl_string(region, few, (size_t)len);
    } else if (len >= 0) {
        char *text = asl_alloc(region, (size_t)len + 1);
        if (text) {
            vsnprintf(text, (size_t)len + 1, format, again);
            v = asl_string_in(text, (size_t)len);
        }
    }
    va_end(again);
    return v;
}

asl_value asl_format_string(asl_region *region, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    asl_value v = format_string(region, format, args);
    va_end(args);
    return v;
}

/* ---- errors ---------------------------------------------------------------------- */

static asl_value error_value(const asl_error_info *info)
{
    return asl__word(ASL_FAILURE, (uint64_t)(uintptr_t)info);
}

/* Literals of more than 14 bytes as values of static data: the hash is the run time's,
 * so they are made on the way; ERROR and CAUSE are inline. */
#define RUNTIME_ERROR(cause_, flags_)                                                  \
    {                                                                                  \
        .error = ASL_TEXT("States.Runtime"), .cause = ASL_TEXT(cause_),                \
        .flags = ASL_ERROR_FINAL | (flags_)                                            \
    }

asl_value asl_no_memory(void)
{
    static const asl_error_info info = RUNTIME_ERROR("out of memory", ASL_ERROR_NO_MEMORY);

    return error_value(&info);
}

asl_value asl_too_deep(void)
{
    static const asl_error_info info = RUNTIME_ERROR("nests too deep", 0);

    return error_value(&info);
}

asl_value asl_error(asl_region *region, asl_value error, asl_value cause)
{
    return asl_error_flagged(region, error, cause, 0);
}

asl_value asl_error_flagged(asl_region *region, asl_value error, asl_value cause,
                            uint32_t flags)
{
    if (asl_is_error(error))
        return error;
    if (asl_is_error(cause))
        return cause;
    asl_error_info *info = asl_alloc(region, sizeof *info);
    if (!info)
        return asl_no_memory();
    *info = (asl_error_info){ error, cause, flags };
    return error_value(info);
}

asl_value asl_errorf(asl_region *region, const char *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    asl_value cause = format_string(region, format, args);
    va_end(args);
    return asl_error(region, asl_cstring(region, error), cause);
}

/* ---- equality -------------------------------------------------------------------- */

static bool equal_arrays(asl_value a, asl_value b)
{
    if (asl__items(a) == asl__items(b))
        return true;
    for (size_t i = 0; i < asl__count(a); i++)
        if (!asl_equal(asl__items(a)[i], asl__items(b)[i]))
            return false;
    return true;
}

/* Of equal counts; looks for A's members in B, at the same place first. */
static bool equal_objects(asl_value a, asl_value b)
{
    if (asl__members(a) == asl__members(b))
        return true;
    for (size_t i = 0; i < asl__count(a); i++) {
        const asl_member *m = asl_member_at(a, i), *n = asl_member_at(b, i);
        if (!asl_same_text(m->key, n->key)) {
            ptrdiff_t at = asl__find(b, m->key);
            if (at < 0)
                return false;
            n = asl_member_at(b, (size_t)at);
        }
        if (!asl_equal(m->value, n->value))
            return false;
    }
    return true;
}

bool asl_equal(asl_value a, asl_value b)
{
    if (asl_is_number(a) && asl_is_number(b))
        return asl_compare_numbers(a, b) == 0;
    if (asl__tag(a) != asl__tag(b))
        return false;
    if (asl_is_string(a))
        return asl_same_text(a, b);
    if (!asl_is_array(a) && !asl_is_object(a))
        return a.u.word.body == b.u.word.body;
    if (asl__count(a) != asl__count(b))
        return false;
    return asl_is_array(a) ? equal_arrays(a, b) : equal_objects(a, b);
}

/* ---- copying: what has been copied already ------------------------------------------ */

struct address {
    const void *from; /* a text, or the block of a container */
    size_t len;       /* bytes of the text; 0: a block */
    void *to;
};

enum {
    FEW_ADDRESSES = 16,
    SHARED_TEXT = 64 /* shorter texts are copied again rather than looked up */
};

struct copier {
    asl_region *to;
    asl_region *source;        /* the dead region; NULL: copy all but constant data */
    struct asl__chunk *last;   /* where in SOURCE the last address was */
    struct address *addresses; /* open addressing; FEW or malloc'd; NULL at first */
    size_t mask, used;         /* of addresses */
    bool failed;               /* memory was short somewhere */
    struct address few[FEW_ADDRESSES];
};

static void copier_init(struct copier *copier, asl_region *to, asl_region *source)
{
    copier->to = to;
    copier->source = source;
    copier->last = source ? source->chunks : NULL;
    copier->addresses = NULL;
    copier->mask = FEW_ADDRESSES - 1;
    copier->used = 0;
    copier->failed = false;
}

static void copier_free(struct copier *copier)
{
    if (copier->addresses != copier->few)
        free(copier->addresses);
}

/* The entry of FROM and LEN, or the free one where it belongs. */
static struct address *address_slot(struct address *slots, size_t mask, const void *from,
                                    size_t len)
{
    uint64_t hash = ((uint64_t)(uintptr_t)from ^ len) * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & mask;

    while (slots[at].from && (slots[at].from != from || slots[at].len != len))
        at = (at + 1) & mask;
    return &slots[at];
}

static void *address_find(const struct copier *copier, const void *from, size_t len)
{
    if (!copier->addresses)
        return NULL;
    return address_slot(copier->addresses, copier->mask, from, len)->to;
}

/* Doubles the table, or sets it up. */
static bool address_grow(struct copier *copier)
{
    struct address *old = copier->addresses;
    size_t mask = copier->mask * 2 + 1;

    if (!old) {
        memset(copier->few, 0, sizeof copier->few);
        copier->addresses = copier->few;
        return true;
    }
    struct address *slots = calloc(mask + 1, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i <= copier->mask; i++)
        if (old[i].from)
            *address_slot(slots, mask, old[i].from, old[i].len) = old[i];
    copier_free(copier);
    copier->addresses = slots;
    copier->mask = mask;
    return true;
}

static bool address_note(struct copier *copier, const void *from, size_t len, void *to)
{
    if ((!copier->addresses || copier->used * 2 > copier->mask) && !address_grow(copier))
        return false;
    struct address *slot = address_slot(copier->addresses, copier->mask, from, len);
    copier->used += !slot->from;
    *slot = (struct address){ from, len, to };
    return true;
}

/* ---- copying: what stays where it is ------------------------------------------------- */

static bool in_source(struct copier *copier, const void *ptr)
{
    if (asl__in_chunk(copier->last, ptr))
        return true;
    for (struct asl__chunk *c = copier->source->chunks; c; c = c->next)
        if (asl__in_chunk(c, ptr)) {
            copier->last = c;
            return true;
        }
    return false;
}

#if defined(__GNUC__) && defined(__ELF__)
/* The linker's names for the bounds of the program, or of this library, if it is shared
 * (then the program's constants are copied, which is right if not needed).  Hidden, so
 * that both are of the same one. */
extern const char __executable_start[] __attribute__((weak, visibility("hidden")));
extern const char _end[] __attribute__((weak, visibility("hidden")));

static bool is_constant(const void *ptr)
{
    uintptr_t start = (uintptr_t)__executable_start, at = (uintptr_t)ptr;

    return start && at >= start && at < (uintptr_t)_end;
}
#else
static bool is_constant(const void *ptr)
{
    (void)ptr;
    return false;
}
#endif

static bool stays(struct copier *copier, const void *ptr)
{
    return copier->source ? !in_source(copier, ptr) : is_constant(ptr);
}

/* ---- copying -------------------------------------------------------------------------- */

static asl_value copy_value(struct copier *copier, asl_value v);

static void *copy_alloc(struct copier *copier, size_t size)
{
    void *memory = asl_alloc(copier->to, size);

    if (!memory)
        copier->failed = true;
    return memory;
}

/* A copy of LEN > 0 bytes, the same one for the same bytes if they are many. */
static const void *copy_bytes(struct copier *copier, const void *bytes, size_t len)
{
    void *copy = len > SHARED_TEXT ? address_find(copier, bytes, len) : NULL;

    if (copy)
        return copy;
    copy = copy_alloc(copier, len);
    if (!copy)
        return bytes;
    memcpy(copy, bytes, len);
    if (len > SHARED_TEXT && !address_note(copier, bytes, len, copy))
        copier->failed = true;
    return copy;
}

/* Where block OLD has been copied to and how many of its elements, or NULL. */
static asl_block *copied_block(struct copier *copier, const asl_block *old, size_t *count)
{
    asl_block *block;

    if (!copier->source) {
        block = address_find(copier, old, 0);
        *count = block ? block->used : 0;
        return block;
    }
    if (!asl__is_forwarded(old))
        return NULL;
    block = (asl_block *)((uintptr_t)old->link & ~(uintptr_t)1);
    if (in_source(copier, block))
        return NULL; /* of a compaction that memory was short for: OLD is good */
    *count = old->capacity;
    return block;
}

/* Notes that the first COUNT elements of OLD are now in BLOCK. */
static void note_copied(struct copier *copier, asl_block *old, asl_block *block,
                        size_t count)
{
    if (copier->source) {
        old->link = (const void *)((uintptr_t)block | 1);
        old->capacity = (uint32_t)count;
    } else {
        block->used = (uint32_t)count;
    }
}

/* Copies elements FIRST.. of OLD to BLOCK.  A container among them may be a
 * shorter view of OLD itself (x pushed to x), so what is there is noted before. */
static void copy_elements(struct copier *copier, asl_block *old, asl_block *block,
                          size_t first, size_t count)
{
    const asl_value *from = (const asl_value *)(old + 1);
    asl_value *to = (asl_value *)(block + 1);

    for (size_t i = first; i < count; i++) {
        if (asl_depth(from[i]) > 0)
            note_copied(copier, old, block, i);
        to[i] = asl__in_words(from[i]) ? from[i] : copy_value(copier, from[i]);
    }
}

static void copy_members(struct copier *copier, asl_block *old, asl_block *block,
                         size_t first, size_t count)
{
    const asl_member *from = (const asl_member *)(const void *)(old + 1);
    asl_member *to = (asl_member *)(void *)(block + 1);

    for (size_t i = first; i < count; i++) {
        const asl_member *m = &from[i];
        if (asl_depth(m->value) > 0)
            note_copied(copier, old, block, i);
        to[i].key = asl__in_words(m->key) ? m->key : copy_value(copier, m->key);
        to[i].value = asl__in_words(m->value) ? m->value : copy_value(copier, m->value);
    }
}

/* Copies COUNT elements of OLD, V's block, of which HAVE are in EARLIER; the block. */
static asl_block *copy_block(struct copier *copier, asl_value v, asl_block *old,
                             size_t count, const asl_block *earlier, size_t have)
{
    size_t element = asl__element_size(asl_tag_of(v));
    void *elements = asl__block_new(copier->to, element, count, count);

    if (!elements) {
        copier->failed = true;
        return NULL;
    }
    asl_block *block = (asl_block *)elements - 1;
    if (earlier)
        memcpy(elements, earlier + 1, have * element);
    if (!copier->source && !address_note(copier, old, 0, block)) {
        copier->failed = true;
        return NULL;
    }
    if (asl_is_object(v))
        copy_members(copier, old, block, have, count);
    else
        copy_elements(copier, old, block, have, count);
    note_copied(copier, old, block, count);
    block->used = (uint32_t)count;
    if (asl_is_object(v) && count > ASL__INDEX_ABOVE &&
        !asl__index_build(copier->to, elements, count, NULL))
        copier->failed = true;
    return block;
}

static asl_value copy_container(struct copier *copier, asl_value v)
{
    asl_block *old = asl__block_of(v);
    size_t have = 0, count = asl__count(v);
    asl_block *block = copied_block(copier, old, &have);

    if (!block || have < count) {
        /* A second, longer view: all there is, so that there will be no third copy. */
        if (block)
            count = old->used;
        block = copy_block(copier, v, old, count, block, have);
    }
    if (block)
        v.u.big.as.items = (const asl_value *)(block + 1);
    return v;
}

static asl_value copy_error(struct copier *copier, asl_value v)
{
    asl_error_info *info = copy_alloc(copier, sizeof *info);

    if (!info)
        return v;
    *info = *v.u.big.as.error;
    info->error = copy_value(copier, info->error);
    info->cause = copy_value(copier, info->cause);
    return error_value(info);
}

/* On failure parts of the result are still the originals. */
static asl_value copy_value(struct copier *copier, asl_value v)
{
    const asl_decimal *decimal = v.u.big.as.decimal;

    if (asl__in_words(v))
        return v;
    if (asl_depth(v) > 0 && asl__count(v) == 0)
        return v;
    if (stays(copier, asl_depth(v) ? (const void *)asl__block_of(v) : v.u.big.as.text))
        return v;
    if (asl_is_array(v) || asl_is_object(v))
        return copy_container(copier, v);
    if (asl_is_error(v))
        return copy_error(copier, v);
    if (asl_is_string(v))
        v.u.big.as.text = copy_bytes(copier, v.u.big.as.text, asl__count(v));
    else
        v.u.big.as.decimal = copy_bytes(copier, decimal, sizeof *decimal + decimal->len);
    return v;
}

asl_value asl_copy_to(asl_region *region, asl_value v)
{
    struct copier copier;

    copier_init(&copier, region, NULL);
    v = copy_value(&copier, v);
    copier_free(&copier);
    return copier.failed ? asl_no_memory() : v;
}

enum { MOST_FLAT = 2 * ASL__INDEX_ABOVE };

static ASL__NOINLINE asl_value copy_out(asl_region *region, asl_region *source, asl_value v)
{
    struct copier copier;

    copier_init(&copier, region, source);
    v = copy_value(&copier, v);
    copier_free(&copier);
    return copier.failed ? asl_no_memory() : v;
}

/* Copies WORDS values from FROM behind the block at TO; false as soon as one of them has
 * a part in CHUNK. */
static inline bool copy_words(asl_block *to, const asl_value *from, size_t words,
                              const struct asl__chunk *chunk)
{
    asl_value *at = (asl_value *)(to + 1), *end = at + words;

    for (; at != end; at++, from++) {
        if (!asl__in_words(*from) && asl__in_chunk(chunk, asl__pointer(*from)))
            return false;
        asl__store(at, *from);
    }
    return true;
}

/* The usual result of a child, a small container in the only chunk of SOURCE of which all
 * parts stay where they are, is copied here; the rest in copy_out(). */
asl_value asl__region_copy_out(asl_region *region, asl_region *source, asl_value v)
{
    const struct asl__chunk *chunk = source->chunks;
    asl_block *old = asl__block_of(v), *block;

    if (asl__in_words(v))
        return v;
    if (!chunk || (!chunk->next && asl__tag(v) != ASL_FAILURE && !asl__in_chunk(chunk, old)))
        return v; /* outside of SOURCE, and so is what is in it */
    size_t words = (size_t)asl__count(v) << asl_is_object(v);
    if ((!asl_is_array(v) && !asl_is_object(v)) || chunk->next ||
        words - 1 >= MOST_FLAT || asl__is_forwarded(old) ||
        !(block = asl_alloc(region, sizeof *block + words * sizeof v)))
        return copy_out(region, source, v);
    if (!copy_words(block, (const asl_value *)(old + 1), words, chunk))
        return copy_out(region, source, v); /* BLOCK is lost: seldom, and little */
    block->used = block->capacity = asl__count(v);
    block->link = NULL;
    old->link = (const void *)((uintptr_t)block | 1);
    old->capacity = asl__count(v);
    return asl__words(v.u.word.head, (uint64_t)(uintptr_t)(block + 1));
}

static void set_limit(asl_region *region)
{
    size_t live = asl__region_size(region);

    region->limit = live > ASL__REGION_LEAST_LIMIT / 2 ? live * 2 : ASL__REGION_LEAST_LIMIT;
}

bool asl__region_compact(asl_region *region, asl_value *const *roots, size_t count)
{
    asl_region old = *region, fresh;
    struct copier copier;

    asl__region_init(&fresh, region->source);
    copier_init(&copier, &fresh, &old);
    for (size_t i = 0; i < count && !copier.failed; i++)
        *roots[i] = copy_value(&copier, *roots[i]);
    copier_free(&copier);
    fresh.attention = NULL;
    old.attention = NULL;
    if (copier.failed)
        asl__region_splice(&old, &fresh);
    else
        asl__region_release(&old);
    uint32_t *attention = region->attention;
    *region = copier.failed ? old : fresh;
    region->attention = attention;
    set_limit(region);
    return !copier.failed;
}
