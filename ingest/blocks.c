//  blocks: lines put together again as the paragraphs and headings that they were.
#include "draft.h"

#include <assert.h>
#include <stdlib.h>

#include "glyph.h"
#include "vector.h"

//  --- counters ---------------------------------------------------------------

static rap_counter_t counter (rap_count_t kind, uint32_t number, size_t label_at, size_t label, size_t len)
{
    return (rap_counter_t){.kind = kind,
                           .number = number,
                           .label = (uint32_t)label,
                           .label_at = (uint32_t)label_at,
                           .len = (uint32_t)len};
}

static bool is_end_or_space (rap_text_t text, size_t at)
{
    return at >= text.len || text.at[at] == ' ';
}

//  '12. ' and '1.2.3 '.
static rap_counter_t arabic (rap_text_t text)
{
    rap_counter_t none = {.kind = RAP_COUNT_NONE};
    size_t at = 0, label = 0;
    uint32_t numbers = 0, value = 0;
    while (at < text.len && glyph_is_digit (text.at[at])) {
        value = 0;
        size_t from = at;
        while (at < text.len && at - from < 6 && glyph_is_digit (text.at[at]))
            value = value * 10 + (uint32_t)(text.at[at++] - '0');
        if (at - from > 5)
            return none;
        numbers++;
        label = at;
        if (at >= text.len || text.at[at] != '.')
            break;
        at++;
    }
    bool dotted = numbers && at > label;
    if (numbers == 1 && dotted && is_end_or_space (text, at) && label <= 4)
        return counter (RAP_COUNT_ARABIC, value, 0, label, at + (at < text.len));
    if (numbers > 1 && at < text.len && text.at[at] == ' ' && glyph_starts_upper (rap_text_from (text, at + 1)))
        return counter (RAP_COUNT_DECIMAL, numbers, 0, label, at + 1);
    return none;
}

static uint32_t roman_value (rap_text_t text)
{
    static const char digits[] = "IVXLC";
    static const uint32_t values[] = {1, 5, 10, 50, 100};
    uint32_t sum = 0, last = 0;
    for (size_t i = text.len; i-- > 0;) {
        const char *digit = memchr (digits, text.at[i] & ~32, sizeof digits - 1);
        if (!digit)
            return 0;
        uint32_t value = values[digit - digits];
        sum = value < last ? sum - value : sum + value;
        last = value > last ? value : last;
    }
    return sum;
}

//  'IV. ' and 'B. '; a letter that may be either counts as a capital if it is none of I, V, X.
static rap_counter_t capital (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && len < 8 && glyph_is_upper (text.at[len]))
        len++;
    bool closed = len && len < text.len && text.at[len] == '.' && is_end_or_space (text, len + 1);
    if (!closed || len + 2 >= text.len || !glyph_starts_upper (rap_text_from (text, len + 2)))
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    uint32_t roman = roman_value (rap_text_of (text.at, len));
    if (len == 1 && !strchr ("IVX", text.at[0]))
        return counter (RAP_COUNT_CAPITAL, (uint32_t)(text.at[0] - 'A' + 1), 0, 1, 3);
    return roman ? counter (RAP_COUNT_ROMAN, roman, 0, len, len + 2) : (rap_counter_t){.kind = RAP_COUNT_NONE};
}

//  '(a) ', '(iv) ', '(12) '.
static rap_counter_t parenthesis (rap_text_t text)
{
    size_t len = 1;
    while (len < text.len && len < 7 && (glyph_is_lower (text.at[len]) || glyph_is_digit (text.at[len])))
        len++;
    rap_text_t inner = rap_text_of (text.at + 1, len - 1);
    if (!inner.len || len >= text.len || text.at[len] != ')' || !is_end_or_space (text, len + 1))
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    bool digits = glyph_is_digit (inner.at[0]);
    if (digits && inner.len > 2) //  the year of a resolution
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    uint32_t roman = digits ? 0 : roman_value (inner);
    bool doubled = inner.len == 2 && inner.at[0] == inner.at[1]; //  (aa)
    if (!digits && inner.len > 1 && !roman && !doubled)
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    uint32_t number = 0;
    if (inner.len == 1 && !digits)
        number = (uint32_t)(inner.at[0] - 'a' + 1);
    return counter (RAP_COUNT_PAREN, number ? number : roman, 0, len + 1, len + 1 + (len + 1 < text.len));
}

