//  markdown_inline: one walk; what needs a closing sign looks for it not far ahead.
#include "markdown_inline.h"

#include <stdio.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#include "glyph.h"

//  How far a closing sign is looked for, how deep emphasis nests.
enum { FAR = 4096, OPEN_MAX = 4, TAG_MAX = 256, RAISED_MAX = 8 };

typedef struct {
    rap_sheet_t *sheet;
    rap_text_t text;
    size_t at;
    unsigned set;
    struct {
        char sign;
        unsigned set; //  what held before
    } open[OPEN_MAX];
    uint32_t opened;
    size_t link_end, link_after; //  the ']' of the link that we are in, and what follows its target; 0 none
    unsigned *flags;
    rap_reason_t *reason;
} walk_t;

static char peek (const walk_t *w, size_t at)
{
    return at < w->text.len ? w->text.at[at] : ' ';
}

static bool is_gap (char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void put (walk_t *w, size_t from, size_t to)
{
    if (to > from)
        rap_sheet_put (w->sheet, rap_text_of (w->text.at + from, to - from), w->set);
}

//  Byte of the next `sign` within reach; text.len if there is none.
static size_t find (const walk_t *w, size_t at, char sign)
{
    size_t left = at < w->text.len ? w->text.len - at : 0;
    const char *found = left ? memchr (w->text.at + at, sign, left < FAR ? left : FAR) : NULL;
    return found ? (size_t)(found - w->text.at) : w->text.len;
}

static rap_status_t break_line (walk_t *w)
{
    rap_status_t status = rap_sheet_end (w->sheet, *w->flags, 0, w->reason);
    *w->flags = 0;
    return status;
}

//  --- emphasis ---------------------------------------------------------------

static size_t run_of (const walk_t *w, size_t at, char sign)
{
    size_t len = 0;
    while (at + len < w->text.len && w->text.at[at + len] == sign)
        len++;
    return len;
}

static bool may_close (const walk_t *w, size_t at, size_t len)
{
    if (!at || is_gap (w->text.at[at - 1]))
        return false;
    return w->text.at[at] == '*' || !glyph_is_wordy (peek (w, at + len));
}

//  Whether a run that closes follows.
static bool is_closed (const walk_t *w, size_t at, char sign)
{
    for (size_t end = w->text.len < at + FAR ? w->text.len : at + FAR; at < end; at++) {
        if (w->text.at[at] == '\\') {
            at++;
        } else if (w->text.at[at] == sign) {
            size_t len = run_of (w, at, sign);
            if (may_close (w, at, len))
                return true;
            at += len - 1;
        }
    }
    return false;
}

//  Stars of print, at a word's end or a line's beginning: a note's mark, or itself.
static void put_stars (walk_t *w, size_t count)
{
    rap_text_t stars = rap_text_of ("********", count < 8 ? count : 8);
    bool ends_word = rap_sheet_is_empty (w->sheet) ? is_gap (peek (w, w->at)) : !glyph_is_wordy (peek (w, w->at));
    if (ends_word && count <= 6)
        rap_sheet_mark (w->sheet, stars, RAP_TEXT (""));
    else
        rap_sheet_put (w->sheet, stars, w->set);
}

static void take_emphasis (walk_t *w, char sign)
{
    size_t from = w->at, len = run_of (w, from, sign);
    w->at += len;
    if (w->opened && w->open[w->opened - 1].sign == sign && may_close (w, from, len)) {
        w->set = w->open[--w->opened].set;
        return;
    }
    bool opens =
        len <= 3 && !is_gap (peek (w, w->at)) && (sign == '*' || !from || !glyph_is_wordy (peek (w, from - 1)));
    if (opens && w->opened < OPEN_MAX && is_closed (w, w->at, sign)) {
        w->open[w->opened].sign = sign;
        w->open[w->opened++].set = w->set;
        w->set |= (len != 2 ? RAP_RUN_ITALIC : 0U) | (len > 1 ? RAP_RUN_BOLD : 0U);
        return;
    }
    if (sign == '*')
        put_stars (w, len);
    else
        put (w, from, w->at);
}

//  --- links and notes --------------------------------------------------------

static void take_note (walk_t *w, rap_text_t label)
{
    char number[16];
    rap_text_t mark = rap_sheet_mark_with (w->sheet, label);
    if (!mark.len)
        mark = rap_sheet_mark_of (label, false);
    if (!mark.len) {
        snprintf (number, sizeof number, "%u", rap_sheet_marks (w->sheet) + 1);
        mark = rap_text (number);
    }
    rap_sheet_mark (w->sheet, mark, label);
}

//  '[^12]' is a note's mark; of '[text](target)' and '[text][name]' the text stays.
static void take_bracket (walk_t *w)
{
    size_t from = w->at++, close = find (w, from, ']');
    if (close < w->text.len && peek (w, from + 1) == '^' && close > from + 2) {
        take_note (w, rap_text_of (w->text.at + from + 2, close - from - 2));
        w->at = close + 1;
        return;
    }
    char after = peek (w, close + 1);
    size_t end = after == '(' ? find (w, close, ')') : after == '[' ? find (w, close + 1, ']') : w->text.len;
    bool link = !w->link_end && close < w->text.len && end < w->text.len
                && !memchr (w->text.at + from + 1, '[', close - from - 1);
    if (!link) {
        put (w, from, from + 1);
        return;
    }
    w->link_end = close;
    w->link_after = end + 1;
}

static void take_close (walk_t *w)
{
    if (w->link_end && w->at == w->link_end) {
        w->at = w->link_after;
        w->link_end = 0;
        return;
    }
    put (w, w->at, w->at + 1);
    w->at++;
}

static void take_image (walk_t *w)
{
    size_t close = find (w, w->at, ']'), end = peek (w, close + 1) == '(' ? find (w, close, ')') : w->text.len;
    if (peek (w, w->at + 1) != '[' || end >= w->text.len) {
        put (w, w->at, w->at + 1);
        w->at++;
        return;
    }
    w->at = end + 1;
}

//  --- tags and entities ------------------------------------------------------

static bool is_tag (rap_text_t tag, const char *name)
{
    size_t len = strlen (name);
    return tag.len >= len && strncasecmp (tag.at, name, len) == 0
           && (tag.len == len || tag.at[len] == ' ' || tag.at[len] == '/');
}

static void put_raised (walk_t *w, rap_text_t text)
{
    rap_text_t mark = rap_sheet_mark_of (text, false);
    if (mark.len)
        rap_sheet_mark (w->sheet, mark, RAP_TEXT (""));
    else
        rap_sheet_put (w->sheet, text, w->set);
}

static rap_status_t take_angle (walk_t *w)
{
    size_t from = w->at, close = find (w, from, '>');
    rap_text_t tag = close < w->text.len ? rap_text_of (w->text.at + from + 1, close - from - 1) : RAP_TEXT ("");
    bool end = tag.len && tag.at[0] == '/';
    rap_text_t name = rap_text_from (tag, end);
    if (!name.len || tag.len > TAG_MAX || !glyph_is_letter (name.at[0])) {
        put (w, from, from + 1);
        w->at++;
        return RAP_OK;
    }
    w->at = close + 1;
    if (is_tag (name, "br"))
        return break_line (w);
    if (memchr (name.at, ':', name.len) && !memchr (name.at, ' ', name.len)) { //  an address
        rap_sheet_put (w->sheet, name, w->set);
    } else if (is_tag (name, "i") || is_tag (name, "em")) {
        w->set = end ? w->set & ~(unsigned)RAP_RUN_ITALIC : w->set | RAP_RUN_ITALIC;
    } else if (is_tag (name, "b") || is_tag (name, "strong")) {
        w->set = end ? w->set & ~(unsigned)RAP_RUN_BOLD : w->set | RAP_RUN_BOLD;
    } else if (is_tag (name, "sup") && !end) {
        size_t stop = find (w, w->at, '<');
        if (stop < w->text.len && stop - w->at <= RAISED_MAX) {
            put_raised (w, rap_text_of (w->text.at + w->at, stop - w->at));
            w->at = stop;
        }
    }
    return RAP_OK;
}

static size_t utf8_of (unsigned point, char out[4])
{
    if (point < 0x20 || (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF)
        return 0;
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)(len == 2 ? 0xC0 | point : len == 3 ? 0xE0 | point : 0xF0 | point);
    return len;
}

static void take_entity (walk_t *w)
{
    enum { NAME_MAX_BYTES = 10 };
    char name[NAME_MAX_BYTES + 1] = "", utf8[4];
    size_t len = 0, from = w->at + 1;
    while (len < NAME_MAX_BYTES
           && (glyph_is_letter (peek (w, from + len)) || glyph_is_digit (peek (w, from + len))
               || peek (w, from + len) == '#'))
        len++;
    memcpy (name, w->text.at + from, len);
    unsigned point = 0;
    const htmlEntityDesc *known = len ? htmlEntityLookup (BAD_CAST name) : NULL;
    if (peek (w, from + len) == ';' && known)
        point = known->value;
    else if (peek (w, from + len) == ';' && name[0] == '#'
             && sscanf (name, name[1] == 'x' || name[1] == 'X' ? "#%*c%6x" : "#%7u", &point) != 1)
        point = 0;
    size_t made = utf8_of (point, utf8);
    if (made)
        rap_sheet_put (w->sheet, rap_text_of (utf8, made), w->set);
    else
        put (w, w->at, w->at + 1);
    w->at += made ? len + 2 : 1;
}

//  --- the rest ---------------------------------------------------------------

static void take_escape (walk_t *w)
{
    char next = peek (w, w->at + 1);
    if (next == '*') {
        size_t count = 0;
        for (; peek (w, w->at) == '\\' && peek (w, w->at + 1) == '*'; w->at += 2)
            count++;
        put_stars (w, count);
        return;
    }
    bool escapes = next > ' ' && next < 0x7F && !glyph_is_letter (next) && !glyph_is_digit (next);
    if (escapes)
        rap_sheet_put (w->sheet, rap_text_of (&next, 1), w->set);
    else if (next != '\n' && next != '\r')
        put (w, w->at, w->at + 1);
    w->at += escapes ? 2 : 1;
}

//  `code` is text as it is.
static void take_code (walk_t *w)
{
    size_t from = w->at, len = run_of (w, from, '`');
    size_t close = find (w, from + len, '`');
    while (close < w->text.len && run_of (w, close, '`') != len)
        close = find (w, close + run_of (w, close, '`'), '`');
    bool code = close < w->text.len;
    put (w, code ? from + len : from, code ? close : from + len);
    w->at = code ? close + len : from + len;
}

//  '^12^' of Pandoc.
static void take_caret (walk_t *w)
{
    size_t close = find (w, w->at + 1, '^');
    if (close >= w->text.len || close - w->at - 1 > RAISED_MAX || close == w->at + 1) {
        put (w, w->at, w->at + 1);
        w->at++;
        return;
    }
    put_raised (w, rap_text_of (w->text.at + w->at + 1, close - w->at - 1));
    w->at = close + 1;
}

//  Raised digits with which a line begins are a note's own mark.
static bool take_raised (walk_t *w)
{
    size_t len = 0, n;
    uint32_t digit;
    while ((n = glyph_raised (rap_text_from (w->text, w->at + len), &digit)))
        len += n;
    if (!len || !rap_sheet_is_empty (w->sheet) || !is_gap (peek (w, w->at + len)))
        return false;
    rap_sheet_put (w->sheet, rap_text_of (w->text.at + w->at, len), RAP_RUN_MARK);
    w->at += len;
    return true;
}

static bool is_special (char c)
{
    return strchr ("\\*_`[]!<&^~\r", c) && c;
}

static rap_status_t take_special (walk_t *w)
{
    switch (peek (w, w->at)) {
    case '\\':
        take_escape (w);
        break;
    case '*':
    case '_':
        take_emphasis (w, peek (w, w->at));
        break;
    case '`':
        take_code (w);
        break;
    case '[':
        take_bracket (w);
        break;
    case ']':
        take_close (w);
        break;
    case '!':
        take_image (w);
        break;
    case '<':
        return take_angle (w);
    case '&':
        take_entity (w);
        break;
    case '^':
        take_caret (w);
        break;
    case '~': //  '~~struck out~~'
        if (run_of (w, w->at, '~') != 2)
            put (w, w->at, w->at + run_of (w, w->at, '~'));
        w->at += run_of (w, w->at, '~');
        break;
    default:
        w->at++;
        return break_line (w);
    }
    return RAP_OK;
}

rap_status_t rap_markdown_inline (rap_sheet_t *sheet, rap_text_t text, unsigned *flags, rap_reason_t *reason)
{
    walk_t w = {.sheet = sheet, .text = text, .flags = flags, .reason = reason};
    rap_status_t status = RAP_OK;
    while (w.at < text.len && status == RAP_OK) {
        size_t from = w.at;
        if (rap_sheet_is_empty (sheet) && (unsigned char)text.at[w.at] >= 0x80 && take_raised (&w))
            continue;
        while (w.at < text.len && !is_special (text.at[w.at]))
            w.at++;
        put (&w, from, w.at);
        if (w.at < text.len)
            status = take_special (&w);
    }
    return status;
}
