//  endpoint: the one place that makes ZeroMQ sockets (czmq's zsock).
//
//  czmq keeps the context: made with the first socket, and ended here with the
//  last, which is when what is queued gets its last 200 ms. A process that closes
//  its endpoints and ends loses nothing that was sent just before. A forked child
//  must not use endpoints of its parent.
//
//  A socket's options hold for what is bound after they are set: so the same socket
//  listens on ipc plainly, and then on tcp with CURVE. An open session is never
//  judged again (ZAP asks at the handshake only), and closing the listener would not
//  end it; closing the socket does. A peer that was refused is let go by libzmq for
//  good: it never calls again by itself.
#include "rapporteur/endpoint.h"

#include <arpa/inet.h>
#include <assert.h>
#include <czmq.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/limits.h"
#include "rapporteur/log.h"

#include "context.h"

enum {
    QUEUE_DEFAULT = 64,
    LINGER_MS = 200,
    RECONNECT_FIRST_MS = 100, //  doubled each time
    RECONNECT_LAST_MS = 5000,
    RECONNECT_LOCAL_FIRST_MS = 5, //  on this machine a try costs a system call, and who starts together waits for it
    RECONNECT_LOCAL_LAST_MS = 1000,
    UNHEARD_MS = 10000, //  tcp: sent, and not acknowledged for so long
    KEEPALIVE_IDLE_S = 10,
    KEEPALIVE_EACH_S = 5,
    KEEPALIVE_COUNT = 3,
    //  libzmq cuts the connection of a peer that sends more. Ours refuses beyond
    //  RAP_MESSAGE_BYTES_MAX by name, so leave it the message that is just too long.
    FRAME_BYTES_MAX = RAP_MESSAGE_BYTES_MAX + 64 * 1024,
    ADDRESSES_MAX = 4,
    TOPICS_MAX = 64,
    TOPIC_BYTES_MAX = 63,
    HANDSHAKE_MS = 10000, //  a peer that has not shown its key by then is cut off
    TRIAL_MS = 10000,     //  for a door to answer ourselves
    REBIND_TRIES = 50,    //  until the socket before has let go of the address
    REBIND_EACH_MS = 2,
    MIND_MS = 100,        //  between looks after it
    BROKEN_OFTEN = 3,     //  handshakes in a row: no accident
    CALL_FIRST_MS = 1000, //  after a refusal; doubled each time
    CALL_LAST_MS = 5000,
    FORSAKEN_MS = 1000, //  disconnected, and no sign of a new try
};

typedef struct {
    char *text; //  with the port, once it is known
    bool open;
} address_t;

struct rap_endpoint {
    rap_endpoint_options_t options;
    address_t addresses[ADDRESSES_MAX]; //  plain ones first
    uint32_t addresses_count;
    bool sealed;     //  some are tcp, and there is a gate
    rap_pass_t pass; //  what it was opened with, if sealed
    zsock_t *zsock;
    void *socket;       //  the libzmq socket in it
    zmq_msg_t received; //  what the last receive lent out
    uint64_t dropped;
    uint64_t subscribed[TOPICS_MAX]; //  of a PUB, a topic: bit n is set if its first n bytes are subscribed to
    char topic[64];                  //  of a SUB: what the last message was published under

    zsock_t *monitor; //  of one that connects over tcp, and of a SUB: how handshakes fare
    bool linked;      //  with whom it connects to
    int refused;      //  the event that said so; 0: the last one succeeded, or none came yet
    unsigned broken;  //  handshakes in a row that broke off
    int64_t lost_ms;  //  since when it is disconnected, and libzmq did not call again; 0: it did
    int told;         //  the refusal that is in the log
    int64_t call_ms;  //  refused: call anew then
    int64_t backoff_ms;
    int64_t minded_ms;
    int64_t tried_ms; //  to listen again where that failed
    bool lost_host;   //  it is not known any more whom to connect to
};

