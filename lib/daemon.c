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

//  The options were checked when they were read; what else calls us may say anything.
static bool set_log (const rap_daemon_options_t *common)
{
    const char *format = common->log_format ? common->log_format : "auto";
    return rap_log_set_level_by_name (common->log) && rap_log_set_format (format);
}

bool rap_daemon_begin (const char *name, const rap_daemon_options_t *common)
{
    rap_daemon_hold_standard ();
    rap_log_init (name);
    if (!set_log (common)) {
        fprintf (stderr, "rapporteur-%s: --log takes error, warn, info or debug, not '%s'\n", name,
                 common->log ? common->log : "");
        return false;
    }
    if (rap_options_file ())
        rap_log (RAP_LOG_INFO, "config.read", "file", rap_options_file (), NULL);
    return true;
}

bool rap_daemon_reload (const rap_daemon_options_t *common)
{
    if (!rap_options_reload ())
        return false;
    set_log (common);
    rap_log (RAP_LOG_INFO, "config.reloaded", "file", rap_options_file () ? rap_options_file () : "none", NULL);
    return true;
}

//  SIGHUP reads it again. Its folder, since an editor puts a new file in its place; it
//  may be that of the data, which the processes that read documents shall not see.
static void reach_config (void)
{
    char *folder = rap_options_watched () ? strdup (rap_options_watched ()) : NULL;
    char *slash = folder ? strrchr (folder, '/') : NULL;
    if (slash)
        slash[slash == folder] = 0;
    if (folder)
        rap_bars_reach (slash ? folder : ".", RAP_REACH_READ_FIRST);
    free (folder);
}

bool rap_daemon_drop (const char *name, const rap_daemon_options_t *common)
{
    rap_reason_t reason;
    if (common->unconfined)
        rap_bars_leave_open ();
    reach_config ();
    if (rap_bars_become (common->user, &reason) == RAP_OK)
        return true;
    fprintf (stderr, "rapporteur-%s: %s\n", name, reason.text);
    return false;
}

//  Where systemd started us it is told, too.
static void tell_systemd (void)
{
#ifdef RAP_SYSTEMD
    int told = sd_notify (0, "READY=1");
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
    if (got != (ssize_t)sizeof info)
        return 0;
    bool hung_up = info.ssi_signo == SIGHUP && info.ssi_code == SI_KERNEL;
    return hung_up ? SIGTERM : (int)info.ssi_signo;
}

void rap_signals_restore (void)
{
    if (!before.kept)
        return;
    sigaction (SIGPIPE, &before.pipe, NULL);
    sigprocmask (SIG_SETMASK, &before.mask, NULL);
}
