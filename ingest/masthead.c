//  masthead: each line of the head is asked what it tells.
#include "masthead.h"

#include "division.h"
#include "glyph.h"
#include "number.h"

enum { TITLE_LEN_MIN = 4, TITLE_LEN_MAX = 600, SENTENCE_MIN = 60, INTRODUCTION_MIN = 60, LONG_MIN = 200 };

//  --- symbols ----------------------------------------------------------------

//  A line that ends in a stroke goes on in the next: 'A/79/437/' above 'Add.4'.
static rap_text_t with_next (const rap_lines_t *lines, uint32_t *i, rap_arena_t *arena)
{
    rap_text_t line = rap_line_text (&lines->at[*i]);
    if (!line.len || line.at[line.len - 1] != '/' || line.len > LONG_MIN || *i + 1 >= lines->count)
        return line;
    rap_text_t next = rap_line_text (&lines->at[++*i]);
    return rap_arena_format (arena, "%.*s%.*s", (int)line.len, line.at, (int)(next.len < LONG_MIN ? next.len : 0),
                             next.at);
}

rap_symbols_t rap_masthead_symbols (const rap_lines_t *lines, const rap_rules_t *rules, rap_arena_t *arena)
{
    rap_symbols_t symbols = {.count = 0};
    for (uint32_t i = 0; i < lines->count && i < RAP_HEAD_LINES_MAX; i++) {
        if (rap_head_ends (rules, rap_line_text (&lines->at[i])))
            break;
        rap_symbols_t more = rap_head_symbols (rules, with_next (lines, &i, arena), arena);
        for (uint32_t n = 0; n < more.count; n++)
            rap_symbols_add (&symbols, more.at[n]);
    }
    return symbols;
}

static rap_text_t json_list (const rap_symbols_t *symbols, rap_text_t but, rap_arena_t *arena)
{
    rap_text_t list = RAP_TEXT ("[");
    for (uint32_t i = 0; i < symbols->count; i++)
        if (!rap_text_equal (symbols->at[i], but)) //  a symbol has no character that JSON escapes
            list = rap_arena_format (arena, "%.*s%s\"%.*s\"", (int)list.len, list.at, list.len > 1 ? "," : "",
                                     (int)symbols->at[i].len, symbols->at[i].at);
    return rap_arena_format (arena, "%.*s]", (int)list.len, list.at);
}

//  --- what a line tells ------------------------------------------------------

enum { BODIES_MAX = 4 };

typedef struct {
    const rap_draft_t *draft;
    const rap_rules_t *rules;
    rap_arena_t *arena;
    rap_document_t *document;
    rap_text_t adopted_on;
    rap_text_t meeting;            //  at which it was adopted
    rap_text_t kind;               //  as some line says that may speak of another document
    rap_text_t bodies[BODIES_MAX]; //  named above the date
    uint32_t bodies_count;
    rap_text_t organ;  //  the one named last, if nothing above named it
    bool dated;        //  the line of its date has been
    uint32_t author;   //  block with the line under the title
    uint32_t numbered; //  block with the title of a resolution
    uint32_t number;   //  block that begins with 'Resolution' or 'Decision' and its number
} head_t;

static void set (rap_text_t *field, rap_text_t value)
{
    if (!field->len)
        *field = value;
}

static rap_text_t block_text (const head_t *h, uint32_t i)
{
    return rap_block_text (h->draft, &h->draft->blocks[i]);
}

//  '3 March 2025' at the text's start, as 2025-03-03; '' if there is none.
static rap_text_t date_of (const head_t *h, rap_text_t text)
{
    unsigned year, month, day;
    if (!rap_head_date (h->rules, text, &year, &month, &day))
        return RAP_TEXT ("");
    return rap_arena_format (h->arena, "%04u-%02u-%02u", year, month, day);
}

//  The last date in a line.
static rap_text_t last_date (const head_t *h, rap_text_t line)
{
    rap_text_t last = RAP_TEXT ("");
    for (size_t at = 0; at < line.len; at++) {
        if (!glyph_is_digit (line.at[at]) || (at && glyph_is_digit (line.at[at - 1])))
            continue;
        rap_text_t date = date_of (h, rap_text_from (line, at));
        last = date.len ? date : last;
    }
    return last;
}

