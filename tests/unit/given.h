/*  given: the lines that a form's reader makes, told as an outline, a line each:
 *
 *      kind flags|text
 *
 *  kind: '-' text, 'n' a note, '+' a note that goes on; flags: digits for a heading's
 *  level, 'b' begins, 's' strong, 't' a row, 'c' centred. In the text a run is
 *  {i words}, {b words}, {ib words}, a mark {^1}.                             */
#ifndef RAPPORTEUR_TESTS_GIVEN_H
#define RAPPORTEUR_TESTS_GIVEN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form.h"

static void given_line (FILE *out, const rap_lines_t *lines, const rap_line_t *line)
{
    uint32_t at = 0;
    fputc (line->kind == RAP_LINE_NOTE ? 'n' : line->kind == RAP_LINE_NOTE_MORE ? '+' : '-', out);
    fprintf (out, " %s", line->flags & RAP_LINE_BEGINS ? "b" : "");
    if (line->level)
        fprintf (out, "%u", line->level);
    fprintf (out, "%s%s%s|", line->flags & RAP_LINE_STRONG ? "s" : "", line->flags & RAP_LINE_TABLE ? "t" : "",
             line->flags & RAP_LINE_CENTRED ? "c" : "");
    for (uint32_t i = line->runs; i < line->runs + line->runs_count; i++) {
        const rap_run_t *run = &lines->runs[i];
        bool mark = run->style & RAP_RUN_MARK;
        fprintf (out, "%.*s{%s%s%s%s%.*s}", (int)(run->at - at), line->at + at,
                 run->style & RAP_RUN_ITALIC ? "i" : "", run->style & RAP_RUN_BOLD ? "b" : "", mark ? "^" : "",
                 mark ? "" : " ", (int)(run->end - run->at), line->at + run->at);
        at = run->end;
    }
    fprintf (out, "%.*s\n", (int)(line->len - at), line->at + at);
}

//  The outline of the document's lines, or 'refused: ' and the reason; freed by the caller.
static char *given_outline (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document)
{
    rap_lines_t lines;
    rap_reason_t reason = {""};
    char *outline = NULL;
    size_t size = 0;
    FILE *out = open_memstream (&outline, &size);
    rap_status_t status = rap_form_lines (bytes, arena, document, &lines, &reason);
    if (status != RAP_OK)
        fprintf (out, "refused: %s\n", reason.text);
    for (uint32_t i = 0; status == RAP_OK && i < lines.count; i++)
        given_line (out, &lines, &lines.at[i]);
    fclose (out);
    char *copy = strdup (outline); //  gcc 12 takes what a memory stream gives for the address of `outline`
    free (outline);
    return copy;
}

typedef struct {
    const char *bytes;
    const char *outline;
} given_case_t;

static void given_check (const given_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rap_arena_t *arena = rap_arena_new ();
        rap_document_t document = {.source = RAP_TEXT ("test")};
        char *outline = given_outline (rap_text (cases[i].bytes), arena, &document);
        ck_assert_msg (strcmp (outline, cases[i].outline) == 0, "case %zu: of\n%s\nexpected:\n%s\nfound:\n%s", i,
                       cases[i].bytes, cases[i].outline, outline);
        free (outline);
        rap_arena_destroy (&arena);
    }
}

#define GIVEN_CHECK(cases) given_check (cases, sizeof cases / sizeof *cases)

#endif
