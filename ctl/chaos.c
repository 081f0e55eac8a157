//  chaos: faults at random in one's own staging system.
//
//  What is stopped is always continued: by us when it is due, at a signal, at the end; and by a guard, a process of
//  its own, should we be killed.
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/command.h"
#include "rapporteur/daemon.h"

#include "database.h"
#include "place.h"
#include "term.h"
#include "verbs.h"
#include "victims.h"

enum {
    MINUTES_DEFAULT = 5,
    MINUTES_MAX = 24 * 60,
    VICTIMS_MAX = 512,
    STOPPED_MAX = 16,
    PAUSE_DEFAULT_S = 5, //  between two faults, at most; at least a tenth of it
    STOP_LEAST_MS = 100, //  up to more than a lease
    STOP_MOST_MS = 6000,
    SETTLE_DEFAULT_S = 300,
    ANSWER_MS = 2000,
    LOOK_MS = 250,
};

typedef struct {
    pid_t pid;
    rap_victim_kind_t kind;
    int64_t until_ms;
} stopped_t;

typedef struct {
    const char *data;
    int64_t minutes, seed, at_once, pause_s, settle_s;
    bool consent;
    rap_place_t place;
    uint64_t state; //  of the random numbers
    int signals, guard;
    int64_t began_ms;
    stopped_t stopped[STOPPED_MAX];
    size_t stopped_count;
    uint64_t kills[RAP_VICTIM_KINDS], stops[RAP_VICTIM_KINDS];
} chaos_t;

//  splitmix64: the same seed, the same faults; no more is asked of it.
static uint64_t draw (chaos_t *self, uint64_t below)
{
    uint64_t z = (self->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % below;
}

static int64_t between (chaos_t *self, int64_t least, int64_t most)
{
    return least + (int64_t)draw (self, (uint64_t)(most - least + 1));
}

static void tell (const chaos_t *self, const char *act, rap_victim_kind_t kind, pid_t pid, const char *more)
{
    printf ("%8.1f s  %-9s %s (process %d)%s\n", (double)(rap_clock_ms () - self->began_ms) / 1000, act,
            rap_victim_name (kind), (int)pid, more);
    fflush (stdout);
}

//  --- the guard -----------------------------------------------------------------------
//  Hears what is about to be stopped, and continues it when nobody is at the other end any more.
static _Noreturn void be_guard (int from)
{
    pid_t pids[STOPPED_MAX * 64], pid;
    size_t count = 0;
    prctl (PR_SET_NAME, "rap-chaos-guard");
    setsid ();
    while (read (from, &pid, sizeof pid) == sizeof pid)
        pids[count++ % (sizeof pids / sizeof *pids)] = pid;
    for (size_t i = 0; i < count && i < sizeof pids / sizeof *pids; i++)
        kill (pids[i], SIGCONT);
    _exit (0);
}

static bool start_guard (chaos_t *self)
{
    int ends[2];
    if (pipe (ends) != 0)
        return false;
    pid_t pid = fork ();
    if (pid == 0) {
        close (ends[1]);
        be_guard (ends[0]);
    }
    close (ends[0]);
    self->guard = ends[1];
    return pid > 0;
}

//  --- faults --------------------------------------------------------------------------
static void continue_due (chaos_t *self, int64_t now_ms)
{
    for (size_t i = 0; i < self->stopped_count;) {
        stopped_t *one = &self->stopped[i];
        if (now_ms < one->until_ms) {
            i++;
            continue;
        }
        kill (one->pid, SIGCONT);
        tell (self, "continue", one->kind, one->pid, "");
        *one = self->stopped[--self->stopped_count];
    }
}

static bool is_stopped (const chaos_t *self, pid_t pid)
{
    for (size_t i = 0; i < self->stopped_count; i++)
        if (self->stopped[i].pid == pid)
            return true;
    return false;
}

static void stop (chaos_t *self, const rap_victim_t *victim, int64_t now_ms)
{
    char more[48];
    int64_t for_ms = between (self, STOP_LEAST_MS, STOP_MOST_MS);
    if (self->stopped_count >= (size_t)self->at_once || is_stopped (self, victim->pid)
        || write (self->guard, &victim->pid, sizeof victim->pid) != sizeof victim->pid
        || kill (victim->pid, SIGSTOP) != 0)
        return;
    self->stopped[self->stopped_count++] =
        (stopped_t){.pid = victim->pid, .kind = victim->kind, .until_ms = now_ms + for_ms};
    self->stops[victim->kind]++;
    snprintf (more, sizeof more, " for %.1f s", (double)for_ms / 1000);
    tell (self, "stop", victim->kind, victim->pid, more);
}

static void strike (chaos_t *self, int64_t now_ms)
{
    static rap_victim_t all[VICTIMS_MAX], of_kind[VICTIMS_MAX];
    rap_victim_kind_t kind = (rap_victim_kind_t)draw (self, RAP_VICTIM_KINDS);
    bool killing = draw (self, 2) == 0;
    size_t count = rap_victims_find (self->data, all, VICTIMS_MAX), found = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i].kind == kind && (all[i].restarted || !killing))
            of_kind[found++] = all[i];
    uint64_t which = draw (self, found ? found : 1);
    if (!found)
        return; //  it is being started again, or nobody would do so
    if (!killing)
        stop (self, &of_kind[which], now_ms);
    else if (kill (of_kind[which].pid, SIGKILL) == 0) {
        self->kills[kind]++;
        tell (self, "kill", kind, of_kind[which].pid, "");
    }
}

