/*  html_style: the little of CSS that tells what text is.
 *
 *  Of a <style> block those rules count whose selector is an element, a class, or
 *  an element with a class, and of them, as of style attributes, whether text is
 *  italic, bold, raised, hidden, a block, in the middle, kept in its lines, how its list is
 *  numbered, and what Word says of footnotes. All else is passed over; so is what
 *  goes beyond the limits, for it only tells how text looks.                 */
#ifndef RAPPORTEUR_INGEST_HTML_STYLE_H
#define RAPPORTEUR_INGEST_HTML_STYLE_H

#include <stdint.h>

#include "rapporteur/text.h"

//  What is said; UNSAID leaves it as it is around.
typedef enum { RAP_UNSAID, RAP_NO, RAP_YES } rap_said_t;
typedef struct {
    uint8_t italic, bold, raised, hidden, centred, pre; //  rap_said_t
    uint8_t block;                                      //  RAP_YES: display: block
    uint8_t note;                                       //  RAP_YES: Word's footnote or endnote
    char list;                                          //  '1', 'a', 'A', 'i', 'I', '*' bullet, '-' none; 0 unsaid
} rap_style_t;

//  `over` where it says something, else `under`.
rap_style_t rap_style_over (rap_style_t under, rap_style_t over);

//  Of a style attribute.
rap_style_t rap_style_read (rap_text_t declarations);

typedef struct rap_styles rap_styles_t;
rap_styles_t *rap_styles_new (void);
void rap_styles_destroy (rap_styles_t **self_p);

//  The rules of a <style> block; later ones go over earlier ones.
enum { RAP_STYLES_MAX = 4096, RAP_STYLES_BYTES_MAX = 1024 * 1024, RAP_STYLE_CLASSES_MAX = 16 };
void rap_styles_add (rap_styles_t *self, rap_text_t css);

//  What the rules say of an element (in small letters) with those classes.
rap_style_t rap_styles_of (const rap_styles_t *self, rap_text_t element, rap_text_t classes);

#endif
