//  masthead: each line of the head is asked what it tells.
#include "masthead.h"

#include "glyph.h"

enum { HEAD_LINES_MAX = 80, TITLE_LEN_MIN = 4, TITLE_LEN_MAX = 600, SENTENCE_MIN = 60, LONG_MIN = 200 };

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

//  'S/RES/2396 (2017)' is canonically written without the space.
static rap_text_t canonical (rap_text_t symbol, rap_arena_t *arena)
{
    char *copy = rap_arena_alloc (arena, symbol.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < symbol.len; i++) {
        bool year =
            symbol.at[i] == ' ' && i + 2 < symbol.len && symbol.at[i + 1] == '(' && glyph_is_digit (symbol.at[i + 2]);
        if (!year)
            copy[len++] = symbol.at[i];
    }
    return rap_text_of (copy, len);
}

static void add_symbol (rap_symbols_t *symbols, rap_text_t symbol)
{
    for (uint32_t i = 0; i < symbols->count; i++)
        if (rap_text_equal (symbols->at[i], symbol))
            return;
    if (symbols->count < RAP_SYMBOLS_MAX)
        symbols->at[symbols->count++] = symbol;
}

//  The line is symbols, stars, and dashes between or after them: adds them.
static void take_symbols (rap_symbols_t *symbols, rap_text_t line, const rap_rules_t *rules, rap_arena_t *arena)
{
    rap_text_t found[RAP_SYMBOLS_MAX];
    uint32_t count = 0;
    while (line.len && count < RAP_SYMBOLS_MAX) {
        size_t len = rap_rules_symbol (rules, line);
        if (!len)
            return;
        found[count++] = rap_text_of (line.at, len);
        line = rap_text_trim (rap_text_from (line, len));
        while (line.len && line.at[0] == '*')
            line = rap_text_trim (rap_text_from (line, 1));
        line = rap_text_trim (rap_text_from (line, dash_len (line)));
    }
    for (uint32_t i = 0; i < count && !line.len; i++)
        add_symbol (symbols, canonical (found[i], arena));
}

//  A line with which no masthead goes on.
static bool ends_head (const rap_rules_t *rules, rap_text_t line)
{
    rap_counter_t counter = rap_counter_of (line);
    return rap_rules_formula (rules, line) || rap_rules_equals (rules, RAP_PHRASE_SUMMARY, line)
           || rap_rules_equals (rules, RAP_PHRASE_CONTENTS, line) || counter.kind == RAP_COUNT_ROMAN
           || (counter.kind == RAP_COUNT_ARABIC && counter.number <= 1) || line.len > LONG_MIN;
}