//  Until its time is over or a signal comes; false: a signal.
static bool rage (chaos_t *self)
{
    int64_t end_ms = self->began_ms + self->minutes * 60000, next_ms = self->began_ms;
    for (int64_t now_ms = self->began_ms; now_ms < end_ms; now_ms = rap_clock_ms ()) {
        continue_due (self, now_ms);
        if (now_ms >= next_ms) {
            strike (self, now_ms);
            next_ms = now_ms + between (self, self->pause_s * 100, self->pause_s * 1000);
        }
        int64_t wait_ms = next_ms - now_ms < LOOK_MS ? next_ms - now_ms : LOOK_MS;
        struct pollfd item = {.fd = self->signals, .events = POLLIN};
        if (poll (&item, 1, (int)wait_ms) > 0 && rap_signals_read (self->signals) != 0)
            return false;
    }
    return true;
}

//  --- the end -------------------------------------------------------------------------
//  Milliseconds until nothing was under way any more; -1: it did not come to that.
static int64_t settle (chaos_t *self)
{
    rap_reason_t reason;
    int64_t from_ms = rap_clock_ms (), end_ms = from_ms + self->settle_s * 1000;
    printf ("%8.1f s  no more faults; waiting until all that was taken is in the database or in quarantine\n",
            (double)(from_ms - self->began_ms) / 1000);
    fflush (stdout);
    while (rap_clock_ms () < end_ms) {
        const char *report = "";
        bool ok = false;
        rap_asker_t *asker = rap_asker_new (self->place.submit, NULL, &reason);
        bool idle = asker && rap_asker_ask (asker, "status", "", 0, ANSWER_MS, &ok, &report) == RAP_OK
                    && rap_json_number (report, "$.idle") == 1 && rap_json_number (report, "$.sink.alive") == 1;
        rap_asker_destroy (&asker);
        if (idle)
            return rap_clock_ms () - from_ms;
        struct pollfd item = {.fd = self->signals, .events = POLLIN};
        if (poll (&item, 1, LOOK_MS) > 0 && rap_signals_read (self->signals) != 0)
            return -1;
    }
    return -1;
}

static void sum_up (const chaos_t *self, int64_t settled_ms)
{
    printf ("\nseed %" PRId64 "\n", self->seed);
    for (int kind = 0; kind < RAP_VICTIM_KINDS; kind++)
        printf ("  %-20s killed %4" PRIu64 "   stopped %4" PRIu64 "\n", rap_victim_name ((rap_victim_kind_t)kind),
                self->kills[kind], self->stops[kind]);
    if (settled_ms >= 0)
        printf ("settled %.1f s after the last fault\n\n", (double)settled_ms / 1000);
    else
        printf ("NOT SETTLED within %" PRId64 " s of the last fault; the audit tells what is still under way\n\n",
                self->settle_s);
    fflush (stdout);
}

