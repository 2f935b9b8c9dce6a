/* Unit tests of the reader of JSONata: its trees as jsonata_dump prints them, errors,
 * bounds. */
#include "base.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "jsonata.h"

struct tree {
    const char *text, *dump;
};

struct wrong {
    const char *text, *code;
    size_t offset;
    const char *message;
};

static struct arena *arena;
static struct jsonata_error error;
static int labels;

static void setup(void)
{
    arena = arena_new();
}

static void teardown(void)
{
    arena_free(arena);
}

static const struct jsonata *tree_of(const char *text, size_t len)
{
    return jsonata_parse(arena, text, len, &labels, &error);
}

static void expect_dump(const char *text, size_t len, const char *expected)
{
    const struct jsonata *tree = tree_of(text, len);
    char *dump = NULL;
    size_t size = 0;

    ck_assert_msg(tree != NULL, "%s: %s %s", text, error.code, error.message);
    FILE *file = open_memstream(&dump, &size);
    ck_assert_ptr_nonnull(file);
    jsonata_dump(tree, file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_msg(size == strlen(expected) + 1 && dump[size - 1] == '\n' &&
                      memcmp(dump, expected, size - 1) == 0,
                  "%s\ngives    %sexpected %s", text, dump, expected);
    free(dump);
}

static void expect_trees(const struct tree *trees, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_dump(trees[i].text, strlen(trees[i].text), trees[i].dump);
}

static void expect_wrong(const char *text, size_t len, const char *code, size_t offset,
                         const char *message)
{
    ck_assert_msg(!tree_of(text, len), "%s", text);
    ck_assert_msg(strcmp(error.code, code) == 0 && error.offset == offset &&
                      strcmp(error.message, message) == 0,
                  "%s: %s %zu: %s", text, error.code, error.offset, error.message);
}

#define EXPECT_TREES(trees) expect_trees(trees, sizeof(trees) / sizeof *(trees))

/* ---- trees ---- */

static const struct tree operands[] = {
    { "a", "(path (name 'a'))" },
    { "\"a\"", "(string 'a')" },
    { "`a b`", "(path (name 'a b'))" },
    { "and", "(path (name 'and'))" },
    { "true", "(true)" },
    { "false", "(false)" },
    { "null", "(null)" },
    { "$", "(variable '')" },
    { "$$", "(variable '$')" },
    { "$name", "(variable 'name')" },
    { "*", "(wildcard)" },
    { "**", "(descendant)" },
    { "1", "(number '1')" },
    { "-1", "(number '-1')" },
    { "--1.50e2", "(number '1.50e2')" },
    { "-a", "(negate (path (name 'a')))" },
    { "-(1)", "(negate (block (number '1')))" },
    { "- 5[0]", "(number '-5' own [(number '0')])" },
    { "\"\\u00e9\\ud83d\\ude00\\n\\/\"", "(string '\303\251\360\237\230\200\\x0a/')" },
    { "'a\"b'", "(string 'a\"b')" },
    { "\"a\nb\"", "(string 'a\\x0ab')" },
    { "()", "(block)" },
    { "{}", "(object)" },
    { "[]", "(array)" },
};

START_TEST(operands_are_read)
{
    EXPECT_TREES(operands);
}
END_TEST

static const struct tree operators[] = {
    { "1+2*3-4", "(- (+ (number '1') (* (number '2') (number '3'))) (number '4'))" },
    { "a and b or c",
      "(or (and (path (name 'a')) (path (name 'b'))) (path (name 'c')))" },
    { "a in b & 'x'", "(in (path (name 'a')) (& (path (name 'b')) (string 'x')))" },
    { "a = 1 != 2", "(!= (= (path (name 'a')) (number '1')) (number '2'))" },
    { "1 < 2 > 3 <= 4 >= 5",
      "(>= (<= (> (< (number '1') (number '2')) (number '3')) (number '4')) (number "
      "'5'))" },
    { "not/of/names",
      "(/ (/ (path (name 'not')) (path (name 'of'))) (path (name 'names')))" },
    { "5%2", "(% (number '5') (number '2'))" },
    { "-a.b + 1", "(+ (negate (path (name 'a') (name 'b'))) (number '1'))" },
    { "a ? b", "(condition (path (name 'a')) (path (name 'b')))" },
    { "a ? b : c ? d : e",
      "(condition (path (name 'a')) (path (name 'b')) (condition (path (name 'c')) "
      "(path (name 'd')) (path (name 'e'))))" },
    { "$x := $y := 1", "(bind 'x' (bind 'y' (number '1')))" },
    { "$a := 1 ? 2 : 3",
      "(bind 'a' (condition (number '1') (number '2') (number '3')))" },
    { "a ~> $f() ~> $g",
      "(apply (apply (path (name 'a')) (call (variable 'f'))) (variable 'g'))" },
    { "a[] ~> $f",
      "(apply keep-array (path keep-array keep (name 'a' keep-array)) (variable 'f'))" },
    { "and and and", "(and (path (name 'and')) (path (name 'and')))" },
    { "[1..3, 4]", "(array (.. (number '1') (number '3')) (number '4'))" },
    { "[[1], b.[2]]",
      "(array (array (number '1')) (path (name 'b') (array cons (number '2'))))" },
    { "{\"a\": 1, b: [2]}",
      "(object (string 'a') (number '1') (path (name 'b')) (array (number '2')))" },
    { "(a; b;)", "(block (path (name 'a')) (path (name 'b')))" },
    { "|a|{\"b\":1}|",
      "(transform (path (name 'a')) (object (string 'b') (number '1')))" },
    { "|a|b,\"c\"|", "(transform (path (name 'a')) (path (name 'b')) (string 'c'))" },
    { "/a\\/[/]b/im", "(regex 'a\\\\/[/]b' im)" },
    { "/* c */ 1 /* d */ / /* e */ 2", "(/ (number '1') (number '2'))" },
};

START_TEST(operators_bind_as_they_should)
{
    EXPECT_TREES(operators);
}
END_TEST

static const struct tree paths[] = {
    { "a.b.c", "(path (name 'a') (name 'b') (name 'c'))" },
    { "a.\"b\".`c d`", "(path (name 'a') (name 'b') (name 'c d'))" },
    { "a.*.**", "(path (name 'a') (wildcard) (descendant))" },
    { "$.a", "(path (variable '') (name 'a'))" },
    { "(a).b", "(path (block (path (name 'a'))) (name 'b'))" },
    { "(a.b).c", "(path (block (path (name 'a') (name 'b'))) (name 'c'))" },
    { "[a,b].c", "(path (array cons (path (name 'a')) (path (name 'b'))) (name 'c'))" },
    { "a.[b]", "(path (name 'a') (array cons (path (name 'b'))))" },
    { "a.[b].c", "(path (name 'a') (array cons (path (name 'b'))) (name 'c'))" },
    { "[a][0].b",
      "(path (array cons (path (name 'a')) own [(number '0')]) (name 'b'))" },
    { "a.{\"k\":b}", "(path (name 'a') (object (string 'k') (path (name 'b'))))" },
    { "([a].b; c)",
      "(block cons (path (array cons (path (name 'a'))) (name 'b')) (path (name "
      "'c')))" },
    { "a.b.$f(c)",
      "(path (name 'a') (name 'b') (call (variable 'f') (path (name 'c'))))" },
};

START_TEST(dots_make_flat_paths)
{
    EXPECT_TREES(paths);
}
END_TEST

static const struct tree predicates[] = {
    { "a[0]", "(path (name 'a' [(number '0')]))" },
    { "a[b=1][0].c",
      "(path (name 'a' [(= (path (name 'b')) (number '1'))] [(number '0')]) (name "
      "'c'))" },
    { "$x[0]", "(variable 'x' own [(number '0')])" },
    { "$x[0].a", "(path (variable 'x' own [(number '0')]) (name 'a'))" },
    { "a.$f(b)[0]",
      "(path (name 'a') (call (variable 'f') (path (name 'b')) [(number '0')]))" },
    { "\"a\"[0].b", "(path (name 'a' own [(number '0')]) (name 'b'))" },
    { "(a.b)[0]", "(block (path (name 'a') (name 'b')) own [(number '0')])" },
    { "[1,2][0]", "(array (number '1') (number '2') own [(number '0')])" },
};

START_TEST(predicates_stand_on_steps)
{
    EXPECT_TREES(predicates);
}
END_TEST

static const struct tree arrays_kept[] = {
    { "$[]", "(variable '' keep-array)" },
    { "a[]", "(path keep-array keep (name 'a' keep-array))" },
    { "a[0][]", "(path keep-array keep (name 'a' keep-array [(number '0')]))" },
    { "a[][0]", "(path keep-array keep (name 'a' keep-array [(number '0')]))" },
    { "a.b[].c", "(path keep (name 'a') (name 'b' keep-array) (name 'c'))" },
    { "(a)[].b", "(path keep (block keep-array (path (name 'a'))) (name 'b'))" },
    { "a^(b)[]", "(path keep-array (name 'a') (sort < (path (name 'b'))))" },
    { "a#$i[].b", "(path keep-array (name 'a' tuple #'i') (name 'b'))" },
    { "a@$v[]", "(path keep-array (name 'a' keep-array tuple @'v'))" },
    { "a{b:c}[]",
      "(path keep-array (name 'a') {(object (path (name 'b')) (path (name 'c')))})" },
};

START_TEST(brackets_keep_arrays)
{
    EXPECT_TREES(arrays_kept);
}
END_TEST

static const struct tree orders_and_groups[] = {
    { "a^(b, >c, <d)",
      "(path (name 'a') (sort < (path (name 'b')) > (path (name 'c')) < (path (name "
      "'d'))))" },
    { "(a)^(b)", "(path (block (path (name 'a'))) (sort < (path (name 'b'))))" },
    { "a.b^(c).d",
      "(path (name 'a') (name 'b') (sort < (path (name 'c'))) (name 'd'))" },
    { "$x^($)", "(path (variable 'x') (sort < (variable '')))" },
    { "a^(b)[0]", "(path (name 'a') (sort < (path (name 'b')) [(number '0')]))" },
    { "a{\"k\": b}", "(path (name 'a') {(object (string 'k') (path (name 'b')))})" },
    { "a.b{c: d}[0]",
      "(path (name 'a') (name 'b' [(number '0')]) {(object (path (name 'c')) (path "
      "(name 'd')))})" },
    { "$x{\"k\": 1}", "(variable 'x' {(object (string 'k') (number '1'))})" },
    { "a{b: c}.d",
      "(path (name 'a') (name 'd') {(object (path (name 'b')) (path (name 'c')))})" },
};

START_TEST(orders_and_groups_are_of_the_path)
{
    EXPECT_TREES(orders_and_groups);
}
END_TEST

static const struct tree bindings[] = {
    { "a@$v", "(path (name 'a' tuple @'v'))" },
    { "a@$v#$i.b", "(path (name 'a' tuple @'v' #'i') (name 'b'))" },
    { "a#$i", "(path (name 'a' tuple #'i'))" },
    { "a[b]#$i", "(path (name 'a' tuple [(path (name 'b'))] [#'i']))" },
    { "$x[0]#$i.b", "(path (variable 'x' tuple [(number '0')] [#'i']) (name 'b'))" },
    { "a#$i[b]#$j", "(path (name 'a' tuple #'i' [(path (name 'b'))] [#'j']))" },
    { "a^(b)#$i", "(path (name 'a') (sort tuple #'i' < (path (name 'b'))))" },
    { "$x@$v.b", "(path (variable 'x' tuple @'v') (name 'b'))" },
    { "a@$.b#$", "(path (name 'a' tuple) (name 'b' tuple))" },
};

START_TEST(bindings_make_tuples)
{
    EXPECT_TREES(bindings);
}
END_TEST

static const struct tree functions[] = {
    { "$f()", "(call (variable 'f'))" },
    { "$f(1, a)", "(call (variable 'f') (number '1') (path (name 'a')))" },
    { "$f(?, 1)", "(partial (variable 'f') (place) (number '1'))" },
    { "f(x)(y)",
      "(call (call (path (name 'f')) (path (name 'x'))) (path (name 'y')))" },
    { "function(){1}", "(lambda (number '1'))" },
    { "\316\273($x, $){$x}", "(lambda $'x' $'' (variable 'x'))" },
    { "function($x)< a<n> /* list */ s? : n >{$x}",
      "(lambda '<a<n>s?:n>' $'x' (variable 'x'))" },
    { "function($x)<(sn)f<n:n>>{$x}", "(lambda '<(sn)f<n:n>>' $'x' (variable 'x'))" },
};

START_TEST(functions_are_called_and_defined)
{
    EXPECT_TREES(functions);
}
END_TEST

static const struct tree tail_calls[] = {
    { "function($x){$f($x)}",
      "(lambda $'x' (call tail (variable 'f') (variable 'x')))" },
    { "function($x){$x ? $f(1) : ($g(2); $h(3))}",
      "(lambda $'x' (condition (variable 'x') (call tail (variable 'f') (number "
      "'1')) (block (call (variable 'g') (number '2')) (call tail (variable 'h') "
      "(number '3')))))" },
    { "function($x){$f($x)[0]}",
      "(lambda $'x' (call (variable 'f') (variable 'x') own [(number '0')]))" },
    { "function($x){($f($x))[0]}",
      "(lambda $'x' (block (call (variable 'f') (variable 'x')) own [(number '0')]))" },
    { "function($x){function(){$f()}}",
      "(lambda $'x' (lambda (call tail (variable 'f'))))" },
    { "function($x){$f($g($x))[]}",
      "(lambda $'x' (call keep-array tail (variable 'f') (call (variable 'g') "
      "(variable 'x'))))" },
    { "function($x){1 + $f()}",
      "(lambda $'x' (+ (number '1') (call (variable 'f'))))" },
    { "function($x){$f(?)}", "(lambda $'x' (partial (variable 'f') (place)))" },
};

START_TEST(tail_calls_are_marked)
{
    EXPECT_TREES(tail_calls);
}
END_TEST

static const struct tree parents[] = {
    { "a.%", "(path (name 'a' tuple ancestor=1) (parent label=1))" },
    { "a.b.%.%",
      "(path (name 'a' tuple ancestor=2) (name 'b' tuple ancestor=1) (parent "
      "label=1) (parent label=2))" },
    { "a.b[%.c=1]",
      "(path (name 'a') (name 'b' tuple ancestor=1 [(= (path (parent label=1) (name "
      "'c')) (number '1'))]))" },
    { "a.b.(c.%).d",
      "(path (name 'a') (name 'b') (block (path (name 'c' tuple ancestor=1) (parent "
      "label=1))) (name 'd'))" },
    { "a.b.(%.c)",
      "(path (name 'a') (name 'b' tuple ancestor=1) (block (path (parent label=1) "
      "(name 'c'))))" },
    { "a.b.[%.c, %.d]",
      "(path (name 'a') (name 'b' tuple ancestor=1) (array cons (path (parent "
      "label=1) (name 'c')) (path (parent label=1) (name 'd'))))" },
    { "a.b.{%.c: %.d}",
      "(path (name 'a') (name 'b' tuple ancestor=1) (object (path (parent label=1) "
      "(name 'c')) (path (parent label=1) (name 'd'))))" },
    { "a.(b.c).%",
      "(path (name 'a') (block tuple (path tuple (name 'b') (name 'c' tuple "
      "ancestor=1))) (parent label=1))" },
    { "a.().%", "(path (name 'a' tuple ancestor=1) (block) (parent label=1))" },
    { "a.b^(%.c)",
      "(path (name 'a') (name 'b' tuple ancestor=1) (sort < (path (parent label=1) "
      "(name 'c'))))" },
    { "a@$x.b@$y.c[%.d]",
      "(path (name 'a' tuple @'x') (name 'b' tuple @'y') (name 'c' tuple ancestor=1 "
      "[(path (parent label=1) (name 'd'))]))" },
    { "a.b#$i[%.c].d",
      "(path (name 'a') (name 'b' tuple #'i' ancestor=1 [(path (parent label=1) "
      "(name 'c'))]) (name 'd'))" },
    { "a.b.c[%.%.d and %.e]",
      "(path (name 'a') (name 'b' tuple ancestor=2) (name 'c' tuple ancestor=1 [(and "
      "(path (parent label=1) (parent label=2) (name 'd')) (path (parent label=1) "
      "(name 'e')))]))" },
    { "a.b.$f(%.c)",
      "(path (name 'a') (name 'b' tuple ancestor=1) (call (variable 'f') (path "
      "(parent label=1) (name 'c'))))" },
    { "a.b.($v := %.c)",
      "(path (name 'a') (name 'b' tuple ancestor=1) (block (bind 'v' (path (parent "
      "label=1) (name 'c')))))" },
    { "a.*.(%.b ? %.c : %.d)",
      "(path (name 'a') (wildcard tuple ancestor=1) (block (condition (path (parent "
      "label=1) (name 'b')) (path (parent label=1) (name 'c')) (path (parent "
      "label=1) (name 'd')))))" },
    { "a[%]", "(path (name 'a' [(parent label=0)]))" },
    { "a.b{%.c: d}",
      "(path (name 'a') (name 'b') {(object (path (parent label=0) (name 'c')) (path "
      "(name 'd')))})" },
    { "(%.a).b + 1",
      "(+ (path (block (path (parent label=0) (name 'a'))) (name 'b')) (number '1'))" },
};

START_TEST(parents_find_their_step)
{
    EXPECT_TREES(parents);
}
END_TEST

/* ---- errors ---- */

static const struct wrong errors[] = {
    { "\"abc", "S0101", 0, "String literal must be terminated by a matching quote" },
    { "`abc", "S0105", 0,
      "Quoted property name must be terminated with a backquote (`)" },
    { "1e999", "S0102", 0, "Number out of range: \"1e999\"" },
    { "\"a\\x41\"", "S0103", 2, "Unsupported escape sequence: \\\"x\"" },
    { "\"a\\u12g4\"", "S0104", 2,
      "The escape sequence \\u must be followed by 4 hex digits" },
    { "\"\\u12", "S0101", 0, "String literal must be terminated by a matching quote" },
    { "a /* b", "S0106", 2, "Comment has no closing tag" },
    { "1 2", "S0201", 2, "Syntax error: 2" },
    { "5 % %2", "S0201", 5, "Syntax error: 2" },
    { "a..b", "S0201", 1, "Syntax error: \"..\"" },
    { "0x10", "S0201", 1, "Syntax error: \"x10\"" },
    { "[1,2)", "S0202", 4, "Expected \"]\", got \")\"" },
    { "{\"a\" 1}", "S0202", 5, "Expected \":\", got 1" },
    { "(a; b", "S0203", 5, "Expected \")\" before end of expression" },
    { "[1", "S0203", 2, "Expected \"]\" before end of expression" },
    { "1 ! 2", "S0204", 2, "Unknown operator: \"!\"" },
    { "a ~ b", "S0204", 2, "Unknown operator: \"~\"" },
    { "1 +", "S0207", 3, "Unexpected end of expression" },
    { "%%", "S0207", 2, "Unexpected end of expression" },
    { "function($x, y){1}", "S0208", 13,
      "Parameter 2 of function definition must be a variable name (start with $)" },
    { "$x{b:c}[0]", "S0209", 7,
      "A predicate cannot follow a grouping expression in a step" },
    { "a{b:c}{d:e}", "S0210", 6, "Each step can only have one grouping expression" },
    { "@a", "S0211", 0, "The symbol \"@\" cannot be used as a unary operator" },
    { "a ?? b", "S0211", 3, "The symbol \"?\" cannot be used as a unary operator" },
    { "a ?: b", "S0211", 3, "The symbol \":\" cannot be used as a unary operator" },
    { "(/a/)", "S0211", 1, "The symbol \"/\" cannot be used as a unary operator" },
    { "x := 1", "S0212", 0,
      "The left side of := must be a variable name (start with $)" },
    { "$a[1] := 3", "S0212", 0,
      "The left side of := must be a variable name (start with $)" },
    { "1.a", "S0213", 0,
      "The literal value 1 cannot be used as a step within a path expression" },
    { "a.null", "S0213", 2,
      "The literal value null cannot be used as a step within a path expression" },
    { "a.-1", "S0213", 2,
      "The literal value -1 cannot be used as a step within a path expression" },
    { "a@b", "S0214", 2,
      "The right side of \"@\" must be a variable name (start with $)" },
    { "a#1", "S0214", 2,
      "The right side of \"#\" must be a variable name (start with $)" },
    { "a[0]@$v", "S0215", 4,
      "A context variable binding must precede any predicates on a step" },
    { "a^(b)@$v", "S0216", 5,
      "A context variable binding must precede the 'order-by' clause on a step" },
    { "%", "S0217", 0,
      "The object representing the 'parent' cannot be derived from this expression" },
    { "a.%.%", "S0217", 4,
      "The object representing the 'parent' cannot be derived from this expression" },
    { "$.%", "S0217", 2,
      "The object representing the 'parent' cannot be derived from this expression" },
    { "(a)[%.b]", "S0217", 4,
      "The object representing the 'parent' cannot be derived from this expression" },
    { "1 + $f(%)", "S0217", 7,
      "The object representing the 'parent' cannot be derived from this expression" },
    { "//", "S0301", 0, "Empty regular expressions are not allowed" },
    { "/abc", "S0302", 0, "No terminating / in regular expression" },
    { "/a/ii", "", 4, "Repeated flag of a regular expression: i" },
    { "a[]/2", "S0302", 3, "No terminating / in regular expression" },
    { "function($x)<s<n>>{1}", "S0401", 14,
      "Type parameters can only be applied to functions and arrays" },
    { "function($x)< (s a<n>) >{1}", "S0402", 14,
      "Choice groups containing parameterized types are not supported" },
    { "function($x)<s{1}", "S0202", 14, "Expected \">\", got \"{\"" },
    { "function($x)<s", "S0203", 14, "Expected \">\" before end of expression" },
    { "a.b /c 1", "S0201", 7, "Syntax error: 1" },
    { "$x.(1; 2", "S0203", 8, "Expected \")\" before end of expression" },
    { "|a|b", "S0203", 4, "Expected \"|\" before end of expression" },
    { "", "S0207", 0, "Unexpected end of expression" },
    { "\"\\u", "S0104", 1, "The escape sequence \\u must be followed by 4 hex digits" },
    { "`", "S0105", 0, "Quoted property name must be terminated with a backquote (`)" },
};

START_TEST(errors_have_code_offset_and_message)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        expect_wrong(errors[i].text, strlen(errors[i].text), errors[i].code,
                     errors[i].offset, errors[i].message);
}
END_TEST