//  '9872nd meeting' in a line that tells when something was adopted; '' if none is.
static rap_text_t meeting_of (const head_t *h, rap_text_t line)
{
    for (uint32_t i = 0; i < h->rules->phrases_count[RAP_PHRASE_MEETING]; i++) {
        rap_text_t word = h->rules->phrases[RAP_PHRASE_MEETING][i].phrase;
        const char *found = line.len > word.len ? memmem (line.at, line.len, word.at, word.len) : NULL;
        size_t at = found ? (size_t)(found - line.at) : 0, from = at;
        if (from < 2 || line.at[from - 1] != ' ')
            continue;
        for (from--; from && line.at[from - 1] != ' ';)
            from--;
        if (glyph_is_digit (line.at[from]))
            return rap_text_of (line.at + from, at + word.len - from);
    }
    return RAP_TEXT ("");
}

//  'Agenda item 19 (c)': the numbers and letters.
static rap_text_t agenda_of (rap_text_t rest)
{
    static const rap_text_t joints[] = {{"and ", 4}, {"to ", 3}};
    size_t at = 0, end = 0;
    while (at < rest.len) {
        char c = rest.at[at];
        size_t step = c == (char)0xE2 ? 3 : 1;
        if (glyph_is_digit (c) || c == ')')
            end = at + 1;
        else if (glyph_has (rap_text_from (rest, at), joints[0].at))
            step = joints[0].len;
        else if (glyph_has (rap_text_from (rest, at), joints[1].at))
            step = joints[1].len;
        else if (c == '(' && at + 2 < rest.len && rest.at[at + 2] == ')')
            step = 2;
        else if (!strchr (" ,(-", c) && !glyph_has (rap_text_from (rest, at), "\xE2\x80\x93"))
            break;
        at += step;
    }
    return rap_text_of (rest.at, end < rest.len ? end : rest.len);
}

bool rap_is_numbered_title (rap_text_t text)
{
    size_t at = 0, from = 0;
    while (at < text.len && at < 5 && glyph_is_digit (text.at[at]))
        at++;
    if (!at || at >= text.len)
        return false;
    if (text.at[at] == '/') {
        for (from = ++at; at < text.len && at - from < 5 && glyph_is_digit (text.at[at]);)
            at++;
        if (at == from)
            return false;
    }
    size_t letter = at;
    while (at < text.len && (glyph_is_upper (text.at[at]) || text.at[at] == ' ') && text.at[at - 1] != '.')
        at++;
    if (at < text.len && text.at[at] == '(') { //  '3218 (XXIX).'
        for (from = ++at; at < text.len && memchr ("IVXLES-", text.at[at], 7);)
            at++;
        if (at == from || at >= text.len || text.at[at++] != ')')
            return false;
    } else if (!from || (at > letter && at < text.len && text.at[at] != '.')) {
        return false;
    }
    return at + 2 < text.len && text.at[at] == '.' && text.at[at + 1] == ' ';
}

static bool is_above (const head_t *h, rap_text_t actor)
{
    for (uint32_t i = 0; i < h->bodies_count; i++)
        if (rap_text_equal (h->bodies[i], actor))
            return true;
    return false;
}

//  The first organ is that whose paper it is; one that is named under the date,
//  before its session, that whose document it is.
static void tell_body (head_t *h, rap_text_t actor)
{
    set (&h->document->body, actor);
    h->organ = h->dated && !is_above (h, actor) ? actor : RAP_TEXT ("");
    if (!h->dated && h->bodies_count < BODIES_MAX)
        h->bodies[h->bodies_count++] = actor;
}

static void tell_session (head_t *h, rap_text_t text)
{
    if (!h->document->session.len && h->organ.len)
        h->document->body = h->organ;
    while (text.len && strchr ("* ", text.at[text.len - 1]))
        text.len--;
    set (&h->document->session, text);
}

//  Who adopted it counts more than whose paper it is printed on.
static void tell_adopted (head_t *h, rap_text_t text)
{
    const rap_phrase_t *adopted = rap_rules_begins (h->rules, RAP_PHRASE_ADOPTED, text);
    const rap_body_t *body = rap_rules_body (h->rules, rap_text_trim (rap_text_from (text, adopted->phrase.len)));
    if (body && body->actor.len)
        h->document->body = body->actor;
    set (&h->adopted_on, last_date (h, text));
    set (&h->meeting, meeting_of (h, text));
}

