/*  context: the one zmq context of a process, which czmq keeps.
 *
 *  It is made with the first socket. Whoever has sockets holds it; with the last
 *  release it is ended, which is when what is queued gets its last moments. One
 *  thread holds and releases.                                                */
#ifndef RAPPORTEUR_LIB_CONTEXT_H
#define RAPPORTEUR_LIB_CONTEXT_H

void rap_context_hold (void);
void rap_context_release (void);

#endif
