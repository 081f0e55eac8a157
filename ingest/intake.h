/*  intake: one document on its way in, from whatever door.
 *
 *  Bytes are added as they come; whole pieces go to the journal at once, so that
 *  memory stays below one piece, and into its open group: nothing is told before
 *  the commit. A journal that fails (RAP_FAILED) fails the group; the intake is
 *  then only good for destroying.                                            */
#ifndef RAPPORTEUR_INGEST_INTAKE_H
#define RAPPORTEUR_INGEST_INTAKE_H

#include "journal.h"

typedef struct rap_intake rap_intake_t;

typedef enum { RAP_INTAKE_TAKEN, RAP_INTAKE_ALREADY, RAP_INTAKE_QUARANTINED } rap_intake_result_t;

//  What became of it. QUARANTINED: recorded as refused whole, for `cause`.
typedef struct {
    rap_intake_result_t result;
    char document_id[RAP_DOCUMENT_ID_SIZE];
    rap_reason_t cause;
} rap_outcome_t;

//  The word of ANSWER for it.
const char *rap_intake_word (rap_intake_result_t result);

rap_intake_t *rap_intake_new (rap_journal_t *journal);

//  What the journal has of an intake that did not end is dropped from it.
void rap_intake_destroy (rap_intake_t **self_p);

//  The group that some of its bytes were in was rolled back: forgets them.
void rap_intake_lost (rap_intake_t **self_p);

uint64_t rap_intake_bytes (const rap_intake_t *self);

//  RAP_REFUSED: beyond RAP_DOCUMENT_BYTES_MAX; see rap_intake_too_large.
rap_status_t rap_intake_add (rap_intake_t *self, rap_text_t bytes, rap_reason_t *reason);

//  All bytes were added. `sha256`, if not NULL, is what they must have: else
//  RAP_REFUSED. Destroys self, whatever the answer.
rap_status_t rap_intake_end (rap_intake_t **self_p, const rap_stated_t *stated, const char *sha256,
                             rap_outcome_t *outcome, rap_reason_t *reason);

//  What is stated must be text of bounded length and the date a day.
rap_status_t rap_intake_check (const rap_stated_t *stated, rap_reason_t *reason);

//  Is it here already, by its sha256? RAP_AGAIN: no.
rap_status_t rap_intake_known (rap_journal_t *journal, const char *sha256, rap_outcome_t *outcome);

//  Records a document of more bytes than the limit as quarantined, without them.
//  Where its sha256 is not known (NULL), its id is made of its source and size.
rap_status_t rap_intake_too_large (rap_journal_t *journal, const rap_stated_t *stated, uint64_t bytes,
                                   const char *sha256, rap_outcome_t *outcome, rap_reason_t *reason);

#endif
