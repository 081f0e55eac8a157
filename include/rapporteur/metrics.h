/*  metrics: what a daemon counts, for whoever watches it.
 *
 *  Every metric is declared once, here; doc/metrics.md tells operators of each.
 *  Counting is a plain addition in memory that is shared with the process that
 *  serves the page (metrics_server.h): the loop never waits for whoever reads, and
 *  whoever reads never sees half a number. One thread writes an area. Where no
 *  page is served the numbers are counted all the same and nobody sees them, so
 *  nothing may be decided by them.
 *
 *  Numbers only: never a word of a document, and no label whose values come from
 *  outside.                                                                  */
#ifndef RAPPORTEUR_METRICS_H
#define RAPPORTEUR_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rapporteur/finding.h"

typedef enum {
    RAP_STAGE_INGEST = 1,
    RAP_STAGE_WORKER = 2,
    RAP_STAGE_SINK = 4,
    RAP_STAGE_KEEPER = RAP_STAGE_INGEST | RAP_STAGE_SINK, //  who has a database
} rap_stage_t;

//  What is inside the names of one metric: its label and that label's values, or
//  the buckets of a histogram.
//  S(set, slots, label)
enum { RAP_BUCKETS_MAX = 14, RAP_HISTOGRAM_SLOTS = RAP_BUCKETS_MAX + 2 }; //  buckets, +Inf, sum
// clang-format off
#define RAP_METRIC_SETS(S)                      \
    S (NONE, 1, "")                             \
    S (DOCUMENTS, 5, "state")                   \
    S (CHUNKS, 5, "state")                      \
    S (BATCHES, 4, "state")                     \
    S (CREDIT, 2, "of")                         \
    S (REFUSALS, RAP_REFUSED_CAUSES, "cause")   \
    S (KINDS, RAP_FINDING_COUNT, "kind")        \
    S (ENDS, RAP_ENDS, "how")                   \
    S (QUICK, RAP_HISTOGRAM_SLOTS, "le")        \
    S (SLOW, RAP_HISTOGRAM_SLOTS, "le")         \
    S (SIZES, RAP_HISTOGRAM_SLOTS, "le")

//  Why a message was refused.
typedef enum {
    RAP_REFUSED_MALFORMED,  //  it cannot be read
    RAP_REFUSED_UNEXPECTED, //  it does not belong there
    RAP_REFUSED_UNFIT,      //  well-formed, but what it says cannot be: version, limits, identity
    RAP_REFUSED_UNKNOWN,    //  of a worker that must say HELLO first
    RAP_REFUSED_CAUSES
} rap_refused_cause_t;

//  How a child of a worker ended.
typedef enum {
    RAP_END_DRAINED, RAP_END_REFUSED, RAP_END_FAILED, RAP_END_HUNG, RAP_END_KILLED,
    RAP_ENDS
} rap_end_t;

