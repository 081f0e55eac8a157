//  The statements of link.sql: none of them looks at all rows of a table, else each document would take longer to
//  link than the one before.
#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "store.h"

extern const char rap_link_sql[];

//  What may be gone through: names of common table expressions and the like, which hold a document's own rows, and
//  json_each; a SELECT without a table. A table that link.sql reads is known there by another letter, or by its name.
static const char *const small[] = {"told", "borne", "t", "a", "own", "best", "j VIRTUAL", "CONSTANT ROW"};

static bool is_small (const char *scanned)
{
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        if (strncmp (scanned, small[i], strlen (small[i])) == 0
            && (scanned[strlen (small[i])] == '\0' || scanned[strlen (small[i])] == ' '))
            return true;
    return false;
}

//  Statement of the query's plan, ready to be stepped; *rest behind it. NULL after the last one.
static sqlite3_stmt *plan_of (sqlite3 *db, const char *sql, const char **rest)
{
    sqlite3_stmt *plain = NULL, *plan = NULL;
    ck_assert_int_eq (sqlite3_prepare_v2 (db, sql, -1, &plain, rest), SQLITE_OK);
    if (plain) {
        char *explain = sqlite3_mprintf ("EXPLAIN QUERY PLAN %s", sqlite3_sql (plain));
        ck_assert_int_eq (sqlite3_prepare_v2 (db, explain, -1, &plan, NULL), SQLITE_OK);
        sqlite3_free (explain);
    }
    sqlite3_finalize (plain);
    return plan;
}

START_TEST (no_statement_scans_a_table)
{
    char path[] = "/tmp/test_link.XXXXXX";
    rap_reason_t reason;
    const char *what = "";
    sqlite3 *db;
    int statements = 0;
    ck_assert_ptr_nonnull (mkdtemp (path));
    char *file = sqlite3_mprintf ("%s/x.db", path);
    rap_store_t *store = rap_store_open (file, &reason);
    ck_assert_ptr_nonnull (store);
    rap_store_close (&store);
    ck_assert_int_eq (sqlite3_open (file, &db), SQLITE_OK);
    rap_link_t *link = rap_link_new (db, &what); //  for rap_hash
    ck_assert_ptr_nonnull (link);
    sqlite3_stmt *plan;
    for (const char *sql = rap_link_sql; *sql && (plan = plan_of (db, sql, &sql)); statements++) {
        while (sqlite3_step (plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text (plan, 3);
            if (strncmp (step, "SCAN ", 5) == 0 && !is_small (step + 5))
                ck_abort_msg ("%s: %s", step, sqlite3_sql (plan));
        }
        sqlite3_finalize (plan);
    }
    ck_assert_int_gt (statements, 20);
    rap_link_destroy (&link);
    sqlite3_close (db);
    static const char *const beside[] = {"-lock", "-sums"};
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        char *other = sqlite3_mprintf ("%s%s", file, beside[i]);
        remove (other);
        sqlite3_free (other);
    }
    remove (file);
    ck_assert_int_eq (remove (path), 0);
    sqlite3_free (file);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("link");
    TCase *tcase = tcase_create ("plans");
    tcase_add_test (tcase, no_statement_scans_a_table);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
