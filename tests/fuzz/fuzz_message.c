//  fuzz_message: any bytes as a message, and what travels inside it. What decodes
//  must encode again to what decodes to the same.
#include <stdlib.h>

#include "rapporteur/message.h"
#include "rapporteur/utf8.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void must (bool held)
{
    if (!held)
        abort ();
}

static rap_status_t see_chunk (void *self, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)self;
    must (chunk->text.len <= RAP_CHUNK_TEXT_MAX && encoded.len > 0
          && chunk->sections_count <= RAP_CHUNK_SECTIONS_MAX);
    for (uint32_t i = 0; i < chunk->marks_count; i++)
        must (chunk->marks[i].at <= rap_utf8_count (chunk->text));
    return RAP_OK;
}

static void see_entries (rap_text_t bytes, rap_arena_t *arena, rap_packer_t *packer)
{
    rap_result_entries_t entries;
    rap_packer_reset (packer);
    rap_status_t status = rap_read_entries (bytes, arena, &entries, NULL);
    must (status == RAP_OK || entries.count == 0);
    for (uint32_t i = 0; i < entries.count; i++) {
        const rap_result_entry_t *entry = &entries.at[i];
        size_t points = rap_utf8_count (entry->chunk.text);
        must (entry->chunk.text.len <= RAP_CHUNK_TEXT_MAX && entry->findings_count <= RAP_FINDINGS_MAX);
        for (uint32_t k = 0; k < entry->findings_count; k++) {
            const rap_finding_t *finding = &entry->findings[k];
            must (finding->kind < RAP_FINDING_COUNT);
            must (finding->start <= finding->end && finding->end <= points);
            rap_pack_finding (packer, finding);
        }
    }
}

static void look_inside (const rap_message_t *message, rap_arena_t *arena, rap_packer_t *packer)
{
    rap_document_t document;
    rap_text_t inside = message->type == RAP_MSG_WORK     ? message->work.document
                        : message->type == RAP_MSG_RESULT ? message->result.document
                        : message->type == RAP_MSG_NOTICE ? message->notice.document
                                                          : RAP_TEXT ("");
    if (inside.len && rap_read_document (inside, &document, NULL) == RAP_OK)
        must (document.chunks <= RAP_DOCUMENT_CHUNKS_MAX);
    if (message->type == RAP_MSG_WORK)
        rap_read_chunks (message->work.chunks, arena, see_chunk, NULL, NULL);
    if (message->type == RAP_MSG_RESULT)
        see_entries (message->result.entries, arena, packer);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static rap_arena_t *arena;
    static rap_packer_t *packer;
    rap_message_t message, again;
    rap_reason_t reason;
    if (!arena) {
        arena = rap_arena_new ();
        packer = rap_packer_new ();
    }
    rap_arena_reset (arena);
    if (rap_message_read (rap_text_of ((const char *)data, size), arena, &message, &reason) == RAP_OK) {
        look_inside (&message, arena, packer);
        rap_message_pack (packer, &message);
        rap_text_t first = rap_arena_text (arena, rap_packed (packer));
        must (rap_message_read (first, arena, &again, &reason) == RAP_OK);
        rap_message_pack (packer, &again);
        must (rap_text_equal (first, rap_packed (packer)));
    } else {
        must (reason.text[0] != 0);
    }
    //  The inner formats by themselves too, so that their bytes are reached at once.
    rap_document_t document;
    rap_text_t bytes = rap_text_of ((const char *)data, size);
    rap_read_document (bytes, &document, NULL);
    rap_read_chunks (bytes, arena, see_chunk, NULL, NULL);
    see_entries (bytes, arena, packer);
    return 0;
}
