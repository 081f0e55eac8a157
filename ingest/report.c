//  report: JSON into a string.
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS_MAX = 1000 }; //  listed, so that the report fits a message

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
             ", \"held\": %u, \"held_bytes\": %u, \"unreceipted\": %u, \"credit_batches\": %u, \"credit_bytes\": %u"
             ", \"chunks\": %" PRIu64 ", \"rate\": %.1f}",
             worker->heard_ms, word (worker->blocked), worker->hand, worker->held_batches, worker->held_bytes,
             worker->unreceipted, worker->credit_batches, worker->credit_bytes, worker->chunks, worker->rate);
}

static void put_counts (FILE *out, const rap_report_input_t *input)
{
    rap_journal_counts_t kept = rap_journal_counts (input->journal);
    rap_dispatch_counts_t given = rap_dispatch_counts (input->dispatch);
    fprintf (out,
             ", \"documents\": {\"taken\": %" PRIu64 ", \"split\": %" PRIu64 ", \"complete\": %" PRIu64
             ", \"quarantined\": %" PRIu64 "}",
             kept.taken, kept.split, kept.complete, kept.quarantined);
    fprintf (out,
             ", \"chunks\": {\"open\": %" PRIu64 ", \"in_flight\": %" PRIu64 ", \"stored\": %" PRIu64
             ", \"quarantined\": %" PRIu64 "}",
             kept.open_chunks, given.flying_chunks, kept.stored_chunks, kept.quarantined_chunks);
    fprintf (out,
             ", \"batches\": {\"open\": %" PRIu64 ", \"loaded\": %u, \"waiting\": %u, \"in_flight\": %u, \"sent\": "
             "%" PRIu64 "}",
             kept.open_batches, given.loaded, given.waiting, given.flying, given.sent);
    fprintf (out,
             ", \"reading\": %u, \"uploads\": %u, \"inbox\": %s, \"notices\": %" PRIu64
             ", \"sink\": {\"alive\": %s}, \"deaths\": %" PRIu64 ", \"late\": %" PRIu64 ", \"workers_count\": %u",
             input->reading, input->uploads, word (input->inbox), kept.notices,
             word (rap_dispatch_sink_alive (input->dispatch, input->now_ms)), given.deaths, given.ignored,
             given.workers);
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
    fputs (", \"workers\": [", out);
    listing_t listing = {.out = out};
    rap_dispatch_workers (input->dispatch, input->now_ms, put_worker, &listing);
    fputs ("]}", out);
    if (fclose (out) != 0 || !text)
        abort ();
    return text;
}
