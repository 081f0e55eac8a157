//  recommendation: sentences, their subjects, and the words that make of them an ask.

#include "recommendation.h"

#include <string.h>

enum {
    SUBJECT_BYTES_MAX = 400, //  of a sentence before its verb
    NAME_BYTES_MAX = 80,     //  of one to whom a list of recommendations goes
    MORE_BYTES_MAX = 2000,   //  from a speaker's verb to his others
    OPENING_BYTES_MAX = 600, //  'We, Ministers and representatives of .., '
    OPENING_COMMAS_MAX = 16,
    RECOMMENDS_FORCE = 3, //  of a plain verb in a report
    COMMITS_FORCE = 5     //  and in a declaration
};

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
static size_t sentence_end (rap_passage_t *r, size_t at)
{
    if (at < r->sentence_from || at >= r->sentence_to) {
        r->sentence_from = at;
        r->sentence_to = find_sentence_end (r->text, at);
    }
    return r->sentence_to;
}

static bool is_under_advice (const rap_passage_t *r)
{
    const rap_chunk_t *chunk = r->x->chunk;
    for (uint32_t i = 0; i < chunk->sections_count; i++)
        for (size_t at = 0, len; at < chunk->sections[i].len; at++)
            if ((at == 0 || !rap_is_word_at (chunk->sections[i], at - 1))
                && rap_phrases_at (r->rules->advice, chunk->sections[i], at, &len) != RAP_NO_PHRASE)
                return true;
    return false;
}

//  Where the stretch of a verb that ends at `at` ends: with the sentence, or with the
//  text, where the line ends with a colon and a list follows.
static size_t stretch (rap_passage_t *r, size_t at)
{
    size_t end = sentence_end (r, at);
    return end > at && end < r->text.len && r->text.at[end - 1] == ':' ? r->text.len : end;
}

//  First byte of the parts after a colon at `at` that ends a line; 0 if there are none.
static size_t list_after (rap_text_t text, size_t at)
{
    size_t line = at + 1;
    while (line < text.len && text.at[line] == ' ')
        line++;
    return at < text.len && text.at[at] == ':' && line < text.len && text.at[line] == '\n' ? line + 1 : 0;
}

//  Does 'and' stand right before byte `at`?
static bool follows_and (rap_text_t text, size_t at)
{
    while (at > 0 && rap_is_space (text.at[at - 1]))
        at--;
    return rap_text_equal (rap_text_of (text.at + rap_word_before (text, at), at - rap_word_before (text, at)),
                           RAP_TEXT ("and"));
}

//  May a further verb of the speaker follow an 'and' that no comma sets apart? Not if
//  it may be one of the things that somebody is to do ('to meet and encourage'):
//  `infinitive`.
static bool goes_on (const rap_passage_t *r, rap_verb_kind_t kind, const rap_verb_t *verb, bool infinitive)
{
    bool that = rap_text_starts (rap_text_from (r->text, rap_skip_space (r->text, verb->after)), RAP_TEXT ("that "));
    bool states = kind == RAP_VERB_COMMITMENT && !verb->ambiguous && !infinitive;
    return states || (that && verb->who != RAP_WHO_NONE);
}

//  Further verbs of one speaker: 'I call upon States to act, and encourage States to'.
static void collect_speaker_more (rap_passage_t *r, rap_verb_kind_t kind, size_t at, size_t end)
{
    const rap_addressees_t *addressees = r->rules->addressees;
    size_t stop = end - at > MORE_BYTES_MAX ? at + MORE_BYTES_MAX : end;
    bool infinitive = false; //  since the verb before
    for (; at + 6 < stop; at++) {
        infinitive |= rap_is_space (r->text.at[at]) && rap_addressee_infinitive (addressees, r->text, at + 1);
        size_t word = rap_skip_space (r->text, at + 1);
        if ((r->text.at[at] != ',' && !rap_is_space (r->text.at[at]))
            || !rap_text_starts (rap_text_from (r->text, word), RAP_TEXT ("and ")))
            continue;
        size_t start = rap_verb_skip_lead (r->rules->verbs, r->text, rap_skip_space (r->text, word + 3));
        rap_verb_t verb;
        if (!rap_verb_read (r->rules->verbs, kind, r->text, start, r->organ, &verb)
            || !rap_addressee_opens (addressees, r->text, rap_skip_space (r->text, verb.after))
            || (r->text.at[at] != ',' && !goes_on (r, kind, &verb, infinitive)))
            continue;
        rap_addressee_t who = rap_addressee_read (addressees, r->text, verb.after, end, end, verb.who);
        if (who.start == who.end && kind == RAP_VERB_RECOMMENDATION)
            continue;
        rap_act_t act =
            rap_passage_act (r, verb, kind == RAP_VERB_COMMITMENT ? "commitment" : "spoken recommendation", 0.85);
        act.lead = at;
        act.limit = end;
        rap_passage_add (r, act);
        at = verb.end - 1;
        infinitive = false;
    }
}

