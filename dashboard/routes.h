/*  routes: which path is answered by what.
 *
 *  Under /api/v1 each path is a table (also as NAME.csv) or a resource.        */
#ifndef RAPPORTEUR_DASHBOARD_ROUTES_H
#define RAPPORTEUR_DASHBOARD_ROUTES_H

#include "reply.h"
#include "table.h"

enum { RAP_ROUTE_MATCHES_MAX = 4 };

typedef struct {
    void (*answer) (rap_reply_t *); //  NULL: it is a table
    const rap_table_view_t *view;
    bool csv;
    bool live;      //  tells of more than the database: neither kept nor tagged
    int64_t age_ms; //  for how long an answer of an older version will do
    const char *matched[RAP_ROUTE_MATCHES_MAX];
} rap_route_t;

//  False if there is no such path.
bool rap_route_find (const rap_request_t *request, rap_arena_t *arena, rap_route_t *route);

//  Writes the answer.
void rap_route_answer (const rap_route_t *route, rap_reply_t *answer);

#endif
