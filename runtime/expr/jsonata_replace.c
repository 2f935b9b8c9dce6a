/* JSONata: $replace. */
#include "../value/base.h"

#include <math.h>

#include "callback.h"
#include "jsonata_match.h"
#include "../value/number.h"

struct replacing {
    asl_eval *e;
    struct asl__matches m;
    struct asl__text text;
    asl_value with; /* a template or a function */
    double limit;
};

/* ---- templates ------------------------------------------------------------------- */

static size_t group_count(const struct asl__matches *m)
{
    return m->matcher ? m->at.ngroups : asl_count(asl_get(m->object, "groups"));
}

/* Appends group INDEX, from 0; nothing for one that is none or took no part. */
static void put_group(struct replacing *r, int64_t index)
{
    const struct asl__matches *m = &r->m;

    if (index < 0 || (size_t)index >= group_count(m))
        return;
    if (m->matcher) {
        const size_t *group = &m->at.groups[2 * index];
        if (group[0] != SIZE_MAX)
            asl__units_put(&r->text, &m->text, group[0], group[1]);
        return;
    }
    asl_value v =
        asl__string_of(r->e, asl_at(asl_get(m->object, "groups"), (size_t)index));
    if (asl_is_string(v))
        asl__text_put_value(&r->text, v);
}

static void put_match(struct replacing *r)
{
    if (r->m.matcher)
        asl__units_put(&r->text, &r->m.text, r->m.at.start, r->m.at.end);
    else
        asl__text_put_value(&r->text, asl_get(r->m.object, "match"));
}

/* The number at P as parseInt reads it from at most MOST characters; false if none. */
static bool read_group(const char *p, const char *end, size_t most, int64_t *out)
{
    bool negative = false;

    if ((size_t)(end - p) > most)
        end = p + most;
    while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
        p++;
    if (p < end && (*p == '-' || *p == '+'))
        negative = *p++ == '-';
    if (p == end || *p < '0' || *p > '9')
        return false;
    for (*out = 0; p < end && *p >= '0' && *p <= '9'; p++)
        *out = *out * 10 + (*p - '0');
    if (negative)
        *out = -*out;
    return true;
}

/* What stands behind a `$` at P, which is below END; where the template goes on. */
static const char *put_reference(struct replacing *r, const char *p, const char *end)
{
    size_t count = group_count(&r->m), most = 1;
    int64_t index;
    char digits[ASL__NUMBER_SIZE];

    for (size_t rest = count; rest >= 10; rest /= 10)
        most++;
    if (!read_group(p, end, most, &index)) {
        asl__text_put(&r->text, "$", 1);
        return p;
    }
    if (most > 1 && index > (int64_t)count && !read_group(p, end, most - 1, &index)) {
        asl__text_put(&r->text, "$", 1);
        return p;
    }
    put_group(r, index - 1);
    size_t len = asl__integer_print(digits, index);
    return len < (size_t)(end - p) ? p + len : end;
}

static void put_template(struct replacing *r)
{
    const char *p = asl_text(&r->with), *end = p + asl_text_len(r->with);

    while (p < end) {
        const char *dollar = memchr(p, '$', (size_t)(end - p));
        asl__text_put(&r->text, p, (size_t)((dollar ? dollar : end) - p));
        if (!dollar)
            return;
        p = dollar + 1;
        if (p < end && *p == '0') {
            put_match(r);
            p++;
        } else if (p < end && *p != '$') {
            p = put_reference(r, p, end);
        } else {
            asl__text_put(&r->text, "$", 1);
            p += p < end;
        }
    }
}

/* ---- matches --------------------------------------------------------------------- */

static asl_value not_a_string(asl_eval *e, asl_value v)
{
    return asl_query_error(e, "D3012", "replace", v);
}

/* Appends what replaces the match; an error or undefined. */
static asl_value put_replacement(struct replacing *r)
{
    if (asl_is_string(r->with)) {
        put_template(r);
        return asl_undefined();
    }
    if (!asl_is_function(r->with))
        return not_a_string(r->e, r->with);
    asl_value match = asl__match_object(&r->m);
    if (asl_is_error(match))
        return match;
    asl_value v = asl__call(r->e, r->with, asl_undefined(), 1, &match);
    if (asl_is_error(v))
        return v;
    if (!asl_is_string(v))
        return not_a_string(r->e, v);
    asl__text_put_value(&r->text, v);
    return asl_undefined();
}

