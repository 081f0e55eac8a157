/*  oneshot: the whole pipeline for as long as one command takes.
 *
 *  The daemons run on private sockets in a temporary folder, which also keeps
 *  their log; both end with the command, however it ends.                    */
#ifndef RAPPORTEUR_CTL_ONESHOT_H
#define RAPPORTEUR_CTL_ONESHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/message.h"

#include "handin.h"
#include "place.h"

typedef struct rap_oneshot rap_oneshot_t;

typedef struct {
    const rap_place_t *place;
    const char *rules;    //  NULL: the usual place
    const char *programs; //  folder of the daemons; NULL: ours
    const char *log;      //  level, to standard error; NULL: kept aside, shown if it fails
    int64_t workers;      //  0: one a processor
    bool dashboard;       //  beside
} rap_oneshot_options_t;

//  Starts the daemons and waits for ingest. NULL with the reason.
rap_oneshot_t *rap_oneshot_new (const rap_oneshot_options_t *options, rap_reason_t *reason);

//  Hands the items in. RAP_FAILED with the reason if the pipeline cannot go on, or
//  a signal said to end.
rap_status_t rap_oneshot_hand_in (rap_oneshot_t *self, rap_handin_item_t *items, uint32_t count,
                                  rap_reason_t *reason);

//  A command to its ingest, see command.h.
rap_status_t rap_oneshot_command (rap_oneshot_t *self, const char *command, const char *document_id, uint32_t ordinal,
                                  bool *ok, const char **report);

rap_status_t rap_oneshot_order (rap_oneshot_t *self, const rap_command_t *command, bool *ok, const char **report);

//  Waits, for some seconds at most, until the sink was told of all that was quarantined, released or
//  dropped. What it was not told then, it is told at the next start.
void rap_oneshot_settle (rap_oneshot_t *self);

//  Waits until every document is complete, quarantined or dropped.
rap_status_t rap_oneshot_finish (rap_oneshot_t *self, rap_reason_t *reason);

//  The address of the dashboard, which is waited for a moment; false if there is none.
bool rap_oneshot_url (rap_oneshot_t *self, char *url, size_t size);

//  Stays until a signal says to end.
void rap_oneshot_stay (rap_oneshot_t *self);

//  Ends the daemons in order and lets go of everything.
void rap_oneshot_destroy (rap_oneshot_t **self_p);

//  Prints the last lines of the daemons' log on standard error, after a failure;
//  nothing if a signal ended it.
void rap_oneshot_explain (const rap_oneshot_t *self);

//  Where compiled rules are kept from run to run, made if need be; NULL if there is no such place.
const char *rap_oneshot_cache (char *path, size_t size);

#endif
