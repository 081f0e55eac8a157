//  clause: gates, the places where a verb may stand, and what hangs on each verb.
//
//  First the verb phrases are collected in order: at the beginnings of the clause
//  and of its lettered parts, after 'and' or a comma, after 'I' or 'we', in 'States
//  are invited to', 'The Commission may wish to', 'States should', and as plain
//  verbs of numbered items. Then each one's stretch, up to the next, is read for
//  who is asked, what, on what condition, and by when.

#include "clause.h"

#include <stdlib.h>
#include <string.h>

#include "addressee.h"
#include "phrases.h"
#include "spans.h"
#include "verb.h"

enum {
    CLAUSES_FIRST = 16,
    BACK_BYTES_MAX = 96, //  from an inner verb back to the 'and' or comma before it
    DUE_BYTES_MAX = 80,  //  'at its seventy-sixth session'
    CONDITION_BYTES_MAX = 200,
    SUBJECT_BYTES_MAX = 400, //  of a sentence before its verb
    NAME_BYTES_MAX = 80,     //  of one to whom a list of recommendations goes
    MORE_BYTES_MAX = 2000,   //  from a speaker's verb to his others
};

//  What a phrase that gates means. Verbs come first, with their own indices.
typedef enum {
    GATE_VERB,
    GATE_SPEAKER,
    GATE_BE,
    GATE_WISH,
    GATE_MODAL,
    GATE_ESSENTIAL,
    GATE_CONDITION,
    GATE_TAKES,
    GATE_SESSION,
    GATE_DATE,
    GATE_WITHIN,
    GATE_RHYTHM,
    GATE_REPORT,
    GATES
} gate_t;

typedef struct {
    gate_t gate;
    rap_verb_kind_t kind; //  GATE_VERB
    rap_text_t base;      //  of the verb that a recommendation prints in another form; '' none
} meaning_t;

struct rap_clause {
    rap_verbs_t *verbs;
    rap_addressees_t *addressees;
    meaning_t *meanings; //  by a hit's value
    uint32_t meanings_count;
    rap_phrases_t *passives; //  value: index into bases
    rap_text_t *bases;
    uint32_t bases_count;
    rap_phrases_t *advice; //  in headings
    rap_phrases_t *told;
    rap_phrases_t *takes; //  conditions that go on
    rap_phrases_t *session_end;
    rap_phrases_t *units;
    rap_phrases_t *months;
};

//  --- rules ------------------------------------------------------------------

static void add_gate (rap_clause_t *self, rap_matcher_builder_t *builder, rap_text_t phrase, meaning_t meaning,
                      uint32_t flags)
{
    self->meanings = realloc (self->meanings, (self->meanings_count + 1) * sizeof *self->meanings);
    if (!self->meanings)
        abort ();
    rap_matcher_add (builder, RAP_GROUP_CLAUSE, self->meanings_count, phrase, flags);
    self->meanings[self->meanings_count++] = meaning;
}

static void add_verbs (rap_clause_t *self, rap_matcher_builder_t *builder)
{
    uint32_t count = rap_verbs_count (self->verbs);
    for (uint32_t i = 0; i < count; i++) {
        rap_verb_kind_t kind;
        rap_text_t phrase = rap_verbs_phrase (self->verbs, i, &kind);
        if (kind == RAP_VERB_PREAMBULAR || kind == RAP_VERB_OPERATIVE)
            add_gate (self, builder, phrase, (meaning_t){.gate = GATE_VERB, .kind = kind}, RAP_PHRASE_CASELESS);
    }
}

static bool take_phrase (rap_clause_t *self, rap_matcher_builder_t *builder, rap_text_t phrase, rap_text_t role,
                         rap_text_t base)
{
    const struct {
        const char *role;
        gate_t gate;
        uint32_t flags;
    } gates[] = {{"speaker", GATE_SPEAKER, 0},
                 {"be", GATE_BE, 0},
                 {"wish", GATE_WISH, RAP_PHRASE_CASELESS},
                 {"modal", GATE_MODAL, 0},
                 {"essential", GATE_ESSENTIAL, RAP_PHRASE_CASELESS},
                 {"condition", GATE_CONDITION, RAP_PHRASE_CASELESS},
                 {"session", GATE_SESSION, 0},
                 {"date", GATE_DATE, 0},
                 {"within", GATE_WITHIN, 0},
                 {"rhythm", GATE_RHYTHM, RAP_PHRASE_CASELESS},
                 {"report", GATE_REPORT, RAP_PHRASE_CASELESS}};
    const struct {
        const char *role;
        rap_phrases_t *phrases;
    } sets[] = {{"passive", self->passives}, {"advice", self->advice},           {"told", self->told},
                {"takes", self->takes},      {"session-end", self->session_end}, {"unit", self->units},
                {"month", self->months}};
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
        if (rap_text_equal (role, rap_text (gates[i].role))) {
            add_gate (self, builder, phrase, (meaning_t){.gate = gates[i].gate, .base = base}, gates[i].flags);
            return true;
        }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (rap_text_equal (role, rap_text (sets[i].role))) {
            rap_phrases_add (sets[i].phrases, phrase, self->bases_count);
            self->bases = realloc (self->bases, (self->bases_count + 1) * sizeof *self->bases);
            if (!self->bases)
                abort ();
            self->bases[self->bases_count++] = base;
            return true;
        }
    return false;
}

