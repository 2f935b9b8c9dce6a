/* Any bytes to the JSON reader: what it takes, it must print, read again and find equal. */
#include <stdlib.h>

#include <aslrt/value.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    asl_region *region = asl_region_new();
    asl_syntax_error error;
    asl_value v, again;

    if (!region)
        return 0;
    if (asl_parse(region, (const char *)data, size, &v, &error)) {
        asl_value text = asl_to_json(region, v);

        if (!asl_is_string(text) ||
            !asl_parse(region, asl_text(&text), asl_text_len(text), &again, &error) ||
            !asl_equal(v, again))
            abort();
    }
    asl_region_free(region);
    return 0;
}
