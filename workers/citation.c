//  citation: numbers and symbols, each given to the series that it can belong to.
//
//  Two layers. symbol.c knows what a document symbol and a resolution's number look
//  like and holds the series; this file reads a text in order and decides whose
//  number each one is:
//
//      hit: noun -> governor; list after it, item by item -> resolve -> finding
//      hit: root -> symbol, joint symbol, 'and Corr.1' -> finding
//      hit: body, 'its', relation -> remembered with its place
//      gap: a number that the governor's series can have -> as in a list
//      hit: 'Ibid.' in a footnote -> the last source of the note before it

#include "citation.h"

#include <stdlib.h>
#include <string.h>

#include "phrases.h"
#include "pinpoint.h"
#include "symbol.h"
#include "treaty.h"

enum {
    ITEMS_MAX = 64,    //  numbers of one list that wait for 'of the Conference' after it
    MENTIONS_MAX = 16, //  bodies named last
    OWN_REACH = 40,    //  bytes between 'its' and the noun: 'its previous annual resolutions'

    FOLLOWING_HITS_MAX = 32, //  hits, and bytes, looked at for the body named after a list
    FOLLOWING_BYTES_MAX = 400,
    FOLLOWING_BYTES_NEAR = 8, //  ', the '
    TITLE_BYTES_MAX = 600,    //  a title in quotation marks within a list
    SYMBOLS_MAX = 40,         //  symbols of one document, or additions to it
    RANGE_MAX = 40,           //  resolutions of one range
    YEAR_DIGITS = 4,
    REASON_BYTES_MAX = 240, //  between a reason and what is cited for it, and with a comma between
    REASON_NEAR_BYTES = 48,
    PLAIN_DIGITS = 4,     //  of a number without year that no name goes before
    GLUED_DIGITS_MAX = 2, //  of a note's mark printed at a number
};

typedef enum {
    WORD_NOUN,
    WORD_AGAIN,
    WORD_OWN,
    WORD_IBID,
    WORD_BODY,
    WORD_STRANGER,
    WORD_ROOT,
    WORD_RELATION,
    WORD_REASON,
    WORD_VOLUME,
} word_role_t;

//  What a phrase that gates means; its index is the value of its hits.
typedef struct {
    word_role_t role;
    rap_noun_t noun;     //  WORD_NOUN, WORD_AGAIN
    rap_bodies_t bodies; //  WORD_BODY; WORD_NOUN of one body ('UNSCR')
    rap_text_t relation; //  WORD_RELATION, WORD_REASON
} word_t;

struct rap_citation {
    rap_series_t *series;
    rap_treaties_t *treaties;
    word_t *words;
    uint32_t words_count;
    rap_phrases_t *gates;    //  the same phrases as in the matcher, for the note before
    rap_phrases_t *bodies;   //  names only
    rap_phrases_t *pinpoint; //  para., annex, ...
    rap_phrases_t *between;  //  before a date
    rap_phrases_t *months;
    rap_phrases_t *links; //  of, to: between a place and its document
    rap_phrases_t *after; //  of the: between a list and its body
    rap_phrases_t *joins; //  and, or: between numbers of a list
    rap_phrases_t *ofs;   //  of, on, to the: within the name of a body
    rap_phrases_t *nots;  //  article, target, ...
    rap_phrases_t *abbreviations;
    rap_phrases_t *acts; //  resolution 2, as a place in a document
    rap_phrases_t *see;
    rap_phrases_t *the;
    rap_phrases_t *registered; //  No., Nos.: between volume and number
    rap_phrases_t *nevers;     //  24/7: no resolution's number apart from its noun
    rap_phrases_t *tos;        //  to: between the ends of a range
    rap_pinpoint_t places;
};

//  --- rules ------------------------------------------------------------------

enum { SETS = 17 };

static void list_sets (rap_citation_t *self, rap_phrases_t **sets[SETS])
{
    rap_phrases_t **all[SETS] = {&self->gates,  &self->bodies, &self->pinpoint, &self->between, &self->months,
                                 &self->links,  &self->after,  &self->joins,    &self->nots,    &self->abbreviations,
                                 &self->ofs,    &self->acts,   &self->see,      &self->the,     &self->registered,
                                 &self->nevers, &self->tos};
    memcpy (sets, all, sizeof all);
}

static uint32_t add_word (rap_citation_t *self, word_t word)
{
    self->words = realloc (self->words, (self->words_count + 1) * sizeof *self->words);
    if (!self->words)
        abort ();
    self->words[self->words_count] = word;
    return self->words_count++;
}

static void add_gate (rap_citation_t *self, rap_matcher_builder_t *builder, rap_text_t phrase, uint32_t flags,
                      word_t word)
{
    uint32_t value = add_word (self, word);
    rap_phrases_add (self->gates, phrase, value);
    rap_matcher_add (builder, RAP_GROUP_CITATION, value, phrase, flags);
}

//  'resolution', or 'resolution sc' for a noun that says whose; false if it is neither.
static bool take_noun (rap_citation_t *self, rap_text_t argument, word_t *word)
{
    const char *space = memchr (argument.at, ' ', argument.len);
    size_t len = space ? (size_t)(space - argument.at) : argument.len;
    word->noun = rap_noun_of (rap_text_of (argument.at, len));
    return word->noun != RAP_NOUN_NONE
           && (!space || rap_series_bodies (self->series, rap_text_from (argument, len), &word->bodies));
}

//  A row of citation_words.tsv; false if its role is unknown.
static bool take_word (rap_citation_t *self, rap_matcher_builder_t *builder, rap_text_t phrase, rap_text_t role,
                       rap_text_t argument)
{
    const struct {
        const char *role;
        rap_phrases_t *phrases;
    } sets[] = {{"pinpoint", self->pinpoint},
                {"between", self->between},
                {"month", self->months},
                {"link", self->links},
                {"after", self->after},
                {"join", self->joins},
                {"of", self->ofs},
                {"not", self->nots},
                {"abbreviation", self->abbreviations},
                {"act", self->acts},
                {"see", self->see},
                {"article", self->the},
                {"registered", self->registered},
                {"never", self->nevers},
                {"range", self->tos}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (rap_text_equal (role, rap_text (sets[i].role))) {
            rap_phrases_add (sets[i].phrases, phrase, argument.len > 0);
            return true;
        }
    word_t word = {.relation = argument};
    if (rap_text_equal (role, RAP_TEXT ("noun")) || rap_text_equal (role, RAP_TEXT ("again"))) {
        word.role = rap_text_equal (role, RAP_TEXT ("noun")) ? WORD_NOUN : WORD_AGAIN;
        if (!take_noun (self, argument, &word))
            return false;
    } else if (rap_text_equal (role, RAP_TEXT ("stranger"))) {
        word.role = WORD_STRANGER;
        add_gate (self, builder, phrase, 0, word);
        return true;
    } else if (rap_text_equal (role, RAP_TEXT ("volume"))) {
        word.role = WORD_VOLUME;
    } else if (rap_text_equal (role, RAP_TEXT ("own"))) {
        word.role = WORD_OWN;
    } else if (rap_text_equal (role, RAP_TEXT ("ibid"))) {
        word.role = WORD_IBID;
    } else if (rap_text_equal (role, RAP_TEXT ("relation"))) {
        word.role = WORD_RELATION;
    } else if (rap_text_equal (role, RAP_TEXT ("reason"))) {
        word.role = WORD_REASON;
    } else {
        return false;
    }
    add_gate (self, builder, phrase, RAP_PHRASE_CASELESS, word);
    return true;
}

static rap_status_t load_words (rap_citation_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "citation_words");
    int phrase = table ? rap_table_column (table, "phrase") : -1,
        role = table ? rap_table_column (table, "role") : -1,
        argument = table ? rap_table_column (table, "argument") : -1;
    if (phrase < 0 || role < 0 || argument < 0)
        return rap_refuse (reason, "citation_words.tsv: needs columns phrase, role, argument");
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_entry_t *entry = &table->entries[i];
        if (!take_word (self, builder, entry->fields[phrase], entry->fields[role], entry->fields[argument]))
            return rap_refuse (reason, "citation_words.tsv:%u: unknown role or argument", entry->line);
    }
    return RAP_OK;
}

