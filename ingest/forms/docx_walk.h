/*  docx_walk: the paragraphs of a story of a DOCX: its body, or its notes.
 *
 *  What is read is what is printed: insertions are text, deletions are not; of
 *  a field its result; of alternatives one; no hidden text and no comment. Tables
 *  within tables, and text boxes, are read as paragraphs of what they stand in.  */
#ifndef RAPPORTEUR_INGEST_DOCX_WALK_H
#define RAPPORTEUR_INGEST_DOCX_WALK_H

#include "rapporteur/arena.h"
#include "rapporteur/status.h"

#include "docx_paragraph.h"
#include "docx_styles.h"
#include "zip.h"

//  Who hears of a story. The paragraph becomes the hearer's, and is let go to the pool.
typedef struct {
    //  A paragraph is complete. `in_table`: it stands in the row and cell that it says.
    rap_status_t (*paragraph) (void *context, rap_docx_paragraph_t *paragraph, bool in_table, rap_reason_t *reason);
    //  A table, within no other, is complete. NULL allowed, like those below.
    rap_status_t (*table) (void *context, rap_reason_t *reason);
    //  A row of it turned out to be deleted.
    void (*drop_row) (void *context, uint32_t row);
    //  A note begins, as its part has it; `kept` says if its paragraphs are wanted.
    rap_status_t (*note) (void *context, int32_t id, rap_text_t type, rap_reason_t *reason);
    //  The mark of the note that is referred to next; empty if it is printed by hand.
    rap_text_t (*mark) (void *context, bool endnote, bool by_hand);
    //  Whether digits that are only raised are the mark of some note.
    bool (*is_mark) (void *context, rap_text_t digits);
    void (*section) (void *context); //  one ends
    void (*page) (void *context);    //  one ended here when the document was last printed
} rap_docx_hearer_t;

typedef struct {
    rap_zip_t *zip;
    const rap_docx_styles_t *styles;
    rap_docx_paragraphs_t *pool;
    uint64_t *bytes; //  of text, in all stories
} rap_docx_story_t;

//  RAP_REFUSED, the part named, beyond a bound. `part` as in the archive.
rap_status_t rap_docx_walk (const rap_docx_story_t *story, const char *part, const rap_docx_hearer_t *hearer,
                            void *context, rap_reason_t *reason);

#endif
