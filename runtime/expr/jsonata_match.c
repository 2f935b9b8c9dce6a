/* JSONata: $contains, $match and $split.  A pattern is a string, a regex literal, or
 * any function that gives {match, start, end, groups, next}; see jsonata_match.h. */
#include "../value/base.h"

#include <math.h>

#include "jsonata_match.h"
#include "../value/number.h"

/* ---- regex literals -------------------------------------------------------------- */

static const struct asl__matcher *matcher_of(asl_value function)
{
    const asl_function *f = asl__pointer(function);

    return f->kind == ASL__MATCHER ? f->data : NULL;
}

/* The first match at or behind FROM.  ADVANCES: one of no length is an error, as it
 * would be found again and again. */
static int find(asl_eval *e, const struct asl__matcher *matcher,
                const struct asl__units *text, size_t from, bool advances,
                struct asl__match *match, asl_value *error)
{
    int found = matcher->find(e, matcher, text->text, text->len, from, match, error);

    if (found <= 0 || !advances || match->end > match->start)
        return found;
    *error = asl_query_error(
        e, "D1004", NULL,
        asl_string(e->region, matcher->regex->pattern, matcher->regex->len));
    return -1;
}

/* An array of COUNT items that the caller sets at *ITEMS; an error without memory. */
static asl_value new_array(asl_eval *e, size_t count, asl_value **items)
{
    if (count == 0)
        return asl_array();
    if (count > UINT32_MAX)
        return asl_no_memory();
    asl_block *block = asl_alloc(e->region, sizeof *block + count * sizeof **items);
    if (!block)
        return asl_no_memory();
    *block = (asl_block){ .used = (uint32_t)count, .capacity = (uint32_t)count };
    *items = (asl_value *)(void *)(block + 1);
    return asl__container(ASL_ARRAY, *items, count, 1);
}

/* The groups of MATCH: undefined for one that took no part. */
static asl_value groups_of(asl_eval *e, const struct asl__units *text,
                           const struct asl__match *match)
{
    asl_value *items;
    asl_value array = new_array(e, match->ngroups, &items);

    for (uint32_t i = 0; i < match->ngroups && !asl_is_error(array); i++) {
        size_t start = match->groups[2 * i];
        items[i] = start == SIZE_MAX
                       ? asl_undefined()
                       : asl__units_part(e, text, start, match->groups[2 * i + 1]);
        if (asl_is_error(items[i]))
            return items[i];
    }
    return array;
}

/* ---- a regex literal as a function ----------------------------------------------- */

/* What `next` of a match goes on with. */
struct next_match {
    asl_function function;
    const struct asl__matcher *matcher;
    struct asl__units text;
    size_t from;
};

static asl_value next_body(asl_eval *e, const asl_function *self,
                           const asl_value *args);

/* The function that finds what follows byte FROM of TEXT; an error without memory. */
static asl_value next_of(asl_eval *e, const struct asl__matcher *matcher,
                         const struct asl__units *text, size_t from)
{
    struct next_match *next = asl_alloc(e->region, sizeof *next);

    if (!next)
        return asl_no_memory();
    *next = (struct next_match){
        .function = { .body = next_body, .kind = ASL__NEXT, .data = next },
        .matcher = matcher,
        .text = *text,
        .from = from
    };
    if (!text->split)
        next->text.text = asl_text(&next->text.whole);
    return asl_function_value(&next->function);
}

static asl_value match_object(asl_eval *e, const struct asl__matcher *matcher,
                              const struct asl__units *text,
                              const struct asl__match *match)
{
    size_t index = asl__units_count(text, 0, match->start);
    const asl_value keys[] = { asl_str("match"), asl_str("start"), asl_str("end"),
                               asl_str("groups"), asl_str("next") };
    const asl_value values[] = {
        asl__units_part(e, text, match->start, match->end),
        asl_integer((int64_t)index),
        asl_integer(
            (int64_t)(index + asl__units_count(text, match->start, match->end))),
        groups_of(e, text, match),
        next_of(e, matcher, text, match->end),
    };

    return asl_record(e->region, ASL__COUNT_OF(keys), keys, values);
}

static asl_value next_body(asl_eval *e, const asl_function *self, const asl_value *args)
{
    const struct next_match *next = self->data;
    struct asl__match match;
    asl_value error = asl_undefined();

    (void)args;
    if (next->from >= next->text.len ||
        find(e, next->matcher, &next->text, next->from, true, &match, &error) <= 0)
        return error;
    return match_object(e, next->matcher, &next->text, &match);
}

