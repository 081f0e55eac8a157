//  adherence: numbers, instruments, and the words between them.
//
//      there were 187 parties to the INSTRUMENT     number, party words, instrument
//      the INSTRUMENT had 187 parties               instrument, a word that reaches, number
//      .., the INSTRUMENT 150 and the INSTRUMENT 119
//      with 187 parties, the INSTRUMENT
//      the INSTRUMENT ..., the number of parties has reached 187
//      number of parties to the INSTRUMENT rose to 187
//      the fifth State to become a party to INSTRUMENT

#include "adherence.h"

#include <stdlib.h>
#include <string.h>

#include "lookup.h"
#include "number.h"
#include "spans.h"

enum { INSTRUMENT, PARTIES, AS_OF, RULE, CONFIDENCE }; //  the finding's values

enum {
    GAP_MAX = 200,     //  bytes between number and instrument
    BEFORE_REACH = 40, //  bytes looked at before a number or an instrument
    PARTIES_MIN = 2,
    PARTIES_MAX = 400, //  more than there are States
    SHORTS_MAX = 16,
    SHORT_BASE = 1 << 24, //  hits from here on are short nouns
    KINDS = 8,            //  sets of adherence_words.tsv
};

typedef enum {
    ROLE_PARTY,
    ROLE_LINK,
    ROLE_REACH,
    ROLE_BEFORE,
    ROLE_STATUS,
    ROLE_TOTAL,
    ROLE_HOLDING,
    ROLE_SOLE
} role_t;

typedef struct {
    rap_text_t id;
    uint32_t noun;
} instrument_t;

struct rap_adherence {
    instrument_t *instruments; //  by the value of their hits
    uint32_t count;
    rap_text_t nouns[SHORTS_MAX];
    uint32_t nouns_count;
    rap_numbers_t *numbers;
    rap_phrases_t *words[KINDS];
    rap_phrases_t *ordinals;
    double *ordinal_values;
};

//  --- rules ------------------------------------------------------------------

static rap_status_t load_words (rap_adherence_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const roles[KINDS] = {"party",  "link",  "reach",   "before",
                                             "status", "total", "holding", "sole"};
    const char *columns[] = {"words", "role", NULL};
    int at[2];
    const rap_table_t *table = rap_lookup_table (lexicon, "adherence_words", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    for (uint32_t i = 0; i < table->entries_count; i++) {
        uint32_t role = 0;
        while (role < KINDS && !rap_text_equal (table->entries[i].fields[at[1]], rap_text (roles[role])))
            role++;
        if (role == KINDS)
            return rap_refuse (reason, "adherence_words.tsv:%u: unknown role", table->entries[i].line);
        rap_phrases_add (self->words[role], table->entries[i].fields[at[0]], role);
    }
    return RAP_OK;
}

static rap_status_t load_ordinals (rap_adherence_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const char *columns[] = {"word", "value", NULL};
    int at[2];
    const rap_table_t *table = rap_lookup_table (lexicon, "ordinals", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    self->ordinal_values = calloc (table->entries_count + 1, sizeof *self->ordinal_values);
    if (!self->ordinal_values)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        if (!rap_lookup_number (table->entries[i].fields[at[1]], &self->ordinal_values[i]))
            return rap_refuse (reason, "ordinals.tsv:%u: no number", table->entries[i].line);
        rap_phrases_add (self->ordinals, table->entries[i].fields[at[0]], i);
    }
    return RAP_OK;
}

//  The number of a short noun, added with its forms if it is new.
static uint32_t noun_of (rap_adherence_t *self, rap_matcher_builder_t *builder, rap_text_t noun)
{
    for (uint32_t i = 0; i < self->nouns_count; i++)
        if (rap_text_equal (self->nouns[i], noun))
            return i;
    if (!noun.len || self->nouns_count == SHORTS_MAX)
        return SHORTS_MAX;
    rap_arena_t *arena = rap_arena_new ();
    rap_matcher_add (builder, RAP_GROUP_INSTRUMENT, SHORT_BASE + self->nouns_count,
                     rap_arena_format (arena, "the %.*s", (int)noun.len, noun.at), 0);
    rap_matcher_add (builder, RAP_GROUP_INSTRUMENT, SHORT_BASE + self->nouns_count,
                     rap_arena_format (arena, "The %.*s", (int)noun.len, noun.at), 0);
    rap_arena_destroy (&arena);
    self->nouns[self->nouns_count] = noun;
    return self->nouns_count++;
}

static rap_status_t load_instruments (rap_adherence_t *self, const rap_lexicon_t *lexicon,
                                      rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    const char *columns[] = {"name", "instrument", "short", "match", NULL};
    int at[4];
    const rap_table_t *table = rap_lookup_table (lexicon, "instruments", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    self->instruments = calloc (table->entries_count + 1, sizeof *self->instruments);
    if (!self->instruments)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        if (!fields[at[0]].len || !fields[at[1]].len)
            return rap_refuse (reason, "instruments.tsv:%u: needs a name and an instrument", table->entries[i].line);
        self->instruments[i] = (instrument_t){fields[at[1]], noun_of (self, builder, fields[at[2]])};
        rap_lookup_name (builder, RAP_GROUP_INSTRUMENT, i, fields[at[0]],
                         rap_lookup_has (fields[at[3]], "any") ? RAP_PHRASE_CASELESS : 0);
    }
    self->count = table->entries_count;
    return RAP_OK;
}

rap_adherence_t *rap_adherence_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                    rap_reason_t *reason)
{
    rap_adherence_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    for (uint32_t i = 0; i < KINDS; i++)
        self->words[i] = rap_phrases_new ();
    self->ordinals = rap_phrases_new ();
    self->numbers = rap_numbers_new (lexicon, NULL, reason);
    if (!self->numbers || load_words (self, lexicon, reason) != RAP_OK
        || load_ordinals (self, lexicon, reason) != RAP_OK
        || load_instruments (self, lexicon, builder, reason) != RAP_OK) {
        rap_adherence_destroy (&self);
        return NULL;
    }
    for (uint32_t i = 0; i < KINDS; i++)
        rap_phrases_seal (self->words[i]);
    rap_phrases_seal (self->ordinals);
    return self;
}

