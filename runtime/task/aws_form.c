/* Values written as XML and as the forms of the query protocols; see aws_xml.h. */
#include "value/base.h"

#include "task/aws_request.h"
#include "task/aws_xml.h"

asl_value asl__aws_leaf_text(const asl__aws_side *side, char kind, asl_value v)
{
    if (kind == 'b')
        v = asl__aws_value_to_wire(side, "", "b", v);
    else if (kind == 'R')
        v = asl__aws_http_time(side->region, v);
    else if (kind == 't')
        v = asl__aws_value_to_wire(side, "", "t", v);
    return asl__aws_as_text(side->region, v);
}

/* The parts of ITEMS from its first on, each with a default. */
static const char *item_name(const char *items, size_t index, const char *fallback,
                             size_t *len)
{
    for (; items != NULL && index > 0; index--) {
        items += strcspn(items, "/");
        items = *items == '/' ? items + 1 : NULL;
    }
    if (items == NULL || *items == '\0')
        items = fallback;
    *len = strcspn(items, "/");
    return items;
}

static const char *items_behind(const char *items, size_t count)
{
    size_t len;
    const char *item = item_name(items, count, "", &len);

    return len > 0 ? item : NULL;
}

/* ---- XML ---------------------------------------------------------------------- */

static void append_escaped(struct asl__buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        switch (text[i]) {
        case '&': asl__buf_append_cstring(out, "&amp;"); break;
        case '<': asl__buf_append_cstring(out, "&lt;"); break;
        case '>': asl__buf_append_cstring(out, "&gt;"); break;
        case '\r': asl__buf_append_cstring(out, "&#xD;"); break;
        default: asl__buf_append_char(out, text[i]);
        }
}

static void open_tag(struct asl__buf *out, const char *name, size_t len,
                     const char *attribute)
{
    asl__buf_append_char(out, '<');
    asl__buf_append(out, name, len);
    asl__buf_append_cstring(out, attribute);
    asl__buf_append_char(out, '>');
}

static void close_tag(struct asl__buf *out, const char *name, size_t len)
{
    asl__buf_append_cstring(out, "</");
    asl__buf_append(out, name, len);
    asl__buf_append_char(out, '>');
}

static void content(const asl__aws_side *side, struct asl__buf *out, const char *name,
                    const char *kinds, const char *items, asl_value v);

static void element(const asl__aws_side *side, struct asl__buf *out, const char *tag,
                    size_t len, const asl__aws_name *of, asl_value v)
{
    open_tag(out, tag, len, "");
    content(side, out, of->name, of->kinds, of->items, v);
    close_tag(out, tag, len);
}

static void map_entries(const asl__aws_side *side, struct asl__buf *out,
                        const asl__aws_name *of, asl_value v, const char *tag)
{
    asl__aws_name value = *of, key = { .name = of->name, .kinds = "" };
    size_t key_len, value_len;
    const char *key_name = item_name(of->items, 0, "key", &key_len);
    const char *value_name = item_name(of->items, 1, "value", &value_len);

    value.items = items_behind(of->items, 2);
    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        open_tag(out, tag, strlen(tag), "");
        element(side, out, key_name, key_len, &key, m->key);
        element(side, out, value_name, value_len, &value, m->value);
        close_tag(out, tag, strlen(tag));
    }
}

static void structure(const asl__aws_side *side, struct asl__buf *out, const char *parent,
                      asl_value v)
{
    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        asl__aws_name name = asl__aws_by_name(side, parent, m->key);
        out->failed |= name.no_memory;
        if (!name.no_memory && !asl_is_null(m->value))
            asl__aws_to_xml(side, out, &name, "", m->value);
    }
}

static void content(const asl__aws_side *side, struct asl__buf *out, const char *name,
                    const char *kinds, const char *items, asl_value v)
{
    asl__aws_name of = { .name = name,
                         .kinds = *kinds != '\0' ? kinds + 1 : kinds,
                         .items = items };
    size_t len;

    if (asl_is_array(v)) {
        const char *item = item_name(items, 0, "member", &len);
        of.items = items_behind(items, 1);
        for (size_t i = 0; i < asl_count(v); i++)
            element(side, out, item, len, &of, asl_at(v, i));
    } else if (asl_is_object(v) && *kinds == 'm') {
        map_entries(side, out, &of, v, "entry");
    } else if (asl_is_object(v) && *kinds != 's' && *kinds != 'b') {
        structure(side, out, name, v);
    } else {
        asl_value text = asl__aws_leaf_text(side, *kinds, v);
        out->failed |= asl_is_error(text);
        if (!asl_is_error(text))
            append_escaped(out, asl_text(&text), asl_text_len(text));
    }
}