static rap_status_t load_bodies (rap_citation_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                 rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "bodies");
    int name = table ? rap_table_column (table, "name") : -1,
        bodies = table ? rap_table_column (table, "bodies") : -1;
    if (name < 0 || bodies < 0)
        return rap_refuse (reason, "bodies.tsv: needs columns name, bodies");
    for (uint32_t i = 0; i < table->entries_count; i++) {
        const rap_entry_t *entry = &table->entries[i];
        word_t word = {.role = WORD_BODY};
        if (!rap_series_bodies (self->series, entry->fields[bodies], &word.bodies))
            return rap_refuse (reason, "bodies.tsv:%u: no body, or more than %d", entry->line, RAP_BODIES_MAX);
        rap_phrases_add (self->bodies, entry->fields[name], self->words_count);
        add_gate (self, builder, entry->fields[name], 0, word);
    }
    return RAP_OK;
}

static void load_roots (rap_citation_t *self, rap_matcher_builder_t *builder)
{
    uint32_t count = rap_series_roots (self->series);
    for (uint32_t i = 0; i < count; i++)
        add_gate (self, builder, rap_series_root (self->series, i), RAP_PHRASE_STEM, (word_t){.role = WORD_ROOT});
}

rap_citation_t *rap_citation_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_citation_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    rap_phrases_t **sets[SETS];
    list_sets (self, sets);
    for (size_t i = 0; i < SETS; i++)
        *sets[i] = rap_phrases_new ();
    self->series = rap_series_new (lexicon, reason);
    if (!self->series || load_bodies (self, lexicon, builder, reason) != RAP_OK
        || load_words (self, lexicon, builder, reason) != RAP_OK
        || !(self->treaties = rap_treaties_new (lexicon, reason))) {
        rap_citation_destroy (&self);
        return NULL;
    }
    load_roots (self, builder);
    for (size_t i = 0; i < SETS; i++)
        rap_phrases_seal (*sets[i]);
    self->places = (rap_pinpoint_t){
        .words = self->pinpoint, .links = self->links, .acts = self->acts, .see = self->see, .the = self->the};
    return self;
}

void rap_citation_destroy (rap_citation_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_citation_t *self = *self_p;
    rap_phrases_t **sets[SETS];
    list_sets (self, sets);
    for (size_t i = 0; i < SETS; i++)
        rap_phrases_destroy (sets[i]);
    rap_series_destroy (&self->series);
    rap_treaties_destroy (&self->treaties);
    free (self->words);
    free (self);
    *self_p = NULL;
}

//  --- reading ----------------------------------------------------------------

//  A body named in the text.
typedef struct {
    rap_bodies_t bodies;
    size_t start;
    size_t end;
    bool report;   //  by the symbol of its report, not by name
    bool stranger; //  of a body without a series
} mention_t;

//  How a noun says whose its numbers are.
typedef enum { BY_NOTHING, BY_NAME, BY_OWN } whose_t;

typedef struct {
    bool active;
    rap_noun_t noun;
    whose_t whose;
    rap_bodies_t named;  //  BY_NAME
    rap_bodies_t before; //  else: named for the noun that this one is joined to, or found for the
                         //  numbers before in this list
    size_t start;        //  of the noun
    size_t end;
    size_t phrase; //  start of the name or 'its' before it, if any
    bool first;    //  no number of its list was read yet
} governor_t;

typedef struct {
    rap_number_t number;
    size_t start; //  of the surface
    size_t end;   //  first byte after the number and its parts
    rap_text_t pinpoint;
    double trust; //  factor of confidence: less for a number found apart from its list
} item_t;

typedef struct {
    const rap_citation_t *rules;
    const rap_extract_t *x; //  NULL: nothing is added, only `last` is wanted
    rap_arena_t *arena;
    rap_text_t text;
    const rap_hit_t *hits;
    uint32_t hits_count;
    uint32_t at;     //  the hit being read
    size_t sentence; //  where the sentence begins
    size_t read;     //  everything before was read
    mention_t mentions[MENTIONS_MAX];
    uint32_t mentions_count; //  ever; the last MENTIONS_MAX are kept
    governor_t governor;
    governor_t outer; //  goes on after a title that cites, which is [outer_from, outer_at); outer_at 0: none
    size_t outer_from;
    size_t outer_at;
    rap_text_t verb;  //  relation of the last verb: 'recalling'
    size_t verb_read; //  brackets after it were counted up to this byte
    int verb_depth;
    rap_text_t reason; //  relation of the last reason: 'pursuant to'
    size_t reason_end;
    size_t cited_end;    //  of the list read last
    uint32_t year_max;   //  of what can be cited: the year after this document's; 0: not known
    rap_text_t relation; //  of the list being read
    size_t own_at;       //  the last 'its' of the sentence; own_end 0: none
    size_t own_end;
    rap_text_t last;               //  symbol, for 'Ibid.'
    rap_text_t last_of[RAP_NOUNS]; //  of each noun, for 'the same resolution'
    bool before_read;              //  the note before was read, and its source is:
    rap_text_t before;
    item_t *items; //  ITEMS_MAX
    uint32_t items_count;
} reading_t;

static const word_t *word_of (const reading_t *r, uint32_t hit)
{
    return &r->rules->words[r->hits[hit].value];
}

//  The body named last (0), the one before (1), ...; NULL if there are no more.
static const mention_t *mention_back (const reading_t *r, uint32_t back)
{
    if (back >= r->mentions_count || back >= MENTIONS_MAX)
        return NULL;
    return &r->mentions[(r->mentions_count - 1 - back) % MENTIONS_MAX];
}

static void remember (reading_t *r, mention_t mention)
{
    r->mentions[r->mentions_count++ % MENTIONS_MAX] = mention;
}

//  Does the full stop or newline at byte `at` end a sentence?
static bool ends_sentence (const reading_t *r, size_t at)
{
    if (r->text.at[at] == '\n')
        return true;
    size_t next = rap_skip_space (r->text, at + 1);
    if (next >= r->text.len)
        return true;
    bool opens =
        rap_is_upper (r->text.at[next]) || rap_is_digit (r->text.at[next]) || (unsigned char)r->text.at[next] >= 0x80;
    if (next == at + 1 || !opens)
        return false;
    size_t word = rap_word_before (r->text, at), len;
    if (at - word == 1 && rap_is_upper (r->text.at[word])) //  'sect. C.', an initial
        return false;
    return rap_phrases_at (r->rules->abbreviations, r->text, word, &len) == RAP_NO_PHRASE || word + len != at;
}

static void begin_sentence (reading_t *r, size_t at)
{
    r->sentence = at;
    r->governor.active = false;
    r->outer_at = 0;
    r->verb = r->reason = r->relation = RAP_TEXT ("");
    r->own_end = 0;
}

static size_t skip_separator (const reading_t *r, size_t at);

