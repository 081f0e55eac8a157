//  log: a line is put together on the stack and written by one call, so that
//  lines of several processes on one descriptor do not mix.
#include "rapporteur/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef RAP_SYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif

#include "rapporteur/clock.h"
#include "rapporteur/text.h"
#include "rapporteur/utf8.h"

//  Longer lines end in "...": a pipe takes 4 KiB in one piece.
enum { LINE_MAX_BYTES = 4096, FIELDS_MAX = 32, JOURNAL_FIELDS = 16, KEY_MAX = 40, ROOM_CUT = 24 };

static const char *const level_names[] = {"error", "warn", "info", "debug"};

typedef enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_JOURNAL } format_t;

static struct {
    const char *program;
    rap_log_level_t level;
    format_t format;
} settings = {.program = "rapporteur", .level = RAP_LOG_INFO};

//  An event's words. Values of rap_logf point into its one string.
typedef struct {
    const char *key, *value;
    size_t key_len, value_len;
} field_t;

typedef struct {
    rap_log_level_t level;
    const char *name;
    field_t fields[FIELDS_MAX];
    size_t count;
} event_t;

typedef struct {
    char text[LINE_MAX_BYTES];
    size_t len;
    bool full;
} line_t;

void rap_log_init (const char *program)
{
    settings.program = program;
    rap_log_set_level_by_name (NULL);
}

void rap_log_set_level (rap_log_level_t level)
{
    settings.level = level;
}

bool rap_log_set_level_by_name (const char *name)
{
    const char *wanted = name ? name : getenv ("RAPPORTEUR_LOG");
    for (size_t i = 0; wanted && i < sizeof level_names / sizeof *level_names; i++)
        if (strcmp (wanted, level_names[i]) == 0) {
            settings.level = (rap_log_level_t)i;
            return true;
        }
    if (!name)
        settings.level = RAP_LOG_INFO;
    return !name;
}

//  Whether standard error is the stream that systemd gave us for its journal.
static bool is_journal (void)
{
    struct stat about;
    char own[64];
    const char *stream = getenv ("JOURNAL_STREAM");
    if (!stream || fstat (STDERR_FILENO, &about) != 0)
        return false;
    snprintf (own, sizeof own, "%ju:%ju", (uintmax_t)about.st_dev, (uintmax_t)about.st_ino);
    return strcmp (own, stream) == 0;
}