//  The verb of a speaker: right after him, after 'would like to', or after what is said
//  of him between commas ('We, the Ministers, meeting in Geneva, REAFFIRM').
static bool read_spoken (const rap_passage_t *r, rap_verb_kind_t kind, size_t at, rap_verb_t *verb)
{
    const rap_verbs_t *verbs = r->rules->verbs;
    size_t len, limit = r->text.len - at > OPENING_BYTES_MAX ? at + OPENING_BYTES_MAX : r->text.len;
    if (rap_phrases_at (r->rules->polite, r->text, at, &len) != RAP_NO_PHRASE)
        at = rap_skip_space (r->text, at + len);
    for (uint32_t commas = 0; commas < OPENING_COMMAS_MAX; commas++) {
        if (at < limit && r->text.at[at] != ',' && rap_verb_read (verbs, kind, r->text, at, r->organ, verb)
            && (!commas || !verb->ambiguous || rap_passage_has_object (r, verb)))
            return true;
        bool said = at < limit && (commas || r->text.at[at] == ',');
        const char *comma = said ? memchr (r->text.at + at + !commas, ',', limit - at - !commas) : NULL;
        if (!comma)
            return false;
        at = rap_skip_space (r->text, (size_t)(comma - r->text.at) + 1);
    }
    return false;
}

//  'I urge', 'We undertake'
static void collect_speaker (rap_passage_t *r, const rap_hit_t *hit)
{
    bool we = hit->end - hit->start > 1;
    rap_verb_kind_t kind = we ? RAP_VERB_COMMITMENT : RAP_VERB_RECOMMENDATION;
    rap_verb_t verb;
    size_t at = rap_skip_space (r->text, hit->end);
    bool joined = follows_and (r->text, hit->start);
    bool apart = at > hit->end || (at < r->text.len && r->text.at[at] == ',');
    if (!apart || (rap_is_lower (r->text.at[hit->start]) && !joined) || !read_spoken (r, kind, at, &verb))
        return;
    size_t start = sentence_start (r->text, rap_passage_end (r), hit->start), end = stretch (r, verb.end);
    if (!joined && rap_passage_tells (r, start, hit->start))
        return;
    rap_act_t act = rap_passage_act (r, verb, we ? "commitment" : "spoken recommendation", 0.95);
    act.lead = hit->start;
    act.limit = end;
    size_t list = verb.who == RAP_WHO_NONE ? 0 : list_after (r->text, rap_skip_space (r->text, act.from));
    if (list && rap_passage_add_named (r, act, list)) //  'We call upon: (a) States to'
        return;
    rap_passage_add (r, act);
    collect_speaker_more (r, kind, verb.end, sentence_end (r, verb.end));
}

//  The subject of a verb at `at`, at most from the sentence's beginning. For a
//  pronoun, and after 'and', the subject of the verb before.
static rap_addressee_t read_subject (const rap_passage_t *r, size_t at)
{
    const rap_act_t *before = r->count ? &r->acts[r->count - 1] : NULL;
    if (before && before->limit >= at && before->subject.start < before->subject.end && follows_and (r->text, at))
        return before->subject;
    size_t start = sentence_start (r->text, rap_passage_end (r), at);
    rap_addressee_t subject = rap_addressee_before (r->rules->addressees, r->text, start, at);
    rap_text_t name = rap_text_of (r->text.at + subject.start, subject.end - subject.start);
    if (before && rap_addressee_is_pronoun (r->rules->addressees, name))
        return before->subject;
    return subject;
}

//  Is the sentence one that tells of it: a telling word before the subject or in it,
//  or a subject that was none ('the Conference decided [that States should]')?
static bool is_told (const rap_passage_t *r, size_t start, rap_addressee_t subject)
{
    start = rap_verb_skip_lead (r->rules->verbs, r->text, start); //  'To that end, '
    return rap_passage_tells (r, start, subject.end)
           || rap_text_ends (rap_text_of (r->text.at, subject.end), RAP_TEXT ("ed"));
}

