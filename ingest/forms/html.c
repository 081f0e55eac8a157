//  html: libxml2 reads the page, element by element, without making a tree of it.
#include "form.h"

#include <libxml/HTMLparser.h>

#include "html_page.h"
#include "source.h"
#include "xml_input.h"

typedef struct {
    htmlParserCtxtPtr parser;
    rap_page_t *page;
    rap_status_t status;
    rap_reason_t *reason;
    rap_xml_place_t place;
    bool angle;   //  a '<' that begins no tag was read
    bool comment; //  within Word's '<![if ...]>', which libxml2 takes for text
} walk_t;

static void settle (walk_t *w, rap_status_t status)
{
    if (status == RAP_OK)
        return;
    w->status = status;
    xmlStopParser (w->parser);
}

static void put (walk_t *w, rap_text_t text)
{
    if (w->status == RAP_OK && text.len)
        settle (w, rap_page_text (w->page, text, w->reason));
}

//  The parser has come so far.
static size_t here (const walk_t *w)
{
    long at = xmlByteConsumed (w->parser);
    return at > 0 ? (size_t)at : 0;
}

static void flush (walk_t *w)
{
    if (w->angle)
        put (w, RAP_TEXT ("<"));
    w->angle = false;
}

static void on_start (void *data, const xmlChar *name, const xmlChar **attributes)
{
    walk_t *w = data;
    flush (w);
    w->comment = false;
    w->place.last = here (w);
    if (w->status == RAP_OK)
        settle (w, rap_page_start (w->page, (const char *)name, (const char **)(uintptr_t)attributes, w->reason));
}

static void on_end (void *data, const xmlChar *name)
{
    walk_t *w = data;
    (void)name;
    flush (w);
    w->comment = false;
    w->place.last = here (w);
    if (w->status == RAP_OK)
        settle (w, rap_page_stop (w->page, w->reason));
}

static void on_text (void *data, const xmlChar *bytes, int len)
{
    walk_t *w = data;
    rap_text_t text = rap_text_of ((const char *)bytes, (size_t)len);
    size_t from, to;
    rap_xml_place_to (&w->place, here (w), &from, &to);
    rap_page_at (w->page, from, to);
    if (w->angle && rap_text_starts (text, RAP_TEXT ("!["))) {
        w->angle = false;
        w->comment = true;
    }
    if (w->comment) {
        const char *end = memchr (text.at, '>', text.len);
        if (!end)
            return;
        text = rap_text_from (text, (size_t)(end - text.at) + 1);
        w->comment = false;
    }
    flush (w);
    if (rap_text_equal (text, RAP_TEXT ("<"))) {
        w->angle = true;
        return;
    }
    put (w, text);
}

//  The parser's own reading of charsets is off: it is given UTF-8.
static rap_status_t parse (walk_t *w, rap_text_t utf8, rap_reason_t *reason)
{
    static const htmlSAXHandler handler = {.startElement = on_start,
                                           .endElement = on_end,
                                           .characters = on_text,
                                           .ignorableWhitespace = on_text,
                                           .cdataBlock = on_text};
    w->parser = htmlCreateMemoryParserCtxt (utf8.at, (int)utf8.len);
    if (!w->parser)
        return rap_refuse (reason, "no text in the page");
    *w->parser->sax = handler;
    w->parser->userData = w;
    w->parser->charset = XML_CHAR_ENCODING_UTF8;
    htmlCtxtUseOptions (w->parser, HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC | HTML_PARSE_NOERROR
                                       | HTML_PARSE_NOWARNING);
    htmlParseDocument (w->parser);
    flush (w);
    htmlFreeParserCtxt (w->parser);
    return w->status;
}

bool rap_html_is (rap_text_t bytes)
{
    char room[RAP_XML_HEAD];
    return rap_xml_input_kind (bytes, room, NULL) == RAP_XML_HTML;
}

static rap_status_t lines_of (rap_text_t bytes, rap_text_t utf8, rap_arena_t *arena, rap_lines_t *lines,
                              rap_reason_t *reason)
{
    walk_t w = {.page = rap_page_new (arena), .reason = reason, .place = {.bytes = bytes, .utf8 = utf8}};
    rap_text_t plain = RAP_TEXT (""), text = plain;
    rap_status_t status = parse (&w, utf8, reason);
    if (status == RAP_OK)
        status = rap_page_finish (w.page, lines, &plain, reason);
    rap_page_destroy (&w.page);
    if (status == RAP_OK && plain.len)
        status = rap_source_check (plain, &text, reason);
    if (status == RAP_OK && plain.len)
        status = rap_lines_cut (text, 0, arena, lines, reason);
    if (status == RAP_OK && !lines->count)
        return rap_refuse (reason, "an HTML page without text; if a browser shows some, save the page from there");
    return status;
}

rap_status_t rap_html_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                             rap_reason_t *reason)
{
    rap_text_t utf8;
    (void)document;
    rap_status_t status = rap_xml_input_utf8 (bytes, RAP_XML_HTML, arena, &utf8, reason);
    return status == RAP_OK ? lines_of (bytes, utf8, arena, lines, reason) : status;
}
