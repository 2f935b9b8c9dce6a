/* Unit tests of JSONata's lists, steps, group-by, order-by and rows. */
#include "base.h"

#include "query_values.h"

/* ---- steps ----------------------------------------------------------------------------- */

/* Names one after the other, and what the path is in the end. */
START_TEST(a_path_of_names)
{
    static const struct {
        const char *input, *path, *wanted;
    } cases[] = {
        { "{\"a\":1}", "a", "1" },
        { "{\"a\":1}", "b", "undefined" },
        { "{\"a\":[1]}", "a", "[1]" },
        { "{\"a\":[]}", "a", "[]" },
        { "{\"a\":[]}", "a.b", "undefined" },
        { "{\"a\":{\"b\":2}}", "a.b", "2" },
        { "{\"a\":5}", "a.b", "undefined" },
        { "{\"a\":null}", "a.b", "undefined" },
        { "{\"a\":\"text\"}", "a.b", "undefined" },
        { "{\"a\":[{\"b\":1}]}", "a.b", "1" },
        { "{\"a\":[{\"b\":[1]}]}", "a.b", "[1]" },
        { "{\"a\":[{\"b\":[]}]}", "a.b", "[]" },
        { "{\"a\":[{\"b\":[]},{\"b\":[]}]}", "a.b", "undefined" },
        { "{\"a\":[{\"b\":[1]},{\"b\":[]}]}", "a.b", "1" },
        { "{\"a\":[{\"b\":1},{\"b\":2}]}", "a.b", "s[1,2]" },
        { "{\"a\":[{\"b\":1},{\"c\":2},5,null,{\"b\":{\"x\":[]}}]}", "a.b",
          "s[1,{\"x\":[]}]" },
        { "{\"a\":[{\"b\":[1,[2]]},{\"b\":[3]},{\"b\":4}]}", "a.b", "s[1,[2],3,4]" },
        { "{\"a\":[{\"b\":[1,2]},{\"b\":[[3]]},{\"b\":[[[4]]]}]}", "a.b",
          "s[1,2,[3],[[4]]]" },
        { "{\"a\":[[{\"b\":1}],[{\"b\":2},{\"b\":3}]]}", "a.b", "s[1,2,3]" },
        { "{\"a\":[[{\"b\":[1]}]]}", "a.b", "1" },
        { "{\"a\":[[{\"b\":[[1]]}]]}", "a.b", "[1]" },
        { "{\"a\":[{\"b\":0},[[{\"b\":[[1]]}]],{\"b\":2}]}", "a.b", "s[0,1,2]" },
        { "{\"a\":[{\"b\":[{\"c\":1},{\"c\":2}]},{\"b\":{\"c\":3}}]}", "a.b.c",
          "s[1,2,3]" },
        { "{\"a\":[{\"x\":0,\"b\":1},{\"b\":2,\"x\":0},{\"x\":0},{\"b\":3}]}", "a.b",
          "s[1,2,3]" },
        { "{\"a longer member name\":[{\"a longer member name\":1},{\"a longer member nome\":2},"
          "{\"a longer member name\":3}]}",
          "a longer member name.a longer member name", "s[1,3]" },
        { "{\"q\":{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10,"
          "\"k\":11,\"l\":12,\"m\":13,\"n\":14,\"o\":15,\"p\":16,\"r\":17,\"s\":18}}",
          "q.s", "18" },
        { "{\"a\":[{\"b\":\"fifteen bytes..\"},{\"b\":1.50}]}", "a.b",
          "s[\"fifteen bytes..\",1.50]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        asl_value v = make(cases[i].input);
        for (const char *name = cases[i].path; *name; name += *name == '.') {
            size_t len = strcspn(name, ".");
            v = asl_field(region, v, asl_string_in(name, len));
            name += len;
        }
        EXPECT(asl_unwrap(v), cases[i].wanted, cases[i].input);
    }
}
END_TEST

/* Flags of what an expression put into an object end at the step. */
START_TEST(a_step_to_flagged_arrays)
{
    static const struct {
        const char *member, *wanted, *among;
    } cases[] = {
        { "[1]", "[1]", "s[0,1]" },
        { "sk[1]", "s[1]", "s[0,1]" },
        { "s[1]", "1", "s[0,1]" },
        { "s[]", "undefined", "0" },
        { "s[1,2]", "s[1,2]", "s[0,1,2]" },
        { "c[1,2]", "c[1,2]", "s[0,c[1,2]]" },
        { "function", "function", "s[0,function]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        asl_value key = asl_str("a"), value = make(cases[i].member);
        asl_value object = asl_record_any(region, 1, &key, &value);
        EXPECT(asl_get_field(region, object, "a"), cases[i].wanted, cases[i].member);
        asl_value list[] = { make("{\"a\":0}"), object };
        asl_value v = asl_get_field(region, asl_array_of(region, 2, list), "a");
        EXPECT(v, cases[i].among, cases[i].member);
    }
    EXPECT(asl_get_field(region, make("c[{\"a\":1},{\"a\":2}]"), "a"), "s[1,2]", "cons");
    EXPECT(asl_get_field(region, asl_no_memory(), "a"), show(asl_no_memory()), "error");
}
END_TEST

/* Many items, with more room needed than there are items. */
START_TEST(a_step_over_many)
{
    asl_value list = asl_array();
    int64_t sum = 0;

    for (int i = 0; i < 3000; i++) {
        char text[128];
        int n = snprintf(text, sizeof text, "{\"b\":%d,\"a\":[%d,%d,[%d],{\"x\":%d}]}",
                         i, i, i + 1, i, i);
        asl_value v;
        asl_syntax_error error;
        ck_assert(asl_parse(region, text, (size_t)n, &v, &error));
        list = asl_push(region, list, v);
    }
    asl_value v = asl_get_field(region, list, "a");
    ck_assert_uint_eq(asl__count(v), 12000);
    ck_assert_uint_eq(asl__depth(v), 2);
    for (uint32_t i = 0; i < 12000; i += 4) {
        sum += (int64_t)asl__items(v)[i].u.word.body -
               (int64_t)asl__items(v)[i + 1].u.word.body;
        ck_assert(asl_is_array(asl__items(v)[i + 2]));
    }
    ck_assert_int_eq(sum, -3000);
    asl_value deeper = asl_get_field(region, v, "x");
    ck_assert_uint_eq(asl__count(deeper), 3000);
    ck_assert_uint_eq(asl__depth(deeper), 1);
}
END_TEST

START_TEST(lookups_and_wildcards)
{
    static const struct {
        char kind; /* l: lookup of a, *: wildcard, d: descendants */
        const char *input, *wanted;
    } cases[] = {
        { 'l', "{\"a\":[1]}", "[1]" },
        { 'l', "{\"b\":1}", "undefined" },
        { 'l', "[]", "s[]" },
        { 'l', "[{\"a\":1}]", "s[1]" },
        { 'l', "[{\"a\":[1,2]},[{\"a\":[[3]]},4],{\"b\":5}]", "s[1,2,[3]]" },
        { 'l', "\"a\"", "undefined" },
        { '*', "{\"a\":1}", "s[1]" },
        { '*', "{\"a\":1,\"b\":{\"c\":[2]}}", "s[1,{\"c\":[2]}]" },
        { '*', "{\"a\":[1]}", "[1]" },
        { '*', "{\"a\":[]}", "[]" },
        { '*', "{\"a\":[1,[2,[3]]],\"b\":4}", "[1,2,3,4]" },
        { '*', "[1,[2]]", "[1,2]" },
        { '*', "[1,2]", "s[1,2]" },
        { '*', "5", "s[]" },
        { '*', "undefined", "s[]" },
        { 'd', "{\"a\":[1,[{\"b\":2}]],\"c\":3}",
          "s[{\"a\":[1,[{\"b\":2}]],\"c\":3},1,{\"b\":2},2,3]" },
        { 'd', "[1,[2]]", "s[1,2]" },
        { 'd', "5", "5" },
        { 'd', "[[5]]", "5" },
        { 'd', "[]", "s[]" },
        { 'd', "undefined", "undefined" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        asl_value v = make(cases[i].input);
        switch (cases[i].kind) {
        case 'l': v = asl_lookup_in(&eval, v, asl_str("a")); break;
        case '*': v = asl_wildcard(&eval, v); break;
        default: v = asl_descendants(&eval, v); break;
        }
        EXPECT(v, cases[i].wanted, cases[i].input);
    }
}
END_TEST

/* ---- predicates ------------------------------------------------------------------------ */

START_TEST(predicates)
{
    static const struct {
        const char *items, *cond, *wanted;
    } cases[] = {
        { "[5,6,7]", "true", "s[5,6,7]" },
        { "[5,6,7]", "false", "s[]" },
        { "[5,6,7]", "null", "s[]" },
        { "[5,6,7]", "undefined", "s[]" },
        { "[5,6,7]", "0", "s[5]" },
        { "[5,6,7]", "-1", "s[7]" },
        { "[5,6,7]", "-3", "s[5]" },
        { "[5,6,7]", "-4", "s[]" },
        { "[5,6,7]", "3", "s[]" },
        { "[5,6,7]", "1.9", "s[6]" },
        { "[5,6,7]", "-0.5", "s[7]" },
        { "[5,6,7]", "1.0", "s[6]" },
        { "[5,6,7]", "1e300", "s[]" },
        { "[5,6,7]", "[0,2]", "s[5,7]" },
        { "[5,6,7]", "[1,1,-2]", "s[6,6,6]" },
        { "[5,6,7]", "[]", "s[]" },
        { "[5,6,7]", "[0,\"a\"]", "s[5,6,7]" },
        { "[5,6,7]", "[false]", "s[]" },
        { "[5,6,7]", "\"x\"", "s[5,6,7]" },
        { "[5,6,7]", "\"\"", "s[]" },
        { "[5,6,7]", "{}", "s[]" },
        { "[5,6,7]", "{\"a\":1}", "s[5,6,7]" },
        { "[5,6,7]", "function", "s[]" },
        { "[5,6,7]", "NaN", "s[]" },
        { "[5,6,7]", "Infinity", "D1001: Number out of range: null" },
        { "[[1],[2]]", "0", "s[[1]]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        asl_value v = make(cases[i].items), cond = make(cases[i].cond);
        asl_list l = { 0 };
        for (uint32_t at = 0; at < asl__count(v); at++)
            asl_list_filter(&eval, &l, asl__items(v)[at], at, asl__count(v), cond);
        EXPECT(asl_list_sequence(&eval, &l, 0), cases[i].wanted, cases[i].cond);
        EXPECT(asl_pick_all(&eval, v, cond), cases[i].wanted, cases[i].cond);
    }
}
END_TEST

START_TEST(predicates_for_all)
{
    static const struct {
        const char *input, *cond, *wanted;
    } cases[] = {
        { "[5,6,7]", "[2,0]", "s[5,7]" },
        { "[5,6,7]", "[0,0,1]", "s[5,5,6]" },
        { "[5,6,7]", "[1,2,3,4]", "s[6,7]" },
        { "[5,6,7]", "[0,1.5]", "s[5,6]" },
        { "[5,6,7]", "[-1,0]", "s[5,7]" },
        { "[5,6,7]", "[4294967296]", "s[]" },
        { "[[1],[2]]", "[0,1]", "s[[1],[2]]" },
        { "c[1,2]", "[1]", "s[2]" },
        { "[]", "[0]", "s[]" },
        { "5", "[0,1]", "s[5]" },
        { "undefined", "[0]", "s[]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        EXPECT(asl_pick_all(&eval, make(cases[i].input), make(cases[i].cond)),
               cases[i].wanted, cases[i].cond);
}
END_TEST

START_TEST(picking)
{
    static const struct {
        const char *input;
        double number;
        const char *wanted;
    } cases[] = {
        { "[5,6,7]", 0, "s[5]" },
        { "[5,6,7]", 2.9, "s[7]" },
        { "[5,6,7]", -1, "s[7]" },
        { "[5,6,7]", -3.5, "s[]" },
        { "[5,6,7]", 3, "s[]" },
        { "[5,6,7]", 1e300, "s[]" },
        { "[[1,2]]", 0, "[1,2]" },
        { "s[[]]", 0, "[]" },
        { "c[1,2]", 1, "s[2]" },
        { "5", 0, "s[5]" },
        { "5", -1, "s[5]" },
        { "5", 1, "s[]" },
        { "undefined", 0, "s[]" },
        { "st[[1,2],[3,4]]", 1, "st[[3,4]]" },
        { "{\"a\":[1]}", 0, "s[{\"a\":[1]}]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        EXPECT(asl_pick(&eval, make(cases[i].input), cases[i].number), cases[i].wanted,
               cases[i].input);
}
END_TEST

/* ---- lists ----------------------------------------------------------------------------- */

enum { MOST_PARTS = 4 };

/* What stands behind a step whose evaluations had these results. */
START_TEST(the_results_of_a_step)
{
    static const struct {
        const char *results[MOST_PARTS], *wanted,
            *last; /* as a step between, as the last */
    } cases[] = {
        { { NULL }, "undefined", "undefined" },
        { { "undefined", "undefined" }, "undefined", "undefined" },
        { { "1" }, "1", "1" },
        { { "undefined", "1" }, "1", "1" },
        { { "1", "2", "3" }, "s[1,2,3]", "s[1,2,3]" },
        { { "[1]" }, "[1]", "[1]" },
        { { "[]" }, "undefined", "[]" },
        { { "s[]" }, "undefined", "undefined" },
        { { "s[1]" }, "s[1]", "s[1]" },
        { { "s[[1,2]]" }, "s[[1,2]]", "s[[1,2]]" },
        { { "sk[1]" }, "s[1]", "s[1]" },
        { { "c[1,2]" }, "s[c[1,2]]", "c[1,2]" },
        { { "[1]", "[]" }, "s[1]", "s[1]" },
        { { "[]", "s[]" }, "undefined", "undefined" },
        { { "[1,[2]]", "s[3]", "4", "{\"a\":5}" },
          "s[1,[2],3,4,{\"a\":5}]",
          "s[1,[2],3,4,{\"a\":5}]" },
        { { "c[1]", "[2]", "c[3]" }, "s[c[1],2,c[3]]", "s[c[1],2,c[3]]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        for (int last = 0; last < 2; last++) {
            asl_list l = { 0 };
            for (size_t k = 0; k < MOST_PARTS && cases[i].results[k]; k++)
                asl_list_join(&eval, &l, make(cases[i].results[k]));
            EXPECT(asl_list_step(&eval, &l, last),
                   last ? cases[i].last : cases[i].wanted,
                   cases[i].results[0] ? cases[i].results[0] : "nothing");
        }
}
END_TEST

/* Array constructors: + adds an item, others are appended. */
START_TEST(the_items_of_an_array)
{
    static const struct {
        const char *items[MOST_PARTS], *wanted;
    } cases[] = {
        { { NULL }, "[]" },
        { { "1" }, "[1]" },
        { { "[]" }, "[]" },
        { { "s[1]" }, "[1]" },
        { { "c[1,2]" }, "[1,2]" },
        { { "+[1,2]" }, "[[1,2]]" },
        { { "+[1]", "[2,[3]]", "4" }, "[[1],2,[3],4]" },
        { { "[2,3]", "+[1]" }, "[2,3,[1]]" },
        { { "[]", "+[]", "5" }, "[[],5]" },
        { { "undefined", "+undefined", "s[]" }, "[]" },
        { { "c[1]", "c[2]" }, "[1,2]" },
        { { "function", "null" }, "[function,null]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        asl_list l = { 0 };
        for (size_t k = 0; k < MOST_PARTS && cases[i].items[k]; k++) {
            const char *text = cases[i].items[k];
            if (*text == '+')
                asl_list_add(&eval, &l, make(text + 1));
            else
                asl_list_append(&eval, &l, make(text));
        }
        EXPECT(asl_list_array(&eval, &l, 0), cases[i].wanted, cases[i].wanted);
    }
}
END_TEST

START_TEST(appending)
{
    static const char *const cases[][3] = {
        { "undefined", "[1]", "[1]" },
        { "[1]", "undefined", "[1]" },
        { "1", "2", "[1,2]" },
        { "[1]", "[[2],3]", "[1,[2],3]" },
        { "s[]", "c[1,2]", "[1,2]" },
        { "[]", "[]", "[]" },
        { "sk[1]", "undefined", "sk[1]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        EXPECT(asl__append(&eval, make(cases[i][0]), make(cases[i][1])), cases[i][2],
               cases[i][0]);
}
END_TEST

/* A list grows in place and gives back what it has not used; others' items stay. */
START_TEST(a_list_grows)
{
    for (uint32_t count = 0; count < 5000; count = count * 2 + 1) {
        asl_list l = { 0 }, other = { 0 };
        for (uint32_t i = 0; i < count; i++) {
            asl_list_add(&eval, &l, asl_integer(i));
            if (i % 7 == 3)
                asl_list_add(&eval, &other, asl_integer(-1));
        }
        asl_value v = asl_list_sequence(&eval, &l, ASL_KEEP);
        asl_value w = asl_list_array(&eval, &other, 0);
        ck_assert_uint_eq(asl_flags(v), ASL_SEQUENCE | ASL_KEEP);
        ck_assert_uint_eq(asl__count(v), count);
        for (uint32_t i = 0; i < count; i++)
            ck_assert_uint_eq(asl__items(v)[i].u.word.body, i);
        for (uint32_t i = 0; i < asl__count(w); i++)
            ck_assert_int_eq((int64_t)asl__items(w)[i].u.word.body, -1);
        v = asl_push(region, v, asl_null());
        ck_assert_uint_eq(asl__count(v), count + 1);
    }
}
END_TEST

START_TEST(errors_end_a_list)
{
    asl_value first = asl_query_error(&eval, "T1006", NULL, asl_undefined());
    asl_value second = asl_query_error(&eval, "T2006", NULL, asl_undefined());
    asl_list lists[2] = { { 0 }, { 0 } };

    asl_list_add(&eval, &lists[0], first);
    asl_list_join(&eval, &lists[1], asl_integer(1));
    asl_list_join(&eval, &lists[1], first);
    for (int i = 0; i < 2; i++) {
        asl_list_add(&eval, &lists[i], second);
        EXPECT(asl_list_sequence(&eval, &lists[i], 0), show(first), "sequence");
        EXPECT(asl_list_array(&eval, &lists[i], 0), show(first), "array");
        EXPECT(asl_list_step(&eval, &lists[i], true), show(first), "step");
    }
}
END_TEST

START_TEST(a_list_may_be_too_deep)
{
    asl_list l = { 0 }, fine = { 0 };

    asl_list_add(&eval, &l, nested(ASL_MAX_DEPTH));
    EXPECT(asl_list_array(&eval, &l, 0), show(asl_too_deep()), "add");
    asl_list_add(&eval, &fine, nested(ASL_MAX_DEPTH - 1));
    asl_list_join(&eval, &fine, nested(ASL_MAX_DEPTH));
    ck_assert_uint_eq(asl_depth(asl_list_array(&eval, &fine, 0)), ASL_MAX_DEPTH);
}
END_TEST

START_TEST(the_end_of_a_node)
{
    static const char *const cases[][4] = {
        /* value, asl_unwrap, asl_unwrap_keep, asl_keep */
        { "undefined", "undefined", "undefined", "undefined" },
        { "5", "5", "5", "sk[5]" },
        { "[5]", "[5]", "[5]", "[5]" },
        { "[]", "[]", "[]", "[]" },
        { "s[]", "undefined", "undefined", "undefined" },
        { "s[5]", "5", "sk[5]", "sk[5]" },
        { "s[[]]", "[]", "sk[[]]", "sk[[]]" },
        { "s[5,6]", "s[5,6]", "sk[5,6]", "sk[5,6]" },
        { "sk[5]", "sk[5]", "sk[5]", "sk[5]" },
        { "sk[]", "undefined", "undefined", "undefined" },
        { "c[5]", "c[5]", "c[5]", "sk[c[5]]" },
        { "st[]", "st[]", "st[]", "st[]" },
        { "st[[5]]", "st[[5]]", "st[[5]]", "st[[5]]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        EXPECT(asl_unwrap(make(cases[i][0])), cases[i][1], cases[i][0]);
        EXPECT(asl_unwrap_keep(make(cases[i][0])), cases[i][2], cases[i][0]);
        EXPECT(asl_keep(&eval, make(cases[i][0])), cases[i][3], cases[i][0]);
    }
}
END_TEST

/* ---- objects --------------------------------------------------------------------------- */

/* Pairs of key and item, one by one; the groups' items and the object of their counts. */
START_TEST(groups)
{
    static const struct {
        const char *adds, *wanted; /* adds: [[pair, key, item], ...] */
    } cases[] = {
        { "[]", "{}" },
        { "[[0,\"a\",1]]", "{\"a\":1}" },
        { "[[0,\"a\",1],[0,\"b\",2],[0,\"a\",3]]", "{\"a\":[1,3],\"b\":2}" },
        { "[[0,\"a\",[1]],[1,\"b\",[1]],[0,\"a\",2],[0,\"a\",[3,[4]]]]",
          "{\"a\":[1,2,3,[4]],\"b\":[1]}" },
        { "[[0,\"a\",[]],[0,\"a\",[]]]", "{\"a\":[]}" },
        { "[[0,5,1]]",
          "T1003: Key in object structure must evaluate to a string; got: 5" },
        { "[[0,\"a\",1],[1,\"a\",1]]",
          "D1009: Multiple key definitions evaluate to same key: \"a\"" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        asl_value adds = make(cases[i].adds), error = asl_undefined();
        asl_groups g = { 0 };
        for (uint32_t k = 0; k < asl__count(adds) && asl_is_undefined(error); k++) {
            const asl_value *add = asl__items(asl__items(adds)[k]);
            error =
                asl_group_add(&eval, &g, (uint32_t)add[0].u.word.body, add[1], add[2]);
        }
        for (uint32_t k = 0; k < g.count; k++)
            asl_group_set(&g, k, asl_group_items(&g, k));
        EXPECT(asl_is_error(error) ? error : asl_group_end(&eval, &g), cases[i].wanted,
               cases[i].adds);
    }
}
END_TEST

START_TEST(many_groups)
{
    enum { KEYS = 3000 };
    asl_groups g = { 0 };

    for (int i = 0; i < 3 * KEYS; i++) {
        asl_value key = asl_format_string(
            region, i % 2 ? "key %d" : "a rather long key %d", i % KEYS);
        ck_assert(asl_is_undefined(
            asl_group_add(&eval, &g, (uint32_t)(i % KEYS), key, asl_integer(i))));
    }
    ck_assert_uint_eq(g.count, KEYS);
    for (uint32_t i = 0; i < g.count; i++) {
        asl_value items = asl_group_items(&g, i);
        ck_assert_uint_eq(asl_group_pair(&g, i), i);
        ck_assert_uint_eq(asl__count(items), 3);
        ck_assert_uint_eq(asl__items(items)[2].u.word.body, i + 2 * KEYS);
        asl_group_set(&g, i, i % 3 ? asl__items(items)[0] : asl_undefined());
    }
    asl_value v = asl_group_end(&eval, &g);
    ck_assert_uint_eq(asl_count(v), KEYS / 3 * 2);
    ck_assert_uint_eq(asl_get(v, "key 1").u.word.body, 1);
    ck_assert_uint_eq(asl_get(v, "a rather long key 2996").u.word.body, 2996);
    ck_assert(asl_is_undefined(asl_get(v, "key 3")));
}
END_TEST

/* A group's items that somebody extends are no less the group's. */
START_TEST(the_items_of_a_group_stay)
{
    asl_groups g = { 0 };

    for (int i = 0; i < 3; i++)
        asl_group_add(&eval, &g, 0, asl_str("a"), asl_integer(i));
    asl_value longer = asl_push(region, asl_group_items(&g, 0), asl_str("x"));
    asl_value other = asl_push(region, asl_group_items(&g, 0), asl_str("y"));
    EXPECT(asl_group_items(&g, 0), "[0,1,2]", "items");
    EXPECT(longer, "[0,1,2,\"x\"]", "one");
    EXPECT(other, "[0,1,2,\"y\"]", "the other");
}
END_TEST

START_TEST(groups_of_rows)
{
    asl_value rows = make("[[1,\"x\"],[[2],\"y\"],[3,\"z\"]]");
    asl_groups g = { 0 };

    for (uint32_t i = 0; i < 3; i++)
        asl_group_add(&eval, &g, 0, i == 1 ? asl_str("b") : asl_str("a"),
                      asl_row_item(asl__items(rows)[i]));
    EXPECT(asl_group_items(&g, 0), "t[[1,\"x\"],[3,\"z\"]]", "a");
    EXPECT(asl_group_items(&g, 1), "t[[[2],\"y\"]]", "b");
    EXPECT(asl_rows_reduce(&eval, asl_group_items(&g, 0), 2), "[[1,3],[\"x\",\"z\"]]",
           "a");
    EXPECT(asl_rows_reduce(&eval, asl_group_items(&g, 1), 2), "[[2],\"y\"]", "b");
}
END_TEST

START_TEST(contexts_of_constructors)
{
    static const char *const cases[][2] = {
        { "5", "5" },           { "undefined", "undefined" },
        { "[]", "undefined" },  { "s[]", "undefined" },
        { "[[1,2]]", "[1,2]" }, { "s[7]", "7" },
        { "s[1,2]", "[1,2]" },  { "[1,[2,[3]],4]", "[1,2,[3],4]" },
        { "[[],[]]", "[]" },    { "[{\"a\":1},{}]", "[{\"a\":1},{}]" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++)
        EXPECT(asl_group_context(&eval, make(cases[i][0])), cases[i][1], cases[i][0]);
}
END_TEST

START_TEST(objects_of_what_is_defined)
{
    enum { MANY = 40 };
    asl_value keys[MANY], values[MANY];

    for (int i = 0; i < MANY; i++) {
        keys[i] = asl_format_string(region, "k%d", i);
        values[i] = i % 2 ? asl_undefined() : asl_integer(i);
    }
    EXPECT(asl_object_with(&eval, 0, keys, values), "{}", "none");
    EXPECT(asl_object_with(&eval, 1, keys + 1, values + 1), "{}", "undefined");
    EXPECT(asl_object_with(&eval, 5, keys, values), "{\"k0\":0,\"k2\":2,\"k4\":4}",
           "few");
    asl_value many = asl_object_with(&eval, MANY, keys, values);
    ck_assert_uint_eq(asl_count(many), MANY / 2);
    ck_assert_uint_eq(asl_get(many, "k38").u.word.body, 38);
    values[1] = nested(ASL_MAX_DEPTH);
    EXPECT(asl_object_with(&eval, 2, keys, values), show(asl_too_deep()), "too deep");
    values[3] = asl_query_error(&eval, "T1006", NULL, asl_undefined());
    EXPECT(asl_object_with(&eval, 5, keys, values), show(values[3]), "error");
}
END_TEST

/* ---- order-by -------------------------------------------------------------------------- */

/* The items are their positions.  null stands for an undefined key. */
START_TEST(orders)
{
    static const struct {
        const char *keys; /* one array for each item */
        uint32_t descending;
        const char *wanted;
    } cases[] = {
        { "[[3],[1],[2]]", 0, "[1,2,0]" },
        { "[[3],[1],[2]]", 1, "[0,2,1]" },
        { "[[1],[0],[1],[0]]", 0, "[1,3,0,2]" },
        { "[[1],[0],[1],[0]]", 1, "[0,2,1,3]" },
        { "[[1.5],[-2],[-0.0],[0],[1e300],[-1e300]]", 0, "[5,1,2,3,0,4]" },
        { "[[1.5],[-2],[-0.0],[0],[1e300],[-1e300]]", 1, "[4,0,2,3,1,5]" },
        { "[[9007199254740993],[9007199254740992]]", 0, "[1,0]" },
        { "[[9007199254740993],[9007199254740992],[0.5]]", 0, "[2,1,0]" },
        { "[[1.10],[1.1],[1.05]]", 0, "[2,0,1]" },
        { "[[\"b\"],[\"a\"],[\"\"],[\"ab\"]]", 0, "[2,1,3,0]" },
        { "[[\"b\"],[\"a\"],[\"\"],[\"ab\"]]", 1, "[0,3,1,2]" },
        { "[[\"same prefix 2\"],[\"same prefix 1\"],[\"same prefix\"],[\"same prefix 1\"]]",
          0, "[2,1,3,0]" },
        { "[[\"same prefix 2\"],[\"same prefix 1\"],[\"same prefix\"],[\"same prefix 1\"]]",
          1, "[0,1,3,2]" },
        { "[[\"a\\u0000\"],[\"a\"],[\"a\\u0000\\u0000\"]]", 0, "[1,0,2]" },
        { "[[\"\\uffee\"],[\"\\ud83d\\ude00\"],[\"z\"]]", 0, "[2,1,0]" },
        { "[[2],[null],[1],[null]]", 0, "[2,0,1,3]" },
        { "[[2],[null],[1],[null]]", 1, "[0,2,1,3]" },
        { "[[1,\"b\"],[0,\"z\"],[1,\"a\"]]", 0, "[1,2,0]" },
        { "[[1,\"b\"],[0,\"z\"],[1,\"a\"]]", 2, "[1,0,2]" },
        { "[[1,\"b\"],[0,\"z\"],[1,\"a\"]]", 1, "[2,0,1]" },
        { "[[1,true],[2,\"x\"]]", 0, "[0,1]" }, /* never compared */
        { "[[true],[null]]", 0, "[0,1]" },
        { "[[true]]", 0, "s[0]" },
        { "[[1],[\"x\"]]", 0,
          "T2007: Type mismatch when comparing values 1 and \"x\" in order-by clause" },
        { "[[1],[true]]", 0,
          "T2008: The expressions within an order-by clause must evaluate to numeric or "
          "string values" },
        { "[[1,true],[1,\"x\"]]", 0,
          "T2008: The expressions within an order-by clause must evaluate to numeric or "
          "string values" },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(cases); i++) {
        asl_value table = make(cases[i].keys);
        uint32_t count = asl__count(table), nterms = asl__count(asl__items(table)[0]);
        asl_value keys[16], items[8];
        for (uint32_t k = 0; k < count; k++) {
            items[k] = asl_integer(k);
            for (uint32_t t = 0; t < nterms; t++) {
                asl_value key = asl__items(asl__items(table)[k])[t];
                keys[k * nterms + t] = asl_is_null(key) ? asl_undefined() : key;
            }
        }
        asl_value v = asl_array_of(region, count, items);
        EXPECT(order_by(&eval, v, nterms, cases[i].descending, keys, count * nterms), cases[i].wanted,
               cases[i].keys);
    }
}
END_TEST

START_TEST(orders_of_little)
{
    asl_value key = asl_query_error(&eval, "T1006", NULL, asl_undefined());

    EXPECT(order_by(&eval, asl_undefined(), 1, 0, &key, 0), "s[]", "nothing");
    EXPECT(order_by(&eval, make("[]"), 1, 0, &key, 0), "s[]", "empty");
    EXPECT(order_by(&eval, make("5"), 1, 0, &key, 0), "s[5]", "scalar");
    EXPECT(order_by(&eval, make("c[1,2]"), 1, 0, &key, 0), "s[c[1,2]]", "cons");
    EXPECT(order_by(&eval, make("st[[1,2]]"), 1, 0, &key, 0), "st[[1,2]]", "row");
    asl_value keys[2] = { asl_integer(2), asl_integer(1) };
    EXPECT(order_by(&eval, make("st[[1,[2]],[3,4]]"), 1, 0, keys, 2), "st[[3,4],[1,[2]]]",
           "rows");
    keys[1] = key;
    EXPECT(order_by(&eval, make("[1,2]"), 1, 0, keys, 2), show(key),
           "an error among the keys");
    asl_value pairs[4] = { asl_integer(2), key, asl_integer(1), key };
    EXPECT(order_by(&eval, make("[1,2]"), 2, 0, pairs, 4), "[2,1]", "one that nobody asks for");
    pairs[2] = asl_integer(2);
    EXPECT(order_by(&eval, make("[1,2]"), 2, 0, pairs, 4), show(key), "one that matters");
}
END_TEST

/* Each kind of key, against a simple sort. */
START_TEST(orders_of_many)
{
    enum { COUNT = 2500 };
    asl_value keys[COUNT], list = asl_array();
    uint64_t random = 1;

    for (int i = 0; i < COUNT; i++)
        list = asl_push(region, list, asl_integer(i));
    for (int kind = 0; kind < 4; kind++) {
        for (int i = 0; i < COUNT; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            int64_t r = (int64_t)(random >> 33) % 500 - 250;
            keys[i] = kind == 0   ? asl_integer(r)
                      : kind == 1 ? asl_number((double)r / 2)
                      : kind == 2 ? asl_format_string(region, "key number %d", (int)r)
                      : i % 50    ? asl_integer(r)
                                  : asl_undefined();
        }
        for (uint32_t descending = 0; descending < 2; descending++) {
            asl_value v = order_by(&eval, list, 1, descending, keys, COUNT);
            ck_assert_msg(asl_count(v) == COUNT, "%d: %s", kind, show(v));
            for (uint32_t i = 1; i < COUNT; i++) {
                uint64_t p = asl__items(v)[i - 1].u.word.body,
                         q = asl__items(v)[i].u.word.body;
                asl_value a = keys[p], b = keys[q];
                if (asl_is_undefined(a) || asl_is_undefined(b)) {
                    ck_assert(asl_is_undefined(b) && (!asl_is_undefined(a) || p < q));
                    continue;
                }
                asl_value order =
                    descending ? asl_greater(&eval, a, b) : asl_less(&eval, a, b);
                ck_assert(asl_is_true(order) || (asl_equals(a, b) && p < q));
            }
        }
    }
}
END_TEST

/* ---- rows ------------------------------------------------------------------------------ */

START_TEST(rows)
{
    asl_value v = asl_rows(&eval, make("s[1,[2],{\"a\":3}]"), 3);

    EXPECT(v, "st[[1,unset,unset],[[2],unset,unset],[{\"a\":3},unset,unset]]", "made");
    asl_value row = asl__items(v)[0];
    asl_value with = asl_row_with(&eval, row, 1, make("[[7]]"));
    EXPECT(with, "[1,[[7]],unset]", "with");
    EXPECT(row, "[1,unset,unset]", "as it was");
    asl_value other = asl_row_with(&eval, asl__items(v)[1], 2, make("8"));
    EXPECT(asl_row_merge(&eval, with, other), "[[2],[[7]],8]", "merged");
    EXPECT(asl_rows_contexts(&eval, v), "s[1,[2],{\"a\":3}]", "contexts");
    asl_value all[] = { with, other, row };
    EXPECT(asl_rows_reduce(&eval, asl_array_of(region, 3, all), 3), "[[1,2,1],[[7]],8]",
           "reduced");
    EXPECT(asl_rows(&eval, asl_undefined(), 2), "st[]", "of nothing");
    EXPECT(asl_rows(&eval, make("c[1,2]"), 1), "st[[c[1,2]]]", "of one array");
    EXPECT(asl_rows_contexts(&eval, make("st[]")), "s[]", "no contexts");
}
END_TEST

START_TEST(rows_of_the_deepest)
{
    asl_value deep = nested(ASL_MAX_DEPTH - 1),
              list = asl_push(region, asl_array(), deep);
    asl_value v = asl_rows(&eval, list, 2);

    v = asl_row_with(&eval, asl__items(v)[0], 1, list);
    asl_list l = { 0 };
    asl_list_add(&eval, &l, v);
    v = asl_rows_contexts(&eval, asl_list_sequence(&eval, &l, ASL_TUPLES));
    ck_assert(!asl_is_error(v));
    ck_assert_uint_eq(asl_depth(v), ASL_MAX_DEPTH);
}
END_TEST

static void add_lists(Suite *suite)
{
    TCase *steps = new_case(suite, "steps"), *lists = new_case(suite, "lists");

    tcase_add_test(steps, a_path_of_names);
    tcase_add_test(steps, a_step_to_flagged_arrays);
    tcase_add_test(steps, a_step_over_many);
    tcase_add_test(steps, lookups_and_wildcards);
    tcase_add_test(steps, predicates);
    tcase_add_test(steps, predicates_for_all);
    tcase_add_test(steps, picking);
    tcase_add_test(lists, the_results_of_a_step);
    tcase_add_test(lists, the_items_of_an_array);
    tcase_add_test(lists, appending);
    tcase_add_test(lists, a_list_grows);
    tcase_add_test(lists, errors_end_a_list);
    tcase_add_test(lists, a_list_may_be_too_deep);
    tcase_add_test(lists, the_end_of_a_node);
}

static void add_objects(Suite *suite)
{
    TCase *objects = new_case(suite, "objects"), *order = new_case(suite, "order");

    tcase_add_test(objects, groups);
    tcase_add_test(objects, many_groups);
    tcase_add_test(objects, the_items_of_a_group_stay);
    tcase_add_test(objects, groups_of_rows);
    tcase_add_test(objects, contexts_of_constructors);
    tcase_add_test(objects, objects_of_what_is_defined);
    tcase_add_test(order, orders);
    tcase_add_test(order, orders_of_little);
    tcase_add_test(order, orders_of_many);
    tcase_add_test(order, rows);
    tcase_add_test(order, rows_of_the_deepest);
}

int main(void)
{
    Suite *suite = suite_create("query core");

    add_lists(suite);
    add_objects(suite);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
