/*  term: what people read, on a terminal or in a pipe.
 *
 *  Text from documents never reaches a terminal as it is: control characters,
 *  escapes and marks that turn the direction of text are shown, not obeyed.  */
#ifndef RAPPORTEUR_CTL_TERM_H
#define RAPPORTEUR_CTL_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rapporteur/status.h"
#include "rapporteur/text.h"

//  Colours and progress are for terminals, unless NO_COLOR says no.
bool rap_term_is_rich (FILE *out);

//  Columns of the terminal; 100 where there is none.
size_t rap_term_width (FILE *out);

//  Prints text made harmless. Lines stay lines, each after the first led by
//  `indent` spaces; indent below 0: a line's end is shown as a space.
void rap_term_put (FILE *out, const char *text, int indent);

//  Bold or faint if rich, else plain.
void rap_term_bold (FILE *out, const char *text);
void rap_term_faint (FILE *out, const char *text);

//  Says "rapporteur: ..." on standard error and answers 1, an exit status.
int rap_term_fail (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

//  --- tables --------------------------------------------------------------------
//  Gathered, then printed in columns as wide as needed. A column whose name begins
//  with '>' is set right; one with '~' is cut where the terminal ends.
typedef struct rap_grid rap_grid_t;
rap_grid_t *rap_grid_new (const char *const *columns, size_t count);
void rap_grid_destroy (rap_grid_t **self_p);
void rap_grid_add (rap_grid_t *self, const char *text);      //  the next cell; NULL: empty
void rap_grid_add_number (rap_grid_t *self, int64_t number); //  with commas
void rap_grid_print (const rap_grid_t *self, FILE *out);     //  nothing if there is no row

//  A number with commas, into a buffer of at least RAP_NUMBER_MAX.
enum { RAP_NUMBER_MAX = 32 };
const char *rap_term_number (char *buffer, int64_t number);

//  --- progress --------------------------------------------------------------------
//  One line on standard error that is written over; silent where that is no terminal.
void rap_progress_show (int64_t done, int64_t of, const char *note);
void rap_progress_end (void);

#endif
