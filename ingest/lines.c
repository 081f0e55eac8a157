//  lines: cutting, and finding out which of the layouts a document has.
#include "lines.h"

#include <stdlib.h>

#include "rapporteur/utf8.h"

#include "counter.h"
#include "glyph.h"

//  --- cutting ----------------------------------------------------------------

//  A document of old Macintosh lines has CR alone; all others end lines with LF.
static char line_end (rap_text_t text)
{
    return memchr (text.at, '\n', text.len) ? '\n' : '\r';
}

//  Where the line that begins at `at` ends: at a line end or form feed.
static size_t end_of_line (rap_text_t text, size_t at, char end, bool feeds)
{
    const char *found = memchr (text.at + at, end, text.len - at);
    size_t stop = found ? (size_t)(found - text.at) : text.len;
    const char *feed = feeds ? memchr (text.at + at, '\f', stop - at) : NULL;
    return feed ? (size_t)(feed - text.at) : stop;
}

static rap_text_t trimmed (rap_text_t line)
{
    while (line.len && glyph_is_space (line.at[0]))
        line = rap_text_from (line, 1);
    while (line.len && glyph_is_space (line.at[line.len - 1]))
        line.len--;
    return line;
}

//  What was seen since the last line that was kept.
typedef struct {
    uint32_t blanks;
    bool feed;
    bool spaced; //  the last blank line had spaces in it
} before_t;

static void keep (rap_lines_t *lines, rap_text_t line, size_t start, bool indented, before_t *before,
                  rap_arena_t *arena)
{
    rap_text_t nfc = rap_utf8_nfc (line, arena);
    lines->at[lines->count++] = (rap_line_t){
        .at = nfc.at,
        .len = (uint32_t)nfc.len,
        .start = (uint32_t)start,
        .end = (uint32_t)(start + line.len),
        .flags = (uint16_t)((indented ? RAP_LINE_INDENTED : 0) | (before->feed ? RAP_LINE_FEED : 0)
                            | (before->spaced ? RAP_LINE_SPACED : 0) | (before->blanks ? 0 : RAP_LINE_TIGHT)),
        .gap = (uint8_t)(before->blanks > 255 ? 255 : before->blanks),
    };
    lines->paged = lines->paged || before->feed;
    *before = (before_t){.blanks = 0};
}

//  One pass; without `arena` it only counts.
static uint32_t pass (rap_text_t text, size_t base, rap_arena_t *arena, rap_lines_t *lines)
{
    char end = line_end (text);
    bool feeds = memchr (text.at, '\f', text.len) != NULL;
    before_t before = {.blanks = 0};
    uint32_t count = 0;
    for (size_t at = 0; at < text.len;) {
        size_t stop = end_of_line (text, at, end, feeds);
        rap_text_t line = rap_text_of (text.at + at, stop - at), kept = trimmed (line);
        if (kept.len) {
            if (count++ == RAP_LINES_MAX)
                break;
            size_t from = (size_t)(kept.at - text.at);
            if (arena)
                keep (lines, kept, base + from, from > at, &before, arena);
        } else if (stop >= text.len || text.at[stop] != '\f') {
            before.blanks++;
            before.spaced = line.len > 0 && line.at[0] != '\r';
        }
        if (stop < text.len && text.at[stop] == '\f')
            before.feed = true;
        at = stop + 1;
    }
    return count;
}

//  --- layout -----------------------------------------------------------------

//  Beyond this a line was not cut at a width: 160 is two lines of the widest print.
enum { LONG_LINE = 160, LINES_TO_TELL = 4, HEAD_LINES_MAX = 24 };

//  The line surely goes on in the next one.
static bool surely_goes_on (const rap_line_t *line, const rap_line_t *next)
{
    return glyph_is_lower (line->at[line->len - 1]) && glyph_is_lower (next->at[0]) && next->gap <= 1;
}

