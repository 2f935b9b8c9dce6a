/* Which states have been entered and which ways between them taken.
 *
 * The history says which state follows which.  A way is therefore a pair of states: rules of
 * a Choice, or catchers, that lead to the same state cannot be told apart. */
#include "value/small.h"

#include "value/base.h"

#include "program/test.h"

#define MOST_LINES 1000 /* of what was never taken, for one machine */

static bool add_scope(struct asl__covered *covered, const asl_machine *machine,
                      const asl_scope *scope)
{
    *covered = (struct asl__covered){ .machine = machine,
                                      .scope = scope,
                                      .entered = calloc(scope->nstates, sizeof(bool)),
                                      .taken = calloc(scope->nways + 1, sizeof(bool)) };
    return covered->entered != NULL && covered->taken != NULL;
}

bool asl__coverage_init(struct asl__coverage *coverage, const asl_program_def *def)
{
    size_t count = 0;

    *coverage = (struct asl__coverage){ NULL, 0, 0 };
    for (const asl_machine *const *m = def->machines; *m != NULL; m++)
        for (const asl_scope *const *s = (*m)->scopes; *s != NULL; s++)
            count++;
    coverage->scopes = calloc(count, sizeof *coverage->scopes);
    for (const asl_machine *const *m = def->machines; *m != NULL; m++)
        for (const asl_scope *const *s = (*m)->scopes; *s != NULL; s++)
            if (coverage->scopes == NULL ||
                !add_scope(&coverage->scopes[coverage->count++], *m, *s))
                return false;
    return true;
}

void asl__coverage_free(struct asl__coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        free(coverage->scopes[i].entered);
        free(coverage->scopes[i].taken);
    }
    free(coverage->scopes);
}

/* The first of SCOPE's ways from the state FROM or one behind it. */
static uint32_t first_way(const asl_scope *scope, uint32_t from)
{
    uint32_t low = 0, high = scope->nways;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (scope->ways[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void asl__coverage_step(struct asl__coverage *coverage, const asl_scope *scope,
                        uint32_t from, uint32_t to)
{
    size_t at = coverage->last, looked = 0;

    for (; coverage->scopes[at].scope != scope; at = (at + 1) % coverage->count)
        if (++looked > coverage->count)
            return; /* of no machine of this program */
    coverage->last = at;
    struct asl__covered *covered = &coverage->scopes[at];
    if (to != ASL_OUT)
        covered->entered[to] = true;
    if (from == ASL_OUT)
        return;
    for (uint32_t i = first_way(scope, from);
         i < scope->nways && scope->ways[i].from == from; i++)
        covered->taken[i] |= scope->ways[i].to == to;
}

/* ---- the report ----------------------------------------------------------------- */

struct figures {
    size_t states, entered, ways, taken;
};

/* Whether an earlier way of the scope leads from the same state to the same. */
static bool is_repeated(const asl_scope *scope, uint32_t way)
{
    for (uint32_t i = way; i-- > 0 && scope->ways[i].from == scope->ways[way].from;)
        if (scope->ways[i].to == scope->ways[way].to)
            return true;
    return false;
}

static void count(const struct asl__covered *covered, struct figures *figures)
{
    const asl_scope *scope = covered->scope;

    for (uint32_t i = 0; i < scope->nstates; i++) {
        figures->states += scope->states[i].role == ASL_ROLE_ENTRY;
        figures->entered += covered->entered[i];
    }
    for (uint32_t i = 0; i < scope->nways; i++)
        if (!is_repeated(scope, i)) {
            figures->ways++;
            figures->taken += covered->taken[i];
        }
}

/* A state's NAME as it stands, or as JSON where that would not be one line. */
static void print_name(struct asl__buf *buf, asl_value name)
{
    const char *text = asl_text(&name);
    bool plain = true;

    for (size_t i = 0; i < asl_text_len(name); i++)
        plain = plain && (unsigned char)text[i] >= ' ' && text[i] != 0x7f;
    if (plain)
        asl__buf_append(buf, text, asl_text_len(name));
    else
        asl__print(buf, name);
}

static void print_way(struct asl__buf *buf, const asl_scope *scope, uint32_t way)
{
    static const char *const kinds[] = { [ASL_WAY_NEXT] = "Next",
                                         [ASL_WAY_END] = "End",
                                         [ASL_WAY_RULE] = "Choice rule",
                                         [ASL_WAY_DEFAULT] = "Default",
                                         [ASL_WAY_CATCH] = "Catch" };
    const asl_way *first = &scope->ways[way], *end = scope->ways + scope->nways;

    asl__buf_append_cstring(buf, "# never taken: ");
    print_name(buf, scope->states[first->from].name);
    asl__buf_append_cstring(buf, " -> ");
    if (first->to == ASL_OUT)
        asl__buf_append_cstring(buf, "end");
    else
        print_name(buf, scope->states[first->to].name);
    for (const asl_way *w = first; w < end && w->from == first->from; w++) {
        if (w->to != first->to)
            continue;
        asl__buf_printf(buf, "%s%s", w == first ? " (" : ", ", kinds[w->kind]);
        if (w->number > 0)
            asl__buf_printf(buf, " %u", (unsigned)w->number);
    }
    asl__buf_append_cstring(buf, ")\n");
}

/* What is missing in one scope; *LINES counts them, and no more are printed once there are
 * enough. */
static void print_missing(const struct asl__covered *covered, struct asl__buf *buf,
                          size_t *lines)
{
    const asl_scope *scope = covered->scope;

    for (uint32_t i = 0; i < scope->nstates; i++) {
        if (scope->states[i].role != ASL_ROLE_ENTRY || covered->entered[i])
            continue;
        if (++*lines <= MOST_LINES) {
            asl__buf_append_cstring(buf, "# never entered: ");
            print_name(buf, scope->states[i].name);
            asl__buf_append_char(buf, '\n');
        }
    }
    for (uint32_t i = 0; i < scope->nways; i++)
        if (!covered->taken[i] && !is_repeated(scope, i) && ++*lines <= MOST_LINES)
            print_way(buf, scope, i);
}

void asl__coverage_print(const struct asl__coverage *coverage,
                         const asl_machine *machine, bool named, struct asl__buf *buf)
{
    struct figures figures = { 0, 0, 0, 0 };
    const struct asl__covered *scopes = coverage->scopes;
    size_t lines = 0;

    for (size_t i = 0; i < coverage->count; i++)
        if (scopes[i].machine == machine)
            count(&scopes[i], &figures);
    asl__buf_printf(buf, "# coverage%s%s: %zu of %zu states, %zu of %zu transitions\n",
                    named ? " of " : "", named ? machine->name : "", figures.entered,
                    figures.states, figures.taken, figures.ways);
    for (size_t i = 0; i < coverage->count; i++)
        if (scopes[i].machine == machine)
            print_missing(&scopes[i], buf, &lines);
    if (lines > MOST_LINES)
        asl__buf_printf(buf, "# and %zu more\n", lines - MOST_LINES);
}
