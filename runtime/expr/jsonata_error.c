/* The errors of JSONata: codes and their messages, as the reference implementation has
 * them (jsonata.md 15). */
#include "../value/base.h"

#include "jsonata_message.h"
#include "query.h"

#include "../value/buf.h"
#include "../value/number.h"

#include <math.h>

/* A message may not become as long as what it is about. */
enum { MOST_TEXT = 32768 };

struct message {
    char code[6];
    const char *text;
};

/* By code. */
static const struct message messages[] = {
    { "D1001", "Number out of range: {v}" },
    { "D1002", "Cannot negate a non-numeric value: {v}" },
    { "D1004", "Regular expression matches zero length string" },
    { "D1009", "Multiple key definitions evaluate to same key: {v}" },
    { "D1010", "Attempted to access the Javascript object prototype" },
    { "D2005", "The left side of := must be a variable name (start with $)" },
    { "D2014", "The size of the sequence allocated by the range operator (..) must "
               "not exceed 1e6.  Attempted to allocate {v}." },
    { "D3001", "Attempting to invoke string function on Infinity or NaN" },
    { "D3010", "Second argument of replace function cannot be an empty string" },
    { "D3011", "Fourth argument of replace function must evaluate to a positive "
               "number" },
    { "D3012", "Attempted to replace a matched string with a non-string value" },
    { "D3020", "Third argument of split function must evaluate to a positive number" },
    { "D3030", "Unable to cast value to a number: {v}" },
    { "D3040", "Third argument of match function must evaluate to a positive number" },
    { "D3050", "The second argument of reduce function must be a function with at "
               "least two arguments" },
    { "D3060", "The sqrt function cannot be applied to a negative number: {v}" },
    { "D3061", "The power function has resulted in a value that cannot be "
               "represented as a JSON number: base={v}, exponent={w}" },
    { "D3070",
      "The single argument form of the sort function can only be applied "
      "to an array of strings or an array of numbers.  Use the second argument to "
      "specify a comparison function" },
    { "D3080", "The picture string must only contain a maximum of two sub-pictures" },
    { "D3081", "The sub-picture must not contain more than one instance of the "
               "'decimal-separator' character" },
    { "D3082", "The sub-picture must not contain more than one instance of the "
               "'percent' character" },
    { "D3083", "The sub-picture must not contain more than one instance of the "
               "'per-mille' character" },
    { "D3084", "The sub-picture must not contain both a 'percent' and a "
               "'per-mille' character" },
    { "D3085",
      "The mantissa part of a sub-picture must contain at least one "
      "character that is either an 'optional digit character' or a member of the "
      "'decimal digit family'" },
    { "D3086", "The sub-picture must not contain a passive character that is "
               "preceded by an active character and that is followed by another active "
               "character" },
    { "D3087", "The sub-picture must not contain a 'grouping-separator' character "
               "that appears adjacent to a 'decimal-separator' character" },
    { "D3088", "The sub-picture must not contain a 'grouping-separator' at the end "
               "of the integer part" },
    { "D3089", "The sub-picture must not contain two adjacent instances of the "
               "'grouping-separator' character" },
    { "D3090",
      "The integer part of the sub-picture must not contain a member of "
      "the 'decimal digit family' that is followed by an instance of the 'optional "
      "digit character'" },
    { "D3091",
      "The fractional part of the sub-picture must not contain an "
      "instance of the 'optional digit character' that is followed by a member of "
      "the 'decimal digit family'" },
    { "D3092", "A sub-picture that contains a 'percent' or 'per-mille' character "
               "must not contain a character treated as an 'exponent-separator'" },
    { "D3093", "The exponent part of the sub-picture must comprise only of one or "
               "more characters that are members of the 'decimal digit family'" },
    { "D3100", "The radix of the formatBase function must be between 2 and 36.  It "
               "was given {v}" },
    { "D3110", "The argument of the toMillis function must be an ISO 8601 "
               "formatted timestamp. Given {v}" },
    { "D3120", "Syntax error in expression passed to function eval: {v}" },
    { "D3121", "Dynamic error evaluating the expression passed to function eval: "
               "{v}" },
    { "D3130", "Formatting or parsing an integer as a sequence starting with {v} "
               "is not supported by this implementation" },
    { "D3131", "In a decimal digit pattern, all digits must be from the same "
               "decimal group" },
    { "D3132", "Unknown component specifier {v} in date/time picture string" },
    { "D3133", "The 'name' modifier can only be applied to months and days in the "
               "date/time picture string, not {v}" },
    { "D3134", "The timezone integer format specifier cannot have more than four "
               "digits" },
    { "D3135", "No matching closing bracket ']' in date/time picture string" },
    { "D3136", "The date/time picture string is missing specifiers required to "
               "parse the timestamp" },
    { "D3137", "{V}" },
    { "D3138", "The $single() function expected exactly 1 matching result.  "
               "Instead it matched more." },
    { "D3139", "The $single() function expected exactly 1 matching result.  "
               "Instead it matched 0." },
    { "D3140", "Malformed URL passed to ${T}(): {v}" },
    { "D3141", "{V}" },
    { "S0101", "String literal must be terminated by a matching quote" },
    { "S0102", "Number out of range: {t}" },
    { "S0103", "Unsupported escape sequence: \\{t}" },
    { "S0104", "The escape sequence \\u must be followed by 4 hex digits" },
    { "S0105", "Quoted property name must be terminated with a backquote (`)" },
    { "S0106", "Comment has no closing tag" },
    { "S0201", "Syntax error: {t}" },
    { "S0202", "Expected {v}, got {t}" },
    { "S0203", "Expected {v} before end of expression" },
    { "S0204", "Unknown operator: {t}" },
    { "S0205", "Unexpected token: {t}" },
    { "S0206", "Unknown expression type: {t}" },
    { "S0207", "Unexpected end of expression" },
    { "S0208", "Parameter {v} of function definition must be a variable name "
               "(start with $)" },
    { "S0209", "A predicate cannot follow a grouping expression in a step" },
    { "S0210", "Each step can only have one grouping expression" },
    { "S0211", "The symbol {t} cannot be used as a unary operator" },
    { "S0212", "The left side of := must be a variable name (start with $)" },
    { "S0213", "The literal value {v} cannot be used as a step within a path "
               "expression" },
    { "S0214", "The right side of {t} must be a variable name (start with $)" },
    { "S0215", "A context variable binding must precede any predicates on a step" },
    { "S0216", "A context variable binding must precede the 'order-by' clause on a "
               "step" },
    { "S0217", "The object representing the 'parent' cannot be derived from this "
               "expression" },
    { "S0301", "Empty regular expressions are not allowed" },
    { "S0302", "No terminating / in regular expression" },
    { "S0401", "Type parameters can only be applied to functions and arrays" },
    { "S0402", "Choice groups containing parameterized types are not supported" },
    { "S0500", "Attempted to evaluate an expression containing syntax error(s)" },
    { "T0410", "Argument {v} of function {t} does not match function signature" },
    { "T0411", "Context value is not a compatible type with argument {v} of "
               "function {t}" },
    { "T0412", "Argument {v} of function {t} must be an array of {w}" },
    { "T1003", "Key in object structure must evaluate to a string; got: {v}" },
    { "T1005", "Attempted to invoke a non-function. Did you mean ${T}?" },
    { "T1006", "Attempted to invoke a non-function" },
    { "T1007", "Attempted to partially apply a non-function. Did you mean ${T}?" },
    { "T1008", "Attempted to partially apply a non-function" },
    { "T1010", "The matcher function argument passed to function {t} does not "
               "return the correct object structure" },
    { "T2001", "The left side of the {t} operator must evaluate to a number" },
    { "T2002", "The right side of the {t} operator must evaluate to a number" },
    { "T2003", "The left side of the range operator (..) must evaluate to an "
               "integer" },
    { "T2004", "The right side of the range operator (..) must evaluate to an "
               "integer" },
    { "T2006", "The right side of the function application operator ~> must be a "
               "function" },
    { "T2007", "Type mismatch when comparing values {v} and {w} in order-by clause" },
    { "T2008", "The expressions within an order-by clause must evaluate to numeric "
               "or string values" },
    { "T2009", "The values {v} and {w} either side of operator {t} must be of the "
               "same data type" },
    { "T2010", "The expressions either side of operator {t} must evaluate to "
               "numeric or string values" },
    { "T2011", "The insert/update clause of the transform expression must evaluate "
               "to an object: {v}" },
    { "T2012", "The delete clause of the transform expression must evaluate to a "
               "string or array of strings: {v}" },
    { "T2013", "The transform expression clones the input object using the "
               "$clone() function.  This has been overridden in the current scope by a "
               "non-function." },
};

