//  export_document: read in the order of the questions below; chunks first, since all else hangs on them.
#include "export_document.h"

#include <assert.h>
#include <stdlib.h>

#include "rapporteur/utf8.h"

static const char document_sql[] =
    "SELECT document_id, source, symbol, title, kind, body, session, agenda_item, published, language,"
    " pipeline, received_at, completed_at FROM document WHERE document_id = ?1";

static const char chunks_sql[] =
    "SELECT chunk_id, ordinal, kind, part, label, json_array_length (section), text, json_extract (section, '$[#-1]')"
    " FROM chunk"
    " WHERE document_id = ?1 ORDER BY chunk_id";

static const char marks_sql[] = "SELECT f.chunk_id, f.start, f.footnote_chunk_id FROM footnote_mark f"
                                " JOIN chunk c USING (chunk_id) WHERE c.document_id = ?1 ORDER BY 1, 2";

//  The number is that of the kind of finding.
static const char spans_sql[] =
    "WITH k AS (SELECT min (chunk_id) AS a, max (chunk_id) AS z FROM chunk WHERE document_id = ?1)"
    " SELECT chunk_id, 1 AS kind, start, \"end\" AS stop, f.symbol, coalesce (t.published, ''), coalesce (t.kind, "
    "''),"
    " coalesce (t.body, '') FROM k JOIN citation f ON chunk_id BETWEEN a AND z"
    " LEFT JOIN document t ON t.document_id = f.target_document_id"
    " UNION ALL SELECT chunk_id, 3, start, \"end\", measure, value, '', '' FROM quantity, k WHERE chunk_id BETWEEN a "
    "AND z"
    " UNION ALL SELECT chunk_id, 4, start, \"end\", first_day, last_day, '', '' FROM date_mention, k"
    " WHERE chunk_id BETWEEN a AND z"
    " UNION ALL SELECT chunk_id, 5, start, \"end\", code, '', '', '' FROM place, k WHERE chunk_id BETWEEN a AND z"
    " UNION ALL SELECT chunk_id, 6, start, \"end\", actor, '', '', '' FROM actor, k WHERE chunk_id BETWEEN a AND z"
    " UNION ALL SELECT chunk_id, 7, start, \"end\", base, '', '', '' FROM clause, k WHERE chunk_id BETWEEN a AND z"
    " UNION ALL SELECT chunk_id, 8, start, \"end\", title, '', '', '' FROM publication, k WHERE chunk_id BETWEEN a "
    "AND z"
    " ORDER BY 1, start, stop DESC, kind";

static const char clauses_sql[] =
    "SELECT chunk_id, seq, force, verb, base, addressee, addressee_actor, condition, due FROM clause"
    " JOIN chunk USING (chunk_id) WHERE document_id = ?1 ORDER BY chunk_id, seq, start";

static const char themes_sql[] = "SELECT scheme, code FROM classification JOIN chunk USING (chunk_id)"
                                 " WHERE document_id = ?1 AND rank = 1 AND scheme IN ('theme', 'sdg', 'iccs')"
                                 " GROUP BY scheme, code ORDER BY scheme, count (*) DESC, code";

static rap_text_t text_of (rap_export_document_t *self, const rap_rows_t *row, int column)
{
    const char *text = rap_rows_text (row, column);
    return rap_arena_text (self->arena, rap_text_of (text ? text : "", text ? rap_rows_bytes (row, column) : 0));
}

//  Room for one more of a growing array; what was grown out of stays in the arena.
static void *grown (rap_arena_t *arena, const void *array, uint32_t count, size_t size)
{
    if (count & (count - 1)) //  rooms are powers of two
        return (void *)(uintptr_t)array;
    void *more = rap_arena_alloc (arena, (count ? 2 * (size_t)count : 1) * size);
    if (array)
        memcpy (more, array, count * size);
    return more;
}

static void read_particulars (rap_export_document_t *self, rap_database_t *db, const char *id)
{
    rap_text_t *fields[] = {&self->document_id,  &self->source,
                            &self->symbol,       &self->title,
                            &self->kind,         &self->body,
                            &self->session,      &self->agenda_item,
                            &self->published,    &self->language,
                            &self->pipeline,     &self->received_at,
                            &self->completed_at, NULL};
    rap_rows_t *rows = rap_database_ask (db, document_sql, &id, 1);
    while (rap_rows_next (&rows))
        for (int i = 0; fields[i]; i++)
            *fields[i] = text_of (self, rows, i);
}