START_TEST(messages_are_cut_between_characters)
{
    char text[600] = "1 '";

    for (int i = 0; i < 120; i++)
        memcpy(text + strlen(text), "\xf0\x9f\x98\x80", 5);
    memcpy(text + strlen(text), "'", 2);
    ck_assert_ptr_null(tree_of(text, strlen(text)));
    /* 25 times four bytes are not more than 100 */
    ck_assert_uint_eq(strlen(error.message), strlen("Syntax error: \"...\"") + 100);
    ck_assert_mem_eq(error.message + 114, "\x80...\"", 6);
    memset(text + 3, 1, 120);
    ck_assert_ptr_null(tree_of(text, 124));
    ck_assert_str_eq(error.code, "S0101");
    text[123] = '\'';
    ck_assert_ptr_null(tree_of(text, 124));
    ck_assert_uint_eq(strlen(error.message), sizeof error.message - 1);
}
END_TEST

/* ---- texts ---- */

START_TEST(names_and_strings_hold_any_bytes)
{
    expect_dump("a\0b.$\0c", 7, "(path (name 'a\\x00b') (variable '\\x00c'))");
    expect_dump("\0", 1, "(path (name '\\x00'))");
    expect_dump("and\0", 4, "(path (name 'and\\x00'))");
    expect_dump("'\0'", 3, "(string '\\x00')");
    expect_dump("`\0`", 3, "(path (name '\\x00'))");
    expect_dump("/\0/", 3, "(regex '\\x00')");
    expect_dump("'\\u0000'", 8, "(string '\\x00')");
    expect_dump("a\"b'c`d", 7, "(path (name 'a\"b\\'c`d'))");
    expect_dump("\v\r\n\ta ", 6, "(path (name 'a'))");
    expect_dump("\f\xc2\xa0", 3, "(path (name '\\x0c\xc2\xa0'))");
    /* Half of a pair stays alone; two halves join. */
    expect_dump("'\\ud83d'", 8, "(string '\xed\xa0\xbd')");
    expect_dump("'\\ud83d\xed\xb8\x80'", 11, "(string '\xf0\x9f\x98\x80')");
}
END_TEST