static rap_status_t load_phrases (rap_clause_t *self, const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder,
                                  const char *name, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, name);
    int phrase = table ? rap_table_column (table, "phrase") : -1,
        role = table ? rap_table_column (table, "role") : -1, base = table ? rap_table_column (table, "base") : -1;
    if (phrase < 0 || role < 0)
        return rap_refuse (reason, "%s.tsv: needs columns phrase, role", name);
    for (uint32_t i = 0; i < table->entries_count; i++)
        if (!take_phrase (self, builder, table->entries[i].fields[phrase], table->entries[i].fields[role],
                          base < 0 ? RAP_TEXT ("") : table->entries[i].fields[base]))
            return rap_refuse (reason, "%s.tsv:%u: unknown role", name, table->entries[i].line);
    return RAP_OK;
}

enum { SETS = 7 };

static void list_sets (rap_clause_t *self, rap_phrases_t **sets[SETS])
{
    rap_phrases_t **all[SETS] = {&self->passives,    &self->advice, &self->told,  &self->takes,
                                 &self->session_end, &self->units,  &self->months};
    memcpy (sets, all, sizeof all);
}

rap_clause_t *rap_clause_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_clause_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    rap_phrases_t **sets[SETS];
    list_sets (self, sets);
    for (uint32_t i = 0; i < SETS; i++)
        *sets[i] = rap_phrases_new ();
    self->verbs = rap_verbs_new (lexicon, reason);
    self->addressees = self->verbs ? rap_addressees_new (lexicon, reason) : NULL;
    if (!self->addressees || load_phrases (self, lexicon, builder, "conditions", reason) != RAP_OK
        || load_phrases (self, lexicon, builder, "recommendations", reason) != RAP_OK) {
        rap_clause_destroy (&self);
        return NULL;
    }
    add_verbs (self, builder);
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_seal (*sets[i]);
    return self;
}

void rap_clause_destroy (rap_clause_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_phrases_t **sets[SETS];
    list_sets (*self_p, sets);
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_destroy (sets[i]);
    rap_verbs_destroy (&(*self_p)->verbs);
    rap_addressees_destroy (&(*self_p)->addressees);
    free ((*self_p)->meanings);
    free ((*self_p)->bases);
    free (*self_p);
    *self_p = NULL;
}

//  --- collecting -------------------------------------------------------------

//  A verb phrase, and what is known of it before its stretch is read.
typedef struct {
    rap_verb_t verb;
    rap_addressee_t subject; //  who is asked stands before the verb; else start == end
    rap_text_t named;        //  who is asked is named in the text that leads in; '' not
    size_t limit;            //  its stretch goes no farther
    const char *rule;
    double confidence;
} clause_t;

typedef struct {
    const rap_clause_t *rules;
    const rap_extract_t *x;
    rap_text_t text;
    rap_text_t organ;
    const rap_hit_t *hits;
    uint32_t hits_count;
    clause_t *clauses;
    uint32_t count;
    uint32_t room;
    size_t sentence_from; //  the sentence whose end was looked for last
    size_t sentence_to;
    rap_spans_t actors; //  once read
    bool actors_read;
} reading_t;

static const meaning_t *meaning_of (const reading_t *r, uint32_t hit)
{
    return &r->rules->meanings[r->hits[hit].value];
}

//  Where the last clause's phrase ended; 0 if there is none yet.
static size_t last_end (const reading_t *r)
{
    return r->count ? r->clauses[r->count - 1].verb.end : 0;
}

static void collect (reading_t *r, clause_t clause)
{
    if (r->count == r->room) {
        r->room = r->room ? r->room * 2 : CLAUSES_FIRST;
        clause_t *clauses = rap_arena_alloc (r->x->arena, r->room * sizeof *clauses);
        if (r->count)
            memcpy (clauses, r->clauses, r->count * sizeof *clauses);
        r->clauses = clauses;
    }
    r->clauses[r->count++] = clause;
}

//  A plain verb as a lemma: its first letter small.
static rap_text_t lemma (const reading_t *r, size_t start, size_t end)
{
    rap_text_t word = rap_arena_text (r->x->arena, rap_text_of (r->text.at + start, end - start));
    char *first = (char *)(uintptr_t)word.at; //  our own copy
    if (word.len && rap_is_upper (*first))
        *first = (char)(*first + ('a' - 'A'));
    return word;
}

static clause_t make_clause (const reading_t *r, rap_verb_t verb, const char *rule, double confidence)
{
    return (clause_t){.verb = verb,
                      .subject = {.start = verb.end, .end = verb.end, .action = verb.end},
                      .named = RAP_TEXT (""),
                      .limit = r->text.len,
                      .rule = rule,
                      .confidence = confidence};
}

//  First byte after '(a) ', '(iv) ', 'a. ', '- ' at a line's start; `at` if none.
static size_t skip_letter (rap_text_t text, size_t at)
{
    at = rap_skip_space (text, at);
    size_t i = at;
    if (i < text.len && text.at[i] == '(') {
        while (i < text.len && i - at < 7 && text.at[i] != ')')
            i++;
        return i < text.len && text.at[i] == ')' ? rap_skip_space (text, i + 1) : at;
    }
    size_t hyphen = rap_hyphen_at (text, i);
    if (hyphen)
        return rap_skip_space (text, i + hyphen);
    if (i + 1 < text.len && rap_is_lower (text.at[i]) && (text.at[i + 1] == '.' || text.at[i + 1] == ')'))
        return rap_skip_space (text, i + 2);
    return at;
}