/* Appends V as JavaScript makes a string of it. */
static void put_subject(struct asl__text *t, asl_value v)
{
    char digits[ASL__NUMBER_SIZE];

    switch (asl_tag_of(v)) {
    case ASL_NULL: asl__text_put(t, "null", 4); break;
    case ASL_FALSE: asl__text_put(t, "false", 5); break;
    case ASL_TRUE: asl__text_put(t, "true", 4); break;
    case ASL_INTEGER:
        asl__text_put(t, digits, asl__integer_print(digits, (int64_t)v.u.word.body));
        break;
    case ASL_DOUBLE:
    case ASL_DECIMAL:
        asl__text_put(t, digits, asl__double_print_js(digits, asl_to_double(v)));
        break;
    case ASL_SHORT:
    case ASL_LONG: asl__text_put_value(t, v); break;
    case ASL_ARRAY:
        for (uint32_t i = 0; i < asl__count(v); i++) {
            if (i > 0)
                asl__text_put(t, ",", 1);
            if (!asl_is_null(asl__items(v)[i]))
                put_subject(t, asl__items(v)[i]);
        }
        break;
    case ASL_OBJECT:
    case ASL_FUNCTION: asl__text_put(t, "[object Object]", 15); break;
    case ASL_UNDEFINED:
    case ASL_FAILURE:
    case ASL_UNSET: break;
    }
}

asl_value asl__matcher_body(asl_eval *e, const asl_function *self,
                            const asl_value *args)
{
    const struct asl__matcher *matcher = self->data;
    asl_value s = args[0], error = asl_undefined();
    double index = asl_is_number(args[1]) ? asl_to_double(args[1]) : 0;
    struct asl__text t = { .region = e->region };
    struct asl__units text;
    struct asl__match match;

    if (asl_is_undefined(s) || asl_is_error(s))
        return s;
    if (!asl_is_string(s)) {
        put_subject(&t, s);
        s = asl__text_end(&t);
        if (asl_is_error(s))
            return s;
    }
    if (!asl__units_of(e, s, &text))
        return asl_no_memory();
    if (index > (double)asl__units_count(&text, 0, text.len))
        return asl_undefined();
    size_t from = asl__units_offset(&text, index > 0 ? (size_t)index : 0);
    if (find(e, matcher, &text, from, false, &match, &error) <= 0)
        return error;
    return match_object(e, matcher, &text, &match);
}

/* ---- one match after the other --------------------------------------------------- */

/* Whether V is what a matcher function may give: JSONata asks for any one of these. */
static bool is_match(asl_value v)
{
    return asl_is_number(asl_get(v, "start")) || asl_is_array(asl_get(v, "groups")) ||
           asl_is_function(asl_get(v, "next"));
}

static int not_a_match(struct asl__matches *m)
{
    m->error = asl_query_error(m->e, "T1010", m->name, asl_undefined());
    return -1;
}

/* FUNCTION's answer to ARGUMENT is the match. */
static int call(struct asl__matches *m, asl_value function, asl_value argument)
{
    if (!asl_is_function(function))
        return not_a_match(m);
    m->object = asl_apply(m->e, function, asl_undefined(), 1, &argument);
    if (asl_is_error(m->object)) {
        m->error = m->object;
        return -1;
    }
    if (asl_is_undefined(m->object))
        return 0;
    return is_match(m->object) ? 1 : not_a_match(m);
}

int asl__first_match(struct asl__matches *m, asl_eval *e, const char *name, asl_value s,
                     asl_value pattern)
{
    m->e = e;
    m->name = name;
    m->matcher = asl_is_function(pattern) ? matcher_of(pattern) : NULL;
    m->counted = m->index = 0;
    m->error = m->object = asl_undefined();
    if (!asl__units_of(e, s, &m->text)) {
        m->error = asl_no_memory();
        return -1;
    }
    if (!m->matcher)
        return call(m, pattern, s);
    return find(e, m->matcher, &m->text, 0, false, &m->at, &m->error);
}