//  --- the context ---------------------------------------------------------------
static unsigned holders;

void rap_context_hold (void)
{
    //  Our processes read their signals themselves; czmq would take SIGINT and SIGTERM.
    setenv ("ZSYS_SIGHANDLER", "false", 1);
    holders++;
}

void rap_context_release (void)
{
    if (--holders == 0)
        zsys_shutdown ();
}

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

static rap_status_t check_ipc (const char *address, bool bind, rap_reason_t *reason)
{
    const char *path = address + strlen ("ipc://");
    size_t room = sizeof ((struct sockaddr_un *)0)->sun_path;
    if (!*path || *path == '@' || *path == '*')
        return rap_refuse (reason, "%s: an ipc address is ipc:// and a path", address);
    if (strlen (path) >= room)
        return rap_refuse (reason, "%s: the path of a socket has at most %zu bytes; use a shorter folder", address,
                           room - 1);
    if (bind && is_answered (path))
        return rap_refuse (reason, "%s: another process is listening there already", address);
    return RAP_OK;
}

static bool is_tcp (const address_t *address)
{
    return starts (address->text, "tcp://");
}

static rap_status_t check_address (const rap_endpoint_options_t *options, const char *address, rap_reason_t *reason)
{
    if (starts (address, "ipc://"))
        return check_ipc (address, options->bind, reason);
    if (!starts (address, "tcp://"))
        return rap_refuse (reason, "%s: an address begins with ipc:// or tcp://", address);
    if (options->bind && !options->gate && !options->allow_plain && !is_loopback (address))
        return rap_refuse (
            reason,
            "%s: refused to listen on tcp beyond loopback (127.0.0.1) without keys; --keys DIR "
            "encrypts and admits by key, --allow-plain does without where the network itself is private",
            address);
    return RAP_OK;
}

const char *rap_endpoint_next_address (const char *list)
{
    for (const char *comma = list; (comma = strchr (comma, ',')); comma++)
        if (starts (comma, ",ipc://") || starts (comma, ",tcp://"))
            return comma + 1;
    return NULL;
}

static rap_status_t take_addresses (rap_endpoint_t *self, rap_reason_t *reason)
{
    const char *list = self->options.address;
    if (!list)
        return rap_refuse (reason, "no address given");
    for (const char *next; list; list = next) {
        next = rap_endpoint_next_address (list);
        if (self->addresses_count == (self->options.bind ? ADDRESSES_MAX : 1))
            return rap_refuse (reason, "%s: more addresses than the %d that are possible", self->options.address,
                               self->options.bind ? ADDRESSES_MAX : 1);
        address_t address = {.text = strndup (list, next ? (size_t)(next - list) - 1 : strlen (list))};
        if (!address.text)
            abort ();
        uint32_t at = self->addresses_count++;
        for (; !is_tcp (&address) && at && is_tcp (&self->addresses[at - 1]); at--)
            self->addresses[at] = self->addresses[at - 1];
        self->addresses[at] = address;
        if (check_address (&self->options, address.text, reason) != RAP_OK)
            return RAP_REFUSED;
    }
    self->sealed = self->options.gate && is_tcp (&self->addresses[self->addresses_count - 1]);
    return RAP_OK;
}

//  --- construction ------------------------------------------------------------
static int kind_of (rap_endpoint_kind_t kind)
{
    static const int kinds[] = {ZMQ_ROUTER, ZMQ_DEALER, ZMQ_PUSH, ZMQ_PULL, ZMQ_XPUB, ZMQ_SUB};
    return kinds[kind];
}

//  A machine that went away without a word, or a path that swallows packets, would
//  otherwise keep a connection for a quarter of an hour; so a new one is tried. The
//  kernel does this: ZMTP heartbeats, which would too, stay off (endpoint.h).
static void configure_tcp (zsock_t *zsock)
{
    zsock_set_tcp_maxrt (zsock, UNHEARD_MS);
    zsock_set_tcp_keepalive (zsock, 1);
    zsock_set_tcp_keepalive_idle (zsock, KEEPALIVE_IDLE_S);
    zsock_set_tcp_keepalive_intvl (zsock, KEEPALIVE_EACH_S);
    zsock_set_tcp_keepalive_cnt (zsock, KEEPALIVE_COUNT);
}

