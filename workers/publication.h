/*  publication: publications, tools, databases and courses named in a text.
 *
 *  Those of publications.tsv by name; others by a noun of publication_nouns.tsv with
 *  a title after it (in quotation marks, or in capitals) or in it.           */
#ifndef RAPPORTEUR_WORKERS_PUBLICATION_H
#define RAPPORTEUR_WORKERS_PUBLICATION_H

#include "extract.h"

typedef struct rap_publication rap_publication_t;

rap_publication_t *rap_publication_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                        rap_reason_t *reason);
void rap_publication_run (const rap_publication_t *self, const rap_extract_t *x);
void rap_publication_destroy (rap_publication_t **self_p);

#endif
