//  machine: events in order of time, and coroutines between them.
#include "sim.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/clock.h"
#include "rapporteur/daemon.h"
#include "rapporteur/log.h"

enum { STACK_BYTES = 1024 * 1024, EVENTS_FIRST = 1024 };

typedef struct {
    int64_t at_us;
    uint64_t order; //  of making, among those of the same time
    event_fn *run;
    void *self;
    uint64_t number;
} event_t;

sim_t sim;

static event_t *heap;
static size_t heap_count, heap_room;
static uint64_t orders, wakes;
static uint64_t random_state;
static ucontext_t scheduler;

//  --- chance ------------------------------------------------------------------

//  splitmix64.
uint64_t sim_random (void)
{
    uint64_t z = random_state += UINT64_C (0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
    return z ^ z >> 31;
}

int64_t sim_between (int64_t low, int64_t high)
{
    return high <= low ? low : low + (int64_t)(sim_random () % (uint64_t)(high - low + 1));
}

bool sim_chance (double p)
{
    return (double)(sim_random () >> 11) * 0x1p-53 < p;
}

//  --- what is told ------------------------------------------------------------

void sim_mix (const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        sim.hash = (sim.hash ^ at[i]) * UINT64_C (1099511628211);
    sim.hash = (sim.hash ^ (uint64_t)sim.now_us) * UINT64_C (1099511628211);
}

void sim_tell (const char *format, ...)
{
    if (!sim.trace)
        return;
    va_list args;
    va_start (args, format);
    printf ("%10.6f %-9s ", (double)sim.now_us / 1e6, sim.me ? sim.me->name : "-");
    vprintf (format, args);
    putchar ('\n');
    va_end (args);
}

void sim_fail (const char *format, ...)
{
    if (sim.failure[0])
        return;
    va_list args;
    va_start (args, format);
    int len = snprintf (sim.failure, sizeof sim.failure, "at %.6f s, %s: ", (double)sim.now_us / 1e6,
                        sim.me ? sim.me->name : "-");
    vsnprintf (sim.failure + len, sizeof sim.failure - (size_t)len, format, args);
    va_end (args);
    sim_tell ("VIOLATION %s", sim.failure);
}

//  --- events ------------------------------------------------------------------

static bool earlier (const event_t *a, const event_t *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void sim_after (int64_t delay_us, event_fn *run, void *self, uint64_t number)
{
    if (heap_count == heap_room) {
        heap_room = heap_room ? heap_room * 2 : EVENTS_FIRST;
        heap = reallocarray (heap, heap_room, sizeof *heap);
        if (!heap)
            abort ();
    }
    event_t event = {sim.now_us + (delay_us > 0 ? delay_us : 0), orders++, run, self, number};
    size_t at = heap_count++;
    for (; at > 0 && earlier (&event, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = event;
}

static event_t next_event (void)
{
    event_t first = heap[0], last = heap[--heap_count];
    size_t at = 0;
    for (size_t child; (child = at * 2 + 1) < heap_count; at = child) {
        if (child + 1 < heap_count && earlier (&heap[child + 1], &heap[child]))
            child++;
        if (!earlier (&heap[child], &last))
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

void sim_run (int64_t until_us, bool (*ended) (void))
{
    while (heap_count && heap[0].at_us <= until_us && !sim.failure[0] && !ended ()) {
        event_t event = next_event ();
        sim.now_us = event.at_us;
        event.run (event.self, event.number);
    }
}

//  --- processes ---------------------------------------------------------------

static void start_event (void *process, uint64_t number)
{
    (void)number;
    sim_start (process);
}

static void end_process (process_t *process)
{
    process->alive = false;
    process->items = NULL;
    process->wake = 0;
    process->alarm = 0;
    process->term = false;
    process->crash_in = -1;
    sim_network_gone (process);
    sim_disk_gone (process);
    if (!process->lost)
        sim_after (sim_between (20 * MS, process->down_us), start_event, process, 0);
}

static void enter (void)
{
    process_t *process = sim.me;
    int status = process->main (process);
    sim_tell ("ended with status %d", status);
    sim_mix (&status, sizeof status);
    end_process (process);
    setcontext (&scheduler);
}

static void go_on (process_t *process)
{
    process_t *before = sim.me;
    sim.me = process;
    swapcontext (&scheduler, &process->context);
    sim.me = before;
}

void sim_start (process_t *process)
{
    if (process->alive)
        return;
    if (!process->stack && !(process->stack = malloc (STACK_BYTES)))
        abort ();
    process->alive = true;
    process->lives++;
    process->crash_in = -1;
    process->clock_us = sim_between (0, 1000) * SECOND;
    getcontext (&process->context);
    process->context.uc_stack.ss_sp = process->stack;
    process->context.uc_stack.ss_size = STACK_BYTES;
    process->context.uc_link = NULL;
    makecontext (&process->context, enter, 0);
    go_on (process);
}

void sim_crash (process_t *process, const char *cause)
{
    if (!process->alive)
        return;
    sim_tell ("%s crashes: %s", process->name, cause);
    sim_mix (process->name, sizeof process->name);
    process->crashes++;
    end_process (process);
    if (process == sim.me)
        setcontext (&scheduler);
}

static void wake_event (void *self, uint64_t number)
{
    process_t *process = self;
    if (!process->alive || process->wake != number)
        return;
    if (sim.now_us < process->paused_us) {
        sim_after (process->paused_us - sim.now_us, wake_event, process, number);
        return;
    }
    process->wake = 0;
    go_on (process);
}

static void wake_after (process_t *process, int64_t delay_us)
{
    process->wake = ++wakes;
    sim_after (delay_us, wake_event, process, process->wake);
}

void sim_rest (int64_t delay_us)
{
    process_t *me = sim.me;
    wake_after (me, delay_us + (me->drag_us ? sim_between (0, me->drag_us) : 0));
    swapcontext (&me->context, &scheduler);
}

void sim_rouse (process_t *process)
{
    if (!process->alive || !process->items)
        return;
    process->items = NULL;
    wake_after (process, sim_between (10, 300) + (process->drag_us ? sim_between (0, process->drag_us) : 0));
}

void sim_term (process_t *process)
{
    if (!process->alive)
        return;
    sim_tell ("%s is told to end", process->name);
    process->term = true;
    sim_rouse (process);
}

void sim_step (void)
{
    if (sim.me && sim.me->crash_in >= 0 && sim.me->crash_in-- == 0)
        sim_crash (sim.me, "at a step");
}

//  --- what the loops ask of the machine ---------------------------------------

int __wrap_zmq_poll (zmq_pollitem_t *items, int count, long timeout_ms);
int __wrap_zmq_poll (zmq_pollitem_t *items, int count, long timeout_ms)
{
    process_t *me = sim.me;
    int64_t until_us = sim.now_us + (timeout_ms < 0 ? 3600 * SECOND : timeout_ms * MS);
    sim_step ();
    if (sim_network_ready (items, count) > 0 || timeout_ms == 0 || me->term)
        sim_rest (sim_between (10, 200));
    while (sim_network_ready (items, count) == 0 && !me->term && sim.now_us < until_us) {
        me->items = items;
        sim_rest (until_us - sim.now_us);
        me->items = NULL;
    }
    return sim_network_ready (items, count);
}

int64_t __wrap_rap_clock_us (void);
int64_t __wrap_rap_clock_us (void)
{
    return sim.now_us + (sim.me ? sim.me->clock_us : 0);
}

int64_t __wrap_rap_clock_ms (void);
int64_t __wrap_rap_clock_ms (void)
{
    return __wrap_rap_clock_us () / 1000;
}

const char *__wrap_rap_clock_utc (char *buffer);
const char *__wrap_rap_clock_utc (char *buffer)
{
    int64_t ms = INT64_C (40000000000) + (sim.now_us + sim.wall_us) / MS;
    int64_t day = ms / 86400000, rest = ms % 86400000;
    snprintf (buffer, RAP_TIME_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)(2001 + day / 336 % 1000),
              (int)(1 + day / 28 % 12), (int)(1 + day % 28), (int)(rest / 3600000), (int)(rest / 60000 % 60),
              (int)(rest / 1000 % 60), (int)(rest % 1000));
    return buffer;
}

ssize_t __wrap_getrandom (void *buffer, size_t len, unsigned flags);
ssize_t __wrap_getrandom (void *buffer, size_t len, unsigned flags)
{
    (void)flags;
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)sim_random ();
    return (ssize_t)len;
}

static void alarm_event (void *self, uint64_t number)
{
    process_t *process = self;
    if (process->alive && process->alarm == number)
        sim_crash (process, "its alarm");
}

unsigned __wrap_alarm (unsigned seconds);
unsigned __wrap_alarm (unsigned seconds)
{
    sim.me->alarm = seconds ? ++wakes : 0;
    if (seconds)
        sim_after (seconds * SECOND, alarm_event, sim.me, sim.me->alarm);
    return 0;
}

int __wrap_rap_signals_open (int also);
int __wrap_rap_signals_open (int also)
{
    (void)also;
    return -1;
}

int __wrap_rap_signals_read (int signals);
int __wrap_rap_signals_read (int signals)
{
    (void)signals;
    bool term = sim.me->term;
    sim.me->term = false;
    return term ? SIGTERM : 0;
}

void __wrap_rap_log (rap_log_level_t level, const char *event, ...);
void __wrap_rap_log (rap_log_level_t level, const char *event, ...)
{
    (void)level;
    if (!sim.trace)
        return;
    char line[1024];
    int len = snprintf (line, sizeof line, "log %s", event);
    va_list args;
    va_start (args, event);
    for (const char *key = va_arg (args, const char *); key; key = va_arg (args, const char *)) {
        const char *value = va_arg (args, const char *);
        if ((size_t)len < sizeof line)
            len += snprintf (line + len, sizeof line - (size_t)len, " %s=%s", key, value);
    }
    va_end (args);
    sim_tell ("%s", line);
}

void __wrap_rap_logf (rap_log_level_t level, const char *event, const char *format, ...);
void __wrap_rap_logf (rap_log_level_t level, const char *event, const char *format, ...)
{
    (void)level;
    if (!sim.trace)
        return;
    char line[1024];
    va_list args;
    va_start (args, format);
    vsnprintf (line, sizeof line, format, args);
    va_end (args);
    sim_tell ("log %s %s", event, line);
}

//  Called once, before anything is drawn.
void sim_seed (uint64_t seed);
void sim_seed (uint64_t seed)
{
    sim.seed = seed;
    sim.hash = UINT64_C (14695981039346656037);
    random_state = seed * UINT64_C (0x2545f4914f6cdd1d) + 1;
}
