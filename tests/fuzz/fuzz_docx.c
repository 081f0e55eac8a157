//  fuzz_docx: foreign DOCX files through their reader. Bytes that begin as a ZIP are
//  read as they are; others are parts with a NUL between them, which are made one
//  here, so that what is changed in them is not lost in a checksum.
#include <stdint.h>
#include <stdio.h>

#include "rapporteur/utf8.h"

#include "../forms/zipped.h"
#include "form.h"

#define MUST(what)                                                                                                   \
    do {                                                                                                             \
        if (!(what)) {                                                                                               \
            fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                                              \
            abort ();                                                                                                \
        }                                                                                                            \
    } while (0)

static void check_line (const rap_lines_t *lines, const rap_line_t *line, rap_arena_t *arena)
{
    rap_text_t text = rap_line_text (line);
    MUST (text.len > 0 && rap_utf8_invalid_at (text) == text.len);
    MUST (rap_text_equal (rap_utf8_nfc (text, arena), text));
    MUST (line->start <= line->end && line->label <= line->len);
    MUST (line->kind != RAP_LINE_NOTE || line->label);
    uint32_t last = 0;
    for (uint32_t i = line->runs; i < line->runs + line->runs_count; i++) {
        MUST (lines->runs[i].at >= last && lines->runs[i].at <= lines->runs[i].end
              && lines->runs[i].end <= line->len);
        last = lines->runs[i].end;
    }
    for (size_t i = 0; i < text.len; i++)
        MUST ((unsigned char)text.at[i] >= ' ' && text.at[i] != 0x7F);
}

static void read_document (rap_text_t bytes)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_document_t document = {.number = 0};
    rap_lines_t lines = {.count = 0};
    rap_reason_t reason = {""};
    if (rap_docx_lines (bytes, arena, &document, &lines, &reason) != RAP_OK) {
        MUST (reason.text[0] != 0);
    } else {
        MUST (lines.given && lines.count > 0);
        for (uint32_t i = 0; i < lines.count; i++)
            check_line (&lines, &lines.at[i], arena);
    }
    rap_arena_destroy (&arena);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    rap_text_t rest = rap_text_of ((const char *)data, size), parts[ZIPPED_PARTS] = {{"", 0}};
    if (rap_docx_is (rest)) {
        read_document (rest);
        return 0;
    }
    for (int i = 0; i < ZIPPED_PARTS && rest.len; i++) {
        const char *end = memchr (rest.at, 0, rest.len);
        parts[i] = rap_text_of (rest.at, end ? (size_t)(end - rest.at) : rest.len);
        rest = rap_text_from (rest, parts[i].len + 1);
    }
    rap_text_t docx = zipped_docx (parts);
    read_document (docx);
    free ((char *)(uintptr_t)docx.at);
    return 0;
}
