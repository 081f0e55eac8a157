//  dispatch: stories of leases, and a storm of everything at once. Time is a
//  number here, the journal an array, workers and sink are played.
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dispatch.h"

enum { BATCHES = 4096, SENT_MAX = 20000, RANGES = 64 };

//  What the played journal knows of a batch.
typedef struct {
    rap_batch_t batch;
    bool exists;
    bool counted; //  its attempt was written after the last plan
} kept_t;

//  A WORK that was sent.
typedef struct {
    rap_peer_t peer;
    rap_batch_t batch;
} sent_t;

typedef struct {
    rap_dispatch_t *dispatch;
    int64_t now;
    kept_t kept[BATCHES];
    uint64_t next_batch;
    sent_t sent[SENT_MAX];
    uint32_t sent_count;
    uint32_t finished;    //  batches
    uint32_t quarantined; //  chunks
    char cause[400];
    uint32_t quarantined_ordinal;
    uint64_t query; //  the last OPEN
    rap_range_t asked[1024];
    char asked_ids[1024][33];
    uint32_t asked_count;
    rap_status_t send_status;
    char event[64]; //  the last that was told of a worker
} stage_t;

static const char *const PAPER = "0123456789abcdef0123456789abcdef";

static void act_count (void *self, const rap_batch_t *batch)
{
    stage_t *stage = self;
    ck_assert (stage->kept[batch->batch].exists);
    stage->kept[batch->batch].batch = *batch;
    stage->kept[batch->batch].counted = true;
}

static void act_finish (void *self, const rap_batch_t *batch)
{
    stage_t *stage = self;
    ck_assert (stage->kept[batch->batch].exists);
    stage->kept[batch->batch].exists = false;
    stage->finished++;
}

static void act_split (void *self, const rap_batch_t *batch, rap_batch_t *parts, uint32_t parts_count)
{
    stage_t *stage = self;
    ck_assert (stage->kept[batch->batch].exists);
    stage->kept[batch->batch].exists = false;
    for (uint32_t i = 0; i < parts_count; i++) {
        ck_assert_uint_lt (stage->next_batch, BATCHES);
        parts[i].batch = stage->next_batch++;
        parts[i].bytes = parts[i].count * 100;
        stage->kept[parts[i].batch] = (kept_t){.batch = parts[i], .exists = true, .counted = true};
    }
}

static void act_quarantine (void *self, const rap_batch_t *batch, const char *cause)
{
    stage_t *stage = self;
    ck_assert (stage->kept[batch->batch].exists);
    ck_assert_uint_eq (batch->count, 1);
    stage->kept[batch->batch].exists = false;
    stage->quarantined++;
    stage->quarantined_ordinal = batch->first;
    snprintf (stage->cause, sizeof stage->cause, "%s", cause);
}

static rap_status_t act_send (void *self, const rap_peer_t *peer, const rap_batch_t *batch)
{
    stage_t *stage = self;
    ck_assert (stage->kept[batch->batch].counted); //  durable before dispatch
    ck_assert_uint_eq (stage->kept[batch->batch].batch.attempts, batch->attempts);
    if (stage->send_status != RAP_OK)
        return stage->send_status;
    ck_assert_uint_lt (stage->sent_count, SENT_MAX);
    stage->sent[stage->sent_count++] = (sent_t){.peer = *peer, .batch = *batch};
    stage->kept[batch->batch].counted = false;
    return RAP_OK;
}

static rap_status_t act_ask (void *self, uint64_t query, const rap_range_t *ranges, uint32_t count)
{
    stage_t *stage = self;
    stage->query = query;
    stage->asked_count = count;
    for (uint32_t i = 0; i < count; i++) {
        snprintf (stage->asked_ids[i], 33, "%.32s", ranges[i].document_id.at);
        stage->asked[i] = ranges[i];
        stage->asked[i].document_id = rap_text (stage->asked_ids[i]);
    }
    return RAP_OK;
}

static void act_worker (void *self, const char *id, const char *event, const char *cause)
{
    (void)id;
    (void)cause;
    snprintf (((stage_t *)self)->event, sizeof ((stage_t *)self)->event, "%s", event);
}

static stage_t *stage;

static void begin_with (rap_dispatch_options_t options)
{
    stage = calloc (1, sizeof *stage);
    stage->next_batch = 1;
    stage->now = 1000;
    options.epoch = 7;
    rap_dispatch_actions_t actions = {.self = stage,
                                      .count = act_count,
                                      .finish = act_finish,
                                      .split = act_split,
                                      .quarantine = act_quarantine,
                                      .send = act_send,
                                      .ask = act_ask,
                                      .worker = act_worker};
    stage->dispatch = rap_dispatch_new (&options, &actions);
}

static void begin (void)
{
    rap_dispatch_options_t options = RAP_DISPATCH_DEFAULTS;
    begin_with (options);
    rap_dispatch_sink_heard (stage->dispatch, stage->now, 1);
}

static void end (void)
{
    rap_dispatch_destroy (&stage->dispatch);
    free (stage);
}

//  --- verbs of the stories ------------------------------------------------------

static uint64_t load (uint64_t number, uint32_t first, uint32_t count, const char *paper)
{
    rap_batch_t batch = {
        .batch = stage->next_batch++, .number = number, .first = first, .count = count, .bytes = count * 100};
    stage->kept[batch.batch] = (kept_t){.batch = batch, .exists = true};
    rap_dispatch_load (stage->dispatch, &batch, paper);
    return batch.batch;
}

static rap_peer_t peer_of (unsigned n)
{
    return (rap_peer_t){.bytes = {(uint8_t)n, (uint8_t)(n >> 8)}, .len = 2};
}

