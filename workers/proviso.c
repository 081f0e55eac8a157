//  proviso: words with which conditions and terms begin, and how far each goes.

#include "proviso.h"

#include <stdlib.h>
#include <string.h>

#include "phrases.h"

enum {
    DUE_BYTES_MAX = 80, //  'the main part of its seventy-sixth session'
    CONDITION_BYTES_MAX = 200,
    LIMIT_WORDS_MAX = 16,  //  'domestic law and applicable international law'
    SPAN_WORDS_MAX = 4,    //  'the next six months'
    CONTEXT_WORDS_MAX = 9, //  'his next overview report'
};

//  Sets of words within or at the end of what has begun.
typedef enum {
    SET_SESSION,
    SET_UNIT,
    SET_MONTH,
    SET_LIMIT_WORD,
    SET_LIMIT_NOUN,
    SET_DONE,
    SET_ANSWER,
    SET_STOP,
    SET_MEANS,
    SETS
} set_t;

typedef struct {
    rap_text_t phrase;
    rap_proviso_kind_t kind;
} gate_t;

struct rap_provisos {
    gate_t *gates;
    uint32_t gates_count;
    rap_phrases_t *sets[SETS];
};

//  --- rules ------------------------------------------------------------------

static bool take_row (rap_provisos_t *self, rap_text_t phrase, rap_text_t role)
{
    static const char *const kinds[RAP_PROVISO_KINDS] = {"condition", "closed", "takes",     "apart",  "limit",
                                                         "session",   "date",   "firm-date", "eve",    "span",
                                                         "every",     "rhythm", "context",   "report", "taken-up"};
    static const char *const sets[SETS] = {"session-end", "unit",   "month", "limit-word", "limit-noun",
                                           "done",        "answer", "stop",  "means"};
    for (uint32_t i = 0; i < RAP_PROVISO_KINDS; i++)
        if (rap_text_equal (role, rap_text (kinds[i]))) {
            self->gates[self->gates_count++] = (gate_t){.phrase = phrase, .kind = (rap_proviso_kind_t)i};
            return true;
        }
    for (uint32_t i = 0; i < SETS; i++)
        if (rap_text_equal (role, rap_text (sets[i]))) {
            rap_phrases_add (self->sets[i], phrase, 0);
            return true;
        }
    return false;
}

static rap_status_t load (rap_provisos_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "conditions");
    int phrase = table ? rap_table_column (table, "phrase") : -1,
        role = table ? rap_table_column (table, "role") : -1;
    if (phrase < 0 || role < 0)
        return rap_refuse (reason, "conditions.tsv: needs columns phrase, role");
    self->gates = calloc (table->entries_count + 1, sizeof *self->gates);
    if (!self->gates)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++)
        if (!table->entries[i].fields[phrase].len
            || !take_row (self, table->entries[i].fields[phrase], table->entries[i].fields[role]))
            return rap_refuse (reason, "conditions.tsv:%u: no phrase, or unknown role", table->entries[i].line);
    return RAP_OK;
}

rap_provisos_t *rap_provisos_new (const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    rap_provisos_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    for (uint32_t i = 0; i < SETS; i++)
        self->sets[i] = rap_phrases_new ();
    if (load (self, lexicon, reason) != RAP_OK) {
        rap_provisos_destroy (&self);
        return NULL;
    }
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_seal (self->sets[i]);
    return self;
}

void rap_provisos_destroy (rap_provisos_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_destroy (&(*self_p)->sets[i]);
    free ((*self_p)->gates);
    free (*self_p);
    *self_p = NULL;
}

uint32_t rap_provisos_count (const rap_provisos_t *self)
{
    return self->gates_count;
}

rap_text_t rap_provisos_phrase (const rap_provisos_t *self, uint32_t index, rap_proviso_kind_t *kind)
{
    *kind = self->gates[index].kind;
    return self->gates[index].phrase;
}

//  --- conditions -------------------------------------------------------------

//  Bytes of the phrase of a set at `at`; 0 if there is none.
static size_t find (const rap_provisos_t *self, set_t set, rap_text_t text, size_t at)
{
    size_t len;
    return rap_phrases_at (self->sets[set], text, at, &len) == RAP_NO_PHRASE ? 0 : len;
}

static bool is_joiner (rap_text_t text, size_t start, size_t end)
{
    rap_text_t word = rap_text_of (text.at + start, end - start);
    return rap_text_equal (word, RAP_TEXT ("and")) || rap_text_equal (word, RAP_TEXT ("or"));
}

//  Does `word` stand right before `at`?
static bool is_after (rap_text_t text, size_t at, rap_text_t word)
{
    while (at > 0 && rap_is_space (text.at[at - 1]))
        at--;
    size_t start = rap_word_before (text, at);
    return rap_text_equal (rap_text_of (text.at + start, at - start), word);
}

