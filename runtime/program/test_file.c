/* Reading a file of test cases:
 *
 *     {"cases": [{"name": STRING, "input": JSON, "machine": NAME, "timeout": SECONDS,
 *                 "mock": "FILE#CASE" or {STATE: RESPONSE}, "tasks": FILE or {KEY: BINDING},
 *                 "expect": {"status", "output" or "outputContains", "error", "cause",
 *                            "visited"}}],
 *      "machine", "timeout", "mock", "tasks": what cases have that say nothing else}
 *
 * Whatever is wrong is told before the first case runs. */
#include "value/small.h"

#include "value/base.h"

#include "program/test.h"

/* The case being read and the member of it, for messages. */
struct reading {
    struct asl__test_file *file;
    const struct asl__test_case *c; /* NULL: what stands around the cases */
};

bool asl__test_file_complain(const struct asl__test_file *file,
                             const struct asl__test_case *c, const char *format, ...)
{
    struct asl__buf *error = file->error;
    va_list args;

    asl__buf_printf(error, "%s: ", file->name);
    if (c != NULL) {
        asl__buf_printf(error, "case %zu", c->number);
        if (asl_is_string(c->name)) {
            asl__buf_append_char(error, ' ');
            asl__print(error, c->name);
        }
        asl__buf_append_cstring(error, ": ");
    }
    va_start(args, format);
    asl__buf_vprintf(error, format, args);
    va_end(args);
    return false;
}

#define complain(r, ...) asl__test_file_complain((r)->file, (r)->c, __VA_ARGS__)

/* Complains in MEMBER of the text NAME; false. */
static bool complain_of(const struct reading *r, const char *member, const char *why,
                        asl_value name)
{
    complain(r, "%s%s", member, why);
    asl__print(r->file->error, name);
    return false;
}

/* Whether V is an object with none but the members NAMES. */
static bool has_only(const struct reading *r, const char *what, asl_value v,
                     const char *const *names)
{
    if (!asl_is_object(v))
        return complain(r, "%swants an object", what);
    for (size_t i = 0; i < asl_count(v); i++)
        if (!asl__is_one_of(asl_member_at(v, i)->key, names))
            return complain_of(r, what, "unknown member ", asl_member_at(v, i)->key);
    return true;
}

/* Whether V is a text of one line. */
static bool is_line(asl_value v)
{
    if (!asl_is_string(v) || asl_text_len(v) == 0)
        return false;
    for (size_t i = 0; i < asl_text_len(v); i++)
        if ((unsigned char)asl_text(&v)[i] < ' ' || asl_text(&v)[i] == 0x7f)
            return false;
    return true;
}

const char *asl__test_file_path(const struct asl__test_file *file, asl_value path)
{
    const char *slash = strrchr(file->name, '/');
    size_t folder = slash != NULL ? (size_t)(slash - file->name) + 1 : 0;
    size_t len = asl_text_len(path);

    if (asl_text(&path)[0] == '/')
        folder = 0;
    char *text = asl_alloc(file->region, folder + len + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, file->name, folder);
    memcpy(text + folder, asl_text(&path), len);
    text[folder + len] = '\0';
    return text;
}

/* ---- members that cases and the file have ----------------------------------------- */

static bool is_task(uint8_t type)
{
    return type == ASL_TYPE_TASK || type == ASL_TYPE_CALLBACK;
}

/* Whether MACHINE has the state NAME, a TASK if that is wanted. */
static bool has_state(const asl_machine *machine, asl_value name, bool task)
{
    for (const asl_scope *const *s = machine->scopes; *s != NULL; s++)
        for (uint32_t i = 0; i < (*s)->nstates; i++)
            if (asl_same_text((*s)->states[i].name, name) &&
                (!task || is_task((*s)->states[i].type)))
                return true;
    return false;
}

static bool has_task(const asl_program_def *def, asl_value name)
{
    for (const asl_machine *const *m = def->machines; *m != NULL; m++)
        if (has_state(*m, name, true))
            return true;
    return false;
}

/* Whether V is FILE#CASE. */
static bool names_case(asl_value v)
{
    const char *text = asl_text(&v);
    size_t at = asl_text_len(v) - 1; /* is_line: it is not empty */

    while (at > 0 && text[at] != '#')
        at--;
    return at > 0 && at + 1 < asl_text_len(v);
}

