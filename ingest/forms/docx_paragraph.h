/*  docx_paragraph: a paragraph while it is gathered.
 *
 *  Its words come piece by piece and only at its end, or at that of its table, is
 *  it known what becomes of it. Paragraphs are let go to a pool and used again.  */
#ifndef RAPPORTEUR_INGEST_DOCX_PARAGRAPH_H
#define RAPPORTEUR_INGEST_DOCX_PARAGRAPH_H

#include <stdint.h>

#include "rapporteur/text.h"

#include "docx_styles.h"
#include "maker.h"

//  A footnote or endnote that the paragraph refers to.
typedef struct {
    bool endnote;
    int32_t id;
    rap_text_t mark; //  empty: printed by hand, the piece at `piece`
    uint32_t at;     //  of the mark in the text
    uint32_t end;
} rap_docx_reference_t;

typedef struct rap_docx_paragraph {
    struct rap_docx_paragraph *next; //  in a list
    char *text;
    uint32_t len, room;
    rap_run_t *pieces; //  all of the text, in order
    uint32_t pieces_count, pieces_room;
    rap_docx_reference_t *references;
    uint32_t references_count, references_room;
    const rap_docx_style_t *style; //  NULL: none
    rap_docx_setting_t setting;
    rap_text_t label; //  its automatic number; in the arena
    uint32_t tab;     //  where its last tab stands, + 1; 0 none
    uint32_t row, cell;
    bool joined; //  its end was deleted: the next one goes on with it
} rap_docx_paragraph_t;

//  A list of paragraphs, in order.
typedef struct {
    rap_docx_paragraph_t *first, *last;
} rap_docx_paragraphs_t;

void rap_docx_paragraphs_add (rap_docx_paragraphs_t *list, rap_docx_paragraph_t *paragraph);

//  An empty one, from the pool if that has one; all of a pool are let go by _fini.
rap_docx_paragraph_t *rap_docx_paragraph_new (rap_docx_paragraphs_t *pool);
void rap_docx_paragraphs_fini (rap_docx_paragraphs_t *list);

//  Moves all of the list to the pool.
void rap_docx_paragraphs_reuse (rap_docx_paragraphs_t *list, rap_docx_paragraphs_t *pool);

//  Appends words set in `style` (bits RAP_RUN_...); the caller bounds how many.
void rap_docx_paragraph_put (rap_docx_paragraph_t *self, rap_text_t text, unsigned style);

//  Adds a reference to a note.
void rap_docx_paragraph_refer (rap_docx_paragraph_t *self, rap_docx_reference_t reference);

//  Whether there is no more than white space in it; whether all but that is bold.
bool rap_docx_paragraph_is_blank (const rap_docx_paragraph_t *self);
bool rap_docx_paragraph_is_bold (const rap_docx_paragraph_t *self);

//  Its words from byte `from` to byte `to` go to the maker's present line. A tab that dots lead
//  to is printed so.
void rap_docx_paragraph_print (const rap_docx_paragraph_t *self, uint32_t from, uint32_t to, rap_maker_t *maker);

#endif
