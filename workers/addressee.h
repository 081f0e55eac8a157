/*  addressee: who is asked, after a verb that asks.
 *
 *  'requests THE OFFICE, within existing resources, to report': the name ends at the
 *  infinitive, at a relative clause, or at a comma that opens something said in
 *  between. Rules: addressees, imperatives, actors. Loaded once, then read by
 *  any thread.                                                                */
#ifndef RAPPORTEUR_WORKERS_ADDRESSEE_H
#define RAPPORTEUR_WORKERS_ADDRESSEE_H

#include "rapporteur/lexicon.h"
#include "rapporteur/text.h"

#include "verb.h"

typedef struct rap_addressees rap_addressees_t;

typedef struct {
    size_t start; //  of the name, without 'the'; start == end: nobody
    size_t end;
    size_t action;     //  where what is asked begins, without its 'to' and behind what is said in between
    size_t also_start; //  another one, apart from the first ('the Office, within its mandate, and
    size_t also_end;   //  THE FUND, to report'); also_start == also_end: none
} rap_addressee_t;

rap_addressees_t *rap_addressees_new (const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_addressees_destroy (rap_addressees_t **self_p);

//  Reads from byte `at`, right after the verb phrase, at most to `limit`; the
//  infinitive may also come later, up to `reach` ('urges A, and invites B, to act').
rap_addressee_t rap_addressee_read (const rap_addressees_t *self, rap_text_t text, size_t at, size_t limit,
                                    size_t reach, rap_who_t who);

//  Does an infinitive with 'to' begin at `at`, and not 'to' before a noun?
bool rap_addressee_infinitive (const rap_addressees_t *self, rap_text_t text, size_t at);

//  Does the word at `at` show that what stands before it is a noun ('demands OF')?
bool rap_addressee_follows_noun (const rap_addressees_t *self, rap_text_t text, size_t at);

//  Does the name stand for one named before ('It')?
bool rap_addressee_is_pronoun (const rap_addressees_t *self, rap_text_t name);

//  May the subject act, so that 'should' asks something of it? 'This' and 'measures' may not.
bool rap_addressee_acts (const rap_addressees_t *self, rap_text_t name);

//  Does the name begin as names do, or end with a word for those who can act ('customs
//  AUTHORITIES')?
bool rap_addressee_is_somebody (const rap_addressees_t *self, rap_text_t name);

//  Does the subject give advice in a report ('the Advisory Committee recommends')?
bool rap_addressee_advises (const rap_addressees_t *self, rap_text_t name);

//  The subject that ends before byte `end` and does not begin before `from`: 'Member
//  States' of 'Member States [are invited]'. start == end: none, or no plain subject.
rap_addressee_t rap_addressee_before (const rap_addressees_t *self, rap_text_t text, size_t from, size_t end);

//  Past words that open a sentence before its subject: 'To that end, '. `start` if there
//  are none.
size_t rap_addressee_skip_opening (const rap_addressees_t *self, rap_text_t text, size_t start, size_t end);

//  Its actor id, '' unknown.
rap_text_t rap_addressee_actor (const rap_addressees_t *self, rap_text_t name);

//  Is the word at byte `at` a plain verb with which an item of a declaration begins?
//  `called`: the text before it calls for a verb. First byte after it; `at` if not.
size_t rap_addressee_imperative (const rap_addressees_t *self, rap_text_t text, size_t at, bool called);

//  Is the name at bytes [start, end) one of those that `list` names: whole, and
//  between commas or 'and'?
bool rap_addressee_is_element (rap_text_t text, const rap_addressee_t *list, size_t start, size_t end);

//  Does a name begin at `at`: a capital, or a word like 'the', 'all', 'its'?
bool rap_addressee_opens (const rap_addressees_t *self, rap_text_t text, size_t at);

#endif
