/* Reading {"http": URL, "method": M, "headers": {}, "timeout": S} and {"lambda": URL,
 * "headers": {}, "timeout": S} of a --tasks file.  A ${NAME} in the URL or a header is the
 * environment's, so that a file may be shown around; what it stands for is never told. */
#include "value/base.h"

#include "io/http_url.h"
#include "task/web.h"

#include <strings.h>

#define complain(r, ...) asl__bindings_complain((r)->file, __VA_ARGS__)

/* Fields that are sent where a binding does not say otherwise. */
static const asl__http_field usual[] = { { "User-Agent", "aslc" },
                                         { "Accept", "application/json, */*;q=0.5" },
                                         { "Content-Type", "application/json" } };

struct reading {
    asl__taskset *set;
    const asl__bindings_file *file;
};

/* ---- ${NAME} ---------------------------------------------------------------------- */

/* Appends what the ${NAME} at TEXT stands for; what follows it, or NULL with a complaint. */
static const char *expand_one(const struct reading *r, struct asl__buf *to,
                              const char *text, const char *what)
{
    size_t len = strcspn(text + 2, "}");
    char name[128];

    if (text[2 + len] == '\0' || len == 0 || len >= sizeof name) {
        complain(r, "%s: a ${ without a name and }", what);
        return NULL;
    }
    memcpy(name, text + 2, len);
    name[len] = '\0';
    const char *value = asl__http_variable(asl__taskset_options_of(r->set)->env, name);
    if (value == NULL) {
        complain(r, "%s: the environment has no %s", what, name);
        return NULL;
    }
    asl__buf_append_cstring(to, value);
    return text + 2 + len + 1;
}

static bool expand(const struct reading *r, struct asl__buf *to, const char *text,
                   const char *what)
{
    while (*text != '\0') {
        if (strncmp(text, "$${", 3) == 0) { /* stands for itself */
            asl__buf_append(to, "${", 2);
            text += 3;
        } else if (strncmp(text, "${", 2) == 0) {
            text = expand_one(r, to, text, what);
            if (text == NULL)
                return false;
        } else {
            asl__buf_append_char(to, *text++);
        }
    }
    return true;
}

const char *asl__web_expand(asl__taskset *set, const asl__bindings_file *file,
                            asl_value text, const char *what)
{
    const struct reading r = { set, file };
    struct asl__buf buf = ASL__BUF_INIT;
    char *expanded = NULL;

    if (!asl__is_c_string(text)) {
        complain(&r, "%s wants a string", what);
        return NULL;
    }
    const char *plain = asl__taskset_c_string(set, text);
    if (plain == NULL || expand(&r, &buf, plain, what)) {
        asl__buf_append_char(&buf, '\0');
        if (plain != NULL && !buf.failed)
            expanded = asl_alloc(asl__taskset_region(set), buf.len);
        if (expanded != NULL)
            memcpy(expanded, buf.data, buf.len);
        else
            complain(&r, "out of memory");
    }
    asl__buf_free(&buf);
    return expanded;
}

/* ---- members ---------------------------------------------------------------------- */

static bool has_tls(const asl__taskset *set)
{
    const asl__module_functions *module;

    for (size_t i = 0; (module = asl__taskset_module_at(set, i)) != NULL; i++)
        if (module->tls != NULL)
            return true;
    return false;
}

static bool read_url(const struct reading *r, asl_value v, const char *kind,
                     asl__web_spec *spec)
{
    struct asl__http_url url;
    const char *why;

    spec->url = asl__web_expand(r->set, r->file, v, kind);
    if (spec->url == NULL)
        return false;
    if (!asl__http_url_read(spec->url, &url, &why))
        return complain(r, "\"%s\" wants a URL: %s", kind, why);
    if (url.tls && !has_tls(r->set))
        return complain(r,
                        "https is not linked into this program: it needs --with tls at "
                        "build time");
    spec->has_path = url.target_len > 0 && !(url.target_len == 1 && *url.target == '/');
    return true;
}

