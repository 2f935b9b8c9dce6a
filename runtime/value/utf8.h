/* UTF-8 and WTF-8 (UTF-8 that may also hold lone surrogates as three bytes each, the
 * form of strings in a value), and what Java and JavaScript count: UTF-16 units. */
#ifndef ASL__UTF8_H
#define ASL__UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes CODE (0..0x10FFFF, surrogates too) to OUT, 1 to 4 bytes; their number. */
size_t asl__utf8_encode(uint32_t code, char *out);

/* The code point at P, P < END; *LEN gets its bytes.  A byte that starts no well-formed
 * sequence counts as U+FFFD of one byte; encoded surrogates come as themselves. */
uint32_t asl__utf8_decode(const char *p, const char *end, size_t *len);

/* Whether LEN bytes at TEXT are well-formed UTF-8; WTF-8 too if SURROGATES. */
bool asl__utf8_valid(const char *text, size_t len, bool surrogates);

/* Bytes from START of the longest prefix that is well-formed. */
size_t asl__utf8_valid_prefix(const char *text, size_t len, bool surrogates);

/* The number of UTF-16 units and of code points in a WTF-8 text. */
size_t asl__utf8_utf16_len(const char *text, size_t len);
size_t asl__utf8_code_points(const char *text, size_t len);

/* The byte offset of UTF-16 unit INDEX (of code point INDEX); LEN when behind the end.
 * In the middle of a surrogate pair: the offset of the pair. */
size_t asl__utf8_utf16_offset(const char *text, size_t len, size_t index);
size_t asl__utf8_code_point_offset(const char *text, size_t len, size_t index);

/* The order of two WTF-8 texts by UTF-16 units: below, at or above zero. */
int asl__utf8_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/* Joins neighbouring surrogates (encoded as 3 + 3 bytes, as concatenation may leave
 * them) to one character of 4 bytes, in place; the new length. */
size_t asl__utf8_join_surrogates(char *text, size_t len);

#endif
