//  snapshot: an answer that takes too long is given up, and the next one is not.
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "snapshot.h"
#include "store.h"

static const char endless[] =
    "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count (*) FROM n";

START_TEST (too_long_is_given_up)
{
    char folder[] = "/tmp/test_snapshot.XXXXXX", path[64];
    rap_reason_t reason;
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (path, sizeof path, "%s/x.db", folder);
    rap_snapshot_t *reader = rap_snapshot_new (path);
    ck_assert_int_eq (rap_snapshot_begin (reader, 1000, &reason), RAP_AGAIN); //  not there yet
    ck_assert_int_eq (rap_snapshot_version (reader), 0);
    rap_store_t *store = rap_store_open (path, &reason);
    ck_assert_ptr_nonnull (store);
    rap_store_close (&store);
    ck_assert_int_eq (rap_snapshot_begin (reader, 30, &reason), RAP_OK);
    ck_assert_int_eq (rap_snapshot_number (reader, endless, NULL, 0, -1), -1);
    ck_assert_int_eq (rap_snapshot_number (reader, "SELECT 7", NULL, 0, -1), -1); //  it is over
    ck_assert_int_eq (rap_snapshot_end (reader, &reason), RAP_AGAIN);
    ck_assert_int_eq (rap_snapshot_begin (reader, 60000, &reason), RAP_OK);
    rap_snapshot_hurry (reader, 20);
    ck_assert_int_eq (rap_snapshot_number (reader, endless, NULL, 0, -1), -1);
    ck_assert (rap_snapshot_was_late (reader));
    ck_assert_int_eq (rap_snapshot_number (reader, "SELECT 7", NULL, 0, -1), 7);
    ck_assert_int_eq (rap_snapshot_end (reader, &reason), RAP_OK);
    ck_assert_int_eq (rap_snapshot_begin (reader, 60000, &reason), RAP_OK);
    ck_assert_int_eq (rap_snapshot_number (reader, "DELETE FROM document", NULL, 0, -1), -1);
    ck_assert_int_eq (rap_snapshot_end (reader, &reason), RAP_FAILED);
    rap_snapshot_destroy (&reader);
    char command[96];
    snprintf (command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq (system (command), 0);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("snapshot");
    TCase *tcase = tcase_create ("time");
    tcase_add_test (tcase, too_long_is_given_up);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
