//  extract: what holds for all extractors, whatever they find: spans in code
//  points inside the text, sound values, the same answer every time, and a clear
//  refusal where rules are missing.

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extract.h"
#include "rapporteur/utf8.h"

#define RULES RAP_SOURCE_DIR "/data"

static rap_lexicon_t *lexicon;
static rap_extractors_t *extractors;
static rap_arena_t *arena;
static rap_reason_t reason;

static void begin (void)
{
    lexicon = rap_lexicon_new (RULES, &reason);
    ck_assert_msg (lexicon != NULL, "%s", reason.text);
    extractors = rap_extractors_new (lexicon, NULL, &reason);
    ck_assert_msg (extractors != NULL, "%s", reason.text);
    arena = rap_arena_new ();
}

static void end (void)
{
    rap_arena_destroy (&arena);
    rap_extractors_destroy (&extractors);
    rap_lexicon_destroy (&lexicon);
}

static const rap_document_t document = {.document_id = RAP_TEXT ("0123456789abcdef0123456789abcdef"),
                                        .number = 1,
                                        .kind = RAP_TEXT ("report"),
                                        .body = RAP_TEXT ("ga"),
                                        .published = RAP_TEXT ("2031-05-01"),
                                        .language = RAP_TEXT ("en")};

static void check_value (const rap_field_t *field, rap_value_t value)
{
    if (field->type == RAP_FIELD_REAL)
        ck_assert (isfinite (value.real));
    if (field->type != RAP_FIELD_TEXT)
        return;
    ck_assert_uint_eq (rap_utf8_invalid_at (value.text), value.text.len);
    ck_assert (value.text.len == 0 || !memchr (value.text.at, 0, value.text.len));
}

static void check_findings (rap_text_t text, const rap_findings_t *findings)
{
    size_t points = rap_utf8_count (text);
    ck_assert_uint_le (findings->count, RAP_FINDINGS_MAX);
    for (uint32_t i = 0; i < findings->count; i++) {
        const rap_finding_t *finding = &findings->at[i];
        ck_assert_uint_lt (finding->kind, RAP_FINDING_COUNT);
        const rap_finding_schema_t *schema = &rap_finding_schemas[finding->kind];
        ck_assert_uint_le (finding->start, finding->end);
        ck_assert_uint_le (finding->end, schema->has_span ? points : 0);
        for (uint32_t j = 0; j < schema->fields_count; j++)
            check_value (&schema->fields[j], finding->values[j]);
    }
}

static rap_status_t run (rap_text_t text, rap_chunk_kind_t kind, rap_findings_t *findings)
{
    const rap_text_t sections[] = {RAP_TEXT ("Technical assistance"), RAP_TEXT ("Corruption")};
    rap_chunk_t chunk = {.ordinal = 3,
                         .kind = kind,
                         .label = RAP_TEXT ("7"),
                         .text = text,
                         .sections = sections,
                         .sections_count = 2,
                         .context = {.organ = RAP_TEXT ("ga")}};
    return rap_extractors_run (extractors, &document, &chunk, arena, findings, &reason);
}

static bool same_value (const rap_field_t *field, rap_value_t a, rap_value_t b)
{
    switch (field->type) {
    case RAP_FIELD_TEXT:
        return rap_text_equal (a.text, b.text);
    case RAP_FIELD_INTEGER:
        return a.integer == b.integer;
    case RAP_FIELD_REAL:
        return !(a.real < b.real) && !(a.real > b.real);
    }
    return false;
}

static void check_same (const rap_findings_t *a, const rap_findings_t *b)
{
    ck_assert_uint_eq (a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        const rap_finding_t *one = &a->at[i], *other = &b->at[i];
        ck_assert_int_eq (one->kind, other->kind);
        ck_assert_uint_eq (one->start, other->start);
        ck_assert_uint_eq (one->end, other->end);
        const rap_finding_schema_t *schema = &rap_finding_schemas[one->kind];
        for (uint32_t j = 0; j < schema->fields_count; j++)
            ck_assert (same_value (&schema->fields[j], one->values[j], other->values[j]));
    }
}

