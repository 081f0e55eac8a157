//  export_akn_plan: parts in one pass over the chunks, then regions part by part, then eIds.
#include "export_akn.h"

#include <stdint.h>

enum { NESTING_MAX = 8 }; //  parts nested deeper go into the one above

static const unsigned char *hash_key (rap_akn_t *self, rap_text_t text)
{
    return (const unsigned char *)rap_arena_text (self->scratch, text).at;
}

rap_text_t rap_akn_id (rap_akn_t *self, rap_text_t wanted)
{
    rap_text_t id = rap_arena_text (self->arena, wanted);
    //  How often it was wanted is kept with it, so that many of a kind are no slower than few.
    uintptr_t times = (uintptr_t)xmlHashLookup (self->ids, (const unsigned char *)id.at);
    rap_text_t base = id;
    while (xmlHashLookup (self->ids, (const unsigned char *)id.at))
        id = rap_arena_format (self->arena, "%s_%lu", base.at, (unsigned long)++times);
    if (id.at != base.at)
        xmlHashUpdateEntry (self->ids, (const unsigned char *)base.at, (void *)times, NULL); //  NOLINT
    xmlHashAddEntry (self->ids, (const unsigned char *)id.at, (void *)(uintptr_t)1);         //  NOLINT
    return id;
}

//  --- parts ---------------------------------------------------------------------
static void add_event (rap_akn_t *self, uint32_t part, bool is_part, uint32_t index)
{
    rap_akn_event_t *event = rap_arena_alloc (self->arena, sizeof *event);
    *event = (rap_akn_event_t){.is_part = is_part, .index = index};
    rap_akn_part_t *to = &self->parts[part];
    if (to->events_end)
        to->events_end->next = event;
    else
        to->events = event;
    to->events_end = event;
}

static uint32_t known_part (rap_akn_t *self, xmlHashTablePtr numbers, rap_text_t path)
{
    uintptr_t number = (uintptr_t)xmlHashLookup (numbers, hash_key (self, path));
    return number ? (uint32_t)number - 1 : RAP_NO_CHUNK;
}

static uint32_t add_part (rap_akn_t *self, xmlHashTablePtr numbers, rap_text_t path, uint32_t parent)
{
    uint32_t part = self->parts_count++;
    if ((part & (part - 1)) == 0) { //  rooms are powers of two
        rap_akn_part_t *more = rap_arena_alloc (self->arena, (part ? 2 * (size_t)part : 1) * sizeof *more);
        if (part)
            memcpy (more, self->parts, part * sizeof *more);
        self->parts = more;
    }
    size_t last = path.len;
    while (last && path.at[last - 1] != '/')
        last--;
    self->parts[part] = (rap_akn_part_t){.path = path, .last = rap_text_from (path, last), .parent = parent};
    if (part != parent) {
        self->parts[part].depth = self->parts[parent].depth + 1;
        add_event (self, parent, true, part);
    }
    xmlHashAddEntry (numbers, hash_key (self, path), (void *)(uintptr_t)(part + 1)); //  NOLINT
    return part;
}

//  The part of that path: in the nearest part above it that has text of its own.
static uint32_t part_of (rap_akn_t *self, xmlHashTablePtr numbers, rap_text_t path)
{
    uint32_t part = known_part (self, numbers, path);
    if (part != RAP_NO_CHUNK)
        return part;
    rap_text_t above = path;
    do {
        while (above.len && above.at[above.len - 1] != '/')
            above.len--;
        if (above.len)
            above.len--;
        part = known_part (self, numbers, above);
    } while (part == RAP_NO_CHUNK);
    return self->parts[part].depth < NESTING_MAX ? add_part (self, numbers, path, part) : part;
}

static void find_parts (rap_akn_t *self)
{
    const rap_export_document_t *document = self->document;
    xmlHashTablePtr numbers = xmlHashCreate (16);
    uint32_t part = add_part (self, numbers, RAP_TEXT (""), 0);
    rap_text_t path = RAP_TEXT ("");
    for (uint32_t i = 0; i < document->chunks_count; i++) {
        if (!rap_text_equal (path, document->chunks[i].part)) {
            path = document->chunks[i].part;
            part = part_of (self, numbers, path);
        }
        add_event (self, part, false, i);
    }
    xmlHashFree (numbers, NULL);
}

//  --- regions --------------------------------------------------------------------
typedef struct {
    uint32_t opening;     //  last chunk of the preamble; RAP_NO_CHUNK none
    uint32_t conclusions; //  first chunk of the text after the last clause; RAP_NO_CHUNK none
    bool has_clauses;
    bool has_body; //  something that can only stand in the body
} shape_t;

static bool is_clause (rap_chunk_kind_t kind)
{
    return kind == RAP_OPERATIVE || kind == RAP_PARAGRAPH || kind == RAP_ITEM;
}

