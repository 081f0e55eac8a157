/*  annotate: work for annotators, classifiers of others (doc/protocol.md, 4.6).
 *
 *  What is due is read from the store: chunks that a scheme has not been through.
 *  Kept here, in memory alone, is who said hello, and what is given out:
 *
 *      due in the store ──> WAITING ──give──> GIVEN ──DONE──> DONE ──stored, committed──> forgotten
 *                              ^                │               │
 *                              └── returned, silent, failed ────┴── not stored in 10 s
 *
 *  Nothing here is ever waited for: results of our own workers come first, and an
 *  annotator that does not read is sent nothing. All verbs take NULL: no door.  */
#ifndef RAPPORTEUR_SINK_ANNOTATE_H
#define RAPPORTEUR_SINK_ANNOTATE_H

#include "rapporteur/endpoint.h"
#include "rapporteur/message.h"
#include "store.h"

typedef struct rap_annotate rap_annotate_t;

//  Listens at `address`. The incarnation is the sink's.
rap_annotate_t *rap_annotate_new (const char *address, rap_gate_t *gate, bool allow_plain, rap_store_t *store,
                                  uint64_t incarnation, rap_reason_t *reason);
void rap_annotate_destroy (rap_annotate_t **self_p);

//  The zmq socket to poll; NULL: none.
void *rap_annotate_socket (rap_annotate_t *self);

//  Reads what annotators say, and finds those that fell silent.
void rap_annotate_hear (rap_annotate_t *self, int64_t now_ms);

//  Whether rap_annotate_give has something to do at once.
bool rap_annotate_wants (const rap_annotate_t *self);

//  Not in a group: gives out work, some batches at a time. RAP_FAILED: the store did.
rap_status_t rap_annotate_give (rap_annotate_t *self, rap_reason_t *reason);

//  Whether rap_annotate_write has something to write, and in a group, to write it: chunks
//  that are set aside, annotations that are removed.
bool rap_annotate_writes (const rap_annotate_t *self);
rap_status_t rap_annotate_write (rap_annotate_t *self, rap_reason_t *reason);

//  In a group: a RESULT that names a scheme. RAP_REFUSED: some of it is not acceptable.
rap_status_t rap_annotate_take (rap_annotate_t *self, rap_store_t *store, const rap_result_t *result,
                                const rap_document_t *document, const rap_result_entries_t *entries,
                                rap_reason_t *reason);

//  A chunk was stored, and will be due.
void rap_annotate_stored (rap_annotate_t *self, int64_t chunk_id);

//  The group is on disk, or was rolled back.
void rap_annotate_committed (rap_annotate_t *self, bool well);

//  Keys may have changed (rap_endpoint_mind).
void rap_annotate_mind (rap_annotate_t *self, int64_t now_ms);

//  A name that an annotator's scheme may have.
bool rap_annotate_is_scheme (rap_text_t name);

#endif
