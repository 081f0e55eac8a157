//  masthead: what the head of a document tells of it, and what it does not.

#include "reading.h"

typedef struct {
    const char *text;
    const char *told; //  symbol|others|title|kind|body|session|item|published|language
} masthead_case_t;

static void check (const masthead_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rap_arena_t *arena = rap_arena_new ();
        rap_document_t document;
        free (reading_outline (cases[i].text, arena, &document));
        const rap_text_t fields[] = {document.symbol,      document.other_symbols, document.title,
                                     document.kind,        document.body,          document.session,
                                     document.agenda_item, document.published,     document.language};
        char told[2048] = "";
        size_t len = 0;
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            len += (size_t)snprintf (told + len, sizeof told - len, "%s%.*s", f ? "|" : "", (int)fields[f].len,
                                     fields[f].at);
        ck_assert_msg (strcmp (told, cases[i].told) == 0, "case %zu\n  expected: %s\n     found: %s", i,
                       cases[i].told, told);
        rap_arena_destroy (&arena);
    }
}

#define CHECK(cases) check (cases, sizeof cases / sizeof *cases)

START_TEST (resolutions)
{
    static const masthead_case_t cases[] = {
        {"United Nations\nA/RES/90/12\nGeneral Assembly\nDistr.: General\n3 March 2036\nNinetieth session\n"
         "Agenda item 14 (b)\nResolution adopted by the General Assembly on 2 March 2036\n"
         "[on the report of the Third Committee (A/90/400)]\n90/12. Care of the wells\nThe General Assembly,\n"
         "Noting the wells and the lids of them, and the ropes,\n1. Takes note of the wells.\n",
         "A/RES/90/12|[]|Care of the wells|resolution|ga|Ninetieth session|14 (b)|2036-03-03|en"},
        {"United Nations\nS/RES/9001 (2031)*\nSecurity Council\nDistr.: General\n4 May 2031\nResolution 9001 (2031)\n"
         "Adopted by the Security Council at its 9999th meeting, on 3 May 2031\nThe Security Council,\nNoting the "
         "wells,\n"
         "1. Decides to rest.\n",
         "S/RES/9001(2031)|[]|Resolution 9001 (2031)|resolution|sc|||2031-05-04|en"},
        //  Without a line of its own the day of adoption is the date.
        {"E/RES/2031/7\nEconomic and Social Council\n2031 session\nAgenda item 19\n"
         "Resolution adopted by the Economic and Social Council on 9 June 2031\n2031/7. Wells\n"
         "The Economic and Social Council,\nNoting the wells,\n",
         "E/RES/2031/7|[]|Wells|resolution|ecosoc|2031 session|19|2031-06-09|en"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (reports)
{
    static const masthead_case_t cases[] = {
        {"General Assembly\n\nDistr.: General\n23 June 2030\n\nOriginal: English\n\nEighty-fifth session\n\n"
         "Item 57 of the preliminary list*\n\nWells and lids\n\nReport of the Secretary-General\n\nSummary\n\n"
         "The present report tells of the wells and of the lids of the coast.\n\n* [A/85/50](#).\n\nI. "
         "Introduction\n",
         "|[]|Wells and lids|report|ga|Eighty-fifth session|57|2030-06-23|en"},
        //  Joint symbols, on one line, on two, with a dash of print.
        {"E/CN.7/2032/2-E/CN.15/2032/2\nEconomic and Social Council\nWells of the coast\nReport of the Executive "
         "Director\n"
         "I. Introduction\n1. The wells.\n",
         "E/CN.7/2032/2|[\"E/CN.15/2032/2\"]|Wells of the coast|report|ecosoc||||en"},
        {"E/CN.7/2032/2\xE2\x80\x93\nE/CN.15/2032/2\nEconomic and Social Council\nItems 3, 5 and 9 of the "
         "provisional agenda\n"
         "Wells of the coast\nNote by the Secretariat\nI. Introduction\n1. The wells.\n",
         "E/CN.7/2032/2|[\"E/CN.15/2032/2\"]|Wells of the coast|report|ecosoc||3, 5 and 9||en"},
        {"A/85/321\nS/2035/468\nGeneral Assembly\nWells of the coast\nReport of the Secretary-General\nI. "
         "Introduction\n"
         "1. The wells.\n",
         "A/85/321|[\"S/2035/468\"]|Wells of the coast|report|ga||||en"},
        {"A/90/33/Add.1\nGeneral Assembly\nWells of the coast\nReport of the Third Committee\nRapporteur: Ms. Ada "
         "Keeper\n"
         "I. Introduction\n1. The wells.\n",
         "A/90/33/Add.1|[]|Wells of the coast|committee-report|ga||||en"},
        {"S/2031/420\nSecurity Council\n4 May 2031\nLetter dated 3 May 2031 from the Secretary-General addressed to "
         "the "
         "President of the Security Council\nI have the honour to transmit to you the report on the wells of the "
         "coast.\n",
         "S/2031/420|[]||letter|sc|||2031-05-04|en"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (nothing_is_guessed)
{
    static const masthead_case_t cases[] = {
        //  A symbol that is cited is not the document's.
        {"Summary\nThe present report is about resolution 7/1 and document A/90/33, and about the wells.\n* "
         "A/90/50.\n"
         "I. Introduction\n1. The wells (A/90/12).\n",
         "|[]||report|||||en"},
        {"A plain text about the wells of the coast and of the keepers, in which nothing is told of itself.\n",
         "|[]||other|||||en"},
        {"Zwei Brunnen.\n", "|[]||other|||||"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (the_operator_knows_better)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_reason_t reason = {""};
    rap_reading_t reading = {.document = {.source = rap_text ("test"),
                                          .symbol = rap_text ("A/90/1"),
                                          .title = rap_text ("Wells"),
                                          .published = rap_text ("2030-01-01"),
                                          .language = rap_text ("fr")}};
    static const char text[] =
        "A/90/2\nGeneral Assembly\n4 May 2031\nLids\nReport of the Secretary-General\nI. Introduction\n";
    ck_assert_int_eq (rap_read (reading_reader (), rap_text (text), arena, &reading, &reason), RAP_OK);
    ck_assert (rap_text_equal (reading.document.symbol, RAP_TEXT ("A/90/1")));
    ck_assert (rap_text_equal (reading.document.other_symbols, RAP_TEXT ("[\"A/90/2\"]")));
    ck_assert (rap_text_equal (reading.document.title, RAP_TEXT ("Wells")));
    ck_assert (rap_text_equal (reading.document.published, RAP_TEXT ("2030-01-01")));
    ck_assert (rap_text_equal (reading.document.language, RAP_TEXT ("fr")));
    rap_arena_destroy (&arena);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("masthead");
    TCase *tests = tcase_create ("masthead");
    tcase_set_timeout (tests, 60);
    tcase_add_test (tests, resolutions);
    tcase_add_test (tests, reports);
    tcase_add_test (tests, nothing_is_guessed);
    tcase_add_test (tests, the_operator_knows_better);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
