//  export_name: names of documents, by the table that is shipped.
#include <check.h>
#include <stdlib.h>

#include "export_name.h"

static rap_lexicon_t *lexicon;
static rap_naming_t *naming;
static rap_arena_t *arena;

static void set_up (void)
{
    rap_reason_t reason;
    lexicon = rap_lexicon_new (RAP_SOURCE_DIR "/data", &reason);
    ck_assert_msg (lexicon != NULL, "%s", reason.text);
    naming = rap_naming_new (lexicon, &reason);
    ck_assert_msg (naming != NULL, "%s", reason.text);
    arena = rap_arena_new ();
}

static void tear_down (void)
{
    rap_arena_destroy (&arena);
    rap_naming_destroy (&naming);
    rap_lexicon_destroy (&lexicon);
}

static void check_cited (const char *symbol, const char *day, const char *work)
{
    ck_assert_str_eq (rap_arena_text (arena, rap_naming_cited (naming, rap_text (symbol), rap_text (day), arena)).at,
                      work);
}

START_TEST (test_cited)
{
    check_cited ("A/RES/74/177", "2019-12-18", "/akn/un/statement/deliberation/unga/2019-12-18/74-177");
    check_cited ("A/RES/74/177", "", "/akn/un/statement/deliberation/unga/74-177");
    check_cited ("A/RES/217(III) A", "", "/akn/un/statement/deliberation/unga/217-III-A");
    check_cited ("S/RES/2396(2017)", "", "/akn/un/statement/deliberation/unsc/2017/2396");
    check_cited ("S/RES/2396(2017)", "2017-12-21", "/akn/un/statement/deliberation/unsc/2017-12-21/2396");
    check_cited ("E/RES/2019/19", "", "/akn/un/statement/deliberation/ecosoc/2019/2019-19");
    check_cited ("A/HRC/RES/44/2", "", "/akn/un/statement/deliberation/unhrc/44-2");
    check_cited ("A/74/121", "", "/akn/un/doc/document/unga/A-74-121");
    check_cited ("A/C.3/92/L.4/Rev.1", "", "/akn/un/doc/document/unga/A-C.3-92-L.4-Rev.1");
    check_cited ("XYZ/1", "", "/akn/un/doc/document/un/XYZ-1");
    check_cited ("<&\"\xe2\x80\xae>", "", "/akn/un/doc/document/un/");
}
END_TEST

static void check_document (const char *symbol, const char *kind, const char *body, const char *day, const char *work,
                            const char *name)
{
    rap_akn_name_t is = rap_naming_document (naming, rap_text (symbol), rap_text (kind), rap_text (body),
                                             rap_text (day), RAP_TEXT ("0123abcd"), arena);
    ck_assert_str_eq (rap_arena_text (arena, is.work).at, work);
    ck_assert_str_eq (rap_arena_text (arena, is.name).at, name);
}

START_TEST (test_documents)
{
    check_document ("A/RES/92/164", "resolution", "ga", "2037-12-16",
                    "/akn/un/statement/deliberation/unga/2037-12-16/92-164", "resolution");
    //  The symbol of a resolution tells more than a kind that was not found out.
    check_document ("E/RES/2037/14", "other", "ecosoc", "2037-07-22",
                    "/akn/un/statement/deliberation/ecosoc/2037-07-22/2037-14", "resolution");
    check_document ("A/92/118", "report", "ga", "2037-06-21", "/akn/un/doc/report/unga/2037-06-21/A-92-118",
                    "report");
    check_document ("", "committee-report", "ga", "", "/akn/un/doc/report/unga/0123abcd", "committeeReport");
    check_document ("", "unheard of", "", "", "/akn/un/doc/document/un/0123abcd", "document");
    check_document ("A/CONF.249/9", "declaration", "crime-congress", "2036-04-24",
                    "/akn/un/statement/deliberation/crime-congress/2036-04-24/A-CONF.249-9", "declaration");
}
END_TEST

START_TEST (test_parts)
{
    rap_akn_name_t draft = rap_naming_part (naming, RAP_TEXT ("draft resolution VI"));
    ck_assert (rap_text_equal (draft.doctype, RAP_TEXT ("statement")));
    ck_assert (rap_text_equal (draft.name, RAP_TEXT ("resolutionDraft")));
    ck_assert (rap_text_equal (rap_naming_part (naming, RAP_TEXT ("annex B")).subtype, RAP_TEXT ("annex")));
    ck_assert (rap_text_equal (rap_naming_part (naming, RAP_TEXT ("A")).name, RAP_TEXT ("part")));
    ck_assert (rap_text_equal (rap_naming_theme (naming, RAP_TEXT ("theme"), RAP_TEXT ("toc.tip")),
                               RAP_TEXT ("Trafficking in persons")));
    ck_assert (rap_text_equal (rap_naming_theme (naming, RAP_TEXT ("sdg"), RAP_TEXT ("16")), RAP_TEXT ("16")));
    ck_assert (rap_text_equal (rap_naming_language (naming, RAP_TEXT ("en")), RAP_TEXT ("eng")));
    ck_assert (rap_text_equal (rap_naming_language (naming, RAP_TEXT ("tlh")), RAP_TEXT ("und")));
}
END_TEST

START_TEST (test_slugs)
{
    static const char *const pairs[][2] = {{"A/RES/74/177", "A-RES-74-177"},
                                           {"  draft resolution I ", "draft-resolution-I"},
                                           {"(a)", "a"},
                                           {"***", ""},
                                           {"", ""},
                                           {"\xc3\xa9t\xc3\xa9 1.2", "t-1.2"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        ck_assert_str_eq (rap_arena_text (arena, rap_akn_slug (rap_text (pairs[i][0]), arena)).at, pairs[i][1]);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("export_name");
    TCase *all = tcase_create ("all");
    tcase_add_checked_fixture (all, set_up, tear_down);
    tcase_add_test (all, test_cited);
    tcase_add_test (all, test_documents);
    tcase_add_test (all, test_parts);
    tcase_add_test (all, test_slugs);
    suite_add_tcase (suite, all);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
