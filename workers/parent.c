//  parent: births, deaths and the end of the children.

#include "parent.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/bars.h"
#include "rapporteur/clock.h"
#include "rapporteur/gate.h"
#include "rapporteur/lexicon.h"
#include "rapporteur/log.h"
#include "rapporteur/metrics_server.h"
#include "rapporteur/watch.h"

#include "child.h"
#include "extract.h"
#include "roster.h"

enum {
    TURN_MS = 500,
    DRAIN_MOST_MS = 10000, //  a child that has not ended by then is killed
    NAME_MAX_BYTES = 100,
    CHILD_FILES_MAX = 256, //  descriptors of a child, which needs some 20
};

//  What a child may need beyond the compiled rules; it uses a tenth.
#define CHILD_MEMORY_MORE (UINT64_C (1) << 30)

typedef struct {
    const rap_parent_options_t *options;
    const rap_daemon_options_t *common;
    char name[NAME_MAX_BYTES]; //  what the children's ids begin with
    rap_lexicon_t *lexicon;
    rap_extractors_t *extractors;
    rap_roster_t *roster;
    uint32_t children;
    int signals;
    bool draining;
    bool killed; //  patience is over
    int64_t drain_until_ms;
    pid_t stale[RAP_CHILDREN_MAX]; //  children to be replaced, with rules of before
    uint32_t stale_count;          //  the last is told to end first
    int64_t stale_until_ms;        //  when it is killed; 0: not yet told
    rap_watch_t watch;
} parent_t;

static uint32_t count_processors (void)
{
    cpu_set_t set;
    int count = sched_getaffinity (0, sizeof set, &set) == 0 ? CPU_COUNT (&set) : 0;
    return count < 1 ? 1 : count > RAP_CHILDREN_MAX ? RAP_CHILDREN_MAX : (uint32_t)count;
}

static void name_children (parent_t *self)
{
    char host[64] = "";
    if (gethostname (host, sizeof host - 1) != 0 || !host[0])
        strcpy (host, "host");
    if (self->options->id)
        snprintf (self->name, sizeof self->name, "%.80s", self->options->id);
    else
        snprintf (self->name, sizeof self->name, "%s-%d", host, (int)getpid ());
}

//  Sockets of this machine need none.
static const char *keys_of (const parent_t *self)
{
    bool tcp = strncmp (self->options->work, "tcp://", 6) == 0 || strncmp (self->options->results, "tcp://", 6) == 0;
    return tcp ? self->common->keys : NULL;
}

//  The forked process. Nothing of the parent's but the compiled rules is of use.
static int run_child (const parent_t *self, uint32_t number, pid_t parent)
{
    char id[NAME_MAX_BYTES + 16], title[24];
    close (self->signals);
    if (self->common->ready_fd > STDERR_FILENO)
        close ((int)self->common->ready_fd);
    snprintf (id, sizeof id, "%s/%" PRIu32, self->name, number + 1);
    snprintf (title, sizeof title, "rap-worker/%" PRIu32, number + 1);
    rap_metrics_use (rap_metrics_area (number));
    prctl (PR_SET_NAME, title); //  of which the kernel keeps 15 bytes
    rap_bars_close (&(rap_bars_t){.who = id,
                                  .needs = RAP_NEEDS_NETWORK,
                                  .memory_more = CHILD_MEMORY_MORE,
                                  .files_max = CHILD_FILES_MAX,
                                  .quiet = true});
    rap_child_options_t options = {.work = self->options->work,
                                   .results = self->options->results,
                                   .id = id,
                                   .pipeline = rap_lexicon_pipeline (self->lexicon),
                                   .allow_plain = self->common->allow_plain,
                                   .keys = keys_of (self),
                                   .key = self->common->key,
                                   .parent = parent};
    return rap_child_run (&options, self->extractors);
}

static void start_due (parent_t *self)
{
    pid_t parent = getpid ();
    for (int child; (child = rap_roster_due (self->roster, rap_clock_ms ())) >= 0;) {
        pid_t pid = fork ();
        if (pid == 0)
            _exit (run_child (self, (uint32_t)child, parent));
        if (pid < 0) {
            rap_log (RAP_LOG_ERROR, "child.unborn", "cause", strerror (errno), NULL);
            rap_roster_not_started (self->roster, (uint32_t)child, rap_clock_ms ());
            continue;
        }
        rap_roster_started (self->roster, (uint32_t)child, pid, rap_clock_ms ());
        rap_logf (RAP_LOG_INFO, "child.started", "worker=%s/%d pid=%d", self->name, child + 1, (int)pid);
    }
}

