/*  uploads: documents handed in over the submit socket.
 *
 *  Each peer hands in one document at a time: SUBMIT, then PIECEs in order.
 *  Several peers at once, at most RAP_UPLOADS_MAX; an upload that is idle for
 *  RAP_UPLOAD_IDLE_MS is dropped. Pure towards sockets: answers go out by a
 *  callback. Those that promise something (taken, already, quarantined) wait for
 *  the commit; and whatever else the same peer is to be told waits behind them. */
#ifndef RAPPORTEUR_INGEST_UPLOADS_H
#define RAPPORTEUR_INGEST_UPLOADS_H

#include "rapporteur/endpoint.h"
#include "rapporteur/message.h"

#include "journal.h"

enum { RAP_UPLOADS_MAX = 256, RAP_UPLOAD_IDLE_MS = 60000 };

typedef struct rap_uploads rap_uploads_t;
typedef void (rap_answer_fn) (void *self, const rap_peer_t *peer, const rap_answer_t *answer);

rap_uploads_t *rap_uploads_new (rap_journal_t *journal, rap_answer_fn *answer, void *answer_self);
void rap_uploads_destroy (rap_uploads_t **self_p);

//  SUBMIT or PIECE.
void rap_uploads_told (rap_uploads_t *self, int64_t now_ms, const rap_peer_t *peer, const rap_message_t *message);

//  Answers that wait for a commit.
bool rap_uploads_waiting (const rap_uploads_t *self);

//  The group is on disk; or was rolled back: whoever waited is told to try again.
void rap_uploads_committed (rap_uploads_t *self);
void rap_uploads_failed (rap_uploads_t *self, const char *cause);

void rap_uploads_expire (rap_uploads_t *self, int64_t now_ms);

//  From now on nothing is taken.
void rap_uploads_close (rap_uploads_t *self);

uint32_t rap_uploads_count (const rap_uploads_t *self);

#endif
