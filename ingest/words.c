//  words: open addressing; a word is hashed eight bytes at a time.
#include "words.h"

#include <stdio.h>
#include <stdlib.h>

rap_word_t rap_word_of (rap_text_t text)
{
    if (text.len > RAP_WORD_MAX)
        return 0;
    rap_word_t word = 0;
    for (size_t at = 0; at <= text.len; at += 8) {
        uint64_t bytes = eight_at (text, at);
        word = rap_word_mix (word ^ (bytes | eight_letters (bytes) >> 2));
    }
    return word;
}

//  --- a set ------------------------------------------------------------------

static void *zeroed (size_t count, size_t size)
{
    void *memory = calloc (count, size);
    if (!memory) {
        fputs ("rapporteur: out of memory\n", stderr);
        abort ();
    }
    return memory;
}

void rap_words_init (rap_words_t *self, uint32_t expected)
{
    uint32_t slots = 64;
    while (slots / 2 < expected)
        slots *= 2;
    *self = (rap_words_t){.slots = zeroed (slots, sizeof *self->slots), .mask = slots - 1};
}

void rap_words_fini (rap_words_t *self)
{
    free (self->slots);
    *self = (rap_words_t){.slots = NULL};
}

static void widen (rap_words_t *self)
{
    rap_words_t wider;
    rap_words_init (&wider, self->mask + 1);
    for (uint32_t i = 0; i <= self->mask; i++)
        if (self->slots[i].word)
            wider.slots[rap_words_slot (&wider, self->slots[i].word)] = self->slots[i];
    wider.count = self->count;
    free (self->slots);
    *self = wider;
}

uint32_t *rap_words_enter (rap_words_t *self, rap_word_t word, uint32_t limit)
{
    if (!word)
        return NULL;
    uint32_t i = rap_words_slot (self, word);
    if (self->slots[i].word)
        return &self->slots[i].value;
    if (self->count >= limit)
        return NULL;
    if (self->count > self->mask / 2) {
        widen (self);
        i = rap_words_slot (self, word);
    }
    self->count++;
    self->slots[i].word = word;
    return &self->slots[i].value;
}

//  --- the word list ----------------------------------------------------------

void rap_list_init (rap_list_t *self, uint32_t count)
{
    uint32_t slots = 64;
    while (slots - slots / 4 < count)
        slots *= 2;
    *self = (rap_list_t){.slots = zeroed (slots, sizeof *self->slots), .mask = slots - 1};
}

void rap_list_fini (rap_list_t *self)
{
    free (self->slots);
    *self = (rap_list_t){.slots = NULL};
}

//  The bits of the hash that tell a word from others near its place.
static uint32_t tag_of (rap_word_t word)
{
    return (uint32_t)(word >> 32) & ~(uint32_t)RAP_LIST_BITS;
}

//  Where a word of the list is, or would be.
static uint32_t *place_of (const rap_list_t *self, rap_word_t word)
{
    uint32_t i = (uint32_t)word & self->mask;
    while (self->slots[i] && (self->slots[i] & ~(uint32_t)RAP_LIST_BITS) != tag_of (word))
        i = (i + 1) & self->mask;
    return &self->slots[i];
}

void rap_list_add (rap_list_t *self, rap_word_t word, uint32_t bit)
{
    if (word)
        *place_of (self, word) |= tag_of (word) | bit;
}

uint32_t rap_list_find (const rap_list_t *self, rap_word_t word)
{
    return word ? *place_of (self, word) & RAP_LIST_BITS : 0;
}
