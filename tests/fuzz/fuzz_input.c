/* Any bytes as a file of inputs: whole, by lines (--each), and as input and context of an
 * execution. */
#include "base.h"

#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "machine/frame.h"
#include "program/cli.h"

static bool is_blank(const char *text, size_t len)
{
    return strspn(text, " \t\r") >= len;
}

/* LEN bytes at TEXT with padding behind them, to be freed. */
static char *padded(const char *text, size_t len)
{
    char *copy = calloc(1, len + ASL_PARSE_PADDING);

    FUZZ_HOLDS(copy != NULL);
    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

/* What is read where it is, with whatever stands behind it, is what is read alone. */
static void check_parse(const char *text, size_t len)
{
    asl_region *region = asl_region_new();
    char *copy = padded(text, len);
    asl_syntax_error error, other;
    asl_value v, w;

    FUZZ_HOLDS(region != NULL);
    bool taken = asl_parse_in(region, text, len, &v, &error);
    FUZZ_HOLDS(taken == asl_parse_in(region, copy, len, &w, &other));
    if (taken)
        FUZZ_HOLDS(asl_same_text(asl_to_json(region, v), asl_to_json(region, w)));
    else
        FUZZ_HOLDS(error.offset == other.offset && strcmp(error.message, other.message) == 0);
    free(copy);
    asl_region_free(region);
}

/* The lines of FILE are those of TEXT (terminated) that are not blank. */
static void check_lines(const char *file, const char *text, size_t len)
{
    struct asl__cli_lines lines;
    const char *line, *at = text, *end = text + len;
    size_t line_len, number = 0;
    int more;

    FUZZ_HOLDS(asl__cli_lines_open(&lines, file, NULL));
    while ((more = asl__cli_lines_next(&lines, &line, &line_len)) > 0) {
        const char *stop;
        do {
            FUZZ_HOLDS(at < end);
            stop = memchr(at, '\n', (size_t)(end - at));
            stop = stop ? stop : end;
            number++;
            if (!is_blank(at, (size_t)(stop - at)))
                break;
            at = stop + 1;
        } while (true);
        FUZZ_HOLDS(lines.number == number);
        FUZZ_HOLDS(line_len == (size_t)(stop - at) && memcmp(line, at, line_len) == 0);
        check_parse(line, line_len);
        at = stop + 1;
    }
    FUZZ_HOLDS(more == 0);
    for (; at < end; at++)
        FUZZ_HOLDS(strchr(" \t\r\n", *at) && *at != '\0');
    asl__cli_lines_close(&lines);
}

/* An execution on the first line, with the rest as its context. */
static void check_execution(const char *text, size_t len)
{
    static const asl_machine machine = { .name = "fuzz" };
    const char *line = memchr(text, '\n', len);
    size_t first = line ? (size_t)(line - text) : len;
    asl__options options = { .time_scale = 1, .seeded = true };
    asl__sched *sched = asl__sched_new(&options);
    char *input = padded(text, first);
    asl__start start = { .machine = &machine, .input = input, .input_len = first };
    asl_syntax_error error;

    FUZZ_HOLDS(sched != NULL);
    if (line) {
        start.context = line + 1;
        start.context_len = len - first - 1;
    }
    asl_execution *execution = asl__execution_new(sched, &start, &error);
    if (!execution)
        FUZZ_HOLDS(error.line > 0 && error.column > 0 && error.message[0]);
    asl__execution_free(execution);
    free(input);
    asl__sched_free(sched);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char zeros[ASL_PARSE_PADDING];
    char *text = calloc(1, size + 1), file[32];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    size_t len;

    FUZZ_HOLDS(text != NULL && fd >= 0);
    if (size > 0)
        memcpy(text, data, size);
    FUZZ_HOLDS(asl__cli_write_all(fd, text, size));
    snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
    char *whole = asl__cli_read_file(file, &len);
    FUZZ_HOLDS(whole && len == size && memcmp(whole, text, size) == 0);
    FUZZ_HOLDS(memcmp(whole + len, zeros, sizeof zeros) == 0);
    free(whole);
    check_lines(file, text, size);
    check_execution(text, size);
    close(fd);
    free(text);
    return 0;
}
