//  pdf_pages: which rows of a page are notes, and in which order the others are read.
#include "pdf.h"

#include <math.h>
#include <stdlib.h>

#include "glyph.h"
#include "vector.h"

//  Notes are set so much smaller than the text, as a rule.
#define NOTE_SIZE 0.95F
#define NOTE_SIZE_UNEVEN 0.8F

//  From line to line more than this, in usual steps, is white space between them.
#define GAP 1.3F

//  A masthead ends before this part of the first page's height.
#define HEAD 0.45F

enum { SPLITS_MAX = 32 };
enum { GUTTERS_MAX = 12, COLUMN_ROWS_MIN = 5, COLUMN_LETTERS_MIN = 20 };

//  A gutter is at least so wide; points.
#define GUTTER_MIN 8.0F

//  --- small questions -------------------------------------------------------------

static rap_pdf_row_t *row_at (const rap_pdf_pages_t *pages, uint32_t row)
{
    return &pages->rows->rows[row];
}

static rap_text_t word_text (const rap_pdf_pages_t *pages, const rap_pdf_row_t *row, uint32_t i)
{
    return rap_pdf_word_text (pages->rows, rap_pdf_word (pages->rows, row, i));
}

static bool is_all (rap_text_t text, char c)
{
    size_t len = 0;
    while (len < text.len && text.at[len] == c)
        len++;
    return len == text.len;
}

//  A rule made of underscores.
static bool is_rule (const rap_pdf_pages_t *pages, const rap_pdf_row_t *row)
{
    rap_text_t text = word_text (pages, row, 0);
    return row->count == 1 && text.len >= 5 && is_all (text, '_');
}

static bool begins_raised (const rap_pdf_pages_t *pages, const rap_pdf_row_t *row)
{
    return row->count > 1 && rap_pdf_is_raised (row, rap_pdf_word (pages->rows, row, 0))
           && rap_pdf_is_mark (word_text (pages, row, 0));
}

//  A mark of the size of the text, apart from it; a year is none.
static bool begins_plain (const rap_pdf_pages_t *pages, const rap_pdf_row_t *row)
{
    rap_text_t text = word_text (pages, row, 0);
    return row->count > 1 && rap_pdf_is_mark (text) && text.len < 4 && !glyph_is_lower (text.at[0]);
}

static float step_between (const rap_pdf_row_t *above, const rap_pdf_row_t *below)
{
    return below->base - above->base;
}

//  White space stands between the two rows.
static bool has_gap (const rap_pdf_pages_t *pages, const rap_pdf_row_t *above, const rap_pdf_row_t *below)
{
    return step_between (above, below) > GAP * pages->rows->leading * fmaxf (above->size, below->size);
}

//  --- pieces ----------------------------------------------------------------------

static void begin_piece (rap_pdf_pages_t *pages, rap_pdf_part_t part, uint32_t page)
{
    pages->pieces = vector_room (pages->pieces, pages->pieces_count, &pages->pieces_room, sizeof *pages->pieces);
    pages->pieces[pages->pieces_count++] = (rap_pdf_piece_t){
        .rows = pages->turn_count, .page = page, .part = (uint8_t)part, .left = pages->left, .right = pages->right};
}

static void add_row (rap_pdf_pages_t *pages, uint32_t row)
{
    pages->turn = vector_room (pages->turn, pages->turn_count, &pages->turn_room, sizeof *pages->turn);
    pages->turn[pages->turn_count++] = row;
    pages->pieces[pages->pieces_count - 1].count++;
}

//  --- notes -----------------------------------------------------------------------

//  Rows of the page at hand that are no furniture.
typedef struct {
    rap_pdf_pages_t *pages;
    uint32_t page;
    uint32_t *rows;
    uint32_t count;
} sheet_t;

static rap_pdf_row_t *of_sheet (const sheet_t *s, uint32_t i)
{
    return row_at (s->pages, s->rows[i]);
}

