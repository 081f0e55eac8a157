//  plan: from a chunk to be to a chunk: texts cut to size, marks counted in code
//  points, headings and context written out.
#include "plan.h"

#include "rapporteur/utf8.h"

typedef struct {
    const rap_draft_t *draft;
    rap_arena_t *arena;
    rap_chunk_t *chunks;
    uint32_t count;
    const rap_heading_t *heading; //  of the last chunk under one, and its sections
    const rap_text_t *sections;
    const rap_plan_t *bodied; //  the last one with other bodies than the one before it, and they
    const rap_text_t *bodies;
} carrier_t;

//  Where a text that is too long for a chunk is cut: after the last sentence, or
//  at least the last word, that fits; its length if all of it does.
static uint32_t piece_of (rap_text_t text)
{
    if (text.len <= RAP_CHUNK_TEXT_MAX)
        return (uint32_t)text.len;
    uint32_t least = RAP_CHUNK_TEXT_MAX / 2, at = RAP_CHUNK_TEXT_MAX;
    for (uint32_t i = at; i > least; i--)
        if ((text.at[i] == ' ' || text.at[i] == '\n') && strchr (".;:!?", text.at[i - 1]))
            return i;
    for (uint32_t i = at; i > least; i--)
        if (text.at[i] == ' ')
            return i;
    while (at > least && ((unsigned char)text.at[at] & 0xC0) == 0x80)
        at--;
    return at;
}

//  The same with regard to marks: one more than a chunk may have begins another.
static uint32_t piece_at (const carrier_t *w, const rap_plan_t *plan, uint32_t at, uint32_t *mark)
{
    uint32_t len = piece_of (rap_text_of (w->draft->text + at, plan->to - at));
    uint32_t first = *mark;
    while (*mark < plan->marks_end && w->draft->marks[*mark].at <= at + len) {
        if (*mark - first == RAP_CHUNK_MARKS_MAX && w->draft->marks[*mark].at > at)
            return w->draft->marks[*mark].at - at;
        ++*mark;
    }
    return len;
}

//  The next piece begins after the white space at which it was cut.
static uint32_t after_piece (const carrier_t *w, const rap_plan_t *plan, uint32_t at)
{
    return at < plan->to && (w->draft->text[at] == ' ' || w->draft->text[at] == '\n') ? at + 1 : at;
}

//  Chunks that stand under the same heading share its sections.
static void set_sections (carrier_t *w, rap_chunk_t *chunk, const rap_heading_t *heading)
{
    while (heading && heading->depth > RAP_CHUNK_SECTIONS_MAX)
        heading = heading->above;
    chunk->sections_count = heading ? heading->depth : 0;
    if (heading && heading != w->heading) {
        rap_text_t *sections = rap_arena_alloc (w->arena, heading->depth * sizeof *sections);
        for (const rap_heading_t *at = heading; at; at = at->above)
            sections[at->depth - 1] = at->text;
        w->sections = sections;
        w->heading = heading;
    }
    chunk->sections = heading ? w->sections : NULL;
}

//  Chunks before which the same bodies were named share them.
static void set_bodies (carrier_t *w, rap_context_t *context, const rap_plan_t *plan)
{
    size_t size = plan->bodies_count * sizeof *plan->bodies;
    context->bodies_count = plan->bodies_count;
    if (!size)
        return;
    if (!w->bodied || w->bodied->bodies_count != plan->bodies_count
        || memcmp (w->bodied->bodies, plan->bodies, size) != 0) {
        rap_text_t *bodies = rap_arena_alloc (w->arena, plan->bodies_count * sizeof *bodies);
        for (uint32_t i = 0; i < plan->bodies_count; i++)
            bodies[i] = w->draft->rules->bodies[plan->bodies[i]].actor;
        w->bodies = bodies;
        w->bodied = plan;
    }
    context->bodies = w->bodies;
}

static void set_context (carrier_t *w, rap_chunk_t *chunk, const rap_plan_t *plan)
{
    chunk->context.organ = plan->organ;
    chunk->context.lead_in = plan->lead_in;
    chunk->context.note_before = plan->note_before;
    set_bodies (w, &chunk->context, plan);
}

//  Marks [first, end) as code points of the piece's text, which begins at byte
//  `at` of the buffer.
static void set_marks (const carrier_t *w, rap_chunk_t *chunk, uint32_t first, uint32_t end, uint32_t at,
                       rap_text_t raw)
{
    if (first == end)
        return;
    rap_mark_t *marks = rap_arena_alloc (w->arena, (end - first) * sizeof *marks);
    bool same = raw.len == chunk->text.len && raw.at == chunk->text.at;
    size_t bytes = 0, points = 0;
    for (uint32_t i = first; i < end; i++) {
        uint32_t place = w->draft->marks[i].at > at ? w->draft->marks[i].at - at : 0;
        rap_text_t before = rap_text_of (raw.at, place < raw.len ? place : raw.len);
        points = same ? points + rap_utf8_count (rap_text_of (raw.at + bytes, before.len - bytes))
                      : rap_utf8_count (rap_utf8_nfc (before, w->arena));
        bytes = before.len;
        uint32_t note = w->draft->marks[i].note;
        marks[i - first] = (rap_mark_t){
            .at = (uint32_t)points, .footnote = note == UINT32_MAX ? RAP_NO_FOOTNOTE : w->draft->notes[note].ordinal};
    }
    chunk->marks = marks;
    chunk->marks_count = end - first;
}

