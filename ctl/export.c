//  export: the verb: which documents, in which format, to where.
#include "export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "rapporteur/lexicon.h"
#include "rapporteur/options.h"

#include "export_akn.h"
#include "export_out.h"
#include "export_view.h"
#include "find.h"
#include "place.h"
#include "term.h"
#include "verbs.h"

typedef enum { AKN, JSON, CSV, MARKDOWN, LINES, FORMATS } format_t;
static const struct {
    const char *name, *ending;
    bool several; //  documents in one file
} formats[FORMATS] = {{"akn", ".xml", false},
                      {"json", ".json", true},
                      {"csv", ".csv", true},
                      {"markdown", ".md", false},
                      {"jsonl", ".jsonl", false}};

typedef struct {
    rap_database_t *db;
    format_t format;
    const char *output, *table, *rules;
    const char *view, *since, *cursor;
    bool raw;
    rap_lexicon_t *lexicon; //  of akn only
    rap_naming_t *naming;
} job_t;

//  --- one document ---------------------------------------------------------------------
static rap_status_t write_one (const job_t *job, const char *id, bool first, FILE *stream, rap_reason_t *reason)
{
    rap_export_document_t *document = NULL;
    switch (job->format) {
    case JSON:
        rap_export_json (job->db, id, stream);
        return RAP_OK;
    case CSV:
        return rap_export_csv (job->db, id, job->table, job->raw, first, stream, reason);
    case AKN:
        document = rap_export_document_new (job->db, id);
        rap_export_akn (document, job->naming, stream);
        break;
    default:
        document = rap_export_document_new (job->db, id);
        rap_export_markdown (document, stream);
        break;
    }
    rap_export_document_destroy (&document);
    return RAP_OK;
}

//  All of them into one file, or to standard output.
static rap_status_t write_all (const job_t *job, char (*ids)[RAP_DOCUMENT_ID_SIZE], int count, const char *path,
                               rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    rap_export_out_t *out = rap_export_out_new (path, reason);
    if (!out)
        return RAP_REFUSED;
    for (int i = 0; i < count && status == RAP_OK; i++)
        status = write_one (job, ids[i], i == 0, rap_export_out_stream (out), reason);
    if (status == RAP_OK)
        return rap_export_out_finish (&out, reason);
    rap_export_out_destroy (&out);
    return status;
}

//  --- several files ----------------------------------------------------------------------
static bool is_folder (const char *path)
{
    struct stat is;
    return path && stat (path, &is) == 0 && S_ISDIR (is.st_mode);
}

//  Named by its symbol if it has one, and by the beginning of its id, which no other has.
static rap_status_t write_into_folder (const job_t *job, char (*id)[RAP_DOCUMENT_ID_SIZE], rap_reason_t *reason)
{
    char path[RAP_PATH_MAX];
    const char *text = *id;
    rap_arena_t *arena = rap_arena_new ();
    rap_rows_t *rows = rap_database_ask (
        job->db,
        "SELECT coalesce (symbol || '-', '') || substr (document_id, 1, 12) FROM document WHERE document_id = ?1",
        &text, 1);
    rap_text_t name = RAP_TEXT ("");
    while (rap_rows_next (&rows))
        name = rap_akn_slug (rap_text (rap_rows_text (rows, 0)), arena);
    int len = snprintf (path, sizeof path, "%s/%.*s%s", job->output, name.len < 200 ? (int)name.len : 200, name.at,
                        formats[job->format].ending);
    rap_arena_destroy (&arena);
    if (len >= (int)sizeof path)
        return rap_refuse (reason, "%.100s...: a path of more than %d bytes", job->output, RAP_PATH_MAX - 1);
    return write_all (job, id, 1, path, reason);
}

//  A document of which parts are still to come, or never will, is exported as far as it is.
static void tell_incomplete (rap_database_t *db, const char *id)
{
    rap_rows_t *rows = rap_database_ask (db,
                                         "SELECT source, stored, chunks FROM document WHERE document_id = ?1"
                                         " AND state IN ('receiving', 'quarantined')",
                                         &id, 1);
    while (rap_rows_next (&rows)) {
        rap_term_fail ("note: of %.200s only %s of %s chunks are in the database", rap_rows_text (rows, 0),
                       rap_rows_text (rows, 1), rap_rows_text (rows, 2));
    }
}

