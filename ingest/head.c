//  head: a line is what its words make it, whatever stands around it.
#include "head.h"

#include "draft.h"
#include "glyph.h"

enum { LONG_MIN = 200, LINE_MAX = 240, SYMBOLS_LEN_MAX = 160, SESSION_MAX = 72, WIDE = 3 };

//  --- words ------------------------------------------------------------------

static rap_text_t word_of (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && !glyph_is_space (text.at[len]))
        len++;
    return rap_text_of (text.at, len);
}

static rap_text_t after_word (rap_text_t text, rap_text_t word)
{
    return rap_text_trim (rap_text_from (text, word.len));
}

//  Without stars and spaces at its end.
static rap_text_t unstarred (rap_text_t text)
{
    while (text.len && (text.at[text.len - 1] == '*' || glyph_is_space (text.at[text.len - 1])))
        text.len--;
    return text;
}

static size_t digits_of (rap_text_t text, unsigned *value)
{
    size_t len = 0;
    *value = 0;
    while (len < text.len && len < 5 && glyph_is_digit (text.at[len]))
        *value = *value * 10 + (unsigned)(text.at[len++] - '0');
    return len;
}

//  --- symbols ----------------------------------------------------------------

//  Bytes of a dash between joint symbols, at the text's start.
static size_t dash_len (rap_text_t text)
{
    if (text.len && (text.at[0] == '-' || text.at[0] == '/'))
        return text.at[0] == '-';
    return text.len > 2 && glyph_has (text, "\xE2\x80") && (unsigned char)text.at[2] >= 0x90
                   && (unsigned char)text.at[2] <= 0x95
               ? 3
               : 0;
}

//  A line with the spaces taken out that print puts around strokes and stops.
static rap_text_t closed_up (rap_text_t line, char copy[SYMBOLS_LEN_MAX])
{
    size_t len = 0;
    bool inside = false; //  brackets, in which words stand
    for (size_t i = 0; i < line.len && len < SYMBOLS_LEN_MAX; i++) {
        inside = line.at[i] == '(' || (inside && line.at[i] != ')');
        bool after = len && strchr (inside ? " " : "/. ", copy[len - 1]);
        bool before = i + 1 < line.len && line.at[i + 1] == '/';
        if (line.at[i] != ' ' || (!after && !before))
            copy[len++] = line.at[i];
    }
    return rap_text_of (copy, len);
}

//  '(2017)', '(XXIX)' and '(S-VI)' after a number are written without a space.
static bool is_closed_bracket (rap_text_t text)
{
    size_t at = 1;
    if (text.len < 3 || text.at[0] != '(')
        return false;
    while (at < text.len && (glyph_is_digit (text.at[at]) || memchr ("IVXLES-", text.at[at], 7)))
        at++;
    return at > 1 && at < text.len && text.at[at] == ')';
}

//  The symbol with the letter of a part, if it has one; lives in the arena.
static rap_text_t canonical (rap_text_t symbol, char letter, rap_arena_t *arena)
{
    char *copy = rap_arena_alloc (arena, symbol.len + 2);
    size_t len = 0;
    for (size_t i = 0; i < symbol.len; i++)
        if (symbol.at[i] != ' ' || !is_closed_bracket (rap_text_from (symbol, i + 1)))
            copy[len++] = symbol.at[i];
    if (letter) {
        copy[len++] = ' ';
        copy[len++] = letter;
    }
    return rap_text_of (copy, len);
}

void rap_symbols_add (rap_symbols_t *symbols, rap_text_t symbol)
{
    for (uint32_t i = 0; i < symbols->count; i++)
        if (rap_text_equal (symbols->at[i], symbol))
            return;
    if (symbols->count < RAP_SYMBOLS_MAX)
        symbols->at[symbols->count++] = symbol;
}

//  A letter of a part alone at the text's start ('B', 'A (III)'); 0 if there is none.
static char part_letter (rap_text_t text)
{
    bool letter = text.len && glyph_is_upper (text.at[0]) && text.at[0] < 'Z';
    return letter && (text.len == 1 || strchr (" ,*", text.at[1])) ? text.at[0] : 0;
}

