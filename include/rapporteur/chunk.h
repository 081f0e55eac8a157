/*  chunk: the unit of work, and the document it belongs to.
 *
 *  A chunk is one structural unit of a document in reading order. Chunk 0 of
 *  every document is its masthead (kind RAP_MASTHEAD, perhaps with empty text)
 *  and is followed by the units of the text. All texts are borrowed: from the
 *  reader's arena when a chunk is made, from the message when it is decoded.
 *  Texts are valid UTF-8 in NFC without control characters except '\n', which
 *  separates lettered sub-paragraphs kept inside their paragraph's chunk.    */
#ifndef RAPPORTEUR_CHUNK_H
#define RAPPORTEUR_CHUNK_H

#include <stdint.h>

#include "rapporteur/limits.h"
#include "rapporteur/text.h"

//  The wire carries the number; the database the name.
typedef enum {
    RAP_MASTHEAD = 0,
    RAP_TITLE = 1,
    RAP_SUMMARY = 2,
    RAP_HEADING = 3,
    RAP_PARAGRAPH = 4, //  numbered, in a report
    RAP_PREAMBULAR = 5,
    RAP_OPERATIVE = 6,
    RAP_ITEM = 7,  //  numbered, in an annex or declaration
    RAP_PLAIN = 8, //  unnumbered text; 'text' in the database
    RAP_FOOTNOTE = 9,
    RAP_FORMULA = 10, //  "The General Assembly," and the like
    RAP_CHUNK_KINDS
} rap_chunk_kind_t;

//  Name as in the database ("paragraph"), and back; RAP_CHUNK_KINDS if unknown.
const char *rap_chunk_kind_name (rap_chunk_kind_t kind);
rap_chunk_kind_t rap_chunk_kind_of (rap_text_t name);

//  Where a footnote mark stood in a chunk's running text.
typedef struct {
    uint32_t at;       //  code point offset into the chunk's text
    uint32_t footnote; //  ordinal of the footnote's chunk in the same document
} rap_mark_t;

//  No footnote was found for a mark.
#define RAP_NO_FOOTNOTE UINT32_MAX

//  Words set in italics or bold, where the document's form has them and they are
//  not the whole of it. Evidence for a reader: never needed, and often missing.
typedef struct {
    uint32_t start; //  code point offsets into the chunk's text, half open
    uint32_t end;
} rap_emphasis_t;

//  What a chunk needs from its surroundings to be understood. Workers keep no
//  memory between chunks, so ingest, which reads in order, sends it along.
typedef struct {
    rap_text_t organ;   //  actor id of the body that speaks in the innermost text ("ga"); "" unknown
    rap_text_t lead_in; //  end of the text that introduces this chunk ("The Commission may wish to:"); "" none
    rap_text_t
        note_before; //  for a footnote: those before it in its part, the nearest last, a line each, for "Ibid."
    const rap_text_t *bodies; //  actor ids of bodies named before, latest first; at most RAP_CHUNK_BODIES_MAX
    uint32_t bodies_count;
} rap_context_t;

typedef struct {
    uint32_t ordinal; //  0 is the masthead
    rap_chunk_kind_t kind;
    rap_text_t part;  //  '' for the body; 'draft resolution I/annex'
    rap_text_t label; //  '20', 'pp3', a footnote's mark; '' none
    rap_text_t text;
    const rap_text_t *sections; //  headings above it, outermost first, without numbers
    uint32_t sections_count;    //  at most RAP_CHUNK_SECTIONS_MAX
    uint64_t source_start;      //  bytes in the source text, half open
    uint64_t source_end;
    const rap_mark_t *marks;
    uint32_t marks_count;
    rap_context_t context;
    const rap_emphasis_t *emphasis; //  in order, not overlapping
    uint32_t emphasis_count;
} rap_chunk_t;

//  What is known of a document as a whole. It travels once a batch, so that no
//  chunk depends on another's arrival. Empty text: not stated anywhere.
typedef struct {
    rap_text_t document_id;   //  32 hexadecimal digits: the first 16 bytes of sha256
    uint64_t number;          //  place in the order of taking, from 1; fixes chunk_id in the store
    rap_text_t source;        //  path or URI as given
    rap_text_t symbol;        //  canonical; '' where neither text nor operator states one
    rap_text_t other_symbols; //  JSON array of further (joint) symbols; '[]' none
    rap_text_t title;
    //  report | resolution | decision | committee-report | declaration | statement | letter | other
    rap_text_t kind;
    rap_text_t body; //  actor id of the issuing organ
    rap_text_t session;
    rap_text_t agenda_item;
    rap_text_t published;   //  YYYY-MM-DD
    rap_text_t language;    //  'en'
    rap_text_t sha256;      //  64 hexadecimal digits
    rap_text_t supersedes;  //  document_id of the version that this one replaces
    rap_text_t splitter;    //  version of reader and segmenter
    rap_text_t pipeline;    //  version of the whole pipeline as ingest knows it
    rap_text_t received_at; //  UTC, ISO 8601
    uint64_t bytes;
    uint32_t chunks;         //  how many it was split into, chunk 0 included
    rap_text_t distribution; //  'General', 'Limited', 'Restricted'
} rap_document_t;

#endif
