//  dispatch: the leases. See the header for states and rules.
#include "dispatch.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "rapporteur/hash.h"

enum {
    BUCKETS = 4096,          //  of the two indexes; what is loaded is bounded
    QUERY_RANGES = 1024,     //  asked at once
    QUERY_TIMEOUT_MS = 5000, //  an OPEN unanswered so long is asked again
    ASK_AGAIN_MS = 500,      //  the sink has results that are not on its disk yet
    ASKS_MAX = 20,           //  then it is taken as lost;
    ASKS_LOADED = 4,         //  sooner where the worker that did it is not known any more
    GONE_ASK_MS = 200,       //  after its worker is gone, results may still be under way
    CREDIT_BATCHES_MAX = 1024,
    HOLD_US = 250000,  //  so much work, at its own pace, a worker holds: longer than any round trip, and
                       //  short enough that a slow one keeps nothing from others
    HOLD_BATCHES = 2,  //  but so many always: the next is there when one is done
    FIRST_BATCHES = 4, //  as long as its pace is not known
    BATCH_CHUNKS_MOST = 64,
    BATCH_CHUNKS_LEAST = 16, //  less costs more than it brings
    BATCHES_A_WORKER = 4,    //  that what is open is divided into
    CHUNK_BYTES = 320,       //  of a document to a chunk, about
    REPLACED_MAX = 64,       //  incarnations remembered as replaced
};

typedef enum { WAITING, PLANNED, LEASED, DELIVERED, ASKED, STATES } state_t;

//  From each state, those that may follow; any state may end.
#define TO(state) (1u << (state))
static const unsigned transitions[STATES] = {
    [WAITING] = TO (PLANNED), [PLANNED] = TO (LEASED) | TO (WAITING),  [LEASED] = TO (DELIVERED) | TO (WAITING),
    [DELIVERED] = TO (ASKED), [ASKED] = TO (WAITING) | TO (DELIVERED),
};

typedef struct worker worker_t;
typedef struct paper paper_t;

//  A batch that is loaded.
typedef struct lot {
    rap_batch_t batch;
    state_t state;
    paper_t *paper;
    worker_t *worker; //  LEASED; DELIVERED while it lives
    int64_t since_ms; //  LEASED: sent at; DELIVERED: ask at; ASKED and not asked yet: ask at
    uint64_t query;   //  ASKED: in this OPEN; 0: not yet
    uint32_t asks;
    uint32_t held; //  chunks on the sink's disk
    uint64_t held_bits[RAP_BATCH_CHUNKS_MAX / 64];
    TAILQ_ENTRY (lot) place; //  in the list of its state; LEASED: in its worker's
    TAILQ_ENTRY (lot) of_paper;
    struct lot *next; //  in its bucket
} lot_t;

TAILQ_HEAD (lots, lot);

//  A document with loaded batches.
struct paper {
    char document_id[RAP_DOCUMENT_ID_SIZE];
    char pipeline[65]; //  of the worker that was given some of it; "" none yet
    struct lots lots;  //  in order of `first`
    paper_t *next;
};

struct worker {
    rap_peer_t peer;
    char id[129];
    char pipeline[65];
    uint64_t incarnation;
    uint32_t credit_batches;
    uint32_t credit_bytes;
    double us_a_byte;   //  its pace, by what it says that batches took; 0: it does not say
    struct lots leased; //  in order of sending
    uint32_t held_batches;
    uint32_t held_bytes;
    int64_t heard_ms;
    int64_t idle_ms;  //  since when it says that nothing is under its hand; -1: it does not
    uint64_t hand;    //  batch under its hand, by its last heartbeat
    uint32_t ordinal; //  chunk under its hand
    bool blocked;
    bool alone; //  holds a batch that runs alone
    bool gone;  //  its connection is broken; its lease runs out
    bool paced; //  it did a batch
    uint64_t chunks;
    uint64_t chunks_before; //  at the last heartbeat
    int64_t rated_ms;
    double rate;
    TAILQ_ENTRY (worker) place;
};

struct rap_dispatch {
    rap_dispatch_options_t options;
    rap_dispatch_actions_t act;
    TAILQ_HEAD (workers, worker) workers; //  least recently given first
    struct lots lists[STATES];            //  [LEASED] stays empty
    lot_t *by_batch[BUCKETS];
    paper_t *papers[BUCKETS];
    uint32_t alone_waiting; //  batches that are WAITING and run alone
    worker_t *reserved;     //  gets nothing more until it is empty, for a batch that runs alone
    uint64_t replaced[REPLACED_MAX];
    uint32_t replaced_at;
    uint64_t query; //  the last OPEN
    int64_t query_ms;
    bool query_open;
    bool sink_known;
    uint64_t sink_incarnation;
    int64_t sink_ms;
    int64_t now_ms; //  of the last that was told
    bool draining;
    bool mixed; //  workers of several pipelines are here
    rap_dispatch_counts_t counts;
};

static void *zeroed (size_t size)
{
    void *memory = calloc (1, size);
    if (!memory)
        abort ();
    return memory;
}

//  --- batches and documents -----------------------------------------------------

static lot_t *find_lot (const rap_dispatch_t *self, uint64_t batch)
{
    lot_t *lot = self->by_batch[batch % BUCKETS];
    while (lot && lot->batch.batch != batch)
        lot = lot->next;
    return lot;
}

static paper_t **paper_bucket (rap_dispatch_t *self, const char *id, size_t len)
{
    uint32_t hash = 2166136261u; //  FNV-1a
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)id[i]) * 16777619u;
    return &self->papers[hash % BUCKETS];
}

static paper_t *find_paper (rap_dispatch_t *self, const char *id, size_t len)
{
    if (len != RAP_DOCUMENT_ID_SIZE - 1)
        return NULL;
    paper_t *paper = *paper_bucket (self, id, len);
    while (paper && memcmp (paper->document_id, id, len) != 0)
        paper = paper->next;
    return paper;
}

