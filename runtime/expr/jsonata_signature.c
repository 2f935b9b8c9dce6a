/* JSONata: function signatures (jsonata.md 10), "<s-(sf)n?:a<s>>".
 *
 * The reference implementation makes a regular expression of the parameters and matches
 * it against one letter for each argument.  Here each parameter is a set of tags, and
 * what the regular expression would find is computed from the end: fits[i][j] says
 * whether the parameters from i on can take exactly the arguments from j on.  From the
 * front each parameter then takes as many as it may.  Its way of filling in arguments
 * is kept, including what it does with an optional parameter in the middle (the
 * argument there goes to both) and with `+` (the first argument again and again).
 */
#include "../value/base.h"

#include "query.h"

enum {
    BOOLEANS = 1 << ASL_FALSE | 1 << ASL_TRUE,
    NUMBERS = 1 << ASL_INTEGER | 1 << ASL_DOUBLE | 1 << ASL_DECIMAL,
    STRINGS = 1 << ASL_SHORT | 1 << ASL_LONG,
    MISSING = 1 << ASL_UNDEFINED | 1 << ASL_UNSET,
    JSON =
        1 << ASL_NULL | BOOLEANS | NUMBERS | STRINGS | 1 << ASL_ARRAY | 1 << ASL_OBJECT,
    FUNCTIONS = 1 << ASL_FUNCTION
};

/* The tags that LETTER stands for, without MISSING; 0 for what is no type. */
static unsigned types_of(char letter)
{
    switch (letter) {
    case 's': return STRINGS;
    case 'n': return NUMBERS;
    case 'b': return BOOLEANS;
    case 'l': return 1 << ASL_NULL;
    case 'o': return 1 << ASL_OBJECT;
    case 'a': return 1 << ASL_ARRAY;
    case 'f': return FUNCTIONS;
    default: return 0;
    }
}

static bool is_of(asl_value v, unsigned types)
{
    return types >> asl__tag(v) & 1;
}

/* ---- parsing --------------------------------------------------------------------- */

struct param {
    unsigned types;           /* of what it takes, as bits of tags */
    unsigned context_types;   /* of the context that may stand in */
    uint32_t taken;           /* arguments */
    bool is_array;            /* `a`: what is none is wrapped */
    bool optional, many, few; /* ? + and, with a second `?`, as few as may be */
    bool context;             /* - */
    const char *items;        /* a<items>; NULL: not said */
    size_t items_len;
};

struct params {
    struct param *list;
    size_t count;
};

/* Behind the CLOSE for the OPEN at P; the end of the text if there is none. */
static const char *skip_group(const char *p, char open, char close)
{
    size_t depth = 0;

    for (; *p; p++) {
        if (*p == open)
            depth++;
        else if (*p == close && --depth == 0)
            return p + 1;
    }
    return p;
}

static unsigned choice_types(const char *p, const char *end)
{
    unsigned types = MISSING;

    for (; p < end; p++)
        types |= types_of(*p);
    return types;
}

/* What a parameter of type LETTER takes; 0 if it is none. */
static unsigned param_types(char letter)
{
    switch (letter) {
    case 'a':
    case 'x': return JSON | FUNCTIONS | MISSING;
    case 'j': return JSON | MISSING;
    case 'f': return FUNCTIONS;
    default: return types_of(letter) ? types_of(letter) | MISSING : 0;
    }
}

static void modify(struct param *p, char modifier)
{
    if (modifier == '?' && (p->optional || p->many))
        p->few = true;
    else if (modifier == '?')
        p->optional = true;
    else if (modifier == '+')
        p->many = true;
    if (modifier != '-')
        return;
    p->context = true;
    p->context_types = p->optional ? ~0u : p->types;
    p->optional = true;
}

/* The parameters of TEXT, which has no more letters than LIST has room for. */
static struct params parse(const char *text, struct param *list)
{
    struct params params = { list, 0 };
    struct param *last = NULL;

    for (const char *p = text + 1; *p && *p != ':';) {
        const char *end = p + 1;
        unsigned types = param_types(*p);
        if (*p == '(') {
            end = skip_group(p, '(', ')');
            types = choice_types(p + 1, end);
        }
        if (types) {
            last = &list[params.count++];
            *last = (struct param){ .types = types, .is_array = *p == 'a' };
        } else if (*p == '<' && last) {
            end = skip_group(p, '<', '>');
            if (last->is_array) {
                last->items = p + 1;
                last->items_len = (size_t)(end - p) - 2;
            }
        } else if (last) {
            modify(last, *p);
        }
        p = end;
    }
    return params;
}

/* ---- matching -------------------------------------------------------------------- */

struct call {
    const char *name; /* for messages; NULL: not known */
    asl_value context;
    uint32_t n;
    const asl_value *args;
};

enum { FEW_PARAMS = 12, FEW_CELLS = 256 };

/* How many of the arguments from AT on parameter P could take. */
static uint32_t most_of(const struct param *p, const struct call *call, uint32_t at)
{
    uint32_t most = p->many ? call->n - at : 1, i = 0;

    while (i < most && at + i < call->n && is_of(call->args[at + i], p->types))
        i++;
    return i;
}

