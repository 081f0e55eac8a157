//  check: questions to a file, each of which answers the rows that are wrong.
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <sqlite3.h>

#include "rapporteur/finding.h"
#include "rapporteur/hash.h"
#include "rapporteur/limits.h"
#include "rapporteur/sums.h"
#include "rapporteur/wire.h"

#include "store.h"
#include "wal.h"

enum { BUSY_MS = 10000, JOURNAL_ID = 0x5250524a };

static const struct {
    int gravity;
    const char *word, *meaning;
} faults[] = {
#define F(name, gravity, word, meaning) {gravity, word, meaning},
    RAP_FAULTS (F)
#undef F
};

const char *rap_fault_word (rap_fault_t fault)
{
    return faults[fault].word;
}

const char *rap_fault_meaning (rap_fault_t fault)
{
    return faults[fault].meaning;
}

int rap_fault_gravity (rap_fault_t fault)
{
    return faults[fault].gravity;
}

int rap_check_gravity (const rap_check_t *self)
{
    int worst = -1;
    for (int i = 0; i < RAP_FAULTS_COUNT; i++)
        if (self->counts[i] && faults[i].gravity > worst)
            worst = faults[i].gravity;
    return worst;
}

bool rap_check_needs_seal_only (const rap_check_t *self)
{
    for (int i = 0; i < RAP_FAULTS_COUNT; i++)
        if (self->counts[i] && i != RAP_FAULT_SUMS && faults[i].gravity > 1)
            return false;
    return self->counts[RAP_FAULT_SUMS] > 0;
}

__attribute__ ((format (printf, 3, 4))) static void note (rap_check_t *self, rap_fault_t fault, const char *format,
                                                          ...)
{
    va_list arguments;
    va_start (arguments, format);
    if (self->counts[fault]++ == 0)
        vsnprintf (self->first[fault], sizeof self->first[fault], format, arguments);
    va_end (arguments);
}

bool rap_check_in_use (rap_file_kind_t kind, const char *path)
{
    char beside[4110];
    snprintf (beside, sizeof beside, "%.4096s%s", path, kind == RAP_FILE_JOURNAL ? ".lock" : "-lock");
    int fd = open (beside, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    bool free_now = flock (fd, LOCK_EX | LOCK_NB) == 0;
    close (fd);
    return !free_now;
}

//  --- blocks and log ----------------------------------------------------------------

typedef struct {
    rap_check_t *check;
    rap_wal_t *wal;
} blocks_t;

static bool is_covered (void *self, uint64_t block)
{
    return rap_wal_covers (((blocks_t *)self)->wal, block);
}

static void note_block (void *self, uint64_t block, rap_sum_fault_t fault)
{
    rap_check_t *check = ((blocks_t *)self)->check;
    if (fault == RAP_SUM_DAMAGED)
        note (check, RAP_FAULT_BLOCKS, "block %" PRIu64 " (byte %" PRIu64 ")", block, block * RAP_SUMS_BLOCK);
    else
        note (check, RAP_FAULT_SUMS, "of block %" PRIu64, block);
}

static rap_status_t check_blocks (rap_check_t *self, rap_reason_t *reason)
{
    //  Sums are of before that.
    if (rap_sums_log_gone (self->path)) {
        note (self, RAP_FAULT_LOG_GONE, "%s-wal", self->path);
        return RAP_OK;
    }
    blocks_t blocks = {.check = self, .wal = rap_wal_new (self->path, reason)};
    if (!blocks.wal)
        return RAP_FAILED;
    if (rap_wal_state (blocks.wal) == RAP_WAL_DAMAGED)
        note (self, RAP_FAULT_LOG, "frame %" PRIu64, rap_wal_break (blocks.wal));
    //  A service may be writing there this moment.
    if (rap_wal_state (blocks.wal) == RAP_WAL_TORN && !self->in_use)
        note (self, RAP_FAULT_LOG_TORN, "frame %" PRIu64, rap_wal_break (blocks.wal));
    rap_status_t status = rap_sums_check (self->path, is_covered, note_block, &blocks, reason);
    if (status == RAP_AGAIN)
        note (self, RAP_FAULT_NO_SUMS, "%s-sums", self->path);
    rap_wal_destroy (&blocks.wal);
    return status == RAP_FAILED ? RAP_FAILED : RAP_OK;
}

//  --- rows --------------------------------------------------------------------------

static void note_unread (rap_check_t *self, sqlite3 *db)
{
    int code = sqlite3_errcode (db) & 0xff;
    note (self, code == SQLITE_NOTADB ? RAP_FAULT_UNREADABLE : RAP_FAULT_ROWS, "%s", sqlite3_errmsg (db));
}

//  Each row of the answer is one that is wrong; its first column names it.
static void ask (rap_check_t *self, sqlite3 *db, rap_fault_t fault, const char *sql)
{
    sqlite3_stmt *rows = NULL;
    int code = sqlite3_prepare_v2 (db, sql, -1, &rows, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step (rows)) == SQLITE_ROW) {
        const char *what = (const char *)sqlite3_column_text (rows, 0);
        note (self, fault, "%s", what ? what : "NULL");
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE)
        note_unread (self, db);
    sqlite3_finalize (rows);
}