//  'a. ', 'b) '.
static rap_counter_t small (rap_text_t text)
{
    if (text.len < 4 || !glyph_is_lower (text.at[0]) || (text.at[1] != '.' && text.at[1] != ')') || text.at[2] != ' ')
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    return counter (RAP_COUNT_SMALL, (uint32_t)(text.at[0] - 'a' + 1), 0, 1, 3);
}

static rap_counter_t bullet (rap_text_t text)
{
    static const char *const bullets[] = {"\xE2\x80\xA2",
                                          "\xC2\xB7",
                                          "\xE2\x97\x8F",
                                          "\xE2\x97\xA6",
                                          "\xE2\x96\xAA",
                                          "\xE2\x80\x93",
                                          "\xE2\x80\x94",
                                          "\xE2\x80\xA3",
                                          "\xEF\x82\xB7",
                                          "-",
                                          "o",
                                          "+"};
    for (size_t i = 0; i < sizeof bullets / sizeof *bullets; i++) {
        size_t len = strlen (bullets[i]);
        if (glyph_has (text, bullets[i]) && len + 1 < text.len && text.at[len] == ' '
            && (text.at[0] != 'o' || glyph_starts_upper (rap_text_from (text, 2))))
            return counter (RAP_COUNT_BULLET, 0, 0, 0, len + 1);
    }
    return (rap_counter_t){.kind = RAP_COUNT_NONE};
}

rap_counter_t rap_counter_of (rap_text_t text)
{
    if (!text.len)
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    char first = text.at[0];
    if (glyph_is_digit (first))
        return arabic (text);
    if (glyph_is_upper (first))
        return capital (text);
    if (first == '(')
        return parenthesis (text);
    rap_counter_t found = small (text);
    return found.kind ? found : bullet (text);
}

//  --- endings ----------------------------------------------------------------

static size_t without_closing (rap_text_t text)
{
    size_t len = text.len;
    for (;;) {
        if (len && strchr (" )]\"'", text.at[len - 1]))
            len--;
        else if (len >= 3 && (unsigned char)text.at[len - 3] == 0xE2 && (unsigned char)text.at[len - 2] == 0x80
                 && ((unsigned char)text.at[len - 1] == 0x99 || (unsigned char)text.at[len - 1] == 0x9D))
            len -= 3;
        else
            return len;
    }
}

//  Without a mark that the layout lowered to the line, as in '... session;3'.
static size_t without_mark (rap_text_t text, size_t len)
{
    size_t from = len;
    while (from && len - from < 4 && glyph_is_digit (text.at[from - 1]))
        from--;
    if (from == len || from < 2 || len - from > 3 || !strchr (".;:,", text.at[from - 1]) || text.at[from - 2] == '.')
        return len;
    char stop = text.at[from - 1];
    size_t digits = 0, word = from - 1;
    while (word > 0 && from - word < RAP_WORD_MAX && text.at[word - 1] != ' ')
        word--;
    bool slash = memchr (text.at + word, '/', from - word) != NULL;
    while (digits < from - 1 - word && glyph_is_digit (text.at[from - 2 - digits]))
        digits++;
    //  '.../L.2' is a symbol, '1,200' a number; '73/28,2', '2030,4' and '2030;4' end in a mark.
    bool marked = stop == '.' ? !digits && !slash : stop != ',' || !digits || slash || digits == 4;
    return marked ? from : len;
}

//  The ';' or ',' before 'and' or 'or' at a text's end; 0 if it does not end so.
static char before_conjunction (rap_text_t text)
{
    static const rap_text_t words[] = {{" and", 4}, {" or", 3}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text.len > words[i].len && rap_text_ends (text, words[i])) {
            char before = text.at[text.len - words[i].len - 1];
            return before == ';' || before == ',' ? before : 0;
        }
    return 0;
}

