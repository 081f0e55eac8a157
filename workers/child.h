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

typedef struct {
    const char *work;    //  address of ingest
    const char *results; //  address of the sink
    const char *id;      //  of this child, unlike any other's
    const char *pipeline;
    bool allow_plain;
    const char *keys; //  folder of keys; NULL: none
    const char *key;  //  name of ours in it
    pid_t parent;     //  ends when this process does
} rap_child_options_t;

//  Runs until drained (0), refused (RAP_EXIT_REFUSED) or unable (1): the exit
//  status of the process. `extractors` are used as they are, compiled.
int rap_child_run (const rap_child_options_t *options, rap_extractors_t *extractors);

#endif
