/*  process: what the kernel counts of a process, by the names that Prometheus
 *  gives it everywhere.                                                      */
#ifndef RAPPORTEUR_PROCESS_H
#define RAPPORTEUR_PROCESS_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

//  Prints process_cpu_seconds_total and the others of process `pid`, which was started
//  then (seconds since 1970); what the kernel does not tell us of it is left out.
void rap_process_print (FILE *out, pid_t pid, int64_t started_s);

#endif
