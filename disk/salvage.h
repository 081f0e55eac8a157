/*  salvage: new files out of damaged ones.
 *
 *  Nothing is mended in place. A new file is made beside the damaged one, and what is
 *  whole of each document is carried over: a row counts only if every block that it
 *  was read from is as it was written, and if what it says holds. What is not whole
 *  of the database is read anew from the journal's bytes; what is not whole of the
 *  journal is named. The damaged files stay, as FILE.damaged-TIME.
 *  No service may be running.                                                  */
#ifndef RAPPORTEUR_DISK_SALVAGE_H
#define RAPPORTEUR_DISK_SALVAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"

//  A line for the person who repairs: what happened to which document.
typedef void (rap_salvage_told_fn) (void *self, const char *document, const char *what);

typedef struct {
    const char *journal, *store; //  paths
    rap_salvage_told_fn *told;
    void *told_self;
    uint64_t carried; //  documents taken over whole
    uint64_t anew;    //  documents to be read anew
    uint64_t lost;    //  documents of which something is gone for good
    char aside[4200]; //  where the damaged file is now; '' there was none
} rap_salvage_t;

void rap_salvage_tell (rap_salvage_t *self, const char *document, const char *what);

//  Each document of the journal with its bytes, where they still have their digest.
rap_status_t rap_salvage_journal (rap_salvage_t *self, rap_reason_t *reason);

//  Each document of the database that is whole, without what is worked out across
//  documents: the sink does that at its next start. It takes its place by rap_salvage_finish.
rap_status_t rap_salvage_store (rap_salvage_t *self, rap_reason_t *reason);

//  Marks in the journal what the database lacks, so that it is read anew; new files take their places.
rap_status_t rap_salvage_finish (rap_salvage_t *self, rap_reason_t *reason);

//  Whoever made them was stopped before they did: FILE.repaired is there, and no daemon starts.
bool rap_salvage_is_unfinished (const rap_salvage_t *self);

#endif
