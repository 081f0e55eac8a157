/*  read: from a document's bytes to its chunks.
 *
 *  reader_text makes clean text of the bytes (wraps and page breaks rejoined,
 *  footnotes and furniture apart, broken words mended); segment makes chunks of
 *  it. Pure: same bytes, same rules, same chunks. Runs in the reader process, so
 *  that a document that kills it costs only itself.                          */
#ifndef RAPPORTEUR_INGEST_READ_H
#define RAPPORTEUR_INGEST_READ_H

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"
#include "rapporteur/lexicon.h"
#include "rapporteur/status.h"

typedef struct rap_reader rap_reader_t; //  compiled rules; one thread

rap_reader_t *rap_reader_new (const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_reader_destroy (rap_reader_t **self_p);

//  A document as read. Everything lives in the arena.
typedef struct {
    rap_document_t document;   //  in: what the operator stated (symbol, published, title, language, source);
                               //  out: filled in from the text where it was empty. chunks is set.
    const rap_chunk_t *chunks; //  document.chunks of them; [0] is the masthead
} rap_reading_t;

//  RAP_REFUSED with the place (line or byte) and the limit if the bytes are no
//  document: binary, empty, not UTF-8, too many chunks, too deep.
rap_status_t rap_read (rap_reader_t *self, rap_text_t bytes, rap_arena_t *arena, rap_reading_t *reading,
                       rap_reason_t *reason);

#endif
