/*  actor: organs, offices, programmes and organizations named in a text.
 *
 *  Names come from actors.tsv. A noun alone ("the Commission") is the body of that
 *  noun named last: in the chunk, else among those that travel with it, else what
 *  actor_shorts.tsv gives by default.                                        */
#ifndef RAPPORTEUR_WORKERS_ACTOR_H
#define RAPPORTEUR_WORKERS_ACTOR_H

#include "extract.h"

typedef struct rap_actor rap_actor_t;

rap_actor_t *rap_actor_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_actor_run (const rap_actor_t *self, const rap_extract_t *x);
void rap_actor_destroy (rap_actor_t **self_p);

#endif
