//  docx: small documents to lines, and what is refused.
#include <check.h>
#include <stdio.h>

#include "rapporteur/limits.h"

#include "../forms/zipped.h"
#include "docx_numbering.h"
#include "docx_sign.h"
#include "form.h"
#include "zip.h"

#define W "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"
#define MC " xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
#define DOCUMENT(body) "<w:document " W MC "><w:body>" body "</w:body></w:document>"
#define RUN(text) "<w:r><w:t xml:space='preserve'>" text "</w:t></w:r>"
#define SET(properties, text) "<w:r><w:rPr>" properties "</w:rPr><w:t xml:space='preserve'>" text "</w:t></w:r>"
#define P(inside) "<w:p>" inside "</w:p>"
#define PP(properties, inside) "<w:p><w:pPr>" properties "</w:pPr>" inside "</w:p>"
#define STYLED(style, text) PP ("<w:pStyle w:val='" style "'/>", RUN (text))
#define NUMBERED(numbering, level, text)                                                                             \
    PP ("<w:numPr><w:ilvl w:val='" level "'/><w:numId w:val='" numbering "'/></w:numPr>", RUN (text))

//  --- telling lines ----------------------------------------------------------

static void tell_text (FILE *out, const rap_lines_t *lines, const rap_line_t *line)
{
    uint32_t run = line->runs, end = line->runs + line->runs_count;
    for (uint32_t at = 0; at <= line->len; at++) {
        if (run < end && lines->runs[run].end == at) {
            unsigned style = lines->runs[run++].style;
            fputs (style & RAP_RUN_MARK ? "}" : "", out);
            fputs (style & RAP_RUN_BOLD ? "#" : "", out);
            fputs (style & RAP_RUN_ITALIC ? "/" : "", out);
        }
        if (run < end && lines->runs[run].at == at) {
            unsigned style = lines->runs[run].style;
            fputs (style & RAP_RUN_ITALIC ? "/" : "", out);
            fputs (style & RAP_RUN_BOLD ? "#" : "", out);
            fputs (style & RAP_RUN_MARK ? "{" : "", out);
        }
        if (at < line->len)
            fputc (line->at[at], out);
    }
}

//  A line each: its level, '*' strong, '=' centred, '+' of a table; 'note ' or 'more '
//  before notes; /italic/, #bold#, {mark}.
static char *tell (rap_text_t bytes)
{
    rap_arena_t *arena = rap_arena_new ();
    rap_lines_t lines = {.count = 0};
    rap_document_t document = {.number = 0};
    rap_reason_t reason = {""};
    char *told = NULL;
    size_t size;
    FILE *out = open_memstream (&told, &size);
    if (rap_docx_lines (bytes, arena, &document, &lines, &reason) != RAP_OK)
        fprintf (out, "refused: %s", reason.text);
    for (uint32_t i = 0; i < lines.count; i++) {
        const rap_line_t *line = &lines.at[i];
        if (line->level)
            fprintf (out, "%d", line->level);
        fputs (line->flags & RAP_LINE_STRONG ? "*" : "", out);
        fputs (line->flags & RAP_LINE_CENTRED ? "=" : "", out);
        fputs (line->flags & RAP_LINE_TABLE ? "+" : "", out);
        fputs (line->kind == RAP_LINE_NOTE ? "note " : line->kind == RAP_LINE_NOTE_MORE ? "more " : "", out);
        tell_text (out, &lines, line);
        fputc ('\n', out);
    }
    fclose (out);
    char *copy = strdup (told);
    free (told);
    rap_arena_destroy (&arena);
    return copy;
}

static void expect_bytes (rap_text_t bytes, const char *expected, bool all)
{
    char *told = tell (bytes);
    bool good = all ? strcmp (told, expected) == 0 : strstr (told, expected) != NULL;
    ck_assert_msg (good, "expected:\n%s\nfound:\n%s", expected, told);
    free (told);
    free ((char *)(uintptr_t)bytes.at);
}

static rap_text_t docx (const char *document, const char *styles, const char *numbering, const char *footnotes,
                        const char *endnotes, const char *settings)
{
    rap_text_t parts[ZIPPED_PARTS] = {rap_text (document),  rap_text (styles),   rap_text (numbering),
                                      rap_text (footnotes), rap_text (endnotes), rap_text (settings)};
    return zipped_docx (parts);
}

static void expect (const char *document, const char *expected)
{
    expect_bytes (docx (document, NULL, NULL, NULL, NULL, NULL), expected, true);
}

static void expect_refused (const char *document, const char *said)
{
    expect_bytes (docx (document, NULL, NULL, NULL, NULL, NULL), said, false);
}

//  --- text -------------------------------------------------------------------

