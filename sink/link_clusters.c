//  link_clusters: bands to find candidates, words to judge them, groups of what is alike.
#include "link_clusters.h"

#include <stdlib.h>
#include <string.h>

#include "link_rows.h"
#include "rapporteur/stems.h"

enum {
    BANDS = 10, //  with three minima each: of mandates just alike enough three in a hundred are missed, and of those
    MINIMA = 3, //  with a tenth of their words in common one in a hundred is compared
    WORDS_MIN = 5,   //  fewer words are alike by chance
    WORDS_MAX = 256, //  of an action that are compared
    NODES_MAX = 4096 //  mandates that hang together
};

//  Least share of words in common (Dice).
#define ALIKE_MIN 0.8

#define IN_DOCUMENT "clause_chunk_id >= ?1 << 20 AND clause_chunk_id < (?1 + 1) << 20"

#define STATEMENTS(S)                                                                                                \
    S (OLD, "SELECT clause_chunk_id, seq FROM mandate_cluster WHERE cluster IN"                                      \
            " (SELECT cluster FROM mandate_cluster WHERE " IN_DOCUMENT ") AND NOT (" IN_DOCUMENT ")")                \
    S (FORGET_BANDS, "DELETE FROM mandate_band WHERE " IN_DOCUMENT)                                                  \
    S (FORGET, "DELETE FROM mandate_cluster WHERE " IN_DOCUMENT)                                                     \
    S (FORGET_WORDS, "DELETE FROM mandate_words WHERE " IN_DOCUMENT)                                                 \
    S (MANDATES, "SELECT clause_chunk_id, seq, action FROM mandate WHERE " IN_DOCUMENT)                              \
    S (ADD_WORDS, "INSERT INTO mandate_words (clause_chunk_id, seq, words) VALUES (?1, ?2, ?3)")                     \
    S (WORDS, "SELECT words FROM mandate_words WHERE clause_chunk_id = ?1 AND seq = ?2")                             \
    S (ADD_BAND, "INSERT INTO mandate_band (band, clause_chunk_id, seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING") \
    S (TWIN,                                                                                                         \
       "SELECT b.clause_chunk_id, b.seq, w.words, k.cluster FROM mandate_band b"                                     \
       " JOIN mandate_words w USING (clause_chunk_id, seq) LEFT JOIN mandate_cluster k USING (clause_chunk_id, seq)" \
       " WHERE b.band = ?1 AND NOT (b.clause_chunk_id >= ?2 << 20 AND b.clause_chunk_id < (?2 + 1) << 20) LIMIT 1")  \
    S (CANDIDATES, "SELECT c.clause_chunk_id, c.seq, w.words, k.cluster FROM"                                        \
                   " (SELECT DISTINCT b.clause_chunk_id, b.seq FROM mandate_band a JOIN mandate_band b USING (band)" \
                   "  WHERE a.clause_chunk_id = ?1 AND a.seq = ?2) c"                                                \
                   " JOIN mandate_words w ON w.clause_chunk_id = c.clause_chunk_id AND w.seq = c.seq"                \
                   " LEFT JOIN mandate_cluster k ON k.clause_chunk_id = c.clause_chunk_id AND k.seq = c.seq"         \
                   " ORDER BY k.cluster")                                                                            \
    /*  Not of the chunk's number, which depends on the order in which documents came. */                            \
    S (CLUSTER, "SELECT cluster, rap_hash (d.document_id || ' ' || (?1 & 1048575) || ' ' || ?2)"                     \
                " FROM document d LEFT JOIN mandate_cluster ON clause_chunk_id = ?1 AND seq = ?2"                    \
                " WHERE d.number = ?1 >> 20")                                                                        \
    S (MERGE, "UPDATE mandate_cluster SET cluster = ?2 WHERE cluster = ?1")                                          \
    S (REMOVE, "DELETE FROM mandate_cluster WHERE clause_chunk_id = ?1 AND seq = ?2")                                \
    S (ADD, "INSERT INTO mandate_cluster (clause_chunk_id, seq, cluster)"                                            \
            " VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET cluster = excluded.cluster")

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

//  A cluster is known by the least of the hashes of its mandates (chunk and place), in whatever order they came.
typedef struct {
    int64_t chunk_id;
    int64_t seq;
    int64_t hash;
    int64_t cluster; //  that it is in already; 0 none
    uint32_t above;  //  of its group
    bool grouped;    //  with another one
} node_t;