static paper_t *get_paper (rap_dispatch_t *self, const char *document_id)
{
    size_t len = strlen (document_id);
    assert (len == RAP_DOCUMENT_ID_SIZE - 1);
    paper_t *paper = find_paper (self, document_id, len);
    if (!paper) {
        paper_t **bucket = paper_bucket (self, document_id, len);
        paper = zeroed (sizeof *paper);
        memcpy (paper->document_id, document_id, len);
        TAILQ_INIT (&paper->lots);
        paper->next = *bucket;
        *bucket = paper;
    }
    return paper;
}

static void drop_paper (rap_dispatch_t *self, paper_t *paper)
{
    paper_t **at = paper_bucket (self, paper->document_id, strlen (paper->document_id));
    while (*at != paper)
        at = &(*at)->next;
    *at = paper->next;
    free (paper);
}

//  Order of dispatch: as the documents came, each in reading order.
static bool before (const lot_t *a, const lot_t *b)
{
    return a->batch.number != b->batch.number ? a->batch.number < b->batch.number : a->batch.first < b->batch.first;
}

static void queue_lot (struct lots *list, lot_t *lot)
{
    lot_t *at = TAILQ_FIRST (list);
    if (at && before (lot, at)) {
        TAILQ_INSERT_HEAD (list, lot, place);
        return;
    }
    at = TAILQ_LAST (list, lots);
    while (at && before (lot, at))
        at = TAILQ_PREV (at, lots, place);
    if (at)
        TAILQ_INSERT_AFTER (list, at, lot, place);
    else
        TAILQ_INSERT_HEAD (list, lot, place);
}

static void join_paper (paper_t *paper, lot_t *lot)
{
    lot_t *at = TAILQ_LAST (&paper->lots, lots);
    while (at && at->batch.first > lot->batch.first)
        at = TAILQ_PREV (at, lots, of_paper);
    if (at)
        TAILQ_INSERT_AFTER (&paper->lots, at, lot, of_paper);
    else
        TAILQ_INSERT_HEAD (&paper->lots, lot, of_paper);
    lot->paper = paper;
}

//  Takes the lot out of the list of its state, and its weight off the counts.
static void leave_state (rap_dispatch_t *self, lot_t *lot)
{
    worker_t *worker = lot->worker;
    if (lot->state == LEASED) {
        TAILQ_REMOVE (&worker->leased, lot, place);
        worker->held_batches--;
        worker->held_bytes -= lot->batch.bytes;
        if (lot->batch.alone)
            worker->alone = false;
    } else
        TAILQ_REMOVE (&self->lists[lot->state], lot, place);
    if (lot->state == WAITING) {
        self->counts.waiting--;
        self->alone_waiting -= lot->batch.alone;
    } else {
        self->counts.flying--;
        self->counts.flying_bytes -= lot->batch.bytes;
        self->counts.flying_chunks -= lot->batch.count;
    }
}

static void enter_state (rap_dispatch_t *self, lot_t *lot, state_t state)
{
    lot->state = state;
    if (state == LEASED) {
        worker_t *worker = lot->worker;
        TAILQ_INSERT_TAIL (&worker->leased, lot, place);
        worker->held_batches++;
        worker->held_bytes += lot->batch.bytes;
        if (lot->batch.alone)
            worker->alone = true;
    } else if (state == WAITING) {
        lot->worker = NULL;
        lot->asks = 0;
        queue_lot (&self->lists[WAITING], lot);
    } else
        TAILQ_INSERT_TAIL (&self->lists[state], lot, place);
    lot->query = 0;
    if (state == WAITING) {
        self->counts.waiting++;
        self->alone_waiting += lot->batch.alone;
    } else {
        self->counts.flying++;
        self->counts.flying_bytes += lot->batch.bytes;
        self->counts.flying_chunks += lot->batch.count;
    }
}

static void set_state (rap_dispatch_t *self, lot_t *lot, state_t state)
{
    assert (transitions[lot->state] & TO (state));
    leave_state (self, lot);
    enter_state (self, lot, state);
}

static lot_t *new_lot (rap_dispatch_t *self, const rap_batch_t *batch, paper_t *paper, state_t state)
{
    assert (batch->count > 0 && batch->count <= RAP_BATCH_CHUNKS_MAX);
    lot_t *lot = zeroed (sizeof *lot);
    lot->batch = *batch;
    lot_t **bucket = &self->by_batch[batch->batch % BUCKETS];
    lot->next = *bucket;
    *bucket = lot;
    join_paper (paper, lot);
    enter_state (self, lot, state);
    self->counts.loaded++;
    return lot;
}

static void drop_lot (rap_dispatch_t *self, lot_t *lot)
{
    leave_state (self, lot);
    lot_t **at = &self->by_batch[lot->batch.batch % BUCKETS];
    while (*at != lot)
        at = &(*at)->next;
    *at = lot->next;
    TAILQ_REMOVE (&lot->paper->lots, lot, of_paper);
    if (TAILQ_EMPTY (&lot->paper->lots))
        drop_paper (self, lot->paper);
    self->counts.loaded--;
    free (lot);
}

static bool is_held (const lot_t *lot, uint32_t i)
{
    return lot->held_bits[i / 64] >> (i % 64) & 1;
}

