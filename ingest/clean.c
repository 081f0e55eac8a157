//  clean: one pass over a line, byte by byte, looking back at what was written.
//  Emphasis is remembered as a pair of edges.
#include "draft.h"

#include <assert.h>

#include "rapporteur/eight.h"

#include "glyph.h"
#include "vector.h"

typedef struct {
    rap_draft_t *draft;
    rap_text_t line;
    size_t at;
    bool note;     //  the line is a footnote's: raised digits are its own
    bool emphasis; //  between two runs of stars
    bool literal;  //  nothing is Markdown, and digits are no marks but where a run says so
    size_t close;  //  the next ']' at or after `close_from`; line.len if none
    bool close_known;
    size_t link_end;   //  the ']' of the link that we are in; 0 none
    size_t link_after; //  what follows its target
    uint32_t begin;    //  of this line in the buffer
    uint32_t *split;
} cleaner_t;

//  Bytes from BLANK on need a closer look; all others are copied.
enum { PLAIN, SPACE, BLANK, STAR, BRACKET, CLOSE, ESCAPE, ANGLE, DIGIT, LEAD };
static const unsigned char classes[256] = {
    ['\t'] = BLANK, ['\n'] = BLANK,  ['\v'] = BLANK, ['\f'] = BLANK, ['\r'] = BLANK, [' '] = SPACE, [1] = BLANK,
    [2] = BLANK,    [3] = BLANK,     [4] = BLANK,    [5] = BLANK,    [6] = BLANK,    [7] = BLANK,   [8] = BLANK,
    [14] = BLANK,   [15] = BLANK,    [16] = BLANK,   [17] = BLANK,   [18] = BLANK,   [19] = BLANK,  [20] = BLANK,
    [21] = BLANK,   [22] = BLANK,    [23] = BLANK,   [24] = BLANK,   [25] = BLANK,   [26] = BLANK,  [27] = BLANK,
    [28] = BLANK,   [29] = BLANK,    [30] = BLANK,   [31] = BLANK,   [0x7F] = BLANK, ['*'] = STAR,  ['['] = BRACKET,
    [']'] = CLOSE,  ['\\'] = ESCAPE, ['<'] = ANGLE,  ['>'] = ANGLE,  ['0'] = DIGIT,  ['1'] = DIGIT, ['2'] = DIGIT,
    ['3'] = DIGIT,  ['4'] = DIGIT,   ['5'] = DIGIT,  ['6'] = DIGIT,  ['7'] = DIGIT,  ['8'] = DIGIT, ['9'] = DIGIT,
    [0xC2] = LEAD,  [0xE2] = LEAD,   [0xE3] = LEAD,  [0xEF] = LEAD,
};

static void put (cleaner_t *c, const char *at, size_t len)
{
    assert (c->draft->text_len + len <= c->draft->text_room);
    memcpy (c->draft->text + c->draft->text_len, at, len);
    c->draft->text_len += (uint32_t)len;
}

static char last_put (const cleaner_t *c, uint32_t back)
{
    return c->draft->text_len >= c->begin + back ? c->draft->text[c->draft->text_len - back] : ' ';
}

static void put_space (cleaner_t *c)
{
    if (c->draft->text_len > c->begin && last_put (c, 1) != ' ')
        put (c, " ", 1);
}

static char peek (const cleaner_t *c, size_t at)
{
    return at < c->line.len ? c->line.at[at] : ' ';
}

//  Emphasis begins or ends here; never before the last edge, for a space may have
//  been taken back since.
static void add_edge (rap_draft_t *draft)
{
    uint32_t least = draft->edges_count ? draft->edges[draft->edges_count - 1] : 0;
    draft->edges = vector_room (draft->edges, draft->edges_count, &draft->edges_room, sizeof *draft->edges);
    draft->edges[draft->edges_count++] = draft->text_len > least ? draft->text_len : least;
}

//  --- footnote marks ---------------------------------------------------------

static void add_mark (rap_draft_t *draft, uint32_t note)
{
    draft->marks = vector_room (draft->marks, draft->marks_count, &draft->marks_room, sizeof *draft->marks);
    draft->marks[draft->marks_count++] = (rap_draft_mark_t){.at = draft->text_len, .note = note};
    if (note != UINT32_MAX) {
        draft->notes[note].used = true;
        if (note >= draft->group_first && note < draft->group_end)
            draft->group_next = note + 1;
    }
}