//  The plain verb with which a part or an item begins at `at`, perhaps after an adverb.
//  `called`: what stands before calls for a verb; `any`: so much that any word is one.
static bool read_plain (const rap_passage_t *r, size_t at, bool called, bool any, int64_t force, rap_verb_t *verb)
{
    const rap_addressees_t *addressees = r->rules->addressees;
    size_t core = at, word = rap_word_end (r->text, at);
    if (rap_text_ends (rap_text_of (r->text.at + at, word - at), RAP_TEXT ("ly")))
        core = rap_skip_space (r->text, word); //  'Effectively address'
    size_t end = rap_addressee_imperative (addressees, r->text, core, called || core > at);
    if (end == core && any)
        end = rap_word_end (r->text, core);
    if (end == core)
        return false;
    *verb = (rap_verb_t){.start = at,
                         .end = end,
                         .core = core,
                         .after = end,
                         .force = force,
                         .base = rap_passage_lemma (r, core, end)};
    return true;
}

//  Each lettered part under 'may wish to:' has a verb of its own. `sure`: each must have one.
static void collect_parts (rap_passage_t *r, size_t at, rap_addressee_t subject, rap_text_t named, bool sure)
{
    for (uint32_t parts = 0; at < r->text.len && parts < RAP_PASSAGE_PARTS_MAX; parts++) {
        size_t end = rap_passage_line_end (r->text, at, r->text.len);
        size_t start = at < end ? rap_passage_skip_letter (r->text, at) : end;
        bool lettered = start > at && start < end && (rap_is_upper (r->text.at[start]) || sure);
        rap_verb_t verb;
        if (lettered
            && (rap_verb_read (r->rules->verbs, RAP_VERB_RECOMMENDATION, r->text, start, r->organ, &verb)
                || read_plain (r, start, true, sure, RECOMMENDS_FORCE, &verb))) {
            if (verb.force < RECOMMENDS_FORCE) //  'may wish to: (a) Support', which is more than a stance
                verb.force = RECOMMENDS_FORCE;
            rap_act_t act = rap_passage_act (r, verb, "lettered recommendation", 0.9);
            rap_addressee_t own = rap_addressee_read (r->rules->addressees, r->text, act.from, end, end, verb.who);
            if (own.start == own.end) {
                act.subject = subject;
                act.named = named;
            }
            act.limit = end;
            rap_passage_add (r, act);
        }
        at = end + 1;
    }
}

//  'Member States are also encouraged to'
static void collect_passive (rap_passage_t *r, const rap_hit_t *hit)
{
    size_t at = rap_skip_space (r->text, hit->end), len;
    rap_verb_t verb = {.start = hit->start, .core = hit->start, .base = RAP_TEXT (""), .force = RECOMMENDS_FORCE};
    uint32_t found = RAP_NO_PHRASE;
    for (uint32_t i = 0; i < 3; i++) {
        found = rap_phrases_at (r->rules->passives, r->text, at, &len);
        if (found != RAP_NO_PHRASE)
            break;
        size_t lead = rap_verb_skip_lead (r->rules->verbs, r->text, at), word = rap_word_end (r->text, at);
        at = lead > at ? lead : rap_skip_space (r->text, word);
        len = 0;
    }
    size_t to = rap_skip_space (r->text, at + len), list = list_after (r->text, to + 2);
    if (!len || !(list || rap_text_starts (rap_text_from (r->text, to), RAP_TEXT ("to "))))
        return;
    verb.end = at + len;
    verb.base = r->rules->bases[found];
    rap_verb_t plain;
    if (rap_verb_read (r->rules->verbs, RAP_VERB_RECOMMENDATION, verb.base, 0, r->organ, &plain))
        verb.force = plain.force;
    rap_addressee_t subject = read_subject (r, hit->start);
    size_t start = sentence_start (r->text, rap_passage_end (r), hit->start);
    if (subject.start == subject.end || is_told (r, start, subject)
        || !rap_addressee_opens (r->rules->addressees, r->text, subject.start))
        return;
    if (list) { //  'are encouraged to: (a) Act'
        collect_parts (r, list, subject, RAP_TEXT (""), true);
        return;
    }
    verb.after = verb.end;
    rap_act_t act = rap_passage_act (r, verb, "passive recommendation", 0.85);
    act.subject = subject;
    act.limit = stretch (r, verb.end);
    rap_passage_add (r, act);
}

