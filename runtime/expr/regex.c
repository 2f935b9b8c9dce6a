/* =~ in filters: PCRE2 in place of java.util.regex.  A filter compiles each of its
 * expressions once; they are freed when the filter is done. */
#include "../value/base.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "failure.h"
#include "filter.h"
#include "regex.h"
#include "../value/number.h"

/* Beyond these an expression that backtracks without end is given up. */
#define MOST_STEPS 10000000
#define MOST_KILOBYTES 65536

/* A compiled expression, in the list of its filter. */
struct compiled {
    asl_regex regex; /* emitted code has it on its stack: its texts say which it is */
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    struct compiled *next;
};

static uint32_t options_of(const char *flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;

    for (; *flags; flags++) {
        if (*flags == 'i')
            options |= PCRE2_CASELESS;
        else if (*flags == 'm')
            options |= PCRE2_MULTILINE;
        else if (*flags == 's')
            options |= PCRE2_DOTALL;
        else if (*flags == 'x')
            options |= PCRE2_EXTENDED;
        else if (*flags == 'U')
            options |= PCRE2_UCP;
    }
    return options;
}

/* NULL with *ERROR, and *OFFSET where it is one of the expression. */
static pcre2_code *compile(const asl_regex *regex, int *error, size_t *offset)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);

    *error = PCRE2_ERROR_HEAP_FAILED;
    *offset = 0;
    if (!context)
        return NULL;
    pcre2_set_newline(context,
                      strchr(regex->flags, 'd') ? PCRE2_NEWLINE_LF : PCRE2_NEWLINE_ANY);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)regex->pattern, regex->len,
                                     options_of(regex->flags), error, offset, context);
    pcre2_compile_context_free(context);
    return code;
}

enum asl__regex_check asl__regex_check(const asl_regex *regex, size_t *offset)
{
    int error;
    pcre2_code *code = compile(regex, &error, offset);

    if (code) {
        pcre2_code_free(code);
        return ASL__REGEX_GOOD;
    }
    return error == PCRE2_ERROR_HEAP_FAILED ? ASL__REGEX_NO_MEMORY : ASL__REGEX_WRONG;
}

static void release(void *list)
{
    struct compiled *next;

    for (struct compiled *c = list; c; c = next) {
        next = c->next;
        pcre2_match_context_free(c->limits);
        pcre2_match_data_free(c->data);
        pcre2_code_free(c->code);
        free(c);
    }
}

/* REGEX compiled, or NULL without memory. */
static struct compiled *compiled_of(asl_filter *f, const asl_regex *regex)
{
    struct compiled *c;
    size_t offset;
    int error;

    for (c = f->regexes; c; c = c->next)
        if (c->regex.pattern == regex->pattern && c->regex.len == regex->len &&
            c->regex.flags == regex->flags)
            return c;
    c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->regex = *regex;
    c->code = compile(regex, &error, &offset);
    c->data = c->code ? pcre2_match_data_create_from_pattern(c->code, NULL) : NULL;
    c->limits = c->code ? pcre2_match_context_create(NULL) : NULL;
    c->next = f->regexes;
    f->regexes = c;
    f->release = release;
    if (!c->data || !c->limits)
        return NULL;
    pcre2_set_match_limit(c->limits, MOST_STEPS);
    pcre2_set_heap_limit(c->limits, MOST_KILOBYTES);
    return c;
}

/* False, and F fails, if it cannot be said. */
static bool matches_text(asl_filter *f, const struct compiled *c, const char *text,
                         size_t len)
{
    int found = pcre2_match(c->code, (PCRE2_SPTR)text, len, 0,
                            PCRE2_ANCHORED | PCRE2_ENDANCHORED, c->data, c->limits);

    if (found >= 0 || found == PCRE2_ERROR_NOMATCH || !asl_is_undefined(f->failure))
        return found >= 0;
    f->failure = found == PCRE2_ERROR_NOMEMORY
                     ? asl_no_memory()
                     : asl__failf(f->region, "The regular expression /%.*s/ takes too "
                                             "many steps to match",
                                  (int)c->regex.len, c->regex.pattern);
    return false;
}

/* Numbers and booleans are matched as text, all else as the empty text. */
static bool matches_value(asl_filter *f, const struct compiled *c, asl_value v)
{
    char digits[ASL__NUMBER_SIZE];

    if (asl_is_string(v))
        return matches_text(f, c, asl_text(&v), asl_text_len(v));
    if (asl_is_number(v))
        return matches_text(f, c, digits, asl__filter_number(v, digits));
    if (asl_is_boolean(v))
        return asl_is_true(v) ? matches_text(f, c, "true", 4)
                              : matches_text(f, c, "false", 5);
    return matches_text(f, c, "", 0);
}

bool asl_filter_matches(asl_filter *f, asl_value a, asl_value b, const asl_regex *regex)
{
    asl_value v = asl_is_undefined(a) ? b : a;

    if (!asl_filter_exists(f, v) && asl_is_error(v))
        return false;
    const struct compiled *c = compiled_of(f, regex);
    if (!c) {
        f->failure = asl_no_memory();
        return false;
    }
    if (!asl_is_array(v))
        return matches_value(f, c, v);
    if (!asl__filter_list(f, v))
        return false;
    for (size_t i = 0; i < asl_count(v); i++)
        if (matches_value(f, c, asl_at(v, i)))
            return true;
    return false;
}
