/* Intrinsic functions on texts; base64 by nettle. */
#include "../value/base.h"

#include <nettle/base64.h>

#include "failure.h"
#include "hash.h"
#include "intrinsic.h"
#include "java.h"
#include "../value/utf8.h"

enum { TEXT_MAX = 10000 }; /* characters of what Base64 and Hash take */

/* The text in BUF, which is freed, as a string of REGION. */
static asl_value take(asl_region *region, struct asl__buf *buf)
{
    asl_value text = buf->failed
                         ? asl_no_memory()
                         : asl_string(region, buf->data ? buf->data : "", buf->len);

    asl__buf_free(buf);
    return text;
}

static bool is_small_text(asl_value v)
{
    return asl_is_string(v) &&
           asl__utf8_utf16_len(asl_text(&v), asl_text_len(v)) <= TEXT_MAX;
}

/* ---- Format ------------------------------------------------------------------- */

/* Fills in the template from args[0]; NULL, or the end of the Cause. */
static const char *fill_in(struct asl__buf *buf, uint32_t count, const asl_value *args)
{
    static const char mismatch[] =
        "Invalid arguments in States.Format: number of arguments do not match the "
        "occurrences of {}.";
    const char *text = asl_text(&args[0]);
    size_t len = asl_text_len(args[0]);
    uint32_t used = 1;

    size_t from = 0; /* what is between is copied as it is */

    for (size_t i = 0; i < len; i++) {
        if (text[i] != '{' && text[i] != '\\')
            continue;
        char c = text[i], next = i + 1 < len ? text[i + 1] : '\0';
        if (c == '\\' && next && strchr("'{}\\", next)) {
            asl__buf_append(buf, text + from, i - from);
            from = ++i; /* with the escaped character */
        } else if (c == '{' && next != '}') {
            return "Invalid template in States.Format: matching '}' not found for '{'.";
        } else if (c == '{') {
            if (used == count)
                return mismatch;
            asl__buf_append(buf, text + from, i - from);
            asl__java_print(buf, args[used++]);
            from = ++i + 1;
        }
    }
    asl__buf_append(buf, text + from, len - from);
    return used == count ? NULL : mismatch;
}

asl_value asl_intrinsic_format(asl_region *region, uint32_t count,
                               const asl_value *args)
{
    char few[256];
    struct asl__buf buf = ASL__BUF_ON(few);

    asl__buf_bound(&buf, region);
    ASL__ARGUMENTS(count >= 1 && asl_is_string(args[0]), "States.Format");
    const char *wrong = fill_in(&buf, count, args);
    asl_value text = take(region, &buf);
    return wrong ? asl__failf(region, "%s", wrong) : text;
}

/* Puts the bytes of V, a short string, and zeros behind them to TO, which has room for 16:
 * by its words, since it has just been written by them. */
static inline void put_short(char *to, asl_value v)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t first = v.u.word.head >> 16 | v.u.word.body << 48, last = v.u.word.body >> 16;

    memcpy(to, &first, sizeof first);
    memcpy(to + 8, &last, sizeof last);
#else
    memcpy(to, v.u.bytes + 2, ASL_SHORT_MAX);
#endif
}

asl_value asl_intrinsic_join(asl_region *region, uint32_t count, const asl_value *parts)
{
    char few[256];
    struct asl__buf buf = ASL__BUF_ON(few);
    asl_value error = asl__argument_error(count, parts);

    if (asl_is_error(error))
        return error;
    asl__buf_bound(&buf, region);
    for (uint32_t i = 0; i < count; i++) {
        if (asl__tag(parts[i]) == ASL_SHORT && buf.capacity - buf.len >= 16) {
            put_short(buf.data + buf.len, parts[i]);
            buf.len += asl_text_len(parts[i]);
        } else {
            asl__java_print(&buf, parts[i]);
        }
    }
    return take(region, &buf);
}

/* ---- StringSplit -------------------------------------------------------------- */

/* Whether the character of LEN bytes at P is one of SET's. */
static bool is_one_of(asl_value set, const char *p, size_t len)
{
    const char *at = asl_text(&set), *end = at + asl_text_len(set);
    size_t bytes;

    for (; at < end; at += bytes) {
        asl__utf8_decode(at, end, &bytes);
        if (bytes == len && memcmp(at, p, len) == 0)
            return true;
    }
    return false;
}

asl_value asl_intrinsic_string_split(asl_region *region, uint32_t count,
                                     const asl_value *args)
{
    asl_value out = asl_array();

    ASL__ARGUMENTS(count == 2 && asl_is_string(args[0]) && asl_is_string(args[1]),
                   "States.StringSplit");
    const char *start = asl_text(&args[0]), *at = start,
               *end = at + asl_text_len(args[0]);
    for (size_t bytes; at < end; at += bytes) {
        asl__utf8_decode(at, end, &bytes);
        if (!is_one_of(args[1], at, bytes))
            continue;
        if (at > start)
            out =
                asl_push(region, out, asl_string(region, start, (size_t)(at - start)));
        start = at + bytes;
    }
    if (end > start)
        out = asl_push(region, out, asl_string(region, start, (size_t)(end - start)));
    return out;
}

/* ---- Base64 ------------------------------------------------------------------- */

asl_value asl_intrinsic_base64_encode(asl_region *region, uint32_t count,
                                      const asl_value *args)
{
    ASL__ARGUMENTS(count == 1 && is_small_text(args[0]), "States.Base64Encode");
    size_t len = asl_text_len(args[0]), encoded = BASE64_ENCODE_RAW_LENGTH(len);
    char *out = asl_alloc(region, encoded + 1);
    if (!out)
        return asl_no_memory();
    base64_encode_raw(out, len, (const uint8_t *)asl_text(&args[0]));
    return asl_string_in(out, encoded);
}

asl_value asl_intrinsic_base64_decode(asl_region *region, uint32_t count,
                                      const asl_value *args)
{
    struct base64_decode_ctx ctx;

    ASL__ARGUMENTS(count == 1 && is_small_text(args[0]), "States.Base64Decode");
    size_t len = asl_text_len(args[0]), decoded = BASE64_DECODE_LENGTH(len);
    char *out = asl_alloc(region, decoded + 1);
    if (!out)
        return asl_no_memory();
    base64_decode_init(&ctx);
    if (!base64_decode_update(&ctx, &decoded, (uint8_t *)out, len,
                              asl_text(&args[0])) ||
        !base64_decode_final(&ctx) || !asl__utf8_valid(out, decoded, false))
        return asl__invalid_arguments(region, "States.Base64Decode");
    return asl_string_in(out, decoded);
}

/* ---- Hash --------------------------------------------------------------------- */

asl_value asl_intrinsic_hash(asl_region *region, uint32_t count, const asl_value *args)
{
    char hex[ASL__HASH_MAX];
    size_t len;

    ASL__ARGUMENTS(count == 2 && asl_is_string(args[1]), "States.Hash");
    asl_value data = asl_is_string(args[0]) ? args[0] : asl_to_json(region, args[0]);
    if (asl_is_error(data))
        return data;
    if (!is_small_text(data) ||
        (len = asl__hash_hex(args[1], asl_text(&data), asl_text_len(data), hex)) == 0)
        return asl__invalid_arguments(region, "States.Hash");
    return asl_string(region, hex, len);
}
