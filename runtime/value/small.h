/* Included before all else by files in which nothing is hot: they are compiled for size,
 * since every static program has them. */
#ifndef ASL__SMALL_H
#define ASL__SMALL_H

#if defined __GNUC__ && !defined __clang__ && defined __OPTIMIZE__
#pragma GCC optimize("Os")
#endif

#endif
