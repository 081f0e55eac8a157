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
};

typedef struct {
    const char *at; //  without white space at its ends; NFC; valid as long as the arena
    uint32_t len;
    uint32_t start; //  bytes in the source, half open, without white space
    uint32_t end;
    uint8_t kind;
    uint8_t flags;
    uint8_t gap;   //  blank lines before it, at most 255
    uint8_t label; //  of a NOTE: bytes of its mark
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
} rap_lines_t;

static inline rap_text_t rap_line_text (const rap_line_t *line)
{
    return rap_text_of (line->at, line->len);
}

//  Cuts `text` (checked by source.h), which begins at byte `base` of the source,
//  and finds out its layout. Refused beyond RAP_LINES_MAX.
rap_status_t rap_lines_cut (rap_text_t text, size_t base, rap_arena_t *arena, rap_lines_t *lines,
                            rap_reason_t *reason);

//  Sets the kinds. `symbols` are the document's own, for running heads.
void rap_lines_mark (rap_lines_t *lines, const rap_rules_t *rules, const rap_text_t *symbols, uint32_t symbols_count);

#endif