static rap_status_t hello_as (unsigned peer, const char *id, uint64_t incarnation, uint32_t credit)
{
    rap_reason_t reason;
    rap_peer_t name = peer_of (peer);
    rap_hello_t hello = {.protocol_min = 1,
                         .protocol_max = 1,
                         .role = RAP_TEXT ("worker"),
                         .id = rap_text (id),
                         .incarnation = incarnation,
                         .credit_batches = credit,
                         .credit_bytes = 1 << 20};
    return rap_dispatch_hello (stage->dispatch, stage->now, &name, &hello, &reason);
}

static void hello (unsigned peer, const char *id, uint64_t incarnation)
{
    ck_assert_int_eq (hello_as (peer, id, incarnation, 4), RAP_OK);
}

static rap_status_t tell (unsigned peer, rap_message_t message)
{
    rap_peer_t name = peer_of (peer);
    return rap_dispatch_told (stage->dispatch, stage->now, &name, &message);
}

static rap_status_t done (unsigned peer, uint64_t batch, uint32_t attempt)
{
    return tell (peer,
                 (rap_message_t){.type = RAP_MSG_DONE, .done = {.epoch = 7, .batch = batch, .attempt = attempt}});
}

static rap_status_t beat (unsigned peer, uint64_t hand)
{
    return tell (peer, (rap_message_t){.type = RAP_MSG_HEARTBEAT, .heartbeat = {.batch = hand}});
}

static rap_status_t cannot (unsigned peer, uint64_t batch, uint32_t attempt, uint32_t ordinal)
{
    return tell (peer, (rap_message_t){.type = RAP_MSG_FAIL,
                                       .fail = {.epoch = 7,
                                                .batch = batch,
                                                .attempt = attempt,
                                                .ordinal = ordinal,
                                                .cause = RAP_TEXT ("too many findings")}});
}

static void receipt_of (const char *paper, uint32_t first, uint32_t count)
{
    rap_range_t range = {.document_id = rap_text (paper), .first = first, .count = count};
    rap_receipt_t receipt = {.incarnation = 1, .ranges = {.at = &range, .count = 1}};
    rap_dispatch_receipt (stage->dispatch, stage->now, &receipt);
}

static void answer_query (uint64_t incarnation, const rap_range_t *held, uint32_t count, uint64_t pending)
{
    rap_receipt_t receipt = {.incarnation = incarnation,
                             .query = stage->query,
                             .pending = pending,
                             .ranges = {.at = held, .count = count}};
    rap_dispatch_receipt (stage->dispatch, stage->now, &receipt);
}

//  A turn: judge, plan, commit, send. Answers how many were sent.
static uint32_t turn (int64_t later)
{
    uint32_t before = stage->sent_count;
    stage->now += later;
    rap_dispatch_judge (stage->dispatch, stage->now);
    rap_dispatch_plan (stage->dispatch, stage->now);
    rap_dispatch_send (stage->dispatch, stage->now);
    return stage->sent_count - before;
}

static const sent_t *last_sent (void)
{
    ck_assert_uint_gt (stage->sent_count, 0);
    return &stage->sent[stage->sent_count - 1];
}

static bool sent_to (const sent_t *sent, unsigned peer)
{
    rap_peer_t name = peer_of (peer);
    return memcmp (sent->peer.bytes, name.bytes, 2) == 0;
}

static void sink_alive (void)
{
    rap_dispatch_sink_heard (stage->dispatch, stage->now, 1);
}

static rap_dispatch_counts_t counts (void)
{
    return rap_dispatch_counts (stage->dispatch);
}

//  --- stories ---------------------------------------------------------------------

START_TEST (work_done_and_receipted_is_gone)
{
    begin ();
    uint64_t batch = load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 1);
    ck_assert_uint_eq (last_sent ()->batch.batch, batch);
    ck_assert_uint_eq (last_sent ()->batch.attempts, 1);
    ck_assert_int_eq (done (1, batch, 1), RAP_OK);
    ck_assert_uint_eq (counts ().flying, 1); //  DONE alone proves nothing
    receipt_of (PAPER, 0, 4);
    ck_assert_uint_eq (stage->finished, 0);
    receipt_of (PAPER, 4, 6);
    ck_assert_uint_eq (stage->finished, 1);
    ck_assert_uint_eq (counts ().loaded, 0);
    ck_assert_uint_eq (counts ().flying_bytes, 0);
    end ();
}
END_TEST

START_TEST (a_receipt_counts_from_any_state)
{
    begin ();
    load (1, 0, 10, PAPER);
    receipt_of (PAPER, 0, 100); //  not even sent in this life
    ck_assert_uint_eq (stage->finished, 1);
    receipt_of (PAPER, 0, 100);
    receipt_of ("fedcba9876543210fedcba9876543210", 0, 1);
    receipt_of ("short", 0, 1);
    ck_assert_uint_eq (stage->finished, 1);
    end ();
}
END_TEST

START_TEST (nothing_goes_out_without_a_sink)
{
    rap_dispatch_options_t options = RAP_DISPATCH_DEFAULTS;
    begin_with (options);
    load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 0);
    sink_alive ();
    ck_assert_uint_eq (turn (1), 1);
    load (1, 10, 10, PAPER);
    stage->now += 3001;
    beat (1, 0);
    ck_assert_uint_eq (turn (0), 0); //  it fell silent
    end ();
}
END_TEST

