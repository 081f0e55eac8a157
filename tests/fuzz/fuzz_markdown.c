//  fuzz_markdown: foreign bytes as Markdown, whatever they look like. They are
//  refused with a reason, or become lines that keep every promise of lines.h.
#include "given_lines.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    check_form (rap_markdown_lines, data, size);
    return 0;
}
