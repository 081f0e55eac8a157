/*  wal: the log beside a database, read as it lies there.
 *
 *  SQLite ends a log silently where its checksums end, as it must after a cut of
 *  power. Whether what follows was never finished or is lost is told here: a group
 *  is synced before the next one is begun, so that a break with another group
 *  behind it is damage.                                                        */
#ifndef RAPPORTEUR_DISK_WAL_H
#define RAPPORTEUR_DISK_WAL_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"

typedef enum {
    RAP_WAL_NONE,    //  there is no log, or nothing in it
    RAP_WAL_WHOLE,   //  what was committed is whole
    RAP_WAL_TORN,    //  its last group is not whole: never finished, or damaged
    RAP_WAL_DAMAGED, //  what came after was finished, and is lost
} rap_wal_state_t;

typedef struct rap_wal rap_wal_t;

//  NULL with the reason if the log is there and cannot be read.
rap_wal_t *rap_wal_new (const char *db_path, rap_reason_t *reason);
void rap_wal_destroy (rap_wal_t **self_p);

rap_wal_state_t rap_wal_state (const rap_wal_t *self);
uint64_t rap_wal_break (const rap_wal_t *self); //  the first frame that is not whole, from 1

//  Does the log hold this block of 4096 bytes? Then the file's own does not count.
bool rap_wal_covers (const rap_wal_t *self, uint64_t block);

#endif
