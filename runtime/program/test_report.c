/* What a case was expected to do beside what it did, as a test point of TAP 14.
 *
 *     not ok 3 - a big order is refused
 *       ---
 *       differs: output at /total, visited at /1
 *       expected:
 *         status: SUCCEEDED
 *         output: {"total":7}
 *         visited: ["Price","Ship"]
 *       found:
 *         status: SUCCEEDED
 *         output: {"total":8}
 *         visited: ["Price","Refuse"]
 *       ...
 *
 * Values are JSON, which YAML can read; long ones are cut. */
#include "value/small.h"

#include "value/base.h"

#include "program/test.h"

#include <inttypes.h>

#define MOST_BYTES 2000 /* of a value */

static const char *const status_names[] = { [ASL__RUNNING] = "RUNNING",
                                            [ASL__SUCCEEDED] = "SUCCEEDED",
                                            [ASL__FAILED] = "FAILED",
                                            [ASL__TIMED_OUT] = "TIMED_OUT",
                                            [ASL__ABORTED] = "ABORTED" };

/* ---- comparing -------------------------------------------------------------------- */

/* Appends the step KEY of a JSON Pointer (RFC 6901). */
static void append_step(struct asl__buf *path, asl_value key)
{
    const char *text = asl_text(&key);

    asl__buf_append_char(path, '/');
    for (size_t i = 0; i < asl_text_len(key); i++) {
        if (text[i] == '~' || text[i] == '/')
            asl__buf_append_cstring(path, text[i] == '~' ? "~0" : "~1");
        else
            asl__buf_append_char(path, text[i]);
    }
}

/* Whether FOUND is WANTED, or, PART, has at least its members.  Else PATH leads to the first
 * difference.  (Values are not nested so deeply that this could be too deep.) */
static bool is_same(asl_value wanted, asl_value found, bool part, struct asl__buf *path)
{
    size_t count = asl_count(wanted), len = path->len;

    if (asl_is_array(wanted) && asl_is_array(found)) {
        for (size_t i = 0; i < count && i < asl_count(found); i++) {
            asl__buf_printf(path, "/%zu", i);
            if (!is_same(asl_at(wanted, i), asl_at(found, i), part, path))
                return false;
            path->len = len;
        }
        return count == asl_count(found);
    }
    if (!asl_is_object(wanted) || !asl_is_object(found))
        return asl_equal(wanted, found);
    for (size_t i = 0; i < count; i++) {
        const asl_member *m = asl_member_at(wanted, i);
        asl_value v = asl_member_of(found, m->key);
        append_step(path, m->key);
        if (asl_is_undefined(v) || !is_same(m->value, v, part, path))
            return false;
        path->len = len;
    }
    return part || count == asl_count(found);
}

/* The JSON of the text V; false if it is none, or, with PATH failed, without memory. */
static bool read_json(asl_region *region, asl_value v, asl_value *out,
                      struct asl__buf *path)
{
    asl_syntax_error why;

    if (asl_parse(region, asl_text(&v), asl_text_len(v), out, &why))
        return true;
    path->failed = path->failed || why.no_memory;
    return false;
}

/* A Cause is a text, and often one of JSON, which may be expected as such. */
static bool is_same_cause(asl_value wanted, asl_value found, asl_region *region,
                          struct asl__buf *path)
{
    asl_value parsed, other = wanted;

    if (!asl_is_string(found))
        return false;
    if (asl_equal(wanted, found))
        return true;
    return read_json(region, found, &parsed, path) &&
           (!asl_is_string(wanted) || read_json(region, wanted, &other, path)) &&
           is_same(other, parsed, false, path);
}

/* The report being made. */
struct report {
    const struct asl__test_case *c;
    const struct asl__test_found *found;
    asl_region *region;
    struct asl__buf differs; /* what does */
};

static void note(struct report *r, const char *what, struct asl__buf *path)
{
    if (r->differs.len > 0)
        asl__buf_append_cstring(&r->differs, ", ");
    asl__buf_append_cstring(&r->differs, what);
    if (path->len > 0) {
        asl__buf_append_cstring(&r->differs, " at ");
        asl__buf_append(&r->differs, path->data, path->len);
    }
    path->len = 0;
}

static void compare_visited(struct report *r, asl_value wanted, struct asl__buf *path)
{
    const struct asl__visited *visited = r->found->visited;
    size_t count = asl_count(wanted), i = 0;

    while (i < count && i < visited->count &&
           asl_same_text(asl_at(wanted, i), visited->names[i]))
        i++;
    if (i == count && i == visited->all)
        return;
    asl__buf_printf(path, "/%zu", i);
    note(r, "visited", path);
}