struct rap_link_clusters {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_arena_t *arena;
    rap_stems_t *stems; //  of the document at hand
    node_t nodes[NODES_MAX];
    uint32_t count;
};

rap_link_clusters_t *rap_link_clusters_new (sqlite3 *db, const char **what)
{
    rap_link_clusters_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    if (!row_prepare_all (db, statement_sql, self->statements, STATEMENT_COUNT, what))
        rap_link_clusters_destroy (&self);
    return self;
}

void rap_link_clusters_destroy (rap_link_clusters_t **self_p)
{
    rap_link_clusters_t *self = *self_p;
    if (!self)
        return;
    row_finalize_all (self->statements, STATEMENT_COUNT);
    rap_arena_destroy (&self->arena);
    free (self);
    *self_p = NULL;
}

void rap_link_clusters_reset (rap_link_clusters_t *self)
{
    row_reset_all (self->statements, STATEMENT_COUNT);
}

static sqlite3_stmt *ask (rap_link_clusters_t *self, statement_t which, int64_t a, int64_t b)
{
    return row_ask (self->statements[which], a, b, 0);
}

static bool run (rap_link_clusters_t *self, statement_t which, int64_t a, int64_t b, const char **what)
{
    return row_run (ask (self, which, a, b), what);
}

//  --- words --------------------------------------------------------------------

typedef struct {
    uint64_t hashes[WORDS_MAX]; //  of stems, sorted, each once
    uint32_t count;
} words_t;

static int by_number (const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

//  Of the stem itself, for stems are numbered anew for each document.
static uint64_t hash_of (rap_text_t stem)
{
    uint64_t hash = UINT64_C (14695981039346656037);
    for (size_t i = 0; i < stem.len; i++)
        hash = (hash ^ (unsigned char)stem.at[i]) * UINT64_C (1099511628211);
    return hash;
}

static void read_words (rap_link_clusters_t *self, rap_text_t action, words_t *words)
{
    uint32_t stem, found = 0;
    words->count = 0;
    for (size_t at = 0; found < WORDS_MAX && rap_stems_next (self->stems, action, &at, true, &stem);)
        words->hashes[found++] = hash_of (rap_stems_text (self->stems, stem));
    qsort (words->hashes, found, sizeof *words->hashes, by_number);
    for (uint32_t i = 0; i < found; i++)
        if (!words->count || words->hashes[words->count - 1] != words->hashes[i])
            words->hashes[words->count++] = words->hashes[i];
}

//  As they were stored.
static void load_words (sqlite3_stmt *row, int column, words_t *words)
{
    const void *blob = sqlite3_column_blob (row, column);
    size_t bytes = (size_t)sqlite3_column_bytes (row, column);
    words->count = blob && bytes <= sizeof words->hashes ? (uint32_t)(bytes / sizeof *words->hashes) : 0;
    if (words->count)
        memcpy (words->hashes, blob, words->count * sizeof *words->hashes);
}

static double alike (const words_t *a, const words_t *b)
{
    uint32_t shared = 0;
    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        if (a->hashes[i] == b->hashes[j]) {
            shared++;
            i++;
            j++;
        } else if (a->hashes[i] < b->hashes[j])
            i++;
        else
            j++;
    }
    return 2.0 * shared / (a->count + b->count);
}

//  The least of the words' hashes under the n-th of all mixings.
static uint64_t least (const words_t *words, uint64_t n)
{
    uint64_t min = UINT64_MAX;
    for (uint32_t i = 0; i < words->count; i++) {
        uint64_t mixed = (words->hashes[i] ^ (n * UINT64_C (0x9E3779B97F4A7C15))) * UINT64_C (0xBF58476D1CE4E5B9);
        mixed = (mixed ^ (mixed >> 29)) * UINT64_C (0x94D049BB133111EB);
        min = mixed < min ? mixed : min;
    }
    return min;
}

static int64_t band_of (const words_t *words, uint64_t band)
{
    uint64_t all = band;
    for (uint64_t i = 0; i < MINIMA; i++)
        all = all * UINT64_C (1099511628211) + least (words, MINIMA * band + i);
    return (int64_t)(all >> 1);
}

//  A band of its own: those with all words in common are in it.
static int64_t whole_of (const words_t *words)
{
    uint64_t all = BANDS;
    for (uint32_t i = 0; i < words->count; i++)
        all = (all ^ words->hashes[i]) * UINT64_C (0x9E3779B97F4A7C15);
    return (int64_t)(all >> 1);
}

