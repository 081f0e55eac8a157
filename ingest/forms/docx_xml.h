/*  docx_xml: the elements of one part of a DOCX, one after the other.
 *
 *  libxml2's push parser over what the archive gives out, piece by piece. No
 *  document type is allowed, hence no entity but the five that XML has; nothing
 *  is fetched. Nesting is bounded here. An element is known by its tag, whatever
 *  prefix the file uses; Word's, in both of its namespaces, and the few of others
 *  that are asked for.                                                        */
#ifndef RAPPORTEUR_INGEST_DOCX_XML_H
#define RAPPORTEUR_INGEST_DOCX_XML_H

#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "zip.h"

//  Deeper nesting than this says nothing; Word's own files have some 30.
enum { RAP_DOCX_DEPTH_MAX = 200 };

//  Elements by their local names; in the order of strcmp.
// clang-format off
#define RAP_DOCX_TAGS(TAG) \
    TAG (AlternateContent) TAG (Choice) TAG (Fallback) TAG (Override) TAG (Relationship) TAG (abstractNum) \
    TAG (abstractNumId) TAG (b) TAG (basedOn) TAG (body) TAG (br) TAG (cr) TAG (del) TAG (docDefaults) \
    TAG (document) TAG (endnote) TAG (endnotePr) TAG (endnoteRef) TAG (endnoteReference) TAG (fldChar) \
    TAG (footnote) TAG (footnotePr) TAG (footnoteRef) TAG (footnoteReference) TAG (i) TAG (ilvl) \
    TAG (instrText) TAG (isLgl) TAG (jc) TAG (lastRenderedPageBreak) TAG (lvl) TAG (lvlOverride) \
    TAG (lvlRestart) TAG (lvlText) TAG (moveFrom) TAG (name) TAG (noBreakHyphen) TAG (num) TAG (numFmt) \
    TAG (numId) TAG (numPr) TAG (numRestart) TAG (numStart) TAG (numStyleLink) TAG (numberingChange) \
    TAG (outlineLvl) TAG (p) TAG (pPr) TAG (pPrChange) TAG (pStyle) TAG (ptab) TAG (r) TAG (rPr) \
    TAG (rPrChange) TAG (rStyle) TAG (rt) TAG (sdt) TAG (sdtContent) TAG (sdtPr) TAG (sectPr) \
    TAG (sectPrChange) TAG (showingPlcHdr) TAG (start) TAG (startOverride) TAG (style) TAG (styleLink) \
    TAG (suff) TAG (sym) TAG (sz) TAG (t) TAG (tab) TAG (tabs) TAG (tbl) TAG (tblGridChange) TAG (tblPrChange) \
    TAG (tblPrExChange) TAG (tc) TAG (tcPrChange) TAG (tr) TAG (trPr) TAG (trPrChange) TAG (txbxContent) \
    TAG (vanish) TAG (vertAlign)
// clang-format on

typedef enum {
    RAP_DOCX_OTHER,
#define RAP_DOCX_TAG(name) RAP_DOCX_##name,
    RAP_DOCX_TAGS (RAP_DOCX_TAG)
#undef RAP_DOCX_TAG
        RAP_DOCX_TAGS_END
} rap_docx_tag_t;

//  An element's attributes, as long as its start is told.
typedef struct {
    const unsigned char **at; //  libxml2's
    int count;
} rap_docx_attributes_t;

//  An attribute's value by local name; empty if it is not there. `found` (NULL allowed).
rap_text_t rap_docx_attribute (const rap_docx_attributes_t *attributes, const char *name, bool *found);

//  `val` as a number; `otherwise` if there is none. Between -2^30 and 2^30.
long rap_docx_number (const rap_docx_attributes_t *attributes, const char *name, long otherwise);

//  A toggle such as <w:b/>: on unless its value says otherwise.
bool rap_docx_on (const rap_docx_attributes_t *attributes);

//  What is told. What a call answers but RAP_OK ends the reading.
typedef struct {
    rap_status_t (*start) (void *context, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                           rap_reason_t *reason);
    rap_status_t (*end) (void *context, rap_docx_tag_t tag, rap_reason_t *reason); //  NULL: not asked for
    rap_status_t (*text) (void *context, rap_text_t text, rap_reason_t *reason);   //  NULL: not asked for
} rap_docx_handler_t;

//  RAP_REFUSED, the part named, if it is missing, damaged, not well-formed, too deep,
//  or has a document type.
rap_status_t rap_docx_parse (rap_zip_t *zip, const char *part, const rap_docx_handler_t *handler, void *context,
                             rap_reason_t *reason);

#endif
