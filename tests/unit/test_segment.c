//  segment: which chunk a block becomes, in which part, under which headings.

#include "reading.h"

//  A resolution's head, so that short texts are read as one.
#define HEAD "A/RES/90/1\nGeneral Assembly\nResolution adopted by the General Assembly on 2 May 2035\n90/1. Wells\n"
#define HEAD_LINES                                                                                                   \
    "masthead |||A/RES/90/1/General Assembly/Resolution adopted by the General Assembly on 2 May 2035\n"             \
    "title |||90/1. Wells\n"

START_TEST (clauses_of_a_resolution)
{
    static const reading_case_t cases[] = {
        {HEAD
         "The General Assembly,\nRecalling the well,\nDeeply concerned about the rope:\n(a) Its length;\n(b) Its "
         "age,\n1. Notes the bucket;\n2. Also requests the Office:\n(a) To draw water;\n(i) At dawn;\n(b) To rest.\n"
         "12th plenary meeting 2 May 2035\n",
         HEAD_LINES "formula |||The General Assembly,\npreambular |pp1||Recalling the well,\n"
                    "preambular |pp2||Deeply concerned about the rope:/(a) Its length;/(b) Its age,\n"
                    "operative |1||Notes the bucket;\n"
                    "operative |2||Also requests the Office:/(a) To draw water;/(i) At dawn;/(b) To rest.\n"
                    "text |||12th plenary meeting 2 May 2035\n"},
        //  A single clause has no number.
        {HEAD "The General Assembly,\nNoting the well,\nDecides to close it.\n",
         HEAD_LINES "formula |||The General Assembly,\npreambular |pp1||Noting the well,\n"
                    "operative |||Decides to close it.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (numbers_lost_by_the_layout)
{
    static const reading_case_t cases[] = {
        {HEAD "The General Assembly,\n1. Notes the well;\nRequests the Office:\n(a) To draw;\n3. Decides to rest.\n",
         HEAD_LINES "formula |||The General Assembly,\noperative |1||Notes the well;\n"
                    "operative |2||Requests the Office:/(a) To draw;\noperative |3||Decides to rest.\n"},
        //  No room for a number: none is made up.
        {HEAD "The General Assembly,\n1. Notes the well;\nRequests the Office:\n(a) To draw;\n2. Decides to rest.\n",
         HEAD_LINES "formula |||The General Assembly,\noperative |1||Notes the well;\n"
                    "text |||Requests the Office:/(a) To draw;\noperative |2||Decides to rest.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  As web pages have them: no space after the number.
START_TEST (numbers_without_a_space)
{
    static const reading_case_t cases[] = {
        {HEAD "The General Assembly,\nRecalling the well,\n1.Notes the rope;\n2.Requests the Office to draw water.\n",
         HEAD_LINES "formula |||The General Assembly,\npreambular |pp1||Recalling the well,\n"
                    "operative |1||Notes the rope;\noperative |2||Requests the Office to draw water.\n"},
        //  A number and a name, or an hour, are no clause's number.
        {"I. Work\n1. The pump weighs\n2.5 tons.\n2. The second one.\n",
         "heading |||I. Work\nparagraph |1|Work|The pump weighs 2.5 tons.\nparagraph |2|Work|The second one.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  'from 21 to 30 April' and, at the beginning of the next line, '2031.'
START_TEST (years_at_the_end_of_a_sentence)
{
    static const reading_case_t cases[] = {
        {"I. Work\n\n1.   The keepers of the wells met in the town from the 21st to 30 April\n"
         "2031.  They looked at eleven ropes and found that nine of them had been worn\n"
         "down to the last strand by the water.\n\n"
         "2.   The keepers of the pumps met in the same town and in the same month and\n"
         "looked at no ropes at all.\n",
         "heading |||I. Work\n"
         "paragraph |1|Work|The keepers of the wells met in the town from the 21st to 30 April 2031. They looked at "
         "eleven ropes and found that nine of them had been worn down to the last strand by the water.\n"
         "paragraph |2|Work|The keepers of the pumps met in the same town and in the same month and looked at no "
         "ropes at all.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (contents_in_several_lines)
{
    static const reading_case_t cases[] = {
        {"Contents\n\n                              Paragraphs  Page\n\n"
         "  I.  Introduction . . . . . . . . . . .   1       3\n\n"
         " II.  Meeting of the keepers of the wells\n"
         "      and of the ropes . . . . . . . . .  2-3      3\n\n"
         "  I.  INTRODUCTION\n\n1.   One sentence about the wells.\n",
         "text |||Contents\ntext |||Paragraphs Page/I. Introduction. . . . . . . . . . . 1 3/II. Meeting of the "
         "keepers of "
         "the "
         "wells/and of the ropes. . . . . . . . . 2-3 3\n"
         "heading |||I. INTRODUCTION\nparagraph |1|INTRODUCTION|One sentence about the wells.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (headings_between_clauses)
{
    static const reading_case_t cases[] = {
        {HEAD
         "The General Assembly,\nNoting the well,\nRopes and buckets\n1. Notes the rope;\nLids\n2. Notes the lid.\n",
         HEAD_LINES "formula |||The General Assembly,\npreambular |pp1||Noting the well,\n"
                    "heading |||Ropes and buckets\noperative |1|Ropes and buckets|Notes the rope;\n"
                    "heading |||Lids\noperative |2|Lids|Notes the lid.\n"},
        {HEAD "The General Assembly,\nI\nKeeping wells\n1. Notes the rope.\n",
         HEAD_LINES "formula |||The General Assembly,\nheading |||I Keeping wells\noperative |1|Keeping wells|Notes "
                    "the rope.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (levels_of_headings)
{
    static const reading_case_t cases[] = {
        {"I. Introduction\n1. One sentence.\nII. Work done\nA. Wells\n1. Ropes\n2. The second paragraph.\n2. "
         "Buckets\n"
         "3. The third.\nB. Pumps\n4. The fourth.\nIII. End\nOutlook\n5. The fifth.\nThanks\n6. The sixth.\n",
         "heading |||I. Introduction\nparagraph |1|Introduction|One sentence.\nheading |||II. Work done\n"
         "heading ||Work done|A. Wells\nheading ||Work done > Wells|1. Ropes\n"
         "paragraph |2|Work done > Wells > Ropes|The second paragraph.\nheading ||Work done > Wells|2. Buckets\n"
         "paragraph |3|Work done > Wells > Buckets|The third.\nheading ||Work done|B. Pumps\n"
         "paragraph |4|Work done > Pumps|The fourth.\nheading |||III. End\nheading ||End|Outlook\n"
         "paragraph |5|End > Outlook|The fifth.\nheading ||End|Thanks\nparagraph |6|End > Thanks|The sixth.\n"},
        //  A lettered heading between paragraphs, and an item of a list.
        {"I. Work\n1. The first one.\n(a) Wells dry and deep\n2. The second asks for:\n(a) A rope;\n(b) A lid.\n",
         "heading |||I. Work\nparagraph |1|Work|The first one.\nheading ||Work|(a) Wells dry and deep\n"
         "paragraph |2|Work > Wells dry and deep|The second asks for:/(a) A rope;/(b) A lid.\n"},
        //  'I.' after 'H.' is a letter.
        {"I. Work\nH. Wells\n1. The first one.\nI. Lids\n2. The second one.\n",
         "heading |||I. Work\nheading ||Work|H. Wells\nparagraph |1|Work > Wells|The first one.\n"
         "heading ||Work|I. Lids\nparagraph |2|Work > Lids|The second one.\n"},
        {"# All\n## Some\nA sentence that is plain and long enough to be one.\n## Others\nAnother sentence, which is "
         "plain too.\n",
         "heading |||All\nheading ||All|Some\ntext ||All > Some|A sentence that is plain and long enough to be one.\n"
         "heading ||All|Others\ntext ||All > Others|Another sentence, which is plain too.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (nested_drafts)
{
    static const reading_case_t cases[] = {
        {"Report of the Third Committee\nI. Introduction\n1. The annex to the present document has the list.\n"
         "2. The Committee recommends these drafts:\nDraft resolution I\nWells\nThe General Assembly,\nNoting "
         "rope,¹\n"
         "¹ Resolution 1/1.\n1. Approves the Rules annexed to the present resolution.\nAnnex\nRules for wells\n"
         "1. Draw slowly.\n2. Rest.\nDraft resolution II Pumps\nThe Economic and Social Council,\nNoting rope,¹\n"
         "¹ Resolution 2/2.\n1. Takes note.\nAnnex**List of wells**\nThe wells are many and all of them are deep in "
         "the ground.\n",
         "title |||Report of the Third Committee\nheading |||I. Introduction\n"
         "paragraph |1|Introduction|The annex to the present document has the list.\n"
         "paragraph |2|Introduction|The Committee recommends these drafts:\n"
         "heading draft resolution I|||Draft resolution I\ntitle draft resolution I|||Wells\n"
         "formula draft resolution I||Wells|The General Assembly,\n"
         "preambular draft resolution I|pp1|Wells|Noting rope,^1\nfootnote draft resolution I|1|Wells|Resolution "
         "1/1.\n"
         "operative draft resolution I|1|Wells|Approves the Rules annexed to the present resolution.\n"
         "heading draft resolution I/annex|||Annex\ntitle draft resolution I/annex||Wells|Rules for wells\n"
         "item draft resolution I/annex|1|Wells > Rules for wells|Draw slowly.\n"
         "item draft resolution I/annex|2|Wells > Rules for wells|Rest.\n"
         "heading draft resolution II|||Draft resolution II Pumps\n"
         "formula draft resolution II||Pumps|The Economic and Social Council,\n"
         "preambular draft resolution II|pp1|Pumps|Noting rope,^1\n"
         "footnote draft resolution II|1|Pumps|Resolution 2/2.\noperative draft resolution II|1|Pumps|Takes note.\n"
         "heading annex|||Annex\ntitle annex|||List of wells\n"
         "text annex||List of wells|The wells are many and all of them are deep in the ground.\n"},
        //  A draft without a heading of its own.
        {HEAD "The General Assembly\nRecommends to the Council the adoption of the following draft resolution:\n"
              "The Economic and Social Council,\nNoting rope,\n1. Takes note.\n",
         HEAD_LINES "formula |||The General Assembly\n"
                    "operative |||Recommends to the Council the adoption of the following draft resolution:\n"
                    "formula draft resolution|||The Economic and Social Council,\n"
                    "preambular draft resolution|pp1||Noting rope,\noperative draft resolution|1||Takes note.\n"},
        //  Several resolutions in one text.
        {HEAD
         "The General Assembly,\nA\nThe General Assembly,\nNoting rope,\n1. Takes note.\nB\nThe General Assembly,\n"
         "Noting lids,\n1. Takes note.\n",
         HEAD_LINES
         "formula |||The General Assembly,\nheading A|||A\nformula A|||The General Assembly,\n"
         "preambular A|pp1||Noting rope,\noperative A|1||Takes note.\nheading B|||B\n"
         "formula B|||The General Assembly,\npreambular B|pp1||Noting lids,\noperative B|1||Takes note.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  The decisions of a conference in a part of its report, whose name several conferences have.
START_TEST (decisions_in_a_report)
{
    static const reading_case_t cases[] = {
        {"FCCC/CP/2032/8/Add.2\nDistr.: General\n28 February 2033\nConference of the Parties\n"
         "Report of the Conference of the Parties on its eighteenth session, held in the town\nAddendum\n"
         "Decision 11/CP.38\nKeeping of wells\nThe Conference of the Parties,\nWelcoming the wells of the coast,\n"
         "1. Requests the secretariat to draw water.\nDecision 12/CP.38\nKeeping of lids\nThe Conference of the "
         "Parties,\nRecalling the lids,\n1. Invites Parties to rest.\n",
         "masthead |||FCCC/CP/2032/8/Add.2/Distr.: General/28 February 2033/Conference of the Parties\n"
         "title |||Report of the Conference of the Parties on its eighteenth session, held in the town\n"
         "text |||Addendum\nheading decision 11/CP.38|||Decision 11/CP.38\n"
         "title decision 11/CP.38|||Keeping of wells\n"
         "formula decision 11/CP.38||Keeping of wells|The Conference of the Parties,\n"
         "preambular decision 11/CP.38|pp1|Keeping of wells|Welcoming the wells of the coast,\n"
         "operative decision 11/CP.38|1|Keeping of wells|Requests the secretariat to draw water.\n"
         "heading decision 12/CP.38|||Decision 12/CP.38\ntitle decision 12/CP.38|||Keeping of lids\n"
         "formula decision 12/CP.38||Keeping of lids|The Conference of the Parties,\n"
         "preambular decision 12/CP.38|pp1|Keeping of lids|Recalling the lids,\n"
         "operative decision 12/CP.38|1|Keeping of lids|Invites Parties to rest.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  The World Health Assembly ends preambular clauses with ';', the African Union has none; both print verbs in
//  capitals.
START_TEST (organs_that_no_rule_names)
{
    static const reading_case_t cases[] = {
        {"Care of the wells\nThe Ninety-fourth World Health Assembly,\nHaving considered the report on wells;\n"
         "Noting that wells run dry,\n1. URGES Member States:\n(1) to keep wells;\n2. REQUESTS the Director-General "
         "to "
         "report.\n",
         "title |||Care of the wells\nformula |||The Ninety-fourth World Health Assembly,\n"
         "preambular |pp1||Having considered the report on wells;\npreambular |pp2||Noting that wells run dry,\n"
         "operative |1||URGES Member States:/(1) to keep wells;\n"
         "operative |2||REQUESTS the Director-General to report.\n"},
        {"DECISION ON THE WELLS\nThe Assembly of the Coast,\n1. TAKES NOTE of the wells;\n2. REQUESTS the Commission "
         "to "
         "report.\n",
         "title |||DECISION ON THE WELLS\nformula |||The Assembly of the Coast,\noperative |1||TAKES NOTE of the "
         "wells;\noperative |2||REQUESTS the Commission to report.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (declarations)
{
    static const reading_case_t cases[] = {
        {HEAD "The General Assembly,\n1. Adopts the text.\nAnnex\nDeclaration on wells\nWe, the keepers of wells,\n"
              "Gathered by the sea,\nRecalling rain,\nDeclare the following:\n1. We undertake to draw slowly;\n"
              "Clean water\nRopes\n2. Mend ropes;\nLids\n3. Mend lids.\n",
         HEAD_LINES "formula |||The General Assembly,\noperative |1||Adopts the text.\nheading annex|||Annex\n"
                    "title annex|||Declaration on wells\n"
                    "formula annex||Declaration on wells|We, the keepers of wells,\n"
                    "preambular annex|pp1|Declaration on wells|Gathered by the sea,\n"
                    "preambular annex|pp2|Declaration on wells|Recalling rain,\n"
                    "text annex||Declaration on wells|Declare the following:\n"
                    "item annex|1|Declaration on wells|We undertake to draw slowly;\n"
                    "heading annex||Declaration on wells|Clean water\n"
                    "heading annex||Declaration on wells > Clean water|Ropes\n"
                    "item annex|2|Declaration on wells > Clean water > Ropes|Mend ropes;\n"
                    "heading annex||Declaration on wells > Clean water|Lids\n"
                    "item annex|3|Declaration on wells > Clean water > Lids|Mend lids.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (what_heads_nothing)
{
    static const reading_case_t cases[] = {
        {"I. Wells\n1. The first paragraph (see figure I).\nFigure I\nWells by depth\nSource: keepers of wells.\n"
         "2. The second paragraph.\n",
         "heading |||I. Wells\nparagraph |1|Wells|The first paragraph (see figure I).\ntext ||Wells|Figure I\n"
         "text ||Wells|Wells by depth\ntext ||Wells|Source: keepers of wells.\nparagraph |2|Wells|The second "
         "paragraph.\n"},
        {"Contents\nI. Wells . . . . . . . 3\nII. Lids ........ 4\nI. Wells\n1. The first paragraph.\n",
         "heading |||Contents\ntext ||Contents|I. Wells . . . . . . . 3/II. Lids ........ 4\nheading |||I. Wells\n"
         "paragraph |1|Wells|The first paragraph.\n"},
        {"Summary\nThe report tells of wells and of those who keep them.\nI. Wells\n1. The first paragraph.\n",
         "heading |||Summary\nsummary |||The report tells of wells and of those who keep them.\nheading |||I. Wells\n"
         "paragraph |1|Wells|The first paragraph.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  --- hostile and huge -------------------------------------------------------

static char *repeated (const char *piece, size_t times, const char *head)
{
    size_t len = strlen (piece), begin = strlen (head);
    char *text = malloc (begin + len * times + 1);
    ck_assert_ptr_nonnull (text);
    memcpy (text, head, begin + 1);
    for (size_t i = 0; i < times; i++)
        memcpy (text + begin + i * len, piece, len + 1);
    return text;
}

static rap_status_t read_text (const char *text, rap_arena_t *arena, rap_reading_t *reading, rap_reason_t *reason)
{
    *reading = (rap_reading_t){.document = {.source = rap_text ("test")}};
    return rap_read (reading_reader (), rap_text (text), arena, reading, reason);
}

START_TEST (long_texts_are_cut_at_sentences)
{
    char *text = repeated ("A sentence of wells. ", 8000, "I. Wells\n7. ");
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading;
    rap_reason_t reason = {""};
    ck_assert_int_eq (read_text (text, arena, &reading, &reason), RAP_OK);
    ck_assert_uint_eq (reading.document.chunks, 5); //  masthead, heading, three pieces
    size_t all = 0;
    for (uint32_t i = 2; i < 5; i++) {
        const rap_chunk_t *chunk = &reading.chunks[i];
        ck_assert_uint_le (chunk->text.len, RAP_CHUNK_TEXT_MAX);
        ck_assert (rap_text_ends (chunk->text, RAP_TEXT ("wells.")));
        ck_assert (rap_text_starts (chunk->text, RAP_TEXT ("A sentence")));
        all += chunk->text.len + 1;
    }
    ck_assert_uint_eq (all, strlen ("A sentence of wells. ") * 8000);
    ck_assert (rap_text_equal (reading.chunks[2].label, RAP_TEXT ("7")));
    ck_assert (rap_text_equal (reading.chunks[3].label, RAP_TEXT ("7 (continued 2)")));
    ck_assert (rap_text_equal (reading.chunks[4].label, RAP_TEXT ("7 (continued 3)")));
    rap_arena_destroy (&arena);
    free (text);
}
END_TEST

START_TEST (marks_beyond_a_chunk_go_to_the_next)
{
    char *text = repeated ("Well\xC2\xB9 ", 5000, "I. Wells\n7. ");
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading;
    rap_reason_t reason = {""};
    ck_assert_int_eq (read_text (text, arena, &reading, &reason), RAP_OK);
    ck_assert_uint_eq (reading.document.chunks, 4);
    ck_assert_uint_le (reading.chunks[2].marks_count, RAP_CHUNK_MARKS_MAX);
    ck_assert_uint_eq (reading.chunks[2].marks_count + reading.chunks[3].marks_count, 5000);
    ck_assert_uint_eq (reading.chunks[2].marks[1].at, strlen ("Well Well"));
    rap_arena_destroy (&arena);
    free (text);
}
END_TEST

static void check_refused (const char *piece, size_t times, const char *head, const char *said)
{
    char *text = repeated (piece, times, head);
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading;
    rap_reason_t reason = {""};
    ck_assert_int_eq (read_text (text, arena, &reading, &reason), RAP_REFUSED);
    ck_assert_msg (strstr (reason.text, said) != NULL, "'%s' does not say '%s'", reason.text, said);
    rap_arena_destroy (&arena);
    free (text);
}

START_TEST (what_is_no_document_is_refused)
{
    check_refused ("1. Wells.\n", 1100000, "", "at most 1048575");
    check_refused ("Well.\n", 100000, "", "at least");
    check_refused ("w\n", 4200000, "", "lines");
}
END_TEST

START_TEST (too_deep_is_refused)
{
    //  Each heading has one number more than the one before.
    size_t size = 0;
    char *text = NULL;
    FILE *out = open_memstream (&text, &size);
    for (int depth = 2; depth < 4200; depth++) {
        for (int i = 0; i < depth; i++)
            fputs (i ? ".1" : "1", out);
        fputs (" Wells\n", out);
    }
    fclose (out);
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading;
    rap_reason_t reason = {""};
    ck_assert_int_eq (read_text (text, arena, &reading, &reason), RAP_REFUSED);
    ck_assert_msg (strstr (reason.text, "4096 deep") != NULL, "%s", reason.text);
    rap_arena_destroy (&arena);
    free (text);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("segment");
    TCase *tests = tcase_create ("segment");
    tcase_set_timeout (tests, 120);
    tcase_add_test (tests, clauses_of_a_resolution);
    tcase_add_test (tests, numbers_lost_by_the_layout);
    tcase_add_test (tests, numbers_without_a_space);
    tcase_add_test (tests, years_at_the_end_of_a_sentence);
    tcase_add_test (tests, contents_in_several_lines);
    tcase_add_test (tests, headings_between_clauses);
    tcase_add_test (tests, levels_of_headings);
    tcase_add_test (tests, nested_drafts);
    tcase_add_test (tests, decisions_in_a_report);
    tcase_add_test (tests, organs_that_no_rule_names);
    tcase_add_test (tests, declarations);
    tcase_add_test (tests, what_heads_nothing);
    tcase_add_test (tests, long_texts_are_cut_at_sentences);
    tcase_add_test (tests, marks_beyond_a_chunk_go_to_the_next);
    tcase_add_test (tests, what_is_no_document_is_refused);
    tcase_add_test (tests, too_deep_is_refused);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
