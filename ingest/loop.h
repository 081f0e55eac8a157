/*  loop: the ingest daemon: one thread, and all its sockets and files.
 *
 *  A turn: wait; hear the sink, workers, submitters, the inbox, the reader; judge
 *  leases, but only when every waiting message of workers was heard; give
 *  documents to the reader and batches to workers; commit; and only then send,
 *  answer and move. Whoever is owed an answer has it after one commit; what
 *  nobody waits for is committed within COMMIT_MS.
 *
 *  If the journal cannot be written, the group is rolled back, nothing of it is
 *  told to anyone, everything in memory is forgotten and loaded anew a little
 *  later. If that lasts, the process ends with status 1.                     */
#ifndef RAPPORTEUR_INGEST_LOOP_H
#define RAPPORTEUR_INGEST_LOOP_H

#include "rapporteur/daemon.h"

typedef struct {
    const char *journal;
    const char *work;
    const char *submit;
    const char *receipts;
    const char *inbox;      //  NULL: none
    const char *rules;      //  NULL: the default folder
    const char *stdin_name; //  NULL: standard input is not read
    int64_t give_up_s;      //  ends when the journal cannot be written for so long
    rap_daemon_options_t common;
} rap_ingest_options_t;

//  Serves until SIGTERM or SIGINT; answers the exit status. `signals` is from
//  rap_signals_open. Called while the process has one thread.
int rap_ingest_run (const rap_ingest_options_t *options, int signals);

#endif
