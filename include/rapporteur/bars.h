/*  bars: what a process takes from itself before it touches foreign bytes.
 *
 *  Programs that run as intended lose nothing by it; one that a document or a peer
 *  has taken over can do little with what is left:
 *
 *    privileges    no_new_privs: nothing it starts ever gets more than it has
 *    system calls  a seccomp filter refuses (EPERM) what no daemon needs: tracing,
 *                  mounting, modules, keys, bpf, other namespaces, other users, ...
 *                  and, by what it says it does not need, programs, processes,
 *                  sockets; no memory is writable and executable
 *    files         Landlock: it reads the system's folders and what was registered
 *                  by _reach; it changes only what was registered to be changed
 *    network       Landlock: it connects by TCP to the ports that were registered
 *    limits        no core files; memory and descriptors as stated
 *
 *  What the kernel does not have is left out, and the log says so. All of it is
 *  inherited by processes and threads that are made later, and cannot be undone; a
 *  process may take more from itself by a second _close.
 *
 *      rap_bars_reach ("/srv/r/journal.db", RAP_REACH_CHANGE_BESIDE);
 *      rap_bars_close (&(rap_bars_t){.who = "ingest", .needs = RAP_NEEDS_CHANGES});
 *
 *  Called while there is one thread: Landlock binds the thread that asks for it, and
 *  those it makes. (When all is open would be too late: a listening socket has
 *  threads, which read what comes.)                                           */
#ifndef RAPPORTEUR_BARS_H
#define RAPPORTEUR_BARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "rapporteur/status.h"

typedef enum {
    RAP_REACH_READ,          //  the file, or the folder and all in it
    RAP_REACH_READ_FIRST,    //  read, until the bars are closed again
    RAP_REACH_RUN,           //  read, and start as a program
    RAP_REACH_CHANGE,        //  read, write, make, remove
    RAP_REACH_CHANGE_BESIDE, //  the same, in the folder where the file stands or will stand
} rap_reach_t;

//  Registers a path before the bars are closed; NULL does nothing, a path that does
//  not exist by then is left out. Options that name files or folders which are read
//  again, or written, belong here.
void rap_bars_reach (const char *path, rap_reach_t how);

//  Registers an address, or several with ',' between: of tcp its port may be connected to; of ipc, where we listen,
//  the socket's folder may be changed.
void rap_bars_address (const char *address, bool listens);

enum {
    RAP_NEEDS_PROGRAMS = 1,  //  execve
    RAP_NEEDS_PROCESSES = 2, //  fork
    RAP_NEEDS_CHANGES = 4,   //  what was registered to be changed; else /dev/null alone
    RAP_NEEDS_SERVING = 8,   //  listening sockets
    RAP_NEEDS_NETWORK = 16,  //  sockets at all
};

typedef struct {
    const char *who; //  for the log
    unsigned needs;
    uint64_t memory_more; //  bytes of address space beyond what it has; 0: no bound
    uint32_t files_max;   //  descriptors; 0: as many as it may have, to 65,536
    bool quiet;           //  logged as debug: one of many
} rap_bars_t;

//  Closes them, and says in one line what is in force. Does nothing after
//  rap_bars_leave_open.
void rap_bars_close (const rap_bars_t *what);

//  From now on this process starts no other, nor a program. Nothing unless the bars
//  are closed.
void rap_bars_alone (void);

//  The operator wants none (--unconfined).
void rap_bars_leave_open (void);

//  setrlimit that never fails aloud; makes system calls only.
void rap_bars_limit (int what, rlim_t most, rlim_t hard);

//  A libseccomp filter as the kernel wants it, in `code` of *len bytes. False: no room,
//  or no memory file.
bool rap_bars_export (void *filter, void *code, size_t *len);

//  --- users ---------------------------------------------------------------------

//  Started as root a daemon becomes `user` (NULL: $RAPPORTEUR_USER), with its groups,
//  for good. Without a name, which it says aloud, and as "root" it goes on as root, with no
//  capability. Refused: an unknown name, or a name that is not one's own without being root.
rap_status_t rap_bars_become (const char *user, rap_reason_t *reason);

#endif