//  In a wrapped text a good part of the lines go on, and hardly any is long.
static void find_wrapping (rap_lines_t *lines)
{
    uint64_t all = 0, in_long = 0;
    uint32_t tight = 0, going_on = 0, going_tight = 0;
    for (uint32_t i = 0; i < lines->count; i++) {
        const rap_line_t *line = &lines->at[i];
        all += line->len;
        in_long += line->len > LONG_LINE ? line->len : 0;
        tight += line->gap == 0;
        bool goes_on = i + 1 < lines->count && surely_goes_on (line, line + 1);
        going_on += goes_on;
        going_tight += goes_on && line[1].gap == 0;
    }
    lines->wrapped = in_long * 5 < all && going_on > 0 && (in_long == 0 || going_on * 12 >= lines->count);
    //  Short paragraphs have blank lines between them too: what goes on tells.
    lines->spaced = lines->count > LINES_TO_TELL && tight * 3 < lines->count && going_tight * 2 <= going_on;
    lines->gapped = !lines->spaced && (lines->count - tight) * 20 > lines->count;
}

static uint32_t first_word_len (const rap_line_t *line)
{
    uint32_t len = 0;
    while (len < line->len && line->at[len] != ' ')
        len++;
    return len;
}

//  Lines that surely go on in the next one tell how long a line and the word
//  after it are at least when there was no room for the word. A layout in
//  characters cuts nearly all at one width; in print take near the least, for a
//  few words are broken and look shorter than they are.
static void find_width (rap_lines_t *lines)
{
    enum { ROOM = LONG_LINE * 2, SLACK = 2 };
    uint32_t seen[ROOM] = {0}, lens[ROOM] = {0}, pairs = 0, longest = ROOM - 1, full = 0, below = 0, width = 0;
    for (uint32_t i = 0; i + 1 < lines->count; i++) {
        const rap_line_t *line = &lines->at[i];
        if (!surely_goes_on (line, line + 1))
            continue;
        uint32_t len = line->len + 1 + first_word_len (line + 1);
        seen[len < ROOM ? len : ROOM - 1]++;
        lens[line->len < ROOM ? line->len : ROOM - 1]++;
        pairs++;
    }
    //  The longest but for one in fifty, which stray spaces have made longer.
    for (uint32_t over = 0; longest && (over += lens[longest]) * 50 <= pairs;)
        longest--;
    for (uint32_t i = longest > SLACK ? longest - SLACK : 0; i < ROOM; i++)
        full += seen[i];
    while (width < ROOM - 1 && (below += seen[width]) * 25 <= pairs)
        width++;
    lines->even = pairs && full * 10 >= pairs * 9;
    lines->forced = lines->even ? longest - SLACK : width;
}

rap_status_t rap_lines_cut (rap_text_t text, size_t base, rap_arena_t *arena, rap_lines_t *lines,
                            rap_reason_t *reason)
{
    *lines = (rap_lines_t){.at = NULL};
    uint32_t count = pass (text, base, NULL, lines);
    if (count > RAP_LINES_MAX)
        return rap_refuse (reason, "more than %d lines of text", RAP_LINES_MAX);
    lines->at = rap_arena_alloc (arena, count * sizeof *lines->at);
    pass (text, base, arena, lines);
    find_wrapping (lines);
    if (lines->wrapped)
        find_width (lines);
    return RAP_OK;
}

void rap_lines_measure (rap_lines_t *lines)
{
    find_width (lines);
}

//  --- pages ------------------------------------------------------------------

static bool is_rule (rap_text_t line)
{
    if (line.len < 5)
        return false;
    for (size_t i = 0; i < line.len; i++)
        if (line.at[i] != '_')
            return false;
    return true;
}

static bool is_url (rap_text_t line)
{
    return (glyph_has (line, "http://") || glyph_has (line, "https://")) && !memchr (line.at, ' ', line.len);
}

//  Bytes of a line that are a symbol, printed with or without spaces; 0 if they
//  are not.
static size_t symbol_len (rap_text_t line, rap_text_t symbol)
{
    size_t at = 0, i = 0;
    while (at < line.len && i < symbol.len) {
        if (line.at[at] == ' ' && symbol.at[i] != ' ') {
            at++;
            continue;
        }
        if (line.at[at++] != symbol.at[i++])
            return 0;
    }
    return i == symbol.len ? at : 0;
}

