/*
 * check_value.c - single values: kinds, ranges, words, timestamps, labels, {% %}.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check_rules.h"
#include "jsonata.h"

enum { LONGEST_LABEL = 40 };

/* What a kind accepts and how the rest of it is checked. */
struct kind_rule {
    const char *wanted; /* for messages; NULL: anything */
    bool (*accepts)(const struct node *node);
    bool dynamic; /* in JSONata states also {% %} */
    void (*check)(struct check *check, const struct spec *spec,
                  const struct node *node);
};

static const char *named(struct check *check, const struct node *node)
{
    if (node->key)
        return arena_printf(check->arena, "`%s`", node->key);
    return node->parent ? arena_printf(check->arena, "element %zu", node->index)
                        : "the definition";
}

void check_mismatch(struct check *check, const struct node *node, const char *wanted)
{
    report(check, BREACH_KIND, node, NULL, "%s must be %s, found %s",
           named(check, node), wanted, node_kind(node));
}

/* ---- JSONata ------------------------------------------------------------------ */

/* Does `len` bytes at `text` hold `part` (two bytes)? */
static bool holds(const char *text, size_t len, const char *part)
{
    for (size_t i = 0; i + 2 <= len; i++)
        if (memcmp(text + i, part, 2) == 0)
            return true;
    return false;
}

static bool is_blank(const char *text, size_t len)
{
    size_t blanks = 0;

    while (blanks < len && strchr(" \t\r\n", text[blanks]))
        blanks++;
    return blanks == len;
}

/* The tree is const for all passes but this one. */
static void set_wanted(const struct node *node, enum field_kind kind)
{
    ((struct node *)(uintptr_t)node)->wanted = (int)kind;
}

/* A JSONata expression. */
static void check_expression(struct check *check, const struct node *node)
{
    struct jsonata_error error;
    struct jsonata *query;
    const char *text;
    size_t len;
    int labels;

    if (!node_is_jsonata(node, &text, &len))
        return;
    if (is_blank(text, len)) {
        report(check, BREACH_JSONATA, node, NULL, "the JSONata expression is empty");
        return;
    }
    query = jsonata_parse(check->arena, text, len, &labels, &error);
    if (!query) {
        report_inside(check, BREACH_JSONATA, node, error.offset + 2,
                      arena_printf(check->arena, "%s%s%s", error.code,
                                   error.code[0] ? ": " : "", error.message));
        return;
    }
    ((struct node *)(uintptr_t)node)->query = query;
    check_query(check, node);
}

/* A string of a JSONata state that is not enclosed in {% %}. */
static void check_delimiters(struct check *check, const struct node *node)
{
    bool opens = node->len >= 2 && memcmp(node->text, "{%", 2) == 0;
    bool closes = node->len >= 2 && memcmp(node->text + node->len - 2, "%}", 2) == 0;

    if (opens && !holds(node->text, node->len, "%}"))
        report(check, BREACH_JSONATA, node, NULL,
               "a string that begins with {%% must end "
               "with %%}");
    else if (closes && !holds(node->text, node->len, "{%"))
        report(check, BREACH_JSONATA, node, NULL,
               "a string that ends with %%} must begin "
               "with {%%");
    else if (holds(node->text, node->len, "{%") && holds(node->text, node->len, "%}"))
        report(check, BREACH_NOT_JSONATA, node,
               "only a string that begins with {% and ends with %} is evaluated",
               "this string is not evaluated");
}

static void check_jsonata_string(struct check *check, const struct node *node)
{
    if (node->unfilled)
        return;
    if (node_is_jsonata(node, NULL, NULL))
        check_expression(check, node);
    else
        check_delimiters(check, node);
}

void check_jsonata(struct check *check, const struct node *node)
{
    if (node_is_string(node))
        check_jsonata_string(check, node);
    for (struct node *one = node_child(node); one; one = node_next(one))
        check_jsonata(check, one);
}

/* ---- kinds -------------------------------------------------------------------- */

static bool is_items(const struct node *node)
{
    return node_is_array(node) || node_is_object(node);
}

static bool is_string_or_null(const struct node *node)
{
    return node_is_string(node) || node_is_null(node);
}

static void check_full_array(struct check *check, const struct spec *spec,
                             const struct node *node)
{
    (void)spec;
    if (node->count == 0)
        report(check, BREACH_EMPTY, node, NULL, "%s must not be empty",
               named(check, node));
}

