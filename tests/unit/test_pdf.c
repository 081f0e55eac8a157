//  pdf: from words and their places to lines. Pages are set here as a program sets
//  them, in type whose letters are all half as wide as high.
#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "confine.h"
#include "glyph.h"
#include "pdf.h"

static rap_arena_t *arena;
static rap_lines_t lines;
static rap_reason_t reason;
static char output[1 << 20];
static size_t output_len;

enum { LEFT = 100, RIGHT = 500, SIZE = 10, STEP = 12 };

static void write_out (const char *format, ...)
{
    va_list args;
    va_start (args, format);
    output_len += (size_t)vsnprintf (output + output_len, sizeof output - output_len, format, args);
    va_end (args);
}

static void setup (void)
{
    arena = rap_arena_new ();
    output_len = 0;
    write_out ("<!DOCTYPE html>\n<html>\n<head>\n<title>&lt;doc&gt;</title>\n</head>\n<body>\n<doc>\n");
}

static void teardown (void)
{
    rap_arena_destroy (&arena);
}

static void page (void)
{
    write_out ("  <page width=\"600.000000\" height=\"800.000000\">\n");
}

static void word (double x, double y, double size, const char *text, size_t len)
{
    write_out ("    <word xMin=\"%f\" yMin=\"%f\" xMax=\"%f\" yMax=\"%f\">%.*s</word>\n", x, y,
               x + (double)len * size / 2, y + size, (int)len, text);
}

//  Sets a line of type at x, y. '^' raises the rest of a word and makes it small.
static __attribute__ ((noinline)) void set (double x, double y, double size, const char *text)
{
    while (*text) {
        size_t len = strcspn (text, " ^");
        if (len)
            word (x, y, size, text, len);
        x += (double)len * size / 2;
        text += len;
        if (*text == '^') {
            len = strcspn (++text, " ");
            word (x, y - 0.1 * size, size * 0.6, text, len);
            x += (double)len * size * 0.3;
            text += len;
        }
        for (; *text == ' '; text++)
            x += size / 2;
    }
}

//  Sets a paragraph, broken where a line is full; answers where the next line stands.
static double set_paragraph (double indent, double y, const char *text)
{
    double x = LEFT + indent;
    while (*text) {
        size_t fits = 0;
        for (size_t len = strcspn (text, " "); x + (double)len * SIZE / 2 <= RIGHT;) {
            fits = len;
            if (!text[len])
                break;
            len += 1 + strcspn (text + len + 1, " ");
        }
        char line[256];
        snprintf (line, sizeof line, "%.*s", (int)fits, text);
        set (x, y, SIZE, line);
        text += fits + (text[fits] == ' ');
        x = LEFT;
        y += STEP;
    }
    return y;
}

static rap_status_t read_lines (void)
{
    write_out ("  </page>\n</doc>\n</body>\n</html>\n");
    reason.text[0] = 0;
    return rap_pdf_output_lines (output, output_len, arena, &lines, &reason);
}

static const rap_line_t *line_with (const char *beginning)
{
    for (uint32_t i = 0; i < lines.count; i++)
        if (rap_text_starts (rap_line_text (&lines.at[i]), rap_text (beginning)))
            return &lines.at[i];
    ck_abort_msg ("no line begins with '%s'", beginning);
    return NULL;
}

static void check_line (const char *whole, unsigned kind, unsigned flags)
{
    const rap_line_t *line = line_with (whole);
    ck_assert_msg (line->len == strlen (whole), "'%.*s' is longer than '%s'", (int)line->len, line->at, whole);
    ck_assert_msg (line->kind == kind, "'%s' has kind %u", whole, line->kind);
    ck_assert_msg ((line->flags & flags) == flags, "'%s' has flags %u", whole, line->flags);
}

static const char river[] =
    "The Committee on rivers met for the second time in the valley of the upper lakes and looked at every bridge "
    "that had been built there since its first meeting, of which it counted some two hundred and forty, "
    "most of them of stone and in good order, although a few were found to be closed.";

