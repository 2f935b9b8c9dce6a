/* Unit tests of JSONata's run time: functions as values, signatures, functions of
 * arrays and objects, transforms.  The lambdas are written as the compiler emits
 * them. */
#include "base.h"

#include <check.h>
#include <math.h>

#include "buf.h"
#include "callback.h"
#include "query.h"

static asl_eval eval;

static void setup(void)
{
    memset(&eval, 0, sizeof eval);
    eval.region = asl_region_new();
    ck_assert_ptr_nonnull(eval.region);
}

static void teardown(void)
{
    asl_region_free(eval.region);
}

static asl_value json(const char *text)
{
    asl_value v = asl_undefined();
    asl_syntax_error error;

    ck_assert_msg(asl_parse(eval.region, text, strlen(text), &v, &error), "%s: %s",
                  text, error.message);
    return v;
}

/* V is TEXT; "undefined" if there is none. */
static void expect(asl_value v, const char *text)
{
    struct asl__buf buf = ASL__BUF_INIT;

    if (asl_is_undefined(v)) {
        ck_assert_str_eq("undefined", text);
        return;
    }
    if (asl_is_error(v)) {
        asl_value code = asl_error_of(v)->error, cause = asl_error_of(v)->cause;
        ck_abort_msg("error %.*s: %.*s, not %s", (int)asl_text_len(code),
                     asl_text(&code),
                     asl_is_string(cause) ? (int)asl_text_len(cause) : 0,
                     asl_text(&cause), text);
    }
    asl__print(&buf, v);
    ck_assert_str_eq(asl__buf_cstring(&buf), text);
    asl__buf_free(&buf);
}

/* V is the error CODE with this MESSAGE (NULL: any). */
static void expect_error(asl_value v, const char *code, const char *message)
{
    ck_assert_msg(asl_is_error(v), "no error but a %s, not %s", asl_type_name(v), code);
    asl_value is = asl_error_of(v)->error, cause = asl_error_of(v)->cause;
    ck_assert_msg(asl_is_string(is) && asl_text_len(is) == strlen(code) &&
                      !memcmp(asl_text(&is), code, strlen(code)),
                  "%.*s, not %s", (int)asl_text_len(is), asl_text(&is), code);
    if (message)
        ck_assert_msg(asl_is_string(cause) && asl_text_len(cause) == strlen(message) &&
                          !memcmp(asl_text(&cause), message, strlen(message)),
                      "%.*s, not %s", (int)asl_text_len(cause), asl_text(&cause),
                      message);
}

enum { MOST_ARGS = 12 };

/* The arguments in LIST, a JSON array; "?" in it stands for undefined. */
static uint32_t arguments(const char *list, asl_value *args)
{
    asl_value all = json(list);

    ck_assert_uint_le(asl_count(all), MOST_ARGS);
    for (size_t i = 0; i < asl_count(all); i++) {
        args[i] = asl_at(all, i);
        if (asl_is_string(args[i]) && asl_same_text(args[i], asl_str("?")))
            args[i] = asl_undefined();
    }
    return (uint32_t)asl_count(all);
}

/* NATIVE called with the arguments LIST, as an expression does it. */
static asl_value run(asl_native *native, const char *list)
{
    asl_value args[MOST_ARGS];
    uint32_t n = arguments(list, args);

    return asl_unwrap(native(&eval, asl_undefined(), n, args));
}

/* NATIVE called with the value LIST and FUNCTION. */
static asl_value run_with(asl_native *native, const char *list, asl_value function)
{
    asl_value args[] = { json(list), function };

    return asl_unwrap(native(&eval, asl_undefined(), 2, args));
}

static asl_value lambda(asl_lambda_body *body, uint32_t arity)
{
    return asl_lambda(&eval, body, arity, NULL, asl_undefined(), 0, NULL);
}

/* FUNCTION called with the arguments LIST. */
static asl_value apply(asl_value function, const char *list)
{
    asl_value args[MOST_ARGS];
    uint32_t n = arguments(list, args);

    return asl_apply(&eval, function, asl_undefined(), n, args);
}

static asl_value place(void)
{
    return asl__word(ASL_UNSET, 0);
}

/* ---- lambdas --------------------------------------------------------------------- */

static int64_t whole(asl_value v)
{
    int64_t i = 0;

    asl_to_integer(v, &i);
    return i;
}

/* function($x) { $x * 2 } */
static asl_value twice(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)e, (void)self;
    return asl_integer(whole(args[0]) * 2);
}

/* function($x, $y) { $x - $y } */
static asl_value minus(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)e, (void)self;
    if (asl_is_undefined(args[0]) || asl_is_undefined(args[1]))
        return asl_undefined();
    return asl_integer(whole(args[0]) - whole(args[1]));
}

/* function($a, $b, $c) { [$a, $b, $c] } */
static asl_value list_of_three(asl_eval *e, const asl_function *self,
                               const asl_value *args)
{
    asl_value list = asl_array();

    (void)self;
    for (int i = 0; i < 3; i++)
        if (!asl_is_undefined(args[i]))
            list = asl_push(e->region, list, args[i]);
    return list;
}

/* function($a, $b, $c, $d) { [$a, $b, $c, $d] } */
static asl_value list_of_four(asl_eval *e, const asl_function *self,
                              const asl_value *args)
{
    (void)self;
    return asl_array_of(e->region, 4, args);
}

/* function() { $ } */
static asl_value own_context(asl_eval *e, const asl_function *self,
                             const asl_value *args)
{
    (void)e, (void)args;
    return self->context;
}

/* function() { $seen, a cell } */
static asl_value seen_cell(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)e, (void)args;
    return *self->cells[0];
}

START_TEST(missing_arguments_are_undefined_and_more_are_dropped)
{
    expect(apply(lambda(minus, 2), "[7, 2, 9]"), "5");
    expect(apply(lambda(minus, 2), "[7]"), "undefined");
    expect(apply(lambda(list_of_three, 3), "[1, 2]"), "[1,2]");
}
END_TEST

START_TEST(a_lambda_has_the_context_and_the_cells_of_its_place)
{
    asl_value *cell = asl_cell(&eval, place());
    asl_value f = asl_lambda(&eval, own_context, 0, NULL, asl_integer(8), 0, NULL);
    asl_value g = asl_lambda(&eval, seen_cell, 0, NULL, asl_undefined(), 1, &cell);

    expect(apply(f, "[]"), "8");
    ck_assert(asl_is_unset(*cell));
    *cell = asl_integer(5); /* later than the lambda: by reference */
    expect(apply(g, "[]"), "5");
}
END_TEST

START_TEST(only_functions_can_be_called)
{
    asl_value args[2] = { asl_query_fail(&eval, "D3137", asl_undefined()), asl_null() };

    expect_error(apply(asl_integer(1), "[]"), "T1006", NULL);
    expect_error(apply(asl_undefined(), "[]"), "T1006", NULL);
    expect_error(asl_not_a_function(&eval, "sum", true), "T1005", NULL);
    expect_error(asl_not_a_function_partly(&eval, "sum", true), "T1007", NULL);
    expect_error(asl_partial(&eval, asl_null(), 1, args), "D3137", NULL);
    expect_error(asl_partial(&eval, asl_null(), 1, args + 1), "T1008", NULL);
    expect_error(asl_apply(&eval, asl_null(), asl_null(), 2, args), "D3137", NULL);
    expect_error(asl_chain(&eval, asl_null(), asl_integer(3), asl_null()), "T2006",
                 NULL);
}
END_TEST

START_TEST(built_in_functions_are_unwrapped_by_apply)
{
    expect(apply(asl_function_value(&asl_fv_keys), "[{\"a\":1}]"), "\"a\"");
    expect(apply(asl_function_value(&asl_fv_keys), "[{}]"), "undefined");
    expect(apply(asl_function_value(&asl_fv_sum), "[[1,2]]"), "3");
}
END_TEST

/* ---- partial application and composition ----------------------------------------- */