static int64_t number (rap_check_t *self, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    int64_t answer = -1;
    if (sqlite3_prepare_v2 (db, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step (row) == SQLITE_ROW)
        answer = sqlite3_column_int64 (row, 0);
    else
        note_unread (self, db);
    sqlite3_finalize (row);
    return answer;
}

static void check_shape (rap_check_t *self, sqlite3 *db)
{
    sqlite3_stmt *rows = NULL;
    int code = sqlite3_prepare_v2 (db, "PRAGMA integrity_check (20)", -1, &rows, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step (rows)) == SQLITE_ROW) {
        const char *what = (const char *)sqlite3_column_text (rows, 0);
        if (what && strcmp (what, "ok") != 0)
            note (self, RAP_FAULT_SHAPE, "%s", what);
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE)
        note (self, RAP_FAULT_SHAPE, "%s", sqlite3_errmsg (db));
    sqlite3_finalize (rows);
}

//  --- the journal's -------------------------------------------------------------------

static bool body_is (sqlite3_stmt *pieces, int64_t body, int64_t bytes, const char *sha256)
{
    char found[RAP_SHA256_HEX];
    rap_sha256_t *sum = rap_sha256_new ();
    int64_t len = 0, next = body * 1024;
    sqlite3_bind_int64 (pieces, 1, body);
    while (sqlite3_step (pieces) == SQLITE_ROW) {
        size_t size = (size_t)sqlite3_column_bytes (pieces, 1);
        if (sqlite3_column_int64 (pieces, 0) == next)
            rap_sha256_add (sum, size ? sqlite3_column_blob (pieces, 1) : "", size);
        next++;
        len += (int64_t)size;
    }
    rap_sha256_end (&sum, found);
    return sqlite3_reset (pieces) == SQLITE_OK && len == bytes && strcmp (found, sha256) == 0;
}

#define PIECES "SELECT piece, bytes FROM body WHERE piece >= ?1 * 1024 AND piece < (?1 + 1) * 1024 ORDER BY piece"

static void check_bytes (rap_check_t *self, sqlite3 *db)
{
    sqlite3_stmt *rows = NULL, *pieces = NULL;
    int code = sqlite3_prepare_v2 (db, PIECES, -1, &pieces, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2 (db, "SELECT document_id, sha256, bytes, body, source FROM document WHERE body > 0",
                                   -1, &rows, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step (rows)) == SQLITE_ROW) {
        const char *id = (const char *)sqlite3_column_text (rows, 0),
                   *sha = (const char *)sqlite3_column_text (rows, 1),
                   *source = (const char *)sqlite3_column_text (rows, 4);
        self->documents++;
        if (!id || !sha || strncmp (id, sha, RAP_DOCUMENT_ID_SIZE - 1) != 0
            || !body_is (pieces, sqlite3_column_int64 (rows, 3), sqlite3_column_int64 (rows, 2), sha))
            note (self, RAP_FAULT_BYTES, "%s (%.100s)", id ? id : "NULL", source ? source : "");
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE)
        note_unread (self, db);
    sqlite3_finalize (rows);
    sqlite3_finalize (pieces);
}