static rap_status_t find_all (job_t *job, char *const *meant, int count, char (*ids)[RAP_DOCUMENT_ID_SIZE],
                              rap_reason_t *reason)
{
    for (int i = 0; i < count; i++) {
        rap_status_t status = rap_find_document (job->db, meant[i], ids[i], reason);
        if (status != RAP_OK)
            return status;
        tell_incomplete (job->db, ids[i]);
    }
    return RAP_OK;
}

static rap_status_t export_all (job_t *job, char *const *meant, int count, rap_reason_t *reason)
{
    char (*ids)[RAP_DOCUMENT_ID_SIZE] = calloc ((size_t)count, sizeof *ids);
    if (!ids)
        abort ();
    rap_database_hold (job->db);
    rap_status_t status = find_all (job, meant, count, ids, reason);
    if (status == RAP_OK && !is_folder (job->output))
        status = write_all (job, ids, count, job->output, reason);
    else
        for (int i = 0; i < count && status == RAP_OK; i++)
            status = write_into_folder (job, &ids[i], reason);
    free (ids);
    return status;
}

//  --- a view ---------------------------------------------------------------------------
//  The cursor that the file holds; "0" if there is none.
static rap_status_t read_cursor (const char *path, char cursor[RAP_EXPORT_CURSOR_SIZE], rap_reason_t *reason)
{
    FILE *file = fopen (path, "r");
    snprintf (cursor, RAP_EXPORT_CURSOR_SIZE, "0");
    if (!file)
        return errno == ENOENT ? RAP_OK : rap_refuse (reason, "%.200s: %s", path, strerror (errno));
    bool read = fgets (cursor, RAP_EXPORT_CURSOR_SIZE, file) != NULL;
    fclose (file);
    cursor[strcspn (cursor, "\n")] = 0;
    return read ? RAP_OK : rap_refuse (reason, "%.200s: it is empty, and should hold a cursor", path);
}

static rap_status_t write_cursor (const char *path, const char *cursor, rap_reason_t *reason)
{
    rap_export_out_t *out = rap_export_out_new (path, reason);
    if (!out)
        return RAP_REFUSED;
    fprintf (rap_export_out_stream (out), "%s\n", cursor);
    return rap_export_out_finish (&out, reason);
}

//  The rows first, then the cursor behind them: whoever is stopped between the two gets rows again, and misses none.
static rap_status_t export_view (const job_t *job, rap_reason_t *reason)
{
    char since[RAP_EXPORT_CURSOR_SIZE], next[RAP_EXPORT_CURSOR_SIZE];
    rap_export_view_t what = {.name = job->view, .since = job->since, .lines = job->format == LINES, .raw = job->raw};
    if (job->cursor && read_cursor (job->cursor, since, reason) != RAP_OK)
        return RAP_REFUSED;
    if (job->cursor)
        what.since = since;
    rap_export_out_t *out = rap_export_out_new (job->output, reason);
    if (!out)
        return RAP_REFUSED;
    rap_database_hold (job->db);
    rap_status_t status = rap_export_view (job->db, &what, rap_export_out_stream (out), next, reason);
    if (status != RAP_OK)
        rap_export_out_destroy (&out);
    else
        status = rap_export_out_finish (&out, reason);
    if (status == RAP_OK && job->cursor)
        return write_cursor (job->cursor, next, reason);
    if (status == RAP_OK && job->since)
        fprintf (stderr, "next: %s\n", next);
    return status;
}

//  --- the command line ---------------------------------------------------------------------
static format_t format_of (const char *name)
{
    int format = 0;
    while (format < FORMATS && strcmp (formats[format].name, name) != 0)
        format++;
    return (format_t)format;
}

static rap_status_t read_rules (job_t *job, rap_reason_t *reason)
{
    if (job->format != AKN)
        return RAP_OK;
    job->lexicon = rap_lexicon_new (job->rules, reason);
    job->naming = job->lexicon ? rap_naming_new (job->lexicon, reason) : NULL;
    return job->naming ? RAP_OK : RAP_REFUSED;
}