//  Set smaller than the text, and in one piece from left to right: not a table's.
static bool is_small (const sheet_t *s, uint32_t i)
{
    const rap_pdf_row_t *row = of_sheet (s, i);
    bool alone = (i == 0 || of_sheet (s, i - 1)->line != row->line)
                 && (i + 1 == s->count || of_sheet (s, i + 1)->line != row->line);
    float most = s->pages->rows->uneven ? NOTE_SIZE_UNEVEN : NOTE_SIZE;
    return alone && row->size <= most * s->pages->rows->body;
}

//  Under a rule of underscores: the topmost with nothing but notes under it.
static uint32_t notes_under_rule (const sheet_t *s)
{
    uint32_t from = s->count;
    for (uint32_t i = s->count; i-- > 0;) {
        const rap_pdf_row_t *next = i + 1 < s->count ? of_sheet (s, i + 1) : NULL;
        if (is_rule (s->pages, of_sheet (s, i))) {
            if (next && (is_small (s, i + 1) || begins_raised (s->pages, next)))
                from = i;
        } else if (from < s->count && !is_small (s, i))
            break;
    }
    return from;
}

//  Small rows at the page's end, from the first with a mark on, or from what goes
//  on from the page before.
static uint32_t small_notes (const sheet_t *s)
{
    uint32_t small = s->count, marked;
    while (small && is_small (s, small - 1))
        small--;
    for (marked = small; marked < s->count; marked++)
        if (begins_raised (s->pages, of_sheet (s, marked)) || begins_plain (s->pages, of_sheet (s, marked)))
            break;
    if (small == s->count || (small && !has_gap (s->pages, of_sheet (s, small - 1), of_sheet (s, small))))
        return marked;
    if (!s->pages->noted || (marked == s->count && !s->pages->note_open))
        return marked;
    for (uint32_t i = small + 1; i <= marked && i < s->count; i++)
        if (has_gap (s->pages, of_sheet (s, i - 1), of_sheet (s, i)))
            return marked;
    return small;
}

//  Notes as large as the text: each begins with a raised mark after white space.
static uint32_t raised_notes (const sheet_t *s)
{
    uint32_t from = s->count;
    for (uint32_t i = s->count; i-- > 1;) {
        bool gap = has_gap (s->pages, of_sheet (s, i - 1), of_sheet (s, i));
        bool marked = begins_raised (s->pages, of_sheet (s, i));
        if (marked)
            from = i;
        else if (gap && from > i)
            break;
    }
    return from;
}

static uint32_t number_of (rap_text_t text)
{
    uint32_t number = 0;
    for (size_t i = 0; i < text.len && i < 6 && glyph_is_digit (text.at[i]); i++)
        number = number * 10 + (uint32_t)(text.at[i] - '0');
    return number;
}

//  Numbers of notes go up, page by page or over all of the document.
static bool is_plausible (const sheet_t *s, uint32_t number, bool first)
{
    enum { SKIPPED = 3 };
    uint32_t last = s->pages->note;
    //  In a draft within a document they begin again.
    return first || !last || number == 1 || number == last + 1
           || (number > last && number <= last + SKIPPED && !s->pages->note_open);
}

static bool is_closed (rap_text_t text)
{
    return text.len && strchr (".)]", text.at[text.len - 1]);
}

static void mark_note (sheet_t *s, uint32_t i, bool *first)
{
    rap_pdf_pages_t *pages = s->pages;
    rap_pdf_row_t *row = of_sheet (s, i);
    rap_text_t mark = word_text (pages, row, 0);
    uint32_t number = number_of (mark);
    bool begins =
        begins_raised (pages, row) || (begins_plain (pages, row) && (!number || is_plausible (s, number, *first)));
    row->kind = begins || !pages->noted ? RAP_PDF_NOTE : RAP_PDF_NOTE_MORE;
    if (begins) {
        pages->note = number ? number : pages->note;
        pages->noted = true;
        *first = false;
    }
    pages->note_open = !is_closed (word_text (pages, row, row->count - 1));
}

