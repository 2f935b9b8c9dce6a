/* The tokens of JSON text (RFC 8259), split by the DFA that json.re describes.
 *
 * Both readers of JSON use it: text.c for whatever is off its fast path, and the
 * compiler's reader, which wants positions.  It reads [text, text + len) and never a
 * byte behind; NULs in the text are bytes like others.  UTF-8 is checked (overlong
 * forms, encoded surrogates and code points above U+10FFFF are refused).
 */
#ifndef ASL__JSON_LEX_H
#define ASL__JSON_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum asl__json_token {
    ASL__JSON_END,
    ASL__JSON_ERROR,
    ASL__JSON_OBJECT_OPEN,
    ASL__JSON_OBJECT_CLOSE,
    ASL__JSON_ARRAY_OPEN,
    ASL__JSON_ARRAY_CLOSE,
    ASL__JSON_COLON,
    ASL__JSON_COMMA,
    ASL__JSON_STRING,   /* with its quotes */
    ASL__JSON_INTEGER,  /* a number of digits alone, any length, maybe with a minus */
    ASL__JSON_FRACTION, /* a number with a decimal point or an exponent */
    ASL__JSON_TRUE,
    ASL__JSON_FALSE,
    ASL__JSON_NULL
};

struct asl__json_lexer {
    const char *text;   /* start of the whole text */
    const char *cursor; /* end of the last token; of an error: the offending byte */
    const char *end;    /* end of the whole text */
    const char *token;  /* start of the last token */
    bool escaped;       /* the last token is a string with a backslash in it */
    const char *error;  /* why the last token is ASL__JSON_ERROR: a literal, no period */
};

/* Sets LEXER to the start of LEN bytes at TEXT, which must outlive it. */
void asl__json_lexer_init(struct asl__json_lexer *lexer, const char *text, size_t len);

/* The next token; after ASL__JSON_END or ASL__JSON_ERROR the same again. */
enum asl__json_token asl__json_next(struct asl__json_lexer *lexer);

/* Writes what LEN bytes at BODY (between the quotes of a string token) stand for to
 * OUT, which has room for LEN bytes, and returns its length.  A surrogate pair becomes
 * one character, a lone surrogate its three bytes of WTF-8. */
size_t asl__json_unescape(const char *body, size_t len, char *out);

#endif
