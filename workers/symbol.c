//  symbol: numbers, series and document symbols.

#include "symbol.h"

#include <stdlib.h>
#include <string.h>

#include "phrases.h"

enum {
    NUMBER_DIGITS_MAX = 4,
    SYMBOL_BYTES_MAX = 96,    //  longer runs are no symbols
    SYMBOL_ELEMENTS_MAX = 12, //  between slashes
    BRACKET_BYTES_MAX = 24,   //  '(Parts I and II)'
    YEAR_FIRST = 1946,
    YEAR_LAST = 2100,
    ALONE_DIGITS = 3, //  of a number right after a root of one letter: A/5700
    PLAIN_DIGITS = 3, //  of a Security Council number without its year
    RANGE_MAX = 32,   //  documents of one range of numbers
    NEXT_DIGITS = 3,  //  of a number that stands in a list after '/': 2071, 2072
    HELD_SLACK = 2,   //  years between a session's place in its series and when it was held
    HELD_PARTS = 100, //  a pace of 0.33 years is kept as 33
};

rap_noun_t rap_noun_of (rap_text_t name)
{
    static const char *const names[RAP_NOUNS] = {"", "resolution", "decision", "statement"};
    for (uint32_t noun = RAP_NOUN_RESOLUTION; noun < RAP_NOUNS; noun++)
        if (rap_text_equal (name, rap_text (names[noun])))
            return (rap_noun_t)noun;
    return RAP_NOUN_NONE;
}

//  --- numbers ----------------------------------------------------------------

static size_t read_digits (rap_text_t text, size_t at, rap_text_t *digits, uint32_t *value)
{
    size_t end = at;
    *value = 0;
    while (end < text.len && rap_is_digit (text.at[end]) && end - at <= NUMBER_DIGITS_MAX)
        *value = *value * 10 + (uint32_t)(text.at[end++] - '0');
    *digits = rap_text_of (text.at + at, end - at);
    return end - at <= NUMBER_DIGITS_MAX && end > at && text.at[at] != '0' ? end : at;
}

static uint32_t roman_digit (char c)
{
    return c == 'I' ? 1 : c == 'V' ? 5 : c == 'X' ? 10 : c == 'L' ? 50 : c == 'C' ? 100 : 0;
}

static size_t read_roman (rap_text_t text, size_t at, uint32_t *value)
{
    size_t end = at;
    *value = 0;
    for (; end < text.len && roman_digit (text.at[end]) && end - at < 8; end++) {
        uint32_t digit = roman_digit (text.at[end]);
        uint32_t next = end + 1 < text.len ? roman_digit (text.at[end + 1]) : 0;
        *value = digit < next ? *value - digit : *value + digit; //  unsigned wraps and comes back with the next
    }
    return end;
}

//  PDF text may have a space before a hyphen: 'ES -10/15'.
static size_t skip_stray_space (rap_text_t text, size_t at)
{
    return at < text.len && text.at[at] == ' ' && rap_hyphen_at (text, at + 1) ? at + 1 : at;
}

//  'S-' or 'ES-'.
static size_t read_special (rap_text_t text, size_t at, bool *emergency)
{
    size_t i = at;
    *emergency = i < text.len && text.at[i] == 'E';
    i += *emergency;
    if (i >= text.len || text.at[i] != 'S')
        return at;
    size_t dash = skip_stray_space (text, i + 1), hyphen = rap_hyphen_at (text, dash);
    return hyphen ? dash + hyphen : at;
}

static bool is_letter_alone (rap_text_t text, size_t at)
{
    return at < text.len && rap_is_upper (text.at[at]) && !rap_is_word_at (text, at + 1)
           && !(at + 1 < text.len && (text.at[at + 1] == '/' || text.at[at + 1] == '-'));
}

static void add_parts (rap_number_t *number, char first, char last)
{
    for (char letter = first; letter <= last && number->parts_count < RAP_PARTS_MAX; letter++)
        number->parts[number->parts_count++] = letter;
}

