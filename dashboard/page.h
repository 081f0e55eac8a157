/*  page: the files of the page, in memory.
 *
 *  Built into the program; or, with a folder given, read from there at each
 *  request, for who works on the page. Only names that were there at the start are
 *  looked up, so that no path leads out of the folder. Any thread.             */
#ifndef RAPPORTEUR_DASHBOARD_PAGE_H
#define RAPPORTEUR_DASHBOARD_PAGE_H

#include "body.h"
#include "rapporteur/status.h"

typedef struct {
    const char *name; //  'app.js', 'vendor/chart.js'
    const unsigned char *bytes;
    size_t len;
} rap_page_file_t;

typedef struct rap_page rap_page_t;

//  `folder` NULL: what is built in. NULL with the reason if there is no index.html.
rap_page_t *rap_page_new (const char *folder, rap_reason_t *reason);
void rap_page_destroy (rap_page_t **self_p);

//  The file, held for the caller; NULL if there is none. `etag` is borrowed from self.
rap_body_t *rap_page_find (rap_page_t *self, const char *name, const char **etag);

#endif