START_TEST(numbers_have_text_and_value)
{
    const struct jsonata *number = tree_of("-12345678901234567890.5", 23);

    ck_assert_double_eq(number->number, -12345678901234567890.5);
    ck_assert_uint_eq(number->text.len, 23);
    number = tree_of("- - 1e3", 7);
    ck_assert_double_eq(number->number, 1000);
    ck_assert_mem_eq(number->text.text, "1e3", 3);
    ck_assert_double_eq(tree_of("1E-400", 6)->number, 0);
}
END_TEST

START_TEST(the_tree_outlives_the_text)
{
    char text[] = "'a' & b";
    const struct jsonata *tree = tree_of(text, strlen(text));

    memset(text, 'x', sizeof text);
    ck_assert_mem_eq(tree->left->text.text, "a", 1);
    ck_assert_mem_eq(tree->right->list[0]->text.text, "b", 1);
}
END_TEST

static void expect_span(const struct jsonata *node, size_t start, size_t end)
{
    ck_assert_uint_eq(node->span.start, start);
    ck_assert_uint_eq(node->span.end, end);
}

START_TEST(spans_cover_what_belongs_to_a_node)
{
    const struct jsonata *tree = tree_of(" -2 and a.b[1][]^(c){d: e} ", 27);

    expect_span(tree, 1, 26);
    expect_span(tree->left, 1, 3);
    expect_span(tree->right, 8, 26);
    expect_span(tree->right->list[0], 8, 9);
    expect_span(tree->right->list[1], 10, 16);
    expect_span(tree->right->list[1]->stages[0].filter, 12, 13);
    expect_span(tree->right->list[2], 16, 20);
    expect_span(tree->right->group, 20, 26);
    tree = tree_of("f( ? ).(x ? y : z)", 18);
    expect_span(tree, 0, 18);
    expect_span(tree->list[0], 0, 6);
    expect_span(tree->list[0]->list[0], 3, 4);
    expect_span(tree->list[1], 7, 18);
    expect_span(tree->list[1]->list[0], 8, 17);
}
END_TEST

