//  pdf_rows: words to lines of print, lines to rows, and what stands on every page.
#include "pdf.h"

#include <math.h>
#include <stdlib.h>

#include "glyph.h"
#include "vector.h"

//  Where the line stands on which letters are set, from the top of their box, in its height.
#define BASE 0.805F

//  Of the smaller of two sizes: what stands on one line of print may differ by so much.
#define SAME_LINE 0.2F

//  A raised or lowered word is so much smaller than its line at least.
#define SMALLER 0.85F

//  Sizes of type; points.
#define WIDE_GAP 1.6F
#define WIDE_GAP_MIN 14.0F
#define LABEL_GAP 5.0F

//  Running heads stand in this part of a page's height, at its top and bottom.
#define MARGIN 0.13F

//  Of a page's width; a line of text is longer.
#define SHORT 0.45F

//  --- lines of print --------------------------------------------------------------

typedef struct {
    float base;
    float x0;
    float size;
    uint32_t word;
    uint32_t line; //  number of its line of print on the page
} spot_t;

typedef struct {
    float base;
    float size;        //  of its largest word
    uint32_t from, to; //  its spots
} print_t;

typedef struct {
    rap_pdf_rows_t *rows;
    spot_t *spots;
    uint32_t spots_count;
    print_t *lines;
    uint32_t lines_count, lines_room;
    uint32_t line; //  number of the last line, over all pages
} page_t;

