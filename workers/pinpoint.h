/*  pinpoint: the place in a cited document.
 *
 *  'annex II', 'chap. I, sect. D' after a citation; 'paragraphs 5 and 6 of' before
 *  it. The words are data (citation_words.tsv, roles pinpoint, link, act,
 *  see and article).      */
#ifndef RAPPORTEUR_WORKERS_PINPOINT_H
#define RAPPORTEUR_WORKERS_PINPOINT_H

#include "phrases.h"

//  What names a place, as data; borrowed.
typedef struct {
    const rap_phrases_t *words; //  para., annex, ...; value not 0: also without a number
    const rap_phrases_t *links; //  of, to: what a place before a document is joined by
    const rap_phrases_t *acts;  //  resolution, draft decision: a place only in a document that prints several
    const rap_phrases_t *see;   //  see: '(see para. 26, draft resolution I)'
    const rap_phrases_t *the;   //  between a link and a name
} rap_pinpoint_t;

//  Reads ', annex II, sect. A' or ' (para. 5)' at byte `at`, right after a citation
//  or its date or closing bracket. A place that a link follows is another's:
//  ', paragraph 9 of'. `prints`: also ', chap. I, resolution 2, annex'. First byte
//  after it; `at` if none follows.
size_t rap_pinpoint_after (const rap_pinpoint_t *self, rap_text_t text, size_t at, bool prints, rap_text_t *pinpoint);

//  The place that ends right before byte `start`, with its 'of', and does not begin
//  before byte `from`; '' if none.
rap_text_t rap_pinpoint_before (const rap_pinpoint_t *self, rap_text_t text, size_t from, size_t start);

#endif
