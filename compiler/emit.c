/*
 * emit.c - a C file: scopes, their tables and dispatch functions, machines, main.
 *
 * Every statement that comes from the definition has a #line of its own; for the rest the
 * emitter counts the lines it has written and tells the C compiler where it is.
 */
#include "emit.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "aws.h"
#include "emit_parts.h"
#include "names.h"

/* ---- text --------------------------------------------------------------------- */

/* ---- lines -------------------------------------------------------------------- */

void emit_at(struct emitter *e, uint32_t at)
{
    uint32_t line = source_line(e->source, at);

    if (e->options->no_line) {
        if (line != e->line)
            text_printf(e->out, "%s/* line %u */\n", e->in_function ? "    " : "",
                        (unsigned)line);
    } else if (e->in_source) {
        text_printf(e->out, "#line %u\n", (unsigned)line);
    } else {
        text_printf(e->out, "#line %u %s\n", (unsigned)line,
                    names_string(e->arena, e->source->name, strlen(e->source->name)));
    }
    e->in_source = true;
    e->line = line;
}

/* The newlines in it. */
static size_t count_lines(struct text *text)
{
    const char *at = text->text + text->counted, *end = text->text + text->len;

    for (; at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++)
        text->lines++;
    text->counted = text->len;
    return text->lines;
}

void emit_here(struct emitter *e)
{
    if (e->in_source && !e->options->no_line)
        text_printf(e->out, "#line %zu %s\n", count_lines(e->out) + 2,
                    names_string(e->arena, e->options->file, strlen(e->options->file)));
    e->in_source = false;
    e->line = 0;
}

/* ---- tables of a state --------------------------------------------------------- */

/* Texts in tables of their own: gcc does not take them as constants within a literal of
 * an array. */
static void emit_texts(struct emitter *e, const struct errors *errors, const char *owner,
                       size_t number)
{
    text_printf(e->out, "static const asl_value %s__errors%zu[] = { ", owner, number);
    for (size_t i = 0; i < errors->count; i++) {
        text_puts(e->out, i ? ", " : "");
        put_text_initialiser(e, e->out, errors->names[i]->text, errors->names[i]->len);
    }
    text_puts(e->out, " };\n");
}

static void emit_errors(struct emitter *e, const struct errors *errors, const char *owner,
                        size_t number)
{
    text_printf(e->out, "{ .errors = %s__errors%zu, .nerrors = %zu", owner, number,
                errors->count);
}

static void emit_retrier(struct emitter *e, const struct retrier *r)
{
    text_printf(e->out, ",\n          .wait = %lld, .attempts = %lld, .backoff = %.17g",
                (long long)r->interval, (long long)r->attempts, r->backoff);
    if (r->max_delay)
        text_printf(e->out, ", .max_delay = %lld", (long long)r->max_delay);
    text_puts(e->out, r->jitter == JITTER_FULL ? ", .jitter = true }" : " }");
}

static void emit_policy(struct emitter *e, const struct ir_scope *scope,
                        const struct ir_state *state)
{
    const struct state *s = state->state;
    const char *end = s->ncatchers && s->nretriers ? " }," : " } };\n";

    if (!s->nretriers && !s->ncatchers)
        return;
    for (size_t i = 0; i < s->nretriers; i++)
        emit_texts(e, &s->retriers[i].errors, state->name, i + 1);
    for (size_t i = 0; i < s->ncatchers; i++)
        emit_texts(e, &s->catchers[i].errors, state->name, s->nretriers + i + 1);
    text_printf(e->out, "static const asl_policy %s__policy = {", state->name);
    if (s->nretriers) {
        text_printf(e->out, "\n    .nretry = %zu, .retry = (const asl_retry[]){", s->nretriers);
        for (size_t i = 0; i < s->nretriers; i++) {
            text_puts(e->out, i ? ",\n        " : "\n        ");
            emit_errors(e, &s->retriers[i].errors, state->name, i + 1);
            emit_retrier(e, &s->retriers[i]);
        }
        text_puts(e->out, end);
    }
    if (!s->ncatchers)
        return;
    text_printf(e->out, "\n    .ncatch = %zu, .catches = (const asl_catch[]){", s->ncatchers);
    for (size_t i = 0; i < s->ncatchers; i++) {
        const struct state *target = s->catchers[i].next.target;

        text_puts(e->out, i ? ",\n        " : "\n        ");
        emit_errors(e, &s->catchers[i].errors, state->name, s->nretriers + i + 1);
        text_printf(e->out, ", .next = %s }",
                    state->caught[i] ? state->caught[i]->enumerator
                                     : scope->states[target->index].entry->enumerator);
    }
    text_puts(e->out, " } };\n");
}

