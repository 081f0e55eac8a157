/*  pinpoint: the place in a cited document.
 *
 *  'annex II', 'chap. I, sect. D' after a citation; 'paragraphs 5 and 6 of' before
 *  it. The words are data (citation_words.tsv, roles pinpoint and link).      */
#ifndef RAPPORTEUR_WORKERS_PINPOINT_H
#define RAPPORTEUR_WORKERS_PINPOINT_H

#include "phrases.h"

//  Reads ', annex II, sect. A' or ' (para. 5)' at byte `at`, right after a citation
//  or its date or closing bracket. First byte after it; `at` if none follows.
size_t rap_pinpoint_after (const rap_phrases_t *words, rap_text_t text, size_t at, rap_text_t *pinpoint);

//  The place that ends right before byte `start`, with its 'of', and does not begin
//  before byte `from`; '' if none.
rap_text_t rap_pinpoint_before (const rap_phrases_t *words, const rap_phrases_t *links, rap_text_t text, size_t from,
                                size_t start);

#endif
