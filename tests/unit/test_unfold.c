//  unfold: resolutions saved as one line.

#include "reading.h"

START_TEST (clauses_of_one_line)
{
    static const reading_case_t cases[] = {
        {"Resolution adopted by the General Assembly on 2 May 2035 [on the report of the Third Committee (A/90/400)] "
         "90/1. "
         "Wells The General Assembly, Recalling its resolution 89/1 of 3 May 2034, on wells, Deeply concerned about "
         "the "
         "rope, Having considered the report,1,2 1. Takes note of the report;1 2. Requests the Office: (a) To draw "
         "water; and (b) To rest; 3. Decides to meet. 12th plenary meeting 2 May 2035 __________ 1 A/90/12.\n",
         "masthead |||Resolution adopted by the General Assembly on 2 May 2035/[on the report of the Third Committee "
         "(A/90/400)]\n"
         "title |||90/1. Wells\nformula |||The General Assembly,\n"
         "preambular |pp1||Recalling its resolution 89/1 of 3 May 2034, on wells,\n"
         "preambular |pp2||Deeply concerned about the rope,\n"
         "preambular |pp3||Having considered the report,1,2\n"
         "operative |1||Takes note of the report;^1\n"
         "operative |2||Requests the Office:/(a) To draw water; and/(b) To rest;\n"
         "operative |3||Decides to meet.\ntext |||12th plenary meeting 2 May 2035\nfootnote |1||A/90/12.\n"},
        //  One clause without a number; 'Agreeing' in running text opens none.
        {"A/RES/90/2\nGeneral Assembly\nThe General Assembly, Recalling the wells of the coast and the ropes and the "
         "lids "
         "of them, as they were seen in the years of the drought by those who kept them, Noting that the keepers of "
         "the "
         "wells, agreeing with one another, have asked for ropes, Decides to send ropes, Noting aside, in the "
         "year.\n",
         "masthead |||A/RES/90/2/General Assembly\nformula |||The General Assembly,\n"
         "preambular |pp1||Recalling the wells of the coast and the ropes and the lids of them, as they were seen in "
         "the "
         "years of the drought by those who kept them,\n"
         "preambular |pp2||Noting that the keepers of the wells, agreeing with one another, have asked for ropes,\n"
         "operative |||Decides to send ropes, Noting aside, in the year.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

//  A paragraph that names an organ, and one in which it does something, stay as they are.
START_TEST (paragraphs_stay_whole)
{
    static const reading_case_t cases[] = {
        {"I. Work\n1. The General Assembly, recalling the wells, had asked for ropes; 2. The Office, Noting nothing, "
         "had sent "
         "them, as it does each year when the keepers of the wells ask for them, in boxes of wood that are painted "
         "in the "
         "colours of the coast, and 3. Requests came in.\n",
         "heading |||I. Work\n"
         "paragraph |1|Work|The General Assembly, recalling the wells, had asked for ropes; 2. The Office, Noting "
         "nothing, had sent them, as it does each year when the keepers of the wells ask for them, in boxes of wood "
         "that "
         "are painted in the colours of the coast, and 3. Requests came in.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("unfold");
    TCase *tests = tcase_create ("unfold");
    tcase_add_test (tests, clauses_of_one_line);
    tcase_add_test (tests, paragraphs_stay_whole);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed == 0 ? 0 : 1;
}
