//  export_akn: the plan, written out: regions in their order, sections nested by their headings' depth.
#include "export_akn.h"

#include <stdlib.h>

typedef struct {
    rap_akn_t *akn;
    uint32_t part;
    rap_akn_region_t region;                       //  that is open
    uint32_t sections[RAP_CHUNK_SECTIONS_MAX + 1]; //  depths of the headings of those that are open
    uint32_t sections_count;
    uint32_t references; //  to components, written
    bool any;            //  something stands in the body
} body_t;

static void block (rap_akn_t *akn, const char *element, rap_text_t eid)
{
    rap_xml_block (akn->xml, element);
    rap_xml_attribute (akn->xml, "eId", eid);
}

//  The element that a chunk becomes bears its id, by which it is found in the database.
static void guid (rap_akn_t *akn, uint32_t chunk)
{
    rap_xml_attribute (akn->xml, "GUID",
                       rap_arena_format (akn->scratch, "%s-%u", akn->document->document_id.at,
                                         akn->document->chunks[chunk].ordinal));
}

static rap_text_t below (rap_akn_t *akn, rap_text_t eid, const char *element)
{
    return rap_arena_format (akn->scratch, "%s__%s", eid.at, element);
}

//  --- paragraphs -------------------------------------------------------------------
typedef struct {
    rap_akn_t *akn;
    rap_akn_writer_t writer;
    const rap_lettered_t *lines;
    uint32_t lines_count;
    uint32_t at; //  the line that is next
} lines_t;

static lines_t lines_of (rap_akn_t *akn, uint32_t chunk)
{
    lines_t self = {.akn = akn, .writer = {.akn = akn, .chunk = chunk}};
    self.lines = rap_lettered_read (akn->document->chunks[chunk].text, akn->scratch, &self.lines_count);
    return self;
}

static bool is_marked (const lines_t *self, uint32_t line)
{
    return self->lines[line].mark_end > self->lines[line].start;
}

//  The next line as a block; `from` is its beginning, or what is after its mark.
static void write_line (lines_t *self, uint32_t from)
{
    rap_xml_block (self->akn->xml, "p");
    rap_akn_text (&self->writer, from, self->lines[self->at].end);
    rap_xml_end (self->akn->xml);
    self->at++;
}

//  Lines up to the next with a mark.
static void write_unmarked (lines_t *self)
{
    while (self->at < self->lines_count && !is_marked (self, self->at))
        write_line (self, self->lines[self->at].start);
}

//  The next line, which has a mark, and what is below it.
static void write_lettered (lines_t *self, rap_text_t parent, uint32_t last)
{
    static const char *const elements[] = {"subparagraph", "point", "indent"};
    static const char *const names[] = {"subpara", "point", "indent"};
    const rap_lettered_t *line = &self->lines[self->at];
    uint32_t level = line->level < 2 ? line->level : 2;
    rap_text_t text = self->akn->document->chunks[self->writer.chunk].text;
    rap_text_t mark = rap_text_of (text.at + line->start, line->mark_end - line->start);
    rap_text_t slug = rap_akn_slug (mark, self->akn->scratch);
    rap_text_t eid = rap_akn_id (self->akn, rap_arena_format (self->akn->scratch, "%s__%s_%.*s", parent.at,
                                                              names[level], (int)slug.len, slug.at));
    uint32_t next = self->at + 1;
    while (next < self->lines_count && !is_marked (self, next))
        next++;
    bool has_below = next < self->lines_count && self->lines[next].level > line->level;
    block (self->akn, elements[level], eid);
    rap_xml_block (self->akn->xml, "num");
    rap_xml_text (self->akn->xml, mark);
    rap_xml_end (self->akn->xml);
    block (self->akn, has_below ? "intro" : "content", below (self->akn, eid, has_below ? "intro" : "content"));
    write_line (self, line->body);
    while (self->at < next && self->at <= last)
        write_line (self, self->lines[self->at].start);
    rap_xml_end (self->akn->xml);
    while (self->at <= last && is_marked (self, self->at) && self->lines[self->at].level > line->level)
        write_lettered (self, eid, last);
    rap_xml_end (self->akn->xml);
}