//  --- why it is cited ---------------------------------------------------------

//  Does the reason said last still hold for what begins at byte `at`: right after it,
//  without a comma far between?
static bool reason_holds (const reading_t *r, size_t at)
{
    if (!r->reason.len || at < r->reason_end || at - r->reason_end > REASON_BYTES_MAX)
        return false;
    bool parted = false;
    for (size_t i = r->reason_end; i < at; i++)
        parted = parted || strchr (",;()", r->text.at[i]) != NULL;
    return !parted || at - r->reason_end <= REASON_NEAR_BYTES;
}

//  Was the verb said in brackets that are closed before byte `at`: '(see ..)'?
static bool verb_is_closed (reading_t *r, size_t at)
{
    for (; r->verb_read < at && r->verb_depth >= 0; r->verb_read++)
        r->verb_depth += (r->text.at[r->verb_read] == '(') - (r->text.at[r->verb_read] == ')');
    return r->verb_depth < 0;
}

//  Sets the relation of the list that begins at byte `at`, places and names included:
//  that of its reason, which goes on from list to list; else of the verb.
static void begin_list (reading_t *r, size_t at)
{
    bool goes_on = r->cited_end > r->reason_end && r->reason.len && skip_separator (r, r->cited_end) >= at;
    bool reasoned = r->cited_end > r->reason_end ? goes_on : reason_holds (r, at);
    if (!reasoned)
        r->reason = RAP_TEXT ("");
    bool weak = rap_text_equal (r->reason, RAP_TEXT ("source"));
    bool verb = r->verb.len && !verb_is_closed (r, at);
    r->relation = reasoned && !(weak && verb) ? r->reason : verb ? r->verb : RAP_TEXT ("");
}

//  --- whose number is it -----------------------------------------------------

typedef struct {
    const rap_serie_t *serie;
    const char *how;
    double confidence;
} verdict_t;

static bool fits (const reading_t *r, uint32_t body, const item_t *item, verdict_t *verdict, const char *how,
                  double confidence)
{
    rap_number_t number = item->number;
    number.year_max = r->year_max;
    if (r->governor.whose == BY_NAME && r->governor.named.count == 1)
        number.year = number.year_max = 0; //  what is said outright counts, even misdated
    const rap_serie_t *serie = rap_series_fit (r->rules->series, body, r->governor.noun, &number);
    if (!serie)
        return false;
    *verdict = (verdict_t){serie, how, confidence};
    return true;
}

static bool is_among (uint32_t body, const rap_bodies_t *bodies)
{
    for (uint32_t i = 0; i < bodies->count; i++)
        if (bodies->at[i] == body)
            return true;
    return false;
}

//  Bodies named in the chunks before, latest first; only those of `among` if given.
static bool fits_context (const reading_t *r, const item_t *item, const rap_bodies_t *among, verdict_t *verdict,
                          double confidence)
{
    const rap_context_t *context = r->x ? &r->x->chunk->context : NULL;
    for (uint32_t i = 0; context && i < context->bodies_count && i < RAP_CHUNK_BODIES_MAX; i++) {
        uint32_t body = rap_series_body (r->rules->series, context->bodies[i]);
        if ((!among || is_among (body, among)) && fits (r, body, item, verdict, "named before", confidence))
            return true;
    }
    return false;
}

//  A name that may stand for several bodies: the one named in full last, here or
//  in the chunks before, else the first whose series the number fits.
static bool fits_name (const reading_t *r, const rap_bodies_t *bodies, const item_t *item, verdict_t *verdict,
                       double confidence)
{
    if (bodies->count == 1)
        return fits (r, bodies->at[0], item, verdict, "named", confidence);
    for (uint32_t back = 0; mention_back (r, back); back++) {
        const rap_bodies_t *full = &mention_back (r, back)->bodies;
        if (full->count == 1 && is_among (full->at[0], bodies)
            && fits (r, full->at[0], item, verdict, "named before", confidence - 0.03))
            return true;
    }
    if (fits_context (r, item, bodies, verdict, confidence - 0.05))
        return true;
    //  Right before the noun the name counts even where it might be another's;
    //  farther away only if it can be no other's.
    verdict_t first = {.serie = NULL};
    for (uint32_t i = 0; i < bodies->count; i++) {
        if (!fits (r, bodies->at[i], item, verdict, "short name", confidence - 0.15))
            continue;
        if (first.serie && r->governor.whose != BY_NAME)
            return false;
        first = first.serie ? first : *verdict;
    }
    *verdict = first;
    return first.serie != NULL;
}

static bool fits_organ (const reading_t *r, const item_t *item, verdict_t *verdict, double confidence)
{
    if (!r->x)
        return false;
    uint32_t body = rap_series_body (r->rules->series, r->x->chunk->context.organ);
    return fits (r, body, item, verdict, "organ", confidence);
}

//  Names in this sentence, nearest first; those of the whole chunk if `whole`.
static bool fits_mention (const reading_t *r, const item_t *item, verdict_t *verdict, bool whole, double confidence)
{
    for (uint32_t back = 0; mention_back (r, back); back++) {
        const mention_t *mention = mention_back (r, back);
        if (!whole && mention->start < r->sentence)
            return false;
        if (fits_name (r, &mention->bodies, item, verdict, confidence))
            return true;
    }
    return false;
}

static bool fits_assumed (const reading_t *r, const item_t *item, verdict_t *verdict, double confidence)
{
    rap_number_t number = item->number;
    number.year_max = r->year_max;
    const rap_serie_t *serie = rap_series_assume (r->rules->series, r->governor.noun, &number);
    if (!serie)
        return false;
    *verdict = (verdict_t){serie, "assumed", confidence};
    return true;
}

//  The body named after the list in this sentence: 'In its resolution 2021/20, the
//  Economic and Social Council'.
static bool fits_following (const reading_t *r, const item_t *item, size_t from, size_t reach, verdict_t *verdict)
{
    size_t at = from;
    for (uint32_t i = r->at + 1; i < r->hits_count && i - r->at < FOLLOWING_HITS_MAX; i++) {
        if (word_of (r, i)->role != WORD_BODY || r->hits[i].start < from)
            continue;
        if (r->hits[i].start - from > reach)
            return false;
        for (; at < r->hits[i].start; at++)
            if ((r->text.at[at] == '.' || r->text.at[at] == '\n') && ends_sentence (r, at))
                return false;
        return fits_name (r, &word_of (r, i)->bodies, item, verdict, 0.93);
    }
    return false;
}

static bool is_clause (const reading_t *r)
{
    return r->x && (r->x->chunk->kind == RAP_PREAMBULAR || r->x->chunk->kind == RAP_OPERATIVE);
}

//  Does the sentence speak last of a body that has no series? Then no farther one is meant.
static bool speaks_of_stranger (const reading_t *r)
{
    const mention_t *last = mention_back (r, 0);
    return last && last->stranger && last->start >= r->sentence;
}

//  'its resolution 74/177': of whom the sentence speaks; in a clause, of the organ.
static bool resolve_own (const reading_t *r, const item_t *item, size_t list_end, verdict_t *verdict)
{
    if (fits_mention (r, item, verdict, false, 0.93) || (is_clause (r) && fits_organ (r, item, verdict, 0.97)))
        return true;
    if (fits_following (r, item, list_end, FOLLOWING_BYTES_MAX, verdict) || fits_organ (r, item, verdict, 0.9))
        return true;
    return !speaks_of_stranger (r)
           && (fits_mention (r, item, verdict, true, 0.85) || fits_assumed (r, item, verdict, 0.85)
               || fits_context (r, item, NULL, verdict, 0.75));
}

