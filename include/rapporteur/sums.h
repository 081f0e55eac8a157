/*  sums: a checksum for each block of a database file, kept beside it.
 *
 *  SQLite sees damage in the shape of a file, not in what its cells say. Journal
 *  and store are opened through a layer of ours that keeps, in FILE-sums, a sum of
 *  each block of 4096 bytes that was written to FILE. It is on disk before SQLite
 *  is told that the file is, so that what the log (FILE-wal, which has checksums of
 *  its own) no longer has is always covered. A flipped bit, a lost write, a page
 *  in the wrong place: the sum tells. A file without sums is given them when it is
 *  opened to be written. What another program writes into FILE looks like damage.
 *
 *  What checksums cannot tell is that the end of a log is missing. So how far it was
 *  synced is noted too, each time after it was: what is noted was on disk. A log
 *  that goes on where another process ended is synced when it is opened: what that
 *  process had written and not yet synced is read as done from then on.
 *
 *  FILE-sums: "rapsums1"; at byte 64 the log's salts (8), its length when last synced
 *  (8) and a check of both (4), zeros if there is none; from byte 4096 8 bytes a block: its sum, and
 *  a check of these four bytes themselves; both zero: not known. All little endian
 *  32 bits, the first half of SipHash-2-4.                                       */
#ifndef RAPPORTEUR_SUMS_H
#define RAPPORTEUR_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"

enum { RAP_SUMS_BLOCK = 4096 };

//  What to open a database with (sqlite3_open_v2). A block that is not as it was
//  written is logged when it is read (disk.damaged), and stays marked as damaged
//  when it is written over, until rap_sums_seal.
const char *rap_sums_vfs (void);

//  The same, read only: reading such a block fails. Makes no sums.
const char *rap_sums_vfs_strict (void);

typedef enum {
    RAP_SUM_DAMAGED, //  the block is not what was written
    RAP_SUM_BROKEN,  //  the sum itself is damaged: nothing is known of the block
    RAP_SUM_MISSING, //  there is none
} rap_sum_fault_t;

typedef void (rap_sums_visit_fn) (void *self, uint64_t block, rap_sum_fault_t fault);

//  Compares FILE with its sums, but for blocks that `covered` says are in the log.
//  RAP_AGAIN: there are no sums, or they are not ours. RAP_FAILED: FILE cannot be read.
typedef bool (rap_sums_covered_fn) (void *self, uint64_t block);
rap_status_t rap_sums_check (const char *path, rap_sums_covered_fn *covered, rap_sums_visit_fn *visit, void *self,
                             rap_reason_t *reason);

//  How long the log beside FILE was when it was last synced, and the salts of its head.
//  False: it is not known, or there was none.
bool rap_sums_log (const char *path, uint8_t salts[8], uint64_t *length);

//  There was a log when one of us had FILE open last, and there is none now. SQLite puts the
//  log of a process that was killed into the file when the next program closes it, be it only
//  a reader; then sums say nothing. Or somebody removed it. Opening FILE to write seals it.
bool rap_sums_log_gone (const char *path);

//  Takes FILE as it is for what was written.
rap_status_t rap_sums_seal (const char *path, rap_reason_t *reason);

#endif