/* The bytes where the match starts and ends: by the length of `match`. */
static bool bounds_of(const struct asl__matches *m, size_t *start, size_t *end)
{
    if (m->matcher) {
        *start = m->at.start;
        *end = m->at.end;
        return true;
    }
    asl_value from = asl_get(m->object, "start"), match = asl_get(m->object, "match");
    if (!asl_is_number(from) || !asl_is_string(match))
        return false;
    struct asl__units u = { .whole = match };
    if (!asl__units_of(m->e, match, &u))
        return false;
    double index = asl_to_double(from);
    *start = asl__match_offset(m, index);
    *end = asl__match_offset(m, index + (double)asl__units_count(&u, 0, u.len));
    return true;
}

static asl_value replace_matches(struct replacing *r, asl_value s, asl_value pattern)
{
    struct asl__matches *m = &r->m;
    size_t done = 0, start, end;
    double count = 0;
    int found = asl__first_match(m, r->e, "replace", s, pattern);

    if (found <= 0)
        return found < 0 ? m->error : s;
    for (; found > 0 && count < r->limit; count++) {
        if (!bounds_of(m, &start, &end))
            return asl_query_error(r->e, "T1010", "replace", asl_undefined());
        /* As String.substring, which takes its bounds in any order. */
        asl__units_put(&r->text, &m->text, done < start ? done : start,
                       done < start ? start : done);
        asl_value problem = put_replacement(r);
        if (asl_is_error(problem))
            return problem;
        done = end;
        found = asl__next_match(m);
    }
    if (found < 0)
        return m->error;
    asl__units_put(&r->text, &m->text, done, m->text.len);
    return asl__text_end(&r->text);
}

/* ---- strings --------------------------------------------------------------------- */

static asl_value replace_text(struct replacing *r, asl_value s, asl_value what)
{
    struct asl__search q;
    size_t done = 0, at;
    double count = 0;

    if (!asl__search(r->e, s, what, &q))
        return asl_no_memory();
    at = asl__search_next(&q, 0);
    if (at == SIZE_MAX)
        return s;
    if (!asl_is_string(r->with))
        return not_a_string(r->e, r->with);
    for (; at != SIZE_MAX && count < r->limit; count++) {
        asl__units_put(&r->text, &q.in, done, at);
        asl__text_put_value(&r->text, r->with);
        done = at + q.len;
        at = asl__search_next(&q, done);
    }
    asl__units_put(&r->text, &q.in, done, q.in.len);
    return asl__text_end(&r->text);
}

static bool is_pattern(asl_value v)
{
    return asl_is_string(v) || asl_is_function(v);
}

asl_value asl_fn_replace(asl_eval *e, asl_value context, uint32_t n,
                         const asl_value *args)
{
    asl_value out[4] = { [3] = asl_undefined() };

    if (n >= 3 && n <= 4 && asl_is_string(args[0]) && is_pattern(args[1]) &&
        is_pattern(args[2]) && (n == 3 || asl_is_number(args[3]))) {
        memcpy(out, args, n * sizeof *out);
    } else {
        asl_value problem = asl__checked(e, &asl_fv_replace, context, n, args, out);
        if (asl_is_error(problem))
            return problem;
    }
    if (!asl_is_string(out[0]))
        return out[0];
    if (asl_is_string(out[1]) && asl_text_len(out[1]) == 0)
        return asl_query_error(e, "D3010", "replace", out[1]);
    struct replacing r = { .e = e,
                           .text = { .region = e->region },
                           .with = out[2],
                           .limit = asl_is_number(out[3]) ? asl_to_double(out[3])
                                                          : INFINITY };
    if (r.limit < 0)
        return asl_query_error(e, "D3011", "replace", out[3]);
    if (!(r.limit > 0))
        return out[0];
    return asl_is_string(out[1]) ? replace_text(&r, out[0], out[1])
                                 : replace_matches(&r, out[0], out[1]);
}
