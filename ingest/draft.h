/*  draft: a document between its lines and its chunks.
 *
 *  Filled in by the steps of reading, in this order: lines, notes, blocks. All
 *  clean text stands in one buffer, block after block with one byte between
 *  them, so that a paragraph and its lettered sub-paragraphs become one text by
 *  turning that byte into a line end. Belongs to one rap_read.               */
#ifndef RAPPORTEUR_INGEST_DRAFT_H
#define RAPPORTEUR_INGEST_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "counter.h"
#include "lines.h"
#include "rules.h"

//  A footnote, in order of printing.
typedef struct {
    rap_text_t mark; //  '12', '*'
    uint32_t number; //  its value; 0 for stars
    uint32_t line;   //  where it begins and (last line of it, included) ends
    uint32_t last;
    uint32_t group;   //  notes printed together, from 0
    uint32_t text_at; //  into the buffer, when made
    uint32_t text_len;
    uint32_t ordinal; //  of its chunk, when made
    bool used;        //  a mark in the text was found
    bool raised;      //  its own mark is printed with raised digits
} rap_note_t;

//  A mark that was taken out of the text.
typedef struct {
    uint32_t at;   //  byte in the buffer
    uint32_t note; //  index of the note; UINT32_MAX none
} rap_draft_mark_t;

enum {
    RAP_BLOCK_GAP = 1, //  white space before it that tells it apart
    RAP_BLOCK_GAP_AFTER = 2,
    RAP_BLOCK_HASHES = 4,    //  marked as a heading by '#'
    RAP_BLOCK_OPEN = 8,      //  split from the heading before it, on one line
    RAP_BLOCK_CONTENTS = 16, //  a line of a table of contents
    RAP_BLOCK_STRONG = 32,   //  set in bold, by its form
    RAP_BLOCK_TABLE = 64,    //  a row of a table, by its form
    RAP_BLOCK_CENTRED = 128, //  set in the middle, by its form
};

typedef struct {
    uint32_t at; //  its text in the buffer
    uint32_t len;
    uint32_t start; //  bytes in the source
    uint32_t end;
    uint32_t line;  //  its first line
    uint32_t marks; //  first of its marks; they end where the next block's begin
    rap_counter_t counter;
    uint8_t flags;
    uint8_t hashes; //  HASHES: how many
    char ends;      //  '.', ';', ':', ',', '?', '!' or 0: how it ends, quotes and brackets apart
} rap_block_t;

enum { RAP_SHAPES = 1 << 15 };

//  More blocks than this cannot become a document's chunks.
enum { RAP_BLOCKS_MAX = RAP_LINES_MAX };

typedef struct {
    const rap_rules_t *rules;
    rap_lines_t lines;
    char *text; //  the buffer, in the arena
    uint32_t text_len;
    uint32_t text_room;
    rap_note_t *notes; //  malloc'd, like the three below
    uint32_t notes_count, notes_room;
    rap_draft_mark_t *marks;
    uint32_t marks_count, marks_room;
    uint32_t *edges; //  where emphasis begins and ends in the buffer, by turns; in order
    uint32_t edges_count, edges_room;
    rap_block_t *blocks;
    uint32_t blocks_count, blocks_room;
    rap_words_t seen;                 //  words of the document, when it is wrapped
    uint64_t shapes[RAP_SHAPES / 64]; //  bits: what their long ones look like (mend.c)
    uint32_t group;                   //  of the notes that marks in the present line mean
    uint32_t group_first;             //  its notes
    uint32_t group_end;
    uint32_t group_next; //  the one expected next
} rap_draft_t;

static inline rap_text_t rap_block_text (const rap_draft_t *draft, const rap_block_t *block)
{
    return rap_text_of (draft->text + block->at, block->len);
}

//  The block's text after its counter.
static inline rap_text_t rap_block_body (const rap_draft_t *draft, const rap_block_t *block)
{
    return rap_text_from (rap_block_text (draft, block), block->counter.len);
}

//  How a text ends: the last character but for quotes, brackets and spaces, when
//  it is one of . ; : , ? ! and else 0. 'and' or 'or' after ; or , counts as that.
char rap_text_ending (rap_text_t text);

//  The title of a resolution after its number: '74/139. The ...'. (masthead.c)
bool rap_is_numbered_title (rap_text_t text);

//  --- clean.c ----------------------------------------------------------------
//  Appends a line's text: marks taken out and remembered, emphasis, links and
//  escapes of Markdown taken away, white space made single. `split` (NULL
//  allowed) is set to the place in the buffer where a second heading begins on
//  the same line; 0 if none does. Marks are kept as they are in a note. `line` is
//  the line that the text is the rest of: where its form was told, its runs count
//  and nothing is Markdown.
void rap_clean_line (rap_draft_t *draft, const rap_line_t *line, rap_text_t text, bool note, uint32_t *split);

//  --- mend.c -----------------------------------------------------------------
//  Remembers the words of all lines of the text.
void rap_mend_learn (rap_draft_t *draft);

//  Whether the word list has a word.
bool rap_mend_knows (const rap_draft_t *draft, rap_word_t word);

//  What goes between the buffer, which ends in a line's text, and the next line:
//  a space, or nothing, perhaps without the hyphen.
void rap_mend_join (rap_draft_t *draft, uint32_t from, rap_text_t next);

//  Closes gaps in words from byte `from` of the buffer to its end, and moves the
//  marks from `mark` on with the text.
void rap_mend_words (rap_draft_t *draft, uint32_t from, uint32_t mark);

//  --- notes.c ----------------------------------------------------------------
//  The notes of the marked lines, without their texts; then the texts.
void rap_notes_find (rap_draft_t *draft, rap_arena_t *arena);
void rap_notes_write (rap_draft_t *draft);

//  From here on marks mean the notes that are printed next after `line`.
void rap_notes_point (rap_draft_t *draft, uint32_t line);

//  --- blocks.c ---------------------------------------------------------------
//  Notes and blocks of the marked lines.
rap_status_t rap_draft_fill (rap_draft_t *draft, rap_arena_t *arena, rap_reason_t *reason);
void rap_draft_fini (rap_draft_t *draft);

#endif