//  Marks the page's notes and takes them away from its sheet.
static void take_notes (sheet_t *s)
{
    uint32_t from = notes_under_rule (s);
    if (from == s->count)
        from = small_notes (s);
    if (from == s->count)
        from = raised_notes (s);
    if (from == s->count)
        return;
    bool first = true;
    uint32_t body = from;
    for (uint32_t i = from; i < s->count; i++) {
        rap_pdf_row_t *row = of_sheet (s, i);
        if (is_rule (s->pages, row))
            row->kind = RAP_PDF_FURNITURE;
        else
            mark_note (s, i, &first);
        if (row->kind == RAP_PDF_NOTE && !s->pages->noted) { //  of no note: it is text
            row->kind = RAP_PDF_BODY;
            s->rows[body++] = s->rows[i];
        }
    }
    s->count = body;
}

//  --- columns ---------------------------------------------------------------------

typedef struct {
    float from, to;
} span_t;

//  Lines of print of a sheet that have gutters in common.
typedef struct {
    uint32_t from, to; //  rows of the sheet, half open
    span_t gutters[GUTTERS_MAX];
    uint32_t count;
    uint32_t multiple; //  lines with more than one row
} band_t;

static uint32_t line_behind (const sheet_t *s, uint32_t at)
{
    uint32_t line = of_sheet (s, at)->line;
    while (at < s->count && of_sheet (s, at)->line == line)
        at++;
    return at;
}

//  What is free of a line's rows of the gutters so far.
static uint32_t meet (const sheet_t *s, uint32_t from, uint32_t to, const span_t *gutters, uint32_t count,
                      span_t *met)
{
    uint32_t kept = 0;
    for (uint32_t g = 0; g < count; g++) {
        float at = gutters[g].from;
        for (uint32_t i = from; i <= to; i++) {
            float stop = i < to ? fminf (of_sheet (s, i)->x0, gutters[g].to) : gutters[g].to;
            if (stop - at >= GUTTER_MIN && kept < GUTTERS_MAX)
                met[kept++] = (span_t){at, stop};
            if (i < to)
                at = fmaxf (at, of_sheet (s, i)->x1);
        }
    }
    return kept;
}

//  Gutters with nothing on one side part nothing.
static bool reaches_right (const sheet_t *s, const band_t *band, uint32_t from)
{
    return of_sheet (s, from)->x0 >= band->gutters[0].to - 1;
}

//  The band that begins with the line at `from`, which has several rows.
static band_t find_band (const sheet_t *s, uint32_t from)
{
    band_t band = {.from = from, .to = from};
    uint32_t to = line_behind (s, from);
    for (uint32_t i = from; i + 1 < to && band.count < GUTTERS_MAX; i++)
        band.gutters[band.count++] = (span_t){of_sheet (s, i)->x1, of_sheet (s, i + 1)->x0};
    span_t gutters[GUTTERS_MAX], met[GUTTERS_MAX];
    uint32_t count = band.count;
    memcpy (gutters, band.gutters, sizeof gutters);
    for (uint32_t at = from; at < s->count; at = to) {
        to = line_behind (s, at);
        float far = (s->page ? 4 : 12) * s->pages->rows->leading * s->pages->rows->body;
        if (at > from && step_between (of_sheet (s, at - 1), of_sheet (s, at)) > far)
            break;
        count = meet (s, at, to, gutters, count, met);
        if (!count)
            break;
        memcpy (gutters, met, count * sizeof *met);
        bool several = to - at > 1;
        if (!several && !reaches_right (s, &band, at))
            continue;
        memcpy (band.gutters, gutters, count * sizeof *gutters);
        band.count = count;
        band.multiple += several;
        band.to = to;
    }
    return band;
}

//  The column of a row of the band.
static uint32_t column_of (const band_t *band, const rap_pdf_row_t *row)
{
    uint32_t column = 0;
    while (column < band->count && row->x0 >= band->gutters[column].to - 1)
        column++;
    return column;
}

//  Lines of the left column that stand at once above or below the band belong to it.
static void widen_band (const sheet_t *s, band_t *band)
{
    float most = GAP * s->pages->rows->leading;
    while (band->to < s->count) {
        const rap_pdf_row_t *row = of_sheet (s, band->to), *above = of_sheet (s, band->to - 1);
        if (line_behind (s, band->to) - band->to > 1 || row->x1 > band->gutters[0].to - GUTTER_MIN
            || step_between (above, row) > most * fmaxf (row->size, above->size)
            || fabsf (row->size - above->size) > 0.06F * row->size)
            break;
        band->to++;
    }
}

