//  pdf_lines: lines of print with what their places tell: where paragraphs begin,
//  what is set large or in the middle, which digits are marks of notes.
#include "pdf.h"

#include <math.h>
#include <stdlib.h>

#include "glyph.h"
#include "vector.h"

//  Less than this between two words, in the size of type, is no space: programs
//  that set type move letters by a tenth, and make spaces of a sixth at least.
#define SPACE 0.135F
#define SPACE_UNEVEN 0.05F

//  White space between lines, in usual steps; sizes that differ; a margin that differs,
//  in the size of type.
#define GAP 1.3F
#define SAME_SIZE 0.1F
#define SAME_SIZE_UNEVEN 0.45F
#define SAME_PLACE 0.5F
#define LARGE 1.12F

enum { STRONG_MAX = 300 };

typedef struct {
    uint32_t rows; //  first of its rows in `turn`
    uint32_t count;
    uint32_t page;
    float x0, x1, text_x, base, size;
    float first;       //  width of what could have stood at the end of the line before
    float left, right; //  of its column
    float most;        //  right end of the longest line of its block; 0: the block is too small to tell
    uint8_t part;
    char end; //  how it ends: one of .;:,?! or 0
    bool labelled, leaders, lower, bracket;
    bool fresh;    //  first of its page or column
    bool middle;   //  set in the middle
    bool indented; //  the first line of a paragraph, by its indent
} line_t;

typedef struct {
    const rap_pdf_pages_t *pages;
    const rap_pdf_rows_t *rows;
    rap_maker_t *maker;
    rap_reason_t *reason;
    line_t *lines;
    uint32_t count, room;
    bool indents;   //  paragraphs begin with an indent or a number
    bool bare;      //  many begin with neither that nor white space before them
    uint32_t stars; //  page's notes marked with so many stars: a bit each
    uint32_t stars_page;
    char *piece; //  text not yet put
    size_t piece_len, piece_room;
    bool marked; //  the last thing put was a mark
} maker_t;

//  --- what a line is ----------------------------------------------------------------

static const rap_pdf_row_t *row_of (const maker_t *m, const line_t *line, uint32_t i)
{
    return &m->rows->rows[m->pages->turn[line->rows + i]];
}

static rap_text_t text_of (const maker_t *m, const rap_pdf_row_t *row, uint32_t i)
{
    return rap_pdf_word_text (m->rows, rap_pdf_word (m->rows, row, i));
}

//  The word without closing quotation marks and brackets.
static rap_text_t opened (rap_text_t word)
{
    for (;;) {
        if (word.len && strchr (")]\"'*", word.at[word.len - 1]))
            word.len--;
        else if (word.len > 3
                 && (rap_text_ends (word, RAP_TEXT ("\xE2\x80\x9D"))
                     || rap_text_ends (word, RAP_TEXT ("\xE2\x80\x99"))))
            word.len -= 3;
        else
            return word;
    }
}

static char ending_of (const maker_t *m, const rap_pdf_row_t *row)
{
    uint32_t i = row->count;
    while (i > 1 && rap_pdf_is_raised (row, rap_pdf_word (m->rows, row, i - 1))
           && rap_pdf_is_mark (text_of (m, row, i - 1)))
        i--;
    rap_text_t word = text_of (m, row, i - 1);
    if (i > 1 && (rap_text_equal (word, RAP_TEXT ("and")) || rap_text_equal (word, RAP_TEXT ("or"))))
        word = text_of (m, row, i - 2);
    word = opened (word);
    return word.len && strchr (".;:,?!", word.at[word.len - 1]) ? word.at[word.len - 1] : 0;
}

//  Width of the first word up to a hyphen in it.
static float first_width (const maker_t *m, const rap_pdf_row_t *row)
{
    const rap_pdf_word_t *word = rap_pdf_word (m->rows, row, 0);
    rap_text_t text = rap_pdf_word_text (m->rows, word);
    const char *hyphen = memchr (text.at, '-', text.len);
    float part = hyphen ? (float)(hyphen - text.at + 1) / (float)text.len : 1;
    return (word->x1 - word->x0) * part;
}

