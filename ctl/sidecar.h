/*  sidecar: what a FILE.meta beside a FILE states of it.
 *
 *      symbol: A/90/1
 *      date: 2035-06-01
 *      title: Work of the programme
 *      language: en
 *      source: https://example.org/a-90-1
 *
 *  One `key: value` a line; '#' begins a comment. Unknown keys are refused, so
 *  that a slip of the pen is not lost.                                       */
#ifndef RAPPORTEUR_CTL_SIDECAR_H
#define RAPPORTEUR_CTL_SIDECAR_H

#include <stdbool.h>

#include "rapporteur/status.h"

enum { RAP_SIDECAR_VALUE_MAX = 4096, RAP_SIDECAR_BYTES_MAX = 64 * 1024 };

//  '' where not stated.
typedef struct {
    char symbol[RAP_SIDECAR_VALUE_MAX];
    char date[RAP_SIDECAR_VALUE_MAX];
    char title[RAP_SIDECAR_VALUE_MAX];
    char language[RAP_SIDECAR_VALUE_MAX];
    char source[RAP_SIDECAR_VALUE_MAX];
} rap_sidecar_t;

//  Reads PATH.meta. No such file is RAP_OK and empty. RAP_REFUSED names file and line.
rap_status_t rap_sidecar_read (rap_sidecar_t *self, const char *path, rap_reason_t *reason);

//  The name of a sidecar, not of a document.
bool rap_sidecar_is (const char *path);

//  The same, and the document that it tells of is there.
bool rap_sidecar_has_document (const char *path);

#endif
