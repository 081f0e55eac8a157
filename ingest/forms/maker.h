/*  maker: the lines of a document whose form is not plain text.
 *
 *  A form's reader walks its pages or elements and hands over one line after the
 *  other, piece by piece with how each piece is set; what comes out is what
 *  lines.c makes of a text, with runs and flags. White space is made single,
 *  control characters go, text comes out in NFC. What a line is cannot be forged
 *  by its text: marks and emphasis are runs, never characters.
 *
 *  Bounded: more than RAP_LINES_MAX lines or RAP_DOCUMENT_BYTES_MAX bytes of text
 *  are refused by _end, whatever the size of the file that they come from.
 *  Belongs to one rap_read; out of memory ends the process.                   */
#ifndef RAPPORTEUR_INGEST_MAKER_H
#define RAPPORTEUR_INGEST_MAKER_H

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "lines.h"

typedef struct rap_maker rap_maker_t;

//  The lines' texts and runs will live in the arena.
rap_maker_t *rap_maker_new (rap_arena_t *arena);
void rap_maker_destroy (rap_maker_t **self_p);

//  Appends valid UTF-8 to the present line. `style`: bits RAP_RUN_...
void rap_maker_put (rap_maker_t *self, rap_text_t text, unsigned style);

//  Bytes of the present line so far.
size_t rap_maker_length (const rap_maker_t *self);

//  Ends the present line; an empty one is not kept. `level`: of a heading by its
//  form, 0 not told. A NOTE's line begins with a run MARK. RAP_LINE_STRONG is added
//  when all of its text was put in bold.
rap_status_t rap_maker_end (rap_maker_t *self, rap_line_kind_t kind, unsigned flags, unsigned level,
                            rap_reason_t *reason);

//  All lines. `wrapped`: a line is one of print, else a whole paragraph.
void rap_maker_finish (rap_maker_t *self, bool wrapped, rap_lines_t *lines);

#endif
