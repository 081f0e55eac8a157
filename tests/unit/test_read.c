//  read: both layouts, their pages and footnotes, and the bytes that are no document.

#include "reading.h"

START_TEST (flowed_text_over_pages)
{
    static const reading_case_t cases[] = {
        //  A page's footnotes stand between the halves of a paragraph.
        {"I. Wells\n1. The keepers look after\xC2\xB9 the wells of the\n\xC2\xB9 Resolution 1/1.\n\xC2\xB2 "
         "Ibid.\nNorthern "
         "coast, and of others.\xC2\xB2\n2. They rest.\n",
         "heading |||I. Wells\nparagraph |1|Wells|The keepers look after^1 the wells of the Northern coast, and of "
         "others.^2\n"
         "footnote |1|Wells|Resolution 1/1.\nfootnote |2|Wells|Ibid.\nparagraph |2|Wells|They rest.\n"},
        //  What begins like a number is the rest of a paragraph.
        {"I. Wells\n1. The wells were opened on\n\n\n19 October 2035, when all were there.\n2. Of the keepers\n\n\n"
         "1,200 civil cases were told.\n",
         "heading |||I. Wells\nparagraph |1|Wells|The wells were opened on 19 October 2035, when all were there.\n"
         "paragraph |2|Wells|Of the keepers 1,200 civil cases were told.\n"},
        //  Small letters go on; after an abbreviation so do numbers.
        {"I. Wells\n1. The keepers, the ropes and\nthe buckets. See Supplement No.\n11 (E/2036/31), where it is "
         "told.\n",
         "heading |||I. Wells\nparagraph |1|Wells|The keepers, the ropes and the buckets. See Supplement No. 11 "
         "(E/2036/31), "
         "where it is told.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (markdown)
{
    static const reading_case_t cases[] = {
        {"I. Wells\n1. *Requests* the **Office**, by [resolution 7/1](#), to spend \\$3 million (see "
         "<https://wells.example/a>).\n",
         "heading |||I. Wells\nparagraph |1|Wells|Requests the Office, by resolution 7/1, to spend $3 million (see "
         "https://wells.example/a).\n"},
        //  Brackets that are no link, stars that are no emphasis.
        {"I. Wells\n1. The [old] well has 2 * 3 lids, \\*and* more.\n",
         "heading |||I. Wells\nparagraph |1|Wells|The [old] well has 2 * 3 lids, *and^? more.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (marks_in_flowed_text)
{
    static const reading_case_t cases[] = {
        {"I. Wells\n1. Wells,\xC2\xB9 lids\xC2\xB2 and 5 km\xC2\xB2 of rope.\xC2\xB3\n\xC2\xB9 One.\n\xC2\xB2 "
         "Two.\n\xC2\xB3 Three.\n",
         "heading |||I. Wells\nparagraph |1|Wells|Wells,^1 lids^2 and 5 km\xC2\xB2 of rope.^3\nfootnote "
         "|1|Wells|One.\n"
         "footnote |2|Wells|Two.\nfootnote |3|Wells|Three.\n"},
        //  Stars, in a masthead.
        {"General Assembly\nNinetieth session\nItem 7 of the preliminary list*\nWells\nReport of the "
         "Secretary-General\n* A/90/50.\n"
         "I. Wells\n1. The first one.\n",
         "masthead |||General Assembly/Ninetieth session/Item 7 of the preliminary list^*\ntitle |||Wells\n"
         "text |||Report of the Secretary-General\nfootnote |*||A/90/50.\nheading |||I. Wells\n"
         "paragraph |1|Wells|The first one.\n"},
        //  The same number, begun again.
        {"I. Wells\n1. One.\xC2\xB9\n\xC2\xB9 First.\n2. Two.\xC2\xB9\n\xC2\xB9 Second.\n",
         "heading |||I. Wells\nparagraph |1|Wells|One.^1\nfootnote |1|Wells|First.\nparagraph |2|Wells|Two.^1\n"
         "footnote |1|Wells|Second.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  Lines with a blank line between them, as from a PDF.
START_TEST (wrapped_text_with_blank_lines)
{
    static const reading_case_t cases[] = {
        {"  Summary \n\n  The present report tells of the wells of the coast and of those who look after \n\nthem in "
         "all "
         "weather that there is. \n\n \n\n  \n\n__________________ \n\n * A/90/50. \n\nhttp://wells.example/90/50\n"
         "  I. Introduction \n \n\n \n\n1. The keepers of the wells go down to them each morning with the ropes that "
         "\n\n"
         "they have made.1  They look into the water, and on 19 October they saw that of the \n\n1,200 lids none was "
         "there; "
         "the lids of the wells were in the \n\n__________________ \n\n 1 See www.wells.example/lids, where much is "
         "told of "
         "them and of \n\nthe ropes. \n\nhttp://wells.example/lids\n house of the keepers. \n\n \n\n \n\n II. Action "
         "taken by "
         "the keepers of the wells of the northern \nand southern coast \n \n\n \n\n2. They took the lids: \n\n(a) "
         "From the "
         "house; \n\n(b) From the shed. \n",
         "heading |||Summary\nsummary |||The present report tells of the wells of the coast and of those who look "
         "after them "
         "in all weather that there is.\nfootnote |*||A/90/50.\nheading |||I. Introduction\n"
         "paragraph |1|Introduction|The keepers of the wells go down to them each morning with the ropes that they "
         "have "
         "made.^1 They look into the water, and on 19 October they saw that of the 1,200 lids none was there; the "
         "lids of "
         "the wells were in the house of the keepers.\n"
         "footnote |1|Introduction|See www.wells.example/lids, where much is told of them and of the ropes.\n"
         "heading |||II. Action taken by the keepers of the wells of the northern and southern coast\n"
         "paragraph |2|Action taken by the keepers of the wells of the northern and southern coast|They took the "
         "lids:/(a) "
         "From the house;/(b) From the shed.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (wrapped_clauses)
{
    static const reading_case_t cases[] = {
        {"United Nations\n\nA/RES/90/1\n\nGeneral Assembly\n\nResolution adopted by the General Assembly on 2 May "
         "2035\n\n"
         "90/1. Wells\n\nThe General Assembly,\n\nRecalling its resolution 89/7,2 and the plan of the year 20353 for "
         "the "
         "wells of all\n\nthe coast, the lids and the ropes, the buckets and the\n\nkeepers of the wells,\n\n"
         "Recogniz ing that wells are deep, and that those who look into them\n\nsee the "
         "sky,\n\n__________________\n\n"
         " 2 Resolution 89/7, annex.\n\n 3 Ibid.\n\n \nLids of wells\n\n1. Notes the lids that the keepers of the "
         "wells have "
         "made in the winter of\n\nthe year;\n\n2. Decides to rest.\n\n2 May 2035\n",
         "masthead |||United Nations/A/RES/90/1/General Assembly/Resolution adopted by the General Assembly on 2 May "
         "2035\n"
         "title |||90/1. Wells\nformula |||The General Assembly,\n"
         "preambular |pp1||Recalling its resolution 89/7,^2 and the plan of the year 2035^3 for the wells of all the "
         "coast, "
         "the lids and the ropes, the buckets and the keepers of the wells,\n"
         "preambular |pp2||Recognizing that wells are deep, and that those who look into them see the sky,\n"
         "footnote |2||Resolution 89/7, annex.\nfootnote |3||Ibid.\nheading |||Lids of wells\n"
         "operative |1|Lids of wells|Notes the lids that the keepers of the wells have made in the winter of the "
         "year;\n"
         "operative |2|Lids of wells|Decides to rest.\ntext ||Lids of wells|2 May 2035\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  Lines without blank lines between them, pages told by form feeds.
START_TEST (wrapped_text_with_form_feeds)
{
    static const reading_case_t cases[] = {
        {"A/90/321-S/2035/468\n\nUnited Nations\nGeneral Assembly\nWells of the coast\nReport of the "
         "Secretary-General\n"
         "I. Introduction\n1.\nThe keepers of the wells go down to them each morning with the ropes\nthat they have "
         "made in "
         "the winter of the year. 1\n__________________\n1\n\nResolution 89/7.\n35-11624 (E)\n*3511624*\n\n1/21\n"
         "\fA/90/321\nS/2035/468\n\n2.\nThey look into the water and the sky, and\n\n2/21\n\n35-11624\n\fA/90/321\n"
         "S/2035/468\n\nthen they rest.\n",
         "masthead |||A/90/321-S/2035/468/United Nations/General Assembly\ntitle |||Wells of the coast\n"
         "text |||Report of the Secretary-General\nheading |||I. Introduction\n"
         "paragraph |1|Introduction|The keepers of the wells go down to them each morning with the ropes that they "
         "have made "
         "in the winter of the year.^1\nfootnote |1|Introduction|Resolution 89/7.\n"
         "paragraph |2|Introduction|They look into the water and the sky, and then they rest.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (bytes_of_the_source)
{
    static const char text[] = "\xEF\xBB\xBF"
                               "I. Wells\r\n1. The wells.\r\n(a) Deep;\r\n";
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading = {.document = {.source = rap_text ("test")}};
    rap_reason_t reason = {""};
    ck_assert_int_eq (rap_read (reading_reader (), rap_text (text), arena, &reading, &reason), RAP_OK);
    ck_assert_uint_eq (reading.document.chunks, 3);
    ck_assert_uint_eq (reading.document.bytes, sizeof text - 1);
    const rap_chunk_t *chunk = &reading.chunks[1];
    ck_assert_uint_eq (chunk->source_start, 3);
    ck_assert_uint_eq (chunk->source_end, 3 + strlen ("I. Wells"));
    chunk = &reading.chunks[2];
    ck_assert (strncmp (text + chunk->source_start, "1. The", 6) == 0);
    ck_assert (strncmp (text + chunk->source_end - 5, "Deep;", 5) == 0);
    rap_arena_destroy (&arena);
}
END_TEST

START_TEST (emphasis_travels_with_its_words)
{
    static const char text[] = "The Harbour Board,\n\n1. *Takes note* of the *Caf\xC3\xA9 Guide*;\n\n2. *Closes*.\n";
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading = {.document = {.source = rap_text ("test")}};
    rap_reason_t reason = {""};
    ck_assert_int_eq (rap_read (reading_reader (), rap_text (text), arena, &reading, &reason), RAP_OK);
    const rap_chunk_t *chunk = &reading.chunks[reading.document.chunks - 2];
    ck_assert_uint_eq (chunk->emphasis_count, 2);
    ck_assert_uint_eq (chunk->emphasis[0].start, 0);
    ck_assert_uint_eq (chunk->emphasis[0].end, 10);
    ck_assert_uint_eq (chunk->emphasis[1].start, 18);
    ck_assert_uint_eq (chunk->emphasis[1].end, 28); //  code points
    ck_assert_uint_eq (chunk[1].emphasis_count, 1);
    ck_assert_uint_eq (chunk[1].emphasis[0].start, 0);
    ck_assert_uint_eq (chunk[1].emphasis[0].end, 6);
    rap_arena_destroy (&arena);
}
END_TEST

START_TEST (texts_are_clean)
{
    static const reading_case_t cases[] = {
        //  NFC; spaces of all kinds; what prints nothing; control characters.
        {"I. Wells\n1. A\xCC\x8Angstro\xCC\x88m\xC2\xA0  and\xE2\x80\x89so\xE2\x80\x8B on\x01 there\xC2\xAD.\n",
         "heading |||I. Wells\nparagraph |1|Wells|\xC3\x85ngstr\xC3\xB6m and so on there.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

typedef struct {
    const char *bytes;
    size_t len;
    const char *said;
} refusal_t;

START_TEST (bytes_that_are_no_document)
{
    static const refusal_t refusals[] = {
        {"", 0, "empty"},
        {" \r\n\t\n", 5, "empty"},
        {"\xEF\xBB\xBF\n", 4, "empty"},
        {"Wells\0deep", 10, "NUL at byte 5"},
        {"Wells \xC3(", 8, "byte 6"},
        {"\xEF\xBB\xBF"
         "Wells \xFF",
         10, "byte 9"},
        {"Wells \xED\xA0\x80", 9, "byte 6"},
        {"%PDF-1.7\nWells", 14, "PDF"},
        {"PK\x03\x04 wells", 10, "ZIP"},
        {"\xFF\xFEW\0", 4, "UTF-16"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        rap_arena_t *arena = rap_arena_new ();
        rap_reading_t reading = {.document = {.source = rap_text ("test")}};
        rap_reason_t reason = {""};
        rap_text_t bytes = rap_text_of (refusals[i].bytes, refusals[i].len);
        ck_assert_int_eq (rap_read (reading_reader (), bytes, arena, &reading, &reason), RAP_REFUSED);
        ck_assert_msg (strstr (reason.text, refusals[i].said) != NULL, "%zu: '%s' does not say '%s'", i, reason.text,
                       refusals[i].said);
        rap_arena_destroy (&arena);
    }
}
END_TEST

START_TEST (one_endless_line)
{
    enum { SIZE = 100 * 1000 * 1000 };
    char *bytes = malloc (SIZE);
    ck_assert_ptr_nonnull (bytes);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = "well and "[i % 9];
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading = {.document = {.source = rap_text ("test")}};
    rap_reason_t reason = {""};
    ck_assert_int_eq (rap_read (reading_reader (), rap_text_of (bytes, SIZE), arena, &reading, &reason), RAP_OK);
    ck_assert_uint_ge (reading.document.chunks, SIZE / RAP_CHUNK_TEXT_MAX);
    size_t all = 0;
    for (uint32_t i = 0; i < reading.document.chunks; i++) {
        ck_assert_uint_le (reading.chunks[i].text.len, RAP_CHUNK_TEXT_MAX);
        all += reading.chunks[i].text.len + 1;
    }
    ck_assert_uint_ge (all, SIZE - 2);
    ck_assert_uint_le (rap_arena_used (arena), 4 * (size_t)SIZE);
    rap_arena_destroy (&arena);
    free (bytes);
}
END_TEST

START_TEST (the_same_bytes_give_the_same_chunks)
{
    static const char text[] = "I. Wells\n1. The wells of the coast.\n(a) Deep;\n\xC2\xB9 Note.\n";
    rap_arena_t *arena = rap_arena_new ();
    char *first = reading_outline (text, arena, NULL), *second = reading_outline (text, arena, NULL);
    ck_assert_str_eq (first, second);
    free (first);
    free (second);
    rap_arena_destroy (&arena);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("read");
    TCase *tests = tcase_create ("read");
    tcase_set_timeout (tests, 120);
    tcase_add_test (tests, flowed_text_over_pages);
    tcase_add_test (tests, markdown);
    tcase_add_test (tests, marks_in_flowed_text);
    tcase_add_test (tests, wrapped_text_with_blank_lines);
    tcase_add_test (tests, wrapped_clauses);
    tcase_add_test (tests, wrapped_text_with_form_feeds);
    tcase_add_test (tests, bytes_of_the_source);
    tcase_add_test (tests, emphasis_travels_with_its_words);
    tcase_add_test (tests, texts_are_clean);
    tcase_add_test (tests, bytes_that_are_no_document);
    tcase_add_test (tests, one_endless_line);
    tcase_add_test (tests, the_same_bytes_give_the_same_chunks);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
