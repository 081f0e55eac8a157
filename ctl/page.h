/*  page: a page of a daemon (metrics_server.h), asked for over HTTP.           */
#ifndef RAPPORTEUR_CTL_PAGE_H
#define RAPPORTEUR_CTL_PAGE_H

#include <stdint.h>

#include "rapporteur/status.h"

//  GET `path` ("/metrics") of `url`: HOST:PORT or [HOST]:PORT, with or without http://
//  before it and a path after it; or unix:PATH. Answers the body, to be freed, and the
//  HTTP status; NULL with the reason if there is no whole answer within the time.
char *rap_page_get (const char *url, const char *path, int64_t timeout_s, int *status, rap_reason_t *reason);

#endif
