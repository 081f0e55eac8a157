//  quantity: number by number, what stands before it, what after it.
//
//      more than   2.5 billion   euros      in forfeited assets
//      bound       number        unit       subject
//
//  A number is dropped as soon as anything shows that it counts nothing.

#include "quantity.h"

#include <stdlib.h>

#include "lookup.h"
#include "number.h"
#include "spans.h"

enum { VALUE, MEASURE, UNIT, CURRENCY, BOUND, SUBJECT, RULE, CONFIDENCE }; //  the finding's values

enum {
    BEFORE_REACH = 40,   //  bytes looked at before a number
    BEFORE_WORDS = 4,    //  and words
    CURRENCY_BYTES = 4,  //  of a sign before an amount
    SUBJECT_WORDS = 6,   //  of the noun counted
    WORD_BYTES_MAX = 64, //  a longer word ends the subject
    YEAR_FIRST = 1800,
    YEAR_LAST = 2199,
};

typedef struct {
    rap_text_t unit, measure, currency;
    double factor;
} unit_t;

typedef enum { END_NOUN, END_VERB } end_kind_t; //  values of `ends`

struct rap_quantity {
    rap_numbers_t *numbers;
    unit_t *units;
    rap_phrases_t *unit_names;
    rap_phrases_t *signs;
    rap_text_t *sign_currencies;
    rap_phrases_t *bounds, *bounds_after;
    rap_text_t *bound_names, *bound_after_names;
    rap_phrases_t *names; //  words before a number that make it a name
    rap_phrases_t *idle;  //  phrases that begin with a number word and count nothing
    rap_phrases_t *pronouns;
    rap_phrases_t *ends;
    rap_phrases_t *ordinals;
    rap_phrases_t *months;
};

//  --- rules ------------------------------------------------------------------

static bool is_measure (rap_text_t name)
{
    static const char *const measures[] = {"money", "percent", "mass", "length", "duration", "count"};
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (rap_text_equal (name, rap_text (measures[i])))
            return true;
    return false;
}

static rap_status_t load_units (rap_quantity_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const char *columns[] = {"name", "unit", "measure", "currency", "factor", NULL};
    int at[5];
    const rap_table_t *table = rap_lookup_table (lexicon, "units", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    self->units = calloc (table->entries_count + 1, sizeof *self->units);
    if (!self->units)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        self->units[i] =
            (unit_t){.unit = fields[at[1]], .measure = fields[at[2]], .currency = fields[at[3]], .factor = 1};
        if (!is_measure (fields[at[2]]))
            return rap_refuse (reason, "units.tsv:%u: unknown measure", table->entries[i].line);
        if (fields[at[4]].len && !rap_lookup_number (fields[at[4]], &self->units[i].factor))
            return rap_refuse (reason, "units.tsv:%u: a factor is a number", table->entries[i].line);
        rap_phrases_add (self->unit_names, fields[at[0]], i);
    }
    rap_phrases_seal (self->unit_names);
    return RAP_OK;
}

//  A table of two columns: phrases, and what each means (a copy of the views).
static rap_phrases_t *load_pairs (const rap_lexicon_t *lexicon, const char *name, const char *first,
                                  const char *second, rap_text_t **meanings, rap_reason_t *reason)
{
    const char *columns[] = {first, second, NULL};
    int at[2];
    const rap_table_t *table = rap_lookup_table (lexicon, name, columns, at, reason);
    if (!table)
        return NULL;
    rap_phrases_t *phrases = rap_phrases_new ();
    rap_text_t *all = calloc (table->entries_count + 1, sizeof *all);
    if (!all)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        rap_phrases_add (phrases, table->entries[i].fields[at[0]], i);
        all[i] = table->entries[i].fields[at[1]];
    }
    rap_phrases_seal (phrases);
    *meanings = all;
    return phrases;
}

//  The same where the second column is one of two words, valued 0 and 1.
static rap_phrases_t *load_kinds (const rap_lexicon_t *lexicon, const char *name, const char *const kinds[2],
                                  rap_reason_t *reason)
{
    const char *columns[] = {"word", "kind", NULL};
    int at[2];
    const rap_table_t *table = rap_lookup_table (lexicon, name, columns, at, reason);
    if (!table)
        return NULL;
    rap_phrases_t *phrases = rap_phrases_new ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        bool second = rap_text_equal (table->entries[i].fields[at[1]], rap_text (kinds[1]));
        if (!second && !rap_text_equal (table->entries[i].fields[at[1]], rap_text (kinds[0]))) {
            rap_refuse (reason, "%s.tsv:%u: unknown kind", name, table->entries[i].line);
            rap_phrases_destroy (&phrases);
            return NULL;
        }
        rap_phrases_add (phrases, table->entries[i].fields[at[0]], second);
    }
    rap_phrases_seal (phrases);
    return phrases;
}

