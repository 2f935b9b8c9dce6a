/* Values as text for the unit tests of JSONata's run time.
 *
 * Values are written as JSON, an array with its flags before it: s (ASL_SEQUENCE), k
 * (ASL_KEEP), c (ASL_CONS), t (ASL_TUPLES); or as one of the words undefined, function,
 * Infinity, -Infinity, NaN.  Errors are shown as "CODE: message". */
#ifndef QUERY_VALUES_H
#define QUERY_VALUES_H

#include "base.h"

#include <check.h>
#include <math.h>

#include "buf.h"
#include "container.h"
#include "query.h"
#include "region.h"

static asl_region *region;
static asl_eval eval;

static void setup(void)
{
    region = asl_region_new();
    eval = (asl_eval){ .region = region };
    asl_eval_begin(&eval);
}

static void teardown(void)
{
    asl_region_free(region);
}

/* Stands in for the one in jsonata_text.c where that is not linked. */
__attribute__((weak)) asl_value asl__string_of(asl_eval *e, asl_value v)
{
    return asl_to_json(e->region, v);
}

/* ---- values as text ------------------------------------------------------------------- */

static const asl_function some_function = { .name = "some" };

static unsigned flag_of(char c)
{
    switch (c) {
    case 's': return ASL_SEQUENCE;
    case 'k': return ASL_KEEP;
    case 'c': return ASL_CONS;
    case 't': return ASL_TUPLES;
    default: return 0;
    }
}

static asl_value make(const char *text)
{
    asl_value v = asl_undefined();
    asl_syntax_error error;
    unsigned flags = 0;

    if (strcmp(text, "undefined") == 0)
        return v;
    if (strcmp(text, "function") == 0)
        return asl_function_value(&some_function);
    if (strcmp(text, "Infinity") == 0)
        return asl_double(INFINITY);
    if (strcmp(text, "-Infinity") == 0)
        return asl_double(-INFINITY);
    if (strcmp(text, "NaN") == 0)
        return asl_double(NAN);
    if (strncmp(text, "true", 4) != 0)
        while (flag_of(*text))
            flags |= flag_of(*text++);
    ck_assert_msg(asl_parse(region, text, strlen(text), &v, &error), "%s", text);
    return flags ? asl_flagged(v, flags) : v;
}

static void show_into(struct asl__buf *buf, asl_value v);

static void show_items(struct asl__buf *buf, asl_value v)
{
    static const char letters[] = "skct";

    for (unsigned i = 0; i < 4; i++)
        if (asl_flags(v) & 1u << i)
            asl__buf_append_char(buf, letters[i]);
    asl__buf_append_char(buf, '[');
    for (uint32_t i = 0; i < asl__count(v); i++) {
        if (i > 0)
            asl__buf_append_char(buf, ',');
        show_into(buf, asl__items(v)[i]);
    }
    asl__buf_append_char(buf, ']');
}

static void show_into(struct asl__buf *buf, asl_value v)
{
    switch (asl_tag_of(v)) {
    case ASL_UNDEFINED: asl__buf_append_cstring(buf, "undefined"); break;
    case ASL_UNSET: asl__buf_append_cstring(buf, "unset"); break;
    case ASL_FUNCTION: asl__buf_append_cstring(buf, "function"); break;
    case ASL_ARRAY: show_items(buf, v); break;
    case ASL_DOUBLE:
        if (!isfinite(asl_to_double(v))) {
            asl__buf_printf(buf, "%s", isnan(asl_to_double(v))    ? "NaN"
                                       : asl_to_double(v) > 0 ? "Infinity"
                                                              : "-Infinity");
            break;
        }
        asl__print(buf, v);
        break;
    case ASL_FAILURE: {
        asl_value code = asl_error_of(v)->error, cause = asl_error_of(v)->cause;
        if (asl_is_string(code)) {
            asl__buf_append(buf, asl_text(&code), asl_text_len(code));
            asl__buf_append_cstring(buf, ": ");
        }
        asl__buf_append(buf, asl_text(&cause), asl_text_len(cause));
        break;
    }
    default: asl__print(buf, v); break;
    }
}

/* V as text, until the test is over. */
static const char *show(asl_value v)
{
    struct asl__buf buf = ASL__BUF_INIT;

    show_into(&buf, v);
    char *text = asl_alloc(region, buf.len + 1);
    memcpy(text, buf.data, buf.len);
    text[buf.len] = '\0';
    asl__buf_free(&buf);
    return text;
}

/* The depth of V, counted. */
static size_t deepest(asl_value v)
{
    size_t depth = 0;

    for (size_t i = 0; i < asl_count(v); i++) {
        size_t d = deepest(asl_is_array(v) ? asl__items(v)[i] : asl__members(v)[i].value);
        depth = d > depth ? d : depth;
    }
    return asl_is_array(v) || asl_is_object(v) ? depth + 1 : 0;
}

/* COUNT KEYS as asl_order has them. */
ASL__UNUSED static asl_value order_by(asl_eval *e, asl_value v, uint32_t nterms,
                                      uint32_t descending, const asl_value *keys,
                                      size_t count)
{
    asl_list l = { 0 };

    for (size_t i = 0; i < count; i++)
        asl_list_key(e, &l, keys[i]);
    return asl_order(e, v, nterms, descending, &l);
}

#define EXPECT(v, wanted, about)                                                       \
    do {                                                                               \
        asl_value got_ = (v);                                                          \
        const char *shown_ = show(got_);                                               \
        ck_assert_msg(strcmp(shown_, wanted) == 0, "%s: %s, not %s", about, shown_,    \
                      wanted);                                                         \
        ck_assert_msg(asl_depth(got_) == deepest(got_), "%s: depth %zu", about,        \
                      asl_depth(got_));                                                \
    } while (0)

/* An array that nests DEPTH deep. */
ASL__UNUSED static asl_value nested(size_t depth)
{
    asl_value v = asl_array();

    while (asl_depth(v) < depth)
        v = asl_push(region, asl_array(), v);
    return v;
}

static TCase *new_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