//  An attempt at the lot, or at `count` of its chunks, came to nothing.
static void tell_tried (rap_dispatch_t *self, const lot_t *lot, uint32_t first, uint32_t count, const char *outcome,
                        const char *cause)
{
    const worker_t *worker = lot->worker;
    if (!self->act.tried || !lot->batch.attempts)
        return;
    rap_tried_t tried = {.number = lot->batch.number,
                         .first = first,
                         .count = count,
                         .attempt = lot->batch.attempts,
                         .worker = worker ? worker->id : "",
                         .incarnation = worker ? worker->incarnation : 0,
                         .held_ms = lot->state == LEASED ? self->now_ms - lot->since_ms : -1,
                         .outcome = outcome,
                         .cause = cause};
    self->act.tried (self->act.self, &tried);
}

static void tell_all_tried (rap_dispatch_t *self, const lot_t *lot, const char *outcome, const char *cause)
{
    tell_tried (self, lot, lot->batch.first, lot->batch.count, outcome, cause);
}

//  --- splitting and giving up -----------------------------------------------------

//  Every chunk by itself.
#define ALL_SINGLE UINT32_MAX

//  Replaces the lot by runs of what is not on the sink's disk: chunk `single`
//  (an ordinal, or ALL_SINGLE) by itself and alone, with `fails` counted.
static void split_lot (rap_dispatch_t *self, lot_t *lot, uint32_t single, uint32_t fails)
{
    rap_batch_t parts[RAP_BATCH_CHUNKS_MAX];
    uint32_t count = 0;
    bool open = false; //  the last part is a run that may grow
    for (uint32_t i = 0; i < lot->batch.count; i++) {
        uint32_t ordinal = lot->batch.first + i;
        bool apart = single == ALL_SINGLE || single == ordinal;
        if (is_held (lot, i)) {
            open = false;
            continue;
        }
        if (open && !apart) {
            parts[count - 1].count++;
            continue;
        }
        parts[count] = (rap_batch_t){.number = lot->batch.number, .first = ordinal, .count = 1, .alone = apart};
        parts[count].attempts = lot->batch.attempts;
        parts[count].fails = apart ? fails : 0;
        count++;
        open = !apart;
    }
    self->act.split (self->act.self, &lot->batch, parts, count);
    paper_t *paper = lot->paper;
    for (uint32_t i = 0; i < count; i++)
        new_lot (self, &parts[i], paper, WAITING);
    drop_lot (self, lot);
}

static void quarantine_lot (rap_dispatch_t *self, lot_t *lot, const char *cause)
{
    assert (lot->batch.count == 1);
    self->act.quarantine (self->act.self, &lot->batch, cause);
    drop_lot (self, lot);
}

//  A worker of this incarnation died with the lot under its hand.
static void charge_death (rap_dispatch_t *self, lot_t *lot, uint64_t incarnation)
{
    rap_batch_t *batch = &lot->batch;
    batch->deaths++;
    if (batch->incarnations == 0 || batch->last_incarnation != incarnation)
        batch->incarnations++;
    batch->last_incarnation = incarnation;
    if (batch->alone && batch->deaths >= self->options.alone_deaths
        && batch->incarnations >= self->options.incarnations) {
        rap_reason_t cause;
        rap_refuse (&cause, "%u workers died while this chunk ran alone (limit %u), %u attempts in all",
                    batch->deaths, self->options.alone_deaths, batch->attempts);
        quarantine_lot (self, lot, cause.text);
        return;
    }
    if (!batch->alone && batch->deaths >= self->options.split_deaths) {
        if (batch->count > 1) {
            split_lot (self, lot, ALL_SINGLE, 0);
            return;
        }
        leave_state (self, lot); //  its weight on the worker depends on `alone`
        batch->alone = true;
        batch->deaths = 0;
        batch->incarnations = 0;
        enter_state (self, lot, WAITING);
    } else
        set_state (self, lot, WAITING);
    self->act.count (self->act.self, batch);
}

//  --- workers -----------------------------------------------------------------

static worker_t *find_peer (const rap_dispatch_t *self, const rap_peer_t *peer)
{
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place))
        if (worker->peer.len == peer->len && memcmp (worker->peer.bytes, peer->bytes, peer->len) == 0)
            return worker;
    return NULL;
}

static worker_t *find_id (const rap_dispatch_t *self, rap_text_t id)
{
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place))
        if (rap_text_equal (rap_text (worker->id), id))
            return worker;
    return NULL;
}

//  What a worker had under its hand when it died.
static lot_t *under_hand (worker_t *worker)
{
    for (lot_t *lot = TAILQ_FIRST (&worker->leased); lot; lot = TAILQ_NEXT (lot, place))
        if (lot->batch.batch == worker->hand)
            return lot;
    return TAILQ_FIRST (&worker->leased);
}

//  The worker is no more; what it held goes to others. What it delivered may be
//  lost with it, so the sink is asked soon.
static void bury (rap_dispatch_t *self, int64_t now_ms, worker_t *worker, bool charge, const char *cause)
{
    lot_t *victim = charge ? under_hand (worker) : NULL;
    self->now_ms = now_ms;
    self->act.worker (self->act.self, worker->id, charge ? "worker.died" : "worker.left", cause);
    if (charge)
        self->counts.deaths++;
    for (lot_t *lot = TAILQ_FIRST (&worker->leased), *next; lot; lot = next) {
        next = TAILQ_NEXT (lot, place);
        tell_all_tried (self, lot, lot == victim ? "died" : "left",
                        lot == victim || !charge ? cause : "its worker died of something else");
        if (lot != victim)
            set_state (self, lot, WAITING);
    }
    if (victim)
        charge_death (self, victim, worker->incarnation);
    for (lot_t *lot = TAILQ_FIRST (&self->lists[DELIVERED]); lot; lot = TAILQ_NEXT (lot, place))
        if (lot->worker == worker) {
            lot->worker = NULL;
            if (lot->since_ms > now_ms + GONE_ASK_MS)
                lot->since_ms = now_ms + GONE_ASK_MS;
        }
    for (lot_t *lot = TAILQ_FIRST (&self->lists[ASKED]); lot; lot = TAILQ_NEXT (lot, place))
        if (lot->worker == worker)
            lot->worker = NULL;
    if (self->reserved == worker)
        self->reserved = NULL;
    TAILQ_REMOVE (&self->workers, worker, place);
    self->counts.workers--;
    free (worker);
}

