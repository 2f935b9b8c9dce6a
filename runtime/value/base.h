/* What every .c of the run time includes first: compiler extensions, assertions,
 * overflow-safe sizes, and the list of functions nobody may call. */
#ifndef ASL__BASE_H
#define ASL__BASE_H

/* System headers that declare the banned functions, before the macros below. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__GNUC__)
#define ASL__UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ASL__NOINLINE __attribute__((noinline))
#define ASL__WEAK __attribute__((weak))
#define ASL__INLINE inline __attribute__((always_inline))
#define ASL__COLD __attribute__((cold, noinline))
#define ASL__PRINTF(format_, first_) __attribute__((format(printf, format_, first_)))
#define ASL__FALLTHROUGH __attribute__((fallthrough))
#define ASL__UNUSED __attribute__((unused))
#else
#define ASL__UNLIKELY(x) (x)
#define ASL__NOINLINE
#define ASL__WEAK
#define ASL__INLINE inline
#define ASL__COLD
#define ASL__PRINTF(format_, first_)
#define ASL__FALLTHROUGH ((void)0)
#define ASL__UNUSED
#endif

/* A 128-bit product is all we ask of it. */
#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 asl__u128;
#else
#error "a compiler with unsigned __int128 is needed"
#endif

/* An invariant of our own code or a duty of our caller, never a check of input; on in
 * debug builds (--enable-debug). */
#ifdef ASL_DEBUG
#define asl__check(cond, why)                                                          \
    ((cond) ? (void)0                                                                  \
            : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, why), abort()))
#else
#define asl__check(cond, why) ((void)sizeof((cond) ? (why) : (why)))
#endif

#define ASL__COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A + B into *OUT; false if it overflows. */
static inline bool asl__size_add(size_t a, size_t b, size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

/* A * B into *OUT; false if it overflows. */
static inline bool asl__size_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* Unbounded writes, hidden static state, silent errors. */
#undef strcpy
#undef strcat
#undef sprintf
#undef vsprintf
#undef strtok
#undef gmtime
#undef localtime
#undef asctime
#undef ctime
#undef atoi
#define strcpy(...) asl__banned_strcpy_use_memcpy
#define strcat(...) asl__banned_strcat_use_asl__buf
#define sprintf(...) asl__banned_sprintf_use_snprintf
#define vsprintf(...) asl__banned_vsprintf_use_vsnprintf
#define strtok(...) asl__banned_strtok_use_strchr
#define gmtime(...) asl__banned_gmtime_use_gmtime_r
#define localtime(...) asl__banned_localtime_use_localtime_r
#define asctime(...) asl__banned_asctime_use_strftime
#define ctime(...) asl__banned_ctime_use_strftime
#define atoi(...) asl__banned_atoi_use_strtoll

#endif
