//  clock: the system's two clocks.
#include "rapporteur/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int64_t rap_clock_since_us (rap_text_t utc)
{
    char text[RAP_TIME_MAX];
    struct tm parts = {0};
    struct timespec now;
    if (utc.len >= sizeof text)
        return 0;
    memcpy (text, utc.at, utc.len);
    text[utc.len] = 0;
    const char *rest = strptime (text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (!rest)
        return 0;
    double then = (double)timegm (&parts) + (*rest == '.' ? strtod (rest, NULL) : 0);
    clock_gettime (CLOCK_REALTIME, &now);
    double since = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - then;
    return since > 0 ? (int64_t)(since * 1e6) : 0;
}
