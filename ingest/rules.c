//  rules: tables of the lexicon, turned into sets.
#include "rules.h"

#include <stdlib.h>

#include "counter.h"
#include "glyph.h"
#include "vector.h"

//  --- reading the tables -----------------------------------------------------

static void *zeroed (size_t count, size_t size)
{
    void *memory = calloc (count, size);
    if (!memory) {
        fputs ("rapporteur: out of memory\n", stderr);
        abort ();
    }
    return memory;
}

//  Adds a word, or the value's bits to those of the word there.
static void add (rap_words_t *self, rap_text_t word, uint32_t value)
{
    uint32_t *own = rap_words_enter (self, rap_word_of (word), UINT32_MAX);
    if (own)
        *own |= value;
}

//  Adds a word with an index; of a word of two languages the first row counts.
static void add_first (rap_words_t *self, rap_text_t word, uint32_t index)
{
    uint32_t *own = rap_words_enter (self, rap_word_of (word), UINT32_MAX);
    if (own && !*own)
        *own = index;
}

//  The word that a text begins with: up to the first space.
static rap_text_t first_word (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && !glyph_is_space (text.at[len]))
        len++;
    return rap_text_of (text.at, len);
}

static rap_status_t table_of (const rap_lexicon_t *lexicon, const char *name, const char *first, const char *second,
                              const rap_table_t **table, int column[2], rap_reason_t *reason)
{
    *table = rap_lexicon_table (lexicon, name);
    if (!*table)
        return rap_refuse (reason, "rules: there is no %s.tsv", name);
    column[0] = rap_table_column (*table, first);
    column[1] = rap_table_column (*table, second);
    if (column[0] < 0 || column[1] < 0)
        return rap_refuse (reason, "%s.tsv: needs the columns %s and %s", name, first, second);
    return RAP_OK;
}

static uint32_t count_words (rap_text_t text)
{
    uint32_t count = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == ' ';
    return count;
}

static rap_status_t take_words (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table;
    int column[2];
    rap_status_t status = table_of (lexicon, "words", "beginning", "words", &table, column, reason);
    if (status != RAP_OK)
        return status;
    uint32_t words = 0;
    for (uint32_t i = 0; i < table->entries_count; i++)
        words += count_words (table->entries[i].fields[column[1]]);
    rap_list_init (&self->known, words);
    for (uint32_t i = 0; i < table->entries_count; i++) {
        rap_text_t rest = table->entries[i].fields[column[1]];
        while (rest.len) {
            rap_text_t word = first_word (rest);
            rap_list_add (&self->known, rap_word_of (word), glyph_is_upper (word.at[0]) ? RAP_IS_NAME : RAP_IS_WORD);
            rest = rap_text_trim (rap_text_from (rest, word.len));
        }
    }
    return RAP_OK;
}

//  An entry at the head of the chain of those that begin with the same word.
static uint32_t chain (rap_words_t *by_word, rap_text_t word, uint32_t index)
{
    uint32_t *first = rap_words_enter (by_word, rap_word_of (word), UINT32_MAX);
    if (!first)
        return 0;
    uint32_t next = *first;
    *first = index + 1;
    return next;
}

static rap_status_t take_verbs (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table;
    int column[2];
    rap_status_t status = table_of (lexicon, "verbs", "phrase", "kind", &table, column, reason);
    if (status != RAP_OK)
        return status;
    self->openings = zeroed (table->entries_count + 1, sizeof *self->openings);
    for (uint32_t i = 0; i < table->entries_count; i++) {
        rap_text_t kind = table->entries[i].fields[column[1]], phrase = table->entries[i].fields[column[0]];
        uint32_t bits = rap_text_equal (kind, RAP_TEXT ("preambular"))  ? RAP_OPENS_PREAMBULAR
                        : rap_text_equal (kind, RAP_TEXT ("operative")) ? RAP_OPENS_OPERATIVE
                                                                        : 0;
        rap_text_t word = first_word (phrase);
        if (bits && word.len == phrase.len) {
            add (&self->heads, word, bits);
        } else if (bits) {
            uint32_t at = self->openings_count++;
            self->openings[at] = (rap_opening_t){phrase, bits, chain (&self->openings_by_word, word, at)};
        }
    }
    return RAP_OK;
}

