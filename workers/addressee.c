//  addressee: one pass over the words after a verb.

#include "addressee.h"

#include <stdlib.h>
#include <string.h>

#include "phrases.h"

enum {
    NAME_WORDS_MAX = 60, //  a list of many organizations; more is no name
    SUBJECT_WORDS_MAX = 16,
    LIMIT_BYTES_MAX = 1024, //  from a verb to the infinitive of what it asks
    REACH_BYTES_MAX = 512,  //  the same in a later clause
};

typedef enum {
    ROLE_INSERTION,
    ROLE_RELATIVE,
    ROLE_NOUN,
    ROLE_VERBS,
    ROLE_THING,
    ROLE_PREPOSITION,
    ROLE_PRONOUN,
    ROLE_ADVISER,
    ROLE_WHO,
    ROLE_BODY,
    ROLE_EXAMPLE,
    ROLE_CONJUNCTION,
    ROLE_JOINS,
    ROLE_ADVERB,
    ROLE_DETERMINER,
    ROLES
} role_t;

struct rap_addressees {
    rap_phrases_t *roles[ROLES];
    rap_phrases_t *imperatives; //  value 1: also a noun
    rap_phrases_t *actors;      //  names; value: index into ids
    rap_text_t *ids;
};

//  --- rules ------------------------------------------------------------------

static rap_status_t load_words (rap_addressees_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    static const char *const names[ROLES] = {"insertion",   "relative",    "noun",    "verbs",  "thing",
                                             "preposition", "pronoun",     "adviser", "who",    "body",
                                             "example",     "conjunction", "joins",   "adverb", "determiner"};
    const rap_table_t *table = rap_lexicon_table (lexicon, "addressees");
    int word = table ? rap_table_column (table, "word") : -1, role = table ? rap_table_column (table, "role") : -1;
    if (word < 0 || role < 0)
        return rap_refuse (reason, "addressees.tsv: needs columns word, role");
    for (uint32_t i = 0; i < table->entries_count; i++) {
        uint32_t k = 0;
        while (k < ROLES && !rap_text_equal (table->entries[i].fields[role], rap_text (names[k])))
            k++;
        if (k == ROLES)
            return rap_refuse (reason, "addressees.tsv:%u: unknown role", table->entries[i].line);
        rap_phrases_add (self->roles[k], table->entries[i].fields[word], 0);
    }
    return RAP_OK;
}

static rap_status_t load_imperatives (rap_addressees_t *self, const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "imperatives");
    int verb = table ? rap_table_column (table, "verb") : -1, noun = table ? rap_table_column (table, "noun") : -1;
    if (verb < 0 || noun < 0)
        return rap_refuse (reason, "imperatives.tsv: needs columns verb, noun");
    for (uint32_t i = 0; i < table->entries_count; i++)
        rap_phrases_add (self->imperatives, table->entries[i].fields[verb],
                         rap_text_equal (table->entries[i].fields[noun], RAP_TEXT ("1")));
    return RAP_OK;
}

//  Names of actors are another extractor's table; without it addressees have no ids.
static void load_actors (rap_addressees_t *self, const rap_lexicon_t *lexicon)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "actors");
    int name = table ? rap_table_column (table, "name") : -1, actor = table ? rap_table_column (table, "actor") : -1;
    if (name < 0 || actor < 0)
        return;
    self->ids = calloc (table->entries_count + 1, sizeof *self->ids);
    if (!self->ids)
        abort ();
    for (uint32_t i = 0; i < table->entries_count; i++) {
        self->ids[i] = table->entries[i].fields[actor];
        if (!rap_text_equal (self->ids[i], RAP_TEXT ("-")))
            rap_phrases_add (self->actors, table->entries[i].fields[name], i);
    }
}