static bool is_before_band (const sheet_t *s, const band_t *band, uint32_t floor)
{
    if (band->from <= floor)
        return false;
    const rap_pdf_row_t *row = of_sheet (s, band->from - 1), *below = of_sheet (s, band->from);
    bool single = band->from < 2 || of_sheet (s, band->from - 2)->line != row->line;
    bool fits = row->x1 <= band->gutters[0].to - GUTTER_MIN || row->x0 >= band->gutters[0].to - 1;
    return single && fits
           && step_between (row, below) <= GAP * s->pages->rows->leading * fmaxf (row->size, below->size);
}

//  Columns of running text: enough lines, nearly as wide as the column.
static bool is_columns (const sheet_t *s, const band_t *band)
{
    if (band->count > 2)
        return false;
    for (uint32_t column = 0; column <= band->count; column++) {
        float left = 1e9F, right = 0, widths = 0;
        uint32_t rows = 0;
        uint64_t letters = 0;
        for (uint32_t i = band->from; i < band->to; i++) {
            const rap_pdf_row_t *row = of_sheet (s, i);
            if (column_of (band, row) != column)
                continue;
            left = fminf (left, row->x0);
            right = fmaxf (right, row->x1);
            widths += row->x1 - row->x0;
            rows++;
            for (uint32_t w = 0; w < row->count; w++)
                letters += rap_pdf_word (s->pages->rows, row, w)->len;
        }
        if (rows < COLUMN_ROWS_MIN || letters < (uint64_t)rows * COLUMN_LETTERS_MIN
            || widths < 0.7F * (right - left) * (float)rows)
            return false;
    }
    return true;
}

//  --- the order of reading --------------------------------------------------------

static void put_text (sheet_t *s, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    begin_piece (s->pages, RAP_PDF_TEXT, s->page);
    for (uint32_t i = from; i < to; i++)
        add_row (s->pages, s->rows[i]);
}

//  One column after the other.
static void put_columns (sheet_t *s, const band_t *band, rap_pdf_part_t part)
{
    for (uint32_t column = 0; column <= band->count; column++) {
        uint32_t before = s->pages->turn_count;
        begin_piece (s->pages, part, s->page);
        float left = 1e9F, right = 0;
        for (uint32_t i = band->from; i < band->to; i++) {
            const rap_pdf_row_t *row = of_sheet (s, i);
            if (column_of (band, row) != column)
                continue;
            add_row (s->pages, s->rows[i]);
            left = fminf (left, row->x0);
            right = fmaxf (right, row->x1);
        }
        rap_pdf_piece_t *piece = &s->pages->pieces[s->pages->pieces_count - 1];
        if (s->pages->turn_count == before) { //  nothing in it
            s->pages->pieces_count--;
            continue;
        }
        piece->left = left;
        piece->right = right;
    }
}

//  Two lines have something in both columns.
static bool are_pairs (const sheet_t *s, const rap_pdf_row_t *above, uint32_t i)
{
    const rap_pdf_row_t *row = of_sheet (s, i), *right = i + 1 < s->count ? of_sheet (s, i + 1) : row;
    return above->line + 1 == row->line && right != row && right->line == row->line;
}

//  Whether a row of the left column has nothing to do with that above: there is white
//  space between, or another size, or room above for its first word.
static bool is_apart (const sheet_t *s, const band_t *band, const rap_pdf_row_t *above, uint32_t i, float longest)
{
    const rap_pdf_row_t *row = of_sheet (s, i);
    const rap_pdf_word_t *first = rap_pdf_word (s->pages->rows, row, 0);
    float needs = above->x1 + 0.25F * row->size + first->x1 - first->x0;
    float right = are_pairs (s, above, i) ? band->gutters[0].to : longest;
    return has_gap (s->pages, above, row) || fabsf (above->size - row->size) > 0.1F * row->size
           || needs < right - row->size;
}

