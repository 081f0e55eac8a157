//  export_akn_meta: who, when, which; then what the text refers to.
#include "export_akn.h"

#include "rapporteur/version.h"

#define OURS "urn:x-rapporteur:1" //  the namespace of what Akoma Ntoso has no element for

static void value (rap_xml_t *xml, const char *element, rap_text_t text)
{
    rap_xml_block (xml, element);
    rap_xml_attribute (xml, "value", text);
    rap_xml_end (xml);
}

static void iri (const rap_akn_t *self, const char *element, rap_text_t name, const char *between,
                 rap_text_t component, const char *ending)
{
    value (self->xml, element,
           rap_arena_format (self->arena, "%.*s%s%.*s%s", (int)name.len, name.at, between, (int)component.len,
                             component.at, ending));
}

static void date (const rap_akn_t *self, rap_text_t day, const char *name)
{
    rap_xml_block (self->xml, "FRBRdate");
    rap_xml_attribute (self->xml, "date", day);
    rap_xml_attribute_string (self->xml, "name", name);
    rap_xml_end (self->xml);
}

//  The day of a time; the first of all days if it is none.
static rap_text_t day_of (rap_text_t time)
{
    rap_text_t day = rap_text_of (time.at, time.len < 10 ? time.len : 10);
    return rap_akn_is_day (day) ? day : RAP_TEXT ("0001-01-01");
}

//  The document's own day; where none is stated the day it was received, by name.
static void date_of_document (const rap_akn_t *self, const char *name)
{
    bool stated = rap_akn_is_day (self->document->published);
    date (self, stated ? self->document->published : day_of (self->document->received_at),
          stated ? name : "reception");
}

static void author (const rap_akn_t *self, rap_text_t href, const char *as)
{
    rap_xml_block (self->xml, "FRBRauthor");
    rap_xml_attribute (self->xml, "href", href);
    rap_xml_attribute_string (self->xml, "as", as);
    rap_xml_end (self->xml);
}

static void author_of_document (const rap_akn_t *self)
{
    const rap_span_t body = {.kind = RAP_FINDING_actor,
                             .key = self->document->body.len ? self->document->body : RAP_TEXT ("un")};
    const rap_akn_reference_t *reference = rap_akn_reference (self, &body);
    author (self, reference ? rap_arena_format (self->arena, "#%s", reference->eid.at) : RAP_TEXT ("#rapporteur"),
            "#author");
}

static void alias (const rap_akn_t *self, const char *name, rap_text_t text)
{
    if (!text.len)
        return;
    rap_xml_block (self->xml, "FRBRalias");
    rap_xml_attribute (self->xml, "value", text);
    rap_xml_attribute_string (self->xml, "name", name);
    rap_xml_end (self->xml);
}

//  What is nested in a part, told in the main document.
static void component_data (const rap_akn_t *self, uint32_t number)
{
    for (const rap_akn_event_t *event = self->parts[number].events; event; event = event->next) {
        if (!event->is_part)
            continue;
        const rap_akn_part_t *part = &self->parts[event->index];
        rap_xml_block (self->xml, "componentData");
        rap_xml_attribute (self->xml, "eId", rap_arena_format (self->arena, "cdata_%s", part->eid.at));
        rap_xml_attribute (self->xml, "href", rap_arena_format (self->arena, "#%s", part->eid.at));
        rap_xml_attribute (self->xml, "name", part->name.name);
        rap_xml_attribute (self->xml, "showAs", part->last);
        component_data (self, event->index);
        rap_xml_end (self->xml);
    }
}

static void write_work (const rap_akn_t *self, const rap_akn_part_t *part, bool is_main)
{
    const rap_export_document_t *document = self->document;
    rap_xml_block (self->xml, "FRBRWork");
    iri (self, "FRBRthis", self->work, "/", part->iri, "");
    value (self->xml, "FRBRuri", self->work);
    if (is_main) {
        alias (self, "symbol", document->symbol);
        for (uint32_t i = 0; i < document->other_symbols_count; i++)
            alias (self, "symbol", document->other_symbols[i]);
        alias (self, "title", document->title);
    }
    date_of_document (self, part->has_clauses ? "adoption" : "issuance");
    author_of_document (self);
    if (is_main && self->parts_count > 1) {
        rap_xml_block (self->xml, "componentInfo");
        component_data (self, 0);
        rap_xml_end (self->xml);
    }
    value (self->xml, "FRBRcountry", RAP_TEXT ("un"));
    value (self->xml, "FRBRsubtype", part->name.subtype);
    value (self->xml, "FRBRnumber", is_main ? part->name.number : rap_text_from (part->iri, 1));
    rap_xml_end (self->xml);
}

