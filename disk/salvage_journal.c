//  salvage of a journal: rows by their number, bodies by their digest.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"
#include "rapporteur/clock.h"
#include "rapporteur/hash.h"
#include "salvage.h"
#include "sql.h"

enum { BODY_PIECES = 1024, UNREADABLE_MAX = 4096, EPOCH_UNKNOWN = 1000000 };

void rap_salvage_tell (rap_salvage_t *self, const char *document, const char *what)
{
    if (self->told)
        self->told (self->told_self, document, what);
}

//  What is read.
typedef struct {
    sqlite3 *old;
    sqlite3 *store; //  NULL: there is none
} sources_t;

//  The digest of a body's pieces, which must follow each other; false if one cannot be read.
static bool digest_of (sqlite3 *db, int64_t body, char sha256[RAP_SHA256_HEX], int64_t *bytes)
{
    sqlite3_stmt *rows =
        sql_ask (db, "SELECT piece, bytes FROM body WHERE piece >= %lld AND piece < %lld ORDER BY piece",
                 body * BODY_PIECES, (body + 1) * BODY_PIECES);
    rap_sha256_t *sum = rap_sha256_new ();
    int64_t next = body * BODY_PIECES;
    int code = SQLITE_ERROR;
    *bytes = 0;
    while (rows && (code = sqlite3_step (rows)) == SQLITE_ROW && sqlite3_column_int64 (rows, 0) == next++) {
        size_t len = (size_t)sqlite3_column_bytes (rows, 1);
        rap_sha256_add (sum, len ? sqlite3_column_blob (rows, 1) : "", len);
        *bytes += (int64_t)len;
    }
    rap_sha256_end (&sum, sha256);
    sqlite3_finalize (rows);
    return code == SQLITE_DONE;
}

//  --- a document whose row can be read ------------------------------------------------------

static bool carry_body (sqlite3 *db, const sources_t *from, int64_t number)
{
    char found[RAP_SHA256_HEX];
    int64_t bytes, body = sql_number (db, 0, "SELECT body FROM main.document WHERE number = %lld", number);
    if (body == 0)
        return true; //  it never had one
    bool well = sql_copy (db, from->old, "body", "piece >= %lld AND piece < %lld", body * BODY_PIECES,
                          (body + 1) * BODY_PIECES)
                && digest_of (db, body, found, &bytes)
                && sql_number (db, 0,
                               "SELECT sha256 = %Q AND bytes = %lld AND document_id = substr (%Q, 1, 32)"
                               " FROM main.document WHERE number = %lld",
                               found, bytes, found, number);
    if (!well)
        sql_run (db,
                 "DELETE FROM main.body WHERE piece >= %lld AND piece < %lld;"
                 "UPDATE main.document SET body = 0 WHERE number = %lld",
                 body * BODY_PIECES, (body + 1) * BODY_PIECES, number);
    return well;
}

//  What is open of it, and what is in quarantine; and that all of it adds up.
static bool carry_work (sqlite3 *db, const sources_t *from, int64_t number)
{
    return sql_copy (db, from->old, "batch", "number = %lld", number)
           && sql_copy (db, from->old, "attempt", "batch IN (SELECT batch FROM batch WHERE number = %lld)", number)
           && sql_copy (db, from->old, "quarantine", "number = %lld", number)
           && sql_number (
               db, 0,
               "SELECT CASE WHEN state = 'taken' OR cause <> '' THEN 1 ELSE chunks = receipted + quarantined"
               " + dropped + (SELECT coalesce (sum (count), 0) FROM main.batch b WHERE b.number = d.number) END"
               " FROM main.document d WHERE number = %lld",
               number);
}

static bool begin_anew (sqlite3 *db, int64_t number)
{
    return sql_run (db,
                    "DELETE FROM main.attempt WHERE batch IN (SELECT batch FROM main.batch WHERE number = %lld);"
                    "DELETE FROM main.batch WHERE number = %lld; DELETE FROM main.quarantine WHERE number = %lld;"
                    "UPDATE main.document SET state = 'taken', cause = '', reads = 0, deaths = 0, completed_at = '',"
                    " chunks = 0, receipted = 0, quarantined = 0, dropped = 0, supersedes = '' WHERE number = %lld",
                    number, number, number, number);
}

