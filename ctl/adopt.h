/*  adopt: the database of a replay in the place of the one before.                             */
#ifndef RAPPORTEUR_CTL_ADOPT_H
#define RAPPORTEUR_CTL_ADOPT_H

#include "place.h"

//  The database at `place`, with what is beside it, gets the name `kept` (of RAP_PATH_MAX); `from` takes its
//  place, and its journal is removed. RAP_REFUSED: a service runs, the replay is not finished, ...
rap_status_t rap_adopt (const rap_place_t *place, const rap_place_t *from, char *kept, rap_reason_t *reason);

#endif