static int by_base (const void *a, const void *b)
{
    const spot_t *x = a, *y = b;
    if (x->base < y->base || x->base > y->base)
        return x->base < y->base ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

static int by_line (const void *a, const void *b)
{
    const spot_t *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->x0 < y->x0 || x->x0 > y->x0)
        return x->x0 < y->x0 ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

//  The spots, in order of their bases, fall apart into lines.
static void find_lines (page_t *p)
{
    p->lines_count = 0;
    for (uint32_t i = 0; i < p->spots_count; i++) {
        spot_t *spot = &p->spots[i];
        print_t *last = p->lines_count ? &p->lines[p->lines_count - 1] : NULL;
        if (!last || spot->base - last->base > SAME_LINE * fminf (spot->size, last->size)) {
            p->lines = vector_room (p->lines, p->lines_count, &p->lines_room, sizeof *p->lines);
            last = &p->lines[p->lines_count++];
            *last = (print_t){.base = spot->base, .size = spot->size, .from = i};
        }
        last->size = fmaxf (last->size, spot->size);
        last->to = i + 1;
        spot->line = p->lines_count - 1;
    }
    qsort (p->spots, p->spots_count, sizeof *p->spots, by_line);
}

//  Whether a small word stands at once before or behind a word of the line.
static bool touches (const page_t *p, const print_t *line, const spot_t *small)
{
    const rap_pdf_word_t *words = p->rows->words->words;
    uint32_t from = line->from, to = line->to;
    while (from < to) { //  the first word that begins behind it
        uint32_t middle = from + (to - from) / 2;
        if (p->spots[middle].x0 <= small->x0)
            from = middle + 1;
        else
            to = middle;
    }
    const rap_pdf_word_t *word = &words[small->word];
    const spot_t *before = from > line->from ? &p->spots[from - 1] : NULL;
    const spot_t *after = from < line->to ? &p->spots[from] : NULL;
    float gap_before = before ? word->x0 - words[before->word].x1 : 0;
    float gap_after = after ? after->x0 - word->x1 : 0;
    if (before && small->size < SMALLER * before->size && fabsf (gap_before) < 0.5F * before->size)
        return true;
    return after && small->size < SMALLER * after->size && gap_after > -0.5F * small->size
           && gap_after < 1.5F * after->size;
}

//  Raised and lowered words go to the line that they stand at.
static void attach_small (page_t *p)
{
    enum { NEAR = 4 };
    for (uint32_t l = 0; l < p->lines_count; l++) {
        for (uint32_t i = p->lines[l].from; i < p->lines[l].to; i++) {
            spot_t *spot = &p->spots[i];
            for (uint32_t m = l > NEAR ? l - NEAR : 0; m < p->lines_count && m <= l + NEAR; m++) {
                const print_t *other = &p->lines[m];
                float above = other->base - spot->base; //  of the other's base
                if (m == l || above > 0.6F * other->size || above < -0.3F * other->size || !touches (p, other, spot))
                    continue;
                spot->line = m;
                break;
            }
        }
    }
    qsort (p->spots, p->spots_count, sizeof *p->spots, by_line);
}

//  --- rows ------------------------------------------------------------------------

//  A number or letter that stands before a paragraph: '12.', '(iv)', a bullet.
static bool is_label (rap_text_t text)
{
    static const char *const bullets[] = {
        "\xE2\x80\xA2", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x97\x8F", "\xE2\x96\xAA", "\xC2\xB7", "-",
        "\xEF\x82\xB7"};
    enum { LABEL_MAX = 8 };
    for (size_t i = 0; i < sizeof bullets / sizeof *bullets; i++)
        if (rap_text_equal (text, rap_text (bullets[i])))
            return true;
    if (text.len < 2 || text.len > LABEL_MAX || !strchr (".)", text.at[text.len - 1]))
        return false;
    size_t letters = 0, digits = 0;
    bool roman = true;
    for (size_t i = text.at[0] == '('; i + 1 < text.len; i++) {
        digits = glyph_is_digit (text.at[i]) ? digits + 1 : 0;
        if (digits > 3) //  a year that ends a sentence
            return false;
        if (glyph_is_letter (text.at[i])) {
            letters++;
            roman = roman && strchr ("IVXLCivxlc", text.at[i]);
        } else if (!glyph_is_digit (text.at[i]) && text.at[i] != '.' && text.at[i] != ')')
            return false;
    }
    return letters < 2 || roman;
}

static bool is_leaders (rap_text_t text)
{
    size_t dots = 0;
    for (size_t i = 0; i < text.len; i++)
        dots += text.at[i] == '.';
    return dots >= 5 && dots * 3 > text.len * 2;
}

//  The size of most of a row's letters.
static float size_of (const rap_pdf_rows_t *rows, const rap_pdf_row_t *row)
{
    float size = 0;
    int64_t lead = 0; //  letters of that size above those of others
    for (uint32_t i = 0; i < row->count; i++) {
        const rap_pdf_word_t *word = rap_pdf_word (rows, row, i);
        float own = rap_pdf_word_size (word);
        if (lead && fabsf (own - size) < 0.06F * size) {
            lead += word->len;
            continue;
        }
        lead -= word->len;
        if (lead < 0) {
            size = own;
            lead = -lead;
        }
    }
    return size;
}

static void end_row (rap_pdf_rows_t *rows, rap_pdf_row_t *row)
{
    row->size = size_of (rows, row);
    const rap_pdf_word_t *first = rap_pdf_word (rows, row, 0);
    row->text_x = row->labelled && row->count > 1 ? rap_pdf_word (rows, row, 1)->x0 : row->x0;
    //  A note's mark stands before its text, too.
    if (row->count > 1 && rap_pdf_is_raised (row, first))
        row->text_x = rap_pdf_word (rows, row, 1)->x0;
    rows->rows = vector_room (rows->rows, rows->rows_count, &rows->rows_room, sizeof *rows->rows);
    rows->rows[rows->rows_count++] = *row;
}

static bool is_wide_gap (const rap_pdf_rows_t *rows, const rap_pdf_row_t *row, const rap_pdf_word_t *word)
{
    const rap_pdf_word_t *last = rap_pdf_word (rows, row, row->count - 1);
    float size = fmaxf (rap_pdf_word_size (last), rap_pdf_word_size (word)), gap = word->x0 - row->x1;
    if (row->leaders || is_leaders (rap_pdf_word_text (rows, word)))
        return false;
    bool alone = row->count == 1 && (row->labelled || rap_pdf_is_mark (rap_pdf_word_text (rows, last)));
    return gap > (alone ? LABEL_GAP * size : fmaxf (WIDE_GAP * size, WIDE_GAP_MIN));
}

//  The same word again at the same place: so programs feign bold type and shadows.
static bool is_double (const rap_pdf_rows_t *rows, const rap_pdf_row_t *row, const rap_pdf_word_t *word)
{
    const rap_pdf_word_t *last = rap_pdf_word (rows, row, row->count - 1);
    return fabsf (word->x0 - last->x0) < 0.1F * rap_pdf_word_size (word)
           && rap_text_equal (rap_pdf_word_text (rows, word), rap_pdf_word_text (rows, last));
}

//  The spots of a page, in order, to rows.
static void make_rows (page_t *p)
{
    rap_pdf_rows_t *rows = p->rows;
    rap_pdf_row_t row = {.count = 0};
    for (uint32_t i = 0; i < p->spots_count; i++) {
        const spot_t *spot = &p->spots[i];
        const rap_pdf_word_t *word = &rows->words->words[spot->word];
        rap_text_t text = rap_pdf_word_text (rows, word);
        bool fresh = i == 0 || spot->line != spot[-1].line;
        if (row.count && (fresh || is_wide_gap (rows, &row, word))) {
            end_row (rows, &row);
            row.count = 0;
        }
        p->line += fresh;
        if (row.count && is_double (rows, &row, word))
            continue;
        if (!row.count)
            row = (rap_pdf_row_t){.x0 = word->x0,
                                  .x1 = word->x1,
                                  .base = p->lines[spot->line].base,
                                  .words = rows->order_count,
                                  .line = p->line,
                                  .labelled = is_label (text)};
        rows->order[rows->order_count++] = spot->word;
        row.count++;
        row.leaders = row.leaders || is_leaders (text);
        row.x1 = fmaxf (row.x1, word->x1);
    }
    if (row.count)
        end_row (rows, &row);
}

bool rap_pdf_is_raised (const rap_pdf_row_t *row, const rap_pdf_word_t *word)
{
    float size = rap_pdf_word_size (word);
    return size < SMALLER * row->size && word->y0 + BASE * size < row->base - 0.1F * row->size;
}

bool rap_pdf_is_mark (rap_text_t text)
{
    size_t digits = 0, stars = 0;
    for (size_t i = 0; i < text.len && i < 8; i++) {
        digits += glyph_is_digit (text.at[i]);
        stars += text.at[i] == '*';
    }
    return text.len
           && ((digits == text.len && digits < 5) || (stars == text.len && stars < 5)
               || (text.len == 1 && glyph_is_lower (text.at[0])));
}

static void read_page (page_t *p, const rap_pdf_page_t *page)
{
    const rap_pdf_word_t *words = p->rows->words->words;
    p->spots_count = 0;
    for (uint32_t i = page->words; i < page->words + page->count; i++) {
        float size = rap_pdf_word_size (&words[i]);
        //  What is set upright along the page's edge is no text of it.
        if (words[i].len > 3 && words[i].x1 - words[i].x0 < 0.3F * size)
            continue;
        p->spots[p->spots_count++] =
            (spot_t){.base = words[i].y0 + BASE * size, .x0 = words[i].x0, .size = size, .word = i};
    }
    qsort (p->spots, p->spots_count, sizeof *p->spots, by_base);
    find_lines (p);
    attach_small (p);
    make_rows (p);
}

//  --- sizes -----------------------------------------------------------------------

//  The size of most letters of the document, to a quarter of a point.
static float body_size (const rap_pdf_rows_t *rows)
{
    enum { LARGEST = 100, SIZES = 4 * LARGEST };
    uint64_t letters[SIZES] = {0};
    uint32_t best = 0;
    for (uint32_t i = 0; i < rows->rows_count; i++) {
        const rap_pdf_row_t *row = &rows->rows[i];
        uint32_t size = row->size < LARGEST ? (uint32_t)(row->size * 4) : SIZES - 1;
        for (uint32_t w = 0; w < row->count; w++)
            letters[size] += rap_pdf_word (rows, row, w)->len;
        best = letters[size] > letters[best] ? size : best;
    }
    return (float)best / 4 + 0.125F;
}

//  From one line to the next that surely goes on with it, in sizes of type; and whether
//  these have one size, as in print, or each its own, as where a picture's letters were
//  recognized.
static void measure_steps (rap_pdf_rows_t *rows)
{
    enum { STEPS = 150 }; //  of a fiftieth
    uint32_t seen[STEPS] = {0}, best = 60, pairs = 0, uneven = 0;
    for (uint32_t i = 1; i < rows->rows_count; i++) {
        const rap_pdf_row_t *row = &rows->rows[i], *before = row - 1;
        float step = (row->base - before->base) / rows->body;
        if (step < 0.5F || step * 50 >= STEPS || fabsf (row->x0 - before->x0) > 4 * row->size
            || !glyph_starts_lower (rap_pdf_word_text (rows, rap_pdf_word (rows, row, 0))))
            continue;
        uint32_t at = (uint32_t)(step * 50);
        seen[at] += fabsf (row->size - rows->body) < 0.06F * rows->body;
        best = seen[at] > seen[best] ? at : best;
        pairs++;
        uneven += fabsf (row->size - before->size) > 0.06F * row->size;
    }
    rows->leading = ((float)best + 0.5F) / 50;
    rows->uneven = uneven * 4 > pairs;
}

//  --- furniture -------------------------------------------------------------------
//  Rows at the same end of neighbouring pages that read the same, numbers apart.

enum { END_LINES = 8, KEYS_MAX = 24, NUMBERS_MAX = 6, JOBS_MAX = 16, JOB_DIGITS_MIN = 6, REACH = 2 };

typedef struct {
    uint64_t text; //  what it says, numbers apart
    uint32_t numbers[NUMBERS_MAX];
    uint32_t numbers_count;
    bool roman; //  nothing but a roman number
} says_t;

typedef struct {
    says_t keys[KEYS_MAX];
    float sizes[KEYS_MAX];
    float bases[KEYS_MAX];
    uint32_t count;
} end_t;

typedef struct {
    rap_pdf_rows_t *rows;
    end_t *ends;             //  two a page: top, bottom
    uint64_t jobs[JOBS_MAX]; //  numbers of print jobs, as they stand in furniture
    uint32_t jobs_count;
} furniture_t;

//  FNV-1a of a row's text, a run of digits as one sign, and its numbers.
static says_t says_of (const rap_pdf_rows_t *rows, const rap_pdf_row_t *row)
{
    says_t says = {.text = 14695981039346656037U, .roman = row->count == 1};
    char last = 0;
    for (uint32_t i = 0; i < row->count; i++) {
        rap_text_t text = rap_pdf_word_text (rows, rap_pdf_word (rows, row, i));
        for (size_t at = 0; at < text.len; at++, last = text.at[at - 1]) {
            bool digit = glyph_is_digit (text.at[at]), more = digit && at && glyph_is_digit (last);
            says.roman = says.roman && text.len < 8 && memchr ("ivxlc", text.at[at], 5);
            if (digit && !more && says.numbers_count < NUMBERS_MAX)
                says.numbers[says.numbers_count++] = 0;
            if (digit && says.numbers_count) {
                uint32_t *number = &says.numbers[says.numbers_count - 1];
                *number = *number * 10 + (uint32_t)(text.at[at] - '0');
            }
            if (!more)
                says.text = (says.text ^ (unsigned char)(digit ? '#' : text.at[at])) * 1099511628211U;
        }
    }
    return says;
}

//  Two rows, so many pages after one another, say the same, but for a page's number.
typedef enum { DIFFERENT, COUNTED, SAME } sameness_t;

static sameness_t compare (const says_t *a, const says_t *b, int64_t pages)
{
    if (a->roman && b->roman)
        return COUNTED;
    if (a->text != b->text || a->numbers_count != b->numbers_count)
        return DIFFERENT;
    sameness_t same = SAME;
    for (uint32_t i = 0; i < a->numbers_count && same; i++)
        if (a->numbers[i] != b->numbers[i])
            same = (int64_t)b->numbers[i] - a->numbers[i] == pages ? COUNTED : DIFFERENT;
    return same;
}

//  Rows of one line of print: from `at` on, or up to it.
static uint32_t line_end (const rap_pdf_rows_t *rows, uint32_t at, uint32_t stop, int step)
{
    uint32_t line = rows->rows[at].line;
    while (at != stop && rows->rows[at].line == line)
        at += (uint32_t)step;
    return at;
}

static bool in_margin (const rap_pdf_page_t *page, const rap_pdf_row_t *row, int step)
{
    return step > 0 ? row->base < MARGIN * page->height : row->base > (1 - MARGIN) * page->height;
}

//  A walk over the lines of an end of a page: from the outside inwards.
typedef struct {
    uint32_t at, stop; //  the next row; behind the last, in the walk's direction
    int step;
} walk_t;

static walk_t walk_of (const rap_pdf_rows_t *rows, uint32_t page, int end)
{
    uint32_t first = rows->pages[page], behind = rows->pages[page + 1];
    return end == 0 ? (walk_t){first, behind, 1} : (walk_t){behind - 1, first - 1, -1};
}

static void collect (furniture_t *f, uint32_t page, int end)
{
    const rap_pdf_rows_t *rows = f->rows;
    end_t *keys = &f->ends[page * 2 + (uint32_t)end];
    walk_t walk = walk_of (rows, page, end);
    for (int lines = 0; lines < END_LINES && walk.at != walk.stop; lines++) {
        uint32_t next = line_end (rows, walk.at, walk.stop, walk.step);
        if (!in_margin (&rows->words->pages[page], &rows->rows[walk.at], walk.step))
            break;
        for (uint32_t i = walk.at; i != next; i += (uint32_t)walk.step)
            if (keys->count < KEYS_MAX) {
                keys->keys[keys->count] = says_of (rows, &rows->rows[i]);
                keys->bases[keys->count] = rows->rows[i].base;
                keys->sizes[keys->count++] = rows->rows[i].size;
            }
        walk.at = next;
    }
}

//  How surely a row belongs to its page.
typedef enum { TEXT, LIKELY, SURE } ours_t;

//  The row's text stands at the same end of a page close by, set as large (a masthead's
//  symbol is larger than that of running heads); surely, if it is short, at the same
//  height and with the same numbers.
static ours_t is_repeated (const furniture_t *f, uint32_t page, int end, const rap_pdf_row_t *row)
{
    const rap_pdf_rows_t *rows = f->rows;
    says_t says = says_of (rows, row);
    uint32_t pages = rows->words->pages_count;
    ours_t ours = TEXT;
    if (row->count > 1 && rap_pdf_is_raised (row, rap_pdf_word (rows, row, 0))) //  a note
        return TEXT;
    for (uint32_t p = page > REACH ? page - REACH : 0; p < pages && p <= page + REACH; p++) {
        const end_t *keys = &f->ends[p * 2 + (uint32_t)end];
        for (uint32_t i = 0; i < keys->count && p != page; i++) {
            sameness_t same = compare (&says, &keys->keys[i], (int64_t)p - (int64_t)page);
            if (!same || fabsf (keys->sizes[i] - row->size) > (rows->uneven ? 0.4F : 0.12F) * row->size)
                continue;
            if (same == SAME && fabsf (keys->bases[i] - row->base) < (rows->uneven ? 5 : 2)
                && row->x1 - row->x0 < SHORT * rows->words->pages[page].width)
                return SURE;
            ours = LIKELY;
        }
    }
    return ours;
}

//  The first page's running head says what its masthead says again.
static bool is_said_again (const furniture_t *f, uint32_t page, int end, uint32_t at)
{
    enum { MASTHEAD_ROWS = 12 };
    const rap_pdf_rows_t *rows = f->rows;
    says_t says = says_of (rows, &rows->rows[at]);
    for (uint32_t i = at + 1; page == 0 && end == 0 && i < rows->pages[1] && i <= at + MASTHEAD_ROWS; i++) {
        says_t again = says_of (rows, &rows->rows[i]);
        if (compare (&says, &again, 0) == SAME)
            return true;
    }
    return false;
}

//  The digits of a number of a print job, as a number; 0 if the text has none.
static uint64_t job_of (rap_text_t text)
{
    uint64_t job = 0;
    uint32_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (glyph_is_digit (text.at[i]) && ++digits < 12)
            job = job * 10 + (uint64_t)(text.at[i] - '0');
        else if (!strchr ("-*.VGE()", text.at[i]))
            return 0;
    }
    return digits >= JOB_DIGITS_MIN && digits < 12 ? job : 0;
}

