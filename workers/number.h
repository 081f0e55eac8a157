/*  number: every number of a text, in digits and in words, with its value.
 *
 *  Numbers that are part of something longer (a symbol, a telephone number, a
 *  decimal heading) are left out; what the others count is for the caller to see. */
#ifndef RAPPORTEUR_WORKERS_NUMBER_H
#define RAPPORTEUR_WORKERS_NUMBER_H

#include "extract.h"

typedef struct {
    uint32_t start; //  bytes, half open; a scale word ("million") is inside
    uint32_t end;
    double value;
    bool in_words;
    bool plain; //  digits only: no comma, point or scale
    bool zero_led;
} rap_number_t;

typedef struct rap_numbers rap_numbers_t;

//  Number words go into the matcher under RAP_GROUP_QUANTITY, if there is a builder.
rap_numbers_t *rap_numbers_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_numbers_destroy (rap_numbers_t **self_p);

//  In order, none overlapping. They live in x->arena.
const rap_number_t *rap_numbers_find (const rap_numbers_t *self, const rap_extract_t *x, uint32_t *count);

#endif
