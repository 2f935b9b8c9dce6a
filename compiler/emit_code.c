/*
 * emit_code.c - functions: instructions to statements.
 *
 * A temporary that is used once is kept as text (`pending`) and put into its use.  It gets
 * a statement of its own where that line would grow too wide, or where an instruction with
 * effects comes before the use.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "emit_parts.h"
#include "names.h"

/* A temporary. */
struct temp {
    char *pending; /* its text, until it is used or has a statement */
    uint32_t at;
    enum { PLAIN, AND, OR } shape;
};

struct function_emitter {
    struct emitter *e;
    const struct ir_function *fn;
    struct temp *temps;
    int *waiting; /* numbers of pending temporaries */
    size_t nwaiting;
    bool no_limit;
    bool nested;   /* in a switch */
    bool in_block; /* its case has braces */
};

/* ---- expressions -------------------------------------------------------------- */

static void put_args(struct function_emitter *fe, struct text *out, const struct ir_arg *args,
                     size_t nargs);

static void put_arg(struct function_emitter *fe, struct text *out, const struct ir_arg *arg)
{
    const struct temp *temp;

    if (arg->field) {
        put_field(out, arg);
        return;
    }
    switch (arg->kind) {
    case IR_NONE: break;
    case IR_TEMP:
        temp = &fe->temps[arg->number];
        if (temp->pending)
            text_puts(out, temp->pending);
        else
            text_printf(out, "v%d", (int)arg->number);
        break;
    case IR_CODE:
    case IR_POINT:
    case IR_ADDRESS: text_puts(out, arg->text); break;
    case IR_SIZE: text_printf(out, "%lld", (long long)arg->number); break;
    case IR_STRING: put_literal(fe->e, out, arg->text, arg->len); break;
    case IR_BYTES:
        put_literal(fe->e, out, arg->text, arg->len);
        text_printf(out, ", %zu", arg->len);
        break;
    case IR_CONST: put_constant(fe->e, out, arg->constant); break;
    case IR_LIST:
        text_puts(out, "(const asl_value[]){ ");
        put_args(fe, out, arg->list, arg->count);
        text_puts(out, " }");
        break;
    case IR_ITEMS:
        text_printf(out, "%s__k%zu_data.items", fe->e->prefix, arg->constant->number);
        break;
    case IR_INTS:
        for (size_t i = 0; i < arg->count; i++)
            text_printf(out, "%s%d", i ? ", " : "(const int32_t[]){ ", (int)arg->ints[i]);
        text_puts(out, " }");
        break;
    case IR_PATH: text_printf(out, "&%s__p%zu", fe->e->prefix, arg->path->number); break;
    case IR_LOOKUP: text_printf(out, "&%s__t%zu", fe->e->prefix, arg->lookup->number); break;
    case IR_REGEX:
        text_puts(out, "&(const asl_regex){ ");
        put_literal(fe->e, out, arg->text, arg->len);
        text_printf(out, ", %zu, ", arg->len);
        put_literal(fe->e, out, arg->flags, strlen(arg->flags));
        text_puts(out, " }");
        break;
    case IR_FUNCTION: text_puts(out, arg->function->name); break;
    }
}

static void put_args(struct function_emitter *fe, struct text *out, const struct ir_arg *args,
                     size_t nargs)
{
    for (size_t i = 0; i < nargs; i++) {
        if (i > 0)
            text_puts(out, ", ");
        put_arg(fe, out, &args[i]);
    }
}

static int shape_of(const struct function_emitter *fe, const struct ir_arg *arg)
{
    return arg->kind == IR_TEMP ? (int)fe->temps[arg->number].shape : (int)PLAIN;
}

/* An operand of && or ||, or of !, in parentheses where C or its reader wants them. */
static void put_operand(struct function_emitter *fe, struct text *out,
                        const struct ir_arg *arg, int inside)
{
    int shape = shape_of(fe, arg);
    bool wrap = shape != PLAIN && shape != inside;

    text_puts(out, wrap ? "(" : "");
    put_arg(fe, out, arg);
    text_puts(out, wrap ? ")" : "");
}

