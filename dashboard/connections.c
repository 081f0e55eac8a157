//  connections: a table under a lock.
#include "connections.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "rapporteur/clock.h"
#include "rapporteur/log.h"

typedef struct {
    struct MHD_Connection *connection; //  NULL: a free place
    int fd;
    int64_t until_ms;
} place_t;

struct rap_connections {
    pthread_mutex_t lock;
    uint32_t max;
    int64_t request_ms;
    place_t places[];
};

rap_connections_t *rap_connections_new (uint32_t max, int64_t request_ms)
{
    rap_connections_t *self = calloc (1, sizeof *self + max * sizeof (place_t));
    if (!self)
        abort ();
    self->max = max;
    self->request_ms = request_ms;
    pthread_mutex_init (&self->lock, NULL);
    return self;
}

void rap_connections_destroy (rap_connections_t **self_p)
{
    rap_connections_t *self = *self_p;
    if (!self)
        return;
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}

//  Locked. With NULL a free place; NULL if there is none.
static place_t *find (rap_connections_t *self, const struct MHD_Connection *connection)
{
    for (uint32_t i = 0; i < self->max; i++)
        if (self->places[i].connection == connection)
            return &self->places[i];
    return NULL;
}

void rap_connections_add (rap_connections_t *self, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    pthread_mutex_lock (&self->lock);
    place_t *place = info ? find (self, NULL) : NULL;
    if (place)
        *place = (place_t){connection, info->connect_fd, rap_clock_ms () + self->request_ms};
    pthread_mutex_unlock (&self->lock);
}

static void set (rap_connections_t *self, const struct MHD_Connection *connection, int64_t until_ms)
{
    pthread_mutex_lock (&self->lock);
    place_t *place = find (self, connection);
    if (place)
        place->until_ms = until_ms;
    pthread_mutex_unlock (&self->lock);
}

void rap_connections_remove (rap_connections_t *self, struct MHD_Connection *connection)
{
    pthread_mutex_lock (&self->lock);
    place_t *place = find (self, connection);
    if (place)
        *place = (place_t){.connection = NULL};
    pthread_mutex_unlock (&self->lock);
}

void rap_connections_answered (rap_connections_t *self, struct MHD_Connection *connection)
{
    set (self, connection, rap_clock_ms () + RAP_ANSWER_MS);
}

void rap_connections_idle (rap_connections_t *self, struct MHD_Connection *connection)
{
    set (self, connection, rap_clock_ms () + self->request_ms);
}

void rap_connections_lasting (rap_connections_t *self, struct MHD_Connection *connection)
{
    set (self, connection, INT64_MAX);
}

void rap_connections_cut (rap_connections_t *self, int64_t now_ms)
{
    //  With the lock held, so that a socket is not closed and its number used anew meanwhile.
    pthread_mutex_lock (&self->lock);
    for (uint32_t i = 0; i < self->max; i++) {
        place_t *place = &self->places[i];
        if (!place->connection || now_ms < place->until_ms)
            continue;
        place->until_ms = INT64_MAX;
        shutdown (place->fd, SHUT_RDWR);
        rap_log (RAP_LOG_DEBUG, "http.cut", "advice", "a client was too slow", NULL);
    }
    pthread_mutex_unlock (&self->lock);
}
