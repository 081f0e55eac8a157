//  hang: loaded into a daemon (LD_PRELOAD), stands still in whatever is to be put on disk for as long as the file
//  $RAPPORTEUR_HANG is there: a disk that does not answer.
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void hang (void)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    const char *path = getenv ("RAPPORTEUR_HANG");
    while (path && access (path, F_OK) == 0)
        nanosleep (&moment, NULL);
}

static int go_on (const char *name, int fd)
{
    int (*real) (int);
    *(void **)&real = dlsym (RTLD_NEXT, name);
    return real (fd);
}

int fsync (int fd)
{
    hang ();
    return go_on ("fsync", fd);
}

int fdatasync (int fd)
{
    hang ();
    return go_on ("fdatasync", fd);
}
