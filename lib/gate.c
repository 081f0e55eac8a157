//  gate: the folder of keys, and the one handler of ZAP in the process.
//
//  libzmq asks whoever has bound inproc://zeromq.zap.01 in its context about every
//  handshake at a door with a domain. An actor of czmq does: the loops have their
//  own work, and a commit must keep no stranger's handshake open. It shares the keys
//  with the loop's thread under a lock; nothing else is shared.
//
//  If nobody is bound there, libzmq 4.3.4 lets everyone in. Endpoints find that out
//  by trying (rap_endpoint_new).
#include "rapporteur/gate.h"

#include <assert.h>
#include <czmq.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "rapporteur/clock.h"
#include "rapporteur/log.h"

#include "context.h"

enum {
    LOOK_MS = 1000,
    REFUSED_A_SECOND = 5, //  lines in the log; the others are only counted
    KEY_BYTES = 32,
};

struct rap_gate {
    char *folder;
    char *name; //  NULL: the only one of its role
    rap_role_t role;
    zactor_t *guard; //  NULL: no door was opened yet
    bool guarding;   //  said by the guard before it says that it is there
    int64_t looked_ms;
    char *trouble; //  why the folder could not be read, the last time; NULL: it could

    pthread_mutex_t lock; //  of what follows
    rap_keys_t *keys;
    uint64_t revoked[RAP_ROLES];
    char expected[RAP_KEY_SIZE];

