//  treaty: volumes and numbers of the Treaty Series, and at every place where a text may break off.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "treaty.h"

static rap_lexicon_t *lexicon;
static rap_treaties_t *treaties;
static rap_phrases_t *words;

static void begin (void)
{
    rap_reason_t reason = {""};
    lexicon = rap_lexicon_new (RAP_SOURCE_DIR "/data", &reason);
    ck_assert_msg (lexicon != NULL, "%s", reason.text);
    treaties = rap_treaties_new (lexicon, &reason);
    ck_assert_msg (treaties != NULL, "%s", reason.text);
    words = rap_phrases_new ();
    rap_phrases_add (words, RAP_TEXT ("No."), 0);
    rap_phrases_add (words, RAP_TEXT ("Nos."), 0);
    rap_phrases_seal (words);
}

static void end (void)
{
    rap_phrases_destroy (&words);
    rap_treaties_destroy (&treaties);
    rap_lexicon_destroy (&lexicon);
}

START_TEST (places)
{
    static const struct {
        const char *text;
        const char *instruments; //  with spaces between; "" none
    } cases[] = {
        {"2225, No. 39574.", "untoc"},
        {"2237, No. 39574", "untoc-tip"},
        {"2225, 2237, 2241 and 2326, No. 39574", "untoc untoc-tip untoc-som untoc-firearms"},
        {"2171, 2173 and 2983, No. 27531", "crc-opsc crc-opac crc-opic"},
        {"75, Nos. 970-973", "geneva-1949-1 geneva-1949-2 geneva-1949-3 geneva-1949-4"},
        {"1125, Nos. 17512 and 17513", "geneva-protocol-1 geneva-protocol-2"},
        {"976 No. 14152", "drug-1961"},
        {"2225, No. 99", ""},
        {"2225, para. 39574", ""},
        {"12, No. 3", ""},
        {"No. 39574", ""},
        {"99999999999999999999, No. 39574", ""},
        {"2225, No. 3957400000000", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rap_text_t found[RAP_TREATIES_MAX];
        uint32_t count;
        char line[256] = "";
        size_t end_at = rap_treaty_read (treaties, words, rap_text (cases[i].text), 0, found, &count);
        for (uint32_t t = 0; t < count; t++)
            snprintf (line + strlen (line), sizeof line - strlen (line), "%s%.*s", t ? " " : "", (int)found[t].len,
                      found[t].at);
        ck_assert_msg (strcmp (line, cases[i].instruments) == 0, "'%s': '%s'", cases[i].text, line);
        ck_assert ((end_at > 0) == (count > 0));
    }
}
END_TEST

START_TEST (broken_off)
{
    const char *whole = "2225, 2237 to 2241 and 2326, Nos. 39574-39580, 12";
    for (size_t len = 0; len <= strlen (whole); len++) {
        char *copy = malloc (len ? len : 1);
        ck_assert_ptr_nonnull (copy);
        memcpy (copy, whole, len);
        rap_text_t found[RAP_TREATIES_MAX];
        uint32_t count;
        ck_assert_uint_le (rap_treaty_read (treaties, words, rap_text_of (copy, len), 0, found, &count), len);
        free (copy);
    }
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("treaty");
    TCase *group = tcase_create ("treaty");
    tcase_add_checked_fixture (group, begin, end);
    tcase_add_test (group, places);
    tcase_add_test (group, broken_off);
    suite_add_tcase (suite, group);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
