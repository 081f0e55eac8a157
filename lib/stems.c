//  stems: an open table of stems, and a buffer with their texts.
#include "rapporteur/stems.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MIN = 3, WORD_MAX = 40, SENTENCE_MIN = 16, SLOTS_FIRST = 1024 };

typedef struct {
    uint32_t at; //  in the buffer
    uint32_t len;
} stem_t;

struct rap_stems {
    struct sb_stemmer *stemmer;
    uint32_t *slots; //  1 + the stem's number; 0 empty
    uint32_t slots_count;
    stem_t *stems;
    uint32_t count, room;
    char *text;
    uint32_t text_len, text_room;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

rap_stems_t *rap_stems_new (void)
{
    rap_stems_t *self = must (calloc (1, sizeof *self));
    self->stemmer = must (sb_stemmer_new ("english", NULL));
    self->slots_count = SLOTS_FIRST;
    self->slots = must (calloc (self->slots_count, sizeof *self->slots));
    return self;
}

void rap_stems_destroy (rap_stems_t **self_p)
{
    rap_stems_t *self = *self_p;
    if (!self)
        return;
    sb_stemmer_delete (self->stemmer);
    free (self->slots);
    free (self->stems);
    free (self->text);
    free (self);
    *self_p = NULL;
}

uint32_t rap_stems_count (const rap_stems_t *self)
{
    return self->count;
}

rap_text_t rap_stems_text (const rap_stems_t *self, uint32_t stem)
{
    return rap_text_of (self->text + self->stems[stem].at, self->stems[stem].len);
}

static bool is_letter (char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static uint32_t hash_of (rap_text_t stem)
{
    uint32_t hash = 2166136261u; //  FNV-1a
    for (size_t i = 0; i < stem.len; i++)
        hash = (hash ^ (unsigned char)stem.at[i]) * 16777619u;
    return hash;
}

static uint32_t slot_of (const rap_stems_t *self, rap_text_t stem)
{
    uint32_t slot = hash_of (stem) & (self->slots_count - 1);
    while (self->slots[slot] && !rap_text_equal (rap_stems_text (self, self->slots[slot] - 1), stem))
        slot = (slot + 1) & (self->slots_count - 1);
    return slot;
}

static void widen (rap_stems_t *self)
{
    free (self->slots);
    self->slots_count *= 2;
    self->slots = must (calloc (self->slots_count, sizeof *self->slots));
    for (uint32_t i = 0; i < self->count; i++)
        self->slots[slot_of (self, rap_stems_text (self, i))] = i + 1;
}

static uint32_t keep (rap_stems_t *self, rap_text_t stem)
{
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : SLOTS_FIRST;
        self->stems = must (reallocarray (self->stems, self->room, sizeof *self->stems));
    }
    if (self->text_len + stem.len > self->text_room) {
        self->text_room = self->text_room ? self->text_room * 2 : 16 * SLOTS_FIRST;
        self->text = must (realloc (self->text, self->text_room));
    }
    memcpy (self->text + self->text_len, stem.at, stem.len);
    self->stems[self->count] = (stem_t){.at = self->text_len, .len = (uint32_t)stem.len};
    self->text_len += (uint32_t)stem.len;
    return self->count++;
}

static uint32_t number_of (rap_stems_t *self, rap_text_t stem, bool add)
{
    if (add && (self->count + 1) * 2 > self->slots_count)
        widen (self);
    uint32_t slot = slot_of (self, stem);
    if (!self->slots[slot] && add)
        self->slots[slot] = keep (self, stem) + 1;
    return self->slots[slot] ? self->slots[slot] - 1 : RAP_NO_STEM;
}

bool rap_stems_next (rap_stems_t *self, rap_text_t text, size_t *at, bool add, uint32_t *stem)
{
    for (;;) {
        while (*at < text.len && !is_letter (text.at[*at]))
            ++*at;
        size_t from = *at;
        while (*at < text.len && is_letter (text.at[*at]))
            ++*at;
        if (*at == from)
            return false;
        if (*at - from < WORD_MIN || *at - from > WORD_MAX)
            continue;
        char word[WORD_MAX];
        for (size_t i = from; i < *at; i++)
            word[i - from] = (unsigned char)text.at[i] < 0x80 ? (char)(text.at[i] | 32) : text.at[i];
        const sb_symbol *stemmed = sb_stemmer_stem (self->stemmer, (const sb_symbol *)word, (int)(*at - from));
        must ((void *)(uintptr_t)stemmed);
        rap_text_t made = rap_text_of ((const char *)stemmed, (size_t)sb_stemmer_length (self->stemmer));
        *stem = number_of (self, made, add);
        return true;
    }
}

size_t rap_sentence_end (rap_text_t text, size_t from)
{
    for (size_t at = from + 1; at < text.len; at++) {
        if (text.at[at] == '\n')
            return at;
        bool stop = (text.at[at - 1] == '.' || text.at[at - 1] == ';') && text.at[at] == ' ' && at + 1 < text.len;
        if (stop && text.at[at + 1] >= 'A' && text.at[at + 1] <= 'Z' && at - from > SENTENCE_MIN)
            return at;
    }
    return text.len;
}
