//  masthead: what the head of a document tells of it, and what it does not.

#include "reading.h"

typedef struct {
    const char *text;
    const char *told; //  symbol|others|title|kind|body|session|item|published|language|distribution
} masthead_case_t;

static void check (const masthead_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rap_arena_t *arena = rap_arena_new ();
        rap_document_t document;
        free (reading_outline (cases[i].text, arena, &document));
        const rap_text_t fields[] = {
            document.symbol,  document.other_symbols, document.title,     document.kind,     document.body,
            document.session, document.agenda_item,   document.published, document.language, document.distribution};
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
         "A/RES/90/12|[]|Care of the wells|resolution|ga|Ninetieth session|14 (b)|2036-03-03|en|General"},
        {"United Nations\nS/RES/9001 (2031)*\nSecurity Council\nDistr.: General\n4 May 2031\nResolution 9001 (2031)\n"
         "Adopted by the Security Council at its 9999th meeting, on 3 May 2031\nThe Security Council,\nNoting the "
         "wells,\n"
         "1. Decides to rest.\n",
         "S/RES/9001(2031)|[]|Resolution 9001 (2031)|resolution|sc|9999th meeting||2031-05-04|en|General"},
        //  Without a line of its own the day of adoption is the date.
        {"E/RES/2031/7\nEconomic and Social Council\n2031 session\nAgenda item 19\n"
         "Resolution adopted by the Economic and Social Council on 9 June 2031\n2031/7. Wells\n"
         "The Economic and Social Council,\nNoting the wells,\n",
         "E/RES/2031/7|[]|Wells|resolution|ecosoc|2031 session|19|2031-06-09|en|"},
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
         "|[]|Wells and lids|report|ga|Eighty-fifth session|57|2030-06-23|en|General"},
        //  Joint symbols, on one line, on two, with a dash of print.
        {"E/CN.7/2032/2-E/CN.15/2032/2\nEconomic and Social Council\nWells of the coast\nReport of the Executive "
         "Director\n"
         "I. Introduction\n1. The wells.\n",
         "E/CN.7/2032/2|[\"E/CN.15/2032/2\"]|Wells of the coast|report|ecosoc||||en|"},
        {"E/CN.7/2032/2\xE2\x80\x93\nE/CN.15/2032/2\nEconomic and Social Council\nItems 3, 5 and 9 of the "
         "provisional agenda\n"
         "Wells of the coast\nNote by the Secretariat\nI. Introduction\n1. The wells.\n",
         "E/CN.7/2032/2|[\"E/CN.15/2032/2\"]|Wells of the coast|report|ecosoc||3, 5 and 9||en|"},
        {"A/85/321\nS/2035/468\nGeneral Assembly\nWells of the coast\nReport of the Secretary-General\nI. "
         "Introduction\n"
         "1. The wells.\n",
         "A/85/321|[\"S/2035/468\"]|Wells of the coast|report|ga||||en|"},
        {"A/90/33/Add.1\nGeneral Assembly\nWells of the coast\nReport of the Third Committee\nRapporteur: Ms. Ada "
         "Keeper\n"
         "I. Introduction\n1. The wells.\n",
         "A/90/33/Add.1|[]|Wells of the coast|committee-report|ga||||en|"},
        {"S/2031/420\nSecurity Council\n4 May 2031\nLetter dated 3 May 2031 from the Secretary-General addressed to "
         "the "
         "President of the Security Council\nI have the honour to transmit to you the report on the wells of the "
         "coast.\n",
         "S/2031/420|[]|Letter dated 3 May 2031 from the Secretary-General addressed to the President of the "
         "Security "
         "Council|letter|sc|||2031-05-04|en|"},
    };
    CHECK (cases);
}
END_TEST

