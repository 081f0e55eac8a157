/*  treaty: which treaty stands at this place of the Treaty Series?
 *
 *  'vol. 2225, No. 39574' after 'United Nations, Treaty Series'. A protocol often has
 *  its convention's number and a volume of its own, so that both count
 *  (data/treaties.tsv). Loaded once, then read by any thread.                  */
#ifndef RAPPORTEUR_WORKERS_TREATY_H
#define RAPPORTEUR_WORKERS_TREATY_H

#include "rapporteur/lexicon.h"

#include "phrases.h"

typedef struct rap_treaties rap_treaties_t;

enum { RAP_TREATIES_MAX = 16 }; //  of one reference

//  NULL with the reason (file:line) if the table is missing or wrong.
rap_treaties_t *rap_treaties_new (const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_treaties_destroy (rap_treaties_t **self_p);

//  Reads '2225, 2237 and 2241, No. 39574' at byte `at`, after 'vols.'; `numbers` are the
//  words before the numbers ('No.'). The instruments found, each once, and how many
//  (at most RAP_TREATIES_MAX). First byte after it; `at` if it is no such reference.
size_t rap_treaty_read (const rap_treaties_t *self, const rap_phrases_t *numbers, rap_text_t text, size_t at,
                        rap_text_t *instruments, uint32_t *count);

#endif
