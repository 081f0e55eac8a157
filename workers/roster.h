/*  roster: which children live, and when a dead one is replaced.
 *
 *  A pure state machine for the parent: no process, no clock. A child that dies
 *  after a while is replaced at once. One that dies young again and again waits
 *  longer and longer, one that was refused (RAP_EXIT_REFUSED) from the first.  */
#ifndef RAPPORTEUR_WORKERS_ROSTER_H
#define RAPPORTEUR_WORKERS_ROSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { RAP_CHILDREN_MAX = 1024, RAP_EXIT_REFUSED = 3 };

typedef struct rap_roster rap_roster_t;

rap_roster_t *rap_roster_new (uint32_t children);
void rap_roster_destroy (rap_roster_t **self_p);

//  From now on so many. Those beyond are not started again; whoever is asked to end
//  them is the caller.
void rap_roster_resize (rap_roster_t *self, uint32_t children);

//  One more than the highest number that may run.
uint32_t rap_roster_size (const rap_roster_t *self);

//  The number (from 0) of a child to start now; -1 none.
int rap_roster_due (const rap_roster_t *self, int64_t now_ms);
void rap_roster_started (rap_roster_t *self, uint32_t child, pid_t pid, int64_t now_ms);

//  It could not be started (fork failed): tried again later.
void rap_roster_not_started (rap_roster_t *self, uint32_t child, int64_t now_ms);

//  Its number, -1 if the pid is none of ours.
int rap_roster_ended (rap_roster_t *self, pid_t pid, bool refused, int64_t now_ms);

//  0 where no child runs under that number.
pid_t rap_roster_pid (const rap_roster_t *self, uint32_t child);
uint32_t rap_roster_running (const rap_roster_t *self);

//  Milliseconds until a child is due; -1 never.
int64_t rap_roster_wait_ms (const rap_roster_t *self, int64_t now_ms);

#endif
