//  documents: one document to be read, its paragraphs with all that was found, and two against each other.
#include <stdlib.h>
#include <string.h>

#include "rapporteur/finding.h"
#include "rapporteur/redline.h"

#include "resources.h"

enum {
    CHUNKS = 200,
    CHUNKS_MAX = 1000,
    SQL_MAX = 1024,
    PAIRS_MAX = 1000000, //  of clauses that are compared, so that it ends in time
};

void rap_reply_document (rap_reply_t *self)
{
    rap_document_key_t key;
    if (!rap_reply_find_document (self, self->matched[0], &key))
        return;
    const char *id = key.document_id;
    rap_json_object (&self->json, NULL);
    rap_found_t *row = rap_reply_ask (
        self,
        "SELECT document_id, number, source, symbol, iif (json_valid (other_symbols), other_symbols, '[]') AS"
        " \"other_symbols:json\", title, kind, body, session, agenda_item, published, language, sha256, bytes, "
        "chunks,"
        " stored, state, supersedes, (SELECT min (n.document_id) FROM document n WHERE n.supersedes ="
        " document.document_id) AS superseded_by, pipeline, distribution, received_at, completed_at"
        " FROM document WHERE document_id = ?1",
        &id, 1);
    if (rap_found_next (&row))
        rap_reply_put_columns (self, row, 0);
    rap_found_end (&row);
    rap_reply_put_rows (self, "sections",
                        rap_reply_ask_number (self,
                                              "SELECT chunk_id, ordinal, kind, part, label, json_array_length"
                                              " (section) AS depth, substr (text, 1, 300) AS text FROM chunk WHERE"
                                              " chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20 AND kind IN"
                                              " ('heading', 'title') ORDER BY chunk_id",
                                              key.number));
    rap_reply_put_rows (self, "parts",
                        rap_reply_ask_number (self,
                                              "SELECT part, count (*) AS chunks, min (chunk_id) AS first_chunk_id"
                                              " FROM chunk WHERE chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20"
                                              " GROUP BY part ORDER BY 3",
                                              key.number));
    rap_reply_put_rows (self, "counts",
                        rap_reply_ask_number (self,
                                              "SELECT kind, code, mentions, paragraphs FROM document_count"
                                              " WHERE number = ?1 ORDER BY kind, paragraphs DESC, code",
                                              key.number));
    rap_reply_put_rows (
        self, "lifecycle",
        rap_reply_ask (self,
                       "SELECT l.symbol, l.stage, l.related_symbol, l.chunk_id, (SELECT t.document_id FROM"
                       " document_key s JOIN document t USING (number) WHERE s.key = replace (l.related_symbol, ' ',"
                       " '') LIMIT 1) AS related_document_id FROM lifecycle l WHERE l.document_id = ?1 OR l.symbol ="
                       " (SELECT symbol FROM document WHERE document_id = ?1) OR l.related_symbol = (SELECT symbol"
                       " FROM document WHERE document_id = ?1) LIMIT 200",
                       &id, 1));
    rap_reply_put_rows (
        self, "comparable",
        rap_reply_ask (self,
                       "SELECT o.document_id, o.symbol, o.title, o.published, o.state FROM document d JOIN document o"
                       " ON o.title = d.title AND o.document_id <> d.document_id WHERE d.document_id = ?1 AND d.title"
                       " <> '' UNION SELECT o.document_id, o.symbol, o.title, o.published, o.state FROM document d"
                       " JOIN document o ON o.document_id = d.supersedes OR o.supersedes = d.document_id"
                       " WHERE d.document_id = ?1 ORDER BY 4 DESC LIMIT 20",
                       &id, 1));
    rap_json_end (&self->json);
}

//  --- chunks ------------------------------------------------------------------------
static void put_kind (rap_reply_t *self, rap_finding_kind_t kind, int64_t chunk_id)
{
    char sql[SQL_MAX];
    const rap_finding_schema_t *schema = &rap_finding_schemas[kind];
    int len = snprintf (sql, sizeof sql, "SELECT '%s' AS finding%s", schema->name,
                        schema->has_span ? ", start, \"end\", surface" : "");
    for (uint32_t i = 0; i < schema->fields_count; i++)
        len += snprintf (sql + len, sizeof sql - (size_t)len, ", %s", schema->fields[i].name);
    snprintf (sql + len, sizeof sql - (size_t)len, "%s FROM %s WHERE chunk_id = ?1 ORDER BY %s",
              kind == RAP_FINDING_citation ? ", target_document_id, issued_in" : "", schema->name,
              schema->has_span ? "start, n" : "n");
    rap_found_t *rows = rap_reply_ask_number (self, sql, chunk_id);
    while (rap_found_next (&rows)) {
        rap_json_object (&self->json, NULL);
        rap_reply_put_columns (self, rows, 0);
        rap_json_end (&self->json);
    }
}

