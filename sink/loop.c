#include "loop.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <zmq.h>

#include "annotate.h"
#include "feed.h"
#include "rapporteur/clock.h"
#include "rapporteur/log.h"
#include "rapporteur/metrics.h"
#include "rapporteur/watch.h"
#include "receipts.h"
#include "store.h"

enum {
    GROUP_MS = 20,        //  a group waits so long for more, and then until no result is waiting
    GROUP_BUSY_MS = 1000, //  but no longer than this
    GROUP_CHUNKS = 16384, //  nor for more than this: larger groups gain nothing measurable
    RESULTS_A_TURN = 64,  //  messages read before receipts and signals are looked at
    ASKED_A_TURN = 256,   //  the same of ingest's messages
    RESULTS_QUEUE = 64,   //  messages waiting inside libzmq, a worker
    RECEIPTS_QUEUE = 1024,
    RETRY_FIRST_MS = 100, //  after the store failed; doubled each time
    RETRY_LAST_MS = 2000,
    FORGIVEN_MS = 30000,  //  nothing failed for so long: another failure is another trouble
    STOP_MS = 10000,      //  linking at the end may take so long; the rest is linked at the next start
    REFUSED_A_SECOND = 5, //  lines in the log; the others are only counted
    HEARTBEAT_MS = 1000,  //  what WELCOME asks of ingest
    LEASE_MS = 3000,      //  an ingest may take a sink silent for so long for gone
    TICK_MS = 1000,
};

typedef struct {
    const rap_sink_options_t *options;
    rap_store_t *store;
    rap_gate_t *gate; //  NULL: no keys
    rap_endpoint_t *results;
    rap_endpoint_t *asked;    //  where ingest asks and is sent receipts
    rap_feed_t *feed;         //  NULL: none
    rap_annotate_t *annotate; //  NULL: none
    rap_receipts_t *receipts;
    rap_arena_t *arena; //  of the message being read
    rap_packer_t *packer;
    int signals;
    uint64_t incarnation; //  by which ingest knows that we are not who we were
    bool stopping;
    bool gave_up;

    bool in_group;
    int64_t group_ms; //  since when
    bool linked;      //  some were, the last time
    bool link_due;    //  documents may be waiting to be linked

    //  Trouble with the store: since when (0: none), and until when nothing is
    //  tried. The last result read is kept, to try with.
    int64_t failing_ms;
    int64_t failed_ms; //  the last time
    int64_t retry_ms;
    int64_t backoff_ms;
    bool has_probe;
    char *probe;
    size_t probe_len;
    size_t probe_room;

    int64_t ticked_ms;
    uint32_t refused_lately;
    uint64_t refused;
    uint64_t chunks;   //  committed since start, copies included
    uint64_t progress; //  changes whenever something got done; for the watch alone
    rap_watch_t watch;
} sink_t;

//  --- refusing --------------------------------------------------------------

//  Foreign input was refused: counted, and told by name unless there is a flood.
static void refuse (sink_t *self, rap_refused_cause_t cause, const char *event, rap_text_t who,
                    rap_text_t document_id, const rap_reason_t *reason)
{
    self->refused++;
    self->progress++;
    rap_metric_add (RAP_M_SINK_REFUSED + cause, 1);
    if (++self->refused_lately > REFUSED_A_SECOND)
        return;
    rap_log (RAP_LOG_WARN, event, "from", rap_arena_text (self->arena, who).at, "document",
             rap_arena_text (self->arena, document_id).at, "reason", reason->text, NULL);
}

//  --- trouble ---------------------------------------------------------------

//  The store failed and rolled the group back. Its results are lost here, and
//  come again: nothing of them was receipted.
static void fail (sink_t *self, const rap_reason_t *reason)
{
    int64_t now = rap_clock_ms ();
    self->in_group = false;
    rap_receipts_clear (self->receipts);
    rap_feed_drop (self->feed);
    rap_annotate_committed (self->annotate, false);
    if (!self->failing_ms || now - self->failed_ms > FORGIVEN_MS) {
        self->failing_ms = now;
        self->backoff_ms = RETRY_FIRST_MS;
    }
    char lasting[32];
    snprintf (lasting, sizeof lasting, "%" PRId64, now - self->failing_ms);
    rap_metric_add (RAP_M_SINK_FAILURES, 1);
    rap_log (RAP_LOG_ERROR, "store.failing", "lasting_ms", lasting, "reason", reason->text, NULL);
    self->failed_ms = now;
    self->retry_ms = now + self->backoff_ms;
    self->backoff_ms = self->backoff_ms * 2 < RETRY_LAST_MS ? self->backoff_ms * 2 : RETRY_LAST_MS;
    if (now - self->failing_ms >= self->options->give_up_s * 1000) {
        rap_log (RAP_LOG_ERROR, "store.given_up", "reason", reason->text, NULL);
        self->gave_up = true;
    }
}

