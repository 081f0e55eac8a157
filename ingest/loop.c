//  loop: see the header for what a turn does.
#include "loop.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zmq.h>

#include "rapporteur/bars.h"
#include "rapporteur/clock.h"
#include "rapporteur/endpoint.h"
#include "rapporteur/json.h"
#include "rapporteur/log.h"
#include "rapporteur/metrics.h"
#include "rapporteur/watch.h"

#include "dispatch.h"
#include "inbox.h"
#include "intake.h"
#include "journal.h"
#include "reader_process.h"
#include "report.h"
#include "uploads.h"

enum {
    IDLE_MS = 250,    //  a turn at least so often
    COMMIT_MS = 20,   //  what nobody waits for is on disk so soon
    JUDGE_MS = 50,    //  between looks at the leases
    PAUSE_MS = 1000,  //  we were stopped for longer than we wanted to wait: leases begin anew
    BEAT_MS = 1000,   //  to the sink
    NOTICE_MS = 5000, //  a notice without receipt is sent again
    NOTICES_A_TURN = 64,
    MESSAGES_A_TURN = 1000,
    SUBMITS_A_TURN = 256,
    SUBMIT_BYTES_A_TURN = 8 * 1024 * 1024,
    REST_MS = 500,       //  after the journal failed
    WELL_MS = 10000,     //  without a failure: it is well again
    DRAIN_MS = 3000,     //  at the end, for what is in flight
    HEARTBEAT_MS = 500,  //  that workers are asked for
    WAITERS_MAX = 1024,  //  peers that wait for idleness
    READS_MAX = 16,      //  beginnings of a reading that never came to an end
    READ_DEATHS_MAX = 3, //  readers that died of a document
    WORK_QUEUE = 1000,   //  messages; credit bounds them further
};

typedef struct {
    const rap_ingest_options_t *options;
    int signals;
    rap_journal_t *journal;
    rap_dispatch_t *dispatch;
    rap_reader_process_t *readers;
    rap_uploads_t *uploads;
    rap_inbox_t *inbox; //  NULL: none
    rap_gate_t *gate;   //  NULL: no keys
    rap_endpoint_t *work;
    rap_endpoint_t *submit;
    rap_endpoint_t *receipts;
    rap_arena_t *arena; //  of the message at hand
    rap_packer_t *packer;
    char *buffer; //  for standard input
    int64_t now_ms;
    int64_t turn_ms; //  the turn before
    int64_t judged_ms;
    int64_t dirty_ms; //  since when the group is open; 0: it is not
    bool commit_due;  //  somebody waits for it
    int64_t hello_ms; //  last said to the sink
    int64_t beat_ms;
    bool sink_welcomed;
    uint64_t sink_incarnation;
    uint64_t noticed; //  notices up to here were sent
    int64_t noticed_ms;
    uint64_t read_to;   //  documents up to here were given to the reader
    int64_t failing_ms; //  since when the journal fails; 0: it does not
    int64_t failed_ms;  //  the last failure
    int64_t rest_ms;    //  no new work before
    rap_intake_t *stdin_intake;
    bool stdin_open;
    bool stdin_ended; //  and waits for its commit
    rap_outcome_t stdin_outcome;
    rap_peer_t *waiters; //  that want to be told of idleness
    uint32_t waiters_count;
    bool workers_heard; //  every waiting message was
    bool draining;
    int64_t drain_ms; //  until when
    bool ended;
    int status;
    rap_watch_t watch;
    int64_t reading_ms; //  since when the document under the reader's hand is there
    uint64_t progress;  //  changes whenever something got done; for the watch alone
} loop_t;

static void refuse_message (rap_refused_cause_t cause)
{
    rap_metric_add (RAP_M_INGEST_REFUSED + cause, 1);
}

//  --- sending -------------------------------------------------------------------

static rap_status_t send_message (loop_t *self, rap_endpoint_t *endpoint, const rap_peer_t *peer,
                                  const rap_message_t *message)
{
    rap_message_pack (self->packer, message);
    rap_status_t status = rap_endpoint_send (endpoint, peer, rap_packed (self->packer));
    if (status != RAP_OK)
        rap_log (RAP_LOG_DEBUG, "message.unsent", "message", rap_message_name (message->type), NULL);
    return status;
}

static void refuse_peer (loop_t *self, rap_endpoint_t *endpoint, const rap_peer_t *peer, const char *cause)
{
    rap_message_t message = {
        .type = RAP_MSG_REFUSE,
        .refuse = {.cause = rap_text (cause), .protocol_min = RAP_PROTOCOL_MIN, .protocol_max = RAP_PROTOCOL_MAX}};
    (void)send_message (self, endpoint, peer, &message);
}

static void welcome_peer (loop_t *self, rap_endpoint_t *endpoint, const rap_peer_t *peer, uint32_t protocol_max)
{
    rap_dispatch_options_t defaults = RAP_DISPATCH_DEFAULTS;
    rap_message_t message = {
        .type = RAP_MSG_WELCOME,
        .welcome = {.protocol = protocol_max < RAP_PROTOCOL_MAX ? protocol_max : RAP_PROTOCOL_MAX,
                    .epoch = rap_journal_epoch (self->journal),
                    .heartbeat_ms = HEARTBEAT_MS,
                    .lease_ms = (uint32_t)defaults.lease_ms}};
    (void)send_message (self, endpoint, peer, &message);
}

//  --- what dispatch acts through ----------------------------------------------------
//  A journal that fails remembers it; the commit at the end of the turn deals with it.

static void act_count (void *self, const rap_batch_t *batch)
{
    ((loop_t *)self)->progress++;
    (void)rap_journal_count (((loop_t *)self)->journal, batch);
}

static void act_finish (void *self, const rap_batch_t *batch)
{
    ((loop_t *)self)->progress++;
    rap_metric_add (RAP_M_INGEST_RECEIPTS, batch->count);
    if (batch->sent_ms)
        rap_metric_slow (RAP_M_INGEST_RECEIPT_SECONDS, (((loop_t *)self)->now_ms - batch->sent_ms) * 1000);
    (void)rap_journal_finish (((loop_t *)self)->journal, batch);
}

