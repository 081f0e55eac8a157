/*  link_totals: how often what was found in a document (document_count), and in all
 *  of them (count_total).
 *
 *  A step of linking (link.h). Findings lie in the order of their chunks, so each
 *  is looked at once, where SQL would sort them for each thing that is counted.  */
#ifndef RAPPORTEUR_SINK_LINK_TOTALS_H
#define RAPPORTEUR_SINK_LINK_TOTALS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rap_link_totals rap_link_totals_t;

rap_link_totals_t *rap_link_totals_new (sqlite3 *db, const char **what);
void rap_link_totals_destroy (rap_link_totals_t **self_p);
void rap_link_totals_reset (rap_link_totals_t *self);

//  After link.sql for that document. False: SQLite failed.
bool rap_link_totals_document (rap_link_totals_t *self, int64_t number, const char **what);

//  After the transaction's last document: writes how the sums over all documents changed. They are forgotten by
//  rap_link_totals_reset.
bool rap_link_totals_end (rap_link_totals_t *self, const char **what);

#endif
