//  compare: document by document, kind by kind.
#include "compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OLD, FRESH, SIDES, SQL_MAX = 2000, ORDINAL_BITS = 20 };

static const char *const sides[SIDES] = {"old", "main"};

typedef struct {
    int64_t chunk_id, ordinal;
    char *likeness; //  kind, part, label, text
    char *part, *label, *text;
    uint32_t pair;
} chunk_t;

typedef struct {
    uint32_t pair;
    const chunk_t *chunk;
    char *key, *values, *surface;
} row_t;

typedef struct {
    void *at;
    size_t count, room;
} list_t;

typedef struct {
    rap_database_t *db;
    rap_compare_fn *told;
    void *told_self;
    bool wanted;
    rap_compare_t *sums;
    char questions[SIDES][RAP_FINDING_COUNT][SQL_MAX];
    //  of the document at hand
    char *document_id, *symbol;
    list_t chunks[SIDES]; //  chunk_t, by chunk_id
    char first[SIDES][24], end[SIDES][24];
    bool differs;
} compare_t;

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

static char *copy_of (const char *text)
{
    return must (strdup (text ? text : ""));
}

static void *grow (list_t *list, size_t size)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 64;
        list->at = must (realloc (list->at, list->room * size));
    }
    return (char *)list->at + size * list->count++;
}

//  --- questions -----------------------------------------------------------------------
static bool has_column (compare_t *self, const char *side, const char *table, const char *column)
{
    const char *texts[] = {table, side, column};
    return rap_database_number (self->db, "SELECT count (*) FROM pragma_table_info (?1, ?2) WHERE name = ?3", texts,
                                3)
           > 0;
}

//  Where a finding stands: what stays the same when it changes.
static const char *key_of (int kind)
{
    if (kind == RAP_FINDING_classification)
        return "scheme || ' ' || code";
    if (kind == RAP_FINDING_clause)
        return "printf ('%06d', seq)";
    return "printf ('%08d %08d', start, \"end\")";
}

static void make_question (compare_t *self, int kind)
{
    const rap_finding_schema_t *schema = &rap_finding_schemas[kind];
    char values[SQL_MAX / 2] = "json_object (";
    const char *comma = "";
    for (uint32_t i = 0; i < schema->fields_count; i++) {
        const char *name = schema->fields[i].name;
        size_t len = strlen (values);
        if (!has_column (self, sides[OLD], schema->name, name)
            || !has_column (self, sides[FRESH], schema->name, name))
            continue; //  only one version has it
        snprintf (values + len, sizeof values - len, "%s'%s', \"%s\"", comma, name, name);
        comma = ", ";
    }
    for (int side = 0; side < SIDES; side++)
        snprintf (self->questions[side][kind], SQL_MAX,
                  "SELECT chunk_id, %s, %s), %s FROM %s.%s WHERE chunk_id >= CAST (?1 AS INTEGER)"
                  " AND chunk_id < CAST (?2 AS INTEGER)",
                  key_of (kind), values, schema->has_span ? "surface" : "NULL", sides[side], schema->name);
}

//  --- chunks ------------------------------------------------------------------------
static void read_chunks (compare_t *self, int side)
{
    char sql[600];
    const char *texts[] = {self->first[side], self->end[side]};
    snprintf (
        sql, sizeof sql,
        "SELECT chunk_id, ordinal, kind || char (31) || part || char (31) || label || char (31) || text, part, label,"
        " text FROM %s.chunk WHERE chunk_id >= CAST (?1 AS INTEGER) AND chunk_id < CAST (?2 AS INTEGER)"
        " ORDER BY chunk_id",
        sides[side]);
    rap_rows_t *rows = rap_database_ask (self->db, sql, texts, 2);
    while (rap_rows_next (&rows)) {
        chunk_t *chunk = grow (&self->chunks[side], sizeof *chunk);
        *chunk = (chunk_t){.chunk_id = rap_rows_integer (rows, 0),
                           .ordinal = rap_rows_integer (rows, 1),
                           .likeness = copy_of (rap_rows_text (rows, 2)),
                           .part = copy_of (rap_rows_text (rows, 3)),
                           .label = copy_of (rap_rows_text (rows, 4)),
                           .text = copy_of (rap_rows_text (rows, 5))};
    }
}

