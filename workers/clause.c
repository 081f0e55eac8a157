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

#include "passage.h"
#include "rapporteur/utf8.h"
#include "recommendation.h"

enum {
    BACK_BYTES_MAX = 96,     //  from an inner verb back to the 'and' or comma before it
    EMPHASIS_BYTES_MAX = 96, //  a longer piece set in italics is no verb phrase
    ASKS_FORCE = 3,          //  from here on somebody is asked, or something decided
};

struct rap_clause {
    rap_clause_rules_t rules;
};

//  --- rules ------------------------------------------------------------------

static void add_gate (rap_clause_rules_t *self, rap_matcher_builder_t *builder, rap_text_t phrase,
                      rap_meaning_t meaning, uint32_t flags)
{
    self->meanings = realloc (self->meanings, (self->meanings_count + 1) * sizeof *self->meanings);
    if (!self->meanings)
        abort ();
    rap_matcher_add (builder, RAP_GROUP_CLAUSE, self->meanings_count, phrase, flags);
    self->meanings[self->meanings_count++] = meaning;
}

static void add_verbs (rap_clause_rules_t *self, rap_matcher_builder_t *builder)
{
    uint32_t count = rap_verbs_count (self->verbs);
    for (uint32_t i = 0; i < count; i++) {
        rap_verb_kind_t kind;
        bool opens;
        rap_text_t phrase = rap_verbs_phrase (self->verbs, i, &kind, &opens);
        if (!opens && (kind == RAP_VERB_PREAMBULAR || kind == RAP_VERB_OPERATIVE))
            add_gate (self, builder, phrase, (rap_meaning_t){.gate = RAP_GATE_VERB, .kind = kind},
                      RAP_PHRASE_CASELESS);
    }
}

static void add_provisos (rap_clause_rules_t *self, rap_matcher_builder_t *builder)
{
    uint32_t count = rap_provisos_count (self->provisos);
    for (uint32_t i = 0; i < count; i++) {
        rap_meaning_t meaning = {.gate = RAP_GATE_PROVISO};
        rap_text_t phrase = rap_provisos_phrase (self->provisos, i, &meaning.proviso);
        add_gate (self, builder, phrase, meaning, RAP_PHRASE_CASELESS);
    }
}