static void learn_jobs (furniture_t *f, const rap_pdf_row_t *row)
{
    for (uint32_t i = 0; i < row->count && f->jobs_count < JOBS_MAX; i++) {
        uint64_t job = job_of (rap_pdf_word_text (f->rows, rap_pdf_word (f->rows, row, i)));
        bool known = !job;
        for (uint32_t j = 0; j < f->jobs_count && !known; j++)
            known = f->jobs[j] == job;
        if (!known)
            f->jobs[f->jobs_count++] = job;
    }
}

static bool has_job (const furniture_t *f, const rap_pdf_row_t *row)
{
    for (uint32_t i = 0; i < row->count; i++) {
        uint64_t job = job_of (rap_pdf_word_text (f->rows, rap_pdf_word (f->rows, row, i)));
        for (uint32_t j = 0; j < f->jobs_count && job; j++)
            if (f->jobs[j] == job)
                return true;
    }
    return false;
}

static uint32_t take_digits (rap_text_t *text)
{
    uint32_t number = 0;
    for (int digits = 0; digits < 6 && text->len && glyph_is_digit (text->at[0]); digits++) {
        number = number * 10 + (uint32_t)(text->at[0] - '0');
        *text = rap_text_from (*text, 1);
    }
    return number;
}

//  The number of a page, '12', '2/14' or '-3-', and of how many (0: not said); 0 if
//  the text is none.
static uint32_t page_of (rap_text_t text, uint32_t *of)
{
    while (text.len && text.at[0] == '-')
        text = rap_text_from (text, 1);
    uint32_t number = take_digits (&text);
    *of = 0;
    if (text.len && text.at[0] == '/') {
        text = rap_text_from (text, 1);
        *of = take_digits (&text);
        number = *of ? number : 0;
    }
    while (text.len && text.at[0] == '-')
        text = rap_text_from (text, 1);
    return text.len ? 0 : number;
}