static void tell_circulation (head_t *h, rap_text_t text)
{
    const rap_phrase_t *label = rap_rules_begins (h->rules, RAP_PHRASE_DISTR, text);
    if (label)
        text = rap_text_trim (rap_text_from (text, label->phrase.len));
    while (text.len && (text.at[0] == ':' || text.at[0] == ' '))
        text = rap_text_from (text, 1);
    while (text.len && strchr ("* ", text.at[text.len - 1]))
        text.len--;
    const rap_phrase_t *found = text.len ? rap_rules_equals (h->rules, RAP_PHRASE_CIRCULATION, text) : NULL;
    if (found)
        set (&h->document->distribution, found->value);
}

//  'Economic and Social Council resolution 2036/12', and no more than that: what stands behind the organ's name; else
//  all.
static rap_text_t behind_organ (const head_t *h, rap_text_t text)
{
    const rap_body_t *body = rap_rules_body (h->rules, text);
    rap_text_t rest = body && body->actor.len ? rap_text_trim (rap_text_from (text, body->name.len)) : RAP_TEXT ("");
    const rap_phrase_t *found = rest.len ? rap_rules_begins (h->rules, RAP_PHRASE_ADOPTED_TEXT, rest) : NULL;
    rap_text_t number = found ? rap_text_trim (rap_text_from (rest, found->phrase.len)) : RAP_TEXT ("");
    return glyph_starts_digit (number) && !memchr (number.at, ' ', number.len) ? rest : text;
}

static void tell (head_t *h, uint32_t i)
{
    rap_text_t whole = block_text (h, i), text = behind_organ (h, whole);
    if (text.len < whole.len)
        tell_body (h, rap_rules_body (h->rules, whole)->actor);
    const rap_phrase_t *found = rap_rules_begins (h->rules, RAP_PHRASE_KIND, text);
    if (found) {
        set (&h->kind, found->value);
        if (h->number == UINT32_MAX && glyph_starts_digit (rap_text_trim (rap_text_from (text, found->phrase.len))))
            h->number = i;
    }
    if ((found = rap_rules_begins (h->rules, RAP_PHRASE_SURE_KIND, text)))
        set (&h->document->kind, found->value);
    switch (rap_head_of (h->rules, text)) {
    case RAP_HEAD_BODY:
        tell_body (h, rap_head_body (h->rules, text)->actor);
        break;
    case RAP_HEAD_DISTR:
    case RAP_HEAD_CIRCULATION:
        tell_circulation (h, text);
        break;
    case RAP_HEAD_DATE:
        set (&h->document->published, date_of (h, text));
        h->dated = true;
        break;
    case RAP_HEAD_SESSION:
        tell_session (h, text);
        break;
    case RAP_HEAD_ITEM:
        found = rap_rules_begins (h->rules, RAP_PHRASE_AGENDA, text);
        set (&h->document->agenda_item, agenda_of (rap_text_trim (rap_text_from (text, found->phrase.len))));
        break;
    case RAP_HEAD_ADOPTED:
        tell_adopted (h, text);
        break;
    case RAP_HEAD_AUTHOR:
        h->author = h->author == UINT32_MAX ? i : h->author;
        break;
    default:
        break;
    }
    if (rap_is_numbered_title (text))
        h->numbered = i;
    if (rap_rules_begins (h->rules, RAP_PHRASE_DAY, text))
        set (&h->adopted_on, last_date (h, text));
}

//  --- kind -------------------------------------------------------------------

//  In a symbol the kind stands between strokes: 'S/PRST/2009/29'.
static rap_text_t kind_of_symbol (const head_t *h)
{
    const rap_phrase_t *found = rap_rules_within (h->rules, RAP_PHRASE_SYMBOL_KIND, h->document->symbol);
    return found ? found->value : RAP_TEXT ("");
}

//  Of the first blocks of text: whose words say what it is, or in which an organ or those assembled speak.
static rap_text_t kind_of_text (const head_t *h, uint32_t first)
{
    enum { BLOCKS = 8, SPEAKERS = 4 };
    bool formula = false;
    for (uint32_t i = first; i < h->draft->blocks_count && i < first + BLOCKS; i++) {
        const rap_block_t *block = &h->draft->blocks[i];
        const rap_phrase_t *found =
            rap_rules_begins (h->rules, RAP_PHRASE_KIND_IN_TEXT, rap_block_body (h->draft, block));
        if (found)
            return found->value;
        found = i < first + SPEAKERS && block->ends == ','
                    ? rap_rules_begins (h->rules, RAP_PHRASE_SPEAKER, block_text (h, i))
                    : NULL;
        if (found && found->value.len)
            return found->value;
        bool speaks =
            rap_rules_formula (h->rules, block_text (h, i)) || (!found && rap_masthead_is_formula (h->draft, i));
        formula = formula || (i < first + SPEAKERS && speaks);
    }
    return formula ? RAP_TEXT ("resolution") : RAP_TEXT ("");
}

