/*  words: sets of words, asked without regard to case.
 *
 *  A set knows a word by 64 bits of hash of its bytes in lower case (letters of
 *  ASCII only), and keeps nothing else of it. The word list is so large that it
 *  keeps fewer of them. Whoever asks several sets makes the hash once.        */
#ifndef RAPPORTEUR_INGEST_WORDS_H
#define RAPPORTEUR_INGEST_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/eight.h"
#include "rapporteur/text.h"

enum { RAP_WORD_MAX = 48 }; //  bytes; longer ones are in no set

typedef uint64_t rap_word_t; //  0: no word, or one that is too long

rap_word_t rap_word_of (rap_text_t text);

//  The letters of ASCII from byte `at` of a text on, and how many they are.
static inline rap_word_t rap_word_read (rap_text_t text, size_t at, size_t *len);

//  What stands from byte `at` on up to a space or line end, and its bytes.
static inline rap_word_t rap_word_read_printed (rap_text_t text, size_t at, size_t *len);

typedef struct {
    struct {
        rap_word_t word;
        uint32_t value;
    } * slots;
    uint32_t mask; //  slots - 1
    uint32_t count;
} rap_words_t;

void rap_words_init (rap_words_t *self, uint32_t expected);
void rap_words_fini (rap_words_t *self);

//  The word's value, 0 if it was not there; NULL if it can be in no set, or the set
//  has `limit` words already. Valid until the next word is entered.
uint32_t *rap_words_enter (rap_words_t *self, rap_word_t word, uint32_t limit);

//  The value; 0 if the word is not there.
static inline uint32_t rap_words_find (const rap_words_t *self, rap_word_t word);

//  --- the word list ----------------------------------------------------------
//  32 bits a word, two of which are its value: of some 300 million words that are
//  not in the list one is taken for one.
typedef struct {
    uint32_t *slots;
    uint32_t mask;
} rap_list_t;

enum { RAP_IS_WORD = 1, RAP_IS_NAME = 2, RAP_LIST_BITS = 3 };

//  Room for `count` words and no more.
void rap_list_init (rap_list_t *self, uint32_t count);
void rap_list_fini (rap_list_t *self);
void rap_list_add (rap_list_t *self, rap_word_t word, uint32_t bit);

//  The bits; 0 if the word is not there.
uint32_t rap_list_find (const rap_list_t *self, rap_word_t word);

//  --- in place, for they are asked of every word ------------------------------
//  Takes eight bytes to eight others, no two to the same, and 0 to 0.
static inline uint64_t rap_word_mix (uint64_t bytes)
{
    bytes *= UINT64_C (0x9E3779B97F4A7C15);
    return bytes ^ bytes >> 32;
}

//  Goes on with a word: `bytes` are the next of it, up to the first of `stops`.
static inline bool rap_word_add (rap_word_t *word, size_t *len, uint64_t bytes, uint64_t stops)
{
    bytes |= eight_letters (bytes) >> 2;
    *word = rap_word_mix (*word ^ (bytes & eight_mask (stops)));
    *len += eight_before (stops);
    return !stops;
}

static inline rap_word_t rap_word_read (rap_text_t text, size_t at, size_t *len)
{
    rap_word_t word = 0;
    uint64_t bytes;
    *len = 0;
    do
        bytes = eight_at (text, at + *len);
    while (rap_word_add (&word, len, bytes, ~eight_letters (bytes) & EIGHT (0x80)));
    return *len <= RAP_WORD_MAX ? word : 0;
}

static inline rap_word_t rap_word_read_printed (rap_text_t text, size_t at, size_t *len)
{
    rap_word_t word = 0;
    uint64_t bytes;
    *len = 0;
    do
        bytes = eight_at (text, at + *len);
    while (rap_word_add (&word, len, bytes, eight_between (bytes, 0, ' ')));
    return *len <= RAP_WORD_MAX ? word : 0;
}

//  The word's slot, or the free one where it belongs.
static inline uint32_t rap_words_slot (const rap_words_t *self, rap_word_t word)
{
    uint32_t i = (uint32_t)word & self->mask;
    while (self->slots[i].word != word && self->slots[i].word)
        i = (i + 1) & self->mask;
    return i;
}

static inline uint32_t rap_words_find (const rap_words_t *self, rap_word_t word)
{
    return self->slots[rap_words_slot (self, word)].value;
}

#endif
