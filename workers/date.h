/*  date: days, months, years and spans of them, as first and last day.
 *
 *  A day or a month without a year takes it from the date beside it ("16 to 18
 *  and 21 May 2019"), else from the date before it in the chunk; a day and month
 *  else from the document's own date. What stays unknown is no finding.      */
#ifndef RAPPORTEUR_WORKERS_DATE_H
#define RAPPORTEUR_WORKERS_DATE_H

#include "extract.h"

typedef struct rap_date rap_date_t;

rap_date_t *rap_date_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_date_run (const rap_date_t *self, const rap_extract_t *x);
void rap_date_destroy (rap_date_t **self_p);

#endif