//  --- nodes --------------------------------------------------------------------

//  The node of a mandate, made if it is not there; UINT32_MAX if there are too many, or SQLite failed.
static uint32_t node_of (rap_link_clusters_t *self, int64_t chunk_id, int64_t seq)
{
    for (uint32_t i = 0; i < self->count; i++)
        if (self->nodes[i].chunk_id == chunk_id && self->nodes[i].seq == seq)
            return i;
    if (self->count == NODES_MAX)
        return UINT32_MAX;
    sqlite3_stmt *read = ask (self, STATEMENT_CLUSTER, chunk_id, seq);
    bool found = sqlite3_step (read) == SQLITE_ROW;
    if (found)
        self->nodes[self->count] = (node_t){.chunk_id = chunk_id,
                                            .seq = seq,
                                            .cluster = sqlite3_column_int64 (read, 0),
                                            .hash = sqlite3_column_int64 (read, 1),
                                            .above = self->count};
    sqlite3_reset (read);
    return found ? self->count++ : UINT32_MAX;
}

static uint32_t first_of (rap_link_clusters_t *self, uint32_t node)
{
    while (self->nodes[node].above != node)
        node = self->nodes[node].above = self->nodes[self->nodes[node].above].above;
    return node;
}

static void unite (rap_link_clusters_t *self, uint32_t a, uint32_t b)
{
    self->nodes[a].grouped = self->nodes[b].grouped = true;
    self->nodes[first_of (self, b)].above = first_of (self, a);
}

//  --- a document -----------------------------------------------------------------

//  What was of one cluster with this document's mandates.
static bool read_old (rap_link_clusters_t *self, int64_t number, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_OLD, number, 0);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        node_of (self, sqlite3_column_int64 (read, 0), sqlite3_column_int64 (read, 1));
    return row_end (read, code, what);
}

static bool add_bands (rap_link_clusters_t *self, int64_t number, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_MANDATES, number, 0);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        words_t words;
        read_words (self, row_text (read, 2, self->arena), &words);
        int64_t chunk_id = sqlite3_column_int64 (read, 0), seq = sqlite3_column_int64 (read, 1);
        if (words.count < WORDS_MIN)
            continue;
        node_of (self, chunk_id, seq);
        sqlite3_stmt *keep = ask (self, STATEMENT_ADD_WORDS, chunk_id, seq);
        sqlite3_bind_blob (keep, 3, words.hashes, (int)(words.count * sizeof *words.hashes), SQLITE_TRANSIENT);
        if (!row_run (keep, what))
            return false;
        for (uint64_t band = 0; band <= BANDS; band++) {
            sqlite3_stmt *add = self->statements[STATEMENT_ADD_BAND];
            sqlite3_bind_int64 (add, 1, band < BANDS ? band_of (&words, band) : whole_of (&words));
            sqlite3_bind_int64 (add, 2, chunk_id);
            sqlite3_bind_int64 (add, 3, seq);
            if (!row_run (add, what))
                return false;
        }
    }
    return row_end (read, code, what);
}

//  A mandate of another document with the very same words, if there is one, was compared with all others when that
//  document was linked, or will be in this turn only if it is a node already.
static bool find_twin (rap_link_clusters_t *self, uint32_t node, const words_t *own, uint32_t compared, bool *found,
                       const char **what)
{
    words_t other;
    sqlite3_stmt *read = ask (self, STATEMENT_TWIN, whole_of (own), self->nodes[node].chunk_id >> 20);
    int code = sqlite3_step (read);
    *found = false;
    if (code == SQLITE_ROW) {
        uint32_t twin = node_of (self, sqlite3_column_int64 (read, 0), sqlite3_column_int64 (read, 1));
        load_words (read, 2, &other);
        *found = twin != UINT32_MAX && twin >= compared && other.count == own->count
                 && memcmp (other.hashes, own->hashes, own->count * sizeof *own->hashes) == 0;
        if (*found)
            unite (self, node, twin);
        code = sqlite3_step (read);
    }
    return row_end (read, code, what);
}

//  The words of a node, as they were stored; none if they are not.
static bool words_of (rap_link_clusters_t *self, uint32_t node, words_t *words, const char **what)
{
    sqlite3_stmt *held = ask (self, STATEMENT_WORDS, self->nodes[node].chunk_id, self->nodes[node].seq);
    int code = sqlite3_step (held);
    words->count = 0;
    if (code == SQLITE_ROW) {
        load_words (held, 0, words);
        code = sqlite3_step (held);
    }
    return row_end (held, code, what);
}

