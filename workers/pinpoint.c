//  pinpoint: words like 'para.' and the values after them.

#include "pinpoint.h"

#include <string.h>

enum {
    VALUE_BYTES_MAX = 24, //  'I.A.2 (a) (iv)'
    VALUES_MAX = 32,      //  'paras. 1, 2 and 5-7'
    PLACES_MAX = 8,       //  'chap. I, sect. D, para. 5'
    WORDS_BACK_MAX = 10,
    ACT_BYTES_MAX = 12, //  '15/CMA.19'
    ACT_DIGITS_MAX = 3, //  a longer one is of a body that numbers through
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
        size_t last = after + rap_hyphen_at (text, after); //  '3 (a)-(c)'
        end = last > after ? skip_brackets (text, last) : after;
        end = end > last ? end : after;
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
    if (end < text.len && text.at[end] == '/') //  'article 24/7'
        return at;
    for (uint32_t i = 0; end > at && i < VALUES_MAX; i++) {
        size_t next = skip_join (text, end);
        size_t after = next > end ? skip_value (text, next) : next;
        if (after == next || is_number (text, after))
            break;
        end = after;
    }
    return end;
}

//  'of', ' of' at `at`, so that the place before it belongs to what comes?
static bool is_linked (const rap_pinpoint_t *self, rap_text_t text, size_t at)
{
    size_t len, next = rap_skip_space (text, at);
    return next > at && rap_phrases_at (self->links, text, next, &len) != RAP_NO_PHRASE;
}

//  The number of a resolution as a document prints it: 1, VI, X/2, 1/CP.21. Not 10/1,
//  which is a citation of its own. `at` if none.
static size_t skip_act (rap_text_t text, size_t at)
{
    size_t end = at;
    while (end < text.len && end - at < ACT_BYTES_MAX && (rap_is_digit (text.at[end]) || rap_is_upper (text.at[end])))
        end++;
    bool counted = end > at && rap_is_digit (text.at[end - 1]);
    if (counted && end - at > ACT_DIGITS_MAX)
        return at;
    if (end + 1 < text.len && end > at && text.at[end] == '/') {
        if (rap_is_digit (text.at[end + 1]) == counted)
            return at;
        for (end++; end < text.len && end - at < ACT_BYTES_MAX; end++)
            if (!rap_is_digit (text.at[end]) && !rap_is_upper (text.at[end])
                && !(text.at[end] == '.' && end + 1 < text.len && rap_is_digit (text.at[end + 1])))
                break;
    }
    return end < text.len && rap_is_word_at (text, end) ? at : end;
}

//  One place at `at`: 'annex II', 'paras. 5-7', and where `prints`, 'resolution 2'.
//  *act: it is one of these.
static size_t skip_place (const rap_pinpoint_t *self, rap_text_t text, size_t at, bool prints, bool *act)
{
    size_t len;
    *act = false;
    if (prints && rap_phrases_at (self->acts, text, at, &len) != RAP_NO_PHRASE) {
        size_t number = rap_skip_space (text, at + len), end = skip_act (text, number);
        *act = end > number;
        return *act ? end : at;
    }
    uint32_t alone = rap_phrases_at (self->words, text, at, &len);
    if (alone == RAP_NO_PHRASE)
        return at;
    size_t value = rap_skip_space (text, at + len), end = skip_values (text, value);
    return end > value ? end : alone ? at + len : at;
}

//  Places with commas or 'and' between from `at` on; what ends them in *end, false if
//  there are none. *act: one of them is a resolution.
static bool read_places (const rap_pinpoint_t *self, rap_text_t text, size_t at, bool prints, size_t *end, bool *act)
{
    *end = at;
    for (uint32_t i = 0; i < PLACES_MAX; i++) {
        size_t place = *end;
        if (i) {
            place = skip_join (text, *end);
            if (place == *end)
                place = rap_skip_space (text, *end);
            if (place == *end)
                break;
        }
        bool is_act, listed = !i || (text.at[*end] == ',' && rap_skip_space (text, *end + 1) == place);
        size_t after = skip_place (self, text, place, prints && listed, &is_act);
        if (after == place || is_linked (self, text, after))
            break;
        *act = *act || is_act;
        *end = after;
    }
    return *end > at;
}

size_t rap_pinpoint_after (const rap_pinpoint_t *self, rap_text_t text, size_t at, bool prints, rap_text_t *pinpoint)
{
    size_t closed = at, len, end;
    while (closed < text.len && text.at[closed] == ')')
        closed++;
    size_t first = skip_join (text, closed);
    if (first == closed)
        first = rap_skip_space (text, closed);
    //  'and decision 8 was taken' is another sentence
    bool listed = closed < text.len && text.at[closed] == ',' && rap_skip_space (text, closed + 1) == first;
    if (first == at && !(at < text.len && text.at[at] == '('))
        return at;
    bool bracket = first < text.len && text.at[first] == '(', act = false, seen = false;
    first += bracket;
    //  '(see para. 26, draft resolution I)' after what became of it; '(see para. 5)' is of this document
    size_t place = first;
    if (bracket && prints && rap_phrases_at (self->see, text, first, &len) != RAP_NO_PHRASE) {
        seen = true;
        place = rap_skip_space (text, first + len);
    }
    if (!read_places (self, text, place, prints && (listed || bracket), &end, &act) || (seen && !act))
        return at;
    *pinpoint = rap_text_of (text.at + first, end - first);
    return end;
}

rap_text_t rap_pinpoint_before (const rap_pinpoint_t *self, rap_text_t text, size_t from, size_t start)
{
    size_t end = start, len, place_end = 0;
    uint32_t alone;
    while (end > from && rap_is_space (text.at[end - 1]))
        end--;
    size_t article = rap_word_before (text, end);
    if (article > from && rap_phrases_at (self->the, text, article, &len) != RAP_NO_PHRASE && article + len == end)
        end = article;
    for (uint32_t i = 0; i < WORDS_BACK_MAX && end > from; i++) {
        while (end > from && strchr (" \n,()", text.at[end - 1]))
            end--;
        size_t word = rap_word_before (text, end);
        if (word >= end || word < from)
            break;
        if (!i) {
            if (rap_phrases_at (self->links, text, word, &len) == RAP_NO_PHRASE)
                break;
            place_end = word;
            while (place_end > from && rap_is_space (text.at[place_end - 1]))
                place_end--;
        } else if ((alone = rap_phrases_at (self->words, text, word, &len)) != RAP_NO_PHRASE) {
            //  'the relevant paragraphs of' are no place
            return alone || place_end > word + len ? rap_text_of (text.at + word, place_end - word) : RAP_TEXT ("");
        } else if (!(rap_is_digit (text.at[word]) || (rap_is_upper (text.at[word]) && end - word <= 5)
                     || end - word <= 3)) {
            break; //  neither a value nor 'and', 'to', '(a)'
        }
        end = word;
    }
    return RAP_TEXT ("");
}
