//  report: JSON into a string.
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/metrics.h"
#include "rapporteur/watch.h"

enum { WORKERS_MAX = 1000, LOTS_MAX = 1000 }; //  listed, so that the report fits a message

static void put_string (FILE *out, const char *text)
{
    fputc ('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '"' || *at == '\\')
            fprintf (out, "\\%c", *at);
        else if (*at < 0x20)
            fprintf (out, "\\u%04x", *at);
        else
            fputc (*at, out);
    }
    fputc ('"', out);
}

static const char *word (bool value)
{
    return value ? "true" : "false";
}

typedef struct {
    FILE *out;
    uint32_t count;
} listing_t;

static void put_worker (void *self, const rap_worker_view_t *worker)
{
    listing_t *listing = self;
    FILE *out = listing->out;
    if (listing->count++ >= WORKERS_MAX)
        return;
    fputs (listing->count > 1 ? ", {\"id\": " : "{\"id\": ", out);
    put_string (out, worker->id);
    fputs (", \"pipeline\": ", out);
    put_string (out, worker->pipeline);
    fprintf (out,
             ", \"heard_ms\": %" PRId64 ", \"blocked\": %s, \"hand\": %" PRIu64
             ", \"ordinal\": %u, \"held\": %u, \"held_bytes\": %u, \"unreceipted\": %u, \"credit_batches\": %u, "
             "\"credit_bytes\": %u"
             ", \"chunks\": %" PRIu64 ", \"rate\": %.1f",
             worker->heard_ms, word (worker->blocked), worker->hand, worker->ordinal, worker->held_batches,
             worker->held_bytes, worker->unreceipted, worker->credit_batches, worker->credit_bytes, worker->chunks,
             worker->rate);
    if (worker->document) {
        fputs (", \"document\": ", out);
        put_string (out, worker->document);
        fprintf (out, ", \"first\": %u, \"count\": %u, \"held_ms\": %" PRId64, worker->first, worker->count,
                 worker->held_ms);
    }
    fputc ('}', out);
}

static void put_counts (FILE *out, const rap_report_input_t *input)
{
    rap_journal_counts_t kept = rap_journal_counts (input->journal);
    rap_dispatch_counts_t given = rap_dispatch_counts (input->dispatch);
    rap_dispatch_hold_t hold = rap_dispatch_hold (input->dispatch, input->now_ms);
    fprintf (out,
             ", \"documents\": {\"taken\": %" PRIu64 ", \"split\": %" PRIu64 ", \"complete\": %" PRIu64
             ", \"quarantined\": %" PRIu64 ", \"dropped\": %" PRIu64 "}",
             kept.taken, kept.split, kept.complete, kept.quarantined, kept.dropped);
    fprintf (out,
             ", \"chunks\": {\"open\": %" PRIu64 ", \"in_flight\": %" PRIu64 ", \"stored\": %" PRIu64
             ", \"quarantined\": %" PRIu64 ", \"dropped\": %" PRIu64 "}",
             kept.open_chunks, given.flying_chunks, kept.stored_chunks, kept.quarantined_chunks, kept.dropped_chunks);
    fprintf (out,
             ", \"batches\": {\"open\": %" PRIu64 ", \"loaded\": %u, \"waiting\": %u, \"in_flight\": %u, \"sent\": "
             "%" PRIu64 "}",
             kept.open_batches, given.loaded, given.waiting, given.flying, given.sent);
    fprintf (out,
             ", \"reading\": %u, \"uploads\": %u, \"inbox\": %s, \"notices\": %" PRIu64
             ", \"sink\": {\"alive\": %s, \"heard_ms\": %" PRId64 "}, \"deaths\": %" PRIu64 ", \"late\": %" PRIu64
             ", \"workers_count\": %u",
             input->reading, input->uploads, word (input->inbox), kept.notices,
             word (rap_dispatch_sink_alive (input->dispatch, input->now_ms)), hold.sink_ms, given.deaths,
             given.ignored, given.workers);
}

//  As the page of the metrics says it (watch.h).
static void put_health (FILE *out, const rap_report_input_t *input)
{
    char why[256];
    bool healthy =
        rap_watch_judge (rap_area, input->now_ms, input->stuck_ms, RAP_STAGE_INGEST, false, why, sizeof why);
    bool ready = rap_watch_judge (rap_area, input->now_ms, input->stuck_ms, RAP_STAGE_INGEST, true, why, sizeof why);
    fprintf (out, ", \"health\": {\"healthy\": %s, \"ready\": %s, \"why\": ", word (healthy), word (ready));
    put_string (out, why);
    fputc ('}', out);
}

