/*  docx_styles: what the styles of a DOCX say of paragraphs and runs.
 *
 *  A style may be based on another; what it says itself goes first. Styles are
 *  known by their identifiers; no name means anything here.                   */
#ifndef RAPPORTEUR_INGEST_DOCX_STYLES_H
#define RAPPORTEUR_INGEST_DOCX_STYLES_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "docx_xml.h"
#include "zip.h"

enum { RAP_DOCX_STYLES_MAX = 16 * 1024, RAP_DOCX_STYLE_STEPS_MAX = 64 };

//  Yes, no, or nothing said.
typedef enum { RAP_DOCX_UNSAID, RAP_DOCX_NO, RAP_DOCX_YES } rap_docx_said_t;

//  What is said of a run's letters.
typedef struct {
    rap_docx_said_t bold, italic, hidden, raised;
    uint32_t size; //  half points; 0 not said
} rap_docx_letters_t;

//  What is said of a paragraph. Numbers are -1 where nothing is said.
typedef struct {
    int32_t outline; //  of a heading, 0 outermost; 9 is none
    int32_t numbering;
    int32_t numbering_level;
    rap_docx_said_t centred;
    rap_docx_said_t dotted; //  a tab stop that dots lead to
} rap_docx_setting_t;

typedef struct {
    rap_text_t id, based_on;
    bool paragraph; //  else of characters, or of what is not read
    rap_docx_letters_t letters;
    rap_docx_setting_t setting;
} rap_docx_style_t;

typedef struct {
    rap_docx_style_t *at; //  by identifier; malloc'd
    uint32_t count, room;
    rap_docx_letters_t letters; //  where no style says anything
    rap_text_t paragraph;       //  of paragraphs that name none
} rap_docx_styles_t;

//  Of nothing said.
rap_docx_setting_t rap_docx_setting (void);

//  Each value of `own` that says nothing becomes that of `base`.
void rap_docx_letters_base (rap_docx_letters_t *own, const rap_docx_letters_t *base);

//  Takes an element that says something of letters, or of a paragraph; others say nothing.
void rap_docx_letters_take (rap_docx_letters_t *self, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes);
void rap_docx_setting_take (rap_docx_setting_t *self, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes);

//  Reads the part. RAP_REFUSED also for a style that is based on itself. Texts live in the arena.
rap_status_t rap_docx_styles_read (rap_docx_styles_t *self, rap_zip_t *zip, const char *part, rap_arena_t *arena,
                                   rap_reason_t *reason);
void rap_docx_styles_fini (rap_docx_styles_t *self);

//  NULL if there is none.
const rap_docx_style_t *rap_docx_style (const rap_docx_styles_t *self, rap_text_t id);

#endif
