#include "rows.h"

#include <stdlib.h>

#include "rapporteur/json.h"
#include "rapporteur/utf8.h"
#include "row.h"

enum {
    ROWS_BYTES = 2 << 20,  //  findings and the like are written when they are more than this
    TEXTS_BYTES = 8 << 20, //  texts are indexed when they are more: a whole group's, mostly
    INSERTED_FIRST = 1024,
};

//  What is kept of a chunk, for its row and those of its provenance and of the index.
typedef struct {
    int64_t chunk_id;
    const char *document_id;
    rap_text_t kind, part, label, section, text;
    uint32_t ordinal;
    uint64_t source_start, source_end;
    int64_t batch_id;
    uint64_t processed_us;
} chunk_t;

typedef struct {
    int64_t chunk_id, n, at, footnote; //  footnote -1: none was found
} mark_t;

typedef struct {
    int64_t chunk_id, n;
    rap_finding_kind_t kind;
    uint32_t start, end;
    rap_text_t surface;
    rap_value_t values[]; //  in the schema's order, their texts behind them
} found_t;

typedef const found_t *finding_t;

//  Findings of one chunk, in the order of `found`.
typedef struct {
    int64_t chunk_id;
    size_t first, count;
} run_t;

//  An array that grows.
typedef struct {
    void *at;
    size_t count, room;
} list_t;

enum { OF_CHUNKS, OF_MARKS, OF_PROVENANCE, OF_TEXTS, OF_KINDS, TABLES = OF_KINDS + RAP_FINDING_COUNT };

//  A virtual table: what it answers from now on.
typedef struct {
    sqlite3_vtab base;
    const struct rap_rows *rows;
    int which;
} table_t;

typedef struct {
    sqlite3_vtab_cursor base;
    size_t at, end;
} cursor_t;

//  What the module of a virtual table is given.
typedef struct {
    struct rap_rows *rows;
    int which;
} given_t;

struct rap_rows {
    sqlite3 *db;
    sqlite3_stmt *inserts[TABLES];
    given_t given[TABLES];
    rap_arena_t *texts;              //  of chunks: document, section, text
    rap_arena_t *small;              //  all else
    list_t chunks;                   //  chunk_t
    size_t written;                  //  chunks before this are in their table, but not in the index
    list_t marks;                    //  mark_t
    list_t found;                    //  finding_t
    list_t runs;                     //  run_t
    list_t kinds[RAP_FINDING_COUNT]; //  finding_t, while they are written
};

//  --- lists -------------------------------------------------------------------

//  Room for one more; out of memory ends the process.
static void *more (list_t *list, size_t size)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : INSERTED_FIRST;
        list->at = reallocarray (list->at, list->room, size);
        if (!list->at)
            abort ();
    }
    return (char *)list->at + size * list->count++;
}

