/*  csv: cells as RFC 4180 has them.
 *
 *  A spreadsheet calculates what begins with '=', '+', '-', '@', a tab or a line's
 *  end, and the wide forms of these. Such a text gets an apostrophe before it, and
 *  so does one that has apostrophes before that, so that taking one off again
 *  leaves the text as it was. */
#ifndef RAPPORTEUR_CSV_H
#define RAPPORTEUR_CSV_H

#include <stdbool.h>
#include <stdio.h>

#include "rapporteur/text.h"

//  Whether a spreadsheet could calculate it.
bool rap_csv_is_formula (rap_text_t text);

//  One cell, in quotes where it needs them; `guard`: with an apostrophe if it is a formula.
void rap_csv_cell (FILE *stream, rap_text_t text, bool guard);

#endif
