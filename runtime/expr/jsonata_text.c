/* JSONata: what the string functions share (jsonata_text.h), and those that cut,
 * search, pad and join text. */
#include "../value/base.h"

#include <math.h>

#include "jsonata_text.h"
#include "../value/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* ---- arguments ------------------------------------------------------------------- */

asl_value asl__checked(asl_eval *e, const asl_function *self, asl_value context,
                       uint32_t n, const asl_value *args, asl_value *out)
{
    for (uint32_t i = 0; i < n; i++)
        if (asl_is_error(args[i]))
            return args[i];
    return asl__arguments(e, self, context, n, args, out);
}

bool asl__one_checked(asl_eval *e, const asl_function *self, asl_value context,
                      uint32_t n, const asl_value *args, asl_value *s)
{
    asl_value problem = asl__checked(e, self, context, n, args, s);

    if (asl_is_error(problem))
        *s = problem;
    return asl_is_string(*s);
}

/* ---- text that is built ---------------------------------------------------------- */

enum { LEAST_ROOM = 256 };

/* Takes more of the region behind T's room, where nothing else has been put there. */
static bool extend(struct asl__text *t, size_t room)
{
    asl_region *region = t->region;

    if (!t->data || t->data + t->room != region->next ||
        (size_t)(region->end - t->data) < room)
        return false;
    region->next = t->data + room;
    t->room = room;
    return true;
}

bool asl__text_grow(struct asl__text *t, size_t extra)
{
    size_t room = t->room < LEAST_ROOM ? LEAST_ROOM : 2 * t->room;

    if (t->failed || extra > UINT32_MAX || t->len + extra > UINT32_MAX) {
        t->failed = true;
        return false;
    }
    if (room < t->len + extra)
        room = t->len + extra;
    room = (room + 15) & ~(size_t)15;
    if (extend(t, room))
        return true;
    char *data = asl_alloc(t->region, room);
    if (!data) {
        t->failed = true;
        return false;
    }
    if (t->len)
        memcpy(data, t->data, t->len);
    t->data = data;
    t->room = room;
    return true;
}

/* Whether P, with LEN bytes, starts with a surrogate of KIND: 0xA0 high, 0xB0 low. */
static inline bool is_surrogate(const char *p, size_t len, unsigned kind)
{
    return len >= 3 && (unsigned char)p[0] == 0xED &&
           ((unsigned char)p[1] & 0xF0u) == kind;
}

void asl__text_put(struct asl__text *t, const char *data, size_t len)
{
    if (!asl__text_reserve(t, len) || len == 0)
        return;
    size_t back = 0;
    if (is_surrogate(data, len, 0xB0) && t->len >= 3 &&
        is_surrogate(t->data + t->len - 3, 3, 0xA0))
        back = 3;
    memcpy(t->data + t->len, data, len);
    if (back == 0) {
        t->len += len;
        return;
    }
    size_t start = t->len - back;
    size_t joined = asl__utf8_join_surrogates(t->data + start, 6);
    memmove(t->data + start + joined, t->data + start + 6, len - 3);
    t->len = start + joined + len - 3;
}

asl_value asl__text_end(struct asl__text *t)
{
    if (t->failed)
        return asl_no_memory();
    asl_value v = asl_string_in(t->data ? t->data : "", t->len);
    size_t used = t->len <= ASL_SHORT_MAX ? 0 : (t->len + 15) & ~(size_t)15;
    if (t->data && t->data + t->room == t->region->next)
        t->region->next = t->data + used;
    return v;
}

size_t asl__ascii_prefix(const char *text, size_t len)
{
    size_t i = 0;

#ifdef __SSE2__
    for (; i + 16 <= len; i += 16) {
        unsigned mask = (unsigned)_mm_movemask_epi8(
            _mm_loadu_si128((const __m128i *)(const void *)(text + i)));
        if (mask)
            return i + (size_t)__builtin_ctz(mask);
    }
#endif
    while (i < len && (unsigned char)text[i] < 0x80)
        i++;
    return i;
}

/* ---- positions ------------------------------------------------------------------- */

/* The byte where code point INDEX of the text starts; LEN when there is none. */
static size_t point_offset(const char *text, size_t len, size_t index)
{
    size_t plain = asl__ascii_prefix(text, index < len ? index : len);

    if (plain == index || plain == len)
        return plain;
    return plain +
           asl__utf8_code_point_offset(text + plain, len - plain, index - plain);
}

/* AT as Array.prototype.slice takes it, of COUNT elements. */
static size_t slice_index(double at, size_t count)
{
    if (isnan(at))
        return 0;
    at = trunc(at);
    if (at < 0)
        at = at + (double)count < 0 ? 0 : at + (double)count;
    return at < (double)count ? (size_t)at : count;
}