//  Nothing but a page's number, perhaps with that of the print job: 'n/m' with n at
//  most m, or the very number of the page.
static ours_t is_page_number (const rap_pdf_rows_t *rows, uint32_t page, const rap_pdf_row_t *row)
{
    ours_t ours = TEXT;
    for (uint32_t i = 0; i < row->count; i++) {
        rap_text_t text = rap_pdf_word_text (rows, rap_pdf_word (rows, row, i));
        uint32_t of, number = page_of (text, &of);
        if (number && (of ? number <= of : number == page + 1))
            ours = SURE;
        else if (!job_of (text) && !rap_text_equal (text, RAP_TEXT ("-"))
                 && !rap_text_equal (text, RAP_TEXT ("\xE2\x80\x93")))
            return TEXT;
    }
    return ours;
}

//  More than from line to line between the furniture and the text.
static bool stands_apart (const rap_pdf_rows_t *rows, const rap_pdf_row_t *outer, const rap_pdf_row_t *inner)
{
    return fabsf (outer->base - inner->base)
           > 1.35F * rows->leading * fmaxf (outer->size, fminf (inner->size, rows->body));
}

//  Of the rows of a line of print, from `at` to `next`, the surest.
static ours_t judge_line (const furniture_t *f, uint32_t page, int end, bool outermost, bool jobs, uint32_t at,
                          uint32_t next, int step)
{
    const rap_pdf_rows_t *rows = f->rows;
    ours_t ours = TEXT;
    for (uint32_t i = at; i != next; i += (uint32_t)step) {
        const rap_pdf_row_t *row = &rows->rows[i];
        ours_t own = is_repeated (f, page, end, row);
        if (row->kind == RAP_PDF_FURNITURE || (jobs && has_job (f, row))
            || (outermost && (is_page_number (rows, page, row) || is_said_again (f, page, end, i))))
            own = SURE;
        ours = own > ours ? own : ours;
    }
    return ours;
}