//  A verb phrase at the beginning of the clause or of a lettered part.
static bool collect_at_start (reading_t *r, size_t at, rap_verb_kind_t kind, double confidence)
{
    rap_verb_t verb;
    if (at >= r->text.len || !rap_is_upper (r->text.at[at]))
        return false;
    if (!rap_verb_read (r->rules->verbs, kind, r->text, at, r->organ, &verb)) {
        size_t lead = rap_verb_skip_lead (r->rules->verbs, r->text, at);
        if (lead == at || !rap_verb_read (r->rules->verbs, kind, r->text, lead, r->organ, &verb))
            return false;
    }
    collect (r,
             make_clause (r, verb, kind == RAP_VERB_PREAMBULAR ? "preambular verb" : "operative verb", confidence));
    return true;
}

//  To where the words before an inner verb begin: after 'and', a comma or a
//  semicolon. SIZE_MAX if there is none near. *plain: a comma alone.
static size_t find_join (rap_text_t text, size_t from, size_t verb, bool *plain)
{
    size_t low = verb > from + BACK_BYTES_MAX ? verb - BACK_BYTES_MAX : from;
    for (size_t at = verb; at > low; at--) {
        char c = text.at[at - 1];
        if (c == ',' || c == ';') {
            size_t next = rap_skip_space (text, at);
            *plain = true;
            if (rap_text_starts (rap_text_from (text, next), RAP_TEXT ("and")) && rap_is_space (text.at[next + 3])) {
                *plain = false;
                next = rap_skip_space (text, next + 3);
            }
            return next <= verb ? next : SIZE_MAX;
        }
        if (c == '.' || c == '\n')
            return SIZE_MAX;
        bool and_before =
            at >= 5 && rap_is_space (c) && memcmp (text.at + at - 4, "and", 3) == 0 && rap_is_space (text.at[at - 5]);
        if (and_before && at - 4 >= low) {
            *plain = false;
            return rap_skip_space (text, at);
        }
    }
    return SIZE_MAX;
}

//  Is an inner verb that may be a noun followed by its object?
static bool has_object (const reading_t *r, const rap_verb_t *verb)
{
    size_t next = rap_skip_space (r->text, verb->end);
    bool to = verb->who == RAP_WHO_TO || verb->who == RAP_WHO_THAT;
    return rap_addressee_opens (r->rules->addressees, r->text, next)
           || (to && rap_text_starts (rap_text_from (r->text, next), RAP_TEXT ("to ")));
}

//  Does a word stand there that shows that what follows is of a clause within?
static bool has_told (const reading_t *r, size_t from, size_t end)
{
    for (size_t at = from; at < end;) {
        size_t len;
        if (rap_phrases_at (r->rules->told, r->text, at, &len) != RAP_NO_PHRASE)
            return true;
        size_t next = rap_word_end (r->text, at);
        at = rap_skip_space (r->text, next > at ? next : at + 1);
    }
    return false;
}

//  Does a comma or semicolon stand before the words that lead to byte `join`?
static bool find_comma (rap_text_t text, size_t join)
{
    for (uint32_t words = 0; words < 2 && join > 0; words++) {
        while (join > 0 && rap_is_space (text.at[join - 1]))
            join--;
        if (join > 0 && (text.at[join - 1] == ',' || text.at[join - 1] == ';'))
            return true;
        join = rap_word_before (text, join);
    }
    return false;
}

//  A verb within a clause: ', and requests', 'and in this regard also urges'.
static void collect_inner (reading_t *r, const rap_hit_t *hit, rap_verb_kind_t kind)
{
    bool plain;
    size_t from = last_end (r);
    size_t join = find_join (r->text, from, hit->start, &plain);
    if (join == SIZE_MAX || join < from)
        return;
    rap_verb_t verb;
    size_t at = rap_verb_skip_lead (r->rules->verbs, r->text, join);
    if (!rap_verb_read (r->rules->verbs, kind, r->text, at, r->organ, &verb) || verb.core != hit->start) {
        //  'and' may stand before the comma of ', in this regard, '.
        if (!rap_verb_read (r->rules->verbs, kind, r->text, hit->start, r->organ, &verb) || at != hit->start)
            return;
    }
    //  After a comma alone only a participle goes on: ', noting', but not ', in accordance with'.
    rap_text_t core = rap_text_of (r->text.at + verb.core, rap_word_end (r->text, verb.core) - verb.core);
    if (kind == RAP_VERB_PREAMBULAR && (verb.ambiguous || (plain && !rap_text_ends (core, RAP_TEXT ("ing")))))
        return;
    //  A noun, or a verb of a relative clause: 'a court that hears and supports them'.
    bool comma = join > from && find_comma (r->text, join);
    if (kind == RAP_VERB_OPERATIVE && verb.ambiguous
        && (!has_object (r, &verb) || (!comma && has_told (r, from, join))))
        return;
    collect (r, make_clause (r, verb, kind == RAP_VERB_PREAMBULAR ? "preambular verb" : "operative verb",
                             plain ? 0.85 : 0.95));
}

//  The verbs of a preambular or operative clause. Parts begin on lines of their own.
static void collect_clause (reading_t *r, rap_verb_kind_t kind)
{
    rap_verb_kind_t other = kind == RAP_VERB_OPERATIVE ? RAP_VERB_PREAMBULAR : RAP_VERB_OPERATIVE;
    size_t start = skip_letter (r->text, 0);
    if (!collect_at_start (r, start, kind, 0.99) && collect_at_start (r, start, other, 0.8))
        kind = other;
    uint32_t hit = 0;
    for (size_t line = 0; line < r->text.len;) {
        const char *newline = memchr (r->text.at + line, '\n', r->text.len - line);
        size_t end = newline ? (size_t)(newline - r->text.at) : r->text.len;
        if (line && line < end)
            collect_at_start (r, skip_letter (r->text, line), kind, 0.95);
        for (; hit < r->hits_count && r->hits[hit].start < end; hit++) {
            const meaning_t *meaning = meaning_of (r, hit);
            if (meaning->gate == GATE_VERB && meaning->kind == kind && r->hits[hit].start >= last_end (r)
                && r->hits[hit].start > line)
                collect_inner (r, &r->hits[hit], kind);
        }
        line = end + 1;
    }
}