//  chunk_t and run_t both begin with the chunk's id.
static int by_chunk (const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

//  Mostly they are in order already.
static void sort (const list_t *list, size_t from, size_t size)
{
    if (from == list->count)
        return;
    const char *first = (const char *)list->at + size * from;
    for (size_t i = from + 1; i < list->count; i++, first += size)
        if (by_chunk (first, first + size) > 0) {
            qsort ((char *)list->at + size * from, list->count - from, size, by_chunk);
            return;
        }
}

//  --- keeping -----------------------------------------------------------------

//  ["Introduction","Technical assistance"]
static rap_text_t section_json (rap_rows_t *self, const rap_chunk_t *chunk)
{
    size_t room = 2;
    if (!chunk->sections_count)
        return RAP_TEXT ("[]");
    for (uint32_t i = 0; i < chunk->sections_count; i++)
        room += RAP_JSON_ROOM (chunk->sections[i].len) + 1;
    char *json = rap_arena_alloc (self->texts, room), *out = json;
    *out++ = '[';
    for (uint32_t i = 0; i < chunk->sections_count; i++) {
        if (i)
            *out++ = ',';
        out = rap_json_quote (out, chunk->sections[i]);
    }
    *out++ = ']';
    return rap_text_of (json, (size_t)(out - json));
}

//  The text between two code points.
static rap_text_t surface_of (rap_text_t text, bool ascii, uint32_t start, uint32_t end)
{
    size_t from = ascii ? start : rap_utf8_offset (text, start);
    rap_text_t rest = rap_text_from (text, from);
    size_t len = ascii ? end - start : rap_utf8_offset (rest, end - start);
    return rap_text_of (rest.at, len);
}

void rap_rows_add (rap_rows_t *self, const char *document_id, int64_t chunk_id, const rap_chunk_t *chunk,
                   int64_t batch_id, uint64_t processed_us)
{
    const chunk_t *before = self->chunks.count ? (const chunk_t *)self->chunks.at + self->chunks.count - 1 : NULL;
    const char *id = before && strcmp (before->document_id, document_id) == 0
                         ? before->document_id
                         : rap_arena_text (self->texts, rap_text (document_id)).at;
    chunk_t *kept = more (&self->chunks, sizeof *kept);
    *kept = (chunk_t){.chunk_id = chunk_id,
                      .document_id = id,
                      .kind = rap_text (rap_chunk_kind_name (chunk->kind)),
                      .part = rap_arena_text (self->small, chunk->part),
                      .label = rap_arena_text (self->small, chunk->label),
                      .section = section_json (self, chunk),
                      .text = rap_arena_text (self->texts, chunk->text),
                      .ordinal = chunk->ordinal,
                      .source_start = chunk->source_start,
                      .source_end = chunk->source_end,
                      .batch_id = batch_id,
                      .processed_us = processed_us};
    for (uint32_t i = 0; i < chunk->marks_count; i++) {
        const rap_mark_t *mark = &chunk->marks[i];
        bool known = mark->footnote <= RAP_DOCUMENT_CHUNKS_MAX;
        *(mark_t *)more (&self->marks, sizeof (mark_t)) =
            (mark_t){.chunk_id = chunk_id,
                     .n = i,
                     .at = mark->at,
                     .footnote = known ? chunk_id - chunk->ordinal + mark->footnote : -1};
    }
}

//  A finding and all its texts, in one piece of memory.
static found_t *keep_finding (rap_rows_t *self, const rap_finding_t *finding, rap_text_t surface)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
    size_t fields = schema->fields_count, bytes = surface.len;
    for (size_t f = 0; f < fields; f++)
        if (schema->fields[f].type == RAP_FIELD_TEXT)
            bytes += finding->values[f].text.len;
    found_t *found = rap_arena_alloc (self->small, sizeof *found + fields * sizeof *found->values + bytes);
    char *room = (char *)(found->values + fields);
    found->kind = finding->kind;
    found->start = finding->start;
    found->end = finding->end;
    found->surface = rap_text_of (room, surface.len);
    room = mempcpy (room, surface.at, surface.len);
    for (size_t f = 0; f < fields; f++) {
        found->values[f] = finding->values[f];
        if (schema->fields[f].type != RAP_FIELD_TEXT)
            continue;
        rap_text_t text = finding->values[f].text;
        found->values[f].text.at = room;
        if (text.len)
            room = mempcpy (room, text.at, text.len);
    }
    return found;
}

void rap_rows_find (rap_rows_t *self, rap_text_t text, int64_t chunk_id, int64_t first_n,
                    const rap_finding_t *findings, uint32_t count)
{
    bool ascii = count && rap_utf8_count (text) == text.len;
    if (count)
        *(run_t *)more (&self->runs, sizeof (run_t)) =
            (run_t){.chunk_id = chunk_id, .first = self->found.count, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        const rap_finding_t *finding = &findings[i];
        bool has_span = rap_finding_schemas[finding->kind].has_span;
        rap_text_t surface = has_span ? surface_of (text, ascii, finding->start, finding->end) : RAP_TEXT ("");
        found_t *found = keep_finding (self, finding, surface);
        found->chunk_id = chunk_id;
        found->n = first_n + i;
        *(finding_t *)more (&self->found, sizeof (finding_t)) = found;
    }
}

//  --- the virtual tables --------------------------------------------------------