//  M(stage, id, type, unit, set, name, help). Unit: ONE; MICRO is counted in
//  millionths of what is printed (microseconds, printed as seconds).
#define RAP_METRICS(M)                                                                                                \
    M (INGEST, INGEST_TAKEN, COUNTER, ONE, NONE, "ingest_documents_taken_total",                                      \
       "Documents made durable since start")                                                                          \
    M (INGEST, INGEST_TAKEN_BYTES, COUNTER, ONE, NONE, "ingest_taken_bytes_total", "Bytes of documents taken")        \
    M (INGEST, INGEST_READ, COUNTER, ONE, NONE, "ingest_documents_read_total", "Documents split into chunks")         \
    M (INGEST, INGEST_SETTLED, COUNTER, ONE, NONE, "ingest_documents_settled_total",                                  \
       "Documents of which every chunk was receipted or quarantined")                                                 \
    M (INGEST, INGEST_DOCUMENTS, GAUGE, ONE, DOCUMENTS, "ingest_documents", "Documents in the journal, by state")     \
    M (INGEST, INGEST_CHUNKS, GAUGE, ONE, CHUNKS, "ingest_chunks", "Chunks in the journal, by state")                 \
    M (INGEST, INGEST_BATCHES, GAUGE, ONE, BATCHES, "ingest_batches", "Batches that are open, by where they are")     \
    M (INGEST, INGEST_BACKLOG_BYTES, GAUGE, ONE, NONE, "ingest_backlog_bytes",                                        \
       "Bytes of documents that are taken and not settled")                                                           \
    M (INGEST, INGEST_FLYING_BYTES, GAUGE, ONE, NONE, "ingest_in_flight_bytes", "Bytes of batches in flight")         \
    M (INGEST, INGEST_WORKERS, GAUGE, ONE, NONE, "ingest_workers", "Workers that are known")                          \
    M (INGEST, INGEST_WORKERS_BLOCKED, GAUGE, ONE, NONE, "ingest_workers_blocked", "Workers that wait for the sink")  \
    M (INGEST, INGEST_CREDIT, GAUGE, ONE, CREDIT, "ingest_credit_batches", "Batches that workers can be sent")        \
    M (INGEST, INGEST_CREDIT_BYTES, GAUGE, ONE, CREDIT, "ingest_credit_bytes", "The same in bytes")                   \
    M (INGEST, INGEST_ATTEMPTS, COUNTER, ONE, NONE, "ingest_attempts_total", "Batches sent to a worker")              \
    M (INGEST, INGEST_LOST, COUNTER, ONE, NONE, "ingest_leases_lost_total",                                           \
       "Workers that were not heard of for a lease, or came back as others")                                          \
    M (INGEST, INGEST_LATE, COUNTER, ONE, NONE, "ingest_answers_late_total", "Answers of a lease that was over")      \
    M (INGEST, INGEST_FAILS, COUNTER, ONE, NONE, "ingest_batches_failed_total", "FAIL of a worker")                   \
    M (INGEST, INGEST_RETURNS, COUNTER, ONE, NONE, "ingest_batches_returned_total", "RETURN of a worker")             \
    M (INGEST, INGEST_SPLITS, COUNTER, ONE, NONE, "ingest_batches_split_total", "Batches split, being suspect")       \
    M (INGEST, INGEST_QUARANTINED, COUNTER, ONE, NONE, "ingest_quarantined_total", "Entries put into quarantine")     \
    M (INGEST, INGEST_RELEASED, COUNTER, ONE, NONE, "ingest_released_total", "Orders to release, drop or renew, obeyed")    \
    M (INGEST, INGEST_READING, GAUGE, ONE, NONE, "ingest_reading_documents", "Documents given to the reader")         \
    M (INGEST, INGEST_READ_SECONDS, HISTOGRAM, MICRO, SLOW, "ingest_reading_seconds",                                 \
       "From giving a document to the reader to its last chunk")                                                      \
    M (INGEST, INGEST_READER_DEATHS, COUNTER, ONE, NONE, "ingest_reader_deaths_total", "Readers that died")           \
    M (INGEST, INGEST_COMMIT_SECONDS, HISTOGRAM, MICRO, QUICK, "ingest_commit_seconds", "Commits of the journal")     \
    M (INGEST, INGEST_FAILURES, COUNTER, ONE, NONE, "ingest_journal_failures_total", "Groups that were rolled back")  \
    M (INGEST, INGEST_FAILING, GAUGE, ONE, NONE, "ingest_journal_failing", "1 while the journal cannot be written")   \
    M (INGEST, INGEST_RECEIPT_SECONDS, HISTOGRAM, MICRO, SLOW, "ingest_receipt_seconds",                              \
       "From sending a batch to the last receipt of its chunks")                                                      \
    M (INGEST, INGEST_RECEIPTS, COUNTER, ONE, NONE, "ingest_chunks_receipted_total", "Chunks of batches receipted")   \
    M (INGEST, INGEST_DOCUMENT_SECONDS, HISTOGRAM, MICRO, SLOW, "ingest_document_seconds",                            \
       "From taking a document to the receipt of its last chunk")                                                     \
    M (INGEST, INGEST_REFUSED, COUNTER, ONE, REFUSALS, "ingest_messages_refused_total", "Messages refused, by cause") \
    M (INGEST, INGEST_NOTICES, GAUGE, ONE, NONE, "ingest_notices", "Notices that the sink has not receipted")         \
    M (INGEST, INGEST_UPLOADS, GAUGE, ONE, NONE, "ingest_uploads", "Uploads under way")                               \
    M (INGEST, INGEST_SINK, GAUGE, ONE, NONE, "ingest_sink_alive", "1 while the sink is heard of")                    \
    M (WORKER, WORKER_CHILDREN, GAUGE, ONE, NONE, "worker_children", "Children that run")                             \
    M (WORKER, WORKER_WANTED, GAUGE, ONE, NONE, "worker_children_wanted", "Children that should run")                 \
    M (WORKER, WORKER_ENDED, COUNTER, ONE, ENDS, "worker_children_ended_total", "Children that ended, by how")        \
    M (WORKER, WORKER_SERVING, GAUGE, ONE, NONE, "worker_children_welcomed", "Children that ingest has welcomed")     \
    M (WORKER, WORKER_BUSY, GAUGE, ONE, NONE, "worker_children_busy", "Children with a batch under their hand")       \
    M (WORKER, WORKER_BLOCKED, GAUGE, ONE, NONE, "worker_children_blocked", "Children that wait for the sink")        \
    M (WORKER, WORKER_QUEUED, GAUGE, ONE, NONE, "worker_queued_batches", "Batches received and not begun")            \
    M (WORKER, WORKER_BATCHES, COUNTER, ONE, NONE, "worker_batches_total", "Batches done")                            \
    M (WORKER, WORKER_CHUNKS, COUNTER, ONE, NONE, "worker_chunks_total", "Chunks done")                               \
    M (WORKER, WORKER_BYTES, COUNTER, ONE, NONE, "worker_chunk_bytes_total", "Bytes of the text of these chunks")     \
    M (WORKER, WORKER_FINDINGS, COUNTER, ONE, KINDS, "worker_findings_total", "Findings made, by kind")               \
    M (WORKER, WORKER_CHUNK_SECONDS, HISTOGRAM, MICRO, QUICK, "worker_chunk_seconds", "Extraction of a chunk")        \
    M (WORKER, WORKER_RESULT_BYTES, COUNTER, ONE, NONE, "worker_result_bytes_total", "Bytes sent to the sink")        \
    M (WORKER, WORKER_FAILS, COUNTER, ONE, NONE, "worker_failures_total", "Batches answered by FAIL")                 \
    M (WORKER, WORKER_RETURNS, COUNTER, ONE, NONE, "worker_batches_returned_total", "Batches given back")             \
    M (WORKER, WORKER_REFUSED, COUNTER, ONE, REFUSALS, "worker_messages_refused_total", "Messages refused, by cause") \
    M (WORKER, WORKER_CPU, COUNTER, MICRO, NONE, "worker_cpu_seconds_total", "Processor time of the children")        \
    M (SINK, SINK_RESULTS, COUNTER, ONE, NONE, "sink_results_total", "RESULT messages stored")                        \
    M (SINK, SINK_RESULT_BYTES, COUNTER, ONE, NONE, "sink_result_bytes_total", "Their bytes")                         \
    M (SINK, SINK_CHUNKS, COUNTER, ONE, NONE, "sink_chunks_stored_total", "Chunks that were new")                     \
    M (SINK, SINK_COPIES, COUNTER, ONE, NONE, "sink_chunks_copied_total", "Chunks that were stored already")          \
    M (SINK, SINK_FINDINGS, COUNTER, ONE, KINDS, "sink_findings_total", "Findings of new chunks, by kind")            \
    M (SINK, SINK_GROUP_CHUNKS, HISTOGRAM, ONE, SIZES, "sink_group_chunks", "Chunks a commit")                        \
    M (SINK, SINK_COMMIT_SECONDS, HISTOGRAM, MICRO, QUICK, "sink_commit_seconds", "Commits of the database")          \
    M (SINK, SINK_LINK_SECONDS, HISTOGRAM, MICRO, QUICK, "sink_link_seconds", "Steps of linking")                     \
    M (SINK, SINK_LINK_DUE, GAUGE, ONE, NONE, "sink_link_due", "1 while documents may wait to be linked")             \
    M (SINK, SINK_SETTLED, COUNTER, ONE, NONE, "sink_documents_settled_total", "Documents linked")                    \
    M (SINK, SINK_FAILURES, COUNTER, ONE, NONE, "sink_store_failures_total", "Groups that were rolled back")          \
    M (SINK, SINK_FAILING, GAUGE, ONE, NONE, "sink_store_failing", "1 while the database cannot be written")          \
    M (SINK, SINK_REFUSED, COUNTER, ONE, REFUSALS, "sink_messages_refused_total", "Messages refused, by cause")       \
    M (SINK, SINK_NOTICES, COUNTER, ONE, NONE, "sink_notices_total", "Notices of quarantine or release stored")       \
    M (SINK, SINK_INGESTS, GAUGE, ONE, NONE, "sink_ingests", "Ingests that receipts are sent to")                     \
    M (SINK, SINK_FEED, COUNTER, ONE, NONE, "sink_feed_published_total", "Messages published on the feed")            \
    M (SINK, SINK_FEED_DROPPED, COUNTER, ONE, NONE, "sink_feed_dropped_total",                                        \
       "Findings that the feed had no room for")                                                                      \
    M (KEEPER, DAMAGED, COUNTER, ONE, NONE, "damaged_blocks_total",                                                   \
       "Blocks of a database that were read and are not what was written")                                           \
    M (WORKER, WORKER_PULSES, HIDDEN, ONE, NONE, "", "")