static void check_strings(struct check *check, const struct spec *spec,
                          const struct node *node)
{
    (void)spec;
    for (struct node *one = node_child(node); one; one = node_next(one))
        if (!node_is_string(one))
            check_mismatch(check, one, "a string");
}

static void check_errors(struct check *check, const struct spec *spec,
                         const struct node *node)
{
    check_full_array(check, spec, node);
    check_strings(check, spec, node);
}

static const char *const language_words[] = { "JSONPath", "JSONata", NULL };

static const char *list_words(struct check *check, const char *const *words)
{
    const char *list = words[0];

    for (size_t i = 1; words[i]; i++)
        list = arena_printf(check->arena, "%s, %s", list, words[i]);
    return list;
}

static void check_words(struct check *check, const char *const *words,
                        const struct node *node)
{
    struct nearest nearest;

    nearest_init(&nearest, node->text);
    for (size_t i = 0; words[i]; i++) {
        if (node_equals(node, words[i]))
            return;
        nearest_try(&nearest, words[i]);
    }
    report(check, BREACH_WORD, node, nearest_note(&nearest, check->arena),
           "%s must be one of %s, found \"%s\"", named(check, node),
           list_words(check, words), node->text);
}

static void check_language(struct check *check, const struct spec *spec,
                           const struct node *node)
{
    (void)spec;
    check_words(check, language_words, node);
}

static void check_word(struct check *check, const struct spec *spec,
                       const struct node *node)
{
    check_words(check, spec->words, node);
}

static void check_range(struct check *check, const struct spec *spec,
                        const struct node *node)
{
    double number = node->json.valuedouble;

    if (number >= spec->minimum && number <= spec->maximum)
        return;
    if (isinf(spec->maximum))
        report(check, BREACH_RANGE, node, NULL, "%s must be at least %.15g, found %s",
               named(check, node), spec->minimum, node->text);
    else
        report(check, BREACH_RANGE, node, NULL,
               "%s must be from %.15g to %.15g, found %s", named(check, node),
               spec->minimum, spec->maximum, node->text);
}

static void check_integer(struct check *check, const struct spec *spec,
                          const struct node *node)
{
    int64_t value;

    if (!node_integer(node, &value))
        report(check, BREACH_KIND, node, NULL, "%s must be an integer, found %s",
               named(check, node), node->text);
    else
        check_range(check, spec, node);
}

static void check_pointer(struct check *check, const struct spec *spec,
                          const struct node *node)
{
    (void)spec;
    if (node->len && node->text[0] != '/')
        report(check, BREACH_POINTER, node, NULL,
               "%s must be a JSON Pointer: it begins "
               "with a slash",
               named(check, node));
}

/* ---- timestamps --------------------------------------------------------------- */

/* Takes `count` digits at *at; their number, or -1. */
static int take_digits(const char **at, int count)
{
    int number = 0;

    for (; count > 0; count--, ++*at) {
        if (**at < '0' || **at > '9')
            return -1;
        number = 10 * number + (**at - '0');
    }
    return number;
}

