/*  minimise: from a chunk in quarantine to a file with which others see the same.
 *
 *  The chunk is tried here as a worker would (trial.h). If it ends badly, what is not needed for that is
 *  taken away: context, headings, marks, the document's particulars, then the text piece by piece
 *  (shrink.h), as long as it ends in the same way. The file is JSON: what happens (outcome, signal,
 *  cause), with which rules (pipeline), the text as it was and as short as it was found, and document
 *  and chunk as they travel (protocol.md), in hexadecimal digits.                                 */
#ifndef RAPPORTEUR_CTL_MINIMISE_H
#define RAPPORTEUR_CTL_MINIMISE_H

#include <stdbool.h>
#include <stdint.h>

#include "held.h"

typedef struct {
    const char *rules;  //  NULL: the usual place
    const char *output; //  NULL: a name made of the document's id and the chunk's number, here
    int64_t seconds;    //  in all
    int64_t limit_s;    //  CPU seconds after which a chunk hangs
    bool json;
} rap_minimise_options_t;

//  Of an entry; answers an exit status, 1 if it does not happen here. ordinal NULL: the only chunk of the document.
int rap_minimise_held (const rap_minimise_options_t *options, const rap_held_t *held, const char *id,
                       const char *ordinal);

//  Tries such a file. Exit status 0: it happens here too; 1: it does not.
int rap_minimise_again (const rap_minimise_options_t *options, const char *path);

#endif