//  Kinds of reading.tsv whose phrases are words with bits, and the others.
static const struct {
    const char *kind;
    uint32_t bit;
} word_kinds[] = {{"modifier", RAP_MODIFIES},
                  {"joiner", RAP_JOINS},
                  {"abbreviation", RAP_ABBREVIATES},
                  {"unit", RAP_MEASURES},
                  {"name", RAP_NAMES}};

static const char *const phrase_kinds[RAP_PHRASES] = {
    [RAP_PHRASE_ANNEX] = "annex",
    [RAP_PHRASE_DRAFT] = "draft",
    [RAP_PHRASE_ADOPTS] = "adopts",
    [RAP_PHRASE_OWN_ANNEX] = "own_annex",
    [RAP_PHRASE_OUTER_ANNEX] = "outer_annex",
    [RAP_PHRASE_SUMMARY] = "summary",
    [RAP_PHRASE_CONTENTS] = "contents",
    [RAP_PHRASE_KIND] = "kind",
    [RAP_PHRASE_KIND_IN_TEXT] = "kind_in_text",
    [RAP_PHRASE_AUTHOR] = "author",
    [RAP_PHRASE_TELLS_NOT] = "tells_not",
    [RAP_PHRASE_ADOPTED] = "adopted",
    [RAP_PHRASE_SESSION] = "session",
    [RAP_PHRASE_AGENDA] = "agenda",
    [RAP_PHRASE_MONTH] = "month",
    [RAP_PHRASE_CLOSING] = "closing",
    [RAP_PHRASE_CAPTION] = "caption",
    [RAP_PHRASE_SPEAKER] = "speaker",
    [RAP_PHRASE_LANGUAGE] = "language",
    [RAP_PHRASE_PUBLISHER] = "publisher",
    [RAP_PHRASE_SERIES] = "series",
    [RAP_PHRASE_DISTR] = "distr",
    [RAP_PHRASE_CIRCULATION] = "circulation",
    [RAP_PHRASE_ORIGINAL] = "original",
    [RAP_PHRASE_SESSION_WORD] = "session_word",
    [RAP_PHRASE_SESSION_NUMBER] = "session_number",
    [RAP_PHRASE_ORDINAL_END] = "ordinal_end",
    [RAP_PHRASE_MEETING] = "meeting",
    [RAP_PHRASE_SYMBOL_KIND] = "symbol_kind",
    [RAP_PHRASE_SURE_KIND] = "sure_kind",
    [RAP_PHRASE_DIVISION] = "division",
    [RAP_PHRASE_HEADS_NOTHING] = "heads_nothing",
    [RAP_PHRASE_ANNEX_TO] = "annex_to",
    [RAP_PHRASE_ADOPTED_TEXT] = "adopted_text",
    [RAP_PHRASE_DAY] = "day",
};

static bool take_phrase (rap_rules_t *self, rap_text_t kind, rap_text_t phrase, rap_text_t value)
{
    for (size_t i = 0; i < sizeof word_kinds / sizeof *word_kinds; i++)
        if (rap_text_equal (kind, rap_text (word_kinds[i].kind))) {
            add (&self->heads, phrase, word_kinds[i].bit);
            return true;
        }
    for (uint32_t i = 0; i < RAP_PHRASES; i++)
        if (rap_text_equal (kind, rap_text (phrase_kinds[i]))) {
            uint32_t count = self->phrases_count[i]++;
            self->phrases[i] = reallocarray (self->phrases[i], count + 1, sizeof (rap_phrase_t));
            if (!self->phrases[i])
                abort ();
            self->phrases[i][count] = (rap_phrase_t){phrase, value};
            self->phrases_first[i] |= UINT32_C (1) << (phrase.at[0] & 31);
            if (i == RAP_PHRASE_LANGUAGE) {
                add_first (&self->small_words, phrase, count + 1);
                self->small_words_max = phrase.len > self->small_words_max ? phrase.len : self->small_words_max;
            }
            return true;
        }
    return false;
}

