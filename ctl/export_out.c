//  export_out: a temporary file and its renaming; a stream that a terminal may be shown.
#include "export_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/text.h"

#include "place.h"
#include "term.h"

struct rap_export_out {
    FILE *stream;
    char *path;                   //  NULL: standard output
    char temporary[RAP_PATH_MAX]; //  "" once it has its name
    char held[8];                 //  the beginning of a code point, for a terminal
    size_t held_len;
};

//  A command may also end where the database cannot be read: nothing is left then either.
static char unfinished_file[RAP_PATH_MAX];

static void remove_unfinished (void)
{
    if (unfinished_file[0])
        unlink (unfinished_file);
    unfinished_file[0] = '\0';
}

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

//  --- a terminal ----------------------------------------------------------------
//  Bytes at the end of `text` that begin a code point without ending it.
static size_t unfinished (rap_text_t text)
{
    for (size_t back = 1; back <= 3 && back <= text.len; back++) {
        unsigned char byte = (unsigned char)text.at[text.len - back];
        size_t needs = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        if (needs > 1)
            return needs > back ? back : 0;
        if (byte < 0x80)
            return 0;
    }
    return 0;
}

//  Carriage returns, which CSV ends its lines with, are left out.
static void show (const char *at, size_t len)
{
    char *text = must (malloc (len + 1));
    size_t kept = 0;
    for (size_t i = 0; i < len; i++)
        if (at[i] != '\r')
            text[kept++] = at[i] ? at[i] : '\1';
    text[kept] = '\0';
    rap_term_put (stdout, text, 0);
    free (text);
}

static ssize_t write_shown (void *cookie, const char *at, size_t len)
{
    rap_export_out_t *self = cookie;
    char *all = must (malloc (self->held_len + len));
    memcpy (all, self->held, self->held_len);
    memcpy (all + self->held_len, at, len);
    size_t have = self->held_len + len;
    self->held_len = unfinished (rap_text_of (all, have));
    show (all, have - self->held_len);
    memcpy (self->held, all + have - self->held_len, self->held_len);
    free (all);
    return ferror (stdout) ? 0 : (ssize_t)len;
}

static FILE *open_standard (rap_export_out_t *self)
{
    cookie_io_functions_t functions = {.write = write_shown};
    return isatty (STDOUT_FILENO) ? fopencookie (self, "w", functions) : stdout;
}

//  --- a file ----------------------------------------------------------------------
//  As readable as the umask makes a new file.
static void set_mode (int fd)
{
    mode_t mask = umask (0);
    umask (mask);
    fchmod (fd, 0666 & ~mask);
}

static FILE *open_temporary (rap_export_out_t *self, rap_reason_t *reason)
{
    const char *slash = strrchr (self->path, '/');
    int folder = slash ? (int)(slash - self->path) + 1 : 0;
    if (snprintf (self->temporary, sizeof self->temporary, "%.*s.%s.XXXXXX", folder, self->path, self->path + folder)
        >= (int)sizeof self->temporary) {
        rap_refuse (reason, "%.100s...: a path of more than %d bytes", self->path, RAP_PATH_MAX - 9);
        self->temporary[0] = '\0';
        return NULL;
    }
    int fd = mkostemp (self->temporary, O_CLOEXEC);
    FILE *stream = fd >= 0 ? fdopen (fd, "w") : NULL;
    if (stream) {
        set_mode (fd);
        memcpy (unfinished_file, self->temporary, sizeof unfinished_file);
        static bool told;
        if (!told)
            atexit (remove_unfinished);
        told = true;
        return stream;
    }
    rap_refuse (reason, "%s: %s", self->path, strerror (errno));
    if (fd >= 0) {
        close (fd);
        unlink (self->temporary);
    }
    self->temporary[0] = '\0';
    return NULL;
}

//  The name too must last.
static bool sync_folder (const char *path)
{
    char folder[RAP_PATH_MAX];
    const char *slash = strrchr (path, '/');
    snprintf (folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync (fd) == 0;
    if (fd >= 0)
        close (fd);
    return synced;
}

rap_export_out_t *rap_export_out_new (const char *path, rap_reason_t *reason)
{
    rap_export_out_t *self = must (calloc (1, sizeof *self));
    self->path = path ? must (strdup (path)) : NULL;
    self->stream = path ? open_temporary (self, reason) : open_standard (self);
    if (!self->stream) {
        if (!path)
            rap_refuse (reason, "standard output: %s", strerror (errno));
        rap_export_out_destroy (&self);
    }
    return self;
}

FILE *rap_export_out_stream (rap_export_out_t *self)
{
    return self->stream;
}

static bool close_stream (rap_export_out_t *self)
{
    FILE *stream = self->stream;
    self->stream = NULL;
    bool good = fflush (stream) == 0 && !ferror (stream);
    if (self->path)
        good = fsync (fileno (stream)) == 0 && good;
    if (stream != stdout)
        good = fclose (stream) == 0 && good;
    return (self->path || fflush (stdout) == 0) && good;
}

rap_status_t rap_export_out_finish (rap_export_out_t **self_p, rap_reason_t *reason)
{
    rap_export_out_t *self = *self_p;
    rap_status_t status = RAP_OK;
    errno = 0;
    bool good = close_stream (self);
    if (good && self->path)
        good = rename (self->temporary, self->path) == 0;
    if (!good) {
        status =
            rap_fail (reason, "%s: %s", self->path ? self->path : "standard output", strerror (errno ? errno : EIO));
    } else if (self->path) {
        self->temporary[0] = unfinished_file[0] = '\0';
        if (!sync_folder (self->path))
            status = rap_fail (reason, "%s: the folder could not be made durable: %s", self->path, strerror (errno));
    }
    rap_export_out_destroy (self_p);
    return status;
}

void rap_export_out_destroy (rap_export_out_t **self_p)
{
    rap_export_out_t *self = *self_p;
    if (!self)
        return;
    if (self->stream && self->stream != stdout)
        fclose (self->stream);
    remove_unfinished ();
    free (self->path);
    free (self);
    *self_p = NULL;
}