//  In print the masthead stands in columns; text taken from it has them on one line,
//  with wide white space or with a single one.
START_TEST (columns)
{
    static const masthead_case_t cases[] = {
        {"              United Nations                                        A/90/179-S/2035/468\n"
         "              General Assembly                               Distr.: General\n"
         "              Security Council                               16 July 2035\n\n"
         "                                                             Original: English\n\n\n"
         "General Assembly                                             Security Council\n"
         "Ninetieth session                                            Ninetieth year\n"
         "Item 66 (b) of the provisional agenda*\nWells, lids and the ropes that are\nneeded for both of them\n\n\n"
         "              Care of the wells in the dry lands and of the\n              people who draw from them**\n"
         "              Report of the Secretary-General\n\n\n  Summary\n"
         "              The present report tells of the wells and of the lids of the coast, and of the\n"
         "              keepers who look after all of them.\n",
         "A/90/179|[\"S/2035/468\"]|Care of the wells in the dry lands and of the people who draw from "
         "them|report|ga|Ninetieth session|66 (b)|2035-07-16|en|General"},
        {"United Nations A/C.3/90/L.9/Rev.1*\nGeneral Assembly Distr.: Limited\n3 November 2035\nOriginal: English\n"
         "Ninetieth session\nThird Committee\nAgenda item 107\nCrime prevention and criminal justice\n"
         "Austria, Ghana and Peru: draft resolution\nWells in prisons\nThe General Assembly,\nNoting the wells,\n",
         "A/C.3/90/L.9/Rev.1|[]|Wells in prisons|resolution|ga|Ninetieth session|107|2035-11-03|en|Limited"},
        //  As it was printed until the nineties.
        {"UNITED\nNATIONS                                                A\n          General Assembly\n"
         "                                          Distr.\n                                          GENERAL\n\n"
         "                                          A/52/9613\n"
         "                                          19 November 1997\n\n"
         "                                          ORIGINAL:   ENGLISH\n\n\nFifty-second session\nAgenda item "
         "18\n\n\n"
         "            KEEPING OF THE WELLS IN ALL OF THE COUNTRIES\n            AND TERRITORIES OF THE COAST\n\n"
         "       Report of the Special Political and Decolonization Committee\n"
         "                           (Fourth Committee)\n\n           Rapporteur:   Ms. Ada KEEPER (Ghana)\n\n\n"
         "                               I.   INTRODUCTION\n\n"
         "1.   At its 4th plenary meeting, on 19 September 1997, the General Assembly, on\n"
         "the recommendation of the General Committee, decided to look at the wells of the\ncoast.\n",
         "A/52/9613|[]|KEEPING OF THE WELLS IN ALL OF THE COUNTRIES AND TERRITORIES OF THE COAST|committee-report|ga|"
         "Fifty-second session|18|1997-11-19|en|General"},
    };
    CHECK (cases);
}
END_TEST

