//  xml_input: a look at the head, a conversion, a count of attributes.
#include "xml_input.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <strings.h>

#include "rapporteur/limits.h"
#include "rapporteur/utf8.h"

#include "glyph.h"

#define BOM RAP_TEXT ("\xEF\xBB\xBF")

//  --- what it is -------------------------------------------------------------

typedef enum { PLAIN, LITTLE, BIG } wide_t;

//  UTF-16 by its byte order mark, or by a first '<'.
static wide_t wide_of (rap_text_t bytes)
{
    if (glyph_has (bytes, "\xFF\xFE") || rap_text_starts (bytes, RAP_TEXT ("<\0")))
        return LITTLE;
    return glyph_has (bytes, "\xFE\xFF") || rap_text_starts (bytes, RAP_TEXT ("\0<")) ? BIG : PLAIN;
}

//  The first characters of UTF-16, those beyond ASCII as '?'; all of anything else.
static rap_text_t head_of (rap_text_t bytes, char room[RAP_XML_HEAD])
{
    wide_t wide = wide_of (bytes);
    size_t len = 0;
    if (wide == PLAIN)
        return rap_text_from (bytes, rap_text_starts (bytes, BOM) ? BOM.len : 0);
    for (size_t at = 0; at + 2 <= bytes.len && len < RAP_XML_HEAD; at += 2) {
        unsigned char low = (unsigned char)bytes.at[at + (wide == BIG)],
                      high = (unsigned char)bytes.at[at + (wide == LITTLE)];
        room[len++] = (char)(high == 0 && low < 0x80 && low ? low : '?');
    }
    return rap_text_of (room, len);
}

static bool has_word (rap_text_t text, const char *word)
{
    size_t len = strlen (word);
    return text.len >= len && strncasecmp (text.at, word, len) == 0;
}

//  Byte after the next `end`, from `at` on; text.len if there is none.
static size_t after (rap_text_t text, size_t at, rap_text_t end)
{
    const char *found = at < text.len ? memmem (text.at + at, text.len - at, end.at, end.len) : NULL;
    return found ? (size_t)(found - text.at) + end.len : text.len;
}

//  After a document type, with what it declares in brackets.
static size_t after_doctype (rap_text_t head)
{
    size_t end = after (head, 9, RAP_TEXT (">"));
    const char *open = memchr (head.at, '[', end);
    if (!open)
        return end;
    size_t close = after (head, (size_t)(open - head.at), RAP_TEXT ("]"));
    return after (head, close, RAP_TEXT (">"));
}

//  The head from its first tag on: without marks, white space, declarations and comments.
static rap_text_t first_tag (rap_text_t head, bool *declared, bool *doctype)
{
    while (head.len && head.at[0] == '?')
        head = rap_text_from (head, 1);
    for (;;) {
        head = rap_text_trim (head);
        if (glyph_has (head, "<?")) {
            *declared = *declared || has_word (head, "<?xml ");
            head = rap_text_from (head, after (head, 2, RAP_TEXT ("?>")));
        } else if (glyph_has (head, "<!--")) {
            head = rap_text_from (head, after (head, 4, RAP_TEXT ("-->")));
        } else if (has_word (head, "<!doctype html")) {
            *doctype = true;
            return head;
        } else if (has_word (head, "<!doctype")) {
            head = rap_text_from (head, after_doctype (head));
        } else {
            return head;
        }
    }
}

static rap_text_t tag_name (rap_text_t head)
{
    size_t len = 1;
    while (len < head.len && (glyph_is_wordy (head.at[len]) || memchr (":_.-", head.at[len], 4)))
        len++;
    return head.len && head.at[0] == '<' && len > 1 ? rap_text_of (head.at + 1, len - 1) : RAP_TEXT ("");
}

static bool is_one_of (rap_text_t name, const char *const *tags)
{
    for (; *tags; tags++)
        if (name.len == strlen (*tags) && strncasecmp (name.at, *tags, name.len) == 0)
            return true;
    return false;
}

