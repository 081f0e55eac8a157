/*  number: the symbol that a resolution or decision has by its number.
 *
 *  '3218 (XXIX)', '74/177', '2021/25', '27/4': what stands above a text that has no
 *  masthead tells its symbol with the organ whose it is, as data/series.tsv says. */
#ifndef RAPPORTEUR_INGEST_NUMBER_H
#define RAPPORTEUR_INGEST_NUMBER_H

#include "rapporteur/arena.h"

#include "rules.h"

//  The symbol of the resolution or decision (`noun`) of the organ whose number the
//  text begins with; '' if there is no such number, or the organ counts otherwise.
rap_text_t rap_number_symbol (const rap_rules_t *rules, rap_text_t body, rap_text_t noun, rap_text_t text,
                              rap_arena_t *arena);

#endif
