//  notes: footnotes, from their lines to their texts.
#include "draft.h"

#include "glyph.h"
#include "vector.h"

static rap_text_t mark_text (const rap_line_t *line, uint32_t *number, rap_arena_t *arena)
{
    rap_text_t mark = rap_text_of (line->at, line->label);
    char digits[16];
    size_t count = 0, at = 0, len;
    uint32_t digit;
    *number = 0;
    while ((len = glyph_raised (rap_text_from (mark, at), &digit)) && count < sizeof digits - 1) {
        digits[count++] = (char)('0' + digit);
        at += len;
    }
    if (!count)
        while (count < mark.len && count < sizeof digits - 1 && glyph_is_digit (mark.at[count])) {
            digits[count] = mark.at[count];
            count++;
        }
    for (size_t i = 0; i < count && i < 6; i++)
        *number = *number * 10 + (uint32_t)(digits[i] - '0');
    return count ? rap_arena_text (arena, rap_text_of (digits, count)) : mark;
}

void rap_notes_find (rap_draft_t *draft, rap_arena_t *arena)
{
    uint32_t group = 0;
    bool apart = true;
    for (uint32_t i = 0; i < draft->lines.count; i++) {
        const rap_line_t *line = &draft->lines.at[i];
        if (line->kind == RAP_LINE_BODY)
            apart = true;
        if (line->kind == RAP_LINE_NOTE_MORE && draft->notes_count)
            draft->notes[draft->notes_count - 1].last = i;
        if (line->kind != RAP_LINE_NOTE)
            continue;
        group += apart && draft->notes_count;
        apart = false;
        draft->notes = vector_room (draft->notes, draft->notes_count, &draft->notes_room, sizeof *draft->notes);
        rap_note_t *note = &draft->notes[draft->notes_count++];
        *note = (rap_note_t){.line = i, .last = i, .group = group, .raised = (unsigned char)line->at[0] >= 0x80};
        note->mark = mark_text (line, &note->number, arena);
    }
}

void rap_notes_write (rap_draft_t *draft)
{
    for (uint32_t n = 0; n < draft->notes_count; n++) {
        rap_note_t *note = &draft->notes[n];
        note->text_at = draft->text_len;
        for (uint32_t i = note->line; i <= note->last; i++) {
            const rap_line_t *line = &draft->lines.at[i];
            if (line->kind != RAP_LINE_NOTE && line->kind != RAP_LINE_NOTE_MORE)
                continue;
            rap_text_t text = rap_text_trim (rap_text_from (rap_line_text (line), i == note->line ? line->label : 0));
            rap_mend_join (draft, note->text_at, text);
            rap_clean_line (draft, line, text, true, NULL);
        }
        if (draft->lines.wrapped)
            rap_mend_words (draft, note->text_at, draft->marks_count);
        note->text_len = draft->text_len - note->text_at;
        draft->text[draft->text_len++] = '\n';
    }
}

void rap_notes_point (rap_draft_t *draft, uint32_t line)
{
    if (draft->group_end && draft->group_end <= draft->notes_count && draft->group_first < draft->notes_count
        && draft->notes[draft->group_first].line > line)
        return;
    while (draft->group_first < draft->notes_count && draft->notes[draft->group_first].line < line)
        draft->group_first++;
    uint32_t end = draft->group_first;
    while (end < draft->notes_count && draft->notes[end].group == draft->notes[draft->group_first].group)
        end++;
    draft->group_end = end;
    draft->group_next = draft->group_first;
}
