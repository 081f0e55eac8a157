//  link_series: counts compared, pairs kept, series made of them anew.
#include "link_series.h"

#include <stdlib.h>
#include <string.h>

#include "link_rows.h"
#include "rapporteur/utf8.h"
#include "series.h"
#include "stems.h"

enum {
    OTHERS_MAX = 32,    //  reports that one is compared with: those that count the most of the same subjects
    NODES_MAX = 1 << 16 //  counts that hang together by pairs
};

#define IN_DOCUMENT "chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20"

//  A count of ?1 .. ?3 columns; States parties are not counted here but by instrument.
#define STATEMENTS(S)                                                                                                \
    S (IS_REPORT, "SELECT 1 FROM document WHERE number = ?1 AND kind = 'report' AND state = 'complete'")             \
    S (COUNTS, "SELECT f.chunk_id, f.n, f.measure, f.unit, f.subject, c.text, f.start, f.\"end\""                    \
               " FROM quantity f JOIN chunk c USING (chunk_id) WHERE f." IN_DOCUMENT " AND c.kind = 'paragraph'"     \
               " AND NOT EXISTS (SELECT 1 FROM adherence a WHERE a.chunk_id = f.chunk_id AND a.start < f.\"end\""    \
               "  AND f.start < a.\"end\") ORDER BY 1, 2 LIMIT ?2")                                                  \
    S (HELD, "SELECT chunk_id, n FROM series_point WHERE n IS NOT NULL AND series_id IN"                             \
             " (SELECT series_id FROM series_point WHERE n IS NOT NULL AND " IN_DOCUMENT ")")                        \
    S (FORGET_KEYS, "DELETE FROM series_key WHERE number = ?1")                                                      \
    S (FORGET_PAIRS,                                                                                                 \
       "DELETE FROM series_pair WHERE " IN_DOCUMENT " OR (other_id >= ?1 << 20 AND other_id < (?1 + 1) << 20)")      \
    S (ADD_KEY, "INSERT INTO series_key (number, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING")                       \
    S (OTHERS,                                                                                                       \
       "SELECT o.number FROM series_key k JOIN series_key o USING (key)"                                             \
       " WHERE k.number = ?1 AND o.number <> ?1 GROUP BY o.number ORDER BY count (*) DESC, o.number LIMIT ?2")       \
    S (ADD_PAIR, "INSERT INTO series_pair (chunk_id, n, other_id, other_n, likeness) VALUES (?1, ?2, ?3, ?4, ?5)"    \
                 " ON CONFLICT DO NOTHING")                                                                          \
    S (NEIGHBOURS, "SELECT other_id, other_n, likeness FROM series_pair WHERE chunk_id = ?1 AND n = ?2"              \
                   " UNION ALL SELECT chunk_id, n, likeness FROM series_pair WHERE other_id = ?1 AND other_n = ?2")  \
    S (FORGET_SERIES, "DELETE FROM series WHERE series_id IN"                                                        \
                      " (SELECT series_id FROM series_point WHERE chunk_id = ?1 AND n = ?2)")                        \
    S (FORGET_POINTS, "DELETE FROM series_point WHERE series_id IN"                                                  \
                      " (SELECT series_id FROM series_point WHERE chunk_id = ?1 AND n = ?2)")                        \
    S (ONE, "SELECT f.chunk_id, f.n, f.measure, f.unit, f.subject, c.text, f.start, f.\"end\""                       \
            " FROM quantity f JOIN chunk c USING (chunk_id) WHERE f.chunk_id = ?1 AND f.n = ?2")                     \
    S (ADD_SERIES, "INSERT INTO series (series_id, name, instrument_or_subject, measure, unit)"                      \
                   " VALUES (rap_hash (?1 || ':' || ?2), ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")                    \
    S (ADD_POINT, "INSERT INTO series_point (series_id, document_id, chunk_id, as_of, value, surface, n)"            \
                  " SELECT rap_hash (?1 || ':' || ?2), d.document_id, f.chunk_id, coalesce (d.published, ''),"       \
                  "  f.value, f.surface, f.n FROM quantity f JOIN document d ON d.number = f.chunk_id >> 20"         \
                  " WHERE f.chunk_id = ?3 AND f.n = ?4")

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

//  A count in a group: `above` leads to the group's first.
typedef struct {
    int64_t chunk_id;
    int64_t n;
    uint32_t above;
    uint32_t next; //  in its group; UINT32_MAX the last
    uint32_t last; //  of a group's first: the group's last
} node_t;

typedef struct {
    uint32_t a, b;
    double likeness;
} edge_t;

