/*  head: what a line of a masthead is, and its columns one under the other.
 *
 *  A masthead is printed in columns ('General Assembly    Distr.: General'), and
 *  text taken from print has them on one line. They are parted here, before lines
 *  become blocks, so that each fact is a line of its own.                      */
#ifndef RAPPORTEUR_INGEST_HEAD_H
#define RAPPORTEUR_INGEST_HEAD_H

#include "rapporteur/arena.h"

#include "lines.h"
#include "rules.h"

//  What a whole line tells.
typedef enum {
    RAP_HEAD_NONE,
    RAP_HEAD_PUBLISHER,   //  'United Nations'
    RAP_HEAD_SERIES,      //  'A': the letter of the organ's series, printed large
    RAP_HEAD_SYMBOL,      //  one, or several joint ones
    RAP_HEAD_BODY,        //  an organ's name
    RAP_HEAD_DISTR,       //  'Distr.: General', 'Distr.'
    RAP_HEAD_CIRCULATION, //  'GENERAL', under it
    RAP_HEAD_ORIGINAL,    //  'Original: English'
    RAP_HEAD_DATE,
    RAP_HEAD_SESSION,
    RAP_HEAD_ITEM,    //  'Agenda item 18 (d)'
    RAP_HEAD_DRAFT,   //  'Draft resolution'
    RAP_HEAD_ADOPTED, //  'Resolution adopted by ...'
    RAP_HEAD_AUTHOR,  //  'Report of ...'
} rap_head_t;

//  Lines that a masthead may have.
enum { RAP_HEAD_LINES_MAX = 80, RAP_SYMBOLS_MAX = 8 };

typedef struct {
    rap_text_t at[RAP_SYMBOLS_MAX]; //  canonical
    uint32_t count;
} rap_symbols_t;

//  Adds a symbol that is not there yet.
void rap_symbols_add (rap_symbols_t *symbols, rap_text_t symbol);

rap_head_t rap_head_of (const rap_rules_t *rules, rap_text_t line);

//  A line with which no masthead goes on.
bool rap_head_ends (const rap_rules_t *rules, rap_text_t line);

//  The organ that a whole line names, perhaps after an ordinal ('Tenth ... Congress'); NULL if none.
const rap_body_t *rap_head_body (const rap_rules_t *rules, rap_text_t line);

//  The symbols, if the line is symbols and nothing else (dashes, stars); none
//  otherwise. Canonical texts are made in the arena.
rap_symbols_t rap_head_symbols (const rap_rules_t *rules, rap_text_t line, rap_arena_t *arena);

//  '3 March 2025' at the text's start: its length; 0 if there is none.
size_t rap_head_date (const rap_rules_t *rules, rap_text_t text, unsigned *year, unsigned *month, unsigned *day);

//  Parts the lines of the masthead into what stands in their columns, and says
//  where it is sure which of them begin something and which go on. How many lines
//  it has then.
uint32_t rap_head_part (rap_lines_t *lines, const rap_rules_t *rules, rap_arena_t *arena);

#endif
