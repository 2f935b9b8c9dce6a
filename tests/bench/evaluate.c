/* Expressions that aslc has compiled (EXPRESSIONS, of aslc emit --expressions), timed.
 *
 * usage: evaluate INPUT RUNS [NUMBER]
 * Prints two lines for each expression (for the one of that number): its answer, and the median time of an evaluation in
 * seconds.  What an evaluation makes is taken from a region of its own and given back, and
 * both are in the time.  Memory that is free stays with the process, as the chunks of a
 * worker do. */
#include "floor.h"

#include <malloc.h>

#include EXPRESSIONS

__attribute__((noinline)) /* its instructions are counted */
static asl_value evaluate(asl_region *region, asl_value input, asl_value (*run)(asl_eval *))
{
    asl_eval e = { .region = region, .input = input };

    asl_eval_begin(&e);
    return asl_eval_end(&e, run(&e));
}

static void print_answer(asl_value input, const struct expression *x)
{
    asl_region *region = asl_region_new();
    asl_value v = evaluate(region, input, x->run);

    if (asl_is_error(v) || asl_is_undefined(v)) {
        fprintf(stderr, "expression %td gives nothing\n", x - expressions);
        exit(1);
    }
    asl_value text = asl_to_json(region, v);
    fwrite(asl_text(&text), 1, asl_text_len(text), stdout);
    putchar('\n');
    asl_region_free(region);
}

static double time_of(asl_value input, const struct expression *x, int runs)
{
    double *times = calloc((size_t)runs, sizeof *times), found;

    if (times == NULL)
        exit(2);
    for (int i = 0; i < runs; i++) {
        double start = now();
        asl_region *region = asl_region_new();
        evaluate(region, input, x->run);
        asl_region_free(region);
        times[i] = now() - start;
    }
    found = median(times, runs);
    free(times);
    return found;
}

int main(int argc, char **argv)
{
    size_t only = argc == 4 ? (size_t)atoi(argv[3]) : nexpressions, len;
    asl_region *region = asl_region_new();
    asl_syntax_error error;
    asl_value input;

    if (argc != 3 && argc != 4)
        return 2;
    mallopt(M_MMAP_THRESHOLD, 1 << 28);
    mallopt(M_TRIM_THRESHOLD, 1 << 28);
    char *text = contents(argv[1], &len);
    if (!asl_parse(region, text, len, &input, &error))
        return 2;
    for (size_t i = 0; i < nexpressions; i++) {
        if (only < nexpressions && only != i)
            continue;
        if (!expressions[i].run) {
            fprintf(stderr, "expression %zu: %s\n", i, expressions[i].message);
            return 1;
        }
        print_answer(input, &expressions[i]);
        printf("%.9f\n", time_of(input, &expressions[i], atoi(argv[2])));
    }
    asl_region_free(region);
    free(text);
    return 0;
}
