/*  place: countries and areas, regions and cities named in a text.
 *
 *  Names come from countries.tsv, regions.tsv and cities.tsv, in their printed
 *  case, the longest first; adjectives name no country. A name that is part of a
 *  title ("Lima Declaration") is not a mention.                              */
#ifndef RAPPORTEUR_WORKERS_PLACE_H
#define RAPPORTEUR_WORKERS_PLACE_H

#include "extract.h"

typedef struct rap_place rap_place_t;

rap_place_t *rap_place_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_place_run (const rap_place_t *self, const rap_extract_t *x);
void rap_place_destroy (rap_place_t **self_p);

#endif