static void put_call(struct function_emitter *fe, struct text *out, const char *op,
                     const struct ir_arg *args, size_t nargs)
{
    const char *key;

    if (strcmp(op, "&&") == 0 || strcmp(op, "||") == 0) {
        int shape = op[0] == '&' ? AND : OR;

        put_operand(fe, out, &args[0], shape);
        text_printf(out, " %s ", op);
        put_operand(fe, out, &args[1], shape);
    } else if (strcmp(op, "!") == 0) {
        text_puts(out, "!");
        put_operand(fe, out, &args[0], PLAIN);
    } else if (strcmp(op, "asl_member_of") == 0 && args[1].kind == IR_CONST && !args[1].field &&
               (key = short_text(fe->e, args[1].constant)) != NULL) {
        text_puts(out, "asl_get(");
        put_arg(fe, out, &args[0]);
        text_printf(out, ", %s)", key);
    } else {
        text_printf(out, "%s(", op);
        put_args(fe, out, args, nargs);
        text_puts(out, ")");
    }
}

/* ---- statements --------------------------------------------------------------- */

static void emit_indent(const struct function_emitter *fe)
{
    text_puts(fe->e->out, fe->nested ? "        " : "    ");
}

static void emit_temp(struct function_emitter *fe, int number)
{
    struct temp *temp = &fe->temps[number];

    emit_at(fe->e, temp->at);
    emit_indent(fe);
    text_printf(fe->e->out, "asl_value v%d = %s;\n", number, temp->pending);
    free(temp->pending);
    temp->pending = NULL;
}

/* Finds the longest pending text among the arguments. */
static void find_longest(const struct function_emitter *fe, const struct ir_arg *args,
                         size_t nargs, int *longest)
{
    for (size_t i = 0; i < nargs; i++) {
        const struct temp *temp;

        if (args[i].kind == IR_LIST)
            find_longest(fe, args[i].list, args[i].count, longest);
        if (args[i].kind != IR_TEMP)
            continue;
        temp = &fe->temps[args[i].number];
        if (temp->pending &&
            (*longest < 0 || strlen(temp->pending) > strlen(fe->temps[*longest].pending)))
            *longest = (int)args[i].number;
    }
}

static void forget(struct function_emitter *fe, const struct ir_arg *args, size_t nargs)
{
    for (size_t i = 0; i < nargs; i++) {
        if (args[i].kind == IR_LIST)
            forget(fe, args[i].list, args[i].count);
        if (args[i].kind == IR_TEMP) {
            free(fe->temps[args[i].number].pending);
            fe->temps[args[i].number].pending = NULL;
        }
    }
}

/* op(args) as text for a place that has ROOM columns; what does not fit gets statements.
 * op NULL: args[0]. */
static char *compose(struct function_emitter *fe, size_t room, const char *op,
                     const struct ir_arg *args, size_t nargs)
{
    for (;;) {
        struct text out = {0};
        int longest = -1;

        text_puts(&out, "");
        if (op)
            put_call(fe, &out, op, args, nargs);
        else
            put_arg(fe, &out, &args[0]);
        if (out.len > room && !fe->no_limit)
            find_longest(fe, args, nargs, &longest);
        if (longest < 0 || strlen(fe->temps[longest].pending) <= 4) {
            forget(fe, args, nargs);
            return out.text;
        }
        free(out.text);
        emit_temp(fe, longest);
    }
}

/* Statements for all that is pending. */
static void flush(struct function_emitter *fe)
{
    for (size_t i = 0; i < fe->nwaiting; i++)
        if (fe->temps[fe->waiting[i]].pending)
            emit_temp(fe, fe->waiting[i]);
    fe->nwaiting = 0;
}

