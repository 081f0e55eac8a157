//  answer: which paragraphs of a small report answer what was asked.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

static rap_arena_t *arena;

static void setup (void)
{
    arena = rap_arena_new ();
}

static void teardown (void)
{
    rap_arena_destroy (&arena);
}

static const rap_topic_t on_wells[] = {{RAP_TOPIC_THEME, {"wells", 5}, 0.8}, {RAP_TOPIC_CRIME, {"0501", 4}, 1}};
static const rap_topic_t on_ferries[] = {{RAP_TOPIC_THEME, {"ferries", 7}, 0.9},
                                         {RAP_TOPIC_ACTOR, {"harbour", 7}, 1}};

#define TEXT(string)                                                                                                 \
    {                                                                                                                \
        string, sizeof string - 1                                                                                    \
    }
static const rap_passage_t report[] = {
    {.chunk_id = 11,
     .text = TEXT ("The Office is glad of the support that it was given in the year under review."),
     .function = TEXT ("context")},
    {.chunk_id = 12,
     .text =
         TEXT ("Much else was done in the year. In the dry north the Office trained nine wardens of wells and drew "
               "up a manual on the theft of water. The year was long."),
     .headings = TEXT ("Water"),
     .function = TEXT ("activity"),
     .topics = on_wells,
     .topics_count = 2},
    {.chunk_id = 13,
     .text = TEXT ("The Harbour Board and the Office counted the ferries and their passengers."),
     .headings = TEXT ("Crossings"),
     .function = TEXT ("activity"),
     .topics = on_ferries,
     .topics_count = 2},
    {.chunk_id = 14, .text = TEXT ("Under paragraph 9, nothing new can be told."), .cites = TEXT ("paras. 9 and 12")},
};
enum { REPORT = sizeof report / sizeof *report };

static rap_answer_t answer_to (rap_ask_t ask)
{
    rap_answer_t answer;
    rap_answerer_t *answerer = rap_answerer_new (report, REPORT);
    rap_answerer_ask (answerer, &ask, arena, &answer);
    rap_answerer_destroy (&answerer);
    ck_assert_ptr_null (answerer);
    return answer;
}

START_TEST (the_paragraph_of_the_same_matter_comes_first)
{
    rap_answer_t answer = answer_to ((rap_ask_t){.action = TEXT ("to train wardens of wells in the dry regions"),
                                                 .clause = TEXT ("Requests the Office to train wardens of wells"),
                                                 .topics = on_wells,
                                                 .topics_count = 2});
    ck_assert_str_eq (answer.status, "answered");
    ck_assert_uint_ge (answer.evidence_count, 1);
    ck_assert_int_eq (answer.evidence[0].chunk_id, 12);
    //  The sentence that decided, not the paragraph.
    ck_assert (rap_text_starts (answer.evidence[0].words, RAP_TEXT ("In the dry north")));
    ck_assert (rap_text_ends (answer.evidence[0].words, RAP_TEXT ("theft of water.")));
    ck_assert_ptr_nonnull (strstr (answer.evidence[0].rule.at, "done"));
}
END_TEST

START_TEST (words_are_known_by_their_stems)
{
    rap_answer_t answer = answer_to ((rap_ask_t){.action = TEXT ("the counting of a ferry's passenger")});
    ck_assert_int_eq (answer.evidence[0].chunk_id, 13);
}
END_TEST

START_TEST (what_is_nowhere_is_silent)
{
    rap_answer_t answer = answer_to ((rap_ask_t){.action = TEXT ("to publish an atlas of mountain footpaths")});
    ck_assert_str_eq (answer.status, "silent");
    ck_assert_uint_eq (answer.evidence_count, 0);
}
END_TEST

//  The words are alike, but of that crime the report says nothing.
START_TEST (a_crime_that_is_not_treated_is_silent)
{
    static const rap_topic_t on_arson[] = {{RAP_TOPIC_CRIME, TEXT ("0502"), 1}};
    rap_ask_t ask = {
        .action = TEXT ("to train wardens and draw up a manual on arson"), .topics = on_arson, .topics_count = 1};
    ck_assert_str_eq (answer_to (ask).status, "silent");
    ask.topics = on_wells;
    ask.topics_count = 2;
    ck_assert_str_ne (answer_to (ask).status, "silent");
}
END_TEST

START_TEST (a_paragraph_that_names_the_clause_answers_it)
{
    rap_ask_t ask = {.label = TEXT ("9"), .action = TEXT ("to tell what is new of it"), .clause = TEXT ("")};
    rap_answer_t answer = answer_to (ask);
    ck_assert_int_eq (answer.evidence[0].chunk_id, 14);
    ck_assert_ptr_nonnull (strstr (answer.evidence[0].rule.at, "named"));
    ask.label = RAP_TEXT ("2"); //  of 12, but not 12
    answer = answer_to (ask);
    for (uint32_t i = 0; i < answer.evidence_count; i++)
        ck_assert_ptr_null (strstr (answer.evidence[i].rule.at, "named"));
}
END_TEST

START_TEST (a_long_quotation_ends_at_a_word_or_a_character)
{
    enum { LEN = 3000 };
    char *text = malloc (LEN);
    for (size_t i = 0; i < LEN; i += 2)
        memcpy (text + i, "\xC3\xA9", 2);
    rap_passage_t passage = {
        .chunk_id = 1, .text = rap_text_of (text, LEN), .headings = RAP_TEXT ("wardens of wells")};
    rap_answerer_t *answerer = rap_answerer_new (&passage, 1);
    rap_answer_t answer;
    rap_ask_t ask = {.action = TEXT ("wardens of wells")};
    rap_answerer_ask (answerer, &ask, arena, &answer);
    ck_assert_uint_eq (answer.evidence_count, 1);
    ck_assert_uint_le (answer.evidence[0].words.len, 400);
    ck_assert_uint_eq (answer.evidence[0].words.len % 2, 0);
    rap_answerer_destroy (&answerer);
    free (text);
}
END_TEST

START_TEST (a_report_without_paragraphs_answers_nothing)
{
    rap_answerer_t *answerer = rap_answerer_new (NULL, 0);
    rap_answer_t answer;
    rap_ask_t ask = {.action = TEXT ("to train wardens")};
    rap_answerer_ask (answerer, &ask, arena, &answer);
    ck_assert_str_eq (answer.status, "silent");
    rap_answerer_destroy (&answerer);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("answer");
    TCase *tests = tcase_create ("answer");
    tcase_add_checked_fixture (tests, setup, teardown);
    tcase_add_test (tests, the_paragraph_of_the_same_matter_comes_first);
    tcase_add_test (tests, words_are_known_by_their_stems);
    tcase_add_test (tests, what_is_nowhere_is_silent);
    tcase_add_test (tests, a_crime_that_is_not_treated_is_silent);
    tcase_add_test (tests, a_paragraph_that_names_the_clause_answers_it);
    tcase_add_test (tests, a_long_quotation_ends_at_a_word_or_a_character);
    tcase_add_test (tests, a_report_without_paragraphs_answers_nothing);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