static void act_split (void *self, const rap_batch_t *batch, rap_batch_t *parts, uint32_t parts_count)
{
    static uint64_t unwritten = UINT64_C (1)
                                << 62; //  numbers for parts that the journal could not write: forgotten soon
    ((loop_t *)self)->progress++;
    rap_metric_add (RAP_M_INGEST_SPLITS, 1);
    rap_logf (RAP_LOG_WARN, "batch.split", "batch=%" PRIu64 " number=%" PRIu64 " first=%u count=%u parts=%u",
              batch->batch, batch->number, batch->first, batch->count, parts_count);
    if (rap_journal_split (((loop_t *)self)->journal, batch, parts, parts_count) == RAP_OK)
        return;
    for (uint32_t i = 0; i < parts_count; i++)
        parts[i].batch = unwritten++;
}

static void act_quarantine (void *self, const rap_batch_t *batch, const char *cause)
{
    loop_t *loop = self;
    char id[RAP_DOCUMENT_ID_SIZE], ordinal[16], attempts[16];
    rap_journal_id (loop->journal, batch->number, id);
    snprintf (ordinal, sizeof ordinal, "%" PRIu32, batch->first);
    snprintf (attempts, sizeof attempts, "%" PRIu32, batch->attempts);
    rap_log (RAP_LOG_ERROR, "chunk.quarantined", "document", id, "ordinal", ordinal, "attempts", attempts, "cause",
             cause, NULL);
    rap_metric_add (RAP_M_INGEST_QUARANTINED, 1);
    (void)rap_journal_quarantine (loop->journal, batch, cause);
    loop->commit_due = true;
}

static void act_tried (void *self, const rap_tried_t *tried)
{
    (void)rap_journal_tried (((loop_t *)self)->journal, tried);
}

static rap_status_t act_send (void *self, const rap_peer_t *peer, const rap_batch_t *batch)
{
    loop_t *loop = self;
    char now[RAP_TIME_MAX];
    rap_message_t message = {.type = RAP_MSG_WORK,
                             .work = {.epoch = rap_journal_epoch (loop->journal),
                                      .batch = batch->batch,
                                      .attempt = batch->attempts,
                                      .alone = batch->alone,
                                      .dispatched_at = rap_text (rap_clock_utc (now))}};
    if (rap_journal_payload (loop->journal, batch, &message.work.document, &message.work.chunks) != RAP_OK)
        return RAP_AGAIN;
    rap_status_t status = send_message (loop, loop->work, peer, &message);
    loop->progress++;
    rap_metric_add (RAP_M_INGEST_ATTEMPTS, status == RAP_OK);
    return status;
}

static rap_status_t act_ask (void *self, uint64_t query, const rap_range_t *ranges, uint32_t count)
{
    loop_t *loop = self;
    rap_message_t message = {.type = RAP_MSG_OPEN,
                             .open = {.query = query, .ranges = {.at = ranges, .count = count}}};
    rap_logf (RAP_LOG_DEBUG, "sink.asked", "query=%" PRIu64 " ranges=%u", query, count);
    return send_message (loop, loop->receipts, NULL, &message);
}

static void act_worker (void *self, const char *id, const char *event, const char *cause)
{
    ((loop_t *)self)->progress++;
    rap_log (strcmp (event, "worker.died") == 0 ? RAP_LOG_WARN : RAP_LOG_INFO, event, "worker", id, "cause",
             cause ? cause : "", NULL);
}

//  --- what the reader acts through ----------------------------------------------------

static rap_status_t act_piece (void *self, uint64_t body, uint32_t piece, rap_text_t *bytes)
{
    return rap_journal_body_piece (((loop_t *)self)->journal, body, piece, bytes);
}

static void act_batch (void *self, uint64_t number, uint32_t first, uint32_t count, rap_text_t chunks)
{
    ((loop_t *)self)->progress++;
    (void)rap_journal_add_batch (((loop_t *)self)->journal, number, first, count, chunks);
}

static void act_done (void *self, const rap_document_t *document)
{
    char id[RAP_DOCUMENT_ID_SIZE];
    loop_t *loop = self;
    loop->progress++;
    rap_metric_add (RAP_M_INGEST_READ, 1);
    rap_metric_slow (RAP_M_INGEST_READ_SECONDS, (loop->now_ms - loop->reading_ms) * 1000);
    loop->reading_ms = loop->now_ms;
    snprintf (id, sizeof id, "%.*s", (int)document->document_id.len, document->document_id.at);
    rap_logf (RAP_LOG_INFO, "document.read", "document=%s number=%" PRIu64 " chunks=%u", id, document->number,
              document->chunks);
    (void)rap_journal_read_done (((loop_t *)self)->journal, document);
}

static void act_refused (void *self, uint64_t number, const char *reason)
{
    loop_t *loop = self;
    char id[RAP_DOCUMENT_ID_SIZE];
    rap_journal_id (loop->journal, number, id);
    rap_log (RAP_LOG_ERROR, "document.quarantined", "document", id, "cause", reason, NULL);
    loop->progress++;
    loop->reading_ms = loop->now_ms;
    rap_metric_add (RAP_M_INGEST_SETTLED, 1);
    rap_metric_add (RAP_M_INGEST_QUARANTINED, 1);
    (void)rap_journal_read_refused (loop->journal, number, reason, 1);
    loop->commit_due = true;
}

//  The death is durable before the document is read again.
static bool act_died (void *self, uint64_t number, const char *cause)
{
    loop_t *loop = self;
    rap_unread_t unread;
    rap_reason_t reason;
    char id[RAP_DOCUMENT_ID_SIZE];
    loop->commit_due = true;
    loop->progress++;
    loop->reading_ms = loop->now_ms;
    rap_metric_add (RAP_M_INGEST_READER_DEATHS, 1);
    rap_journal_id (loop->journal, number, id);
    rap_log (RAP_LOG_ERROR, "reader.died", "document", id, "cause", cause, NULL);
    rap_tried_t tried = {.number = number, .worker = "reader", .held_ms = -1, .outcome = "died", .cause = cause};
    (void)rap_journal_tried (loop->journal, &tried);
    if (rap_journal_read_undone (loop->journal, number) != RAP_OK
        || rap_journal_read_died (loop->journal, number) != RAP_OK
        || rap_journal_unread (loop->journal, number - 1, &unread) != RAP_OK || unread.document.number != number)
        return false; //  the journal failed: all is loaded anew
    if (unread.deaths < READ_DEATHS_MAX)
        return true;
    rap_refuse (&reason, "%u readers died of it; the last: %s", unread.deaths, cause);
    act_refused (self, number, reason.text);
    return false;
}

