//  division: a word of the rules, a number, and what stands behind it.
#include "division.h"

#include "draft.h"
#include "glyph.h"

enum { TITLE_MAX = 240, NUMBER_MAX = 8 };

static bool is_number (rap_text_t text)
{
    size_t digits = 0, capitals = 0;
    for (size_t i = 0; i < text.len; i++) {
        digits += glyph_is_digit (text.at[i]);
        capitals += glyph_is_upper (text.at[i]);
    }
    if (!text.len || text.len > NUMBER_MAX)
        return false;
    return digits == text.len || (capitals == 1 && text.len == 1)
           || (capitals == text.len && rap_roman_value (text) > 0);
}

//  Bytes of stops, dashes and spaces between a number and a title, at the text's start.
static size_t stop_len (rap_text_t text)
{
    size_t at = 0;
    while (at < text.len) {
        if (strchr (".:-) ", text.at[at]))
            at++;
        else if (glyph_has (rap_text_from (text, at), "\xE2\x80\x93")
                 || glyph_has (rap_text_from (text, at), "\xE2\x80\x94"))
            at += 3;
        else
            break;
    }
    return at;
}

static bool is_latin_number (rap_text_t word)
{
    return rap_text_equal (word, RAP_TEXT ("bis")) || rap_text_equal (word, RAP_TEXT ("ter"))
           || rap_text_equal (word, RAP_TEXT ("quater"));
}

static rap_text_t word_at (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && (glyph_is_letter (text.at[len]) || glyph_is_digit (text.at[len])))
        len++;
    return rap_text_of (text.at, len);
}

//  'bis' behind a number belongs to it.
static rap_text_t whole_number (rap_text_t number, rap_text_t rest)
{
    rap_text_t next = rest.len > 1 && rest.at[0] == ' ' ? word_at (rap_text_from (rest, 1)) : RAP_TEXT ("");
    return is_latin_number (next) ? rap_text_of (number.at, number.len + 1 + next.len) : number;
}

rap_division_t rap_division_of (const rap_rules_t *rules, rap_text_t text, char ends)
{
    rap_division_t none = {.rank = 0};
    const rap_phrase_t *found =
        glyph_starts_upper (text) ? rap_rules_begins (rules, RAP_PHRASE_DIVISION, text) : NULL;
    if (!found || found->phrase.len + 1 >= text.len || text.at[found->phrase.len] != ' ')
        return none;
    rap_text_t number = word_at (rap_text_from (text, found->phrase.len + 1));
    if (!is_number (number))
        return none;
    size_t at = (size_t)(number.at - text.at) + number.len;
    number = whole_number (number, rap_text_from (text, at));
    at = (size_t)(number.at - text.at) + number.len;
    size_t stop = stop_len (rap_text_from (text, at));
    rap_text_t rest = rap_text_trim (rap_text_from (text, at + stop));
    bool stopped = stop && text.at[at] != ' '; //  by more than a space
    while (rest.len && rest.at[0] == '*')
        rest = rap_text_trim (rap_text_from (rest, 1));
    rap_division_t division = {.rank = (uint32_t)(found - rules->phrases[RAP_PHRASE_DIVISION]) + 1,
                               .word = found->value,
                               .number = number,
                               .title = RAP_TEXT ("")};
    if (!rest.len)
        return division;
    if (!glyph_starts_upper (rest) || (!stop && rest.len) || (ends && ends != '?' && !stopped))
        return none;
    if (!ends || ends == '?' || rest.len < 2)
        division.title = rest.len <= TITLE_MAX ? rest : RAP_TEXT ("");
    else
        division.text = (uint32_t)(rest.at - text.at);
    return division.title.len || division.text ? division : none;
}