static void configure (zsock_t *zsock, const rap_endpoint_options_t *options, bool local)
{
    int queue = options->queue > 0 ? options->queue : QUEUE_DEFAULT;
    zsock_set_sndhwm (zsock, queue);
    zsock_set_rcvhwm (zsock, queue);
    zsock_set_linger (zsock, LINGER_MS);
    zsock_set_ipv6 (zsock, 0);
    zsock_set_reconnect_ivl (zsock, local ? RECONNECT_LOCAL_FIRST_MS : RECONNECT_FIRST_MS);
    zsock_set_reconnect_ivl_max (zsock, local ? RECONNECT_LOCAL_LAST_MS : RECONNECT_LAST_MS);
    zsock_set_maxmsgsize (zsock, FRAME_BYTES_MAX);
    zsock_set_handshake_ivl (zsock, HANDSHAKE_MS);
    configure_tcp (zsock);
    if (options->kind == RAP_ROUTER)
        zsock_set_router_mandatory (zsock, 1);
    if (options->kind == RAP_SUB)
        zsock_set_subscribe (zsock, options->topic ? options->topic : "");
}

//  What is bound or connected from now on speaks CURVE.
static void seal (zsock_t *zsock, const rap_endpoint_options_t *options, const rap_pass_t *pass)
{
    zsock_set_curve_publickey (zsock, pass->own_public);
    zsock_set_curve_secretkey (zsock, pass->own_secret);
    if (options->bind) {
        zsock_set_curve_server (zsock, 1);
        zsock_set_zap_domain (zsock, rap_door_name (options->door));
    } else {
        zsock_set_curve_serverkey (zsock, pass->host_public);
    }
}

enum {
    HANDSHAKE_EVENTS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
                       | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
    CALL_EVENTS = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECT_RETRIED,
};

//  How a socket that connects will fare (`events` of it), on a socket of its own.
static zsock_t *watch (void *socket, int events)
{
    static unsigned number;
    char name[64];
    snprintf (name, sizeof name, "inproc://rapporteur-watch-%u", number++);
    if (zmq_socket_monitor (socket, name, events) != 0)
        return NULL;
    zsock_t *monitor = zsock_new (ZMQ_PAIR);
    if (monitor)
        zsock_set_rcvhwm (monitor, 0); //  libzmq's own thread waits where there is no room
    if (monitor && zsock_connect (monitor, "%s", name) != 0)
        zsock_destroy (&monitor);
    if (!monitor)
        (void)zmq_socket_monitor (socket, NULL, 0);
    return monitor;
}

//  Events end before nobody hears them any more: libzmq's own thread, which serves all sockets of the process, would
//  wait for a listener for ever.
static void end_watch (void *socket, zsock_t **monitor_p)
{
    if (*monitor_p)
        (void)zmq_socket_monitor (socket, NULL, 0);
    zsock_destroy (monitor_p);
}

//  The next event and its value; 0: none within the time.
static int next_event (zsock_t *monitor, int wait_ms, uint32_t *value)
{
    struct {
        uint16_t event;
        uint32_t value;
    } __attribute__ ((packed)) news;
    zmq_pollitem_t item = {.socket = zsock_resolve (monitor), .events = ZMQ_POLLIN};
    if (zmq_poll (&item, 1, wait_ms) <= 0
        || zmq_recv (item.socket, &news, sizeof news, ZMQ_DONTWAIT) != (int)sizeof news)
        return 0;
    zmq_recv (item.socket, NULL, 0, ZMQ_DONTWAIT); //  the address
    *value = news.value;
    return news.event;
}