rap_addressees_t *rap_addressees_new (const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    rap_addressees_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    for (uint32_t i = 0; i < ROLES; i++)
        self->roles[i] = rap_phrases_new ();
    self->imperatives = rap_phrases_new ();
    self->actors = rap_phrases_new ();
    if (load_words (self, lexicon, reason) != RAP_OK || load_imperatives (self, lexicon, reason) != RAP_OK) {
        rap_addressees_destroy (&self);
        return NULL;
    }
    load_actors (self, lexicon);
    for (uint32_t i = 0; i < ROLES; i++)
        rap_phrases_seal (self->roles[i]);
    rap_phrases_seal (self->imperatives);
    rap_phrases_seal (self->actors);
    return self;
}

void rap_addressees_destroy (rap_addressees_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    for (uint32_t i = 0; i < ROLES; i++)
        rap_phrases_destroy (&(*self_p)->roles[i]);
    rap_phrases_destroy (&(*self_p)->imperatives);
    rap_phrases_destroy (&(*self_p)->actors);
    free ((*self_p)->ids);
    free (*self_p);
    *self_p = NULL;
}

//  --- reading ----------------------------------------------------------------

static bool is_role (const rap_addressees_t *self, role_t role, rap_text_t text, size_t at)
{
    size_t len;
    return rap_phrases_at (self->roles[role], text, at, &len) != RAP_NO_PHRASE;
}

static bool is_word (rap_text_t text, size_t at, rap_text_t word)
{
    return rap_text_starts (rap_text_from (text, at), word) && !rap_is_word_at (text, at + word.len);
}

static size_t skip_word (rap_text_t text, size_t at, rap_text_t word)
{
    return is_word (text, at, word) ? rap_skip_space (text, at + word.len) : at;
}

//  Behind a phrase of the role at `at`, and the spaces after it; `at` if there is none.
static size_t skip_role (const rap_addressees_t *self, role_t role, rap_text_t text, size_t at)
{
    size_t len;
    return rap_phrases_at (self->roles[role], text, at, &len) == RAP_NO_PHRASE ? at : rap_skip_space (text, at + len);
}

size_t rap_addressee_imperative (const rap_addressees_t *self, rap_text_t text, size_t at, bool called)
{
    size_t len;
    uint32_t noun = rap_phrases_at (self->imperatives, text, at, &len);
    return noun == RAP_NO_PHRASE || (noun && !called) ? at : at + len;
}

bool rap_addressee_follows_noun (const rap_addressees_t *self, rap_text_t text, size_t at)
{
    rap_text_t word = rap_text_of (text.at + at, rap_word_end (text, at) - at);
    //  'demands placed on', but 'urges continued work'
    size_t next = rap_skip_space (text, at + word.len);
    bool placed = rap_text_ends (word, RAP_TEXT ("ed")) && is_role (self, ROLE_PREPOSITION, text, next);
    return !word.len || placed || is_role (self, ROLE_PREPOSITION, text, at)
           || is_role (self, ROLE_RELATIVE, text, at) || is_role (self, ROLE_INSERTION, text, at)
           || is_role (self, ROLE_VERBS, text, at);
}

bool rap_addressee_opens (const rap_addressees_t *self, rap_text_t text, size_t at)
{
    return at < text.len
           && (rap_is_upper (text.at[at]) || (unsigned char)text.at[at] >= 0x80 || rap_is_digit (text.at[at])
               || is_role (self, ROLE_NOUN, text, at) || is_role (self, ROLE_WHO, text, at));
}

//  'to' before an infinitive and not before a noun.
bool rap_addressee_infinitive (const rap_addressees_t *self, rap_text_t text, size_t at)
{
    if (!is_word (text, at, RAP_TEXT ("to")))
        return false;
    size_t next = rap_skip_space (text, at + 2);
    if (next >= text.len)
        return false;
    if (text.at[next] == ',' || text.at[next] == ':') //  'to, inter alia, promote'
        return true;
    //  'committed to acting', but 'to bring'
    rap_text_t word = rap_text_of (text.at + next, rap_word_end (text, next) - next);
    bool gerund = rap_text_ends (word, RAP_TEXT ("ing")) && rap_addressee_imperative (self, text, next, true) == next;
    return rap_is_lower (text.at[next]) && !gerund && !is_role (self, ROLE_NOUN, text, next)
           && !is_role (self, ROLE_WHO, text, next);
}

