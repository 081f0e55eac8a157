//  points: counts of code points before each block of bytes.

#include "points.h"

enum { BLOCK_BYTES = 64 };

//  Bytes that begin a code point, that is all but 10xxxxxx.
static uint32_t count_points (const char *at, size_t len)
{
    uint32_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)at[i] & 0xC0) != 0x80;
    return count;
}

static bool is_ascii (rap_text_t text)
{
    unsigned char any = 0;
    for (size_t i = 0; i < text.len; i++)
        any |= (unsigned char)text.at[i];
    return any < 0x80;
}

rap_points_t rap_points_index (rap_text_t text, rap_arena_t *arena)
{
    if (is_ascii (text))
        return (rap_points_t){.text = text};
    size_t blocks = text.len / BLOCK_BYTES + 1;
    uint32_t *before = rap_arena_alloc (arena, blocks * sizeof *before);
    for (size_t block = 1; block < blocks; block++)
        before[block] = before[block - 1] + count_points (text.at + (block - 1) * BLOCK_BYTES, BLOCK_BYTES);
    return (rap_points_t){.text = text, .before = before};
}

uint32_t rap_points_at (const rap_points_t *self, size_t byte)
{
    if (!self->before)
        return (uint32_t)byte;
    size_t block = byte / BLOCK_BYTES;
    return self->before[block] + count_points (self->text.at + block * BLOCK_BYTES, byte % BLOCK_BYTES);
}

bool rap_points_boundary (const rap_points_t *self, size_t byte)
{
    return byte == self->text.len || (byte < self->text.len && ((unsigned char)self->text.at[byte] & 0xC0) != 0x80);
}