static bool state_is (sqlite3 *db, int64_t number, const char *state)
{
    return sql_number (db, 0, "SELECT state = %Q FROM main.document WHERE number = %lld", state, number) == 1;
}

//  False: it cannot be kept.
static bool carry_document (rap_salvage_t *self, sqlite3 *db, const sources_t *from, int64_t number, const char *name)
{
    if (!sql_copy (db, from->old, "document", "number = %lld", number))
        return false;
    bool body = carry_body (db, from, number), work = carry_work (db, from, number);
    if (!body && (state_is (db, number, "taken") || (!work && !state_is (db, number, "complete"))))
        return false;
    if (!work && body && !state_is (db, number, "complete")) {
        self->anew++;
        return begin_anew (db, number);
    }
    if (!body)
        rap_salvage_tell (self, name,
                          "is kept as it is in the database, but its bytes are gone: it cannot be read anew");
    sql_copy (db, from->old, "notice", "entry IN (SELECT entry FROM quarantine WHERE number = %lld)", number);
    sql_copy (db, from->old, "tried", "number = %lld", number);
    return true;
}

//  The number of the last document, as far as anybody still knows it.
static int64_t last_number (const sources_t *from)
{
    int64_t last = sql_number (from->old, 0, "SELECT max (number) FROM document");
    int64_t given = sql_number (from->old, 0, "SELECT seq FROM sqlite_sequence WHERE name = 'document'");
    int64_t stored = from->store ? sql_number (from->store, 0, "SELECT max (number) FROM document") : 0;
    int64_t indexed = sql_number (from->old, 0,
                                  "SELECT max (number) FROM (SELECT number FROM document INDEXED BY"
                                  " sqlite_autoindex_document_1 WHERE document_id >= '')");
    last = given > last ? given : last;
    last = stored > last ? stored : last;
    return indexed > last ? indexed : last;
}

static void carry_all (rap_salvage_t *self, sqlite3 *db, const sources_t *from, int64_t last)
{
    for (int64_t number = 1; number <= last; number++) {
        char name[200] = "";
        sqlite3_stmt *row = sql_ask (
            from->old, "SELECT document_id || ' (' || source || ')' FROM document WHERE number = %lld", number);
        int code = row ? sqlite3_step (row) : SQLITE_ERROR;
        if (code == SQLITE_ROW)
            snprintf (name, sizeof name, "%s", (const char *)sqlite3_column_text (row, 0));
        sqlite3_finalize (row);
        if (code != SQLITE_ROW)
            continue;
        sql_run (db, "SAVEPOINT one");
        bool well = carry_document (self, db, from, number, name);
        self->carried += well;
        if (!well)
            sql_run (db, "ROLLBACK TO one");
        sql_run (db, "RELEASE one");
    }
}

//  --- bodies whose document's row is gone ---------------------------------------------------

//  What the store knows of a document whose row is gone; if it has all of it, nothing is to be read anew.
static bool take_from_store (sqlite3 *db, sqlite3 *store, const char *id)
{
    sqlite3_stmt *row = sql_ask (
        store,
        "SELECT source, coalesce (symbol, ''), coalesce (published, ''), title, language, received_at,"
        " coalesce (supersedes, ''), CASE WHEN state IN ('complete', 'superseded') AND stored = chunks THEN chunks"
        " ELSE 0 END, coalesce (completed_at, '') FROM document WHERE document_id = %Q",
        id);
    sqlite3_stmt *put = sql_ask (
        db,
        "UPDATE document SET source = ?1, stated_symbol = ?2, symbol = ?2, published = ?3, title = ?4, language = ?5,"
        " received_at = ?6, supersedes = CASE WHEN ?8 THEN ?7 ELSE '' END, chunks = ?8, receipted = ?8,"
        " completed_at = ?9, state = CASE WHEN ?8 THEN 'complete' ELSE state END WHERE document_id = %Q",
        id);
    bool found = row && put && sqlite3_step (row) == SQLITE_ROW;
    for (int i = 0; found && i < 9; i++)
        sqlite3_bind_value (put, i + 1, sqlite3_column_value (row, i));
    bool well = !found || sqlite3_step (put) == SQLITE_DONE;
    sqlite3_finalize (row);
    sqlite3_finalize (put);
    return well;
}

