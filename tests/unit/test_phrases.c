//  phrases: the longest phrase at a place, and nothing within a word.

#include <check.h>
#include <stdlib.h>

#include "phrases.h"

START_TEST (longest_first)
{
    rap_phrases_t *phrases = rap_phrases_new ();
    rap_phrases_add (phrases, RAP_TEXT ("once"), 1);
    rap_phrases_add (phrases, RAP_TEXT ("once again"), 2);
    rap_phrases_add (phrases, RAP_TEXT ("once"), 3);
    rap_phrases_add (phrases, RAP_TEXT ("Corr."), 4);
    rap_phrases_add (phrases, RAP_TEXT ("States' rights"), 5);
    rap_phrases_add (phrases, RAP_TEXT (""), 6);
    rap_phrases_seal (phrases);
    static const struct {
        const char *text;
        size_t at;
        uint32_t value;
        size_t len;
    } cases[] = {
        {"once again", 0, 2, 10},
        {"ONCE\n  again so", 0, 2, 12},
        {"once more", 0, 1, 4},
        {"at once", 3, 1, 4},
        {"onceagain", 0, RAP_NO_PHRASE, 0},
        {"once againx", 0, 1, 4},
        {"Corr.1", 0, 4, 5},
        {"corr.", 0, 4, 5},
        {"states\xE2\x80\x99 rights", 0, 5, 16},
        {"onc", 0, RAP_NO_PHRASE, 0},
        {"", 0, RAP_NO_PHRASE, 0},
        {"once", 4, RAP_NO_PHRASE, 0},
        {"once\xC3\xA9", 0, RAP_NO_PHRASE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = 99;
        uint32_t value = rap_phrases_at (phrases, rap_text (cases[i].text), cases[i].at, &len);
        ck_assert_msg (value == cases[i].value && len == cases[i].len, "in '%s': value %u, %zu bytes", cases[i].text,
                       value, len);
    }
    rap_phrases_destroy (&phrases);
    ck_assert_ptr_null (phrases);
    rap_phrases_destroy (&phrases);
}
END_TEST

START_TEST (words)
{
    rap_text_t text = RAP_TEXT ("a well-known State\xE2\x80\x99s caf\xC3\xA9");
    ck_assert_uint_eq (rap_word_end (text, 2), 12);
    ck_assert_uint_eq (rap_word_before (text, 12), 2);
    ck_assert_uint_eq (rap_word_end (text, 13), 22);
    ck_assert_uint_eq (rap_word_end (text, 23), text.len);
    ck_assert_uint_eq (rap_word_before (text, text.len), 23);
    ck_assert_uint_eq (rap_word_before (text, 2), 2); //  a space ends no word
    ck_assert_uint_eq (rap_skip_space (RAP_TEXT (" \n\xC2\xA0x"), 0), 4);
    ck_assert_uint_eq (rap_hyphen_at (RAP_TEXT ("\xE2\x80\x91"), 0), 3);
    ck_assert_uint_eq (rap_hyphen_at (RAP_TEXT ("\xE2\x80\x99"), 0), 0);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("phrases");
    TCase *group = tcase_create ("phrases");
    tcase_add_test (group, longest_first);
    tcase_add_test (group, words);
    suite_add_tcase (suite, group);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
