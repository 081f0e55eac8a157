/*  link_counts: what a report counts, read from the database and prepared for comparison.
 *
 *  Reports are compared with those like them again and again (link_series.h), so
 *  what was read last is kept, within bounds on memory, as long as the connection
 *  lives. Only the sink writes facts, and links a document after each change of
 *  them: it is then read anew.                                               */
#ifndef RAPPORTEUR_SINK_LINK_COUNTS_H
#define RAPPORTEUR_SINK_LINK_COUNTS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "series.h"

typedef struct rap_link_counts rap_link_counts_t;

rap_link_counts_t *rap_link_counts_new (sqlite3 *db, const char **what);
void rap_link_counts_destroy (rap_link_counts_t **self_p);
void rap_link_counts_reset (rap_link_counts_t *self);

//  Counts of one document without their texts; `at` is borrowed until the next
//  rap_link_counts_begin.
typedef struct {
    const rap_count_t *at;
    uint32_t count;
} rap_counted_t;

//  Before a document is compared: forgets what is kept of it, and what is too much.
void rap_link_counts_begin (rap_link_counts_t *self, int64_t number);

//  What a document counts; all that were asked for since rap_link_counts_begin may be
//  compared with each other. False: SQLite failed.
bool rap_link_counts_of (rap_link_counts_t *self, int64_t number, rap_counted_t *counted, const char **what);

//  One count with its text, in `arena`. False: it is not there, or SQLite failed.
bool rap_link_counts_one (rap_link_counts_t *self, int64_t chunk_id, int64_t n, rap_arena_t *arena,
                          rap_count_t *count, const char **what);

#endif
