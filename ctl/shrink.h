/*  shrink: the shortest text that still does what a longer one does.
 *
 *  Delta debugging: takes away one block after the other, ever smaller ones, and keeps what is left
 *  whenever that still does it. Pure; what "it" is, the caller tells.                         */
#ifndef RAPPORTEUR_CTL_SHRINK_H
#define RAPPORTEUR_CTL_SHRINK_H

#include <stdbool.h>

#include "rapporteur/text.h"

typedef enum { RAP_SHRINK_NO, RAP_SHRINK_YES, RAP_SHRINK_ENOUGH } rap_shrink_answer_t;

//  Does this text still do it? ENOUGH: no more questions, what was found so far is kept.
typedef rap_shrink_answer_t (rap_shrink_fn) (void *self, rap_text_t text);

//  Shrinks the text in its own bytes, in whole code points. True: no code point of what is left could be
//  taken away; false: there were enough questions before that was known.
bool rap_shrink (char *bytes, size_t *len, rap_shrink_fn *still, void *self);

#endif
