/*  quantity: every number that counts or measures, with what it counts.
 *
 *  Dates, symbols and citations found before are stepped around; numbers that name
 *  ("article 5", "Goal 16"), order ("12th") or date are left out. Units, words of
 *  bound and the words that end the noun counted are in data/.               */
#ifndef RAPPORTEUR_WORKERS_QUANTITY_H
#define RAPPORTEUR_WORKERS_QUANTITY_H

#include "extract.h"

typedef struct rap_quantity rap_quantity_t;

rap_quantity_t *rap_quantity_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_quantity_run (const rap_quantity_t *self, const rap_extract_t *x);
void rap_quantity_destroy (rap_quantity_t **self_p);

#endif
