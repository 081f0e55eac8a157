//  salvage: document by document, each within a savepoint that is released only if
//  all of it is whole.
#include "salvage.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "journal.h"
#include "rapporteur/clock.h"
#include "rapporteur/finding.h"
#include "sql.h"
#include "store.h"

enum { GROUP = 256 }; //  documents in a transaction

//  --- the store ---------------------------------------------------------------------------

#define IN_DOCUMENT "chunk_id >= %lld << 20 AND chunk_id < (%lld + 1) << 20"

static bool copy_facts (sqlite3 *db, sqlite3 *old, int64_t number)
{
    bool well = sql_copy (db, old, "chunk", IN_DOCUMENT, number, number)
                && sql_copy (db, old, "footnote_mark", IN_DOCUMENT, number, number)
                && sql_copy (db, old, "provenance_chunk", IN_DOCUMENT, number, number);
    for (int kind = 0; well && kind < RAP_FINDING_COUNT; kind++)
        well = sql_copy (db, old, rap_finding_schemas[kind].name, IN_DOCUMENT, number, number);
    return well
           && sql_copy (db, old, "provenance_batch",
                        "batch_id IN (SELECT batch_id FROM provenance_chunk WHERE " IN_DOCUMENT ")", number, number);
}

//  Do the rows that were carried over hold together?
static bool facts_hold (sqlite3 *db, int64_t number)
{
    int64_t wrong = sql_number (db, -1,
                                "SELECT (SELECT stored FROM document WHERE number = %lld)"
                                " <> (SELECT count (*) FROM chunk WHERE " IN_DOCUMENT ")"
                                " OR EXISTS (SELECT 1 FROM chunk LEFT JOIN provenance_chunk USING (chunk_id)"
                                "  LEFT JOIN provenance_batch b USING (batch_id) WHERE " IN_DOCUMENT
                                "  AND (b.batch_id IS NULL OR ordinal <> chunk_id & 1048575 OR document_id <>"
                                "   (SELECT document_id FROM document WHERE number = %lld)))",
                                number, number, number, number, number, number);
    for (int kind = 0; wrong == 0 && kind < RAP_FINDING_COUNT; kind++)
        if (rap_finding_schemas[kind].has_span)
            wrong = sql_number (db, -1,
                                "SELECT EXISTS (SELECT 1 FROM %w f LEFT JOIN chunk c USING (chunk_id) WHERE"
                                " f.chunk_id >= %lld << 20 AND f.chunk_id < (%lld + 1) << 20"
                                " AND substr (c.text, f.start + 1, f.\"end\" - f.start) IS NOT f.surface)",
                                rap_finding_schemas[kind].name, number, number);
    return wrong == 0;
}

static bool carry_document (sqlite3 *db, sqlite3 *old, const char *id)
{
    bool well = sql_copy (db, old, "document", "document_id = %Q", id)
                && sql_copy (db, old, "quarantine", "document_id = %Q", id);
    int64_t number = sql_number (db, -1, "SELECT number FROM main.document WHERE document_id = %Q", id);
    well = well && number >= 0 && copy_facts (db, old, number) && facts_hold (db, number)
           && sql_run (db,
                       "UPDATE main.document SET linked = CASE state WHEN 'receiving' THEN NULL ELSE 0 END,"
                       " state = replace (state, 'superseded', 'complete') WHERE number = %lld;"
                       "UPDATE main.citation SET target_document_id = NULL, issued_in = '' WHERE " IN_DOCUMENT ";"
                       "INSERT INTO main.chunk_search (rowid, text, section) SELECT chunk_id, text, section"
                       " FROM main.chunk WHERE " IN_DOCUMENT,
                       number, number, number, number, number);
    return well;
}

//  Ids from wherever they can still be read, up to where reading fails.
static void gather (sqlite3 *db, sqlite3 *from, const char *sql)
{
    sqlite3_stmt *ids = sql_ask (from, "%s", sql);
    while (ids && sqlite3_step (ids) == SQLITE_ROW)
        sql_run (db, "INSERT OR IGNORE INTO temp.wanted (document_id) VALUES (%Q)", sqlite3_column_text (ids, 0));
    sqlite3_finalize (ids);
}

