/* The shape of a --tasks file, {"tasks": {KEY: BINDING}} (design 7): all that can be said
 * of it without the layer that answers calls, which a program without a Task does not
 * have. */
#include "value/small.h"

#include "value/base.h"

#include "task/bind.h"

bool asl__bindings_complain(const asl__bindings_file *r, const char *format, ...)
{
    va_list args;

    r->error->len = 0;
    asl__buf_printf(r->error, "%s: ", r->file);
    if (!asl_is_undefined(r->key)) {
        asl__print(r->error, r->key);
        asl__buf_append_cstring(r->error, ": ");
    }
    va_start(args, format);
    asl__buf_vprintf(r->error, format, args);
    va_end(args);
    return false;
}

bool asl__is_one_of(asl_value key, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++)
        if (asl_text_len(key) == strlen(*names) &&
            memcmp(asl_text(&key), *names, strlen(*names)) == 0)
            return true;
    return false;
}

/* Checks the members' names; *KIND gets the one that says what kind it is. */
static bool find_kind(const asl__bindings_file *r, asl_value v, asl_value *kind)
{
    static const char *const kinds[] = {
        "exec", "mock", "http", "lambda", "aws", NULL
    };
    static const char *const details[] = { "max",    "env",     "cwd",
                                           "method", "headers", "timeout", NULL };

    *kind = asl_undefined();
    if (!asl_is_object(v))
        return asl__bindings_complain(r, "a binding is an object");
    for (size_t i = 0; i < asl_count(v); i++) {
        asl_value key = asl_member_at(v, i)->key;
        if (asl__is_one_of(key, kinds)) {
            if (!asl_is_undefined(*kind))
                return asl__bindings_complain(r,
                                              "a binding is of one kind, not of two");
            *kind = key;
        } else if (!asl__is_one_of(key, details)) {
            return asl__bindings_complain(r, "a binding has no member \"%.*s\"",
                                          (int)asl_text_len(key), asl_text(&key));
        }
    }
    if (asl_is_undefined(*kind))
        return asl__bindings_complain(r, "a binding wants one of \"exec\", \"mock\", "
                                         "\"http\", \"lambda\" and \"aws\"");
    return true;
}

static bool check_members(asl__bindings_file *r, asl_value document)
{
    asl_value tasks = asl_get(document, "tasks");
    asl_value connections = asl_get(document, "connections");
    bool empty = asl_is_undefined(tasks) && asl_is_undefined(connections);

    if (!asl_is_object(document) || empty ||
        (!asl_is_undefined(tasks) && !asl_is_object(tasks)))
        return asl__bindings_complain(r, "wants {\"tasks\": {KEY: BINDING, ...}}");
    if (!asl_is_undefined(connections) && !asl_is_object(connections))
        return asl__bindings_complain(r, "\"connections\" is an object of connections");
    for (size_t i = 0; i < asl_count(document); i++) {
        asl_value key = asl_member_at(document, i)->key;
        if (!asl_same_text(key, asl_str("tasks")) &&
            !asl_same_text(key, asl_str("connections")))
            return asl__bindings_complain(r, "unknown member \"%.*s\"",
                                          (int)asl_text_len(key), asl_text(&key));
    }
    return true;
}

bool asl__bindings_walk(asl__bindings_file *r, asl_value document)
{
    asl_value tasks = asl_get(document, "tasks"), kind;
    asl_value connections = asl_get(document, "connections");

    if (!check_members(r, document))
        return false;
    if (!asl_is_undefined(connections) && !r->connections(r, connections))
        return false;
    for (size_t i = 0; i < asl_count(tasks); i++) {
        const asl_member *m = asl_member_at(tasks, i);
        r->key = m->key;
        if (!find_kind(r, m->value, &kind) || !r->binding(r, m->value, kind))
            return false;
    }
    return true;
}

bool asl__bindings_unlinked(const asl__bindings_file *r, asl_value kind)
{
    bool lambda = asl_same_text(kind, asl_str("lambda"));
    asl_value module = lambda ? asl_str("http") : kind;

    return asl__bindings_complain(r,
                                  "%.*s is not linked into this program: it needs --with "
                                  "%.*s at build time",
                                  (int)asl_text_len(module), asl_text(&module),
                                  (int)asl_text_len(module), asl_text(&module));
}

/* A mock needs no module, and where there is no Task nothing asks it. */
static bool check_kind(asl__bindings_file *r, asl_value v, asl_value kind)
{
    (void)v;
    return asl_same_text(kind, asl_str("mock")) || asl__bindings_unlinked(r, kind);
}

/* And nothing asks for a connection. */
static bool pass_connections(asl__bindings_file *r, asl_value v)
{
    (void)r;
    (void)v;
    return true;
}

bool asl__bindings_check(const char *file, asl_value document, struct asl__buf *error)
{
    asl__bindings_file r = {
        .file = file,
        .key = asl_undefined(),
        .error = error,
        .binding = check_kind,
        .connections = pass_connections
    };

    return asl__bindings_walk(&r, document);
}
