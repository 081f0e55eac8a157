//  annotate: who annotates, what is given out, and what is due.

#include "annotate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/clock.h"
#include "rapporteur/log.h"

enum {
    SCHEMES_MAX = 64,
    SCHEME_SIZE = 65,
    PEERS_MAX = 1024,
    ID_SIZE = 129,
    BATCH_CHUNKS = 64,
    BATCHES_MAX = 8,    //  a peer, whatever its credit
    LEASES_MAX = 4096,  //  given out or waiting, in all
    QUEUE = 64,         //  messages waiting inside libzmq, a peer
    HEAR_A_TURN = 256,  //  messages read before others have their turn
    GIVE_A_TURN = 32,   //  batches given out before others have their turn
    HEARTBEAT_MS = 500, //  what WELCOME asks for
    LEASE_MS = 2500,
    MISSED_MS = 10000, //  a result that is not stored so long after DONE is missed
    CHARGES_MOST = 3,  //  then the chunk is set aside
    REFUSED_A_SECOND = 5,
};

typedef struct {
    char name[SCHEME_SIZE];
    int64_t from;  //  the store was looked through up to here
    bool looked;   //  to its end
    bool removing; //  asked for by `remover`
    bool removed;  //  in the open group
    rap_peer_t remover;
} scheme_t;

typedef struct {
    rap_peer_t peer;
    char id[ID_SIZE];
    uint64_t incarnation;
    uint32_t scheme;
    uint32_t credit_batches;
    uint32_t credit_bytes;
    uint64_t hand; //  batch under its hand, as its last heartbeat said
    bool deaf;     //  a message could not be sent; until it is heard again
    int64_t heard_ms;
} peer_t;

typedef enum { WAITING, GIVEN, DONE } state_t;

typedef struct {
    uint64_t number;
    uint32_t scheme;
    state_t state;
    bool alone; //  suspected: nothing else is given to who has it
    uint8_t charges;
    uint32_t attempt;
    rap_peer_t peer; //  GIVEN
    int64_t done_ms; //  DONE
    size_t bytes;
    uint64_t stored; //  bit i: chunks[i] is, in this group or before
    uint64_t on_disk;
    uint32_t count;
    int64_t chunks[BATCH_CHUNKS];
} lease_t;

typedef struct {
    uint32_t scheme;
    int64_t chunk;
    rap_reason_t cause;
} aside_t;

struct rap_annotate {
    rap_endpoint_t *endpoint;
    rap_store_t *store;
    uint64_t incarnation;
    scheme_t schemes[SCHEMES_MAX];
    uint32_t schemes_count;
    peer_t peers[PEERS_MAX];
    uint32_t peers_count;
    uint32_t turn; //  who is looked at first
    lease_t *leases;
    uint32_t leases_count;
    uint32_t leases_room;
    uint64_t last_number;
    aside_t *aside; //  to be written
    uint32_t aside_count;
    uint32_t aside_written; //  in the open group
    uint32_t aside_room;
    bool wants;
    rap_arena_t *arena;
    rap_packer_t *packer, *document, *chunks, *one;
    int64_t second_ms;
    uint32_t refused;
};

bool rap_annotate_is_scheme (rap_text_t name)
{
    bool dotted = false;
    if (name.len < 3 || name.len >= SCHEME_SIZE)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool inside = i > 0 && i + 1 < name.len && (c == '.' || c == '-');
        if (!plain && !inside)
            return false;
        dotted = dotted || c == '.';
    }
    return dotted;
}

//  --- growing -----------------------------------------------------------------

static void *grow (void *at, uint32_t *room, uint32_t first, size_t size)
{
    *room = *room ? *room * 2 : first;
    void *grown = reallocarray (at, *room, size);
    if (!grown)
        abort ();
    return grown;
}

static lease_t *add_lease (rap_annotate_t *self, const lease_t *like)
{
    if (self->leases_count == self->leases_room)
        self->leases = grow (self->leases, &self->leases_room, 64, sizeof *self->leases);
    lease_t *lease = &self->leases[self->leases_count++];
    *lease = *like;
    lease->number = ++self->last_number;
    lease->state = WAITING;
    lease->stored = lease->on_disk = 0;
    return lease;
}

