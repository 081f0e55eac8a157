//  config: what a file says, and where it is wrong.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rapporteur/config.h"

static rap_config_t *read_text (const char *text, rap_reason_t *reason)
{
    rap_config_t *config;
    rap_config_read (&config, rap_text (text), "f", reason);
    return config;
}

//  Refused, and the reason begins with where.
static void refuses (const char *text, const char *where, const char *what)
{
    rap_reason_t reason;
    rap_config_t *config = read_text (text, &reason);
    ck_assert_msg (config == NULL, "accepted: %s", text);
    ck_assert_msg (strncmp (reason.text, where, strlen (where)) == 0, "%s instead of %s", reason.text, where);
    ck_assert_msg (strstr (reason.text, what) != NULL, "%s instead of %s", reason.text, what);
}

static void holds (const rap_config_t *config, const char *section, const char *name, const char *value,
                   unsigned line)
{
    const rap_setting_t *setting = rap_config_find (config, section, name);
    ck_assert_ptr_nonnull (setting);
    ck_assert_str_eq (setting->value, value);
    ck_assert_uint_eq (setting->line, line);
}

START_TEST (settings_have_their_lines)
{
    rap_reason_t reason;
    rap_config_t *config = read_text ("\xef\xbb\xbf# first\n"
                                      "\n"
                                      "common   # of all\n"
                                      "    log = info      # comment\r\n"
                                      "  # comment\n"
                                      "    path='a # b'\n"
                                      "worker\n"
                                      "\n"
                                      "    children =  4  \n"
                                      "    name = \"\"\n"
                                      "    address = tcp://*:5701\n"
                                      "empty",
                                      &reason);
    ck_assert_msg (config != NULL, "%s", reason.text);
    ck_assert_uint_eq (rap_config_count (config), 5);
    holds (config, "common", "log", "info", 4);
    holds (config, "common", "path", "a # b", 6);
    holds (config, "worker", "children", "4", 9);
    holds (config, "worker", "name", "", 10);
    holds (config, "worker", "address", "tcp://*:5701", 11);
    ck_assert_ptr_null (rap_config_find (config, "worker", "log"));
    ck_assert_uint_eq (rap_config_at (config, 2)->section_line, 7);
    rap_config_destroy (&config);
    ck_assert_ptr_null (config);
    config = read_text ("", &reason);
    ck_assert_uint_eq (rap_config_count (config), 0);
    rap_config_destroy (&config);
}
END_TEST

START_TEST (faults_have_place_and_fix)
{
    refuses ("log = info\n", "f:1: ", "in no section");
    refuses ("\n    log = info\n", "f:2: ", "no section is above");
    refuses ("common\n  log = info\n", "f:2: ", "a setting four");
    refuses ("common\n\tlog = info\n", "f:2: ", "tab");
    refuses ("common\n        log = info\n", "f:2: ", "spaces");
    refuses ("common\n    log\n", "f:2: ", "log = VALUE");
    refuses ("common\n    log =\n", "f:2: ", "log = VALUE");
    refuses ("common\n    log = # none\n", "f:2: ", "log = VALUE");
    refuses ("common\n    log info\n", "f:2: ", "NAME = VALUE");
    refuses ("common\n    log: info\n", "f:2: ", "no name");
    refuses ("common\n    Log = info\n", "f:2: ", "small letters");
    refuses ("common\n    = info\n", "f:2: ", "no name");
    refuses ("common\n    a/b = info\n", "f:2: ", "no name");
    refuses ("common\n    a = b#c\n", "f:2: ", "quotation marks");
    refuses ("common\n    a = \"b\n", "f:2: ", "not closed");
    refuses ("common\n    a = \"b\" c\n", "f:2: ", "follows the closed");
    refuses ("common\n    a = 1\n    b = 2\n    a = 3\n", "f:4: ", "line 2 already");
    refuses ("common\nworker\ncommon\n", "f:3: ", "line 1 already");
    refuses ("common\n    a = \x01\n", "f:2: ", "control character");
    refuses ("common\n    a = x\ry\n", "f:2: ", "control character");
    refuses ("common\n    a = \xff\n", "f:2: ", "UTF-8");
    refuses ("common\n    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1\n", "f:2: ", "no name");
}
END_TEST