rap_quantity_t *rap_quantity_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    static const char *const names[] = {"label", "age"}, *const ends[] = {"end", "verb"};
    rap_quantity_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->unit_names = rap_phrases_new ();
    bool ok =
        (self->numbers = rap_numbers_new (lexicon, builder, reason)) && load_units (self, lexicon, reason) == RAP_OK
        && (self->signs = load_pairs (lexicon, "currencies", "sign", "currency", &self->sign_currencies, reason))
        && (self->bounds = load_pairs (lexicon, "bounds", "words", "bound", &self->bound_names, reason))
        && (self->bounds_after =
                load_pairs (lexicon, "bounds_after", "words", "bound", &self->bound_after_names, reason))
        && (self->names = load_kinds (lexicon, "number_names", names, reason))
        && (self->idle = rap_lookup_phrases (lexicon, "number_phrases", "phrase", reason))
        && (self->pronouns = rap_lookup_phrases (lexicon, "number_before", "word", reason))
        && (self->ends = load_kinds (lexicon, "noun_ends", ends, reason))
        && (self->ordinals = rap_lookup_phrases (lexicon, "ordinals", "word", reason))
        && (self->months = rap_lookup_phrases (lexicon, "months", "name", reason));
    if (!ok)
        rap_quantity_destroy (&self);
    return self;
}

void rap_quantity_destroy (rap_quantity_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_quantity_t *self = *self_p;
    rap_phrases_t **phrases[] = {&self->unit_names, &self->signs, &self->bounds,   &self->bounds_after,
                                 &self->names,      &self->idle,  &self->pronouns, &self->ends,
                                 &self->ordinals,   &self->months};
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
        rap_phrases_destroy (phrases[i]);
    rap_numbers_destroy (&self->numbers);
    free (self->units);
    free (self->sign_currencies);
    free (self->bound_names);
    free (self->bound_after_names);
    free (self);
    *self_p = NULL;
}

//  --- looking around ---------------------------------------------------------

static size_t space_before (rap_text_t text, size_t at)
{
    for (;;) {
        if (at > 0 && rap_is_space (text.at[at - 1]))
            at--;
        else if (at >= 2 && memcmp (text.at + at - 2, "\xC2\xA0", 2) == 0)
            at -= 2;
        else
            return at;
    }
}

//  Whether a phrase of at most four words ends at byte `end`; where it begins in
//  *start, its value as the answer. The longest counts.
static uint32_t phrase_before (const rap_phrases_t *phrases, rap_text_t text, size_t end, size_t *start)
{
    uint32_t found = RAP_NO_PHRASE;
    size_t floor = end > BEFORE_REACH ? end - BEFORE_REACH : 0, from = end;
    for (int words = 0; words < BEFORE_WORDS && from > floor; words++) {
        from = space_before (text, from);
        while (from > floor && !rap_is_space (text.at[from - 1]) && text.at[from - 1] != '(')
            from--;
        size_t len;
        uint32_t value = rap_phrases_at (phrases, text, from, &len);
        if (value == RAP_NO_PHRASE || from + len != end)
            continue;
        found = value;
        *start = from;
    }
    return found;
}

//  The end of the word at `at`, at most WORD_BYTES_MAX on; `at` if it is longer.
static size_t word_end (rap_text_t text, size_t at)
{
    size_t limit = at + WORD_BYTES_MAX < text.len ? at + WORD_BYTES_MAX : text.len;
    while (limit < text.len && ((unsigned char)text.at[limit] & 0xC0) == 0x80)
        limit--;
    size_t end = rap_word_end (rap_text_of (text.at, limit), at);
    return end == limit && limit < text.len ? at : end;
}

static bool ends_with (rap_text_t word, const char *end)
{
    return rap_text_ends (word, rap_text (end));
}

//  --- what counts nothing ----------------------------------------------------

