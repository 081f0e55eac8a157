//  answer: an index of the report's stems, and a score for each paragraph.
#include "answer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/stems.h"

//  BM25's usual constants, and what counts beside words. Chosen on the labelled mandates of one resolution
//  (tests/gold): the order of evidence hardly depends on them; the bound of an answer separates what was
//  labelled by little.
#define SATURATION 1.2
#define LENGTH 0.6
#define CONTEXT_WEIGHT 0.5 //  of a word of the clause that is not in the ask
#define THEME_WEIGHT 0.2
#define ACTOR_WEIGHT 0.03
#define DONE_WEIGHT 0.05
#define NAMED_WEIGHT 0.5
//  Least scores of an answer, and of a partial one.
#define ANSWERED_MIN 0.285
#define PARTIAL_MIN 0.12
//  Evidence behind the first has at least this share of its score.
#define EVIDENCE_SHARE 0.4

enum { COUNT_MAX = 2, QUOTE_MAX = 400 };

//  What is known of a stem.
typedef struct {
    uint32_t passages; //  that bear it
    uint32_t last;     //  1 + the last passage that was counted,
    uint32_t entry;    //  and its entry there
    double asked;      //  weight in the present ask
} term_t;

//  A stem in a passage.
typedef struct {
    uint32_t term;
    uint32_t times;
} entry_t;

