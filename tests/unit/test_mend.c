//  mend: which gaps in words are closed, and which are right as they are.

#include "reading.h"

//  Wrapped, so that it is mended: the first lines only make it so.
#define WRAPPED                                                                                                      \
    "I. Wells\n1. The keepers of the wells go down to them each morning with the\nropes that they have made and "    \
    "they\n"                                                                                                         \
    "look into the water and the sky and then\nsit down and rest.\n2. "

static void check (const char *broken, const char *mended)
{
    char text[4096];
    snprintf (text, sizeof text, WRAPPED "%s\n", broken);
    rap_arena_t *arena = rap_arena_new ();
    char *outline = reading_outline (text, arena, NULL);
    const char *found = strstr (outline, "paragraph |2|Wells|");
    ck_assert_msg (found != NULL, "%s", outline);
    found += strlen ("paragraph |2|Wells|");
    ck_assert_msg (strncmp (found, mended, strlen (mended)) == 0 && found[strlen (mended)] == '\n',
                   "'%s'\n  expected: %s\n     found: %s", broken, mended, found);
    free (outline);
    rap_arena_destroy (&arena);
}

START_TEST (broken_words_are_joined)
{
    check ("The cr ime of it.", "The crime of it.");
    check ("It goes a s well as that.", "It goes as well as that.");
    check ("The impleme ntation of it.", "The implementation of it.");
    check ("An im plem entation of it.", "An implementation of it.");
    check ("O f all.", "Of all.");
    check ("A gender-ba sed plan.", "A gender-based plan.");
    check ("The Gen eral Assembly met.", "The General Assembly met.");
    check ("They have to re quest a request.", "They have to request a request.");
    //  The word just joined is one, and what follows it another.
    check ("They r espect fully the keepers.", "They respect fully the keepers.");
    //  A letter between belongs to the word that the document has.
    check ("The rope of t he well.", "The rope of the well.");
    check ("The watersheds and the watersh eds.", "The watersheds and the watersheds.");
    check ("In all jurisdi ctions.", "In all jurisdictions.");
    check ("The Secretary, a Secretary and the Sec retary-General.",
           "The Secretary, a Secretary and the Secretary-General.");
}
END_TEST

START_TEST (what_the_document_knows_is_joined)
{
    //  A word in no list, but twice in the text.
    check ("The wellkeeping of wells, once more the wellk eeping of them.",
           "The wellkeeping of wells, once more the wellkeeping of them.");
    //  Both halves are words, but one stands nowhere else, and the whole does.
    check ("By prevention and more prevent ion of it.", "By prevention and more prevention of it.");
}
END_TEST

START_TEST (right_words_stay)
{
    check ("It is in formation flight per cent by per cent.", "It is in formation flight per cent by per cent.");
    check ("The women\xE2\x80\x99s and men\xE2\x80\x99s wells.",
           "The women\xE2\x80\x99s and men\xE2\x80\x99s wells.");
    check ("Annex B to the plan, and the G5 as well.", "Annex B to the plan, and the G5 as well.");
    check ("They met to re-establish the e-learning.", "They met to re-establish the e-learning.");
    check ("An ad hoc body of the United Nations.", "An ad hoc body of the United Nations.");
    check ("Pre- and post-drought wells, water- and air-borne.",
           "Pre- and post-drought wells, water- and air-borne.");
    check ("It \xE2\x80\x93 the well \xE2\x80\x93 is dry; it is \xE2\x80\x9C"
           "deep\xE2\x80\x9D.",
           "It \xE2\x80\x93 the well \xE2\x80\x93 is dry; it is \xE2\x80\x9C"
           "deep\xE2\x80\x9D.");
}
END_TEST

START_TEST (spaces_where_none_can_be)
{
    check ("A policy -related plan for COVID -19 .", "A policy-related plan for COVID-19.");
    check ("( see wells ) and \xE2\x80\x9C lids \xE2\x80\x9D , too.",
           "(see wells) and \xE2\x80\x9Clids\xE2\x80\x9D, too.");
    check ("The Office \xE2\x80\x99s wells.", "The Office\xE2\x80\x99s wells.");
}
END_TEST

START_TEST (hyphens_at_line_ends)
{
    check ("The plan is far-\nreaching and good.", "The plan is far-reaching and good.");
    check ("The wells of co-\noperation are good.", "The wells of co-operation are good.");
    check ("The good cooperation of wells is co-\noperation.", "The good cooperation of wells is cooperation.");
    check ("The coop-\neration of wells is good.", "The coop-eration of wells is good.");
    check ("The impleme-\nntation of wells is good.", "The implementation of wells is good.");
    check ("The wells are pre-\nand post-drought wells.", "The wells are pre- and post-drought wells.");
    check ("The hard-\nto-reach wells are dry.", "The hard-to-reach wells are dry.");
    check ("See document E/2038/31-\nE/CN.15/2038/16 on wells.", "See document E/2038/31-E/CN.15/2038/16 on wells.");
    check ("See document A/C.3/96/\nL.4 on wells.", "See document A/C.3/96/L.4 on wells.");
    check ("A gender -\nbased plan.", "A gender-based plan.");
}
END_TEST

//  A mark that the layout lowered to the line, after a number.
START_TEST (marks_after_numbers)
{
    static const char text[] =
        WRAPPED "They recall the keepers' resolution 73/1813 on the wells that they have, and\n"
                "document A/73/1813 on the sky and the water.\n_______________\n3 A rope.\n";
    rap_arena_t *arena = rap_arena_new ();
    char *outline = reading_outline (text, arena, NULL);
    ck_assert_msg (strstr (outline, "resolution 73/181^3 on") && strstr (outline, "document A/73/1813 on"), "%s",
                   outline);
    free (outline);
    rap_arena_destroy (&arena);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("mend");
    TCase *tests = tcase_create ("mend");
    tcase_set_timeout (tests, 120);
    tcase_add_test (tests, broken_words_are_joined);
    tcase_add_test (tests, what_the_document_knows_is_joined);
    tcase_add_test (tests, right_words_stay);
    tcase_add_test (tests, spaces_where_none_can_be);
    tcase_add_test (tests, hyphens_at_line_ends);
    tcase_add_test (tests, marks_after_numbers);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