char rap_text_ending (rap_text_t text)
{
    size_t len = without_closing (text);
    if (!len)
        return 0;
    len = without_mark (text, len);
    char last = text.at[len - 1];
    if (last == ',') { //  '...; and,' ends as '...; and' does
        char conjunction = before_conjunction (rap_text_of (text.at, len - 1));
        return conjunction ? conjunction : ',';
    }
    return strchr (".;:?!", last) ? last : before_conjunction (rap_text_of (text.at, len));
}

//  --- notes ------------------------------------------------------------------

static rap_text_t mark_text (const rap_line_t *line, uint32_t *number, rap_arena_t *arena)
{
    rap_text_t mark = rap_text_of (line->at, line->label);
    char digits[16];
    size_t count = 0, at = 0, len;
    uint32_t digit;
    *number = 0;
    while ((len = glyph_raised (rap_text_from (mark, at), &digit)) && count < sizeof digits - 1) {
        digits[count++] = (char)('0' + digit);
        at += len;
    }
    if (!count)
        while (count < mark.len && count < sizeof digits - 1 && glyph_is_digit (mark.at[count])) {
            digits[count] = mark.at[count];
            count++;
        }
    for (size_t i = 0; i < count && i < 6; i++)
        *number = *number * 10 + (uint32_t)(digits[i] - '0');
    return count ? rap_arena_text (arena, rap_text_of (digits, count)) : mark;
}

static void find_notes (rap_draft_t *draft, rap_arena_t *arena)
{
    uint32_t group = 0;
    bool apart = true;
    for (uint32_t i = 0; i < draft->lines.count; i++) {
        const rap_line_t *line = &draft->lines.at[i];
        if (line->kind == RAP_LINE_BODY)
            apart = true;
        if (line->kind == RAP_LINE_NOTE_MORE && draft->notes_count)
            draft->notes[draft->notes_count - 1].last = i;
        if (line->kind != RAP_LINE_NOTE)
            continue;
        group += apart && draft->notes_count;
        apart = false;
        draft->notes = vector_room (draft->notes, draft->notes_count, &draft->notes_room, sizeof *draft->notes);
        rap_note_t *note = &draft->notes[draft->notes_count++];
        *note = (rap_note_t){.line = i, .last = i, .group = group, .raised = (unsigned char)line->at[0] >= 0x80};
        note->mark = mark_text (line, &note->number, arena);
    }
}

static void write_notes (rap_draft_t *draft)
{
    for (uint32_t n = 0; n < draft->notes_count; n++) {
        rap_note_t *note = &draft->notes[n];
        note->text_at = draft->text_len;
        for (uint32_t i = note->line; i <= note->last; i++) {
            const rap_line_t *line = &draft->lines.at[i];
            if (line->kind != RAP_LINE_NOTE && line->kind != RAP_LINE_NOTE_MORE)
                continue;
            rap_text_t text = rap_text_trim (rap_text_from (rap_line_text (line), i == note->line ? line->label : 0));
            rap_mend_join (draft, note->text_at, text);
            rap_clean_line (draft, text, true, NULL);
        }
        if (draft->lines.wrapped)
            rap_mend_words (draft, note->text_at, draft->marks_count);
        note->text_len = draft->text_len - note->text_at;
        draft->text[draft->text_len++] = '\n';
    }
}

//  The notes that marks of a line mean: those printed next after it.
static void point_at_notes (rap_draft_t *draft, uint32_t line)
{
    if (draft->group_end && draft->group_end <= draft->notes_count && draft->group_first < draft->notes_count
        && draft->notes[draft->group_first].line > line)
        return;
    while (draft->group_first < draft->notes_count && draft->notes[draft->group_first].line < line)
        draft->group_first++;
    uint32_t end = draft->group_first;
    while (end < draft->notes_count && draft->notes[end].group == draft->notes[draft->group_first].group)
        end++;
    draft->group_end = end;
    draft->group_next = draft->group_first;
}

//  --- blocks -----------------------------------------------------------------

