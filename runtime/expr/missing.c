/* Errors of paths that find nothing (errors.md 3.2 to 3.4), and ResultPath (3.3). */
#include "../value/base.h"

#include <aslrt/ops.h>

#include "../value/container.h"
#include "failure.h"
#include "java.h"

/* ---- why a path finds nothing ------------------------------------------------- */

/* Appends a step as Jayway shows it. */
static void show_step(struct asl__buf *buf, const asl_step *step)
{
    switch ((enum asl_step_kind)step->kind) {
    case ASL_STEP_NAME:
        asl__buf_append_cstring(buf, "['");
        asl__buf_append(buf, asl_text(&step->key), asl_text_len(step->key));
        asl__buf_append_cstring(buf, "']");
        break;
    case ASL_STEP_INDEX: asl__buf_printf(buf, "[%d]", (int)step->index); break;
    case ASL_STEP_OTHER:
        asl__buf_append(buf, asl_text(&step->key), asl_text_len(step->key));
        break;
    }
}

/* Appends `$` and the first COUNT steps. */
static void show_steps(struct asl__buf *buf, const asl_path *path, uint32_t count)
{
    asl__buf_append_char(buf, '$');
    for (uint32_t i = 0; i < count; i++)
        show_step(buf, &path->steps[i]);
}

static const char *java_class(asl_value v)
{
    if (asl_is_array(v))
        return "java.util.ArrayList";
    if (asl_is_string(v))
        return "java.lang.String";
    if (asl_is_boolean(v))
        return "java.lang.Boolean";
    if (asl_tag_of(v) == ASL_INTEGER)
        return (int64_t)v.u.word.body >= INT32_MIN && (int64_t)v.u.word.body <= INT32_MAX
                   ? "java.lang.Integer"
                   : "java.lang.Long";
    return asl_is_number(v) ? "java.lang.Double" : "null";
}

/* The step at which the walk from *V ends, *V being the value there; path->count if it
 * does not. */
static uint32_t failing_step(const asl_path *path, asl_value *v)
{
    uint32_t i;

    for (i = 0; i < path->count; i++) {
        const asl_step *step = &path->steps[i];
        asl_value next = step->kind == ASL_STEP_NAME    ? asl_member_of(*v, step->key)
                         : step->kind == ASL_STEP_INDEX ? asl_element(*v, step->index)
                                                        : asl_undefined();
        if (asl_is_undefined(next))
            break;
        *v = next;
    }
    return i;
}

/* Why step I of PATH selects nothing from V. */
static void explain(struct asl__buf *buf, const asl_path *path, uint32_t i, asl_value v)
{
    const asl_step *step = i < path->count ? &path->steps[i] : NULL;
    bool name = step && step->kind == ASL_STEP_NAME;

    if (path->count == 0) { /* a variable that has no value */
        asl__buf_printf(buf, "No results for path: %s", path->text);
    } else if (i < path->count && name && !asl_is_object(v) && !asl_is_undefined(v)) {
        asl__buf_append_cstring(buf, "Expected to find an object with property ");
        show_step(buf, step);
        asl__buf_append_cstring(buf, " in path ");
        show_steps(buf, path, i);
        asl__buf_printf(
            buf,
            " but found '%s'. This is not a json object according to the "
            "JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
            java_class(v));
    } else if (i < path->count && !name && asl_is_null(v)) {
        asl__buf_append_cstring(buf, "The path ");
        show_steps(buf, path, i);
        asl__buf_append_cstring(buf, " is null");
    } else if (i < path->count && !name && !asl_is_array(v) && !asl_is_undefined(v)) {
        asl__buf_append_cstring(buf, "Filter: ");
        show_step(buf, step);
        asl__buf_append_cstring(buf,
                                " can only be applied to arrays. Current context is: ");
        asl__java_print(buf, v);
    } else if (i + 1 < path->count && name) {
        asl__buf_append_cstring(buf, "Missing property in path ");
        show_steps(buf, path, i + 1);
    } else {
        asl__buf_append_cstring(buf, "No results for path: ");
        show_steps(buf, path, path->count);
    }
}

/* The text in BUF, which is freed, as a string of REGION. */
static asl_value take(asl_region *region, struct asl__buf *buf)
{
    asl_value text =
        buf->failed ? asl_no_memory() : asl_string(region, buf->data, buf->len);

    asl__buf_free(buf);
    return text;
}

asl_value asl_path_missing(asl_region *region, const asl_path *path, asl_value root)
{
    struct asl__buf buf = ASL__BUF_INIT;
    asl_value v = root;
    uint32_t i = failing_step(path, &v);

    if (asl_is_error(v))
        return v;
    asl__buf_bound(&buf, region);
    asl__buf_printf(&buf, "Invalid path '%s' : ", path->text);
    explain(&buf, path, i, v);
    return asl__failure(region, 0, take(region, &buf));
}

