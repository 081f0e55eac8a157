/*  trial: what a worker would do with one chunk, tried in a process of its own.
 *
 *  The extractors run as they do in a worker, over the chunk as it would travel, in a forked child with
 *  bounds on CPU and memory. The child's end is told, whatever it is; here nothing can break.        */
#ifndef RAPPORTEUR_CTL_TRIAL_H
#define RAPPORTEUR_CTL_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/chunk.h"
#include "rapporteur/status.h"

typedef struct rap_trial rap_trial_t;

typedef enum {
    RAP_TRIAL_FINE,   //  it was processed
    RAP_TRIAL_FAILED, //  the worker would say FAIL, for `cause`
    RAP_TRIAL_DIED,   //  of `signal`, or with exit status `code`; `cause` is what it said
    RAP_TRIAL_HUNG,   //  not done after the CPU seconds allowed
} rap_trial_kind_t;

typedef struct {
    rap_trial_kind_t kind;
    int signal;
    int code;
    char cause[RAP_REASON_MAX]; //  one line
} rap_trial_outcome_t;

//  rules NULL: the usual place. NULL with the reason if they cannot be used.
rap_trial_t *rap_trial_new (const char *rules, rap_reason_t *reason);
void rap_trial_destroy (rap_trial_t **self_p);
const char *rap_trial_pipeline (const rap_trial_t *self);

//  RAP_FAILED: no process could be made.
rap_status_t rap_trial_run (rap_trial_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                            int64_t limit_s, rap_trial_outcome_t *outcome, rap_reason_t *reason);

//  Whether two ended in the same way.
bool rap_trial_same (const rap_trial_outcome_t *a, const rap_trial_outcome_t *b);

const char *rap_trial_word (rap_trial_kind_t kind);                         //  "died"
void rap_trial_tell (const rap_trial_outcome_t *outcome, rap_reason_t *to); //  a sentence's end: "dies of ..."

#endif
