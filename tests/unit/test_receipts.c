//  Who is told what, and when it is forgotten.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "receipts.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static rap_peer_t peer_of (uint8_t name)
{
    return (rap_peer_t){.bytes = {0, name}, .len = 2};
}

static void expect_peers (const rap_receipts_t *receipts, const char *expected)
{
    char names[256] = "";
    for (size_t i = 0; i < rap_receipts_peers (receipts); i++)
        strncat (names, (const char *)rap_receipts_peer (receipts, i)->bytes + 1, 1);
    ck_assert_str_eq (names, expected);
}

//  All ranges given from now on, as "a0+3 b2+1 ".
static void expect_ranges (rap_receipts_t *receipts, const char *expected)
{
    rap_ranges_t ranges;
    char all[512] = "";
    while (rap_receipts_next (receipts, &ranges))
        for (uint32_t i = 0; i < ranges.count; i++)
            sprintf (all + strlen (all), "%c%u+%u ", ranges.at[i].document_id.at[0], ranges.at[i].first,
                     ranges.at[i].count);
    ck_assert_str_eq (all, expected);
}

START_TEST (tells_those_who_said_hello)
{
    rap_receipts_t *receipts = rap_receipts_new ();
    rap_peer_t a = peer_of ('a'), b = peer_of ('b'), c = peer_of ('c');
    rap_receipts_heard (receipts, &c, 0); //  never said hello
    ck_assert_int_eq (rap_receipts_hello (receipts, &a, 0), RAP_OK);
    ck_assert_int_eq (rap_receipts_hello (receipts, &b, 0), RAP_OK);
    ck_assert_int_eq (rap_receipts_hello (receipts, &a, 5), RAP_OK); //  again, after a restart of ours
    expect_peers (receipts, "ab");
    rap_receipts_forget (receipts, &a);
    rap_receipts_forget (receipts, &c);
    expect_peers (receipts, "b");
    rap_receipts_destroy (&receipts);
    ck_assert_ptr_null (receipts);
}
END_TEST

START_TEST (forgets_the_silent)
{
    rap_receipts_t *receipts = rap_receipts_new ();
    rap_peer_t a = peer_of ('a'), b = peer_of ('b'), c = peer_of ('c');
    rap_receipts_hello (receipts, &a, 1000);
    rap_receipts_hello (receipts, &b, 1000);
    rap_receipts_hello (receipts, &c, 1000);
    rap_receipts_heard (receipts, &b, 2000);
    rap_receipts_tick (receipts, 1000 + RAP_RECEIPTS_PEER_SILENT_MS);
    expect_peers (receipts, "abc");
    rap_receipts_tick (receipts, 1001 + RAP_RECEIPTS_PEER_SILENT_MS);
    expect_peers (receipts, "b");
    rap_receipts_destroy (&receipts);
}
END_TEST

START_TEST (takes_only_so_many)
{
    rap_receipts_t *receipts = rap_receipts_new ();
    for (uint8_t i = 0; i < RAP_RECEIPTS_PEERS_MAX; i++) {
        rap_peer_t peer = peer_of (i);
        ck_assert_int_eq (rap_receipts_hello (receipts, &peer, 0), RAP_OK);
    }
    rap_peer_t first = peer_of (0), more = peer_of (255);
    ck_assert_int_eq (rap_receipts_hello (receipts, &more, 0), RAP_REFUSED);
    ck_assert_int_eq (rap_receipts_hello (receipts, &first, 0), RAP_OK);
    rap_receipts_destroy (&receipts);
}
END_TEST