struct rap_link_series {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_arena_t *arena; //  of the document at hand
    node_t *nodes;
    uint32_t nodes_count, nodes_room;
    edge_t *edges;
    uint32_t edges_count, edges_room;
    uint32_t *slots; //  1 + index of a node, by its hash
    uint32_t slots_count;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

rap_link_series_t *rap_link_series_new (sqlite3 *db, const char **what)
{
    rap_link_series_t *self = must (calloc (1, sizeof *self));
    self->arena = rap_arena_new ();
    self->slots_count = NODES_MAX * 2;
    self->slots = must (calloc (self->slots_count, sizeof *self->slots));
    if (!row_prepare_all (db, statement_sql, self->statements, STATEMENT_COUNT, what))
        rap_link_series_destroy (&self);
    return self;
}

void rap_link_series_destroy (rap_link_series_t **self_p)
{
    rap_link_series_t *self = *self_p;
    if (!self)
        return;
    row_finalize_all (self->statements, STATEMENT_COUNT);
    rap_arena_destroy (&self->arena);
    free (self->nodes);
    free (self->edges);
    free (self->slots);
    free (self);
    *self_p = NULL;
}

void rap_link_series_reset (rap_link_series_t *self)
{
    row_reset_all (self->statements, STATEMENT_COUNT);
}

static sqlite3_stmt *ask (rap_link_series_t *self, statement_t which, int64_t a, int64_t b)
{
    return row_ask (self->statements[which], a, b, 0);
}

static bool run (rap_link_series_t *self, statement_t which, int64_t a, int64_t b, const char **what)
{
    return row_run (ask (self, which, a, b), what);
}

//  --- counts ---------------------------------------------------------------------

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

typedef struct {
    rap_count_t *at;
    uint32_t count;
} counts_t;

static bool read_counts (rap_link_series_t *self, int64_t number, rap_stems_t *stems, counts_t *counts,
                         const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_COUNTS, number, RAP_COUNTS_MAX);
    uint32_t room = 0;
    int code;
    *counts = (counts_t){0};
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        if (counts->count == room) {
            room = room ? room * 2 : 256;
            rap_count_t *more = rap_arena_alloc (self->arena, room * sizeof *more);
            if (counts->count)
                memcpy (more, counts->at, counts->count * sizeof *more);
            counts->at = more;
        }
        counts->at[counts->count] = read_count (read, self->arena);
        rap_count_prepare (&counts->at[counts->count++], stems, self->arena);
    }
    return row_end (read, code, what);
}

static bool add_keys (rap_link_series_t *self, int64_t number, const counts_t *counts, const char **what)
{
    sqlite3_stmt *add = self->statements[STATEMENT_ADD_KEY];
    for (uint32_t i = 0; i < counts->count; i++) {
        sqlite3_bind_int64 (add, 1, number);
        row_bind_text (add, 2, counts->at[i].key);
        if (!row_run (add, what))
            return false;
    }
    return true;
}

//  --- nodes and edges --------------------------------------------------------------

static uint32_t *slot_of (const rap_link_series_t *self, int64_t chunk_id, int64_t n)
{
    uint64_t hash = ((uint64_t)chunk_id * 31 + (uint64_t)n) * UINT64_C (0x9E3779B97F4A7C15);
    uint32_t slot = (uint32_t)(hash >> 40) & (self->slots_count - 1);
    while (self->slots[slot]
           && (self->nodes[self->slots[slot] - 1].chunk_id != chunk_id || self->nodes[self->slots[slot] - 1].n != n))
        slot = (slot + 1) & (self->slots_count - 1);
    return &self->slots[slot];
}

//  The node of a count, made if it is not there; UINT32_MAX if there are too many.
static uint32_t node_of (rap_link_series_t *self, int64_t chunk_id, int64_t n)
{
    uint32_t *slot = slot_of (self, chunk_id, n);
    if (*slot)
        return *slot - 1;
    if (self->nodes_count == NODES_MAX)
        return UINT32_MAX;
    if (self->nodes_count == self->nodes_room) {
        self->nodes_room = self->nodes_room ? self->nodes_room * 2 : 256;
        self->nodes = must (reallocarray (self->nodes, self->nodes_room, sizeof *self->nodes));
    }
    uint32_t node = self->nodes_count++;
    self->nodes[node] = (node_t){.chunk_id = chunk_id, .n = n, .above = node, .next = UINT32_MAX, .last = node};
    *slot = node + 1;
    return node;
}

static void add_edge (rap_link_series_t *self, uint32_t a, uint32_t b, double like)
{
    if (self->edges_count == self->edges_room) {
        self->edges_room = self->edges_room ? self->edges_room * 2 : 256;
        self->edges = must (reallocarray (self->edges, self->edges_room, sizeof *self->edges));
    }
    self->edges[self->edges_count++] = (edge_t){.a = a, .b = b, .likeness = like};
}

