/*  stems: words of a text as numbers, the same for all forms of a word.
 *
 *  Snowball's English stemmer, small letters, words of 3 to 40 bytes; letters of
 *  ASCII and all bytes beyond it make words. One thread; out of memory ends the
 *  process.                                                                   */
#ifndef RAPPORTEUR_STEMS_H
#define RAPPORTEUR_STEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/text.h"

typedef struct rap_stems rap_stems_t;

rap_stems_t *rap_stems_new (void);
void rap_stems_destroy (rap_stems_t **self_p);

#define RAP_NO_STEM UINT32_MAX

//  The number of the next word's stem at or after byte *at, which moves behind the
//  word; false at the text's end. Stems are numbered from 0 in order of coming;
//  with `add` false those that never came are RAP_NO_STEM. Words are remembered, too,
//  so that each is stemmed once: memory grows with the words that came.
bool rap_stems_next (rap_stems_t *self, rap_text_t text, size_t *at, bool add, uint32_t *stem);

uint32_t rap_stems_count (const rap_stems_t *self);

//  The stem itself, as long as `self` lives and nothing is added.
rap_text_t rap_stems_text (const rap_stems_t *self, uint32_t stem);

//  Where the sentence that begins at byte `from` ends: before a space and a
//  capital, or at a line's end.
size_t rap_sentence_end (rap_text_t text, size_t from);

#endif