//  Is what begins at `at` set apart from what stands before?
static bool is_apart (rap_text_t text, size_t at)
{
    while (at > 0 && rap_is_space (text.at[at - 1]))
        at--;
    size_t digits = at; //  the mark of a footnote that was left behind a comma
    while (digits > 0 && at - digits < 3 && rap_is_digit (text.at[digits - 1]))
        digits--;
    if (digits > 0 && text.at[digits - 1] == ',')
        return true;
    return at == 0 || text.at[at - 1] == ',' || text.at[at - 1] == '('
           || is_joiner (text, rap_word_before (text, at), at);
}

//  Does nothing go on with the phrase that ends at `end`?
static bool is_closed (const rap_provisos_t *self, rap_text_t text, size_t end, size_t limit)
{
    size_t next = rap_skip_space (text, end);
    return next >= limit || next == end || !rap_is_lower (text.at[next])
           || is_joiner (text, next, rap_word_end (text, next)) || find (self, SET_STOP, text, next);
}

//  To the next mark of punctuation after `end`; of a longer one, whole words.
static size_t read_on (rap_text_t text, size_t start, size_t end, size_t limit)
{
    size_t word = end;
    for (; end < limit && !strchr (",;.:\n()", text.at[end]); end++) {
        if (end - start >= CONDITION_BYTES_MAX)
            return word;
        if (rap_is_space (text.at[end]))
            word = end;
    }
    return end;
}

//  'its existing mandate', 'domestic law and applicable international law': first
//  byte after the last noun; 0 if there is none, or if it is only told of something that
//  it lies there ('within the mandate of the group', 'in line with the rules set out'),
//  but not of means that exist ('within the existing resources of the Office').
static size_t read_limit (const rap_provisos_t *self, rap_text_t text, size_t start, size_t limit)
{
    size_t at = start, end = 0, words = 0, nouns = 0;
    for (; words < LIMIT_WORDS_MAX && at < limit; words++) {
        at = rap_skip_space (text, at);
        size_t len = find (self, SET_LIMIT_NOUN, text, at);
        nouns += len > 0;
        if (len)
            end = at + len;
        else
            len = find (self, SET_LIMIT_WORD, text, at);
        if (!len)
            break;
        at += len;
    }
    size_t first = rap_skip_space (text, start), next = rap_skip_space (text, end);
    bool definite = rap_text_starts (rap_text_from (text, first), RAP_TEXT ("the ")) && nouns == 1;
    bool goes_on = next > end && next < limit && rap_is_lower (text.at[next])
                   && !is_joiner (text, next, rap_word_end (text, next));
    bool of = rap_text_starts (rap_text_from (text, next), RAP_TEXT ("of "));
    bool told = definite && ((goes_on && words <= 2) || (of && !find (self, SET_MEANS, text, first + 4)));
    return end <= limit && !told ? end : 0;
}

static void add_condition (rap_text_t text, size_t start, size_t end, rap_proviso_t *found)
{
    rap_text_t condition = rap_text_trim (rap_text_of (text.at + start, end - start));
    const rap_text_t *last = found->conditions_count ? &found->conditions[found->conditions_count - 1] : NULL;
    if (last && condition.at < last->at + last->len) //  within the one before
        return;
    for (uint32_t i = 0; i < found->conditions_count; i++)
        if (rap_text_equal (found->conditions[i], condition))
            return;
    if (found->conditions_count < RAP_PROVISO_CONDITIONS_MAX)
        found->conditions[found->conditions_count++] = condition;
}

//  --- terms ------------------------------------------------------------------

static rap_text_t piece (rap_text_t text, size_t start, size_t end)
{
    return rap_text_of (text.at + start, end - start);
}

//  'tenth session' after 'at its'; '' if it names none.
static rap_text_t read_session (const rap_provisos_t *self, rap_text_t text, size_t start, size_t limit)
{
    for (size_t at = start; at < limit && at - start < DUE_BYTES_MAX;) {
        size_t len = find (self, SET_SESSION, text, at);
        if (len)
            return at > start ? piece (text, start, at + len) : RAP_TEXT ("");
        size_t next = rap_word_end (text, at);
        if (next == at || find (self, SET_STOP, text, at))
            break;
        at = rap_skip_space (text, next);
    }
    return RAP_TEXT ("");
}

static size_t skip_digits (rap_text_t text, size_t at, size_t limit)
{
    while (at < limit && rap_is_digit (text.at[at]))
        at++;
    return at;
}

//  '31 December 2031', 'March 2031', '2031'; '' if none. *year: a year alone.
static rap_text_t read_date (const rap_provisos_t *self, rap_text_t text, size_t start, size_t limit, bool *year)
{
    size_t i = skip_digits (text, start, limit), month = rap_skip_space (text, i);
    *year = i - start == 4;
    size_t len = *year ? 0 : find (self, SET_MONTH, text, month);
    if (len) {
        size_t after = rap_skip_space (text, month + len), digits = skip_digits (text, after, limit);
        return piece (text, start, digits - after == 4 ? digits : month + len);
    }
    bool alone = *year && !rap_is_word_at (text, i) && !(i < limit && text.at[i] == '/');
    return alone ? piece (text, start, i) : RAP_TEXT ("");
}