static bool take(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static int days_of(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(const char **at)
{
    int year = take_digits(at, 4);
    int month = year >= 0 && take(at, '-') ? take_digits(at, 2) : -1;
    int day = month >= 1 && month <= 12 && take(at, '-') ? take_digits(at, 2) : -1;

    return day >= 1 && day <= days_of(year, month);
}

static bool take_fraction(const char **at)
{
    if (!take(at, '.'))
        return true;
    if (take_digits(at, 1) < 0)
        return false;
    while (**at >= '0' && **at <= '9')
        ++*at;
    return true;
}

static bool take_time(const char **at)
{
    int hour = take_digits(at, 2);
    int minute = hour >= 0 && hour <= 23 && take(at, ':') ? take_digits(at, 2) : -1;
    int second = minute >= 0 && minute <= 59 && take(at, ':') ? take_digits(at, 2) : -1;

    return second >= 0 && second <= 60 && take_fraction(at);
}

static bool take_zone(const char **at)
{
    int hour, minute;

    if (take(at, 'Z'))
        return true;
    if (!take(at, '+') && !take(at, '-'))
        return false;
    hour = take_digits(at, 2);
    minute = hour >= 0 && hour <= 23 && take(at, ':') ? take_digits(at, 2) : -1;
    return minute >= 0 && minute <= 59;
}

/* RFC 3339 with upper-case T and Z (ASL: Timestamps). */
static bool is_timestamp(const struct node *node)
{
    const char *at = node->text;

    return take_date(&at) && take(&at, 'T') && take_time(&at) && take_zone(&at) &&
           at == node->text + node->len;
}

static void check_timestamp(struct check *check, const struct spec *spec,
                            const struct node *node)
{
    (void)spec;
    if (!is_timestamp(node))
        report(check, BREACH_TIMESTAMP, node,
               "a timestamp is like 2026-03-14T01:59:00Z",
               "%s is no RFC 3339 timestamp: \"%s\"", named(check, node), node->text);
}

/* ---- labels ------------------------------------------------------------------- */

static bool is_label_byte(const unsigned char *at)
{
    if (*at <= 0x20 || *at == 0x7F || strchr("?*<>{}[]:;,\\^~$#%&\"`|", *at))
        return false;
    return !(at[0] == 0xC2 && at[1] >= 0x80 && at[1] <= 0xA0); /* C1 controls, NBSP */
}

static size_t count_characters(const struct node *node)
{
    size_t count = 0;

    for (size_t i = 0; i < node->len; i++)
        count += ((unsigned char)node->text[i] & 0xC0) != 0x80;
    return count;
}

static void check_label(struct check *check, const struct spec *spec,
                        const struct node *node)
{
    (void)spec;
    if (node->len == 0)
        report(check, BREACH_LABEL, node, NULL, "a Label cannot be empty");
    else if (count_characters(node) > LONGEST_LABEL)
        report(check, BREACH_LABEL, node, NULL, "a Label cannot exceed %d characters",
               LONGEST_LABEL);
    for (size_t i = 0; i < node->len; i++)
        if (!is_label_byte((const unsigned char *)node->text + i)) {
            report_inside(check, BREACH_LABEL, node, i,
                          "the Label contains an invalid character");
            return;
        }
}

/* ---- credentials -------------------------------------------------------------- */

static void check_credentials(struct check *check, const struct spec *spec,
                              const struct node *node)
{
    const struct node *role = node_member(node, "RoleArn");

    (void)spec;
    if (role && !node_is_string(role))
        check_mismatch(check, role, "a string");
    else if (role)
        set_wanted(role, KIND_JSONATA_STRING);
    if (!role && !node_member(node, "RoleArn.$"))
        report(check, BREACH_CREDENTIALS, node, NULL,
               "the field `RoleArn` is required but was missing");
}

static void check_resource_kind(struct check *check, const struct spec *spec,
                                const struct node *node)
{
    (void)spec;
    check_resource(check, node);
}

/* ---- dispatch ----------------------------------------------------------------- */

static const struct kind_rule kind_rules[KIND_COUNT] = {
    [KIND_STRING] = { "a string", node_is_string, false, NULL },
    [KIND_BOOLEAN] = { "true or false", node_is_bool, false, NULL },
    [KIND_ARRAY] = { "an array", node_is_array, false, NULL },
    [KIND_FULL_ARRAY] = { "an array", node_is_array, false, check_full_array },
    [KIND_OBJECT] = { "an object", node_is_object, false, NULL },
    [KIND_LANGUAGE] = { "a string", node_is_string, false, check_language },
    [KIND_TARGET] = { "the name of a state", node_is_string, false, NULL },
    [KIND_PATH_OR_NULL] = { "a path or null", is_string_or_null, false, NULL },
    [KIND_REFERENCE_PATH] = { "a path", node_is_string, false, NULL },
    [KIND_RESULT_PATH] = { "a path or null", is_string_or_null, false, NULL },
    [KIND_STRING_PATH] = { "a path", node_is_string, false, NULL },
    [KIND_ASSIGN] = { "an object", node_is_object, false, NULL },
    [KIND_JSONATA_STRING] = { "a string", node_is_string, true, NULL },
    [KIND_INTEGER] = { "an integer", node_is_number, true, check_integer },
    [KIND_NUMBER] = { "a number", node_is_number, true, check_range },
    [KIND_TIMESTAMP] = { "a timestamp", node_is_string, true, check_timestamp },
    [KIND_ITEMS] = { "an array, an object or {% %}", is_items, true, NULL },
    [KIND_CREDENTIALS] = { "an object", node_is_object, true, check_credentials },
    [KIND_RESOURCE] = { "a string", node_is_string, false, check_resource_kind },
    [KIND_LABEL] = { "a string", node_is_string, false, check_label },
    [KIND_WORD] = { "a string", node_is_string, true, check_word },
    [KIND_CONDITION] = { "true or false", node_is_bool, true, NULL },
    [KIND_POINTER] = { "a string", node_is_string, true, check_pointer },
    [KIND_STRINGS] = { "an array of strings", node_is_array, true, check_strings },
    [KIND_ERRORS] = { "an array of error names", node_is_array, false, check_errors },
};

/* Payload templates and paths, whose insides are expressions. */
static void check_inside(struct check *check, enum query_language language,
                         enum field_kind kind, const struct node *node)
{
    bool jsonata = language == QUERY_JSONATA;

    if (kind == KIND_PATH_OR_NULL || kind == KIND_REFERENCE_PATH ||
        kind == KIND_RESULT_PATH || kind == KIND_STRING_PATH)
        check_path(check, kind, node);
    else if (kind == KIND_ASSIGN)
        check_assign(check, language, node);
    else if (!jsonata && (kind == KIND_TEMPLATE || kind == KIND_CREDENTIALS))
        check_template(check, node);
    else if (jsonata && (kind == KIND_TEMPLATE || kind == KIND_CREDENTIALS ||
                         kind == KIND_JSONATA_ANY || kind == KIND_ITEMS))
        check_jsonata(check, node);
}

/* A string where an evaluated one may stand; true when nothing is left to check. */
static bool check_dynamic(struct check *check, const struct spec *spec,
                          const struct node *node)
{
    const struct kind_rule *rule = &kind_rules[spec->kind];

    if (node_is_jsonata(node, NULL, NULL)) {
        set_wanted(node, spec->kind);
        check_expression(check, node);
        return true;
    }
    if (rule->accepts(node)) {
        size_t before = check->diags->count;

        check_delimiters(check, node);
        return check->diags->count != before;
    }
    report(check, BREACH_KIND, node, NULL,
           "%s must be %s, or a JSONata string in {%% %%}", named(check, node),
           rule->wanted);
    return true;
}

void check_value(struct check *check, enum query_language language,
                 const struct spec *spec, const struct node *node)
{
    const struct kind_rule *rule = &kind_rules[spec->kind];

    if (node->unfilled)
        return;
    if (rule->dynamic && language == QUERY_JSONATA && node_is_string(node) &&
        check_dynamic(check, spec, node))
        return;
    if (rule->accepts && !rule->accepts(node)) {
        check_mismatch(check, node, rule->wanted);
        return;
    }
    if (rule->check)
        rule->check(check, spec, node);
    check_inside(check, language, spec->kind, node);
}

static const struct spec *find_spec(const struct spec *table, size_t count,
                                    const struct node *member)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(table[i].name) == member->key_len &&
            memcmp(table[i].name, member->key, member->key_len) == 0)
            return &table[i];
    return NULL;
}