static void carry_all (rap_salvage_t *self, sqlite3 *db, sqlite3 *old)
{
    uint64_t at = 0;
    sqlite3_stmt *ids = sql_ask (db, "SELECT document_id FROM temp.wanted ORDER BY place");
    sql_run (db, "BEGIN");
    while (ids && sqlite3_step (ids) == SQLITE_ROW) {
        const char *id = (const char *)sqlite3_column_text (ids, 0);
        sql_run (db, "SAVEPOINT one");
        bool well = carry_document (db, old, id);
        self->carried += well;
        if (!well)
            sql_run (db, "ROLLBACK TO one");
        sql_run (db, "RELEASE one");
        if (++at % GROUP == 0)
            sql_run (db, "COMMIT; BEGIN");
    }
    sqlite3_finalize (ids);
    sql_copy (db, old, "mandate_actor", "1");
    sql_run (db, "COMMIT");
}

//  What the damaged database knew, and neither it nor the journal has whole.
static void tell_lost_of_store (rap_salvage_t *self, sqlite3 *db, bool journal)
{
    sqlite3_stmt *ids =
        sql_ask (db,
                 "SELECT document_id FROM temp.wanted w WHERE NOT EXISTS (SELECT 1 FROM main.document d"
                 " WHERE d.document_id = w.document_id)%s",
                 journal ? " AND NOT EXISTS (SELECT 1 FROM journal.document j"
                           "  WHERE j.document_id = w.document_id)"
                         : "");
    while (ids && sqlite3_step (ids) == SQLITE_ROW) {
        self->lost++;
        rap_salvage_tell (self, (const char *)sqlite3_column_text (ids, 0),
                          "was in the database only, and is damaged there: hand it in again");
    }
    sqlite3_finalize (ids);
}

rap_status_t rap_salvage_store (rap_salvage_t *self, rap_reason_t *reason)
{
    char fresh[SQL_PATH_ROOM];
    sql_fresh_path (fresh, self->store);
    sql_remove (fresh);
    rap_store_t *store = rap_store_open (fresh, reason);
    if (!store)
        return RAP_FAILED;
    rap_store_close (&store);
    sqlite3 *db = sql_open (fresh, reason);
    if (!db)
        return RAP_FAILED;
    sql_run (db, "CREATE TEMP TABLE wanted (place INTEGER PRIMARY KEY, document_id TEXT UNIQUE)");
    bool journal = sql_attach (db, self->journal, "journal");
    sqlite3 *old = sql_open_strict (self->store);
    if (journal)
        gather (db, db, "SELECT document_id FROM journal.document ORDER BY number");
    if (old) {
        gather (db, old, "SELECT document_id FROM document");
        gather (db, old,
                "SELECT document_id FROM document INDEXED BY document_number WHERE number >= 0 ORDER BY number");
        carry_all (self, db, old);
    }
    sqlite3_close (old);
    tell_lost_of_store (self, db, journal);
    if (!sql_close (&db, fresh, reason))
        return RAP_FAILED;
    snprintf (fresh, sizeof fresh, "%.4000s.repair-lock", self->store);
    unlink (fresh);
    return sql_call_done (self->store, reason);
}

//  --- what the database lacks -----------------------------------------------------------

#define LACKING                                                                                                      \
    "CREATE TEMP TABLE again AS SELECT d.number, d.document_id, d.source, d.body FROM main.document d"               \
    " LEFT JOIN store.document s USING (document_id) WHERE d.state <> 'taken' AND d.cause = '' AND d.receipted >"    \
    " (SELECT count (*) FROM store.chunk c WHERE s.number IS NOT NULL AND c.chunk_id >= s.number << 20"              \
    "  AND c.chunk_id < (s.number + 1) << 20)"