static void find_kind (head_t *h, uint32_t first)
{
    set (&h->document->kind, kind_of_symbol (h));
    set (&h->document->kind, h->kind);
    set (&h->document->kind, kind_of_text (h, first));
    set (&h->document->kind, RAP_TEXT ("other"));
}

//  --- title ------------------------------------------------------------------

//  A name that several organs have, and nothing else: 'Conference of the Parties'.
static bool is_organ (const head_t *h, rap_text_t text)
{
    const rap_body_t *body = rap_rules_body (h->rules, text);
    return body && body->name.len == text.len;
}

static bool may_be_title (const head_t *h, uint32_t i)
{
    const rap_block_t *block = &h->draft->blocks[i];
    rap_text_t text = block_text (h, i);
    rap_head_t role = rap_head_of (h->rules, text);
    return block->len >= TITLE_LEN_MIN && block->len <= TITLE_LEN_MAX && !glyph_starts_digit (text)
           && behind_organ (h, text).len == text.len && !is_organ (h, text)
           && (role == RAP_HEAD_NONE || role == RAP_HEAD_AUTHOR) && !strchr (",;.", block->ends ? block->ends : ' ')
           && !rap_rules_begins (h->rules, RAP_PHRASE_TELLS_NOT, text)
           && !rap_rules_begins (h->rules, RAP_PHRASE_DAY, text) && !rap_rules_symbol (h->rules, text)
           && !rap_rules_begins (h->rules, RAP_PHRASE_AGENDA, text) && !date_of (h, text).len;
}

//  Under 'Decision 2036/231' the next line is the title, whatever it begins with.
static bool is_under_number (const head_t *h, uint32_t i)
{
    return h->number != UINT32_MAX && i == h->number + 1
           && rap_head_of (h->rules, block_text (h, i)) == RAP_HEAD_AUTHOR;
}

static uint32_t find_title (const head_t *h, uint32_t first)
{
    if (h->number != UINT32_MAX && h->number + 1 < first && is_under_number (h, h->number + 1))
        return h->number + 1;
    if (h->numbered < first)
        return h->numbered;
    for (uint32_t i = h->author < first ? h->author : first; i-- > 0;)
        if (may_be_title (h, i))
            return i;
    return h->author < first ? h->author : UINT32_MAX; //  'Letter dated ...', 'Report of ... on ...'
}

static rap_text_t title_text (const head_t *h, uint32_t i)
{
    rap_text_t text = block_text (h, i);
    if (!rap_is_numbered_title (text))
        return text;
    const char *stop = memchr (text.at, '.', text.len);
    return rap_text_trim (rap_text_from (text, (size_t)(stop - text.at) + 1));
}

//  --- the end of the masthead ------------------------------------------------

//  In a form that has headings, lines of the masthead may be set as such: those that tell
//  what document this is, and those above them.
static bool is_of_head (const rap_draft_t *draft, const rap_block_t *block)
{
    enum { AHEAD = 4 };
    const rap_block_t *end = draft->blocks + draft->blocks_count;
    for (uint32_t i = 0; draft->lines.given && i < AHEAD && block < end; i++, block++) {
        rap_text_t text = rap_block_text (draft, block);
        if (rap_head_of (draft->rules, text) != RAP_HEAD_NONE || rap_is_numbered_title (text))
            return true;
        if (block->ends || block->counter.kind != RAP_COUNT_NONE)
            return false;
    }
    return false;
}

bool rap_masthead_is_formula (const rap_draft_t *draft, uint32_t i)
{
    if (i + 1 >= draft->blocks_count)
        return false;
    const rap_block_t *block = &draft->blocks[i], *next = block + 1;
    return block->ends == ',' && rap_rules_may_speak (rap_block_text (draft, block)) && next->ends
           && rap_rules_opens_text (draft->rules, rap_block_text (draft, next));
}

