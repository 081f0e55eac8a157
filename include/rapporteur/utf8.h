/*  utf8: checks, counting and NFC (utf8proc).                               */
#ifndef RAPPORTEUR_UTF8_H
#define RAPPORTEUR_UTF8_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "rapporteur/arena.h"
#include "rapporteur/text.h"

//  Byte offset of the first sequence that is not valid UTF-8 (overlong forms
//  and surrogates included); text.len if all is valid. Fast for ASCII.
size_t rap_utf8_invalid_at (rap_text_t text);

//  Is all of it valid UTF-8 and none of it NUL?
bool rap_utf8_is_sound (rap_text_t text);

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

//  Code points that a terminal obeys, that break a line, or that turn the direction of
//  text or hide in it: controls (line feed and tab among them), separators, marks of
//  direction, tags. They are kept in what is stored, and shown to people as signs.
bool rap_utf8_is_harmful (uint32_t code_point);

//  Prints the code point at the beginning of `text` for people to read, and answers its
//  length there: what is harmful as a sign in its place (U+241B for an escape, U+FFFD for
//  others and for bytes that are no UTF-8). `lines`: line ends and tabs as they are.
size_t rap_utf8_show (FILE *out, rap_text_t text, bool lines);

//  `text`, whatever its bytes, as one harmless line for a log: "\n", "\x1b",
//  "\u{202e}". Terminated; answers its length. *text becomes
//  what there was no room for.
size_t rap_utf8_escape (char *to, size_t room, rap_text_t *text);

#endif