static void forget_socket (rap_endpoint_t *self)
{
    end_watch (self->socket, &self->monitor);
    zsock_destroy (&self->zsock);
    memset (self->subscribed, 0, sizeof self->subscribed);
    self->lost_ms = 0;
    self->linked = false;
    for (uint32_t i = 0; i < self->addresses_count; i++)
        self->addresses[i].open = false;
}

//  A socket in place of the one before, not opened yet. Without one, all is as it was.
static rap_status_t make_socket (rap_endpoint_t *self, rap_reason_t *reason)
{
    zsock_t *zsock = zsock_new (kind_of (self->options.kind));
    if (!zsock)
        return rap_fail (reason, "%s: no socket: %s", self->options.address, zmq_strerror (errno));
    configure (zsock, &self->options, !is_tcp (&self->addresses[0]));
    forget_socket (self);
    self->zsock = zsock;
    self->socket = zsock_resolve (zsock);
    if (!self->options.bind && (is_tcp (&self->addresses[0]) || self->options.kind == RAP_SUB))
        self->monitor = watch (self->socket, HANDSHAKE_EVENTS | CALL_EVENTS | ZMQ_EVENT_DISCONNECTED);
    return RAP_OK;
}

static rap_status_t open_address (rap_endpoint_t *self, address_t *address, rap_reason_t *reason)
{
    bool bind = self->options.bind;
    if (address->open)
        return RAP_OK;
    if (self->sealed && is_tcp (address))
        seal (self->zsock, &self->options, &self->pass);
    int status =
        bind ? zsock_bind (self->zsock, "%s", address->text) : zsock_connect (self->zsock, "%s", address->text);
    if (status < 0)
        return rap_refuse (reason, "%s: cannot %s: %s", address->text, bind ? "listen" : "connect",
                           zmq_strerror (errno));
    address->open = true;
    char *told = bind && is_tcp (address) ? zsock_last_endpoint (self->zsock) : NULL;
    if (told && *told) { //  the port that a '*' stood for stays when it is opened again
        free (address->text);
        address->text = told;
    } else {
        free (told);
    }
    return RAP_OK;
}

static rap_status_t open_addresses (rap_endpoint_t *self, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    for (uint32_t i = 0; i < self->addresses_count && status == RAP_OK; i++)
        status = open_address (self, &self->addresses[i], reason);
    return status;
}

//  --- the trial -----------------------------------------------------------------

//  One who calls at our own door, with a new pair of keys or (`keys` NULL) none.
static zsock_t *new_stranger (const rap_endpoint_t *self, const rap_key_t *keys)
{
    static const int kinds[] = {ZMQ_DEALER, ZMQ_ROUTER, ZMQ_PULL, ZMQ_PUSH, ZMQ_SUB, ZMQ_XPUB};
    zsock_t *stranger = zsock_new (kinds[self->options.kind]);
    if (!stranger)
        return NULL;
    zsock_set_linger (stranger, 0);
    if (keys) {
        zsock_set_curve_serverkey (stranger, self->pass.own_public);
        zsock_set_curve_publickey (stranger, keys->public_key);
        zsock_set_curve_secretkey (stranger, keys->secret_key);
    }
    return stranger;
}

//  Nobody whom we do not know gets in: tried, not believed.
static rap_status_t try_door (const rap_endpoint_t *self, const char *address, const rap_key_t *keys,
                              rap_reason_t *reason)
{
    const char *who = keys ? "a stranger's key" : "no key";
    uint32_t value = 0;
    zsock_t *stranger = new_stranger (self, keys);
    zsock_t *monitor = stranger ? watch (zsock_resolve (stranger), HANDSHAKE_EVENTS) : NULL;
    int event = monitor && zsock_connect (stranger, "%s", address) == 0 ? next_event (monitor, TRIAL_MS, &value) : -1;
    if (stranger)
        end_watch (zsock_resolve (stranger), &monitor);
    zsock_destroy (&stranger);
    //  Without keys both sides break off, and either may be the first.
    if (keys ? event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && value == 400
             : event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL || event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)
        return RAP_OK;
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        return rap_refuse (reason,
                           "%s: %s was let in when it was tried: keys are not looked at here, so it is not served",
                           address, who);
    return rap_refuse (reason, "%s: could not find out whether %s is refused (%d, %" PRIu32 "), so it is not served",
                       address, who, event, value);
}

