//  network: endpoints and the links between them, in place of ZeroMQ.
//
//  As there: who connects is found again after the other side was away; what was
//  under way on a broken link is lost, what waited for a link is kept; a ROUTER
//  knows each link under a name of its own; queues are bounded and a send never
//  waits. Beyond that, weather and cuts do what a network never should.
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

typedef struct link link_t;

typedef struct letter {
    link_t *link;
    int way;         //  0: from who connects; 1: from who binds
    uint32_t times;  //  the link was made, when it was sent
    rap_peer_t peer; //  by which who binds knows the link that it came over
    size_t len;
    char *bytes;
    STAILQ_ENTRY (letter) place;
} letter_t;

STAILQ_HEAD (letters, letter);

struct rap_endpoint {
    rap_endpoint_kind_t kind;
    process_t *owner; //  NULL: it died
    char address[32];
    int queue;
    bool bind;
    link_t *link; //  who connects: its own
    struct letters inbox;
    letter_t *lent;
    TAILQ_ENTRY (rap_endpoint) place;
};

struct link {
    rap_endpoint_t *ends[2]; //  who connects, who binds; NULL: not there
    char address[32];
    int owners[2];
    rap_peer_t peer;
    bool made;
    uint32_t times;
    int load[2];
    int64_t last_us[2];
    struct letters waiting;
    TAILQ_ENTRY (link) place;
};

typedef struct {
    int64_t until_us;
    bool drop;
} cut_t;

static TAILQ_HEAD (, rap_endpoint) endpoints;
static TAILQ_HEAD (, link) links;
static cut_t cuts[PROCESSES_MAX][PROCESSES_MAX];
static weather_t weather;
static int queue_most;
static uint64_t sent;

void sim_network_begin (int most)
{
    TAILQ_INIT (&endpoints);
    TAILQ_INIT (&links);
    queue_most = most;
}

static void *zeroed (size_t size)
{
    void *memory = calloc (1, size);
    if (!memory)
        abort ();
    return memory;
}

static const char *letter_name (const letter_t *letter)
{
    //  [type, body]: the second byte is the type, all of which are small
    return letter->len > 1 ? rap_message_name ((rap_msg_type_t)(uint8_t)letter->bytes[1]) : "?";
}

static void drop_letter (letter_t *letter, const char *cause)
{
    link_t *link = letter->link;
    if (cause)
        sim_tell ("%s from %s to %s is lost: %s", letter_name (letter), sim.processes[link->owners[letter->way]].name,
                  sim.processes[link->owners[!letter->way]].name, cause);
    link->load[letter->way]--;
    if (link->ends[letter->way] && link->ends[letter->way]->owner) //  there is room again
        sim_rouse (link->ends[letter->way]->owner);
    free (letter->bytes);
    free (letter);
}

//  --- under way ---------------------------------------------------------------

static void arrive (void *self, uint64_t number)
{
    (void)number;
    letter_t *letter = self;
    link_t *link = letter->link;
    const cut_t *cut = &cuts[link->owners[letter->way]][link->owners[!letter->way]];
    if (sim.now_us < cut->until_us && !cut->drop) {
        sim_after (cut->until_us - sim.now_us, arrive, letter, 0);
        return;
    }
    rap_endpoint_t *to = link->ends[!letter->way];
    if (sim.now_us < cut->until_us)
        drop_letter (letter, "cut");
    else if (!link->made || link->times != letter->times || !to)
        drop_letter (letter, "the link broke");
    else {
        sim_mix (letter->bytes, letter->len);
        letter->peer = link->peer;
        STAILQ_INSERT_TAIL (&to->inbox, letter, place);
        sim_rouse (to->owner);
    }
}

//  In order, unless the weather lets it be overtaken.
static void post (letter_t *letter)
{
    link_t *link = letter->link;
    int64_t at_us = sim.now_us + sim_between (50, 500 + weather.delay_us);
    letter->times = link->times;
    if (sim_chance (weather.overtake))
        at_us += sim_between (0, 2 * weather.delay_us + 20 * MS);
    else {
        if (at_us <= link->last_us[letter->way])
            at_us = link->last_us[letter->way] + 1;
        link->last_us[letter->way] = at_us;
    }
    sim_after (at_us - sim.now_us, arrive, letter, 0);
}