//  A chain of numbers of one name or date: nothing between them but this.
static bool is_listed (rap_text_t text, size_t from, size_t to)
{
    static const char *const links[] = {",", "and", ", and",        "or",           "to",
                                        "&", "-",   "\xE2\x80\x93", "\xE2\x80\x91", "bis,"};
    size_t start = rap_skip_space (text, from), end = space_before (text, to);
    if (start >= end || end - start > 5)
        return false;
    rap_text_t between = rap_text_of (text.at + start, end - start);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (rap_text_equal (between, rap_text (links[i])))
            return true;
    return false;
}

//  A dash or "to" between two numbers: the second is what the first is.
static bool is_range (rap_text_t text, size_t from, size_t to)
{
    size_t start = rap_skip_space (text, from), end = space_before (text, to);
    return start < end
           && (rap_hyphen_at (text, start) == end - start
               || rap_text_equal (rap_text_of (text.at + start, end - start), RAP_TEXT ("to")));
}

//  After a label, "5, 6 and 9 of the Convention": the list goes on while what follows
//  is no noun that could be counted.
static bool follows_noun (const rap_quantity_t *self, rap_text_t text, size_t end)
{
    size_t at = rap_skip_space (text, end), len;
    if (at == end || at >= text.len || !rap_is_word_at (text, at) || rap_is_digit (text.at[at]))
        return false;
    return rap_phrases_at (self->ends, text, at, &len) == RAP_NO_PHRASE;
}

static bool is_month_next (const rap_quantity_t *self, rap_text_t text, size_t end)
{
    size_t len, at = rap_skip_space (text, end);
    return at < text.len && rap_is_upper (text.at[at])
           && rap_phrases_at (self->months, text, at, &len) != RAP_NO_PHRASE;
}

//  "twenty-first", "12th".
static bool is_ordinal (const rap_quantity_t *self, rap_text_t text, const rap_number_t *number)
{
    size_t len, hyphen = rap_hyphen_at (text, number->end);
    if (number->in_words)
        return hyphen && rap_phrases_at (self->ordinals, text, number->end + hyphen, &len) != RAP_NO_PHRASE;
    static const char *const suffixes[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < 4; i++)
        if (rap_text_starts (rap_text_from (text, number->end), rap_text (suffixes[i]))
            && !rap_is_word_at (text, number->end + 2))
            return true;
    return false;
}

//  A word with a capital within a sentence is part of a title ("Seven Strategies").
static bool is_title_word (rap_text_t text, const rap_number_t *number)
{
    if (!number->in_words || !rap_is_upper (text.at[number->start]))
        return false;
    size_t at = space_before (text, number->start);
    if (at == 0 || text.at[at] == '\n')
        return false;
    return at == number->start || !strchr (".?!)", text.at[at - 1]);
}

//  "Umoja 2.0": a number at the end of a name.
static bool ends_name (rap_text_t text, const rap_number_t *number)
{
    size_t end = space_before (text, number->start), from = end;
    size_t floor = end > BEFORE_REACH ? end - BEFORE_REACH : 0;
    while (from > floor && (rap_is_lower (text.at[from - 1]) || rap_is_upper (text.at[from - 1])))
        from--;
    if (number->in_words || from == end || end == number->start || !rap_is_upper (text.at[from]))
        return false;
    size_t before = space_before (text, from);
    return before > 0 && (before == from || !strchr (".?!)", text.at[before - 1]));
}

//  "(2)" numbers a point; "3. " at the start numbers the text.
static bool is_enumerator (rap_text_t text, const rap_number_t *number)
{
    bool open = number->start > 0 && text.at[number->start - 1] == '(';
    size_t after = rap_skip_space (text, number->end);
    char next = after < text.len ? text.at[after] : ' ';
    return (open && next == ')') || (number->start == 0 && (next == '.' || next == ')'));
}

static bool is_clock (rap_text_t text, const rap_number_t *number)
{
    rap_text_t rest = rap_text_from (text, rap_skip_space (text, number->end));
    return rap_text_starts (rest, RAP_TEXT ("a.m.")) || rap_text_starts (rest, RAP_TEXT ("p.m."));
}

//  "5(b)", "2 (d)".
static bool is_clause (rap_text_t text, const rap_number_t *number)
{
    size_t at = rap_skip_space (text, number->end);
    bool open = at + 2 < text.len && text.at[at] == '(';
    return (open && at == number->end) || (open && rap_is_lower (text.at[at + 1]) && text.at[at + 2] == ')');
}

