/*  masthead: what the head of a document says of it.
 *
 *  Symbol, organ, session, item, date, kind and title are taken where they are
 *  printed, never guessed: what the text does not state stays empty.          */
#ifndef RAPPORTEUR_INGEST_MASTHEAD_H
#define RAPPORTEUR_INGEST_MASTHEAD_H

#include "read.h"

#include "draft.h"
#include "head.h"

//  The document's own symbols: lines at its head that are symbols and nothing
//  else, canonical.
rap_symbols_t rap_masthead_symbols (const rap_lines_t *lines, const rap_rules_t *rules, rap_arena_t *arena);

//  Whether block `i` is the formula of an organ that no rule names: 'The ...,' above a preambular clause.
bool rap_masthead_is_formula (const rap_draft_t *draft, uint32_t i);

//  Fills in what is empty in `document`. The block at which the text begins, and
//  the one that is the title (UINT32_MAX none).
void rap_masthead_read (const rap_draft_t *draft, const rap_symbols_t *symbols, rap_arena_t *arena,
                        rap_document_t *document, uint32_t *first, uint32_t *title);

#endif