//  ' A', 'A', ' A and B', ' A, B and C', ' A–C', ' A to C'. `at` if none.
static size_t read_parts (rap_text_t text, size_t at, rap_number_t *number)
{
    size_t i = rap_skip_space (text, at);
    if (!is_letter_alone (text, i))
        return at;
    //  'I' alone may be the writer, 'A' may begin the next words.
    rap_text_t after = rap_text_from (text, i + 1);
    if (text.at[i] == 'I' && rap_text_starts (after, RAP_TEXT (" ")) && !rap_text_starts (after, RAP_TEXT (" of "))
        && !rap_text_starts (after, RAP_TEXT (" and ")))
        return at;
    char last = text.at[i];
    add_parts (number, last, last);
    size_t end = i + 1;
    for (;;) {
        size_t next = end;
        bool range = false;
        size_t hyphen = rap_hyphen_at (text, next);
        if (hyphen) {
            next += hyphen;
            range = true;
        } else {
            if (next < text.len && text.at[next] == ',')
                next++;
            next = rap_skip_space (text, next);
            rap_text_t rest = rap_text_from (text, next);
            range = rap_text_starts (rest, RAP_TEXT ("to "));
            if (range || rap_text_starts (rest, RAP_TEXT ("and ")))
                next = rap_skip_space (text, next + (range ? 2 : 3));
        }
        if (next == end || !is_letter_alone (text, next) || text.at[next] <= last)
            return end;
        add_parts (number, range ? (char)(last + 1) : text.at[next], text.at[next]);
        last = text.at[next];
        end = next + 1;
    }
}

//  '(III)', '(S-VI)', '(2017)' at `at`; sets second and the form. `at` if none.
static size_t read_bracket (rap_text_t text, size_t at, rap_number_t *number)
{
    if (at >= text.len || text.at[at] != '(')
        return at;
    size_t start = at + 1, end;
    bool emergency = false;
    if (rap_is_digit (text.at[start < text.len ? start : at])) {
        end = read_digits (text, start, &number->second, &number->second_value);
        if (end - start != 4 || number->second_value < YEAR_FIRST || number->second_value > YEAR_LAST)
            return at;
        number->form = RAP_FORM_IN_YEAR;
    } else {
        size_t roman = read_special (text, start, &emergency);
        end = read_roman (text, roman, &number->second_value);
        if (end == roman)
            return at;
        number->form = roman == start ? RAP_FORM_ROMAN
                       : emergency    ? RAP_FORM_EMERGENCY_ROMAN
                                      : RAP_FORM_SPECIAL_ROMAN;
        number->second = rap_text_of (text.at + start, end - start);
    }
    return end < text.len && text.at[end] == ')' ? end + 1 : at;
}

//  May a number end at byte `end`? Not before a further slash, digit, letter (but
//  that of a part), or a decimal point; before a hyphen only in a range.
static bool ends_number (rap_text_t text, size_t end)
{
    if (end >= text.len || is_letter_alone (text, end))
        return true;
    if (rap_is_word_at (text, end) || strchr ("/%", text.at[end]))
        return false;
    if ((text.at[end] == '.' || text.at[end] == ':') && end + 1 < text.len && rap_is_digit (text.at[end + 1]))
        return false;
    size_t hyphen = rap_hyphen_at (text, end), last = end + hyphen;
    if (!hyphen || !rap_is_word_at (text, last))
        return true;
    while (last < text.len && rap_is_digit (text.at[last])) //  '74/170-74/177' is a range
        last++;
    return last > end + hyphen && last + 1 < text.len && text.at[last] == '/' && rap_is_digit (text.at[last + 1]);
}

//  What follows 'first/' : the second number and, after a year, a session in
//  roman figures.
static size_t read_second (rap_text_t text, size_t at, rap_number_t *number)
{
    //  A line may have been broken after the slash.
    if (at < text.len && rap_is_space (text.at[at]))
        at++;
    size_t end = read_digits (text, at, &number->second, &number->second_value);
    if (end == at || !ends_number (text, end))
        return at;
    if (number->form == RAP_FORM_YEAR) {
        rap_number_t session = {.form = RAP_FORM_NONE};
        size_t bracket = rap_skip_space (text, end), after = read_bracket (text, bracket, &session);
        if (after > bracket && session.form == RAP_FORM_ROMAN) {
            number->form = RAP_FORM_YEAR_ROMAN;
            number->first = number->second;
            number->first_value = number->second_value;
            number->second = session.second;
            number->second_value = session.second_value;
            return after;
        }
    }
    return end;
}

//  '[A]', 'A' after the session: 217(III)A. `at` if none.
static size_t read_parts_after (rap_text_t text, size_t at, rap_number_t *number)
{
    if (at + 2 < text.len && text.at[at] == '[' && rap_is_upper (text.at[at + 1]) && text.at[at + 2] == ']') {
        add_parts (number, text.at[at + 1], text.at[at + 1]);
        return at + 3;
    }
    return is_letter_alone (text, at) ? read_parts (text, at, number) : at;
}

