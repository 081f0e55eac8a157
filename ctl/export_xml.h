/*  export_xml: writing XML by libxml2's writer, a little shorter, and with no text
 *  that XML could not hold.
 *
 *  What is no UTF-8 and characters that XML forbids become U+FFFD; what a terminal
 *  would obey is written as a character reference. Names are ours and written as
 *  they are. Errors of the stream are the stream's to tell.                  */
#ifndef RAPPORTEUR_CTL_EXPORT_XML_H
#define RAPPORTEUR_CTL_EXPORT_XML_H

#include <stdio.h>

#include "rapporteur/text.h"

typedef struct rap_xml rap_xml_t;

//  Writes the declaration. `stream` is borrowed until the end.
rap_xml_t *rap_xml_new (FILE *stream);
void rap_xml_destroy (rap_xml_t **self_p); //  ends what is open

//  A block begins on a line of its own, as does its end if blocks are in it; an
//  inline leaves the text as it is.
void rap_xml_block (rap_xml_t *self, const char *name);
void rap_xml_inline (rap_xml_t *self, const char *name);
void rap_xml_end (rap_xml_t *self); //  of the innermost element

//  Of the element begun last, before anything in it. Empty values are written too.
void rap_xml_attribute (rap_xml_t *self, const char *name, rap_text_t value);
void rap_xml_attribute_string (rap_xml_t *self, const char *name, const char *value);

void rap_xml_text (rap_xml_t *self, rap_text_t text);

#endif
