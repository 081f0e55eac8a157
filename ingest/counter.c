//  counter: how a text is numbered at its beginning, and how it ends.
#include "draft.h"

#include "glyph.h"

//  --- counters ---------------------------------------------------------------

static rap_counter_t counter (rap_count_t kind, uint32_t number, size_t label_at, size_t label, size_t len)
{
    return (rap_counter_t){.kind = kind,
                           .number = number,
                           .label = (uint32_t)label,
                           .label_at = (uint32_t)label_at,
                           .len = (uint32_t)len};
}

static bool is_end_or_space (rap_text_t text, size_t at)
{
    return at >= text.len || text.at[at] == ' ';
}

//  '4.Requests': the space after a clause's number is lost.
static bool is_tight_word (rap_text_t text, size_t at)
{
    return at + 2 < text.len && glyph_is_upper (text.at[at]) && glyph_is_lower (text.at[at + 1])
           && glyph_is_lower (text.at[at + 2]);
}

//  '12. ' and '1.2.3 '.
static rap_counter_t arabic (rap_text_t text)
{
    rap_counter_t none = {.kind = RAP_COUNT_NONE};
    size_t at = 0, label = 0;
    uint32_t numbers = 0, value = 0;
    while (at < text.len && glyph_is_digit (text.at[at])) {
        value = 0;
        size_t from = at;
        while (at < text.len && at - from < 6 && glyph_is_digit (text.at[at]))
            value = value * 10 + (uint32_t)(text.at[at++] - '0');
        if (at - from > 5)
            return none;
        numbers++;
        label = at;
        if (at >= text.len || text.at[at] != '.')
            break;
        at++;
    }
    bool dotted = numbers && at > label;
    if (numbers == 1 && dotted && is_end_or_space (text, at) && label <= 4)
        return counter (RAP_COUNT_ARABIC, value, 0, label, at + (at < text.len));
    if (numbers == 1 && dotted && label <= 3 && is_tight_word (text, at))
        return counter (RAP_COUNT_ARABIC, value, 0, label, at);
    if (numbers > 1 && at < text.len && text.at[at] == ' ' && glyph_starts_upper (rap_text_from (text, at + 1)))
        return counter (RAP_COUNT_DECIMAL, numbers, 0, label, at + 1);
    return none;
}

uint32_t rap_roman_value (rap_text_t text)
{
    static const char digits[] = "IVXLC";
    static const uint32_t values[] = {1, 5, 10, 50, 100};
    uint32_t sum = 0, last = 0;
    for (size_t i = text.len; i-- > 0;) {
        const char *digit = memchr (digits, text.at[i] & ~32, sizeof digits - 1);
        if (!digit)
            return 0;
        uint32_t value = values[digit - digits];
        sum = value < last ? sum - value : sum + value;
        last = value > last ? value : last;
    }
    return sum;
}

//  'IV. ' and 'B. '; a letter that may be either counts as a capital if it is none of I, V, X.
static rap_counter_t capital (rap_text_t text)
{
    size_t len = 0;
    while (len < text.len && len < 8 && glyph_is_upper (text.at[len]))
        len++;
    bool closed = len && len < text.len && text.at[len] == '.' && is_end_or_space (text, len + 1);
    if (!closed || len + 2 >= text.len || !glyph_starts_upper (rap_text_from (text, len + 2)))
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    uint32_t roman = rap_roman_value (rap_text_of (text.at, len));
    if (len == 1 && !strchr ("IVX", text.at[0]))
        return counter (RAP_COUNT_CAPITAL, (uint32_t)(text.at[0] - 'A' + 1), 0, 1, 3);
    return roman ? counter (RAP_COUNT_ROMAN, roman, 0, len, len + 2) : (rap_counter_t){.kind = RAP_COUNT_NONE};
}

//  '(a) ', '(iv) ', '(12) '.
static rap_counter_t parenthesis (rap_text_t text)
{
    size_t len = 1;
    while (len < text.len && len < 7 && (glyph_is_lower (text.at[len]) || glyph_is_digit (text.at[len])))
        len++;
    rap_text_t inner = rap_text_of (text.at + 1, len - 1);
    size_t stop = len + 1; //  '(b).' is seen, too
    stop += stop < text.len && text.at[stop] == '.' && stop + 1 < text.len;
    if (!inner.len || len >= text.len || text.at[len] != ')' || !is_end_or_space (text, stop))
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    bool digits = glyph_is_digit (inner.at[0]);
    if (digits && inner.len > 2) //  the year of a resolution
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    uint32_t roman = digits ? 0 : rap_roman_value (inner);
    bool doubled = inner.len == 2 && inner.at[0] == inner.at[1]; //  (aa)
    if (!digits && inner.len > 1 && !roman && !doubled)
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    uint32_t number = 0;
    if (inner.len == 1 && !digits)
        number = (uint32_t)(inner.at[0] - 'a' + 1);
    return counter (RAP_COUNT_PAREN, number ? number : roman, 0, len + 1, stop + (stop < text.len));
}