static rap_status_t take_phrases (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table;
    int column[2];
    rap_status_t status = table_of (lexicon, "reading", "kind", "phrase", &table, column, reason);
    if (status != RAP_OK)
        return status;
    int value = rap_table_column (table, "value");
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_entry_t *entry = &table->entries[i];
        rap_text_t kind = entry->fields[column[0]], phrase = entry->fields[column[1]];
        if (!phrase.len || !take_phrase (self, kind, phrase, value < 0 ? RAP_TEXT ("") : entry->fields[value]))
            return rap_refuse (reason, "reading.tsv:%u: no phrase, or unknown kind '%.*s'", entry->line,
                               (int)kind.len, kind.at);
    }
    return RAP_OK;
}

//  Few words begin as any body's name does.
static unsigned head_of (rap_text_t text)
{
    return (unsigned)(text.at[0] & 31) << 5 | (text.len > 1 ? text.at[1] & 31 : 0);
}

static rap_status_t take_bodies (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table;
    int column[2];
    rap_status_t status = table_of (lexicon, "bodies", "name", "bodies", &table, column, reason);
    if (status != RAP_OK)
        return status;
    self->bodies = zeroed (table->entries_count + 1, sizeof *self->bodies);
    for (uint32_t i = 0; i < table->entries_count; i++) {
        rap_text_t name = table->entries[i].fields[column[0]], actor = table->entries[i].fields[column[1]];
        if (!name.len)
            continue;
        rap_body_t *body = &self->bodies[self->bodies_count++];
        bool several = actor.len && memchr (actor.at, ' ', actor.len);
        *body = (rap_body_t){.name = name, .actor = several ? RAP_TEXT ("") : actor};
        body->next = chain (&self->bodies_by_word, first_word (name), self->bodies_count - 1);
        self->body_heads[head_of (name)] = true;
    }
    return RAP_OK;
}

static rap_status_t take_series (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const names[RAP_SERIES_COLUMNS] = {"body",      "noun",      "form",       "symbol",
                                                          "first_min", "first_max", "second_min", "second_max"};
    for (int i = 0; i < RAP_SERIES_COLUMNS; i += 2) {
        rap_status_t status =
            table_of (lexicon, "series", names[i], names[i + 1], &self->series, &self->series_column[i], reason);
        if (status != RAP_OK)
            return status;
    }
    return RAP_OK;
}

static char lower (char c)
{
    return glyph_is_upper (c) ? (char)(c | 32) : c;
}

//  Whether a character stands for the one of a pattern.
static bool fits_character (char pattern, char c)
{
    if (pattern == '%' || pattern == '9')
        return glyph_is_digit (c);
    return pattern == ' ' ? glyph_is_space (c) : lower (pattern) == lower (c);
}

static rap_status_t take_furniture (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    int column[2] = {0, 0};
    rap_status_t status = table_of (lexicon, "furniture", "pattern", "what", &self->furniture, column, reason);
    self->pattern = column[0];
    for (uint32_t i = 0; status == RAP_OK && i < self->furniture->entries_count; i++) {
        rap_text_t pattern = self->furniture->entries[i].fields[column[0]];
        for (unsigned byte = 0; pattern.len && byte < 256; byte++)
            if (fits_character (pattern.at[0], (char)byte))
                self->furniture_first[byte] |= UINT64_C (1) << i % 64;
    }
    return status;
}

static rap_status_t take_roots (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table;
    int column[2];
    rap_status_t status = table_of (lexicon, "symbols", "symbol", "role", &table, column, reason);
    if (status != RAP_OK)
        return status;
    self->roots = zeroed (table->entries_count + 1, sizeof *self->roots);
    for (uint32_t i = 0; i < table->entries_count; i++)
        if (rap_text_equal (table->entries[i].fields[column[1]], RAP_TEXT ("root")))
            self->roots[self->roots_count++] = table->entries[i].fields[column[0]];
    return RAP_OK;
}

