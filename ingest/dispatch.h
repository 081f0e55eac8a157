/*  dispatch: who holds which batch, and what becomes of it.
 *
 *  A pure state machine: no socket, no clock, no file. It is told what arrived
 *  and what time it is, and acts through the callbacks it was given. The loop
 *  owns it; one thread.
 *
 *  Each turn: messages are told; `judge` ends leases; `load` adds batches from
 *  the journal while there is `room`; `plan` gives batches to workers and counts
 *  the attempts; the loop commits the journal; `send` sends what was planned. If
 *  the commit fails, `forget`: all is loaded anew later, as after a restart.
 *
 *                     load, never sent
 *      (journal) ──────────────────────────> WAITING ──plan──> PLANNED ──send──> LEASED
 *          │                                   ^ ^ ^              │                │ │
 *          │ load, sent before      not held   │ │ └── no room ───┘                │ │ DONE
 *          └──────────────────> ASKED ─────────┘ └──── return, bye, death ─────────┘ │
 *                               ^   │                                                v
 *                               │   └──── the sink is still busy ────────────> DELIVERED
 *                               └── sink restarted, worker gone, no receipt for long ┘
 *
 *      From any state: receipts for all its chunks -> finish. A death or FAIL may
 *      split a batch into smaller ones (WAITING) or quarantine a single chunk.
 *
 *  Deaths are charged only to the batch under the dead worker's hand: what its
 *  last heartbeat named, else the oldest that was not DONE. At its second death a
 *  batch is split into single chunks that run alone; a chunk that died three times
 *  alone, under two incarnations, is quarantined. Draining, returning, losing the
 *  connection or having no workers charges nothing.
 *
 *  How much a worker is sent ahead adapts: within the credit that it asked for, as
 *  much as keeps it busy for a quarter of a second at the pace that its DONEs tell,
 *  and two batches at least. So a fast one far away does not wait for the line, a
 *  slow one does not keep what others could do, and all come to the end together.
 *
 *  While workers of several pipelines are here (an upgrade, one by one), the batches
 *  of a document go to workers of the pipeline that began it, as long as one is left;
 *  what runs alone goes to any.                                              */
#ifndef RAPPORTEUR_INGEST_DISPATCH_H
#define RAPPORTEUR_INGEST_DISPATCH_H

#include "rapporteur/endpoint.h"
#include "rapporteur/message.h"

#include "batch.h"

typedef struct rap_dispatch rap_dispatch_t;

typedef struct {
    uint64_t epoch;        //  of this ingest; late answers of other epochs are ignored
    int64_t lease_ms;      //  a worker unheard of for longer is dead
    int64_t receipt_ms;    //  delivered, and no receipt for longer: the sink is asked
    int64_t sink_ms;       //  a sink unheard of for longer is not alive: no dispatch
    uint32_t loaded_max;   //  batches loaded at once
    uint32_t flying_max;   //  batches sent and not receipted
    uint64_t flying_bytes; //  their bytes
    uint32_t workers_max;
    uint32_t split_deaths; //  deaths at which a batch is split
    uint32_t alone_deaths; //  deaths alone at which a chunk is quarantined
    uint32_t incarnations; //  under at least so many of them
    uint32_t fails;        //  FAILs at which a chunk is quarantined
} rap_dispatch_options_t;

#define RAP_DISPATCH_DEFAULTS                                                                                        \
    {                                                                                                                \
        .lease_ms = 2500, .receipt_ms = 10000, .sink_ms = 3000, .loaded_max = 2048, .flying_max = 1024,              \
        .flying_bytes = 48 << 20, .workers_max = 4096, .split_deaths = 2, .alone_deaths = 3, .incarnations = 2,      \
        .fails = 3                                                                                                   \
    }

//  What it acts through. Those that write to the journal do so in the open group.
typedef struct {
    void *self;
    //  The counts of the batch changed.
    void (*count) (void *self, const rap_batch_t *batch);
    //  All its chunks are on the sink's disk.
    void (*finish) (void *self, const rap_batch_t *batch);
    //  Replaced by `parts`; what no part covers is on the sink's disk. Gives the
    //  parts their numbers and bytes.
    void (*split) (void *self, const rap_batch_t *batch, rap_batch_t *parts, uint32_t parts_count);
    //  Given up, with the cause. A single chunk.
    void (*quarantine) (void *self, const rap_batch_t *batch, const char *cause);
    //  WORK to a worker: RAP_OK, RAP_AGAIN (no room), RAP_REFUSED (it is gone).
    rap_status_t (*send) (void *self, const rap_peer_t *peer, const rap_batch_t *batch);
    //  OPEN to the sink: RAP_OK or RAP_AGAIN.
    rap_status_t (*ask) (void *self, uint64_t query, const rap_range_t *ranges, uint32_t count);
    //  An attempt came to nothing. NULL: nobody wants to know.
    void (*tried) (void *self, const rap_tried_t *tried);
    //  For the log: a worker came, or left with a cause.
    void (*worker) (void *self, const char *id, const char *event, const char *cause);
} rap_dispatch_actions_t;

rap_dispatch_t *rap_dispatch_new (const rap_dispatch_options_t *options, const rap_dispatch_actions_t *actions);
void rap_dispatch_destroy (rap_dispatch_t **self_p);

//  --- what workers say --------------------------------------------------------
//  RAP_REFUSED with the reason if it cannot serve here.
rap_status_t rap_dispatch_hello (rap_dispatch_t *self, int64_t now_ms, const rap_peer_t *peer,
                                 const rap_hello_t *hello, rap_reason_t *reason);

