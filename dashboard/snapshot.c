//  snapshot: SQLite, asked.
#include "snapshot.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "rapporteur/clock.h"
#include "rapporteur/log.h"

enum {
    STEPS = 2000,      //  of SQLite's machine between looks at the clock
    BUSY_MS = 250,     //  for locks that the sink holds at its start and end
    CACHE_KIB = 32768, //  of pages
};

struct rap_reader {
    const char *path;
    sqlite3 *db;
    dev_t device; //  of the open file
    ino_t inode;
    int64_t openings; //  so that versions of different files differ
    int64_t deadline_ms;
    int64_t whole_ms; //  the deadline of the whole answer
    atomic_bool interrupted;
    bool late;
    bool asking; //  a transaction is open
    int error;   //  the first of SQLite's that was not lateness; 0 none
    rap_reason_t why;
};

struct rap_found {
    rap_snapshot_t *reader;
    sqlite3_stmt *statement; //  NULL after a failure
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

rap_snapshot_t *rap_snapshot_new (const char *path)
{
    rap_snapshot_t *self = must (calloc (1, sizeof *self));
    self->path = path;
    return self;
}

static void close_file (rap_snapshot_t *self)
{
    sqlite3_close_v2 (self->db);
    self->db = NULL;
}

void rap_snapshot_destroy (rap_snapshot_t **self_p)
{
    rap_snapshot_t *self = *self_p;
    if (!self)
        return;
    close_file (self);
    free (self);
    *self_p = NULL;
}

static int look_at_clock (void *context)
{
    rap_snapshot_t *self = context;
    if (atomic_load (&self->interrupted) || rap_clock_ms () > self->deadline_ms)
        self->late = true;
    return self->late;
}

static void note_error (rap_snapshot_t *self, int code)
{
    if (code == SQLITE_INTERRUPT && self->late)
        return;
    if (!self->error)
        rap_reason_set (&self->why, "%s: %s", self->path,
                        self->db ? sqlite3_errmsg (self->db) : sqlite3_errstr (code));
    self->error = self->error ? self->error : code;
}

static bool run (rap_snapshot_t *self, const char *sql)
{
    int code = sqlite3_exec (self->db, sql, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        note_error (self, code);
    return code == SQLITE_OK;
}

static rap_status_t open_file (rap_snapshot_t *self, const struct stat *about, rap_reason_t *reason)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2 (self->path, &self->db, flags, NULL) != SQLITE_OK) {
        rap_reason_set (reason, "%s: %s", self->path, sqlite3_errmsg (self->db));
        close_file (self);
        return RAP_AGAIN;
    }
    self->device = about->st_dev;
    self->inode = about->st_ino;
    self->openings++;
    sqlite3_busy_timeout (self->db, BUSY_MS);
    sqlite3_progress_handler (self->db, STEPS, look_at_clock, self);
    sqlite3_limit (self->db, SQLITE_LIMIT_ATTACHED, 0);
    char pragmas[96];
    sqlite3_snprintf (sizeof pragmas, pragmas,
                      "PRAGMA query_only = 1; PRAGMA cache_size = -%d; PRAGMA temp_store = 2", CACHE_KIB);
    if (run (self, pragmas))
        return RAP_OK;
    *reason = self->why;
    close_file (self);
    return RAP_AGAIN;
}

//  The file that has the name now.
static rap_status_t hold_file (rap_snapshot_t *self, rap_reason_t *reason)
{
    struct stat about;
    if (stat (self->path, &about) != 0) {
        close_file (self);
        rap_reason_set (reason, "%s: %s", self->path,
                        errno == ENOENT ? "there is no database yet" : strerror (errno));
        return RAP_AGAIN;
    }
    if (self->db && (self->device != about.st_dev || self->inode != about.st_ino)) {
        rap_log (RAP_LOG_INFO, "database.replaced", "path", self->path, NULL);
        close_file (self);
    }
    return self->db ? RAP_OK : open_file (self, &about, reason);
}

static rap_status_t check_schema (rap_snapshot_t *self, rap_reason_t *reason)
{
    int64_t version = rap_snapshot_number (self, "PRAGMA user_version", NULL, 0, -1);
    if (version >= RAP_SNAPSHOT_SCHEMA_MIN && version <= RAP_SCHEMA_VERSION)
        return RAP_OK;
    if (version > RAP_SCHEMA_VERSION)
        rap_reason_set (reason,
                        "%s: its schema is %" PRId64 ", and this dashboard knows %d at most: bring the dashboard up "
                        "to the sink's version",
                        self->path, version, RAP_SCHEMA_VERSION);
    else if (version >= 0)
        rap_reason_set (reason,
                        "%s: its schema is %" PRId64 ", and %d is needed: start this version's rapporteur-sink (or "
                        "rapporteur run) on it once",
                        self->path, version, RAP_SNAPSHOT_SCHEMA_MIN);
    return RAP_AGAIN;
}

rap_status_t rap_snapshot_begin (rap_snapshot_t *self, int64_t limit_ms, rap_reason_t *reason)
{
    assert (!self->asking);
    self->deadline_ms = self->whole_ms = rap_clock_ms () + limit_ms;
    self->late = false;
    self->error = 0;
    atomic_store (&self->interrupted, false);
    if (hold_file (self, reason) != RAP_OK)
        return RAP_AGAIN;
    self->asking = run (self, "BEGIN");
    rap_status_t status = self->asking ? check_schema (self, reason) : RAP_AGAIN;
    if (status == RAP_OK)
        return RAP_OK;
    if (self->error)
        *reason = self->why;
    if (self->asking)
        sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
    self->asking = false;
    close_file (self);
    return RAP_AGAIN;
}