//  --- the sink --------------------------------------------------------------------

static void hear_sink (loop_t *self, uint64_t incarnation)
{
    if (self->sink_incarnation != incarnation) {
        rap_logf (RAP_LOG_INFO, "sink.alive", "incarnation=%" PRIu64, incarnation);
        self->noticed = 0; //  what was told to another one may be lost
        self->hello_ms = 0;
        self->sink_welcomed = false;
    }
    self->sink_incarnation = incarnation;
    rap_dispatch_sink_heard (self->dispatch, self->now_ms, incarnation);
}

static void hear_receipt (loop_t *self, const rap_receipt_t *receipt)
{
    hear_sink (self, receipt->incarnation);
    rap_dispatch_receipt (self->dispatch, self->now_ms, receipt);
    if (receipt->notice)
        (void)rap_journal_noticed (self->journal, receipt->notice);
}

static void hear_receipts (loop_t *self)
{
    rap_text_t frame;
    rap_reason_t reason;
    for (int i = 0; i < MESSAGES_A_TURN && rap_endpoint_receive (self->receipts, NULL, &frame) == RAP_OK; i++) {
        rap_message_t message;
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, &reason) != RAP_OK) {
            refuse_message (RAP_REFUSED_MALFORMED);
            rap_log (RAP_LOG_WARN, "message.refused", "socket", "receipts", "reason", reason.text, NULL);
        } else if (message.type == RAP_MSG_WELCOME) {
            hear_sink (self, message.welcome.incarnation);
            self->sink_welcomed = true;
        } else if (message.type == RAP_MSG_RECEIPT)
            hear_receipt (self, &message.receipt);
        else if (message.type == RAP_MSG_REFUSE) {
            self->sink_welcomed = false;
            rap_log (RAP_LOG_WARN, "sink.refused", "cause", rap_arena_text (self->arena, message.refuse.cause).at,
                     NULL);
        }
    }
}

//  HELLO until it is welcome; then a heartbeat, which is answered.
static void speak_to_sink (loop_t *self)
{
    if (!rap_dispatch_sink_alive (self->dispatch, self->now_ms))
        self->sink_welcomed = false;
    if (!self->sink_welcomed && self->now_ms - self->hello_ms >= BEAT_MS) {
        rap_message_t hello = {.type = RAP_MSG_HELLO,
                               .hello = {.protocol_min = RAP_PROTOCOL_MIN,
                                         .protocol_max = RAP_PROTOCOL_MAX,
                                         .role = RAP_TEXT ("ingest"),
                                         .id = rap_text (rap_journal_name (self->journal)),
                                         .incarnation = rap_journal_epoch (self->journal),
                                         .epoch = rap_journal_epoch (self->journal)}};
        self->hello_ms = self->now_ms;
        (void)send_message (self, self->receipts, NULL, &hello);
    }
    if (self->sink_welcomed && self->now_ms - self->beat_ms >= BEAT_MS) {
        rap_message_t beat = {.type = RAP_MSG_HEARTBEAT};
        self->beat_ms = self->now_ms;
        (void)send_message (self, self->receipts, NULL, &beat);
    }
}

typedef struct {
    loop_t *loop;
    bool full;
} notifying_t;

static void send_notice (void *visitor, const rap_notice_t *notice)
{
    notifying_t *self = visitor;
    rap_message_t message = {.type = RAP_MSG_NOTICE, .notice = *notice};
    if (self->full)
        return;
    self->full = send_message (self->loop, self->loop->receipts, NULL, &message) != RAP_OK;
    if (!self->full)
        self->loop->noticed = notice->notice;
}

//  Only what is on disk is told.
static void send_notices (loop_t *self)
{
    if (!self->sink_welcomed || rap_journal_dirty (self->journal))
        return;
    if (self->now_ms - self->noticed_ms >= NOTICE_MS) {
        self->noticed = 0;
        self->noticed_ms = self->now_ms;
    }
    notifying_t notifying = {.loop = self};
    (void)rap_journal_notices (self->journal, self->noticed, NOTICES_A_TURN, send_notice, &notifying);
}

//  --- workers -----------------------------------------------------------------------

static void hear_worker (loop_t *self, const rap_peer_t *peer, const rap_message_t *message)
{
    rap_reason_t reason;
    switch (message->type) {
    case RAP_MSG_HELLO:
        if (rap_dispatch_hello (self->dispatch, self->now_ms, peer, &message->hello, &reason) == RAP_OK)
            welcome_peer (self, self->work, peer, message->hello.protocol_max);
        else {
            refuse_message (RAP_REFUSED_UNFIT);
            rap_log (RAP_LOG_WARN, "worker.refused", "worker", rap_arena_text (self->arena, message->hello.id).at,
                     "cause", reason.text, NULL);
            refuse_peer (self, self->work, peer, reason.text);
        }
        break;
    case RAP_MSG_HEARTBEAT:
    case RAP_MSG_DONE:
    case RAP_MSG_FAIL:
    case RAP_MSG_RETURN:
    case RAP_MSG_BYE:
        rap_metric_add (RAP_M_INGEST_FAILS, message->type == RAP_MSG_FAIL);
        rap_metric_add (RAP_M_INGEST_RETURNS, message->type == RAP_MSG_RETURN);
        if (rap_dispatch_told (self->dispatch, self->now_ms, peer, message) != RAP_OK) {
            refuse_message (RAP_REFUSED_UNKNOWN);
            refuse_peer (self, self->work, peer, "unknown");
        }
        break;
    default:
        refuse_message (RAP_REFUSED_UNEXPECTED);
        rap_log (RAP_LOG_WARN, "message.refused", "socket", "work", "message", rap_message_name (message->type),
                 NULL);
    }
}

