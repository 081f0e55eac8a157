//  markdown: blocks of Markdown, line by line, gathered and put on a sheet.
//
//  Only what plain text surely is not is read here: notes defined by '[^1]:', tables
//  with their rules, numbers with escapes ('12\.'), headings with '=' under them. Text
//  that has but emphasis, links and '#' is read as text (lines.h), which knows them.
#include "form.h"

#include <stdlib.h>

#include "glyph.h"
#include "markdown_inline.h"
#include "source.h"
#include "vector.h"
#include "xml_sheet.h"

//  --- lines ------------------------------------------------------------------

static rap_text_t next_line (rap_text_t text, size_t *at)
{
    const char *end = memchr (text.at + *at, '\n', text.len - *at);
    rap_text_t line = rap_text_of (text.at + *at, end ? (size_t)(end - text.at) - *at : text.len - *at);
    *at += line.len + 1;
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

static rap_text_t unindented (rap_text_t line)
{
    while (line.len && (line.at[0] == ' ' || line.at[0] == '\t'))
        line = rap_text_from (line, 1);
    return line;
}

static bool is_only (rap_text_t line, const char *signs)
{
    for (size_t i = 0; i < line.len; i++)
        if (!strchr (signs, line.at[i]) || !line.at[i])
            return false;
    return line.len > 0;
}

static size_t count_of (rap_text_t line, char sign)
{
    size_t count = 0;
    for (size_t i = 0; i < line.len; i++)
        count += line.at[i] == sign;
    return count;
}

//  '[^12]: ': bytes up to the note's text; 0 if it is none.
static size_t note_head (rap_text_t line)
{
    enum { LABEL_MAX = 64 };
    if (!glyph_has (line, "[^"))
        return 0;
    size_t at = 2;
    while (at < line.len && at < LABEL_MAX && line.at[at] != ']' && line.at[at] != ' ')
        at++;
    return at > 2 && at + 1 < line.len && line.at[at] == ']' && line.at[at + 1] == ':' ? at + 2 : 0;
}

//  '| --- | :-: |': the rule under a table's head.
static bool is_table_rule (rap_text_t line)
{
    return is_only (line, "|-: \t") && count_of (line, '|') && count_of (line, '-') > 2;
}

//  '+---+---+': the rules of a table of Pandoc.
static bool is_grid_rule (rap_text_t line)
{
    return line.len > 4 && line.at[0] == '+' && is_only (line, "+-=:") && count_of (line, '+') > 1
           && count_of (line, '-') + count_of (line, '=') > 2;
}

//  '12\. ', '\(a\) '.
static bool is_escaped_number (rap_text_t line)
{
    size_t at = 0;
    while (at < line.len && at < 6 && glyph_is_digit (line.at[at]))
        at++;
    if (at)
        return at + 2 < line.len && line.at[at] == '\\' && (line.at[at + 1] == '.' || line.at[at + 1] == ')');
    return glyph_has (line, "\\(") && line.len > 5 && memmem (line.at, 12 < line.len ? 12 : line.len, "\\)", 2);
}

bool rap_markdown_is (rap_text_t bytes)
{
    uint32_t escaped = 0, before = 0; //  bytes of the line before
    for (size_t at = 0; at < bytes.len;) {
        rap_text_t line = next_line (bytes, &at);
        char first = line.len ? line.at[0] : ' ';
        if (first == '[' && note_head (line))
            return true;
        if (first == '+' && is_grid_rule (line))
            return true;
        if ((first == '|' || first == '-' || first == ':') && before && is_table_rule (line))
            return true;
        if (first == '=' && before && is_only (line, "=") && line.len > 2)
            return true;
        escaped += (first == '\\' || glyph_is_digit (first)) && is_escaped_number (line);
        if (escaped > 1)
            return true;
        before = (uint32_t)line.len;
    }
    return false;
}

//  --- the walk ---------------------------------------------------------------

typedef struct {
    rap_sheet_t *sheet;
    rap_text_t text;
    rap_reason_t *reason;
    char *block; //  the lines of the present one
    uint32_t len, room;
    uint32_t last;             //  bytes of its last line
    size_t from, to;           //  where it stands in the source
    size_t line_from, line_to; //  where the present line does
    unsigned flags;            //  of the next line of the sheet
    bool fenced;               //  in ```
    bool noted;                //  in a note's definition
    bool blank;                //  the line before was
    bool listed;               //  the present block is an item
    uint32_t number;           //  of the last item; 0 none
    bool table;                //  rows follow
    bool grid;                 //  lines of a table of Pandoc follow
} walk_t;

static void add (walk_t *w, rap_text_t text)
{
    if (!w->len)
        w->from = w->line_from;
    w->to = w->line_to;
    while (w->len + text.len + 2 > w->room)
        w->block = vector_room (w->block, w->room, &w->room, 1);
    memcpy (w->block + w->len, text.at, text.len);
    w->len += (uint32_t)text.len;
}

static rap_status_t flush (walk_t *w, unsigned level)
{
    rap_sheet_at (w->sheet, w->from, w->to);
    rap_status_t status = rap_markdown_inline (w->sheet, rap_text_of (w->block, w->len), &w->flags, w->reason);
    w->len = 0;
    if (status == RAP_OK)
        status = rap_sheet_end (w->sheet, w->flags, level, w->reason);
    w->flags = RAP_LINE_BEGINS;
    return status;
}

//  Two spaces or a backslash at its end break a line; an escaped backslash does not.
static bool is_broken (rap_text_t line)
{
    size_t strokes = 0;
    while (strokes < line.len && line.at[line.len - 1 - strokes] == '\\')
        strokes++;
    return strokes % 2 == 1 || rap_text_ends (line, RAP_TEXT ("  "));
}

//  A line of the present block. One that is not full, before a capital or a number,
//  may be a line of its own: the words decide.
static void gather (walk_t *w, rap_text_t line)
{
    enum { FULL = 55 };
    bool hard = is_broken (line);
    rap_text_t words = rap_text_trim (line);
    if (w->len && w->block[w->len - 1] != '\r') //  else it was broken there
        add (w, w->last < FULL && !glyph_starts_lower (words) ? RAP_TEXT ("\r") : RAP_TEXT ("\n"));
    if (hard && rap_text_ends (words, RAP_TEXT ("\\")))
        words.len--;
    add (w, words);
    w->last = (uint32_t)words.len;
    if (hard)
        add (w, RAP_TEXT ("\r"));
}

static rap_status_t end_note (walk_t *w)
{
    if (!w->noted)
        return RAP_OK;
    w->noted = false;
    return rap_sheet_note_end (w->sheet, w->reason);
}

static rap_status_t begin_note (walk_t *w, rap_text_t line, size_t head)
{
    rap_text_t label = rap_text_of (line.at + 2, head - 4);
    rap_status_t status = end_note (w);
    rap_sheet_note (w->sheet,
                    rap_sheet_mark_with (w->sheet, label).len ? RAP_TEXT ("") : rap_sheet_mark_of (label, false),
                    label);
    w->noted = true;
    gather (w, rap_text_from (line, head));
    return status;
}

//  --- tables -----------------------------------------------------------------

//  The cells of '| a | b |', each put as a line of its cell.
static rap_status_t take_row (walk_t *w, rap_text_t line, bool header)
{
    rap_status_t status = RAP_OK;
    line = rap_text_trim (line);
    rap_sheet_row (w->sheet);
    size_t at = line.len && line.at[0] == '|';
    while (at < line.len && status == RAP_OK) {
        size_t end = at;
        while (end < line.len && (line.at[end] != '|' || line.at[end - (end > 0)] == '\\'))
            end++;
        rap_sheet_cell (w->sheet, header);
        add (w, rap_text_trim (rap_text_of (line.at + at, end - at)));
        status = flush (w, 0);
        at = end + 1;
    }
    return status;
}

//  In a table of Pandoc each line of print has its piece of each cell.
static rap_status_t take_grid_line (walk_t *w, rap_text_t line)
{
    if (is_grid_rule (line)) {
        rap_sheet_row (w->sheet);
        return RAP_OK;
    }
    rap_status_t status = RAP_OK;
    size_t at = line.at[0] == '|';
    while (at < line.len && status == RAP_OK) {
        const char *bar = memchr (line.at + at, '|', line.len - at);
        size_t end = bar ? (size_t)(bar - line.at) : line.len;
        rap_sheet_cell (w->sheet, false);
        add (w, rap_text_trim (rap_text_of (line.at + at, end - at)));
        status = flush (w, 0);
        at = end + 1;
    }
    return status;
}

static rap_status_t take_in_table (walk_t *w, rap_text_t line, bool *taken)
{
    *taken = w->grid ? line.len && (line.at[0] == '|' || is_grid_rule (line)) : line.len && count_of (line, '|');
    if (*taken && !w->grid && is_table_rule (line))
        return RAP_OK;
    if (*taken)
        return w->grid ? take_grid_line (w, line) : take_row (w, line, false);
    rap_sheet_table_end (w->sheet);
    w->table = w->grid = false;
    return RAP_OK;
}

static bool begin_table (walk_t *w, rap_text_t line, size_t at, rap_status_t *status)
{
    size_t after = at;
    if (is_grid_rule (line)) {
        rap_sheet_table (w->sheet, false, false);
        rap_sheet_row (w->sheet);
        w->grid = w->table = true;
        return true;
    }
    if (!count_of (line, '|') || at >= w->text.len || !is_table_rule (unindented (next_line (w->text, &after))))
        return false;
    *status = flush (w, 0);
    rap_sheet_table (w->sheet, false, false);
    if (*status == RAP_OK)
        *status = take_row (w, line, true);
    w->table = true;
    return true;
}

//  --- blocks -----------------------------------------------------------------

//  '12. ' or '- ': bytes up to the item's text, and its number; 0 if it is none.
static size_t item_head (rap_text_t line, uint32_t *number)
{
    size_t at = 0;
    *number = 0;
    if (line.len > 1 && strchr ("-*+", line.at[0]) && line.at[1] == ' ')
        return 2;
    for (; at < line.len && at < 6 && glyph_is_digit (line.at[at]); at++)
        *number = *number * 10 + (uint32_t)(line.at[at] - '0');
    return at && at + 1 < line.len && (line.at[at] == '.' || line.at[at] == ')') && line.at[at + 1] == ' ' ? at + 2
                                                                                                           : 0;
}

//  In Markdown all items of a list may be '1.'; they are printed one after the other.
static rap_status_t take_item (walk_t *w, rap_text_t line, size_t head, uint32_t number)
{
    char counter[16];
    rap_status_t status = flush (w, 0);
    bool again = w->listed && number && number <= w->number && w->number == 1;
    w->number = again ? w->number + 1 : number;
    snprintf (counter, sizeof counter, "%u%c ", w->number, line.at[head - 2]);
    add (w, number ? rap_text (counter) : RAP_TEXT ("\xE2\x80\xA2 "));
    add (w, rap_text_trim (rap_text_from (line, head)));
    w->last = (uint32_t)line.len;
    w->listed = true;
    return status;
}

static rap_status_t take_heading (walk_t *w, rap_text_t line, size_t hashes)
{
    rap_status_t status = flush (w, 0);
    line = rap_text_trim (rap_text_from (line, hashes));
    size_t len = line.len;
    while (len && line.at[len - 1] == '#')
        len--;
    if (len < line.len && (!len || line.at[len - 1] == ' '))
        line = rap_text_trim (rap_text_of (line.at, len));
    add (w, line);
    w->listed = false;
    return status == RAP_OK ? flush (w, (unsigned)hashes) : status;
}

static size_t hashes_of (rap_text_t line)
{
    size_t count = 0;
    while (count < line.len && count < 7 && line.at[count] == '#')
        count++;
    return count && count < 7 && (count == line.len || line.at[count] == ' ') ? count : 0;
}

static bool is_fence (rap_text_t line)
{
    return glyph_has (line, "```") || glyph_has (line, "~~~");
}

//  A line of '---' under text makes it a heading; elsewhere it is a rule.
static bool take_rule (walk_t *w, rap_text_t line, rap_status_t *status)
{
    bool under = w->len && !w->listed && line.len > 1 && (is_only (line, "=") || is_only (line, "-"));
    if (under)
        *status = flush (w, line.at[0] == '=' ? 1 : 2);
    else if (line.len > 2 && (is_only (line, "- ") || is_only (line, "* ") || is_only (line, "_ "))
             && line.at[1] != '\0')
        *status = flush (w, 0);
    else
        return false;
    return true;
}

//  '[name]: address', which nothing prints.
static bool is_address (rap_text_t line)
{
    const char *close = line.len > 4 && line.at[0] == '[' ? memmem (line.at, line.len, "]: ", 3) : NULL;
    return close && !memchr (close + 3, ' ', line.len - (size_t)(close - line.at) - 3)
           && memmem (close, line.len - (size_t)(close - line.at), "://", 3);
}

static rap_status_t take_words (walk_t *w, rap_text_t line, size_t at)
{
    rap_status_t status = RAP_OK;
    rap_text_t bare = unindented (line);
    uint32_t number;
    size_t head;
    while (bare.len && bare.at[0] == '>') //  quoted
        bare = unindented (rap_text_from (bare, 1));
    bool indented = bare.at > line.at && line.len && line.at[0] != '>';
    if (!bare.len) {
        w->blank = true;
        return flush (w, 0);
    }
    bool first = w->blank || !w->len;
    if (w->noted && w->blank && !indented)
        status = end_note (w);
    w->blank = false;
    if (status != RAP_OK || (w->len && take_rule (w, bare, &status)))
        return status;
    if ((head = note_head (bare)) && !indented) {
        status = flush (w, 0);
        return status == RAP_OK ? begin_note (w, bare, head) : status;
    }
    if ((head = hashes_of (bare)))
        return take_heading (w, bare, head);
    if (is_address (bare) || begin_table (w, bare, at, &status) || take_rule (w, bare, &status))
        return status;
    head = item_head (bare, &number);
    if (head && (first || w->listed || number == 1))
        return take_item (w, bare, head, number);
    w->listed = w->listed && !first;
    gather (w, line.at[0] == '>' ? bare : unindented (line));
    return RAP_OK;
}

static rap_status_t take_line (walk_t *w, rap_text_t line, size_t at)
{
    rap_text_t bare = unindented (line);
    if (is_fence (bare)) {
        w->fenced = !w->fenced;
        return flush (w, 0);
    }
    if (w->fenced) {
        rap_sheet_put (w->sheet, bare, 0);
        rap_status_t status = rap_sheet_end (w->sheet, w->flags, 0, w->reason);
        w->flags = 0;
        return status;
    }
    if (w->table) {
        bool taken;
        rap_status_t status = take_in_table (w, bare, &taken);
        if (taken || status != RAP_OK)
            return status;
    }
    return take_words (w, line, at);
}

//  '---', particulars, '---' at the beginning.
static size_t after_front_matter (rap_text_t text)
{
    size_t at = 0, limit = 64;
    if (!rap_text_equal (next_line (text, &at), RAP_TEXT ("---")))
        return 0;
    while (at < text.len && limit--) {
        rap_text_t line = next_line (text, &at);
        if (rap_text_equal (line, RAP_TEXT ("---")) || rap_text_equal (line, RAP_TEXT ("...")))
            return at < text.len ? at : text.len;
    }
    return 0;
}

rap_status_t rap_markdown_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                                 rap_reason_t *reason)
{
    rap_text_t text;
    (void)document;
    rap_status_t status = rap_source_check (bytes, &text, reason);
    if (status != RAP_OK)
        return status;
    walk_t w = {
        .sheet = rap_sheet_new (arena), .text = text, .reason = reason, .flags = RAP_LINE_BEGINS, .blank = true};
    size_t base = (size_t)(text.at - bytes.at);
    for (size_t at = after_front_matter (text); at < text.len && status == RAP_OK;) {
        size_t from = at;
        rap_text_t line = next_line (text, &at);
        w.line_from = base + from;
        w.line_to = base + from + line.len;
        status = take_line (&w, line, at);
    }
    if (status == RAP_OK)
        status = flush (&w, 0);
    if (status == RAP_OK)
        status = end_note (&w);
    if (status == RAP_OK)
        rap_sheet_finish (w.sheet, lines);
    rap_sheet_destroy (&w.sheet);
    free (w.block);
    return status == RAP_OK && !lines->count ? rap_refuse (reason, "an empty document: Markdown without text")
                                             : status;
}