//  The line is one of the document's own symbols and nothing else, or several.
static bool is_own_symbol (rap_text_t line, const rap_text_t *symbols, uint32_t count)
{
    bool any = false;
    while (line.len) {
        size_t len = 0;
        for (uint32_t i = 0; i < count && !len; i++)
            len = symbol_len (line, symbols[i]);
        if (!len && any && strchr ("-*/ ", line.at[0]))
            len = 1;
        else if (!len && any && line.len > 2 && glyph_has (line, "\xE2\x80"))
            len = 3;
        if (!len)
            return false;
        any = true;
        line = rap_text_from (line, len);
    }
    return any;
}

//  Bytes of a note's mark at a line's start, when it is one that cannot be
//  anything else: raised digits or stars, and then a space or the line's end.
static size_t plain_mark (rap_text_t line)
{
    size_t len = 0;
    uint32_t digit;
    for (size_t n; (n = glyph_raised (rap_text_from (line, len), &digit));)
        len += n;
    if (len)
        return len <= 15 ? len : 0;
    while (len < line.len && len < 8 && line.at[len] == '*')
        len++;
    //  '**Bold**' and '* item' of lists are none.
    return len && len < line.len && line.at[len] == ' ' ? len : 0;
}

//  Digits at a line's start and then a space: a note's mark under a rule.
static size_t digit_mark (rap_text_t line)
{
    size_t len = 0;
    while (len < line.len && len < 4 && glyph_is_digit (line.at[len]))
        len++;
    return len && len < 4 && (len == line.len || line.at[len] == ' ') ? len : 0;
}

static uint32_t value_of (rap_text_t digits)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len && i < 9 && glyph_is_digit (digits.at[i]); i++)
        value = value * 10 + (uint32_t)(digits.at[i] - '0');
    return value;
}

//  Where the walk down the page is.
typedef struct {
    const rap_rules_t *rules;
    const rap_text_t *symbols;
    uint32_t symbols_count;
    bool notes;      //  under the rule
    bool any_note;   //  a note was begun under it
    uint32_t number; //  of the last note
    bool fresh;      //  the next line of text is the first of its page
    rap_text_t last; //  the line before
} page_t;

//  The last note has ended, and this line is counted as no note is: '3. Medical staff', 'II. Health'.
static bool counts_on (const page_t *page, const rap_line_t *line)
{
    rap_text_t text = rap_line_text (line);
    rap_counter_t counter = rap_counter_of (text);
    bool counted =
        counter.kind == RAP_COUNT_ARABIC || counter.kind == RAP_COUNT_ROMAN || counter.kind == RAP_COUNT_CAPITAL;
    return counted && page->last.len && page->last.at[page->last.len - 1] == '.'
           && glyph_starts_upper (rap_text_from (text, counter.len))
           && !(rap_rules_last_word (page->rules, page->last) & RAP_ABBREVIATES);
}

//  Under a rule: whether the page has ended before this line.
static bool page_ends (const rap_lines_t *lines, const page_t *page, const rap_line_t *line)
{
    if (line->flags & RAP_LINE_FEED)
        return true;
    if (!page->any_note)
        return false;
    if (!lines->wrapped) //  a line is a whole note
        return true;
    if (lines->spaced)
        return (line->flags & (RAP_LINE_TIGHT | RAP_LINE_SPACED)) != 0 || counts_on (page, line);
    if (lines->paged || line->gap > 0)
        return !lines->paged;
    //  Without pages and blank lines only a note's own end tells.
    return !lines->gapped && page->last.len && page->last.at[page->last.len - 1] == '.'
           && !(rap_rules_last_word (page->rules, page->last) & RAP_ABBREVIATES);
}

static bool is_page_number (const rap_lines_t *lines, const rap_line_t *line)
{
    rap_text_t text = rap_line_text (line);
    if (!lines->paged || digit_mark (text) != line->len)
        return false;
    bool last = line + 1 == lines->at + lines->count || (line[1].flags & RAP_LINE_FEED);
    return last || (line->flags & RAP_LINE_FEED);
}

