/*  proviso: on what condition something is asked, and by when.
 *
 *  'subject to the availability of extrabudgetary resources', 'within its mandate',
 *  'as appropriate'; 'at its next session', 'by 31 March', 'every two years', 'in the
 *  context of his next report'. The matcher finds the words with which these begin;
 *  here is read how far they go. Rules: conditions. Loaded once, then read by any
 *  thread.                                                                   */
#ifndef RAPPORTEUR_WORKERS_PROVISO_H
#define RAPPORTEUR_WORKERS_PROVISO_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/lexicon.h"
#include "rapporteur/text.h"

//  How what begins with a phrase goes on.
typedef enum {
    RAP_PROVISO_CONDITION, //  ends with the phrase: 'as appropriate'
    RAP_PROVISO_CLOSED,    //  the same, if nothing goes on with it: 'where needed', but not 'where needed help'
    RAP_PROVISO_TAKES,     //  goes on to the next comma: 'provided that'
    RAP_PROVISO_APART,     //  the same, but only behind a comma or 'and': 'subject to'
    RAP_PROVISO_LIMIT,     //  goes on to a noun that limits: 'within' its existing MANDATE
    RAP_PROVISO_SESSION,   //  'at its' tenth SESSION
    RAP_PROVISO_DATE,      //  'by' 31 March 2031
    RAP_PROVISO_FIRM_DATE, //  the same, and a term whatever is asked: 'no later than'
    RAP_PROVISO_EVE,       //  'before' 31 March: a term only of what comes back
    RAP_PROVISO_SPAN,      //  'within' six MONTHS
    RAP_PROVISO_EVERY,     //  'every' two YEARS: with the phrase itself
    RAP_PROVISO_RHYTHM,    //  'annually'
    RAP_PROVISO_CONTEXT,   //  'in the context of' his next REPORT
    RAP_PROVISO_REPORT,    //  'submit': what is asked comes back, so it may have a term
    RAP_PROVISO_TAKEN_UP,  //  'consider': so it may have a session as its term
    RAP_PROVISO_KINDS
} rap_proviso_kind_t;

enum { RAP_PROVISO_CONDITIONS_MAX = 4 };

typedef struct {
    rap_text_t conditions[RAP_PROVISO_CONDITIONS_MAX]; //  in order; more are left out
    uint32_t conditions_count;
    rap_text_t due; //  a session, date, span or rhythm; '' none
    bool reports;   //  a word that brings a term was seen
    bool taken_up;  //  a word that brings a session was seen
    bool session;   //  due is one
    bool firm;      //  due counts without such a word
    bool after;     //  due stands after such a word
} rap_proviso_t;

typedef struct rap_provisos rap_provisos_t;

rap_provisos_t *rap_provisos_new (const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_provisos_destroy (rap_provisos_t **self_p);

//  All phrases with which something begins, for the matcher.
uint32_t rap_provisos_count (const rap_provisos_t *self);
rap_text_t rap_provisos_phrase (const rap_provisos_t *self, uint32_t index, rap_proviso_kind_t *kind);

//  Takes what begins with the phrase at bytes [start, end) of what is asked, which
//  goes to `limit`. `asks`: the verb asks or decides; one that only takes a stance
//  has no term, and no condition but one that is set apart. Call in order.
void rap_proviso_take (const rap_provisos_t *self, rap_proviso_kind_t kind, rap_text_t text, size_t start, size_t end,
                       size_t limit, bool asks, rap_proviso_t *found);

//  The term of what is asked; '' none.
rap_text_t rap_proviso_due (const rap_proviso_t *found);

#endif
