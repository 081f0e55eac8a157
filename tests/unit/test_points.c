//  points: bytes to code points, against counting them one by one.

#include <check.h>
#include <stdlib.h>

#include "points.h"

static void check_all (rap_text_t text)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_points_t points = rap_points_index (text, arena);
    uint32_t counted = 0;
    for (size_t byte = 0; byte < text.len; byte++) {
        bool begins = ((unsigned char)text.at[byte] & 0xC0) != 0x80;
        ck_assert_int_eq (rap_points_boundary (&points, byte), begins);
        if (begins)
            ck_assert_uint_eq (rap_points_at (&points, byte), counted);
        counted += begins;
    }
    ck_assert_uint_eq (rap_points_at (&points, text.len), counted);
    ck_assert (rap_points_boundary (&points, text.len));
    ck_assert (!rap_points_boundary (&points, text.len + 1));
    rap_arena_destroy (&arena);
}

START_TEST (agrees_with_counting)
{
    static const char *const pieces[] = {"a", "\xC3\xA9", "\xE2\x80\x93", "\xF0\x9F\x8C\x8D", "Rapporteur "};
    char text[400];
    srand (1);
    for (int round = 0; round < 500; round++) {
        size_t len = 0, most = (size_t)round % (sizeof text - 16);
        while (len < most) {
            const char *piece = pieces[rand () % (round % 2 ? 5 : 1)];
            memcpy (text + len, piece, strlen (piece));
            len += strlen (piece);
        }
        check_all (rap_text_of (text, len));
    }
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("points");
    TCase *tcase = tcase_create ("points");
    tcase_add_test (tcase, agrees_with_counting);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
