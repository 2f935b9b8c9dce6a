/* What programs and servers say: errors by name, and texts that may be anything. */
#include "value/base.h"

#include "task/bind.h"
#include "value/utf8.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

asl_value asl__named_error(asl_region *region, const char *text, size_t len)
{
    asl_syntax_error why;
    asl_value v;

    while (len > 0 && is_space(text[len - 1]))
        len--;
    while (len > 0 && is_space(*text)) {
        text++;
        len--;
    }
    if (len == 0 || *text != '{')
        return asl_undefined();
    if (!asl_parse(region, text, len, &v, &why))
        return why.no_memory ? asl_no_memory() : asl_undefined();
    asl_value type = asl_get(v, "errorType"), message = asl_get(v, "errorMessage");
    if (asl_is_string(type) || asl_is_string(message))
        return asl_error(region, asl_is_string(type) ? type : asl_str("Lambda.Unknown"),
                         asl_to_json(region, v));
    asl_value error = asl_get(v, "Error"), cause = asl_get(v, "Cause");
    if (!asl_is_string(error) && !asl_is_string(cause))
        return asl_undefined();
    return asl_error(region,
                     asl_is_string(error) ? error : asl_str("States.TaskFailed"),
                     asl_is_string(cause) ? cause : asl_undefined());
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

asl_value asl__clean_text(asl_region *region, const char *text, size_t len)
{
    struct asl__buf clean = ASL__BUF_INIT;

    while (len > 0 &&
           is_continuation(*text)) { /* the tail may start within a character */
        text++;
        len--;
    }
    while (len > 0) {
        size_t good = asl__utf8_valid_prefix(text, len, false);
        asl__buf_append(&clean, text, good);
        text += good;
        len -= good;
        if (len == 0)
            break;
        asl__buf_append_char(&clean, '?');
        text++;
        len--;
    }
    asl_value v =
        clean.failed
            ? asl_no_memory()
            : asl_string(region, clean.data != NULL ? clean.data : "", clean.len);
    asl__buf_free(&clean);
    return v;
}
