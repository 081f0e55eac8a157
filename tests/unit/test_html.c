//  html: pages to lines, told as outlines (given.h).
#include "given.h"

#include "reading.h"

START_TEST (blocks_are_lines_and_headings_have_their_level)
{
    static const given_case_t cases[] = {
        {"<html><body><h2>Wells</h2><p>They\n  dig&nbsp;deep.</p>loose <div>one<p>two</div>three</body></html>",
         "- b2s|{b Wells}\n- b|They dig deep.\n- b|loose\n- b|one\n- b|two\n- b|three\n"},
        {"<!DOCTYPE html><p align=center>Middle</p><center>so</center><p style='text-align: center'>and so</p>",
         "- bc|Middle\n- bc|so\n- bc|and so\n"},
        {"<html><p>one<br>two<br><br>three</p>", "- b|one\n- |two\n- b|three\n"},
        {"<html><head><style>.l{display:block}</style></head><span class=l>one</span><span class=l>two <span "
         "style='display:inline'>more</span></span><p>three<img style='display:block'> <sup style='display:block'>rd"
         "</sup></p>",
         "- b|one\n- b|two more\n- b|three rd\n"},
        {"<html><p>a < b & c &amp; d &bogus; &#8217;<o:p></o:p></p>", "- b|a < b & c & d &bogus; \xE2\x80\x99\n"},
        {"<html><pre>one\n two\n\nthree</pre><p>four</p>", "- b|one\n- |two\n- b|three\n- b|four\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (emphasis_is_by_element_by_style_and_by_class)
{
    static const given_case_t cases[] = {
        {"<html><p><i>Asks</i> the <b>Keepers <em>to</em></b> dig</p>", "- b|{i Asks} the {b Keepers }{ib to} dig\n"},
        {"<html><head><style>/* x */ @media print { p { color: red } }\n.c1, span.c2 {font-style:italic}\n"
         "p .c1 {font-style:normal} .c9 { display:none }</style></head>"
         "<p><span class='x c1'>Asks</span> <span class=c2>them</span> <b class=c2>now</b><span class=c9>no</span>"
         "<span style='font-weight:700; font-style: normal'>well</span></p>",
         "- b|{i Asks them} {b nowwell}\n"},
        {"<html><p><b>All of it</b></p>", "- bs|{b All of it}\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (what_is_not_shown_is_no_text)
{
    static const given_case_t cases[] = {
        {"<html><head><title>Not this</title></head><body><script>if (a<b) '<p>x</p>'</script><nav>Home</nav>"
         "<p hidden>no</p><p style='display:none'>no <b>no</b></p><div title=header><p>A/1/2</p></div>"
         "<select><option>no</select><!-- no --><p>yes</p><div title=footer>2</div></body></html>",
         "- b|yes\n"},
        {"<html><body><header><p>Site</p></header><main><p>The text of the page is long enough to be known for what "
         "it is: it goes on for several lines, and there is nothing in it but what the keepers of the wells have "
         "agreed with one another in the course of three days.</p></main><footer>Contact</footer></body></html>",
         "- b|The text of the page is long enough to be known for what it is: it goes on for several lines, and "
         "there "
         "is nothing in it but what the keepers of the wells have agreed with one another in the course of three "
         "days.\n"},
        {"<html><body><ul><li><a href=/a>One</a></li><li><a href=/b>Two</a></li><li><a href=/c>Three</a></li>"
         "<li><a href=/d>Four</a></li></ul><p>Text with a <a href=/e>link</a>.</p></body></html>",
         "- b|Text with a link.\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (lists_are_numbered_as_printed)
{
    static const given_case_t cases[] = {
        {"<html><ol start=3><li><p>three<li>four<ol type=a><li>x<li value=4>y</ol></ol><ul><li>dot</ul>",
         "- b|3. three\n- b|4. four\n- b|(a) x\n- b|(d) y\n- b|\xE2\x80\xA2 dot\n"},
        {"<html><ol type=I start=4><li>four</ol><ol style='list-style-type: lower-roman'><li>a<li>b</ol>",
         "- b|IV. four\n- b|(i) a\n- b|(ii) b\n"},
        //  LibreOffice: a list that goes on within another begins with an empty one.
        {"<html><ol type=I><li>one<ol type=A><li>x</ol></ol><ol start=7><li>seven</ol><ol type=I><ol "
         "type=A><li>y</ol></ol>"
         "<ol type=I start=2><li>two<ol type=A><li>z</ol></ol>",
         "- b|I. one\n- b|A. x\n- b|7. seven\n- b|B. y\n- b|II. two\n- b|A. z\n"},
        {"<html><ol type=A><li><p><b>Bold</b></ol>", "- bs|{b A. Bold}\n"},
        {"<html><ul style='list-style: none'><li>bare</ul>", "- b|bare\n"},
        //  Word prints the number itself.
        {"<html><p class=MsoListParagraph><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp;&nbsp;"
         "</span></span><![endif]>Dig</p>",
         "- b|1. Dig\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (notes_stand_after_the_paragraph_with_their_mark)
{
    static const given_case_t cases[] = {
        //  LibreOffice
        {"<html><p>One<a class=sdfootnoteanc name=sdfootnote1anc href='#sdfootnote1sym'><sup>*</sup></a></p><p>Two."
         "<a class=sdfootnoteanc name=sdfootnote2anc href='#sdfootnote2sym'><sup>1</sup></a></p><p>Three</p>"
         "<div id=sdfootnote1><p><a class=sdfootnotesym name=sdfootnote1sym href='#sdfootnote1anc'>*</a> "
         "Star.</p></div>"
         "<div id=sdfootnote2><p><a class=sdfootnotesym name=sdfootnote2sym href='#sdfootnote2anc'>1</a> See.</p>"
         "<p>More.</p></div>",
         "- b|One{^*}\nn b|{^*} Star.\n- b|Two.{^1}\nn b|{^1} See.\n+ b|More.\n- b|Three\n"},
        //  Word
        {"<html><p>One.<a style='mso-footnote-id:ftn1' href='#_ftn1' name=_ftnref1><span>[1]</span></a></p><p>Two</p>"
         "<div style='mso-element:footnote-list'><div style='mso-element:footnote' id=ftn1><p><a href='#_ftnref1' "
         "name=_ftn1>[1]</a> See.</p></div></div>",
         "- b|One.{^1}\nn b|{^1} See.\n- b|Two\n"},
        //  Pandoc; the number that starts again, and the way back
        {"<html><p>One<a href='#fn1' class=footnote-ref id=fnref1><sup>1</sup></a></p><p>Two</p><section "
         "class=footnotes>"
         "<ol><li id=fn1><p>See.<a href='#fnref1' class=footnote-back>\xE2\x86\xA9</a></p></li></ol></section>",
         "- b|One{^1}\nn b|{^1} See.\n- b|Two\n"},
        //  No links: by their order
        {"<html><p>One<sup>1</sup></p><p>Again<sup>1</sup></p><p>Two</p><p><sup>1</sup> First.</p><p><sup>1</sup> "
         "Second.</p>",
         "- b|One{^1}\nn b|{^1} First.\n- b|Again{^1}\nn b|{^1} Second.\n- b|Two\n"},
        //  Parted by breaks only; a raised number that is not the next one is text's
        {"<html>One<a href='#a'><sup>1</sup></a><br><br>Two<a href='#b'><sup>2</sup></a><hr><a "
         "name=a></a><sup>1</sup> "
         "First.<br><a name=b></a><sup>2</sup> Second.<br>More.",
         "- b|One{^1}\nn b|{^1} First.\n- b|Two{^2}\nn b|{^2} Second.\n+ b|More.\n"},
        //  What is raised but no mark; a link that is none
        {"<html><p>the 21<sup>st</sup> day, see <a href='#x'>12</a> and <a href='#'>74/177</a></p>",
         "- b|the 21st day, see 12 and 74/177\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (tables_of_data_are_rows_others_are_lines)
{
    static const given_case_t cases[] = {
        {"<html><p>Wells</p><table><tr><th>Year<th>Wells<tr><td>2040<td><tr><td><td>7</table>",
         "- b|Wells\n- bst|{b Year} | {b Wells}\n- bt|2040\n- bt|| 7\n"},
        {"<html><table><tr><td>United Nations<td>A/95/17<tr><td>General Assembly<td>Distr.: General<br>3 May "
         "2040</table>",
         "- b|United Nations\n- b|A/95/17\n- b|General Assembly\n- b|Distr.: General\n- |3 May 2040\n"},
        {"<html><table role=presentation><tr><th>a<th>b</table>", "- bs|{b a}\n- bs|{b b}\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

//  --- charsets ---------------------------------------------------------------

static void check_bytes (const char *bytes, size_t len, const char *expected)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_document_t document = {.source = RAP_TEXT ("test")};
    char *outline = given_outline (rap_text_of (bytes, len), arena, &document);
    ck_assert_str_eq (outline, expected);
    free (outline);
    rap_arena_destroy (&arena);
}

#define CHECK_BYTES(literal, expected) check_bytes (literal, sizeof (literal) - 1, expected)

START_TEST (charsets_are_told_or_found_out)
{
    CHECK_BYTES ("<html><p>caf\xC3\xA9", "- b|caf\xC3\xA9\n");
    CHECK_BYTES ("\xEF\xBB\xBF<html><p>caf\xC3\xA9", "- b|caf\xC3\xA9\n");
    CHECK_BYTES ("<html><p>caf\xE9 \x96 \x80", "- b|caf\xC3\xA9 \xE2\x80\x93 \xE2\x82\xAC\n"); //  as browsers do
    CHECK_BYTES ("<html><meta charset=iso-8859-1><p>\x93x\x94", "- b|\xE2\x80\x9Cx\xE2\x80\x9D\n");
    CHECK_BYTES ("<html><meta charset='windows-1252'><p>caf\xC3\xA9", "- b|caf\xC3\xA9\n"); //  it is not
    CHECK_BYTES ("<html><meta http-equiv=Content-Type content='text/html; charset=koi8-r'><p>\xF7", "- b|\xD0\x92\n");
    CHECK_BYTES ("\xFF\xFE<\0h\0t\0m\0l\0>\0<\0p\0>\0\xE9\0", "- b|\xC3\xA9\n");
    CHECK_BYTES ("\0<\0h\0t\0m\0l\0>\0<\0p\0>\0x", "- b|x\n");
    CHECK_BYTES ("<html><meta charset=utf-8><p>caf\xE9",
                 "refused: not valid UTF-8 at byte 32; declare its charset, or "
                 "convert it to UTF-8 first\n");
    CHECK_BYTES ("<html><meta charset=klingon><p>caf\xE9",
                 "refused: in the charset klingon, which is not known here; convert it to UTF-8 first\n");
    CHECK_BYTES ("<html><p>a\0b", "refused: a NUL at byte 10 of its text\n");
}
END_TEST

//  --- what is refused --------------------------------------------------------

//  `head`, `count` times `piece`, `tail`.
static char *repeated (const char *head, const char *piece, size_t count, const char *tail)
{
    size_t len = strlen (piece), at = strlen (head);
    char *text = malloc (at + len * count + strlen (tail) + 1);
    memcpy (text, head, at);
    for (size_t i = 0; i < count; i++, at += len)
        memcpy (text + at, piece, len);
    strcpy (text + at, tail);
    return text;
}

static void check_repeated (const char *head, const char *piece, size_t count, const char *tail, const char *expected)
{
    char *text = repeated (head, piece, count, tail);
    check_bytes (text, strlen (text), expected);
    free (text);
}

START_TEST (hostile_pages_are_read_within_limits_or_refused)
{
    check_repeated ("<html>", "<div>", 100000, "x", "refused: elements nested more than 1000 deep\n");
    check_repeated ("<html><p ", "a=1 ", 50000, ">x", "refused: a tag with more than 1024 attributes, at byte 6\n");
    check_repeated ("<html><p title='", "aaaaaaaaaa", 1000000, "'>x</p>", "- b|x\n");
    check_repeated ("<html><p>x</p><script>", "if (a<b) ' <p>y</p> ';", 100000, "</script>", "- b|x\n");
    check_repeated ("<html><p>x</p><style>", "{", 1000000, "", "- b|x\n");
    check_repeated ("<html><p>x</p>", "<!--", 100000, "", "- b|x\n");
    check_repeated ("<html><p>x</p>", "<table><tr><td>", 200, "y", "- b|x\n- b|y\n");
    check_repeated ("<html><table><tr><th>x", "<td>", 1000000, "</table>", "- bst|{b x}\n");
    check_repeated ("<html>", "<script>1</script>", 1, "",
                    "refused: an HTML page without text; if a browser shows some, save the page from there\n");
}
END_TEST

//  --- as a whole -------------------------------------------------------------

START_TEST (text_in_pre_is_read_as_text)
{
    static const reading_case_t cases[] = {
        {"<html><body><pre>I. Wells\n\n1. The Keepers met &lt;twice&gt;.\xC2\xB9\n\n\xC2\xB9 See "
         "[94/3](#).\n</pre></body>",
         "heading |||I. Wells\nparagraph |1|Wells|The Keepers met <twice>.^1\nfootnote |1|Wells|See 94/3.\n"},
    };
    READING_CHECK (cases);
}
END_TEST

START_TEST (text_that_speaks_of_tags_is_no_page)
{
    static const given_case_t cases[] = {
        {"The tag <html> begins a page.\n", "- |The tag <html> begins a page.\n"},
        {"<p and q> are no tags\n", "- |<p and q> are no tags\n"},
        {"<?xml version='1.0'?>\n<rss><p>x</p></rss>",
         "refused: XML with the root <rss>; of XML only Akoma Ntoso (<akomaNtoso>) and XHTML are read\n"},
        {"<?xml version='1.0'?><!-- a --><!DOCTYPE html><html xmlns='x'><body><p>x<br/>y</p></body></html>",
         "- b|x\n- |y\n"},
    };
    GIVEN_CHECK (cases);
}
END_TEST

START_TEST (chunks_know_their_bytes_in_the_page)
{
    static const char page[] = "<html><body><p>I. Wells</p>\n<p>1. The <b>Keepers</b>\n met.</p></body></html>";
    rap_arena_t *arena = rap_arena_new ();
    rap_reading_t reading = {.document = {.source = RAP_TEXT ("test")}};
    rap_reason_t reason;
    ck_assert_int_eq (rap_read (reading_reader (), rap_text (page), arena, &reading, &reason), RAP_OK);
    const rap_chunk_t *chunk = &reading.chunks[2];
    ck_assert (strncmp (page + chunk->source_start, "1. The", 6) == 0);
    ck_assert (strncmp (page + chunk->source_end - 5, " met.", 5) == 0);
    rap_arena_destroy (&arena);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("html");
    TCase *tests = tcase_create ("html");
    tcase_set_timeout (tests, 120);
    tcase_add_test (tests, blocks_are_lines_and_headings_have_their_level);
    tcase_add_test (tests, emphasis_is_by_element_by_style_and_by_class);
    tcase_add_test (tests, what_is_not_shown_is_no_text);
    tcase_add_test (tests, lists_are_numbered_as_printed);
    tcase_add_test (tests, notes_stand_after_the_paragraph_with_their_mark);
    tcase_add_test (tests, tables_of_data_are_rows_others_are_lines);
    tcase_add_test (tests, charsets_are_told_or_found_out);
    tcase_add_test (tests, hostile_pages_are_read_within_limits_or_refused);
    tcase_add_test (tests, text_in_pre_is_read_as_text);
    tcase_add_test (tests, text_that_speaks_of_tags_is_no_page);
    tcase_add_test (tests, chunks_know_their_bytes_in_the_page);
    suite_add_tcase (suite, tests);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_ENV);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
