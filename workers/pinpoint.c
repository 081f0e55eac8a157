//  pinpoint: words like 'para.' and the values after them.

#include "pinpoint.h"

#include <string.h>

enum {
    VALUE_BYTES_MAX = 24, //  'I.A.2 (a) (iv)'
    VALUES_MAX = 32,      //  'paras. 1, 2 and 5-7'
    PLACES_MAX = 8,       //  'chap. I, sect. D, para. 5'
    WORDS_BACK_MAX = 10,
};

//  '(a)', '(iv)' at `at`; `at` if none.
static size_t skip_brackets (rap_text_t text, size_t at)
{
    if (at >= text.len || text.at[at] != '(')
        return at;
    size_t end = at + 1;
    while (end < text.len && end - at < 6 && (rap_is_lower (text.at[end]) || rap_is_digit (text.at[end])))
        end++;
    return end > at + 1 && end < text.len && text.at[end] == ')' ? end + 1 : at;
}

//  A value: 5, 5–7, II, I.A, D, 10 (a). `at` if none.
static size_t skip_value (rap_text_t text, size_t at)
{
    size_t end = at;
    while (end < text.len && end - at < VALUE_BYTES_MAX) {
        char c = text.at[end];
        size_t hyphen = rap_hyphen_at (text, end);
        size_t step = rap_is_digit (c) || rap_is_upper (c) ? 1
                      : c == '.' && end > at               ? 1
                      : hyphen && end > at                 ? hyphen
                                                           : 0;
        if (!step)
            break;
        bool joint = c == '.' || hyphen;
        if (joint
            && !(end + step < text.len && (rap_is_digit (text.at[end + step]) || rap_is_upper (text.at[end + step]))))
            break;
        end += step;
    }
    if (end == at || rap_is_word_at (text, end))
        return skip_brackets (text, at);
    for (uint32_t depth = 0; depth < 3; depth++) {
        size_t space = end < text.len && text.at[end] == ' ' ? end + 1 : end, after = skip_brackets (text, space);
        if (after == space)
            break;
        end = after;
    }
    return end;
}

//  ', ', ' and ', ' to ' between two values; `at` if none.
static size_t skip_join (rap_text_t text, size_t at)
{
    size_t i = at;
    if (i < text.len && text.at[i] == ',')
        i++;
    i = rap_skip_space (text, i);
    rap_text_t rest = rap_text_from (text, i);
    if (rap_text_starts (rest, RAP_TEXT ("and ")))
        return i + 4;
    if (rap_text_starts (rest, RAP_TEXT ("to ")))
        return i + 3;
    return i < text.len && i > at && text.at[at] == ',' ? i : at;
}

//  Is what begins at `at` and ends at `end` rather the number of a resolution?
static bool is_number (rap_text_t text, size_t end)
{
    if (end < text.len && text.at[end] == '/')
        return true;
    size_t next = rap_skip_space (text, end);
    return next + 1 < text.len && text.at[next] == '('
           && (rap_is_digit (text.at[next + 1]) || rap_is_upper (text.at[next + 1]));
}

static size_t skip_values (rap_text_t text, size_t at)
{
    size_t end = skip_value (text, at);
    for (uint32_t i = 0; end > at && i < VALUES_MAX; i++) {
        size_t next = skip_join (text, end);
        size_t after = next > end ? skip_value (text, next) : next;
        if (after == next || is_number (text, after))
            break;
        end = after;
    }
    return end;
}

size_t rap_pinpoint_after (const rap_phrases_t *words, rap_text_t text, size_t at, rap_text_t *pinpoint)
{
    size_t first = at, end = at;
    for (uint32_t i = 0; i < PLACES_MAX; i++) {
        size_t next = end;
        if (!i)
            while (next < text.len && text.at[next] == ')')
                next++;
        size_t joined = skip_join (text, next);
        if (joined == next)
            joined = rap_skip_space (text, next);
        if (!i && joined < text.len && text.at[joined] == '(')
            joined++;
        size_t len;
        if (joined == end || rap_phrases_at (words, text, joined, &len) == RAP_NO_PHRASE)
            break;
        if (!i)
            first = joined;
        size_t value = rap_skip_space (text, joined + len), after = skip_values (text, value);
        end = after > value ? after : joined + len;
    }
    if (end == at)
        return at;
    *pinpoint = rap_text_of (text.at + first, end - first);
    return end;
}

rap_text_t rap_pinpoint_before (const rap_phrases_t *words, const rap_phrases_t *links, rap_text_t text, size_t from,
                                size_t start)
{
    size_t end = start, len, place_end = 0;
    for (uint32_t i = 0; i < WORDS_BACK_MAX && end > from; i++) {
        while (end > from && strchr (" \n,()", text.at[end - 1]))
            end--;
        size_t word = rap_word_before (text, end);
        if (word >= end || word < from)
            break;
        if (!i) {
            if (rap_phrases_at (links, text, word, &len) == RAP_NO_PHRASE)
                break;
            place_end = word;
            while (place_end > from && rap_is_space (text.at[place_end - 1]))
                place_end--;
        } else if (rap_phrases_at (words, text, word, &len) != RAP_NO_PHRASE) {
            return rap_text_of (text.at + word, place_end - word);
        } else if (!(rap_is_digit (text.at[word]) || (rap_is_upper (text.at[word]) && end - word <= 5)
                     || end - word <= 3)) {
            break; //  neither a value nor 'and', 'to', '(a)'
        }
        end = word;
    }
    return RAP_TEXT ("");
}
