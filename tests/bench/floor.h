/* What the floors share: time, medians, files, and their one way of printing. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static inline double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[(count - 1) / 2];
}

/* The file's bytes with a NUL and padding behind them. */
static inline char *contents(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    long size;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
        perror(path);
        exit(2);
    }
    rewind(file);
    char *text = (char *)calloc(1, (size_t)size + 64);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
        exit(2);
    fclose(file);
    *len = (size_t)size;
    return text;
}

#endif
