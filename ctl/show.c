//  show: a document as it was read, and what was found in it.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/finding.h"
#include "rapporteur/options.h"

#include "database.h"
#include "find.h"
#include "place.h"
#include "rapporteur/json.h"
#include "term.h"
#include "verbs.h"

enum { SQL_MAX = 1024 };

static const char document_sql[] =
    "SELECT document_id, source, symbol, other_symbols, title, kind, body, session, agenda_item, published, language,"
    " sha256, bytes, chunks, stored, state, supersedes, pipeline, received_at, completed_at,"
    " distribution, (SELECT CASE WHEN count (DISTINCT b.pipeline) > 1 THEN group_concat (DISTINCT b.pipeline) END"
    " FROM provenance_chunk c JOIN provenance_batch b USING (batch_id)"
    " WHERE c.chunk_id >= number << 20 AND c.chunk_id < (number + 1) << 20) AS read_with"
    " FROM document WHERE document_id = ?1";

static const char chunks_sql[] = "SELECT chunk_id, ordinal, kind, part, label, section, text FROM chunk"
                                 " WHERE document_id = ?1 AND (?2 IS NULL OR label = ?2) ORDER BY chunk_id";

//  Findings of a kind in a chunk, in their order in the text.
static rap_rows_t *ask_findings (rap_database_t *db, const rap_finding_schema_t *schema, const char *chunk_id)
{
    char sql[SQL_MAX];
    int len = snprintf (sql, sizeof sql, "SELECT %s", schema->has_span ? "start, \"end\", surface" : "0, 0, ''");
    for (uint32_t i = 0; i < schema->fields_count; i++)
        len += snprintf (sql + len, sizeof sql - (size_t)len, ", %s", schema->fields[i].name);
    snprintf (sql + len, sizeof sql - (size_t)len, " FROM %s WHERE chunk_id = CAST (?1 AS INTEGER) ORDER BY 1, 2",
              schema->name);
    return rap_database_ask (db, sql, &chunk_id, 1);
}

//  --- for people ----------------------------------------------------------------------
//  "kind  surface  field=value ..."; empty values are left out.
static void print_finding (const rap_finding_schema_t *schema, const rap_rows_t *row)
{
    printf ("      ");
    rap_term_faint (stdout, schema->name);
    if (schema->has_span) {
        printf (" \xe2\x80\x9c");
        rap_term_put (stdout, rap_rows_text (row, 2), -1);
        printf ("\xe2\x80\x9d");
    }
    for (uint32_t i = 0; i < schema->fields_count; i++) {
        const char *value = rap_rows_text (row, (int)i + 3);
        if (!value || !*value || strcmp (schema->fields[i].name, "rule") == 0)
            continue;
        printf (" %s=", schema->fields[i].name);
        rap_term_put (stdout, value, -1);
    }
    printf ("\n");
}

static void print_chunk (rap_database_t *db, const rap_rows_t *row)
{
    char place[256];
    const char *part = rap_rows_text (row, 3), *label = rap_rows_text (row, 4);
    snprintf (place, sizeof place, "%s%s%s%s%s", rap_rows_text (row, 2), *part ? ", " : "", part, *label ? " " : "",
              label);
    printf ("\n  ");
    rap_term_bold (stdout, place);
    if (strcmp (rap_rows_text (row, 5), "[]") != 0) {
        printf ("  ");
        rap_term_faint (stdout, rap_rows_text (row, 5));
    }
    printf ("\n    ");
    rap_term_put (stdout, rap_rows_text (row, 6), 4);
    printf ("\n");
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++) {
        rap_rows_t *findings = ask_findings (db, &rap_finding_schemas[kind], rap_rows_text (row, 0));
        while (rap_rows_next (&findings))
            print_finding (&rap_finding_schemas[kind], findings);
    }
}

static void print_document (const rap_rows_t *row)
{
    for (int i = 0; i < rap_rows_columns (row); i++) {
        const char *value = rap_rows_text (row, i);
        if (!value || !*value || strcmp (value, "[]") == 0)
            continue;
        printf ("%-14s ", rap_rows_name (row, i));
        rap_term_put (stdout, value, -1);
        printf ("\n");
    }
}

//  --- as JSON -----------------------------------------------------------------------
static void put_value (rap_json_t *json, const rap_finding_schema_t *schema, uint32_t field, const rap_rows_t *row)
{
    const char *name = schema->fields[field].name;
    switch (schema->fields[field].type) {
    case RAP_FIELD_INTEGER:
        rap_json_integer (json, name, rap_rows_integer (row, (int)field + 3));
        break;
    case RAP_FIELD_REAL:
        rap_json_real (json, name, rap_rows_real (row, (int)field + 3));
        break;
    default:
        rap_json_text (json, name, rap_rows_text (row, (int)field + 3));
        break;
    }
}

