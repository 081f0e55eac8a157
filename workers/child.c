//  child: the loop of a worker process.

#include "child.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "rapporteur/clock.h"
#include "rapporteur/daemon.h"
#include "rapporteur/endpoint.h"
#include "rapporteur/log.h"
#include "rapporteur/message.h"
#include "rapporteur/metrics.h"

#include "fault.h"
#include "queue.h"
#include "result.h"
#include "roster.h"
#include "session.h"

enum {
    //  What ingest may send ahead at most: 40 ms of the way there and back are some
    //  2,700 chunks at full pace, a megabyte. Of that it uses what the pace here needs.
    CREDIT_BATCHES = 128,
    CREDIT_BYTES = 2 * 1024 * 1024,
    //  What is kept beyond that from an ingest that does not keep to it.
    QUEUE_BATCHES_MAX = 256,
    QUEUE_BYTES_MAX = 8 * 1024 * 1024,
    //  Messages in each direction; credit and control stay far below.
    WORK_QUEUE = 512,
    //  RESULT messages on their way to the sink, each of up to 1 MiB.
    RESULTS_QUEUE = 8,
    MESSAGES_A_TURN = 64,
    POLL_MOST_MS = 1000,
    //  Not back in the loop for so long is hung; twice the usual lease.
    HUNG_AFTER_S = 5,
    ALARM_EACH_MS = 500,
};

struct rap_child {
    const rap_child_options_t *options;
    rap_child_extract_fn *extract;
    void *extract_self;
    rap_session_t session;
    rap_gate_t *gate; //  NULL: no keys
    rap_endpoint_t *work;
    rap_endpoint_t *results;
    int signals;
    rap_queue_t *queue;
    rap_result_builder_t *builder;
    rap_packer_t *packer;       //  control messages
    rap_arena_t *message_arena; //  of the message just received
    rap_arena_t *batch_arena;   //  of the batch under hand
    rap_arena_t *chunk_arena;   //  of the chunk under hand
    rap_document_t document;    //  of the batch under hand
    const rap_work_t *hand;     //  NULL: nothing under hand
    uint32_t ordinal;           //  of the chunk under hand
    uint32_t next_ordinal;      //  of the chunk after it
    uint64_t progress;          //  chunks done in all
    uint64_t spent_us;          //  on the batch under hand
    uint64_t spent_before_us;   //  processor time of those that had this place before
    int64_t alarm_ms;           //  when the alarm was last put off
    bool blocked;               //  the sink is not taking
    bool dropped;               //  the batch under hand belongs to others now
    bool draining;
    bool ended;
    int status; //  exit status once ended
};
typedef rap_child_t child_t;

//  --- what is said to ingest ---------------------------------------------------

//  Queued or lost: what is lost here ingest learns from heartbeats and receipts.
static bool tell (child_t *self, const rap_message_t *message)
{
    rap_message_pack (self->packer, message);
    rap_status_t status = rap_endpoint_send (self->work, NULL, rap_packed (self->packer));
    if (status != RAP_OK)
        rap_log (RAP_LOG_DEBUG, "worker.unsent", "worker", self->options->id, "message",
                 rap_message_name (message->type), NULL);
    return status == RAP_OK;
}

static void say_hello (child_t *self)
{
    rap_message_t message = {.type = RAP_MSG_HELLO,
                             .hello = {.protocol_min = RAP_PROTOCOL_MIN,
                                       .protocol_max = RAP_PROTOCOL_MAX,
                                       .role = RAP_TEXT ("worker"),
                                       .id = rap_text (self->options->id),
                                       .incarnation = self->session.incarnation,
                                       .pipeline = rap_text (self->options->pipeline),
                                       .credit_batches = CREDIT_BATCHES,
                                       .credit_bytes = CREDIT_BYTES}};
    if (self->options->scheme) {
        message.hello.role = RAP_TEXT ("annotator");
        message.hello.scheme = rap_text (self->options->scheme);
    }
    tell (self, &message);
}

