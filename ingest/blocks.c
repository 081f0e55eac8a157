//  blocks: lines put together again as the paragraphs and headings that they were.
#include "draft.h"

#include <assert.h>
#include <stdlib.h>

#include "division.h"
#include "glyph.h"
#include "vector.h"

static bool is_end_or_space (rap_text_t text, size_t at)
{
    return at >= text.len || text.at[at] == ' ';
}

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

//  Behind so many bytes of a block nothing tells any more how it is numbered.
enum { COUNTER_MAX = 64 };

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
        size_t len;
        rap_word_t word = rap_word_read (line, 0, &len);
        if (len && !rap_mend_knows (draft, word))
            return true;
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

//  'The ...,' above a line that opens as preambular clauses do: an organ that no rule names.
static bool is_unnamed_formula (const maker_t *m, const rap_line_t *line, rap_text_t text)
{
    const rap_lines_t *lines = &m->draft->lines;
    return rap_rules_may_speak (text) && text.at[text.len - 1] == ',' && line + 1 < lines->at + lines->count
           && line[1].kind == RAP_LINE_BODY && rap_rules_opens_text (m->draft->rules, rap_line_text (line + 1));
}

//  An organ's name before what it does, or those who speak in a declaration.
static bool is_formula (const maker_t *m, const rap_line_t *line)
{
    rap_text_t text = made (m);
    if (!text.len || text.len > TITLE_MAX || (text.at[0] != 'T' && text.at[0] != 'W'))
        return false;
    text = probe_of (m, text);
    if (!text.len)
        return false;
    return rap_rules_formula (m->draft->rules, text) || is_unnamed_formula (m, line, text)
           || (text.len < TITLE_MAX && text.at[text.len - 1] == ','
               && rap_rules_begins (m->draft->rules, RAP_PHRASE_SPEAKER, text));
}

static bool ends_open (const maker_t *m)
{
    rap_text_t text = made (m); //  'A' alone is a letter, no article
    return text.len > 1 && rap_rules_last_word (m->draft->rules, text) & (RAP_JOINS | RAP_ABBREVIATES);
}

//  '45/1': the number of a resolution and nothing else.
static bool is_bare_number (rap_text_t text)
{
    const char *stroke = text.len ? memchr (text.at, '/', text.len) : NULL;
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++)
        digits += glyph_is_digit (text.at[i]);
    return stroke && glyph_starts_digit (text) && digits + 1 == text.len && text.at[text.len - 1] != '/';
}

static bool is_heading_word (const rap_rules_t *rules, rap_text_t text)
{
    if (text.len > TITLE_MAX || !glyph_starts_upper (text) || rap_text_ending (text))
        return false;
    if (rap_rules_equals (rules, RAP_PHRASE_SUMMARY, text) || rap_rules_equals (rules, RAP_PHRASE_CONTENTS, text))
        return true;
    const rap_phrase_t *found = rap_rules_begins (rules, RAP_PHRASE_ADOPTED_TEXT, text);
    rap_text_t number = rap_text_from (text, found ? found->phrase.len : 0);
    if (found && is_bare_number (rap_text_trim (number)))
        return true;
    found = rap_rules_begins (rules, RAP_PHRASE_ANNEX, text);
    if (!found)
        found = rap_rules_begins (rules, RAP_PHRASE_DRAFT, text);
    if (!found)
        return false;
    rap_text_t rest = rap_text_trim (rap_text_from (text, found->phrase.len));
    size_t len = 0;
    while (len < rest.len && glyph_is_upper (rest.at[len]))
        len++;
    return !rest.len
           || (len && is_end_or_space (rest, len) && (len == 1 || rap_roman_value (rap_text_of (rest.at, len))))
           || rest.at[0] == '*';
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
    if (text.len > HEADING_MAX || (ends_open (m) && !is_heading_word (m->draft->rules, text)))
        return true;
    if (c.kind == RAP_COUNT_ARABIC)
        return c.number == m->paragraph + 1 && text.len >= PARAGRAPH_MIN;
    if (c.kind != RAP_COUNT_NONE)
        return text.len >= PARAGRAPH_MIN / 2;
    return m->preamble && text.len >= PARAGRAPH_MIN / 2 && m->opener;
}

