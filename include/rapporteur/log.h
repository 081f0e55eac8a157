/*  log: one event a line, `key=value`, to standard error.
 *
 *      2026-03-01T10:11:12.123Z info ingest document.taken document=3f.. bytes=812
 *
 *  The event is a stable dotted word. Keys document= and chunk= are always used
 *  where they apply, so that one grep tells a document's life. Values with
 *  spaces, quotes or control characters are quoted and escaped, so that text
 *  from documents stays one harmless line. Any thread.                       */
#ifndef RAPPORTEUR_LOG_H
#define RAPPORTEUR_LOG_H

typedef enum { RAP_LOG_ERROR, RAP_LOG_WARN, RAP_LOG_INFO, RAP_LOG_DEBUG } rap_log_level_t;

//  `program` is borrowed for the life of the process. Level from RAPPORTEUR_LOG
//  (error|warn|info|debug), else info.
void rap_log_init (const char *program);
void rap_log_set_level (rap_log_level_t level);

//  rap_log (RAP_LOG_INFO, "document.taken", "document", id, "bytes", "812", NULL):
//  keys and values alternate, all C strings, ended by NULL.
void rap_log (rap_log_level_t level, const char *event, ...) __attribute__ ((sentinel));

//  The same with the values formatted into one string of `key=value` words:
//  rap_logf (RAP_LOG_INFO, "batch.sent", "batch=%" PRIu64 " chunks=%u", ...).
//  Use it for numbers and ids only, never for foreign text.
void rap_logf (rap_log_level_t level, const char *event, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

#endif
