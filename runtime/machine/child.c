/* The children of a distributed Map are executions of their own: a name, an ARN, a
 * history with its own ids in the same file, and a context object (language.md 5.8.7). */
#include "value/small.h"

#include "value/base.h"

#include "machine/frame.h"

/* Not by printf: every execution without a name of its own gets one of these. */
void asl__uuid(char buf[ASL__UUID_SIZE], uint64_t seed, unsigned version)
{
    static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    static const char hex[] = "0123456789abcdef";
    asl_random random;

    asl_random_seed(&random, seed);
    uint64_t a = asl_random_next(&random), b = asl_random_next(&random);
    a = (a & ~UINT64_C(0xf000)) | (uint64_t)(version & 0xf) << 12;
    b = (b & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    uint64_t bits = a;
    for (size_t i = 0; i < ASL__UUID_SIZE; i++) {
        if (pattern[i] == '-' || pattern[i] == '\0') {
            buf[i] = pattern[i];
            continue;
        }
        buf[i] = hex[bits >> 60];
        bits = i == 17 ? b : bits << 4;
    }
}

/* The Map's Label, or a name made from its state's, the same in every run. */
static asl_value label_of(const asl__frame *map_frame, const asl_map *map, char *buf)
{
    const asl_frame *f = &map_frame->f;
    asl_value name = f->scope->states[f->state].name;
    const char *text = asl_text(&name);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    if (asl_is_string(map->label))
        return map->label;
    for (size_t i = 0; i < asl_text_len(name); i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    asl__uuid(buf, hash, 3);
    return asl_string_in(buf, ASL__UUID_SIZE - 1);
}

/* Prints the ARN of KIND ("execution", "mapRun") for the Map of PARENT: the machine's own
 * with that word in place of stateMachine, the label, and NAME. */
static void print_arn(struct asl__buf *b, const asl__frame *parent, const asl_map *map,
                      const char *kind, const char *name)
{
    char buf[ASL__UUID_SIZE];
    asl_value label = label_of(parent, map, buf);
    asl_value id = asl_get(parent->f.execution->machine_context, "Id");
    const char *text = asl_is_string(id) ? asl_text(&id) : "";
    size_t len = asl_is_string(id) ? asl_text_len(id) : 0;
    size_t head = 0, tail = 0; /* what stands before and from behind the word on */

    for (size_t i = 0; i + 14 <= len && tail == 0; i++)
        if (memcmp(text + i, ":stateMachine:", 14) == 0) {
            head = i + 1;
            tail = i + 13;
        }
    asl__buf_append(b, text, head);
    if (tail > 0)
        asl__buf_append_cstring(b, kind);
    asl__buf_append(b, text + tail, len - tail);
    asl__buf_append_char(b, '/');
    asl__buf_append(b, asl_text(&label), asl_text_len(label));
    if (name) {
        asl__buf_append_char(b, ':');
        asl__buf_append_cstring(b, name);
    }
}

asl__child *asl__child_new(const asl__frame *x, const asl__fork *k)
{
    asl__child *child = calloc(1, sizeof *child);

    if (!child)
        return NULL;
    child->map = k->map;
    child->parent = k->parent;
    child->input = asl_undefined();
    child->start = asl__sched_now(x->f.execution->sched);
    asl__uuid(child->name, x->seed, 4);
    if (x->f.execution->history) {
        print_arn(&child->arn, k->parent, k->map, "execution", child->name);
        asl__buf_cstring(&child->arn);
    }
    return child;
}

void asl__child_free(asl__child *child)
{
    if (!child)
        return;
    asl__buf_free(&child->arn);
    free(child);
}

static asl_value arn_value(asl_region *r, const asl__child *child, const char *kind,
                           const char *name)
{
    struct asl__buf b = ASL__BUF_INIT;

    print_arn(&b, child->parent, child->map, kind, name);
    asl_value v = b.failed ? asl_no_memory() : asl_string(r, b.data, b.len);
    asl__buf_free(&b);
    return v;
}

asl_value asl__child_execution(asl_region *r, const asl__child *child, asl_value start)
{
    asl_value outer = child->parent->f.execution->execution_context;
    asl_value v = asl_set(r, asl_object(), asl_str("Id"),
                          arn_value(r, child, "execution", child->name));

    v = asl_set(r, v, asl_str("Input"), child->input);
    v = asl_set(r, v, asl_str("StartTime"), start);
    v = asl_set(r, v, asl_str("Name"), asl_cstring(r, child->name));
    v = asl_set(r, v, asl_str("RoleArn"), asl_get(outer, "RoleArn"));
    return asl_set(r, v, asl_str("RedriveCount"), asl_integer(0));
}

asl_value asl__child_machine(asl_region *r, const asl__child *child)
{
    asl_value outer = child->parent->f.execution->machine_context;
    asl_value v = asl_set(r, asl_object(), asl_str("Id"),
                          arn_value(r, child, "stateMachine", NULL));

    return asl_set(r, v, asl_str("Name"), asl_get(outer, "Name"));
}

void asl__print_map_run(struct asl__buf *b, const asl__frame *x, const asl_map *map)
{
    char name[ASL__UUID_SIZE];

    asl__uuid(name, x->seed ^ x->f.event, 4);
    print_arn(b, x, map, "mapRun", name);
}