static void set_aside (rap_annotate_t *self, uint32_t scheme, int64_t chunk, const char *cause)
{
    if (self->aside_count == self->aside_room)
        self->aside = grow (self->aside, &self->aside_room, 16, sizeof *self->aside);
    aside_t *aside = &self->aside[self->aside_count++];
    *aside = (aside_t){.scheme = scheme, .chunk = chunk};
    rap_reason_set (&aside->cause, "%s", cause);
}

//  --- schemes -----------------------------------------------------------------

//  NULL: not heard of, and there is no room for one more.
static scheme_t *find_scheme (rap_annotate_t *self, rap_text_t name, bool make)
{
    for (uint32_t i = 0; i < self->schemes_count; i++)
        if (rap_text_equal (rap_text (self->schemes[i].name), name))
            return &self->schemes[i];
    if (!make || self->schemes_count == SCHEMES_MAX)
        return NULL;
    scheme_t *scheme = &self->schemes[self->schemes_count++];
    *scheme = (scheme_t){.from = 0};
    memcpy (scheme->name, name.at, name.len);
    return scheme;
}

static bool is_served (const rap_annotate_t *self, uint32_t scheme)
{
    for (uint32_t i = 0; i < self->peers_count; i++)
        if (self->peers[i].scheme == scheme)
            return true;
    return false;
}

//  --- leases ------------------------------------------------------------------

static bool same_peer (const rap_peer_t *a, const rap_peer_t *b)
{
    return a->len == b->len && memcmp (a->bytes, b->bytes, a->len) == 0;
}

static void drop_lease (rap_annotate_t *self, uint32_t at)
{
    memmove (&self->leases[at], &self->leases[at + 1], (--self->leases_count - at) * sizeof *self->leases);
}

static uint32_t find_lease (const rap_annotate_t *self, uint64_t number)
{
    uint32_t at = 0;
    while (at < self->leases_count && self->leases[at].number != number)
        at++;
    return at;
}

static bool is_finished (const lease_t *lease)
{
    return lease->on_disk == (lease->count == 64 ? UINT64_MAX : (UINT64_C (1) << lease->count) - 1);
}

static bool is_leased (const rap_annotate_t *self, uint32_t scheme, int64_t chunk)
{
    for (uint32_t i = 0; i < self->leases_count; i++) {
        const lease_t *lease = &self->leases[i];
        if (lease->scheme != scheme || chunk < lease->chunks[0] || chunk > lease->chunks[lease->count - 1])
            continue;
        for (uint32_t k = 0; k < lease->count; k++)
            if (lease->chunks[k] == chunk)
                return true;
    }
    for (uint32_t i = 0; i < self->aside_count; i++)
        if (self->aside[i].scheme == scheme && self->aside[i].chunk == chunk)
            return true;
    return false;
}

static void give_back (rap_annotate_t *self, lease_t *lease)
{
    lease->state = WAITING;
    lease->number = ++self->last_number; //  what still comes under the old one is stored all the same
    self->wants = true;
}

//  One chunk of a batch is charged, or with UINT32_MAX each of them: those run alone from now
//  on, or are set aside. The others go on together.
static void charge (rap_annotate_t *self, uint32_t at, uint32_t ordinal, const char *cause)
{
    enum { ORDINALS = (1 << 20) - 1 };
    lease_t old = self->leases[at], rest = old;
    drop_lease (self, at);
    rest.count = 0;
    for (uint32_t k = 0; k < old.count; k++) {
        if (ordinal != UINT32_MAX && (uint32_t)(old.chunks[k] & ORDINALS) != ordinal) {
            rest.chunks[rest.count++] = old.chunks[k];
            continue;
        }
        lease_t single = old;
        single.count = 1;
        single.chunks[0] = old.chunks[k];
        single.alone = true;
        single.charges = (uint8_t)(old.count == 1 ? old.charges + 1 : 1);
        if (single.charges >= CHARGES_MOST)
            set_aside (self, old.scheme, old.chunks[k], cause);
        else
            add_lease (self, &single);
    }
    if (rest.count)
        add_lease (self, &rest);
    self->wants = true;
}

//  --- peers -------------------------------------------------------------------

static peer_t *find_peer (rap_annotate_t *self, const rap_peer_t *peer)
{
    for (uint32_t i = 0; i < self->peers_count; i++)
        if (same_peer (&self->peers[i].peer, peer))
            return &self->peers[i];
    return NULL;
}