START_TEST(a_partial_application_takes_what_is_missing)
{
    asl_value second[] = { place(), asl_integer(2) };
    asl_value both[] = { place(), asl_integer(2), place(), place() };
    asl_value f = asl_partial(&eval, lambda(list_of_three, 3), 2, second);

    expect(apply(f, "[1, 5]"), "[1,2]");
    expect(apply(asl_partial(&eval, lambda(list_of_three, 3), 4, both), "[1, 5, 6]"),
           "[1,2,5]");
    ck_assert_uint_eq(((const asl_function *)asl__pointer(f))->arity, 1);
    asl_value sorts[] = { place(), place() };
    f = asl_partial(&eval, asl_function_value(&asl_fv_sort), 2, sorts);
    expect(apply(f, "[[3,1,2]]"),
           "[1,2,3]"); /* the comparator is missing, not undefined */
    expect(apply(asl_partial(&eval, f, 1, sorts), "[[2,1]]"), "[1,2]");
}
END_TEST

START_TEST(a_partial_application_of_a_lambda_has_no_signature)
{
    asl_value args[] = { place(), asl_integer(2) };
    asl_value f = asl_lambda(&eval, list_of_three, 3, "<nn>", asl_undefined(), 0, NULL);

    expect_error(apply(f, "[\"a\", 2]"), "T0410", NULL);
    expect(apply(asl_partial(&eval, f, 2, args), "[\"a\"]"), "[\"a\",2]");
}
END_TEST

START_TEST(functions_compose)
{
    asl_value sum = asl_function_value(&asl_fv_sum);
    asl_value f = asl_chain(&eval, sum, lambda(twice, 1), asl_undefined());

    expect(apply(f, "[[1,2,3]]"), "12");
    f = asl_chain(&eval, f, lambda(twice, 1), asl_undefined());
    expect(apply(f, "[[1,2,3]]"), "24");
    expect(asl_chain(&eval, json("[4]"), f, asl_undefined()), "16");
    expect(asl_chain(&eval, json("{\"a\":1}"), asl_function_value(&asl_fv_keys),
                     asl_undefined()),
           "\"a\"");
    expect_error(asl_chain(&eval, json("[true]"), f, asl_undefined()), "T0412", NULL);
}
END_TEST

/* ---- tail calls and memory ------------------------------------------------------- */

/* function($n, $sum) { $n = 0 ? $sum : $self($n - 1, $sum + $n) }, which makes
 * garbage. */
static asl_value count_down(asl_eval *e, const asl_function *self,
                            const asl_value *args)
{
    int64_t n = whole(args[0]);
    asl_value next[] = { asl_integer(n - 1), asl_integer(whole(args[1]) + n), args[2] };

    if (n == 0)
        return args[1];
    memset(asl_alloc(e->region, 1000), 1, 1000);
    if (n % 1000 == 0)
        memset(asl_alloc(e->region, 100000), 1, 100000);
    return asl_tail_call(e, asl_function_value(self), asl_undefined(), 3, next);
}

START_TEST(a_million_tail_calls_need_no_memory)
{
    asl_value f = lambda(count_down, 3),
              args[] = { asl_integer(1000000), asl_integer(0), json("[1,2,3]") };

    expect(asl_apply(&eval, f, asl_undefined(), 1, args), "500000500000");
    size_t before = asl__region_size(eval.region);
    expect(asl_apply(&eval, f, asl_undefined(), 3, args), "500000500000");
    ck_assert_uint_le(asl__region_size(eval.region), before + 200000);
}
END_TEST

/* function($n, $list) { $n = 0 ? $list : $self($n - 1, $append($list, $n)) } */
static asl_value gather(asl_eval *e, const asl_function *self, const asl_value *args)
{
    int64_t n = whole(args[0]);
    asl_value next[] = { asl_integer(n - 1), asl_undefined() };
    asl_value f = asl_lambda(e, self->body, 2, NULL, asl_undefined(), 0, NULL);

    if (n == 0)
        return args[1];
    next[1] = asl__append(e, args[1], args[0]);
    return asl_tail_call(e, f, asl_undefined(), 2, next); /* of a closure made here */
}

START_TEST(what_goes_into_a_tail_call_stays)
{
    asl_value v = apply(lambda(gather, 2), "[1000, []]");

    ck_assert_uint_eq(asl_count(v), 1000);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(whole(asl_at(v, i)), 1000 - (int64_t)i);
}
END_TEST

/* function($a, ..., $l) { $a = 0 ? $l : $self($a - 1, $l, $b, ..., $k) }: many
 * parameters. */
static asl_value rotate(asl_eval *e, const asl_function *self, const asl_value *args)
{
    asl_value next[MOST_ARGS] = { asl_integer(whole(args[0]) - 1),
                                  args[MOST_ARGS - 1] };

    if (whole(args[0]) == 0)
        return args[MOST_ARGS - 1];
    memset(asl_alloc(e->region, 1000), 1, 1000);
    for (int i = 2; i < MOST_ARGS; i++)
        next[i] = args[i - 1];
    return asl_tail_call(e, asl_function_value(self), asl_undefined(), MOST_ARGS, next);
}

START_TEST(tail_calls_may_have_many_arguments)
{
    asl_value f = lambda(rotate, MOST_ARGS);

    expect(apply(f, "[9, 1,[2],3,4,5,6,7,8,9,[10],11]"), "[2]");
    size_t before = asl__region_size(eval.region);
    expect(apply(f, "[99991, 1,[2],3,4,5,6,7,8,9,[10],11]"), "[10]");
    ck_assert_uint_le(asl__region_size(eval.region), before + 100000);
}
END_TEST

/* function($x) { $uppercase() } in tail position: its context is that of the caller. */
static asl_value tail_uppercase(asl_eval *e, const asl_function *self,
                                const asl_value *args)
{
    (void)args;
    return asl_tail_call(e, asl_function_value(&asl_fv_uppercase), self->context, 0,
                         NULL);
}

START_TEST(a_built_in_function_in_tail_position_sees_the_callers_context)
{
    asl_value f = lambda(tail_uppercase, 0);

    expect(asl_apply(&eval, f, asl_str("abc"), 0, NULL), "\"ABC\"");
    expect_error(run_with(asl_fn_map, "[1]", f), "T0411",
                 "Context value is not a compatible type with argument 1 of function "
                 "\"uppercase\"");
}
END_TEST

/* function($x) { $keys($x) } */
static asl_value tail_keys(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)self;
    return asl_tail_call(e, asl_function_value(&asl_fv_keys), asl_undefined(), 1, args);
}

START_TEST(what_a_callback_gives_is_not_unwrapped)
{
    asl_value keys = asl_function_value(&asl_fv_keys);

    expect(run_with(asl_fn_map, "[{\"a\":1},{\"b\":2}]", keys), "[[\"a\"],[\"b\"]]");
    expect(run_with(asl_fn_map, "[{\"a\":1},{\"b\":2}]", lambda(tail_keys, 1)),
           "[[\"a\"],[\"b\"]]");
    expect(apply(lambda(tail_keys, 1), "[{\"a\":1}]"), "\"a\"");
}
END_TEST

/* function($x) { $x } */
static asl_value itself(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)e, (void)self;
    return args[0];
}

START_TEST(what_a_lambda_is_given_is_unwrapped)
{
    asl_value in[] = { json("[{\"a\":1},{\"b\":2},{}]"),
                       asl_function_value(&asl_fv_keys) };
    asl_value args[] = { asl_fn_map(&eval, asl_undefined(), 2, in), lambda(itself, 1) };

    expect(args[0], "[[\"a\"],[\"b\"],[]]");
    expect(asl_fn_map(&eval, asl_undefined(), 2, args), "[\"a\",\"b\"]");
    args[1] = asl_lambda(&eval, itself, 1, "<x:x>", asl_undefined(), 0, NULL);
    expect(asl_fn_map(&eval, asl_undefined(), 2, args), "[\"a\",\"b\"]");
    args[1] = lambda(list_of_three, 3);
    expect(asl_fn_reduce(&eval, asl_undefined(), 2, args), "[[\"a\",\"b\",1],2]");
    args[1] =
        asl_function_value(&asl_fv_count); /* built-in functions see what there is */
    expect(asl_fn_map(&eval, asl_undefined(), 2, args), "[1,1,0]");
}
END_TEST

START_TEST(tail_calls_end_with_errors)
{
    asl_value f = lambda(tail_keys, 1), args[] = { asl_integer(1), place() };

    expect(apply(f, "[1]"), "undefined");
    args[0] = asl_query_fail(&eval, "D3137", asl_undefined());
    expect_error(asl_apply(&eval, f, asl_undefined(), 1, args), "D3137", NULL);
    f = asl_chain(&eval, lambda(minus, 2), asl_function_value(&asl_fv_sum),
                  asl_undefined());
    expect(apply(f, "[5, 1]"), "undefined"); /* composed, it takes but one */
}
END_TEST