static void write_expression (const rap_akn_t *self, const rap_akn_part_t *part)
{
    rap_xml_block (self->xml, "FRBRExpression");
    iri (self, "FRBRthis", self->expression, "/", part->iri, "");
    value (self->xml, "FRBRuri", self->expression);
    date_of_document (self, part->has_clauses ? "adoption" : "issuance");
    author_of_document (self);
    rap_xml_block (self->xml, "FRBRlanguage");
    rap_xml_attribute (self->xml, "language", rap_naming_language (self->naming, self->document->language));
    rap_xml_end (self->xml);
    rap_xml_end (self->xml);
}

static void write_manifestation (const rap_akn_t *self, const rap_akn_part_t *part)
{
    rap_text_t time = self->document->completed_at.len ? self->document->completed_at : self->document->received_at;
    rap_xml_block (self->xml, "FRBRManifestation");
    iri (self, "FRBRthis", self->expression, "/", part->iri, ".xml");
    value (self->xml, "FRBRuri", self->manifestation);
    date (self, day_of (time), "markup");
    author (self, RAP_TEXT ("#rapporteur"), "#editor");
    value (self->xml, "FRBRformat", RAP_TEXT ("application/xml"));
    rap_xml_end (self->xml);
}

static void ours (const rap_akn_t *self, const char *element)
{
    rap_xml_block (self->xml, element);
    rap_xml_attribute_string (self->xml, "source", "#rapporteur");
}

//  --- of the main document only -----------------------------------------------------
static void write_classification (const rap_akn_t *self)
{
    if (!self->document->themes_count)
        return;
    ours (self, "classification");
    for (uint32_t i = 0; i < self->document->themes_count; i++) {
        const rap_export_theme_t *theme = &self->document->themes[i];
        rap_xml_block (self->xml, "keyword");
        rap_xml_attribute (self->xml, "value", theme->code);
        rap_xml_attribute (self->xml, "showAs", rap_naming_theme (self->naming, theme->scheme, theme->code));
        rap_xml_attribute (self->xml, "dictionary",
                           rap_arena_format (self->arena, "#dictionary_%s", theme->scheme.at));
        rap_xml_end (self->xml);
    }
    rap_xml_end (self->xml);
}

static void write_lifecycle (const rap_akn_t *self)
{
    bool stated = rap_akn_is_day (self->document->published);
    ours (self, "lifecycle");
    rap_xml_block (self->xml, "eventRef");
    rap_xml_attribute (self->xml, "date", stated ? self->document->published : day_of (self->document->received_at));
    rap_xml_attribute_string (self->xml, "source", "#original");
    rap_xml_attribute_string (self->xml, "type", "generation");
    rap_xml_end (self->xml);
    rap_xml_end (self->xml);
}

static void optional (const rap_akn_t *self, const char *name, rap_text_t text)
{
    if (text.len)
        rap_xml_attribute (self->xml, name, text);
}

//  Akoma Ntoso has no element for what a clause asks of whom: it is told in a namespace of ours.
static void write_clause (const rap_akn_t *self, const rap_export_clause_t *clause)
{
    rap_xml_block (self->xml, "rap:clause");
    rap_xml_attribute (self->xml, "href", rap_arena_format (self->arena, "#%s", self->places[clause->chunk].eid.at));
    rap_xml_attribute (self->xml, "seq", rap_arena_format (self->arena, "%lld", (long long)clause->seq));
    rap_xml_attribute (self->xml, "force", rap_arena_format (self->arena, "%lld", (long long)clause->force));
    rap_xml_attribute (self->xml, "verb", clause->verb);
    rap_xml_attribute (self->xml, "base", clause->base);
    optional (self, "addressee", clause->addressee);
    optional (self, "actor", clause->addressee_actor);
    optional (self, "condition", clause->condition);
    optional (self, "due", clause->due);
    rap_xml_end (self->xml);
}