/* ---- values as JavaScript prints them ------------------------------------------------ */

static void put_value(struct asl__buf *buf, asl_value v);

static void put_number(struct asl__buf *buf, asl_value v)
{
    char text[ASL__NUMBER_SIZE];
    double d = asl_to_double(v);

    if (asl__tag(v) == ASL_INTEGER)
        asl__buf_append(buf, text, asl__integer_print(text, (int64_t)v.u.word.body));
    else if (isfinite(d))
        asl__buf_append(buf, text, asl__double_print_js(text, d));
    else
        asl__buf_append_cstring(buf, "null");
}

static void put_array(struct asl__buf *buf, asl_value v)
{
    asl__buf_append_char(buf, '[');
    for (uint32_t i = 0; i < asl__count(v) && buf->len <= MOST_TEXT; i++) {
        if (i > 0)
            asl__buf_append_char(buf, ',');
        put_value(buf, asl__items(v)[i]);
    }
    asl__buf_append_char(buf, ']');
}

static void put_object(struct asl__buf *buf, asl_value v)
{
    asl__buf_append_char(buf, '{');
    for (const asl_member *m = asl__members(v);
         m != asl__members_end(v) && buf->len <= MOST_TEXT; m++) {
        if (m != asl__members(v))
            asl__buf_append_char(buf, ',');
        asl__print_string(buf, asl_text(&m->key), asl_text_len(m->key));
        asl__buf_append_char(buf, ':');
        put_value(buf, m->value);
    }
    asl__buf_append_char(buf, '}');
}

