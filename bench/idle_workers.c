//  idle_workers: so many workers that never get anything to do, in one process, each with a socket and a conversation
//  of its own: they say HELLO, beat, give back what they are sent, and call again when ingest has gone.
//
//      idle_workers ADDRESS COUNT
//
//  Prints a line whenever the number of those that are welcome has changed and then stood for a tenth of a second:
//  milliseconds since the start, how many are welcome in the latest epoch of ingest, and that epoch.

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zmq.h>

#include "rapporteur/clock.h"
#include "rapporteur/message.h"

#include "session.h"

enum {
    COUNT_MAX = 8192,
    TURN_US = 5000,
    STOOD_MS = 100,
    //  As lib/endpoint.c has them.
    RECONNECT_FIRST_MS = 100,
    RECONNECT_LAST_MS = 5000,
    QUEUE = 128,
};

typedef struct {
    void *socket;
    rap_session_t session;
    char id[32];
} idler_t;

static volatile sig_atomic_t ended;
static rap_packer_t *packer;
static rap_arena_t *arena;
static uint64_t next_incarnation;

static void end (int number)
{
    (void)number;
    ended = 1;
}

static void tell (idler_t *self, const rap_message_t *message)
{
    rap_message_pack (packer, message);
    rap_text_t frame = rap_packed (packer);
    zmq_send (self->socket, frame.at, frame.len, ZMQ_DONTWAIT);
}

static void start (idler_t *self, void *context, const char *address, uint32_t number)
{
    const int options[][2] = {{ZMQ_LINGER, 0},
                              {ZMQ_SNDHWM, QUEUE},
                              {ZMQ_RCVHWM, QUEUE},
                              {ZMQ_RECONNECT_IVL, RECONNECT_FIRST_MS},
                              {ZMQ_RECONNECT_IVL_MAX, RECONNECT_LAST_MS}};
    snprintf (self->id, sizeof self->id, "idle-%d/%u", (int)getpid (), number);
    self->socket = zmq_socket (context, ZMQ_DEALER);
    for (size_t i = 0; self->socket && i < sizeof options / sizeof options[0]; i++)
        zmq_setsockopt (self->socket, options[i][0], &options[i][1], sizeof (int));
    if (!self->socket || zmq_connect (self->socket, address) != 0) {
        fprintf (stderr, "idle_workers: %s: %s\n", address, zmq_strerror (zmq_errno ()));
        exit (1);
    }
    rap_session_init (&self->session, rap_clock_ms (), ++next_incarnation);
}

static void hear (idler_t *self, int64_t now_ms)
{
    zmq_msg_t frame;
    zmq_msg_init (&frame);
    while (zmq_msg_recv (&frame, self->socket, ZMQ_DONTWAIT) >= 0) {
        rap_message_t message;
        rap_arena_reset (arena);
        if (rap_message_read (rap_text_of (zmq_msg_data (&frame), zmq_msg_size (&frame)), arena, &message, NULL)
            != RAP_OK)
            continue;
        if (message.type == RAP_MSG_WORK) {
            const rap_work_t *work = &message.work;
            rap_message_t back = {.type = RAP_MSG_RETURN,
                                  .return_ = {.epoch = work->epoch, .batch = work->batch, .attempt = work->attempt}};
            tell (self, &back);
        } else if (rap_session_told (&self->session, now_ms, &message) == RAP_SESSION_LOST) {
            rap_session_renew (&self->session, ++next_incarnation);
        }
    }
    zmq_msg_close (&frame);
}

static void turn (idler_t *self, int64_t now_ms)
{
    hear (self, now_ms);
    if (rap_session_hello_due (&self->session, now_ms)) {
        rap_message_t hello = {.type = RAP_MSG_HELLO,
                               .hello = {.protocol_min = RAP_PROTOCOL_MIN,
                                         .protocol_max = RAP_PROTOCOL_MAX,
                                         .role = RAP_TEXT ("worker"),
                                         .id = rap_text (self->id),
                                         .incarnation = self->session.incarnation,
                                         .pipeline = RAP_TEXT ("idle"),
                                         .credit_batches = 4,
                                         .credit_bytes = 512 * 1024}};
        tell (self, &hello);
    }
    if (rap_session_heartbeat_due (&self->session, now_ms)) {
        rap_message_t beat = {.type = RAP_MSG_HEARTBEAT, .heartbeat = {.progress = 0}};
        tell (self, &beat);
    }
}

//  How many are welcome in the latest epoch that any is in.
static uint32_t count (const idler_t *idlers, uint32_t number, uint64_t *epoch)
{
    uint32_t serving = 0;
    *epoch = 0;
    for (uint32_t i = 0; i < number; i++) {
        const rap_session_t *session = &idlers[i].session;
        if (session->state != RAP_SESSION_SERVING || session->epoch < *epoch)
            continue;
        serving = session->epoch == *epoch ? serving + 1 : 1;
        *epoch = session->epoch;
    }
    return serving;
}

static void show (const idler_t *idlers, uint32_t number, int64_t since_ms)
{
    static uint32_t seen, shown;
    static uint64_t seen_epoch, shown_epoch;
    static int64_t stands_ms;
    uint64_t epoch;
    uint32_t serving = count (idlers, number, &epoch);
    int64_t now_ms = rap_clock_ms ();
    if (serving != seen || epoch != seen_epoch) {
        seen = serving;
        seen_epoch = epoch;
        stands_ms = now_ms;
    } else if ((seen != shown || seen_epoch != shown_epoch) && now_ms - stands_ms >= STOOD_MS) {
        printf ("%" PRId64 " %" PRIu32 " %" PRIu64 "\n", stands_ms - since_ms, seen, epoch);
        fflush (stdout);
        shown = seen;
        shown_epoch = seen_epoch;
    }
}

static void run (idler_t *idlers, uint32_t number)
{
    int64_t since_ms = rap_clock_ms ();
    while (!ended) {
        int64_t now_ms = rap_clock_ms ();
        for (uint32_t i = 0; i < number; i++)
            turn (&idlers[i], now_ms);
        show (idlers, number, since_ms);
        usleep (TURN_US);
    }
}

int main (int argc, char **argv)
{
    long number = argc == 3 ? strtol (argv[2], NULL, 10) : 0;
    if (number < 1 || number > COUNT_MAX) {
        fprintf (stderr, "usage: idle_workers ADDRESS COUNT (1 to %d)\n", COUNT_MAX);
        return 2;
    }
    struct rlimit files;
    if (getrlimit (RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit (RLIMIT_NOFILE, &files);
    }
    signal (SIGTERM, end);
    signal (SIGINT, end);
    void *context = zmq_ctx_new ();
    zmq_ctx_set (context, ZMQ_MAX_SOCKETS, COUNT_MAX + 16);
    packer = rap_packer_new ();
    arena = rap_arena_new ();
    next_incarnation = (uint64_t)getpid () << 32;
    idler_t *idlers = calloc ((size_t)number, sizeof *idlers);
    if (!idlers)
        abort ();
    for (long i = 0; i < number; i++)
        start (&idlers[i], context, argv[1], (uint32_t)i + 1);
    run (idlers, (uint32_t)number);
    for (long i = 0; i < number; i++)
        zmq_close (idlers[i].socket);
    zmq_ctx_term (context);
    free (idlers);
    rap_packer_destroy (&packer);
    rap_arena_destroy (&arena);
    return 0;
}
