/*  connections: who is connected, and for how long already.
 *
 *  A client has so long to send a request, and then so long to take the answer;
 *  being busy does not help it. Listeners to events may stay. Any thread.      */
#ifndef RAPPORTEUR_DASHBOARD_CONNECTIONS_H
#define RAPPORTEUR_DASHBOARD_CONNECTIONS_H

#include <microhttpd.h>
#include <stdint.h>

enum { RAP_ANSWER_MS = 300000 };

typedef struct rap_connections rap_connections_t;

rap_connections_t *rap_connections_new (uint32_t max, int64_t request_ms);
void rap_connections_destroy (rap_connections_t **self_p);

void rap_connections_add (rap_connections_t *self, struct MHD_Connection *connection);
void rap_connections_remove (rap_connections_t *self, struct MHD_Connection *connection);

//  A request came whole; an answer went out whole; the answer is one without an end.
void rap_connections_answered (rap_connections_t *self, struct MHD_Connection *connection);
void rap_connections_idle (rap_connections_t *self, struct MHD_Connection *connection);
void rap_connections_lasting (rap_connections_t *self, struct MHD_Connection *connection);

//  Shuts the sockets of those whose time is over.
void rap_connections_cut (rap_connections_t *self, int64_t now_ms);

#endif
