/*  akn_tag: the elements of Akoma Ntoso that tell what text is.
 *
 *  Akoma Ntoso has three hundred; those that are no text within a line, by the
 *  standard's own grouping, are blocks of text.                              */
#ifndef RAPPORTEUR_INGEST_AKN_TAG_H
#define RAPPORTEUR_INGEST_AKN_TAG_H

#include <stdint.h>

typedef enum {
    RAP_AKN_BLOCK,    //  a line ends before it and after it
    RAP_AKN_INLINE,   //  its text goes on in the line
    RAP_AKN_ITALIC,   //  so
    RAP_AKN_BOLD,     //  do
    RAP_AKN_RAISED,   //  these
    RAP_AKN_BREAK,    //  a line's end
    RAP_AKN_SKIP,     //  no text of the document is in it
    RAP_AKN_META,     //  particulars, in attributes
    RAP_AKN_NOTE,     //  a note where its mark stands
    RAP_AKN_NOTE_REF, //  a mark of a note that stands elsewhere
    RAP_AKN_NUM,      //  a number before the next text
    RAP_AKN_HEADING,
    RAP_AKN_LEVEL,    //  a division: what headings within it stand under
    RAP_AKN_DOCUMENT, //  a document, perhaps within another
    RAP_AKN_COVER,    //  the pages before the text
    RAP_AKN_TABLE,
    RAP_AKN_ROW,
    RAP_AKN_CELL,
    RAP_AKN_HEADER_CELL,
} rap_akn_tag_t;

rap_akn_tag_t rap_akn_tag (const char *name);

#endif
