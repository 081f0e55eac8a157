//  tables: one pass; a table is what lies between its first row and its last.
#include "tables.h"

#include "rapporteur/eight.h"

#include "draft.h"
#include "glyph.h"

//  White space between cells; rows that make a table; lines between two rows; bytes of a line
//  that may be in a row's cell alone.
enum { WIDE = 3, ROWS_MIN = 3, BETWEEN_MAX = 4, ALONE_MAX = 60, COUNTER_MAX = 6 };

//  The first wide white space at or after byte `at`: its place, and its length; the text's length if there is none.
static size_t next_gap (rap_text_t text, size_t at, size_t *len)
{
    while (at < text.len) {
        const char *space = memchr (text.at + at, ' ', text.len - at);
        const char *tab = memchr (text.at + at, '\t', text.len - at);
        if (!space && !tab)
            break;
        at = (size_t)((space && (!tab || space < tab) ? space : tab) - text.at);
        size_t end = at;
        bool tabbed = false;
        for (; end < text.len && glyph_is_space (text.at[end]); end++)
            tabbed = tabbed || text.at[end] == '\t';
        if (tabbed || end - at >= WIDE) {
            *len = end - at;
            return at;
        }
        at = end;
    }
    *len = 0;
    return text.len;
}

//  'A.', '12.', '(a)', a bullet: what stands before the first gap is no cell.
static bool is_counter (rap_text_t text)
{
    if (!text.len || text.len > COUNTER_MAX)
        return false;
    char last = text.at[text.len - 1];
    return last == '.' || last == ')' || !glyph_is_wordy (text.at[0]) || (unsigned char)text.at[0] >= 0x80;
}

//  Leaders of a table of contents.
static bool has_leaders (rap_text_t text)
{
    return memmem (text.at, text.len, "....", 4) || memmem (text.at, text.len, ". . .", 5);
}

//  Whether there is any gap between cells.
static bool has_gap (rap_text_t text)
{
    for (size_t at = 0; at < text.len; at += 8 - WIDE + 1) {
        uint64_t bytes = eight_at (text, at), spaces = eight_between (bytes, ' ', ' ');
        if ((spaces & spaces >> 8 & spaces >> 16) | eight_between (bytes, '\t', '\t'))
            return true;
    }
    return false;
}

static uint32_t cells_of (rap_text_t text)
{
    if (!has_gap (text))
        return 1;
    uint32_t cells = 1;
    size_t len, gap = next_gap (text, 0, &len);
    if (gap < text.len && is_counter (rap_text_of (text.at, gap)))
        gap = next_gap (text, gap + len, &len);
    for (; gap < text.len; gap = next_gap (text, gap + len, &len))
        cells++;
    return cells > 1 && has_leaders (text) ? 1 : cells;
}

//  The cells with ' | ' between them, which is never longer than a wide gap; a tab may be shorter.
static rap_text_t joined (rap_text_t text, rap_arena_t *arena)
{
    char *copy = rap_arena_alloc (arena, text.len * 3 + 1);
    size_t made = 0, at = 0, len;
    while (at < text.len) {
        size_t gap = next_gap (text, at, &len);
        memcpy (copy + made, text.at + at, gap - at);
        made += gap - at;
        if (gap < text.len) {
            memcpy (copy + made, " | ", 3);
            made += 3;
        }
        at = gap + len;
    }
    return rap_text_of (copy, made);
}

static void make_rows (rap_lines_t *lines, uint32_t first, uint32_t last, rap_arena_t *arena)
{
    for (uint32_t i = first; i <= last; i++) {
        rap_line_t *line = &lines->at[i];
        if (line->kind != RAP_LINE_BODY)
            continue;
        if (cells_of (rap_line_text (line)) > 1) {
            rap_text_t row = joined (rap_line_text (line), arena);
            line->at = row.at;
            line->len = (uint32_t)row.len;
        }
        line->flags |= RAP_LINE_TABLE | RAP_LINE_BEGINS;
    }
    for (uint32_t i = last + 1; i < lines->count; i++)
        if (lines->at[i].kind == RAP_LINE_BODY) {
            lines->at[i].flags |= RAP_LINE_BEGINS;
            return;
        }
}

//  A line between rows that can belong to one: short, and no paragraph's first.
static bool may_be_between (rap_text_t text)
{
    rap_counter_t counter = rap_counter_of (text);
    return text.len <= ALONE_MAX && counter.kind != RAP_COUNT_ARABIC && counter.kind != RAP_COUNT_ROMAN
           && counter.kind != RAP_COUNT_CAPITAL;
}

void rap_tables_mark (rap_lines_t *lines, uint32_t from, rap_arena_t *arena)
{
    uint32_t first = 0, last = 0, rows = 0, between = 0;
    if (lines->given || !lines->wrapped)
        return;
    for (uint32_t i = from; i < lines->count; i++) {
        if (lines->at[i].kind != RAP_LINE_BODY)
            continue;
        rap_text_t text = rap_line_text (&lines->at[i]);
        if (cells_of (text) > 1) {
            first = rows ? first : i;
            last = i;
            rows++;
            between = 0;
        } else if (rows && (++between > BETWEEN_MAX || !may_be_between (text))) {
            if (rows >= ROWS_MIN)
                make_rows (lines, first, last, arena);
            rows = between = 0;
        }
    }
    if (rows >= ROWS_MIN)
        make_rows (lines, first, last, arena);
}
