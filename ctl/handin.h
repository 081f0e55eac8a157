/*  handin: hands documents in to ingest, and is not content before they are taken.
 *
 *  One after the other, so that they are taken in their order: SUBMIT, then
 *  pieces as ingest asks for them, then its promise. Documents of one piece are
 *  sent ahead, up to 32 and 2 MiB, so that they become durable together. An
 *  ingest that goes away is waited for, and everything not promised is handed in
 *  anew: it knows what it has by the content's hash. (One that was killed may by
 *  then have taken a later one first.)                                       */
#ifndef RAPPORTEUR_CTL_HANDIN_H
#define RAPPORTEUR_CTL_HANDIN_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/gate.h"
#include "rapporteur/hash.h"
#include "rapporteur/status.h"

typedef enum {
    RAP_HANDIN_PENDING,
    RAP_HANDIN_TAKEN,
    RAP_HANDIN_ALREADY,     //  it was taken before
    RAP_HANDIN_QUARANTINED, //  taken, but cannot be read: kept with the cause
    RAP_HANDIN_REFUSED,     //  not taken; the cause says what to do
    RAP_HANDIN_UNANSWERED,  //  nobody answered in time: not known to be taken
    RAP_HANDIN_RESULTS
} rap_handin_result_t;

const char *rap_handin_word (rap_handin_result_t result);

//  A document to be handed in, and what became of it.
typedef struct {
    const char *path; //  "-": standard input
    rap_handin_result_t result;
    char document_id[RAP_DOCUMENT_ID_SIZE]; //  "" until known
    uint64_t bytes;
    rap_reason_t cause;
} rap_handin_item_t;

typedef struct {
    const char *address;
    rap_gate_t *gate;   //  NULL: without keys
    int64_t timeout_ms; //  without any answer, or while told to try again
    //  For all items; NULL: what the sidecar of each says.
    const char *symbol, *date, *title, *language;
    //  Called for each item once its result is known; NULL: nobody asks.
    void (*told) (void *self, const rap_handin_item_t *item);
    //  Called often, at least every 50 ms; false ends it all. NULL: nobody asks.
    bool (*turn) (void *self);
    void *self;
} rap_handin_options_t;

//  Returns when every item has a result, or `turn` said to end (the rest stay
//  PENDING). RAP_REFUSED with the reason if the address is no good.
rap_status_t rap_handin (const rap_handin_options_t *options, rap_handin_item_t *items, uint32_t count,
                         rap_reason_t *reason);

#endif
