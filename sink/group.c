#include "group.h"

#include <stdlib.h>

enum {
    PLACES_KEPT = 8192, //  documents remembered over groups; more are looked up again
    SLOTS_FIRST = 1024, //  a power of two
};

struct rap_group {
    rap_place_t *places; //  in the order of learning
    size_t places_count;
    size_t places_room;
    uint32_t *slots; //  open addressing: index into places + 1; 0 is free
    size_t slots_count;
    uint32_t *touched; //  indices into places; as many as there is room for places
    size_t touched_count;
    int64_t *chunks;
    size_t chunks_count;
    size_t chunks_room;
    bool ascending; //  chunks came in ascending order so far
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
    *self = (rap_group_t){.ascending = true};
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

//  Room for twice as many places, slots at most half full.
static void enlarge (rap_group_t *self)
{
    self->places_room = self->places_room ? self->places_room * 2 : SLOTS_FIRST / 2;
    self->places = grow (self->places, self->places_room, sizeof *self->places);
    self->touched = grow (self->touched, self->places_room, sizeof *self->touched);
    self->slots_count = self->places_room * 2;
    self->slots = grow (self->slots, self->slots_count, sizeof *self->slots);
    memset (self->slots, 0, self->slots_count * sizeof *self->slots);
    for (size_t i = 0; i < self->places_count; i++)
        *slot_of (self, self->places[i].document_id) = (uint32_t)i + 1;
}

rap_place_t *rap_group_find (rap_group_t *self, rap_text_t document_id)
{
    uint32_t *slot = slot_of (self, document_id.at);
    return *slot ? &self->places[*slot - 1] : NULL;
}

rap_place_t *rap_group_learn (rap_group_t *self, rap_text_t document_id, uint64_t number, uint32_t chunks)
{
    if (self->places_count == self->places_room)
        enlarge (self);
    rap_place_t *place = &self->places[self->places_count++];
    *place = (rap_place_t){.number = number, .chunks = chunks};
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
    if (self->chunks_count == self->chunks_room) {
        self->chunks_room = self->chunks_room ? self->chunks_room * 2 : SLOTS_FIRST;
        self->chunks = grow (self->chunks, self->chunks_room, sizeof *self->chunks);
    }
    if (self->chunks_count && self->chunks[self->chunks_count - 1] > chunk_id)
        self->ascending = false;
    self->chunks[self->chunks_count++] = chunk_id;
}

void rap_group_notice (rap_group_t *self, rap_place_t *place)
{
    touch (self, place);
    place->noticed = true;
}

static int by_value (const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

const int64_t *rap_group_chunks (rap_group_t *self, size_t *count)
{
    if (!self->ascending)
        qsort (self->chunks, self->chunks_count, sizeof *self->chunks, by_value);
    self->ascending = true;
    *count = self->chunks_count;
    return self->chunks;
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
        place->added = 0;
        place->noticed = place->touched = false;
    }
    self->touched_count = self->chunks_count = 0;
    self->ascending = true;
}

void rap_group_forget (rap_group_t *self)
{
    self->places_count = self->places_room = 0;
    self->touched_count = self->chunks_count = 0;
    self->ascending = true;
    enlarge (self);
}
