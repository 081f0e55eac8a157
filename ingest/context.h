/*  context: what a chunk needs from before it, gathered while reading on.
 *
 *  Which body speaks, which were named last, what introduces a list, what the
 *  footnote before said. One for a document.                                 */
#ifndef RAPPORTEUR_INGEST_CONTEXT_H
#define RAPPORTEUR_INGEST_CONTEXT_H

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"

#include "rules.h"

//  Bytes of a lead-in that travel, its end, and of the notes before.
enum { RAP_LEAD_IN_MAX = 1024, RAP_NOTE_BEFORE_MAX = 1024 };

typedef struct {
    const rap_rules_t *rules;
    rap_text_t organ;
    rap_text_t lead_in;
    rap_text_t note_before;
    uint16_t bodies[RAP_CHUNK_BODIES_MAX]; //  indices of rules->bodies, latest first
    uint32_t bodies_count;
} rap_surroundings_t;

//  Reads a chunk's text: bodies named in it become the latest.
void rap_context_read (rap_surroundings_t *self, rap_text_t text);

//  The last `max` bytes of a text, from a word's beginning; its first ones, to a word's end.
rap_text_t rap_context_tail (rap_text_t text, size_t max);
rap_text_t rap_context_head (rap_text_t text, size_t max);

//  The notes before with one more, each in a line, at most RAP_NOTE_BEFORE_MAX bytes:
//  the nearest ones, so that a chain of 'Ibid.' leads to a source. Made in `arena`.
rap_text_t rap_context_notes (rap_text_t before, rap_text_t note, rap_arena_t *arena);

#endif
