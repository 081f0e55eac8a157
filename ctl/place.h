/*  place: where the files and sockets of what is asked about are.
 *
 *      --data DIR   a service: DIR/rapporteur.db, DIR/journal.db, DIR/run/submit.ipc
 *      --db FILE    a single run: FILE, FILE.ingest, no sockets
 *      neither      $RAPPORTEUR_DATA as --data; else ./rapporteur.db as --db     */
#ifndef RAPPORTEUR_CTL_PLACE_H
#define RAPPORTEUR_CTL_PLACE_H

#include <stdbool.h>

#include "rapporteur/status.h"

enum { RAP_PATH_MAX = 4096 };

typedef struct {
    const char *data; //  NULL for a single run
    char db[RAP_PATH_MAX];
    char journal[RAP_PATH_MAX];
    char submit[RAP_PATH_MAX]; //  address; "" for a single run
} rap_place_t;

//  RAP_REFUSED with what to do if nothing is named or both are.
rap_status_t rap_place_find (rap_place_t *self, const char *data, const char *db, rap_reason_t *reason);

//  The same where a service must be meant.
rap_status_t rap_place_find_service (rap_place_t *self, const char *data, rap_reason_t *reason);

//  Whether an ingest listens there at this moment.
bool rap_place_is_served (const rap_place_t *self);

#endif