static void hear_workers (loop_t *self)
{
    rap_peer_t peer;
    rap_text_t frame;
    rap_reason_t reason;
    self->workers_heard = false;
    for (int i = 0; i < MESSAGES_A_TURN; i++) {
        rap_message_t message;
        if (rap_endpoint_receive (self->work, &peer, &frame) != RAP_OK) {
            self->workers_heard = true;
            return;
        }
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, &reason) == RAP_OK)
            hear_worker (self, &peer, &message);
        else {
            refuse_message (RAP_REFUSED_MALFORMED);
            rap_log (RAP_LOG_WARN, "message.refused", "socket", "work", "reason", reason.text, NULL);
        }
    }
}

//  --- idleness and its report ---------------------------------------------------------

static bool nothing_open (const loop_t *self)
{
    rap_journal_counts_t counts = rap_journal_counts (self->journal);
    return !counts.taken && !counts.split && !counts.notices && !self->stdin_open
           && !(self->inbox && (rap_inbox_busy (self->inbox) || rap_inbox_waiting (self->inbox)));
}

static void send_report (loop_t *self, const rap_peer_t *peer, bool ok, const char *text)
{
    rap_message_t message = {.type = RAP_MSG_REPORT, .report = {.ok = ok, .report = rap_text (text)}};
    (void)send_message (self, self->submit, peer, &message);
}

static void send_status (loop_t *self, const rap_peer_t *peer)
{
    rap_report_input_t input = {.journal = self->journal,
                                .dispatch = self->dispatch,
                                .pipeline = rap_reader_process_pipeline (self->readers),
                                .now_ms = self->now_ms,
                                .stuck_ms = self->options->common.stuck_s * 1000,
                                .reading = rap_reader_process_queued (self->readers),
                                .uploads = rap_uploads_count (self->uploads),
                                .inbox = self->inbox && rap_inbox_busy (self->inbox),
                                .idle = nothing_open (self) && !rap_journal_dirty (self->journal),
                                .draining = self->draining,
                                .failing = self->failing_ms != 0};
    char *json = rap_report_json (&input);
    send_report (self, peer, true, json);
    free (json);
}

static void tell_waiters (loop_t *self)
{
    if (!nothing_open (self) || rap_journal_dirty (self->journal))
        return;
    for (uint32_t i = 0; i < self->waiters_count; i++)
        send_status (self, &self->waiters[i]);
    self->waiters_count = 0;
}

//  --- groups --------------------------------------------------------------------------

//  Nothing of the group happened. All that is in memory is loaded anew.
static void forget_all (loop_t *self, const rap_reason_t *reason)
{
    rap_log (RAP_LOG_ERROR, "journal.failed", "reason", reason->text, "advice",
             "nothing was acknowledged; free disk space and check its health", NULL);
    rap_dispatch_forget (self->dispatch);
    rap_journal_rewind (self->journal);
    rap_reader_process_forget (self->readers);
    rap_uploads_failed (self->uploads, reason->text);
    if (self->inbox)
        rap_inbox_failed (self->inbox);
    if (self->stdin_ended || self->stdin_intake) {
        rap_log (RAP_LOG_ERROR, "stdin.lost", "reason", "it cannot be read a second time", NULL);
        rap_intake_lost (&self->stdin_intake);
        self->stdin_ended = self->stdin_open = false;
        self->status = 1;
    }
    self->read_to = 0;
    self->noticed = 0;
    if (!self->failing_ms)
        self->failing_ms = self->now_ms;
    rap_metric_add (RAP_M_INGEST_FAILURES, 1);
    self->failed_ms = self->now_ms;
    self->rest_ms = self->now_ms + REST_MS;
    if (self->now_ms - self->failing_ms < self->options->give_up_s * 1000)
        return;
    rap_log (RAP_LOG_ERROR, "ingest.gave_up", "reason", "the journal could not be written for too long", NULL);
    self->ended = true;
    self->status = 1;
}

static bool group_is_due (const loop_t *self)
{
    return self->commit_due || rap_uploads_waiting (self->uploads) || self->waiters_count || self->stdin_ended
           || (self->inbox && rap_inbox_waiting (self->inbox)) || rap_journal_failure (self->journal)[0]
           || nothing_open (self) || self->now_ms - self->dirty_ms >= COMMIT_MS;
}

//  Commits if it is due; then sends and answers what waited for that.
static void end_group (loop_t *self)
{
    rap_reason_t reason;
    bool dirty = rap_journal_dirty (self->journal);
    if (dirty && !self->dirty_ms)
        self->dirty_ms = self->now_ms;
    if (dirty && !group_is_due (self))
        return;
    self->commit_due = false;
    self->dirty_ms = 0;
    int64_t began_us = dirty ? rap_clock_us () : 0;
    if (dirty && rap_journal_commit (self->journal, &reason) != RAP_OK) {
        forget_all (self, &reason);
        return;
    }
    if (dirty)
        rap_metric_quick (RAP_M_INGEST_COMMIT_SECONDS, rap_clock_us () - began_us);
    if (self->failing_ms && self->now_ms - self->failed_ms > WELL_MS)
        self->failing_ms = 0;
    rap_uploads_committed (self->uploads);
    if (self->inbox)
        rap_inbox_committed (self->inbox);
    if (self->stdin_ended) {
        rap_log (RAP_LOG_INFO, "stdin.taken", "document", self->stdin_outcome.document_id, "answer",
                 rap_intake_word (self->stdin_outcome.result), "cause", self->stdin_outcome.cause.text, NULL);
        self->stdin_ended = self->stdin_open = false;
    }
    rap_dispatch_send (self->dispatch, self->now_ms);
}

//  --- submitters ----------------------------------------------------------------------

static void drain (loop_t *self)
{
    if (self->draining)
        return;
    rap_log (RAP_LOG_INFO, "ingest.draining", NULL);
    self->draining = true;
    self->drain_ms = self->now_ms + DRAIN_MS;
    rap_dispatch_drain (self->dispatch);
    rap_uploads_close (self->uploads);
}

