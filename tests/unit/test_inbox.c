//  inbox: what is taken, refused, left; and that nothing is moved before the commit.
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inbox.h"

static char folder[64];
static char box[128];
static rap_journal_t *journal;
static rap_inbox_t *inbox;
static rap_reason_t reason;

static char *in_box (const char *name)
{
    static char path[4][512];
    static int at;
    at = (at + 1) % 4;
    snprintf (path[at], sizeof path[at], "%s/%s", box, name);
    return path[at];
}

static void put_bytes (const char *name, const char *bytes, size_t len)
{
    FILE *file = fopen (in_box (name), "w");
    ck_assert_ptr_nonnull (file);
    ck_assert_uint_eq (fwrite (bytes, 1, len, file), len);
    fclose (file);
}

static void put (const char *name, const char *text)
{
    put_bytes (name, text, strlen (text));
}

static bool is_there (const char *name)
{
    struct stat is;
    return lstat (in_box (name), &is) == 0;
}

static void open_inbox (void)
{
    inbox = rap_inbox_new (box, journal, &reason);
    ck_assert_msg (inbox != NULL, "%s", reason.text);
}

static void begin (void)
{
    char path[128];
    snprintf (folder, sizeof folder, "/tmp/test_inbox.XXXXXX");
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (box, sizeof box, "%s/inbox", folder);
    snprintf (path, sizeof path, "%s/journal.db", folder);
    journal = rap_journal_open (path, &reason);
    ck_assert_msg (journal != NULL, "%s", reason.text);
    mkdir (box, 0755);
}

static void end (void)
{
    char command[160];
    rap_inbox_destroy (&inbox);
    rap_journal_close (&journal);
    snprintf (command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq (system (command), 0);
}

//  Looks and takes until nothing waits, then commits.
static void take_all (void)
{
    rap_inbox_look (inbox);
    while (rap_inbox_busy (inbox) || rap_inbox_waiting (inbox)) {
        rap_inbox_step (inbox);
        ck_assert_msg (rap_journal_commit (journal, &reason) == RAP_OK, "%s", reason.text);
        rap_inbox_committed (inbox);
    }
}

static uint64_t taken (void)
{
    return rap_journal_counts (journal).taken;
}

static rap_unread_t unread (uint64_t after)
{
    rap_unread_t one;
    ck_assert_int_eq (rap_journal_unread (journal, after, &one), RAP_OK);
    return one;
}

static char *reason_of (const char *name)
{
    static char text[1024];
    char path[300];
    snprintf (path, sizeof path, "refused/%s.reason", name);
    FILE *file = fopen (in_box (path), "r");
    ck_assert_ptr_nonnull (file);
    text[fread (text, 1, sizeof text - 1, file)] = 0;
    fclose (file);
    return text;
}

START_TEST (files_that_are_there_and_files_that_come)
{
    put ("b.txt", "second");
    put ("a.txt", "first");
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 2);
    ck_assert (rap_text_equal (unread (0).document.source, RAP_TEXT ("a.txt")));
    ck_assert (!is_there ("a.txt") && is_there ("taken/a.txt") && is_there ("taken/b.txt"));
    put ("c.txt", "third");
    put (".hidden", "fourth");
    rename (in_box (".hidden"), in_box ("d.txt"));
    take_all ();
    ck_assert_uint_eq (taken (), 4);
    ck_assert (is_there ("taken/c.txt") && is_there ("taken/d.txt"));
}
END_TEST

START_TEST (nothing_moves_before_the_commit)
{
    put ("a.txt", "first");
    open_inbox ();
    rap_inbox_look (inbox);
    rap_inbox_step (inbox);
    ck_assert (rap_inbox_waiting (inbox));
    ck_assert (is_there ("a.txt"));
    rap_journal_rollback (journal);
    rap_inbox_failed (inbox);
    ck_assert (is_there ("a.txt"));
    ck_assert_uint_eq (taken (), 0);
    take_all ();
    ck_assert_uint_eq (taken (), 1);
    ck_assert (is_there ("taken/a.txt"));
}
END_TEST

START_TEST (killed_between_commit_and_move_it_is_taken_once)
{
    put ("a.txt", "first");
    open_inbox ();
    rap_inbox_look (inbox);
    rap_inbox_step (inbox);
    ck_assert_int_eq (rap_journal_commit (journal, &reason), RAP_OK);
    rap_inbox_destroy (&inbox); //  the move never came
    ck_assert (is_there ("a.txt"));
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 1);
    ck_assert (is_there ("taken/a.txt"));
}
END_TEST

