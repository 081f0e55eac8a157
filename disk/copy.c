//  copy: in steps, so that a writer is never waited for; one transaction of ours holds the
//  moment, so that no step begins anew.
#include "copy.h"

#include <fcntl.h>
#include <unistd.h>

#include "rapporteur/sums.h"
#include "sql.h"

enum { PAGES = 4096, BUSY_MS = 10000, PAUSE_MS = 20 };

static rap_status_t copy_pages (sqlite3 *from, sqlite3 *to, const char *path, rap_reason_t *reason)
{
    sqlite3_backup *backup = sqlite3_backup_init (to, "main", from, "main");
    int code = backup ? SQLITE_OK : sqlite3_errcode (to);
    while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED) {
        code = sqlite3_backup_step (backup, PAGES);
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
            sqlite3_sleep (PAUSE_MS);
    }
    sqlite3_backup_finish (backup);
    return code == SQLITE_DONE ? RAP_OK : rap_fail (reason, "%s: %s", path, sqlite3_errstr (code));
}

rap_status_t rap_copy_file (const char *from, const char *to, rap_reason_t *reason)
{
    sqlite3 *source = NULL, *target = NULL;
    //  Strict: what is damaged is not copied as if it were whole. Sums of before the log was put into it say nothing.
    const char *vfs = rap_sums_log_gone (from) ? NULL : rap_sums_vfs_strict ();
    int code = sqlite3_open_v2 (from, &source, SQLITE_OPEN_READWRITE, vfs);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout (source, BUSY_MS);
        sqlite3_db_config (source, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        code = sqlite3_exec (source, "PRAGMA query_only = 1; BEGIN; SELECT count (*) FROM sqlite_schema", NULL, NULL,
                             NULL);
    }
    if (code == SQLITE_OK)
        code = sqlite3_open_v2 (to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, rap_sums_vfs ());
    rap_status_t status = code == SQLITE_OK ? copy_pages (source, target, from, reason)
                                            : rap_fail (reason, "%s: %s", from, sqlite3_errstr (code));
    sqlite3_close (source);
    if (!target)
        return status;
    if (!sql_close (&target, to, status == RAP_OK ? reason : NULL) && status == RAP_OK)
        status = RAP_FAILED;
    //  The copy is what it is now; its log is empty.
    return status == RAP_OK ? rap_sums_seal (to, reason) : status;
}

void rap_copy_sync_folder (const char *path)
{
    int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync (fd);
        close (fd);
    }
}
