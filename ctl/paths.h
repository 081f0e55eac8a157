/*  paths: the documents that a command line means.
 *
 *  A file is a document; a folder stands for the files in and below it, in the
 *  order of their names, without hidden ones, sidecars (*.meta) and README files.
 *  A sidecar that is given by name beside its document (a shell's '*') is none.
 *  What cannot be read stays in the list, so that it is reported and not passed
 *  over.                                                                     */
#ifndef RAPPORTEUR_CTL_PATHS_H
#define RAPPORTEUR_CTL_PATHS_H

#include <stdint.h>

typedef struct {
    char **at;
    uint32_t count;
    uint32_t room;
} rap_paths_t;

void rap_paths_gather (rap_paths_t *self, char *const *given, int given_count);
void rap_paths_fini (rap_paths_t *self);

#endif
