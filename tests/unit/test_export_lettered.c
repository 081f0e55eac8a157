//  export_lettered: which lines have marks, and how deep they are.
#include <check.h>
#include <stdlib.h>

#include "export_document.h"

//  Levels of the lines: a digit each, '-' for a line without a mark.
static const char *levels_of (const char *text)
{
    static char levels[64];
    uint32_t count;
    rap_arena_t *arena = rap_arena_new ();
    const rap_lettered_t *lines = rap_lettered_read (rap_text (text), arena, &count);
    ck_assert_uint_lt (count, sizeof levels);
    for (uint32_t i = 0; i < count; i++)
        levels[i] = lines[i].mark_end > lines[i].start ? (char)('0' + lines[i].level) : '-';
    levels[count] = '\0';
    rap_arena_destroy (&arena);
    return levels;
}

START_TEST (test_lists_within_lists)
{
    ck_assert_str_eq (levels_of ("One line"), "-");
    ck_assert_str_eq (levels_of (""), "-");
    ck_assert_str_eq (levels_of ("Asks:\n(a) One;\n(b) Two;"), "-00");
    ck_assert_str_eq (levels_of ("Asks:\n(a) One:\n(i) Deep;\n(ii) Deep;\n(b) Two;\nand ends."), "-0110-");
    ck_assert_str_eq (levels_of ("(a) One:\n(i) Deep:\n(1) Deeper;\n(2) Deeper;\n(ii) Deep;\n(b) Two;"), "012210");
    ck_assert_str_eq (levels_of ("(1) One;\n(2) Two;\n(a) Deep;\n(3) Three;"), "0010");
}
END_TEST

//  A letter that is also a roman number is what the list before it makes of it.
START_TEST (test_i_is_a_letter_after_h)
{
    ck_assert_str_eq (levels_of ("(g) x\n(h) x\n(i) x\n(j) x"), "0000");
    ck_assert_str_eq (levels_of ("(h) x\n(i) x:\n(i) x\n(ii) x\n(j) x"), "00110");
    ck_assert_str_eq (levels_of ("(b) x\n(c) x\n(d) x"), "000");
    ck_assert_str_eq (levels_of ("(z) x\n(aa) x\n(bb) x"), "000");
    ck_assert_str_eq (levels_of ("(i) x\n(ii) x\n(iii) x\n(iv) x\n(v) x\n(vi) x"), "000000");
}
END_TEST

//  Gaps and what only looks like a mark.
START_TEST (test_odd_marks)
{
    ck_assert_str_eq (levels_of ("(a) x\n(c) x"), "00");
    ck_assert_str_eq (levels_of ("(a)\n(a)x\n() x\n( a) x\n(abcdefghi) x\n(\xc3\xa4) x"), "------");
    ck_assert_str_eq (levels_of ("(a) x\n(a) x\n(a) x"), "012");
    ck_assert_str_eq (levels_of ("(a) x\n(1) x\n(a) x\n(1) x\n(a) x\n(1) x\n(a) x\n(1) x"), "01234555");
    ck_assert_str_eq (levels_of ("(99999999) x\n(zzzzzzzz) x"), "01");
}
END_TEST

START_TEST (test_lines_cover_the_text)
{
    const char *text = "Asks:\n(a) One;\n\n(bb) Two";
    uint32_t count;
    rap_arena_t *arena = rap_arena_new ();
    const rap_lettered_t *lines = rap_lettered_read (rap_text (text), arena, &count);
    ck_assert_uint_eq (count, 4);
    ck_assert_mem_eq (text + lines[1].start, "(a) One;", 8);
    ck_assert_mem_eq (text + lines[1].body, "One;", 4);
    ck_assert_uint_eq (lines[2].start, lines[2].end);
    ck_assert_uint_eq (lines[3].mark_end - lines[3].start, 4);
    ck_assert_uint_eq (lines[3].end, strlen (text));
    rap_arena_destroy (&arena);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("export_lettered");
    TCase *all = tcase_create ("all");
    tcase_add_test (all, test_lists_within_lists);
    tcase_add_test (all, test_i_is_a_letter_after_h);
    tcase_add_test (all, test_odd_marks);
    tcase_add_test (all, test_lines_cover_the_text);
    suite_add_tcase (suite, all);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
