/*  lines: a document cut at its line ends, and what each line is on its page.
 *
 *  Blank lines are not kept, only counted before the next line. A page's notes,
 *  URLs, running heads and numbers are told from its text here, so that what
 *  comes after reads the text as if there were no pages.                      */
#ifndef RAPPORTEUR_INGEST_LINES_H
#define RAPPORTEUR_INGEST_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "rules.h"

//  Lines that are not blank. A document of 256 MiB has some 3 million of 80 bytes.
enum { RAP_LINES_MAX = 4 * 1024 * 1024 };

typedef enum {
    RAP_LINE_BODY,
    RAP_LINE_FURNITURE, //  page number, running head, URL taken from a link, rule
    RAP_LINE_NOTE,      //  begins a footnote
    RAP_LINE_NOTE_MORE, //  goes on with one
} rap_line_kind_t;

enum {
    RAP_LINE_INDENTED = 1, //  white space before it
    RAP_LINE_PAGE = 2,     //  first of its page's text
    RAP_LINE_FEED = 4,     //  after a form feed
    RAP_LINE_SPACED = 8,   //  the line before it is not empty, but nothing but spaces
    RAP_LINE_TIGHT = 16,   //  no blank line before it
    //  What only a document's form can tell (forms/form.h). Where one of the first two
    //  is set, nothing in the text is asked any more.
    RAP_LINE_BEGINS = 32,   //  a paragraph or heading begins with it
    RAP_LINE_GOES_ON = 64,  //  it goes on with the line of text before it
    RAP_LINE_STRONG = 128,  //  all of it is set in bold
    RAP_LINE_TABLE = 256,   //  a row of a table
    RAP_LINE_CENTRED = 512, //  set in the middle of the page
};

//  How words of a line are set (bits); MARK: they are a footnote's mark.
enum { RAP_RUN_ITALIC = 1, RAP_RUN_BOLD = 2, RAP_RUN_MARK = 4 };

typedef struct {
    uint32_t at; //  bytes of the line's text, half open
    uint32_t end;
    uint8_t style;
} rap_run_t;

typedef struct {
    const char *at; //  without white space at its ends; NFC; valid as long as the arena
    uint32_t len;
    uint32_t start; //  bytes in the source, half open, without white space
    uint32_t end;
    uint16_t flags;
    uint8_t kind;
    uint8_t gap;         //  blank lines before it, at most 255
    uint8_t label;       //  of a NOTE: bytes of its mark
    uint8_t level;       //  a heading by its form: 1 outermost; 0 not told
    uint16_t runs_count; //  runs of it, from `runs` on
    uint32_t runs;
} rap_line_t;

typedef struct {
    rap_line_t *at;
    uint32_t count;
    bool wrapped;    //  lines are cut at a width; else a line is a paragraph
    bool spaced;     //  nearly every line has a blank line before it
    bool gapped;     //  some lines have a blank line before them: those that begin a paragraph
    bool paged;      //  there are form feeds
    uint32_t forced; //  wrapped: a line is cut for want of room only if it and the next word are this long
    bool even;       //  wrapped: at the same number of characters everywhere
    bool given;      //  made by a form: text is literal, kinds and flags are told, runs may be there
    const rap_run_t *runs;
} rap_lines_t;

static inline rap_text_t rap_line_text (const rap_line_t *line)
{
    return rap_text_of (line->at, line->len);
}

//  Cuts `text` (checked by source.h), which begins at byte `base` of the source,
//  and finds out its layout. Refused beyond RAP_LINES_MAX.
rap_status_t rap_lines_cut (rap_text_t text, size_t base, rap_arena_t *arena, rap_lines_t *lines,
                            rap_reason_t *reason);

//  For a form that gives lines as they are printed: finds out at which width they
//  are wrapped.
void rap_lines_measure (rap_lines_t *lines);

//  Sets the kinds, but for those that a form has told. `symbols` are the document's own, for running heads.
void rap_lines_mark (rap_lines_t *lines, const rap_rules_t *rules, const rap_text_t *symbols, uint32_t symbols_count);

#endif
