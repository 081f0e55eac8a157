//  supervise: fork, pipe, exec; a table of children.
#include "supervise.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/daemon.h"
#include "rapporteur/log.h"

enum {
    CHILDREN_MAX = 5,
    ARGUMENTS_MAX = 40,
    BACKOFF_FIRST_MS = 100,
    BACKOFF_LAST_MS = 30000,
    HEALTHY_MS = 60000,
    STARTS_MAX = 5, //  without ever being ready; a refusal counts twice
};

typedef enum { STOPPED, STARTING, RUNNING, WAITING } child_state_t;

typedef struct {
    const char *name;
    char *arguments[ARGUMENTS_MAX]; //  [0] is the program
    child_state_t state;
    pid_t pid;
    int ready_fd; //  -1 once it said READY
    bool was_ready;
    int signal_due; //  when it is ready; 0 none
    unsigned failed_starts;
    bool stopping;
    bool aside;      //  the others do without it
    bool ended_well; //  the last time: status 0
    int64_t started_ms;
    int64_t start_at_ms; //  while WAITING
    int64_t backoff_ms;  //  0: the next restart is at once
} child_t;

struct rap_supervisor {
    const char *folder; //  of the programs; NULL: beside our own
    child_t children[CHILDREN_MAX];
    size_t count;
    int signals;
    int death_signal;
    int log_fd;
    uint32_t restarts;
    rap_reason_t hopeless;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

rap_supervisor_t *rap_supervisor_new (int signals, int death_signal, int log_fd)
{
    rap_supervisor_t *self = must (calloc (1, sizeof *self));
    self->signals = signals;
    self->death_signal = death_signal;
    self->log_fd = log_fd;
    return self;
}

void rap_supervisor_destroy (rap_supervisor_t **self_p)
{
    rap_supervisor_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        child_t *child = &self->children[i];
        if (child->pid > 0) {
            kill (child->pid, SIGKILL);
            waitpid (child->pid, NULL, 0);
        }
        if (child->ready_fd >= 0)
            close (child->ready_fd);
        for (char **argument = child->arguments; *argument; argument++)
            free (*argument);
    }
    free (self);
    *self_p = NULL;
}

void rap_supervisor_from (rap_supervisor_t *self, const char *folder)
{
    self->folder = folder;
}

//  The daemon in the folder; else beside our own executable, else its bare name, for PATH.
static char *find_program (const char *folder, const char *name)
{
    char own[PATH_MAX], beside[PATH_MAX + 64], bare[64];
    if (folder) {
        snprintf (beside, sizeof beside, "%.4000s/rapporteur-%s", folder, name);
        return must (strdup (beside));
    }
    ssize_t len = readlink ("/proc/self/exe", own, sizeof own - 1);
    snprintf (bare, sizeof bare, "rapporteur-%s", name);
    if (len > 0) {
        own[len] = 0;
        char *slash = strrchr (own, '/');
        if (slash) {
            *slash = 0;
            snprintf (beside, sizeof beside, "%s/%s", own, bare);
            if (access (beside, X_OK) == 0)
                return must (strdup (beside));
        }
    }
    return must (strdup (bare));
}

void rap_supervisor_add (rap_supervisor_t *self, const char *name, const char *const *arguments)
{
    assert (self->count < CHILDREN_MAX);
    child_t *child = &self->children[self->count++];
    *child = (child_t){.name = name, .ready_fd = -1};
    child->arguments[0] = find_program (self->folder, name);
    size_t n = 1;
    for (; *arguments; arguments++) {
        assert (n < ARGUMENTS_MAX - 3); //  room for --ready-fd N and the end
        child->arguments[n++] = must (strdup (*arguments));
    }
}

void rap_supervisor_add_aside (rap_supervisor_t *self, const char *name, const char *const *arguments)
{
    rap_supervisor_add (self, name, arguments);
    self->children[self->count - 1].aside = true;
}

