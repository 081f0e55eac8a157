//  up: the lasting service of a folder.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/bars.h"
#include "rapporteur/clock.h"
#include "rapporteur/daemon.h"
#include "rapporteur/keys.h"
#include "rapporteur/log.h"

#include "place.h"
#include "programs.h"
#include "service.h"
#include "term.h"
#include "verbs.h"

enum { DRAIN_MS = 30000 };

typedef struct {
    const char *data;
    const char *rules;
    int64_t workers;
    const char *listen;
    const char *keys; //  NULL: the folder's own
    const char *dashboard;
    bool no_dashboard;
    rap_daemon_options_t common;
    char inbox[RAP_PATH_MAX], run[RAP_PATH_MAX], cache[RAP_PATH_MAX], own_keys[RAP_PATH_MAX];
} up_t;

static rap_status_t make_folder (const char *path, mode_t mode, rap_reason_t *reason)
{
    struct stat about;
    if (mkdir (path, mode) == 0)
        return RAP_OK;
    if (errno != EEXIST)
        return rap_refuse (reason, "%s: cannot be made: %s", path, strerror (errno));
    if (stat (path, &about) != 0 || !S_ISDIR (about.st_mode))
        return rap_refuse (reason, "%s: is there, but is no folder", path);
    return RAP_OK;
}

static rap_status_t make_folders (up_t *self, rap_reason_t *reason)
{
    snprintf (self->inbox, sizeof self->inbox, "%s/inbox", self->data);
    snprintf (self->run, sizeof self->run, "%s/run", self->data);
    snprintf (self->cache, sizeof self->cache, "%s/cache", self->data);
    //  Sockets are for whom the service runs as: whoever can reach them may submit and drain.
    if (make_folder (self->data, 0755, reason) != RAP_OK || make_folder (self->inbox, 0775, reason) != RAP_OK
        || make_folder (self->cache, 0755, reason) != RAP_OK)
        return RAP_REFUSED;
    return make_folder (self->run, 0700, reason);
}

//  The service's own keys, where they are missing: as other services make theirs at the first start.
static rap_status_t make_key (const char *folder, rap_role_t role, rap_reason_t *reason)
{
    rap_key_t key;
    rap_keys_t *keys = rap_keys_read (folder, NULL, role, NULL, NULL, reason);
    char path[RAP_PATH_MAX + 32];
    snprintf (path, sizeof path, "%s/%s.secret", folder, rap_role_name (role));
    bool there = keys != NULL || access (path, F_OK) == 0; //  what is wrong with it, the daemon says
    rap_keys_destroy (&keys);
    if (there)
        return RAP_OK;
    rap_status_t status = rap_key_make (&key, rap_role_name (role), role, reason);
    if (status == RAP_OK)
        status = rap_key_write (&key, folder, reason);
    explicit_bzero (key.secret_key, sizeof key.secret_key);
    if (status == RAP_OK)
        rap_log (RAP_LOG_INFO, "key.made", "file", path, NULL);
    return status;
}

static rap_status_t make_keys (up_t *self, rap_reason_t *reason)
{
    if (!self->listen)
        return RAP_OK;
    snprintf (self->own_keys, sizeof self->own_keys, "%s/keys", self->data);
    if (!self->keys)
        self->keys = self->own_keys;
    rap_status_t status = make_key (self->keys, RAP_ROLE_SINK, reason);
    return status == RAP_OK ? make_key (self->keys, RAP_ROLE_INGEST, reason) : status;
}

//  Held until the process ends; -1 if another has it.
static int lock_folder (const up_t *self, rap_reason_t *reason)
{
    char path[RAP_PATH_MAX + 16];
    snprintf (path, sizeof path, "%s/up.lock", self->run);
    int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    if (errno == EWOULDBLOCK)
        rap_refuse (reason, "a service runs on %s already; 'rapporteur status --data %s' shows it", self->data,
                    self->data);
    else
        rap_refuse (reason, "%s: %s", path, strerror (errno));
    if (fd >= 0)
        close (fd);
    return -1;
}

//  Looks after the daemons until told to end; the exit status.
static int watch (const up_t *self, rap_supervisor_t *supervisor, rap_daemon_options_t *common)
{
    bool told_ready = false, told_url = self->no_dashboard;
    char url[128];
    rap_supervisor_start (supervisor, rap_clock_ms ());
    for (;;) {
        int signal = rap_supervisor_turn (supervisor, rap_clock_ms (), 60000);
        if (signal == SIGHUP) {
            (void)rap_daemon_reload (common);
            rap_supervisor_signal (supervisor, SIGHUP);
        } else if (signal) {
            rap_log (RAP_LOG_INFO, "service.draining", "signal", strsignal (signal), NULL);
            return rap_service_stop (supervisor, DRAIN_MS) ? 0 : 1;
        }
        if (!told_url && rap_service_url (supervisor, self->run, url, sizeof url)) {
            told_url = true;
            printf ("dashboard: %s\n", url);
            fflush (stdout);
        }
        const char *hopeless = rap_supervisor_hopeless (supervisor);
        if (hopeless) {
            rap_service_stop (supervisor, DRAIN_MS);
            return rap_term_fail ("%s; its log above says why", hopeless);
        }
        if (!told_ready && rap_supervisor_ready (supervisor)) {
            told_ready = true;
            rap_log (RAP_LOG_INFO, "service.ready", NULL);
            rap_daemon_ready (common);
        }
    }
}

