//  export_xml: whatever text it is given, XML comes out, and text stays as it was.
#include <check.h>
#include <stdlib.h>

#include "export_xml.h"

static char *written;
static size_t written_len;

static rap_xml_t *begin (FILE **stream)
{
    *stream = open_memstream (&written, &written_len);
    return rap_xml_new (*stream);
}

//  What was written after the declaration.
static const char *end (rap_xml_t **xml, FILE *stream)
{
    rap_xml_destroy (xml);
    fclose (stream);
    const char *first = strchr (written, '\n');
    ck_assert_ptr_nonnull (first);
    return first + 1;
}

static void check_text (const char *text, size_t len, const char *expected)
{
    FILE *stream;
    char whole[512];
    rap_xml_t *xml = begin (&stream);
    rap_xml_block (xml, "p");
    rap_xml_text (xml, rap_text_of (text, len));
    rap_xml_end (xml);
    snprintf (whole, sizeof whole, "<p>%s</p>\n", expected);
    ck_assert_str_eq (end (&xml, stream), whole);
    free (written);
}

START_TEST (test_text)
{
    check_text ("plain", 5, "plain");
    check_text ("a < b & c > \"d\" ]]>", 19, "a &lt; b &amp; c &gt; \"d\" ]]&gt;");
    check_text ("line\nline\tx", 11, "line\nline\tx");
    check_text ("\xe2\x80\x9c\xc3\xa9\xf0\x9f\x8c\xb2", 9, "\xe2\x80\x9c\xc3\xa9\xf0\x9f\x8c\xb2");
    //  What XML forbids, what is no UTF-8, what a terminal would obey.
    check_text ("\x1b[0m", 4, "\xef\xbf\xbd[0m");
    check_text ("a\0b", 3,
                "a\xef\xbf\xbd"
                "b");
    check_text ("\xff\xc3", 2, "\xef\xbf\xbd\xef\xbf\xbd");
    check_text ("\xef\xbf\xbe", 3, "\xef\xbf\xbd");
    check_text ("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_text ("\xe2\x80\xae\x7f\xc2\x85\r", 7, "&#x202E;&#x7F;&#x85;&#xD;");
}
END_TEST

START_TEST (test_long_text_is_whole)
{
    char text[5000], expected[5000 * 5 + 1];
    size_t len = 0;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = i % 7 ? 'x' : '&';
        len += (size_t)sprintf (expected + len, "%s", i % 7 ? "x" : "&amp;");
    }
    FILE *stream;
    rap_xml_t *xml = begin (&stream);
    rap_xml_block (xml, "p");
    rap_xml_text (xml, rap_text_of (text, sizeof text));
    rap_xml_end (xml);
    const char *rest = end (&xml, stream);
    ck_assert_uint_eq (strlen (rest), len + strlen ("<p></p>\n"));
    ck_assert_mem_eq (rest + 3, expected, len);
    free (written);
}
END_TEST

//  Blocks on lines of their own; nothing is put into text.
START_TEST (test_lines)
{
    FILE *stream;
    rap_xml_t *xml = begin (&stream);
    rap_xml_block (xml, "a");
    rap_xml_attribute_string (xml, "x", "1 \"<\n&'");
    rap_xml_block (xml, "p");
    rap_xml_inline (xml, "b");
    rap_xml_text (xml, RAP_TEXT ("one"));
    rap_xml_inline (xml, "note");
    rap_xml_inline (xml, "p");
    rap_xml_text (xml, RAP_TEXT ("two"));
    rap_xml_end (xml);
    rap_xml_end (xml);
    rap_xml_end (xml);
    rap_xml_end (xml);
    rap_xml_block (xml, "p");
    ck_assert_str_eq (end (&xml, stream),
                      "<a x=\"1 &quot;&lt;&#10;&amp;'\">\n <p><b>one<note><p>two</p></note></b></p>\n"
                      " <p/></a>\n");
    free (written);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("export_xml");
    TCase *all = tcase_create ("all");
    tcase_add_test (all, test_text);
    tcase_add_test (all, test_long_text_is_whole);
    tcase_add_test (all, test_lines);
    suite_add_tcase (suite, all);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
