/*  wire: msgpack, written by a packer and read by a bounded cursor.
 *
 *  The packer is msgpack-c's; the cursor is ours, because msgpack-c's object
 *  tree reserves memory by counts that a stranger states (msgpack-c issues 985,
 *  1013). The cursor allocates nothing, never reads past its end, never accepts
 *  a length or a count that exceeds the bytes left, nor nesting beyond
 *  RAP_WIRE_DEPTH_MAX. Its error is sticky: read all fields, check once.      */
#ifndef RAPPORTEUR_WIRE_H
#define RAPPORTEUR_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/status.h"
#include "rapporteur/text.h"

//  --- writing ---------------------------------------------------------------
typedef struct rap_packer rap_packer_t;

rap_packer_t *rap_packer_new (void);
void rap_packer_destroy (rap_packer_t **self_p);
void rap_packer_reset (rap_packer_t *self);

void rap_pack_array (rap_packer_t *self, uint32_t count);
void rap_pack_map (rap_packer_t *self, uint32_t count);
void rap_pack_uint (rap_packer_t *self, uint64_t value);
void rap_pack_int (rap_packer_t *self, int64_t value);
void rap_pack_real (rap_packer_t *self, double value);
void rap_pack_bool (rap_packer_t *self, bool value);
void rap_pack_text (rap_packer_t *self, rap_text_t text);   //  str
void rap_pack_bytes (rap_packer_t *self, rap_text_t bytes); //  bin
void rap_pack_raw (rap_packer_t *self, rap_text_t encoded); //  one or more values already encoded

//  What was packed since the last reset; borrowed until the next call on self.
rap_text_t rap_packed (const rap_packer_t *self);

//  --- reading ---------------------------------------------------------------
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    const uint8_t *start;
    uint32_t depth;
    const char *error; //  NULL while all is well; else what was wrong
    size_t error_at;   //  byte offset where it was found
} rap_cursor_t;

void rap_cursor_init (rap_cursor_t *self, rap_text_t bytes);

//  Marks the cursor as failed, with a literal reason. Later reads give zeros.
void rap_cursor_fail (rap_cursor_t *self, const char *error);
static inline bool rap_cursor_ok (const rap_cursor_t *self)
{
    return self->error == NULL;
}

//  Enters an array or map and gives its count (a map's pairs), at most `max` and
//  at most what the bytes left can hold. Every enter is paired with a leave,
//  which also skips what was not read of `left` values: unknown trailing values
//  and unknown keys are ignored, that is how the protocol grows.
uint32_t rap_read_array (rap_cursor_t *self, uint32_t max);
uint32_t rap_read_map (rap_cursor_t *self, uint32_t max);
void rap_read_leave (rap_cursor_t *self, uint32_t left);

uint64_t rap_read_uint (rap_cursor_t *self);
uint32_t rap_read_uint32 (rap_cursor_t *self); //  fails beyond 32 bits
int64_t rap_read_int (rap_cursor_t *self);
double rap_read_real (rap_cursor_t *self); //  takes integers too; refuses NaN and infinities
bool rap_read_bool (rap_cursor_t *self);
rap_text_t rap_read_text (rap_cursor_t *self, size_t max); //  valid UTF-8 without NUL, at most max bytes
rap_text_t rap_read_bytes (rap_cursor_t *self, size_t max);
void rap_read_skip (rap_cursor_t *self);                  //  one value of any kind
rap_text_t rap_read_raw (rap_cursor_t *self, size_t max); //  one value, as its encoded bytes

//  All was well and no byte is left over; else RAP_REFUSED with the reason.
rap_status_t rap_read_end (rap_cursor_t *self, const char *what, rap_reason_t *reason);

#endif