START_TEST (paragraphs_and_what_is_printed_in_them)
{
    expect (DOCUMENT (P (RUN ("United") RUN (" Nations")) P ("")
                          P ("<w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r>")
                              P ("<w:r><w:t>Inter</w:t><w:noBreakHyphen/><w:t>Agency co</w:t><w:softHyphen/>"
                                 "<w:t>operation</w:t></w:r>")),
            "United Nations\nOne two three\nInter\xE2\x80\x91"
            "Agency cooperation\n");
    //  A break parts what is typed as several paragraphs, and nothing else.
    expect (DOCUMENT (P ("<w:r><w:t>Asks them:</w:t><w:br/><w:t>(a) To sow</w:t><w:br/><w:t>oats;</w:t><w:br/>"
                         "<w:t>(ii)\xC2\xA0To reap.</w:t><w:br/><w:t>3. Decides.</w:t></w:r>")
                          P ("<w:r><w:t>One.</w:t><w:br/><w:br/><w:t>Two (2)</w:t><w:br/><w:t>(see it)</w:t></w:r>")),
            "Asks them:\n(a) To sow oats;\n(ii)\xC2\xA0To reap.\n3. Decides.\nOne.\nTwo (2) (see it)\n");
    expect (DOCUMENT (P ("<w:r><w:sym w:font='Symbol' w:char='F0B3'/><w:t> 5 </w:t>"
                         "<w:sym w:font='Wingdings' w:char='F0FC'/><w:t>per cent &amp; more</w:t></w:r>")),
            "\xE2\x89\xA5 5 per cent & more\n");
}
END_TEST

START_TEST (changes_that_were_tracked)
{
    expect (
        DOCUMENT (P (RUN ("Urges ") "<w:ins>" RUN (
            "all ") "</w:ins><w:del><w:r><w:delText>some</w:delText></w:r>" RUN ("few ") "</w:del>" RUN ("States"))
                      P ("<w:moveFrom>" RUN ("gone") "</w:moveFrom><w:moveTo>" RUN ("here") "</w:moveTo>")
                          PP ("<w:rPr><w:del/></w:rPr>", RUN ("The end ")) P (RUN ("was deleted"))),
        "Urges all States\nhere\nThe end was deleted\n");
}
END_TEST

START_TEST (what_is_not_printed)
{
    expect (DOCUMENT (P (RUN ("Seen") SET ("<w:vanish/>", " hidden") SET ("<w:vanish w:val='0'/>", " again"))
                          P ("<w:commentRangeStart w:id='1'/>" RUN (
                              "Text") "<w:r><w:commentReference "
                                      "w:id='1'/></w:r>") "<w:sdt><w:sdtPr><w:"
                                                          "showingPlcHdr/></"
                                                          "w:sdtPr><w:"
                                                          "sdtContent>" P (RUN (
                                                              "Click here")) "</w:sdtContent></w:sdt><w:sdt><w:sdtPr/"
                                                                             "><w:sdtContent>" P (RUN ("Filled "
                                                                                                       "in")) "</"
                                                                                                              "w:"
                                                                                                              "sdt"
                                                                                                              "Con"
                                                                                                              "ten"
                                                                                                              "t><"
                                                                                                              "/w:"
                                                                                                              "sdt"
                                                                                                              ">"
                                                                                                              "<w:"
                                                                                                              "sec"
                                                                                                              "tPr"
                                                                                                              "><"
                                                                                                              "w:"
                                                                                                              "hea"
                                                                                                              "der"
                                                                                                              "Ref"
                                                                                                              "ere"
                                                                                                              "nce"
                                                                                                              " w:"
                                                                                                              "typ"
                                                                                                              "e='"
                                                                                                              "def"
                                                                                                              "aul"
                                                                                                              "t'/"
                                                                                                              "></"
                                                                                                              "w:"
                                                                                                              "sec"
                                                                                                              "tPr"
                                                                                                              ">"),
            "Seen again\nText\nFilled in\n");
}
END_TEST

#define FIELD(kind) "<w:r><w:fldChar w:fldCharType='" kind "'/></w:r>"
START_TEST (fields_give_their_results)
{
    expect (DOCUMENT (P (RUN ("See ") FIELD ("begin") "<w:r><w:instrText> REF x </w:instrText></w:r>" RUN (
                "instruction") FIELD ("separate") RUN ("para. 3") FIELD ("end") RUN (" above"))
                          P ("<w:fldSimple w:instr='DATE'>" RUN ("2039") "</w:fldSimple>" RUN ("."))
                      //  one without a result, and one that never ends
                      P (FIELD ("begin") RUN ("TOC") FIELD ("end") RUN ("After") FIELD ("begin") RUN ("never"))
                          P (RUN ("Still read"))),
            "See para. 3 above\n2039.\nAfter\nStill read\n");
}
END_TEST

START_TEST (text_boxes_are_read_once)
{
    expect (
        DOCUMENT (P ("<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:txbxContent>" P (RUN (
            "In a box")) "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>" P (RUN ("In a box")) "</"
                                                                                                         "w:"
                                                                                                         "txbxContent"
                                                                                                         "></"
                                                                                                         "mc:"
                                                                                                         "Fallback></"
                                                                                                         "mc:"
                                                                                                         "AlternateCo"
                                                                                                         "ntent></"
                                                                                                         "w:r>" RUN (
                                                                                                             "Around "
                                                                                                             "it"))
                      P ("<w:r><w:pict><w:txbxContent>" P (RUN ("Old box")) "</w:txbxContent></w:pict></w:r>")),
        "Around it\nIn a box\nOld box\n");
}
END_TEST

//  --- letters and headings ---------------------------------------------------

#define STYLES(inside) "<w:styles " W ">" inside "</w:styles>"
#define STYLE(id, base, inside)                                                                                      \
    "<w:style w:type='paragraph' w:styleId='" id "'><w:basedOn w:val='" base "'/>" inside "</w:style>"
