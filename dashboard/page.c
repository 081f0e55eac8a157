//  page: a list of files.
#include "page.h"

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/hash.h"

//  Made by cmake/EmbedFolder.cmake; ended by a NULL name.
extern const rap_page_file_t rap_page_files[];

enum { FILES_MAX = 256, FILE_BYTES_MAX = 8 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

typedef struct {
    char *name;
    rap_body_t *body; //  NULL until read
    char etag[RAP_DOCUMENT_ID_SIZE + 2];
    bool built_in; //  whatever the folder has
} file_t;

struct rap_page {
    char *folder;
    pthread_mutex_t lock;
    file_t files[FILES_MAX];
    size_t count;
};

static const char *type_of (const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".json", "application/json"},
                 {".svg", "image/svg+xml"},
                 {".png", "image/png"},
                 {".woff2", "font/woff2"},
                 {".txt", "text/plain; charset=utf-8"},
                 {".ico", "image/vnd.microsoft.icon"},
                 {".webmanifest", "application/manifest+json"}};
    size_t len = strlen (name);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t tail = strlen (types[i].ending);
        if (len > tail && strcmp (name + len - tail, types[i].ending) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

static void set_body (file_t *file, char *bytes, size_t len)
{
    char sha256[RAP_SHA256_HEX], id[RAP_DOCUMENT_ID_SIZE];
    rap_sha256 (bytes, len, sha256);
    rap_document_id (sha256, id);
    snprintf (file->etag, sizeof file->etag, "\"%s\"", id);
    rap_body_release (file->body);
    file->body = rap_body_new (bytes, len, type_of (file->name));
}

static char *copy (const void *bytes, size_t len)
{
    char *copied = malloc (len + 1);
    if (!copied)
        abort ();
    memcpy (copied, bytes, len);
    copied[len] = 0;
    return copied;
}

static void add (rap_page_t *self, const char *name)
{
    if (self->count < FILES_MAX)
        self->files[self->count++] = (file_t){.name = copy (name, strlen (name))};
}

static void take_built_in (rap_page_t *self)
{
    for (const rap_page_file_t *f = rap_page_files; f->name; f++) {
        add (self, f->name);
        set_body (&self->files[self->count - 1], copy (f->bytes, f->len), f->len);
    }
}

//  Of what is built in only the description of the API stays.
static void forget_page (rap_page_t *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        file_t *file = &self->files[i];
        if (strcmp (file->name, "openapi.json") == 0) {
            file->built_in = true;
            self->files[kept++] = *file;
            continue;
        }
        rap_body_release (file->body);
        free (file->name);
    }
    self->count = kept;
}

//  nftw has no room for our own pointer.
static _Thread_local rap_page_t *walked;

static int see_file (const char *path, const struct stat *about, int type, struct FTW *walk)
{
    (void)walk;
    const char *name = path + strlen (walked->folder);
    name += *name == '/';
    if (type == FTW_F && S_ISREG (about->st_mode) && !strstr (path, "/."))
        add (walked, name);
    return 0;
}

static void read_file (const rap_page_t *self, file_t *file)
{
    char path[PATH_BYTES_MAX];
    snprintf (path, sizeof path, "%s/%s", self->folder, file->name);
    FILE *stream = fopen (path, "re");
    char *bytes = malloc (FILE_BYTES_MAX);
    if (!bytes)
        abort ();
    size_t len = stream ? fread (bytes, 1, FILE_BYTES_MAX, stream) : 0;
    if (stream)
        fclose (stream);
    set_body (file, copy (bytes, len), len);
    free (bytes);
}

rap_page_t *rap_page_new (const char *folder, rap_reason_t *reason)
{
    const char *etag;
    rap_page_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    pthread_mutex_init (&self->lock, NULL);
    take_built_in (self);
    if (folder) {
        forget_page (self);
        self->folder = copy (folder, strlen (folder));
        walked = self;
        nftw (folder, see_file, 16, FTW_PHYS);
    }
    rap_body_t *index = rap_page_find (self, "index.html", &etag);
    if (!index) {
        rap_reason_set (reason, "%s: there is no index.html", folder ? folder : "the program");
        rap_page_destroy (&self);
    }
    rap_body_release (index);
    return self;
}

void rap_page_destroy (rap_page_t **self_p)
{
    rap_page_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        rap_body_release (self->files[i].body);
        free (self->files[i].name);
    }
    pthread_mutex_destroy (&self->lock);
    free (self->folder);
    free (self);
    *self_p = NULL;
}

rap_body_t *rap_page_find (rap_page_t *self, const char *name, const char **etag)
{
    rap_body_t *body = NULL;
    pthread_mutex_lock (&self->lock);
    for (size_t i = 0; i < self->count && !body; i++)
        if (strcmp (self->files[i].name, name) == 0) {
            if (self->folder && !self->files[i].built_in)
                read_file (self, &self->files[i]);
            body = rap_body_hold (self->files[i].body);
            *etag = self->files[i].etag;
        }
    pthread_mutex_unlock (&self->lock);
    return body;
}