//  A masthead: what stands side by side, left before right, then what is below.
static void put_head (sheet_t *s, const band_t *band)
{
    const rap_pdf_row_t *left = NULL; //  the last row of the left column
    uint32_t from = band->from;
    float longest = 0;
    for (uint32_t i = band->from; i < band->to; i++)
        longest = column_of (band, of_sheet (s, i)) ? longest : fmaxf (longest, of_sheet (s, i)->x1);
    for (uint32_t i = band->from; i <= band->to; i++) {
        const rap_pdf_row_t *row = i < band->to ? of_sheet (s, i) : NULL;
        if (row && column_of (band, row) != 0)
            continue;
        bool fresh = !row || (left && is_apart (s, band, left, i, longest));
        if (fresh && i > from) {
            band_t part = *band;
            part.from = from;
            part.to = i;
            put_columns (s, &part, RAP_PDF_HEAD);
            from = i;
        }
        left = row;
    }
}

//  Some words of a row as a row of their own.
static uint32_t cut_row (rap_pdf_rows_t *rows, uint32_t index, uint32_t first, uint32_t behind)
{
    rap_pdf_row_t cut = rows->rows[index];
    cut.words += first;
    cut.count = behind - first;
    cut.labelled = cut.labelled && first == 0;
    cut.x0 = rap_pdf_word (rows, &cut, 0)->x0;
    cut.x1 = rap_pdf_word (rows, &cut, cut.count - 1)->x1;
    cut.text_x = first ? cut.x0 : cut.text_x;
    rows->rows = vector_room (rows->rows, rows->rows_count, &rows->rows_room, sizeof *rows->rows);
    rows->rows[rows->rows_count++] = cut;
    return rows->rows_count - 1;
}

//  What is free of words on all lines of a table parts its columns: narrower gutters
//  than those between rows, for there are many lines to tell them.
static void find_columns (const sheet_t *s, band_t *band)
{
    enum { WIDEST = 1024, BINS = 2 * WIDEST }; //  points; of half a point
    bool taken[BINS] = {false};
    float size = 0;
    for (uint32_t i = band->from; i < band->to; i++) {
        const rap_pdf_row_t *row = of_sheet (s, i);
        size = fmaxf (size, row->size);
        for (uint32_t w = 0; w < row->count; w++) {
            const rap_pdf_word_t *word = rap_pdf_word (s->pages->rows, row, w);
            for (float x = fmaxf (word->x0, 0); x < word->x1 && x < WIDEST; x += 0.5F)
                taken[(uint32_t)(x * 2)] = true;
        }
    }
    uint32_t least = (uint32_t)fmaxf (1.5F * size, 6), free = 0; //  in bins
    bool any = false;
    band->count = 0;
    for (uint32_t bin = 0; bin < BINS; bin++) {
        if (!taken[bin]) {
            free++;
            continue;
        }
        if (any && free >= least && band->count < GUTTERS_MAX)
            band->gutters[band->count++] = (span_t){(float)(bin - free) / 2, (float)bin / 2};
        any = true;
        free = 0;
    }
}

//  The words of a row that stand in one column, as a row of their own.
static void add_cell (sheet_t *s, const band_t *band, uint32_t index, uint32_t column)
{
    rap_pdf_rows_t *rows = s->pages->rows;
    const rap_pdf_row_t *row = &rows->rows[index];
    float from = column ? band->gutters[column - 1].to - 1 : -1e9F;
    float to = column < band->count ? band->gutters[column].to - 1 : 1e9F;
    uint32_t first = 0, behind;
    while (first < row->count && rap_pdf_word (rows, row, first)->x0 < from)
        first++;
    for (behind = first; behind < row->count && rap_pdf_word (rows, row, behind)->x0 < to;)
        behind++;
    if (first == behind)
        return;
    uint32_t cell = cut_row (rows, index, first, behind);
    rows->rows[cell].column = (uint8_t)column;
    add_row (s->pages, cell);
}

//  The lines of a table's row: column by column.
static void put_table_row (sheet_t *s, const band_t *band, uint32_t from, uint32_t to)
{
    begin_piece (s->pages, RAP_PDF_TABLE, s->page);
    for (uint32_t column = 0; column <= band->count; column++)
        for (uint32_t i = from; i < to; i++)
            add_cell (s, band, s->rows[i], column);
}

