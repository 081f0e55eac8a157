//  context: names of bodies are looked for at words that begin with a capital.
#include "context.h"

#include <string.h>

#include "rapporteur/eight.h"

#include "glyph.h"

static void name_body (rap_surroundings_t *self, uint16_t body)
{
    rap_text_t actor = self->rules->bodies[body].actor;
    uint32_t at = 0;
    while (at < self->bodies_count && !rap_text_equal (self->rules->bodies[self->bodies[at]].actor, actor))
        at++;
    if (at == self->bodies_count) {
        if (self->bodies_count < RAP_CHUNK_BODIES_MAX)
            self->bodies_count++;
        else
            at--;
    }
    for (; at > 0; at--)
        self->bodies[at] = self->bodies[at - 1];
    self->bodies[0] = body;
}

//  Where the next capital stands, from byte `at` on; text.len if there is none.
static size_t next_capital (rap_text_t text, size_t at)
{
    for (; at < text.len; at += 8) {
        uint64_t capitals = eight_between (eight_at (text, at), 'A', 'Z');
        if (capitals)
            return at + eight_before (capitals);
    }
    return text.len;
}

void rap_context_read (rap_surroundings_t *self, rap_text_t text)
{
    for (size_t at = next_capital (text, 0); at < text.len;) {
        bool begins = at == 0 || !glyph_is_wordy (text.at[at - 1]);
        const rap_body_t *body = begins ? rap_rules_body (self->rules, rap_text_from (text, at)) : NULL;
        if (body && body->actor.len && body - self->rules->bodies < UINT16_MAX)
            name_body (self, (uint16_t)(body - self->rules->bodies));
        at = next_capital (text, at + (body ? body->name.len : 1));
    }
}

rap_text_t rap_context_tail (rap_text_t text, size_t max)
{
    if (text.len <= max)
        return text;
    size_t from = text.len - max;
    while (from < text.len && text.at[from] != ' ')
        from++;
    return from < text.len ? rap_text_from (text, from + 1) : RAP_TEXT ("");
}

rap_text_t rap_context_head (rap_text_t text, size_t max)
{
    if (text.len <= max)
        return text;
    while (max && text.at[max] != ' ')
        max--;
    return rap_text_of (text.at, max);
}

rap_text_t rap_context_notes (rap_text_t before, rap_text_t note, rap_arena_t *arena)
{
    rap_text_t head = rap_context_head (note, RAP_NOTE_BEFORE_MAX - 1);
    //  What no longer fits goes whole, the oldest first.
    while (before.len + 1 + head.len > RAP_NOTE_BEFORE_MAX) {
        const char *end = memchr (before.at, '\n', before.len);
        before = rap_text_from (before, end ? (size_t)(end - before.at) + 1 : before.len);
    }
    char *notes = rap_arena_alloc (arena, before.len + 1 + head.len);
    size_t at = before.len;
    if (before.len) {
        memcpy (notes, before.at, before.len);
        notes[at++] = '\n';
    }
    for (size_t i = 0; i < head.len; i++)
        notes[at++] = head.at[i] == '\n' ? ' ' : head.at[i];
    return rap_text_of (notes, at);
}
