/*  child: the process that extracts.
 *
 *  One thread, one loop: it says HELLO, takes batches within its credit, turns
 *  each into RESULT messages for the sink, and beats from that same loop, between
 *  chunks too, so that a heartbeat is proof of work and not of a living thread.
 *  It never waits in a send. When it hangs, its own alarm ends it; when its
 *  parent dies it drains. It holds nothing that may not be lost.             */
#ifndef RAPPORTEUR_WORKERS_CHILD_H
#define RAPPORTEUR_WORKERS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "extract.h"

typedef struct rap_child rap_child_t;

//  Finds what is in a chunk, under the hand of `child`; `findings` and their texts live in `arena`. RAP_REFUSED with
//  the reason: the chunk cannot be done.
typedef rap_status_t (rap_child_extract_fn) (void *self, rap_child_t *child, const rap_document_t *document,
                                             const rap_chunk_t *chunk, rap_arena_t *arena, rap_findings_t *findings,
                                             rap_reason_t *reason);

typedef struct {
    const char *work;    //  address of ingest
    const char *results; //  address of the sink
    const char *id;      //  of this child, unlike any other's
    const char *pipeline;
    bool allow_plain;
    const char *keys; //  folder of keys; NULL: none
    const char *key;  //  name of ours in it
    pid_t parent;     //  ends when this process does; 0: has none
    //  Of a classifier of somebody's own: the scheme in which it classifies what is stored
    //  already, beside our workers. NULL: one of these.
    const char *scheme;
} rap_child_options_t;

//  Runs until drained (0), refused (RAP_EXIT_REFUSED) or unable (1): the exit
//  status of the process.
int rap_child_run_with (const rap_child_options_t *options, rap_child_extract_fn *extract, void *extract_self);

//  Called by an extractor that may take long: heartbeats go on, and it is not taken for hung.
void rap_child_pulse (rap_child_t *self);

//  The same with all extractors, which are used as they are, compiled (child_extract.c).
int rap_child_run (const rap_child_options_t *options, rap_extractors_t *extractors);

#endif