//  Lines after the last with a mark end the paragraph as a whole.
static void write_lines (rap_akn_t *akn, uint32_t chunk)
{
    lines_t lines = lines_of (akn, chunk);
    rap_text_t eid = akn->places[chunk].eid;
    uint32_t last = lines.lines_count;
    while (last && !is_marked (&lines, last - 1))
        last--;
    if (!last) {
        block (akn, "content", below (akn, eid, "content"));
        write_unmarked (&lines);
        rap_xml_end (akn->xml);
        return;
    }
    last--;
    if (!is_marked (&lines, 0)) {
        block (akn, "intro", below (akn, eid, "intro"));
        write_unmarked (&lines);
        rap_xml_end (akn->xml);
    }
    while (lines.at <= last)
        write_lettered (&lines, eid, last);
    if (lines.at < lines.lines_count) {
        block (akn, "wrapUp", below (akn, eid, "wrapUp"));
        write_unmarked (&lines);
        rap_xml_end (akn->xml);
    }
}

static void write_paragraph (rap_akn_t *akn, uint32_t at)
{
    const rap_export_chunk_t *chunk = &akn->document->chunks[at];
    bool numbered = chunk->label.len && chunk->kind != RAP_PREAMBULAR;
    block (akn, "paragraph", akn->places[at].eid);
    guid (akn, at);
    if (chunk->kind < RAP_CHUNK_KINDS && !numbered)
        rap_xml_attribute_string (akn->xml, "class", rap_chunk_kind_name (chunk->kind));
    if (numbered) {
        const char *dot = chunk->label.at[chunk->label.len - 1] == ')' ? "" : ".";
        rap_xml_block (akn->xml, "num");
        rap_xml_text (akn->xml, rap_arena_format (akn->scratch, "%s%s", chunk->label.at, dot));
        rap_xml_end (akn->xml);
    }
    write_lines (akn, at);
    rap_xml_end (akn->xml);
}

//  --- headings ---------------------------------------------------------------------
static void close_sections (body_t *body, uint32_t depth)
{
    while (body->sections_count && body->sections[body->sections_count - 1] >= depth) {
        rap_xml_end (body->akn->xml);
        body->sections_count--;
    }
}

static void write_heading_text (rap_akn_t *akn, uint32_t at, rap_text_t eid)
{
    const rap_export_chunk_t *chunk = &akn->document->chunks[at];
    rap_akn_writer_t writer = {.akn = akn, .chunk = at};
    uint32_t number = chunk->number_len;
    if (number) {
        rap_xml_block (akn->xml, "num");
        rap_xml_text (akn->xml, rap_text_trim (rap_text_of (chunk->text.at, number)));
        rap_xml_end (akn->xml);
    }
    block (akn, "heading", eid);
    guid (akn, at);
    rap_akn_text (&writer, number, (uint32_t)chunk->text.len);
    rap_xml_end (akn->xml);
}

static void open_section (body_t *body, uint32_t at)
{
    rap_akn_t *akn = body->akn;
    const rap_export_chunk_t *chunk = &akn->document->chunks[at];
    close_sections (body, chunk->depth);
    if (body->sections_count == RAP_CHUNK_SECTIONS_MAX + 1) {
        rap_xml_end (akn->xml);
        body->sections_count--;
    }
    block (akn, "section", akn->places[at].eid);
    body->sections[body->sections_count++] = chunk->depth;
    write_heading_text (akn, at, below (akn, akn->places[at].eid, "heading"));
}

//  --- before and after the body ------------------------------------------------------
static void write_blocks (rap_akn_t *akn, uint32_t chunk)
{
    lines_t lines = lines_of (akn, chunk);
    while (lines.at < lines.lines_count)
        write_line (&lines, lines.lines[lines.at].start);
}

//  'A/RES/74/177' alone in a line is the document's number; so is its session.
static void write_masthead (rap_akn_t *akn, uint32_t at)
{
    const rap_export_document_t *document = akn->document;
    lines_t lines = lines_of (akn, at);
    block (akn, "container", akn->places[at].eid);
    guid (akn, at);
    rap_xml_attribute_string (akn->xml, "name", "masthead");
    while (lines.at < lines.lines_count) {
        const rap_lettered_t *line = &lines.lines[lines.at];
        rap_text_t text = rap_text_of (document->chunks[at].text.at + line->start, line->end - line->start);
        const char *element = !text.len                                  ? NULL
                              : rap_text_equal (text, document->symbol)  ? "docNumber"
                              : rap_text_equal (text, document->session) ? "session"
                                                                         : NULL;
        rap_xml_block (akn->xml, "p");
        if (element)
            rap_xml_inline (akn->xml, element);
        rap_akn_text (&lines.writer, line->start, line->end);
        if (element)
            rap_xml_end (akn->xml);
        rap_xml_end (akn->xml);
        lines.at++;
    }
    rap_xml_end (akn->xml);
}