static bool is_method(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == len;
}

static bool read_method(const struct reading *r, asl_value v, asl__web_spec *spec)
{
    spec->method = "POST";
    if (asl_is_undefined(v))
        return true;
    if (spec->protocol == &asl__web_lambda)
        return complain(r, "\"method\" does not go with \"lambda\"");
    spec->method = asl__is_c_string(v) ? asl__taskset_c_string(r->set, v) : "";
    if (spec->method == NULL)
        return complain(r, "out of memory");
    return is_method(spec->method) ||
           complain(r, "\"method\" wants a method, in capital letters");
}

static bool has_field(const asl__http_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(fields[i].name, name) == 0)
            return true;
    return false;
}

static bool is_field(const asl__http_field *field)
{
    const char *c = field->name;

    for (; *c != '\0'; c++)
        if (*c <= ' ' || *c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", *c) != NULL)
            return false;
    if (c == field->name)
        return false;
    for (c = field->value; *c != '\0'; c++)
        if (((uint8_t)*c < ' ' && *c != '\t') || *c == 0x7f)
            return false;
    return true;
}

/* The headers of V, and the usual ones that it does not have. */
static bool read_headers(const struct reading *r, asl_value v, asl__web_spec *spec)
{
    size_t count = asl_count(v);
    asl__http_field *fields;

    if (!asl_is_undefined(v) && !asl_is_object(v))
        return complain(r, "\"headers\" wants an object of strings");
    fields = asl_alloc(asl__taskset_region(r->set),
                       (count + ASL__COUNT_OF(usual)) * sizeof *fields);
    if (fields == NULL)
        return complain(r, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const asl_member *m = asl_member_at(v, i);
        const char *name =
            asl__is_c_string(m->key) ? asl__taskset_c_string(r->set, m->key) : "";
        if (name == NULL)
            return complain(r, "out of memory");
        fields[i].name = name;
        fields[i].value = asl__web_expand(r->set, r->file, m->value, "\"headers\"");
        if (fields[i].value == NULL)
            return false;
        if (!is_field(&fields[i]))
            return complain(r, "\"headers\" has one that is no header: \"%s\"", name);
    }
    for (size_t i = 0; i < ASL__COUNT_OF(usual); i++)
        if (!has_field(fields, count, usual[i].name))
            fields[count++] = usual[i];
    spec->fields = fields;
    spec->nfields = count;
    return true;
}

static bool read_timeout(const struct reading *r, asl_value v, asl__web_spec *spec)
{
    if (asl_is_undefined(v))
        return true;
    double seconds = asl_is_number(v) ? asl_to_double(v) : 0;
    if (!(seconds >= 0.001 && seconds <= 99999999))
        return complain(r, "\"timeout\" wants a number of seconds");
    spec->timeout = (long)(seconds * 1000);
    return true;
}

bool asl__web_read(asl__taskset *set, asl__bindings_file *file, asl_value v,
                   asl_value kind, asl__binding *binding)
{
    const struct reading r = { set, file };
    bool lambda = asl_same_text(kind, asl_str("lambda"));
    asl__web_spec *spec = asl_alloc(asl__taskset_region(set), sizeof *spec);
    bool *fixed_name = asl_alloc(asl__taskset_region(set), sizeof *fixed_name);

    if (spec == NULL || fixed_name == NULL)
        return complain(&r, "out of memory");
    *fixed_name = false;
    *spec = (asl__web_spec){ .protocol = lambda ? &asl__web_lambda : &asl__web_http,
                             .fixed_name = fixed_name };
    binding->spec = spec;
    if (lambda && binding->max == 0)
        binding->max = 1; /* the runtime emulator cannot do two at once */
    return read_url(&r, asl_member_of(v, kind), lambda ? "lambda" : "http", spec) &&
           read_method(&r, asl_get(v, "method"), spec) &&
           read_headers(&r, asl_get(v, "headers"), spec) &&
           read_timeout(&r, asl_get(v, "timeout"), spec);
}
