/*  export_akn: a document as Akoma Ntoso 3.0, in the way of the United Nations
 *  (AKN4UN). doc/akn.md tells what becomes what.
 *
 *  In two steps: the plan says of each chunk in which document it goes (the main
 *  one, or one nested in it), in which region of that, and under which eId; then all
 *  is written in one go. The plan comes first since the metadata, which stand at the
 *  beginning, point to eIds.                                                  */
#ifndef RAPPORTEUR_CTL_EXPORT_AKN_H
#define RAPPORTEUR_CTL_EXPORT_AKN_H

#include <stdio.h>

#include <libxml/hash.h>

#include "export_document.h"
#include "export_name.h"
#include "export_xml.h"

//  Writes the document to `stream`, whose errors are the stream's to tell.
void rap_export_akn (const rap_export_document_t *document, const rap_naming_t *naming, FILE *stream);

//  --- inside --------------------------------------------------------------------
//  In their order in a document.
typedef enum {
    RAP_AKN_NOTE,    //  a footnote: in another chunk's text
    RAP_AKN_HEADING, //  of the component as a whole
    RAP_AKN_COVER,
    RAP_AKN_PREFACE,
    RAP_AKN_PREAMBLE,
    RAP_AKN_BODY,
    RAP_AKN_CONCLUSIONS,
} rap_akn_region_t;

typedef struct {
    rap_akn_region_t region;
    rap_text_t eid;
} rap_akn_place_t; //  of a chunk

//  What a part holds, in reading order: chunks, and the parts nested in it.
typedef struct rap_akn_event {
    bool is_part;
    uint32_t index;
    struct rap_akn_event *next;
} rap_akn_event_t;

typedef struct {
    rap_text_t path; //  as in the database; '' the main document
    rap_text_t last; //  its last element
    uint32_t parent; //  of the main document itself
    uint32_t depth;
    rap_akn_event_t *events, *events_end;
    bool attached;    //  in attachments, at the end; else a component, with a reference at its place
    bool has_clauses; //  a resolution's or decision's
    rap_akn_name_t name;
    rap_text_t eid;    //  of the component; '' for the main document
    rap_text_t prefix; //  of eIds in it: 'cmp_1__'
    rap_text_t iri;    //  '!main', '!draft-resolution-I/annex'
} rap_akn_part_t;

//  Something that the text refers to, by an eId in the references.
typedef struct {
    const char *element; //  'TLCOrganization'
    rap_text_t eid, href, show;
} rap_akn_reference_t;

typedef struct {
    const rap_export_document_t *document;
    const rap_naming_t *naming;
    rap_arena_t *arena;
    rap_arena_t *scratch; //  let go after each chunk
    rap_xml_t *xml;
    rap_akn_part_t *parts; //  [0] the main document
    uint32_t parts_count;
    rap_akn_place_t *places; //  of each chunk
    rap_akn_reference_t *references;
    uint32_t references_count;
    xmlHashTablePtr ids;   //  that are taken
    xmlHashTablePtr known; //  references by href: their number + 1
    xmlHashTablePtr days;  //  of cited symbols whose day some mention tells
    rap_text_t work, expression, manifestation;
} rap_akn_t;

//  An eId that nothing else has: `wanted`, or with a number at its end. Not needed for
//  those made of one by '__', an element's name and a count: no chunk has such.
rap_text_t rap_akn_id (rap_akn_t *self, rap_text_t wanted);

void rap_akn_plan (rap_akn_t *self);       //  parts, places
void rap_akn_plan_names (rap_akn_t *self); //  names, references
void rap_akn_meta (rap_akn_t *self, uint32_t part);

//  The reference that a span's element points to; NULL for those that point to none.
const rap_akn_reference_t *rap_akn_reference (const rap_akn_t *self, const rap_span_t *span);

//  Where a chunk's text has been written to.
typedef struct {
    rap_akn_t *akn;
    uint32_t chunk;
    uint32_t next_span, next_note;
    uint32_t counts[RAP_FINDING_COUNT]; //  inlines written, for their eIds
    uint32_t markers;
} rap_akn_writer_t;

//  The text from byte `start` to `end`, with inlines and the notes at or before its end.
void rap_akn_text (rap_akn_writer_t *writer, uint32_t start, uint32_t end);

//  Whether `day` is a day of the calendar: 2019-12-18.
bool rap_akn_is_day (rap_text_t day);

#endif
