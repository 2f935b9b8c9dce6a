/* The set of a program's bindings, how a Resource finds its own, and the start of a
 * call.  See bind.h. */
#include "value/base.h"

#include "task/bind.h"
#include "task/tokens.h"

#include <errno.h>

/* What is known of an asl_task before it is called. */
struct slot {
    asl__binding *binding; /* NULL: not bound, or by a name known only when called */
    bool by_name;          /* found by the function's name */
    bool claimed;          /* what the Resource says itself: a name found when called is first */
    const asl__mocked *mocked; /* what answers instead; NULL: nothing */
};

struct asl__taskset {
    asl__tasks tasks; /* first: what the scheduler sees */
    asl__taskset_options options;
    struct slot *slots;                /* one for each task of the program */
    asl__binding *configured;          /* --tasks, in file order */
    asl__binding *registered;          /* asl_register, then linked handlers */
    asl__mocks *mocks;                 /* --mock; NULL: none */
    const asl__module_functions **modules; /* that are linked; NULL at the end */
    void **opened;                         /* by each; NULL: not yet */
    asl_region region;                 /* bindings and their values */
    struct asl__chunks chunks;
    struct asl__pool pool;
    pthread_mutex_t lock; /* guards bindings' counts and queues, jobs, and the rest */
    asl__job_counts counts;
    asl__shared_loop loop;
    asl__shared_http http;
    struct asl__connection *connections;
    asl__crew *crew;
    asl__tokens *tokens;
    asl__sched *sched; /* set once, before the first call */
};

/* A piece of text, not terminated. */
struct text {
    const char *data;
    size_t len;
};

static struct text text_of(const asl_value *v)
{
    if (!asl_is_string(*v))
        return (struct text){ "", 0 };
    return (struct text){ asl_text(v), asl_text_len(*v) };
}

/* ---- names -------------------------------------------------------------------- */

static bool same(struct text a, struct text b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Where PART begins in TEXT, or NULL. */
static const char *find(struct text text, const char *part)
{
    size_t len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.data + i, part, len) == 0)
            return text.data + i;
    return NULL;
}

/* The name in a FunctionName: a name, a partial or a whole ARN, each maybe with a
 * qualifier. */
static struct text function_name(struct text text)
{
    const char *end = text.data + text.len;
    const char *start = find(text, ":function:");

    if (start != NULL)
        start += sizeof ":function:" - 1;
    else if (text.len > 9 && memcmp(text.data, "function:", 9) == 0)
        start = text.data + 9;
    else
        start = text.data;
    const char *colon = memchr(start, ':', (size_t)(end - start));
    return (struct text){ start, (size_t)((colon != NULL ? colon : end) - start) };
}

