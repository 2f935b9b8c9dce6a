/* Signs what its standard input asks, one JSON object a line: method, host, path, query, body,
 * fields (a list of pairs), service, region, time, s3, id, secret, token.  One signature a line:
 * for a comparison with other implementations. */
#include "value/base.h"

#include "task/aws_request.h"

static const char *text_of(asl_region *region, asl_value v)
{
    return asl_is_string(v) ? asl__aws_copy(region, asl_text(&v), asl_text_len(v)) : "";
}

static void sign_one(asl_region *region, asl_value q)
{
    asl_value body = asl_get(q, "body"), fields = asl_get(q, "fields");
    asl__aws_request r = { .region = region,
                           .method = text_of(region, asl_get(q, "method")),
                           .scheme = "https",
                           .host = text_of(region, asl_get(q, "host")),
                           .path = text_of(region, asl_get(q, "path")),
                           .query = text_of(region, asl_get(q, "query")),
                           .body = text_of(region, body),
                           .body_len = asl_text_len(body) };
    asl__aws_keys keys = { text_of(region, asl_get(q, "id")),
                           text_of(region, asl_get(q, "secret")),
                           text_of(region, asl_get(q, "token")) };
    asl__aws_scope scope = { .region = text_of(region, asl_get(q, "region")),
                             .service = text_of(region, asl_get(q, "service")),
                             .s3 = asl_is_true(asl_get(q, "s3")) };

    if (!asl_to_integer(asl_get(q, "time"), &scope.time))
        exit(2);
    for (size_t i = 0; i < asl_count(fields); i++) {
        asl_value name = asl_at(asl_at(fields, i), 0), value = asl_at(asl_at(fields, i), 1);
        asl__aws_field(&r, text_of(region, name), asl_text(&value), asl_text_len(value));
    }
    asl__aws_sign(&r, &keys, &scope);
    for (size_t i = 0; i < r.nfields; i++)
        if (strcmp(r.fields[i].name, "Authorization") == 0)
            puts(r.fields[i].value);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    while ((len = getline(&line, &room, stdin)) > 0) {
        asl_region *region = asl_region_new();
        asl_syntax_error why;
        asl_value q;
        if (region == NULL || !asl_parse(region, line, (size_t)len, &q, &why))
            return 2;
        sign_one(region, q);
        asl_region_free(region);
    }
    free(line);
    return 0;
}
