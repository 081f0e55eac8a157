/*  gate: who may pass at which door.
 *
 *  A door is an endpoint as its peers know it. Its host listens; its guests
 *  connect; each by the key of its role:
 *
 *      door      host    guests
 *      work      ingest  worker
 *      results   sink    worker
 *      receipts  sink    ingest
 *      submit    ingest  submitter
 *      feed      sink    reader
 *      annotate  sink    worker
 *
 *  A process has one gate, made from its folder of keys (keys.h) before its first
 *  endpoint. Whoever connects to one of its doors over tcp is judged there at the
 *  handshake (ZAP, RFC 27): by the door, which is the ZAP domain, and the key. No
 *  message names its sender's key, and none is asked for one.
 *
 *  The folder is looked at each second. Who came into it is admitted from then on;
 *  when a guest's file is gone or another, its doors are closed and opened again
 *  by their endpoints (rap_endpoint_mind), for only a new handshake is judged.
 *  While the folder cannot be read, what was last read holds.                */
#ifndef RAPPORTEUR_GATE_H
#define RAPPORTEUR_GATE_H

#include "rapporteur/keys.h"

typedef enum {
    RAP_DOOR_NONE, //  ipc alone: the file system admits
    RAP_DOOR_WORK,
    RAP_DOOR_RESULTS,
    RAP_DOOR_RECEIPTS,
    RAP_DOOR_SUBMIT,
    RAP_DOOR_FEED,
    RAP_DOOR_ANNOTATE,
    RAP_DOORS
} rap_door_t;

const char *rap_door_name (rap_door_t door);
rap_role_t rap_door_host (rap_door_t door);
rap_role_t rap_door_guest (rap_door_t door);

typedef struct rap_gate rap_gate_t;

//  `name` may be NULL (rap_keys_read). NULL with the reason if the folder has no key for us.
rap_gate_t *rap_gate_new (const char *folder, const char *name, rap_role_t role, rap_reason_t *reason);

//  After the endpoints that it served.
void rap_gate_destroy (rap_gate_t **self_p);

//  Looks at the folder if that was not done for a second.
void rap_gate_look (rap_gate_t *self, int64_t now_ms);

//  Our own name, for those who are told of a refusal.
const char *rap_gate_name (const rap_gate_t *self);

//  --- for endpoints -----------------------------------------------------------
//  What a socket was opened with. When another would be given now, it is to be opened anew.
typedef struct {
    char own_public[RAP_KEY_SIZE];
    char own_secret[RAP_KEY_SIZE];
    char host_public[RAP_KEY_SIZE]; //  of whom we connect to; "" where we listen
    uint64_t revoked;               //  guests of the door so far
} rap_pass_t;

//  RAP_REFUSED with the reason if it is not known whom to connect to.
rap_status_t rap_gate_pass (const rap_gate_t *self, rap_door_t door, bool bind, rap_pass_t *pass,
                            rap_reason_t *reason);

//  From now on every handshake of this process is judged here. Before the first door opens.
rap_status_t rap_gate_guard (rap_gate_t *self, rap_reason_t *reason);

//  A key that is tried against our own door: its refusal is no news.
void rap_gate_expect (rap_gate_t *self, const char *public_key);

#endif