void rap_adherence_destroy (rap_adherence_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_adherence_t *self = *self_p;
    for (uint32_t i = 0; i < KINDS; i++)
        rap_phrases_destroy (&self->words[i]);
    rap_phrases_destroy (&self->ordinals);
    rap_numbers_destroy (&self->numbers);
    free (self->ordinal_values);
    free (self->instruments);
    free (self);
    *self_p = NULL;
}

//  --- instruments in the text ------------------------------------------------

//  An instrument as mentioned.
typedef struct {
    uint32_t start, end;
    rap_text_t id;
} mention_t;

typedef struct {
    mention_t *at;
    uint32_t count;
} mentions_t;

//  Remembers, by short noun, the instrument named last in the headings above.
static void begin (const rap_adherence_t *self, const rap_scan_t *scan, rap_text_t *last)
{
    uint32_t count;
    const rap_hit_t *hits = rap_scan_hits (scan, RAP_GROUP_INSTRUMENT, &count);
    for (uint32_t i = 0; i < count; i++)
        if (hits[i].value < SHORT_BASE && self->instruments[hits[i].value].noun < SHORTS_MAX)
            last[self->instruments[hits[i].value].noun] = self->instruments[hits[i].value].id;
}

static mentions_t find_mentions (const rap_adherence_t *self, const rap_extract_t *x)
{
    uint32_t count, taken = 0;
    const rap_hit_t *hits = rap_scan_hits (x->scan, RAP_GROUP_INSTRUMENT, &count);
    mentions_t mentions = {.at = NULL};
    if (!count)
        return mentions;
    rap_text_t last[SHORTS_MAX + 1] = {{NULL, 0}};
    begin (self, x->scan_sections, last);
    mentions.at = rap_arena_alloc (x->arena, count * sizeof *mentions.at);
    for (uint32_t i = 0; i < count; i++) {
        if (hits[i].start < taken)
            continue;
        bool is_short = hits[i].value >= SHORT_BASE;
        if (is_short && i + 1 < count && hits[i + 1].start < hits[i].end && hits[i + 1].end > hits[i].end)
            continue; //  "the Convention against ...": the name is longer
        taken = hits[i].end;
        uint32_t noun = is_short ? hits[i].value - SHORT_BASE : self->instruments[hits[i].value].noun;
        if (!is_short)
            last[noun] = self->instruments[hits[i].value].id;
        if (last[noun].len)
            mentions.at[mentions.count++] = (mention_t){hits[i].start, hits[i].end, last[noun]};
    }
    return mentions;
}

//  --- reading between --------------------------------------------------------