//  'The Commission may wish to encourage Member States to'
static void collect_wish (rap_passage_t *r, const rap_hit_t *hit)
{
    size_t at = rap_skip_space (r->text, hit->end);
    rap_addressee_t subject = read_subject (r, hit->start);
    if (subject.start == subject.end || !rap_text_starts (rap_text_from (r->text, at), RAP_TEXT ("to")))
        return;
    at = rap_skip_space (r->text, at + 2);
    if (at < r->text.len && r->text.at[at] == ':') {
        collect_parts (r, rap_skip_space (r->text, at + 1), subject, RAP_TEXT (""), true);
        return;
    }
    rap_verb_t verb, inner;
    size_t end = stretch (r, at), word = rap_word_end (r->text, at);
    if (word == at)
        return;
    verb = (rap_verb_t){.start = hit->start,
                        .end = word,
                        .core = hit->start,
                        .force = RECOMMENDS_FORCE,
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
    verb.after = verb.end;
    rap_act_t act = rap_passage_act (r, verb, "what a body may wish", 0.95);
    rap_addressee_t other = rap_addressee_read (r->rules->addressees, r->text, verb.end, end, end, verb.who);
    if (other.start == other.end)
        act.subject = subject;
    act.limit = end;
    rap_passage_add (r, act);
}

//  'Criminal justice systems should take'
static void collect_modal (rap_passage_t *r, const rap_hit_t *hit, rap_text_t base)
{
    rap_addressee_t subject = read_subject (r, hit->start);
    size_t start = sentence_start (r->text, rap_passage_end (r), hit->start);
    rap_text_t name = rap_text_of (r->text.at + subject.start, subject.end - subject.start);
    //  'should be developed' says by nobody
    bool passive = rap_text_starts (rap_text_from (r->text, rap_skip_space (r->text, hit->end)), RAP_TEXT ("be "));
    if (passive || !rap_addressee_acts (r->rules->addressees, name))
        return;
    if (subject.start == subject.end || is_told (r, start, subject)
        || !rap_addressee_is_somebody (r->rules->addressees, name))
        return;
    size_t list = list_after (r->text, rap_skip_space (r->text, hit->end));
    if (list) { //  'should: (a) Act'
        collect_parts (r, list, subject, RAP_TEXT (""), true);
        return;
    }
    rap_verb_t verb = {.start = hit->start,
                       .end = hit->end,
                       .core = hit->start,
                       .after = hit->end,
                       .force = RECOMMENDS_FORCE,
                       .base = base};
    rap_act_t act = rap_passage_act (r, verb, "modal recommendation", 0.75);
    act.subject = subject;
    act.limit = stretch (r, hit->end);
    rap_passage_add (r, act);
}

//  'The Commission could also discuss': what a body may take up.
static void collect_maybe (rap_passage_t *r, const rap_hit_t *hit)
{
    rap_addressee_t subject = read_subject (r, hit->start);
    size_t start = sentence_start (r->text, rap_passage_end (r), hit->start);
    rap_text_t name = rap_text_of (r->text.at + subject.start, subject.end - subject.start);
    size_t at = rap_verb_skip_modifiers (r->rules->verbs, r->text, rap_skip_space (r->text, hit->end));
    rap_verb_t verb;
    if (!rap_addressee_advises (r->rules->addressees, name) || is_told (r, start, subject)
        || !read_plain (r, at, true, false, RECOMMENDS_FORCE, &verb))
        return;
    verb.start = verb.core = hit->start;
    rap_act_t act = rap_passage_act (r, verb, "what a body could do", 0.75);
    act.lead = hit->start;
    act.subject = subject;
    act.limit = stretch (r, verb.end);
    rap_passage_add (r, act);
}

//  'The Advisory Committee recommends that': a report that itself asks.
static void collect_third (rap_passage_t *r, const rap_hit_t *hit)
{
    rap_verb_t verb;
    rap_addressee_t subject = read_subject (r, hit->start);
    rap_text_t name = rap_text_of (r->text.at + subject.start, subject.end - subject.start);
    size_t start = sentence_start (r->text, rap_passage_end (r), hit->start);
    if (!name.len || !rap_addressee_advises (r->rules->addressees, name) || rap_passage_tells (r, start, hit->start)
        || !rap_verb_read (r->rules->verbs, RAP_VERB_OPERATIVE, r->text, hit->start, r->organ, &verb)
        || verb.who == RAP_WHO_NONE || (verb.ambiguous && !rap_passage_has_object (r, &verb)))
        return;
    rap_act_t act = rap_passage_act (r, verb, "advice of a body", 0.8);
    act.limit = stretch (r, verb.end);
    rap_passage_add (r, act);
}

//  'It is essential that Member States'
static void collect_essential (rap_passage_t *r, const rap_hit_t *hit, rap_text_t base)
{
    size_t end = sentence_end (r, hit->end);
    bool that = rap_text_ends (rap_text_of (r->text.at, hit->end), RAP_TEXT ("that"));
    rap_verb_t verb = {.start = hit->start,
                       .end = hit->end,
                       .core = hit->start,
                       .after = hit->end,
                       .force = RECOMMENDS_FORCE,
                       .base = base,
                       .who = that ? RAP_WHO_THAT : RAP_WHO_DIRECT};
    size_t from = that ? hit->end - 4 : hit->end; //  the reader wants to see 'that'
    rap_addressee_t who = rap_addressee_read (r->rules->addressees, r->text, from, end, end, verb.who);
    if (who.start == who.end)
        return;
    rap_act_t act = rap_passage_act (r, verb, "essential", 0.7);
    act.subject = who;
    act.limit = end;
    rap_passage_add (r, act);
}

//  A numbered item of a declaration or plan that begins with a plain verb, perhaps after
//  words that a comma closes ('In times of crisis, protect').
static void collect_item (rap_passage_t *r)
{
    size_t start = rap_passage_skip_letter (r->text, 0);
    if (start >= r->text.len || !rap_is_upper (r->text.at[start]))
        return;
    rap_text_t lead = rap_text_trim (r->x->chunk->context.lead_in);
    bool called = lead.len && lead.at[lead.len - 1] == ':';
    bool declared = r->x->chunk->kind == RAP_ITEM || rap_text_equal (r->x->document->kind, RAP_TEXT ("declaration"));
    int64_t force = declared ? COMMITS_FORCE : RECOMMENDS_FORCE;
    rap_verb_t verb;
    size_t behind = rap_addressee_skip_opening (r->rules->addressees, r->text, start, sentence_end (r, start));
    if (!read_plain (r, start, called, false, force, &verb)
        && !(behind > start && rap_is_lower (r->text.at[behind])
             && read_plain (r, behind, false, false, force, &verb)))
        return;
    rap_passage_add (r, rap_passage_act (r, verb, "plain verb of an item", called ? 0.9 : 0.8));
}

//  Under 'The Commission may wish to:' in a chunk before: parts in chunks of their own.
static bool collect_led_in (rap_passage_t *r)
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
        collect_parts (r, 0, (rap_addressee_t){.start = 0, .end = 0, .action = 0}, named, false);
        return true;
    }
    return false;
}

