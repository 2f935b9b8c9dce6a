/*
 * emit_tested.c - main() of a program that tests one state by itself, and what it says of it.
 */
#include "emit_parts.h"

static bool has(const struct state *state, enum field_id field)
{
    return state->field[field] != NULL;
}

static void emit_flag(struct emitter *e, const char *name, bool is_set)
{
    if (is_set)
        text_printf(e->out, ", .%s = true", name);
}

void emit_tested(struct emitter *e)
{
    const struct ir_scope *root = e->program->units->root;
    const struct state *s = root->scope->start.target;
    const struct ir_state *state = &root->states[s->index];

    text_printf(e->out, "static const asl_tested tested = {\n    .type = ASL_TYPE_%s",
                emit_type_name(s->type));
    if (state->task)
        text_printf(e->out, ", .task = &%s", state->task->name);
    if (s->type == STATE_PARALLEL)
        text_printf(e->out, ", .branches = %zu", s->nbranches);
    emit_flag(e, "reads", has(s, FIELD_ITEM_READER));
    emit_flag(e, "writes", has(s, FIELD_RESULT_WRITER));
    emit_flag(e, "counts", has(s, FIELD_TOLERATED_COUNT) || has(s, FIELD_TOLERATED_COUNT_PATH));
    emit_flag(e, "rates", has(s, FIELD_TOLERATED_PERCENTAGE) ||
                              has(s, FIELD_TOLERATED_PERCENTAGE_PATH));
    text_puts(e->out, " };\n"
                      "int main(int argc, char **argv)\n"
                      "{ return asl_test_state_main(argc, argv, &program, &tested); }\n");
}
