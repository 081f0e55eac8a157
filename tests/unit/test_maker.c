//  maker: pieces to lines, with how they are set.
#include <check.h>
#include <stdlib.h>

#include "rapporteur/limits.h"

#include "maker.h"

static rap_arena_t *arena;
static rap_maker_t *maker;
static rap_reason_t reason;

static void setup (void)
{
    arena = rap_arena_new ();
    maker = rap_maker_new (arena);
}

static void teardown (void)
{
    rap_maker_destroy (&maker);
    rap_arena_destroy (&arena);
}

static void put (const char *text, unsigned style)
{
    rap_maker_put (maker, rap_text (text), style);
}

static void end (rap_line_kind_t kind, unsigned flags)
{
    ck_assert_int_eq (rap_maker_end (maker, kind, flags, 0, &reason), RAP_OK);
}

static rap_lines_t finish (void)
{
    rap_lines_t lines;
    rap_maker_finish (maker, false, &lines);
    ck_assert (lines.given && !lines.wrapped);
    return lines;
}

START_TEST (white_space_is_single_and_empty_lines_are_none)
{
    put (" \t\n The  Committee", 0);
    put (" \x01 met\n", 0);
    put ("  ", 0);
    end (RAP_LINE_BODY, RAP_LINE_BEGINS);
    put (" \n ", RAP_RUN_BOLD);
    end (RAP_LINE_BODY, 0);
    put ("It rose.", 0);
    end (RAP_LINE_BODY, 0);
    rap_lines_t lines = finish ();
    ck_assert_uint_eq (lines.count, 2);
    ck_assert (rap_text_equal (rap_line_text (&lines.at[0]), RAP_TEXT ("The Committee met")));
    ck_assert_uint_eq (lines.at[0].flags, RAP_LINE_BEGINS);
    ck_assert_uint_eq (lines.at[0].end, 17);
    ck_assert_uint_eq (lines.at[1].start, 18);
}
END_TEST

START_TEST (runs_say_how_words_are_set)
{
    put ("The ", 0);
    put (" Cafe\xCC\x81", RAP_RUN_ITALIC); //  an accent of its own becomes one letter with the e
    put (" Guide", RAP_RUN_ITALIC);
    put (" of 2040", 0);
    put ("7", RAP_RUN_MARK);
    end (RAP_LINE_BODY, 0);
    rap_lines_t lines = finish ();
    ck_assert (rap_text_equal (rap_line_text (&lines.at[0]), RAP_TEXT ("The Caf\xC3\xA9 Guide of 20407")));
    ck_assert_uint_eq (lines.at[0].runs_count, 2);
    ck_assert_uint_eq (lines.runs[0].at, 4);
    ck_assert_uint_eq (lines.runs[0].end, 15);
    ck_assert_uint_eq (lines.runs[1].style, RAP_RUN_MARK);
    ck_assert_uint_eq (lines.runs[1].end, lines.at[0].len);
    ck_assert (!(lines.at[0].flags & RAP_LINE_STRONG));
}
END_TEST

START_TEST (an_accent_of_its_own_is_one_letter_with_the_one_before)
{
    put ("12", RAP_RUN_MARK);
    put (" Cafe", 0);
    put ("\xCC\x81", RAP_RUN_ITALIC);
    put (" Guide", RAP_RUN_ITALIC);
    end (RAP_LINE_NOTE, 0);
    rap_lines_t lines = finish ();
    ck_assert (rap_text_equal (rap_line_text (&lines.at[0]), RAP_TEXT ("12 Caf\xC3\xA9 Guide")));
    ck_assert_uint_eq (lines.at[0].runs_count, 1);
    ck_assert_uint_eq (lines.at[0].label, 2);
}
END_TEST

START_TEST (a_line_all_in_bold_is_strong)
{
    put ("Findings ", RAP_RUN_BOLD);
    put (" ", 0);
    put ("of the Panel", RAP_RUN_BOLD | RAP_RUN_ITALIC);
    end (RAP_LINE_BODY, 0);
    put ("Findings", RAP_RUN_BOLD);
    put (".", 0);
    end (RAP_LINE_BODY, 0);
    rap_lines_t lines = finish ();
    ck_assert (lines.at[0].flags & RAP_LINE_STRONG);
    ck_assert (!(lines.at[1].flags & RAP_LINE_STRONG));
}
END_TEST

START_TEST (a_note_begins_with_its_mark)
{
    put ("12", RAP_RUN_MARK);
    put (" See above.", 0);
    end (RAP_LINE_NOTE, 0);
    put ("It goes on.", 0);
    end (RAP_LINE_NOTE, 0);
    rap_lines_t lines = finish ();
    ck_assert_int_eq (lines.at[0].kind, RAP_LINE_NOTE);
    ck_assert_uint_eq (lines.at[0].label, 2);
    ck_assert_int_eq (lines.at[1].kind, RAP_LINE_NOTE_MORE);
}
END_TEST

START_TEST (text_beyond_the_limit_is_refused)
{
    enum { PIECE = 1 << 20 };
    char *piece = malloc (PIECE);
    memset (piece, 'a', PIECE);
    for (int i = 0; i < RAP_DOCUMENT_BYTES_MAX / PIECE; i++)
        rap_maker_put (maker, rap_text_of (piece, PIECE), 0);
    ck_assert_int_eq (rap_maker_end (maker, RAP_LINE_BODY, 0, 0, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "bytes of text"));
    free (piece);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("maker");
    TCase *tests = tcase_create ("maker");
    tcase_add_checked_fixture (tests, setup, teardown);
    tcase_set_timeout (tests, 60); //  a quarter of a gigabyte of text under sanitizers
    tcase_add_test (tests, white_space_is_single_and_empty_lines_are_none);
    tcase_add_test (tests, runs_say_how_words_are_set);
    tcase_add_test (tests, an_accent_of_its_own_is_one_letter_with_the_one_before);
    tcase_add_test (tests, a_line_all_in_bold_is_strong);
    tcase_add_test (tests, a_note_begins_with_its_mark);
    tcase_add_test (tests, text_beyond_the_limit_is_refused);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