bool rap_log_set_format (const char *name)
{
    static const char *const names[] = {"text", "json", "journal"};
    if (strcmp (name, "auto") == 0) {
        settings.format = is_journal () ? FORMAT_JOURNAL : FORMAT_TEXT;
        return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp (name, names[i]) == 0) {
            settings.format = (format_t)i;
            return true;
        }
    return false;
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

//  --- text ------------------------------------------------------------------------

//  Harmless on one line, whatever its bytes.
static void put_escaped (line_t *line, const char *bytes, size_t len)
{
    rap_text_t text = rap_text_of (bytes, len);
    if (line->full)
        return;
    line->len += rap_utf8_escape (line->text + line->len, sizeof line->text - 4 - line->len, &text);
    line->full = text.len > 0;
}

//  One word, of which a terminal obeys nothing.
static bool is_plain (const field_t *field)
{
    bool foreign = false;
    for (size_t i = 0; i < field->value_len; i++) {
        unsigned char byte = (unsigned char)field->value[i];
        if (byte <= ' ' || byte == '"' || byte == '\\' || byte == '=' || byte == 0x7f)
            return false;
        foreign |= byte >= 0x80;
    }
    if (!foreign)
        return field->value_len > 0;
    char escaped[LINE_MAX_BYTES];
    rap_text_t text = rap_text_of (field->value, field->value_len);
    size_t len = rap_utf8_escape (escaped, sizeof escaped, &text);
    return len == field->value_len && memcmp (escaped, field->value, len) == 0;
}

//  Plain as it is; else quoted, with quotes and backslashes escaped, and all that a
//  terminal would obey.
static void put_value (line_t *line, const field_t *field)
{
    if (is_plain (field)) {
        put (line, field->value, field->value_len);
        return;
    }
    put (line, "\"", 1);
    for (size_t at = 0, len; at < field->value_len; at += len) {
        for (len = 0; at + len < field->value_len && !strchr ("\"\\", field->value[at + len]); len++)
            ;
        put_escaped (line, field->value + at, len);
        if (at + len < field->value_len) {
            put (line, (const char[]){'\\', field->value[at + len]}, 2);
            len++;
        }
    }
    put (line, "\"", 1);
}

static void put_text (line_t *line, const event_t *event)
{
    for (size_t i = 0; i < event->count; i++) {
        put (line, " ", 1);
        put (line, event->fields[i].key, event->fields[i].key_len);
        put (line, "=", 1);
        put_value (line, &event->fields[i]);
    }
}

static void write_line (line_t *line)
{
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

static void write_text (const event_t *event)
{
    char now[RAP_TIME_MAX];
    line_t line = {.len = 0};
    put_string (&line, rap_clock_utc (now));
    put (&line, " ", 1);
    put_string (&line, level_names[event->level]);
    put (&line, " ", 1);
    put_string (&line, settings.program);
    put (&line, " ", 1);
    put_string (&line, event->name);
    put_text (&line, event);
    if (line.full) {
        memcpy (line.text + line.len, "...", 3);
        line.len += 3;
    }
    write_line (&line);
}

//  --- JSON ------------------------------------------------------------------------

//  A string; what is no UTF-8 becomes U+FFFD, what a terminal would obey a number.
static void put_json (line_t *line, const char *bytes, size_t len)
{
    char escaped[16];
    put (line, "\"", 1);
    for (size_t at = 0, taken; at < len; at += taken) {
        rap_text_t rest = rap_text_of (bytes + at, len - at < 4 ? len - at : 4);
        uint32_t point = 0xFFFD;
        taken = 1;
        bool good = rap_utf8_invalid_at (rest) > 0;
        if (good)
            point = rap_utf8_decode (rest, 0, &taken);
        if (point == '"' || point == '\\')
            snprintf (escaped, sizeof escaped, "\\%c", (char)point);
        else if (point > 0xFFFF && rap_utf8_is_harmful (point))
            snprintf (escaped, sizeof escaped, "\\u%04x\\u%04x", 0xD7C0 + (point >> 10), 0xDC00 + (point & 0x3FF));
        else if (!good || rap_utf8_is_harmful (point))
            snprintf (escaped, sizeof escaped, "\\u%04x", point);
        else
            snprintf (escaped, sizeof escaped, "%.*s", (int)taken, bytes + at);
        put_string (line, escaped);
    }
    put (line, "\"", 1);
}

//  A pair that does not fit is left out whole, so that the line stays JSON.
static void put_pair (line_t *line, const char *key, size_t key_len, const char *value, size_t value_len)
{
    size_t before = line->len;
    if (line->full)
        return;
    put (line, before > 1 ? "," : "", before > 1);
    put_json (line, key, key_len);
    put (line, ":", 1);
    put_json (line, value, value_len);
    if (line->full || line->len > sizeof line->text - ROOM_CUT) {
        line->len = before;
        line->full = true;
    }
}

static void write_json (const event_t *event)
{
    char now[RAP_TIME_MAX];
    line_t line = {.len = 0};
    rap_clock_utc (now);
    put (&line, "{", 1);
    put_pair (&line, "time", 4, now, strlen (now));
    put_pair (&line, "level", 5, level_names[event->level], strlen (level_names[event->level]));
    put_pair (&line, "program", 7, settings.program, strlen (settings.program));
    put_pair (&line, "event", 5, event->name, strlen (event->name));
    for (size_t i = 0; i < event->count; i++)
        put_pair (&line, event->fields[i].key, event->fields[i].key_len, event->fields[i].value,
                  event->fields[i].value_len);
    bool cut = line.full;
    line.full = false;
    put_string (&line, cut ? ",\"cut\":\"yes\"}" : "}");
    write_line (&line);
}

//  --- the journal of systemd ---------------------------------------------------------

#ifdef RAP_SYSTEMD
//  KEY=value; the name of a field has capitals, digits and '_', and says whose it is.
static void put_field (line_t *line, const field_t *field)
{
    static const field_t ids[] = {{"document", "DOCUMENT_ID", 8, 11}, {"chunk", "CHUNK_ID", 5, 8}};
    line->len = 0;
    line->full = false;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (field->key_len == ids[i].key_len && memcmp (field->key, ids[i].key, field->key_len) == 0)
            put (line, ids[i].value, ids[i].value_len);
    if (!line->len) {
        put_string (line, "RAPPORTEUR_");
        for (size_t i = 0; i < field->key_len && i < KEY_MAX; i++)
            put (line, isalnum ((unsigned char)field->key[i]) ? (char[]){(char)toupper (field->key[i])} : "_", 1);
    }
    put (line, "=", 1);
    size_t room = sizeof line->text - 4 - line->len;
    put (line, field->value, field->value_len < room ? field->value_len : room);
}

//  False: it does not listen.
static bool write_journal (const event_t *event)
{
    static const char *const priorities[] = {"PRIORITY=3", "PRIORITY=4", "PRIORITY=6", "PRIORITY=7"};
    static _Thread_local line_t lines[JOURNAL_FIELDS];
    struct iovec parts[JOURNAL_FIELDS + 1];
    const field_t own[] = {{"EVENT", event->name, 5, strlen (event->name)},
                           {"PROGRAM", settings.program, 7, strlen (settings.program)}};
    size_t count = 0;
    lines[0] = (line_t){.len = 0};
    put_string (&lines[0], "MESSAGE=");
    put_string (&lines[0], event->name);
    put_text (&lines[0], event);
    put_field (&lines[1], &own[0]);
    put_field (&lines[2], &own[1]);
    for (count = 3; count < JOURNAL_FIELDS && count - 3 < event->count; count++)
        put_field (&lines[count], &event->fields[count - 3]);
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct iovec){.iov_base = lines[i].text, .iov_len = lines[i].len};
    parts[count] = (struct iovec){.iov_base = (char *)(uintptr_t)priorities[event->level],
                                  .iov_len = strlen (priorities[event->level])};
    return sd_journal_sendv (parts, (int)count + 1) == 0;
}
#else
static bool write_journal (const event_t *event)
{
    (void)event;
    return false;
}
#endif

//  --- events -------------------------------------------------------------------------

static void write_event (const event_t *event)
{
    int error = errno;
    if (settings.format == FORMAT_JSON)
        write_json (event);
    else if (settings.format != FORMAT_JOURNAL || !write_journal (event))
        write_text (event);
    errno = error;
}

void rap_log (rap_log_level_t level, const char *name, ...)
{
    if (level > settings.level)
        return;
    event_t event = {.level = level, .name = name};
    va_list list;
    va_start (list, name);
    const char *key;
    while (event.count < FIELDS_MAX && (key = va_arg (list, const char *)) != NULL) {
        const char *value = va_arg (list, const char *);
        event.fields[event.count++] = (field_t){.key = key,
                                                .key_len = strlen (key),
                                                .value = value ? value : "",
                                                .value_len = value ? strlen (value) : 0};
        if (!value)
            break; //  a NULL value cannot be told from the end
    }
    va_end (list);
    write_event (&event);
}

void rap_logf (rap_log_level_t level, const char *name, const char *format, ...)
{
    if (level > settings.level)
        return;
    event_t event = {.level = level, .name = name};
    char words[LINE_MAX_BYTES / 2];
    va_list list;
    va_start (list, format);
    int len = vsnprintf (words, sizeof words, format, list);
    va_end (list);
    for (const char *word = words; len > 0 && *word && event.count < FIELDS_MAX;) {
        size_t word_len = strcspn (word, " "), key_len = strcspn (word, "= ");
        size_t value_at = key_len < word_len ? key_len + 1 : word_len;
        event.fields[event.count++] =
            (field_t){.key = word, .key_len = key_len, .value = word + value_at, .value_len = word_len - value_at};
        word += word_len + strspn (word + word_len, " ");
    }
    write_event (&event);
}
