/*  series: the same thing counted in two documents.
 *
 *  Pure. Two counts are of the same thing when measure, unit and the stems of
 *  their subjects agree, the words around them are alike, and each is the other's
 *  best in its document. What two counts have equal claims to is left apart, what one
 *  document counts more than 64 times too, and
 *  so is what is alike in part: a pair that is doubtful is no pair. The likeness
 *  of two counts depends on their two documents alone, so that series come out the
 *  same in whatever order documents come.
 *
 *  Likeness: the cosine between the stems around the two numbers, weighted by how
 *  rare they are among the counts of both documents.                          */
#ifndef RAPPORTEUR_SINK_SERIES_H
#define RAPPORTEUR_SINK_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

//  Counts of one document that are compared.
enum { RAP_COUNTS_MAX = 4096 };

//  A number in a text. Texts are borrowed.
typedef struct {
    int64_t chunk_id;
    int64_t n; //  place in the chunk's quantities
    rap_text_t measure;
    rap_text_t unit;
    rap_text_t subject;
    rap_text_t text; //  the chunk's
    uint32_t start;  //  bytes of it
    uint32_t end;
    rap_text_t key;        //  set by rap_count_prepare
    const uint32_t *words; //  likewise: stems around it, each once
    uint32_t words_count;
} rap_count_t;

typedef struct {
    uint32_t a; //  of the first document
    uint32_t b; //  of the second
    double likeness;
} rap_pair_t;

typedef struct rap_stems rap_stems_t;

//  Sets key and words. All counts that are compared must be prepared with the same stems.
void rap_count_prepare (rap_count_t *count, rap_stems_t *stems, rap_arena_t *arena);

//  The pairs of two documents; at most as many as the smaller one has counts.
uint32_t rap_series_pairs (const rap_count_t *a, uint32_t a_count, const rap_count_t *b, uint32_t b_count,
                           rap_arena_t *arena, rap_pair_t **pairs);

//  The sentence around a count with … for the number, as a name for its series.
rap_text_t rap_count_name (const rap_count_t *count, rap_arena_t *arena);

#endif
