/*  endpoint: ZeroMQ sockets with our manners.
 *
 *  Every socket has a bounded queue, a bounded message, LINGER, ROUTER_MANDATORY
 *  where it routes, and never blocks. Interrupted calls are repeated. Our own
 *  heartbeats travel in messages, so ZMTP heartbeats stay off (libzmq 4.3.4
 *  aborts with them when a pipe is full: issues 3937, 4229). One thread a socket.
 *
 *  With a gate (gate.h) tcp is CURVE, both ways, and ipc is as it was. A door that
 *  is opened is tried at once with a stranger's key, and without any: unless both
 *  are refused it is not opened. Listening on plain tcp beyond loopback is refused
 *  unless allowed in so many words.                                          */
#ifndef RAPPORTEUR_ENDPOINT_H
#define RAPPORTEUR_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/gate.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

typedef enum { RAP_ROUTER, RAP_DEALER, RAP_PUSH, RAP_PULL, RAP_PUB, RAP_SUB } rap_endpoint_kind_t;

typedef struct {
    rap_endpoint_kind_t kind;
    const char *address;       //  ipc://... or tcp://...; to listen on several, with ',' between
    bool bind;                 //  else connect
    int queue;                 //  messages queued each way at most (0: a default of 64)
    const char *topic;         //  of a SUB: beginning of the topics that it hears (NULL: all)
    const char *const *topics; //  of a PUB: what it publishes, for rap_endpoint_heard
    uint32_t topics_count;     //  64 at most, each of 63 bytes at most; borrowed
    bool allow_plain;          //  listen on tcp beyond loopback without encryption
    rap_gate_t *gate;          //  NULL: none
    rap_door_t door;           //  which one it is, where there is a gate
} rap_endpoint_options_t;

typedef struct rap_endpoint rap_endpoint_t;

//  In a list of addresses the next one: after a ',' and with a transport. NULL: there is none.
const char *rap_endpoint_next_address (const char *list);

//  NULL with a reason if the address is bad, taken, or refused.
rap_endpoint_t *rap_endpoint_new (const rap_endpoint_options_t *options, rap_reason_t *reason);

//  Waits at most 200 ms for what is queued, then lets go.
void rap_endpoint_destroy (rap_endpoint_t **self_p);

//  Looks after an endpoint with a gate, and after one that connects over tcp; called
//  each turn or so. When keys are others than they were, or whom we connect to
//  refused us for a while or sent what is not of the protocol, the socket is closed and
//  opened anew: true. Every peer of it is a new one then, and messages that waited in it
//  may be lost.
bool rap_endpoint_mind (rap_endpoint_t *self, int64_t now_ms);

//  Whether it has a connection at this moment. Of one that connects over tcp, and of a SUB.
bool rap_endpoint_linked (rap_endpoint_t *self);

//  Whether whom it connects to refused the last handshake, and what may be done about it.
bool rap_endpoint_refused (rap_endpoint_t *self, rap_reason_t *reason);

//  The zmq socket, for zmq_poll in a loop; until the next rap_endpoint_mind.
void *rap_endpoint_socket (rap_endpoint_t *self);

//  A ROUTER's name for a peer.
typedef struct {
    uint8_t bytes[32];
    uint8_t len;
} rap_peer_t;

//  Sends one frame (to `peer` on a ROUTER; NULL elsewhere). RAP_AGAIN: no room.
//  RAP_REFUSED: the peer is gone. OK means queued, no more.
rap_status_t rap_endpoint_send (rap_endpoint_t *self, const rap_peer_t *peer, rap_text_t frame);

//  The same with a topic frame before it (PUB).
rap_status_t rap_endpoint_publish (rap_endpoint_t *self, rap_text_t topic, rap_text_t frame);

//  Of a PUB: a bit for each of its topics to which somebody is subscribed. The others
//  need not be published, nor what they tell gathered.
uint64_t rap_endpoint_heard (rap_endpoint_t *self);

//  Receives one frame, borrowed until the next receive on self. RAP_AGAIN: none
//  there. Messages of another shape (more frames than ours) are dropped and
//  counted, and the next is tried.
rap_status_t rap_endpoint_receive (rap_endpoint_t *self, rap_peer_t *peer, rap_text_t *frame);

//  The topic of the last message received (SUB), its first 63 bytes.
const char *rap_endpoint_topic (const rap_endpoint_t *self);

//  Malformed messages dropped so far.
uint64_t rap_endpoint_dropped (const rap_endpoint_t *self);

#endif