START_TEST(labels_are_counted)
{
    tree_of("a", 1);
    ck_assert_int_eq(labels, 0);
    tree_of("a.b.[%.c, %.d, %.%.e]", 21);
    ck_assert_int_eq(labels, 2);
    tree_of("a[%]", 4);
    ck_assert_int_eq(labels, 0);
}
END_TEST

/* ---- bounds ---- */

/* BEFORE and AFTER, COUNT times each, around MIDDLE. */
static char *around(const char *before, const char *middle, const char *after,
                    size_t count)
{
    size_t len = strlen(before) + strlen(after);
    char *text = arena_alloc(arena, count * len + strlen(middle) + 1), *to = text;

    for (size_t i = 0; i < count; i++)
        to = mempcpy(to, before, strlen(before));
    to = mempcpy(to, middle, strlen(middle));
    for (size_t i = 0; i < count; i++)
        to = mempcpy(to, after, strlen(after));
    return text;
}

static int depth_of(const struct jsonata *node)
{
    int most = 0;
#define DEEPER(part)                             \
    do {                                         \
        int depth = (part) ? depth_of(part) : 0; \
        most = depth > most ? depth : most;      \
    } while (0)
    DEEPER(node->left);
    DEEPER(node->right);
    DEEPER(node->third);
    DEEPER(node->group);
    for (size_t i = 0; i < node->count; i++)
        DEEPER(node->list[i]);
    for (size_t i = 0; i < node->nstages; i++)
        DEEPER(node->stages[i].filter);
#undef DEEPER
    return most + 1;
}