//  The letters of a resolution's parts at the text's start, 'B', 'A and B', and
//  moves *rest behind them.
static uint32_t part_letters (rap_text_t *rest, char letters[RAP_SYMBOLS_MAX])
{
    uint32_t count = 0;
    while (count < RAP_SYMBOLS_MAX - 1 && part_letter (*rest)) {
        letters[count++] = rest->at[0];
        *rest = rap_text_trim (rap_text_from (*rest, 1));
        bool joined = rest->len && rest->at[0] == ',';
        if (joined)
            *rest = rap_text_trim (rap_text_from (*rest, 1));
        if (rap_text_equal (word_of (*rest), RAP_TEXT ("and")))
            *rest = after_word (*rest, word_of (*rest));
        else if (!joined)
            break;
    }
    return count;
}

//  One symbol, or one for each part of a resolution, and first that of all of it
//  where it has several; moves *rest behind it. In 'A/RES/217 A (III)' the session
//  stands behind the letter.
static void take_symbol (rap_symbols_t *symbols, size_t len, rap_text_t *rest, rap_arena_t *arena)
{
    char letters[RAP_SYMBOLS_MAX];
    rap_text_t symbol = rap_text_of (rest->at, len);
    *rest = rap_text_trim (rap_text_from (*rest, len));
    uint32_t count = part_letters (rest, letters);
    if (count && is_closed_bracket (*rest)) {
        size_t bracket = (size_t)((const char *)memchr (rest->at, ')', rest->len) - rest->at) + 1;
        symbol = rap_arena_format (arena, "%.*s%.*s", (int)symbol.len, symbol.at, (int)bracket, rest->at);
        *rest = rap_text_trim (rap_text_from (*rest, bracket));
    }
    if (count != 1)
        rap_symbols_add (symbols, canonical (symbol, 0, arena));
    for (uint32_t i = 0; i < count; i++)
        rap_symbols_add (symbols, canonical (symbol, letters[i], arena));
}

//  'A/', 'CTOC/', 'ICC-ASP/'.
static bool may_be_symbol (rap_text_t line)
{
    size_t at = 0;
    while (at < line.len && at < 8 && (glyph_is_upper (line.at[at]) || strchr (" -", line.at[at])))
        at++;
    return at && at < line.len && line.at[at] == '/' && line.len <= SYMBOLS_LEN_MAX;
}

//  Behind stars, and the dash before a joint symbol.
static rap_text_t behind_dash (rap_text_t rest)
{
    while (rest.len && rest.at[0] == '*')
        rest = rap_text_trim (rap_text_from (rest, 1));
    return rap_text_trim (rap_text_from (rest, dash_len (rest)));
}

rap_symbols_t rap_head_symbols (const rap_rules_t *rules, rap_text_t line, rap_arena_t *arena)
{
    rap_symbols_t symbols = {.count = 0};
    char copy[SYMBOLS_LEN_MAX];
    rap_text_t rest = may_be_symbol (line) ? closed_up (line, copy) : RAP_TEXT ("");
    while (rest.len && symbols.count < RAP_SYMBOLS_MAX) {
        size_t len = rap_rules_symbol (rules, rest);
        if (!len)
            return (rap_symbols_t){.count = 0};
        take_symbol (&symbols, len, &rest, arena);
        rest = behind_dash (rest);
    }
    if (rest.len)
        symbols.count = 0;
    return symbols;
}

static bool is_symbols (const rap_rules_t *rules, rap_text_t line)
{
    char copy[SYMBOLS_LEN_MAX], letters[RAP_SYMBOLS_MAX];
    rap_text_t rest = may_be_symbol (line) ? closed_up (line, copy) : RAP_TEXT ("");
    size_t len = 0;
    while (rest.len && (len = rap_rules_symbol (rules, rest))) {
        rest = rap_text_trim (rap_text_from (rest, len));
        if (part_letters (&rest, letters) && is_closed_bracket (rest))
            rest = rap_text_trim (
                rap_text_from (rest, (size_t)((const char *)memchr (rest.at, ')', rest.len) - rest.at) + 1));
        rest = behind_dash (rest);
    }
    return len && !rest.len;
}

//  --- what a line is ---------------------------------------------------------

size_t rap_head_date (const rap_rules_t *rules, rap_text_t text, unsigned *year, unsigned *month, unsigned *day)
{
    rap_text_t rest = rap_text_trim (rap_text_from (text, digits_of (text, day)));
    rap_text_t name = word_of (rest);
    const rap_phrase_t *found = name.len ? rap_rules_equals (rules, RAP_PHRASE_MONTH, name) : NULL;
    rest = after_word (rest, name);
    size_t digits = digits_of (rest, year);
    if (!found || *day < 1 || *day > 31 || digits != 4)
        return 0;
    digits_of (found->value, month);
    return (size_t)(rest.at - text.at) + digits;
}