static rap_status_t try_doors (const rap_endpoint_t *self, rap_reason_t *reason)
{
    rap_key_t stranger;
    rap_status_t status = rap_key_make (&stranger, "stranger", rap_door_guest (self->options.door), reason);
    rap_gate_expect (self->options.gate, stranger.public_key);
    for (uint32_t i = 0; i < self->addresses_count && status == RAP_OK; i++) {
        if (!is_tcp (&self->addresses[i]))
            continue;
        status = try_door (self, self->addresses[i].text, &stranger, reason);
        if (status == RAP_OK)
            status = try_door (self, self->addresses[i].text, NULL, reason);
    }
    return status;
}

static rap_status_t begin (rap_endpoint_t *self, rap_reason_t *reason)
{
    const rap_endpoint_options_t *options = &self->options;
    if (take_addresses (self, reason) != RAP_OK)
        return RAP_REFUSED;
    if (self->sealed && rap_gate_pass (options->gate, options->door, options->bind, &self->pass, reason) != RAP_OK)
        return RAP_REFUSED;
    if (self->sealed && options->bind && rap_gate_guard (options->gate, reason) != RAP_OK)
        return RAP_FAILED;
    if (make_socket (self, reason) != RAP_OK || open_addresses (self, reason) != RAP_OK)
        return RAP_REFUSED;
    return self->sealed && options->bind ? try_doors (self, reason) : RAP_OK;
}

rap_endpoint_t *rap_endpoint_new (const rap_endpoint_options_t *options, rap_reason_t *reason)
{
    assert (options->topics_count <= TOPICS_MAX);
    rap_endpoint_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    rap_context_hold ();
    self->options = *options;
    self->backoff_ms = CALL_FIRST_MS;
    zmq_msg_init (&self->received);
    if (begin (self, reason) != RAP_OK)
        rap_endpoint_destroy (&self);
    else
        self->options.address = NULL; //  the caller's
    return self;
}

void rap_endpoint_destroy (rap_endpoint_t **self_p)
{
    rap_endpoint_t *self = *self_p;
    if (!self)
        return;
    zmq_msg_close (&self->received);
    forget_socket (self);
    rap_context_release ();
    for (uint32_t i = 0; i < self->addresses_count; i++)
        free (self->addresses[i].text);
    memset (&self->pass, 0, sizeof self->pass);
    free (self);
    *self_p = NULL;
}

//  --- looking after it ------------------------------------------------------------

//  The socket before lets go of its addresses in a thread of libzmq's, some moments after it
//  was closed. (An ipc path stays, and is taken over.)
static void open_again (rap_endpoint_t *self, int tries)
{
    rap_reason_t reason = {""};
    while (open_addresses (self, &reason) != RAP_OK) {
        if (--tries <= 0) {
            rap_log (RAP_LOG_ERROR, "endpoint.closed", "reason", reason.text, NULL);
            return;
        }
        poll (NULL, 0, REBIND_EACH_MS);
    }
}

static bool is_open (const rap_endpoint_t *self)
{
    for (uint32_t i = 0; i < self->addresses_count; i++)
        if (!self->addresses[i].open)
            return false;
    return true;
}

static bool renew (rap_endpoint_t *self, const char *cause)
{
    rap_reason_t reason;
    if (make_socket (self, &reason) != RAP_OK) {
        rap_log (RAP_LOG_ERROR, "endpoint.not_renewed", "reason", reason.text, NULL);
        return false;
    }
    open_again (self, REBIND_TRIES);
    rap_log (RAP_LOG_INFO, "endpoint.renewed", "address", self->addresses[self->addresses_count - 1].text, "cause",
             cause, NULL);
    return true;
}

