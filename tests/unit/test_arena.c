//  arena: pieces do not overlap, are aligned and zeroed; reset forgets.
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "rapporteur/arena.h"

//  Where a byte that is not `value` stands, `size` if there is none; only every
//  `step`th is looked at. An assertion a byte would take minutes.
static size_t other_than (const unsigned char *at, size_t size, unsigned value, size_t step)
{
    for (size_t n = 0; n < size; n += step)
        if (at[n] != value)
            return n;
    return size;
}

START_TEST (pieces_are_apart_aligned_and_zeroed)
{
    enum { PIECES = 3000 };
    static unsigned char *at[PIECES];
    static size_t size[PIECES];
    rap_arena_t *arena = rap_arena_new ();
    srand (11);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < PIECES; i++) {
            size[i] = (size_t)(rand () % (i % 100 == 0 ? 300000 : 400));
            at[i] = rap_arena_alloc (arena, size[i]);
            ck_assert_uint_eq ((uintptr_t)at[i] % _Alignof(max_align_t), 0);
            ck_assert_uint_eq (other_than (at[i], size[i], 0, 1), size[i]);
            memset (at[i], 1 + i % 255, size[i]);
        }
        for (int i = 0; i < PIECES; i++)
            ck_assert_uint_eq (other_than (at[i], size[i], (unsigned)(1 + i % 255), 97), size[i]);
        rap_arena_reset (arena);
        ck_assert_uint_eq (rap_arena_used (arena), 0);
    }
    rap_arena_destroy (&arena);
    ck_assert_ptr_null (arena);
    rap_arena_destroy (&arena);
}
END_TEST

START_TEST (texts_are_copied_and_terminated)
{
    rap_arena_t *arena = rap_arena_new ();
    char bytes[] = "abc";
    rap_text_t copy = rap_arena_text (arena, rap_text_of (bytes, 2));
    bytes[0] = 'x';
    ck_assert_str_eq (copy.at, "ab");
    ck_assert_uint_eq (copy.len, 2);
    rap_text_t empty = rap_arena_text (arena, (rap_text_t){NULL, 0});
    ck_assert_str_eq (empty.at, "");
    rap_text_t made = rap_arena_format (arena, "%d %s", 7, "of nine");
    ck_assert_str_eq (made.at, "7 of nine");
    ck_assert_uint_eq (made.len, 9);
    ck_assert_uint_gt (rap_arena_used (arena), 0);
    rap_arena_destroy (&arena);
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("arena");
    tcase_set_timeout (tcase, 120);
    tcase_add_test (tcase, pieces_are_apart_aligned_and_zeroed);
    tcase_add_test (tcase, texts_are_copied_and_terminated);
    Suite *suite = suite_create ("arena");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
