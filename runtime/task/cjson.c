/* cJSON trees of values and back (see <aslrt/cjson.h>).  Only programs with a cJSON
 * handler refer to this file. */
#include "value/base.h"

#include <aslrt/cjson.h>

#include <float.h>
#include <math.h>
#include <stdarg.h>

#include "value/buf.h"

#define EXACT INT64_C(9007199254740992) /* 2^53: whole numbers up to it are doubles */

cJSON *asl_cjson_fail(asl_cjson_error *out, const char *error, const char *format, ...)
{
    va_list args;

    snprintf(out->error, sizeof out->error, "%s", error);
    va_start(args, format);
    vsnprintf(out->cause, sizeof out->cause, format, args);
    va_end(args);
    return NULL;
}

/* ---- values to trees ----------------------------------------------------------- */

/* Why a value has no tree. */
enum trouble { FINE, NO_MEMORY, HAS_NUL };

/* LEN bytes at TEXT as cJSON keeps a text; NULL with *TROUBLE. */
static char *own_text(const char *text, size_t len, enum trouble *trouble)
{
    if (memchr(text, '\0', len) != NULL) {
        *trouble = HAS_NUL;
        return NULL;
    }
    char *copy = cJSON_malloc(len + 1);
    if (copy == NULL) {
        *trouble = NO_MEMORY;
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

/* Whether the double of V, a number, says all that V's text does. */
static bool is_plain(asl_value v)
{
    if (asl_tag_of(v) == ASL_INTEGER)
        return (int64_t)v.u.word.body >= -EXACT && (int64_t)v.u.word.body <= EXACT;
    if (asl_tag_of(v) == ASL_DOUBLE)
        return true;
    return asl_compare_numbers(v, asl_double(asl_to_double(v))) == 0;
}

static cJSON *tree_of_number(asl_value v, enum trouble *trouble)
{
    cJSON *node = cJSON_CreateNumber(asl_to_double(v));

    if (node == NULL || is_plain(v))
        return node;
    struct asl__buf text = ASL__BUF_INIT;
    asl__print(&text, v);
    if (!text.failed)
        node->valuestring = own_text(text.data, text.len, trouble);
    asl__buf_free(&text);
    if (node->valuestring != NULL)
        return node;
    cJSON_Delete(node);
    return NULL;
}

static cJSON *tree_of_string(asl_value v, enum trouble *trouble)
{
    char *text = own_text(asl_text(&v), asl_text_len(v), trouble);

    if (text == NULL)
        return NULL;
    cJSON *node = cJSON_CreateNull();
    if (node == NULL) {
        cJSON_free(text);
        return NULL;
    }
    node->type = cJSON_String;
    node->valuestring = text;
    return node;
}

/* Appends ITEM to PARENT; cJSON finds the last through the first's prev. */
static void append(cJSON *parent, cJSON *item)
{
    cJSON *first = parent->child;

    if (first == NULL) {
        parent->child = item;
        item->prev = item;
        return;
    }
    item->prev = first->prev;
    first->prev->next = item;
    first->prev = item;
}

static cJSON *tree_of(asl_value v, enum trouble *trouble);

static cJSON *tree_of_container(asl_value v, enum trouble *trouble)
{
    bool object = asl_is_object(v);
    cJSON *node = object ? cJSON_CreateObject() : cJSON_CreateArray();

    for (size_t i = 0; node != NULL && i < asl_count(v); i++) {
        const asl_member *m = object ? asl_member_at(v, i) : NULL;
        cJSON *item = tree_of(object ? m->value : asl_at(v, i), trouble);
        if (item != NULL && object)
            item->string = own_text(asl_text(&m->key), asl_text_len(m->key), trouble);
        if (item == NULL || (object && item->string == NULL)) {
            cJSON_Delete(item);
            cJSON_Delete(node);
            return NULL;
        }
        append(node, item);
    }
    return node;
}

/* V as a tree; NULL without memory or with *TROUBLE.  Depth is that of values. */
static cJSON *tree_of(asl_value v, enum trouble *trouble)
{
    switch (asl_tag_of(v)) {
    case ASL_UNDEFINED:
    case ASL_NULL:
    case ASL_FAILURE:
    case ASL_FUNCTION:
    case ASL_UNSET: return cJSON_CreateNull();
    case ASL_FALSE: return cJSON_CreateFalse();
    case ASL_TRUE: return cJSON_CreateTrue();
    case ASL_INTEGER:
    case ASL_DOUBLE:
    case ASL_DECIMAL: return tree_of_number(v, trouble);
    case ASL_SHORT:
    case ASL_LONG: return tree_of_string(v, trouble);
    case ASL_ARRAY:
    case ASL_OBJECT: break;
    }
    return tree_of_container(v, trouble);
}

/* ---- trees to values ----------------------------------------------------------- */

/* A number whose text is given: it must be JSON's. */
static asl_value value_of_text(asl_region *region, const char *text)
{
    asl_syntax_error why;
    asl_value v;

    why.no_memory = false;
    if (asl_parse(region, text, strlen(text), &v, &why) && asl_is_number(v))
        return v;
    if (why.no_memory)
        return asl_no_memory();
    return asl_errorf(region, "States.TaskFailed",
                      "the handler's result has a number whose text is \"%.64s\"",
                      text);
}

static asl_value value_of_number(asl_region *region, const cJSON *node)
{
    if (node->valuestring != NULL)
        return value_of_text(region, node->valuestring);
    if (!isfinite(node->valuedouble))
        return asl_null(); /* as cJSON prints it */
    return asl_number(node->valuedouble);
}

static asl_value value_of(asl_region *region, const cJSON *node, unsigned depth);

static asl_value value_of_container(asl_region *region, const cJSON *node,
                                    unsigned depth)
{
    bool object = cJSON_IsObject(node);
    asl_value v = object ? asl_object() : asl_array();

    if (depth == ASL_MAX_DEPTH)
        return asl_too_deep();
    for (const cJSON *item = node->child; item != NULL; item = item->next) {
        asl_value part = value_of(region, item, depth + 1);
        if (!object)
            v = asl_push(region, v, part);
        else if (item->string != NULL)
            v = asl_set(region, v, asl_cstring(region, item->string), part);
        if (asl_is_error(v))
            return v;
    }
    return v;
}

static asl_value value_of_raw(asl_region *region, const char *text)
{
    asl_syntax_error why;
    asl_value v;

    if (asl_parse(region, text, strlen(text), &v, &why))
        return v;
    if (why.no_memory)
        return asl_no_memory();
    return asl_errorf(region, "States.TaskFailed",
                      "the handler's result has raw text that is not JSON: %s",
                      why.message);
}

static asl_value value_of(asl_region *region, const cJSON *node, unsigned depth)
{
    const char *text = node->valuestring != NULL ? node->valuestring : "";

    switch (node->type & 0xff) {
    case cJSON_False: return asl_boolean(false);
    case cJSON_True: return asl_boolean(true);
    case cJSON_Number: return value_of_number(region, node);
    case cJSON_String: return asl_cstring(region, text);
    case cJSON_Array:
    case cJSON_Object: return value_of_container(region, node, depth);
    case cJSON_Raw: return value_of_raw(region, text);
    default: return asl_null();
    }
}

/* ---- the call ------------------------------------------------------------------ */

static asl_value no_tree(asl_task_call *call, enum trouble trouble)
{
    if (trouble == HAS_NUL)
        return asl_task_error(call, "States.TaskFailed",
                              "the input has a string with a NUL character, which a "
                              "cJSON handler cannot be given");
    return asl_no_memory();
}

static asl_value failure_of(asl_task_call *call, const asl_cjson_error *error)
{
    return asl_task_error(call,
                          error->error[0] != '\0' ? error->error : "States.TaskFailed",
                          error->cause[0] != '\0' ? error->cause : NULL);
}

asl_value asl_cjson_adapt(asl_task_call *call, asl_value input, void (*fn)(void))
{
    asl_cjson_fn *function = (asl_cjson_fn *)fn;
    enum trouble trouble = FINE;
    asl_cjson_error error;
    cJSON *tree = tree_of(input, &trouble);

    if (tree == NULL)
        return no_tree(call, trouble);
    error.error[0] = error.cause[0] = '\0';
    cJSON *result = function(tree, &error);
    cJSON_Delete(tree);
    if (result == NULL && (error.error[0] != '\0' || error.cause[0] != '\0'))
        return failure_of(call, &error);
    if (result == NULL)
        return asl_null();
    asl_value v = value_of(asl_task_region(call), result, 0);
    cJSON_Delete(result);
    return v;
}