static void check_batches (rap_check_t *self, sqlite3 *db)
{
    sqlite3_stmt *rows = NULL;
    int code = sqlite3_prepare_v2 (db, "SELECT batch, count, chunks FROM batch", -1, &rows, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step (rows)) == SQLITE_ROW) {
        rap_cursor_t cursor;
        const void *bytes = sqlite3_column_blob (rows, 2);
        rap_cursor_init (&cursor, rap_text_of (bytes ? bytes : "", (size_t)sqlite3_column_bytes (rows, 2)));
        uint32_t count = rap_read_array (&cursor, RAP_BATCH_CHUNKS_MAX);
        for (uint32_t i = 0; i < count; i++)
            rap_read_raw (&cursor, (size_t)sqlite3_column_bytes (rows, 2));
        if (!rap_cursor_ok (&cursor) || count != (uint64_t)sqlite3_column_int64 (rows, 1))
            note (self, RAP_FAULT_BATCHES, "batch %lld", sqlite3_column_int64 (rows, 0));
        code = SQLITE_OK;
    }
    if (code != SQLITE_DONE)
        note_unread (self, db);
    sqlite3_finalize (rows);
    ask (self, db, RAP_FAULT_BATCHES,
         "SELECT 'batch ' || batch FROM (SELECT b.batch, b.first, b.count, d.chunks, d.state, d.number,"
         "  lag (b.first + b.count, 1, 0) OVER (PARTITION BY b.number ORDER BY b.first) AS before"
         "  FROM batch b LEFT JOIN document d USING (number))"
         " WHERE number IS NULL OR (state <> 'taken' AND (first < before OR first + count > chunks))");
}

static void check_journal (rap_check_t *self, sqlite3 *db)
{
    if (number (self, db, "SELECT count (*) FROM sqlite_schema") == 0) {
        note (self, RAP_FAULT_OLD, "nothing was ever written to it");
        return;
    }
    if (number (self, db, "PRAGMA application_id") != JOURNAL_ID) {
        note (self, RAP_FAULT_FOREIGN, "no journal");
        return;
    }
    if (!number (self, db, "SELECT count (*) FROM pragma_table_info ('document') WHERE name = 'dropped'")) {
        note (self, RAP_FAULT_OLD, "%s", self->path);
        return;
    }
    check_bytes (self, db);
    check_batches (self, db);
    ask (self, db, RAP_FAULT_BOOKS,
         "SELECT d.document_id || ' (' || d.source || ')' FROM document d LEFT JOIN"
         " (SELECT number, sum (count) AS open FROM batch GROUP BY number) b USING (number) WHERE CASE"
         " WHEN d.state NOT IN ('taken', 'split', 'complete', 'quarantined', 'dropped') THEN 1"
         " WHEN d.state = 'taken' THEN 0"
         " WHEN d.cause <> '' THEN d.receipted > 0"
         " ELSE d.chunks <> d.receipted + d.quarantined + d.dropped + coalesce (b.open, 0)"
         "   OR (d.state = 'complete' AND d.receipted <> d.chunks) END");
    ask (self, db, RAP_FAULT_ENTRIES,
         "SELECT 'entry ' || entry FROM quarantine q LEFT JOIN document d USING (number) WHERE d.number IS NULL"
         " OR (q.released_at = '' AND q.ordinal < 4294967295 AND d.state <> 'taken' AND q.ordinal >= d.chunks)"
         " UNION ALL SELECT 'notice ' || n.notice FROM notice n LEFT JOIN quarantine q USING (entry)"
         " WHERE q.entry IS NULL");
}

//  --- the store's ---------------------------------------------------------------------

