/*  clause: what each clause does, of whom it asks something, and when.
 *
 *  One finding for each verb phrase of a preambular or operative clause, of a
 *  recommendation in a report ('I urge Member States to', 'The Commission may wish
 *  to'), or of a commitment in a declaration, in order; and a further one for each of
 *  those asked whom something said in between keeps apart from the first ('the
 *  Office, within its mandate, and the Fund'; '(a) the Office; (b) the Fund'). What a
 *  report merely tells ('the Assembly requested') is none. Words set in italics at
 *  the beginning, where the document's form shows them, are the phrase.       */
#ifndef RAPPORTEUR_WORKERS_CLAUSE_H
#define RAPPORTEUR_WORKERS_CLAUSE_H

#include "extract.h"

typedef struct rap_clause rap_clause_t;

//  Rules: verbs, verbs_openers, modifiers, verb_objects, addressees, imperatives, conditions,
//  recommendations. NULL with the reason (file:line) if one is missing or wrong.
rap_clause_t *rap_clause_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason);
void rap_clause_destroy (rap_clause_t **self_p);

void rap_clause_run (rap_clause_t *self, const rap_extract_t *x);

#endif
