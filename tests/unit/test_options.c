//  options: what a command line means, and what is wrong with it.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rapporteur/options.h"

static const char *db;
static int64_t workers;
static bool json;

static const rap_option_t options[] = {
    {.name = "db", .into = &db, .value = "FILE", .required = true},
    {.name = "workers", .kind = RAP_OPTION_NUMBER, .into = &workers, .value = "N", .min = 1, .max = 64},
    {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json},
    {.name = NULL},
};
static const rap_usage_t with_paths = {"test", "for this test", "PATH...", options, NULL};
static const rap_usage_t without = {"test", "for this test", NULL, options, NULL};

static int operands;
static char *words[8];

static int reads (const rap_usage_t *usage, char *a, char *b, char *c, char *d)
{
    int argc = 1;
    char *all[] = {a, b, c, d};
    db = NULL;
    workers = 2;
    json = false;
    words[0] = "test";
    for (int i = 0; i < 4 && all[i]; i++)
        words[argc++] = all[i];
    //  What is wrong is told on standard error, which no one wants to see here.
    int kept = dup (STDERR_FILENO), kept_out = dup (STDOUT_FILENO);
    fflush (NULL);
    ck_assert_ptr_nonnull (freopen ("/dev/null", "w", stderr));
    ck_assert_ptr_nonnull (freopen ("/dev/null", "w", stdout));
    int status = rap_options_read (usage, argc, words, &operands);
    fflush (NULL);
    dup2 (kept, STDERR_FILENO);
    dup2 (kept_out, STDOUT_FILENO);
    close (kept);
    close (kept_out);
    return status;
}

START_TEST (good_lines)
{
    ck_assert_int_eq (reads (&with_paths, "--db", "x", "a", "b"), -1);
    ck_assert_str_eq (db, "x");
    ck_assert_int_eq (operands, 2);
    ck_assert_str_eq (words[2], "b");
    ck_assert_int_eq (reads (&with_paths, "a", "--db=x=y", "--workers=64", "--json"), -1);
    ck_assert_str_eq (db, "x=y");
    ck_assert_int_eq (workers, 64);
    ck_assert (json);
    ck_assert_str_eq (words[1], "a");
    ck_assert_int_eq (reads (&with_paths, "--db", "x", "--", "--json"), -1);
    ck_assert (!json);
    ck_assert_str_eq (words[1], "--json");
    ck_assert_int_eq (reads (&with_paths, "--db", "x", "-", NULL), -1);
    ck_assert_str_eq (words[1], "-");
    ck_assert_int_eq (reads (&with_paths, "--help", NULL, NULL, NULL), 0);
    ck_assert_int_eq (reads (&with_paths, "--version", NULL, NULL, NULL), 0);
}
END_TEST

START_TEST (bad_lines)
{
    ck_assert_int_eq (reads (&with_paths, NULL, NULL, NULL, NULL), 2); //  --db is required
    ck_assert_int_eq (reads (&with_paths, "--db", NULL, NULL, NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "--workers", "0", NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "--workers", "65", NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "--workers", "2x", NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "--workers", "", NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "--workers", "99999999999999999999", NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "--json=maybe", NULL, NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "--jso", NULL, NULL), 2);
    ck_assert_int_eq (reads (&with_paths, "--db=x", "-q", NULL, NULL), 2);
    ck_assert_int_eq (reads (&without, "--db=x", "a", NULL, NULL), 2);
}
END_TEST

static int64_t patience;
static const rap_option_t served[] = {
    {.name = "data", .into = &db, .value = "DIR"},
    {.name = "patience",
     .kind = RAP_OPTION_NUMBER,
     .into = &patience,
     .value = "SECONDS",
     .max = 100000,
     .reload = true},
    {.name = "json", .kind = RAP_OPTION_FLAG, .into = &json, .once = true},
    {.name = NULL},
};
static const rap_usage_t service = {"rapporteur-test", "for this test", NULL, served, NULL};

START_TEST (the_environment_and_units)
{
    setenv ("RAPPORTEUR_CONFIG", "none", 1);
    setenv ("RAPPORTEUR_PATIENCE", "2m", 1);
    setenv ("RAPPORTEUR_JSON", "yes", 1);
    ck_assert_int_eq (reads (&service, NULL, NULL, NULL, NULL), -1);
    ck_assert_int_eq (patience, 120);
    ck_assert (!json); //  for the command line alone
    setenv ("RAPPORTEUR_TEST_PATIENCE", "1h", 1);
    ck_assert_int_eq (reads (&service, NULL, NULL, NULL, NULL), -1);
    ck_assert_int_eq (patience, 3600);
    ck_assert_int_eq (reads (&service, "--patience=1d", "--json", NULL, NULL), -1);
    ck_assert_int_eq (patience, 86400);
    ck_assert (rap_options_flagged (&patience) && !rap_options_flagged (&db) && json);
    ck_assert_int_eq (reads (&service, "--patience=2d", NULL, NULL, NULL), 2);
    ck_assert_int_eq (reads (&service, "--patience=2w", NULL, NULL, NULL), 2);
    ck_assert_int_eq (reads (&service, "--patience=9223372036854775807h", NULL, NULL, NULL), 2);
    setenv ("RAPPORTEUR_TEST_PATIENCE", "soon", 1);
    ck_assert_int_eq (reads (&service, NULL, NULL, NULL, NULL), 2);
    setenv ("RAPPORTEUR_TEST_PATIENCE", "", 1); //  says nothing
    ck_assert_int_eq (reads (&service, NULL, NULL, NULL, NULL), -1);
    ck_assert_int_eq (patience, 120);
}
END_TEST

START_TEST (names_that_are_near)
{
    ck_assert_uint_eq (rap_option_distance ("children", "chidren"), 1);
    ck_assert_uint_eq (rap_option_distance ("", "abc"), 3);
    ck_assert_uint_eq (rap_option_distance ("same", "same"), 0);
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("options");
    tcase_add_test (tcase, good_lines);
    tcase_add_test (tcase, bad_lines);
    tcase_add_test (tcase, the_environment_and_units);
    tcase_add_test (tcase, names_that_are_near);
    Suite *suite = suite_create ("options");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
