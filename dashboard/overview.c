//  overview: how all of it stands, and how it fares at present.
#include <stdlib.h>
#include <string.h>

#include "rapporteur/command.h"

#include "resources.h"

enum { NEWEST = 10, MINUTES = 60, LATEST_BATCHES = 1000, REPORT_MS = 400 };

static void put_counts (rap_reply_t *self)
{
    rap_found_t *row = rap_reply_ask (
        self,
        "SELECT count (*) AS documents, coalesce (sum (state = 'complete'), 0) AS complete,"
        " coalesce (sum (state = 'superseded'), 0) AS superseded, coalesce (sum (state = 'receiving'), 0) AS "
        "receiving,"
        " coalesce (sum (state = 'quarantined'), 0) AS quarantined, coalesce (sum (chunks), 0) AS chunks,"
        " coalesce (sum (stored), 0) AS stored, max (completed_at) AS last_completed_at,"
        " (SELECT count (*) FROM quarantine WHERE released_at IS NULL AND dropped_at IS NULL) AS waiting FROM "
        "document",
        NULL, 0);
    rap_json_object (&self->json, "counts");
    if (rap_found_next (&row))
        rap_reply_put_columns (self, row, 0);
    rap_found_end (&row);
    rap_json_end (&self->json);
}

void rap_reply_overview (rap_reply_t *self)
{
    rap_json_object (&self->json, NULL);
    put_counts (self);
    rap_reply_put_rows (
        self, "findings",
        rap_reply_ask (self,
                       "SELECT code AS kind, sum (mentions) AS findings, sum (documents) AS documents FROM"
                       " count_total WHERE kind = 'finding' GROUP BY code ORDER BY 2 DESC",
                       NULL, 0));
    rap_reply_put_rows (self, "themes_by_year",
                        rap_reply_ask (self,
                                       "SELECT k.year, k.code AS theme, k.paragraphs, k.documents FROM count_total k"
                                       " WHERE k.kind = 'theme' AND k.year <> '' ORDER BY 1, 2",
                                       NULL, 0));
    rap_reply_put_rows (
        self, "documents_by_kind",
        rap_reply_ask (self, "SELECT kind, count (*) AS documents FROM document GROUP BY kind ORDER BY 2 DESC", NULL,
                       0));
    rap_reply_put_rows (
        self, "mandates_by_status",
        rap_reply_ask (self,
                       "SELECT u.status, count (*) AS mandates FROM mandate_followup u WHERE u.rank = 1"
                       " GROUP BY u.status ORDER BY instr ('answered partial silent', u.status)",
                       NULL, 0));
    rap_reply_put_rows (self, "newest",
                        rap_reply_ask_number (self,
                                              "SELECT document_id, symbol, title, kind, published, source, state,"
                                              " chunks, stored, received_at, completed_at"
                                              " FROM document ORDER BY number DESC LIMIT ?1",
                                              NEWEST));
    rap_json_end (&self->json);
}

//  --- pipeline ----------------------------------------------------------------------
//  What ingest says of itself, or why it does not. It is asked over a socket of its own, so
//  that a late answer is never taken for that to another question.
static void put_report (rap_reply_t *self)
{
    const char *report = NULL;
    rap_reason_t reason = {""};
    bool ok = false;
    rap_asker_t *asker = self->submit ? rap_asker_new (self->submit, NULL, &reason) : NULL;
    bool heard = asker && rap_asker_ask (asker, "status", "", 0, REPORT_MS, &ok, &report) == RAP_OK && ok;
    rap_json_bool (&self->json, "running", heard);
    rap_json_raw (&self->json, "service", heard ? report : NULL);
    rap_asker_destroy (&asker);
}

static void put_latency (rap_reply_t *self)
{
    rap_found_t *row = rap_reply_ask_number (
        self,
        "WITH b AS (SELECT worker, attempt, (julianday (committed_at) - julianday (dispatched_at)) * 86400000 AS ms"
        "           FROM provenance_batch ORDER BY batch_id DESC LIMIT ?1),"
        " r AS (SELECT ms, row_number () OVER (ORDER BY ms) AS at, count (*) OVER () AS n FROM b)"
        " SELECT (SELECT count (*) FROM b) AS batches, (SELECT count (*) FROM b WHERE attempt > 1) AS repeated,"
        " round (max (iif (at <= (n + 1) / 2, ms, NULL)), 1) AS p50_ms,"
        " round (max (iif (at <= (n * 95 + 99) / 100, ms, NULL)), 1) AS p95_ms, round (max (ms), 1) AS slowest_ms "
        "FROM r",
        LATEST_BATCHES);
    rap_json_object (&self->json, "latency");
    if (rap_found_next (&row))
        rap_reply_put_columns (self, row, 0);
    rap_found_end (&row);
    rap_json_end (&self->json);
}