static void add_line (maker_t *m, const rap_pdf_piece_t *piece, uint32_t from, uint32_t to)
{
    const rap_pdf_row_t *first = &m->rows->rows[m->pages->turn[from]], *last = &m->rows->rows[m->pages->turn[to - 1]];
    m->lines = vector_room (m->lines, m->count, &m->room, sizeof *m->lines);
    line_t *line = &m->lines[m->count++];
    *line = (line_t){.rows = from,
                     .count = to - from,
                     .page = piece->page,
                     .x0 = first->x0,
                     .x1 = last->x1,
                     .text_x = first->text_x,
                     .base = first->base,
                     .size = fmaxf (first->size, last->size),
                     .first = first_width (m, first),
                     .left = piece->left,
                     .right = piece->right,
                     .part = piece->part,
                     .end = ending_of (m, last),
                     .labelled = first->labelled,
                     .leaders = last->leaders,
                     .lower = glyph_starts_lower (text_of (m, first, 0)),
                     .bracket = text_of (m, first, 0).at[0] == '[',
                     .fresh = from == piece->rows};
}

static void cut_piece (maker_t *m, const rap_pdf_piece_t *piece)
{
    uint32_t behind = piece->rows + piece->count;
    for (uint32_t from = piece->rows, to; from < behind; from = to) {
        to = piece->part == RAP_PDF_TABLE ? behind : from + 1;
        uint32_t line = m->rows->rows[m->pages->turn[from]].line;
        while (to < behind && m->rows->rows[m->pages->turn[to]].line == line)
            to++;
        add_line (m, piece, from, to);
    }
}

//  --- how lines stand to each other ---------------------------------------------------

static bool is_same_size (const maker_t *m, const line_t *a, const line_t *b)
{
    float same = m->rows->uneven ? SAME_SIZE_UNEVEN : SAME_SIZE;
    return fabsf (a->size - b->size) <= same * fmaxf (a->size, b->size);
}

static bool is_large (const maker_t *m, const line_t *line)
{
    return !m->rows->uneven && line->size > LARGE * m->rows->body;
}

static bool has_gap (const maker_t *m, const line_t *above, const line_t *below)
{
    return below->base - above->base > GAP * m->rows->leading * fmaxf (above->size, below->size);
}

//  The one stands at once below the other, in one column.
static bool is_next (const maker_t *m, const line_t *above, const line_t *below)
{
    return !below->fresh && above->page == below->page && above->part == below->part && is_same_size (m, above, below)
           && !has_gap (m, above, below);
}

//  The right end of the longest line of each block of lines without white space, if
//  others come close to it, as they do where text is broken for want of room.
static void find_blocks (maker_t *m)
{
    enum { TELLING = 3 };
    for (uint32_t from = 0, to; from < m->count; from = to) {
        float most = m->lines[from].x1;
        for (to = from + 1; to < m->count && is_next (m, &m->lines[to - 1], &m->lines[to]); to++)
            most = fmaxf (most, m->lines[to].x1);
        uint32_t close = 0;
        for (uint32_t i = from; i < to; i++)
            close += m->lines[i].x1 > most - 3 * m->lines[i].size;
        for (uint32_t i = from; i < to && to - from >= TELLING && close > 1; i++)
            m->lines[i].most = most;
    }
}

static float middle_of (const line_t *line)
{
    return (line->x0 + line->x1) / 2;
}

//  With room on both sides.
static bool is_inside (const line_t *line)
{
    return line->part == RAP_PDF_TEXT && line->x0 > line->left + 1.5F * line->size
           && line->x1 < line->right - 1.5F * line->size;
}

static bool is_in_the_middle (const maker_t *m, const line_t *line)
{
    float own = middle_of (line), page = m->rows->words->pages[line->page].width / 2;
    float off = fminf (fabsf (own - (line->left + line->right) / 2), fabsf (own - page));
    return is_inside (line) && off < 0.75F * line->size;
}

//  The one is set in the middle of the other.
static bool is_balanced (const line_t *a, const line_t *b)
{
    return is_inside (a) && is_inside (b) && fabsf (middle_of (a) - middle_of (b)) < fmaxf (2, 0.4F * a->size)
           && fabsf (a->x0 - b->x0) > 3;
}