static void emit_task(struct emitter *e, const struct ir_task *task)
{
    text_printf(e->out, "static const asl_task %s = {\n    .state = ", task->name);
    put_text_initialiser(e, e->out, task->state->name, task->state->len);
    text_puts(e->out, ",\n    .resource = ");
    put_text_initialiser(e, e->out, task->resource->text, task->resource->len);
    text_puts(e->out, ",\n    .action = ");
    put_text_initialiser(e, e->out, task->action.text, task->action.len);
    text_puts(e->out, ", .service = ");
    put_text_initialiser(e, e->out, task->service.text, task->service.len);
    if (task->function.len) {
        text_puts(e->out, ",\n    .function = ");
        put_text_initialiser(e, e->out, task->function.text, task->function.len);
    }
    if (task->machine.len) {
        text_puts(e->out, ",\n    .machine = ");
        put_text_initialiser(e, e->out, task->machine.text, task->machine.len);
    }
    text_printf(e->out, ",\n    .kind = %s, .pattern = %s", task->kind, task->pattern);
    if (task->invoke)
        text_puts(e->out, ", .invoke = true");
    text_printf(e->out, ", .index = %zu", task->index);
    if (task->timeout)
        text_printf(e->out, ", .timeout = %lld", (long long)task->timeout);
    if (task->heartbeat)
        text_printf(e->out, ", .heartbeat = %lld", (long long)task->heartbeat);
    if (task->limit_paths)
        text_puts(e->out, ", .limit_paths = true");
    if (task->handler)
        text_printf(e->out, ",\n    .handler = &asl_handler_%s", task->handler->name);
    if (task->aws && e->options->aws) {
        text_puts(e->out, ",\n    .aws = &");
        put_aws_name(e, task->aws);
    }
    text_puts(e->out, " };\n");
}

static void emit_parallel(struct emitter *e, const struct ir_state *state)
{
    size_t count = state->state->nbranches;

    text_printf(e->out,
                "static const asl_parallel %s__parallel = {\n"
                "    (const asl_scope *const[]){",
                state->name);
    for (size_t i = 0; i < count; i++)
        text_printf(e->out, "%s&%s__scope", i ? ", " : " ", state->inner[i]->name);
    text_printf(e->out, " }, %zu };\n", count);
}

