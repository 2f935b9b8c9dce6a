/*
 * main.c - the command lines of aslc.
 *
 *   0 done   1 the definition has errors   2 wrong usage   3 I/O or the C compiler failed
 *
 * Nothing is written when there are errors.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "arena.h"
#include "aws.h"
#include "build.h"
#include "check.h"
#include "emit.h"
#include "expressions.h"
#include "lower.h"
#include "names.h"
#include "test_state.h"
#include "tree.h"

#ifndef ASLC_VERSION
#define ASLC_VERSION "0.1.0"
#endif

enum { DONE, ERRORS, USAGE, FAILED };

enum command {
    COMMAND_NONE,
    COMMAND_EMIT,
    COMMAND_BUILD,
    COMMAND_CHECK,
    COMMAND_LIBS,
    COMMAND_GRAPH,
    COMMAND_TEST_STATE
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF };

struct list {
    const char **items; /* NULL at the end */
    size_t count;
};

struct driver {
    struct arena *arena;
    enum command command;
    struct list files;  /* definitions */
    struct list inputs; /* handlers.c, lib.a, x.o, -lX */
    struct list modules;
    struct list bound; /* keys of --tasks */
    struct define *defines, **last_define;
    const char *output, *header, *save_c, *name, *tasks, *dep_file;
    enum machine_type type;
    enum format format;
    bool is_static, no_main, no_line, deps, werror, dump_ir, expressions;
    const char *state; /* test-state: --state */
    struct test_call call;
    struct diags **diags; /* one for each file that could be read */
    size_t ndiags;
};

static const char usage_text[] =
    "usage: aslc emit  [-o OUT.c|-] [--header OUT.h] [--no-main] [--no-line] [-MD] [-MF DEP]\n"
    "                  [options] FILE...\n"
    "       aslc emit  --expressions [-o OUT.c|-] FILE    (an array of JSONata expressions)\n"
    "       aslc build -o PROGRAM [--static] [--save-c FILE] [options] FILE...\n"
    "                  [handlers.c ...|lib.a ...|-lLIBRARY ...]\n"
    "       aslc check [--format text|json|sarif] [-Werror] [options] FILE...\n"
    "       aslc libs  [--static] [options] FILE...\n"
    "       aslc test-state FILE [--state NAME] [--input FILE|-] [--input-json TEXT]\n"
    "                  [--mock FILE] [--mock-json TEXT] [--context FILE] [--variables FILE]\n"
    "                  [--state-configuration FILE] [--level INFO|DEBUG|TRACE]\n"
    "                  [--role-arn ARN] [--reveal-secrets] [--pretty] [options]\n"
    "                  [handlers.c ...|lib.a ...|-lLIBRARY ...]\n"
    "       aslc test-state -o PROGRAM FILE [--state NAME] [options] [handlers.c ...]\n"
    "options: -D NAME=VALUE  --name NAME  --type STANDARD|EXPRESS  --with MODULES\n"
    "         --tasks FILE\n"
    "FILE is .asl.json, .json, .asl.yaml, .yaml, or - for standard input.\n"
    "Exit: 0 done, 1 errors in a definition, 2 wrong usage, 3 I/O or C compiler failure.\n";

__attribute__((format(printf, 1, 2))) static bool wrong(const char *format, ...)
{
    va_list args;

    fputs("aslc: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\n", stderr);
    return false;
}

/* ---- command line ------------------------------------------------------------- */

static void list_add(struct driver *d, struct list *list, const char *item)
{
    const char **items = ARENA_ARRAY(d->arena, list->count + 2, const char *);

    if (list->count)
        memcpy(items, list->items, list->count * sizeof *items);
    items[list->count++] = item;
    list->items = items;
}

static bool list_has(const struct list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0)
            return true;
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len > n && strcmp(text + len - n, end) == 0;
}

static bool add_define(struct driver *d, const char *text)
{
    const char *equals = strchr(text, '=');
    struct define *define = ARENA_NEW(d->arena, struct define);

    if (!equals || equals == text)
        return wrong("-D wants NAME=VALUE, not `%s`", text);
    define->name = text;
    define->name_len = (size_t)(equals - text);
    define->value = equals + 1;
    *d->last_define = define;
    d->last_define = &define->next;
    return true;
}

