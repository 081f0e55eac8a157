/*  feed: what became known, for whoever listens.
 *
 *  Findings are gathered while their group is open and published when it is on
 *  disk; documents when they are linked. Of each kind of finding, nothing is
 *  gathered while nobody is subscribed to it. Never blocks, never waits: a slow subscriber loses messages, and so
 *  does everybody when a group has more findings than are kept. One thread.  */
#ifndef RAPPORTEUR_SINK_FEED_H
#define RAPPORTEUR_SINK_FEED_H

#include "rapporteur/endpoint.h"
#include "rapporteur/message.h"

typedef struct rap_feed rap_feed_t;

//  Listens at `address`, `gate` may be NULL; NULL with the reason if it cannot.
rap_feed_t *rap_feed_new (const char *address, rap_gate_t *gate, bool allow_plain, rap_reason_t *reason);
void rap_feed_destroy (rap_feed_t **self_p);

//  All verbs below take a NULL feed and do nothing then.

//  Findings of a chunk that is new in the open group.
void rap_feed_add (rap_feed_t *self, rap_text_t document_id, const rap_chunk_t *chunk, const rap_finding_t *findings,
                   uint32_t count);

//  The group is on disk: out with it; or it is not: forget it.
void rap_feed_publish (rap_feed_t *self);
void rap_feed_drop (rap_feed_t *self);

//  Looks after its endpoint (rap_endpoint_mind).
void rap_feed_mind (rap_feed_t *self, int64_t now_ms);

//  A document was linked; `report` is a JSON text.
void rap_feed_document (rap_feed_t *self, const char *document_id, const char *report);

#endif
