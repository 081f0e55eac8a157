#include "store.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "group.h"
#include "link.h"
#include "rapporteur/arena.h"
#include "rapporteur/clock.h"
#include "rapporteur/log.h"
#include "rapporteur/sums.h"
#include "rows.h"
#include "tokens.h"

//  The steps and views of schema.sql, as one string (see CMakeLists.txt).
extern const char rap_schema_sql[];

enum {
    ORDINAL_BITS = 20,      //  of chunk_id; RAP_DOCUMENT_CHUNKS_MAX fits
    PAGE_SIZE = 8192,       //  facts are small and come in order: larger pages mean fewer of them
    CACHE_KIB = 128 * 1024, //  pages kept, at most: a page that is read anew is summed anew, too (doc/performance.md)
    BUSY_MS = 1000,         //  how long another writer (an operator's shell) may hold us up
    WAL_PAGES = 4096,       //  32 MiB: checkpoint when the log is longer than this after a commit
    WAL_PAGES_LATE = 65536, //  512 MiB: readers hold the log; from here on wait for them a little
    WAL_KEPT = 128 << 20,   //  bytes of the log's file that stay when it starts anew
    LINK_DOCUMENTS = 256,   //  documents linked in one transaction
    SCHEMES_MAX = 64,       //  of annotators
    SCHEME_BITS = 16,       //  of n, below the scheme's number; RAP_FINDINGS_MAX fits
    DUE_CHUNKS = 2048,      //  looked at in one go for what is not annotated
    REMOVED_CHUNKS = 2048,  //  annotations removed in one group
};
#define NUMBER_MAX (UINT64_C (1) << 40) //  of a document; with the ordinal it stays well inside 63 bits
#define WHOLE_DOCUMENT UINT32_MAX       //  ordinal of a notice

//  Every statement but those made of the finding schemas, prepared once.
#define STATEMENTS(S)                                                                                                \
    S (BEGIN, "BEGIN IMMEDIATE")                                                                                     \
    S (COMMIT, "COMMIT")                                                                                             \
    S (FIND_DOCUMENT, "SELECT number, chunks, stored FROM document WHERE document_id = ?1")                          \
    S (FIND_NUMBER, "SELECT 1 FROM document WHERE number = ?1")                                                      \
    S (NEXT_NUMBER, "SELECT max(number) + 1 FROM document")                                                          \
    S (ADD_DOCUMENT,                                                                                                 \
       "INSERT INTO document (document_id, source, symbol, other_symbols, title, kind, body, session, agenda_item,"  \
       " published, language, sha256, bytes, chunks, supersedes, splitter, pipeline, received_at, number,"           \
       " distribution) VALUES (?1, ?2, nullif(?3, ''), ?4, ?5, ?6, ?7, ?8, ?9, nullif(?10, ''), ?11, ?12, ?13, ?14," \
       " nullif(?15, ''), ?16, ?17, ?18, ?19, ?20)"                                                                  \
       " ON CONFLICT (document_id) DO UPDATE SET source = excluded.source, symbol = excluded.symbol,"                \
       " other_symbols = excluded.other_symbols, title = excluded.title, kind = excluded.kind,"                      \
       " body = excluded.body, session = excluded.session, agenda_item = excluded.agenda_item,"                      \
       " published = excluded.published, language = excluded.language, bytes = excluded.bytes,"                      \
       " chunks = excluded.chunks, supersedes = excluded.supersedes, splitter = excluded.splitter,"                  \
       " pipeline = excluded.pipeline, distribution = excluded.distribution")                                        \
    S (FIND_CHUNK, "SELECT 1 FROM provenance_chunk WHERE chunk_id = ?1")                                             \
    S (ADD_BATCH, "INSERT INTO provenance_batch (pipeline, worker, attempt, dispatched_at, committed_at)"            \
                  " VALUES (?1, ?2, ?3, ?4, '')")                                                                    \
    S (DATE_BATCHES, "UPDATE provenance_batch SET committed_at = ?2 WHERE batch_id >= ?1")                           \
    S (COUNT_STORED, "UPDATE document SET stored = stored + ?2 WHERE document_id = ?1")                              \
    S (SETTLE_QUARANTINE,                                                                                            \
       "UPDATE quarantine SET released_at = last_at WHERE document_id = ?1 AND released_at IS NULL"                  \
       " AND ordinal >= 0 AND EXISTS (SELECT 1 FROM provenance_chunk WHERE chunk_id = (?2 << 20 | ordinal))")        \
    S (SETTLE_DOCUMENT, "UPDATE document SET (state, linked, completed_at) = (SELECT s,"                             \
                        "  CASE s WHEN 'receiving' THEN NULL ELSE 0 END,"                                            \
                        "  CASE s WHEN 'complete' THEN coalesce(completed_at, ?2) END"                               \
                        "  FROM (SELECT CASE"                                                                        \
                        "    WHEN chunks > 0 AND stored = chunks THEN 'complete'"                                    \
                        "    WHEN given_up > 0 AND stored + given_up >= chunks OR whole > 0"                         \
                        "     THEN CASE waiting WHEN 0 THEN 'dropped' ELSE 'quarantined' END"                        \
                        "    ELSE 'receiving' END AS s"                                                              \
                        "   FROM (SELECT count(*) FILTER (WHERE ordinal >= 0) AS given_up,"                          \
                        "     count(*) FILTER (WHERE dropped_at IS NULL) AS waiting,"                                \
                        "     count(*) FILTER (WHERE ordinal < 0) AS whole FROM quarantine q"                        \
                        "     WHERE q.document_id = ?1 AND q.released_at IS NULL)))"                                 \
                        " WHERE document_id = ?1")                                                                   \
    S (QUARANTINE,                                                                                                   \
       "INSERT INTO quarantine (document_id, ordinal, cause, attempts, first_at, last_at, released_at, notice,"      \
       " dropped_at, dropped_by, dropped_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, ''), ?8,"                \
       " nullif(?9, ''), nullif(?10, ''), nullif(?11, ''))"                                                          \
       " ON CONFLICT (document_id, ordinal) DO UPDATE SET cause = excluded.cause, attempts = excluded.attempts,"     \
       " first_at = excluded.first_at, last_at = excluded.last_at, released_at = excluded.released_at,"              \
       " notice = excluded.notice, dropped_at = excluded.dropped_at, dropped_by = excluded.dropped_by,"              \
       " dropped_reason = excluded.dropped_reason WHERE excluded.notice > notice OR excluded.last_at > last_at")     \
    S (FIND_DUE, "SELECT number, document_id FROM document WHERE linked = 0 ORDER BY number LIMIT ?1")               \
    S (REPORT, "SELECT json_object ('document_id', document_id, 'state', state, 'source', source, 'symbol', symbol," \
               " 'title', title, 'kind', kind, 'chunks', chunks, 'stored', stored, 'completed_at', completed_at)"    \
               " FROM document WHERE document_id = ?1")                                                              \
    S (FIND_SCHEME, "SELECT scheme_id FROM annotation_scheme WHERE scheme = ?1")                                     \
    S (ADD_SCHEME, "INSERT INTO annotation_scheme (scheme) SELECT ?1"                                                \
                   " WHERE (SELECT count(*) FROM annotation_scheme) < ?2")                                           \
    S (DROP_SCHEME, "DELETE FROM annotation_scheme WHERE scheme_id = ?1")                                            \
    S (FIND_TEXT, "SELECT text FROM chunk WHERE chunk_id = ?1")                                                      \
    S (ADD_ANNOTATED, "INSERT INTO annotated (scheme_id, chunk_id, batch_id, processed_us, cause)"                   \
                      " VALUES (?1, ?2, ?3, ?4, nullif(?5, ''))")                                                    \
    S (FIND_ANNOTATED, "SELECT 1 FROM annotated WHERE scheme_id = ?1 AND chunk_id = ?2")                             \
    S (FIND_DUE_CHUNKS, "SELECT p.chunk_id, a.chunk_id IS NULL FROM"                                                 \
                        " (SELECT chunk_id FROM provenance_chunk WHERE chunk_id >= ?2 ORDER BY chunk_id LIMIT ?3) p" \
                        " LEFT JOIN annotated a ON a.scheme_id = ?1 AND a.chunk_id = p.chunk_id ORDER BY 1")         \
    S (FIND_ANNOTATIONS, "SELECT chunk_id FROM annotated WHERE scheme_id = ?1 LIMIT ?2")                             \
    S (DROP_CLASSES, "DELETE FROM classification WHERE chunk_id = ?1 AND n >= ?2 << 16 AND n < (?2 + 1) << 16")      \
    S (DROP_ANNOTATED, "DELETE FROM annotated WHERE scheme_id = ?1 AND chunk_id = ?2")                               \
    S (READ_WHOLE_DOCUMENT,                                                                                          \
       "SELECT document_id, source, coalesce(symbol, ''), other_symbols, title, kind, body, session, agenda_item,"   \
       " coalesce(published, ''), language, sha256, coalesce(supersedes, ''), splitter, pipeline, received_at,"      \
       " distribution, number, bytes, chunks FROM document WHERE number = ?1")                                       \
    S (READ_WHOLE_CHUNK, "SELECT ordinal, kind, part, label, text, section, source_start, source_end FROM chunk"     \
                         " WHERE chunk_id = ?1")                                                                     \
    S (READ_SECTIONS, "SELECT value FROM json_each(?1) ORDER BY id")                                                 \
    S (READ_MARKS, "SELECT start, footnote_chunk_id FROM footnote_mark WHERE chunk_id = ?1 ORDER BY n")              \
    S (HELD, "SELECT chunk_id FROM provenance_chunk WHERE chunk_id >= ?1 AND chunk_id < ?2 ORDER BY chunk_id")