//  Marks the lines from the outside of a page inwards, as long as they are furniture.
static void peel (furniture_t *f, uint32_t page, int end, bool jobs)
{
    rap_pdf_rows_t *rows = f->rows;
    walk_t walk = walk_of (rows, page, end);
    uint32_t starts[END_LINES + 1], count = 0;
    ours_t ours[END_LINES];
    while (count < END_LINES && walk.at != walk.stop) {
        uint32_t next = line_end (rows, walk.at, walk.stop, walk.step);
        if (!in_margin (&rows->words->pages[page], &rows->rows[walk.at], walk.step))
            break;
        ours[count] = judge_line (f, page, end, count == 0, jobs, walk.at, next, walk.step);
        if (ours[count] == TEXT)
            break;
        //  What stands apart from the outermost lines must stand apart from the text, too.
        if (count && !jobs && stands_apart (rows, &rows->rows[starts[count - 1]], &rows->rows[walk.at]))
            ours[count] = LIKELY;
        starts[count++] = walk.at;
        walk.at = next;
    }
    starts[count] = walk.at;
    while (count && ours[count - 1] != SURE && starts[count] != walk.stop
           && !stands_apart (rows, &rows->rows[starts[count - 1]], &rows->rows[starts[count]]))
        count--;
    for (uint32_t i = count ? starts[0] : 0; count && i != starts[count]; i += (uint32_t)walk.step) {
        rows->rows[i].kind = RAP_PDF_FURNITURE;
        learn_jobs (f, &rows->rows[i]);
    }
}

