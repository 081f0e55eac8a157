/*  service: the three daemons as one: where their files and sockets are.      */
#ifndef RAPPORTEUR_CTL_SERVICE_H
#define RAPPORTEUR_CTL_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "supervise.h"

typedef struct {
    const char *db;
    const char *journal;
    const char *run;      //  folder of the sockets
    const char *inbox;    //  NULL: none
    const char *cache;    //  folder for the compiled rules; NULL: none
    const char *rules;    //  NULL: the usual place
    const char *programs; //  folder of the daemons, perhaps of another version; NULL: ours
    const char *log;      //  level; NULL: the usual one
    const char *log_format;
    const char *metrics; //  address for ingest's page; workers and sink have the two after it; NULL: none
    bool unconfined;     //  of daemons without bars (bars.h)
    int64_t workers;     //  0: one a processor
    //  Also for other machines, with the keys in a folder: NULL: on this one alone.
    const char *listen; //  HOST or HOST:PORT; the ports are PORT (else 5701) and the next three
    const char *keys;
    //  Where the dashboard serves, ADDRESS:PORT; "" the usual place, or another port if that
    //  is taken; NULL: no dashboard.
    const char *dashboard;
} rap_service_t;

enum { RAP_SERVICE_PORT = 5701 }; //  work; then results, submit, feed

//  Where the page of ingest (0), workers (1) or sink (2) is, as rap_page_get takes it, if
//  `first` is what rap_service_t has in `metrics`. False: it is no such address.
bool rap_service_page (const char *first, int number, char *text, size_t size);

//  Adds sink, ingest and worker to the supervisor, in the order of their start.
//  RAP_REFUSED if the folder's name is too long for sockets in it, or `listen` is no address.
rap_status_t rap_service_add (const rap_service_t *self, rap_supervisor_t *supervisor, rap_reason_t *reason);

//  The address of the dashboard, once it is ready; false if it is not.
bool rap_service_url (const rap_supervisor_t *supervisor, const char *run, char *url, size_t size);

//  Workers finish the batch under their hand and give back the others; ingest, which
//  hears that, then waits for its last receipts; the sink ends last. Answers whether
//  all ended well.
bool rap_service_stop (rap_supervisor_t *supervisor, int64_t patience_ms);

#endif