//  What the words between two places are.
typedef struct {
    bool only; //  nothing but words of the table, spaces and commas
    bool party;
    bool reach;
    bool status;
    bool comma;
} gap_t;

static gap_t read_gap (const rap_adherence_t *self, rap_text_t text, size_t from, size_t to)
{
    gap_t gap = {.only = to >= from && to - from <= GAP_MAX};
    while (gap.only && from < to) {
        size_t best = 0, len;
        bool party = false;
        for (uint32_t role = 0; role < KINDS; role++) {
            if (role == ROLE_BEFORE || role == ROLE_TOTAL || role == ROLE_HOLDING || role == ROLE_SOLE
                || rap_phrases_at (self->words[role], text, from, &len) == RAP_NO_PHRASE || from + len > to)
                continue;
            gap.status = gap.status || role == ROLE_STATUS;
            party = party || role == ROLE_PARTY || role == ROLE_STATUS;
            gap.reach = gap.reach || role == ROLE_REACH;
            best = len > best ? len : best;
        }
        gap.party = gap.party || party;
        char c = text.at[from];
        if (best)
            from += best;
        else if (rap_is_space (c) || c == ',' || c == '(' || c == ')')
            from++;
        else
            gap.only = false;
        gap.reach = gap.reach || c == '(';
        gap.comma = gap.comma || c == ',';
    }
    return gap;
}

//  Where the longest phrase of `role` that ends at byte `end` begins; SIZE_MAX if none does.
static size_t role_before (const rap_adherence_t *self, role_t role, rap_text_t text, size_t end)
{
    while (end > 0 && rap_is_space (text.at[end - 1]))
        end--;
    size_t floor = end > BEFORE_REACH ? end - BEFORE_REACH : 0, found = SIZE_MAX;
    for (size_t at = end; at-- > floor;) {
        size_t len;
        bool starts = at == 0 || rap_is_space (text.at[at - 1]) || text.at[at - 1] == '(';
        if (starts && rap_phrases_at (self->words[role], text, at, &len) != RAP_NO_PHRASE && at + len == end)
            found = at;
    }
    return found;
}

static size_t space_before (rap_text_t text, size_t at)
{
    while (at > 0 && rap_is_space (text.at[at - 1]))
        at--;
    return at;
}

//  A comma, a semicolon or "and" before byte `at`, or nothing but a sentence's start.
static bool goes_on_before (rap_text_t text, size_t at)
{
    at = space_before (text, at);
    if (at == 0 || text.at[at - 1] == ',' || text.at[at - 1] == ';')
        return true;
    return at >= 4 && memcmp (text.at + at - 4, " and", 4) == 0;
}

//  Does a sentence begin at byte `at`?
static bool begins_sentence (rap_text_t text, size_t at)
{
    at = space_before (text, at);
    return at == 0 || strchr (".;:\n", text.at[at - 1]) != NULL;
}

//  Where the sentence that byte `at` lies in begins, from `floor` on.
static size_t sentence_start (rap_text_t text, size_t floor, size_t at)
{
    for (size_t i = at; i > floor + 1; i--)
        if (text.at[i - 1] == '\n'
            || (rap_is_space (text.at[i - 1]) && text.at[i - 2] == '.' && i < text.len && rap_is_upper (text.at[i])))
            return i;
    return floor;
}

//  --- findings ---------------------------------------------------------------

typedef struct {
    const rap_adherence_t *self;
    const rap_extract_t *x;
    rap_spans_t dates;
    mentions_t mentions;
} reading_t;

//  The date that the sentence gives before the number, else the document's.
static rap_text_t as_of (const reading_t *r, size_t from, size_t to)
{
    rap_text_t found = r->x->document->published;
    for (uint32_t i = 0; i < r->dates.count && r->dates.at[i].start < to; i++) {
        if (r->dates.at[i].start < from)
            continue;
        rap_text_t last_day = r->x->findings->at[r->dates.at[i].finding].values[1].text;
        size_t len = last_day.len < found.len ? last_day.len : found.len;
        if (!found.len || memcmp (last_day.at, found.at, len) <= 0)
            found = last_day;
    }
    return found;
}