//  Bytes of '74/177.' at the beginning of a resolution's title; 0 if there is no number.
static uint32_t title_number_len (rap_text_t title)
{
    uint32_t len = 0, digits = 0;
    for (; len < title.len
           && ((title.at[len] >= 'A' && title.at[len] <= 'Z') || strchr ("0123456789/ ()-", title.at[len]));
         len++)
        digits += title.at[len] >= '0' && title.at[len] <= '9';
    return digits && len + 2 < title.len && title.at[len] == '.' && title.at[len + 1] == ' ' ? len + 1 : 0;
}

static void write_title (rap_akn_t *akn, uint32_t at)
{
    lines_t lines = lines_of (akn, at);
    rap_text_t title = akn->document->chunks[at].text;
    block (akn, "longTitle", akn->places[at].eid);
    guid (akn, at);
    while (lines.at < lines.lines_count) {
        uint32_t start = lines.lines[lines.at].start, number = lines.at ? 0 : title_number_len (title);
        rap_xml_block (akn->xml, "p");
        if (number) {
            rap_xml_inline (akn->xml, "docNumber");
            rap_akn_text (&lines.writer, 0, number);
            rap_xml_end (akn->xml);
            rap_xml_text (akn->xml, RAP_TEXT (" "));
            start = number + 1;
        }
        rap_xml_inline (akn->xml, "docTitle");
        rap_akn_text (&lines.writer, start, lines.lines[lines.at].end);
        rap_xml_end (akn->xml);
        rap_xml_end (akn->xml);
        lines.at++;
    }
    rap_xml_end (akn->xml);
}

//  In a container of its own, so that several lines stay one chunk.
static void write_container (rap_akn_t *akn, uint32_t at, const char *element, const char *name)
{
    block (akn, element, akn->places[at].eid);
    guid (akn, at);
    rap_xml_attribute_string (akn->xml, "name", name);
    write_blocks (akn, at);
    rap_xml_end (akn->xml);
}

static void write_before (rap_akn_t *akn, uint32_t at)
{
    const rap_export_chunk_t *chunk = &akn->document->chunks[at];
    if (chunk->kind == RAP_MASTHEAD && akn->places[at].region == RAP_AKN_COVER)
        write_masthead (akn, at);
    else if (chunk->kind == RAP_TITLE && akn->places[at].region == RAP_AKN_PREFACE)
        write_title (akn, at);
    else if (chunk->kind == RAP_FORMULA)
        write_container (akn, at, "formula", "enactingFormula");
    else
        write_container (akn, at, "container",
                         chunk->kind < RAP_CHUNK_KINDS ? rap_chunk_kind_name (chunk->kind) : "text");
}

//  --- documents ----------------------------------------------------------------------
static const char *const regions[] = {[RAP_AKN_NOTE] = NULL,
                                      [RAP_AKN_HEADING] = NULL,
                                      [RAP_AKN_COVER] = "coverPage",
                                      [RAP_AKN_PREFACE] = "preface",
                                      [RAP_AKN_PREAMBLE] = "preamble",
                                      [RAP_AKN_BODY] = "mainBody",
                                      [RAP_AKN_CONCLUSIONS] = "conclusions"};

static void close_region (body_t *body)
{
    close_sections (body, 0);
    if (regions[body->region])
        rap_xml_end (body->akn->xml);
    body->region = RAP_AKN_HEADING;
}

//  There is a body in every document; where it would be empty it has an empty block.
static void write_empty_body (rap_akn_t *akn)
{
    rap_xml_block (akn->xml, "mainBody");
    rap_xml_block (akn->xml, "p");
    rap_xml_end (akn->xml);
    rap_xml_end (akn->xml);
}

static void enter_region (body_t *body, rap_akn_region_t region)
{
    if (body->region == region)
        return;
    close_region (body);
    if (region > RAP_AKN_BODY && !body->any)
        write_empty_body (body->akn);
    body->any = body->any || region >= RAP_AKN_BODY;
    body->region = region;
    rap_xml_block (body->akn->xml, regions[region]);
}

//  An empty masthead says nothing, unless a note hangs on it.
static bool is_nothing (const rap_export_chunk_t *chunk)
{
    return chunk->kind == RAP_MASTHEAD && !chunk->text.len && !chunk->notes_count;
}

