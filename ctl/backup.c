//  backup: a copy of journal and database while the service runs. The journal first:
//  what it calls done then, the database has by now.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "copy.h"
#include "rapporteur/options.h"

#include "place.h"
#include "term.h"
#include "verbs.h"

typedef struct {
    char folder[RAP_PATH_MAX]; //  DIR-OUT.partial, until all is well
    char journal[RAP_PATH_MAX + 32];
    char store[RAP_PATH_MAX + 32];
} copy_t;

static rap_status_t begin (copy_t *self, const char *out, rap_reason_t *reason)
{
    struct stat is;
    if (lstat (out, &is) == 0)
        return rap_refuse (reason, "%s is there already; a backup writes over nothing", out);
    if (snprintf (self->folder, sizeof self->folder, "%s.partial", out) >= (int)sizeof self->folder)
        return rap_refuse (reason, "%s: a path too long", out);
    if (mkdir (self->folder, 0700) != 0)
        return rap_fail (reason, "%s: %s%s", self->folder, strerror (errno),
                         errno == EEXIST ? "; what is left of a backup that was cut off: remove it first" : "");
    snprintf (self->journal, sizeof self->journal, "%s/journal.db", self->folder);
    snprintf (self->store, sizeof self->store, "%s/rapporteur.db", self->folder);
    return RAP_OK;
}

static rap_status_t verify (rap_file_kind_t kind, const char *path, rap_reason_t *reason)
{
    rap_check_t check;
    if (rap_check_file (&check, kind, path, reason) != RAP_OK)
        return RAP_FAILED;
    for (int i = 0; i < RAP_FAULTS_COUNT; i++)
        if (check.counts[i] && rap_fault_gravity ((rap_fault_t)i) > 0)
            return rap_fail (reason,
                             "the copy %s is not sound: %s (%s); look at the service's own with 'rapporteur fsck'",
                             path, rap_fault_meaning ((rap_fault_t)i), check.first[i]);
    return RAP_OK;
}

static void forget (const copy_t *self)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-sums", "-journal"};
    char path[RAP_PATH_MAX + 48];
    for (size_t i = 0; i < 2 * sizeof tails / sizeof *tails; i++) {
        snprintf (path, sizeof path, "%s%s", i % 2 ? self->store : self->journal, tails[i / 2]);
        unlink (path);
    }
    rmdir (self->folder);
}

//  The name is given at the end: what bears it is whole.
static rap_status_t end (const copy_t *self, const char *out, rap_reason_t *reason)
{
    static const char *const traces[] = {"-wal", "-shm"};
    char path[RAP_PATH_MAX + 48];
    for (size_t i = 0; i < 4; i++) { //  empty ones, of the check
        snprintf (path, sizeof path, "%s%s", i % 2 ? self->store : self->journal, traces[i / 2]);
        unlink (path);
    }
    rap_copy_sync_folder (self->folder);
    if (rename (self->folder, out) != 0)
        return rap_fail (reason, "%s: %s", out, strerror (errno));
    snprintf (path, sizeof path, "%.4000s/..", out);
    rap_copy_sync_folder (path);
    return RAP_OK;
}

static rap_status_t back_up (const rap_place_t *place, const char *out, rap_reason_t *reason)
{
    copy_t self;
    rap_status_t status = begin (&self, out, reason);
    if (status != RAP_OK)
        return status;
    status = rap_copy_file (place->journal, self.journal, reason);
    if (status == RAP_OK)
        status = rap_copy_file (place->db, self.store, reason);
    if (status == RAP_OK)
        status = verify (RAP_FILE_JOURNAL, self.journal, reason);
    if (status == RAP_OK)
        status = verify (RAP_FILE_STORE, self.store, reason);
    if (status == RAP_OK)
        status = end (&self, out, reason);
    if (status != RAP_OK)
        forget (&self);
    return status;
}

int rap_verb_backup (int argc, char **argv)
{
    const char *data = NULL, *db = NULL;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db, .value = "FILE", .help = "database of a single run"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur backup",
        .summary = "copy journal and database while the service runs",
        .operands = "DIR-OUT",
        .options = options,
        .more =
            "Makes the folder DIR-OUT with journal.db and rapporteur.db as they are at one moment each, the "
            "journal's\n"
            "first, and looks at both as 'rapporteur fsck' does. Nothing is written over, and DIR-OUT is there only\n"
            "when all is well. To restore: 'rapporteur up --data' on a copy of that folder."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    if (count != 1)
        return rap_options_wrong (&usage, "one DIR-OUT must be given");
    rap_place_t place;
    rap_reason_t reason = {""};
    if (rap_place_find (&place, data, db, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    if (back_up (&place, argv[1], &reason) != RAP_OK)
        return rap_term_fail ("%s", reason.text);
    return 0;
}