//  Whether the line's number can be that of a paragraph or heading here. `full`: the line before ends nothing and is
//  as long as there was room for, so that a number out of turn is a year, or a sum, at a sentence's end.
static bool is_plausible_number (const maker_t *m, rap_counter_t c, char ending, bool short_line, bool full)
{
    bool after_end = ending && ending != ',';
    const rap_counter_t *own = &m->block->counter;
    uint32_t last = own->kind == RAP_COUNT_ARABIC && ending ? own->number : m->paragraph;
    if (c.number == m->paragraph + 1 || c.number == last + 1)
        return ending || short_line || !m->draft->lines.wrapped || !is_running_text (m);
    if (c.number == 1) //  clauses begin after a comma
        return ending || short_line || !is_running_text (m);
    if (c.number > m->paragraph && c.number <= m->paragraph + 3)
        return after_end || short_line || !(full || is_running_text (m));
    return (after_end && short_line) || !(full || is_running_text (m));
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
static bool begins_anew (const maker_t *m, rap_text_t line, char ending, bool short_line, bool full)
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
        return is_plausible_number (m, c, ending, short_line, full);
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
    size_t len;
    rap_word_t word = rap_word_read (rap_line_text (line), 0, &len);
    bool letters = len == line->len || line->at[len] == ' ';
    if (letters && len < line->len && (len == 1 || !rap_mend_knows (draft, word)))
        len++;
    while (len < line->len && line->at[len] != ' ')
        len++;
    return (uint32_t)len;
}

