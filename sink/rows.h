/*  rows: rows of the open group that are not in the database yet.
 *
 *  A statement a row costs more than the row: cursors opened and closed, values
 *  bound, the tree gone down from its root. So rows are kept here, by table, and
 *  SQLite takes them all at once: each table has a virtual one beside it, in this
 *  connection only, from which one INSERT ... SELECT takes what is kept, in the
 *  order of chunks. The texts of chunks stay until they are in the full-text
 *  index, too, which wants ascending rowids and flushes at the end of a statement.
 *  Copies all it is given. What it keeps is bounded: see rap_rows_keep.      */
#ifndef RAPPORTEUR_SINK_ROWS_H
#define RAPPORTEUR_SINK_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/chunk.h"
#include "rapporteur/finding.h"

typedef struct rap_rows rap_rows_t;

//  For a database with the schema of this version. NULL: *what could not be prepared.
rap_rows_t *rap_rows_new (sqlite3 *db, const char **what);
void rap_rows_destroy (rap_rows_t **self_p);

//  A new chunk of a document: the chunk, its marks, its provenance. Not its findings.
void rap_rows_add (rap_rows_t *self, const char *document_id, int64_t chunk_id, const rap_chunk_t *chunk,
                   int64_t batch_id, uint64_t processed_us);

//  Findings of a chunk, numbered from first_n on.
void rap_rows_find (rap_rows_t *self, rap_text_t text, int64_t chunk_id, int64_t first_n,
                    const rap_finding_t *findings, uint32_t count);

//  Puts into the database what is more than should be kept. False, as below: it failed with *what.
bool rap_rows_keep (rap_rows_t *self, const char **what);

//  Puts all rows into their tables.
bool rap_rows_write (rap_rows_t *self, const char **what);

//  Puts all rows into their tables and the texts into the full-text index; nothing is kept then.
bool rap_rows_index (rap_rows_t *self, const char **what);

//  After a rollback: nothing is kept, and no statement is under way.
void rap_rows_forget (rap_rows_t *self);

#endif
