//  watch: feeding the watchdog, and judging from outside.
#include "rapporteur/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifdef RAP_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

enum {
    TELL_MS = 250,
    STATUS_MS = 2000,
    BUSY = 1,
    FAILING = 2,
    DRAINING = 4,
    ALONE = 8,
    UNATTENDED = 16,
};

//  A third of what systemd waits for; 0: it does not watch us.
static int64_t feed_every_ms (void)
{
#ifdef RAP_SYSTEMD
    static int64_t every = -1;
    uint64_t us = 0;
    if (every < 0)
        every = sd_watchdog_enabled (0, &us) > 0 ? (int64_t)(us / 3000) : 0;
    return every;
#else
    return 0;
#endif
}

static void notify (const char *what)
{
#ifdef RAP_SYSTEMD
    (void)sd_notify (0, what);
#else
    (void)what;
#endif
}

bool rap_watch_turned (rap_watch_t *self, int64_t now_ms)
{
    atomic_store_explicit (&rap_area->turned_ms, now_ms, memory_order_relaxed);
    return !self->begun || now_ms - self->told_ms >= TELL_MS;
}

static void keep (int64_t now_ms, const rap_fare_t *fare, bool well)
{
    uint32_t bits = (fare->busy ? BUSY : 0U) | (fare->failing ? FAILING : 0U) | (fare->draining ? DRAINING : 0U)
                    | (fare->alone ? ALONE : 0U) | (fare->unattended ? UNATTENDED : 0U);
    if (well)
        atomic_store (&rap_area->progressed_ms, now_ms);
    if (!fare->failing)
        atomic_store (&rap_area->failing_ms, 0);
    else if (!atomic_load (&rap_area->failing_ms))
        atomic_store (&rap_area->failing_ms, now_ms);
    atomic_store (&rap_area->fare, bits);
}

static void show_status (rap_watch_t *self, int64_t now_ms, const char *doing)
{
    char line[256];
    if (self->status_ms && now_ms - self->status_ms < STATUS_MS)
        return;
    self->status_ms = now_ms;
    snprintf (line, sizeof line, "STATUS=%s", doing);
    notify (line);
}

void rap_watch_tell (rap_watch_t *self, int64_t now_ms, uint64_t progress, const rap_fare_t *fare, const char *doing)
{
    bool moved = !self->begun || progress != self->progress;
    bool well = moved || !fare->busy;
    self->begun = true;
    self->told_ms = now_ms;
    self->progress = progress;
    self->progressed = self->progressed || well;
    keep (now_ms, fare, well);
    show_status (self, now_ms, doing);
    if (!feed_every_ms () || !self->progressed || (self->fed_ms && now_ms - self->fed_ms < feed_every_ms ()))
        return;
    notify ("WATCHDOG=1");
    self->fed_ms = now_ms;
    self->progressed = false;
}

//  --- judging -----------------------------------------------------------------------

static uint64_t value (const rap_area_t *area, unsigned slot)
{
    return atomic_load_explicit (&area->slots[slot], memory_order_relaxed);
}

static void describe_standstill (const rap_area_t *area, rap_stage_t stage, int64_t seconds, char *why, size_t size)
{
    if (stage == RAP_STAGE_INGEST)
        snprintf (why, size,
                  "stuck: no progress for %" PRId64 " s, though %" PRIu64 " batches are open, and %" PRIu64
                  " workers and the sink are there",
                  seconds, value (area, RAP_M_INGEST_BATCHES), value (area, RAP_M_INGEST_WORKERS));
    else if (stage == RAP_STAGE_SINK)
        snprintf (why, size, "stuck: no progress for %" PRId64 " s, though there are results to store or to link",
                  seconds);
    else
        snprintf (why, size, "stuck: no child has shown a pulse for %" PRId64 " s", seconds);
}

static bool judge_readiness (uint32_t fare, rap_stage_t stage, char *why, size_t size)
{
    if (fare & DRAINING)
        snprintf (why, size, "draining: it ends, and takes nothing new");
    else if (fare & ALONE)
        snprintf (why, size, "%s",
                  stage == RAP_STAGE_WORKER ? "no child is welcomed by ingest"
                                            : "the sink is not heard of: nothing is stored at present");
    else if (fare & UNATTENDED)
        snprintf (why, size, "there is a backlog, and no worker");
    else
        return true;
    return false;
}

bool rap_watch_judge (const rap_area_t *area, int64_t now_ms, int64_t stuck_ms, rap_stage_t stage, bool readiness,
                      char *why, size_t size)
{
    int64_t turned_ms = atomic_load (&area->turned_ms), progressed_ms = atomic_load (&area->progressed_ms),
            failing_ms = atomic_load (&area->failing_ms);
    uint32_t fare = atomic_load (&area->fare);
    if (!turned_ms) {
        snprintf (why, size, "starting");
        return !readiness;
    }
    if (now_ms - turned_ms >= stuck_ms)
        snprintf (why, size, "stuck: the loop has stood still for %" PRId64 " s", (now_ms - turned_ms) / 1000);
    else if (failing_ms)
        snprintf (why, size, "failing: the %s cannot be written, for %" PRId64 " s",
                  stage == RAP_STAGE_INGEST ? "journal" : "database", (now_ms - failing_ms) / 1000);
    else if (now_ms - progressed_ms >= stuck_ms)
        describe_standstill (area, stage, (now_ms - progressed_ms) / 1000, why, size);
    else if (!readiness || judge_readiness (fare, stage, why, size)) {
        snprintf (why, size, "ok");
        return true;
    }
    return false;
}
