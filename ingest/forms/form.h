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
//  Whether the bytes are of the form, by their beginning.
typedef bool (rap_form_is_fn) (rap_text_t bytes);

//  Their lines, as rap_form_lines.
typedef rap_status_t (rap_form_lines_fn) (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document,
                                          rap_lines_t *lines, rap_reason_t *reason);

//  DOCX: any ZIP, or what office programs wrote before; what is no DOCX is refused by its name.
rap_form_is_fn rap_docx_is;
rap_form_lines_fn rap_docx_lines;

//  HTML, in any charset that it states.
rap_form_is_fn rap_html_is;
rap_form_lines_fn rap_html_lines;

//  Akoma Ntoso 1.0 to 3.0.
rap_form_is_fn rap_akn_is;
rap_form_lines_fn rap_akn_lines;

//  Text that is surely Markdown, by notes, tables and numbers that only Markdown
//  writes so.
rap_form_is_fn rap_markdown_is;
rap_form_lines_fn rap_markdown_lines;

//  XML of any other kind, which is refused by the name of its root.
rap_form_is_fn rap_xml_other_is;
rap_form_lines_fn rap_xml_other_lines;

//  PDF, by poppler's pdftotext (pdf.h). RAP_FAILED when the machine has no process for it.
rap_form_is_fn rap_pdf_is;
rap_form_lines_fn rap_pdf_lines;

#endif