size_t rap_number_read (rap_text_t text, size_t at, rap_number_t *number)
{
    *number = (rap_number_t){.form = RAP_FORM_NONE};
    bool emergency;
    size_t start = read_special (text, at, &emergency);
    size_t end = read_digits (text, start, &number->first, &number->first_value);
    if (end == start)
        return at;
    if (end < text.len && text.at[end] == '/') {
        bool year = number->first.len == 4 && number->first_value >= YEAR_FIRST && number->first_value <= YEAR_LAST;
        number->form = start != at ? (emergency ? RAP_FORM_EMERGENCY : RAP_FORM_SPECIAL)
                       : year      ? RAP_FORM_YEAR
                                   : RAP_FORM_SESSION;
        size_t second = read_second (text, end + 1, number);
        return second > end + 1 ? read_parts (text, second, number) : at;
    }
    if (start != at)
        return at;
    //  Parts stand between number and session: 217 A (III).
    size_t parts = read_parts (text, end, number);
    size_t bracket = rap_skip_space (text, parts), after = read_bracket (text, bracket, number);
    if (after == bracket || (rap_is_word_at (text, after) && !is_letter_alone (text, after)))
        return at;
    if (number->form == RAP_FORM_IN_YEAR)
        return parts != end || rap_is_word_at (text, after) ? at : after;
    return parts == end ? read_parts_after (text, after, number) : after;
}

size_t rap_number_read_plain (rap_text_t text, size_t at, uint32_t digits_min, rap_number_t *number)
{
    *number = (rap_number_t){.form = RAP_FORM_PLAIN, .second = RAP_TEXT ("")};
    size_t end = read_digits (text, at, &number->first, &number->first_value);
    if (end - at < digits_min || !ends_number (text, end))
        return at;
    bool grouped = end + 1 < text.len && text.at[end] == ',' && rap_is_digit (text.at[end + 1]);
    return grouped ? at : end;
}

//  --- series -----------------------------------------------------------------

struct rap_serie {
    uint32_t body;
    rap_noun_t noun;
    rap_form_t form;
    uint32_t first_min, first_max, second_min, second_max;
    rap_text_t symbol;
    bool assumed;
    size_t prefix;      //  bytes of the symbol before its first number
    uint32_t held_from; //  year of session 0; 0: not known
    uint32_t held_pace; //  years from session to session, in hundredths
    rap_text_t rule;
};

typedef struct {
    rap_text_t pattern;
    uint32_t body;
} report_t;

struct rap_series {
    rap_arena_t *arena; //  texts of rules
    rap_text_t *bodies; //  actor ids by number
    uint32_t bodies_count;
    rap_serie_t *rows;
    uint32_t rows_count;
    rap_text_t *roots;
    uint32_t roots_count;
    rap_phrases_t *root_phrases;
    rap_phrases_t *tails;
    rap_phrases_t *laters;
    rap_phrases_t *brackets;
    report_t *reports;
    uint32_t reports_count;
    rap_text_t *prefixes; //  of symbols of series, each once
    uint32_t prefixes_count;
};

static void *grow (void *at, uint32_t count, size_t size)
{
    at = reallocarray (at, count, size);
    if (!at)
        abort ();
    return at;
}

uint32_t rap_series_body (const rap_series_t *self, rap_text_t actor)
{
    for (uint32_t i = 0; i < self->bodies_count; i++)
        if (rap_text_equal (self->bodies[i], actor))
            return i;
    return RAP_NO_BODY;
}

static uint32_t take_body (rap_series_t *self, rap_text_t actor)
{
    uint32_t body = rap_series_body (self, actor);
    if (body != RAP_NO_BODY)
        return body;
    self->bodies = grow (self->bodies, self->bodies_count + 1, sizeof *self->bodies);
    self->bodies[self->bodies_count] = actor;
    return self->bodies_count++;
}

bool rap_series_bodies (rap_series_t *self, rap_text_t actors, rap_bodies_t *bodies)
{
    *bodies = (rap_bodies_t){.count = 0};
    while (actors.len) {
        const char *space = memchr (actors.at, ' ', actors.len);
        size_t len = space ? (size_t)(space - actors.at) : actors.len;
        if (len) {
            if (bodies->count == RAP_BODIES_MAX)
                return false;
            bodies->at[bodies->count++] = take_body (self, rap_text_of (actors.at, len));
        }
        actors = rap_text_from (actors, len + 1);
    }
    return bodies->count > 0;
}

static rap_form_t form_of (rap_text_t name)
{
    static const char *const names[] = {
        [RAP_FORM_SESSION] = "n/n",           [RAP_FORM_SPECIAL] = "S-n/n",
        [RAP_FORM_EMERGENCY] = "ES-n/n",      [RAP_FORM_YEAR] = "Y/n",
        [RAP_FORM_YEAR_ROMAN] = "Y/n (R)",    [RAP_FORM_ROMAN] = "n (R)",
        [RAP_FORM_SPECIAL_ROMAN] = "n (S-R)", [RAP_FORM_EMERGENCY_ROMAN] = "n (ES-R)",
        [RAP_FORM_IN_YEAR] = "n (Y)",         [RAP_FORM_PLAIN] = "n",
    };
    for (uint32_t form = RAP_FORM_SESSION; form <= RAP_FORM_PLAIN; form++)
        if (rap_text_equal (name, rap_text (names[form])))
            return (rap_form_t)form;
    return RAP_FORM_NONE;
}

