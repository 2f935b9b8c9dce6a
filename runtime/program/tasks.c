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

static bool load_bindings(asl__taskset *set, const char *file, struct asl__buf *error)
{
    size_t len;

    if (file == NULL)
        return true;
    char *text = read_text(file, &len, error);
    bool good = text != NULL && asl__taskset_load(set, file, text, len, error);
    free(text);
    return good;
}

/* OPTION is FILE#CASE. */
static bool load_mocks(asl__taskset *set, const char *option, const char *machine,
                       struct asl__buf *error)
{
    const char *hash = option != NULL ? strrchr(option, '#') : NULL;
    asl__mock_case chosen = { .machine = machine };

    if (option == NULL)
        return true;
    if (hash == NULL || hash == option || hash[1] == '\0') {
        asl__buf_printf(error, "--mock wants FILE#CASE, not \"%s\"", option);
        return false;
    }
    char *file = strndup(option, (size_t)(hash - option));
    if (file == NULL) {
        asl__buf_append_cstring(error, "out of memory");
        return false;
    }
    char *text = read_text(file, &chosen.len, error);
    chosen.file = file;
    chosen.text = text;
    chosen.name = hash + 1;
    bool good = text != NULL && asl__taskset_mock(set, &chosen, error);
    free(text);
    free(file);
    return good;
}

bool asl__cli_open_tasks(asl__taskset **set, const struct asl__cli_tasks *wanted)
{
    const struct asl__cli_options *o = wanted->options;
    asl__taskset_options options = { .program = wanted->def,
                                     .allow_unbound = o->allow_unbound,
                                     .handler_threads = (unsigned)o->handler_threads,
                                     .max_output = (size_t)o->max_output,
                                     .env = wanted->env };
    struct asl__buf error = ASL__BUF_INIT;
    bool none = wanted->def->tasks == NULL || *wanted->def->tasks == NULL;

    if (none && o->tasks == NULL && o->mock == NULL)
        return true;
    *set = asl__taskset_new(&options);
    bool good = *set != NULL && load_bindings(*set, o->tasks, &error) &&
                load_mocks(*set, o->mock, wanted->machine->name, &error) &&
                asl__taskset_resolve(*set, &error);
    if (!good)
        asl__cli_complain(wanted->program, "%s",
                          error.len > 0 ? asl__buf_cstring(&error) : "out of memory");
    asl__buf_free(&error);
    return good;
}
