//  sidecar: lines of key and value.
#include "sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/text.h"
#include "rapporteur/utf8.h"

bool rap_sidecar_is (const char *path)
{
    return rap_text_ends (rap_text (path), RAP_TEXT (".meta"));
}

bool rap_sidecar_has_document (const char *path)
{
    char *document = rap_sidecar_is (path) ? strndup (path, strlen (path) - (sizeof ".meta" - 1)) : NULL;
    bool there = document && access (document, F_OK) == 0;
    free (document);
    return there;
}

static char *value_of (rap_sidecar_t *self, rap_text_t key)
{
    if (rap_text_equal (key, RAP_TEXT ("symbol")))
        return self->symbol;
    if (rap_text_equal (key, RAP_TEXT ("date")))
        return self->date;
    if (rap_text_equal (key, RAP_TEXT ("title")))
        return self->title;
    if (rap_text_equal (key, RAP_TEXT ("language")))
        return self->language;
    if (rap_text_equal (key, RAP_TEXT ("source")))
        return self->source;
    return NULL;
}

static rap_status_t read_line (rap_sidecar_t *self, rap_text_t line, const char *path, unsigned number,
                               rap_reason_t *reason)
{
    line = rap_text_trim (line);
    if (!line.len || line.at[0] == '#')
        return RAP_OK;
    const char *colon = memchr (line.at, ':', line.len);
    if (!colon)
        return rap_refuse (reason, "%s.meta:%u: not a line of 'key: value'", path, number);
    rap_text_t key = rap_text_trim (rap_text_of (line.at, (size_t)(colon - line.at)));
    rap_text_t value = rap_text_trim (rap_text_from (line, (size_t)(colon - line.at) + 1));
    char *to = value_of (self, key);
    if (!to)
        return rap_refuse (reason, "%s.meta:%u: unknown key; there are symbol, date, title, language and source",
                           path, number);
    if (value.len >= RAP_SIDECAR_VALUE_MAX)
        return rap_refuse (reason, "%s.meta:%u: a value of more than %d bytes", path, number,
                           RAP_SIDECAR_VALUE_MAX - 1);
    if (rap_utf8_invalid_at (value) != value.len || memchr (value.at, 0, value.len))
        return rap_refuse (reason, "%s.meta:%u: not UTF-8 text", path, number);
    memcpy (to, value.at, value.len);
    to[value.len] = 0;
    return RAP_OK;
}

static rap_status_t read_lines (rap_sidecar_t *self, rap_text_t text, const char *path, rap_reason_t *reason)
{
    unsigned number = 0;
    if (rap_text_starts (text, RAP_TEXT ("\xef\xbb\xbf")))
        text = rap_text_from (text, 3);
    while (text.len) {
        const char *end = memchr (text.at, '\n', text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        if (read_line (self, rap_text_of (text.at, len), path, ++number, reason) != RAP_OK)
            return RAP_REFUSED;
        text = rap_text_from (text, len + 1);
    }
    return RAP_OK;
}

//  The file's bytes up to one more than a sidecar may have; whatever stands there
//  instead of a file must not hold us up.
static rap_status_t read_bytes (const char *name, char *bytes, size_t *len, rap_reason_t *reason)
{
    struct stat about;
    ssize_t got = 0;
    int fd = open (name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    *len = 0;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG))
        return RAP_OK; //  there is none, or can be none
    if (fd < 0)
        return rap_refuse (reason, "%s: %s", name, strerror (errno));
    bool regular = fstat (fd, &about) == 0 && S_ISREG (about.st_mode);
    while (regular && *len <= RAP_SIDECAR_BYTES_MAX
           && (got = read (fd, bytes + *len, RAP_SIDECAR_BYTES_MAX + 1 - *len)) > 0)
        *len += (size_t)got;
    int error = errno;
    close (fd);
    if (!regular)
        return rap_refuse (reason, "%s: not a regular file; remove it, or make it one of lines 'key: value'", name);
    if (got < 0)
        return rap_refuse (reason, "%s: cannot be read: %s", name, strerror (error));
    if (*len > RAP_SIDECAR_BYTES_MAX)
        return rap_refuse (reason, "%s: more than %d bytes", name, RAP_SIDECAR_BYTES_MAX);
    return RAP_OK;
}

rap_status_t rap_sidecar_read (rap_sidecar_t *self, const char *path, rap_reason_t *reason)
{
    char name[4096 + 8];
    size_t len;
    memset (self, 0, sizeof *self);
    if (snprintf (name, sizeof name, "%s.meta", path) >= (int)sizeof name)
        return RAP_OK; //  no file has such a name
    char *bytes = malloc (RAP_SIDECAR_BYTES_MAX + 1);
    if (!bytes)
        abort ();
    rap_status_t status = read_bytes (name, bytes, &len, reason);
    if (status == RAP_OK)
        status = read_lines (self, rap_text_of (bytes, len), path, reason);
    free (bytes);
    return status;
}
