//  export_xml: line breaks by hand, since the writer's own would get into the text.
#include "export_xml.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <libxml/xmlwriter.h>

#include "rapporteur/utf8.h"

enum { DEPTH_MAX = 512, PIECE_MAX = 512, ESCAPED_MAX = 16 };

struct rap_xml {
    xmlTextWriterPtr writer;
    uint32_t depth;
    bool blocks[DEPTH_MAX];   //  the element at this depth has blocks in it
    bool is_block[DEPTH_MAX]; //  it is one itself
};

rap_xml_t *rap_xml_new (FILE *stream)
{
    rap_xml_t *self = calloc (1, sizeof *self);
    xmlOutputBufferPtr buffer = xmlOutputBufferCreateFile (stream, NULL);
    if (!self || !buffer || !(self->writer = xmlNewTextWriter (buffer)))
        abort (); //  out of memory
    xmlTextWriterStartDocument (self->writer, NULL, "UTF-8", NULL);
    return self;
}

void rap_xml_destroy (rap_xml_t **self_p)
{
    if (!*self_p)
        return;
    xmlTextWriterEndDocument ((*self_p)->writer);
    xmlFreeTextWriter ((*self_p)->writer);
    free (*self_p);
    *self_p = NULL;
}

static void break_line (rap_xml_t *self)
{
    static const char spaces[] = "\n                        ";
    uint32_t indent = self->depth < 24 ? self->depth : 24;
    char line[sizeof spaces];
    memcpy (line, spaces, indent + 1);
    line[indent + 1] = '\0';
    xmlTextWriterWriteRaw (self->writer, BAD_CAST line);
}

static void start (rap_xml_t *self, const char *name, bool block)
{
    assert (self->depth < DEPTH_MAX);
    self->blocks[self->depth] = false;
    self->is_block[self->depth++] = block;
    xmlTextWriterStartElement (self->writer, BAD_CAST name);
}

void rap_xml_block (rap_xml_t *self, const char *name)
{
    if (self->depth) {
        self->blocks[self->depth - 1] = true;
        break_line (self);
    }
    start (self, name, true);
}

void rap_xml_inline (rap_xml_t *self, const char *name)
{
    start (self, name, false);
}

void rap_xml_end (rap_xml_t *self)
{
    assert (self->depth);
    self->depth--;
    if (self->blocks[self->depth] && self->is_block[self->depth])
        break_line (self);
    xmlTextWriterEndElement (self->writer);
}

//  XML 1.0, production 2; surrogates are no UTF-8 anyway.
static bool is_allowed (uint32_t point)
{
    return point == '\t' || point == '\n' || point == '\r' || (point >= 0x20 && point != 0xFFFE && point != 0xFFFF);
}

static bool is_obeyed (uint32_t point)
{
    return rap_utf8_is_harmful (point) && point != '\n' && point != '\t';
}

static const char *entity (uint32_t point, bool attribute)
{
    switch (point) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>': //  else "]]>" could stand in text
        return "&gt;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\n':
        return attribute ? "&#10;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

static const char replacement[] = "\xef\xbf\xbd"; //  U+FFFD

//  The code point at the beginning of `text` as XML, into `out` of ESCAPED_MAX bytes; answers
//  its length in the text.
static size_t escape (rap_text_t text, bool attribute, char *out)
{
    size_t len = text.len < 4 ? text.len : 4;
    while (len > 1 && rap_utf8_invalid_at (rap_text_of (text.at, len)) != len)
        len--;
    if (rap_utf8_invalid_at (rap_text_of (text.at, len)) != len) {
        memcpy (out, replacement, sizeof replacement);
        return 1;
    }
    uint32_t point = rap_utf8_decode (text, 0, &len);
    const char *named = entity (point, attribute);
    if (named)
        snprintf (out, ESCAPED_MAX, "%s", named);
    else if (!is_allowed (point))
        memcpy (out, replacement, sizeof replacement);
    else if (is_obeyed (point))
        snprintf (out, ESCAPED_MAX, "&#x%X;", point);
    else
        snprintf (out, ESCAPED_MAX, "%.*s", (int)len, text.at);
    return len;
}

static void write_escaped (rap_xml_t *self, rap_text_t text, bool attribute)
{
    char piece[PIECE_MAX];
    size_t have = 0;
    while (text.len) {
        unsigned char byte = (unsigned char)text.at[0];
        if (byte >= 0x20 && byte < 0x7f && byte != '&' && byte != '<' && byte != '>' && byte != '"') {
            piece[have++] = (char)byte;
            text = rap_text_from (text, 1);
        } else {
            text = rap_text_from (text, escape (text, attribute, piece + have));
            have += strlen (piece + have);
        }
        if (have + ESCAPED_MAX >= sizeof piece || !text.len) {
            piece[have] = '\0';
            xmlTextWriterWriteRaw (self->writer, BAD_CAST piece);
            have = 0;
        }
    }
}

void rap_xml_attribute (rap_xml_t *self, const char *name, rap_text_t value)
{
    xmlTextWriterStartAttribute (self->writer, BAD_CAST name);
    write_escaped (self, value, true);
    xmlTextWriterEndAttribute (self->writer);
}

void rap_xml_attribute_string (rap_xml_t *self, const char *name, const char *value)
{
    rap_xml_attribute (self, name, rap_text (value));
}

void rap_xml_text (rap_xml_t *self, rap_text_t text)
{
    write_escaped (self, text, false);
}