START_TEST(nesting_is_bounded)
{
    static const struct {
        const char *before, *middle, *after;
    } nests[] = {
        { "(", "a", ")" },    { "[", "a", "]" },           { "a[", "a", "]" },
        { "a{b:", "a", "}" }, { "a^(", "a", ")" },         { "-", "a", "" },
        { "f(", "a", ")" },   { "function(){", "a", "}" }, { "|a|", "a", "|" },
        { "$v:=", "a", "" },  { "", "a", "&a" },           { "", "a", "?b:c" },
        { "", "a", "[0]" },   { "", "a", "^(b)" },         { "a.(", "a", ")" },
        { "", "$x", "#$i" },  { "a@$v[", "%", ".b]" },     { "", "f", "(?)" }
    };
    const char *message = "The expression is nested more than 200 deep";

    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++)
        for (size_t count = 1; count <= 100000; count += count < 220 ? 1 : count) {
            const char *text =
                around(nests[i].before, nests[i].middle, nests[i].after, count);
            const struct jsonata *tree = tree_of(text, strlen(text));
            if (tree)
                ck_assert_int_le(depth_of(tree), JSONATA_MAX_NESTING);
            else if (count < 50)
                ck_abort_msg("%s: %s %s", text, error.code, error.message);
            if (count > JSONATA_MAX_NESTING)
                ck_assert_msg(!tree && strcmp(error.message, message) == 0, "%s: %s",
                              nests[i].before, error.message);
        }
}
END_TEST