//  The first infinitive from `at` on; limit if none.
static size_t find_infinitive (const rap_addressees_t *self, rap_text_t text, size_t at, size_t limit)
{
    for (; at < limit; at++) {
        if (text.at[at] == ';' || text.at[at] == '\n')
            break;
        bool begins = (text.at[at] == 't' || text.at[at] == 'T') && (at == 0 || !rap_is_word_at (text, at - 1));
        if (begins && rap_addressee_infinitive (self, text, at))
            return at;
    }
    return limit;
}

//  Is what is named a thing ('efforts by States') and not somebody? The word before
//  the first preposition or comma is its head.
static bool is_thing (const rap_addressees_t *self, rap_text_t text, size_t start, size_t end)
{
    size_t head = start;
    for (size_t at = start; at < end && text.at[at] != ',';) {
        if (is_role (self, ROLE_BODY, text, at)) //  'United Nations system'
            return false;
        if (at > start && is_role (self, ROLE_PREPOSITION, text, at))
            break;
        size_t next = rap_word_end (text, at);
        //  'issues raised at': not the participle
        bool participle = at > start && rap_text_ends (rap_text_of (text.at + at, next - at), RAP_TEXT ("ed"));
        if (next > at && !participle)
            head = at;
        at = rap_skip_space (text, next > at ? next : at + 1);
    }
    return is_role (self, ROLE_THING, text, head);
}

//  Does the preposition at `at` belong to a proper name: 'Commission ON Narcotic Drugs',
//  'Conference OF THE Parties'? `before`: the word before it.
static bool is_within_name (rap_text_t text, size_t before, size_t at)
{
    size_t next = skip_word (text, rap_skip_space (text, rap_word_end (text, at)), RAP_TEXT ("the"));
    return next < text.len && rap_is_upper (text.at[before]) && rap_is_upper (text.at[next]);
}

//  How a name ended.
typedef enum { END_NONE, END_INFINITIVE, END_COMMA, END_RELATIVE, END_VERB, END_COLON, END_STOP } end_t;

//  Reads words from `at` to the end of a name; *end is its last byte and one.
static end_t read_name (const rap_addressees_t *self, rap_text_t text, size_t at, size_t limit, rap_who_t who,
                        size_t *end)
{
    bool bound = false; //  the word before calls for another noun
    size_t before = at; //  the word before
    *end = at;
    for (uint32_t words = 0; words < NAME_WORDS_MAX && at < limit; words++) {
        char c = text.at[at];
        if (words && c == ',') {
            size_t next = rap_skip_space (text, at + 1), joined = skip_role (self, ROLE_JOINS, text, next);
            bool insertion =
                joined == next
                && (is_role (self, ROLE_INSERTION, text, next) || is_role (self, ROLE_RELATIVE, text, next));
            if (insertion || rap_addressee_infinitive (self, text, next))
                return END_COMMA;
            if (joined > next) { //  'States, as well as banks'
                at = joined;
                bound = true;
                continue;
            }
            if (who == RAP_WHO_THAT && rap_addressee_imperative (self, text, next, true) > next)
                return END_COMMA;
            at = next;
            bound = true;
            continue;
        }
        if (c == ':')
            return END_COLON;
        if (c == ';' || c == '\n' || c == '.')
            return END_STOP;
        if (words && who == RAP_WHO_OF && is_word (text, at, RAP_TEXT ("to")))
            return END_INFINITIVE;
        if (words && rap_addressee_infinitive (self, text, at))
            return END_INFINITIVE;
        if (words && is_role (self, ROLE_RELATIVE, text, at))
            return END_RELATIVE;
        //  'to the Assembly the adoption': an article where no preposition calls for one
        if (words && !bound && is_word (text, at, RAP_TEXT ("the")))
            return END_VERB;
        //  'appeals to donors for support'
        bool within = words && is_within_name (text, before, at);
        if (words && who == RAP_WHO_TO && !within && is_word (text, at, RAP_TEXT ("for")))
            return END_VERB;
        bound = is_role (self, ROLE_PREPOSITION, text, at);
        //  'that parties TO the PLAN act': no infinitive, as seen above, and a noun
        bool to_noun = is_word (text, at, RAP_TEXT ("to")) && is_role (self, ROLE_WHO, text, before);
        bool noun = words && is_role (self, ROLE_DETERMINER, text, before);
        if (words && who == RAP_WHO_THAT && !noun && !(bound && (within || to_noun))
            && (is_role (self, ROLE_VERBS, text, at) || rap_addressee_imperative (self, text, at, true) > at))
            return END_VERB;
        before = at;
        size_t next = rap_word_end (text, at);
        if (next == at) {
            //  A bracket or quotation mark: one code point on.
            next = at + 1;
            while (next < text.len && ((unsigned char)text.at[next] & 0xC0) == 0x80)
                next++;
        }
        *end = next < limit ? next : limit;
        at = rap_skip_space (text, next);
    }
    return at >= limit ? END_STOP : END_NONE;
}

