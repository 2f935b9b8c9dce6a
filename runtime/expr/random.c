/* Random numbers: xoshiro256** (Blackman and Vigna, public domain), seeded by splitmix64. */
#include "../value/base.h"

#include <aslrt/ops.h>

void asl_random_seed(asl_random *random, uint64_t seed)
{
    for (size_t i = 0; i < ASL__COUNT_OF(random->state); i++) {
        seed += UINT64_C(0x9E3779B97F4A7C15);
        uint64_t z = (seed ^ (seed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        random->state[i] = z ^ (z >> 31);
    }
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

uint64_t asl_random_next(asl_random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double asl_random_double(asl_random *random)
{
    return (double)(asl_random_next(random) >> 11) * 0x1p-53;
}

uint64_t asl_random_below(asl_random *random, uint64_t limit)
{
    /* What lies above the largest multiple of LIMIT would make small numbers likelier. */
    uint64_t most = UINT64_MAX - UINT64_MAX % limit, n;

    do
        n = asl_random_next(random);
    while (n >= most);
    return n % limit;
}
