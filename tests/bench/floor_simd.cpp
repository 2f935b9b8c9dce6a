// Reading JSON with simdjson.  usage: floor_simd INPUT RUNS; prints the median seconds.
#include "floor.h"

#include <simdjson.h>

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    int runs = atoi(argv[2]);
    double *times = (double *)calloc((size_t)runs, sizeof *times);
    simdjson::padded_string text = simdjson::padded_string::load(argv[1]).value();
    simdjson::dom::parser parser;

    for (int i = 0; i < runs; i++) {
        double begun = now();
        simdjson::dom::element root;
        if (parser.parse(text).get(root))
            return 1;
        times[i] = now() - begun;
    }
    printf("%.9g\n", median(times, runs));
    return 0;
}
