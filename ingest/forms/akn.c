//  akn: libxml2 reads the XML, element by element; nothing outside of it is touched.
#include "form.h"

#include <libxml/parserInternals.h>

#include "akn_text.h"
#include "xml_input.h"

typedef struct {
    xmlParserCtxtPtr parser;
    rap_akn_t *text;
    rap_status_t status;
    rap_reason_t *reason;
    rap_xml_place_t place;
    rap_akn_attribute_t *attributes; //  RAP_XML_ATTRIBUTES_MAX of them
} walk_t;

static void settle (walk_t *w, rap_status_t status)
{
    if (status == RAP_OK)
        return;
    w->status = status;
    xmlStopParser (w->parser);
}

//  The parser has come so far.
static size_t here (const walk_t *w)
{
    long at = xmlByteConsumed (w->parser);
    return at > 0 ? (size_t)at : 0;
}

static void on_start (void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int spaces_count,
                      const xmlChar **spaces, int count, int defaulted, const xmlChar **attributes)
{
    walk_t *w = data;
    (void)prefix, (void)uri, (void)spaces_count, (void)spaces, (void)defaulted;
    uint32_t made = 0;
    if (w->status != RAP_OK)
        return;
    for (int i = 0; i < count && made < RAP_XML_ATTRIBUTES_MAX; i++, attributes += 5)
        w->attributes[made++] = (rap_akn_attribute_t){
            .name = (const char *)attributes[0],
            .value = rap_text_of ((const char *)attributes[3], (size_t)(attributes[4] - attributes[3]))};
    w->place.last = here (w);
    settle (w, rap_akn_start (w->text, (const char *)name, w->attributes, made, w->reason));
}

static void on_end (void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    walk_t *w = data;
    (void)name, (void)prefix, (void)uri;
    w->place.last = here (w);
    if (w->status == RAP_OK)
        settle (w, rap_akn_stop (w->text, w->reason));
}

static void on_text (void *data, const xmlChar *bytes, int len)
{
    walk_t *w = data;
    size_t from, to;
    rap_xml_place_to (&w->place, here (w), &from, &to);
    rap_akn_at (w->text, from, to);
    if (w->status == RAP_OK)
        rap_akn_put (w->text, rap_text_of ((const char *)bytes, (size_t)len));
}

//  A document type could name other files, and entities that grow without end.
static void on_doctype (void *data, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    walk_t *w = data;
    (void)name, (void)external, (void)system;
    settle (w, rap_refuse (w->reason, "a document type (<!DOCTYPE>) at line %d: Akoma Ntoso has none; take it out",
                           xmlSAX2GetLineNumber (w->parser)));
}

#if LIBXML_VERSION < 21200
typedef xmlError fault_t;
#else
typedef const xmlError fault_t;
#endif

//  What is not well-formed is refused at once: libxml2 would go on, and look at a
//  document type without telling us.
static void on_error (void *data, fault_t *error)
{
    walk_t *w = data;
    if (error->level != XML_ERR_FATAL || w->status != RAP_OK)
        return;
    rap_text_t message = rap_text_trim (rap_text (error->message));
    settle (w, rap_refuse (w->reason, "not well-formed XML, line %d: %.*s", error->line,
                           (int)(message.len < 200 ? message.len : 200), message.at));
}

//  The parser is given UTF-8, whatever the XML declares.
static rap_status_t parse (walk_t *w, rap_text_t utf8, rap_reason_t *reason)
{
    static const xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC,
                                          .internalSubset = on_doctype,
                                          .startElementNs = on_start,
                                          .endElementNs = on_end,
                                          .characters = on_text,
                                          .ignorableWhitespace = on_text,
                                          .cdataBlock = on_text,
                                          .serror = on_error};
    w->parser = xmlCreateMemoryParserCtxt (utf8.at, (int)utf8.len);
    if (!w->parser)
        return rap_refuse (reason, "no XML in it");
    *w->parser->sax = handler;
    w->parser->userData = w;
    xmlCtxtUseOptions (w->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    xmlParseDocument (w->parser);
    bool whole = w->parser->wellFormed;
    xmlFreeDoc (w->parser->myDoc); //  none, but for what libxml2 makes for itself
    w->parser->myDoc = NULL;
    xmlFreeParserCtxt (w->parser);
    return w->status == RAP_OK && !whole ? rap_refuse (reason, "not well-formed XML") : w->status;
}

bool rap_akn_is (rap_text_t bytes)
{
    char room[RAP_XML_HEAD];
    return rap_xml_input_kind (bytes, room, NULL) == RAP_XML_AKN;
}

rap_status_t rap_akn_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                            rap_reason_t *reason)
{
    rap_text_t utf8;
    rap_status_t status = rap_xml_input_utf8 (bytes, RAP_XML_AKN, arena, &utf8, reason);
    if (status != RAP_OK)
        return status;
    walk_t w = {.text = rap_akn_new (arena), .reason = reason, .place = {.bytes = bytes, .utf8 = utf8}};
    w.attributes = rap_arena_alloc (arena, RAP_XML_ATTRIBUTES_MAX * sizeof *w.attributes);
    status = parse (&w, utf8, reason);
    if (status == RAP_OK)
        status = rap_akn_finish (w.text, document, lines, reason);
    rap_akn_destroy (&w.text);
    if (status == RAP_OK && !lines->count)
        return rap_refuse (reason, "Akoma Ntoso without text: it has particulars only");
    return status;
}

//  --- other XML --------------------------------------------------------------

bool rap_xml_other_is (rap_text_t bytes)
{
    char room[RAP_XML_HEAD];
    return rap_xml_input_kind (bytes, room, NULL) == RAP_XML_OTHER;
}

rap_status_t rap_xml_other_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                                  rap_reason_t *reason)
{
    char room[RAP_XML_HEAD];
    rap_text_t root = RAP_TEXT ("");
    (void)arena, (void)document, (void)lines;
    rap_xml_input_kind (bytes, room, &root);
    if (!root.len)
        return rap_refuse (reason, "XML without a root element");
    return rap_refuse (reason, "XML with the root <%.*s>; of XML only Akoma Ntoso (<akomaNtoso>) and XHTML are read",
                       (int)(root.len < 64 ? root.len : 64), root.at);
}
