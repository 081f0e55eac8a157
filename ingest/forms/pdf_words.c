//  pdf_words: a strict reader of one program's output, of which only this is read:
//
//      <page width="612.000000" height="792.000000">
//        <word xMin="72.0" yMin="38.6" xMax="91.2" yMax="60.8">text</word>
//
//  each on a line of its own; the text is escaped as in XML. Its beginning, with
//  the file's particulars, is skipped.
#include "pdf.h"

#include <stdlib.h>

#include "rapporteur/utf8.h"

#include "vector.h"

//  Beyond this a place is on no page.
#define FARTHEST 1e6F

typedef struct {
    char *at;
    char *end;
    rap_pdf_words_t *words;
    rap_reason_t *reason;
    uint32_t page; //  at hand; from 1
} scanner_t;

//  --- pieces --------------------------------------------------------------------

static bool skip (scanner_t *s, rap_text_t what)
{
    if ((size_t)(s->end - s->at) < what.len || memcmp (s->at, what.at, what.len) != 0)
        return false;
    s->at += what.len;
    return true;
}

//  'NAME="12.345678"', after a space. Whole and decimal digits, no exponent.
static bool take_number (scanner_t *s, rap_text_t name, float *value)
{
    if (!skip (s, RAP_TEXT (" ")) || !skip (s, name) || !skip (s, RAP_TEXT ("=\"")))
        return false;
    bool minus = skip (s, RAP_TEXT ("-"));
    uint64_t digits = 0;
    float part = 1;
    bool point = false;
    const char *from = s->at;
    for (; s->at < s->end && ((*s->at >= '0' && *s->at <= '9') || (*s->at == '.' && !point)); s->at++) {
        if (*s->at == '.') {
            point = true;
            continue;
        }
        if (digits > UINT64_MAX / 100)
            return false;
        digits = digits * 10 + (uint64_t)(*s->at - '0');
        part *= point ? 10 : 1;
    }
    if (s->at == from || !skip (s, RAP_TEXT ("\"")))
        return false;
    float size = (float)digits / part;
    *value = minus ? -size : size;
    return size <= FARTHEST;
}

static const struct {
    rap_text_t entity;
    char letter;
} entities[] = {{{"amp;", 4}, '&'}, {{"lt;", 3}, '<'}, {{"gt;", 3}, '>'}, {{"quot;", 5}, '"'}, {{"apos;", 5}, '\''}};

//  U+FB00 and the following, as letters.
static const char *const ligatures[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};

//  What stands at `from` as a letter or letters at `to`; *taken bytes were read.
static size_t put_letters (const char *from, size_t left, char *to, size_t *taken)
{
    *taken = 1;
    if (*from == '&')
        for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
            if (rap_text_starts (rap_text_of (from + 1, left - 1), entities[i].entity)) {
                *taken = 1 + entities[i].entity.len;
                *to = entities[i].letter;
                return 1;
            }
    if (left >= 3 && memcmp (from, "\xEF\xAC", 2) == 0 && (unsigned char)from[2] >= 0x80
        && (unsigned char)from[2] <= 0x86) {
        const char *letters = ligatures[(unsigned char)from[2] - 0x80];
        *taken = 3;
        memcpy (to, letters, strlen (letters));
        return strlen (letters);
    }
    if (left >= 2 && memcmp (from, "\xC2\xAD", 2) == 0) { //  a soft hyphen that is printed
        *taken = 2;
        *to = '-';
        return 1;
    }
    *to = *from;
    return 1;
}

//  Bytes of characters for private use, of replacement and of control: a font that
//  does not tell its letters gives these.
static size_t count_strange (rap_text_t text)
{
    size_t strange = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char a = (unsigned char)text.at[i], b = i + 1 < text.len ? (unsigned char)text.at[i + 1] : 0;
        if (a < 0x20 || a == 0x7F)
            strange++;
        else if (a == 0xEE || (a == 0xEF && (b < 0xA4 || b == 0xBF)))
            strange += 3;
    }
    return strange;
}

//  Its letters in place of what stands there; shorter or as long.
static size_t unescape (char *text, size_t len)
{
    size_t to = 0;
    for (size_t at = 0, taken; at < len; at += taken)
        to += put_letters (text + at, len - at, text + to, &taken);
    return to;
}