static void log_end (const parent_t *self, int child, pid_t pid, int status)
{
    static const char *const names[] = {"drained", "refused", "failed", "hung", "killed"};
    bool drained = WIFEXITED (status) && WEXITSTATUS (status) == 0;
    rap_end_t end = drained                                                          ? RAP_END_DRAINED
                    : WIFEXITED (status) && WEXITSTATUS (status) == RAP_EXIT_REFUSED ? RAP_END_REFUSED
                    : WIFEXITED (status)                                             ? RAP_END_FAILED
                    : WTERMSIG (status) == SIGALRM                                   ? RAP_END_HUNG
                                                                                     : RAP_END_KILLED;
    const char *how = names[end];
    rap_metric_add (RAP_M_WORKER_ENDED + end, 1);
    rap_logf (drained ? RAP_LOG_INFO : RAP_LOG_WARN, "child.ended", "worker=%s/%d pid=%d how=%s code=%d", self->name,
              child + 1, (int)pid, how, WIFEXITED (status) ? WEXITSTATUS (status) : WTERMSIG (status));
}

static void reap (parent_t *self)
{
    int status;
    for (pid_t pid; (pid = waitpid (-1, &status, WNOHANG)) > 0;) {
        bool refused = WIFEXITED (status) && WEXITSTATUS (status) == RAP_EXIT_REFUSED;
        int child = rap_roster_ended (self->roster, pid, refused, rap_clock_ms ());
        if (child < 0)
            continue;
        log_end (self, child, pid, status);
        rap_metrics_ended (rap_metrics_area ((uint32_t)child));
    }
}

static void signal_all (const parent_t *self, int number)
{
    for (uint32_t i = 0; i < rap_roster_size (self->roster); i++)
        if (rap_roster_pid (self->roster, i))
            kill (rap_roster_pid (self->roster, i), number);
}

static void begin_drain (parent_t *self)
{
    if (self->draining)
        return;
    rap_logf (RAP_LOG_INFO, "worker.draining", "children=%u", rap_roster_running (self->roster));
    self->draining = true;
    self->drain_until_ms = rap_clock_ms () + DRAIN_MOST_MS;
    signal_all (self, SIGTERM);
}

//  --- reloading -------------------------------------------------------------------

static bool load_rules (parent_t *self)
{
    rap_reason_t reason = {""};
    rap_lexicon_t *lexicon = rap_lexicon_new (self->options->rules, &reason);
    rap_extractors_t *extractors = lexicon ? rap_extractors_new (lexicon, self->options->cache, &reason) : NULL;
    if (!extractors) {
        rap_log (RAP_LOG_ERROR, "rules.unusable", "reason", reason.text, NULL);
        rap_lexicon_destroy (&lexicon);
        return false;
    }
    rap_extractors_destroy (&self->extractors);
    rap_lexicon_destroy (&self->lexicon);
    self->lexicon = lexicon;
    self->extractors = extractors;
    return true;
}

static void resize (parent_t *self)
{
    uint32_t wanted = self->options->children > 0 ? (uint32_t)self->options->children : count_processors ();
    if (wanted == self->children)
        return;
    rap_logf (RAP_LOG_INFO, "worker.resized", "children=%u before=%u", wanted, self->children);
    self->children = wanted;
    rap_roster_resize (self->roster, wanted);
    for (uint32_t i = wanted; i < rap_roster_size (self->roster); i++)
        if (rap_roster_pid (self->roster, i))
            kill (rap_roster_pid (self->roster, i), SIGTERM);
}

//  What the configuration says now, and what is in the rules' files now.
static void reload (parent_t *self)
{
    char before[128];
    if (self->draining || !rap_daemon_reload (self->common))
        return;
    resize (self);
    snprintf (before, sizeof before, "%s", rap_lexicon_pipeline (self->lexicon));
    if (!load_rules (self))
        return; //  the children go on with those that they have
    bool same = strcmp (before, rap_lexicon_pipeline (self->lexicon)) == 0;
    rap_logf (RAP_LOG_INFO, same ? "rules.unchanged" : "rules.renewed", "pipeline=%s",
              rap_lexicon_pipeline (self->lexicon));
    rap_metrics_name (rap_lexicon_pipeline (self->lexicon));
    if (same)
        return;
    self->stale_count = 0;
    self->stale_until_ms = 0;
    for (uint32_t i = self->children; i-- > 0;)
        if (rap_roster_pid (self->roster, i))
            self->stale[self->stale_count++] = rap_roster_pid (self->roster, i);
}

static bool runs (const parent_t *self, pid_t pid)
{
    for (uint32_t i = 0; i < rap_roster_size (self->roster); i++)
        if (rap_roster_pid (self->roster, i) == pid)
            return true;
    return false;
}

//  Children with rules of before end one by one, the next when all the others run.
static void replace_stale (parent_t *self)
{
    while (self->stale_count && !self->draining) {
        pid_t pid = self->stale[self->stale_count - 1];
        if (!runs (self, pid)) {
            self->stale_count--;
            self->stale_until_ms = 0;
        } else if (!self->stale_until_ms) {
            if (rap_roster_running (self->roster) < self->children)
                return;
            self->stale_until_ms = rap_clock_ms () + DRAIN_MOST_MS;
            kill (pid, SIGTERM);
        } else {
            if (rap_clock_ms () >= self->stale_until_ms)
                kill (pid, SIGKILL);
            return;
        }
    }
}