START_TEST (credit_bounds_batches_and_bytes)
{
    begin ();
    for (uint32_t i = 0; i < 10; i++)
        load (1, i * 10, 10, PAPER);
    ck_assert_int_eq (hello_as (1, "a", 11, 3), RAP_OK);
    ck_assert_uint_eq (turn (1), 3);
    ck_assert_uint_eq (turn (1), 0);
    done (1, stage->sent[0].batch.batch, 1);
    ck_assert_uint_eq (turn (1), 1); //  DONE gives credit back
    end ();

    begin ();
    for (uint32_t i = 0; i < 10; i++)
        load (1, i * 10, 10, PAPER); //  1,000 bytes each
    rap_peer_t peer = peer_of (1);
    rap_reason_t reason;
    rap_hello_t poor = {.protocol_min = 1,
                        .protocol_max = 1,
                        .role = RAP_TEXT ("worker"),
                        .id = RAP_TEXT ("a"),
                        .incarnation = 1,
                        .credit_batches = 100,
                        .credit_bytes = 2500};
    ck_assert_int_eq (rap_dispatch_hello (stage->dispatch, stage->now, &peer, &poor, &reason), RAP_OK);
    ck_assert_uint_eq (turn (1), 2);
    end ();
}
END_TEST

//  Says DONE of all that was sent and not done yet, each batch having taken so long.
static void done_each (unsigned peer, uint32_t *from, uint64_t took_us)
{
    for (; *from < stage->sent_count; ++*from)
        tell (peer, (rap_message_t){.type = RAP_MSG_DONE,
                                    .done = {.epoch = 7,
                                             .batch = stage->sent[*from].batch.batch,
                                             .attempt = 1,
                                             .processed_us = took_us}});
}

//  How many batches are sent ahead once it is known how long one takes.
static uint32_t sent_ahead (uint64_t took_us)
{
    uint32_t from = 0;
    begin ();
    for (uint32_t i = 0; i < 200; i++)
        load (1, i * 10, 10, PAPER); //  1,000 bytes each
    ck_assert_int_eq (hello_as (1, "a", 11, 50), RAP_OK);
    ck_assert_uint_eq (turn (1), 4); //  not yet
    done_each (1, &from, took_us);
    uint32_t ahead = turn (1);
    ck_assert_uint_eq (turn (1), 0);
    end ();
    return ahead;
}

START_TEST (what_is_sent_ahead_goes_by_the_workers_pace)
{
    ck_assert_uint_eq (sent_ahead (1), 50);         //  all that it asked for
    ck_assert_uint_eq (sent_ahead (0), 50);         //  it does not say
    ck_assert_uint_eq (sent_ahead (10000), 25);     //  a quarter of a second
    ck_assert_uint_eq (sent_ahead (200000), 2);     //  the next one is there
    ck_assert_uint_eq (sent_ahead (UINT64_MAX), 2); //  nonsense is no more than that
}
END_TEST

START_TEST (the_pace_follows_the_worker)
{
    uint32_t from = 0, ahead = 0;
    begin ();
    for (uint32_t i = 0; i < 400; i++)
        load (1, i * 10, 10, PAPER);
    ck_assert_int_eq (hello_as (1, "a", 11, 20), RAP_OK);
    turn (1);
    done_each (1, &from, 200000);
    ck_assert_uint_eq (turn (1), 2);
    for (int i = 0; i < 20; i++, ahead = turn (1)) //  it got faster
        done_each (1, &from, 1000);
    ck_assert_uint_eq (ahead, 20);
    for (int i = 0; i < 5; i++, ahead = turn (1)) //  and slow again
        done_each (1, &from, 200000);
    ck_assert_uint_eq (ahead, 2);
    end ();
}
END_TEST

START_TEST (batches_are_small_for_little_and_large_when_behind)
{
    begin ();
    hello (1, "a", 11);
    ck_assert_uint_eq (rap_dispatch_batch_chunks (stage->dispatch, 0), 64); //  nobody to share it with
    hello (2, "b", 12);
    ck_assert_uint_eq (rap_dispatch_batch_chunks (stage->dispatch, 0), 16);
    ck_assert_uint_eq (rap_dispatch_batch_chunks (stage->dispatch, 60000), 23); //  8 for some 187 chunks
    ck_assert_uint_eq (rap_dispatch_batch_chunks (stage->dispatch, 1 << 20), 64);
    ck_assert_uint_eq (rap_dispatch_batch_chunks (stage->dispatch, UINT64_MAX), 64);
    end ();
}
END_TEST

START_TEST (the_window_bounds_what_flies)
{
    rap_dispatch_options_t options = RAP_DISPATCH_DEFAULTS;
    options.flying_max = 5;
    begin_with (options);
    sink_alive ();
    for (uint32_t i = 0; i < 10; i++)
        load (1, i, 1, PAPER);
    hello (1, "a", 11);
    hello (2, "b", 12);
    ck_assert_uint_eq (turn (1), 5);
    for (uint32_t i = 0; i < 5; i++)
        done (1 + !sent_to (&stage->sent[i], 1), stage->sent[i].batch.batch, 1);
    ck_assert_uint_eq (turn (1), 0); //  no receipts, no work
    receipt_of (PAPER, 0, 2);
    ck_assert_uint_eq (turn (1), 2);
    end ();
}
END_TEST

START_TEST (work_is_shared_and_in_order)
{
    begin ();
    load (2, 0, 1, "11111111111111111111111111111111");
    load (1, 5, 1, PAPER);
    load (1, 0, 1, PAPER);
    hello (1, "a", 11);
    hello (2, "b", 12);
    ck_assert_uint_eq (turn (1), 3);
    ck_assert_uint_eq (stage->sent[0].batch.number, 1);
    ck_assert_uint_eq (stage->sent[0].batch.first, 0);
    ck_assert_uint_eq (stage->sent[1].batch.first, 5);
    ck_assert_uint_eq (stage->sent[2].batch.number, 2);
    ck_assert (sent_to (&stage->sent[0], 1) != sent_to (&stage->sent[1], 1));
    end ();
}
END_TEST

