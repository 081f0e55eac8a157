#include "receipts.h"

#include <assert.h>
#include <stdlib.h>

#include "rapporteur/arena.h"

typedef struct {
    rap_peer_t peer;
    int64_t heard_ms;
} known_peer_t;

typedef struct {
    rap_peer_t peer;
    uint64_t notice;
} noticed_t;

struct rap_receipts {
    known_peer_t peers[RAP_RECEIPTS_PEERS_MAX];
    size_t peers_count;
    rap_arena_t *arena; //  of the group: document ids
    rap_range_t *ranges;
    size_t ranges_count;
    size_t ranges_room;
    size_t ranges_given;
    size_t chunks;
    noticed_t notices[RAP_RECEIPTS_NOTICES_MAX];
    size_t notices_count;
    size_t notices_given;
};

rap_receipts_t *rap_receipts_new (void)
{
    rap_receipts_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    return self;
}

void rap_receipts_destroy (rap_receipts_t **self_p)
{
    rap_receipts_t *self = *self_p;
    if (!self)
        return;
    rap_arena_destroy (&self->arena);
    free (self->ranges);
    free (self);
    *self_p = NULL;
}

//  --- who -------------------------------------------------------------------

static known_peer_t *find_peer (rap_receipts_t *self, const rap_peer_t *peer)
{
    for (size_t i = 0; i < self->peers_count; i++)
        if (self->peers[i].peer.len == peer->len && memcmp (self->peers[i].peer.bytes, peer->bytes, peer->len) == 0)
            return &self->peers[i];
    return NULL;
}

rap_status_t rap_receipts_hello (rap_receipts_t *self, const rap_peer_t *peer, int64_t now_ms)
{
    known_peer_t *known = find_peer (self, peer);
    if (!known) {
        if (self->peers_count == RAP_RECEIPTS_PEERS_MAX)
            return RAP_REFUSED;
        known = &self->peers[self->peers_count++];
        known->peer = *peer;
    }
    known->heard_ms = now_ms;
    return RAP_OK;
}

void rap_receipts_heard (rap_receipts_t *self, const rap_peer_t *peer, int64_t now_ms)
{
    known_peer_t *known = find_peer (self, peer);
    if (known)
        known->heard_ms = now_ms;
}

void rap_receipts_forget (rap_receipts_t *self, const rap_peer_t *peer)
{
    known_peer_t *known = find_peer (self, peer);
    if (known)
        *known = self->peers[--self->peers_count];
}

void rap_receipts_tick (rap_receipts_t *self, int64_t now_ms)
{
    for (size_t i = self->peers_count; i-- > 0;)
        if (now_ms - self->peers[i].heard_ms > RAP_RECEIPTS_PEER_SILENT_MS)
            self->peers[i] = self->peers[--self->peers_count];
}

size_t rap_receipts_peers (const rap_receipts_t *self)
{
    return self->peers_count;
}

const rap_peer_t *rap_receipts_peer (const rap_receipts_t *self, size_t i)
{
    assert (i < self->peers_count);
    return &self->peers[i].peer;
}

//  --- what ------------------------------------------------------------------

void rap_receipts_stored (rap_receipts_t *self, rap_text_t document_id, uint32_t ordinal)
{
    self->chunks++;
    rap_range_t *last = self->ranges_count ? &self->ranges[self->ranges_count - 1] : NULL;
    bool same = last && rap_text_equal (last->document_id, document_id);
    if (same && ordinal == last->first + last->count) {
        last->count++;
        return;
    }
    rap_text_t id = same ? last->document_id : rap_arena_text (self->arena, document_id);
    if (self->ranges_count == self->ranges_room) {
        self->ranges_room = self->ranges_room ? self->ranges_room * 2 : 256;
        self->ranges = reallocarray (self->ranges, self->ranges_room, sizeof *self->ranges);
        if (!self->ranges)
            abort ();
    }
    assert (self->ranges);
    self->ranges[self->ranges_count++] = (rap_range_t){.document_id = id, .first = ordinal, .count = 1};
}

bool rap_receipts_noticed (rap_receipts_t *self, const rap_peer_t *peer, uint64_t notice)
{
    if (self->notices_count == RAP_RECEIPTS_NOTICES_MAX)
        return false;
    self->notices[self->notices_count++] = (noticed_t){.peer = *peer, .notice = notice};
    return true;
}

size_t rap_receipts_pending (const rap_receipts_t *self)
{
    return self->chunks + self->notices_count;
}

bool rap_receipts_next (rap_receipts_t *self, rap_ranges_t *ranges)
{
    size_t left = self->ranges_count - self->ranges_given;
    size_t count = left < RAP_RANGES_MAX ? left : RAP_RANGES_MAX;
    if (count == 0) //  then there may be no ranges at all, not even an empty array
        return false;
    *ranges = (rap_ranges_t){.at = self->ranges + self->ranges_given, .count = (uint32_t)count};
    self->ranges_given += count;
    return true;
}

bool rap_receipts_next_notice (rap_receipts_t *self, rap_peer_t *peer, uint64_t *notice)
{
    if (self->notices_given == self->notices_count)
        return false;
    const noticed_t *next = &self->notices[self->notices_given++];
    *peer = next->peer;
    *notice = next->notice;
    return true;
}

void rap_receipts_clear (rap_receipts_t *self)
{
    rap_arena_reset (self->arena);
    self->ranges_count = self->ranges_given = self->chunks = 0;
    self->notices_count = self->notices_given = 0;
}
