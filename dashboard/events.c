//  events: one thread hears, a ring a listener.
#include "events.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "rapporteur/clock.h"
#include "rapporteur/endpoint.h"
#include "rapporteur/json.h"
#include "rapporteur/log.h"
#include "rapporteur/message.h"

#include "snapshot.h"

enum { TICK_MS = 250, CHANGE_MS = 1000, HEARTBEAT_MS = 10000, QUEUE = 1000 };

struct rap_listener {
    rap_events_t *events;
    char *bytes; //  what is to be read
    size_t used, room;
    bool asleep, over;
    void (*wake) (void *);
    void *context;
};

typedef struct {
    uint64_t id;
    char *text;
} kept_t;

struct rap_events {
    pthread_mutex_t lock;
    rap_listener_t *listeners[RAP_LISTENERS_MAX];
    kept_t kept[RAP_EVENTS_KEPT];
    uint64_t last; //  number of the last document event; 0 none
    char run[17];  //  of this process, before each event's number
    bool ended;

    pthread_t thread;
    bool started;
    atomic_bool stop;
    rap_endpoint_t *feed;
    rap_arena_t *arena;
    rap_snapshot_t *reader;
    int64_t version;
    int64_t change_ms, heartbeat_ms;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- to one listener, locked -----------------------------------------------------------
static void wake (rap_listener_t *listener)
{
    if (listener->asleep)
        listener->wake (listener->context);
    listener->asleep = false;
}

static void put (rap_listener_t *listener, const char *text, size_t len)
{
    if (listener->over)
        return;
    if (listener->used + len > RAP_LISTENER_BYTES_MAX) {
        listener->over = true;
        rap_log (RAP_LOG_INFO, "events.slow", "advice", "a listener fell behind and was let go", NULL);
        wake (listener);
        return;
    }
    if (listener->used + len > listener->room) {
        listener->room = (listener->used + len) * 2;
        listener->bytes = must (realloc (listener->bytes, listener->room));
    }
    memcpy (listener->bytes + listener->used, text, len);
    listener->used += len;
    wake (listener);
}

static void put_all (rap_events_t *self, const char *text)
{
    pthread_mutex_lock (&self->lock);
    for (size_t i = 0; i < RAP_LISTENERS_MAX; i++)
        if (self->listeners[i])
            put (self->listeners[i], text, strlen (text));
    pthread_mutex_unlock (&self->lock);
}

//  --- what is heard ---------------------------------------------------------------------
//  The report with its lines joined: an event's data ends at a line's end.
static char *event_of (const rap_events_t *self, uint64_t id, const rap_event_t *event)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = must (open_memstream (&text, &len));
    fprintf (out, "id: %s-%" PRIu64 "\nevent: document\ndata: {\"document_id\": \"", self->run, id);
    for (size_t i = 0; i < event->document_id.len; i++)
        if (strchr ("0123456789abcdef", event->document_id.at[i]))
            putc (event->document_id.at[i], out);
    fputs ("\", \"document\": ", out);
    for (size_t i = 0; i < event->report.len; i++)
        putc (event->report.at[i] == '\n' || event->report.at[i] == '\r' ? ' ' : event->report.at[i], out);
    fputs (event->report.len ? "}\n\n" : "null}\n\n", out);
    if (fclose (out) != 0)
        abort ();
    return text;
}

static void take_document (rap_events_t *self, const rap_event_t *event)
{
    pthread_mutex_lock (&self->lock);
    uint64_t id = ++self->last;
    kept_t *kept = &self->kept[id % RAP_EVENTS_KEPT];
    free (kept->text);
    *kept = (kept_t){id, event_of (self, id, event)};
    for (size_t i = 0; i < RAP_LISTENERS_MAX; i++)
        if (self->listeners[i])
            put (self->listeners[i], kept->text, strlen (kept->text));
    pthread_mutex_unlock (&self->lock);
}

static void hear (rap_events_t *self)
{
    rap_text_t frame;
    while (rap_endpoint_receive (self->feed, NULL, &frame) == RAP_OK) {
        rap_message_t message;
        rap_arena_reset (self->arena);
        if (rap_message_read (frame, self->arena, &message, NULL) == RAP_OK && message.type == RAP_MSG_EVENT
            && rap_text_equal (message.event.kind, RAP_TEXT ("document")))
            take_document (self, &message.event);
    }
}

static void look_for_changes (rap_events_t *self, int64_t now_ms)
{
    char text[64];
    if (now_ms - self->change_ms < CHANGE_MS)
        return;
    int64_t version = rap_snapshot_version (self->reader);
    self->change_ms = now_ms;
    if (version == self->version)
        return;
    self->version = version;
    snprintf (text, sizeof text, "event: change\ndata: {\"version\": %" PRId64 "}\n\n", version);
    put_all (self, text);
}

static void *run (void *context)
{
    rap_events_t *self = context;
    while (!atomic_load (&self->stop)) {
        zmq_pollitem_t item = {
            .socket = self->feed ? rap_endpoint_socket (self->feed) : NULL, .fd = -1, .events = ZMQ_POLLIN};
        zmq_poll (&item, self->feed ? 1 : 0, TICK_MS);
        if (self->feed)
            hear (self);
        int64_t now_ms = rap_clock_ms ();
        look_for_changes (self, now_ms);
        if (now_ms - self->heartbeat_ms > HEARTBEAT_MS) {
            self->heartbeat_ms = now_ms;
            put_all (self, ": still here\n\n");
        }
    }
    return NULL;
}