static void put_chunk (rap_reply_t *self, const char *key, const rap_found_t *row)
{
    int64_t chunk_id = rap_found_integer (row, 0);
    rap_json_object (&self->json, key);
    rap_reply_put_columns (self, row, 0);
    rap_reply_put_rows (self, "marks",
                        rap_reply_ask_number (self,
                                              "SELECT start, footnote_chunk_id, (SELECT label FROM chunk c WHERE"
                                              " c.chunk_id = footnote_chunk_id) AS label FROM footnote_mark"
                                              " WHERE chunk_id = ?1 ORDER BY start, n",
                                              chunk_id));
    rap_json_array (&self->json, "findings");
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++)
        put_kind (self, (rap_finding_kind_t)kind, chunk_id);
    rap_json_end (&self->json);
    rap_json_end (&self->json);
}

#define CHUNK_COLUMNS                                                                                                \
    "chunk_id, ordinal, kind, part, label, iif (json_valid (section), section, '[]') AS \"section:json\", text,"     \
    " source_start, source_end"

void rap_reply_chunks (rap_reply_t *self)
{
    rap_document_key_t key;
    rap_reason_t reason;
    int64_t limit = 0, after = 0, count = 0, last = 0;
    if (rap_request_number (self->request, "limit", 1, CHUNKS_MAX, CHUNKS, &limit, &reason) != RAP_OK
        || rap_request_number (self->request, "cursor", 0, INT64_MAX / 2, 0, &after, &reason) != RAP_OK) {
        rap_reply_problem (self, 400, "%s", reason.text);
        return;
    }
    if (!rap_reply_find_document (self, self->matched[0], &key))
        return;
    rap_bind_t binds[] = {rap_bind_integer (key.number), rap_bind_integer (after), rap_bind_integer (limit + 1)};
    rap_found_t *rows = rap_snapshot_ask (self->reader,
                                          "SELECT " CHUNK_COLUMNS
                                          " FROM chunk WHERE chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20"
                                          " AND chunk_id > ?2 ORDER BY chunk_id LIMIT ?3",
                                          binds, 3);
    rap_json_object (&self->json, NULL);
    rap_json_text (&self->json, "document_id", key.document_id);
    rap_json_array (&self->json, "items");
    while (rap_found_next (&rows) && ++count <= limit) {
        last = rap_found_integer (rows, 0);
        put_chunk (self, NULL, rows);
        if (ftell (self->out) > RAP_REPLY_BYTES_MAX)
            rap_reply_problem (self, 413, "the answer is too long; ask for fewer chunks by 'limit'");
    }
    rap_found_end (&rows);
    rap_json_end (&self->json);
    rap_json_text (&self->json, "next",
                   count > limit ? rap_arena_format (self->arena, "%lld", (long long)last).at : NULL);
    rap_json_end (&self->json);
}

void rap_reply_chunk (rap_reply_t *self)
{
    int64_t chunk_id;
    if (!rap_reply_read_number (self, self->matched[0], &chunk_id))
        return;
    rap_found_t *row =
        rap_reply_ask_number (self, "SELECT " CHUNK_COLUMNS " FROM chunk WHERE chunk_id = ?1", chunk_id);
    if (!rap_found_next (&row)) {
        rap_reply_problem (self, 404, "there is no chunk %lld", (long long)chunk_id);
        return;
    }
    rap_json_object (&self->json, NULL);
    put_chunk (self, "chunk", row);
    rap_found_end (&row);
    rap_json_object (&self->json, "document");
    row = rap_reply_ask_number (self,
                                "SELECT document_id, symbol, title, kind, published, state FROM document"
                                " WHERE number = ?1 >> 20",
                                chunk_id);
    if (rap_found_next (&row))
        rap_reply_put_columns (self, row, 0);
    rap_found_end (&row);
    rap_json_end (&self->json);
    rap_json_object (&self->json, "provenance");
    row = rap_reply_ask_number (self, "SELECT * FROM provenance WHERE chunk_id = ?1", chunk_id);
    if (rap_found_next (&row))
        rap_reply_put_columns (self, row, 1);
    rap_found_end (&row);
    rap_json_end (&self->json);
    rap_json_end (&self->json);
}

//  --- two documents -----------------------------------------------------------------
typedef struct {
    rap_document_key_t key;
    rap_redline_clause_t *clauses;
    int64_t *chunk_ids;
    uint32_t count;
} side_t;