//  --- starting --------------------------------------------------------------------
static _Noreturn void become (const rap_supervisor_t *self, const child_t *child, int ready_fd, pid_t parent)
{
    char number[16];
    char *arguments[ARGUMENTS_MAX];
    size_t n = 0;
    prctl (PR_SET_PDEATHSIG, self->death_signal);
    if (getppid () != parent)
        _exit (1); //  it died before we could ask to be told
    rap_signals_restore ();
    unsetenv ("NOTIFY_SOCKET"); //  what starts us hears from us alone
    unsetenv ("WATCHDOG_USEC");
    unsetenv ("WATCHDOG_PID");
    setpgid (0, 0); //  Ctrl-C is for the supervisor, which ends us in order
    if (self->log_fd >= 0)
        dup2 (self->log_fd, STDERR_FILENO);
    int null = open ("/dev/null", O_RDWR);
    if (null >= 0) {
        dup2 (null, STDIN_FILENO);
        dup2 (self->log_fd >= 0 ? self->log_fd : null, STDOUT_FILENO);
    }
    fcntl (ready_fd, F_SETFD, 0);
    snprintf (number, sizeof number, "%d", ready_fd);
    while (child->arguments[n]) {
        arguments[n] = child->arguments[n];
        n++;
    }
    arguments[n++] = (char[]){"--ready-fd"};
    arguments[n++] = number;
    arguments[n] = NULL;
    execvp (arguments[0], arguments);
    fprintf (stderr, "rapporteur: %s: %s. Install it beside rapporteur, or on PATH.\n", arguments[0],
             strerror (errno));
    _exit (2);
}

static void wait_to_start (child_t *child, int64_t now_ms)
{
    child->state = WAITING;
    child->start_at_ms = now_ms + child->backoff_ms;
    child->backoff_ms = child->backoff_ms ? 2 * child->backoff_ms : BACKOFF_FIRST_MS;
    if (child->backoff_ms > BACKOFF_LAST_MS)
        child->backoff_ms = BACKOFF_LAST_MS;
}

static void start (rap_supervisor_t *self, child_t *child, int64_t now_ms)
{
    int ends[2];
    pid_t parent = getpid (), pid = -1;
    if (pipe2 (ends, O_CLOEXEC) == 0) {
        pid = fork ();
        if (pid == 0)
            become (self, child, ends[1], parent);
        close (ends[1]);
        if (pid < 0)
            close (ends[0]);
    }
    if (pid < 0) {
        rap_log (RAP_LOG_ERROR, "daemon.not_started", "daemon", child->name, "reason", strerror (errno), NULL);
        wait_to_start (child, now_ms);
        return;
    }
    child->pid = pid;
    child->signal_due = 0;
    child->ready_fd = ends[0];
    child->state = STARTING;
    child->started_ms = now_ms;
    rap_logf (RAP_LOG_INFO, "daemon.started", "daemon=%s pid=%d", child->name, (int)pid);
}

void rap_supervisor_start (rap_supervisor_t *self, int64_t now_ms)
{
    for (size_t i = 0; i < self->count; i++)
        start (self, &self->children[i], now_ms);
}

//  --- endings ---------------------------------------------------------------------
static void describe_end (char *text, size_t size, int status)
{
    if (WIFSIGNALED (status))
        snprintf (text, size, "was ended by signal %d (%s)", WTERMSIG (status), strsignal (WTERMSIG (status)));
    else
        snprintf (text, size, "ended with status %d", WEXITSTATUS (status));
}

static void bury (rap_supervisor_t *self, child_t *child, int status, int64_t now_ms)
{
    char how[128];
    bool refused = WIFEXITED (status) && WEXITSTATUS (status) == 2;
    describe_end (how, sizeof how, status);
    child->pid = 0;
    if (child->ready_fd >= 0)
        close (child->ready_fd);
    child->ready_fd = -1;
    child->ended_well = WIFEXITED (status) && WEXITSTATUS (status) == 0;
    if (child->stopping) {
        child->state = STOPPED;
        rap_log (RAP_LOG_INFO, "daemon.stopped", "daemon", child->name, "how", how, NULL);
        return;
    }
    rap_log (RAP_LOG_WARN, "daemon.ended", "daemon", child->name, "how", how, NULL);
    //  Refused sooner; but the last of those whom it follows may still be holding the files.
    child->failed_starts += refused ? 2 : 1;
    if (!child->was_ready && child->failed_starts >= STARTS_MAX && child->aside) {
        child->state = STOPPED;
        rap_log (RAP_LOG_WARN, "daemon.given_up", "daemon", child->name, "how", how, NULL);
        return;
    }
    if (!child->was_ready && child->failed_starts >= STARTS_MAX)
        rap_refuse (&self->hopeless, "rapporteur-%s cannot work here: it %s before it was ready", child->name, how);
    if (now_ms - child->started_ms >= HEALTHY_MS)
        child->backoff_ms = 0;
    wait_to_start (child, now_ms);
}

static void reap (rap_supervisor_t *self, int64_t now_ms)
{
    for (size_t i = 0; i < self->count; i++) {
        child_t *child = &self->children[i];
        int status;
        if (child->pid > 0 && waitpid (child->pid, &status, WNOHANG) == child->pid)
            bury (self, child, status, now_ms);
    }
}