//  It is gone. What it had is given to others; `died`: what was under its hand is charged.
static void lose_peer (rap_annotate_t *self, peer_t *peer, const char *how, bool died)
{
    rap_peer_t gone = peer->peer;
    uint64_t hand = 0;
    for (uint32_t i = self->leases_count; i-- > 0;)
        if (self->leases[i].state == GIVEN && same_peer (&self->leases[i].peer, &gone)
            && is_finished (&self->leases[i]))
            drop_lease (self, i); //  its DONE was lost
    for (uint32_t i = 0; died && i < self->leases_count; i++) {
        const lease_t *lease = &self->leases[i];
        bool its = lease->state == GIVEN && same_peer (&lease->peer, &gone);
        if (its && (lease->number == peer->hand || !hand || (hand != peer->hand && lease->number < hand)))
            hand = lease->number;
    }
    for (uint32_t i = 0; i < self->leases_count; i++)
        if (self->leases[i].state == GIVEN && same_peer (&self->leases[i].peer, &gone)
            && self->leases[i].number != hand)
            give_back (self, &self->leases[i]);
    rap_log (died ? RAP_LOG_WARN : RAP_LOG_INFO, "annotator.gone", "id", peer->id, "scheme",
             self->schemes[peer->scheme].name, "how", how, NULL);
    if (hand)
        charge (self, find_lease (self, hand), UINT32_MAX, how);
    *peer = self->peers[--self->peers_count];
}

static bool send_to (rap_annotate_t *self, const rap_peer_t *peer, const rap_message_t *message)
{
    rap_message_pack (self->packer, message);
    return rap_endpoint_send (self->endpoint, peer, rap_packed (self->packer)) == RAP_OK;
}

static void refuse (rap_annotate_t *self, const rap_peer_t *peer, const char *cause)
{
    rap_message_t message = {
        .type = RAP_MSG_REFUSE,
        .refuse = {.cause = rap_text (cause), .protocol_min = RAP_PROTOCOL_MIN, .protocol_max = RAP_PROTOCOL_MAX}};
    send_to (self, peer, &message);
}

static void answer_remove (rap_annotate_t *self, const rap_peer_t *peer, bool ok, const char *error)
{
    char report[128] = "{}";
    if (error)
        snprintf (report, sizeof report, "{\"error\":\"%s\"}", error);
    rap_message_t message = {.type = RAP_MSG_REPORT, .report = {.ok = ok, .report = rap_text (report)}};
    send_to (self, peer, &message);
}

//  --- what they say -----------------------------------------------------------

//  NULL: it is welcome.
static const char *why_not (const rap_annotate_t *self, const rap_hello_t *hello)
{
    if (!rap_text_equal (hello->role, RAP_TEXT ("annotator")))
        return "only annotators speak here";
    if (hello->protocol_min > RAP_PROTOCOL_MAX || hello->protocol_max < RAP_PROTOCOL_MIN)
        return "no protocol version in common";
    if (!rap_annotate_is_scheme (hello->scheme))
        return "a scheme of one's own has 3 to 64 small letters, digits and '-', and at least one '.' between them";
    if (!hello->id.len || hello->id.len >= ID_SIZE || !hello->incarnation || !hello->credit_batches
        || !hello->credit_bytes || !hello->pipeline.len)
        return "id, incarnation, pipeline and credit are needed";
    return self->peers_count == PEERS_MAX ? "too many annotators" : NULL;
}

//  Who comes again under its name, over whatever connection, is not what it was.
static void forget_former (rap_annotate_t *self, const rap_peer_t *peer, const rap_hello_t *hello)
{
    for (uint32_t i = self->peers_count; i-- > 0;) {
        peer_t *former = &self->peers[i];
        bool same = same_peer (&former->peer, peer);
        if (same || rap_text_equal (rap_text (former->id), hello->id))
            lose_peer (self, former, "began anew", !same && former->incarnation != hello->incarnation);
    }
}

