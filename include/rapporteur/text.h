/*  text: a borrowed piece of UTF-8 text.
 *
 *  A rap_text_t owns nothing: it points into a message, an arena or a literal,
 *  and lives as long as that does. It is not terminated by NUL. Empty text has
 *  len 0; `at` is then never read. Offsets inside the program are bytes; the
 *  wire and the database count Unicode code points, and convert at the edge
 *  (utf8.h).                                                                */
#ifndef RAPPORTEUR_TEXT_H
#define RAPPORTEUR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    const char *at;
    size_t len;
} rap_text_t;

//  A text from a string literal, from a C string (NULL gives empty text).
#define RAP_TEXT(literal) ((rap_text_t){(literal), sizeof (literal) - 1})

static inline rap_text_t rap_text (const char *string)
{
    return (rap_text_t){string ? string : "", string ? strlen (string) : 0};
}

static inline rap_text_t rap_text_of (const char *at, size_t len)
{
    return (rap_text_t){at, len};
}

static inline bool rap_text_equal (rap_text_t a, rap_text_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp (a.at, b.at, a.len) == 0);
}

static inline bool rap_text_starts (rap_text_t whole, rap_text_t head)
{
    return whole.len >= head.len && (head.len == 0 || memcmp (whole.at, head.at, head.len) == 0);
}

static inline bool rap_text_ends (rap_text_t whole, rap_text_t tail)
{
    return whole.len >= tail.len
           && (tail.len == 0 || memcmp (whole.at + whole.len - tail.len, tail.at, tail.len) == 0);
}

//  The part of `whole` from byte `from` (at most its length) on.
static inline rap_text_t rap_text_from (rap_text_t whole, size_t from)
{
    return from >= whole.len ? (rap_text_t){"", 0} : (rap_text_t){whole.at + from, whole.len - from};
}

//  `whole` without spaces, tabs, CR and LF at either end.
static inline rap_text_t rap_text_trim (rap_text_t whole)
{
    while (whole.len && strchr (" \t\r\n", whole.at[0]) && whole.at[0])
        whole = (rap_text_t){whole.at + 1, whole.len - 1};
    while (whole.len && whole.at[whole.len - 1] && strchr (" \t\r\n", whole.at[whole.len - 1]))
        whole.len--;
    return whole;
}

#endif