//  A person who starts it as root may want just that; the daemons then have no capabilities.
static bool drop (const up_t *self)
{
    rap_reason_t reason;
    if (geteuid () == 0 && !self->common.user && !getenv ("RAPPORTEUR_USER")) {
        rap_log (RAP_LOG_WARN, "service.root", "advice", "--user NAME has the service become a user of its own",
                 NULL);
        return true;
    }
    if (rap_bars_become (self->common.user, &reason) == RAP_OK)
        return true;
    rap_term_fail ("%s", reason.text);
    return false;
}

static int serve (up_t *self, const rap_usage_t *usage)
{
    rap_reason_t reason;
    rap_place_t place;
    if (rap_place_find_service (&place, self->data, &reason) != RAP_OK)
        return rap_options_wrong (usage, "%s", reason.text);
    self->data = place.data;
    if (!rap_daemon_begin ("up", &self->common) || !drop (self))
        return 2;
    if (make_folders (self, &reason) != RAP_OK || lock_folder (self, &reason) < 0
        || make_keys (self, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    if (access (place.db, F_OK) != 0 && access (place.journal, F_OK) == 0)
        rap_log (RAP_LOG_WARN, "service.database_gone", "database", place.db, "advice",
                 "the journal has what was in it: 'rapporteur audit --mend' makes it anew", NULL);
    rap_options_hand_on (); //  what is not on our command line they read in the file themselves, now and again
    rap_supervisor_t *supervisor = rap_supervisor_new (rap_signals_open (SIGCHLD), SIGTERM, -1);
    rap_service_t service = {.db = place.db,
                             .journal = place.journal,
                             .run = self->run,
                             .inbox = self->inbox,
                             .cache = self->cache,
                             .rules = rap_options_flagged (&self->rules) ? self->rules : NULL,
                             .log = rap_options_flagged (&self->common.log) ? self->common.log : NULL,
                             .log_format =
                                 rap_options_flagged (&self->common.log_format) ? self->common.log_format : NULL,
                             .metrics = self->common.metrics,
                             .unconfined = self->common.unconfined,
                             .workers = rap_options_flagged (&self->workers) ? self->workers : 0,
                             .listen = self->listen,
                             .keys = self->keys,
                             .dashboard = self->no_dashboard ? NULL : self->dashboard};
    int status = 1;
    if (rap_service_add (&service, supervisor, &reason) == RAP_OK)
        status = watch (self, supervisor, &self->common);
    else
        rap_term_fail ("%s", reason.text);
    rap_supervisor_destroy (&supervisor);
    return status;
}

//  --check-config is for the daemons, too.
static int check_all (void)
{
    rap_programs_t programs;
    rap_reason_t reason;
    if (rap_programs_find (&programs, &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    int status = rap_programs_check (&programs, rap_options_file ());
    rap_programs_fini (&programs);
    return status;
}

int rap_verb_up (int argc, char **argv)
{
    up_t self = {.dashboard = "", .common = RAP_DAEMON_DEFAULTS};
    const rap_option_t options[] = {
        {.name = "data", .into = &self.data, .value = "DIR", .help = "folder of the service; made if missing"},
        {.name = "workers",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.workers,
         .value = "N",
         .help = "worker processes (default: one a processor)",
         .min = 1,
         .max = 256,
         .reload = true},
        {.name = "listen",
         .into = &self.listen,
         .value = "HOST[:PORT]",
         .help = "also serve other machines, by key, on PORT (default 5701) and the next three"},
        {.name = "keys",
         .into = &self.keys,
         .value = "DIR",
         .help = "folder of keys for --listen (default: DATA/keys)"},
        {.name = "dashboard",
         .into = &self.dashboard,
         .value = "ADDRESS:PORT",
         .help = "where the dashboard serves (default: 127.0.0.1:8460, or a free port)"},
        {.name = "no-dashboard", .kind = RAP_OPTION_FLAG, .into = &self.no_dashboard, .help = "start no dashboard"},
        {.name = "rules", .into = &self.rules, .value = "DIR", .help = "folder of the rules", .reload = true},
        RAP_LOG_OPTIONS (self.common),
        {.name = "user",
         .into = &self.common.user,
         .value = "NAME",
         .help = "become this user; for who starts as root"},
        {.name = "unconfined",
         .kind = RAP_OPTION_FLAG,
         .into = &self.common.unconfined,
         .help = "daemons go without seccomp and Landlock"},
        {.name = "metrics",
         .into = &self.common.metrics,
         .value = "ADDR",
         .help = "metrics and health of ingest at PORT or HOST:PORT, of workers and sink at the next two ports"},
        {.name = "ready-fd",
         .kind = RAP_OPTION_NUMBER,
         .into = &self.common.ready_fd,
         .value = "N",
         .help = "write READY to descriptor N once all daemons serve",
         .max = 1 << 20,
         .once = true},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur up",
        .summary = "run the lasting service of a folder, in the foreground",
        .options = options,
        .more =
            "DIR/inbox takes documents, DIR/rapporteur.db has what was read and found. Without --data, "
            "$RAPPORTEUR_DATA\n"
            "names the folder. A daemon that ends is started again. SIGHUP reads configuration and rules again. "
            "SIGTERM and Ctrl-C let workers, ingest and sink\n"
            "finish what is under way, in this order; nothing that was taken is lost either way.\n"
            "--listen is for workers, submitters and readers of the feed elsewhere (work, results, submit, feed: "
            "PORT to\n"
            "PORT + 3); who has no key of that role in keys/allowed is not let in. 'rapporteur keygen' makes keys."};
    int status = rap_options_read (&usage, argc, argv, NULL);
    if (status == 0 && rap_options_checked () && !rap_programs_checking ())
        return check_all ();
    if (status < 0 && rap_options_flagged (&self.keys) && !self.listen)
        return rap_options_wrong (&usage, "--keys is for --listen HOST; sockets of this machine need none");
    return status >= 0 ? status : serve (&self, &usage);
}
