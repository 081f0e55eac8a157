/*  loop: the sink at work.
 *
 *  Results come in (PULL), receipts go out (ROUTER), and in between is a group:
 *  a transaction of as many results as came in 20 ms, or as a busy second has
 *  room for. Nothing is receipted before its group is on disk. One thread.
 *
 *      results ──> open group ──commit──> receipts, feed ──> link
 *                      │ failed
 *                      └──> rolled back, no receipts; no more results are read
 *                           until a probe succeeds; a minute of it ends us
 */
#ifndef RAPPORTEUR_SINK_LOOP_H
#define RAPPORTEUR_SINK_LOOP_H

#include "rapporteur/daemon.h"

typedef struct {
    const char *db;
    const char *results;
    const char *receipts;
    const char *feed;     //  NULL: none
    const char *annotate; //  NULL: none
    int64_t give_up_s;    //  end the process when the store fails for so long
    rap_daemon_options_t common;
} rap_sink_options_t;

//  Runs until SIGTERM or SIGINT (0), or until it must not go on (1). 2: an
//  address or the database is not usable.
int rap_sink_run (const rap_sink_options_t *options);

#endif
