//  link_series: counts compared, pairs kept, series made of them anew.
#include "link_series.h"

#include <stdlib.h>
#include <string.h>

#include "link_counts.h"
#include "row.h"
#include "series.h"

enum {
    OTHERS_MAX = 32,    //  reports that one is compared with: those that count the most of the same subjects
    NODES_MAX = 1 << 16 //  counts that hang together by pairs
};

#define IN_DOCUMENT "chunk_id >= ?1 << 20 AND chunk_id < (?1 + 1) << 20"

#define STATEMENTS(S)                                                                                                \
    S (IS_REPORT, "SELECT 1 FROM document WHERE number = ?1 AND kind = 'report' AND state = 'complete'")             \
    S (HELD,                                                                                                         \
       "SELECT p.chunk_id, p.n FROM series_point o CROSS JOIN series_point p ON p.series_id = o.series_id"           \
       " WHERE o.chunk_id >= ?1 << 20 AND o.chunk_id < (?1 + 1) << 20 AND o.n IS NOT NULL AND p.n IS NOT NULL")      \
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
    S (SERIES_OF, "SELECT series_id FROM series_point WHERE chunk_id = ?1 AND n = ?2")                               \
    S (NAME, "SELECT rap_hash (?1 || ':' || ?2)")                                                                    \
    S (FORGET_POINT, "DELETE FROM series_point WHERE chunk_id = ?1 AND n = ?2")                                      \
    S (FORGET_SERIES, "DELETE FROM series WHERE series_id = ?1")                                                     \
    S (FORGET_EMPTY, "DELETE FROM series WHERE series_id = ?1"                                                       \
                     " AND NOT EXISTS (SELECT 1 FROM series_point WHERE series_id = ?1)")                            \
    S (ADD_SERIES, "INSERT INTO series (series_id, name, instrument_or_subject, measure, unit)"                      \
                   " VALUES (?1, ?2, ?3, ?4, ?5)")                                                                   \
    S (ADD_POINT, "INSERT INTO series_point (series_id, document_id, chunk_id, as_of, value, surface, n)"            \
                  " SELECT ?1, d.document_id, f.chunk_id, coalesce (d.published, ''), f.value, f.surface, f.n"       \
                  " FROM quantity f JOIN document d ON d.number = f.chunk_id >> 20"                                  \
                  " WHERE f.chunk_id = ?2 AND f.n = ?3")

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
    int64_t held;  //  the series that it is in; 0 none
    int64_t due;   //  the series that it belongs in; 0 none
} node_t;

typedef struct {
    uint32_t a, b;
    double likeness;
} edge_t;

struct rap_link_series {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_link_counts_t *counts;
    rap_arena_t *arena; //  of the comparison, or the series, at hand
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
    if (!row_prepare_all (db, statement_sql, self->statements, STATEMENT_COUNT, what)
        || !(self->counts = rap_link_counts_new (db, what)))
        rap_link_series_destroy (&self);
    return self;
}

void rap_link_series_destroy (rap_link_series_t **self_p)
{
    rap_link_series_t *self = *self_p;
    if (!self)
        return;
    row_finalize_all (self->statements, STATEMENT_COUNT);
    rap_link_counts_destroy (&self->counts);
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
    rap_link_counts_reset (self->counts);
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

static bool add_keys (rap_link_series_t *self, int64_t number, const rap_counted_t *counts, const char **what)
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
    //  Rounded: the last bits depend on the order of adding.
    sqlite3_bind_double (add, 5, (double)(int)(like * 1000 + 0.5) / 1000);
    node_of (self, first->chunk_id, first->n);
    return row_run (add, what);
}