/* What --with may name. */
static const struct module {
    const char *name;
    bool is_built;
    bool has_object;   /* asl_module_NAME is linked for it */
    const char *needs; /* another module that it works with, or NULL */
} modules[] = {{"exec", true, true, NULL},      {"mock", true, false, NULL},
               {"regex", true, false, NULL},    {"http", true, true, NULL},
               {"tls", true, true, "http"},     {"aws", true, true, "tls"},
               {"control", true, true, "exec"}, {"states", true, true, "exec"},
               {"store", false, true, NULL},
               {"serve", false, true, NULL}};

static bool add_module(struct driver *d, const char *name)
{
    const struct module *module = NULL;

    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (strcmp(modules[i].name, name) == 0)
            module = &modules[i];
    if (!module)
        return wrong("--with: there is no module `%s`", name);
    if (!module->is_built)
        return wrong("--with %s: not built yet", name);
    if (module->needs && !add_module(d, module->needs))
        return false;
    if (module->has_object && !list_has(&d->modules, name))
        list_add(d, &d->modules, name);
    return true;
}

/* --with LIST, separated by commas. */
static bool add_modules(struct driver *d, const char *names)
{
    while (*names) {
        const char *name = arena_copy(d->arena, names, strcspn(names, ","));

        if (!add_module(d, name))
            return false;
        names += strlen(name);
        names += *names == ',';
    }
    return true;
}

static bool set_type(struct driver *d, const char *text)
{
    if (strcmp(text, "EXPRESS") != 0 && strcmp(text, "STANDARD") != 0)
        return wrong("--type is STANDARD or EXPRESS, not `%s`", text);
    d->type = *text == 'E' ? MACHINE_EXPRESS : MACHINE_STANDARD;
    return true;
}

static bool set_format(struct driver *d, const char *text)
{
    static const char *const names[] = {"text", "json", "sarif"};

    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            d->format = (enum format)i;
            return true;
        }
    return wrong("--format is text, json or sarif, not `%s`", text);
}

static bool set_text(const char **to, const char *text)
{
    *to = text;
    return true;
}

/* The commands an option belongs to: a bit for each. */
#define IN(command) (1U << COMMAND_##command)
#define IN_OUTPUT (IN(EMIT) | IN(BUILD))
#define IN_ALL (IN(EMIT) | IN(BUILD) | IN(CHECK) | IN(LIBS) | IN(TEST_STATE))
#define IN_TEST IN(TEST_STATE)

/* Options with a value. */
static const struct {
    const char *name;
    unsigned commands;
} valued[] = {{"-o", IN_OUTPUT | IN_TEST},
              {"--header", IN_OUTPUT},
              {"--save-c", IN(BUILD) | IN_TEST},
              {"-MF", IN_OUTPUT},
              {"-D", IN_ALL},
              {"--name", IN_ALL},
              {"--type", IN_ALL},
              {"--with", IN_ALL},
              {"--tasks", IN_ALL},
              {"--format", IN_ALL & ~IN_TEST},
              {"--state", IN_TEST},
              {"--input", IN_TEST},
              {"--input-json", IN_TEST},
              {"--mock", IN_TEST},
              {"--mock-json", IN_TEST},
              {"--context", IN_TEST},
              {"--variables", IN_TEST},
              {"--state-configuration", IN_TEST},
              {"--level", IN_TEST},
              {"--role-arn", IN_TEST},
              {NULL, 0}};

static bool set_state(struct driver *d, const char *name)
{
    if (!*name)
        return wrong("--state wants a name of 1 to 80 characters");
    return set_text(&d->state, name);
}

static bool set_level(struct driver *d, const char *level)
{
    if (strcmp(level, "INFO") != 0 && strcmp(level, "DEBUG") != 0 && strcmp(level, "TRACE") != 0)
        return wrong("--level is INFO, DEBUG or TRACE, not `%s`", level);
    return set_text(&d->call.level, level);
}

