/*  segment: from blocks to chunks.
 *
 *  Reads the blocks in order and knows where it is: in which part, under which
 *  headings, whether a preamble, operative clauses or a report's paragraphs are
 *  being read, who speaks. One chunk for each structural unit; lettered
 *  sub-paragraphs stay with their paragraph.                                 */
#ifndef RAPPORTEUR_INGEST_SEGMENT_H
#define RAPPORTEUR_INGEST_SEGMENT_H

#include "read.h"

#include "draft.h"

//  Fills in reading->chunks and reading->document.chunks. `first` is the block
//  at which the text begins (masthead.h), `title` the block that is its title;
//  UINT32_MAX none.
rap_status_t rap_segment (rap_draft_t *draft, uint32_t first, uint32_t title, rap_arena_t *arena,
                          rap_reading_t *reading, rap_reason_t *reason);

#endif
