/*  export: the formats beside Akoma Ntoso, and what they share.
 *
 *  Each writes to a stream whose errors are the stream's to tell. What the
 *  database cannot answer ends the command with the reason.                  */
#ifndef RAPPORTEUR_CTL_EXPORT_H
#define RAPPORTEUR_CTL_EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "database.h"
#include "export_document.h"

//  One JSON object: the document's particulars, its chunks with all that was found in
//  them, its mandates. Keys always in the same order.
void rap_export_json (rap_database_t *db, const char *document_id, FILE *stream);

//  Rows of a public table that are this document's, as RFC 4180 has it: CRLF, quotes
//  where they are needed. Without `raw` a text that a spreadsheet would take for a
//  formula has an apostrophe before it. `header`: names of the columns first.
//  RAP_REFUSED with the tables that there are if that is none of them.
rap_status_t rap_export_csv (rap_database_t *db, const char *document_id, const char *table, bool raw, bool header,
                             FILE *stream, rap_reason_t *reason);

//  Rows of any question in the same way: names of the columns; one row.
void rap_export_csv_names (const rap_rows_t *rows, FILE *stream);
void rap_export_csv_row (const rap_rows_t *row, bool raw, FILE *stream);

//  Whether a column is the store's own and no part of the public tables.
bool rap_export_is_hidden (const char *column);

//  To be read by people, and by the reader of Markdown again.
void rap_export_markdown (const rap_export_document_t *document, FILE *stream);

#endif