static void emit_map(struct emitter *e, const struct ir_state *state)
{
    const struct state *s = state->state;
    const struct ir_map *map = state->map;
    const struct node *label = s->field[FIELD_LABEL];
    bool tolerant = s->field[FIELD_TOLERATED_COUNT] || s->field[FIELD_TOLERATED_PERCENTAGE] ||
                    s->field[FIELD_TOLERATED_COUNT_PATH] ||
                    s->field[FIELD_TOLERATED_PERCENTAGE_PATH];

    text_printf(e->out, "static const asl_map %s__map = {\n    .scope = ", state->name);
    if (state->inner[0])
        text_printf(e->out, "&%s__scope", state->inner[0]->name);
    else
        text_puts(e->out, "NULL"); /* tested by itself: no item is run */
    if (map->select)
        text_printf(e->out, ", .select = %s, .ngiven = %zu", map->select->name,
                    map->select->ngiven);
    if (map->select && map->select->ngiven > 1)
        text_printf(e->out, ", .give = %s", map->select->give->name);
    if (map->batch_input)
        text_printf(e->out, ", .batch_input = %s", map->batch_input->name);
    if (s->distributed)
        text_puts(e->out, ", .distributed = true");
    if (tolerant)
        text_puts(e->out, ", .tolerant = true");
    if (s->max_concurrency > 0)
        text_printf(e->out, ", .max_concurrency = %lld", (long long)s->max_concurrency);
    if (s->tolerated_count > 0)
        text_printf(e->out, ", .tolerated_count = %lld", (long long)s->tolerated_count);
    if (s->tolerated_percentage > 0)
        text_printf(e->out, ", .tolerated_percentage = %.17g", s->tolerated_percentage);
    if (map->batch_items)
        text_printf(e->out, ", .batch_items = %lld", (long long)map->batch_items);
    if (map->batch_bytes)
        text_printf(e->out, ", .batch_bytes = %lld", (long long)map->batch_bytes);
    if (node_is_string(label)) {
        text_puts(e->out, ",\n    .label = ");
        put_text_initialiser(e, e->out, label->text, label->len);
    }
    text_puts(e->out, " };\n");
}

/* What a state's entry function refers to. */
static void emit_descriptor(struct emitter *e, const struct ir_state *state)
{
    if (!state->task && !state->inner)
        return;
    emit_here(e);
    if (state->task)
        emit_task(e, state->task);
    else if (state->map)
        emit_map(e, state);
    else
        emit_parallel(e, state);
}

/* ---- scopes ------------------------------------------------------------------- */

static void emit_enum(struct emitter *e, const struct ir_scope *scope)
{
    size_t column = 6;

    text_puts(e->out, "enum {");
    for (size_t i = 0; i < scope->npoints; i++) {
        const char *name = scope->points[i].enumerator;
        const char *end = i + 1 < scope->npoints ? "," : " };\n";

        if (column + strlen(name) + 4 > WIDEST) {
            text_puts(e->out, "\n   ");
            column = 3;
        }
        text_printf(e->out, " %s%s", name, end);
        column += strlen(name) + 2;
    }
}

const char *emit_type_name(enum state_type type)
{
    static const char *const names[] = {
        [STATE_PASS] = "PASS",         [STATE_TASK] = "TASK",       [STATE_CHOICE] = "CHOICE",
        [STATE_WAIT] = "WAIT",         [STATE_SUCCEED] = "SUCCEED", [STATE_FAIL] = "FAIL",
        [STATE_PARALLEL] = "PARALLEL", [STATE_MAP] = "MAP"};

    return names[type];
}

static const char *const role_names[] = {"ENTRY", "DONE", "CATCH"};

/* Whether STATE's context has a task token. */
static bool has_token(const struct ir_state *state)
{
    return state->task && strcmp(state->task->pattern, "ASL_REQUEST_RESPONSE") != 0;
}

static void emit_states(struct emitter *e, const struct ir_scope *scope)
{
    text_printf(e->out, "static const asl_state %s__states[] = {", scope->name);
    for (size_t i = 0; i < scope->npoints; i++) {
        const struct ir_point *point = &scope->points[i];
        const struct state *s = point->state;

        text_printf(e->out, "%s\n    [%s] = { ", i ? "," : "", point->enumerator);
        put_text_initialiser(e, e->out, s->name, s->len);
        text_printf(e->out, ", ASL_TYPE_%s, ASL_ROLE_%s, %s, ",
                    has_token(&scope->states[s->index]) ? "CALLBACK" : emit_type_name(s->type),
                    role_names[point->role], scope->points[point->entry].enumerator);
        if (s->nretriers || s->ncatchers)
            text_printf(e->out, "&%s__policy }", scope->states[s->index].name);
        else
            text_puts(e->out, "NULL }");
    }
    text_puts(e->out, " };\n");
}

enum { MOST_FOLLOWING = 2 };