static int run (job_t *job, const char *db_path, char *const *meant, int count)
{
    rap_reason_t reason;
    int status = 0;
    job->db = rap_database_open (db_path, &reason);
    if (!job->db || read_rules (job, &reason) != RAP_OK
        || (job->view ? export_view (job, &reason) : export_all (job, meant, count, &reason)) != RAP_OK)
        status = rap_term_fail ("%s", reason.text);
    rap_naming_destroy (&job->naming);
    rap_lexicon_destroy (&job->lexicon);
    rap_database_close (&job->db);
    return status;
}

//  What of the command line does not go together; NULL: all does.
static const char *objection (const job_t *job, int count)
{
    bool view = job->view != NULL;
    if (view && count)
        return "a view is exported for all documents: say no DOCUMENT";
    if (view && job->format != CSV && job->format != LINES)
        return "a view is exported as csv or jsonl";
    if (!view && job->format == LINES)
        return "jsonl is for a --view; documents are exported as json, one object after the other";
    if (!view && (job->since || job->cursor))
        return "--since and --cursor are for a --view";
    if (job->since && job->cursor)
        return "say --since or --cursor, not both";
    if (!view && count < 1)
        return "say which DOCUMENT, or which --view";
    if (count > 1 && job->format < FORMATS && !formats[job->format].several && !is_folder (job->output))
        return "a file of akn or markdown holds one document: for several say --output FOLDER, one that is there";
    return NULL;
}

int rap_verb_export (int argc, char **argv)
{
    const char *data = NULL, *db_path = NULL, *format = NULL;
    job_t job = {.table = "chunk"};
    int count = 0;
    const rap_option_t options[] = {
        {.name = "format",
         .into = &format,
         .value = "NAME",
         .help = "akn, json, csv or markdown; of a view csv or jsonl",
         .required = true},
        {.name = "output",
         .into = &job.output,
         .value = "PATH",
         .help = "a file, or a folder for a file each; else standard output"},
        {.name = "table",
         .into = &job.table,
         .value = "NAME",
         .help = "for csv: a public table, as clause or citation (chunk)"},
        {.name = "raw",
         .kind = RAP_OPTION_FLAG,
         .into = &job.raw,
         .help = "for csv: no apostrophe before what looks like a formula"},
        {.name = "view",
         .into = &job.view,
         .value = "NAME",
         .help = "a table or view of the database, of all documents"},
        {.name = "since",
         .into = &job.since,
         .value = "CURSOR",
         .help = "of a view: rows of documents that were completed behind it; 0 from the first"},
        {.name = "cursor",
         .into = &job.cursor,
         .value = "FILE",
         .help = "of a view: go on behind the cursor in FILE, and put the next one there"},
        {.name = "data", .into = &data, .value = "DIR", .help = "folder of a service"},
        {.name = "db", .into = &db_path, .value = "FILE", .help = "database of a single run"},
        {.name = "rules", .into = &job.rules, .value = "DIR", .help = "folder of the rules, for akn"},
        {.name = NULL},
    };
    const rap_usage_t usage = {
        .program = "rapporteur export",
        .summary = "documents as Akoma Ntoso, JSON, CSV or Markdown; views as CSV or JSON lines",
        .operands = "[DOCUMENT]...",
        .options = options,
        .more = "DOCUMENT is the beginning of an id, a symbol (A/RES/74/177), or a file's name. Of several, "
                "akn and markdown\nneed a folder; json has one object after the other, csv all rows in one "
                "table."};
    int status = rap_options_read (&usage, argc, argv, &count);
    if (status >= 0)
        return status;
    rap_place_t place;
    rap_reason_t reason;
    job.format = format_of (format ? format : "");
    const char *wrong = objection (&job, count);
    if (job.format == FORMATS)
        return rap_options_wrong (&usage, "there is no format '%.40s'; there are akn, json, jsonl, csv and markdown",
                                  format);
    if (wrong)
        return rap_options_wrong (&usage, "%s", wrong);
    if (rap_place_find (&place, data, db_path, &reason) != RAP_OK)
        return rap_options_wrong (&usage, "%s", reason.text);
    return run (&job, place.db, argv + 1, count);
}
