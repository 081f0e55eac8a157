/*  fault: chunks that kill, for the tests of what happens then.
 *
 *  Only in a build with RAPPORTEUR_FAULTS=ON: a chunk whose text has the <text>
 *  of RAPPORTEUR_FAULT_CHUNK=<text>:crash|hang crashes or hangs the worker that
 *  extracts from it. In any other build there is nothing here.               */
#ifndef RAPPORTEUR_WORKERS_FAULT_H
#define RAPPORTEUR_WORKERS_FAULT_H

#include "rapporteur/text.h"

#ifdef RAPPORTEUR_FAULTS
void rap_fault_chunk (rap_text_t text);
#else
static inline void rap_fault_chunk (rap_text_t text)
{
    (void)text;
}
#endif

#endif