rap_status_t rap_snapshot_end (rap_snapshot_t *self, rap_reason_t *reason)
{
    assert (self->asking);
    self->asking = false;
    self->deadline_ms = INT64_MAX;
    atomic_store (&self->interrupted, false);
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
    if (self->late) {
        rap_reason_set (reason, "it took too long; ask for less");
        return RAP_AGAIN;
    }
    if (!self->error)
        return RAP_OK;
    *reason = self->why;
    rap_log (RAP_LOG_WARN, "database.unread", "reason", self->why.text, NULL);
    close_file (self);
    return RAP_FAILED;
}

void rap_snapshot_hurry (rap_snapshot_t *self, int64_t limit_ms)
{
    int64_t until_ms = rap_clock_ms () + limit_ms;
    self->deadline_ms = until_ms < self->whole_ms ? until_ms : self->whole_ms;
}

bool rap_snapshot_was_late (rap_snapshot_t *self)
{
    bool late = self->late;
    self->deadline_ms = self->whole_ms;
    if (!atomic_load (&self->interrupted) && rap_clock_ms () <= self->whole_ms)
        self->late = false;
    return late;
}

void rap_snapshot_interrupt (rap_snapshot_t *self)
{
    atomic_store (&self->interrupted, true);
}

int64_t rap_snapshot_version (rap_snapshot_t *self)
{
    self->deadline_ms = rap_clock_ms () + BUSY_MS;
    self->late = false;
    self->error = 0;
    rap_reason_t reason;
    if (hold_file (self, &reason) != RAP_OK)
        return 0;
    int64_t version = rap_snapshot_number (self, "PRAGMA data_version", NULL, 0, 0);
    return (self->openings << 40) + version;
}

//  --- rows ------------------------------------------------------------------------
static bool bind_one (sqlite3_stmt *statement, int at, const rap_bind_t *bind)
{
    switch (bind->kind) {
    case RAP_BIND_TEXT:
        return sqlite3_bind_text (statement, at, bind->text, -1, SQLITE_STATIC) == SQLITE_OK;
    case RAP_BIND_INTEGER:
        return sqlite3_bind_int64 (statement, at, bind->integer) == SQLITE_OK;
    case RAP_BIND_REAL:
        return sqlite3_bind_double (statement, at, bind->real) == SQLITE_OK;
    default:
        return true;
    }
}

rap_found_t *rap_snapshot_ask (rap_snapshot_t *self, const char *sql, const rap_bind_t *binds, int binds_count)
{
    rap_found_t *found = must (calloc (1, sizeof *found));
    found->reader = self;
    if (self->late || self->error)
        return found;
    int code = sqlite3_prepare_v2 (self->db, sql, -1, &found->statement, NULL);
    if (code != SQLITE_OK) {
        note_error (self, code);
        return found;
    }
    for (int i = 0; i < binds_count; i++)
        if (!bind_one (found->statement, i + 1, &binds[i]))
            note_error (self, SQLITE_RANGE);
    return found;
}

void rap_found_end (rap_found_t **self_p)
{
    rap_found_t *self = *self_p;
    if (!self)
        return;
    sqlite3_finalize (self->statement);
    free (self);
    *self_p = NULL;
}

bool rap_found_next (rap_found_t **self_p)
{
    rap_found_t *self = *self_p;
    if (!self)
        return false;
    rap_snapshot_t *reader = self->reader;
    int code = self->statement && !reader->late && !reader->error ? sqlite3_step (self->statement) : SQLITE_DONE;
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        note_error (reader, code);
    rap_found_end (self_p);
    return false;
}

const char *rap_found_text (const rap_found_t *self, int column)
{
    return (const char *)sqlite3_column_text (self->statement, column);
}

int64_t rap_found_integer (const rap_found_t *self, int column)
{
    return sqlite3_column_int64 (self->statement, column);
}

double rap_found_real (const rap_found_t *self, int column)
{
    return sqlite3_column_double (self->statement, column);
}

bool rap_found_is_null (const rap_found_t *self, int column)
{
    return sqlite3_column_type (self->statement, column) == SQLITE_NULL;
}

bool rap_found_is_text (const rap_found_t *self, int column)
{
    return sqlite3_column_type (self->statement, column) == SQLITE_TEXT;
}

bool rap_found_is_integer (const rap_found_t *self, int column)
{
    return sqlite3_column_type (self->statement, column) == SQLITE_INTEGER;
}

int rap_found_columns (const rap_found_t *self)
{
    return self->statement ? sqlite3_column_count (self->statement) : 0;
}

const char *rap_found_name (const rap_found_t *self, int column)
{
    return sqlite3_column_name (self->statement, column);
}

int64_t rap_snapshot_number (rap_snapshot_t *self, const char *sql, const rap_bind_t *binds, int binds_count,
                             int64_t otherwise)
{
    rap_found_t *found = rap_snapshot_ask (self, sql, binds, binds_count);
    int64_t number = otherwise;
    if (rap_found_next (&found))
        number = rap_found_integer (found, 0);
    rap_found_end (&found);
    return number;
}
