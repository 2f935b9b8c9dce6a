/*
 * emit_aws.c - the operations of AWS that a program calls, as constant data (aslrt/aws.h).
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "aws.h"
#include "emit_parts.h"
#include "names.h"

static void put_string(struct emitter *e, const char *text)
{
    put_literal(e, e->out, text, strlen(text));
}

/* One `NAME[=WIRE][:KINDS[/ITEMS]]` as an asl_aws_member. */
static void put_aws_member(struct emitter *e, const char *word, size_t len)
{
    const char *text = arena_copy(e->arena, word, len);
    size_t name = strcspn(text, "=:"), wire = name;
    const char *kinds = "";

    if (text[name] == '=') {
        wire = name + 1 + strcspn(text + name + 1, ":");
    }
    if (text[wire] == ':')
        kinds = text + wire + 1;
    text_puts(e->out, "    { ");
    put_literal(e, e->out, text, name);
    text_puts(e->out, ", ");
    if (wire > name)
        put_literal(e, e->out, text + name + 1, wire - name - 1);
    else
        text_puts(e->out, "NULL");
    text_puts(e->out, ", ");
    put_literal(e, e->out, kinds, strcspn(kinds, "/"));
    text_puts(e->out, ", ");
    if (strchr(kinds, '/'))
        put_string(e, strchr(kinds, '/') + 1);
    else
        text_puts(e->out, "NULL");
    text_puts(e->out, " },\n");
}

struct word {
    const char *text;
    size_t len;
};

/* By the bytes of the names, which end at a `=` or `:`. */
static int compare_words(const void *a, const void *b)
{
    const struct word *p = a, *q = b;
    size_t m = strcspn(p->text, "=: "), n = strcspn(q->text, "=: ");
    int order = memcmp(p->text, q->text, m < n ? m : n);

    return order ? order : (m > n) - (m < n);
}

/* A table of members; how many there are. */
static size_t emit_members(struct emitter *e, const char *words, const char *owner,
                           const char *side)
{
    size_t count = 0, n = 0;
    struct word *list;

    for (const char *c = words; *c; c++)
        count += *c != ' ' && (c[1] == ' ' || c[1] == '\0');
    if (count == 0)
        return 0;
    list = ARENA_ARRAY(e->arena, count, struct word);
    for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
        list[n].text = words;
        list[n].len = strcspn(words, " ");
        words += list[n++].len;
    }
    qsort(list, count, sizeof *list, compare_words);
    text_printf(e->out, "static const asl_aws_member %s__aws_%s_%s[] = {\n", e->prefix, owner,
                side);
    for (size_t i = 0; i < count; i++)
        put_aws_member(e, list[i].text, list[i].len);
    text_puts(e->out, "};\n");
    return count;
}