//  Tags that begin a page, whatever stands before them.
static bool is_page_tag (rap_text_t name)
{
    static const char *const tags[] = {"html", "head", "body", "title", "meta", "link", "style", "script", NULL};
    return is_one_of (name, tags);
}

//  Tags that may begin a piece of a page: then it ends with a tag, too. Text, and
//  Markdown above all, may begin with a tag but not end so.
static bool is_piece (rap_text_t name, rap_text_t head)
{
    static const char *const tags[] = {"h1", "h2", "h3",      "div",     "font",   "table",  "a",  "b",  "br",
                                       "p",  "ol", "ul",      "pre",     "center", "header", "i",  "em", "strong",
                                       "hr", "dl", "article", "section", "main",   "span",   "h4", NULL};
    head = rap_text_trim (head);
    return head.len && head.at[head.len - 1] == '>' && memmem (head.at, head.len, "</", 2) && is_one_of (name, tags);
}

rap_xml_kind_t rap_xml_input_kind (rap_text_t bytes, char room[RAP_XML_HEAD], rap_text_t *root)
{
    bool declared = false, doctype = false;
    rap_text_t head = first_tag (head_of (bytes, room), &declared, &doctype), name = tag_name (head);
    if (root)
        *root = name;
    const char *colon = name.len ? memchr (name.at, ':', name.len) : NULL;
    rap_text_t local = colon ? rap_text_from (name, (size_t)(colon - name.at) + 1) : name;
    if (rap_text_equal (local, RAP_TEXT ("akomaNtoso")))
        return RAP_XML_AKN;
    if (doctype || is_page_tag (name) || is_piece (name, head))
        return RAP_XML_HTML;
    return declared ? RAP_XML_OTHER : RAP_XML_NONE;
}

//  --- the charset ------------------------------------------------------------

enum { CHARSET_MAX = 40 };

//  The value after `word` and '=' in the head, in quotes or not.
static rap_text_t value_after (rap_text_t head, const char *word)
{
    for (size_t at = 0; at + 1 < head.len; at++) {
        if (!has_word (rap_text_from (head, at), word))
            continue;
        size_t from = at + strlen (word);
        while (from < head.len && glyph_is_space (head.at[from]))
            from++;
        if (from >= head.len || head.at[from] != '=')
            continue;
        from++;
        while (from < head.len && memchr (" \t\r\n\"'", head.at[from], 6))
            from++;
        size_t to = from;
        while (to < head.len && (glyph_is_wordy (head.at[to]) || memchr ("-_.:", head.at[to], 4)))
            to++;
        return rap_text_of (head.at + from, to - from);
    }
    return RAP_TEXT ("");
}

//  Up to where a page may declare its charset.
static rap_text_t declaring_part (rap_text_t head, rap_xml_kind_t kind)
{
    if (kind == RAP_XML_HTML && !has_word (head, "<?xml"))
        return head;
    return rap_text_of (head.at, after (head, 0, RAP_TEXT ("?>")));
}

static rap_text_t charset_of (rap_text_t bytes, rap_xml_kind_t kind, char room[RAP_XML_HEAD])
{
    rap_text_t head = head_of (bytes, room), charset = RAP_TEXT ("");
    head.len = head.len < RAP_XML_HEAD ? head.len : RAP_XML_HEAD;
    if (has_word (head, "<?xml"))
        charset = value_after (declaring_part (head, kind), "encoding");
    return charset.len || kind != RAP_XML_HTML ? charset : value_after (head, "charset");
}

//  A charset in whose bytes a page cannot declare it is UTF-8 in truth.
static const char *const utf8_names[] = {"utf-8",    "utf8",     "unicode-1-1-utf-8", "utf-16",
                                         "utf-16le", "utf-16be", "unicode",           NULL};
//  What says Latin-1 or ASCII means its superset, as in browsers.
static const char *const western_names[] = {"windows-1252", "cp1252",     "x-cp1252", "iso-8859-1", "iso8859-1",
                                            "latin1",       "iso_8859-1", "us-ascii", "ascii",      NULL};

