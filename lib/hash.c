//  hash: SHA-256 by libsodium.
#include "rapporteur/hash.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rap_sha256 {
    crypto_hash_sha256_state state;
};

static void write_hex (const unsigned char digest[crypto_hash_sha256_BYTES], char hex[RAP_SHA256_HEX])
{
    sodium_bin2hex (hex, RAP_SHA256_HEX, digest, crypto_hash_sha256_BYTES);
}

void rap_sha256 (const void *data, size_t len, char hex[RAP_SHA256_HEX])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256 (digest, data, len);
    write_hex (digest, hex);
}

rap_sha256_t *rap_sha256_new (void)
{
    rap_sha256_t *self = malloc (sizeof *self);
    if (!self) {
        fputs ("rapporteur: out of memory\n", stderr);
        abort ();
    }
    crypto_hash_sha256_init (&self->state);
    return self;
}

void rap_sha256_add (rap_sha256_t *self, const void *data, size_t len)
{
    crypto_hash_sha256_update (&self->state, data, len);
}

void rap_sha256_end (rap_sha256_t **self_p, char hex[RAP_SHA256_HEX])
{
    if (!*self_p)
        return;
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final (&(*self_p)->state, digest);
    write_hex (digest, hex);
    free (*self_p);
    *self_p = NULL;
}

void rap_document_id (const char *sha256_hex, char id[RAP_DOCUMENT_ID_SIZE])
{
    memcpy (id, sha256_hex, RAP_DOCUMENT_ID_SIZE - 1);
    id[RAP_DOCUMENT_ID_SIZE - 1] = 0;
}