/* Adds TARGET to the first MOST_FOLLOWING ones. */
static void add_target(const struct state *target, const struct state **targets, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        if (targets[i] == target)
            return;
    if (target && *n < MOST_FOLLOWING)
        targets[(*n)++] = target;
}

/* The points to which POINT leads most often, among those from BEGIN to END: the only
 * one that follows when its state succeeds, or the first that a Choice names; how many. */
static size_t following(const struct ir_scope *scope, const struct ir_point *point,
                        size_t begin, size_t end, const struct ir_point **next)
{
    const struct state *state = point->state, *targets[MOST_FOLLOWING];
    size_t n = 0, found = 0;

    if (point->role == IR_ROLE_ENTRY && state->type == STATE_CHOICE) {
        for (size_t i = 0; i < state->nrules; i++)
            add_target(state->rules[i].next.target, targets, &n);
        add_target(state->otherwise.target, targets, &n);
    } else if (point->role == IR_ROLE_ENTRY && state->type == STATE_TASK) {
        const struct ir_point *done = scope->states[state->index].done;
        if (done && done->index >= begin && done->index < end)
            next[found++] = done; /* a C handler answers at once */
    } else if (point->role == IR_ROLE_DONE ||
               (point->role == IR_ROLE_ENTRY && state->type == STATE_PASS)) {
        add_target(state->next.target, targets, &n);
    }
    for (size_t i = 0; i < n; i++) {
        const struct ir_point *entry = scope->states[targets[i]->index].entry;
        if (entry->index >= begin && entry->index < end)
            next[found++] = entry;
    }
    return found;
}

static void emit_cases(struct emitter *e, const struct ir_scope *scope, size_t begin,
                       size_t end, bool returns)
{
    const char *indent = returns ? "    " : "        ";
    bool *reached = arena_alloc(e->arena, (end - begin) * sizeof *reached);
    const struct ir_point *next[MOST_FOLLOWING];

    memset(reached, 0, (end - begin) * sizeof *reached);
    for (size_t i = begin; i < end; i++) {
        size_t n = following(scope, &scope->points[i], begin, end, next);
        for (size_t j = 0; j < n; j++)
            reached[next[j]->index - begin] = true;
    }
    for (size_t i = begin; i < end; i++) {
        const struct ir_point *point = &scope->points[i];
        size_t n = following(scope, point, begin, end, next);

        text_printf(e->out, "%scase %s: ", indent, point->enumerator);
        if (reached[i - begin])
            text_printf(e->out, "%s: ", point->name);
        text_printf(e->out, "next = %s(f); ", point->name);
        for (size_t j = 0; j < n; j++)
            text_printf(e->out, "if (asl_follows(f, next, %s)) goto %s; ",
                        next[j]->enumerator, next[j]->name);
        text_puts(e->out, returns ? "return next;\n" : "break;\n");
    }
}
static void emit_pages(struct emitter *e, const struct ir_scope *scope)
{
    for (size_t begin = 0; begin < scope->npoints; begin += PAGE) {
        size_t end = begin + PAGE < scope->npoints ? begin + PAGE : scope->npoints;

        text_printf(e->out,
                    "static ASL_NOINLINE asl_next %s__page%zu(asl_frame *f)\n{\n"
                    "    asl_next next;\n"
                    "    switch (f->state) {\n",
                    scope->name, begin / PAGE);
        emit_cases(e, scope, begin, end, true);
        text_puts(e->out, "    }\n    return ASL_FAILED; /* not reached */\n}\n");
    }
}

