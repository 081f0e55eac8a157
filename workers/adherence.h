/*  adherence: how many States are party to a treaty.
 *
 *  Looks at sentences that name an instrument of instruments.tsv. A number belongs
 *  to it if only words of adherence_words.tsv stand between the two ("187 parties to
 *  the ...", "the ... had 187 parties") and something says that it is the number of
 *  all parties, not of some.                                                 */
#ifndef RAPPORTEUR_WORKERS_ADHERENCE_H
#define RAPPORTEUR_WORKERS_ADHERENCE_H

#include "extract.h"

typedef struct rap_adherence rap_adherence_t;

rap_adherence_t *rap_adherence_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                    rap_reason_t *reason);
void rap_adherence_run (const rap_adherence_t *self, const rap_extract_t *x);
void rap_adherence_destroy (rap_adherence_t **self_p);

#endif