typedef enum {
#define S(name, sql) STATEMENT_##name,
    STATEMENTS (S)
#undef S
        STATEMENT_COUNT
} statement_t;

static const char *const statement_sql[STATEMENT_COUNT] = {
#define S(name, sql) sql,
    STATEMENTS (S)
#undef S
};

struct rap_store {
    sqlite3 *db;
    int lock; //  a file beside the database, locked: one sink a database
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_rows_t *rows;
    rap_link_t *link;
    rap_group_t *group;
    bool in_group;
    rap_arena_t *arena;     //  of the group: what `batch` points to
    rap_provenance_t batch; //  the last one seen in this group
    int64_t batch_id;       //  0: none yet in this group
    int64_t batch_first;    //  of this group; 0: none
    bool was_new;           //  the last rap_store_add stored something
    int64_t chunk_id;       //  of that chunk
    int wal_pages;          //  after the last commit
};

//  --- failing ---------------------------------------------------------------

//  SQLite failed: nothing of the group stays.
static rap_status_t failed (rap_store_t *self, const char *what, rap_reason_t *reason)
{
    rap_fail (reason, "database: %s: %s", what, sqlite3_errmsg (self->db));
    rap_store_rollback (self);
    return RAP_FAILED;
}

//  One step of a statement that answers no rows, or the first row only.
static rap_status_t run (rap_store_t *self, statement_t which, rap_reason_t *reason)
{
    sqlite3_stmt *statement = self->statements[which];
    int code = sqlite3_step (statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        return failed (self, statement_sql[which], reason);
    if (code == SQLITE_DONE)
        sqlite3_reset (statement);
    return RAP_OK;
}

static void bind_text (sqlite3_stmt *statement, int at, rap_text_t text)
{
    sqlite3_bind_text (statement, at, text.len ? text.at : "", (int)text.len, SQLITE_STATIC);
}

static void bind_number (sqlite3_stmt *statement, int at, uint64_t number)
{
    sqlite3_bind_int64 (statement, at, (sqlite3_int64)number);
}

//  --- opening ---------------------------------------------------------------

static rap_status_t execute (rap_store_t *self, const char *sql, size_t len, rap_reason_t *reason)
{
    char *copy = strndup (sql, len);
    if (!copy)
        abort ();
    int code = sqlite3_exec (self->db, copy, NULL, NULL, NULL);
    free (copy);
    return code == SQLITE_OK ? RAP_OK : failed (self, "schema", reason);
}

//  What a `PRAGMA name` or any one-row query answers; -1 if it fails.
static int64_t ask (rap_store_t *self, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t answer = -1;
    if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) == SQLITE_OK
        && sqlite3_step (statement) == SQLITE_ROW)
        answer = sqlite3_column_int64 (statement, 0);
    sqlite3_finalize (statement);
    return answer;
}

//  The section of schema.sql under "--- heading"; "" if there is none.
static rap_text_t schema_section (const char *heading)
{
    char line[48];
    snprintf (line, sizeof line, "\n--- %s\n", heading);
    const char *at = strstr (rap_schema_sql, line);
    if (!at)
        return RAP_TEXT ("");
    at += strlen (line);
    const char *end = strstr (at, "\n--- ");
    return rap_text_of (at, end ? (size_t)(end - at) : strlen (at));
}

static rap_text_t schema_step (int64_t version)
{
    char heading[32];
    snprintf (heading, sizeof heading, "version %" PRId64, version);
    return schema_section (heading);
}

int rap_store_version (void)
{
    int version = 0;
    while (schema_step (version + 1).len)
        version++;
    return version;
}