static void recover (sink_t *self)
{
    if (self->failing_ms)
        rap_logf (RAP_LOG_INFO, "store.recovered", "lasted_ms=%" PRId64, rap_clock_ms () - self->failing_ms);
    self->failing_ms = self->retry_ms = 0;
    self->has_probe = false;
}

//  --- sending ---------------------------------------------------------------

static void send_to (sink_t *self, const rap_peer_t *peer, const rap_message_t *message)
{
    rap_message_pack (self->packer, message);
    rap_status_t status = rap_endpoint_send (self->asked, peer, rap_packed (self->packer));
    if (status == RAP_REFUSED) {
        rap_peer_t gone = *peer; //  which forgetting overwrites
        rap_receipts_forget (self->receipts, &gone);
    } else if (status != RAP_OK) {
        //  It does not read; it will ask for what it missed.
        rap_logf (RAP_LOG_DEBUG, "receipt.unsent", "type=%s", rap_message_name (message->type));
    }
}

//  Whether results wait to be read.
static bool results_wait (sink_t *self)
{
    zmq_pollitem_t item = {.socket = rap_endpoint_socket (self->results), .events = ZMQ_POLLIN};
    return zmq_poll (&item, 1, 0) > 0;
}

static rap_message_t new_receipt (sink_t *self)
{
    return (rap_message_t){.type = RAP_MSG_RECEIPT, .receipt = {.incarnation = self->incarnation}};
}

static void send_receipts (sink_t *self)
{
    rap_message_t message = new_receipt (self);
    while (rap_receipts_next (self->receipts, &message.receipt.ranges)) {
        //  From the last on: one that is gone is replaced by one that was told.
        for (size_t i = rap_receipts_peers (self->receipts); i-- > 0;)
            send_to (self, rap_receipts_peer (self->receipts, i), &message);
    }
    rap_peer_t peer;
    message = new_receipt (self);
    while (rap_receipts_next_notice (self->receipts, &peer, &message.receipt.notice))
        send_to (self, &peer, &message);
}

//  --- the group -------------------------------------------------------------

static bool enter_group (sink_t *self)
{
    rap_reason_t reason;
    if (self->in_group)
        return true;
    if (rap_store_begin (self->store, &reason) != RAP_OK) {
        fail (self, &reason);
        return false;
    }
    self->in_group = true;
    self->group_ms = rap_clock_ms ();
    return true;
}

//  Puts the group on disk, and only then tells.
static bool commit (sink_t *self)
{
    rap_reason_t reason;
    if (!self->in_group)
        return true;
    int64_t started = rap_clock_us ();
    size_t pending = rap_receipts_pending (self->receipts);
    if (rap_store_commit (self->store, &reason) != RAP_OK) {
        fail (self, &reason);
        return false;
    }
    int64_t spent_us = rap_clock_us () - started;
    rap_metric_quick (RAP_M_SINK_COMMIT_SECONDS, spent_us);
    rap_metric_size (RAP_M_SINK_GROUP_CHUNKS, pending);
    self->progress++;
    self->in_group = false;
    recover (self);
    send_receipts (self);
    rap_receipts_clear (self->receipts);
    rap_feed_publish (self->feed);
    rap_annotate_committed (self->annotate, true);
    self->chunks += pending;
    self->link_due = true;
    rap_logf (RAP_LOG_DEBUG, "group.committed", "entries=%zu us=%" PRId64, pending, spent_us);
    return true;
}