START_TEST (paragraphs_begin_with_an_indent_and_go_on)
{
    page ();
    double y = set_paragraph (24, 100, river);
    set_paragraph (24, y, river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    uint32_t begins = 0, goes_on = 0;
    for (uint32_t i = 0; i < lines.count; i++) {
        begins += (lines.at[i].flags & RAP_LINE_BEGINS) != 0;
        goes_on += (lines.at[i].flags & RAP_LINE_GOES_ON) != 0;
    }
    ck_assert_uint_eq (begins, 2);
    ck_assert_uint_eq (goes_on, lines.count - 2);
    ck_assert (lines.wrapped && lines.given);
}
END_TEST

START_TEST (white_space_parts_paragraphs)
{
    page ();
    double y = set_paragraph (0, 100, river);
    set_paragraph (0, y + STEP, "Another opinion was that all bridges should be closed.");
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("Another opinion was that all bridges should be closed.", RAP_LINE_BODY, RAP_LINE_BEGINS);
}
END_TEST

//  A page of text between a running head and a foot with the page's number.
static double begin_page (int number)
{
    char foot[32];
    page ();
    set (420, 40, 8, "A/99/777");
    snprintf (foot, sizeof foot, "%d/9", number);
    set (LEFT, 770, 8, "38-01234");
    set (480, 770, 8, foot);
    return 80;
}

START_TEST (heads_and_feet_of_pages_are_furniture)
{
    for (int number = 2; number < 5; number++)
        set_paragraph (24, begin_page (number), river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    for (uint32_t i = 0; i < lines.count; i++) {
        rap_text_t text = rap_line_text (&lines.at[i]);
        bool edge = rap_text_equal (text, RAP_TEXT ("A/99/777")) || glyph_starts_digit (text);
        ck_assert_int_eq (lines.at[i].kind, edge ? RAP_LINE_FURNITURE : RAP_LINE_BODY);
    }
}
END_TEST

START_TEST (a_masthead_with_the_symbol_of_the_running_heads_is_text)
{
    page ();
    set (LEFT, 40, 14, "United Nations");
    set (400, 40, 12, "A/99/777");
    set_paragraph (24, 120, river);
    for (int number = 2; number < 4; number++)
        set_paragraph (24, begin_page (number), river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("United Nations", RAP_LINE_BODY, RAP_LINE_BEGINS);
    check_line ("A/99/777", RAP_LINE_BODY, RAP_LINE_BEGINS);
}
END_TEST

START_TEST (a_paragraph_goes_on_over_a_page)
{
    double y = set_paragraph (24, begin_page (2), river);
    set (LEFT + 24, y, SIZE, "What was seen of the bridges over the lower river was");
    y = begin_page (3);
    set (LEFT, y, SIZE, "and a sentence that the page before has begun is ended here.");
    set_paragraph (24, y + STEP, river);
    y = begin_page (4);
    set_paragraph (24, y, river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    //  The line before it is short: what its words say decides.
    const rap_line_t *line = line_with ("and a sentence");
    ck_assert (line->flags & RAP_LINE_PAGE);
    ck_assert (!(line->flags & RAP_LINE_BEGINS));
    uint32_t begun = 0;
    for (uint32_t i = 0; i < lines.count; i++)
        begun += (lines.at[i].flags & (RAP_LINE_BEGINS | RAP_LINE_PAGE)) == (RAP_LINE_BEGINS | RAP_LINE_PAGE);
    ck_assert_uint_eq (begun, 2); //  of pages 2 and 4
}
END_TEST

START_TEST (a_full_last_line_goes_on_over_a_page)
{
    double y = set_paragraph (24, begin_page (2), river);
    set (LEFT + 24, y, SIZE, "12. Of all of the bridges those over the upper river were examined by its own");
    y = begin_page (3);
    set (LEFT, y, SIZE, "engineers, and the others by those of the States in which they stand.");
    set_paragraph (24, y + STEP, river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("engineers, and the others by those of the States in which they stand.", RAP_LINE_BODY,
                RAP_LINE_GOES_ON | RAP_LINE_PAGE);
}
END_TEST

START_TEST (notes_stand_under_a_rule_and_their_marks_are_raised)
{
    page ();
    set (LEFT, 100, SIZE, "Bridges of stone^12 last longer than bridges of timber, as was found by the Committee");
    set (LEFT, 112, SIZE, "and by others.^13");
    set (LEFT, 700, 8, "__________");
    set (LEFT, 712, 8, "^12 A/99/76, para. 4.");
    set (LEFT, 722, 8, "^13 Ibid., annex, where the number of bridges is given by material and by the river that");
    set (LEFT, 732, 8, "they span.");
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("12 A/99/76, para. 4.", RAP_LINE_NOTE, 0);
    check_line ("they span.", RAP_LINE_NOTE_MORE, 0);
    const rap_line_t *line = line_with ("Bridges of stone12 last");
    ck_assert_uint_eq (line->runs_count, 1);
    ck_assert_uint_eq (lines.runs[line->runs].style, RAP_RUN_MARK);
    ck_assert_uint_eq (lines.runs[line->runs].at, 16);
    ck_assert_uint_eq (line_with ("12 A/99/76")->label, 2);
}
END_TEST

START_TEST (small_notes_need_no_rule_and_a_note_goes_on_over_a_page)
{
    set_paragraph (24, begin_page (2), river);
    set (LEFT, 720, 8, "1 A/99/76, where the bridges are described by those who have built them and by those who");
    double y = begin_page (3);
    set_paragraph (24, y, river);
    set (LEFT, 720, 8, "have to keep them.");
    set (LEFT, 732, 8, "2 A/99/77.");
    set_paragraph (24, begin_page (4), river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    ck_assert_uint_eq (line_with ("1 A/99/76")->kind, RAP_LINE_NOTE);
    check_line ("have to keep them.", RAP_LINE_NOTE_MORE, 0);
    check_line ("2 A/99/77.", RAP_LINE_NOTE, 0);
}
END_TEST

START_TEST (notes_as_large_as_the_text_have_raised_marks)
{
    page ();
    double y = set_paragraph (0, 100, river);
    set (LEFT + 24, y + 60, SIZE, "^4 To be issued.");
    set (LEFT + 24, y + 84, SIZE, "^5 A/99/78.");
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("4 To be issued.", RAP_LINE_NOTE, 0);
    check_line ("5 A/99/78.", RAP_LINE_NOTE, 0);
}
END_TEST

START_TEST (stars_are_marks_where_a_note_has_them)
{
    page ();
    set (LEFT, 100, SIZE, "Item 7 of the agenda*");
    set (LEFT, 124, SIZE, "Five stars** are printed on its cover.");
    set_paragraph (24, 148, river);
    set (LEFT, 720, 8, "* A/99/100.");
    ck_assert_int_eq (read_lines (), RAP_OK);
    ck_assert_uint_eq (line_with ("Item 7")->runs_count, 1);
    ck_assert_uint_eq (line_with ("Five stars**")->runs_count, 0);
    check_line ("* A/99/100.", RAP_LINE_NOTE, 0);
}
END_TEST

START_TEST (two_columns_are_read_one_after_the_other)
{
    static const char *const left[] = {"Left one of a narrow column set", "left two of a narrow column set",
                                       "left three of a narrow colum se", "left four of a narrow column se",
                                       "left five of a narrow column se", "left six of a narrow column set"};
    page ();
    for (int i = 0; i < 6; i++) {
        char right[64];
        snprintf (right, sizeof right, "R%s", left[i] + 1);
        set (LEFT, 100 + i * STEP, SIZE, left[i]);
        set (LEFT + 210, 100 + i * STEP, SIZE, right);
    }
    ck_assert_int_eq (read_lines (), RAP_OK);
    ck_assert_uint_eq (lines.count, 12);
    for (uint32_t i = 0; i < 12; i++)
        ck_assert_int_eq (lines.at[i].at[0] == 'R', i >= 6);
}
END_TEST

START_TEST (a_table_is_read_row_by_row)
{
    page ();
    page ();
    set_paragraph (0, 100, river);
    for (int i = 0; i < 3; i++) {
        static const char *const rivers[] = {"Upper river", "Lower river", "Lake"};
        char number[16];
        snprintf (number, sizeof number, "%d", 7 * i);
        set (LEFT, 200 + i * 18, SIZE, rivers[i]);
        set (LEFT + 150, 200 + i * 18, SIZE, number);
        set (LEFT + 300, 200 + i * 18, SIZE, i ? "stone" : "timber");
    }
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("Upper river | 0 | timber", RAP_LINE_BODY, RAP_LINE_BEGINS | RAP_LINE_TABLE);
    check_line ("Lake | 14 | stone", RAP_LINE_BODY, RAP_LINE_BEGINS | RAP_LINE_TABLE);
}
END_TEST

START_TEST (a_cell_of_several_lines_is_one)
{
    page ();
    set (LEFT, 500, SIZE, "Ms. Alder, on behalf");
    set (LEFT, 512, SIZE, "of the valley");
    set (LEFT + 250, 512, SIZE, "3rd");
    set (LEFT, 536, SIZE, "Mr. Birch");
    set (LEFT + 250, 536, SIZE, "4th");
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("Ms. Alder, on behalf of the valley | 3rd", RAP_LINE_BODY, RAP_LINE_TABLE);
    check_line ("Mr. Birch | 4th", RAP_LINE_BODY, RAP_LINE_TABLE);
}
END_TEST

START_TEST (large_type_is_strong_and_the_middle_is_told)
{
    page ();
    set (230, 100, 14, "The bridges of the");
    set (250, 118, 14, "upper valley");
    set_paragraph (24, 150, river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("The bridges of the", RAP_LINE_BODY, RAP_LINE_BEGINS | RAP_LINE_STRONG | RAP_LINE_CENTRED);
    ck_assert_uint_eq (lines.count, 6);
}
END_TEST

START_TEST (a_title_goes_on_within_margins_of_its_own)
{
    page ();
    set (LEFT, 60, 14, "Chapter of bridges");
    set (LEFT, 78, 14, "Fords");
    set (LEFT, 110, 14, "The bridges and fords of the whole of the long");
    set (LEFT, 128, 14, "Valley");
    set_paragraph (24, 160, river);
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("Valley", RAP_LINE_BODY, RAP_LINE_GOES_ON);
    ck_assert_uint_eq (line_with ("Fords")->flags & RAP_LINE_GOES_ON, 0);
}
END_TEST

START_TEST (letters_that_were_moved_make_no_space)
{
    page ();
    word (100, 100, 10, "ref", 3);
    word (116, 100, 10, "lecting", 7); //  a tenth of the size behind it
    word (153, 100, 10, "on", 2);      //  a fifth
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("reflecting on", RAP_LINE_BODY, 0);
}
END_TEST

START_TEST (entities_and_ligatures_are_letters)
{
    page ();
    word (100, 100, 10, "R&amp;D", 7);
    word (140, 100, 10, "o\xEF\xAC\x83\x63\x65", 6);
    word (175, 100, 10, "&quot;&lt;&gt;&apos;&unknown;", 29);
    word (100, 100, 10, "R&amp;D", 7); //  printed twice, to look bold
    ck_assert_int_eq (read_lines (), RAP_OK);
    check_line ("R&D office \"<>'&unknown;", RAP_LINE_BODY, 0);
}
END_TEST

START_TEST (words_off_the_page_or_upright_are_left_out)
{
    page ();
    set (LEFT, 100, SIZE, "This is seen here");
    set (LEFT, 900, SIZE, "This is not");
    write_out ("    <word xMin=\"20\" yMin=\"100\" xMax=\"30\" yMax=\"400\">upright</word>\n");
    ck_assert_int_eq (read_lines (), RAP_OK);
    ck_assert_uint_eq (lines.count, 1);
}
END_TEST

//  --- what is refused -----------------------------------------------------------

START_TEST (pages_without_words_are_refused)
{
    page ();
    page ();
    word (100, 100, 10, "1", 1);
    ck_assert_int_eq (read_lines (), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "OCR"));
}
END_TEST

START_TEST (letters_without_a_meaning_are_refused)
{
    page ();
    set (LEFT, 100, SIZE, "\xEE\x80\x80\xEE\x80\x81 \xEF\xBF\xBD\xEE\x80\x82 a \xEE\x80\x83");
    ck_assert_int_eq (read_lines (), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "fonts"));
}
END_TEST

START_TEST (output_of_another_program_is_refused)
{
    static const char *const wrong[] = {
        "",
        "words",
        "<doc>\n",
        "\n<doc>\n<word xMin=\"1\" yMin=\"1\" xMax=\"2\" yMax=\"2\">before its page</word>\n",
        "\n<doc>\n<page width=\"1e9\" height=\"2\">\n",
        "\n<doc>\n<page width=\"99999999\" height=\"2\">\n",
        "\n<doc>\n<page width=\"9.9.9\" height=\"2\">\n",
        "\n<doc>\n<page width=\"\" height=\"2\">\n",
        "\n<doc>\n<page width=\"nan\" height=\"2\">\n",
        "\n<doc>\n<page width=\"6\" height=\"8\">\n<word xMin=\"1\" yMin=\"1\" xMax=\"2\" yMax=\"2\">open",
        "\n<doc>\n<page width=\"6\" height=\"8\">\n<word xMin=\"1\" yMin=\"1\" xMax=\"2\" yMax=\"2\">a<b></word>",
        "\n<doc>\n<page width=\"6\" height=\"8\">\n<word xMin=\"11111111111111111111111111\" yMin=\"1\"",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        strcpy (output, wrong[i]);
        ck_assert_int_eq (rap_pdf_output_lines (output, strlen (output), arena, &lines, &reason), RAP_REFUSED);
        ck_assert_ptr_nonnull (strstr (reason.text, "not understood"));
    }
}
END_TEST

START_TEST (too_many_pages_are_refused)
{
    char *many = malloc ((size_t)(RAP_PDF_PAGES_MAX + 2) * 32);
    char *at = many + sprintf (many, "\n<doc>\n");
    for (int i = 0; i <= RAP_PDF_PAGES_MAX; i++)
        at += sprintf (at, "<page width=\"6\" height=\"8\">\n");
    ck_assert_int_eq (rap_pdf_output_lines (many, (size_t)(at - many), arena, &lines, &reason), RAP_REFUSED);
    ck_assert_ptr_nonnull (strstr (reason.text, "50000 pages"));
    free (many);
}
END_TEST

//  --- the program ---------------------------------------------------------------

static const char *refusal_of (const char *program, const char *bytes)
{
    rap_document_t document = {.number = 0};
    setenv ("RAPPORTEUR_PDFTOTEXT", program, 1);
    reason.text[0] = 0;
    ck_assert_int_eq (rap_pdf_lines (rap_text (bytes), arena, &document, &lines, &reason), RAP_REFUSED);
    unsetenv ("RAPPORTEUR_PDFTOTEXT");
    return reason.text;
}

START_TEST (a_missing_program_is_named_with_its_package)
{
    ck_assert_ptr_nonnull (strstr (refusal_of ("/nowhere/pdftotext", "%PDF-1.4\n"), "poppler-utils"));
}
END_TEST

static rap_confined_t confine (const char *script, rap_text_t input, size_t output_max, unsigned seconds)
{
    static const char *const envp[] = {NULL};
    const char *const argv[] = {"sh", "-c", script, NULL};
    rap_confine_t what = {.path = "/bin/sh",
                          .argv = argv,
                          .envp = envp,
                          .input = input,
                          .output_max = output_max,
                          .memory_max = UINT64_C (256) << 20,
                          .seconds = seconds};
    rap_confined_t ran;
    ck_assert_int_eq (rap_confine_run (&what, &ran, &reason), RAP_OK);
    return ran;
}

START_TEST (what_goes_in_comes_out)
{
    rap_confined_t ran = confine ("read a; echo \"<$a>\"; echo trouble >&2; exit 3", RAP_TEXT ("bridge\n"), 100, 30);
    ck_assert_int_eq (ran.end, RAP_CONFINED_ENDED);
    ck_assert_int_eq (ran.status, 3);
    ck_assert_str_eq (ran.output, "<bridge>\n");
    ck_assert_str_eq (ran.complaint, "trouble\n");
    free (ran.output);
}
END_TEST

START_TEST (nothing_is_written_started_or_called)
{
    char path[] = "/tmp/rapporteur-confine-XXXXXX", script[200];
    int fd = mkstemp (path);
    ck_assert_int_ge (fd, 0);
    close (fd);
    snprintf (script, sizeof script, "echo x > %s && echo WROTE; echo x > %s.new && echo MADE; (echo FORKED)", path,
              path);
    rap_confined_t ran = confine (script, RAP_TEXT (""), 1000, 30);
    ck_assert_ptr_null (ran.output_len ? strstr (ran.output, "WROTE") : NULL);
    ck_assert_ptr_null (ran.output_len ? strstr (ran.output, "MADE") : NULL);
    ck_assert_ptr_null (ran.output_len ? strstr (ran.output, "FORKED") : NULL);
    free (ran.output);
    unlink (path);
}
END_TEST

START_TEST (a_program_without_end_is_ended)
{
    rap_confined_t ran = confine ("while :; do :; done", RAP_TEXT (""), 100, 1);
    ck_assert_int_eq (ran.end, RAP_CONFINED_TOO_LONG);
    free (ran.output);
    //  Also one that waits, with its outputs closed.
    ran = confine ("exec >&- 2>&-; while :; do :; done", RAP_TEXT (""), 100, 1);
    ck_assert_int_eq (ran.end, RAP_CONFINED_TOO_LONG);
    free (ran.output);
}
END_TEST

START_TEST (output_without_end_is_ended)
{
    rap_confined_t ran = confine ("while :; do echo bridge; done", RAP_TEXT (""), 100000, 30);
    ck_assert_int_eq (ran.end, RAP_CONFINED_TOO_MUCH);
    free (ran.output);
    ran = confine ("i=0; while [ $i -lt 20000 ]; do echo bridge >&2; i=$((i+1)); done", RAP_TEXT (""), 100, 30);
    ck_assert_int_eq (ran.end, RAP_CONFINED_ENDED);
    ck_assert_uint_eq (strlen (ran.complaint), RAP_COMPLAINT_MAX - 1);
    free (ran.output);
}
END_TEST

START_TEST (a_program_that_dies_is_told_so)
{
    rap_confined_t ran = confine ("a=x; while :; do a=$a$a$a$a; done", RAP_TEXT (""), 100, 60);
    ck_assert (ran.end != RAP_CONFINED_ENDED || ran.status != 0); //  no memory left
    free (ran.output);
}
END_TEST

static Suite *suite (void)
{
    Suite *s = suite_create ("pdf");
    TCase *c = tcase_create ("lines");
    tcase_add_checked_fixture (c, setup, teardown);
    tcase_add_test (c, paragraphs_begin_with_an_indent_and_go_on);
    tcase_add_test (c, white_space_parts_paragraphs);
    tcase_add_test (c, heads_and_feet_of_pages_are_furniture);
    tcase_add_test (c, a_masthead_with_the_symbol_of_the_running_heads_is_text);
    tcase_add_test (c, a_paragraph_goes_on_over_a_page);
    tcase_add_test (c, a_full_last_line_goes_on_over_a_page);
    tcase_add_test (c, notes_stand_under_a_rule_and_their_marks_are_raised);
    tcase_add_test (c, small_notes_need_no_rule_and_a_note_goes_on_over_a_page);
    tcase_add_test (c, notes_as_large_as_the_text_have_raised_marks);
    tcase_add_test (c, stars_are_marks_where_a_note_has_them);
    tcase_add_test (c, two_columns_are_read_one_after_the_other);
    tcase_add_test (c, a_table_is_read_row_by_row);
    tcase_add_test (c, a_cell_of_several_lines_is_one);
    tcase_add_test (c, large_type_is_strong_and_the_middle_is_told);
    tcase_add_test (c, a_title_goes_on_within_margins_of_its_own);
    tcase_add_test (c, letters_that_were_moved_make_no_space);
    tcase_add_test (c, entities_and_ligatures_are_letters);
    tcase_add_test (c, words_off_the_page_or_upright_are_left_out);
    tcase_add_test (c, pages_without_words_are_refused);
    tcase_add_test (c, letters_without_a_meaning_are_refused);
    tcase_add_test (c, output_of_another_program_is_refused);
    tcase_add_test (c, too_many_pages_are_refused);
    suite_add_tcase (s, c);
    TCase *p = tcase_create ("program");
    tcase_add_checked_fixture (p, setup, teardown);
    tcase_set_timeout (p, 120);
    tcase_add_test (p, a_missing_program_is_named_with_its_package);
    tcase_add_test (p, what_goes_in_comes_out);
    tcase_add_test (p, nothing_is_written_started_or_called);
    tcase_add_test (p, a_program_without_end_is_ended);
    tcase_add_test (p, output_without_end_is_ended);
    tcase_add_test (p, a_program_that_dies_is_told_so);
    suite_add_tcase (s, p);
    return s;
}

int main (void)
{
    SRunner *runner = srunner_create (suite ());
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed != 0;
}
