/* Any bytes as a definition in YAML: read, checked, lowered, emitted. */
#include "definition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    compile_bytes("fuzz.asl.yaml", data, size);
    return 0;
}
