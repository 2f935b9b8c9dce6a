/* Any bytes as a call of a program that tests a state, for states of several types. */
#include "base.h"

#include "fuzz.h"

#include "program/teststate.h"

static void take(const asl_tested *tested, const uint8_t *data, size_t size)
{
    asl_region *region = asl_region_new();
    asl__call_request call = { .inspection = { .tested = tested, .region = region },
                               .account = "123456789012" };
    asl__fault fault = { NULL, ASL__BUF_INIT };
    asl_syntax_error error;
    asl_value request;

    if (!region)
        abort();
    char *text = asl_alloc(region, size + ASL_PARSE_PADDING);
    if (!text)
        abort();
    memcpy(text, size ? (const char *)data : "", size);
    memset(text + size, 0, ASL_PARSE_PADDING);
    if (asl_parse(region, text, size, &request, &error) && asl_is_object(request)) {
        bool good = asl__test_read(&call, request, &fault) &&
                    asl__test_context(&call, 1, 0, &fault);
        FUZZ_HOLDS(good == (fault.code == NULL));
        FUZZ_HOLDS(good || fault.message.len > 0);
        FUZZ_HOLDS(!good || (!asl_is_undefined(call.input) &&
                             asl_is_object(call.inspection.context)));
    }
    asl__buf_free(&fault.message);
    asl_region_free(region);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const services[][2] = { { "lambda", "invoke" },
                                               { "dynamodb", "query" },
                                               { "aws-sdk:kms", "encrypt" },
                                               { "states", "startExecution.sync" } };
    asl_tested others[] = { { .type = ASL_TYPE_PASS },
                            { .type = ASL_TYPE_PARALLEL, .branches = 2 },
                            { .type = ASL_TYPE_MAP, .counts = true },
                            { .type = ASL_TYPE_MAP, .reads = true, .writes = true } };

    for (size_t i = 0; i < ASL__COUNT_OF(others); i++)
        take(&others[i], data, size);
    for (size_t i = 0; i < ASL__COUNT_OF(services); i++) {
        asl_region *region = asl_region_new();
        asl_task task = { .kind = ASL_TASK_SERVICE,
                          .pattern = i == 3 ? ASL_SYNC : ASL_REQUEST_RESPONSE,
                          .service = asl_cstring(region, services[i][0]),
                          .action = asl_cstring(region, services[i][1]) };
        asl_tested tested = { .type = ASL_TYPE_TASK, .task = &task };
        take(&tested, data, size);
        asl_region_free(region);
    }
    return 0;
}
