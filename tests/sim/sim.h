/*  sim: the whole pipeline in one process, under a clock, a network and disks of our own.
 *
 *  The loops of ingest, worker and sink run as they are, each as a coroutine that
 *  is left wherever it waits. What they ask of the machine (time, sockets,
 *  signals, randomness, the reading of documents, the extracting from chunks) is
 *  answered here (the linker's --wrap); journal and store are the real ones, on
 *  files in memory. All that is by chance is drawn from one seed, so that a run
 *  can be had again exactly.
 *
 *      machine   events, coroutines, clocks, starting, crashing, pausing
 *      network   endpoints, links, what can happen to a message
 *      disk      commits that fail, handles that die with their process
 *      reader    documents made of lines instead of the reader process
 *      world     documents, submitter, workers' work, the plan of faults
 *      oracle    what must never be, and what must be at the end               */
#ifndef RAPPORTEUR_TESTS_SIM_H
#define RAPPORTEUR_TESTS_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include <zmq.h>

#include "rapporteur/endpoint.h"
#include "rapporteur/hash.h"
#include "rapporteur/message.h"

#include "journal.h"
#include "store.h"

#define MS INT64_C (1000)
#define SECOND (1000 * MS)

enum { WORKERS_MAX = 4, INGEST = 0, SINK = 1, SUBMITTER = 2, WORKER = 3, PROCESSES_MAX = WORKER + WORKERS_MAX };

//  --- machine -----------------------------------------------------------------
typedef struct process process_t;
struct process {
    char name[16];
    int index;
    int (*main) (process_t *self);
    ucontext_t context;
    char *stack;
    bool alive;
    uint32_t lives; //  starts so far
    uint32_t crashes;
    zmq_pollitem_t *items; //  NULL: it does not wait in a poll
    uint64_t wake;         //  the wake that counts; others are of an earlier wait
    int64_t paused_us;     //  until when
    int64_t drag_us;       //  each wake comes so much later
    bool term;
    int64_t crash_in; //  steps; -1: not
    uint64_t alarm;   //  the alarm that counts
    int64_t clock_us; //  its monotonic clock's offset
    int64_t down_us;  //  how long it stays down at most
    bool lost;        //  it does not come again
    rap_journal_t *journal;
    rap_store_t *store;
};

typedef void (event_fn) (void *self, uint64_t number);

typedef struct {
    uint64_t seed;
    bool trace;
    int64_t now_us;
    int64_t wall_us; //  what the wall clock is ahead
    int64_t faults_end_us;
    bool calm;     //  faults have ended
    uint64_t hash; //  of all that happened
    process_t processes[PROCESSES_MAX];
    process_t *me;
    uint32_t workers;
    char folder[64];
    char failure[512]; //  '' while nothing is wrong
} sim_t;

extern sim_t sim;

uint64_t sim_random (void);
int64_t sim_between (int64_t low, int64_t high); //  both included
bool sim_chance (double p);
void sim_after (int64_t delay_us, event_fn *run, void *self, uint64_t number);
void sim_run (int64_t until_us, bool (*ended) (void));
void sim_tell (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
void sim_fail (const char *format, ...) __attribute__ ((format (printf, 1, 2)));
void sim_mix (const void *bytes, size_t len); //  into the hash

void sim_start (process_t *process);
void sim_crash (process_t *process, const char *cause); //  does not return if it is the one that runs
void sim_term (process_t *process);
void sim_rest (int64_t delay_us);    //  of the process that runs
void sim_rouse (process_t *process); //  it waits in a poll: something came
void sim_step (void);                //  a place where it may crash

//  --- network -----------------------------------------------------------------
typedef struct {
    double loss, twice, overtake; //  of a message
    int64_t delay_us;             //  at most
    int64_t until_us;
} weather_t;

void sim_network_begin (int queue_most);
void sim_network_weather (weather_t weather);
void sim_network_cut (int from, int to, bool drop, int64_t until_us);
void sim_network_reset (int process); //  its connections break, and are made again
void sim_network_gone (process_t *process);
void sim_network_calm (void);
int sim_network_ready (zmq_pollitem_t *items, int count);
uint64_t sim_network_sent (void);

//  --- disk --------------------------------------------------------------------
void sim_disk_fail (int process, int64_t until_us);
void sim_disk_gone (process_t *process);

//  --- world -------------------------------------------------------------------
enum { DOCUMENTS_MAX = 12, CHUNKS_MAX = 160 };
typedef enum { WELL, CRASHES, HANGS, FAILS, SLOW, CRASHES_ONCE, BEHAVIOURS } behaviour_t;

typedef struct {
    behaviour_t behaviour;
    bool pending;   //  added in the open group of the store
    bool committed; //  in the store
    bool quarantined;
    uint32_t deaths; //  workers that died of it
    uint32_t fails;  //  times that a worker said it cannot
    uint32_t sent;   //  times in a WORK
} sim_chunk_t;

typedef enum { READABLE, UNREADABLE, KILLS_READER } reading_t;

typedef struct {
    char *bytes;
    size_t len;
    char sha256[RAP_SHA256_HEX];
    char id[RAP_DOCUMENT_ID_SIZE];
    reading_t reading;
    uint32_t count;
    sim_chunk_t chunks[CHUNKS_MAX];
    bool answered;  //  somebody was told that it is taken
    bool taking;    //  in the open group of the journal
    bool taken;     //  in the journal
    bool splitting; //  its reading ended in the open group
    bool split;
    uint32_t reads_died;
} sim_document_t;

typedef struct {
    sim_document_t documents[DOCUMENTS_MAX];
    uint32_t count;
    uint32_t batch_chunks; //  at most
} world_t;

extern world_t world;

void world_begin (void);
bool world_settled (void);
sim_document_t *world_find (rap_text_t document_id);
rap_text_t world_line (const sim_document_t *document, uint32_t ordinal);
void world_day (rap_text_t text, char day[11]); //  what a worker finds in a chunk
int world_submit (process_t *self);

//  --- oracle ------------------------------------------------------------------
void oracle_sends (const process_t *from, rap_text_t frame);
void oracle_stores (const rap_document_t *document, const rap_chunk_t *chunk);
void oracle_store_ended (bool committed);
void oracle_journal_ended (bool committed);
void oracle_settles (uint64_t number, const char *document_id, uint32_t first, uint32_t count);
void oracle_gives_up (const char *document_id, uint32_t ordinal);
void oracle_at_end (void);
void oracle_tell_open (void); //  in the trace: what is on the books of the journal
uint32_t oracle_most_sent (void);

#endif
