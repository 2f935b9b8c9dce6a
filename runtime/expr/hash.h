/* Hashes of text in hexadecimal digits (States.Hash, $hash). */
#ifndef ASL_EXPR_HASH_H
#define ASL_EXPR_HASH_H

#include <aslrt/value.h>

enum { ASL__HASH_MAX = 128 }; /* of SHA-512 */

/* Writes the hash of LEN bytes at TEXT to HEX, which has ASL__HASH_MAX bytes; its
 * length, or 0 where NAME, a string, is none of MD5, SHA-1, SHA-256, SHA-384, SHA-512.
 * */
size_t asl__hash_hex(asl_value name, const char *text, size_t len, char *hex);

#endif
