/*  plan: chunks to be, and how they become chunks.
 *
 *  A chunk's record is large, and how many there will be is known only at the
 *  end, so segment.c plans them first.                                       */
#ifndef RAPPORTEUR_INGEST_PLAN_H
#define RAPPORTEUR_INGEST_PLAN_H

#include "read.h"

#include "draft.h"

//  A heading in force, and the one that it stands under.
typedef struct rap_heading {
    struct rap_heading *above;
    rap_text_t text;
    uint32_t rank;  //  outermost least
    uint32_t depth; //  headings above it
} rap_heading_t;

//  A chunk to be: small, because there may be a million of them.
typedef struct {
    rap_chunk_kind_t kind;
    uint32_t at; //  text in the buffer, half open
    uint32_t to;
    uint32_t start; //  bytes in the source
    uint32_t end;
    uint32_t marks; //  in draft->marks, half open
    uint32_t marks_end;
    rap_text_t part;
    rap_text_t label;
    rap_text_t organ;
    rap_text_t lead_in;
    rap_text_t note_before;
    const rap_heading_t *heading;
    uint16_t bodies[RAP_CHUNK_BODIES_MAX];
    uint32_t bodies_count;
} rap_plan_t;

//  Makes the chunks, cutting those that are too long for one, and sets
//  reading->chunks and reading->document.chunks. The ordinals of the draft's
//  notes are those of their plans before, and of their chunks after. Refused if
//  there are too many chunks, or too many for the document's size.
rap_status_t rap_plan_carry_out (rap_draft_t *draft, const rap_plan_t *plans, uint32_t count, rap_arena_t *arena,
                                 rap_reading_t *reading, rap_reason_t *reason);

//  Whether that many chunks are too many.
rap_status_t rap_plan_check (const rap_draft_t *draft, uint64_t count, rap_reason_t *reason);

#endif
