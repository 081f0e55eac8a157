/*  warden: the process that starts readers, and the readers.
 *
 *  Forked by reader_process before sockets and threads exist. It loads the rules
 *  once; each reader is a fork of it, with the rules already compiled. Both end
 *  when the ingest does.
 *
 *  Messages on control, one a packet. To the warden: 'N' a new reader, 'K' kill
 *  it, 'R' load the rules anew, from the folder that follows (none: the default one).
 *  Back: 'L' loaded, the pipeline; 'X' unusable rules, the reason; 'S' started,
 *  with the descriptor of its data; 'D' died, with the cause. What is said on data
 *  is in frame.h.                                                             */
#ifndef RAPPORTEUR_INGEST_WARDEN_H
#define RAPPORTEUR_INGEST_WARDEN_H

enum { WARDEN_PACKET_MAX = 1024 };

//  The whole life of the warden, in a process of its own; `control` is its end of
//  a SOCK_SEQPACKET pair, `rules` the folder (NULL: the default one).
_Noreturn void rap_warden_main (int control, const char *rules);

#endif