static void answer_text (sqlite3_context *context, rap_text_t text)
{
    sqlite3_result_text (context, text.len ? text.at : "", (int)text.len, SQLITE_STATIC);
}

static void answer_number (sqlite3_context *context, uint64_t number)
{
    sqlite3_result_int64 (context, (sqlite3_int64)number);
}

static const char chunk_columns[] = "chunk_id, document_id, ordinal, kind, part, label, section, text, source_start,"
                                    " source_end";

static void answer_chunk (sqlite3_context *context, const chunk_t *chunk, int column)
{
    switch (column) {
    case 0:
        sqlite3_result_int64 (context, chunk->chunk_id);
        break;
    case 1:
        answer_text (context, rap_text (chunk->document_id));
        break;
    case 2:
        answer_number (context, chunk->ordinal);
        break;
    case 3:
        answer_text (context, chunk->kind);
        break;
    case 4:
        answer_text (context, chunk->part);
        break;
    case 5:
        answer_text (context, chunk->label);
        break;
    case 6:
        answer_text (context, chunk->section);
        break;
    case 7:
        answer_text (context, chunk->text);
        break;
    default:
        answer_number (context, column == 8 ? chunk->source_start : chunk->source_end);
    }
}

static const char mark_columns[] = "chunk_id, n, start, \"end\", surface, footnote_chunk_id";

static void answer_mark (sqlite3_context *context, const mark_t *mark, int column)
{
    if (column == 4)
        answer_text (context, RAP_TEXT (""));
    else if (column < 5)
        sqlite3_result_int64 (context, column == 0 ? mark->chunk_id : column == 1 ? mark->n : mark->at);
    else if (mark->footnote >= 0)
        sqlite3_result_int64 (context, mark->footnote);
}

static const char provenance_columns[] = "chunk_id, batch_id, processed_us";

static void answer_provenance (sqlite3_context *context, const chunk_t *chunk, int column)
{
    answer_number (context, column == 0   ? (uint64_t)chunk->chunk_id
                            : column == 1 ? (uint64_t)chunk->batch_id
                                          : chunk->processed_us);
}

static const char text_columns[] = "rowid, text, section";

static void answer_indexed (sqlite3_context *context, const chunk_t *chunk, int column)
{
    if (column == 0)
        sqlite3_result_int64 (context, chunk->chunk_id);
    else
        answer_text (context, column == 1 ? chunk->text : chunk->section);
}

static void answer_found (sqlite3_context *context, const found_t *found, int column)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[found->kind];
    if (column < 2) {
        sqlite3_result_int64 (context, column == 0 ? found->chunk_id : found->n);
        return;
    }
    if (schema->has_span && column < 5) {
        if (column == 4)
            answer_text (context, found->surface);
        else
            answer_number (context, column == 2 ? found->start : found->end);
        return;
    }
    uint32_t field = (uint32_t)column - (schema->has_span ? 5 : 2);
    if (schema->fields[field].type == RAP_FIELD_TEXT)
        answer_text (context, found->values[field].text);
    else if (schema->fields[field].type == RAP_FIELD_INTEGER)
        sqlite3_result_int64 (context, found->values[field].integer);
    else
        sqlite3_result_double (context, found->values[field].real);
}

static int answer (sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
    const table_t *table = (const table_t *)cursor->pVtab;
    const rap_rows_t *rows = table->rows;
    size_t at = ((const cursor_t *)cursor)->at;
    const chunk_t *chunk = (const chunk_t *)rows->chunks.at + at;
    switch (table->which) {
    case OF_CHUNKS:
        answer_chunk (context, chunk, column);
        break;
    case OF_MARKS:
        answer_mark (context, (const mark_t *)rows->marks.at + at, column);
        break;
    case OF_PROVENANCE:
        answer_provenance (context, chunk, column);
        break;
    case OF_TEXTS:
        answer_indexed (context, chunk, column);
        break;
    default:
        answer_found (context, ((const finding_t *)rows->kinds[table->which - OF_KINDS].at)[at], column);
    }
    return SQLITE_OK;
}

