/*  citation: which resolutions, decisions and documents a chunk cites.
 *
 *  The nouns ('resolutions', 'decision'), the names of bodies, and the roots of
 *  document symbols are gates in the matcher; between them one pass reads the
 *  numbers. A noun governs the numbers after it until the next noun or the end
 *  of the sentence; each number must be one that the named body's series
 *  (data/series.tsv) can have. One finding for each symbol: a joint symbol or a
 *  range of part letters gives several with one span.                         */
#ifndef RAPPORTEUR_WORKERS_CITATION_H
#define RAPPORTEUR_WORKERS_CITATION_H

#include "extract.h"

typedef struct rap_citation rap_citation_t;

//  Rules: bodies, series, symbols, citation_words. NULL with the reason (file:line)
//  if one is missing or wrong.
rap_citation_t *rap_citation_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_citation_destroy (rap_citation_t **self_p);

void rap_citation_run (rap_citation_t *self, const rap_extract_t *x);

#endif
