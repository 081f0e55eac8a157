//  series: which counts of two small reports are of the same thing.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/stems.h"
#include "series.h"

static rap_arena_t *arena;
static rap_stems_t *stems;

static void setup (void)
{
    arena = rap_arena_new ();
    stems = rap_stems_new ();
}

static void teardown (void)
{
    rap_stems_destroy (&stems);
    rap_arena_destroy (&arena);
}

//  The count whose surface is `surface` in `text`.
static rap_count_t count_of (int64_t chunk_id, const char *text, const char *surface, const char *subject)
{
    const char *at = strstr (text, surface);
    ck_assert_ptr_nonnull (at);
    rap_count_t count = {.chunk_id = chunk_id,
                         .measure = RAP_TEXT ("count"),
                         .unit = RAP_TEXT (""),
                         .subject = rap_text (subject),
                         .text = rap_text (text),
                         .start = (uint32_t)(at - text),
                         .end = (uint32_t)((size_t)(at - text) + strlen (surface))};
    rap_count_prepare (&count, stems, arena);
    return count;
}

static uint32_t pairs_of (const rap_count_t *a, uint32_t a_count, const rap_count_t *b, uint32_t b_count,
                          rap_pair_t **pairs)
{
    return rap_series_pairs (a, a_count, b, b_count, arena, pairs);
}

static const char last_year[] =
    "The ferries were many. In the year under review the harbour schools taught 31 pilots to read the new charts. "
    "The Board also sent 12 pilots to the northern islands.";
static const char this_year[] =
    "It was a good year. In the year under review the harbour schools taught 44 pilots to read the new charts. "
    "Storms kept 9 pilots from their families at midwinter.";

START_TEST (the_same_count_a_year_later_is_its_pair)
{
    rap_count_t a[] = {count_of (1, last_year, "12 pilots", "pilots"),
                       count_of (1, last_year, "31 pilots", "pilots")};
    rap_count_t b[] = {count_of (2, this_year, "44 pilots", "pilots"), count_of (2, this_year, "9 pilots", "pilots")};
    rap_pair_t *pairs;
    ck_assert_uint_eq (pairs_of (a, 2, b, 2, &pairs), 1); //  the other two are of different things
    ck_assert_uint_eq (pairs[0].a, 1);
    ck_assert_uint_eq (pairs[0].b, 0);
    double like = pairs[0].likeness;
    ck_assert (like > 0.45 && like <= 1.0001);
    ck_assert_uint_eq (pairs_of (b, 2, a, 2, &pairs), 1); //  and the other way round
    ck_assert_double_eq_tol (pairs[0].likeness, like, 1e-9);
}
END_TEST

START_TEST (subjects_must_agree_but_for_their_endings)
{
    rap_count_t a = count_of (1, last_year, "31 pilots", "trained pilots");
    rap_count_t b = count_of (2, this_year, "44 pilots", "pilots trained");
    rap_count_t c = count_of (2, this_year, "44 pilots", "sailors");
    rap_pair_t *pairs;
    ck_assert_uint_eq (pairs_of (&a, 1, &b, 1, &pairs), 1);
    ck_assert_uint_eq (pairs_of (&a, 1, &c, 1, &pairs), 0);
    c = count_of (2, this_year, "44 pilots", "pilots trained");
    c.unit = RAP_TEXT ("kg");
    rap_count_prepare (&c, stems, arena);
    ck_assert_uint_eq (pairs_of (&a, 1, &c, 1, &pairs), 0);
}
END_TEST

START_TEST (equal_claims_are_left_apart)
{
    static const char twice[] =
        "In the year under review the harbour schools taught 44 pilots to read the new charts.\n"
        "In the year under review the harbour schools taught 45 pilots to read the new charts.";
    rap_count_t a = count_of (1, last_year, "31 pilots", "pilots");
    rap_count_t b[] = {count_of (2, twice, "44 pilots", "pilots"), count_of (2, twice, "45 pilots", "pilots")};
    rap_pair_t *pairs;
    ck_assert_uint_eq (pairs_of (&a, 1, b, 2, &pairs), 0);
}
END_TEST

