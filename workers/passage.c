//  passage: acts in a growing array, and small looks at the text around them.

#include "passage.h"

#include <string.h>

enum { ACTS_FIRST = 4 }; //  most clauses have fewer

const rap_meaning_t *rap_passage_meaning (const rap_passage_t *self, uint32_t hit)
{
    return &self->rules->meanings[self->hits[hit].value];
}

rap_act_t rap_passage_act (const rap_passage_t *self, rap_verb_t verb, const char *rule, double confidence)
{
    return (rap_act_t){.verb = verb,
                       .lead = verb.start,
                       .from = verb.after > verb.end ? verb.after : verb.end,
                       .subject = {.start = verb.end, .end = verb.end, .action = verb.end},
                       .named = RAP_TEXT (""),
                       .limit = self->text.len,
                       .rule = rule,
                       .confidence = confidence};
}

void rap_passage_add (rap_passage_t *self, rap_act_t act)
{
    if (self->count == self->room) {
        self->room = self->room ? self->room * 2 : ACTS_FIRST;
        rap_act_t *acts = rap_arena_alloc (self->x->arena, self->room * sizeof *acts);
        if (self->count)
            memcpy (acts, self->acts, self->count * sizeof *acts);
        self->acts = acts;
    }
    self->acts[self->count++] = act;
}

size_t rap_passage_end (const rap_passage_t *self)
{
    return self->count ? self->acts[self->count - 1].verb.end : 0;
}

bool rap_passage_add_named (rap_passage_t *self, rap_act_t act, size_t at)
{
    const rap_addressees_t *addressees = self->rules->addressees;
    uint32_t before = self->count;
    for (uint32_t parts = 0; at < self->text.len && parts < RAP_PASSAGE_PARTS_MAX; parts++) {
        size_t end = rap_passage_line_end (self->text, at, self->text.len);
        size_t start = rap_passage_skip_letter (self->text, at);
        rap_addressee_t who = {.start = start, .end = start};
        if (start > at && start < end && rap_addressee_opens (addressees, self->text, start)
            && !rap_addressee_infinitive (addressees, self->text, start))
            who = rap_addressee_read (addressees, self->text, start, end, end, RAP_WHO_DIRECT);
        if (who.start < who.end) {
            rap_act_t part = act;
            part.subject = who;
            part.lead = part.from = start;
            part.limit = end;
            rap_passage_add (self, part);
        }
        at = end + 1;
    }
    return self->count > before;
}

rap_text_t rap_passage_lemma (const rap_passage_t *self, size_t start, size_t end)
{
    rap_text_t word = rap_arena_text (self->x->arena, rap_text_of (self->text.at + start, end - start));
    char *first = (char *)(uintptr_t)word.at; //  our own copy
    if (word.len && rap_is_upper (*first))
        *first = (char)(*first + ('a' - 'A'));
    return word;
}

size_t rap_passage_skip_letter (rap_text_t text, size_t at)
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

bool rap_passage_tells (const rap_passage_t *self, size_t from, size_t end)
{
    for (size_t at = from; at < end;) {
        size_t len;
        if (rap_phrases_at (self->rules->told, self->text, at, &len) != RAP_NO_PHRASE)
            return true;
        size_t next = rap_word_end (self->text, at);
        at = rap_skip_space (self->text, next > at ? next : at + 1);
    }
    return false;
}

bool rap_passage_has_object (const rap_passage_t *self, const rap_verb_t *verb)
{
    size_t next = rap_verb_skip_lead (self->rules->verbs, self->text, rap_skip_space (self->text, verb->after));
    bool to = verb->who == RAP_WHO_TO || verb->who == RAP_WHO_THAT;
    return rap_addressee_opens (self->rules->addressees, self->text, next)
           || (to && rap_text_starts (rap_text_from (self->text, next), RAP_TEXT ("to ")));
}

size_t rap_passage_line_end (rap_text_t text, size_t at, size_t limit)
{
    const char *newline = at < limit ? memchr (text.at + at, '\n', limit - at) : NULL;
    return newline ? (size_t)(newline - text.at) : limit;
}
