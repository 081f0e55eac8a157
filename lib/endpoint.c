//  endpoint: the one place that makes ZeroMQ sockets (czmq's zsock).
//
//  czmq keeps the context: made with the first socket, and ended here with the
//  last, which is when what is queued gets its last 200 ms. A process that closes
//  its endpoints and ends loses nothing that was sent just before. A forked child
//  must not use endpoints of its parent.
#include "rapporteur/endpoint.h"

#include <arpa/inet.h>
#include <assert.h>
#include <czmq.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rapporteur/limits.h"

enum {
    QUEUE_DEFAULT = 64,
    LINGER_MS = 200,
    RECONNECT_FIRST_MS = 100,
    RECONNECT_LAST_MS = 5000,
    //  libzmq cuts the connection of a peer that sends more. Ours refuses beyond
    //  RAP_MESSAGE_BYTES_MAX by name, so leave it the message that is just too long.
    FRAME_BYTES_MAX = RAP_MESSAGE_BYTES_MAX + 64 * 1024,
};

struct rap_endpoint {
    zsock_t *zsock;
    void *socket; //  the libzmq socket in it
    rap_endpoint_kind_t kind;
    zmq_msg_t received; //  what the last receive lent out
    uint64_t dropped;
    uint64_t topics; //  of a PUB: subscribed to by somebody
};

static unsigned endpoints_open; //  one thread makes and ends endpoints

//  --- addresses ---------------------------------------------------------------
static bool starts (const char *whole, const char *head)
{
    return strncmp (whole, head, strlen (head)) == 0;
}

//  127.0.0.0/8 by number: names and interfaces may point anywhere.
static bool is_loopback (const char *tcp_address)
{
    char host[INET_ADDRSTRLEN];
    struct in_addr number;
    const char *from = tcp_address + strlen ("tcp://"), *colon = strrchr (from, ':');
    if (!colon || (size_t)(colon - from) >= sizeof host)
        return false;
    memcpy (host, from, (size_t)(colon - from));
    host[colon - from] = 0;
    return inet_pton (AF_INET, host, &number) == 1 && (ntohl (number.s_addr) >> 24) == 127;
}

//  Whether some process answers at the path. libzmq takes a path away from whom
//  it belongs to without asking.
static bool is_answered (const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy (name.sun_path, path, strlen (path) + 1);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    int status = connect (fd, (struct sockaddr *)&name, sizeof name);
    bool answered = status == 0 || errno == EAGAIN;
    close (fd);
    return answered;
}

static rap_status_t check_ipc (const rap_endpoint_options_t *options, rap_reason_t *reason)
{
    const char *path = options->address + strlen ("ipc://");
    size_t room = sizeof ((struct sockaddr_un *)0)->sun_path;
    if (!*path || *path == '@' || *path == '*')
        return rap_refuse (reason, "%s: an ipc address is ipc:// and a path", options->address);
    if (strlen (path) >= room)
        return rap_refuse (reason, "%s: the path of a socket has at most %zu bytes; use a shorter folder",
                           options->address, room - 1);
    if (options->bind && is_answered (path))
        return rap_refuse (reason, "%s: another process is listening there already", options->address);
    return RAP_OK;
}

static rap_status_t check_address (const rap_endpoint_options_t *options, rap_reason_t *reason)
{
    if (!options->address)
        return rap_refuse (reason, "no address given");
    if (starts (options->address, "ipc://"))
        return check_ipc (options, reason);
    if (!starts (options->address, "tcp://"))
        return rap_refuse (reason, "%s: an address begins with ipc:// or tcp://", options->address);
    if (options->bind && !options->allow_plain && !is_loopback (options->address))
        return rap_refuse (reason,
                           "%s: refused to listen on tcp beyond loopback (127.0.0.1) without encryption; "
                           "--allow-plain allows it where the network itself is private",
                           options->address);
    return RAP_OK;
}

//  --- construction ------------------------------------------------------------
static int kind_of (rap_endpoint_kind_t kind)
{
    static const int kinds[] = {ZMQ_ROUTER, ZMQ_DEALER, ZMQ_PUSH, ZMQ_PULL, ZMQ_XPUB, ZMQ_SUB};
    return kinds[kind];
}

static void configure (zsock_t *zsock, const rap_endpoint_options_t *options)
{
    int queue = options->queue > 0 ? options->queue : QUEUE_DEFAULT;
    zsock_set_sndhwm (zsock, queue);
    zsock_set_rcvhwm (zsock, queue);
    zsock_set_linger (zsock, LINGER_MS);
    zsock_set_ipv6 (zsock, 0);
    zsock_set_reconnect_ivl (zsock, RECONNECT_FIRST_MS);
    zsock_set_reconnect_ivl_max (zsock, RECONNECT_LAST_MS);
    zsock_set_maxmsgsize (zsock, FRAME_BYTES_MAX);
    if (options->kind == RAP_ROUTER)
        zsock_set_router_mandatory (zsock, 1);
    if (options->kind == RAP_SUB)
        zsock_set_subscribe (zsock, options->topic ? options->topic : "");
}