typedef struct {
    rap_draft_t *draft;
    rap_block_t *block;     //  the one being made; NULL none
    const rap_line_t *last; //  its last line
    uint32_t paragraph;     //  number of the last numbered paragraph
    bool preamble;          //  between an organ's formula and the first number
    bool formula;           //  the block is one
    uint32_t opener;        //  what its first words open
} maker_t;

//  A paragraph cut by a page is longer than most headings, in bytes.
enum { PROBE_MAX = 320, HEADING_MAX = 250, PARAGRAPH_MIN = 80, TITLE_MAX = 400, CLOSING_MAX = 120 };

static rap_text_t made (const maker_t *m)
{
    return rap_text_of (m->draft->text + m->block->at, m->draft->text_len - m->block->at);
}

static rap_text_t letters_at_start (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && glyph_is_letter (text.at[len]))
        len++;
    return rap_text_of (text.at, len);
}

//  Whether one of the first words of a line that begins with a capital is no word.
static bool may_be_broken (const rap_draft_t *draft, rap_text_t line)
{
    enum { WORDS = 5 };
    if (!glyph_is_upper (line.at[0]))
        return false;
    for (int words = 0; words < WORDS && line.len; words++) {
        rap_text_t word = letters_at_start (line);
        if (word.len && !rap_words_find (&draft->rules->known, word))
            return true;
        size_t len = word.len;
        while (len < line.len && !glyph_is_letter (line.at[len]))
            len++;
        line = rap_text_from (line, len);
    }
    return false;
}

//  A line's beginning with its broken words mended, so that what it opens with can
//  be told. Written beyond the buffer's end; gone with the next text.
static rap_text_t probe_of (const maker_t *m, rap_text_t line)
{
    rap_draft_t *draft = m->draft;
    uint32_t len = draft->text_len;
    while (line.len > 1 && line.at[0] == '*') //  Markdown's emphasis
        line = rap_text_from (line, 1);
    if (!draft->lines.wrapped || line.len > PROBE_MAX || !may_be_broken (draft, line))
        return line;
    assert (len + line.len <= draft->text_room);
    memmove (draft->text + len, line.at, line.len);
    draft->text_len += (uint32_t)line.len;
    rap_mend_words (draft, len, draft->marks_count);
    rap_text_t probe = rap_text_of (draft->text + len, draft->text_len - len);
    draft->text_len = len;
    return probe;
}

//  An organ's name before what it does, or those who speak in a declaration.
static bool is_formula (const maker_t *m)
{
    rap_text_t text = made (m);
    if (!text.len || text.len > TITLE_MAX || (text.at[0] != 'T' && text.at[0] != 'W'))
        return false;
    text = probe_of (m, text);
    return rap_rules_formula (m->draft->rules, text)
           || (text.len < TITLE_MAX && text.len && text.at[text.len - 1] == ','
               && rap_rules_begins (m->draft->rules, RAP_PHRASE_SPEAKER, text));
}

static bool ends_open (const maker_t *m)
{
    return rap_rules_last_word (m->draft->rules, made (m)) & (RAP_JOINS | RAP_ABBREVIATES);
}

//  Whether the block being made, which has no ending yet, is surely running text
//  and no heading.
static bool is_running_text (const maker_t *m)
{
    rap_counter_t c = m->block->counter;
    rap_text_t text = rap_text_from (made (m), c.len);
    if (m->formula || c.kind == RAP_COUNT_ROMAN || c.kind == RAP_COUNT_CAPITAL
        || (m->block->flags & RAP_BLOCK_HASHES))
        return false;
    if (text.len > HEADING_MAX || ends_open (m))
        return true;
    if (c.kind == RAP_COUNT_ARABIC)
        return c.number == m->paragraph + 1 && text.len >= PARAGRAPH_MIN;
    if (c.kind != RAP_COUNT_NONE)
        return text.len >= PARAGRAPH_MIN / 2;
    return m->preamble && text.len >= PARAGRAPH_MIN / 2 && m->opener;
}

