//  bench_wire: what the bytes between the processes cost, without any socket: WORK packed and read, RESULT packed and
//  read. And the state machine of dispatch alone: batches loaded, planned, sent, done, receipted.
//
//      bench_wire [--json] [--rounds N] [--rules DIR] PATH...
//
//  Medians of N rounds (default 5), CPU time; beside them, in the same run, what reading every byte of the same
//  messages once costs: the limit.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/limits.h"
#include "rapporteur/log.h"
#include "rapporteur/message.h"
#include "rapporteur/options.h"

#include "dispatch.h"
#include "documents.h"
#include "extract.h"
#include "result.h"

enum { ROUNDS_MAX = 1000, BATCH = RAP_BATCH_CHUNKS_MAX };

enum { PACK_WORK, READ_WORK, PACK_RESULT, READ_RESULT, DISPATCH, TOUCH, STEPS };
static const char *const step_names[STEPS] = {"pack WORK",   "read WORK", "pack RESULT",
                                              "read RESULT", "dispatch",  "limit: touch bytes"};

typedef struct {
    const rap_document_t *document;
    const rap_chunk_t *chunks;
    uint32_t count;
    rap_findings_t *findings; //  of each chunk
} lot_t;

typedef struct {
    rap_arena_t *kept, *arena;
    rap_packer_t *packer, *part;
    rap_result_builder_t *builder;
    lot_t *lots;
    uint32_t lots_count, lots_room;
    uint64_t chunks, bytes, findings, checked;
    rap_text_t *entries; //  encoded chunks of the lot at hand
    uint32_t entries_count;
    double times[STEPS][ROUNDS_MAX];
    double spent[STEPS];
    double since;
} bench_t;

static rap_reason_t reason;

static void must (bool well, const char *what)
{
    if (well)
        return;
    fprintf (stderr, "bench_wire: %s: %s\n", what, reason.text);
    exit (1);
}

static void lap (bench_t *self, int step)
{
    double now = rap_cpu_seconds ();
    self->spent[step] += now - self->since;
    self->since = now;
}

static void add_lots (bench_t *self, const rap_reading_t *reading, rap_extractors_t *extractors)
{
    for (uint32_t first = 0; first < reading->document.chunks; first += BATCH) {
        if (self->lots_count == self->lots_room) {
            self->lots_room = self->lots_room ? self->lots_room * 2 : 64;
            self->lots = reallocarray (self->lots, self->lots_room, sizeof *self->lots);
            must (self->lots, "memory");
        }
        uint32_t left = reading->document.chunks - first;
        lot_t *lot = &self->lots[self->lots_count++];
        *lot = (lot_t){
            .document = &reading->document, .chunks = reading->chunks + first, .count = left < BATCH ? left : BATCH};
        lot->findings = rap_arena_alloc (self->kept, lot->count * sizeof *lot->findings);
        for (uint32_t i = 0; i < lot->count; i++)
            must (rap_extractors_run (extractors, lot->document, &lot->chunks[i], self->kept, &lot->findings[i],
                                      &reason)
                      == RAP_OK,
                  "extraction");
        self->chunks += lot->count;
    }
}

static void load (bench_t *self, const char *rules, const rap_paths_t *paths)
{
    rap_lexicon_t *lexicon = rap_lexicon_new (rules, &reason);
    must (lexicon, "rules");
    rap_reader_t *reader = rap_reader_new (lexicon, &reason);
    rap_extractors_t *extractors = reader ? rap_extractors_new (lexicon, NULL, &reason) : NULL;
    must (extractors, "rules");
    for (uint32_t i = 0; i < paths->count; i++) {
        rap_reading_t *reading = rap_arena_alloc (self->kept, sizeof *reading);
        rap_text_t bytes = rap_bytes_of (paths->paths[i], self->kept);
        must (rap_document_take (reader, lexicon, paths->paths[i], bytes, i + 1, 0, self->kept, reading) == RAP_OK,
              paths->paths[i]);
        add_lots (self, reading, extractors);
    }
    //  What was found borrows from rules and reader: they stay.
}

static rap_status_t take_chunk (void *me, const rap_chunk_t *chunk, rap_text_t encoded)
{
    bench_t *self = me;
    (void)chunk;
    self->entries[self->entries_count++] = encoded;
    return RAP_OK;
}