static void forget_nodes (rap_link_series_t *self)
{
    for (uint32_t i = self->nodes_count; i-- > 0;)
        *slot_of (self, self->nodes[i].chunk_id, self->nodes[i].n) = 0;
    self->nodes_count = self->edges_count = 0;
}

//  --- pairs ------------------------------------------------------------------------

//  The lower chunk first, so that a pair has one row.
static bool add_pair (rap_link_series_t *self, const rap_count_t *a, const rap_count_t *b, double like,
                      const char **what)
{
    const rap_count_t *first = a->chunk_id < b->chunk_id ? a : b, *second = first == a ? b : a;
    sqlite3_stmt *add = self->statements[STATEMENT_ADD_PAIR];
    sqlite3_bind_int64 (add, 1, first->chunk_id);
    sqlite3_bind_int64 (add, 2, first->n);
    sqlite3_bind_int64 (add, 3, second->chunk_id);
    sqlite3_bind_int64 (add, 4, second->n);
    //  Cut: the last bits depend on the order of adding.
    sqlite3_bind_double (add, 5, (double)(int)(like * 1000) / 1000);
    node_of (self, first->chunk_id, first->n);
    return row_run (add, what);
}

static bool compare (rap_link_series_t *self, const counts_t *counts, int64_t other, rap_stems_t *stems,
                     const char **what)
{
    counts_t theirs;
    rap_pair_t *pairs;
    if (!read_counts (self, other, stems, &theirs, what))
        return false;
    uint32_t found = rap_series_pairs (counts->at, counts->count, theirs.at, theirs.count, self->arena, &pairs);
    for (uint32_t i = 0; counts->at && theirs.at && i < found; i++)
        if (!add_pair (self, &counts->at[pairs[i].a], &theirs.at[pairs[i].b], pairs[i].likeness, what))
            return false;
    return true;
}

static bool read_others (rap_link_series_t *self, int64_t number, int64_t others[OTHERS_MAX], uint32_t *count,
                         const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_OTHERS, number, OTHERS_MAX);
    int code;
    *count = 0;
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        others[(*count)++] = sqlite3_column_int64 (read, 0);
    return row_end (read, code, what);
}

static bool pair_report (rap_link_series_t *self, int64_t number, const char **what)
{
    counts_t counts;
    int64_t others[OTHERS_MAX];
    uint32_t others_count;
    rap_stems_t *stems = rap_stems_new ();
    bool well = read_counts (self, number, stems, &counts, what) && add_keys (self, number, &counts, what)
                && read_others (self, number, others, &others_count, what);
    for (uint32_t i = 0; well && i < others_count; i++)
        well = compare (self, &counts, others[i], stems, what);
    rap_stems_destroy (&stems);
    return well;
}

//  --- series -----------------------------------------------------------------------

//  All that hangs together with the nodes by pairs.
static bool spread (rap_link_series_t *self, const char **what)
{
    for (uint32_t i = 0; i < self->nodes_count; i++) {
        sqlite3_stmt *read = ask (self, STATEMENT_NEIGHBOURS, self->nodes[i].chunk_id, self->nodes[i].n);
        int code;
        while ((code = sqlite3_step (read)) == SQLITE_ROW) {
            uint32_t other = node_of (self, sqlite3_column_int64 (read, 0), sqlite3_column_int64 (read, 1));
            //  Each pair is met from both of its ends.
            bool lower = other != UINT32_MAX && self->nodes[i].chunk_id < self->nodes[other].chunk_id;
            if (lower)
                add_edge (self, i, other, sqlite3_column_double (read, 2));
        }
        if (!row_end (read, code, what))
            return false;
    }
    return true;
}

static uint32_t first_of (rap_link_series_t *self, uint32_t node)
{
    while (self->nodes[node].above != node)
        node = self->nodes[node].above = self->nodes[self->nodes[node].above].above;
    return node;
}

static int64_t document_of (const rap_link_series_t *self, uint32_t node)
{
    return self->nodes[node].chunk_id >> 20;
}

//  Both groups have a count of the same document.
static bool clash (const rap_link_series_t *self, uint32_t a, uint32_t b)
{
    for (uint32_t i = a; i != UINT32_MAX; i = self->nodes[i].next)
        for (uint32_t j = b; j != UINT32_MAX; j = self->nodes[j].next)
            if (document_of (self, i) == document_of (self, j))
                return true;
    return false;
}

static const rap_link_series_t *sorting; //  for qsort, which passes nothing on

