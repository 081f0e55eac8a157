/*  server: HTTP for readers.
 *
 *  One thread speaks with the clients (libmicrohttpd, epoll) and never asks the
 *  database; a few others do, each with a connection of its own, from a queue of
 *  bounded length. Only GET and HEAD are taken, and a small form at /login. A client
 *  that does not finish its request in time is cut off, however busily it sends.
 *
 *      request ──> guard ──> static file ───────────────> answer
 *                    │ ────> queue ──> asker thread ──> answer   (connection suspended)
 *                    └ ────> events ──> listener, for as long as it likes
 */
#ifndef RAPPORTEUR_DASHBOARD_SERVER_H
#define RAPPORTEUR_DASHBOARD_SERVER_H

#include "rapporteur/lexicon.h"

#include "events.h"
#include "guard.h"
#include "page.h"

typedef struct {
    const char *db;
    const char *submit; //  NULL not known
    const char *allow_origin;
    int64_t threads;
    int64_t query_ms;
    int64_t request_ms;           //  for a request to come whole
    int listening;                //  socket, bound and listening; taken
    rap_guard_t *guard;           //  borrowed, as all below
    rap_page_t *page;             //
    rap_events_t *events;         //
    const rap_lexicon_t *lexicon; //  NULL: codes have no names
} rap_server_options_t;

typedef struct rap_server rap_server_t;

//  NULL with the reason.
rap_server_t *rap_server_new (const rap_server_options_t *options, rap_reason_t *reason);

//  Cuts off who is too slow; to be called each second or so.
void rap_server_tick (rap_server_t *self, int64_t now_ms);

//  What is asked is given up; all connections end. The events must have ended before.
void rap_server_destroy (rap_server_t **self_p);

#endif
