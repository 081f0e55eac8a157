/*  result: RESULT messages of one batch, each within the bound of the wire.
 *
 *  Chunks go back out as the bytes they came in as. When an entry would make the
 *  message too long, the message so far is taken and sent first.             */
#ifndef RAPPORTEUR_WORKERS_RESULT_H
#define RAPPORTEUR_WORKERS_RESULT_H

#include "rapporteur/message.h"

typedef struct rap_result_builder rap_result_builder_t;

rap_result_builder_t *rap_result_builder_new (void);
void rap_result_builder_destroy (rap_result_builder_t **self_p);

//  Begins the results of a batch. `head` has all of the RESULT but its entries;
//  its texts are borrowed until the batch's last message was taken.
void rap_result_begin (rap_result_builder_t *self, const rap_result_t *head);

//  Adds a chunk's entry. RAP_AGAIN: take the message first, then add again.
//  RAP_REFUSED: this entry alone exceeds a message; nothing was added.
rap_status_t rap_result_add (rap_result_builder_t *self, rap_text_t chunk, const rap_finding_t *findings,
                             uint32_t count, uint64_t processed_us, rap_reason_t *reason);

//  Entries added since the last take.
uint32_t rap_result_entries (const rap_result_builder_t *self);

//  The message of these; borrowed until the next take.
rap_text_t rap_result_take (rap_result_builder_t *self);

#endif