asl_value asl_template_missing(asl_region *region, const char *path, const char *field,
                               asl_value input)
{
    struct asl__buf buf = ASL__BUF_INIT;

    if (asl_is_error(input))
        return input;
    asl__buf_bound(&buf, region);
    asl__buf_printf(
        &buf,
        "The JSONPath '%s' specified for the field '%s' could not be found in "
        "the input '",
        path, field);
    asl__print(&buf, input);
    asl__buf_append_char(&buf, '\'');
    return asl__failure(region, 0, take(region, &buf));
}

asl_value asl_choice_missing(asl_region *region, const char *path, bool operand)
{
    return asl__failf(
        region,
        "Invalid path '%s': The choice state's %s path references an invalid "
        "value.",
        path, operand ? "comparison" : "condition");
}

/* ---- conflicts ---------------------------------------------------------------- */

static asl_value conflict(asl_region *region, struct asl__buf *buf)
{
    asl_value cause = take(region, buf);

    return asl_is_error(cause)
               ? cause
               : asl_error(region, asl_string_in("States.ReferencePathConflict", 28),
                           cause);
}

static asl_value step_conflict(asl_region *region, const asl_step *step,
                               asl_value input)
{
    struct asl__buf buf = ASL__BUF_INIT;

    asl__buf_bound(&buf, region);
    asl__buf_append_cstring(&buf, "Unable to apply step \"");
    if (step->kind == ASL_STEP_INDEX)
        asl__buf_printf(&buf, "%d", (int)step->index);
    else
        asl__buf_append(&buf, asl_text(&step->key), asl_text_len(step->key));
    asl__buf_append_cstring(&buf, "\" to input ");
    asl__print(&buf, input);
    return conflict(region, &buf);
}

asl_value asl_items_missing(asl_region *region, const asl_path *path, asl_value root)
{
    asl_value v = root;
    uint32_t i = failing_step(path, &v);

    if (i < path->count)
        return step_conflict(region, &path->steps[i], v);
    return asl_path_missing(region, path, root);
}

/* ---- ResultPath --------------------------------------------------------------- */

/* V with VALUE put at the steps from I on; V is undefined where nothing is yet. */
static asl_value put_at(asl_region *region, asl_value v, const asl_path *path,
                        uint32_t i, asl_value value)
{
    if (i == path->count)
        return value;
    const asl_step *step = &path->steps[i];
    if (step->kind == ASL_STEP_INDEX) {
        asl_value old = asl_element(v, step->index);
        if (asl_is_undefined(old))
            return step_conflict(region, step, asl_is_undefined(v) ? asl_object() : v);
        asl_value element = put_at(region, old, path, i + 1, value);
        return asl_is_error(element)
                   ? element
                   : asl_replace_at(region, v, (size_t)step->index, element);
    }
    if (asl_is_undefined(v))
        v = asl_object();
    if (!asl_is_object(v))
        return step_conflict(region, step, v);
    asl_value member =
        i + 1 == path->count
            ? value
            : put_at(region, asl_member_of(v, step->key), path, i + 1, value);
    return asl_set(region, v, step->key, member);
}

/* asl_put_path() of whatever it is given. */
static ASL__NOINLINE asl_value put_any(asl_region *region, uint64_t head, uint64_t body,
                                       const asl_path *path, uint64_t value_head,
                                       uint64_t value_body)
{
    asl_value raw = asl__words(head, body), value = asl__words(value_head, value_body);

    if (asl_is_error(raw) || asl_is_error(value))
        return asl_is_error(raw) ? raw : value;
    if (path->count > 0 && !asl_is_object(raw) && !asl_is_array(raw)) {
        struct asl__buf buf = ASL__BUF_INIT;
        asl__buf_bound(&buf, region);
        asl__buf_printf(&buf, "Unable to apply ReferencePath %s to input ", path->text);
        asl__print(&buf, raw);
        return conflict(region, &buf);
    }
    return put_at(region, raw, path, 0, value);
}

/* `$.name` on an object, without a stack frame. */
asl_value asl_put_path_words(asl_region *region, uint64_t head, uint64_t body,
                             const asl_path *path, uint64_t value_head,
                             uint64_t value_body)
{
    const asl_step *step = path->steps;

    if (path->count == 1 && step->kind == ASL_STEP_NAME &&
        asl_is_object(asl__words(head, body)))
        return asl__set_at(region, head, body, &step->key, value_head, value_body);
    return put_any(region, head, body, path, value_head, value_body);
}