//  Commits what was ordered of a document, and tells: what was `done` with what of it.
static void report_order (loop_t *self, const rap_peer_t *peer, const rap_command_t *command, rap_status_t status,
                          const char *done, const char *word, rap_reason_t *reason)
{
    char json[RAP_JSON_ROOM (RAP_REASON_MAX) + 32];
    self->commit_due = status != RAP_REFUSED;
    end_group (self);
    if (status == RAP_FAILED || (status == RAP_OK && self->failed_ms == self->now_ms))
        status = rap_fail (reason, "the journal cannot be written; try again later");
    char *end = json + sprintf (json, "{\"%s\": ", status == RAP_OK ? done : "error");
    end = rap_json_quote (end, rap_text (status == RAP_OK ? word : reason->text));
    memcpy (end, "}", 2);
    rap_metric_add (RAP_M_INGEST_RELEASED, status == RAP_OK);
    char event[32];
    snprintf (event, sizeof event, "document.%s", done);
    rap_log (RAP_LOG_INFO, event, "document", rap_arena_text (self->arena, command->document_id).at, "result", json,
             "who", rap_arena_text (self->arena, command->who).at, NULL);
    send_report (self, peer, status == RAP_OK, json);
}

static void release (loop_t *self, const rap_peer_t *peer, const rap_command_t *command)
{
    bool whole = false;
    rap_reason_t reason;
    rap_status_t status =
        rap_journal_release (self->journal, command->document_id, command->ordinal, &whole, &reason);
    if (status == RAP_OK && whole)
        self->read_to = 0;
    report_order (self, peer, command, status, "released", whole ? "document" : "chunks", &reason);
}

//  What the store has lost is processed anew.
static void renew (loop_t *self, const rap_peer_t *peer, const rap_command_t *command)
{
    rap_reason_t reason;
    rap_status_t status = rap_journal_renew (self->journal, command->document_id, &reason);
    if (status == RAP_OK)
        self->read_to = 0;
    report_order (self, peer, command, status, "released", "document", &reason);
}

static void drop (loop_t *self, const rap_peer_t *peer, const rap_command_t *command)
{
    uint32_t chunks = 0;
    rap_reason_t reason;
    rap_status_t status = rap_journal_drop (self->journal, command, &chunks, &reason);
    report_order (self, peer, command, status, "dropped", chunks ? "chunks" : "document", &reason);
}

//  What the ingest has in memory of a document, or of one of its chunks.
static void send_why (loop_t *self, const rap_peer_t *peer, const rap_command_t *command)
{
    char *json =
        rap_report_why (self->dispatch, self->now_ms, command->document_id, command->ordinal, self->failing_ms != 0);
    send_report (self, peer, true, json);
    free (json);
}

static void obey (loop_t *self, const rap_peer_t *peer, const rap_command_t *command)
{
    if (rap_text_equal (command->command, RAP_TEXT ("status")))
        send_status (self, peer);
    else if (rap_text_equal (command->command, RAP_TEXT ("wait"))) {
        if (self->waiters_count < WAITERS_MAX)
            self->waiters[self->waiters_count++] = *peer;
        else
            send_report (self, peer, false, "{\"error\": \"too many peers wait already\"}");
    } else if (rap_text_equal (command->command, RAP_TEXT ("release")))
        release (self, peer, command);
    else if (rap_text_equal (command->command, RAP_TEXT ("renew")))
        renew (self, peer, command);
    else if (rap_text_equal (command->command, RAP_TEXT ("drop")))
        drop (self, peer, command);
    else if (rap_text_equal (command->command, RAP_TEXT ("why")))
        send_why (self, peer, command);
    else if (rap_text_equal (command->command, RAP_TEXT ("drain"))) {
        drain (self);
        send_report (self, peer, true, "{\"draining\": true}");
    } else
        send_report (self, peer, false,
                     "{\"error\": \"known commands are status, wait, release, drop, renew, why, drain\"}");
}

static void hear_submitter (loop_t *self, const rap_peer_t *peer, const rap_message_t *message)
{
    switch (message->type) {
    case RAP_MSG_HELLO:
        if (message->hello.protocol_min > RAP_PROTOCOL_MAX || message->hello.protocol_max < RAP_PROTOCOL_MIN) {
            refuse_message (RAP_REFUSED_UNFIT);
            refuse_peer (self, self->submit, peer, "no protocol version in common");
        } else
            welcome_peer (self, self->submit, peer, message->hello.protocol_max);
        break;
    case RAP_MSG_SUBMIT:
    case RAP_MSG_PIECE:
        rap_uploads_told (self->uploads, self->now_ms, peer, message);
        break;
    case RAP_MSG_COMMAND:
        obey (self, peer, &message->command);
        break;
    case RAP_MSG_BYE:
        break;
    default:
        refuse_message (RAP_REFUSED_UNEXPECTED);
        rap_log (RAP_LOG_WARN, "message.refused", "socket", "submit", "message", rap_message_name (message->type),
                 NULL);
    }
}

static void hear_submitters (loop_t *self)
{
    rap_peer_t peer;
    rap_text_t frame;
    rap_reason_t reason;
    size_t bytes = 0;
    for (int i = 0; i < SUBMITS_A_TURN && bytes < SUBMIT_BYTES_A_TURN; i++) {
        rap_message_t message;
        if (rap_endpoint_receive (self->submit, &peer, &frame) != RAP_OK)
            return;
        bytes += frame.len;
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, &reason) == RAP_OK) {
            hear_submitter (self, &peer, &message);
            continue;
        }
        refuse_message (RAP_REFUSED_MALFORMED);
        rap_log (RAP_LOG_WARN, "message.refused", "socket", "submit", "reason", reason.text, NULL);
        refuse_peer (self, self->submit, &peer, reason.text);
    }
}

//  --- standard input ------------------------------------------------------------------

static void end_stdin (loop_t *self, rap_status_t status, const rap_reason_t *reason)
{
    if (status == RAP_OK)
        self->stdin_ended = true;
    else if (status == RAP_REFUSED) {
        rap_log (RAP_LOG_ERROR, "stdin.refused", "reason", reason->text, NULL);
        self->stdin_open = false;
    } //  RAP_FAILED: the rollback says so
}