static bool is_date (const rap_rules_t *rules, rap_text_t line)
{
    unsigned year, month, day;
    return line.len && glyph_is_digit (line.at[0]) && rap_head_date (rules, line, &year, &month, &day) == line.len;
}

//  'Tenth', 'Fifty-second', '9872nd', '2021'; or a word of the kind 'resumed'.
static bool counts_sessions (const rap_rules_t *rules, rap_text_t word)
{
    while (word.len && strchr (",)", word.at[word.len - 1]))
        word.len--;
    while (word.len && word.at[0] == '(')
        word = rap_text_from (word, 1);
    if (!word.len)
        return false;
    if (glyph_is_digit (word.at[0]) || rap_rules_equals (rules, RAP_PHRASE_SESSION_WORD, word))
        return true;
    for (uint32_t i = 0; i < rules->phrases_count[RAP_PHRASE_ORDINAL_END]; i++) {
        rap_text_t end = rules->phrases[RAP_PHRASE_ORDINAL_END][i].phrase;
        if (word.len >= end.len && rap_text_alike (rap_text_from (word, word.len - end.len), end))
            return true;
    }
    return false;
}

//  'Seventy-fourth session', 'Resumed tenth emergency special session', '2021 session', 'Organizational session for
//  2012', 'Eightieth year', '9872nd meeting': words that count sessions around the one that names it.
static bool is_session (const rap_rules_t *rules, rap_text_t line)
{
    bool named = false, counted = false;
    if (line.len > SESSION_MAX || !line.len || !(glyph_is_upper (line.at[0]) || glyph_is_digit (line.at[0])))
        return false;
    while (line.len) {
        rap_text_t word = word_of (line), bare = word;
        while (bare.len && strchr (",;)", bare.at[bare.len - 1]))
            bare.len--;
        bool names = rap_rules_equals (rules, RAP_PHRASE_SESSION, bare) != NULL;
        bool counts = counts_sessions (rules, word);
        bool joins = named && (rap_text_equal (bare, RAP_TEXT ("for")) || rap_text_equal (bare, RAP_TEXT ("of")));
        bool and = counted && rap_text_equal (bare, RAP_TEXT ("and"));
        bool hundreds = !named && rap_rules_equals (rules, RAP_PHRASE_SESSION_NUMBER, bare);
        if (!names && !counts && !joins && !and&&!hundreds)
            return false;
        named = named || names;
        counted = counted || counts || hundreds;
        line = after_word (line, word);
    }
    return named && counted;
}

const rap_body_t *rap_head_body (const rap_rules_t *rules, rap_text_t line)
{
    line = unstarred (line);
    const rap_body_t *body = rap_rules_body (rules, line);
    if (!body && counts_sessions (rules, word_of (line))) {
        line = after_word (line, word_of (line));
        body = rap_rules_body (rules, line);
    }
    return body && body->actor.len && body->name.len == line.len ? body : NULL;
}

//  'Distr.: General', 'Distr.'; 'Original: English/French': nothing but words after the stops.
static bool is_labelled (const rap_rules_t *rules, rap_phrases_t label, rap_text_t line, bool circulation)
{
    const rap_phrase_t *found = rap_rules_begins (rules, label, line);
    if (!found)
        return false;
    rap_text_t rest = rap_text_trim (rap_text_from (line, found->phrase.len));
    if (rest.len && rest.at[0] == ':')
        rest = rap_text_trim (rap_text_from (rest, 1));
    if (circulation)
        return !rest.len || rap_rules_equals (rules, RAP_PHRASE_CIRCULATION, unstarred (rest));
    for (size_t i = 0; i < rest.len; i++)
        if (glyph_is_digit (rest.at[i]))
            return false;
    return rest.len < 64;
}

static bool is_item (const rap_rules_t *rules, rap_text_t line)
{
    const rap_phrase_t *found = rap_rules_begins (rules, RAP_PHRASE_AGENDA, line);
    return found && glyph_starts_digit (rap_text_trim (rap_text_from (line, found->phrase.len)));
}

//  'Draft resolution', or the end of its sponsors' names: 'Ghana and Peru: draft resolution'.
static bool is_draft (const rap_rules_t *rules, rap_text_t line)
{
    const char *colon = memrchr (line.at, ':', line.len);
    rap_text_t rest = colon ? rap_text_trim (rap_text_from (line, (size_t)(colon - line.at) + 1)) : line;
    if (colon && rap_text_equal (word_of (rest), RAP_TEXT ("revised")))
        rest = after_word (rest, word_of (rest));
    return rap_rules_equals (rules, RAP_PHRASE_DRAFT, rest) != NULL;
}

