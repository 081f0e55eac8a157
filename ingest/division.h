/*  division: how treaties, rules and charters are divided: 'CHAPTER II',
 *  'Article 5. Use of terms', 'Rule 12'.
 *
 *  What may be one is data (reading.tsv, kind division): those whose texts are
 *  called by it ('article 5') and those that only stand above others.         */
#ifndef RAPPORTEUR_INGEST_DIVISION_H
#define RAPPORTEUR_INGEST_DIVISION_H

#include <stdbool.h>

#include "rules.h"

typedef struct {
    uint32_t rank;     //  place among the divisions in the rules from 1, outermost first; 0 it is none
    rap_text_t word;   //  by which its texts are called: 'article'; '' none
    rap_text_t number; //  as printed
    rap_text_t title;  //  behind the number; '' none
    uint32_t text;     //  bytes up to the text that follows on the same line; 0 none does
} rap_division_t;

//  The division that a block is the head of, or begins with. `ends`: how it ends, 0 not.
rap_division_t rap_division_of (const rap_rules_t *rules, rap_text_t text, char ends);

#endif