//  HEARTBEAT, DONE, FAIL, RETURN, BYE. RAP_REFUSED: this worker is not known
//  (any more) and must say HELLO again; nothing happened. Late answers, of
//  another epoch or attempt, are RAP_OK and change nothing.
rap_status_t rap_dispatch_told (rap_dispatch_t *self, int64_t now_ms, const rap_peer_t *peer,
                                const rap_message_t *message);

//  --- what the sink says ------------------------------------------------------
//  WELCOME or any RECEIPT: it is alive, as this incarnation.
void rap_dispatch_sink_heard (rap_dispatch_t *self, int64_t now_ms, uint64_t incarnation);
void rap_dispatch_receipt (rap_dispatch_t *self, int64_t now_ms, const rap_receipt_t *receipt);
bool rap_dispatch_sink_alive (const rap_dispatch_t *self, int64_t now_ms);

//  --- each turn ---------------------------------------------------------------
//  The process was stopped for a while: leases begin anew.
void rap_dispatch_woke (rap_dispatch_t *self, int64_t now_ms);

//  Ends leases, asks the sink. Only after all waiting messages were told.
void rap_dispatch_judge (rap_dispatch_t *self, int64_t now_ms);

//  How many chunks the batches of a document should have: what is open, so many bytes
//  of documents, divided so that each worker has its share of it in a few batches, 16
//  to 64. What is little is done soonest by all together; when behind, and for one
//  worker, large ones cost least.
uint32_t rap_dispatch_batch_chunks (const rap_dispatch_t *self, uint64_t open_bytes);

//  Batches that may be loaded now. Loading one that is here already is ignored.
uint32_t rap_dispatch_room (const rap_dispatch_t *self);
void rap_dispatch_load (rap_dispatch_t *self, const rap_batch_t *batch, const char *document_id);

//  Answers how many batches were planned (and counted).
uint32_t rap_dispatch_plan (rap_dispatch_t *self, int64_t now_ms);
void rap_dispatch_send (rap_dispatch_t *self, int64_t now_ms);

//  Everything is forgotten but the sink; workers will be told to say HELLO.
void rap_dispatch_forget (rap_dispatch_t *self);

//  All connections of workers were cut by ourselves: who held what is over, uncharged.
void rap_dispatch_part (rap_dispatch_t *self, int64_t now_ms, const char *cause);

//  Nothing more is planned.
void rap_dispatch_drain (rap_dispatch_t *self);

//  --- for people --------------------------------------------------------------
typedef struct {
    uint32_t workers;
    uint32_t loaded;  //  batches
    uint32_t waiting; //  of them, not given to a worker
    uint32_t flying;  //  sent, not receipted
    uint64_t flying_bytes;
    uint64_t flying_chunks;
    uint64_t sent;    //  batches, since start
    uint64_t deaths;  //  workers buried
    uint64_t ignored; //  late answers
} rap_dispatch_counts_t;

rap_dispatch_counts_t rap_dispatch_counts (const rap_dispatch_t *self);

typedef struct {
    const char *id;
    const char *pipeline;
    const rap_peer_t *peer;
    uint32_t credit_batches, credit_bytes;
    uint32_t held_batches; //  sent, not DONE
    uint32_t held_bytes;
    uint32_t unreceipted;  //  DONE, not receipted
    uint64_t hand;         //  batch under its hand; 0 none
    uint32_t ordinal;      //  chunk under its hand
    const char *document;  //  of what it has held for the longest; NULL: it holds nothing
    uint32_t first, count; //  its chunks of that
    int64_t held_ms;       //  since when, ago
    uint64_t chunks;       //  done in all
    double rate;           //  chunks a second, lately
    int64_t heard_ms;      //  ago
    bool blocked;
} rap_worker_view_t;

typedef void (rap_worker_visit_fn) (void *self, const rap_worker_view_t *worker);

//  Where a loaded batch is, and with whom.
typedef struct {
    const rap_batch_t *batch;
    const char *state;     //  waiting, planned, leased, delivered, asked: as above
    uint32_t stored;       //  chunks of it that are receipted already
    int64_t since_ms;      //  leased: sent so long ago; delivered: asked for in so long; -1: not known
    uint32_t asks;         //  times that the sink was asked for it in vain
    const char *worker;    //  that holds or delivered it; NULL: none
    uint64_t incarnation;  //  of it
    int64_t heard_ms;      //  ago
    bool blocked;          //  it waits for the sink
    bool under_hand;       //  by its last word this is what it works on,
    uint32_t hand_ordinal; //  at this chunk
    uint32_t before;       //  leased: batches that it was sent earlier and still holds
} rap_lot_view_t;

//  The loaded batches of a document in the order of its chunks.
typedef void (rap_lot_visit_fn) (void *self, const rap_lot_view_t *lot);
void rap_dispatch_lots (rap_dispatch_t *self, int64_t now_ms, rap_text_t document_id, rap_lot_visit_fn *visit,
                        void *visit_self);

//  What keeps batches that wait from being given out, as of now; all false: nothing.
typedef struct {
    bool no_workers;
    bool no_sink;
    bool draining;
    bool no_credit;  //  every worker has as much as it may hold
    bool flying;     //  as much is unreceipted as may be
    int64_t sink_ms; //  since the sink was heard of; -1: never
} rap_dispatch_hold_t;
rap_dispatch_hold_t rap_dispatch_hold (const rap_dispatch_t *self, int64_t now_ms);
void rap_dispatch_workers (const rap_dispatch_t *self, int64_t now_ms, rap_worker_visit_fn *visit, void *visit_self);

#endif