//  How far from the expected note of a page one is still looked for: a mark may
//  have been missed, or a note be cited again, but not by far.
enum { NEAR = 4, FAR = 64 };

//  The note that a mark means: the first of that number from the page's notes on,
//  else the last before them.
static uint32_t note_numbered (const rap_draft_t *draft, uint32_t number)
{
    uint32_t first = draft->group_first;
    for (uint32_t i = first; i < draft->notes_count && i < first + FAR; i++)
        if (draft->notes[i].number == number)
            return i;
    for (uint32_t i = first; i > 0 && first - i < FAR; i--)
        if (draft->notes[i - 1].number == number)
            return i - 1;
    return UINT32_MAX;
}

static uint32_t note_starred (const rap_draft_t *draft, rap_text_t mark)
{
    uint32_t from = draft->group_first > FAR ? draft->group_first - FAR : 0;
    for (uint32_t i = from; i < draft->notes_count && i < draft->group_first + FAR; i++)
        if (rap_text_equal (draft->notes[i].mark, mark))
            return i;
    return UINT32_MAX;
}

//  The letters before the end of what was written.
static rap_text_t word_before (const cleaner_t *c)
{
    uint32_t end = c->draft->text_len, from = end;
    while (from > c->begin && end - from < RAP_WORD_MAX && glyph_is_letter (c->draft->text[from - 1]))
        from--;
    return rap_text_of (c->draft->text + from, end - from);
}

static bool is_exponent (const cleaner_t *c)
{
    rap_text_t unit = word_before (c);
    return rap_words_find (&c->draft->rules->heads, rap_word_of (unit)) & RAP_MEASURES;
}

//  Raised digits: a mark, unless they are an exponent or stand alone.
static void take_raised (cleaner_t *c)
{
    size_t from = c->at, len;
    uint32_t number = 0, digit;
    while ((len = glyph_raised (rap_text_from (c->line, c->at), &digit))) {
        number = number < 100000 ? number * 10 + digit : number;
        c->at += len;
    }
    uint32_t note = note_numbered (c->draft, number);
    bool alone = note == UINT32_MAX && last_put (c, 1) == ' ';
    if (c->note || alone || is_exponent (c)) {
        put (c, c->line.at + from, c->at - from);
        return;
    }
    if (last_put (c, 1) == ' ' && c->draft->text_len > c->begin)
        c->draft->text_len--; //  the space before it belongs to the mark
    add_mark (c->draft, note);
}

//  What was written ends within a document's symbol or an address ('.../Rev.').
static bool in_symbol (const cleaner_t *c)
{
    for (uint32_t back = 2; back < RAP_WORD_MAX && last_put (c, back) != ' '; back++)
        if (last_put (c, back) == '/')
            return true;
    return false;
}

//  What was written ends in an abbreviation such as 'No.'.
static bool is_abbreviation (const cleaner_t *c)
{
    uint32_t end = c->draft->text_len, from = end - 1;
    while (from > c->begin && end - from < RAP_WORD_MAX && glyph_is_letter (c->draft->text[from - 1]))
        from--;
    rap_text_t word = rap_text_of (c->draft->text + from, end - from);
    return rap_words_find (&c->draft->rules->heads, rap_word_of (word)) & RAP_ABBREVIATES;
}

//  Whether a mark may stand at once after what was written: after a word of
//  small letters or of at least two, or after punctuation that ends no number.
static bool may_be_glued (const cleaner_t *c)
{
    char before = last_put (c, 1), earlier = last_put (c, 2);
    if (glyph_is_lower (before))
        return true;
    if (glyph_is_upper (before)) //  'UNODC3', 'annex V3', but not 'G7'
        return glyph_is_letter (earlier) || memchr ("IVX", before, 3);
    if (glyph_is_digit (before)) //  a year was split from it
        return glyph_is_digit (earlier);
    if (glyph_is_of (before, ")];:!?\"'"))
        return true;
    if (before == '.' && (in_symbol (c) || is_abbreviation (c)))
        return false;
    if (before == '.' || before == ',') //  after a number, only that of a year or a resolution
        return !glyph_is_digit (earlier) || (before == ',' && in_symbol (c))
               || (glyph_is_digit (last_put (c, 5)) && !glyph_is_digit (last_put (c, 6)));
    //  A closing quotation mark.
    return (unsigned char)before >= 0x80 && (unsigned char)earlier == 0x80;
}

