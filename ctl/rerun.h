/*  rerun: documents that one journal has, processed once more into a database of its own.
 *
 *  Their bytes and what was stated of them come from the journal, which is only read. The pipeline runs on
 *  private sockets, by other rules or other programs, and ends with the command. Documents that are in the
 *  database already are not processed again: what was interrupted goes on.                          */
#ifndef RAPPORTEUR_CTL_RERUN_H
#define RAPPORTEUR_CTL_RERUN_H

#include "database.h"
#include "place.h"

typedef struct {
    rap_database_t *journal; //  that has them
    const char *ids;         //  JSON array of document_ids, in the order of taking
    const rap_place_t *into;
    const char *rules;    //  NULL: those of the programs
    const char *programs; //  folder; NULL: ours
    int64_t workers;      //  0: one a processor
} rap_rerun_t;

rap_status_t rap_rerun (const rap_rerun_t *self, rap_reason_t *reason);

#endif
