/* Timestamps of the ASL (RFC 3339 profile; ISO 8601 in UTC for output). */
#ifndef ASL_EXPR_TIME_H
#define ASL_EXPR_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parses `2016-03-14T01:59:00[.fraction](Z|+hh:mm|-hh:mm)`: upper-case T and Z, seconds
 * required, a real date, at most nine digits of fraction.  *MICROSECONDS counts from
 * 1970 (rounded down to whole ones).  False if TEXT is no such timestamp. */
bool asl__time_parse(const char *text, size_t len, int64_t *microseconds);
/* The same to the nanosecond. */
bool asl__time_parse_exact(const char *text, size_t len, int64_t *seconds,
                           uint32_t *nanoseconds);

/* Longest output of asl__time_print, without NUL. */
#define ASL__TIME_MAX 32
/* Prints `2016-03-14T01:59:00.000Z` and a NUL into BUF, which has ASL__TIME_MAX + 1
 * bytes; returns its length.  Milliseconds are rounded down. */
size_t asl__time_print(int64_t microseconds, char *buf);

/* Text that is read from the left. */
struct asl__cursor {
    const char *at, *end;
};
/* Goes past WANTED; false, and C stays, where something else is. */
bool asl__read_char(struct asl__cursor *c, char wanted);
/* Reads COUNT digits, a number from LEAST to MOST, into *OUT. */
bool asl__read_digits(struct asl__cursor *c, int count, unsigned least, unsigned most,
                      unsigned *out);

/* Days from 1970-01-01 to the date (proleptic Gregorian), and back. */
int64_t asl__days_of(int64_t year, unsigned month, unsigned day);
void asl__date_of(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
