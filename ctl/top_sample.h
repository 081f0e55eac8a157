/*  top_sample: what a service said of itself at one moment, and what two moments say
 *  of the time between them.
 *
 *  Pure: nothing here asks anybody. All text in it may come from strangers.     */
#ifndef RAPPORTEUR_CTL_TOP_SAMPLE_H
#define RAPPORTEUR_CTL_TOP_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/metrics.h"

enum { RAP_TOP_TEXT_MAX = 300, RAP_TOP_HISTORY = 96 };

//  How often what took how long, since the daemon began.
typedef struct {
    double le[RAP_BUCKETS_MAX];         //  upper ends, seconds, ascending; le[0] == 0: not known
    double counts[RAP_BUCKETS_MAX + 1]; //  of each bucket; the last of what is beyond
} rap_top_histogram_t;

//  What only grows, as long as ingest has the same epoch.
typedef struct {
    int64_t at_ms;
    int64_t epoch;
    double taken, taken_bytes, settled, receipted;
    double findings;              //  -1: not known
    rap_top_histogram_t document; //  from taking a document to the receipt of its last chunk
    rap_top_histogram_t journal;  //  commits
    rap_top_histogram_t store;
} rap_top_counts_t;

typedef struct {
    char id[RAP_TOP_TEXT_MAX];
    char document[64]; //  of what it has held for the longest; "": it holds nothing
    int64_t first, count, held_ms;
    int64_t held, held_bytes, unreceipted, credit, credit_bytes;
    int64_t chunks, heard_ms;
    double rate;
    bool blocked;
} rap_top_worker_t;

//  The page of a daemon.
typedef struct {
    bool asked;
    bool answered;
    bool well;
    char why[RAP_TOP_TEXT_MAX];
} rap_top_page_t;

//  Numbers of the report: name here, path there.
#define RAP_TOP_NUMBERS(N)                                                                                           \
    N (epoch, "$.epoch")                                                                                             \
    N (idle, "$.idle")                                                                                               \
    N (draining, "$.draining")                                                                                       \
    N (failing, "$.failing")                                                                                         \
    N (ready, "$.health.ready")                                                                                      \
    N (sink_alive, "$.sink.alive")                                                                                   \
    N (sink_heard_ms, "$.sink.heard_ms")                                                                             \
    N (documents_taken, "$.documents.taken")                                                                         \
    N (documents_split, "$.documents.split")                                                                         \
    N (documents_complete, "$.documents.complete")                                                                   \
    N (documents_quarantined, "$.documents.quarantined")                                                             \
    N (documents_dropped, "$.documents.dropped")                                                                     \
    N (chunks_open, "$.chunks.open")                                                                                 \
    N (chunks_in_flight, "$.chunks.in_flight")                                                                       \
    N (chunks_stored, "$.chunks.stored")                                                                             \
    N (chunks_quarantined, "$.chunks.quarantined")                                                                   \
    N (chunks_dropped, "$.chunks.dropped")                                                                           \
    N (batches_open, "$.batches.open")                                                                               \
    N (batches_in_flight, "$.batches.in_flight")                                                                     \
    N (uploads, "$.uploads")                                                                                         \
    N (deaths, "$.deaths")                                                                                           \
    N (late, "$.late")                                                                                               \
    N (workers_known, "$.workers_count")                                                                             \
    N (oldest_ms, "$.oldest.age_ms")                                                                                 \
    N (backlog_bytes, "$.metrics.ingest_backlog_bytes")

typedef struct {
    bool answered;
    char silence[RAP_TOP_TEXT_MAX]; //  why it was not
#define N(name, path) int64_t name;
    RAP_TOP_NUMBERS (N)
#undef N
    char why[RAP_TOP_TEXT_MAX]; //  what ingest says of its health; "" of an earlier version
    char pipeline[80];
    rap_top_counts_t counts;
    rap_top_page_t pages[3]; //  ingest, worker, sink
    double disk_free;        //  bytes; -1: not known
    rap_top_worker_t *workers;
    uint32_t workers_count; //  listed; workers_known may be more
} rap_top_sample_t;

void rap_top_sample_clear (rap_top_sample_t *self);

//  What a REPORT of status says. False: it cannot be read.
bool rap_top_sample_report (rap_top_sample_t *self, const char *report, int64_t now_ms);

//  What the pages /metrics of ingest and sink say beside it.
void rap_top_sample_page (rap_top_sample_t *self, const char *page);

//  --- between two of them -------------------------------------------------------

typedef struct {
    double taken, bytes, settled, chunks, findings; //  a second; -1: not known
} rap_top_rates_t;

rap_top_rates_t rap_top_rates (const rap_top_counts_t *then, const rap_top_counts_t *now);

//  How long share `q` (0.5, 0.99) of what happened between them took at most, in seconds,
//  as Prometheus reckons it. -1: nothing happened, or it is not known; INFINITY: longer
//  than the last bucket tells.
double rap_top_percentile (const rap_top_histogram_t *then, const rap_top_histogram_t *now, double q);

//  What was, one each second or so, the oldest of them about a minute ago.
typedef struct {
    rap_top_counts_t at[RAP_TOP_HISTORY];
    uint32_t count;
} rap_top_history_t;

//  Forgets all that was of another epoch.
void rap_top_history_add (rap_top_history_t *self, const rap_top_counts_t *counts);

//  The newest of at least so long ago, else the oldest; NULL: there is none before the last.
const rap_top_counts_t *rap_top_history_before (const rap_top_history_t *self, int64_t ago_ms);

//  --- orders of workers -----------------------------------------------------------
typedef enum { RAP_TOP_BY_RATE, RAP_TOP_BY_NAME, RAP_TOP_BY_HELD, RAP_TOP_BY_HEARD, RAP_TOP_ORDERS } rap_top_order_t;
const char *rap_top_order_name (rap_top_order_t order);
void rap_top_sort (rap_top_sample_t *self, rap_top_order_t order);

#endif
