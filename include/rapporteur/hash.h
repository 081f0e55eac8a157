/*  hash: SHA-256, for what a document is known by (nettle).                 */
#ifndef RAPPORTEUR_HASH_H
#define RAPPORTEUR_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { RAP_SHA256_HEX = 65, RAP_DOCUMENT_ID_SIZE = 33 }; //  sizes with NUL

//  64 lower-case hexadecimal digits and NUL.
void rap_sha256 (const void *data, size_t len, char hex[RAP_SHA256_HEX]);

//  Piece by piece.
typedef struct rap_sha256 rap_sha256_t;
rap_sha256_t *rap_sha256_new (void);
void rap_sha256_add (rap_sha256_t *self, const void *data, size_t len);
void rap_sha256_end (rap_sha256_t **self_p, char hex[RAP_SHA256_HEX]); //  also destroys

//  The document_id that belongs to a sha256: its first 32 digits.
void rap_document_id (const char *sha256_hex, char id[RAP_DOCUMENT_ID_SIZE]);

#endif