//  A number with no noun that nothing in its sentence leads to: what is left of a
//  footnote's mark or of a broken line.
static bool is_stray (rap_text_t text, const rap_number_t *number)
{
    size_t end = space_before (text, number->start), after = rap_skip_space (text, number->end);
    if (end == 0 || number->in_words || !number->plain)
        return false;
    bool line_ends = after > number->end && text.at[number->end] == '\n';
    bool ends = after == text.len || text.at[after] == '.' || line_ends;
    bool cut =
        strchr (",;.)", text.at[end - 1]) || rap_text_ends (rap_text_of (text.at, end), RAP_TEXT ("\xE2\x80\x9D"));
    return rap_is_digit (text.at[end - 1]) || (ends && cut);
}

//  "the 1267 Committee": a plain number of four digits or more before a name.
static bool begins_name (rap_text_t text, const rap_number_t *number)
{
    size_t at = rap_skip_space (text, number->end);
    return number->plain && number->end - number->start >= 4 && at > number->end && at < text.len
           && rap_is_upper (text.at[at]);
}

static bool is_year (const rap_number_t *number)
{
    return number->plain && number->end - number->start == 4 && number->value >= YEAR_FIRST
           && number->value <= YEAR_LAST;
}

//  --- one number -------------------------------------------------------------

typedef struct {
    size_t start, end; //  of the finding
    rap_text_t measure, unit, currency, bound, subject, rule;
    double value, confidence;
} reading_t;

//  A sign before the amount; moves start.
static bool read_sign (const rap_quantity_t *self, rap_text_t text, reading_t *reading)
{
    size_t end = space_before (text, reading->start);
    size_t floor = end > CURRENCY_BYTES ? end - CURRENCY_BYTES : 0;
    for (size_t at = floor; at < end; at++) {
        size_t len;
        if (((unsigned char)text.at[at] & 0xC0) == 0x80
            || ((rap_is_upper (text.at[at]) || rap_is_lower (text.at[at])) && rap_lookup_word_before (text, at)))
            continue;
        uint32_t sign = rap_phrases_at (self->signs, text, at, &len);
        if (sign == RAP_NO_PHRASE || at + len != end)
            continue;
        reading->start = at;
        reading->measure = RAP_TEXT ("money");
        reading->currency = reading->unit = self->sign_currencies[sign];
        reading->rule = RAP_TEXT ("quantity.money-sign");
        return true;
    }
    return false;
}

//  A unit after the number: "5 kg", "12-week", "25 per cent", "50%".
static bool read_unit (const rap_quantity_t *self, rap_text_t text, reading_t *reading)
{
    size_t hyphen = rap_hyphen_at (text, reading->end), len;
    size_t at = hyphen ? reading->end + hyphen : rap_skip_space (text, reading->end);
    uint32_t row = rap_phrases_at (self->unit_names, text, at, &len);
    if (row == RAP_NO_PHRASE)
        return false;
    const unit_t *unit = &self->units[row];
    //  "5-kg" is a mass; "12 m" a length; but a letter glued to digits ("3G") is a name.
    if (at == reading->end && len == 1 && rap_is_upper (text.at[at]))
        return false;
    reading->value *= unit->factor;
    reading->measure = unit->measure;
    reading->unit = unit->unit;
    reading->currency = unit->currency;
    reading->end = at + len;
    reading->rule = RAP_TEXT ("quantity.unit");
    return true;
}

static void read_bounds (const rap_quantity_t *self, rap_text_t text, reading_t *reading)
{
    size_t start, len;
    uint32_t row = phrase_before (self->bounds, text, space_before (text, reading->start), &start);
    if (row != RAP_NO_PHRASE)
        reading->bound = self->bound_names[row];
    size_t at = rap_skip_space (text, reading->end);
    uint32_t after = rap_phrases_at (self->bounds_after, text, at, &len);
    if (after == RAP_NO_PHRASE || at == reading->end)
        return;
    reading->bound = self->bound_after_names[after];
    reading->end = at + len;
}

