/*  parent: keeps the children.
 *
 *  It compiles the rules once and forks, so that children share the automaton's
 *  pages. It has no socket and reads nothing foreign: whatever a document does, it
 *  does to a child, and the parent starts another.                           */
#ifndef RAPPORTEUR_WORKERS_PARENT_H
#define RAPPORTEUR_WORKERS_PARENT_H

#include "rapporteur/daemon.h"

typedef struct {
    const char *work;
    const char *results;
    const char *rules; //  NULL: the usual place
    const char *cache; //  NULL: none
    const char *id;    //  NULL: host and process number
    int64_t children;  //  0: one a processor
} rap_parent_options_t;

//  Runs until told to end and all children have; the exit status.
int rap_parent_run (const rap_parent_options_t *options, const rap_daemon_options_t *common);

#endif
