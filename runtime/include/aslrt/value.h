/* Values and regions: what every other part of the run time works on.
 *
 * An asl_value is 16 bytes, passed by value and immutable.  Scalars and strings of
 * up to 14 bytes live in the value itself; longer strings, decimals, arrays and
 * objects point into a region (a bump allocator owned by one frame), into the text
 * of an input document, or into constant data of the program.  Nothing is freed one
 * by one: a region is compacted at a state boundary or released as a whole.
 *
 * A function that takes a region first may allocate there and its result lives there
 * (or in what its arguments point to); one that takes none only looks.  Nothing is
 * consumed.  An operation given an error value returns the leftmost one.
 *
 * Words of a value (little- and big-endian alike, the struct is the layout):
 *
 *   undefined, null, false, true    tag
 *   integer, double                 tag, then the 64 bits in the second word
 *   decimal                         tag, then a pointer to {double, length, text}
 *   string of 0..14 bytes           tag, length, bytes padded with zeros
 *   longer string                   tag, 24 bits of hash, 32 bits of length, pointer
 *   array, object                   tag, 16 bits of depth, 32 bits of count, pointer
 *   error                           tag, then a pointer to {Error, Cause}
 *
 * There is one form only for each string, so two strings of up to 14 bytes are equal
 * if and only if both words are.
 */
#ifndef ASLRT_VALUE_H
#define ASLRT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the interface between emitted C and the library. */
#define ASL_ABI 1

/* What emitted code does in place.  In a file of many states or expressions (it defines
 * ASL_LARGE) these are functions that all call: the C compiler would take minutes otherwise. */
#if defined ASL_LARGE && defined __GNUC__
#define ASL_INLINE static __attribute__((noinline, unused))
#else
#define ASL_INLINE static inline
#endif

/* Hints for the layout of what is inline: nothing is to be jumped over on the usual way. */
#ifdef __GNUC__
#define ASL__LIKELY(cond) (__builtin_expect(!!(cond), 1))
#define ASL__IMPOSSIBLE(cond) ((cond) ? __builtin_unreachable() : (void)0)
#define ASL__PURE __attribute__((pure)) /* only looks, at what may change later */
#define ASL_COLD __attribute__((cold))
#else
#define ASL__LIKELY(cond) (cond)
#define ASL__IMPOSSIBLE(cond) ((void)0)
#define ASL__PURE
#define ASL_COLD
#endif

/* The deepest nesting of arrays and objects that a value may have. */
#define ASL_MAX_DEPTH 1000

enum asl_tag {
    ASL_UNDEFINED, /* no value: a missing member, an unset variable */
    ASL_NULL,
    ASL_FALSE,
    ASL_TRUE,
    ASL_INTEGER, /* 64-bit signed */
    ASL_DOUBLE,  /* finite or not; JSON text only ever gives finite ones */
    ASL_DECIMAL, /* a number whose text is not the canonical print of its value */
    ASL_SHORT,   /* string of at most ASL_SHORT_MAX bytes, inline */
    ASL_LONG,    /* longer string */
    ASL_ARRAY,
    ASL_OBJECT,
    ASL_FAILURE, /* an error on its way: see asl_error_of */
    ASL_FUNCTION, /* inside an evaluation of JSONata only: see jsonata.h */
    ASL_UNSET     /* the same: a variable that nothing has set yet */
};

#define ASL_SHORT_MAX 14

typedef struct asl_value asl_value;
typedef struct asl_member asl_member;
typedef struct asl_region asl_region;

/* A decimal: its text as it came and the double nearest to it. */
typedef struct asl_decimal {
    double number;
    uint32_t len;
    char text[]; /* len bytes of JSON number */
} asl_decimal;

typedef struct asl_error_info asl_error_info;

