//  oneshot: a supervisor, a temporary folder, and waiting for "idle".
#include "oneshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/clock.h"
#include "rapporteur/daemon.h"
#include "rapporteur/log.h"

#include "database.h"
#include "rapporteur/command.h"
#include "service.h"
#include "term.h"

enum {
    POLL_MS = 10, //  between questions whether all is done
    SETTLE_MS = 10000,
    ANSWER_MS = 2000,    //  for an answer
    URL_MS = 10000,      //  for the dashboard to be ready
    START_MS = 60000,    //  for ingest to be ready
    STALLED_MS = 120000, //  nothing moved for so long: give up
    DRAIN_MS = 30000,    //  for each daemon to end
    HANDIN_MS = 60000,   //  for ingest to answer a submission
    LOG_SHOWN = 2000,    //  bytes of the log shown after a failure
};

struct rap_oneshot {
    char folder[64]; //  "" if not made
    char log[96];    //  "" if the log goes to standard error
    char submit[112];
    rap_supervisor_t *supervisor;
    rap_asker_t *asker;
    int signals;
    int signal; //  that said to end; 0 none
    uint32_t asked_documents;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- folders -------------------------------------------------------------------
//  A short path: sockets' paths have at most 107 bytes.
static rap_status_t make_folder (rap_oneshot_t *self, rap_reason_t *reason)
{
    const char *tmp = getenv ("TMPDIR");
    if (!tmp || !*tmp || strlen (tmp) > 32)
        tmp = "/tmp";
    snprintf (self->folder, sizeof self->folder, "%s/rapporteur.XXXXXX", tmp);
    if (mkdtemp (self->folder))
        return RAP_OK;
    rap_refuse (reason, "%s: no temporary folder: %s; set TMPDIR", self->folder, strerror (errno));
    self->folder[0] = 0;
    return RAP_REFUSED;
}

//  All in it is ours, and flat.
static void remove_folder (const rap_oneshot_t *self)
{
    DIR *folder = self->folder[0] ? opendir (self->folder) : NULL;
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir (folder)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat (dirfd (folder), entry->d_name, 0);
    closedir (folder);
    rmdir (self->folder);
}

const char *rap_oneshot_cache (char *path, size_t size)
{
    const char *cache = getenv ("XDG_CACHE_HOME"), *home = getenv ("HOME");
    int len;
    if (cache && *cache == '/')
        len = snprintf (path, size, "%s/", cache);
    else if (home && *home == '/')
        len = snprintf (path, size, "%s/.cache/", home);
    else
        return NULL;
    if (len < 0 || (size_t)len + sizeof "rapporteur" > size || (mkdir (path, 0700) != 0 && errno != EEXIST))
        return NULL;
    snprintf (path + len, size - (size_t)len, "rapporteur");
    return mkdir (path, 0700) == 0 || errno == EEXIST ? path : NULL;
}

//  --- life ----------------------------------------------------------------------
//  Looks after the daemons; false if it makes no sense to go on.
static bool turn_for (rap_oneshot_t *self, int timeout_ms)
{
    int signal = rap_supervisor_turn (self->supervisor, rap_clock_ms (), timeout_ms);
    if (signal)
        self->signal = signal;
    return !self->signal && !rap_supervisor_hopeless (self->supervisor);
}

static rap_status_t why_ended (const rap_oneshot_t *self, rap_reason_t *reason)
{
    if (self->signal)
        return rap_fail (reason, "ended by %s; the same command again goes on where this one stopped",
                         strsignal (self->signal));
    return rap_fail (reason, "%s", rap_supervisor_hopeless (self->supervisor));
}

static rap_status_t add_daemons (rap_oneshot_t *self, const rap_oneshot_options_t *options, rap_reason_t *reason)
{
    char cache[RAP_PATH_MAX];
    int log_fd = -1;
    if (!options->log) {
        snprintf (self->log, sizeof self->log, "%s/log", self->folder);
        log_fd = open (self->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    //  What is under way is in the journal: if we are killed, the daemons may be too.
    self->supervisor = rap_supervisor_new (self->signals, SIGKILL, log_fd);
    rap_options_close (); //  no file says to them where else to look for documents
    rap_service_t service = {.db = options->place->db,
                             .journal = options->place->journal,
                             .run = self->folder,
                             .cache = rap_oneshot_cache (cache, sizeof cache),
                             .rules = options->rules,
                             .programs = options->programs,
                             .log = options->log,
                             .workers = options->workers,
                             .dashboard = options->dashboard ? "" : NULL};
    return rap_service_add (&service, self->supervisor, reason);
}

static rap_status_t wait_for_ingest (rap_oneshot_t *self, rap_reason_t *reason)
{
    int64_t end_ms = rap_clock_ms () + START_MS;
    rap_supervisor_start (self->supervisor, rap_clock_ms ());
    while (!rap_supervisor_has (self->supervisor, "ingest")) {
        if (!turn_for (self, 1000))
            return why_ended (self, reason);
        if (rap_clock_ms () > end_ms)
            return rap_fail (reason, "ingest is not ready after %d s", START_MS / 1000);
    }
    snprintf (self->submit, sizeof self->submit, "ipc://%s/submit.ipc", self->folder);
    self->asker = rap_asker_new (self->submit, NULL, reason);
    return self->asker ? RAP_OK : RAP_FAILED;
}

rap_oneshot_t *rap_oneshot_new (const rap_oneshot_options_t *options, rap_reason_t *reason)
{
    rap_oneshot_t *self = must (calloc (1, sizeof *self));
    //  Our own words are the summary; the supervisor's log lines matter only where they are asked for.
    rap_log_init ("run");
    if (!options->log)
        rap_log_set_level (RAP_LOG_ERROR);
    self->signals = rap_signals_open (SIGCHLD);
    if (make_folder (self, reason) == RAP_OK && add_daemons (self, options, reason) == RAP_OK
        && wait_for_ingest (self, reason) == RAP_OK)
        return self;
    if (self->supervisor)
        rap_oneshot_explain (self);
    rap_oneshot_destroy (&self);
    return NULL;
}

void rap_oneshot_destroy (rap_oneshot_t **self_p)
{
    rap_oneshot_t *self = *self_p;
    if (!self)
        return;
    rap_asker_destroy (&self->asker);
    if (self->supervisor)
        rap_service_stop (self->supervisor, DRAIN_MS);
    rap_supervisor_destroy (&self->supervisor);
    remove_folder (self);
    close (self->signals);
    free (self);
    *self_p = NULL;
}

bool rap_oneshot_url (rap_oneshot_t *self, char *url, size_t size)
{
    int64_t end_ms = rap_clock_ms () + URL_MS;
    while (!rap_service_url (self->supervisor, self->folder, url, size))
        if (!turn_for (self, 100) || rap_clock_ms () > end_ms)
            return false;
    return true;
}

void rap_oneshot_stay (rap_oneshot_t *self)
{
    while (turn_for (self, 60000)) {
    }
}

void rap_oneshot_explain (const rap_oneshot_t *self)
{
    char bytes[LOG_SHOWN + 1];
    FILE *file = self->log[0] && !self->signal ? fopen (self->log, "r") : NULL;
    if (!file)
        return;
    bool cut = fseek (file, -LOG_SHOWN, SEEK_END) == 0;
    if (!cut)
        rewind (file);
    size_t len = fread (bytes, 1, LOG_SHOWN, file);
    bytes[len] = 0;
    fclose (file);
    const char *from = bytes, *line = strchr (bytes, '\n');
    if (cut && line)
        from = line + 1;
    fputs (*from ? "The last lines of the daemons' log:\n    " : "", stderr);
    rap_term_put (stderr, from, 4);
    fputs (*from ? "\n" : "", stderr);
}

//  --- work ----------------------------------------------------------------------
static bool turn_at_once (void *self)
{
    rap_oneshot_t *oneshot = self;
    return turn_for (oneshot, 0);
}

static void show_handed_in (void *self, const rap_handin_item_t *item)
{
    rap_oneshot_t *oneshot = self;
    (void)item;
    rap_progress_show (0, ++oneshot->asked_documents, "handed in");
}

rap_status_t rap_oneshot_hand_in (rap_oneshot_t *self, rap_handin_item_t *items, uint32_t count, rap_reason_t *reason)
{
    rap_handin_options_t options = {
        .address = self->submit, .timeout_ms = HANDIN_MS, .told = show_handed_in, .turn = turn_at_once, .self = self};
    if (rap_handin (&options, items, count, reason) != RAP_OK)
        return RAP_FAILED;
    if (self->signal || rap_supervisor_hopeless (self->supervisor))
        return why_ended (self, reason);
    return RAP_OK;
}

rap_status_t rap_oneshot_command (rap_oneshot_t *self, const char *command, const char *document_id, uint32_t ordinal,
                                  bool *ok, const char **report)
{
    return rap_asker_ask (self->asker, command, document_id, ordinal, ANSWER_MS, ok, report);
}

rap_status_t rap_oneshot_order (rap_oneshot_t *self, const rap_command_t *command, bool *ok, const char **report)
{
    return rap_asker_order (self->asker, command, ANSWER_MS, ok, report);
}

void rap_oneshot_settle (rap_oneshot_t *self)
{
    int64_t end_ms = rap_clock_ms () + SETTLE_MS;
    const char *report;
    bool ok;
    while (rap_clock_ms () < end_ms && turn_for (self, POLL_MS))
        if (rap_oneshot_command (self, "status", "", 0, &ok, &report) == RAP_OK
            && rap_json_number (report, "$.notices") == 0)
            return;
}

//  What has come of the documents; all but `idle` for the progress line.
typedef struct {
    bool idle;
    int64_t settled, documents, chunks;
} state_t;

static state_t read_state (const char *report)
{
    int64_t taken = rap_json_number (report, "$.documents.taken"),
            split = rap_json_number (report, "$.documents.split");
    state_t state = {.idle = rap_json_number (report, "$.idle") == 1,
                     .settled = rap_json_number (report, "$.documents.complete")
                                + rap_json_number (report, "$.documents.quarantined")
                                + rap_json_number (report, "$.documents.dropped"),
                     .chunks = rap_json_number (report, "$.chunks.stored")
                               + rap_json_number (report, "$.chunks.quarantined")};
    state.documents = state.settled + taken + split;
    return state;
}

static void show (const state_t *state)
{
    char note[64], number[RAP_NUMBER_MAX];
    snprintf (note, sizeof note, "%s chunks", rap_term_number (number, state->chunks));
    rap_progress_show (state->settled, state->documents, note);
}

rap_status_t rap_oneshot_finish (rap_oneshot_t *self, rap_reason_t *reason)
{
    state_t before = {0};
    int64_t moved_ms = rap_clock_ms ();
    for (;;) {
        const char *report;
        bool ok;
        if (rap_oneshot_command (self, "status", "", 0, &ok, &report) == RAP_OK) {
            state_t now = read_state (report);
            show (&now);
            if (now.idle)
                break;
            if (now.settled != before.settled || now.chunks != before.chunks || now.documents != before.documents)
                moved_ms = rap_clock_ms ();
            before = now;
        }
        if (!turn_for (self, POLL_MS))
            return why_ended (self, reason);
        if (rap_clock_ms () - moved_ms > STALLED_MS)
            return rap_fail (reason, "nothing has moved for %d s; the same command again goes on", STALLED_MS / 1000);
    }
    rap_progress_end ();
    return RAP_OK;
}
