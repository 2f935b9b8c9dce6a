/* Keys read from the answers that hold them; see aws_credentials.h. */
#include "value/base.h"

#include "expr/time.h"
#include "task/aws_credentials.h"
#include "task/aws_xml.h"

static bool read_end(const char *text, size_t len, int64_t *expires)
{
    int64_t time;

    if (!asl__time_parse(text, len, &time))
        return false;
    *expires = time / 1000000;
    return true;
}

static const char *node_text(asl_region *region, const asl__xml *node)
{
    return node != NULL && node->len > 0 ? asl__aws_copy(region, node->text, node->len)
                                         : NULL;
}

bool asl__aws_read_sts(asl_region *region, const char *text, size_t len,
                       asl__aws_keys *keys, int64_t *expires)
{
    const asl__xml *root = asl__xml_parse(region, text, len), *found = NULL, *end;

    for (const asl__xml *c = root != NULL ? root->first : NULL; c != NULL; c = c->next)
        if (found == NULL)
            found = asl__xml_child(c, "Credentials");
    keys->id = node_text(region, asl__xml_child(found, "AccessKeyId"));
    keys->secret = node_text(region, asl__xml_child(found, "SecretAccessKey"));
    keys->token = node_text(region, asl__xml_child(found, "SessionToken"));
    end = asl__xml_child(found, "Expiration");
    *expires = INT64_MAX;
    if (end != NULL && !read_end(end->text, end->len, expires))
        return false;
    if (keys->token == NULL)
        keys->token = "";
    return keys->id != NULL && keys->secret != NULL;
}

static const char *member_text(asl_region *region, asl_value v)
{
    return asl_is_string(v) && asl_text_len(v) > 0
               ? asl__aws_copy(region, asl_text(&v), asl_text_len(v))
               : NULL;
}

bool asl__aws_read_keys(asl_region *region, const char *text, size_t len,
                        asl__aws_keys *keys, int64_t *expires)
{
    asl_syntax_error why;
    asl_value v, end;

    if (!asl_parse(region, text, len, &v, &why))
        return false;
    keys->id = member_text(region, asl_get(v, "AccessKeyId"));
    keys->secret = member_text(region, asl_get(v, "SecretAccessKey"));
    keys->token = member_text(region, asl_get(v, "SessionToken"));
    if (keys->token == NULL)
        keys->token = member_text(region, asl_get(v, "Token"));
    if (keys->token == NULL)
        keys->token = "";
    end = asl_get(v, "Expiration");
    *expires = INT64_MAX;
    if (asl_is_string(end) && asl_text_len(end) > 0 &&
        !read_end(asl_text(&end), asl_text_len(end), expires))
        return false;
    return keys->id != NULL && keys->secret != NULL;
}

/* One word, with quotes taken off; where it ends.  NULL: a quote is open. */
static const char *take_word(const char *at, struct asl__buf *word)
{
    char quote = '\0';

    for (; *at != '\0' && (quote != '\0' || (*at != ' ' && *at != '\t')); at++) {
        if (quote == '\0' && (*at == '"' || *at == '\''))
            quote = *at;
        else if (*at == quote)
            quote = '\0';
        else if (*at == '\\' && quote != '\'' && at[1] != '\0')
            asl__buf_append_char(word, *++at);
        else
            asl__buf_append_char(word, *at);
    }
    return quote == '\0' ? at : NULL;
}

char **asl__aws_split_command(asl_region *region, const char *line)
{
    char **words = asl_alloc(region, (strlen(line) / 2 + 2) * sizeof *words);
    size_t count = 0;

    if (words == NULL)
        return NULL;
    for (line += strspn(line, " \t"); *line != '\0'; line += strspn(line, " \t")) {
        struct asl__buf word = ASL__BUF_INIT;
        line = take_word(line, &word);
        const char *text = asl__aws_text(region, &word);
        if (line == NULL || text == NULL)
            return NULL;
        words[count] = asl_alloc(region, strlen(text) + 1);
        if (words[count] == NULL)
            return NULL;
        memcpy(words[count++], text, strlen(text) + 1);
    }
    words[count] = NULL;
    return count > 0 ? words : NULL;
}
