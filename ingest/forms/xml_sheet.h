/*  xml_sheet: lines as elements bring them, put in order at the end.
 *
 *  Markup gives some things out of place: a note's text far from its mark, or in
 *  the midst of a paragraph; a table whose kind shows at its end; a page's
 *  navigation around its text. A sheet takes lines as they come and remembers what
 *  was told of each. At the end notes stand after the paragraph with their mark,
 *  cells are joined to rows, and what was dropped is gone.
 *
 *  Two ways to tell which note a mark means: by a key (the target of a link), or
 *  else by order: the next mark with the same text. Notes that no mark means stay
 *  where they are. Belongs to one rap_read; texts are copied to the arena.    */
#ifndef RAPPORTEUR_INGEST_XML_SHEET_H
#define RAPPORTEUR_INGEST_XML_SHEET_H

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "maker.h"

typedef struct rap_sheet rap_sheet_t;

rap_sheet_t *rap_sheet_new (rap_arena_t *arena);
void rap_sheet_destroy (rap_sheet_t **self_p);

//  --- lines ------------------------------------------------------------------
//  Where in the source, in bytes, what is put from now on stands.
void rap_sheet_at (rap_sheet_t *self, size_t from, size_t to);

//  Appends valid UTF-8 to the present line, of the text or of the note that is
//  open: spaces of all widths are one, what prints nothing is gone.
void rap_sheet_put (rap_sheet_t *self, rap_text_t text, unsigned style);
bool rap_sheet_is_empty (const rap_sheet_t *self); //  the present line
rap_status_t rap_sheet_end (rap_sheet_t *self, unsigned flags, unsigned level, rap_reason_t *reason);

//  Lines of the text that have ended, and their bytes.
uint32_t rap_sheet_lines (const rap_sheet_t *self);
uint64_t rap_sheet_bytes (const rap_sheet_t *self);

//  Lines [from, to) are no text.
void rap_sheet_drop (rap_sheet_t *self, uint32_t from, uint32_t to);

//  --- notes ------------------------------------------------------------------
//  '12', '*', '[3]', '(4)' without its brackets, or 'iv' and 'b' if `letters`; empty
//  if the text is none of it.
rap_text_t rap_sheet_mark_of (rap_text_t text, bool letters);

//  A mark, '12' or '*', where the present line ends; `key` may be empty.
void rap_sheet_mark (rap_sheet_t *self, rap_text_t mark, rap_text_t key);

//  Whether a mark with that key was seen.
bool rap_sheet_is_key (const rap_sheet_t *self, rap_text_t key);

//  The mark with that key, empty if there is none; how many marks there are.
rap_text_t rap_sheet_mark_with (const rap_sheet_t *self, rap_text_t key);
uint32_t rap_sheet_marks (const rap_sheet_t *self);

//  From here on, up to the end, lines are a note's. `mark` may be empty: then it is
//  that of the mark with the key, or one more than the note before. A note within a
//  note is text of it.
void rap_sheet_note (rap_sheet_t *self, rap_text_t mark, rap_text_t key);
rap_status_t rap_sheet_note_end (rap_sheet_t *self, rap_reason_t *reason);
bool rap_sheet_in_note (const rap_sheet_t *self);

//  Whether `mark` is that of the note after the open one, and a line of that has ended.
bool rap_sheet_is_next_note (const rap_sheet_t *self, rap_text_t mark);

//  --- tables -----------------------------------------------------------------
//  A table: `apart` if it is surely there for its layout, `data` if surely not.
//  Lines end with the cell that they are in. Tables nest.
void rap_sheet_table (rap_sheet_t *self, bool apart, bool data);
void rap_sheet_row (rap_sheet_t *self);
void rap_sheet_cell (rap_sheet_t *self, bool header);
void rap_sheet_table_end (rap_sheet_t *self);

//  --- the end ----------------------------------------------------------------
void rap_sheet_finish (rap_sheet_t *self, rap_lines_t *lines);

#endif