int asl__next_match(struct asl__matches *m)
{
    asl_value bound = asl__tick(m->e);

    if (asl_is_error(bound)) {
        m->error = bound;
        return -1;
    }
    if (!m->matcher)
        return call(m, asl_get(m->object, "next"), asl_undefined());
    if (m->at.end >= m->text.len)
        return 0;
    return find(m->e, m->matcher, &m->text, m->at.end, true, &m->at, &m->error);
}

asl_value asl__match_object(struct asl__matches *m)
{
    return m->matcher ? match_object(m->e, m->matcher, &m->text, &m->at) : m->object;
}

size_t asl__match_offset(const struct asl__matches *m, double index)
{
    if (!(index > 0))
        return 0;
    return index < (double)m->text.len ? asl__units_offset(&m->text, (size_t)index)
                                       : m->text.len;
}

/* ---- $contains ------------------------------------------------------------------- */

/* The arguments of a function of a string, a pattern and maybe a number to OUT, of
 * three: true if there is something to do, else out[0] is the result. */
static bool pattern_arguments(asl_eval *e, const asl_function *self, asl_value context,
                              uint32_t n, const asl_value *args, asl_value *out)
{
    bool strings = self != &asl_fv_match;

    out[1] = out[2] = asl_undefined();
    if (n >= 2 && n <= self->arity && asl_is_string(args[0]) &&
        (asl_is_function(args[1]) || (strings && asl_is_string(args[1]))) &&
        (n == 2 || asl_is_number(args[2]))) {
        memcpy(out, args, n * sizeof *out);
        return true;
    }
    asl_value problem = asl__checked(e, self, context, n, args, out);
    if (asl_is_error(problem))
        out[0] = problem;
    return asl_is_string(out[0]);
}

/* The limit that OUT[2] is, infinite without one. */
static double limit_of(asl_value v)
{
    return asl_is_number(v) ? asl_to_double(v) : INFINITY;
}

asl_value asl_fn_contains(asl_eval *e, asl_value context, uint32_t n,
                          const asl_value *args)
{
    asl_value out[3];
    struct asl__search search;
    struct asl__matches m;

    if (!pattern_arguments(e, &asl_fv_contains, context, n, args, out))
        return out[0];
    if (asl_is_string(out[1])) {
        if (!asl__search(e, out[0], out[1], &search))
            return asl_no_memory();
        return asl_boolean(asl__search_next(&search, 0) != SIZE_MAX);
    }
    int found = asl__first_match(&m, e, "contains", out[0], out[1]);
    return found < 0 ? m.error : asl_boolean(found > 0);
}

/* ---- $match ---------------------------------------------------------------------- */

/* A match as $match shows it. */
static asl_value shown_match(struct asl__matches *m)
{
    const asl_value keys[] = { asl_str("match"), asl_str("index"), asl_str("groups") };

    if (!m->matcher) {
        const asl_value values[] = { asl_get(m->object, "match"),
                                     asl_get(m->object, "start"),
                                     asl_get(m->object, "groups") };
        return asl_object_with(m->e, ASL__COUNT_OF(keys), keys, values);
    }
    m->index += asl__units_count(&m->text, m->counted, m->at.start);
    m->counted = m->at.start;
    const asl_value values[] = {
        asl__units_part(m->e, &m->text, m->at.start, m->at.end),
        asl_integer((int64_t)m->index), groups_of(m->e, &m->text, &m->at)
    };
    return asl_record(m->e->region, ASL__COUNT_OF(keys), keys, values);
}

asl_value asl_fn_match(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value out[3];
    struct asl__matches m;
    asl_list list = { 0 };

    if (!pattern_arguments(e, &asl_fv_match, context, n, args, out))
        return out[0];
    double limit = limit_of(out[2]), count = 0;
    if (limit < 0)
        return asl_query_error(e, "D3040", "match", out[2]);
    int found = limit > 0 ? asl__first_match(&m, e, "match", out[0], out[1]) : 0;
    for (; found > 0 && count < limit; count++) {
        asl_value shown = shown_match(&m);
        if (asl_is_error(shown))
            return shown;
        asl_list_add(e, &list, shown);
        found = asl__next_match(&m);
    }
    return found < 0 ? m.error : asl_list_sequence(e, &list, 0);
}

/* ---- $split ---------------------------------------------------------------------- */

/* Where the match starts and ends, as bytes of the text; as String.substring takes them
 * the first of a function's may be behind the second. */
