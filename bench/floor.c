//  floor: the whole work in one process, without wire, journal or leases: read,
//  extract, store. What a pipeline of processes costs beyond this is the price of
//  its promise. It fills a database as the pipeline would, so it serves scoring too.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/clock.h"
#include "rapporteur/log.h"
#include "rapporteur/options.h"

#include "documents.h"
#include "extract.h"
#include "store.h"

enum { GROUP_CHUNKS = 8192 }; //  chunks a transaction, as when the sink is behind

enum { READ, EXTRACT, STORE, COMMIT, LINK, STAGES };
static const char *const stage_names[STAGES] = {"read", "extract", "store", "commit", "link"};

typedef struct {
    rap_lexicon_t *lexicon;
    rap_reader_t *reader;
    rap_extractors_t *extractors;
    rap_store_t *store;
    rap_arena_t *document_arena;
    rap_arena_t *chunk_arena;
    double cpu[STAGES];
    double since;
    uint64_t documents, refused, bytes, chunks, text_bytes, findings, failed;
    uint32_t in_group;
} floor_t;

static void lap (floor_t *self, int stage)
{
    double now = rap_cpu_seconds ();
    self->cpu[stage] += now - self->since;
    self->since = now;
}

static void must (rap_status_t status, const char *what, const rap_reason_t *reason)
{
    if (status == RAP_OK)
        return;
    fprintf (stderr, "floor: %s: %s\n", what, reason->text);
    exit (1);
}

static void end_group (floor_t *self)
{
    rap_reason_t reason = {""};
    must (rap_store_commit (self->store, &reason), "commit", &reason);
    self->in_group = 0;
    lap (self, COMMIT);
    rap_status_t linked;
    while ((linked = rap_store_link (self->store, NULL, NULL, &reason)) == RAP_AGAIN) {
    }
    must (linked, "link", &reason);
    lap (self, LINK);
}

static void process_chunk (floor_t *self, const rap_document_t *document, const rap_chunk_t *chunk)
{
    rap_reason_t reason = {""};
    rap_findings_t findings;
    int64_t began = rap_clock_us ();
    rap_arena_reset (self->chunk_arena);
    rap_status_t status =
        rap_extractors_run (self->extractors, document, chunk, self->chunk_arena, &findings, &reason);
    rap_provenance_t provenance = {.pipeline = document->pipeline,
                                   .worker = RAP_TEXT ("floor"),
                                   .attempt = 1,
                                   .dispatched_at = document->received_at,
                                   .processed_us = (uint64_t)(rap_clock_us () - began)};
    lap (self, EXTRACT);
    if (status != RAP_OK) {
        fprintf (stderr, "%.*s: chunk %u: %s\n", (int)document->source.len, document->source.at, chunk->ordinal,
                 reason.text);
        self->failed++;
        return;
    }
    if (self->in_group == 0)
        must (rap_store_begin (self->store, &reason), "begin", &reason);
    must (rap_store_add (self->store, document, chunk, findings.at, findings.count, &provenance, &reason), "store",
          &reason);
    self->chunks++;
    self->text_bytes += chunk->text.len;
    self->findings += findings.count;
    self->in_group++;
    lap (self, STORE);
    if (self->in_group >= GROUP_CHUNKS)
        end_group (self);
}

static void process_document (floor_t *self, const char *path, uint32_t round)
{
    rap_reading_t reading;
    rap_arena_reset (self->document_arena);
    rap_text_t bytes = rap_bytes_of (path, self->document_arena);
    rap_status_t status = rap_document_take (self->reader, self->lexicon, path, bytes, self->documents + 1, round,
                                             self->document_arena, &reading);
    lap (self, READ);
    if (status != RAP_OK) {
        self->refused++;
        return;
    }
    self->documents++;
    self->bytes += bytes.len;
    for (uint32_t i = 0; i < reading.document.chunks; i++)
        process_chunk (self, &reading.document, &reading.chunks[i]);
}