//  Of a part: what it has, before it is decided where each chunk goes.
static shape_t shape_of (const rap_akn_t *self, const rap_akn_part_t *part)
{
    shape_t shape = {.opening = RAP_NO_CHUNK, .conclusions = RAP_NO_CHUNK};
    bool begun = false, first = part->depth > 0; //  a component's first heading is its own
    for (const rap_akn_event_t *event = part->events; event; event = event->next) {
        rap_chunk_kind_t kind = event->is_part ? RAP_CHUNK_KINDS : self->document->chunks[event->index].kind;
        if (kind == RAP_FOOTNOTE)
            continue;
        if (event->is_part) {
            begun = true;
            if (!self->parts[event->index].attached)
                shape.conclusions = RAP_NO_CHUNK;
            continue;
        }
        if ((kind == RAP_FORMULA || kind == RAP_PREAMBULAR) && !begun) {
            shape.opening = event->index;
            shape.has_clauses = true;
        }
        begun = begun || is_clause (kind);
        shape.has_clauses = shape.has_clauses || kind == RAP_OPERATIVE;
        shape.has_body = shape.has_body || is_clause (kind) || kind == RAP_SUMMARY || (kind == RAP_HEADING && !first);
        first = false;
        if (kind != RAP_PLAIN)
            shape.conclusions = RAP_NO_CHUNK;
        else if (shape.conclusions == RAP_NO_CHUNK && begun)
            shape.conclusions = event->index;
    }
    return shape;
}

static rap_akn_region_t region_of (rap_chunk_kind_t kind, uint32_t chunk, rap_akn_region_t before,
                                   const shape_t *shape)
{
    bool in_opening = shape->opening != RAP_NO_CHUNK && chunk <= shape->opening;
    if (shape->conclusions != RAP_NO_CHUNK && chunk >= shape->conclusions && shape->has_clauses)
        return RAP_AKN_CONCLUSIONS;
    if (before >= RAP_AKN_BODY)
        return RAP_AKN_BODY;
    switch (kind) {
    case RAP_MASTHEAD:
        return before <= RAP_AKN_COVER ? RAP_AKN_COVER : RAP_AKN_BODY;
    case RAP_TITLE:
        return before <= RAP_AKN_PREFACE ? RAP_AKN_PREFACE : in_opening ? before : RAP_AKN_BODY;
    case RAP_FORMULA:
    case RAP_PREAMBULAR:
        return in_opening ? RAP_AKN_PREAMBLE : RAP_AKN_BODY;
    case RAP_PLAIN:
        if (before == RAP_AKN_PREAMBLE)
            return in_opening ? RAP_AKN_PREAMBLE : RAP_AKN_BODY;
        return in_opening || shape->has_body ? RAP_AKN_PREFACE : RAP_AKN_BODY;
    case RAP_HEADING:
        if (!in_opening)
            return RAP_AKN_BODY;
        return before < RAP_AKN_PREFACE ? RAP_AKN_PREFACE : before;
    default:
        return RAP_AKN_BODY;
    }
}

static void place_chunks (rap_akn_t *self, uint32_t number)
{
    const rap_akn_part_t *part = &self->parts[number];
    shape_t shape = shape_of (self, part);
    rap_akn_region_t region = number ? RAP_AKN_HEADING : RAP_AKN_COVER;
    bool first = number > 0; //  a component may have a heading before it
    for (const rap_akn_event_t *event = part->events; event; event = event->next) {
        if (event->is_part) {
            region = region > RAP_AKN_BODY || self->parts[event->index].attached ? region : RAP_AKN_BODY;
            continue;
        }
        rap_chunk_kind_t kind = self->document->chunks[event->index].kind;
        rap_akn_place_t *place = &self->places[event->index];
        if (kind == RAP_FOOTNOTE) {
            place->region = RAP_AKN_NOTE;
        } else if (first && kind == RAP_HEADING) {
            place->region = RAP_AKN_HEADING;
        } else {
            region = region_of (kind, event->index, region, &shape);
            place->region = region;
        }
        first = first && kind == RAP_FOOTNOTE;
    }
    self->parts[number].has_clauses = shape.has_clauses;
}

static bool is_annex (const rap_akn_t *self, uint32_t part)
{
    rap_akn_name_t name = rap_naming_part (self->naming, self->parts[part].last);
    return rap_text_equal (name.subtype, RAP_TEXT ("annex"));
}

//  Annexes that end a document are attached to it. Other parts, and what goes before more of
//  the document, are components with references at their places; beside those annexes are
//  components too, since attachments stand before components and would be read too early.
static void find_attachments (rap_akn_t *self)
{
    for (uint32_t i = 0; i < self->parts_count; i++) {
        bool attached = true, ended = false;
        for (const rap_akn_event_t *event = self->parts[i].events; event; event = event->next) {
            if (event->is_part)
                attached = attached && is_annex (self, event->index);
            else if (self->document->chunks[event->index].kind != RAP_FOOTNOTE)
                attached = attached && !ended;
            ended = ended || event->is_part;
        }
        for (const rap_akn_event_t *event = self->parts[i].events; event; event = event->next)
            if (event->is_part)
                self->parts[event->index].attached = attached;
    }
}

