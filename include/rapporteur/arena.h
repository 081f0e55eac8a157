/*  arena: memory that is let go all at once.
 *
 *  Whoever reads a document or extracts from a chunk allocates here, and resets
 *  or destroys the arena when the document or chunk is done. Out of memory ends
 *  the process, hence bound lengths before allocating. One thread.           */
#ifndef RAPPORTEUR_ARENA_H
#define RAPPORTEUR_ARENA_H

#include "rapporteur/text.h"

typedef struct rap_arena rap_arena_t;

rap_arena_t *rap_arena_new (void);
void rap_arena_destroy (rap_arena_t **self_p);

//  Everything allocated so far is gone; one block is kept for reuse.
void rap_arena_reset (rap_arena_t *self);

//  Never NULL; aligned for any type; zeroed.
void *rap_arena_alloc (rap_arena_t *self, size_t size);

//  The same, but with whatever stands there: for what is written before it is read.
void *rap_arena_room (rap_arena_t *self, size_t size);

//  Copies; the copy is also NUL-terminated.
rap_text_t rap_arena_text (rap_arena_t *self, rap_text_t text);
rap_text_t rap_arena_format (rap_arena_t *self, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

//  The texts one after the other, NUL-terminated; a tenth of what a format costs.
rap_text_t rap_arena_join (rap_arena_t *self, const rap_text_t *texts, size_t count);

//  Bytes handed out since the last reset.
size_t rap_arena_used (const rap_arena_t *self);

#endif