static const char *protocol_of(const struct aws_service *s)
{
    static const char *const names[][2] = {{"json", "ASL_AWS_JSON"},
                                           {"query", "ASL_AWS_QUERY"},
                                           {"ec2", "ASL_AWS_EC2"},
                                           {"rest-json", "ASL_AWS_REST_JSON"},
                                           {"rest-xml", "ASL_AWS_REST_XML"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(s->protocol, names[i][0]) == 0)
            return names[i][1];
    return "ASL_AWS_GATEWAY";
}

static void put_side(struct emitter *e, const char *field, const char *key, const char *side,
                     size_t count)
{
    if (count > 0)
        text_printf(e->out, ",\n    .%s = %s__aws_%s_%s, .n%s = %zu", field, e->prefix, key,
                    side, field, count);
}

static void put_designated(struct emitter *e, const char *separator, const char *name,
                      const char *value)
{
    text_printf(e->out, "%s.%s = ", separator, name);
    put_string(e, value);
}

static void emit_service(struct emitter *e, const struct aws_service *s)
{
    size_t in, out;

    text_printf(e->out, "\n/* AWS: %s */\n", s->id);
    in = emit_members(e, s->in, s->key, "in");
    out = s->out ? emit_members(e, s->out, s->key, "out") : in;
    text_printf(e->out, "static const asl_aws_service %s__aws_%s = {\n", e->prefix, s->key);
    put_designated(e, "    ", "key", s->key);
    put_designated(e, ", ", "id", s->id);
    put_designated(e, ", ", "prefix", s->prefix);
    put_designated(e, ",\n    ", "target", s->target);
    put_designated(e, ", ", "version", s->version);
    put_designated(e, ", ", "endpoint", s->endpoint);
    put_designated(e, ", ", "signing", s->signing);
    put_designated(e, ",\n    ", "xmlns", s->xmlns);
    text_puts(e->out, ",\n    .errors =");
    for (const char *at = s->errors; *at; at += strspn(at, " ")) {
        size_t len = strlen(at) < 80 ? strlen(at) : 60 + strcspn(at + 60, " ");

        text_puts(e->out, "\n        ");
        put_literal(e, e->out, at, len + (at[len] == ' '));
        at += len;
    }
    text_puts(e->out, *s->errors ? "" : " \"\"");
    put_side(e, "in", s->key, "in", in);
    put_side(e, "out", s->key, s->out ? "out" : "in", out);
    text_printf(e->out, ",\n    .protocol = %s, .camel = %s };\n", protocol_of(s),
                s->camel ? "true" : "false");
}

static void emit_optimized(struct emitter *e, const struct aws_optimized *o)
{
    text_printf(e->out, "static const asl_aws_optimized %s__aws_%s_optimized = {\n    ",
                e->prefix, o->key);
    put_designated(e, "", "prefix", o->prefix);
    put_designated(e, ", ", "service", o->name);
    put_designated(e, ",\n    ", "generic", o->generic);
    text_printf(e->out, ", .metadata = %s };\n", o->metadata ? "true" : "false");
}

void put_aws_name(struct emitter *e, const struct aws_operation *op)
{
    text_printf(e->out, "%s__aws_%s_%s%s", e->prefix, op->service->key, op->name,
                op->optimized ? "__optimized" : "");
}

static void emit_operation(struct emitter *e, const struct aws_operation *op)
{
    text_puts(e->out, "static const asl_aws_operation ");
    put_aws_name(e, op);
    text_printf(e->out, " = {\n    .service = &%s__aws_%s", e->prefix, op->service->key);
    if (op->optimized)
        text_printf(e->out, ", .optimized = &%s__aws_%s_optimized", e->prefix,
                    op->optimized->key);
    put_designated(e, ",\n    ", "name", op->name);
    put_designated(e, ", ", "method", op->method);
    put_designated(e, ",\n    ", "path", op->path);
    put_designated(e, ", ", "places", op->places);
    if (op->describe) {
        text_puts(e->out, ",\n    .describe = &");
        put_aws_name(e, op->describe);
    }
    if (op->stop) {
        text_puts(e->out, ", .stop = &");
        put_aws_name(e, op->stop);
    }
    text_puts(e->out, " };\n");
}

/* Whether an operation before END has the same of what IS compares. */
static bool is_before(const struct aws_operation *first, const struct aws_operation *end,
                      bool (*is)(const struct aws_operation *a, const struct aws_operation *b))
{
    for (const struct aws_operation *op = first; op != end; op = op->next)
        if (is(op, end))
            return true;
    return false;
}

static bool same_service(const struct aws_operation *a, const struct aws_operation *b)
{
    return a->service == b->service;
}

static bool same_integration(const struct aws_operation *a, const struct aws_operation *b)
{
    return a->optimized == b->optimized;
}

bool same_aws_operation(const struct aws_operation *a, const struct aws_operation *b)
{
    return a->service == b->service && a->optimized == b->optimized &&
           strcmp(a->name, b->name) == 0;
}

void emit_aws(struct emitter *e)
{
    const struct aws_operation *first = e->program->aws;

    for (const struct aws_operation *op = first; op; op = op->next) {
        if (!is_before(first, op, same_service))
            emit_service(e, op->service);
        if (op->optimized && !is_before(first, op, same_integration))
            emit_optimized(e, op->optimized);
        if (!is_before(first, op, same_aws_operation))
            emit_operation(e, op);
    }
}