//  The 32 characters of windows-1252 that are not those of Latin-1; 0 where there is none.
static const uint16_t western[32] = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                     0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

static rap_text_t from_western (rap_text_t bytes, rap_arena_t *arena)
{
    size_t high = 0, len = 0;
    for (size_t i = 0; i < bytes.len; i++)
        high += (unsigned char)bytes.at[i] >= 0x80;
    char *out = rap_arena_alloc (arena, bytes.len + 2 * high + 1);
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned c = (unsigned char)bytes.at[i];
        if (c >= 0x80 && c < 0xA0)
            c = western[c - 0x80];
        if (c < 0x80) {
            out[len++] = (char)c;
        } else if (c < 0x800) {
            out[len++] = (char)(0xC0 | c >> 6);
            out[len++] = (char)(0x80 | (c & 0x3F));
        } else {
            out[len++] = (char)(0xE0 | c >> 12);
            out[len++] = (char)(0x80 | (c >> 6 & 0x3F));
            out[len++] = (char)(0x80 | (c & 0x3F));
        }
    }
    return rap_text_of (out, len);
}

static rap_status_t from_charset (rap_text_t bytes, const char *charset, rap_arena_t *arena, rap_text_t *utf8,
                                  rap_reason_t *reason)
{
    iconv_t conversion = iconv_open ("UTF-8", charset);
    if (conversion == (iconv_t)-1)
        return rap_refuse (reason, "in the charset %s, which is not known here; convert it to UTF-8 first", charset);
    //  No charset has a character of one byte that takes more than three in UTF-8.
    size_t room = bytes.len * 3 + 16, left = bytes.len, free_room = room;
    char *out = rap_arena_alloc (arena, room), *to = out, *from = (char *)(uintptr_t)bytes.at;
    size_t result = iconv (conversion, &from, &left, &to, &free_room);
    int error = errno;
    iconv_close (conversion);
    if (result == (size_t)-1)
        return rap_refuse (reason, "declared to be %s, but is not at byte %zu%s", charset, bytes.len - left,
                           error == E2BIG ? ": too long as UTF-8" : "; convert it to UTF-8 first");
    *utf8 = rap_text_of (out, room - free_room);
    return RAP_OK;
}

static rap_status_t converted (rap_text_t bytes, rap_xml_kind_t kind, rap_arena_t *arena, rap_text_t *utf8,
                               rap_reason_t *reason)
{
    char room[RAP_XML_HEAD], name[CHARSET_MAX + 1] = "";
    wide_t wide = wide_of (bytes);
    if (wide != PLAIN) {
        bool mark = (unsigned char)bytes.at[0] >= 0xFE;
        return from_charset (rap_text_from (bytes, mark ? 2 : 0), wide == LITTLE ? "UTF-16LE" : "UTF-16BE", arena,
                             utf8, reason);
    }
    *utf8 = rap_text_from (bytes, rap_text_starts (bytes, BOM) ? BOM.len : 0);
    rap_text_t charset = utf8->len < bytes.len ? RAP_TEXT ("utf-8") : charset_of (bytes, kind, room);
    size_t wrong = rap_utf8_invalid_at (*utf8);
    bool is_western = is_one_of (charset, western_names) || (!charset.len && kind == RAP_XML_HTML);
    //  What is UTF-8 throughout is nothing else, even if it says Latin-1.
    if (wrong == utf8->len && (!charset.len || is_western || is_one_of (charset, utf8_names)))
        return RAP_OK;
    if (is_western) {
        *utf8 = from_western (*utf8, arena);
        return RAP_OK;
    }
    if (!charset.len || is_one_of (charset, utf8_names))
        return rap_refuse (reason, "not valid UTF-8 at byte %zu; declare its charset, or convert it to UTF-8 first",
                           bytes.len - utf8->len + wrong);
    memcpy (name, charset.at, charset.len < CHARSET_MAX ? charset.len : CHARSET_MAX);
    return from_charset (bytes, name, arena, utf8, reason);
}