//  --- recommendations --------------------------------------------------------

//  Start of the sentence around byte `at`, not before `from`; of a longer one, what
//  can matter for a subject.
static size_t sentence_start (rap_text_t text, size_t from, size_t at)
{
    if (at - from > SUBJECT_BYTES_MAX)
        from = rap_word_end (text, at - SUBJECT_BYTES_MAX);
    for (size_t i = at; i > from; i--) {
        char c = text.at[i - 1];
        if (c == '\n')
            return i;
        if ((c == '.' || c == ';') && i < text.len && rap_is_space (text.at[i])
            && rap_is_upper (text.at[rap_skip_space (text, i) < text.len ? rap_skip_space (text, i) : i]))
            return rap_skip_space (text, i);
    }
    return from;
}

static size_t find_sentence_end (rap_text_t text, size_t at)
{
    for (; at < text.len; at++) {
        if (text.at[at] == '\n')
            return at;
        size_t next = at + 1;
        if (text.at[at] == '.'
            && (next == text.len
                || (rap_is_space (text.at[next]) && rap_skip_space (text, next) < text.len
                    && rap_is_upper (text.at[rap_skip_space (text, next)]))))
            return at;
    }
    return text.len;
}

//  End of the sentence from byte `at` on. The sentence read last is remembered, so
//  that many verbs in one do not read it over and over.
static size_t sentence_end (reading_t *r, size_t at)
{
    if (at < r->sentence_from || at >= r->sentence_to) {
        r->sentence_from = at;
        r->sentence_to = find_sentence_end (r->text, at);
    }
    return r->sentence_to;
}

static bool is_under_advice (const reading_t *r)
{
    const rap_chunk_t *chunk = r->x->chunk;
    for (uint32_t i = 0; i < chunk->sections_count; i++)
        for (size_t at = 0, len; at < chunk->sections[i].len; at++)
            if ((at == 0 || !rap_is_word_at (chunk->sections[i], at - 1))
                && rap_phrases_at (r->rules->advice, chunk->sections[i], at, &len) != RAP_NO_PHRASE)
                return true;
    return false;
}

//  Further verbs of one speaker: 'I call upon States to act, and encourage States to'.
static void collect_speaker_more (reading_t *r, rap_verb_kind_t kind, size_t at, size_t end)
{
    size_t stop = end - at > MORE_BYTES_MAX ? at + MORE_BYTES_MAX : end;
    for (; at + 6 < stop; at++) {
        bool join = r->text.at[at] == ','
                    && rap_text_starts (rap_text_from (r->text, rap_skip_space (r->text, at + 1)), RAP_TEXT ("and "));
        if (!join)
            continue;
        size_t start = rap_verb_skip_lead (r->rules->verbs, r->text,
                                           rap_skip_space (r->text, rap_skip_space (r->text, at + 1) + 3));
        rap_verb_t verb;
        if (!rap_verb_read (r->rules->verbs, kind, r->text, start, r->organ, &verb) || verb.who == RAP_WHO_NONE
            || !rap_addressee_opens (r->rules->addressees, r->text, rap_skip_space (r->text, verb.end)))
            continue;
        rap_addressee_t who = rap_addressee_read (r->rules->addressees, r->text, verb.end, end, end, verb.who);
        if (who.start == who.end)
            continue;
        clause_t clause = make_clause (r, verb, "spoken recommendation", 0.85);
        clause.limit = end;
        collect (r, clause);
    }
}

//  'I urge', 'We undertake'
static void collect_speaker (reading_t *r, const rap_hit_t *hit)
{
    bool we = hit->end - hit->start > 1;
    rap_verb_kind_t kind = we ? RAP_VERB_COMMITMENT : RAP_VERB_RECOMMENDATION;
    rap_verb_t verb;
    size_t at = rap_skip_space (r->text, hit->end);
    if (at < r->text.len && r->text.at[at] == ',') {
        const char *close = memchr (r->text.at + at + 1, ',', r->text.len - at - 1);
        at = close ? rap_skip_space (r->text, (size_t)(close - r->text.at) + 1) : at;
    }
    if (at == hit->end || !rap_verb_read (r->rules->verbs, kind, r->text, at, r->organ, &verb))
        return;
    size_t start = sentence_start (r->text, last_end (r), hit->start), end = sentence_end (r, verb.end);
    if (has_told (r, start, hit->start))
        return;
    clause_t clause = make_clause (r, verb, we ? "commitment" : "spoken recommendation", 0.95);
    clause.limit = end;
    collect (r, clause);
    collect_speaker_more (r, kind, verb.end, end);
}

//  Does 'and' stand right before byte `at`?
static bool follows_and (rap_text_t text, size_t at)
{
    while (at > 0 && rap_is_space (text.at[at - 1]))
        at--;
    return rap_text_equal (rap_text_of (text.at + rap_word_before (text, at), at - rap_word_before (text, at)),
                           RAP_TEXT ("and"));
}

