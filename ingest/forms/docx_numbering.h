/*  docx_numbering: the numbers and letters that Word prints before paragraphs.
 *
 *  They are not in the text, but they are what clauses are known by. A numbering
 *  (w:num) uses an outline of up to nine levels (w:abstractNum); numberings of
 *  one outline count on together, unless one says that it starts anew.        */
#ifndef RAPPORTEUR_INGEST_DOCX_NUMBERING_H
#define RAPPORTEUR_INGEST_DOCX_NUMBERING_H

#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "docx_styles.h"
#include "zip.h"

enum { RAP_DOCX_LEVELS = 9, RAP_DOCX_NUMBERINGS_MAX = 64 * 1024, RAP_DOCX_LABEL_MAX = 256 };

//  How a number is printed.
typedef enum {
    RAP_DOCX_DECIMAL,
    RAP_DOCX_DECIMAL_ZERO, //  01
    RAP_DOCX_LOWER_LETTER,
    RAP_DOCX_UPPER_LETTER,
    RAP_DOCX_LOWER_ROMAN,
    RAP_DOCX_UPPER_ROMAN,
    RAP_DOCX_ORDINAL, //  1st
    RAP_DOCX_SIGNS,   //  * † ‡ §, then two of each
    RAP_DOCX_BULLET,
    RAP_DOCX_NO_NUMBER,
} rap_docx_format_t;

//  The format of that name; decimal if it is none that we know.
rap_docx_format_t rap_docx_format (rap_text_t name);

//  Appends the number to `at`, which has room for `room` bytes; what does not fit is printed as digits, or
//  not at all. Answers how many bytes.
size_t rap_docx_format_number (rap_docx_format_t format, uint32_t number, char *at, size_t room);

typedef struct rap_docx_numbering rap_docx_numbering_t;

//  Without a part: nothing is numbered.
rap_docx_numbering_t *rap_docx_numbering_new (void);
void rap_docx_numbering_destroy (rap_docx_numbering_t **self_p);
rap_status_t rap_docx_numbering_read (rap_docx_numbering_t *self, rap_zip_t *zip, const char *part,
                                      rap_arena_t *arena, rap_reason_t *reason);

//  Numbering `id` as a style named `style` uses it, where nothing names a level.
int32_t rap_docx_numbering_level_of (const rap_docx_numbering_t *self, int32_t id, rap_text_t style);

//  The next paragraph of numbering `id` at `level`: counts, and gives what is printed
//  before it, as long as self is; empty if nothing is.
rap_text_t rap_docx_numbering_next (rap_docx_numbering_t *self, int32_t id, int32_t level,
                                    const rap_docx_styles_t *styles);

#endif