START_TEST (particulars_stand_beside)
{
    put ("a.txt.meta",
         "# of the first\n symbol: A/1/2\ndate:2030-02-28\r\ntitle: A title: with a colon\nlanguage: en\n");
    put ("a.txt", "first");
    open_inbox ();
    take_all ();
    rap_unread_t one = unread (0);
    ck_assert (rap_text_equal (one.document.symbol, RAP_TEXT ("A/1/2")));
    ck_assert (rap_text_equal (one.document.published, RAP_TEXT ("2030-02-28")));
    ck_assert (rap_text_equal (one.document.title, RAP_TEXT ("A title: with a colon")));
    ck_assert (rap_text_equal (one.document.language, RAP_TEXT ("en")));
    ck_assert (is_there ("taken/a.txt.meta") && !is_there ("a.txt.meta"));
    put ("b.txt.meta", "source: https://example.org/b\n");
    put ("b.txt", "second");
    take_all ();
    ck_assert (rap_text_equal (unread (1).document.source, RAP_TEXT ("https://example.org/b")));
}
END_TEST

START_TEST (mistakes_in_particulars_are_refused_with_their_line)
{
    put ("a.txt.meta", "symbol: A/1\ncolour: red\n");
    put ("a.txt", "first");
    put ("b.txt.meta", "date: 2030-02-30\n");
    put ("b.txt", "second");
    put ("c.txt.meta", "no colon here\n");
    put ("c.txt", "third");
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 0);
    ck_assert (is_there ("refused/a.txt") && is_there ("refused/a.txt.meta") && is_there ("refused/b.txt"));
    ck_assert_ptr_nonnull (strstr (reason_of ("a.txt"), "a.txt.meta:2"));
    ck_assert_ptr_nonnull (strstr (reason_of ("b.txt"), "YYYY-MM-DD"));
    ck_assert_ptr_nonnull (strstr (reason_of ("c.txt"), "c.txt.meta:1"));
}
END_TEST

START_TEST (what_is_no_document_does_no_harm)
{
    char secret[128];
    snprintf (secret, sizeof secret, "%s/secret", folder);
    FILE *file = fopen (secret, "w");
    fputs ("not to be read", file);
    fclose (file);
    ck_assert_int_eq (symlink (secret, in_box ("link.txt")), 0);
    ck_assert_int_eq (symlink ("/dev/zero", in_box ("zero.txt")), 0);
    ck_assert_int_eq (mkfifo (in_box ("pipe.txt"), 0600), 0);
    ck_assert_int_eq (mkdir (in_box ("folder.txt"), 0755), 0);
    put (".hidden", "hidden");
    put ("only.meta", "symbol: A/1\n");
    put ("a.txt", "first");
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 1);
    ck_assert (is_there ("link.txt") && is_there ("zero.txt") && is_there ("pipe.txt") && is_there ("folder.txt"));
    ck_assert (is_there (".hidden") && is_there ("only.meta"));
    ck_assert (!rap_inbox_busy (inbox));
}
END_TEST

START_TEST (empty_and_too_large_files_are_refused_and_recorded)
{
    put ("empty.txt", "");
    put ("large.txt", "");
    ck_assert_int_eq (truncate (in_box ("large.txt"), (off_t)RAP_DOCUMENT_BYTES_MAX + 1), 0);
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 0);
    ck_assert_uint_eq (rap_journal_counts (journal).quarantined, 2);
    ck_assert_uint_eq (rap_journal_counts (journal).notices, 2);
    ck_assert_ptr_nonnull (strstr (reason_of ("empty.txt"), "empty"));
    ck_assert_ptr_nonnull (strstr (reason_of ("large.txt"), "268435456"));
}
END_TEST

START_TEST (a_file_that_is_written_to_is_waited_for)
{
    open_inbox ();
    int fd = open (in_box ("a.txt"), O_WRONLY | O_CREAT, 0644);
    ck_assert_int_eq (write (fd, "half", 4), 4);
    rap_inbox_destroy (&inbox); //  a start finds it half written
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 0);
    ck_assert_int_eq (write (fd, " and the rest", 13), 13);
    close (fd);
    take_all ();
    ck_assert_uint_eq (taken (), 1);
    ck_assert_uint_eq (unread (0).document.bytes, 17);
}
END_TEST