static void compare(struct report *r, struct asl__buf *path)
{
    const struct asl__test_found *found = r->found;
    asl_value expect = r->c->expect, wanted = asl_get(expect, "output");
    asl_value part = asl_get(expect, "outputContains");

    if (found->late)
        note(r, "timeout", path);
    if (found->status != r->c->status)
        note(r, "status", path);
    if (!asl_is_undefined(wanted) && !is_same(wanted, found->output, false, path))
        note(r, "output", path);
    if (!asl_is_undefined(part) && !is_same(part, found->output, true, path))
        note(r, "output", path);
    wanted = asl_get(expect, "error");
    if (!asl_is_undefined(wanted) && !asl_equal(wanted, found->error))
        note(r, "error", path);
    wanted = asl_get(expect, "cause");
    if (!asl_is_undefined(wanted) &&
        !is_same_cause(wanted, found->cause, r->region, path))
        note(r, "cause", path);
    wanted = asl_get(expect, "visited");
    if (!asl_is_undefined(wanted))
        compare_visited(r, wanted, path);
}

/* ---- printing --------------------------------------------------------------------- */

/* JSON from START on, cut if it is long: then it is a string of its first bytes. */
static void cut(struct asl__buf *buf, size_t start)
{
    size_t len = buf->len - start, most = MOST_BYTES;

    if (len <= most || buf->failed)
        return;
    while (((unsigned char)buf->data[start + most] & 0xc0) == 0x80)
        most--;
    struct asl__buf text = ASL__BUF_INIT;
    asl__print_string(&text, buf->data + start, most);
    buf->len = start;
    asl__buf_append_cstring(buf, asl__buf_cstring(&text));
    buf->failed = buf->failed || text.failed;
    asl__buf_free(&text);
    asl__buf_printf(buf, " # the first of %zu bytes", len);
}

static void print_member(struct asl__buf *buf, const char *name, asl_value v)
{
    if (asl_is_undefined(v))
        return;
    asl__buf_printf(buf, "    %s: ", name);
    size_t start = buf->len;
    asl__print(buf, v);
    cut(buf, start);
    asl__buf_append_char(buf, '\n');
}

static void print_visited(struct asl__buf *buf, const struct asl__visited *visited)
{
    asl__buf_append_cstring(buf, "    visited: [");
    size_t start = buf->len;
    for (size_t i = 0; i < visited->count && buf->len - start < MOST_BYTES; i++) {
        asl__buf_append_cstring(buf, i > 0 ? "," : "");
        asl__print(buf, visited->names[i]);
    }
    asl__buf_append_char(buf, ']');
    if (buf->len - start > MOST_BYTES || visited->all > visited->count)
        asl__buf_printf(buf, " # the first of %" PRIu64 " states", visited->all);
    asl__buf_append_char(buf, '\n');
}

static void print_diagnostics(struct report *r, struct asl__buf *buf)
{
    static const char *const members[] = { "output", "outputContains", "error", "cause",
                                           "visited" };
    const struct asl__test_found *found = r->found;
    asl_value expect = r->c->expect;

    asl__buf_append_cstring(buf, "  ---\n  differs: ");
    size_t start = buf->len;
    asl__print_string(buf, r->differs.data, r->differs.len);
    cut(buf, start);
    asl__buf_printf(buf, "\n  expected:\n    status: %s\n", status_names[r->c->status]);
    for (size_t i = 0; i < ASL__COUNT_OF(members); i++)
        print_member(buf, members[i],
                     asl_member_of(expect, asl_string(r->region, members[i],
                                                      strlen(members[i]))));
    asl__buf_printf(buf, "  found:\n    status: %s\n", status_names[found->status]);
    print_member(buf, "output", found->output);
    print_member(buf, "error", found->error);
    print_member(buf, "cause", found->cause);
    print_visited(buf, found->visited);
    asl__buf_append_cstring(buf, "  ...\n");
}

/* TAP 14: `#` begins a directive, `\` escapes it. */
static void print_name(struct asl__buf *buf, asl_value name)
{
    for (size_t i = 0; i < asl_text_len(name); i++) {
        char c = asl_text(&name)[i];
        if (c == '#' || c == '\\')
            asl__buf_append_char(buf, '\\');
        asl__buf_append_char(buf, c);
    }
}

bool asl__test_report(const struct asl__test_case *c, size_t number,
                      const struct asl__test_found *found, asl_region *region,
                      struct asl__buf *buf)
{
    struct report r = { .c = c, .found = found, .region = region };
    struct asl__buf path = ASL__BUF_INIT;

    compare(&r, &path);
    bool ok = r.differs.len == 0 && !r.differs.failed;
    asl__buf_printf(buf, "%sok %zu - ", ok ? "" : "not ", number);
    print_name(buf, c->name);
    asl__buf_append_char(buf, '\n');
    if (!ok)
        print_diagnostics(&r, buf);
    buf->failed = buf->failed || r.differs.failed || path.failed;
    asl__buf_free(&path);
    asl__buf_free(&r.differs);
    return ok;
}