rap_head_t rap_head_of (const rap_rules_t *rules, rap_text_t line)
{
    line = unstarred (line);
    if (!line.len || line.len > LINE_MAX)
        return RAP_HEAD_NONE;
    if (line.len == 1 && rap_rules_equals (rules, RAP_PHRASE_SERIES, line))
        return RAP_HEAD_SERIES;
    if (rap_rules_equals (rules, RAP_PHRASE_PUBLISHER, line))
        return RAP_HEAD_PUBLISHER;
    if (is_symbols (rules, line))
        return RAP_HEAD_SYMBOL;
    if (is_date (rules, line))
        return RAP_HEAD_DATE;
    if (is_labelled (rules, RAP_PHRASE_DISTR, line, true))
        return RAP_HEAD_DISTR;
    if (rap_rules_equals (rules, RAP_PHRASE_CIRCULATION, line))
        return RAP_HEAD_CIRCULATION;
    if (is_labelled (rules, RAP_PHRASE_ORIGINAL, line, false))
        return RAP_HEAD_ORIGINAL;
    if (rap_head_body (rules, line))
        return RAP_HEAD_BODY;
    if (is_session (rules, line))
        return RAP_HEAD_SESSION;
    if (is_item (rules, line))
        return RAP_HEAD_ITEM;
    if (is_draft (rules, line))
        return RAP_HEAD_DRAFT;
    if (rap_rules_begins (rules, RAP_PHRASE_ADOPTED, line))
        return RAP_HEAD_ADOPTED;
    return rap_rules_begins (rules, RAP_PHRASE_AUTHOR, line) ? RAP_HEAD_AUTHOR : RAP_HEAD_NONE;
}

bool rap_head_ends (const rap_rules_t *rules, rap_text_t line)
{
    rap_counter_t counter = rap_counter_of (line);
    return rap_rules_formula (rules, line) || rap_rules_equals (rules, RAP_PHRASE_SUMMARY, line)
           || rap_rules_equals (rules, RAP_PHRASE_CONTENTS, line) || counter.kind == RAP_COUNT_ROMAN
           || (counter.kind == RAP_COUNT_ARABIC && counter.number <= 1) || line.len > LONG_MIN;
}

//  --- columns ----------------------------------------------------------------

enum { CELLS_MAX = 6 };

typedef struct {
    rap_text_t at[CELLS_MAX];
    uint32_t count;
} cells_t;

//  Cells that wide white space parts; one that ends in a colon keeps the next.
static cells_t wide_cells (rap_text_t line)
{
    cells_t cells = {.at = {line}, .count = 1};
    size_t from = 0;
    for (size_t at = 0; at < line.len && cells.count < CELLS_MAX;) {
        size_t end = at;
        while (end < line.len && glyph_is_space (line.at[end]))
            end++;
        bool wide = end - at >= WIDE || (end > at && memchr (line.at + at, '\t', end - at));
        if (wide && at > from && line.at[at - 1] != ':') {
            cells.at[cells.count - 1] = rap_text_of (line.at + from, at - from);
            cells.at[cells.count++] = rap_text_from (line, end);
            from = end;
        }
        at = end > at ? end : at + 1;
    }
    return cells;
}

//  Cells that only their words tell apart ('United Nations A/80/1'): the first two
//  halves that both are something by themselves.
static bool halves (const rap_rules_t *rules, rap_text_t line, uint32_t room, cells_t *cells)
{
    if (room < 2 || line.len > LINE_MAX / 2 || rap_head_of (rules, line) != RAP_HEAD_NONE)
        return false;
    for (size_t at = 1; at + 1 < line.len; at++) {
        if (!glyph_is_space (line.at[at]) || glyph_is_space (line.at[at - 1]))
            continue;
        rap_text_t left = rap_text_of (line.at, at), right = rap_text_trim (rap_text_from (line, at));
        rap_head_t first = rap_head_of (rules, left);
        if (first == RAP_HEAD_NONE || first >= RAP_HEAD_ADOPTED || first == RAP_HEAD_SERIES)
            continue;
        rap_head_t second = rap_head_of (rules, right);
        if (second == RAP_HEAD_NONE || second >= RAP_HEAD_ADOPTED) {
            cells_t more;
            if (!halves (rules, right, room - 1, &more))
                continue;
            cells->at[0] = left;
            memcpy (cells->at + 1, more.at, more.count * sizeof *more.at);
            cells->count = more.count + 1;
            return true;
        }
        *cells = (cells_t){.at = {left, right}, .count = 2};
        return true;
    }
    return false;
}

