/*  sdg: which Sustainable Development Goals and targets a text names.
 *
 *  Reads the numbers after a cue of data/sdg.tsv ("target 16.4", "Goals 5 and 16")
 *  and keeps those that exist. Part of the theme extractor.                   */
#ifndef RAPPORTEUR_WORKERS_SDG_H
#define RAPPORTEUR_WORKERS_SDG_H

#include "extract.h"

typedef struct rap_sdg rap_sdg_t;

rap_sdg_t *rap_sdg_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_group_t group, uint32_t tag,
                        rap_reason_t *reason);
void rap_sdg_destroy (rap_sdg_t **self_p);

//  Adds a classification of scheme sdg for each goal, target or indicator, once,
//  in the order of the text.
void rap_sdg_run (const rap_sdg_t *self, const rap_extract_t *x);

#endif
