/*  link_answers: which paragraphs answer which mandates, kept up to date.
 *
 *  A step of linking (link.h): for a report all resolutions that it answers, for a
 *  resolution all reports that answer it; each such pair is answered anew.     */
#ifndef RAPPORTEUR_SINK_LINK_ANSWERS_H
#define RAPPORTEUR_SINK_LINK_ANSWERS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rap_link_answers rap_link_answers_t;

rap_link_answers_t *rap_link_answers_new (sqlite3 *db, const char **what);
void rap_link_answers_destroy (rap_link_answers_t **self_p);
void rap_link_answers_reset (rap_link_answers_t *self);

//  After link.sql for that document. False: SQLite failed.
bool rap_link_answers_document (rap_link_answers_t *self, int64_t number, const char **what);

#endif
