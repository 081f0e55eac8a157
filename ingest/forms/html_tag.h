/*  html_tag: the elements of HTML that tell what text is.                     */
#ifndef RAPPORTEUR_INGEST_HTML_TAG_H
#define RAPPORTEUR_INGEST_HTML_TAG_H

#include <stdint.h>

//  What an element is (bits). None of them: its text goes on in the line.
enum {
    RAP_TAG_BLOCK = 1,      //  a line ends before it and after it
    RAP_TAG_SKIP = 2,       //  no text of the document is in it
    RAP_TAG_ITALIC = 4,     //  by default
    RAP_TAG_BOLD = 8,       //
    RAP_TAG_RAISED = 16,    //
    RAP_TAG_CENTRED = 32,   //
    RAP_TAG_PRE = 64,       //
    RAP_TAG_LIST = 128,     //  ol, ul and their kin
    RAP_TAG_TEXT = 256,     //  main, article: the text of a page
    RAP_TAG_FURNITURE = 512 //  footer, nav: surely around it
};

typedef enum {
    RAP_HTML_OTHER,
    RAP_HTML_A,
    RAP_HTML_BR,
    RAP_HTML_HEADING,
    RAP_HTML_LI,
    RAP_HTML_STYLE,
    RAP_HTML_TABLE,
    RAP_HTML_TD,
    RAP_HTML_TR,
    RAP_HTML_U,
    RAP_HTML_OL,
    RAP_HTML_HR,
} rap_html_element_t;

typedef struct {
    const char *name;
    uint16_t bits;
    uint8_t element; //  rap_html_element_t
    uint8_t level;   //  of a heading
} rap_html_tag_t;

//  Never NULL: an unknown element is inline.
const rap_html_tag_t *rap_html_tag (const char *name);

#endif