//  --- life ------------------------------------------------------------------------------
rap_events_t *rap_events_new (const char *feed, const char *db, rap_reason_t *reason)
{
    unsigned char random[8];
    rap_events_t *self = must (calloc (1, sizeof *self));
    pthread_mutex_init (&self->lock, NULL);
    randombytes_buf (random, sizeof random);
    sodium_bin2hex (self->run, sizeof self->run, random, sizeof random);
    self->arena = rap_arena_new ();
    self->reader = rap_snapshot_new (db);
    self->heartbeat_ms = self->change_ms = rap_clock_ms ();
    //  Of the feed only documents: findings are gathered by the sink for who asks for them.
    rap_endpoint_options_t options = {.kind = RAP_SUB, .address = feed, .queue = QUEUE, .topic = "document"};
    if (feed && !(self->feed = rap_endpoint_new (&options, reason))) {
        rap_events_destroy (&self);
        return NULL;
    }
    self->started = pthread_create (&self->thread, NULL, run, self) == 0;
    if (!self->started)
        abort ();
    return self;
}

void rap_events_end (rap_events_t *self)
{
    if (!self || !self->started)
        return;
    atomic_store (&self->stop, true);
    pthread_join (self->thread, NULL);
    self->started = false;
    pthread_mutex_lock (&self->lock);
    self->ended = true;
    for (size_t i = 0; i < RAP_LISTENERS_MAX; i++)
        if (self->listeners[i]) {
            self->listeners[i]->over = true;
            wake (self->listeners[i]);
        }
    pthread_mutex_unlock (&self->lock);
}

void rap_events_destroy (rap_events_t **self_p)
{
    rap_events_t *self = *self_p;
    if (!self)
        return;
    rap_events_end (self);
    for (size_t i = 0; i < RAP_EVENTS_KEPT; i++)
        free (self->kept[i].text);
    rap_endpoint_destroy (&self->feed);
    rap_snapshot_destroy (&self->reader);
    rap_arena_destroy (&self->arena);
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}

//  --- listeners ---------------------------------------------------------------------------
//  What came after the event that it had last.
static void catch_up (const rap_events_t *self, rap_listener_t *listener, const char *last_event_id)
{
    static const char reset[] = "event: reset\ndata: {}\n\n";
    size_t len = strlen (self->run);
    char *end = NULL;
    if (!last_event_id || !*last_event_id)
        return;
    bool ours = strncmp (last_event_id, self->run, len) == 0 && last_event_id[len] == '-';
    uint64_t had = ours ? strtoull (last_event_id + len + 1, &end, 10) : 0;
    if (!ours || *end || had > self->last || self->last - had > RAP_EVENTS_KEPT) {
        put (listener, reset, sizeof reset - 1);
        return;
    }
    for (uint64_t id = had + 1; id <= self->last; id++)
        put (listener, self->kept[id % RAP_EVENTS_KEPT].text, strlen (self->kept[id % RAP_EVENTS_KEPT].text));
}

rap_listener_t *rap_events_listen (rap_events_t *self, const char *last_event_id, void (*waker) (void *),
                                   void *context)
{
    static const char hello[] = "retry: 3000\n\n";
    rap_listener_t *listener = NULL;
    pthread_mutex_lock (&self->lock);
    for (size_t i = 0; i < RAP_LISTENERS_MAX && !listener && !self->ended; i++)
        if (!self->listeners[i]) {
            listener = must (calloc (1, sizeof *listener));
            *listener = (rap_listener_t){.events = self, .wake = waker, .context = context};
            self->listeners[i] = listener;
            put (listener, hello, sizeof hello - 1);
            catch_up (self, listener, last_event_id);
        }
    pthread_mutex_unlock (&self->lock);
    return listener;
}

void rap_events_leave (rap_listener_t **listener_p)
{
    rap_listener_t *listener = *listener_p;
    if (!listener)
        return;
    rap_events_t *self = listener->events;
    pthread_mutex_lock (&self->lock);
    for (size_t i = 0; i < RAP_LISTENERS_MAX; i++)
        if (self->listeners[i] == listener)
            self->listeners[i] = NULL;
    pthread_mutex_unlock (&self->lock);
    free (listener->bytes);
    free (listener);
    *listener_p = NULL;
}

ssize_t rap_listener_read (rap_listener_t *listener, char *to, size_t max, void (*sleep) (void *))
{
    rap_events_t *self = listener->events;
    pthread_mutex_lock (&self->lock);
    size_t len = listener->used < max ? listener->used : max;
    if (len) {
        memcpy (to, listener->bytes, len);
        memmove (listener->bytes, listener->bytes + len, listener->used - len);
        listener->used -= len;
    } else if (!listener->over) {
        sleep (listener->context);
        listener->asleep = true;
    }
    ssize_t read = len ? (ssize_t)len : listener->over ? -1 : 0;
    pthread_mutex_unlock (&self->lock);
    return read;
}
