/*  akn_text: from the elements of Akoma Ntoso to a sheet's lines.
 *
 *  Blocks are lines; a number is printed before the text that follows it, as the
 *  documents of the field print it; headings have the level of the divisions that
 *  they stand in; notes follow the paragraph with their mark. Particulars of the
 *  first document's <meta> are read: symbol, title, day, language.
 *
 *  Driven by akn.c; every call after one that did not answer RAP_OK is ignored. */
#ifndef RAPPORTEUR_INGEST_AKN_TEXT_H
#define RAPPORTEUR_INGEST_AKN_TEXT_H

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "maker.h"

typedef struct rap_akn rap_akn_t;

rap_akn_t *rap_akn_new (rap_arena_t *arena);
void rap_akn_destroy (rap_akn_t **self_p);

//  Where in the source, in bytes, the text that comes next stands.
void rap_akn_at (rap_akn_t *self, size_t from, size_t to);

//  An attribute; names without their namespaces. All borrowed for the call.
typedef struct {
    const char *name;
    rap_text_t value;
} rap_akn_attribute_t;

rap_status_t rap_akn_start (rap_akn_t *self, const char *name, const rap_akn_attribute_t *attributes, uint32_t count,
                            rap_reason_t *reason);
void rap_akn_put (rap_akn_t *self, rap_text_t text);
rap_status_t rap_akn_stop (rap_akn_t *self, rap_reason_t *reason); //  the innermost element

//  All lines; fills in what is empty in the document.
rap_status_t rap_akn_finish (rap_akn_t *self, rap_document_t *document, rap_lines_t *lines, rap_reason_t *reason);

#endif