//  The noun phrase from `at` on; its end in *end, whether a passive follows in *verb.
static bool read_noun (const rap_quantity_t *self, rap_text_t text, size_t at, size_t *end, bool *verb)
{
    bool plural = false;
    size_t words = 0;
    *end = at;
    *verb = false;
    while (words < SUBJECT_WORDS && at < text.len && rap_is_word_at (text, at)) {
        size_t len, stop = word_end (text, at);
        uint32_t kind = rap_phrases_at (self->ends, text, at, &len);
        *verb = kind == END_VERB;
        if (stop == at || kind != RAP_NO_PHRASE || rap_is_digit (text.at[at]))
            break;
        rap_text_t word = rap_text_of (text.at + at, stop - at);
        if (plural && words > 0 && (ends_with (word, "ed") || ends_with (word, "ing")))
            break;
        plural = ends_with (word, "s") && !ends_with (word, "ss");
        *end = stop;
        words++;
        at = rap_skip_space (text, stop);
        if (at == stop || text.at[stop] == '\n')
            break;
    }
    //  "12 acceded": a verb alone is no noun.
    return words > 1 || (words == 1 && !ends_with (rap_text_of (text.at, *end), "ed"));
}

//  "were trained", "have been trained": the participle after the verb.
static rap_text_t participle_after (const rap_quantity_t *self, rap_text_t text, size_t at)
{
    for (int i = 0; i < 3; i++) {
        at = rap_skip_space (text, at);
        size_t len, stop = word_end (text, at);
        if (stop == at)
            break;
        rap_text_t word = rap_text_of (text.at + at, stop - at);
        if (ends_with (word, "ed") || ends_with (word, "en"))
            if (!rap_text_equal (word, RAP_TEXT ("been")))
                return word;
        uint32_t kind = rap_phrases_at (self->ends, text, at, &len);
        if (kind == RAP_NO_PHRASE && !ends_with (word, "ly"))
            break;
        at = stop;
    }
    return RAP_TEXT ("");
}

//  "trained 571 practitioners": the verb before the number and its bound.
static rap_text_t participle_before (const rap_quantity_t *self, rap_text_t text, size_t at)
{
    size_t start, end = space_before (text, at);
    if (phrase_before (self->bounds, text, end, &start) != RAP_NO_PHRASE)
        end = space_before (text, start);
    size_t floor = end > BEFORE_REACH ? end - BEFORE_REACH : 0, from = end;
    while (from > floor && rap_is_lower (text.at[from - 1]))
        from--;
    rap_text_t word = rap_text_of (text.at + from, end - from);
    bool whole = from == 0 || rap_is_space (text.at[from - 1]);
    return whole && word.len > 4 && ends_with (word, "ed") ? word : RAP_TEXT ("");
}

static void read_subject (const rap_quantity_t *self, const rap_extract_t *x, reading_t *reading)
{
    rap_text_t text = x->text;
    size_t at = rap_skip_space (text, reading->end), len = 0, end;
    bool verb, counted = !reading->unit.len;
    if (!counted && !rap_text_equal (reading->measure, RAP_TEXT ("duration"))) {
        //  "106 tons of cocaine", "70 per cent of the States", "$5 million in grants"
        if (rap_text_starts (rap_text_from (text, at), RAP_TEXT ("of the ")))
            len = 7;
        else if (rap_text_starts (rap_text_from (text, at), RAP_TEXT ("of "))
                 || rap_text_starts (rap_text_from (text, at), RAP_TEXT ("in ")))
            len = 3;
    }
    size_t hyphen = rap_hyphen_at (text, reading->end);
    at = hyphen && at == reading->end ? reading->end + hyphen : at + len;
    if (at == reading->end || !read_noun (self, text, at, &end, &verb))
        return;
    rap_text_t noun = rap_text_of (text.at + at, end - at);
    reading->end = end;
    rap_text_t done = verb ? participle_after (self, text, end) : RAP_TEXT ("");
    if (!done.len && counted)
        done = participle_before (self, text, reading->start);
    reading->subject =
        done.len ? rap_arena_format (x->arena, "%.*s %.*s", (int)noun.len, noun.at, (int)done.len, done.at) : noun;
}

//  "18 years of age", "16-year-old".
static bool is_age (rap_text_t text, const reading_t *reading)
{
    rap_text_t rest = rap_text_from (text, reading->end);
    static const char *const ages[] = {" of age", "-old", " old", " and above", " and older"};
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
        if (rap_text_starts (rest, rap_text (ages[i])))
            return true;
    return false;
}