START_TEST (a_file_that_is_replaced_before_the_commit_is_taken_as_well)
{
    put ("a.txt", "first");
    open_inbox ();
    rap_inbox_look (inbox);
    rap_inbox_step (inbox);
    put (".new", "another");
    rename (in_box (".new"), in_box ("a.txt"));
    ck_assert_int_eq (rap_journal_commit (journal, &reason), RAP_OK);
    rap_inbox_committed (inbox);
    take_all ();
    ck_assert_uint_eq (taken (), 2);
    ck_assert (!is_there ("a.txt"));
}
END_TEST

START_TEST (a_file_that_vanishes_is_no_trouble)
{
    put ("a.txt", "first");
    put ("b.txt", "second");
    open_inbox ();
    rap_inbox_look (inbox);
    unlink (in_box ("a.txt"));
    take_all ();
    ck_assert_uint_eq (taken (), 1);
    unlink (in_box ("taken/b.txt"));
}
END_TEST

START_TEST (the_same_again_and_another_of_that_name)
{
    open_inbox ();
    put ("a.txt", "first");
    take_all ();
    put ("a.txt", "first");
    take_all ();
    ck_assert_uint_eq (taken (), 1); //  the same bytes are the same document
    put ("a.txt", "a second version");
    take_all ();
    ck_assert_uint_eq (taken (), 2);
    ck_assert (!is_there ("a.txt"));
}
END_TEST

START_TEST (large_files_go_in_piece_by_piece)
{
    size_t len = 5 * 1024 * 1024 + 17;
    char *bytes = malloc (len), sha256[RAP_SHA256_HEX];
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    rap_sha256 (bytes, len, sha256);
    put_bytes ("large.bin", bytes, len);
    open_inbox ();
    take_all ();
    rap_unread_t one = unread (0);
    ck_assert_uint_eq (one.document.bytes, len);
    ck_assert (rap_text_equal (one.document.sha256, rap_text (sha256)));
    uint64_t body = one.body;
    size_t at = 0;
    rap_text_t piece;
    for (uint32_t i = 0; at < len; i++, at += piece.len) {
        ck_assert_int_eq (rap_journal_body_piece (journal, body, i, &piece), RAP_OK);
        ck_assert_uint_le (piece.len, RAP_PIECE_BYTES_MAX);
        ck_assert_mem_eq (piece.at, bytes + at, piece.len);
    }
    ck_assert_uint_eq (at, len);
    free (bytes);
}
END_TEST

START_TEST (names_of_any_bytes)
{
    put ("r\xe9sum\xe9.txt", "first");
    put ("100% \n.txt", "second");
    put ("caf\xc3\xa9.txt", "third");
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 3);
    ck_assert (rap_text_equal (unread (0).document.source, RAP_TEXT ("100%25 %0A.txt")));
    ck_assert (rap_text_equal (unread (1).document.source, RAP_TEXT ("caf\xc3\xa9.txt")));
    ck_assert (rap_text_equal (unread (2).document.source, RAP_TEXT ("r%E9sum%E9.txt")));
}
END_TEST

START_TEST (more_names_than_may_wait)
{
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf (name, sizeof name, "%04d.txt", i);
        put (name, name);
    }
    open_inbox ();
    take_all ();
    ck_assert_uint_eq (taken (), 5000);
    ck_assert (rap_text_equal (unread (0).document.source, RAP_TEXT ("0000.txt")));
    ck_assert (rap_text_equal (unread (4999).document.source, RAP_TEXT ("4999.txt")));
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("inbox");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_set_timeout (tcase, 60);
    tcase_add_test (tcase, files_that_are_there_and_files_that_come);
    tcase_add_test (tcase, nothing_moves_before_the_commit);
    tcase_add_test (tcase, killed_between_commit_and_move_it_is_taken_once);
    tcase_add_test (tcase, particulars_stand_beside);
    tcase_add_test (tcase, mistakes_in_particulars_are_refused_with_their_line);
    tcase_add_test (tcase, what_is_no_document_does_no_harm);
    tcase_add_test (tcase, empty_and_too_large_files_are_refused_and_recorded);
    tcase_add_test (tcase, a_file_that_is_written_to_is_waited_for);
    tcase_add_test (tcase, a_file_that_is_replaced_before_the_commit_is_taken_as_well);
    tcase_add_test (tcase, a_file_that_vanishes_is_no_trouble);
    tcase_add_test (tcase, the_same_again_and_another_of_that_name);
    tcase_add_test (tcase, large_files_go_in_piece_by_piece);
    tcase_add_test (tcase, names_of_any_bytes);
    tcase_add_test (tcase, more_names_than_may_wait);
    Suite *suite = suite_create ("inbox");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