/* Lets the first COUNT parameters take arguments, all of them if TO_END; the number
 * of arguments taken, or -1 if they do not match.  FITS has (COUNT + 1) * (n + 1)
 * bytes. */
static int64_t match(const struct params *params, size_t count, const struct call *call,
                     bool to_end, bool *fits)
{
    size_t width = (size_t)call->n + 1;
    uint32_t at = 0;

    for (size_t j = 0; j < width; j++)
        fits[count * width + j] = !to_end || j == call->n;
    for (size_t i = count; i-- > 0;)
        for (uint32_t j = 0; j < width; j++) {
            const struct param *p = &params->list[i];
            uint32_t most = most_of(p, call, j), k = p->optional ? 0 : 1;
            bool fit = false;
            for (; k <= most && !fit; k++)
                fit = fits[(i + 1) * width + j + k];
            fits[i * width + j] = fit;
        }
    if (!fits[0])
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct param *p = &params->list[i];
        uint32_t least = p->optional ? 0 : 1, most = most_of(p, call, at);
        uint32_t k = p->few ? least : most;
        while (!fits[(i + 1) * width + at + k])
            k += p->few ? 1 : UINT32_MAX;
        p->taken = k;
        at += k;
    }
    return at;
}

/* T0410: which argument the parameters do not match from the front. */
static asl_value mismatch(asl_eval *e, const struct params *params,
                          const struct call *call, bool *fits)
{
    int64_t good = 0;

    for (size_t i = 1; i <= params->count; i++) {
        int64_t taken = match(params, i, call, false, fits);
        if (taken < 0)
            break;
        good = taken;
    }
    return asl_query_error(e, "T0410", call->name, asl_integer(good + 1));
}

/* ---- filling in ------------------------------------------------------------------ */

/* Where arguments go; those that there is no room for are dropped. */
struct filled {
    asl_value *out;
    uint32_t count, room;
};

static void fill(struct filled *f, asl_value v)
{
    if (f->count < f->room)
        f->out[f->count] = asl_is_unset(v) ? asl_undefined() : v;
    f->count++;
}

/* Whether the elements of ARRAY are what `a<items>` says.  Only its first letter
 * counts, and they must be of one type. */
static bool has_items(asl_value array, const struct param *p)
{
    const asl_value *items = asl__items(array);
    unsigned types = p->items_len ? types_of(*p->items) : 0;

    for (uint32_t i = 0; i < asl__count(array); i++)
        if (!is_of(items[i], types))
            return false;
    return true;
}

/* T0412 for argument AT. */
static asl_value wrong_items(asl_eval *e, const struct param *p,
                             const struct call *call, uint32_t at)
{
    asl_value type = asl_undefined();

    if (p->items_len == 1)
        switch (*p->items) {
        case 'a': type = asl_str("arrays"); break;
        case 'b': type = asl_str("booleans"); break;
        case 'f': type = asl_str("functions"); break;
        case 'n': type = asl_str("numbers"); break;
        case 'o': type = asl_str("objects"); break;
        case 's': type = asl_str("strings"); break;
        default: break;
        }
    return asl_query_error2(e, "T0412", call->name, asl_integer((int64_t)at + 1), type);
}

/* Argument AT of CALL; undefined behind the last. */
static asl_value argument(const struct call *call, uint32_t at)
{
    return at < call->n ? call->args[at] : asl_undefined();
}

/* Argument AT for the parameter P of type `a`, which has MATCHED another one if there
 * was an optional parameter before. */
static asl_value fill_array(asl_eval *e, const struct param *p, const struct call *call,
                            asl_value matched, uint32_t at, struct filled *f)
{
    asl_value arg = argument(call, at);
    bool good = true;

    if (is_of(matched, MISSING))
        arg = asl_undefined();
    else if (p->items && asl_is_array(matched))
        good = !asl_is_array(arg) || has_items(arg, p);
    else if (p->items)
        good =
            p->taken == 1 && p->items_len == 1 && is_of(matched, types_of(*p->items));
    if (!good)
        return wrong_items(e, p, call, at);
    if (!asl_is_undefined(arg) && !asl_is_array(matched))
        arg = asl_array_of(e->region, 1, &arg);
    if (asl_is_error(arg))
        return arg;
    fill(f, arg);
    return asl_undefined();
}

/* What the matched parameters get, in order. */
static asl_value fill_all(asl_eval *e, const struct params *params,
                          const struct call *call, struct filled *f)
{
    uint32_t at = 0, matched = 0;

    for (size_t i = 0; i < params->count; i++) {
        const struct param *p = &params->list[i];
        asl_value first = argument(call, at);
        if (p->taken == 0 && p->context) {
            if (!is_of(call->context, p->context_types))
                return asl_query_error(e, "T0411", call->name,
                                       asl_integer((int64_t)at + 1));
            fill(f, call->context);
        } else if (p->taken == 0) {
            fill(f, first);
            at++;
        } else {
            for (uint32_t k = 0; k < p->taken; k++, at++, matched++) {
                asl_value error = asl_undefined();
                if (p->is_array)
                    error = fill_array(e, p, call, call->args[matched], at, f);
                else
                    fill(f, first);
                if (!asl_is_undefined(error))
                    return error;
            }
        }
    }
    return asl_undefined();
}