static bool number_of (rap_text_t digits, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!rap_is_digit (digits.at[i]) || *value > 100000)
            return false;
        *value = *value * 10 + (uint32_t)(digits.at[i] - '0');
    }
    return digits.len > 0;
}

//  '1991+1': session 1 in 1992, and each year one. '' is not known.
static bool held_of (rap_text_t text, rap_serie_t *row)
{
    if (!text.len)
        return true;
    const char *plus = memchr (text.at, '+', text.len);
    size_t from = plus ? (size_t)(plus - text.at) : 0, pace = from + 1;
    if (!plus || !number_of (rap_text_of (text.at, from), &row->held_from))
        return false;
    const char *point = memchr (plus, '.', text.len - from);
    size_t whole = point ? (size_t)(point - text.at) : text.len;
    if (!number_of (rap_text_of (text.at + pace, whole - pace), &row->held_pace))
        return false;
    row->held_pace *= HELD_PARTS;
    uint32_t hundredths = 0;
    if (point && (text.len - whole != 3 || !number_of (rap_text_from (text, whole + 1), &hundredths)))
        return false;
    row->held_pace += hundredths;
    return row->held_pace > 0;
}

//  'A/RES/' of 'A/RES/{1}/{2}' and of 'A/RES/S-{1}/{2}', kept once; 0 if the symbol
//  begins otherwise.
static size_t take_prefix (rap_series_t *self, rap_text_t symbol)
{
    const char *hole = memchr (symbol.at, '{', symbol.len);
    size_t len = hole ? (size_t)(hole - symbol.at) : 0;
    if (!len || (symbol.at[len - 1] != '/' && symbol.at[len - 1] != '-'))
        return 0;
    while (len && symbol.at[len - 1] != '/')
        len--;
    rap_text_t prefix = rap_text_of (symbol.at, len);
    for (uint32_t i = 0; i < self->prefixes_count; i++)
        if (rap_text_equal (self->prefixes[i], prefix))
            return prefix.len;
    self->prefixes = grow (self->prefixes, self->prefixes_count + 1, sizeof *self->prefixes);
    self->prefixes[self->prefixes_count++] = prefix;
    return prefix.len;
}

static rap_status_t load_series (rap_series_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const names[] = {"body",       "noun",       "form",   "first_min", "first_max",
                                        "second_min", "second_max", "symbol", "assumed",   "held"};
    enum { BODY, NOUN, FORM, FIRST_MIN, FIRST_MAX, SECOND_MIN, SECOND_MAX, SYMBOL, ASSUMED, HELD, COLUMNS };
    const rap_table_t *table = rap_lexicon_table (lexicon, "series");
    int column[COLUMNS];
    for (uint32_t i = 0; i < COLUMNS; i++) {
        column[i] = table ? rap_table_column (table, names[i]) : -1;
        if (column[i] < 0)
            return rap_refuse (reason, "series.tsv: needs column %s", names[i]);
    }
    self->rows = grow (NULL, table->entries_count + 1, sizeof *self->rows);
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_entry_t *entry = &table->entries[i];
        rap_text_t body = entry->fields[column[BODY]], noun = entry->fields[column[NOUN]],
                   form = entry->fields[column[FORM]];
        rap_serie_t row = {.noun = rap_noun_of (noun),
                           .form = form_of (form),
                           .symbol = entry->fields[column[SYMBOL]],
                           .assumed = rap_text_equal (entry->fields[column[ASSUMED]], RAP_TEXT ("1"))};
        bool good = number_of (entry->fields[column[FIRST_MIN]], &row.first_min)
                    && number_of (entry->fields[column[FIRST_MAX]], &row.first_max)
                    && number_of (entry->fields[column[SECOND_MIN]], &row.second_min)
                    && number_of (entry->fields[column[SECOND_MAX]], &row.second_max)
                    && held_of (entry->fields[column[HELD]], &row);
        if (!good || row.noun == RAP_NOUN_NONE || row.form == RAP_FORM_NONE || !body.len)
            return rap_refuse (reason, "series.tsv:%u: unknown noun or form, or a number or years that are none",
                               entry->line);
        row.body = take_body (self, body);
        row.prefix = take_prefix (self, row.symbol);
        row.rule = rap_arena_format (self->arena, "%.*s %.*s %.*s", (int)body.len, body.at, (int)noun.len, noun.at,
                                     (int)form.len, form.at);
        self->rows[self->rows_count++] = row;
    }
    return RAP_OK;
}