//  --- bounds -----------------------------------------------------------------

//  Up to the end tag of a script or style, whose text has no other tags.
static size_t after_raw (rap_text_t text, size_t at)
{
    static const char *const raw[] = {"script", "style"};
    for (size_t i = 0; i < 2; i++) {
        if (!has_word (rap_text_from (text, at + 1), raw[i]))
            continue;
        while ((at = after (text, at, RAP_TEXT ("</"))) < text.len)
            if (has_word (rap_text_from (text, at), raw[i]))
                return at - 2;
    }
    return at;
}

//  Walks over a tag, counting what may be attributes; answers its end.
static size_t walk_tag (rap_text_t text, size_t at, uint32_t *attributes)
{
    bool within = true; //  a name or value, not the space before one
    *attributes = 0;
    for (; at < text.len && text.at[at] != '>'; at++) {
        char c = text.at[at];
        if (c == '"' || c == '\'') {
            const char *close = memchr (text.at + at + 1, c, text.len - at - 1);
            within = false;
            if (!close)
                continue;
            at = (size_t)(close - text.at);
        } else if (glyph_is_space (c) || c == '/') {
            within = false;
        } else if (!within) {
            within = true;
            ++*attributes;
        }
    }
    return at;
}

static rap_status_t check_tags (rap_text_t text, rap_xml_kind_t kind, rap_reason_t *reason)
{
    for (size_t at = 0; at < text.len; at++) {
        const char *found = memchr (text.at + at, '<', text.len - at);
        if (!found)
            break;
        at = (size_t)(found - text.at);
        if (glyph_has (rap_text_from (text, at), "<!--")) {
            at = after (text, at + 4, RAP_TEXT ("-->")) - 1;
            continue;
        }
        if (at + 1 >= text.len || !glyph_is_letter (text.at[at + 1]))
            continue;
        uint32_t attributes;
        size_t end = walk_tag (text, at, &attributes);
        if (attributes > RAP_XML_ATTRIBUTES_MAX)
            return rap_refuse (reason, "a tag with more than %d attributes, at byte %zu", RAP_XML_ATTRIBUTES_MAX, at);
        size_t raw = kind == RAP_XML_HTML ? after_raw (text, at) : at;
        at = raw > at ? raw - 1 : end;
    }
    return RAP_OK;
}

rap_status_t rap_xml_input_utf8 (rap_text_t bytes, rap_xml_kind_t kind, rap_arena_t *arena, rap_text_t *utf8,
                                 rap_reason_t *reason)
{
    if (bytes.len > RAP_DOCUMENT_BYTES_MAX)
        return rap_refuse (reason, "document of %zu bytes; at most %d", bytes.len, RAP_DOCUMENT_BYTES_MAX);
    rap_status_t status = converted (bytes, kind, arena, utf8, reason);
    if (status != RAP_OK)
        return status;
    const char *nul = utf8->len ? memchr (utf8->at, 0, utf8->len) : NULL;
    if (nul)
        return rap_refuse (reason, "a NUL at byte %zu of its text", (size_t)(nul - utf8->at));
    return check_tags (*utf8, kind, reason);
}

void rap_xml_place_to (rap_xml_place_t *self, size_t now, size_t *from, size_t *to)
{
    bool same = self->utf8.at >= self->bytes.at && self->utf8.at <= self->bytes.at + self->bytes.len;
    size_t base = same ? (size_t)(self->utf8.at - self->bytes.at) : 0, at = self->last;
    now = now < self->utf8.len ? now : self->utf8.len;
    while (at < now && (glyph_is_space (self->utf8.at[at]) || self->utf8.at[at] == '/' || self->utf8.at[at] == '>'))
        at++;
    self->last = now;
    *to = base + now < self->bytes.len ? base + now : self->bytes.len;
    *from = base + at < *to ? base + at : *to;
}
