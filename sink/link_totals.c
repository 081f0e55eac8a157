//  link_totals: one pass over each table of findings, a hash table of what is counted.
#include "link_totals.h"

#include <stdlib.h>
#include <string.h>

#include "link_rows.h"

enum { SLOTS_FIRST = 256 }; //  a power of two; doubled when half of them are taken

//  Of our own findings alone: those of annotators (n from 65536) come when they come.
//  The columns by which findings are counted: kind and code, and whether this one is; then in which order kinds
//  go, should two be called the same.
#define TABLES(T)                                                                                                    \
    T (classification, "scheme, code, rank = 1")                                                                     \
    T (citation, "'', '', 0")                                                                                        \
    T (adherence, "'', '', 0")                                                                                       \
    T (quantity, "'', '', 0")                                                                                        \
    T (date_mention, "'', '', 0")                                                                                    \
    T (actor, "'actor', actor, 1")                                                                                   \
    T (place, "kind, code, 1")                                                                                       \
    T (clause, "'force', force, 1")                                                                                  \
    T (publication, "'', '', 0")

enum {
#define T(name, columns) TABLE_##name,
    TABLES (T)
#undef T
        TABLE_COUNT,
    STATEMENT_DOCUMENT = TABLE_COUNT,
    STATEMENT_SUBTRACT,
    STATEMENT_DROP,
    STATEMENT_FORGET,
    STATEMENT_ADD,
    STATEMENT_SUM,
    STATEMENT_COUNT
};

static const char *const statement_sql[STATEMENT_COUNT] = {
#define T(name, columns)                                                                                             \
    "SELECT chunk_id, " columns " FROM " #name                                                                       \
    " WHERE chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20 AND n < 65536 ORDER BY chunk_id",
    TABLES (T)
#undef T
        [STATEMENT_DOCUMENT] = "SELECT state <> 'superseded', coalesce (substr (published, 1, 4), '') FROM document"
                               " WHERE number = ?1",
    [STATEMENT_SUBTRACT] =
        "UPDATE count_total SET mentions = count_total.mentions - o.mentions, paragraphs = count_total.paragraphs -"
        " o.paragraphs, documents = documents - 1 FROM document_count o"
        " WHERE o.number = ?1 AND count_total.kind = o.kind AND count_total.code = o.code AND count_total.year = "
        "o.year",
    [STATEMENT_DROP] = "DELETE FROM count_total WHERE documents = 0 AND (kind, code, year) IN"
                       " (SELECT kind, code, year FROM document_count WHERE number = ?1)",
    [STATEMENT_FORGET] = "DELETE FROM document_count WHERE number = ?1",
    [STATEMENT_ADD] = "INSERT INTO document_count (number, kind, code, mentions, paragraphs, year)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [STATEMENT_SUM] = "INSERT INTO count_total (kind, code, year, mentions, paragraphs, documents)"
                      " SELECT kind, code, year, mentions, paragraphs, 1 FROM document_count"
                      " WHERE number = ?1 AND kind IN ('actor', 'country', 'finding', 'theme')"
                      " ON CONFLICT (kind, code, year) DO UPDATE SET mentions = mentions + excluded.mentions,"
                      " paragraphs = paragraphs + excluded.paragraphs, documents = documents + 1",
};

static const char *const table_names[TABLE_COUNT] = {
#define T(name, columns) #name,
    TABLES (T)
#undef T
};

typedef struct {
    rap_text_t kind;
    rap_text_t code;
    int table;
    int64_t mentions;
    int64_t paragraphs;
    int64_t last; //  chunk in which it was counted
} total_t;

struct rap_link_totals {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_arena_t *arena;            //  of the document at hand
    total_t findings[TABLE_COUNT]; //  of each table in all
    total_t *totals;
    uint32_t count, room;
    uint32_t *slots; //  index of a total and 1; 0: free
    uint32_t slots_count;
};

rap_link_totals_t *rap_link_totals_new (sqlite3 *db, const char **what)
{
    rap_link_totals_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    if (!row_prepare_all (db, statement_sql, self->statements, STATEMENT_COUNT, what))
        rap_link_totals_destroy (&self);
    return self;
}

void rap_link_totals_destroy (rap_link_totals_t **self_p)
{
    rap_link_totals_t *self = *self_p;
    if (!self)
        return;
    row_finalize_all (self->statements, STATEMENT_COUNT);
    rap_arena_destroy (&self->arena);
    free (self);
    *self_p = NULL;
}

void rap_link_totals_reset (rap_link_totals_t *self)
{
    row_reset_all (self->statements, STATEMENT_COUNT);
}

//  --- the totals -------------------------------------------------------------------

static void begin (rap_link_totals_t *self)
{
    rap_arena_reset (self->arena);
    memset (self->findings, 0, sizeof self->findings);
    self->count = 0;
    self->room = SLOTS_FIRST / 2;
    self->slots_count = SLOTS_FIRST;
    self->totals = rap_arena_alloc (self->arena, self->room * sizeof *self->totals);
    self->slots = rap_arena_alloc (self->arena, self->slots_count * sizeof *self->slots);
}

static uint32_t hash_of (int table, rap_text_t kind, rap_text_t code)
{
    uint32_t hash = 2166136261U ^ (uint32_t)table; //  FNV-1a
    for (size_t i = 0; i < kind.len; i++)
        hash = (hash ^ (unsigned char)kind.at[i]) * 16777619U;
    for (size_t i = 0; i < code.len; i++)
        hash = (hash ^ (unsigned char)code.at[i]) * 16777619U;
    return hash;
}