//  "one decision" counts; "one of", "no one", "that one" do not.
static bool is_pronoun (const rap_quantity_t *self, rap_text_t text, const rap_number_t *number, bool measured)
{
    size_t len, start, at = rap_skip_space (text, number->end);
    if (rap_phrases_at (self->idle, text, number->start, &len) != RAP_NO_PHRASE)
        return true;
    if (!number->in_words || number->value > 1 || measured)
        return false;
    if (number->value < 1 || at >= text.len || !rap_is_word_at (text, at)
        || rap_phrases_at (self->ends, text, at, &len) != RAP_NO_PHRASE)
        return true;
    return phrase_before (self->pronouns, text, space_before (text, number->start), &start) != RAP_NO_PHRASE;
}

//  `parties`: it is known to count States, whatever stands before it.
static bool read (const rap_quantity_t *self, const rap_extract_t *x, const rap_number_t *number, bool parties,
                  reading_t *reading)
{
    rap_text_t text = x->text;
    *reading = (reading_t){.start = number->start,
                           .end = number->end,
                           .measure = RAP_TEXT ("count"),
                           .bound = RAP_TEXT ("exact"),
                           .subject = RAP_TEXT (""),
                           .unit = RAP_TEXT (""),
                           .currency = RAP_TEXT (""),
                           .rule = RAP_TEXT ("quantity.count"),
                           .value = number->value,
                           .confidence = 0.9};
    bool money = read_sign (self, text, reading);
    bool measured = money || read_unit (self, text, reading);
    if (!measured
        && (is_year (number) || number->zero_led || is_clause (text, number) || begins_name (text, number)
            || rap_is_word_at (text, number->end)))
        return false;
    if (!money && (is_pronoun (self, text, number, measured) || is_age (text, reading)))
        return false;
    read_bounds (self, text, reading);
    read_subject (self, x, reading);
    if (!measured && !reading->subject.len) {
        if (!parties && (ends_name (text, number) || is_stray (text, number)))
            return false;
        reading->confidence = 0.6;
    }
    return true;
}

//  --- all numbers ------------------------------------------------------------

typedef enum { NUMBER_OPEN, NUMBER_NAME, NUMBER_DATE, NUMBER_PARTIES } state_t;

static bool is_open (const rap_quantity_t *self, rap_text_t text, const rap_number_t *number)
{
    return !is_ordinal (self, text, number) && !is_title_word (text, number) && !is_enumerator (text, number);
}

//  "articles", "paras.", "Goals": a list follows.
static bool is_plural (rap_text_t label)
{
    if (label.len && label.at[label.len - 1] == '.')
        label.len--;
    return label.len > 2 && label.at[label.len - 1] == 's';
}

//  Whether a number goes on the list of names that the one before it is in. After a
//  plural it does until "and" has come ("Goals 5, 11 and 16"); else while no noun
//  follows that it could count.
static bool goes_on (const rap_quantity_t *self, rap_text_t text, const rap_number_t *last,
                     const rap_number_t *number, bool *open_list)
{
    if (!is_listed (text, last->end, number->start))
        return false;
    if (is_range (text, last->end, number->start))
        return true;
    bool expected = *open_list;
    size_t end = space_before (text, number->start);
    if (end > last->end && text.at[end - 1] != ',')
        *open_list = false;
    return expected || !follows_noun (self, text, number->end);
}

//  "four in five", "1 out of 3".
static bool is_ratio (rap_text_t text, const rap_number_t *first, const rap_number_t *second)
{
    rap_text_t between = rap_text_trim (rap_text_of (text.at + first->end, second->start - first->end));
    return first->value <= second->value && second->value <= 100
           && (rap_text_equal (between, RAP_TEXT ("in")) || rap_text_equal (between, RAP_TEXT ("out of")));
}