// clang-format on

//  Slots: one for each value of a set; RAP_M_x is the first of metric x.
typedef enum {
#define S(set, slots, label) RAP_SLOTS_##set = (slots),
    RAP_METRIC_SETS (S)
#undef S
} rap_metric_slots_t;

typedef enum {
#define M(stage, id, type, unit, set, name, help) RAP_M_##id, RAP_M_##id##_LAST = RAP_M_##id + RAP_SLOTS_##set - 1,
    RAP_METRICS (M)
#undef M
        RAP_SLOTS
} rap_metric_t;

//  How a daemon fares; for health, readiness and the watchdog. See watch.h.
typedef struct {
    bool busy;       //  there is work, and all that it takes to go on with it
    bool failing;    //  journal or database cannot be written
    bool draining;   //  it ends
    bool alone;      //  who it depends on is not heard of (ingest: the sink; worker: ingest)
    bool unattended; //  there is a backlog, and no worker
} rap_fare_t;

//  What one process counts, in memory that it may share.
typedef struct {
    _Atomic uint64_t slots[RAP_SLOTS];
    _Atomic int64_t turned_ms;     //  the loop's last turn; 0: it has not begun
    _Atomic int64_t progressed_ms; //  the last time that it made progress or had nothing to do
    _Atomic int64_t failing_ms;    //  since when it fails; 0: it does not
    _Atomic uint32_t fare;         //  bits of rap_fare_t
    _Atomic uint32_t children;     //  areas of children in use, in the daemon's own
    _Atomic unsigned named;        //  1 + which of `pipeline` holds; 0: not known yet
    char pipeline[2][72];
} rap_area_t;