/* The whole of it: undefined, or an error. */
static asl_value check(asl_eval *e, const char *signature, const struct call *call,
                       struct filled *f)
{
    struct param few[FEW_PARAMS], *list = few;
    bool few_fits[FEW_CELLS], *fits = few_fits;
    size_t len = strlen(signature);

    for (uint32_t i = 0; i < call->n; i++)
        if (asl_is_error(call->args[i]))
            return call->args[i];
    if (len > FEW_PARAMS && !(list = asl_alloc(e->region, len * sizeof *list)))
        return asl_no_memory();
    struct params params = parse(signature, list);
    size_t cells = (params.count + 1) * ((size_t)call->n + 1);
    if (cells > FEW_CELLS && !(fits = asl_alloc(e->region, cells)))
        return asl_no_memory();
    if (match(&params, params.count, call, true, fits) < 0)
        return mismatch(e, &params, call, fits);
    return fill_all(e, &params, call, f);
}

/* ---- the usual case -------------------------------------------------------------- */

/* Behind the one parameter at P, whose types are put into *TYPES (0: none there). */
static inline const char *quick_param(const char *p, unsigned *types)
{
    if (*p == '(') {
        const char *end = skip_group(p, '(', ')');
        *types = choice_types(p + 1, end);
        return end;
    }
    *types = *p == 'a' ? 1u << ASL_ARRAY | MISSING : param_types(*p);
    return p + 1;
}

/* Whether the array (or missing) V has the elements that a group `<n>` at *P wants; *P
 * goes behind it.  False also where it is not as simple as that. */
static bool quick_items(const char **p, asl_value v, bool is_array)
{
    const char *group = *p;

    *p = skip_group(group, '<', '>');
    if (!is_array || !asl_is_array(v))
        return true;
    unsigned types = types_of(group[1]);
    const asl_value *items = asl__items(v);
    if (group[2] != '>')
        return false;
    for (uint32_t i = 0; i < asl__count(v); i++)
        if (!is_of(items[i], types))
            return false;
    return true;
}

/* One argument for each parameter, of its type, those behind the last one optional: OUT
 * is filled.  False: the general way has to say. */
static bool quick(const char *signature, uint32_t arity, uint32_t n,
                  const asl_value *args, asl_value *out)
{
    const char *p = signature + 1;
    unsigned types;

    for (uint32_t i = 0; i < n; i++) {
        bool is_array = *p == 'a';
        p = quick_param(p, &types);
        if (!is_of(args[i], types) || i >= arity)
            return false;
        if (*p == '<' && !quick_items(&p, args[i], is_array))
            return false;
        if (*p == '-' || *p == '?')
            p++;
        if (*p == '-' || *p == '?' || *p == '+')
            return false;
        out[i] = args[i];
    }
    while (*p && *p != ':' && *p != '>') {
        p = quick_param(p, &types);
        if (*p == '<')
            p = skip_group(p, '<', '>');
        if (types == 0 || *p++ != '?')
            return false;
    }
    for (uint32_t i = n; i < arity; i++)
        out[i] = asl_undefined();
    return true;
}

asl_value asl__signature(asl_eval *e, const char *signature, const char *name,
                         uint32_t arity, asl_value context, uint32_t n,
                         const asl_value *args, asl_value *out)
{
    struct call call = { name, context, n, args };
    struct filled f = { out, 0, arity };

    if (quick(signature, arity, n, args, out))
        return asl_undefined();
    asl_value error = check(e, signature, &call, &f);
    for (uint32_t i = f.count; i < arity; i++)
        out[i] = asl_undefined();
    return error;
}

/* The arguments of a function like $zip: one array. */
static asl_value arguments_as_one(asl_eval *e, const asl_function *self,
                                  const struct call *call, asl_value *out)
{
    uint32_t most = call->n + (uint32_t)strlen(self->signature);
    struct filled f = { asl_alloc(e->region, most * sizeof *f.out), 0, most };

    if (!f.out)
        return asl_no_memory();
    asl_value error = check(e, self->signature, call, &f);
    if (!asl_is_undefined(error))
        return error;
    out[0] = asl_array_of(e->region, f.count, f.out);
    return asl_is_error(out[0]) ? out[0] : asl_undefined();
}

asl_value asl__arguments(asl_eval *e, const asl_function *self, asl_value context,
                         uint32_t n, const asl_value *args, asl_value *out)
{
    struct call call = { self->name, context, n, args };

    if (quick(self->signature, self->arity, n, args, out))
        return asl_undefined();
    if (strchr(self->signature, '+'))
        return arguments_as_one(e, self, &call, out);
    return asl__signature(e, self->signature, self->name, self->arity, context, n, args,
                          out);
}
