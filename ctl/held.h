/*  held: what the journal, or else the database, has in quarantine.
 *
 *  The journal knows it first and best: also what was tried, and the chunk itself. A journal or a
 *  database of an older version knows of no drops; the columns are then empty.               */
#ifndef RAPPORTEUR_CTL_HELD_H
#define RAPPORTEUR_CTL_HELD_H

#include "rapporteur/hash.h"

#include "database.h"
#include "place.h"

typedef struct {
    rap_database_t *journal; //  NULL: there is none
    rap_database_t *store;   //  NULL: there is none, or nothing in it yet
} rap_held_t;

//  RAP_REFUSED if there is neither.
rap_status_t rap_held_open (rap_held_t *self, const rap_place_t *place, rap_reason_t *reason);
void rap_held_close (rap_held_t *self);

//  The document that a person means; of the journal's those that have something in quarantine.
rap_status_t rap_held_find (const rap_held_t *self, const char *meant, char id[RAP_DOCUMENT_ID_SIZE],
                            rap_reason_t *reason);

//  Columns of an entry. `ordinal` is -1 for the whole document; `chunk` and `header` are what the
//  journal has of chunk and document, encoded, NULL else; `number` is the document's, NULL without a journal.
enum {
    RAP_HELD_ID,
    RAP_HELD_SOURCE,
    RAP_HELD_ORDINAL,
    RAP_HELD_CAUSE,
    RAP_HELD_ATTEMPTS,
    RAP_HELD_FIRST_AT,
    RAP_HELD_LAST_AT,
    RAP_HELD_DROPPED_AT,
    RAP_HELD_DROPPED_BY,
    RAP_HELD_DROPPED_REASON,
    RAP_HELD_CHUNK,
    RAP_HELD_HEADER,
    RAP_HELD_NUMBER,
};

typedef enum { RAP_HELD_WAITING, RAP_HELD_DROPPED, RAP_HELD_ANY } rap_held_which_t;

//  Entries: of all documents (id NULL) or one; of all of it (ordinal NULL) or one chunk, by its number.
rap_rows_t *rap_held_ask (const rap_held_t *self, rap_held_which_t which, const char *id, const char *ordinal);

//  What was tried with a chunk in vain, or with the whole document (ordinal -1): ended_at, held_ms,
//  attempt, first, count, worker, incarnation, outcome, cause. NULL: the journal does not know.
rap_rows_t *rap_held_tried (const rap_held_t *self, const char *number, const char *ordinal);

#endif
