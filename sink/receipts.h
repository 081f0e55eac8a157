/*  receipts: who is to be told what is on disk, and what.
 *
 *  Pure: gathers what a group brings in, gives it out as RECEIPT messages once
 *  the group is committed, forgets it if it was rolled back. Knows which ingests
 *  said hello, and forgets those not heard of for long. A receipt that does not
 *  arrive is no loss: ingest asks (OPEN) for what it misses. One thread.     */
#ifndef RAPPORTEUR_SINK_RECEIPTS_H
#define RAPPORTEUR_SINK_RECEIPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/endpoint.h"
#include "rapporteur/message.h"

enum {
    RAP_RECEIPTS_PEERS_MAX = 64,         //  ingests at a time
    RAP_RECEIPTS_PEER_SILENT_MS = 60000, //  then it is forgotten
    RAP_RECEIPTS_NOTICES_MAX = 4096,     //  a group; the loop commits before there are more
};

typedef struct rap_receipts rap_receipts_t;

rap_receipts_t *rap_receipts_new (void);
void rap_receipts_destroy (rap_receipts_t **self_p);

//  An ingest said hello, or was heard of again. RAP_REFUSED: too many ingests.
rap_status_t rap_receipts_hello (rap_receipts_t *self, const rap_peer_t *peer, int64_t now_ms);

//  An ingest that said hello is alive; others are not taken note of.
void rap_receipts_heard (rap_receipts_t *self, const rap_peer_t *peer, int64_t now_ms);

//  It is gone (a send said so).
void rap_receipts_forget (rap_receipts_t *self, const rap_peer_t *peer);

//  Forgets those that were silent for too long.
void rap_receipts_tick (rap_receipts_t *self, int64_t now_ms);

//  How many ingests are known, and each of them. Borrowed until the next call
//  that adds or forgets one; forgetting one puts the last in its place.
size_t rap_receipts_peers (const rap_receipts_t *self);
const rap_peer_t *rap_receipts_peer (const rap_receipts_t *self, size_t i);

//  A chunk was stored, or is stored already, in the open group.
void rap_receipts_stored (rap_receipts_t *self, rap_text_t document_id, uint32_t ordinal);

//  A notice was stored in the open group. false: no more room, commit first.
bool rap_receipts_noticed (rap_receipts_t *self, const rap_peer_t *peer, uint64_t notice);

//  Chunks and notices in the open group.
size_t rap_receipts_pending (const rap_receipts_t *self);

//  After a commit: the next piece of what all ingests are to be told, as many
//  ranges as a message may have; false when all was given. Ranges are borrowed
//  until rap_receipts_clear.
bool rap_receipts_next (rap_receipts_t *self, rap_ranges_t *ranges);

//  After a commit: the next notice and who is to be told; false when none is left.
bool rap_receipts_next_notice (rap_receipts_t *self, rap_peer_t *peer, uint64_t *notice);

//  All was given, or the group was rolled back: an empty group.
void rap_receipts_clear (rap_receipts_t *self);

#endif