static bool group_is_due (sink_t *self, bool none_waiting)
{
    if (!self->in_group)
        return false;
    int64_t age = rap_clock_ms () - self->group_ms;
    return self->stopping || (none_waiting && age >= GROUP_MS) || age >= GROUP_BUSY_MS
           || rap_receipts_pending (self->receipts) >= GROUP_CHUNKS;
}

static void tell_document (void *self, const char *document_id, const char *report)
{
    sink_t *sink = self;
    sink->linked = true;
    rap_metric_add (RAP_M_SINK_SETTLED, 1);
    rap_log (RAP_LOG_INFO, "document.settled", "document", document_id, NULL);
    rap_feed_document (sink->feed, document_id, report);
}

static void link_some (sink_t *self)
{
    rap_reason_t reason;
    if (self->in_group || !self->link_due)
        return;
    self->linked = false;
    int64_t began_us = rap_clock_us ();
    rap_status_t status = rap_store_link (self->store, tell_document, self, &reason);
    if (self->linked)
        rap_metric_quick (RAP_M_SINK_LINK_SECONDS, rap_clock_us () - began_us);
    self->progress++;
    self->link_due = status != RAP_OK;
    if (status == RAP_FAILED)
        fail (self, &reason);
    else if (self->linked)
        recover (self);
}

//  --- results ---------------------------------------------------------------

typedef struct {
    sink_t *sink;
    const rap_document_t *document;
    rap_provenance_t provenance;
    rap_reason_t *reason;
} storing_t;

static rap_status_t store_entry (storing_t *self, const rap_result_entry_t *entry)
{
    const rap_chunk_t *chunk = &entry->chunk;
    const rap_finding_t *findings = entry->findings;
    uint32_t findings_count = entry->findings_count;
    self->provenance.processed_us = entry->processed_us;
    rap_status_t status = rap_store_add (self->sink->store, self->document, chunk, findings, findings_count,
                                         &self->provenance, self->reason);
    if (status != RAP_OK)
        return status;
    rap_receipts_stored (self->sink->receipts, self->document->document_id, chunk->ordinal);
    bool is_new = rap_store_was_new (self->sink->store);
    rap_metric_add (is_new ? RAP_M_SINK_CHUNKS : RAP_M_SINK_COPIES, 1);
    for (uint32_t i = 0; is_new && i < findings_count; i++)
        rap_metric_add (RAP_M_SINK_FINDINGS + findings[i].kind, 1);
    if (is_new)
        rap_annotate_stored (self->sink->annotate, rap_store_chunk_id (self->sink->store));
    if (is_new)
        rap_feed_add (self->sink->feed, self->document->document_id, chunk, findings, findings_count);
    return RAP_OK;
}

static rap_status_t store_entries (storing_t *self, const rap_result_entries_t *entries)
{
    rap_status_t status = RAP_OK;
    for (uint32_t i = 0; i < entries->count && status == RAP_OK; i++)
        status = store_entry (self, &entries->at[i]);
    return status;
}

//  All of a message is read before any of it is stored: a malformed one leaves
//  no trace but a line in the log.
static rap_status_t read_result (sink_t *self, rap_text_t frame, rap_message_t *message, rap_document_t *document,
                                 rap_result_entries_t *entries, rap_reason_t *reason)
{
    rap_status_t status = rap_message_read (frame, self->arena, message, reason);
    if (status != RAP_OK)
        return status;
    if (message->type != RAP_MSG_RESULT)
        return rap_refuse (reason, "%s is no RESULT", rap_message_name (message->type));
    const rap_result_t *result = &message->result;
    if (result->protocol < RAP_PROTOCOL_MIN || result->protocol > RAP_PROTOCOL_MAX)
        return rap_refuse (reason, "protocol version %u, we speak %d to %d", result->protocol, RAP_PROTOCOL_MIN,
                           RAP_PROTOCOL_MAX);
    if ((status = rap_read_document (result->document, document, reason)) != RAP_OK)
        return status;
    return rap_read_entries (result->entries, self->arena, entries, reason);
}