//  Across a page's end, or between the paragraphs of flowed text: whether the
//  line goes on with the block.
static bool goes_on_across (const maker_t *m, rap_text_t line, char ending, bool page)
{
    uint32_t opener = rap_rules_opener (m->draft->rules, line);
    if (ending == '.' && (rap_rules_last_word (m->draft->rules, made (m)) & RAP_ABBREVIATES))
        return true;
    if (glyph_starts_lower (line))
        return !ending || ending == ',' || (ending == '.' && !glyph_is_of (line.at[line.len - 1], ".;:"));
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

//  A full line under the first of the paragraph that is expected next, which capitals made a little short.
static bool fills_paragraph (const maker_t *m, rap_text_t line)
{
    rap_counter_t c = m->block->counter;
    return c.kind == RAP_COUNT_ARABIC && m->paragraph && c.number == m->paragraph + 1
           && made (m).len >= PARAGRAPH_MIN * 3 / 4 && line.len * 10 >= m->draft->lines.forced * 8;
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
        return !(lines->even ? short_line : very_short) || (is_running_text (m) && !opener)
               || fills_paragraph (m, line);
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
           && (len == 1 || rap_roman_value (rap_text_of (text.at, len)));
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
    const char *end = line.at + line.len, *at = line.at;
    while (line.len < TITLE_MAX && (at = memchr (at, '.', (size_t)(end - at)))) {
        size_t run = 0;
        for (; at < end && (*at == '.' || *at == ' '); at++)
            run += *at == '.';
        if (run >= 5)
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
    if (line->flags & (RAP_LINE_BEGINS | RAP_LINE_GOES_ON))
        return line->flags & RAP_LINE_GOES_ON;
    if (m->block->flags & RAP_BLOCK_CONTENTS || is_contents (text))
        return false;
    rap_counter_t c = m->block->counter;
    if (c.kind != RAP_COUNT_NONE && made (m).len <= c.len) //  its number stands on a line of its own
        return true;
    if (is_lone_letter (made (m)) || is_cut (made (m)))
        return true;
    text = probe_of (m, text);
    bool full = lines->wrapped && !page && !ending && !short_line && line->gap <= (lines->spaced ? 1 : 0);
    if (begins_anew (m, text, ending, short_line, full))
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

//  An entry of a table of contents may take several lines, of which only the last has dots; above the first stands
//  what its columns are called.
static void join_contents (rap_draft_t *draft)
{
    enum { ENTRY_LINES = 6 };
    rap_block_t *blocks = draft->blocks;
    for (uint32_t i = 0; i < draft->blocks_count; i++) {
        if (!rap_rules_equals (draft->rules, RAP_PHRASE_CONTENTS, rap_block_text (draft, &blocks[i])))
            continue;
        for (uint32_t at = i + 1, open = at; at < draft->blocks_count && at - open <= ENTRY_LINES; at++) {
            if (blocks[at].flags & RAP_BLOCK_CONTENTS) {
                for (; open < at; open++)
                    blocks[open].flags |= RAP_BLOCK_CONTENTS;
                open = at + 1;
            } else if (blocks[at].ends || blocks[at].len > TITLE_MAX) {
                break;
            }
        }
    }
}

//  --- making -----------------------------------------------------------------

//  'A/90/1 and Rev.1' ends in a number, not in a full stop and a note's mark.
static char ending_of (const rap_draft_t *draft, rap_text_t text)
{
    rap_text_t stem = text;
    while (stem.len && glyph_is_digit (stem.at[stem.len - 1]))
        stem.len--;
    bool number = stem.len < text.len && rap_rules_last_word (draft->rules, stem) & RAP_ABBREVIATES;
    return number ? 0 : rap_text_ending (text);
}

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
    block->ends = ending_of (draft, text);
    block->counter = rap_counter_of (text);
    block->flags |= flags;
    draft->text[draft->text_len++] = '\n';
    m->preamble = m->preamble || m->formula;
    m->formula = false;
    m->block = NULL;
    bool divides = rap_division_of (draft->rules, text, block->ends).word.len > 0;
    if (divides || is_heading_word (draft->rules, text)) {
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
    for (uint32_t i = draft->edges_count; i && draft->edges[i - 1] >= at; i--)
        draft->edges[i - 1]++;
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

//  What a form told of the line that begins a block.
static uint8_t given_flags (const rap_line_t *line)
{
    return (uint8_t)((line->flags & RAP_LINE_STRONG ? RAP_BLOCK_STRONG : 0)
                     | (line->flags & RAP_LINE_TABLE ? RAP_BLOCK_TABLE : 0)
                     | (line->flags & RAP_LINE_CENTRED ? RAP_BLOCK_CENTRED : 0));
}

static rap_status_t take_line (maker_t *m, const rap_line_t *line, rap_reason_t *reason)
{
    rap_draft_t *draft = m->draft;
    rap_text_t text = rap_line_text (line);
    rap_status_t status = RAP_OK;
    rap_notes_point (draft, (uint32_t)(line - draft->lines.at));
    if (m->block && goes_on (m, line, text)) {
        rap_mend_join (draft, m->block->at, text);
    } else {
        bool gap = is_gap (&draft->lines, line);
        end_block (m, gap ? RAP_BLOCK_GAP_AFTER : 0);
        uint8_t hashes = draft->lines.given ? line->level : hashes_of (text);
        text = hashes && !draft->lines.given ? rap_text_trim (rap_text_from (text, hashes)) : text;
        status = begin_block (m, line,
                              (uint8_t)((gap ? RAP_BLOCK_GAP : 0) | (hashes ? RAP_BLOCK_HASHES : 0)
                                        | (is_contents (text) ? RAP_BLOCK_CONTENTS : 0) | given_flags (line)),
                              reason);
        if (status != RAP_OK)
            return status;
        m->block->hashes = hashes;
    }
    uint32_t split = 0, before = draft->text_len - m->block->at;
    bool first = line == &draft->lines.at[m->block->line];
    rap_clean_line (draft, line, text, false, draft->lines.wrapped || draft->lines.given ? NULL : &split);
    m->block->end = line->end;
    if (before < COUNTER_MAX)
        m->block->counter = rap_counter_of (made (m));
    m->formula = is_formula (m, line);
    if (first)
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
    rap_notes_find (draft, arena);
    if (draft->lines.wrapped)
        rap_mend_learn (draft);
    maker_t m = {.draft = draft};
    rap_status_t status = RAP_OK;
    for (uint32_t i = 0; i < draft->lines.count && status == RAP_OK; i++)
        if (draft->lines.at[i].kind == RAP_LINE_BODY)
            status = take_line (&m, &draft->lines.at[i], reason);
    end_block (&m, RAP_BLOCK_GAP_AFTER);
    join_contents (draft);
    rap_notes_write (draft);
    return status;
}

void rap_draft_fini (rap_draft_t *draft)
{
    free (draft->notes);
    free (draft->marks);
    free (draft->edges);
    free (draft->blocks);
    if (draft->seen.slots)
        rap_words_fini (&draft->seen);
}