//  A line is set in the middle if lines at once above and below it are, too.
static void find_middles (maker_t *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        line_t *line = &m->lines[i];
        const line_t *above = i && is_next (m, line - 1, line) ? line - 1 : NULL;
        const line_t *below = i + 1 < m->count && is_next (m, line, line + 1) ? line + 1 : NULL;
        bool balanced = (above && is_balanced (above, line)) || (below && is_balanced (line, below));
        bool beside =
            (above && !is_balanced (above, line) && !above->middle) || (below && !is_balanced (line, below));
        line->middle = balanced || (!beside && is_in_the_middle (m, line));
    }
}

static bool is_indented (const line_t *line)
{
    return line->x0 > line->left + 0.8F * line->size;
}

typedef enum { FULL, UNSURE, SHORT } room_t;

//  Whether there was room at the line's end for what the next begins with.
static room_t room_of (const line_t *line, const line_t *next)
{
    //  A narrow block is a list of short lines, not a quotation.
    bool block = line->most > line->left + 0.6F * (line->right - line->left);
    float right = block ? line->most : line->right;
    float needs = line->x1 + SPACE * 1.6F * line->size + next->first;
    if (needs > right - 0.15F * line->size)
        return FULL;
    return needs < right - 0.9F * line->size ? SHORT : UNSURE;
}

//  Much room was left at the end of a line of common type, more than spaces that do not
//  break leave, and no small letter goes on; or what goes on is set apart by a bracket.
static bool is_broken_off (const maker_t *m, const line_t *line, const line_t *next)
{
    float far = line->left + 0.7F * (line->right - line->left);
    return !line->end && !next->lower && !is_large (m, line) && (next->bracket || line->x1 + next->first < far);
}

//  A title in large type, whose margins may be narrower than the column's: its line ends
//  where another word would have come far into the column.
static bool is_title_going_on (const maker_t *m, const line_t *line, const line_t *next)
{
    float far = line->left + 0.7F * (line->right - line->left);
    return is_large (m, line) && is_large (m, next) && !line->end && !next->labelled && line->x1 + next->first >= far;
}

static bool ends_sentence (const line_t *line)
{
    return line->end && line->end != ',';
}

//  How paragraphs of the document begin, as a rule.
static void find_custom (maker_t *m)
{
    uint32_t indented = 0, flush = 0, bare = 0;
    for (uint32_t i = 1; i < m->count; i++) {
        const line_t *line = &m->lines[i], *before = line - 1;
        if (line->part != RAP_PDF_TEXT || line->fresh || !is_same_size (m, before, line) || line->middle
            || fabsf (line->size - m->rows->body) > SAME_SIZE * line->size)
            continue;
        bool begins = has_gap (m, before, line) || line->x0 > before->x0 + 0.8F * line->size;
        indented += begins && (line->labelled || is_indented (line));
        bare += !begins && !line->labelled && !line->lower && before->end && room_of (before, line) == SHORT;
        flush += begins && !line->labelled && !is_indented (line) && line->x1 > line->right - 2 * line->size;
    }
    m->indents = indented > 2 * (flush + bare);
    m->bare = bare * 4 > indented + flush + bare;
}

//  Both at the same margin: by the room at the end of the line before.
static unsigned by_room (const maker_t *m, const line_t *before, const line_t *line, const line_t *next, bool across)
{
    room_t room = room_of (before, line);
    if (room == SHORT && is_title_going_on (m, before, line))
        return RAP_LINE_GOES_ON;
    if (room == SHORT)
        return ends_sentence (before) || is_broken_off (m, before, line) ? RAP_LINE_BEGINS : 0;
    if (room == UNSURE || line->labelled)
        return 0;
    if (!before->end || line->lower)
        return RAP_LINE_GOES_ON;
    if (!across)
        return m->bare ? 0 : RAP_LINE_GOES_ON;
    //  At a page's end a paragraph may have ended in a full line. A heading has none.
    bool heading = !line->end && next && (has_gap (m, line, next) || !is_same_size (m, line, next));
    return m->indents && !m->bare && !heading && before->end != ',' ? RAP_LINE_GOES_ON : 0;
}

//  Begins more to the right than the line before.
static unsigned by_indent (const line_t *before, const line_t *line, const line_t *next)
{
    if (before->text_x > before->x0 && fabsf (line->x0 - before->text_x) < SAME_PLACE * line->size)
        return room_of (before, line) == FULL ? RAP_LINE_GOES_ON : 0;
    bool alone = !next || fabsf (next->x0 - line->x0) > SAME_PLACE * line->size;
    return alone || ends_sentence (before) ? RAP_LINE_BEGINS : 0;
}

