//  database: one connection, questions as prepared statements.
#include "database.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term.h"

//  A writer holds its lock for a commit; that is milliseconds.
enum { BUSY_MS = 10000 };

struct rap_database {
    sqlite3 *handle;
    char *path;
};

struct rap_rows {
    rap_database_t *database;
    sqlite3_stmt *statement;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

static int open_read_only (const char *path, bool immutable, sqlite3 **handle)
{
    //  As a URI, so that "immutable" can be said; what URIs mean otherwise is escaped.
    char *uri = must (malloc (3 * strlen (path) + 64)), *to = uri;
    to = stpcpy (to, "file:");
    for (const char *c = path; *c; c++) {
        if (strchr ("%?#", *c))
            to += sprintf (to, "%%%02X", (unsigned char)*c);
        else
            *to++ = *c;
    }
    stpcpy (to, immutable ? "?mode=ro&immutable=1" : "?mode=ro"); //  room: see malloc
    int rc = sqlite3_open_v2 (uri, handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    free (uri);
    return rc;
}

static int probe (sqlite3 *handle)
{
    sqlite3_busy_timeout (handle, BUSY_MS);
    return sqlite3_exec (handle, "PRAGMA query_only = 1; SELECT count (*) FROM sqlite_schema", NULL, NULL, NULL);
}

//  A folder that we may not write to has no room for the files that readers share.
//  If nobody has the database open, it does not change, and can be read as it is.
static int open_unchanging (const char *path, sqlite3 **handle)
{
    char wal[4096];
    snprintf (wal, sizeof wal, "%s-wal", path);
    if (access (wal, F_OK) == 0)
        return SQLITE_CANTOPEN;
    sqlite3_close (*handle);
    int rc = open_read_only (path, true, handle);
    return rc == SQLITE_OK ? probe (*handle) : rc;
}

static rap_database_t *own (sqlite3 *handle, int rc, const char *path, rap_reason_t *reason)
{
    if (rc != SQLITE_OK) {
        bool damaged = (rc & 0xff) == SQLITE_NOTADB || (rc & 0xff) == SQLITE_CORRUPT;
        rap_refuse (reason, "%s: %s%s", path, handle ? sqlite3_errmsg (handle) : sqlite3_errstr (rc),
                    damaged ? "; put a copy of it back, or move it away" : "");
        sqlite3_close (handle);
        return NULL;
    }
    rap_database_t *self = must (calloc (1, sizeof *self));
    self->handle = handle;
    self->path = must (strdup (path));
    return self;
}

rap_database_t *rap_database_open (const char *path, rap_reason_t *reason)
{
    sqlite3 *handle = NULL;
    if (access (path, R_OK) != 0) {
        rap_refuse (reason, "%s: %s", path, strerror (errno));
        return NULL;
    }
    int rc = open_read_only (path, false, &handle);
    if (rc == SQLITE_OK)
        rc = probe (handle);
    if (rc == SQLITE_CANTOPEN || rc == SQLITE_READONLY)
        rc = open_unchanging (path, &handle);
    return own (handle, rc, path, reason);
}

rap_database_t *rap_database_open_still (const char *path, rap_reason_t *reason)
{
    sqlite3 *handle = NULL;
    int rc = open_unchanging (path, &handle);
    if (rc == SQLITE_OK)
        return own (handle, rc, path, reason);
    sqlite3_close (handle); //  a log is beside it: read it as any other
    return rap_database_open (path, reason);
}

rap_database_t *rap_database_open_memory (rap_reason_t *reason)
{
    sqlite3 *handle = NULL;
    int rc = sqlite3_open_v2 (":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, NULL);
    return own (handle, rc, ":memory:", reason);
}

void rap_database_close (rap_database_t **self_p)
{
    if (!*self_p)
        return;
    sqlite3_close ((*self_p)->handle);
    free ((*self_p)->path);
    free (*self_p);
    *self_p = NULL;
}

rap_rows_t *rap_database_try (rap_database_t *self, const char *sql, const char *const *texts, int texts_count,
                              rap_reason_t *reason)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2 (self->handle, sql, -1, &statement, NULL) != SQLITE_OK) {
        rap_refuse (reason, "%s: %s", self->path, sqlite3_errmsg (self->handle));
        return NULL;
    }
    for (int i = 0; i < texts_count; i++)
        sqlite3_bind_text (statement, i + 1, texts[i], -1, SQLITE_TRANSIENT);
    rap_rows_t *rows = must (calloc (1, sizeof *rows));
    *rows = (rap_rows_t){.database = self, .statement = statement};
    return rows;
}

static _Noreturn void give_up (const rap_database_t *self)
{
    const char *what = sqlite3_errmsg (self->handle);
    const char *advice = strstr (what, "fts5") ? "mind the syntax of full-text expressions, or leave out --raw"
                                               : "is it a database of this version?";
    exit (rap_term_fail ("%s: %s; %s", self->path, what, advice));
}

rap_rows_t *rap_database_ask (rap_database_t *self, const char *sql, const char *const *texts, int texts_count)
{
    rap_rows_t *rows = rap_database_try (self, sql, texts, texts_count, NULL);
    if (!rows)
        give_up (self);
    return rows;
}

bool rap_rows_next (rap_rows_t **self_p)
{
    rap_rows_t *self = *self_p;
    int rc = sqlite3_step (self->statement);
    if (rc == SQLITE_ROW)
        return true;
    if (rc != SQLITE_DONE)
        give_up (self->database);
    rap_rows_end (self_p);
    return false;
}

void rap_rows_end (rap_rows_t **self_p)
{
    if (!*self_p)
        return;
    sqlite3_finalize ((*self_p)->statement);
    free (*self_p);
    *self_p = NULL;
}

const char *rap_rows_text (const rap_rows_t *self, int column)
{
    return (const char *)sqlite3_column_text (self->statement, column);
}

bool rap_rows_is_text (const rap_rows_t *self, int column)
{
    return sqlite3_column_type (self->statement, column) == SQLITE_TEXT;
}

size_t rap_rows_bytes (const rap_rows_t *self, int column)
{
    return (size_t)sqlite3_column_bytes (self->statement, column);
}

int64_t rap_rows_integer (const rap_rows_t *self, int column)
{
    return sqlite3_column_int64 (self->statement, column);
}

double rap_rows_real (const rap_rows_t *self, int column)
{
    return sqlite3_column_double (self->statement, column);
}

int rap_rows_columns (const rap_rows_t *self)
{
    return sqlite3_column_count (self->statement);
}

const char *rap_rows_name (const rap_rows_t *self, int column)
{
    return sqlite3_column_name (self->statement, column);
}

int64_t rap_database_number (rap_database_t *self, const char *sql, const char *const *texts, int texts_count)
{
    int64_t number = 0;
    rap_rows_t *rows = rap_database_ask (self, sql, texts, texts_count);
    if (rap_rows_next (&rows))
        number = rap_rows_integer (rows, 0);
    rap_rows_end (&rows);
    return number;
}

bool rap_database_has_table (rap_database_t *self, const char *name)
{
    return rap_database_number (self, "SELECT count (*) FROM sqlite_schema WHERE name = ?1", &name, 1) > 0;
}

void rap_database_hold (rap_database_t *self)
{
    //  The moment is that of the first reading.
    if (sqlite3_exec (self->handle, "BEGIN; SELECT count (*) FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
        give_up (self);
}

//  The member's row, to be finalized; NULL if the text is no JSON.
static sqlite3_stmt *member (const char *json, const char *path)
{
    static sqlite3 *parser; //  of the process: SQLite's JSON, without a file
    sqlite3_stmt *statement = NULL;
    if (!parser && sqlite3_open_v2 (":memory:", &parser, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return NULL;
    if (sqlite3_prepare_v2 (parser, "SELECT json_extract (?1, ?2) WHERE json_valid (?1)", -1, &statement, NULL)
        != SQLITE_OK)
        return NULL;
    sqlite3_bind_text (statement, 1, json, -1, SQLITE_STATIC);
    sqlite3_bind_text (statement, 2, path, -1, SQLITE_STATIC);
    if (sqlite3_step (statement) == SQLITE_ROW)
        return statement;
    sqlite3_finalize (statement);
    return NULL;
}

int64_t rap_json_number (const char *json, const char *path)
{
    sqlite3_stmt *found = member (json, path);
    bool is_number = found && sqlite3_column_type (found, 0) == SQLITE_INTEGER;
    int64_t number = is_number ? sqlite3_column_int64 (found, 0) : -1;
    sqlite3_finalize (found);
    return number;
}

char *rap_json_string (const char *json, const char *path)
{
    sqlite3_stmt *found = member (json, path);
    bool is_text = found && sqlite3_column_type (found, 0) == SQLITE_TEXT;
    char *text = is_text ? must (strdup ((const char *)sqlite3_column_text (found, 0))) : NULL;
    sqlite3_finalize (found);
    return text;
}
