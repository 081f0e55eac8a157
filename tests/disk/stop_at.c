//  stop_at: loaded into the command (LD_PRELOAD), ends it by SIGKILL before its rename number $RAPPORTEUR_STOP_AT,
//  from 1. What it starts is not ended.
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static long left;

__attribute__ ((constructor)) static void read_environment (void)
{
    const char *number = getenv ("RAPPORTEUR_STOP_AT");
    left = number ? strtol (number, NULL, 10) : 0;
    unsetenv ("RAPPORTEUR_STOP_AT");
    unsetenv ("LD_PRELOAD");
}

int rename (const char *from, const char *to)
{
    int (*real) (const char *, const char *);
    if (left > 0 && --left == 0)
        raise (SIGKILL);
    *(void **)&real = dlsym (RTLD_NEXT, "rename");
    return real (from, to);
}