//  The cells of a line; one if it has no columns.
static cells_t cells_of (const rap_rules_t *rules, rap_text_t line)
{
    cells_t cells = wide_cells (line);
    bool told = false;
    for (uint32_t i = 0; cells.count > 1 && i < cells.count; i++)
        told = told || (rap_head_of (rules, cells.at[i]) != RAP_HEAD_NONE);
    if (cells.count > 1 && told)
        return cells;
    cells = (cells_t){.at = {line}, .count = 1};
    halves (rules, line, CELLS_MAX, &cells);
    return cells;
}

//  --- lines made of them -----------------------------------------------------

typedef struct {
    const rap_rules_t *rules;
    rap_lines_t *lines;
    rap_line_t *at; //  the new lines
    uint32_t count;
    rap_run_t *runs; //  all runs, and those of parted lines again
    uint32_t runs_count;
} parter_t;

//  Runs of the line that lie in the cell, as runs of a line of its own.
static void take_runs (parter_t *p, const rap_line_t *line, rap_line_t *cell, uint32_t from)
{
    cell->runs = p->runs_count;
    cell->runs_count = 0;
    for (uint32_t i = 0; i < line->runs_count; i++) {
        rap_run_t run = p->runs[line->runs + i];
        if (run.end <= from || run.at >= from + cell->len)
            continue;
        run.at = run.at > from ? run.at - from : 0;
        run.end = run.end < from + cell->len ? run.end - from : cell->len;
        p->runs[p->runs_count++] = run;
        cell->runs_count++;
    }
}

static void add_cells (parter_t *p, const rap_line_t *line, const cells_t *cells)
{
    bool same = line->end - line->start == line->len; //  else bytes were composed
    for (uint32_t i = 0; i < cells->count; i++) {
        rap_line_t cell = *line;
        rap_text_t text = rap_text_trim (cells->at[i]);
        uint32_t from = (uint32_t)(text.at - line->at);
        cell.at = text.at;
        cell.len = (uint32_t)text.len;
        cell.start = same ? line->start + from : line->start;
        cell.end = same ? cell.start + cell.len : line->end;
        cell.gap = i ? 0 : line->gap;
        if (cells->count > 1) {
            cell.flags = (uint16_t)((line->flags & ~RAP_LINE_GOES_ON) | RAP_LINE_BEGINS);
            if (line->runs_count)
                take_runs (p, line, &cell, from);
        }
        p->at[p->count++] = cell;
    }
}

//  --- what begins and what goes on -------------------------------------------

static bool is_capitals (rap_text_t text)
{
    bool upper = false;
    for (size_t i = 0; i < text.len; i++) {
        if (glyph_is_lower (text.at[i]))
            return false;
        upper = upper || glyph_is_upper (text.at[i]);
    }
    return upper;
}

//  An organ's name over several lines: how many lines.
static uint32_t body_lines (const parter_t *p, uint32_t i)
{
    enum { LINES = 4 };
    char name[LINE_MAX];
    size_t len = 0;
    for (uint32_t n = 0; n < LINES && i + n < p->count; n++) {
        rap_text_t text = rap_line_text (&p->at[i + n]);
        if (len + text.len + 1 >= sizeof name || (n && p->at[i + n].gap > (p->lines->spaced ? 1 : 0)))
            return 0;
        if (n)
            name[len++] = ' ';
        memcpy (name + len, text.at, text.len);
        len += text.len;
        if (n && rap_head_body (p->rules, rap_text_of (name, len)))
            return n + 1;
        if (rap_rules_body (p->rules, text) == NULL && !n && !glyph_starts_upper (text))
            return 0;
    }
    return 0;
}

//  A list of items or the day of a meeting may go on in the next line.
static bool is_closed (rap_head_t role, rap_text_t text)
{
    if (role == RAP_HEAD_NONE || role >= RAP_HEAD_ADOPTED)
        return false;
    return role != RAP_HEAD_ITEM
           || (text.len && !strchr (",-", text.at[text.len - 1]) && !rap_text_ends (text, RAP_TEXT (" and")));
}

static void flag (rap_line_t *line, uint16_t flags)
{
    if (!(line->flags & (RAP_LINE_BEGINS | RAP_LINE_GOES_ON)))
        line->flags |= flags;
}