struct rap_answerer {
    const rap_passage_t *passages;
    uint32_t count;
    rap_stems_t *stems;
    term_t *terms; //  by the stem's number
    uint32_t terms_room;
    //  Of passage i: words[first[i]..first[i + 1]), one entry a stem.
    entry_t *words;
    uint32_t words_count, words_room;
    uint32_t *first;
    uint32_t *lengths;
    double average;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- the index ----------------------------------------------------------------

//  Room for what is known of a stem that may be new.
static term_t *term_at (rap_answerer_t *self, uint32_t stem)
{
    if (stem >= self->terms_room) {
        uint32_t room = self->terms_room ? self->terms_room * 2 : 4096;
        self->terms = must (reallocarray (self->terms, room, sizeof *self->terms));
        memset (self->terms + self->terms_room, 0, (room - self->terms_room) * sizeof *self->terms);
        self->terms_room = room;
    }
    assert (self->terms);
    return &self->terms[stem];
}

static void add_words (rap_answerer_t *self, uint32_t passage, rap_text_t text)
{
    uint32_t stem;
    for (size_t at = 0; rap_stems_next (self->stems, text, &at, true, &stem);) {
        term_t *term = term_at (self, stem);
        self->lengths[passage]++;
        if (term->last == passage + 1) {
            assert (self->words);
            self->words[term->entry].times++;
            continue;
        }
        if (self->words_count == self->words_room) {
            self->words_room = self->words_room ? self->words_room * 2 : 4096;
            self->words = must (reallocarray (self->words, self->words_room, sizeof *self->words));
        }
        term->last = passage + 1;
        term->entry = self->words_count;
        term->passages++;
        self->words[self->words_count++] = (entry_t){.term = stem, .times = 1};
    }
}

rap_answerer_t *rap_answerer_new (const rap_passage_t *passages, uint32_t count)
{
    rap_answerer_t *self = must (calloc (1, sizeof *self));
    self->passages = passages;
    self->count = count < RAP_PASSAGES_MAX ? count : RAP_PASSAGES_MAX;
    self->stems = rap_stems_new ();
    self->first = must (calloc (self->count + 1u, sizeof *self->first));
    self->lengths = must (calloc (self->count + 1u, sizeof *self->lengths));
    double all = 0;
    for (uint32_t i = 0; i < self->count; i++) {
        self->first[i] = self->words_count;
        add_words (self, i, passages[i].text);
        add_words (self, i, passages[i].headings);
        all += self->lengths[i];
    }
    self->first[self->count] = self->words_count;
    self->average = self->count && all > 0 ? all / self->count : 1;
    return self;
}

void rap_answerer_destroy (rap_answerer_t **self_p)
{
    rap_answerer_t *self = *self_p;
    if (!self)
        return;
    rap_stems_destroy (&self->stems);
    free (self->terms);
    free (self->words);
    free (self->first);
    free (self->lengths);
    free (self);
    *self_p = NULL;
}

//  --- an ask -------------------------------------------------------------------

//  What a word tells: much if few paragraphs bear it.
static double rarity (const rap_answerer_t *self, uint32_t passages)
{
    return log (1 + (self->count - passages + 0.5) / (passages + 0.5));
}

//  The ask's words get their weight; answers the score of a paragraph that has all
//  of them. Words that no paragraph has count there as well.
static double weigh_words (rap_answerer_t *self, rap_text_t text, double weight, bool again)
{
    uint32_t stem;
    double mass = 0;
    for (size_t at = 0; rap_stems_next (self->stems, text, &at, false, &stem);) {
        if (stem == RAP_NO_STEM) {
            mass += weight * rarity (self, 0);
            continue;
        }
        term_t *term = &self->terms[stem];
        bool more = term->asked < COUNT_MAX && (again || term->asked == 0);
        if (more) {
            term->asked += weight;
            mass += weight * rarity (self, term->passages);
        }
    }
    return mass;
}

static double words_score (const rap_answerer_t *self, uint32_t passage, double mass)
{
    double score = 0;
    double norm = SATURATION * (1 - LENGTH + LENGTH * self->lengths[passage] / self->average);
    for (uint32_t w = self->first[passage]; w < self->first[passage + 1]; w++) {
        const entry_t *word = &self->words[w];
        const term_t *term = &self->terms[word->term];
        if (term->asked > 0)
            score +=
                term->asked * rarity (self, term->passages) * word->times * (SATURATION + 1) / (word->times + norm);
    }
    return mass > 0 ? score / mass : 0;
}

static double alike (const rap_ask_t *ask, const rap_passage_t *passage, rap_topic_kind_t kind)
{
    double sum = 0;
    for (uint32_t i = 0; i < ask->topics_count; i++)
        for (uint32_t j = 0; ask->topics[i].kind == kind && j < passage->topics_count; j++)
            if (passage->topics[j].kind == kind && rap_text_equal (ask->topics[i].code, passage->topics[j].code))
                sum += kind != RAP_TOPIC_THEME                             ? 1
                       : ask->topics[i].weight < passage->topics[j].weight ? ask->topics[i].weight
                                                                           : passage->topics[j].weight;
    return sum;
}

static bool tells_what_was_done (rap_text_t function)
{
    return rap_text_equal (function, RAP_TEXT ("activity")) || rap_text_equal (function, RAP_TEXT ("product"));
}

//  Whether a pinpoint such as 'paras. 5-7' bears the clause's number.
static bool names_clause (rap_text_t cites, rap_text_t label)
{
    for (size_t at = 0; label.len && at + label.len <= cites.len; at++) {
        bool begins = at == 0 || cites.at[at - 1] < '0' || cites.at[at - 1] > '9';
        size_t end = at + label.len;
        bool ends = end == cites.len || cites.at[end] < '0' || cites.at[end] > '9';
        if (begins && ends && memcmp (cites.at + at, label.at, label.len) == 0)
            return true;
    }
    return false;
}

typedef struct {
    double words, themes, actors;
    double score;
    uint32_t passage;
    bool done, named;
} candidate_t;

static candidate_t judge (const rap_answerer_t *self, const rap_ask_t *ask, uint32_t i, double mass)
{
    const rap_passage_t *passage = &self->passages[i];
    candidate_t c = {.passage = i,
                     .words = words_score (self, i, mass),
                     .themes = alike (ask, passage, RAP_TOPIC_THEME),
                     .actors = alike (ask, passage, RAP_TOPIC_ACTOR),
                     .done = tells_what_was_done (passage->function),
                     .named = names_clause (passage->cites, ask->label)};
    c.score = c.words + THEME_WEIGHT * c.themes + ACTOR_WEIGHT * c.actors + (c.done ? DONE_WEIGHT : 0)
              + (c.named ? NAMED_WEIGHT : 0);
    return c;
}

//  The best ones, the first paragraph first where scores are equal.
static uint32_t choose (const rap_answerer_t *self, const rap_ask_t *ask, double mass, candidate_t *best)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->count; i++) {
        candidate_t c = judge (self, ask, i, mass);
        uint32_t at = count;
        while (at > 0 && best[at - 1].score < c.score)
            at--;
        if (at == RAP_EVIDENCE_MAX || c.words <= 0)
            continue;
        uint32_t kept = count < RAP_EVIDENCE_MAX ? count : RAP_EVIDENCE_MAX - 1;
        memmove (best + at + 1, best + at, (kept - at) * sizeof *best);
        best[at] = c;
        count = kept + 1;
    }
    return count;
}

