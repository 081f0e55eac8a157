/*  points: from bytes of a text to code points.
 *
 *  Built once a chunk; each question then looks at one block at most. Costs
 *  nothing on ASCII text.                                                    */
#ifndef RAPPORTEUR_WORKERS_POINTS_H
#define RAPPORTEUR_WORKERS_POINTS_H

#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

typedef struct {
    rap_text_t text;        //  valid UTF-8, borrowed
    const uint32_t *before; //  code points before each block; NULL: the text is ASCII
} rap_points_t;

rap_points_t rap_points_index (rap_text_t text, rap_arena_t *arena);

//  Code points before byte `byte`, which is at most the text's length.
uint32_t rap_points_at (const rap_points_t *self, size_t byte);

//  A code point begins at `byte`, or the text ends there.
bool rap_points_boundary (const rap_points_t *self, size_t byte);

#endif
