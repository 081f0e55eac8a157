//  export_lettered: which of the lines of a paragraph are (a), (b), and which (i), (ii) below them.
//
//  A mark goes on with the list whose next mark it is, the innermost first; else it
//  begins a list below: so '(i)' after '(h)' is a letter, and after '(a)' a roman one.
#include "export_document.h"

#include <ctype.h>

enum { MARK_MAX = 8 }; //  bytes between the brackets

typedef enum { LETTER, ROMAN, NUMBER, STYLES } style_t;

typedef struct {
    style_t style;
    uint32_t value;
} level_t;

//  'a' is 1, 'z' is 26, 'aa' is 27; 0: no such mark.
static uint32_t letter_value (rap_text_t mark)
{
    for (size_t i = 0; i < mark.len; i++)
        if (!isalpha ((unsigned char)mark.at[i]) || mark.at[i] != mark.at[0])
            return 0;
    return (uint32_t)(tolower ((unsigned char)mark.at[0]) - 'a') + 1 + 26 * ((uint32_t)mark.len - 1);
}

static uint32_t roman_value (rap_text_t mark)
{
    static const struct {
        char letter;
        uint32_t value;
    } romans[] = {{'i', 1}, {'v', 5}, {'x', 10}, {'l', 50}, {'c', 100}};
    uint32_t value = 0, last = UINT32_MAX;
    for (size_t i = 0; i < mark.len; i++) {
        uint32_t digit = 0;
        for (size_t r = 0; r < sizeof romans / sizeof *romans; r++)
            if (tolower ((unsigned char)mark.at[i]) == romans[r].letter)
                digit = romans[r].value;
        if (!digit)
            return 0;
        value += digit > last ? digit - 2 * last : digit;
        last = digit;
    }
    return value;
}

static uint32_t number_value (rap_text_t mark)
{
    uint32_t value = 0;
    for (size_t i = 0; i < mark.len; i++) {
        if (!isdigit ((unsigned char)mark.at[i]))
            return 0;
        value = 10 * value + (uint32_t)(mark.at[i] - '0');
    }
    return value;
}

//  The mark between brackets at the line's start; empty if there is none.
static rap_text_t mark_of (rap_text_t line)
{
    if (line.len < 4 || line.at[0] != '(')
        return RAP_TEXT ("");
    size_t end = 1;
    while (end < line.len && end <= MARK_MAX && isalnum ((unsigned char)line.at[end]))
        end++;
    bool closed = end > 1 && end + 1 < line.len && line.at[end] == ')' && line.at[end + 1] == ' ';
    return closed ? rap_text_of (line.at + 1, end - 1) : RAP_TEXT ("");
}

//  The level of a mark below `levels`, which are those of the lists that are open.
static uint32_t place (rap_text_t mark, level_t *levels, uint32_t *depth)
{
    uint32_t values[STYLES] = {letter_value (mark), roman_value (mark), number_value (mark)};
    for (uint32_t at = *depth; at > 0; at--)
        for (int style = 0; style < STYLES; style++)
            if (values[style] && levels[at - 1].style == (style_t)style
                && values[style] == levels[at - 1].value + 1) {
                levels[at - 1].value = values[style];
                *depth = at;
                return at - 1;
            }
    style_t style = values[NUMBER] ? NUMBER : values[ROMAN] == 1 ? ROMAN : values[LETTER] ? LETTER : ROMAN;
    bool begins = values[style] == 1 || *depth == 0 || levels[*depth - 1].style != style;
    if (begins && *depth < RAP_LETTERED_DEPTH_MAX)
        ++*depth;
    levels[*depth - 1] = (level_t){style, values[style]};
    return *depth - 1;
}

const rap_lettered_t *rap_lettered_read (rap_text_t text, rap_arena_t *arena, uint32_t *count)
{
    level_t levels[RAP_LETTERED_DEPTH_MAX];
    uint32_t depth = 0, lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    rap_lettered_t *all = rap_arena_alloc (arena, lines * sizeof *all);
    size_t start = 0;
    for (uint32_t i = 0; i < lines; i++) {
        const char *end = memchr (text.at + start, '\n', text.len - start);
        rap_text_t line = rap_text_of (text.at + start, end ? (size_t)(end - text.at) - start : text.len - start);
        rap_text_t mark = mark_of (line);
        all[i] = (rap_lettered_t){.start = (uint32_t)start, .end = (uint32_t)(start + line.len)};
        all[i].mark_end = all[i].start + (mark.len ? (uint32_t)mark.len + 2 : 0);
        all[i].body = all[i].mark_end + (mark.len ? 1 : 0);
        if (mark.len)
            all[i].level = place (mark, levels, &depth);
        start += line.len + 1;
    }
    *count = lines;
    return all;
}