static const char styles[] = STYLES (
    "<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val='20'/></w:rPr></w:rPrDefault></w:docDefaults>"
    "<w:style w:type='paragraph' w:default='1' w:styleId='Normal'/>"
    "<w:style w:type='character' w:styleId='Strong'><w:rPr><w:b/></w:rPr></w:style>"
    "<w:style w:type='character' w:styleId='Sign'><w:rPr><w:vertAlign w:val='superscript'/></w:rPr></w:style>" STYLE (
        "Head", "Normal", "<w:pPr><w:outlineLvl w:val='0'/></w:pPr><w:rPr><w:b/><w:sz w:val='24'/></w:rPr>")
        STYLE ("Chapter", "Head", "<w:rPr><w:sz w:val='28'/></w:rPr>")
            STYLE ("Small", "Head",
                   "<w:pPr><w:outlineLvl w:val='1'/><w:jc w:val='center'/></w:pPr><w:rPr><w:b w:val='0'/></w:rPr>")
                STYLE ("Quote", "Normal", "<w:rPr><w:i/></w:rPr>")
                    STYLE ("Contents", "Normal",
                           "<w:pPr><w:tabs><w:tab w:val='right' w:leader='dot' w:pos='9'/></w:tabs></w:pPr>"));

static void expect_styled (const char *document, const char *expected)
{
    expect_bytes (docx (document, styles, NULL, NULL, NULL, NULL), expected, true);
}

START_TEST (how_words_are_set)
{
    expect_styled (
        DOCUMENT (P (SET ("<w:i/>", "Urges") RUN (" States ") SET ("<w:b/>", "now")) STYLED ("Quote", "All of it")
                      PP ("<w:pStyle w:val='Quote'/>", SET ("<w:i w:val='false'/>", "none") RUN (" but this"))
                          P (SET ("<w:rStyle w:val='Strong'/>", "Strong") RUN (" style"))
                              PP ("<w:pStyle w:val='Head'/>", SET ("<w:rStyle w:val='Strong'/>", "Twice"))),
        "/Urges/ States #now#\n/All of it/\nnone /but this/\n#Strong# style\n1Twice\n");
}
END_TEST

START_TEST (headings_by_outline_and_size)
{
    expect_styled (
        DOCUMENT (STYLED ("Head", "A. Wells") STYLED ("Chapter", "I. Water") STYLED ("Small", "Springs")
                      PP ("<w:outlineLvl w:val='4'/>", RUN ("Direct"))
                          PP ("<w:pStyle w:val='Head'/><w:outlineLvl w:val='9'/>", RUN ("None"))
                              STYLED ("Head", "A sentence that somebody gave the style of a heading though it "
                                              "ends as sentences do.") STYLED ("No such style", "Plain")),
        "2*#A. Wells#\n1*#I. Water#\n3=Springs\n4Direct\n*#None#\n"
        "*#A sentence that somebody gave the style of a heading though it ends as sentences do.#\nPlain\n");
}
END_TEST

START_TEST (dots_that_lead_to_a_page)
{
    expect_styled (
        DOCUMENT (PP ("<w:pStyle w:val='Contents'/>",
                      "<w:r><w:t>I.</w:t><w:tab/><w:t>Water</w:t><w:tab/><w:t>12</w:t></w:r>")
                      PP ("<w:pStyle w:val='Contents'/>", "<w:r><w:t>I.</w:t><w:tab/><w:t>Wells</w:t></w:r>")),
        "I. Water ..... 12\nI. Wells\n");
}
END_TEST

//  --- numbers ----------------------------------------------------------------

#define LEVEL(level, format, text, more)                                                                             \
    "<w:lvl w:ilvl='" level "'><w:start w:val='1'/><w:numFmt w:val='" format "'/><w:lvlText w:val='" text "'/>" more \
    "</w:lvl>"
#define OUTLINE(id, inside) "<w:abstractNum w:abstractNumId='" id "'>" inside "</w:abstractNum>"
#define NUMBERING(id, outline, more) "<w:num w:numId='" id "'><w:abstractNumId w:val='" outline "'/>" more "</w:num>"
#define START(level, start) "<w:lvlOverride w:ilvl='" level "'><w:startOverride w:val='" start "'/></w:lvlOverride>"

static const char numbering[] =
    "<w:numbering " W
    ">" OUTLINE ("7", LEVEL ("0", "decimal", "%1.", "") LEVEL ("1", "lowerLetter", "(%2)", "")
                          LEVEL ("2", "lowerRoman", "(%3)", "") LEVEL ("3", "decimal", "%1.%2.%4", "<w:isLgl/>"))
        OUTLINE ("8", LEVEL ("0", "upperRoman", "%1.", "<w:pStyle w:val='Chapter'/>")
                          LEVEL ("1", "upperLetter", "%2.", "<w:pStyle w:val='Head'/>")
                              LEVEL ("2", "decimal", "%3)", "<w:lvlRestart w:val='0'/>"))
            OUTLINE ("9", LEVEL ("0", "bullet", "\xEF\x82\xB7", "") LEVEL ("1", "bullet", "\xE2\x80\x93", "")
                              LEVEL ("2", "none", "", "")) OUTLINE ("10", "<w:numStyleLink w:val='Listed'/>")
                NUMBERING ("1", "7", "") NUMBERING ("2", "8", "") NUMBERING ("3", "9", "")
                    NUMBERING ("4", "7", START ("0", "1")) NUMBERING ("5", "7", START ("0", "20"))
                        NUMBERING ("6", "10", "") NUMBERING ("11", "404", "") "</w:numbering>";