//  The subject of a verb at `at`, at most from the sentence's beginning. For a
//  pronoun, and after 'and', the subject of the verb before.
static rap_addressee_t read_subject (const reading_t *r, size_t at)
{
    const clause_t *before = r->count ? &r->clauses[r->count - 1] : NULL;
    if (before && before->limit >= at && before->subject.start < before->subject.end && follows_and (r->text, at))
        return before->subject;
    size_t start = sentence_start (r->text, last_end (r), at);
    rap_addressee_t subject = rap_addressee_before (r->rules->addressees, r->text, start, at);
    rap_text_t name = rap_text_of (r->text.at + subject.start, subject.end - subject.start);
    if (before && rap_addressee_is_pronoun (r->rules->addressees, name))
        return before->subject;
    return subject;
}

//  Is the sentence one that tells of it: a telling word before the subject or in it,
//  or a subject that was none ('the Conference decided [that States should]')?
static bool is_told (const reading_t *r, size_t start, rap_addressee_t subject)
{
    start = rap_verb_skip_lead (r->rules->verbs, r->text, start); //  'To that end, '
    return has_told (r, start, subject.end) || rap_text_ends (rap_text_of (r->text.at, subject.end), RAP_TEXT ("ed"));
}

//  'Member States are also encouraged to'
static void collect_passive (reading_t *r, const rap_hit_t *hit)
{
    size_t at = rap_skip_space (r->text, hit->end), len;
    rap_verb_t verb = {.start = hit->start, .core = hit->start, .base = RAP_TEXT (""), .force = 3};
    uint32_t found = RAP_NO_PHRASE;
    for (uint32_t i = 0; i < 3; i++) {
        found = rap_phrases_at (r->rules->passives, r->text, at, &len);
        if (found != RAP_NO_PHRASE)
            break;
        size_t lead = rap_verb_skip_lead (r->rules->verbs, r->text, at), word = rap_word_end (r->text, at);
        at = lead > at ? lead : rap_skip_space (r->text, word);
        len = 0;
    }
    size_t to = rap_skip_space (r->text, at + len);
    if (!len || !rap_text_starts (rap_text_from (r->text, to), RAP_TEXT ("to ")))
        return;
    verb.end = at + len;
    verb.base = r->rules->bases[found];
    rap_verb_t plain;
    if (rap_verb_read (r->rules->verbs, RAP_VERB_RECOMMENDATION, verb.base, 0, r->organ, &plain))
        verb.force = plain.force;
    rap_addressee_t subject = read_subject (r, hit->start);
    size_t start = sentence_start (r->text, last_end (r), hit->start);
    if (subject.start == subject.end || is_told (r, start, subject)
        || !rap_addressee_opens (r->rules->addressees, r->text, subject.start))
        return;
    clause_t clause = make_clause (r, verb, "passive recommendation", 0.85);
    clause.subject = subject;
    clause.limit = sentence_end (r, verb.end);
    collect (r, clause);
}

//  Each lettered part under 'may wish to:' has a verb of its own.
static void collect_parts (reading_t *r, size_t at, rap_addressee_t subject, rap_text_t named)
{
    while (at < r->text.len) {
        const char *newline = memchr (r->text.at + at, '\n', r->text.len - at);
        size_t end = newline ? (size_t)(newline - r->text.at) : r->text.len;
        size_t start = at < end ? skip_letter (r->text, at) : end;
        rap_verb_t verb;
        bool read =
            start < end && rap_verb_read (r->rules->verbs, RAP_VERB_RECOMMENDATION, r->text, start, r->organ, &verb);
        if (!read && start < end) {
            size_t word = rap_addressee_imperative (r->rules->addressees, r->text, start, true);
            read = word > start;
            verb = (rap_verb_t){.start = start,
                                .end = word,
                                .core = start,
                                .force = 3,
                                .base = lemma (r, start, word > start ? word : start)};
        }
        if (read) {
            clause_t clause = make_clause (r, verb, "lettered recommendation", 0.9);
            rap_addressee_t own = rap_addressee_read (r->rules->addressees, r->text, verb.end, end, end, verb.who);
            if (own.start == own.end) {
                clause.subject = subject;
                clause.named = named;
            }
            clause.limit = end;
            collect (r, clause);
        }
        at = end + 1;
    }
}

//  'The Commission may wish to encourage Member States to'
static void collect_wish (reading_t *r, const rap_hit_t *hit)
{
    size_t at = rap_skip_space (r->text, hit->end);
    rap_addressee_t subject = read_subject (r, hit->start);
    if (subject.start == subject.end || !rap_text_starts (rap_text_from (r->text, at), RAP_TEXT ("to")))
        return;
    at = rap_skip_space (r->text, at + 2);
    if (at < r->text.len && r->text.at[at] == ':') {
        collect_parts (r, rap_skip_space (r->text, at + 1), subject, RAP_TEXT (""));
        return;
    }
    rap_verb_t verb, inner;
    size_t end = sentence_end (r, at), word = rap_word_end (r->text, at);
    if (word == at)
        return;
    if (end == rap_word_end (r->text, word) + 1 && r->text.at[end - 1] == ':') //  'to discuss:', and then parts
        end = r->text.len;
    verb = (rap_verb_t){.start = hit->start,
                        .end = word,
                        .core = hit->start,
                        .force = 3,
                        .base = rap_text_of (r->text.at + at, word - at)};
    if (rap_verb_read (r->rules->verbs, RAP_VERB_RECOMMENDATION, r->text, at, r->organ, &inner)) {
        verb.end = inner.end;
        verb.who = inner.who;
        verb.base = inner.base;
    } else if (rap_verb_read (r->rules->verbs, RAP_VERB_PREAMBULAR, r->text, rap_skip_space (r->text, word), r->organ,
                              &inner)
               && inner.who != RAP_WHO_NONE) {
        //  'may wish to consider requesting Member States to'
        verb.end = inner.end;
        verb.who = inner.who;
    }
    clause_t clause = make_clause (r, verb, "what a body may wish", 0.95);
    rap_addressee_t other = rap_addressee_read (r->rules->addressees, r->text, verb.end, end, end, verb.who);
    if (other.start == other.end)
        clause.subject = subject;
    clause.limit = end;
    collect (r, clause);
}

