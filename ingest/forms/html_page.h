/*  html_page: from the elements of a page to a sheet's lines.
 *
 *  Blocks are lines, <br> begins one of which the words decide whether it goes on
 *  with the one before; lists are numbered as printed; raised digits and links to
 *  notes are marks; notes are found by those links, by what LibreOffice, Word and
 *  others call them, or by a raised mark with which a paragraph begins. What is not
 *  shown is left out, and so is, at the end, what stands around a page's text.
 *
 *  Driven by html.c; every call after one that did not answer RAP_OK is ignored. */
#ifndef RAPPORTEUR_INGEST_HTML_PAGE_H
#define RAPPORTEUR_INGEST_HTML_PAGE_H

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "maker.h"

typedef struct rap_page rap_page_t;

rap_page_t *rap_page_new (rap_arena_t *arena);
void rap_page_destroy (rap_page_t **self_p);

//  Where in the source, in bytes, the text that comes next stands.
void rap_page_at (rap_page_t *self, size_t from, size_t to);

//  `attributes`: names and values by turns up to a NULL; a value may be NULL.
rap_status_t rap_page_start (rap_page_t *self, const char *name, const char **attributes, rap_reason_t *reason);
rap_status_t rap_page_text (rap_page_t *self, rap_text_t text, rap_reason_t *reason);
rap_status_t rap_page_stop (rap_page_t *self, rap_reason_t *reason); //  the innermost element

//  The page's lines. Where all of it stands in <pre> it is `plain` text instead,
//  in the arena, with its line ends.
rap_status_t rap_page_finish (rap_page_t *self, rap_lines_t *lines, rap_text_t *plain, rap_reason_t *reason);

#endif