static void read_other_symbols (rap_export_document_t *self, rap_database_t *db, const char *id)
{
    rap_text_t *symbols = NULL;
    rap_rows_t *rows = rap_database_ask (db,
                                         "SELECT value FROM document, json_each (CASE WHEN json_valid (other_symbols)"
                                         " THEN other_symbols ELSE '[]' END) WHERE document_id = ?1",
                                         &id, 1);
    while (rap_rows_next (&rows)) {
        symbols = grown (self->arena, symbols, self->other_symbols_count, sizeof *symbols);
        symbols[self->other_symbols_count++] = text_of (self, rows, 0);
    }
    self->other_symbols = symbols;
}

static void read_chunks (rap_export_document_t *self, rap_database_t *db, const char *id)
{
    rap_rows_t *rows = rap_database_ask (db, chunks_sql, &id, 1);
    while (rap_rows_next (&rows)) {
        self->chunks = grown (self->arena, self->chunks, self->chunks_count, sizeof *self->chunks);
        self->chunks[self->chunks_count++] = (rap_export_chunk_t){
            .chunk_id = rap_rows_integer (rows, 0),
            .ordinal = (uint32_t)rap_rows_integer (rows, 1),
            .kind = rap_chunk_kind_of (rap_text (rap_rows_text (rows, 2))),
            .part = text_of (self, rows, 3),
            .label = text_of (self, rows, 4),
            .depth = (uint32_t)rap_rows_integer (rows, 5),
            .text = text_of (self, rows, 6),
            .under = text_of (self, rows, 7),
            .host = RAP_NO_CHUNK,
        };
    }
}

//  'III. ' and 'A. ': bytes of a number at a heading's beginning, as it looks; 0.
static uint32_t number_by_look (rap_text_t text)
{
    uint32_t len = 0;
    while (len < text.len
           && ((text.at[len] >= 'A' && text.at[len] <= 'Z') || (text.at[len] >= '0' && text.at[len] <= '9')))
        len++;
    return len && len + 2 < text.len && text.at[len] == '.' && text.at[len + 1] == ' ' ? len + 2 : 0;
}

//  What is under a heading knows its name; where nothing is, the look must do.
static void read_numbers (rap_export_document_t *self)
{
    const rap_export_chunk_t *next = NULL;
    for (uint32_t i = self->chunks_count; i > 0; i--) {
        rap_export_chunk_t *chunk = &self->chunks[i - 1];
        if (chunk->kind == RAP_HEADING) {
            chunk->number_len = number_by_look (chunk->text);
            bool names = next && next->depth == chunk->depth + 1 && rap_text_equal (next->part, chunk->part);
            if (names && next->under.len && rap_text_ends (chunk->text, next->under))
                chunk->number_len = (uint32_t)(chunk->text.len - next->under.len);
        }
        if (chunk->kind != RAP_FOOTNOTE)
            next = chunk;
    }
}

//  The chunk with that id, by halving; NULL.
static rap_export_chunk_t *chunk_of (const rap_export_document_t *self, int64_t chunk_id)
{
    uint32_t from = 0, to = self->chunks_count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (self->chunks[middle].chunk_id < chunk_id)
            from = middle + 1;
        else
            to = middle;
    }
    return from < self->chunks_count && self->chunks[from].chunk_id == chunk_id ? &self->chunks[from] : NULL;
}

static uint32_t index_of (const rap_export_document_t *self, const rap_export_chunk_t *chunk)
{
    return (uint32_t)(chunk - self->chunks);
}

static rap_note_at_t *add_note (rap_export_document_t *self, rap_export_chunk_t *chunk)
{
    chunk->notes = grown (self->arena, chunk->notes, chunk->notes_count, sizeof *chunk->notes);
    return &chunk->notes[chunk->notes_count++];
}

//  Marks, then those footnotes that no mark names: each after the text before it.
static void read_notes (rap_export_document_t *self, rap_database_t *db, const char *id)
{
    rap_rows_t *rows = rap_database_ask (db, marks_sql, &id, 1);
    while (rap_rows_next (&rows)) {
        rap_export_chunk_t *chunk = chunk_of (self, rap_rows_integer (rows, 0));
        rap_export_chunk_t *footnote = rap_rows_text (rows, 2) ? chunk_of (self, rap_rows_integer (rows, 2)) : NULL;
        if (!chunk)
            continue;
        if (footnote && footnote->kind != RAP_FOOTNOTE)
            footnote = NULL;
        bool first = footnote && footnote->host == RAP_NO_CHUNK && chunk->kind != RAP_FOOTNOTE;
        if (first)
            footnote->host = index_of (self, chunk);
        *add_note (self, chunk) = (rap_note_at_t){
            .at = (uint32_t)rap_utf8_offset (chunk->text, (size_t)rap_rows_integer (rows, 1)),
            .footnote = footnote ? index_of (self, footnote) : RAP_NO_CHUNK,
            .marked = true,
            .first = first,
        };
    }
    uint32_t before = RAP_NO_CHUNK;
    assert (self->chunks || !self->chunks_count);
    for (uint32_t i = 0; i < self->chunks_count; i++) {
        rap_export_chunk_t *chunk = &self->chunks[i];
        if (chunk->kind != RAP_FOOTNOTE) {
            before = i;
        } else if (chunk->host == RAP_NO_CHUNK && before == RAP_NO_CHUNK) {
            chunk->kind = RAP_PLAIN; //  with nothing before it that it could be a note to
            before = i;
        } else if (chunk->host == RAP_NO_CHUNK) {
            chunk->host = before;
            *add_note (self, &self->chunks[before]) =
                (rap_note_at_t){.at = (uint32_t)self->chunks[before].text.len, .footnote = i, .first = true};
        }
    }
}

