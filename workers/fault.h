/*  fault: chunks that kill, for the tests of what happens then.
 *
 *  Does nothing unless built with RAPPORTEUR_FAULTS, as the test program
 *  rapporteur-worker-faulty is: then a chunk whose text has the <text> of
 *  RAPPORTEUR_FAULT_CHUNK=<text>:crash|hang crashes or hangs the worker that is
 *  to extract from it.                                                       */
#ifndef RAPPORTEUR_WORKERS_FAULT_H
#define RAPPORTEUR_WORKERS_FAULT_H

#include "rapporteur/text.h"

void rap_fault_chunk (rap_text_t text);

#endif