//  Where it is, or where it would be.
static uint32_t slot_of (const rap_link_totals_t *self, int table, rap_text_t kind, rap_text_t code)
{
    uint32_t slot = hash_of (table, kind, code) & (self->slots_count - 1);
    while (self->slots[slot]) {
        const total_t *total = &self->totals[self->slots[slot] - 1];
        if (total->table == table && rap_text_equal (total->code, code) && rap_text_equal (total->kind, kind))
            break;
        slot = (slot + 1) & (self->slots_count - 1);
    }
    return slot;
}

static void grow (rap_link_totals_t *self)
{
    total_t *totals = self->totals;
    self->room *= 2;
    self->slots_count *= 2;
    self->totals = rap_arena_alloc (self->arena, self->room * sizeof *self->totals);
    self->slots = rap_arena_alloc (self->arena, self->slots_count * sizeof *self->slots);
    memcpy (self->totals, totals, self->count * sizeof *totals);
    for (uint32_t i = 0; i < self->count; i++)
        self->slots[slot_of (self, totals[i].table, totals[i].kind, totals[i].code)] = i + 1;
}

static total_t *total_of (rap_link_totals_t *self, int table, rap_text_t kind, rap_text_t code)
{
    uint32_t slot = slot_of (self, table, kind, code);
    if (self->slots[slot])
        return &self->totals[self->slots[slot] - 1];
    if (self->count == self->room) {
        grow (self);
        slot = slot_of (self, table, kind, code);
    }
    total_t *total = &self->totals[self->count++];
    *total = (total_t){
        .kind = rap_arena_text (self->arena, kind), .code = rap_arena_text (self->arena, code), .table = table};
    self->slots[slot] = self->count;
    return total;
}

static void add_one (total_t *total, int64_t chunk_id)
{
    total->mentions++;
    total->paragraphs += chunk_id != total->last;
    total->last = chunk_id;
}

//  --- a document -------------------------------------------------------------------

//  Borrowed until the next step.
static rap_text_t column (sqlite3_stmt *row, int at)
{
    const char *text = (const char *)sqlite3_column_text (row, at);
    return text ? rap_text_of (text, (size_t)sqlite3_column_bytes (row, at)) : RAP_TEXT ("");
}

static bool count_table (rap_link_totals_t *self, int table, int64_t number, const char **what)
{
    sqlite3_stmt *read = row_ask (self->statements[table], number, 0, 0);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        int64_t chunk_id = sqlite3_column_int64 (read, 0);
        add_one (&self->findings[table], chunk_id);
        if (sqlite3_column_int (read, 3))
            add_one (total_of (self, table, column (read, 1), column (read, 2)), chunk_id);
    }
    return row_end (read, code, what);
}

static bool write_total (rap_link_totals_t *self, const total_t *total, const char **what)
{
    sqlite3_stmt *add = self->statements[STATEMENT_ADD];
    row_bind_text (add, 2, total->kind);
    row_bind_text (add, 3, total->code);
    sqlite3_bind_int64 (add, 4, total->mentions);
    sqlite3_bind_int64 (add, 5, total->paragraphs);
    return total->mentions == 0 || row_run (add, what);
}

static bool write_totals (rap_link_totals_t *self, int64_t number, rap_text_t year, const char **what)
{
    bool well = true;
    sqlite3_bind_int64 (self->statements[STATEMENT_ADD], 1, number);
    row_bind_text (self->statements[STATEMENT_ADD], 6, year);
    for (int i = 0; well && i < TABLE_COUNT; i++) {
        self->findings[i].kind = RAP_TEXT ("finding");
        self->findings[i].code = rap_text (table_names[i]);
        well = write_total (self, &self->findings[i], what);
    }
    for (uint32_t i = 0; well && i < self->count; i++)
        well = write_total (self, &self->totals[i], what);
    return well;
}

//  What was counted in it before, taken off the sums over all documents, too.
static bool forget (rap_link_totals_t *self, int64_t number, const char **what)
{
    return row_run (row_ask (self->statements[STATEMENT_SUBTRACT], number, 0, 0), what)
           && row_run (row_ask (self->statements[STATEMENT_DROP], number, 0, 0), what)
           && row_run (row_ask (self->statements[STATEMENT_FORGET], number, 0, 0), what);
}

bool rap_link_totals_document (rap_link_totals_t *self, int64_t number, const char **what)
{
    begin (self);
    if (!forget (self, number, what))
        return false;
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_DOCUMENT], number, 0, 0);
    int code = sqlite3_step (read);
    bool counts = code == SQLITE_ROW && sqlite3_column_int (read, 0);
    rap_text_t year = code == SQLITE_ROW ? row_text (read, 1, self->arena) : RAP_TEXT ("");
    if (code == SQLITE_ROW)
        code = sqlite3_step (read);
    bool well = row_end (read, code, what);
    for (int i = 0; well && counts && i < TABLE_COUNT; i++)
        well = count_table (self, i, number, what);
    return well
           && (!counts
               || (write_totals (self, number, year, what)
                   && row_run (row_ask (self->statements[STATEMENT_SUM], number, 0, 0), what)));
}
