//  adopt: files by their names.
#include "adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "copy.h"
#include "database.h"

enum { BESIDE = 16 };

//  What is beside a database: its log, the log's index, its sums.
static const char *const parts[] = {"", "-wal", "-shm", "-sums"};

//  Locks out a sink; -1 if there is one.
static int lock_out (const char *db)
{
    char path[RAP_PATH_MAX + BESIDE];
    snprintf (path, sizeof path, "%s-lock", db);
    int lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock >= 0 && flock (lock, LOCK_EX | LOCK_NB) != 0) {
        close (lock);
        return -1;
    }
    return lock;
}

static rap_status_t check (const rap_place_t *place, const rap_place_t *from, const char *kept, rap_reason_t *reason)
{
    if (rap_place_is_served (place))
        return rap_refuse (reason, "the service is running; stop it first");
    if (access (kept, F_OK) == 0 && access (place->db, F_OK) == 0)
        return rap_refuse (reason, "%s is there already, from the last time; move it away", kept);
    rap_database_t *journal = rap_database_open (from->journal, reason);
    if (!journal)
        return RAP_REFUSED;
    int64_t open =
        rap_database_number (journal, "SELECT count (*) FROM document WHERE state IN ('taken', 'split')", NULL, 0);
    rap_database_close (&journal);
    if (open)
        return rap_refuse (reason, "%s is not finished: the same 'replay' again goes on", from->db);
    return RAP_OK;
}

//  The file itself last: as long as it is not in its place, the move is not finished.
static rap_status_t move (const char *from, const char *to, rap_reason_t *reason)
{
    char old[RAP_PATH_MAX + BESIDE], new[RAP_PATH_MAX + BESIDE];
    for (size_t i = sizeof parts / sizeof *parts; i-- > 0;) {
        snprintf (old, sizeof old, "%s%s", from, parts[i]);
        snprintf (new, sizeof new, "%s%s", to, parts[i]);
        if (rename (old, new) != 0 && errno != ENOENT)
            return rap_fail (reason, "%s: %s", old, strerror (errno));
    }
    snprintf (old, sizeof old, "%s", to);
    rap_copy_sync_folder (dirname (old));
    return RAP_OK;
}

static void remove_journal (const char *journal)
{
    char path[RAP_PATH_MAX + BESIDE];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf (path, sizeof path, "%s%s", journal, parts[i]);
        unlink (path);
    }
    snprintf (path, sizeof path, "%s.lock", journal);
    unlink (path);
}

rap_status_t rap_adopt (const rap_place_t *place, const rap_place_t *from, char *kept, rap_reason_t *reason)
{
    if (snprintf (kept, RAP_PATH_MAX, "%s.before-replay", place->db) >= RAP_PATH_MAX)
        return rap_refuse (reason, "%s: the path is too long", place->db);
    if (check (place, from, kept, reason) != RAP_OK)
        return RAP_REFUSED;
    int ours = lock_out (place->db), theirs = lock_out (from->db);
    rap_status_t status = RAP_OK;
    if (ours < 0 || theirs < 0)
        status = rap_refuse (reason, "a sink is writing to %s", ours < 0 ? place->db : from->db);
    //  If it is not there, who tried last was stopped between these two.
    if (status == RAP_OK && access (place->db, F_OK) == 0)
        status = move (place->db, kept, reason);
    if (status == RAP_OK)
        status = move (from->db, place->db, reason);
    if (status == RAP_OK)
        remove_journal (from->journal);
    if (ours >= 0)
        close (ours);
    if (theirs >= 0)
        close (theirs);
    return status;
}
