//  The target of a request, a cursor and what is typed into a search: all that the dashboard decodes of strangers'
//  bytes.
#include <stdint.h>
#include <stdlib.h>

#include "request.h"
#include "routes.h"
#include "search.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_request_t request;
    rap_reason_t reason;
    rap_route_t route;
    rap_bind_t values[3];
    if (rap_request_read (&request, rap_text_of ((const char *)data, size), arena, &reason) == RAP_OK) {
        rap_route_find (&request, arena, &route);
        for (uint32_t i = 0; i < request.parameters_count; i++) {
            const char *value = request.parameters[i].value;
            (void)rap_cursor_take (value, 7, values, 3, arena);
            (void)rap_search_expression (rap_text (value), arena);
        }
    }
    rap_arena_destroy (&arena);
    return 0;
}
