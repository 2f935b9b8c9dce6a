/* Reading a --tasks file: {"tasks": {KEY: BINDING}} (design 7). */
#include "value/base.h"

#include "task/bind.h"

#define complain(r, ...) asl__bindings_complain(&(r)->file, __VA_ARGS__)

/* A --tasks file whose bindings are gathered. */
struct reading {
    asl__bindings_file file; /* first */
    asl__taskset *set;
    asl__binding *first, **end;
};

static bool is_c_string(asl_value v)
{
    return asl_is_string(v) && memchr(asl_text(&v), '\0', asl_text_len(v)) == NULL;
}

/* V, for which is_c_string holds, as a C string of the set; NULL without memory. */
static char *c_string(const struct reading *r, asl_value v)
{
    char *text = asl_alloc(asl__taskset_region(r->set), asl_text_len(v) + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, asl_text(&v), asl_text_len(v));
    text[asl_text_len(v)] = '\0';
    return text;
}

asl__binding *asl__binding_new(asl_region *region, const char *key, size_t len)
{
    asl__binding *binding = asl_alloc(region, sizeof *binding);
    char *text = asl_alloc(region, len + 1);

    if (binding == NULL || text == NULL)
        return NULL;
    memcpy(text, key, len);
    text[len] = '\0';
    *binding = (asl__binding){ .key = text, .key_len = len };
    for (size_t i = 0; i < len; i++)
        binding->literal += text[i] != '*';
    binding->pattern = binding->literal < len;
    return binding;
}

/* ---- exec --------------------------------------------------------------------- */

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
        if (!is_c_string(asl_at(v, i)))
            return complain(r, "element %zu of \"exec\" is no string of a command line",
                            i);
        spec->argv[i] = c_string(r, asl_at(v, i));
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
    return is_c_string(m->key) && is_c_string(m->value) && asl_text_len(m->key) > 0 &&
           memchr(asl_text(&m->key), '=', asl_text_len(m->key)) == NULL;
}

/* NAME=VALUE of the member M; NULL without memory. */
static char *assignment(const struct reading *r, const asl_member *m)
{
    char *name = c_string(r, m->key);
    char *value = c_string(r, m->value);

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
    if (!is_c_string(v))
        return complain(r, "\"cwd\" wants a string");
    const char *cwd = c_string(r, v);
    if (cwd == NULL)
        return complain(r, "out of memory");
    const char *slash = strrchr(r->file.file, '/');
    spec->cwd = cwd;
    if (*cwd == '/' || slash == NULL)
        return true;
    size_t folder = (size_t)(slash - r->file.file) + 1;
    size_t size = folder + strlen(cwd) + 1;
    char *path = asl_alloc(asl__taskset_region(r->set), size);
    if (path == NULL)
        return complain(r, "out of memory");
    snprintf(path, size, "%.*s%s", (int)folder, r->file.file, cwd);
    spec->cwd = path;
    return true;
}

static bool read_exec(const struct reading *r, asl_value v, asl__binding *binding)
{
    asl__exec_spec *spec = asl_alloc(asl__taskset_region(r->set), sizeof *spec);

    if (spec == NULL)
        return complain(r, "out of memory");
    *spec = (asl__exec_spec){ NULL, NULL, NULL };
    binding->kind = ASL__BIND_EXEC;
    binding->exec = spec;
    if (asl__taskset_exec(r->set) == NULL)
        return asl__bindings_unlinked(&r->file, asl_str("exec"));
    return read_argv(r, asl_get(v, "exec"), spec) &&
           read_env(r, asl_get(v, "env"), spec) && read_cwd(r, asl_get(v, "cwd"), spec);
}

/* ---- bindings ----------------------------------------------------------------- */

static bool read_mock(const struct reading *r, asl_value v, asl__binding *binding)
{
    struct asl__buf why = ASL__BUF_INIT;

    binding->kind = ASL__BIND_MOCK;
    binding->mock =
        asl__mock_read(asl__taskset_region(r->set), asl_get(v, "mock"), &why);
    if (binding->mock == NULL)
        complain(r, "%s", asl__buf_cstring(&why));
    asl__buf_free(&why);
    return binding->mock != NULL;
}

static bool read_max(const struct reading *r, asl_value v, asl__binding *binding)
{
    int64_t max;

    if (asl_is_undefined(v))
        return true;
    if (!asl_is_number(v) || !asl_to_integer(v, &max) || max < 1 || max > UINT32_MAX)
        return complain(r, "\"max\" wants a whole number from 1");
    binding->max = (uint32_t)max;
    return true;
}

static bool read_kind(const struct reading *r, asl_value v, asl_value kind,
                      asl__binding *binding)
{
    bool exec = asl_same_text(kind, asl_str("exec"));

    if (!read_max(r, asl_get(v, "max"), binding))
        return false;
    if (!exec &&
        !(asl_is_undefined(asl_get(v, "env")) && asl_is_undefined(asl_get(v, "cwd"))))
        return complain(r, "\"env\" and \"cwd\" go with \"exec\"");
    if (exec)
        return read_exec(r, v, binding);
    if (asl_same_text(kind, asl_str("mock")))
        return read_mock(r, v, binding);
    return asl__bindings_unlinked(&r->file, kind);
}

static bool read_binding(asl__bindings_file *file, asl_value v, asl_value kind)
{
    struct reading *r = (struct reading *)(void *)file;
    asl__binding *binding = asl__binding_new(
        asl__taskset_region(r->set), asl_text(&file->key), asl_text_len(file->key));

    if (binding == NULL)
        return complain(r, "out of memory");
    if (!read_kind(r, v, kind, binding))
        return false;
    *r->end = binding;
    r->end = &binding->next;
    return true;
}

asl__binding *asl__bindings_read(asl__taskset *set, const char *file,
                                 asl_value document, struct asl__buf *error)
{
    struct reading r = { .file = { .file = file,
                                   .key = asl_undefined(),
                                   .error = error,
                                   .binding = read_binding },
                         .set = set,
                         .end = &r.first };

    return asl__bindings_walk(&r.file, document) ? r.first : NULL;
}