//  Whether keys are others than when it was opened; takes the new ones.
static bool is_stale (rap_endpoint_t *self)
{
    rap_pass_t pass;
    rap_reason_t reason;
    if (rap_gate_pass (self->options.gate, self->options.door, self->options.bind, &pass, &reason) != RAP_OK) {
        if (!self->lost_host)
            rap_log (RAP_LOG_ERROR, "endpoint.no_key", "reason", reason.text, NULL);
        self->lost_host = true;
        return false;
    }
    self->lost_host = false;
    if (pass.revoked == self->pass.revoked && strcmp (pass.own_secret, self->pass.own_secret) == 0
        && strcmp (pass.host_public, self->pass.host_public) == 0)
        return false;
    self->pass = pass;
    return true;
}

static void hear_monitor (rap_endpoint_t *self)
{
    uint32_t value;
    for (int event; self->monitor && (event = next_event (self->monitor, 0, &value)) != 0;) {
        self->linked = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED || (self->linked && event != ZMQ_EVENT_DISCONNECTED);
        if (!(event & HANDSHAKE_EVENTS)) {
            self->lost_ms = event == ZMQ_EVENT_DISCONNECTED ? rap_clock_ms () : 0;
            continue;
        }
        self->refused = event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? 0 : event;
        self->broken = event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL ? self->broken + 1 : 0;
        if (!self->refused) {
            self->told = 0;
            self->backoff_ms = CALL_FIRST_MS;
        } else {
            self->call_ms = rap_clock_ms () + self->backoff_ms;
        }
    }
}

bool rap_endpoint_linked (rap_endpoint_t *self)
{
    hear_monitor (self);
    return self->linked;
}

