//  form: the first that recognises the bytes reads them; text comes last.
#include "form.h"

#include "source.h"

static bool is_text (rap_text_t bytes)
{
    (void)bytes;
    return true;
}

static rap_status_t text_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                                rap_reason_t *reason)
{
    rap_text_t text;
    (void)document;
    rap_status_t status = rap_source_check (bytes, &text, reason);
    return status == RAP_OK ? rap_lines_cut (text, (size_t)(text.at - bytes.at), arena, lines, reason) : status;
}

static const struct {
    rap_form_is_fn *is;
    rap_form_lines_fn *lines;
} forms[] = {
    {rap_html_is, rap_html_lines}, {rap_akn_is, rap_akn_lines}, {rap_xml_other_is, rap_xml_other_lines},
    {rap_docx_is, rap_docx_lines}, {rap_pdf_is, rap_pdf_lines}, {rap_markdown_is, rap_markdown_lines},
    {is_text, text_lines},
};

rap_status_t rap_form_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                             rap_reason_t *reason)
{
    for (size_t i = 0;; i++)
        if (forms[i].is (bytes))
            return forms[i].lines (bytes, arena, document, lines, reason);
}
