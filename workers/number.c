//  number: digits by scanning, words by the matcher's hits, taken in one order.

#include "number.h"

#include <stdlib.h>

#include "lookup.h"

enum {
    WORDS_MAX = 12,   //  words of one number; more are a play with words
    DIGITS_MAX = 15,  //  more are no number that anyone counts with
    SCALE_REACH = 24, //  bytes of a scale word after digits
    GROUP = 3,        //  digits after a comma
};

typedef enum { WORD_UNIT, WORD_TEEN, WORD_TEN, WORD_SCALE } word_kind_t;

typedef struct {
    word_kind_t kind;
    double value;
} word_t;

struct rap_numbers {
    word_t *words; //  by the value of their hits
    rap_phrases_t *scales;
};

//  --- rules ------------------------------------------------------------------

static bool kind_of (rap_text_t name, word_kind_t *kind)
{
    static const char *const names[] = {"unit", "teen", "ten", "scale"};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (rap_text_equal (name, rap_text (names[i]))) {
            *kind = (word_kind_t)i;
            return true;
        }
    return false;
}

static rap_status_t load (rap_numbers_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                          rap_reason_t *reason)
{
    const char *columns[] = {"word", "value", "kind", NULL};
    int at[3];
    const rap_table_t *table = rap_lookup_table (lexicon, "numbers", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    self->words = calloc (table->entries_count + 1, sizeof *self->words);
    if (!self->words)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        if (!rap_lookup_number (fields[at[1]], &self->words[i].value)
            || !kind_of (fields[at[2]], &self->words[i].kind))
            return rap_refuse (reason, "numbers.tsv:%u: no number, or unknown kind", table->entries[i].line);
        if (self->words[i].kind == WORD_SCALE)
            rap_phrases_add (self->scales, fields[at[0]], i);
        if (builder)
            rap_matcher_add (builder, RAP_GROUP_QUANTITY, i, fields[at[0]], RAP_PHRASE_CASELESS);
    }
    rap_phrases_seal (self->scales);
    return RAP_OK;
}

rap_numbers_t *rap_numbers_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_numbers_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->scales = rap_phrases_new ();
    if (load (self, lexicon, builder, reason) != RAP_OK)
        rap_numbers_destroy (&self);
    return self;
}

void rap_numbers_destroy (rap_numbers_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_destroy (&(*self_p)->scales);
    free ((*self_p)->words);
    free (*self_p);
    *self_p = NULL;
}

//  --- finding ----------------------------------------------------------------

typedef struct {
    const rap_numbers_t *rules;
    rap_text_t text;
    rap_arena_t *arena;
    rap_number_t *at;
    uint32_t count, room;
    const rap_hit_t *hits;
    uint32_t hits_count, next_hit;
} finder_t;

static void add (finder_t *f, rap_number_t number)
{
    if (f->count == f->room) {
        uint32_t room = f->room ? f->room * 2 : 16;
        rap_number_t *at = rap_arena_alloc (f->arena, room * sizeof *at);
        if (f->count)
            memcpy (at, f->at, f->count * sizeof *at);
        f->at = at;
        f->room = room;
    }
    f->at[f->count++] = number;
}

//  Digits stand in something longer before byte `at`: "A/76", "L.9", "COVID-19".
static bool is_glued_before (rap_text_t text, size_t at)
{
    if (at == 0)
        return false;
    char before = text.at[at - 1];
    if (at >= 3
        && (memcmp (text.at + at - 3, "\xE2\x80\x90", 3) == 0 || memcmp (text.at + at - 3, "\xE2\x80\x91", 3) == 0))
        return rap_lookup_word_before (text, at - 3); //  hyphens of other kinds
    if (before == '+' || before == '/' || before == '_' || before == '#' || before == '@' || before == '='
        || before == ':')
        return true;
    if ((before == '.' || before == ',' || before == '-') && at >= 2)
        return rap_lookup_word_before (text, at - 1) || text.at[at - 2] == '/';
    return rap_lookup_word_before (text, at);
}

//  ... after byte `end`: "76/120", "1:30", "11.7.2", "90-90-90". Letters may be a
//  unit ("5kg"), which the caller sees.
static bool is_glued_after (rap_text_t text, size_t end)
{
    if (end >= text.len)
        return false;
    char next = text.at[end];
    bool digit = end + 1 < text.len && rap_is_digit (text.at[end + 1]);
    return next == '/' || next == '_' || next == '=' || next == '+'
           || ((next == ':' || next == '.' || next == '-') && digit);
}

//  Groups of three digits after commas, as in 1,250,000; otherwise the comma ends
//  the number.
static size_t grouped_end (rap_text_t text, size_t at)
{
    while (at + GROUP < text.len && text.at[at] == ',' && rap_is_digit (text.at[at + 1])
           && rap_is_digit (text.at[at + 2]) && rap_is_digit (text.at[at + 3])
           && (at + 4 >= text.len || !rap_is_digit (text.at[at + 4])))
        at += GROUP + 1;
    return at;
}

static double digits_value (rap_text_t text, size_t start, size_t end)
{
    double value = 0, place = 0;
    for (size_t i = start; i < end; i++) {
        char c = text.at[i];
        if (c == '.') {
            place = 1;
        } else if (rap_is_digit (c)) {
            value = value * 10 + (c - '0');
            place *= 10;
        }
    }
    return place > 1 ? value / place : value;
}

