/* Any bytes as a mock file of Step Functions Local. */
#include "base.h"

#include "fuzz.h"

#include "task/bind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    asl_region *region = asl_region_new();
    struct asl__buf error = ASL__BUF_INIT;
    asl__mock_case chosen = { .file = "mocks.json",
                              .text = size ? (const char *)data : "",
                              .len = size,
                              .name = "T",
                              .machine = "M" };

    if (!region)
        return 0;
    asl__mocks *mocks = asl__mocks_read(region, &chosen, &error);
    if (mocks)
        asl__mocks_find(mocks, asl_str("S"));
    else
        FUZZ_HOLDS(error.len > 0);
    asl__mocks_free(mocks);
    asl__buf_free(&error);
    asl_region_free(region);
    return 0;
}
