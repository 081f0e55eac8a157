//  export_akn_refs: what the texts refer to, each once, and under which eId.
#include "export_akn.h"

#include <stdint.h>

enum { SHOW_MAX = 120, DAY_GAP_MAX = 4 }; //  bytes of a mention that is shown; from a symbol to its day: ' of '

//  By the kind of finding; those without an element refer to nothing here.
static const struct {
    const char *element, *href, *eid;
} classes[RAP_FINDING_COUNT] = {
    [RAP_FINDING_quantity] = {"TLCConcept", "/akn/ontology/concept/un/measure/", "measure"},
    [RAP_FINDING_place] = {"TLCLocation", "/akn/ontology/location/", "location"},
    [RAP_FINDING_actor] = {"TLCOrganization", "/akn/ontology/organization/un/", "organization"},
    [RAP_FINDING_clause] = {"TLCTerm", "/akn/ontology/term/un/verb/", "verb"},
    [RAP_FINDING_publication] = {"TLCObject", "/akn/ontology/object/un/publication/", "publication"},
};

static rap_text_t href_of (rap_finding_kind_t kind, rap_text_t key, rap_arena_t *arena)
{
    rap_text_t slug = rap_akn_slug (key, arena);
    if (!classes[kind].element || !slug.len)
        return RAP_TEXT ("");
    return rap_arena_format (arena, "%s%.*s", classes[kind].href, (int)slug.len, slug.at);
}

static rap_akn_reference_t *find (const rap_akn_t *self, rap_text_t href)
{
    uintptr_t number = href.len ? (uintptr_t)xmlHashLookup (self->known, (const unsigned char *)href.at) : 0;
    return number ? &self->references[number - 1] : NULL;
}

const rap_akn_reference_t *rap_akn_reference (const rap_akn_t *self, const rap_span_t *span)
{
    return find (self, href_of (span->kind, span->key, self->scratch));
}

static rap_akn_reference_t *add (rap_akn_t *self, rap_akn_reference_t reference)
{
    uint32_t count = self->references_count;
    if ((count & (count - 1)) == 0) { //  rooms are powers of two
        rap_akn_reference_t *more = rap_arena_alloc (self->arena, (count ? 2 * (size_t)count : 1) * sizeof *more);
        if (count)
            memcpy (more, self->references, count * sizeof *more);
        self->references = more;
    }
    self->references[self->references_count++] = reference;
    void *number = (void *)(uintptr_t)self->references_count; //  NOLINT
    xmlHashAddEntry (self->known, (const unsigned char *)reference.href.at, number);
    return &self->references[self->references_count - 1];
}

static rap_akn_reference_t *refer (rap_akn_t *self, rap_finding_kind_t kind, rap_text_t key, rap_text_t show)
{
    rap_text_t href = href_of (kind, key, self->scratch);
    rap_akn_reference_t *known = find (self, href);
    if (known || !href.len)
        return known;
    href = rap_arena_text (self->arena, href);
    rap_text_t slug = rap_akn_slug (key, self->scratch);
    rap_text_t eid = rap_arena_format (self->scratch, "%s_%.*s", classes[kind].eid, (int)slug.len, slug.at);
    return add (self, (rap_akn_reference_t){classes[kind].element, rap_akn_id (self, eid), href, show});
}

//  Verbs, measures and titles are shown as they are; others by their longest mention, which is their name in full.
static void refer_span (rap_akn_t *self, const rap_export_chunk_t *chunk, const rap_span_t *span)
{
    bool named = span->kind == RAP_FINDING_actor || span->kind == RAP_FINDING_place;
    rap_text_t mention = rap_text_of (chunk->text.at + span->start, span->end - span->start);
    rap_akn_reference_t *reference = refer (self, span->kind, span->key, named ? mention : span->key);
    if (reference && named && mention.len > reference->show.len && mention.len <= SHOW_MAX)
        reference->show = mention;
}