rap_symbols_t rap_masthead_symbols (const rap_lines_t *lines, const rap_rules_t *rules, rap_arena_t *arena)
{
    rap_symbols_t symbols = {.count = 0};
    for (uint32_t i = 0; i < lines->count && i < HEAD_LINES_MAX; i++) {
        rap_text_t line = rap_line_text (&lines->at[i]);
        if (ends_head (rules, line))
            break;
        take_symbols (&symbols, line, rules, arena);
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

//  --- dates ------------------------------------------------------------------

static rap_text_t letters_of (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && glyph_is_letter (text.at[len]))
        len++;
    return rap_text_of (text.at, len);
}

static size_t digits_of (rap_text_t text, unsigned *value)
{
    size_t len = 0;
    *value = 0;
    while (len < text.len && len < 5 && glyph_is_digit (text.at[len]))
        *value = *value * 10 + (unsigned)(text.at[len++] - '0');
    return len;
}

//  '3 March 2025' at the text's start, as 2025-03-03; '' if there is none.
static rap_text_t date_of (rap_text_t text, const rap_rules_t *rules, size_t *len, rap_arena_t *arena)
{
    unsigned day, year, month;
    rap_text_t rest = rap_text_trim (rap_text_from (text, digits_of (text, &day)));
    rap_text_t name = letters_of (rest);
    const rap_phrase_t *found = name.len ? rap_rules_equals (rules, RAP_PHRASE_MONTH, name) : NULL;
    rest = rap_text_trim (rap_text_from (rest, name.len));
    size_t digits = digits_of (rest, &year);
    if (!found || day < 1 || day > 31 || digits != 4)
        return RAP_TEXT ("");
    digits_of (found->value, &month);
    *len = (size_t)(rest.at - text.at) + digits;
    return rap_arena_format (arena, "%04u-%02u-%02u", year, month, day);
}

//  The last date in a line.
static rap_text_t last_date (rap_text_t line, const rap_rules_t *rules, rap_arena_t *arena)
{
    rap_text_t last = RAP_TEXT ("");
    for (size_t at = 0; at < line.len; at++) {
        size_t len = 0;
        if (!glyph_is_digit (line.at[at]) || (at && glyph_is_digit (line.at[at - 1])))
            continue;
        rap_text_t date = date_of (rap_text_from (line, at), rules, &len, arena);
        last = date.len ? date : last;
    }
    return last;
}

//  --- what a line tells ------------------------------------------------------

typedef struct {
    const rap_draft_t *draft;
    const rap_rules_t *rules;
    rap_arena_t *arena;
    rap_document_t *document;
    rap_text_t adopted_on;
    uint32_t author;   //  block with the line under the title
    uint32_t numbered; //  block with the title of a resolution
} head_t;

static void set (rap_text_t *field, rap_text_t value)
{
    if (!field->len)
        *field = value;
}

//  'Agenda item 19 (c)': the numbers and letters.
static rap_text_t agenda_of (rap_text_t rest)
{
    size_t at = 0, end = 0;
    while (at < rest.len) {
        char c = rest.at[at];
        if (glyph_is_digit (c) || c == ')')
            end = at + 1;
        else if (glyph_has (rap_text_from (rest, at), "and "))
            at += 3;
        else if (c == '(' && at + 2 < rest.len && rest.at[at + 2] == ')')
            at += 1;
        else if (!strchr (" ,(", c) && !glyph_has (rap_text_from (rest, at), "\xE2\x80\x93"))
            break;
        at += c == (char)0xE2 ? 3 : 1;
    }
    return rap_text_of (rest.at, end < rest.len ? end : rest.len);
}

bool rap_is_numbered_title (rap_text_t text)
{
    unsigned number;
    size_t at = digits_of (text, &number);
    if (!at || at >= text.len || text.at[at] != '/')
        return false;
    size_t more = digits_of (rap_text_from (text, at + 1), &number);
    at += 1 + more;
    while (at < text.len && (glyph_is_upper (text.at[at]) || text.at[at] == ' ') && text.at[at - 1] != '.')
        at++;
    return more && at + 2 < text.len && text.at[at] == '.' && text.at[at + 1] == ' ';
}

static void tell_organ (head_t *h, rap_text_t text)
{
    const rap_phrase_t *adopted = rap_rules_begins (h->rules, RAP_PHRASE_ADOPTED, text);
    const rap_body_t *body =
        rap_rules_body (h->rules, adopted ? rap_text_trim (rap_text_from (text, adopted->phrase.len)) : text);
    if (!body || !body->actor.len)
        return;
    if (adopted) { //  who adopted it counts more than whose paper it is printed on
        h->document->body = body->actor;
        set (&h->adopted_on, last_date (text, h->rules, h->arena));
    } else if (text.len == body->name.len) {
        set (&h->document->body, body->actor);
    }
}

static void tell (head_t *h, uint32_t i)
{
    rap_text_t text = rap_block_text (h->draft, &h->draft->blocks[i]);
    const rap_phrase_t *found;
    size_t len = 0;
    tell_organ (h, text);
    if ((found = rap_rules_begins (h->rules, RAP_PHRASE_KIND, text)))
        set (&h->document->kind, found->value);
    if ((found = rap_rules_begins (h->rules, RAP_PHRASE_AGENDA, text)))
        set (&h->document->agenda_item, agenda_of (rap_text_trim (rap_text_from (text, found->phrase.len))));
    rap_text_t word = rap_text_of (text.at + text.len, 0);
    while (word.at > text.at && word.at[-1] != ' ')
        word = rap_text_of (word.at - 1, word.len + 1);
    if (text.len < 80 && word.len < text.len && rap_rules_equals (h->rules, RAP_PHRASE_SESSION, word))
        set (&h->document->session, text);
    rap_text_t date = date_of (text, h->rules, &len, h->arena);
    if (date.len && len == text.len)
        set (&h->document->published, date);
    if (h->author == UINT32_MAX && rap_rules_begins (h->rules, RAP_PHRASE_AUTHOR, text))
        h->author = i;
    if (rap_is_numbered_title (text))
        h->numbered = i;
}

//  --- title ------------------------------------------------------------------

static bool may_be_title (const head_t *h, uint32_t i)
{
    const rap_block_t *block = &h->draft->blocks[i];
    rap_text_t text = rap_block_text (h->draft, block);
    size_t len = 0;
    const rap_body_t *body = rap_rules_body (h->rules, text);
    return block->len >= TITLE_LEN_MIN && block->len <= TITLE_LEN_MAX && !glyph_starts_digit (text)
           && !rap_rules_begins (h->rules, RAP_PHRASE_TELLS_NOT, text)
           && !rap_rules_begins (h->rules, RAP_PHRASE_ADOPTED, text) && !rap_rules_symbol (h->rules, text)
           && !date_of (text, h->rules, &len, h->arena).len && !(body && body->name.len == text.len)
           && !rap_text_equal (text, h->document->session) && !rap_rules_begins (h->rules, RAP_PHRASE_AGENDA, text);
}

static uint32_t find_title (const head_t *h, uint32_t first)
{
    if (h->numbered < first)
        return h->numbered;
    for (uint32_t i = h->author < first ? h->author : first; i-- > 0;)
        if (may_be_title (h, i))
            return i;
    return UINT32_MAX;
}

static rap_text_t title_text (const head_t *h, uint32_t i)
{
    rap_text_t text = rap_block_text (h->draft, &h->draft->blocks[i]);
    if (!rap_is_numbered_title (text))
        return text;
    const char *stop = memchr (text.at, '.', text.len);
    return rap_text_trim (rap_text_from (text, (size_t)(stop - text.at) + 1));
}

//  --- the end of the masthead ------------------------------------------------

static bool is_text (const rap_draft_t *draft, const rap_block_t *block)
{
    const rap_rules_t *rules = draft->rules;
    rap_text_t text = rap_block_text (draft, block);
    if (ends_head (rules, text) && !rap_is_numbered_title (text) && block->len <= LONG_MIN)
        return true;
    if (block->counter.kind == RAP_COUNT_ARABIC || block->counter.kind == RAP_COUNT_ROMAN
        || block->flags & RAP_BLOCK_CONTENTS || rap_rules_begins (rules, RAP_PHRASE_SPEAKER, text))
        return true;
    if ((rap_rules_opener (rules, text) & RAP_OPENS_PREAMBULAR) && block->ends == ',')
        return true;
    if (block->flags & RAP_BLOCK_HASHES || (!block->ends && rap_rules_begins (rules, RAP_PHRASE_ANNEX, text)))
        return true;
    return block->ends == '.' && block->len >= SENTENCE_MIN && !rap_is_numbered_title (text);
}

//  --- language ---------------------------------------------------------------

//  The language whose small words are the most among the first; '' if few are.
static rap_text_t language_of (const rap_draft_t *draft)
{
    enum { WORDS = 2000, ENOUGH = 12, KINDS = 8 };
    const rap_rules_t *rules = draft->rules;
    rap_text_t codes[KINDS];
    uint32_t counts[KINDS] = {0}, kinds = 0, words = 0, best = 0;
    for (uint32_t at = 0; at < draft->text_len && words < WORDS; words++) {
        size_t len;
        rap_word_t word = rap_word_read_printed (rap_text_of (draft->text + at, draft->text_len - at), &len);
        uint32_t index = len <= rules->small_words_max ? rap_words_find (&rules->small_words, word) : 0;
        const rap_phrase_t *found = index ? &rules->phrases[RAP_PHRASE_LANGUAGE][index - 1] : NULL;
        at += (uint32_t)len + 1;
        uint32_t kind = 0;
        while (found && kind < kinds && !rap_text_equal (codes[kind], found->value))
            kind++;
        if (!found || kind == KINDS)
            continue;
        if (kind == kinds)
            codes[kinds++] = found->value;
        counts[kind]++;
        best = counts[kind] > counts[best] ? kind : best;
    }
    return kinds && counts[best] * ENOUGH >= words ? codes[best] : RAP_TEXT ("");
}

void rap_masthead_read (const rap_draft_t *draft, const rap_symbols_t *symbols, rap_arena_t *arena,
                        rap_document_t *document, uint32_t *first, uint32_t *title)
{
    head_t h = {.draft = draft,
                .rules = draft->rules,
                .arena = arena,
                .document = document,
                .adopted_on = RAP_TEXT (""),
                .author = UINT32_MAX,
                .numbered = UINT32_MAX};
    *first = 0;
    while (*first < draft->blocks_count && *first < HEAD_LINES_MAX && !is_text (draft, &draft->blocks[*first]))
        tell (&h, (*first)++);
    if (symbols->count)
        set (&document->symbol, symbols->at[0]);
    document->other_symbols = json_list (symbols, document->symbol, arena);
    set (&document->published, h.adopted_on);
    *title = find_title (&h, *first);
    //  Lines that tell nothing of a document are no masthead, but its text.
    bool told = symbols->count || h.author != UINT32_MAX || h.numbered != UINT32_MAX || document->body.len
                || document->session.len || document->agenda_item.len || document->published.len;
    if (!told) {
        *first = 0;
        *title = UINT32_MAX;
    }
    const rap_block_t *head = draft->blocks_count > *first ? &draft->blocks[*first] : NULL;
    if (*title == UINT32_MAX && head && head->hashes == 1)
        set (&document->title, rap_block_body (draft, head));
    if (*title != UINT32_MAX)
        set (&document->title, title_text (&h, *title));
    for (uint32_t i = *first; i < draft->blocks_count && i < *first + 4 && !document->body.len; i++) {
        const rap_body_t *body = rap_rules_formula (draft->rules, rap_block_text (draft, &draft->blocks[i]));
        if (body)
            document->body = body->actor;
    }
    for (uint32_t i = *first; i < draft->blocks_count && i < *first + 8 && !document->kind.len; i++) {
        const rap_phrase_t *found =
            rap_rules_begins (draft->rules, RAP_PHRASE_KIND_IN_TEXT, rap_block_body (draft, &draft->blocks[i]));
        if (found)
            document->kind = found->value;
    }
    set (&document->kind, RAP_TEXT ("other"));
    if (!document->language.len)
        document->language = language_of (draft);
}
