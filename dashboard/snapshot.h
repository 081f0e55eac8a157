/*  snapshot: one connection that only asks.
 *
 *  The file is opened read-only and query_only. What is asked between begin and
 *  end sees one moment of the database, and nothing is held open between; so the
 *  sink's checkpoints are never kept waiting for longer than an answer takes. A
 *  file that is not there yet, was replaced, or has another schema is no error of
 *  ours: begin says so, and the next begin tries anew. Each answer has a time
 *  after which it is given up. One thread; only interrupt is for any.         */
#ifndef RAPPORTEUR_DASHBOARD_SNAPSHOT_H
#define RAPPORTEUR_DASHBOARD_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"
#include "rapporteur/text.h"

//  Schemas that can be read: below, a sink must bring it up to date; above, this program.
enum { RAP_SNAPSHOT_SCHEMA_MIN = 12 };

typedef struct rap_reader rap_snapshot_t;
typedef struct rap_found rap_found_t;

//  What stands for a question mark.
typedef struct {
    enum { RAP_BIND_NULL, RAP_BIND_TEXT, RAP_BIND_INTEGER, RAP_BIND_REAL } kind;
    const char *text; //  borrowed as long as the rows
    int64_t integer;
    double real;
} rap_bind_t;

static inline rap_bind_t rap_bind_text (const char *text)
{
    return (rap_bind_t){.kind = text ? RAP_BIND_TEXT : RAP_BIND_NULL, .text = text};
}

static inline rap_bind_t rap_bind_integer (int64_t integer)
{
    return (rap_bind_t){.kind = RAP_BIND_INTEGER, .integer = integer};
}

//  Nothing is opened yet. `path` is borrowed.
rap_snapshot_t *rap_snapshot_new (const char *path);
void rap_snapshot_destroy (rap_snapshot_t **self_p);

//  Begins an answer that may take `limit_ms`. RAP_AGAIN with the reason if there is no
//  database that can be read at present.
rap_status_t rap_snapshot_begin (rap_snapshot_t *self, int64_t limit_ms, rap_reason_t *reason);

//  Ends it. RAP_OK if all that was asked was answered; RAP_AGAIN if it took too long;
//  RAP_FAILED with the reason if the file could not be read.
rap_status_t rap_snapshot_end (rap_snapshot_t *self, rap_reason_t *reason);

//  Gives what is asked next `limit_ms` at most, within the whole; rap_snapshot_was_late says
//  whether that was too little, and lets go on with the rest of the time.
void rap_snapshot_hurry (rap_snapshot_t *self, int64_t limit_ms);
bool rap_snapshot_was_late (rap_snapshot_t *self);

//  Gives up what is asked at present.
void rap_snapshot_interrupt (rap_snapshot_t *self);

//  Changes with every change of the database by others; 0 if there is none.
int64_t rap_snapshot_version (rap_snapshot_t *self);

//  Asks. Never NULL; after a failure there are no rows, and end says why.
rap_found_t *rap_snapshot_ask (rap_snapshot_t *self, const char *sql, const rap_bind_t *binds, int binds_count);

//  The next row; false after the last, which also lets go of them and sets NULL.
bool rap_found_next (rap_found_t **self_p);
void rap_found_end (rap_found_t **self_p);

//  Columns from 0. Texts are borrowed until the next row; NULL where the value is.
const char *rap_found_text (const rap_found_t *self, int column);
int64_t rap_found_integer (const rap_found_t *self, int column);
double rap_found_real (const rap_found_t *self, int column);
bool rap_found_is_null (const rap_found_t *self, int column);
bool rap_found_is_text (const rap_found_t *self, int column); //  to be asked before the text
bool rap_found_is_integer (const rap_found_t *self, int column);
int rap_found_columns (const rap_found_t *self);
const char *rap_found_name (const rap_found_t *self, int column);

//  One integer; `otherwise` if there is no row.
int64_t rap_snapshot_number (rap_snapshot_t *self, const char *sql, const rap_bind_t *binds, int binds_count,
                             int64_t otherwise);

#endif
