//  docx_xml: libxml2's events, bounded and given short names.
#include "docx_xml.h"

#include <libxml/parser.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

//  --- names ------------------------------------------------------------------

static const char *const names[] = {"",
#define RAP_DOCX_TAG(name) #name,
                                    RAP_DOCX_TAGS (RAP_DOCX_TAG)
#undef RAP_DOCX_TAG
};

static rap_docx_tag_t tag_named (const char *name)
{
    size_t low = 1, high = RAP_DOCX_TAGS_END;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp (name, names[middle]);
        if (order == 0)
            return (rap_docx_tag_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return RAP_DOCX_OTHER;
}

//  Namespaces whose elements are told. The text of formulas is text.
static const char *const namespaces[] = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
    "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "http://purl.oclc.org/ooxml/officeDocument/math",
    "http://schemas.openxmlformats.org/package/2006/content-types",
    "http://schemas.openxmlformats.org/package/2006/relationships",
};

static bool is_ours (const char *uri)
{
    for (size_t i = 0; uri && i < sizeof namespaces / sizeof *namespaces; i++)
        if (strcmp (uri, namespaces[i]) == 0)
            return true;
    return false;
}

//  --- attributes -------------------------------------------------------------

rap_text_t rap_docx_attribute (const rap_docx_attributes_t *attributes, const char *name, bool *found)
{
    for (int i = 0; i < attributes->count; i++) {
        const unsigned char **at = attributes->at + (ptrdiff_t)i * 5; //  name, prefix, URI, value, its end
        if (strcmp ((const char *)at[0], name) != 0)
            continue;
        if (found)
            *found = true;
        return rap_text_of ((const char *)at[3], (size_t)(at[4] - at[3]));
    }
    if (found)
        *found = false;
    return RAP_TEXT ("");
}

long rap_docx_number (const rap_docx_attributes_t *attributes, const char *name, long otherwise)
{
    enum { LARGEST = 1 << 30 };
    rap_text_t text = rap_docx_attribute (attributes, name, NULL);
    bool minus = text.len && text.at[0] == '-';
    long value = 0;
    size_t at = minus;
    for (; at < text.len && text.at[at] >= '0' && text.at[at] <= '9'; at++)
        value = value < LARGEST / 10 ? value * 10 + (text.at[at] - '0') : LARGEST;
    if (at == minus)
        return otherwise;
    return minus ? -value : value;
}

bool rap_docx_on (const rap_docx_attributes_t *attributes)
{
    rap_text_t value = rap_docx_attribute (attributes, "val", NULL);
    return !rap_text_equal (value, RAP_TEXT ("0")) && !rap_text_equal (value, RAP_TEXT ("false"))
           && !rap_text_equal (value, RAP_TEXT ("off"));
}

//  --- events -----------------------------------------------------------------

//  libxml2 keeps each name once, so that its address tells which it is.
enum { NAMES_CACHED = 256 };
typedef struct {
    const xmlChar *name;
    rap_docx_tag_t tag;
} cached_t;

typedef struct {
    xmlParserCtxtPtr parser;
    const char *part;
    const rap_docx_handler_t *handler;
    void *context;
    rap_reason_t *reason;
    rap_status_t status;
    bool begun;
    uint32_t depth;
    uint32_t equals; //  '=' since the last '<'
    const xmlChar *last_uri;
    bool last_is_ours;
    cached_t cache[NAMES_CACHED];
} reader_t;

static void stop (reader_t *self, rap_status_t status)
{
    self->status = status;
    if (status != RAP_OK)
        xmlStopParser (self->parser);
}

static rap_docx_tag_t tag_of (reader_t *self, const xmlChar *name, const xmlChar *uri)
{
    if (uri != self->last_uri) {
        self->last_uri = uri;
        self->last_is_ours = is_ours ((const char *)uri);
    }
    if (!self->last_is_ours)
        return RAP_DOCX_OTHER;
    cached_t *cached = &self->cache[((uintptr_t)name >> 3) % NAMES_CACHED];
    if (cached->name != name)
        *cached = (cached_t){name, tag_named ((const char *)name)};
    return cached->tag;
}

static void on_start (void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces_n,
                      const xmlChar **namespaces_at, int attributes_n, int defaulted_n, const xmlChar **attributes)
{
    reader_t *self = ((xmlParserCtxtPtr)context)->_private;
    (void)prefix, (void)namespaces_n, (void)namespaces_at, (void)defaulted_n;
    if (self->status != RAP_OK)
        return;
    if (++self->depth > RAP_DOCX_DEPTH_MAX) {
        stop (self, rap_refuse (self->reason, "%.80s: elements nested more than %d deep, at line %d", self->part,
                                RAP_DOCX_DEPTH_MAX, xmlSAX2GetLineNumber (context)));
        return;
    }
    rap_docx_attributes_t list = {attributes, attributes_n};
    stop (self, self->handler->start (self->context, tag_of (self, name, uri), &list, self->reason));
}

