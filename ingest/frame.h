/*  frame: what the ingest and a reader say to each other on their data socket.
 *
 *  Length of the payload (4 bytes, little endian), type (1 byte), payload. To the
 *  reader: 'B' begin [body bytes, chunks a batch, document], 'P' a piece of the
 *  body. Back: 'C' a batch [first, count, chunks], 'E' the end, the document's
 *  particulars, 'R' refused, the reason as text.                              */
#ifndef RAPPORTEUR_INGEST_FRAME_H
#define RAPPORTEUR_INGEST_FRAME_H

#include <stdint.h>
#include <stdlib.h>

#include "rapporteur/message.h"

enum {
    FRAME_MAX = RAP_MESSAGE_BYTES_MAX, //  of payload
    FRAME_HEAD = 5,
    FRAME_PATIENCE_S = 60,              //  of time and of CPU for a document, and
    FRAME_PATIENCE_BYTES = 1024 * 1024, //  one second more for each so many bytes
};

static inline void frame_put_head (uint8_t *head, size_t len, char type)
{
    for (int i = 0; i < 4; i++)
        head[i] = (uint8_t)(len >> (8 * i));
    head[4] = (uint8_t)type;
}

static inline size_t frame_len (const uint8_t *head)
{
    return (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
}

//  How long the reading of a document may take, in seconds.
static inline int64_t frame_patience_s (uint64_t bytes)
{
    return FRAME_PATIENCE_S + (int64_t)(bytes / FRAME_PATIENCE_BYTES);
}

//  Out of memory ends the process; sizes are bounded by the journal's limits.
static inline void *frame_memory (size_t bytes)
{
    void *memory = malloc (bytes);
    if (!memory)
        abort ();
    return memory;
}

#endif
