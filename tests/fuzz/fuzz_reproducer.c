//  fuzz_reproducer: any bytes as a file of 'quarantine minimise', which strangers attach to reports. Nothing is run:
//  what would be is decoded, or refused with a reason.
#include <stdlib.h>
#include <string.h>

//  What is tried are its insides.
#include "../../ctl/minimise.c" // NOLINT(bugprone-suspicious-include)
#include "scratch_file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void look_inside (minimise_t *self, const char *json)
{
    rap_reason_t reason = {""};
    rap_trial_outcome_t expected;
    read_outcome (json, &expected);
    must (expected.kind <= RAP_TRIAL_HUNG && memchr (expected.cause, 0, sizeof expected.cause));
    rap_text_t header = read_hex (self->arena, json, "$.document"), chunk = read_hex (self->arena, json, "$.chunk");
    if (decode (self, header, chunk, &reason) != RAP_OK)
        must (reason.text[0] != 0);
    else
        must (self->chunk.text.len <= RAP_CHUNK_TEXT_MAX);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_reason_t reason = {""};
    minimise_t self = {.arena = rap_arena_new ()};
    char *json = read_file (scratch_file ("f.json", data, size), &reason);
    must (json || reason.text[0]);
    if (json)
        look_inside (&self, json);
    free (json);
    rap_arena_destroy (&self.arena);
    return 0;
}
