/* Runs a fuzz target over the files given, without libFuzzer. */
#include <string.h>

#include "fuzz.h"

/* The target gets a block of just the file's size, so that a sanitizer sees each byte read
 * behind it. */
static void run_target(const char *bytes, size_t size)
{
    uint8_t *block = malloc(size ? size : 1);

    if (!block)
        abort();
    if (size)
        memcpy(block, bytes, size);
    LLVMFuzzerTestOneInput(block, size);
    free(block);
}

int main(int argc, char **argv)
{
    static char bytes[1 << 20];

    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");

        if (!file) {
            perror(argv[i]);
            return 1;
        }
        size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        fprintf(stderr, "Running: %s\n", argv[i]);
        run_target(bytes, size);
    }
    return 0;
}
