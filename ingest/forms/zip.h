/*  zip: the parts of a ZIP archive that is in memory.
 *
 *  What a foreign archive may do is bounded: how many entries it has, how much
 *  comes out of one part and of all of them, and how much more that is than went
 *  in. Names are compared, never used as paths; nothing touches the disk. Parts
 *  are handed over piece by piece, so that none is ever in memory as a whole.
 *
 *  Belongs to one reading of one document.                                    */
#ifndef RAPPORTEUR_INGEST_ZIP_H
#define RAPPORTEUR_INGEST_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/limits.h"
#include "rapporteur/status.h"
#include "rapporteur/text.h"

enum {
    RAP_ZIP_ENTRIES_MAX = 16 * 1024,
    RAP_ZIP_PART_MAX = RAP_DOCUMENT_BYTES_MAX, //  bytes that come out of one part
    RAP_ZIP_ALL_MAX = 0x3FFFFFFF,              //  and of all that are read
    //  Text in XML is packed to a twentieth, at most to a sixtieth of its size.
    RAP_ZIP_RATIO_MAX = 200,
    RAP_ZIP_RATIO_FREE = 16 * 1024 * 1024, //  so much may come out of any part
};

typedef struct rap_zip rap_zip_t;

//  Looks through the archive's directory; NULL and the reason if it has none, too
//  many entries, or any that is encrypted. `bytes` must outlive it.
rap_zip_t *rap_zip_new (rap_text_t bytes, rap_reason_t *reason);
void rap_zip_destroy (rap_zip_t **self_p);

//  How many entries of that name there are; as the format has it, capitals do not matter.
uint32_t rap_zip_has (const rap_zip_t *self, const char *name);

//  Takes a piece of a part. What it answers but RAP_OK ends the reading.
typedef rap_status_t (*rap_zip_take_t) (void *context, rap_text_t piece, rap_reason_t *reason);

//  The part's content, in order. RAP_REFUSED if it is missing, there twice, damaged
//  or beyond a limit.
rap_status_t rap_zip_read (rap_zip_t *self, const char *name, rap_zip_take_t take, void *context,
                           rap_reason_t *reason);

//  The beginning of a part, at most `max` bytes of it; empty if there is none.
rap_text_t rap_zip_head (rap_zip_t *self, const char *name, size_t max, rap_arena_t *arena);

#endif
