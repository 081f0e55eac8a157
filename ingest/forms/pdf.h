/*  pdf: a PDF's words and where they stand, and from that its lines.
 *
 *      bytes ── pdftotext -bbox, confined (confine.h) ── words ── pages ── lines
 *
 *  pdf.c runs the program and says what is wrong with a file; pdf_words.c reads
 *  what it writes; pdf_rows.c puts words together to the rows of a page and takes
 *  running heads apart; pdf_pages.c finds notes, columns and tables, which give the
 *  order in which a page is read; pdf_lines.c tells where paragraphs begin.
 *
 *  Measures are points (1/72 inch), from the page's upper left corner. Of a word
 *  its box is known, not its font: the box's height stands for the size of type.
 *  All belongs to one rap_read.                                               */
#ifndef RAPPORTEUR_INGEST_PDF_H
#define RAPPORTEUR_INGEST_PDF_H

#include "form.h"
#include "maker.h"

//  Registers the program for those who close the bars (bars.h).
void rap_pdf_reach (void);

//  --- words (pdf_words.c) ----------------------------------------------------

typedef struct {
    float x0, y0, x1, y1;
    uint32_t at; //  its bytes in `text`: valid UTF-8, not empty
    uint32_t len;
} rap_pdf_word_t;

typedef struct {
    float width, height;
    uint32_t words; //  its first one; they end where the next page's begin
    uint32_t count;
} rap_pdf_page_t;

typedef struct {
    const char *text;      //  borrowed from the program's output
    rap_pdf_word_t *words; //  malloc'd, like the pages
    uint32_t words_count, words_room;
    rap_pdf_page_t *pages;
    uint32_t pages_count, pages_room;
    uint64_t letters; //  bytes of all words
    uint64_t strange; //  of these, of characters that no font has told the meaning of
} rap_pdf_words_t;

enum { RAP_PDF_PAGES_MAX = 50000 };

//  Reads what pdftotext -bbox has written, and changes it in place: entities and
//  ligatures become letters. Words outside of their page are left out. Refused if
//  it is not what that program writes, or has too many pages.
rap_status_t rap_pdf_words_read (char *output, size_t len, rap_pdf_words_t *words, rap_reason_t *reason);
void rap_pdf_words_fini (rap_pdf_words_t *words);

//  --- rows (pdf_rows.c) ------------------------------------------------------

//  Words of a page on one line of print, as far as no wide gap parts them.
typedef enum {
    RAP_PDF_BODY,
    RAP_PDF_FURNITURE,
    RAP_PDF_NOTE, //  a note begins with it
    RAP_PDF_NOTE_MORE,
} rap_pdf_kind_t;

typedef struct {
    float x0, x1;
    float base;     //  of its line of print
    float size;     //  of most of its letters
    float text_x;   //  where its text begins after a number or letter before it
    uint32_t words; //  first of its words in `order`
    uint32_t count;
    uint32_t line; //  rows of the same number stand on one line of print
    uint8_t kind;
    uint8_t column; //  of a table
    bool labelled;  //  a number or letter stands before its text
    bool leaders;   //  dots lead to a page number
} rap_pdf_row_t;

typedef struct {
    const rap_pdf_words_t *words;
    uint32_t *order; //  words by rows, left to right
    uint32_t order_count;
    rap_pdf_row_t *rows;
    uint32_t rows_count, rows_room;
    uint32_t *pages; //  first row of each page, and behind the last
    float body;      //  size of most letters
    float leading;   //  from line to line, in sizes of type
    bool uneven;     //  sizes tell little: they differ from line to line of a paragraph
} rap_pdf_rows_t;

//  Rows of all pages, top to bottom and left to right; furniture is marked.
void rap_pdf_rows_make (const rap_pdf_words_t *words, rap_pdf_rows_t *rows);
void rap_pdf_rows_fini (rap_pdf_rows_t *rows);

static inline const rap_pdf_word_t *rap_pdf_word (const rap_pdf_rows_t *rows, const rap_pdf_row_t *row, uint32_t i)
{
    return &rows->words->words[rows->order[row->words + i]];
}

static inline rap_text_t rap_pdf_word_text (const rap_pdf_rows_t *rows, const rap_pdf_word_t *word)
{
    return rap_text_of (rows->words->text + word->at, word->len);
}

static inline float rap_pdf_word_size (const rap_pdf_word_t *word)
{
    return word->y1 - word->y0;
}

//  The word is smaller than its row and set above its line.
bool rap_pdf_is_raised (const rap_pdf_row_t *row, const rap_pdf_word_t *word);

//  Digits, stars, or one small letter: what marks of notes are made of.
bool rap_pdf_is_mark (rap_text_t text);

//  --- pages (pdf_pages.c) ----------------------------------------------------

typedef enum {
    RAP_PDF_TEXT,  //  rows of one column, top to bottom
    RAP_PDF_HEAD,  //  rows of one column of a masthead
    RAP_PDF_TABLE, //  one row of a table: its cells' rows, column by column
    RAP_PDF_NOTES, //  a page's notes
    RAP_PDF_EDGES, //  a page's furniture
} rap_pdf_part_t;

//  A piece of a page.
typedef struct {
    uint32_t rows; //  first of its rows in `turn`
    uint32_t count;
    uint32_t page;
    float left, right; //  of its column
    uint8_t part;
} rap_pdf_piece_t;

//  All pages, in the order in which they are read.
typedef struct {
    rap_pdf_rows_t *rows;
    uint32_t *turn; //  rows, as they are read
    uint32_t turn_count, turn_room;
    rap_pdf_piece_t *pieces;
    uint32_t pieces_count, pieces_room;
    uint32_t note;     //  number of the last note so far; 0 none
    bool noted;        //  there was a note
    bool note_open;    //  the last one did not end as notes do
    float left, right; //  of the text of the last page with enough of it
} rap_pdf_pages_t;

//  Finds each page's notes, columns and tables.
void rap_pdf_pages_make (rap_pdf_rows_t *rows, rap_pdf_pages_t *pages);
void rap_pdf_pages_fini (rap_pdf_pages_t *pages);

//  --- lines (pdf_lines.c) ----------------------------------------------------

rap_status_t rap_pdf_lines_make (const rap_pdf_pages_t *pages, rap_maker_t *maker, rap_reason_t *reason);

//  What pdftotext -bbox has written, to lines: all of the above.
rap_status_t rap_pdf_output_lines (char *output, size_t len, rap_arena_t *arena, rap_lines_t *lines,
                                   rap_reason_t *reason);

#endif