//  'Criminal justice systems should take'
static void collect_modal (reading_t *r, const rap_hit_t *hit, rap_text_t base)
{
    rap_addressee_t subject = read_subject (r, hit->start);
    size_t start = sentence_start (r->text, last_end (r), hit->start);
    rap_text_t name = rap_text_of (r->text.at + subject.start, subject.end - subject.start);
    //  'should be developed' says by nobody
    bool passive = rap_text_starts (rap_text_from (r->text, rap_skip_space (r->text, hit->end)), RAP_TEXT ("be "));
    if (passive || !rap_addressee_acts (r->rules->addressees, name))
        return;
    if (subject.start == subject.end || is_told (r, start, subject)
        || !rap_addressee_opens (r->rules->addressees, r->text, subject.start))
        return;
    rap_verb_t verb = {.start = hit->start, .end = hit->end, .core = hit->start, .force = 3, .base = base};
    clause_t clause = make_clause (r, verb, "modal recommendation", 0.75);
    clause.subject = subject;
    clause.limit = sentence_end (r, hit->end);
    collect (r, clause);
}

//  'The Advisory Committee recommends that': a report that itself asks.
static void collect_third (reading_t *r, const rap_hit_t *hit)
{
    rap_verb_t verb;
    rap_addressee_t subject = read_subject (r, hit->start);
    rap_text_t name = rap_text_of (r->text.at + subject.start, subject.end - subject.start);
    size_t start = sentence_start (r->text, last_end (r), hit->start);
    if (!name.len || !rap_addressee_advises (r->rules->addressees, name) || has_told (r, start, hit->start)
        || !rap_verb_read (r->rules->verbs, RAP_VERB_OPERATIVE, r->text, hit->start, r->organ, &verb)
        || verb.who == RAP_WHO_NONE || (verb.ambiguous && !has_object (r, &verb)))
        return;
    clause_t clause = make_clause (r, verb, "advice of a body", 0.8);
    clause.limit = sentence_end (r, verb.end);
    collect (r, clause);
}

//  'It is essential that Member States'
static void collect_essential (reading_t *r, const rap_hit_t *hit, rap_text_t base)
{
    size_t end = sentence_end (r, hit->end);
    bool that = rap_text_ends (rap_text_of (r->text.at, hit->end), RAP_TEXT ("that"));
    rap_verb_t verb = {.start = hit->start,
                       .end = hit->end,
                       .core = hit->start,
                       .force = 3,
                       .base = base,
                       .who = that ? RAP_WHO_THAT : RAP_WHO_DIRECT};
    size_t from = that ? hit->end - 4 : hit->end; //  the reader wants to see 'that'
    rap_addressee_t who = rap_addressee_read (r->rules->addressees, r->text, from, end, end, verb.who);
    if (who.start == who.end)
        return;
    clause_t clause = make_clause (r, verb, "essential", 0.7);
    clause.subject = who;
    clause.limit = end;
    collect (r, clause);
}

//  A numbered item of a declaration or plan that begins with a plain verb.
static void collect_item (reading_t *r)
{
    size_t start = skip_letter (r->text, 0);
    if (start >= r->text.len || !rap_is_upper (r->text.at[start]))
        return;
    rap_text_t lead = rap_text_trim (r->x->chunk->context.lead_in);
    bool called = lead.len && lead.at[lead.len - 1] == ':';
    size_t end = rap_addressee_imperative (r->rules->addressees, r->text, start, called);
    if (end == start)
        return;
    rap_verb_t verb = {.start = start, .end = end, .core = start, .force = 5, .base = lemma (r, start, end)};
    clause_t clause = make_clause (r, verb, "plain verb of an item", called ? 0.9 : 0.8);
    collect (r, clause);
}

//  Under 'The Commission may wish to:' in a chunk before: parts in chunks of their own.
static bool collect_led_in (reading_t *r)
{
    rap_text_t lead = rap_text_trim (r->x->chunk->context.lead_in);
    if (!lead.len || lead.at[lead.len - 1] != ':')
        return false;
    for (size_t at = 0; at < lead.len; at++) {
        rap_text_t rest = rap_text_from (lead, at);
        if (!rap_text_starts (rest, RAP_TEXT (" may ")) && !rap_text_starts (rest, RAP_TEXT (" might ")))
            continue;
        size_t from = at;
        while (from > 0 && lead.at[from - 1] != '.')
            from--;
        rap_addressee_t subject = rap_addressee_before (r->rules->addressees, lead, rap_skip_space (lead, from), at);
        rap_text_t named = rap_text_of (lead.at + subject.start, subject.end - subject.start);
        collect_parts (r, 0, (rap_addressee_t){.start = 0, .end = 0, .action = 0}, named);
        return true;
    }
    return false;
}

//  'The following is recommended to Member States:', then parts with plain verbs.
static void collect_listed (reading_t *r)
{
    const char *newline = memchr (r->text.at, '\n', r->text.len);
    size_t end = newline ? (size_t)(newline - r->text.at) : 0, at = end;
    if (!end || r->text.at[end - 1] != ':')
        return;
    while (at > 0 && !rap_text_starts (rap_text_from (r->text, at), RAP_TEXT (" to ")))
        at--;
    rap_addressee_t nobody = {.start = end, .end = end, .action = end};
    rap_text_t named = at ? rap_text_of (r->text.at + at + 4, end - 1 - at - 4) : RAP_TEXT ("");
    if (named.len > NAME_BYTES_MAX || !named.len || !rap_is_upper (named.at[0]))
        named = RAP_TEXT ("");
    collect_parts (r, end + 1, nobody, named);
}

