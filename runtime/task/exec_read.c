/* Reading {"exec": [...], "env": {}, "cwd": "."} of a --tasks file (design 7). */
#include "value/base.h"

#include "task/bind.h"

#define complain(r, ...) asl__bindings_complain((r)->file, __VA_ARGS__)

/* Where what is read goes. */
struct reading {
    asl__taskset *set;
    const asl__bindings_file *file;
};

static bool read_argv(const struct reading *r, asl_value v, asl__exec_spec *spec)
{
    size_t count = asl_count(v);

    if (!asl_is_array(v) || count == 0)
        return complain(r, "\"exec\" wants an array: the program and its arguments");
    spec->argv =
        asl_alloc(asl__taskset_region(r->set), (count + 1) * sizeof *spec->argv);
    if (spec->argv == NULL)
        return complain(r, "out of memory");
    for (size_t i = 0; i < count; i++) {
        if (!asl__is_c_string(asl_at(v, i)))
            return complain(r, "element %zu of \"exec\" is no string of a command line",
                            i);
        spec->argv[i] = asl__taskset_c_string(r->set, asl_at(v, i));
        if (spec->argv[i] == NULL)
            return complain(r, "out of memory");
    }
    spec->argv[count] = NULL;
    if (spec->argv[0][0] == '\0')
        return complain(r, "\"exec\" names no program");
    return true;
}

/* Whether the member M can be a variable of the environment. */
static bool is_assignment(const asl_member *m)
{
    return asl__is_c_string(m->key) && asl__is_c_string(m->value) && asl_text_len(m->key) > 0 &&
           memchr(asl_text(&m->key), '=', asl_text_len(m->key)) == NULL;
}

/* NAME=VALUE of the member M; NULL without memory. */
static char *assignment(const struct reading *r, const asl_member *m)
{
    char *name = asl__taskset_c_string(r->set, m->key);
    char *value = asl__taskset_c_string(r->set, m->value);

    if (name == NULL || value == NULL)
        return NULL;
    size_t size = strlen(name) + strlen(value) + 2;
    char *text = asl_alloc(asl__taskset_region(r->set), size);
    if (text != NULL)
        snprintf(text, size, "%s=%s", name, value);
    return text;
}

/* Whether ENTRY (NAME=VALUE) sets the same variable as one of the COUNT in OTHERS. */
static bool is_set_by(const char *entry, char *const *others, size_t count)
{
    size_t len = strcspn(entry, "=");

    for (size_t i = 0; i < count; i++)
        if (strncmp(entry, others[i], len + 1) == 0)
            return true;
    return false;
}

/* The program's environment with V's members over it. */
static bool read_env(const struct reading *r, asl_value v, asl__exec_spec *spec)
{
    char *const *outer = asl__taskset_options_of(r->set)->env;
    size_t nouter = 0, count = 0;

    if (!asl_is_undefined(v) && !asl_is_object(v))
        return complain(r, "\"env\" wants an object of strings");
    while (outer != NULL && outer[nouter] != NULL)
        nouter++;
    size_t own = asl_count(v);
    spec->env =
        asl_alloc(asl__taskset_region(r->set), (nouter + own + 1) * sizeof *spec->env);
    if (spec->env == NULL)
        return complain(r, "out of memory");
    for (; count < own; count++) {
        if (!is_assignment(asl_member_at(v, count)))
            return complain(r, "\"env\" wants names without '=' and strings as values");
        spec->env[count] = assignment(r, asl_member_at(v, count));
        if (spec->env[count] == NULL)
            return complain(r, "out of memory");
    }
    for (size_t i = 0; i < nouter; i++)
        if (!is_set_by(outer[i], spec->env, own))
            spec->env[count++] = outer[i];
    spec->env[count] = NULL;
    return true;
}

/* CWD relative to the folder of the file. */
static bool read_cwd(const struct reading *r, asl_value v, asl__exec_spec *spec)
{
    if (asl_is_undefined(v))
        return true;
    if (!asl__is_c_string(v))
        return complain(r, "\"cwd\" wants a string");
    const char *cwd = asl__taskset_c_string(r->set, v);
    if (cwd == NULL)
        return complain(r, "out of memory");
    const char *slash = strrchr(r->file->file, '/');
    spec->cwd = cwd;
    if (*cwd == '/' || slash == NULL)
        return true;
    size_t folder = (size_t)(slash - r->file->file) + 1;
    size_t size = folder + strlen(cwd) + 1;
    char *path = asl_alloc(asl__taskset_region(r->set), size);
    if (path == NULL)
        return complain(r, "out of memory");
    snprintf(path, size, "%.*s%s", (int)folder, r->file->file, cwd);
    spec->cwd = path;
    return true;
}

bool asl__exec_read(asl__taskset *set, asl__bindings_file *file, asl_value v,
                    asl_value kind, asl__binding *binding)
{
    const struct reading r = { set, file };
    asl__exec_spec *spec = asl_alloc(asl__taskset_region(set), sizeof *spec);

    (void)kind;
    if (spec == NULL)
        return complain(&r, "out of memory");
    *spec = (asl__exec_spec){ NULL, NULL, NULL };
    binding->spec = spec;
    return read_argv(&r, asl_get(v, "exec"), spec) &&
           read_env(&r, asl_get(v, "env"), spec) && read_cwd(&r, asl_get(v, "cwd"), spec);
}