static void tell (const reading_t *r, size_t start, size_t end, size_t number_at, const mention_t *mention,
                  double parties, const char *rule, double confidence)
{
    rap_text_t text = r->x->text;
    rap_finding_t *finding = rap_findings_add (r->x, RAP_FINDING_adherence, start, end);
    if (!finding)
        return;
    finding->values[INSTRUMENT].text = mention->id;
    finding->values[PARTIES].integer = (int64_t)parties;
    size_t floor = start > 4 * GAP_MAX ? start - 4 * GAP_MAX : 0;
    finding->values[AS_OF].text = as_of (r, sentence_start (text, floor, start), number_at);
    finding->values[RULE].text = rap_text (rule);
    finding->values[CONFIDENCE].real = confidence;
}

//  "INSTRUMENT, 187 parties;" and "INSTRUMENT: 187 parties." in an enumeration.
static bool is_listed (rap_text_t text, size_t from, size_t number_at, size_t end)
{
    rap_text_t between = rap_text_trim (rap_text_of (text.at + from, number_at - from));
    bool point = rap_text_equal (between, RAP_TEXT (",")) || rap_text_equal (between, RAP_TEXT (":"));
    return point && (end >= text.len || strchr (";,.)\n", text.at[end]));
}

//  "the INSTRUMENT had 187 parties", "number of parties to the INSTRUMENT rose to 187".
static bool take_after (const reading_t *r, const mention_t *mention, const rap_number_t *number)
{
    rap_text_t text = r->x->text;
    gap_t gap = read_gap (r->self, text, mention->end, number->start);
    size_t at = rap_skip_space (text, number->end), len, end = number->end;
    bool party = rap_phrases_at (r->self->words[ROLE_PARTY], text, at, &len) != RAP_NO_PHRASE;
    if (party)
        end = at + len;
    size_t before = mention->start;
    if (before >= 4 && memcmp (text.at + before - 4, "the ", 4) == 0)
        before -= 4;
    bool total = role_before (r->self, ROLE_TOTAL, text, before) != SIZE_MAX;
    bool ratified = gap.party && !party;
    bool listed = party && is_listed (text, mention->end, number->start, end);
    if (!listed && !(gap.only && (total || (gap.reach && (party || ratified)))))
        return false;
    tell (r, mention->start, end, number->start, mention, number->value, "adherence.instrument-had", 0.95);
    return true;
}

//  ", the INSTRUMENT 150 and the INSTRUMENT 119", after one that was told in full.
static bool take_elided (const reading_t *r, const mention_t *mention, const rap_number_t *number)
{
    rap_text_t text = r->x->text;
    size_t the = rap_word_before (text, space_before (text, mention->start)),
           after = rap_skip_space (text, number->end);
    for (size_t at = mention->end; at < number->start; at++)
        if (!rap_is_space (text.at[at]) && text.at[at] != ',' && text.at[at] != '(')
            return false;
    bool ends = after >= text.len || strchr (",;.)", text.at[after])
                || rap_text_starts (rap_text_from (text, after), RAP_TEXT ("and "));
    if (!ends || !(goes_on_before (text, mention->start) || goes_on_before (text, the)))
        return false;
    tell (r, mention->start, number->end, number->start, mention, number->value, "adherence.instrument-elided", 0.85);
    return true;
}

//  "the number of parties has reached 187": of the one instrument named before.
static bool take_sole (const reading_t *r, uint32_t mentions, const rap_number_t *number)
{
    const mention_t *last = &r->mentions.at[mentions - 1];
    for (uint32_t i = 0; i + 1 < mentions; i++)
        if (!rap_text_equal (r->mentions.at[i].id, last->id))
            return false;
    size_t reach = role_before (r->self, ROLE_REACH, r->x->text, number->start);
    size_t sole =
        reach == SIZE_MAX ? SIZE_MAX : role_before (r->self, ROLE_SOLE, r->x->text, space_before (r->x->text, reach));
    if (sole == SIZE_MAX)
        return false;
    tell (r, sole, number->end, number->start, last, number->value, "adherence.number-reached", 0.85);
    return true;
}

//  "there were 187 parties to the INSTRUMENT"; `chained`: the number before was one.
static bool take_before (const reading_t *r, const rap_number_t *number, const mention_t *mention, bool chained)
{
    rap_text_t text = r->x->text;
    gap_t gap = read_gap (r->self, text, number->end, mention->start);
    if (!gap.only)
        return false;
    bool listed = chained && goes_on_before (text, number->start);
    size_t with = role_before (r->self, ROLE_HOLDING, text, number->start);
    bool of_all = role_before (r->self, ROLE_BEFORE, text, number->start) != SIZE_MAX
                  || (with != SIZE_MAX && gap.comma && begins_sentence (text, with));
    if (!(gap.party && (of_all || gap.status)) && !listed)
        return false;
    tell (r, number->start, mention->end, number->start, mention, number->value, "adherence.parties-to", 0.95);
    return true;
}