static void send_letter (link_t *link, int way, rap_text_t frame)
{
    letter_t *letter = zeroed (sizeof *letter);
    *letter = (letter_t){.link = link, .way = way, .len = frame.len, .bytes = zeroed (frame.len + 1)};
    memcpy (letter->bytes, frame.at, frame.len);
    link->load[way]++;
    if (!link->made)
        STAILQ_INSERT_TAIL (&link->waiting, letter, place);
    else if (sim_chance (weather.loss))
        drop_letter (letter, "weather");
    else
        post (letter);
}

//  --- links -------------------------------------------------------------------

static void make_link (void *self, uint64_t number)
{
    (void)number;
    link_t *link = self;
    if (link->made || !link->ends[0])
        return;
    rap_endpoint_t *to;
    TAILQ_FOREACH (to, &endpoints, place)
    if (to->bind && strcmp (to->address, link->address) == 0)
        break;
    if (!to)
        return; //  it makes the link itself when it comes
    link->ends[1] = to;
    link->owners[1] = to->owner->index;
    link->made = true;
    link->times++;
    link->peer.len = 5;
    for (int i = 1; i < 5; i++)
        link->peer.bytes[i] = (uint8_t)sim_random ();
    for (letter_t *letter; (letter = STAILQ_FIRST (&link->waiting));) {
        STAILQ_REMOVE_HEAD (&link->waiting, place);
        post (letter);
    }
}

static void break_link (link_t *link)
{
    link->made = false;
    link->ends[1] = NULL;
    sim_after (sim_between (5 * MS, 400 * MS), make_link, link, 0);
}

static void remove_endpoint (rap_endpoint_t *self)
{
    for (letter_t *letter; (letter = STAILQ_FIRST (&self->inbox));) {
        STAILQ_REMOVE_HEAD (&self->inbox, place);
        drop_letter (letter, NULL);
    }
    if (self->lent)
        free (self->lent->bytes);
    free (self->lent);
    self->lent = NULL;
    TAILQ_REMOVE (&endpoints, self, place);
    link_t *link;
    TAILQ_FOREACH (link, &links, place)
    if (link->ends[0] == self) {
        link->made = false;
        link->ends[0] = link->ends[1] = NULL;
    } else if (link->ends[1] == self)
        break_link (link);
    self->owner = NULL;
    free (self);
}

void sim_network_gone (process_t *process)
{
    for (rap_endpoint_t *at = TAILQ_FIRST (&endpoints), *next; at; at = next) {
        next = TAILQ_NEXT (at, place);
        if (at->owner == process)
            remove_endpoint (at);
    }
}

void sim_network_reset (int process)
{
    link_t *link;
    TAILQ_FOREACH (link, &links, place)
    if (link->made && (link->owners[0] == process || link->owners[1] == process))
        break_link (link);
}

void sim_network_cut (int from, int to, bool drop, int64_t until_us)
{
    sim_tell ("from %s to %s nothing passes (%s) until %.3f", sim.processes[from].name, sim.processes[to].name,
              drop ? "lost" : "held", (double)until_us / 1e6);
    cuts[from][to] = (cut_t){until_us, drop};
}

void sim_network_weather (weather_t to)
{
    sim_tell ("weather: loss %.2f, twice %.2f, overtake %.2f, delay %.3f s", to.loss, to.twice, to.overtake,
              (double)to.delay_us / 1e6);
    weather = to;
}

void sim_network_calm (void)
{
    weather = (weather_t){.loss = 0};
    for (int i = 0; i < PROCESSES_MAX; i++)
        for (int j = 0; j < PROCESSES_MAX; j++)
            if (cuts[i][j].drop)
                cuts[i][j].until_us = 0;
}

uint64_t sim_network_sent (void)
{
    return sent;
}

static int room (const link_t *link, const rap_endpoint_t *self)
{
    int queue = self->queue < queue_most ? self->queue : queue_most;
    return 2 * queue - link->load[!!self->bind];
}

int sim_network_ready (zmq_pollitem_t *items, int count)
{
    int ready = 0;
    for (int i = 0; i < count; i++) {
        rap_endpoint_t *self = items[i].socket;
        items[i].revents = 0;
        if (!self)
            continue;
        if ((items[i].events & ZMQ_POLLIN) && !STAILQ_EMPTY (&self->inbox))
            items[i].revents |= ZMQ_POLLIN;
        if ((items[i].events & ZMQ_POLLOUT) && self->link && room (self->link, self) > 0)
            items[i].revents |= ZMQ_POLLOUT;
        ready += items[i].revents != 0;
    }
    return ready;
}

//  --- endpoints ---------------------------------------------------------------

