//  session: when to call, when to beat, and what the answers mean.

#include "session.h"

enum {
    BACKOFF_FIRST_MS = 250,
    BACKOFF_LAST_MS = 30000,
    //  Bounds on what an ingest may ask for.
    HEARTBEAT_LEAST_MS = 20,
    HEARTBEAT_DEFAULT_MS = 500,
    HEARTBEAT_MOST_MS = 5000,
};

//  xorshift64: spreads the calls of many workers, nothing more.
static int64_t jitter (rap_session_t *self, int64_t below_ms)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return (int64_t)(self->random % (uint64_t)below_ms);
}

void rap_session_init (rap_session_t *self, int64_t now_ms, uint64_t incarnation)
{
    *self = (rap_session_t){.state = RAP_SESSION_CALLING,
                            .heartbeat_ms = HEARTBEAT_DEFAULT_MS,
                            .next_hello_ms = now_ms,
                            .backoff_ms = BACKOFF_FIRST_MS};
    rap_session_renew (self, incarnation);
}

void rap_session_renew (rap_session_t *self, uint64_t incarnation)
{
    self->incarnation = incarnation ? incarnation : 1;
    self->random = self->incarnation;
}

static int64_t bounded_heartbeat (uint32_t asked_ms)
{
    if (asked_ms == 0)
        return HEARTBEAT_DEFAULT_MS;
    return asked_ms < HEARTBEAT_LEAST_MS  ? HEARTBEAT_LEAST_MS
           : asked_ms > HEARTBEAT_MOST_MS ? HEARTBEAT_MOST_MS
                                          : (int64_t)asked_ms;
}

static rap_session_event_t welcome (rap_session_t *self, int64_t now_ms, const rap_welcome_t *message)
{
    if (message->protocol < RAP_PROTOCOL_MIN || message->protocol > RAP_PROTOCOL_MAX) {
        self->state = RAP_SESSION_REFUSED;
        return RAP_SESSION_ENDED;
    }
    bool again = self->state == RAP_SESSION_SERVING;
    if (again && message->epoch == self->epoch) //  two of our calls were answered
        return RAP_SESSION_NOTHING;
    self->state = RAP_SESSION_SERVING;
    self->epoch = message->epoch;
    self->protocol = message->protocol;
    self->heartbeat_ms = bounded_heartbeat (message->heartbeat_ms);
    self->next_heartbeat_ms = now_ms;
    self->backoff_ms = BACKOFF_FIRST_MS;
    return again ? RAP_SESSION_RENEWED : RAP_SESSION_WELCOMED;
}

//  Heartbeats sent before a restart are each refused; only the first, while
//  serving, tells something new.
static rap_session_event_t refuse (rap_session_t *self, int64_t now_ms, const rap_refuse_t *message)
{
    if (rap_text_equal (message->cause, RAP_TEXT ("unknown"))) {
        if (self->state != RAP_SESSION_SERVING)
            return RAP_SESSION_NOTHING;
        self->state = RAP_SESSION_CALLING;
        self->next_hello_ms = now_ms + jitter (self, BACKOFF_FIRST_MS);
        return RAP_SESSION_LOST;
    }
    self->state = RAP_SESSION_REFUSED;
    return RAP_SESSION_ENDED;
}

rap_session_event_t rap_session_told (rap_session_t *self, int64_t now_ms, const rap_message_t *message)
{
    if (self->state == RAP_SESSION_REFUSED)
        return RAP_SESSION_NOTHING;
    if (message->type == RAP_MSG_WELCOME)
        return welcome (self, now_ms, &message->welcome);
    if (message->type == RAP_MSG_REFUSE)
        return refuse (self, now_ms, &message->refuse);
    return RAP_SESSION_NOTHING;
}

void rap_session_reconnected (rap_session_t *self, int64_t now_ms)
{
    if (self->state == RAP_SESSION_REFUSED)
        return;
    self->state = RAP_SESSION_CALLING;
    self->next_hello_ms = now_ms;
    self->backoff_ms = BACKOFF_FIRST_MS;
}

bool rap_session_hello_due (rap_session_t *self, int64_t now_ms)
{
    if (self->state != RAP_SESSION_CALLING || now_ms < self->next_hello_ms)
        return false;
    self->next_hello_ms = now_ms + self->backoff_ms / 2 + jitter (self, self->backoff_ms);
    self->backoff_ms = self->backoff_ms * 2 > BACKOFF_LAST_MS ? BACKOFF_LAST_MS : self->backoff_ms * 2;
    return true;
}

bool rap_session_heartbeat_due (rap_session_t *self, int64_t now_ms)
{
    if (self->state != RAP_SESSION_SERVING || now_ms < self->next_heartbeat_ms)
        return false;
    self->next_heartbeat_ms = now_ms + self->heartbeat_ms;
    return true;
}

int64_t rap_session_wait_ms (const rap_session_t *self, int64_t now_ms)
{
    int64_t due = self->state == RAP_SESSION_CALLING   ? self->next_hello_ms
                  : self->state == RAP_SESSION_SERVING ? self->next_heartbeat_ms
                                                       : now_ms;
    return due > now_ms ? due - now_ms : 0;
}
