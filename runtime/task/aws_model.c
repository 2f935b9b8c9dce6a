/* The names of members; see aws_model.h. */
#include "value/base.h"

#include "task/aws_model.h"

#include <stdlib.h>

asl__aws_side asl__aws_in(asl_region *region, const asl_aws_operation *operation)
{
    const asl_aws_service *s = operation->service;

    return (asl__aws_side){ region, s, s->in, s->nin, operation->optimized != NULL };
}

asl__aws_side asl__aws_out(asl_region *region, const asl_aws_operation *operation)
{
    const asl_aws_service *s = operation->service;

    return (asl__aws_side){ region, s, s->out, s->nout, operation->optimized != NULL };
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}
static char lower(char c)
{
    return is_upper(c) ? (char)(c + 32) : c;
}

/* NAME as version 2 of the Java SDK spells it, with a capital in front: a leading run of
 * capitals is a word ("DBInstanceId" is DbInstanceId, "ETag" stays). */
static void fold(const char *name, size_t len, char *out)
{
    bool leading = true;

    for (size_t i = 0; i < len; i++) {
        bool last = i + 1 == len;
        if (i > 0 && leading)
            leading = is_upper(name[i]) &&
                      (last || !(name[i + 1] >= 'a' && name[i + 1] <= 'z'));
        out[i] = leading ? lower(name[i]) : name[i];
    }
    if (len > 0)
        out[0] = upper(out[0]);
    out[len] = '\0';
}

static int compare_member(const void *key, const void *element)
{
    const asl_aws_member *m = element;

    return strcmp(key, m->name);
}

static const asl_aws_member *find(const asl__aws_side *side, const char *parent,
                                  const char *name)
{
    char qualified[2 * ASL__AWS_NAME_MAX + 2];
    const asl_aws_member *m = NULL;

    if (side->count == 0)
        return NULL;
    if (strlen(parent) <= ASL__AWS_NAME_MAX) {
        snprintf(qualified, sizeof qualified, "%s.%s", parent, name);
        m = bsearch(qualified, side->members, side->count, sizeof *m, compare_member);
    }
    if (m == NULL)
        m = bsearch(name, side->members, side->count, sizeof *m, compare_member);
    return m;
}

/* Whether M stands for a member of a structure that PARENT holds. */
static bool is_below(const asl_aws_member *m, const char *parent)
{
    const char *dot = strchr(m->name, '.');

    return dot == NULL ||
           (strlen(parent) == (size_t)(dot - m->name) &&
            memcmp(parent, m->name, (size_t)(dot - m->name)) == 0);
}

static const char *bare_name(const asl_aws_member *m)
{
    const char *dot = strchr(m->name, '.');

    return dot != NULL ? dot + 1 : m->name;
}

static const char *keep(asl_region *region, const char *text, size_t len)
{
    char *copy = asl_alloc(region, len + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static asl__aws_name name_of(const char *name, const char *wire, const asl_aws_member *m)
{
    return (asl__aws_name){ .name = name,
                            .wire = wire,
                            .kinds = m != NULL ? m->kinds : "",
                            .items = m != NULL ? m->items : NULL,
                            .no_memory = name == NULL || wire == NULL };
}

asl__aws_name asl__aws_by_name(const asl__aws_side *side, const char *parent,
                               asl_value name)
{
    const char *text = asl_text(&name);
    size_t len = asl_text_len(name);
    char folded[ASL__AWS_NAME_MAX + 1];

    if (len > ASL__AWS_NAME_MAX || memchr(text, '\0', len) != NULL) {
        const char *copy = keep(side->region, text, len);
        return name_of(copy, copy, NULL);
    }
    fold(text, len, folded);
    const char *copy = keep(side->region, folded, len);
    const asl_aws_member *m = find(side, parent, folded);
    if (m != NULL && m->wire != NULL)
        return name_of(copy, m->wire, m);
    /* as it is written: it may be spelled as the API has it */
    char *wire = asl_alloc(side->region, len + 1);
    if (wire == NULL)
        return name_of(copy, NULL, m);
    memcpy(wire, side->optimized ? text : folded, len);
    wire[len] = '\0';
    wire[0] = side->service->camel ? lower(wire[0]) : wire[0];
    return name_of(copy, wire, m);
}

asl__aws_name asl__aws_by_wire(const asl__aws_side *side, const char *parent,
                               const char *wire, size_t len)
{
    char folded[ASL__AWS_NAME_MAX + 1];
    const asl_aws_member *m = NULL;

    if (len > ASL__AWS_NAME_MAX || memchr(wire, '\0', len) != NULL) {
        const char *copy = keep(side->region, wire, len);
        return name_of(copy, copy, NULL);
    }
    for (uint32_t i = 0; m == NULL && i < side->count; i++) {
        const asl_aws_member *one = &side->members[i];
        if (one->wire != NULL && strlen(one->wire) == len &&
            memcmp(one->wire, wire, len) == 0 && is_below(one, parent) &&
            find(side, parent, bare_name(one)) == one)
            m = one;
    }
    const char *on_wire = keep(side->region, wire, len);
    if (m != NULL && !side->optimized)
        return name_of(bare_name(m), on_wire, m);
    fold(wire, len, folded);
    if (m == NULL)
        m = find(side, parent, folded);
    if (!side->optimized)
        return name_of(keep(side->region, folded, len), on_wire, m);
    char *plain = asl_alloc(side->region, len + 1);
    if (plain == NULL)
        return name_of(NULL, on_wire, m);
    memcpy(plain, wire, len);
    plain[len] = '\0';
    plain[0] = upper(plain[0]);
    return name_of(plain, on_wire, m);
}