struct asl_value {
    union {
        struct {
            uint64_t head, body;
        } word;
        /* Short strings: tag, length, text.  (No struct: one with an array of 14 bytes has
         * no machine mode, and gcc would keep all values in memory.) */
        char bytes[16];
        struct {
            uint8_t tag;
            uint8_t hash;   /* long strings: bits 16..23 of the hash */
            uint16_t depth; /* containers: nesting; long strings: hash bits 0..15 */
            uint32_t count; /* elements, members, or bytes of a long string */
            union {
                int64_t integer;
                double number;
                const char *text; /* long string: not terminated */
                const asl_value *items;
                const asl_member *members;
                const asl_decimal *decimal;
                const asl_error_info *error;
            } as;
        } big;
    } u;
};

struct asl_member {
    asl_value key; /* a string */
    asl_value value;
};

/* The parts of a value, taken out of its words and put into them by shifts: a compiler
 * then keeps a value in two registers, where bytes of it that are written and read as a
 * whole would have to go through memory. */
_Static_assert(sizeof(void *) == 8, "a value holds a pointer in its second word");
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { ASL__AT_TAG = 56, ASL__AT_LEN = 48, ASL__AT_DEPTH = 32, ASL__AT_COUNT = 0 };
enum { ASL__AT_0 = 56, ASL__AT_1 = 48, ASL__AT_2 = 40, ASL__AT_3 = 32,
       ASL__AT_4 = 24, ASL__AT_5 = 16, ASL__AT_6 = 8,  ASL__AT_7 = 0 };
#else
enum { ASL__AT_TAG = 0, ASL__AT_LEN = 8, ASL__AT_DEPTH = 16, ASL__AT_COUNT = 32 };
enum { ASL__AT_0 = 0,  ASL__AT_1 = 8,  ASL__AT_2 = 16, ASL__AT_3 = 24,
       ASL__AT_4 = 32, ASL__AT_5 = 40, ASL__AT_6 = 48, ASL__AT_7 = 56 };
#endif

static inline unsigned asl__tag(asl_value v)
{
    return (unsigned)(v.u.word.head >> ASL__AT_TAG) & 0xff;
}
static inline unsigned asl__depth(asl_value v)
{
    return (unsigned)(v.u.word.head >> ASL__AT_DEPTH) & 0xffff;
}
static inline uint32_t asl__count(asl_value v)
{
    return (uint32_t)(v.u.word.head >> ASL__AT_COUNT);
}
static inline const void *asl__pointer(asl_value v)
{
    return (const void *)(uintptr_t)v.u.word.body;
}
/* Whether V is all in its 16 bytes. */
static inline bool asl__in_words(asl_value v)
{
    return asl__tag(v) < ASL_LONG && asl__tag(v) != ASL_DECIMAL;
}
static inline const asl_value *asl__items(asl_value v)
{
    return (const asl_value *)asl__pointer(v);
}
static inline const asl_member *asl__members(asl_value v)
{
    return (const asl_member *)asl__pointer(v);
}
/* Behind the last member.  (An empty object has none, and no address to add 0 to.) */
static inline const asl_member *asl__members_end(asl_value v)
{
    return (const asl_member *)(uintptr_t)(v.u.word.body +
                                           asl__count(v) * sizeof(asl_member));
}
static inline asl_value asl__words(uint64_t head, uint64_t body)
{
    asl_value v;

    v.u.word.head = head;
    v.u.word.body = body;
    return v;
}
/* The array or object of COUNT elements at ITEMS. */
static inline asl_value asl__container(enum asl_tag tag, const void *items, size_t count,
                                       size_t depth)
{
    return asl__words((uint64_t)tag << ASL__AT_TAG | (uint64_t)depth << ASL__AT_DEPTH |
                          (uint64_t)(uint32_t)count << ASL__AT_COUNT,
                      (uint64_t)(uintptr_t)items);
}
/* *FROM by words. */
static inline asl_value asl__load(const asl_value *from)
{
    return asl__words(from->u.word.head, from->u.word.body);
}
/* *TO = V by words. */
static inline void asl__store(asl_value *to, asl_value v)
{
    to->u.word.head = v.u.word.head;
    to->u.word.body = v.u.word.body;
}

/* An error: Error and Cause of ASL, each a string or undefined. */
struct asl_error_info {
    asl_value error;
    asl_value cause;
    uint32_t flags; /* ASL_ERROR_... */
};

