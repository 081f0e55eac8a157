/*  link_series: the same thing counted in several documents, brought together.
 *
 *  A step of linking (link.h). The counts of a report are compared with those of
 *  other reports that count the same subjects (series.h); pairs are kept. A series
 *  is what pairs hold together, the likest first, with at most one count of a
 *  document: a second one with a claim to the same place stays out. Series of
 *  States parties are made by link.sql alone.                                */
#ifndef RAPPORTEUR_SINK_LINK_SERIES_H
#define RAPPORTEUR_SINK_LINK_SERIES_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rap_link_series rap_link_series_t;

rap_link_series_t *rap_link_series_new (sqlite3 *db, const char **what);
void rap_link_series_destroy (rap_link_series_t **self_p);
void rap_link_series_reset (rap_link_series_t *self);

//  After link.sql for that document. False: SQLite failed.
bool rap_link_series_document (rap_link_series_t *self, int64_t number, const char **what);

#endif
