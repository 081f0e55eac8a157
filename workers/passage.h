/*  passage: a chunk's text while its clauses are collected.
 *
 *  The reader of clauses (clause.c) and that of recommendations (recommendation.c)
 *  put the verb phrases that they find into one passage, in order; then clause.c
 *  reads what hangs on each. Of use to these two alone. Everything lives in the
 *  arena of the chunk.                                                        */
#ifndef RAPPORTEUR_WORKERS_PASSAGE_H
#define RAPPORTEUR_WORKERS_PASSAGE_H

#include "extract.h"

#include "addressee.h"
#include "phrases.h"
#include "proviso.h"
#include "spans.h"
#include "verb.h"

//  What a phrase that gates means.
typedef enum {
    RAP_GATE_VERB,
    RAP_GATE_SPEAKER,
    RAP_GATE_BE,
    RAP_GATE_WISH,
    RAP_GATE_MODAL,
    RAP_GATE_MAYBE,
    RAP_GATE_ESSENTIAL,
    RAP_GATE_PROVISO
} rap_gate_t;

typedef struct {
    rap_gate_t gate;
    rap_verb_kind_t kind;       //  RAP_GATE_VERB
    rap_proviso_kind_t proviso; //  RAP_GATE_PROVISO
    rap_text_t base;            //  of the verb that a recommendation prints in another form; '' none
} rap_meaning_t;

//  The rules of both readers.
typedef struct {
    rap_verbs_t *verbs;
    rap_addressees_t *addressees;
    rap_provisos_t *provisos;
    rap_meaning_t *meanings; //  by a hit's value
    uint32_t meanings_count;
    rap_phrases_t *passives; //  value: index into bases
    rap_text_t *bases;
    uint32_t bases_count;
    rap_phrases_t *advice; //  in headings
    rap_phrases_t *told;
    rap_phrases_t *polite; //  'would like to'
} rap_clause_rules_t;

//  A verb phrase, and what is known of it before its stretch is read.
typedef struct {
    rap_verb_t verb;
    size_t lead;             //  where the words that lead to it begin ('and in this regard')
    size_t from;             //  who is asked, and what, is read from here
    rap_addressee_t subject; //  who is asked stands before the verb; else start == end
    rap_text_t named;        //  who is asked is named in the text that leads in; '' not
    size_t limit;            //  its stretch goes no farther
    const char *rule;
    double confidence;
} rap_act_t;

typedef struct {
    const rap_clause_rules_t *rules;
    const rap_extract_t *x;
    rap_text_t text;
    rap_text_t organ; //  that speaks; '' unknown
    const rap_hit_t *hits;
    uint32_t hits_count;
    rap_act_t *acts;
    uint32_t count;
    uint32_t room;
    size_t sentence_from; //  the sentence whose end was looked for last
    size_t sentence_to;
    rap_spans_t actors; //  once read
    bool actors_read;
    uint32_t emphasis_next; //  the first span not passed yet, as the lines are read in order,
    size_t emphasis_at;     //  and where the one before it ended: byte
    size_t emphasis_points; //  and code point
    size_t italics_from;    //  the place asked for last, and the answer
    size_t italics_end;
} rap_passage_t;

const rap_meaning_t *rap_passage_meaning (const rap_passage_t *self, uint32_t hit);

//  A verb phrase as found; the caller may know more of it, and adds it.
rap_act_t rap_passage_act (const rap_passage_t *self, rap_verb_t verb, const char *rule, double confidence);
void rap_passage_add (rap_passage_t *self, rap_act_t act);

//  Where the last phrase ended; 0 if there is none yet.
size_t rap_passage_end (const rap_passage_t *self);

//  No list of parts is read farther, so that many verbs before one list cost little.
enum { RAP_PASSAGE_PARTS_MAX = 200 };

//  Adds an act for each line from `at` on whose lettered part begins with somebody who
//  is asked by `act`, which stands before them ('Invites: (a) STATES to ..').
//  False, and nothing added, if none does.
bool rap_passage_add_named (rap_passage_t *self, rap_act_t act, size_t at);

//  A word as a lemma: its first letter small.
rap_text_t rap_passage_lemma (const rap_passage_t *self, size_t start, size_t end);

//  First byte after '(a) ', '(iv) ', 'a. ', '- ' at a line's start; `at` if none.
size_t rap_passage_skip_letter (rap_text_t text, size_t at);

//  Does a word stand in [from, end) that shows that what follows is only told of, or of
//  a clause within?
bool rap_passage_tells (const rap_passage_t *self, size_t from, size_t end);

//  Is an inner verb that may be a noun followed by its object?
bool rap_passage_has_object (const rap_passage_t *self, const rap_verb_t *verb);

//  End of the line that byte `at` is in, at most `limit`.
size_t rap_passage_line_end (rap_text_t text, size_t at, size_t limit);

#endif
