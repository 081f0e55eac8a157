/*  verb: the verb phrase at a place of a text.
 *
 *  'Also requests', 'Takes note with deep appreciation', 'Calls once again upon',
 *  'Reiterates its urgent call upon', 'Welcomes and encourages': modifiers, verb,
 *  modifiers, the noun without which the verb says nothing. Rules: verbs,
 *  verbs_openers, modifiers, verb_objects, imperatives. Loaded once, then read by
 *  any thread.                                                                */
#ifndef RAPPORTEUR_WORKERS_VERB_H
#define RAPPORTEUR_WORKERS_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/lexicon.h"
#include "rapporteur/text.h"

typedef enum {
    RAP_VERB_PREAMBULAR,
    RAP_VERB_OPERATIVE,
    RAP_VERB_RECOMMENDATION,
    RAP_VERB_COMMITMENT,
    RAP_VERB_KINDS
} rap_verb_kind_t;

//  Where the one who is asked stands, counted from the end of the phrase.
typedef enum {
    RAP_WHO_NONE,
    RAP_WHO_DIRECT, //  at once: 'requests the Office to', also 'requests that the Office'
    RAP_WHO_TO,     //  'appeals to States to'
    RAP_WHO_THAT,   //  'recommends that States', 'recommends to the Assembly'
    RAP_WHO_FOR,    //  nobody is named but as a doer
    RAP_WHO_OF,     //  'the attention of States to': up to the first 'to'
} rap_who_t;

typedef struct {
    size_t start;
    size_t end;
    size_t core;  //  the verb itself, after its modifiers
    size_t after; //  where its object is looked for: after nouns that texts of some organs print apart
    rap_text_t base;
    int64_t force;
    rap_who_t who;
    bool ambiguous; //  the word may be a noun
    bool noun;      //  and is one more often than not
    bool opens;     //  is the verb of a clause only where it opens one
} rap_verb_t;

typedef struct rap_verbs rap_verbs_t;

rap_verbs_t *rap_verbs_new (const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_verbs_destroy (rap_verbs_t **self_p);

//  Reads the phrase that begins at byte `at`. `organ` is the actor id of the body
//  that speaks, '' unknown. False if there is none.
bool rap_verb_read (const rap_verbs_t *self, rap_verb_kind_t kind, rap_text_t text, size_t at, rap_text_t organ,
                    rap_verb_t *verb);

//  Reads a verb that no entry names, by its form: a plain verb that is known, as a
//  participle ('Promoting') or in the third person ('Promotes'). Only for the
//  beginning of a clause, where it can be nothing else.
bool rap_verb_derive (const rap_verbs_t *self, rap_verb_kind_t kind, rap_text_t text, size_t at, rap_verb_t *verb);

//  The verb with its phrase ending at byte `end`, where the document's form shows it
//  (set in italics); what hangs on the verb is not touched.
void rap_verb_cut (rap_verb_t *verb, size_t end);

//  Skips words that lead to a verb without being part of it: 'in this regard,'.
size_t rap_verb_skip_lead (const rap_verbs_t *self, rap_text_t text, size_t at);

//  Skips modifiers that stand before a verb: 'also', 'strongly'.
size_t rap_verb_skip_modifiers (const rap_verbs_t *self, rap_text_t text, size_t at);

//  All verbs, for the matcher. `opens`: as above.
uint32_t rap_verbs_count (const rap_verbs_t *self);
rap_text_t rap_verbs_phrase (const rap_verbs_t *self, uint32_t index, rap_verb_kind_t *kind, bool *opens);

#endif
