/* See http_body.h. */
#include "value/base.h"

#include "io/http_body.h"
#include "value/region.h"

#include <zlib.h>

static bool fail(struct asl__http_answer *a, enum asl__http_end end,
                 const char *message)
{
    a->state = ASL__ANSWER_FAILED;
    a->failure = end;
    a->message = message;
    return false;
}

static bool too_much(struct asl__http_answer *a)
{
    return fail(a, ASL__HTTP_TOO_MUCH, "the answer's body is too long");
}

/* ---- memory --------------------------------------------------------------------- */

/* Room for CAP bytes in all and the padding. */
static bool set_capacity(struct asl__http_answer *a, size_t cap)
{
    size_t total;

    if (!asl__size_add(cap, ASL_PARSE_PADDING, &total))
        return false;
    if (a->pool != NULL && !asl__pool_charge(a->pool, cap - a->body_cap))
        return false;
    char *body = realloc(a->body, total);
    if (body == NULL) {
        if (a->pool != NULL)
            asl__pool_discharge(a->pool, cap - a->body_cap);
        return false;
    }
    a->body = body;
    a->body_cap = cap;
    return true;
}

/* Room for EXTRA bytes more. */
static bool reserve(struct asl__http_answer *a, size_t extra)
{
    size_t wanted, cap;

    if (a->body_cap - a->body_len >= extra)
        return true;
    if (!asl__size_add(a->body_len, extra, &wanted) ||
        !asl__size_mul(a->body_cap, 2, &cap))
        return fail(a, ASL__HTTP_NO_MEMORY, "out of memory");
    cap = cap > wanted ? cap : wanted;
    return set_capacity(a, cap < 512 ? 512 : cap) ||
           fail(a, ASL__HTTP_NO_MEMORY, "out of memory");
}

static bool append(struct asl__http_answer *a, const char *data, size_t len)
{
    if (len > a->max_body - a->body_len)
        return too_much(a);
    if (!reserve(a, len))
        return false;
    memcpy(a->body + a->body_len, data, len);
    a->body_len += len;
    return true;
}

/* ---- coded bodies ----------------------------------------------------------------- */

/* WINDOW as zlib has it: 31 gzip, 15 zlib's own, -15 nothing around. */
static bool open_stream(struct asl__http_answer *a, int window)
{
    a->stream = calloc(1, sizeof *a->stream);
    if (a->stream != NULL && inflateInit2(a->stream, window) == Z_OK)
        return true;
    free(a->stream);
    a->stream = NULL;
    return fail(a, ASL__HTTP_NO_MEMORY, "out of memory");
}

static void close_stream(struct asl__http_answer *a)
{
    if (a->stream != NULL)
        inflateEnd(a->stream);
    free(a->stream);
    a->stream = NULL;
}

/* A gzip file may be several, one behind the other; what else stands behind the end does
 * not matter.  Whether the next one begins. */
static bool goes_on(struct asl__http_answer *a)
{
    a->stream_over = a->coding != ASL__CODING_GZIP || *a->stream->next_in != 0x1f ||
                     inflateReset(a->stream) != Z_OK;
    a->stream_ended = a->stream_over;
    return !a->stream_over;
}

/* One step of zlib; false at the end of what there is, or on failure. */
static bool inflate_some(struct asl__http_answer *a)
{
    size_t most = a->max_body - a->body_len, room;

    if (!reserve(a, most < 1024 ? most + 1 : 1024))
        return false;
    room = a->body_cap - a->body_len;
    if (room > most && room - most > 1)
        room = most + 1; /* one more shows that it is too long */
    if (room > UINT32_MAX)
        room = UINT32_MAX;
    a->stream->next_out = (Bytef *)a->body + a->body_len;
    a->stream->avail_out = (uInt)room;
    int result = inflate(a->stream, Z_NO_FLUSH);
    a->body_len += room - a->stream->avail_out;
    if (a->body_len > a->max_body)
        return too_much(a);
    if (result == Z_STREAM_END) {
        a->stream_ended = true;
        return a->stream->avail_in > 0 && goes_on(a);
    }
    if (result == Z_MEM_ERROR)
        return fail(a, ASL__HTTP_NO_MEMORY, "out of memory");
    if (result != Z_OK && result != Z_BUF_ERROR)
        return fail(a, ASL__HTTP_GARBLED, "the answer's body is not coded as it says");
    return a->stream->avail_in > 0 || a->stream->avail_out == 0;
}

static bool inflate_all(struct asl__http_answer *a, const char *data, size_t len)
{
    while (len > 0 && !a->stream_over) {
        size_t part = len < UINT32_MAX ? len : UINT32_MAX;
        a->stream->next_in = (Bytef *)(uintptr_t)data;
        a->stream->avail_in = (uInt)part;
        if (a->stream_ended && !goes_on(a))
            break;
        while (inflate_some(a))
            ;
        if (a->state == ASL__ANSWER_FAILED)
            return false;
        data += part;
        len -= part;
    }
    return true;
}

/* "deflate" is zlib's form, but some send the bare one: the first two bytes tell. */
static bool begin_deflate(struct asl__http_answer *a, const char **data, size_t *len)
{
    uint8_t second;

    if (!a->has_first) {
        a->first = (uint8_t) * *data;
        a->has_first = true;
        ++*data;
        --*len;
    }
    if (*len == 0)
        return true;
    second = (uint8_t) * *data;
    bool zlib = (a->first & 15) == 8 && ((unsigned)a->first << 8 | second) % 31 == 0;
    char first = (char)a->first;
    return open_stream(a, zlib ? 15 : -15) && inflate_all(a, &first, 1);
}

bool asl__http_body_add(struct asl__http_answer *a, const char *data, size_t len)
{
    if (len == 0)
        return true;
    if (a->coding == ASL__CODING_NONE)
        return append(a, data, len);
    if (a->coding == ASL__CODING_GZIP && a->stream == NULL && !a->stream_over &&
        !open_stream(a, 31))
        return false;
    if (a->coding == ASL__CODING_DEFLATE && a->stream == NULL && !a->stream_over &&
        !begin_deflate(a, &data, &len))
        return false;
    return a->stream == NULL || inflate_all(a, data, len);
}

/* ---- begin and end ---------------------------------------------------------------- */

bool asl__http_body_expect(struct asl__http_answer *a, uint64_t size)
{
    if (size > a->max_body)
        return too_much(a);
    /* No more at once than it is likely to be: it may say what it wants. */
    return reserve(a, size < 65536 ? (size_t)size : 65536);
}

bool asl__http_body_finish(struct asl__http_answer *a)
{
    bool cut = a->has_first && a->stream == NULL;

    if ((a->stream != NULL && !a->stream_ended) || cut)
        return fail(a, ASL__HTTP_GARBLED, "the answer's body is not coded as it says");
    close_stream(a);
    if (a->body != NULL)
        memset(a->body + a->body_len, 0, ASL_PARSE_PADDING);
    return true;
}

void asl__http_body_free(struct asl__http_answer *a)
{
    close_stream(a);
    if (a->pool != NULL)
        asl__pool_discharge(a->pool, a->body_cap);
    free(a->body);
    a->body = NULL;
    a->body_len = a->body_cap = 0;
}