static void add_root (rap_series_t *self, rap_text_t root)
{
    self->roots = grow (self->roots, self->roots_count + 1, sizeof *self->roots);
    rap_phrases_add (self->root_phrases, root, self->roots_count);
    self->roots[self->roots_count++] = root;
}

static rap_status_t load_symbols (rap_series_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "symbols");
    int symbol = table ? rap_table_column (table, "symbol") : -1,
        role = table ? rap_table_column (table, "role") : -1, body = table ? rap_table_column (table, "body") : -1;
    if (symbol < 0 || role < 0 || body < 0)
        return rap_refuse (reason, "symbols.tsv: needs columns symbol, role, body");
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_entry_t *entry = &table->entries[i];
        rap_text_t text = entry->fields[symbol], kind = entry->fields[role];
        if (rap_text_equal (kind, RAP_TEXT ("root"))) {
            add_root (self, text);
        } else if (rap_text_equal (kind, RAP_TEXT ("tail"))) {
            rap_phrases_add (self->tails, text, 0);
        } else if (rap_text_equal (kind, RAP_TEXT ("later"))) {
            rap_phrases_add (self->laters, text, 0);
        } else if (rap_text_equal (kind, RAP_TEXT ("bracket"))) {
            rap_phrases_add (self->brackets, text, 0);
        } else if (rap_text_equal (kind, RAP_TEXT ("report")) && entry->fields[body].len) {
            self->reports = grow (self->reports, self->reports_count + 1, sizeof *self->reports);
            self->reports[self->reports_count++] = (report_t){text, take_body (self, entry->fields[body])};
        } else {
            return rap_refuse (reason, "symbols.tsv:%u: unknown role, or a report of no body", entry->line);
        }
    }
    return RAP_OK;
}