static int by_place (const node_t *x, const node_t *y)
{
    int chunk = (x->chunk_id > y->chunk_id) - (x->chunk_id < y->chunk_id);
    return chunk ? chunk : (x->n > y->n) - (x->n < y->n);
}

//  The likest first; of equals the one that is printed first.
static int by_likeness (const void *a, const void *b)
{
    const edge_t *x = a, *y = b;
    if (x->likeness != y->likeness)
        return x->likeness < y->likeness ? 1 : -1;
    int first = by_place (&sorting->nodes[x->a], &sorting->nodes[y->a]);
    return first ? first : by_place (&sorting->nodes[x->b], &sorting->nodes[y->b]);
}

static void group (rap_link_series_t *self)
{
    sorting = self;
    if (self->edges_count)
        qsort (self->edges, self->edges_count, sizeof *self->edges, by_likeness);
    for (uint32_t i = 0; i < self->edges_count; i++) {
        uint32_t a = first_of (self, self->edges[i].a), b = first_of (self, self->edges[i].b);
        if (a == b || clash (self, a, b))
            continue;
        self->nodes[self->nodes[a].last].next = b;
        self->nodes[a].last = self->nodes[b].last;
        self->nodes[b].above = a;
    }
}

//  The count of a group that is printed first names the series.
static uint32_t head_of (const rap_link_series_t *self, uint32_t first)
{
    uint32_t head = first;
    for (uint32_t i = first; i != UINT32_MAX; i = self->nodes[i].next)
        if (by_place (&self->nodes[i], &self->nodes[head]) < 0)
            head = i;
    return head;
}

static bool add_series (rap_link_series_t *self, const node_t *head, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_ONE, head->chunk_id, head->n);
    if (sqlite3_step (read) != SQLITE_ROW) {
        *what = sqlite3_sql (read);
        return false;
    }
    rap_count_t count = read_count (read, self->arena);
    sqlite3_reset (read);
    sqlite3_stmt *add = ask (self, STATEMENT_ADD_SERIES, head->chunk_id, head->n);
    row_bind_text (add, 3, rap_count_name (&count, self->arena));
    row_bind_text (add, 4, count.subject);
    row_bind_text (add, 5, count.measure);
    row_bind_text (add, 6, count.unit);
    return row_run (add, what);
}

static bool add_points (rap_link_series_t *self, uint32_t first, const node_t *head, const char **what)
{
    for (uint32_t i = first; i != UINT32_MAX; i = self->nodes[i].next) {
        sqlite3_stmt *add = ask (self, STATEMENT_ADD_POINT, head->chunk_id, head->n);
        sqlite3_bind_int64 (add, 3, self->nodes[i].chunk_id);
        sqlite3_bind_int64 (add, 4, self->nodes[i].n);
        if (!row_run (add, what))
            return false;
    }
    return true;
}

static bool make_series (rap_link_series_t *self, const char **what)
{
    bool well = spread (self, what);
    for (uint32_t i = 0; well && i < self->nodes_count; i++)
        well = run (self, STATEMENT_FORGET_SERIES, self->nodes[i].chunk_id, self->nodes[i].n, what)
               && run (self, STATEMENT_FORGET_POINTS, self->nodes[i].chunk_id, self->nodes[i].n, what);
    group (self);
    for (uint32_t i = 0; well && i < self->nodes_count; i++) {
        bool alone = self->nodes[i].next == UINT32_MAX;
        if (self->nodes[i].above != i || alone)
            continue;
        const node_t *head = &self->nodes[head_of (self, i)];
        well = add_series (self, head, what) && add_points (self, i, head, what);
    }
    return well;
}

//  What was in a series with this document's counts will have to be grouped anew.
static bool remember_held (rap_link_series_t *self, int64_t number, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_HELD, number, 0);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        node_of (self, sqlite3_column_int64 (read, 0), sqlite3_column_int64 (read, 1));
    return row_end (read, code, what);
}

static bool is_report (rap_link_series_t *self, int64_t number, bool *is, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_IS_REPORT, number, 0);
    int code = sqlite3_step (read);
    *is = code == SQLITE_ROW;
    if (*is)
        code = sqlite3_step (read);
    return row_end (read, code, what);
}

bool rap_link_series_document (rap_link_series_t *self, int64_t number, const char **what)
{
    bool report;
    rap_arena_reset (self->arena);
    bool well = is_report (self, number, &report, what) && remember_held (self, number, what)
                && run (self, STATEMENT_FORGET_PAIRS, number, 0, what)
                && run (self, STATEMENT_FORGET_KEYS, number, 0, what);
    if (well && report)
        well = pair_report (self, number, what);
    if (well && self->nodes_count)
        well = make_series (self, what);
    forget_nodes (self);
    return well;
}