static void emit_op(struct function_emitter *fe, const struct ir_insn *insn)
{
    bool impure = insn->flags & IR_IMPURE;
    struct temp *temp;
    char *text;

    if (insn->temp < 0) {
        text = compose(fe, WIDEST - 5, insn->op, insn->args, insn->nargs);
        flush(fe);
        emit_at(fe->e, insn->at);
        emit_indent(fe);
        text_printf(fe->e->out, "%s;\n", text);
        free(text);
        return;
    }
    temp = &fe->temps[insn->temp];
    text = compose(fe, WIDEST - 22, insn->op, insn->args, insn->nargs);
    if (impure)
        flush(fe);
    temp->pending = text;
    temp->at = insn->at;
    if (insn->flags & IR_BOOL)
        temp->shape = insn->op[0] == '&' ? AND : insn->op[0] == '|' ? OR : PLAIN;
    if (impure && fe->fn->uses[insn->temp] == 0) {
        emit_at(fe->e, insn->at);
        emit_indent(fe);
        text_printf(fe->e->out, "(void)%s;\n", text);
        forget(fe, &(struct ir_arg){.kind = IR_TEMP, .number = insn->temp}, 1);
    } else if (impure || (fe->fn->uses[insn->temp] > 1 && !fe->no_limit)) {
        emit_temp(fe, insn->temp);
    } else {
        fe->waiting[fe->nwaiting++] = insn->temp;
    }
}

static void emit_check(struct function_emitter *fe, const struct ir_insn *insn)
{
    const char *test = insn->code == IR_CHECK_ERROR ? "asl_is_error" : "asl_is_undefined";
    bool raise = fe->fn->kind == IR_STATE;
    const struct ir_arg *args = insn->args + 1;
    struct text value = {0};
    char *text;

    put_arg(fe, &value, &insn->args[0]);
    if (raise && insn->op && args[0].kind == IR_CODE &&
        strcmp(args[0].text, "&f->region") == 0) {
        /* asl_raise(f, asl_x(&f->region, ...)) is one call of asl_raise_x(f, ...). */
        const char *op = arena_printf(fe->e->arena, "asl_raise_%s", insn->op + strlen("asl_"));
        struct ir_arg *with_frame = ARENA_ARRAY(fe->e->arena, insn->nargs - 1, struct ir_arg);
        memcpy(with_frame, args, (insn->nargs - 1) * sizeof *args);
        with_frame[0] = ir_code("f");
        text = compose(fe, SIZE_MAX, op, with_frame, insn->nargs - 1);
        raise = false;
    } else if (insn->op) {
        text = compose(fe, SIZE_MAX, insn->op, args, insn->nargs - 1);
    } else {
        text = compose(fe, SIZE_MAX, NULL, insn->args, 1);
    }
    emit_at(fe->e, insn->at);
    emit_indent(fe);
    text_printf(fe->e->out, "if (%s(%s)) return %s%s%s;\n", test, value.text,
                raise ? "asl_raise(f, " : "", text, raise ? ")" : "");
    free(value.text);
    free(text);
}

static void emit_return(struct function_emitter *fe, const struct ir_insn *insn)
{
    char *text = compose(fe, WIDEST - 12, insn->op, insn->args, insn->nargs);

    emit_at(fe->e, insn->at);
    emit_indent(fe);
    text_printf(fe->e->out, "return %s;\n", text);
    free(text);
}

/* `if (condition) goto L`; or, for a jump over a return that stands alone, `if (...)
 * return`: how many instructions that takes. */
