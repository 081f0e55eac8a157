//  daemon: beginning and end of a daemon, its signals.
#include "rapporteur/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#ifdef RAP_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "rapporteur/bars.h"
#include "rapporteur/log.h"

//  Signal dispositions as the process was given them, for its children.
static struct {
    bool kept;
    sigset_t mask;
    struct sigaction pipe;
} before;

void rap_daemon_hold_standard (void)
{
    int fd;
    do
        fd = open ("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close (fd);
}

bool rap_daemon_begin (const char *name, const rap_daemon_options_t *common)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    rap_daemon_hold_standard ();
    rap_log_init (name);
    if (!common->log)
        return true;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp (levels[i], common->log) == 0) {
            rap_log_set_level ((rap_log_level_t)i);
            return true;
        }
    fprintf (stderr, "rapporteur-%s: --log takes error, warn, info or debug, not '%s'\n", name, common->log);
    return false;
}

bool rap_daemon_drop (const char *name, const rap_daemon_options_t *common)
{
    rap_reason_t reason;
    if (common->unconfined)
        rap_bars_leave_open ();
    if (rap_bars_become (common->user, &reason) == RAP_OK)
        return true;
    fprintf (stderr, "rapporteur-%s: %s\n", name, reason.text);
    return false;
}

//  Where systemd started us it is told, too; our children have nothing to tell it.
static void tell_systemd (void)
{
#ifdef RAP_SYSTEMD
    int told = sd_notify (1, "READY=1");
    if (told < 0)
        rap_log (RAP_LOG_WARN, "daemon.ready_unheard", "reason", strerror (-told), NULL);
#endif
}

void rap_daemon_ready (const rap_daemon_options_t *common)
{
    static const char word[] = "READY\n";
    int fd = (int)common->ready_fd;
    tell_systemd ();
    if (fd < 0)
        return;
    ssize_t sent;
    do
        sent = write (fd, word, sizeof word - 1);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        rap_log (RAP_LOG_WARN, "daemon.ready_unheard", "reason", strerror (errno), NULL);
    if (fd > STDERR_FILENO)
        close (fd);
}

int rap_signals_open (int also)
{
    sigset_t set;
    sigemptyset (&set);
    sigaddset (&set, SIGTERM);
    sigaddset (&set, SIGINT);
    sigaddset (&set, SIGHUP);
    if (also)
        sigaddset (&set, also);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t mask;
    struct sigaction was;
    sigprocmask (SIG_BLOCK, &set, &mask);
    sigaction (SIGPIPE, &ignore, &was);
    if (!before.kept) {
        before.mask = mask;
        before.pipe = was;
        before.kept = true;
    }
    int fd = signalfd (-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        rap_log (RAP_LOG_ERROR, "daemon.no_descriptor", "reason", strerror (errno), NULL);
        exit (1);
    }
    return fd;
}

int rap_signals_read (int signals)
{
    struct signalfd_siginfo info;
    ssize_t got;
    do
        got = read (signals, &info, sizeof info);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

void rap_signals_restore (void)
{
    if (!before.kept)
        return;
    sigaction (SIGPIPE, &before.pipe, NULL);
    sigprocmask (SIG_SETMASK, &before.mask, NULL);
}