static void put_value(struct asl__buf *buf, asl_value v)
{
    switch (asl_tag_of(v)) {
    case ASL_UNDEFINED: asl__buf_append_cstring(buf, "undefined"); break;
    case ASL_NULL: asl__buf_append_cstring(buf, "null"); break;
    case ASL_FALSE: asl__buf_append_cstring(buf, "false"); break;
    case ASL_TRUE: asl__buf_append_cstring(buf, "true"); break;
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_DECIMAL: put_number(buf, v); break;
    case ASL_SHORT:
    case ASL_LONG: asl__print_string(buf, asl_text(&v), asl_text_len(v)); break;
    case ASL_ARRAY: put_array(buf, v); break;
    case ASL_OBJECT: put_object(buf, v); break;
    case ASL_FAILURE:
    case ASL_FUNCTION:
    case ASL_UNSET: asl__buf_append_cstring(buf, "\"\""); break;
    }
}

/* ---- messages ------------------------------------------------------------------------ */

const char *asl__query_message(const char *code)
{
    size_t low = 0, high = ASL__COUNT_OF(messages);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(code, messages[middle].code);
        if (order == 0)
            return messages[middle].text;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return "";
}

struct parts {
    const char *token;
    asl_value value, value2;
};

static void put_part(struct asl__buf *buf, char which, const struct parts *parts)
{
    const char *token = parts->token ? parts->token : "";

    switch (which) {
    case 't':
        if (parts->token)
            asl__print_string(buf, token, strlen(token));
        else
            asl__buf_append_cstring(buf, "undefined");
        break;
    case 'T': asl__buf_append_cstring(buf, token); break;
    case 'v': put_value(buf, parts->value); break;
    case 'w': put_value(buf, parts->value2); break;
    case 'V':
        if (asl_is_string(parts->value))
            asl__buf_append(buf, asl_text(&parts->value), asl_text_len(parts->value));
        else
            put_value(buf, parts->value);
        break;
    }
}

static void put_message(struct asl__buf *buf, const char *text,
                        const struct parts *parts)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        asl__buf_append(buf, text, plain);
        text += plain;
        if (text[0] == '{') { /* {x} */
            put_part(buf, text[1], parts);
            text += 3;
        }
    }
}

/* Cuts what is too long, not within a character. */
static void cut(struct asl__buf *buf)
{
    if (buf->failed || buf->len <= MOST_TEXT)
        return;
    buf->len = MOST_TEXT;
    while (buf->len > 0 && ((unsigned char)buf->data[buf->len] & 0xC0) == 0x80)
        buf->len--;
    asl__buf_append_cstring(buf, "...");
}

asl_value asl_query_error2(asl_eval *e, const char *code, const char *token,
                           asl_value value, asl_value value2)
{
    char few[256];
    struct asl__buf buf = ASL__BUF_ON(few);
    asl_value v = asl_no_memory();

    put_message(&buf, asl__query_message(code), &(struct parts){ token, value, value2 });
    cut(&buf);
    if (!buf.failed)
        v = asl_query_fail(e, code, asl_string(e->region, buf.data, buf.len));
    asl__buf_free(&buf);
    return v;
}

asl_value asl_query_error(asl_eval *e, const char *code, const char *token,
                          asl_value value)
{
    return asl_query_error2(e, code, token, value, asl_undefined());
}

asl_value asl_query_fail(asl_eval *e, const char *code, asl_value message)
{
    return asl_error(e->region, code ? asl_cstring(e->region, code) : asl_undefined(),
                     message);
}

asl_value asl__too_much(asl_eval *e)
{
    return asl_query_fail(e, NULL,
                          asl_str("Expression evaluation memory limit exceeded: "
                                  "Check for excessive memory usage"));
}