/* Whether TEXT has the form of PATTERN, in which `*` stands for any text. */
static bool matches(struct text pattern, struct text text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

    while (t < text.len) {
        if (p < pattern.len && pattern.data[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.len && pattern.data[p] == text.data[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

/* The name C code has for NAME: other characters as `_`. */
static bool is_c_name_of(const char *c_name, struct text name)
{
    size_t i = 0;

    for (; i < name.len && c_name[i] != '\0'; i++) {
        char c = name.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '_';
        if (c_name[i] != (plain ? c : '_'))
            return false;
    }
    return i == name.len && c_name[i] == '\0';
}

/* ---- looking up --------------------------------------------------------------- */

/* What a call may be bound by. */
struct names {
    struct text resource;
    struct text function; /* the name; empty: none */
    struct text given;    /* as written in FunctionName, maybe an ARN; empty: none */
};

/* A key names a function by its name or by an ARN without qualifier. */
static bool key_is_function(struct text key, const struct names *names)
{
    if (names->function.len == 0)
        return false;
    if (same(key, names->function) || same(key, names->given))
        return true;
    if (find(key, ":function:") == NULL)
        return false;
    struct text name = function_name(key);
    return same(name, names->function) && name.data + name.len == key.data + key.len;
}

static asl__binding *find_exact(asl__binding *list, const struct names *names,
                                bool *by_name)
{
    *by_name = true;
    for (asl__binding *b = list; b != NULL; b = b->next)
        if (!b->pattern && key_is_function((struct text){ b->key, b->key_len }, names))
            return b;
    *by_name = false;
    for (asl__binding *b = list; b != NULL; b = b->next)
        if (!b->pattern && same((struct text){ b->key, b->key_len }, names->resource))
            return b;
    return NULL;
}

/* The longest pattern, the first of several as long. */
static asl__binding *find_pattern(asl__binding *list, const struct names *names,
                                  bool *by_name)
{
    asl__binding *best = NULL;

    for (asl__binding *b = list; b != NULL; b = b->next) {
        struct text key = { b->key, b->key_len };
        if (!b->pattern || (best != NULL && b->literal <= best->literal))
            continue;
        bool name = names->function.len > 0 &&
                    (matches(key, names->function) || matches(key, names->given));
        if (!name && !matches(key, names->resource))
            continue;
        best = b;
        *by_name = name;
    }
    return best;
}

static asl__binding *look_up(asl__taskset *set, const struct names *names,
                             bool *by_name)
{
    asl__binding *lists[] = { set->configured, set->registered };

    for (size_t i = 0; i < ASL__COUNT_OF(lists); i++) {
        asl__binding *binding = find_exact(lists[i], names, by_name);
        if (binding == NULL)
            binding = find_pattern(lists[i], names, by_name);
        if (binding != NULL)
            return binding;
    }
    return NULL;
}

static asl__binding *bind_handler(asl__taskset *set, struct text key,
                                  const asl_handler *handler)
{
    asl__binding *binding = asl__binding_new(&set->region, key.data, key.len);

    if (binding == NULL)
        return NULL;
    binding->kind = ASL__BIND_HANDLER;
    binding->handler = handler;
    asl__binding **end = &set->registered;
    while (*end != NULL)
        end = &(*end)->next;
    *end = binding;
    return binding;
}

/* A handler linked for some task of the program whose name is that of function NAME. */
static const asl_handler *linked_handler(const asl__taskset *set, struct text name)
{
    const asl_task *const *t = set->options.program->tasks;

    for (; t != NULL && *t != NULL; t++)
        if ((*t)->handler != NULL && is_c_name_of((*t)->handler->name, name))
            return (*t)->handler;
    return NULL;
}

/* ---- the set ------------------------------------------------------------------ */

static enum asl__started start_call(asl__tasks *tasks, asl__call *call);
static asl_value check_call(asl__tasks *tasks, asl_frame *f, const asl_task *task,
                            asl_value input);
static asl_value refuses(asl__tasks *tasks, const asl_task *task, asl_region *region);
static bool find_direct(asl__taskset *set);
static void forget(asl__tasks *tasks, const asl_execution *execution);

static size_t count_tasks(const asl_program_def *program)
{
    size_t count = 0;

    while (program->tasks != NULL && program->tasks[count] != NULL)
        count++;
    return count;
}

/* Lists the modules that PROGRAM has; false without memory. */
static bool list_modules(asl__taskset *set, const asl_program_def *program)
{
    const asl_module *const *m = program->modules;
    size_t count = 0;

    while (m != NULL && m[count] != NULL)
        count++;
    set->modules = calloc(count + 1, sizeof *set->modules);
    set->opened = calloc(count + 1, sizeof *set->opened);
    if (set->modules == NULL || set->opened == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        set->modules[i] = m[i]->functions;
    return true;
}

static void free_set(asl__taskset *set)
{
    asl__tokens_free(set->tokens);
    free(set->modules);
    free(set->opened);
    free(set->slots);
    free(set);
}

asl__taskset *asl__taskset_new(const asl__taskset_options *options)
{
    asl__taskset *set = calloc(1, sizeof *set);

    if (set == NULL)
        return NULL;
    set->slots = calloc(count_tasks(options->program) + 1, sizeof *set->slots);
    set->tokens = asl__tokens_new(set);
    if (set->slots == NULL || set->tokens == NULL ||
        !list_modules(set, options->program)) {
        free_set(set);
        return NULL;
    }
    set->tasks.start = start_call;
    set->tasks.check = check_call;
    set->tasks.refuses = refuses;
    set->tasks.forget = forget;
    set->options = *options;
    if (set->options.handler_threads == 0)
        set->options.handler_threads = 64;
    asl__pool_init(&set->pool, 0);
    asl__chunks_init(&set->chunks, &set->pool);
    asl__region_init(&set->region, &set->chunks);
    pthread_mutex_init(&set->lock, NULL);
    pthread_cond_init(&set->counts.changed, NULL);
    return set;
}

static void close_modules(asl__taskset *set)
{
    for (size_t i = 0; set->modules[i] != NULL; i++) {
        if (set->opened[i] != NULL)
            set->modules[i]->close(set->opened[i]);
        set->opened[i] = NULL;
    }
    if (set->http.http != NULL)
        set->http.free(set->http.http);
    set->http.http = NULL;
    if (set->loop.loop != NULL)
        set->loop.free(set->loop.loop);
    set->loop.loop = NULL;
}

bool asl__taskset_free(asl__taskset *set)
{
    if (set == NULL)
        return true;
    asl__tokens_close(set->tokens);
    close_modules(set);
    pthread_mutex_lock(&set->lock);
    while (set->counts.jobs > set->counts.abandoned)
        pthread_cond_wait(&set->counts.changed, &set->lock);
    bool busy = set->counts.abandoned > 0;
    pthread_mutex_unlock(&set->lock);
    if (busy)
        return false;
    asl__crew_free(set->crew);
    asl__mocks_free(set->mocks);
    pthread_cond_destroy(&set->counts.changed);
    pthread_mutex_destroy(&set->lock);
    asl__region_release(&set->region);
    asl__chunks_free(&set->chunks);
    asl__pool_free(&set->pool);
    free_set(set);
    return true;
}

asl__job_counts *asl__taskset_counts(asl__taskset *set)
{
    return &set->counts;
}
asl__tasks *asl__taskset_tasks(asl__taskset *set)
{
    return &set->tasks;
}
pthread_mutex_t *asl__taskset_lock(asl__taskset *set)
{
    return &set->lock;
}
asl_region *asl__taskset_region(asl__taskset *set)
{
    return &set->region;
}

const asl__taskset_options *asl__taskset_options_of(const asl__taskset *set)
{
    return &set->options;
}

void asl__taskset_attach(asl__taskset *set, asl__sched *sched)
{
    set->sched = sched;
    asl__tokens_attach(set->tokens, sched);
}

asl__sched *asl__taskset_sched(const asl__taskset *set)
{
    return set->sched;
}

asl__tokens *asl__taskset_tokens(asl__taskset *set)
{
    return set->tokens;
}

const asl__module_functions *asl__taskset_module_at(const asl__taskset *set, size_t i)
{
    return set->modules[i];
}

void *asl__taskset_open(asl__taskset *set, const asl__module_functions *module)
{
    size_t i = 0;

    while (set->modules[i] != module)
        i++;
    pthread_mutex_lock(&set->lock);
    if (set->opened[i] == NULL)
        set->opened[i] = module->open(set);
    void *opened = set->opened[i];
    pthread_mutex_unlock(&set->lock);
    return opened;
}

asl__shared_loop *asl__taskset_shared_loop(asl__taskset *set)
{
    return &set->loop;
}

asl__shared_http *asl__taskset_shared_http(asl__taskset *set)
{
    return &set->http;
}

struct asl__connection **asl__taskset_connections(asl__taskset *set)
{
    return &set->connections;
}

asl__crew *asl__taskset_crew(asl__taskset *set)
{
    if (set->crew == NULL)
        set->crew = asl__crew_new(&set->lock, set->options.handler_threads);
    return set->crew;
}

bool asl__taskset_load(asl__taskset *set, const char *file, const char *text,
                       size_t len, struct asl__buf *error)
{
    asl_syntax_error why;
    asl_value document;

    if (!asl_parse(&set->region, text, len, &document, &why)) {
        asl__buf_printf(error, "%s:%zu:%zu: %s", file, why.line, why.column,
                        why.message);
        return false;
    }
    asl__binding *read = asl__bindings_read(set, file, document, error);
    if (read == NULL && (error->len > 0 || error->failed))
        return false;
    asl__binding **end = &set->configured;
    while (*end != NULL)
        end = &(*end)->next;
    *end = read;
    return true;
}

bool asl__taskset_mock(asl__taskset *set, const asl__mock_case *chosen,
                       struct asl__buf *error)
{
    set->mocks = asl__mocks_read(&set->region, chosen, error);
    return set->mocks != NULL;
}

bool asl__taskset_register(asl__taskset *set, const char *name,
                           const asl_handler *handler)
{
    return bind_handler(set, (struct text){ name, strlen(name) }, handler) != NULL;
}

/* ---- resolving ---------------------------------------------------------------- */

static struct names names_of(const asl_task *task)
{
    return (struct names){ .resource = text_of(&task->resource),
                           .function = text_of(&task->function),
                           .given = text_of(&task->function) };
}

/* Binds TASK to the handler linked for it, which only it can have. */
static bool use_linked(asl__taskset *set, const asl_task *task, struct slot *slot)
{
    struct text key = text_of(&task->resource);

    if (task->handler == NULL)
        return true;
    asl__binding *binding = asl__binding_new(&set->region, key.data, key.len);
    if (binding == NULL)
        return false;
    binding->kind = ASL__BIND_HANDLER;
    binding->handler = task->handler;
    slot->binding = binding;
    slot->by_name = asl_is_string(task->function);
    return true;
}

/* Has MODULE claim TASK; *BINDING NULL: it does not.  False without memory. */
static bool ask_module(asl__taskset *set, const asl__module_functions *module,
                       const asl_task *task, asl__binding **binding)
{
    struct text key = text_of(&task->resource);

    *binding = NULL;
    if (module->claim == NULL)
        return true;
    asl__binding *claimed = asl__binding_new(&set->region, key.data, key.len);
    if (claimed == NULL)
        return false;
    claimed->kind = ASL__BIND_MODULE;
    claimed->module = module;
    if (module->claim(set, task, claimed))
        *binding = claimed;
    return true;
}

bool asl__taskset_claim(asl__taskset *set, const asl__module_functions *not,
                        const asl_task *task, asl__binding **binding)
{
    *binding = NULL;
    for (int within = 1; within >= 0; within--)
        for (size_t i = 0; set->modules[i] != NULL && *binding == NULL; i++)
            if (set->modules[i] != not && set->modules[i]->within == (within != 0) &&
                !ask_module(set, set->modules[i], task, binding))
                return false;
    return true;
}

/* Binds TASK to a module that its Resource itself names; false without memory. */
static bool use_claim(asl__taskset *set, const asl_task *task, struct slot *slot)
{
    bool ok = asl__taskset_claim(set, NULL, task, &slot->binding);

    slot->claimed = slot->binding != NULL;
    return ok;
}

/* An activity is bound where workers may poll for its tasks. */
static bool is_polled(const asl__taskset *set, const asl_task *task)
{
    return task->kind == ASL_TASK_ACTIVITY && set->options.answered;
}

static void list_unbound(struct asl__buf *error, const asl_task *task)
{
    struct text resource = text_of(&task->resource);
    struct text function = text_of(&task->function);

    if (error->len == 0)
        asl__buf_append_cstring(error, "no binding for these resources (bind them with "
                                       "--tasks FILE, or go on with --allow-unbound):");
    asl__buf_append_cstring(error, "\n  ");
    asl__buf_append(error, resource.data, resource.len);
    if (task->invoke && function.len > 0) {
        asl__buf_append_cstring(error, " (FunctionName ");
        asl__buf_append(error, function.data, function.len);
        asl__buf_append_cstring(error, ")");
    }
    if (asl_is_string(task->machine))
        asl__buf_printf(error, " (StateMachineArn %.*s)", (int)asl_text_len(task->machine),
                        asl_text(&task->machine));
}

/* Whether an earlier task of the program has been listed by the same names. */
static bool is_repeated(const asl__taskset *set, size_t index)
{
    const asl_task *const *tasks = set->options.program->tasks;

    for (size_t i = 0; i < index; i++)
        if (set->slots[i].mocked == NULL &&
            asl_same_text(tasks[i]->resource, tasks[index]->resource) &&
            asl_equal(tasks[i]->machine, tasks[index]->machine) &&
            asl_equal(tasks[i]->function, tasks[index]->function))
            return true;
    return false;
}

bool asl__taskset_resolve(asl__taskset *set, struct asl__buf *error)
{
    const asl_task *const *tasks = set->options.program->tasks;
    bool all = true, of_aws = false;

    for (size_t i = 0; tasks != NULL && tasks[i] != NULL; i++) {
        struct names names = names_of(tasks[i]);
        struct slot *slot = &set->slots[i];
        slot->mocked = asl__mocks_find(set->mocks, tasks[i]->state);
        slot->binding = look_up(set, &names, &slot->by_name);
        if ((slot->binding == NULL && !use_linked(set, tasks[i], slot)) ||
            (slot->binding == NULL && !use_claim(set, tasks[i], slot))) {
            asl__buf_append_cstring(error, "out of memory");
            return false;
        }
        bool later = tasks[i]->invoke && asl_is_undefined(tasks[i]->function);
        if (slot->binding != NULL || slot->mocked != NULL || later ||
            is_polled(set, tasks[i]) || set->options.allow_unbound)
            continue;
        all = false;
        of_aws = of_aws || tasks[i]->aws != NULL;
        if (!is_repeated(set, i))
            list_unbound(error, tasks[i]);
    }
    if (of_aws)
        asl__buf_append_cstring(
            error, "\n(AWS itself answers where AWS_REGION or AWS_ENDPOINT_URL is set)");
    if (!find_direct(set)) {
        asl__buf_append_cstring(error, "out of memory");
        return false;
    }
    return all;
}

/* ---- calls -------------------------------------------------------------------- */

/* The binding for a FunctionName found in the input.  A linked handler found by it gets
 * a binding of its own once; *SHORTAGE: there is no memory for that. */
static asl__binding *look_up_function(asl__taskset *set, const asl_task *task,
                                      struct text given, bool *by_name, bool *shortage)
{
    struct names names = { text_of(&task->resource), function_name(given), given };

    pthread_mutex_lock(&set->lock);
    asl__binding *binding = look_up(set, &names, by_name);
    if (binding == NULL) {
        const asl_handler *handler = linked_handler(set, names.function);
        if (handler != NULL)
            binding = bind_handler(set, names.function, handler);
        *shortage = handler != NULL && binding == NULL;
        *by_name = true;
    }
    pthread_mutex_unlock(&set->lock);
    return binding;
}

static asl_value unbound(asl__call *call, struct text function)
{
    asl_region *region = &call->frame->region;
    struct text resource = text_of(&call->task->resource);

    if (call->task->invoke && function.len > 0)
        return asl_errorf(region, "States.TaskFailed", "no binding for %.*s (%.*s)",
                          (int)resource.len, resource.data, (int)function.len,
                          function.data);
    return asl_errorf(region, "States.TaskFailed", "no binding for %.*s",
                      (int)resource.len, resource.data);
}

asl_value asl__payload_of(asl_region *region, asl_value input)
{
    asl_value payload = asl_get(input, "Payload"), parsed;
    asl_syntax_error why;

    if (asl_is_undefined(payload) || asl_is_null(payload))
        return asl_object();
    if (asl_is_string(payload) &&
        asl_parse(region, asl_text(&payload), asl_text_len(payload), &parsed, &why))
        return parsed;
    return asl_is_string(payload) && why.no_memory ? asl_no_memory() : payload;
}

/* TEXT as a C string in REGION; NULL without memory. */
static const char *terminated(asl_region *region, struct text text)
{
    char *copy = asl_alloc(region, text.len + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

enum asl__started asl__start_bound(const asl__target *target, asl__call *call,
                                   asl_value input)
{
    switch ((enum asl__binding_kind)target->binding->kind) {
    case ASL__BIND_HANDLER: return asl__handler_start(target, call, input);
    case ASL__BIND_MOCK: return asl__mock_start(target, call, input);
    case ASL__BIND_MODULE: break;
    }
    const asl__module_functions *module = target->binding->module;
    asl__job *job = asl__job_new(target, call, &module->kind);
    if (job == NULL)
        return asl__answer_now(target, call, asl_no_memory());
    job->input = input;
    return module->start(job);
}

/* Whether CALL may be answered by its token.  A mock's answer is the whole task's, as the
 * mock file's is; a job is asked for its token only where the workflow has read it. */
static bool is_token_task(const asl__target *target, const asl__call *call)
{
    if (target->binding->kind == ASL__BIND_MOCK)
        return false;
    return call->task->pattern == ASL_WAIT_FOR_TASK_TOKEN ||
           (call->task->pattern != ASL_REQUEST_RESPONSE && call->has_token);
}

static enum asl__started start_call(asl__tasks *tasks, asl__call *call)
{
    asl__taskset *set = (asl__taskset *)(void *)tasks;
    const asl_task *task = call->task;
    const struct slot *slot = &set->slots[task->index];
    asl__target target = { .set = set, .binding = slot->binding };
    asl_value given = task->function;
    bool by_name = slot->by_name, shortage = false;

    if (slot->mocked != NULL)
        return asl__mocked_start(&target, call, set->mocks, slot->mocked);
    if (task->invoke && asl_is_undefined(given))
        given = asl_get(call->input, "FunctionName");
    struct text function = function_name(text_of(&given));
    if ((target.binding == NULL || slot->claimed) && asl_is_undefined(task->function) &&
        function.len > 0) {
        asl__binding *named =
            look_up_function(set, task, text_of(&given), &by_name, &shortage);
        target.binding = named != NULL ? named : target.binding;
    }
    if (shortage)
        return asl__answer_now(&target, call, asl_no_memory());
    if (target.binding == NULL && is_polled(set, task))
        return asl__activity_start(&target, call);
    if (target.binding == NULL)
        return asl__answer_now(&target, call, unbound(call, text_of(&given)));
    target.enveloped = by_name && task->invoke;
    target.function = target.binding->kind != ASL__BIND_MOCK
                          ? terminated(&call->frame->region, function)
                          : "";
    asl_value input = call->input;
    if (target.enveloped)
        input = asl__payload_of(&call->frame->region, input);
    if (asl_is_error(input) || target.function == NULL)
        return asl__answer_now(&target, call, asl_no_memory());
    if (is_token_task(&target, call))
        return asl__token_start(&target, call, input);
    return asl__start_bound(&target, call, input);
}

static asl_value check_call(asl__tasks *tasks, asl_frame *f, const asl_task *task,
                            asl_value input)
{
    const asl__taskset *set = (const asl__taskset *)(const void *)tasks;
    const struct slot *slot = &set->slots[task->index];
    const asl__binding *binding = slot->binding;

    if (slot->mocked != NULL || binding == NULL || binding->module == NULL ||
        binding->module->check == NULL)
        return asl_undefined();
    return binding->module->check(&f->region, task, input);
}

/* ---- handlers without a call -------------------------------------------------- */

/* Whether TASK is answered by a C handler as it stands, at once. */
static bool is_direct(const asl_task *task, const struct slot *slot)
{
    return slot->mocked == NULL && slot->binding != NULL &&
           slot->binding->kind == ASL__BIND_HANDLER && slot->binding->max == 0 &&
           slot->binding->handler->flags == 0 && !task->invoke &&
           task->pattern == ASL_REQUEST_RESPONSE;
}

/* TASK's handler as its state calls it; NULL without memory. */
static const asl__direct *new_direct(asl__taskset *set, const asl_task *task,
                                     const asl_handler *handler)
{
    const char *function =
        terminated(&set->region, function_name(text_of(&task->function)));
    asl__callee *callee = asl_alloc(&set->region, sizeof *callee);

    if (function == NULL || callee == NULL)
        return NULL;
    *callee = asl__callee_for(handler, task, function);
    return &callee->direct;
}

/* Fills in tasks.direct and tasks.unlimited; false without memory. */
static bool find_direct(asl__taskset *set)
{
    const asl_task *const *tasks = set->options.program->tasks;
    const asl__direct **direct, **unlimited;
    size_t count = 0;

    while (tasks != NULL && tasks[count] != NULL)
        count++;
    direct = asl_alloc(&set->region, (count + 1) * sizeof *direct);
    unlimited = asl_alloc(&set->region, (count + 1) * sizeof *unlimited);
    if (direct == NULL || unlimited == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        direct[i] = unlimited[i] = NULL;
        if (!is_direct(tasks[i], &set->slots[i]))
            continue;
        direct[i] = new_direct(set, tasks[i], set->slots[i].binding->handler);
        if (direct[i] == NULL)
            return false;
        if (tasks[i]->timeout == 0 && !tasks[i]->limit_paths)
            unlimited[i] = direct[i];
    }
    set->tasks.direct = direct;
    set->tasks.unlimited = unlimited;
    return true;
}

/* An activity that nobody can poll for does not exist. */
static asl_value refuses(asl__tasks *tasks, const asl_task *task, asl_region *region)
{
    const asl__taskset *set = (const asl__taskset *)(const void *)tasks;
    const struct slot *slot = &set->slots[task->index];
    struct text resource = text_of(&task->resource);

    if (slot->binding != NULL || slot->mocked != NULL || set->options.answered)
        return asl_undefined();
    return asl_errorf(region, "States.Runtime", "The activity %.*s does not exist.",
                      (int)resource.len, resource.data);
}

static void forget(asl__tasks *tasks, const asl_execution *execution)
{
    asl__taskset *set = (asl__taskset *)(void *)tasks;

    for (size_t i = 0; set->modules[i] != NULL; i++) {
        if (set->modules[i]->forget == NULL)
            continue;
        pthread_mutex_lock(&set->lock);
        void *opened = set->opened[i];
        pthread_mutex_unlock(&set->lock);
        if (opened != NULL)
            set->modules[i]->forget(opened, execution);
    }
    if (set->mocks == NULL)
        return;
    pthread_mutex_lock(&set->lock);
    asl__mocks_forget(set->mocks, execution);
    pthread_mutex_unlock(&set->lock);
}

/* ---- echoing ------------------------------------------------------------------ */

static enum asl__started echo(asl__tasks *tasks, asl__call *call)
{
    asl__target target = { .enveloped = call->task->invoke, .function = "" };
    asl_value answer = call->input;

    (void)tasks;
    if (call->task->invoke)
        answer = asl_get(answer, "Payload");
    return asl__answer_now(&target, call,
                           asl_is_undefined(answer) ? asl_null() : answer);
}

asl__tasks *asl__echoing_tasks(void)
{
    static asl__tasks echoing = { .start = echo };

    return &echoing;
}

/* ---- answers ------------------------------------------------------------------ */

static enum asl__answered set_success(asl__taskset *set, asl__piece token,
                                      asl__piece output, asl_syntax_error *error)
{
    return asl__token_success(set->tokens, token, output, error);
}

static enum asl__answered set_failure(asl__taskset *set, asl__piece token,
                                      asl_value error, asl_value cause)
{
    return asl__token_failure(set->tokens, token, error, cause);
}

static enum asl__answered set_heartbeat(asl__taskset *set, asl__piece token)
{
    return asl__token_heartbeat(set->tokens, token);
}

/* ---- the layer ---------------------------------------------------------------- */

const asl__task_layer asl__task_layer_functions = {
    .new = asl__taskset_new,
    .load = asl__taskset_load,
    .mock = asl__taskset_mock,
    .resolve = asl__taskset_resolve,
    .tasks = asl__taskset_tasks,
    .free = asl__taskset_free,
    .echoing = asl__echoing_tasks,
    .attach = asl__taskset_attach,
    .success = set_success,
    .failure = set_failure,
    .heartbeat = set_heartbeat,
};
