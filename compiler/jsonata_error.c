/* JSONata: what is wrong with an expression, in the reference implementation's words
 * (jsonata.md 15). */
#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "jsonata_parts.h"
#include "number.h"
#include "utf8.h"

/* More bytes of a text are not shown. */
enum { MOST_SHOWN = 100 };

static const struct {
    const char *code, *message;
} messages[] = {
    { "S0101", "String literal must be terminated by a matching quote" },
    { "S0102", "Number out of range: {token}" },
    { "S0103", "Unsupported escape sequence: \\{token}" },
    { "S0104", "The escape sequence \\u must be followed by 4 hex digits" },
    { "S0105", "Quoted property name must be terminated with a backquote (`)" },
    { "S0106", "Comment has no closing tag" },
    { "S0201", "Syntax error: {token}" },
    { "S0202", "Expected {value}, got {token}" },
    { "S0203", "Expected {value} before end of expression" },
    { "S0204", "Unknown operator: {token}" },
    { "S0207", "Unexpected end of expression" },
    { "S0208",
      "Parameter {value} of function definition must be a variable name (start "
      "with $)" },
    { "S0209", "A predicate cannot follow a grouping expression in a step" },
    { "S0210", "Each step can only have one grouping expression" },
    { "S0211", "The symbol {token} cannot be used as a unary operator" },
    { "S0212", "The left side of := must be a variable name (start with $)" },
    { "S0213", "The literal value {value} cannot be used as a step within a path "
               "expression" },
    { "S0214", "The right side of {token} must be a variable name (start with $)" },
    { "S0215", "A context variable binding must precede any predicates on a step" },
    { "S0216", "A context variable binding must precede the 'order-by' clause on a "
               "step" },
    { "S0217", "The object representing the 'parent' cannot be derived from this "
               "expression" },
    { "S0301", "Empty regular expressions are not allowed" },
    { "S0302", "No terminating / in regular expression" },
    { "S0401", "Type parameters can only be applied to functions and arrays" },
    { "S0402", "Choice groups containing parameterized types are not supported" },
};

static const char *message_of(const char *code)
{
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (strcmp(messages[i].code, code) == 0)
            return messages[i].message;
    return "";
}

/* Cuts the message where it is full, not within a character. */
static void end_message(struct jsonata_error *error, size_t len)
{
    error->message[asl__utf8_valid_prefix(error->message, len, true)] = '\0';
}

bool query_fail(struct query *q, const char *code, size_t offset, const char *token,
                const char *value)
{
    struct jsonata_error *error = q->error;
    const char *from = message_of(code), *insert = "";
    size_t len = 0;

    memcpy(error->code, code, strlen(code) + 1);
    error->offset = offset;
    while ((*from || *insert) && len < sizeof error->message - 1) {
        if (*insert) {
            error->message[len++] = *insert++;
        } else if (*from == '{') {
            insert = from[1] == 't' ? token : value;
            from = strchr(from, '}') + 1;
        } else {
            error->message[len++] = *from++;
        }
    }
    end_message(error, len);
    return false;
}

bool query_refuse(struct query *q, size_t offset, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(q->error->message, sizeof q->error->message, format, args);
    va_end(args);
    end_message(q->error, strlen(q->error->message));
    q->error->code[0] = '\0';
    q->error->offset = offset;
    return false;
}

const char *show_text(char buf[SHOWN_SIZE], struct expr_text text)
{
    bool cut = text.len > MOST_SHOWN;
    size_t len = cut ? MOST_SHOWN : text.len;
    char storage[SHOWN_SIZE];
    struct asl__buf out = ASL__BUF_ON(storage);

    if (cut)
        len = asl__utf8_valid_prefix(text.text, len, true);
    asl__print_string(&out, text.text, len);
    snprintf(buf, SHOWN_SIZE, "%s", asl__buf_cstring(&out));
    asl__buf_free(&out);
    if (cut)
        memcpy(buf + strlen(buf) - 1, "...\"", sizeof "...\"");
    return buf;
}

const char *show_token(char buf[SHOWN_SIZE], const struct token *token)
{
    if (token->kind == TOKEN_END)
        return "\"(end)\"";
    if (token->kind == TOKEN_REGEX)
        return "{}";
    if (token->kind == TOKEN_TRUE || token->kind == TOKEN_FALSE ||
        token->kind == TOKEN_NULL)
        snprintf(buf, SHOWN_SIZE, "%.*s", (int)token->text.len, token->text.text);
    else if (token->kind == TOKEN_NUMBER)
        asl__double_print_js(buf, token->number);
    else
        show_text(buf, token->text);
    return buf;
}
