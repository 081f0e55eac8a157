//  export_json: the chunks in their order; with them walk, at the same pace, marks and every kind of finding.
#include "export.h"

#include <string.h>

#include "rapporteur/json.h"

enum { SQL_MAX = 1024, MARKS = RAP_FINDING_COUNT, WALKERS };

//  Whatever further columns it gets.
static const char document_sql[] = "SELECT * FROM document WHERE document_id = ?1";

static const char chunks_sql[] =
    "SELECT chunk_id, ordinal, kind, part, label, section, text, source_start, source_end"
    " FROM chunk WHERE document_id = ?1 ORDER BY chunk_id";

static const char mandates_sql[] =
    "SELECT resolution, clause, seq, clause_chunk_id, verb, addressee, action, condition, due FROM mandate"
    " JOIN chunk ON chunk_id = clause_chunk_id WHERE document_id = ?1 ORDER BY clause_chunk_id, seq";

static bool is_json (const char *name)
{
    return strcmp (name, "other_symbols") == 0 || strcmp (name, "section") == 0;
}

//  Numbers among them are whole.
static void put_columns (rap_json_t *json, const rap_rows_t *row)
{
    for (int i = 0; i < rap_rows_columns (row); i++) {
        const char *name = rap_rows_name (row, i);
        bool is_text = rap_rows_is_text (row, i);
        if (rap_export_is_hidden (name))
            continue;
        if (is_text && is_json (name))
            rap_json_raw (json, name, rap_rows_text (row, i));
        else if (is_text || !rap_rows_text (row, i))
            rap_json_text (json, name, rap_rows_text (row, i));
        else
            rap_json_integer (json, name, rap_rows_integer (row, i));
    }
}

//  --- findings ---------------------------------------------------------------------
//  Rows of one table for the whole document, in the order of the chunks; NULL after the last.
typedef struct {
    rap_rows_t *rows;
} walker_t;

static void advance (walker_t *self)
{
    if (self->rows)
        rap_rows_next (&self->rows);
}

static walker_t walk (rap_database_t *db, const char *sql, const char *document_id)
{
    walker_t self = {.rows = rap_database_ask (db, sql, &document_id, 1)};
    advance (&self);
    return self;
}

static walker_t walk_findings (rap_database_t *db, const rap_finding_schema_t *schema, const char *document_id)
{
    char sql[SQL_MAX];
    int len = snprintf (sql, sizeof sql, "SELECT f.chunk_id, %s",
                        schema->has_span ? "f.start, f.\"end\", f.surface" : "0, 0, ''");
    for (uint32_t i = 0; i < schema->fields_count; i++)
        len += snprintf (sql + len, sizeof sql - (size_t)len, ", f.%s", schema->fields[i].name);
    snprintf (sql + len, sizeof sql - (size_t)len,
              "%s FROM %s f JOIN chunk c USING (chunk_id) WHERE c.document_id = ?1 ORDER BY 1, 2, 3, 5, 6",
              schema == &rap_finding_schemas[RAP_FINDING_citation] ? ", f.target_document_id" : "", schema->name);
    return walk (db, sql, document_id);
}

static bool is_at (const walker_t *self, int64_t chunk_id)
{
    return self->rows && rap_rows_integer (self->rows, 0) == chunk_id;
}

static void put_span (rap_json_t *json, const rap_rows_t *row)
{
    rap_json_integer (json, "start", rap_rows_integer (row, 1));
    rap_json_integer (json, "end", rap_rows_integer (row, 2));
    rap_json_text (json, "surface", rap_rows_text (row, 3));
}

enum { FIRST_FIELD = 4 };

static void put_field (rap_json_t *json, const rap_field_t *field, const rap_rows_t *row, int column)
{
    switch (field->type) {
    case RAP_FIELD_INTEGER:
        rap_json_integer (json, field->name, rap_rows_integer (row, column));
        break;
    case RAP_FIELD_REAL:
        rap_json_real (json, field->name, rap_rows_real (row, column));
        break;
    default:
        rap_json_text (json, field->name, rap_rows_text (row, column));
        break;
    }
}

static void put_finding (rap_json_t *json, rap_finding_kind_t kind, const rap_rows_t *row)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[kind];
    rap_json_object (json, NULL);
    rap_json_text (json, "finding", schema->name);
    if (schema->has_span)
        put_span (json, row);
    for (uint32_t i = 0; i < schema->fields_count; i++)
        put_field (json, &schema->fields[i], row, FIRST_FIELD + (int)i);
    if (kind == RAP_FINDING_citation)
        rap_json_text (json, "target_document_id", rap_rows_text (row, FIRST_FIELD + (int)schema->fields_count));
    rap_json_end (json);
}

static void put_chunk (rap_json_t *json, const rap_rows_t *row, walker_t *walkers)
{
    int64_t chunk_id = rap_rows_integer (row, 0);
    rap_json_object (json, NULL);
    put_columns (json, row);
    rap_json_array (json, "footnote_marks");
    for (; is_at (&walkers[MARKS], chunk_id); advance (&walkers[MARKS])) {
        rap_json_object (json, NULL);
        put_span (json, walkers[MARKS].rows);
        if (rap_rows_text (walkers[MARKS].rows, FIRST_FIELD))
            rap_json_integer (json, "footnote_chunk_id", rap_rows_integer (walkers[MARKS].rows, FIRST_FIELD));
        else
            rap_json_text (json, "footnote_chunk_id", NULL);
        rap_json_end (json);
    }
    rap_json_end (json);
    rap_json_array (json, "findings");
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++)
        for (; is_at (&walkers[kind], chunk_id); advance (&walkers[kind]))
            put_finding (json, (rap_finding_kind_t)kind, walkers[kind].rows);
    rap_json_end (json);
    rap_json_end (json);
}

static void put_chunks (rap_json_t *json, rap_database_t *db, const char *document_id)
{
    walker_t walkers[WALKERS];
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++)
        walkers[kind] = walk_findings (db, &rap_finding_schemas[kind], document_id);
    walkers[MARKS] =
        walk (db,
              "SELECT f.chunk_id, f.start, f.\"end\", f.surface, f.footnote_chunk_id FROM footnote_mark f"
              " JOIN chunk c USING (chunk_id) WHERE c.document_id = ?1 ORDER BY 1, 2",
              document_id);
    rap_rows_t *rows = rap_database_ask (db, chunks_sql, &document_id, 1);
    rap_json_array (json, "chunks");
    while (rap_rows_next (&rows))
        put_chunk (json, rows, walkers);
    rap_json_end (json);
    for (int i = 0; i < WALKERS; i++)
        rap_rows_end (&walkers[i].rows);
}

void rap_export_json (rap_database_t *db, const char *document_id, FILE *stream)
{
    rap_json_t json;
    rap_json_init (&json, stream);
    rap_json_object (&json, NULL);
    rap_rows_t *rows = rap_database_ask (db, document_sql, &document_id, 1);
    while (rap_rows_next (&rows))
        put_columns (&json, rows);
    put_chunks (&json, db, document_id);
    rap_json_array (&json, "mandates");
    rows = rap_database_ask (db, mandates_sql, &document_id, 1);
    while (rap_rows_next (&rows)) {
        rap_json_object (&json, NULL);
        put_columns (&json, rows);
        rap_json_end (&json);
    }
    rap_json_end (&json);
    rap_json_end (&json);
}