START_TEST (a_silent_worker_dies_and_only_its_hand_is_charged)
{
    begin ();
    for (uint32_t i = 0; i < 3; i++)
        load (1, i * 10, 10, PAPER);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 3);
    done (1, 1, 1);
    beat (1, 3); //  it works on the third, whatever came before
    ck_assert_uint_eq (turn (2500), 0);
    sink_alive ();
    turn (1);
    ck_assert_str_eq (stage->event, "worker.died");
    ck_assert_uint_eq (stage->kept[3].batch.deaths, 1);
    ck_assert_uint_eq (stage->kept[2].batch.deaths, 0);
    ck_assert_int_eq (beat (1, 3), RAP_REFUSED); //  it must say HELLO again
    hello (2, "b", 12);
    sink_alive ();
    ck_assert_uint_eq (turn (1), 2); //  the first was DONE: the sink is asked before it goes anywhere
    turn (300);
    ck_assert_uint_eq (stage->asked_count, 1);
    ck_assert_uint_eq (stage->asked[0].first, 0);
    answer_query (1, NULL, 0, 0);
    ck_assert_uint_eq (turn (1), 1);
    ck_assert_uint_eq (last_sent ()->batch.first, 0);
    ck_assert_uint_eq (last_sent ()->batch.attempts, 2);
    end ();
}
END_TEST

START_TEST (a_new_incarnation_ends_the_old_one_at_once)
{
    begin ();
    uint64_t batch = load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    turn (1);
    hello (2, "a", 12);
    ck_assert_uint_eq (stage->kept[batch].batch.deaths, 1);
    ck_assert_uint_eq (turn (1), 1);
    ck_assert (sent_to (last_sent (), 2));
    ck_assert_int_eq (done (1, batch, 1), RAP_REFUSED); //  the old one
    ck_assert_int_eq (done (2, batch, 1), RAP_OK);      //  of an old attempt: ignored
    ck_assert_uint_eq (counts ().ignored, 1);
    end ();
}
END_TEST

START_TEST (two_workers_of_one_id_do_not_bury_each_other_for_ever)
{
    begin ();
    uint64_t batch = load (1, 0, 10, PAPER);
    hello (1, "same", 11);
    turn (1);
    hello (2, "same", 12);
    ck_assert_int_eq (hello_as (1, "same", 11, 4), RAP_REFUSED);
    ck_assert_uint_eq (counts ().workers, 1);
    ck_assert_uint_eq (stage->kept[batch].batch.deaths, 1);
    end ();
}
END_TEST

START_TEST (hello_said_twice_changes_nothing)
{
    begin ();
    load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 1);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 0);
    ck_assert_uint_eq (counts ().workers, 1);
    ck_assert_int_eq (done (1, 1, 1), RAP_OK);
    end ();
}
END_TEST

START_TEST (returning_draining_and_reconnecting_charge_nothing)
{
    begin ();
    uint64_t batch = load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    turn (1);
    tell (1, (rap_message_t){.type = RAP_MSG_RETURN, .return_ = {.epoch = 7, .batch = batch, .attempt = 1}});
    ck_assert_uint_eq (turn (1), 1);
    tell (1, (rap_message_t){.type = RAP_MSG_BYE});
    ck_assert_uint_eq (counts ().workers, 0);
    ck_assert_int_eq (tell (1, (rap_message_t){.type = RAP_MSG_BYE}), RAP_OK);
    hello (2, "a", 11);
    ck_assert_uint_eq (turn (1), 1);
    hello (3, "a", 11); //  the same worker over a new connection
    ck_assert_uint_eq (turn (1), 1);
    ck_assert (sent_to (last_sent (), 3));
    stage->send_status = RAP_REFUSED; //  its connection is broken
    load (1, 10, 10, PAPER);
    ck_assert_uint_eq (turn (1), 0);
    ck_assert_uint_eq (stage->kept[batch].batch.deaths, 0);
    ck_assert_uint_eq (stage->kept[batch].batch.attempts, 4);
    ck_assert_uint_eq (counts ().waiting, 1);
    end ();
}
END_TEST

START_TEST (late_answers_change_nothing)
{
    begin ();
    uint64_t batch = load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    hello (2, "b", 12);
    turn (1);
    unsigned holder = sent_to (last_sent (), 1) ? 1 : 2;
    ck_assert_int_eq (done (3 - holder, batch, 1), RAP_OK); //  not its lease
    ck_assert_int_eq (done (holder, batch, 2), RAP_OK);     //  not this attempt
    tell (holder,
          (rap_message_t){.type = RAP_MSG_DONE, .done = {.epoch = 6, .batch = batch, .attempt = 1}}); //  old epoch
    cannot (holder, batch, 9, 0);
    ck_assert_uint_eq (counts ().ignored, 4);
    done (holder, batch, 1);
    done (holder, batch, 1); //  again
    ck_assert_uint_eq (counts ().ignored, 5);
    end ();
}
END_TEST

static void hello_of (unsigned peer, const char *id, const char *pipeline)
{
    rap_peer_t name = peer_of (peer);
    rap_hello_t hello = {.protocol_min = 1,
                         .protocol_max = 1,
                         .role = RAP_TEXT ("worker"),
                         .id = rap_text (id),
                         .incarnation = peer + 100,
                         .pipeline = rap_text (pipeline),
                         .credit_batches = 1,
                         .credit_bytes = 1 << 20};
    ck_assert_int_eq (rap_dispatch_hello (stage->dispatch, stage->now, &name, &hello, NULL), RAP_OK);
}

typedef struct {
    const char *worker;
    uint32_t first;
} where_t;

static void note_where (void *self, const rap_lot_view_t *lot)
{
    where_t *where = self;
    if (lot->batch->first == where->first)
        where->worker = lot->worker;
}

