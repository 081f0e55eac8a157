//  export_view: which rows came with which document, in the order in which documents came to their end.
#include "export_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/json.h"

#include "export.h"

enum { SQL_MAX = 2048 };

//  What ties a row to the documents without which it would not be there, once for all.
static const char by_chunk[] = "SELECT v.* FROM completion o CROSS JOIN \"%s\" v ON v.chunk_id >= o.number << 20"
                               " AND v.chunk_id < (o.number + 1) << 20"
                               " WHERE o.seq > ?1 + 0 AND o.seq <= ?2 + 0 ORDER BY o.seq, v.chunk_id";
static const char by_clause[] =
    "SELECT v.* FROM completion o CROSS JOIN \"%s\" v ON v.clause_chunk_id >= o.number << 20"
    " AND v.clause_chunk_id < (o.number + 1) << 20"
    " WHERE o.seq > ?1 + 0 AND o.seq <= ?2 + 0 ORDER BY o.seq, v.clause_chunk_id, v.seq";
static const char by_document[] = "SELECT v.* FROM completion o CROSS JOIN document x ON x.number = o.number"
                                  " CROSS JOIN \"%s\" v ON v.document_id = x.document_id"
                                  " WHERE o.seq > ?1 + 0 AND o.seq <= ?2 + 0 ORDER BY o.seq";
//  An answer is there when its resolution and its report are, whichever comes last.
static const char by_answer[] =
    "SELECT v.* FROM (SELECT w.*, max ((SELECT o.seq FROM document x JOIN completion o USING (number)"
    " WHERE x.document_id = w.report_document_id), (SELECT max (o.seq) FROM mandate m JOIN completion o ON"
    " o.number = m.clause_chunk_id >> 20 WHERE m.resolution = w.resolution AND m.clause = w.clause AND m.seq = "
    "w.seq))"
    " AS linked FROM \"%s\" w) v WHERE v.linked > ?1 + 0 AND v.linked <= ?2 + 0 ORDER BY v.linked, resolution, "
    "clause, seq, rank";

static const struct {
    const char *name, *sql;
} orders[] = {
    {"adherence", by_chunk},
    {"actor", by_chunk},
    {"chunk", by_chunk},
    {"citation", by_chunk},
    {"classification", by_chunk},
    {"clause", by_chunk},
    {"date_mention", by_chunk},
    {"document", by_document},
    {"footnote_mark", by_chunk},
    {"mandate", by_clause},
    {"mandate_followup", by_answer},
    {"place", by_chunk},
    {"provenance", by_chunk},
    {"publication", by_chunk},
    {"quantity", by_chunk},
    {"dashboard_actors", by_document},
    {"dashboard_adherence", by_document},
    {"dashboard_citations", by_document},
    {"dashboard_counts", by_document},
    {"dashboard_directives", by_document},
    {"dashboard_documents", by_document},
    {"dashboard_places", by_document},
    {"dashboard_quantities", by_document},
    {"dashboard_themes", by_document},
};

static const char *order_of (const char *name)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (strcmp (orders[i].name, name) == 0)
            return orders[i].sql;
    return NULL;
}

//  --- what there is --------------------------------------------------------------------
//  Tables and views, but for SQLite's own and those that other tables are made of.
#define PUBLIC                                                                                                       \
    "type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'chunk\\_search%' "      \
    "ESCAPE '\\'"

static rap_status_t check_name (rap_database_t *db, const char *name, rap_reason_t *reason)
{
    if (rap_database_number (db, "SELECT count (*) FROM sqlite_master WHERE name = ?1 AND " PUBLIC, &name, 1))
        return RAP_OK;
    rap_rows_t *rows = rap_database_ask (
        db, "SELECT group_concat (name, ', ') FROM (SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY 1)",
        NULL, 0);
    if (rap_rows_next (&rows))
        rap_refuse (reason, "there is no table or view '%.40s'; there are the tables of doc/database.md, and %s",
                    name, rap_rows_text (rows, 0));
    rap_rows_end (&rows);
    return RAP_REFUSED;
}

