/*  recommendation: what a report recommends, and to what a declaration commits.
 *
 *  'I urge Member States to', 'The Commission may wish to', 'States are invited to',
 *  'Governments should', and plain verbs of numbered items ('Promote ..'). What is
 *  only told ('the Assembly requested') is none.                              */
#ifndef RAPPORTEUR_WORKERS_RECOMMENDATION_H
#define RAPPORTEUR_WORKERS_RECOMMENDATION_H

#include "passage.h"

//  Adds an act for each recommendation or commitment of the passage, in order.
void rap_recommendation_collect (rap_passage_t *passage);

#endif
