//  unfold: one walk along each long line in which an organ speaks.
#include "unfold.h"

#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "glyph.h"
#include "head.h"
#include "vector.h"

enum { LONG_MIN = 240, CLOSING_MAX = 80, RULE_MIN = 5 };

typedef struct {
    const rap_rules_t *rules;
    rap_text_t text; //  of the line
    size_t *cuts;    //  where a part begins, but for the first
    uint32_t count, room;
    uint32_t number; //  of the last clause; under the rule, of the last note
    bool operative;
    bool notes; //  under the rule
} fold_t;

static void cut (fold_t *f, size_t at)
{
    if (!at || (f->count && f->cuts[f->count - 1] >= at))
        return;
    f->cuts = vector_room (f->cuts, f->count, &f->room, sizeof *f->cuts);
    f->cuts[f->count++] = at;
}

static rap_text_t rest_of (const fold_t *f, size_t at)
{
    return rap_text_from (f->text, at < f->text.len ? at : f->text.len);
}

static bool begins_clause (const fold_t *f, rap_text_t rest)
{
    rap_counter_t c = rap_counter_of (rest);
    return rap_rules_opener (f->rules, rest) & (RAP_OPENS_PREAMBULAR | RAP_OPENS_OPERATIVE)
           || (c.kind == RAP_COUNT_ARABIC && c.number == 1);
}

//  'The General Assembly, Recalling': where the organ's name begins, and behind its comma; false if none speaks.
static bool find_formula (const fold_t *f, size_t *from, size_t *behind)
{
    for (size_t at = 0; at + 4 < f->text.len; at++) {
        const char *found = memmem (f->text.at + at, f->text.len - at, "The ", 4);
        if (!found)
            return false;
        at = (size_t)(found - f->text.at);
        const rap_body_t *body =
            !at || found[-1] == ' ' || found[-1] == ']' ? rap_rules_body (f->rules, rest_of (f, at + 4)) : NULL;
        size_t stop = body ? at + 4 + body->name.len : f->text.len;
        if (stop + 2 >= f->text.len || f->text.at[stop] != ',' || f->text.at[stop + 1] != ' '
            || !begins_clause (f, rest_of (f, stop + 2)))
            continue;
        *from = at;
        *behind = stop + 2;
        return true;
    }
    return false;
}

//  Above the organ's name: '[on the report of ...]' and '90/12. Title' are lines of their own.
static void cut_head (fold_t *f, size_t end)
{
    for (size_t at = 1; at < end; at++) {
        bool word = f->text.at[at - 1] == ' ';
        if (word
            && (f->text.at[at] == '[' || (at > 1 && f->text.at[at - 2] == ']')
                || (glyph_is_digit (f->text.at[at]) && rap_is_numbered_title (rest_of (f, at)))))
            cut (f, at);
    }
    cut (f, end);
}

static bool is_closing (const fold_t *f, rap_text_t rest)
{
    rest.len = rest.len < CLOSING_MAX ? rest.len : CLOSING_MAX;
    return glyph_starts_digit (rest) && rap_rules_within (f->rules, RAP_PHRASE_CLOSING, rest);
}

//  Whether a clause, an item or the closing line begins with `rest`, behind the sign `ending`.
static bool begins_line (fold_t *f, char ending, rap_text_t rest)
{
    rap_counter_t c = rap_counter_of (rest);
    if (c.kind == RAP_COUNT_ARABIC && c.number == f->number + 1 && glyph_starts_upper (rap_text_from (rest, c.len))) {
        f->number = c.number;
        f->operative = true;
        return true;
    }
    if (c.kind == RAP_COUNT_PAREN)
        return ending == ':' || ending == ';';
    if (ending == '.')
        return is_closing (f, rest);
    uint32_t opener = f->operative || ending != ',' ? 0 : rap_rules_opener (f->rules, rest);
    f->operative = f->operative || (opener & RAP_OPENS_OPERATIVE && !(opener & RAP_OPENS_PREAMBULAR));
    return opener & (RAP_OPENS_PREAMBULAR | RAP_OPENS_OPERATIVE);
}