bool rap_endpoint_refused (rap_endpoint_t *self, rap_reason_t *reason)
{
    const rap_gate_t *gate = self->sealed ? self->options.gate : NULL;
    const char *address = self->addresses[0].text, *name = gate ? rap_gate_name (gate) : "";
    rap_door_t door = self->options.door;
    hear_monitor (self);
    if (self->refused == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL && self->broken < BROKEN_OFTEN)
        return false; //  as when it just ends
    if (!self->refused)
        return false;
    if (!gate)
        rap_refuse (reason, "%s admits by key: say --keys DIR", address);
    else if (self->refused == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        rap_refuse (reason, "%s refused our key '%s': its folder 'allowed' must have %s.public, with role %s",
                    address, name, name, rap_role_name (rap_door_guest (door)));
    else if (self->refused == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        rap_refuse (reason, "%s has no keys: it was started without --keys", address);
    else
        rap_refuse (reason, "%s breaks off: is the %s.public in 'allowed' here still its key?", address,
                    rap_role_name (rap_door_host (door)));
    return true;
}

//  Says once that we are refused; true when it is time to call anew, which libzmq does
//  not do for those who were turned away.
static bool mind_refusal (rap_endpoint_t *self, int64_t now_ms)
{
    rap_reason_t reason;
    if (!rap_endpoint_refused (self, &reason))
        return false;
    if (self->told != self->refused)
        rap_log (RAP_LOG_WARN, "endpoint.refused", "reason", reason.text, NULL);
    self->told = self->refused;
    if (self->refused == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || now_ms < self->call_ms)
        return false;
    self->backoff_ms = self->backoff_ms * 2 < CALL_LAST_MS ? self->backoff_ms * 2 : CALL_LAST_MS;
    self->call_ms = now_ms + self->backoff_ms;
    return true;
}

//  libzmq calls again at once when a connection ended, but never when it broke it off
//  itself, for bytes that are not its protocol's: nothing would ever come or go again.
static bool is_forsaken (const rap_endpoint_t *self, int64_t now_ms)
{
    bool refused = self->refused && self->refused != ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    return self->lost_ms && !refused && now_ms - self->lost_ms >= FORSAKEN_MS;
}

bool rap_endpoint_mind (rap_endpoint_t *self, int64_t now_ms)
{
    bool renewed = false;
    if (now_ms - self->minded_ms < MIND_MS)
        return false;
    self->minded_ms = now_ms;
    if (self->sealed) {
        rap_gate_look (self->options.gate, now_ms);
        renewed = is_stale (self) && renew (self, "keys are others");
    }
    if (renewed)
        return true;
    if (self->monitor && mind_refusal (self, now_ms))
        return renew (self, "refused a while ago");
    if (self->monitor && is_forsaken (self, now_ms))
        return renew (self, "what came was not of the protocol");
    if (!is_open (self) && now_ms - self->tried_ms >= CALL_FIRST_MS) {
        self->tried_ms = now_ms;
        open_again (self, 1);
    }
    return false;
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
    assert ((self->options.kind == RAP_ROUTER) == (peer != NULL));
    if (peer)
        return send_pair (self, peer->bytes, peer->len, frame);
    return send_part (self, frame.at, frame.len, 0);
}

rap_status_t rap_endpoint_publish (rap_endpoint_t *self, rap_text_t topic, rap_text_t frame)
{
    assert (self->options.kind == RAP_PUB);
    return send_pair (self, topic.at, topic.len, frame);
}

//  A subscription is the beginning of topics: each that begins with it has its bit set or cleared.
static void note_subscription (rap_endpoint_t *self, const char *start, size_t len, bool begins)
{
    for (uint32_t i = 0; i < self->options.topics_count; i++) {
        const char *topic = self->options.topics[i];
        uint64_t bit = UINT64_C (1) << len;
        if (len <= strlen (topic) && memcmp (topic, start, len) == 0)
            self->subscribed[i] = begins ? self->subscribed[i] | bit : self->subscribed[i] & ~bit;
    }
}

//  libzmq tells an XPUB of the first subscription to each topic (1) and of the end
//  of the last one (0).
uint64_t rap_endpoint_heard (rap_endpoint_t *self)
{
    assert (self->options.kind == RAP_PUB);
    char change[TOPIC_BYTES_MAX + 1]; //  what is longer begins none of ours
    int len;
    while ((len = zmq_recv (self->socket, change, sizeof change, ZMQ_DONTWAIT)) >= 0 || errno == EINTR)
        if (len > 0 && len <= (int)sizeof change && (unsigned char)change[0] <= 1)
            note_subscription (self, change + 1, (size_t)len - 1, change[0] == 1);
    uint64_t heard = 0;
    for (uint32_t i = 0; i < self->options.topics_count; i++)
        heard |= (uint64_t)(self->subscribed[i] != 0) << i;
    return heard;
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

//  Of a SUB the first frame is the topic.
static void keep_topic (rap_endpoint_t *self)
{
    size_t len = zmq_msg_size (&self->received);
    len = len < sizeof self->topic ? len : sizeof self->topic - 1;
    memcpy (self->topic, zmq_msg_data (&self->received), len);
    self->topic[len] = 0;
}

const char *rap_endpoint_topic (const rap_endpoint_t *self)
{
    return self->topic;
}

rap_status_t rap_endpoint_receive (rap_endpoint_t *self, rap_peer_t *peer, rap_text_t *frame)
{
    bool has_head = self->options.kind == RAP_ROUTER || self->options.kind == RAP_SUB;
    assert ((self->options.kind == RAP_ROUTER) == (peer != NULL));
    for (;;) {
        rap_status_t status = receive_part (self);
        if (status != RAP_OK)
            return status;
        bool good = !has_head || (more (self) && (!peer || keep_peer (self, peer)));
        if (self->options.kind == RAP_SUB)
            keep_topic (self);
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
