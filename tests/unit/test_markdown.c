//  markdown: Markdown that is surely such, to lines, told as outlines (given.h).
#include "given.h"

#include "reading.h"

//  What makes a text Markdown for certain.
#define SURE "\n\n[^z]: Last.\n"

START_TEST (only_what_plain_text_surely_is_not_is_read_here)
{
    ck_assert (rap_markdown_is (RAP_TEXT ("Wells.[^1]\n\n[^1]: Deep ones.\n")));
    ck_assert (rap_markdown_is (RAP_TEXT ("1\\. One\n\n2\\. Two\n")));
    ck_assert (rap_markdown_is (RAP_TEXT ("a | b\n--|--\n1 | 2\n")));
    ck_assert (rap_markdown_is (RAP_TEXT ("+---+---+\n| a | b |\n+---+---+\n")));
    ck_assert (rap_markdown_is (RAP_TEXT ("Wells\n=====\n")));
    ck_assert (!rap_markdown_is (RAP_TEXT ("# Wells\n\n1. *Requests* [74/177](#);\n\n_____\n\n1 See above.\n")));
    ck_assert (!rap_markdown_is (RAP_TEXT ("Wells\n\n---\n\n- one\n- two | three\n\n1\\. once\n")));
}
END_TEST

START_TEST (blocks)
{
    static const given_case_t cases[] = {
        {"# I. Wells #\n\nText that goes on for quite a while, over one line\nand then "
         "another.\n\nDeep\n----\n\n***\n\n> Quoted\n> words" SURE,
         "- b1|I. Wells\n- b|Text that goes on for quite a while, over one line and then another.\n- b2|Deep\n- "
         "b|Quoted words\n"
         "n b|{^1} Last.\n"},
        {"1\\. One\n\n\\(a\\) to dig;\n\n2\\. Two", "- b|1. One\n- b|(a) to dig;\n- b|2. Two\n"},
        {"1. One\n1. Two\n\n7. Seven\n\n- dot\n* star" SURE,
         "- b|1. One\n- b|2. Two\n- b|7. Seven\n- b|\xE2\x80\xA2 dot\n- b|\xE2\x80\xA2 star\nn b|{^1} Last.\n"},
        {"```\ncode *as* it is\n```\n\nDistr.: General  \n3 May\n\nShort\nLines" SURE,
         "- b|code *as* it is\n- b|Distr.: General\n- |3 May\n- b|Short\n- |Lines\nn b|{^1} Last.\n"},
        {"---\ntitle: x\n---\nText\n\n[there]: https://example.org\n" SURE, "- b|Text\nn b|{^1} Last.\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (words)
{
    static const given_case_t cases[] = {
        {"*Requests* the __Keepers__ ***now***, A_RES_1 and 2 * 3 * 4, `a*b`, ~~x~~" SURE,
         "- b|{i Requests} the {b Keepers} {ib now}, A_RES_1 and 2 {^*} 3 {^*} 4, a*b, x\nn b|{^1} Last.\n"},
        {"See [74/177](#) and [that][1], [not this], ![no](x.png)<https://example.org>, a < b &amp; c&nbsp;d &#8217; "
         "&x;" SURE,
         "- b|See 74/177 and that, [not this], https://example.org, a < b & c d \xE2\x80\x99 &x;\nn b|{^1} Last.\n"},
        {"\\*not\\* \\[this\\] C:\\x \\\\" SURE, "- b|*not{^*} [this] C:\\x \\\nn b|{^1} Last.\n"},
        {"<i>in</i> <b>bold</b><br>next <span class=x>y</span>, m<sup>2</sup> 21<sup>st</sup> 10^6^" SURE,
         "- b|{i in} {b bold}\n- |next y, m{^2} 21st 10{^6}\nn b|{^1} Last.\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (notes_stand_after_the_paragraph_with_their_mark)
{
    static const given_case_t cases[] = {
        {"One.[^1] Two.[^b]\n\nThree.[^1]\n\n[^1]: See *that*.\n\n    And more.\n\n[^b]: Next.\n\nFour\n",
         "- b|One.{^1} Two.{^2}\nn b|{^1} See {i that}.\n+ b|And more.\nn b|{^2} Next.\n- b|Three.{^1}\n- b|Four\n"},
        {"List\\*\n\n\\* A/95/1.\n\nOne.\xC2\xB9\n\n\xC2\xB9 See.\n\nx | y\n--|--\n",
         "- b|List{^*}\n- b|{^*} A/95/1.\n- b|One.\xC2\xB9\n- b|{^\xC2\xB9} See.\n- bt|x | y\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (tables)
{
    static const given_case_t cases[] = {
        {"Wells:\n\n| Year | Wells |\n|------|------:|\n| 2040 | *7*   |\n| a\\|b |\n\nAfter\n",
         "- b|Wells:\n- bt|Year | Wells\n- bt|2040 | {i 7}\n- bt|a|b\n- b|After\n"},
        {"+---+----------------+----------+\n|   | United Nations | A/95/17  |\n+---+----------------+----------+\n| "
         "  | General        | Distr.   |\n+---+----------------+----------+\n\nText\n",
         "- b|United Nations\n- b|A/95/17\n- b|General\n- b|Distr.\n- b|Text\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (a_text_comes_to_its_chunks)
{
    static const reading_case_t cases[] = {
        {"# I. Wells\n\n1\\. The Keepers met.[^1]\n\n2\\. They agreed:\n\n\\(a\\) To dig;\n\n\\(b\\) To "
         "rest.\n\n[^1]: See 94/3.\n",
         "heading |||I. Wells\nparagraph |1|Wells|The Keepers met.^1\nfootnote |1|Wells|See 94/3.\n"
         "paragraph |2|Wells|They agreed:/(a) To dig;/(b) To rest.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (hostile_markdown_takes_linear_time)
{
    static const char *const pieces[] = {"*a ", "**", "[",   "[^", "`",  "<a ", "&",
                                         "_a",  "![", "\\*", "> ", "| ", "^",   "~~"};
    enum { COUNT = 200000 };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t len = strlen (pieces[i]), at = 0;
        char *text = malloc (len * COUNT + 32);
        for (int n = 0; n < COUNT; n++, at += len)
            memcpy (text + at, pieces[i], len);
        strcpy (text + at, "x" SURE);
        rap_arena_t *arena = rap_arena_new ();
        rap_document_t document = {.source = RAP_TEXT ("test")};
        char *outline = given_outline (rap_text (text), arena, &document);
        ck_assert_ptr_nonnull (strstr (outline, "Last."));
        free (outline);
        free (text);
        rap_arena_destroy (&arena);
    }
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("markdown");
    TCase *tests = tcase_create ("markdown");
    tcase_set_timeout (tests, 120);
    tcase_add_test (tests, only_what_plain_text_surely_is_not_is_read_here);
    tcase_add_test (tests, blocks);
    tcase_add_test (tests, words);
    tcase_add_test (tests, notes_stand_after_the_paragraph_with_their_mark);
    tcase_add_test (tests, tables);
    tcase_add_test (tests, a_text_comes_to_its_chunks);
    tcase_add_test (tests, hostile_markdown_takes_linear_time);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