static void take_hello (rap_annotate_t *self, const rap_peer_t *peer, const rap_hello_t *hello, int64_t now_ms)
{
    peer_t *known = find_peer (self, peer);
    const char *cause = known && known->incarnation == hello->incarnation ? NULL : why_not (self, hello);
    scheme_t *scheme = cause ? NULL : find_scheme (self, hello->scheme, true);
    if (!cause && (!scheme || scheme->removing))
        cause = scheme ? "unknown" : "too many schemes"; //  while it is removed, later and later
    if (cause) {
        rap_log (RAP_LOG_WARN, "annotator.refused", "id", rap_arena_text (self->arena, hello->id).at, "cause", cause,
                 NULL);
        refuse (self, peer, cause);
        return;
    }
    rap_message_t welcome = {.type = RAP_MSG_WELCOME,
                             .welcome = {.protocol = RAP_PROTOCOL_MAX,
                                         .epoch = self->incarnation,
                                         .heartbeat_ms = HEARTBEAT_MS,
                                         .lease_ms = LEASE_MS}};
    if (!known || known->incarnation != hello->incarnation) {
        forget_former (self, peer, hello);
        uint32_t number = (uint32_t)(scheme - self->schemes);
        if (!is_served (self, number)) { //  perhaps there is less than there was
            scheme->from = 0;
            scheme->looked = false;
        }
        known = &self->peers[self->peers_count++];
        *known = (peer_t){.peer = *peer,
                          .incarnation = hello->incarnation,
                          .scheme = number,
                          .credit_batches = hello->credit_batches,
                          .credit_bytes = hello->credit_bytes};
        memcpy (known->id, hello->id.at, hello->id.len);
        rap_log (RAP_LOG_INFO, "annotator.hello", "id", known->id, "scheme", scheme->name, NULL);
    }
    known->heard_ms = now_ms;
    self->wants = true;
    send_to (self, peer, &welcome);
}

static void take_command (rap_annotate_t *self, const rap_peer_t *peer, const rap_command_t *command)
{
    scheme_t *scheme = NULL;
    const char *error = NULL;
    if (!rap_text_equal (command->command, RAP_TEXT ("remove")) || !rap_annotate_is_scheme (command->scheme))
        error = "say remove, and the scheme of an annotator";
    else if (!(scheme = find_scheme (self, command->scheme, true)))
        error = "too many schemes";
    else if (is_served (self, (uint32_t)(scheme - self->schemes)))
        error = "its annotators are at work: stop them first";
    if (error) {
        answer_remove (self, peer, false, error);
        return;
    }
    for (uint32_t i = self->leases_count; i-- > 0;)
        if (self->leases[i].scheme == (uint32_t)(scheme - self->schemes))
            drop_lease (self, i);
    scheme->removing = true;
    scheme->remover = *peer;
}

//  An answer to a batch: its place among the leases; leases_count: it is not this peer's.
static uint32_t answered (rap_annotate_t *self, const rap_peer_t *peer, uint64_t epoch, uint64_t number,
                          uint32_t attempt)
{
    uint32_t at = epoch == self->incarnation ? find_lease (self, number) : self->leases_count;
    bool its = at < self->leases_count && self->leases[at].state == GIVEN && self->leases[at].attempt == attempt
               && same_peer (&self->leases[at].peer, peer);
    return its ? at : self->leases_count;
}

static void take_answer (rap_annotate_t *self, const rap_peer_t *peer, const rap_message_t *message, int64_t now_ms)
{
    char cause[RAP_REASON_MAX];
    uint32_t at;
    if (message->type == RAP_MSG_DONE)
        at = answered (self, peer, message->done.epoch, message->done.batch, message->done.attempt);
    else if (message->type == RAP_MSG_RETURN)
        at = answered (self, peer, message->return_.epoch, message->return_.batch, message->return_.attempt);
    else
        at = answered (self, peer, message->fail.epoch, message->fail.batch, message->fail.attempt);
    if (at == self->leases_count)
        return;
    if (message->type == RAP_MSG_DONE) {
        self->leases[at].state = DONE;
        self->leases[at].done_ms = now_ms;
        if (is_finished (&self->leases[at]))
            drop_lease (self, at);
    } else if (message->type == RAP_MSG_RETURN) {
        give_back (self, &self->leases[at]);
    } else {
        snprintf (cause, sizeof cause, "%.*s", (int)message->fail.cause.len, message->fail.cause.at);
        charge (self, at, message->fail.ordinal, cause);
    }
    self->wants = true;
}

