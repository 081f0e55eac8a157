/*  docx_notes: the footnotes and endnotes of a DOCX, and how they are numbered.
 *
 *  Notes stand in parts of their own; their numbers nowhere, but in the order in
 *  which the text refers to them, and in what settings and sections say.       */
#ifndef RAPPORTEUR_INGEST_DOCX_NOTES_H
#define RAPPORTEUR_INGEST_DOCX_NOTES_H

#include "rapporteur/arena.h"
#include "rapporteur/status.h"

#include "docx_walk.h"
#include "maker.h"

typedef struct rap_docx_notes rap_docx_notes_t;

//  Texts live in the arena, paragraphs go back to the pool.
rap_docx_notes_t *rap_docx_notes_new (rap_arena_t *arena, rap_docx_paragraphs_t *pool);
void rap_docx_notes_destroy (rap_docx_notes_t **self_p);

//  The notes of a part.
rap_status_t rap_docx_notes_read (rap_docx_notes_t *self, const rap_docx_story_t *story, const char *part,
                                  bool endnotes, rap_reason_t *reason);

//  How they are numbered: by the settings' part, and by the sections of the main one.
rap_status_t rap_docx_notes_settings (rap_docx_notes_t *self, rap_zip_t *zip, const char *part, rap_reason_t *reason);
rap_status_t rap_docx_notes_sections (rap_docx_notes_t *self, rap_zip_t *zip, const char *part, rap_reason_t *reason);

//  While the main part is walked: what its hearer is asked (docx_walk.h).
rap_text_t rap_docx_notes_mark (rap_docx_notes_t *self, bool endnote, bool by_hand);
bool rap_docx_notes_has (const rap_docx_notes_t *self, rap_text_t digits);
void rap_docx_notes_section (rap_docx_notes_t *self);
void rap_docx_notes_page (rap_docx_notes_t *self);

//  The notes that the paragraph refers to, as lines; each once.
rap_status_t rap_docx_notes_print (rap_docx_notes_t *self, const rap_docx_paragraph_t *paragraph, rap_maker_t *maker,
                                   rap_reason_t *reason);

#endif