enum {
    ASL_ERROR_FINAL = 1,    /* neither Retry nor Catch may have it (States.Runtime) */
    ASL_ERROR_PREFIXED = 2, /* Cause already names the state */
    ASL_ERROR_NO_MEMORY = 4,
    ASL_ERROR_HEARTBEAT = 8 /* a States.Timeout for want of a heartbeat */
};

/* What stands before the elements of an array or the members of an object.  A block
 * of constant data has capacity == used. */
typedef struct asl_block {
    uint32_t used;     /* elements that some value of this block can see */
    uint32_t capacity; /* elements there is room for */
    const void *link;  /* object with an index: that index; else NULL */
} asl_block;

/* ---- constant data ------------------------------------------------------------ */

/* The words of a literal of at most 14 bytes: constant expressions.  Flat, since files of
 * thousands of texts are compiled. */
#define ASL__TEXT_HEAD(literal)                                                        \
    ((uint64_t)ASL_SHORT << ASL__AT_TAG |                                              \
     (uint64_t)(sizeof(literal) - 1) << ASL__AT_LEN |                                  \
     (uint64_t)(uint8_t)(literal "")[0] << ASL__AT_2 |                                 \
     (uint64_t)(uint8_t)(literal "\0")[1] << ASL__AT_3 |                               \
     (uint64_t)(uint8_t)(literal "\0\0")[2] << ASL__AT_4 |                             \
     (uint64_t)(uint8_t)(literal "\0\0\0")[3] << ASL__AT_5 |                           \
     (uint64_t)(uint8_t)(literal "\0\0\0\0")[4] << ASL__AT_6 |                         \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0")[5] << ASL__AT_7)
#define ASL__TEXT_BODY(literal)                                                        \
    ((uint64_t)(uint8_t)(literal "\0\0\0\0\0\0")[6] << ASL__AT_0 |                     \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0\0\0")[7] << ASL__AT_1 |                   \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0\0\0\0")[8] << ASL__AT_2 |                 \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0\0\0\0\0")[9] << ASL__AT_3 |               \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0\0\0\0\0\0")[10] << ASL__AT_4 |            \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0\0\0\0\0\0\0")[11] << ASL__AT_5 |          \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0\0\0\0\0\0\0\0")[12] << ASL__AT_6 |        \
     (uint64_t)(uint8_t)(literal "\0\0\0\0\0\0\0\0\0\0\0\0\0")[13] << ASL__AT_7)

_Static_assert(ASL_SHORT == 7, "ASL_COUNTED_TEXT has it in a literal");

/* Initialisers for static constants.  ASL_TEXT takes a literal of 0..14 bytes.  The
 * others are written by the compiler, which knows hash and depth. */
#define ASL_TEXT(literal)                                                              \
    {                                                                                  \
        {                                                                              \
            { ASL__TEXT_HEAD(literal), ASL__TEXT_BODY(literal) }                       \
        }                                                                              \
    }
#define ASL_EMPTY_TEXT ASL_TEXT("")
/* The same of a literal with its length in front, "\4" "name": one token for the C compiler
 * where there are tens of thousands. */
#define ASL_COUNTED_TEXT(literal)                                                      \
    {                                                                                  \
        {                                                                              \
            .bytes = "\7" literal                                                      \
        }                                                                              \
    }
#define ASL_LONG_TEXT(literal, hash24)                                                 \
    {                                                                                  \
        {                                                                              \
            .big = { ASL_LONG, (uint8_t)((hash24) >> 16), (uint16_t)(hash24),          \
                     sizeof(literal) - 1, { .text = literal } }                        \
        }                                                                              \
    }
#define ASL_CONST_TAG(tag_)                                                            \
    {                                                                                  \
        {                                                                              \
            .big = { tag_, 0, 0, 0, { 0 } }                                            \
        }                                                                              \
    }
#define ASL_CONST_INTEGER(i)                                                           \
    {                                                                                  \
        {                                                                              \
            .big = { ASL_INTEGER, 0, 0, 0, { .integer = i } }                          \
        }                                                                              \
    }