static bool mark_again (sqlite3 *db)
{
    char now[RAP_TIME_MAX];
    return sql_run (db,
                    "INSERT INTO notice (entry, released) SELECT entry, 1 FROM quarantine WHERE released_at = ''"
                    " AND number IN (SELECT number FROM temp.again);"
                    "UPDATE quarantine SET released_at = %Q, chunk = NULL WHERE released_at = ''"
                    " AND number IN (SELECT number FROM temp.again);"
                    "DELETE FROM attempt WHERE batch IN (SELECT batch FROM batch WHERE number IN (SELECT number FROM"
                    " temp.again));"
                    "DELETE FROM batch WHERE number IN (SELECT number FROM temp.again);"
                    "UPDATE document SET state = 'taken', cause = '', reads = 0, deaths = 0, completed_at = '',"
                    " chunks = 0, receipted = 0, quarantined = 0, dropped = 0, supersedes = ''"
                    " WHERE number IN (SELECT number FROM temp.again)",
                    rap_clock_utc (now));
}

//  Entries of quarantine that the database knows nothing of are told again.
static bool tell_entries_again (sqlite3 *db)
{
    return sql_run (db, "INSERT INTO notice (entry, released) SELECT q.entry, CASE WHEN q.dropped_at <> '' THEN 2"
                        " ELSE 0 END FROM main.quarantine q JOIN main.document d USING (number)"
                        " WHERE q.released_at = '' AND d.state <> 'taken'"
                        " AND NOT EXISTS (SELECT 1 FROM main.notice n WHERE n.entry = q.entry)"
                        " AND NOT EXISTS (SELECT 1 FROM store.quarantine s WHERE s.document_id = d.document_id"
                        "  AND s.released_at IS NULL AND s.ordinal ="
                        "  CASE q.ordinal WHEN 4294967295 THEN -1 ELSE q.ordinal END)");
}

static void tell_without_bytes (rap_salvage_t *self, sqlite3 *db)
{
    sqlite3_stmt *rows = sql_ask (db, "SELECT document_id || ' (' || source || ')' FROM temp.again WHERE body = 0");
    while (rows && sqlite3_step (rows) == SQLITE_ROW) {
        self->lost++;
        rap_salvage_tell (self, (const char *)sqlite3_column_text (rows, 0),
                          "is damaged in the database, and its bytes are gone: hand it in again");
    }
    sqlite3_finalize (rows);
    //  Forgotten, so that it can be handed in again.
    sql_run (db, "DELETE FROM document WHERE number IN (SELECT number FROM temp.again WHERE body = 0);"
                 "DELETE FROM batch WHERE number IN (SELECT number FROM temp.again WHERE body = 0);"
                 "DELETE FROM quarantine WHERE number IN (SELECT number FROM temp.again WHERE body = 0);"
                 "DELETE FROM temp.again WHERE body = 0");
}

static rap_status_t reread (rap_salvage_t *self, const char *store, rap_reason_t *reason)
{
    rap_journal_t *journal = rap_journal_open (self->journal, reason); //  of this version from here on
    if (!journal)
        return RAP_FAILED;
    rap_journal_close (&journal);
    sqlite3 *db = sql_open (self->journal, reason);
    if (!db)
        return RAP_FAILED;
    bool well = sql_attach (db, store, "store") && sql_run (db, LACKING) && sql_run (db, "BEGIN IMMEDIATE");
    if (well) {
        tell_without_bytes (self, db);
        self->anew = (uint64_t)sql_number (db, 0, "SELECT count (*) FROM temp.again");
        well = mark_again (db) && tell_entries_again (db) && sql_run (db, "COMMIT");
    }
    if (!well)
        rap_fail (reason, "%s: %s", self->journal, sqlite3_errmsg (db));
    return sql_close (&db, self->journal, well ? reason : NULL) && well ? RAP_OK : RAP_FAILED;
}

bool rap_salvage_is_unfinished (const rap_salvage_t *self)
{
    return sql_is_half_replaced (self->journal) || sql_is_half_replaced (self->store);
}

//  What is to be read anew is marked before the new database counts, so that none is forgotten by who is stopped
//  between.
rap_status_t rap_salvage_finish (rap_salvage_t *self, rap_reason_t *reason)
{
    char done[SQL_PATH_ROOM];
    if (sql_is_half_replaced (self->journal) && sql_replace (self->journal, self->aside, reason) != RAP_OK)
        return RAP_FAILED;
    if (!sql_is_half_replaced (self->store))
        return reread (self, self->store, reason);
    sql_done_path (done, self->store);
    return reread (self, done, reason) == RAP_OK ? sql_replace (self->store, self->aside, reason) : RAP_FAILED;
}
