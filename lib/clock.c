//  clock: the system's two clocks.
#include "rapporteur/clock.h"

#include <stdio.h>
#include <time.h>

int64_t rap_clock_us (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t rap_clock_ms (void)
{
    return rap_clock_us () / 1000;
}

const char *rap_clock_utc (char *buffer)
{
    struct timespec now;
    struct tm parts;
    clock_gettime (CLOCK_REALTIME, &now);
    gmtime_r (&now.tv_sec, &parts);
    size_t len = strftime (buffer, RAP_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf (buffer + len, RAP_TIME_MAX - len, ".%03dZ", (int)(now.tv_nsec / 1000000));
    return buffer;
}