static void expect_numbered (const char *style, const char *document, const char *expected)
{
    expect_bytes (docx (document, style, numbering, NULL, NULL, NULL), expected, true);
}

START_TEST (numbers_count_and_begin_anew)
{
    expect_numbered (NULL,
                     DOCUMENT (NUMBERED ("1", "0", "Urges:") NUMBERED ("1", "1", "One;") NUMBERED ("1", "1", "Two:")
                                   NUMBERED ("1", "2", "Deep;") NUMBERED ("1", "0", "Requests:")
                                       NUMBERED ("1", "1", "One;") NUMBERED ("1", "3", "Legal")
                               //  a numbering of the same outline goes on, one that says so begins anew
                               NUMBERED ("4", "0", "First") NUMBERED ("4", "0", "Second") NUMBERED ("1", "0", "Third")
                                   NUMBERED ("5", "0", "Twentieth")),
                     "1. Urges:\n(a) One;\n(b) Two:\n(i) Deep;\n2. Requests:\n(a) One;\n2.1.1 Legal\n"
                     "1. First\n2. Second\n3. Third\n20. Twentieth\n");
}
END_TEST

START_TEST (levels_passed_over_and_never_restarted)
{
    expect_numbered (NULL,
                     DOCUMENT (NUMBERED ("2", "1", "First") NUMBERED ("2", "2", "Item") NUMBERED ("2", "0", "Next")
                                   NUMBERED ("2", "2", "Item") NUMBERED ("2", "1", "Under")),
                     "A. First\n1) Item\nI. Next\n2) Item\nA. Under\n");
}
END_TEST

START_TEST (signs_in_place_of_numbers)
{
    expect_numbered (NULL,
                     DOCUMENT (NUMBERED ("3", "0", "</w:t><w:br/><w:t>") NUMBERED ("3", "0", "Dot") NUMBERED (
                         "3", "1", "Dash") NUMBERED ("3", "2", "Nothing") NUMBERED ("0", "0", "Taken away")
                                   NUMBERED ("11", "0", "No outline") NUMBERED ("99", "0", "No numbering")
                                       NUMBERED ("1", "77", "No level") NUMBERED ("1", "5", "Level not given")),
                     "\xE2\x80\xA2 Dot\n\xE2\x80\x93 Dash\nNothing\nTaken away\nNo outline\nNo numbering\nNo level\n"
                     "Level not given\n");
}
END_TEST

START_TEST (numbers_of_styles)
{
    static const char numbered[] = STYLES (
        STYLE ("Chapter", "", "<w:pPr><w:numPr><w:numId w:val='2'/></w:numPr></w:pPr>") STYLE ("Head", "Chapter", "")
            STYLE ("Listed", "", "<w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr>"));
    expect_numbered (numbered,
                     DOCUMENT (STYLED ("Chapter", "Water") STYLED ("Head", "Wells") STYLED ("Head", "Springs")
                                   PP ("<w:pStyle w:val='Head'/><w:numPr><w:numId w:val='0'/></w:numPr>",
                                       RUN ("Bare")) STYLED ("Chapter", "Fire") STYLED ("Listed", "Item")
                                       NUMBERED ("6", "0", "By the style's list") P ("") STYLED ("Listed", "")
                                           STYLED ("Listed", "An empty one counts")),
                     "I. Water\nA. Wells\nB. Springs\nBare\nII. Fire\n1. Item\n1. By the style's list\n"
                     "3. An empty one counts\n");
}
END_TEST