//  --- words and pages -----------------------------------------------------------

static bool is_on_page (const rap_pdf_page_t *page, const rap_pdf_word_t *word)
{
    float x = (word->x0 + word->x1) / 2, y = (word->y0 + word->y1) / 2;
    return x >= 0 && y >= 0 && x <= page->width && y <= page->height && word->x1 >= word->x0 && word->y1 > word->y0;
}

static bool take_word (scanner_t *s)
{
    rap_pdf_word_t word;
    rap_pdf_words_t *all = s->words;
    if (!take_number (s, RAP_TEXT ("xMin"), &word.x0) || !take_number (s, RAP_TEXT ("yMin"), &word.y0)
        || !take_number (s, RAP_TEXT ("xMax"), &word.x1) || !take_number (s, RAP_TEXT ("yMax"), &word.y1)
        || !skip (s, RAP_TEXT (">")) || !all->pages_count)
        return false;
    char *text = s->at, *stop = memchr (text, '<', (size_t)(s->end - text));
    if (!stop)
        return false;
    s->at = stop;
    if (!skip (s, RAP_TEXT ("</word>")))
        return false;
    rap_text_t letters = rap_text_of (text, unescape (text, (size_t)(stop - text)));
    rap_pdf_page_t *page = &all->pages[all->pages_count - 1];
    if (!letters.len || !is_on_page (page, &word) || rap_utf8_invalid_at (letters) < letters.len)
        return true;
    word.at = (uint32_t)(text - all->text);
    word.len = (uint32_t)letters.len;
    all->letters += letters.len;
    all->strange += count_strange (letters);
    all->words = vector_room (all->words, all->words_count, &all->words_room, sizeof *all->words);
    all->words[all->words_count++] = word;
    page->count++;
    return true;
}

static bool take_page (scanner_t *s)
{
    rap_pdf_words_t *all = s->words;
    rap_pdf_page_t page = {.words = all->words_count};
    if (!take_number (s, RAP_TEXT ("width"), &page.width) || !take_number (s, RAP_TEXT ("height"), &page.height)
        || !skip (s, RAP_TEXT (">")))
        return false;
    all->pages = vector_room (all->pages, all->pages_count, &all->pages_room, sizeof *all->pages);
    all->pages[all->pages_count++] = page;
    return true;
}

static rap_status_t take_line (scanner_t *s)
{
    while (s->at < s->end && *s->at == ' ')
        s->at++;
    bool well = true;
    if (skip (s, RAP_TEXT ("<word")))
        well = take_word (s);
    else if (skip (s, RAP_TEXT ("<page")))
        well = take_page (s);
    if (!well)
        return rap_refuse (s->reason, "what pdftotext wrote of page %u is not understood, at byte %zu of it",
                           s->words->pages_count, (size_t)(s->at - s->words->text));
    if (s->words->pages_count > RAP_PDF_PAGES_MAX)
        return rap_refuse (s->reason, "a PDF of more than %d pages", RAP_PDF_PAGES_MAX);
    char *stop = memchr (s->at, '\n', (size_t)(s->end - s->at));
    s->at = stop ? stop + 1 : s->end;
    return RAP_OK;
}

rap_status_t rap_pdf_words_read (char *output, size_t len, rap_pdf_words_t *words, rap_reason_t *reason)
{
    static const char begin[] = "\n<doc>\n";
    *words = (rap_pdf_words_t){.text = output};
    char *doc = len < UINT32_MAX ? memmem (output, len, begin, sizeof begin - 1) : NULL;
    if (!doc)
        return rap_refuse (reason, "what pdftotext wrote is not understood: no <doc> in its %zu bytes", len);
    scanner_t s = {.at = doc + sizeof begin - 1, .end = output + len, .words = words, .reason = reason};
    rap_status_t status = RAP_OK;
    while (s.at < s.end && status == RAP_OK)
        status = take_line (&s);
    return status;
}

void rap_pdf_words_fini (rap_pdf_words_t *words)
{
    free (words->words);
    free (words->pages);
    words->words = NULL;
    words->pages = NULL;
}