//  In running text a bare number is of whom the sentence speaks, else of the organ or
//  the one that is so numbered without a name, else of those named last.
static bool resolve_told (const reading_t *r, const item_t *item, size_t list_end, verdict_t *verdict)
{
    verdict_t assumed;
    //  'In resolution 10/1, the Conference asked'
    if (fits_following (r, item, list_end, FOLLOWING_BYTES_NEAR, verdict)
        || fits_mention (r, item, verdict, false, 0.88))
        return true;
    if (fits_assumed (r, item, &assumed, 0.92)) {
        if (!fits_organ (r, item, verdict, 0.93))
            *verdict = assumed;
        return true;
    }
    return !speaks_of_stranger (r)
           && (fits_following (r, item, list_end, FOLLOWING_BYTES_MAX, verdict)
               || fits_mention (r, item, verdict, true, 0.8) || fits_context (r, item, NULL, verdict, 0.75)
               || fits_organ (r, item, verdict, 0.8));
}

//  'resolution 74/177'
static bool resolve_bare (const reading_t *r, const item_t *item, size_t list_end, verdict_t *verdict)
{
    const mention_t *last = mention_back (r, 0);
    if (r->governor.before.count && fits_name (r, &r->governor.before, item, verdict, 0.95))
        return true;
    //  'See CTOC/COP/2020/10, sect. I.A, resolution 10/1': of no other
    if (last && last->report && last->start >= r->sentence) {
        bool fitting = fits_name (r, &last->bodies, item, verdict, 0.93);
        if (fitting)
            verdict->how = "in report";
        return fitting;
    }
    if (r->x && r->x->chunk->kind == RAP_PARAGRAPH)
        return resolve_told (r, item, list_end, verdict);
    if (fits_organ (r, item, verdict, 0.93) || fits_assumed (r, item, verdict, 0.92)
        || fits_mention (r, item, verdict, false, 0.85))
        return true;
    return !speaks_of_stranger (r)
           && (fits_mention (r, item, verdict, true, 0.8) || fits_context (r, item, NULL, verdict, 0.75));
}

static bool resolve (const reading_t *r, const item_t *item, size_t list_end, verdict_t *verdict)
{
    if (r->governor.whose == BY_NAME)
        return fits_name (r, &r->governor.named, item, verdict, 0.98);
    return r->governor.whose == BY_OWN ? resolve_own (r, item, list_end, verdict)
                                       : resolve_bare (r, item, list_end, verdict);
}

//  --- findings ---------------------------------------------------------------

//  The document's own symbol, or another of its symbols (a JSON array of strings).
static bool is_itself (const reading_t *r, rap_text_t symbol)
{
    const rap_document_t *document = r->x->document;
    if (rap_symbol_equal (document->symbol, symbol))
        return true;
    rap_text_t others = document->other_symbols;
    for (size_t at = 0; at + symbol.len + 2 <= others.len; at++)
        if (others.at[at] == '"' && others.at[at + 1 + symbol.len] == '"'
            && memcmp (others.at + at + 1, symbol.at, symbol.len) == 0)
            return true;
    return false;
}

static void add_finding (reading_t *r, size_t start, size_t end, rap_text_t symbol, rap_text_t pinpoint,
                         rap_text_t rule, double confidence)
{
    //  'A/75/10 and A/75/10/Corr.1' are one source
    bool addition =
        r->last.len && rap_text_starts (symbol, r->last) && symbol.len > r->last.len && symbol.at[r->last.len] == '/';
    if (!addition)
        r->last = symbol;
    if (!r->x || is_itself (r, symbol))
        return;
    rap_finding_t *finding = rap_findings_add (r->x, RAP_FINDING_citation, start, end);
    if (!finding)
        return;
    finding->values[0].text = symbol;
    finding->values[1].text = pinpoint;
    if (r->outer_at && start >= r->outer_from && end <= r->outer_at)
        finding->values[2].text = RAP_TEXT ("other"); //  in a title, not by this text
    else if (r->relation.len)
        finding->values[2].text = r->relation;
    else
        finding->values[2].text = r->x->chunk->kind == RAP_FOOTNOTE ? RAP_TEXT ("source") : RAP_TEXT ("other");
    finding->values[3].text = rule;
    finding->values[4].real = confidence;
}

static void add_numbered (reading_t *r, size_t start, size_t end, const rap_serie_t *serie,
                          const rap_number_t *number, rap_text_t pinpoint, rap_text_t rule, double confidence)
{
    rap_text_t symbol = rap_serie_symbol (serie, number, r->arena);
    if (!number->parts_count)
        add_finding (r, start, end, symbol, pinpoint, rule, confidence);
    for (uint32_t i = 0; i < number->parts_count; i++) {
        rap_text_t part = rap_arena_format (r->arena, "%.*s %c", (int)symbol.len, symbol.at, number->parts[i]);
        add_finding (r, start, end, part, pinpoint, rule, confidence);
    }
    r->last_of[rap_serie_noun (serie)] = r->last;
}

//  A note's mark may be printed at the number that it stands before or after: ',131/14'
//  for 31/14, '73/1813' for 73/181. Tried only where the number as printed is nobody's.
static bool unglue (const reading_t *r, item_t *item, size_t list_end, verdict_t *verdict)
{
    item_t try = *item;
    bool glued = item->start > 0 && r->text.at[item->start - 1] == ',';
    for (uint32_t digits = 1; glued && digits <= GLUED_DIGITS_MAX; digits++) {
        try.start = item->start + digits;
        if (rap_number_read (r->text, try.start, &try.number) != item->end)
            continue;
        try.number.year = item->number.year;
        if (resolve (r, &try, list_end, verdict)) {
            *item = try;
            return true;
        }
    }
    try = *item;
    if (try.number.form != RAP_FORM_SESSION || try.number.parts_count || try.number.second.len < 2)
        return false;
    try.number.second.len--;
    try.number.second_value /= 10;
    try.end--;
    if (!resolve (r, &try, list_end, verdict))
        return false;
    *item = try;
    return true;
}

static void add_item (reading_t *r, const item_t *printed, size_t list_end)
{
    verdict_t verdict;
    item_t item = *printed;
    if (!resolve (r, &item, list_end, &verdict) && !unglue (r, &item, list_end, &verdict))
        return;
    if (r->governor.whose == BY_NOTHING) //  the others of the list are of the same body
        r->governor.before = (rap_bodies_t){{rap_serie_body (verdict.serie)}, 1};
    rap_text_t serie = rap_serie_rule (verdict.serie);
    rap_text_t parts[] = {serie, RAP_TEXT (", "), rap_text (verdict.how)};
    rap_text_t rule = rap_arena_join (r->arena, parts, 3);
    add_numbered (r, item.start, item.end, verdict.serie, &item.number, item.pinpoint, rule,
                  verdict.confidence * item.trust);
}

//  The Security Council alone puts the year behind: it tells whose the numbers before
//  it are ('resolutions 1325 and 2242 (2015)').
static void find_council (reading_t *r)
{
    if (r->governor.whose != BY_NOTHING || r->governor.before.count)
        return;
    for (uint32_t i = 0; i < r->items_count; i++)
        if (r->items[i].number.form == RAP_FORM_IN_YEAR && r->items[0].number.form == RAP_FORM_PLAIN) {
            const rap_serie_t *serie = rap_series_assume (r->rules->series, r->governor.noun, &r->items[i].number);
            if (serie)
                r->governor.before = (rap_bodies_t){{rap_serie_body (serie)}, 1};
            return;
        }
}

