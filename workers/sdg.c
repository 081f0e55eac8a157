//  sdg: a cue, then a list of numbers.

#include "sdg.h"

#include <stdlib.h>
#include <string.h>

#include "phrases.h"
#include "terms.h"

enum {
    GOALS_MAX = 32, //  room for goals in the table
    CODES_MAX = 24, //  codes kept of one chunk
};

//  How many parts a number has: 16, 16.4, 16.4.2.
typedef enum { GOAL = 1, TARGET = 2, INDICATOR = 3 } level_t;

struct rap_sdg {
    rap_group_t group;
    uint32_t tag;
    uint32_t targets[GOALS_MAX]; //  numbered targets of each goal; 0: no such goal
    level_t *cues;               //  by matcher value
    uint32_t cues_count;
    rap_phrases_t *joins; //  what stands between two numbers
};

static bool read_number (rap_text_t text, size_t *at, uint32_t *number)
{
    size_t from = *at;
    for (*number = 0; *at < text.len && *at - from < 3 && rap_is_digit (text.at[*at]); ++*at)
        *number = *number * 10 + (uint32_t)(text.at[*at] - '0');
    return *at > from;
}

static level_t level_of (rap_text_t value)
{
    if (rap_text_equal (value, RAP_TEXT ("goal")))
        return GOAL;
    if (rap_text_equal (value, RAP_TEXT ("target")))
        return TARGET;
    return rap_text_equal (value, RAP_TEXT ("indicator")) ? INDICATOR : 0;
}

static rap_status_t read_entry (rap_sdg_t *self, rap_matcher_builder_t *builder, const rap_entry_t *entry,
                                const int *columns, rap_reason_t *reason)
{
    rap_text_t kind = entry->fields[columns[0]], term = entry->fields[columns[1]], value = entry->fields[columns[2]];
    if (rap_text_equal (kind, RAP_TEXT ("cue")) && level_of (value)) {
        self->cues[self->cues_count] = level_of (value);
        rap_matcher_add (builder, self->group, self->tag << RAP_TERMS_TAG_SHIFT | self->cues_count++, term, 0);
        return RAP_OK;
    }
    if (rap_text_equal (kind, RAP_TEXT ("join"))) {
        rap_phrases_add (self->joins, term, 0);
        return RAP_OK;
    }
    size_t at = 0, value_at = 0;
    uint32_t goal, targets;
    if (rap_text_equal (kind, RAP_TEXT ("goal")) && read_number (term, &at, &goal) && goal < GOALS_MAX
        && read_number (value, &value_at, &targets)) {
        self->targets[goal] = targets;
        return RAP_OK;
    }
    return rap_refuse (reason, "sdg.tsv:%u: neither a cue, a join nor a goal below %d", entry->line, GOALS_MAX);
}

rap_sdg_t *rap_sdg_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_group_t group, uint32_t tag,
                        rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "sdg");
    int columns[3] = {-1, -1, -1};
    const char *names[3] = {"kind", "term", "value"};
    for (int i = 0; table && i < 3; i++)
        columns[i] = rap_table_column (table, names[i]);
    if (columns[0] < 0 || columns[1] < 0 || columns[2] < 0) {
        rap_refuse (reason, "sdg.tsv: missing, or without the columns kind, term and value");
        return NULL;
    }
    rap_sdg_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->group = group;
    self->tag = tag;
    self->joins = rap_phrases_new ();
    self->cues = calloc (table->entries_count + 1, sizeof *self->cues);
    if (!self->cues)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++)
        if (read_entry (self, builder, &table->entries[i], columns, reason) != RAP_OK) {
            rap_sdg_destroy (&self);
            return NULL;
        }
    rap_phrases_seal (self->joins);
    return self;
}

void rap_sdg_destroy (rap_sdg_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_destroy (&(*self_p)->joins);
    free ((*self_p)->cues);
    free (*self_p);
    *self_p = NULL;
}

//  The code of `level` at *at ("16", "16.4", "16.a", "16.4.2"), if it exists;
//  *at then stands behind it.
static rap_text_t read_code (const rap_sdg_t *self, rap_text_t text, level_t level, size_t *at)
{
    const rap_text_t none = {"", 0};
    size_t from = *at, end = from;
    uint32_t goal, target = 0, indicator;
    if (!read_number (text, &end, &goal) || goal >= GOALS_MAX || !self->targets[goal])
        return none;
    if (level >= TARGET) {
        if (end >= text.len || text.at[end++] != '.')
            return none;
        if (end < text.len && text.at[end] >= 'a' && text.at[end] <= 'd')
            end++; //  means of implementation have letters
        else if (!read_number (text, &end, &target) || target == 0 || target > self->targets[goal])
            return none;
    }
    if (level == INDICATOR)
        if (end >= text.len || text.at[end++] != '.' || !read_number (text, &end, &indicator) || !indicator)
            return none;
    //  "16.4" is no goal, "per cent" and the like make no difference.
    if (end < text.len && (rap_is_word_at (text, end) || (text.at[end] == '.' && rap_is_word_at (text, end + 1))))
        return none;
    *at = end;
    return rap_text_of (text.at + from, end - from);
}

//  Steps over what joins two numbers (", ", " and ", ", and "); false if nothing does.
static bool skip_join (const rap_sdg_t *self, rap_text_t text, size_t *at)
{
    size_t end = rap_skip_space (text, *at), len;
    bool joined = false;
    while (end < text.len && rap_phrases_at (self->joins, text, end, &len) != RAP_NO_PHRASE) {
        end = rap_skip_space (text, end + len);
        joined = true;
    }
    if (joined)
        *at = end;
    return joined;
}

static void emit (const rap_extract_t *x, rap_text_t code, uint32_t rank)
{
    rap_finding_t *finding = rap_findings_add (x, RAP_FINDING_classification, 0, 0);
    if (!finding)
        return;
    finding->values[0].text = RAP_TEXT ("sdg");
    finding->values[1].text = code;
    finding->values[2].real = 1;
    finding->values[3].integer = rank;
    finding->values[4].text = RAP_TEXT ("sdg");
}

void rap_sdg_run (const rap_sdg_t *self, const rap_extract_t *x)
{
    uint32_t hits_count, codes_count = 0;
    const rap_hit_t *hits = rap_scan_hits (x->scan, self->group, &hits_count);
    rap_text_t codes[CODES_MAX];
    for (uint32_t i = 0; i < hits_count; i++) {
        if (hits[i].value >> RAP_TERMS_TAG_SHIFT != self->tag)
            continue;
        level_t level = self->cues[hits[i].value & ((1u << RAP_TERMS_TAG_SHIFT) - 1)];
        size_t at = rap_skip_space (x->text, hits[i].end);
        do {
            rap_text_t code = read_code (self, x->text, level, &at);
            if (!code.len || codes_count == CODES_MAX)
                break;
            bool known = false;
            for (uint32_t j = 0; j < codes_count; j++)
                known = known || rap_text_equal (codes[j], code);
            if (!known) {
                codes[codes_count++] = code;
                emit (x, code, codes_count);
            }
        } while (skip_join (self, x->text, &at));
    }
}