//  The infinitive that a comma closes off from what is said in between: ', within its
//  mandate, TO report', ', the occupying Power, NOT to'. Where what is asked begins;
//  limit if there is none.
static size_t find_closed (const rap_addressees_t *self, rap_text_t text, size_t at, size_t limit)
{
    size_t told = limit; //  ', to be held in May,' tells of what is named before
    for (; at < limit && !strchr (":;\n", text.at[at]); at++) {
        if (text.at[at] != ',')
            continue;
        size_t next = rap_skip_space (text, at + 1);
        bool infinitive = rap_addressee_infinitive (self, text, next);
        size_t verb = infinitive ? rap_skip_space (text, next + 2) : next;
        if (infinitive && !is_word (text, verb, RAP_TEXT ("be")))
            return verb;
        if (infinitive && told == limit)
            told = verb;
        if (is_word (text, next, RAP_TEXT ("not"))
            && rap_addressee_infinitive (self, text, rap_skip_space (text, next + 3)))
            return next;
    }
    return told;
}

//  Where what is asked begins, after a name that ended thus.
static size_t find_action (const rap_addressees_t *self, rap_text_t text, size_t end, size_t limit, end_t how,
                           rap_who_t who)
{
    size_t at = rap_skip_space (text, end);
    if (how == END_INFINITIVE)
        return rap_skip_space (text, at + 2);
    if (how == END_COMMA && who != RAP_WHO_THAT) {
        size_t closed = find_closed (self, text, at, limit);
        if (closed < limit)
            return closed;
        //  no comma closes it: ', respectively to act', ', alone or with others to act'
        size_t infinitive = find_infinitive (self, text, at, limit), comma = at + 1;
        while (comma < infinitive && text.at[comma] != ',' && !is_role (self, ROLE_RELATIVE, text, comma))
            comma =
                rap_word_end (text, comma) > comma ? rap_skip_space (text, rap_word_end (text, comma)) : comma + 1;
        if (infinitive < limit && comma >= infinitive)
            return rap_skip_space (text, infinitive + 2);
    }
    if (how == END_RELATIVE && who != RAP_WHO_THAT) {
        //  'States that have not yet done so to consider', but 'organizations with
        //  competence to manage': that is not asked
        size_t len = 0;
        rap_phrases_at (self->roles[ROLE_RELATIVE], text, at, &len);
        size_t infinitive = find_infinitive (self, text, at + len, limit);
        if (infinitive < limit)
            return rap_skip_space (text, infinitive + 2);
    }
    if (at < limit && (text.at[at] == ',' || text.at[at] == ':'))
        at = rap_skip_space (text, at + 1);
    return skip_word (text, at, RAP_TEXT ("to"));
}

