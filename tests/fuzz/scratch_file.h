/*  scratch_file: a folder of this process for targets that read files.       */
#ifndef RAPPORTEUR_TESTS_SCRATCH_FILE_H
#define RAPPORTEUR_TESTS_SCRATCH_FILE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch[64];

static int scratch_forget_one (const char *path, const struct stat *about, int kind, struct FTW *ftw)
{
    (void)about;
    (void)kind;
    (void)ftw;
    return remove (path);
}

static void scratch_forget (void)
{
    nftw (scratch, scratch_forget_one, 8, FTW_DEPTH | FTW_PHYS);
}

//  The path of a name in the folder, which is made at the first call and removed at the end.
static const char *scratch_path (const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    if (!scratch[0]) {
        //  In memory where it can be: what is tried syncs.
        snprintf (scratch, sizeof scratch, "%s/rapporteur-fuzz.XXXXXX",
                  access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp (scratch) || atexit (scratch_forget) != 0)
            abort ();
    }
    snprintf (path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

//  A file of these bytes there.
static inline const char *scratch_file (const char *name, const uint8_t *data, size_t size)
{
    const char *path = scratch_path (name);
    int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || (size && write (fd, data, size) != (ssize_t)size))
        abort ();
    close (fd);
    return path;
}

static inline void must (bool held)
{
    if (!held)
        abort ();
}

#endif
