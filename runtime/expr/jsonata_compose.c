/* JSONata: functions made of functions (partial application, `~>`), and regexes as
 * functions. */
#include "../value/base.h"

#include "callback.h"
#include "kinds.h"
#include "../value/utf8.h"

/* ---- partial application --------------------------------------------------------- */

struct partial {
    asl_value function;
    uint32_t n;
    asl_value args[]; /* ASL_UNSET: a place */
};

/* FUNCTION as a partial application sees it: a lambda's signature is not looked at, as
 * in the reference implementation. */
static asl_value unsigned_function(asl_eval *e, asl_value function)
{
    const asl_function *f = asl__pointer(function);

    if (!f->body || !f->signature)
        return function;
    asl_function copy = *f;
    copy.signature = NULL;
    return asl__function_like(e, &copy, 0, NULL);
}

asl_value asl_partial(asl_eval *e, asl_value function, uint32_t n,
                      const asl_value *args)
{
    uint32_t places = 0;

    if (asl_is_error(function))
        return function;
    for (uint32_t i = 0; i < n; i++)
        if (asl_is_error(args[i]))
            return args[i];
    if (!asl_is_function(function))
        return asl_not_a_function_partly(e, NULL, false);
    const asl_function *f = asl__pointer(function);
    if (f->body && n > f->arity)
        n = f->arity;
    struct partial *p = asl_alloc(e->region, sizeof *p + (size_t)n * sizeof *args);
    if (!p)
        return asl_no_memory();
    p->function = unsigned_function(e, function);
    p->n = n;
    for (uint32_t i = 0; i < n; i++) {
        p->args[i] = args[i];
        places += asl_is_unset(args[i]);
    }
    if (asl_is_error(p->function))
        return p->function;
    asl_function made = { .kind = ASL__PARTIAL, .arity = places, .data = p };
    return asl__function_like(e, &made, 0, NULL);
}

asl_value asl__enter_partial(asl_eval *e, const asl_function *f, uint32_t n,
                             const asl_value *args)
{
    const struct partial *p = f->data;
    asl_value few[ASL__TAIL_FEW], *all = few;
    uint32_t given = 0, next = 0;

    if (p->n > ASL__TAIL_FEW)
        all = asl_alloc(e->region, (size_t)p->n * sizeof *all);
    if (!all)
        return asl_no_memory();
    for (uint32_t i = 0; i < p->n; i++) {
        bool place = asl_is_unset(p->args[i]);
        bool missing = place && next >= n;
        all[i] = missing ? asl_undefined() : place ? args[next] : p->args[i];
        next += place;
        if (!missing) /* behind the last one that is given, a call would end */
            given = i + 1;
    }
    return asl_tail_call(e, p->function, asl_null(), given, all);
}

/* ---- composition ----------------------------------------------------------------- */

asl_value asl_chain(asl_eval *e, asl_value a, asl_value b, asl_value context)
{
    (void)context; /* what `~>` calls gets none */
    if (asl_is_error(a))
        return a;
    if (asl_is_error(b))
        return b;
    if (!asl_is_function(b))
        return asl_query_error(e, "T2006", NULL, b);
    if (!asl_is_function(a))
        return asl_apply(e, b, asl_null(), 1, &a);
    asl_value *both = asl_alloc(e->region, 2 * sizeof *both);
    if (!both)
        return asl_no_memory();
    both[0] = a;
    both[1] = b;
    asl_function made = { .kind = ASL__COMPOSED, .arity = 1, .data = both };
    return asl__function_like(e, &made, 0, NULL);
}

asl_value asl__enter_composed(asl_eval *e, const asl_function *f, uint32_t n,
                              const asl_value *args)
{
    const asl_value *both = f->data;
    asl_value x = n > 0 ? args[0] : asl_undefined();

    x = asl_apply(e, both[0], asl_null(), 1, &x);
    return asl_tail_call(e, both[1], asl_null(), 1, &x);
}

/* ---- regexes --------------------------------------------------------------------- */

