/*  terms: a linear model written as a table of weighted terms.
 *
 *  A table (data/theme_terms.tsv) gives terms, the class that each speaks for, and
 *  its weight. The score of a class is the sum over the terms found in a chunk's
 *  text, in the headings above it, and over properties of the chunk. Where terms
 *  overlap the longest counts.
 *
 *  Beside it may stand a table of trained weights (script/train): same columns, but
 *  each term counts once for the text and once for the headings, wherever it stands
 *  and whatever it overlaps, for that is what it was trained for. Both add up into
 *  one score. Made once, then read only; run by one thread.                   */
#ifndef RAPPORTEUR_WORKERS_TERMS_H
#define RAPPORTEUR_WORKERS_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "extract.h"

typedef struct rap_terms rap_terms_t;

enum { RAP_TERMS_DEPTH = 3 };

//  How much a hit counts, by where it stands.
typedef struct {
    uint32_t repeats;                //  a term counts at most so often,
    double repeat;                   //  each time this factor less than before
    uint32_t early;                  //  a hit that begins before this byte
    double early_factor;             //  counts so much more
    double heading[RAP_TERMS_DEPTH]; //  in a heading: innermost, next, any other; all 0: headings are not looked at
    double title;                    //  in the title of a nested part or of the document: so much more
} rap_terms_factors_t;

typedef struct {
    const char *table;   //  of terms, with columns term and `column`, perhaps weight and where
    const char *weights; //  table of trained weights, with the same columns; NULL, or no such file: none
    const char *column;  //  names the class
    const char *classes; //  table whose column `code` lists the classes in order; NULL: those that the terms name
    rap_group_t group;   //  of the matcher
    uint32_t tag;        //  0..15: which of the term tables of that group this is
    rap_terms_factors_t factors;
} rap_terms_options_t;

//  Registers the terms. NULL with the reason (file:line: what) if a row is wrong.
rap_terms_t *rap_terms_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                            const rap_terms_options_t *options, rap_reason_t *reason);
void rap_terms_destroy (rap_terms_t **self_p);

//  What speaks for a class.
typedef struct {
    rap_text_t code;
    double score;
    rap_text_t term;  //  what spoke for it most
    double term_part; //  and how much of the score that was
    bool in_heading;
    bool trained; //  it stands in the table of trained weights
} rap_tally_t;

//  Properties of a chunk, as bits, for the terms that begin with '@'. Reads the
//  findings of the extractors that ran before.
uint64_t rap_terms_properties (const rap_extract_t *x);

//  Scores x, and gives the classes of which anything spoke, best first (of equals
//  the one listed first). Lives in x->arena.
const rap_tally_t *rap_terms_score (const rap_terms_t *self, const rap_extract_t *x, uint64_t properties,
                                    uint32_t *count);

//  What each term found adds to which class's score, told while scoring from now on; NULL ends it. For people who ask
//  why (rapporteur why-theme).
typedef void (rap_terms_told_fn) (void *self, rap_text_t class_code, rap_text_t term, double part, bool in_heading);
void rap_terms_listen (rap_terms_t *self, rap_terms_told_fn *told, void *told_self);

//  Matcher values of a group that several share: the tag in the high bits.
enum { RAP_TERMS_TAG_SHIFT = 28 };

#endif