static bool was_replaced (const rap_dispatch_t *self, uint64_t incarnation)
{
    for (uint32_t i = 0; i < REPLACED_MAX; i++)
        if (self->replaced[i] == incarnation && incarnation)
            return true;
    return false;
}

static rap_status_t check_hello (const rap_dispatch_t *self, const rap_hello_t *hello, rap_reason_t *reason)
{
    if (hello->protocol_min > RAP_PROTOCOL_MAX || hello->protocol_max < RAP_PROTOCOL_MIN)
        return rap_refuse (reason, "protocol %u to %u; spoken here: %d to %d", hello->protocol_min,
                           hello->protocol_max, RAP_PROTOCOL_MIN, RAP_PROTOCOL_MAX);
    if (!rap_text_equal (hello->role, RAP_TEXT ("worker")))
        return rap_refuse (reason, "only workers are served on this socket");
    if (hello->id.len == 0 || hello->id.len > sizeof ((worker_t *)0)->id - 1)
        return rap_refuse (reason, "a worker's id has 1 to 128 bytes");
    if (!hello->incarnation)
        return rap_refuse (reason, "a worker has an incarnation that is not 0");
    if (!hello->credit_batches || !hello->credit_bytes)
        return rap_refuse (reason, "a worker without credit gets no work");
    if (self->counts.workers >= self->options.workers_max)
        return rap_refuse (reason, "too many workers (limit %u)", self->options.workers_max);
    return RAP_OK;
}

//  One id is one worker. Its earlier life ends here: charged if it was another
//  incarnation, for then it died; not if the same worker lost its connection.
static rap_status_t end_earlier (rap_dispatch_t *self, int64_t now_ms, const rap_peer_t *peer,
                                 const rap_hello_t *hello, rap_reason_t *reason)
{
    worker_t *same_peer = find_peer (self, peer);
    if (same_peer)
        bury (self, now_ms, same_peer, true, "a new incarnation came in its place");
    worker_t *same_id = find_id (self, hello->id);
    if (!same_id)
        return RAP_OK;
    if (same_id->incarnation == hello->incarnation) {
        bury (self, now_ms, same_id, false, "it connected anew");
        return RAP_OK;
    }
    if (was_replaced (self, hello->incarnation))
        return rap_refuse (reason, "this id is in use by another worker; give each its own");
    self->replaced[self->replaced_at++ % REPLACED_MAX] = same_id->incarnation;
    bury (self, now_ms, same_id, true, "a new incarnation came in its place");
    return RAP_OK;
}

static void copy_text (char *to, size_t size, rap_text_t from)
{
    size_t len = from.len < size ? from.len : size - 1;
    if (len)
        memcpy (to, from.at, len);
    to[len] = 0;
}

rap_status_t rap_dispatch_hello (rap_dispatch_t *self, int64_t now_ms, const rap_peer_t *peer,
                                 const rap_hello_t *hello, rap_reason_t *reason)
{
    rap_status_t status = check_hello (self, hello, reason);
    worker_t *known = status == RAP_OK ? find_peer (self, peer) : NULL;
    if (known && known->incarnation == hello->incarnation) { //  our WELCOME was slow: it holds what it holds
        known->heard_ms = now_ms;
        return RAP_OK;
    }
    if (status == RAP_OK)
        status = end_earlier (self, now_ms, peer, hello, reason);
    if (status != RAP_OK)
        return status;
    worker_t *worker = zeroed (sizeof *worker);
    worker->peer = *peer;
    worker->incarnation = hello->incarnation;
    worker->credit_batches = hello->credit_batches < CREDIT_BATCHES_MAX ? hello->credit_batches : CREDIT_BATCHES_MAX;
    worker->credit_bytes = hello->credit_bytes;
    worker->heard_ms = now_ms;
    worker->rated_ms = now_ms;
    worker->idle_ms = -1;
    copy_text (worker->id, sizeof worker->id, hello->id);
    copy_text (worker->pipeline, sizeof worker->pipeline, hello->pipeline);
    TAILQ_INIT (&worker->leased);
    TAILQ_INSERT_HEAD (&self->workers, worker, place);
    self->counts.workers++;
    self->act.worker (self->act.self, worker->id, "worker.came", NULL);
    return RAP_OK;
}

//  --- what workers say ----------------------------------------------------------

//  The lot that an answer is about, if it is about a lease that this worker has.
static lot_t *leased_lot (rap_dispatch_t *self, const worker_t *worker, uint64_t epoch, uint64_t batch,
                          uint32_t attempt)
{
    lot_t *lot = epoch == self->options.epoch ? find_lot (self, batch) : NULL;
    if (lot && lot->state == LEASED && lot->worker == worker && lot->batch.attempts == attempt)
        return lot;
    self->counts.ignored++;
    return NULL;
}

static void told_heartbeat (int64_t now_ms, worker_t *worker, const rap_heartbeat_t *heartbeat)
{
    worker->hand = heartbeat->batch;
    worker->ordinal = heartbeat->ordinal;
    worker->blocked = heartbeat->blocked;
    if (heartbeat->batch || heartbeat->blocked)
        worker->idle_ms = -1;
    else if (worker->idle_ms < 0)
        worker->idle_ms = now_ms;
    if (now_ms - worker->rated_ms >= 400) {
        double lately =
            (double)(worker->chunks - worker->chunks_before) * 1000.0 / (double)(now_ms - worker->rated_ms);
        worker->rate = worker->rate > 0 ? (worker->rate + lately) / 2 : lately;
        worker->chunks_before = worker->chunks;
        worker->rated_ms = now_ms;
    }
}

