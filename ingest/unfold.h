/*  unfold: resolutions that were saved as one line, cut where their clauses begin.
 *
 *  Collections of texts on the web often hold a resolution without its line ends: 'The General Assembly, Recalling
 * its resolution ..., Noting ..., 1. Requests ...; 2. Decides ....' Such a line is cut before and after the organ's
 * name, before each word that opens a preambular clause, before each number that is next, before items of a list, and
 *  before the line that tells of the meeting. A line without an organ that speaks and a clause after it stays as it
 * is. */
#ifndef RAPPORTEUR_INGEST_UNFOLD_H
#define RAPPORTEUR_INGEST_UNFOLD_H

#include "lines.h"

//  Cuts the lines of a text that is not wrapped. What is new lives in the arena. Bytes of the source are those of
//  each part, exact where the line is written in NFC.
void rap_lines_unfold (rap_lines_t *lines, const rap_rules_t *rules, rap_arena_t *arena);

#endif