/* function($n) { $n + $self($n + 1) } without end. */
static asl_value endless(asl_eval *e, const asl_function *self, const asl_value *args)
{
    asl_value n = asl_integer(whole(args[0]) + 1);
    asl_value v = asl_apply(e, asl_function_value(self), asl_undefined(), 1, &n);

    return asl_is_error(v) ? v : asl_integer(whole(v) + 1);
}

/* function($n) { $map([$n], $self) } without end. */
static asl_value endless_map(asl_eval *e, const asl_function *self,
                             const asl_value *args)
{
    asl_value in[] = { args[0], asl_function_value(self) };
    asl_value v = asl_unwrap(asl_fn_map(e, asl_undefined(), 2, in));

    return asl_is_error(v) ? v : asl_integer(whole(v) + 1);
}

START_TEST(endless_recursion_ends)
{
    expect_error(apply(lambda(endless, 1), "[1]"), "U1001", NULL);
    ck_assert_uint_eq(eval.more->calls, 0);
    expect_error(apply(lambda(endless_map, 1), "[1]"), "U1001", NULL);
    ck_assert_uint_eq(eval.more->calls, 0);
}
END_TEST

/* function($x) { a short value after much work } */
static asl_value wasteful(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)self;
    memset(asl_alloc(e->region, 50000), 1, 50000);
    asl_array_of(e->region, 1, args);
    return args[0];
}

/* function($a, $b) { $a & "x" }, with the text at the end of the region. */
static asl_value add_letter(asl_eval *e, const asl_function *self,
                            const asl_value *args)
{
    char text[4000];
    size_t len = asl_text_len(args[0]);

    (void)self;
    ck_assert_uint_lt(len, sizeof text);
    memcpy(text, asl_text(&args[0]), len);
    text[len] = 'x';
    memset(asl_alloc(e->region, 3000), 2, 3000);
    return asl_string(e->region, text, len + 1);
}

static asl_value numbers_to(size_t n)
{
    asl_value list = asl_array();

    for (size_t i = 0; i < n; i++)
        list = asl_push(eval.region, list, asl_integer((int64_t)i));
    return list;
}

START_TEST(calls_give_their_memory_back)
{
    asl_value in[] = { numbers_to(3000), lambda(wasteful, 1), asl_str("") };

    expect(apply(in[1], "[1]"), "1");
    size_t before = asl__region_size(eval.region);
    asl_value v = asl_fn_map(&eval, asl_undefined(), 2, in);
    ck_assert(asl_equal(v, in[0]));
    ck_assert_uint_le(asl__region_size(eval.region), before + 3000 * sizeof v + 200000);
    in[1] = lambda(add_letter, 2);
    before = asl__region_size(eval.region);
    v = asl_fn_reduce(&eval, asl_undefined(), 3, in);
    ck_assert_uint_eq(asl_text_len(v), 3000);
    for (size_t i = 0; i < 3000; i++)
        ck_assert_int_eq(asl_text(&v)[i], 'x');
    ck_assert_uint_le(asl__region_size(eval.region), before + 20000);
}
END_TEST

/* function($n, $a, $b) { $n = 0 ? $a : $self($n - 1, $b & "x", $a) } */
static asl_value grow_texts(asl_eval *e, const asl_function *self,
                            const asl_value *args)
{
    asl_value next[] = { asl_integer(whole(args[0]) - 1), add_letter(e, NULL, args + 2),
                         args[1], args[1] };

    if (whole(args[0]) == 0)
        return args[1];
    if (whole(args[0]) % 50 == 0) { /* in part the same text */
        next[2] = asl_string_in(asl_text(&next[1]), asl_text_len(next[1]) - 1);
        next[3] = next[2];
    }
    return asl_tail_call(e, asl_function_value(self), asl_undefined(), 4, next);
}

START_TEST(texts_are_moved_down_between_tail_calls)
{
    asl_value f = lambda(grow_texts, 4);
    size_t before = asl__region_size(eval.region);
    asl_value v = apply(f, "[5000, \"y\", \"y\", \"\"]");

    ck_assert_uint_ge(asl_text_len(v), 1500);
    ck_assert_int_eq(asl_text(&v)[0], 'y');
    for (size_t i = 1; i < asl_text_len(v); i++)
        ck_assert_int_eq(asl_text(&v)[i], 'x');
    ck_assert_uint_le(asl__region_size(eval.region), before + 2000000);
}
END_TEST

/* function($x) { $count($append($seen, $x)) }: makes the list in its cell longer in
 * place */
static asl_value extending(asl_eval *e, const asl_function *self, const asl_value *args)
{
    asl_value longer = asl_array_of(e->region, 1, args);

    longer = asl_push(e->region, *self->cells[0], longer);
    e->more->extended++;
    return asl_integer((int64_t)asl_count(longer));
}

START_TEST(nothing_goes_back_of_a_call_that_has_extended_something)
{
    asl_value *cell = asl_cell(&eval, place()), list = numbers_to(5);
    asl_value f = asl_lambda(&eval, extending, 1, NULL, asl_undefined(), 1, &cell);

    *cell = asl_slice(eval.region, list, 0, 4);
    *cell = asl_push(eval.region, *cell, asl_integer(9));
    expect(apply(f, "[1]"), "6");
    expect(run_with(asl_fn_map, "[1,2]", f), "[6,6]");
    memset(asl_alloc(eval.region, 5000), 0x5a, 5000);
    list = *cell;
    ck_assert(asl__region_compact(eval.region, (asl_value *[]){ &list }, 1));
    expect(list, "[0,1,2,3,9]");
}
END_TEST

/* ---- signatures ------------------------------------------------------------------ */

/* What SIGNATURE makes of LIST for a lambda of ARITY parameters, as text. */
static asl_value signed_list(const char *signature, uint32_t arity, asl_value context,
                             const char *list)
{
    asl_value args[MOST_ARGS], out[MOST_ARGS];
    uint32_t n = arguments(list, args);
    asl_value v = asl__signature(&eval, signature, "f", arity, context, n, args, out);

    if (!asl_is_undefined(v))
        return v;
    for (uint32_t i = 0; i < arity; i++)
        if (asl_is_undefined(out[i]))
            out[i] = asl_str("?");
    return asl_array_of(eval.region, arity, out);
}