//  The mean of lately: one batch that took long says little.
static void take_pace (worker_t *worker, const rap_batch_t *batch, uint64_t processed_us)
{
    double now = batch->bytes ? (double)processed_us / batch->bytes : 0;
    worker->us_a_byte = worker->paced ? (3 * worker->us_a_byte + now) / 4 : now;
    worker->paced = true;
}

static void told_done (rap_dispatch_t *self, int64_t now_ms, worker_t *worker, const rap_done_t *done)
{
    lot_t *lot = leased_lot (self, worker, done->epoch, done->batch, done->attempt);
    if (!lot)
        return;
    worker->chunks += lot->batch.count;
    if (worker->hand == lot->batch.batch)
        worker->hand = 0;
    take_pace (worker, &lot->batch, done->processed_us);
    set_state (self, lot, DELIVERED);
    lot->since_ms = now_ms + self->options.receipt_ms;
}

static void told_fail (rap_dispatch_t *self, worker_t *worker, const rap_fail_t *fail)
{
    lot_t *lot = leased_lot (self, worker, fail->epoch, fail->batch, fail->attempt);
    if (!lot)
        return;
    rap_batch_t *batch = &lot->batch;
    char said[RAP_REASON_MAX];
    bool named = fail->ordinal >= batch->first && fail->ordinal - batch->first < batch->count;
    copy_text (said, sizeof said, fail->cause.len ? fail->cause : RAP_TEXT ("workers could not process it"));
    tell_tried (self, lot, named ? fail->ordinal : batch->first, named ? 1 : batch->count, "failed", said);
    if (!named || is_held (lot, fail->ordinal - batch->first)) {
        set_state (self, lot, WAITING);
        return;
    }
    if (batch->count > 1) {
        split_lot (self, lot, fail->ordinal, 1);
        return;
    }
    batch->fails++;
    if (batch->fails >= self->options.fails) {
        quarantine_lot (self, lot, said);
        return;
    }
    set_state (self, lot, WAITING);
    self->act.count (self->act.self, batch);
}

static void told_return (rap_dispatch_t *self, worker_t *worker, const rap_return__t *given)
{
    lot_t *lot = leased_lot (self, worker, given->epoch, given->batch, given->attempt);
    if (!lot)
        return;
    tell_all_tried (self, lot, "returned", "its worker gave it back");
    set_state (self, lot, WAITING);
}

rap_status_t rap_dispatch_told (rap_dispatch_t *self, int64_t now_ms, const rap_peer_t *peer,
                                const rap_message_t *message)
{
    worker_t *worker = find_peer (self, peer);
    if (!worker)
        return message->type == RAP_MSG_BYE ? RAP_OK : RAP_REFUSED;
    worker->heard_ms = self->now_ms = now_ms;
    switch (message->type) {
    case RAP_MSG_HEARTBEAT:
        told_heartbeat (now_ms, worker, &message->heartbeat);
        break;
    case RAP_MSG_DONE:
        told_done (self, now_ms, worker, &message->done);
        break;
    case RAP_MSG_FAIL:
        told_fail (self, worker, &message->fail);
        break;
    case RAP_MSG_RETURN:
        told_return (self, worker, &message->return_);
        break;
    case RAP_MSG_BYE:
        bury (self, now_ms, worker, false, "it said goodbye");
        break;
    default:
        break; //  not for this socket; the loop has logged it
    }
    return RAP_OK;
}

//  --- the sink --------------------------------------------------------------------

void rap_dispatch_sink_heard (rap_dispatch_t *self, int64_t now_ms, uint64_t incarnation)
{
    bool restarted = self->sink_known && self->sink_incarnation != incarnation;
    self->sink_known = true;
    self->sink_incarnation = incarnation;
    self->sink_ms = now_ms;
    if (!restarted)
        return;
    //  What was delivered to it and not committed went with it.
    self->query_open = false;
    for (lot_t *lot = TAILQ_FIRST (&self->lists[DELIVERED]); lot; lot = TAILQ_NEXT (lot, place))
        lot->since_ms = now_ms;
    for (lot_t *lot = TAILQ_FIRST (&self->lists[ASKED]); lot; lot = TAILQ_NEXT (lot, place))
        lot->query = 0;
}

bool rap_dispatch_sink_alive (const rap_dispatch_t *self, int64_t now_ms)
{
    return self->sink_known && now_ms - self->sink_ms <= self->options.sink_ms;
}

//  Marks chunks [first, end) of the lot as on the sink's disk.
static void hold (rap_dispatch_t *self, lot_t *lot, uint32_t first, uint32_t end)
{
    uint32_t from = first > lot->batch.first ? first - lot->batch.first : 0;
    uint32_t to = end - lot->batch.first < lot->batch.count ? end - lot->batch.first : lot->batch.count;
    for (uint32_t i = from; i < to; i++)
        if (!is_held (lot, i)) {
            lot->held_bits[i / 64] |= UINT64_C (1) << (i % 64);
            lot->held++;
        }
    if (lot->held < lot->batch.count)
        return;
    if (lot->state == LEASED) //  its DONE comes over another way, later
        lot->worker->chunks += lot->batch.count;
    self->act.finish (self->act.self, &lot->batch);
    drop_lot (self, lot);
}

static void receipt_range (rap_dispatch_t *self, const rap_range_t *range)
{
    paper_t *paper = find_paper (self, range->document_id.at, range->document_id.len);
    if (!paper)
        return;
    uint32_t end = range->first + range->count; //  the decoder bounds the sum
    for (lot_t *lot = TAILQ_FIRST (&paper->lots), *next; lot && lot->batch.first < end; lot = next) {
        next = TAILQ_NEXT (lot, of_paper); //  NULL when this was the last, and the paper goes with it
        if (lot->batch.first + lot->batch.count > range->first)
            hold (self, lot, range->first, end);
    }
}

