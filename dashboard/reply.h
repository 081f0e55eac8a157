/*  reply: what an answer is written with.
 *
 *  A resource writes its JSON (or CSV, or Atom) to `out`, in memory, within one
 *  snapshot of the database; whoever cannot says so by problem, and what was
 *  written is then dropped. One thread.                                        */
#ifndef RAPPORTEUR_DASHBOARD_REPLY_H
#define RAPPORTEUR_DASHBOARD_REPLY_H

#include <stdio.h>

#include "rapporteur/arena.h"
#include "rapporteur/json.h"
#include "rapporteur/lexicon.h"

#include "request.h"
#include "snapshot.h"

//  Bytes of an answer; what would be longer is refused.
enum { RAP_REPLY_BYTES_MAX = 64 * 1024 * 1024 };

typedef struct {
    const rap_request_t *request;
    const char *const *matched; //  segments that stood where the route has a star
    rap_snapshot_t *reader;
    rap_arena_t *arena;
    const rap_lexicon_t *lexicon; //  names of codes
    const char *submit;           //  address of ingest; NULL not known
    const char *base;             //  'http://host' as the client sees us, for links in feeds
    FILE *out;
    rap_json_t json;
    int status; //  200 unless changed
    const char *type;
    const char *filename; //  of a download; NULL none
    const char *next;     //  address of the next page, for a Link header; NULL none
    rap_reason_t problem; //  of a status from 400 on
} rap_reply_t;

//  The answer is this problem (RFC 9457) instead.
void rap_reply_problem (rap_reply_t *self, int status, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

//  Asks with texts for ?1, ?2, ...
rap_found_t *rap_reply_ask (rap_reply_t *self, const char *sql, const char *const *texts, int count);
rap_found_t *rap_reply_ask_number (rap_reply_t *self, const char *sql, int64_t number);

//  The columns of a row from `first` on as members of the open object. A column whose
//  name ends in ':json' is JSON already, one in ':bool' true or false.
void rap_reply_put_columns (rap_reply_t *self, const rap_found_t *row, int first);

//  All rows as an array of objects.
void rap_reply_put_rows (rap_reply_t *self, const char *key, rap_found_t *rows);

//  The whole number that a path's segment is; false, and a problem, if it is none.
bool rap_reply_read_number (rap_reply_t *self, const char *segment, int64_t *number);

//  The document that is meant by its id, its beginning (8 digits or more), or a symbol. False,
//  and a problem, if there is none.
typedef struct {
    char document_id[33];
    int64_t number;
} rap_document_key_t;
bool rap_reply_find_document (rap_reply_t *self, const char *meant, rap_document_key_t *key);

#endif