//  false: the store failed.
static bool take_result (sink_t *self, rap_text_t frame)
{
    rap_reason_t reason = {""};
    rap_message_t message = {0};
    rap_document_t document = {0};
    rap_result_entries_t entries = {0};
    rap_arena_reset (self->arena);
    rap_status_t status = read_result (self, frame, &message, &document, &entries, &reason);
    const rap_result_t *result = &message.result;
    bool is_result = message.type == RAP_MSG_RESULT;
    if (status == RAP_OK) {
        if (!enter_group (self))
            return false;
        storing_t storing = {.sink = self,
                             .document = &document,
                             .provenance = {.pipeline = result->pipeline,
                                            .worker = result->worker,
                                            .attempt = result->attempt,
                                            .dispatched_at = result->dispatched_at},
                             .reason = &reason};
        status = result->scheme.len
                     ? rap_annotate_take (self->annotate, self->store, result, &document, &entries, &reason)
                     : store_entries (&storing, &entries);
    }
    rap_metric_add (RAP_M_SINK_RESULTS, status == RAP_OK);
    rap_metric_add (RAP_M_SINK_RESULT_BYTES, status == RAP_OK ? frame.len : 0);
    self->progress++;
    if (status == RAP_REFUSED)
        refuse (self,
                document.document_id.len     ? RAP_REFUSED_UNFIT
                : is_result || !message.type ? RAP_REFUSED_MALFORMED
                                             : RAP_REFUSED_UNEXPECTED,
                "result.refused", is_result ? result->worker : RAP_TEXT ("?"), document.document_id, &reason);
    if (status == RAP_FAILED)
        fail (self, &reason);
    return status != RAP_FAILED;
}

static void keep_probe (sink_t *self, rap_text_t frame)
{
    if (frame.len > self->probe_room) {
        free (self->probe);
        self->probe = malloc (frame.len);
        self->probe_room = frame.len;
        if (!self->probe)
            abort ();
    }
    if (frame.len)
        memcpy (self->probe, frame.at, frame.len);
    self->probe_len = frame.len;
    self->has_probe = true;
}

//  Takes what waits, up to a turn's worth. Answers whether none is waiting now.
static bool take_results (sink_t *self)
{
    for (int i = 0; i < RESULTS_A_TURN && !group_is_due (self, false); i++) {
        rap_text_t frame;
        rap_status_t status = rap_endpoint_receive (self->results, NULL, &frame);
        if (status == RAP_AGAIN)
            return true;
        if (status != RAP_OK) {
            rap_log (RAP_LOG_ERROR, "results.broken", "reason", strerror (errno), NULL);
            self->gave_up = true;
            return true;
        }
        keep_probe (self, frame);
        if (!take_result (self, frame))
            return false;
    }
    return false;
}

//  The store failed a while ago: tries the result that it failed with, and
//  commits at once.
static void probe (sink_t *self)
{
    self->retry_ms = 0;
    if (self->has_probe && take_result (self, rap_text_of (self->probe, self->probe_len)))
        commit (self);
}

//  --- what ingest asks --------------------------------------------------------

static void answer_hello (sink_t *self, const rap_peer_t *peer, const rap_hello_t *hello)
{
    const char *cause = NULL;
    if (!rap_text_equal (hello->role, RAP_TEXT ("ingest")))
        cause = "only ingest speaks here";
    else if (hello->protocol_min > RAP_PROTOCOL_MAX || hello->protocol_max < RAP_PROTOCOL_MIN)
        cause = "no protocol version in common";
    else if (rap_receipts_hello (self->receipts, peer, rap_clock_ms ()) != RAP_OK)
        cause = "too many ingests";
    rap_message_t answer;
    if (cause)
        answer = (rap_message_t){.type = RAP_MSG_REFUSE,
                                 .refuse = {.cause = rap_text (cause),
                                            .protocol_min = RAP_PROTOCOL_MIN,
                                            .protocol_max = RAP_PROTOCOL_MAX}};
    else
        answer = (rap_message_t){
            .type = RAP_MSG_WELCOME,
            .welcome = {.protocol = hello->protocol_max < RAP_PROTOCOL_MAX ? hello->protocol_max : RAP_PROTOCOL_MAX,
                        .heartbeat_ms = HEARTBEAT_MS,
                        .lease_ms = LEASE_MS,
                        .incarnation = self->incarnation}};
    rap_metric_add (RAP_M_SINK_REFUSED + RAP_REFUSED_UNFIT, cause != NULL);
    rap_log (cause ? RAP_LOG_WARN : RAP_LOG_INFO, cause ? "ingest.refused" : "ingest.hello", "id",
             rap_arena_text (self->arena, hello->id).at, "cause", cause ? cause : "", NULL);
    send_to (self, peer, &answer);
}

