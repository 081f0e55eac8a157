//  link_clusters: bands to find candidates, words to judge them, groups of what is alike.
#include "link_clusters.h"

#include <stdlib.h>
#include <string.h>

#include "rapporteur/stems.h"
#include "row.h"

enum {
    BANDS = 10, //  with three minima each: of mandates just alike enough three in a hundred are missed, and of those
    MINIMA = 3, //  with a tenth of their words in common one in a hundred is compared
    WORDS_MIN = 5,         //  fewer words are alike by chance
    WORDS_MAX = 256,       //  of an action that are compared
    NODES_MAX = 4096,      //  mandates that hang together
    SLOTS = 2 * NODES_MAX, //  a power of two
    BAND_MAX = 64,         //  mandates of one band that another is compared with
    STEMS_MAX = 1 << 16    //  known stems; then all are forgotten
};

//  Least share of words in common (Dice).
#define ALIKE_MIN 0.8

#define IN_DOCUMENT "clause_chunk_id >= ?1 << 20 AND clause_chunk_id < (?1 + 1) << 20"

#define STATEMENTS(S)                                                                                                \
    S (OLD, "SELECT cluster FROM mandate_cluster WHERE " IN_DOCUMENT " LIMIT ?2")                                    \
    S (OTHERS, "SELECT clause_chunk_id, seq FROM mandate_cluster WHERE cluster = ?2 AND NOT (" IN_DOCUMENT ")")      \
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
    S (BAND, "SELECT clause_chunk_id, seq FROM mandate_band WHERE band = ?1 LIMIT ?2")                               \
    S (CANDIDATE, "SELECT w.words, k.cluster FROM mandate_words w LEFT JOIN mandate_cluster k"                       \
                  " USING (clause_chunk_id, seq) WHERE w.clause_chunk_id = ?1 AND w.seq = ?2")                       \
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

typedef struct {
    uint64_t hashes[WORDS_MAX]; //  of stems, sorted, each once
    uint32_t count;
} words_t;

typedef struct {
    int64_t chunk_id;
    int64_t seq;
} mandate_t;

//  A cluster is known by the least of the hashes of its mandates (chunk and place), in whatever order they came.
typedef struct {
    mandate_t mandate;
    int64_t hash;
    int64_t cluster; //  that it is in already; 0 none
    uint32_t above;  //  of its group
    bool grouped;    //  with another one
} node_t;

//  Under what a mandate of the document at hand is found.
typedef struct {
    int64_t band;
    mandate_t mandate;
} band_t;

struct rap_link_clusters {
    sqlite3_stmt *statements[STATEMENT_COUNT];
    rap_arena_t *arena; //  of the document at hand
    rap_stems_t *stems;
    node_t nodes[NODES_MAX];
    uint32_t count;
    uint32_t slots[SLOTS];     //  1 + index of a node, by its mandate; 0 free
    int64_t names[NODES_MAX];  //  of the group of which it is the first
    uint32_t order[NODES_MAX]; //  nodes by cluster
    band_t *bands;             //  of the document's mandates
    uint32_t bands_count, bands_room;
    mandate_t *candidates; //  of the mandate at hand
    uint32_t candidates_count, candidates_room;
};