//  After a number and a comma ('Agenda 21,3') only the very mark expected next,
//  and only where its digits make no thousands.
static bool follows_number (const cleaner_t *c, size_t end)
{
    return last_put (c, 1) == ',' && glyph_is_digit (last_put (c, 2)) && end - c->at < 3;
}

//  The text after digits does not go on with the number or a word.
static bool may_end_mark (const cleaner_t *c, size_t at)
{
    char after = peek (c, at), later = peek (c, at + 1);
    if (after == ' ' || glyph_is_of (after, ";:)]\"'!?"))
        return true;
    if (after == ',' || after == '.')
        return !glyph_is_digit (later);
    //  A closing quotation mark or a dash.
    return (unsigned char)after == 0xE2;
}

//  Digits after a sentence and a space, where only a mark can be: the text goes
//  on with a capital, or ends.
static bool stands_apart (const cleaner_t *c, size_t end)
{
    if (last_put (c, 1) != ' ' || !glyph_is_of (last_put (c, 2), ".,;:") || c->draft->text_len <= c->begin + 2)
        return false;
    if (end >= c->line.len)
        return true;
    return c->line.at[end] == ' ' && glyph_is_upper (peek (c, end + 1 + (peek (c, end + 1) == ' ')));
}

//  Digits that a layout has lowered to the line: a mark only where the notes of
//  the page make it one.
static bool take_lowered (cleaner_t *c, size_t end)
{
    if (c->note || end - c->at > 3 || c->line.at[c->at] == '0' || c->draft->group_first == c->draft->group_end
        || !may_end_mark (c, end))
        return false;
    uint32_t number = 0;
    for (size_t i = c->at; i < end; i++)
        number = number * 10 + (uint32_t)(c->line.at[i] - '0');
    bool glued = c->draft->text_len > c->begin && may_be_glued (c);
    uint32_t note = note_numbered (c->draft, number), next = c->draft->group_next;
    if (note == UINT32_MAX || note < c->draft->group_first || note >= c->draft->group_end
        || c->draft->notes[note].used || (c->draft->notes[note].raised && !c->draft->lines.wrapped))
        return false;
    bool numbered = !glued && follows_number (c, end);
    if (glued ? note > next + NEAR || note + NEAR < next : note != next || !(numbered || stands_apart (c, end)))
        return false;
    if (!glued && !numbered)
        c->draft->text_len--;
    add_mark (c->draft, note);
    return true;
}

//  '20186' is a year and the mark of the note expected next: numbers of five
//  digits are printed with a comma.
static size_t year_before_mark (const cleaner_t *c, size_t end)
{
    rap_text_t run = rap_text_of (c->line.at + c->at, end - c->at);
    const rap_draft_t *draft = c->draft;
    bool after_dash = (unsigned char)last_put (c, 3) == 0xE2; //  '2015-2030' with a dash of print
    if (run.len < 5 || run.len > 7 || draft->group_next >= draft->group_end
        || (glyph_is_wordy (last_put (c, 1)) && !after_dash))
        return 0;
    if (!glyph_has (run, "19") && !glyph_has (run, "20"))
        return 0;
    return rap_text_equal (rap_text_from (run, 4), draft->notes[draft->group_next].mark) ? 4 : 0;
}

//  '73/1813' after a space is a resolution of three digits at most and the mark of the
//  note expected next.
static size_t resolution_before_mark (const cleaner_t *c, size_t end)
{
    rap_text_t run = rap_text_of (c->line.at + c->at, end - c->at);
    const rap_draft_t *draft = c->draft;
    if (run.len < 4 || run.len > 5 || last_put (c, 1) != '/' || !glyph_is_digit (last_put (c, 2))
        || !glyph_is_digit (last_put (c, 3)) || last_put (c, 4) != ' ' || draft->group_next >= draft->group_end)
        return 0;
    rap_text_t mark = draft->notes[draft->group_next].mark;
    return run.len <= mark.len + 3 && rap_text_ends (run, mark) ? run.len - mark.len : 0;
}