static void beat (child_t *self)
{
    rap_message_t message = {.type = RAP_MSG_HEARTBEAT,
                             .heartbeat = {.progress = self->progress,
                                           .batch = self->hand ? self->hand->batch : 0,
                                           .ordinal = self->hand ? self->ordinal : 0,
                                           .blocked = self->blocked}};
    tell (self, &message);
}

static void give_back (child_t *self, const rap_work_t *work)
{
    rap_metric_add (RAP_M_WORKER_RETURNS, 1);
    rap_message_t message = {.type = RAP_MSG_RETURN,
                             .return_ = {.epoch = work->epoch, .batch = work->batch, .attempt = work->attempt}};
    tell (self, &message);
}

static void say_done (child_t *self)
{
    rap_message_t message = {.type = RAP_MSG_DONE,
                             .done = {.epoch = self->hand->epoch,
                                      .batch = self->hand->batch,
                                      .attempt = self->hand->attempt,
                                      .processed_us = self->spent_us}};
    tell (self, &message);
}

static void say_fail (child_t *self, const rap_work_t *work, uint32_t ordinal, const char *cause)
{
    rap_message_t message = {.type = RAP_MSG_FAIL,
                             .fail = {.epoch = work->epoch,
                                      .batch = work->batch,
                                      .attempt = work->attempt,
                                      .ordinal = ordinal,
                                      .cause = rap_text (cause)}};
    char batch[24], place[16];
    rap_metric_add (RAP_M_WORKER_FAILS, 1);
    snprintf (batch, sizeof batch, "%" PRIu64, work->batch);
    snprintf (place, sizeof place, "%" PRIu32, ordinal);
    rap_log (RAP_LOG_WARN, "worker.failed", "worker", self->options->id, "batch", batch, "chunk", place, "cause",
             cause, NULL);
    tell (self, &message);
}

//  --- the loop's pulse -----------------------------------------------------------

static void show_fare (const child_t *self)
{
    struct timespec spent;
    if (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &spent) == 0) {
        uint64_t us = (uint64_t)spent.tv_sec * 1000000 + (uint64_t)spent.tv_nsec / 1000;
        rap_metric_set (RAP_M_WORKER_CPU, self->spent_before_us + us);
    }
    rap_metric_add (RAP_M_WORKER_PULSES, 1);
    rap_metric_set (RAP_M_WORKER_SERVING, self->session.state == RAP_SESSION_SERVING);
    rap_metric_set (RAP_M_WORKER_BUSY, self->hand != NULL);
    rap_metric_set (RAP_M_WORKER_BLOCKED, self->blocked);
    rap_metric_set (RAP_M_WORKER_QUEUED, rap_queue_count (self->queue));
}

static void drop_all (child_t *self)
{
    rap_queue_clear (self->queue);
    self->dropped = true;
}

//  Over a new connection ingest does not know us: we call again, as who we are. Results
//  that were on their way are missed by ingest, and asked for again.
static void mind_endpoints (child_t *self, int64_t now_ms)
{
    (void)rap_endpoint_mind (self->results, now_ms);
    if (!rap_endpoint_mind (self->work, now_ms))
        return;
    drop_all (self);
    rap_session_reconnected (&self->session, now_ms);
}

//  Called wherever the loop passes, between chunks too.
static void pulse (child_t *self)
{
    int64_t now_ms = rap_clock_ms ();
    mind_endpoints (self, now_ms);
    if (now_ms - self->alarm_ms >= ALARM_EACH_MS) {
        alarm (HUNG_AFTER_S);
        self->alarm_ms = now_ms;
        show_fare (self);
    }
    if (rap_session_hello_due (&self->session, now_ms))
        say_hello (self);
    if (rap_session_heartbeat_due (&self->session, now_ms))
        beat (self);
}

static void read_signals (child_t *self)
{
    for (int number = rap_signals_read (self->signals); number != 0; number = rap_signals_read (self->signals))
        if (number != SIGCHLD && number != SIGHUP)
            self->draining = true;
}