//  All that was asked and is not held was lost, unless the sink says that it has
//  results which are not on its disk yet.
static void end_query (rap_dispatch_t *self, int64_t now_ms, bool pending)
{
    self->query_open = false;
    for (lot_t *lot = TAILQ_FIRST (&self->lists[ASKED]), *next; lot; lot = next) {
        next = TAILQ_NEXT (lot, place);
        if (lot->query != self->query)
            continue;
        if (pending && ++lot->asks < ASKS_MAX) {
            set_state (self, lot, DELIVERED);
            lot->since_ms = now_ms + ASK_AGAIN_MS;
            continue;
        }
        tell_all_tried (self, lot, "lost", "the sink was asked, and does not hold it");
        set_state (self, lot, WAITING);
    }
}

void rap_dispatch_receipt (rap_dispatch_t *self, int64_t now_ms, const rap_receipt_t *receipt)
{
    rap_dispatch_sink_heard (self, now_ms, receipt->incarnation);
    for (uint32_t i = 0; i < receipt->ranges.count; i++)
        receipt_range (self, &receipt->ranges.at[i]);
    if (receipt->query && self->query_open && receipt->query == self->query)
        end_query (self, now_ms, receipt->pending > 0);
}

//  --- time ----------------------------------------------------------------------

void rap_dispatch_woke (rap_dispatch_t *self, int64_t now_ms)
{
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place))
        worker->heard_ms = now_ms;
}

//  A worker that says it has nothing under its hand since longer than a lease,
//  and was sent something before that, never got it.
static void take_back_lost (rap_dispatch_t *self, int64_t now_ms, worker_t *worker)
{
    if (worker->idle_ms < 0 || now_ms - worker->idle_ms <= self->options.lease_ms)
        return;
    for (lot_t *lot = TAILQ_FIRST (&worker->leased), *next; lot; lot = next) {
        next = TAILQ_NEXT (lot, place);
        if (lot->since_ms > worker->idle_ms) //  within one millisecond, too: sending ends idleness
            continue;
        tell_all_tried (self, lot, "lost", "it did not reach its worker");
        set_state (self, lot, WAITING);
    }
}

static void ask_sink (rap_dispatch_t *self, int64_t now_ms)
{
    if (self->query_open && now_ms - self->query_ms > QUERY_TIMEOUT_MS) {
        self->query_open = false;
        for (lot_t *lot = TAILQ_FIRST (&self->lists[ASKED]); lot; lot = TAILQ_NEXT (lot, place))
            lot->query = 0;
    }
    if (self->query_open || !rap_dispatch_sink_alive (self, now_ms))
        return;
    for (lot_t *lot = TAILQ_FIRST (&self->lists[DELIVERED]), *next; lot; lot = next) {
        next = TAILQ_NEXT (lot, place);
        if (lot->since_ms <= now_ms)
            set_state (self, lot, ASKED);
    }
    rap_range_t ranges[QUERY_RANGES];
    uint32_t count = 0;
    for (lot_t *lot = TAILQ_FIRST (&self->lists[ASKED]); lot; lot = TAILQ_NEXT (lot, place)) {
        if (count == QUERY_RANGES)
            break;
        ranges[count].document_id = rap_text (lot->paper->document_id);
        ranges[count].first = lot->batch.first;
        ranges[count].count = lot->batch.count;
        count++;
    }
    if (count == 0 || self->act.ask (self->act.self, self->query + 1, ranges, count) != RAP_OK)
        return;
    self->query++;
    lot_t *lot = TAILQ_FIRST (&self->lists[ASKED]);
    for (uint32_t i = 0; i < count; i++, lot = TAILQ_NEXT (lot, place))
        lot->query = self->query;
    self->query_ms = now_ms;
    self->query_open = true;
}

void rap_dispatch_judge (rap_dispatch_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    for (worker_t *worker = TAILQ_FIRST (&self->workers), *next; worker; worker = next) {
        next = TAILQ_NEXT (worker, place);
        if (now_ms - worker->heard_ms > self->options.lease_ms)
            bury (self, now_ms, worker, true, "its lease ended");
        else
            take_back_lost (self, now_ms, worker);
    }
    ask_sink (self, now_ms);
}

//  --- giving out ----------------------------------------------------------------

uint32_t rap_dispatch_room (const rap_dispatch_t *self)
{
    return self->counts.loaded < self->options.loaded_max ? self->options.loaded_max - self->counts.loaded : 0;
}

void rap_dispatch_load (rap_dispatch_t *self, const rap_batch_t *batch, const char *document_id)
{
    if (find_lot (self, batch->batch))
        return;
    //  Sent before this life: its result may be in the store.
    lot_t *lot = new_lot (self, batch, get_paper (self, document_id), batch->attempts ? ASKED : WAITING);
    lot->asks = ASKS_MAX - ASKS_LOADED;
}

uint32_t rap_dispatch_batch_chunks (const rap_dispatch_t *self, uint64_t open_bytes)
{
    if (self->counts.workers < 2)
        return BATCH_CHUNKS_MOST;
    uint64_t chunks = open_bytes / CHUNK_BYTES / BATCHES_A_WORKER / self->counts.workers;
    if (chunks < BATCH_CHUNKS_LEAST)
        return BATCH_CHUNKS_LEAST;
    return chunks < BATCH_CHUNKS_MOST ? (uint32_t)chunks : BATCH_CHUNKS_MOST;
}