static void take (rap_annotate_t *self, const rap_peer_t *from, const rap_message_t *message, int64_t now_ms)
{
    if (message->type == RAP_MSG_HELLO) {
        take_hello (self, from, &message->hello, now_ms);
        return;
    }
    if (message->type == RAP_MSG_COMMAND) {
        take_command (self, from, &message->command);
        return;
    }
    peer_t *peer = find_peer (self, from);
    if (!peer) {
        if (message->type != RAP_MSG_BYE)
            refuse (self, from, "unknown");
        return;
    }
    peer->heard_ms = now_ms;
    self->wants = self->wants || peer->deaf;
    peer->deaf = false;
    switch (message->type) {
    case RAP_MSG_HEARTBEAT:
        peer->hand = message->heartbeat.batch;
        break;
    case RAP_MSG_DONE:
    case RAP_MSG_FAIL:
    case RAP_MSG_RETURN:
        take_answer (self, from, message, now_ms);
        break;
    case RAP_MSG_BYE:
        lose_peer (self, peer, "bye", false);
        break;
    default:
        break;
    }
}

static void find_silent (rap_annotate_t *self, int64_t now_ms)
{
    for (uint32_t i = self->peers_count; i-- > 0;)
        if (now_ms - self->peers[i].heard_ms > LEASE_MS)
            lose_peer (self, &self->peers[i], "the annotator died or fell silent over it", true);
    for (uint32_t i = 0; i < self->leases_count; i++)
        if (self->leases[i].state == DONE && now_ms - self->leases[i].done_ms > MISSED_MS)
            give_back (self, &self->leases[i]);
}

void rap_annotate_hear (rap_annotate_t *self, int64_t now_ms)
{
    rap_peer_t peer;
    rap_text_t frame;
    if (!self)
        return;
    if (now_ms - self->second_ms >= 1000) {
        self->second_ms = now_ms;
        self->refused = 0;
    }
    int heard = 0;
    for (; heard < HEAR_A_TURN && rap_endpoint_receive (self->endpoint, &peer, &frame) == RAP_OK; heard++) {
        rap_message_t message;
        rap_reason_t reason;
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, &reason) == RAP_OK)
            take (self, &peer, &message, now_ms);
        else if (++self->refused <= REFUSED_A_SECOND)
            rap_log (RAP_LOG_WARN, "message.refused", "from", "annotate", "reason", reason.text, NULL);
    }
    if (heard < HEAR_A_TURN) //  else some may only be waiting to be heard
        find_silent (self, now_ms);
}

//  --- giving ------------------------------------------------------------------

//  Packs as much of a batch as a message may have. What is left over is a batch of its own.
static rap_status_t pack_batch (rap_annotate_t *self, uint32_t at, rap_reason_t *reason)
{
    rap_document_t document;
    rap_chunk_t chunk;
    lease_t *lease = &self->leases[at];
    uint32_t packed = 0;
    rap_arena_reset (self->arena);
    rap_status_t status = rap_store_read_document (self->store, lease->chunks[0], self->arena, &document, reason);
    if (status != RAP_OK)
        return status;
    rap_packer_reset (self->document);
    rap_pack_document (self->document, &document);
    rap_packer_reset (self->one);
    for (; packed < lease->count; packed++) {
        rap_packer_reset (self->packer);
        if ((status = rap_store_read_chunk (self->store, lease->chunks[packed], self->arena, &chunk, reason))
            != RAP_OK)
            return status;
        rap_pack_chunk (self->packer, &chunk);
        if (packed && rap_packed (self->one).len + rap_packed (self->packer).len > RAP_BATCH_BYTES_MAX)
            break;
        rap_pack_raw (self->one, rap_packed (self->packer));
    }
    if (packed < lease->count) {
        lease_t rest = *lease;
        rest.count -= packed;
        memmove (rest.chunks, rest.chunks + packed, rest.count * sizeof *rest.chunks);
        lease->count = packed;
        add_lease (self, &rest);
    }
    rap_packer_reset (self->chunks);
    rap_pack_array (self->chunks, packed);
    rap_pack_raw (self->chunks, rap_packed (self->one));
    return RAP_OK;
}