//  Who has the batch of PAPER that begins there; NULL: nobody.
static const char *holder_of (uint32_t first)
{
    where_t where = {.first = first};
    rap_dispatch_lots (stage->dispatch, stage->now, rap_text (PAPER), note_where, &where);
    return where.worker;
}

START_TEST (a_document_goes_on_with_the_pipeline_that_began_it)
{
    const char *const other = "fedcba9876543210fedcba9876543210";
    begin ();
    hello_of (1, "old", "before");
    load (1, 0, 1, PAPER);
    ck_assert_uint_eq (rap_dispatch_plan (stage->dispatch, stage->now), 1);
    rap_dispatch_send (stage->dispatch, stage->now);
    hello_of (2, "new", "after");
    load (1, 1, 1, PAPER);
    load (2, 0, 1, other);
    //  The new one is free; it gets the other document, though that comes later.
    ck_assert_uint_eq (rap_dispatch_plan (stage->dispatch, stage->now), 1);
    rap_dispatch_send (stage->dispatch, stage->now);
    ck_assert_ptr_null (holder_of (1));
    ck_assert_int_eq (done (1, 1, 1), RAP_OK);
    ck_assert_uint_eq (rap_dispatch_plan (stage->dispatch, stage->now), 1);
    ck_assert_str_eq (holder_of (1), "old");
    rap_dispatch_send (stage->dispatch, stage->now);
    //  The last of its kind leaves: what it had goes to the others.
    ck_assert_int_eq (done (2, 3, 1), RAP_OK);
    ck_assert_int_eq (tell (1, (rap_message_t){.type = RAP_MSG_BYE}), RAP_OK);
    ck_assert_uint_eq (rap_dispatch_plan (stage->dispatch, stage->now), 1);
    ck_assert_str_eq (holder_of (1), "new");
    end ();
}
END_TEST

START_TEST (poison_is_found_alone_and_quarantined)
{
    begin ();
    load (1, 0, 4, PAPER);
    uint64_t incarnation = 100;
    uint32_t deaths = 0;
    //  One worker; chunk 2 kills it whenever it is worked on. All else is done.
    for (int i = 0; i < 200 && !stage->quarantined; i++) {
        incarnation++;
        hello ((unsigned)incarnation, "a", incarnation);
        turn (1);
        while (stage->sent_count && counts ().flying) {
            const sent_t *sent = last_sent ();
            bool kills = sent->batch.first <= 2 && sent->batch.first + sent->batch.count > 2;
            if (sent->batch.alone)
                ck_assert_uint_eq (counts ().flying, 1);
            if (kills) {
                beat ((unsigned)incarnation, sent->batch.batch);
                deaths++;
                break;
            }
            done ((unsigned)incarnation, sent->batch.batch, sent->batch.attempts);
            receipt_of (PAPER, sent->batch.first, sent->batch.count);
            if (!turn (1))
                break;
        }
    }
    //  Two deaths of the whole, three alone; the last is charged when its successor comes.
    ck_assert_uint_eq (stage->quarantined, 1);
    ck_assert_uint_eq (stage->quarantined_ordinal, 2);
    ck_assert_uint_eq (deaths, 5);
    ck_assert_ptr_nonnull (strstr (stage->cause, "3 workers died"));
    turn (1);
    for (int i = 0; i < 3 && counts ().loaded; i++) {
        const sent_t *sent = last_sent ();
        done ((unsigned)incarnation, sent->batch.batch, sent->batch.attempts);
        receipt_of (PAPER, sent->batch.first, sent->batch.count);
        turn (1);
    }
    ck_assert_uint_eq (counts ().loaded, 0);
    ck_assert_uint_eq (stage->finished, 3);
    end ();
}
END_TEST

START_TEST (one_incarnation_is_not_enough_for_quarantine)
{
    begin ();
    rap_batch_t suspect = {.batch = stage->next_batch++,
                           .number = 1,
                           .first = 3,
                           .count = 1,
                           .bytes = 100,
                           .alone = true,
                           .deaths = 2,
                           .incarnations = 1,
                           .last_incarnation = 50};
    stage->kept[suspect.batch] = (kept_t){.batch = suspect, .exists = true};
    rap_dispatch_load (stage->dispatch, &suspect, PAPER);
    hello (1, "a", 50);
    turn (1);
    sink_alive ();
    turn (2501);
    ck_assert_uint_eq (stage->quarantined, 0);
    ck_assert_uint_eq (stage->kept[suspect.batch].batch.deaths, 3);
    sink_alive ();
    hello (2, "b", 51);
    turn (1);
    sink_alive ();
    turn (2501);
    ck_assert_uint_eq (stage->quarantined, 1);
    end ();
}
END_TEST

START_TEST (fails_part_the_chunk_from_its_batch)
{
    begin ();
    uint64_t batch = load (1, 10, 5, PAPER);
    ck_assert_int_eq (hello_as (1, "a", 11, 100), RAP_OK);
    turn (1);
    receipt_of (PAPER, 10, 1); //  held already, goes into no part
    cannot (1, batch, 1, 12);
    ck_assert_uint_eq (counts ().loaded, 3); //  11; 12; 13 and 14
    uint32_t tries = 1;
    while (turn (1)) {
        const sent_t *sent = last_sent ();
        if (sent->batch.first == 12) {
            ck_assert (sent->batch.alone);
            ck_assert_uint_eq (sent->batch.fails, tries++);
            ck_assert_uint_eq (stage->quarantined, 0);
            cannot (1, sent->batch.batch, sent->batch.attempts, 12);
            continue;
        }
        ck_assert_uint_eq (sent->batch.fails, 0);
        done (1, sent->batch.batch, sent->batch.attempts);
        receipt_of (PAPER, sent->batch.first, sent->batch.count);
    }
    ck_assert_uint_eq (stage->finished, 2);
    ck_assert_uint_eq (stage->quarantined, 1);
    ck_assert_uint_eq (stage->quarantined_ordinal, 12);
    ck_assert_str_eq (stage->cause, "too many findings");
    ck_assert_uint_eq (counts ().loaded, 0);
    end ();
}
END_TEST

