//  pinpoint: places after and before a citation, and at every place where a text may break off.

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "pinpoint.h"

static rap_phrases_t *words, *links, *acts, *see, *the;
static rap_pinpoint_t places;

static rap_phrases_t *set (const char *const *phrases, uint32_t value)
{
    rap_phrases_t *made = rap_phrases_new ();
    for (; *phrases; phrases++)
        rap_phrases_add (made, rap_text (*phrases), value);
    return made;
}

static void begin (void)
{
    words = set (
        (const char *const[]){"para.", "paras.", "paragraph", "paragraphs", "chap.", "sect.", "article", NULL}, 0);
    rap_phrases_add (words, RAP_TEXT ("annex"), 1);
    links = set ((const char *const[]){"of", "to", NULL}, 0);
    acts = set ((const char *const[]){"resolution", "decision", "draft resolution", NULL}, 0);
    see = set ((const char *const[]){"see", NULL}, 0);
    the = set ((const char *const[]){"the", NULL}, 0);
    rap_phrases_t *const all[] = {words, links, acts, see, the};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        rap_phrases_seal (all[i]);
    places = (rap_pinpoint_t){.words = words, .links = links, .acts = acts, .see = see, .the = the};
}

static void end (void)
{
    rap_phrases_t **const all[] = {&words, &links, &acts, &see, &the};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        rap_phrases_destroy (all[i]);
}

START_TEST (after)
{
    static const struct {
        const char *text;
        const char *place;
        bool prints;
    } cases[] = {
        {", annex II, sect. A.", "annex II, sect. A", false},
        {"), chap. I, sect. D", "chap. I, sect. D", false},
        {" (para. 5)", "para. 5", false},
        {"(para. 5)", "para. 5", false},
        {", paras. 5\xE2\x80\x93"
         "7, and",
         "paras. 5\xE2\x80\x93"
         "7",
         false},
        {", paras. 3 (a)\xE2\x80\x93(c) and 5; and", "paras. 3 (a)\xE2\x80\x93(c) and 5", false},
        {", annex, and", "annex", false},
        {", paragraphs and", "", false},
        {", paragraph 9 of the next", "", false},
        {", annex, and paragraph 9 of the next", "annex", false},
        {", para. 3, 71/6 and", "para. 3", false},
        {", chap. I, resolution 2, annex", "chap. I, resolution 2, annex", true},
        {", chap. I, resolution 2, annex", "chap. I", false},
        {", decision 1/CP.21, annex", "decision 1/CP.21, annex", true},
        {", annex, decision X/2.", "annex, decision X/2", true},
        {", sect. I.A, resolution 10/1", "sect. I.A", true},
        {", resolution 1540 and", "", true},
        {" and decision 8 was taken", "", true},
        {", chap. I, and decision 8 was taken", "chap. I", true},
        {", article 24/7", "", true},
        {", para. 3, and article 24/7", "para. 3", true},
        {" (see para. 26, draft resolution VI)", "see para. 26, draft resolution VI", true},
        {" (see para. 26)", "", true},
        {" was read", "", true},
        {"", "", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rap_text_t place = RAP_TEXT ("");
        size_t read = rap_pinpoint_after (&places, rap_text (cases[i].text), 0, cases[i].prints, &place);
        ck_assert_msg (rap_text_equal (place, rap_text (cases[i].place)), "'%s': '%.*s'", cases[i].text,
                       (int)place.len, place.at);
        ck_assert ((read > 0) == (place.len > 0));
    }
}
END_TEST

START_TEST (before)
{
    static const struct {
        const char *text; //  up to the citation
        const char *place;
    } cases[] = {
        {"as in paragraphs 5 and 6 of ", "paragraphs 5 and 6"},
        {"as in paragraph 8 (a) of the ", "paragraph 8 (a)"},
        {"as in the annex to ", "annex"},
        {"as in the relevant paragraphs of ", ""},
        {"as in paragraph 5 and then of ", ""},
        {"paragraph 5 ", ""},
        {"of ", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rap_text_t text = rap_text (cases[i].text), place = rap_pinpoint_before (&places, text, 0, text.len);
        ck_assert_msg (rap_text_equal (place, rap_text (cases[i].place)), "'%s': '%.*s'", cases[i].text,
                       (int)place.len, place.at);
    }
}
END_TEST

START_TEST (broken_off)
{
    const char *whole = "), chap. I.A.2 (a) (iv), paras. 5-7, 9 to 12 and 15, decision 15/CMA.19, annex II of the";
    for (size_t len = 0; len <= strlen (whole); len++) {
        char *copy = malloc (len ? len : 1);
        ck_assert_ptr_nonnull (copy);
        memcpy (copy, whole, len);
        rap_text_t text = rap_text_of (copy, len), place = RAP_TEXT ("");
        ck_assert_uint_le (rap_pinpoint_after (&places, text, 0, true, &place), len);
        ck_assert_uint_le (rap_pinpoint_before (&places, text, 0, len).len, len);
        free (copy);
    }
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("pinpoint");
    TCase *group = tcase_create ("pinpoint");
    tcase_add_checked_fixture (group, begin, end);
    tcase_add_test (group, after);
    tcase_add_test (group, before);
    tcase_add_test (group, broken_off);
    suite_add_tcase (suite, group);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
