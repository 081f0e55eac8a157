#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rapporteur/sums.h"

static const char *const tails[] = {"", "-wal", "-shm", "-sums"};

enum { TAILS = sizeof tails / sizeof *tails };

bool sql_run (sqlite3 *db, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    char *sql = sqlite3_vmprintf (format, arguments);
    va_end (arguments);
    bool well = sql && sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_free (sql);
    return well;
}

sqlite3_stmt *sql_ask (sqlite3 *db, const char *format, ...)
{
    sqlite3_stmt *rows = NULL;
    va_list arguments;
    va_start (arguments, format);
    char *sql = sqlite3_vmprintf (format, arguments);
    va_end (arguments);
    if (sql)
        sqlite3_prepare_v2 (db, sql, -1, &rows, NULL);
    sqlite3_free (sql);
    return rows;
}

int64_t sql_number (sqlite3 *db, int64_t none, const char *format, ...)
{
    sqlite3_stmt *row = NULL;
    va_list arguments;
    va_start (arguments, format);
    char *sql = sqlite3_vmprintf (format, arguments);
    va_end (arguments);
    int64_t number = none;
    if (sql && sqlite3_prepare_v2 (db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step (row) == SQLITE_ROW
        && sqlite3_column_type (row, 0) != SQLITE_NULL)
        number = sqlite3_column_int64 (row, 0);
    sqlite3_finalize (row);
    sqlite3_free (sql);
    return number;
}

bool sql_attach (sqlite3 *db, const char *path, const char *name)
{
    return sql_run (db, "ATTACH %Q AS %w", path, name)
           && sql_number (db, -1, "SELECT count (*) FROM %w.sqlite_schema", name) > 0;
}

sqlite3 *sql_open_strict (const char *path)
{
    sqlite3 *db = NULL;
    if (access (path, F_OK) == 0
        && sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, rap_sums_vfs_strict ()) == SQLITE_OK
        && sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK
        && sql_number (db, 0, "SELECT count (*) FROM sqlite_schema") > 0)
        return db;
    sqlite3_close (db);
    return NULL;
}

sqlite3 *sql_open (const char *path, rap_reason_t *reason)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, rap_sums_vfs ()) != SQLITE_OK
        || !sql_run (db, "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536")) {
        rap_fail (reason, "%s: %s", path, db ? sqlite3_errmsg (db) : "out of memory");
        sqlite3_close (db);
        return NULL;
    }
    sqlite3_busy_timeout (db, 10000);
    //  What is attached stays as it was found, its log too.
    sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return db;
}

bool sql_close (sqlite3 **db_p, const char *path, rap_reason_t *reason)
{
    char beside[SQL_PATH_ROOM];
    int left = 0, moved = 0;
    int code = sqlite3_wal_checkpoint_v2 (*db_p, "main", SQLITE_CHECKPOINT_TRUNCATE, &left, &moved);
    if (code != SQLITE_OK)
        rap_fail (reason, "%s: %s", path, sqlite3_errmsg (*db_p));
    sqlite3_close (*db_p);
    *db_p = NULL;
    for (int i = 1; code == SQLITE_OK && i < 3; i++) { //  the log is empty
        snprintf (beside, sizeof beside, "%.4096s%s", path, tails[i]);
        unlink (beside);
    }
    return code == SQLITE_OK;
}

void sql_remove (const char *path)
{
    char beside[SQL_PATH_ROOM];
    for (int i = 0; i < TAILS; i++) {
        snprintf (beside, sizeof beside, "%.4096s%s", path, tails[i]);
        unlink (beside);
    }
}

