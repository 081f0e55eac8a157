//  fault: see fault.h.

#include "fault.h"

#ifdef RAPPORTEUR_FAULTS
#include <stdlib.h>

void rap_fault_chunk (rap_text_t text)
{
    const char *fault = getenv ("RAPPORTEUR_FAULT_CHUNK");
    const char *colon = fault ? strrchr (fault, ':') : NULL;
    if (!colon || !text.len || !memmem (text.at, text.len, fault, (size_t)(colon - fault)))
        return;
    if (strcmp (colon, ":crash") == 0)
        abort ();
    for (volatile unsigned turns = 0; strcmp (colon, ":hang") == 0; turns++) {
    }
}
#else
void rap_fault_chunk (rap_text_t text)
{
    (void)text;
}
#endif
