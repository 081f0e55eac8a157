/*  redline: two texts of clauses against each other, word by word.
 *
 *  Pure. Clauses are paired by the words that they share, the likest first; a pair
 *  that is out of the order of the others has moved. Within a pair the words that
 *  went and came are found by a longest common subsequence; in clauses so long
 *  that this would take more than RAP_REDLINE_CELLS steps, all words between the
 *  common beginning and end count as changed. One thread; texts are borrowed.   */
#ifndef RAPPORTEUR_REDLINE_H
#define RAPPORTEUR_REDLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

enum { RAP_REDLINE_CELLS = 4 * 1024 * 1024, RAP_REDLINE_CLAUSES_MAX = 4096 };

//  Least share of words in common (Dice) of a pair.
#define RAP_REDLINE_ALIKE 0.5

typedef struct {
    rap_text_t kind;
    rap_text_t part;
    rap_text_t label;
    rap_text_t text;
} rap_redline_clause_t;

typedef enum { RAP_WORDS_KEPT, RAP_WORDS_GONE, RAP_WORDS_NEW } rap_words_fate_t;

//  A stretch of words, of the old text or, if new, of the new one, spaces included.
typedef struct {
    rap_words_fate_t fate;
    rap_text_t text;
} rap_redline_words_t;

typedef struct {
    const rap_redline_clause_t *before; //  NULL: it is new
    const rap_redline_clause_t *after;  //  NULL: it is gone
    bool changed;
    bool moved;
    const rap_redline_words_t *words;
    uint32_t words_count;
} rap_redline_t;

//  All clauses of both texts in the order of the new one; what is gone stands after
//  what it followed. Answers how many; the array lives in the arena.
uint32_t rap_redline (const rap_redline_clause_t *before, uint32_t before_count, const rap_redline_clause_t *after,
                      uint32_t after_count, rap_arena_t *arena, rap_redline_t **lines);

#endif