static bool read_mock(const struct reading *r, asl_value v, asl_value *mock)
{
    if (asl_is_undefined(v))
        return true;
    *mock = v;
    if (!asl_is_object(v))
        return (is_line(v) && names_case(v)) ||
               complain(r, "mock: wants \"FILE#CASE\" or {STATE: RESPONSE}");
    for (size_t i = 0; i < asl_count(v); i++)
        if (!has_task(r->file->def, asl_member_at(v, i)->key))
            return complain_of(r, "mock: ", "there is no Task state ",
                               asl_member_at(v, i)->key);
    return true;
}

static bool read_tasks(const struct reading *r, asl_value v, asl_value *tasks)
{
    *tasks = v;
    return asl_is_undefined(v) || is_line(v) || asl_is_object(v) ||
           complain(r, "tasks: wants the path of a file or {KEY: BINDING}");
}

static bool read_machine(const struct reading *r, asl_value v,
                         const asl_machine **machine)
{
    const asl_machine *const *m = r->file->def->machines;

    if (asl_is_undefined(v))
        return true;
    if (!asl_is_string(v))
        return complain(r, "machine: wants the name of a workflow");
    for (; *m != NULL; m++)
        if (asl_text_len(v) == strlen((*m)->name) &&
            memcmp(asl_text(&v), (*m)->name, asl_text_len(v)) == 0)
            break;
    *machine = *m;
    return *m != NULL || complain_of(r, "machine: ", "there is no workflow ", v);
}

static bool read_timeout(const struct reading *r, asl_value v, double *timeout)
{
    if (asl_is_undefined(v))
        return true;
    *timeout = asl_is_number(v) ? asl_to_double(v) : 0;
    return (*timeout >= 0.001 && *timeout <= 1e6) ||
           complain(r, "timeout: wants a number of seconds from 0.001 to 1000000");
}

/* ---- what is expected -------------------------------------------------------------- */

static bool read_status(const struct reading *r, asl_value expect,
                        enum asl__status *status)
{
    static const char *const names[] = { "SUCCEEDED", "FAILED", "TIMED_OUT", NULL };
    static const enum asl__status values[] = { ASL__SUCCEEDED, ASL__FAILED,
                                               ASL__TIMED_OUT };
    asl_value v = asl_get(expect, "status");
    bool fails = !asl_is_undefined(asl_get(expect, "error")) ||
                 !asl_is_undefined(asl_get(expect, "cause"));

    *status = fails ? ASL__FAILED : ASL__SUCCEEDED;
    if (asl_is_undefined(v))
        return true;
    for (size_t i = 0; names[i] != NULL; i++)
        if (asl_is_string(v) && asl_text_len(v) == strlen(names[i]) &&
            memcmp(asl_text(&v), names[i], strlen(names[i])) == 0) {
            *status = values[i];
            return (*status != ASL__SUCCEEDED || !fails) ||
                   complain(r, "expect: who succeeds has neither error nor cause");
        }
    return complain(r, "expect: status: wants SUCCEEDED, FAILED or TIMED_OUT");
}

static bool read_visited(const struct reading *r, asl_value v)
{
    if (asl_is_undefined(v))
        return true;
    if (!asl_is_array(v))
        return complain(r, "expect: visited: wants an array of states");
    for (size_t i = 0; i < asl_count(v); i++) {
        if (!asl_is_string(asl_at(v, i)))
            return complain(r, "expect: visited: wants an array of states");
        if (!has_state(r->c->machine, asl_at(v, i), false))
            return complain_of(r, "expect: visited: ", "there is no state ",
                               asl_at(v, i));
    }
    return true;
}

static bool read_expect(const struct reading *r, struct asl__test_case *c)
{
    static const char *const names[] = { "status", "output", "outputContains",
                                         "error",  "cause",  "visited",
                                         NULL };
    asl_value expect = c->expect;
    bool output = !asl_is_undefined(asl_get(expect, "output"));
    bool part = !asl_is_undefined(asl_get(expect, "outputContains"));
    asl_value error = asl_get(expect, "error");

    if (!has_only(r, "expect: ", expect, names) || !read_status(r, expect, &c->status))
        return false;
    if (asl_count(expect) == 0)
        return complain(r, "expect: wants at least one member");
    if (output && part)
        return complain(r, "expect: output and outputContains exclude each other");
    if ((output || part) && c->status != ASL__SUCCEEDED)
        return complain(r, "expect: who fails has no output");
    if (!asl_is_undefined(error) && !asl_is_string(error))
        return complain(r, "expect: error: wants a string");
    return read_visited(r, asl_get(expect, "visited"));
}