static void take_stdin (loop_t *self)
{
    rap_reason_t reason;
    rap_stated_t stated = {.source = rap_text (self->options->stdin_name)};
    if (strcmp (self->options->stdin_name, "-") != 0)
        stated.key = stated.source; //  '-' names nothing that could have versions
    ssize_t got = read (STDIN_FILENO, self->buffer, RAP_PIECE_BYTES_MAX);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (!self->stdin_intake)
        self->stdin_intake = rap_intake_new (self->journal);
    rap_status_t status = RAP_OK;
    if (got > 0) {
        uint64_t bytes = rap_intake_bytes (self->stdin_intake) + (uint64_t)got;
        status = rap_intake_add (self->stdin_intake, rap_text_of (self->buffer, (size_t)got), &reason);
        if (status != RAP_REFUSED)
            return;
        rap_intake_destroy (&self->stdin_intake);
        status = rap_intake_too_large (self->journal, &stated, bytes, NULL, &self->stdin_outcome, &reason);
    } else {
        status = rap_intake_check (&stated, &reason);
        if (status == RAP_OK)
            status = rap_intake_end (&self->stdin_intake, &stated, NULL, &self->stdin_outcome, &reason);
        else
            rap_intake_destroy (&self->stdin_intake);
    }
    end_stdin (self, status, &reason);
}

//  --- giving out ----------------------------------------------------------------------

static void feed_reader (loop_t *self)
{
    rap_unread_t unread;
    uint32_t chunks = rap_dispatch_batch_chunks (self->dispatch, rap_journal_counts (self->journal).open_bytes);
    while (rap_reader_process_wants (self->readers)
           && rap_journal_unread (self->journal, self->read_to, &unread) == RAP_OK) {
        uint64_t number = self->read_to = unread.document.number;
        if (rap_reader_process_has (self->readers, number))
            continue;
        if (unread.reads >= READS_MAX) {
            rap_reason_t reason;
            rap_refuse (&reason, "reading it was begun %u times and never came to an end", unread.reads);
            act_refused (self, number, reason.text);
            continue;
        }
        if (!rap_reader_process_queued (self->readers))
            self->reading_ms = self->now_ms;
        rap_reader_process_give (self->readers, &unread.document, unread.body, chunks);
        if (rap_journal_read_begun (self->journal, number) != RAP_OK)
            return;
        self->commit_due = true;
    }
}

static void load_batch (void *self, const rap_batch_t *batch, const char *document_id)
{
    rap_dispatch_load (((loop_t *)self)->dispatch, batch, document_id);
}

static void give_out (loop_t *self)
{
    if (self->workers_heard && self->now_ms - self->judged_ms >= JUDGE_MS) {
        rap_dispatch_judge (self->dispatch, self->now_ms);
        self->judged_ms = self->now_ms;
    }
    if (self->now_ms < self->rest_ms || self->draining)
        return;
    feed_reader (self);
    (void)rap_journal_load (self->journal, rap_dispatch_room (self->dispatch), load_batch, self);
    if (rap_dispatch_plan (self->dispatch, self->now_ms))
        self->commit_due = true;
}

//  --- the turn ------------------------------------------------------------------------

enum { POLL_MAX = 8 };