rap_series_t *rap_series_new (const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    rap_series_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = rap_arena_new ();
    rap_phrases_t **sets[] = {&self->root_phrases, &self->tails, &self->laters, &self->brackets};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        *sets[i] = rap_phrases_new ();
    if (load_series (self, lexicon, reason) != RAP_OK || load_symbols (self, lexicon, reason) != RAP_OK) {
        rap_series_destroy (&self);
        return NULL;
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        rap_phrases_seal (*sets[i]);
    return self;
}

void rap_series_destroy (rap_series_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_series_t *self = *self_p;
    rap_phrases_destroy (&self->root_phrases);
    rap_phrases_destroy (&self->tails);
    rap_phrases_destroy (&self->laters);
    rap_phrases_destroy (&self->brackets);
    rap_arena_destroy (&self->arena);
    free (self->bodies);
    free (self->rows);
    free (self->roots);
    free (self->reports);
    free (self->prefixes);
    free (self);
    *self_p = NULL;
}

//  Was the session held when the number's date says, and not after those who cite it?
static bool held_then (const rap_serie_t *row, const rap_number_t *number)
{
    if (!row->held_from || number->form != RAP_FORM_SESSION)
        return true;
    uint32_t year = row->held_from + row->held_pace * number->first_value / HELD_PARTS;
    if (number->year && (year > number->year + HELD_SLACK || number->year > year + HELD_SLACK))
        return false;
    return !number->year_max || year <= number->year_max;
}

static bool can_have (const rap_serie_t *row, rap_noun_t noun, const rap_number_t *number)
{
    return held_then (row, number) && row->noun == noun && row->form == number->form
           && number->first_value >= row->first_min && number->first_value <= row->first_max
           && number->second_value >= row->second_min && number->second_value <= row->second_max;
}

const rap_serie_t *rap_series_fit (const rap_series_t *self, uint32_t body, rap_noun_t noun,
                                   const rap_number_t *number)
{
    for (uint32_t i = 0; body != RAP_NO_BODY && i < self->rows_count; i++)
        if (self->rows[i].body == body && can_have (&self->rows[i], noun, number))
            return &self->rows[i];
    return NULL;
}

const rap_serie_t *rap_series_assume (const rap_series_t *self, rap_noun_t noun, const rap_number_t *number)
{
    for (uint32_t i = 0; i < self->rows_count; i++)
        if (self->rows[i].assumed && can_have (&self->rows[i], noun, number))
            return &self->rows[i];
    return NULL;
}

//  Copies with every kind of hyphen as '-'.
static size_t copy_plain (char *to, rap_text_t from)
{
    size_t len = 0;
    for (size_t i = 0; i < from.len;) {
        size_t hyphen = rap_hyphen_at (from, i);
        to[len++] = hyphen ? '-' : from.at[i];
        i += hyphen ? hyphen : 1;
    }
    return len;
}

rap_text_t rap_serie_symbol (const rap_serie_t *serie, const rap_number_t *number, rap_arena_t *arena)
{
    char *symbol = rap_arena_alloc (arena, serie->symbol.len + number->first.len + number->second.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < serie->symbol.len; i++) {
        bool hole = serie->symbol.at[i] == '{' && i + 2 < serie->symbol.len && serie->symbol.at[i + 2] == '}';
        if (!hole) {
            symbol[len++] = serie->symbol.at[i];
            continue;
        }
        len += copy_plain (symbol + len, serie->symbol.at[i + 1] == '1' ? number->first : number->second);
        i += 2;
    }
    return rap_text_of (symbol, len);
}

rap_noun_t rap_serie_noun (const rap_serie_t *serie)
{
    return serie->noun;
}

uint32_t rap_serie_body (const rap_serie_t *serie)
{
    return serie->body;
}

rap_text_t rap_serie_rule (const rap_serie_t *serie)
{
    return serie->rule;
}

//  --- document symbols -------------------------------------------------------

uint32_t rap_series_roots (const rap_series_t *self)
{
    return self->roots_count;
}

rap_text_t rap_series_root (const rap_series_t *self, uint32_t index)
{
    return self->roots[index];
}

//  One element between slashes at `at`: 76, C.3, CN.15, S-32, Add.1, COP(14),
//  53A. `at` if what stands there is none. *digits: it has digits.
static size_t read_element (const rap_series_t *self, rap_text_t text, size_t at, bool *digits)
{
    size_t end = at, letters = at, small = 0, len;
    *digits = false;
    while (letters < text.len && (rap_is_upper (text.at[letters]) || rap_is_lower (text.at[letters]))) {
        small += rap_is_lower (text.at[letters]);
        letters++;
    }
    if (small) {
        if (rap_phrases_at (self->tails, text, at, &len) == RAP_NO_PHRASE)
            return at;
        letters = at + len > letters ? at + len : letters; //  OzL.Pro
    }
    end = letters;
    //  S-32, ES-10
    size_t dash = letters > at && letters - at <= 3 && !small ? skip_stray_space (text, end) : end;
    size_t hyphen = dash > at ? rap_hyphen_at (text, dash) : 0;
    bool series = hyphen && letters > at && letters - at <= 3 && !small;
    if (series && dash + hyphen < text.len && rap_is_digit (text.at[dash + hyphen]))
        end = dash + hyphen;
    while (end < text.len && end - at < SYMBOL_BYTES_MAX) {
        char c = text.at[end];
        bool inner = c == '.' && end + 1 < text.len && end > at
                     && (rap_is_digit (text.at[end + 1]) || (rap_is_upper (text.at[end + 1]) && end > letters - 1));
        if (!rap_is_digit (c) && !rap_is_upper (c) && !inner)
            break;
        *digits = *digits || rap_is_digit (c);
        end++;
    }
    //  COP(14), GC(65)
    if (end > at && end < text.len && text.at[end] == '(' && !small) {
        size_t close = end + 1;
        while (close < text.len && (rap_is_digit (text.at[close]) || roman_digit (text.at[close])) && close - end < 6)
            close++;
        if (close > end + 1 && close < text.len && text.at[close] == ')' && close + 1 < text.len
            && text.at[close + 1] == '/') {
            *digits = true;
            end = close + 1;
        }
    }
    return rap_is_word_at (text, end) ? at : end;
}

//  ' (Part I)', ' (Vol. II)', ' (Sect. 16)' after a symbol; `at` if none.
static size_t read_symbol_bracket (const rap_series_t *self, rap_text_t text, size_t at)
{
    size_t i = rap_skip_space (text, at), len;
    if (i >= text.len || text.at[i] != '(' || rap_phrases_at (self->brackets, text, i + 1, &len) == RAP_NO_PHRASE)
        return at;
    for (size_t end = i + 1; end < text.len && end - i < BRACKET_BYTES_MAX; end++)
        if (text.at[end] == ')')
            return end + 1;
    return at;
}

//  ' (2017)' after S/RES/2396, where the year is part of the symbol.
static size_t read_symbol_year (rap_text_t text, size_t start, size_t at)
{
    if (!rap_text_starts (rap_text_from (text, start), RAP_TEXT ("S/RES/")))
        return at;
    rap_number_t year = {.form = RAP_FORM_NONE};
    size_t bracket = rap_skip_space (text, at), end = read_bracket (text, bracket, &year);
    return end > bracket && year.form == RAP_FORM_IN_YEAR ? end : at;
}

//  Elements with slashes between from `at` on, after a root.
static size_t read_elements (const rap_series_t *self, rap_text_t text, size_t at, bool *digits)
{
    size_t end = at;
    for (uint32_t count = 0; count < SYMBOL_ELEMENTS_MAX; count++) {
        bool some;
        size_t from = count ? end + 1 : at;
        //  A line may have been broken after a slash, before the number.
        if (from < text.len && rap_is_space (text.at[from]) && from + 1 < text.len
            && rap_is_digit (text.at[from + 1]))
            from++;
        size_t next = read_element (self, text, from, &some);
        if (next == from)
            break;
        *digits = *digits || some;
        end = next;
        if (end >= text.len || text.at[end] != '/')
            break;
    }
    return end;
}

//  The canonical form: spaces out (but one before a bracket of words), hyphens plain.
static rap_text_t canonical (rap_text_t printed, rap_arena_t *arena)
{
    char *symbol = rap_arena_alloc (arena, printed.len + 2);
    size_t len = 0;
    bool bracket = false;
    for (size_t i = 0; i < printed.len;) {
        size_t hyphen = rap_hyphen_at (printed, i);
        char c = hyphen ? '-' : printed.at[i];
        if (c == '(' && i + 1 < printed.len && rap_is_upper (printed.at[i + 1]) && i + 2 < printed.len
            && rap_is_lower (printed.at[i + 2])) {
            symbol[len++] = ' ';
            bracket = true;
        }
        if (rap_is_space (c) && bracket)
            c = ' ';
        if (!rap_is_space (c) || bracket)
            symbol[len++] = c;
        bracket = bracket && c != ')';
        i += hyphen ? hyphen : 1;
    }
    return rap_text_of (symbol, len);
}

//  'S/1', 'A/76': a letter and one number, too small for the documents that were
//  numbered so ('A/5700').
static bool is_short (rap_text_t symbol)
{
    return symbol.len < 2 + ALONE_DIGITS && symbol.at[1] == '/' && !memchr (symbol.at + 2, '/', symbol.len - 2);
}

size_t rap_symbol_read (const rap_series_t *self, rap_text_t text, size_t at, rap_arena_t *arena, rap_text_t *symbol)
{
    //  Not within a word, a path or another symbol.
    if (at > 0 && (rap_is_word_at (text, at - 1) || strchr ("/.-_@", text.at[at - 1])))
        return at;
    size_t len = 0;
    for (uint32_t i = 0; i < self->roots_count; i++)
        if (self->roots[i].len > len && rap_text_starts (rap_text_from (text, at), self->roots[i]))
            len = self->roots[i].len;
    bool digits = len && text.at[at + len - 1] != '/';
    size_t end = len ? read_elements (self, text, at + len, &digits) : at;
    if (!digits || end == at + len || end - at > SYMBOL_BYTES_MAX || is_short (rap_text_of (text.at + at, end - at)))
        return at;
    end = read_symbol_year (text, at, end);
    size_t bracket = read_symbol_bracket (self, text, end);
    if (bracket > end && bracket < text.len && text.at[bracket] == '/') {
        bool more = false;
        size_t after = read_elements (self, text, bracket + 1, &more);
        bracket = more ? after : bracket;
    }
    *symbol = canonical (rap_text_of (text.at + at, bracket - at), arena);
    return bracket;
}

size_t rap_symbol_read_number (const rap_series_t *self, rap_text_t text, size_t at, const rap_serie_t **serie,
                               rap_number_t *number)
{
    if (at > 0 && (rap_is_word_at (text, at - 1) || strchr ("/.-_@", text.at[at - 1])))
        return at;
    rap_text_t rest = rap_text_from (text, at), prefix = RAP_TEXT ("");
    for (uint32_t i = 0; i < self->prefixes_count && !prefix.len; i++)
        if (rap_text_starts (rest, self->prefixes[i]))
            prefix = self->prefixes[i]; //  since it ends with a slash before a number, no other one fits
    if (!prefix.len)
        return at;
    size_t first = at + prefix.len, end = rap_number_read (text, first, number);
    if (end == first)
        end = rap_number_read_plain (text, first, PLAIN_DIGITS, number);
    for (uint32_t i = 0; end > first && i < self->rows_count; i++) {
        const rap_serie_t *row = &self->rows[i];
        bool same = row->prefix == prefix.len && memcmp (row->symbol.at, prefix.at, prefix.len) == 0;
        if (same && can_have (row, row->noun, number)) {
            *serie = row;
            return end;
        }
    }
    return at;
}

size_t rap_symbol_read_joint (const rap_series_t *self, rap_text_t text, size_t at, rap_arena_t *arena,
                              rap_text_t *symbol)
{
    size_t i = rap_skip_space (text, at);
    size_t hyphen = rap_hyphen_at (text, i);
    if (!hyphen)
        return at;
    i = rap_skip_space (text, i + hyphen);
    //  Read from here on, so that the hyphen before does not forbid it.
    rap_text_t rest = rap_text_from (text, i);
    size_t end = rap_symbol_read (self, rest, 0, arena, symbol);
    return end ? i + end : at;
}

size_t rap_symbol_read_later (const rap_series_t *self, rap_text_t base, rap_text_t text, size_t at,
                              rap_arena_t *arena, rap_text_t *symbol)
{
    size_t i = at, len;
    if (i < text.len && text.at[i] == ',')
        i++;
    i = rap_skip_space (text, i);
    if (text.len - i > 4 && memcmp (text.at + i, "and", 3) == 0 && rap_is_space (text.at[i + 3]))
        i = rap_skip_space (text, i + 3);
    if (i == at || rap_phrases_at (self->laters, text, i, &len) == RAP_NO_PHRASE)
        return at;
    size_t end = i + len;
    while (end < text.len && rap_is_digit (text.at[end]))
        end++;
    if (end == i + len || rap_is_word_at (text, end) || (end < text.len && text.at[end] == '/'))
        return at;
    *symbol = rap_arena_format (arena, "%.*s/%.*s", (int)base.len, base.at, (int)(end - i), text.at + i);
    return end;
}

//  First byte of the digits at the symbol's end.
static size_t last_number (rap_text_t symbol)
{
    size_t at = symbol.len;
    while (at > 0 && rap_is_digit (symbol.at[at - 1]))
        at--;
    return at;
}

uint32_t rap_symbol_number (rap_text_t symbol)
{
    rap_text_t digits;
    uint32_t value;
    read_digits (rap_text_from (symbol, last_number (symbol)), 0, &digits, &value);
    return value;
}

//  May a list of numbers go on, or end, at byte `at`: before ',', ')', ' and 12'?
static bool ends_in_list (rap_text_t text, size_t at)
{
    if (at >= text.len || strchr (",;).:", text.at[at]) || rap_hyphen_at (text, at))
        return true;
    rap_text_t rest = rap_text_from (text, rap_skip_space (text, at));
    return rap_text_starts (rest, RAP_TEXT ("and ")) && rest.len > 4 && rap_is_digit (rest.at[4]);
}

size_t rap_symbol_read_next (rap_text_t symbol, rap_text_t text, size_t at, uint32_t *number, bool *range)
{
    size_t from = last_number (symbol), digits = symbol.len - from, i = at;
    if (!digits || digits > NUMBER_DIGITS_MAX || !from)
        return at;
    bool dotted = symbol.at[from - 1] == '.'; //  SR.3
    size_t hyphen = rap_hyphen_at (text, i);
    *range = hyphen > 0;
    if (hyphen) {
        i += hyphen;
    } else {
        i += i < text.len && text.at[i] == ',';
        size_t word = rap_skip_space (text, i);
        bool joined = rap_text_starts (rap_text_from (text, word), RAP_TEXT ("and "));
        i = joined ? word + 4 : i > at ? word : at;
    }
    rap_text_t printed, before = rap_text_from (symbol, from);
    uint32_t value, last;
    size_t end = i == at ? at : read_digits (text, i, &printed, &value);
    if (i == at || end == i || read_digits (before, 0, &before, &last) == 0 || value <= last)
        return at;
    if (!dotted && (digits < NEXT_DIGITS || end - i != digits))
        return at;
    if ((*range && value - last > RANGE_MAX) || !ends_in_list (text, end))
        return at;
    *number = value;
    return end;
}

rap_text_t rap_symbol_renumber (rap_text_t symbol, uint32_t number, rap_arena_t *arena)
{
    return rap_arena_format (arena, "%.*s%u", (int)last_number (symbol), symbol.at, number);
}

//  '*' stands for any run of characters. Linear for our short patterns: after a
//  star the leftmost continuation is as good as any.
static bool matches (rap_text_t pattern, rap_text_t symbol)
{
    size_t p = 0, s = 0, star = SIZE_MAX, mark = 0;
    while (s < symbol.len) {
        if (p < pattern.len && pattern.at[p] == '*') {
            star = p++;
            mark = s;
        } else if (p < pattern.len && pattern.at[p] == symbol.at[s]) {
            p++;
            s++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            s = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.at[p] == '*')
        p++;
    return p == pattern.len;
}

uint32_t rap_symbol_report_of (const rap_series_t *self, rap_text_t symbol)
{
    for (uint32_t i = 0; i < self->reports_count; i++)
        if (matches (self->reports[i].pattern, symbol))
            return self->reports[i].body;
    return RAP_NO_BODY;
}

rap_text_t rap_series_actor (const rap_series_t *self, uint32_t body)
{
    return body < self->bodies_count ? self->bodies[body] : RAP_TEXT ("");
}

bool rap_symbol_equal (rap_text_t a, rap_text_t b)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a.len && a.at[i] == ' ')
            i++;
        while (k < b.len && b.at[k] == ' ')
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len && a.len > 0;
        if (a.at[i++] != b.at[k++])
            return false;
    }
}