//  Runs held, as many as a message takes. Those beyond are not named: ingest
//  then sends them again, and they are receipted as copies.
typedef struct {
    rap_range_t *at;
    uint32_t count;
} runs_t;

static void note_run (void *runs, rap_range_t run)
{
    runs_t *self = runs;
    if (self->count < RAP_RANGES_MAX)
        self->at[self->count++] = run;
}

//  Answers from the table, after what is in hand is in it. While the store fails
//  `pending` says that more may come.
static void answer_open (sink_t *self, const rap_peer_t *peer, const rap_open_t *open)
{
    rap_reason_t reason;
    if (!commit (self))
        return;
    runs_t runs = {.at = rap_arena_alloc (self->arena, RAP_RANGES_MAX * sizeof (rap_range_t))};
    for (uint32_t i = 0; i < open->ranges.count; i++)
        if (rap_store_held (self->store, open->ranges.at[i], note_run, &runs, &reason) != RAP_OK) {
            fail (self, &reason);
            return;
        }
    rap_message_t answer = new_receipt (self);
    answer.receipt.query = open->query;
    answer.receipt.ranges = (rap_ranges_t){.at = runs.at, .count = runs.count};
    answer.receipt.pending = self->failing_ms || results_wait (self) ? 1 : 0;
    send_to (self, peer, &answer);
}

static void take_notice (sink_t *self, const rap_peer_t *peer, const rap_notice_t *notice)
{
    rap_reason_t reason;
    rap_document_t document = {0};
    rap_status_t status = rap_read_document (notice->document, &document, &reason);
    if (status == RAP_OK) {
        if (self->retry_ms || !enter_group (self))
            return; //  not receipted: it comes again
        status = rap_store_quarantine (self->store, &document, notice, &reason);
        rap_metric_add (RAP_M_SINK_NOTICES, status == RAP_OK);
    }
    if (status == RAP_OK && !rap_receipts_noticed (self->receipts, peer, notice->notice)) {
        if (commit (self)) //  no room: it is stored, and comes again to be receipted
            rap_logf (RAP_LOG_DEBUG, "notice.unsent", "notice=%" PRIu64, notice->notice);
    } else if (status == RAP_REFUSED) {
        refuse (self, RAP_REFUSED_UNFIT, "notice.refused", RAP_TEXT ("ingest"), document.document_id, &reason);
    } else if (status == RAP_FAILED) {
        fail (self, &reason);
    }
}

static void answer (sink_t *self, const rap_peer_t *peer, rap_text_t frame)
{
    rap_reason_t reason;
    rap_message_t message;
    rap_arena_reset (self->arena);
    if (rap_message_read (frame, self->arena, &message, &reason) != RAP_OK) {
        refuse (self, RAP_REFUSED_MALFORMED, "message.refused", RAP_TEXT ("receipts"), RAP_TEXT (""), &reason);
        return;
    }
    rap_receipts_heard (self->receipts, peer, rap_clock_ms ());
    rap_message_t beat = new_receipt (self);
    switch (message.type) {
    case RAP_MSG_HELLO:
        answer_hello (self, peer, &message.hello);
        break;
    case RAP_MSG_HEARTBEAT:
        beat.receipt.pending = rap_receipts_pending (self->receipts);
        send_to (self, peer, &beat);
        break;
    case RAP_MSG_OPEN:
        answer_open (self, peer, &message.open);
        break;
    case RAP_MSG_NOTICE:
        take_notice (self, peer, &message.notice);
        break;
    case RAP_MSG_BYE:
        rap_receipts_forget (self->receipts, peer);
        break;
    default:
        rap_refuse (&reason, "%s does not belong here", rap_message_name (message.type));
        refuse (self, RAP_REFUSED_UNEXPECTED, "message.refused", RAP_TEXT ("receipts"), RAP_TEXT (""), &reason);
    }
}

static void answer_all (sink_t *self)
{
    rap_peer_t peer;
    rap_text_t frame;
    for (int i = 0; i < ASKED_A_TURN && rap_endpoint_receive (self->asked, &peer, &frame) == RAP_OK; i++)
        answer (self, &peer, frame);
}

