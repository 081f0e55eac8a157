/*  log: one event a line, `key=value`, to standard error; or JSON; or into the journal
 *  of systemd, with its fields.
 *
 *      2026-03-01T10:11:12.123Z info ingest document.taken document=3f.. bytes=812
 *      {"time":"2026-03-01T10:11:12.123Z","level":"info","program":"ingest","event":"document.taken","document":"3f.."}
 *
 *  In JSON all values are strings, and a pair that makes the line longer than a pipe
 *  takes at once is left out and "cut" said. In the journal an event has the fields
 *  RAPPORTEUR_EVENT, RAPPORTEUR_PROGRAM, DOCUMENT_ID and CHUNK_ID for document= and
 *  chunk=, and RAPPORTEUR_<KEY> for the others.
 *
 *  The event is a stable dotted word. Keys document= and chunk= are always used
 *  where they apply, so that one grep tells a document's life. Values with
 *  spaces, quotes or control characters are quoted and escaped, so that text
 *  from documents stays one harmless line. Any thread.                       */
#ifndef RAPPORTEUR_LOG_H
#define RAPPORTEUR_LOG_H

#include <stdbool.h>

typedef enum { RAP_LOG_ERROR, RAP_LOG_WARN, RAP_LOG_INFO, RAP_LOG_DEBUG } rap_log_level_t;

//  `program` is borrowed for the life of the process. Level from RAPPORTEUR_LOG
//  (error|warn|info|debug), else info.
void rap_log_init (const char *program);
void rap_log_set_level (rap_log_level_t level);

//  NULL: as at the beginning. False: there is no such level, and nothing changes.
bool rap_log_set_level_by_name (const char *name);

//  "text" (at the beginning), "json", "journal", or "auto": the journal if systemd
//  started us with it as standard error, else text. False: there is no such format.
bool rap_log_set_format (const char *name);

//  rap_log (RAP_LOG_INFO, "document.taken", "document", id, "bytes", "812", NULL):
//  keys and values alternate, all C strings, ended by NULL.
void rap_log (rap_log_level_t level, const char *event, ...) __attribute__ ((sentinel));

//  The same with the values formatted into one string of `key=value` words:
//  rap_logf (RAP_LOG_INFO, "batch.sent", "batch=%" PRIu64 " chunks=%u", ...).
//  Use it for numbers and ids only, never for foreign text.
void rap_logf (rap_log_level_t level, const char *event, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

#endif