//  All views of the file are dropped and made anew.
static rap_status_t make_views (rap_store_t *self, rap_reason_t *reason)
{
    sqlite3_stmt *names = NULL;
    sqlite3_str *drops = sqlite3_str_new (self->db);
    if (sqlite3_prepare_v2 (self->db, "SELECT name FROM sqlite_schema WHERE type = 'view'", -1, &names, NULL)
        == SQLITE_OK)
        while (sqlite3_step (names) == SQLITE_ROW)
            sqlite3_str_appendf (drops, "DROP VIEW \"%w\";\n", sqlite3_column_text (names, 0));
    sqlite3_finalize (names);
    char *sql = sqlite3_str_finish (drops);
    rap_status_t status = sql ? execute (self, sql, strlen (sql), reason) : RAP_OK;
    sqlite3_free (sql);
    rap_text_t views = schema_section ("views");
    return status == RAP_OK ? execute (self, views.at, views.len, reason) : status;
}

//  Steps `first` to `last` in one transaction.
static rap_status_t take_steps (rap_store_t *self, int64_t first, int64_t last, rap_reason_t *reason)
{
    char mark[64];
    int len = snprintf (mark, sizeof mark, "PRAGMA user_version = %" PRId64 "; COMMIT", last);
    rap_status_t status = execute (self, "BEGIN IMMEDIATE", 15, reason);
    for (int64_t version = first; status == RAP_OK && version <= last; version++) {
        rap_text_t step = schema_step (version);
        status = execute (self, step.at, step.len, reason);
    }
    if (status == RAP_OK && last == rap_store_version ())
        status = make_views (self, reason);
    if (status == RAP_OK)
        status = execute (self, mark, (size_t)len, reason);
    return status;
}

static rap_status_t migrate (rap_store_t *self, const char *path, rap_reason_t *reason)
{
    int ours = rap_store_version ();
    int64_t theirs = ask (self, "PRAGMA user_version");
    if (theirs < 0)
        return failed (self, path, reason);
    if (theirs > ours)
        return rap_refuse (reason, "%s: schema version %" PRId64 " is newer than ours, %d", path, theirs, ours);
    if (theirs == 0 && ask (self, "SELECT count(*) FROM sqlite_schema") > 0)
        return rap_refuse (reason, "%s: holds tables of another program", path);
    //  A new file takes them all at once; one that has rows, each in a transaction of its own.
    for (int64_t version = theirs + 1, last; version <= ours; version = last + 1) {
        last = theirs ? version : ours;
        rap_status_t status = take_steps (self, version, last, reason);
        if (status != RAP_OK)
            return status;
    }
    if (theirs > 0 && theirs < ours)
        rap_logf (RAP_LOG_INFO, "store.migrated", "from=%" PRId64 " to=%d", theirs, ours);
    return RAP_OK;
}

static int remember_wal (void *self, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((rap_store_t *)self)->wal_pages = pages;
    return SQLITE_OK;
}

static rap_status_t configure (rap_store_t *self, rap_reason_t *reason)
{
    char pragmas[256];
    snprintf (pragmas, sizeof pragmas,
              "PRAGMA page_size = %d; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
              "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0;"
              "PRAGMA journal_size_limit = %d;",
              PAGE_SIZE, CACHE_KIB, WAL_KEPT);
    sqlite3_busy_timeout (self->db, BUSY_MS);
    rap_status_t status = execute (self, pragmas, strlen (pragmas), reason);
    sqlite3_wal_hook (self->db, remember_wal, self); //  replaces the automatic checkpoint
    return status;
}

//  Two writers would corrupt no row, but each would think that all of the
//  database's checkpoints are its own.
static rap_status_t lock_out_others (rap_store_t *self, const char *path, rap_reason_t *reason)
{
    char beside[4096];
    if ((size_t)snprintf (beside, sizeof beside, "%s-lock", path) >= sizeof beside)
        return rap_refuse (reason, "%s: path too long", path);
    self->lock = open (beside, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (self->lock < 0)
        return rap_fail (reason, "%s: %m", beside);
    if (flock (self->lock, LOCK_EX | LOCK_NB) != 0)
        return rap_refuse (reason, "%s: another sink is writing to it", path);
    return RAP_OK;
}

//  Who was stopped between two moves left the database under another name; a new, empty one would hide that.
static rap_status_t check_moved (const char *path, rap_reason_t *reason)
{
    char beside[4096];
    snprintf (beside, sizeof beside, "%.4000s.repaired", path);
    if (access (beside, F_OK) == 0)
        return rap_refuse (reason, "%s: a repair was not finished; 'rapporteur fsck --repair' goes on with it",
                           beside);
    snprintf (beside, sizeof beside, "%.4000s.before-replay", path);
    if (access (path, F_OK) != 0 && access (beside, F_OK) == 0)
        return rap_refuse (reason,
                           "%s is not there, but %s: 'rapporteur replay --adopt' was not finished, and goes on when"
                           " asked again; or move that away, too",
                           path, beside);
    return RAP_OK;
}

static rap_status_t prepare (rap_store_t *self, const char *sql, sqlite3_stmt **statement, rap_reason_t *reason)
{
    int code = sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    return code == SQLITE_OK ? RAP_OK : failed (self, sql, reason);
}

static rap_status_t prepare_all (rap_store_t *self, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    for (int i = 0; status == RAP_OK && i < STATEMENT_COUNT; i++)
        status = prepare (self, statement_sql[i], &self->statements[i], reason);
    const char *what;
    if (status == RAP_OK && !(self->rows = rap_rows_new (self->db, &what)))
        status = failed (self, what, reason);
    return status;
}

static rap_status_t prepare_links (rap_store_t *self, rap_reason_t *reason)
{
    const char *what;
    self->link = rap_link_new (self->db, &what);
    return self->link ? RAP_OK : failed (self, what, reason);
}

//  Which file it is, and what can be done if it is damaged.
static void explain_failure (const rap_store_t *self, const char *path, rap_reason_t *reason)
{
    rap_reason_t what = *reason;
    int code = self->db ? sqlite3_errcode (self->db) : SQLITE_OK;
    bool damaged = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    rap_reason_set (reason, "%s: %s%s", path, what.text,
                    damaged ? "; put a copy of it back, or move it away and see 'rapporteur audit --mend'" : "");
}

rap_store_t *rap_store_open (const char *path, rap_reason_t *reason)
{
    rap_store_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    *self = (rap_store_t){.lock = -1, .group = rap_group_new (), .arena = rap_arena_new ()};
    //  One thread: no lock for the connection, none for counting each allocation.
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0);
    rap_status_t status = lock_out_others (self, path, reason);
    if (status == RAP_OK)
        status = check_moved (path, reason);
    if (status == RAP_OK && sqlite3_open_v2 (path, &self->db, flags, rap_sums_vfs ()) != SQLITE_OK)
        status = failed (self, path, reason);
    if (status == RAP_OK)
        status = configure (self, reason);
    if (status == RAP_OK && !rap_tokens_install (self->db))
        status = failed (self, "full-text search", reason);
    if (status == RAP_OK)
        status = migrate (self, path, reason);
    if (status == RAP_OK)
        status = prepare_all (self, reason);
    if (status == RAP_OK)
        status = prepare_links (self, reason);
    if (status == RAP_FAILED)
        explain_failure (self, path, reason);
    if (status != RAP_OK)
        rap_store_close (&self);
    return self;
}

