/* JSONata: regex literals.  PCRE2 finds what JavaScript's RegExp would;
 * jsonata_pattern.c translates the dialect.
 *
 * A literal is compiled once for the program, by whichever thread is first; it is kept
 * for good, as constant data is.  What a match writes to is lent by the compiled
 * literal: one thread has it at a time, others make one of their own. */
#include "../value/base.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "jsonata_pattern.h"
#include "jsonata_regex.h"
#include "query.h"

/* Beyond these an expression that backtracks without end is given up. */
#define MOST_STEPS 10000000
#define MOST_KILOBYTES 65536

/* asl_query_regex.compiled */
struct compiled {
    pcre2_code *code;
    pcre2_match_context *limits;
    pcre2_match_data *spare; /* atomic: taken by exchange with NULL */
    uint32_t ngroups;
    bool is_native; /* compiled to machine code */
};

/* A regex literal in an evaluation. */
struct literal {
    asl_function function;
    struct asl__matcher matcher;
    struct compiled *compiled;
    size_t groups[]; /* of the last match: start and end of each */
};

/* ---- compiling ------------------------------------------------------------------- */

static void put_error(char *message, size_t size, int error)
{
    if (pcre2_get_error_message(error, (PCRE2_UCHAR *)message, size) < 0)
        snprintf(message, size, "error %d of PCRE2", error);
}

/* The message where nothing is wrong with a pattern. */
static const char no_memory[] = "out of memory";

/* NULL with a MESSAGE. */
static pcre2_code *compile(const asl_query_regex *regex, char *message, size_t size)
{
    const uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY |
                             PCRE2_MATCH_UNSET_BACKREF |
                             (regex->ignore_case ? PCRE2_CASELESS : 0);
    struct asl__buf pattern = ASL__BUF_INIT;
    const char *problem = asl__pattern_translate(regex, &pattern);
    pcre2_code *code = NULL;
    size_t offset;
    int error;

    if (problem || pattern.failed) {
        snprintf(message, size, "%s", problem ? problem : no_memory);
    } else {
        code = pcre2_compile(pattern.data ? (PCRE2_SPTR)pattern.data : (PCRE2_SPTR) "",
                             pattern.len, options, &error, &offset, NULL);
        if (!code && error == PCRE2_ERROR_HEAP_FAILED)
            snprintf(message, size, no_memory);
        else if (!code)
            put_error(message, size, error);
    }
    asl__buf_free(&pattern);
    return code;
}

bool asl__query_regex_check(const asl_query_regex *regex, char *message, size_t size)
{
    pcre2_code *code = compile(regex, message, size);

    pcre2_code_free(code);
    return code != NULL;
}

static void release(struct compiled *c)
{
    pcre2_match_data_free(c->spare);
    pcre2_match_context_free(c->limits);
    pcre2_code_free(c->code);
    free(c);
}

/* REGEX compiled anew; NULL with a MESSAGE. */
static struct compiled *new_compiled(const asl_query_regex *regex, char *message,
                                     size_t size)
{
    struct compiled *c = calloc(1, sizeof *c);

    snprintf(message, size, no_memory);
    if (!c)
        return NULL;
    c->code = compile(regex, message, size);
    if (c->code) {
        snprintf(message, size, no_memory);
        c->limits = pcre2_match_context_create(NULL);
        c->spare = pcre2_match_data_create_from_pattern(c->code, NULL);
    }
    if (!c->limits || !c->spare) {
        release(c);
        return NULL;
    }
    pcre2_pattern_info(c->code, PCRE2_INFO_CAPTURECOUNT, &c->ngroups);
    pcre2_set_match_limit(c->limits, MOST_STEPS);
    pcre2_set_heap_limit(c->limits, MOST_KILOBYTES);
    /* Without it (no executable memory) matching is slower. */
    c->is_native = pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE) == 0;
    return c;
}