/* ---- cases ------------------------------------------------------------------------- */

/* The case V; C holds what the file says for all. */
static bool read_case(struct reading *r, asl_value v, struct asl__test_case *c)
{
    static const char *const names[] = { "name",    "input",   "machine",
                                         "timeout", "mock",    "tasks",
                                         "expect",  "comment", NULL };
    asl_value name = asl_get(v, "name");

    r->c = c;
    if (asl_is_string(name))
        c->name = name;
    if (!has_only(r, "", v, names))
        return false;
    if (!is_line(name))
        return complain(r, "name: wants a text of one line");
    c->input = asl_get(v, "input");
    c->expect = asl_get(v, "expect");
    return read_machine(r, asl_get(v, "machine"), &c->machine) &&
           read_timeout(r, asl_get(v, "timeout"), &c->timeout) &&
           read_mock(r, asl_get(v, "mock"), &c->mock) &&
           read_tasks(r, asl_get(v, "tasks"), &c->tasks[0]) && read_expect(r, c);
}

static bool is_chosen(const struct asl__test_file *file, asl_value name)
{
    const char *filter = file->options->filter != NULL ? file->options->filter : "";
    size_t len = strlen(filter);

    for (size_t i = 0; i + len <= asl_text_len(name); i++)
        if (memcmp(asl_text(&name) + i, filter, len) == 0)
            return true;
    return false;
}

/* All CASES are read; only those that are chosen stay. */
static bool read_cases(struct reading *r, asl_value cases,
                       const struct asl__test_case *defaults)
{
    struct asl__test_file *file = r->file;
    size_t count = asl_count(cases);
    asl_value names = asl_object();

    if (!asl_is_array(cases) || count == 0)
        return complain(r, "cases: wants an array of cases");
    file->cases = asl_alloc(file->region, count * sizeof *file->cases);
    if (file->cases == NULL)
        return complain(r, "out of memory");
    for (size_t i = 0; i < count; i++) {
        struct asl__test_case *c = &file->cases[file->count];
        *c = *defaults;
        c->number = i + 1;
        if (!read_case(r, asl_at(cases, i), c))
            return false;
        if (!asl_is_undefined(asl_member_of(names, c->name)))
            return complain(r, "name: another case has it, too");
        names = asl_set(file->region, names, c->name, asl_boolean(true));
        if (asl_is_error(names))
            return complain(r, "out of memory");
        file->count += is_chosen(file, c->name);
    }
    r->c = NULL;
    return file->count > 0 ||
           complain(r, "no case has \"%s\" in its name", file->options->filter);
}

bool asl__test_file_read(struct asl__test_file *file, const char *text, size_t len)
{
    static const char *const names[] = { "cases", "machine", "timeout", "mock",
                                         "tasks", "comment", NULL };
    const struct asl__cli_options *o = file->options;
    struct asl__test_case defaults = { .machine = file->machine, .timeout = 60 };
    struct reading r = { .file = file };
    asl_syntax_error error;
    asl_value v;

    if (!asl_parse(file->region, text, len, &v, &error)) {
        asl__buf_printf(file->error, "%s:%zu:%zu: %s", file->name, error.line,
                        error.column, error.message);
        return false;
    }
    if (o->case_timeout > 0)
        defaults.timeout = o->case_timeout;
    return has_only(&r, "", v, names) &&
           read_machine(&r, asl_get(v, "machine"), &defaults.machine) &&
           read_timeout(&r, asl_get(v, "timeout"), &defaults.timeout) &&
           read_mock(&r, asl_get(v, "mock"), &defaults.mock) &&
           read_tasks(&r, asl_get(v, "tasks"), &defaults.tasks[1]) &&
           read_cases(&r, asl_get(v, "cases"), &defaults);
}