//  'resolution 74/177 of 18 December 2019' tells the day, here and wherever else it is cited.
static void learn_day (rap_akn_t *self, const rap_export_chunk_t *chunk, uint32_t at)
{
    const rap_span_t *cited = &chunk->spans[at];
    for (uint32_t i = at + 1; i < chunk->spans_count && chunk->spans[i].start <= cited->end + DAY_GAP_MAX; i++) {
        const rap_span_t *day = &chunk->spans[i];
        if (day->kind != RAP_FINDING_date_mention || !rap_akn_is_day (day->key)
            || !rap_text_equal (day->key, day->more))
            continue;
        const unsigned char *symbol = (const unsigned char *)rap_arena_text (self->scratch, cited->key).at;
        xmlHashAddEntry (self->days, symbol,
                         (void *)(uintptr_t)day->key.at); //  of the document's arena: ended by NUL
        return;
    }
}

bool rap_akn_is_day (rap_text_t day)
{
    static const unsigned lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (day.len != 10 || day.at[4] != '-' || day.at[7] != '-')
        return false;
    unsigned numbers[3] = {0};
    for (size_t i = 0, n = 0; i < 10; i++) {
        if (i == 4 || i == 7)
            n++;
        else if (day.at[i] < '0' || day.at[i] > '9')
            return false;
        else
            numbers[n] = 10 * numbers[n] + (unsigned)(day.at[i] - '0');
    }
    unsigned year = numbers[0], month = numbers[1];
    bool leaps = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return year && month >= 1 && month <= 12 && numbers[2] >= 1 && numbers[2] <= lengths[month - 1]
           && (month != 2 || numbers[2] < 29 || leaps);
}

//  --- names -----------------------------------------------------------------------
static void name_main (rap_akn_t *self)
{
    const rap_export_document_t *document = self->document;
    rap_akn_part_t *part = &self->parts[0];
    rap_text_t day = rap_akn_is_day (document->published) ? document->published : RAP_TEXT ("");
    rap_text_t language = rap_naming_language (self->naming, document->language);
    rap_text_t kind = document->kind;
    //  A text in the form of a resolution is one, where nothing says more.
    rap_akn_name_t other = rap_naming_kind (self->naming, "");
    part->name = rap_naming_document (self->naming, document->symbol, kind, document->body, day,
                                      document->document_id, self->arena);
    if (part->has_clauses && rap_text_equal (part->name.name, other.name))
        part->name = rap_naming_document (self->naming, document->symbol, RAP_TEXT ("resolution"), document->body,
                                          day, document->document_id, self->arena);
    self->work = part->name.work;
    self->expression = rap_arena_format (self->arena, "%s/%.*s@%.*s", self->work.at, (int)language.len, language.at,
                                         (int)day.len, day.at);
    self->manifestation = rap_arena_format (self->arena, "%s.xml", self->expression.at);
}

void rap_akn_plan_names (rap_akn_t *self)
{
    const rap_export_document_t *document = self->document;
    for (uint32_t i = 0; i < document->chunks_count; i++) {
        rap_arena_reset (self->scratch);
        for (uint32_t s = 0; s < document->chunks[i].spans_count; s++) {
            refer_span (self, &document->chunks[i], &document->chunks[i].spans[s]);
            if (document->chunks[i].spans[s].kind == RAP_FINDING_citation)
                learn_day (self, &document->chunks[i], s);
        }
    }
    for (uint32_t i = 0; i < document->clauses_count; i++)
        if (document->clauses[i].addressee_actor.len)
            refer (self, RAP_FINDING_actor, document->clauses[i].addressee_actor, document->clauses[i].addressee);
    rap_text_t author = document->body.len ? document->body : RAP_TEXT ("un");
    refer (self, RAP_FINDING_actor, author, author);
    name_main (self);
    rap_akn_name_t unnamed = rap_naming_part (self->naming, RAP_TEXT (""));
    for (uint32_t i = 1; i < self->parts_count; i++) {
        rap_akn_part_t *part = &self->parts[i];
        part->name = rap_naming_part (self->naming, part->last);
        if (part->has_clauses && rap_text_equal (part->name.name, unnamed.name))
            part->name = rap_naming_kind (self->naming, "resolution");
    }
}