#define ASL_CONST_DOUBLE(d)                                                            \
    {                                                                                  \
        {                                                                              \
            .big = { ASL_DOUBLE, 0, 0, 0, { .number = d } }                            \
        }                                                                              \
    }
#define ASL_CONST_DECIMAL(decimal_)                                                    \
    {                                                                                  \
        {                                                                              \
            .big = { ASL_DECIMAL, 0, 0, 0, { .decimal = (const asl_decimal *)(const void *)(decimal_) } } \
        }                                                                              \
    }
#define ASL_CONST_ARRAY(count_, depth_, items_)                                        \
    {                                                                                  \
        {                                                                              \
            .big = { ASL_ARRAY, 0, depth_, count_, { .items = items_ } }               \
        }                                                                              \
    }
#define ASL_CONST_OBJECT(count_, depth_, members_)                                     \
    {                                                                                  \
        {                                                                              \
            .big = { ASL_OBJECT, 0, depth_, count_, { .members = members_ } }          \
        }                                                                              \
    }

/* ---- regions ------------------------------------------------------------------ */

struct asl__chunk;
struct asl__chunks;

/* A bump allocator.  Only the thread that runs the owner allocates in it. */
struct asl_region {
    char *next; /* first free byte, aligned to 16 */
    char *end;
    struct asl__chunk *chunks;  /* newest first */
    struct asl__chunks *source; /* where chunks come from and go to; never NULL */
    uint32_t *attention; /* gets ASL_ATTENTION_BIG when size passes limit; may be NULL */
    size_t size;         /* bytes of all chunks but the newest, for compaction */
    size_t limit;        /* size from which the owner should compact */
};

/* Out-of-line part of asl_alloc.  NULL when memory or --max-memory is used up. */
void *asl__region_more(asl_region *region, size_t size);

/* SIZE bytes aligned to 16 in REGION, or NULL when there is no memory. */
static inline void *asl_alloc(asl_region *region, size_t size)
{
    size_t rounded = (size + 15) & ~(size_t)15;

    if (rounded < size || (size_t)(region->end - region->next) < rounded)
        return asl__region_more(region, size);
    char *start = region->next;
    region->next = start + rounded;
    ASL__IMPOSSIBLE(!start && rounded > 0);
    return start;
}

/* A region with a memory of its own, for tests and the compiler; NULL when there is no
 * memory.  asl_region_free frees it and all that lives in it (NULL is fine). */
asl_region *asl_region_new(void);
void asl_region_free(asl_region *region);

/* ---- scalars ------------------------------------------------------------------ */

static inline enum asl_tag asl_tag_of(asl_value v)
{
    return (enum asl_tag)asl__tag(v);
}

static inline asl_value asl__word(uint64_t tag, uint64_t body)
{
    return asl__words(tag << ASL__AT_TAG, body);
}

static inline asl_value asl_undefined(void) { return asl__word(ASL_UNDEFINED, 0); }
static inline asl_value asl_null(void) { return asl__word(ASL_NULL, 0); }
static inline asl_value asl_boolean(bool b)
{
    return asl__word(b ? ASL_TRUE : ASL_FALSE, 0);
}
static inline asl_value asl_integer(int64_t i)
{
    return asl__word(ASL_INTEGER, (uint64_t)i);
}
/* A double as it is: -0.0, infinities and NaN included. */
static inline asl_value asl_double(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof bits);
    return asl__word(ASL_DOUBLE, bits);
}
/* The number D in canonical form: an integer when it is whole and below 2^53 in
 * size, else a double. */
asl_value asl_number(double d);