rap_endpoint_t *__wrap_rap_endpoint_new (const rap_endpoint_options_t *options, rap_reason_t *reason);
rap_endpoint_t *__wrap_rap_endpoint_new (const rap_endpoint_options_t *options, rap_reason_t *reason)
{
    (void)reason;
    rap_endpoint_t *self = zeroed (sizeof *self);
    *self = (rap_endpoint_t){
        .kind = options->kind, .owner = sim.me, .queue = options->queue ? options->queue : 64, .bind = options->bind};
    snprintf (self->address, sizeof self->address, "%s", options->address);
    STAILQ_INIT (&self->inbox);
    TAILQ_INSERT_TAIL (&endpoints, self, place);
    link_t *link;
    if (self->bind) {
        TAILQ_FOREACH (link, &links, place)
        if (link->ends[0] && strcmp (link->address, self->address) == 0)
            sim_after (sim_between (1 * MS, 300 * MS), make_link, link, 0);
        return self;
    }
    link = self->link = zeroed (sizeof *link);
    memcpy (link->address, self->address, sizeof link->address);
    link->ends[0] = self;
    link->owners[0] = sim.me->index;
    STAILQ_INIT (&link->waiting);
    TAILQ_INSERT_TAIL (&links, link, place);
    sim_after (sim_between (1 * MS, 20 * MS), make_link, link, 0);
    return self;
}

void __wrap_rap_endpoint_destroy (rap_endpoint_t **self_p);
void __wrap_rap_endpoint_destroy (rap_endpoint_t **self_p)
{
    if (*self_p)
        remove_endpoint (*self_p);
    *self_p = NULL;
}

void *__wrap_rap_endpoint_socket (rap_endpoint_t *self);
void *__wrap_rap_endpoint_socket (rap_endpoint_t *self)
{
    return self;
}

static link_t *find_link (rap_endpoint_t *self, const rap_peer_t *peer)
{
    link_t *link = self->link;
    if (!self->bind)
        return link;
    TAILQ_FOREACH (link, &links, place)
    if (link->made && link->ends[1] == self && link->peer.len == peer->len
        && memcmp (link->peer.bytes, peer->bytes, peer->len) == 0)
        return link;
    return NULL;
}

rap_status_t __wrap_rap_endpoint_send (rap_endpoint_t *self, const rap_peer_t *peer, rap_text_t frame);
rap_status_t __wrap_rap_endpoint_send (rap_endpoint_t *self, const rap_peer_t *peer, rap_text_t frame)
{
    sim_step ();
    link_t *link = find_link (self, peer);
    if (!link)
        return RAP_REFUSED;
    if (room (link, self) <= 0)
        return RAP_AGAIN;
    oracle_sends (sim.me, frame);
    sent++;
    int way = self->bind ? 1 : 0;
    send_letter (link, way, frame);
    if (sim_chance (weather.twice))
        send_letter (link, way, frame);
    sim_step ();
    return RAP_OK;
}

rap_status_t __wrap_rap_endpoint_receive (rap_endpoint_t *self, rap_peer_t *peer, rap_text_t *frame);
rap_status_t __wrap_rap_endpoint_receive (rap_endpoint_t *self, rap_peer_t *peer, rap_text_t *frame)
{
    sim_step ();
    letter_t *letter = STAILQ_FIRST (&self->inbox);
    if (!letter)
        return RAP_AGAIN;
    STAILQ_REMOVE_HEAD (&self->inbox, place);
    link_t *link = letter->link;
    sim_tell ("hears %s of %s", letter_name (letter), sim.processes[link->owners[letter->way]].name);
    if (peer)
        *peer = letter->peer;
    link->load[letter->way]--;
    if (link->ends[letter->way])
        sim_rouse (link->ends[letter->way]->owner);
    if (self->lent)
        free (self->lent->bytes);
    free (self->lent);
    self->lent = letter;
    *frame = rap_text_of (letter->bytes, letter->len);
    return RAP_OK;
}

uint64_t __wrap_rap_endpoint_dropped (const rap_endpoint_t *self);
uint64_t __wrap_rap_endpoint_dropped (const rap_endpoint_t *self)
{
    (void)self;
    return 0;
}

//  Keys do not change here, and nobody is refused.
bool __wrap_rap_endpoint_mind (rap_endpoint_t *self, int64_t now_ms);
bool __wrap_rap_endpoint_mind (rap_endpoint_t *self, int64_t now_ms)
{
    (void)self;
    (void)now_ms;
    return false;
}