//  All rows, in the order in which they lie.
static int begin (sqlite3_vtab_cursor *cursor, int number, const char *text, int count, sqlite3_value **values)
{
    (void)number;
    (void)text;
    (void)count;
    (void)values;
    const table_t *table = (const table_t *)cursor->pVtab;
    const rap_rows_t *rows = table->rows;
    cursor_t *self = (cursor_t *)cursor;
    bool is_new = table->which == OF_CHUNKS || table->which == OF_PROVENANCE;
    self->at = is_new ? rows->written : 0;
    self->end = table->which >= OF_KINDS   ? rows->kinds[table->which - OF_KINDS].count
                : table->which == OF_MARKS ? rows->marks.count
                                           : rows->chunks.count;
    return SQLITE_OK;
}

static int move_on (sqlite3_vtab_cursor *cursor)
{
    ((cursor_t *)cursor)->at++;
    return SQLITE_OK;
}

static int is_over (sqlite3_vtab_cursor *cursor)
{
    const cursor_t *self = (const cursor_t *)cursor;
    return self->at >= self->end;
}

static int tell_row (sqlite3_vtab_cursor *cursor, sqlite3_int64 *row)
{
    *row = (sqlite3_int64)((const cursor_t *)cursor)->at;
    return SQLITE_OK;
}

static int open_cursor (sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
    (void)table;
    cursor_t *self = calloc (1, sizeof *self);
    if (!self)
        return SQLITE_NOMEM;
    *cursor = &self->base;
    return SQLITE_OK;
}

static int close_cursor (sqlite3_vtab_cursor *cursor)
{
    free (cursor);
    return SQLITE_OK;
}

static int plan (sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedCost = 1000;
    return SQLITE_OK;
}

//  chunk_id, n, start, "end", surface, symbol, ...
static char *columns_of (int which)
{
    static const char *const own[OF_KINDS] = {chunk_columns, mark_columns, provenance_columns, text_columns};
    if (which < OF_KINDS)
        return sqlite3_mprintf ("%s", own[which]);
    const rap_finding_schema_t *schema = &rap_finding_schemas[which - OF_KINDS];
    sqlite3_str *columns = sqlite3_str_new (NULL);
    sqlite3_str_appendf (columns, "chunk_id, n%s", schema->has_span ? ", start, \"end\", surface" : "");
    for (uint32_t i = 0; i < schema->fields_count; i++)
        sqlite3_str_appendf (columns, ", \"%w\"", schema->fields[i].name);
    return sqlite3_str_finish (columns);
}

static int connect_table (sqlite3 *db, void *aux, int count, const char *const *arguments, sqlite3_vtab **out,
                          char **error)
{
    (void)count;
    (void)arguments;
    (void)error;
    const given_t *given = aux;
    char *columns = columns_of (given->which), *sql = sqlite3_mprintf ("CREATE TABLE x (%s)", columns);
    table_t *table = calloc (1, sizeof *table);
    int code = sql && table ? sqlite3_declare_vtab (db, sql) : SQLITE_NOMEM;
    sqlite3_free (columns);
    sqlite3_free (sql);
    if (code != SQLITE_OK) {
        free (table);
        return code;
    }
    table->rows = given->rows;
    table->which = given->which;
    *out = &table->base;
    return SQLITE_OK;
}

static int disconnect_table (sqlite3_vtab *table)
{
    free (table);
    return SQLITE_OK;
}

//  Without xCreate: nobody can make a table of it, but it is there under its own name.
static const sqlite3_module module = {.xConnect = connect_table,
                                      .xBestIndex = plan,
                                      .xDisconnect = disconnect_table,
                                      .xOpen = open_cursor,
                                      .xClose = close_cursor,
                                      .xFilter = begin,
                                      .xNext = move_on,
                                      .xEof = is_over,
                                      .xColumn = answer,
                                      .xRowid = tell_row};

//  --- life ----------------------------------------------------------------------

static const char *name_of (int which)
{
    static const char *const own[OF_KINDS] = {"chunk", "footnote_mark", "provenance_chunk", "chunk_search"};
    return which < OF_KINDS ? own[which] : rap_finding_schemas[which - OF_KINDS].name;
}