static void open_all (floor_t *self, const char *db, const char *rules)
{
    rap_reason_t reason = {""};
    self->lexicon = rap_lexicon_new (rules, &reason);
    must (self->lexicon ? RAP_OK : RAP_FAILED, "rules", &reason);
    self->reader = rap_reader_new (self->lexicon, &reason);
    must (self->reader ? RAP_OK : RAP_FAILED, "reader", &reason);
    self->extractors = rap_extractors_new (self->lexicon, NULL, &reason);
    must (self->extractors ? RAP_OK : RAP_FAILED, "extractors", &reason);
    self->store = rap_store_open (db, &reason);
    must (self->store ? RAP_OK : RAP_FAILED, db, &reason);
    self->document_arena = rap_arena_new ();
    self->chunk_arena = rap_arena_new ();
}

static void close_all (floor_t *self)
{
    rap_store_close (&self->store);
    rap_extractors_destroy (&self->extractors);
    rap_reader_destroy (&self->reader);
    rap_lexicon_destroy (&self->lexicon);
    rap_arena_destroy (&self->document_arena);
    rap_arena_destroy (&self->chunk_arena);
}

static void report (const floor_t *self, double seconds)
{
    double megabytes = (double)self->bytes / 1e6, total = 0;
    printf ("documents %" PRIu64 "  refused %" PRIu64 "  chunks %" PRIu64 "  failed %" PRIu64 "  findings %" PRIu64
            "  MB %.2f\n",
            self->documents, self->refused, self->chunks, self->failed, self->findings, megabytes);
    printf ("%-8s %9s %9s %9s\n", "stage", "CPU s", "us/chunk", "MB/s");
    for (int i = 0; i < STAGES; i++) {
        printf ("%-8s %9.3f %9.2f %9.2f\n", stage_names[i], self->cpu[i],
                self->cpu[i] * 1e6 / (double)(self->chunks ? self->chunks : 1),
                self->cpu[i] > 0 ? megabytes / self->cpu[i] : 0);
        total += self->cpu[i];
    }
    printf ("%-8s %9.3f %9.2f %9.2f\n", "all", total, total * 1e6 / (double)(self->chunks ? self->chunks : 1),
            total > 0 ? megabytes / total : 0);
    printf ("elapsed  %9.3f s  %.2f MB/s  %.0f chunks/s\n", seconds, megabytes / seconds,
            (double)self->chunks / seconds);
}

int main (int argc, char **argv)
{
    const char *db = NULL, *rules = NULL;
    int64_t rounds = 1;
    int operands = 0;
    rap_option_t options[] = {
        {.name = "db", .into = &db, .value = "FILE", .help = "database to fill", .required = true},
        {.name = "rules", .into = &rules, .value = "DIR", .help = "folder of the rules"},
        {.name = "rounds",
         .kind = RAP_OPTION_NUMBER,
         .into = &rounds,
         .value = "N",
         .help = "take the documents N times, as other documents",
         .min = 1,
         .max = 100000},
        {.name = NULL}};
    rap_usage_t usage = {.program = "floor",
                         .summary = "read, extract and store in one process, and tell what it cost",
                         .operands = "PATH...",
                         .options = options};
    int status = rap_options_read (&usage, argc, argv, &operands);
    if (status >= 0)
        return status;
    if (operands == 0)
        return rap_options_wrong (&usage, "no PATH is given");
    rap_log_init ("floor");
    floor_t self = {.lexicon = NULL};
    open_all (&self, db, rules);
    rap_paths_t paths = rap_paths_new (operands, argv + 1);

    int64_t began = rap_clock_us ();
    self.since = rap_cpu_seconds ();
    for (uint32_t round = 0; round < (uint32_t)rounds; round++)
        for (uint32_t i = 0; i < paths.count; i++)
            process_document (&self, paths.paths[i], round);
    if (self.in_group)
        end_group (&self);
    report (&self, (double)(rap_clock_us () - began) / 1e6);
    rap_paths_destroy (&paths);
    close_all (&self);
    return self.refused || self.failed ? 1 : 0;
}
