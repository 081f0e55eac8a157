//  date: first every month with the days before it and the year after it, then the
//  years that stand alone, then what belongs together.
//
//      "31 August to 2 September 2020"   month [31 August] + month [2 September 2020], joined by "to"
//      "in May and December 2019"        month [May] takes the year of [December 2019]
//      "the biennium 2018-2019"          years [2018-2019]

#include "date.h"

#include <stdlib.h>

#include "lookup.h"

enum { FIRST_DAY, LAST_DAY, RULE }; //  the finding's values

enum {
    PERIOD = 100,    //  hits with values from here on are rows of periods.tsv
    DAYS_MAX = 8,    //  days listed before one month ("5, 12 and 15 November")
    WORD_REACH = 24, //  bytes looked back for the word before a year
    YEAR_MIN = 1900,
    YEAR_MAX = 2100,
    ISO_DAY = 11,
};

typedef struct {
    uint32_t from, to; //  months
} period_t;

struct rap_date {
    period_t *periods;
    rap_phrases_t *year_words;
};

//  A date as printed. Unknown: 0.
typedef struct {
    uint32_t start, end;
    int year, last_year;
    int month, last_month;
    int day, last_day;
    bool ranged;   //  a span of several days as printed
    bool inferred; //  its year stands elsewhere
    bool skip;     //  was joined to the one after it
} date_t;

typedef struct {
    rap_text_t text;
    date_t *at;
    uint32_t count, room;
    rap_arena_t *arena;
} dates_t;

//  --- rules ------------------------------------------------------------------

static rap_status_t load_months (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    const char *columns[] = {"name", "number", NULL};
    int at[2];
    const rap_table_t *table = rap_lookup_table (lexicon, "months", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    for (uint32_t i = 0; i < table->entries_count; i++) {
        double number;
        if (!rap_lookup_number (table->entries[i].fields[at[1]], &number) || number < 1 || number > 12)
            return rap_refuse (reason, "months.tsv:%u: a month is numbered 1 to 12", table->entries[i].line);
        rap_matcher_add (builder, RAP_GROUP_DATE, (uint32_t)number, table->entries[i].fields[at[0]], 0);
    }
    return RAP_OK;
}

static rap_status_t load_periods (rap_date_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                  rap_reason_t *reason)
{
    const char *columns[] = {"words", "from", "to", NULL};
    int at[3];
    const rap_table_t *table = rap_lookup_table (lexicon, "periods", columns, at, reason);
    if (!table)
        return RAP_REFUSED;
    self->periods = calloc (table->entries_count + 1, sizeof *self->periods);
    if (!self->periods)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_text_t *fields = table->entries[i].fields;
        double from, to;
        if (!rap_lookup_number (fields[at[1]], &from) || !rap_lookup_number (fields[at[2]], &to) || from < 1
            || to < from || to > 12)
            return rap_refuse (reason, "periods.tsv:%u: months from 1 to 12", table->entries[i].line);
        self->periods[i] = (period_t){(uint32_t)from, (uint32_t)to};
        rap_lookup_name (builder, RAP_GROUP_DATE, PERIOD + i, fields[at[0]], RAP_PHRASE_CASELESS);
    }
    return RAP_OK;
}

rap_date_t *rap_date_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_date_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->year_words = rap_lookup_phrases (lexicon, "year_words", "word", reason);
    if (!self->year_words || load_months (lexicon, builder, reason) != RAP_OK
        || load_periods (self, lexicon, builder, reason) != RAP_OK)
        rap_date_destroy (&self);
    return self;
}

void rap_date_destroy (rap_date_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_destroy (&(*self_p)->year_words);
    free ((*self_p)->periods);
    free (*self_p);
    *self_p = NULL;
}

//  --- the calendar -----------------------------------------------------------

