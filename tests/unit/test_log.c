//  log: whatever a value holds, the line stays one harmless line.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rapporteur/log.h"

static char said[16384];

//  Standard error, while it goes to a file.
static FILE *kept;
static int before;

static void begin (void)
{
    kept = tmpfile ();
    before = dup (STDERR_FILENO);
    ck_assert (kept != NULL && dup2 (fileno (kept), STDERR_FILENO) >= 0);
    rap_log_init ("test");
    rap_log_set_level (RAP_LOG_INFO);
}

static void end (void)
{
    dup2 (before, STDERR_FILENO);
    close (before);
    fclose (kept);
}

//  What was logged since the test began, without the time of the first line.
static const char *heard (void)
{
    rewind (kept);
    said[fread (said, 1, sizeof said - 1, kept)] = 0;
    char *space = strchr (said, ' ');
    return space ? space + 1 : said;
}

START_TEST (plain_words_stay_plain)
{
    rap_log (RAP_LOG_INFO, "document.taken", "document", "3f00", "path", "a/b-c.txt", NULL);
    ck_assert_str_eq (heard (), "info test document.taken document=3f00 path=a/b-c.txt\n");
}
END_TEST

START_TEST (other_values_are_quoted)
{
    rap_log (RAP_LOG_WARN, "x", "a", "two words", "b", "", "c", "q\"\\", "d", "k=v", "e", "1\n2\x1b[0m\x7f", "f",
             "caf\xc3\xa9", "g", "\xc2\x9b", NULL);
    ck_assert_str_eq (heard (),
                      "warn test x a=\"two words\" b=\"\" c=\"q\\\"\\\\\" d=\"k=v\" e=\"1\\n2\\x1b[0m\\x7f\""
                      " f=caf\xc3\xa9 g=\"\\x9b\"\n");
}
END_TEST

START_TEST (levels_hold_back)
{
    rap_log (RAP_LOG_DEBUG, "unheard", "a", "b", NULL);
    rap_logf (RAP_LOG_DEBUG, "unheard", "a=%d", 1);
    rap_log_set_level (RAP_LOG_ERROR);
    rap_log (RAP_LOG_INFO, "unheard", NULL);
    rap_logf (RAP_LOG_ERROR, "heard", "a=%d", 1);
    ck_assert_str_eq (heard (), "error test heard a=1\n");
}
END_TEST

START_TEST (long_lines_are_cut_visibly)
{
    char value[10000];
    memset (value, 'v', sizeof value - 1);
    value[sizeof value - 1] = 0;
    rap_log (RAP_LOG_INFO, "long", "a", "1", "b", value, NULL);
    const char *line = heard ();
    ck_assert_uint_le (strlen (line), 4096);
    ck_assert_str_eq (line + strlen (line) - 4, "...\n");
    ck_assert_ptr_eq (strchr (line, '\n'), line + strlen (line) - 1);
}
END_TEST

START_TEST (json_is_one_object_a_line)
{
    ck_assert (rap_log_set_format ("json") && !rap_log_set_format ("xml"));
    rap_log (RAP_LOG_WARN, "x", "document", "3f00", "b", "two \"words\"\n\x1b", "c", "caf\xc3\xa9 \xff", NULL);
    const char *line = heard (); //  the time has no space
    ck_assert_str_eq (line, "\\\"words\\\"\\u000a\\u001b\",\"c\":\"caf\xc3\xa9 \\ufffd\"}\n");
    ck_assert_ptr_nonnull (
        strstr (said, "\"level\":\"warn\",\"program\":\"test\",\"event\":\"x\",\"document\":\"3f00\""));
}
END_TEST

START_TEST (json_that_is_too_long_stays_json)
{
    static char value[10000];
    memset (value, '"', sizeof value - 1);
    rap_log_set_format ("json");
    rap_log (RAP_LOG_INFO, "long", "a", value, "b", "kept", NULL);
    heard ();
    ck_assert_uint_le (strlen (said), 4096);
    ck_assert_str_eq (said + strlen (said) - 14, ",\"cut\":\"yes\"}\n");
    ck_assert_ptr_null (strstr (said, "\"a\""));
}
END_TEST

START_TEST (numbers_and_ids_have_keys_in_json)
{
    rap_log_set_format ("json");
    rap_logf (RAP_LOG_INFO, "batch.sent", "batch=%d chunks=%u", 7, 3u);
    heard ();
    ck_assert_ptr_nonnull (strstr (said, "\"event\":\"batch.sent\",\"batch\":\"7\",\"chunks\":\"3\"}\n"));
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("log");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_add_test (tcase, plain_words_stay_plain);
    tcase_add_test (tcase, other_values_are_quoted);
    tcase_add_test (tcase, levels_hold_back);
    tcase_add_test (tcase, long_lines_are_cut_visibly);
    tcase_add_test (tcase, json_is_one_object_a_line);
    tcase_add_test (tcase, json_that_is_too_long_stays_json);
    tcase_add_test (tcase, numbers_and_ids_have_keys_in_json);
    Suite *suite = suite_create ("log");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
