/*  export_name: names (IRIs) of documents in Akoma Ntoso, by the table data/akn.tsv.
 *
 *      /akn/un/statement/deliberation/unga/2019-12-18/74-177      the work
 *          .../eng@2019-12-18                                     its English text
 *          .../eng@2019-12-18/!main.xml                           that text in this format
 *
 *  A day that neither document nor database states is left out of the name, never
 *  guessed; so is the year, unless the symbol has it (E/RES/2019/14).
 *  Texts are in the caller's arena, or in the lexicon.                       */
#ifndef RAPPORTEUR_CTL_EXPORT_NAME_H
#define RAPPORTEUR_CTL_EXPORT_NAME_H

#include "rapporteur/arena.h"
#include "rapporteur/lexicon.h"

typedef struct rap_naming rap_naming_t;

//  Borrows the lexicon. NULL with the reason if its table is missing or not as it should be.
rap_naming_t *rap_naming_new (const rap_lexicon_t *lexicon, rap_reason_t *reason);
void rap_naming_destroy (rap_naming_t **self_p);

typedef struct {
    rap_text_t doctype; //  'statement' or 'doc': the element
    rap_text_t subtype;
    rap_text_t name;
    rap_text_t actor;
    rap_text_t number;
    rap_text_t work; //  the name of the work
} rap_akn_name_t;

//  Of a document: symbol, kind, body (actor id) and day may be empty; `id` is its
//  number where it has no symbol.
rap_akn_name_t rap_naming_document (const rap_naming_t *self, rap_text_t symbol, rap_text_t kind, rap_text_t body,
                                    rap_text_t day, rap_text_t id, rap_arena_t *arena);

//  Of the kind 'resolution' by the table: for a text that has its form but says nothing.
rap_akn_name_t rap_naming_kind (const rap_naming_t *self, const char *kind);

//  Of a part ('draft resolution I', without what it is nested in): doctype, subtype and name.
rap_akn_name_t rap_naming_part (const rap_naming_t *self, rap_text_t part);

//  The work that a symbol names; day may be empty.
rap_text_t rap_naming_cited (const rap_naming_t *self, rap_text_t symbol, rap_text_t day, rap_arena_t *arena);

//  'eng' for 'en'; 'und' for what the table does not have.
rap_text_t rap_naming_language (const rap_naming_t *self, rap_text_t code);

//  What people call a theme ('Organized crime' for toc.conv); of other schemes, and where
//  the rules have no name, its code.
rap_text_t rap_naming_theme (const rap_naming_t *self, rap_text_t scheme, rap_text_t code);

//  Only letters, digits, full stops and single hyphens: 'A-74-177', 'draft-resolution-I'.
rap_text_t rap_akn_slug (rap_text_t text, rap_arena_t *arena);

#endif