static rap_text_t pack_work (bench_t *self, const lot_t *lot, uint64_t batch)
{
    rap_packer_reset (self->part);
    rap_pack_document (self->part, lot->document);
    rap_text_t document = rap_arena_text (self->arena, rap_packed (self->part));
    rap_packer_reset (self->part);
    rap_pack_array (self->part, lot->count);
    for (uint32_t i = 0; i < lot->count; i++)
        rap_pack_chunk (self->part, &lot->chunks[i]);
    rap_message_t message = {.type = RAP_MSG_WORK,
                             .work = {.epoch = 1,
                                      .batch = batch,
                                      .attempt = 1,
                                      .dispatched_at = RAP_TEXT ("2000-01-01T00:00:00Z"),
                                      .document = document,
                                      .chunks = rap_packed (self->part)}};
    rap_message_pack (self->packer, &message);
    return rap_packed (self->packer);
}

static void touch (bench_t *self, rap_text_t bytes)
{
    lap (self, TOUCH); //  nothing since the last lap
    for (size_t i = 0; i < bytes.len; i++)
        self->checked += (unsigned char)bytes.at[i];
    self->bytes += bytes.len;
    lap (self, TOUCH);
}

static void read_result (bench_t *self)
{
    rap_text_t frame = rap_result_take (self->builder);
    rap_message_t message;
    rap_result_entries_t entries;
    lap (self, PACK_RESULT);
    must (rap_message_read (frame, self->arena, &message, &reason) == RAP_OK
              && rap_read_entries (message.result.entries, self->arena, &entries, &reason) == RAP_OK,
          "RESULT");
    for (uint32_t i = 0; i < entries.count; i++)
        self->findings += entries.at[i].findings_count;
    lap (self, READ_RESULT);
    touch (self, frame);
}

static void run_lot (bench_t *self, const lot_t *lot, uint64_t batch)
{
    rap_message_t work;
    rap_text_t room[BATCH];
    rap_arena_reset (self->arena);
    self->entries = room;
    self->entries_count = 0;
    rap_text_t frame = pack_work (self, lot, batch);
    lap (self, PACK_WORK);
    must (rap_message_read (frame, self->arena, &work, &reason) == RAP_OK
              && rap_read_chunks (work.work.chunks, self->arena, take_chunk, self, &reason) == RAP_OK,
          "WORK");
    lap (self, READ_WORK);
    touch (self, frame);
    rap_result_t head = {.protocol = RAP_PROTOCOL_MAX,
                         .epoch = 1,
                         .batch = batch,
                         .attempt = 1,
                         .worker = RAP_TEXT ("bench"),
                         .pipeline = lot->document->pipeline,
                         .dispatched_at = work.work.dispatched_at,
                         .document = work.work.document};
    rap_result_begin (self->builder, &head);
    for (uint32_t i = 0; i < lot->count; i++)
        while (rap_result_add (self->builder, room[i], lot->findings[i].at, lot->findings[i].count, 1, &reason)
               == RAP_AGAIN)
            read_result (self);
    read_result (self);
}

//  --- dispatch ------------------------------------------------------------------------

static void on_batch (void *self, const rap_batch_t *batch)
{
    (void)self, (void)batch;
}

static void on_split (void *self, const rap_batch_t *batch, rap_batch_t *parts, uint32_t count)
{
    (void)self, (void)batch, (void)parts, (void)count;
}

static void on_quarantine (void *self, const rap_batch_t *batch, const char *cause)
{
    (void)self, (void)batch, (void)cause;
}

static rap_status_t on_send (void *self, const rap_peer_t *peer, const rap_batch_t *batch)
{
    (void)self, (void)peer, (void)batch;
    return RAP_OK;
}

static rap_status_t on_ask (void *self, uint64_t query, const rap_range_t *ranges, uint32_t count)
{
    (void)self, (void)query, (void)ranges, (void)count;
    return RAP_OK;
}

static void on_worker (void *self, const char *id, const char *event, const char *cause)
{
    (void)self, (void)id, (void)event, (void)cause;
}