void rap_store_close (rap_store_t **self_p)
{
    rap_store_t *self = *self_p;
    if (!self)
        return;
    if (self->db)
        rap_store_rollback (self);
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize (self->statements[i]);
    rap_rows_destroy (&self->rows);
    rap_link_destroy (&self->link);
    sqlite3_close (self->db);
    rap_group_destroy (&self->group);
    rap_arena_destroy (&self->arena);
    if (self->lock >= 0)
        close (self->lock);
    free (self);
    *self_p = NULL;
}

//  --- a group ---------------------------------------------------------------

static void next_group (rap_store_t *self)
{
    self->in_group = false;
    self->batch_id = self->batch_first = 0;
    rap_arena_reset (self->arena);
}

rap_status_t rap_store_begin (rap_store_t *self, rap_reason_t *reason)
{
    assert (!self->in_group);
    rap_status_t status = run (self, STATEMENT_BEGIN, reason);
    self->in_group = status == RAP_OK;
    return status;
}

void rap_store_rollback (rap_store_t *self)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_reset (self->statements[i]);
    if (self->rows)
        rap_rows_forget (self->rows);
    if (self->link)
        rap_link_reset (self->link);
    if (!sqlite3_get_autocommit (self->db))
        sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
    rap_group_forget (self->group);
    next_group (self);
}

//  What is kept of the group goes into its tables, and the texts into the index.
static rap_status_t write_rows (rap_store_t *self, rap_reason_t *reason)
{
    const char *what;
    return rap_rows_index (self->rows, &what) ? RAP_OK : failed (self, what, reason);
}

//  What each document has become, and when.
static rap_status_t settle (rap_store_t *self, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    char now[RAP_TIME_MAX];
    rap_clock_utc (now);
    const rap_place_t *place;
    for (size_t i = 0; status == RAP_OK && (place = rap_group_touched (self->group, i)); i++) {
        rap_text_t id = rap_text (place->document_id);
        bind_text (self->statements[STATEMENT_COUNT_STORED], 1, id);
        sqlite3_bind_int64 (self->statements[STATEMENT_COUNT_STORED], 2, place->added);
        bind_text (self->statements[STATEMENT_SETTLE_QUARANTINE], 1, id);
        bind_number (self->statements[STATEMENT_SETTLE_QUARANTINE], 2, place->number);
        bind_text (self->statements[STATEMENT_SETTLE_DOCUMENT], 1, id);
        bind_text (self->statements[STATEMENT_SETTLE_DOCUMENT], 2, rap_text (now));
        if ((status = run (self, STATEMENT_COUNT_STORED, reason)) == RAP_OK
            && (status = run (self, STATEMENT_SETTLE_QUARANTINE, reason)) == RAP_OK)
            status = run (self, STATEMENT_SETTLE_DOCUMENT, reason);
    }
    if (status == RAP_OK && self->batch_first) {
        sqlite3_bind_int64 (self->statements[STATEMENT_DATE_BATCHES], 1, self->batch_first);
        bind_text (self->statements[STATEMENT_DATE_BATCHES], 2, rap_text (now));
        status = run (self, STATEMENT_DATE_BATCHES, reason);
    }
    return status;
}

//  Only the writer checkpoints, between groups. Readers that stay long keep the
//  log from starting anew; past the second bound they are waited for.
static void checkpoint (rap_store_t *self)
{
    if (self->wal_pages < WAL_PAGES)
        return;
    bool late = self->wal_pages >= WAL_PAGES_LATE;
    int pages = 0, done = 0;
    sqlite3_wal_checkpoint_v2 (self->db, NULL, late ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, &pages,
                               &done);
    if (late && done < pages)
        rap_logf (RAP_LOG_WARN, "store.log_held", "pages=%d", pages);
    self->wal_pages = 0;
}

rap_status_t rap_store_commit (rap_store_t *self, rap_reason_t *reason)
{
    assert (self->in_group);
    rap_status_t status = write_rows (self, reason);
    if (status == RAP_OK)
        status = settle (self, reason);
    if (status == RAP_OK)
        status = run (self, STATEMENT_COMMIT, reason);
    if (status != RAP_OK)
        return status;
    rap_group_next (self->group);
    next_group (self);
    checkpoint (self);
    return RAP_OK;
}

//  --- a document's place ----------------------------------------------------

static bool is_document_id (rap_text_t id)
{
    if (id.len != RAP_DOCUMENT_ID_SIZE - 1)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!strchr ("0123456789abcdef", id.at[i]))
            return false;
    return true;
}

//  The number that the document asks for, or the next free one if another
//  document has it. 0: SQLite failed.
static uint64_t choose_number (rap_store_t *self, uint64_t asked, rap_reason_t *reason)
{
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_NUMBER];
    bind_number (find, 1, asked);
    if (run (self, STATEMENT_FIND_NUMBER, reason) != RAP_OK)
        return 0;
    bool taken = sqlite3_data_count (find) > 0;
    sqlite3_reset (find);
    if (asked && !taken)
        return asked;
    sqlite3_stmt *next = self->statements[STATEMENT_NEXT_NUMBER];
    if (run (self, STATEMENT_NEXT_NUMBER, reason) != RAP_OK)
        return 0;
    uint64_t number = (uint64_t)sqlite3_column_int64 (next, 0);
    sqlite3_reset (next);
    return number ? number : 1;
}

//  Inserts the document, or gives particulars to one of which only its
//  quarantine was known.
static rap_status_t write_document (rap_store_t *self, const rap_document_t *d, uint64_t number, rap_reason_t *reason)
{
    sqlite3_stmt *add = self->statements[STATEMENT_ADD_DOCUMENT];
    const rap_text_t texts[] = {d->document_id, d->source,  d->symbol,      d->other_symbols, d->title,    d->kind,
                                d->body,        d->session, d->agenda_item, d->published,     d->language, d->sha256};
    for (int i = 0; i < 12; i++)
        bind_text (add, i + 1, texts[i]);
    if (!d->other_symbols.len)
        bind_text (add, 4, RAP_TEXT ("[]"));
    bind_number (add, 13, d->bytes);
    bind_number (add, 14, d->chunks);
    bind_text (add, 15, d->supersedes);
    bind_text (add, 16, d->splitter);
    bind_text (add, 17, d->pipeline);
    bind_text (add, 18, d->received_at);
    bind_number (add, 19, number);
    bind_text (add, 20, d->distribution);
    return run (self, STATEMENT_ADD_DOCUMENT, reason);
}

