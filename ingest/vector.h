/*  vector: room for one more in an array that grows by doubling.
 *
 *  For what lives only while a document is read; out of memory ends the process,
 *  hence every caller bounds its count first.                                */
#ifndef RAPPORTEUR_INGEST_VECTOR_H
#define RAPPORTEUR_INGEST_VECTOR_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

//  `at`, moved if need be, with room for `count` + 1 items of `size` bytes.
static inline void *vector_room (void *at, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 64;
    at = reallocarray (at, *room, size);
    if (!at) {
        fputs ("rapporteur: out of memory\n", stderr);
        abort ();
    }
    return at;
}

#endif
