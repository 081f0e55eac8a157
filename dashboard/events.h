/*  events: what the sink publishes, to many listeners as server-sent events.
 *
 *      event: document   a document was linked; data is what the feed said
 *      event: change     something in the database changed; at most once a second
 *      event: reset      what was missed is not known any more: load everything anew
 *
 *  The last documents are kept, so that who names the last event that it had
 *  (Last-Event-ID) gets what came since. A listener that falls behind by more than
 *  its bound is let go; it comes again by itself. Nobody listened: nothing is
 *  subscribed to.                                                             */
#ifndef RAPPORTEUR_DASHBOARD_EVENTS_H
#define RAPPORTEUR_DASHBOARD_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rapporteur/status.h"

enum {
    RAP_LISTENERS_MAX = 64,
    RAP_LISTENER_BYTES_MAX = 256 * 1024, //  behind at most
    RAP_EVENTS_KEPT = 256,
};

typedef struct rap_events rap_events_t;
typedef struct rap_listener rap_listener_t;

//  `feed` NULL: only changes of the database `db` are told.
rap_events_t *rap_events_new (const char *feed, const char *db, rap_reason_t *reason);

//  Ends the thread. Listeners are told that there is no more; they outlive this call only
//  until they are let go.
void rap_events_end (rap_events_t *self);
void rap_events_destroy (rap_events_t **self_p);

//  A new listener; NULL if there are too many. `wake` is called, from another thread and
//  with the listener locked, when there is something to be read after a read of nothing.
rap_listener_t *rap_events_listen (rap_events_t *self, const char *last_event_id, void (*wake) (void *),
                                   void *context);
void rap_events_leave (rap_listener_t **listener_p);

//  What there is, at most `max` bytes; 0: nothing at present, after `sleep` was called with
//  the listener locked; -1: no more comes.
ssize_t rap_listener_read (rap_listener_t *listener, char *to, size_t max, void (*sleep) (void *));

#endif
