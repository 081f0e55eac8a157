//  lookup: tables checked, names and phrases registered.

#include "lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES_MAX = 1000 };

const rap_table_t *rap_lookup_table (const rap_lexicon_t *lexicon, const char *name, const char *const *columns,
                                     int *numbers, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, name);
    if (!table) {
        rap_refuse (reason, "%s.tsv: there is no such file", name);
        return NULL;
    }
    for (uint32_t i = 0; columns[i]; i++) {
        numbers[i] = rap_table_column (table, columns[i]);
        if (numbers[i] < 0) {
            rap_refuse (reason, "%s.tsv: needs a column '%s'", name, columns[i]);
            return NULL;
        }
    }
    return table;
}

//  Copies `name` with every `from` as `to`; false if there was none or no room.
static bool replace (rap_text_t name, char from, rap_text_t to, char *out, size_t *len)
{
    bool any = false;
    *len = 0;
    for (size_t i = 0; i < name.len; i++) {
        bool here = name.at[i] == from;
        if (*len + to.len > NAME_BYTES_MAX)
            return false;
        if (here)
            memcpy (out + *len, to.at, to.len);
        else
            out[*len] = name.at[i];
        *len += here ? to.len : 1;
        any = any || here;
    }
    return any;
}

void rap_lookup_name (rap_matcher_builder_t *builder, rap_group_t group, uint32_t value, rap_text_t name,
                      uint32_t flags)
{
    char curved[NAME_BYTES_MAX + 1], joined[NAME_BYTES_MAX + 1];
    size_t len;
    rap_matcher_add (builder, group, value, name, flags);
    if (replace (name, '-', RAP_TEXT ("\xE2\x80\x91"), joined, &len))
        rap_matcher_add (builder, group, value, rap_text_of (joined, len), flags);
    if (!replace (name, '\'', RAP_TEXT ("\xE2\x80\x99"), curved, &len))
        return;
    rap_text_t other = rap_text_of (curved, len);
    rap_matcher_add (builder, group, value, other, flags);
    if (replace (other, '-', RAP_TEXT ("\xE2\x80\x91"), joined, &len))
        rap_matcher_add (builder, group, value, rap_text_of (joined, len), flags);
}

rap_phrases_t *rap_lookup_phrases (const rap_lexicon_t *lexicon, const char *name, const char *column,
                                   rap_reason_t *reason)
{
    const char *columns[] = {column, NULL};
    int number = 0;
    const rap_table_t *table = rap_lookup_table (lexicon, name, columns, &number, reason);
    if (!table)
        return NULL;
    rap_phrases_t *phrases = rap_phrases_new ();
    for (uint32_t i = 0; i < table->entries_count; i++)
        rap_phrases_add (phrases, table->entries[i].fields[number], i);
    rap_phrases_seal (phrases);
    return phrases;
}

bool rap_lookup_number (rap_text_t field, double *value)
{
    char digits[32], *end;
    if (field.len == 0 || field.len >= sizeof digits || !rap_is_digit (field.at[0]))
        return false;
    memcpy (digits, field.at, field.len);
    digits[field.len] = '\0';
    *value = strtod (digits, &end);
    return *end == '\0';
}

bool rap_lookup_word_before (rap_text_t text, size_t at)
{
    if (at == 0)
        return false;
    do
        at--;
    while (at > 0 && ((unsigned char)text.at[at] & 0xC0) == 0x80);
    return rap_is_word_at (text, at);
}

bool rap_lookup_has (rap_text_t words, const char *word)
{
    size_t len = strlen (word);
    while (words.len) {
        const char *space = memchr (words.at, ' ', words.len);
        size_t this_len = space ? (size_t)(space - words.at) : words.len;
        if (this_len == len && memcmp (words.at, word, len) == 0)
            return true;
        words = rap_text_from (words, this_len + 1);
    }
    return false;
}