static void forget_chunks (list_t *list)
{
    chunk_t *chunks = list->at;
    for (size_t i = 0; i < list->count; i++) {
        free (chunks[i].likeness);
        free (chunks[i].part);
        free (chunks[i].label);
        free (chunks[i].text);
    }
    list->count = 0;
}

static int by_likeness (const void *a, const void *b)
{
    const chunk_t *one = *(chunk_t *const *)a, *other = *(chunk_t *const *)b;
    int order = strcmp (one->likeness, other->likeness);
    return order ? order : one->ordinal < other->ordinal ? -1 : one->ordinal > other->ordinal;
}

static chunk_t **sorted (const list_t *list)
{
    chunk_t **at = must (calloc (list->count + 1, sizeof (chunk_t *)));
    for (size_t i = 0; i < list->count; i++)
        at[i] = (chunk_t *)list->at + i;
    qsort (at, list->count, sizeof (chunk_t *), by_likeness);
    return at;
}

static void tell (compare_t *self, const chunk_t *chunk, const char *kind, const char *what, const char *surface,
                  const char *before, const char *after)
{
    self->differs = true;
    if (!self->wanted)
        return;
    rap_difference_t difference = {.document_id = self->document_id,
                                   .symbol = self->symbol,
                                   .ordinal = chunk ? chunk->ordinal : -1,
                                   .label = chunk ? chunk->label : NULL,
                                   .part = chunk ? chunk->part : NULL,
                                   .text = chunk ? chunk->text : NULL,
                                   .kind = kind,
                                   .what = what,
                                   .surface = surface,
                                   .before = before,
                                   .after = after};
    self->wanted = self->told (self->told_self, &difference);
}

//  Gives each chunk the number of its pair; one without a counterpart has a number of its own.
static void pair_chunks (compare_t *self)
{
    chunk_t **old = sorted (&self->chunks[OLD]), **fresh = sorted (&self->chunks[FRESH]);
    size_t i = 0, j = 0, olds = self->chunks[OLD].count, freshs = self->chunks[FRESH].count;
    uint32_t pair = 0;
    while (i < olds || j < freshs) {
        int order = i == olds ? 1 : j == freshs ? -1 : strcmp (old[i]->likeness, fresh[j]->likeness);
        if (order == 0)
            self->sums->chunks.same++;
        else if (order < 0)
            self->sums->chunks.gone++;
        else
            self->sums->chunks.fresh++;
        if (order < 0)
            tell (self, old[i], "chunk", "gone", NULL, NULL, NULL);
        else if (order > 0)
            tell (self, fresh[j], "chunk", "new", NULL, NULL, NULL);
        if (order <= 0)
            old[i++]->pair = pair;
        if (order >= 0)
            fresh[j++]->pair = pair;
        pair++;
    }
    free (old);
    free (fresh);
}

static int by_id (const void *key, const void *member)
{
    int64_t id = *(const int64_t *)key, other = ((const chunk_t *)member)->chunk_id;
    return id < other ? -1 : id > other;
}

//  --- findings ------------------------------------------------------------------------
static void read_rows (compare_t *self, int side, int kind, list_t *list)
{
    const char *texts[] = {self->first[side], self->end[side]};
    rap_rows_t *rows = rap_database_ask (self->db, self->questions[side][kind], texts, 2);
    while (rap_rows_next (&rows)) {
        int64_t id = rap_rows_integer (rows, 0);
        const chunk_t *chunk = self->chunks[side].count ? bsearch (&id, self->chunks[side].at,
                                                                   self->chunks[side].count, sizeof (chunk_t), by_id)
                                                        : NULL;
        if (!chunk)
            continue; //  of no chunk: not ours to compare
        row_t *row = grow (list, sizeof *row);
        *row = (row_t){.pair = chunk->pair,
                       .chunk = chunk,
                       .key = copy_of (rap_rows_text (rows, 1)),
                       .values = copy_of (rap_rows_text (rows, 2)),
                       .surface = rap_rows_text (rows, 3) ? copy_of (rap_rows_text (rows, 3)) : NULL};
    }
}

