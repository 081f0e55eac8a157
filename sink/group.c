#include "group.h"

#include <stdlib.h>

enum {
    PLACES_KEPT = 8192, //  documents remembered over groups; more are looked up again
    SLOTS_FIRST = 1024, //  a power of two
    SLOTS_KEPT = 65536, //  of chunks; more are let go when the group ends
};

struct rap_group {
    rap_place_t *places; //  in the order of learning
    size_t places_count;
    size_t places_room;
    uint32_t *slots; //  open addressing: index into places + 1; 0 is free
    size_t slots_count;
    uint32_t *touched; //  indices into places; as many as there is room for places
    size_t touched_count;
    rap_place_t *last; //  found last; mostly it is asked for again
    int64_t *chunks;   //  a set: open addressing; 0, which is the id of no chunk, is free
    size_t chunks_count;
    size_t chunks_slots;
};

//  Out of memory ends the process.
static void *grow (void *at, size_t count, size_t size)
{
    void *grown = reallocarray (at, count, size);
    if (!grown)
        abort ();
    return grown;
}

rap_group_t *rap_group_new (void)
{
    rap_group_t *self = grow (NULL, 1, sizeof *self);
    *self = (rap_group_t){.places = NULL};
    rap_group_forget (self);
    return self;
}

void rap_group_destroy (rap_group_t **self_p)
{
    rap_group_t *self = *self_p;
    if (!self)
        return;
    free (self->places);
    free (self->slots);
    free (self->touched);
    free (self->chunks);
    free (self);
    *self_p = NULL;
}

//  FNV-1a.
static size_t hash (const char *document_id)
{
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < RAP_DOCUMENT_ID_SIZE - 1; i++)
        sum = (sum ^ (uint8_t)document_id[i]) * 1099511628211u;
    return (size_t)(sum ^ sum >> 32);
}

//  The slot where the document is, or the free one where it would go.
static uint32_t *slot_of (rap_group_t *self, const char *document_id)
{
    size_t mask = self->slots_count - 1;
    for (size_t i = hash (document_id) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &self->slots[i];
        if (!*slot || memcmp (self->places[*slot - 1].document_id, document_id, RAP_DOCUMENT_ID_SIZE - 1) == 0)
            return slot;
    }
}

//  The slot where the chunk is, or the free one where it would go.
static int64_t *chunk_slot (const rap_group_t *self, int64_t chunk_id)
{
    size_t mask = self->chunks_slots - 1;
    uint64_t sum = (uint64_t)chunk_id * UINT64_C (0x9e3779b97f4a7c15);
    for (size_t i = (size_t)(sum >> 32) & mask;; i = (i + 1) & mask)
        if (!self->chunks[i] || self->chunks[i] == chunk_id)
            return &self->chunks[i];
}

//  Slots for chunks, at most half full; those that are there are put into the new ones.
static void make_slots (rap_group_t *self, size_t slots)
{
    int64_t *old = self->chunks;
    size_t old_slots = self->chunks_slots;
    self->chunks = grow (NULL, slots, sizeof *self->chunks);
    self->chunks_slots = slots;
    memset (self->chunks, 0, slots * sizeof *self->chunks);
    for (size_t i = 0; self->chunks_count && i < old_slots; i++)
        if (old[i])
            *chunk_slot (self, old[i]) = old[i];
    free (old);
}

static void forget_chunks (rap_group_t *self)
{
    if (!self->chunks_count)
        return;
    self->chunks_count = 0;
    if (self->chunks_slots > SLOTS_KEPT)
        make_slots (self, SLOTS_KEPT);
    else
        memset (self->chunks, 0, self->chunks_slots * sizeof *self->chunks);
}

//  Room for twice as many places, slots at most half full.
static void enlarge (rap_group_t *self)
{
    self->places_room = self->places_room ? self->places_room * 2 : SLOTS_FIRST / 2;
    self->places = grow (self->places, self->places_room, sizeof *self->places);
    self->last = NULL;
    self->touched = grow (self->touched, self->places_room, sizeof *self->touched);
    self->slots_count = self->places_room * 2;
    self->slots = grow (self->slots, self->slots_count, sizeof *self->slots);
    memset (self->slots, 0, self->slots_count * sizeof *self->slots);
    for (size_t i = 0; i < self->places_count; i++)
        *slot_of (self, self->places[i].document_id) = (uint32_t)i + 1;
}

rap_place_t *rap_group_find (rap_group_t *self, rap_text_t document_id)
{
    if (self->last && memcmp (self->last->document_id, document_id.at, RAP_DOCUMENT_ID_SIZE - 1) == 0)
        return self->last;
    uint32_t *slot = slot_of (self, document_id.at);
    return self->last = *slot ? &self->places[*slot - 1] : NULL;
}

rap_place_t *rap_group_learn (rap_group_t *self, rap_text_t document_id, uint64_t number, uint32_t chunks,
                              uint32_t stored)
{
    if (self->places_count == self->places_room)
        enlarge (self);
    rap_place_t *place = &self->places[self->places_count++];
    *place = (rap_place_t){.number = number, .chunks = chunks, .stored = stored};
    memcpy (place->document_id, document_id.at, RAP_DOCUMENT_ID_SIZE - 1);
    *slot_of (self, place->document_id) = (uint32_t)self->places_count;
    return place;
}

static void touch (rap_group_t *self, rap_place_t *place)
{
    if (!place->touched)
        self->touched[self->touched_count++] = (uint32_t)(place - self->places);
    place->touched = true;
}

void rap_group_add (rap_group_t *self, rap_place_t *place, int64_t chunk_id)
{
    touch (self, place);
    place->added++;
    if (self->chunks_count * 2 >= self->chunks_slots)
        make_slots (self, self->chunks_slots ? self->chunks_slots * 2 : SLOTS_FIRST);
    int64_t *slot = chunk_slot (self, chunk_id);
    self->chunks_count += !*slot;
    *slot = chunk_id;
}

bool rap_group_has (const rap_group_t *self, int64_t chunk_id)
{
    return self->chunks_count && *chunk_slot (self, chunk_id);
}

void rap_group_notice (rap_group_t *self, rap_place_t *place)
{
    touch (self, place);
    place->noticed = true;
}

const rap_place_t *rap_group_touched (const rap_group_t *self, size_t i)
{
    return i < self->touched_count ? &self->places[self->touched[i]] : NULL;
}

void rap_group_next (rap_group_t *self)
{
    if (self->places_count > PLACES_KEPT) {
        rap_group_forget (self);
        return;
    }
    for (size_t i = 0; i < self->touched_count; i++) {
        rap_place_t *place = &self->places[self->touched[i]];
        place->stored += place->added;
        place->added = 0;
        place->noticed = place->touched = false;
    }
    self->touched_count = 0;
    forget_chunks (self);
}

void rap_group_forget (rap_group_t *self)
{
    self->places_count = self->places_room = 0;
    self->touched_count = 0;
    forget_chunks (self);
    enlarge (self);
}
