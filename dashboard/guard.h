/*  guard: who may ask.
 *
 *  On loopback anybody may; beyond it a token or a proxy that is trusted has to
 *  vouch. The Host that a browser names must be one of ours, so that a page of
 *  another site cannot reach us under a name of its own (DNS rebinding): an
 *  address in figures, localhost, or a name that was allowed. Secrets are compared
 *  in constant time. Set up once, then read by any thread.                    */
#ifndef RAPPORTEUR_DASHBOARD_GUARD_H
#define RAPPORTEUR_DASHBOARD_GUARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"

enum { RAP_TOKEN_MIN = 16, RAP_TOKEN_MAX = 512, RAP_SESSION_SIZE = 65 };

typedef struct {
    const char *listen;       //  HOST:PORT, [HOST]:PORT
    const char *token_file;   //  NULL none
    const char *trust_header; //  together with trust_from; NULL none
    const char *trust_from;
    const char *hosts; //  further names, parted by commas; NULL none
} rap_guard_options_t;

typedef struct rap_guard rap_guard_t;

//  NULL with the reason if the options do not fit together, or would let strangers in.
rap_guard_t *rap_guard_new (const rap_guard_options_t *options, rap_reason_t *reason);
void rap_guard_destroy (rap_guard_t **self_p);

//  Where to listen.
const struct sockaddr *rap_guard_address (const rap_guard_t *self, socklen_t *len);
void rap_guard_set_port (rap_guard_t *self, uint16_t port);

//  Whether the Host header is one of ours. NULL is none.
bool rap_guard_knows_host (const rap_guard_t *self, const char *host);

//  What a request brings along to prove itself; NULL where it does not.
typedef struct {
    const struct sockaddr *from;
    const char *authorization; //  'Bearer TOKEN'
    const char *session;       //  of the cookie
    const char *vouched;       //  value of the trusted header
} rap_proof_t;
bool rap_guard_lets (const rap_guard_t *self, const rap_proof_t *proof);

//  The header that a proxy vouches with; NULL none.
const char *rap_guard_header (const rap_guard_t *self);

//  Whether one can log in with a token.
bool rap_guard_has_token (const rap_guard_t *self);

//  The session for whoever has the token; false for a wrong one.
bool rap_guard_login (const rap_guard_t *self, const char *token, char session[RAP_SESSION_SIZE]);

#endif