static void check_spans (rap_check_t *self, sqlite3 *db)
{
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++) {
        char sql[600];
        const char *table = rap_finding_schemas[kind].name;
        snprintf (sql, sizeof sql,
                  "SELECT '%s of chunk ' || f.chunk_id FROM %s f LEFT JOIN chunk c USING (chunk_id)"
                  " WHERE c.chunk_id IS NULL%s",
                  table, table,
                  rap_finding_schemas[kind].has_span
                      ? " OR substr (c.text, f.start + 1, f.\"end\" - f.start) IS NOT f.surface"
                      : "");
        ask (self, db, RAP_FAULT_SPANS, sql);
    }
    ask (self, db, RAP_FAULT_SPANS,
         "SELECT 'mark of chunk ' || m.chunk_id FROM footnote_mark m LEFT JOIN chunk c USING (chunk_id)"
         " LEFT JOIN chunk f ON f.chunk_id = m.footnote_chunk_id LEFT JOIN document d USING (document_id)"
         " WHERE c.chunk_id IS NULL OR m.start > length (c.text)"
         " OR (m.footnote_chunk_id IS NOT NULL AND f.chunk_id IS NULL AND d.state IN ('complete', 'superseded'))");
}

static void check_chunks (rap_check_t *self, sqlite3 *db)
{
    ask (self, db, RAP_FAULT_CHUNKS,
         "SELECT d.document_id || ' (' || d.source || ')' FROM document d LEFT JOIN"
         " (SELECT chunk_id >> 20 AS number, count (*) AS count, max (ordinal) AS last,"
         "   sum (ordinal <> chunk_id & 1048575) AS wrong FROM chunk GROUP BY 1) c USING (number)"
         " WHERE d.stored <> coalesce (c.count, 0) OR c.last >= d.chunks OR c.wrong > 0"
         " OR (d.state IN ('complete', 'superseded') AND d.stored <> d.chunks)"
         " OR d.state NOT IN ('receiving', 'complete', 'superseded', 'quarantined', 'dropped')");
    ask (self, db, RAP_FAULT_CHUNKS,
         "SELECT 'chunk ' || c.chunk_id FROM chunk c LEFT JOIN document d ON d.number = c.chunk_id >> 20"
         " WHERE d.document_id IS NOT c.document_id");
    ask (self, db, RAP_FAULT_CHUNKS,
         "SELECT 'chunk ' || c.chunk_id FROM chunk c LEFT JOIN provenance_chunk p USING (chunk_id)"
         " LEFT JOIN provenance_batch b USING (batch_id) WHERE b.batch_id IS NULL UNION ALL"
         " SELECT 'chunk ' || p.chunk_id FROM provenance_chunk p LEFT JOIN chunk c USING (chunk_id)"
         " WHERE c.chunk_id IS NULL");
    ask (self, db, RAP_FAULT_ENTRIES,
         "SELECT q.document_id FROM quarantine q LEFT JOIN document d USING (document_id) WHERE d.number IS NULL"
         " OR q.ordinal < -1 OR (q.ordinal >= d.chunks AND q.released_at IS NULL)");
}

static void check_links (rap_check_t *self, sqlite3 *db)
{
    ask (self, db, RAP_FAULT_LINKS,
         "SELECT 'citation of chunk ' || f.chunk_id FROM citation f LEFT JOIN document d"
         " ON d.document_id = f.target_document_id WHERE f.target_document_id IS NOT NULL AND d.number IS NULL"
         " UNION ALL SELECT 'mandate of chunk ' || m.clause_chunk_id FROM mandate m LEFT JOIN clause f"
         " ON f.chunk_id = m.clause_chunk_id AND f.seq = m.seq WHERE f.chunk_id IS NULL"
         " UNION ALL SELECT 'answer in ' || u.report_document_id FROM mandate_followup u LEFT JOIN document d"
         " ON d.document_id = u.report_document_id LEFT JOIN chunk c ON c.chunk_id = u.evidence_chunk_id"
         " WHERE d.number IS NULL OR (u.evidence_chunk_id IS NOT NULL AND c.chunk_id IS NULL)"
         " UNION ALL SELECT 'point of chunk ' || p.chunk_id FROM series_point p LEFT JOIN series s USING (series_id)"
         " LEFT JOIN chunk c USING (chunk_id) WHERE s.series_id IS NULL OR c.chunk_id IS NULL"
         " UNION ALL SELECT 'lifecycle of ' || l.symbol FROM lifecycle l LEFT JOIN document d USING (document_id)"
         " WHERE d.number IS NULL");
}