//  All that are alike to a node, which become nodes themselves; those before `compared` are compared in this turn.
static bool find_alike (rap_link_clusters_t *self, uint32_t node, uint32_t compared, const char **what)
{
    const int64_t chunk_id = self->nodes[node].chunk_id, seq = self->nodes[node].seq;
    words_t own, other;
    bool twin;
    int code;
    int64_t last = 0; //  cluster that it is alike to
    if (!words_of (self, node, &own, what))
        return false;
    if (own.count < WORDS_MIN)
        return true;
    if (!find_twin (self, node, &own, compared, &twin, what))
        return false;
    if (twin)
        return true;
    sqlite3_stmt *read = ask (self, STATEMENT_CANDIDATES, chunk_id, seq);
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        //  Alike to one of a cluster is alike to all of it.
        int64_t cluster = sqlite3_column_int64 (read, 3);
        if (cluster && cluster == last)
            continue;
        load_words (read, 2, &other);
        bool same = sqlite3_column_int64 (read, 0) == chunk_id && sqlite3_column_int64 (read, 1) == seq;
        if (same || other.count < WORDS_MIN || alike (&own, &other) < ALIKE_MIN)
            continue;
        uint32_t found = node_of (self, sqlite3_column_int64 (read, 0), sqlite3_column_int64 (read, 1));
        if (found != UINT32_MAX)
            unite (self, node, found);
        last = cluster;
    }
    return row_end (read, code, what);
}

//  What is in one cluster already hangs together, by whichever of its members it was found.
static void unite_clusters (rap_link_clusters_t *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        for (uint32_t j = i + 1; self->nodes[i].cluster && j < self->count; j++)
            if (self->nodes[j].cluster == self->nodes[i].cluster) {
                unite (self, i, j);
                break; //  the next one goes on from there
            }
}

//  The least of a group's hashes and of the clusters that its members are in.
static int64_t name_of (rap_link_clusters_t *self, uint32_t node)
{
    int64_t name = INT64_MAX;
    for (uint32_t i = 0; i < self->count; i++) {
        const node_t *other = &self->nodes[i];
        if (first_of (self, i) != first_of (self, node))
            continue;
        name = other->hash < name ? other->hash : name;
        name = other->cluster && other->cluster < name ? other->cluster : name;
    }
    return name;
}

static bool write_clusters (rap_link_clusters_t *self, const char **what)
{
    bool well = true;
    for (uint32_t i = 0; well && i < self->count; i++) {
        const node_t *node = &self->nodes[i];
        int64_t name = node->grouped ? name_of (self, i) : 0;
        if (node->cluster && name && node->cluster != name) //  and all others that are in it
            well = run (self, STATEMENT_MERGE, node->cluster, name, what);
        else if (node->grouped && node->cluster != name) {
            sqlite3_stmt *add = ask (self, STATEMENT_ADD, node->chunk_id, node->seq);
            sqlite3_bind_int64 (add, 3, name);
            well = row_run (add, what);
        }
    }
    return well;
}

//  The clusters that this document's mandates were in are made anew without them: it may have been they that held
//  them together.
static bool dissolve_old (rap_link_clusters_t *self, int64_t number, const char **what)
{
    if (!read_old (self, number, what))
        return false;
    for (uint32_t i = 0; i < self->count; i++) {
        self->nodes[i].cluster = 0;
        if (!run (self, STATEMENT_REMOVE, self->nodes[i].chunk_id, self->nodes[i].seq, what))
            return false;
    }
    return true;
}

bool rap_link_clusters_document (rap_link_clusters_t *self, int64_t number, const char **what)
{
    self->count = 0;
    rap_arena_reset (self->arena);
    self->stems = rap_stems_new ();
    bool well = dissolve_old (self, number, what) && run (self, STATEMENT_FORGET, number, 0, what)
                && run (self, STATEMENT_FORGET_BANDS, number, 0, what)
                && run (self, STATEMENT_FORGET_WORDS, number, 0, what) && add_bands (self, number, what);
    //  What they are alike to stays in its cluster: only what is new, or dissolved, is compared.
    for (uint32_t i = 0, count = self->count; well && i < count; i++)
        well = find_alike (self, i, count, what);
    unite_clusters (self);
    well = well && write_clusters (self, what);
    rap_stems_destroy (&self->stems);
    return well;
}
