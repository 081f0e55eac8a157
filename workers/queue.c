//  queue: a ring of batches, each with a block of its own for its texts.

#include "queue.h"

#include <stdlib.h>

typedef struct {
    rap_work_t work; //  texts point into `block`
    char *block;
    size_t bytes;
} place_t;

struct rap_queue {
    place_t *ring;
    uint32_t ring_size;
    uint32_t first;
    uint32_t count;
    size_t bytes;
    size_t bytes_max;
    place_t taken; //  lent out
};

rap_queue_t *rap_queue_new (uint32_t batches_max, size_t bytes_max)
{
    rap_queue_t *self = calloc (1, sizeof *self);
    if (self)
        self->ring = calloc (batches_max, sizeof *self->ring);
    if (!self || !self->ring)
        abort ();
    self->ring_size = batches_max;
    self->bytes_max = bytes_max;
    return self;
}

void rap_queue_destroy (rap_queue_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_queue_clear (*self_p);
    free ((*self_p)->taken.block);
    free ((*self_p)->ring);
    free (*self_p);
    *self_p = NULL;
}

//  Copies a text to *at and moves it on.
static rap_text_t move_text (rap_text_t text, char **at)
{
    rap_text_t copy = {*at, text.len};
    if (text.len)
        memcpy (*at, text.at, text.len);
    *at += text.len;
    return copy;
}

rap_status_t rap_queue_add (rap_queue_t *self, const rap_work_t *work)
{
    size_t bytes = work->dispatched_at.len + work->document.len + work->chunks.len;
    if (self->count == self->ring_size || (self->count > 0 && self->bytes + bytes > self->bytes_max))
        return RAP_AGAIN;
    place_t place = {.work = *work, .block = malloc (bytes + 1), .bytes = bytes};
    if (!place.block)
        abort ();
    char *at = place.block;
    place.work.dispatched_at = move_text (work->dispatched_at, &at);
    place.work.document = move_text (work->document, &at);
    place.work.chunks = move_text (work->chunks, &at);
    self->ring[(self->first + self->count++) % self->ring_size] = place;
    self->bytes += bytes;
    return RAP_OK;
}

const rap_work_t *rap_queue_take (rap_queue_t *self)
{
    free (self->taken.block);
    self->taken = (place_t){.block = NULL};
    if (self->count == 0)
        return NULL;
    self->taken = self->ring[self->first];
    self->first = (self->first + 1) % self->ring_size;
    self->count--;
    self->bytes -= self->taken.bytes;
    return &self->taken.work;
}

void rap_queue_clear (rap_queue_t *self)
{
    for (; self->count > 0; self->count--) {
        free (self->ring[self->first].block);
        self->first = (self->first + 1) % self->ring_size;
    }
    self->bytes = 0;
}

uint32_t rap_queue_count (const rap_queue_t *self)
{
    return self->count;
}