static int by_place (const row_t *one, const row_t *other)
{
    if (one->pair != other->pair)
        return one->pair < other->pair ? -1 : 1;
    return strcmp (one->key, other->key);
}

static int by_values (const void *a, const void *b)
{
    int order = by_place (a, b);
    return order ? order : strcmp (((const row_t *)a)->values, ((const row_t *)b)->values);
}

//  What is left of a place once those alike in everything are gone.
static void tell_left (compare_t *self, int kind, row_t **old, size_t olds, row_t **fresh, size_t freshs)
{
    rap_compare_sum_t *sum = &self->sums->kinds[kind];
    const char *name = rap_finding_schemas[kind].name;
    size_t both = olds < freshs ? olds : freshs;
    for (size_t i = 0; i < both; i++) {
        sum->changed++;
        tell (self, fresh[i]->chunk, name, "changed", fresh[i]->surface, old[i]->values, fresh[i]->values);
    }
    for (size_t i = both; i < olds; i++) {
        sum->gone++;
        tell (self, old[i]->chunk, name, "gone", old[i]->surface, old[i]->values, NULL);
    }
    for (size_t i = both; i < freshs; i++) {
        sum->fresh++;
        tell (self, fresh[i]->chunk, name, "new", fresh[i]->surface, NULL, fresh[i]->values);
    }
}

//  One place: both sides are sorted by their values.
static void compare_place (compare_t *self, int kind, row_t *old, size_t olds, row_t *fresh, size_t freshs)
{
    row_t **left = must (calloc (olds + freshs + 1, sizeof (row_t *))), **right = left + olds;
    size_t i = 0, j = 0, lefts = 0, rights = 0;
    while (i < olds || j < freshs) {
        int order = i == olds ? 1 : j == freshs ? -1 : strcmp (old[i].values, fresh[j].values);
        if (order == 0) {
            self->sums->kinds[kind].same++;
            i++;
            j++;
        } else if (order < 0)
            left[lefts++] = &old[i++];
        else
            right[rights++] = &fresh[j++];
    }
    tell_left (self, kind, left, lefts, right, rights);
    free (left);
}

static size_t run_of (const row_t *rows, size_t from, size_t count)
{
    size_t end = from + 1;
    while (end < count && by_place (&rows[from], &rows[end]) == 0)
        end++;
    return end - from;
}

static void forget_rows (list_t *list)
{
    row_t *rows = list->at;
    for (size_t i = 0; rows && i < list->count; i++) {
        free (rows[i].key);
        free (rows[i].values);
        free (rows[i].surface);
    }
    free (list->at);
}

static void compare_kind (compare_t *self, int kind)
{
    list_t lists[SIDES] = {{0}};
    for (int side = 0; side < SIDES; side++) {
        read_rows (self, side, kind, &lists[side]);
        if (lists[side].count)
            qsort (lists[side].at, lists[side].count, sizeof (row_t), by_values);
    }
    row_t *old = lists[OLD].at, *fresh = lists[FRESH].at;
    size_t i = 0, j = 0, olds = lists[OLD].count, freshs = lists[FRESH].count;
    while (i < olds || j < freshs) {
        int order = i == olds ? 1 : j == freshs ? -1 : by_place (&old[i], &fresh[j]);
        size_t lefts = order <= 0 ? run_of (old, i, olds) : 0, rights = order >= 0 ? run_of (fresh, j, freshs) : 0;
        compare_place (self, kind, lefts ? old + i : NULL, lefts, rights ? fresh + j : NULL, rights);
        i += lefts;
        j += rights;
    }
    forget_rows (&lists[OLD]);
    forget_rows (&lists[FRESH]);
}

