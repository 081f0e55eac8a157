/*  lookup: what extractors do with tables of rules at start.                  */
#ifndef RAPPORTEUR_WORKERS_LOOKUP_H
#define RAPPORTEUR_WORKERS_LOOKUP_H

#include "rapporteur/lexicon.h"

#include "matcher.h"
#include "phrases.h"

//  The table with the columns asked for (a list ended by NULL), whose numbers go
//  into `numbers` in that order. NULL with the reason if it lacks one.
const rap_table_t *rap_lookup_table (const rap_lexicon_t *lexicon, const char *name, const char *const *columns,
                                     int *numbers, rap_reason_t *reason);

//  Adds a name to the matcher in the forms in which it may be printed: with a
//  straight or a curved apostrophe, a hyphen or a no-break hyphen.
void rap_lookup_name (rap_matcher_builder_t *builder, rap_group_t group, uint32_t value, rap_text_t name,
                      uint32_t flags);

//  Phrases of a column, each valued by its row. NULL with the reason if the
//  table or column is missing.
rap_phrases_t *rap_lookup_phrases (const rap_lexicon_t *lexicon, const char *name, const char *column,
                                   rap_reason_t *reason);

//  A whole number or a decimal fraction in a field; false if it is none.
bool rap_lookup_number (rap_text_t field, double *value);

//  The code point that ends before byte `at` is a letter or a digit.
bool rap_lookup_word_before (rap_text_t text, size_t at);

//  The words contain `word`, between spaces.
bool rap_lookup_has (rap_text_t words, const char *word);

#endif