//  Looks the document up: RAP_OK with the place or NULL if it is not there.
static rap_status_t look_up (rap_store_t *self, rap_text_t document_id, rap_place_t **place_p, rap_reason_t *reason)
{
    *place_p = rap_group_find (self->group, document_id);
    if (*place_p)
        return RAP_OK;
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_DOCUMENT];
    bind_text (find, 1, document_id);
    rap_status_t status = run (self, STATEMENT_FIND_DOCUMENT, reason);
    if (status == RAP_OK && sqlite3_data_count (find) > 0)
        *place_p =
            rap_group_learn (self->group, document_id, (uint64_t)sqlite3_column_int64 (find, 0),
                             (uint32_t)sqlite3_column_int64 (find, 1), (uint32_t)sqlite3_column_int64 (find, 2));
    sqlite3_reset (find);
    return status;
}

static rap_status_t place_of (rap_store_t *self, const rap_document_t *document, rap_place_t **place_p,
                              rap_reason_t *reason)
{
    if (!is_document_id (document->document_id))
        return rap_refuse (reason, "document: its id is not %d hexadecimal digits", RAP_DOCUMENT_ID_SIZE - 1);
    if (document->number >= NUMBER_MAX)
        return rap_refuse (reason, "document: number %" PRIu64 " is beyond 2^40", document->number);
    if (document->chunks > RAP_DOCUMENT_CHUNKS_MAX)
        return rap_refuse (reason, "document: %u chunks, at most %d", document->chunks, RAP_DOCUMENT_CHUNKS_MAX);
    rap_status_t status = look_up (self, document->document_id, place_p, reason);
    if (status != RAP_OK || (*place_p && ((*place_p)->chunks || !document->chunks)))
        return status;
    uint64_t number = *place_p ? (*place_p)->number : choose_number (self, document->number, reason);
    if (!number)
        return RAP_FAILED;
    if ((status = write_document (self, document, number, reason)) != RAP_OK)
        return status;
    if (*place_p)
        (*place_p)->chunks = document->chunks;
    else
        *place_p = rap_group_learn (self->group, document->document_id, number, document->chunks, 0);
    return RAP_OK;
}

//  --- a chunk ---------------------------------------------------------------

//  Whether the chunk is in the store, or was new in this group.
static rap_status_t is_there (rap_store_t *self, const rap_place_t *place, int64_t chunk_id, bool *is,
                              rap_reason_t *reason)
{
    *is = rap_group_has (self->group, chunk_id);
    if (*is || !place->stored)
        return RAP_OK;
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_CHUNK];
    sqlite3_bind_int64 (find, 1, chunk_id);
    rap_status_t status = run (self, STATEMENT_FIND_CHUNK, reason);
    *is = status == RAP_OK && sqlite3_data_count (find) > 0;
    sqlite3_reset (find);
    return status;
}

static bool same_batch (const rap_provenance_t *a, const rap_provenance_t *b)
{
    return a->attempt == b->attempt && rap_text_equal (a->dispatched_at, b->dispatched_at)
           && rap_text_equal (a->worker, b->worker) && rap_text_equal (a->pipeline, b->pipeline);
}

//  The row that all results of a batch share: self->batch_id.
static rap_status_t add_batch (rap_store_t *self, const rap_provenance_t *p, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    if (!self->batch_id || !same_batch (&self->batch, p)) {
        sqlite3_stmt *add = self->statements[STATEMENT_ADD_BATCH];
        bind_text (add, 1, p->pipeline);
        bind_text (add, 2, p->worker);
        sqlite3_bind_int64 (add, 3, p->attempt);
        bind_text (add, 4, p->dispatched_at);
        if ((status = run (self, STATEMENT_ADD_BATCH, reason)) != RAP_OK)
            return status;
        self->batch_id = sqlite3_last_insert_rowid (self->db);
        if (!self->batch_first)
            self->batch_first = self->batch_id;
        self->batch = (rap_provenance_t){.pipeline = rap_arena_text (self->arena, p->pipeline),
                                         .worker = rap_arena_text (self->arena, p->worker),
                                         .attempt = p->attempt,
                                         .dispatched_at = rap_arena_text (self->arena, p->dispatched_at)};
    }
    return RAP_OK;
}

//  A result of another splitting than the one that is here. If all of that is
//  stored, the document is, and this is a copy of a kind: ingest may have lost its
//  journal. Else the two cannot be one document.
static rap_status_t accept_other_split (rap_store_t *self, const rap_document_t *document, const rap_place_t *place,
                                        rap_reason_t *reason)
{
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_DOCUMENT];
    bind_text (find, 1, document->document_id);
    rap_status_t status = run (self, STATEMENT_FIND_DOCUMENT, reason);
    if (status != RAP_OK)
        return status;
    bool whole = sqlite3_data_count (find) > 0 && sqlite3_column_int64 (find, 2) == place->chunks;
    sqlite3_reset (find);
    return whole ? RAP_OK
                 : rap_refuse (reason, "document was split into %u chunks before, and into %u now", place->chunks,
                               document->chunks);
}

rap_status_t rap_store_add (rap_store_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                            const rap_finding_t *findings, uint32_t findings_count,
                            const rap_provenance_t *provenance, rap_reason_t *reason)
{
    assert (self->in_group);
    if (chunk->ordinal >= document->chunks)
        return rap_refuse (reason, "chunk %u of a document of %u", chunk->ordinal, document->chunks);
    rap_place_t *place;
    rap_status_t status = place_of (self, document, &place, reason);
    if (status != RAP_OK)
        return status;
    self->was_new = false;
    if (place->chunks != document->chunks)
        return accept_other_split (self, document, place, reason);
    int64_t chunk_id = (int64_t)(place->number << ORDINAL_BITS | chunk->ordinal);
    self->chunk_id = chunk_id;
    bool is_old;
    if ((status = is_there (self, place, chunk_id, &is_old, reason)) != RAP_OK || is_old
        || (status = add_batch (self, provenance, reason)) != RAP_OK)
        return status;
    const char *what;
    rap_rows_add (self->rows, place->document_id, chunk_id, chunk, self->batch_id, provenance->processed_us);
    rap_rows_find (self->rows, chunk->text, chunk_id, 0, findings, findings_count);
    rap_group_add (self->group, place, chunk_id);
    self->was_new = true;
    return rap_rows_keep (self->rows, &what) ? RAP_OK : failed (self, what, reason);
}

