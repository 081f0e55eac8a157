//  utf8: plain loops with an eight-byte step over ASCII; utf8proc for what needs tables.
#include "rapporteur/utf8.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "rapporteur/eight.h"

//  The first byte at or after `i` that is not ASCII; text.len if there is none.
static size_t skip_ascii (rap_text_t text, size_t i)
{
    for (; i < text.len; i += 8) {
        uint64_t beyond = eight_beyond (eight_at (text, i));
        if (beyond)
            return i + eight_before (beyond);
    }
    return text.len;
}

static bool follows (unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

//  Length of the valid sequence of two to four bytes at `s`; 0 if it is none.
//  The bounds of the second byte are Table 3-7 of the Unicode standard: they
//  shut out overlong forms, surrogates and what is beyond U+10FFFF.
static size_t sequence (const unsigned char *s, size_t left)
{
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        return left >= 2 && follows (s[1], 0x80, 0xBF) ? 2 : 0;
    if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        unsigned char low = s[0] == 0xE0 ? 0xA0 : 0x80, high = s[0] == 0xED ? 0x9F : 0xBF;
        return left >= 3 && follows (s[1], low, high) && follows (s[2], 0x80, 0xBF) ? 3 : 0;
    }
    if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        unsigned char low = s[0] == 0xF0 ? 0x90 : 0x80, high = s[0] == 0xF4 ? 0x8F : 0xBF;
        return left >= 4 && follows (s[1], low, high) && follows (s[2], 0x80, 0xBF) && follows (s[3], 0x80, 0xBF) ? 4
                                                                                                                  : 0;
    }
    return 0;
}

size_t rap_utf8_invalid_at (rap_text_t text)
{
    size_t i = skip_ascii (text, 0);
    while (i < text.len) {
        size_t len = sequence ((const unsigned char *)text.at + i, text.len - i);
        if (!len)
            return i;
        i = skip_ascii (text, i + len);
    }
    return text.len;
}

//  Bytes that are NUL or not ASCII.
static uint64_t odd_bytes (uint64_t bytes)
{
    return (bytes | ((bytes - EIGHT (1)) & ~bytes)) & EIGHT (0x80);
}

bool rap_utf8_is_sound (rap_text_t text)
{
    size_t i = 0;
    uint64_t odd = 0;
    for (; i + 8 <= text.len && !odd; i += 8) {
        uint64_t bytes;
        memcpy (&bytes, text.at + i, sizeof bytes);
        odd = odd_bytes (bytes);
    }
    if (i < text.len && !odd)
        odd = odd_bytes (eight_at (text, i) | EIGHT (0x20) << 8 * (text.len - i));
    return !odd || (rap_utf8_invalid_at (text) == text.len && !memchr (text.at, 0, text.len));
}

static bool is_continuation (char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

//  Continuation bytes among eight: bit 7 set and bit 6 clear.
static unsigned continuations (uint64_t bytes)
{
    uint64_t marks = (bytes >> 7) & (~bytes >> 6) & EIGHT (1);
    return (unsigned)((marks * EIGHT (1)) >> 56);
}

size_t rap_utf8_count (rap_text_t text)
{
    size_t i = 0, count = text.len;
    while (i + 8 <= text.len) {
        //  Each byte of `marks` counts continuations at its place, as far as a byte can.
        uint64_t marks = 0, bytes;
        for (unsigned n = 0; n < UINT8_MAX && i + 8 <= text.len; n++, i += 8) {
            memcpy (&bytes, text.at + i, sizeof bytes);
            marks += (bytes >> 7) & (~bytes >> 6) & EIGHT (1);
        }
        const uint64_t pairs = UINT64_C (0x00FF00FF00FF00FF);
        count -= (((marks & pairs) + (marks >> 8 & pairs)) * UINT64_C (0x0001000100010001)) >> 48;
    }
    for (; i < text.len; i++)
        count -= is_continuation (text.at[i]);
    return count;
}

size_t rap_utf8_offset (rap_text_t text, size_t points)
{
    size_t i = 0;
    while (i + 8 <= text.len) {
        unsigned starts = 8 - continuations (eight_at (text, i));
        if (starts > points)
            break;
        points -= starts;
        i += 8;
    }
    //  Here `points` further starts lie ahead of the one that is looked for.
    for (; i < text.len; i++)
        if (!is_continuation (text.at[i]) && points-- == 0)
            return i;
    return text.len;
}

uint32_t rap_utf8_decode (rap_text_t text, size_t at, size_t *len)
{
    assert (at < text.len);
    const unsigned char *s = (const unsigned char *)text.at + at;
    if (s[0] < 0x80) {
        *len = 1;
        return s[0];
    }
    *len = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    assert (at + *len <= text.len);
    uint32_t point = s[0] & (0xFFU >> (*len + 1));
    for (size_t i = 1; i < *len; i++)
        point = point << 6 | (s[i] & 0x3FU);
    return point;
}

//  Code points that no normalisation touches and that never combine with others:
//  what comes before the combining marks, Cyrillic and Arabic letters, signs of
//  print, raised digits, Han and Hangul syllables.
static bool is_inert (uint32_t point)
{
    static const uint32_t ranges[][2] = {{0x2002, 0x20CF}, {0x0400, 0x0482}, {0x048A, 0x052F},
                                         {0x0621, 0x064A}, {0x0660, 0x066F}, {0x2130, 0x22FF},
                                         {0x2500, 0x27FF}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}};
    if (point < 0x300)
        return true;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    return false;
}

