//  stems: an open table of stems, one of the words that were stemmed before (stemming costs ten times a look-up), and
//  a buffer with the texts of both.
#include "rapporteur/stems.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MIN = 3, WORD_MAX = 40, SENTENCE_MIN = 16, SLOTS_FIRST = 1024 };

//  A stem, or a word.
typedef struct {
    uint32_t at; //  in the buffer
    uint32_t len;
    uint32_t stem; //  of a word
} entry_t;

typedef struct {
    uint32_t *slots; //  1 + the entry's number; 0 empty
    uint32_t slots_count;
    entry_t *entries;
    uint32_t count, room;
} table_t;

struct rap_stems {
    struct sb_stemmer *stemmer;
    table_t stems;
    table_t words;
    char *text;
    uint32_t text_len, text_room;
};

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

rap_stems_t *rap_stems_new (void)
{
    rap_stems_t *self = must (calloc (1, sizeof *self));
    self->stemmer = must (sb_stemmer_new ("english", NULL));
    self->stems.slots_count = self->words.slots_count = SLOTS_FIRST;
    self->stems.slots = must (calloc (SLOTS_FIRST, sizeof *self->stems.slots));
    self->words.slots = must (calloc (SLOTS_FIRST, sizeof *self->words.slots));
    return self;
}

void rap_stems_destroy (rap_stems_t **self_p)
{
    rap_stems_t *self = *self_p;
    if (!self)
        return;
    sb_stemmer_delete (self->stemmer);
    free (self->stems.slots);
    free (self->stems.entries);
    free (self->words.slots);
    free (self->words.entries);
    free (self->text);
    free (self);
    *self_p = NULL;
}

uint32_t rap_stems_count (const rap_stems_t *self)
{
    return self->stems.count;
}

static rap_text_t text_of (const rap_stems_t *self, const entry_t *entry)
{
    return rap_text_of (self->text + entry->at, entry->len);
}

rap_text_t rap_stems_text (const rap_stems_t *self, uint32_t stem)
{
    return text_of (self, &self->stems.entries[stem]);
}

static bool is_letter (char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static uint32_t hash_of (rap_text_t stem)
{
    uint32_t hash = 2166136261u; //  FNV-1a
    for (size_t i = 0; i < stem.len; i++)
        hash = (hash ^ (unsigned char)stem.at[i]) * 16777619u;
    return hash;
}

static uint32_t *slot_of (const rap_stems_t *self, const table_t *table, rap_text_t text)
{
    uint32_t slot = hash_of (text) & (table->slots_count - 1);
    while (table->slots[slot] && !rap_text_equal (text_of (self, &table->entries[table->slots[slot] - 1]), text))
        slot = (slot + 1) & (table->slots_count - 1);
    return &table->slots[slot];
}

static void widen (const rap_stems_t *self, table_t *table)
{
    free (table->slots);
    table->slots_count *= 2;
    table->slots = must (calloc (table->slots_count, sizeof *table->slots));
    for (uint32_t i = 0; i < table->count; i++)
        *slot_of (self, table, text_of (self, &table->entries[i])) = i + 1;
}

//  A text that is not in the table yet.
static uint32_t keep (rap_stems_t *self, table_t *table, rap_text_t text, uint32_t stem)
{
    if ((table->count + 1) * 2 > table->slots_count)
        widen (self, table);
    if (table->count == table->room) {
        table->room = table->room ? table->room * 2 : SLOTS_FIRST;
        table->entries = must (reallocarray (table->entries, table->room, sizeof *table->entries));
    }
    if (self->text_len + text.len > self->text_room) {
        self->text_room = self->text_room ? self->text_room * 2 : 16 * SLOTS_FIRST;
        self->text = must (realloc (self->text, self->text_room));
    }
    memcpy (self->text + self->text_len, text.at, text.len);
    *slot_of (self, table, text) = table->count + 1;
    table->entries[table->count] = (entry_t){.at = self->text_len, .len = (uint32_t)text.len, .stem = stem};
    self->text_len += (uint32_t)text.len;
    return table->count++;
}

static uint32_t stem_of (rap_stems_t *self, rap_text_t word, bool add)
{
    uint32_t known = *slot_of (self, &self->words, word);
    if (known)
        return self->words.entries[known - 1].stem;
    const sb_symbol *stemmed = sb_stemmer_stem (self->stemmer, (const sb_symbol *)word.at, (int)word.len);
    must ((void *)(uintptr_t)stemmed);
    rap_text_t made = rap_text_of ((const char *)stemmed, (size_t)sb_stemmer_length (self->stemmer));
    uint32_t found = *slot_of (self, &self->stems, made);
    if (!found && !add)
        return RAP_NO_STEM;
    uint32_t stem = found ? found - 1 : keep (self, &self->stems, made, 0);
    keep (self, &self->words, word, stem);
    return stem;
}

bool rap_stems_next (rap_stems_t *self, rap_text_t text, size_t *at, bool add, uint32_t *stem)
{
    for (;;) {
        while (*at < text.len && !is_letter (text.at[*at]))
            ++*at;
        size_t from = *at;
        while (*at < text.len && is_letter (text.at[*at]))
            ++*at;
        if (*at == from)
            return false;
        if (*at - from < WORD_MIN || *at - from > WORD_MAX)
            continue;
        char word[WORD_MAX] = {0};
        for (size_t i = from; i < *at; i++)
            word[i - from] = (unsigned char)text.at[i] < 0x80 ? (char)(text.at[i] | 32) : text.at[i];
        *stem = stem_of (self, rap_text_of (word, *at - from), add);
        return true;
    }
}

size_t rap_sentence_end (rap_text_t text, size_t from)
{
    for (size_t at = from + 1; at < text.len; at++) {
        if (text.at[at] == '\n')
            return at;
        bool stop = (text.at[at - 1] == '.' || text.at[at - 1] == ';') && text.at[at] == ' ' && at + 1 < text.len;
        if (stop && text.at[at + 1] >= 'A' && text.at[at + 1] <= 'Z' && at - from > SENTENCE_MIN)
            return at;
    }
    return text.len;
}