static void put_findings (rap_json_t *json, rap_database_t *db, const char *chunk_id)
{
    rap_json_array (json, "findings");
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++) {
        const rap_finding_schema_t *schema = &rap_finding_schemas[kind];
        rap_rows_t *rows = ask_findings (db, schema, chunk_id);
        while (rap_rows_next (&rows)) {
            rap_json_object (json, NULL);
            rap_json_text (json, "finding", schema->name);
            if (schema->has_span) {
                rap_json_integer (json, "start", rap_rows_integer (rows, 0));
                rap_json_integer (json, "end", rap_rows_integer (rows, 1));
                rap_json_text (json, "surface", rap_rows_text (rows, 2));
            }
            for (uint32_t i = 0; i < schema->fields_count; i++)
                put_value (json, schema, i, rows);
            rap_json_end (json);
        }
    }
    rap_json_end (json);
}

static void put_chunk (rap_json_t *json, rap_database_t *db, const rap_rows_t *row)
{
    rap_json_object (json, NULL);
    rap_json_integer (json, "chunk_id", rap_rows_integer (row, 0));
    rap_json_integer (json, "ordinal", rap_rows_integer (row, 1));
    rap_json_text (json, "kind", rap_rows_text (row, 2));
    rap_json_text (json, "part", rap_rows_text (row, 3));
    rap_json_text (json, "label", rap_rows_text (row, 4));
    rap_json_raw (json, "section", rap_rows_text (row, 5));
    rap_json_text (json, "text", rap_rows_text (row, 6));
    put_findings (json, db, rap_rows_text (row, 0));
    rap_json_end (json);
}

static void put_document (rap_json_t *json, const rap_rows_t *row)
{
    for (int i = 0; i < rap_rows_columns (row); i++) {
        const char *name = rap_rows_name (row, i);
        if (strcmp (name, "other_symbols") == 0)
            rap_json_raw (json, name, rap_rows_text (row, i));
        else if (strcmp (name, "bytes") == 0 || strcmp (name, "chunks") == 0 || strcmp (name, "stored") == 0)
            rap_json_integer (json, name, rap_rows_integer (row, i));
        else
            rap_json_text (json, name, rap_rows_text (row, i));
    }
}

//  --- doing it ----------------------------------------------------------------------
static int show (rap_database_t *db, const char *id, const char *label, bool as_json)
{
    const char *texts[] = {id, label};
    rap_json_t json;
    int64_t chunks = 0;
    rap_rows_t *rows = rap_database_ask (db, document_sql, texts, 1);
    rap_json_init (&json, stdout);
    if (rap_rows_next (&rows)) {
        if (as_json) {
            rap_json_object (&json, NULL);
            put_document (&json, rows);
            rap_json_array (&json, "text");
        } else {
            print_document (rows);
        }
    }
    rap_rows_end (&rows);
    rows = rap_database_ask (db, chunks_sql, texts, 2);
    while (rap_rows_next (&rows)) {
        chunks++;
        if (as_json)
            put_chunk (&json, db, rows);
        else
            print_chunk (db, rows);
    }
    if (as_json) {
        rap_json_end (&json);
        rap_json_end (&json);
    }
    if (chunks == 0 && label)
        return rap_term_fail ("this document has no paragraph labelled '%s'; 'rapporteur show %.12s' shows all of it",
                              label, id);
    return 0;
}

int rap_verb_show (int argc, char **argv)
{
    const char *data = NULL, *db_path = NULL;
    bool json = false;
    int count = 0;
    const rap_option_t options[] = {
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db_path, .value = "FILE", .help = "database of a single run"},
        {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .help = "as JSON"},
        {.name = NULL},
    };
    const rap_usage_t usage = {.program = "rapporteur show",
                               .summary = "a document, or one of its paragraphs, with what was found in it",
                               .operands = "DOCUMENT [LABEL]",
                               .options = options,
                               .more = "DOCUMENT is the beginning of an id, a symbol (A/RES/74/177), or a file's "
                                       "name. LABEL is as printed, without\n"
                                       "the full stop: 20, 131(a), pp3 (the third preambular clause)."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    char id[RAP_DOCUMENT_ID_SIZE];
    if (count < 1 || count > 2)
        return rap_options_wrong (&usage, "say which DOCUMENT, and perhaps which LABEL in it");
    if (rap_place_find (&place, data, db_path, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    rap_database_t *db = rap_database_open (place.db, &reason);
    if (!db || rap_find_document (db, argv[1], id, &reason) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    else
        status = show (db, id, count == 2 ? argv[2] : NULL, json);
    rap_database_close (&db);
    return status;
}
