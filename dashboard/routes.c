//  routes: a table of paths.
#include "routes.h"

#include <string.h>

#include "feeds.h"
#include "resources.h"

//  '*' stands for one segment.
static const struct {
    const char *path;
    void (*answer) (rap_reply_t *);
    const char *view;
    bool live;
    int64_t age_ms;
} routes[] = {
    {.path = "api/v1/overview", .answer = rap_reply_overview, .age_ms = 1000},
    {.path = "api/v1/documents/*", .answer = rap_reply_document},
    {.path = "api/v1/documents/*/chunks", .answer = rap_reply_chunks},
    {.path = "api/v1/chunks/*", .answer = rap_reply_chunk},
    {.path = "api/v1/diff", .answer = rap_reply_diff},
    {.path = "api/v1/mandates/*/*", .answer = rap_reply_mandate},
    {.path = "api/v1/matrix", .answer = rap_reply_matrix},
    {.path = "api/v1/series/*", .answer = rap_reply_series},
    {.path = "api/v1/series/*/points", .view = "points"},
    {.path = "api/v1/graph", .answer = rap_reply_graph},
    {.path = "api/v1/search", .answer = rap_reply_search},
    {.path = "api/v1/pipeline", .answer = rap_reply_pipeline, .live = true, .age_ms = 500},
    {.path = "api/v1/names", .answer = rap_reply_names},
    {.path = "api/v1/health", .answer = rap_reply_health, .live = true},
    {.path = "feeds/theme/*", .answer = rap_feed_theme, .age_ms = 1000},
    {.path = "feeds/actor/*", .answer = rap_feed_actor, .age_ms = 1000},
    {.path = "feeds/addressee/*", .answer = rap_feed_addressee, .age_ms = 1000},
};

//  Lists over everything will do from a second ago.
static const char *const slow[] = {"places", "actors", "themes", "cited", "series"};

//  The segment without '.csv', or NULL.
static const char *without_csv (const char *segment, rap_arena_t *arena)
{
    size_t len = strlen (segment);
    if (len < 5 || strcmp (segment + len - 4, ".csv") != 0)
        return NULL;
    return rap_arena_text (arena, rap_text_of (segment, len - 4)).at;
}

static bool matches (const char *path, const rap_request_t *request, const char *last, rap_route_t *route)
{
    uint32_t matched = 0;
    for (uint32_t i = 0; i < request->segments_count; i++) {
        size_t len = strcspn (path, "/");
        const char *segment = i + 1 == request->segments_count ? last : request->segments[i];
        if (!len)
            return false;
        if (len == 1 && *path == '*')
            route->matched[matched++] = segment;
        else if (strlen (segment) != len || strncmp (segment, path, len) != 0)
            return false;
        path += len + (path[len] == '/');
    }
    return !*path && request->segments_count > 0;
}

static bool is_slow (const char *name)
{
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++)
        if (strcmp (slow[i], name) == 0)
            return true;
    return false;
}

static bool find_view (const rap_request_t *request, const char *last, rap_route_t *route)
{
    if (request->segments_count != 3 || strcmp (request->segments[0], "api") != 0
        || strcmp (request->segments[1], "v1") != 0 || strcmp (last, "points") == 0)
        return false;
    route->view = rap_table_view (last);
    route->age_ms = route->view && is_slow (last) ? 2000 : 0;
    return route->view != NULL;
}

static bool find_route (const rap_request_t *request, const char *last, rap_route_t *route)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (matches (routes[i].path, request, last, route)) {
            route->answer = routes[i].answer;
            route->view = routes[i].view ? rap_table_view (routes[i].view) : NULL;
            route->live = routes[i].live;
            route->age_ms = routes[i].age_ms;
            return true;
        }
    return find_view (request, last, route);
}

bool rap_route_find (const rap_request_t *request, rap_arena_t *arena, rap_route_t *route)
{
    *route = (rap_route_t){.answer = NULL};
    if (!request->segments_count)
        return false;
    const char *last = request->segments[request->segments_count - 1], *bare = without_csv (last, arena);
    if (find_route (request, last, route))
        return true;
    *route = (rap_route_t){.csv = true};
    return bare && find_route (request, bare, route) && route->view;
}

void rap_route_answer (const rap_route_t *route, rap_reply_t *answer)
{
    answer->matched = route->matched;
    if (route->answer)
        route->answer (answer);
    else
        rap_table_answer (route->view, answer, route->csv);
}
