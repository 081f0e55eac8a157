//  fuzz_read: foreign bytes through the reader. Whatever they are, they are
//  refused with a reason, or become chunks that keep every promise of chunk.h.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/limits.h"
#include "rapporteur/utf8.h"

#include "read.h"

#define MUST(what)                                                                                                   \
    do {                                                                                                             \
        if (!(what)) {                                                                                               \
            fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                                              \
            abort ();                                                                                                \
        }                                                                                                            \
    } while (0)

static rap_reader_t *reader_once (void)
{
    static rap_reader_t *reader;
    if (!reader) {
        rap_reason_t reason = {""};
        static rap_lexicon_t *lexicon; //  as long as the reader
        lexicon = rap_lexicon_new (RAP_SOURCE_DIR "/data", &reason);
        reader = lexicon ? rap_reader_new (lexicon, &reason) : NULL;
        if (!reader) {
            fprintf (stderr, "%s\n", reason.text);
            abort ();
        }
    }
    return reader;
}

//  Valid UTF-8, no control character but, in a chunk's text, the line end.
static void check_text (rap_text_t text, bool lines)
{
    MUST (rap_utf8_invalid_at (text) == text.len);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        MUST ((c >= 0x20 && c != 0x7F) || (lines && c == '\n'));
    }
}

static void check_chunk (const rap_chunk_t *chunk, uint32_t ordinal, uint32_t count, size_t size, rap_arena_t *arena)
{
    MUST (chunk->ordinal == ordinal && (ordinal > 0 || chunk->kind == RAP_MASTHEAD));
    MUST (chunk->kind < RAP_CHUNK_KINDS);
    MUST (chunk->text.len <= RAP_CHUNK_TEXT_MAX);
    check_text (chunk->text, true);
    check_text (chunk->label, false);
    check_text (chunk->part, false);
    MUST (rap_text_equal (rap_utf8_nfc (chunk->text, arena), chunk->text));
    MUST (chunk->source_start <= chunk->source_end && chunk->source_end <= size);
    MUST (chunk->sections_count <= RAP_CHUNK_SECTIONS_MAX && chunk->marks_count <= RAP_CHUNK_MARKS_MAX);
    for (uint32_t i = 0; i < chunk->sections_count; i++) {
        MUST (chunk->sections[i].len <= RAP_SHORT_TEXT_MAX);
        check_text (chunk->sections[i], true);
    }
    size_t points = rap_utf8_count (chunk->text);
    for (uint32_t i = 0; i < chunk->marks_count; i++) {
        MUST (chunk->marks[i].at <= points && (i == 0 || chunk->marks[i - 1].at <= chunk->marks[i].at));
        MUST (chunk->marks[i].footnote == RAP_NO_FOOTNOTE || chunk->marks[i].footnote < count);
    }
    MUST (chunk->context.bodies_count <= RAP_CHUNK_BODIES_MAX);
    MUST (chunk->context.lead_in.len <= RAP_SHORT_TEXT_MAX && chunk->context.note_before.len <= RAP_SHORT_TEXT_MAX);
    check_text (chunk->context.lead_in, true);
    check_text (chunk->context.note_before, true);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading = {.document = {.source = rap_text ("fuzz")}};
    rap_reason_t reason = {""};
    if (rap_read (reader_once (), rap_text_of ((const char *)data, size), arena, &reading, &reason) != RAP_OK) {
        MUST (reason.text[0] != 0);
    } else {
        MUST (reading.document.chunks > 0 && reading.document.chunks <= RAP_DOCUMENT_CHUNKS_MAX);
        check_text (reading.document.title, true);
        check_text (reading.document.symbol, false);
        check_text (reading.document.other_symbols, false);
        check_text (reading.document.session, true);
        check_text (reading.document.agenda_item, true);
        for (uint32_t i = 0; i < reading.document.chunks; i++)
            check_chunk (&reading.chunks[i], i, reading.document.chunks, size, arena);
    }
    rap_arena_destroy (&arena);
    return 0;
}
