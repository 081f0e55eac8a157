/*  victims: the processes of a service, found by its folder.
 *
 *  Sink, ingest and `rapporteur up` hold a lock on a file of the folder each, and
 *  the kernel tells who holds a lock. Workers are those that `up` started, and those
 *  whose --work names the folder's socket. Only processes that this user may signal.
 *  One thread.                                                               */
#ifndef RAPPORTEUR_CTL_VICTIMS_H
#define RAPPORTEUR_CTL_VICTIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef enum {
    RAP_VICTIM_SINK,
    RAP_VICTIM_INGEST,
    RAP_VICTIM_READER, //  of documents, a process of ingest
    RAP_VICTIM_WORKER, //  the parent
    RAP_VICTIM_CHILD,  //  a process of a worker
    RAP_VICTIM_KINDS
} rap_victim_kind_t;

typedef struct {
    rap_victim_kind_t kind;
    pid_t pid;
    bool restarted; //  somebody starts it again if it is killed
} rap_victim_t;

const char *rap_victim_name (rap_victim_kind_t kind);

//  Those that run now, at most `room`; how many they are.
size_t rap_victims_find (const char *data, rap_victim_t *victims, size_t room);

#endif
