/*  request: the target of an HTTP request, decoded.
 *
 *  Pure. The path is parted at its slashes before it is decoded, so that an
 *  encoded slash stays in its segment ('A%2FRES%2F74%2F177' is one). Refused
 *  by name: what is too long or too many, a percent sign without two digits,
 *  NUL and control characters, what is no UTF-8, and '.' or '..' as a segment.
 *  Texts live in the arena given.                                            */
#ifndef RAPPORTEUR_DASHBOARD_REQUEST_H
#define RAPPORTEUR_DASHBOARD_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

enum {
    RAP_REQUEST_BYTES_MAX = 8192,
    RAP_REQUEST_SEGMENTS_MAX = 16,
    RAP_REQUEST_PARAMETERS_MAX = 32,
    RAP_REQUEST_VALUE_MAX = 2048,
};

typedef struct {
    const char *name;
    const char *value;
} rap_parameter_t;

typedef struct {
    const char *path; //  as it came, without the query
    const char *segments[RAP_REQUEST_SEGMENTS_MAX];
    uint32_t segments_count;
    rap_parameter_t parameters[RAP_REQUEST_PARAMETERS_MAX]; //  in their order; empty values are left out
    uint32_t parameters_count;
} rap_request_t;

//  `target` is '/path?name=value&...'. RAP_REFUSED with the reason.
rap_status_t rap_request_read (rap_request_t *self, rap_text_t target, rap_arena_t *arena, rap_reason_t *reason);

//  The fields of a form (application/x-www-form-urlencoded) as parameters.
rap_status_t rap_request_read_form (rap_request_t *self, rap_text_t form, rap_arena_t *arena, rap_reason_t *reason);

//  The parameter's value; NULL if there is none. Of several of one name the first counts.
const char *rap_request_get (const rap_request_t *self, const char *name);

//  A whole number from min to max; `otherwise` if it is not given. RAP_REFUSED if it is none.
rap_status_t rap_request_number (const rap_request_t *self, const char *name, int64_t min, int64_t max,
                                 int64_t otherwise, int64_t *number, rap_reason_t *reason);

//  'true' or '1', 'false' or '0'; `otherwise` if it is not given.
rap_status_t rap_request_flag (const rap_request_t *self, const char *name, bool otherwise, bool *flag,
                               rap_reason_t *reason);

#endif