static void flush_items (reading_t *r, size_t list_end)
{
    find_council (r);
    for (uint32_t i = 0; i < r->items_count; i++)
        add_item (r, &r->items[i], list_end);
    r->items_count = 0;
}

//  --- lists ------------------------------------------------------------------

//  First byte after a phrase of the set at `at`; `at` if none is there.
static size_t skip_phrase (const rap_phrases_t *phrases, rap_text_t text, size_t at)
{
    size_t len;
    rap_phrases_at (phrases, text, at, &len);
    return at + len;
}

static size_t skip_digits (rap_text_t text, size_t at)
{
    while (at < text.len && rap_is_digit (text.at[at]))
        at++;
    return at;
}

//  Of four digits at `at`.
static uint32_t year_at (rap_text_t text, size_t at)
{
    uint32_t year = 0;
    for (size_t i = at; i < at + YEAR_DIGITS; i++)
        year = year * 10 + (uint32_t)(text.at[i] - '0');
    return year;
}

//  ' of 18 December 2019', ', adopted on 3 May'; `at` if none. The year in *year, where
//  there is one.
static size_t read_date (const reading_t *r, size_t at, uint32_t *date_year)
{
    size_t i = rap_skip_space (r->text, at), between = skip_phrase (r->rules->between, r->text, i);
    if (between == i)
        return at;
    size_t day = rap_skip_space (r->text, between);
    size_t month = rap_skip_space (r->text, skip_digits (r->text, day));
    size_t month_end = skip_phrase (r->rules->months, r->text, month);
    if (month_end == month)
        return at;
    size_t year = rap_skip_space (r->text, month_end), end = skip_digits (r->text, year);
    if (end - year != YEAR_DIGITS)
        return month_end;
    *date_year = year_at (r->text, year);
    return end;
}

//  ', entitled “...”' or another title in quotation marks; `at` if none.
static size_t skip_title (rap_text_t text, size_t at)
{
    const char *open = "\xE2\x80\x9C", *close = "\xE2\x80\x9D";
    for (size_t i = at; i + 3 <= text.len && i - at < 16; i++) {
        if (strchr (".;\n", text.at[i]))
            return at;
        if (memcmp (text.at + i, open, 3) != 0)
            continue;
        for (size_t end = i + 3; end + 3 <= text.len && end - i < TITLE_BYTES_MAX; end++)
            if (memcmp (text.at + end, close, 3) == 0)
                return end + 3;
        return at;
    }
    return at;
}

//  After an item: ',', ' and ', '; ' and what else goes on a list; `at` if nothing does.
static size_t skip_separator (const reading_t *r, size_t at)
{
    size_t i = at;
    if (i < r->text.len && (r->text.at[i] == ',' || r->text.at[i] == ';'))
        i++;
    size_t word = rap_skip_space (r->text, i), join = skip_phrase (r->rules->joins, r->text, word);
    if (join > word)
        return rap_skip_space (r->text, join);
    return i > at ? word : at;
}

//  The body of ' of the General Assembly' at `at`, and where that ends; NULL if none.
static const rap_bodies_t *read_body_after (const reading_t *r, size_t at, size_t *start, size_t *end)
{
    bool comma = at < r->text.len && r->text.at[at] == ',';
    size_t link = rap_skip_space (r->text, at + comma), len;
    uint32_t joined = rap_phrases_at (r->rules->after, r->text, link, &len);
    if (joined == RAP_NO_PHRASE || (comma && !joined))
        return NULL;
    size_t name = rap_skip_space (r->text, link + len);
    uint32_t value = rap_phrases_at (r->rules->bodies, r->text, name, &len);
    if (value == RAP_NO_PHRASE || !rap_is_upper (r->text.at[name]))
        return NULL;
    *start = name;
    *end = name + len;
    return &r->rules->words[value].bodies;
}

//  Takes the body named at `at` after a noun or a list for the governor's.
static size_t take_body_after (reading_t *r, size_t at)
{
    size_t start, end;
    const rap_bodies_t *bodies = r->governor.whose == BY_NAME ? NULL : read_body_after (r, at, &start, &end);
    if (!bodies)
        return at;
    r->governor.whose = BY_NAME;
    r->governor.named = *bodies;
    remember (r, (mention_t){.bodies = *bodies, .start = start, .end = end});
    return end;
}

static bool cites_within (const reading_t *r, size_t start, size_t end)
{
    for (uint32_t i = r->at; i < r->hits_count && r->hits[i].start < end; i++)
        if (r->hits[i].start >= start && word_of (r, i)->role == WORD_NOUN)
            return true;
    return false;
}

//  What may follow a number: date, place, title. First byte after it. A title that
//  cites is not passed over: it is read, and then the list goes on.
static size_t read_trail (reading_t *r, size_t at, item_t *item)
{
    size_t end = read_date (r, at, &item->number.year);
    end = rap_pinpoint_after (&r->rules->places, r->text, end, false, &item->pinpoint);
    size_t title = skip_title (r->text, end);
    if (title == end)
        return end;
    if (cites_within (r, end, title)) {
        r->outer_from = end;
        r->outer_at = title;
        return end;
    }
    return rap_pinpoint_after (&r->rules->places, r->text, title, false, &item->pinpoint);
}

//  The Security Council's numbers tell their year, so that it may be missing. Whether
//  the Council is meant is asked when the list is whole.
static size_t read_plain (const reading_t *r, size_t at, rap_number_t *number)
{
    const governor_t *governor = &r->governor;
    if (governor->noun != RAP_NOUN_RESOLUTION)
        return at;
    bool said = governor->whose != BY_NOTHING && !r->items_count;
    return rap_number_read_plain (r->text, at, said ? PLAIN_DIGITS - 1 : PLAIN_DIGITS, number);
}

//  Where the place before a citation begins, if there is one.
static size_t place_or (rap_text_t pinpoint, rap_text_t text, size_t at)
{
    size_t place = pinpoint.len ? (size_t)(pinpoint.at - text.at) : at;
    return place < at ? place : at;
}

//  '-74/177', ' to 74/177' after the number of the item: adds all of the range but the
//  last, which *item then is. First byte after it; `at` if none.
static size_t read_range (reading_t *r, size_t at, item_t *item)
{
    size_t hyphen = rap_hyphen_at (r->text, at), word = rap_skip_space (r->text, at), to;
    size_t next = hyphen ? at + hyphen : rap_skip_space (r->text, to = skip_phrase (r->rules->tos, r->text, word));
    if (!hyphen && to == word)
        return at;
    rap_number_t last;
    size_t end = rap_number_read (r->text, next, &last);
    const rap_number_t *first = &item->number;
    bool range = end > next && last.form == first->form
                 && (last.form == RAP_FORM_SESSION || last.form == RAP_FORM_YEAR)
                 && last.first_value == first->first_value && last.second_value > first->second_value
                 && last.second_value - first->second_value <= RANGE_MAX && !last.parts_count && !first->parts_count;
    if (!range)
        return at;
    item->end = end;
    for (uint32_t value = first->second_value; value < last.second_value; value++) {
        item_t one = *item;
        one.number.second_value = value;
        one.number.second = rap_arena_format (r->arena, "%u", value);
        if (r->items_count < ITEMS_MAX)
            r->items[r->items_count++] = one;
    }
    item->number = last;
    return end;
}