//  --- annotators --------------------------------------------------------------

static void serve_annotators (sink_t *self)
{
    rap_reason_t reason;
    rap_status_t status = RAP_OK;
    rap_annotate_hear (self->annotate, rap_clock_ms ());
    if (self->retry_ms || self->stopping)
        return;
    if (!self->in_group)
        status = rap_annotate_give (self->annotate, &reason);
    if (status == RAP_OK && rap_annotate_writes (self->annotate) && enter_group (self))
        status = rap_annotate_write (self->annotate, &reason);
    if (status == RAP_FAILED)
        fail (self, &reason);
}

//  --- the loop ----------------------------------------------------------------

static void tick (sink_t *self, int64_t now_ms)
{
    if (now_ms - self->ticked_ms < TICK_MS)
        return;
    self->ticked_ms = now_ms;
    rap_receipts_tick (self->receipts, now_ms);
    if (self->refused_lately > REFUSED_A_SECOND)
        rap_logf (RAP_LOG_WARN, "refused.more", "lately=%u in_all=%" PRIu64, self->refused_lately, self->refused);
    self->refused_lately = 0;
}

//  How long nothing needs to be done, if nothing comes in.
static int64_t patience (const sink_t *self, int64_t now_ms)
{
    int64_t until = now_ms + TICK_MS;
    if (self->retry_ms)
        until = self->retry_ms;
    else if ((self->link_due || rap_annotate_wants (self->annotate)) && !self->in_group)
        until = now_ms;
    if (self->in_group && self->group_ms + GROUP_MS < until)
        until = self->group_ms + GROUP_MS;
    return until > now_ms ? until - now_ms : 0;
}

//  Waits until there is something to do. While the store is in trouble, results
//  are left where they are: workers notice, and wait.
static void wait (sink_t *self)
{
    zmq_pollitem_t items[4] = {
        {.fd = self->signals, .events = ZMQ_POLLIN},
        {.socket = rap_endpoint_socket (self->asked), .events = ZMQ_POLLIN},
    };
    int count = 2;
    if (!self->retry_ms)
        items[count++] = (zmq_pollitem_t){.socket = rap_endpoint_socket (self->results), .events = ZMQ_POLLIN};
    if (self->annotate)
        items[count++] = (zmq_pollitem_t){.socket = rap_annotate_socket (self->annotate), .events = ZMQ_POLLIN};
    zmq_poll (items, count, (long)patience (self, rap_clock_ms ()));
    for (int signal; (signal = rap_signals_read (self->signals));)
        if (signal == SIGTERM || signal == SIGINT)
            self->stopping = true;
        else if (signal == SIGHUP)
            (void)rap_daemon_reload (&self->options->common);
}

//  What it cannot write it cannot go on with, and that has a bound of its own.
static void show_fare (sink_t *self, int64_t now_ms)
{
    char doing[160];
    rap_fare_t fare = {.failing = self->failing_ms != 0, .draining = self->stopping};
    fare.busy = !fare.failing && (self->in_group || self->link_due);
    rap_metric_set (RAP_M_SINK_FAILING, fare.failing);
    rap_metric_set (RAP_M_SINK_LINK_DUE, self->link_due);
    rap_metric_set (RAP_M_SINK_INGESTS, rap_receipts_peers (self->receipts));
    snprintf (doing, sizeof doing, "%s%" PRIu64 " chunks stored since start, %zu in hand%s%s",
              self->stopping ? "ending; " : "", self->chunks, rap_receipts_pending (self->receipts),
              self->link_due ? ", linking" : "", fare.failing ? "; the database cannot be written" : "");
    rap_watch_tell (&self->watch, now_ms, self->progress, &fare, doing);
}

//  Where keys have changed peers come anew. Who is gone is forgotten when it is sent to; what
//  was not read yet comes again, since nothing of it was receipted.
static void mind_endpoints (sink_t *self, int64_t now_ms)
{
    (void)rap_endpoint_mind (self->asked, now_ms);
    (void)rap_endpoint_mind (self->results, now_ms);
    rap_feed_mind (self->feed, now_ms);
    rap_annotate_mind (self->annotate, now_ms);
}

