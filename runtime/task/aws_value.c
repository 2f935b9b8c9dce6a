/* Values as the JSON protocols have them, and back; times and binary texts. */
#include "value/base.h"

#include "expr/time.h"
#include "task/aws_model.h"
#include "value/utf8.h"

#include <nettle/base64.h>

/* ---- texts -------------------------------------------------------------------- */

asl_value asl__aws_as_text(asl_region *region, asl_value v)
{
    return asl_is_string(v) ? v : asl_to_json(region, v);
}

asl_value asl__aws_base64(asl_region *region, asl_value text)
{
    if (!asl_is_string(text))
        return text;
    size_t len = asl_text_len(text), coded = BASE64_ENCODE_RAW_LENGTH(len);
    char *out = asl_alloc(region, coded + 1);

    if (out == NULL)
        return asl_no_memory();
    base64_encode_raw(out, len, (const uint8_t *)asl_text(&text));
    return asl_string_in(out, coded);
}

asl_value asl__aws_unbase64(asl_region *region, asl_value text)
{
    struct base64_decode_ctx ctx;

    if (!asl_is_string(text))
        return text;
    size_t len = asl_text_len(text), size = BASE64_DECODE_LENGTH(len) + 1;
    char *out = asl_alloc(region, size);
    if (out == NULL)
        return asl_no_memory();
    base64_decode_init(&ctx);
    if (!base64_decode_update(&ctx, &size, (uint8_t *)out, len, asl_text(&text)) ||
        !base64_decode_final(&ctx) || !asl__utf8_valid(out, size, false))
        return text;
    return asl_string_in(out, size);
}

/* ---- times -------------------------------------------------------------------- */

/* Microseconds since 1970 for the workflow: version 1 of the SDK gives milliseconds,
 * version 2 an Instant's text, whose fraction has no zeros of its own. */
static asl_value instant(const asl__aws_side *side, int64_t time)
{
    char text[ASL__TIME_MAX + 1];

    if (side->optimized)
        return asl_integer(time / 1000 - (time % 1000 < 0));
    size_t len = asl__time_print(time, text);
    if (len > 5 && memcmp(text + len - 5, ".000Z", 5) == 0) {
        text[len - 5] = 'Z';
        len -= 4;
    }
    return asl_string(side->region, text, len);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT". */
static bool parse_http_time(const char *text, size_t len, int64_t *time)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct asl__cursor c = { text + 5, text + len };
    unsigned day, month = 0, high, low, hour, minute, second;

    if (len != 29 || memcmp(text + 3, ", ", 2) != 0 || memcmp(text + 25, " GMT", 4) != 0)
        return false;
    for (unsigned i = 0; i < 12; i++)
        if (memcmp(text + 8, months + 3 * (size_t)i, 3) == 0)
            month = i + 1;
    if (month == 0 || !asl__read_digits(&c, 2, 1, 31, &day))
        return false;
    c.at = text + 12;
    if (!asl__read_digits(&c, 2, 0, 99, &high) || !asl__read_digits(&c, 2, 0, 99, &low) ||
        !asl__read_char(&c, ' ') || !asl__read_digits(&c, 2, 0, 23, &hour) ||
        !asl__read_char(&c, ':') || !asl__read_digits(&c, 2, 0, 59, &minute) ||
        !asl__read_char(&c, ':') || !asl__read_digits(&c, 2, 0, 60, &second))
        return false;
    *time = (asl__days_of(high * 100 + low, month, day) * 86400 + hour * 3600 +
             minute * 60 + second) *
            1000000;
    return true;
}

asl_value asl__aws_time(const asl__aws_side *side, const char *text, size_t len)
{
    int64_t time;

    if (asl__time_parse(text, len, &time) || parse_http_time(text, len, &time))
        return instant(side, time);
    return asl_string(side->region, text, len);
}

static asl_value seconds_to_time(const asl__aws_side *side, asl_value v)
{
    double seconds;

    if (!asl_is_number(v))
        return v;
    seconds = asl_to_double(v);
    if (!(seconds > -1e11 && seconds < 1e12))
        return v;
    return instant(side, (int64_t)(seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5)));
}

/* In plain digits: not every service reads an exponent. */
static asl_value time_to_seconds(asl_region *region, asl_value v)
{
    asl_syntax_error why;
    asl_value number;
    int64_t time;
    char text[48];

    if (!asl_is_string(v) || !asl__time_parse(asl_text(&v), asl_text_len(v), &time))
        return v;
    if (time % 1000000 == 0 || time < 0)
        return asl_integer(time / 1000000);
    int len = snprintf(text, sizeof text, "%lld.%03d", (long long)(time / 1000000),
                       (int)(time % 1000000 / 1000));
    return asl_parse(region, text, (size_t)len, &number, &why) ? number : asl_no_memory();
}