//  '2 Ibid.' behind the first note.
static bool begins_note (fold_t *f, rap_text_t rest)
{
    size_t len = 0;
    uint32_t number = 0;
    while (len < rest.len && len < 4 && glyph_is_digit (rest.at[len]))
        number = number * 10 + (uint32_t)(rest.at[len++] - '0');
    if (number != f->number + 1 || !rap_text_starts (rap_text_from (rest, len), RAP_TEXT (" "))
        || !glyph_starts_upper (rap_text_from (rest, len + 1)))
        return false;
    f->number = number;
    return true;
}

//  Bytes of the notes' marks behind a sign: 'Council,1,2 Takes note'.
static size_t marks_len (rap_text_t rest)
{
    size_t len = 0;
    while (len < rest.len && len < 8 && (glyph_is_digit (rest.at[len]) || (len && rest.at[len] == ',')))
        len++;
    return len;
}

static size_t rule_len (rap_text_t rest)
{
    size_t len = 0;
    while (len < rest.len && rest.at[len] == '_')
        len++;
    return len >= RULE_MIN ? len : 0;
}

static void cut_clauses (fold_t *f, size_t from)
{
    rap_counter_t first = rap_counter_of (rest_of (f, from));
    cut (f, from);
    if (first.kind == RAP_COUNT_ARABIC) {
        f->number = first.number;
        f->operative = true;
    }
    for (size_t at = from; at + 1 < f->text.len; at++) {
        size_t rule = f->text.at[at] == ' ' ? rule_len (rest_of (f, at + 1)) : 0;
        if (rule) {
            cut (f, at + 1);
            cut (f, at + 1 + rule);
            at += rule;
            f->number = 1;
            f->notes = true;
        }
        if (!memchr (",;:.", f->text.at[at], 4))
            continue;
        size_t next = at + 1 + marks_len (rest_of (f, at + 1));
        if (next < f->text.len && f->text.at[next] == ' ')
            next++;
        else
            continue;
        if (rap_text_starts (rest_of (f, next), RAP_TEXT ("and (")))
            next += 4;
        rap_text_t rest = rest_of (f, next);
        if (f->notes ? f->text.at[at] == '.' && begins_note (f, rest) : begins_line (f, f->text.at[at], rest))
            cut (f, next);
    }
}

//  The parts of a line behind each other, without the spaces between them.
static uint32_t write_parts (const fold_t *f, const rap_line_t *line, rap_line_t *to)
{
    bool same = line->len == line->end - line->start;
    for (uint32_t i = 0; i <= f->count; i++) {
        size_t from = i ? f->cuts[i - 1] : 0, end = i < f->count ? f->cuts[i] : f->text.len;
        while (from < end && f->text.at[from] == ' ')
            from++;
        while (end > from && f->text.at[end - 1] == ' ')
            end--;
        to[i] = *line;
        to[i].at = line->at + from;
        to[i].len = (uint32_t)(end - from);
        to[i].start = line->start + (same ? (uint32_t)from : 0);
        to[i].end = same ? line->start + (uint32_t)end : line->end;
        if (i)
            to[i].flags = RAP_LINE_TIGHT | RAP_LINE_BEGINS;
        to[i].gap = i ? 0 : line->gap;
    }
    return f->count + 1;
}

//  Where the line is to be cut; nothing, if it is no resolution.
static void find_cuts (fold_t *f, const rap_line_t *line)
{
    size_t from, behind;
    f->text = rap_line_text (line);
    f->count = f->number = 0;
    f->operative = f->notes = false;
    if (line->len < LONG_MIN || line->runs_count || line->flags & RAP_LINE_TABLE || !find_formula (f, &from, &behind))
        return;
    cut_head (f, from);
    cut_clauses (f, behind);
}

void rap_lines_unfold (rap_lines_t *lines, const rap_rules_t *rules, rap_arena_t *arena)
{
    fold_t f = {.rules = rules};
    uint64_t all = 0;
    bool any = false;
    for (uint32_t i = 0; i < lines->count && !lines->wrapped; i++) {
        find_cuts (&f, &lines->at[i]);
        any = any || f.count;
        all += f.count + 1;
    }
    if (any && all <= RAP_LINES_MAX) {
        rap_line_t *at = rap_arena_alloc (arena, all * sizeof *at);
        uint32_t count = 0;
        for (uint32_t i = 0; i < lines->count; i++) {
            find_cuts (&f, &lines->at[i]);
            count += write_parts (&f, &lines->at[i], at + count);
        }
        lines->at = at;
        lines->count = count;
    }
    free (f.cuts);
}
