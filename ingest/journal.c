//  journal: verbs over one SQLite file. See the header for tables and promises.
#include "journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <sqlite3.h>

#include "rapporteur/clock.h"
#include "rapporteur/log.h"
#include "rapporteur/metrics.h"
#include "rapporteur/sums.h"

enum {
    SCHEMA_VERSION = 2,
    APPLICATION_ID = 0x5250524a, //  "RPRJ", for file(1) and for our own check
    BODY_PIECES = 1024,          //  piece numbers a body has; 512 suffice for the largest document
    CACHE_KIB = 8192,            //  of pages; larger groups spill to the WAL
    CHECKPOINT_PAGES = 2000,     //  8 MiB of WAL
    TRIED_KEPT = 65536,          //  attempts that came to nothing, besides those of what is in quarantine
    TRIED_SWEEP = 1024,          //  new ones between two looks for old ones
    REASON_BYTES_MAX = 1024,     //  of a person who drops something
    WHO_BYTES_MAX = 128,
};

static const char schema[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE document (number INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL UNIQUE,"
    " source TEXT NOT NULL, source_key TEXT NOT NULL, stated_symbol TEXT NOT NULL, published TEXT NOT NULL,"
    " title TEXT NOT NULL, language TEXT NOT NULL, symbol TEXT NOT NULL DEFAULT '', sha256 TEXT NOT NULL,"
    " bytes INTEGER NOT NULL, body INTEGER NOT NULL, state TEXT NOT NULL, cause TEXT NOT NULL DEFAULT '',"
    " chunks INTEGER NOT NULL DEFAULT 0, receipted INTEGER NOT NULL DEFAULT 0,"
    " quarantined INTEGER NOT NULL DEFAULT 0, reads INTEGER NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,"
    " supersedes TEXT NOT NULL DEFAULT '', received_at TEXT NOT NULL, completed_at TEXT NOT NULL DEFAULT '',"
    " header BLOB);"
    "CREATE INDEX document_unread ON document (number) WHERE state = 'taken';"
    "CREATE INDEX document_key ON document (source_key) WHERE source_key <> '';"
    "CREATE INDEX document_symbol ON document (symbol) WHERE symbol <> '';"
    "CREATE INDEX document_supersedes ON document (supersedes) WHERE supersedes <> '';"
    "CREATE TABLE body (piece INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
    "CREATE TABLE batch (batch INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, first INTEGER NOT NULL,"
    " count INTEGER NOT NULL, chunks BLOB NOT NULL);"
    "CREATE INDEX batch_document ON batch (number, first, count);"
    "CREATE TABLE attempt (batch INTEGER PRIMARY KEY, attempts INTEGER NOT NULL, deaths INTEGER NOT NULL,"
    " incarnations INTEGER NOT NULL, last_incarnation INTEGER NOT NULL, fails INTEGER NOT NULL,"
    " alone INTEGER NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL);"
    "CREATE TABLE quarantine (entry INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL,"
    " ordinal INTEGER NOT NULL, cause TEXT NOT NULL, attempts INTEGER NOT NULL, first_at TEXT NOT NULL,"
    " last_at TEXT NOT NULL, released_at TEXT NOT NULL DEFAULT '', chunk BLOB);"
    "CREATE INDEX quarantine_document ON quarantine (number, ordinal);"
    "CREATE TABLE notice (notice INTEGER PRIMARY KEY AUTOINCREMENT, entry INTEGER NOT NULL,"
    " released INTEGER NOT NULL);";

//  From each version to the next.
static const char *const steps[SCHEMA_VERSION] = {
    schema,
    "ALTER TABLE document ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE quarantine ADD COLUMN dropped_at TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE quarantine ADD COLUMN dropped_by TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE quarantine ADD COLUMN dropped_reason TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE tried (tried INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, first INTEGER NOT NULL,"
    " count INTEGER NOT NULL, attempt INTEGER NOT NULL, worker TEXT NOT NULL, incarnation INTEGER NOT NULL,"
    " ended_at TEXT NOT NULL, held_ms INTEGER NOT NULL, outcome TEXT NOT NULL, cause TEXT NOT NULL);"
    "CREATE INDEX tried_document ON tried (number);",
};

//  An earlier document that a new one (?1 number, ?2 what they share) replaces.
#define SUPERSEDED                                                                                                   \
    " AND d.number < ?1 AND d.chunks > 0 AND NOT EXISTS (SELECT 1 FROM document s"                                   \
    " WHERE s.supersedes = d.document_id AND s.supersedes <> '') ORDER BY d.number DESC LIMIT 1"

#define DOCUMENT_COLUMNS                                                                                             \
    "number, document_id, source, stated_symbol, published, title, language, sha256, received_at, bytes, body,"      \
    " reads, deaths"

#define STATEMENTS(S)                                                                                                \
    S (BEGIN, "BEGIN IMMEDIATE")                                                                                     \
    S (COMMIT, "COMMIT")                                                                                             \
    S (ROLLBACK, "ROLLBACK")                                                                                         \
    S (FIND, "SELECT cause FROM document WHERE document_id = ?1")                                                    \
    S (ID, "SELECT document_id FROM document WHERE number = ?1")                                                     \
    S (BODY_ADD, "INSERT INTO body VALUES (?1, ?2)")                                                                 \
    S (BODY_DROP, "DELETE FROM body WHERE piece >= ?1 AND piece < ?2")                                               \
    S (BODY_PIECE, "SELECT bytes FROM body WHERE piece = ?1")                                                        \
    S (TAKE, "INSERT INTO document (document_id, source, source_key, stated_symbol, published, title, language,"     \
             " sha256, bytes, body, state, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'taken',"   \
             " ?11)")                                                                                                \
    S (UNREAD, "SELECT " DOCUMENT_COLUMNS " FROM document WHERE state = 'taken' AND number > ?1"                     \
               " ORDER BY number LIMIT 1")                                                                           \
    S (DOCUMENT, "SELECT " DOCUMENT_COLUMNS " FROM document WHERE number = ?1")                                      \
    S (READ_BEGUN, "UPDATE document SET reads = reads + 1 WHERE number = ?1")                                        \
    S (READ_DIED, "UPDATE document SET deaths = deaths + 1 WHERE number = ?1")                                       \
    S (ADD_BATCH, "INSERT INTO batch (number, first, count, chunks) VALUES (?1, ?2, ?3, ?4)")                        \
    S (FORGET_BATCHES, "DELETE FROM batch WHERE number = ?1")                                                        \
    S (KEY_OF, "SELECT source_key FROM document WHERE number = ?1")                                                  \
    S (BY_KEY, "SELECT d.document_id FROM document d WHERE d.source_key = ?2 AND d.source_key <> ''" SUPERSEDED)     \
    S (BY_SYMBOL, "SELECT d.document_id FROM document d WHERE d.symbol = ?2 AND d.symbol <> ''"                      \
                  " AND d.language = ?3" SUPERSEDED)                                                                 \
    S (READ_DONE, "UPDATE document SET state = 'split', chunks = ?2, symbol = ?3, language = ?4, supersedes = ?5,"   \
                  " header = ?6, cause = '' WHERE number = ?1 AND state = 'taken'")                                  \
    S (READ_REFUSED, "UPDATE document SET state = 'quarantined', cause = ?2, header = ?3, completed_at = ?4"         \
                     " WHERE number = ?1 AND state = 'taken'")                                                       \
    S (LOAD, "SELECT b.batch, b.number, b.first, b.count, length (b.chunks), d.document_id, a.attempts, a.deaths,"   \
             " a.incarnations, a.last_incarnation, a.fails, a.alone FROM batch b JOIN document d USING (number)"     \
             " LEFT JOIN attempt a USING (batch) WHERE b.batch > ?1 AND b.batch < ?2 AND d.state <> 'taken'"         \
             " ORDER BY b.batch LIMIT ?3")                                                                           \
    S (OLDEST, "SELECT document_id, received_at FROM document WHERE number = (SELECT min (number) FROM (SELECT min"  \
               " (number) AS number FROM batch UNION ALL SELECT min (number) FROM document WHERE state = 'taken'))") \
    S (HEADER, "SELECT header FROM document WHERE number = ?1")                                                      \
    S (CHUNKS, "SELECT chunks FROM batch WHERE batch = ?1")                                                          \
    S (COUNT, "INSERT INTO attempt VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) ON CONFLICT (batch) DO UPDATE"        \
              " SET attempts = ?2, deaths = ?3, incarnations = ?4, last_incarnation = ?5, fails = ?6, alone = ?7,"   \
              " last_at = ?8")                                                                                       \
    S (FIRST_AT, "UPDATE attempt SET first_at = ?2 WHERE batch = ?1")                                                \
    S (DROP_BATCH, "DELETE FROM batch WHERE batch = ?1")                                                             \
    S (DROP_ATTEMPT, "DELETE FROM attempt WHERE batch = ?1 RETURNING first_at, last_at")                             \
    S (SETTLE, "UPDATE document SET receipted = receipted + ?2, quarantined = quarantined + ?3,"                     \
               " dropped = dropped + ?5,"                                                                            \
               " state = CASE WHEN receipted + ?2 + quarantined + ?3 + dropped + ?5 < chunks THEN 'split'"           \
               " WHEN quarantined + ?3 > 0 THEN 'quarantined' WHEN dropped + ?5 > 0 THEN 'dropped'"                  \
               " ELSE 'complete' END,"                                                                               \
               " completed_at = CASE WHEN receipted + ?2 + quarantined + ?3 + dropped + ?5 < chunks THEN ''"         \
               " ELSE ?4 END WHERE number = ?1"                                                                      \
               " RETURNING state, receipted + quarantined + dropped <= chunks, document_id, bytes, received_at")     \
    S (QUARANTINE, "INSERT INTO quarantine (number, ordinal, cause, attempts, first_at, last_at, chunk)"             \
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                                           \
    S (NOTICE, "INSERT INTO notice (entry, released) VALUES (?1, ?2)")                                               \
    S (NOTICES, "SELECT n.notice, n.released, q.ordinal, q.cause, q.attempts, q.first_at, q.last_at, q.released_at," \
                " d.header, q.dropped_at, q.dropped_by, q.dropped_reason FROM notice n JOIN quarantine q USING "     \
                "(entry) JOIN document d USING (number)"                                                             \
                " WHERE n.notice > ?1 ORDER BY n.notice LIMIT ?2")                                                   \
    S (NOTICED, "DELETE FROM notice WHERE notice = ?1")                                                              \
    S (BY_ID, "SELECT number, state, cause, body FROM document WHERE document_id = ?1")                              \
    S (HELD, "SELECT entry, ordinal, chunk, dropped_at <> '' FROM quarantine WHERE number = ?1 AND released_at = ''" \
             " AND (ordinal = ?2 OR (?3 AND dropped_at = '')) ORDER BY ordinal LIMIT 1")                             \
    S (RELEASE, "UPDATE quarantine SET released_at = ?2, chunk = NULL WHERE entry = ?1")                             \
    S (DROPPABLE, "SELECT count (*), sum (ordinal = 4294967295) FROM quarantine WHERE number = ?1"                   \
                  " AND released_at = '' AND dropped_at = '' AND (ordinal = ?2 OR ?2 = 4294967295)")                 \
    S (NOTICE_DROP, "INSERT INTO notice (entry, released) SELECT entry, 2 FROM quarantine WHERE number = ?1"         \
                    " AND released_at = '' AND dropped_at = '' AND (ordinal = ?2 OR ?2 = 4294967295)"                \
                    " ORDER BY entry")                                                                               \
    S (DROP, "UPDATE quarantine SET dropped_at = ?3, dropped_by = ?4, dropped_reason = ?5 WHERE number = ?1"         \
             " AND released_at = '' AND dropped_at = '' AND (ordinal = ?2 OR ?2 = 4294967295)")                      \
    S (DROP_WHOLE, "UPDATE document SET state = 'dropped' WHERE number = ?1")                                        \
    S (TRIED, "INSERT INTO tried (number, first, count, attempt, worker, incarnation, ended_at, held_ms, outcome,"   \
              " cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                                            \
    S (FORGET_TRIED, "DELETE FROM tried WHERE tried <= ?1 AND number NOT IN"                                         \
                     " (SELECT number FROM quarantine WHERE released_at = '')")                                      \
    S (READ_AGAIN, "UPDATE document SET state = 'taken', cause = '', reads = 0, deaths = 0, completed_at = ''"       \
                   " WHERE number = ?1")                                                                             \
    S (BYTES, "SELECT bytes FROM document WHERE number = ?1")                                                        \
    S (BOOKS, "SELECT receipted, quarantined, dropped FROM document WHERE number = ?1")                              \
    S (RENEW, "UPDATE document SET state = 'taken', cause = '', reads = 0, deaths = 0, completed_at = '',"           \
              " chunks = 0, receipted = 0, quarantined = 0, dropped = 0, supersedes = '' WHERE number = ?1")         \
    S (NOTICE_HELD, "INSERT INTO notice (entry, released)"                                                           \
                    " SELECT entry, CASE WHEN ?2 THEN 1 WHEN dropped_at <> '' THEN 2 ELSE 0 END FROM quarantine"     \
                    " WHERE number = ?1 AND released_at = '' ORDER BY entry")                                        \
    S (RELEASE_HELD, "UPDATE quarantine SET released_at = ?2, chunk = NULL WHERE number = ?1 AND released_at = ''")

typedef enum {
#define S(name, sql) name,
    STATEMENTS (S)
#undef S
        STATEMENTS_COUNT
} statement_t;

static const char *const statement_texts[] = {
#define S(name, sql) [name] = (sql),
    STATEMENTS (S)
#undef S
};

struct rap_journal {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS_COUNT];
    int lock;
    char *path;
    char name[33];
    uint64_t epoch;
    bool open;            //  a group
    rap_reason_t failure; //  "" unless a verb of this group failed
    rap_journal_counts_t counts;
    uint64_t next_body;
    uint64_t reading_first; //  first batch of the unfinished reading; 0: none
    uint64_t reading_batches;
    uint64_t reading_chunks;
    uint64_t last_batch; //  the highest number given
    uint64_t loaded;     //  batches up to here were visited
    rap_packer_t *packer;
};

//  --- small tools ---------------------------------------------------------------

static rap_status_t note_failure (rap_journal_t *self)
{
    if (!self->failure.text[0])
        rap_fail (&self->failure, "%s: %s (sqlite %d)", self->path, sqlite3_errmsg (self->db),
                  sqlite3_extended_errcode (self->db));
    return RAP_FAILED;
}

static sqlite3_stmt *use (rap_journal_t *self, statement_t name)
{
    sqlite3_stmt *statement = self->statements[name];
    sqlite3_reset (statement);
    return statement;
}

static void bind_text (sqlite3_stmt *statement, int at, rap_text_t text)
{
    sqlite3_bind_text64 (statement, at, text.len ? text.at : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_blob (sqlite3_stmt *statement, int at, rap_text_t bytes)
{
    sqlite3_bind_blob64 (statement, at, bytes.len ? bytes.at : "", bytes.len, SQLITE_STATIC);
}

static void bind_uint (sqlite3_stmt *statement, int at, uint64_t value)
{
    sqlite3_bind_int64 (statement, at, (sqlite3_int64)value);
}

static rap_text_t column_text (sqlite3_stmt *statement, int at)
{
    const void *bytes = sqlite3_column_blob (statement, at);
    return bytes ? rap_text_of (bytes, (size_t)sqlite3_column_bytes (statement, at)) : RAP_TEXT ("");
}

static uint64_t column_uint (sqlite3_stmt *statement, int at)
{
    return (uint64_t)sqlite3_column_int64 (statement, at);
}

static uint32_t column_uint32 (sqlite3_stmt *statement, int at)
{
    return (uint32_t)sqlite3_column_int64 (statement, at);
}

//  Runs a statement that gives no row that we want.
static rap_status_t run (rap_journal_t *self, sqlite3_stmt *statement)
{
    int rc;
    do
        rc = sqlite3_step (statement);
    while (rc == SQLITE_ROW);
    sqlite3_reset (statement);
    return rc == SQLITE_DONE ? RAP_OK : note_failure (self);
}

//  The next row: RAP_OK; RAP_AGAIN: no more.
static rap_status_t row (rap_journal_t *self, sqlite3_stmt *statement)
{
    int rc = sqlite3_step (statement);
    if (rc == SQLITE_ROW)
        return RAP_OK;
    sqlite3_reset (statement);
    return rc == SQLITE_DONE ? RAP_AGAIN : note_failure (self);
}

//  Every verb that writes begins here.
static rap_status_t writing (rap_journal_t *self)
{
    if (self->failure.text[0])
        return RAP_FAILED;
    if (self->open)
        return RAP_OK;
    rap_status_t status = run (self, use (self, BEGIN));
    self->open = status == RAP_OK;
    return status;
}

//  --- counts --------------------------------------------------------------------

static uint64_t ask_number (rap_journal_t *self, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    uint64_t number = 0;
    if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK
        || sqlite3_step (statement) != SQLITE_ROW)
        note_failure (self);
    else
        number = column_uint (statement, 0);
    sqlite3_finalize (statement);
    return number;
}

static void recount (rap_journal_t *self)
{
    self->counts = (rap_journal_counts_t){
        .taken = ask_number (self, "SELECT count (*) FROM document WHERE state = 'taken'"),
        .split = ask_number (self, "SELECT count (*) FROM document WHERE state = 'split'"),
        .complete = ask_number (self, "SELECT count (*) FROM document WHERE state = 'complete'"),
        .quarantined = ask_number (self, "SELECT count (*) FROM document WHERE state = 'quarantined'"),
        .open_batches = ask_number (self, "SELECT count (*) FROM batch JOIN document USING (number)"
                                          " WHERE state <> 'taken'"),
        .open_chunks = ask_number (self, "SELECT coalesce (sum (count), 0) FROM batch JOIN document USING (number)"
                                         " WHERE state <> 'taken'"),
        .stored_chunks = ask_number (self, "SELECT coalesce (sum (receipted), 0) FROM document"),
        .quarantined_chunks = ask_number (self, "SELECT coalesce (sum (quarantined), 0) FROM document"),
        .dropped = ask_number (self, "SELECT count (*) FROM document WHERE state = 'dropped'"),
        .dropped_chunks = ask_number (self, "SELECT coalesce (sum (dropped), 0) FROM document"),
        .notices = ask_number (self, "SELECT count (*) FROM notice"),
        .open_bytes = ask_number (self, "SELECT coalesce (sum (bytes), 0) FROM document"
                                        " WHERE state IN ('taken', 'split')"),
    };
    self->last_batch = ask_number (self, "SELECT coalesce (max (seq), 0) FROM sqlite_sequence WHERE name = 'batch'");
}

static uint64_t *state_count (rap_journal_t *self, rap_text_t state)
{
    rap_journal_counts_t *counts = &self->counts;
    if (rap_text_equal (state, RAP_TEXT ("taken")))
        return &counts->taken;
    if (rap_text_equal (state, RAP_TEXT ("split")))
        return &counts->split;
    if (rap_text_equal (state, RAP_TEXT ("complete")))
        return &counts->complete;
    return rap_text_equal (state, RAP_TEXT ("dropped")) ? &counts->dropped : &counts->quarantined;
}

//  The same state as a constant, which lives on.
static rap_text_t state_text (rap_text_t state)
{
    static const char *const states[] = {"taken", "split", "complete", "quarantined", "dropped"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (rap_text_equal (state, rap_text (states[i])))
            return rap_text (states[i]);
    return RAP_TEXT ("");
}

//  --- open and close --------------------------------------------------------------

static rap_status_t execute (rap_journal_t *self, const char *sql)
{
    return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK ? RAP_OK : note_failure (self);
}

//  SQLite would let two processes write by turns; leases would not survive that.
static rap_status_t take_lock (rap_journal_t *self, rap_reason_t *reason)
{
    char path[4096];
    if (snprintf (path, sizeof path, "%s.lock", self->path) >= (int)sizeof path)
        return rap_refuse (reason, "%s: the path is too long", self->path);
    self->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (self->lock < 0)
        return rap_fail (reason, "%s: %s", path, strerror (errno));
    if (flock (self->lock, LOCK_EX | LOCK_NB) != 0)
        return rap_refuse (reason, "%s: another ingest uses this journal", self->path);
    snprintf (path, sizeof path, "%.4000s.repaired", self->path);
    if (access (path, F_OK) == 0)
        return rap_refuse (reason, "%s: a repair was not finished; 'rapporteur fsck --repair' goes on with it", path);
    return RAP_OK;
}

static rap_status_t migrate (rap_journal_t *self, rap_reason_t *reason)
{
    uint64_t version = ask_number (self, "PRAGMA user_version");
    uint64_t application = ask_number (self, "PRAGMA application_id");
    uint64_t tables = ask_number (self, "SELECT count (*) FROM sqlite_schema");
    if (self->failure.text[0])
        return RAP_FAILED;
    if (tables && application != APPLICATION_ID)
        return rap_refuse (reason, "%s: a database, but not a journal of ours", self->path);
    if (version > SCHEMA_VERSION)
        return rap_refuse (reason, "%s: journal of schema %" PRIu64 ", this program knows %d", self->path, version,
                           SCHEMA_VERSION);
    for (uint64_t step = tables ? version : 0; step < SCHEMA_VERSION; step++) {
        char sql[sizeof schema + 200];
        snprintf (sql, sizeof sql, "BEGIN IMMEDIATE; %s PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                  steps[step], APPLICATION_ID, (int)step + 1);
        if (execute (self, sql) != RAP_OK)
            return RAP_FAILED;
    }
    return RAP_OK;
}

//  What a kill left half done, and the new epoch: one group.
static rap_status_t begin_epoch (rap_journal_t *self)
{
    uint8_t random[16];
    char sql[512];
    if (getrandom (random, sizeof random, 0) != (ssize_t)sizeof random)
        abort ();
    for (size_t i = 0; i < sizeof random; i++)
        snprintf (self->name + 2 * i, 3, "%02x", random[i]);
    snprintf (sql, sizeof sql,
              "BEGIN IMMEDIATE;"
              "INSERT OR IGNORE INTO meta VALUES ('ingest', '%s'), ('epoch', 0);"
              "UPDATE meta SET value = value + 1 WHERE key = 'epoch';"
              "DELETE FROM batch WHERE number IN (SELECT number FROM document WHERE state = 'taken');"
              "DELETE FROM body WHERE piece / %d NOT IN (SELECT body FROM document);"
              "COMMIT",
              self->name, BODY_PIECES);
    if (execute (self, sql) != RAP_OK)
        return RAP_FAILED;
    self->epoch = ask_number (self, "SELECT value FROM meta WHERE key = 'epoch'");
    self->next_body = ask_number (self, "SELECT coalesce (max (piece), 0) / 1024 + 1 FROM body");
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2 (self->db, "SELECT value FROM meta WHERE key = 'ingest'", -1, &statement, NULL)
            == SQLITE_OK
        && sqlite3_step (statement) == SQLITE_ROW)
        snprintf (self->name, sizeof self->name, "%s", (const char *)sqlite3_column_text (statement, 0));
    sqlite3_finalize (statement);
    recount (self);
    return self->failure.text[0] ? RAP_FAILED : RAP_OK;
}

static rap_status_t prepare (rap_journal_t *self)
{
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        if (sqlite3_prepare_v3 (self->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT, &self->statements[i],
                                NULL)
            != SQLITE_OK)
            return note_failure (self);
    return RAP_OK;
}

static rap_status_t set_up (rap_journal_t *self, rap_reason_t *reason)
{
    char sql[400];
    rap_status_t status = take_lock (self, reason);
    if (status != RAP_OK)
        return status;
    if (sqlite3_open_v2 (self->path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                         rap_sums_vfs ())
        != SQLITE_OK)
        return note_failure (self);
    sqlite3_busy_timeout (self->db, 2000); //  readers that recover a WAL hold it for a moment
    snprintf (
        sql, sizeof sql,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY;"
        "PRAGMA wal_autocheckpoint = %d; PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF",
        CACHE_KIB, CHECKPOINT_PAGES);
    if (execute (self, sql) != RAP_OK)
        return RAP_FAILED;
    status = migrate (self, reason);
    if (status == RAP_OK)
        status = begin_epoch (self);
    if (status == RAP_OK)
        status = prepare (self);
    return status;
}

rap_journal_t *rap_journal_open (const char *path, rap_reason_t *reason)
{
    rap_journal_t *self = calloc (1, sizeof *self);
    if (!self || !(self->path = strdup (path)))
        abort ();
    self->lock = -1;
    self->packer = rap_packer_new ();
    rap_reason_t why = {.text = ""};
    if (set_up (self, &why) == RAP_OK)
        return self;
    if (!why.text[0])
        why = self->failure;
    if (reason)
        *reason = why;
    rap_journal_close (&self);
    return NULL;
}

void rap_journal_close (rap_journal_t **self_p)
{
    rap_journal_t *self = *self_p;
    if (!self)
        return;
    if (self->open)
        rap_journal_rollback (self);
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        sqlite3_finalize (self->statements[i]);
    sqlite3_close (self->db);
    if (self->lock >= 0)
        close (self->lock);
    rap_packer_destroy (&self->packer);
    free (self->path);
    free (self);
    *self_p = NULL;
}

uint64_t rap_journal_epoch (const rap_journal_t *self)
{
    return self->epoch;
}

const char *rap_journal_name (const rap_journal_t *self)
{
    return self->name;
}

bool rap_journal_dirty (const rap_journal_t *self)
{
    return self->open || self->failure.text[0];
}

const char *rap_journal_failure (const rap_journal_t *self)
{
    return self->failure.text;
}

rap_journal_counts_t rap_journal_counts (const rap_journal_t *self)
{
    return self->counts;
}

int64_t rap_journal_oldest (rap_journal_t *self, char id[RAP_DOCUMENT_ID_SIZE])
{
    if (!self->counts.taken && !self->counts.split)
        return -1;
    sqlite3_stmt *oldest = use (self, OLDEST);
    int64_t age_us = -1;
    if (sqlite3_step (oldest) == SQLITE_ROW) { //  a failure here is no failure of the group
        rap_text_t name = column_text (oldest, 0);
        snprintf (id, RAP_DOCUMENT_ID_SIZE, "%.*s", (int)name.len, name.at);
        age_us = rap_clock_since_us (column_text (oldest, 1));
    }
    sqlite3_reset (oldest);
    return age_us < 0 ? -1 : age_us / 1000;
}

//  No statement may keep a snapshot open, or the WAL could never start over.
static void rest (rap_journal_t *self)
{
    for (int i = 0; i < STATEMENTS_COUNT; i++)
        sqlite3_reset (self->statements[i]);
}

rap_status_t rap_journal_commit (rap_journal_t *self, rap_reason_t *reason)
{
    rest (self);
    if (!self->failure.text[0] && self->open && run (self, use (self, COMMIT)) == RAP_OK)
        self->open = false;
    if (!self->failure.text[0])
        return RAP_OK;
    rap_status_t status = rap_fail (reason, "%s", self->failure.text);
    rap_journal_rollback (self);
    return status;
}

void rap_journal_rollback (rap_journal_t *self)
{
    rest (self);
    if (!sqlite3_get_autocommit (self->db))
        run (self, use (self, ROLLBACK));
    self->open = false;
    self->reading_first = 0;
    self->reading_batches = 0;
    self->reading_chunks = 0;
    self->failure.text[0] = 0;
    recount (self);
    self->failure.text[0] = 0; //  a failure to count shows again at the next verb
}

//  --- taking ----------------------------------------------------------------------

rap_status_t rap_journal_find (rap_journal_t *self, const char *sha256, rap_text_t *cause)
{
    char id[RAP_DOCUMENT_ID_SIZE];
    rap_document_id (sha256, id);
    sqlite3_stmt *find = use (self, FIND);
    sqlite3_bind_text (find, 1, id, -1, SQLITE_TRANSIENT);
    rap_status_t status = row (self, find);
    if (status == RAP_OK && cause)
        *cause = column_text (find, 0);
    return status;
}

void rap_journal_id (rap_journal_t *self, uint64_t number, char id[RAP_DOCUMENT_ID_SIZE])
{
    sqlite3_stmt *find = use (self, ID);
    bind_uint (find, 1, number);
    rap_text_t found = row (self, find) == RAP_OK ? column_text (find, 0) : RAP_TEXT ("");
    snprintf (id, RAP_DOCUMENT_ID_SIZE, "%.*s", (int)found.len, found.at);
    sqlite3_reset (find);
}

uint64_t rap_journal_body_new (rap_journal_t *self)
{
    return self->next_body++;
}

rap_status_t rap_journal_body_add (rap_journal_t *self, uint64_t body, uint32_t piece, rap_text_t bytes)
{
    assert (piece < BODY_PIECES);
    if (writing (self) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *add = use (self, BODY_ADD);
    bind_uint (add, 1, body * BODY_PIECES + piece);
    bind_blob (add, 2, bytes);
    return run (self, add);
}

rap_status_t rap_journal_body_drop (rap_journal_t *self, uint64_t body)
{
    if (writing (self) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *drop = use (self, BODY_DROP);
    bind_uint (drop, 1, body * BODY_PIECES);
    bind_uint (drop, 2, (body + 1) * BODY_PIECES);
    return run (self, drop);
}

rap_status_t rap_journal_body_piece (rap_journal_t *self, uint64_t body, uint32_t piece, rap_text_t *bytes)
{
    sqlite3_stmt *get = use (self, BODY_PIECE);
    bind_uint (get, 1, body * BODY_PIECES + piece);
    rap_status_t status = row (self, get);
    if (status == RAP_OK)
        *bytes = column_text (get, 0);
    return status == RAP_AGAIN ? RAP_REFUSED : status;
}

rap_status_t rap_journal_take (rap_journal_t *self, const rap_stated_t *stated, const char *sha256, uint64_t bytes,
                               uint64_t body)
{
    char id[RAP_DOCUMENT_ID_SIZE], now[RAP_TIME_MAX];
    if (writing (self) != RAP_OK)
        return RAP_FAILED;
    rap_document_id (sha256, id);
    sqlite3_stmt *take = use (self, TAKE);
    bind_text (take, 1, rap_text (id));
    bind_text (take, 2, stated->source);
    bind_text (take, 3, stated->key);
    bind_text (take, 4, stated->symbol);
    bind_text (take, 5, stated->published);
    bind_text (take, 6, stated->title);
    bind_text (take, 7, stated->language);
    bind_text (take, 8, rap_text (sha256));
    bind_uint (take, 9, bytes);
    bind_uint (take, 10, body);
    bind_text (take, 11, rap_text (rap_clock_utc (now)));
    if (run (self, take) != RAP_OK)
        return RAP_FAILED;
    self->counts.taken++;
    self->counts.open_bytes += bytes;
    return RAP_OK;
}

rap_status_t rap_journal_refuse (rap_journal_t *self, const rap_stated_t *stated, const char *sha256, uint64_t bytes,
                                 const char *cause)
{
    if (rap_journal_take (self, stated, sha256, bytes, 0) != RAP_OK)
        return RAP_FAILED;
    return rap_journal_read_refused (self, (uint64_t)sqlite3_last_insert_rowid (self->db), cause, 0);
}

//  --- reading ---------------------------------------------------------------------

static void fill_unread (sqlite3_stmt *row_of, rap_unread_t *unread)
{
    *unread = (rap_unread_t){.document = {.number = column_uint (row_of, 0),
                                          .document_id = column_text (row_of, 1),
                                          .source = column_text (row_of, 2),
                                          .symbol = column_text (row_of, 3),
                                          .other_symbols = RAP_TEXT ("[]"),
                                          .published = column_text (row_of, 4),
                                          .title = column_text (row_of, 5),
                                          .language = column_text (row_of, 6),
                                          .sha256 = column_text (row_of, 7),
                                          .received_at = column_text (row_of, 8),
                                          .bytes = column_uint (row_of, 9)},
                             .body = column_uint (row_of, 10),
                             .reads = column_uint32 (row_of, 11),
                             .deaths = column_uint32 (row_of, 12)};
}

rap_status_t rap_journal_unread (rap_journal_t *self, uint64_t number, rap_unread_t *unread)
{
    if (!self->counts.taken)
        return RAP_AGAIN;
    sqlite3_stmt *next = use (self, UNREAD);
    bind_uint (next, 1, number);
    rap_status_t status = row (self, next);
    if (status == RAP_OK)
        fill_unread (next, unread);
    return status;
}

static rap_status_t run_with_number (rap_journal_t *self, statement_t name, uint64_t number)
{
    if (writing (self) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *statement = use (self, name);
    bind_uint (statement, 1, number);
    return run (self, statement);
}

static rap_status_t count_bytes (rap_journal_t *self, uint64_t number, uint64_t *bytes)
{
    sqlite3_stmt *get = use (self, BYTES);
    bind_uint (get, 1, number);
    if (row (self, get) != RAP_OK)
        return note_failure (self);
    *bytes = column_uint (get, 0);
    return run (self, get);
}

//  What an earlier reading left, one that a failed group ended, is not to be dispatched beside this one.
rap_status_t rap_journal_read_begun (rap_journal_t *self, uint64_t number)
{
    rap_status_t status = run_with_number (self, FORGET_BATCHES, number);
    return status == RAP_OK ? run_with_number (self, READ_BEGUN, number) : status;
}

rap_status_t rap_journal_read_died (rap_journal_t *self, uint64_t number)
{
    return run_with_number (self, READ_DIED, number);
}

static rap_status_t insert_batch (rap_journal_t *self, uint64_t number, uint32_t first, uint32_t count,
                                  rap_text_t chunks)
{
    sqlite3_stmt *add = use (self, ADD_BATCH);
    bind_uint (add, 1, number);
    bind_uint (add, 2, first);
    bind_uint (add, 3, count);
    bind_blob (add, 4, chunks);
    if (run (self, add) != RAP_OK)
        return RAP_FAILED;
    self->last_batch = (uint64_t)sqlite3_last_insert_rowid (self->db);
    return RAP_OK;
}

rap_status_t rap_journal_add_batch (rap_journal_t *self, uint64_t number, uint32_t first, uint32_t count,
                                    rap_text_t chunks)
{
    if (writing (self) != RAP_OK || insert_batch (self, number, first, count, chunks) != RAP_OK)
        return RAP_FAILED;
    if (!self->reading_first)
        self->reading_first = self->last_batch;
    self->reading_batches++;
    self->reading_chunks += count;
    return RAP_OK;
}

//  The document_id found, as a copy; '' none.
static rap_status_t superseded_by (rap_journal_t *self, statement_t name, uint64_t number, rap_text_t shared,
                                   rap_text_t language, char id[RAP_DOCUMENT_ID_SIZE])
{
    id[0] = 0;
    if (shared.len == 0)
        return RAP_OK;
    sqlite3_stmt *find = use (self, name);
    bind_uint (find, 1, number);
    bind_text (find, 2, shared);
    if (name == BY_SYMBOL)
        bind_text (find, 3, language);
    rap_status_t status = row (self, find);
    if (status == RAP_OK)
        snprintf (id, RAP_DOCUMENT_ID_SIZE, "%s", (const char *)sqlite3_column_text (find, 0));
    sqlite3_reset (find);
    return status == RAP_FAILED ? RAP_FAILED : RAP_OK;
}

static rap_status_t find_superseded (rap_journal_t *self, const rap_document_t *document,
                                     char id[RAP_DOCUMENT_ID_SIZE])
{
    sqlite3_stmt *key_of = use (self, KEY_OF);
    bind_uint (key_of, 1, document->number);
    rap_status_t status = row (self, key_of);
    if (status == RAP_OK)
        status = superseded_by (self, BY_KEY, document->number, column_text (key_of, 0), document->language, id);
    sqlite3_reset (key_of);
    if (status == RAP_OK && !id[0])
        status = superseded_by (self, BY_SYMBOL, document->number, document->symbol, document->language, id);
    return status;
}

rap_status_t rap_journal_read_done (rap_journal_t *self, const rap_document_t *document)
{
    char supersedes[RAP_DOCUMENT_ID_SIZE];
    if (writing (self) != RAP_OK || find_superseded (self, document, supersedes) != RAP_OK)
        return RAP_FAILED;
    assert (document->chunks == self->reading_chunks);
    rap_document_t header = *document;
    header.supersedes = rap_text (supersedes);
    rap_packer_reset (self->packer);
    rap_pack_document (self->packer, &header);
    sqlite3_stmt *done = use (self, READ_DONE);
    bind_uint (done, 1, document->number);
    bind_uint (done, 2, document->chunks);
    bind_text (done, 3, document->symbol);
    bind_text (done, 4, document->language);
    bind_text (done, 5, header.supersedes);
    bind_blob (done, 6, rap_packed (self->packer));
    if (run (self, done) != RAP_OK)
        return RAP_FAILED;
    assert (sqlite3_changes (self->db) == 1);
    self->counts.taken--;
    self->counts.split++;
    self->counts.open_batches += self->reading_batches;
    self->counts.open_chunks += self->reading_chunks;
    self->reading_first = self->reading_batches = self->reading_chunks = 0;
    return RAP_OK;
}

rap_status_t rap_journal_read_undone (rap_journal_t *self, uint64_t number)
{
    self->reading_first = self->reading_batches = self->reading_chunks = 0;
    return run_with_number (self, FORGET_BATCHES, number);
}

static rap_status_t add_entry (rap_journal_t *self, uint64_t number, uint32_t ordinal, const char *cause,
                               uint32_t attempts, const char *first_at, const char *last_at, rap_text_t chunk)
{
    sqlite3_stmt *add = use (self, QUARANTINE);
    bind_uint (add, 1, number);
    bind_uint (add, 2, ordinal);
    bind_text (add, 3, rap_text (cause));
    bind_uint (add, 4, attempts);
    bind_text (add, 5, rap_text (first_at));
    bind_text (add, 6, rap_text (last_at));
    bind_blob (add, 7, chunk);
    if (run (self, add) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *notice = use (self, NOTICE);
    bind_uint (notice, 1, (uint64_t)sqlite3_last_insert_rowid (self->db));
    bind_uint (notice, 2, 0);
    self->counts.notices++;
    return run (self, notice);
}

rap_status_t rap_journal_read_refused (rap_journal_t *self, uint64_t number, const char *cause, uint32_t attempts)
{
    char now[RAP_TIME_MAX];
    if (rap_journal_read_undone (self, number) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *get = use (self, DOCUMENT);
    bind_uint (get, 1, number);
    if (row (self, get) != RAP_OK)
        return note_failure (self);
    rap_unread_t unread;
    fill_unread (get, &unread);
    rap_packer_reset (self->packer);
    rap_pack_document (self->packer, &unread.document);
    uint64_t bytes = unread.document.bytes;
    sqlite3_reset (get);
    rap_clock_utc (now);
    sqlite3_stmt *refuse = use (self, READ_REFUSED);
    bind_uint (refuse, 1, number);
    bind_text (refuse, 2, rap_text (cause));
    bind_blob (refuse, 3, rap_packed (self->packer));
    bind_text (refuse, 4, rap_text (now));
    if (run (self, refuse) != RAP_OK)
        return RAP_FAILED;
    assert (sqlite3_changes (self->db) == 1);
    self->counts.taken--;
    self->counts.quarantined++;
    self->counts.open_bytes -= bytes;
    return add_entry (self, number, UINT32_MAX, cause, attempts, now, now, RAP_TEXT (""));
}

//  --- dispatch --------------------------------------------------------------------

void rap_journal_rewind (rap_journal_t *self)
{
    self->loaded = 0;
}

rap_status_t rap_journal_load (rap_journal_t *self, uint32_t room, rap_batch_visit_fn *visit, void *visit_self)
{
    uint64_t end = self->reading_first ? self->reading_first : self->last_batch + 1;
    if (room == 0 || self->loaded + 1 >= end)
        return RAP_OK;
    sqlite3_stmt *load = use (self, LOAD);
    bind_uint (load, 1, self->loaded);
    bind_uint (load, 2, end);
    bind_uint (load, 3, room);
    uint32_t visited = 0;
    rap_status_t status;
    while ((status = row (self, load)) == RAP_OK) {
        rap_batch_t batch = {.batch = column_uint (load, 0),
                             .number = column_uint (load, 1),
                             .first = column_uint32 (load, 2),
                             .count = column_uint32 (load, 3),
                             .bytes = column_uint32 (load, 4),
                             .attempts = column_uint32 (load, 6),
                             .deaths = column_uint32 (load, 7),
                             .incarnations = column_uint32 (load, 8),
                             .last_incarnation = column_uint (load, 9),
                             .fails = column_uint32 (load, 10),
                             .alone = column_uint (load, 11) != 0};
        self->loaded = batch.batch;
        visited++;
        visit (visit_self, &batch, (const char *)sqlite3_column_text (load, 5));
    }
    if (status == RAP_AGAIN && visited < room)
        self->loaded = end - 1;
    return status == RAP_AGAIN ? RAP_OK : status;
}

rap_status_t rap_journal_payload (rap_journal_t *self, const rap_batch_t *batch, rap_text_t *document,
                                  rap_text_t *chunks)
{
    sqlite3_stmt *header = use (self, HEADER), *get = use (self, CHUNKS);
    bind_uint (header, 1, batch->number);
    bind_uint (get, 1, batch->batch);
    rap_status_t status = row (self, header);
    if (status == RAP_OK)
        status = row (self, get);
    if (status != RAP_OK)
        return note_failure (self);
    *document = column_text (header, 0);
    *chunks = column_text (get, 0);
    return RAP_OK;
}

rap_status_t rap_journal_count (rap_journal_t *self, const rap_batch_t *batch)
{
    char now[RAP_TIME_MAX];
    if (writing (self) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *count = use (self, COUNT);
    bind_uint (count, 1, batch->batch);
    bind_uint (count, 2, batch->attempts);
    bind_uint (count, 3, batch->deaths);
    bind_uint (count, 4, batch->incarnations);
    bind_uint (count, 5, batch->last_incarnation);
    bind_uint (count, 6, batch->fails);
    bind_uint (count, 7, batch->alone);
    bind_text (count, 8, rap_text (rap_clock_utc (now)));
    return run (self, count);
}

//  Takes a batch and its counts away; says when it was first and last tried.
static rap_status_t drop_batch (rap_journal_t *self, uint64_t batch, char first_at[RAP_TIME_MAX],
                                char last_at[RAP_TIME_MAX])
{
    if (run_with_number (self, DROP_BATCH, batch) != RAP_OK)
        return RAP_FAILED;
    assert (sqlite3_changes (self->db) == 1);
    rap_clock_utc (first_at);
    rap_clock_utc (last_at);
    sqlite3_stmt *drop = use (self, DROP_ATTEMPT);
    bind_uint (drop, 1, batch);
    rap_status_t status = row (self, drop);
    if (status == RAP_AGAIN)
        return RAP_OK;
    if (status != RAP_OK)
        return status;
    snprintf (first_at, RAP_TIME_MAX, "%s", (const char *)sqlite3_column_text (drop, 0));
    snprintf (last_at, RAP_TIME_MAX, "%s", (const char *)sqlite3_column_text (drop, 1));
    return run (self, drop);
}

//  Books chunks of a document, whose state was `was`, as receipted, quarantined or dropped.
static rap_status_t settle (rap_journal_t *self, uint64_t number, rap_text_t was, uint32_t receipted,
                            int64_t quarantined, int64_t dropped)
{
    char now[RAP_TIME_MAX];
    sqlite3_stmt *update = use (self, SETTLE);
    bind_uint (update, 1, number);
    bind_uint (update, 2, receipted);
    sqlite3_bind_int64 (update, 3, quarantined);
    bind_text (update, 4, rap_text (rap_clock_utc (now)));
    sqlite3_bind_int64 (update, 5, dropped);
    if (row (self, update) != RAP_OK)
        return note_failure (self);
    assert (column_uint (update, 1));
    --*state_count (self, was);
    ++*state_count (self, column_text (update, 0));
    bool opened = rap_text_equal (was, RAP_TEXT ("split"));
    bool open = rap_text_equal (column_text (update, 0), RAP_TEXT ("split"));
    if (open && !opened)
        self->counts.open_bytes += column_uint (update, 3);
    if (opened && !open) {
        self->counts.open_bytes -= column_uint (update, 3);
        rap_metric_add (RAP_M_INGEST_SETTLED, 1);
        rap_metric_slow (RAP_M_INGEST_DOCUMENT_SECONDS, rap_clock_since_us (column_text (update, 4)));
    }
    if (!open)
        rap_log (RAP_LOG_INFO, "document.closed", "document", (const char *)sqlite3_column_text (update, 2), "state",
                 (const char *)sqlite3_column_text (update, 0), NULL);
    self->counts.stored_chunks += receipted;
    self->counts.quarantined_chunks += (uint64_t)quarantined;
    self->counts.dropped_chunks += (uint64_t)dropped;
    self->counts.open_chunks -= receipted + (uint64_t)quarantined + (uint64_t)dropped;
    return run (self, update);
}

rap_status_t rap_journal_finish (rap_journal_t *self, const rap_batch_t *batch)
{
    char first_at[RAP_TIME_MAX], last_at[RAP_TIME_MAX];
    if (drop_batch (self, batch->batch, first_at, last_at) != RAP_OK)
        return RAP_FAILED;
    self->counts.open_batches--;
    return settle (self, batch->number, RAP_TEXT ("split"), batch->count, 0, 0);
}

//  The encoded array of the part's chunks, out of the batch's.
static rap_status_t cut (rap_journal_t *self, rap_text_t chunks, const rap_batch_t *batch, const rap_batch_t *part)
{
    rap_cursor_t cursor;
    rap_cursor_init (&cursor, chunks);
    uint32_t count = rap_read_array (&cursor, RAP_BATCH_CHUNKS_MAX);
    rap_packer_reset (self->packer);
    rap_pack_array (self->packer, part->count);
    for (uint32_t i = 0; i < count; i++) {
        rap_text_t chunk = rap_read_raw (&cursor, chunks.len);
        if (batch->first + i >= part->first && batch->first + i < part->first + part->count)
            rap_pack_raw (self->packer, chunk);
    }
    if (count == batch->count && rap_cursor_ok (&cursor))
        return RAP_OK;
    return rap_fail (&self->failure, "%s: batch %" PRIu64 " is damaged", self->path, batch->batch);
}

static rap_status_t add_part (rap_journal_t *self, rap_text_t chunks, const rap_batch_t *batch, rap_batch_t *part)
{
    if (cut (self, chunks, batch, part) != RAP_OK)
        return RAP_FAILED;
    rap_text_t own = rap_packed (self->packer);
    part->bytes = (uint32_t)own.len;
    if (insert_batch (self, part->number, part->first, part->count, own) != RAP_OK)
        return RAP_FAILED;
    part->batch = self->last_batch;
    self->counts.open_batches++;
    return rap_journal_count (self, part);
}

rap_status_t rap_journal_split (rap_journal_t *self, const rap_batch_t *batch, rap_batch_t *parts,
                                uint32_t parts_count)
{
    char first_at[RAP_TIME_MAX], last_at[RAP_TIME_MAX];
    uint32_t open = 0;
    rap_text_t header, chunks;
    if (writing (self) != RAP_OK || rap_journal_payload (self, batch, &header, &chunks) != RAP_OK)
        return RAP_FAILED;
    for (uint32_t i = 0; i < parts_count; i++) {
        open += parts[i].count;
        if (add_part (self, chunks, batch, &parts[i]) != RAP_OK)
            return RAP_FAILED;
    }
    if (drop_batch (self, batch->batch, first_at, last_at) != RAP_OK)
        return RAP_FAILED;
    self->counts.open_batches--;
    for (uint32_t i = 0; i < parts_count; i++) {
        sqlite3_stmt *first = use (self, FIRST_AT);
        bind_uint (first, 1, parts[i].batch);
        bind_text (first, 2, rap_text (first_at));
        if (run (self, first) != RAP_OK)
            return RAP_FAILED;
    }
    return batch->count > open ? settle (self, batch->number, RAP_TEXT ("split"), batch->count - open, 0, 0) : RAP_OK;
}

//  --- quarantine and release --------------------------------------------------------

rap_status_t rap_journal_quarantine (rap_journal_t *self, const rap_batch_t *batch, const char *cause)
{
    char first_at[RAP_TIME_MAX], last_at[RAP_TIME_MAX];
    rap_text_t header, chunks;
    assert (batch->count == 1);
    if (writing (self) != RAP_OK || rap_journal_payload (self, batch, &header, &chunks) != RAP_OK)
        return RAP_FAILED;
    //  The row is read while it is deleted, so the bytes are copied first.
    rap_packer_reset (self->packer);
    rap_pack_raw (self->packer, chunks);
    if (drop_batch (self, batch->batch, first_at, last_at) != RAP_OK
        || add_entry (self, batch->number, batch->first, cause, batch->attempts, first_at, last_at,
                      rap_packed (self->packer))
               != RAP_OK)
        return RAP_FAILED;
    self->counts.open_batches--;
    return settle (self, batch->number, RAP_TEXT ("split"), 0, 1, 0);
}

rap_status_t rap_journal_tried (rap_journal_t *self, const rap_tried_t *tried)
{
    char now[RAP_TIME_MAX];
    if (writing (self) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *add = use (self, TRIED);
    bind_uint (add, 1, tried->number);
    bind_uint (add, 2, tried->first);
    bind_uint (add, 3, tried->count);
    bind_uint (add, 4, tried->attempt);
    bind_text (add, 5, rap_text (tried->worker));
    bind_uint (add, 6, tried->incarnation);
    bind_text (add, 7, rap_text (rap_clock_utc (now)));
    sqlite3_bind_int64 (add, 8, tried->held_ms);
    bind_text (add, 9, rap_text (tried->outcome));
    bind_text (add, 10, rap_text (tried->cause));
    if (run (self, add) != RAP_OK)
        return RAP_FAILED;
    uint64_t last = (uint64_t)sqlite3_last_insert_rowid (self->db);
    return last > TRIED_KEPT && last % TRIED_SWEEP == 0 ? run_with_number (self, FORGET_TRIED, last - TRIED_KEPT)
                                                        : RAP_OK;
}

static rap_status_t add_release (rap_journal_t *self, uint64_t entry)
{
    char now[RAP_TIME_MAX];
    sqlite3_stmt *release = use (self, RELEASE);
    bind_uint (release, 1, entry);
    bind_text (release, 2, rap_text (rap_clock_utc (now)));
    if (run (self, release) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *notice = use (self, NOTICE);
    bind_uint (notice, 1, entry);
    bind_uint (notice, 2, 1);
    self->counts.notices++;
    return run (self, notice);
}

//  The chunk becomes a batch again, with no deaths or FAILs, that runs alone.
static rap_status_t release_chunk (rap_journal_t *self, uint64_t number, uint64_t entry, uint32_t ordinal,
                                   bool dropped, rap_text_t state)
{
    if (insert_batch (self, number, ordinal, 1, rap_packed (self->packer)) != RAP_OK)
        return RAP_FAILED;
    rap_batch_t batch = {.batch = self->last_batch, .alone = true};
    self->counts.open_batches++;
    if (rap_journal_count (self, &batch) != RAP_OK || add_release (self, entry) != RAP_OK)
        return RAP_FAILED;
    return settle (self, number, state, 0, dropped ? 0 : -1, dropped ? -1 : 0);
}

//  Releases one entry that is held: RAP_AGAIN if there is none.
static rap_status_t release_next (rap_journal_t *self, uint64_t number, uint32_t ordinal, bool whole,
                                  rap_text_t state)
{
    sqlite3_stmt *held = use (self, HELD);
    bind_uint (held, 1, number);
    bind_uint (held, 2, ordinal);
    bind_uint (held, 3, ordinal == UINT32_MAX);
    rap_status_t status = row (self, held);
    if (status != RAP_OK)
        return status;
    uint64_t entry = column_uint (held, 0);
    uint32_t at = column_uint32 (held, 1);
    bool dropped = column_uint (held, 3) != 0;
    rap_packer_reset (self->packer);
    rap_pack_raw (self->packer, column_text (held, 2));
    sqlite3_reset (held);
    if (!whole)
        return release_chunk (self, number, entry, at, dropped, state);
    uint64_t bytes = 0;
    if (count_bytes (self, number, &bytes) != RAP_OK || run_with_number (self, READ_AGAIN, number) != RAP_OK)
        return RAP_FAILED;
    self->counts.open_bytes += bytes;
    --*state_count (self, state);
    self->counts.taken++;
    return add_release (self, entry);
}

//  Steps `by_id` to the row of a document that a person named.
static rap_status_t find_document (rap_journal_t *self, sqlite3_stmt *by_id, rap_text_t document_id,
                                   rap_reason_t *reason)
{
    bind_text (by_id, 1, document_id);
    rap_status_t status = row (self, by_id);
    if (status == RAP_FAILED)
        return rap_fail (reason, "%s", self->failure.text);
    if (status == RAP_AGAIN)
        return rap_refuse (reason, "no such document was taken here");
    return status;
}

rap_status_t rap_journal_release (rap_journal_t *self, rap_text_t document_id, uint32_t ordinal, bool *whole,
                                  rap_reason_t *reason)
{
    sqlite3_stmt *by_id = use (self, BY_ID);
    rap_status_t status = find_document (self, by_id, document_id, reason);
    if (status != RAP_OK)
        return status;
    uint64_t number = column_uint (by_id, 0);
    rap_text_t state = state_text (column_text (by_id, 1));
    bool bytes = column_uint (by_id, 3) != 0;
    *whole = column_text (by_id, 2).len > 0;
    sqlite3_reset (by_id);
    if (*whole && !bytes)
        return rap_refuse (reason, "its bytes were not kept, for it was beyond a limit; hand it in anew");
    if (writing (self) != RAP_OK)
        return rap_fail (reason, "%s", self->failure.text);
    uint32_t released = 0;
    do {
        status = release_next (self, number, *whole ? UINT32_MAX : ordinal, *whole, state);
        released += status == RAP_OK;
        state = RAP_TEXT ("split");
    } while (status == RAP_OK && !*whole && ordinal == UINT32_MAX);
    if (status == RAP_FAILED)
        return rap_fail (reason, "%s", self->failure.text);
    return released ? RAP_OK : rap_refuse (reason, "nothing of it is in quarantine there");
}

static rap_status_t check_drop (const rap_command_t *command, rap_reason_t *reason)
{
    if (!command->reason.len)
        return rap_refuse (reason, "say why it is dropped");
    if (command->reason.len > REASON_BYTES_MAX)
        return rap_refuse (reason, "the reason may have at most %d bytes", REASON_BYTES_MAX);
    if (command->who.len > WHO_BYTES_MAX)
        return rap_refuse (reason, "who drops it may have at most %d bytes", WHO_BYTES_MAX);
    return RAP_OK;
}

//  Marks the entries, and tells the sink.
static rap_status_t mark_dropped (rap_journal_t *self, uint64_t number, const rap_command_t *command)
{
    char now[RAP_TIME_MAX];
    if (writing (self) != RAP_OK)
        return RAP_FAILED;
    sqlite3_stmt *notice = use (self, NOTICE_DROP), *drop = use (self, DROP);
    bind_uint (notice, 1, number);
    bind_uint (notice, 2, command->ordinal);
    if (run (self, notice) != RAP_OK)
        return RAP_FAILED;
    self->counts.notices += (uint64_t)sqlite3_changes (self->db);
    bind_uint (drop, 1, number);
    bind_uint (drop, 2, command->ordinal);
    bind_text (drop, 3, rap_text (rap_clock_utc (now)));
    bind_text (drop, 4, command->who);
    bind_text (drop, 5, command->reason);
    return run (self, drop);
}

rap_status_t rap_journal_drop (rap_journal_t *self, const rap_command_t *command, uint32_t *chunks,
                               rap_reason_t *reason)
{
    sqlite3_stmt *by_id = use (self, BY_ID), *droppable = use (self, DROPPABLE);
    rap_status_t status = check_drop (command, reason);
    if (status == RAP_OK)
        status = find_document (self, by_id, command->document_id, reason);
    if (status != RAP_OK)
        return status;
    uint64_t number = column_uint (by_id, 0);
    rap_text_t state = state_text (column_text (by_id, 1));
    sqlite3_reset (by_id);
    bind_uint (droppable, 1, number);
    bind_uint (droppable, 2, command->ordinal);
    if (row (self, droppable) != RAP_OK)
        return rap_fail (reason, "%s", self->failure.text);
    *chunks = column_uint32 (droppable, 0);
    bool whole = column_uint (droppable, 1) != 0;
    sqlite3_reset (droppable);
    if (!*chunks)
        return rap_refuse (reason, "nothing of it is in quarantine there");
    status = mark_dropped (self, number, command);
    if (status == RAP_OK && whole) {
        *chunks = 0;
        status = run_with_number (self, DROP_WHOLE, number);
        --*state_count (self, state);
        self->counts.dropped++;
    } else if (status == RAP_OK)
        status = settle (self, number, state, 0, -(int64_t)*chunks, *chunks);
    return status == RAP_OK ? RAP_OK : rap_fail (reason, "%s", self->failure.text);
}

//  What is in quarantine of it is released, or (for the sink, which has lost it) told again.
static rap_status_t tell_held (rap_journal_t *self, uint64_t number, bool released)
{
    char now[RAP_TIME_MAX];
    sqlite3_stmt *notice = use (self, NOTICE_HELD);
    bind_uint (notice, 1, number);
    bind_uint (notice, 2, released);
    if (run (self, notice) != RAP_OK)
        return RAP_FAILED;
    self->counts.notices += (uint64_t)sqlite3_changes (self->db);
    if (!released)
        return RAP_OK;
    sqlite3_stmt *release = use (self, RELEASE_HELD);
    bind_uint (release, 1, number);
    bind_text (release, 2, rap_text (rap_clock_utc (now)));
    return run (self, release);
}

static rap_status_t renew (rap_journal_t *self, uint64_t number, rap_text_t state)
{
    sqlite3_stmt *books = use (self, BOOKS);
    bind_uint (books, 1, number);
    if (row (self, books) != RAP_OK)
        return RAP_FAILED;
    self->counts.stored_chunks -= column_uint (books, 0);
    self->counts.quarantined_chunks -= column_uint (books, 1);
    self->counts.dropped_chunks -= column_uint (books, 2);
    sqlite3_reset (books);
    uint64_t bytes = 0;
    if (count_bytes (self, number, &bytes) != RAP_OK)
        return RAP_FAILED;
    self->counts.open_bytes += bytes;
    --*state_count (self, state);
    self->counts.taken++;
    return tell_held (self, number, true) == RAP_OK ? run_with_number (self, RENEW, number) : RAP_FAILED;
}

rap_status_t rap_journal_renew (rap_journal_t *self, rap_text_t document_id, rap_reason_t *reason)
{
    sqlite3_stmt *by_id = use (self, BY_ID);
    rap_status_t status = find_document (self, by_id, document_id, reason);
    if (status != RAP_OK)
        return status;
    uint64_t number = column_uint (by_id, 0);
    rap_text_t state = state_text (column_text (by_id, 1));
    bool dropped = rap_text_equal (state, RAP_TEXT ("dropped")) && column_text (by_id, 2).len > 0;
    bool bytes = column_uint (by_id, 3) != 0 && !dropped; //  what was dropped whole stays so
    sqlite3_reset (by_id);
    if (rap_text_equal (state, RAP_TEXT ("taken")) || rap_text_equal (state, RAP_TEXT ("split")))
        return rap_refuse (reason, "it is in work");
    if (writing (self) == RAP_OK)
        status = bytes ? renew (self, number, state) : tell_held (self, number, false);
    return status == RAP_OK && !self->failure.text[0] ? RAP_OK : rap_fail (reason, "%s", self->failure.text);
}

rap_status_t rap_journal_notices (rap_journal_t *self, uint64_t after, uint32_t max, rap_notice_visit_fn *visit,
                                  void *visit_self)
{
    if (!self->counts.notices)
        return RAP_OK;
    sqlite3_stmt *notices = use (self, NOTICES);
    bind_uint (notices, 1, after);
    bind_uint (notices, 2, max);
    rap_status_t status;
    while ((status = row (self, notices)) == RAP_OK) {
        rap_notice_t notice = {.notice = column_uint (notices, 0),
                               .ordinal = column_uint32 (notices, 2),
                               .cause = column_text (notices, 3),
                               .attempts = column_uint32 (notices, 4),
                               .first_at = column_text (notices, 5),
                               .last_at = column_text (notices, 6),
                               .document = column_text (notices, 8)};
        if (column_uint (notices, 1) == 1)
            notice.released_at = column_text (notices, 7);
        if (column_uint (notices, 1) == 2) {
            notice.dropped_at = column_text (notices, 9);
            notice.dropped_by = column_text (notices, 10);
            notice.dropped_reason = column_text (notices, 11);
        }
        visit (visit_self, &notice);
    }
    return status == RAP_AGAIN ? RAP_OK : status;
}

rap_status_t rap_journal_noticed (rap_journal_t *self, uint64_t notice)
{
    if (run_with_number (self, NOTICED, notice) != RAP_OK)
        return RAP_FAILED;
    if (sqlite3_changes (self->db) == 1)
        self->counts.notices--;
    return RAP_OK;
}
