/*  metrics_server: the page of a daemon, over HTTP.
 *
 *      GET /metrics   the numbers, as Prometheus reads them
 *      GET /health    200, or 503 and one line that says why: it is stuck or failing
 *      GET /ready     the same; 503 also for want of others, and while it drains
 *
 *  Served by a process of its own, which shares nothing with the daemon but the
 *  memory of its counters: a stranger who breaks it has numbers, and a daemon
 *  that stands still is told of all the same. It ends when the daemon does.
 *  Requests are bounded in number, size and time; only GET and HEAD are served.*/
#ifndef RAPPORTEUR_METRICS_SERVER_H
#define RAPPORTEUR_METRICS_SERVER_H

#include "rapporteur/daemon.h"
#include "rapporteur/metrics.h"
#include "rapporteur/status.h"

enum { RAP_METRICS_FILES_MAX = 2 };

typedef struct {
    rap_stage_t stage;
    uint32_t areas; //  of children at most, beside the daemon's own (worker)
    //  Databases whose size is told, and the free space where they are.
    struct {
        const char *label; //  "journal"
        const char *path;
    } files[RAP_METRICS_FILES_MAX];
} rap_metrics_options_t;

//  Makes the daemon's area and uses it; serves the page where common->metrics asks
//  for it, or where systemd handed over a socket. Called while the process has one
//  thread, before it closes its bars and opens files or sockets. False, with a line in
//  the log: the address is none, or is taken.
bool rap_metrics_start (const rap_metrics_options_t *options, const rap_daemon_options_t *common);

//  The area of child `number`, from 0; the daemon's own if there are not so many.
rap_area_t *rap_metrics_area (uint32_t number);

#endif