//  To where the name may begin: past 'to', 'that', 'of', and what a comma opens and
//  closes at once (', as appropriate, the Office').
static size_t find_start (const rap_addressees_t *self, rap_text_t text, size_t at, size_t limit, rap_who_t *who)
{
    at = rap_skip_space (text, at);
    if (at < limit && text.at[at] == ',') {
        const char *close = memchr (text.at + at + 1, ',', limit - at - 1);
        if (!close)
            return limit;
        at = rap_skip_space (text, (size_t)(close - text.at) + 1);
    }
    bool that = is_word (text, at, RAP_TEXT ("that"));
    if (that && *who != RAP_WHO_OF && *who != RAP_WHO_FOR) {
        *who = RAP_WHO_THAT;
        at = skip_word (text, at, RAP_TEXT ("that"));
        if (at < limit && text.at[at] == ',') {
            const char *close = memchr (text.at + at + 1, ',', limit - at - 1);
            at = close ? rap_skip_space (text, (size_t)(close - text.at) + 1) : limit;
        }
        return at;
    }
    if (*who == RAP_WHO_THAT || *who == RAP_WHO_TO) {
        if (!is_word (text, at, RAP_TEXT ("to")))
            return limit;
        *who = RAP_WHO_TO;
        return skip_word (text, at, RAP_TEXT ("to"));
    }
    if (*who == RAP_WHO_OF)
        at = skip_word (text, at, RAP_TEXT ("of"));
    (void)self;
    return at;
}

//  The name without what only leads on: 'States and[, as appropriate,]', 'States
//  not [to impede]'; there 'not' is of what is asked.
static void trim_name (const rap_addressees_t *self, rap_text_t text, rap_addressee_t *found)
{
    for (bool again = true; again && found->end > found->start;) {
        size_t end = found->end;
        while (end > found->start && (rap_is_space (text.at[end - 1]) || text.at[end - 1] == ','))
            end--;
        size_t word = rap_word_before (text, end);
        rap_text_t last = rap_text_of (text.at + word, end - word);
        bool is_not = rap_text_equal (last, RAP_TEXT ("not"));
        again = word > found->start
                && (is_not || rap_text_equal (last, RAP_TEXT ("and")) || is_role (self, ROLE_ADVERB, text, word));
        found->end = again ? word : end;
        found->action = again && is_not ? word : found->action;
    }
}

//  After 'calls for': only somebody who is asked to act, 'calls for States to'.
static bool names_doer (const rap_addressees_t *self, rap_text_t text, size_t start, end_t how)
{
    size_t name = skip_word (text, start, RAP_TEXT ("all"));
    return how == END_INFINITIVE && name < text.len
           && (rap_is_upper (text.at[name]) || is_role (self, ROLE_WHO, text, name));
}

//  Behind the next comma from `at` on; `limit` if there is none.
static size_t behind_comma (rap_text_t text, size_t at, size_t limit)
{
    const char *comma = at < limit ? memchr (text.at + at, ',', limit - at) : NULL;
    return comma ? rap_skip_space (text, (size_t)(comma - text.at) + 1) : limit;
}

//  Another one who is asked, behind what is said in between: ', in its capacity as a
//  bank, and OTHER BANKS to'. What is said in between may itself be a list of those
//  meant ('including'), and one of them is no other.
static void read_also (const rap_addressees_t *self, rap_text_t text, size_t limit, rap_addressee_t *found)
{
    size_t at = skip_word (text, rap_skip_space (text, found->end), RAP_TEXT ("and")), named = at;
    if (at >= limit || text.at[at] != ',' || is_role (self, ROLE_EXAMPLE, text, rap_skip_space (text, at + 1)))
        return;
    size_t next = rap_skip_space (text, at + 1);
    if (named > rap_skip_space (text, found->end)) { //  'States and, as appropriate, others'
        next = behind_comma (text, next, limit);
    } else {
        next = is_word (text, next, RAP_TEXT ("and")) ? next : behind_comma (text, next, limit);
        if (!is_word (text, next, RAP_TEXT ("and")))
            return;
        next = skip_word (text, next, RAP_TEXT ("and"));
        if (next < limit && text.at[next] == ',') //  ', and, as appropriate, others'
            next = behind_comma (text, next + 1, limit);
    }
    next = skip_word (text, next, RAP_TEXT ("the"));
    if (next >= limit || is_role (self, ROLE_VERBS, text, next) || is_role (self, ROLE_INSERTION, text, next))
        return;
    rap_addressee_t other = {.start = next};
    end_t how = read_name (self, text, next, limit, RAP_WHO_DIRECT, &other.end);
    other.action = find_action (self, text, other.end, limit, how, RAP_WHO_DIRECT);
    bool asked = how == END_INFINITIVE || (how == END_COMMA && other.action > rap_skip_space (text, other.end) + 1);
    trim_name (self, text, &other);
    if (!asked || other.end <= other.start || is_thing (self, text, other.start, other.end))
        return;
    found->also_start = other.start;
    found->also_end = other.end;
    found->action = other.action;
}

