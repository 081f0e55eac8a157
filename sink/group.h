/*  group: what the transaction that is open has touched.
 *
 *  Which documents it knows (their place in the store, how many of their chunks
 *  came in), and which chunks were new. Pure; owns copies of all it is given.
 *  Places are kept over groups, as a cache, and forgotten after a rollback.  */
#ifndef RAPPORTEUR_SINK_GROUP_H
#define RAPPORTEUR_SINK_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/hash.h"
#include "rapporteur/text.h"

typedef struct rap_group rap_group_t;

//  A document's place in the store.
typedef struct {
    char document_id[RAP_DOCUMENT_ID_SIZE];
    uint64_t number; //  chunk_id is number << 20 | ordinal
    uint32_t chunks; //  as the store has it; 0 while only its quarantine is known
    uint32_t stored; //  chunks that were stored before this group
    uint32_t added;  //  chunks that are new in this group
    bool noticed;    //  a quarantine or a release came in this group
    bool touched;    //  in this group
} rap_place_t;

rap_group_t *rap_group_new (void);
void rap_group_destroy (rap_group_t **self_p);

//  The place of a document, or NULL if it is not known here. Borrowed until the
//  next rap_group_learn, _next or _forget. `document_id` has 32 digits.
rap_place_t *rap_group_find (rap_group_t *self, rap_text_t document_id);

//  Learns a document's place; `stored` of its chunks are in the store.
rap_place_t *rap_group_learn (rap_group_t *self, rap_text_t document_id, uint64_t number, uint32_t chunks,
                              uint32_t stored);

//  A new chunk, or a notice, of a place.
void rap_group_add (rap_group_t *self, rap_place_t *place, int64_t chunk_id);
void rap_group_notice (rap_group_t *self, rap_place_t *place);

//  Whether the chunk was new in this group.
bool rap_group_has (const rap_group_t *self, int64_t chunk_id);

//  The touched places in the order of touching: `i` from 0 until NULL.
const rap_place_t *rap_group_touched (const rap_group_t *self, size_t i);

//  The next group: nothing touched, places kept (unless there are very many).
void rap_group_next (rap_group_t *self);

//  After a rollback: nothing is known.
void rap_group_forget (rap_group_t *self);

#endif
