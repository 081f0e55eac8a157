/*  xml_input: bytes of HTML and XML before libxml2 sees them.
 *
 *  What they are is told from their beginning; then they are made UTF-8, so that
 *  libxml2 never has to guess; and tags are bounded, since the time that it takes
 *  for a tag grows with the square of its attributes.                        */
#ifndef RAPPORTEUR_INGEST_XML_INPUT_H
#define RAPPORTEUR_INGEST_XML_INPUT_H

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

enum {
    RAP_XML_DEPTH_MAX = 1000,     //  elements within elements; browsers stop at 512
    RAP_XML_ATTRIBUTES_MAX = 1024 //  of one tag
};

typedef enum {
    RAP_XML_NONE,
    RAP_XML_HTML,
    RAP_XML_AKN,   //  the root is <akomaNtoso>
    RAP_XML_OTHER, //  an XML declaration, and then another root
} rap_xml_kind_t;

//  Sets `root` (NULL allowed) to the first tag's name, in `room`, where one is found.
enum { RAP_XML_HEAD = 4096 };
rap_xml_kind_t rap_xml_input_kind (rap_text_t bytes, char room[RAP_XML_HEAD], rap_text_t *root);

//  The bytes as UTF-8 without a byte order mark: by that mark, else by what they
//  declare, else UTF-8; HTML that is no UTF-8 and declares nothing is windows-1252,
//  as browsers take it. In the arena where a conversion was needed. Refused: too
//  large, a NUL, a charset that is not known, bytes that are none of their charset,
//  a tag with too many attributes.
rap_status_t rap_xml_input_utf8 (rap_text_t bytes, rap_xml_kind_t kind, rap_arena_t *arena, rap_text_t *utf8,
                                 rap_reason_t *reason);

//  Bytes of the source at which text stands, for a parser that goes through its UTF-8.
typedef struct {
    rap_text_t bytes, utf8;
    size_t last; //  byte of `utf8` up to which all is told
} rap_xml_place_t;

//  The text that ends at byte `now` of the UTF-8, and begins after what was told
//  last: white space and a tag's end apart. Where the source had to be converted
//  the places are those of its UTF-8, within the source.
void rap_xml_place_to (rap_xml_place_t *self, size_t now, size_t *from, size_t *to);

#endif