//  Reads the list that begins with a number at `at`; false if none is there.
static bool read_list (reading_t *r, size_t at, double trust)
{
    governor_t *governor = &r->governor;
    size_t end = at, outer_at = r->outer_at, phrase = governor->first ? governor->phrase : at;
    for (;;) {
        item_t item = {.start = at, .pinpoint = RAP_TEXT (""), .trust = trust};
        size_t after = rap_number_read (r->text, at, &item.number);
        if (after == at)
            after = read_plain (r, at, &item.number);
        if (after == at)
            break;
        if (governor->first) {
            if (rap_skip_space (r->text, governor->end) == at)
                item.start = governor->start;
            item.pinpoint = rap_pinpoint_before (&r->rules->places, r->text, r->sentence, governor->phrase);
            governor->first = false;
        } else if (!r->items_count) { //  'paragraph 9 of 2095 (2013)'
            item.pinpoint = rap_pinpoint_before (&r->rules->places, r->text, r->sentence, at);
        }
        if (!r->items_count)
            begin_list (r, place_or (item.pinpoint, r->text, phrase));
        item.end = after;
        item.end = after = read_range (r, after, &item);
        end = read_trail (r, after, &item);
        if (r->items_count == ITEMS_MAX)
            flush_items (r, end);
        r->items[r->items_count++] = item;
        end = take_body_after (r, end);
        at = skip_separator (r, end);
        if (at == end || r->outer_at != outer_at)
            break;
    }
    if (!r->items_count)
        return false;
    flush_items (r, end);
    if (r->outer_at != outer_at)
        r->outer = *governor;
    r->read = r->cited_end = end;
    return true;
}

//  A number apart from its list needs better reasons than a body named long before.
#define TRUST_APART 0.8

//  May the number at `at`, apart from its list, still be of the governor's series?
static bool may_govern (const reading_t *r, size_t at, item_t *item)
{
    size_t end = rap_number_read (r->text, at, &item->number);
    if (end == at)
        return false;
    size_t back = at;
    while (back > 0 && rap_is_space (r->text.at[back - 1]))
        back--;
    size_t word = rap_word_before (r->text, back), len;
    if (word < back && rap_phrases_at (r->rules->nots, r->text, word, &len) != RAP_NO_PHRASE)
        return false;
    //  2020/21 may be a biennium: then only a date makes it a resolution.
    size_t dated = read_date (r, end, &item->number.year);
    if (item->number.form == RAP_FORM_YEAR && dated == end)
        return false;
    if (rap_phrases_at (r->rules->nevers, r->text, at, &len) != RAP_NO_PHRASE && at + len == end)
        return false;
    verdict_t verdict;
    return resolve (r, item, end, &verdict) && verdict.confidence >= TRUST_APART;
}

//  Bytes at which a citation could begin or a sentence end.
static bool may_matter (char c)
{
    return c == '.' || c == '\n' || rap_is_digit (c) || c == 'S' || c == 'E';
}

//  Reads up to byte `until`: ends of sentences, and numbers that a governor may have.
static void read_gap (reading_t *r, size_t until)
{
    while (r->read < until) {
        if (r->outer_at && r->read >= r->outer_at) {
            r->outer_at = 0;
            r->governor = r->outer;
            read_list (r, skip_separator (r, r->read), 0.97);
            continue;
        }
        size_t stop = r->outer_at && r->outer_at < until ? r->outer_at : until;
        while (r->read < stop && !may_matter (r->text.at[r->read]))
            r->read++;
        if (r->read == stop)
            continue;
        size_t at = r->read++;
        char c = r->text.at[at];
        if ((c == '.' || c == '\n') && ends_sentence (r, at)) {
            begin_sentence (r, at + 1);
            continue;
        }
        bool begins = r->governor.active && (rap_is_digit (c) || c == 'S' || c == 'E')
                      && (at == 0 || rap_is_space (r->text.at[at - 1]) || r->text.at[at - 1] == '(');
        item_t item;
        if (begins && may_govern (r, at, &item))
            read_list (r, at, 0.95);
        else if (begins && rap_is_digit (c))
            r->read = skip_digits (r->text, at);
    }
}

//  --- hits -------------------------------------------------------------------

//  Is the text between two names only ' and '?
static bool is_pair (rap_text_t text, size_t end, size_t start)
{
    rap_text_t between = rap_text_trim (rap_text_of (text.at + end, start - end));
    return rap_text_equal (between, RAP_TEXT ("and")) || rap_text_equal (between, RAP_TEXT ("and the"));
}

//  Is the text between a body's name and a noun only "'s" or spaces?
static bool is_adjacent (rap_text_t text, size_t end, size_t start)
{
    rap_text_t between = rap_text_trim (rap_text_of (text.at + end, start - end));
    return between.len == 0 || rap_text_equal (between, RAP_TEXT ("'s"))
           || rap_text_equal (between, RAP_TEXT ("\xE2\x80\x99s"))
           || rap_text_equal (between, RAP_TEXT ("\xE2\x80\x99"));
}

//  Does the noun at `start` go on with the bodies of the noun before it in the
//  sentence: 'the Council resolutions on this, including resolution', '.. and decision'?
static bool is_joined (const reading_t *r, size_t start)
{
    if (!r->governor.active)
        return false;
    if (r->governor.first)
        return true;
    size_t end = start, len;
    while (end > r->sentence && rap_is_space (r->text.at[end - 1]))
        end--;
    size_t word = rap_word_before (r->text, end);
    return word < end && rap_phrases_at (r->rules->joins, r->text, word, &len) != RAP_NO_PHRASE && len == end - word;
}

static void read_noun (reading_t *r, const rap_hit_t *hit, const word_t *word)
{
    const mention_t *named = mention_back (r, 0);
    governor_t governor = {.active = true,
                           .noun = word->noun,
                           .start = hit->start,
                           .end = hit->end,
                           .phrase = hit->start,
                           .first = true};
    if (word->bodies.count) {
        governor.whose = BY_NAME;
        governor.named = word->bodies;
    } else if (named && !named->report && named->end <= hit->start && is_adjacent (r->text, named->end, hit->start)) {
        governor.whose = BY_NAME;
        governor.named = named->bodies;
        governor.phrase = named->start;
    } else if (r->own_end && hit->start - r->own_end <= OWN_REACH
               && !memchr (r->text.at + r->own_end, ',', hit->start - r->own_end)) {
        governor.whose = BY_OWN;
        governor.phrase = r->own_at;
    } else if (is_joined (r, hit->start)) {
        if (r->governor.whose == BY_NAME)
            governor.before = r->governor.named;
        else if (r->governor.first)
            governor.whose = r->governor.whose;
    }
    const governor_t before = r->governor;
    r->own_end = 0;
    r->governor = governor;
    r->read = take_body_after (r, hit->end);
    bool list = read_list (r, rap_skip_space (r->text, r->read), 1.0);
    //  'resolutions and presidential statements, in particular 2254 (2015)'
    if (!list && word->noun == RAP_NOUN_STATEMENT)
        r->governor = before;
}

//  Symbols that stand together, each with its surface.
typedef struct {
    rap_text_t at[SYMBOLS_MAX];
    size_t starts[SYMBOLS_MAX];
    size_t ends[SYMBOLS_MAX];
    uint32_t count;
} symbols_t;

static void add_symbol (symbols_t *symbols, rap_text_t symbol, size_t start, size_t end)
{
    if (symbols->count == SYMBOLS_MAX)
        return;
    symbols->at[symbols->count] = symbol;
    symbols->starts[symbols->count] = start;
    symbols->ends[symbols->count++] = end;
}

