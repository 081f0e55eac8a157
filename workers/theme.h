/*  theme: what a chunk is about, and what it is there for.
 *
 *  Adds classifications without a span: up to three themes by rank, one function,
 *  the flags that apply, goals and targets of the 2030 Agenda that the text names,
 *  and classes of crime (ICCS). Only for chunks of running text, not for mastheads,
 *  headings, footnotes and formulas. Scores are 0..1: a class's share of all that
 *  spoke for any class of its scheme. `rule` names the table and the term that
 *  spoke most, with "(heading)" where it stood above the chunk.
 *
 *  The models are tables (terms.h): words weighted by hand, and beside them, where
 *  there is a file, weights that script/train learned from labelled paragraphs. The
 *  sum is all that is done with them. doc/themes.md tells of both.            */
#ifndef RAPPORTEUR_WORKERS_THEME_H
#define RAPPORTEUR_WORKERS_THEME_H

#include "extract.h"
#include "terms.h"

typedef struct rap_theme rap_theme_t;

rap_theme_t *rap_theme_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_theme_destroy (rap_theme_t **self_p);

//  rap_terms_listen for a scheme (theme, function, flag, iccs); false if there is none of that name.
bool rap_theme_listen (rap_theme_t *self, const char *scheme, rap_terms_told_fn *told, void *told_self);

//  Runs after the other extractors: the function depends on what they found.
void rap_theme_run (rap_theme_t *self, const rap_extract_t *x);

#endif
