//  request, cursor, search, csv: what strangers send, decoded; what they get, harmless.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rapporteur/csv.h"

#include "request.h"
#include "search.h"
#include "table.h"

static rap_arena_t *arena;

static void begin (void)
{
    arena = rap_arena_new ();
}

static void end (void)
{
    rap_arena_destroy (&arena);
}

START_TEST (a_target_is_taken_apart)
{
    rap_request_t request;
    rap_reason_t reason;
    const char *target = "/api/v1/documents/A%2FRES%2F74%2F177?q=a+b%20%26c&empty=&limit=7&q=second&flag=true";
    int64_t number;
    bool flag;
    ck_assert_int_eq (rap_request_read (&request, rap_text (target), arena, &reason), RAP_OK);
    ck_assert_uint_eq (request.segments_count, 4);
    ck_assert_str_eq (request.segments[3], "A/RES/74/177");
    ck_assert_str_eq (request.path, "/api/v1/documents/A%2FRES%2F74%2F177");
    ck_assert_str_eq (rap_request_get (&request, "q"), "a b &c");
    ck_assert_ptr_null (rap_request_get (&request, "empty"));
    ck_assert_int_eq (rap_request_number (&request, "limit", 1, 10, 5, &number, &reason), RAP_OK);
    ck_assert_int_eq (number, 7);
    ck_assert_int_eq (rap_request_number (&request, "limit", 8, 10, 8, &number, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_request_number (&request, "q", 1, 10, 5, &number, &reason), RAP_REFUSED);
    ck_assert_int_eq (rap_request_flag (&request, "flag", false, &flag, &reason), RAP_OK);
    ck_assert (flag);
    ck_assert_int_eq (rap_request_flag (&request, "q", false, &flag, &reason), RAP_REFUSED);
}
END_TEST

START_TEST (what_is_odd_is_refused)
{
    static const char *const targets[] = {"",           "x",    "*",       "/%",       "/%4", "/%zz",
                                          "/%00",       "/%0a", "/a/../b", "/%2e%2E/", "/./", "/%ff",
                                          "/?a=%c3%28", "/?%",  "/\x7f",   "/?a=%1b"};
    rap_request_t request;
    rap_reason_t reason;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        reason.text[0] = 0;
        ck_assert_msg (rap_request_read (&request, rap_text (targets[i]), arena, &reason) == RAP_REFUSED, "%s",
                       targets[i]);
        ck_assert_str_ne (reason.text, "");
    }
    char *many = calloc (1, RAP_REQUEST_BYTES_MAX + 2);
    ck_assert_ptr_nonnull (many);
    memset (many, '/', 100);
    ck_assert_int_eq (rap_request_read (&request, rap_text (many), arena, &reason), RAP_REFUSED);
    memset (many, 'a', RAP_REQUEST_BYTES_MAX + 1);
    many[0] = '/';
    ck_assert_int_eq (rap_request_read (&request, rap_text (many), arena, &reason), RAP_REFUSED);
    free (many);
}
END_TEST

START_TEST (a_cursor_gives_back_what_it_was_given)
{
    rap_bind_t given[] = {
        rap_bind_text ("a\xc3\xa9 \"'%"), rap_bind_integer (-5), {.kind = RAP_BIND_REAL, .real = 0.1}};
    rap_bind_t taken[3];
    rap_text_t cursor = rap_cursor_write (given, 3, 77, arena);
    ck_assert_int_eq (rap_cursor_take (cursor.at, 77, taken, 3, arena), RAP_OK);
    ck_assert_str_eq (taken[0].text, given[0].text);
    ck_assert_int_eq (taken[1].integer, -5);
    ck_assert (taken[2].real == 0.1);
    ck_assert_int_eq (rap_cursor_take (cursor.at, 78, taken, 3, arena), RAP_REFUSED);
    ck_assert_int_eq (rap_cursor_take (cursor.at, 77, taken, 2, arena), RAP_REFUSED);
    ck_assert_int_eq (rap_cursor_take ("", 77, taken, 1, arena), RAP_REFUSED);
    ck_assert_int_eq (rap_cursor_take ("!!", 77, taken, 1, arena), RAP_REFUSED);
    for (size_t cut = 0; cut < cursor.len; cut++)
        (void)rap_cursor_take (rap_arena_text (arena, rap_text_of (cursor.at, cut)).at, 77, taken, 3, arena);
}
END_TEST

START_TEST (what_is_typed_is_never_syntax)
{
    static const char *const pairs[][2] = {{"prison over", "\"prison\" \"over\""},
                                           {"\"two words\" x", "\"two words\" \"x\""},
                                           {"report*", "\"report\"*"},
                                           {"a -b", "\"a\" NOT \"b\""},
                                           {"a -\"b c\" d", "\"a\" \"d\" NOT \"b c\""},
                                           {"AND NEAR(x)", "\"AND\" \"NEAR(x)\""},
                                           {"x\"y", "\"x\" \"y\""},
                                           {" ( ) x ", "\"x\""}};
    static const char *const empty[] = {"", " ", "\"", "( ) *", "-x", "--"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        ck_assert_str_eq (rap_search_expression (rap_text (pairs[i][0]), arena), pairs[i][1]);
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        ck_assert_msg (!rap_search_expression (rap_text (empty[i]), arena), "'%s'", empty[i]);
}
END_TEST

START_TEST (cells)
{
    static const char *const pairs[][2] = {{"plain", "plain"},
                                           {"a,b", "\"a,b\""},
                                           {"say \"x\"", "\"say \"\"x\"\"\""},
                                           {"=1+1", "\"'=1+1\""},
                                           {"'=1", "\"''=1\""},
                                           {"-", "\"'-\""},
                                           {"@x", "\"'@x\""},
                                           {"\tx", "\"'\tx\""},
                                           {" x", "\" x\""},
                                           {"\xef\xbc\x9d"
                                            "1",
                                            "\"'\xef\xbc\x9d"
                                            "1\""},
                                           {"a-b", "a-b"},
                                           {"", ""}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream (&text, &len);
        ck_assert_ptr_nonnull (out);
        rap_csv_cell (out, rap_text (pairs[i][0]), true);
        ck_assert_int_eq (fclose (out), 0);
        ck_assert_str_eq (text, pairs[i][1]);
        free (text);
    }
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("request");
    TCase *tcase = tcase_create ("foreign");
    tcase_add_checked_fixture (tcase, begin, end);
    tcase_add_test (tcase, a_target_is_taken_apart);
    tcase_add_test (tcase, what_is_odd_is_refused);
    tcase_add_test (tcase, a_cursor_gives_back_what_it_was_given);
    tcase_add_test (tcase, what_is_typed_is_never_syntax);
    tcase_add_test (tcase, cells);
    suite_add_tcase (suite, tcase);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