rap_link_clusters_t *rap_link_clusters_new (sqlite3 *db, const char **what)
{
    rap_link_clusters_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    self->stems = rap_stems_new ();
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
    rap_stems_destroy (&self->stems);
    free (self->bands);
    free (self->candidates);
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

static int by_number (const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

//  Of the stem itself, for stems are numbered anew time and again.
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

//  The chunk and place with which a row begins.
static mandate_t mandate_at (sqlite3_stmt *row)
{
    return (mandate_t){.chunk_id = sqlite3_column_int64 (row, 0), .seq = sqlite3_column_int64 (row, 1)};
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

static uint32_t *slot_of (rap_link_clusters_t *self, mandate_t mandate)
{
    uint64_t hash = ((uint64_t)mandate.chunk_id * 31 + (uint64_t)mandate.seq) * UINT64_C (0x9E3779B97F4A7C15);
    uint32_t slot = (uint32_t)(hash >> 40) & (SLOTS - 1);
    for (; self->slots[slot]; slot = (slot + 1) & (SLOTS - 1)) {
        const mandate_t *held = &self->nodes[self->slots[slot] - 1].mandate;
        if (held->chunk_id == mandate.chunk_id && held->seq == mandate.seq)
            break;
    }
    return &self->slots[slot];
}

//  The node of a mandate, made if it is not there; UINT32_MAX if there are too many, or SQLite failed.
static uint32_t node_of (rap_link_clusters_t *self, mandate_t mandate)
{
    uint32_t *slot = slot_of (self, mandate);
    if (*slot)
        return *slot - 1;
    if (self->count == NODES_MAX)
        return UINT32_MAX;
    sqlite3_stmt *read = ask (self, STATEMENT_CLUSTER, mandate.chunk_id, mandate.seq);
    bool found = sqlite3_step (read) == SQLITE_ROW;
    if (found) {
        self->nodes[self->count] = (node_t){.mandate = mandate,
                                            .cluster = sqlite3_column_int64 (read, 0),
                                            .hash = sqlite3_column_int64 (read, 1),
                                            .above = self->count};
        *slot = ++self->count;
    }
    sqlite3_reset (read);
    return found ? self->count - 1 : UINT32_MAX;
}

//  From the last one made, so that no search is cut short.
static void forget_nodes (rap_link_clusters_t *self)
{
    for (uint32_t i = self->count; i-- > 0;)
        *slot_of (self, self->nodes[i].mandate) = 0;
    self->count = 0;
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
static bool read_others (rap_link_clusters_t *self, int64_t number, int64_t cluster, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_OTHERS, number, cluster);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        node_of (self, mandate_at (read));
    return row_end (read, code, what);
}

static bool read_old (rap_link_clusters_t *self, int64_t number, const char **what)
{
    int64_t *clusters = self->names; //  which is not in use yet
    sqlite3_stmt *read = ask (self, STATEMENT_OLD, number, NODES_MAX);
    uint32_t count = 0;
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW)
        clusters[count++] = sqlite3_column_int64 (read, 0);
    bool well = row_end (read, code, what);
    qsort (clusters, count, sizeof *clusters, by_number);
    for (uint32_t i = 0; well && i < count; i++)
        if (i == 0 || clusters[i] != clusters[i - 1])
            well = read_others (self, number, clusters[i], what);
    return well;
}

static void remember_bands (rap_link_clusters_t *self, mandate_t mandate, const words_t *words)
{
    if (self->bands_count + BANDS + 1 > self->bands_room) {
        self->bands_room = 2 * self->bands_room + BANDS + 1;
        self->bands = reallocarray (self->bands, self->bands_room, sizeof *self->bands);
        if (!self->bands)
            abort ();
    }
    for (uint64_t band = 0; band <= BANDS; band++)
        self->bands[self->bands_count++] =
            (band_t){.band = band < BANDS ? band_of (words, band) : whole_of (words), .mandate = mandate};
}

static bool add_words (rap_link_clusters_t *self, int64_t number, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_MANDATES, number, 0);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        words_t words;
        rap_arena_reset (self->arena);
        read_words (self, row_text (read, 2, self->arena), &words);
        mandate_t mandate = mandate_at (read);
        if (words.count < WORDS_MIN)
            continue;
        node_of (self, mandate);
        remember_bands (self, mandate, &words);
        sqlite3_stmt *keep = ask (self, STATEMENT_ADD_WORDS, mandate.chunk_id, mandate.seq);
        sqlite3_bind_blob (keep, 3, words.hashes, (int)(words.count * sizeof *words.hashes), SQLITE_STATIC);
        if (!row_run (keep, what))
            return false;
    }
    return row_end (read, code, what);
}

static int by_mandate (const void *a, const void *b)
{
    const mandate_t *x = a, *y = b;
    int chunk = (x->chunk_id > y->chunk_id) - (x->chunk_id < y->chunk_id);
    return chunk ? chunk : (x->seq > y->seq) - (x->seq < y->seq);
}