//  The organ whose session it is, where the paper is that of the organ above it.
START_TEST (organs)
{
    static const masthead_case_t cases[] = {
        {"United Nations\nA/HRC/RES/90/2\nGeneral Assembly\nDistr.: General\n9 October 2035\nOriginal: English\n"
         "Human Rights Council\nNinetieth session\nAgenda items 3 and 5\n"
         "Resolution adopted by the Human Rights Council on 27 September 2035\n90/2. Wells and human rights\n"
         "The Human Rights Council,\nGuided by the wells,\n",
         "A/HRC/RES/90/2|[]|Wells and human rights|resolution|hrc|Ninetieth session|3 and 5|2035-10-09|en|General"},
        {"E/CN.15/2035/L.2\nEconomic and Social Council\nDistr.: Limited\n9 March 2035\nOriginal: English\n"
         "Commission on Crime Prevention and Criminal Justice\nForty-fourth session\nVienna, 21\xE2\x80\x93"
         "25 May 2035\n"
         "Item 5 (a) of the provisional agenda*\nDraft resolution\nWells in prisons\n"
         "The Commission on Crime Prevention and Criminal Justice,\nNoting the wells,\n",
         "E/CN.15/2035/L.2|[]|Wells in prisons|resolution|ccpcj|Forty-fourth session|5 (a)|2035-03-09|en|Limited"},
        {"CTOC/COP/2036/7\nConference of the Parties to the\nUnited Nations Convention against\nTransnational "
         "Organized "
         "Crime\n\nDistr.: General\n9 March 2036\n\nOriginal: English\n\nEighteenth session\n\nWells\n\n"
         "Note by the Secretariat\n\nI. Introduction\n\n1. This note, which has been prepared for the Conference, is "
         "about\n"
         "all of the wells of the States parties and about the lids that they have put upon\nthem.\n",
         "CTOC/COP/2036/7|[]|Wells|report|cop-untoc|Eighteenth session||2036-03-09|en|General"},
        {"A/CONF.300/6\nTwentieth United Nations Congress on Crime Prevention and Criminal Justice\nDistr.: General\n"
         "24 April 2036\nNairobi Declaration on Wells\nWe, the Ministers and the delegates of Member States,\n"
         "Assembled by the wells,\nDeclare the following:\n1. We undertake to draw slowly.\n",
         "A/CONF.300/6|[]|Nairobi Declaration on Wells|declaration|crime-congress|||2036-04-24|en|General"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (sessions)
{
    static const char *const printed[] = {"Seventy-fourth session",
                                          "Resumed seventy-fourth session",
                                          "Thirty-first special session",
                                          "Eleventh emergency special session",
                                          "Tenth emergency special session (resumed)",
                                          "2035 session",
                                          "Organizational session for 2035",
                                          "Substantive session of 2035",
                                          "Sixty-fifth session, resumed",
                                          "Sixty-fifth reconvened session",
                                          "One hundred and twentieth session",
                                          "139th session",
                                          "Eightieth year",
                                          "9872nd meeting"};
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
        rap_arena_t *arena = rap_arena_new ();
        rap_document_t document;
        char *text = NULL;
        ck_assert_int_gt (asprintf (&text, "A/90/1\nGeneral Assembly\n%s\nAgenda item 4\nWells\n", printed[i]), 0);
        free (reading_outline (text, arena, &document));
        ck_assert_msg (rap_text_equal (document.session, rap_text (printed[i])), "'%s' for '%s'",
                       rap_arena_text (arena, document.session).at, printed[i]);
        free (text);
        rap_arena_destroy (&arena);
    }
    static const masthead_case_t none[] = {
        {"A/90/1\nGeneral Assembly\nReport of the Committee on its tenth session\nI. Introduction\n1. Wells.\n",
         "A/90/1|[]|Report of the Committee on its tenth session|report|ga||||en|"},
    };
    CHECK (none);
}
END_TEST

//  Symbols as they are printed.
START_TEST (symbols)
{
    static const char *const printed[][2] = {
        {"A/RES/90/232 B", "A/RES/90/232 B []"},
        {"A/RES/90/243 A and B", "A/RES/90/243 [\"A/RES/90/243 A\",\"A/RES/90/243 B\"]"},
        {"A/RES/217 A (III)", "A/RES/217(III) A []"},
        {"A/RES/3201 (S-VI)", "A/RES/3201(S-VI) []"},
        {"S/RES/9001 (2031)**", "S/RES/9001(2031) []"},
        {"A/90/437/\nAdd.4", "A/90/437/Add.4 []"},
        {"A/C.3/90/L. 9/ Rev. 1*", "A/C.3/90/L.9/Rev.1 []"},
        {"E/CN.7/2032/2-\nE/CN.15/2032/2", "E/CN.7/2032/2 [\"E/CN.15/2032/2\"]"},
        {"A/90/6 (Sect. 16)", "A/90/6 (Sect. 16) []"},
        {"ICC-ASP/30/4", "ICC-ASP/30/4 []"},
    };
    for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
        rap_arena_t *arena = rap_arena_new ();
        rap_document_t document;
        char *text = NULL, *told = NULL;
        ck_assert_int_gt (asprintf (&text, "%s\nGeneral Assembly\nNinetieth session\nWells\n", printed[i][0]), 0);
        free (reading_outline (text, arena, &document));
        ck_assert_int_gt (asprintf (&told, "%.*s %.*s", (int)document.symbol.len, document.symbol.at,
                                    (int)document.other_symbols.len, document.other_symbols.at),
                          0);
        ck_assert_str_eq (told, printed[i][1]);
        free (text);
        free (told);
        rap_arena_destroy (&arena);
    }
}
END_TEST

//  Texts without a masthead, as collections of them have them.
START_TEST (numbers_are_symbols)
{
    static const masthead_case_t cases[] = {
        {"3218 (XXIX). Declaration on Wells\nThe General Assembly,\nRecalling the wells,\n1. Adopts the "
         "Declaration.\n"
         "2433rd plenary meeting\n9 December 1975\n",
         "A/RES/3218(XXIX)|[]|Declaration on Wells|resolution|ga|||1975-12-09|en|"},
        {"Resolution 47/4\nKeeping of wells in prisons\nThe Commission on Crime Prevention and Criminal Justice,\n"
         "Recalling the wells of the coast,\n1. Encourages Member States to keep wells.\n",
         "E/CN.15/RES/47/4|[]|Keeping of wells in prisons|resolution|ccpcj||||en|"},
        {"Decision 8/1\nReports on wells\nThe Conference of the States Parties to the United Nations Convention "
         "against "
         "Corruption decided to take note of the wells and of the lids.\n",
         "CAC/COSP/DEC/8/1|[]|Reports on wells|decision|cosp-uncac||||en|"},
        {"2035/25. Wells\nThe Economic and Social Council,\nRecalling the wells,\n1. Takes note of the wells.\n",
         "E/RES/2035/25|[]|Wells|resolution|ecosoc||||en|"},
        //  The organ before the number.
        {"Care of the wells\nEconomic and Social Council Resolution 1997/35\nThe Economic and Social Council,\n"
         "Recalling the wells,\n1.Takes note of the wells.\n",
         "E/RES/1997/35|[]|Care of the wells|resolution|ecosoc||||en|"},
        //  What only begins so tells no number.
        {"General Assembly\nGeneral Assembly resolution 90/12 and the wells of the coast\nThe General Assembly,\n"
         "Recalling the wells,\n1. Takes note of the wells.\n",
         "|[]||resolution|ga||||en|"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (statements)
{
    static const masthead_case_t cases[] = {
        {"S/PRST/2031/29\nSecurity Council\nDistr.: General\n28 October 2031\nOriginal: English\n"
         "Statement by the President of the Security Council\nAt the 9207th meeting of the Security Council, held on "
         "28 "
         "October 2031, in connection with the item entitled \xE2\x80\x9CWells\xE2\x80\x9D, the President made the "
         "following "
         "statement on behalf of the Council:\n\xE2\x80\x9CThe Security Council notes the wells.\xE2\x80\x9D\n",
         "S/PRST/2031/29|[]|Statement by the President of the Security Council|statement|sc|9207th "
         "meeting||2031-10-28|en|General"},
    };
    CHECK (cases);
}
END_TEST

START_TEST (languages)
{
    static const char *const told[][2] = {
        {"Le rapport sur les puits de la c\xC3\xB4te et des \xC3\xAEles pour les gardiens dans le pays.\n", "fr"},
        {"El informe sobre los pozos de la costa y de las islas para los guardianes del pa\xC3\xADs.\n", "es"},
        {"\xD0\x94\xD0\xBE\xD0\xBA\xD0\xBB\xD0\xB0\xD0\xB4 \xD0\xBE "
         "\xD0\xBA\xD0\xBE\xD0\xBB\xD0\xBE\xD0\xB4\xD1\x86\xD0\xB0\xD1\x85 \xD0\xB8 \xD0\xBD\xD0\xB0 "
         "\xD0\xBF\xD0\xBE\n",
         "ru"},
        {"\xE6\xB0\xB4\xE4\xBA\x95\xE7\x9A\x84\xE6\x8A\xA5\xE5\x91\x8A\xE5\x92\x8C\xE7\xBB\xB3\n", "zh"},
        {"The wells of the coast and the lids of them.\n", "en"},
        {"Das Seil, das Brett, das Tor, das Rad.\n", "de"}, //  a small word of two languages
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        rap_arena_t *arena = rap_arena_new ();
        rap_document_t document;
        free (reading_outline (told[i][0], arena, &document));
        ck_assert_msg (rap_text_equal (document.language, rap_text (told[i][1])), "'%.*s' for %s",
                       (int)document.language.len, document.language.at, told[i][0]);
        rap_arena_destroy (&arena);
    }
}
END_TEST

START_TEST (nothing_is_guessed)
{
    static const masthead_case_t cases[] = {
        //  A symbol that is cited is not the document's.
        {"Summary\nThe present report is about resolution 7/1 and document A/90/33, and about the wells.\n* "
         "A/90/50.\n"
         "I. Introduction\n1. The wells (A/90/12).\n",
         "|[]||report|||||en|"},
        {"A plain text about the wells of the coast and of the keepers, in which nothing is told of itself.\n",
         "|[]||other|||||en|"},
        {"Zwei Brunnen.\n", "|[]||other||||||"},
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
    tcase_add_test (tests, columns);
    tcase_add_test (tests, organs);
    tcase_add_test (tests, sessions);
    tcase_add_test (tests, symbols);
    tcase_add_test (tests, numbers_are_symbols);
    tcase_add_test (tests, statements);
    tcase_add_test (tests, languages);
    tcase_add_test (tests, nothing_is_guessed);
    tcase_add_test (tests, the_operator_knows_better);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
