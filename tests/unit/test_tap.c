//  tap: which events pass, what was lost, and how one is shown.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap_filter.h"

static rap_tap_members_t members;
static rap_tap_filter_t filter;
static rap_reason_t reason;

static void setup (void)
{
    memset (&filter, 0, sizeof filter);
}

static void teardown (void)
{
    rap_tap_members_clear (&members);
}

static rap_tap_event_t event (int topic)
{
    return (rap_tap_event_t){.topic = topic, .document_id = "00ff11", .members = &members, .sequence = 1};
}

static bool passes (int topic)
{
    rap_tap_event_t one = event (topic);
    return rap_tap_passes (&filter, &one);
}

START_TEST (kinds_are_chosen)
{
    ck_assert_int_eq (rap_tap_filter_take (&filter, "clause,document", &reason), RAP_OK);
    ck_assert (passes (RAP_FINDING_clause));
    ck_assert (passes (RAP_TAP_DOCUMENT));
    ck_assert (!passes (RAP_FINDING_place));
    static const char *const bad[] = {"", "claus", "clause,", "clauses", ",clause", "finding.clause"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq (rap_tap_filter_take (&filter, bad[i], &reason), RAP_REFUSED);
        ck_assert (strstr (reason.text, "there are classification, citation,"));
    }
}
END_TEST

START_TEST (all_pass_where_nothing_is_said)
{
    char buffer[64];
    ck_assert_int_eq (rap_tap_filter_take (&filter, NULL, &reason), RAP_OK);
    for (int i = 0; i < RAP_TAP_TOPICS; i++)
        ck_assert (passes (i));
    ck_assert_str_eq (rap_tap_filter_prefix (&filter, buffer, sizeof buffer), "");
}
END_TEST

START_TEST (a_subscription_is_as_narrow_as_one_can_be)
{
    char buffer[64];
    rap_tap_filter_take (&filter, "clause", &reason);
    ck_assert_str_eq (rap_tap_filter_prefix (&filter, buffer, sizeof buffer), "finding.clause");
    rap_tap_filter_take (&filter, "place", &reason);
    ck_assert_str_eq (rap_tap_filter_prefix (&filter, buffer, sizeof buffer), "finding.");
    rap_tap_filter_take (&filter, "document", &reason);
    ck_assert_str_eq (rap_tap_filter_prefix (&filter, buffer, sizeof buffer), "");
}
END_TEST

START_TEST (a_theme_is_its_code_or_a_class_above)
{
    filter.theme = "toc";
    rap_tap_filter_take (&filter, NULL, &reason);
    rap_tap_members_add (&members, "scheme", "theme");
    rap_tap_members_add (&members, "code", "toc.tip");
    ck_assert (passes (RAP_FINDING_classification));
    ck_assert (!passes (RAP_FINDING_clause));
    filter.theme = "TOC.TIP";
    ck_assert (passes (RAP_FINDING_classification));
    filter.theme = "to";
    ck_assert (!passes (RAP_FINDING_classification));
    filter.theme = "toc.som";
    ck_assert (!passes (RAP_FINDING_classification));
}
END_TEST

START_TEST (an_actor_is_named_or_asked)
{
    filter.actor = "secretary-general";
    rap_tap_filter_take (&filter, NULL, &reason);
    rap_tap_members_add (&members, "actor", "unodc");
    rap_tap_members_add (&members, "addressee_actor", "secretary-general");
    ck_assert (passes (RAP_FINDING_clause));
    ck_assert (!passes (RAP_FINDING_actor));
    ck_assert (!passes (RAP_FINDING_place));
}
END_TEST

START_TEST (a_document_is_its_symbol_or_the_beginning_of_its_id)
{
    rap_tap_filter_take (&filter, NULL, &reason);
    rap_tap_event_t one = event (RAP_FINDING_place);
    filter.document = "00FF";
    ck_assert (rap_tap_passes (&filter, &one));
    filter.document = "A/RES/95/12";
    ck_assert (!rap_tap_passes (&filter, &one));
    one.name = "A/RES/95/12";
    ck_assert (rap_tap_passes (&filter, &one));
    filter.document = "A/RES/95/1";
    ck_assert (!rap_tap_passes (&filter, &one));
}
END_TEST