static bool is_text (const rap_draft_t *draft, const rap_block_t *block)
{
    const rap_rules_t *rules = draft->rules;
    rap_text_t text = rap_block_text (draft, block);
    if (rap_head_ends (rules, text) && !rap_is_numbered_title (text) && block->len <= LONG_MIN)
        return true;
    if (rap_masthead_is_formula (draft, (uint32_t)(block - draft->blocks)))
        return true;
    if (block->counter.kind == RAP_COUNT_ARABIC || block->counter.kind == RAP_COUNT_ROMAN
        || block->flags & (RAP_BLOCK_CONTENTS | RAP_BLOCK_TABLE)
        || rap_rules_begins (rules, RAP_PHRASE_SPEAKER, text))
        return true;
    if ((rap_rules_opener (rules, text) & RAP_OPENS_PREAMBULAR) && block->ends == ',')
        return true;
    if ((block->flags & RAP_BLOCK_HASHES && !is_of_head (draft, block))
        || (!block->ends && rap_rules_begins (rules, RAP_PHRASE_ANNEX, text)))
        return true;
    if (block->ends == ':' && block->len >= INTRODUCTION_MIN)
        return true;
    return block->ends == '.' && block->len >= SENTENCE_MIN && !rap_is_numbered_title (text);
}

//  'A' or 'I' under a resolution's title is the first of its parts.
static bool begins_parts (const head_t *h, uint32_t i)
{
    rap_text_t text = block_text (h, i);
    return h->numbered != UINT32_MAX && text.len == 1 && (text.at[0] == 'A' || text.at[0] == 'I');
}

//  'Decision 12/CP.9' in a document that has been told to be of another kind: the first of the texts that it holds.
static bool begins_adopted (const head_t *h, uint32_t i)
{
    rap_text_t text = block_text (h, i);
    const rap_phrase_t *found =
        h->draft->blocks[i].ends ? NULL : rap_rules_begins (h->rules, RAP_PHRASE_ADOPTED_TEXT, text);
    rap_text_t kind = h->document->kind.len ? h->document->kind : h->kind;
    return found && kind.len && !rap_text_equal (kind, found->value)
           && glyph_starts_digit (rap_text_trim (rap_text_from (text, found->phrase.len)));
}

//  Under the line that tells whose document it is: a heading, by its form or by the text that follows.
static bool is_first_heading (const head_t *h, uint32_t i)
{
    const rap_block_t *block = &h->draft->blocks[i];
    rap_text_t text = block_text (h, i);
    if (h->author >= i || block->counter.kind != RAP_COUNT_NONE || block->ends || glyph_opening (text)
        || !glyph_starts_upper (text) || text.len > LONG_MIN || memchr (text.at, ':', text.len)
        || rap_head_of (h->rules, text) != RAP_HEAD_NONE || rap_rules_begins (h->rules, RAP_PHRASE_KIND, text))
        return false;
    return block->flags & RAP_BLOCK_STRONG
           || (i + 1 < h->draft->blocks_count && is_text (h->draft, block + 1) && block[1].ends == '.');
}

//  A text without a masthead may begin with its title.
static uint32_t bare_title (const head_t *h)
{
    enum { BLOCKS_MIN = 4 };
    if (h->draft->blocks_count < BLOCKS_MIN)
        return UINT32_MAX;
    const rap_block_t *block = &h->draft->blocks[0], *next = block + 1;
    rap_text_t text = block_text (h, 0);
    bool plain = block->counter.kind == RAP_COUNT_NONE && !block->ends
                 && !(block->flags & (RAP_BLOCK_HASHES | RAP_BLOCK_CONTENTS | RAP_BLOCK_TABLE));
    bool speaks = rap_rules_formula (h->rules, block_text (h, 1)) || rap_masthead_is_formula (h->draft, 1);
    return plain && (next->ends != ',' || speaks) && may_be_title (h, 0) && glyph_starts_upper (text)
                   && !rap_head_ends (h->rules, text) && !rap_rules_begins (h->rules, RAP_PHRASE_ANNEX, text)
                   && !rap_rules_begins (h->rules, RAP_PHRASE_DRAFT, text)
                   && !rap_division_of (h->rules, text, 0).rank
               ? 0
               : UINT32_MAX;
}

//  --- language ---------------------------------------------------------------

enum { LANGUAGES_MAX = 12 };

