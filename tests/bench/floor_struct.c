/* W1 and W2 with a struct and no JSON: what is left of a workflow when nothing but its
 * control flow is.  Each state really stores and loads its successor.
 *
 * usage: floor_struct w1|w2 RUNS; prints the median seconds of a transition. */
#include "floor.h"

struct run {
    int state;
    long at, end;
};

__attribute__((noinline)) static long chain(struct run *r)
{
    long n = 1;

    for (r->state = 0; r->state < 999; n++) {
        r->state++;
        __asm__ volatile("" : : : "memory");
    }
    return n;
}

__attribute__((noinline)) static long loop(struct run *r)
{
    enum { AGAIN, COUNT, OVER };
    long n = 0;

    for (r->state = AGAIN;; n++) {
        switch (r->state) {
        case AGAIN: r->state = r->at < r->end ? COUNT : OVER; break;
        case COUNT:
            r->at++;
            r->state = AGAIN;
            break;
        case OVER: return n + 1;
        }
        __asm__ volatile("" : : : "memory");
    }
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int runs = atoi(argv[2]), is_chain = strcmp(argv[1], "w1") == 0;
    double *times = calloc((size_t)runs, sizeof *times);

    for (int i = 0; i < runs; i++) {
        struct run r = { 0, 0, 100000 };
        double begun = now();
        long n = 0;
        if (is_chain)
            for (int k = 0; k < 100; k++)
                n += chain(&r);
        else
            n = loop(&r);
        times[i] = (now() - begun) / (double)n;
    }
    printf("%.9g\n", median(times, runs));
    return 0;
}