START_TEST (the_same_name_may_stand_in_two_sections)
{
    rap_reason_t reason;
    rap_config_t *config = read_text ("a\n    x = 1\nb\n    x = 2\n", &reason);
    ck_assert_ptr_nonnull (config);
    holds (config, "a", "x", "1", 2);
    holds (config, "b", "x", "2", 4);
    rap_config_destroy (&config);
}
END_TEST

START_TEST (bounds)
{
    static char text[RAP_CONFIG_BYTES_MAX + 2];
    rap_reason_t reason;
    rap_config_t *config;
    //  As many lines as there can be, and as long as they may be.
    memset (text, '\n', sizeof text);
    ck_assert_int_eq (rap_config_read (&config, rap_text_of (text, RAP_CONFIG_BYTES_MAX), "f", &reason), RAP_OK);
    rap_config_destroy (&config);
    ck_assert_int_eq (rap_config_read (&config, rap_text_of (text, RAP_CONFIG_BYTES_MAX + 1), "f", &reason),
                      RAP_REFUSED);
    memcpy (text, "s\n    a = ", 10);
    memset (text + 10, 'v', RAP_CONFIG_LINE_MAX - 8);
    ck_assert_int_eq (rap_config_read (&config, rap_text_of (text, RAP_CONFIG_LINE_MAX + 2), "f", &reason), RAP_OK);
    ck_assert_uint_eq (strlen (rap_config_at (config, 0)->value), RAP_CONFIG_LINE_MAX - 8);
    rap_config_destroy (&config);
    text[RAP_CONFIG_LINE_MAX + 2] = 'v';
    ck_assert_int_eq (rap_config_read (&config, rap_text_of (text, RAP_CONFIG_LINE_MAX + 3), "f", &reason),
                      RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "f:2: a line of"));
    ck_assert_int_eq (rap_config_read (&config, rap_text_of ("s\n    a = 1\0\n", 13), "f", &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "NUL"));
    ck_assert_ptr_null (config);
}
END_TEST

START_TEST (what_is_no_file)
{
    char folder[] = "/tmp/test_config.XXXXXX", path[64];
    rap_reason_t reason;
    rap_config_t *config;
    ck_assert_ptr_nonnull (mkdtemp (folder));
    snprintf (path, sizeof path, "%s/f", folder);
    ck_assert_int_eq (rap_config_load (&config, path, &reason), RAP_AGAIN);
    ck_assert_int_eq (rap_config_load (&config, folder, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_config_load (&config, "/dev/zero", &reason), RAP_REFUSED);
    ck_assert_int_eq (mkfifo (path, 0600), 0);
    ck_assert_int_eq (rap_config_load (&config, path, &reason), RAP_REFUSED); //  and does not wait for a writer
    ck_assert_ptr_nonnull (strstr (reason.text, "not a regular file"));
    unlink (path);
    FILE *file = fopen (path, "w");
    ck_assert (file && fputs ("s\n    a = 1\n", file) >= 0 && fclose (file) == 0);
    ck_assert_int_eq (rap_config_load (&config, path, &reason), RAP_OK);
    ck_assert_str_eq (rap_config_path (config), path);
    holds (config, "s", "a", "1", 2);
    rap_config_destroy (&config);
    unlink (path);
    rmdir (folder);
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("config");
    tcase_add_test (tcase, settings_have_their_lines);
    tcase_add_test (tcase, faults_have_place_and_fix);
    tcase_add_test (tcase, the_same_name_may_stand_in_two_sections);
    tcase_add_test (tcase, bounds);
    tcase_add_test (tcase, what_is_no_file);
    Suite *suite = suite_create ("config");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