//  What is known of a document by its digest: its number by the old index, else all by the store.
static bool adopt (rap_salvage_t *self, sqlite3 *db, const sources_t *from, int64_t body, const char *sha256,
                   int64_t bytes)
{
    char now[RAP_TIME_MAX], id[RAP_DOCUMENT_ID_SIZE];
    rap_document_id (sha256, id);
    int64_t number = sql_number (from->old, 0,
                                 "SELECT number FROM document INDEXED BY sqlite_autoindex_document_1"
                                 " WHERE document_id = %Q",
                                 id);
    if (!number && from->store)
        number = sql_number (from->store, 0, "SELECT number FROM document WHERE document_id = %Q", id);
    if (!number || sql_number (db, 0, "SELECT count (*) FROM document WHERE document_id = %Q", id))
        return false;
    rap_clock_utc (now);
    sql_run (db, "SAVEPOINT one");
    bool well =
        sql_run (db,
                 "INSERT INTO document (number, document_id, source, source_key, stated_symbol, published, title,"
                 " language, sha256, bytes, body, state, received_at) SELECT CASE WHEN EXISTS (SELECT 1 FROM"
                 " document WHERE number = %lld) THEN NULL ELSE %lld END, %Q, 'salvaged', '', '', '', '', '', %Q,"
                 " %lld, %lld, 'taken', %Q",
                 number, number, id, sha256, bytes, body, now)
        && sql_copy (db, from->old, "body", "piece >= %lld AND piece < %lld", body * BODY_PIECES,
                     (body + 1) * BODY_PIECES)
        && (!from->store || take_from_store (db, from->store, id));
    if (!well)
        sql_run (db, "ROLLBACK TO one");
    sql_run (db, "RELEASE one");
    if (well && sql_number (db, 0, "SELECT state = 'taken' FROM document WHERE document_id = %Q", id))
        self->anew++;
    self->carried += well;
    return well;
}

//  Bodies are looked for one after the other; a stretch that cannot be read is stepped over.
static void adopt_bodies (rap_salvage_t *self, sqlite3 *db, const sources_t *from)
{
    int64_t at = 1, unreadable = 0;
    while (unreadable < UNREADABLE_MAX) {
        sqlite3_stmt *row = sql_ask (
            from->old, "SELECT piece / 1024 FROM body WHERE piece >= %lld ORDER BY piece LIMIT 1", at * BODY_PIECES);
        int code = row ? sqlite3_step (row) : SQLITE_ERROR;
        int64_t body = code == SQLITE_ROW ? sqlite3_column_int64 (row, 0) : at;
        sqlite3_finalize (row);
        if (code == SQLITE_DONE)
            return;
        char sha256[RAP_SHA256_HEX];
        int64_t bytes;
        unreadable = code == SQLITE_ROW ? 0 : unreadable + 1;
        if (code == SQLITE_ROW && !sql_number (db, 0, "SELECT count (*) FROM main.document WHERE body = %lld", body)
            && digest_of (from->old, body, sha256, &bytes))
            adopt (self, db, from, body, sha256, bytes);
        at = body + 1;
    }
}

//  --- what is lost ----------------------------------------------------------------------------