static const struct {
    const char *signature;
    uint32_t arity;
    const char *list, *result; /* "T041x n": the error's code and argument */
} signatures[] = {
    { "<b:b>", 1, "[true]", "[true]" },
    { "<b:b>", 1, "[\"?\"]", "[\"?\"]" },
    { "<b:b>", 1, "[1]", "T0410 1" },
    { "<nn:n>", 2, "[1,\"a\"]", "T0410 2" },
    { "<nn:n>", 2, "[1]", "T0410 2" },
    { "<nn:n>", 2, "[1,2,3]", "T0410 3" },
    { "<x>", 1, "[null]", "[null]" },
    { "<l>", 1, "[null]", "[null]" },
    { "<l>", 1, "[1]", "T0410 1" },
    { "<j>", 1, "[[1]]", "[[1]]" },
    { "<o>", 1, "[{}]", "[{}]" },
    { "<o>", 1, "[[]]", "T0410 1" },
    { "<>", 0, "[]", "[]" },
    { "<>", 0, "[1]", "T0410 1" },
    { "<:n>", 1, "[1]", "T0410 1" },
    { "<s-s>", 2, "[\"a\",\"b\"]", "[\"a\",\"b\"]" },
    { "<s-s>", 2, "[\"a\"]", "[\"ctx\",\"a\"]" },
    { "<s->", 1, "[]", "[\"ctx\"]" },
    { "<n-n>", 2, "[1]", "T0411 1" },
    { "<s-nn?:s>", 3, "[5]", "[\"ctx\",5,\"?\"]" },
    { "<s-nn?:s>", 3, "[\"s\",5]", "[\"s\",5,\"?\"]" },
    { "<s-nn?:s>", 3, "[\"s\",5,6]", "[\"s\",5,6]" },
    { "<s-nn?:s>", 3, "[5,6]", "[\"ctx\",5,6]" },
    { "<s-nn?:s>", 3, "[\"s\"]", "T0410 2" },
    { "<s-nn?:s>", 3, "[\"s\",\"t\"]", "T0410 2" },
    { "<s?n>", 2, "[5]", "[5,\"?\"]" }, /* as the reference implementation has it */
    { "<n?s?b?>", 3, "[true]", "[true,\"?\",\"?\"]" },
    { "<n?s?b?>", 3, "[1,true]", "[1,true,\"?\"]" },
    { "<a<s>s?:s>", 2, "[[\"a\"]]", "[[\"a\"],\"?\"]" },
    { "<a<s>s?:s>", 2, "[\"a\"]", "[[\"a\"],\"?\"]" },
    { "<a<s>s?:s>", 2, "[[\"a\",\"b\"],\"-\"]", "[[\"a\",\"b\"],\"-\"]" },
    { "<a<s>s?:s>", 2, "[[],\"-\"]", "[[],\"-\"]" },
    { "<a<s>s?:s>", 2, "[\"?\",\"-\"]", "[\"?\",\"-\"]" },
    { "<a<s>s?:s>", 2, "[1]", "T0412 1" },
    { "<a<s>s?:s>", 2, "[[1]]", "T0412 1" },
    { "<a<s>s?:s>", 2, "[[\"a\",1]]", "T0412 1" },
    { "<a<s>s?:s>", 2, "[[\"a\",null]]", "T0412 1" },
    { "<a>", 1, "[5]", "[[5]]" },
    { "<a>", 1, "[{\"a\":1}]", "[[{\"a\":1}]]" },
    { "<a<a<n>>>", 1, "[[[1]]]", "[[[1]]]" },
    { "<a<a<n>>>", 1, "[[[\"a\"]]]", "[[[\"a\"]]]" }, /* only the first letter counts */
    { "<a<a<n>>>", 1, "[[1]]", "T0412 1" },
    { "<a<x>>", 1, "[[1]]", "T0412 1" }, /* x is the type of nothing */
    { "<na<n>>", 2, "[1,[\"a\"]]", "T0412 2" },
    { "<(ns)-:n>", 1, "[\"5\"]", "[\"5\"]" },
    { "<(ns)-:n>", 1, "[true]", "T0410 1" },
    { "<(ns)-:n>", 1, "[]", "[\"ctx\"]" },
    { "<(nb)-:n>", 1, "[]", "T0411 1" },
    { "<(sao)>", 1, "[[1]]", "[[1]]" },
    { "<(sa)>", 1, "[\"a\"]", "[\"a\"]" }, /* nothing is wrapped in a choice */
    { "<(x)>", 1, "[1]", "T0410 1" },
    { "<n+n:o>", 2, "[1,2,3]", "[1,1]" },
    { "<n+s-:a<n>>", 3, "[1,2,\"a\"]", "[1,1,\"a\"]" },
    { "<n+s-:a<n>>", 3, "[1,2]", "[1,1,\"ctx\"]" },
    { "<n+>", 2, "[]", "T0410 1" },
    { "<n+s>", 2, "[1,2,3]", "T0410 4" },
    { "<n+n+n+n+s>", 5, "[1,2,3,4,5,6,\"a\"]", "[1,1,1,4,5]" },
    { "<a<n>+:o>", 2, "[[1,2],[3,4],[5,6]]", "[[1,2],[3,4]]" },
    { "<a<n>+:o>", 2, "[[1,2],[\"a\"]]", "T0412 2" },
    { "<a+>", 3, "[1,[2],\"?\"]", "[[1],[2],\"?\"]" },
    { "<n?n>", 2, "[1]", "[1,\"?\"]" },
    { "<n??n?>", 2, "[1]", "[1,\"?\"]" }, /* as few as may be */
    { "<n+?s?>", 2, "[1]", "[1,\"?\"]" },
    { "<f>", 1, "[1]", "T0410 1" },
    { "<f>", 1, "[\"?\"]", "T0410 1" }, /* a function must be there */
    { "<s-f<s:o>n?:a<o>>", 3, "[\"a\",\"b\"]", "T0410 2" },
    { "<sssssssssssss?>", 12, "[1]", "T0410 1" },
    { "<ssssssssssssssss>", 12, "[\"a\",\"b\"]", "T0410 3" },
};

START_TEST(signatures_match_as_in_the_reference)
{
    asl_value v = signed_list(signatures[_i].signature, signatures[_i].arity,
                              asl_str("ctx"), signatures[_i].list);
    const char *result = signatures[_i].result;
    char message[100];

    if (result[0] != 'T') {
        expect(v, result);
        return;
    }
    snprintf(
        message, sizeof message,
        !strncmp(result, "T0410", 5)
            ? "Argument %c of function \"f\" does not match function signature"
            : "Context value is not a compatible type with argument %c of function \"f\"",
        result[6]);
    expect_error(v, (char[]){ 'T', '0', '4', '1', result[4], 0 },
                 result[4] == '2' ? NULL : message);
}
END_TEST

START_TEST(signatures_name_the_type_of_the_elements)
{
    expect_error(signed_list("<na<n>>", 2, asl_null(), "[1,[true]]"), "T0412",
                 "Argument 2 of function \"f\" must be an array of \"numbers\"");
    expect_error(signed_list("<a<a<n>>>", 1, asl_null(), "[[true]]"), "T0412",
                 "Argument 1 of function \"f\" must be an array of undefined");
    expect_error(run(asl_fn_sum, "[\"a\"]"), "T0412",
                 "Argument 1 of function \"sum\" must be an array of \"numbers\"");
    expect_error(asl__signature(&eval, "<n>", NULL, 0, asl_null(), 0, NULL, NULL),
                 "T0410",
                 "Argument 1 of function undefined does not match function signature");
}
END_TEST

START_TEST(a_lambda_is_checked_by_its_signature)
{
    asl_value f =
        asl_lambda(&eval, list_of_three, 3, "<n-a<s>:x>", asl_undefined(), 0, NULL);
    asl_value args[] = { asl_integer(2), json("\"x\"") };

    expect(apply(f, "[1, \"a\"]"), "[1,[\"a\"]]");
    expect(asl_apply(&eval, f, asl_integer(7), 1, args + 1), "[7,[\"x\"]]");
    expect_error(apply(f, "[1, [2]]"), "T0412", NULL);
    expect_error(run_with(asl_fn_map, "[true]", f), "T0410", NULL);
}
END_TEST

START_TEST(many_arguments_for_one_parameter_are_one_array)
{
    asl_value args[] = { asl_integer(1), json("[2]"), asl_undefined() }, out;

    ck_assert(asl_is_undefined(
        asl__arguments(&eval, &asl_fv_zip, asl_undefined(), 2, args, &out)));
    expect(out, "[[1],[2]]");
    ck_assert(asl_is_undefined(
        asl__arguments(&eval, &asl_fv_zip, asl_undefined(), 3, args, &out)));
    ck_assert_uint_eq(asl_count(out), 3);
}
END_TEST

/* ---- arrays ---------------------------------------------------------------------- */

START_TEST(totals)
{
    expect(run(asl_fn_sum, "[[1,2.5,-3]]"), "0.5");
    expect(run(asl_fn_sum, "[[]]"), "0");
    expect(run(asl_fn_sum, "[5]"), "5");
    expect(run(asl_fn_sum, "[\"?\"]"), "undefined");
    expect(run(asl_fn_sum, "[[9007199254740993,4]]"), "9007199254740997");
    expect(run(asl_fn_sum, "[[9223372036854775807,1]]"), "9.223372036854776E18");
    expect(run(asl_fn_sum, "[[0.1,0.2,0.3]]"), "0.6000000000000001");
    expect(run(asl_fn_sum, "[[1.50,2]]"), "3.5");
    expect_error(run(asl_fn_sum, "[[1,\"a\"]]"), "T0412", NULL);
    expect_error(run(asl_fn_sum, "[]"), "T0410", NULL);
    expect_error(run(asl_fn_sum, "[[1],2]"), "T0410", NULL);
    expect(run(asl_fn_max, "[[1,30,-2]]"), "30");
    expect(run(asl_fn_max, "[[1,30.5,31]]"), "31");
    expect(run(asl_fn_min, "[[1,30,-2.5]]"), "-2.5");
    expect(run(asl_fn_min, "[7]"), "7");
    expect(run(asl_fn_min, "[[]]"), "undefined");
    expect(run(asl_fn_max, "[\"?\"]"), "undefined");
    expect_error(run(asl_fn_max, "[[1,null]]"), "T0412", NULL);
    expect(run(asl_fn_average, "[[1,2,4.5]]"), "2.5");
    expect(run(asl_fn_average, "[[1,2]]"), "1.5");
    expect(run(asl_fn_average, "[[2,4]]"), "3");
    expect(run(asl_fn_average, "[[]]"), "undefined");
    expect(run(asl_fn_count, "[[1,[2]]]"), "2");
    expect(run(asl_fn_count, "[\"?\"]"), "0");
    expect(run(asl_fn_count, "[null]"), "1");
    expect_error(run(asl_fn_count, "[]"), "T0410", NULL);
}
END_TEST