static rap_status_t give_lease (rap_annotate_t *self, peer_t *peer, uint32_t at, rap_reason_t *reason)
{
    char now[RAP_TIME_MAX];
    rap_status_t status = pack_batch (self, at, reason);
    if (status == RAP_REFUSED) { //  it is not in the store any more
        drop_lease (self, at);
        return RAP_OK;
    }
    if (status != RAP_OK)
        return status;
    lease_t *lease = &self->leases[at];
    rap_clock_utc (now);
    rap_message_t message = {.type = RAP_MSG_WORK,
                             .work = {.epoch = self->incarnation,
                                      .batch = lease->number,
                                      .attempt = lease->attempt + 1,
                                      .alone = lease->alone,
                                      .dispatched_at = rap_text (now),
                                      .document = rap_packed (self->document),
                                      .chunks = rap_packed (self->chunks)}};
    if (!send_to (self, &peer->peer, &message)) {
        peer->deaf = true;
        return RAP_OK;
    }
    lease->attempt++;
    lease->state = GIVEN;
    lease->peer = peer->peer;
    lease->bytes = rap_packed (self->chunks).len;
    return RAP_OK;
}

typedef struct {
    uint32_t batches;
    size_t bytes;
    bool alone;
} held_t;

static held_t held_by (const rap_annotate_t *self, const peer_t *peer)
{
    held_t held = {.batches = 0};
    for (uint32_t i = 0; i < self->leases_count; i++) {
        const lease_t *lease = &self->leases[i];
        if (lease->state != GIVEN || !same_peer (&lease->peer, &peer->peer))
            continue;
        held.batches++;
        held.bytes += lease->bytes;
        held.alone = held.alone || lease->alone;
    }
    return held;
}

static bool has_room (const peer_t *peer, const held_t *held)
{
    uint32_t most = peer->credit_batches < BATCHES_MAX ? peer->credit_batches : BATCHES_MAX;
    return !held->alone && held->batches < most
           && (!held->batches || held->bytes + RAP_BATCH_BYTES_MAX <= peer->credit_bytes);
}

//  The oldest that waits for this scheme; leases_count: none.
static uint32_t find_waiting (const rap_annotate_t *self, uint32_t scheme, bool alone)
{
    uint32_t at = 0;
    while (at < self->leases_count
           && !(self->leases[at].state == WAITING && self->leases[at].scheme == scheme
                && self->leases[at].alone == alone))
        at++;
    return at;
}

//  Looks on in the store. RAP_OK: there is a new lease, the last. RAP_AGAIN: there is more to
//  look at. RAP_REFUSED: nothing is due.
static rap_status_t look_on (rap_annotate_t *self, uint32_t number, rap_reason_t *reason)
{
    scheme_t *scheme = &self->schemes[number];
    lease_t lease = {.scheme = number};
    uint32_t found = 0;
    if (scheme->looked || self->leases_count >= LEASES_MAX)
        return RAP_REFUSED;
    rap_status_t status = rap_store_due (self->store, rap_text (scheme->name), &scheme->from, lease.chunks,
                                         BATCH_CHUNKS, &found, reason);
    if (status == RAP_FAILED)
        return status;
    scheme->looked = status == RAP_OK;
    for (uint32_t i = 0; i < found; i++)
        if (!is_leased (self, number, lease.chunks[i]))
            lease.chunks[lease.count++] = lease.chunks[i];
    if (!lease.count)
        return scheme->looked ? RAP_REFUSED : RAP_AGAIN;
    add_lease (self, &lease);
    return RAP_OK;
}

//  RAP_OK: something was given. RAP_AGAIN: there is more to look at. RAP_REFUSED: nothing for it now.
static rap_status_t give_peer (rap_annotate_t *self, peer_t *peer, rap_reason_t *reason)
{
    held_t held = held_by (self, peer);
    if (peer->deaf || !has_room (peer, &held))
        return RAP_REFUSED;
    uint32_t at = find_waiting (self, peer->scheme, false);
    rap_status_t status = RAP_OK;
    if (at == self->leases_count && (status = look_on (self, peer->scheme, reason)) == RAP_OK)
        at = self->leases_count - 1;
    if (status == RAP_REFUSED && !held.batches) {
        at = find_waiting (self, peer->scheme, true);
        status = at < self->leases_count ? RAP_OK : RAP_REFUSED;
    }
    return status == RAP_OK ? give_lease (self, peer, at, reason) : status;
}