static int days_in (int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool is_day (int day, int month, int year)
{
    return day >= 1 && day <= (year ? days_in (month, year) : month == 2 ? 29 : days_in (month, 2001));
}

//  --- small readings ---------------------------------------------------------

//  The number of at most `max` digits that ends at byte `end`; its start in *start.
static int digits_before (rap_text_t text, size_t end, size_t max, size_t *start)
{
    size_t at = end;
    int value = 0, place = 1;
    while (at > 0 && end - at < max && rap_is_digit (text.at[at - 1])) {
        at--;
        value += (text.at[at] - '0') * place;
        place *= 10;
    }
    *start = at;
    bool cut = at > 0
               && (rap_is_digit (text.at[at - 1]) || rap_is_upper (text.at[at - 1]) || rap_is_lower (text.at[at - 1])
                   || text.at[at - 1] == '/' || text.at[at - 1] == '.');
    return at == end || cut ? -1 : value;
}

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

//  Four digits at `at` that are a year, and no part of anything longer.
static int year_at (rap_text_t text, size_t at)
{
    if (at + 4 > text.len)
        return 0;
    int year = 0;
    for (size_t i = 0; i < 4; i++) {
        if (!rap_is_digit (text.at[at + i]))
            return 0;
        year = year * 10 + (text.at[at + i] - '0');
    }
    size_t end = at + 4;
    if (end < text.len) {
        char next = text.at[end];
        bool more = end + 1 < text.len && rap_is_digit (text.at[end + 1]);
        if (rap_is_word_at (text, end) || next == '/' || ((next == ',' || next == '.') && more))
            return 0;
    }
    return year >= YEAR_MIN && year <= YEAR_MAX ? year : 0;
}

//  Whether [from, to) is `word` between spaces.
static bool is_between (rap_text_t text, size_t from, size_t to, const char *word)
{
    from = rap_skip_space (text, from);
    to = space_before (text, to);
    size_t len = strlen (word);
    return to >= from && to - from == len && memcmp (text.at + from, word, len) == 0;
}

//  A dash or "to" and nothing else between two dates.
static bool is_range (rap_text_t text, size_t from, size_t to)
{
    static const char *const words[] = {"to",           "until",        "through",     "-",
                                        "\xE2\x80\x93", "\xE2\x80\x91", "\xE2\x80\x94"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_between (text, from, to, words[i]))
            return true;
    return false;
}

static bool is_list (rap_text_t text, size_t from, size_t to)
{
    static const char *const words[] = {",", "and", ", and", "or", "&"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_between (text, from, to, words[i]))
            return true;
    return false;
}

//  --- months -----------------------------------------------------------------

static date_t *add (dates_t *dates, date_t date)
{
    if (dates->count == dates->room) {
        uint32_t room = dates->room ? dates->room * 2 : 8;
        date_t *at = rap_arena_alloc (dates->arena, room * sizeof *at);
        if (dates->count)
            memcpy (at, dates->at, dates->count * sizeof *at);
        dates->at = at;
        dates->room = room;
    }
    dates->at[dates->count] = date;
    return &dates->at[dates->count++];
}

//  Where the connector before byte `at` begins; at most a few bytes back.
static size_t connector_before (rap_text_t text, size_t at)
{
    size_t end = space_before (text, at), from = end;
    for (size_t i = 0; i < 5 && from > 0; i++) {
        char c = text.at[from - 1];
        if (rap_is_digit (c) || rap_is_space (c))
            break;
        from--;
    }
    return from;
}

//  Days before the month: "7 ", "7 to 12 ", "7-12 ", "5, 12 and 15 ".
static void read_days (rap_text_t text, date_t *date, size_t floor)
{
    size_t at = space_before (text, date->start), start;
    int day = digits_before (text, at, 2, &start);
    if (at == date->start || day < 1 || day > 31 || start < floor)
        return;
    date->day = date->last_day = day;
    date->start = (uint32_t)start;
    for (int i = 1; i < DAYS_MAX; i++) {
        size_t connector = connector_before (text, date->start);
        size_t end = space_before (text, connector);
        bool range = is_range (text, end, date->start), list = is_list (text, end, date->start);
        day = digits_before (text, end, 2, &start);
        if (day < 0 || start < floor || day >= date->day || day < 1 || (!range && !list))
            return;
        date->day = day;
        date->start = (uint32_t)start;
        date->ranged = true;
    }
}

//  The year after the month: " 2021", ", 2021"; "March 7, 2021".
static void read_year (rap_text_t text, date_t *date)
{
    size_t at = rap_skip_space (text, date->end);
    if (at < text.len && text.at[at] == ',')
        at = rap_skip_space (text, at + 1);
    int year = at > date->end ? year_at (text, at) : 0;
    if (year) {
        date->year = date->last_year = year;
        date->end = (uint32_t)at + 4;
        return;
    }
    if (date->day || at >= text.len || !rap_is_digit (text.at[at]) || at == date->end)
        return;
    size_t end = at;
    int day = 0;
    while (end < text.len && end - at < 2 && rap_is_digit (text.at[end]))
        day = day * 10 + (text.at[end++] - '0');
    if (end + 2 >= text.len || text.at[end] != ',' || !is_day (day, date->month, 0))
        return;
    size_t after = rap_skip_space (text, end + 1);
    year = year_at (text, after);
    if (!year)
        return;
    date->year = date->last_year = year;
    date->day = date->last_day = day;
    date->end = (uint32_t)after + 4;
}

//  A month alone is a word like another ("May", "March"): a word in lower case or
//  a comma or a bracket before it shows that it is none.
static bool is_month_word (rap_text_t text, const date_t *date)
{
    size_t at = space_before (text, date->start);
    if (at == 0)
        return false;
    char before = text.at[at - 1];
    if (at < date->start && (rap_is_lower (before) || before == ','))
        return true;
    return before == '(' || rap_hyphen_at (text, at - 1) == 1;
}

static void find_months (dates_t *dates, const rap_hit_t *hits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (hits[i].value >= PERIOD)
            continue;
        size_t floor = dates->count ? dates->at[dates->count - 1].end : 0;
        if (hits[i].start < floor)
            continue;
        date_t date = {.start = hits[i].start, .end = hits[i].end, .month = (int)hits[i].value};
        date.last_month = date.month;
        read_days (dates->text, &date, floor);
        read_year (dates->text, &date);
        if (date.year || date.day || is_month_word (dates->text, &date))
            add (dates, date);
    }
}