//  Whether the line's number can be that of a paragraph or heading here.
static bool is_plausible_number (const maker_t *m, rap_counter_t c, char ending, bool short_line)
{
    bool after_end = ending && ending != ',';
    const rap_counter_t *own = &m->block->counter;
    uint32_t last = own->kind == RAP_COUNT_ARABIC && ending ? own->number : m->paragraph;
    if (c.number == m->paragraph + 1 || c.number == last + 1)
        return ending || short_line || !m->draft->lines.wrapped || !is_running_text (m);
    if (c.number == 1) //  clauses begin after a comma
        return ending || short_line || !is_running_text (m);
    if (c.number > m->paragraph && c.number <= m->paragraph + 3)
        return after_end || short_line || !is_running_text (m);
    return (after_end && short_line) || !is_running_text (m);
}

static bool is_heading_word (const rap_rules_t *rules, rap_text_t text)
{
    if (text.len > TITLE_MAX || !glyph_starts_upper (text) || rap_text_ending (text))
        return false;
    if (rap_rules_equals (rules, RAP_PHRASE_SUMMARY, text) || rap_rules_equals (rules, RAP_PHRASE_CONTENTS, text))
        return true;
    const rap_phrase_t *found = rap_rules_begins (rules, RAP_PHRASE_ANNEX, text);
    if (!found)
        found = rap_rules_begins (rules, RAP_PHRASE_DRAFT, text);
    if (!found)
        return false;
    rap_text_t rest = rap_text_trim (rap_text_from (text, found->phrase.len));
    size_t len = 0;
    while (len < rest.len && glyph_is_upper (rest.at[len]))
        len++;
    return !rest.len || (len && is_end_or_space (rest, len) && (len == 1 || roman_value (rap_text_of (rest.at, len))))
           || rest.at[0] == '*';
}

//  Signs of a Markdown heading at a line's start, before a space.
static uint8_t hashes_of (rap_text_t line)
{
    uint8_t count = 0;
    while (count < 255 && count < line.len && line.at[count] == '#')
        count++;
    return count < line.len && line.at[count] == ' ' ? count : 0;
}

//  The line begins something of its own, whatever stands before it.
static bool begins_anew (const maker_t *m, rap_text_t line, char ending, bool short_line)
{
    const rap_rules_t *rules = m->draft->rules;
    if (m->formula)
        return !glyph_starts_lower (line);
    if (hashes_of (line) || rap_rules_formula (rules, line))
        return true;
    if (is_heading_word (rules, line) && (ending || short_line || !is_running_text (m)))
        return true;
    if (glyph_starts_digit (line) && ending == '.' && line.len < CLOSING_MAX
        && (rap_rules_is_date (rules, line) || rap_rules_within (rules, RAP_PHRASE_CLOSING, line)))
        return true;
    if (!m->paragraph && !m->preamble && !ending && rap_is_numbered_title (line))
        return true;
    rap_counter_t c = rap_counter_of (line);
    switch (c.kind) {
    case RAP_COUNT_ARABIC:
        return is_plausible_number (m, c, ending, short_line);
    case RAP_COUNT_DECIMAL:
    case RAP_COUNT_ROMAN:
    case RAP_COUNT_CAPITAL:
        return (ending && ending != ',') || short_line || !is_running_text (m);
    case RAP_COUNT_PAREN:
    case RAP_COUNT_SMALL:
        return ending || short_line || !is_running_text (m);
    case RAP_COUNT_BULLET:
        //  A dash in running text begins no list.
        return ending && (line.at[0] != '-' || ending != ',') && (short_line || ending != ',');
    default:
        return false;
    }
}

//  Bytes of a line's first word; of its first two if the first is no word, for
//  then the layout has broken it.
static uint32_t word_len (const rap_draft_t *draft, const rap_line_t *line)
{
    uint32_t len = 0;
    while (len < line->len && line->at[len] != ' ')
        len++;
    bool letters = letters_at_start (rap_line_text (line)).len == len;
    if (!letters || (len > 1 && rap_words_find (&draft->rules->known, rap_text_of (line->at, len))))
        return len;
    while (++len < line->len && line->at[len] != ' ') {
    }
    return len;
}