static void collect_report (reading_t *r)
{
    bool advice = is_under_advice (r), led_in = collect_led_in (r);
    for (uint32_t i = 0; i < r->hits_count && !led_in; i++) {
        const rap_hit_t *hit = &r->hits[i];
        if (hit->start < last_end (r))
            continue;
        switch (meaning_of (r, i)->gate) {
        case GATE_SPEAKER:
            collect_speaker (r, hit);
            break;
        case GATE_BE:
            collect_passive (r, hit);
            break;
        case GATE_WISH:
            collect_wish (r, hit);
            break;
        case GATE_MODAL:
            if (advice)
                collect_modal (r, hit, meaning_of (r, i)->base);
            break;
        case GATE_VERB:
            if (meaning_of (r, i)->kind == RAP_VERB_OPERATIVE)
                collect_third (r, hit);
            break;
        case GATE_ESSENTIAL:
            if (advice)
                collect_essential (r, hit, meaning_of (r, i)->base);
            break;
        default:
            break;
        }
    }
    if (!r->count && (r->x->chunk->kind == RAP_ITEM || advice))
        collect_item (r);
    if (!r->count && advice)
        collect_listed (r);
}

//  --- what hangs on a verb ---------------------------------------------------

//  The stretch of a text between two bytes, without what separates it from others.
static rap_text_t trim_action (rap_text_t text, size_t start, size_t end)
{
    while (start < end && strchr (",: \n", text.at[start]))
        start++;
    rap_text_t action = rap_text_trim (rap_text_of (text.at + start, end > start ? end - start : 0));
    bool again = true;
    while (again && action.len) {
        again = strchr (";,.: \n", action.at[action.len - 1]) != NULL;
        if (again)
            action.len--;
        else if (rap_text_ends (action, RAP_TEXT (" and"))) {
            action.len -= 4;
            again = true;
        }
    }
    return action;
}

//  'subject to the availability of extrabudgetary resources'
static rap_text_t read_condition (const reading_t *r, const rap_hit_t *hit, size_t limit)
{
    size_t end = hit->end, len;
    if (rap_phrases_at (r->rules->takes, r->text, hit->start, &len) != RAP_NO_PHRASE)
        while (end < limit && end - hit->start < CONDITION_BYTES_MAX && !strchr (",;.:\n", r->text.at[end]))
            end++;
    while (end < limit && ((unsigned char)r->text.at[end] & 0xC0) == 0x80)
        end++;
    return rap_text_trim (rap_text_of (r->text.at + hit->start, end - hit->start));
}

//  'at its seventy-sixth session'; '' if it names none.
static rap_text_t read_session (const reading_t *r, const rap_hit_t *hit, size_t limit)
{
    for (size_t at = hit->end; at < limit && at - hit->end < DUE_BYTES_MAX;) {
        size_t len;
        at = rap_skip_space (r->text, at);
        if (rap_phrases_at (r->rules->session_end, r->text, at, &len) != RAP_NO_PHRASE) {
            size_t name = rap_skip_space (r->text, hit->end);
            return at > name ? rap_text_of (r->text.at + name, at + len - name) : RAP_TEXT ("");
        }
        size_t next = rap_word_end (r->text, at);
        if (next == at)
            break;
        at = next;
    }
    return RAP_TEXT ("");
}

//  '31 December 2022', 'March 2023', '2025' after 'by' and the like; '' if none.
static rap_text_t read_date (const reading_t *r, size_t at, size_t limit)
{
    size_t start = rap_skip_space (r->text, at), i = start, len;
    while (i < limit && rap_is_digit (r->text.at[i]))
        i++;
    bool year = i - start == 4;
    size_t month = rap_skip_space (r->text, i);
    if (!year && rap_phrases_at (r->rules->months, r->text, month, &len) != RAP_NO_PHRASE) {
        size_t after = rap_skip_space (r->text, month + len), digits = after;
        while (digits < limit && rap_is_digit (r->text.at[digits]))
            digits++;
        return rap_text_of (r->text.at + start, (digits - after == 4 ? digits : month + len) - start);
    }
    return year && !rap_is_word_at (r->text, i) && !(i < limit && r->text.at[i] == '/')
               ? rap_text_of (r->text.at + start, 4)
               : RAP_TEXT ("");
}

//  'six months' after 'within'; '' if none.
static rap_text_t read_span (const reading_t *r, size_t at, size_t limit)
{
    size_t start = rap_skip_space (r->text, at);
    at = start;
    for (uint32_t words = 0; words < 4 && at < limit; words++) {
        size_t len;
        if (words && rap_phrases_at (r->rules->units, r->text, at, &len) != RAP_NO_PHRASE)
            return rap_text_of (r->text.at + start, at + len - start);
        size_t next = rap_word_end (r->text, at);
        if (next == at)
            break;
        at = rap_skip_space (r->text, next);
    }
    return RAP_TEXT ("");
}

static rap_text_t read_due (const reading_t *r, const rap_hit_t *hit, gate_t gate, size_t limit)
{
    switch (gate) {
    case GATE_SESSION:
        return read_session (r, hit, limit);
    case GATE_DATE:
        return read_date (r, hit->end, limit);
    case GATE_WITHIN:
        return read_span (r, hit->end, limit);
    case GATE_RHYTHM:
        return rap_text_of (r->text.at + hit->start, hit->end - hit->start);
    default:
        return RAP_TEXT ("");
    }
}

