/* Any bytes as a file of test cases, and the report on each: a case that finds what it
 * expects is ok, and a report is made of whole lines of TAP. */
#include "base.h"

#include "fuzz.h"

#include "program/test.h"

static const asl_state states[] = {
    { ASL_TEXT("A"), ASL_TYPE_TASK, ASL_ROLE_ENTRY, 0, NULL },
    { ASL_TEXT("B"), ASL_TYPE_PASS, ASL_ROLE_ENTRY, 1, NULL }
};
static const asl_way ways[] = { { 0, 1, ASL_WAY_NEXT, 0 },
                                { 1, ASL_OUT, ASL_WAY_END, 0 } };
static const asl_scope scope = {
    .states = states, .nstates = 2, .ways = ways, .nways = 2
};
static const asl_scope *const scopes[] = { &scope, NULL };
static const asl_machine machine = { .name = "M", .scope = &scope, .scopes = scopes };
static const asl_machine *const machines[] = { &machine, NULL };
static const asl_program_def def = { .machines = machines };

/* Whether each line of the report BUF is one of a test point or of its diagnostics. */
static bool is_tap(const struct asl__buf *buf)
{
    const char *at = buf->data, *end = at + buf->len;

    for (size_t line = 0; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop || stop - at < 2 ||
            (line == 0 ? memcmp(at, "ok", 2) != 0 && memcmp(at, "no", 2) != 0
                       : memcmp(at, "  ", 2) != 0))
            return false;
        at = stop + 1;
    }
    return true;
}

static bool report(const struct asl__test_case *c, const struct asl__test_found *found,
                   asl_region *region)
{
    struct asl__buf buf = ASL__BUF_INIT;
    bool ok = asl__test_report(c, c->number, found, region, &buf);

    FUZZ_HOLDS(!buf.failed && is_tap(&buf) && buf.len < 60000);
    asl__buf_free(&buf);
    return ok;
}

static void check_case(const struct asl__test_case *c, asl_region *region)
{
    asl_value names[64], wanted = asl_get(c->expect, "visited");
    struct asl__visited visited = { .names = names,
                                    .room = 64,
                                    .all = asl_count(wanted) };
    struct asl__test_found found = { .status = c->status,
                                     .output = asl_get(c->expect, "output"),
                                     .error = asl_get(c->expect, "error"),
                                     .cause = asl_get(c->expect, "cause"),
                                     .visited = &visited };

    for (; visited.count < 64 && visited.count < visited.all; visited.count++)
        names[visited.count] = asl_at(wanted, visited.count);
    if (asl_is_undefined(found.output))
        found.output = asl_get(c->expect, "outputContains");
    if (!asl_is_undefined(found.cause) && !asl_is_string(found.cause))
        found.cause = asl_to_json(region, found.cause);
    if (visited.count == visited.all)
        FUZZ_HOLDS(report(c, &found, region));
    found.output = c->input;
    found.cause = c->name;
    report(c, &found, region);
    found.status = ASL__ABORTED;
    FUZZ_HOLDS(!report(c, &found, region));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct asl__cli_options options = { .filter = NULL };
    asl_region *region = asl_region_new();
    struct asl__buf error = ASL__BUF_INIT;
    struct asl__test_file file = { .name = "some/t.test.json",
                                   .def = &def,
                                   .machine = &machine,
                                   .options = &options,
                                   .region = region,
                                   .error = &error };

    if (!region)
        return 0;
    if (!asl__test_file_read(&file, size ? (const char *)data : "", size))
        FUZZ_HOLDS(error.len > 0);
    else
        for (size_t i = 0; i < file.count; i++)
            check_case(&file.cases[i], region);
    asl__buf_free(&error);
    asl_region_free(region);
    return 0;
}
