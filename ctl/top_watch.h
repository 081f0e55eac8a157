/*  top_watch: asks a service how it is, again and again, in a thread of its own, so that
 *  whoever looks never waits for who does not answer.                          */
#ifndef RAPPORTEUR_CTL_TOP_WATCH_H
#define RAPPORTEUR_CTL_TOP_WATCH_H

#include "place.h"
#include "top_sample.h"

typedef struct {
    const rap_place_t *place; //  with the address of ingest
    const char *metrics;      //  address of ingest's page (rap_service_page); NULL: none
    int64_t interval_ms;
    int64_t answer_ms; //  for an answer at most
} rap_top_watch_options_t;

typedef struct rap_top_watch rap_top_watch_t;

//  NULL with the reason if the address is none.
rap_top_watch_t *rap_top_watch_new (const rap_top_watch_options_t *options, rap_reason_t *reason);

//  Asks once, here; before rap_top_watch_start.
void rap_top_watch_ask (rap_top_watch_t *self, rap_top_sample_t *sample);

//  From now on the thread asks.
void rap_top_watch_start (rap_top_watch_t *self);

//  Readable when there is a new sample, which take then moves to `sample` (its old content
//  is cleared). False: there is none.
int rap_top_watch_fd (const rap_top_watch_t *self);
bool rap_top_watch_take (rap_top_watch_t *self, rap_top_sample_t *sample);

//  Ask at once.
void rap_top_watch_hurry (rap_top_watch_t *self);

//  Waits for an answer that is awaited at this moment.
void rap_top_watch_destroy (rap_top_watch_t **self_p);

#endif