asl_value asl__aws_http_time(asl_region *region, asl_value v)
{
    static const char week[][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t seconds, year, time;
    unsigned month, day;

    if (asl_is_string(v) && asl__time_parse(asl_text(&v), asl_text_len(v), &time))
        seconds = time / 1000000 - (time % 1000000 < 0);
    else if (!asl_is_number(v) || !asl_to_integer(v, &seconds))
        return v;
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    unsigned within = (unsigned)(seconds - days * 86400);
    asl__date_of(days, &year, &month, &day);
    return asl_format_string(region, "%s, %02u %s %04lld %02u:%02u:%02u GMT",
                             week[(days % 7 + 7) % 7], day, months[month - 1],
                             (long long)year, within / 3600, within / 60 % 60,
                             within % 60);
}

/* ---- both ways ---------------------------------------------------------------- */

/* How the values of one direction are made. */
typedef asl_value convert_fn(const asl__aws_side *side, const char *name,
                             const char *kinds, asl_value v);

static asl_value convert_items(const asl__aws_side *side, const char *name,
                               const char *kinds, asl_value v, convert_fn *convert)
{
    asl_value out = asl_array();

    for (size_t i = 0; i < asl_count(v); i++)
        out = asl_push(side->region, out, convert(side, name, kinds, asl_at(v, i)));
    return out;
}

/* A map: its keys are the user's. */
static asl_value convert_map(const asl__aws_side *side, const char *name,
                             const char *kinds, asl_value v, convert_fn *convert)
{
    asl_value out = asl_object();

    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        out = asl_set(side->region, out, m->key, convert(side, name, kinds, m->value));
    }
    return out;
}

static bool is_map(const char *kinds)
{
    return *kinds == 'm' || *kinds == 'F';
}

/* A leaf kind tells nothing of what is no leaf. */
static asl_value leaf_to_wire(const asl__aws_side *side, char kind, asl_value v)
{
    switch (kind) {
    case 't': return time_to_seconds(side->region, v);
    case 'b':
        /* Version 1 of the SDK read base64 there, version 2 makes it of the text. */
        return side->optimized ? v
                               : asl__aws_base64(side->region,
                                                 asl__aws_as_text(side->region, v));
    case 'q': return asl__aws_as_text(side->region, v);
    case 's': return asl__aws_as_text(side->region, v);
    default: return v;
    }
}

asl_value asl__aws_value_to_wire(const asl__aws_side *side, const char *name,
                                 const char *kinds, asl_value v)
{
    if (*kinds == 'j')
        return v;
    if (asl_is_array(v) && *kinds != 's' && *kinds != 'q')
        return convert_items(side, name, kinds, v, asl__aws_value_to_wire);
    if (asl_is_object(v) && is_map(kinds))
        return convert_map(side, name, kinds + 1, v, asl__aws_value_to_wire);
    if (asl_is_object(v) && *kinds == '\0')
        return asl__aws_to_wire(side, name, v);
    return leaf_to_wire(side, *kinds, v);
}

asl_value asl__aws_to_wire(const asl__aws_side *side, const char *parent, asl_value v)
{
    asl_value out = asl_object();

    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        if (asl_is_null(m->value))
            continue; /* not set, as Java has it */
        asl__aws_name name = asl__aws_by_name(side, parent, m->key);
        if (name.no_memory)
            return asl_no_memory();
        out = asl_set(side->region, out, asl_cstring(side->region, name.wire),
                      asl__aws_value_to_wire(side, name.name, name.kinds, m->value));
    }
    return out;
}

static asl_value leaf_from_wire(const asl__aws_side *side, char kind, asl_value v)
{
    asl_syntax_error why;
    asl_value parsed;

    switch (kind) {
    case 't': return seconds_to_time(side, v);
    case 'T':
    case 'R':
        return asl_is_string(v) ? asl__aws_time(side, asl_text(&v), asl_text_len(v))
                                : seconds_to_time(side, v);
    case 'b': return side->optimized ? v : asl__aws_unbase64(side->region, v);
    case 'q':
        if (asl_is_string(v) && asl_parse(side->region, asl_text(&v), asl_text_len(v),
                                          &parsed, &why))
            return parsed;
        return v;
    default: return v;
    }
}

asl_value asl__aws_value_from_wire(const asl__aws_side *side, const char *name,
                                   const char *kinds, asl_value v)
{
    if (*kinds == 'j')
        return v;
    if (asl_is_array(v))
        return convert_items(side, name, kinds, v, asl__aws_value_from_wire);
    if (asl_is_object(v) && is_map(kinds))
        return convert_map(side, name, kinds + 1, v, asl__aws_value_from_wire);
    if (asl_is_object(v))
        return asl__aws_from_wire(side, name, v);
    return leaf_from_wire(side, *kinds, v);
}

asl_value asl__aws_from_wire(const asl__aws_side *side, const char *parent, asl_value v)
{
    asl_value out = asl_object();

    if (!asl_is_object(v))
        return v;
    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        if (asl_is_null(m->value))
            continue;
        asl__aws_name name = asl__aws_by_wire(side, parent, asl_text(&m->key),
                                              asl_text_len(m->key));
        if (name.no_memory)
            return asl_no_memory();
        out = asl_set(side->region, out, asl_cstring(side->region, name.name),
                      asl__aws_value_from_wire(side, name.name, name.kinds, m->value));
    }
    return asl__aws_sorted(side->region, out);
}

static int compare_keys(const void *a, const void *b)
{
    const asl_member *p = a, *q = b;

    return asl_compare_text(p->key, q->key);
}

asl_value asl__aws_sorted(asl_region *region, asl_value v)
{
    size_t count = asl_count(v);
    asl_value out = asl_object();

    if (!asl_is_object(v) || count < 2)
        return v;
    asl_member *members = asl_alloc(region, count * sizeof *members);
    if (members == NULL)
        return asl_no_memory();
    memcpy(members, asl_member_at(v, 0), count * sizeof *members);
    qsort(members, count, sizeof *members, compare_keys);
    for (size_t i = 0; i < count; i++)
        out = asl_set(region, out, members[i].key, members[i].value);
    return out;
}
