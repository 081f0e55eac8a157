//  shrink: blocks of half the code points, of a quarter, ... of one.
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

#include "rapporteur/utf8.h"

typedef struct {
    char *bytes;
    size_t *len;
    char *candidate;
    rap_shrink_fn *still;
    void *self;
} shrink_t;

//  One pass with blocks of `size` code points. NO: nothing could be taken away.
static rap_shrink_answer_t pass (shrink_t *s, size_t size)
{
    rap_shrink_answer_t taken = RAP_SHRINK_NO;
    size_t at = 0;
    while (at < *s->len) {
        rap_text_t rest = rap_text_of (s->bytes + at, *s->len - at);
        size_t block = rap_utf8_offset (rest, size);
        memcpy (s->candidate, s->bytes, at);
        memcpy (s->candidate + at, s->bytes + at + block, rest.len - block);
        rap_shrink_answer_t answer = s->still (s->self, rap_text_of (s->candidate, *s->len - block));
        if (answer == RAP_SHRINK_ENOUGH)
            return answer;
        if (answer == RAP_SHRINK_YES) {
            *s->len -= block;
            memcpy (s->bytes, s->candidate, *s->len);
            taken = RAP_SHRINK_YES;
        } else
            at += block;
    }
    return taken;
}

bool rap_shrink (char *bytes, size_t *len, rap_shrink_fn *still, void *self)
{
    shrink_t s = {.bytes = bytes, .len = len, .candidate = malloc (*len + 1), .still = still, .self = self};
    if (!s.candidate)
        abort ();
    rap_shrink_answer_t answer = RAP_SHRINK_YES;
    for (size_t size = rap_utf8_count (rap_text_of (bytes, *len)); size && answer != RAP_SHRINK_ENOUGH;) {
        answer = pass (&s, size);
        if (size > 1)
            size = (size + 1) / 2;
        else if (answer == RAP_SHRINK_NO)
            break; //  once more over single ones while one of them could go
    }
    free (s.candidate);
    return answer != RAP_SHRINK_ENOUGH;
}