rap_status_t rap_rules_init (rap_rules_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    *self = (rap_rules_t){.bodies = NULL};
    rap_words_init (&self->heads, 1024);
    rap_words_init (&self->bodies_by_word, 256);
    rap_words_init (&self->openings_by_word, 256);
    rap_words_init (&self->small_words, 64);
    rap_status_t status = take_words (self, lexicon, reason);
    if (status == RAP_OK)
        status = take_verbs (self, lexicon, reason);
    if (status == RAP_OK)
        status = take_phrases (self, lexicon, reason);
    if (status == RAP_OK)
        status = take_bodies (self, lexicon, reason);
    if (status == RAP_OK)
        status = take_series (self, lexicon, reason);
    if (status == RAP_OK)
        status = take_furniture (self, lexicon, reason);
    return status == RAP_OK ? take_roots (self, lexicon, reason) : status;
}

void rap_rules_fini (rap_rules_t *self)
{
    rap_list_fini (&self->known);
    rap_words_fini (&self->heads);
    rap_words_fini (&self->bodies_by_word);
    rap_words_fini (&self->openings_by_word);
    rap_words_fini (&self->small_words);
    free (self->openings);
    free (self->bodies);
    free (self->roots);
    for (uint32_t i = 0; i < RAP_PHRASES; i++)
        free (self->phrases[i]);
}

//  --- questions --------------------------------------------------------------

static bool starts_alike (rap_text_t text, rap_text_t head)
{
    if (text.len < head.len)
        return false;
    for (size_t i = 0; i < head.len; i++)
        if (lower (text.at[i]) != lower (head.at[i]))
            return false;
    return true;
}

bool rap_text_alike (rap_text_t a, rap_text_t b)
{
    return a.len == b.len && starts_alike (a, b);
}

//  Whether any phrase of a kind begins as the text does.
static bool may_begin (const rap_rules_t *self, rap_phrases_t kind, rap_text_t text)
{
    return text.len && self->phrases_first[kind] >> (text.at[0] & 31) & 1;
}

const rap_phrase_t *rap_rules_begins (const rap_rules_t *self, rap_phrases_t kind, rap_text_t text)
{
    if (!may_begin (self, kind, text))
        return NULL;
    for (uint32_t i = 0; i < self->phrases_count[kind]; i++) {
        const rap_phrase_t *phrase = &self->phrases[kind][i];
        size_t len = phrase->phrase.len;
        bool whole = text.len == len || !glyph_is_wordy (phrase->phrase.at[len - 1]) || text.len < len
                     || !glyph_is_wordy (text.at[len]);
        if (whole && starts_alike (text, phrase->phrase))
            return phrase;
    }
    return NULL;
}

const rap_phrase_t *rap_rules_equals (const rap_rules_t *self, rap_phrases_t kind, rap_text_t text)
{
    if (!may_begin (self, kind, text))
        return NULL;
    for (uint32_t i = 0; i < self->phrases_count[kind]; i++)
        if (rap_text_alike (self->phrases[kind][i].phrase, text))
            return &self->phrases[kind][i];
    return NULL;
}

const rap_phrase_t *rap_rules_within (const rap_rules_t *self, rap_phrases_t kind, rap_text_t text)
{
    for (uint32_t i = 0; i < self->phrases_count[kind]; i++) {
        rap_text_t phrase = self->phrases[kind][i].phrase;
        if (text.len >= phrase.len && memmem (text.at, text.len, phrase.at, phrase.len))
            return &self->phrases[kind][i];
    }
    return NULL;
}

//  The letters that a text begins with, with hyphens between them.
static rap_text_t letters_of (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len
           && (glyph_is_letter (text.at[len])
               || (text.at[len] == '-' && len && len + 1 < text.len && glyph_is_lower (text.at[len + 1]))))
        len++;
    return rap_text_of (text.at, len);
}

//  What a text opens, whose first word is `word`.
static uint32_t opening_bits (const rap_rules_t *self, rap_text_t text, rap_text_t word)
{
    rap_word_t key = rap_word_of (word);
    uint32_t bits = rap_words_find (&self->heads, key);
    const char *hyphen = word.len ? memchr (word.at, '-', word.len) : NULL;
    if (hyphen && !bits) //  're-emphasizing'
        bits = rap_words_find (&self->heads, rap_word_of (rap_text_from (word, (size_t)(hyphen - word.at) + 1)));
    for (uint32_t i = rap_words_find (&self->openings_by_word, key); i; i = self->openings[i - 1].next) {
        rap_text_t phrase = self->openings[i - 1].phrase;
        if (starts_alike (text, phrase) && (text.len == phrase.len || !glyph_is_wordy (text.at[phrase.len])))
            bits |= self->openings[i - 1].bits;
    }
    return bits & RAP_NAMES ? 0 : bits;
}