//  FTS5 compares its index with the texts itself, but wants to be able to write.
static void check_search (rap_check_t *self, sqlite3 *db)
{
    int64_t chunks = number (self, db, "SELECT count (*) FROM chunk");
    int64_t indexed = number (self, db, "SELECT count (*) FROM chunk_search_docsize");
    if (chunks != indexed)
        note (self, RAP_FAULT_SEARCH, "%" PRId64 " chunks, %" PRId64 " of them in the index", chunks, indexed);
    if (self->in_use)
        return;
    sqlite3_exec (db, "COMMIT; PRAGMA query_only = 0", NULL, NULL, NULL);
    if (sqlite3_exec (db, "BEGIN; INSERT INTO chunk_search (chunk_search, rank) VALUES ('integrity-check', 1)", NULL,
                      NULL, NULL)
        != SQLITE_OK)
        note (self, RAP_FAULT_SEARCH, "%s", sqlite3_errmsg (db));
    sqlite3_exec (db, "ROLLBACK; PRAGMA query_only = 1", NULL, NULL, NULL);
}

static void check_store (rap_check_t *self, sqlite3 *db)
{
    if (number (self, db, "SELECT count (*) FROM sqlite_schema") == 0) {
        note (self, RAP_FAULT_OLD, "nothing was ever written to it");
        return;
    }
    if (number (self, db,
                "SELECT count (*) FROM sqlite_schema WHERE name IN ('document', 'chunk', 'provenance_batch')")
        != 3) {
        note (self, RAP_FAULT_FOREIGN, "no database of ours");
        return;
    }
    if (number (self, db, "PRAGMA user_version") < rap_store_version ()) {
        note (self, RAP_FAULT_OLD, "%s", self->path);
        return;
    }
    self->documents = (uint64_t)number (self, db, "SELECT count (*) FROM document");
    check_chunks (self, db);
    check_spans (self, db);
    check_links (self, db);
    check_search (self, db);
}

//  --- all of it -----------------------------------------------------------------------

//  Neither what is read nor the closing changes the file or its log.
static sqlite3 *open_still (const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        sqlite3_close (db);
        db = NULL;
        sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL);
    }
    if (!db)
        abort ();
    sqlite3_busy_timeout (db, BUSY_MS);
    sqlite3_db_config (db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config (db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return db;
}

rap_status_t rap_check_file (rap_check_t *self, rap_file_kind_t kind, const char *path, rap_reason_t *reason)
{
    *self = (rap_check_t){.kind = kind, .path = path, .in_use = rap_check_in_use (kind, path)};
    //  What one may not see is not missing, and what one may not read is not damaged.
    if (access (path, R_OK) != 0 && errno != ENOENT && errno != ENOTDIR)
        return rap_fail (reason, "%s: %s", path, strerror (errno));
    if (access (path, F_OK) != 0) {
        note (self, RAP_FAULT_MISSING, "%s", path);
        return RAP_OK;
    }
    sqlite3 *db = open_still (path);
    //  From here to the end one moment is seen, and what the log has stays in it.
    bool readable =
        sqlite3_exec (db, "PRAGMA query_only = 1; BEGIN; SELECT count (*) FROM sqlite_schema", NULL, NULL, NULL)
        == SQLITE_OK;
    if (!readable)
        note (self, RAP_FAULT_UNREADABLE, "%s", sqlite3_errmsg (db));
    rap_status_t status = check_blocks (self, reason);
    if (status == RAP_OK && readable) {
        check_shape (self, db);
        if (kind == RAP_FILE_JOURNAL)
            check_journal (self, db);
        else
            check_store (self, db);
    }
    sqlite3_close (db);
    return status;
}