static bool is_count (const reading_t *r, const rap_number_t *number, uint32_t *next_date)
{
    const rap_span_t *date = rap_spans_next (&r->dates, next_date, number->start);
    bool dated = date && date->start < number->end;
    return !dated && number->value >= PARTIES_MIN && number->value <= PARTIES_MAX
           && number->value == (double)(int64_t)number->value;
}

//  Pairs each number with the instrument before it, else with the one after it.
static void pair (const reading_t *r, const rap_number_t *numbers, uint32_t count)
{
    uint32_t next = 0, next_date = 0;
    bool chained = false, reached = false; //  the number before belongs to one after it, before it
    for (uint32_t i = 0; i < count && !r->x->findings->full; i++) {
        const mention_t *mentions = r->mentions.at;
        while (next < r->mentions.count && mentions[next].end <= numbers[i].start)
            next++;
        if (next < r->mentions.count && mentions[next].start <= numbers[i].start)
            continue; //  "all 19 instruments"
        if (!is_count (r, &numbers[i], &next_date))
            continue;
        reached = next > 0
                  && (take_after (r, &mentions[next - 1], &numbers[i])
                      || (reached && take_elided (r, &mentions[next - 1], &numbers[i])));
        bool found = reached || (next > 0 && take_sole (r, next, &numbers[i]))
                     || (next < r->mentions.count && take_before (r, &numbers[i], &mentions[next], chained));
        chained = found;
    }
}

//  "the fifth and sixth States to become parties to INSTRUMENT": the last ordinal
//  before each mention, if only words of the table follow it.
static void find_ordinals (const reading_t *r)
{
    rap_text_t text = r->x->text;
    for (uint32_t i = 0; i < r->mentions.count && !r->x->findings->full; i++) {
        const mention_t *mention = &r->mentions.at[i];
        size_t floor = mention->start > GAP_MAX ? mention->start - GAP_MAX : 0;
        floor = i && r->mentions.at[i - 1].end > floor ? r->mentions.at[i - 1].end : floor;
        for (size_t at = mention->start; at-- > floor;) {
            if (text.at[at] == '.' || text.at[at] == ';')
                break;
            size_t len = 0, end;
            double value = 0;
            bool word_start = rap_is_word_at (text, at) && !rap_lookup_word_before (text, at)
                              && ((unsigned char)text.at[at] & 0xC0) != 0x80;
            if (!word_start)
                continue;
            if (rap_is_digit (text.at[at])) {
                for (end = at; end < mention->start && end - at < 4 && rap_is_digit (text.at[end]); end++)
                    value = value * 10 + (text.at[end] - '0');
                static const char *const suffixes[] = {"st ", "nd ", "rd ", "th "};
                for (size_t s = 0; s < 4; s++)
                    if (rap_text_starts (rap_text_from (text, end), rap_text (suffixes[s])))
                        len = end + 2 - at;
            } else {
                uint32_t row = rap_phrases_at (r->self->ordinals, text, at, &len);
                value = row == RAP_NO_PHRASE ? 0 : r->self->ordinal_values[row];
                len = row == RAP_NO_PHRASE ? 0 : len;
            }
            if (!len)
                continue;
            gap_t gap = read_gap (r->self, text, at + len, mention->start);
            if (gap.only && gap.party && value >= PARTIES_MIN && value <= PARTIES_MAX)
                tell (r, at, mention->end, at, mention, value, "adherence.nth-party", 0.85);
            break;
        }
    }
}

void rap_adherence_run (const rap_adherence_t *self, const rap_extract_t *x)
{
    rap_chunk_kind_t kind = x->chunk->kind;
    if (kind == RAP_MASTHEAD || kind == RAP_HEADING || kind == RAP_TITLE)
        return;
    reading_t reading = {.self = self, .x = x, .mentions = find_mentions (self, x)};
    if (!reading.mentions.count)
        return;
    uint32_t count;
    const rap_number_t *numbers = rap_numbers_find (self->numbers, x, &count);
    reading.dates = rap_spans_of (x, RAP_SPANS_KIND (RAP_FINDING_date_mention));
    if (count)
        pair (&reading, numbers, count);
    find_ordinals (&reading);
}