START_TEST(numbers_that_are_not_finite)
{
    asl_value in[] = { asl_double(INFINITY), asl_double(NAN), asl_integer(1) };
    asl_value list = asl_array_of(eval.region, 3, in);

    ck_assert(isnan(asl_to_double(asl_fn_max(&eval, asl_null(), 1, &list))));
    ck_assert(isnan(asl_to_double(asl_fn_min(&eval, asl_null(), 1, &list))));
    expect_error(asl_fn_sort(&eval, asl_null(), 1, &list), "D1001", NULL);
    expect_error(asl_fn_type(&eval, asl_null(), 1, in), "D1001", NULL);
}
END_TEST

START_TEST(casts)
{
    expect(run(asl_fn_exists, "[null]"), "true");
    expect(run(asl_fn_exists, "[\"?\"]"), "false");
    expect_error(run(asl_fn_exists, "[]"), "T0410", NULL);
    expect(run(asl_fn_boolean, "[[0,0]]"), "false");
    expect(run(asl_fn_boolean, "[\"?\"]"), "undefined");
    expect(run(asl_fn_not, "[[0,0]]"), "true");
    expect(run(asl_fn_not, "[\"?\"]"), "undefined");
    expect(run(asl_fn_not, "[]"), "undefined");
    expect(asl_fn_not(&eval, asl_integer(5), 0, NULL), "false");
}
END_TEST

START_TEST(arrays_are_rearranged)
{
    expect(run(asl_fn_append, "[1,2]"), "[1,2]");
    expect(run(asl_fn_append, "[[1],[2,3]]"), "[1,2,3]");
    expect(run(asl_fn_append, "[\"?\",2]"), "2");
    expect(run(asl_fn_append, "[[],1]"), "[1]");
    expect_error(run(asl_fn_append, "[1]"), "T0410", NULL);
    expect(run(asl_fn_reverse, "[[1,[2],3]]"), "[3,[2],1]");
    expect(run(asl_fn_reverse, "[1]"), "[1]");
    expect(run(asl_fn_reverse, "[[]]"), "[]");
    expect(run(asl_fn_reverse, "[\"?\"]"), "undefined");
    expect(run(asl_fn_zip, "[[1,2,3],[4,5]]"), "[[1,4],[2,5]]");
    expect(run(asl_fn_zip, "[[1,2,3]]"), "[[1],[2],[3]]");
    expect(run(asl_fn_zip, "[1,[2,3]]"), "[[1,2]]");
    expect(run(asl_fn_zip, "[[1],[2],\"?\"]"), "[]");
    expect_error(run(asl_fn_zip, "[]"), "T0410", NULL);
    expect(run(asl_fn_sort, "[[3]]"), "[3]");
    expect(asl_fn_shuffle(&eval, asl_null(), 1, (asl_value[]){ asl_integer(1) }),
           "[1]");
    asl_value list = numbers_to(50), v = asl_fn_shuffle(&eval, asl_null(), 1, &list);
    ck_assert(!asl_equal(v, list));
    ck_assert(asl_equal(asl_fn_sort(&eval, asl_null(), 1, &v), list));
}
END_TEST

START_TEST(distinct_keeps_the_first_of_what_is_equal)
{
    expect(run(asl_fn_distinct,
               "[[1,2,1.0,\"1\",[1],[1],{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]]"),
           "[1,2,\"1\",[1],{\"a\":1,\"b\":2}]");
    expect(run(asl_fn_distinct, "[[5]]"), "[5]");
    expect(run(asl_fn_distinct, "[5]"), "5");
    expect(run(asl_fn_distinct, "[\"?\"]"), "undefined");
    expect(
        run(asl_fn_distinct,
            "[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,1.0,2.50,2.5,null,false,"
            "null,false,[1,{\"x\":[]}],[1.0,{\"x\":[]}],{\"p\":1,\"q\":[2]},"
            "{\"q\":[2],\"p\":1},{\"p\":[2],\"q\":1},\"\",[],{},[],{}]]"),
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,2.50,null,false,"
        "[1,{\"x\":[]}],{\"p\":1,\"q\":[2]},{\"p\":[2],\"q\":1},\"\",[],{}]");
}
END_TEST

START_TEST(distinct_of_many_is_fast_and_in_order)
{
    asl_value list = asl_array();

    for (int i = 0; i < 100000; i++)
        list =
            asl_push(eval.region, list,
                     asl_format_string(
                         eval.region, "the same beginning %d the same end", i % 50000));
    asl_value v = asl_fn_distinct(&eval, asl_null(), 1, &list);
    ck_assert_uint_eq(asl_count(v), 50000);
    ck_assert(asl_same_text(asl_at(v, 49999), asl_at(list, 49999)));
    ck_assert_uint_eq(asl_flags(v), 0);
    list = asl_flagged(list, ASL_SEQUENCE | ASL_KEEP);
    v = asl_fn_distinct(&eval, asl_null(), 1, &list);
    ck_assert_uint_eq(asl_flags(v), ASL_SEQUENCE);
}
END_TEST

/* ---- $sort ----------------------------------------------------------------------- */

/* function($a, $b) { $a.k > $b.k } */
static asl_value by_k(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)e, (void)self;
    return asl_boolean(whole(asl_get(args[0], "k")) > whole(asl_get(args[1], "k")));
}

/* function($a, $b) { $a.k >= $b.k } */
static asl_value by_k_or_equal(asl_eval *e, const asl_function *self,
                               const asl_value *args)
{
    (void)e, (void)self;
    return asl_boolean(whole(asl_get(args[0], "k")) >= whole(asl_get(args[1], "k")));
}

/* function($a, $b) { "false" } */
static asl_value a_string(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)e, (void)self, (void)args;
    return asl_str("false");
}

static asl_value failing(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)self, (void)args;
    return asl_query_fail(e, "D3137", asl_str("no"));
}

START_TEST(sort_has_a_default_order)
{
    expect(run(asl_fn_sort, "[[3,1,22,11,2]]"), "[1,2,3,11,22]");
    expect(run(asl_fn_sort, "[[3,1.5,-2,1e300]]"), "[-2,1.5,3,1e300]");
    expect(run(asl_fn_sort, "[[\"b\",\"B\",\"\",\"ba\"]]"),
           "[\"\",\"B\",\"b\",\"ba\"]");
    expect(run(asl_fn_sort, "[[\"\xef\xbf\xae\",\"\xf0\x9f\x98\x80\"]]"),
           "[\"\xf0\x9f\x98\x80\",\"\xef\xbf\xae\"]"); /* by UTF-16 */
    expect(run(asl_fn_sort, "[1]"), "[1]");
    expect(run(asl_fn_sort, "[\"?\"]"), "undefined");
    expect_error(run(asl_fn_sort, "[[\"a\",1]]"), "D3070", NULL);
    expect_error(run(asl_fn_sort, "[[true,false]]"), "D3070", NULL);
}
END_TEST

