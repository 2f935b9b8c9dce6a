/* Any bytes as what a service of AWS answers, and as the shared files of its tools.  The
 * first byte chooses the reader:
 *
 *     q  a query service's answer     x  S3's     j  a JSON service's     g  an API's
 *     c  ~/.aws/config                k  keys of a process     s  of STS  w  a command line
 */
#include "value/base.h"

#include "fuzz.h"

#include "task/aws_credentials.h"
#include "task/aws_xml.h"

static const asl_aws_member members[] = { { "Blob", NULL, "b", NULL },
                                          { "Count", NULL, "i", NULL },
                                          { "Entries", NULL, "m", NULL },
                                          { "Flat", "One", "f", NULL },
                                          { "FlatMap", NULL, "Fl/k/v", "k/v" },
                                          { "IsOn", NULL, "z", NULL },
                                          { "Items", NULL, "ll", "a/b" },
                                          { "Time", NULL, "t", NULL },
                                          { "When", NULL, "T", NULL } };

static asl_aws_service service_of(uint8_t protocol, const char *key)
{
    return (asl_aws_service){ .key = key,
                              .prefix = "P",
                              .errors = "Known=KnownException NoSuchKey ",
                              .xmlns = "",
                              .in = members,
                              .out = members,
                              .nin = ASL__COUNT_OF(members),
                              .nout = ASL__COUNT_OF(members),
                              .protocol = protocol,
                              .camel = protocol == ASL_AWS_JSON };
}

/* Every value that comes out can be printed and read again. */
static void check_value(asl_region *region, asl_value v)
{
    struct asl__buf text = ASL__BUF_INIT;
    asl_syntax_error why;
    asl_value again;

    asl__print(&text, v);
    FUZZ_HOLDS(!text.failed && asl_parse(region, text.data, text.len, &again, &why));
    asl__buf_free(&text);
}

static void answer(asl_region *region, uint8_t protocol, const char *key, const char *text,
                   size_t len)
{
    static const asl_aws_optimized optimized = {
        .prefix = "O", .service = "S", .generic = "G", .metadata = true
    };
    asl_aws_service service = service_of(protocol, key);
    asl_aws_operation op = {
        .service = &service, .name = "Do", .method = "GET", .path = "/",
        .places = protocol == ASL_AWS_REST_XML ? "> hETag" : ""
    };
    const asl__http_field field = { "x-amzn-RequestId", "r" };
    asl__http_result r = { .end = ASL__HTTP_ANSWERED, .message = "", .status = 400,
                           .reason = "", .fields = &field, .nfields = 1, .body = text,
                           .body_len = len };

    check_value(region, asl__aws_result(region, &op, &r));
    check_value(region, asl__aws_error(region, &op, &r, 1));
    op.optimized = &optimized;
    check_value(region, asl__aws_result(region, &op, &r));
    check_value(region, asl__aws_error(region, &op, &r, 3));
    check_value(region, asl__aws_gateway_result(region, &r));
}

static void keys(asl_region *region, bool sts, const char *text, size_t len)
{
    asl__aws_keys found = { NULL, NULL, NULL };
    int64_t expires;
    bool any = sts ? asl__aws_read_sts(region, text, len, &found, &expires)
                   : asl__aws_read_keys(region, text, len, &found, &expires);

    FUZZ_HOLDS(!any || (found.id != NULL && found.secret != NULL && found.token != NULL));
}

static void read_one(asl_region *region, char kind, const char *text, size_t len)
{
    switch (kind) {
    case 'q': answer(region, ASL_AWS_QUERY, "q", text, len); break;
    case 'x': answer(region, ASL_AWS_REST_XML, "s3", text, len); break;
    case 'j': answer(region, ASL_AWS_JSON, "sfn", text, len); break;
    case 'c': check_value(region, asl__aws_config_read(region, text, len)); break;
    case 'k': keys(region, false, text, len); break;
    case 's': keys(region, true, text, len); break;
    case 'w': {
        const char *line = asl__aws_copy(region, text, len);
        char **words = line != NULL ? asl__aws_split_command(region, line) : NULL;
        FUZZ_HOLDS(words == NULL || words[0] != NULL);
        break;
    }
    default: break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    asl_region *region = asl_region_new();
    char *text = calloc(1, size + ASL_PARSE_PADDING);

    if (region != NULL && text != NULL && size > 0) {
        memcpy(text, data + 1, size - 1);
        read_one(region, (char)data[0], text, size - 1);
    }
    free(text);
    asl_region_free(region);
    return 0;
}