bool rap_store_was_new (const rap_store_t *self)
{
    return self->was_new;
}

int64_t rap_store_chunk_id (const rap_store_t *self)
{
    return self->chunk_id;
}

//  --- annotators --------------------------------------------------------------

//  0 in *id: it has none yet.
static rap_status_t find_scheme (rap_store_t *self, rap_text_t scheme, int64_t *id, rap_reason_t *reason)
{
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_SCHEME];
    bind_text (find, 1, scheme);
    rap_status_t status = run (self, STATEMENT_FIND_SCHEME, reason);
    *id = status == RAP_OK && sqlite3_data_count (find) > 0 ? sqlite3_column_int64 (find, 0) : 0;
    sqlite3_reset (find);
    return status;
}

static rap_status_t scheme_of (rap_store_t *self, rap_text_t scheme, int64_t *id, rap_reason_t *reason)
{
    rap_status_t status = find_scheme (self, scheme, id, reason);
    if (status != RAP_OK || *id)
        return status;
    sqlite3_stmt *add = self->statements[STATEMENT_ADD_SCHEME];
    bind_text (add, 1, scheme);
    sqlite3_bind_int (add, 2, SCHEMES_MAX);
    if ((status = run (self, STATEMENT_ADD_SCHEME, reason)) != RAP_OK)
        return status;
    if (!sqlite3_changes (self->db))
        return rap_refuse (reason, "annotation: there are %d schemes already", SCHEMES_MAX);
    *id = sqlite3_last_insert_rowid (self->db);
    return RAP_OK;
}

//  RAP_REFUSED unless the chunk is stored with this very text.
static rap_status_t check_text (rap_store_t *self, int64_t chunk_id, const rap_chunk_t *chunk, rap_reason_t *reason)
{
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_TEXT];
    sqlite3_bind_int64 (find, 1, chunk_id);
    rap_status_t status = run (self, STATEMENT_FIND_TEXT, reason);
    if (status != RAP_OK)
        return status;
    bool same = false;
    if (sqlite3_data_count (find) > 0) {
        const char *text = (const char *)sqlite3_column_text (find, 0);
        same = rap_text_equal (rap_text_of (text, (size_t)sqlite3_column_bytes (find, 0)), chunk->text);
    }
    sqlite3_reset (find);
    return same ? RAP_OK : rap_refuse (reason, "annotation: chunk %u is not stored with this text", chunk->ordinal);
}

static rap_status_t check_classes (rap_text_t scheme, const rap_finding_t *findings, uint32_t count,
                                   rap_reason_t *reason)
{
    for (uint32_t i = 0; i < count; i++)
        if (findings[i].kind != RAP_FINDING_classification || !rap_text_equal (findings[i].values[0].text, scheme))
            return rap_refuse (reason, "annotation: finding %u is no classification of scheme %.*s", i,
                               (int)scheme.len, scheme.at);
    return RAP_OK;
}

static rap_status_t is_annotated (rap_store_t *self, int64_t scheme_id, int64_t chunk_id, bool *is,
                                  rap_reason_t *reason)
{
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_ANNOTATED];
    sqlite3_bind_int64 (find, 1, scheme_id);
    sqlite3_bind_int64 (find, 2, chunk_id);
    rap_status_t status = run (self, STATEMENT_FIND_ANNOTATED, reason);
    *is = status == RAP_OK && sqlite3_data_count (find) > 0;
    sqlite3_reset (find);
    return status;
}

rap_status_t rap_store_annotate (rap_store_t *self, rap_text_t scheme, const rap_document_t *document,
                                 const rap_chunk_t *chunk, const rap_finding_t *findings, uint32_t findings_count,
                                 const rap_provenance_t *provenance, rap_text_t cause, rap_reason_t *reason)
{
    assert (self->in_group);
    rap_place_t *place = NULL;
    const char *what;
    int64_t scheme_id;
    bool is_old;
    self->was_new = false;
    if (!is_document_id (document->document_id))
        return rap_refuse (reason, "annotation: of no document");
    rap_status_t status = check_classes (scheme, findings, findings_count, reason);
    if (status == RAP_OK && !rap_rows_write (self->rows, &what)) //  it may be of a chunk of this group
        status = failed (self, what, reason);
    if (status == RAP_OK)
        status = look_up (self, document->document_id, &place, reason);
    if (status == RAP_OK && !place)
        status = rap_refuse (reason, "annotation: the document is not stored");
    if (status != RAP_OK)
        return status;
    int64_t chunk_id = (int64_t)(place->number << ORDINAL_BITS | chunk->ordinal);
    self->chunk_id = chunk_id;
    if ((status = check_text (self, chunk_id, chunk, reason)) != RAP_OK
        || (status = scheme_of (self, scheme, &scheme_id, reason)) != RAP_OK
        || (status = is_annotated (self, scheme_id, chunk_id, &is_old, reason)) != RAP_OK || is_old
        || (status = add_batch (self, provenance, reason)) != RAP_OK)
        return status;
    rap_rows_find (self->rows, chunk->text, chunk_id, scheme_id << SCHEME_BITS, findings, findings_count);
    if (!rap_rows_keep (self->rows, &what))
        return failed (self, what, reason);
    sqlite3_stmt *add = self->statements[STATEMENT_ADD_ANNOTATED];
    sqlite3_bind_int64 (add, 1, scheme_id);
    sqlite3_bind_int64 (add, 2, chunk_id);
    sqlite3_bind_int64 (add, 3, self->batch_id);
    bind_number (add, 4, provenance->processed_us);
    bind_text (add, 5, cause);
    status = run (self, STATEMENT_ADD_ANNOTATED, reason);
    self->was_new = status == RAP_OK;
    return status;
}

rap_status_t rap_store_due (rap_store_t *self, rap_text_t scheme, int64_t *from, int64_t *chunks, uint32_t room,
                            uint32_t *count, rap_reason_t *reason)
{
    assert (!self->in_group);
    int64_t scheme_id;
    rap_status_t status = find_scheme (self, scheme, &scheme_id, reason);
    *count = 0;
    if (status != RAP_OK)
        return status;
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_DUE_CHUNKS];
    int code, seen = 0;
    bool full = false;
    sqlite3_bind_int64 (find, 1, scheme_id);
    sqlite3_bind_int64 (find, 2, *from);
    sqlite3_bind_int (find, 3, DUE_CHUNKS);
    while (!full && (code = sqlite3_step (find)) == SQLITE_ROW) {
        int64_t chunk = sqlite3_column_int64 (find, 0);
        bool due = sqlite3_column_int (find, 1) != 0;
        full = due && *count && (*count == room || chunks[0] >> ORDINAL_BITS != chunk >> ORDINAL_BITS);
        if (full)
            break;
        if (due)
            chunks[(*count)++] = chunk;
        *from = chunk + 1;
        seen++;
    }
    if (!full && code != SQLITE_DONE)
        return failed (self, "what is to be annotated", reason);
    sqlite3_reset (find);
    return full || seen == DUE_CHUNKS ? RAP_AGAIN : RAP_OK;
}