static void put_oldest (FILE *out, const rap_report_input_t *input)
{
    char id[RAP_DOCUMENT_ID_SIZE] = "";
    int64_t age_ms = rap_journal_oldest (input->journal, id);
    if (age_ms < 0)
        fputs (", \"oldest\": null", out);
    else
        fprintf (out, ", \"oldest\": {\"document_id\": \"%s\", \"age_ms\": %" PRId64 "}", id, age_ms);
}

char *rap_report_json (const rap_report_input_t *input)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream (&text, &len);
    if (!out)
        abort ();
    fputs ("{\"ingest\": ", out);
    put_string (out, rap_journal_name (input->journal));
    fprintf (out, ", \"epoch\": %" PRIu64 ", \"pipeline\": ", rap_journal_epoch (input->journal));
    put_string (out, input->pipeline);
    fprintf (out, ", \"idle\": %s, \"draining\": %s, \"failing\": %s", word (input->idle), word (input->draining),
             word (input->failing));
    put_counts (out, input);
    put_health (out, input);
    put_oldest (out, input);
    fputs (", \"metrics\": ", out);
    rap_metrics_print_json (out, RAP_STAGE_INGEST, &rap_area, 1);
    fputs (", \"workers\": [", out);
    listing_t listing = {.out = out};
    rap_dispatch_workers (input->dispatch, input->now_ms, put_worker, &listing);
    fputs ("]}", out);
    if (fclose (out) != 0 || !text)
        abort ();
    return text;
}

//  --- why ------------------------------------------------------------------------------
typedef struct {
    FILE *out;
    uint32_t ordinal; //  UINT32_MAX: all
    uint32_t count;
    uint32_t more;
} lots_t;

static void put_lot (void *self, const rap_lot_view_t *lot)
{
    lots_t *lots = self;
    FILE *out = lots->out;
    const rap_batch_t *batch = lot->batch;
    if (lots->ordinal != UINT32_MAX && (lots->ordinal < batch->first || lots->ordinal - batch->first >= batch->count))
        return;
    if (lots->count == LOTS_MAX) {
        lots->more++;
        return;
    }
    fprintf (out,
             "%s{\"batch\": %" PRIu64 ", \"first\": %u, \"count\": %u, \"state\": \"%s\", \"stored\": %u"
             ", \"since_ms\": %" PRId64 ", \"asks\": %u, \"attempts\": %u, \"deaths\": %u, \"fails\": %u"
             ", \"alone\": %s",
             lots->count++ ? ", " : "", batch->batch, batch->first, batch->count, lot->state, lot->stored,
             lot->since_ms, lot->asks, batch->attempts, batch->deaths, batch->fails, word (batch->alone));
    if (lot->worker) {
        fputs (", \"worker\": ", out);
        put_string (out, lot->worker);
        fprintf (out,
                 ", \"incarnation\": \"%" PRIu64 "\", \"heard_ms\": %" PRId64 ", \"blocked\": %s"
                 ", \"under_hand\": %s, \"hand_ordinal\": %u, \"before\": %u",
                 lot->incarnation, lot->heard_ms, word (lot->blocked), word (lot->under_hand), lot->hand_ordinal,
                 lot->before);
    }
    fputc ('}', out);
}

char *rap_report_why (rap_dispatch_t *dispatch, int64_t now_ms, rap_text_t document_id, uint32_t ordinal,
                      bool failing)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream (&text, &len);
    if (!out)
        abort ();
    rap_dispatch_hold_t hold = rap_dispatch_hold (dispatch, now_ms);
    fprintf (out, "{\"failing\": %s, \"sink\": {\"alive\": %s, \"heard_ms\": %" PRId64 "}, \"workers\": %u",
             word (failing), word (!hold.no_sink), hold.sink_ms, rap_dispatch_counts (dispatch).workers);
    fprintf (out,
             ", \"hold\": {\"no_workers\": %s, \"no_sink\": %s, \"draining\": %s, \"no_credit\": %s, \"flying\": %s}"
             ", \"loaded\": %u, \"batches\": [",
             word (hold.no_workers), word (hold.no_sink), word (hold.draining), word (hold.no_credit),
             word (hold.flying), rap_dispatch_counts (dispatch).loaded);
    lots_t lots = {.out = out, .ordinal = ordinal};
    rap_dispatch_lots (dispatch, now_ms, document_id, put_lot, &lots);
    fprintf (out, "], \"more\": %u}", lots.more);
    if (fclose (out) != 0 || !text)
        abort ();
    return text;
}
