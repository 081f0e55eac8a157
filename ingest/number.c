//  number: read once, then held against each row of the organ's series.
#include "number.h"

#include <stdio.h>

#include "draft.h"
#include "glyph.h"

enum { DIGITS_MAX = 5, FORM_MAX = 16 };

//  A number as printed, and what its form is called in the table.
typedef struct {
    rap_text_t first;
    rap_text_t second;
    uint32_t values[2];
    char letter; //  of a part; 0 none
    char form[FORM_MAX];
    char year[FORM_MAX]; //  the same with the first number a year
} number_t;

static size_t take_digits (rap_text_t text, uint32_t *value)
{
    size_t len = 0;
    *value = 0;
    while (len < text.len && len < DIGITS_MAX && glyph_is_digit (text.at[len]))
        *value = *value * 10 + (uint32_t)(text.at[len++] - '0');
    return len;
}

static size_t prefix_of (rap_text_t text)
{
    return rap_text_starts (text, RAP_TEXT ("ES-")) ? 3 : rap_text_starts (text, RAP_TEXT ("S-")) ? 2 : 0;
}

//  '(XXIX)', '(S-VI)', '(2031)' at the text's start.
static bool take_bracket (rap_text_t text, number_t *n)
{
    const char *close = text.len && text.at[0] == '(' ? memchr (text.at, ')', text.len) : NULL;
    if (!close || close - text.at > FORM_MAX)
        return false;
    n->second = rap_text_of (text.at + 1, (size_t)(close - text.at) - 1);
    rap_text_t bare = rap_text_from (n->second, prefix_of (n->second));
    bool digits = take_digits (bare, &n->values[1]) == bare.len;
    if (!digits)
        n->values[1] = rap_roman_value (bare);
    snprintf (n->form, sizeof n->form, "n (%.*s%s)", (int)prefix_of (n->second), n->second.at, digits ? "Y" : "R");
    return bare.len && n->values[1];
}

static bool read_number (rap_text_t text, number_t *n)
{
    *n = (number_t){.letter = 0};
    size_t prefix = prefix_of (text);
    rap_text_t rest = rap_text_from (text, prefix);
    size_t len = take_digits (rest, &n->values[0]);
    n->first = rap_text_of (rest.at, len);
    rest = rap_text_from (rest, len);
    if (!len)
        return false;
    if (rest.len && rest.at[0] == '/') {
        len = take_digits (rap_text_from (rest, 1), &n->values[1]);
        n->second = rap_text_of (rest.at + 1, len);
        snprintf (n->form, sizeof n->form, "%.*sn/n", (int)prefix, text.at);
        snprintf (n->year, sizeof n->year, "Y/n");
        return len > 0;
    }
    rest = rap_text_trim (rest);
    if (rest.len > 2 && glyph_is_upper (rest.at[0]) && rest.at[1] == ' ') {
        n->letter = rest.at[0];
        rest = rap_text_trim (rap_text_from (rest, 1));
    }
    return take_bracket (rest, n);
}

static bool is_within (const rap_rules_t *rules, const rap_entry_t *row, const number_t *n)
{
    for (int i = 0; i < 2; i++) {
        uint32_t least, most;
        take_digits (row->fields[rules->series_column[RAP_SERIES_BOUNDS + 2 * i]], &least);
        take_digits (row->fields[rules->series_column[RAP_SERIES_BOUNDS + 2 * i + 1]], &most);
        if (n->values[i] < least || n->values[i] > most)
            return false;
    }
    return true;
}

//  The row's symbol with the numbers in it.
static rap_text_t fill_in (rap_text_t form, const number_t *n, rap_arena_t *arena)
{
    char *copy = rap_arena_alloc (arena, form.len + n->first.len + n->second.len + 2);
    size_t len = 0;
    for (size_t i = 0; i < form.len; i++) {
        bool place = form.at[i] == '{' && i + 2 < form.len && form.at[i + 2] == '}';
        if (!place) {
            copy[len++] = form.at[i];
            continue;
        }
        rap_text_t number = form.at[i + 1] == '1' ? n->first : n->second;
        memcpy (copy + len, number.at, number.len);
        len += number.len;
        i += 2;
    }
    if (n->letter) {
        copy[len++] = ' ';
        copy[len++] = n->letter;
    }
    return rap_text_of (copy, len);
}

rap_text_t rap_number_symbol (const rap_rules_t *rules, rap_text_t body, rap_text_t noun, rap_text_t text,
                              rap_arena_t *arena)
{
    number_t n;
    const int *column = rules->series_column;
    if (!read_number (text, &n))
        return RAP_TEXT ("");
    for (uint32_t i = 0; i < rules->series->entries_count; i++) {
        const rap_entry_t *row = &rules->series->entries[i];
        rap_text_t form = row->fields[column[RAP_SERIES_FORM]];
        bool same = rap_text_equal (form, rap_text (n.form)) || rap_text_equal (form, rap_text (n.year));
        if (same && rap_text_equal (row->fields[column[RAP_SERIES_BODY]], body)
            && rap_text_equal (row->fields[column[RAP_SERIES_NOUN]], noun) && is_within (rules, row, &n))
            return fill_in (row->fields[column[RAP_SERIES_SYMBOL]], &n, arena);
    }
    return RAP_TEXT ("");
}
