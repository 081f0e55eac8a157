/*  clock: the two kinds of time.
 *
 *  Leases, timeouts and rates use the monotonic clock; what people read uses the
 *  wall clock. State machines never call these: they are given `now_ms`.     */
#ifndef RAPPORTEUR_CLOCK_H
#define RAPPORTEUR_CLOCK_H

#include <stdint.h>

#include "rapporteur/text.h"

int64_t rap_clock_ms (void); //  monotonic, milliseconds
int64_t rap_clock_us (void); //  monotonic, microseconds

//  UTC now as 2026-03-01T10:11:12.123Z, into a buffer of at least RAP_TIME_MAX.
enum { RAP_TIME_MAX = 32 };
const char *rap_clock_utc (char *buffer);

//  Microseconds by the wall clock since a time as rap_clock_utc writes it; 0 if it is
//  none, or in the future.
int64_t rap_clock_since_us (rap_text_t utc);

#endif
