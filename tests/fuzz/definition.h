/* A definition through the whole compiler, for fuzz_definition.c, fuzz_machine.c and
 * fuzz_yaml.c.  With FUZZ_EMIT=FOLDER in the environment the C is left there, for run.sh to
 * compile. */
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

/* Writes TEXT to FUZZ_EMIT/<hash>.c. */
static void keep_emitted(const struct text *text)
{
    const char *folder = getenv("FUZZ_EMIT");
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    char path[4096];

    if (!folder)
        return;
    for (size_t i = 0; i < text->len; i++)
        hash = (hash ^ (unsigned char)text->text[i]) * UINT64_C(0x100000001b3);
    snprintf(path, sizeof path, "%s/%016llx.c", folder, (unsigned long long)hash);
    FILE *file = fopen(path, "w");
    FUZZ_HOLDS(file && fwrite(text->text, 1, text->len, file) == text->len);
    fclose(file);
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
    keep_emitted(&text);
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