static bool set_valued(struct driver *d, size_t option, const char *value)
{
    switch (option) {
    case 0: return set_text(&d->output, value);
    case 1: return set_text(&d->header, value);
    case 2: return set_text(&d->save_c, value);
    case 3: return set_text(&d->dep_file, value);
    case 4: return add_define(d, value);
    case 5: return set_text(&d->name, value);
    case 6: return set_type(d, value);
    case 7: return add_modules(d, value);
    case 8: return set_text(&d->tasks, value);
    case 10: return set_state(d, value);
    case 11: return set_text(&d->call.input, value);
    case 12: return set_text(&d->call.input_json, value);
    case 13: return set_text(&d->call.mock, value);
    case 14: return set_text(&d->call.mock_json, value);
    case 15: return set_text(&d->call.context, value);
    case 16: return set_text(&d->call.variables, value);
    case 17: return set_text(&d->call.configuration, value);
    case 18: return set_level(d, value);
    case 19: return set_text(&d->call.role, value);
    default: return set_format(d, value);
    }
}

/* The value of a valued option: `--name=X`, `-DX=Y`, or the next argument. */
static const char *value_of(const char *argument, const char *name, int *i, char **argv)
{
    size_t len = strlen(name);

    if (strncmp(argument, name, len) != 0)
        return NULL;
    if (argument[len] == '\0')
        return argv[*i + 1] ? argv[++*i] : NULL;
    if (name[1] == '-')
        return argument[len] == '=' ? argument + len + 1 : NULL;
    return strcmp(name, "-D") == 0 || strcmp(name, "-o") == 0 ? argument + len : NULL;
}

static bool set_flag(struct driver *d, const char *argument, bool *known)
{
    const struct {
        const char *name;
        unsigned commands;
        bool *flag;
    } flags[] = {{"--static", IN(BUILD) | IN(LIBS) | IN_TEST, &d->is_static},
                 {"--reveal-secrets", IN_TEST, &d->call.reveal},
                 {"--pretty", IN_TEST, &d->call.pretty},
                 {"--no-main", IN_OUTPUT, &d->no_main},
                 {"--no-line", IN_OUTPUT, &d->no_line},
                 {"-MD", IN_OUTPUT, &d->deps},
                 {"-Werror", IN_ALL, &d->werror},
                 {"--dump=ir", IN(EMIT), &d->dump_ir},
                 {"--expressions", IN(EMIT), &d->expressions}};

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(argument, flags[i].name) == 0 && flags[i].commands >> d->command & 1) {
            *flags[i].flag = true;
            *known = true;
            return true;
        }
    if (strcmp(argument, "-Wall") == 0 || strcmp(argument, "-Wextra") == 0)
        *known = true; /* all warnings are on */
    return true;
}

static bool take_option(struct driver *d, int *i, char **argv)
{
    const char *argument = argv[*i], *value;
    bool known = false;

    for (size_t k = 0; valued[k].name; k++)
        if (valued[k].commands >> d->command & 1 &&
            (value = value_of(argument, valued[k].name, i, argv)) != NULL)
            return set_valued(d, k, value);
    set_flag(d, argument, &known);
    if (known)
        return true;
    for (size_t k = 0; valued[k].name; k++)
        if (strcmp(argument, valued[k].name) == 0 && valued[k].commands >> d->command & 1)
            return wrong("%s wants a value", argument);
    return wrong("unknown option `%s`; see aslc --help", argument);
}

static bool is_library(const char *argument)
{
    return strncmp(argument, "-l", 2) == 0 && argument[2];
}

static bool is_input(const char *argument)
{
    return is_library(argument) || ends_with(argument, ".c") || ends_with(argument, ".a") ||
           ends_with(argument, ".o") || ends_with(argument, ".so");
}

static bool check_test_arguments(const struct driver *d)
{
    const struct test_call *call = &d->call;

    if (d->files.count > 1)
        return wrong("test-state takes one FILE");
    if (call->input && strcmp(call->input, "-") == 0 && strcmp(d->files.items[0], "-") == 0)
        return wrong("FILE and --input cannot both be standard input");
    if (call->input && call->input_json)
        return wrong("only one of --input and --input-json");
    if (call->mock && call->mock_json)
        return wrong("only one of --mock and --mock-json");
    return true;
}

