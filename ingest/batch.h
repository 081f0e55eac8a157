/*  batch: a run of chunks of one document, the unit of lease.
 *
 *  A batch has a permanent number, given by the journal, and counts that are
 *  durable before each dispatch. Journal and dispatch both speak of it; the
 *  encoded chunks themselves stay in the journal until they are sent.        */
#ifndef RAPPORTEUR_INGEST_BATCH_H
#define RAPPORTEUR_INGEST_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/limits.h"

typedef struct {
    uint64_t batch;            //  its number; never used again
    uint64_t number;           //  its document's number
    uint32_t first;            //  ordinal of its first chunk
    uint32_t count;            //  chunks, at most RAP_BATCH_CHUNKS_MAX
    uint32_t bytes;            //  encoded
    uint32_t attempts;         //  dispatches so far
    uint64_t last_incarnation; //  of the workers that died with it under their hand
    uint32_t deaths;           //  of them (since it runs alone, if it does)
    uint32_t incarnations;     //  different ones among them
    uint32_t fails;            //  times a worker said that it cannot
    bool alone;                //  suspect: runs on a worker that holds nothing else
    int64_t sent_ms;           //  by this process, the last time; 0: not yet
} rap_batch_t;

//  An attempt that came to nothing, for people who ask what was tried.
typedef struct {
    uint64_t number; //  of the document
    uint32_t first;
    uint32_t count;   //  0: the document as a whole, by its reader
    uint32_t attempt; //  of its batch
    const char *worker;
    uint64_t incarnation; //  0: not known any more
    int64_t held_ms;      //  how long the worker had it; -1: not known
    const char *outcome;  //  died, failed, returned, left, lost: see journal.h
    const char *cause;
} rap_tried_t;

#endif