//  Until something came, `results` has room (if asked for), or something is due.
static void wait_for_news (child_t *self, bool room)
{
    int64_t wait_ms = rap_session_wait_ms (&self->session, rap_clock_ms ());
    zmq_pollitem_t items[] = {{.socket = rap_endpoint_socket (self->work), .events = ZMQ_POLLIN},
                              {.fd = self->signals, .events = ZMQ_POLLIN},
                              {.socket = rap_endpoint_socket (self->results), .events = ZMQ_POLLOUT}};
    if (zmq_poll (items, room ? 3 : 2, wait_ms < POLL_MOST_MS ? (long)wait_ms : POLL_MOST_MS) < 0 && errno != EINTR) {
        rap_log (RAP_LOG_ERROR, "worker.poll", "worker", self->options->id, "cause", zmq_strerror (errno), NULL);
        self->ended = true;
        self->status = EXIT_FAILURE;
    }
}

//  --- what ingest says -----------------------------------------------------------

static uint64_t draw_incarnation (void)
{
    uint64_t number = 0;
    while (number == 0)
        if (getrandom (&number, sizeof number, 0) != (ssize_t)sizeof number)
            number = 0;
    return number;
}

static void end_refused (child_t *self, const rap_message_t *message)
{
    char cause[RAP_REASON_MAX], there[64], here[64];
    rap_text_t said = message->type == RAP_MSG_REFUSE ? message->refuse.cause : RAP_TEXT ("protocol not spoken here");
    uint32_t min = message->type == RAP_MSG_REFUSE ? message->refuse.protocol_min : message->welcome.protocol;
    uint32_t max = message->type == RAP_MSG_REFUSE ? message->refuse.protocol_max : message->welcome.protocol;
    snprintf (cause, sizeof cause, "%.*s", (int)said.len, said.at);
    snprintf (there, sizeof there, "%" PRIu32 "-%" PRIu32, min, max);
    snprintf (here, sizeof here, "%d-%d", RAP_PROTOCOL_MIN, RAP_PROTOCOL_MAX);
    rap_log (RAP_LOG_ERROR, "worker.refused", "worker", self->options->id, "cause", cause, "protocol_there", there,
             "protocol_here", here, "pipeline", self->options->pipeline, NULL);
    self->ended = true;
    self->status = RAP_EXIT_REFUSED;
}

static void hear (child_t *self, const rap_message_t *message)
{
    switch (rap_session_told (&self->session, rap_clock_ms (), message)) {
    case RAP_SESSION_NOTHING:
        break;
    case RAP_SESSION_RENEWED:
        drop_all (self);
        //  and goes on as one just welcomed
        __attribute__ ((fallthrough));
    case RAP_SESSION_WELCOMED:
        rap_logf (RAP_LOG_INFO, "worker.welcomed", "worker=%s epoch=%" PRIu64 " heartbeat_ms=%" PRId64,
                  self->options->id, self->session.epoch, self->session.heartbeat_ms);
        break;
    case RAP_SESSION_LOST:
        rap_log (RAP_LOG_WARN, "worker.unknown", "worker", self->options->id, "cause",
                 "ingest began anew, or our lease ran out", NULL);
        drop_all (self);
        rap_session_renew (&self->session, draw_incarnation ());
        break;
    case RAP_SESSION_ENDED:
        end_refused (self, message);
        break;
    }
}

static void take_work (child_t *self, const rap_work_t *work)
{
    if (self->session.state != RAP_SESSION_SERVING || work->epoch != self->session.epoch)
        return; //  of a lease that is over
    if (rap_queue_add (self->queue, work) == RAP_OK)
        return;
    rap_metric_add (RAP_M_WORKER_REFUSED + RAP_REFUSED_UNFIT, 1);
    rap_logf (RAP_LOG_WARN, "work.beyond_credit", "worker=%s batch=%" PRIu64, self->options->id, work->batch);
    give_back (self, work);
}