static const char *const texts[] = {
    "",
    ".",
    "\xE2\x80\x9C\xE2\x80\x9D",
    "Requests the Secretary-General to report to the General Assembly at its ninetieth session on the trafficking in "
    "persons, pursuant to its resolution 81/12 of 18 December 2026;",
    "In C\xC3\xB4te d\xE2\x80\x99Ivoire \xE2\x80\x93 and in \xC3\x85land \xE2\x80\x93 some $12.5 million was spent "
    "by "
    "the Office on 1,250 judges, in Vienna, between 3 and 5 May 2030 (E/CN.15/2030/4, paras. 5\xE2\x80\x93"
    "7).",
    "(a) Urges Member States to ratify the Convention;\n(b) Also encourages them to report, within existing "
    "resources.",
    "\xF0\x9F\x8C\x8D\xF0\x9F\x8C\x8D 45 per cent \xF0\x9F\x8C\x8D of 190 States parties \xF0\x9F\x8C\x8D",
};

START_TEST (finds_only_what_is_there)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (int kind = 0; kind < RAP_CHUNK_KINDS; kind++) {
            rap_findings_t findings;
            rap_arena_reset (arena);
            ck_assert_msg (run (rap_text (texts[i]), (rap_chunk_kind_t)kind, &findings) == RAP_OK, "%s", reason.text);
            check_findings (rap_text (texts[i]), &findings);
        }
}
END_TEST

START_TEST (answers_the_same_every_time)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        rap_findings_t first, other, again;
        rap_arena_reset (arena);
        ck_assert_int_eq (run (rap_text (texts[i]), RAP_OPERATIVE, &first), RAP_OK);
        ck_assert_int_eq (run (rap_text (texts[(i + 1) % 4]), RAP_PARAGRAPH, &other), RAP_OK);
        ck_assert_int_eq (run (rap_text (texts[i]), RAP_OPERATIVE, &again), RAP_OK);
        check_same (&first, &again);
    }
}
END_TEST

//  Pieces that extractors look closely at, in orders that no author would write.
START_TEST (survives_nonsense)
{
    static const char *const pieces[] = {"resolution ",
                                         "81/12",
                                         " (",
                                         ")",
                                         "E/CN.15/",
                                         "2030",
                                         ", para. ",
                                         "\xE2\x80\x93",
                                         "$",
                                         "1,2",
                                         ".5 ",
                                         "million ",
                                         "per cent",
                                         "May ",
                                         "Requests ",
                                         "the ",
                                         "States parties ",
                                         "to ",
                                         ";",
                                         "\n",
                                         "(a) ",
                                         "\xC3\xA9",
                                         "Vienna",
                                         "subject to ",
                                         "annex ",
                                         "A/RES/",
                                         "and ",
                                         "\xE2\x80\x9C",
                                         "\xE2\x80\x9D",
                                         "over ",
                                         "tons ",
                                         "31 ",
                                         "February ",
                                         "ninety-",
                                         "-",
                                         "/",
                                         "Add.",
                                         "Rev.1",
                                         "(XL)",
                                         "its ",
                                         "session",
                                         "I",
                                         "XX",
                                         "http://x.y/"};
    enum { COUNT = sizeof pieces / sizeof *pieces };
    static char text[8192];
    srand (7);
    for (int round = 0; round < 3000; round++) {
        size_t len = 0, most = (size_t)(rand () % 1200);
        while (len < most) {
            const char *piece = pieces[rand () % COUNT];
            memcpy (text + len, piece, strlen (piece));
            len += strlen (piece);
        }
        rap_findings_t findings;
        rap_arena_reset (arena);
        ck_assert_msg (run (rap_text_of (text, len), (rap_chunk_kind_t)(round % RAP_CHUNK_KINDS), &findings)
                           == RAP_OK,
                       "'%.*s': %s", (int)len, text, reason.text);
        check_findings (rap_text_of (text, len), &findings);
    }
}
END_TEST

