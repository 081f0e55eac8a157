//  roster: who is started when.

#include <check.h>
#include <stdlib.h>

#include "roster.h"

//  Starts all that is due, with pids from `pid` on; how many.
static int start_all (rap_roster_t *roster, pid_t pid, int64_t now_ms)
{
    int started = 0;
    for (int child; (child = rap_roster_due (roster, now_ms)) >= 0; started++)
        rap_roster_started (roster, (uint32_t)child, pid + started, now_ms);
    return started;
}

START_TEST (starts_each_once)
{
    rap_roster_t *roster = rap_roster_new (3);
    ck_assert_int_eq (rap_roster_wait_ms (roster, 0), 0);
    ck_assert_int_eq (start_all (roster, 100, 0), 3);
    ck_assert_uint_eq (rap_roster_running (roster), 3);
    ck_assert_int_eq (rap_roster_due (roster, 1000000), -1);
    ck_assert_int_eq (rap_roster_wait_ms (roster, 0), -1);
    ck_assert_int_eq (rap_roster_pid (roster, 1), 101);
    ck_assert_int_eq (rap_roster_ended (roster, 999, false, 5), -1);
    rap_roster_destroy (&roster);
    ck_assert_ptr_null (roster);
}
END_TEST

START_TEST (replaces_at_once_what_lived)
{
    rap_roster_t *roster = rap_roster_new (2);
    start_all (roster, 100, 0);
    for (int64_t now_ms = 5000; now_ms < 5000 * 50; now_ms += 5000) {
        ck_assert_int_eq (rap_roster_ended (roster, 100, false, now_ms), 0);
        ck_assert_uint_eq (rap_roster_running (roster), 1);
        ck_assert_int_eq (start_all (roster, 100, now_ms), 1);
    }
    rap_roster_destroy (&roster);
}
END_TEST

//  Ends child 0 as soon as it is started, `times` times; the last wait.
static int64_t die_young (rap_roster_t *roster, int times, bool refused, int64_t *now_ms)
{
    int64_t wait_ms = 0;
    for (int i = 0; i < times; i++) {
        ck_assert_int_eq (rap_roster_due (roster, *now_ms), 0);
        rap_roster_started (roster, 0, 100, *now_ms);
        ck_assert_int_eq (rap_roster_ended (roster, 100, refused, *now_ms + 1), 0);
        *now_ms += 1;
        wait_ms = rap_roster_wait_ms (roster, *now_ms);
        if (wait_ms > 0)
            ck_assert_int_eq (rap_roster_due (roster, *now_ms + wait_ms - 1), -1);
        *now_ms += wait_ms;
    }
    return wait_ms;
}

START_TEST (waits_longer_for_what_dies_young)
{
    rap_roster_t *roster = rap_roster_new (1);
    int64_t now_ms = 0;
    ck_assert_int_eq (die_young (roster, 3, false, &now_ms), 0);
    ck_assert_int_eq (die_young (roster, 1, false, &now_ms), 200);
    ck_assert_int_eq (die_young (roster, 1, false, &now_ms), 400);
    ck_assert_int_eq (die_young (roster, 20, false, &now_ms), 5000);
    //  one long life, and all is forgiven
    rap_roster_started (roster, 0, 100, now_ms);
    rap_roster_ended (roster, 100, false, now_ms + 60000);
    ck_assert_int_eq (rap_roster_due (roster, now_ms + 60000), 0);
    rap_roster_destroy (&roster);
}
END_TEST

START_TEST (waits_for_what_is_refused)
{
    rap_roster_t *roster = rap_roster_new (1);
    int64_t now_ms = 0;
    ck_assert_int_eq (die_young (roster, 1, true, &now_ms), 200);
    ck_assert_int_eq (die_young (roster, 20, true, &now_ms), 30000);
    rap_roster_destroy (&roster);
}
END_TEST

START_TEST (waits_for_what_cannot_be_started)
{
    rap_roster_t *roster = rap_roster_new (1);
    rap_roster_not_started (roster, 0, 0);
    ck_assert_int_eq (rap_roster_due (roster, 199), -1);
    ck_assert_int_eq (rap_roster_due (roster, 200), 0);
    rap_roster_destroy (&roster);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("roster");
    TCase *tcase = tcase_create ("roster");
    tcase_add_test (tcase, starts_each_once);
    tcase_add_test (tcase, replaces_at_once_what_lived);
    tcase_add_test (tcase, waits_longer_for_what_dies_young);
    tcase_add_test (tcase, waits_for_what_is_refused);
    tcase_add_test (tcase, waits_for_what_cannot_be_started);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