START_TEST(sort_is_stable_for_every_length)
{
    for (int n = 0; n < 100; n++) {
        asl_value list = asl_array(), numbers = asl_array();
        for (int i = 0; i < n; i++) {
            asl_value item = asl_set(eval.region, asl_object(), asl_str("k"),
                                     asl_integer(i * 7919 % 10));
            item = asl_set(eval.region, item, asl_str("i"), asl_integer(i));
            list = asl_push(eval.region, list, item);
            numbers = asl_push(eval.region, numbers, asl_integer(i * 7919 % 31));
        }
        asl_value args[] = { list, lambda(by_k, 2) };
        asl_value v = asl_fn_sort(&eval, asl_null(), 2, args);
        asl_value w = asl_fn_sort(&eval, asl_null(), 1, &numbers);
        ck_assert_uint_eq(asl_count(v), (size_t)n);
        for (int i = 1; i < n; i++) {
            int64_t k = whole(asl_get(asl_at(v, (size_t)i - 1), "k"));
            int64_t l = whole(asl_get(asl_at(v, (size_t)i), "k"));
            ck_assert(k < l ||
                      (k == l && whole(asl_get(asl_at(v, (size_t)i - 1), "i")) <
                                     whole(asl_get(asl_at(v, (size_t)i), "i"))));
            ck_assert_int_le(whole(asl_at(w, (size_t)i - 1)),
                             whole(asl_at(w, (size_t)i)));
        }
    }
}
END_TEST

START_TEST(sort_swaps_where_the_comparator_says_so)
{
    expect(run_with(asl_fn_sort, "[{\"k\":2,\"i\":1},{\"k\":1},{\"k\":2,\"i\":2}]",
                    lambda(by_k_or_equal, 2)),
           "[{\"k\":1},{\"k\":2,\"i\":2},{\"k\":2,\"i\":1}]");
    expect(run_with(asl_fn_sort, "[3,1,2]", lambda(a_string, 2)), "[2,1,3]");
    expect(run_with(asl_fn_sort, "[3,1,2]", lambda(minus, 2)),
           "[2,1,3]"); /* -1 is true */
    expect_error(run_with(asl_fn_sort, "[3,1,2]", lambda(failing, 2)), "D3137", NULL);
    expect_error(run_with(asl_fn_sort, "[3,1,2]", asl_integer(1)), "T0410", NULL);
}
END_TEST

/* ---- functions that call others -------------------------------------------------- */

/* function($x) { $x > 1 } */
static asl_value above_one(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)e, (void)self;
    return asl_boolean(whole(args[0]) > 1);
}

/* function($x) { $x > 1 ? $x } */
static asl_value if_above_one(asl_eval *e, const asl_function *self,
                              const asl_value *args)
{
    (void)e, (void)self;
    return whole(args[0]) > 1 ? args[0] : asl_undefined();
}

START_TEST(map_gives_a_sequence)
{
    expect(run_with(asl_fn_map, "[1,2,3]", lambda(twice, 1)), "[2,4,6]");
    expect(run_with(asl_fn_map, "5", lambda(twice, 1)), "10");
    expect(run_with(asl_fn_map, "[5]", lambda(twice, 1)), "10");
    expect(run_with(asl_fn_map, "[]", lambda(twice, 1)), "undefined");
    expect(run_with(asl_fn_map, "[1,2,3]", lambda(if_above_one, 1)), "[2,3]");
    expect(run_with(asl_fn_map, "[1,2]", asl_function_value(&asl_fv_string)),
           "[\"1\",\"2\"]"); /* the index is no `prettify` */
    expect_error(run_with(asl_fn_map, "[1,2]", lambda(failing, 1)), "D3137", NULL);
    expect_error(run_with(asl_fn_map, "[1,2]", asl_null()), "T0410",
                 "Argument 2 of function \"map\" does not match function signature");
    asl_value undefined[] = { asl_undefined(), lambda(twice, 1) };
    expect(asl_fn_map(&eval, asl_undefined(), 2, undefined), "undefined");
}
END_TEST

START_TEST(callbacks_get_what_they_have_parameters_for)
{
    expect(run_with(asl_fn_map, "[7,8]", lambda(list_of_three, 3)),
           "[[7,0,[7,8]],[8,1,[7,8]]]");
    expect(run_with(asl_fn_map, "[7,8]", lambda(minus, 2)), "[7,7]");
    expect(run_with(asl_fn_each, "{\"a\":7}", lambda(list_of_three, 3)),
           "[7,\"a\",{\"a\":7}]");
    asl_value args[] = { json("[7,8]"), lambda(list_of_four, 4), asl_integer(0) };
    expect(asl_fn_reduce(&eval, asl_undefined(), 3, args), "[[0,7,0,[7,8]],8,1,[7,8]]");
    asl_value f = asl_lambda(&eval, rotate, MOST_ARGS, NULL, asl_undefined(), 0, NULL);
    expect(run_with(asl_fn_map, "[0,0]", f), "undefined"); /* more than are there */
}
END_TEST

START_TEST(filter_and_single_choose)
{
    expect(run_with(asl_fn_filter, "[1,2,3]", lambda(above_one, 1)), "[2,3]");
    expect(run_with(asl_fn_filter, "[1,2]", lambda(above_one, 1)), "2");
    expect(run_with(asl_fn_filter, "[[],2,[3]]", asl_function_value(&asl_fv_boolean)),
           "[2,[3]]");
    expect(run_with(asl_fn_filter, "[1]", lambda(above_one, 1)), "undefined");
    expect_error(run_with(asl_fn_filter, "[1]", lambda(failing, 1)), "D3137", NULL);
    expect(run_with(asl_fn_single, "[1,2]", lambda(above_one, 1)), "2");
    expect(run(asl_fn_single, "[[5]]"), "5");
    expect(run(asl_fn_single, "[\"?\"]"), "undefined");
    expect_error(run_with(asl_fn_single, "[2,3]", lambda(above_one, 1)), "D3138", NULL);
    expect_error(run_with(asl_fn_single, "[1]", lambda(above_one, 1)), "D3139", NULL);
    expect_error(run(asl_fn_single, "[[5,6]]"), "D3138", NULL);
    expect_error(run(asl_fn_single, "[[]]"), "D3139", NULL);
    asl_value list = numbers_to(1000), args[] = { list, lambda(above_one, 1) };
    ck_assert_uint_eq(asl_count(asl_fn_filter(&eval, asl_undefined(), 2, args)), 998);
}
END_TEST

START_TEST(reduce_folds_from_the_left)
{
    asl_value args[] = { json("[10,3,2]"), lambda(minus, 2), asl_integer(100) };

    expect(asl_fn_reduce(&eval, asl_undefined(), 2, args), "5");
    expect(asl_fn_reduce(&eval, asl_undefined(), 3, args), "85");
    expect(run_with(asl_fn_reduce, "[]", args[1]), "undefined");
    expect(run_with(asl_fn_reduce, "5", args[1]), "5");
    args[0] = json("[]");
    expect(asl_fn_reduce(&eval, asl_undefined(), 3, args), "100");
    expect(run_with(asl_fn_reduce, "[[1],2,[3]]", asl_function_value(&asl_fv_append)),
           "[1,2,3]");
    expect_error(run_with(asl_fn_reduce, "[1]", lambda(twice, 1)), "D3050", NULL);
    ck_assert_uint_eq(eval.more->calls, 0);
}
END_TEST

/* ---- objects --------------------------------------------------------------------- */

START_TEST(keys_and_values)
{
    expect(run(asl_fn_keys, "[{\"a\":1,\"b\":2}]"), "[\"a\",\"b\"]");
    expect(run(asl_fn_keys, "[{\"a\":1}]"), "\"a\"");
    expect(run(asl_fn_keys,
               "[[{\"a\":1,\"b\":2},[{\"c\":3}],{\"b\":1,\"a\":1,\"d\":1},5]]"),
           "[\"a\",\"b\",\"c\",\"d\"]");
    expect(run(asl_fn_keys, "[5]"), "undefined");
    expect(run(asl_fn_keys, "[{}]"), "undefined");
    expect(run(asl_fn_keys, "[[]]"), "undefined");
    expect(asl_unwrap(asl_fn_keys(&eval, json("{\"z\":1}"), 0, NULL)), "\"z\"");
    expect(run(asl_fn_lookup, "[{\"a\":[1]},\"a\"]"), "[1]");
    expect(run(asl_fn_lookup, "[[{\"a\":1},{\"a\":[2,3]}],\"a\"]"), "[1,2,3]");
    expect(run(asl_fn_lookup, "[{\"a\":1},\"b\"]"), "undefined");
    expect(run(asl_fn_lookup, "[{\"a\":1},\"?\"]"), "undefined");
}
END_TEST