//  Within its credit, has it enough to do until more can be there?
static bool is_busy (const worker_t *worker, const rap_batch_t *batch)
{
    if (!worker->paced)
        return worker->held_batches >= FIRST_BATCHES;
    return worker->held_batches >= HOLD_BATCHES && (worker->held_bytes + batch->bytes) * worker->us_a_byte > HOLD_US;
}

static bool may_take (const worker_t *worker, const rap_batch_t *batch)
{
    if (worker->gone || worker->alone)
        return false;
    if (worker->held_batches == 0)
        return true;
    return !batch->alone && worker->held_batches < worker->credit_batches
           && worker->held_bytes + batch->bytes <= worker->credit_bytes && !is_busy (worker, batch);
}

//  A document that workers of one pipeline began goes on with them while one is here, so that its findings are
//  of one kind. Not so what runs alone: others may be able to do what these died of.
static bool is_bound (const rap_dispatch_t *self, const lot_t *lot)
{
    if (!self->mixed || lot->batch.alone || !*lot->paper->pipeline)
        return false;
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place))
        if (!worker->gone && strcmp (worker->pipeline, lot->paper->pipeline) == 0)
            return true;
    return false;
}

//  The worker that holds least; NULL if none may take it.
static worker_t *pick_worker (rap_dispatch_t *self, const lot_t *lot, bool bound)
{
    const rap_batch_t *batch = &lot->batch;
    worker_t *best = NULL;
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place)) {
        if (worker == self->reserved && !batch->alone)
            continue;
        if (bound && strcmp (worker->pipeline, lot->paper->pipeline) != 0)
            continue;
        if (may_take (worker, batch) && (!best || worker->held_batches < best->held_batches))
            best = worker;
    }
    return best;
}

//  Keeps a worker from further work until it is empty, so that a batch that runs
//  alone is not starved by others.
static void reserve_worker (rap_dispatch_t *self)
{
    worker_t *best = NULL;
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place))
        if (!worker->gone && (!best || worker->held_batches < best->held_batches))
            best = worker;
    self->reserved = best;
}

static bool may_fly (const rap_dispatch_t *self, const rap_batch_t *batch)
{
    return self->counts.flying == 0
           || (self->counts.flying < self->options.flying_max
               && self->counts.flying_bytes + batch->bytes <= self->options.flying_bytes);
}

static void plan_lot (rap_dispatch_t *self, lot_t *lot, worker_t *worker)
{
    lot->worker = worker;
    lot->batch.attempts++;
    if (!lot->batch.alone || !*lot->paper->pipeline)
        memcpy (lot->paper->pipeline, worker->pipeline, sizeof worker->pipeline);
    set_state (self, lot, PLANNED);
    //  The lease is weighed on the worker at once, so that the next pick sees it.
    worker->held_batches++;
    worker->held_bytes += lot->batch.bytes;
    worker->alone = lot->batch.alone;
    if (worker == self->reserved)
        self->reserved = NULL;
    TAILQ_REMOVE (&self->workers, worker, place);
    TAILQ_INSERT_TAIL (&self->workers, worker, place);
    self->act.count (self->act.self, &lot->batch);
}

static bool is_mixed (const rap_dispatch_t *self)
{
    const worker_t *first = TAILQ_FIRST (&self->workers);
    for (const worker_t *worker = first; worker; worker = TAILQ_NEXT (worker, place))
        if (strcmp (worker->pipeline, first->pipeline) != 0)
            return true;
    return false;
}

uint32_t rap_dispatch_plan (rap_dispatch_t *self, int64_t now_ms)
{
    uint32_t planned = 0;
    if (self->draining || TAILQ_EMPTY (&self->workers) || !rap_dispatch_sink_alive (self, now_ms))
        return 0;
    bool full = false; //  of work that need not run alone
    self->mixed = is_mixed (self);
    if (!self->alone_waiting)
        self->reserved = NULL;
    for (lot_t *lot = TAILQ_FIRST (&self->lists[WAITING]), *next; lot; lot = next) {
        next = TAILQ_NEXT (lot, place);
        if (!may_fly (self, &lot->batch) || (full && !self->alone_waiting))
            break;
        if (full && !lot->batch.alone)
            continue;
        bool bound = is_bound (self, lot);
        worker_t *worker = pick_worker (self, lot, bound);
        if (worker) {
            plan_lot (self, lot, worker);
            planned++;
        } else if (bound)
            continue; //  others may yet have room for what comes after it
        else if (!lot->batch.alone)
            full = true;
        else if (!self->reserved)
            reserve_worker (self);
    }
    return planned;
}

void rap_dispatch_send (rap_dispatch_t *self, int64_t now_ms)
{
    for (lot_t *lot = TAILQ_FIRST (&self->lists[PLANNED]), *next; lot; lot = next) {
        next = TAILQ_NEXT (lot, place);
        worker_t *worker = lot->worker;
        worker->held_batches--; //  LEASED weighs it again
        worker->held_bytes -= lot->batch.bytes;
        worker->alone = false;
        rap_status_t status =
            worker->gone ? RAP_REFUSED : self->act.send (self->act.self, &worker->peer, &lot->batch);
        if (status != RAP_OK) {
            worker->gone = worker->gone || status == RAP_REFUSED;
            set_state (self, lot, WAITING);
            continue;
        }
        set_state (self, lot, LEASED);
        lot->since_ms = lot->batch.sent_ms = now_ms;
        if (worker->idle_ms >= 0)
            worker->idle_ms = -1; //  its idleness is counted from the next heartbeat that says so
        self->counts.sent++;
    }
}

void rap_dispatch_part (rap_dispatch_t *self, int64_t now_ms, const char *cause)
{
    for (worker_t *worker = TAILQ_FIRST (&self->workers), *next; worker; worker = next) {
        next = TAILQ_NEXT (worker, place);
        bury (self, now_ms, worker, false, cause);
    }
}