//  --- eIds -----------------------------------------------------------------------
static rap_text_t numbered (rap_akn_t *self, rap_text_t prefix, const char *element, rap_text_t number,
                            uint32_t *count)
{
    rap_arena_reset (self->scratch);
    rap_text_t slug = rap_akn_slug (number, self->scratch);
    if (!slug.len)
        return rap_akn_id (
            self, rap_arena_format (self->scratch, "%.*s%s_nn_%u", (int)prefix.len, prefix.at, element, ++*count));
    return rap_akn_id (self, rap_arena_format (self->scratch, "%.*s%s_%.*s", (int)prefix.len, prefix.at, element,
                                               (int)slug.len, slug.at));
}

//  Sections that are open where the pass is, by their headings' depth.
enum { OPEN_MAX = RAP_CHUNK_SECTIONS_MAX + 1 };
typedef struct {
    uint32_t depth[OPEN_MAX];
    rap_text_t eid[OPEN_MAX];
    uint32_t count;
} sections_t;

static rap_text_t section_eid (rap_akn_t *self, const rap_export_chunk_t *chunk, rap_text_t prefix, sections_t *open,
                               uint32_t *count)
{
    while (open->count && (open->depth[open->count - 1] >= chunk->depth || open->count == OPEN_MAX))
        open->count--;
    if (open->count)
        prefix = rap_arena_format (self->arena, "%s__", open->eid[open->count - 1].at);
    rap_text_t eid = numbered (self, prefix, "sec", rap_text_of (chunk->text.at, chunk->number_len), count);
    open->depth[open->count] = chunk->depth;
    open->eid[open->count++] = eid;
    return eid;
}

enum { SECTION_ID, PARAGRAPH_ID, PLAIN_ID, FORMULA_ID, CONTAINER_ID, TITLE_ID, NOTE_ID, IDS };

static rap_text_t chunk_eid (rap_akn_t *self, uint32_t at, rap_text_t prefix, sections_t *open, uint32_t *counts)
{
    const rap_export_chunk_t *chunk = &self->document->chunks[at];
    rap_text_t none = RAP_TEXT (""), label = chunk->label;
    switch (self->places[at].region) {
    case RAP_AKN_NOTE:
        return numbered (self, prefix, "authorialNote", label, &counts[NOTE_ID]);
    case RAP_AKN_HEADING:
        return numbered (self, prefix, "heading", none, &counts[TITLE_ID]);
    case RAP_AKN_COVER:
        return numbered (self, prefix, "container", RAP_TEXT ("masthead"), &counts[CONTAINER_ID]);
    case RAP_AKN_BODY:
        if (chunk->kind == RAP_HEADING || chunk->kind == RAP_TITLE)
            return section_eid (self, chunk, prefix, open, &counts[SECTION_ID]);
        return numbered (self, prefix, "para", chunk->kind == RAP_PREAMBULAR ? none : label, &counts[PARAGRAPH_ID]);
    default:
        break;
    }
    if (chunk->kind == RAP_TITLE)
        return numbered (self, prefix, "longTitle", none, &counts[TITLE_ID]);
    if (chunk->kind == RAP_FORMULA)
        return numbered (self, prefix, "formula", none, &counts[FORMULA_ID]);
    if (chunk->kind == RAP_PREAMBULAR)
        return numbered (self, prefix, "container", label, &counts[CONTAINER_ID]);
    return numbered (self, prefix, "p", none, &counts[PLAIN_ID]);
}

static void name_part (rap_akn_t *self, rap_akn_part_t *part)
{
    const rap_akn_part_t *parent = &self->parts[part->parent];
    rap_text_t slug = rap_akn_slug (part->last, self->arena);
    if (!slug.len)
        slug = rap_arena_format (self->arena, "part-%u", (unsigned)(part - self->parts));
    part->eid = numbered (self, parent->prefix, part->attached ? "att" : "cmp", slug, &(uint32_t){0});
    part->prefix = rap_arena_format (self->arena, "%s__", part->eid.at);
    part->iri = rap_arena_format (self->arena, "%.*s%s%.*s", part->parent ? (int)parent->iri.len : 0, parent->iri.at,
                                  part->parent ? "/" : "!", (int)slug.len, slug.at);
}

//  Parts come in the order of their first chunks, so parents first.
static void give_eids (rap_akn_t *self)
{
    self->parts[0].eid = self->parts[0].prefix = RAP_TEXT ("");
    self->parts[0].iri = RAP_TEXT ("!main");
    for (uint32_t i = 0; i < self->parts_count; i++) {
        rap_akn_part_t *part = &self->parts[i];
        sections_t open = {.count = 0};
        uint32_t counts[IDS] = {0};
        if (i)
            name_part (self, part);
        for (const rap_akn_event_t *event = part->events; event; event = event->next)
            if (!event->is_part)
                self->places[event->index].eid = chunk_eid (self, event->index, part->prefix, &open, counts);
    }
}

void rap_akn_plan (rap_akn_t *self)
{
    self->places = rap_arena_alloc (self->arena, ((size_t)self->document->chunks_count + 1) * sizeof *self->places);
    find_parts (self);
    find_attachments (self);
    for (uint32_t i = 0; i < self->parts_count; i++)
        place_chunks (self, i);
    give_eids (self);
}
