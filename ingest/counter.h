/*  counter: how a line or block is numbered at its beginning.                 */
#ifndef RAPPORTEUR_INGEST_COUNTER_H
#define RAPPORTEUR_INGEST_COUNTER_H

#include <stdint.h>

#include "rapporteur/text.h"

//  How a block is numbered at its beginning.
typedef enum {
    RAP_COUNT_NONE,
    RAP_COUNT_ARABIC,  //  12.
    RAP_COUNT_DECIMAL, //  1.2.
    RAP_COUNT_ROMAN,   //  IV.
    RAP_COUNT_CAPITAL, //  B.
    RAP_COUNT_PAREN,   //  (a) (iv) (3)
    RAP_COUNT_SMALL,   //  a. or a)
    RAP_COUNT_BULLET,
} rap_count_t;

typedef struct {
    rap_count_t kind;
    uint32_t
        number; //  ARABIC: its value; DECIMAL: how many numbers; CAPITAL, PAREN, SMALL: place of the letter from 1
    uint32_t label; //  bytes of the label, without brackets' end or full stop, from `label_at`
    uint32_t label_at;
    uint32_t len; //  bytes up to the text after it
} rap_counter_t;

//  The counter at a text's start; kind NONE if there is none.
rap_counter_t rap_counter_of (rap_text_t text);

//  The value of a roman number in either case; 0 if the text is none.
uint32_t rap_roman_value (rap_text_t text);

#endif