static bool read_arguments(struct driver *d, int argc, char **argv)
{
    bool options = true;

    for (int i = 2; i < argc; i++) {
        const char *argument = argv[i];

        if (options && strcmp(argument, "--") == 0)
            options = false;
        else if (options && argument[0] == '-' && argument[1] && !is_library(argument)) {
            if (!take_option(d, &i, argv))
                return false;
        } else
            list_add(d, is_input(argument) ? &d->inputs : &d->files, argument);
    }
    if (d->files.count == 0)
        return wrong("no FILE given; see aslc --help");
    if (d->inputs.count && d->command != COMMAND_BUILD && d->command != COMMAND_TEST_STATE)
        return wrong("`%s` is no definition", d->inputs.items[0]);
    if (d->name && d->files.count > 1)
        return wrong("--name goes with one FILE only");
    if (d->command == COMMAND_BUILD && (!d->output || strcmp(d->output, "-") == 0))
        return wrong("build wants -o PROGRAM");
    if (d->command == COMMAND_BUILD && d->no_main)
        return wrong("build makes a program; --no-main is for emit");
    return d->command != COMMAND_TEST_STATE || check_test_arguments(d);
}

/* ---- --tasks at build time ------------------------------------------------------ */

/* Whether TEXT has the form of PATTERN, in which `*` stands for any text. */
static bool matches(const char *pattern, const char *text, size_t len)
{
    const char *end = text + len, *star = NULL, *resume = text;

    while (text < end) {
        if (*pattern == '*') {
            star = pattern++;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++resume;
        } else {
            return false;
        }
    }
    pattern += strspn(pattern, "*");
    return *pattern == '\0';
}

/* Whether the string NODE names something that wants TLS. */
static bool is_https(const struct node *node)
{
    return node_is_string(node) && node->len >= 6 && strncasecmp(node->text, "https:", 6) == 0;
}