//  'six months' after 'within'; '' if none. `least`: how many words before the unit.
static rap_text_t read_span (const rap_provisos_t *self, rap_text_t text, size_t start, size_t limit, uint32_t least)
{
    size_t at = start;
    for (uint32_t words = 0; words < SPAN_WORDS_MAX && at < limit; words++) {
        size_t len = words >= least ? find (self, SET_UNIT, text, at) : 0;
        if (len)
            return piece (text, start, at + len);
        size_t next = rap_word_end (text, at);
        if (next == at)
            break;
        at = rap_skip_space (text, next);
    }
    return RAP_TEXT ("");
}

//  'next overview report' after 'in the context of', without 'his'; '' if none.
static rap_text_t read_context (const rap_provisos_t *self, rap_text_t text, size_t start, size_t limit)
{
    size_t at = rap_skip_space (text, rap_word_end (text, start)), name = at;
    for (uint32_t words = 0; words < CONTEXT_WORDS_MAX && at < limit; words++) {
        size_t len = find (self, SET_ANSWER, text, at), next = rap_word_end (text, at);
        if (len)
            return at > name ? piece (text, name, at + len) : RAP_TEXT ("");
        if (next == at)
            break;
        at = rap_skip_space (text, next);
    }
    return RAP_TEXT ("");
}

//  Does a word stand before `at` that tells of something done ('adopted at its')?
static bool is_done (const rap_provisos_t *self, rap_text_t text, size_t at)
{
    while (at > 0 && rap_is_space (text.at[at - 1]))
        at--;
    size_t word = rap_word_before (text, at);
    return find (self, SET_DONE, text, word) == at - word && at > word;
}

static rap_text_t read_due (const rap_provisos_t *self, rap_proviso_kind_t kind, rap_text_t text, size_t start,
                            size_t end, size_t limit, bool *firm)
{
    size_t at = rap_skip_space (text, end);
    bool year = false;
    rap_text_t due = RAP_TEXT ("");
    switch (kind) {
    case RAP_PROVISO_SESSION:
        return read_session (self, text, at, limit);
    case RAP_PROVISO_DATE:
    case RAP_PROVISO_FIRM_DATE:
    case RAP_PROVISO_EVE:
        due = read_date (self, text, at, limit, &year);
        *firm = due.len && (kind == RAP_PROVISO_FIRM_DATE || (kind == RAP_PROVISO_DATE && !year));
        return due;
    case RAP_PROVISO_SPAN:
        return read_span (self, text, at, limit, 1);
    case RAP_PROVISO_EVERY:
        due = read_span (self, text, at, limit, 0);
        return due.len ? piece (text, start, (size_t)(due.at - text.at) + due.len) : due;
    case RAP_PROVISO_RHYTHM:
        return piece (text, start, end);
    case RAP_PROVISO_CONTEXT:
        return read_context (self, text, at, limit);
    default:
        return due;
    }
}

//  --- both -------------------------------------------------------------------

//  Where a condition that begins with a phrase at [start, end) ends; 0 if it is none.
static size_t read_condition (const rap_provisos_t *self, rap_proviso_kind_t kind, rap_text_t text, size_t start,
                              size_t end, size_t limit)
{
    switch (kind) {
    case RAP_PROVISO_CONDITION:
        return end;
    case RAP_PROVISO_CLOSED:
        return is_closed (self, text, end, limit) ? end : 0;
    case RAP_PROVISO_TAKES:
        return read_on (text, start, end, limit);
    case RAP_PROVISO_APART:
        return is_apart (text, start) ? read_on (text, start, end, limit) : 0;
    case RAP_PROVISO_LIMIT:
        if (is_after (text, start, RAP_TEXT ("not")) || is_done (self, text, start)) //  'adopted in accordance with'
            return 0;
        return read_limit (self, text, end, limit);
    default:
        return 0;
    }
}

void rap_proviso_take (const rap_provisos_t *self, rap_proviso_kind_t kind, rap_text_t text, size_t start, size_t end,
                       size_t limit, bool asks, rap_proviso_t *found)
{
    if (kind <= RAP_PROVISO_LIMIT) {
        bool counts = asks || ((kind == RAP_PROVISO_TAKES || kind == RAP_PROVISO_APART) && is_apart (text, start));
        size_t until = counts ? read_condition (self, kind, text, start, end, limit) : 0;
        if (until)
            add_condition (text, start, until, found);
        return;
    }
    if (kind == RAP_PROVISO_REPORT || kind == RAP_PROVISO_TAKEN_UP) {
        found->reports |= kind == RAP_PROVISO_REPORT;
        found->taken_up = true;
        return;
    }
    bool better = !found->due.len || (found->reports && !found->after);
    if (!asks || !better || is_done (self, text, start))
        return;
    bool firm = false;
    rap_text_t due = read_due (self, kind, text, start, end, limit, &firm);
    if (due.len) {
        found->due = due;
        found->firm = firm;
        found->session = kind == RAP_PROVISO_SESSION;
        found->after = found->reports;
    }
}

rap_text_t rap_proviso_due (const rap_proviso_t *found)
{
    bool counts = found->reports || found->firm || (found->session && found->taken_up);
    return counts ? found->due : RAP_TEXT ("");
}