static bool compare (rap_link_series_t *self, const rap_counted_t *counts, int64_t other, const char **what)
{
    rap_counted_t theirs;
    rap_pair_t *pairs;
    rap_arena_reset (self->arena);
    if (!rap_link_counts_of (self->counts, other, &theirs, what))
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
    rap_counted_t counts;
    int64_t others[OTHERS_MAX];
    uint32_t others_count;
    bool well = rap_link_counts_of (self->counts, number, &counts, what) && add_keys (self, number, &counts, what)
                && read_others (self, number, others, &others_count, what);
    for (uint32_t i = 0; well && i < others_count; i++)
        well = compare (self, &counts, others[i], what);
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
    rap_count_t count;
    rap_arena_reset (self->arena);
    if (!run (self, STATEMENT_FORGET_SERIES, head->due, 0, what)
        || !rap_link_counts_one (self->counts, head->chunk_id, head->n, self->arena, &count, what))
        return false;
    sqlite3_stmt *add = ask (self, STATEMENT_ADD_SERIES, head->due, 0);
    row_bind_text (add, 2, rap_count_name (&count, self->arena));
    row_bind_text (add, 3, count.subject);
    row_bind_text (add, 4, count.measure);
    row_bind_text (add, 5, count.unit);
    return row_run (add, what);
}

//  One number of a statement that answers one at most; 0 if none.
static bool ask_number (rap_link_series_t *self, statement_t which, const node_t *node, int64_t *number,
                        const char **what)
{
    sqlite3_stmt *read = ask (self, which, node->chunk_id, node->n);
    int code = sqlite3_step (read);
    *number = code == SQLITE_ROW ? sqlite3_column_int64 (read, 0) : 0;
    while (code == SQLITE_ROW)
        code = sqlite3_step (read);
    return row_end (read, code, what);
}

//  Which series each count is in, and which it belongs in.
static bool decide (rap_link_series_t *self, const char **what)
{
    bool well = true;
    for (uint32_t i = 0; well && i < self->nodes_count; i++)
        well = ask_number (self, STATEMENT_SERIES_OF, &self->nodes[i], &self->nodes[i].held, what);
    for (uint32_t i = 0; well && i < self->nodes_count; i++) {
        bool alone = self->nodes[i].next == UINT32_MAX;
        int64_t name = 0;
        if (self->nodes[i].above != i || alone)
            continue;
        well = ask_number (self, STATEMENT_NAME, &self->nodes[head_of (self, i)], &name, what);
        for (uint32_t j = i; j != UINT32_MAX; j = self->nodes[j].next)
            self->nodes[j].due = name;
    }
    return well;
}

//  The document's own counts may say something else now, though they stay where they are.
static bool moves (const node_t *node, int64_t number)
{
    return node->held != node->due || node->chunk_id >> 20 == number;
}

static bool take_out (rap_link_series_t *self, int64_t number, const char **what)
{
    for (uint32_t i = 0; i < self->nodes_count; i++)
        if (self->nodes[i].held && moves (&self->nodes[i], number)
            && !(run (self, STATEMENT_FORGET_POINT, self->nodes[i].chunk_id, self->nodes[i].n, what)
                 && run (self, STATEMENT_FORGET_EMPTY, self->nodes[i].held, 0, what)))
            return false;
    return true;
}

static bool put_in (rap_link_series_t *self, uint32_t first, int64_t number, const char **what)
{
    bool changed = false;
    for (uint32_t i = first; i != UINT32_MAX; i = self->nodes[i].next) {
        const node_t *node = &self->nodes[i];
        if (!node->due || !moves (node, number))
            continue;
        changed = true;
        sqlite3_stmt *add = ask (self, STATEMENT_ADD_POINT, node->due, node->chunk_id);
        sqlite3_bind_int64 (add, 3, node->n);
        if (!row_run (add, what))
            return false;
    }
    return !changed || add_series (self, &self->nodes[head_of (self, first)], what);
}

//  What stays as it is is not written again: a series of many years gets one point more each year.
static bool make_series (rap_link_series_t *self, int64_t number, const char **what)
{
    if (!spread (self, what))
        return false;
    group (self);
    bool well = decide (self, what) && take_out (self, number, what);
    for (uint32_t i = 0; well && i < self->nodes_count; i++)
        if (self->nodes[i].above == i)
            well = put_in (self, i, number, what);
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
    rap_link_counts_begin (self->counts, number);
    bool well = is_report (self, number, &report, what) && remember_held (self, number, what)
                && run (self, STATEMENT_FORGET_PAIRS, number, 0, what)
                && run (self, STATEMENT_FORGET_KEYS, number, 0, what);
    if (well && report)
        well = pair_report (self, number, what);
    if (well && self->nodes_count)
        well = make_series (self, number, what);
    forget_nodes (self);
    return well;
}