static void emit_dispatch(struct emitter *e, const struct ir_scope *scope)
{
    bool pages = scope->npoints > PAGE;

    if (emit_dispatch_alone(e, scope))
        return;
    if (pages)
        emit_pages(e, scope);
    text_printf(e->out,
                "static asl_next %s__dispatch(asl_frame *f)\n{\n"
                "    asl_next next = ASL_GO_ON;\n"
                "    while (asl_more(f, &next)) /* false: parked, over, or its turn is spent */\n"
                "        switch (f->state%s) {\n",
                scope->name, pages ? " / 64" : "");
    if (!pages)
        emit_cases(e, scope, 0, scope->npoints, false);
    else
        for (size_t i = 0; i * PAGE < scope->npoints; i++)
            text_printf(e->out, "        case %zu: next = %s__page%zu(f); break;\n", i,
                        scope->name, i);
    text_puts(e->out, "        }\n    return next;\n}\n");
}

/* ---- the ways between states, which nothing but coverage reads -------------------- */

/* One more of the COUNT ways so far; a TARGET of NULL is the scope's end. */
static void emit_way(struct emitter *e, const struct ir_scope *scope, size_t *count,
                     const struct ir_state *from, const struct state *target,
                     const char *kind, size_t number)
{
    if (*count == 0)
        text_printf(e->out, "static const asl_way %s__ways[] = {", scope->name);
    text_printf(e->out, "%s\n    { %s, %s, ASL_WAY_%s, %zu }", *count ? "," : "",
                from->entry->enumerator,
                target ? scope->states[target->index].entry->enumerator : "ASL_OUT", kind,
                number);
    ++*count;
}

static void emit_ways_of(struct emitter *e, const struct ir_scope *scope, size_t *count,
                         const struct ir_state *from)
{
    const struct state *s = from->state;

    if (s->end)
        emit_way(e, scope, count, from, NULL, "END", 0);
    else if (s->next.target)
        emit_way(e, scope, count, from, s->next.target, "NEXT", 0);
    for (size_t i = 0; i < s->nrules; i++)
        emit_way(e, scope, count, from, s->rules[i].next.target, "RULE", i + 1);
    if (s->otherwise.target)
        emit_way(e, scope, count, from, s->otherwise.target, "DEFAULT", 0);
    for (size_t i = 0; i < s->ncatchers; i++)
        emit_way(e, scope, count, from, s->catchers[i].next.target, "CATCH", i + 1);
}

/* In the order of the states' enumerators; how many there are. */
static size_t emit_ways(struct emitter *e, const struct ir_scope *scope)
{
    size_t count = 0;

    for (size_t i = 0; i < scope->npoints; i++)
        if (scope->points[i].role == IR_ROLE_ENTRY)
            emit_ways_of(e, scope, &count, &scope->states[scope->points[i].state->index]);
    text_puts(e->out, count ? " };\n" : "");
    return count;
}

static void emit_scope_object(struct emitter *e, const struct ir_scope *scope)
{
    size_t nways = emit_ways(e, scope);
    const struct scope *s = scope->scope;

    for (size_t i = 0; i < s->nvariables; i++) {
        if (i == 0)
            text_printf(e->out, "static const asl_value %s__variables[] = { ", scope->name);
        text_puts(e->out, i ? ", " : "");
        put_text_initialiser(e, e->out, s->variables[i].name, s->variables[i].len);
    }
    text_puts(e->out, s->nvariables ? " };\n" : "");
    text_printf(e->out, "static const asl_scope %s__scope = {\n    %s__states, %zu, %zu, ",
                scope->name, scope->name, scope->npoints, s->nvariables);
    if (s->nvariables)
        text_printf(e->out, "%s__variables", scope->name);
    text_printf(e->out, "%s, %s__dispatch, %s,\n    ", s->nvariables ? "" : "NULL", scope->name,
                scope->clock ? "ASL_SCOPE_CLOCK" : "0");
    if (nways)
        text_printf(e->out, "%s__ways, %zu };\n", scope->name, nways);
    else
        text_puts(e->out, "NULL, 0 };\n");
}

