/*  watch: whether a loop gets on with its work, for systemd and for probes.
 *
 *  The loop says each turn that it turned, and four times a second how it fares.
 *  systemd's watchdog is fed (WATCHDOG=1) only when there was progress since it
 *  was fed last, or when there is legitimately nothing to do: a loop that stands
 *  still, or turns and gets nothing done, is not fed, and is started again. What
 *  is seen is kept in rap_area, where health and readiness are read from it.
 *
 *  What a loop cannot go on with for want of others (no sink, no workers) is no
 *  standstill of its own; nor is a disk that cannot be written, which has a bound
 *  of its own (--give-up).                                                   */
#ifndef RAPPORTEUR_WATCH_H
#define RAPPORTEUR_WATCH_H

#include "rapporteur/metrics.h"

typedef struct {
    int64_t told_ms;
    int64_t fed_ms;
    int64_t status_ms;
    uint64_t progress; //  when it was looked at last
    bool begun;
    bool progressed; //  since systemd was fed
} rap_watch_t;

//  The loop turned. True: it is time to say how it fares.
bool rap_watch_turned (rap_watch_t *self, int64_t now_ms);

//  `progress`: any number that changes when work gets done. `doing` is what systemd
//  shows as the unit's status: numbers and our own words.
void rap_watch_tell (rap_watch_t *self, int64_t now_ms, uint64_t progress, const rap_fare_t *fare, const char *doing);

//  How an area fares at `now_ms`; `stuck_ms` is how long it may stand still. False:
//  it does not do well, and `why` says so in one line. `readiness`: also what others
//  must provide counts.
bool rap_watch_judge (const rap_area_t *area, int64_t now_ms, int64_t stuck_ms, rap_stage_t stage, bool readiness,
                      char *why, size_t size);

#endif