START_TEST(paths_may_be_long)
{
    const char *text = around("a.", "a", "", 40000);
    const struct jsonata *tree = tree_of(text, strlen(text));

    ck_assert_uint_eq(tree->count, 40001);
    ck_assert_int_eq(depth_of(tree), 2);
    text = around("a.", "a", ".%", JSONATA_MAX_PARENTS);
    ck_assert_ptr_nonnull(tree_of(text, strlen(text)));
    ck_assert_int_eq(labels, JSONATA_MAX_PARENTS);
    text = around("a.", "a", ".%", JSONATA_MAX_PARENTS + 1);
    ck_assert_ptr_null(tree_of(text, strlen(text)));
    ck_assert_str_eq(error.message,
                     "The expression has more than 1000 parent operators");
}
END_TEST

START_TEST(parts_are_bounded)
{
    const char *text = around("", "[1", ",1", JSONATA_MAX_NODES);

    expect_wrong(text, strlen(text), "", 2 * JSONATA_MAX_NODES - 1,
                 "The expression has more than 100000 parts");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query parse");
    TCase *trees = tcase_create("trees"),
          *others = tcase_create("errors, texts, bounds");

    tcase_add_checked_fixture(trees, setup, teardown);
    tcase_add_test(trees, operands_are_read);
    tcase_add_test(trees, operators_bind_as_they_should);
    tcase_add_test(trees, dots_make_flat_paths);
    tcase_add_test(trees, predicates_stand_on_steps);
    tcase_add_test(trees, brackets_keep_arrays);
    tcase_add_test(trees, orders_and_groups_are_of_the_path);
    tcase_add_test(trees, bindings_make_tuples);
    tcase_add_test(trees, functions_are_called_and_defined);
    tcase_add_test(trees, tail_calls_are_marked);
    tcase_add_test(trees, parents_find_their_step);
    suite_add_tcase(suite, trees);
    tcase_add_checked_fixture(others, setup, teardown);
    tcase_add_test(others, errors_have_code_offset_and_message);
    tcase_add_test(others, messages_are_cut_between_characters);
    tcase_add_test(others, names_and_strings_hold_any_bytes);
    tcase_add_test(others, numbers_have_text_and_value);
    tcase_add_test(others, the_tree_outlives_the_text);
    tcase_add_test(others, spans_cover_what_belongs_to_a_node);
    tcase_add_test(others, labels_are_counted);
    tcase_add_test(others, nesting_is_bounded);
    tcase_add_test(others, paths_may_be_long);
    tcase_add_test(others, parts_are_bounded);
    suite_add_tcase(suite, others);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