//  Each lot as a batch: loaded, planned, sent, done, receipted, one after the other.
static void run_dispatch (bench_t *self)
{
    rap_dispatch_options_t options = RAP_DISPATCH_DEFAULTS;
    options.epoch = 1;
    rap_dispatch_actions_t actions = {.self = self,
                                      .count = on_batch,
                                      .finish = on_batch,
                                      .split = on_split,
                                      .quarantine = on_quarantine,
                                      .send = on_send,
                                      .ask = on_ask,
                                      .worker = on_worker};
    rap_dispatch_t *dispatch = rap_dispatch_new (&options, &actions);
    rap_peer_t peer = {.len = 1};
    rap_hello_t hello = {.protocol_min = 1,
                         .protocol_max = 1,
                         .role = RAP_TEXT ("worker"),
                         .id = RAP_TEXT ("bench"),
                         .incarnation = 1,
                         .pipeline = RAP_TEXT ("bench"),
                         .credit_batches = 4,
                         .credit_bytes = 1 << 20};
    must (rap_dispatch_hello (dispatch, 1, &peer, &hello, &reason) == RAP_OK, "HELLO");
    self->since = rap_cpu_seconds ();
    for (uint32_t i = 0; i < self->lots_count; i++) {
        const lot_t *lot = &self->lots[i];
        char id[RAP_DOCUMENT_ID_SIZE];
        snprintf (id, sizeof id, "%.*s", (int)lot->document->document_id.len, lot->document->document_id.at);
        rap_batch_t loaded = {.batch = i + 1,
                              .number = lot->document->number,
                              .first = lot->chunks[0].ordinal,
                              .count = lot->count,
                              .bytes = 1000};
        rap_message_t told = {.type = RAP_MSG_DONE, .done = {.epoch = 1, .batch = i + 1, .attempt = 1}};
        rap_range_t range = {.document_id = lot->document->document_id, .first = loaded.first, .count = loaded.count};
        rap_receipt_t receipt = {.ranges = {.at = &range, .count = 1}, .incarnation = 1};
        rap_dispatch_sink_heard (dispatch, 1, 1);
        rap_dispatch_load (dispatch, &loaded, id);
        must (rap_dispatch_plan (dispatch, 1) == 1, "dispatch");
        rap_dispatch_send (dispatch, 1);
        rap_dispatch_told (dispatch, 1, &peer, &told);
        rap_dispatch_receipt (dispatch, 1, &receipt);
    }
    lap (self, DISPATCH);
    must (rap_dispatch_counts (dispatch).loaded == 0, "dispatch: batches are left");
    rap_dispatch_destroy (&dispatch);
}

//  --- telling ---------------------------------------------------------------------------

static int by_size (const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void report (bench_t *self, int64_t rounds, bool json)
{
    printf (json ? "{\"chunks\": %" PRIu64 ", \"findings\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"us_per_chunk\": {"
                 : "chunks %" PRIu64 "  findings %" PRIu64 "  bytes %" PRIu64 "\n",
            self->chunks, self->findings / (uint64_t)rounds, self->bytes / (uint64_t)rounds);
    for (int i = 0; i < STEPS; i++) {
        qsort (self->times[i], (size_t)rounds, sizeof (double), by_size);
        double us = self->times[i][rounds / 2] * 1e6 / (double)self->chunks;
        if (json)
            printf ("%s\"%s\": %.4f", i ? ", " : "", step_names[i], us);
        else
            printf ("%-20s %8.3f us/chunk %12.0f chunks/s\n", step_names[i], us, us > 0 ? 1e6 / us : 0);
    }
    if (json)
        puts ("}}");
}

int main (int argc, char **argv)
{
    const char *rules = NULL;
    int64_t rounds = 5;
    bool json = false;
    int operands = 0;
    rap_option_t options[] = {{.name = "rules", .into = &rules, .value = "DIR", .help = "folder of the rules"},
                              {.name = "rounds",
                               .kind = RAP_OPTION_NUMBER,
                               .into = &rounds,
                               .value = "N",
                               .help = "median of N rounds",
                               .min = 1,
                               .max = ROUNDS_MAX},
                              {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "one JSON object"},
                              {.name = NULL}};
    rap_usage_t usage = {.program = "bench_wire",
                         .summary = "what packing and reading of messages costs, and dispatch alone",
                         .operands = "PATH...",
                         .options = options};
    int status = rap_options_read (&usage, argc, argv, &operands);
    if (status >= 0)
        return status;
    if (operands == 0)
        return rap_options_wrong (&usage, "no PATH is given");
    rap_log_init ("bench_wire");
    bench_t self = {.kept = rap_arena_new (),
                    .arena = rap_arena_new (),
                    .packer = rap_packer_new (),
                    .part = rap_packer_new (),
                    .builder = rap_result_builder_new ()};
    rap_paths_t paths = rap_paths_new (operands, argv + 1);
    load (&self, rules, &paths);
    for (int64_t round = 0; round < rounds; round++) {
        for (int i = 0; i < STEPS; i++)
            self.spent[i] = 0;
        self.since = rap_cpu_seconds ();
        for (uint32_t i = 0; i < self.lots_count; i++)
            run_lot (&self, &self.lots[i], i + 1);
        run_dispatch (&self);
        for (int i = 0; i < STEPS; i++)
            self.times[i][round] = self.spent[i];
    }
    report (&self, rounds, json);
    return 0;
}
