/*  link_clusters: the same ask, made again in another resolution.
 *
 *  A step of linking (link.h). Mandates whose actions share nearly all of their
 *  words are of one cluster; who is alike to one is alike to all. Those that may be
 *  alike are found by bands of minima over the hashes of their stems (Broder 1997),
 *  so that each is compared with few: of one band with the 64 that came first, for what is asked in every resolution
 * ('to report at its next session') is alike to one of these if to any. Up to there the order of documents makes no
 * difference. */
#ifndef RAPPORTEUR_SINK_LINK_CLUSTERS_H
#define RAPPORTEUR_SINK_LINK_CLUSTERS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct rap_link_clusters rap_link_clusters_t;

rap_link_clusters_t *rap_link_clusters_new (sqlite3 *db, const char **what);
void rap_link_clusters_destroy (rap_link_clusters_t **self_p);
void rap_link_clusters_reset (rap_link_clusters_t *self);

//  After link.sql for that document. False: SQLite failed.
bool rap_link_clusters_document (rap_link_clusters_t *self, int64_t number, const char **what);

#endif
