/*  phrases: which known phrase stands at this place of a text?
 *
 *  The matcher finds phrases anywhere in one pass; this answers for one place,
 *  where a gate has fired and one looks closely. Phrases are compared without
 *  regard to ASCII case, one space stands for any run of spaces and newlines, and
 *  an apostrophe for its typographic form. Filled once, then read by any thread. */
#ifndef RAPPORTEUR_WORKERS_PHRASES_H
#define RAPPORTEUR_WORKERS_PHRASES_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/text.h"

typedef struct rap_phrases rap_phrases_t;

rap_phrases_t *rap_phrases_new (void);
void rap_phrases_destroy (rap_phrases_t **self_p);

//  Adds a phrase with a value of the caller's. The phrase is borrowed until the
//  filling ends. Empty phrases are ignored.
void rap_phrases_add (rap_phrases_t *self, rap_text_t phrase, uint32_t value);

//  Ends the filling. Call once, before the first look.
void rap_phrases_seal (rap_phrases_t *self);

//  The longest phrase that begins at byte `at` of text and ends where a word ends;
//  its bytes in the text in *len. RAP_NO_PHRASE if there is none. Of equal phrases
//  the one added first.
#define RAP_NO_PHRASE UINT32_MAX
uint32_t rap_phrases_at (const rap_phrases_t *self, rap_text_t text, size_t at, size_t *len);

//  --- small things that those who look closely share --------------------------

static inline bool rap_is_space (char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}
static inline bool rap_is_digit (char c)
{
    return c >= '0' && c <= '9';
}
static inline bool rap_is_upper (char c)
{
    return c >= 'A' && c <= 'Z';
}
static inline bool rap_is_lower (char c)
{
    return c >= 'a' && c <= 'z';
}
//  Letters and digits; any byte of a longer code point but punctuation counts too.
bool rap_is_word_beyond (rap_text_t text, size_t at); //  where no ASCII stands
static inline bool rap_is_word_at (rap_text_t text, size_t at)
{
    if (at >= text.len)
        return false;
    char c = text.at[at];
    return rap_is_lower (c) || rap_is_upper (c) || rap_is_digit (c)
           || ((unsigned char)c >= 0x80 && rap_is_word_beyond (text, at));
}

//  First byte at or after `at` that is no space; at most text.len.
size_t rap_skip_spaces (rap_text_t text, size_t at);
static inline size_t rap_skip_space (rap_text_t text, size_t at)
{
    //  Seldom more than one, and seldom a no-break space.
    if (at < text.len && rap_is_space (text.at[at]))
        at++;
    bool here = at < text.len && !rap_is_space (text.at[at]) && text.at[at] != '\xC2';
    return here ? at : rap_skip_spaces (text, at);
}

//  First digit at or after `at`; text.len if there is none.
size_t rap_next_digit (rap_text_t text, size_t at);

//  First byte of the word (letters, digits, hyphens, apostrophes) after `at`'s word.
size_t rap_word_end (rap_text_t text, size_t at);

//  First byte of the word that ends at byte `end`; `end` itself if none does.
size_t rap_word_before (rap_text_t text, size_t end);

//  Length of a hyphen of any kind (-, ‐, ‑, –) at byte `at`; 0 if there is none.
size_t rap_hyphen_at (rap_text_t text, size_t at);

#endif