//  --- years ------------------------------------------------------------------

//  The word, or two, before a year, in year_words.tsv; or a bracket that follows no
//  number ("1373 (2001)").
static bool after_year_word (const rap_date_t *self, rap_text_t text, size_t start)
{
    size_t end = space_before (text, start), from = end, len;
    size_t floor = end > WORD_REACH ? end - WORD_REACH : 0;
    if (end > 0 && text.at[end - 1] == '(') {
        size_t word = space_before (text, end - 1);
        return word == 0 || !rap_is_digit (text.at[word - 1]);
    }
    for (int words = 0; words < 2 && from > floor; words++) {
        from = space_before (text, from);
        while (from > floor && !rap_is_space (text.at[from - 1]) && text.at[from - 1] != '(')
            from--;
        if (rap_phrases_at (self->year_words, text, from, &len) != RAP_NO_PHRASE && from + len == end)
            return true;
    }
    return false;
}

//  "the 2030 Agenda": a year that begins a name is no date.
static bool begins_name (rap_text_t text, size_t end)
{
    size_t next = rap_skip_space (text, end);
    return next > end && next + 1 < text.len && rap_is_upper (text.at[next]) && rap_is_lower (text.at[next + 1]);
}

static void find_year (const rap_date_t *self, dates_t *dates, size_t at)
{
    rap_text_t text = dates->text;
    int year = year_at (text, at);
    char before = at > 0 ? text.at[at - 1] : ' ';
    if (!year || begins_name (text, at + 4) || before == '/' || before == '.' || before == '-' || before == ','
        || rap_lookup_word_before (text, at))
        return;
    size_t dash = rap_hyphen_at (text, at + 4), second = at + 4 + dash;
    int last = dash ? year_at (text, second) : 0;
    if (dash && !last && rap_is_word_at (text, second))
        return; //  "2019-based", "2020-21"
    if (last && last < year)
        return;
    if (!last && !after_year_word (self, text, at))
        return;
    add (dates, (date_t){.start = (uint32_t)at,
                         .end = (uint32_t)(last ? second + 4 : at + 4),
                         .year = year,
                         .last_year = last ? last : year,
                         .ranged = last > 0});
}

static int by_start (const void *left, const void *right)
{
    const date_t *a = left, *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

//  Years outside of what is found already.
static void find_years (const rap_date_t *self, dates_t *dates)
{
    uint32_t months = dates->count, next = 0;
    rap_text_t text = dates->text;
    for (size_t at = rap_next_digit (text, 0); at + 4 <= text.len; at = rap_next_digit (text, at + 1)) {
        if ((text.at[at] != '1' && text.at[at] != '2') || !rap_is_digit (text.at[at + 1]))
            continue;
        while (next < months && dates->at[next].end <= at)
            next++;
        bool taken = next < months && at >= dates->at[next].start;
        if (!taken && (at == 0 || !rap_is_digit (text.at[at - 1])))
            find_year (self, dates, at);
        at += 3;
        while (at + 1 < text.len && rap_is_digit (text.at[at + 1]))
            at++;
    }
    if (dates->count > months)
        qsort (dates->at, dates->count, sizeof *dates->at, by_start);
}

//  --- what belongs together --------------------------------------------------

//  "first quarter of 2019": the words before a year of its own.
static void narrow (const rap_date_t *self, dates_t *dates, const rap_hit_t *hits, uint32_t count)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (hits[i].value < PERIOD)
            continue;
        while (next < dates->count && dates->at[next].start < hits[i].end)
            next++;
        if (next == dates->count)
            return;
        date_t *date = &dates->at[next];
        if (rap_skip_space (dates->text, hits[i].end) != date->start || date->ranged)
            continue;
        const period_t *period = &self->periods[hits[i].value - PERIOD];
        if (date->month == 0) {
            date->month = (int)period->from;
            date->last_month = (int)period->to;
        }
        date->start = hits[i].start;
    }
}

