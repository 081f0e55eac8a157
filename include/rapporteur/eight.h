/*  eight: questions about eight bytes of a text at once.
 *
 *  A text is loaded with its first byte lowest, whatever the machine; an answer has
 *  the high bit set in each byte of which it is true.                           */
#ifndef RAPPORTEUR_EIGHT_H
#define RAPPORTEUR_EIGHT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "rapporteur/text.h"

#define EIGHT(byte) ((byte)*UINT64_C (0x0101010101010101))

static inline uint64_t eight_four (const char *at)
{
    uint32_t bytes;
    memcpy (&bytes, at, sizeof bytes);
    return le32toh (bytes);
}

//  The eight bytes from byte `at` of a text on, zeros after its end. Short only of a
//  text that is short as a whole.
static inline uint64_t eight_at (rap_text_t text, size_t at)
{
    size_t left = text.len - at;
    const char *from = text.at + at;
    if (left >= 8) {
        uint64_t bytes;
        memcpy (&bytes, from, 8);
        return le64toh (bytes);
    }
    if (left == 0)
        return 0;
    if (text.len >= 8) {
        uint64_t bytes;
        memcpy (&bytes, from + left - 8, 8);
        return le64toh (bytes) >> 8 * (8 - left);
    }
    if (left >= 4)
        return eight_four (from) | eight_four (from + left - 4) << 8 * (left - 4);
    //  One to three: the first, the last, and the one in the middle, which may be one of these.
    return (uint64_t)(unsigned char)from[0] | (uint64_t)(unsigned char)from[left / 2] << 8 * (left / 2)
           | (uint64_t)(unsigned char)from[left - 1] << 8 * (left - 1);
}

//  Bytes of ASCII from `low` to `high`.
static inline uint64_t eight_between (uint64_t bytes, unsigned char low, unsigned char high)
{
    uint64_t seven = bytes & EIGHT (0x7F);
    return (seven + EIGHT (0x80U - low)) & ~(seven + EIGHT (0x7FU - high)) & ~bytes & EIGHT (0x80);
}

//  Letters of ASCII.
static inline uint64_t eight_letters (uint64_t bytes)
{
    return eight_between (bytes | EIGHT (0x20), 'a', 'z');
}

//  Bytes that are not ASCII.
static inline uint64_t eight_beyond (uint64_t bytes)
{
    return bytes & EIGHT (0x80);
}

//  How many bytes stand before the first one of which an answer is true; 8 if none is.
static inline unsigned eight_before (uint64_t answer)
{
    return answer ? (unsigned)__builtin_ctzll (answer) / 8 : 8;
}

//  All bits of the bytes that stand before it.
static inline uint64_t eight_mask (uint64_t answer)
{
    return ((answer & (0 - answer)) >> 7) - 1;
}

#endif
