//  export_csv: which rows of which table are a document's; then cells.
#include "export.h"

#include <string.h>

#include "rapporteur/csv.h"

//  How a document's rows are found. Tables of facts have their chunk's place in the document before them.
typedef enum { BY_CHUNK, BY_DOCUMENT, OTHER } restriction_t;
static const struct {
    const char *name;
    restriction_t by;
    const char *sql; //  of OTHER
} tables[] = {
    {"chunk", OTHER,
     "SELECT d.document_id, d.symbol, c.ordinal, c.kind, c.part, c.label, c.section, c.text FROM chunk c"
     " JOIN document d USING (document_id) WHERE d.document_id = ?1 ORDER BY c.chunk_id"},
    {"document", OTHER, "SELECT * FROM document WHERE document_id = ?1"},
    {"footnote_mark", BY_CHUNK, NULL},
    {"classification", BY_CHUNK, NULL},
    {"citation", BY_CHUNK, NULL},
    {"adherence", BY_CHUNK, NULL},
    {"quantity", BY_CHUNK, NULL},
    {"date_mention", BY_CHUNK, NULL},
    {"place", BY_CHUNK, NULL},
    {"actor", BY_CHUNK, NULL},
    {"clause", BY_CHUNK, NULL},
    {"publication", BY_CHUNK, NULL},
    {"provenance", BY_CHUNK, NULL},
    {"mandate", OTHER,
     "SELECT c.document_id, c.part, m.* FROM mandate m JOIN chunk c ON c.chunk_id = m.clause_chunk_id"
     " WHERE c.document_id = ?1 ORDER BY m.clause_chunk_id, m.seq"},
    {"mandate_cluster", OTHER,
     "SELECT k.* FROM mandate_cluster k JOIN chunk c ON c.chunk_id = k.clause_chunk_id WHERE c.document_id = ?1"
     " ORDER BY k.clause_chunk_id, k.seq"},
    {"mandate_followup", OTHER,
     "SELECT u.* FROM mandate_followup u WHERE u.report_document_id = ?1 OR u.resolution ="
     " (SELECT symbol FROM document WHERE document_id = ?1) ORDER BY resolution, clause, seq, report_document_id, "
     "rank"},
    {"series", OTHER,
     "SELECT s.* FROM series s WHERE series_id IN (SELECT series_id FROM series_point WHERE document_id = ?1)"
     " ORDER BY series_id"},
    {"series_point", BY_DOCUMENT, NULL},
    {"lifecycle", BY_DOCUMENT, NULL},
    {"quarantine", BY_DOCUMENT, NULL},
};

enum { TABLES = sizeof tables / sizeof *tables, SQL_MAX = 512 };

bool rap_export_is_hidden (const char *column)
{
    static const char *const names[] = {"n", "notice", "number", "linked", "splitter"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp (column, names[i]) == 0)
            return true;
    return false;
}

static rap_rows_t *ask (rap_database_t *db, size_t table, const char *document_id)
{
    char sql[SQL_MAX];
    if (tables[table].by == BY_CHUNK)
        snprintf (sql, sizeof sql,
                  "SELECT c.document_id, c.ordinal, c.part, c.label, f.* FROM %s f JOIN chunk c USING (chunk_id)"
                  " WHERE c.document_id = ?1 ORDER BY c.chunk_id",
                  tables[table].name);
    else if (tables[table].by == BY_DOCUMENT)
        snprintf (sql, sizeof sql, "SELECT * FROM %s WHERE document_id = ?1 ORDER BY rowid", tables[table].name);
    else
        snprintf (sql, sizeof sql, "%s", tables[table].sql);
    if (strcmp (tables[table].name, "quarantine") == 0) //  a table without rowid
        snprintf (sql, sizeof sql, "SELECT * FROM quarantine WHERE document_id = ?1 ORDER BY ordinal");
    return rap_database_ask (db, sql, &document_id, 1);
}

//  --- cells ------------------------------------------------------------------------
void rap_export_csv_names (const rap_rows_t *rows, FILE *stream)
{
    bool follows = false;
    for (int i = 0; i < rap_rows_columns (rows); i++) {
        if (rap_export_is_hidden (rap_rows_name (rows, i)))
            continue;
        if (follows)
            putc (',', stream);
        follows = true;
        rap_csv_cell (stream, rap_text (rap_rows_name (rows, i)), false);
    }
    fputs ("\r\n", stream);
}

void rap_export_csv_row (const rap_rows_t *row, bool raw, FILE *stream)
{
    bool follows = false;
    for (int i = 0; i < rap_rows_columns (row); i++) {
        if (rap_export_is_hidden (rap_rows_name (row, i)))
            continue;
        if (follows)
            putc (',', stream);
        follows = true;
        bool is_text = rap_rows_is_text (row, i);
        const char *text = rap_rows_text (row, i);
        rap_text_t cell = rap_text_of (text ? text : "", text ? rap_rows_bytes (row, i) : 0);
        rap_csv_cell (stream, cell, !raw && is_text);
    }
    fputs ("\r\n", stream);
}

static rap_status_t refuse_table (const char *table, rap_reason_t *reason)
{
    char names[RAP_REASON_MAX] = "";
    for (size_t i = 0, len = 0; i < TABLES && len < sizeof names; i++)
        len += (size_t)snprintf (names + len, sizeof names - len, "%s%s", i ? ", " : "", tables[i].name);
    return rap_refuse (reason, "there is no table '%.40s'; there are %s", table, names);
}

rap_status_t rap_export_csv (rap_database_t *db, const char *document_id, const char *table, bool raw, bool header,
                             FILE *stream, rap_reason_t *reason)
{
    size_t at = 0;
    while (at < TABLES && strcmp (tables[at].name, table) != 0)
        at++;
    if (at == TABLES)
        return refuse_table (table, reason);
    rap_rows_t *rows = ask (db, at, document_id);
    if (header)
        rap_export_csv_names (rows, stream);
    while (rap_rows_next (&rows))
        rap_export_csv_row (rows, raw, stream);
    return RAP_OK;
}