void rap_dispatch_drain (rap_dispatch_t *self)
{
    self->draining = true;
}

//  --- construction and the end ----------------------------------------------------

rap_dispatch_t *rap_dispatch_new (const rap_dispatch_options_t *options, const rap_dispatch_actions_t *actions)
{
    rap_dispatch_t *self = zeroed (sizeof *self);
    self->options = *options;
    self->act = *actions;
    TAILQ_INIT (&self->workers);
    for (int i = 0; i < STATES; i++)
        TAILQ_INIT (&self->lists[i]);
    return self;
}

void rap_dispatch_forget (rap_dispatch_t *self)
{
    for (int i = 0; i < BUCKETS; i++) {
        for (lot_t *lot = self->by_batch[i], *next; lot; lot = next) {
            next = lot->next;
            free (lot);
        }
        self->by_batch[i] = NULL;
        for (paper_t *paper = self->papers[i], *next; paper; paper = next) {
            next = paper->next;
            free (paper);
        }
        self->papers[i] = NULL;
    }
    for (int i = 0; i < STATES; i++)
        TAILQ_INIT (&self->lists[i]);
    for (worker_t *worker = TAILQ_FIRST (&self->workers), *next; worker; worker = next) {
        next = TAILQ_NEXT (worker, place);
        free (worker);
    }
    TAILQ_INIT (&self->workers);
    self->reserved = NULL;
    self->alone_waiting = 0;
    self->query_open = false;
    self->counts = (rap_dispatch_counts_t){
        .sent = self->counts.sent, .deaths = self->counts.deaths, .ignored = self->counts.ignored};
}

void rap_dispatch_destroy (rap_dispatch_t **self_p)
{
    if (!*self_p)
        return;
    rap_dispatch_forget (*self_p);
    free (*self_p);
    *self_p = NULL;
}

//  --- for people ----------------------------------------------------------------

rap_dispatch_counts_t rap_dispatch_counts (const rap_dispatch_t *self)
{
    return self->counts;
}

void rap_dispatch_workers (const rap_dispatch_t *self, int64_t now_ms, rap_worker_visit_fn *visit, void *visit_self)
{
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place)) {
        uint32_t unreceipted = 0;
        for (lot_t *lot = TAILQ_FIRST (&self->lists[DELIVERED]); lot; lot = TAILQ_NEXT (lot, place))
            if (lot->worker == worker)
                unreceipted++;
        rap_worker_view_t view = {.id = worker->id,
                                  .pipeline = worker->pipeline,
                                  .peer = &worker->peer,
                                  .credit_batches = worker->credit_batches,
                                  .credit_bytes = worker->credit_bytes,
                                  .held_batches = worker->held_batches,
                                  .held_bytes = worker->held_bytes,
                                  .unreceipted = unreceipted,
                                  .hand = worker->hand,
                                  .ordinal = worker->ordinal,
                                  .chunks = worker->chunks,
                                  .rate = worker->rate,
                                  .heard_ms = now_ms - worker->heard_ms,
                                  .blocked = worker->blocked};
        const lot_t *longest = TAILQ_FIRST (&worker->leased);
        if (longest) {
            view.document = longest->paper->document_id;
            view.first = longest->batch.first;
            view.count = longest->batch.count;
            view.held_ms = now_ms - longest->since_ms;
        }
        visit (visit_self, &view);
    }
}

static rap_lot_view_t view_of (const lot_t *lot, int64_t now_ms)
{
    static const char *const states[STATES] = {"waiting", "planned", "leased", "delivered", "asked"};
    rap_lot_view_t view = {.batch = &lot->batch,
                           .state = states[lot->state],
                           .stored = lot->held,
                           .since_ms = lot->state == LEASED      ? now_ms - lot->since_ms
                                       : lot->state == DELIVERED ? lot->since_ms - now_ms
                                                                 : -1,
                           .asks = lot->asks};
    const worker_t *worker = lot->state == WAITING ? NULL : lot->worker;
    if (!worker)
        return view;
    view.worker = worker->id;
    view.incarnation = worker->incarnation;
    view.heard_ms = now_ms - worker->heard_ms;
    view.blocked = worker->blocked;
    view.under_hand = lot->state == LEASED && worker->hand == lot->batch.batch;
    view.hand_ordinal = worker->ordinal;
    if (lot->state == LEASED)
        for (const lot_t *at = TAILQ_FIRST (&worker->leased); at && at != lot; at = TAILQ_NEXT (at, place))
            view.before++;
    return view;
}

void rap_dispatch_lots (rap_dispatch_t *self, int64_t now_ms, rap_text_t document_id, rap_lot_visit_fn *visit,
                        void *visit_self)
{
    paper_t *paper = find_paper (self, document_id.at, document_id.len);
    for (lot_t *lot = paper ? TAILQ_FIRST (&paper->lots) : NULL; lot; lot = TAILQ_NEXT (lot, of_paper)) {
        rap_lot_view_t view = view_of (lot, now_ms);
        visit (visit_self, &view);
    }
}

rap_dispatch_hold_t rap_dispatch_hold (const rap_dispatch_t *self, int64_t now_ms)
{
    static const rap_batch_t least = {.count = 1};
    rap_dispatch_hold_t hold = {.no_workers = TAILQ_EMPTY (&self->workers),
                                .no_sink = !rap_dispatch_sink_alive (self, now_ms),
                                .draining = self->draining,
                                .no_credit = !TAILQ_EMPTY (&self->workers),
                                .flying = !may_fly (self, &least),
                                .sink_ms = self->sink_known ? now_ms - self->sink_ms : -1};
    for (worker_t *worker = TAILQ_FIRST (&self->workers); worker; worker = TAILQ_NEXT (worker, place))
        if (may_take (worker, &least))
            hold.no_credit = false;
    return hold;
}
