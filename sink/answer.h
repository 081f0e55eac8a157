/*  answer: which paragraphs of a report answer what a resolution asks.
 *
 *  Pure, and explained in words: a paragraph's score is
 *      the share of the ask's words that it bears, the rare ones counting most
 *      (BM25 over the report's paragraphs, divided by what a paragraph with all of
 *      them would have; words of the clause around the ask count half),
 *    + what it is about alike (themes), + actors that both name, + a little if it
 *      tells what was done, + much if it names the very clause.
 *  Words are stems (Snowball's English stemmer); no list of words is needed, since
 *  a word that stands everywhere weighs nothing.
 *
 *  The status is told by two bounds on the best score, and by the crime: a clause
 *  about a crime of which the report says nothing is silent, however alike the
 *  words of assistance and cooperation are.
 *
 *  BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework (2009).
 *  One answerer a report; one thread. Texts are borrowed as long as it lives.   */
#ifndef RAPPORTEUR_SINK_ANSWER_H
#define RAPPORTEUR_SINK_ANSWER_H

#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

//  Bounds on what is compared; beyond them paragraphs and asks are left out.
enum { RAP_PASSAGES_MAX = 4096, RAP_ASKS_MAX = 1024, RAP_EVIDENCE_MAX = 4 };

//  What a paragraph or clause is about, as workers found it.
typedef enum { RAP_TOPIC_THEME, RAP_TOPIC_ACTOR, RAP_TOPIC_CRIME } rap_topic_kind_t;
typedef struct {
    rap_topic_kind_t kind;
    rap_text_t code;
    double weight; //  of a theme: its share, 0..1
} rap_topic_t;

typedef struct {
    int64_t chunk_id;
    rap_text_t text;
    rap_text_t headings; //  above it
    rap_text_t function; //  code of its function
    rap_text_t cites;    //  pinpoints with which it cites the resolution, '' none
    const rap_topic_t *topics;
    uint32_t topics_count;
} rap_passage_t;

//  What is asked.
typedef struct {
    rap_text_t label;  //  the clause's
    rap_text_t action; //  what is asked
    rap_text_t clause; //  the whole clause
    const rap_topic_t *topics;
    uint32_t topics_count;
} rap_ask_t;

typedef struct {
    int64_t chunk_id;
    double score;
    rap_text_t words; //  the sentence that decided, as printed
    rap_text_t rule;  //  what the score is made of
} rap_evidence_t;

typedef struct {
    const char *status; //  "answered", "partial", "silent"
    rap_evidence_t evidence[RAP_EVIDENCE_MAX];
    uint32_t evidence_count; //  0 if silent
} rap_answer_t;

typedef struct rap_answerer rap_answerer_t;

rap_answerer_t *rap_answerer_new (const rap_passage_t *passages, uint32_t count);
void rap_answerer_destroy (rap_answerer_t **self_p);

//  Texts of the answer live in the arena or in the passages.
void rap_answerer_ask (rap_answerer_t *self, const rap_ask_t *ask, rap_arena_t *arena, rap_answer_t *answer);

#endif
