//  terms: rows of a table, found by the matcher, added up by class.

#include "terms.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

//  Where a row counts.
enum { IN_TEXT = 1, IN_HEADING = 2 };

//  Properties: one bit for each kind of chunk, then for each kind of finding.
enum {
    BIT_KIND = 0,
    BIT_FOUND = RAP_CHUNK_KINDS,
    BIT_ASKS = BIT_FOUND + RAP_FINDING_COUNT,
    BIT_STANCE,
    BITS_COUNT,
    ASKING_FORCE = 3, //  a clause of this force or more asks someone to act (data/verbs.tsv)
};
static_assert (BITS_COUNT <= 64, "properties fit into 64 bits");

enum { NO_CLASS = UINT16_MAX, NO_BIT = 255 };

typedef struct {
    rap_text_t term;
    double weight;
    uint16_t class; //  NO_CLASS: only hides shorter terms
    uint8_t where;
    uint8_t bit; //  of a property; NO_BIT for a phrase
} row_t;

struct rap_terms {
    row_t *rows; //  first those written by hand, then those trained
    uint32_t rows_count;
    uint32_t hand_count;
    rap_text_t *classes;
    uint32_t classes_count;
    uint32_t *property_rows; //  rows of properties
    uint32_t property_rows_count;
    rap_group_t group;
    uint32_t tag;
    uint8_t *seen; //  by row, how often it was while one text is scored; all 0 between
    rap_terms_factors_t factors;
    rap_terms_told_fn *told; //  NULL: nobody listens
    void *told_self;
};

static void *make (size_t count, size_t size)
{
    void *made = calloc (count ? count : 1, size);
    if (!made)
        abort ();
    return made;
}

//  --- reading the tables -----------------------------------------------------

static uint32_t class_of (const rap_terms_t *self, rap_text_t code)
{
    for (uint32_t i = 0; i < self->classes_count; i++)
        if (rap_text_equal (self->classes[i], code))
            return i;
    return NO_CLASS;
}

static rap_status_t read_classes (rap_terms_t *self, const rap_lexicon_t *lexicon, const char *name,
                                  rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, name);
    int code = table ? rap_table_column (table, "code") : -1;
    if (code < 0)
        return rap_refuse (reason, "%s.tsv: missing, or without the column code", name);
    self->classes = make (table->entries_count, sizeof *self->classes);
    for (uint32_t i = 0; i < table->entries_count; i++)
        self->classes[self->classes_count++] = table->entries[i].fields[code];
    return RAP_OK;
}

static uint8_t property_bit (rap_text_t name)
{
    rap_text_t kind = RAP_TEXT ("@kind:"), found = RAP_TEXT ("@found:");
    if (rap_text_equal (name, RAP_TEXT ("@asks")))
        return BIT_ASKS;
    if (rap_text_equal (name, RAP_TEXT ("@stance")))
        return BIT_STANCE;
    if (rap_text_starts (name, kind)) {
        rap_chunk_kind_t which = rap_chunk_kind_of (rap_text_from (name, kind.len));
        return which < RAP_CHUNK_KINDS ? (uint8_t)(BIT_KIND + which) : NO_BIT;
    }
    if (rap_text_starts (name, found))
        for (uint32_t i = 0; i < RAP_FINDING_COUNT; i++)
            if (rap_text_equal (rap_text (rap_finding_schemas[i].name), rap_text_from (name, found.len)))
                return (uint8_t)(BIT_FOUND + i);
    return NO_BIT;
}

//  A decimal number as people write weights; strtod wants its end marked.
static bool read_weight (rap_text_t text, double *weight)
{
    char digits[32];
    if (text.len == 0 || text.len >= sizeof digits)
        return false;
    memcpy (digits, text.at, text.len);
    digits[text.len] = '\0';
    char *end;
    *weight = strtod (digits, &end);
    return *end == '\0' && *weight >= -1000 && *weight <= 1000;
}

static bool read_where (rap_text_t text, uint8_t *where)
{
    if (rap_text_equal (text, RAP_TEXT ("any")))
        *where = IN_TEXT | IN_HEADING;
    else if (rap_text_equal (text, RAP_TEXT ("text")))
        *where = IN_TEXT;
    else if (rap_text_equal (text, RAP_TEXT ("heading")))
        *where = IN_HEADING;
    else
        return false;
    return true;
}

typedef struct {
    const rap_table_t *table;
    int term, class, weight, where; //  columns; the last two may be absent (-1)
} columns_t;