static void take_digits (cleaner_t *c)
{
    size_t end = c->at;
    while (end < c->line.len && glyph_is_digit (c->line.at[end]))
        end++;
    size_t year = year_before_mark (c, end), number = year ? year : resolution_before_mark (c, end);
    if (number) {
        put (c, c->line.at + c->at, number);
        c->at += number;
    }
    if (!take_lowered (c, end))
        put (c, c->line.at + c->at, end - c->at);
    c->at = end;
}

//  --- Markdown ---------------------------------------------------------------

//  Whether a run of stars that begins emphasis is closed later in the line: the
//  next run stands at a word's end.
static size_t closing_run (const cleaner_t *c, size_t from)
{
    const char *found = from < c->line.len ? memchr (c->line.at + from, '*', c->line.len - from) : NULL;
    if (!found)
        return 0;
    size_t at = (size_t)(found - c->line.at);
    return at > from && c->line.at[at - 1] != ' ' ? at : 0;
}

static void note_split (cleaner_t *c, size_t first, size_t close)
{
    while (close < c->line.len && (c->line.at[close] == '*' || c->line.at[close] == ' '))
        close++;
    char before = last_put (c, 1);
    if (c->split && close == c->line.len && glyph_is_upper (c->line.at[first]) && c->draft->text_len > c->begin
        && before != ' ' && glyph_is_wordy (before))
        *c->split = c->draft->text_len;
}

static void take_stars (cleaner_t *c)
{
    size_t from = c->at;
    while (c->at < c->line.len && c->line.at[c->at] == '*')
        c->at++;
    rap_text_t stars = rap_text_of (c->line.at + from, c->at - from);
    if (c->emphasis) {
        c->emphasis = false;
        add_edge (c->draft);
        return;
    }
    size_t close = stars.len <= 3 && peek (c, c->at) != ' ' ? closing_run (c, c->at) : 0;
    if (close) {
        c->emphasis = true;
        note_split (c, c->at, close);
        add_edge (c->draft);
        return;
    }
    uint32_t note = c->note ? UINT32_MAX : note_starred (c->draft, stars);
    if (c->note || (note == UINT32_MAX && last_put (c, 1) == ' ')) {
        put (c, stars.at, stars.len);
        return;
    }
    if (last_put (c, 1) == ' ' && c->draft->text_len > c->begin)
        c->draft->text_len--;
    add_mark (c->draft, note);
}

//  How long a link's target may be.
enum { TARGET_MAX = 2048 };

//  '[text](target)': the brackets and the target go, the text stays.
static void take_bracket (cleaner_t *c)
{
    if (!c->close_known || c->close < c->at) {
        const char *found = memchr (c->line.at + c->at, ']', c->line.len - c->at);
        c->close = found ? (size_t)(found - c->line.at) : c->line.len;
        c->close_known = true;
    }
    size_t open = c->close + 1;
    if (c->link_end || open >= c->line.len || c->line.at[open] != '(') {
        put (c, "[", 1);
        c->at++;
        return;
    }
    size_t left = c->line.len - open;
    const char *end = memchr (c->line.at + open, ')', left < TARGET_MAX ? left : TARGET_MAX);
    rap_text_t inner = rap_text_of (c->line.at + c->at + 1, c->close - c->at - 1);
    if (!end || memchr (inner.at, '[', inner.len)
        || memchr (c->line.at + open, ' ', (size_t)(end - c->line.at) - open)) {
        put (c, "[", 1);
        c->at++;
        return;
    }
    c->link_end = c->close;
    c->link_after = (size_t)(end - c->line.at) + 1;
    c->at++;
}

static void take_close (cleaner_t *c)
{
    if (c->link_end && c->at == c->link_end) {
        c->at = c->link_after;
        c->link_end = 0;
        return;
    }
    put (c, "]", 1);
    c->at++;
}

