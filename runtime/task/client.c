/* The HTTP client that the modules of a set share.  A file of its own, as loop.c. */
#include "value/base.h"

#include "io/http.h"
#include "task/bind.h"

static const asl__http_tls *find_tls(const asl__taskset *set)
{
    const asl__module_functions *module;

    for (size_t i = 0; (module = asl__taskset_module_at(set, i)) != NULL; i++)
        if (module->tls != NULL)
            return module->tls;
    return NULL;
}

asl__http *asl__taskset_http(asl__taskset *set)
{
    asl__shared_http *shared = asl__taskset_shared_http(set);
    const asl__taskset_options *of_set = asl__taskset_options_of(set);
    asl__http_options options = { .tls = find_tls(set),
                                  .env = of_set->env,
                                  .insecure = of_set->insecure_tls };
    asl__loop *loop = asl__taskset_loop(set);

    if (shared->http == NULL && loop != NULL)
        shared->http = asl__http_new(loop, &options);
    shared->free = asl__http_free;
    return shared->http;
}
