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

bool asl__is_c_string(asl_value v)
{
    return asl_is_string(v) && memchr(asl_text(&v), '\0', asl_text_len(v)) == NULL;
}

char *asl__taskset_c_string(asl__taskset *set, asl_value v)
{
    char *text = asl_alloc(asl__taskset_region(set), asl_text_len(v) + 1);

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

/* Every member of the binding V but its KIND must be one of DETAILS, or "max". */
static bool check_details(const struct reading *r, asl_value v, asl_value kind,
                          const char *const *details)
{
    for (size_t i = 0; i < asl_count(v); i++) {
        asl_value key = asl_member_at(v, i)->key;
        if (!asl_same_text(key, kind) && !asl_same_text(key, asl_str("max")) &&
            !asl__is_one_of(key, details))
            return complain(r, "\"%.*s\" does not go with \"%.*s\"",
                            (int)asl_text_len(key), asl_text(&key),
                            (int)asl_text_len(kind), asl_text(&kind));
    }
    return true;
}

static bool read_kind(struct reading *r, asl_value v, asl_value kind,
                      asl__binding *binding)
{
    bool mock = asl_same_text(kind, asl_str("mock"));
    const asl__module_functions *module = NULL;

    if (!read_max(r, asl_get(v, "max"), binding))
        return false;
    for (size_t i = 0; module == NULL && asl__taskset_module_at(r->set, i) != NULL; i++)
        if (asl__is_one_of(kind, asl__taskset_module_at(r->set, i)->kinds))
            module = asl__taskset_module_at(r->set, i);
    if (!mock && module == NULL)
        return asl__bindings_unlinked(&r->file, kind);
    if (!check_details(r, v, kind, mock ? NULL : module->details))
        return false;
    if (mock)
        return read_mock(r, v, binding);
    binding->kind = ASL__BIND_MODULE;
    binding->module = module;
    return module->read(r->set, &r->file, v, kind, binding);
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

/* The module that has a use for connections takes them. */
static bool read_connections(asl__bindings_file *file, asl_value v)
{
    struct reading *r = (struct reading *)(void *)file;
    const asl__module_functions *module;

    for (size_t i = 0; (module = asl__taskset_module_at(r->set, i)) != NULL; i++)
        if (module->connections != NULL)
            return module->connections(r->set, file, v);
    return complain(r, "\"connections\" need --with http at build time");
}

asl__binding *asl__bindings_read(asl__taskset *set, const char *file,
                                 asl_value document, struct asl__buf *error)
{
    struct reading r = { .file = { .file = file,
                                   .key = asl_undefined(),
                                   .error = error,
                                   .binding = read_binding,
                                   .connections = read_connections },
                         .set = set,
                         .end = &r.first };

    return asl__bindings_walk(&r.file, document) ? r.first : NULL;
}