void rap_reply_pipeline (rap_reply_t *self)
{
    rap_json_object (&self->json, NULL);
    put_report (self);
    rap_found_t *row = rap_reply_ask (self,
                                      "SELECT coalesce (sum (state = 'receiving'), 0) AS documents, coalesce (sum "
                                      "(iif (state = 'receiving', chunks -"
                                      " stored, 0)), 0) AS chunks, (SELECT count (*) FROM quarantine WHERE "
                                      "released_at IS NULL AND dropped_at IS NULL) AS quarantine"
                                      " FROM document",
                                      NULL, 0);
    rap_json_object (&self->json, "backlog");
    if (rap_found_next (&row))
        rap_reply_put_columns (self, row, 0);
    rap_found_end (&row);
    rap_json_end (&self->json);
    rap_reply_put_rows (
        self, "minutes",
        rap_reply_ask_number (self,
                              "SELECT substr (completed_at, 1, 16) || 'Z' AS minute, count (*) AS documents,"
                              " sum (stored) AS chunks FROM document WHERE completed_at >= (SELECT strftime"
                              " ('%Y-%m-%dT%H:%M', max (completed_at), '-' || ?1 || ' minutes') FROM document"
                              " WHERE completed_at IS NOT NULL)"
                              " GROUP BY 1 ORDER BY 1",
                              MINUTES));
    put_latency (self);
    rap_reply_put_rows (self, "workers",
                        rap_reply_ask_number (self,
                                              "SELECT worker, count (*) AS batches, sum (attempt > 1) AS repeated,"
                                              " max (committed_at) AS last_at FROM (SELECT * FROM provenance_batch"
                                              " ORDER BY batch_id DESC LIMIT ?1) GROUP BY worker ORDER BY 2 DESC",
                                              LATEST_BATCHES));
    rap_json_end (&self->json);
}

//  --- names -------------------------------------------------------------------------
static rap_text_t field_of (const rap_table_t *table, uint32_t entry, int column)
{
    return column < 0 ? RAP_TEXT ("") : table->entries[entry].fields[column];
}

//  The first name of each code; '-' is none.
static void put_table (rap_reply_t *self, const char *key, const char *table_name, const char *code_column,
                       const char *name_column)
{
    const rap_table_t *table = self->lexicon ? rap_lexicon_table (self->lexicon, table_name) : NULL;
    rap_json_object (&self->json, key);
    int code = table ? rap_table_column (table, code_column) : -1;
    int name = table ? rap_table_column (table, name_column) : -1;
    for (uint32_t i = 0; code >= 0 && i < table->entries_count; i++) {
        rap_text_t is = field_of (table, i, code);
        bool first = is.len && !rap_text_equal (is, RAP_TEXT ("-"));
        for (uint32_t j = 0; first && j < i; j++)
            first = !rap_text_equal (field_of (table, j, code), is);
        if (first)
            rap_json_text (&self->json, rap_arena_text (self->arena, is).at,
                           rap_arena_text (self->arena, field_of (table, i, name)).at);
    }
    rap_json_end (&self->json);
}

void rap_reply_names (rap_reply_t *self)
{
    rap_json_object (&self->json, NULL);
    put_table (self, "themes", "themes", "code", "name");
    put_table (self, "functions", "functions", "code", "definition");
    put_table (self, "countries", "countries", "code", "name");
    put_table (self, "actors", "actors", "actor", "name");
    put_table (self, "instruments", "instruments", "instrument", "name");
    rap_json_object (&self->json, "forces");
    static const char *const forces[] = {"preambular", "record", "stance", "soft", "asking", "binding"};
    for (size_t i = 0; i < sizeof forces / sizeof *forces; i++)
        rap_json_text (&self->json, (char[]){(char)('0' + i), 0}, forces[i]);
    rap_json_end (&self->json);
    rap_json_end (&self->json);
}

void rap_reply_health (rap_reply_t *self)
{
    rap_json_object (&self->json, NULL);
    rap_json_text (&self->json, "status", "ok");
    rap_json_integer (&self->json, "schema", rap_snapshot_number (self->reader, "PRAGMA user_version", NULL, 0, 0));
    rap_json_end (&self->json);
}