static rap_text_t column (sqlite3_stmt *statement, int at, rap_arena_t *arena)
{
    const char *text = (const char *)sqlite3_column_text (statement, at);
    return rap_arena_text (arena, rap_text_of (text ? text : "", (size_t)sqlite3_column_bytes (statement, at)));
}

rap_status_t rap_store_read_document (rap_store_t *self, int64_t chunk_id, rap_arena_t *arena,
                                      rap_document_t *document, rap_reason_t *reason)
{
    sqlite3_stmt *read = self->statements[STATEMENT_READ_WHOLE_DOCUMENT];
    sqlite3_bind_int64 (read, 1, chunk_id >> ORDINAL_BITS);
    rap_status_t status = run (self, STATEMENT_READ_WHOLE_DOCUMENT, reason);
    if (status == RAP_OK && sqlite3_data_count (read) == 0)
        status = rap_refuse (reason, "chunk %" PRId64 " is of no document", chunk_id);
    if (status != RAP_OK)
        return status;
    rap_document_t d = {.document_id = RAP_TEXT ("")};
    rap_text_t *const texts[] = {&d.document_id, &d.source,      &d.symbol,     &d.other_symbols, &d.title,
                                 &d.kind,        &d.body,        &d.session,    &d.agenda_item,   &d.published,
                                 &d.language,    &d.sha256,      &d.supersedes, &d.splitter,      &d.pipeline,
                                 &d.received_at, &d.distribution};
    int at = 0;
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    for (; at < TEXTS; at++)
        *texts[at] = column (read, at, arena);
    d.number = (uint64_t)sqlite3_column_int64 (read, at);
    d.bytes = (uint64_t)sqlite3_column_int64 (read, at + 1);
    d.chunks = (uint32_t)sqlite3_column_int64 (read, at + 2);
    sqlite3_reset (read);
    *document = d;
    return RAP_OK;
}

static rap_status_t read_sections (rap_store_t *self, rap_text_t json, rap_arena_t *arena, rap_chunk_t *chunk,
                                   rap_reason_t *reason)
{
    sqlite3_stmt *read = self->statements[STATEMENT_READ_SECTIONS];
    rap_text_t *sections = rap_arena_alloc (arena, RAP_CHUNK_SECTIONS_MAX * sizeof *sections);
    int code;
    bind_text (read, 1, json);
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        if (chunk->sections_count < RAP_CHUNK_SECTIONS_MAX)
            sections[chunk->sections_count++] = column (read, 0, arena);
    if (code != SQLITE_DONE)
        return failed (self, "sections of a chunk", reason);
    sqlite3_reset (read);
    chunk->sections = sections;
    return RAP_OK;
}

static rap_status_t read_marks (rap_store_t *self, int64_t chunk_id, rap_arena_t *arena, rap_chunk_t *chunk,
                                rap_reason_t *reason)
{
    sqlite3_stmt *read = self->statements[STATEMENT_READ_MARKS];
    rap_mark_t *marks = NULL;
    int code;
    sqlite3_bind_int64 (read, 1, chunk_id);
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        if (!marks)
            marks = rap_arena_alloc (arena, RAP_CHUNK_MARKS_MAX * sizeof *marks);
        if (chunk->marks_count == RAP_CHUNK_MARKS_MAX)
            continue;
        bool known = sqlite3_column_type (read, 1) != SQLITE_NULL;
        int64_t footnote = sqlite3_column_int64 (read, 1) & ((1 << ORDINAL_BITS) - 1);
        marks[chunk->marks_count++] = (rap_mark_t){.at = (uint32_t)sqlite3_column_int64 (read, 0),
                                                   .footnote = known ? (uint32_t)footnote : RAP_NO_FOOTNOTE};
    }
    if (code != SQLITE_DONE)
        return failed (self, "marks of a chunk", reason);
    sqlite3_reset (read);
    chunk->marks = marks;
    return RAP_OK;
}

rap_status_t rap_store_read_chunk (rap_store_t *self, int64_t chunk_id, rap_arena_t *arena, rap_chunk_t *chunk,
                                   rap_reason_t *reason)
{
    sqlite3_stmt *read = self->statements[STATEMENT_READ_WHOLE_CHUNK];
    sqlite3_bind_int64 (read, 1, chunk_id);
    rap_status_t status = run (self, STATEMENT_READ_WHOLE_CHUNK, reason);
    if (status == RAP_OK && sqlite3_data_count (read) == 0)
        status = rap_refuse (reason, "chunk %" PRId64 " is not there", chunk_id);
    if (status != RAP_OK)
        return status;
    *chunk = (rap_chunk_t){.ordinal = (uint32_t)sqlite3_column_int64 (read, 0),
                           .kind = rap_chunk_kind_of (column (read, 1, arena)),
                           .part = column (read, 2, arena),
                           .label = column (read, 3, arena),
                           .text = column (read, 4, arena),
                           .source_start = (uint64_t)sqlite3_column_int64 (read, 6),
                           .source_end = (uint64_t)sqlite3_column_int64 (read, 7)};
    rap_text_t section = column (read, 5, arena);
    sqlite3_reset (read);
    status = read_sections (self, section, arena, chunk, reason);
    return status == RAP_OK ? read_marks (self, chunk_id, arena, chunk, reason) : status;
}