START_TEST (a_lost_receipt_is_asked_for)
{
    begin ();
    uint64_t batch = load (1, 0, 10, PAPER);
    load (1, 10, 10, PAPER);
    hello (1, "a", 11);
    turn (1);
    done (1, batch, 1);
    done (1, batch + 1, 1);
    for (int i = 0; i < 10; i++) {
        sink_alive ();
        beat (1, 0);
        turn (1000);
    }
    ck_assert_uint_eq (stage->asked_count, 2);
    rap_range_t held = {.document_id = rap_text (PAPER), .first = 0, .count = 10};
    answer_query (1, &held, 1, 5); //  the other one is in its hands
    ck_assert_uint_eq (stage->finished, 1);
    stage->asked_count = 0;
    ck_assert_uint_eq (turn (100), 0);
    turn (500);
    ck_assert_uint_eq (stage->asked_count, 1);
    answer_query (1, NULL, 0, 0); //  it was lost
    ck_assert_uint_eq (turn (1), 1);
    ck_assert_uint_eq (last_sent ()->batch.first, 10);
    ck_assert_uint_eq (stage->kept[batch + 1].batch.deaths, 0);
    end ();
}
END_TEST

START_TEST (a_sink_that_restarts_is_asked_for_all_that_was_delivered)
{
    begin ();
    for (uint32_t i = 0; i < 3; i++)
        load (1, i * 10, 10, PAPER);
    hello (1, "a", 11);
    turn (1);
    done (1, 1, 1);
    done (1, 2, 1);
    rap_dispatch_sink_heard (stage->dispatch, stage->now, 2);
    turn (1);
    ck_assert_uint_eq (stage->asked_count, 2); //  the third is still with the worker
    answer_query (2, NULL, 0, 0);
    ck_assert_uint_eq (turn (1), 2);
    end ();
}
END_TEST

START_TEST (what_was_sent_in_an_earlier_life_is_asked_for_first)
{
    begin ();
    rap_batch_t old = {
        .batch = stage->next_batch++, .number = 1, .first = 0, .count = 5, .bytes = 100, .attempts = 3};
    stage->kept[old.batch] = (kept_t){.batch = old, .exists = true};
    rap_dispatch_load (stage->dispatch, &old, PAPER);
    rap_dispatch_load (stage->dispatch, &old, PAPER); //  twice is once
    ck_assert_uint_eq (counts ().loaded, 1);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 0);
    ck_assert_uint_eq (stage->asked_count, 1);
    sink_alive ();
    stage->asked_count = 0;
    beat (1, 0);
    turn (2000);
    beat (1, 0);
    sink_alive ();
    turn (2000);
    beat (1, 0);
    sink_alive ();
    turn (2000); //  no answer: it is asked again
    ck_assert_uint_eq (stage->asked_count, 1);
    answer_query (1, NULL, 0, 0);
    ck_assert_uint_eq (turn (1), 1);
    ck_assert_uint_eq (last_sent ()->batch.attempts, 4);
    end ();
}
END_TEST

START_TEST (a_pause_of_our_own_kills_nobody)
{
    begin ();
    uint64_t batch = load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    turn (1);
    stage->now += 60000;
    sink_alive ();
    rap_dispatch_woke (stage->dispatch, stage->now);
    turn (0);
    ck_assert_uint_eq (counts ().workers, 1);
    ck_assert_uint_eq (stage->kept[batch].batch.deaths, 0);
    end ();
}
END_TEST

START_TEST (work_that_never_arrived_is_taken_back)
{
    begin ();
    load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 1);
    for (int i = 0; i < 7; i++) {
        stage->now += 500;
        sink_alive ();
        beat (1, 0);
    }
    ck_assert_uint_eq (turn (0), 1);
    ck_assert_uint_eq (last_sent ()->batch.attempts, 2);
    ck_assert_uint_eq (last_sent ()->batch.deaths, 0);
    end ();
}
END_TEST

//  A heartbeat that says 'nothing' came in the same millisecond as the work went.
START_TEST (work_that_never_arrived_is_taken_back_though_nothing_was_said_at_once)
{
    begin ();
    load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    ck_assert_uint_eq (turn (1), 1);
    for (int i = 0; i < 8; i++) {
        sink_alive ();
        beat (1, 0);
        if (turn (i ? 500 : 0))
            break;
    }
    ck_assert_uint_eq (stage->sent_count, 2);
    ck_assert_uint_eq (last_sent ()->batch.attempts, 2);
    end ();
}
END_TEST

START_TEST (what_must_run_alone_is_not_starved)
{
    begin ();
    for (uint32_t i = 0; i < 40; i++)
        load (1, i, 1, PAPER);
    rap_batch_t alone = {
        .batch = stage->next_batch++, .number = 2, .first = 0, .count = 1, .bytes = 9, .alone = true};
    stage->kept[alone.batch] = (kept_t){.batch = alone, .exists = true};
    rap_dispatch_load (stage->dispatch, &alone, "22222222222222222222222222222222");
    hello (1, "a", 11);
    hello (2, "b", 12);
    uint32_t at = 0;
    bool seen = false;
    for (int i = 0; i < 20 && !seen; i++) {
        turn (1);
        //  Both are always busy: each time the oldest lease of one of them is done.
        for (; at < stage->sent_count && !seen; at++)
            seen = stage->sent[at].batch.batch == alone.batch;
        for (uint32_t k = 0; k < stage->sent_count && !seen; k++) {
            sent_t *sent = &stage->sent[k];
            if (sent->batch.attempts && stage->kept[sent->batch.batch].exists) {
                done (sent_to (sent, 1) ? 1 : 2, sent->batch.batch, sent->batch.attempts);
                receipt_of (PAPER, sent->batch.first, 1);
                break;
            }
        }
    }
    ck_assert (seen);
    ck_assert_uint_gt (counts ().waiting, 10); //  long before the others were through
    end ();
}
END_TEST

