//  redline: small texts against each other.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/redline.h"

static rap_arena_t *arena;
static char said[8192];

static void setup (void)
{
    arena = rap_arena_new ();
}

static void teardown (void)
{
    rap_arena_destroy (&arena);
}

//  Clauses from lines 'LABEL text'.
static uint32_t clauses_of (const char *lines, rap_redline_clause_t *clauses)
{
    uint32_t count = 0;
    while (*lines) {
        size_t len = strcspn (lines, "\n"), label = strcspn (lines, " ");
        clauses[count++] = (rap_redline_clause_t){.kind = RAP_TEXT ("operative"),
                                                  .part = RAP_TEXT (""),
                                                  .label = rap_text_of (lines, label),
                                                  .text = rap_text_of (lines + label + 1, len - label - 1)};
        lines += len + (lines[len] == '\n');
    }
    return count;
}

//  'BEFORE>AFTER fate words', a line a clause.
static const char *redline (const char *before, const char *after)
{
    static const char *const open[] = {"", "[-", "{+"}, *const close[] = {"", "-]", "+}"};
    rap_redline_clause_t old[16], new[16];
    uint32_t old_count = clauses_of (before, old), new_count = clauses_of (after, new);
    rap_redline_t *lines;
    uint32_t count = rap_redline (old, old_count, new, new_count, arena, &lines);
    char *at = said;
    for (uint32_t i = 0; i < count; i++) {
        const rap_redline_t *line = &lines[i];
        rap_text_t none = RAP_TEXT ("-"), a = line->before ? line->before->label : none,
                   b = line->after ? line->after->label : none;
        at += sprintf (at, "%.*s>%.*s%s%s ", (int)a.len, a.at, (int)b.len, b.at, line->moved ? " moved" : "",
                       line->changed ? " changed:" : ":");
        for (uint32_t w = 0; w < line->words_count; w++) {
            const rap_redline_words_t *words = &line->words[w];
            at +=
                sprintf (at, "%s%.*s%s", open[words->fate], (int)words->text.len, words->text.at, close[words->fate]);
        }
        at += sprintf (at, "\n");
    }
    return said;
}

START_TEST (words_that_changed_are_marked)
{
    ck_assert_str_eq (
        redline ("1 Requests the Board to count ferries by June;", "1 Also requests the Board to count all ferries;"),
        "1>1 changed: [-Requests -]{+Also requests +}the Board to count {+all +}ferries[-by June-];\n");
    ck_assert_str_eq (redline ("1 Nothing new here.", "1 Nothing new here."), "1>1: Nothing new here.\n");
}
END_TEST

START_TEST (clauses_are_paired_whatever_their_numbers)
{
    ck_assert_str_eq (
        redline ("1 Welcomes the lamps of the north;\n2 Urges pilots to rest at night;\n3 Closes the old quay;",
                 "1 Notes the storm of winter with deep regret;\n2 Welcomes the lamps of the north;\n"
                 "3 Urges all pilots to rest at night;"),
        "->1 changed: {+Notes the storm of winter with deep regret;+}\n"
        "1>2: Welcomes the lamps of the north;\n"
        "2>3 changed: Urges {+all +}pilots to rest at night;\n"
        "3>- changed: [-Closes the old quay;-]\n");
}
END_TEST

START_TEST (a_clause_out_of_order_has_moved)
{
    ck_assert_str_eq (
        redline ("1 Welcomes the lamps of the north;\n2 Urges pilots to rest at night;\n3 Closes the old quay;",
                 "1 Closes the old quay;\n2 Welcomes the lamps of the north;\n3 Urges pilots to rest at night;"),
        "3>1 moved: Closes the old quay;\n1>2: Welcomes the lamps of the north;\n"
        "2>3: Urges pilots to rest at night;\n");
}
END_TEST

//  Spaces and line ends may differ; the words are the same.
START_TEST (spaces_are_no_change)
{
    rap_redline_clause_t old = {.kind = RAP_TEXT ("text"), .text = RAP_TEXT ("One  two\nthree")},
                         new = {.kind = RAP_TEXT ("text"), .text = RAP_TEXT ("One two three")};
    rap_redline_t *lines;
    ck_assert_uint_eq (rap_redline (&old, 1, &new, 1, arena, &lines), 1);
    ck_assert (!lines[0].changed);
}
END_TEST

START_TEST (nothing_and_something)
{
    ck_assert_str_eq (redline ("", ""), "");
    ck_assert_str_eq (redline ("", "1 Opens the quay;"), "->1 changed: {+Opens the quay;+}\n");
    ck_assert_str_eq (redline ("1 Opens the quay;", ""), "1>- changed: [-Opens the quay;-]\n");
}
END_TEST

//  Beyond the table's size all between the common ends counts as changed: bounded, and still all words are there.
START_TEST (very_long_clauses_are_bounded)
{
    enum { WORDS = 8000 };
    char *texts[2];
    for (int side = 0; side < 2; side++) {
        texts[side] = malloc (WORDS * 8 + 16);
        char *at = texts[side] + sprintf (texts[side], "Begin ");
        for (int i = 0; i < WORDS; i++)
            at += sprintf (at, "%d ", i % 97 == side ? i : i % 7);
        sprintf (at, "end");
    }
    rap_redline_clause_t old = {.kind = RAP_TEXT ("text"), .text = rap_text (texts[0])},
                         new = {.kind = RAP_TEXT ("text"), .text = rap_text (texts[1])};
    rap_redline_t *lines;
    ck_assert_uint_eq (rap_redline (&old, 1, &new, 1, arena, &lines), 1);
    size_t kept = 0, gone = 0, came = 0;
    for (uint32_t w = 0; w < lines[0].words_count; w++)
        *(lines[0].words[w].fate == RAP_WORDS_KEPT   ? &kept
          : lines[0].words[w].fate == RAP_WORDS_GONE ? &gone
                                                     : &came) += lines[0].words[w].text.len;
    ck_assert_uint_eq (kept + gone, strlen (texts[0]));
    ck_assert_uint_eq (kept + came, strlen (texts[1]));
    free (texts[0]);
    free (texts[1]);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("redline");
    TCase *tests = tcase_create ("redline");
    tcase_add_checked_fixture (tests, setup, teardown);
    tcase_add_test (tests, words_that_changed_are_marked);
    tcase_add_test (tests, clauses_are_paired_whatever_their_numbers);
    tcase_add_test (tests, a_clause_out_of_order_has_moved);
    tcase_add_test (tests, spaces_are_no_change);
    tcase_add_test (tests, nothing_and_something);
    tcase_add_test (tests, very_long_clauses_are_bounded);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
