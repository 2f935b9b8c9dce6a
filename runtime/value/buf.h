/* A growing byte buffer, and the printing of values as JSON text into one.
 *
 * A buffer remembers that an append failed (memory, or its limit): code may append
 * without looking and ask `failed` once at the end.  What is in it by then is a prefix.
 */
#ifndef ASL__BUF_H
#define ASL__BUF_H

#include <stdarg.h>

#include <aslrt/value.h>

struct asl__buf {
    char *data;      /* malloc'd unless borrowed; not terminated; NULL while empty */
    size_t len;      /* bytes in it */
    size_t capacity; /* bytes there is room for */
    size_t limit;    /* most bytes it may hold; 0: no limit */
    bool failed;     /* some append did not fit */
    bool borrowed;   /* data is the caller's, until that is too small */
    /* Takes LEN bytes away when 64 KB are full, so that a large document needs no large
     * buffer; false if it cannot.  NULL: the buffer grows.  What is left at the end stays
     * in it.  Not together with a limit. */
    bool (*drain)(struct asl__buf *buf, const char *data, size_t len);
};

#define ASL__BUF_INIT { NULL, 0, 0, 0, false, false, NULL }
/* A buffer that begins in the array STORAGE, which must outlive it. */
#define ASL__BUF_ON(storage) { storage, 0, sizeof storage, 0, false, true, NULL }

/* Frees the data; the buffer is empty and usable again, its limit stays. */
void asl__buf_free(struct asl__buf *buf);

/* Limits BUF to what may be gathered and then copied to REGION, if the program's memory is
 * limited. */
void asl__buf_bound(struct asl__buf *buf, const asl_region *region);

/* Makes room for EXTRA more bytes; false (and failed set) if that cannot be. */
bool asl__buf_grow(struct asl__buf *buf, size_t extra);

static inline bool asl__buf_reserve(struct asl__buf *buf, size_t extra)
{
    return buf->capacity - buf->len >= extra || asl__buf_grow(buf, extra);
}

void asl__buf_append(struct asl__buf *buf, const char *data, size_t len);
void asl__buf_append_cstring(struct asl__buf *buf, const char *text);
void asl__buf_append_char(struct asl__buf *buf, char c);
void asl__buf_printf(struct asl__buf *buf, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;
void asl__buf_vprintf(struct asl__buf *buf, const char *format, va_list args)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 0)))
#endif
    ;

/* The data as a C string (a NUL is put behind it and not counted); "out of memory" if the
 * buffer has failed. */
const char *asl__buf_cstring(struct asl__buf *buf);

/* Appends V as compact JSON text.  Undefined prints as null, infinities and NaN as the
 * strings "Infinity", "-Infinity", "NaN", an error as {"Error": ..., "Cause": ...}. */
void asl__print(struct asl__buf *buf, asl_value v);

/* The same over several lines, indented by two spaces. */
void asl__print_pretty(struct asl__buf *buf, asl_value v);

/* Appends LEN bytes of WTF-8 as a JSON string with its quotes. */
void asl__print_string(struct asl__buf *buf, const char *text, size_t len);

/* Appends JSON, text that asl__print made, as a JSON string with its quotes; fails if JSON
 * has failed.  What stands behind the end of JSON is overwritten. */
void asl__print_quoted(struct asl__buf *buf, struct asl__buf *json);

#endif
