/*  check: what is wrong with a journal or a database, by looking only.
 *
 *  From the outside in: is it there, can it be opened, is its log whole, is each
 *  block as it was written (sums.h), does SQLite find its shape right, and do its
 *  rows say what rows of ours say. Files in use may be checked.                */
#ifndef RAPPORTEUR_DISK_CHECK_H
#define RAPPORTEUR_DISK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"

typedef enum { RAP_FILE_JOURNAL, RAP_FILE_STORE } rap_file_kind_t;

//  name, gravity, what it means. Gravity 0: worth knowing; 1: cannot be told from
//  something harmless; 2: damage.
#define RAP_FAULTS(F)                                                                                                \
    F (MISSING, 2, "missing", "the file is not there")                                                               \
    F (UNREADABLE, 2, "unreadable", "it cannot be read as a database")                                               \
    F (FOREIGN, 2, "foreign", "it is not a file of this program, or of a newer version")                             \
    F (LOG, 2, "log", "its log is damaged or its end is missing: what was committed there is lost from it")          \
    F (LOG_TORN, 1, "log-torn",                                                                                      \
       "the last group of its log is not whole: after a cut of power it was never finished, else it is damaged")     \
    F (LOG_GONE, 1, "log-gone",                                                                                      \
       "its log is gone: another program, the last to close it, put it into the file as it should, or somebody"      \
       " removed it; 'rapporteur audit' tells whether anything is missing")                                          \
    F (BLOCKS, 2, "blocks", "blocks of it are not what was written: flipped bits, lost or misplaced writes")         \
    F (SUMS, 2, "sums", "checksums beside it are damaged or missing: nothing is known of these blocks")              \
    F (NO_SUMS, 0, "no-sums", "it has no checksums yet; it gets them when the service next opens it")                \
    F (OLD, 0, "old", "it is of an older version, and looked at only in part; the service brings it up to date")     \
    F (SHAPE, 2, "shape", "SQLite finds its shape wrong")                                                            \
    F (ROWS, 2, "rows", "rows cannot be read")                                                                       \
    F (BYTES, 2, "bytes", "documents whose bytes are not those that were handed in")                                 \
    F (BOOKS, 2, "books", "documents whose chunks do not add up")                                                    \
    F (BATCHES, 2, "batches", "batches that are not what they say, or that lie over others")                         \
    F (ENTRIES, 2, "quarantine", "entries of quarantine, or notices of them, that belong to nothing")                \
    F (CHUNKS, 2, "chunks", "documents whose chunks are not all there, or not in their places")                      \
    F (SPANS, 2, "spans", "findings that are not where they say, or of no chunk")                                    \
    F (SEARCH, 2, "search", "the full-text index does not agree with the texts")                                     \
    F (LINKS, 2, "links", "what was worked out across documents points to nothing")

typedef enum {
#define F(name, gravity, word, meaning) RAP_FAULT_##name,
    RAP_FAULTS (F)
#undef F
        RAP_FAULTS_COUNT
} rap_fault_t;

const char *rap_fault_word (rap_fault_t fault);
const char *rap_fault_meaning (rap_fault_t fault);
int rap_fault_gravity (rap_fault_t fault);

typedef struct {
    rap_file_kind_t kind;
    const char *path;
    bool in_use; //  by a service
    uint64_t documents, blocks;
    uint64_t counts[RAP_FAULTS_COUNT];
    char first[RAP_FAULTS_COUNT][200]; //  of each fault the first case
} rap_check_t;

//  Looks at it. RAP_FAILED: it could not be done; a fault that was found is no failure.
rap_status_t rap_check_file (rap_check_t *self, rap_file_kind_t kind, const char *path, rap_reason_t *reason);

//  The gravest fault found; -1: none.
int rap_check_gravity (const rap_check_t *self);

//  Only its checksums are damaged.
bool rap_check_needs_seal_only (const rap_check_t *self);

//  Is a daemon working on it?
bool rap_check_in_use (rap_file_kind_t kind, const char *path);

#endif