START_TEST (gaps_are_counted_by_topic)
{
    rap_tap_gaps_t gaps = {0};
    rap_tap_event_t one = event (0), other = event (1);
    one.sequence = 5;
    ck_assert_uint_eq (rap_tap_lost (&gaps, &one), 0); //  it begins in the midst
    one.sequence = 6;
    ck_assert_uint_eq (rap_tap_lost (&gaps, &one), 0);
    other.sequence = 100;
    ck_assert_uint_eq (rap_tap_lost (&gaps, &other), 0);
    one.sequence = 10;
    ck_assert_uint_eq (rap_tap_lost (&gaps, &one), 3);
    one.sequence = 1; //  of a sink that began anew
    ck_assert_uint_eq (rap_tap_lost (&gaps, &one), 0);
    one.sequence = 0; //  of an earlier sink
    ck_assert_uint_eq (rap_tap_lost (&gaps, &one), 0);
    ck_assert_uint_eq (rap_tap_lost (&gaps, &one), 0);
}
END_TEST

static char *printed (const rap_tap_event_t *one, bool rich)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream (&text, &len);
    rap_tap_print (out, rich, one);
    fclose (out);
    return text;
}

START_TEST (a_line_is_harmless)
{
    static const char evil[] = "a\x1b[31m\nb\xc2\x9b\xe2\x80\xae\xff";
    static const char *const names[] = {"label", "surface", "code", "kind"};
    rap_tap_event_t one = event (RAP_FINDING_place);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        rap_tap_members_add (&members, names[i], evil);
    one.name = evil;
    char *text = printed (&one, false);
    ck_assert (!strpbrk (text, "\x1b\x07"));
    ck_assert_ptr_eq (strchr (text, '\n'), text + strlen (text) - 1);
    ck_assert (!strstr (text, "\xe2\x80\xae"));
    ck_assert (!strstr (text, "\xff"));
    free (text);
}
END_TEST

START_TEST (a_line_says_who_where_and_what)
{
    rap_tap_event_t one = event (RAP_FINDING_place);
    rap_tap_members_add (&members, "label", "3");
    rap_tap_members_add (&members, "code", "KEN");
    rap_tap_members_add (&members, "rule", "countries");
    rap_tap_members_add (&members, "surface", "Kenya");
    char *text = printed (&one, false);
    ck_assert_str_eq (text, "00ff11            3       place           code=KEN \"Kenya\"\n");
    free (text);
    text = printed (&one, true);
    ck_assert (strstr (text, "\x1b[1m00ff11"));
    free (text);
}
END_TEST

START_TEST (long_words_are_cut)
{
    char *many = malloc (200001);
    memset (many, 'x', 200000);
    many[200000] = 0;
    rap_tap_event_t one = event (RAP_FINDING_place);
    rap_tap_members_add (&members, "surface", many);
    rap_tap_members_add (&members, "code", many);
    char *text = printed (&one, false);
    ck_assert_uint_lt (strlen (text), 400);
    free (text);
    free (many);
    for (int i = 0; i < 1000; i++)
        rap_tap_members_add (&members, "name", "value");
    ck_assert_int_eq (members.count, RAP_TAP_MEMBERS_MAX);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("tap");
    TCase *test = tcase_create ("tap");
    tcase_add_checked_fixture (test, setup, teardown);
    tcase_add_test (test, kinds_are_chosen);
    tcase_add_test (test, all_pass_where_nothing_is_said);
    tcase_add_test (test, a_subscription_is_as_narrow_as_one_can_be);
    tcase_add_test (test, a_theme_is_its_code_or_a_class_above);
    tcase_add_test (test, an_actor_is_named_or_asked);
    tcase_add_test (test, a_document_is_its_symbol_or_the_beginning_of_its_id);
    tcase_add_test (test, gaps_are_counted_by_topic);
    tcase_add_test (test, a_line_is_harmless);
    tcase_add_test (test, a_line_says_who_where_and_what);
    tcase_add_test (test, long_words_are_cut);
    suite_add_tcase (suite, test);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
