//  spans: one pass over the text, at its code points' beginnings.

#include "spans.h"

#include <stdlib.h>

#include "rapporteur/utf8.h"

static int by_start (const void *left, const void *right)
{
    const rap_span_t *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return a->finding < b->finding ? -1 : 1;
}

//  Moves from one code point offset to a later one, in bytes.
static uint32_t advance (rap_text_t text, uint32_t byte, uint32_t points)
{
    for (; points > 0 && byte < text.len; points--)
        do
            byte++;
        while (byte < text.len && ((unsigned char)text.at[byte] & 0xC0) == 0x80);
    return byte;
}

static void to_bytes (rap_text_t text, rap_span_t *spans, uint32_t count)
{
    uint32_t byte = 0, point = 0;
    for (uint32_t i = 0; i < count; i++) {
        byte = advance (text, byte, spans[i].start - point);
        point = spans[i].start;
        spans[i].end = advance (text, byte, spans[i].end - point);
        spans[i].start = byte;
    }
}

rap_spans_t rap_spans_of (const rap_extract_t *x, uint32_t kinds)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < x->findings->count; i++)
        count += (kinds & RAP_SPANS_KIND (x->findings->at[i].kind)) != 0;
    if (!count)
        return (rap_spans_t){.at = NULL};
    rap_span_t *spans = rap_arena_alloc (x->arena, count * sizeof *spans);
    uint32_t filled = 0;
    bool sorted = true;
    for (uint32_t i = 0; i < x->findings->count; i++) {
        const rap_finding_t *finding = &x->findings->at[i];
        if (!(kinds & RAP_SPANS_KIND (finding->kind)))
            continue;
        spans[filled] = (rap_span_t){.start = finding->start, .end = finding->end, .finding = i};
        sorted = sorted && (filled == 0 || by_start (&spans[filled - 1], &spans[filled]) <= 0);
        filled++;
    }
    if (!sorted)
        qsort (spans, count, sizeof *spans, by_start);
    if (rap_utf8_count (x->text) != x->text.len)
        to_bytes (x->text, spans, count);
    return (rap_spans_t){.at = spans, .count = count};
}

const rap_span_t *rap_spans_next (const rap_spans_t *self, uint32_t *next, uint32_t from)
{
    while (*next < self->count && self->at[*next].end <= from)
        (*next)++;
    return *next < self->count ? &self->at[*next] : NULL;
}