static asl_value points(asl_value s, double start, bool has_len, double len)
{
    const char *text = asl_text(&s);
    size_t bytes = asl_text_len(s), count = bytes;

    /* With no negative number the bytes are as good a bound as the number of points. */
    if (!(start >= 0))
        count = asl__utf8_code_points(text, bytes);
    if ((double)count + start < 0)
        start = 0;
    if (has_len && len <= 0)
        return asl_str("");
    size_t first = slice_index(start, count), last = count;
    if (has_len)
        last =
            slice_index(start >= 0 ? start + len : (double)count + start + len, count);
    if (first >= last)
        return asl_str("");
    size_t from = point_offset(text, bytes, first);
    return asl__part(s, from,
                     from + point_offset(text + from, bytes - from, last - first));
}

asl_value asl_fn_substring(asl_eval *e, asl_value context, uint32_t n,
                           const asl_value *args)
{
    asl_value out[3] = { asl_undefined(), asl_undefined(), asl_undefined() };

    if (n >= 2 && n <= 3 && asl_is_string(args[0]) && asl_is_number(args[1]) &&
        (n == 2 || asl_is_number(args[2]))) {
        memcpy(out, args, n * sizeof *out);
    } else {
        asl_value problem = asl__checked(e, &asl_fv_substring, context, n, args, out);
        if (asl_is_error(problem))
            return problem;
    }
    if (asl_is_undefined(out[0]))
        return out[0];
    bool has_len = !asl_is_undefined(out[2]);
    return points(out[0], asl_is_undefined(out[1]) ? NAN : asl_to_double(out[1]),
                  has_len, has_len ? asl_to_double(out[2]) : 0);
}

asl_value asl_fn_length(asl_eval *e, asl_value context, uint32_t n,
                        const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_length, context, n, args, &s))
        return s;
    const char *text = asl_text(&s);
    size_t len = asl_text_len(s), plain = asl__ascii_prefix(text, len);
    return asl_integer(
        (int64_t)(plain + asl__utf8_code_points(text + plain, len - plain)));
}

/* ---- before and behind ----------------------------------------------------------- */

/* Where STRINGS[1] is in STRINGS[0], by S; SIZE_MAX: STRINGS[0] is the result. */
static size_t find_text(asl_eval *e, asl_value *strings, struct asl__search *s)
{
    if (asl__search(e, strings[0], strings[1], s))
        return asl__search_next(s, 0);
    strings[0] = asl_no_memory();
    return SIZE_MAX;
}

/* The arguments of SELF, `<s-s:s>`, to OUT; true where both are strings, else out[0] is
 * the result. */
static bool two_strings(asl_eval *e, const asl_function *self, asl_value context,
                        uint32_t n, const asl_value *args, asl_value *out)
{
    if (n == 2 && asl_is_string(args[0]) && asl_is_string(args[1])) {
        out[0] = args[0];
        out[1] = args[1];
        return true;
    }
    asl_value problem = asl__checked(e, self, context, n, args, out);
    if (asl_is_error(problem))
        out[0] = problem;
    return asl_is_string(out[0]) && asl_is_string(out[1]);
}

asl_value asl_fn_substringBefore(asl_eval *e, asl_value context, uint32_t n,
                                 const asl_value *args)
{
    asl_value out[2];
    struct asl__search s;

    if (!two_strings(e, &asl_fv_substringBefore, context, n, args, out))
        return out[0];
    size_t at = find_text(e, out, &s);
    return at == SIZE_MAX ? out[0] : asl__units_part(e, &s.in, 0, at);
}

asl_value asl_fn_substringAfter(asl_eval *e, asl_value context, uint32_t n,
                                const asl_value *args)
{
    asl_value out[2];
    struct asl__search s;

    if (!two_strings(e, &asl_fv_substringAfter, context, n, args, out))
        return out[0];
    size_t at = find_text(e, out, &s);
    return at == SIZE_MAX ? out[0] : asl__units_part(e, &s.in, at + s.len, s.in.len);
}

/* ---- $trim ----------------------------------------------------------------------- */

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* From P on the first blank that must go: one that is no single space. */
static const char *skip_spaced(const char *p, const char *end)
{
    for (; p < end; p++)
        if (is_blank(*p) && (*p != ' ' || p + 1 == end || is_blank(p[1])))
            break;
    return p;
}

static asl_value collapse(asl_eval *e, const char *p, const char *end)
{
    struct asl__text t = { .region = e->region };

    if (!asl__text_reserve(&t, (size_t)(end - p)))
        return asl_no_memory();
    while (p < end) {
        const char *stop = skip_spaced(p, end);
        memcpy(t.data + t.len, p, (size_t)(stop - p));
        t.len += (size_t)(stop - p);
        for (p = stop; p < end && is_blank(*p);)
            p++;
        if (p > stop)
            t.data[t.len++] = ' ';
    }
    return asl__text_end(&t);
}