static void find_furniture (rap_pdf_rows_t *rows)
{
    uint32_t pages = rows->words->pages_count;
    furniture_t f = {.rows = rows, .ends = calloc ((size_t)pages * 2 + 1, sizeof (end_t))};
    if (!f.ends)
        abort ();
    for (uint32_t p = 0; p < pages; p++)
        for (int end = 0; end < 2; end++)
            collect (&f, p, end);
    for (uint32_t p = 0; p < pages; p++)
        for (int end = 0; end < 2; end++)
            peel (&f, p, end, false);
    for (uint32_t p = 0; p < pages && f.jobs_count; p++)
        peel (&f, p, 1, true);
    free (f.ends);
}

//  --- all of it -------------------------------------------------------------------

void rap_pdf_rows_make (const rap_pdf_words_t *words, rap_pdf_rows_t *rows)
{
    *rows = (rap_pdf_rows_t){.words = words};
    uint32_t most = 0;
    for (uint32_t p = 0; p < words->pages_count; p++)
        most = words->pages[p].count > most ? words->pages[p].count : most;
    page_t page = {.rows = rows, .spots = calloc ((size_t)most + 1, sizeof (spot_t))};
    rows->order = calloc ((size_t)words->words_count + 1, sizeof *rows->order);
    rows->pages = calloc ((size_t)words->pages_count + 1, sizeof *rows->pages);
    if (!page.spots || !rows->order || !rows->pages)
        abort ();
    for (uint32_t p = 0; p < words->pages_count; p++) {
        rows->pages[p] = rows->rows_count;
        read_page (&page, &words->pages[p]);
    }
    rows->pages[words->pages_count] = rows->rows_count;
    free (page.spots);
    free (page.lines);
    rows->body = body_size (rows);
    measure_steps (rows);
    find_furniture (rows);
}

void rap_pdf_rows_fini (rap_pdf_rows_t *rows)
{
    free (rows->order);
    free (rows->rows);
    free (rows->pages);
    *rows = (rap_pdf_rows_t){.words = NULL};
}