START_TEST (joins_runs_and_keeps_its_own_copies)
{
    rap_receipts_t *receipts = rap_receipts_new ();
    char id[] = ID_A;
    for (uint32_t i = 3; i < 6; i++)
        rap_receipts_stored (receipts, rap_text (id), i);
    rap_receipts_stored (receipts, rap_text (id), 9);
    memset (id, 'x', sizeof id - 1); //  the message is gone
    rap_receipts_stored (receipts, RAP_TEXT (ID_B), 10);
    rap_receipts_stored (receipts, RAP_TEXT (ID_A), 11);
    rap_receipts_stored (receipts, RAP_TEXT (ID_A), 11); //  a copy is receipted again
    ck_assert_uint_eq (rap_receipts_pending (receipts), 7);
    expect_ranges (receipts, "a3+3 a9+1 b10+1 a11+1 a11+1 ");
    expect_ranges (receipts, "");
    rap_receipts_clear (receipts);
    ck_assert_uint_eq (rap_receipts_pending (receipts), 0);
    rap_receipts_stored (receipts, RAP_TEXT (ID_A), 12);
    expect_ranges (receipts, "a12+1 ");
    rap_receipts_destroy (&receipts);
}
END_TEST

START_TEST (a_group_rolled_back_tells_nothing)
{
    rap_receipts_t *receipts = rap_receipts_new ();
    rap_peer_t a = peer_of ('a'), to;
    uint64_t notice;
    rap_receipts_stored (receipts, RAP_TEXT (ID_A), 1);
    ck_assert (rap_receipts_noticed (receipts, &a, 4));
    rap_receipts_clear (receipts);
    expect_ranges (receipts, "");
    ck_assert (!rap_receipts_next_notice (receipts, &to, &notice));
    rap_receipts_destroy (&receipts);
}
END_TEST

START_TEST (gives_no_more_than_a_message_takes)
{
    rap_receipts_t *receipts = rap_receipts_new ();
    rap_ranges_t ranges;
    for (uint32_t i = 0; i < RAP_RANGES_MAX + 10; i++)
        rap_receipts_stored (receipts, RAP_TEXT (ID_A), i * 2);
    ck_assert (rap_receipts_next (receipts, &ranges));
    ck_assert_uint_eq (ranges.count, RAP_RANGES_MAX);
    ck_assert (rap_receipts_next (receipts, &ranges));
    ck_assert_uint_eq (ranges.count, 10);
    ck_assert_uint_eq (ranges.at[9].first, (RAP_RANGES_MAX + 9) * 2);
    ck_assert (!rap_receipts_next (receipts, &ranges));
    rap_receipts_destroy (&receipts);
}
END_TEST

START_TEST (notices_go_to_who_told_them)
{
    rap_receipts_t *receipts = rap_receipts_new ();
    rap_peer_t a = peer_of ('a'), b = peer_of ('b'), to;
    uint64_t notice;
    ck_assert (rap_receipts_noticed (receipts, &a, 4));
    ck_assert (rap_receipts_noticed (receipts, &b, 5));
    ck_assert (rap_receipts_next_notice (receipts, &to, &notice));
    ck_assert_uint_eq (notice, 4);
    ck_assert_uint_eq (to.bytes[1], 'a');
    ck_assert (rap_receipts_next_notice (receipts, &to, &notice));
    ck_assert_uint_eq (notice, 5);
    ck_assert_uint_eq (to.bytes[1], 'b');
    ck_assert (!rap_receipts_next_notice (receipts, &to, &notice));
    rap_receipts_clear (receipts);
    for (int i = 0; i < RAP_RECEIPTS_NOTICES_MAX; i++)
        ck_assert (rap_receipts_noticed (receipts, &a, 1));
    ck_assert (!rap_receipts_noticed (receipts, &a, 1));
    rap_receipts_destroy (&receipts);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("receipts");
    TCase *tests = tcase_create ("receipts");
    tcase_add_test (tests, tells_those_who_said_hello);
    tcase_add_test (tests, forgets_the_silent);
    tcase_add_test (tests, takes_only_so_many);
    tcase_add_test (tests, joins_runs_and_keeps_its_own_copies);
    tcase_add_test (tests, a_group_rolled_back_tells_nothing);
    tcase_add_test (tests, gives_no_more_than_a_message_takes);
    tcase_add_test (tests, notices_go_to_who_told_them);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failures = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