enum { OPENING_MAX = 96 };

//  'CALLS UPON States' as it is written elsewhere, in `copy`: the words in capitals that it begins with are made
//  small. The text itself where nothing else follows them, as in a heading.
static rap_text_t with_small_words (rap_text_t text, char copy[OPENING_MAX])
{
    size_t len = text.len < OPENING_MAX ? text.len : OPENING_MAX, at = 0;
    memcpy (copy, text.at, len);
    while (at + 1 < len && glyph_is_upper (copy[at]) && glyph_is_upper (copy[at + 1])) {
        at += at == 0;
        while (at < len && glyph_is_upper (copy[at]))
            copy[at++] |= 32;
        if (at == len || copy[at++] != ' ')
            return text;
    }
    bool follows = at + 1 < len && (glyph_is_lower (copy[at]) || glyph_is_lower (copy[at + 1]));
    return follows ? rap_text_of (copy, len) : text;
}

uint32_t rap_rules_opener (const rap_rules_t *self, rap_text_t text)
{
    char copy[OPENING_MAX];
    if (!text.len || !glyph_is_upper (text.at[0]))
        return 0;
    if (text.len > 1 && glyph_is_upper (text.at[1]))
        text = with_small_words (text, copy);
    for (int words = 0; words < 4; words++) {
        rap_text_t word = letters_of (text);
        uint32_t bits = opening_bits (self, text, word);
        if (bits & (RAP_OPENS_PREAMBULAR | RAP_OPENS_OPERATIVE))
            return bits;
        if (!(bits & RAP_MODIFIES) || text.len <= word.len)
            return 0;
        size_t at = word.len + (text.at[word.len] == ',');
        if (at >= text.len || text.at[at] != ' ')
            return 0;
        text = rap_text_from (text, at + 1);
    }
    return 0;
}

bool rap_rules_may_speak (rap_text_t text)
{
    enum { FORMULA_MAX = 160 };
    bool the = rap_text_starts (text, RAP_TEXT ("The ")) || rap_text_starts (text, RAP_TEXT ("THE "));
    return the && text.len <= FORMULA_MAX;
}

bool rap_rules_opens_text (const rap_rules_t *self, rap_text_t text)
{
    rap_counter_t counter = rap_counter_of (text);
    bool first = counter.kind == RAP_COUNT_ARABIC && counter.number == 1;
    return first ? rap_rules_opener (self, rap_text_from (text, counter.len)) & RAP_OPENS_OPERATIVE
                 : rap_rules_opener (self, text) & RAP_OPENS_PREAMBULAR;
}

bool rap_rules_is_date (const rap_rules_t *self, rap_text_t line)
{
    size_t at = 0, from;
    while (at < line.len && at < 2 && glyph_is_digit (line.at[at]))
        at++;
    if (!at || at >= line.len || line.at[at] != ' ' || line.len > 24)
        return false;
    from = ++at;
    while (at < line.len && glyph_is_letter (line.at[at]))
        at++;
    if (line.len - at != 5 || line.at[at] != ' '
        || !rap_rules_equals (self, RAP_PHRASE_MONTH, rap_text_of (line.at + from, at - from)))
        return false;
    while (++at < line.len)
        if (!glyph_is_digit (line.at[at]))
            return false;
    return true;
}

uint32_t rap_rules_last_word (const rap_rules_t *self, rap_text_t text)
{
    size_t from = text.len;
    while (from && text.len - from < RAP_WORD_MAX && !glyph_is_space (text.at[from - 1]) && text.at[from - 1] != '(')
        from--;
    return rap_words_find (&self->heads, rap_word_of (rap_text_from (text, from)));
}