/* Where the next match is looked for. */
struct asl__next_match {
    const struct asl__matcher *matcher;
    asl_value text; /* a string */
    size_t from;    /* bytes */
    size_t units;   /* the same in UTF-16 units */
};

/* The groups of MATCH in TEXT; null for one that took no part. */
static asl_value groups_of(asl_eval *e, const struct asl__match *match,
                           const char *text)
{
    struct asl__values l;

    if (!asl__values_begin(e, &l, match->ngroups))
        return asl_no_memory();
    for (uint32_t i = 0; i < match->ngroups; i++) {
        const size_t *group = &match->groups[(size_t)i * 2];
        asl_value v = asl_null();
        if (group[0] != SIZE_MAX)
            v = asl_string(e->region, text + group[0], group[1] - group[0]);
        if (asl_is_error(v) || !asl__values_add(e, &l, v))
            return asl_no_memory();
    }
    return asl__values_end(e, &l, 0);
}

/* The object for MATCH, found as AT says. */
static asl_value match_object(asl_eval *e, const struct asl__next_match *at,
                              const struct asl__match *match)
{
    const char *text = asl_text(&at->text);
    size_t start =
        at->units + asl__utf8_utf16_len(text + at->from, match->start - at->from);
    size_t end =
        start + asl__utf8_utf16_len(text + match->start, match->end - match->start);
    struct asl__next_match *next = asl_alloc(e->region, sizeof *next);

    if (!next)
        return asl_no_memory();
    *next = (struct asl__next_match){ at->matcher, at->text, match->end, end };
    asl_function again = { .kind = ASL__NEXT, .data = next };
    const asl_value keys[] = { asl_str("match"), asl_str("start"), asl_str("end"),
                               asl_str("groups"), asl_str("next") };
    const asl_value values[] = {
        asl_string(e->region, text + match->start, match->end - match->start),
        asl_integer((int64_t)start), asl_integer((int64_t)end),
        groups_of(e, match, text), asl__function_like(e, &again, 0, NULL)
    };
    for (size_t i = 0; i < ASL__COUNT_OF(values); i++)
        if (asl_is_error(values[i]))
            return values[i];
    return asl_record(e->region, ASL__COUNT_OF(values), keys, values);
}

/* The first match from AT on as an object, or undefined; D1004 if it is EMPTY and may
 * not be so. */
static asl_value find_match(asl_eval *e, const struct asl__next_match *at,
                            bool may_be_empty)
{
    struct asl__match match;
    asl_value error = asl_undefined();
    const char *text = asl_text(&at->text);
    int found = at->matcher->find(e, at->matcher, text, asl_text_len(at->text),
                                  at->from, &match, &error);

    if (found < 0)
        return error;
    if (!found)
        return asl_undefined();
    if (match.end == match.start && !may_be_empty)
        return asl_query_error(e, "D1004", NULL, asl_undefined());
    return match_object(e, at, &match);
}

/* `regex(text, from)`: FROM counts UTF-16 units; what is no string is made one. */
asl_value asl__enter_matcher(asl_eval *e, const asl_function *f, uint32_t n,
                             const asl_value *args)
{
    asl_value text = n > 0 ? args[0] : asl_undefined();
    struct asl__next_match at = { .matcher = f->data };
    double from = n > 1 && asl_is_number(args[1]) ? asl_to_double(args[1]) : 0;

    if (asl_is_undefined(text))
        return text;
    at.text = asl_is_string(text) ? text : asl__string_of(e, text);
    if (asl_is_error(at.text))
        return at.text;
    size_t len = asl_text_len(at.text);
    if (from > (double)len)
        return asl_undefined();
    if (from >= 1) {
        at.units = (size_t)from;
        if (at.units > asl__utf8_utf16_len(asl_text(&at.text), len))
            return asl_undefined();
        at.from = asl__utf8_utf16_offset(asl_text(&at.text), len, at.units);
    }
    return find_match(e, &at, true);
}

asl_value asl__enter_next(asl_eval *e, const asl_function *f)
{
    const struct asl__next_match *next = f->data;

    if (next->from >= asl_text_len(next->text))
        return asl_undefined();
    return find_match(e, next, false);
}