static void emit_scope(struct emitter *e, const struct ir_scope *scope)
{
    text_puts(e->out, "\n");
    emit_enum(e, scope);
    for (size_t i = 0; i < scope->scope->nstates; i++)
        emit_policy(e, scope, &scope->states[i]);
    emit_states(e, scope);
    text_puts(e->out, "\n");
    for (const struct ir_function *fn = scope->functions; fn; fn = fn->next) {
        if (fn->point && fn->point->role == IR_ROLE_ENTRY)
            emit_descriptor(e, &scope->states[fn->point->state->index]);
        emit_function(e, fn);
    }
    emit_here(e);
    emit_dispatch(e, scope);
    emit_scope_object(e, scope);
}

/* ---- machines ----------------------------------------------------------------- */

static void emit_definition(struct emitter *e, const struct ir_unit *unit)
{
    const struct source *source = unit->machine->source;

    text_printf(e->out, "\nstatic const char %s__definition[] =", unit->name);
    for (size_t line = 1; line <= source->nlines; line++) {
        size_t begin = source->line_start[line - 1];
        size_t end = line < source->nlines ? source->line_start[line] : source->len;

        if (end == begin)
            continue;
        text_puts(e->out, "\n    ");
        put_literal(e, e->out, source->text + begin, end - begin);
    }
    text_puts(e->out, source->len ? ";\n" : " \"\";\n");
}

/* The top scope first, then those in its states. */
static void emit_scopes(struct emitter *e, const struct ir_unit *unit)
{
    text_printf(e->out, "static const asl_scope *const %s__scopes[] = {\n    &%s__scope, ",
                unit->name, unit->root->name);
    for (const struct ir_scope *scope = unit->scopes; scope; scope = scope->next)
        if (scope != unit->root)
            text_printf(e->out, "&%s__scope,\n    ", scope->name);
    text_puts(e->out, "NULL };\n");
}

static void emit_machine(struct emitter *e, const struct ir_unit *unit)
{
    const struct machine *m = unit->machine;

    emit_definition(e, unit);
    emit_scopes(e, unit);
    text_printf(e->out, "const asl_machine %s_machine = {\n    ", unit->name);
    put_literal(e, e->out, m->name, strlen(m->name));
    text_printf(e->out, ", &%s__scope, %lld, %s, %s__definition, sizeof %s__definition - 1,\n    %s__scopes };\n",
                unit->root->name, (long long)m->timeout,
                m->type == MACHINE_EXPRESS ? "true" : "false", unit->name, unit->name, unit->name);
}