//  Rows come in the order of their starts, so that a text is counted through once.
static void read_spans (rap_export_document_t *self, rap_database_t *db, const char *id)
{
    rap_rows_t *rows = rap_database_ask (db, spans_sql, &id, 1);
    const rap_export_chunk_t *counted = NULL; //  the chunk whose text is
    size_t point = 0, byte = 0;               //  and how far
    while (rap_rows_next (&rows)) {
        rap_export_chunk_t *chunk = chunk_of (self, rap_rows_integer (rows, 0));
        if (!chunk)
            continue;
        if (chunk != counted)
            point = byte = 0;
        counted = chunk;
        size_t start = (size_t)rap_rows_integer (rows, 2), end = (size_t)rap_rows_integer (rows, 3);
        if (start < point || end < start)
            continue;
        byte += rap_utf8_offset (rap_text_from (chunk->text, byte), start - point);
        point = start;
        chunk->spans = grown (self->arena, chunk->spans, chunk->spans_count, sizeof *chunk->spans);
        chunk->spans[chunk->spans_count++] = (rap_span_t){
            .kind = (rap_finding_kind_t)rap_rows_integer (rows, 1),
            .start = (uint32_t)byte,
            .end = (uint32_t)(byte + rap_utf8_offset (rap_text_from (chunk->text, byte), end - start)),
            .key = text_of (self, rows, 4),
            .more = text_of (self, rows, 5),
            .target_kind = text_of (self, rows, 6),
            .target_body = text_of (self, rows, 7),
        };
    }
}

static void read_clauses (rap_export_document_t *self, rap_database_t *db, const char *id)
{
    rap_export_clause_t *clauses = NULL;
    uint32_t count = 0;
    rap_rows_t *rows = rap_database_ask (db, clauses_sql, &id, 1);
    while (rap_rows_next (&rows)) {
        const rap_export_chunk_t *chunk = chunk_of (self, rap_rows_integer (rows, 0));
        if (!chunk)
            continue;
        clauses = grown (self->arena, clauses, count, sizeof *clauses);
        clauses[count++] = (rap_export_clause_t){
            .chunk = index_of (self, chunk),
            .seq = rap_rows_integer (rows, 1),
            .force = rap_rows_integer (rows, 2),
            .verb = text_of (self, rows, 3),
            .base = text_of (self, rows, 4),
            .addressee = text_of (self, rows, 5),
            .addressee_actor = text_of (self, rows, 6),
            .condition = text_of (self, rows, 7),
            .due = text_of (self, rows, 8),
        };
    }
    self->clauses = clauses;
    self->clauses_count = count;
}

static void read_themes (rap_export_document_t *self, rap_database_t *db, const char *id)
{
    rap_export_theme_t *themes = NULL;
    uint32_t count = 0;
    rap_rows_t *rows = rap_database_ask (db, themes_sql, &id, 1);
    while (rap_rows_next (&rows)) {
        themes = grown (self->arena, themes, count, sizeof *themes);
        themes[count++] = (rap_export_theme_t){.scheme = text_of (self, rows, 0), .code = text_of (self, rows, 1)};
    }
    self->themes = themes;
    self->themes_count = count;
}

rap_export_document_t *rap_export_document_new (rap_database_t *db, const char *document_id)
{
    rap_export_document_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    read_particulars (self, db, document_id);
    read_other_symbols (self, db, document_id);
    read_chunks (self, db, document_id);
    read_numbers (self);
    read_notes (self, db, document_id);
    read_spans (self, db, document_id);
    read_clauses (self, db, document_id);
    read_themes (self, db, document_id);
    return self;
}

void rap_export_document_destroy (rap_export_document_t **self_p)
{
    if (!*self_p)
        return;
    rap_arena_destroy (&(*self_p)->arena);
    free (*self_p);
    *self_p = NULL;
}
