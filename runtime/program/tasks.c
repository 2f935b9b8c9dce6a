/* The task bindings of a run: --tasks, --mock FILE#CASE, handlers. */
#include "value/small.h"

#include "value/base.h"

#include "program/cli.h"

#include <errno.h>

/* FILE's text; NULL with a message. */
static char *read_text(const char *file, size_t *len, struct asl__buf *error)
{
    char *text = asl__cli_read_file(file, len);

    if (text == NULL) {
        const char *why = strerrordesc_np(errno);
        asl__buf_printf(error, "%s: %s", file, why != NULL ? why : "unknown error");
    }
    return text;
}

/* ---- with the task layer ---------------------------------------------------------- */

static bool load_bindings(const struct asl__cli_bound *bound,
                          const struct asl__cli_bindings *from, struct asl__buf *error)
{
    size_t len = from->len;
    char *read = NULL;

    if (from->file == NULL)
        return true;
    if (from->text == NULL && (read = read_text(from->file, &len, error)) == NULL)
        return false;
    bool good = bound->layer->load(bound->set, from->file,
                                   read != NULL ? read : from->text, len, error);
    free(read);
    return good;
}

/* Splits OPTION, FILE#CASE; *FILE is to be freed. */
static bool split_mock(const char *option, char **file, const char **name,
                       struct asl__buf *error)
{
    const char *hash = strrchr(option, '#');

    if (hash == NULL || hash == option || hash[1] == '\0') {
        asl__buf_printf(error, "--mock wants FILE#CASE, not \"%s\"", option);
        return false;
    }
    *name = hash + 1;
    *file = strndup(option, (size_t)(hash - option));
    if (*file == NULL)
        asl__buf_append_cstring(error, "out of memory");
    return *file != NULL;
}

static bool load_mocks(const struct asl__cli_bound *bound,
                       const struct asl__cli_tasks *wanted, struct asl__buf *error)
{
    asl__mock_case chosen = { .machine = wanted->machine->name,
                              .is_inline = asl_is_object(wanted->states),
                              .states = wanted->states };
    char *file;

    if (chosen.is_inline) {
        chosen.file = "mock";
        return bound->layer->mock(bound->set, &chosen, error);
    }
    if (wanted->mock == NULL)
        return true;
    if (!split_mock(wanted->mock, &file, &chosen.name, error))
        return false;
    char *text = read_text(file, &chosen.len, error);
    chosen.file = file;
    chosen.text = text;
    bool good = text != NULL && bound->layer->mock(bound->set, &chosen, error);
    free(text);
    free(file);
    return good;
}

static bool bind(struct asl__cli_bound *bound, const struct asl__cli_tasks *wanted,
                 struct asl__buf *error)
{
    const struct asl__cli_options *o = wanted->options;
    asl__taskset_options options = { .program = wanted->def,
                                     .allow_unbound = o->allow_unbound,
                                     .handler_threads = (unsigned)o->handler_threads,
                                     .max_output = (size_t)o->max_output,
                                     .env = wanted->env,
                                     .answered = o->control != NULL,
                                     .name = wanted->program,
                                     .virtual_clock = o->time_scale == 0,
                                     .insecure_tls = o->insecure_tls };

    if (o->control != NULL)
        options.control = wanted->env[0] + sizeof ASL__CONTROL_VARIABLE - 1;
    if (o->log_level == NULL || strcmp(o->log_level, "error") != 0)
        options.say = asl__cli_complain;

    bound->set = bound->layer->new (&options);
    if (bound->set == NULL)
        return false;
    bound->tasks = bound->layer->tasks(bound->set);
    const struct asl__cli_bindings last = { .file = o->tasks };
    return load_bindings(bound, &wanted->more[0], error) &&
           load_bindings(bound, &wanted->more[1], error) &&
           load_bindings(bound, &last, error) && load_mocks(bound, wanted, error) &&
           bound->layer->resolve(bound->set, error);
}

/* ---- without it: no Task, so nothing to answer -------------------------------------- */

