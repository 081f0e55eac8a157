//  export_akn_text: text with inlines in it, which must nest, and notes at their marks.
#include "export_akn.h"

enum { NESTED_MAX = 4 }; //  inlines within inlines

typedef struct {
    rap_akn_writer_t *writer;
    const rap_export_chunk_t *chunk;
    uint32_t at, end;
    uint32_t open[NESTED_MAX]; //  where the open inlines end, the innermost last
    rap_finding_kind_t kinds[NESTED_MAX];
    uint32_t depth;
} run_t;

static void put_until (run_t *run, uint32_t to)
{
    if (to > run->at)
        rap_xml_text (run->writer->akn->xml, rap_text_of (run->chunk->text.at + run->at, to - run->at));
    run->at = to > run->at ? to : run->at;
}

//  --- notes ------------------------------------------------------------------------
static void write_note_text (rap_akn_t *akn, uint32_t footnote)
{
    const rap_export_chunk_t *chunk = &akn->document->chunks[footnote];
    rap_akn_writer_t writer = {.akn = akn, .chunk = footnote};
    uint32_t start = 0;
    for (;;) {
        const char *end = memchr (chunk->text.at + start, '\n', chunk->text.len - start);
        uint32_t stop = end ? (uint32_t)(end - chunk->text.at) : (uint32_t)chunk->text.len;
        rap_xml_inline (akn->xml, "p");
        rap_akn_text (&writer, start, stop);
        rap_xml_end (akn->xml);
        if (!end)
            return;
        start = stop + 1;
    }
}

static void note_attributes (rap_akn_t *akn, const rap_export_chunk_t *footnote)
{
    rap_xml_attribute (akn->xml, "marker", footnote->label);
    rap_xml_attribute_string (akn->xml, "placement", "bottom");
}

static void write_note (rap_akn_writer_t *writer, const rap_note_at_t *note)
{
    rap_akn_t *akn = writer->akn;
    if (note->footnote == RAP_NO_CHUNK) { //  all that is left of it
        rap_text_t eid =
            rap_arena_format (akn->scratch, "%s__marker_%u", akn->places[writer->chunk].eid.at, ++writer->markers);
        rap_xml_inline (akn->xml, "marker");
        rap_xml_attribute (akn->xml, "eId", eid);
        rap_xml_attribute_string (akn->xml, "name", "note");
        rap_xml_end (akn->xml);
        return;
    }
    const rap_export_chunk_t *footnote = &akn->document->chunks[note->footnote];
    rap_text_t eid = akn->places[note->footnote].eid;
    if (!note->first) {
        rap_xml_inline (akn->xml, "noteRef");
        rap_xml_attribute (akn->xml, "href", rap_arena_format (akn->scratch, "#%s", eid.at));
        note_attributes (akn, footnote);
        rap_xml_end (akn->xml);
        return;
    }
    rap_xml_inline (akn->xml, "authorialNote");
    rap_xml_attribute (akn->xml, "eId", eid);
    rap_xml_attribute (akn->xml, "GUID",
                       rap_arena_format (akn->scratch, "%s-%u", akn->document->document_id.at, footnote->ordinal));
    if (!note->marked)
        rap_xml_attribute_string (akn->xml, "class", "unmarked");
    note_attributes (akn, footnote);
    write_note_text (akn, note->footnote);
    rap_xml_end (akn->xml);
}

//  --- inlines ----------------------------------------------------------------------
static rap_text_t cited_work (const rap_akn_t *akn, const rap_span_t *span)
{
    rap_text_t day = span->more;
    if (!rap_akn_is_day (day)) {
        rap_text_t key = rap_arena_text (akn->scratch, span->key);
        day = rap_text (xmlHashLookup (akn->days, (const unsigned char *)key.at));
    }
    if (span->target_kind.len)
        return rap_naming_document (akn->naming, span->key, span->target_kind, span->target_body, day, span->key,
                                    akn->scratch)
            .work;
    return rap_naming_cited (akn->naming, span->key, day, akn->scratch);
}