START_TEST (numbers_are_printed_in_many_ways)
{
    static const struct {
        const char *format;
        uint32_t number;
        const char *printed;
    } cases[] = {{"decimal", 12, "12"},
                 {"decimalZero", 7, "07"},
                 {"lowerLetter", 27, "aa"},
                 {"upperLetter", 26, "Z"},
                 {"lowerRoman", 19, "xix"},
                 {"upperRoman", 44, "XLIV"},
                 {"ordinal", 22, "22nd"},
                 {"ordinal", 12, "12th"},
                 {"ordinal", 13, "13th"},
                 {"ordinal", 31, "31st"},
                 {"chicago", 6, "\xE2\x80\xA0\xE2\x80\xA0"},
                 {"none", 5, ""},
                 {"klingon", 5, "5"},
                 {"upperRoman", 4000000, "4000000"},
                 {"lowerLetter", 0, "0"},
                 {"lowerLetter", 1000000, "1000000"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        size_t len =
            rap_docx_format_number (rap_docx_format (rap_text (cases[i].format)), cases[i].number, text, sizeof text);
        ck_assert_msg (rap_text_equal (rap_text_of (text, len), rap_text (cases[i].printed)), "%s %u is %.*s",
                       cases[i].format, cases[i].number, (int)len, text);
        ck_assert_uint_eq (
            rap_docx_format_number (rap_docx_format (rap_text (cases[i].format)), cases[i].number, text, 0), 0);
    }
}
END_TEST

//  --- notes ------------------------------------------------------------------

#define REFERENCE(kind, id) "<w:r><w:" kind "Reference w:id='" id "'/></w:r>"
#define BY_HAND(id, mark) "<w:r><w:footnoteReference w:id='" id "' w:customMarkFollows='1'/><w:t>" mark "</w:t></w:r>"
#define NOTE(id, inside) "<w:footnote w:id='" id "'>" inside "</w:footnote>"
static const char footnotes[] = "<w:footnotes " W "><w:footnote w:type='separator' w:id='0'>" P (
    RUN ("rule")) "</w:footnote>" NOTE ("1", P ("<w:r><w:footnoteRef/></w:r>" RUN (" Resolution 217 A (III).")))
    NOTE ("2", P (RUN ("* ") RUN ("Item 3.")) P (RUN ("More of it.")))
        NOTE ("3", P ("<w:r><w:footnoteRef/></w:r>" SET ("<w:i/>", "Ibid") RUN ("., para. 4."))) "</w:footnotes>";
static const char endnotes[] =
    "<w:endnotes " W "><w:endnote w:id='1'>" P (RUN ("At the end.")) "</w:endnote></w:endnotes>";

START_TEST (notes_follow_the_paragraph_that_refers_to_them)
{
    static const char body[] = DOCUMENT (
        P (RUN ("Recalling it,") REFERENCE ("footnote", "1") RUN (" and that") BY_HAND ("2", "*"))
            P (RUN ("Noting") REFERENCE ("endnote", "1") REFERENCE ("footnote", "3"))
                P (RUN ("Missing") REFERENCE ("footnote", "77") RUN (" or twice") REFERENCE ("footnote", "1")));
    expect_bytes (
        docx (body, NULL, NULL, footnotes, endnotes, NULL),
        "Recalling it,{1} and that{*}\nnote {1} Resolution 217 A (III).\nnote {*} Item 3.\nmore More of it.\n"
        "Noting{i}{2}\nnote {i} At the end.\nnote {2} /Ibid/., para. 4.\nMissing{3} or twice{4}\n",
        true);
}
END_TEST

#define SECTION(inside) "<w:sectPr><w:footnotePr>" inside "</w:footnotePr></w:sectPr>"
START_TEST (notes_are_numbered_as_settings_and_sections_say)
{
    static const char settings[] =
        "<w:settings " W "><w:footnotePr><w:numFmt w:val='lowerLetter'/><w:numStart w:val='2'/>"
        "</w:footnotePr></w:settings>";
    static const char body[] = DOCUMENT (
        P (RUN ("One") REFERENCE ("footnote", "1")) PP (SECTION (""), RUN ("Two") REFERENCE ("footnote", "2"))
            P (RUN ("Three") REFERENCE ("footnote", "3"))
                SECTION ("<w:numRestart w:val='eachSect'/><w:numFmt w:val='decimal'/><w:numStart w:val='1'/>"));
    expect_bytes (docx (body, NULL, NULL, footnotes, NULL, settings),
                  "One{b}\nnote {b} Resolution 217 A (III).\nTwo{c}\nnote {c} * Item 3.\nmore More of it.\n"
                  "Three{1}\nnote {1} /Ibid/., para. 4.\n",
                  true);
}
END_TEST

START_TEST (notes_of_each_page)
{
    static const char settings[] =
        "<w:settings " W "><w:footnotePr><w:numRestart w:val='eachPage'/></w:footnotePr></w:settings>";
    static const char body[] = DOCUMENT (P (RUN ("One") REFERENCE ("footnote", "1") REFERENCE ("footnote", "2")) P (
        "<w:r><w:lastRenderedPageBreak/><w:t>Two</w:t></w:r>" REFERENCE ("footnote", "3")));
    expect_bytes (docx (body, NULL, NULL, footnotes, NULL, settings),
                  "One{1}{2}\nnote {1} Resolution 217 A (III).\nnote {2} * Item 3.\nmore More of it.\n"
                  "Two{1}\nnote {1} /Ibid/., para. 4.\n",
                  true);
}
END_TEST

#define RAISED(text) SET ("<w:vertAlign w:val='superscript'/>", text)
START_TEST (marks_that_were_typed)
{
    expect_bytes (
        docx (DOCUMENT (P (RUN ("Rules") RAISED ("1, 2") RUN (" and 10") RAISED ("6") RUN (" in 2039") RAISED ("3"))
                            P (RUN ("The 21") RAISED ("st") RUN (" of ") RAISED ("1") RAISED ("2") RUN (" items"))
                                P (RAISED ("1 ") RUN ("A note typed as a paragraph."))),
              styles, NULL, footnotes, NULL, NULL),
        "Rules{1}{2} and 106 in 2039{3}\nThe 21st of {12} items\n{1} A note typed as a paragraph.\n", true);
}
END_TEST

//  --- tables -----------------------------------------------------------------

#define CELL(inside) "<w:tc><w:tcPr/>" inside "</w:tc>"
#define ROW(inside) "<w:tr>" inside "</w:tr>"
#define TABLE(inside) "<w:tbl><w:tblPr/>" inside "</w:tbl>"
#define HEAD P (RUN ("1")) P (RUN ("2")) P (RUN ("3"))

START_TEST (a_masthead_is_no_table)
{
    expect (DOCUMENT (TABLE (
                ROW (CELL (P ("")) CELL (P (RUN ("United Nations"))) CELL (P (RUN ("A") RUN ("/95/1"))))
                    ROW (CELL (P ("")) CELL (P (RUN ("General Assembly")))
                             CELL ("<w:p><w:r><w:t>Distr.: General</w:t><w:br/><w:t>3 May 2039</w:t></w:r></w:p>" P (
                                 RUN ("Original: English"))))) P (RUN ("Ninety-fifth session"))),
            "United Nations\nA/95/1\nGeneral Assembly\nDistr.: General\n3 May 2039\nOriginal: English\n"
            "Ninety-fifth session\n");
}
END_TEST

START_TEST (tables_are_rows_of_cells)
{
    expect (DOCUMENT (HEAD TABLE (ROW (CELL (P (RUN ("State"))) CELL (P (RUN ("Year"))) CELL (P (RUN ("Sum")))) ROW (
                CELL (P (RUN ("Chad")) P (RUN ("(part)"))) CELL (P (""))
                    CELL (P (RUN ("7")))) "<w:tr><w:trPr><w:del/></w:trPr>" CELL (P (RUN ("old")))
                                      CELL (P (RUN ("row"))) "</w:tr>" ROW (CELL (P (RUN ("Mali")))))
                      //  a box around text
                      TABLE (ROW (CELL (P (RUN ("Summary")))) ROW (CELL (P (RUN ("It rose.")) P (RUN ("It fell.")))))
                          TABLE (ROW (CELL (P (RUN ("Left"))) CELL (P (RUN ("Right")))))),
            "1\n2\n3\n+State | Year | Sum\n+Chad (part) | | 7\n+Mali\nSummary\nIt rose.\nIt fell.\nLeft\nRight\n");
}
END_TEST

START_TEST (tables_in_tables_and_notes_in_them)
{
    expect_bytes (
        docx (DOCUMENT (HEAD TABLE (ROW (CELL (P (RUN ("a") REFERENCE ("footnote", "1"))) CELL (P (RUN ("b")))) ROW (
                  CELL (TABLE (ROW (CELL (P (RUN ("in"))) CELL (P (RUN ("ner"))))) P ("")) CELL (P (RUN ("d")))))),
              NULL, NULL, footnotes, NULL, NULL),
        "1\n2\n3\n+a{1} | b\nnote {1} Resolution 217 A (III).\n+in ner | d\n", true);
}
END_TEST

//  --- what is refused --------------------------------------------------------

static rap_text_t copy (const char *bytes, size_t len)
{
    char *at = malloc (len);
    if (!at)
        abort ();
    memcpy (at, bytes, len);
    return rap_text_of (at, len);
}

static void expect_archive (const zipped_part_t *parts, size_t count, const char *said)
{
    expect_bytes (zipped (parts, count, true), said, false);
}
#define EXPECT_ARCHIVE(said, ...)                                                                                    \
    do {                                                                                                             \
        const zipped_part_t list[] = {__VA_ARGS__};                                                                  \
        expect_archive (list, sizeof list / sizeof *list, said);                                                     \
    } while (0)
#define TEXT(literal)                                                                                                \
    {                                                                                                                \
        (literal), sizeof (literal) - 1                                                                              \
    }
#define TYPES                                                                                                        \
    {                                                                                                                \
        "[Content_Types].xml", TEXT (ZIPPED_TYPES)                                                                   \
    }
#define RELATIONS                                                                                                    \
    {                                                                                                                \
        "_rels/.rels", TEXT (ZIPPED_RELATIONS)                                                                       \
    }
#define MAIN                                                                                                         \
    {                                                                                                                \
        "word/document.xml", TEXT (DOCUMENT (P (RUN ("Text"))))                                                      \
    }

START_TEST (archives_that_are_something_else)
{
    EXPECT_ARCHIVE ("this is an OpenDocument text (ODT)",
                    {"mimetype", TEXT ("application/vnd.oasis.opendocument.text")}, {"content.xml", TEXT ("<x/>")});
    EXPECT_ARCHIVE ("this is an OpenDocument spreadsheet",
                    {"mimetype", TEXT ("application/vnd.oasis.opendocument.spreadsheet")});
    EXPECT_ARCHIVE ("a ZIP archive, and no DOCX", {"a.txt", TEXT ("Text")});
    EXPECT_ARCHIVE (
        "an Excel workbook (XLSX)",
        {"[Content_Types].xml",
         TEXT ("<Types xmlns='" ZIPPED_PACKAGE "content-types'><Override PartName='/xl/workbook.xml' ContentType="
               "'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'/></Types>")},
        {"_rels/.rels",
         TEXT ("<Relationships xmlns='" ZIPPED_PACKAGE "relationships'><Relationship Type='" ZIPPED_OFFICE
               "/officeDocument' Target='/xl/workbook.xml'/></Relationships>")});
    expect_bytes (copy ("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old", 12),
                  "an old office document (DOC, XLS or PPT); save it as DOCX", false);
    expect_bytes (copy ("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
                        "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",
                        8 + 32),
                  "encrypted office document; save it without a password", false);
}
END_TEST

START_TEST (parts_that_are_missing_or_there_twice)
{
    EXPECT_ARCHIVE ("_rels/.rels: it is missing", TYPES, MAIN);
    EXPECT_ARCHIVE ("[Content_Types].xml: it is missing", RELATIONS, MAIN);
    EXPECT_ARCHIVE ("word/document.xml: it is missing", TYPES, RELATIONS);
    EXPECT_ARCHIVE ("names no main document", TYPES, {"_rels/.rels", TEXT ("<Relationships/>")}, MAIN);
    EXPECT_ARCHIVE ("word/document.xml: there is more than one", TYPES, RELATIONS, MAIN, MAIN);
    EXPECT_ARCHIVE (
        "word/styles.xml: it is missing", TYPES, RELATIONS, MAIN,
        {"word/_rels/document.xml.rels", TEXT ("<Relationships xmlns='" ZIPPED_PACKAGE
                                               "relationships'>" ZIPPED_RELATION ("styles") "</Relationships>")});
    expect_refused (DOCUMENT (P ("")), "no text in word/document.xml");
    expect_refused ("<html><body><p>Text</p></body></html>", "no text in word/document.xml");
}
END_TEST

START_TEST (names_are_never_paths)
{
    EXPECT_ARCHIVE ("../../etc/passwd: it is missing", TYPES,
                    {"_rels/.rels",
                     TEXT ("<Relationships xmlns='" ZIPPED_PACKAGE "relationships'><Relationship Type='" ZIPPED_OFFICE
                           "/officeDocument' Target='/../../etc/passwd'/></Relationships>")},
                    {"/etc/passwd", TEXT ("x")});
    //  A name with such steps is a name like others, and what is there is read.
    EXPECT_ARCHIVE ("Text\n", TYPES,
                    {"_rels/.rels",
                     TEXT ("<Relationships xmlns='" ZIPPED_PACKAGE "relationships'><Relationship Type='" ZIPPED_OFFICE
                           "/officeDocument' Target='a/../b.xml'/></Relationships>")},
                    {"a/../b.xml", TEXT (DOCUMENT (P (RUN ("Text"))))});
}
END_TEST

START_TEST (archives_that_are_damaged)
{
    rap_text_t whole =
        docx (DOCUMENT (P (RUN ("A text that is long enough to be cut anywhere."))), NULL, NULL, NULL, NULL, NULL);
    for (size_t len = 4; len < whole.len; len += 7)
        expect_bytes (copy (whole.at, len), "refused: ", false);
    char *broken = (char *)(uintptr_t)memmem (whole.at, whole.len, "long enough", 11);
    ck_assert_ptr_nonnull (broken);
    *broken = 'w'; //  what the checksum is for
    expect_bytes (whole, "word/document.xml: damaged", false);
    expect_bytes (copy ("PK\x03\x04 wells", 10), "a ZIP archive that is damaged or cut off", false);
}
END_TEST

START_TEST (an_archive_with_a_password)
{
    rap_text_t whole = docx (DOCUMENT (P (RUN ("Text"))), NULL, NULL, NULL, NULL, NULL);
    for (size_t at = 0; at + 10 < whole.len; at++) { //  the flag in each head, and in the directory
        char *head = (char *)(uintptr_t)whole.at + at;
        if (memcmp (head, "PK\x03\x04", 4) == 0)
            head[6] |= 1;
        if (memcmp (head, "PK\x01\x02", 4) == 0)
            head[8] |= 1;
    }
    expect_bytes (whole, "an encrypted ZIP archive", false);
}
END_TEST

START_TEST (an_archive_with_too_many_entries)
{
    enum { COUNT = RAP_ZIP_ENTRIES_MAX + 1 };
    zipped_part_t *parts = calloc (COUNT, sizeof *parts);
    ck_assert_ptr_nonnull (parts);
    for (int i = 0; i < COUNT; i++)
        parts[i] = (zipped_part_t){"x", {"", 0}};
    expect_archive (parts, COUNT, "more than 16384 entries");
    free (parts);
}
END_TEST

START_TEST (an_archive_that_unpacks_to_far_more)
{
    enum { SIZE = 64 * 1024 * 1024 };
    char *blank = malloc (SIZE);
    ck_assert_ptr_nonnull (blank);
    memset (blank, ' ', SIZE);
    memcpy (blank, "<a>", 3);
    zipped_part_t parts[] = {TYPES, RELATIONS, {"word/document.xml", rap_text_of (blank, SIZE)}};
    expect_archive (parts, 3, "word/document.xml: unpacks to more than 200 times the size of the archive");
    free (blank);
}
END_TEST

START_TEST (xml_that_reaches_out_or_grows)
{
    expect_refused ("<!DOCTYPE w:document [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><w:document " W
                    "><w:body>" P ("<w:r><w:t>&x;</w:t></w:r>") "</w:body></w:document>",
                    "word/document.xml: a document type (DOCTYPE)");
    expect_refused ("<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><a>&c;</a>",
                    "word/document.xml: a document type (DOCTYPE)");
    expect_refused ("<w:document " W "><w:body>" P (RUN ("&undefined;")) "</w:body></w:document>",
                    "word/document.xml: not well-formed XML, at line 1");
    expect_refused ("<?xml version='1.0' encoding='IBM037'?>" DOCUMENT (P (RUN ("caf\xE9"))), "not well-formed XML");
    expect_refused ("Lo\xA7\x94 not XML", "word/document.xml: not XML in UTF-8 or UTF-16");
    expect_refused (DOCUMENT (P (RUN ("never ends"))) "<more/>", "not well-formed XML");
    expect_refused ("<w:document " W "><w:body>" P (RUN ("cut")), "not well-formed XML");
}
END_TEST

//  `before` many times, then `middle`, then `after` as often.
static char *nested (const char *before, const char *middle, const char *after, size_t times)
{
    size_t room = (strlen (before) + strlen (after)) * times + strlen (middle) + 1;
    char *text = malloc (room), *at = text;
    if (!text)
        abort ();
    for (size_t i = 0; i < times; i++)
        at = stpcpy (at, before);
    at = stpcpy (at, middle);
    for (size_t i = 0; i < times; i++)
        at = stpcpy (at, after);
    return text;
}

START_TEST (nesting_without_end)
{
    char *deep = nested ("<a>", "", "</a>", 100000);
    expect_refused (deep, "word/document.xml: elements nested more than 200 deep, at line 1");
    free (deep);
    char *boxes = nested ("<w:p><w:r><w:txbxContent>", "", "</w:txbxContent></w:r></w:p>", 40);
    char *document = malloc (strlen (boxes) + 400);
    ck_assert_ptr_nonnull (document);
    sprintf (document, "<w:document " W ">%s</w:document>", boxes);
    expect_refused (document, "text boxes nested more than 15 deep");
    free (document);
    free (boxes);
    char *fields = nested (FIELD ("begin"), "", "", 100);
    document = malloc (strlen (fields) + 400);
    ck_assert_ptr_nonnull (document);
    sprintf (document, "<w:document " W "><w:p>%s</w:p></w:document>", fields);
    expect_refused (document, "fields nested more than 64 deep");
    free (document);
    free (fields);
}
END_TEST

START_TEST (an_element_with_attributes_without_end)
{
    enum { COUNT = 5000 };
    char *document = malloc (COUNT * 16), *at = document;
    ck_assert_ptr_nonnull (document);
    at += sprintf (at, "<a");
    for (int i = 0; i < COUNT; i++)
        at += sprintf (at, " a%d=''", i);
    sprintf (at, "/>");
    expect_refused (document, "an element with more than 4096 attributes");
    free (document);
}
END_TEST

START_TEST (styles_in_a_circle)
{
    expect_bytes (docx (DOCUMENT (P (RUN ("Text"))),
                        STYLES (STYLE ("a", "b", "") STYLE ("b", "c", "") STYLE ("c", "a", "")), NULL, NULL, NULL,
                        NULL),
                  "word/styles.xml: style 'a' is based on itself, or on others in more than 64 steps", false);
    //  A list that is a style's, whose list it is, has no levels.
    expect_bytes (docx (DOCUMENT (NUMBERED ("1", "0", "Text")),
                        STYLES (STYLE ("Listed", "", "<w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr>")),
                        "<w:numbering " W ">" OUTLINE ("1", "<w:numStyleLink w:val='Listed'/>")
                            NUMBERING ("1", "1", "") "</w:numbering>",
                        NULL, NULL, NULL),
                  "Text\n", true);
}
END_TEST

START_TEST (utf_16_is_read)
{
    static const char text[] = DOCUMENT (P (RUN ("Wide")));
    char *wide = malloc (2 * sizeof text);
    ck_assert_ptr_nonnull (wide);
    memcpy (wide, "\xFF\xFE", 2);
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        wide[2 + 2 * i] = text[i];
        wide[3 + 2 * i] = 0;
    }
    rap_text_t parts[ZIPPED_PARTS] = {rap_text_of (wide, 2 * sizeof text)};
    expect_bytes (zipped_docx (parts), "Wide\n", true);
    free (wide);
}
END_TEST