//  Columns in which the line at `from` has something.
static uint32_t columns_of (const sheet_t *s, const band_t *band, uint32_t from, bool *first)
{
    uint32_t columns = 0, to = line_behind (s, from);
    bool seen[GUTTERS_MAX + 1] = {false};
    for (uint32_t i = from; i < to; i++) {
        const rap_pdf_row_t *row = of_sheet (s, i);
        uint32_t column = 0;
        for (uint32_t w = 0; w < row->count; w++) {
            while (column < band->count && rap_pdf_word (s->pages->rows, row, w)->x0 >= band->gutters[column].to - 1)
                column++;
            columns += !seen[column];
            seen[column] = true;
        }
    }
    *first = seen[0];
    return columns;
}

//  Rows of a table begin after white space, or where there is none, with a line that
//  has something in the first column or in half of them.
static void put_table (sheet_t *s, band_t *band)
{
    float least = 1e9F, most = 0;
    find_columns (s, band);
    for (uint32_t i = band->from + 1; i < band->to; i++) {
        if (of_sheet (s, i)->line == of_sheet (s, i - 1)->line)
            continue;
        float step = step_between (of_sheet (s, i - 1), of_sheet (s, i));
        least = fminf (least, step);
        most = fmaxf (most, step);
    }
    uint32_t from = band->from;
    for (uint32_t i = line_behind (s, from); from < band->to; i = line_behind (s, i)) {
        bool fresh = i >= band->to, first = false;
        if (!fresh && most > GAP * least)
            fresh = step_between (of_sheet (s, i - 1), of_sheet (s, i)) > GAP * least;
        else if (!fresh)
            fresh = columns_of (s, band, i, &first) * 2 > band->count || first;
        if (fresh) {
            put_table_row (s, band, from, i < band->to ? i : band->to);
            from = i;
        }
        if (i >= band->to)
            break;
    }
}

//  Left and right of the page's text, when there is enough of it: the first place
//  where a good many lines begin, and where the longest but a few end.
static void measure (sheet_t *s)
{
    enum { ENOUGH = 8, BINS = 1024, MANY = 3 };
    uint32_t begin[BINS] = {0}, end[BINS] = {0}, seen = 0, at = BINS - 1, first = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const rap_pdf_row_t *row = of_sheet (s, i);
        if (fabsf (row->size - s->pages->rows->body) > 0.06F * row->size || row->x0 < 0)
            continue;
        begin[row->x0 < BINS - 1 ? (uint32_t)row->x0 : BINS - 1]++;
        end[row->x1 < BINS - 1 ? (uint32_t)row->x1 : BINS - 1]++;
        seen++;
    }
    if (seen < ENOUGH && s->pages->right > 0)
        return;
    for (uint32_t over = 0; at && (over += end[at]) * 20 <= seen;)
        at--;
    while (first + 1 < BINS
           && (begin[first] + begin[first + 1] < MANY || (begin[first] + begin[first + 1]) * 12 < seen))
        first++;
    s->pages->left = (float)(first + 1 < BINS ? first : 0);
    s->pages->right = (float)at + 1;
}

static void put_band (sheet_t *s, band_t *band, uint32_t *text)
{
    const rap_pdf_page_t *page = &s->pages->rows->words->pages[s->page];
    bool columns = is_columns (s, band);
    bool head = !columns && s->page == 0 && of_sheet (s, band->from)->base < HEAD * page->height;
    if (!head && !columns && band->multiple < 2)
        return; //  one line with a gap in it
    if (head || columns)
        widen_band (s, band);
    while (!head && is_before_band (s, band, *text)) {
        span_t met[GUTTERS_MAX];
        if (meet (s, band->from - 1, band->from, band->gutters, band->count, met) != band->count)
            break;
        memcpy (band->gutters, met, band->count * sizeof *met);
        band->from--;
    }
    put_text (s, *text, band->from);
    *text = band->to;
    if (head)
        put_head (s, band);
    else if (columns)
        put_columns (s, band, RAP_PDF_TEXT);
    else
        put_table (s, band);
}

