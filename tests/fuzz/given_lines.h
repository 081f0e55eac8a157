/*  given_lines: what every form's reader promises of its lines.               */
#ifndef RAPPORTEUR_TESTS_GIVEN_LINES_H
#define RAPPORTEUR_TESTS_GIVEN_LINES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "rapporteur/utf8.h"

#include "form.h"

#define MUST(what)                                                                                                   \
    do {                                                                                                             \
        if (!(what)) {                                                                                               \
            fprintf (stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                                              \
            abort ();                                                                                                \
        }                                                                                                            \
    } while (0)

typedef rap_status_t form_lines_t (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                                   rap_reason_t *reason);

//  Valid UTF-8 in NFC, single spaces, none at the ends, nothing that does not print.
static void check_given_text (rap_text_t text, rap_arena_t *arena)
{
    MUST (text.len > 0 && rap_utf8_invalid_at (text) == text.len);
    MUST (rap_text_equal (rap_utf8_nfc (text, arena), text));
    MUST (text.at[0] != ' ' && text.at[text.len - 1] != ' ');
    for (size_t i = 0; i < text.len; i++)
        MUST ((unsigned char)text.at[i] >= 0x20 && text.at[i] != 0x7F);
}

static void check_given_line (const rap_lines_t *lines, const rap_line_t *line, rap_arena_t *arena)
{
    check_given_text (rap_line_text (line), arena);
    MUST (line->start <= line->end && line->label <= line->len);
    MUST (line->kind == RAP_LINE_BODY || line->kind == RAP_LINE_FURNITURE || line->kind == RAP_LINE_NOTE
          || line->kind == RAP_LINE_NOTE_MORE);
    MUST ((line->kind == RAP_LINE_NOTE) == (line->label > 0));
    uint32_t at = 0;
    for (uint32_t i = line->runs; i < line->runs + line->runs_count; i++) {
        const rap_run_t *run = &lines->runs[i];
        MUST (run->at >= at && run->at <= run->end && run->end <= line->len && run->style);
        at = run->end;
    }
}

static void check_form (form_lines_t *read, const uint8_t *data, size_t size)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_document_t document = {.source = rap_text ("fuzz")};
    rap_reason_t reason = {""};
    rap_lines_t lines = {.count = 0};
    if (read (rap_text_of ((const char *)data, size), arena, &document, &lines, &reason) != RAP_OK) {
        MUST (reason.text[0] != 0);
    } else {
        MUST (lines.count > 0);
        for (uint32_t i = 0; lines.given && i < lines.count; i++)
            check_given_line (&lines, &lines.at[i], arena);
    }
    rap_arena_destroy (&arena);
}

#endif