//  '-E/CN.15/2022/2' after a symbol: one document, and one surface of all its symbols.
static size_t read_joint (reading_t *r, symbols_t *symbols, size_t end)
{
    rap_text_t symbol;
    for (size_t next; symbols->count < SYMBOLS_MAX; end = next) {
        next = rap_symbol_read_joint (r->rules->series, r->text, end, r->arena, &symbol);
        if (next == end)
            break;
        add_symbol (symbols, symbol, symbols->starts[0], next);
    }
    for (uint32_t i = 0; i < symbols->count; i++)
        symbols->ends[i] = end;
    return end;
}

//  'SR.3-7 and 9': a range shares one surface, a number of the list has its own.
static size_t read_numbers (reading_t *r, symbols_t *symbols, size_t end)
{
    uint32_t number;
    bool range;
    for (size_t next; symbols->count < SYMBOLS_MAX; end = next) {
        rap_text_t last = symbols->at[symbols->count - 1];
        next = rap_symbol_read_next (last, r->text, end, &number, &range);
        if (next == end)
            break;
        size_t digits = next;
        while (rap_is_digit (r->text.at[digits - 1]))
            digits--;
        size_t start = range ? symbols->starts[symbols->count - 1] : digits;
        if (range)
            symbols->ends[symbols->count - 1] = next;
        for (rap_text_t between = last; range && symbols->count < SYMBOLS_MAX;) {
            uint32_t value = rap_symbol_number (between) + 1;
            if (value >= number)
                break;
            between = rap_symbol_renumber (between, value, r->arena);
            add_symbol (symbols, between, start, next);
        }
        add_symbol (symbols, rap_symbol_renumber (last, number, r->arena), start, next);
    }
    return end;
}

//  ' and Corr.1', ', Add.2' after the base.
static size_t read_additions (reading_t *r, symbols_t *symbols, size_t end)
{
    rap_text_t base = symbols->at[0], symbol;
    for (size_t next; symbols->count < SYMBOLS_MAX; end = next) {
        next = rap_symbol_read_later (r->rules->series, base, r->text, end, r->arena, &symbol);
        if (next == end)
            break;
        add_symbol (symbols, symbol, next - (symbol.len - base.len - 1), next); //  'Corr.1'
    }
    return end;
}

//  'A/RES/57/270 B', 'S/RES/1540 (2004)': a number of a series; false if it is none.
static bool read_symbol_number (reading_t *r, const rap_hit_t *hit)
{
    const rap_serie_t *serie;
    rap_number_t number;
    rap_text_t pinpoint = RAP_TEXT ("");
    size_t end = rap_symbol_read_number (r->rules->series, r->text, hit->start, &serie, &number);
    if (end == hit->start)
        return false;
    size_t after = rap_pinpoint_after (&r->rules->places, r->text, end, false, &pinpoint);
    if (!pinpoint.len)
        pinpoint = rap_pinpoint_before (&r->rules->places, r->text, r->sentence, hit->start);
    begin_list (r, place_or (pinpoint, r->text, hit->start));
    add_numbered (r, hit->start, end, serie, &number, pinpoint, RAP_TEXT ("document symbol"), 0.99);
    r->read = r->cited_end = after;
    return true;
}

static void read_symbol (reading_t *r, const rap_hit_t *hit)
{
    const rap_series_t *series = r->rules->series;
    symbols_t symbols = {.count = 0};
    rap_text_t symbol, pinpoint = RAP_TEXT ("");
    if (read_symbol_number (r, hit))
        return;
    size_t end = rap_symbol_read (series, r->text, hit->start, r->arena, &symbol);
    if (end == hit->start)
        return;
    add_symbol (&symbols, symbol, hit->start, end);
    end = read_joint (r, &symbols, end);
    if (symbols.count == 1)
        end = read_numbers (r, &symbols, end);
    if (symbols.count == 1)
        end = read_additions (r, &symbols, end);
    end = rap_pinpoint_after (&r->rules->places, r->text, end, true, &pinpoint);
    if (!pinpoint.len)
        pinpoint = rap_pinpoint_before (&r->rules->places, r->text, r->sentence, hit->start);
    begin_list (r, place_or (pinpoint, r->text, hit->start));
    for (uint32_t i = 0; i < symbols.count; i++) {
        uint32_t body = rap_symbol_report_of (series, symbols.at[i]);
        rap_text_t actor = rap_series_actor (series, body), rule = RAP_TEXT ("document symbol");
        if (body != RAP_NO_BODY)
            rule = rap_arena_format (r->arena, "document symbol, report of %.*s", (int)actor.len, actor.at);
        add_finding (r, symbols.starts[i], symbols.ends[i], symbols.at[i], pinpoint, rule, 0.99);
        if (body != RAP_NO_BODY)
            remember (r,
                      (mention_t){
                          .bodies = {{body}, 1}, .start = symbols.starts[i], .end = symbols.ends[i], .report = true});
    }
    r->read = r->cited_end = end;
}

//  'the same resolution': the one of its kind that this chunk cited last.
static void read_again (reading_t *r, const rap_hit_t *hit, const word_t *word)
{
    rap_text_t symbol = r->last_of[word->noun], pinpoint = RAP_TEXT ("");
    if (!symbol.len)
        return;
    r->read = rap_pinpoint_after (&r->rules->places, r->text, hit->end, false, &pinpoint);
    if (!pinpoint.len)
        pinpoint = rap_pinpoint_before (&r->rules->places, r->text, r->sentence, hit->start);
    begin_list (r, place_or (pinpoint, r->text, hit->start));
    add_finding (r, hit->start, hit->end, symbol, pinpoint, RAP_TEXT ("cited before"), 0.85);
    r->cited_end = r->read;
}

//  'vol. 2225, No. 39574' in the Treaty Series.
static void read_volume (reading_t *r, const rap_hit_t *hit)
{
    rap_text_t instruments[RAP_TREATIES_MAX], pinpoint = RAP_TEXT ("");
    uint32_t count;
    size_t at = rap_skip_space (r->text, hit->end);
    size_t end = rap_treaty_read (r->rules->treaties, r->rules->registered, r->text, at, instruments, &count);
    if (end == at)
        return;
    r->read = rap_pinpoint_after (&r->rules->places, r->text, end, false, &pinpoint);
    begin_list (r, hit->start);
    for (uint32_t i = 0; i < count; i++)
        add_finding (r, hit->start, end, instruments[i], pinpoint, RAP_TEXT ("treaty series"), 0.95);
}

static void read_text (reading_t *r);

//  The source that a note ends with. Its phrases are looked up one place after the
//  other: it is short, and the scan belongs to this chunk's text. *ibid: it refers
//  to the one before.
static rap_text_t source_of (const reading_t *r, rap_text_t note, bool *ibid)
{
    rap_hit_t *hits = rap_arena_alloc (r->arena, (note.len + 1) * sizeof *hits);
    uint32_t count = 0;
    *ibid = false;
    for (size_t at = 0; at < note.len; at++) {
        size_t len;
        if (at > 0 && rap_is_word_at (note, at - 1))
            continue;
        uint32_t value = rap_phrases_at (r->rules->gates, note, at, &len);
        if (value == RAP_NO_PHRASE)
            continue;
        hits[count++] = (rap_hit_t){.start = (uint32_t)at, .end = (uint32_t)(at + len), .value = value};
        *ibid = *ibid || r->rules->words[value].role == WORD_IBID;
    }
    item_t items[ITEMS_MAX];
    reading_t before = {.rules = r->rules,
                        .arena = r->arena,
                        .text = note,
                        .hits = hits,
                        .hits_count = count,
                        .verb = RAP_TEXT (""),
                        .reason = RAP_TEXT (""),
                        .relation = RAP_TEXT (""),
                        .last = RAP_TEXT (""),
                        .items = items};
    read_text (&before);
    return before.last;
}