//  --- cursors --------------------------------------------------------------------------
//  "12-5af03c99": the place of the last document in the order, and whose it is, so that a cursor of another database
//  is not taken for one of this.
static void write_cursor (rap_database_t *db, char cursor[RAP_EXPORT_CURSOR_SIZE])
{
    rap_rows_t *rows = rap_database_ask (db,
                                         "SELECT o.seq || '-' || substr (d.document_id, 1, 8) FROM completion o JOIN"
                                         " document d USING (number) ORDER BY o.seq DESC LIMIT 1",
                                         NULL, 0);
    snprintf (cursor, RAP_EXPORT_CURSOR_SIZE, "0");
    if (rap_rows_next (&rows))
        snprintf (cursor, RAP_EXPORT_CURSOR_SIZE, "%s", rap_rows_text (rows, 0));
    rap_rows_end (&rows);
}

static rap_status_t check_cursor (rap_database_t *db, const char *cursor, rap_reason_t *reason)
{
    if (strcmp (cursor, "0") == 0)
        return RAP_OK;
    if (rap_database_number (db,
                             "SELECT count (*) FROM completion o JOIN document d USING (number) WHERE"
                             " o.seq = CAST (?1 AS INTEGER) AND ?1 = o.seq || '-' || substr (d.document_id, 1, 8)",
                             &cursor, 1))
        return RAP_OK;
    return rap_refuse (reason, "'%.40s' is no cursor of this database; 0 begins anew", cursor);
}

//  --- rows -----------------------------------------------------------------------------
static void put_json (rap_json_t *json, const rap_rows_t *row)
{
    rap_json_object (json, NULL);
    for (int i = 0; i < rap_rows_columns (row); i++) {
        const char *name = rap_rows_name (row, i);
        if (rap_export_is_hidden (name))
            continue;
        bool is_text = rap_rows_is_text (row, i);
        const char *value = rap_rows_text (row, i);
        bool number = !is_text && value && strspn (value, "+-0123456789.eE") == strlen (value);
        if (number)
            rap_json_raw (json, name, value);
        else
            rap_json_text (json, name, value);
    }
    rap_json_end (json);
}

static void put_rows (rap_rows_t *rows, bool lines, bool raw, FILE *stream)
{
    rap_json_t json;
    rap_json_init (&json, stream);
    json.flat = true;
    if (!lines)
        rap_export_csv_names (rows, stream);
    while (rap_rows_next (&rows)) {
        if (lines)
            put_json (&json, rows);
        else
            rap_export_csv_row (rows, raw, stream);
    }
}

static rap_status_t put_since (rap_database_t *db, const rap_export_view_t *what, FILE *stream,
                               char next[RAP_EXPORT_CURSOR_SIZE], rap_reason_t *reason)
{
    char sql[SQL_MAX], from[RAP_EXPORT_CURSOR_SIZE], until[RAP_EXPORT_CURSOR_SIZE];
    const char *order = order_of (what->name);
    if (!order)
        return rap_refuse (
            reason, "rows of %.40s change with documents that come later: it is exported whole, without a cursor",
            what->name);
    if (!rap_database_has_table (db, "completion"))
        return rap_refuse (reason, "the database has no order of completion yet: this version's sink adds it");
    rap_status_t status = check_cursor (db, what->since, reason);
    if (status != RAP_OK)
        return status;
    write_cursor (db, next);
    snprintf (from, sizeof from, "%" PRId64, (int64_t)strtoll (what->since, NULL, 10));
    snprintf (until, sizeof until, "%" PRId64, (int64_t)strtoll (next, NULL, 10));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf (sql, sizeof sql, order, what->name);
#pragma GCC diagnostic pop
    put_rows (rap_database_ask (db, sql, (const char *const[]){from, until}, 2), what->lines, what->raw, stream);
    return RAP_OK;
}

rap_status_t rap_export_view (rap_database_t *db, const rap_export_view_t *what, FILE *stream,
                              char next[RAP_EXPORT_CURSOR_SIZE], rap_reason_t *reason)
{
    char sql[SQL_MAX];
    rap_status_t status = check_name (db, what->name, reason);
    if (status != RAP_OK)
        return status;
    if (what->since)
        return put_since (db, what, stream, next, reason);
    next[0] = 0;
    snprintf (sql, sizeof sql, "SELECT * FROM \"%s\"", what->name);
    put_rows (rap_database_ask (db, sql, NULL, 0), what->lines, what->raw, stream);
    return RAP_OK;
}
