/*  supervise: keeps the daemons running.
 *
 *  Each is started with a pipe on which it says READY; one that ends by itself is
 *  started again, sooner or later depending on how it fared: at once at first,
 *  then after 0.1 s, doubling up to 30 s, and at once again after a minute of
 *  health. One that was started five times and never was ready, or
 *  refused its command line or files (exit 2) three times, will not fare better:
 *  that ends it all. Children end when their
 *  supervisor does, however it does. One thread.
 *
 *      STOPPED ──start──> STARTING ──READY──> RUNNING
 *         ^                  │ ended             │ ended
 *         │                  v                   v
 *         └──stop──────── WAITING <──────────────┘   (start when due)
 */
#ifndef RAPPORTEUR_CTL_SUPERVISE_H
#define RAPPORTEUR_CTL_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"

typedef struct rap_supervisor rap_supervisor_t;

//  `death_signal` is what the kernel sends the children if we are killed. Their
//  standard error goes to `log_fd` (-1: ours). Call after rap_signals_open with
//  SIGCHLD.
rap_supervisor_t *rap_supervisor_new (int signals, int death_signal, int log_fd);

//  Kills what still runs.
void rap_supervisor_destroy (rap_supervisor_t **self_p);

//  The daemons added from now on are those in this folder; NULL: beside our own executable.
void rap_supervisor_from (rap_supervisor_t *self, const char *folder);

//  Adds a daemon by its short name ("ingest") and its arguments after the program's
//  name, ended by NULL and copied. Not started yet.
void rap_supervisor_add (rap_supervisor_t *self, const char *name, const char *const *arguments);

//  The same for one that the others do without: whether it is ready is not waited for, and
//  if it cannot work here the others go on without it.
void rap_supervisor_add_aside (rap_supervisor_t *self, const char *name, const char *const *arguments);

//  Starts all that were added.
void rap_supervisor_start (rap_supervisor_t *self, int64_t now_ms);

//  Waits at most `timeout_ms` for something to happen, and deals with it: reads
//  signals, takes note of readiness, buries and restarts children. Answers the
//  signal that asks us to end (SIGTERM, SIGINT, SIGHUP), else 0.
int rap_supervisor_turn (rap_supervisor_t *self, int64_t now_ms, int timeout_ms);

//  Passes a signal on to all that run; one that is starting has it when it is ready.
void rap_supervisor_signal (rap_supervisor_t *self, int signal);

//  All are ready.
bool rap_supervisor_ready (const rap_supervisor_t *self);

//  This one is ready.
bool rap_supervisor_has (const rap_supervisor_t *self, const char *name);

//  NULL, or why it makes no sense to go on.
const char *rap_supervisor_hopeless (const rap_supervisor_t *self);

//  Times that a child was started again.
uint32_t rap_supervisor_restarts (const rap_supervisor_t *self);

//  Asks one to end (SIGTERM) and waits for it, at most `patience_ms`, then kills
//  it. The others are still looked after meanwhile. Answers whether it ended by
//  itself with status 0. A second SIGTERM or SIGINT to us ends the patience; SIGHUP does not.
bool rap_supervisor_stop (rap_supervisor_t *self, const char *name, int64_t patience_ms);

#endif
