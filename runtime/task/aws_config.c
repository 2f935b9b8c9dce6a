/* The format of ~/.aws/config and ~/.aws/credentials:
 *
 *     [profile dev]           # a comment
 *     region = eu-west-1
 *     s3 =
 *         addressing_style = path
 */
#include "value/base.h"

#include "task/aws_settings.h"
#include "value/utf8.h"

/* A file being read. */
struct reading {
    asl_region *region;
    asl_value file;    /* so far */
    asl_value section; /* its name; undefined: none yet */
    asl_value block;   /* the setting whose indented lines come; undefined: none */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank((*text)[*len - 1]))
        --*len;
    while (*len > 0 && is_blank(**text)) {
        ++*text;
        --*len;
    }
}

/* A comment begins at the line's start, or behind a blank. */
static size_t without_comment(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((text[i] == '#' || text[i] == ';') && (i == 0 || is_blank(text[i - 1])))
            return i;
    return len;
}

/* The OBJECT's member KEY if it is an object, else an empty one. */
static asl_value inner(asl_value object, asl_value key)
{
    asl_value v = asl_member_of(object, key);

    return asl_is_object(v) ? v : asl_object();
}

static void open_section(struct reading *r, const char *text, size_t len)
{
    const char *end = memchr(text, ']', len);

    r->block = asl_undefined();
    r->section = asl_undefined();
    if (end == NULL)
        return;
    len = (size_t)(end - text - 1);
    text++;
    trim(&text, &len);
    r->section = asl_string(r->region, text, len);
    r->file = asl_set(r->region, r->file, r->section, inner(r->file, r->section));
}

static void take_setting(struct reading *r, const char *text, size_t len, bool indented)
{
    const char *equals = memchr(text, '=', len);

    if (equals == NULL)
        return;
    const char *value = equals + 1;
    size_t key_len = (size_t)(equals - text), value_len = len - key_len - 1;
    trim(&text, &key_len);
    trim(&value, &value_len);
    asl_value key = asl_string(r->region, text, key_len);
    asl_value said = asl_string(r->region, value, value_len);
    asl_value section = inner(r->file, r->section);
    if (indented && !asl_is_undefined(r->block)) {
        asl_value block = asl_set(r->region, inner(section, r->block), key, said);
        section = asl_set(r->region, section, r->block, block);
    } else {
        r->block = value_len == 0 ? key : asl_undefined();
        section = asl_set(r->region, section, key, said);
    }
    r->file = asl_set(r->region, r->file, r->section, section);
}

static void take_line(struct reading *r, const char *text, size_t len)
{
    bool indented = len > 0 && is_blank(*text);

    len = without_comment(text, len);
    trim(&text, &len);
    if (len == 0 || !asl__utf8_valid(text, len, false) || memchr(text, '\0', len) != NULL)
        return;
    if (*text == '[' && !indented)
        open_section(r, text, len);
    else if (!asl_is_undefined(r->section))
        take_setting(r, text, len, indented);
}

asl_value asl__aws_config_read(asl_region *region, const char *text, size_t len)
{
    struct reading r = { region, asl_object(), asl_undefined(), asl_undefined() };

    for (const char *end = text + len; text < end;) {
        const char *line = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = (size_t)((line != NULL ? line : end) - text);
        take_line(&r, text, line_len);
        text += line_len + (line != NULL);
    }
    return r.file;
}
