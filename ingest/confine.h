/*  confine: another program's work on foreign bytes, behind bars.
 *
 *  The program reads the bytes from its standard input (a sealed file in memory)
 *  and what it writes to its standard output is the result. It has no other
 *  descriptor, no environment, no network, no way to write or make a file, to
 *  start a process or to touch one: a seccomp filter lets through what reading,
 *  computing and writing need, and nothing else. Memory, CPU time, time and output
 *  are bounded. Whatever happens it is ended and reaped before _run returns, and it
 *  dies with its parent.                                                        */
#ifndef RAPPORTEUR_INGEST_CONFINE_H
#define RAPPORTEUR_INGEST_CONFINE_H

#include <stdint.h>

#include "rapporteur/status.h"
#include "rapporteur/text.h"

typedef struct {
    const char *path;        //  the program's file
    const char *const *argv; //  with its name, ended by NULL
    const char *const *envp; //  ended by NULL
    rap_text_t input;
    size_t output_max;   //  bytes
    uint64_t memory_max; //  bytes of address space
    unsigned seconds;    //  of time, and of CPU time
} rap_confine_t;

typedef enum {
    RAP_CONFINED_ENDED,    //  by itself, with `status`
    RAP_CONFINED_MISSING,  //  the program could not be started
    RAP_CONFINED_TOO_LONG, //  it took more time than it had
    RAP_CONFINED_TOO_MUCH, //  it wrote more than it may
    RAP_CONFINED_KILLED, //  by signal `status`; SIGKILL comes from elsewhere: the kernel short of memory, or a person
} rap_confined_end_t;

enum { RAP_COMPLAINT_MAX = 1024 };

typedef struct {
    rap_confined_end_t end;
    int status;
    char *output; //  malloc'd, for the caller to free; NULL if none. A NUL stands behind it
    size_t output_len;
    char complaint[RAP_COMPLAINT_MAX]; //  the beginning of what it wrote to standard error
} rap_confined_t;

//  Runs it. RAP_FAILED when the machine has no process, memory file or filter to give.
rap_status_t rap_confine_run (const rap_confine_t *what, rap_confined_t *result, rap_reason_t *reason);

#endif