//  Of a WORK that cannot be read: what comes before the place where it is wrong.
//  True if that is enough to answer FAIL.
static bool salvage (rap_text_t frame, rap_work_t *work)
{
    rap_cursor_t cursor;
    *work = (rap_work_t){.epoch = 0};
    rap_cursor_init (&cursor, frame);
    if (rap_read_array (&cursor, 2) < 2 || rap_read_uint (&cursor) != RAP_MSG_WORK)
        return false;
    uint32_t pairs = rap_read_map (&cursor, 64);
    for (; pairs > 0 && rap_cursor_ok (&cursor); pairs--) {
        uint64_t key = rap_read_uint (&cursor);
        if (key == 1)
            work->epoch = rap_read_uint (&cursor);
        else if (key == 2)
            work->batch = rap_read_uint (&cursor);
        else if (key == 3)
            work->attempt = rap_read_uint32 (&cursor);
        else
            rap_read_skip (&cursor);
    }
    return work->epoch != 0 && work->batch != 0 && work->attempt != 0;
}

static void refuse_message (child_t *self, rap_text_t frame, const rap_reason_t *reason)
{
    rap_work_t work;
    rap_metric_add (RAP_M_WORKER_REFUSED + RAP_REFUSED_MALFORMED, 1);
    rap_log (RAP_LOG_WARN, "message.malformed", "worker", self->options->id, "reason", reason->text, NULL);
    if (salvage (frame, &work) && work.epoch == self->session.epoch)
        say_fail (self, &work, UINT32_MAX, reason->text);
}

static void receive (child_t *self)
{
    for (int i = 0; i < MESSAGES_A_TURN && !self->ended; i++) {
        rap_text_t frame;
        rap_message_t message;
        rap_reason_t reason = {""};
        if (rap_endpoint_receive (self->work, NULL, &frame) != RAP_OK)
            return;
        rap_arena_reset (self->message_arena);
        if (rap_message_read (frame, self->message_arena, &message, &reason) != RAP_OK)
            refuse_message (self, frame, &reason);
        else if (message.type == RAP_MSG_WORK)
            take_work (self, &message.work);
        else
            hear (self, &message);
    }
}

//  --- work -----------------------------------------------------------------------

//  Hands a RESULT to the socket of the sink. While that has no room the loop goes
//  on beating and listening. False: the batch is not ours to finish any more.
static bool hand_over (child_t *self, rap_text_t frame)
{
    for (;;) {
        rap_status_t status = rap_endpoint_send (self->results, NULL, frame);
        self->blocked = status == RAP_AGAIN;
        if (status == RAP_OK) {
            rap_metric_add (RAP_M_WORKER_RESULT_BYTES, frame.len);
            return true;
        }
        if (status != RAP_AGAIN) {
            rap_log (RAP_LOG_ERROR, "worker.results", "worker", self->options->id, "cause", "the socket failed",
                     NULL);
            self->ended = true;
            self->status = EXIT_FAILURE;
        }
        if (self->ended || self->dropped || self->draining)
            break;
        wait_for_news (self, true);
        receive (self);
        read_signals (self);
        pulse (self);
    }
    self->blocked = false;
    return false;
}

//  The answer to a chunk that cannot be done. RAP_REFUSED ends the batch.
static rap_status_t fail_chunk (child_t *self, uint32_t ordinal, const rap_reason_t *reason)
{
    say_fail (self, self->hand, ordinal, reason->text);
    return RAP_REFUSED;
}

static void count_chunk (const rap_chunk_t *chunk, const rap_findings_t *findings, uint64_t spent_us)
{
    rap_metric_add (RAP_M_WORKER_CHUNKS, 1);
    rap_metric_add (RAP_M_WORKER_BYTES, chunk->text.len);
    rap_metric_quick (RAP_M_WORKER_CHUNK_SECONDS, (int64_t)spent_us);
    for (uint32_t i = 0; i < findings->count; i++)
        rap_metric_add (RAP_M_WORKER_FINDINGS + findings->at[i].kind, 1);
}