//  Across a page's end, or between the paragraphs of flowed text: whether the
//  line goes on with the block.
static bool goes_on_across (const maker_t *m, rap_text_t line, char ending, bool page)
{
    uint32_t opener = rap_rules_opener (m->draft->rules, line);
    if (ending == '.' && (rap_rules_last_word (m->draft->rules, made (m)) & RAP_ABBREVIATES))
        return true;
    if (glyph_starts_lower (line))
        return !ending || ending == ',' || (ending == '.' && !strchr (".;:", line.at[line.len - 1]));
    if (ending && ending != ',')
        return false;
    bool counted = m->block->counter.kind == RAP_COUNT_PAREN
                   || (m->block->counter.kind == RAP_COUNT_ARABIC && m->block->counter.number == m->paragraph + 1);
    if (glyph_starts_digit (line))
        return counted || is_running_text (m) || ending == ',';
    //  A verb that opens clauses, at a page's beginning, may be a name's first word.
    if (m->preamble && opener && (ending || (opener & RAP_OPENS_PREAMBULAR && !page))
        && !(ending == 0 && ends_open (m)))
        return false;
    //  The rest of a paragraph ends as paragraphs do; a heading does not.
    bool heading = !m->draft->lines.wrapped && line.len < HEADING_MAX && !rap_text_ending (line) && !ends_open (m);
    if (heading)
        return false;
    //  What introduces a declaration's items, too, is a line of its own.
    bool introduces = line.len < PARAGRAPH_MIN && line.at[line.len - 1] == ':';
    if (ending == ',' && m->preamble && (!page || introduces) && glyph_is_upper (line.at[0]))
        return false;
    if (ending == ',')
        return !m->preamble || m->block->counter.kind != RAP_COUNT_NONE || !glyph_is_upper (line.at[0])
               || !rap_text_ends (letters_at_start (line), RAP_TEXT ("ing"));
    return is_running_text (m);
}

//  Between two lines of a wrapped text.
static bool goes_on_within (const maker_t *m, rap_text_t line, char ending, bool short_line)
{
    const rap_lines_t *lines = &m->draft->lines;
    //  In print the width of a line in characters varies.
    bool very_short = short_line && m->last->len * 10 < lines->forced * 8;
    if (ending == '.' && (rap_rules_last_word (m->draft->rules, made (m)) & RAP_ABBREVIATES))
        return true;
    bool capital = glyph_starts_upper (line);
    uint32_t opener = capital ? rap_rules_opener (m->draft->rules, line) : 0;
    if (m->preamble && (opener & RAP_OPENS_PREAMBULAR) && ending)
        return false;
    if (glyph_starts_lower (line))
        return !(short_line && (ending == ';' || ending == ':' || (ending == '.' && lines->even)));
    switch (ending) {
    case 0:
        return !(lines->even ? short_line : very_short) || (is_running_text (m) && !opener);
    case ',':
        return !(m->preamble && short_line && capital);
    case ';':
        return !capital;
    default:
        return lines->even ? !short_line : !very_short;
    }
}

//  'A.' or 'IV.' on a line of its own: the heading is on the next.
static bool is_lone_letter (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && glyph_is_upper (text.at[len]))
        len++;
    return len && len + 1 == text.len && text.at[len] == '.'
           && (len == 1 || roman_value (rap_text_of (text.at, len)));
}

//  A text that ends in a word's hyphen or a symbol's stroke goes on.
static bool is_cut (rap_text_t text)
{
    return text.len > 1 && (text.at[text.len - 1] == '-' || text.at[text.len - 1] == '/')
           && glyph_is_wordy (text.at[text.len - 2]);
}

//  A line of a table of contents: dots lead to its page.
static bool is_contents (rap_text_t line)
{
    size_t run = 0;
    for (size_t i = 0; i < line.len && line.len < TITLE_MAX; i++) {
        if (line.at[i] == '.')
            run++;
        else if (line.at[i] != ' ')
            run = 0;
        if (run == 5)
            return true;
    }
    return false;
}