rap_status_t rap_annotate_give (rap_annotate_t *self, rap_reason_t *reason)
{
    if (!self || !self->wants)
        return RAP_OK;
    self->wants = false;
    int given = 0;
    for (uint32_t i = 0; i < self->peers_count && given < GIVE_A_TURN; i++) {
        peer_t *peer = &self->peers[(self->turn + i) % self->peers_count];
        rap_status_t status = give_peer (self, peer, reason);
        if (status == RAP_FAILED)
            return status;
        if (status == RAP_REFUSED)
            continue;
        self->wants = true; //  perhaps there is more
        given++;
    }
    self->turn++;
    return RAP_OK;
}

bool rap_annotate_wants (const rap_annotate_t *self)
{
    return self && self->wants;
}

//  --- writing -----------------------------------------------------------------

static const scheme_t *find_removing (const rap_annotate_t *self)
{
    for (uint32_t i = 0; i < self->schemes_count; i++)
        if (self->schemes[i].removing && !self->schemes[i].removed)
            return &self->schemes[i];
    return NULL;
}

bool rap_annotate_writes (const rap_annotate_t *self)
{
    return self && (self->aside_count > self->aside_written || find_removing (self));
}

static rap_status_t write_aside (rap_annotate_t *self, const aside_t *aside, rap_reason_t *reason)
{
    char now[RAP_TIME_MAX];
    rap_document_t document;
    rap_chunk_t chunk;
    rap_arena_reset (self->arena);
    rap_status_t status = rap_store_read_document (self->store, aside->chunk, self->arena, &document, reason);
    if (status == RAP_OK)
        status = rap_store_read_chunk (self->store, aside->chunk, self->arena, &chunk, reason);
    if (status != RAP_OK)
        return status;
    rap_clock_utc (now);
    rap_provenance_t provenance = {.pipeline = RAP_TEXT ("sink"),
                                   .worker = RAP_TEXT ("sink"),
                                   .attempt = CHARGES_MOST,
                                   .dispatched_at = rap_text (now)};
    const char *name = self->schemes[aside->scheme].name;
    rap_logf (RAP_LOG_WARN, "annotation.aside", "scheme=%s chunk=%" PRId64, name, aside->chunk);
    return rap_store_annotate (self->store, rap_text (name), &document, &chunk, NULL, 0, &provenance,
                               rap_text (aside->cause.text), reason);
}

static rap_status_t remove_some (rap_annotate_t *self, scheme_t *scheme, rap_reason_t *reason)
{
    rap_status_t status = rap_store_remove_scheme (self->store, rap_text (scheme->name), reason);
    if (status == RAP_AGAIN || status == RAP_FAILED)
        return status == RAP_AGAIN ? RAP_OK : status;
    scheme->removed = true; //  told when it is on disk
    return RAP_OK;
}

rap_status_t rap_annotate_write (rap_annotate_t *self, rap_reason_t *reason)
{
    for (; self->aside_written < self->aside_count; self->aside_written++)
        if (write_aside (self, &self->aside[self->aside_written], reason) == RAP_FAILED)
            return RAP_FAILED;
    const scheme_t *removing = find_removing (self);
    return removing ? remove_some (self, &self->schemes[removing - self->schemes], reason) : RAP_OK;
}

static void note_stored (rap_annotate_t *self, const rap_result_t *result, int64_t chunk_id)
{
    uint32_t at = result->epoch == self->incarnation ? find_lease (self, result->batch) : self->leases_count;
    for (uint32_t k = 0; at < self->leases_count && k < self->leases[at].count; k++)
        if (self->leases[at].chunks[k] == chunk_id)
            self->leases[at].stored |= UINT64_C (1) << k;
}