//  'a. ', 'b) '.
static rap_counter_t small (rap_text_t text)
{
    if (text.len < 4 || !glyph_is_lower (text.at[0]) || (text.at[1] != '.' && text.at[1] != ')') || text.at[2] != ' ')
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    return counter (RAP_COUNT_SMALL, (uint32_t)(text.at[0] - 'a' + 1), 0, 1, 3);
}

static rap_counter_t bullet (rap_text_t text)
{
    if (glyph_is_letter (text.at[0]) && text.at[0] != 'o')
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    static const char *const bullets[] = {"\xE2\x80\xA2",
                                          "\xC2\xB7",
                                          "\xE2\x97\x8F",
                                          "\xE2\x97\xA6",
                                          "\xE2\x96\xAA",
                                          "\xE2\x80\x93",
                                          "\xE2\x80\x94",
                                          "\xE2\x80\xA3",
                                          "\xEF\x82\xB7",
                                          "-",
                                          "o",
                                          "+"};
    for (size_t i = 0; i < sizeof bullets / sizeof *bullets; i++) {
        size_t len = strlen (bullets[i]);
        if (glyph_has (text, bullets[i]) && len + 1 < text.len && text.at[len] == ' '
            && (text.at[0] != 'o' || glyph_starts_upper (rap_text_from (text, 2))))
            return counter (RAP_COUNT_BULLET, 0, 0, 0, len + 1);
    }
    return (rap_counter_t){.kind = RAP_COUNT_NONE};
}

rap_counter_t rap_counter_of (rap_text_t text)
{
    if (!text.len)
        return (rap_counter_t){.kind = RAP_COUNT_NONE};
    char first = text.at[0];
    if (glyph_is_digit (first))
        return arabic (text);
    if (glyph_is_upper (first))
        return capital (text);
    if (first == '(')
        return parenthesis (text);
    rap_counter_t found = small (text);
    return found.kind ? found : bullet (text);
}

//  --- endings ----------------------------------------------------------------

static size_t without_closing (rap_text_t text)
{
    size_t len = text.len;
    for (;;) {
        if (len && glyph_is_of (text.at[len - 1], " )]\"'"))
            len--;
        else if (len >= 3 && (unsigned char)text.at[len - 3] == 0xE2 && (unsigned char)text.at[len - 2] == 0x80
                 && ((unsigned char)text.at[len - 1] == 0x99 || (unsigned char)text.at[len - 1] == 0x9D))
            len -= 3;
        else
            return len;
    }
}

//  Without a mark that the layout lowered to the line, as in '... session;3'.
static size_t without_mark (rap_text_t text, size_t len)
{
    size_t from = len;
    while (from && len - from < 4 && glyph_is_digit (text.at[from - 1]))
        from--;
    if (from == len || from < 2 || len - from > 3 || !glyph_is_of (text.at[from - 1], ".;:,")
        || text.at[from - 2] == '.')
        return len;
    char stop = text.at[from - 1];
    size_t digits = 0, word = from - 1;
    while (word > 0 && from - word < RAP_WORD_MAX && text.at[word - 1] != ' ')
        word--;
    bool slash = memchr (text.at + word, '/', from - word) != NULL;
    while (digits < from - 1 - word && glyph_is_digit (text.at[from - 2 - digits]))
        digits++;
    //  '.../L.2' is a symbol, '1,200' a number; '73/28,2', '2030,4' and '2030;4' end in a mark.
    bool marked = stop == '.' ? !digits && !slash : stop != ',' || !digits || slash || digits == 4;
    //  '... Council,1,2': what is before the last one is a mark itself.
    size_t before = !marked && stop == ',' ? without_mark (text, from - 1) : from - 1;
    return marked ? from : before < from - 1 ? before : len;
}

//  The ';' or ',' before 'and' or 'or' at a text's end; 0 if it does not end so.
static char before_conjunction (rap_text_t text)
{
    static const rap_text_t words[] = {{" and", 4}, {" or", 3}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text.len > words[i].len && rap_text_ends (text, words[i])) {
            char before = text.at[text.len - words[i].len - 1];
            return before == ';' || before == ',' ? before : 0;
        }
    return 0;
}

char rap_text_ending (rap_text_t text)
{
    size_t len = without_closing (text);
    if (!len)
        return 0;
    len = without_mark (text, len);
    char last = text.at[len - 1];
    if (last == ',') { //  '...; and,' ends as '...; and' does
        char conjunction = before_conjunction (rap_text_of (text.at, len - 1));
        return conjunction ? conjunction : ',';
    }
    return glyph_is_of (last, ".;:?!") ? last : before_conjunction (rap_text_of (text.at, len));
}
