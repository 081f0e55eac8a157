//  child_extract: a child with the extractors of this house.

#include "child.h"

static rap_status_t extract (void *self, rap_child_t *child, const rap_document_t *document, const rap_chunk_t *chunk,
                             rap_arena_t *arena, rap_findings_t *findings, rap_reason_t *reason)
{
    (void)child;
    return rap_extractors_run (self, document, chunk, arena, findings, reason);
}

int rap_child_run (const rap_child_options_t *options, rap_extractors_t *extractors)
{
    return rap_child_run_with (options, extract, extractors);
}
