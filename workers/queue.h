/*  queue: batches received and not begun.
 *
 *  Ingest sends no more than the credit it was told, so the bounds here are met
 *  only by a peer that does not keep to it: what does not fit is given back.   */
#ifndef RAPPORTEUR_WORKERS_QUEUE_H
#define RAPPORTEUR_WORKERS_QUEUE_H

#include "rapporteur/message.h"

typedef struct rap_queue rap_queue_t;

rap_queue_t *rap_queue_new (uint32_t batches_max, size_t bytes_max);
void rap_queue_destroy (rap_queue_t **self_p);

//  Keeps a copy of what the WORK needs. RAP_AGAIN: no room.
rap_status_t rap_queue_add (rap_queue_t *self, const rap_work_t *work);

//  The oldest, taken out of the queue; NULL if there is none. Borrowed until the
//  next call of rap_queue_take.
const rap_work_t *rap_queue_take (rap_queue_t *self);

void rap_queue_clear (rap_queue_t *self);
uint32_t rap_queue_count (const rap_queue_t *self);

#endif
