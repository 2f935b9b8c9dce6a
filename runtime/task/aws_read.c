/* Reading the binding {"aws": {"endpoint": URL, "region": R}} of a --tasks file. */
#include "value/base.h"

#include "task/aws.h"

static bool read_text(asl__taskset *set, asl__bindings_file *file, asl_value v,
                      const char *name, const char **to)
{
    if (asl_is_undefined(v))
        return true;
    if (!asl__is_c_string(v) || asl_text_len(v) == 0)
        return asl__bindings_complain(file, "\"aws\": \"%s\" wants a string", name);
    *to = asl__taskset_c_string(set, v);
    return *to != NULL || asl__bindings_complain(file, "out of memory");
}

bool asl__aws_read(asl__taskset *set, asl__bindings_file *file, asl_value v, asl_value kind,
                   asl__binding *binding)
{
    asl__aws_binding *spec = asl_alloc(asl__taskset_region(set), sizeof *spec);
    asl_value said = asl_member_of(v, kind);
    asl__aws_endpoint endpoint;

    if (spec == NULL)
        return asl__bindings_complain(file, "out of memory");
    *spec = (asl__aws_binding){ NULL, NULL };
    binding->spec = spec;
    if (!asl_is_object(said))
        return asl__bindings_complain(file, "\"aws\" wants an object");
    for (size_t i = 0; i < asl_count(said); i++) {
        asl_value key = asl_member_at(said, i)->key;
        if (!asl_same_text(key, asl_str("endpoint")) &&
            !asl_same_text(key, asl_str("region")))
            return asl__bindings_complain(file, "\"aws\" has no member \"%.*s\"",
                                          (int)asl_text_len(key), asl_text(&key));
    }
    if (!read_text(set, file, asl_get(said, "endpoint"), "endpoint", &spec->endpoint) ||
        !read_text(set, file, asl_get(said, "region"), "region", &spec->region))
        return false;
    if (spec->endpoint != NULL &&
        !asl__aws_split_url(asl__taskset_region(set), spec->endpoint, &endpoint))
        return asl__bindings_complain(file, "\"aws\": \"endpoint\" wants a URL, as "
                                            "http://localhost:4566");
    return true;
}
