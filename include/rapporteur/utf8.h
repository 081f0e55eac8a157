/*  utf8: checks, counting and NFC (utf8proc).                               */
#ifndef RAPPORTEUR_UTF8_H
#define RAPPORTEUR_UTF8_H

#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

//  Byte offset of the first sequence that is not valid UTF-8 (overlong forms
//  and surrogates included); text.len if all is valid. Fast for ASCII.
size_t rap_utf8_invalid_at (rap_text_t text);

//  Code points in valid UTF-8.
size_t rap_utf8_count (rap_text_t text);

//  Byte offset of code point `points` in valid UTF-8; text.len if there are fewer.
size_t rap_utf8_offset (rap_text_t text, size_t points);

//  Decodes the code point at byte `at` of valid UTF-8; sets its length in bytes.
uint32_t rap_utf8_decode (rap_text_t text, size_t at, size_t *len);

//  `text` itself if it is in NFC already, else its NFC in `arena`.
rap_text_t rap_utf8_nfc (rap_text_t text, rap_arena_t *arena);

//  Word characters for matching: letters, digits and marks of any script.
bool rap_utf8_is_word (uint32_t code_point);

#endif