/* REGEX compiled by whoever was first; NULL with a MESSAGE. */
static struct compiled *compiled_of(const asl_query_regex *regex, char *message,
                                    size_t size)
{
    /* The field is the only one of a constant that changes. */
    void **field = (void **)(uintptr_t)&regex->compiled;
    void *first = __atomic_load_n(field, __ATOMIC_ACQUIRE);

    if (ASL__LIKELY(first != NULL))
        return first;
    struct compiled *c = new_compiled(regex, message, size);
    if (c && !__atomic_compare_exchange_n(field, &first, c, false, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE)) {
        release(c);
        c = first;
    }
    return c;
}

/* ---- matching -------------------------------------------------------------------- */

static pcre2_match_data *take(struct compiled *c)
{
    pcre2_match_data *data = __atomic_exchange_n(&c->spare, NULL, __ATOMIC_ACQ_REL);

    return data ? data : pcre2_match_data_create_from_pattern(c->code, NULL);
}

static void give_back(struct compiled *c, pcre2_match_data *data)
{
    data = __atomic_exchange_n(&c->spare, data, __ATOMIC_ACQ_REL);
    pcre2_match_data_free(data);
}

static int too_hard(asl_eval *e, const asl_query_regex *regex, int found,
                    asl_value *error)
{
    if (found == PCRE2_ERROR_NOMEMORY)
        *error = asl_no_memory();
    else
        *error =
            asl_query_fail(e, NULL,
                           asl_format_string(e->region,
                                             "The regular expression /%.*s/ takes too "
                                             "many steps to match",
                                             (int)regex->len, regex->pattern));
    return -1;
}

/* As pcre2_match.  struct asl__units has seen to it that the text is UTF-8. */
static int match_text(const struct compiled *c, const char *text, size_t len,
                      size_t from, pcre2_match_data *data)
{
    int found = PCRE2_ERROR_JIT_STACKLIMIT;

    if (ASL__LIKELY(c->is_native))
        found =
            pcre2_jit_match(c->code, (PCRE2_SPTR)text, len, from, 0, data, c->limits);
    if (found == PCRE2_ERROR_JIT_STACKLIMIT)
        found = pcre2_match(c->code, (PCRE2_SPTR)text, len, from,
                            PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, c->limits);
    return found;
}

static int find(asl_eval *e, const struct asl__matcher *m, const char *text, size_t len,
                size_t from, struct asl__match *match, asl_value *error)
{
    struct literal *literal =
        (struct literal *)((uintptr_t)m - offsetof(struct literal, matcher));
    struct compiled *c = literal->compiled;
    pcre2_match_data *data = take(c);

    if (!data)
        return too_hard(e, m->regex, PCRE2_ERROR_NOMEMORY, error);
    int found = match_text(c, text, len, from, data);
    if (found > 0) {
        const size_t *offsets = pcre2_get_ovector_pointer(data);
        match->start = offsets[0];
        match->end = offsets[1];
        match->ngroups = c->ngroups;
        match->groups = literal->groups;
        memcpy(literal->groups, offsets + 2, 2 * c->ngroups * sizeof *offsets);
    }
    give_back(c, data);
    if (found >= 0 || found == PCRE2_ERROR_NOMATCH)
        return found > 0;
    return too_hard(e, m->regex, found, error);
}

asl_value asl_matcher(asl_eval *e, const asl_query_regex *regex)
{
    char message[160];
    struct compiled *c = compiled_of(regex, message, sizeof message);

    if (!c && strcmp(message, no_memory) == 0)
        return asl_no_memory();
    if (!c)
        return asl_query_fail(
            e, NULL,
            asl_format_string(e->region, "The regular expression /%.*s/: %s",
                              (int)regex->len, regex->pattern, message));
    struct literal *literal = asl_alloc(
        e->region, sizeof *literal + 2 * c->ngroups * sizeof *literal->groups);
    if (!literal)
        return asl_no_memory();
    literal->matcher = (struct asl__matcher){ .regex = regex, .find = find };
    literal->compiled = c;
    literal->function = (asl_function){ .body = asl__matcher_body,
                                        .kind = ASL__MATCHER,
                                        .arity = 2,
                                        .data = &literal->matcher };
    return asl_function_value(&literal->function);
}