//  RAP_AGAIN ends a batch that is not ours any more.
static rap_status_t do_chunk (void *context, const rap_chunk_t *chunk, rap_text_t encoded)
{
    child_t *self = context;
    rap_findings_t findings;
    rap_reason_t reason = {""};
    self->ordinal = chunk->ordinal;
    self->next_ordinal = chunk->ordinal + 1;
    rap_arena_reset (self->chunk_arena);
    rap_fault_chunk (chunk->text);
    int64_t began_us = rap_clock_us ();
    if (self->extract (self->extract_self, self, &self->document, chunk, self->chunk_arena, &findings, &reason)
        != RAP_OK)
        return fail_chunk (self, chunk->ordinal, &reason);
    uint64_t spent_us = (uint64_t)(rap_clock_us () - began_us);
    self->spent_us += spent_us;
    rap_status_t status = rap_result_add (self->builder, encoded, findings.at, findings.count, spent_us, &reason);
    if (status == RAP_AGAIN) {
        if (!hand_over (self, rap_result_take (self->builder)))
            return RAP_AGAIN;
        status = rap_result_add (self->builder, encoded, findings.at, findings.count, spent_us, &reason);
    }
    if (status != RAP_OK)
        return fail_chunk (self, chunk->ordinal, &reason);
    count_chunk (chunk, &findings, spent_us);
    self->progress++;
    pulse (self);
    return RAP_OK;
}

//  What a decoder refused: the chunk after the last one that it could read.
static void fail_malformed (child_t *self, const rap_reason_t *reason)
{
    say_fail (self, self->hand, self->next_ordinal, reason->text);
}

//  Gives the ordinal of the first chunk, for a batch whose document is unreadable.
static rap_status_t note_ordinal (void *context, const rap_chunk_t *chunk, rap_text_t encoded)
{
    (void)encoded;
    *(uint32_t *)context = chunk->ordinal;
    return RAP_AGAIN;
}

//  True if all of the batch was handed over.
static bool do_chunks (child_t *self)
{
    const rap_work_t *work = self->hand;
    rap_reason_t reason = {""};
    self->next_ordinal = UINT32_MAX;
    if (rap_read_document (work->document, &self->document, &reason) != RAP_OK) {
        rap_read_chunks (work->chunks, self->batch_arena, note_ordinal, &self->next_ordinal, NULL);
        fail_malformed (self, &reason);
        return false;
    }
    rap_result_t head = {.protocol = self->session.protocol,
                         .epoch = work->epoch,
                         .batch = work->batch,
                         .attempt = work->attempt,
                         .worker = rap_text (self->options->id),
                         .pipeline = rap_text (self->options->pipeline),
                         .dispatched_at = work->dispatched_at,
                         .document = work->document,
                         .scheme = rap_text (self->options->scheme)};
    rap_result_begin (self->builder, &head);
    uint64_t before = self->progress;
    rap_status_t status = rap_read_chunks (work->chunks, self->batch_arena, do_chunk, self, &reason);
    if (status == RAP_REFUSED && reason.text[0]) //  by the decoder; do_chunk answers for itself
        fail_malformed (self, &reason);
    if (status != RAP_OK)
        return false;
    if (self->progress == before) {
        rap_refuse (&reason, "batch without chunks");
        fail_malformed (self, &reason);
        return false;
    }
    return hand_over (self, rap_result_take (self->builder));
}

static void do_batch (child_t *self, const rap_work_t *work)
{
    self->hand = work;
    self->dropped = false;
    self->spent_us = 0;
    rap_arena_reset (self->batch_arena);
    bool done = do_chunks (self);
    rap_metric_add (RAP_M_WORKER_BATCHES, done && !self->dropped);
    if (done && !self->dropped)
        say_done (self);
    else if (self->draining && !self->dropped && !done)
        give_back (self, work); //  the sink was not taking it; if it was failed, this is ignored
    self->hand = NULL;
}

static void drain (child_t *self)
{
    uint32_t returned = rap_queue_count (self->queue);
    for (const rap_work_t *work = rap_queue_take (self->queue); work; work = rap_queue_take (self->queue))
        give_back (self, work);
    rap_message_t message = {.type = RAP_MSG_BYE, .bye = {.cause = RAP_TEXT ("drained")}};
    tell (self, &message); //  not welcomed yet: the welcome may be on its way
    rap_logf (RAP_LOG_INFO, "worker.drained", "worker=%s chunks=%" PRIu64 " returned=%u", self->options->id,
              self->progress, returned);
    self->ended = true;
}