//  The area that this process counts in; never NULL.
extern rap_area_t *rap_area;

//  Counts in `area` from now on; NULL: in one of its own that nobody sees.
void rap_metrics_use (rap_area_t *area);

//  Adds `n`. For a metric with a label: RAP_M_x + the number of its value.
static inline void rap_metric_add (unsigned slot, uint64_t n)
{
    _Atomic uint64_t *at = &rap_area->slots[slot];
    atomic_store_explicit (at, atomic_load_explicit (at, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void rap_metric_set (unsigned slot, uint64_t value)
{
    atomic_store_explicit (&rap_area->slots[slot], value, memory_order_relaxed);
}

//  Observations of histograms of the sets QUICK, SLOW (microseconds) and SIZES.
void rap_metric_quick (rap_metric_t histogram, int64_t us);
void rap_metric_slow (rap_metric_t histogram, int64_t us);
void rap_metric_size (rap_metric_t histogram, uint64_t size);

//  The pipeline version, once it is known, and when it changes.
void rap_metrics_name (const char *pipeline);

//  Gauges of an area become 0: whoever counted in it ended.
void rap_metrics_ended (rap_area_t *area);

//  Prints the metrics of a stage, each the sum over `areas`, as Prometheus reads it
//  (text format 0.0.4).
void rap_metrics_print (FILE *out, rap_stage_t stage, rap_area_t *const *areas, uint32_t areas_count);

//  The same as one JSON object: {"ingest_documents_taken_total": 5, "ingest_documents":
//  {"taken": 0, ...}, "ingest_commit_seconds": {"le": [...], "counts": [...], "sum": 0.2}};
//  counts are those of each bucket alone, the last of what is beyond.
void rap_metrics_print_json (FILE *out, rap_stage_t stage, rap_area_t *const *areas, uint32_t areas_count);

//  A label's value with what must be escaped.
void rap_metrics_print_label (FILE *out, const char *value);

#endif