//  Names made or moved are on disk when their folder is.
static void sync_folder (const char *path)
{
    char copy[SQL_PATH_ROOM];
    snprintf (copy, sizeof copy, "%.4096s", path);
    int fd = open (dirname (copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync (fd);
        close (fd);
    }
}

rap_status_t sql_move (const char *from, const char *to, rap_reason_t *reason)
{
    char old[SQL_PATH_ROOM], new[SQL_PATH_ROOM];
    //  What stands beside it first: the file itself makes it count.
    for (int i = TAILS - 1; i >= 0; i--) {
        snprintf (old, sizeof old, "%.4096s%s", from, tails[i]);
        snprintf (new, sizeof new, "%.4096s%s", to, tails[i]);
        if (rename (old, new) != 0 && (errno != ENOENT || i == 0))
            return rap_fail (reason, "%s: cannot be moved to %s: %s", old, new, strerror (errno));
    }
    sync_folder (to);
    return RAP_OK;
}

//  The columns that a table has in both, with commas; how many. To be freed by sqlite3_free.
static char *shared_columns (sqlite3 *db, sqlite3 *old, const char *table, int *count)
{
    sqlite3_stmt *names = sql_ask (db, "SELECT name FROM pragma_table_info (%Q)", table);
    sqlite3_str *columns = sqlite3_str_new (NULL);
    *count = 0;
    while (names && sqlite3_step (names) == SQLITE_ROW)
        if (sql_number (old, 0, "SELECT count (*) FROM pragma_table_info (%Q) WHERE name = %Q", table,
                        sqlite3_column_text (names, 0)))
            sqlite3_str_appendf (columns, "%s\"%w\"", (*count)++ ? ", " : "", sqlite3_column_text (names, 0));
    sqlite3_finalize (names);
    return sqlite3_str_finish (columns);
}

static bool hand_over (sqlite3_stmt *rows, sqlite3_stmt *add, int columns)
{
    int code = SQLITE_ERROR;
    while (rows && add && (code = sqlite3_step (rows)) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++)
            sqlite3_bind_value (add, i + 1, sqlite3_column_value (rows, i));
        if (sqlite3_step (add) != SQLITE_DONE)
            return false;
        sqlite3_reset (add);
    }
    return code == SQLITE_DONE;
}

bool sql_copy (sqlite3 *db, sqlite3 *old, const char *table, const char *where, ...)
{
    int count;
    va_list arguments;
    va_start (arguments, where);
    char *columns = shared_columns (db, old, table, &count), *condition = sqlite3_vmprintf (where, arguments);
    va_end (arguments);
    sqlite3_str *marks = sqlite3_str_new (NULL);
    for (int i = 0; i < count; i++)
        sqlite3_str_appendall (marks, i ? ", ?" : "?");
    char *places = sqlite3_str_finish (marks);
    sqlite3_stmt *rows = count ? sql_ask (old, "SELECT %s FROM %w WHERE %s", columns, table, condition) : NULL;
    sqlite3_stmt *add = sql_ask (db, "INSERT OR IGNORE INTO %w (%s) VALUES (%s)", table, columns, places);
    bool well = hand_over (rows, add, count);
    sqlite3_finalize (rows);
    sqlite3_finalize (add);
    sqlite3_free (columns);
    sqlite3_free (condition);
    sqlite3_free (places);
    return well;
}

void sql_fresh_path (char to[SQL_PATH_ROOM], const char *path)
{
    snprintf (to, SQL_PATH_ROOM, "%.4000s.repair", path);
}

void sql_done_path (char to[SQL_PATH_ROOM], const char *path)
{
    snprintf (to, SQL_PATH_ROOM, "%.4000s.repaired", path);
}

bool sql_is_half_replaced (const char *path)
{
    char done[SQL_PATH_ROOM];
    sql_done_path (done, path);
    return access (done, F_OK) == 0;
}

rap_status_t sql_replace (const char *path, char aside[SQL_PATH_ROOM], rap_reason_t *reason)
{
    char done[SQL_PATH_ROOM], stamp[32] = "";
    time_t now = time (NULL);
    struct tm parts;
    sql_done_path (done, path);
    aside[0] = 0;
    if (access (path, F_OK) == 0) {
        strftime (stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r (&now, &parts));
        snprintf (aside, SQL_PATH_ROOM, "%.4000s.damaged-%s", path, stamp);
        if (sql_move (path, aside, reason) != RAP_OK)
            return RAP_FAILED;
    }
    return sql_move (done, path, reason);
}

rap_status_t sql_call_done (const char *path, rap_reason_t *reason)
{
    char fresh[SQL_PATH_ROOM], done[SQL_PATH_ROOM];
    sql_fresh_path (fresh, path);
    sql_done_path (done, path);
    if (access (path, F_OK) != 0)
        sql_remove (path); //  a log without its file
    return sql_move (fresh, done, reason);
}