typedef struct {
    rap_text_t codes[LANGUAGES_MAX];
    uint32_t counts[LANGUAGES_MAX];
    uint32_t kinds, best;
} languages_t;

static void count_word (languages_t *self, const rap_rules_t *rules, rap_word_t word)
{
    uint32_t index = rap_words_find (&rules->small_words, word), kind = 0;
    if (!index)
        return;
    rap_text_t code = rules->phrases[RAP_PHRASE_LANGUAGE][index - 1].value;
    while (kind < self->kinds && !rap_text_equal (self->codes[kind], code))
        kind++;
    if (kind == LANGUAGES_MAX)
        return;
    if (kind == self->kinds)
        self->codes[self->kinds++] = code;
    self->counts[kind]++;
    self->best = self->counts[kind] > self->counts[self->best] ? kind : self->best;
}

//  Characters of three bytes that stand for words, as in Chinese; counts them.
static uint32_t count_signs (languages_t *self, const rap_rules_t *rules, rap_text_t run)
{
    uint32_t signs = 0;
    for (size_t at = 0; at + 3 <= run.len; at += 3) {
        unsigned char first = (unsigned char)run.at[at];
        if (first < 0xE3 || first > 0xE9)
            break;
        count_word (self, rules, rap_word_of (rap_text_of (run.at + at, 3)));
        signs++;
    }
    return signs;
}

//  The language whose small words are the most among the first; '' if few are.
static rap_text_t language_of (const rap_draft_t *draft)
{
    enum { WORDS = 1000, ENOUGH = 12, SIGNS = 3 };
    languages_t found = {.kinds = 0};
    uint32_t words = 0;
    for (uint32_t at = 0; at < draft->text_len && words < WORDS;) {
        size_t len;
        rap_word_t word = rap_word_read_printed (rap_text_of (draft->text, draft->text_len), at, &len);
        uint32_t signs = count_signs (&found, draft->rules, rap_text_of (draft->text + at, len));
        if (!signs && len <= draft->rules->small_words_max)
            count_word (&found, draft->rules, word);
        words += signs > SIGNS ? signs / SIGNS : len > 0;
        at += (uint32_t)len + 1;
    }
    return found.kinds && found.counts[found.best] * ENOUGH >= words ? found.codes[found.best] : RAP_TEXT ("");
}

//  --- all of it --------------------------------------------------------------

//  The first organ that a text names; '' if it names none.
static rap_text_t organ_in (const head_t *h, rap_text_t text)
{
    for (size_t at = 0; at < text.len; at++) {
        bool begins = glyph_is_upper (text.at[at]) && (!at || text.at[at - 1] == ' ');
        const rap_body_t *body = begins ? rap_rules_body (h->rules, rap_text_from (text, at)) : NULL;
        if (body && body->actor.len)
            return body->actor;
    }
    return RAP_TEXT ("");
}

//  The day under an adopted text: '2433rd plenary meeting' and then a date, or both on one line.
static rap_text_t closing_day (const head_t *h, uint32_t first)
{
    enum { CLOSING_MAX = 120 };
    for (uint32_t i = first; i < h->draft->blocks_count; i++) {
        rap_text_t text = block_text (h, i);
        if (text.len > CLOSING_MAX || !glyph_starts_digit (text)
            || !rap_rules_within (h->rules, RAP_PHRASE_CLOSING, text))
            continue;
        rap_text_t day = last_date (h, text);
        return day.len || i + 1 == h->draft->blocks_count ? day : date_of (h, block_text (h, i + 1));
    }
    return RAP_TEXT ("");
}

//  Who speaks in a formula: without 'The' and the comma.
static rap_text_t formula_name (const head_t *h, uint32_t i)
{
    rap_text_t text = rap_text_from (block_text (h, i), 4);
    return rap_text_of (text.at, text.len ? text.len - 1 : 0);
}

