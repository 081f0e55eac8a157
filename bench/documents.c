//  documents: finding and reading what a bench is given.

#include "documents.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "rapporteur/clock.h"
#include "rapporteur/version.h"

static void give_up (const char *path, const char *cause)
{
    fprintf (stderr, "%s: %s\n", path, cause);
    exit (1);
}

static void add_path (rap_paths_t *self, const char *path)
{
    self->paths = reallocarray (self->paths, self->count + 1, sizeof *self->paths);
    char *copy = strdup (path);
    if (!self->paths || !copy)
        give_up (path, "out of memory");
    self->paths[self->count++] = copy;
}

static int is_text_file (const struct dirent *entry)
{
    size_t len = strlen (entry->d_name);
    return len > 4 && strcmp (entry->d_name + len - 4, ".txt") == 0;
}

static void add_folder (rap_paths_t *self, const char *folder)
{
    struct dirent **files;
    int count = scandir (folder, &files, is_text_file, alphasort);
    if (count < 0)
        give_up (folder, strerror (errno));
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf (path, sizeof path, "%s/%s", folder, files[i]->d_name);
        add_path (self, path);
        free (files[i]);
    }
    free (files);
}

rap_paths_t rap_paths_new (int count, char **names)
{
    rap_paths_t self = {.paths = NULL};
    for (int i = 0; i < count; i++) {
        struct stat status;
        if (stat (names[i], &status) != 0)
            give_up (names[i], strerror (errno));
        if (S_ISDIR (status.st_mode))
            add_folder (&self, names[i]);
        else
            add_path (&self, names[i]);
    }
    return self;
}

void rap_paths_destroy (rap_paths_t *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        free (self->paths[i]);
    free (self->paths);
    *self = (rap_paths_t){.paths = NULL};
}

rap_text_t rap_bytes_of (const char *path, rap_arena_t *arena)
{
    FILE *file = fopen (path, "rbe");
    struct stat status;
    if (!file || fstat (fileno (file), &status) != 0)
        give_up (path, strerror (errno));
    if (status.st_size > RAP_DOCUMENT_BYTES_MAX)
        give_up (path, "longer than a document may be");
    size_t size = (size_t)status.st_size;
    char *bytes = rap_arena_alloc (arena, size + 1);
    if (fread (bytes, 1, size, file) != size)
        give_up (path, "cannot be read whole");
    fclose (file);
    return rap_text_of (bytes, size);
}

//  sha256 of the bytes, and of the round if it is not the first.
static rap_text_t hash_of (rap_text_t bytes, uint32_t round, rap_arena_t *arena)
{
    char hex[RAP_SHA256_HEX];
    rap_sha256_t *hash = rap_sha256_new ();
    rap_sha256_add (hash, bytes.at, bytes.len);
    if (round > 0)
        rap_sha256_add (hash, &round, sizeof round);
    rap_sha256_end (&hash, hex);
    return rap_arena_text (arena, rap_text (hex));
}

rap_status_t rap_document_take (rap_reader_t *reader, const rap_lexicon_t *lexicon, const char *path,
                                rap_text_t bytes, uint64_t number, uint32_t round, rap_arena_t *arena,
                                rap_reading_t *reading)
{
    rap_reason_t reason = {""};
    char now[RAP_TIME_MAX];
    rap_text_t sha256 = hash_of (bytes, round, arena);
    *reading = (rap_reading_t){.document = {.source = rap_text (path)}};
    if (rap_read (reader, bytes, arena, reading, &reason) != RAP_OK) {
        fprintf (stderr, "%s: %s\n", path, reason.text);
        return RAP_REFUSED;
    }
    rap_document_t *document = &reading->document;
    document->number = number;
    document->sha256 = sha256;
    document->document_id = rap_text_of (sha256.at, RAP_DOCUMENT_ID_SIZE - 1);
    document->splitter = rap_text (RAPPORTEUR_SPLITTER);
    document->pipeline = rap_text (rap_lexicon_pipeline (lexicon));
    document->received_at = rap_arena_text (arena, rap_text (rap_clock_utc (now)));
    document->bytes = bytes.len;
    if (round > 0 && document->symbol.len)
        document->symbol =
            rap_arena_format (arena, "%.*s/R%u", (int)document->symbol.len, document->symbol.at, round);
    return RAP_OK;
}

double rap_cpu_seconds (void)
{
    struct timespec now;
    clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
