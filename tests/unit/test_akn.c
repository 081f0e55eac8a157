//  akn: Akoma Ntoso to lines, told as outlines (given.h), and its particulars.
#include "given.h"

#include "reading.h"

#define HEAD "<akomaNtoso xmlns='http://docs.oasis-open.org/legaldocml/ns/akn/3.0'><statement name='resolution'>"
#define BODY HEAD "<mainBody>"
#define END "</mainBody></statement></akomaNtoso>"

START_TEST (numbers_stand_before_their_text)
{
    static const given_case_t cases[] = {
        {BODY "<paragraph><num>1.</num><content><p xml:space='preserve'>   <span class='italic'>Asks</span> them:</p>"
              "</content></paragraph>" END,
         "- b|1. {i Asks} them:\n"},
        {BODY "<paragraph><num>2</num><list><intro><p>Asks:</p></intro><point><num>a</num><content><p>to dig;</p>"
              "</content></point><point><num>(b)</num><content><p>to rest;</p></content></point><wrapUp><p>and so on."
              "</p></wrapUp></list></paragraph>" END,
         "- b|2. Asks:\n- b|(a) to dig;\n- b|(b) to rest;\n- b|and so on.\n"},
        {BODY "<blockList><listIntroduction>Of:</listIntroduction><item><num>(i)</num><p>one</p><p>more</p></item>"
              "</blockList>" END,
         "- b|Of:\n- b|(i) one\n- b|more\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (headings_have_the_level_of_their_divisions)
{
    static const given_case_t cases[] = {
        {BODY
         "<section><num>II.</num><heading>Wells</heading><section><num>A.</num><heading>Deep <i>ones</i></heading>"
         "<paragraph><num>1.</num><content><p>Text.</p></content></paragraph></section></section>" END,
         "- b1s|{b II. Wells}\n- b2s|{b A. Deep }{ib ones}\n- b|1. Text.\n"},
        {BODY "<section><num>II</num><heading>Wells</heading></section><article><num>Article 5</num><heading>Scope"
              "</heading></article>" END,
         "- b|II\n- b1s|{b Wells}\n- b|Article 5\n- b1s|{b Scope}\n"},
        //  In a document within a document they begin again.
        {HEAD
         "<mainBody><section><heading>Wells</heading><p>x</p></section></mainBody><attachments><attachment>"
         "<heading>Annex</heading><doc name='annex'><mainBody><section><heading>Rules</heading></section></mainBody>"
         "</doc></attachment></attachments></statement></akomaNtoso>",
         "- b1s|{b Wells}\n- b|x\n- b1s|{b Annex}\n- b1s|{b Rules}\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (notes_stand_after_the_paragraph_with_their_mark)
{
    static const given_case_t cases[] = {
        {BODY
         "<p>One,<authorialNote marker='1' placement='bottom'><p>See <i>that</i>.</p><p>More.</p></authorialNote>"
         " and two.<sup><authorialNote><p>Next.</p></authorialNote></sup></p><p>Three</p>" END,
         "- b|One,{^1} and two.{^2}\nn b|{^1} See {i that}.\n+ b|More.\nn b|{^2} Next.\n- b|Three\n"},
        {BODY
         "<p>One<authorialNote marker='[1]'><p>a</p></authorialNote></p><p>Again<authorialNote marker='1'><p>b</p>"
         "</authorialNote></p>" END,
         "- b|One{^1}\nn b|{^1} a\n- b|Again{^1}\nn b|{^1} b\n"},
        {HEAD
         "<meta><notes source='#s'><note eId='n1' marker='1'><p>Apart.</p></note></notes><x>no</x></meta><mainBody>"
         "<p>One</p><p>Two<noteRef href='#n1' marker='1'/></p>" END,
         "- b|One\n- b|Two{^1}\nn b|{^1} Apart.\n"},
        {BODY "<p>One<authorialNote marker='*' class='unmarked'><p>a</p></authorialNote></p><p>Two</p>" END,
         "- b|One\nn b|{^*} a\n- b|Two\n"},
        {BODY "<p>the 21<sup>st</sup> day, 10 m<sup>2</sup></p>" END, "- b|the 21st day, 10 m{^2}\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (all_that_is_printed_is_read_and_nothing_else)
{
    static const given_case_t cases[] = {
        {HEAD
         "<meta><identification source='#s'/><presentation source='#u'><a:foot xmlns:a='u'>40-001</a:foot>"
         "</presentation></meta><coverPage><p><docAuthority>United Nations</docAuthority></p></coverPage><preface><p>"
         "<docNumber>95/17.</docNumber> <docTitle>Wells</docTitle></p></preface><preamble><formula><p><i>The Council"
         "</i>,</p></formula><container name='x'><p><term>Noting</term> "
         "that,</p></container></preamble><mainBody><p>a"
         "<ref href='/x'>b</ref><img src='x'/><del>no</del><ins>c</ins></p></mainBody><conclusions><p>9th "
         "meeting<eol/>"
         "3 May</p></conclusions><components><component><componentRef src='#x'/></component></components></statement>"
         "</akomaNtoso>",
         "- b|United Nations\n- b|95/17. Wells\n- b|{i The Council},\n- b|Noting that,\n- b|abc\n- b|9th meeting\n- "
         "|3 May\n"},
        {BODY "<p>Wells</p><table><tr><th>Year</th><th>Wells</th></tr><tr><td><p>2040</p></td><td><p>7</p></td></"
              "tr></table>" END,
         "- b|Wells\n- bt|Year | Wells\n- bt|2040 | 7\n"},
        {"<?xml version='1.0'?><!-- x --><a:akomaNtoso xmlns:a='http://www.akomantoso.org/2.0'><a:act><a:body><a:p>x "
         "&amp;"
         "<![CDATA[ <y>]]></a:p></a:body></a:act></a:akomaNtoso>",
         "- b|x & <y>\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

#define META(particulars) HEAD "<meta><identification source='#s'>" particulars "</identification></meta>"

static void check_particulars (const char *bytes, const char *stated, const char *expected)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_document_t d = {.source = RAP_TEXT ("test"), .symbol = rap_text (stated)};
    char *outline = given_outline (rap_text (bytes), arena, &d), told[256];
    snprintf (told, sizeof told, "%.*s|%.*s|%.*s|%.*s", (int)d.symbol.len, d.symbol.at, (int)d.title.len, d.title.at,
              (int)d.published.len, d.published.at, (int)d.language.len, d.language.at);
    ck_assert_str_eq (told, expected);
    free (outline);
    rap_arena_destroy (&arena);
}

START_TEST (particulars_fill_in_what_is_empty)
{
    static const char whole[] =
        META ("<FRBRWork><FRBRalias value='A/RES/95/17' name='symbol'/><FRBRalias value='Wells' name='title'/>"
              "<FRBRdate date='2040-05-03' name='adoption'/></FRBRWork><FRBRExpression><FRBRdate date='2040-05-09' "
              "name='publication'/><FRBRlanguage language='fra'/></FRBRExpression><FRBRManifestation><FRBRdate "
              "date='2041-01-01' name='markup'/></FRBRManifestation>") "<mainBody><p>x</p>" END;
    check_particulars (whole, "", "A/RES/95/17|Wells|2040-05-09|fr");
    check_particulars (whole, "A/1", "A/1|Wells|2040-05-09|fr");
    //  A day of adoption counts only where the head prints none.
    check_particulars (META ("<FRBRdate date='2040-05-03' name='adoption'/>") "<mainBody><p>x</p>" END, "",
                       "||2040-05-03|");
    check_particulars (META ("<FRBRdate date='2040-05-03' name='adoption'/>") "<coverPage><p><docDate>9 May 2040"
                                                                              "</docDate></p></coverPage><mainBody/>"
                                                                              "</statement></akomaNtoso>",
                       "", "|||");
    check_particulars (
        META ("<FRBRdate date='soon' name='publication'/><FRBRlanguage language='xyz'/>") "<mainBody>"
                                                                                          "<p>x</p>" END,
        "", "|||");
}
END_TEST

START_TEST (hostile_xml_is_refused)
{
    static const given_case_t cases[] = {
        {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><akomaNtoso><p>x</p></akomaNtoso>",
         "refused: a document type (<!DOCTYPE>) at line 1: Akoma Ntoso has none; take it out\n"},
        {"<!DOCTYPE a [<!ENTITY b 'cc'><!ENTITY d '&b;&b;'>]><akomaNtoso><p>&d;</p></akomaNtoso>",
         "refused: a document type (<!DOCTYPE>) at line 1: Akoma Ntoso has none; take it out\n"},
        {BODY "<p>&nbsp;</p>" END, "refused: not well-formed XML, line 1: Entity 'nbsp' not defined\n"},
        {BODY "\n<p>x</i></p>" END,
         "refused: not well-formed XML, line 2: Opening and ending tag mismatch: p line 2 and i\n"},
        {"<akomaNtoso><p>1. x", "refused: not well-formed XML, line 1: Premature end of data in tag p line 1\n"},
        {HEAD "<meta/></statement></akomaNtoso>", "refused: Akoma Ntoso without text: it has particulars only\n"},
        {"<?xml version='1.0' encoding='klingon'?><akomaNtoso><p>x\xFF</p></akomaNtoso>",
         "refused: in the charset klingon, which is not known here; convert it to UTF-8 first\n"},
        {"<akomaNtoso><p>x\xFF</p></akomaNtoso>",
         "refused: not valid UTF-8 at byte 16; declare its charset, or convert it to UTF-8 first\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (depth_and_attributes_are_bounded)
{
    enum { COUNT = 20000 };
    static char text[sizeof BODY + COUNT * 16];
    rap_arena_t *arena = rap_arena_new ();
    rap_document_t document = {.source = RAP_TEXT ("test")};
    strcpy (text, BODY);
    size_t at = strlen (text);
    for (int i = 0; i < COUNT; i++)
        at += (size_t)sprintf (text + at, "<p>");
    char *outline = given_outline (rap_text_of (text, at), arena, &document);
    ck_assert_ptr_nonnull (strstr (outline, "refused: not well-formed XML, line 1: Excessive depth"));
    free (outline);
    at = strlen (BODY);
    at += (size_t)sprintf (text + at, "<p");
    for (int i = 0; i < COUNT; i++)
        at += (size_t)sprintf (text + at, " a%d='1'", i);
    outline = given_outline (rap_text_of (text, at), arena, &document);
    ck_assert_ptr_nonnull (strstr (outline, "refused: a tag with more than 1024 attributes"));
    free (outline);
    rap_arena_destroy (&arena);
}
END_TEST

START_TEST (a_resolution_comes_to_its_chunks)
{
    static const reading_case_t cases[] = {
        {HEAD
         "<coverPage><p>United Nations</p><p><docNumber>A/RES/95/17</docNumber></p><p>General "
         "Assembly</p></coverPage>"
         "<preface><p><docNumber>95/17.</docNumber> "
         "<docTitle>Wells</docTitle></p></preface><preamble><formula><p>The "
         "General Assembly,</p></formula><container name='x'><p><i>Recalling</i> its earlier work,<authorialNote "
         "marker='1'><p>A/94/1.</p></authorialNote></p></container></preamble><mainBody><paragraph><num>1.</num>"
         "<content><p><i>Requests</i> the Keepers to dig;</p></content></paragraph><paragraph><num>2.</num><intro><p>"
         "<i>Decides</i>:</p></intro><subparagraph><num>(a)</num><content><p>To rest.</p></content></subparagraph>"
         "</paragraph></mainBody></statement></akomaNtoso>",
         "masthead |||United Nations/A/RES/95/17/General Assembly\ntitle |||95/17. Wells\nformula |||The General "
         "Assembly,\n"
         "preambular |pp1||Recalling its earlier work,^1\nfootnote |1||A/94/1.\noperative |1||Requests the Keepers "
         "to dig;\n"
         "operative |2||Decides:/(a) To rest.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("akn");
    TCase *tests = tcase_create ("akn");
    tcase_set_timeout (tests, 60);
    tcase_add_test (tests, numbers_stand_before_their_text);
    tcase_add_test (tests, headings_have_the_level_of_their_divisions);
    tcase_add_test (tests, notes_stand_after_the_paragraph_with_their_mark);
    tcase_add_test (tests, all_that_is_printed_is_read_and_nothing_else);
    tcase_add_test (tests, particulars_fill_in_what_is_empty);
    tcase_add_test (tests, hostile_xml_is_refused);
    tcase_add_test (tests, depth_and_attributes_are_bounded);
    tcase_add_test (tests, a_resolution_comes_to_its_chunks);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