static void on_end (void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    reader_t *self = ((xmlParserCtxtPtr)context)->_private;
    (void)prefix;
    if (self->status != RAP_OK)
        return;
    self->depth--;
    if (self->handler->end)
        stop (self, self->handler->end (self->context, tag_of (self, name, uri), self->reason));
}

static void on_text (void *context, const xmlChar *text, int len)
{
    reader_t *self = ((xmlParserCtxtPtr)context)->_private;
    if (self->status == RAP_OK && self->handler->text)
        stop (self, self->handler->text (self->context, rap_text_of ((const char *)text, (size_t)len), self->reason));
}

static void on_doctype (void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    reader_t *self = ((xmlParserCtxtPtr)context)->_private;
    (void)name, (void)external, (void)system;
    if (self->status == RAP_OK)
        stop (self,
              rap_refuse (self->reason, "%.80s: a document type (DOCTYPE), which no DOCX may have", self->part));
}

//  Errors are asked for when parsing has stopped; nothing is printed.
static void on_error (void *context, xmlErrorPtr error)
{
    (void)context, (void)error;
}

static void on_message (void *context, const char *format, ...)
{
    (void)context, (void)format;
}

static rap_status_t check (reader_t *self)
{
    if (self->status != RAP_OK || self->parser->wellFormed)
        return self->status;
    const xmlError *error = xmlCtxtGetLastError (self->parser);
    const char *said = error && error->message ? error->message : "it ends too early";
    return rap_refuse (self->reason, "%.80s: not well-formed XML, at line %d: %.*s", self->part,
                       error ? error->line : 0, (int)strcspn (said, "\n"), said);
}

//  libxml2 holds each attribute of an element against all before it, so their number
//  is bounded, by that of '=' between two '<'.
static rap_status_t count_attributes (reader_t *self, rap_text_t piece)
{
    enum { ATTRIBUTES_MAX = 4096 };
    const char *at = piece.at, *end = piece.at + piece.len, *equals;
    for (; (equals = memchr (at, '=', (size_t)(end - at))); at = equals + 1) {
        self->equals = memchr (at, '<', (size_t)(equals - at)) ? 1 : self->equals + 1;
        if (self->equals > ATTRIBUTES_MAX)
            return rap_refuse (self->reason, "%.80s: an element with more than %d attributes, after line %d",
                               self->part, ATTRIBUTES_MAX, xmlSAX2GetLineNumber (self->parser));
    }
    if (memchr (at, '<', (size_t)(end - at)))
        self->equals = 0;
    return RAP_OK;
}

//  Parts are in UTF-8, or in UTF-16 after its mark. No other encoding is tried, for that would load converters.
static bool begins_as_xml (rap_text_t piece)
{
    if (piece.len < 2)
        return false;
    unsigned char a = (unsigned char)piece.at[0], b = (unsigned char)piece.at[1];
    return (a == '<' && b) || (a == 0xEF && b == 0xBB) || (a == 0xFE && b == 0xFF) || (a == 0xFF && b == 0xFE);
}

static rap_status_t take_piece (void *context, rap_text_t piece, rap_reason_t *reason)
{
    reader_t *self = context;
    if (!self->begun && !begins_as_xml (piece))
        return rap_refuse (reason, "%.80s: not XML in UTF-8 or UTF-16", self->part);
    self->begun = true;
    self->status = count_attributes (self, piece);
    for (size_t at = 0; at < piece.len && self->status == RAP_OK && self->parser->wellFormed;) {
        size_t len = piece.len - at < INT_MAX ? piece.len - at : INT_MAX;
        xmlParseChunk (self->parser, piece.at + at, (int)len, 0);
        at += len;
    }
    return check (self);
}

rap_status_t rap_docx_parse (rap_zip_t *zip, const char *part, const rap_docx_handler_t *handler, void *context,
                             rap_reason_t *reason)
{
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = on_start,
                         .endElementNs = on_end,
                         .characters = on_text,
                         .ignorableWhitespace = on_text,
                         .cdataBlock = on_text,
                         .internalSubset = on_doctype,
                         .serror = on_error};
    //  What libxml2 says outside of any parser.
    xmlSetStructuredErrorFunc (NULL, on_error);
    xmlSetGenericErrorFunc (NULL, on_message);
    reader_t self = {.part = part, .handler = handler, .context = context, .reason = reason, .status = RAP_OK};
    self.parser = xmlCreatePushParserCtxt (&sax, NULL, NULL, 0, NULL);
    if (!self.parser)
        abort ();
    self.parser->_private = &self;
    xmlCtxtUseOptions (self.parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
    rap_status_t status = rap_zip_read (zip, part, take_piece, &self, reason);
    if (status == RAP_OK) {
        xmlParseChunk (self.parser, "", 0, 1);
        status = check (&self);
    }
    xmlFreeParserCtxt (self.parser);
    return status;
}