//  On a new page or in a new column: margins are told by where its text stands.
static unsigned by_margin (const maker_t *m, const line_t *before, const line_t *line, const line_t *next)
{
    float here = line->x0 - line->left, there = before->x0 - before->left, same = SAME_PLACE * line->size;
    if (!is_indented (line))
        return by_room (m, before, line, next, true);
    if (fabsf (here - there) < same && !before->indented)
        return room_of (before, line) == FULL && !before->end && !line->labelled ? RAP_LINE_GOES_ON : 0;
    if (!before->end && room_of (before, line) == FULL)
        return 0;
    bool first = !next || !is_same_size (m, line, next) || next->x0 < line->x0 - same || has_gap (m, line, next);
    return first || line->labelled ? RAP_LINE_BEGINS : 0;
}

//  What the places of two lines tell: that a paragraph begins, goes on, or neither.
static unsigned relation (const maker_t *m, const line_t *before, const line_t *line, const line_t *next)
{
    if (!before || before->part == RAP_PDF_TABLE || before->leaders || !is_same_size (m, before, line))
        return RAP_LINE_BEGINS;
    bool across = line->fresh || before->page != line->page, gap = !across && has_gap (m, before, line);
    if (line->part == RAP_PDF_HEAD || before->part == RAP_PDF_HEAD)
        return across || gap ? RAP_LINE_BEGINS : 0;
    if (line->leaders)
        return 0;
    if (line->middle && across)
        return RAP_LINE_BEGINS;
    if (line->middle && before->middle && !gap)
        return RAP_LINE_GOES_ON;
    if (gap)
        return !before->end && line->lower && fabsf (line->x0 - before->x0) < line->size ? 0 : RAP_LINE_BEGINS;
    if (across)
        return by_margin (m, before, line, next);
    float dx = line->x0 - before->x0, same = SAME_PLACE * line->size;
    if (dx > same)
        return by_indent (before, line, next);
    if (dx > -same || before->indented)
        return by_room (m, before, line, next, false);
    return ends_sentence (before) ? RAP_LINE_BEGINS : 0;
}

//  --- putting -------------------------------------------------------------------------

//  Notes of the page that are marked with stars.
static bool has_star_note (maker_t *m, uint32_t page, size_t stars)
{
    if (m->stars_page != page + 1) {
        m->stars_page = page + 1;
        m->stars = 0;
        for (uint32_t i = m->rows->pages[page]; i < m->rows->pages[page + 1]; i++) {
            const rap_pdf_row_t *row = &m->rows->rows[i];
            rap_text_t mark = text_of (m, row, 0);
            if (row->kind == RAP_PDF_NOTE && mark.at[0] == '*' && mark.len < 8)
                m->stars |= 1U << mark.len;
        }
    }
    return stars < 8 && m->stars & 1U << stars;
}

static size_t stars_at_end (rap_text_t text)
{
    size_t stars = 0;
    while (stars < text.len && text.at[text.len - 1 - stars] == '*')
        stars++;
    return stars;
}

//  Words are gathered and put together: letters may combine over their ends.
static void gather (maker_t *m, rap_text_t text)
{
    if (m->piece_len + text.len > m->piece_room) {
        m->piece_room = (m->piece_len + text.len) * 2;
        m->piece = realloc (m->piece, m->piece_room);
        if (!m->piece)
            abort ();
    }
    memcpy (m->piece + m->piece_len, text.at, text.len);
    m->piece_len += text.len;
}

static void put_gathered (maker_t *m)
{
    if (m->piece_len)
        rap_maker_put (m->maker, rap_text_of (m->piece, m->piece_len), 0);
    m->piece_len = 0;
}

static void put_mark (maker_t *m, rap_text_t mark)
{
    put_gathered (m);
    rap_maker_put (m->maker, mark, RAP_RUN_MARK);
    m->marked = true;
}

