/*  rules: what the reader needs of the rules folder, ready for quick questions.
 *
 *  Made once a process, never changed afterwards. One thread at a time is not
 *  needed: all questions are const.                                          */
#ifndef RAPPORTEUR_INGEST_RULES_H
#define RAPPORTEUR_INGEST_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/lexicon.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "words.h"

//  --- the rules -------------------------------------------------------------
//  What a word may do at the beginning or end of a text (bits).
enum {
    RAP_OPENS_PREAMBULAR = 1,
    RAP_OPENS_OPERATIVE = 2,
    RAP_MODIFIES = 4,
    RAP_JOINS = 8,
    RAP_ABBREVIATES = 16,
    RAP_MEASURES = 32,
    RAP_NAMES = 64,
};

typedef enum {
    RAP_PHRASE_ANNEX,
    RAP_PHRASE_DRAFT,
    RAP_PHRASE_ADOPTS,
    RAP_PHRASE_OWN_ANNEX,
    RAP_PHRASE_OUTER_ANNEX,
    RAP_PHRASE_SUMMARY,
    RAP_PHRASE_CONTENTS,
    RAP_PHRASE_KIND,
    RAP_PHRASE_KIND_IN_TEXT,
    RAP_PHRASE_AUTHOR,
    RAP_PHRASE_TELLS_NOT,
    RAP_PHRASE_ADOPTED,
    RAP_PHRASE_SESSION,
    RAP_PHRASE_AGENDA,
    RAP_PHRASE_MONTH,
    RAP_PHRASE_CAPTION,
    RAP_PHRASE_CLOSING,
    RAP_PHRASE_SPEAKER,
    RAP_PHRASE_LANGUAGE,
    RAP_PHRASE_PUBLISHER,
    RAP_PHRASE_SERIES,
    RAP_PHRASE_DISTR,
    RAP_PHRASE_CIRCULATION,
    RAP_PHRASE_ORIGINAL,
    RAP_PHRASE_SESSION_WORD,
    RAP_PHRASE_SESSION_NUMBER,
    RAP_PHRASE_ORDINAL_END,
    RAP_PHRASE_MEETING,
    RAP_PHRASE_SYMBOL_KIND,
    RAP_PHRASE_SURE_KIND,
    RAP_PHRASE_DIVISION,
    RAP_PHRASE_HEADS_NOTHING,
    RAP_PHRASE_ANNEX_TO,
    RAP_PHRASE_ADOPTED_TEXT,
    RAP_PHRASE_DAY,
    RAP_PHRASES
} rap_phrases_t;

typedef struct {
    rap_text_t phrase;
    rap_text_t value;
} rap_phrase_t;

typedef struct {
    rap_text_t name;
    rap_text_t actor; //  '' where the name may stand for several
    uint32_t next;    //  1 + index of the next body that begins with the same word; 0 none
} rap_body_t;

//  A verb phrase of several words.
typedef struct {
    rap_text_t phrase;
    uint32_t bits;
    uint32_t next; //  1 + index of the next one that begins with the same word; 0 none
} rap_opening_t;

//  Columns of series.tsv that the reader asks.
enum {
    RAP_SERIES_BODY,
    RAP_SERIES_NOUN,
    RAP_SERIES_FORM,
    RAP_SERIES_SYMBOL,
    RAP_SERIES_BOUNDS, //  four of them
    RAP_SERIES_COLUMNS = RAP_SERIES_BOUNDS + 4
};

typedef struct rap_reader {
    rap_list_t known;             //  the word list for broken words
    rap_words_t heads;            //  words with the bits above
    rap_words_t openings_by_word; //  1 + index of the first opening of several words
    rap_opening_t *openings;
    uint32_t openings_count;
    rap_words_t small_words;    //  1 + index of the language's phrase
    size_t small_words_max;     //  bytes of the longest of them
    rap_words_t bodies_by_word; //  1 + index of the first body that begins with the word
    bool body_heads[1024];      //  how their names begin, in two letters
    rap_body_t *bodies;
    uint32_t bodies_count;
    rap_phrase_t *phrases[RAP_PHRASES];
    uint32_t phrases_count[RAP_PHRASES];
    uint32_t phrases_first[RAP_PHRASES]; //  bits: the letters that they begin with
    const rap_table_t *furniture;
    uint64_t
        furniture_first[256]; //  by a line's first byte: bits of the patterns, by turns of 64, that begin with it
    rap_text_t *roots;        //  that symbols of documents begin with
    uint32_t roots_count;
    const rap_table_t *series;
    int series_column[RAP_SERIES_COLUMNS];
    int pattern; //  column of furniture
} rap_rules_t;

rap_status_t rap_rules_init (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_rules_fini (rap_rules_t *self);

//  The first phrase of a kind that the text begins with (to a word's end), that
//  it is equal to, case not counting, or that occurs in it as it is printed in the
//  rules; NULL if none.
const rap_phrase_t *rap_rules_begins (const rap_rules_t *self, rap_phrases_t kind, rap_text_t text);
const rap_phrase_t *rap_rules_equals (const rap_rules_t *self, rap_phrases_t kind, rap_text_t text);
const rap_phrase_t *rap_rules_within (const rap_rules_t *self, rap_phrases_t kind, rap_text_t text);

//  Bits of the verb that the text opens with, after words that modify it; 0 if
//  it opens with none, or not with a capital.
uint32_t rap_rules_opener (const rap_rules_t *self, rap_text_t text);

//  The text may be an organ's name before what it does, by its form ('The ...'). Whether it is one, the comma at its
//  end and what follows tell.
bool rap_rules_may_speak (rap_text_t text);

//  The text is the first under an organ's name: a preambular clause, or a first clause with its number.
bool rap_rules_opens_text (const rap_rules_t *self, rap_text_t text);

//  Bits of the last word of the text.
uint32_t rap_rules_last_word (const rap_rules_t *self, rap_text_t text);

//  The body named at the text's start, the longest name that fits; NULL if none.
const rap_body_t *rap_rules_body (const rap_rules_t *self, rap_text_t text);

//  The body that speaks if the text is a formula such as an organ's name after
//  'The' and nothing more but a comma; NULL if it is none.
const rap_body_t *rap_rules_formula (const rap_rules_t *self, rap_text_t text);

//  Whether a whole line is a date such as '3 March 2025'.
bool rap_rules_is_date (const rap_rules_t *self, rap_text_t line);

//  Whether a whole line is page furniture by its form.
bool rap_rules_furniture (const rap_rules_t *self, rap_text_t line);

//  Length of a document symbol at the text's start; 0 if there is none. Ends
//  before a joint symbol's dash.
size_t rap_rules_symbol (const rap_rules_t *self, rap_text_t text);

//  Equal but for the case of ASCII letters.
bool rap_text_alike (rap_text_t a, rap_text_t b);

#endif
