//  link_totals: one pass over each table of findings, a hash table of what is counted; another of how the sums over
//  all documents change in a transaction, which are written at its end.
#include "link_totals.h"

#include <stdlib.h>
#include <string.h>

#include "row.h"

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
    STATEMENT_COUNTED,
    STATEMENT_FORGET,
    STATEMENT_ADD,
    STATEMENT_CHANGE_SUM,
    STATEMENT_DROP_SUM,
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
    [STATEMENT_COUNTED] = "SELECT kind, code, year, mentions, paragraphs FROM document_count WHERE number = ?1",
    [STATEMENT_FORGET] = "DELETE FROM document_count WHERE number = ?1",
    [STATEMENT_ADD] = "INSERT INTO document_count (kind, code, year, mentions, paragraphs, number)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    [STATEMENT_CHANGE_SUM] =
        "INSERT INTO count_total (kind, code, year, mentions, paragraphs, documents)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (kind, code, year) DO UPDATE SET"
        " mentions = mentions + excluded.mentions, paragraphs = paragraphs + excluded.paragraphs,"
        " documents = documents + excluded.documents",
    [STATEMENT_DROP_SUM] = "DELETE FROM count_total WHERE kind = ?1 AND code = ?2 AND year = ?3 AND documents = 0",
};

static const char *const table_names[TABLE_COUNT] = {
#define T(name, columns) #name,
    TABLES (T)
#undef T
};

//  Kinds of which sums over all documents are kept.
static const char *const summed_kinds[] = {"finding", "actor", "country", "theme"};

typedef struct {
    rap_text_t kind;
    rap_text_t code;
    rap_text_t year; //  of a sum
    int table;       //  of a document's total
    int64_t mentions;
    int64_t paragraphs;
    int64_t documents; //  of a sum
    int64_t last;      //  chunk in which it was counted
} total_t;

//  Totals by table, kind, code and year.
typedef struct {
    rap_arena_t *arena;
    total_t *totals;
    uint32_t count, room;
    uint32_t *slots; //  index of a total and 1; 0: free
    uint32_t slots_count;
} tally_t;

struct rap_link_totals {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    total_t findings[TABLE_COUNT]; //  of each table in all
    tally_t document;              //  the one at hand
    tally_t sums;                  //  how they change in this transaction
};

static void clear (tally_t *tally)
{
    rap_arena_reset (tally->arena);
    tally->count = 0;
    tally->room = SLOTS_FIRST / 2;
    tally->slots_count = SLOTS_FIRST;
    tally->totals = rap_arena_alloc (tally->arena, tally->room * sizeof *tally->totals);
    tally->slots = rap_arena_alloc (tally->arena, tally->slots_count * sizeof *tally->slots);
}

rap_link_totals_t *rap_link_totals_new (sqlite3 *db, const char **what)
{
    rap_link_totals_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->document.arena = rap_arena_new ();
    self->sums.arena = rap_arena_new ();
    clear (&self->sums);
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
    rap_arena_destroy (&self->document.arena);
    rap_arena_destroy (&self->sums.arena);
    free (self);
    *self_p = NULL;
}

void rap_link_totals_reset (rap_link_totals_t *self)
{
    row_reset_all (self->statements, STATEMENT_COUNT);
    clear (&self->sums);
}

//  --- the totals -------------------------------------------------------------------

static uint32_t hash_text (uint32_t hash, rap_text_t text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * 16777619U; //  FNV-1a
    return hash;
}

static bool same (const total_t *a, const total_t *b)
{
    return a->table == b->table && rap_text_equal (a->code, b->code) && rap_text_equal (a->kind, b->kind)
           && rap_text_equal (a->year, b->year);
}

//  Where one like it is, or where it would be.
static uint32_t slot_of (const tally_t *tally, const total_t *like)
{
    uint32_t hash = hash_text (2166136261U ^ (uint32_t)like->table, like->kind);
    uint32_t slot = hash_text (hash_text (hash, like->code), like->year) & (tally->slots_count - 1);
    while (tally->slots[slot] && !same (&tally->totals[tally->slots[slot] - 1], like))
        slot = (slot + 1) & (tally->slots_count - 1);
    return slot;
}

static void grow (tally_t *tally)
{
    total_t *totals = tally->totals;
    tally->room *= 2;
    tally->slots_count *= 2;
    tally->totals = rap_arena_alloc (tally->arena, tally->room * sizeof *tally->totals);
    tally->slots = rap_arena_alloc (tally->arena, tally->slots_count * sizeof *tally->slots);
    memcpy (tally->totals, totals, tally->count * sizeof *totals);
    for (uint32_t i = 0; i < tally->count; i++)
        tally->slots[slot_of (tally, &totals[i])] = i + 1;
}