static rap_status_t read_row (rap_terms_t *self, const columns_t *columns, const rap_entry_t *entry, bool open,
                              rap_reason_t *reason)
{
    const char *file = columns->table->name;
    row_t row = {.term = entry->fields[columns->term], .weight = 1, .where = IN_TEXT | IN_HEADING, .bit = NO_BIT};
    rap_text_t code = entry->fields[columns->class];
    row.class = NO_CLASS;
    if (!rap_text_equal (code, RAP_TEXT ("none"))) {
        row.class = (uint16_t)class_of (self, code);
        if (row.class == NO_CLASS && open) {
            row.class = (uint16_t)self->classes_count;
            self->classes[self->classes_count++] = code;
        }
        if (row.class == NO_CLASS)
            return rap_refuse (reason, "%s.tsv:%u: no such class: %.*s", file, entry->line, (int)code.len, code.at);
    }
    if (columns->weight >= 0 && !read_weight (entry->fields[columns->weight], &row.weight))
        return rap_refuse (reason, "%s.tsv:%u: the weight is no number within 1000", file, entry->line);
    if (columns->where >= 0 && !read_where (entry->fields[columns->where], &row.where))
        return rap_refuse (reason, "%s.tsv:%u: where is any, text or heading", file, entry->line);
    if (row.term.len == 0 || rap_text_equal (row.term, RAP_TEXT ("*")))
        return rap_refuse (reason, "%s.tsv:%u: empty term", file, entry->line);
    if (row.term.at[0] == '@') {
        row.bit = property_bit (row.term);
        if (row.bit == NO_BIT)
            return rap_refuse (reason, "%s.tsv:%u: no such property: %.*s", file, entry->line, (int)row.term.len,
                               row.term.at);
        self->property_rows[self->property_rows_count++] = self->rows_count;
    }
    self->rows[self->rows_count++] = row;
    return RAP_OK;
}

//  The rows of a table, after those that are there.
static rap_status_t read_rows (rap_terms_t *self, const rap_table_t *table, const char *class_column, bool open,
                               rap_reason_t *reason)
{
    columns_t columns = {.table = table,
                         .term = rap_table_column (table, "term"),
                         .class = rap_table_column (table, class_column),
                         .weight = rap_table_column (table, "weight"),
                         .where = rap_table_column (table, "where")};
    if (columns.term < 0 || columns.class < 0)
        return rap_refuse (reason, "%s.tsv: without the column term or %s", table->name, class_column);
    if (self->rows_count + table->entries_count >= NO_CLASS)
        return rap_refuse (reason, "%s.tsv: more than %d rows", table->name, NO_CLASS - 1);
    for (uint32_t i = 0; i < table->entries_count; i++) {
        rap_status_t status = read_row (self, &columns, &table->entries[i], open, reason);
        if (status != RAP_OK)
            return status;
    }
    return RAP_OK;
}

static rap_status_t read_tables (rap_terms_t *self, const rap_lexicon_t *lexicon, const rap_terms_options_t *options,
                                 rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, options->table);
    if (!table)
        return rap_refuse (reason, "%s.tsv: missing", options->table);
    const rap_table_t *weights = options->weights ? rap_lexicon_table (lexicon, options->weights) : NULL;
    uint32_t room = table->entries_count + (weights ? weights->entries_count : 0);
    bool open = !self->classes;
    if (open)
        self->classes = make (room, sizeof *self->classes);
    self->rows = make (room, sizeof *self->rows);
    self->property_rows = make (room, sizeof *self->property_rows);
    rap_status_t status = read_rows (self, table, options->column, open, reason);
    self->hand_count = self->rows_count;
    if (status == RAP_OK && weights)
        status = read_rows (self, weights, options->column, open, reason);
    return status;
}

//  A term with a capital letter is matched as written, else in any case; one that
//  ends in '*' may go on.
static void register_row (const rap_terms_t *self, rap_matcher_builder_t *builder, uint32_t index)
{
    rap_text_t term = self->rows[index].term;
    uint32_t flags = RAP_PHRASE_CASELESS;
    for (size_t i = 0; i < term.len; i++)
        if (term.at[i] >= 'A' && term.at[i] <= 'Z')
            flags = 0;
    if (term.at[term.len - 1] == '*') {
        flags |= RAP_PHRASE_STEM;
        term.len--;
    }
    rap_matcher_add (builder, self->group, self->tag << RAP_TERMS_TAG_SHIFT | index, term, flags);
}