START_TEST(objects_are_spread_and_merged)
{
    expect(run(asl_fn_spread, "[{\"a\":1,\"b\":[2]}]"), "[{\"a\":1},{\"b\":[2]}]");
    expect(run(asl_fn_spread, "[{\"a\":1}]"), "{\"a\":1}");
    expect(run(asl_fn_spread, "[[{\"a\":1}]]"), "[{\"a\":1}]"); /* no sequence */
    expect(run(asl_fn_spread, "[[[{\"a\":1,\"b\":2}],3,null,\"x\"]]"),
           "[{\"a\":1},{\"b\":2},3,null,\"x\"]");
    expect(run(asl_fn_spread, "[[]]"), "undefined");
    expect(run(asl_fn_spread, "[[{}]]"), "[]");
    expect(run(asl_fn_spread, "[null]"), "null");
    expect(run(asl_fn_spread, "[\"?\"]"), "undefined");
    expect(run(asl_fn_merge, "[[{\"a\":1,\"b\":2},{\"c\":3,\"a\":4}]]"),
           "{\"a\":4,\"b\":2,\"c\":3}");
    expect(run(asl_fn_merge, "[{\"a\":1}]"), "{\"a\":1}");
    expect(run(asl_fn_merge, "[[]]"), "{}");
    expect(run(asl_fn_merge, "[[{},{}]]"), "{}");
    expect(run(asl_fn_merge, "[\"?\"]"), "undefined");
    expect_error(run(asl_fn_merge, "[[1]]"), "T0412", NULL);
    asl_value list = asl_array();
    for (int i = 0; i < 1000; i++) {
        asl_value key = asl_format_string(eval.region, "k%d", i % 500);
        list = asl_push(eval.region, list,
                        asl_set(eval.region, asl_object(), key, asl_integer(i)));
    }
    asl_value v = asl_fn_merge(&eval, asl_undefined(), 1, &list);
    ck_assert_uint_eq(asl_count(v), 500);
    expect(asl_get(v, "k7"), "507");
    ck_assert_uint_eq(asl_count(asl_fn_keys(&eval, asl_undefined(), 1, &list)), 500);
}
END_TEST

/* function($v) { $v > 1 } on members */
START_TEST(members_are_sifted)
{
    expect(run_with(asl_fn_sift, "{\"a\":1,\"b\":2,\"c\":3}", lambda(above_one, 1)),
           "{\"b\":2,\"c\":3}");
    expect(run_with(asl_fn_sift, "{\"a\":1}", lambda(above_one, 1)), "undefined");
    expect(run_with(asl_fn_sift, "{}", lambda(above_one, 1)), "undefined");
    expect_error(run(asl_fn_sift, "[{\"a\":1}]"), "T0410", NULL);
    expect(run_with(asl_fn_each, "{\"a\":1,\"b\":2}", lambda(if_above_one, 1)), "2");
    expect(run_with(asl_fn_each, "{}", lambda(twice, 1)), "undefined");
    asl_value f = lambda(twice, 1);
    expect(asl_unwrap(asl_fn_each(&eval, json("{\"a\":4}"), 1, &f)), "8");
    expect_error(asl_fn_each(&eval, json("[4]"), 1, &f), "T0411", NULL);
}
END_TEST

START_TEST(types_and_errors)
{
    expect(run(asl_fn_type, "[null]"), "\"null\"");
    expect(run(asl_fn_type, "[1.5]"), "\"number\"");
    expect(run(asl_fn_type, "[\"a\"]"), "\"string\"");
    expect(run(asl_fn_type, "[true]"), "\"boolean\"");
    expect(run(asl_fn_type, "[[]]"), "\"array\"");
    expect(run(asl_fn_type, "[{}]"), "\"object\"");
    expect(run(asl_fn_type, "[\"?\"]"), "undefined");
    asl_value f = lambda(twice, 1);
    expect(asl_fn_type(&eval, asl_null(), 1, &f), "\"function\"");
    expect(asl_fn_spread(&eval, asl_null(), 0, NULL), "null");
    expect_error(run(asl_fn_error, "[\"sorry\"]"), "D3137", "sorry");
    expect_error(run(asl_fn_error, "[\"\"]"), "D3137", "$error() function evaluated");
    expect_error(run(asl_fn_error, "[]"), "D3137", "$error() function evaluated");
    expect_error(run(asl_fn_error, "[5]"), "T0410", NULL);
    expect(run(asl_fn_assert, "[true,\"no\"]"), "undefined");
    expect_error(run(asl_fn_assert, "[false,\"no\"]"), "D3141", "no");
    expect_error(run(asl_fn_assert, "[\"?\"]"), "D3141", "$assert() statement failed");
    expect_error(run(asl_fn_assert, "[1]"), "T0410", NULL);
}
END_TEST

START_TEST(clones_are_plain)
{
    asl_value list = asl_push(eval.region, asl_array(), lambda(twice, 1)), v;

    list = asl_flagged(asl_push(eval.region, list, json("{\"a\":[]}")),
                       ASL_SEQUENCE | ASL_KEEP);
    v = asl_fn_clone(&eval, asl_null(), 1, &list);
    expect(v, "[\"\",{\"a\":[]}]");
    ck_assert_uint_eq(asl_flags(v), 0);
    expect_error(run(asl_fn_clone, "[\"a\"]"), "T0410", NULL);
    expect(run(asl_fn_clone, "[\"?\"]"), "undefined");
    expect(run(asl_fn_clone, "[{\"a\":12345678901234567890.10}]"),
           "{\"a\":12345678901234567890.10}");
}
END_TEST

/* ---- transforms ------------------------------------------------------------------ */

/* `a`, `**` (objects only), `$`; an object that is in no copy */
static asl_value find_a(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)self;
    return asl_lookup_in(e, args[0], asl_str("a"));
}

static void add_objects(asl_value v, asl_value *list)
{
    if (asl_is_object(v))
        *list = asl_push(eval.region, *list, v);
    for (size_t i = 0; i < asl_count(v); i++)
        add_objects(asl_is_object(v) ? asl_member_at(v, i)->value : asl_at(v, i), list);
}

static asl_value find_objects(asl_eval *e, const asl_function *self,
                              const asl_value *args)
{
    asl_value list = asl_array();

    (void)e, (void)self;
    add_objects(args[0], &list);
    return list;
}

static asl_value find_itself(asl_eval *e, const asl_function *self,
                             const asl_value *args)
{
    (void)e, (void)self;
    return args[0];
}

static asl_value find_empty(asl_eval *e, const asl_function *self,
                            const asl_value *args)
{
    (void)e, (void)self, (void)args;
    return asl_array_of(e->region, 2, (asl_value[]){ asl_object(), asl_null() });
}

/* {"n": $count($keys($))} */
static asl_value update_n(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)self;
    return asl_set(e->region, asl_object(), asl_str("n"),
                   asl_integer((int64_t)asl_count(args[0])));
}

/* {"f": b, "n": $count($keys($))} */
static asl_value update_f(asl_eval *e, const asl_function *self, const asl_value *args)
{
    asl_value b = asl_get(args[0], "b"), v = update_n(e, self, args);

    return asl_is_undefined(b) ? v : asl_set(e->region, v, asl_str("f"), b);
}

/* {"self": $} */
static asl_value update_self(asl_eval *e, const asl_function *self,
                             const asl_value *args)
{
    (void)self;
    return asl_set(e->region, asl_object(), asl_str("self"), args[0]);
}

static asl_value give_b(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)self, (void)args, (void)e;
    return asl_str("b");
}

static asl_value give_nothing(asl_eval *e, const asl_function *self,
                              const asl_value *args)
{
    (void)self, (void)args, (void)e;
    return asl_undefined();
}

static asl_value give_names(asl_eval *e, const asl_function *self,
                            const asl_value *args)
{
    (void)self, (void)args;
    return asl_array_of(e->region, 2, (asl_value[]){ asl_str("a"), asl_str("b") });
}

static asl_value give_five(asl_eval *e, const asl_function *self, const asl_value *args)
{
    (void)self, (void)args, (void)e;
    return asl_integer(5);
}

static asl_value transform(asl_lambda_body *matches, asl_lambda_body *update,
                           asl_lambda_body *remove, const char *input)
{
    asl_value f =
        asl_transform(&eval, matches, update, remove, asl_undefined(), 0, NULL);
    asl_value v = json(input), copy = json(input);
    asl_value result = asl_apply(&eval, f, asl_undefined(), 1, &v);

    ck_assert(asl_equal(v, copy)); /* the argument stays */
    return result;
}