static void put_word (maker_t *m, const line_t *line, const rap_pdf_row_t *row, uint32_t i, bool space)
{
    const rap_pdf_word_t *word = rap_pdf_word (m->rows, row, i);
    rap_text_t text = rap_pdf_word_text (m->rows, word);
    bool note = line->part == RAP_PDF_NOTES, body = line->part != RAP_PDF_EDGES && !note;
    bool mark =
        note ? row->kind == RAP_PDF_NOTE && i == 0 : body && rap_pdf_is_raised (row, word) && rap_pdf_is_mark (text);
    size_t stars = body && !mark ? stars_at_end (text) : 0;
    if (!stars || !has_star_note (m, line->page, stars))
        stars = 0;
    mark = mark || (stars && stars == text.len);
    //  A mark follows without a space; letters that might combine with it do not.
    if (mark ? space && !body : space || (m->marked && ((unsigned char)text.at[0] & 0xFE) == 0xCC))
        gather (m, RAP_TEXT (" "));
    m->marked = false;
    if (mark) {
        put_mark (m, text);
        return;
    }
    gather (m, rap_text_of (text.at, text.len - stars));
    if (stars)
        put_mark (m, rap_text_from (text, text.len - stars));
}

static void put_row (maker_t *m, const line_t *line, const rap_pdf_row_t *row)
{
    const rap_pdf_word_t *last = NULL;
    for (uint32_t i = 0; i < row->count; i++) {
        const rap_pdf_word_t *word = rap_pdf_word (m->rows, row, i);
        float size = last ? fmaxf (rap_pdf_word_size (last), rap_pdf_word_size (word)) : 0;
        put_word (m, line, row, i, last && word->x0 - last->x1 > (m->rows->uneven ? SPACE_UNEVEN : SPACE) * size);
        last = word;
    }
}

static void put_line (maker_t *m, const line_t *line)
{
    m->marked = false;
    for (uint32_t i = 0; i < line->count; i++) {
        bool cell =
            i && line->part == RAP_PDF_TABLE && row_of (m, line, i)->column != row_of (m, line, i - 1)->column;
        if (i)
            gather (m, cell ? RAP_TEXT (" | ") : RAP_TEXT (" "));
        put_row (m, line, row_of (m, line, i));
    }
    put_gathered (m);
}

static rap_status_t end_line (maker_t *m, line_t *line, const line_t *before, const line_t *next)
{
    put_line (m, line);
    if (line->part == RAP_PDF_EDGES)
        return rap_maker_end (m->maker, RAP_LINE_FURNITURE, 0, 0, m->reason);
    if (line->part == RAP_PDF_NOTES) {
        bool begins = row_of (m, line, 0)->kind == RAP_PDF_NOTE;
        return rap_maker_end (m->maker, begins ? RAP_LINE_NOTE : RAP_LINE_NOTE_MORE, 0, 0, m->reason);
    }
    if (line->part == RAP_PDF_TABLE)
        return rap_maker_end (m->maker, RAP_LINE_BODY, RAP_LINE_BEGINS | RAP_LINE_TABLE, 0, m->reason);
    unsigned flags = relation (m, before, line, next);
    line->indented = is_indented (line) && flags & RAP_LINE_BEGINS;
    if (line->fresh)
        flags |= RAP_LINE_PAGE;
    if (line->middle)
        flags |= RAP_LINE_CENTRED;
    if (is_large (m, line) && rap_maker_length (m->maker) < STRONG_MAX)
        flags |= RAP_LINE_STRONG;
    return rap_maker_end (m->maker, RAP_LINE_BODY, flags, 0, m->reason);
}

rap_status_t rap_pdf_lines_make (const rap_pdf_pages_t *pages, rap_maker_t *maker, rap_reason_t *reason)
{
    maker_t m = {.pages = pages, .rows = pages->rows, .maker = maker, .reason = reason};
    for (uint32_t i = 0; i < pages->pieces_count; i++)
        cut_piece (&m, &pages->pieces[i]);
    find_blocks (&m);
    find_middles (&m);
    find_custom (&m);
    rap_status_t status = RAP_OK;
    const line_t *before = NULL;
    for (uint32_t i = 0; i < m.count && status == RAP_OK; i++) {
        line_t *line = &m.lines[i];
        bool body = line->part == RAP_PDF_TEXT || line->part == RAP_PDF_HEAD || line->part == RAP_PDF_TABLE;
        const line_t *next = i + 1 < m.count && !line[1].fresh && line[1].part == line->part ? line + 1 : NULL;
        status = end_line (&m, line, before, next);
        before = body ? line : before;
    }
    free (m.lines);
    free (m.piece);
    return status;
}
