/*  database: reading the store and the journal, never writing.
 *
 *  The only file of the command that knows SQLite. Files are opened read only;
 *  a service may be writing them meanwhile: each question sees one moment.
 *  What a question needs to be told is bound as text. A question that fails (the
 *  file is no database, or of another kind) ends the command with the reason.  */
#ifndef RAPPORTEUR_CTL_DATABASE_H
#define RAPPORTEUR_CTL_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rapporteur/status.h"

typedef struct rap_database rap_database_t;
typedef struct rap_rows rap_rows_t;

//  NULL with the reason if there is no such file or it is no database.
rap_database_t *rap_database_open (const char *path, rap_reason_t *reason);

//  The same for a file that nobody writes for as long as it is open here: leaves no
//  traces beside it.
rap_database_t *rap_database_open_still (const char *path, rap_reason_t *reason);

//  An empty one in memory, for what SQLite's functions can do with a JSON text.
rap_database_t *rap_database_open_memory (rap_reason_t *reason);

void rap_database_close (rap_database_t **self_p);

//  Makes all that is asked from now on see one moment.
void rap_database_hold (rap_database_t *self);

bool rap_database_has_table (rap_database_t *self, const char *name);

//  Asks; texts for ?1, ?2, ... (NULL binds NULL), ended by the count.
rap_rows_t *rap_database_ask (rap_database_t *self, const char *sql, const char *const *texts, int texts_count);

//  The same where a mistake in the question may be the asker's: NULL with the reason.
rap_rows_t *rap_database_try (rap_database_t *self, const char *sql, const char *const *texts, int texts_count,
                              rap_reason_t *reason);

//  One integer; 0 if there is no row.
int64_t rap_database_number (rap_database_t *self, const char *sql, const char *const *texts, int texts_count);

//  The next row; false after the last, which also ends the rows and sets NULL.
bool rap_rows_next (rap_rows_t **self_p);
void rap_rows_end (rap_rows_t **self_p);

//  Columns from 0. Texts are borrowed until the next row; NULL where the value is.
const char *rap_rows_text (const rap_rows_t *self, int column);
bool rap_rows_is_text (const rap_rows_t *self, int column); //  to be asked before the text
size_t rap_rows_bytes (const rap_rows_t *self, int column); //  of the text, or of a blob
int64_t rap_rows_integer (const rap_rows_t *self, int column);
double rap_rows_real (const rap_rows_t *self, int column);
int rap_rows_columns (const rap_rows_t *self);
const char *rap_rows_name (const rap_rows_t *self, int column);

//  A member of a JSON text by path ('$.documents.taken'): -1 if it is not there or no number.
int64_t rap_json_number (const char *json, const char *path);

//  A member that is a text, to be freed; NULL if it is not there or no text.
char *rap_json_string (const char *json, const char *path);

#endif
