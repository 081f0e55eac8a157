/*  caller: how a verb comes to a running ingest: on this machine, or with a key on another.
 *
 *      --data DIR                       DIR/run/submit.ipc
 *      --submit tcp://HOST:PORT --keys DIR [--key NAME]
 *
 *  With keys, what the command connects to over tcp must show the key of ingest that
 *  DIR/allowed has, and ingest must know ours, of role submitter.             */
#ifndef RAPPORTEUR_CTL_CALLER_H
#define RAPPORTEUR_CTL_CALLER_H

#include "rapporteur/gate.h"
#include "rapporteur/options.h"

#include "place.h"

typedef struct {
    const char *submit; //  address of ingest; NULL: the service of this machine
    const char *keys;   //  folder; NULL: $RAPPORTEUR_KEYS, or none
    const char *key;    //  NULL: the only one of role submitter
} rap_caller_t;

//  Rows of a verb's table of options.
#define RAP_CALLER_OPTIONS(caller)                                                                                   \
    {.name = "submit",                                                                                               \
     .into = &(caller).submit,                                                                                       \
     .value = "ADDR",                                                                                                \
     .help = "address of its ingest instead: tcp://HOST:PORT"},                                                      \
        {.name = "keys",                                                                                             \
         .into = &(caller).keys,                                                                                     \
         .value = "DIR",                                                                                             \
         .help = "folder with our key (default: $RAPPORTEUR_KEYS)"},                                                 \
    {                                                                                                                \
        .name = "key", .into = &(caller).key, .value = "NAME", .help = "its name, where there are several"           \
    }

//  Reads our keys, if any were named, for all endpoints to come, and puts the address,
//  if one was, in place of the one in `place`. Once a process.
rap_status_t rap_caller_begin (const rap_caller_t *self, rap_place_t *place, rap_reason_t *reason);

//  NULL: without keys.
rap_gate_t *rap_caller_gate (void);

#endif