static int run (chaos_t *self)
{
    rap_victim_t some[VICTIMS_MAX];
    if (rap_victims_find (self->data, some, VICTIMS_MAX) == 0)
        return rap_term_fail ("no process of a service of %s is found that this user may signal; "
                              "'rapporteur up --data %s' starts one",
                              self->data, self->data);
    self->signals = rap_signals_open (0);
    if (!start_guard (self))
        return rap_term_fail ("the process that continues what was stopped cannot be started");
    self->state = (uint64_t)self->seed;
    self->began_ms = rap_clock_ms ();
    printf ("faults for %" PRId64 " minutes in %s, at most %" PRId64 " processes stopped at once, seed %" PRId64
            "; Ctrl-C ends them sooner\n",
            self->minutes, self->data, self->at_once, self->seed);
    rage (self);
    continue_due (self, INT64_MAX);
    int64_t settled_ms = settle (self);
    sum_up (self, settled_ms);
    char *arguments[] = {(char[]){"audit"}, (char[]){"--data"}, strdup (self->data), NULL};
    int status = rap_verb_audit (3, arguments);
    free (arguments[2]);
    return status ? status : settled_ms < 0;
}

//  DIR/production forbids it, whatever is in it.
static bool is_production (const chaos_t *self)
{
    char path[RAP_PATH_MAX + 16];
    snprintf (path, sizeof path, "%s/production", self->data);
    return access (path, F_OK) == 0;
}

static int check (chaos_t *self, const rap_usage_t *usage)
{
    rap_reason_t reason;
    if (rap_place_find_service (&self->place, self->data, &reason) != RAP_OK)
        return rap_options_wrong (usage, "%s", reason.text);
    self->data = self->place.data;
    if (is_production (self))
        return rap_options_wrong (usage, "%s is marked as production, by the file %s/production: refused", self->data,
                                  self->data);
    if (!self->consent)
        return rap_options_wrong (usage,
                                  "this kills and stops the processes of %s; say --yes-this-is-staging if that "
                                  "is what you want",
                                  self->data);
    if (self->seed < 0 && getrandom (&self->seed, sizeof self->seed, 0) == sizeof self->seed)
        self->seed &= 0x7fffffff;
    return run (self);
}

int rap_verb_chaos (int argc, char **argv)
{
    chaos_t self = {.minutes = MINUTES_DEFAULT,
                    .seed = -1,
                    .at_once = 1,
                    .pause_s = PAUSE_DEFAULT_S,
                    .settle_s = SETTLE_DEFAULT_S};
    const rap_option_t options[] = {
        {.name = "data", .into = &self.data, .value = "DIR", .help = "folder of a service that runs"},
        {.name = "yes-this-is-staging",
         .kind = RAP_OPTION_FLAG,
         .into = &self.consent,
         .help = "nobody depends on this service"},
        {.name = "minutes",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.minutes,
         .value = "N",
         .help = "how long (default: 5)",
         .min = 1,
         .max = MINUTES_MAX},
        {.name = "seed",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.seed,
         .value = "N",
         .help = "the same faults again (default: by chance)",
         .max = INT32_MAX},
        {.name = "at-once",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.at_once,
         .value = "N",
         .help = "processes stopped at the same time, at most (default: 1)",
         .min = 1,
         .max = STOPPED_MAX},
        {.name = "pause",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.pause_s,
         .value = "SECONDS",
         .help = "between two faults, at most (default: 5)",
         .min = 1,
         .max = 3600},
        {.name = "settle",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.settle_s,
         .value = "SECONDS",
         .help = "patience at the end (default: 300)",
         .min = 1,
         .max = 86400},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur chaos",
        .summary = "rehearse faults on a staging system: kill and stop its processes at random, then audit",
        .options = options,
        .more =
            "Sink, ingest, workers and their processes are killed where 'up' or systemd starts them again, and "
            "stopped for\n0.1 to 6 seconds. Hand in documents meanwhile. Refused where DIR/production exists. Exit "
            "status as of audit."};
    int status = rap_options_read (&usage, argc, argv, NULL);
    return status >= 0 ? status : check (&self, &usage);
}