static void report_unknown(struct check *check, unsigned language,
                           const struct spec *table, size_t count,
                           const struct node *member, const char *what)
{
    struct nearest nearest;

    nearest_init(&nearest, member->key);
    for (size_t i = 0; i < count; i++)
        if (table[i].languages & language)
            nearest_try(&nearest, table[i].name);
    report_member(check, BREACH_UNKNOWN_FIELD, member,
                  nearest_note(&nearest, check->arena),
                  arena_printf(check->arena, "field `%s` is not supported in %s",
                               member->key, what));
}

static void report_language(struct check *check, enum query_language language,
                            const struct node *member)
{
    report_member(
        check, BREACH_LANGUAGE_FIELD, member, NULL,
        arena_printf(check->arena,
                     "the query language is %s, but field `%s` is only supported "
                     "for %s",
                     language_words[language], member->key,
                     language_words[1 - language]));
}

static void check_required(struct check *check, const struct spec *spec,
                           const struct node *object, const char *what)
{
    if (!node_member(object, spec->name))
        report(check, BREACH_MISSING_FIELD, object, NULL, "%s must have a field `%s`",
               what, spec->name);
}

void check_members(struct check *check, enum query_language language,
                   const struct spec *table, size_t count, const struct node *object,
                   const char *what)
{
    unsigned bit = language == QUERY_JSONATA ? LANGUAGE_JSONATA : LANGUAGE_JSONPATH;

    if (object->unfilled)
        return;
    if (!node_is_object(object)) {
        check_mismatch(check, object, "an object");
        return;
    }
    for (struct node *one = node_child(object); one; one = node_next(one)) {
        const struct spec *spec = find_spec(table, count, one);

        if (!spec)
            report_unknown(check, bit, table, count, one, what);
        else if (!(spec->languages & bit))
            report_language(check, language, one);
        else
            check_value(check, language, spec, one);
    }
    for (size_t i = 0; i < count; i++)
        if (table[i].required && (table[i].languages & bit))
            check_required(check, &table[i], object, what);
}