//  What the masthead left open, out of the first blocks of the text.
static void tell_text (head_t *h, uint32_t first)
{
    enum { BLOCKS = 4, OPENING_MAX = 160 };
    for (uint32_t i = first; i < h->draft->blocks_count && i < first + BLOCKS && !h->document->body.len; i++) {
        const rap_body_t *body = rap_rules_formula (h->rules, block_text (h, i));
        if (!body && rap_masthead_is_formula (h->draft, i)) //  'The Sixty-fourth World Health Assembly,'
            body = rap_head_body (h->rules, formula_name (h, i));
        if (body)
            h->document->body = body->actor;
    }
    if (rap_text_equal (h->document->kind, RAP_TEXT ("statement")) && first < h->draft->blocks_count) {
        set (&h->meeting, meeting_of (h, block_text (h, first)));
        set (&h->adopted_on, last_date (h, block_text (h, first)));
    }
    bool decision = rap_text_equal (h->document->kind, RAP_TEXT ("decision"));
    bool adopted = decision || rap_text_equal (h->document->kind, RAP_TEXT ("resolution"));
    if (decision && first < h->draft->blocks_count) {
        rap_text_t opening = block_text (h, first); //  'At its 42nd plenary meeting, on 21 July 2036, the ...'
        set (&h->document->body, organ_in (h, opening));
        opening.len = opening.len < OPENING_MAX ? opening.len : OPENING_MAX;
        set (&h->adopted_on, last_date (h, opening));
    }
    if (adopted && !h->document->published.len && !h->adopted_on.len)
        h->adopted_on = closing_day (h, first);
    set (&h->document->session, h->meeting);
    set (&h->document->published, h->adopted_on);
}

//  Where no symbol is printed, the number above the text and the organ that speaks in it are one.
static void tell_number (head_t *h)
{
    uint32_t i = h->numbered != UINT32_MAX ? h->numbered : h->number;
    if (h->document->symbol.len || i == UINT32_MAX)
        return;
    rap_text_t text = behind_organ (h, block_text (h, i));
    const rap_phrase_t *found = rap_rules_begins (h->rules, RAP_PHRASE_KIND, text);
    if (found)
        text = rap_text_trim (rap_text_from (text, found->phrase.len));
    h->document->symbol = rap_number_symbol (h->rules, h->document->body, h->document->kind, text, h->arena);
}

static bool has_told (const head_t *h, const rap_symbols_t *symbols)
{
    const rap_document_t *d = h->document;
    return symbols->count || h->author != UINT32_MAX || h->numbered != UINT32_MAX || h->number != UINT32_MAX
           || d->body.len || d->session.len || d->agenda_item.len || d->published.len || d->distribution.len;
}

void rap_masthead_read (const rap_draft_t *draft, const rap_symbols_t *symbols, rap_arena_t *arena,
                        rap_document_t *document, uint32_t *first, uint32_t *title)
{
    head_t h = {.draft = draft,
                .rules = draft->rules,
                .arena = arena,
                .document = document,
                .adopted_on = RAP_TEXT (""),
                .meeting = RAP_TEXT (""),
                .kind = RAP_TEXT (""),
                .organ = RAP_TEXT (""),
                .author = UINT32_MAX,
                .numbered = UINT32_MAX,
                .number = UINT32_MAX};
    *first = 0;
    while (*first < draft->blocks_count && *first < RAP_HEAD_LINES_MAX && !is_text (draft, &draft->blocks[*first])
           && !begins_parts (&h, *first) && !begins_adopted (&h, *first) && !is_first_heading (&h, *first))
        tell (&h, (*first)++);
    if (symbols->count)
        set (&document->symbol, symbols->at[0]);
    document->other_symbols = json_list (symbols, document->symbol, arena);
    *title = find_title (&h, *first);
    //  Lines that tell nothing of a document are no masthead, but its text.
    if (!has_told (&h, symbols)) {
        *title = bare_title (&h);
        *first = *title == UINT32_MAX ? 0 : 1;
    }
    const rap_block_t *head = draft->blocks_count > *first ? &draft->blocks[*first] : NULL;
    //  'Summary' and 'I. Introduction' are headings of any document, not its title.
    bool titled = head && head->hashes == 1 && head->counter.kind == RAP_COUNT_NONE
                  && !rap_rules_equals (draft->rules, RAP_PHRASE_SUMMARY, rap_block_text (draft, head))
                  && !rap_rules_equals (draft->rules, RAP_PHRASE_CONTENTS, rap_block_text (draft, head));
    if (*title == UINT32_MAX && titled)
        set (&document->title, rap_block_body (draft, head));
    if (*title != UINT32_MAX)
        set (&document->title, title_text (&h, *title));
    find_kind (&h, *first);
    tell_text (&h, *first);
    tell_number (&h);
    if (!document->language.len)
        document->language = language_of (draft);
}
