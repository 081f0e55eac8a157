/*  exchange: one request and its answer, from the first header to the last byte.
 *
 *  Made and ended by the thread that speaks; while it waits in the queue it is its
 *  asker's, and its connection is suspended.                                   */
#ifndef RAPPORTEUR_DASHBOARD_EXCHANGE_H
#define RAPPORTEUR_DASHBOARD_EXCHANGE_H

#include <microhttpd.h>

#include "body.h"
#include "routes.h"

enum { EXCHANGE_FORM_MAX = 2048 };

typedef struct exchange {
    enum {
        EXCHANGE_NEW,      //  the first line is there
        EXCHANGE_BEGUN,    //  the headers are there
        EXCHANGE_OBJECTED, //  they were refused
        EXCHANGE_ANSWERED, //  by an asker; is to be sent
        EXCHANGE_SENT,
    } state;
    enum { METHOD_GET, METHOD_POST, METHOD_OPTIONS } method;
    struct MHD_Connection *connection;
    rap_arena_t *arena;
    rap_request_t request;
    rap_reason_t refused; //  why the target was; "" it was not
    rap_route_t route;
    char form[EXCHANGE_FORM_MAX];
    size_t form_len;

    //  copied from the headers, for the asker
    bool gzip;
    const char *if_none_match; //  NULL none
    const char *base;          //  'http://host'
    const char *key;           //  host, path and query, for what is kept
    struct exchange *same;     //  the next exchange that waits for the same answer

    int status;
    rap_body_t *body;
    char etag[64];
    const char *link;
    const char *disposition;
} exchange_t;

exchange_t *exchange_new (const char *target);
void exchange_destroy (exchange_t **self_p);

//  Takes from the headers what is needed of them.
void exchange_prepare (exchange_t *self);
void exchange_add_form (exchange_t *self, const char *bytes, size_t len);

//  Whether the client has this already.
bool exchange_is_unchanged (const exchange_t *self);

//  Gives `self` the answer of another, which is as good for it.
void exchange_share (exchange_t *self, const exchange_t *other);

//  Headers of a list: of its next page, of a file to be kept.
void exchange_describe (exchange_t *self, const char *next, const char *filename);

//  A problem (RFC 9457) as JSON; malloc.
char *exchange_problem (int status, const char *detail, size_t *len);

#endif
