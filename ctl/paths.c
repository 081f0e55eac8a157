//  paths: a walk through folders.
#include "paths.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sidecar.h"

static void *must (void *memory)
{
    if (!memory)
        abort ();
    return memory;
}

static void add (rap_paths_t *self, const char *path)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->at = must (realloc (self->at, self->room * sizeof *self->at));
    }
    self->at[self->count++] = must (strdup (path));
}

static int by_name (const FTSENT **a, const FTSENT **b)
{
    return strcmp ((*a)->fts_name, (*b)->fts_name);
}

static int is_passed_over (const FTSENT *entry)
{
    return entry->fts_name[0] == '.' || rap_sidecar_is (entry->fts_name) || strcmp (entry->fts_name, "README") == 0
           || strncmp (entry->fts_name, "README.", 7) == 0;
}

//  A link to a folder is not followed: it may lead anywhere, and round in circles.
static int leads_to_folder (const char *link)
{
    struct stat what;
    return stat (link, &what) == 0 && S_ISDIR (what.st_mode);
}

//  Stays on the file system where it began, so that a careless '/' ends, and
//  does not read what is no file on a disk (/proc, /sys).
static void walk (rap_paths_t *self, char *folder)
{
    char *roots[] = {folder, NULL};
    FTS *tree = must (fts_open (roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_XDEV | FTS_NOCHDIR, by_name));
    for (FTSENT *entry; (entry = fts_read (tree)) != NULL;) {
        //  The root may have any name: it was asked for.
        if (entry->fts_level > 0 && is_passed_over (entry)) {
            fts_set (tree, entry, FTS_SKIP);
            continue;
        }
        switch (entry->fts_info) {
        case FTS_SL: //  a link to something
            if (!leads_to_folder (entry->fts_accpath))
                add (self, entry->fts_accpath);
            break;
        case FTS_F:      //  a file
        case FTS_DNR:    //  a folder that cannot be read
        case FTS_ERR:    //
        case FTS_NS:     //
        case FTS_SLNONE: //  a link that leads nowhere
            add (self, entry->fts_accpath);
            break;
        case FTS_DEFAULT: //  a pipe, a socket, a device: only if it was asked for by name
            if (entry->fts_level == 0)
                add (self, entry->fts_accpath);
            break;
        default: //  folders before and after; links in a circle
            break;
        }
    }
    fts_close (tree);
}

void rap_paths_gather (rap_paths_t *self, char *const *given, int given_count)
{
    for (int i = 0; i < given_count; i++) {
        size_t len = strlen (given[i]);
        char *path = must (strdup (given[i]));
        while (len > 1 && path[len - 1] == '/')
            path[--len] = 0;
        if (strcmp (path, "-") == 0 || !*path)
            add (self, path);
        else if (!rap_sidecar_has_document (path))
            walk (self, path);
        free (path);
    }
}

void rap_paths_fini (rap_paths_t *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        free (self->at[i]);
    free (self->at);
    *self = (rap_paths_t){0};
}