static inline bool asl_is_undefined(asl_value v) { return asl__tag(v) == ASL_UNDEFINED; }
static inline bool asl_is_null(asl_value v) { return asl__tag(v) == ASL_NULL; }
static inline bool asl_is_true(asl_value v) { return asl__tag(v) == ASL_TRUE; }
static inline bool asl_is_boolean(asl_value v)
{
    return asl__tag(v) == ASL_TRUE || asl__tag(v) == ASL_FALSE;
}
static inline bool asl_is_number(asl_value v)
{
    return asl__tag(v) >= ASL_INTEGER && asl__tag(v) <= ASL_DECIMAL;
}
static inline bool asl_is_string(asl_value v)
{
    return asl__tag(v) == ASL_SHORT || asl__tag(v) == ASL_LONG;
}
static inline bool asl_is_array(asl_value v) { return asl__tag(v) == ASL_ARRAY; }
static inline bool asl_is_object(asl_value v) { return asl__tag(v) == ASL_OBJECT; }
static inline bool asl_is_error(asl_value v) { return asl__tag(v) == ASL_FAILURE; }
/* "undefined", "null", "boolean", "number", "string", "array", "object", "error". */
const char *asl_type_name(asl_value v);

/* V, a number, as the double nearest to it. */
static inline double asl_to_double(asl_value v)
{
    if (asl__tag(v) == ASL_INTEGER)
        return (double)(int64_t)v.u.word.body;
    if (asl__tag(v) == ASL_DOUBLE) {
        double d;
        memcpy(&d, &v.u.word.body, sizeof d);
        return d;
    }
    return ((const asl_decimal *)asl__pointer(v))->number;
}
/* Whether V is a number with a whole value within 64 bits (1, 1.0, 1e3); *OUT gets it. */
bool asl_to_integer(asl_value v, int64_t *out);

/* A number that equal numbers share, for a table of many: those that are equal have
 * the same nearest double.  Any for what is no number. */
