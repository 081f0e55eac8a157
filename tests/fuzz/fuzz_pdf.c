//  fuzz_pdf: foreign words at foreign places, as pdftotext would write them. They are
//  refused with a reason, or become lines that keep every promise of lines.h.
#include "given_lines.h"

#include "pdf.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static rap_status_t output_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                                  rap_reason_t *reason)
{
    static const char begin[] = "\n<doc>\n";
    (void)document;
    char *output = malloc (sizeof begin + bytes.len);
    MUST (output);
    memcpy (output, begin, sizeof begin - 1);
    if (bytes.len)
        memcpy (output + sizeof begin - 1, bytes.at, bytes.len);
    rap_status_t status = rap_pdf_output_lines (output, sizeof begin - 1 + bytes.len, arena, lines, reason);
    free (output);
    return status;
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    check_form (output_lines, data, size);
    return 0;
}