static int by_band (const void *a, const void *b)
{
    const band_t *x = a, *y = b;
    int band = (x->band > y->band) - (x->band < y->band);
    return band ? band : by_mandate (&x->mandate, &y->mandate);
}

//  In the order of their table.
static bool add_bands (rap_link_clusters_t *self, const char **what)
{
    sqlite3_stmt *add = self->statements[STATEMENT_ADD_BAND];
    if (self->bands_count)
        qsort (self->bands, self->bands_count, sizeof *self->bands, by_band);
    for (uint32_t i = 0; i < self->bands_count; i++) {
        const band_t *band = &self->bands[i];
        sqlite3_bind_int64 (add, 1, band->band);
        sqlite3_bind_int64 (add, 2, band->mandate.chunk_id);
        sqlite3_bind_int64 (add, 3, band->mandate.seq);
        if (!row_run (add, what))
            return false;
    }
    return true;
}

//  A mandate of another document with the very same words, if there is one, was compared with all others when that
//  document was linked, or will be in this turn only if it is a node already.
static bool find_twin (rap_link_clusters_t *self, uint32_t node, const words_t *own, uint32_t compared, bool *found,
                       const char **what)
{
    words_t other;
    sqlite3_stmt *read = ask (self, STATEMENT_TWIN, whole_of (own), self->nodes[node].mandate.chunk_id >> 20);
    int code = sqlite3_step (read);
    *found = false;
    if (code == SQLITE_ROW) {
        uint32_t twin = node_of (self, mandate_at (read));
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
    const mandate_t *mandate = &self->nodes[node].mandate;
    sqlite3_stmt *held = ask (self, STATEMENT_WORDS, mandate->chunk_id, mandate->seq);
    int code = sqlite3_step (held);
    words->count = 0;
    if (code == SQLITE_ROW) {
        load_words (held, 0, words);
        code = sqlite3_step (held);
    }
    return row_end (held, code, what);
}

static bool read_band (rap_link_clusters_t *self, int64_t band, const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_BAND, band, BAND_MAX);
    int code;
    while ((code = sqlite3_step (read)) == SQLITE_ROW) {
        if (self->candidates_count == self->candidates_room) {
            self->candidates_room = self->candidates_room ? 2 * self->candidates_room : 256;
            self->candidates = reallocarray (self->candidates, self->candidates_room, sizeof *self->candidates);
            if (!self->candidates)
                abort ();
        }
        self->candidates[self->candidates_count++] = mandate_at (read);
    }
    return row_end (read, code, what);
}

//  Those that share a band with a node's words, each once, in order.
static bool read_candidates (rap_link_clusters_t *self, const words_t *words, const char **what)
{
    self->candidates_count = 0;
    for (uint64_t band = 0; band <= BANDS; band++)
        if (!read_band (self, band < BANDS ? band_of (words, band) : whole_of (words), what))
            return false;
    uint32_t count = 0;
    if (self->candidates_count)
        qsort (self->candidates, self->candidates_count, sizeof *self->candidates, by_mandate);
    for (uint32_t i = 0; i < self->candidates_count; i++)
        if (!count || by_mandate (&self->candidates[count - 1], &self->candidates[i]) != 0)
            self->candidates[count++] = self->candidates[i];
    self->candidates_count = count;
    return true;
}

//  Alike to one of a cluster is alike to all of it: `last` is the cluster that the node was found alike to last.
static bool compare (rap_link_clusters_t *self, uint32_t node, const words_t *own, mandate_t candidate, int64_t *last,
                     const char **what)
{
    sqlite3_stmt *read = ask (self, STATEMENT_CANDIDATE, candidate.chunk_id, candidate.seq);
    int code = sqlite3_step (read);
    if (code == SQLITE_ROW) {
        words_t other;
        int64_t cluster = sqlite3_column_int64 (read, 1);
        bool known = cluster && cluster == *last;
        if (!known)
            load_words (read, 0, &other);
        if (!known && other.count >= WORDS_MIN && alike (own, &other) >= ALIKE_MIN) {
            uint32_t found = node_of (self, candidate);
            if (found != UINT32_MAX)
                unite (self, node, found);
            *last = cluster;
        }
        code = sqlite3_step (read);
    }
    return row_end (read, code, what);
}