static rap_text_t column (const rap_found_t *rows, int at, rap_arena_t *arena)
{
    return rap_arena_text (arena, rap_text (rap_found_text (rows, at)));
}

//  All running text, as 'rapporteur diff' compares it.
static bool read_side (rap_reply_t *self, const char *name, side_t *side)
{
    const char *meant = rap_request_get (self->request, name);
    if (!meant) {
        rap_reply_problem (self, 400, "say which two documents: before and after");
        return false;
    }
    if (!rap_reply_find_document (self, meant, &side->key))
        return false;
    side->clauses = rap_arena_alloc (self->arena, RAP_REDLINE_CLAUSES_MAX * sizeof *side->clauses);
    side->chunk_ids = rap_arena_alloc (self->arena, RAP_REDLINE_CLAUSES_MAX * sizeof *side->chunk_ids);
    rap_found_t *rows = rap_reply_ask_number (
        self,
        "SELECT chunk_id, kind, part, label, text FROM chunk WHERE chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20"
        " AND kind IN ('preambular', 'operative', 'item', 'paragraph', 'text', 'heading') ORDER BY chunk_id",
        side->key.number);
    while (side->count < RAP_REDLINE_CLAUSES_MAX && rap_found_next (&rows)) {
        side->chunk_ids[side->count] = rap_found_integer (rows, 0);
        side->clauses[side->count++] = (rap_redline_clause_t){.kind = column (rows, 1, self->arena),
                                                              .part = column (rows, 2, self->arena),
                                                              .label = column (rows, 3, self->arena),
                                                              .text = column (rows, 4, self->arena)};
    }
    rap_found_end (&rows);
    return true;
}

static void put_place (rap_reply_t *self, const char *key, const rap_redline_clause_t *clause, const side_t *side)
{
    if (!clause) {
        rap_json_text (&self->json, key, NULL);
        return;
    }
    rap_json_object (&self->json, key);
    rap_json_integer (&self->json, "chunk_id", side->chunk_ids[clause - side->clauses]);
    rap_json_text (&self->json, "kind", clause->kind.at);
    rap_json_text (&self->json, "part", clause->part.at);
    rap_json_text (&self->json, "label", clause->label.at);
    rap_json_end (&self->json);
}

static const char *fate_of (const rap_redline_t *line)
{
    if (!line->before)
        return "new";
    if (!line->after)
        return "gone";
    if (line->moved)
        return line->changed ? "moved and changed" : "moved";
    return line->changed ? "changed" : "same";
}

static void put_line (rap_reply_t *self, const rap_redline_t *line, const side_t *before, const side_t *after)
{
    static const char *const fates[] = {"kept", "gone", "new"};
    rap_json_object (&self->json, NULL);
    rap_json_text (&self->json, "fate", fate_of (line));
    put_place (self, "before", line->before, before);
    put_place (self, "after", line->after, after);
    rap_json_array (&self->json, "words");
    for (uint32_t w = 0; w < line->words_count; w++) {
        rap_json_object (&self->json, NULL);
        rap_json_text (&self->json, "fate", fates[line->words[w].fate]);
        rap_json_text (&self->json, "text", rap_arena_text (self->arena, line->words[w].text).at);
        rap_json_end (&self->json);
    }
    rap_json_end (&self->json);
    rap_json_end (&self->json);
}

static void put_side (rap_reply_t *self, const char *key, const side_t *side)
{
    const char *id = side->key.document_id;
    rap_json_object (&self->json, key);
    rap_found_t *row = rap_reply_ask (
        self, "SELECT document_id, symbol, title, published FROM document WHERE document_id = ?1", &id, 1);
    if (rap_found_next (&row))
        rap_reply_put_columns (self, row, 0);
    rap_found_end (&row);
    rap_json_end (&self->json);
}

void rap_reply_diff (rap_reply_t *self)
{
    side_t before = {.count = 0}, after = {.count = 0};
    rap_redline_t *lines;
    if (!read_side (self, "before", &before) || !read_side (self, "after", &after))
        return;
    if ((uint64_t)before.count * after.count > PAIRS_MAX) {
        rap_reply_problem (self, 422, "these have %u and %u clauses, too many to compare here: use 'rapporteur diff'",
                           before.count, after.count);
        return;
    }
    uint32_t count = rap_redline (before.clauses, before.count, after.clauses, after.count, self->arena, &lines);
    rap_json_object (&self->json, NULL);
    put_side (self, "before", &before);
    put_side (self, "after", &after);
    rap_json_array (&self->json, "items");
    for (uint32_t i = 0; i < count; i++)
        put_line (self, &lines[i], &before, &after);
    rap_json_end (&self->json);
    rap_json_end (&self->json);
}