rap_status_t rap_store_remove_scheme (rap_store_t *self, rap_text_t scheme, rap_reason_t *reason)
{
    assert (self->in_group);
    int64_t scheme_id, chunks[REMOVED_CHUNKS];
    int count = 0, code;
    const char *what;
    if (!rap_rows_write (self->rows, &what))
        return failed (self, what, reason);
    rap_status_t status = find_scheme (self, scheme, &scheme_id, reason);
    if (status != RAP_OK || !scheme_id)
        return status;
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_ANNOTATIONS];
    sqlite3_bind_int64 (find, 1, scheme_id);
    sqlite3_bind_int (find, 2, REMOVED_CHUNKS);
    while ((code = sqlite3_step (find)) == SQLITE_ROW)
        chunks[count++] = sqlite3_column_int64 (find, 0);
    if (code != SQLITE_DONE)
        return failed (self, "what is annotated", reason);
    sqlite3_reset (find);
    for (int i = 0; status == RAP_OK && i < count; i++) {
        sqlite3_bind_int64 (self->statements[STATEMENT_DROP_CLASSES], 1, chunks[i]);
        sqlite3_bind_int64 (self->statements[STATEMENT_DROP_CLASSES], 2, scheme_id);
        sqlite3_bind_int64 (self->statements[STATEMENT_DROP_ANNOTATED], 1, scheme_id);
        sqlite3_bind_int64 (self->statements[STATEMENT_DROP_ANNOTATED], 2, chunks[i]);
        if ((status = run (self, STATEMENT_DROP_CLASSES, reason)) == RAP_OK)
            status = run (self, STATEMENT_DROP_ANNOTATED, reason);
    }
    if (status == RAP_OK && count == REMOVED_CHUNKS)
        return RAP_AGAIN;
    sqlite3_bind_int64 (self->statements[STATEMENT_DROP_SCHEME], 1, scheme_id);
    return status == RAP_OK ? run (self, STATEMENT_DROP_SCHEME, reason) : status;
}

rap_status_t rap_store_quarantine (rap_store_t *self, const rap_document_t *document, const rap_notice_t *notice,
                                   rap_reason_t *reason)
{
    assert (self->in_group);
    rap_place_t *place;
    rap_status_t status = place_of (self, document, &place, reason);
    if (status != RAP_OK)
        return status;
    sqlite3_stmt *add = self->statements[STATEMENT_QUARANTINE];
    bind_text (add, 1, document->document_id);
    sqlite3_bind_int64 (add, 2, notice->ordinal == WHOLE_DOCUMENT ? -1 : (int64_t)notice->ordinal);
    bind_text (add, 3, notice->cause);
    sqlite3_bind_int64 (add, 4, notice->attempts);
    bind_text (add, 5, notice->first_at);
    bind_text (add, 6, notice->last_at);
    bind_text (add, 7, notice->released_at);
    bind_number (add, 8, notice->notice);
    bind_text (add, 9, notice->dropped_at);
    bind_text (add, 10, notice->dropped_by);
    bind_text (add, 11, notice->dropped_reason);
    if ((status = run (self, STATEMENT_QUARANTINE, reason)) == RAP_OK)
        rap_group_notice (self->group, place);
    return status;
}

//  --- what is held ----------------------------------------------------------

rap_status_t rap_store_held (rap_store_t *self, rap_range_t range, rap_store_run_fn *visit, void *visit_self,
                             rap_reason_t *reason)
{
    assert (!self->in_group);
    rap_place_t *place = NULL;
    if (!is_document_id (range.document_id))
        return RAP_OK;
    rap_status_t status = look_up (self, range.document_id, &place, reason);
    if (status != RAP_OK || !place)
        return status;
    int64_t base = (int64_t)(place->number << ORDINAL_BITS);
    uint64_t end = (uint64_t)range.first + range.count;
    if (end > RAP_DOCUMENT_CHUNKS_MAX)
        end = RAP_DOCUMENT_CHUNKS_MAX;
    sqlite3_stmt *held = self->statements[STATEMENT_HELD];
    sqlite3_bind_int64 (held, 1, base + range.first);
    sqlite3_bind_int64 (held, 2, base + (int64_t)end);
    rap_range_t found = {.document_id = range.document_id};
    int code;
    while ((code = sqlite3_step (held)) == SQLITE_ROW) {
        uint32_t ordinal = (uint32_t)(sqlite3_column_int64 (held, 0) - base);
        if (found.count && ordinal == found.first + found.count) {
            found.count++;
            continue;
        }
        if (found.count)
            visit (visit_self, found);
        found.first = ordinal;
        found.count = 1;
    }
    if (code != SQLITE_DONE)
        return failed (self, "what is held", reason);
    sqlite3_reset (held);
    if (found.count)
        visit (visit_self, found);
    return RAP_OK;
}

//  --- linking ---------------------------------------------------------------

//  A document that is due.
typedef struct {
    int64_t number;
    char document_id[RAP_DOCUMENT_ID_SIZE];
} due_t;

//  At most LINK_DOCUMENTS of those that are due.
static rap_status_t read_due (rap_store_t *self, due_t *due, size_t *count, rap_reason_t *reason)
{
    sqlite3_stmt *find = self->statements[STATEMENT_FIND_DUE];
    int code;
    *count = 0;
    sqlite3_bind_int (find, 1, LINK_DOCUMENTS);
    while ((code = sqlite3_step (find)) == SQLITE_ROW) {
        due[*count].number = sqlite3_column_int64 (find, 0);
        snprintf (due[*count].document_id, RAP_DOCUMENT_ID_SIZE, "%s", (const char *)sqlite3_column_text (find, 1));
        ++*count;
    }
    if (code != SQLITE_DONE)
        return failed (self, "what is to be linked", reason);
    sqlite3_reset (find);
    return RAP_OK;
}

static rap_status_t tell (rap_store_t *self, const due_t *due, rap_store_told_fn *told, void *told_self,
                          rap_reason_t *reason)
{
    sqlite3_stmt *report = self->statements[STATEMENT_REPORT];
    bind_text (report, 1, rap_text (due->document_id));
    rap_status_t status = run (self, STATEMENT_REPORT, reason);
    if (status == RAP_OK)
        told (told_self, due->document_id, (const char *)sqlite3_column_text (report, 0));
    sqlite3_reset (report);
    return status;
}

rap_status_t rap_store_link (rap_store_t *self, rap_store_told_fn *told, void *told_self, rap_reason_t *reason)
{
    assert (!self->in_group);
    due_t due[LINK_DOCUMENTS];
    size_t count;
    rap_status_t status = read_due (self, due, &count, reason);
    if (status != RAP_OK || !count)
        return status;
    if ((status = rap_store_begin (self, reason)) != RAP_OK)
        return status;
    const char *what;
    for (size_t i = 0; status == RAP_OK && i < count; i++)
        if (!rap_link_document (self->link, due[i].number, due[i].document_id, &what))
            status = failed (self, what, reason);
    if (status == RAP_OK && !rap_link_end (self->link, &what))
        status = failed (self, what, reason);
    if (status == RAP_OK)
        status = rap_store_commit (self, reason);
    for (size_t i = 0; told && status == RAP_OK && i < count; i++)
        status = tell (self, &due[i], told, told_self, reason);
    if (status != RAP_OK)
        return status;
    //  Those that these superseded are due again, so look rather than count.
    status = read_due (self, due, &count, reason);
    return status == RAP_OK && count ? RAP_AGAIN : status;
}