static void bounds_of(const struct asl__matches *m, size_t *start, size_t *end)
{
    asl_value from, to;

    if (m->matcher) {
        *start = m->at.start;
        *end = m->at.end;
        return;
    }
    from = asl_get(m->object, "start");
    to = asl_get(m->object, "end");
    *start =
        asl_is_number(from) ? asl__match_offset(m, asl_to_double(from)) : m->text.len;
    *end = asl_is_number(to) ? asl__match_offset(m, asl_to_double(to)) : 0;
}

static asl_value between(struct asl__matches *m, size_t a, size_t b)
{
    return asl__units_part(m->e, &m->text, a < b ? a : b, a < b ? b : a);
}

static asl_value split_by_match(asl_eval *e, asl_value s, asl_value pattern,
                                double limit)
{
    struct asl__matches m;
    asl_list list = { 0 };
    size_t start, end, done = 0;
    double count = 0;
    int found = limit > 0 ? asl__first_match(&m, e, "split", s, pattern) : 0;

    if (found == 0 && limit > 0)
        asl_list_add(e, &list, s);
    if (found <= 0)
        return found < 0 ? m.error : asl_list_array(e, &list, 0);
    for (; found > 0 && count < limit; count++) {
        bounds_of(&m, &start, &end);
        asl_value part = between(&m, done, start);
        if (asl_is_error(part))
            return part;
        asl_list_add(e, &list, part);
        done = end;
        found = asl__next_match(&m);
    }
    if (found < 0)
        return m.error;
    if (count < limit)
        asl_list_add(e, &list, between(&m, done, m.text.len));
    return asl_list_array(e, &list, 0);
}

/* The units of S, at most MOST of them. */
static asl_value split_units(asl_eval *e, asl_value s, size_t most)
{
    struct asl__units u;
    asl_value *items;

    if (!asl__units_of(e, s, &u))
        return asl_no_memory();
    size_t count = asl__units_count(&u, 0, u.len);
    count = count < most ? count : most;
    asl_value array = new_array(e, count, &items);
    size_t from = 0;
    for (size_t i = 0; i < count && !asl_is_error(array); i++) {
        size_t to = from + 1;
        while (to < u.len && ((unsigned char)u.text[to] & 0xC0) == 0x80)
            to++;
        items[i] = asl__units_part(e, &u, from, to);
        if (asl_is_error(items[i]))
            return items[i];
        from = to;
    }
    return array;
}

static asl_value split_by_text(asl_eval *e, asl_value s, asl_value separator,
                               size_t most)
{
    struct asl__search q;
    asl_value *items;
    size_t count = 0, from = 0, at;

    if (most == 0)
        return asl_array();
    if (asl_text_len(separator) == 0)
        return split_units(e, s, most);
    if (!asl__search(e, s, separator, &q))
        return asl_no_memory();
    do {
        at = asl__search_next(&q, from);
        from = at + q.len;
        count++;
    } while (at != SIZE_MAX && count < most);
    asl_value array = new_array(e, count, &items);
    from = 0;
    for (size_t i = 0; i < count && !asl_is_error(array); i++) {
        at = asl__search_next(&q, from);
        items[i] = asl__units_part(e, &q.in, from, at == SIZE_MAX ? q.in.len : at);
        if (asl_is_error(items[i]))
            return items[i];
        from = at + q.len;
    }
    return array;
}

/* A limit as String.split takes it: the low 32 bits. */
static size_t split_limit(double limit)
{
    return isfinite(limit) ? (size_t)fmod(trunc(limit), 4294967296.0) : 0;
}

asl_value asl_fn_split(asl_eval *e, asl_value context, uint32_t n,
                       const asl_value *args)
{
    asl_value out[3];

    if (!pattern_arguments(e, &asl_fv_split, context, n, args, out))
        return out[0];
    double limit = limit_of(out[2]);
    if (limit < 0)
        return asl_query_error(e, "D3020", "split", out[2]);
    if (!asl_is_string(out[1]))
        return split_by_match(e, out[0], out[1], limit);
    return split_by_text(e, out[0], out[1],
                         asl_is_number(out[2]) ? split_limit(limit) : SIZE_MAX);
}

asl_value asl_elements(asl_eval *e, asl_value v)
{
    const asl_value args[] = { v, asl_str("") };

    if (asl_is_array(v))
        return asl_plain(v);
    return asl_is_string(v) ? asl_fn_split(e, asl_undefined(), 2, args) : asl_undefined();
}
