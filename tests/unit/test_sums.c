//  sums: what was written is known block by block; what is not as it was written is told.
#include <check.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rapporteur/sums.h"

static char folder[64], path[96];
static rap_reason_t reason;

static void begin (void)
{
    snprintf (folder, sizeof folder, "/tmp/test_sums.XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (path, sizeof path, "%s/x.db", folder);
}

static void end (void)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-sums"};
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        char file[128];
        snprintf (file, sizeof file, "%s%s", path, tails[i]);
        unlink (file);
    }
    rmdir (folder);
}

static sqlite3 *open_db (const char *vfs)
{
    sqlite3 *db;
    int flags = vfs == rap_sums_vfs_strict () ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    ck_assert_int_eq (sqlite3_open_v2 (path, &db, flags, vfs), SQLITE_OK);
    return db;
}

static void run (const char *vfs, const char *sql)
{
    sqlite3 *db = open_db (vfs);
    ck_assert_msg (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg (db));
    sqlite3_close (db);
}

#define FILL                                                                                                         \
    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; CREATE TABLE t (x); WITH RECURSIVE n (i) AS (SELECT 1"      \
    " UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT printf ('%100d', i) FROM n"

typedef struct {
    uint64_t blocks[3], last; //  by fault
} told_t;

static bool nothing_covered (void *self, uint64_t block)
{
    (void)self;
    (void)block;
    return false;
}

static void tell (void *self, uint64_t block, rap_sum_fault_t fault)
{
    told_t *told = self;
    told->blocks[fault]++;
    told->last = block;
}

static told_t check (void)
{
    told_t told = {{0}, 0};
    ck_assert_int_eq (rap_sums_check (path, nothing_covered, tell, &told, &reason), RAP_OK);
    return told;
}

static void expect (uint64_t damaged, uint64_t broken, uint64_t missing)
{
    told_t told = check ();
    ck_assert_uint_eq (told.blocks[RAP_SUM_DAMAGED], damaged);
    ck_assert_uint_eq (told.blocks[RAP_SUM_BROKEN], broken);
    ck_assert_uint_eq (told.blocks[RAP_SUM_MISSING], missing);
}

static void flip (const char *tail, off_t at, uint8_t bits)
{
    char file[128];
    uint8_t byte;
    snprintf (file, sizeof file, "%s%s", path, tail);
    int fd = open (file, O_RDWR);
    ck_assert_int_eq (pread (fd, &byte, 1, at), 1);
    byte ^= bits;
    ck_assert_int_eq (pwrite (fd, &byte, 1, at), 1);
    close (fd);
}

START_TEST (all_that_was_written_is_known)
{
    run (rap_sums_vfs (), FILL);
    expect (0, 0, 0);
    run (rap_sums_vfs (), "UPDATE t SET x = 'short' WHERE rowid % 3 = 0; VACUUM");
    expect (0, 0, 0);
}
END_TEST

START_TEST (each_flipped_bit_is_told)
{
    run (rap_sums_vfs (), FILL);
    for (int bit = 0; bit < 200; bit++) {
        off_t at = (off_t)bit * 1009 % (20 * 8192);
        flip ("", at, (uint8_t)(1 << bit % 8));
        told_t told = check ();
        ck_assert_uint_eq (told.blocks[RAP_SUM_DAMAGED], 1);
        ck_assert_uint_eq (told.last, (uint64_t)at / RAP_SUMS_BLOCK);
        flip ("", at, (uint8_t)(1 << bit % 8));
    }
    expect (0, 0, 0);
}
END_TEST

START_TEST (a_block_of_another_place_is_told)
{
    static uint8_t block[RAP_SUMS_BLOCK];
    run (rap_sums_vfs (), FILL);
    int fd = open (path, O_RDWR);
    ck_assert_int_eq (pread (fd, block, sizeof block, 4 * RAP_SUMS_BLOCK), sizeof block);
    ck_assert_int_eq (pwrite (fd, block, sizeof block, 6 * RAP_SUMS_BLOCK), sizeof block);
    close (fd);
    expect (1, 0, 0);
}
END_TEST

START_TEST (damage_of_the_sums_is_not_taken_for_damage_of_the_file)
{
    run (rap_sums_vfs (), FILL);
    flip ("-sums", 4096 + 8 * 5 + 1, 1);
    expect (0, 1, 0);
    flip ("-sums", 4096 + 8 * 5 + 1, 1);
    flip ("-sums", 4096 + 8 * 5 + 6, 1);
    expect (0, 1, 0);
    ck_assert_int_eq (rap_sums_seal (path, &reason), RAP_OK);
    expect (0, 0, 0);
}
END_TEST

START_TEST (a_file_without_sums_gets_them)
{
    told_t told;
    run (NULL, FILL);
    ck_assert_int_eq (rap_sums_check (path, nothing_covered, tell, &told, &reason), RAP_AGAIN);
    run (rap_sums_vfs (), "INSERT INTO t VALUES (1)");
    expect (0, 0, 0);
}
END_TEST

START_TEST (damage_is_not_written_over)
{
    run (rap_sums_vfs (), FILL);
    flip ("", 5 * 8192 + 4000, 4);
    run (rap_sums_vfs (), "UPDATE t SET x = substr (x, 2)");
    told_t told = check ();
    ck_assert_uint_ge (told.blocks[RAP_SUM_DAMAGED], 1);
    ck_assert_int_eq (rap_sums_seal (path, &reason), RAP_OK);
    expect (0, 0, 0);
}
END_TEST

//  As a daemon that is killed leaves it.
static void run_and_die (const char *sql)
{
    pid_t child = fork ();
    if (child == 0) {
        sqlite3 *db = open_db (rap_sums_vfs ());
        _exit (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK);
    }
    int status;
    ck_assert_int_eq (waitpid (child, &status, 0), child);
    ck_assert_int_eq (status, 0);
}

START_TEST (a_log_that_another_program_put_into_the_file_is_no_damage)
{
    run (rap_sums_vfs (), FILL);
    run_and_die ("UPDATE t SET x = substr (x, 2)");
    ck_assert (!rap_sums_log_gone (path));
    run (NULL, "SELECT count (*) FROM t"); //  reads, and is the last to close
    ck_assert (rap_sums_log_gone (path));
    run (rap_sums_vfs (), "UPDATE t SET x = 'short' WHERE rowid = 1");
    ck_assert (!rap_sums_log_gone (path));
    expect (0, 0, 0);
}
END_TEST

START_TEST (strict_reading_fails_there_and_only_there)
{
    run (rap_sums_vfs (), FILL);
    flip ("", 5 * 8192 + 4000, 4);
    sqlite3 *db = open_db (rap_sums_vfs_strict ());
    ck_assert_int_eq (sqlite3_exec (db, "SELECT x FROM t WHERE rowid = 1", NULL, NULL, NULL), SQLITE_OK);
    ck_assert_int_eq (sqlite3_exec (db, "SELECT count (x) FROM t WHERE x > ''", NULL, NULL, NULL), SQLITE_CORRUPT);
    sqlite3_close (db);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("sums");
    TCase *tests = tcase_create ("sums");
    tcase_add_checked_fixture (tests, begin, end);
    tcase_add_test (tests, all_that_was_written_is_known);
    tcase_add_test (tests, each_flipped_bit_is_told);
    tcase_add_test (tests, a_block_of_another_place_is_told);
    tcase_add_test (tests, damage_of_the_sums_is_not_taken_for_damage_of_the_file);
    tcase_add_test (tests, a_file_without_sums_gets_them);
    tcase_add_test (tests, damage_is_not_written_over);
    tcase_add_test (tests, a_log_that_another_program_put_into_the_file_is_no_damage);
    tcase_add_test (tests, strict_reading_fails_there_and_only_there);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed != 0;
}
