/*  export_out: where an export goes.
 *
 *  A file appears whole under its name or not at all: it is written beside it,
 *  made durable and renamed. On a terminal nothing of the text is obeyed:
 *  whatever format writes, control characters become pictures of themselves.  */
#ifndef RAPPORTEUR_CTL_EXPORT_OUT_H
#define RAPPORTEUR_CTL_EXPORT_OUT_H

#include <stdio.h>

#include "rapporteur/status.h"

typedef struct rap_export_out rap_export_out_t;

//  path NULL: standard output. NULL with the reason if it cannot be written.
rap_export_out_t *rap_export_out_new (const char *path, rap_reason_t *reason);

//  The stream to write to; borrowed.
FILE *rap_export_out_stream (rap_export_out_t *self);

//  All was written: the file gets its name. RAP_FAILED with the reason if anything
//  went wrong since the beginning; then no file is left.
rap_status_t rap_export_out_finish (rap_export_out_t **self_p, rap_reason_t *reason);

//  Without finishing: no file is left.
void rap_export_out_destroy (rap_export_out_t **self_p);

#endif
