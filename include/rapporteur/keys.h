/*  keys: who somebody is between machines, as files.
 *
 *      DIR/NAME.secret          who we are: role, public key, secret key; for our eyes alone
 *      DIR/allowed/NAME.public  whom we know: role and public key
 *
 *  Everyone has one pair of keys (CURVE: Curve25519, in Z85) and one role. The
 *  file in `allowed` admits its key; taking the file away revokes it. Who connects
 *  finds there, by role, the one ingest and the one sink that it talks to.
 *
 *  A file is of the form that ZeroMQ's own tools use for certificates:
 *
 *      metadata
 *          role = "worker"
 *      curve
 *          public-key = "..."
 *          secret-key = "..."       in NAME.secret alone
 *
 *  It is foreign input: bounded, printable, each line of a known kind, nothing
 *  twice. What is no such file is refused with its line, and admits nobody.  */
#ifndef RAPPORTEUR_KEYS_H
#define RAPPORTEUR_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"
#include "rapporteur/text.h"

enum {
    RAP_KEY_SIZE = 41,       //  of a key in Z85, with NUL
    RAP_KEY_NAME_MAX = 64,   //  bytes of a name
    RAP_KEY_FILE_MAX = 4096, //  bytes of a file
    RAP_KEYS_ALLOWED_MAX = 4096,
};

typedef enum {
    RAP_ROLE_INGEST,
    RAP_ROLE_SINK,
    RAP_ROLE_WORKER,
    RAP_ROLE_SUBMITTER, //  hands documents in, and orders
    RAP_ROLE_READER,    //  hears the feed
    RAP_ROLES
} rap_role_t;

const char *rap_role_name (rap_role_t role);
bool rap_role_of (rap_text_t name, rap_role_t *role);

typedef struct {
    char name[RAP_KEY_NAME_MAX + 1];
    rap_role_t role;
    char public_key[RAP_KEY_SIZE];
    char secret_key[RAP_KEY_SIZE]; //  "": this is another's
} rap_key_t;

//  Letters, digits, '-', '_' and '.', not first a '.'.
bool rap_key_name_is_good (const char *name);

//  A new pair. RAP_REFUSED if the name is no good.
rap_status_t rap_key_make (rap_key_t *self, const char *name, rap_role_t role, rap_reason_t *reason);

//  What a file says; all but the name.
rap_status_t rap_key_parse (rap_key_t *self, rap_text_t file, rap_reason_t *reason);

//  Makes the folders if missing (0700, `allowed` 0755) and in them NAME.secret (0600) and
//  NAME.public, on disk when it returns. Refused if one of them is there.
rap_status_t rap_key_write (const rap_key_t *self, const char *folder, rap_reason_t *reason);

//  A folder as it is now.
typedef struct {
    rap_key_t own;
    rap_key_t *allowed; //  in the order of their public keys
    uint32_t allowed_count;
    char digest[65]; //  of every byte of it: another one, if anything is another
} rap_keys_t;

//  Told of each file in `allowed` that admits nobody, and why.
typedef void (rap_keys_refused_fn) (void *self, const char *path, const char *reason);

//  Reads DIR/NAME.secret, or without a name the only *.secret of that role, and all of
//  `allowed`. NULL with the reason if we have no key, or others may read the secret or
//  write in the folders. `refused` may be NULL.
rap_keys_t *rap_keys_read (const char *folder, const char *name, rap_role_t role, rap_keys_refused_fn *refused,
                           void *refused_self, rap_reason_t *reason);

//  Whom the folder allows, without being anybody; *allowed_p is to be freed.
rap_status_t rap_keys_list (const char *folder, rap_key_t **allowed_p, uint32_t *count, rap_keys_refused_fn *refused,
                            void *refused_self, rap_reason_t *reason);

//  Wipes what was secret.
void rap_keys_destroy (rap_keys_t **self_p);

//  Whose public key it is; NULL: nobody's that we know.
const rap_key_t *rap_keys_find (const rap_keys_t *self, const char *public_key);

//  The one that has this role. NULL with the reason if there is none, or more than one.
const rap_key_t *rap_keys_only (const rap_keys_t *self, rap_role_t role, rap_reason_t *reason);

#endif