static void turn (sink_t *self)
{
    bool none_waiting = false;
    wait (self);
    answer_all (self);
    if (self->retry_ms && rap_clock_ms () >= self->retry_ms)
        probe (self);
    if (!self->retry_ms)
        none_waiting = take_results (self);
    if (!self->retry_ms && group_is_due (self, none_waiting))
        commit (self);
    if (!self->retry_ms)
        link_some (self);
    if (self->annotate)
        serve_annotators (self);
    int64_t now_ms = rap_clock_ms ();
    mind_endpoints (self, now_ms);
    tick (self, now_ms);
    if (rap_watch_turned (&self->watch, now_ms))
        show_fare (self, now_ms);
}

//  What was read is on disk by now; documents are linked as far as time allows.
static void finish (sink_t *self)
{
    int64_t until = rap_clock_ms () + STOP_MS;
    commit (self);
    while (self->link_due && !self->failing_ms && rap_clock_ms () < until)
        link_some (self);
    rap_logf (RAP_LOG_INFO, "sink.ended", "chunks=%" PRIu64 " refused=%" PRIu64 " dropped=%" PRIu64, self->chunks,
              self->refused, rap_endpoint_dropped (self->results) + rap_endpoint_dropped (self->asked));
}

static bool set_up (sink_t *self, rap_reason_t *reason)
{
    const rap_sink_options_t *o = self->options;
    rap_endpoint_options_t results = {.kind = RAP_PULL,
                                      .address = o->results,
                                      .bind = true,
                                      .queue = RESULTS_QUEUE,
                                      .allow_plain = o->common.allow_plain,
                                      .door = RAP_DOOR_RESULTS};
    rap_endpoint_options_t asked = {.kind = RAP_ROUTER,
                                    .address = o->receipts,
                                    .bind = true,
                                    .queue = RECEIPTS_QUEUE,
                                    .allow_plain = o->common.allow_plain,
                                    .door = RAP_DOOR_RECEIPTS};
    if (o->common.keys && !(self->gate = rap_gate_new (o->common.keys, o->common.key, RAP_ROLE_SINK, reason)))
        return false;
    results.gate = asked.gate = self->gate;
    return (self->store = rap_store_open (o->db, reason)) && (self->asked = rap_endpoint_new (&asked, reason))
           && (!o->feed || (self->feed = rap_feed_new (o->feed, self->gate, o->common.allow_plain, reason)))
           && (!o->annotate
               || (self->annotate = rap_annotate_new (o->annotate, self->gate, o->common.allow_plain, self->store,
                                                      self->incarnation, reason)))
           && (self->results = rap_endpoint_new (&results, reason));
}

static void tear_down (sink_t *self)
{
    rap_endpoint_destroy (&self->results);
    rap_endpoint_destroy (&self->asked);
    rap_feed_destroy (&self->feed);
    rap_annotate_destroy (&self->annotate);
    rap_gate_destroy (&self->gate);
    rap_store_close (&self->store);
    rap_receipts_destroy (&self->receipts);
    rap_arena_destroy (&self->arena);
    rap_packer_destroy (&self->packer);
    free (self->probe);
}

int rap_sink_run (const rap_sink_options_t *options)
{
    rap_reason_t reason;
    sink_t self = {.options = options,
                   .signals = rap_signals_open (0), //  before any socket and its threads
                   .receipts = rap_receipts_new (),
                   .arena = rap_arena_new (),
                   .packer = rap_packer_new (),
                   .link_due = true};
    int status = 2;
    while (!self.incarnation)
        if (getrandom (&self.incarnation, sizeof self.incarnation, 0) < 0 && errno != EINTR)
            abort ();
    if (set_up (&self, &reason)) {
        rap_log (RAP_LOG_INFO, "sink.started", "db", options->db, "results", options->results, "receipts",
                 options->receipts, "feed", options->feed ? options->feed : "", NULL);
        rap_daemon_ready (&options->common);
        while (!self.stopping && !self.gave_up)
            turn (&self);
        finish (&self);
        status = self.gave_up ? 1 : 0;
    } else {
        rap_log (RAP_LOG_ERROR, "sink.unusable", "reason", reason.text, NULL);
    }
    tear_down (&self);
    return status;
}