//  The word of a row that begins where a column does, after a space; 0 none.
static uint32_t word_at (const sheet_t *s, const rap_pdf_row_t *row, float x, float gap)
{
    for (uint32_t w = 1; w < row->count; w++) {
        const rap_pdf_word_t *word = rap_pdf_word (s->pages->rows, row, w);
        if (fabsf (word->x0 - x) < 1.5F && word->x0 - rap_pdf_word (s->pages->rows, row, w - 1)->x1 > gap * row->size)
            return w;
    }
    return 0;
}

//  In a masthead's right column a line may begin close to what stands on its left.
static void split_head (sheet_t *s)
{
    const rap_pdf_page_t *page = &s->pages->rows->words->pages[s->page];
    float left = 0, right = 0;        //  where the columns begin; 0: not known
    uint32_t splits = 0, columns = 0; //  the last line with both
    for (uint32_t i = 0; i < s->count && splits < SPLITS_MAX; i++) {
        const rap_pdf_row_t *row = of_sheet (s, i);
        if (s->page || row->base > HEAD * page->height)
            return;
        if (i && of_sheet (s, i - 1)->line == row->line) {
            right = row->x0;
            left = of_sheet (s, i - 1)->x0;
            columns = row->line;
            continue;
        }
        //  At once below such a line even less than a space is enough.
        float gap = row->line == columns + 1 ? 0.05F : 0.2F;
        uint32_t word = right > 0 && fabsf (row->x0 - left) < 1.5F ? word_at (s, row, right, gap) : 0;
        if (!word) { //  a line across both columns is none of a masthead's
            right = row->x0 < right && row->x1 > right ? 0 : right;
            continue;
        }
        columns = row->line;
        uint32_t index = s->rows[i], count = row->count;
        s->rows[i] = cut_row (s->pages->rows, index, 0, word);
        memmove (&s->rows[i + 2], &s->rows[i + 1], (s->count - i - 1) * sizeof *s->rows);
        s->rows[i + 1] = cut_row (s->pages->rows, index, word, count);
        s->count++;
        splits++;
    }
}

static void put_body (sheet_t *s)
{
    uint32_t text = 0; //  rows before it are put
    for (uint32_t at = 0; at < s->count;) {
        uint32_t to = line_behind (s, at);
        if (to - at > 1) {
            band_t band = find_band (s, at);
            put_band (s, &band, &text);
            to = text > to ? text : to;
        }
        at = to;
    }
    put_text (s, text, s->count);
}

static void put_kind (sheet_t *s, rap_pdf_part_t part, bool notes)
{
    const rap_pdf_rows_t *rows = s->pages->rows;
    bool begun = false;
    for (uint32_t i = rows->pages[s->page]; i < rows->pages[s->page + 1]; i++) {
        rap_pdf_kind_t kind = (rap_pdf_kind_t)rows->rows[i].kind;
        if (kind == RAP_PDF_BODY || (kind == RAP_PDF_FURNITURE) == notes)
            continue;
        if (!begun)
            begin_piece (s->pages, part, s->page);
        begun = true;
        add_row (s->pages, i);
    }
}

void rap_pdf_pages_make (rap_pdf_rows_t *rows, rap_pdf_pages_t *pages)
{
    *pages = (rap_pdf_pages_t){.rows = rows};
    sheet_t sheet = {.pages = pages, .rows = calloc ((size_t)rows->rows_count + 1 + SPLITS_MAX, sizeof *sheet.rows)};
    if (!sheet.rows)
        abort ();
    for (uint32_t p = 0; p < rows->words->pages_count; p++) {
        sheet.page = p;
        sheet.count = 0;
        for (uint32_t i = rows->pages[p]; i < rows->pages[p + 1]; i++)
            if (rows->rows[i].kind == RAP_PDF_BODY)
                sheet.rows[sheet.count++] = i;
        take_notes (&sheet);
        measure (&sheet);
        split_head (&sheet);
        put_body (&sheet);
        put_kind (&sheet, RAP_PDF_NOTES, true);
        put_kind (&sheet, RAP_PDF_EDGES, false);
    }
    free (sheet.rows);
}

void rap_pdf_pages_fini (rap_pdf_pages_t *pages)
{
    free (pages->turn);
    free (pages->pieces);
    *pages = (rap_pdf_pages_t){.rows = NULL};
}