rap_terms_t *rap_terms_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                            const rap_terms_options_t *options, rap_reason_t *reason)
{
    rap_terms_t *self = make (1, sizeof *self);
    self->group = options->group;
    self->tag = options->tag;
    self->factors = options->factors;
    rap_status_t status = options->classes ? read_classes (self, lexicon, options->classes, reason) : RAP_OK;
    if (status == RAP_OK)
        status = read_tables (self, lexicon, options, reason);
    self->seen = make (self->rows_count, sizeof *self->seen);
    if (status != RAP_OK) {
        rap_terms_destroy (&self);
        return NULL;
    }
    for (uint32_t i = 0; i < self->rows_count; i++)
        if (self->rows[i].bit == NO_BIT)
            register_row (self, builder, i);
    return self;
}

void rap_terms_destroy (rap_terms_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    free ((*self_p)->rows);
    free ((*self_p)->classes);
    free ((*self_p)->property_rows);
    free ((*self_p)->seen);
    free (*self_p);
    *self_p = NULL;
}

void rap_terms_listen (rap_terms_t *self, rap_terms_told_fn *told, void *told_self)
{
    self->told = told;
    self->told_self = told_self;
}

//  --- scoring ----------------------------------------------------------------

uint64_t rap_terms_properties (const rap_extract_t *x)
{
    uint64_t bits = 1ull << (BIT_KIND + x->chunk->kind);
    bool clauses = false, asks = false;
    for (uint32_t i = 0; i < x->findings->count; i++) {
        const rap_finding_t *finding = &x->findings->at[i];
        bits |= 1ull << (BIT_FOUND + (uint32_t)finding->kind);
        if (finding->kind == RAP_FINDING_clause) {
            enum { FORCE = 3 };                                      //  in the order of finding.h
            clauses = clauses || finding->values[FORCE].integer > 0; //  0: opens a preambular clause
            asks = asks || finding->values[FORCE].integer >= ASKING_FORCE;
        }
    }
    if (asks)
        bits |= 1ull << BIT_ASKS;
    else if (clauses)
        bits |= 1ull << BIT_STANCE;
    return bits;
}

//  One chunk being scored.
typedef struct {
    const rap_terms_t *model;
    rap_arena_t *arena;
    rap_tally_t *tallies; //  by class; NULL until anything speaks for one
} score_t;

static void add (score_t *self, const row_t *row, double factor, bool in_heading)
{
    if (row->class == NO_CLASS)
        return;
    if (!self->tallies)
        self->tallies = rap_arena_alloc (self->arena, self->model->classes_count * sizeof *self->tallies);
    rap_tally_t *tally = &self->tallies[row->class];
    double part = row->weight * factor;
    tally->score += part;
    if (self->model->told)
        self->model->told (self->model->told_self, self->model->classes[row->class], row->term, part, in_heading);
    if (part > tally->term_part) {
        tally->term_part = part;
        tally->term = row->term;
        tally->in_heading = in_heading;
        tally->trained = row >= self->model->rows + self->model->hand_count;
    }
}

//  Walks the hits of what was written by hand, without those inside of a longer one;
//  all rows of the same span count. Hits come by start, longer first.
typedef struct {
    const rap_hit_t *hits;
    uint32_t count;
    uint32_t next;
    uint32_t start; //  of the span taken last
    uint32_t end;
} walk_t;

//  rows_count: of another table that shares the group.
static uint32_t row_of (const rap_terms_t *model, const rap_hit_t *hit)
{
    return hit->value >> RAP_TERMS_TAG_SHIFT == model->tag ? hit->value & ((1u << RAP_TERMS_TAG_SHIFT) - 1)
                                                           : model->rows_count;
}

static const row_t *step (walk_t *walk, const rap_terms_t *model, uint32_t *row_index)
{
    while (walk->next < walk->count) {
        const rap_hit_t *hit = &walk->hits[walk->next++];
        uint32_t index = row_of (model, hit);
        if (index >= model->hand_count)
            continue;
        bool same = hit->start == walk->start && hit->end == walk->end;
        if (hit->end <= walk->end && !same)
            continue;
        walk->start = hit->start;
        walk->end = hit->end;
        *row_index = index;
        return &model->rows[index];
    }
    return NULL;
}