static void read_signals (parent_t *self)
{
    for (int number = rap_signals_read (self->signals); number != 0; number = rap_signals_read (self->signals))
        if (number == SIGHUP)
            reload (self);
        else if (number != SIGCHLD)
            begin_drain (self);
    reap (self);
}

static void lose_patience (parent_t *self)
{
    if (!self->draining || self->killed || rap_clock_ms () < self->drain_until_ms)
        return;
    rap_logf (RAP_LOG_WARN, "worker.undrained", "children=%u", rap_roster_running (self->roster));
    self->killed = true;
    signal_all (self, SIGKILL);
}

static uint64_t sum_children (const parent_t *self, unsigned slot)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < self->children; i++)
        sum += atomic_load_explicit (&rap_metrics_area (i)->slots[slot], memory_order_relaxed);
    return sum;
}

//  A child shows a pulse twice a second, idle or not. One that hangs is ended by its own
//  alarm, and is progress then; where none has a pulse something is wrong with all of us.
static void show_fare (parent_t *self)
{
    int64_t now_ms = rap_clock_ms ();
    uint32_t running = rap_roster_running (self->roster);
    if (!rap_watch_turned (&self->watch, now_ms))
        return;
    char doing[160];
    uint64_t welcomed = sum_children (self, RAP_M_WORKER_SERVING);
    rap_metric_set (RAP_M_WORKER_CHILDREN, running);
    rap_metric_set (RAP_M_WORKER_WANTED, self->children);
    rap_fare_t fare = {.busy = running > 0, .draining = self->draining, .alone = welcomed == 0};
    snprintf (doing, sizeof doing, "%s%u children, %" PRIu64 " of them welcomed, %" PRIu64 " chunks done",
              self->draining ? "ending; " : "", running, welcomed, sum_children (self, RAP_M_WORKER_CHUNKS));
    rap_watch_tell (&self->watch, now_ms, sum_children (self, RAP_M_WORKER_PULSES), &fare, doing);
}

static void wait_for_signal (const parent_t *self)
{
    int64_t now_ms = rap_clock_ms ();
    int64_t wait_ms = self->stale_until_ms            ? 1000
                      : !self->draining               ? rap_roster_wait_ms (self->roster, now_ms)
                      : self->killed                  ? -1
                      : self->drain_until_ms > now_ms ? self->drain_until_ms - now_ms
                                                      : 0;
    if (wait_ms < 0 || wait_ms > TURN_MS)
        wait_ms = TURN_MS;
    struct pollfd item = {.fd = self->signals, .events = POLLIN};
    poll (&item, 1, (int)wait_ms); //  an interruption is as good as news
}

//  The children's keys; each makes a gate of its own.
static bool check_keys (const parent_t *self)
{
    rap_reason_t reason = {""};
    if (!keys_of (self))
        return true;
    rap_gate_t *gate = rap_gate_new (keys_of (self), self->common->key, RAP_ROLE_WORKER, &reason);
    bool good = gate != NULL;
    if (!good)
        rap_log (RAP_LOG_ERROR, "keys.unusable", "reason", reason.text, NULL);
    rap_gate_destroy (&gate);
    return good;
}

static void supervise (parent_t *self)
{
    start_due (self);
    show_fare (self);
    rap_daemon_ready (self->common);
    while (!self->draining || rap_roster_running (self->roster) > 0) {
        wait_for_signal (self);
        read_signals (self);
        lose_patience (self);
        show_fare (self);
        if (!self->draining) {
            start_due (self);
            replace_stale (self);
        }
    }
}

int rap_parent_run (const rap_parent_options_t *options, const rap_daemon_options_t *common)
{
    parent_t self = {.options = options, .common = common, .signals = rap_signals_open (SIGCHLD)};
    self.children = options->children > 0 ? (uint32_t)options->children : count_processors ();
    name_children (&self);
    bool loaded = check_keys (&self) && load_rules (&self);
    if (loaded) {
        rap_logf (RAP_LOG_INFO, "worker.begin", "worker=%s children=%u pipeline=%s", self.name, self.children,
                  rap_lexicon_pipeline (self.lexicon));
        rap_metrics_name (rap_lexicon_pipeline (self.lexicon));
        self.roster = rap_roster_new (self.children);
        supervise (&self);
        rap_log (RAP_LOG_INFO, "worker.end", "worker", self.name, NULL);
    }
    rap_roster_destroy (&self.roster);
    rap_extractors_destroy (&self.extractors);
    rap_lexicon_destroy (&self.lexicon);
    close (self.signals);
    return loaded ? EXIT_SUCCESS : EXIT_FAILURE;
}