//  "2.5 million", "20-million": the scale word is part of the number.
static size_t read_scale (const finder_t *f, size_t end, double *value)
{
    size_t at = rap_skip_space (f->text, end), len;
    at = at == end ? end + rap_hyphen_at (f->text, end) : at;
    if (at - end > SCALE_REACH)
        return end;
    uint32_t scale = rap_phrases_at (f->rules->scales, f->text, at, &len);
    if (scale == RAP_NO_PHRASE)
        return end;
    *value *= f->rules->words[scale].value;
    return at + len;
}

//  The number whose digits begin at `at`; gives the byte where to go on.
static size_t read_digits (finder_t *f, size_t at)
{
    rap_text_t text = f->text;
    size_t end = at;
    while (end < text.len && rap_is_digit (text.at[end]))
        end++;
    size_t digits = end - at;
    size_t grouped = digits <= GROUP ? grouped_end (text, end) : end;
    bool plain = grouped == end;
    end = grouped;
    if (end + 1 < text.len && text.at[end] == '.' && rap_is_digit (text.at[end + 1])) {
        plain = false;
        end++;
        while (end < text.len && rap_is_digit (text.at[end]))
            end++;
    }
    if (end - at > DIGITS_MAX || is_glued_before (text, at) || is_glued_after (text, end))
        return end;
    double value = digits_value (text, at, end);
    size_t scaled = read_scale (f, end, &value);
    add (f, (rap_number_t){.start = (uint32_t)at,
                           .end = (uint32_t)scaled,
                           .value = value,
                           .plain = plain && scaled == end,
                           .zero_led = text.at[at] == '0' && digits > 1});
    return scaled;
}

//  What stands between two number words of one number: a space, a hyphen, or,
//  after a hundred, "and".
static bool is_joined (rap_text_t text, uint32_t from, uint32_t to, bool hundred)
{
    size_t hyphen = rap_hyphen_at (text, from);
    if (hyphen && from + hyphen == to)
        return true;
    size_t at = rap_skip_space (text, from);
    if (at == from)
        return false;
    if (at == to)
        return true;
    return hundred && at + 4 == to && memcmp (text.at + at, "and ", 4) == 0;
}

//  Whether `next` may follow `last` inside one number: "forty-five", "two hundred",
//  "three thousand four".
static bool may_follow (const word_t *last, const word_t *next)
{
    if (next->kind == WORD_SCALE)
        return true;
    if (last->kind == WORD_TEN)
        return next->kind == WORD_UNIT;
    return last->kind == WORD_SCALE;
}

//  "a hundred", "a million"; a bare scale ("several hundred") is no number.
static bool has_article (rap_text_t text, uint32_t start)
{
    return start >= 2 && rap_is_space (text.at[start - 1]) && (text.at[start - 2] == 'a' || text.at[start - 2] == 'A')
           && (start == 2 || rap_is_space (text.at[start - 3]));
}

static bool is_half (rap_text_t text, uint32_t start)
{
    return start >= 7 && memcmp (text.at + start - 7, "half a ", 7) == 0;
}

static size_t read_words (finder_t *f)
{
    const rap_hit_t *hit = &f->hits[f->next_hit++];
    const word_t *word = &f->rules->words[hit->value];
    rap_text_t text = f->text;
    double total = 0, current = word->value;
    uint32_t start = hit->start, end = hit->end;
    bool real = true;
    int words = 1;
    if (word->kind == WORD_SCALE) {
        real = has_article (text, start) && !is_half (text, start);
        start -= real ? 2 : 0;
    }
    for (; f->next_hit < f->hits_count; f->next_hit++) {
        const rap_hit_t *next = &f->hits[f->next_hit];
        const word_t *next_word = &f->rules->words[next->value];
        if (next->start < end || !may_follow (word, next_word)
            || !is_joined (text, end, next->start, word->kind == WORD_SCALE && word->value == 100))
            break;
        if (next_word->kind == WORD_SCALE && next_word->value == 100) {
            current *= 100;
        } else if (next_word->kind == WORD_SCALE) {
            total += current * next_word->value;
            current = 0;
        } else {
            current += next_word->value;
        }
        word = next_word;
        end = next->end;
        words++;
    }
    bool glued = is_glued_before (text, start) || (end < text.len && text.at[end] == '/');
    if (real && !glued && words <= WORDS_MAX)
        add (f, (rap_number_t){.start = start, .end = end, .value = total + current, .in_words = true});
    return end;
}

const rap_number_t *rap_numbers_find (const rap_numbers_t *self, const rap_extract_t *x, uint32_t *count)
{
    finder_t f = {.rules = self, .text = x->text, .arena = x->arena};
    f.hits = rap_scan_hits (x->scan, RAP_GROUP_QUANTITY, &f.hits_count);
    size_t at = 0, digit = rap_next_digit (f.text, 0);
    while (at < f.text.len) {
        while (f.next_hit < f.hits_count && f.hits[f.next_hit].start < at)
            f.next_hit++;
        size_t stop = f.next_hit < f.hits_count ? f.hits[f.next_hit].start : f.text.len;
        digit = digit < at ? rap_next_digit (f.text, at) : digit;
        if (digit < stop)
            at = read_digits (&f, digit);
        else
            at = f.next_hit < f.hits_count ? read_words (&f) : f.text.len;
    }
    *count = f.count;
    return f.at;
}
