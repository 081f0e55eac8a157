/*  glyph: small questions about letters, asked of bytes of valid UTF-8.
 *
 *  They know ASCII and the letters with accents of Latin-1, Latin Extended-A and
 *  Cyrillic, which is what headings and paragraphs begin with in the documents
 *  of the field; other scripts have no case and count as neither.            */
#ifndef RAPPORTEUR_INGEST_GLYPH_H
#define RAPPORTEUR_INGEST_GLYPH_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/text.h"

static inline bool glyph_is_digit (char c)
{
    return c >= '0' && c <= '9';
}

static inline bool glyph_is_lower (char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool glyph_is_upper (char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool glyph_is_letter (char c)
{
    return glyph_is_lower ((char)(c | 32));
}

//  A letter or digit of ASCII, or any byte of a longer character.
static inline bool glyph_is_wordy (char c)
{
    return glyph_is_letter (c) || glyph_is_digit (c) || (unsigned char)c >= 0x80;
}

static inline bool glyph_is_space (char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

//  One of a few characters, named in place: sooner than strchr, and never NUL.
static inline bool glyph_is_of (char c, const char *few)
{
    bool is = false;
    for (; *few; few++)
        is |= *few == c;
    return is;
}

static inline bool glyph_has (rap_text_t text, const char *sequence)
{
    size_t len = strlen (sequence);
    return text.len >= len && memcmp (text.at, sequence, len) == 0;
}

//  Whether the text begins with a small letter.
static inline bool glyph_starts_lower (rap_text_t text)
{
    if (!text.len)
        return false;
    unsigned char a = (unsigned char)text.at[0], b = text.len > 1 ? (unsigned char)text.at[1] : 0;
    if (a < 0x80)
        return glyph_is_lower ((char)a);
    if (a == 0xC3)
        return b >= 0x9F;
    if (a == 0xC4 || a == 0xC5)
        return (b & 1) != 0;
    return (a == 0xD0 && b >= 0xB0) || (a == 0xD1 && b <= 0x9F);
}

static inline bool glyph_starts_digit (rap_text_t text)
{
    return text.len && glyph_is_digit (text.at[0]);
}

//  Length of an opening quotation mark or bracket at the text's start; 0 if none.
static inline size_t glyph_opening (rap_text_t text)
{
    if (!text.len)
        return 0;
    if (text.at[0] == '"' || text.at[0] == '(' || text.at[0] == '[' || text.at[0] == '\'')
        return 1;
    if (glyph_has (text, "\xE2\x80\x9C") || glyph_has (text, "\xE2\x80\x98"))
        return 3;
    return glyph_has (text, "\xC2\xAB") ? 2 : 0;
}

//  Whether the text begins with a capital, perhaps after quotes or brackets.
static inline bool glyph_starts_upper (rap_text_t text)
{
    for (size_t n = glyph_opening (text); n; n = glyph_opening (text))
        text = rap_text_from (text, n);
    if (!text.len)
        return false;
    unsigned char a = (unsigned char)text.at[0], b = text.len > 1 ? (unsigned char)text.at[1] : 0;
    if (a < 0x80)
        return glyph_is_upper ((char)a);
    if (a == 0xC3)
        return b >= 0x80 && b <= 0x9E;
    if (a == 0xC4 || a == 0xC5)
        return (b & 1) == 0;
    return a == 0xD0 && b < 0xB0;
}

//  Length in bytes of a raised digit at the text's start, and its value; 0 if none.
static inline size_t glyph_raised (rap_text_t text, uint32_t *value)
{
    if (text.len >= 2 && (unsigned char)text.at[0] == 0xC2) {
        unsigned char b = (unsigned char)text.at[1];
        if (b == 0xB9 || b == 0xB2 || b == 0xB3) {
            *value = b == 0xB9 ? 1 : b == 0xB2 ? 2 : 3;
            return 2;
        }
    }
    if (text.len >= 3 && (unsigned char)text.at[0] == 0xE2 && (unsigned char)text.at[1] == 0x81) {
        unsigned char b = (unsigned char)text.at[2];
        if (b == 0xB0 || (b >= 0xB4 && b <= 0xB9)) {
            *value = b - 0xB0;
            return 3;
        }
    }
    return 0;
}

#endif