static bool add_binding(struct driver *d, const struct node *binding)
{
    const struct node *value;

    static const struct {
        const char *key, *module;
    } kinds[] = {{"exec", "exec"}, {"http", "http"}, {"lambda", "http"}, {"aws", "aws"}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (node_is_object(binding) && (value = node_member(binding, kinds[i].key)) != NULL &&
            (!add_modules(d, kinds[i].module) || (is_https(value) && !add_modules(d, "tls"))))
            return false;
    return true;
}

/* DONE, or the exit status. */
static int read_tasks(struct driver *d)
{
    struct source *source = source_read(d->arena, d->tasks);
    struct diags diags;
    struct node *root;
    const struct node *tasks;

    if (!source) {
        wrong("%s: %s", d->tasks, strerror(errno));
        return FAILED;
    }
    diags_init(&diags, d->arena, source);
    root = read_json(&diags, NULL);
    if (!root) {
        diags_print_text(&diags, stderr);
        return USAGE;
    }
    tasks = node_is_object(root) ? node_member(root, "tasks") : NULL;
    for (const struct node *m = tasks ? node_child(tasks) : NULL; m; m = node_next(m)) {
        list_add(d, &d->bound, arena_copy(d->arena, m->key, m->key_len));
        if (!add_binding(d, m))
            return USAGE;
    }
    return DONE;
}

/* ---- files -------------------------------------------------------------------- */

static bool print_diags(struct driver *d)
{
    bool errors = false;

    for (size_t i = 0; i < d->ndiags; i++) {
        diags_sort(d->diags[i]);
        errors = errors || d->diags[i]->nerrors > 0;
        if (d->format == FORMAT_TEXT)
            diags_print_text(d->diags[i], stderr);
    }
    if (d->format == FORMAT_JSON)
        diags_print_json(d->diags, d->ndiags, stdout);
    if (d->format == FORMAT_SARIF)
        diags_print_sarif(d->diags, d->ndiags, stdout);
    return !errors;
}

/* Reads and checks a file, and adds it to the program unless that is NULL. */
static int take_file(struct driver *d, const char *file, struct ir_program *program)
{
    struct source *source = source_read(d->arena, file);
    struct machine *machine;
    struct diags *diags;

    if (!source) {
        wrong("%s: %s", file, strerror(errno));
        return FAILED;
    }
    diags = d->diags[d->ndiags++] = ARENA_NEW(d->arena, struct diags);
    diags_init(diags, d->arena, source);
    diags->werror = d->werror;
    machine = read_definition(diags, d->defines, d->name, d->type);
    if (!machine || !check_machine(diags, machine) || !program)
        return DONE;
    for (const struct ir_unit *unit = program->units; unit; unit = unit->next)
        if (strcmp(unit->machine->name, machine->name) == 0) {
            wrong("%s and %s are both the machine `%s`", unit->machine->source->name, file,
                  machine->name);
            return USAGE;
        }
    if (check_placeholders(diags, machine))
        lower_machine(program, diags, machine);
    return DONE;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The C file's name in #line. */
static const char *c_name(const struct driver *d, const struct ir_program *program)
{
    const char *path = d->command == COMMAND_EMIT ? d->output : d->save_c;

    if (!path || strcmp(path, "-") == 0)
        return arena_printf(d->arena, "%s.c", program->units->name);
    return path[0] == '/' ? base_name(path) : path;
}

static bool write_or_say(struct driver *d, const char *path, const struct text *text)
{
    if (write_file(d->arena, path, text->text, text->len))
        return true;
    return wrong("cannot write %s: %s", path, strerror(errno));
}

/* `OUT: FILE...` for make. */
static bool write_deps(struct driver *d)
{
    const char *output = d->output ? d->output : "-";
    const char *path = d->dep_file;
    struct text text = {0};
    bool ok;

    if (!path && ends_with(output, ".c"))
        path = arena_printf(d->arena, "%.*s.d", (int)strlen(output) - 2, output);
    else if (!path)
        path = arena_printf(d->arena, "%s.d", output);
    text_printf(&text, "%s:", output);
    for (size_t i = 0; i < d->files.count; i++)
        text_printf(&text, " %s", d->files.items[i]);
    for (size_t i = 0; i < d->inputs.count; i++)
        if (!is_library(d->inputs.items[i]))
            text_printf(&text, " %s", d->inputs.items[i]);
    text_puts(&text, "\n");
    ok = write_or_say(d, path, &text);
    free(text.text);
    return ok;
}

static bool write_header(struct driver *d, const struct ir_program *program,
                         const struct emit_options *options)
{
    struct text header = {0};
    bool ok;

    emit_header(&header, program, options);
    ok = write_or_say(d, d->header, &header);
    free(header.text);
    return ok;
}

/* ---- commands ----------------------------------------------------------------- */

static int finish(struct driver *d, const struct ir_program *program, const struct text *c)
{
    struct toolchain toolchain;
    struct build_options build = {
        .name = program->units->name,
        .output = d->output,
        .save_c = d->save_c,
        .inputs = d->inputs.items ? d->inputs.items : (const char *const[]){NULL},
        .is_static = d->is_static,
        .modules = d->modules.items,
        .hash = program->has_intrinsic,
        .regex = program->has_regex,
        .environment = {getenv("CC"), getenv("CFLAGS"), getenv("TMPDIR")}};

    if (d->command == COMMAND_TEST_STATE && !build.environment.cflags)
        build.environment.cflags = "-O0"; /* it runs for a moment */
    if (d->command == COMMAND_EMIT)
        return write_or_say(d, d->output ? d->output : "-", c) ? DONE : FAILED;
    if (!toolchain_find(d->arena, &toolchain)) {
        wrong("aslc-tree.conf: %s", strerror(errno));
        return FAILED;
    }
    if (d->command == COMMAND_LIBS) {
        printf("%s\n", build_libs(d->arena, &toolchain, &build));
        return DONE;
    }
    return build_program(d->arena, &toolchain, &build, c->text, c->len) ? DONE : FAILED;
}

/* In one go: there may be no memory left halfway. */
static int dump_ir(const struct ir_program *program)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        out_of_memory();
    ir_print(program, out);
    if (fflush(out) != 0 || ferror(out))
        out_of_memory();
    fwrite(text, 1, len, stdout);
    fclose(out);
    free(text);
    return DONE;
}

/* Whether a --tasks file binds RESOURCE (by itself, or by a pattern). */
static bool is_bound(const void *user, const char *resource, size_t len)
{
    const struct driver *d = user;

    if (d->call.mock || d->call.mock_json) /* a state that is tested without its service */
        return true;
    for (size_t i = 0; i < d->bound.count; i++)
        if (matches(d->bound.items[i], resource, len))
            return true;
    return false;
}

/* Whether TASK, which nothing said at build time binds, calls a service of AWS other than
 * Lambda, whose functions are often bound at run time, and Step Functions itself, whose
 * machines may be in the program. */
static bool wants_aws(const struct driver *d, const struct ir_task *task)
{
    return task->aws && strcmp(task->kind, "ASL_TASK_SERVICE") == 0 &&
           !(task->aws->optimized && (strcmp(task->aws->service->key, "lambda") == 0 ||
                                      strcmp(task->aws->service->key, "sfn") == 0)) &&
           !is_bound(d, task->resource->text, task->resource->len);
}

static bool text_is(const struct expr_text *text, const char *word)
{
    return text->len == strlen(word) && memcmp(text->text, word, text->len) == 0;
}

static void need_module(struct driver *d, const char *name)
{
    if (!list_has(&d->modules, name))
        list_add(d, &d->modules, name);
}

/* The modules that the Resources themselves need. */
static void add_needed(struct driver *d, const struct ir_program *program)
{
    for (const struct ir_task *task = program->tasks; task; task = task->next) {
        need_module(d, "exec");
        if (strcmp(task->kind, "ASL_TASK_ACTIVITY") == 0 ||
            strcmp(task->pattern, "ASL_WAIT_FOR_TASK_TOKEN") == 0)
            need_module(d, "control");
        if (text_is(&task->service, "states") || text_is(&task->service, "aws-sdk:sfn"))
            need_module(d, "states");
        if (text_is(&task->service, "http"))
            add_module(d, "tls");
        if (wants_aws(d, task))
            add_module(d, "aws");
    }
}

static int write_output(struct driver *d, struct ir_program *program)
{
    struct emit_options options = {.no_line = d->no_line, .no_main = d->no_main};
    struct text c = {0};
    int status;

    add_needed(d, program);
    options.modules = d->modules.items;
    options.aws = list_has(&d->modules, "aws");
    options.file = c_name(d, program);
    if (d->dump_ir)
        return dump_ir(program);
    emit_program(&c, program, &options);
    status = finish(d, program, &c);
    free(c.text);
    if (status == DONE && d->header && !write_header(d, program, &options))
        status = FAILED;
    if (status == DONE && (d->deps || d->dep_file) && !write_deps(d))
        status = FAILED;
    return status;
}

static int run(struct driver *d)
{
    struct ir_program *program = NULL;
    int status = d->tasks ? read_tasks(d) : DONE, one;

    if (status != DONE)
        return status;
    d->diags = ARENA_ARRAY(d->arena, d->files.count, struct diags *);
    if (d->command != COMMAND_CHECK) {
        program = ir_program_new(d->arena, names_new(d->arena));
        program->is_bound = is_bound;
        program->user = d;
    }
    for (size_t i = 0; i < d->files.count; i++) {
        one = take_file(d, d->files.items[i], program);
        status = one != DONE ? one : status;
    }
    if (!print_diags(d) && status == DONE)
        return ERRORS;
    return program && status == DONE ? write_output(d, program) : status;
}

/* ---- test-state --------------------------------------------------------------- */

/* Why there is nothing to run: on standard output as the service says it, on stderr as the
 * compiler does. */
static int refuse_test(struct driver *d, struct diags *diags, enum test_state_found found)
{
    struct text out = {0};
    int status = ERRORS;

    if (found == TEST_STATE_NO_NAME) {
        wrong("%s is a state machine: --state NAME says which state", d->files.items[0]);
        test_state_fault(&out, "InvalidDefinition",
                         "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These "
                         "fields are required: [Type] at /States/" TEST_STATE_NAME "'");
        status = USAGE;
    } else if (found == TEST_STATE_NOT_FOUND) {
        wrong("%s has no state `%s`", d->files.items[0], d->state);
        test_state_fault(&out, "ValidationException", "State not found in definition");
        status = USAGE;
    } else {
        test_state_refusal(&out, diags);
    }
    fwrite(out.text ? out.text : "", 1, out.len, stdout);
    free(out.text);
    return status;
}

/* The program of the tested state, in the file d->output. */
static int build_test(struct driver *d)
{
    struct source *source = source_read(d->arena, d->files.items[0]);
    struct test_state wanted = {d->defines, d->name, d->state, d->type};
    struct ir_program *program = ir_program_new(d->arena, names_new(d->arena));
    struct machine *machine;
    enum test_state_found found;
    struct diags diags;

    if (!source) {
        wrong("%s: %s", d->files.items[0], strerror(errno));
        return FAILED;
    }
    diags_init(&diags, d->arena, source);
    diags.werror = d->werror;
    program->inspected = true;
    program->is_bound = is_bound;
    program->user = d;
    found = test_state_read(&diags, &wanted, &machine);
    if (found == TEST_STATE_READY &&
        !(check_placeholders(&diags, machine) && lower_machine(program, &diags, machine)))
        found = TEST_STATE_WRONG;
    diags_sort(&diags);
    diags_print_text(&diags, stderr);
    return found == TEST_STATE_READY ? write_output(d, program)
                                     : refuse_test(d, &diags, found);
}

/* Builds the program in FOLDER and runs it on the call LINE. */
static int test_in(struct driver *d, const char *folder, const struct text *line)
{
    const char *call = arena_printf(d->arena, "%s/call.json", folder);
    int status;

    d->output = arena_printf(d->arena, "%s/test-state", folder);
    status = build_test(d);
    if (status != DONE)
        return status;
    if (write_or_say(d, call, line))
        status = test_state_run(d->arena, d->output, call, &d->call);
    else
        status = FAILED;
    unlink(call);
    unlink(d->output);
    return status < 0 ? FAILED : status;
}

static int run_test(struct driver *d)
{
    const char *tmpdir = getenv("TMPDIR");
    struct text line = {0};
    int status = d->tasks ? read_tasks(d) : DONE;
    char *folder;

    d->call.tasks = d->tasks;
    if (status != DONE)
        return status;
    if (d->output)
        return build_test(d);
    if (!test_state_compose(d->arena, &d->call, &line))
        return USAGE;
    folder = arena_printf(d->arena, "%s/aslc-XXXXXX", tmpdir && *tmpdir ? tmpdir : "/tmp");
    if (mkdtemp(folder)) {
        status = test_in(d, folder, &line);
        rmdir(folder);
    } else {
        wrong("cannot make a folder %s: %s", folder, strerror(errno));
        status = FAILED;
    }
    free(line.text);
    return status;
}

/* `emit --expressions`: the file is an array of JSONata expressions. */
static int run_expressions(struct driver *d)
{
    struct source *source = source_read(d->arena, d->files.items[0]);
    struct diags diags;
    struct node *root;
    struct text c = {0};
    bool ok;

    if (!source) {
        wrong("%s: %s", d->files.items[0], strerror(errno));
        return FAILED;
    }
    diags_init(&diags, d->arena, source);
    root = read_json(&diags, NULL);
    if (!root || !expressions_emit(&diags, root, &c)) {
        diags_print_text(&diags, stderr);
        return ERRORS;
    }
    ok = write_or_say(d, d->output ? d->output : "-", &c);
    free(c.text);
    return ok ? DONE : FAILED;
}

static enum command command_of(const char *name)
{
    static const char *const names[] = {"emit", "build", "check", "libs", "graph", "test-state"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum command)(COMMAND_EMIT + i);
    return COMMAND_NONE;
}

int main(int argc, char **argv)
{
    struct driver d = {.arena = arena_new()};
    int status = USAGE;

    d.last_define = &d.defines;
    d.command = argc > 1 ? command_of(argv[1]) : COMMAND_NONE;
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("aslc " ASLC_VERSION);
        status = DONE;
    } else if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0 ||
                            (argc > 2 && strcmp(argv[2], "--help") == 0))) {
        fputs(usage_text, stdout);
        status = DONE;
    } else if (d.command == COMMAND_NONE) {
        if (argc > 1)
            wrong("unknown command `%s`", argv[1]);
        fputs(usage_text, stderr);
    } else if (d.command == COMMAND_GRAPH) {
        wrong("%s: not built yet", argv[1]);
    } else if (read_arguments(&d, argc, argv)) {
        status = d.expressions                       ? run_expressions(&d)
                 : d.command == COMMAND_TEST_STATE ? run_test(&d)
                                                   : run(&d);
    }
    arena_free(d.arena);
    if (fflush(stdout) != 0 && status == DONE)
        status = FAILED;
    return status;
}