//  All that are alike to a node, which become nodes themselves; those before `compared` are compared in this turn.
static bool find_alike (rap_link_clusters_t *self, uint32_t node, uint32_t compared, const char **what)
{
    const mandate_t mandate = self->nodes[node].mandate;
    words_t own;
    bool twin;
    int64_t last = 0;
    if (!words_of (self, node, &own, what))
        return false;
    if (own.count < WORDS_MIN)
        return true;
    if (!find_twin (self, node, &own, compared, &twin, what))
        return false;
    if (twin)
        return true;
    bool well = read_candidates (self, &own, what);
    for (uint32_t i = 0; well && i < self->candidates_count; i++)
        if (by_mandate (&self->candidates[i], &mandate) != 0)
            well = compare (self, node, &own, self->candidates[i], &last, what);
    return well;
}

static const node_t *sorting; //  for qsort, which passes nothing on

static int by_cluster (const void *a, const void *b)
{
    int64_t x = sorting[*(const uint32_t *)a].cluster, y = sorting[*(const uint32_t *)b].cluster;
    return (x > y) - (x < y);
}

//  What is in one cluster already hangs together, by whichever of its members it was found.
static void unite_clusters (rap_link_clusters_t *self)
{
    sorting = self->nodes;
    for (uint32_t i = 0; i < self->count; i++)
        self->order[i] = i;
    qsort (self->order, self->count, sizeof *self->order, by_cluster);
    for (uint32_t i = 1; i < self->count; i++) {
        uint32_t a = self->order[i - 1], b = self->order[i];
        if (self->nodes[a].cluster && self->nodes[a].cluster == self->nodes[b].cluster)
            unite (self, a, b);
    }
}

//  A group's name: the least of its hashes and of the clusters that its members are in.
static void name_groups (rap_link_clusters_t *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        self->names[i] = INT64_MAX;
    for (uint32_t i = 0; i < self->count; i++) {
        const node_t *node = &self->nodes[i];
        int64_t *name = &self->names[first_of (self, i)];
        *name = node->hash < *name ? node->hash : *name;
        *name = node->cluster && node->cluster < *name ? node->cluster : *name;
    }
}

static bool write_clusters (rap_link_clusters_t *self, const char **what)
{
    bool well = true;
    for (uint32_t i = 0; well && i < self->count; i++) {
        const node_t *node = &self->nodes[i];
        int64_t name = node->grouped ? self->names[first_of (self, i)] : 0;
        if (node->cluster && name && node->cluster != name) //  and all others that are in it
            well = run (self, STATEMENT_MERGE, node->cluster, name, what);
        else if (node->grouped && node->cluster != name) {
            sqlite3_stmt *add = ask (self, STATEMENT_ADD, node->mandate.chunk_id, node->mandate.seq);
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
        if (!run (self, STATEMENT_REMOVE, self->nodes[i].mandate.chunk_id, self->nodes[i].mandate.seq, what))
            return false;
    }
    return true;
}

bool rap_link_clusters_document (rap_link_clusters_t *self, int64_t number, const char **what)
{
    self->bands_count = 0;
    if (rap_stems_count (self->stems) > STEMS_MAX) {
        rap_stems_destroy (&self->stems);
        self->stems = rap_stems_new ();
    }
    bool well = dissolve_old (self, number, what) && run (self, STATEMENT_FORGET, number, 0, what)
                && run (self, STATEMENT_FORGET_BANDS, number, 0, what)
                && run (self, STATEMENT_FORGET_WORDS, number, 0, what) && add_words (self, number, what)
                && add_bands (self, what);
    //  What they are alike to stays in its cluster: only what is new, or dissolved, is compared.
    for (uint32_t i = 0, count = self->count; well && i < count; i++)
        well = find_alike (self, i, count, what);
    unite_clusters (self);
    name_groups (self);
    well = well && write_clusters (self, what);
    forget_nodes (self);
    return well;
}