static void hear_ready (child_t *child)
{
    char word[16];
    ssize_t len = read (child->ready_fd, word, sizeof word);
    if (len < 0 && errno == EINTR)
        return;
    if (len > 0 && child->state == STARTING) {
        child->state = RUNNING;
        child->was_ready = true;
        if (child->signal_due)
            kill (child->pid, child->signal_due);
        child->signal_due = 0;
        rap_log (RAP_LOG_INFO, "daemon.ready", "daemon", child->name, NULL);
    }
    close (child->ready_fd);
    child->ready_fd = -1;
}

static void restart_due (rap_supervisor_t *self, int64_t now_ms)
{
    for (size_t i = 0; i < self->count; i++) {
        child_t *child = &self->children[i];
        if (child->state != WAITING || now_ms < child->start_at_ms || child->stopping)
            continue;
        self->restarts++;
        start (self, child, now_ms);
    }
}

static int read_signals (rap_supervisor_t *self)
{
    int signal, wanted = 0;
    while ((signal = rap_signals_read (self->signals)) != 0)
        if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP)
            wanted = signal;
    return wanted;
}

//  Milliseconds until a child is to be started, at most `timeout_ms`.
static int until_due (const rap_supervisor_t *self, int64_t now_ms, int timeout_ms)
{
    for (size_t i = 0; i < self->count; i++) {
        const child_t *child = &self->children[i];
        if (child->state != WAITING || child->stopping)
            continue;
        int64_t left = child->start_at_ms > now_ms ? child->start_at_ms - now_ms : 0;
        if (left < timeout_ms)
            timeout_ms = (int)left;
    }
    return timeout_ms;
}

int rap_supervisor_turn (rap_supervisor_t *self, int64_t now_ms, int timeout_ms)
{
    struct pollfd polled[CHILDREN_MAX + 1] = {{.fd = self->signals, .events = POLLIN}};
    for (size_t i = 0; i < self->count; i++)
        polled[i + 1] = (struct pollfd){.fd = self->children[i].ready_fd, .events = POLLIN};
    if (poll (polled, self->count + 1, until_due (self, now_ms, timeout_ms)) > 0)
        for (size_t i = 0; i < self->count; i++)
            if (polled[i + 1].revents && self->children[i].ready_fd >= 0)
                hear_ready (&self->children[i]);
    int wanted = read_signals (self);
    now_ms = rap_clock_ms ();
    reap (self, now_ms);
    restart_due (self, now_ms);
    return wanted;
}

void rap_supervisor_signal (rap_supervisor_t *self, int signal)
{
    for (size_t i = 0; i < self->count; i++) {
        child_t *child = &self->children[i];
        if (child->state == RUNNING && child->pid > 0)
            kill (child->pid, signal);
        else if (child->state == STARTING)
            child->signal_due = signal;
    }
}

bool rap_supervisor_ready (const rap_supervisor_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->children[i].state != RUNNING && !self->children[i].aside)
            return false;
    return true;
}

bool rap_supervisor_has (const rap_supervisor_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->children[i].name, name) == 0)
            return self->children[i].state == RUNNING;
    return false;
}

const char *rap_supervisor_hopeless (const rap_supervisor_t *self)
{
    return self->hopeless.text[0] ? self->hopeless.text : NULL;
}

uint32_t rap_supervisor_restarts (const rap_supervisor_t *self)
{
    return self->restarts;
}

bool rap_supervisor_stop (rap_supervisor_t *self, const char *name, int64_t patience_ms)
{
    child_t *child = NULL;
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->children[i].name, name) == 0)
            child = &self->children[i];
    if (!child)
        return true;
    child->stopping = true;
    if (child->pid == 0) {
        child->state = STOPPED;
        return child->ended_well;
    }
    int64_t now_ms = rap_clock_ms (), end_ms = now_ms + patience_ms;
    kill (child->pid, SIGTERM);
    while (child->pid > 0 && now_ms < end_ms) {
        int wanted = rap_supervisor_turn (self, now_ms, (int)(end_ms - now_ms < 1000 ? end_ms - now_ms : 1000));
        if (wanted == SIGTERM || wanted == SIGINT)
            end_ms = 0;
        now_ms = rap_clock_ms ();
    }
    if (child->pid == 0)
        return child->ended_well;
    rap_log (RAP_LOG_WARN, "daemon.killed", "daemon", child->name, NULL);
    kill (child->pid, SIGKILL);
    while (child->pid > 0)
        rap_supervisor_turn (self, rap_clock_ms (), 1000);
    return false;
}