//  "31 August to 2 September 2020", "January to March 2019": one span.
static void join (dates_t *dates)
{
    for (uint32_t i = dates->count; i-- > 1;) {
        date_t *left = &dates->at[i - 1], *right = &dates->at[i];
        if (!left->month || !right->month || left->ranged || !left->day != !right->day
            || !is_range (dates->text, left->end, right->start))
            continue;
        if (!left->year && right->year) {
            left->year = right->year - (left->month > right->month);
            left->last_year = right->year;
        }
        if (left->year && !right->year)
            continue;
        left->end = right->end;
        left->last_month = right->last_month;
        left->last_day = right->last_day;
        left->last_year = right->last_year;
        left->ranged = true;
        right->skip = true;
    }
}

//  No sentence ends between two dates.
static bool same_sentence (rap_text_t text, size_t from, size_t to)
{
    for (size_t at = from; at + 1 < to; at++)
        if (text.at[at] == '.' && rap_is_space (text.at[at + 1]))
            return false;
    return true;
}

//  The year of a date without one: of the next in its sentence if they are listed,
//  of the one before, of the document.
static void infer (dates_t *dates, rap_text_t published)
{
    int own = published.len >= 4 ? year_at (rap_text_of (published.at, 4), 0) : 0;
    int year = 0;
    for (uint32_t i = dates->count; i-- > 0;) {
        date_t *date = &dates->at[i];
        bool near = i + 1 < dates->count && same_sentence (dates->text, date->end, dates->at[i + 1].start);
        year = date->year ? date->year : near ? year : 0;
        if (!date->year && year && date->month && dates->at[i + 1].month
            && (is_list (dates->text, date->end, dates->at[i + 1].start)
                || is_range (dates->text, date->end, dates->at[i + 1].start)
                || (date->day && date->month <= dates->at[i + 1].month))) {
            date->year = date->last_year = year;
            date->inferred = true;
        }
    }
    year = 0;
    for (uint32_t i = 0; i < dates->count; i++) {
        date_t *date = &dates->at[i];
        if (date->year) {
            year = date->last_year;
            continue;
        }
        if (date->skip)
            continue;
        int taken = year ? year : date->day ? own : 0;
        if (!taken)
            continue;
        date->year = date->last_year = taken;
        date->inferred = true;
    }
}

//  --- findings ---------------------------------------------------------------

static rap_text_t iso_day (rap_arena_t *arena, int year, int month, int day)
{
    const char iso[] = {(char)('0' + year / 1000),
                        (char)('0' + year / 100 % 10),
                        (char)('0' + year / 10 % 10),
                        (char)('0' + year % 10),
                        '-',
                        (char)('0' + month / 10),
                        (char)('0' + month % 10),
                        '-',
                        (char)('0' + day / 10),
                        (char)('0' + day % 10)};
    return rap_arena_text (arena, rap_text_of (iso, sizeof iso));
}

static rap_text_t rule_of (const date_t *date)
{
    if (date->inferred)
        return RAP_TEXT ("date.year-elsewhere");
    if (date->day)
        return date->ranged ? RAP_TEXT ("date.days") : RAP_TEXT ("date.day");
    if (date->month)
        return date->ranged || date->month != date->last_month ? RAP_TEXT ("date.months") : RAP_TEXT ("date.month");
    return date->ranged ? RAP_TEXT ("date.years") : RAP_TEXT ("date.year");
}

static void tell (const rap_extract_t *x, const date_t *date)
{
    int month = date->month ? date->month : 1, last_month = date->last_month ? date->last_month : 12;
    int day = date->day ? date->day : 1;
    int last_day = date->last_day ? date->last_day : days_in (last_month, date->last_year);
    if (!is_day (day, month, date->year) || !is_day (last_day, last_month, date->last_year))
        return;
    rap_finding_t *finding = rap_findings_add (x, RAP_FINDING_date_mention, date->start, date->end);
    if (!finding)
        return;
    finding->values[FIRST_DAY].text = iso_day (x->arena, date->year, month, day);
    finding->values[LAST_DAY].text = iso_day (x->arena, date->last_year, last_month, last_day);
    finding->values[RULE].text = rule_of (date);
}

void rap_date_run (const rap_date_t *self, const rap_extract_t *x)
{
    uint32_t count;
    const rap_hit_t *hits = rap_scan_hits (x->scan, RAP_GROUP_DATE, &count);
    dates_t dates = {.text = x->text, .arena = x->arena};
    find_months (&dates, hits, count);
    find_years (self, &dates);
    if (!dates.count)
        return;
    narrow (self, &dates, hits, count);
    join (&dates);
    infer (&dates, x->document->published);
    for (uint32_t i = 0; i < dates.count && !x->findings->full; i++)
        if (dates.at[i].year && !dates.at[i].skip)
            tell (x, &dates.at[i]);
}