//  An open, configured, bound or connected socket; NULL with the reason.
static zsock_t *open_socket (const rap_endpoint_options_t *options, rap_reason_t *reason)
{
    //  Our processes read their signals themselves; czmq would take SIGINT and SIGTERM.
    setenv ("ZSYS_SIGHANDLER", "false", 1);
    zsock_t *zsock = zsock_new (kind_of (options->kind));
    if (!zsock) {
        rap_fail (reason, "%s: no socket: %s", options->address, zmq_strerror (errno));
        return NULL;
    }
    configure (zsock, options);
    int status =
        options->bind ? zsock_bind (zsock, "%s", options->address) : zsock_connect (zsock, "%s", options->address);
    if (status >= 0)
        return zsock;
    rap_refuse (reason, "%s: cannot %s: %s", options->address, options->bind ? "listen" : "connect",
                zmq_strerror (errno));
    zsock_destroy (&zsock);
    return NULL;
}

rap_endpoint_t *rap_endpoint_new (const rap_endpoint_options_t *options, rap_reason_t *reason)
{
    if (check_address (options, reason) != RAP_OK)
        return NULL;
    zsock_t *zsock = open_socket (options, reason);
    if (!zsock)
        return NULL;
    rap_endpoint_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    endpoints_open++;
    self->zsock = zsock;
    self->socket = zsock_resolve (zsock);
    self->kind = options->kind;
    zmq_msg_init (&self->received);
    return self;
}

void rap_endpoint_destroy (rap_endpoint_t **self_p)
{
    rap_endpoint_t *self = *self_p;
    if (!self)
        return;
    zmq_msg_close (&self->received);
    zsock_destroy (&self->zsock);
    if (--endpoints_open == 0)
        zsys_shutdown ();
    free (self);
    *self_p = NULL;
}

void *rap_endpoint_socket (rap_endpoint_t *self)
{
    return self->socket;
}

//  --- sending -----------------------------------------------------------------
static rap_status_t send_part (rap_endpoint_t *self, const void *bytes, size_t len, int flags)
{
    for (;;) {
        if (zmq_send (self->socket, bytes, len, flags | ZMQ_DONTWAIT) >= 0)
            return RAP_OK;
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN)
            return RAP_AGAIN;
        return errno == EHOSTUNREACH ? RAP_REFUSED : RAP_FAILED;
    }
}

//  Two frames as one message. Room for the first is room for both.
static rap_status_t send_pair (rap_endpoint_t *self, const void *head, size_t head_len, rap_text_t frame)
{
    rap_status_t status = send_part (self, head, head_len, ZMQ_SNDMORE);
    return status == RAP_OK ? send_part (self, frame.at, frame.len, 0) : status;
}

rap_status_t rap_endpoint_send (rap_endpoint_t *self, const rap_peer_t *peer, rap_text_t frame)
{
    assert ((self->kind == RAP_ROUTER) == (peer != NULL));
    if (peer)
        return send_pair (self, peer->bytes, peer->len, frame);
    return send_part (self, frame.at, frame.len, 0);
}

rap_status_t rap_endpoint_publish (rap_endpoint_t *self, rap_text_t topic, rap_text_t frame)
{
    assert (self->kind == RAP_PUB);
    return send_pair (self, topic.at, topic.len, frame);
}

//  libzmq tells an XPUB of the first subscription to a topic (1) and of the end
//  of the last one (0).
bool rap_endpoint_is_heard (rap_endpoint_t *self)
{
    assert (self->kind == RAP_PUB);
    uint8_t change[256];
    int len;
    while ((len = zmq_recv (self->socket, change, sizeof change, ZMQ_DONTWAIT)) >= 0 || errno == EINTR) {
        if (len > 0 && change[0] == 1)
            self->topics++;
        else if (len > 0 && change[0] == 0 && self->topics)
            self->topics--;
    }
    return self->topics > 0;
}

//  --- receiving ---------------------------------------------------------------
static rap_status_t receive_part (rap_endpoint_t *self)
{
    for (;;) {
        if (zmq_msg_recv (&self->received, self->socket, ZMQ_DONTWAIT) >= 0)
            return RAP_OK;
        if (errno == EAGAIN)
            return RAP_AGAIN;
        if (errno != EINTR)
            return RAP_FAILED;
    }
}

static bool more (rap_endpoint_t *self)
{
    return zmq_msg_more (&self->received) != 0;
}

//  Passes over the frames of the message that are still to come.
static void drop_rest (rap_endpoint_t *self)
{
    while (more (self) && receive_part (self) == RAP_OK) {
    }
    self->dropped++;
}

//  The first frame of a ROUTER's message names the peer.
static bool keep_peer (rap_endpoint_t *self, rap_peer_t *peer)
{
    size_t len = zmq_msg_size (&self->received);
    if (len == 0 || len > sizeof peer->bytes)
        return false;
    memcpy (peer->bytes, zmq_msg_data (&self->received), len);
    peer->len = (uint8_t)len;
    return true;
}

rap_status_t rap_endpoint_receive (rap_endpoint_t *self, rap_peer_t *peer, rap_text_t *frame)
{
    bool has_head = self->kind == RAP_ROUTER || self->kind == RAP_SUB;
    assert ((self->kind == RAP_ROUTER) == (peer != NULL));
    for (;;) {
        rap_status_t status = receive_part (self);
        if (status != RAP_OK)
            return status;
        bool good = !has_head || (more (self) && (!peer || keep_peer (self, peer)));
        if (good && has_head)
            good = receive_part (self) == RAP_OK;
        if (good && !more (self)) {
            *frame = (rap_text_t){zmq_msg_data (&self->received), zmq_msg_size (&self->received)};
            return RAP_OK;
        }
        drop_rest (self);
    }
}

uint64_t rap_endpoint_dropped (const rap_endpoint_t *self)
{
    return self->dropped;
}