//  Makes all rows of these hits unseen again.
static void forget_seen (const rap_terms_t *model, const rap_hit_t *hits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = row_of (model, &hits[i]);
        if (index < model->rows_count)
            model->seen[index] = 0;
    }
}

static void score_text (score_t *self, const rap_extract_t *x)
{
    const rap_terms_t *model = self->model;
    walk_t walk = {.start = UINT32_MAX};
    walk.hits = rap_scan_hits (x->scan, model->group, &walk.count);
    if (!walk.count)
        return;
    uint8_t *seen = model->seen;
    const row_t *row;
    uint32_t index;
    while ((row = step (&walk, model, &index))) {
        if (!(row->where & IN_TEXT) || seen[index] >= model->factors.repeats)
            continue;
        double factor = walk.start < model->factors.early ? model->factors.early_factor : 1;
        for (uint8_t i = 0; i < seen[index]; i++)
            factor *= model->factors.repeat;
        seen[index]++;
        add (self, row, factor, false);
    }
    forget_seen (model, walk.hits, walk.count);
}

//  How much heading number `heading` (0 is the outermost) of those above x counts.
static double heading_factor (const rap_terms_factors_t *factors, const rap_extract_t *x, uint32_t heading)
{
    uint32_t above = x->chunk->sections_count, depth = above > heading ? above - 1 - heading : 0;
    double factor = factors->heading[depth < RAP_TERMS_DEPTH ? depth : RAP_TERMS_DEPTH - 1];
    bool is_title = heading == 0 && (x->chunk->part.len || above == 0);
    return is_title ? factor * factors->title : factor;
}

static void score_headings (score_t *self, const rap_extract_t *x)
{
    const rap_terms_t *model = self->model;
    if (model->factors.heading[0] <= 0)
        return;
    walk_t walk = {.start = UINT32_MAX};
    walk.hits = rap_scan_hits (x->scan_sections, model->group, &walk.count);
    const row_t *row;
    uint32_t index, heading = 0;
    size_t at = 0;
    while ((row = step (&walk, model, &index))) {
        for (; at < walk.start && at < x->sections.len; at++)
            heading += x->sections.at[at] == '\n';
        if (row->where & IN_HEADING)
            add (self, row, heading_factor (&model->factors, x, heading), true);
    }
}

//  What was trained counts once, whatever it overlaps.
static void score_trained (score_t *self, const rap_scan_t *scan, bool in_heading)
{
    const rap_terms_t *model = self->model;
    uint32_t count, trained = model->rows_count - model->hand_count;
    const rap_hit_t *hits = rap_scan_hits (scan, model->group, &count);
    if (!trained || !count)
        return;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = row_of (model, &hits[i]);
        if (index < model->hand_count || index >= model->rows_count || model->seen[index])
            continue;
        model->seen[index] = 1;
        if (model->rows[index].where & (in_heading ? IN_HEADING : IN_TEXT))
            add (self, &model->rows[index], 1, in_heading);
    }
    forget_seen (model, hits, count);
}

static int by_score (const void *a_v, const void *b_v)
{
    const rap_tally_t *a = a_v, *b = b_v;
    if (a->score > b->score)
        return -1;
    if (a->score < b->score)
        return 1;
    return 0;
}

//  Stable, so that of equals the one listed first wins; few classes score.
static void sort (rap_tally_t *tallies, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t j = i; j > 0 && by_score (&tallies[j - 1], &tallies[j]) > 0; j--) {
            rap_tally_t swap = tallies[j];
            tallies[j] = tallies[j - 1];
            tallies[j - 1] = swap;
        }
}

const rap_tally_t *rap_terms_score (const rap_terms_t *self, const rap_extract_t *x, uint64_t properties,
                                    uint32_t *count)
{
    score_t score = {.model = self, .arena = x->arena};
    score_text (&score, x);
    score_headings (&score, x);
    score_trained (&score, x->scan, false);
    if (self->factors.heading[0] > 0)
        score_trained (&score, x->scan_sections, true);
    for (uint32_t i = 0; i < self->property_rows_count; i++) {
        const row_t *row = &self->rows[self->property_rows[i]];
        if (properties >> row->bit & 1)
            add (&score, row, 1, false);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; score.tallies && i < self->classes_count; i++)
        if (score.tallies[i].score > 0) {
            score.tallies[kept] = score.tallies[i];
            score.tallies[kept++].code = self->classes[i];
        }
    sort (score.tallies, kept);
    *count = kept;
    return score.tallies;
}