static void run_loop (child_t *self)
{
    while (!self->ended) {
        pulse (self);
        receive (self);
        read_signals (self);
        if (self->ended)
            break;
        if (self->draining) {
            drain (self);
            break;
        }
        const rap_work_t *work = rap_queue_take (self->queue);
        if (work)
            do_batch (self, work);
        else
            wait_for_news (self, false);
    }
}

//  --- life -----------------------------------------------------------------------

static rap_endpoint_t *connect_to (const child_t *self, rap_endpoint_kind_t kind, const char *address,
                                   rap_door_t door, int queue)
{
    rap_reason_t reason = {""};
    rap_endpoint_options_t options = {.kind = kind,
                                      .address = address,
                                      .queue = queue,
                                      .allow_plain = self->options->allow_plain,
                                      .gate = self->gate,
                                      .door = door};
    rap_endpoint_t *endpoint = rap_endpoint_new (&options, &reason);
    if (!endpoint)
        rap_log (RAP_LOG_ERROR, "worker.endpoint", "worker", self->options->id, "reason", reason.text, NULL);
    return endpoint;
}

static bool open_gate (child_t *self)
{
    rap_reason_t reason = {""};
    const rap_child_options_t *options = self->options;
    if (!options->keys)
        return true;
    self->gate = rap_gate_new (options->keys, options->key, RAP_ROLE_WORKER, &reason);
    if (!self->gate)
        rap_log (RAP_LOG_ERROR, "keys.unusable", "worker", options->id, "reason", reason.text, NULL);
    return self->gate != NULL;
}

static bool follow_parent (pid_t parent)
{
    return prctl (PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid () == parent;
}

static void let_go (child_t *self)
{
    rap_endpoint_destroy (&self->results);
    rap_endpoint_destroy (&self->work);
    rap_gate_destroy (&self->gate);
    rap_queue_destroy (&self->queue);
    rap_result_builder_destroy (&self->builder);
    rap_packer_destroy (&self->packer);
    rap_arena_destroy (&self->message_arena);
    rap_arena_destroy (&self->batch_arena);
    rap_arena_destroy (&self->chunk_arena);
    if (self->signals >= 0)
        close (self->signals);
}

void rap_child_pulse (rap_child_t *self)
{
    pulse (self);
}

int rap_child_run_with (const rap_child_options_t *options, rap_child_extract_fn *extract, void *extract_self)
{
    child_t self = {
        .options = options, .extract = extract, .extract_self = extract_self, .signals = rap_signals_open (0)};
    if (options->parent && !follow_parent (options->parent)) {
        close (self.signals);
        return EXIT_FAILURE;
    }
    rap_session_init (&self.session, rap_clock_ms (), draw_incarnation ());
    self.queue = rap_queue_new (QUEUE_BATCHES_MAX, QUEUE_BYTES_MAX);
    self.builder = rap_result_builder_new ();
    self.packer = rap_packer_new ();
    self.message_arena = rap_arena_new ();
    self.batch_arena = rap_arena_new ();
    self.chunk_arena = rap_arena_new ();
    if (open_gate (&self)) {
        self.results = connect_to (&self, RAP_PUSH, options->results, RAP_DOOR_RESULTS, RESULTS_QUEUE);
        self.work = connect_to (&self, RAP_DEALER, options->work, options->scheme ? RAP_DOOR_ANNOTATE : RAP_DOOR_WORK,
                                WORK_QUEUE);
    }
    self.alarm_ms = INT64_MIN / 2;
    self.spent_before_us = atomic_load (&rap_area->slots[RAP_M_WORKER_CPU]);
    if (self.results && self.work)
        run_loop (&self);
    else
        self.status = EXIT_FAILURE;
    alarm (0); //  the farewell has its own bound, the endpoints' linger
    let_go (&self);
    return self.status;
}