int main (void)
{
    Suite *suite = suite_create ("docx");
    TCase *tests = tcase_create ("docx");
    tcase_set_timeout (tests, 120);
    suite_add_tcase (suite, tests);
    tcase_add_test (tests, paragraphs_and_what_is_printed_in_them);
    tcase_add_test (tests, changes_that_were_tracked);
    tcase_add_test (tests, what_is_not_printed);
    tcase_add_test (tests, fields_give_their_results);
    tcase_add_test (tests, text_boxes_are_read_once);
    tcase_add_test (tests, how_words_are_set);
    tcase_add_test (tests, headings_by_outline_and_size);
    tcase_add_test (tests, dots_that_lead_to_a_page);
    tcase_add_test (tests, numbers_count_and_begin_anew);
    tcase_add_test (tests, levels_passed_over_and_never_restarted);
    tcase_add_test (tests, signs_in_place_of_numbers);
    tcase_add_test (tests, numbers_of_styles);
    tcase_add_test (tests, numbers_are_printed_in_many_ways);
    tcase_add_test (tests, notes_follow_the_paragraph_that_refers_to_them);
    tcase_add_test (tests, notes_are_numbered_as_settings_and_sections_say);
    tcase_add_test (tests, notes_of_each_page);
    tcase_add_test (tests, marks_that_were_typed);
    tcase_add_test (tests, a_masthead_is_no_table);
    tcase_add_test (tests, tables_are_rows_of_cells);
    tcase_add_test (tests, tables_in_tables_and_notes_in_them);
    tcase_add_test (tests, archives_that_are_something_else);
    tcase_add_test (tests, parts_that_are_missing_or_there_twice);
    tcase_add_test (tests, names_are_never_paths);
    tcase_add_test (tests, archives_that_are_damaged);
    tcase_add_test (tests, an_archive_with_a_password);
    tcase_add_test (tests, an_archive_with_too_many_entries);
    tcase_add_test (tests, an_archive_that_unpacks_to_far_more);
    tcase_add_test (tests, xml_that_reaches_out_or_grows);
    tcase_add_test (tests, nesting_without_end);
    tcase_add_test (tests, an_element_with_attributes_without_end);
    tcase_add_test (tests, styles_in_a_circle);
    tcase_add_test (tests, utf_16_is_read);
    SRunner *runner = srunner_create (suite);
    srunner_run_all (runner, CK_NORMAL);
    int failed = srunner_ntests_failed (runner);
    srunner_free (runner);
    return failed != 0;
}
