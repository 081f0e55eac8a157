//  hash: SHA-256 by nettle, which uses the processor's own instructions for it where there are any.
#include "rapporteur/hash.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rap_sha256 {
    struct sha256_ctx state;
};

static void end_hex (struct sha256_ctx *state, char hex[RAP_SHA256_HEX])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest (state, sizeof digest, digest);
    base16_encode_update (hex, sizeof digest, digest);
    hex[RAP_SHA256_HEX - 1] = 0;
}

void rap_sha256 (const void *data, size_t len, char hex[RAP_SHA256_HEX])
{
    struct sha256_ctx state;
    sha256_init (&state);
    sha256_update (&state, len, data);
    end_hex (&state, hex);
}

rap_sha256_t *rap_sha256_new (void)
{
    rap_sha256_t *self = malloc (sizeof *self);
    if (!self) {
        fputs ("rapporteur: out of memory\n", stderr);
        abort ();
    }
    sha256_init (&self->state);
    return self;
}

void rap_sha256_add (rap_sha256_t *self, const void *data, size_t len)
{
    sha256_update (&self->state, len, data);
}

void rap_sha256_end (rap_sha256_t **self_p, char hex[RAP_SHA256_HEX])
{
    if (!*self_p)
        return;
    end_hex (&(*self_p)->state, hex);
    free (*self_p);
    *self_p = NULL;
}

void rap_document_id (const char *sha256_hex, char id[RAP_DOCUMENT_ID_SIZE])
{
    memcpy (id, sha256_hex, RAP_DOCUMENT_ID_SIZE - 1);
    id[RAP_DOCUMENT_ID_SIZE - 1] = 0;
}