START_TEST (draining_plans_nothing_and_forgetting_forgets_all)
{
    begin ();
    load (1, 0, 10, PAPER);
    hello (1, "a", 11);
    rap_dispatch_drain (stage->dispatch);
    ck_assert_uint_eq (turn (1), 0);
    rap_dispatch_forget (stage->dispatch);
    ck_assert_uint_eq (counts ().loaded, 0);
    ck_assert_uint_eq (counts ().workers, 0);
    ck_assert_int_eq (beat (1, 0), RAP_REFUSED);
    end ();
}
END_TEST

START_TEST (strangers_are_refused)
{
    begin ();
    ck_assert_int_eq (hello_as (1, "", 11, 4), RAP_REFUSED);
    ck_assert_int_eq (hello_as (1, "a", 0, 4), RAP_REFUSED);
    ck_assert_int_eq (hello_as (1, "a", 11, 0), RAP_REFUSED);
    rap_peer_t peer = peer_of (1);
    rap_reason_t reason;
    rap_hello_t newer = {.protocol_min = 2,
                         .protocol_max = 3,
                         .role = RAP_TEXT ("worker"),
                         .id = RAP_TEXT ("a"),
                         .incarnation = 1,
                         .credit_batches = 1,
                         .credit_bytes = 1};
    ck_assert_int_eq (rap_dispatch_hello (stage->dispatch, 0, &peer, &newer, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "protocol"));
    ck_assert_int_eq (tell (1, (rap_message_t){.type = RAP_MSG_HEARTBEAT}), RAP_REFUSED);
    end ();
}
END_TEST

//  --- the storm -------------------------------------------------------------------

enum { STORM_WORKERS = 5, STORM_PAPERS = 8, STORM_CHUNKS = 200 };

static uint64_t random_state;

static uint32_t chance (uint32_t of)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % of;
}

typedef struct {
    bool stored[STORM_PAPERS][STORM_CHUNKS];
    bool in_sink[STORM_PAPERS][STORM_CHUNKS]; //  received, not committed
    unsigned peer[STORM_WORKERS];
    bool living[STORM_WORKERS];
    uint64_t incarnation[STORM_WORKERS];
    uint32_t read; //  of stage->sent
    sent_t desk[STORM_WORKERS][512];
    uint32_t desk_count[STORM_WORKERS];
    uint64_t sink;
} storm_t;

static char *paper_id (uint64_t number)
{
    static char id[33];
    snprintf (id, sizeof id, "%032" PRIu64, number);
    return id;
}

static bool poison (uint64_t number, uint32_t ordinal)
{
    return number == 3 && ordinal == 77;
}

static void storm_revive (storm_t *storm, unsigned w)
{
    static const char *const ids[] = {"v", "w", "x", "y", "z"};
    storm->peer[w] = (unsigned)(++storm->incarnation[0] + 100);
    storm->living[w] = true;
    storm->desk_count[w] = 0;
    hello (storm->peer[w], ids[w], 1000 + storm->peer[w]);
}

//  A worker does what is on its desk first; a poisoned chunk kills it.
static void storm_work (storm_t *storm, unsigned w)
{
    if (!storm->living[w] || !storm->desk_count[w]) {
        if (storm->living[w] && beat (storm->peer[w], 0) == RAP_REFUSED)
            storm_revive (storm, w);
        return;
    }
    rap_batch_t *batch = &storm->desk[w][0].batch;
    if (beat (storm->peer[w], batch->batch) == RAP_REFUSED) {
        storm_revive (storm, w);
        return;
    }
    for (uint32_t i = 0; i < batch->count; i++)
        if (poison (batch->number, batch->first + i) || chance (3000) == 0) {
            storm->living[w] = false;
            return;
        }
    for (uint32_t i = 0; i < batch->count; i++)
        storm->in_sink[batch->number - 1][batch->first + i] |= chance (50) != 0; //  some results get lost
    done (storm->peer[w], batch->batch, batch->attempts);
    memmove (&storm->desk[w][0], &storm->desk[w][1], --storm->desk_count[w] * sizeof (sent_t));
}

static void storm_commit (storm_t *storm)
{
    rap_range_t ranges[STORM_PAPERS * 4];
    char ids[STORM_PAPERS * 4][33];
    uint32_t count = 0;
    for (uint64_t p = 0; p < STORM_PAPERS; p++)
        for (uint32_t c = 0; c < STORM_CHUNKS; c++) {
            if (!storm->in_sink[p][c])
                continue;
            storm->in_sink[p][c] = false;
            storm->stored[p][c] = true;
            if (count < STORM_PAPERS * 4 && chance (10) != 0) { //  some receipts get lost
                snprintf (ids[count], 33, "%s", paper_id (p + 1));
                ranges[count] = (rap_range_t){.document_id = rap_text (ids[count]), .first = c, .count = 1};
                count++;
            }
        }
    rap_receipt_t receipt = {.incarnation = storm->sink, .ranges = {.at = ranges, .count = count}};
    rap_dispatch_receipt (stage->dispatch, stage->now, &receipt);
}