//  OR FAIL: whatever fails, the group is rolled back, so no journal is needed for the statement alone.
static bool prepare (rap_rows_t *self, int which, const char **what)
{
    char module_name[64], *columns = columns_of (which);
    self->given[which] = (given_t){.rows = self, .which = which};
    sqlite3_snprintf (sizeof module_name, module_name, "rap_new_%s", name_of (which));
    char *sql =
        sqlite3_mprintf ("INSERT OR FAIL INTO %s (%s) SELECT * FROM %s", name_of (which), columns, module_name);
    *what = name_of (which);
    bool well = columns && sql
                && sqlite3_create_module (self->db, module_name, &module, &self->given[which]) == SQLITE_OK
                && row_prepare (self->db, sql, &self->inserts[which], NULL);
    sqlite3_free (columns);
    sqlite3_free (sql);
    return well;
}

rap_rows_t *rap_rows_new (sqlite3 *db, const char **what)
{
    rap_rows_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    *self = (rap_rows_t){.db = db, .texts = rap_arena_new (), .small = rap_arena_new ()};
    for (int i = 0; self && i < TABLES; i++)
        if (!prepare (self, i, what))
            rap_rows_destroy (&self);
    return self;
}

void rap_rows_destroy (rap_rows_t **self_p)
{
    rap_rows_t *self = *self_p;
    if (!self)
        return;
    row_finalize_all (self->inserts, TABLES);
    rap_arena_destroy (&self->texts);
    rap_arena_destroy (&self->small);
    free (self->chunks.at);
    free (self->marks.at);
    free (self->found.at);
    free (self->runs.at);
    for (int i = 0; i < RAP_FINDING_COUNT; i++)
        free (self->kinds[i].at);
    free (self);
    *self_p = NULL;
}

//  --- writing -------------------------------------------------------------------

//  Findings by kind, in the order of their chunks.
static void part_kinds (rap_rows_t *self)
{
    const run_t *runs = self->runs.at;
    const finding_t *found = self->found.at;
    sort (&self->runs, 0, sizeof *runs);
    for (size_t r = 0; r < self->runs.count; r++)
        for (size_t i = runs[r].first; i < runs[r].first + runs[r].count; i++)
            *(finding_t *)more (&self->kinds[found[i]->kind], sizeof (finding_t)) = found[i];
}

static void forget_small (rap_rows_t *self)
{
    self->marks.count = self->found.count = self->runs.count = 0;
    for (int i = 0; i < RAP_FINDING_COUNT; i++)
        self->kinds[i].count = 0;
    rap_arena_reset (self->small);
}

bool rap_rows_write (rap_rows_t *self, const char **what)
{
    bool well = true;
    if (self->written < self->chunks.count) {
        sort (&self->chunks, self->written, sizeof (chunk_t));
        well = row_run (self->inserts[OF_CHUNKS], what) && row_run (self->inserts[OF_PROVENANCE], what);
    }
    if (well && self->marks.count)
        well = row_run (self->inserts[OF_MARKS], what);
    part_kinds (self);
    for (int i = 0; well && i < RAP_FINDING_COUNT; i++)
        if (self->kinds[i].count)
            well = row_run (self->inserts[OF_KINDS + i], what);
    self->written = self->chunks.count;
    forget_small (self);
    return well;
}

bool rap_rows_index (rap_rows_t *self, const char **what)
{
    bool well = rap_rows_write (self, what);
    if (well && self->chunks.count) {
        sort (&self->chunks, 0, sizeof (chunk_t));
        well = row_run (self->inserts[OF_TEXTS], what);
    }
    self->chunks.count = self->written = 0;
    rap_arena_reset (self->texts);
    return well;
}

bool rap_rows_keep (rap_rows_t *self, const char **what)
{
    if (rap_arena_used (self->texts) > TEXTS_BYTES)
        return rap_rows_index (self, what);
    return rap_arena_used (self->small) <= ROWS_BYTES || rap_rows_write (self, what);
}

void rap_rows_forget (rap_rows_t *self)
{
    row_reset_all (self->inserts, TABLES);
    forget_small (self);
    self->chunks.count = self->written = 0;
    rap_arena_reset (self->texts);
}