static void take_escape (cleaner_t *c)
{
    char next = peek (c, c->at + 1);
    if (next == '*') { //  a star that is no emphasis: a mark, or itself
        bool emphasis = c->emphasis;
        c->at++;
        size_t from = c->at;
        while (peek (c, c->at) == '*' || (peek (c, c->at) == '\\' && peek (c, c->at + 1) == '*'))
            c->at++;
        rap_text_t stars = rap_text_of ("********", 1 + (c->at - from) / 2);
        uint32_t note = c->note || stars.len > 8 ? UINT32_MAX : note_starred (c->draft, stars);
        if (note == UINT32_MAX)
            put (c, "*", 1);
        else
            add_mark (c->draft, note);
        c->emphasis = emphasis;
        return;
    }
    bool escapes = next > ' ' && next < 0x7F && !glyph_is_letter (next) && !glyph_is_digit (next);
    if (!escapes)
        put (c, "\\", 1);
    c->at++;
    if (escapes && next != ' ') {
        put (c, &next, 1);
        c->at++;
    }
}

//  Bytes of an address between angle brackets; 0 if there is none.
static size_t address_len (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && len < TARGET_MAX && text.at[len] > ' ' && text.at[len] < 0x7F && text.at[len] != '<'
           && text.at[len] != '>')
        len++;
    return len < text.len && text.at[len] == '>' ? len : 0;
}

//  '<https://...>' loses its brackets.
static void take_angle (cleaner_t *c)
{
    rap_text_t rest = rap_text_from (c->line, c->at + 1);
    size_t len = c->line.at[c->at] == '<' && glyph_has (rest, "http") ? address_len (rest) : 0;
    put (c, len ? rest.at : c->line.at + c->at, len ? len : 1);
    c->at += len ? len + 2 : 1;
}

//  --- characters beyond ASCII ------------------------------------------------

//  Spaces of other widths become plain ones; marks that print nothing go.
static void take_lead (cleaner_t *c)
{
    rap_text_t rest = rap_text_from (c->line, c->at);
    unsigned char a = (unsigned char)rest.at[0], b = rest.len > 1 ? (unsigned char)rest.at[1] : 0,
                  d = rest.len > 2 ? (unsigned char)rest.at[2] : 0;
    uint32_t digit;
    if (glyph_raised (rest, &digit)) {
        take_raised (c);
        return;
    }
    size_t len = a == 0xC2 ? 2 : 3;
    bool blank = (a == 0xC2 && b == 0xA0)                                                          //  no-break space
                 || (a == 0xE2 && b == 0x80 && (d <= 0x8A || d == 0xA8 || d == 0xA9 || d == 0xAF)) //  U+2000 and on
                 || (a == 0xE3 && b == 0x80 && d == 0x80);                              //  ideographic space
    bool nothing = (a == 0xC2 && (b < 0xA0 || b == 0xAD))                               //  controls, soft hyphen
                   || (a == 0xE2 && b == 0x80 && (d == 0x8B || d == 0x8E || d == 0x8F)) //  no width
                   || (a == 0xE2 && b == 0x81 && d == 0xA0) || (a == 0xEF && b == 0xBB && d == 0xBF);
    if (blank)
        put_space (c);
    else if (!nothing)
        put (c, rest.at, len);
    c->at += len;
}

//  Bytes among eight that need a closer look, and some that do not.
static uint64_t eight_special (uint64_t bytes)
{
    return eight_between (bytes, 0, 0x1F) | eight_between (bytes, '0', '9') | eight_between (bytes, '*', '*')
           | eight_between (bytes, '<', '>') | eight_between (bytes, '[', ']') | eight_between (bytes, 0x7F, 0x7F)
           | eight_beyond (bytes);
}

//  Where the bytes that are copied as they are end: words, and single spaces
//  between them. Zeros after the line's end are special, too.
static size_t end_of_plain (rap_text_t line, size_t at)
{
    uint64_t before = 0x80; //  the byte before the next eight is a space, or begins the line
    while (at < line.len) {
        uint64_t bytes = eight_at (line, at), spaces = eight_between (bytes, ' ', ' ');
        uint64_t stops = eight_special (bytes) | (spaces & (spaces << 8 | before));
        unsigned count = eight_before (stops);
        at += count;
        before = spaces >> 56;
        if (count == 8)
            continue;
        if (at >= line.len || classes[(unsigned char)line.at[at]] != PLAIN)
            break;
        at++;
        before = 0;
    }
    return at < line.len ? at : line.len;
}