START_TEST (a_series_is_named_by_its_sentence)
{
    rap_count_t count = count_of (1, last_year, "31 pilots", "pilots");
    rap_text_t name = rap_count_name (&count, arena);
    ck_assert_str_eq (name.at,
                      "In the year under review the harbour schools taught … pilots to read the new charts.");
    static const char bare[] = "7";
    count = count_of (1, bare, "7", "");
    ck_assert_str_eq (rap_count_name (&count, arena).at, "…");
}
END_TEST

//  Long texts of letters beyond ASCII: cut at characters, bounded.
START_TEST (long_texts_are_cut_at_characters)
{
    enum { HALF = 2000 };
    char *text = malloc (2 * HALF + 2);
    for (size_t i = 0; i < HALF; i += 2)
        memcpy (text + i, "\xC3\xA9", 2);
    text[HALF] = '7';
    for (size_t i = HALF + 1; i < 2 * HALF + 1; i += 2)
        memcpy (text + i, "\xC3\xA9", 2);
    text[2 * HALF + 1] = 0;
    rap_count_t count = count_of (1, text, "7", "");
    rap_text_t name = rap_count_name (&count, arena);
    ck_assert_uint_le (name.len, 300);
    free (text);
}
END_TEST

//  A stranger's worker may say that a count goes on over the end of a sentence.
START_TEST (a_count_may_reach_over_a_sentence)
{
    rap_count_t count = count_of (1, "Harbours were closed. In all 5 ships. The others were 7 boats.",
                                  "5 ships. The others were 7", "");
    rap_count_prepare (&count, stems, arena);
    rap_text_t name = rap_count_name (&count, arena);
    ck_assert (rap_text_equal (rap_text_of (name.at, 6), RAP_TEXT ("In all")));
}
END_TEST

START_TEST (stems_are_one_for_all_forms)
{
    uint32_t first, second;
    size_t at = 0;
    rap_text_t text = RAP_TEXT ("Harbours, (harbour) of\nIT");
    ck_assert (rap_stems_next (stems, text, &at, true, &first));
    ck_assert (rap_stems_next (stems, text, &at, false, &second));
    ck_assert_uint_eq (first, second);
    ck_assert (rap_text_equal (rap_stems_text (stems, first), RAP_TEXT ("harbour")));
    ck_assert (!rap_stems_next (stems, text, &at, true, &first)); //  too short to tell anything
    at = 0;
    ck_assert (rap_stems_next (stems, RAP_TEXT ("unheard"), &at, false, &first));
    ck_assert_uint_eq (first, RAP_NO_STEM);
    for (uint32_t i = 0; i < 3000; i++) { //  the table grows
        rap_text_t word = rap_arena_format (arena, "q%c%c%cq", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676);
        at = 0;
        ck_assert (rap_stems_next (stems, word, &at, true, &first));
    }
    at = 0;
    ck_assert (rap_stems_next (stems, RAP_TEXT ("harbour"), &at, false, &first));
    ck_assert_uint_eq (first, second);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("series");
    TCase *tests = tcase_create ("series");
    tcase_add_checked_fixture (tests, setup, teardown);
    tcase_add_test (tests, the_same_count_a_year_later_is_its_pair);
    tcase_add_test (tests, subjects_must_agree_but_for_their_endings);
    tcase_add_test (tests, equal_claims_are_left_apart);
    tcase_add_test (tests, a_series_is_named_by_its_sentence);
    tcase_add_test (tests, long_texts_are_cut_at_characters);
    tcase_add_test (tests, a_count_may_reach_over_a_sentence);
    tcase_add_test (tests, stems_are_one_for_all_forms);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
