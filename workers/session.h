/*  session: a worker's side of its conversation with ingest.
 *
 *  A pure state machine: told what came and what time it is, it says what is to
 *  be sent next. No socket, no clock, no memory of batches.
 *
 *              ┌── no answer: HELLO again, later and later ──┐
 *              v                                             │
 *         CALLING ──WELCOME──> SERVING ──REFUSE "unknown"──> CALLING (new incarnation)
 *              │
 *              └──REFUSE for any other cause──> REFUSED (the end)
 *
 *  Ingest restarted or ended our lease: it answers the next heartbeat with
 *  REFUSE "unknown". What the worker holds then belongs to others already, so it
 *  is dropped. A WELCOME of another epoch while serving says the same.       */
#ifndef RAPPORTEUR_WORKERS_SESSION_H
#define RAPPORTEUR_WORKERS_SESSION_H

#include "rapporteur/message.h"

typedef enum { RAP_SESSION_CALLING, RAP_SESSION_SERVING, RAP_SESSION_REFUSED } rap_session_state_t;

typedef struct {
    rap_session_state_t state;
    uint64_t incarnation; //  ours; never 0
    uint64_t epoch;       //  of the ingest that welcomed us
    uint32_t protocol;
    int64_t heartbeat_ms;
    int64_t next_hello_ms;
    int64_t next_heartbeat_ms;
    int64_t backoff_ms;
    uint64_t random; //  state of the jitter
} rap_session_t;

//  What a message meant.
typedef enum {
    RAP_SESSION_NOTHING,  //  goes on as before
    RAP_SESSION_WELCOMED, //  serving from now on
    RAP_SESSION_RENEWED,  //  serving another epoch: drop what is held
    RAP_SESSION_LOST,     //  drop what is held; rap_session_renew, then call again
    RAP_SESSION_ENDED,    //  refused for good
} rap_session_event_t;

void rap_session_init (rap_session_t *self, int64_t now_ms, uint64_t incarnation);

//  WELCOME or REFUSE; others are NOTHING.
rap_session_event_t rap_session_told (rap_session_t *self, int64_t now_ms, const rap_message_t *message);

//  After LOST: who calls again is another incarnation.
void rap_session_renew (rap_session_t *self, uint64_t incarnation);

//  The connection was made anew by ourselves: calls again, as the same incarnation, which
//  ingest knows to be alive. What was held is dropped.
void rap_session_reconnected (rap_session_t *self, int64_t now_ms);

//  It is time to say HELLO; assumes that it is then said.
bool rap_session_hello_due (rap_session_t *self, int64_t now_ms);

//  It is time for a heartbeat; assumes that it is then sent.
bool rap_session_heartbeat_due (rap_session_t *self, int64_t now_ms);

//  Milliseconds until one of them is due, at least 0.
int64_t rap_session_wait_ms (const rap_session_t *self, int64_t now_ms);

#endif