//  The element of a span; NULL: it is written as plain text.
static const char *element_of (const rap_akn_t *akn, const rap_span_t *span)
{
    static const char *const elements[RAP_FINDING_COUNT] = {
        [RAP_FINDING_citation] = "ref",       [RAP_FINDING_quantity] = "quantity",
        [RAP_FINDING_date_mention] = "date",  [RAP_FINDING_place] = "location",
        [RAP_FINDING_actor] = "organization", [RAP_FINDING_clause] = "term",
        [RAP_FINDING_publication] = "object"};
    switch (span->kind) {
    case RAP_FINDING_citation:
        return span->key.len ? elements[span->kind] : NULL;
    case RAP_FINDING_date_mention:
        return rap_akn_is_day (span->key) ? elements[span->kind] : NULL;
    default:
        return rap_akn_reference (akn, span) ? elements[span->kind] : NULL;
    }
}

static void begin_inline (run_t *run, const rap_span_t *span, const char *element)
{
    rap_akn_t *akn = run->writer->akn;
    rap_text_t eid = rap_arena_format (akn->scratch, "%s__%s_%u", akn->places[run->writer->chunk].eid.at, element,
                                       ++run->writer->counts[span->kind]);
    put_until (run, span->start);
    rap_xml_inline (akn->xml, element);
    rap_xml_attribute (akn->xml, "eId", eid);
    if (span->kind == RAP_FINDING_citation) {
        rap_xml_attribute (akn->xml, "href", cited_work (akn, span));
    } else if (span->kind == RAP_FINDING_date_mention) {
        rap_xml_attribute (akn->xml, "date", span->key);
        if (!rap_text_equal (span->key, span->more)) //  an interval, as ISO 8601 has it
            rap_xml_attribute (akn->xml, "title",
                               rap_arena_format (akn->scratch, "%s/%s", span->key.at, span->more.at));
    } else {
        rap_xml_attribute (akn->xml, "refersTo",
                           rap_arena_format (akn->scratch, "#%s", rap_akn_reference (akn, span)->eid.at));
        if (span->kind == RAP_FINDING_quantity)
            rap_xml_attribute (akn->xml, "normalized", span->more);
    }
    run->open[run->depth] = span->end;
    run->kinds[run->depth++] = span->kind;
}

static void end_inline (run_t *run)
{
    put_until (run, run->open[run->depth - 1]);
    rap_xml_end (run->writer->akn->xml);
    run->depth--;
}

//  An inline of a kind is in none of its own, and none reaches out of another.
static bool fits (const run_t *run, const rap_span_t *span)
{
    if (span->end <= span->start || span->end > run->end || run->depth == NESTED_MAX)
        return false;
    for (uint32_t i = 0; i < run->depth; i++)
        if (run->kinds[i] == span->kind || span->end > run->open[i])
            return false;
    return true;
}

//  What comes next is, at the same place: an end, a note, a beginning.
void rap_akn_text (rap_akn_writer_t *writer, uint32_t start, uint32_t end)
{
    const rap_export_chunk_t *chunk = &writer->akn->document->chunks[writer->chunk];
    run_t run = {.writer = writer, .chunk = chunk, .at = start, .end = end};
    for (;;) {
        const rap_span_t *span = writer->next_span < chunk->spans_count ? &chunk->spans[writer->next_span] : NULL;
        const rap_note_at_t *note = writer->next_note < chunk->notes_count ? &chunk->notes[writer->next_note] : NULL;
        uint32_t begins = span && span->start < end ? span->start : UINT32_MAX;
        uint32_t noted = note && note->at <= end ? note->at : UINT32_MAX;
        uint32_t ends = run.depth ? run.open[run.depth - 1] : UINT32_MAX;
        if (ends != UINT32_MAX && ends <= noted && ends <= begins) {
            end_inline (&run);
        } else if (noted != UINT32_MAX && noted <= begins) {
            put_until (&run, noted);
            write_note (writer, note);
            writer->next_note++;
        } else if (begins != UINT32_MAX) {
            const char *element = begins >= run.at && fits (&run, span) ? element_of (writer->akn, span) : NULL;
            if (element)
                begin_inline (&run, span, element);
            writer->next_span++;
        } else {
            break;
        }
    }
    put_until (&run, end);
}