//  Lines of a title go on: no white space between them, both in capitals or both not.
static bool goes_on (const parter_t *p, uint32_t i)
{
    const rap_line_t *line = &p->at[i], *before = &p->at[i - 1];
    return p->lines->wrapped && !p->lines->spaced && line->gap == 0
           && is_capitals (rap_line_text (line)) == is_capitals (rap_line_text (before));
}

//  The line before ends in a word after which nothing ends: 'President of the' above an organ's name.
static bool is_rest (const parter_t *p, uint32_t i)
{
    const rap_line_t *line = &p->at[i], *before = &p->at[i - 1];
    rap_text_t above = rap_line_text (before);
    return p->lines->wrapped && line->gap <= (p->lines->spaced ? 1 : 0) && !(line->flags & RAP_LINE_BEGINS)
           && above.len > 1 && rap_rules_last_word (p->rules, above) & RAP_JOINS;
}

//  Flags for the lines [0, end) of the masthead; `author` is the line that tells
//  whose document it is, before which a title's lines are joined.
static void flag_lines (parter_t *p, uint32_t end, uint32_t author)
{
    bool closed = false, before_none = false;
    for (uint32_t i = 0; i < end; i++) {
        rap_line_t *line = &p->at[i];
        rap_head_t role = rap_head_of (p->rules, rap_line_text (line));
        if (i && is_rest (p, i)) {
            flag (line, RAP_LINE_GOES_ON);
            role = RAP_HEAD_NONE;
        }
        uint32_t more = role == RAP_HEAD_NONE ? body_lines (p, i) : 0;
        bool told = more || role != RAP_HEAD_NONE;
        if (told || closed)
            flag (line, RAP_LINE_BEGINS);
        else if (before_none && i < author)
            flag (line, goes_on (p, i) ? RAP_LINE_GOES_ON : line->gap && !p->lines->spaced ? RAP_LINE_BEGINS : 0);
        for (uint32_t n = 1; n < more; n++)
            flag (&p->at[i + n], RAP_LINE_GOES_ON);
        closed = more || is_closed (role, rap_line_text (line));
        before_none = !told;
        i += more ? more - 1 : 0;
    }
    if (closed && end < p->count)
        flag (&p->at[end], RAP_LINE_BEGINS);
}

//  The lines anew, those of the masthead by their cells.
static void part (parter_t *p, uint32_t end, uint32_t cells_count, rap_arena_t *arena)
{
    rap_lines_t *lines = p->lines;
    uint32_t runs = 0, all = 0;
    for (uint32_t i = 0; i < end; i++)
        runs += lines->at[i].runs_count;
    for (uint32_t i = 0; i < lines->count && runs; i++)
        if (lines->at[i].runs_count)
            all = lines->at[i].runs + lines->at[i].runs_count;
    p->at = rap_arena_alloc (arena, ((size_t)lines->count - end + cells_count) * sizeof *p->at);
    p->runs = rap_arena_alloc (arena, ((size_t)all + (size_t)runs * CELLS_MAX + 1) * sizeof *p->runs);
    p->runs_count = all;
    if (all)
        memcpy (p->runs, lines->runs, all * sizeof *p->runs);
    for (uint32_t i = 0; i < end; i++) {
        cells_t cells = cells_of (p->rules, rap_line_text (&lines->at[i]));
        add_cells (p, &lines->at[i], &cells);
    }
    memcpy (p->at + p->count, lines->at + end, (lines->count - end) * sizeof *p->at);
    lines->count = p->count + lines->count - end;
    lines->at = p->at;
    lines->runs = runs ? p->runs : lines->runs;
}

uint32_t rap_head_part (rap_lines_t *lines, const rap_rules_t *rules, rap_arena_t *arena)
{
    uint32_t end = 0, cells = 0, author = 0;
    for (; end < lines->count && end < RAP_HEAD_LINES_MAX; end++) {
        rap_text_t text = rap_line_text (&lines->at[end]);
        if (rap_head_ends (rules, text))
            break;
        cells += cells_of (rules, text).count;
    }
    parter_t p = {.rules = rules, .lines = lines};
    if (cells > end)
        part (&p, end, cells, arena);
    p.at = lines->at;
    while (lines->wrapped && author < cells && rap_head_of (rules, rap_line_text (&p.at[author])) < RAP_HEAD_ADOPTED)
        author++;
    author = author < cells ? author : 0;
    p.count = lines->count;
    flag_lines (&p, cells, author);
    return cells;
}
