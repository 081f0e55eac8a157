/*  eight: questions about eight bytes of a text at once.
 *
 *  A text is loaded with its first byte lowest, whatever the machine; an answer has
 *  the high bit set in each byte of which it is true.                           */
#ifndef RAPPORTEUR_EIGHT_H
#define RAPPORTEUR_EIGHT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define EIGHT(byte) ((byte)*UINT64_C (0x0101010101010101))

static inline uint64_t eight_four (const char *at)
{
    uint32_t bytes;
    memcpy (&bytes, at, sizeof bytes);
    return le32toh (bytes);
}

//  The first eight bytes of a text of `len`, zeros after its end.
static inline uint64_t eight_load (const char *at, size_t len)
{
    uint64_t bytes = 0;
    if (len >= 8) {
        memcpy (&bytes, at, 8);
        return le64toh (bytes);
    }
    if (len >= 4)
        return eight_four (at) | eight_four (at + len - 4) << 8 * (len - 4);
    for (size_t i = 0; i < len; i++)
        bytes |= (uint64_t)(unsigned char)at[i] << 8 * i;
    return bytes;
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

#endif
