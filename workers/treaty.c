//  treaty: volumes and registration numbers, by binary search.

#include "treaty.h"

#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_MAX = 6,
    NUMBERS_MAX = 16, //  volumes, and numbers, of one reference
    RANGE_MAX = 8,    //  'Nos. 970-973'
};

typedef struct {
    uint32_t volume;
    uint32_t number;
    rap_text_t instrument;
} treaty_t;

struct rap_treaties {
    treaty_t *at; //  in order of volume and number
    uint32_t count;
};

static size_t read_number (rap_text_t text, size_t at, uint32_t *number)
{
    size_t end = at;
    for (*number = 0; end < text.len && end - at < DIGITS_MAX && rap_is_digit (text.at[end]); end++)
        *number = *number * 10 + (uint32_t)(text.at[end] - '0');
    return end < text.len && rap_is_word_at (text, end) ? at : end;
}

static int by_place (const void *a, const void *b)
{
    const treaty_t *x = a, *y = b;
    if (x->volume != y->volume)
        return x->volume < y->volume ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

rap_treaties_t *rap_treaties_new (const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "treaties");
    int instrument = table ? rap_table_column (table, "instrument") : -1,
        volume = table ? rap_table_column (table, "volume") : -1,
        number = table ? rap_table_column (table, "number") : -1;
    if (instrument < 0 || volume < 0 || number < 0) {
        rap_refuse (reason, "treaties.tsv: needs columns instrument, volume, number");
        return NULL;
    }
    rap_treaties_t *self = calloc (1, sizeof *self);
    treaty_t *treaties = calloc (table->entries_count + 1, sizeof *treaties);
    if (!self || !treaties)
        abort ();
    self->at = treaties;
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_entry_t *entry = &table->entries[i];
        rap_text_t in = entry->fields[volume], under = entry->fields[number];
        treaty_t treaty = {.instrument = entry->fields[instrument]};
        if (!treaty.instrument.len || !in.len || read_number (in, 0, &treaty.volume) != in.len || !under.len
            || read_number (under, 0, &treaty.number) != under.len) {
            rap_refuse (reason, "treaties.tsv:%u: no instrument, or a volume or number that is none", entry->line);
            rap_treaties_destroy (&self);
            return NULL;
        }
        self->at[self->count++] = treaty;
    }
    qsort (self->at, self->count, sizeof *self->at, by_place);
    return self;
}

void rap_treaties_destroy (rap_treaties_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    free ((*self_p)->at);
    free (*self_p);
    *self_p = NULL;
}

static rap_text_t find (const rap_treaties_t *self, uint32_t volume, uint32_t number)
{
    treaty_t key = {.volume = volume, .number = number};
    const treaty_t *found = bsearch (&key, self->at, self->count, sizeof *self->at, by_place);
    return found ? found->instrument : RAP_TEXT ("");
}

//  ', ', ' and ', ' to ' or a hyphen between two numbers; `at` if none. *range: all between are meant.
static size_t skip_join (rap_text_t text, size_t at, bool *range)
{
    size_t hyphen = rap_hyphen_at (text, at);
    *range = hyphen > 0;
    if (hyphen)
        return at + hyphen;
    size_t i = at < text.len && text.at[at] == ',' ? at + 1 : at, word = rap_skip_space (text, i);
    if (rap_text_starts (rap_text_from (text, word), RAP_TEXT ("and ")))
        return word + 4;
    *range = rap_text_starts (rap_text_from (text, word), RAP_TEXT ("to "));
    return *range ? word + 3 : i > at ? word : at;
}

static size_t read_list (rap_text_t text, size_t at, uint32_t *numbers, uint32_t *count)
{
    size_t end = at;
    uint32_t last = 0;
    bool range = false;
    *count = 0;
    for (size_t next = at; *count < NUMBERS_MAX;) {
        uint32_t number;
        size_t after = read_number (text, next, &number);
        if (after == next)
            break;
        bool filled = range && number > last && number - last <= RANGE_MAX;
        for (uint32_t between = last + 1; filled && between < number && *count < NUMBERS_MAX - 1; between++)
            numbers[(*count)++] = between;
        numbers[(*count)++] = last = number;
        end = after;
        next = skip_join (text, end, &range);
        if (next == end)
            break;
    }
    return end;
}

size_t rap_treaty_read (const rap_treaties_t *self, const rap_phrases_t *words, rap_text_t text, size_t at,
                        rap_text_t *instruments, uint32_t *count)
{
    uint32_t volumes[NUMBERS_MAX], numbers[NUMBERS_MAX], volumes_count, numbers_count;
    *count = 0;
    size_t end = read_list (text, at, volumes, &volumes_count), len;
    size_t word = end < text.len && text.at[end] == ',' ? rap_skip_space (text, end + 1) : rap_skip_space (text, end);
    if (end == at || rap_phrases_at (words, text, word, &len) == RAP_NO_PHRASE)
        return at;
    size_t number = rap_skip_space (text, word + len);
    end = read_list (text, number, numbers, &numbers_count);
    for (uint32_t v = 0; v < volumes_count; v++)
        for (uint32_t n = 0; n < numbers_count; n++) {
            rap_text_t instrument = find (self, volumes[v], numbers[n]);
            uint32_t seen = 0;
            while (seen < *count && !rap_text_equal (instruments[seen], instrument))
                seen++;
            if (instrument.len && seen == *count && *count < RAP_TREATIES_MAX)
                instruments[(*count)++] = instrument;
        }
    return *count ? end : at;
}