//  The first condition and the first due time in [start, end). *next: the first hit
//  that is not before start, kept between clauses so that hits are passed once.
static void read_terms (const reading_t *r, uint32_t *next, size_t start, size_t end, rap_text_t *condition,
                        rap_text_t *due)
{
    bool reports = false;
    rap_text_t when = RAP_TEXT ("");
    *condition = *due = RAP_TEXT ("");
    while (*next < r->hits_count && r->hits[*next].start < start)
        ++*next;
    for (; *next < r->hits_count && r->hits[*next].start < end; ++*next) {
        const rap_hit_t *hit = &r->hits[*next];
        gate_t gate = meaning_of (r, *next)->gate;
        if (gate == GATE_CONDITION && !condition->len)
            *condition = read_condition (r, hit, end);
        else if (gate == GATE_REPORT)
            reports = true;
        else if (!when.len)
            when = read_due (r, hit, gate, end);
    }
    if (reports)
        *due = when;
}

//  The actor asked: whose the whole name is; else the first one of a list that has a
//  name of its own ('States and THE OFFICE'), as the actors found here tell.
static rap_text_t asked_actor (reading_t *r, rap_text_t name, const rap_addressee_t *who)
{
    rap_text_t whole = rap_addressee_actor (r->rules->addressees, name);
    if (whole.len || who->start == who->end)
        return whole;
    if (!r->actors_read)
        r->actors = rap_spans_of (r->x, RAP_SPANS_KIND (RAP_FINDING_actor));
    r->actors_read = true;
    for (uint32_t i = 0; i < r->actors.count && r->actors.at[i].start < who->end; i++) {
        const rap_span_t *span = &r->actors.at[i];
        if (rap_addressee_is_element (r->text, who, span->start, span->end))
            return r->x->findings->at[span->finding].values[0].text;
    }
    return whole;
}

//  The end of the line that byte `at` is in, at most `limit`.
static size_t line_end (rap_text_t text, size_t at, size_t limit)
{
    const char *newline = at < limit ? memchr (text.at + at, '\n', limit - at) : NULL;
    return newline ? (size_t)(newline - text.at) : limit;
}

//  Where the stretch that byte `at` is in ends: at the next verb after it, at most
//  at `limit`. It is in that of clause `index` or of one soon after.
static size_t stretch_end (const reading_t *r, uint32_t index, size_t at, size_t limit)
{
    while (index < r->count && r->clauses[index].verb.start <= at)
        index++;
    return index < r->count && r->clauses[index].verb.start < limit ? r->clauses[index].verb.start : limit;
}

static void add_clause (reading_t *r, uint32_t index, uint32_t *next_hit)
{
    const clause_t *clause = &r->clauses[index];
    size_t end = clause->limit;
    if (index + 1 < r->count && r->clauses[index + 1].verb.start < end)
        end = r->clauses[index + 1].verb.start;
    if (end < clause->verb.end)
        end = clause->verb.end;
    rap_addressee_t who = clause->subject;
    if (who.start == who.end && !clause->named.len)
        who = rap_addressee_read (r->rules->addressees, r->text, clause->verb.end, end,
                                  line_end (r->text, end, clause->limit), clause->verb.who);
    if (who.action > end) //  what is asked of several stands after the last of them
        end = stretch_end (r, index + 1, who.action, line_end (r->text, who.action, clause->limit));
    rap_text_t name = clause->named.len ? clause->named : rap_text_of (r->text.at + who.start, who.end - who.start);
    size_t action = who.action > clause->verb.end ? who.action : rap_skip_space (r->text, clause->verb.end);
    rap_text_t asked = trim_action (r->text, action, end);
    if (rap_text_starts (asked, RAP_TEXT ("to ")))
        asked = rap_text_from (asked, 3);
    rap_text_t condition, due;
    read_terms (r, next_hit, clause->verb.end, end, &condition, &due);
    rap_finding_t *finding = rap_findings_add (r->x, RAP_FINDING_clause, clause->verb.start, clause->verb.end);
    if (!finding)
        return;
    finding->values[0].integer = (int64_t)index + 1;
    finding->values[1].text = rap_text_of (r->text.at + clause->verb.start, clause->verb.end - clause->verb.start);
    finding->values[2].text = clause->verb.base;
    finding->values[3].integer = clause->verb.force;
    finding->values[4].text = name;
    finding->values[5].text = asked_actor (r, name, &who);
    finding->values[6].text = asked;
    finding->values[7].text = condition;
    finding->values[8].text = due;
    finding->values[9].text = rap_text (clause->rule);
    finding->values[10].real = clause->confidence;
}

void rap_clause_run (rap_clause_t *self, const rap_extract_t *x)
{
    reading_t r = {.rules = self, .x = x, .text = x->text, .organ = x->chunk->context.organ};
    r.hits = rap_scan_hits (x->scan, RAP_GROUP_CLAUSE, &r.hits_count);
    switch (x->chunk->kind) {
    case RAP_PREAMBULAR:
        collect_clause (&r, RAP_VERB_PREAMBULAR);
        break;
    case RAP_OPERATIVE:
        collect_clause (&r, RAP_VERB_OPERATIVE);
        break;
    case RAP_PARAGRAPH:
    case RAP_ITEM:
    case RAP_PLAIN:
        collect_report (&r);
        break;
    default:
        break;
    }
    uint32_t next_hit = 0;
    for (uint32_t i = 0; i < r.count; i++)
        add_clause (&r, i, &next_hit);
}
