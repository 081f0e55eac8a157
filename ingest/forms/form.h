/*  form: what kind of file a document is, and its lines.
 *
 *  The form is found from the bytes, never from a name. Each form has one reader
 *  (NAME.c) that makes lines (maker.h) with what the form can tell beyond words:
 *  what is bold, in italics, a heading, a note and its mark, where a paragraph
 *  begins. From there on all documents are read alike. Plain text, and text in
 *  the manner of Markdown, goes to lines.c as it is.
 *
 *  A reader is bounded in depth, memory and output, touches no file and no network,
 *  and refuses by name what it cannot read: the place, the limit, and a hint.   */
#ifndef RAPPORTEUR_INGEST_FORM_H
#define RAPPORTEUR_INGEST_FORM_H

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "lines.h"

//  The lines of a document in any form. A form that states particulars of its own
//  (AKN) fills in what is empty in `document`. RAP_REFUSED for bytes of no known
//  form, and for what its reader refuses.
rap_status_t rap_form_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                             rap_reason_t *reason);

//  --- the readers, each in its file ------------------------------------------
//  Whether the bytes are of the form, by their beginning; then their lines.

//  DOCX: any ZIP, or what office programs wrote before; what is no DOCX is refused by its name.
bool rap_docx_is (rap_text_t bytes);
rap_status_t rap_docx_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                             rap_reason_t *reason);
bool rap_html_is (rap_text_t bytes);
rap_status_t rap_html_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                             rap_reason_t *reason);

bool rap_akn_is (rap_text_t bytes);
rap_status_t rap_akn_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                            rap_reason_t *reason);

//  Text that is surely Markdown, by notes, tables and numbers that only Markdown
//  writes so.
bool rap_markdown_is (rap_text_t bytes);
rap_status_t rap_markdown_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                                 rap_reason_t *reason);

//  XML of any other kind, which is refused by the name of its root.
bool rap_xml_other_is (rap_text_t bytes);
rap_status_t rap_xml_other_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                                  rap_reason_t *reason);

//  PDF, by poppler's pdftotext (pdf.h). RAP_FAILED when the machine has no process for it.
bool rap_pdf_is (rap_text_t bytes);
rap_status_t rap_pdf_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                            rap_reason_t *reason);

#endif