//  'The following is recommended to Member States:', then parts with plain verbs.
static void collect_listed (rap_passage_t *r)
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
    collect_parts (r, end + 1, nobody, named, false);
}

void rap_recommendation_collect (rap_passage_t *r)
{
    bool advice = is_under_advice (r), led_in = collect_led_in (r);
    for (uint32_t i = 0; i < r->hits_count && !led_in; i++) {
        const rap_hit_t *hit = &r->hits[i];
        if (hit->start < rap_passage_end (r))
            continue;
        switch (rap_passage_meaning (r, i)->gate) {
        case RAP_GATE_SPEAKER:
            collect_speaker (r, hit);
            break;
        case RAP_GATE_BE:
            collect_passive (r, hit);
            break;
        case RAP_GATE_WISH:
            collect_wish (r, hit);
            break;
        case RAP_GATE_MODAL:
            if (advice)
                collect_modal (r, hit, rap_passage_meaning (r, i)->base);
            break;
        case RAP_GATE_MAYBE:
            if (advice)
                collect_maybe (r, hit);
            break;
        case RAP_GATE_VERB:
            if (rap_passage_meaning (r, i)->kind == RAP_VERB_OPERATIVE)
                collect_third (r, hit);
            break;
        case RAP_GATE_ESSENTIAL:
            if (advice)
                collect_essential (r, hit, rap_passage_meaning (r, i)->base);
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