static bool take_phrase (rap_clause_rules_t *self, rap_matcher_builder_t *builder, rap_text_t phrase, rap_text_t role,
                         rap_text_t base)
{
    const struct {
        const char *role;
        rap_gate_t gate;
        uint32_t flags;
    } gates[] = {{"speaker", RAP_GATE_SPEAKER, 0},
                 {"be", RAP_GATE_BE, 0},
                 {"wish", RAP_GATE_WISH, RAP_PHRASE_CASELESS},
                 {"modal", RAP_GATE_MODAL, 0},
                 {"maybe", RAP_GATE_MAYBE, 0},
                 {"essential", RAP_GATE_ESSENTIAL, RAP_PHRASE_CASELESS}};
    const struct {
        const char *role;
        rap_phrases_t *phrases;
    } sets[] = {
        {"passive", self->passives}, {"advice", self->advice}, {"told", self->told}, {"polite", self->polite}};
    for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
        if (rap_text_equal (role, rap_text (gates[i].role))) {
            add_gate (self, builder, phrase, (rap_meaning_t){.gate = gates[i].gate, .base = base}, gates[i].flags);
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

static rap_status_t load_phrases (rap_clause_rules_t *self, const rap_lexicon_t *lexicon,
                                  rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    const rap_table_t *table = rap_lexicon_table (lexicon, "recommendations");
    int phrase = table ? rap_table_column (table, "phrase") : -1,
        role = table ? rap_table_column (table, "role") : -1, base = table ? rap_table_column (table, "base") : -1;
    if (phrase < 0 || role < 0 || base < 0)
        return rap_refuse (reason, "recommendations.tsv: needs columns phrase, role, base");
    for (uint32_t i = 0; i < table->entries_count; i++)
        if (!take_phrase (self, builder, table->entries[i].fields[phrase], table->entries[i].fields[role],
                          table->entries[i].fields[base]))
            return rap_refuse (reason, "recommendations.tsv:%u: unknown role", table->entries[i].line);
    return RAP_OK;
}

enum { SETS = 4 };

static void list_sets (rap_clause_rules_t *self, rap_phrases_t **sets[SETS])
{
    rap_phrases_t **all[SETS] = {&self->passives, &self->advice, &self->told, &self->polite};
    memcpy (sets, all, sizeof all);
}

rap_clause_t *rap_clause_new (const rap_lexicon_t *lexicon, rap_matcher_builder_t *builder, rap_reason_t *reason)
{
    rap_clause_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    rap_clause_rules_t *rules = &self->rules;
    rap_phrases_t **sets[SETS];
    list_sets (rules, sets);
    for (uint32_t i = 0; i < SETS; i++)
        *sets[i] = rap_phrases_new ();
    rules->verbs = rap_verbs_new (lexicon, reason);
    rules->addressees = rules->verbs ? rap_addressees_new (lexicon, reason) : NULL;
    rules->provisos = rules->addressees ? rap_provisos_new (lexicon, reason) : NULL;
    if (!rules->provisos || load_phrases (rules, lexicon, builder, reason) != RAP_OK) {
        rap_clause_destroy (&self);
        return NULL;
    }
    add_verbs (rules, builder);
    add_provisos (rules, builder);
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_seal (*sets[i]);
    return self;
}

void rap_clause_destroy (rap_clause_t **self_p)
{
    if (!self_p || !*self_p)
        return;
    rap_clause_rules_t *rules = &(*self_p)->rules;
    rap_phrases_t **sets[SETS];
    list_sets (rules, sets);
    for (uint32_t i = 0; i < SETS; i++)
        rap_phrases_destroy (sets[i]);
    rap_verbs_destroy (&rules->verbs);
    rap_addressees_destroy (&rules->addressees);
    rap_provisos_destroy (&rules->provisos);
    free (rules->meanings);
    free (rules->bases);
    free (*self_p);
    *self_p = NULL;
}

//  --- collecting -------------------------------------------------------------

//  Where the words set in italics or bold that begin at byte `start` end; 0 if none do.
//  Pieces with only spaces between are one. Asked with growing `start`.
static size_t read_emphasis (rap_passage_t *r, size_t start)
{
    const rap_chunk_t *chunk = r->x->chunk;
    size_t found = 0;
    for (; r->emphasis_next < chunk->emphasis_count; r->emphasis_next++) {
        rap_emphasis_t span = chunk->emphasis[r->emphasis_next];
        if (span.start < r->emphasis_points || span.end < span.start) //  a peer's fault
            continue;
        rap_text_t rest = rap_text_from (r->text, r->emphasis_at);
        size_t first = r->emphasis_at + rap_utf8_offset (rest, span.start - r->emphasis_points);
        size_t place = rap_skip_space (r->text, first);
        bool joins = place == (found ? rap_skip_space (r->text, found) : start);
        if (!joins && first > start)
            break;
        r->emphasis_at = first + rap_utf8_offset (rap_text_from (r->text, first), span.end - span.start);
        r->emphasis_points = span.end;
        found = joins ? r->emphasis_at : found;
    }
    while (found > start && strchr (" \n,.:;", r->text.at[found - 1]))
        found--;
    bool phrase =
        found > start && found - start <= EMPHASIS_BYTES_MAX && !memchr (r->text.at + start, '\n', found - start);
    return phrase ? found : 0;
}

//  The same; the place asked for last may be asked for again.
static size_t emphasis_end (rap_passage_t *r, size_t start)
{
    if (r->emphasis_next == 0 || r->italics_from != start)
        r->italics_end = read_emphasis (r, start);
    r->italics_from = start;
    return r->italics_end;
}

//  A verb of which nothing is known but that it opens a clause in italics.
static bool read_emphasised (const rap_passage_t *r, rap_verb_kind_t kind, size_t at, size_t end, rap_verb_t *verb)
{
    size_t word = rap_word_before (r->text, end);
    rap_text_t last = rap_text_of (r->text.at + word, end - word);
    bool form = kind == RAP_VERB_OPERATIVE
                    ? rap_text_ends (last, RAP_TEXT ("s"))
                    : rap_text_ends (last, RAP_TEXT ("ing")) || rap_text_ends (last, RAP_TEXT ("ed"));
    if (!form || word < at)
        return false;
    *verb = (rap_verb_t){.start = at,
                         .end = end,
                         .core = word,
                         .after = end,
                         .base = rap_passage_lemma (r, word, end),
                         .force = kind == RAP_VERB_OPERATIVE ? 2 : 0,
                         .ambiguous = true};
    return true;
}

//  The verb phrase that begins a clause or a lettered part at byte `at`.
static bool read_at_start (rap_passage_t *r, size_t at, rap_verb_kind_t kind, rap_verb_t *verb, double *confidence)
{
    const rap_verbs_t *verbs = r->rules->verbs;
    size_t italics = r->x->chunk->emphasis_count ? emphasis_end (r, at) : 0;
    bool read = rap_verb_read (verbs, kind, r->text, at, r->organ, verb);
    size_t lead = read ? at : rap_verb_skip_lead (verbs, r->text, at);
    if (!read && (lead == at || !rap_verb_read (verbs, kind, r->text, lead, r->organ, verb))) {
        *confidence = 0.6;
        return rap_verb_derive (verbs, kind, r->text, at, verb)
               || (italics && read_emphasised (r, kind, at, italics, verb));
    }
    if (italics > verb->core) {
        verb->start = at;
        rap_verb_cut (verb, italics);
    }
    return true;
}

//  A verb phrase at the beginning of the clause or of a lettered part.
static bool collect_at_start (rap_passage_t *r, size_t at, rap_verb_kind_t kind, double confidence)
{
    rap_verb_t verb;
    if (at >= r->text.len || !rap_is_upper (r->text.at[at]) || !read_at_start (r, at, kind, &verb, &confidence))
        return false;
    if (at > 0 && verb.noun) //  '(a) States'
        return false;
    rap_act_t act =
        rap_passage_act (r, verb, kind == RAP_VERB_PREAMBULAR ? "preambular verb" : "operative verb", confidence);
    act.lead = at;
    //  'Invites: (a) States to ..; (b) The Office to ..'
    size_t colon = rap_skip_space (r->text, act.from);
    bool listed = verb.who != RAP_WHO_NONE && colon < r->text.len && r->text.at[colon] == ':';
    if (!listed || !rap_passage_add_named (r, act, rap_skip_space (r->text, colon + 1)))
        rap_passage_add (r, act);
    return true;
}

//  Behind the mark of a footnote that was left behind a comma: ', 40 welcomes'.
static size_t skip_mark (rap_text_t text, size_t at)
{
    size_t end = at;
    while (end < text.len && end - at < 3 && rap_is_digit (text.at[end]))
        end++;
    return end > at && end < text.len && rap_is_space (text.at[end]) ? rap_skip_space (text, end) : at;
}

//  To where the words before an inner verb begin: after 'and', a comma or a
//  semicolon. SIZE_MAX if there is none near. *plain: a comma alone.
static size_t find_join (rap_text_t text, size_t from, size_t verb, bool *plain)
{
    size_t low = verb > from + BACK_BYTES_MAX ? verb - BACK_BYTES_MAX : from;
    for (size_t at = verb; at > low; at--) {
        char c = text.at[at - 1];
        if (c == ',' || c == ';') {
            size_t next = skip_mark (text, rap_skip_space (text, at));
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

//  Does the verb name somebody and what he is to do?
static bool asks_somebody (const rap_passage_t *r, const rap_verb_t *verb)
{
    if (verb->who == RAP_WHO_NONE || verb->who == RAP_WHO_FOR)
        return false;
    rap_addressee_t who =
        rap_addressee_read (r->rules->addressees, r->text, verb->after, r->text.len, r->text.len, verb->who);
    return who.start < who.end && rap_is_upper (r->text.at[who.start]) && who.action > who.end;
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

//  Is an operative verb that may be a noun, or a verb of a relative clause ('a court that
//  hears and supports them'), one of the clause itself? `join`: where the words that
//  lead to it begin; `plain`: a comma alone stands before them.
static bool is_verb (const rap_passage_t *r, const rap_verb_t *verb, size_t from, size_t join, bool plain)
{
    if (rap_is_upper (r->text.at[verb->core])) //  'States'
        return asks_somebody (r, verb);
    bool comma = join > from && find_comma (r->text, join);
    size_t next = rap_skip_space (r->text, verb->after);
    //  ', and urges continued efforts', but not ', and demands of victims'
    bool follows = comma && !plain && next < r->text.len && rap_is_lower (r->text.at[next])
                   && !rap_addressee_follows_noun (r->rules->addressees, r->text, next);
    if (!follows && !rap_passage_has_object (r, verb))
        return false;
    return comma || !rap_passage_tells (r, from, join) || asks_somebody (r, verb);
}

//  Where the words that lead to the verb at `join` begin, if these end right there with
//  a comma: ', and in this regard, [urges]'. `join` if there are none.
static size_t find_lead (const rap_passage_t *r, size_t from, size_t join, bool *plain)
{
    size_t comma = join;
    while (comma > from && rap_is_space (r->text.at[comma - 1]))
        comma--;
    if (comma <= from || r->text.at[comma - 1] != ',')
        return join;
    bool before;
    size_t lead = find_join (r->text, from, comma - 1, &before);
    if (lead == SIZE_MAX || lead >= comma - 1 || rap_verb_skip_lead (r->rules->verbs, r->text, lead) != join)
        return join;
    *plain = before;
    return lead;
}

//  A verb within a clause: ', and requests', 'and in this regard also urges'.
static void collect_inner (rap_passage_t *r, const rap_hit_t *hit, rap_verb_kind_t kind)
{
    bool plain;
    size_t from = rap_passage_end (r);
    size_t join = find_join (r->text, from, hit->start, &plain);
    if (join == SIZE_MAX || join < from)
        return;
    join = find_lead (r, from, join, &plain);
    rap_verb_t verb;
    size_t at = rap_verb_skip_lead (r->rules->verbs, r->text, join);
    if (!rap_verb_read (r->rules->verbs, kind, r->text, at, r->organ, &verb) || verb.core != hit->start) {
        //  'and' may stand before the comma of ', in this regard, '.
        if (!rap_verb_read (r->rules->verbs, kind, r->text, hit->start, r->organ, &verb) || at != hit->start)
            return;
    }
    //  After a comma alone only a participle goes on: ', noting', but not ', in accordance with'.
    rap_text_t core = rap_text_of (r->text.at + verb.core, rap_word_end (r->text, verb.core) - verb.core);
    if (verb.opens)
        return;
    if (kind == RAP_VERB_PREAMBULAR && (verb.ambiguous || (plain && !rap_text_ends (core, RAP_TEXT ("ing")))))
        return;
    if (kind == RAP_VERB_OPERATIVE && verb.ambiguous && !is_verb (r, &verb, from, join, plain))
        return;
    rap_act_t act = rap_passage_act (r, verb, kind == RAP_VERB_PREAMBULAR ? "preambular verb" : "operative verb",
                                     plain ? 0.85 : 0.95);
    act.lead = join;
    rap_passage_add (r, act);
}

//  The verbs of a preambular or operative clause. Parts begin on lines of their own.
static void collect_clause (rap_passage_t *r, rap_verb_kind_t kind)
{
    rap_verb_kind_t other = kind == RAP_VERB_OPERATIVE ? RAP_VERB_PREAMBULAR : RAP_VERB_OPERATIVE;
    size_t start = rap_passage_skip_letter (r->text, 0);
    if (!collect_at_start (r, start, kind, 0.99) && collect_at_start (r, start, other, 0.8))
        kind = other;
    uint32_t hit = 0;
    for (size_t line = 0; line < r->text.len;) {
        const char *newline = memchr (r->text.at + line, '\n', r->text.len - line);
        size_t end = newline ? (size_t)(newline - r->text.at) : r->text.len;
        if (line && line < end)
            collect_at_start (r, rap_passage_skip_letter (r->text, line), kind, 0.95);
        for (; hit < r->hits_count && r->hits[hit].start < end; hit++) {
            const rap_meaning_t *meaning = rap_passage_meaning (r, hit);
            if (meaning->gate == RAP_GATE_VERB && meaning->kind == kind && r->hits[hit].start >= rap_passage_end (r)
                && r->hits[hit].start > line)
                collect_inner (r, &r->hits[hit], kind);
        }
        line = end + 1;
    }
}

//  --- what hangs on a verb ---------------------------------------------------

//  Does the text end with the mark of a footnote that was left behind a semicolon?
static bool ends_with_mark (rap_text_t text)
{
    size_t at = text.len;
    while (at > 0 && rap_is_digit (text.at[at - 1]))
        at--;
    return at > 0 && at < text.len && text.at[at - 1] == ';';
}

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
        } else if (ends_with_mark (action)) {
            while (rap_is_digit (action.at[action.len - 1]))
                action.len--;
            again = true;
        }
    }
    return action;
}

//  The conditions and the term of what is asked in [start, end). *next: the first hit
//  that is not before start, kept between clauses so that hits before it are passed once.
static rap_proviso_t read_provisos (const rap_passage_t *r, uint32_t *next, size_t start, size_t end, int64_t force)
{
    rap_proviso_t found = {.due = RAP_TEXT ("")};
    while (*next < r->hits_count && r->hits[*next].start < start)
        ++*next;
    for (uint32_t i = *next; i < r->hits_count && r->hits[i].start < end; i++) {
        const rap_hit_t *hit = &r->hits[i];
        const rap_meaning_t *meaning = rap_passage_meaning (r, i);
        if (force && meaning->gate == RAP_GATE_PROVISO)
            rap_proviso_take (r->rules->provisos, meaning->proviso, r->text, hit->start, hit->end, end,
                              force >= ASKS_FORCE, &found);
    }
    return found;
}

//  All conditions as one text: 'within its mandate; as appropriate'.
static rap_text_t join_conditions (const rap_passage_t *r, const rap_proviso_t *found)
{
    size_t len = 0, at = 0;
    if (found->conditions_count < 2)
        return found->conditions_count ? found->conditions[0] : RAP_TEXT ("");
    for (uint32_t i = 0; i < found->conditions_count; i++)
        len += found->conditions[i].len + 2;
    char *joined = rap_arena_alloc (r->x->arena, len);
    for (uint32_t i = 0; i < found->conditions_count; i++) {
        memcpy (joined + at, found->conditions[i].at, found->conditions[i].len);
        at += found->conditions[i].len;
        memcpy (joined + at, "; ", 2);
        at += 2;
    }
    return rap_text_of (joined, at - 2);
}

//  The actor asked: whose the whole name is; else the first one of a list that has a
//  name of its own ('States and THE OFFICE'), as the actors found here tell.
static rap_text_t asked_actor (rap_passage_t *r, rap_text_t name, const rap_addressee_t *who)
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

//  Where the stretch that byte `at` is in ends: at the words that lead to the next
//  verb after it, at most at `limit`. It is in that of act `index` or of one soon after.
static size_t stretch_end (const rap_passage_t *r, uint32_t index, size_t at, size_t limit)
{
    while (index < r->count && r->acts[index].from <= at)
        index++;
    return index < r->count && r->acts[index].lead < limit ? r->acts[index].lead : limit;
}

//  What an act asks, and of whom.
typedef struct {
    rap_addressee_t who;
    rap_text_t name;
    rap_text_t action;
    rap_text_t condition;
    rap_text_t due;
} asked_t;

//  Where who is asked is looked for: 'requests in this regard THE OFFICE'.
static size_t skip_leads (const rap_passage_t *r, const rap_act_t *act)
{
    size_t at = rap_skip_space (r->text, act->from), behind = rap_verb_skip_lead (r->rules->verbs, r->text, at);
    return behind > at ? behind : act->from;
}

static asked_t read_asked (rap_passage_t *r, uint32_t index, uint32_t *next_hit)
{
    const rap_act_t *act = &r->acts[index];
    const rap_addressees_t *addressees = r->rules->addressees;
    size_t end = stretch_end (r, index + 1, act->from, act->limit);
    if (end < act->from)
        end = act->from;
    asked_t asked = {.who = act->subject, .name = act->named};
    if (asked.who.start == asked.who.end && !asked.name.len && act->verb.who != RAP_WHO_NONE)
        asked.who = rap_addressee_read (addressees, r->text, skip_leads (r, act), end,
                                        rap_passage_line_end (r->text, end, act->limit), act->verb.who);
    const rap_addressee_t *who = &asked.who;
    if (who->action > end) //  what is asked of several stands after the last of them
        end = stretch_end (r, index + 1, who->action, rap_passage_line_end (r->text, who->action, act->limit));
    if (!asked.name.len)
        asked.name = rap_text_of (r->text.at + who->start, who->end - who->start);
    size_t start = who->start < who->end && who->action > act->verb.end ? who->action : act->verb.end;
    asked.action = trim_action (r->text, start, end);
    size_t at = (size_t)(asked.action.at - r->text.at);
    if (act->verb.force >= ASKS_FORCE && asked.action.len > 3 && rap_addressee_infinitive (addressees, r->text, at))
        asked.action = rap_text_trim (rap_text_from (asked.action, 2));
    rap_proviso_t found = read_provisos (r, next_hit, act->from, end, act->verb.force);
    asked.condition = join_conditions (r, &found);
    asked.due = rap_proviso_due (&found);
    return asked;
}

static void add_clause (rap_passage_t *r, const rap_act_t *act, const asked_t *asked, int64_t seq)
{
    rap_finding_t *finding = rap_findings_add (r->x, RAP_FINDING_clause, act->verb.start, act->verb.end);
    if (!finding)
        return;
    finding->values[0].integer = seq;
    finding->values[1].text = rap_text_of (r->text.at + act->verb.start, act->verb.end - act->verb.start);
    finding->values[2].text = act->verb.base;
    finding->values[3].integer = act->verb.force;
    finding->values[4].text = asked->name;
    finding->values[5].text = asked_actor (r, asked->name, &asked->who);
    finding->values[6].text = asked->action;
    finding->values[7].text = asked->condition;
    finding->values[8].text = asked->due;
    finding->values[9].text = rap_text (act->rule);
    finding->values[10].real = act->confidence;
}

static int by_place (const void *left, const void *right)
{
    const rap_act_t *a = left, *b = right;
    return a->from < b->from ? -1 : a->from > b->from;
}

//  Reads what hangs on each act, and adds the findings.
static void add_all (rap_passage_t *r)
{
    uint32_t next_hit = 0;
    int64_t seq = 0;
    if (r->count) //  parts that name who is asked were added before the verbs within them
        qsort (r->acts, r->count, sizeof *r->acts, by_place);
    for (uint32_t i = 0; i < r->count; i++) {
        const rap_act_t *act = &r->acts[i];
        asked_t asked = read_asked (r, i, &next_hit);
        add_clause (r, act, &asked, ++seq);
        if (asked.who.also_start < asked.who.also_end) {
            asked.who.start = asked.who.also_start;
            asked.who.end = asked.who.also_end;
            asked.name = rap_text_of (r->text.at + asked.who.start, asked.who.end - asked.who.start);
            add_clause (r, act, &asked, ++seq);
        }
    }
}

void rap_clause_run (rap_clause_t *self, const rap_extract_t *x)
{
    rap_passage_t r = {.rules = &self->rules, .x = x, .text = x->text, .organ = x->chunk->context.organ};
    r.hits = rap_scan_hits (x->scan, RAP_GROUP_CLAUSE, &r.hits_count);
    switch (x->chunk->kind) {
    case RAP_PREAMBULAR:
        collect_clause (&r, RAP_VERB_PREAMBULAR);
        break;
    case RAP_OPERATIVE:
        collect_clause (&r, RAP_VERB_OPERATIVE);
        if (!r.count) //  a declaration in the place of clauses: 'We reaffirm'
            rap_recommendation_collect (&r);
        break;
    case RAP_PARAGRAPH:
    case RAP_ITEM:
    case RAP_PLAIN:
        rap_recommendation_collect (&r);
        break;
    default:
        break;
    }
    add_all (&r);
}
