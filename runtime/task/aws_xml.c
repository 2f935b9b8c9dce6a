/* Reading XML; see aws_xml.h. */
#include "value/base.h"

#include "task/aws_xml.h"

#include <expat.h>

/* A document being read. */
struct reading {
    XML_Parser parser;
    asl_region *region;
    asl__xml *root;
    asl__xml *open[ASL__XML_MAX_DEPTH]; /* from outside in */
    size_t depth;
    struct asl__buf text; /* since the last tag */
    bool failed;
};

static void give_up(struct reading *r)
{
    r->failed = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static const char *keep(struct reading *r, const char *text, size_t len)
{
    char *copy = asl_alloc(r->region, len + 1);

    if (copy == NULL) {
        give_up(r);
        return "";
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *r = user;
    asl__xml *node = asl_alloc(r->region, sizeof *node);
    const char *colon = strchr(name, ':');

    (void)attributes;
    if (node == NULL || r->depth == ASL__XML_MAX_DEPTH) {
        give_up(r);
        return;
    }
    if (colon != NULL)
        name = colon + 1;
    *node = (asl__xml){ .name = keep(r, name, strlen(name)), .text = "" };
    asl__xml *parent = r->depth > 0 ? r->open[r->depth - 1] : NULL;
    if (parent == NULL)
        r->root = node;
    else if (parent->last == NULL)
        parent->first = node;
    else
        parent->last->next = node;
    if (parent != NULL)
        parent->last = node;
    r->open[r->depth++] = node;
    r->text.len = 0;
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    struct reading *r = user;

    (void)name;
    if (r->failed)
        return;
    asl__xml *node = r->open[--r->depth];
    if (node->first == NULL && r->text.len > 0) {
        node->len = r->text.len;
        node->text = keep(r, r->text.data, r->text.len);
    }
    r->text.len = 0;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
    struct reading *r = user;

    asl__buf_append(&r->text, text, (size_t)len);
    if (r->text.failed)
        give_up(r);
}

/* Nobody sends one but to make entities of it. */
static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    give_up(user);
}

asl__xml *asl__xml_parse(asl_region *region, const char *text, size_t len)
{
    struct reading r = { .region = region, .parser = XML_ParserCreate(NULL) };
    bool ok = r.parser != NULL && len <= INT32_MAX;

    if (ok) {
        XML_SetUserData(r.parser, &r);
        XML_SetElementHandler(r.parser, on_start, on_end);
        XML_SetCharacterDataHandler(r.parser, on_text);
        XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
        ok = XML_Parse(r.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK && !r.failed;
    }
    if (r.parser != NULL)
        XML_ParserFree(r.parser);
    asl__buf_free(&r.text);
    return ok ? r.root : NULL;
}

const asl__xml *asl__xml_child(const asl__xml *node, const char *name)
{
    if (node == NULL)
        return NULL;
    for (const asl__xml *child = node->first; child != NULL; child = child->next)
        if (strcmp(child->name, name) == 0)
            return child;
    return NULL;
}

/* ---- values ------------------------------------------------------------------- */

asl_value asl__aws_leaf(const asl__aws_side *side, char kind, const char *text, size_t len)
{
    asl_value v = asl_string(side->region, text, len), parsed;
    asl_syntax_error why;

    switch (kind) {
    case 'i':
    case 'd':
    case 't':
        if (!asl_parse(side->region, text, len, &parsed, &why) || !asl_is_number(parsed))
            return v;
        return kind == 't' ? asl__aws_value_from_wire(side, "", "t", parsed) : parsed;
    case 'z':
        if (len == 4 && memcmp(text, "true", 4) == 0)
            return asl_boolean(true);
        return len == 5 && memcmp(text, "false", 5) == 0 ? asl_boolean(false) : v;
    case 'T':
    case 'R': return asl__aws_time(side, text, len);
    case 'b': return asl__aws_value_from_wire(side, "", "b", v);
    default: return v;
    }
}

/* The part of ITEMS (separated by `/`) with number INDEX, or DEFAULT. */
static bool is_item(const char *items, size_t index, const char *fallback,
                    const char *name)
{
    if (items == NULL)
        return strcmp(name, fallback) == 0;
    while (index-- > 0) {
        items += strcspn(items, "/");
        items += *items == '/';
    }
    size_t len = strcspn(items, "/");
    return strlen(name) == len && memcmp(name, items, len) == 0;
}

/* ITEMS behind its first COUNT parts. */
static const char *skip_items(const char *items, size_t count)
{
    while (items != NULL && count-- > 0) {
        items += strcspn(items, "/");
        items = *items == '/' ? items + 1 : NULL;
    }
    return items;
}

static asl_value value_of(const asl__aws_side *side, const asl__aws_name *name,
                          const char *kinds, const char *items, const asl__xml *node);

static asl_value map_entry(const asl__aws_side *side, const asl__aws_name *name,
                           const char *kinds, const char *items, const asl__xml *entry,
                           asl_value map)
{
    asl_value key = asl_undefined(), value = asl_undefined();

    for (const asl__xml *c = entry->first; c != NULL; c = c->next) {
        if (is_item(items, 0, "key", c->name))
            key = asl_string(side->region, c->text, c->len);
        else if (is_item(items, 1, "value", c->name))
            value = value_of(side, name, kinds, skip_items(items, 2), c);
    }
    if (asl_is_undefined(key) || asl_is_undefined(value))
        return map;
    return asl_set(side->region, map, key, value);
}

static asl_value value_of(const asl__aws_side *side, const asl__aws_name *name,
                          const char *kinds, const char *items, const asl__xml *node)
{
    asl_value v;

    switch (*kinds) {
    case 'l':
        v = asl_array();
        for (const asl__xml *c = node->first; c != NULL; c = c->next)
            v = asl_push(side->region, v,
                         value_of(side, name, kinds + 1, skip_items(items, 1), c));
        return v;
    case 'm':
        v = asl_object();
        for (const asl__xml *c = node->first; c != NULL; c = c->next)
            v = map_entry(side, name, kinds + 1, items, c, v);
        return v;
    default:
        if (node->first != NULL)
            return asl__aws_from_xml(side, name->name, node);
        return asl__aws_leaf(side, *kinds, node->text, node->len);
    }
}

/* Adds what CHILD says of the member NAME to the structure V. */
static asl_value add_child(const asl__aws_side *side, const asl__aws_name *name,
                           const asl__xml *child, asl_value v)
{
    asl_value key = asl_cstring(side->region, name->name);
    asl_value now = asl_member_of(v, key), value;

    if (*name->kinds == 'f') {
        if (!asl_is_array(now))
            now = asl_array();
        value = asl_push(side->region, now,
                         value_of(side, name, name->kinds + 1, name->items, child));
    } else if (*name->kinds == 'F') {
        value = map_entry(side, name, name->kinds + 1, name->items, child,
                          asl_is_object(now) ? now : asl_object());
    } else {
        value = value_of(side, name, name->kinds, name->items, child);
    }
    return asl_set(side->region, v, key, value);
}

asl_value asl__aws_from_xml(const asl__aws_side *side, const char *parent,
                            const asl__xml *node)
{
    asl_value v = asl_object();

    for (const asl__xml *c = node->first; c != NULL; c = c->next) {
        asl__aws_name name = asl__aws_by_wire(side, parent, c->name, strlen(c->name));
        if (name.no_memory)
            return asl_no_memory();
        v = add_child(side, &name, c, v);
    }
    return asl__aws_sorted(side->region, v);
}
