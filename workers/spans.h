/*  spans: where the text is taken already.
 *
 *  Findings bear code points; extractors look at bytes. This gives the spans of
 *  findings made so far in bytes, in order, so that a later extractor can step
 *  around them.                                                              */
#ifndef RAPPORTEUR_WORKERS_SPANS_H
#define RAPPORTEUR_WORKERS_SPANS_H

#include "extract.h"

typedef struct {
    uint32_t start; //  bytes, half open
    uint32_t end;
    uint32_t finding; //  its index in x->findings
} rap_span_t;

typedef struct {
    const rap_span_t *at; //  by start, then by end
    uint32_t count;
} rap_spans_t;

#define RAP_SPANS_KIND(kind) (1u << (kind))

//  Spans of the findings whose kind is in `kinds`. Lives in x->arena.
rap_spans_t rap_spans_of (const rap_extract_t *x, uint32_t kinds);

//  The first span at or after *next that ends after `from`; the caller asks with
//  growing `from`, and *next moves along. NULL if there is none.
const rap_span_t *rap_spans_next (const rap_spans_t *self, uint32_t *next, uint32_t from);

#endif