START_TEST(transforms_update_and_remove)
{
    expect(transform(find_a, update_n, NULL, "{\"a\":{\"b\":1}}"),
           "{\"a\":{\"b\":1,\"n\":1}}");
    expect(transform(find_a, update_n, give_b, "{\"a\":[{\"b\":1},{\"c\":2,\"n\":0}]}"),
           "{\"a\":[{\"n\":1},{\"c\":2,\"n\":2}]}");
    expect(transform(find_itself, update_n, NULL, "{}"), "{\"n\":0}");
    expect(transform(find_itself, give_nothing, give_names, "{\"a\":1,\"b\":2}"), "{}");
    expect(transform(find_itself, update_n, NULL, "[{\"a\":1},{}]"),
           "[{\"a\":1,\"n\":1},{\"n\":0}]");
    expect(transform(find_a, update_n, NULL, "{\"x\":1}"), "{\"x\":1}");
    expect(transform(find_a, update_n, give_b, "{\"a\":[[1],{\"b\":1}]}"),
           "{\"a\":[[1],{\"n\":1}]}");
    expect(transform(find_empty, give_nothing, give_b, "{\"a\":{}}"), "{\"a\":{}}");
    expect_error(transform(find_a, give_five, NULL, "{\"a\":{}}"), "T2011", NULL);
    expect_error(transform(find_a, update_n, give_five, "{\"a\":{}}"), "T2012", NULL);
    expect_error(transform(failing, update_n, NULL, "{\"a\":{}}"), "D3137", NULL);
    expect_error(transform(find_a, failing, NULL, "{\"a\":{}}"), "D3137", NULL);
    expect_error(transform(find_a, update_n, failing, "{\"a\":{}}"), "D3137", NULL);
    expect_error(transform(find_a, update_n, NULL, "5"), "T0410", NULL);
    ck_assert(asl_is_error(transform(find_a, update_n, NULL, "{\"a\":5}")));
}
END_TEST

START_TEST(an_update_sees_those_before_it)
{
    expect(transform(find_objects, update_n, NULL, "{\"b\":{\"c\":1},\"d\":[{}]}"),
           "{\"b\":{\"c\":1,\"n\":1},\"d\":[{\"n\":0}],\"n\":2}");
    /* f and b are the same object */
    expect(transform(find_objects, update_f, NULL, "{\"b\":{\"c\":1}}"),
           "{\"b\":{\"c\":1,\"n\":1},\"n\":1,\"f\":{\"c\":1,\"n\":1}}");
    expect(transform(find_objects, update_n, give_b, "{\"b\":{\"c\":{\"b\":1}}}"),
           "{\"n\":1}");
}
END_TEST

START_TEST(an_object_in_itself_is_an_error)
{
    ck_assert(asl_is_error(transform(find_itself, update_self, NULL, "{\"a\":1}")));
    ck_assert(asl_is_error(transform(find_objects, update_self, NULL, "{\"a\":{}}")));
}
END_TEST

START_TEST(transforms_of_much_and_of_deep)
{
    asl_value list = asl_array(), deep = json("{\"b\":1}");

    for (int i = 0; i < 5000; i++)
        list = asl_push(eval.region, list, json("{\"x\":{\"b\":1},\"b\":2}"));
    asl_value f =
        asl_transform(&eval, find_objects, update_n, give_b, asl_undefined(), 0, NULL);
    asl_value v = asl_apply(&eval, f, asl_undefined(), 1, &list);
    expect(asl_at(v, 4999), "{\"x\":{\"n\":1},\"n\":2}");
    ck_assert_uint_eq(asl_count(v), 5000);
    for (int i = 1; i < ASL_MAX_DEPTH - 1; i++)
        deep = asl_set(eval.region, asl_object(), asl_str("a"), deep);
    ck_assert(!asl_is_error(deep));
    v = asl_apply(&eval, f, asl_undefined(), 1, &deep);
    ck_assert_uint_eq(asl_depth(v), ASL_MAX_DEPTH - 1);
    f = asl_transform(&eval, find_itself, update_self, NULL, asl_undefined(), 0, NULL);
    ck_assert(asl_is_error(asl_apply(&eval, f, asl_undefined(), 1, &deep)));
}
END_TEST

/* ---- memory ---------------------------------------------------------------------- */

START_TEST(a_region_goes_back_over_chunks)
{
    asl_region *region = eval.region;
    struct asl__mark start = asl__region_mark(region);

    for (int i = 0; i < 1000; i++)
        memset(asl_alloc(region, 1000), 1, 1000);
    struct asl__mark mark = asl__region_mark(region);
    size_t size = asl__region_size(region);
    char *kept = asl_alloc(region, 100);
    memset(kept, 7, 100);
    struct asl__mark behind = asl__region_mark(region);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3000; i++) /* new chunks, and some larger than these */
            memset(asl_alloc(region, i % 500 ? 1000 : 3000000), 2, 1000);
        asl__region_unwind(region, &behind);
        for (int i = 0; i < 100; i++)
            ck_assert_int_eq(kept[i], 7);
    }
    asl__region_unwind(region, &mark);
    ck_assert_uint_eq(asl__region_size(region), size);
    asl__region_unwind(region, &start);
    ck_assert_uint_eq(asl__region_size(region), 0);
    ck_assert_ptr_nonnull(asl_alloc(region, 10));
}
END_TEST

/* ---- the suite ------------------------------------------------------------------- */

#define CALLS                                                        \
    X(missing_arguments_are_undefined_and_more_are_dropped)          \
    X(a_lambda_has_the_context_and_the_cells_of_its_place)           \
    X(only_functions_can_be_called)                                  \
    X(built_in_functions_are_unwrapped_by_apply)                     \
    X(a_partial_application_takes_what_is_missing)                   \
    X(a_partial_application_of_a_lambda_has_no_signature)            \
    X(functions_compose)                                             \
    X(a_million_tail_calls_need_no_memory)                           \
    X(what_goes_into_a_tail_call_stays)                              \
    X(tail_calls_may_have_many_arguments)                            \
    X(a_built_in_function_in_tail_position_sees_the_callers_context) \
    X(what_a_callback_gives_is_not_unwrapped)                        \
    X(what_a_lambda_is_given_is_unwrapped)                           \
    X(tail_calls_end_with_errors)                                    \
    X(endless_recursion_ends)                                        \
    X(calls_give_their_memory_back)                                  \
    X(texts_are_moved_down_between_tail_calls)                       \
    X(nothing_goes_back_of_a_call_that_has_extended_something)       \
    X(a_region_goes_back_over_chunks)

#define FUNCTIONS_OF_VALUES                        \
    X(totals)                                      \
    X(numbers_that_are_not_finite)                 \
    X(casts)                                       \
    X(arrays_are_rearranged)                       \
    X(distinct_keeps_the_first_of_what_is_equal)   \
    X(distinct_of_many_is_fast_and_in_order)       \
    X(sort_has_a_default_order)                    \
    X(sort_is_stable_for_every_length)             \
    X(sort_swaps_where_the_comparator_says_so)     \
    X(map_gives_a_sequence)                        \
    X(callbacks_get_what_they_have_parameters_for) \
    X(filter_and_single_choose)                    \
    X(reduce_folds_from_the_left)                  \
    X(keys_and_values)                             \
    X(objects_are_spread_and_merged)               \
    X(members_are_sifted)                          \
    X(types_and_errors)                            \
    X(clones_are_plain)                            \
    X(transforms_update_and_remove)                \
    X(an_update_sees_those_before_it)              \
    X(an_object_in_itself_is_an_error)             \
    X(transforms_of_much_and_of_deep)

#define X(test) tcase_add_test(tests, test);

int main(void)
{
    Suite *suite = suite_create("query call");
    TCase *tests = tcase_create("calls");

    tcase_add_checked_fixture(tests, setup, teardown);
    CALLS
    suite_add_tcase(suite, tests);
    tests = tcase_create("signatures");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, signatures_match_as_in_the_reference, 0,
                        (int)ASL__COUNT_OF(signatures));
    X(signatures_name_the_type_of_the_elements)
    X(a_lambda_is_checked_by_its_signature)
    X(many_arguments_for_one_parameter_are_one_array)
    suite_add_tcase(suite, tests);
    tests = tcase_create("functions");
    tcase_add_checked_fixture(tests, setup, teardown);
    FUNCTIONS_OF_VALUES
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
