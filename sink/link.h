/*  link: what several documents together tell.
 *
 *  Runs for each document that became whole, and again for those that it touches,
 *  in the store's transaction. All of it can be made again from the findings, and
 *  comes out the same in whatever order documents came. What SQL can say is in
 *  link.sql; which paragraphs answer which mandate is told by answer.h.
 *
 *  Knows SQLite, like store.c; it never begins or
 *  ends a transaction. False from any verb: SQLite failed, *what says at what.  */
#ifndef RAPPORTEUR_SINK_LINK_H
#define RAPPORTEUR_SINK_LINK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rap_link rap_link_t;

//  NULL if a statement cannot be prepared.
rap_link_t *rap_link_new (sqlite3 *db, const char **what);
void rap_link_destroy (rap_link_t **self_p);

bool rap_link_document (rap_link_t *self, int64_t number, const char *document_id, const char **what);

//  After a transaction's last document, before it is committed: writes what is kept in memory meanwhile.
bool rap_link_end (rap_link_t *self, const char **what);

//  Lets go of what statements hold and of what is not written yet, before a rollback.
void rap_link_reset (rap_link_t *self);

#endif