//  Does what stands for a name begin with an adverb ('that immediately the parties
//  cease'), or with something that is done ('encourages exploring new ways', but
//  'encourages participating States')?
static bool is_doing (const rap_addressees_t *self, rap_text_t text, size_t start)
{
    rap_text_t first = rap_text_of (text.at + start, rap_word_end (text, start) - start);
    if (!first.len || !rap_is_lower (first.at[0]))
        return false;
    size_t next = rap_skip_space (text, start + first.len);
    bool who = is_role (self, ROLE_WHO, text, start) || is_role (self, ROLE_NOUN, text, start)
               || is_role (self, ROLE_WHO, text, next) || (next < text.len && rap_is_upper (text.at[next]));
    return rap_text_ends (first, RAP_TEXT ("ly")) || (rap_text_ends (first, RAP_TEXT ("ing")) && !who);
}

rap_addressee_t rap_addressee_read (const rap_addressees_t *self, rap_text_t text, size_t at, size_t limit,
                                    size_t reach, rap_who_t who)
{
    rap_addressee_t nobody = {.start = at, .end = at, .action = rap_skip_space (text, at)};
    if (who == RAP_WHO_NONE)
        return nobody;
    if (limit - at > LIMIT_BYTES_MAX)
        limit = at + LIMIT_BYTES_MAX;
    if (reach > limit + REACH_BYTES_MAX)
        reach = limit + REACH_BYTES_MAX;
    size_t start = find_start (self, text, at, limit, &who);
    start = skip_word (text, skip_word (text, start, RAP_TEXT ("the")), RAP_TEXT ("The"));
    if (start >= limit)
        return nobody;
    if (is_doing (self, text, start))
        return nobody;
    rap_addressee_t found = {.start = start};
    end_t how = read_name (self, text, start, limit, who, &found.end);
    if (how == END_NONE || found.end == start || is_thing (self, text, start, found.end)
        || (who == RAP_WHO_FOR && !names_doer (self, text, start, how)))
        return nobody;
    //  Without an infinitive only a recommendation to someone, or a list of what to
    //  do after a colon, names one who is asked.
    bool asked = how == END_INFINITIVE || how == END_VERB || how == END_COLON || who == RAP_WHO_TO
                 || find_infinitive (self, text, found.end, limit) < limit;
    size_t later = asked ? reach : find_infinitive (self, text, limit, reach);
    if ((!asked && later >= reach) || (who == RAP_WHO_THAT && how == END_STOP))
        return nobody;
    found.action = asked ? find_action (self, text, found.end, limit, how, who) : rap_skip_space (text, later + 2);
    trim_name (self, text, &found);
    if (how == END_COMMA && who != RAP_WHO_THAT)
        read_also (self, text, limit, &found);
    return found;
}

size_t rap_addressee_skip_opening (const rap_addressees_t *self, rap_text_t text, size_t start, size_t end)
{
    const char *comma = end > start ? memchr (text.at + start, ',', end - start) : NULL;
    return comma && is_role (self, ROLE_INSERTION, text, start) ? rap_skip_space (text, (size_t)(comma - text.at) + 1)
                                                                : start;
}