static bool is_plainly_nfc (rap_text_t text)
{
    size_t i = skip_ascii (text, 0), len;
    while (i < text.len) {
        if (!is_inert (rap_utf8_decode (text, i, &len)))
            return false;
        i = skip_ascii (text, i + len);
    }
    return true;
}

rap_text_t rap_utf8_nfc (rap_text_t text, rap_arena_t *arena)
{
    if (is_plainly_nfc (text))
        return text;
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t len = utf8proc_map ((const utf8proc_uint8_t *)text.at, (utf8proc_ssize_t)text.len, &made,
                                         UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (len == UTF8PROC_ERROR_NOMEM)
        abort ();
    assert (len >= 0 && "text was checked to be UTF-8");
    rap_text_t nfc = {(const char *)made, (size_t)len};
    nfc = rap_text_equal (nfc, text) ? text : rap_arena_text (arena, nfc);
    free (made);
    return nfc;
}

bool rap_utf8_is_word (uint32_t code_point)
{
    if (code_point < 0x80)
        return (code_point >= '0' && code_point <= '9') || ((code_point | 32) >= 'a' && (code_point | 32) <= 'z');
    switch (utf8proc_category ((utf8proc_int32_t)code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return false;
    }
}

bool rap_utf8_is_harmful (uint32_t point)
{
    static const uint32_t ranges[][2] = {{0, 0x1f},        {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200e, 0x200f},
                                         {0x2028, 0x202e}, {0x2066, 0x206f}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
    if (point >= 0x20 && point < 0x7f)
        return false;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    return false;
}

size_t rap_utf8_show (FILE *out, rap_text_t text, bool lines)
{
    static const char unknown[] = "\xef\xbf\xbd"; //  U+FFFD
    const unsigned char *s = (const unsigned char *)text.at;
    size_t len = s[0] < 0x80 ? 1 : sequence (s, text.len);
    if (!len) {
        fputs (unknown, out);
        return 1;
    }
    uint32_t point = rap_utf8_decode (text, 0, &len);
    if (!rap_utf8_is_harmful (point) || (lines && (point == '\n' || point == '\r' || point == '\t')))
        fwrite (text.at, 1, len, out);
    else if (point < 0x20)
        fprintf (out, "\xe2\x90%c", (char)(0x80 + point));
    else
        fputs (point == 0x7f ? "\xe2\x90\xa1" : unknown, out);
    return len;
}

size_t rap_utf8_escape (char *to, size_t room, rap_text_t *rest)
{
    enum { SIGN_MAX = 16 };
    rap_text_t text = *rest;
    size_t put = 0, at = 0, len;
    for (; at < text.len; at += len) {
        char sign[SIGN_MAX];
        const unsigned char *s = (const unsigned char *)text.at + at;
        size_t valid = s[0] < 0x80 ? 1 : sequence (s, text.len - at);
        len = valid ? valid : 1;
        uint32_t point = valid ? rap_utf8_decode (text, at, &len) : s[0];
        int signs = 0;
        if (point == '\n' && valid)
            signs = snprintf (sign, sizeof sign, "\\n");
        else if (!valid || (point < 0xA0 && rap_utf8_is_harmful (point)))
            signs = snprintf (sign, sizeof sign, "\\x%02x", (unsigned)point);
        else if (rap_utf8_is_harmful (point))
            signs = snprintf (sign, sizeof sign, "\\u{%x}", (unsigned)point);
        size_t more = signs ? (size_t)signs : len;
        if (put + more + 1 > room)
            break;
        memcpy (to + put, signs ? sign : text.at + at, more);
        put += more;
    }
    if (room)
        to[put] = 0;
    *rest = rap_text_from (text, at);
    return put;
}