//  A line whose form was told is what it was made as, but for notes that begin
//  with a mark and for what its words tell to be furniture.
static rap_line_kind_t given_kind (const rap_lines_t *lines, const page_t *page, rap_line_t *line)
{
    rap_text_t text = rap_line_text (line);
    if (line->kind != RAP_LINE_BODY)
        return (rap_line_kind_t)line->kind;
    if (rap_rules_furniture (page->rules, text) || is_rule (text)
        || is_own_symbol (text, page->symbols, page->symbols_count))
        return RAP_LINE_FURNITURE;
    const rap_run_t *first = &lines->runs[line->runs];
    bool marked = line->runs_count && first->at == 0 && first->style & RAP_RUN_MARK;
    if (!marked || first->end > UINT8_MAX || first->end == line->len)
        return RAP_LINE_BODY;
    line->label = (uint8_t)first->end;
    return RAP_LINE_NOTE;
}

static rap_line_kind_t kind_of (const rap_lines_t *lines, page_t *page, rap_line_t *line)
{
    rap_text_t text = rap_line_text (line);
    if (lines->given)
        return given_kind (lines, page, line);
    if (is_rule (text)) {
        page->notes = true;
        page->any_note = false;
        return RAP_LINE_FURNITURE;
    }
    bool ended = page->notes && page_ends (lines, page, line) && !is_url (text);
    if ((ended && !plain_mark (text)) || (line->flags & RAP_LINE_FEED)) {
        page->notes = false;
        page->fresh = true;
    }
    if (rap_rules_furniture (page->rules, text) || is_page_number (lines, line)
        || is_own_symbol (text, page->symbols, page->symbols_count))
        return RAP_LINE_FURNITURE;
    size_t mark = plain_mark (text);
    if (!mark && page->notes) {
        mark = digit_mark (text);
        uint32_t value = value_of (text);
        //  The first note of a page may have any number, the next ones go up.
        if (mark && page->any_note && rap_rules_last_word (page->rules, page->last) & RAP_ABBREVIATES)
            mark = 0; //  'Supplement No.' goes on
        if (mark && page->any_note && page->number && (value <= page->number || value > page->number + 3))
            mark = 0;
        if (mark)
            page->number = value;
    }
    if (mark) {
        line->label = (uint8_t)mark;
        page->any_note = true;
        page->notes = page->notes || lines->wrapped;
        return RAP_LINE_NOTE;
    }
    if (is_url (text) && lines->wrapped && !rap_text_ends (page->last, RAP_TEXT (" at"))
        && !rap_text_ends (page->last, RAP_TEXT ("/")))
        return RAP_LINE_FURNITURE;
    return page->notes && page->any_note ? RAP_LINE_NOTE_MORE : RAP_LINE_BODY;
}

void rap_lines_mark (rap_lines_t *lines, const rap_rules_t *rules, const rap_text_t *symbols, uint32_t symbols_count)
{
    page_t page = {.rules = rules, .symbols = symbols, .symbols_count = symbols_count};
    bool head = true; //  in the masthead the document's symbols are no running head
    for (uint32_t i = 0; i < lines->count; i++) {
        rap_line_t *line = &lines->at[i];
        head = head && i < HEAD_LINES_MAX && !(line->flags & RAP_LINE_FEED);
        page.symbols_count = head ? 0 : symbols_count;
        if (lines->spaced && lines->wrapped
            && (line->flags & RAP_LINE_SPACED || (line->flags & RAP_LINE_TIGHT && line->flags & RAP_LINE_INDENTED)))
            page.fresh = true;
        line->kind = (uint8_t)kind_of (lines, &page, line);
        page.last = rap_line_text (line);
        if (lines->given)
            continue;
        if (line->kind != RAP_LINE_BODY) {
            //  In flowed text a note stands between the halves of a paragraph.
            page.fresh = page.fresh || !lines->wrapped || !page.notes;
            continue;
        }
        if (page.fresh)
            line->flags |= RAP_LINE_PAGE;
        page.fresh = false;
    }
}
