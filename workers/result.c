//  result: entries are packed one after the other; the array's head, which states
//  their number, is put before them when the message is taken.

#include "result.h"

#include <stdlib.h>

//  Room for what surrounds the entries: keys, numbers, lengths, the array's head.
enum { FRAME_BYTES = 256 };

struct rap_result_builder {
    rap_result_t head;
    size_t head_bytes;     //  of its texts, and of the frame around
    rap_packer_t *entry;   //  being made
    rap_packer_t *entries; //  made, without the array's head
    rap_packer_t *array;   //  with it
    rap_packer_t *message;
    uint32_t count;
};

rap_result_builder_t *rap_result_builder_new (void)
{
    rap_result_builder_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->entry = rap_packer_new ();
    self->entries = rap_packer_new ();
    self->array = rap_packer_new ();
    self->message = rap_packer_new ();
    return self;
}

void rap_result_builder_destroy (rap_result_builder_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_packer_destroy (&(*self_p)->entry);
    rap_packer_destroy (&(*self_p)->entries);
    rap_packer_destroy (&(*self_p)->array);
    rap_packer_destroy (&(*self_p)->message);
    free (*self_p);
    *self_p = NULL;
}

void rap_result_begin (rap_result_builder_t *self, const rap_result_t *head)
{
    self->head = *head;
    self->head_bytes =
        FRAME_BYTES + head->worker.len + head->pipeline.len + head->dispatched_at.len + head->document.len;
    self->count = 0;
    rap_packer_reset (self->entries);
}

rap_status_t rap_result_add (rap_result_builder_t *self, rap_text_t chunk, const rap_finding_t *findings,
                             uint32_t count, uint64_t processed_us, rap_reason_t *reason)
{
    rap_packer_reset (self->entry);
    rap_pack_array (self->entry, 3);
    rap_pack_raw (self->entry, chunk);
    rap_pack_array (self->entry, count);
    for (uint32_t i = 0; i < count; i++)
        rap_pack_finding (self->entry, &findings[i]);
    rap_pack_uint (self->entry, processed_us);

    rap_text_t entry = rap_packed (self->entry);
    if (self->head_bytes + entry.len > RAP_MESSAGE_BYTES_MAX)
        return rap_refuse (reason, "the result of a chunk has %zu bytes, and a message at most %d",
                           self->head_bytes + entry.len, RAP_MESSAGE_BYTES_MAX);
    bool full = self->count == RAP_BATCH_CHUNKS_MAX
                || self->head_bytes + rap_packed (self->entries).len + entry.len > RAP_MESSAGE_BYTES_MAX;
    if (full)
        return RAP_AGAIN;
    rap_pack_raw (self->entries, entry);
    self->count++;
    return RAP_OK;
}

uint32_t rap_result_entries (const rap_result_builder_t *self)
{
    return self->count;
}

rap_text_t rap_result_take (rap_result_builder_t *self)
{
    rap_packer_reset (self->array);
    rap_pack_array (self->array, self->count);
    rap_pack_raw (self->array, rap_packed (self->entries));
    rap_message_t message = {.type = RAP_MSG_RESULT, .result = self->head};
    message.result.entries = rap_packed (self->array);
    rap_message_pack (self->message, &message);
    rap_packer_reset (self->entries);
    self->count = 0;
    return rap_packed (self->message);
}