static void write_chunk (body_t *body, uint32_t at)
{
    rap_arena_reset (body->akn->scratch);
    rap_akn_t *akn = body->akn;
    const rap_export_chunk_t *chunk = &akn->document->chunks[at];
    rap_akn_region_t region = akn->places[at].region;
    if (!regions[region] || is_nothing (chunk))
        return;
    enter_region (body, region);
    if (region != RAP_AKN_BODY) {
        write_before (akn, at);
    } else if (chunk->kind == RAP_HEADING || chunk->kind == RAP_TITLE) {
        open_section (body, at);
    } else {
        close_sections (body, chunk->depth);
        write_paragraph (akn, at);
    }
}

static void write_component_reference (body_t *body, const rap_akn_part_t *part)
{
    rap_akn_t *akn = body->akn;
    enter_region (body, RAP_AKN_BODY);
    rap_text_t eid = rap_arena_format (akn->scratch, "cref_%s", part->eid.at);
    block (akn, "componentRef", rap_akn_id (akn, eid));
    rap_xml_attribute (akn->xml, "src", rap_arena_format (akn->scratch, "#%s", part->eid.at));
    rap_xml_attribute (akn->xml, "showAs", part->last);
    rap_xml_end (akn->xml);
}

static void write_document (rap_akn_t *akn, uint32_t number);

//  The heading above a component: the chunk of that region in it, if there is one.
static void write_component (rap_akn_t *akn, uint32_t number)
{
    const rap_akn_part_t *part = &akn->parts[number];
    block (akn, part->attached ? "attachment" : "component", part->eid);
    for (const rap_akn_event_t *event = part->events; event; event = event->next)
        if (!event->is_part && akn->places[event->index].region == RAP_AKN_HEADING)
            write_heading_text (akn, event->index, akn->places[event->index].eid);
    write_document (akn, number);
    rap_xml_end (akn->xml);
}

static void write_nested (rap_akn_t *akn, uint32_t number, bool attached)
{
    bool open = false;
    for (const rap_akn_event_t *event = akn->parts[number].events; event; event = event->next) {
        if (!event->is_part || akn->parts[event->index].attached != attached)
            continue;
        if (!open)
            rap_xml_block (akn->xml, attached ? "attachments" : "components");
        open = true;
        write_component (akn, event->index);
    }
    if (open)
        rap_xml_end (akn->xml);
}

static void write_document (rap_akn_t *akn, uint32_t number)
{
    const rap_akn_part_t *part = &akn->parts[number];
    body_t body = {.akn = akn, .part = number, .region = RAP_AKN_HEADING};
    rap_xml_block (akn->xml, rap_text_equal (part->name.doctype, RAP_TEXT ("statement")) ? "statement" : "doc");
    rap_xml_attribute (akn->xml, "name", part->name.name);
    rap_akn_meta (akn, number);
    for (const rap_akn_event_t *event = part->events; event; event = event->next)
        if (!event->is_part)
            write_chunk (&body, event->index);
        else if (!akn->parts[event->index].attached)
            write_component_reference (&body, &akn->parts[event->index]);
    close_region (&body);
    if (!body.any)
        write_empty_body (akn);
    write_nested (akn, number, true);
    write_nested (akn, number, false);
    rap_xml_end (akn->xml);
}

void rap_export_akn (const rap_export_document_t *document, const rap_naming_t *naming, FILE *stream)
{
    rap_akn_t akn = {.document = document,
                     .naming = naming,
                     .arena = rap_arena_new (),
                     .scratch = rap_arena_new (),
                     .xml = rap_xml_new (stream),
                     .ids = xmlHashCreate (256),
                     .known = xmlHashCreate (64),
                     .days = xmlHashCreate (64)};
    if (!akn.ids || !akn.known || !akn.days)
        abort (); //  out of memory
    rap_akn_plan (&akn);
    rap_akn_plan_names (&akn);
    rap_xml_block (akn.xml, "akomaNtoso");
    rap_xml_attribute_string (akn.xml, "xmlns", "http://docs.oasis-open.org/legaldocml/ns/akn/3.0");
    write_document (&akn, 0);
    rap_xml_end (akn.xml);
    rap_xml_destroy (&akn.xml);
    xmlHashFree (akn.ids, NULL);
    xmlHashFree (akn.known, NULL);
    xmlHashFree (akn.days, NULL);
    rap_arena_destroy (&akn.scratch);
    rap_arena_destroy (&akn.arena);
}