static void storm_answer (storm_t *storm)
{
    static rap_range_t ranges[4096];
    static char ids[4096][33];
    uint32_t count = 0;
    if (!stage->asked_count)
        return;
    for (uint32_t i = 0; i < stage->asked_count; i++)
        for (uint32_t c = 0; c < stage->asked[i].count && count < 4096; c++) {
            uint64_t number = strtoull (stage->asked_ids[i], NULL, 10);
            if (!storm->stored[number - 1][stage->asked[i].first + c])
                continue;
            snprintf (ids[count], 33, "%s", stage->asked_ids[i]);
            ranges[count] =
                (rap_range_t){.document_id = rap_text (ids[count]), .first = stage->asked[i].first + c, .count = 1};
            count++;
        }
    stage->asked_count = 0;
    answer_query (storm->sink, ranges, count, chance (2));
}

static void storm_deliver (storm_t *storm)
{
    for (; storm->read < stage->sent_count; storm->read++) {
        const sent_t *sent = &stage->sent[storm->read];
        for (unsigned w = 0; w < STORM_WORKERS; w++) {
            if (!storm->living[w] || !sent_to (sent, storm->peer[w]))
                continue;
            ck_assert_uint_lt (storm->desk_count[w], 4 + 1); //  credit
            if (sent->batch.alone)
                ck_assert_uint_eq (storm->desk_count[w], 0);
            storm->desk[w][storm->desk_count[w]++] = *sent;
        }
    }
}

START_TEST (storm_of_everything)
{
    rap_dispatch_options_t options = RAP_DISPATCH_DEFAULTS;
    begin_with (options);
    random_state = (uint64_t)_i * 7919 + 13;
    storm_t *storm = calloc (1, sizeof *storm);
    storm->sink = 1;
    for (uint64_t p = 1; p <= STORM_PAPERS; p++)
        for (uint32_t c = 0; c < STORM_CHUNKS; c += 20)
            load (p, c, 20, paper_id (p));
    for (unsigned w = 0; w < STORM_WORKERS; w++)
        storm_revive (storm, w);
    int turns = 0;
    for (; counts ().loaded && turns < 20000; turns++) {
        rap_dispatch_sink_heard (stage->dispatch, stage->now, storm->sink);
        turn (100);
        storm_deliver (storm);
        for (unsigned w = 0; w < STORM_WORKERS; w++)
            storm_work (storm, w);
        unsigned w = chance (STORM_WORKERS);
        if (chance (20) == 0 && !storm->living[w])
            storm_revive (storm, w);
        if (chance (3) == 0)
            storm_commit (storm);
        if (chance (200) == 0) { //  the sink restarts, with it goes what was not committed
            storm->sink++;
            memset (storm->in_sink, 0, sizeof storm->in_sink);
        }
        if (chance (3) == 0)
            storm_answer (storm);
    }
    ck_assert_uint_eq (counts ().loaded, 0);
    ck_assert_uint_eq (counts ().flying, 0);
    ck_assert_uint_eq (counts ().flying_bytes, 0);
    ck_assert_uint_eq (counts ().waiting, 0);
    ck_assert_uint_eq (stage->quarantined, 1);
    ck_assert_uint_eq (stage->quarantined_ordinal, 77);
    for (uint64_t p = 1; p <= STORM_PAPERS; p++)
        for (uint32_t c = 0; c < STORM_CHUNKS; c++)
            ck_assert (storm->stored[p - 1][c] != poison (p, c));
    free (storm);
    end ();
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("dispatch");
    tcase_add_test (tcase, work_done_and_receipted_is_gone);
    tcase_add_test (tcase, a_receipt_counts_from_any_state);
    tcase_add_test (tcase, nothing_goes_out_without_a_sink);
    tcase_add_test (tcase, credit_bounds_batches_and_bytes);
    tcase_add_test (tcase, what_is_sent_ahead_goes_by_the_workers_pace);
    tcase_add_test (tcase, the_pace_follows_the_worker);
    tcase_add_test (tcase, batches_are_small_for_little_and_large_when_behind);
    tcase_add_test (tcase, the_window_bounds_what_flies);
    tcase_add_test (tcase, work_is_shared_and_in_order);
    tcase_add_test (tcase, a_silent_worker_dies_and_only_its_hand_is_charged);
    tcase_add_test (tcase, a_new_incarnation_ends_the_old_one_at_once);
    tcase_add_test (tcase, two_workers_of_one_id_do_not_bury_each_other_for_ever);
    tcase_add_test (tcase, hello_said_twice_changes_nothing);
    tcase_add_test (tcase, returning_draining_and_reconnecting_charge_nothing);
    tcase_add_test (tcase, late_answers_change_nothing);
    tcase_add_test (tcase, a_document_goes_on_with_the_pipeline_that_began_it);
    tcase_add_test (tcase, poison_is_found_alone_and_quarantined);
    tcase_add_test (tcase, one_incarnation_is_not_enough_for_quarantine);
    tcase_add_test (tcase, fails_part_the_chunk_from_its_batch);
    tcase_add_test (tcase, a_lost_receipt_is_asked_for);
    tcase_add_test (tcase, a_sink_that_restarts_is_asked_for_all_that_was_delivered);
    tcase_add_test (tcase, what_was_sent_in_an_earlier_life_is_asked_for_first);
    tcase_add_test (tcase, a_pause_of_our_own_kills_nobody);
    tcase_add_test (tcase, work_that_never_arrived_is_taken_back);
    tcase_add_test (tcase, work_that_never_arrived_is_taken_back_though_nothing_was_said_at_once);
    tcase_add_test (tcase, what_must_run_alone_is_not_starved);
    tcase_add_test (tcase, draining_plans_nothing_and_forgetting_forgets_all);
    tcase_add_test (tcase, strangers_are_refused);
    tcase_add_loop_test (tcase, storm_of_everything, 0, 30);
    Suite *suite = suite_create ("dispatch");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
