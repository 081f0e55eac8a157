/*  order: has ingest do something with a document: release, drop.
 *
 *  The one that runs is told. Where none does, a pipeline is started on the same files for as long
 *  as the order takes; in a single run's database also for as long as what was released takes.   */
#ifndef RAPPORTEUR_CTL_ORDER_H
#define RAPPORTEUR_CTL_ORDER_H

#include <stdbool.h>
#include <stdlib.h>

#include "rapporteur/message.h"
#include "rapporteur/status.h"

#include "place.h"

//  RAP_OK: it was answered; *ok says whether it was done, *report (to be freed) is the answer as JSON.
//  `submit`: address of ingest, NULL: the place's own.
rap_status_t rap_order_give (const rap_place_t *place, const char *submit, const rap_command_t *command, bool *ok,
                             char **report, rap_reason_t *reason);

#endif