//  Which numbers are names or parts of a date, by what stands before and after.
static state_t *find_states (const rap_quantity_t *self, const rap_extract_t *x, const rap_number_t *numbers,
                             uint32_t count)
{
    rap_text_t text = x->text;
    state_t *states = rap_arena_alloc (x->arena, count * sizeof *states);
    rap_spans_t spans =
        rap_spans_of (x, RAP_SPANS_KIND (RAP_FINDING_date_mention) | RAP_SPANS_KIND (RAP_FINDING_citation)
                             | RAP_SPANS_KIND (RAP_FINDING_actor));
    rap_spans_t adherence = rap_spans_of (x, RAP_SPANS_KIND (RAP_FINDING_adherence));
    uint32_t next = 0, next_adherence = 0;
    bool open_list = false;
    for (uint32_t i = 0; i < count; i++) {
        const rap_span_t *span = rap_spans_next (&spans, &next, numbers[i].start);
        size_t start, before = space_before (text, numbers[i].start);
        bool named = phrase_before (self->names, text, before, &start) != RAP_NO_PHRASE;
        if (named)
            open_list = is_plural (rap_text_of (text.at + start, before - start));
        bool listed = i > 0 && states[i - 1] == NUMBER_NAME && !numbers[i].in_words
                      && goes_on (self, text, &numbers[i - 1], &numbers[i], &open_list);
        const rap_span_t *told = rap_spans_next (&adherence, &next_adherence, numbers[i].start);
        bool parties = told && told->start <= numbers[i].start
                       && (double)x->findings->at[told->finding].values[1].integer == numbers[i].value;
        if (parties)
            states[i] = NUMBER_PARTIES;
        else if (span && span->start < numbers[i].end)
            states[i] = NUMBER_DATE;
        else if ((named && !(numbers[i].in_words && numbers[i].value == 1)) || listed)
            states[i] = NUMBER_NAME;
    }
    for (uint32_t i = 1; i < count; i++)
        if (is_ratio (text, &numbers[i - 1], &numbers[i]))
            states[i - 1] = states[i] = NUMBER_NAME;
    for (uint32_t i = count; i-- > 0;) {
        bool plain = numbers[i].plain && numbers[i].value <= 31;
        bool clock = plain && is_clock (text, &numbers[i]);
        if (clock && i > 0 && is_range (text, numbers[i - 1].end, numbers[i].start))
            states[i - 1] = NUMBER_DATE;
        bool listed = i + 1 < count && states[i + 1] == NUMBER_DATE && numbers[i + 1].plain
                      && numbers[i + 1].value <= 31 && is_listed (text, numbers[i].end, numbers[i + 1].start)
                      && is_month_next (self, text, numbers[i + 1].end);
        if (plain && (clock || is_month_next (self, text, numbers[i].end) || listed))
            states[i] = NUMBER_DATE;
    }
    return states;
}

static void tell (const rap_extract_t *x, const reading_t *reading)
{
    rap_finding_t *finding = rap_findings_add (x, RAP_FINDING_quantity, reading->start, reading->end);
    if (!finding)
        return;
    finding->values[VALUE].real = reading->value;
    finding->values[MEASURE].text = reading->measure;
    finding->values[UNIT].text = reading->unit;
    finding->values[CURRENCY].text = reading->currency;
    finding->values[BOUND].text = reading->bound;
    finding->values[SUBJECT].text = reading->subject;
    finding->values[RULE].text = reading->rule;
    finding->values[CONFIDENCE].real = reading->confidence;
}

//  "10 to 15 per cent": the first of a range has the unit of the second.
static void lend_unit (rap_text_t text, reading_t *first, const reading_t *second)
{
    if (first->unit.len || first->subject.len || !second->unit.len || !is_listed (text, first->end, second->start))
        return;
    first->measure = second->measure;
    first->unit = second->unit;
    first->currency = second->currency;
    first->rule = second->rule;
}

void rap_quantity_run (const rap_quantity_t *self, const rap_extract_t *x)
{
    uint32_t count;
    if (x->chunk->kind == RAP_MASTHEAD || x->chunk->kind == RAP_FOOTNOTE || x->chunk->kind == RAP_FORMULA)
        return;
    const rap_number_t *numbers = rap_numbers_find (self->numbers, x, &count);
    if (!count)
        return;
    const state_t *states = find_states (self, x, numbers, count);
    reading_t held = {.start = 0};
    bool holding = false;
    for (uint32_t i = 0; i < count && !x->findings->full; i++) {
        reading_t reading;
        bool parties = states[i] == NUMBER_PARTIES;
        if ((!parties && (states[i] != NUMBER_OPEN || !is_open (self, x->text, &numbers[i])))
            || !read (self, x, &numbers[i], parties, &reading))
            continue;
        if (holding) {
            lend_unit (x->text, &held, &reading);
            tell (x, &held);
        }
        held = reading;
        holding = true;
    }
    if (holding)
        tell (x, &held);
}