rap_addressee_t rap_addressee_before (const rap_addressees_t *self, rap_text_t text, size_t from, size_t end)
{
    while (end > from && rap_is_space (text.at[end - 1]))
        end--;
    rap_addressee_t none = {.start = end, .end = end, .action = end};
    size_t start = end;
    uint32_t words = 0;
    for (size_t at = end; at > from && words < SUBJECT_WORDS_MAX; words++) {
        size_t word = rap_word_before (text, at);
        if (word == at || word < from)
            break;
        start = word;
        at = word;
        while (at > from && rap_is_space (text.at[at - 1]))
            at--;
        //  A comma within the subject: only in a list ('A, B and C').
        if (at > from && text.at[at - 1] == ',' && !memmem (text.at + start, end - start, " and ", 5))
            break;
        if (at > from && text.at[at - 1] == ',')
            at--;
    }
    start = rap_addressee_skip_opening (self, text, start, end);
    size_t joined;
    if (rap_phrases_at (self->roles[ROLE_CONJUNCTION], text, start, &joined) != RAP_NO_PHRASE)
        start = rap_skip_space (text, start + joined);
    start = skip_word (text, start, RAP_TEXT ("The"));
    start = skip_word (text, start, RAP_TEXT ("the"));
    if (words == SUBJECT_WORDS_MAX || start >= end)
        return none;
    //  The subject ends where a relative clause begins.
    size_t name_end;
    end_t how = read_name (self, text, start, end, RAP_WHO_DIRECT, &name_end);
    if (how == END_RELATIVE || how == END_COMMA)
        end = name_end;
    return (rap_addressee_t){.start = start, .end = end, .action = end};
}

rap_text_t rap_addressee_actor (const rap_addressees_t *self, rap_text_t name)
{
    size_t len;
    uint32_t value = self->ids ? rap_phrases_at (self->actors, name, 0, &len) : RAP_NO_PHRASE;
    //  Only the whole name is the actor: 'Executive Director of the Office' is not the Office.
    return value != RAP_NO_PHRASE && len == name.len ? self->ids[value] : RAP_TEXT ("");
}

bool rap_addressee_is_pronoun (const rap_addressees_t *self, rap_text_t name)
{
    size_t len;
    return rap_phrases_at (self->roles[ROLE_PRONOUN], name, 0, &len) != RAP_NO_PHRASE && len == name.len;
}

bool rap_addressee_advises (const rap_addressees_t *self, rap_text_t name)
{
    for (size_t at = 0; at < name.len;) {
        if (is_role (self, ROLE_ADVISER, name, at))
            return true;
        size_t next = rap_word_end (name, at);
        at = rap_skip_space (name, next > at ? next : at + 1);
    }
    return false;
}

bool rap_addressee_is_somebody (const rap_addressees_t *self, rap_text_t name)
{
    size_t last = rap_word_before (name, name.len);
    return name.len && (rap_addressee_opens (self, name, 0) || is_role (self, ROLE_WHO, name, last));
}

bool rap_addressee_acts (const rap_addressees_t *self, rap_text_t name)
{
    size_t len = 0;
    bool alone = rap_phrases_at (self->roles[ROLE_NOUN], name, 0, &len) != RAP_NO_PHRASE && len == name.len;
    return name.len && !alone && !is_thing (self, name, 0, name.len);
}

//  Does a list go on, or end, at byte `at`?
static bool goes_on (rap_text_t text, size_t at, size_t end)
{
    size_t next = rap_skip_space (text, at);
    return next >= end || text.at[next] == ',' || is_word (text, next, RAP_TEXT ("and"))
           || is_word (text, next, RAP_TEXT ("or"));
}

bool rap_addressee_is_element (rap_text_t text, const rap_addressee_t *list, size_t start, size_t end)
{
    size_t at = start;
    if (start < list->start || end > list->end || !goes_on (text, end, list->end))
        return false;
    for (uint32_t words = 0; words < 3 && at > list->start; words++) {
        while (at > list->start && rap_is_space (text.at[at - 1]))
            at--;
        if (at <= list->start || text.at[at - 1] == ',')
            return true;
        size_t word = rap_word_before (text, at);
        rap_text_t before = rap_text_of (text.at + word, at - word);
        if (rap_text_equal (before, RAP_TEXT ("and")))
            return true;
        if (!rap_text_equal (before, RAP_TEXT ("the")))
            return false;
        at = word;
    }
    return at <= list->start;
}
