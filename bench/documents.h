/*  documents: what the benches read: files given, or the *.txt of folders given. */
#ifndef RAPPORTEUR_BENCH_DOCUMENTS_H
#define RAPPORTEUR_BENCH_DOCUMENTS_H

#include <stdint.h>

#include "rapporteur/hash.h"
#include "rapporteur/lexicon.h"

#include "read.h"

typedef struct {
    char **paths; //  sorted within a folder
    uint32_t count;
} rap_paths_t;

//  Files and folders to files. Ends the process, saying why, if one is missing.
rap_paths_t rap_paths_new (int count, char **names);
void rap_paths_destroy (rap_paths_t *self);

//  The bytes of a file, in the arena.
rap_text_t rap_bytes_of (const char *path, rap_arena_t *arena);

//  Reads one document as ingest would, its place in the order of taking being
//  `number`. `round` > 0 makes another document of the same bytes. All in the
//  arena; what is refused is told on standard error, and the answer is not RAP_OK.
rap_status_t rap_document_take (rap_reader_t *reader, const rap_lexicon_t *lexicon, const char *path,
                                rap_text_t bytes, uint64_t number, uint32_t round, rap_arena_t *arena,
                                rap_reading_t *reading);

//  CPU seconds of this process.
double rap_cpu_seconds (void);

#endif