static size_t emit_jump(struct function_emitter *fe, size_t i)
{
    const struct ir_insn *insn = &fe->fn->insns[i], *after = insn + 1;
    bool sense = insn->code == IR_JUMP_IF, short_form;
    char *text = compose(fe, WIDEST - 20, insn->op, insn->args, insn->nargs), *result;
    size_t k = i + 1;

    while (k < fe->fn->count && fe->fn->insns[k].code == IR_LABEL &&
           fe->fn->label_uses[fe->fn->insns[k].label] == 0)
        k++;
    after = &fe->fn->insns[k];
    short_form = k + 1 < fe->fn->count && after->code == IR_RETURN &&
                 after[1].code == IR_LABEL && after[1].label == insn->label;
    if (short_form) {
        result = compose(fe, SIZE_MAX, after->op, after->args, after->nargs);
        fe->fn->label_uses[insn->label]--;
        emit_at(fe->e, insn->at);
        emit_indent(fe);
        text_printf(fe->e->out, "if (%s%s) return %s;\n", sense ? "!" : "", text, result);
        free(result);
    } else {
        emit_at(fe->e, insn->at);
        emit_indent(fe);
        text_printf(fe->e->out, "if (%s%s) goto L%d;\n", sense ? "" : "!", text,
                    insn->label);
    }
    free(text);
    return short_form ? k + 1 - i : 1;
}

static void emit_switch(struct function_emitter *fe, const struct ir_insn *insn)
{
    char *text = compose(fe, WIDEST - 15, insn->op, insn->args, insn->nargs);

    flush(fe);
    if (insn->number > 0) {
        emit_at(fe->e, insn->at);
        text_printf(fe->e->out, "    uint32_t to%d;\n", (int)insn->number);
    }
    emit_at(fe->e, insn->at);
    emit_indent(fe);
    text_printf(fe->e->out, "switch (%s) {\n", text);
    free(text);
}

static void emit_case(struct function_emitter *fe, size_t i)
{
    const struct ir_insn *insn = &fe->fn->insns[i];

    fe->in_block = false;
    for (size_t k = i + 1; k < fe->fn->count && fe->fn->insns[k].code != IR_BREAK; k++)
        fe->in_block = fe->in_block || fe->fn->insns[k].code == IR_OP;
    text_printf(fe->e->out, "    case %lld:%s /* %s */\n", (long long)insn->number,
                fe->in_block ? " {" : "",
                names_comment(fe->e->arena, insn->args[0].text, insn->args[0].len));
    fe->nested = true;
}

static void emit_choose(struct function_emitter *fe, const struct ir_insn *insn)
{
    emit_at(fe->e, insn->at);
    text_printf(fe->e->out, "    case %lld: %s = %s; break; /* %s */\n",
                (long long)insn->number, insn->args[0].text, insn->args[1].text,
                names_comment(fe->e->arena, insn->args[2].text, insn->args[2].len));
}

static size_t emit_insn(struct function_emitter *fe, size_t i)
{
    const struct ir_insn *insn = &fe->fn->insns[i];

    switch (insn->code) {
    case IR_OP: emit_op(fe, insn); break;
    case IR_CHECK_ERROR:
    case IR_CHECK_FOUND: emit_check(fe, insn); break;
    case IR_JUMP_IF:
    case IR_JUMP_UNLESS: return emit_jump(fe, i);
    case IR_JUMP:
        emit_at(fe->e, insn->at);
        emit_indent(fe);
        text_printf(fe->e->out, "goto L%d;\n", insn->label);
        break;
    case IR_LABEL:
        if (fe->fn->label_uses[insn->label])
            text_printf(fe->e->out, "L%d:;\n", insn->label);
        break;
    case IR_RETURN: emit_return(fe, insn); break;
    case IR_SWITCH: emit_switch(fe, insn); break;
    case IR_CASE: emit_case(fe, i); break;
    case IR_CHOOSE: emit_choose(fe, insn); break;
    case IR_DEFAULT:
        emit_at(fe->e, insn->at);
        text_printf(fe->e->out, "    default: goto L%d;\n", insn->label);
        break;
    case IR_BREAK:
        if (insn[-1].code != IR_RETURN && insn[-1].code != IR_JUMP)
            text_puts(fe->e->out, "        break;\n");
        text_puts(fe->e->out, fe->in_block ? "    }\n" : "");
        fe->nested = false;
        break;
    case IR_END_SWITCH: text_puts(fe->e->out, "    }\n"); break;
    }
    return 1;
}