const rap_body_t *rap_rules_body (const rap_rules_t *self, rap_text_t text)
{
    size_t len = 0;
    if (!text.len || !self->body_heads[head_of (text)])
        return NULL;
    while (len < text.len && len <= RAP_WORD_MAX && (glyph_is_wordy (text.at[len]) || text.at[len] == '-'))
        len++;
    const rap_body_t *best = NULL;
    for (uint32_t i = rap_words_find (&self->bodies_by_word, rap_word_of (rap_text_of (text.at, len))); i;
         i = self->bodies[i - 1].next) {
        const rap_body_t *body = &self->bodies[i - 1];
        if (rap_text_starts (text, body->name) && (!best || body->name.len > best->name.len)
            && (text.len == body->name.len || !glyph_is_wordy (text.at[body->name.len])))
            best = body;
    }
    return best;
}

const rap_body_t *rap_rules_formula (const rap_rules_t *self, rap_text_t text)
{
    if (text.len > 240 || !rap_text_starts (text, RAP_TEXT ("The ")))
        return NULL;
    const rap_body_t *body = rap_rules_body (self, rap_text_from (text, 4));
    if (!body || !body->actor.len)
        return NULL;
    rap_text_t rest = rap_text_trim (rap_text_from (text, 4 + body->name.len));
    return rest.len == 0 || rap_text_equal (rest, RAP_TEXT (",")) ? body : NULL;
}

static bool fits_pattern (rap_text_t pattern, rap_text_t line)
{
    size_t at = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        char p = pattern.at[i];
        if (at >= line.len || !fits_character (p, line.at[at++]))
            return false;
        while (p == '%' && at < line.len && glyph_is_digit (line.at[at]))
            at++;
        while (p == ' ' && at < line.len && glyph_is_space (line.at[at]))
            at++;
    }
    return at == line.len;
}

bool rap_rules_furniture (const rap_rules_t *self, rap_text_t line)
{
    if (!line.len || line.len > 200)
        return false;
    for (uint64_t may = self->furniture_first[(unsigned char)line.at[0]]; may; may &= may - 1)
        for (uint32_t i = (uint32_t)__builtin_ctzll (may); i < self->furniture->entries_count; i += 64)
            if (fits_pattern (self->furniture->entries[i].fields[self->pattern], line))
                return true;
    return false;
}

//  --- symbols ----------------------------------------------------------------

//  A bracketed part of a symbol, with the space before it, as in '(2016)' or
//  '(Part I)': short, closed, and nothing but letters, digits, dots and spaces.
static size_t bracketed (rap_text_t text)
{
    size_t at = text.len && text.at[0] == ' ';
    if (at >= text.len || text.at[at] != '(')
        return 0;
    for (size_t i = at + 1; i < text.len && i < at + 16; i++) {
        if (text.at[i] == ')')
            return i > at + 1 ? i + 1 : 0;
        if (!glyph_is_letter (text.at[i]) && !glyph_is_digit (text.at[i]) && !strchr (". -", text.at[i]))
            return 0;
    }
    return 0;
}

//  Elements after the root, each of letters, digits, dots and (joined) hyphens.
static size_t elements (rap_text_t text)
{
    size_t at = 0;
    bool digit = false;
    while (at < text.len) {
        char c = text.at[at];
        if (glyph_is_letter (c) || glyph_is_digit (c) || c == '/' || c == '.') {
            digit = digit || glyph_is_digit (c);
            at++;
            continue;
        }
        //  A hyphen belongs where no second symbol begins after it (S-32/1).
        if (c == '-' && at + 1 < text.len && glyph_is_digit (text.at[at + 1]) && at
            && !glyph_is_digit (text.at[at - 1])) {
            at++;
            continue;
        }
        size_t bracket = bracketed (rap_text_from (text, at));
        if (!bracket)
            break;
        at += bracket;
    }
    while (at && strchr ("./", text.at[at - 1]))
        at--;
    return digit ? at : 0;
}

size_t rap_rules_symbol (const rap_rules_t *self, rap_text_t text)
{
    for (uint32_t i = 0; i < self->roots_count && text.len; i++) {
        rap_text_t root = self->roots[i];
        if (root.at[0] != text.at[0] || !rap_text_starts (text, root))
            continue;
        size_t len = elements (rap_text_from (text, root.len));
        return len ? root.len + len : 0;
    }
    return 0;
}