asl_value asl_fn_trim(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value s;

    if (!asl__one_string(e, &asl_fv_trim, context, n, args, &s))
        return s;
    const char *text = asl_text(&s), *p = text, *end = text + asl_text_len(s);
    while (p < end && is_blank(*p))
        p++;
    while (end > p && is_blank(end[-1]))
        end--;
    if (skip_spaced(p, end) < end)
        return collapse(e, p, end);
    return asl__part(s, (size_t)(p - text), (size_t)(end - text));
}

/* ---- $pad ------------------------------------------------------------------------ */

/* Appends COUNT code points of FILL, over and over. */
static void put_fill(struct asl__text *t, asl_value fill, size_t count)
{
    const char *text = asl_text(&fill);
    size_t len = asl_text_len(fill), each = asl__utf8_code_points(text, len), bytes;

    each = each ? each : 1; /* 0: no UTF-8 at all */
    size_t times = count / each, rest = point_offset(text, len, count % each);

    if (!asl__size_mul(times, len, &bytes) || !asl__size_add(bytes, rest, &bytes) ||
        !asl__text_reserve(t, bytes)) {
        t->failed = true;
        return;
    }
    if (len == 1) {
        memset(t->data + t->len, *text, times);
        t->len += times;
        return;
    }
    for (; times > 0; times--)
        asl__text_put(t, text, len);
    asl__text_put(t, text, rest);
}

static asl_value pad(asl_eval *e, asl_value s, double width, asl_value fill)
{
    size_t count = asl__utf8_code_points(asl_text(&s), asl_text_len(s));
    double missing = trunc(fabs(width)) - (double)count;
    struct asl__text t = { .region = e->region };

    if (!(missing > 0))
        return s;
    if (missing > ASL__MOST_TEXT)
        return asl__too_much(e);
    if (!asl_is_string(fill) || asl_text_len(fill) == 0)
        fill = asl_str(" ");
    asl__text_reserve(&t, asl_text_len(s) + (size_t)missing);
    if (width > 0)
        asl__text_put_value(&t, s);
    put_fill(&t, fill, (size_t)missing);
    if (width < 0)
        asl__text_put_value(&t, s);
    return asl__text_end(&t);
}

asl_value asl_fn_pad(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value out[3] = { asl_undefined(), asl_undefined(), asl_undefined() };

    if (n >= 2 && n <= 3 && asl_is_string(args[0]) && asl_is_number(args[1]) &&
        (n == 2 || asl_is_string(args[2]))) {
        memcpy(out, args, n * sizeof *out);
    } else {
        asl_value problem = asl__checked(e, &asl_fv_pad, context, n, args, out);
        if (asl_is_error(problem))
            return problem;
    }
    if (asl_is_undefined(out[0]) || asl_is_undefined(out[1]))
        return out[0];
    return pad(e, out[0], asl_to_double(out[1]), out[2]);
}

/* ---- $join ----------------------------------------------------------------------- */

static bool are_strings(asl_value array)
{
    const asl_value *items = asl__items(array);

    for (uint32_t i = 0; i < asl__count(array); i++)
        if (!asl_is_string(items[i]))
            return false;
    return true;
}

static asl_value join(asl_eval *e, asl_value array, asl_value separator)
{
    const asl_value *items = asl__items(array);
    uint32_t count = asl__count(array);
    struct asl__text t = { .region = e->region };
    size_t len = 0;

    if (count == 1 && asl_is_string(items[0]))
        return items[0];
    for (uint32_t i = 0; i < count; i++)
        len += asl_is_string(items[i]) ? asl_text_len(items[i]) : 0;
    if (count > 1)
        len += (count - 1) * asl_text_len(separator);
    if (len > UINT32_MAX || !asl__text_reserve(&t, len))
        return asl_no_memory();
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            asl__text_put_value(&t, separator);
        if (asl_is_string(items[i]))
            asl__text_put_value(&t, items[i]);
    }
    return asl__text_end(&t);
}

asl_value asl_fn_join(asl_eval *e, asl_value context, uint32_t n, const asl_value *args)
{
    asl_value out[2] = { asl_undefined(), asl_undefined() };

    if (n >= 1 && n <= 2 && asl_is_array(args[0]) && are_strings(args[0]) &&
        (n == 1 || asl_is_string(args[1]))) {
        memcpy(out, args, n * sizeof *out);
    } else {
        asl_value problem = asl__checked(e, &asl_fv_join, context, n, args, out);
        if (asl_is_error(problem))
            return problem;
    }
    if (!asl_is_array(out[0]))
        return out[0];
    return join(e, out[0], asl_is_string(out[1]) ? out[1] : asl_str(""));
}
