/* Hashes of text by nettle. */
#include "../value/base.h"

#include <nettle/nettle-meta.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "hash.h"

static const struct nettle_hash *find_hash(asl_value name)
{
    static const struct {
        const char *name;
        const struct nettle_hash *hash;
    } hashes[] = {
        { "MD5", &nettle_md5 },        { "SHA-1", &nettle_sha1 },
        { "SHA-256", &nettle_sha256 }, { "SHA-384", &nettle_sha384 },
        { "SHA-512", &nettle_sha512 },
    };

    for (size_t i = 0; i < ASL__COUNT_OF(hashes); i++)
        if (asl_same_text(name, asl_string_in(hashes[i].name, strlen(hashes[i].name))))
            return hashes[i].hash;
    return NULL;
}

size_t asl__hash_hex(asl_value name, const char *text, size_t len, char *hex)
{
    union {
        struct md5_ctx md5;
        struct sha1_ctx sha1;
        struct sha256_ctx sha256;
        struct sha512_ctx sha512;
    } ctx;
    uint8_t digest[SHA512_DIGEST_SIZE];
    const struct nettle_hash *hash = find_hash(name);

    if (!hash)
        return 0;
    hash->init(&ctx);
    hash->update(&ctx, len, (const uint8_t *)text);
    hash->digest(&ctx, hash->digest_size, digest);
    for (size_t i = 0; i < hash->digest_size; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return 2 * (size_t)hash->digest_size;
}