    int64_t refused_ms; //  the guard's own: the second that is counted
    uint32_t refused;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- doors -------------------------------------------------------------------

static const struct {
    const char *name;
    rap_role_t host, guest;
} doors[RAP_DOORS] = {
    [RAP_DOOR_NONE] = {.name = "none"},
    [RAP_DOOR_WORK] = {"work", RAP_ROLE_INGEST, RAP_ROLE_WORKER},
    [RAP_DOOR_RESULTS] = {"results", RAP_ROLE_SINK, RAP_ROLE_WORKER},
    [RAP_DOOR_RECEIPTS] = {"receipts", RAP_ROLE_SINK, RAP_ROLE_INGEST},
    [RAP_DOOR_SUBMIT] = {"submit", RAP_ROLE_INGEST, RAP_ROLE_SUBMITTER},
    [RAP_DOOR_FEED] = {"feed", RAP_ROLE_SINK, RAP_ROLE_READER},
    [RAP_DOOR_ANNOTATE] = {"annotate", RAP_ROLE_SINK, RAP_ROLE_WORKER},
};

const char *rap_door_name (rap_door_t door)
{
    return doors[door].name;
}

rap_role_t rap_door_host (rap_door_t door)
{
    return doors[door].host;
}

rap_role_t rap_door_guest (rap_door_t door)
{
    return doors[door].guest;
}

static rap_door_t door_of (const char *name)
{
    int door = RAP_DOORS;
    while (--door > RAP_DOOR_NONE && strcmp (doors[door].name, name) != 0) {
    }
    return (rap_door_t)door;
}

//  --- the guard ---------------------------------------------------------------

typedef struct {
    char *version, *request, *domain, *address, *mechanism;
    char key[RAP_KEY_SIZE]; //  "": none was shown
} request_t;

static void take_request (request_t *self, zmsg_t *message)
{
    self->version = zmsg_popstr (message);
    self->request = zmsg_popstr (message);
    self->domain = zmsg_popstr (message);
    self->address = zmsg_popstr (message);
    char *identity = zmsg_popstr (message);
    zstr_free (&identity);
    self->mechanism = zmsg_popstr (message);
    zframe_t *credentials = zmsg_pop (message);
    self->key[0] = 0;
    if (self->mechanism && streq (self->mechanism, "CURVE") && credentials && zframe_size (credentials) == KEY_BYTES)
        zmq_z85_encode (self->key, zframe_data (credentials), KEY_BYTES);
    zframe_destroy (&credentials);
}

static void free_request (request_t *self)
{
    zstr_free (&self->version);
    zstr_free (&self->request);
    zstr_free (&self->domain);
    zstr_free (&self->address);
    zstr_free (&self->mechanism);
}

static void log_refused (rap_gate_t *self, const request_t *request, const char *name, const char *cause)
{
    int64_t now_ms = rap_clock_ms ();
    if (now_ms - self->refused_ms >= LOOK_MS) {
        if (self->refused > REFUSED_A_SECOND)
            rap_logf (RAP_LOG_WARN, "peer.refused_more", "lately=%" PRIu32, self->refused - REFUSED_A_SECOND);
        self->refused_ms = now_ms;
        self->refused = 0;
    }
    if (++self->refused <= REFUSED_A_SECOND)
        rap_log (RAP_LOG_WARN, "peer.refused", "door", request->domain, "address", request->address, "peer", name,
                 "key", request->key, "cause", cause, NULL);
}

//  Whether it may pass; its name if we know it.
static bool judge (rap_gate_t *self, const request_t *request, char name[RAP_KEY_NAME_MAX + 1])
{
    rap_door_t door = door_of (request->domain);
    pthread_mutex_lock (&self->lock);
    const rap_key_t *known = *request->key ? rap_keys_find (self->keys, request->key) : NULL;
    bool expected = *request->key && strcmp (self->expected, request->key) == 0;
    bool may = known && door != RAP_DOOR_NONE && known->role == doors[door].guest;
    snprintf (name, RAP_KEY_NAME_MAX + 1, "%s", known ? known->name : "");
    pthread_mutex_unlock (&self->lock);
    if (may)
        rap_log (RAP_LOG_INFO, "peer.admitted", "door", request->domain, "address", request->address, "peer", name,
                 NULL);
    else if (!expected)
        log_refused (self, request, name,
                     known           ? "its role has no business at this door"
                     : *request->key ? "its key is not among those allowed"
                                     : "it showed no key");
    return may;
}

static void answer (rap_gate_t *self, zsock_t *zap)
{
    zmsg_t *message = zmsg_recv (zap);
    if (!message)
        return;
    request_t request;
    char name[RAP_KEY_NAME_MAX + 1];
    take_request (&request, message);
    zmsg_destroy (&message);
    if (request.version && request.request && request.domain && request.address && request.mechanism) {
        bool may = judge (self, &request, name);
        zstr_sendx (zap, "1.0", request.request, may ? "200" : "400", may ? "OK" : "refused", may ? name : "", "",
                    NULL);
    } else {
        zstr_sendx (zap, "1.0", request.request ? request.request : "", "500", "no request", "", "", NULL);
    }
    free_request (&request);
}

static void guard (zsock_t *pipe, void *gate)
{
    rap_gate_t *self = gate;
    zsock_t *zap = zsock_new (ZMQ_REP);
    int bound = zap ? zsock_bind (zap, "inproc://zeromq.zap.01") : -1;
    zpoller_t *poller = zap ? zpoller_new (pipe, zap, NULL) : NULL;
    self->guarding = bound == 0 && poller;
    zsock_signal (pipe, 0);
    if (poller)
        zpoller_set_nonstop (poller, true); //  signals are the loop's
    while (self->guarding) {
        void *ready = zpoller_wait (poller, -1);
        if (ready == zap) {
            answer (self, zap);
            continue;
        }
        if (ready == pipe || zpoller_terminated (poller))
            break; //  the only word on it is the end
    }
    zpoller_destroy (&poller);
    zsock_destroy (&zap);
}

rap_status_t rap_gate_guard (rap_gate_t *self, rap_reason_t *reason)
{
    if (self->guard)
        return RAP_OK;
    rap_context_hold ();
    self->guard = zactor_new (guard, self);
    if (self->guard && self->guarding)
        return RAP_OK;
    zactor_destroy (&self->guard);
    rap_context_release ();
    return rap_fail (reason, "nobody can be made to look at keys: %s", zmq_strerror (errno));
}

//  --- the folder --------------------------------------------------------------

static void tell_refused (void *self, const char *path, const char *reason)
{
    (void)self;
    rap_log (RAP_LOG_ERROR, "key.refused", "file", path, "reason", reason, NULL);
}

rap_gate_t *rap_gate_new (const char *folder, const char *name, rap_role_t role, rap_reason_t *reason)
{
    rap_keys_t *keys = rap_keys_read (folder, name, role, tell_refused, NULL, reason);
    if (!keys)
        return NULL;
    rap_gate_t *self = must (calloc (1, sizeof *self));
    self->folder = must (strdup (folder));
    self->name = name ? must (strdup (name)) : NULL;
    self->role = role;
    self->keys = keys;
    self->looked_ms = rap_clock_ms ();
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

void rap_gate_destroy (rap_gate_t **self_p)
{
    rap_gate_t *self = *self_p;
    if (!self)
        return;
    if (self->guard) {
        zactor_destroy (&self->guard);
        rap_context_release ();
    }
    pthread_mutex_destroy (&self->lock);
    rap_keys_destroy (&self->keys);
    free (self->folder);
    free (self->name);
    free (self->trouble);
    free (self);
    *self_p = NULL;
}

//  Counts for each role those who may not pass any more.
static void count_revoked (rap_gate_t *self, const rap_keys_t *now)
{
    for (uint32_t i = 0; i < self->keys->allowed_count; i++) {
        const rap_key_t *before = &self->keys->allowed[i], *still = rap_keys_find (now, before->public_key);
        if (still && still->role == before->role)
            continue;
        self->revoked[before->role]++;
        rap_log (RAP_LOG_INFO, "key.revoked", "peer", before->name, "role", rap_role_name (before->role), NULL);
    }
    for (uint32_t i = 0; i < now->allowed_count; i++) {
        const rap_key_t *after = &now->allowed[i], *was = rap_keys_find (self->keys, after->public_key);
        if (!was || was->role != after->role)
            rap_log (RAP_LOG_INFO, "key.allowed", "peer", after->name, "role", rap_role_name (after->role), NULL);
    }
}

static void note_trouble (rap_gate_t *self, const char *trouble)
{
    if (!trouble || !self->trouble || strcmp (trouble, self->trouble) != 0) {
        if (trouble)
            rap_log (RAP_LOG_ERROR, "keys.unreadable", "reason", trouble, "advice", "what was last read holds", NULL);
        free (self->trouble);
        self->trouble = trouble ? must (strdup (trouble)) : NULL;
    }
}

void rap_gate_look (rap_gate_t *self, int64_t now_ms)
{
    rap_reason_t reason;
    if (now_ms - self->looked_ms < LOOK_MS)
        return;
    self->looked_ms = now_ms;
    rap_keys_t *keys = rap_keys_read (self->folder, self->name, self->role, NULL, NULL, &reason);
    bool changed = keys && strcmp (keys->digest, self->keys->digest) != 0;
    if (changed) { //  once more, to tell what is wrong with it
        rap_keys_destroy (&keys);
        keys = rap_keys_read (self->folder, self->name, self->role, tell_refused, NULL, &reason);
    }
    note_trouble (self, keys ? NULL : reason.text);
    if (keys && changed) {
        pthread_mutex_lock (&self->lock);
        count_revoked (self, keys);
        rap_keys_t *before = self->keys;
        self->keys = keys;
        keys = before;
        pthread_mutex_unlock (&self->lock);
    }
    rap_keys_destroy (&keys);
}

//  --- for endpoints -----------------------------------------------------------

const char *rap_gate_name (const rap_gate_t *self)
{
    return self->keys->own.name;
}

rap_status_t rap_gate_pass (const rap_gate_t *self, rap_door_t door, bool bind, rap_pass_t *pass,
                            rap_reason_t *reason)
{
    assert (door != RAP_DOOR_NONE);
    memset (pass, 0, sizeof *pass);
    pass->revoked = bind ? self->revoked[doors[door].guest] : 0;
    memcpy (pass->own_public, self->keys->own.public_key, RAP_KEY_SIZE);
    memcpy (pass->own_secret, self->keys->own.secret_key, RAP_KEY_SIZE);
    if (bind)
        return RAP_OK;
    const rap_key_t *host = rap_keys_only (self->keys, doors[door].host, reason);
    if (!host)
        return RAP_REFUSED;
    memcpy (pass->host_public, host->public_key, RAP_KEY_SIZE);
    return RAP_OK;
}

void rap_gate_expect (rap_gate_t *self, const char *public_key)
{
    pthread_mutex_lock (&self->lock);
    snprintf (self->expected, sizeof self->expected, "%s", public_key);
    pthread_mutex_unlock (&self->lock);
}
