//  link_counts: the last reports read, with the stems of their counts.
#include "link_counts.h"

#include <stdlib.h>
#include <string.h>

#include "rapporteur/stems.h"
#include "rapporteur/utf8.h"
#include "row.h"

enum {
    KEPT_MAX = 128,            //  documents
    KEPT_COUNTS_MAX = 1 << 15, //  of all of them
    STEMS_MAX = 1 << 16        //  known stems; then all is forgotten
};

//  States parties are not counted here but by instrument.
#define COLUMNS                                                                                                      \
    "SELECT f.chunk_id, f.n, f.measure, f.unit, f.subject, c.text, f.start, f.\"end\""                               \
    " FROM quantity f JOIN chunk c USING (chunk_id) "

#define STATEMENTS(S)                                                                                                \
    S (COUNTS, COLUMNS "WHERE f.chunk_id >= ?1 << 20 AND f.chunk_id < (?1 + 1) << 20 AND c.kind = 'paragraph'"       \
                       " AND NOT EXISTS (SELECT 1 FROM adherence a WHERE a.chunk_id = f.chunk_id"                    \
                       "  AND a.start < f.\"end\" AND f.start < a.\"end\") ORDER BY 1, 2 LIMIT ?2")                  \
    S (ONE, COLUMNS "WHERE f.chunk_id = ?1 AND f.n = ?2")

typedef enum {
#define S(name, sql) STATEMENT_##name,
    STATEMENTS (S)
#undef S
        STATEMENT_COUNT
} statement_t;

static const char *const statement_sql[STATEMENT_COUNT] = {
#define S(name, sql) sql,
    STATEMENTS (S)
#undef S
};

typedef struct {
    int64_t number; //  of the document
    rap_arena_t *arena;
    rap_count_t *at;
    uint32_t count, room;
    uint64_t used; //  when it was asked for last
} kept_t;

struct rap_link_counts {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_stems_t *stems;
    rap_arena_t *row; //  of the row at hand
    kept_t kept[KEPT_MAX];
    uint32_t kept_count;
    uint32_t counts; //  in all
    uint64_t clock;
};

rap_link_counts_t *rap_link_counts_new (sqlite3 *db, const char **what)
{
    rap_link_counts_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->row = rap_arena_new ();
    self->stems = rap_stems_new ();
    if (!row_prepare_all (db, statement_sql, self->statements, STATEMENT_COUNT, what))
        rap_link_counts_destroy (&self);
    return self;
}

static void forget (rap_link_counts_t *self, uint32_t i)
{
    self->counts -= self->kept[i].count;
    rap_arena_destroy (&self->kept[i].arena);
    self->kept[i] = self->kept[--self->kept_count];
}

static void forget_all (rap_link_counts_t *self)
{
    while (self->kept_count)
        forget (self, self->kept_count - 1);
}

void rap_link_counts_destroy (rap_link_counts_t **self_p)
{
    rap_link_counts_t *self = *self_p;
    if (!self)
        return;
    row_finalize_all (self->statements, STATEMENT_COUNT);
    forget_all (self);
    rap_stems_destroy (&self->stems);
    rap_arena_destroy (&self->row);
    free (self);
    *self_p = NULL;
}

void rap_link_counts_reset (rap_link_counts_t *self)
{
    row_reset_all (self->statements, STATEMENT_COUNT);
    forget_all (self); //  it may be of a transaction that is no more
}

static uint32_t oldest_of (const rap_link_counts_t *self)
{
    uint32_t oldest = 0;
    for (uint32_t i = 1; i < self->kept_count; i++)
        if (self->kept[i].used < self->kept[oldest].used)
            oldest = i;
    return oldest;
}

void rap_link_counts_begin (rap_link_counts_t *self, int64_t number)
{
    for (uint32_t i = 0; i < self->kept_count; i++)
        if (self->kept[i].number == number) {
            forget (self, i);
            break;
        }
    if (rap_stems_count (self->stems) > STEMS_MAX) {
        forget_all (self);
        rap_stems_destroy (&self->stems);
        self->stems = rap_stems_new ();
    }
    //  Half of it stays free for the documents of this comparison.
    while (self->kept_count > KEPT_MAX / 2 || self->counts > KEPT_COUNTS_MAX)
        forget (self, oldest_of (self));
}

static rap_count_t read_count (sqlite3_stmt *row, rap_arena_t *arena)
{
    rap_count_t count = {.chunk_id = sqlite3_column_int64 (row, 0),
                         .n = sqlite3_column_int64 (row, 1),
                         .measure = row_text (row, 2, arena),
                         .unit = row_text (row, 3, arena),
                         .subject = row_text (row, 4, arena),
                         .text = row_text (row, 5, arena)};
    count.start = (uint32_t)rap_utf8_offset (count.text, (size_t)sqlite3_column_int64 (row, 6));
    count.end = (uint32_t)rap_utf8_offset (count.text, (size_t)sqlite3_column_int64 (row, 7));
    return count;
}

//  What is compared of it: no texts.
static void keep (kept_t *kept, const rap_count_t *count)
{
    if (kept->count == kept->room) {
        uint32_t room = kept->room ? kept->room * 2 : 64;
        rap_count_t *more = rap_arena_alloc (kept->arena, room * sizeof *more);
        if (kept->count)
            memcpy (more, kept->at, kept->count * sizeof *more);
        kept->at = more;
        kept->room = room;
    }
    uint32_t *words = rap_arena_alloc (kept->arena, (count->words_count + 1) * sizeof *words);
    memcpy (words, count->words, count->words_count * sizeof *words);
    kept->at[kept->count++] = (rap_count_t){.chunk_id = count->chunk_id,
                                            .n = count->n,
                                            .key = rap_arena_text (kept->arena, count->key),
                                            .words = words,
                                            .words_count = count->words_count};
}

static bool read_all (rap_link_counts_t *self, kept_t *kept, const char **what)
{
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_COUNTS], kept->number, RAP_COUNTS_MAX, 0);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        rap_arena_reset (self->row);
        rap_count_t count = read_count (read, self->row);
        rap_count_prepare (&count, self->stems, self->row);
        keep (kept, &count);
    }
    return row_end (read, code, what);
}

bool rap_link_counts_of (rap_link_counts_t *self, int64_t number, rap_counted_t *counted, const char **what)
{
    uint32_t i = 0;
    while (i < self->kept_count && self->kept[i].number != number)
        i++;
    if (i == self->kept_count) {
        if (i == KEPT_MAX)
            abort (); //  more documents in one comparison than half of what is kept
        self->kept[i] = (kept_t){.number = number, .arena = rap_arena_new ()};
        self->kept_count++;
        bool well = read_all (self, &self->kept[i], what);
        self->counts += self->kept[i].count;
        if (!well)
            return false;
    }
    self->kept[i].used = ++self->clock;
    *counted = (rap_counted_t){.at = self->kept[i].at, .count = self->kept[i].count};
    return true;
}

bool rap_link_counts_one (rap_link_counts_t *self, int64_t chunk_id, int64_t n, rap_arena_t *arena,
                          rap_count_t *count, const char **what)
{
    sqlite3_stmt *read = row_ask (self->statements[STATEMENT_ONE], chunk_id, n, 0);
    *what = sqlite3_sql (read);
    bool found = sqlite3_step (read) == SQLITE_ROW;
    if (found)
        *count = read_count (read, arena);
    sqlite3_reset (read);
    return found;
}
