/*
 * check_call.c - whether the arguments of a call may fit the signature of a built-in
 * function of JSONata (jsonata.md 10).
 *
 * The run time matches each argument's type with the parameters, of which some are
 * optional.  Here an argument may be of several types, so what is followed is which
 * numbers of arguments the parameters so far can have taken.
 */
#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "check_types.h"

const struct function check_functions[FUNCTION_COUNT] = {
#define ASL_FN(name, arity, signature, module) { "$" #name, #name, signature },
#include "../runtime/include/aslrt/functions.def"
#undef ASL_FN
};

int check_function(const struct expr_text *name)
{
    for (int i = 0; i < FUNCTION_COUNT; i++)
        if (strlen(check_functions[i].name) == name->len &&
            memcmp(check_functions[i].name, name->text, name->len) == 0)
            return i;
    return -1;
}

void check_each_function(void (*visit)(const char *name, void *data), void *data)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++)
        visit(check_functions[i].call, data);
}

/* ---- signatures ----------------------------------------------------------------- */

struct parameter {
    unsigned types;
    bool optional; /* ? or - */
    bool many;     /* + */
    char items;    /* a<items>; 0: not said */
};

static unsigned letter_types(char letter)
{
    switch (letter) {
    case 's': return TYPE_STRING;
    case 'n': return TYPE_NUMBER;
    case 'b': return TYPE_BOOLEAN;
    case 'l': return TYPE_NULL;
    case 'o': return TYPE_OBJECT;
    case 'a': return TYPE_ARRAY;
    case 'f': return TYPE_FUNCTION;
    default: return 0;
    }
}

/* Behind the group that begins at P. */
static const char *behind_group(const char *p)
{
    size_t depth = 0;

    do {
        depth += *p == '<' || *p == '(';
        depth -= *p == '>' || *p == ')';
        p++;
    } while (depth);
    return p;
}

/* The parameter at *P, which goes behind it; false at the end of them. */
static bool next_parameter(const char **p, struct parameter *out)
{
    const char *at = *p;

    *out = (struct parameter){ 0 };
    if (*at == ':' || *at == '>')
        return false;
    if (*at == '(') {
        for (at++; *at != ')'; at++)
            out->types |= letter_types(*at);
        out->types |= TYPE_UNDEFINED;
    } else if (*at == 'a' || *at == 'x') { /* what is no array is wrapped */
        out->types = TYPE_ANY;
    } else if (*at == 'j') {
        out->types = TYPE_ANY & ~TYPE_FUNCTION;
    } else {
        out->types = letter_types(*at) | (*at == 'f' ? 0 : TYPE_UNDEFINED);
    }
    if (*++at == '<') {
        out->items = at[-1] == 'a' ? at[1] : 0;
        at = behind_group(at);
    }
    for (; *at && strchr("?-+", *at); at++) {
        out->optional = out->optional || *at != '+';
        out->many = out->many || *at == '+';
    }
    *p = at;
    return true;
}

unsigned check_result(const struct function *function)
{
    const char *p = function->signature + 1;
    struct parameter parameter;

    while (next_parameter(&p, &parameter))
        ;
    /* What is said to be an array or object may be one of its items, too. */
    if (*p != ':' || !strchr("snb", p[1]))
        return TYPE_ANY;
    return letter_types(p[1]) | TYPE_UNDEFINED;
}

static size_t parameters_of(const struct function *function)
{
    const char *p = function->signature + 1;
    struct parameter parameter;
    size_t count = 0;

    for (; next_parameter(&p, &parameter); count++)
        if (parameter.many)
            return SIZE_MAX;
    return count;
}

/* ---- matching ------------------------------------------------------------------- */

/* The parameter after those that can have taken i arguments where taken[i] holds. */
static bool advance(const struct parameter *parameter, bool *taken,
                    const struct jsonata *const *args, size_t count)
{
    bool any = false, before = false; /* taken[i - 1] as it was */

    for (size_t i = 0; i <= count; i++) {
        bool now = taken[i];
        bool fits =
            i > 0 && (types_defined((unsigned)args[i - 1]->value) & parameter->types);

        taken[i] = (now && parameter->optional) ||
                   (fits && (before || (parameter->many && taken[i - 1])));
        any = any || taken[i];
        before = now;
    }
    return any;
}

static size_t last_of(const bool *taken, size_t count)
{
    while (count > 0 && !taken[count])
        count--;
    return count;
}

/* An element of what an array constructor makes that is surely not of TYPES, or NULL. */
static const struct jsonata *wrong_element(const struct jsonata *array, unsigned types)
{
    for (size_t i = 0; i < array->count; i++) {
        const struct jsonata *item = array->list[i];
        unsigned of = types_defined((unsigned)item->value);
        bool flattened = (of & TYPE_ARRAY) && item->kind != JSONATA_ARRAY;

        if (of != TYPE_UNDEFINED && !(of & types) && !flattened)
            return item;
    }
    return NULL;
}

/* What is wrong in an argument for `a<items>`: an element or all of it; NULL if nothing
 * surely is. */
static const struct jsonata *wrong_items(const struct jsonata *arg, char items)
{
    unsigned of = types_defined((unsigned)arg->value), types = letter_types(items);

    if (of == TYPE_UNDEFINED)
        return NULL;
    if (!(of & TYPE_ARRAY))
        return of & types ? NULL : arg;
    if (arg->kind != JSONATA_ARRAY || arg->nstages || arg->group)
        return NULL;
    return wrong_element(arg, types);
}

static const char *items_name(char items)
{
    return items == 'n' ? "numbers" : items == 's' ? "strings" : "objects";
}

bool check_arguments(struct arena *arena, const struct function *function,
                     const struct jsonata *const *args, size_t count,
                     struct misfit *misfit)
{
    const char *p = function->signature + 1;
    bool *taken = ARENA_ARRAY(arena, count + 1, bool);
    struct parameter parameter;

    taken[0] = true;
    *misfit = (struct misfit){ .code = "T0410", .most = parameters_of(function) };
    while (next_parameter(&p, &parameter)) {
        if (!advance(&parameter, taken, args, count))
            return false;
        misfit->argument = last_of(taken, count);
    }
    if (!taken[count])
        return false;
    /* Only first parameters say what their elements are. */
    p = function->signature + 1;
    if (!next_parameter(&p, &parameter) || !parameter.items || count == 0)
        return true;
    misfit->wrong = wrong_items(args[0], parameter.items);
    if (!misfit->wrong)
        return true;
    misfit->code = "T0412";
    misfit->argument = 0;
    misfit->items = items_name(parameter.items);
    return false;
}
