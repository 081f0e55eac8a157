//  What a group knows: documents, new chunks in order, and what a rollback forgets.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "group.h"

static rap_text_t id_of (uint32_t i, char *room)
{
    snprintf (room, 64, "%032x", i);
    return rap_text (room);
}

START_TEST (finds_thousands_of_documents_again)
{
    char room[64];
    rap_group_t *group = rap_group_new ();
    for (uint32_t i = 0; i < 5000; i++)
        rap_group_learn (group, id_of (i, room), i + 1, i, 0);
    for (uint32_t i = 0; i < 5000; i++) {
        rap_place_t *place = rap_group_find (group, id_of (i, room));
        ck_assert_ptr_nonnull (place);
        ck_assert_uint_eq (place->number, i + 1);
        ck_assert_uint_eq (place->chunks, i);
    }
    ck_assert_ptr_null (rap_group_find (group, id_of (5000, room)));
    rap_group_destroy (&group);
    ck_assert_ptr_null (group);
}
END_TEST

START_TEST (knows_which_chunks_were_new)
{
    char room[64];
    rap_group_t *group = rap_group_new ();
    rap_place_t *place = rap_group_learn (group, id_of (1, room), 1, 9, 4);
    for (int64_t i = 0; i < 3000; i++) {
        int64_t chunk = 1 + i * 7919 % 3001;
        ck_assert (!rap_group_has (group, chunk));
        rap_group_add (group, place, chunk);
        ck_assert (rap_group_has (group, chunk));
    }
    for (int64_t i = 0; i < 3000; i++)
        ck_assert (rap_group_has (group, 1 + i * 7919 % 3001));
    ck_assert (!rap_group_has (group, 3002));
    ck_assert_uint_eq (place->added, 3000);
    rap_group_next (group);
    ck_assert (!rap_group_has (group, 1));
    ck_assert_uint_eq (place->added, 0);
    ck_assert_uint_eq (place->stored, 3004);
    rap_group_destroy (&group);
}
END_TEST

START_TEST (touches_each_document_once_a_group)
{
    char room[64];
    rap_group_t *group = rap_group_new ();
    rap_group_learn (group, id_of (1, room), 1, 9, 0);
    rap_place_t *two = rap_group_learn (group, id_of (2, room), 2, 9, 0);
    rap_group_add (group, two, 5);
    rap_group_notice (group, two);
    rap_group_add (group, two, 6);
    ck_assert_ptr_eq (rap_group_touched (group, 0), two);
    ck_assert_ptr_null (rap_group_touched (group, 1));
    ck_assert (two->noticed);
    rap_group_next (group);
    ck_assert_ptr_null (rap_group_touched (group, 0));
    ck_assert_ptr_eq (rap_group_find (group, id_of (2, room)), two);
    ck_assert_uint_eq (two->added, 0);
    ck_assert (!two->noticed);
    rap_group_forget (group);
    ck_assert_ptr_null (rap_group_find (group, id_of (1, room)));
    rap_group_destroy (&group);
}
END_TEST

START_TEST (keeps_only_so_many_over_groups)
{
    char room[64];
    rap_group_t *group = rap_group_new ();
    for (uint32_t i = 0; i < 20000; i++)
        rap_group_add (group, rap_group_learn (group, id_of (i, room), i, 1, 0), i + 1);
    ck_assert_ptr_nonnull (rap_group_touched (group, 19999));
    rap_group_next (group);
    ck_assert_ptr_null (rap_group_touched (group, 0));
    ck_assert_ptr_null (rap_group_find (group, id_of (7, room)));
    rap_group_destroy (&group);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("group");
    TCase *tests = tcase_create ("group");
    tcase_add_test (tests, finds_thousands_of_documents_again);
    tcase_add_test (tests, knows_which_chunks_were_new);
    tcase_add_test (tests, touches_each_document_once_a_group);
    tcase_add_test (tests, keeps_only_so_many_over_groups);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failures = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