/* ---- functions ---------------------------------------------------------------- */

/* Is the variable NAME of a function used by these arguments? */
static bool mentions(const struct ir_arg *args, size_t nargs, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < nargs; i++) {
        if (args[i].kind == IR_LIST && mentions(args[i].list, args[i].count, name))
            return true;
        if (args[i].kind != IR_CODE)
            continue;
        for (const char *at = strstr(args[i].text, name); at; at = strstr(at + 1, name))
            if ((at == args[i].text || strchr("&( ", at[-1])) && strchr("-,)[ ", at[len]))
                return true;
    }
    return false;
}

static bool function_mentions(const struct ir_function *fn, const char *name)
{
    for (size_t i = 0; i < fn->count; i++)
        if (!fn->insns[i].dropped && mentions(fn->insns[i].args, fn->insns[i].nargs, name))
            return true;
    return false;
}

/* Keeps the compiler quiet about parameters that FN has no use for. */
static void emit_unused(struct emitter *e, const struct ir_function *fn)
{
    static const char *const names[] = {"f", "at", "given", "item", "index"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool has = i == 0   ? fn->kind != IR_STATE && fn->kind != IR_GIVE
                   : i == 1 ? fn->kind == IR_PREDICATE
                            : fn->kind == IR_SELECT;
        if (has && !function_mentions(fn, names[i]))
            text_printf(e->out, "    (void)%s;\n", names[i]);
    }
}

static void emit_head(struct emitter *e, const struct ir_function *fn)
{
    const struct ir_point *point = fn->point;

    emit_at(e, fn->at);
    if (fn->kind == IR_STATE)
        text_printf(e->out, "static asl_next %s(asl_frame *f)", fn->name);
    else if (fn->kind == IR_VALUE)
        text_printf(e->out, "static asl_value %s(asl_frame *f)", fn->name);
    else if (fn->kind == IR_SELECT)
        text_printf(e->out,
                    "static asl_value %s(asl_frame *f, const asl_value *given, "
                    "asl_value item, uint32_t index)",
                    fn->name);
    else if (fn->kind == IR_GIVE)
        text_printf(e->out, "static void %s(asl_value input, asl_value *given)", fn->name);
    else
        text_printf(e->out, "static bool %s(asl_filter *f, asl_value at)", fn->name);
    if (point)
        text_printf(e->out, " /* %s \"%s\"%s */", state_type_name(point->state->type),
                    names_comment(e->arena, point->state->name, point->state->len),
                    point->role == IR_ROLE_DONE    ? ", done"
                    : point->role == IR_ROLE_CATCH ? ", caught"
                                                   : "");
    else if (fn->comment)
        text_printf(e->out, " /* %s */", names_comment(e->arena, fn->comment, fn->comment_len));
    text_puts(e->out, "\n{\n");
    emit_unused(e, fn);
}

void emit_body(struct emitter *e, const struct ir_function *fn)
{
    struct function_emitter fe = {.e = e, .fn = fn, .no_limit = fn->kind == IR_PREDICATE};
    size_t n = (size_t)fn->ntemps + 1;

    fe.temps = ARENA_ARRAY(e->arena, n, struct temp);
    fe.waiting = ARENA_ARRAY(e->arena, n, int);
    e->in_function = true;
    for (size_t i = 0; i < fn->count;)
        i += fn->insns[i].dropped ? 1 : emit_insn(&fe, i);
    e->in_function = false;
}

void emit_function(struct emitter *e, const struct ir_function *fn)
{
    bool row;

    if (fn->kind == IR_TEXT) {
        emit_here(e);
        text_puts(e->out, fn->text);
        return;
    }
    row = emit_row(e, fn);
    emit_head(e, fn);
    if (row)
        emit_use_of_row(e, fn);
    else
        emit_body(e, fn);
    text_puts(e->out, "}\n");
}