//  The first edge of emphasis that lies behind byte `at` of the buffer.
static uint32_t first_edge (const rap_draft_t *draft, uint32_t at)
{
    uint32_t low = 0, high = draft->edges_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (draft->edges[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

//  Emphasis within a piece that begins at byte `at` of the buffer. Evidence only:
//  left out where the text's bytes had to change.
static void set_emphasis (const carrier_t *w, rap_chunk_t *chunk, uint32_t at, rap_text_t raw)
{
    uint32_t edge = first_edge (w->draft, at) & ~1u, end = edge;
    while (end < w->draft->edges_count && w->draft->edges[end] < at + raw.len)
        end += 2;
    if (edge == end || raw.len != chunk->text.len || raw.at != chunk->text.at)
        return;
    uint32_t count = (end - edge) / 2 < RAP_CHUNK_EMPHASIS_MAX ? (end - edge) / 2 : RAP_CHUNK_EMPHASIS_MAX;
    rap_emphasis_t *emphasis = rap_arena_alloc (w->arena, count * sizeof *emphasis);
    uint32_t bytes = 0, points = 0, made = 0;
    for (uint32_t i = 0; i < 2 * count; i++) {
        uint32_t place = w->draft->edges[edge + i] > at ? w->draft->edges[edge + i] - at : 0;
        place = place < raw.len ? place : (uint32_t)raw.len;
        points += (uint32_t)rap_utf8_count (rap_text_of (raw.at + bytes, place - bytes));
        bytes = place;
        if (i % 2 == 0)
            emphasis[made].start = points;
        else if (points > emphasis[made].start)
            emphasis[made++].end = points;
    }
    chunk->emphasis = emphasis;
    chunk->emphasis_count = made;
}

static void make_chunks (carrier_t *w, const rap_plan_t *plan)
{
    uint32_t at = plan->at, piece = 0, mark = plan->marks;
    do {
        uint32_t first = mark;
        rap_text_t raw = rap_text_of (w->draft->text + at, piece_at (w, plan, at, &mark));
        rap_chunk_t *chunk = &w->chunks[w->count];
        chunk->ordinal = w->count++;
        chunk->kind = plan->kind;
        chunk->part = plan->part;
        chunk->label = plan->label;
        if (piece++)
            chunk->label = rap_arena_format (w->arena, "%.*s%s(continued %u)", (int)plan->label.len, plan->label.at,
                                             plan->label.len ? " " : "", piece);
        chunk->text = rap_utf8_nfc (raw, w->arena);
        chunk->source_start = plan->start;
        chunk->source_end = plan->end;
        set_sections (w, chunk, plan->heading);
        set_context (w, chunk, plan);
        set_marks (w, chunk, first, mark, at, raw);
        set_emphasis (w, chunk, at, raw);
        at = after_piece (w, plan, at + (uint32_t)raw.len);
    } while (at < plan->to);
}

static uint32_t count_pieces (const carrier_t *w, const rap_plan_t *plan)
{
    uint32_t at = plan->at, count = 0, mark = plan->marks;
    do {
        at = after_piece (w, plan, at + piece_at (w, plan, at, &mark));
        count++;
    } while (at < plan->to);
    return count;
}

//  A chunk and its plan take some 400 bytes. Texts of the field have several hundred
//  bytes a chunk; bytes that fall into millions of crumbs are none of them, and would
//  take a hundred times their size.
enum { CRUMBS_MIN = 64 * 1024, CRUMB = 16 };

rap_status_t rap_plan_check (const rap_draft_t *draft, uint64_t count, rap_reason_t *reason)
{
    if (count > RAP_DOCUMENT_CHUNKS_MAX)
        return rap_refuse (reason, "%llu chunks; a document has at most %d", (unsigned long long)count,
                           RAP_DOCUMENT_CHUNKS_MAX);
    if (count > CRUMBS_MIN && count * CRUMB > draft->text_len)
        return rap_refuse (reason, "%llu chunks in %u bytes of text; beyond %d they have at least %d bytes each",
                           (unsigned long long)count, draft->text_len, CRUMBS_MIN, CRUMB);
    return RAP_OK;
}

rap_status_t rap_plan_carry_out (rap_draft_t *draft, const rap_plan_t *plans, uint32_t plans_count,
                                 rap_arena_t *arena, rap_reading_t *reading, rap_reason_t *reason)
{
    carrier_t w = {.draft = draft, .arena = arena};
    uint64_t count = 0;
    uint32_t *ordinals = rap_arena_alloc (arena, (plans_count + 1) * sizeof *ordinals);
    for (uint32_t i = 0; i < plans_count; i++) {
        ordinals[i] = (uint32_t)count;
        count += count_pieces (&w, &plans[i]);
    }
    rap_status_t status = rap_plan_check (draft, count, reason);
    if (status != RAP_OK)
        return status;
    for (uint32_t i = 0; i < draft->notes_count; i++)
        draft->notes[i].ordinal = ordinals[draft->notes[i].ordinal];
    w.chunks = rap_arena_alloc (arena, count * sizeof *w.chunks);
    for (uint32_t i = 0; i < plans_count; i++)
        make_chunks (&w, &plans[i]);
    reading->chunks = w.chunks;
    reading->document.chunks = w.count;
    return RAP_OK;
}
