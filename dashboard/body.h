/*  body: the bytes of an answer, shared by who sends them and who keeps them.
 *
 *  Counted; never changed once made. Any thread.                              */
#ifndef RAPPORTEUR_DASHBOARD_BODY_H
#define RAPPORTEUR_DASHBOARD_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rap_body rap_body_t;

//  Takes `bytes` (malloc). What is large enough gets a gzip form on demand.
rap_body_t *rap_body_new (char *bytes, size_t len, const char *type);
rap_body_t *rap_body_hold (rap_body_t *self);
void rap_body_release (rap_body_t *self);

const char *rap_body_bytes (const rap_body_t *self, size_t *len);
const char *rap_body_type (const rap_body_t *self);

//  Its gzip form, made at the first call; NULL where that would not be smaller.
const char *rap_body_gzip (rap_body_t *self, size_t *len);

//  --- kept bodies ---------------------------------------------------------------------
/*  A few answers, kept as long as the database has the same version, and those that
 *  tell of everything a moment longer. */
typedef struct rap_cache rap_cache_t;

rap_cache_t *rap_cache_new (size_t bytes_max);
void rap_cache_destroy (rap_cache_t **self_p);

//  The body kept under `key`, held for the caller: of this version, or made at most `age_ms`
//  ago, whose version is then set. NULL if there is none.
rap_body_t *rap_cache_find (rap_cache_t *self, const char *key, uint64_t *version, int64_t age_ms, int64_t now_ms);
void rap_cache_keep (rap_cache_t *self, const char *key, uint64_t version, int64_t now_ms, rap_body_t *body);

#endif
