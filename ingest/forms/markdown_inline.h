/*  markdown_inline: the words of a block of Markdown, put on a sheet.
 *
 *  Emphasis, links, code, escapes, entities and inline tags are taken away; notes'
 *  references, raised digits and stars that nothing closes are marks. Linear time. */
#ifndef RAPPORTEUR_INGEST_MARKDOWN_INLINE_H
#define RAPPORTEUR_INGEST_MARKDOWN_INLINE_H

#include "rapporteur/status.h"
#include "rapporteur/text.h"

#include "xml_sheet.h"

//  A line end in `text` is a space, a '\r' one of which the words decide whether
//  they go on (lines.h). The last line is not ended.
rap_status_t rap_markdown_inline (rap_sheet_t *sheet, rap_text_t text, unsigned *flags, rap_reason_t *reason);

#endif