void asl__aws_to_xml(const asl__aws_side *side, struct asl__buf *out,
                     const asl__aws_name *name, const char *attribute, asl_value v)
{
    size_t len = strlen(name->wire);
    asl__aws_name of = *name;

    if (*name->kinds == 'f' && asl_is_array(v)) {
        of.kinds++;
        for (size_t i = 0; i < asl_count(v); i++)
            element(side, out, name->wire, len, &of, asl_at(v, i));
    } else if (*name->kinds == 'F' && asl_is_object(v)) {
        of.kinds++;
        map_entries(side, out, &of, v, name->wire);
    } else {
        open_tag(out, name->wire, len, attribute);
        content(side, out, name->name, name->kinds, name->items, v);
        close_tag(out, name->wire, len);
    }
}

/* ---- forms -------------------------------------------------------------------- */

/* A form being written: OUT gets `PREFIX=VALUE`s, PREFIX grows and shrinks on the way. */
struct form {
    const asl__aws_side *side;
    struct asl__buf *out;
    struct asl__buf prefix;
    bool ec2;
};

static void put(struct form *form, const asl__aws_name *name, asl_value v);

static void put_leaf(struct form *form, char kind, asl_value v)
{
    asl_value text = asl__aws_leaf_text(form->side, kind, v);

    if (asl_is_error(text) || form->prefix.failed) {
        form->out->failed = true;
        return;
    }
    if (form->out->len > 0)
        asl__buf_append_char(form->out, '&');
    asl__aws_encode(form->out, form->prefix.data, form->prefix.len, false);
    asl__buf_append_char(form->out, '=');
    asl__aws_encode(form->out, asl_text(&text), asl_text_len(text), false);
}

static void put_list(struct form *form, const asl__aws_name *name, asl_value v)
{
    size_t at = form->prefix.len, len;
    asl__aws_name of = *name;
    bool flat = form->ec2 || *name->kinds == 'f';
    const char *item = item_name(name->items, 0, "member", &len);

    if (*of.kinds == 'l' || *of.kinds == 'f')
        of.kinds++;
    of.items = flat ? name->items : items_behind(name->items, 1);
    for (size_t i = 0; i < asl_count(v); i++) {
        if (!flat) {
            asl__buf_append_char(&form->prefix, '.');
            asl__buf_append(&form->prefix, item, len);
        }
        asl__buf_printf(&form->prefix, ".%zu", i + 1);
        put(form, &of, asl_at(v, i));
        form->prefix.len = at;
    }
}

static void put_map(struct form *form, const asl__aws_name *name, asl_value v)
{
    size_t at = form->prefix.len, entry, len;
    asl__aws_name of = *name;

    of.kinds++;
    of.items = items_behind(name->items, 2);
    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        asl__buf_printf(&form->prefix, "%s.%zu.", *name->kinds == 'm' ? ".entry" : "",
                        i + 1);
        entry = form->prefix.len;
        const char *part = item_name(name->items, 0, "key", &len);
        asl__buf_append(&form->prefix, part, len);
        put_leaf(form, '\0', m->key);
        form->prefix.len = entry;
        part = item_name(name->items, 1, "value", &len);
        asl__buf_append(&form->prefix, part, len);
        put(form, &of, m->value);
        form->prefix.len = at;
    }
}

static void put_structure(struct form *form, const char *parent, asl_value v)
{
    size_t at = form->prefix.len;

    for (size_t i = 0; i < asl_count(v); i++) {
        const asl_member *m = asl_member_at(v, i);
        asl__aws_name name = asl__aws_by_name(form->side, parent, m->key);
        if (name.no_memory) {
            form->out->failed = true;
            return;
        }
        if (asl_is_null(m->value))
            continue;
        asl__buf_printf(&form->prefix, "%s%s", at > 0 ? "." : "", name.wire);
        put(form, &name, m->value);
        form->prefix.len = at;
    }
}

static void put(struct form *form, const asl__aws_name *name, asl_value v)
{
    if (asl_is_array(v))
        put_list(form, name, v);
    else if (asl_is_object(v) && (*name->kinds == 'm' || *name->kinds == 'F'))
        put_map(form, name, v);
    else if (asl_is_object(v) && *name->kinds != 's' && *name->kinds != 'b')
        put_structure(form, name->name, v);
    else
        put_leaf(form, *name->kinds, v);
}

void asl__aws_to_form(const asl__aws_side *side, struct asl__buf *out, asl_value v)
{
    struct form form = { .side = side,
                         .out = out,
                         .prefix = ASL__BUF_INIT,
                         .ec2 = side->service->protocol == ASL_AWS_EC2 };

    put_structure(&form, "", v);
    out->failed |= form.prefix.failed;
    asl__buf_free(&form.prefix);
}