static void emit_def(struct emitter *e)
{
    const struct ir_program *program = e->program;
    const char *const *modules = e->options->modules;

    if (e->options->no_main)
        text_printf(e->out, "\nconst asl_program_def %s_program = {\n", e->prefix);
    else
        text_puts(e->out, "\nstatic const asl_program_def program = {\n");
    text_puts(e->out, "    .abi = &asl_abi_1, .machines = (const asl_machine *const[]){ ");
    for (const struct ir_unit *unit = program->units; unit; unit = unit->next)
        text_printf(e->out, "&%s_machine, ", unit->name);
    text_puts(e->out, "NULL },\n    .tasks = (const asl_task *const[]){ ");
    for (const struct ir_task *task = program->tasks; task; task = task->next)
        text_printf(e->out, "%s&%s,%s", task->index ? "        " : "", task->name,
                    task->next ? "\n" : " ");
    text_puts(e->out, "NULL },\n    .modules = (const asl_module *const[]){ ");
    for (size_t i = 0; modules && modules[i]; i++)
        text_printf(e->out, "&asl_module_%s, ", modules[i]);
    text_puts(e->out, "NULL } };\n");
    if (program->inspected)
        emit_tested(e);
    else if (!e->options->no_main)
        text_puts(e->out,
                  "int main(int argc, char **argv) { return asl_main(argc, argv, &program); }\n");
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool has_long_text(const struct emitter *e)
{
    for (size_t i = 0; i < e->nconstants; i++)
        if (!e->constants[i]->node && e->constants[i]->len > LONGEST_LITERAL)
            return true;
    for (const struct ir_unit *unit = e->program->units; unit; unit = unit->next)
        if (unit->machine->source->len > LONGEST_LITERAL)
            return true;
    return false;
}

/* Whether there are so many states and expressions that the C compiler would take minutes
 * over what they do in place (see ASL_INLINE in value.h). */
static bool is_large(const struct ir_program *program)
{
    size_t points = program->nqueries;

    for (const struct ir_unit *unit = program->units; unit; unit = unit->next)
        for (const struct ir_scope *scope = unit->scopes; scope; scope = scope->next)
            points += scope->npoints;
    return points > LARGE;
}

static void emit_top(struct emitter *e)
{
    const struct ir_program *program = e->program;

    text_puts(e->out, "/* Generated by aslc 0.1 from");
    for (const struct ir_unit *unit = program->units; unit; unit = unit->next) {
        const char *name = base_name(unit->machine->source->name);

        text_printf(e->out, "%s %s", unit == program->units ? "" : ",",
                    names_comment(e->arena, name, strlen(name)));
    }
    text_puts(e->out, ".  Do not edit. */\n");
    if (e->is_large)
        /* The C compiler would take minutes. */
        text_puts(e->out, "#define ASL_LARGE /* functions, not inlined code */\n"
                          "#if defined __OPTIMIZE__ && !defined __clang__\n"
                          "#pragma GCC optimize (\"O1\", \"no-var-tracking\")\n"
                          "#endif\n");
    text_puts(e->out, e->program->has_jsonata ? "#include <aslrt/evaluate.h>\n"
                                              : "#include <aslrt/machine.h>\n");
    if (program->aws && e->options->aws)
        text_puts(e->out, "#include <aslrt/aws.h>\n");
    if (program->inspected)
        text_puts(e->out, "#include <aslrt/inspect.h>\n");
    text_printf(e->out, "_Static_assert(ASL_ABI == 1, %s);\n",
                names_string(e->arena, "made for another libaslrt: run aslc again", 41));
    if (has_long_text(e))
        text_puts(e->out, "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n");
    if (program->handlers)
        text_puts(e->out, "\n/* C functions that may be linked in. */\n");
    for (const struct ir_handler *h = program->handlers; h; h = h->next)
        text_printf(e->out, "extern const asl_handler asl_handler_%s ASL_WEAK;\n", h->name);
}

void emit_program(struct text *out, const struct ir_program *program,
                  const struct emit_options *options)
{
    struct text constants = {0}, *real = out;
    struct emitter e = {.out = &constants,
                        .program = program,
                        .options = options,
                        .arena = program->arena,
                        .prefix = program->units->name};

    ir_finish((struct ir_program *)(uintptr_t)program);
    text_puts(&constants, "");
    e.is_large = is_large(program);
    emit_constants(&e);
    find_alike(&e);
    e.out = real;
    emit_top(&e);
    text_add(real, constants.text, constants.len);
    free(constants.text);
    if (options->aws)
        emit_aws(&e);
    for (const struct ir_unit *unit = program->units; unit; unit = unit->next) {
        e.source = unit->machine->source;
        for (const struct ir_scope *scope = unit->scopes; scope; scope = scope->next)
            emit_scope(&e, scope);
        emit_machine(&e, unit);
    }
    emit_def(&e);
}

void emit_header(struct text *out, const struct ir_program *program,
                 const struct emit_options *options)
{
    const char *prefix = program->units->name;
    const char *guard = names_upper(program->arena, prefix);

    text_printf(out,
                "/* Generated by aslc 0.1.  Do not edit. */\n#ifndef %s_WORKFLOW_H\n"
                "#define %s_WORKFLOW_H\n\n#include <aslrt/machine.h>\n\n",
                guard, guard);
    text_puts(out, "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for (const struct ir_unit *unit = program->units; unit; unit = unit->next)
        text_printf(out, "extern const asl_machine %s_machine;\n", unit->name);
    if (options->no_main)
        text_printf(out, "extern const asl_program_def %s_program;\n", prefix);
    text_puts(out, "#ifdef __cplusplus\n}\n#endif\n#endif\n");
}
