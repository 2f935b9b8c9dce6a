/* A definition through the whole compiler, for fuzz_definition.c and fuzz_yaml.c. */
#ifndef FUZZ_DEFINITION_H
#define FUZZ_DEFINITION_H

#include "base.h"

#include "fuzz.h"

#include "arena.h"
#include "check.h"
#include "emit.h"
#include "lower.h"
#include "names.h"
#include "tree.h"

/* Each form of output must be possible, and name places in the source. */
static void print_diags(struct diags *diags)
{
    struct diags *list[] = { diags };
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        abort();
    for (size_t i = 0; i < diags->count; i++) {
        FUZZ_HOLDS(diags->list[i].span.begin <= diags->list[i].span.end);
        FUZZ_HOLDS(diags->list[i].span.end <= diags->source->len);
    }
    diags_print_text(diags, out);
    diags_print_json(list, 1, out);
    diags_print_sarif(list, 1, out);
    fclose(out);
    free(text);
}

static void emit_machine(struct diags *diags, const struct machine *machine)
{
    struct ir_program *program =
        ir_program_new(diags->arena, names_new(diags->arena));

    if (!lower_machine(program, diags, machine)) {
        FUZZ_HOLDS(diags->nerrors > 0);
        return;
    }
    ir_finish(program);
    struct text text = { 0 };
    emit_program(&text, program, &(struct emit_options){ .file = "fuzz.c" });
    FUZZ_HOLDS(text.len > 0 && memchr(text.text, '\0', text.len) == NULL);
    free(text.text);
}

/* Reads, checks, lowers and emits SIZE bytes as the file NAME. */
static inline void compile_bytes(const char *name, const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    char *copy = arena_copy(arena, size ? (const char *)data : "", size);
    struct diags diags;

    diags_init(&diags, arena, source_new(arena, name, copy, size));
    struct machine *machine = read_definition(&diags, NULL, NULL, MACHINE_STANDARD);
    FUZZ_HOLDS(machine || diags.nerrors > 0);
    if (machine) {
        bool good = check_machine(&diags, machine);

        FUZZ_HOLDS(good == (diags.nerrors == 0));
        good = check_placeholders(&diags, machine) && good;
        if (good && diags.nerrors == 0)
            emit_machine(&diags, machine);
    }
    print_diags(&diags);
    arena_free(arena);
}

#endif
