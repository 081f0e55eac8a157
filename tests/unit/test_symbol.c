//  symbol: numbers and symbols letter by letter, and at every place where a text may break off.

#include <check.h>
#include <stdlib.h>

#include "symbol.h"

static rap_lexicon_t *lexicon;
static rap_series_t *series;
static rap_arena_t *arena;

static void begin (void)
{
    rap_reason_t reason = {""};
    lexicon = rap_lexicon_new (RAP_SOURCE_DIR "/data", &reason);
    ck_assert_msg (lexicon != NULL, "%s", reason.text);
    series = rap_series_new (lexicon, &reason);
    ck_assert_msg (series != NULL, "%s", reason.text);
    arena = rap_arena_new ();
}

static void end (void)
{
    rap_series_destroy (&series);
    rap_lexicon_destroy (&lexicon);
    rap_arena_destroy (&arena);
}

START_TEST (numbers)
{
    static const struct {
        const char *text;
        rap_form_t form;
        size_t len;
        const char *parts;
    } cases[] = {
        {"74/177", RAP_FORM_SESSION, 6, ""},
        {"74/177 B,", RAP_FORM_SESSION, 8, "B"},
        {"70/9 A, B and D", RAP_FORM_SESSION, 15, "ABD"},
        {"70/9 A to C", RAP_FORM_SESSION, 11, "ABC"},
        {"70/9 I ask", RAP_FORM_SESSION, 4, ""},
        {"70/9 C A", RAP_FORM_SESSION, 6, "C"},
        {"S-32/1", RAP_FORM_SPECIAL, 6, ""},
        {"ES -11/1", RAP_FORM_EMERGENCY, 8, ""},
        {"2021/25", RAP_FORM_YEAR, 7, ""},
        {"1966/1106 (XL)", RAP_FORM_YEAR_ROMAN, 14, ""},
        {"217 A (III)", RAP_FORM_ROMAN, 11, "A"},
        {"3201 (S-VI)", RAP_FORM_SPECIAL_ROMAN, 11, ""},
        {"2252 (ES-V)", RAP_FORM_EMERGENCY_ROMAN, 11, ""},
        {"2396 (2017)", RAP_FORM_IN_YEAR, 11, ""},
        {"2396(2017).", RAP_FORM_IN_YEAR, 10, ""},
        {"74/ 177", RAP_FORM_SESSION, 7, ""},
        {"24/7/365", RAP_FORM_NONE, 0, ""},
        {"16/5.2", RAP_FORM_NONE, 0, ""},
        {"74/177b", RAP_FORM_NONE, 0, ""},
        {"12345/6", RAP_FORM_NONE, 0, ""},
        {"74/017", RAP_FORM_NONE, 0, ""},
        {"2396 (1217)", RAP_FORM_NONE, 0, ""},
        {"2396 A (2017)", RAP_FORM_NONE, 0, ""},
        {"5 (a)", RAP_FORM_NONE, 0, ""},
        {"74/", RAP_FORM_NONE, 0, ""},
        {"S-", RAP_FORM_NONE, 0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rap_number_t number;
        size_t len = rap_number_read (rap_text (cases[i].text), 0, &number);
        ck_assert_msg (len == cases[i].len, "'%s': %zu bytes", cases[i].text, len);
        if (len)
            ck_assert_msg (number.form == cases[i].form && number.parts_count == strlen (cases[i].parts)
                               && memcmp (number.parts, cases[i].parts, number.parts_count) == 0,
                           "'%s': form %d, parts %.*s", cases[i].text, (int)number.form, (int)number.parts_count,
                           number.parts);
    }
}
END_TEST

START_TEST (symbols)
{
    static const struct {
        const char *text;
        const char *symbol; //  NULL: none
    } cases[] = {
        {"A/76/122.", "A/76/122"},
        {"A/C.3/76/L.9/Rev.1,", "A/C.3/76/L.9/Rev.1"},
        {"A/76/6 (Sect. 16))", "A/76/6 (Sect. 16)"},
        {"A/73/12 (Part II)/Corr.1", "A/73/12 (Part II)/Corr.1"},
        {"S/RES/2396 (2017)", "S/RES/2396(2017)"},
        {"S/PV.8123 (Resumption 1)", "S/PV.8123 (Resumption 1)"},
        {"S/2019/12 (2017)", "S/2019/12"},
        {"A/ES -10/273", "A/ES-10/273"},
        {"ICCD/COP(14)/23", "ICCD/COP(14)/23"},
        {"A/ 76/1", "A/76/1"},
        {"T/PCCs", NULL},
        {"A/he", NULL},
        {"A/", NULL},
        {"A/RES", NULL},
        {"a/76/122", NULL},
        {"A/76/122xyz", NULL},
        {"S/1", NULL},
        {"A/5700", "A/5700"},
        {"A/36/1", "A/36/1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rap_text_t symbol = RAP_TEXT ("");
        size_t len = rap_symbol_read (series, rap_text (cases[i].text), 0, arena, &symbol);
        bool good = cases[i].symbol ? len && rap_text_equal (symbol, rap_text (cases[i].symbol)) : len == 0;
        ck_assert_msg (good, "'%s': '%.*s'", cases[i].text, (int)symbol.len, symbol.at);
    }
}
END_TEST

START_TEST (numbers_in_symbols)
{
    static const struct {
        const char *text;
        const char *symbol; //  NULL: no number of a series
        const char *parts;
        size_t len;
    } cases[] = {
        {"A/RES/57/270 B of", "A/RES/57/270", "B", 14},
        {"A/RES/57/270B.", "A/RES/57/270", "B", 13},
        {"A/RES/217(III)[A]", "A/RES/217(III)", "A", 17},
        {"A/RES/217 A (III)", "A/RES/217(III)", "A", 17},
        {"A/RES/ES-11/1", "A/RES/ES-11/1", "", 13},
        {"A/DEC/74/550 B", "A/DEC/74/550", "B", 14},
        {"E/RES/2021/25", "E/RES/2021/25", "", 13},
        {"A/HRC/RES/39/2,", "A/HRC/RES/39/2", "", 14},
        {"S/RES/1540", "S/RES/1540(2004)", "", 10},
        {"S/RES/1540 (2004)", "S/RES/1540(2004)", "", 17},
        {"S/PRST/2015/25", "S/PRST/2015/25", "", 14},
        {"A/RES/20/1", NULL, "", 0},
        {"A/RES/", NULL, "", 0},
        {"A/76/122", NULL, "", 0},
        {"S/RES/9999999", NULL, "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rap_serie_t *serie = NULL;
        rap_number_t number;
        size_t len = rap_symbol_read_number (series, rap_text (cases[i].text), 0, &serie, &number);
        ck_assert_msg (len == cases[i].len, "'%s': %zu bytes", cases[i].text, len);
        if (!len)
            continue;
        rap_text_t symbol = rap_serie_symbol (serie, &number, arena);
        ck_assert_msg (rap_text_equal (symbol, rap_text (cases[i].symbol)), "'%s': '%.*s'", cases[i].text,
                       (int)symbol.len, symbol.at);
        ck_assert (rap_text_equal (rap_text_of (number.parts, number.parts_count), rap_text (cases[i].parts)));
    }
}
END_TEST

START_TEST (numbers_that_go_on)
{
    static const struct {
        const char *symbol;
        const char *text;
        uint32_t number; //  0: none
        bool range;
    } cases[] = {
        {"A/C.4/52/SR.3", "-7 and 9", 7, true},    {"A/C.4/52/SR.3", " and 9)", 9, false},
        {"A/C.4/52/SR.3", ", 5, 6", 5, false},     {"A/C.4/52/SR.3", ", 5 of", 0, false},
        {"A/C.4/52/SR.9", "-3", 0, false},         {"A/C.4/52/SR.3", "-99", 0, true},
        {"A/AC.109/2071", ", 2072)", 2072, false}, {"A/79/55", ", 56)", 0, false},
        {"A/79/155", ", 2024)", 0, false},         {"A/79/L", ", 5)", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t number = 0;
        bool range;
        size_t end = rap_symbol_read_next (rap_text (cases[i].symbol), rap_text (cases[i].text), 0, &number, &range);
        ck_assert_msg ((end > 0) == (cases[i].number > 0), "'%s%s'", cases[i].symbol, cases[i].text);
        if (end)
            ck_assert_msg (number == cases[i].number && range == cases[i].range, "'%s%s'", cases[i].symbol,
                           cases[i].text);
    }
    ck_assert_uint_eq (rap_symbol_number (RAP_TEXT ("A/C.4/52/SR.12")), 12);
    ck_assert (
        rap_text_equal (rap_symbol_renumber (RAP_TEXT ("A/C.4/52/SR.12"), 9, arena), RAP_TEXT ("A/C.4/52/SR.9")));
}
END_TEST

START_TEST (sessions_and_years)
{
    rap_number_t number;
    uint32_t cop = rap_series_body (series, RAP_TEXT ("cop-untoc")),
             ccpcj = rap_series_body (series, RAP_TEXT ("ccpcj"));
    rap_number_read (RAP_TEXT ("9/4"), 0, &number);
    ck_assert (rap_series_fit (series, cop, RAP_NOUN_RESOLUTION, &number) != NULL);
    ck_assert (rap_series_fit (series, ccpcj, RAP_NOUN_RESOLUTION, &number) != NULL);
    number.year = 2018;
    ck_assert (rap_series_fit (series, cop, RAP_NOUN_RESOLUTION, &number) != NULL);
    ck_assert (rap_series_fit (series, ccpcj, RAP_NOUN_RESOLUTION, &number) == NULL);
    number.year = 0;
    number.year_max = 2010;
    ck_assert (rap_series_fit (series, cop, RAP_NOUN_RESOLUTION, &number) == NULL);
    ck_assert (rap_series_fit (series, ccpcj, RAP_NOUN_RESOLUTION, &number) != NULL);
}
END_TEST

//  A copy on the heap that ends where the text breaks off, so that a sanitizer sees
//  a byte read beyond.
START_TEST (broken_off)
{
    static const char *const texts[] = {("ES\xE2\x80\x91"
                                         "10/15 A, B and C (XL)"),
                                        "1966/1106 (XL)",
                                        "A/C.3/76/L.9 (Part II)/Corr.1-E/2012/48 and Add.1",
                                        "S/RES/2396 (2017)",
                                        "A/RES/217 (III) [A]",
                                        "A/RES/57/270 A, B and C",
                                        "A/C.4/52/SR.3-7 and 9"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t len = 0; len <= strlen (texts[i]); len++) {
            char *copy = malloc (len ? len : 1);
            ck_assert_ptr_nonnull (copy);
            memcpy (copy, texts[i], len);
            rap_text_t text = rap_text_of (copy, len), symbol = RAP_TEXT ("");
            rap_number_t number;
            ck_assert_uint_le (rap_number_read (text, 0, &number), len);
            size_t read = rap_symbol_read (series, text, 0, arena, &symbol);
            ck_assert_uint_le (read, len);
            const rap_serie_t *serie;
            uint32_t next;
            bool range;
            ck_assert_uint_le (rap_symbol_read_number (series, text, 0, &serie, &number), len);
            ck_assert_uint_le (rap_symbol_read_next (RAP_TEXT ("A/C.4/52/SR.3"), text, read, &next, &range), len);
            ck_assert_uint_le (rap_symbol_read_joint (series, text, read, arena, &symbol), len);
            ck_assert_uint_le (rap_symbol_read_later (series, RAP_TEXT ("A/1/1"), text, read, arena, &symbol), len);
            free (copy);
        }
}
END_TEST

START_TEST (whose_report)
{
    static const struct {
        const char *symbol;
        const char *body;
    } cases[] = {{"E/2018/30", "ccpcj"}, {"E/2018/28", "cnd"},      {"CTOC/COP/2020/10", "cop-untoc"},
                 {"A/HRC/44/2", "hrc"},  {"E/CN.7/2020/30", "cnd"}, {"A/76/122", NULL},
                 {"E/2018/3", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t body = rap_symbol_report_of (series, rap_text (cases[i].symbol));
        uint32_t want = cases[i].body ? rap_series_body (series, rap_text (cases[i].body)) : RAP_NO_BODY;
        ck_assert_msg (body == want, "%s", cases[i].symbol);
    }
    ck_assert (rap_symbol_equal (RAP_TEXT ("A/76/6 (Sect. 16)"), RAP_TEXT ("A/76/6(Sect.16)")));
    ck_assert (!rap_symbol_equal (RAP_TEXT ("A/76/6"), RAP_TEXT ("A/76/61")));
    ck_assert (!rap_symbol_equal (RAP_TEXT (""), RAP_TEXT ("")));
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("symbol");
    TCase *group = tcase_create ("symbol");
    tcase_add_checked_fixture (group, begin, end);
    tcase_add_test (group, numbers);
    tcase_add_test (group, symbols);
    tcase_add_test (group, numbers_in_symbols);
    tcase_add_test (group, numbers_that_go_on);
    tcase_add_test (group, sessions_and_years);
    tcase_add_test (group, broken_off);
    tcase_add_test (group, whose_report);
    suite_add_tcase (suite, group);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
