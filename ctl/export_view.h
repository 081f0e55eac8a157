/*  export_view: a table or view of the database as a whole, or what is new in it.
 *
 *  Documents come to their end one after the other (`completion`), and their
 *  findings do not change after that. What is exported since a cursor are the
 *  rows of the documents that came to their end behind it: none is left out,
 *  whenever a document was begun, and none comes again.                      */
#ifndef RAPPORTEUR_CTL_EXPORT_VIEW_H
#define RAPPORTEUR_CTL_EXPORT_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "database.h"

enum { RAP_EXPORT_CURSOR_SIZE = 40 };

typedef struct {
    const char *name;  //  of the table or view
    const char *since; //  a cursor; "0": from the first document; NULL: all rows as they are
    bool lines;        //  JSON lines; else CSV under a line of names
    bool raw;          //  CSV: no apostrophe before what looks like a formula
} rap_export_view_t;

//  Writes the rows; `next` becomes the cursor behind them ("" without `since`). The
//  database is held by the caller. RAP_REFUSED with the reason: there is no such
//  view, its rows are in no such order, or the cursor is not of this database.
rap_status_t rap_export_view (rap_database_t *db, const rap_export_view_t *what, FILE *stream,
                              char next[RAP_EXPORT_CURSOR_SIZE], rap_reason_t *reason);

#endif