//  Ids up to where reading fails.
static void gather (sqlite3 *db, sqlite3 *source, const char *sql)
{
    sqlite3_stmt *ids = sql_ask (source, "%s", sql);
    while (ids && sqlite3_step (ids) == SQLITE_ROW)
        sql_run (db, "INSERT OR IGNORE INTO temp.known VALUES (%Q, %d)", sqlite3_column_text (ids, 0),
                 sqlite3_column_int (ids, 1));
    sqlite3_finalize (ids);
}

static void tell_lost (rap_salvage_t *self, sqlite3 *db, const sources_t *from)
{
    sql_run (db, "CREATE TEMP TABLE known (document_id TEXT PRIMARY KEY, settled)");
    if (from->store)
        gather (db, from->store, "SELECT document_id, state IN ('complete', 'superseded') FROM document");
    if (from->old)
        gather (db, from->old,
                "SELECT document_id, 0 FROM document INDEXED BY sqlite_autoindex_document_1 WHERE document_id >= ''");
    sqlite3_stmt *ids =
        sql_ask (db, "SELECT document_id, settled FROM temp.known k WHERE NOT EXISTS (SELECT 1 FROM main.document d"
                     " WHERE d.document_id = k.document_id)");
    while (ids && sqlite3_step (ids) == SQLITE_ROW) {
        bool settled = sqlite3_column_int (ids, 1) != 0;
        self->lost += !settled;
        rap_salvage_tell (
            self, (const char *)sqlite3_column_text (ids, 0),
            settled
                ? "is whole in the database, but the journal knows it no more; handed in again it is kept there too"
                : "IS LOST: hand it in again");
    }
    sqlite3_finalize (ids);
}

//  Numbers once given are not given again.
static void carry_names (sqlite3 *db, const sources_t *from)
{
    static const char *const tables[] = {"document", "batch", "quarantine", "notice", "tried"};
    if (!sql_run (db, "SAVEPOINT names; DELETE FROM main.meta") || !sql_copy (db, from->old, "meta", "1"))
        sql_run (db, "ROLLBACK TO names; UPDATE main.meta SET value = %d WHERE key = 'epoch'", EPOCH_UNKNOWN);
    sql_run (db, "RELEASE names");
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        int64_t last = sql_number (from->old, 0, "SELECT seq FROM sqlite_sequence WHERE name = %Q", tables[i]);
        sql_run (db,
                 "INSERT INTO main.sqlite_sequence (name, seq) SELECT %Q, 0 WHERE NOT EXISTS (SELECT 1 FROM"
                 " main.sqlite_sequence WHERE name = %Q); UPDATE main.sqlite_sequence SET seq = max (seq, %lld)"
                 " WHERE name = %Q",
                 tables[i], tables[i], last, tables[i]);
    }
}

rap_status_t rap_salvage_journal (rap_salvage_t *self, rap_reason_t *reason)
{
    char fresh[SQL_PATH_ROOM];
    sql_fresh_path (fresh, self->journal);
    sql_remove (fresh);
    rap_journal_t *journal = rap_journal_open (fresh, reason);
    if (!journal)
        return RAP_FAILED;
    rap_journal_close (&journal);
    sqlite3 *db = sql_open (fresh, reason);
    if (!db)
        return RAP_FAILED;
    const sources_t from = {.old = sql_open_strict (self->journal), .store = sql_open_strict (self->store)};
    sql_run (db, "BEGIN");
    if (from.old) {
        carry_all (self, db, &from, last_number (&from));
        adopt_bodies (self, db, &from);
        carry_names (db, &from);
    }
    tell_lost (self, db, &from);
    bool well = sql_run (db, "COMMIT");
    if (!well)
        rap_fail (reason, "%s: %s", fresh, sqlite3_errmsg (db));
    sqlite3_close (from.old);
    sqlite3_close (from.store);
    if (!sql_close (&db, fresh, reason) || !well)
        return RAP_FAILED;
    snprintf (fresh, sizeof fresh, "%.4000s.repair.lock", self->journal);
    unlink (fresh);
    return sql_call_done (self->journal, reason) == RAP_OK ? sql_replace (self->journal, self->aside, reason)
                                                           : RAP_FAILED;
}