static void wait_for_something (loop_t *self)
{
    zmq_pollitem_t items[POLL_MAX] = {{.socket = rap_endpoint_socket (self->work), .events = ZMQ_POLLIN},
                                      {.socket = rap_endpoint_socket (self->submit), .events = ZMQ_POLLIN},
                                      {.socket = rap_endpoint_socket (self->receipts), .events = ZMQ_POLLIN},
                                      {.fd = self->signals, .events = ZMQ_POLLIN},
                                      {.fd = rap_reader_process_control (self->readers), .events = ZMQ_POLLIN}};
    int count = 5;
    int64_t resting_ms = self->rest_ms > self->now_ms ? self->rest_ms - self->now_ms : 0;
    int64_t timeout_ms = IDLE_MS;
    if (rap_reader_process_data (self->readers) >= 0)
        items[count++] = (zmq_pollitem_t){
            .fd = rap_reader_process_data (self->readers),
            .events = (short)(ZMQ_POLLIN | (rap_reader_process_writes (self->readers) ? ZMQ_POLLOUT : 0))};
    if (self->inbox && !self->draining)
        items[count++] = (zmq_pollitem_t){.fd = rap_inbox_fd (self->inbox), .events = ZMQ_POLLIN};
    if (self->stdin_open && !self->stdin_ended && !resting_ms && !self->draining)
        items[count++] = (zmq_pollitem_t){.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
    if (self->dirty_ms)
        timeout_ms = COMMIT_MS;
    if (self->inbox && rap_inbox_busy (self->inbox) && !self->draining)
        timeout_ms = resting_ms;
    if (zmq_poll (items, count, (long)timeout_ms) < 0 && errno != EINTR) {
        rap_log (RAP_LOG_ERROR, "poll.failed", "reason", zmq_strerror (errno), NULL);
        self->ended = true;
        self->status = 1;
    }
    bool stdin_ready = count && items[count - 1].fd == STDIN_FILENO && !items[count - 1].socket
                       && items[count - 1].revents && self->stdin_open;
    if (stdin_ready)
        take_stdin (self);
}

static void reload (loop_t *self)
{
    if (!self->draining && rap_daemon_reload (&self->options->common))
        rap_reader_process_renew (self->readers, self->options->rules);
}

static void hear_signals (loop_t *self)
{
    for (int signal; (signal = rap_signals_read (self->signals)) != 0;)
        if (signal == SIGTERM || signal == SIGINT)
            drain (self);
        else if (signal == SIGHUP)
            reload (self);
}

static void hear_files (loop_t *self)
{
    rap_reason_t reason;
    if (rap_reader_process_hear (self->readers, self->now_ms, &reason) != RAP_OK) {
        rap_log (RAP_LOG_ERROR, "reader.gone", "reason", reason.text, NULL);
        self->ended = true;
        self->status = 1;
    }
    if (!self->inbox || self->draining)
        return;
    rap_inbox_look (self->inbox);
    if (self->now_ms >= self->rest_ms)
        rap_inbox_step (self->inbox);
}

static void end_drain (loop_t *self)
{
    if (!self->draining)
        return;
    if (rap_dispatch_counts (self->dispatch).flying && self->now_ms < self->drain_ms
        && rap_dispatch_sink_alive (self->dispatch, self->now_ms))
        return;
    self->commit_due = true;
    end_group (self);
    self->ended = true;
}

//  --- for whoever watches ---------------------------------------------------------------

typedef struct {
    uint64_t chunks; //  done by workers that are here
    uint64_t blocked;
    uint64_t batches_given, batches_used;
    uint64_t bytes_given, bytes_used;
} crowd_t;

static void sum_worker (void *crowd, const rap_worker_view_t *worker)
{
    crowd_t *self = crowd;
    self->chunks += worker->chunks;
    self->blocked += worker->blocked;
    self->batches_given += worker->credit_batches;
    self->batches_used += worker->held_batches;
    self->bytes_given += worker->credit_bytes;
    self->bytes_used += worker->held_bytes;
}

static void show_crowd (const crowd_t *crowd, const rap_dispatch_counts_t *given)
{
    rap_metric_set (RAP_M_INGEST_WORKERS, given->workers);
    rap_metric_set (RAP_M_INGEST_WORKERS_BLOCKED, crowd->blocked);
    rap_metric_set (RAP_M_INGEST_CREDIT, crowd->batches_given);
    rap_metric_set (RAP_M_INGEST_CREDIT + 1, crowd->batches_used);
    rap_metric_set (RAP_M_INGEST_CREDIT_BYTES, crowd->bytes_given);
    rap_metric_set (RAP_M_INGEST_CREDIT_BYTES + 1, crowd->bytes_used);
}

//  In the order of the labels' values.
static void show_counts (const loop_t *self, const rap_journal_counts_t *kept, const rap_dispatch_counts_t *given)
{
    const uint64_t documents[] = {kept->taken, kept->split, kept->complete, kept->quarantined, kept->dropped};
    const uint64_t chunks[] = {kept->open_chunks, given->flying_chunks, kept->stored_chunks, kept->quarantined_chunks,
                               kept->dropped_chunks};
    const uint64_t batches[] = {kept->open_batches, given->loaded, given->waiting, given->flying};
    for (unsigned i = 0; i < RAP_SLOTS_DOCUMENTS; i++)
        rap_metric_set (RAP_M_INGEST_DOCUMENTS + i, documents[i]);
    for (unsigned i = 0; i < RAP_SLOTS_CHUNKS; i++)
        rap_metric_set (RAP_M_INGEST_CHUNKS + i, chunks[i]);
    for (unsigned i = 0; i < RAP_SLOTS_BATCHES; i++)
        rap_metric_set (RAP_M_INGEST_BATCHES + i, batches[i]);
    rap_metric_set (RAP_M_INGEST_BACKLOG_BYTES, kept->open_bytes);
    rap_metric_set (RAP_M_INGEST_FLYING_BYTES, given->flying_bytes);
    rap_metric_set (RAP_M_INGEST_LOST, given->deaths);
    rap_metric_set (RAP_M_INGEST_LATE, given->ignored);
    rap_metric_set (RAP_M_INGEST_NOTICES, kept->notices);
    rap_metric_set (RAP_M_INGEST_READING, rap_reader_process_queued (self->readers));
    rap_metric_set (RAP_M_INGEST_UPLOADS, rap_uploads_count (self->uploads));
    rap_metric_set (RAP_M_INGEST_FAILING, self->failing_ms != 0);
    rap_metric_set (RAP_M_INGEST_SINK, rap_dispatch_sink_alive (self->dispatch, self->now_ms));
}

//  It cannot go on without a sink, a disk and workers. What the reader has under its
//  hand is bounded by itself.
static void show_fare (loop_t *self)
{
    char doing[160];
    crowd_t crowd = {0};
    rap_journal_counts_t kept = rap_journal_counts (self->journal);
    rap_dispatch_counts_t given = rap_dispatch_counts (self->dispatch);
    rap_dispatch_workers (self->dispatch, self->now_ms, sum_worker, &crowd);
    show_crowd (&crowd, &given);
    show_counts (self, &kept, &given);
    bool sink = rap_dispatch_sink_alive (self->dispatch, self->now_ms);
    bool unread = kept.taken && !rap_reader_process_queued (self->readers);
    rap_fare_t fare = {.failing = self->failing_ms != 0,
                       .draining = self->draining,
                       .alone = !sink,
                       .unattended = kept.open_batches && !given.workers};
    fare.busy = !fare.failing && !fare.draining && ((sink && given.workers && kept.open_batches) || unread);
    snprintf (doing, sizeof doing,
              "%s%" PRIu64 " documents to read, %" PRIu64 " batches open, %u in flight, %u workers%s",
              self->draining ? "ending; " : "", kept.taken, kept.open_batches, given.flying, given.workers,
              fare.failing ? "; the journal cannot be written"
              : sink       ? ""
                           : "; no sink");
    rap_metrics_name (rap_reader_process_pipeline (self->readers));
    rap_watch_tell (&self->watch, self->now_ms, self->progress + crowd.chunks, &fare, doing);
}

//  Where keys have changed, peers come anew: workers say HELLO again, and so do we.
static void mind_endpoints (loop_t *self)
{
    if (rap_endpoint_mind (self->work, self->now_ms))
        rap_dispatch_part (self->dispatch, self->now_ms, "keys have changed");
    (void)rap_endpoint_mind (self->submit, self->now_ms);
    if (rap_endpoint_mind (self->receipts, self->now_ms)) {
        self->sink_welcomed = false;
        self->hello_ms = self->now_ms - BEAT_MS;
        self->noticed = 0;
    }
}

static void turn (loop_t *self)
{
    wait_for_something (self);
    self->now_ms = rap_clock_ms ();
    if (self->now_ms - self->turn_ms > PAUSE_MS)
        rap_dispatch_woke (self->dispatch, self->now_ms);
    self->turn_ms = self->now_ms;
    hear_signals (self);
    hear_receipts (self);
    hear_workers (self);
    hear_submitters (self);
    hear_files (self);
    give_out (self);
    end_group (self);
    if (self->now_ms >= self->rest_ms)
        rap_reader_process_send (self->readers, self->now_ms);
    speak_to_sink (self);
    send_notices (self);
    rap_uploads_expire (self->uploads, self->now_ms);
    tell_waiters (self);
    mind_endpoints (self);
    if (rap_watch_turned (&self->watch, self->now_ms))
        show_fare (self);
    end_drain (self);
}

//  --- beginning and end ---------------------------------------------------------------

static void send_answer (void *self, const rap_peer_t *peer, const rap_answer_t *answer)
{
    loop_t *loop = self;
    rap_message_t message = {.type = RAP_MSG_ANSWER, .answer = *answer};
    (void)send_message (loop, loop->submit, peer, &message);
}

static rap_endpoint_t *open_endpoint (const loop_t *self, rap_endpoint_kind_t kind, const char *address,
                                      rap_door_t door, rap_reason_t *reason)
{
    rap_endpoint_options_t options = {.kind = kind,
                                      .address = address,
                                      .bind = rap_door_host (door) == RAP_ROLE_INGEST,
                                      .gate = self->gate,
                                      .door = door,
                                      .queue = WORK_QUEUE,
                                      .allow_plain = self->options->common.allow_plain};
    return rap_endpoint_new (&options, reason);
}

//  The reader first, while there is one thread; then the journal, then sockets. The reader has its rules by then.
static rap_status_t set_up (loop_t *self, rap_reason_t *reason)
{
    const rap_ingest_options_t *options = self->options;
    self->readers = rap_reader_process_new (options->rules, reason);
    if (!self->readers || !(self->journal = rap_journal_open (options->journal, reason)))
        return RAP_FAILED;
    rap_bars_alone (); //  the warden starts readers; we start nothing more
    rap_dispatch_options_t rules = RAP_DISPATCH_DEFAULTS;
    rules.epoch = rap_journal_epoch (self->journal);
    rap_dispatch_actions_t actions = {.self = self,
                                      .count = act_count,
                                      .finish = act_finish,
                                      .split = act_split,
                                      .quarantine = act_quarantine,
                                      .tried = act_tried,
                                      .send = act_send,
                                      .ask = act_ask,
                                      .worker = act_worker};
    rap_reader_actions_t reading = {.self = self,
                                    .piece = act_piece,
                                    .batch = act_batch,
                                    .done = act_done,
                                    .refused = act_refused,
                                    .died = act_died};
    self->dispatch = rap_dispatch_new (&rules, &actions);
    rap_reader_process_act (self->readers, &reading);
    self->uploads = rap_uploads_new (self->journal, send_answer, self);
    if (options->inbox && !(self->inbox = rap_inbox_new (options->inbox, self->journal, reason)))
        return RAP_FAILED;
    const rap_daemon_options_t *common = &options->common;
    if (common->keys && !(self->gate = rap_gate_new (common->keys, common->key, RAP_ROLE_INGEST, reason)))
        return RAP_FAILED;
    if (!(self->work = open_endpoint (self, RAP_ROUTER, options->work, RAP_DOOR_WORK, reason))
        || !(self->submit = open_endpoint (self, RAP_ROUTER, options->submit, RAP_DOOR_SUBMIT, reason))
        || !(self->receipts = open_endpoint (self, RAP_DEALER, options->receipts, RAP_DOOR_RECEIPTS, reason)))
        return RAP_FAILED;
    return rap_reader_process_loaded (self->readers, reason);
}

static void say_goodbye (void *self, const rap_worker_view_t *worker)
{
    loop_t *loop = self;
    rap_message_t bye = {.type = RAP_MSG_BYE, .bye = {.cause = RAP_TEXT ("ingest ends")}};
    (void)send_message (loop, loop->work, worker->peer, &bye);
}

static void tear_down (loop_t *self)
{
    if (self->receipts) {
        rap_message_t bye = {.type = RAP_MSG_BYE, .bye = {.cause = RAP_TEXT ("ingest ends")}};
        rap_dispatch_workers (self->dispatch, self->now_ms, say_goodbye, self);
        (void)send_message (self, self->receipts, NULL, &bye);
    }
    rap_intake_lost (&self->stdin_intake);
    rap_inbox_destroy (&self->inbox);
    rap_uploads_destroy (&self->uploads);
    rap_endpoint_destroy (&self->work);
    rap_endpoint_destroy (&self->submit);
    rap_endpoint_destroy (&self->receipts);
    rap_gate_destroy (&self->gate);
    rap_dispatch_destroy (&self->dispatch);
    rap_reader_process_destroy (&self->readers);
    rap_journal_close (&self->journal);
    rap_packer_destroy (&self->packer);
    rap_arena_destroy (&self->arena);
    free (self->waiters);
    free (self->buffer);
}

int rap_ingest_run (const rap_ingest_options_t *options, int signals)
{
    rap_reason_t reason;
    loop_t loop = {.options = options,
                   .signals = signals,
                   .arena = rap_arena_new (),
                   .packer = rap_packer_new (),
                   .stdin_open = options->stdin_name != NULL,
                   .waiters = calloc (WAITERS_MAX, sizeof (rap_peer_t)),
                   .buffer = malloc (RAP_PIECE_BYTES_MAX)};
    if (!loop.waiters || !loop.buffer)
        abort ();
    signal (SIGXFSZ, SIG_IGN); //  a file at its size limit is an error of the write, not of the process
    if (set_up (&loop, &reason) == RAP_OK) {
        rap_logf (RAP_LOG_INFO, "ingest.ready", "epoch=%" PRIu64 " pipeline=%s", rap_journal_epoch (loop.journal),
                  rap_reader_process_pipeline (loop.readers));
        rap_daemon_ready (&options->common);
        loop.now_ms = loop.turn_ms = rap_clock_ms ();
        loop.hello_ms = -BEAT_MS;
        while (!loop.ended)
            turn (&loop);
        rap_logf (RAP_LOG_INFO, "ingest.ended", "status=%d", loop.status);
    } else {
        rap_log (RAP_LOG_ERROR, "ingest.not_started", "reason", reason.text, NULL);
        loop.status = 1;
    }
    tear_down (&loop);
    return loop.status;
}
