/* The growing byte buffer; see buf.h. */
#include "base.h"

#include "buf.h"
#include "region.h"

#define LIMIT_SLACK 65536

void asl__buf_free(struct asl__buf *buf)
{
    if (!buf->borrowed)
        free(buf->data);
    buf->data = NULL;
    buf->len = buf->capacity = 0;
    buf->failed = buf->borrowed = false;
}

enum { DRAIN_ABOVE = 65536 }; /* a buffer that drains grows up to this */

/* Empties a buffer that drains; false if it does and cannot. */
static bool drain(struct asl__buf *buf)
{
    if (!buf->drain || buf->len == 0 || buf->capacity < DRAIN_ABOVE)
        return true;
    bool drained = buf->drain(buf, buf->data, buf->len);
    buf->len = 0;
    return drained;
}

void asl__buf_bound(struct asl__buf *buf, const asl_region *region)
{
    size_t room = asl__pool_room(region->source->pool);

    buf->limit = room == SIZE_MAX ? 0 : room / 2 + 1;
}

bool asl__buf_grow(struct asl__buf *buf, size_t extra)
{
    size_t wanted, capacity = buf->capacity < 256 ? 256 : buf->capacity;

    if (buf->failed || !drain(buf) || !asl__size_add(buf->len, extra, &wanted))
        goto failed;
    if (buf->capacity >= wanted)
        return true;
    while (capacity < wanted)
        if (!asl__size_mul(capacity, 2, &capacity))
            goto failed;
    /* Printing reserves more than it uses, hence the slack above the limit. */
    if (buf->limit && buf->len > buf->limit)
        goto failed;
    if (buf->limit && capacity > buf->limit && buf->limit + LIMIT_SLACK > wanted)
        capacity = buf->limit + LIMIT_SLACK;
    char *data = realloc(buf->borrowed ? NULL : buf->data, capacity);
    if (!data)
        goto failed;
    if (buf->borrowed)
        memcpy(data, buf->data, buf->len);
    buf->borrowed = false;
    buf->data = data;
    buf->capacity = capacity;
    return true;
failed:
    buf->failed = true;
    return false;
}

void asl__buf_append(struct asl__buf *buf, const char *data, size_t len)
{
    size_t sum;

    if (buf->limit && (!asl__size_add(buf->len, len, &sum) || sum > buf->limit))
        buf->failed = true;
    if (len == 0 || buf->failed || !asl__buf_reserve(buf, len))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
}

void asl__buf_append_cstring(struct asl__buf *buf, const char *text)
{
    asl__buf_append(buf, text, strlen(text));
}

void asl__buf_append_char(struct asl__buf *buf, char c)
{
    asl__buf_append(buf, &c, 1);
}

void asl__buf_vprintf(struct asl__buf *buf, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        buf->failed = true;
    if (n <= 0 || (buf->limit && buf->len + (size_t)n > buf->limit)) {
        buf->failed = buf->failed || n > 0;
        return;
    }
    if (!asl__buf_reserve(buf, (size_t)n + 1))
        return;
    vsnprintf(buf->data + buf->len, (size_t)n + 1, format, args);
    buf->len += (size_t)n;
}

void asl__buf_printf(struct asl__buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    asl__buf_vprintf(buf, format, args);
    va_end(args);
}

const char *asl__buf_cstring(struct asl__buf *buf)
{
    if (buf->failed || !asl__buf_reserve(buf, 1))
        return "out of memory";
    buf->data[buf->len] = '\0';
    return buf->data;
}