//  Markdown at c->at, or in a literal text the character itself.
static void take_markup (cleaner_t *c, unsigned char class)
{
    if (c->literal) {
        put (c, c->line.at + c->at, 1);
        c->at++;
        return;
    }
    switch (class) {
    case STAR:
        take_stars (c);
        break;
    case BRACKET:
        take_bracket (c);
        break;
    case CLOSE:
        take_close (c);
        break;
    case ESCAPE:
        take_escape (c);
        break;
    case ANGLE:
        take_angle (c);
        break;
    default:
        take_digits (c);
    }
}

static void take_rest (cleaner_t *c)
{
    while (c->at < c->line.len) {
        size_t from = c->at;
        c->at = end_of_plain (c->line, c->at);
        put (c, c->line.at + from, c->at - from);
        if (c->at == c->line.len)
            break;
        unsigned char class = classes[(unsigned char)c->line.at[c->at]];
        if (class <= BLANK) {
            put_space (c);
            c->at++;
        } else if (class == LEAD)
            take_lead (c);
        else
            take_markup (c, class);
    }
}

//  --- runs -------------------------------------------------------------------

//  A mark that the form has told to be one: digits, stars or letters.
static void take_given_mark (cleaner_t *c, rap_text_t mark)
{
    uint32_t number = 0, digit;
    size_t at = 0, len;
    for (; at < mark.len && number < 100000; at += len) {
        len = glyph_raised (rap_text_from (mark, at), &digit);
        if (!len && glyph_is_digit (mark.at[at])) {
            digit = (uint32_t)(mark.at[at] - '0');
            len = 1;
        }
        if (!len)
            break;
        number = number * 10 + digit;
    }
    bool digits = mark.len && at == mark.len;
    uint32_t note = digits ? note_numbered (c->draft, number) : note_starred (c->draft, mark);
    c->at += mark.len;
    if (c->note || (note == UINT32_MAX && (!digits || is_exponent (c)))) {
        put (c, mark.at, mark.len);
        return;
    }
    if (last_put (c, 1) == ' ' && c->draft->text_len > c->begin)
        c->draft->text_len--;
    add_mark (c->draft, note);
}

//  A line with runs: what stands between their ends is taken piece by piece.
static void take_runs (cleaner_t *c, const rap_line_t *line)
{
    rap_text_t whole = c->line;
    size_t before = (size_t)(whole.at - line->at); //  bytes of the line that were cut off
    for (uint32_t i = line->runs; i < line->runs + line->runs_count; i++) {
        const rap_run_t *run = &c->draft->lines.runs[i];
        if (run->end <= before || run->at >= before + whole.len)
            continue;
        size_t from = run->at > before ? run->at - before : 0,
               end = run->end - before < whole.len ? run->end - before : whole.len;
        c->line = rap_text_of (whole.at, from);
        take_rest (c);
        c->line = rap_text_of (whole.at, end);
        if (run->style & RAP_RUN_MARK) {
            take_given_mark (c, rap_text_from (c->line, c->at));
            continue;
        }
        bool set = run->style && !(line->flags & RAP_LINE_STRONG) && run->end - run->at < line->len;
        if (set)
            add_edge (c->draft);
        take_rest (c);
        if (set)
            add_edge (c->draft);
    }
    c->line = whole;
}

void rap_clean_line (rap_draft_t *draft, const rap_line_t *line, rap_text_t text, bool note, uint32_t *split)
{
    cleaner_t c = {.draft = draft,
                   .line = text,
                   .note = note,
                   .literal = draft->lines.given,
                   .begin = draft->text_len,
                   .split = split};
    if (line->runs_count)
        take_runs (&c, line);
    take_rest (&c);
    if (c.emphasis)
        add_edge (draft);
    while (draft->text_len > c.begin && draft->text[draft->text_len - 1] == ' ')
        draft->text_len--;
    //  A mark after that space stands at the end.
    for (uint32_t i = draft->marks_count; i && draft->marks[i - 1].at > draft->text_len; i--)
        draft->marks[i - 1].at = draft->text_len;
    for (uint32_t i = draft->edges_count; i && draft->edges[i - 1] > draft->text_len; i--)
        draft->edges[i - 1] = draft->text_len;
}