//  A short line without an end, before one that surely begins a clause or a
//  paragraph: the rest of a paragraph would have ended. So it is a heading.
static bool is_heading_between (const maker_t *m, const rap_line_t *line, rap_text_t text)
{
    const rap_lines_t *lines = &m->draft->lines;
    const rap_line_t *next = line + 1;
    if (next >= lines->at + lines->count || next->kind != RAP_LINE_BODY || !glyph_starts_upper (text)
        || rap_text_ending (text) || line->len + 1 + word_len (m->draft, next) >= lines->forced)
        return false;
    rap_text_t after = rap_line_text (next);
    rap_counter_t c = rap_counter_of (after);
    return (c.kind == RAP_COUNT_ARABIC && glyph_starts_upper (rap_text_from (after, c.len)))
           || (m->preamble && rap_rules_opener (m->draft->rules, after));
}

static bool goes_on (const maker_t *m, const rap_line_t *line, rap_text_t text)
{
    const rap_lines_t *lines = &m->draft->lines;
    char ending = rap_text_ending (made (m));
    bool page = line->flags & RAP_LINE_PAGE;
    bool short_line = lines->wrapped && !page && m->last->len + 1 + word_len (m->draft, line) < lines->forced;
    if (m->block->flags & RAP_BLOCK_CONTENTS || is_contents (text))
        return false;
    rap_counter_t c = m->block->counter;
    if (c.kind != RAP_COUNT_NONE && made (m).len <= c.len) //  its number stands on a line of its own
        return true;
    if (is_lone_letter (made (m)) || is_cut (made (m)))
        return true;
    text = probe_of (m, text);
    if (begins_anew (m, text, ending, short_line))
        return false;
    if (lines->wrapped && ending && is_heading_between (m, line, text))
        return false;
    if (!lines->wrapped || page)
        return goes_on_across (m, text, ending, page);
    bool gap = lines->spaced ? line->gap > 1 : line->gap > 0;
    if (gap) //  a page may have cut a sentence
        return is_running_text (m) && (ends_open (m) || ((!ending || ending == ',') && glyph_starts_lower (text)));
    if (lines->spaced && (line->flags & RAP_LINE_TIGHT)) //  the second line of a heading
        return true;
    return goes_on_within (m, text, ending, short_line);
}

//  --- making -----------------------------------------------------------------

static void end_block (maker_t *m, uint8_t flags)
{
    rap_draft_t *draft = m->draft;
    rap_block_t *block = m->block;
    if (!block)
        return;
    if (draft->lines.wrapped)
        rap_mend_words (draft, block->at, block->marks);
    rap_text_t text = made (m);
    block->len = (uint32_t)text.len;
    block->ends = rap_text_ending (text);
    block->counter = rap_counter_of (text);
    block->flags |= flags;
    draft->text[draft->text_len++] = '\n';
    m->preamble = m->preamble || m->formula;
    m->formula = false;
    m->block = NULL;
    if (is_heading_word (draft->rules, text)) {
        m->paragraph = 0;
        m->preamble = false;
    }
    if (block->counter.kind == RAP_COUNT_ARABIC && (block->ends || text.len > HEADING_MAX)) {
        m->paragraph = block->counter.number;
        m->preamble = false;
    }
    if (!block->len)
        draft->blocks_count--;
}

static rap_status_t begin_block (maker_t *m, const rap_line_t *line, uint8_t flags, rap_reason_t *reason)
{
    rap_draft_t *draft = m->draft;
    if (draft->blocks_count >= RAP_BLOCKS_MAX)
        return rap_refuse (reason, "more than %d paragraphs, at byte %u", RAP_BLOCKS_MAX, line->start);
    draft->blocks = vector_room (draft->blocks, draft->blocks_count, &draft->blocks_room, sizeof *draft->blocks);
    m->block = &draft->blocks[draft->blocks_count++];
    *m->block = (rap_block_t){.at = draft->text_len,
                              .start = line->start,
                              .end = line->end,
                              .line = (uint32_t)(line - draft->lines.at),
                              .marks = draft->marks_count,
                              .flags = flags};
    return RAP_OK;
}

