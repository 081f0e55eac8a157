//  shrink: what is left still does it, nothing of it could go, and questions are bounded.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/utf8.h"

#include "shrink.h"

typedef struct {
    const char *needs[3];
    int asked, most;
} need_t;

static rap_shrink_answer_t has_all (void *self, rap_text_t text)
{
    need_t *need = self;
    ck_assert_uint_eq (rap_utf8_invalid_at (text), text.len);
    if (need->asked++ >= need->most)
        return RAP_SHRINK_ENOUGH;
    for (size_t i = 0; i < 3 && need->needs[i]; i++)
        if (!text.len || !memmem (text.at, text.len, need->needs[i], strlen (need->needs[i])))
            return RAP_SHRINK_NO;
    return RAP_SHRINK_YES;
}

static char *shrink (const char *text, need_t need, bool minimal)
{
    char *bytes = strdup (text);
    size_t len = strlen (text);
    ck_assert_int_eq (rap_shrink (bytes, &len, has_all, &need), minimal);
    ck_assert_uint_le (len, strlen (text));
    bytes[len] = 0;
    return bytes;
}

static void check (const char *text, need_t need, bool minimal, const char *left)
{
    char *found = shrink (text, need, minimal);
    ck_assert_str_eq (found, left);
    free (found);
}

START_TEST (only_what_is_needed_is_left)
{
    check ("all of these words and a thorn among them", (need_t){{"thorn"}, 0, 10000}, true, "thorn");
    check ("first x then much else and last y", (need_t){{"x", "y"}, 0, 10000}, true, "xy");
    check ("caf\xc3\xa9 \xe2\x82\xac 12 \xf0\x9f\x9a\xa2", (need_t){{"\xe2\x82\xac", "\xf0\x9f\x9a\xa2"}, 0, 10000},
           true, "\xe2\x82\xac\xf0\x9f\x9a\xa2");
    check ("nothing of it", (need_t){{NULL}, 0, 10000}, true, "");
    check ("", (need_t){{NULL}, 0, 10000}, true, "");
    check ("kept", (need_t){{"kept"}, 0, 10000}, true, "kept");
}
END_TEST

START_TEST (questions_are_bounded)
{
    char *found = shrink ("all of these words and a thorn among them", (need_t){{"thorn"}, 0, 7}, false);
    ck_assert_ptr_nonnull (strstr (found, "thorn"));
    ck_assert_uint_lt (strlen (found), 41);
    free (found);
    check ("untouched", (need_t){{"touch"}, 0, 0}, false, "untouched");
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("shrink");
    TCase *tcase = tcase_create ("all");
    tcase_add_test (tcase, only_what_is_needed_is_left);
    tcase_add_test (tcase, questions_are_bounded);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
