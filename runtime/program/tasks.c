/* The task bindings of a run: --tasks, --mock FILE#CASE, handlers. */
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

static bool load_bindings(const struct asl__cli_bound *bound, const char *file,
                          struct asl__buf *error)
{
    size_t len;

    if (file == NULL)
        return true;
    char *text = read_text(file, &len, error);
    bool good = text != NULL && bound->layer->load(bound->set, file, text, len, error);
    free(text);
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

static bool load_mocks(const struct asl__cli_bound *bound, const char *option,
                       const char *machine, struct asl__buf *error)
{
    asl__mock_case chosen = { .machine = machine };
    char *file;

    if (option == NULL)
        return true;
    if (!split_mock(option, &file, &chosen.name, error))
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
                                     .insecure_tls = o->insecure_tls };

    bound->set = bound->layer->new (&options);
    if (bound->set == NULL)
        return false;
    bound->tasks = bound->layer->tasks(bound->set);
    return load_bindings(bound, o->tasks, error) &&
           load_mocks(bound, o->mock, wanted->machine->name, error) &&
           bound->layer->resolve(bound->set, error);
}

/* ---- without it: no Task, so nothing to answer -------------------------------------- */

/* FILE's document in REGION; false with a message. */
static bool read_document(asl_region *region, const char *file, asl_value *document,
                          struct asl__buf *error)
{
    asl_syntax_error why;
    size_t len;
    char *text = read_text(file, &len, error);
    bool good = text != NULL && asl_parse(region, text, len, document, &why);

    if (text != NULL && !good)
        asl__buf_printf(error, "%s:%zu:%zu: %s", file, why.line, why.column,
                        why.message);
    free(text);
    return good;
}

static bool check_files(const struct asl__cli_options *o, asl_region *region,
                        struct asl__buf *error)
{
    asl_value document;
    const char *name;
    char *file;

    if (o->tasks != NULL && !(read_document(region, o->tasks, &document, error) &&
                              asl__bindings_check(o->tasks, document, error)))
        return false;
    if (o->mock == NULL)
        return true;
    if (!split_mock(o->mock, &file, &name, error))
        return false;
    bool good = read_document(region, file, &document, error);
    free(file);
    return good;
}

static bool check_unused(const struct asl__cli_tasks *wanted, struct asl__buf *error)
{
    const struct asl__cli_options *o = wanted->options;

    if (o->tasks == NULL && o->mock == NULL)
        return true;
    asl_region *region = asl_region_new();
    bool good = region != NULL && check_files(o, region, error);
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

bool asl__cli_open_tasks(struct asl__cli_bound *bound,
                         const struct asl__cli_tasks *wanted)
{
    const struct asl__cli_options *o = wanted->options;
    struct asl__buf error = ASL__BUF_INIT;
    bool none = wanted->def->tasks == NULL || *wanted->def->tasks == NULL, good;

    bound->layer = find_layer(wanted->def);
    if (bound->layer == NULL && !none) {
        asl__buf_append_cstring(&error, "a program with Tasks needs --with exec");
        good = false;
    } else if (o->no_tasks) {
        bound->tasks = bound->layer != NULL ? bound->layer->echoing() : NULL;
        good = true;
    } else if (bound->layer == NULL) {
        good = check_unused(wanted, &error);
    } else {
        good = (none && o->tasks == NULL && o->mock == NULL) ||
               bind(bound, wanted, &error);
    }
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