static bool has_topic (const rap_answerer_t *self, const rap_topic_t *topic)
{
    for (uint32_t i = 0; i < self->count; i++)
        for (uint32_t j = 0; j < self->passages[i].topics_count; j++)
            if (self->passages[i].topics[j].kind == topic->kind
                && rap_text_equal (self->passages[i].topics[j].code, topic->code))
                return true;
    return false;
}

//  The clause is about crimes, and the report treats none of them.
static bool is_of_another_crime (const rap_answerer_t *self, const rap_ask_t *ask)
{
    bool any = false;
    for (uint32_t i = 0; i < ask->topics_count; i++) {
        if (ask->topics[i].kind != RAP_TOPIC_CRIME)
            continue;
        any = true;
        if (has_topic (self, &ask->topics[i]))
            return false;
    }
    return any;
}

//  --- what decided --------------------------------------------------------------

static double weight_of (rap_answerer_t *self, rap_text_t sentence)
{
    uint32_t stem;
    double weight = 0;
    for (size_t at = 0; rap_stems_next (self->stems, sentence, &at, false, &stem);)
        if (stem != RAP_NO_STEM && self->terms[stem].asked > 0)
            weight += self->terms[stem].asked * rarity (self, self->terms[stem].passages);
    return weight;
}

//  The sentence with the most of the ask's words; cut where it is very long.
static rap_text_t quote (rap_answerer_t *self, rap_text_t text)
{
    rap_text_t best = rap_text_of (text.at, 0);
    double most = -1;
    for (size_t at = 0; at < text.len;) {
        size_t end = rap_sentence_end (text, at);
        rap_text_t sentence = rap_text_of (text.at + at, end - at);
        double weight = weight_of (self, sentence);
        if (weight > most) {
            most = weight;
            best = sentence;
        }
        at = end + 1;
    }
    if (best.len > QUOTE_MAX) {
        best.len = QUOTE_MAX;
        while (best.len && best.at[best.len] != ' ')
            best.len--;
        if (!best.len) //  no space in it: at a character's beginning
            for (best.len = QUOTE_MAX; best.len && ((unsigned char)best.at[best.len] & 0xC0) == 0x80;)
                best.len--;
    }
    return best;
}

static rap_evidence_t tell (rap_answerer_t *self, const candidate_t *c, rap_arena_t *arena)
{
    const rap_passage_t *passage = &self->passages[c->passage];
    return (rap_evidence_t){.chunk_id = passage->chunk_id,
                            .score = c->score,
                            .words = rap_arena_text (arena, quote (self, passage->text)),
                            .rule = rap_arena_format (arena, "words %.2f%s%.2f%s%.0f%s%s", c->words, " themes ",
                                                      c->themes, " actors ", c->actors, c->done ? " done" : "",
                                                      c->named ? " named" : "")};
}

void rap_answerer_ask (rap_answerer_t *self, const rap_ask_t *ask, rap_arena_t *arena, rap_answer_t *answer)
{
    candidate_t best[RAP_EVIDENCE_MAX];
    *answer = (rap_answer_t){.status = "silent"};
    for (uint32_t i = 0; i < self->terms_room; i++)
        self->terms[i].asked = 0;
    double mass = weigh_words (self, ask->action, 1, true);
    mass += weigh_words (self, ask->clause, CONTEXT_WEIGHT, false);
    uint32_t count = choose (self, ask, mass, best);
    bool named = count && best[0].named;
    if (!count || (!named && (best[0].score < PARTIAL_MIN || is_of_another_crime (self, ask))))
        return;
    answer->status = best[0].score >= ANSWERED_MIN ? "answered" : "partial";
    for (uint32_t i = 0; i < count && best[i].score >= EVIDENCE_SHARE * best[0].score; i++)
        answer->evidence[answer->evidence_count++] = tell (self, &best[i], arena);
}