/* The document of FROM in REGION; false with a message. */
static bool read_document(asl_region *region, const struct asl__cli_bindings *from,
                          asl_value *document, struct asl__buf *error)
{
    asl_syntax_error why;
    size_t len = from->len;
    char *read = NULL;

    if (from->text == NULL && (read = read_text(from->file, &len, error)) == NULL)
        return false;
    bool good =
        asl_parse(region, read != NULL ? read : from->text, len, document, &why);
    if (!good)
        asl__buf_printf(error, "%s:%zu:%zu: %s", from->file, why.line, why.column,
                        why.message);
    free(read);
    return good;
}

static bool check_bindings(asl_region *region, const struct asl__cli_bindings *from,
                           struct asl__buf *error)
{
    asl_value document;

    return from->file == NULL || (read_document(region, from, &document, error) &&
                                  asl__bindings_check(from->file, document, error));
}

static bool check_mock(asl_region *region, const char *option, struct asl__buf *error)
{
    asl_value document;
    const char *name;
    char *file;

    if (option == NULL)
        return true;
    if (!split_mock(option, &file, &name, error))
        return false;
    const struct asl__cli_bindings from = { .file = file };
    bool good = read_document(region, &from, &document, error);
    free(file);
    return good;
}

static bool check_unused(const struct asl__cli_tasks *wanted, struct asl__buf *error)
{
    const struct asl__cli_bindings last = { .file = wanted->options->tasks };
    asl_region *region = asl_region_new();
    bool good = region != NULL && check_bindings(region, &wanted->more[0], error) &&
                check_bindings(region, &wanted->more[1], error) &&
                check_bindings(region, &last, error) &&
                check_mock(region, wanted->mock, error);

    asl_region_free(region);
    return good;
}

/* ---- either ------------------------------------------------------------------------- */

/* The task layer, if a module of the program has brought it along. */
static const asl__task_layer *find_layer(const asl_program_def *def)
{
    const asl_module *const *m = def->modules;

    for (; m != NULL && *m != NULL; m++) {
        const asl__module_functions *functions = (*m)->functions;
        if (functions->layer != NULL)
            return functions->layer;
    }
    return NULL;
}

const asl__control_functions *asl__cli_control(const asl_program_def *def)
{
    const asl_module *const *m = def->modules;

    for (; m != NULL && *m != NULL; m++) {
        const asl__module_functions *functions = (*m)->functions;
        if (functions->control != NULL)
            return functions->control;
    }
    return NULL;
}

/* Whether a run without Tasks has been given something that might answer one. */
static bool has_answers(const struct asl__cli_tasks *wanted)
{
    return wanted->more[0].file != NULL || wanted->more[1].file != NULL ||
           wanted->options->tasks != NULL || wanted->mock != NULL ||
           wanted->options->control != NULL;
}

bool asl__cli_bind_tasks(struct asl__cli_bound *bound,
                         const struct asl__cli_tasks *wanted, struct asl__buf *error)
{
    bool none = wanted->def->tasks == NULL || *wanted->def->tasks == NULL;

    bound->layer = find_layer(wanted->def);
    if (bound->layer == NULL && !none) {
        asl__buf_append_cstring(error, "a program with Tasks needs --with exec");
        return false;
    }
    if (wanted->options->no_tasks) {
        bound->tasks = bound->layer != NULL ? bound->layer->echoing() : NULL;
        return true;
    }
    if (none && !has_answers(wanted))
        return true;
    return bound->layer == NULL ? check_unused(wanted, error)
                                : bind(bound, wanted, error);
}

bool asl__cli_open_tasks(struct asl__cli_bound *bound,
                         const struct asl__cli_tasks *wanted)
{
    struct asl__buf error = ASL__BUF_INIT;
    bool good = asl__cli_bind_tasks(bound, wanted, &error);

    if (!good)
        asl__cli_complain(wanted->program, "%s",
                          error.len > 0 ? asl__buf_cstring(&error) : "out of memory");
    asl__buf_free(&error);
    return good;
}

void asl__cli_close_tasks(struct asl__cli_bound *bound)
{
    /* A handler that was abandoned and still runs keeps the set; the end of the process
     * ends both. */
    if (bound->set != NULL)
        (void)bound->layer->free(bound->set);
}