static void write_analysis (const rap_akn_t *self)
{
    if (!self->document->clauses_count)
        return;
    ours (self, "analysis");
    ours (self, "otherAnalysis");
    rap_xml_attribute_string (self->xml, "xmlns:rap", OURS);
    for (uint32_t i = 0; i < self->document->clauses_count; i++)
        write_clause (self, &self->document->clauses[i]);
    rap_xml_end (self->xml);
    rap_xml_end (self->xml);
}

static void reference (const rap_akn_t *self, const char *element, rap_text_t eid, rap_text_t href, rap_text_t show)
{
    rap_xml_block (self->xml, element);
    rap_xml_attribute (self->xml, "eId", eid);
    rap_xml_attribute (self->xml, "href", href);
    rap_xml_attribute (self->xml, "showAs", show);
}

static void write_references (const rap_akn_t *self)
{
    ours (self, "references");
    reference (self, "original", RAP_TEXT ("original"), self->expression,
               self->document->symbol.len ? self->document->symbol : RAP_TEXT ("original"));
    rap_xml_end (self->xml);
    reference (self, "TLCOrganization", RAP_TEXT ("rapporteur"), RAP_TEXT ("/akn/ontology/organization/rapporteur"),
               RAP_TEXT ("Rapporteur " RAPPORTEUR_VERSION));
    rap_xml_end (self->xml);
    reference (self, "TLCRole", RAP_TEXT ("author"), RAP_TEXT ("/akn/ontology/role/author"), RAP_TEXT ("Author"));
    rap_xml_end (self->xml);
    reference (self, "TLCRole", RAP_TEXT ("editor"), RAP_TEXT ("/akn/ontology/role/editor"), RAP_TEXT ("Editor"));
    rap_xml_end (self->xml);
    for (uint32_t i = 0; i < self->document->themes_count; i++) {
        rap_text_t scheme = self->document->themes[i].scheme;
        if (i && rap_text_equal (scheme, self->document->themes[i - 1].scheme))
            continue;
        reference (self, "TLCReference", rap_arena_format (self->arena, "dictionary_%s", scheme.at),
                   rap_arena_format (self->arena, "/akn/ontology/dictionary/rapporteur/%s", scheme.at), scheme);
        rap_xml_attribute_string (self->xml, "name", "dictionary");
        rap_xml_end (self->xml);
    }
    for (uint32_t i = 0; i < self->references_count; i++) {
        const rap_akn_reference_t *to = &self->references[i];
        reference (self, to->element, to->eid, to->href, to->show);
        rap_xml_end (self->xml);
    }
    rap_xml_end (self->xml);
}

static void write_proprietary (const rap_akn_t *self)
{
    const rap_export_document_t *document = self->document;
    ours (self, "proprietary");
    rap_xml_attribute_string (self->xml, "xmlns:rap", OURS);
    rap_xml_block (self->xml, "rap:document");
    rap_xml_attribute (self->xml, "document_id", document->document_id);
    rap_xml_attribute (self->xml, "source", document->source);
    rap_xml_attribute (self->xml, "kind", document->kind);
    optional (self, "session", document->session);
    optional (self, "agenda_item", document->agenda_item);
    rap_xml_attribute (self->xml, "pipeline", document->pipeline);
    rap_xml_end (self->xml);
    rap_xml_end (self->xml);
}

void rap_akn_meta (rap_akn_t *self, uint32_t number)
{
    const rap_akn_part_t *part = &self->parts[number];
    rap_xml_block (self->xml, "meta");
    ours (self, "identification");
    write_work (self, part, number == 0);
    write_expression (self, part);
    write_manifestation (self, part);
    rap_xml_end (self->xml);
    if (number == 0) {
        write_classification (self);
        write_lifecycle (self);
        write_analysis (self);
        write_references (self);
        write_proprietary (self);
    }
    rap_xml_end (self->xml);
}