static inline uint32_t asl_number_key(asl_value v)
{
    uint64_t word = 0;
    double d;

    if (!asl_is_number(v))
        return 0;
    d = asl_to_double(v) + 0.0; /* -0 is 0 */
    memcpy(&word, &d, sizeof word);
    word = (word ^ (word >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (uint32_t)(word >> 32);
}

/* ---- strings ------------------------------------------------------------------ */

/* The hash of a string longer than ASL_SHORT_MAX: 24 bits of its length, its first
 * and its last eight bytes.  A filter before memcmp, no more. */
static inline uint32_t asl__text_hash(const char *text, size_t len)
{
    uint64_t first, last;

    memcpy(&first, text, 8);
    memcpy(&last, text + len - 8, 8);
    first = (first ^ (uint64_t)len) * UINT64_C(0x9E3779B97F4A7C15);
    last = (last ^ (first >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (uint32_t)(last >> 40);
}

/* A string of LEN bytes, at most ASL_SHORT_MAX.  Loads that overlap, not a copy of LEN
 * bytes: the words are then whole in registers. */
static inline asl_value asl__short(const char *text, size_t len)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t head = ASL_SHORT | (uint64_t)len << 8, first, last;
    uint32_t low, high;

    if (len >= 8) {
        memcpy(&first, text, 8);
        memcpy(&last, text + len - 8, 8);
        return asl__words(head | first << 16, last >> (8 * (14 - len)));
    }
    if (len >= 4) {
        memcpy(&low, text, 4);
        memcpy(&high, text + len - 4, 4);
        first = low | (uint64_t)high << (8 * (len - 4));
    } else if (len > 0) {
        first = (uint8_t)text[0] | (uint64_t)(uint8_t)text[len / 2] << (8 * (len / 2)) |
                (uint64_t)(uint8_t)text[len - 1] << (8 * (len - 1));
    } else {
        first = 0;
    }
    return asl__words(head | first << 16, first >> 48);
#else
    asl_value v = asl__words(
        (uint64_t)ASL_SHORT << ASL__AT_TAG | (uint64_t)len << ASL__AT_LEN, 0);

    memcpy(v.u.bytes + 2, text, len);
    return v;
#endif
}

/* A string of LEN bytes that TEXT holds and that outlives the value: short ones are
 * copied into the value, longer ones point to TEXT.  LEN must be below 2^32. */
static inline asl_value asl_string_in(const char *text, size_t len)
{
    if (len <= ASL_SHORT_MAX)
        return asl__short(text, len);
    uint64_t hash = asl__text_hash(text, len);
    return asl__words((uint64_t)ASL_LONG << ASL__AT_TAG | (hash >> 16) << ASL__AT_LEN |
                          (hash & 0xffff) << ASL__AT_DEPTH | (uint64_t)len << ASL__AT_COUNT,
                      (uint64_t)(uintptr_t)text);
}

/* A string literal as a value; a short one is two constants. */
#if defined ASL_LARGE && defined __GNUC__
/* The same read out of an initialiser: less for the C compiler to keep in mind. */
#define asl_str(literal)                                                               \
    __extension__({                                                                    \
        static const union {                                                           \
            struct {                                                                   \
                uint8_t tag, len;                                                      \
                char text[ASL_SHORT_MAX + sizeof(literal)];                            \
            } small;                                                                   \
            asl_value value;                                                           \
        } asl__literal = { { ASL_SHORT, (uint8_t)(sizeof(literal) - 1), "" literal } }; \
        sizeof(literal) - 1 <= ASL_SHORT_MAX                                           \
            ? asl__literal.value                                                       \
            : asl_string_in("" literal, sizeof(literal) - 1);                          \
    })
#else
#define asl_str(literal)                                                               \
    (sizeof("" literal) - 1 <= ASL_SHORT_MAX                                           \
         ? asl__words(ASL__TEXT_HEAD(literal), ASL__TEXT_BODY(literal))                \
         : asl_string_in("" literal, sizeof("" literal) - 1))
#endif

/* A copy of LEN bytes of UTF-8 (WTF-8: lone surrogates may be in it) in REGION.  An
 * error value if it does not fit. */
asl_value asl_string(asl_region *region, const char *text, size_t len);
/* The same of a terminated C string. */
asl_value asl_cstring(asl_region *region, const char *text);
/* printf into a string of REGION; %.*s may bring NULs only through asl_string. */
asl_value asl_format_string(asl_region *region, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;

static inline size_t asl_text_len(asl_value v)
{
    return asl__tag(v) == ASL_SHORT ? (v.u.word.head >> ASL__AT_LEN) & 0xff : asl__count(v);
}
/* The bytes of *V, a string; they are not terminated, may hold NUL, and live as long
 * as *V itself (a short string's bytes are inside it). */
static inline const char *asl_text(const asl_value *v)
{
    return v->u.bytes[0] == ASL_SHORT ? v->u.bytes + 2 : v->u.big.as.text;
}

/* Whether two strings are equal. */
static inline bool asl_same_text(asl_value a, asl_value b)
{
    if (a.u.word.head != b.u.word.head)
        return false;
    if (a.u.word.body == b.u.word.body)
        return true;
    /* Both tags are the same; the compiler may know either. */
    return asl__tag(a) == ASL_LONG && asl__tag(b) == ASL_LONG &&
           memcmp(asl__pointer(a), asl__pointer(b), asl__count(a)) == 0;
}
/* A number that equal strings share, for a table of many; any for what is no string. */
static inline uint32_t asl_text_key(asl_value v)
{
    uint64_t word = v.u.word.head;

    if (asl__tag(v) == ASL_SHORT)
        word ^= v.u.word.body * UINT64_C(0x9E3779B97F4A7C15);
    word = (word ^ (word >> 31)) * UINT64_C(0xBF58476D1CE4E5B9);
    return (uint32_t)(word >> 32);
}
/* Below, at or above zero: A before, like or behind B by UTF-16 code units (Java's
 * and JavaScript's order), both strings. */
int asl_compare_text(asl_value a, asl_value b);

/* ---- arrays and objects ------------------------------------------------------- */

/* Elements of an array or members of an object; 0 for anything else. */
static inline size_t asl_count(asl_value v)
{
    return asl__tag(v) == ASL_ARRAY || asl__tag(v) == ASL_OBJECT ? asl__count(v) : 0;
}
static inline size_t asl_depth(asl_value v)
{
    return asl__tag(v) == ASL_ARRAY || asl__tag(v) == ASL_OBJECT ? asl__depth(v) : 0;
}

/* Element INDEX of an array; undefined when V is no array or has none there. */
static inline asl_value asl_at(asl_value v, size_t index)
{
    if (asl__tag(v) != ASL_ARRAY || index >= asl__count(v))
        return asl_undefined();
    return asl__items(v)[index];
}
/* Member INDEX (in order) of an object V, INDEX < asl_count(V). */
static inline const asl_member *asl_member_at(asl_value v, size_t index)
{
    return &asl__members(v)[index];
}

/* The words of an object and of a key: values that only the rare way passes whole would
 * be in memory on the usual one, too. */
ASL__PURE asl_value asl__member_slow(uint64_t head, uint64_t body, uint64_t key_head,
                                     uint64_t key_body);

/* Whether V is an object, and of at most 15 members: in one comparison. */
static inline bool asl__has_few(asl_value v)
{
    const uint64_t few = UINT64_C(0xFFFFFFF0) << ASL__AT_COUNT |
                         UINT64_C(0xFF) << ASL__AT_TAG;

    return (v.u.word.head & few) == (uint64_t)ASL_OBJECT << ASL__AT_TAG;
}

/* The value of the member KEY (a string); undefined when V is no object or has no
 * such member; an error value passes. */
ASL_INLINE asl_value asl_member_of(asl_value v, asl_value key)
{
    if (!ASL__LIKELY(asl__has_few(v) && asl__tag(key) == ASL_SHORT))
        return asl__member_slow(v.u.word.head, v.u.word.body, key.u.word.head,
                                key.u.word.body);
    const asl_member *m = asl__members(v), *end = asl__members_end(v);
    for (; m != end; m++)
        if (ASL__LIKELY(m->key.u.word.head == key.u.word.head &&
                        m->key.u.word.body == key.u.word.body))
            return m->value;
    return asl_undefined();
}
/* The same with a literal key. */
#define asl_get(v, literal) asl_member_of(v, asl_str(literal))

/* An empty array, an empty object: no memory is needed for them. */
static inline asl_value asl_array(void)
{
    return asl__container(ASL_ARRAY, NULL, 0, 1);
}
static inline asl_value asl_object(void)
{
    return asl__container(ASL_OBJECT, NULL, 0, 1);
}
/* ARRAY with V behind its elements.  ARRAY itself stays as it is; its block is
 * extended in place where REGION owns it and nobody else has extended it.  An error if
 * ARRAY or V is one, if there is no memory, or if it would nest too deeply. */
asl_value asl_push(asl_region *region, asl_value array, asl_value v);
/* OBJECT with member KEY set to V: replaced in its place (in a copy), or added at the
 * end (in place where possible). */
asl_value asl_set(asl_region *region, asl_value object, asl_value key, asl_value v);
/* OBJECT without the member KEY, in a copy; OBJECT itself when it has none. */
asl_value asl_without(asl_region *region, asl_value object, asl_value key);
/* An array of the COUNT values at ITEMS; the leftmost error among them. */
asl_value asl_array_of(asl_region *region, size_t count, const asl_value *items);
/* An object of COUNT members, KEYS[i] with VALUES[i].  Keys must be distinct (the
 * compiler knows they are).  The leftmost error among the values. */
ASL_INLINE asl_value asl_record(asl_region *region, size_t count, const asl_value *keys,
                                const asl_value *values);
/* The same for members that may have equal keys: the last one wins, in the place of the
 * first. */
asl_value asl_object_of(asl_region *region, size_t count, const asl_member *members);
/* ARRAY's elements FIRST up to but not including LAST, clipped to what is there. */
asl_value asl_slice(asl_region *region, asl_value array, size_t first, size_t last);
/* ARRAY with element INDEX (< count) replaced, in a copy. */
asl_value asl_replace_at(asl_region *region, asl_value array, size_t index, asl_value v);

/* ---- errors ------------------------------------------------------------------- */

/* An error value; ERROR and CAUSE are strings or undefined. */
asl_value asl_error(asl_region *region, asl_value error, asl_value cause);
/* The same with FLAGS (ASL_ERROR_...). */
asl_value asl_error_flagged(asl_region *region, asl_value error, asl_value cause,
                            uint32_t flags);
/* An error with a fixed name and a printf Cause. */
asl_value asl_errorf(asl_region *region, const char *error, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;
/* The error States.Runtime "out of memory" (constant data, needs no memory). */
ASL_COLD asl_value asl_no_memory(void);
/* The error for a value nested deeper than ASL_MAX_DEPTH. */
ASL_COLD asl_value asl_too_deep(void);
/* Error and Cause of an error value. */
static inline const asl_error_info *asl_error_of(asl_value v) { return (const asl_error_info *)asl__pointer(v); }

asl_value asl_record_any(asl_region *region, size_t count, const asl_value *keys,
                         const asl_value *values);

/* The object of COUNT members, nested so deep, in the new block BLOCK. */
static inline asl_value asl__record_at(asl_block *block, size_t count, const asl_value *keys,
                                       const asl_value *values, unsigned depth)
{
    asl_member *members = (asl_member *)(void *)(block + 1);

    block->used = block->capacity = (uint32_t)count;
    block->link = NULL;
#pragma GCC unroll 16
    for (size_t i = 0; i < count; i++) {
        asl__store(&members[i].key, keys[i]);
        asl__store(&members[i].value, values[i]);
    }
    return asl__container(ASL_OBJECT, members, count, depth);
}

/* Inline for few members, whose number the C compiler knows in emitted code. */
ASL_INLINE asl_value asl_record(asl_region *region, size_t count, const asl_value *keys,
                                const asl_value *values)
{
    unsigned depth = 0;

    if (count == 0 || count > 16)
        return asl_record_any(region, count, keys, values);
#pragma GCC unroll 16
    for (size_t i = 0; i < count; i++) {
        if (asl__tag(values[i]) < ASL_ARRAY)
            continue;
        if (asl__tag(values[i]) == ASL_FAILURE)
            return values[i];
        if (asl__depth(values[i]) > depth)
            depth = asl__depth(values[i]);
    }
    if (depth >= ASL_MAX_DEPTH)
        return asl_too_deep();
    asl_block *block =
        (asl_block *)asl_alloc(region, sizeof *block + count * sizeof(asl_member));
    if (!block)
        return asl_no_memory();
    return asl__record_at(block, count, keys, values, depth + 1);
}

/* ---- comparing and copying ---------------------------------------------------- */

/* JSON equality: numbers by exact value (1 = 1.0), objects whatever their order. */
bool asl_equal(asl_value a, asl_value b);
/* Exact order of two numbers: -1, 0, 1; 2 if one is NaN.  Against a decimal a double
 * stands for its canonical text (0.1 = 0.10), against an integer for its binary value. */
int asl_compare_numbers(asl_value a, asl_value b);

/* V with all it needs copied to REGION; shared parts stay shared.  Constant data of the
 * program stays where it is, where the linker tells its bounds.  V must not be changed
 * meanwhile (its owner is parked).  An error value if memory is short. */
asl_value asl_copy_to(asl_region *region, asl_value v);

/* ---- JSON text ---------------------------------------------------------------- */

/* Where and why a text is no JSON: OFFSET in bytes from 0, LINE and COLUMN (in bytes)
 * from 1. */
typedef struct asl_syntax_error {
    size_t offset, line, column;
    char message[120]; /* what was found and what was expected */
    bool no_memory;    /* nothing is known to be wrong with the text */
} asl_syntax_error;

/* Parses LEN bytes of JSON text (RFC 8259; UTF-8; no BOM).  Of equal keys the last one
 * wins.  The value lives in REGION and may point into TEXT, which must live as long and
 * be followed by at least ASL_PARSE_PADDING readable bytes.  False with *ERROR filled
 * in if it is no JSON, nested deeper than ASL_MAX_DEPTH, or memory is short. */
#define ASL_PARSE_PADDING 64
bool asl_parse_in(asl_region *region, const char *text, size_t len, asl_value *out,
                  asl_syntax_error *error);
/* The same on a copy of TEXT that REGION then owns: nothing is asked of TEXT. */
bool asl_parse(asl_region *region, const char *text, size_t len, asl_value *out,
               asl_syntax_error *error);
/* V as compact JSON text: a string value in REGION. */
asl_value asl_to_json(asl_region *region, asl_value v);

#ifdef __cplusplus
}
#endif
#endif
