/*  facts: what the extractors find in a sentence, as one line of text, for tables
 *  of sentences and expectations.                                            */
#ifndef RAPPORTEUR_TESTS_FACTS_H
#define RAPPORTEUR_TESTS_FACTS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract.h"
#include "rapporteur/utf8.h"

//  A sentence, and what is expected of it.
typedef struct {
    const char *text;
    const char *facts;
} fact_case_t;

//  Writes a finding; `surface` is its piece of the text.
typedef void (fact_write_fn) (FILE *out, const rap_finding_t *finding, rap_text_t surface);

static rap_lexicon_t *facts_lexicon;
static rap_extractors_t *facts_extractors;

//  Loads the rules of the source tree once.
static void facts_begin (void)
{
    rap_reason_t reason = {""};
    if (facts_extractors)
        return;
    facts_lexicon = rap_lexicon_new (RAP_SOURCE_DIR "/data", &reason);
    ck_assert_msg (facts_lexicon != NULL, "%s", reason.text);
    facts_extractors = rap_extractors_new (facts_lexicon, NULL, &reason);
    ck_assert_msg (facts_extractors != NULL, "%s", reason.text);
}

static void facts_end (void)
{
    rap_extractors_destroy (&facts_extractors);
    rap_lexicon_destroy (&facts_lexicon);
}

//  The findings of `kind` in `chunk`, written one after the other with "; " between.
//  To be freed.
static char *facts_in (const rap_document_t *document, const rap_chunk_t *chunk, rap_finding_kind_t kind,
                       fact_write_fn *write)
{
    rap_reason_t reason = {""};
    rap_findings_t findings;
    rap_arena_t *arena = rap_arena_new ();
    char *line = NULL;
    size_t size = 0;
    facts_begin ();
    ck_assert_msg (rap_extractors_run (facts_extractors, document, chunk, arena, &findings, &reason) == RAP_OK, "%s",
                   reason.text);
    FILE *out = open_memstream (&line, &size);
    bool first = true;
    for (uint32_t i = 0; i < findings.count; i++) {
        const rap_finding_t *finding = &findings.at[i];
        if (finding->kind != kind)
            continue;
        size_t start = rap_utf8_offset (chunk->text, finding->start),
               end = rap_utf8_offset (chunk->text, finding->end);
        fprintf (out, "%s", first ? "" : "; ");
        write (out, finding, rap_text_of (chunk->text.at + start, end - start));
        first = false;
    }
    fclose (out);
    rap_arena_destroy (&arena);
    return line;
}

//  Each sentence as a paragraph of a report of 1 June 2031, whose body is not known.
__attribute__ ((unused)) static void facts_check (const fact_case_t *cases, size_t count, rap_finding_kind_t kind,
                                                  fact_write_fn *write)
{
    const rap_document_t document = {.published = RAP_TEXT ("2031-06-01"), .language = RAP_TEXT ("en")};
    for (size_t i = 0; i < count; i++) {
        const rap_chunk_t chunk = {.kind = RAP_PARAGRAPH, .text = rap_text (cases[i].text)};
        char *line = facts_in (&document, &chunk, kind, write);
        ck_assert_msg (strcmp (line, cases[i].facts) == 0, "in '%s'\n  expected: %s\n     found: %s", cases[i].text,
                       cases[i].facts, line);
        free (line);
    }
}

#define FACTS_TEXT(finding, n) (int)(finding)->values[n].text.len, (finding)->values[n].text.at

//  A main for one suite of tests. The rules are compiled once, before the tests are
//  forked: compiling takes longer than all of them.
static int facts_run (const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create (name);
    TCase *group = tcase_create (name);
    tcase_set_timeout (group, 240);
    tcase_add_unchecked_fixture (group, facts_begin, facts_end);
    for (size_t i = 0; i < count; i++)
        tcase_add_test (group, tests[i]);
    suite_add_tcase (suite, group);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
