/* Any bytes as the definition of a state that is tested by itself, or of a machine each of
 * whose first states is: read, checked, lowered, emitted. */
#include "definition.h"

#include "test_state.h"

enum { MOST_STATES = 4 };

/* Tests the state NAME (NULL: the definition itself); whether there was one to test. */
static void test_one(const char *copy, size_t size, const char *name)
{
    struct arena *arena = arena_new();
    struct test_state wanted = { .state = name };
    struct text text = { 0 };
    struct machine *machine;
    struct diags diags;

    diags_init(&diags, arena, source_new(arena, "fuzz.asl.json", copy, size));
    enum test_state_found found = test_state_read(&diags, &wanted, &machine);
    FUZZ_HOLDS((found == TEST_STATE_WRONG) == (diags.nerrors > 0));
    if (found == TEST_STATE_READY && check_placeholders(&diags, machine)) {
        struct ir_program *program = ir_program_new(arena, names_new(arena));
        program->inspected = true;
        if (lower_machine(program, &diags, machine)) {
            emit_program(&text, program, &(struct emit_options){ .file = "fuzz.c" });
            FUZZ_HOLDS(text.len > 0 && memchr(text.text, '\0', text.len) == NULL);
            keep_emitted(&text);
        } else {
            FUZZ_HOLDS(diags.nerrors > 0);
        }
    } else if (found == TEST_STATE_WRONG) {
        test_state_refusal(&text, &diags);
        FUZZ_HOLDS(text.len > 0);
    }
    print_diags(&diags);
    free(text.text);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    char *copy = arena_copy(arena, size ? (const char *)data : "", size);
    struct diags diags;

    test_one(copy, size, NULL);
    diags_init(&diags, arena, source_new(arena, "fuzz.asl.json", copy, size));
    struct machine *machine = read_definition(&diags, NULL, NULL, MACHINE_STANDARD);
    for (size_t i = 0; machine && i < machine->root->nstates && i < MOST_STATES; i++)
        test_one(copy, size, machine->root->states[i].name);
    arena_free(arena);
    return 0;
}