//  The total with the keys of `like`, nothing counted in it if it is new.
static total_t *total_of (tally_t *tally, const total_t *like)
{
    uint32_t slot = slot_of (tally, like);
    if (tally->slots[slot])
        return &tally->totals[tally->slots[slot] - 1];
    if (tally->count == tally->room) {
        grow (tally);
        slot = slot_of (tally, like);
    }
    total_t *total = &tally->totals[tally->count++];
    *total = (total_t){.kind = rap_arena_text (tally->arena, like->kind),
                       .code = rap_arena_text (tally->arena, like->code),
                       .year = rap_arena_text (tally->arena, like->year),
                       .table = like->table};
    tally->slots[slot] = tally->count;
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
        if (sqlite3_column_int (read, 3)) {
            const total_t like = {.table = table, .kind = column (read, 1), .code = column (read, 2)};
            add_one (total_of (&self->document, &like), chunk_id);
        }
    }
    return row_end (read, code, what);
}

static bool is_summed (rap_text_t kind)
{
    for (size_t i = 0; i < sizeof summed_kinds / sizeof *summed_kinds; i++)
        if (rap_text_equal (kind, rap_text (summed_kinds[i])))
            return true;
    return false;
}

//  A document's total is one more of its sum (sign 1), or one less (-1).
static void change_sum (rap_link_totals_t *self, const total_t *total, rap_text_t year, int sign)
{
    if (!is_summed (total->kind))
        return;
    const total_t like = {.kind = total->kind, .code = total->code, .year = year};
    total_t *sum = total_of (&self->sums, &like);
    sum->mentions += sign * total->mentions;
    sum->paragraphs += sign * total->paragraphs;
    sum->documents += sign;
}

static bool write_row (sqlite3_stmt *write, const total_t *total, rap_text_t year, int64_t last, const char **what)
{
    row_bind_text (write, 1, total->kind);
    row_bind_text (write, 2, total->code);
    row_bind_text (write, 3, year);
    sqlite3_bind_int64 (write, 4, total->mentions);
    sqlite3_bind_int64 (write, 5, total->paragraphs);
    sqlite3_bind_int64 (write, 6, last);
    return row_run (write, what);
}

static bool write_total (rap_link_totals_t *self, const total_t *total, int64_t number, rap_text_t year,
                         const char **what)
{
    sqlite3_stmt *add = self->statements[STATEMENT_ADD];
    if (total->mentions == 0)
        return true;
    if (!write_row (add, total, year, number, what))
        return false;
    if (sqlite3_changes (sqlite3_db_handle (add))) //  else another table's total is called the same
        change_sum (self, total, year, 1);
    return true;
}

static bool write_totals (rap_link_totals_t *self, int64_t number, rap_text_t year, const char **what)
{
    bool well = true;
    for (int i = 0; well && i < TABLE_COUNT; i++) {
        self->findings[i].kind = RAP_TEXT ("finding");
        self->findings[i].code = rap_text (table_names[i]);
        well = write_total (self, &self->findings[i], number, year, what);
    }
    for (uint32_t i = 0; well && i < self->document.count; i++)
        well = write_total (self, &self->document.totals[i], number, year, what);
    return well;
}

//  What was counted in it before, taken off the sums over all documents, too.
static bool forget (rap_link_totals_t *self, int64_t number, const char **what)
{
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_COUNTED], number, 0, 0);
    bool counted = false;
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        const total_t total = {.kind = column (read, 0),
                               .code = column (read, 1),
                               .mentions = sqlite3_column_int64 (read, 3),
                               .paragraphs = sqlite3_column_int64 (read, 4)};
        change_sum (self, &total, column (read, 2), -1);
        counted = true;
    }
    return row_end (read, code, what)
           && (!counted || row_run (row_ask (self->statements[STATEMENT_FORGET], number, 0, 0), what));
}

bool rap_link_totals_document (rap_link_totals_t *self, int64_t number, const char **what)
{
    clear (&self->document);
    memset (self->findings, 0, sizeof self->findings);
    if (!forget (self, number, what))
        return false;
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_DOCUMENT], number, 0, 0);
    int code = sqlite3_step (read);
    bool counts = code == SQLITE_ROW && sqlite3_column_int (read, 0);
    rap_text_t year = code == SQLITE_ROW ? row_text (read, 1, self->document.arena) : RAP_TEXT ("");
    if (code == SQLITE_ROW)
        code = sqlite3_step (read);
    bool well = row_end (read, code, what);
    for (int i = 0; well && counts && i < TABLE_COUNT; i++)
        well = count_table (self, i, number, what);
    return well && (!counts || write_totals (self, number, year, what));
}

bool rap_link_totals_end (rap_link_totals_t *self, const char **what)
{
    bool well = true;
    for (uint32_t i = 0; well && i < self->sums.count; i++) {
        const total_t *sum = &self->sums.totals[i];
        if (sum->mentions || sum->paragraphs || sum->documents)
            well = write_row (self->statements[STATEMENT_CHANGE_SUM], sum, sum->year, sum->documents, what);
        if (well && sum->documents < 0) {
            sqlite3_stmt *drop = self->statements[STATEMENT_DROP_SUM];
            row_bind_text (drop, 1, sum->kind);
            row_bind_text (drop, 2, sum->code);
            row_bind_text (drop, 3, sum->year);
            well = row_run (drop, what);
        }
    }
    clear (&self->sums);
    return well;
}