//  --- documents -----------------------------------------------------------------------
//  Particulars that both versions have, as JSON, and where its chunks are.
#define PARTICULARS                                                                                                  \
    "json_object ('symbol', symbol, 'other_symbols', other_symbols, 'title', title, 'kind', kind, 'body', body,"     \
    " 'session', session, 'agenda_item', agenda_item, 'published', published, 'language', language)"

static char *read_document (compare_t *self, int side)
{
    char sql[800], *particulars = NULL;
    const char *id = self->document_id;
    snprintf (sql, sizeof sql,
              "SELECT number << 20, (number + 1) << 20, " PARTICULARS
              ", coalesce (symbol, source) FROM %s.document WHERE document_id = ?1 AND state <> 'receiving'",
              sides[side]);
    rap_rows_t *rows = rap_database_ask (self->db, sql, &id, 1);
    if (rap_rows_next (&rows)) {
        snprintf (self->first[side], sizeof self->first[side], "%s", rap_rows_text (rows, 0));
        snprintf (self->end[side], sizeof self->end[side], "%s", rap_rows_text (rows, 1));
        particulars = copy_of (rap_rows_text (rows, 2));
        free (self->symbol);
        self->symbol = copy_of (rap_rows_text (rows, 3));
    }
    rap_rows_end (&rows);
    return particulars;
}

static void compare_contents (compare_t *self, const char *before, const char *after)
{
    if (strcmp (before, after) == 0)
        self->sums->particulars.same++;
    else {
        self->sums->particulars.changed++;
        tell (self, NULL, "document", "changed", NULL, before, after);
    }
    for (int side = 0; side < SIDES; side++)
        read_chunks (self, side);
    pair_chunks (self);
    for (int kind = 0; kind < RAP_FINDING_COUNT; kind++)
        compare_kind (self, kind);
    for (int side = 0; side < SIDES; side++)
        forget_chunks (&self->chunks[side]);
}

static void compare_document (compare_t *self, const char *id)
{
    self->document_id = copy_of (id);
    self->differs = false;
    char *before = read_document (self, OLD), *after = read_document (self, FRESH);
    self->sums->documents++;
    if (before && after)
        compare_contents (self, before, after);
    else if (before) {
        self->sums->missing++;
        tell (self, NULL, "document", "gone", NULL, before, NULL);
    }
    self->sums->different += self->differs;
    free (before);
    free (after);
    free (self->document_id);
}

rap_status_t rap_compare (rap_database_t *fresh, const char *old, const char *ids, rap_compare_fn *told,
                          void *told_self, rap_compare_t *sums, rap_reason_t *reason)
{
    *sums = (rap_compare_t){0};
    compare_t *self = must (calloc (1, sizeof *self));
    *self = (compare_t){.db = fresh, .told = told, .told_self = told_self, .wanted = true, .sums = sums};
    rap_rows_t *attach = rap_database_try (fresh, "ATTACH ?1 AS old", &old, 1, reason);
    rap_status_t status = attach ? RAP_OK : RAP_REFUSED;
    while (attach && rap_rows_next (&attach))
        continue;
    for (int kind = 0; status == RAP_OK && kind < RAP_FINDING_COUNT; kind++)
        make_question (self, kind);
    rap_rows_t *rows =
        status == RAP_OK ? rap_database_ask (fresh, "SELECT value FROM json_each (?1)", &ids, 1) : NULL;
    while (rows && rap_rows_next (&rows))
        compare_document (self, rap_rows_text (rows, 0));
    free (self->chunks[OLD].at);
    free (self->chunks[FRESH].at);
    free (self->symbol);
    free (self);
    return status;
}