static bool is_gap (const rap_lines_t *lines, const rap_line_t *line)
{
    return lines->wrapped && !(line->flags & RAP_LINE_PAGE) && (lines->spaced ? line->gap > 1 : line->gap > 0);
}

//  One line, two headings: what was written from `at` on becomes a block of its own.
static rap_status_t split_block (maker_t *m, const rap_line_t *line, uint32_t at, rap_reason_t *reason)
{
    rap_draft_t *draft = m->draft;
    uint32_t len = draft->text_len - at, mark = draft->marks_count;
    while (mark > m->block->marks && draft->marks[mark - 1].at > at)
        draft->marks[--mark].at++;
    memmove (draft->text + at + 1, draft->text + at, len);
    draft->text_len = at;
    end_block (m, 0);
    rap_status_t status = begin_block (m, line, RAP_BLOCK_OPEN, reason);
    if (status != RAP_OK)
        return status;
    m->block->marks = mark;
    draft->text_len = m->block->at + len;
    m->block->counter = rap_counter_of (made (m));
    return RAP_OK;
}

static rap_status_t take_line (maker_t *m, const rap_line_t *line, rap_reason_t *reason)
{
    rap_draft_t *draft = m->draft;
    rap_text_t text = rap_line_text (line);
    rap_status_t status = RAP_OK;
    point_at_notes (draft, (uint32_t)(line - draft->lines.at));
    if (m->block && goes_on (m, line, text)) {
        rap_mend_join (draft, m->block->at, text);
    } else {
        bool gap = is_gap (&draft->lines, line);
        end_block (m, gap ? RAP_BLOCK_GAP_AFTER : 0);
        uint8_t hashes = hashes_of (text);
        text = hashes ? rap_text_trim (rap_text_from (text, hashes)) : text;
        status = begin_block (m, line,
                              (uint8_t)((gap ? RAP_BLOCK_GAP : 0) | (hashes ? RAP_BLOCK_HASHES : 0)
                                        | (is_contents (text) ? RAP_BLOCK_CONTENTS : 0)),
                              reason);
        if (status != RAP_OK)
            return status;
        m->block->hashes = hashes;
    }
    uint32_t split = 0;
    rap_clean_line (draft, text, false, draft->lines.wrapped ? NULL : &split);
    m->block->end = line->end;
    m->block->counter = rap_counter_of (made (m));
    m->formula = is_formula (m);
    if (line == &draft->lines.at[m->block->line])
        m->opener = rap_rules_opener (draft->rules, probe_of (m, made (m)));
    m->last = line;
    return split > m->block->at ? split_block (m, line, split, reason) : RAP_OK;
}

rap_status_t rap_draft_fill (rap_draft_t *draft, rap_arena_t *arena, rap_reason_t *reason)
{
    //  Cleaning never lengthens a line; a byte stands between lines and after blocks,
    //  and what is only probed behind all of it.
    uint64_t room = 64 + PROBE_MAX;
    for (uint32_t i = 0; i < draft->lines.count; i++)
        room += draft->lines.at[i].len + 3U;
    if (room > UINT32_MAX)
        return rap_refuse (reason, "text of %llu bytes; at most %u", (unsigned long long)room, UINT32_MAX);
    draft->text = rap_arena_alloc (arena, room);
    draft->text_room = (uint32_t)room;
    find_notes (draft, arena);
    if (draft->lines.wrapped)
        rap_mend_learn (draft);
    maker_t m = {.draft = draft};
    rap_status_t status = RAP_OK;
    for (uint32_t i = 0; i < draft->lines.count && status == RAP_OK; i++)
        if (draft->lines.at[i].kind == RAP_LINE_BODY)
            status = take_line (&m, &draft->lines.at[i], reason);
    end_block (&m, RAP_BLOCK_GAP_AFTER);
    write_notes (draft);
    return status;
}

void rap_draft_fini (rap_draft_t *draft)
{
    free (draft->notes);
    free (draft->marks);
    free (draft->blocks);
    if (draft->seen.slots)
        rap_words_fini (&draft->seen);
}