rap_status_t rap_annotate_take (rap_annotate_t *self, rap_store_t *store, const rap_result_t *result,
                                const rap_document_t *document, const rap_result_entries_t *entries,
                                rap_reason_t *reason)
{
    if (!rap_annotate_is_scheme (result->scheme))
        return rap_refuse (reason, "annotation: the scheme's name is not one of an annotator");
    const scheme_t *scheme = self ? find_scheme (self, result->scheme, false) : NULL; //  self NULL: no door
    if (scheme && scheme->removing)
        return rap_refuse (reason, "annotation: the scheme is being removed");
    rap_provenance_t provenance = {.pipeline = result->pipeline,
                                   .worker = result->worker,
                                   .attempt = result->attempt,
                                   .dispatched_at = result->dispatched_at};
    for (uint32_t i = 0; i < entries->count; i++) {
        const rap_result_entry_t *entry = &entries->at[i];
        provenance.processed_us = entry->processed_us;
        rap_status_t status = rap_store_annotate (store, result->scheme, document, &entry->chunk, entry->findings,
                                                  entry->findings_count, &provenance, RAP_TEXT (""), reason);
        if (status != RAP_OK)
            return status;
        if (self)
            note_stored (self, result, rap_store_chunk_id (store));
    }
    return RAP_OK;
}

void rap_annotate_stored (rap_annotate_t *self, int64_t chunk_id)
{
    if (!self)
        return;
    for (uint32_t i = 0; i < self->schemes_count; i++) {
        scheme_t *scheme = &self->schemes[i];
        if (chunk_id < scheme->from)
            scheme->from = chunk_id;
        scheme->looked = false;
    }
    self->wants = self->peers_count > 0;
}

static void end_removals (rap_annotate_t *self, bool well)
{
    for (uint32_t i = 0; i < self->schemes_count; i++) {
        scheme_t *scheme = &self->schemes[i];
        if (scheme->removed && well) {
            scheme->removing = scheme->looked = false;
            scheme->from = 0;
            rap_log (RAP_LOG_INFO, "annotations.removed", "scheme", scheme->name, NULL);
            answer_remove (self, &scheme->remover, true, NULL);
        }
        scheme->removed = false;
    }
}

void rap_annotate_committed (rap_annotate_t *self, bool well)
{
    if (!self)
        return;
    end_removals (self, well);
    if (well && self->aside_written) {
        memmove (self->aside, self->aside + self->aside_written,
                 (self->aside_count - self->aside_written) * sizeof *self->aside);
        self->aside_count -= self->aside_written;
    }
    self->aside_written = 0;
    for (uint32_t i = self->leases_count; i-- > 0;) {
        lease_t *lease = &self->leases[i];
        if (!well)
            lease->stored = lease->on_disk; //  missed, and given out again, unless it comes again
        lease->on_disk = lease->stored;
        if (lease->state != GIVEN && is_finished (lease))
            drop_lease (self, i);
    }
}

//  --- life --------------------------------------------------------------------

rap_annotate_t *rap_annotate_new (const char *address, rap_gate_t *gate, bool allow_plain, rap_store_t *store,
                                  uint64_t incarnation, rap_reason_t *reason)
{
    rap_endpoint_options_t options = {.kind = RAP_ROUTER,
                                      .address = address,
                                      .bind = true,
                                      .queue = QUEUE,
                                      .allow_plain = allow_plain,
                                      .gate = gate,
                                      .door = RAP_DOOR_ANNOTATE};
    rap_annotate_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->store = store;
    self->incarnation = incarnation;
    self->arena = rap_arena_new ();
    self->packer = rap_packer_new ();
    self->document = rap_packer_new ();
    self->chunks = rap_packer_new ();
    self->one = rap_packer_new ();
    if (!(self->endpoint = rap_endpoint_new (&options, reason)))
        rap_annotate_destroy (&self);
    return self;
}

void rap_annotate_destroy (rap_annotate_t **self_p)
{
    rap_annotate_t *self = *self_p;
    if (!self)
        return;
    rap_endpoint_destroy (&self->endpoint);
    rap_arena_destroy (&self->arena);
    rap_packer_destroy (&self->packer);
    rap_packer_destroy (&self->document);
    rap_packer_destroy (&self->chunks);
    rap_packer_destroy (&self->one);
    free (self->leases);
    free (self->aside);
    free (self);
    *self_p = NULL;
}

void *rap_annotate_socket (rap_annotate_t *self)
{
    return self ? rap_endpoint_socket (self->endpoint) : NULL;
}

void rap_annotate_mind (rap_annotate_t *self, int64_t now_ms)
{
    if (!self || !rap_endpoint_mind (self->endpoint, now_ms))
        return;
    while (self->peers_count) //  they come anew
        lose_peer (self, &self->peers[self->peers_count - 1], "keys changed", false);
}
