/*  reading: a text of a test's own, read and told as an outline, a chunk a line:
 *
 *      kind part|label|section > section|text
 *
 *  Line ends inside a text are printed as '/', a footnote's mark as '^' and the
 *  footnote's label where the mark stood. The masthead is left out if empty.  */
#ifndef RAPPORTEUR_TESTS_READING_H
#define RAPPORTEUR_TESTS_READING_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/utf8.h"

#include "read.h"

__attribute__ ((unused)) static rap_reader_t *reading_reader (void)
{
    static rap_lexicon_t *lexicon;
    static rap_reader_t *reader;
    if (!reader) {
        rap_reason_t reason = {""};
        lexicon = rap_lexicon_new (RAP_SOURCE_DIR "/data", &reason);
        ck_assert_msg (lexicon != NULL, "%s", reason.text);
        reader = rap_reader_new (lexicon, &reason);
        ck_assert_msg (reader != NULL, "%s", reason.text);
    }
    return reader;
}

static void reading_text (FILE *out, const rap_chunk_t *chunks, const rap_chunk_t *chunk)
{
    uint32_t mark = 0;
    size_t len = 0;
    for (size_t at = 0, point = 0; at <= chunk->text.len; at += len, point++) {
        for (; mark < chunk->marks_count && chunk->marks[mark].at == point; mark++) {
            uint32_t note = chunk->marks[mark].footnote;
            rap_text_t label = note == RAP_NO_FOOTNOTE ? RAP_TEXT ("?") : chunks[note].label;
            fprintf (out, "^%.*s", (int)label.len, label.at);
        }
        if (at == chunk->text.len)
            break;
        rap_utf8_decode (chunk->text, at, &len);
        if (chunk->text.at[at] == '\n')
            fputc ('/', out);
        else
            fwrite (chunk->text.at + at, 1, len, out);
    }
}

//  The outline of the chunks; freed by the caller. `document` (NULL allowed) is
//  given the particulars, which live until `arena` does.
__attribute__ ((unused)) static char *reading_outline (const char *text, rap_arena_t *arena, rap_document_t *document)
{
    rap_reading_t reading = {.document = {.source = rap_text ("test")}};
    rap_reason_t reason = {""};
    char *outline = NULL;
    size_t size = 0;
    FILE *out = open_memstream (&outline, &size);
    rap_status_t status = rap_read (reading_reader (), rap_text (text), arena, &reading, &reason);
    if (status != RAP_OK)
        fprintf (out, "refused: %s\n", reason.text);
    for (uint32_t i = 0; status == RAP_OK && i < reading.document.chunks; i++) {
        const rap_chunk_t *chunk = &reading.chunks[i];
        ck_assert_uint_eq (chunk->ordinal, i);
        if (i == 0 && !chunk->text.len)
            continue;
        fprintf (out, "%s %.*s|%.*s|", rap_chunk_kind_name (chunk->kind), (int)chunk->part.len, chunk->part.at,
                 (int)chunk->label.len, chunk->label.at);
        for (uint32_t s = 0; s < chunk->sections_count; s++)
            fprintf (out, "%s%.*s", s ? " > " : "", (int)chunk->sections[s].len, chunk->sections[s].at);
        fputc ('|', out);
        reading_text (out, reading.chunks, chunk);
        fputc ('\n', out);
    }
    fclose (out);
    if (document)
        *document = reading.document;
    char *copy = strdup (outline); //  gcc 12 takes what a memory stream gives for the address of `outline`
    free (outline);
    return copy;
}

typedef struct {
    const char *text;
    const char *outline;
} reading_case_t;

__attribute__ ((unused)) static void reading_check (const reading_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rap_arena_t *arena = rap_arena_new ();
        char *outline = reading_outline (cases[i].text, arena, NULL);
        ck_assert_msg (strcmp (outline, cases[i].outline) == 0, "case %zu: in\n%s\nexpected:\n%s\nfound:\n%s", i,
                       cases[i].text, cases[i].outline, outline);
        free (outline);
        rap_arena_destroy (&arena);
    }
}

#define READING_CHECK(cases) reading_check (cases, sizeof cases / sizeof *cases)

#endif
