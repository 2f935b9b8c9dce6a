/*
 * test_state_run.c - the call that a command line of `aslc test-state` makes, and its run.
 */
#include "test_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "build.h"

static bool complain(const char *file)
{
    fprintf(stderr, "aslc: %s: %s\n", file, strerror(errno));
    return false;
}

/* FILE's text as the string NAME; FILE may be NULL. */
static bool add_file(struct arena *arena, struct text *out, const char *name, const char *file)
{
    const struct source *source;

    if (!file)
        return true;
    source = source_read(arena, file);
    if (!source)
        return complain(file);
    test_state_member(out, name, source->text, source->len);
    return true;
}

static void add_text(struct text *out, const char *name, const char *text)
{
    if (text)
        test_state_member(out, name, text, strlen(text));
}

/* The object in SOURCE as it stands, on one line. */
static bool add_source(struct text *out, const char *name, struct arena *arena,
                       const struct source *source)
{
    struct diags diags;
    struct node *root;

    diags_init(&diags, arena, source);
    root = read_json(&diags, NULL);
    if (!root) {
        diags_print_text(&diags, stderr);
        return false;
    }
    if (!node_is_object(root)) {
        fprintf(stderr, "aslc: %s: a JSON object is wanted, not %s\n", source->name,
                node_kind(root));
        return false;
    }
    text_printf(out, "%s\"%s\":", out->len ? "," : "{", name);
    for (size_t i = root->span.begin; i < root->span.end; i++)
        text_add(out, strchr("\r\n", source->text[i]) ? " " : &source->text[i], 1);
    return true;
}

static bool add_object(struct text *out, const char *name, struct arena *arena,
                       const char *file)
{
    const struct source *source;

    if (!file)
        return true;
    source = source_read(arena, file);
    return source ? add_source(out, name, arena, source) : complain(file);
}

static bool add_mock(struct arena *arena, struct text *out, const struct test_call *call)
{
    if (!call->mock_json)
        return add_object(out, "mock", arena, call->mock);
    return add_source(out, "mock", arena,
                      source_new(arena, "--mock-json", call->mock_json,
                                 strlen(call->mock_json)));
}

bool test_state_compose(struct arena *arena, const struct test_call *call, struct text *out)
{
    if (!add_file(arena, out, "input", call->input) ||
        !add_file(arena, out, "context", call->context) ||
        !add_file(arena, out, "variables", call->variables) || !add_mock(arena, out, call) ||
        !add_object(out, "stateConfiguration", arena, call->configuration))
        return false;
    add_text(out, "input", call->input_json);
    add_text(out, "inspectionLevel", call->level);
    add_text(out, "roleArn", call->role);
    if (call->reveal)
        text_printf(out, "%s\"revealSecrets\":true", out->len ? "," : "{");
    text_puts(out, out->len ? "}\n" : "{}\n");
    return true;
}

int test_state_run(struct arena *arena, const char *program, const char *line,
                   const struct test_call *call)
{
    const char *command[] = {program, "--calls", line, NULL, NULL, NULL, NULL};
    char *argv[7] = {0};
    size_t count = 3;

    if (call->pretty)
        command[count++] = "--pretty";
    if (call->tasks) {
        command[count++] = "--tasks";
        command[count++] = call->tasks;
    }
    for (size_t i = 0; i < count; i++)
        argv[i] = arena_copy(arena, command[i], strlen(command[i]));
    return run_command(argv);
}
