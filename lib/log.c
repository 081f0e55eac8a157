//  log: a line is put together on the stack and written by one call, so that
//  lines of several processes on one descriptor do not mix.
#include "rapporteur/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/clock.h"

//  Longer lines end in "...": a pipe takes 4 KiB in one piece.
enum { LINE_MAX_BYTES = 4096 };

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static struct {
    const char *program;
    rap_log_level_t level;
} settings = {.program = "rapporteur", .level = RAP_LOG_INFO};

typedef struct {
    char text[LINE_MAX_BYTES];
    size_t len;
    bool full;
} line_t;

void rap_log_init (const char *program)
{
    settings.program = program;
    const char *wanted = getenv ("RAPPORTEUR_LOG");
    for (size_t i = 0; wanted && i < sizeof level_names / sizeof *level_names; i++)
        if (strcmp (wanted, level_names[i]) == 0)
            settings.level = (rap_log_level_t)i;
}

void rap_log_set_level (rap_log_level_t level)
{
    settings.level = level;
}

//  Room is kept for "...\n".
static void put (line_t *line, const char *bytes, size_t len)
{
    if (line->full || line->len + len > sizeof line->text - 4) {
        line->full = true;
        return;
    }
    memcpy (line->text + line->len, bytes, len);
    line->len += len;
}

static void put_string (line_t *line, const char *string)
{
    put (line, string, strlen (string));
}

//  Plain as it is if one word; else quoted, with quotes, backslashes and control
//  characters escaped (C1 controls, which terminals obey, among them).
static void put_value (line_t *line, const char *value)
{
    bool quoted = *value == 0;
    for (const char *c = value; *c && !quoted; c++)
        quoted = (unsigned char)*c <= ' ' || *c == '"' || *c == '\\' || *c == '=' || *c == 0x7f
                 || (unsigned char)*c == 0xC2;
    if (!quoted) {
        put_string (line, value);
        return;
    }
    put (line, "\"", 1);
    for (const char *c = value; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        char escaped[8];
        if (byte == 0xC2 && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xA0)
            snprintf (escaped, sizeof escaped, "\\x%02x", (unsigned char)*++c);
        else if (byte == '"' || byte == '\\')
            snprintf (escaped, sizeof escaped, "\\%c", byte);
        else if (byte == '\n')
            snprintf (escaped, sizeof escaped, "\\n");
        else if (byte < ' ' || byte == 0x7f)
            snprintf (escaped, sizeof escaped, "\\x%02x", byte);
        else
            snprintf (escaped, sizeof escaped, "%c", byte);
        put_string (line, escaped);
    }
    put (line, "\"", 1);
}

static void begin (line_t *line, rap_log_level_t level, const char *event)
{
    char now[RAP_TIME_MAX];
    line->len = 0;
    line->full = false;
    put_string (line, rap_clock_utc (now));
    put (line, " ", 1);
    put_string (line, level_names[level]);
    put (line, " ", 1);
    put_string (line, settings.program);
    put (line, " ", 1);
    put_string (line, event);
}

static void end (line_t *line)
{
    if (line->full) {
        memcpy (line->text + line->len, "...", 3);
        line->len += 3;
    }
    line->text[line->len++] = '\n';
    size_t sent = 0;
    while (sent < line->len) {
        ssize_t len = write (STDERR_FILENO, line->text + sent, line->len - sent);
        if (len < 0 && errno != EINTR)
            return; //  nowhere left to say it
        if (len > 0)
            sent += (size_t)len;
    }
}

void rap_log (rap_log_level_t level, const char *event, ...)
{
    if (level > settings.level)
        return;
    int error = errno;
    line_t line;
    va_list list;
    begin (&line, level, event);
    va_start (list, event);
    const char *key;
    while ((key = va_arg (list, const char *)) != NULL) {
        const char *value = va_arg (list, const char *);
        put (&line, " ", 1);
        put_string (&line, key);
        put (&line, "=", 1);
        put_value (&line, value ? value : "");
        if (!value)
            break; //  a NULL value cannot be told from the end
    }
    va_end (list);
    end (&line);
    errno = error;
}

void rap_logf (rap_log_level_t level, const char *event, const char *format, ...)
{
    if (level > settings.level)
        return;
    int error = errno;
    line_t line;
    char words[LINE_MAX_BYTES / 2];
    va_list list;
    va_start (list, format);
    int len = vsnprintf (words, sizeof words, format, list);
    va_end (list);
    begin (&line, level, event);
    if (len > 0) {
        put (&line, " ", 1);
        put_string (&line, words);
    }
    end (&line);
    errno = error;
}