//  A long chunk of one thing over and over is done or refused, in bounded memory.
START_TEST (is_bounded)
{
    static const char *const pieces[] = {"Vienna ",  "81/12, ",     "$5 ",  "(", "Requests ",       "a",
                                         "\xC3\xA9", "5 May 2030 ", "the ", "1", "E/CN.15/2030/4 ", "and ",
                                         "; ",       "\n"};
    static char text[RAP_CHUNK_TEXT_MAX];
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t len = 0, step = strlen (pieces[i]);
        for (; len + step <= sizeof text; len += step)
            memcpy (text + len, pieces[i], step);
        rap_findings_t findings;
        rap_arena_reset (arena);
        rap_status_t status = run (rap_text_of (text, len), RAP_PARAGRAPH, &findings);
        ck_assert (status == RAP_OK || status == RAP_REFUSED);
        if (status == RAP_REFUSED)
            ck_assert_ptr_nonnull (strstr (reason.text, "chunk 3"));
        ck_assert_uint_le (findings.count, RAP_FINDINGS_MAX);
        ck_assert_uint_le (rap_arena_used (arena), 256u << 20);
    }
}
END_TEST

START_TEST (measures_each_step)
{
    enum { STEPS = 32 };
    uint64_t spent[STEPS] = {0};
    rap_findings_t findings;
    ck_assert_uint_le (rap_extractors_steps (), STEPS);
    rap_extractors_measure (extractors, spent);
    ck_assert_int_eq (run (rap_text (texts[3]), RAP_OPERATIVE, &findings), RAP_OK);
    for (uint32_t step = 0; step < rap_extractors_steps (); step++) {
        ck_assert_uint_gt (strlen (rap_extractors_step_name (step)), 0);
        ck_assert_uint_gt (spent[step], 0);
    }
    rap_extractors_measure (extractors, NULL);
}
END_TEST

//  Each table in turn is missing: either no extractor wants it, or that is said.
START_TEST (names_the_missing_table)
{
    char folder[] = "/tmp/rap-test-extract-XXXXXX";
    ck_assert_ptr_nonnull (mkdtemp (folder));
    struct dirent **files;
    int count = scandir (RULES, &files, NULL, alphasort);
    ck_assert_int_gt (count, 2);
    int refused = 0;
    char from[512], to[512];
    for (int missing = -1; missing < count; missing++) { //  -1: all of them but one that nobody knows
        for (int i = 0; i < count; i++) {
            snprintf (from, sizeof from, "%s/%s", RULES, files[i]->d_name);
            snprintf (to, sizeof to, "%s/%s", folder, files[i]->d_name);
            if (missing >= 0 && i != missing && strstr (files[i]->d_name, ".tsv"))
                ck_assert_int_eq (symlink (from, to), 0);
        }
        snprintf (to, sizeof to, "%s/zzz.tsv", folder);
        FILE *file = fopen (to, "w");
        fputs ("column\n", file);
        fclose (file);
        reason.text[0] = 0;
        rap_lexicon_t *partial = rap_lexicon_new (folder, &reason);
        ck_assert_msg (partial != NULL, "%s", reason.text);
        rap_extractors_t *none = rap_extractors_new (partial, NULL, &reason);
        if (!none) {
            refused++;
            ck_assert_msg (strncmp (reason.text, "rules for ", 10) == 0, "'%s'", reason.text);
        }
        rap_extractors_destroy (&none);
        rap_lexicon_destroy (&partial);
        unlink (to);
        for (int i = 0; i < count; i++) {
            snprintf (to, sizeof to, "%s/%s", folder, files[i]->d_name);
            unlink (to);
        }
    }
    for (int i = 0; i < count; i++)
        free (files[i]);
    free (files);
    rmdir (folder);
    ck_assert_int_gt (refused, 1);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("extract");
    TCase *tcase = tcase_create ("extract");
    tcase_set_timeout (tcase, 120);
    tcase_add_unchecked_fixture (tcase, begin, end); //  once: compiling the rules takes long
    tcase_add_test (tcase, finds_only_what_is_there);
    tcase_add_test (tcase, answers_the_same_every_time);
    tcase_add_test (tcase, survives_nonsense);
    tcase_add_test (tcase, is_bounded);
    tcase_add_test (tcase, measures_each_step);
    suite_add_tcase (suite, tcase);
    TCase *missing = tcase_create ("missing");
    tcase_set_timeout (missing, 120);
    tcase_add_test (missing, names_the_missing_table);
    suite_add_tcase (suite, missing);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