//  The source of the notes before: of the last one, or where that says only 'Ibid.', of
//  the one before it.
static rap_text_t source_before (const reading_t *r)
{
    rap_text_t notes = r->x->chunk->context.note_before;
    while (notes.len) {
        size_t line = notes.len;
        while (line > 0 && notes.at[line - 1] != '\n')
            line--;
        bool ibid;
        rap_text_t source = source_of (r, rap_text_from (notes, line), &ibid);
        if (source.len || !ibid)
            return source;
        notes = rap_text_of (notes.at, line ? line - 1 : 0);
    }
    return RAP_TEXT ("");
}

//  'Ibid.' alone or before a place: the source of the note before. Before a volume
//  or a supplement it stands for a series, and that has a symbol of its own.
static void read_ibid (reading_t *r, const rap_hit_t *hit)
{
    r->read = hit->end;
    if (!r->x || r->x->chunk->kind != RAP_FOOTNOTE)
        return;
    rap_text_t pinpoint = RAP_TEXT ("");
    size_t end = rap_pinpoint_after (&r->rules->places, r->text, hit->end, true, &pinpoint);
    size_t next = rap_skip_space (r->text, end);
    bool alone = next >= r->text.len || r->text.at[next] == '.' || r->text.at[next] == ';';
    if (!alone)
        return;
    if (!r->before_read)
        r->before = source_before (r);
    r->before_read = true;
    begin_list (r, hit->start);
    if (r->before.len)
        add_finding (r, hit->start, hit->end, r->before, pinpoint, RAP_TEXT ("ibid."), 0.9);
    r->read = end;
}

//  Is a short name part of the name of a body that is not known: 'Tuna Commission',
//  'Council of the Baltic', 'Conference on Disarmament'?
static bool is_within_name (const reading_t *r, const rap_hit_t *hit)
{
    size_t before = hit->start, len;
    while (before > r->sentence && rap_is_space (r->text.at[before - 1]))
        before--;
    size_t word = rap_word_before (r->text, before);
    if (word < before && word > r->sentence && rap_is_upper (r->text.at[word]) && before < hit->start)
        return true;
    size_t link = rap_skip_space (r->text, hit->end);
    if (rap_phrases_at (r->rules->ofs, r->text, link, &len) == RAP_NO_PHRASE)
        return false;
    size_t next = rap_skip_space (r->text, link + len);
    return next < r->text.len && rap_is_upper (r->text.at[next]);
}

static void read_body (reading_t *r, const rap_hit_t *hit, const word_t *word)
{
    const mention_t *last = mention_back (r, 0);
    if (last && last->end > hit->start && !last->report) //  within a longer name
        return;
    mention_t mention = {.bodies = word->bodies, .start = hit->start, .end = hit->end};
    if (word->bodies.count > 1 && is_within_name (r, hit)) {
        mention.bodies = (rap_bodies_t){{RAP_NO_BODY}, 1};
        mention.stranger = true;
    }
    //  'General Assembly and Security Council resolutions'
    if (last && !last->report && last->end < hit->start && is_pair (r->text, last->end, hit->start)
        && last->bodies.count + mention.bodies.count <= RAP_BODIES_MAX)
        for (uint32_t i = 0; i < last->bodies.count; i++)
            mention.bodies.at[mention.bodies.count++] = last->bodies.at[i];
    remember (r, mention);
}

//  A verb of another kind ends what 'recalling' began; the same word may be a noun
//  ('its requests in') and then does not stand after a comma or an 'and'.
static bool is_verb (const reading_t *r, const rap_hit_t *hit, const word_t *word)
{
    if (rap_text_equal (word->relation, RAP_TEXT ("source"))) //  'see Official Records'
        return !r->verb.len;
    if (!rap_text_equal (word->relation, RAP_TEXT ("other")))
        return true;
    size_t end = hit->start, len;
    while (end > r->sentence && rap_is_space (r->text.at[end - 1]))
        end--;
    if (end == r->sentence || r->text.at[end - 1] == ',' || r->text.at[end - 1] == ';')
        return true;
    size_t before = rap_word_before (r->text, end);
    return rap_phrases_at (r->rules->joins, r->text, before, &len) != RAP_NO_PHRASE && before + len == end;
}

static void read_hit (reading_t *r, const rap_hit_t *hit)
{
    const word_t *word = &r->rules->words[hit->value];
    switch (word->role) {
    case WORD_NOUN:
        read_noun (r, hit, word);
        break;
    case WORD_ROOT:
        read_symbol (r, hit);
        break;
    case WORD_AGAIN:
        read_again (r, hit, word);
        break;
    case WORD_VOLUME:
        read_volume (r, hit);
        break;
    case WORD_STRANGER:
        remember (r,
                  (mention_t){.bodies = {{RAP_NO_BODY}, 1}, .start = hit->start, .end = hit->end, .stranger = true});
        break;
    case WORD_IBID:
        read_ibid (r, hit);
        break;
    case WORD_BODY:
        read_body (r, hit, word);
        break;
    case WORD_OWN:
        r->own_at = hit->start;
        r->own_end = hit->end;
        break;
    case WORD_RELATION:
        if (is_verb (r, hit, word)) {
            r->verb = word->relation;
            r->verb_read = hit->end;
            r->verb_depth = 0;
            r->reason = RAP_TEXT ("");
        }
        break;
    case WORD_REASON:
        //  'pursuant to the request contained in resolution': the stronger reason stays
        if (!reason_holds (r, hit->start) || !rap_text_equal (word->relation, RAP_TEXT ("source"))) {
            r->reason = word->relation;
            r->reason_end = hit->end;
        }
        break;
    }
}

static void read_text (reading_t *r)
{
    for (r->at = 0; r->at < r->hits_count; r->at++) {
        const rap_hit_t *hit = &r->hits[r->at];
        read_gap (r, hit->start);
        if (r->read <= hit->start)
            read_hit (r, hit);
    }
    if (r->governor.active)
        read_gap (r, r->text.len);
}

//  Is there anything that cites? Names and relations alone do not.
static bool has_gate (const rap_citation_t *self, const rap_hit_t *hits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        word_role_t role = self->words[hits[i].value].role;
        if (role == WORD_NOUN || role == WORD_ROOT || role == WORD_IBID || role == WORD_VOLUME)
            return true;
    }
    return false;
}

void rap_citation_run (rap_citation_t *self, const rap_extract_t *x)
{
    uint32_t count;
    const rap_hit_t *hits = rap_scan_hits (x->scan, RAP_GROUP_CITATION, &count);
    if (!has_gate (self, hits, count) || x->chunk->kind == RAP_MASTHEAD)
        return;
    item_t items[ITEMS_MAX];
    reading_t r = {.rules = self,
                   .x = x,
                   .arena = x->arena,
                   .text = x->text,
                   .hits = hits,
                   .hits_count = count,
                   .verb = RAP_TEXT (""),
                   .reason = RAP_TEXT (""),
                   .relation = RAP_TEXT (""),
                   .last = RAP_TEXT (""),
                   .items = items};
    if (x->document->published.len >= YEAR_DIGITS)
        r.year_max = year_at (x->document->published, 0) + 1;
    read_text (&r);
}
