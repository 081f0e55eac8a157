//  term and json: text from strangers, printed for people and for programs.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/json.h"
#include "term.h"

static char *made;
static size_t made_len;
static FILE *out;

static void begin (void)
{
    out = open_memstream (&made, &made_len);
}

static void end (void)
{
    if (out)
        fclose (out);
    free (made);
}

static const char *printed (void)
{
    fclose (out);
    out = NULL;
    return made;
}

START_TEST (controls_are_shown_not_obeyed)
{
    rap_term_put (out, "a\x1b[31mb\x07\x7f\xc2\x9b\xe2\x80\xae!", -1);
    ck_assert_str_eq (printed (), "a\xe2\x90\x9b[31mb\xe2\x90\x87\xe2\x90\xa1\xef\xbf\xbd\xef\xbf\xbd!");
}
END_TEST

START_TEST (lines_are_led_or_joined)
{
    rap_term_put (out, "a\nb", 2);
    rap_term_put (out, "c\td\ne", -1);
    ck_assert_str_eq (printed (), "a\n  bc d e");
}
END_TEST

START_TEST (broken_text_is_shown_as_broken)
{
    rap_term_put (out, "caf\xc3\xa9 \xff\xe2\x80 \xf0\x9f\x95\x8a", -1);
    ck_assert_str_eq (printed (), "caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xf0\x9f\x95\x8a");
}
END_TEST

START_TEST (numbers_have_commas)
{
    char buffer[RAP_NUMBER_MAX];
    ck_assert_str_eq (rap_term_number (buffer, 0), "0");
    ck_assert_str_eq (rap_term_number (buffer, 999), "999");
    ck_assert_str_eq (rap_term_number (buffer, 1000), "1,000");
    ck_assert_str_eq (rap_term_number (buffer, -1234567), "-1,234,567");
    ck_assert_str_eq (rap_term_number (buffer, INT64_MIN), "-9,223,372,036,854,775,808");
}
END_TEST

START_TEST (tables_line_up)
{
    static const char *const columns[] = {"name", ">n", "~note"};
    FILE *file = tmpfile ();
    char text[512];
    rap_grid_t *grid = rap_grid_new (columns, 3);
    rap_grid_add (grid, "caf\xc3\xa9");
    rap_grid_add_number (grid, 1234);
    rap_grid_add (grid, NULL);
    rap_grid_add (grid, "x\ny");
    rap_grid_add_number (grid, 5);
    rap_grid_add (grid, "z");
    rap_grid_print (grid, file);
    rap_grid_destroy (&grid);
    rewind (file);
    text[fread (text, 1, sizeof text - 1, file)] = 0;
    fclose (file);
    ck_assert_str_eq (text, "name      n  note\ncaf\xc3\xa9  1,234  \nx y       5  z\n");
}
END_TEST

START_TEST (json_is_well_formed)
{
    rap_json_t json;
    rap_json_init (&json, out);
    rap_json_object (&json, NULL);
    rap_json_text (&json, "t", "q\"\\\n\x01\x7f\xc2\x9b\xc3\xa9");
    rap_json_text (&json, "n", NULL);
    rap_json_array (&json, "a");
    rap_json_integer (&json, NULL, -1);
    rap_json_real (&json, NULL, 0.5);
    rap_json_end (&json);
    rap_json_array (&json, "e");
    rap_json_end (&json);
    rap_json_bool (&json, "b", true);
    rap_json_raw (&json, "r", "[1]");
    rap_json_raw (&json, "x", "");
    rap_json_end (&json);
    ck_assert_str_eq (printed (), "{\n  \"t\": \"q\\\"\\\\\\n\\u0001\\u007f\\u009b\xc3\xa9\",\n  \"n\": null,\n"
                                  "  \"a\": [\n    -1,\n    0.5\n  ],\n  \"e\": [],\n  \"b\": true,\n  \"r\": [1],\n"
                                  "  \"x\": null\n}\n");
}
END_TEST

int main (void)
{
    TCase *tcase = tcase_create ("term");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_add_test (tcase, controls_are_shown_not_obeyed);
    tcase_add_test (tcase, lines_are_led_or_joined);
    tcase_add_test (tcase, broken_text_is_shown_as_broken);
    tcase_add_test (tcase, numbers_have_commas);
    tcase_add_test (tcase, tables_line_up);
    tcase_add_test (tcase, json_is_well_formed);
    Suite *suite = suite_create ("term");
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? 1 : 0;
}
