//  docx: from an archive to lines. Which part is which is told by relations, not by
//  names.
#include <stdlib.h>
#include <string.h>

#include "docx_notes.h"
#include "docx_numbering.h"
#include "docx_paragraph.h"
#include "docx_styles.h"
#include "docx_walk.h"
#include "docx_xml.h"
#include "form.h"
#include "maker.h"
#include "zip.h"

//  --- the parts --------------------------------------------------------------

typedef enum { PART_MAIN, PART_STYLES, PART_NUMBERING, PART_FOOTNOTES, PART_ENDNOTES, PART_SETTINGS, PARTS } part_t;

//  How the type of a relation to the part ends, in both namespaces.
static const char *const relation_ends[PARTS] = {"/officeDocument", "/styles",   "/numbering",
                                                 "/footnotes",      "/endnotes", "/settings"};

typedef struct {
    rap_arena_t *arena;
    rap_text_t folder;        //  that targets are relative to
    const char *names[PARTS]; //  NULL: there is none
    rap_text_t type;          //  of the content of the main part
} package_t;

//  A target as a name in the archive: 'word/' and '../xl/a.xml' is 'xl/a.xml'.
static const char *resolve (rap_text_t folder, rap_text_t target, rap_arena_t *arena)
{
    rap_text_t up = RAP_TEXT ("../");
    if (target.len && target.at[0] == '/')
        return rap_arena_text (arena, rap_text_from (target, 1)).at;
    for (; rap_text_starts (target, up); target = rap_text_from (target, up.len)) {
        folder.len -= folder.len > 0;
        while (folder.len && folder.at[folder.len - 1] != '/')
            folder.len--;
    }
    return rap_arena_format (arena, "%.*s%.*s", (int)folder.len, folder.at, (int)target.len, target.at).at;
}

static rap_status_t take_relation (void *context, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                                   rap_reason_t *reason)
{
    package_t *p = context;
    (void)reason;
    if (tag != RAP_DOCX_Relationship
        || rap_text_equal (rap_docx_attribute (attributes, "TargetMode", NULL), RAP_TEXT ("External")))
        return RAP_OK;
    rap_text_t type = rap_docx_attribute (attributes, "Type", NULL);
    rap_text_t target = rap_docx_attribute (attributes, "Target", NULL);
    for (int i = 0; i < PARTS; i++)
        if (rap_text_ends (type, rap_text (relation_ends[i])) && !p->names[i] && target.len < RAP_SHORT_TEXT_MAX)
            p->names[i] = resolve (p->folder, target, p->arena);
    return RAP_OK;
}

static rap_status_t take_type (void *context, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                               rap_reason_t *reason)
{
    package_t *p = context;
    (void)reason;
    rap_text_t name = rap_docx_attribute (attributes, "PartName", NULL);
    if (tag == RAP_DOCX_Override && name.len && name.at[0] == '/' && p->names[PART_MAIN]
        && name.len == strlen (p->names[PART_MAIN]) + 1
        && strncasecmp (name.at + 1, p->names[PART_MAIN], name.len - 1) == 0)
        p->type = rap_arena_text (p->arena, rap_docx_attribute (attributes, "ContentType", NULL));
    return RAP_OK;
}

static const char types_part[] = "[Content_Types].xml", relations_part[] = "_rels/.rels";

//  What a ZIP is that is no office document of Microsoft's.
static rap_status_t refuse_archive (rap_zip_t *zip, rap_arena_t *arena, rap_reason_t *reason)
{
    static const struct {
        rap_text_t type;
        const char *what;
    } known[] = {
        {{"application/vnd.oasis.opendocument.text", 39}, "an OpenDocument text (ODT); save it as DOCX"},
        {{"application/vnd.oasis.opendocument.spreadsheet", 46}, "an OpenDocument spreadsheet (ODS)"},
        {{"application/vnd.oasis.opendocument.presentation", 47}, "an OpenDocument presentation (ODP)"},
        {{"application/epub+zip", 20}, "an electronic book (EPUB); hand in its text"},
    };
    rap_text_t type = rap_zip_head (zip, "mimetype", 80, arena);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (rap_text_starts (type, known[i].type))
            return rap_refuse (reason, "not a document that can be read: this is %s", known[i].what);
    return rap_refuse (reason,
                       "not a document that can be read: this is a ZIP archive, and no DOCX; unpack it and hand "
                       "in what is in it");
}

static rap_status_t check_type (const package_t *p, rap_reason_t *reason)
{
    static const struct {
        const char *word, *what;
    } known[] = {{"spreadsheetml", "an Excel workbook (XLSX)"},
                 {"ms-excel", "an Excel workbook"},
                 {"presentationml", "a PowerPoint presentation (PPTX)"},
                 {"ms-powerpoint", "a PowerPoint presentation"},
                 {"visio", "a Visio drawing"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (p->type.len && memmem (p->type.at, p->type.len, known[i].word, strlen (known[i].word)))
            return rap_refuse (reason, "not a document that can be read: this is %s; hand in its text",
                               known[i].what);
    return RAP_OK;
}

//  The main part and what kind of document it is; then the parts that it needs.
static rap_status_t find_parts (package_t *p, rap_zip_t *zip, rap_reason_t *reason)
{
    static const rap_docx_handler_t relations = {.start = take_relation}, types = {.start = take_type};
    if (!rap_zip_has (zip, types_part) && !rap_zip_has (zip, relations_part))
        return refuse_archive (zip, p->arena, reason);
    p->folder = RAP_TEXT ("");
    rap_status_t status = rap_docx_parse (zip, relations_part, &relations, p, reason);
    if (status == RAP_OK && !p->names[PART_MAIN])
        return rap_refuse (reason, "%s: it names no main document", relations_part);
    if (status == RAP_OK)
        status = rap_docx_parse (zip, types_part, &types, p, reason);
    if (status == RAP_OK)
        status = check_type (p, reason);
    if (status != RAP_OK)
        return status;
    const char *main_part = p->names[PART_MAIN], *stroke = strrchr (main_part, '/');
    p->folder = rap_text_of (main_part, stroke ? (size_t)(stroke - main_part) + 1 : 0);
    const char *own = rap_arena_format (p->arena, "%.*s_rels/%s.rels", (int)p->folder.len, p->folder.at,
                                        stroke ? stroke + 1 : main_part)
                          .at;
    //  A document that needs no other part may have no relations.
    return rap_zip_has (zip, own) ? rap_docx_parse (zip, own, &relations, p, reason) : RAP_OK;
}

//  --- lines ------------------------------------------------------------------

//  What sets headings apart: how deep their outline is, and then how large they are.
enum { LEVELS_MAX = 100 };

typedef struct {
    rap_arena_t *arena;
    rap_maker_t *maker;
    rap_docx_styles_t styles;
    rap_docx_numbering_t *numbering;
    rap_docx_notes_t *notes;
    rap_docx_paragraphs_t pool;
    rap_docx_paragraphs_t table, row; //  the table so far, and its present row
    uint32_t lines;                   //  printed
    uint32_t levels[LEVELS_MAX];      //  of headings, as they came up
    uint32_t levels_count;
} out_t;

static int32_t told (int32_t own, int32_t style)
{
    return own >= 0 ? own : style;
}

//  The automatic number of the paragraph; counts it.
static rap_text_t label_of (out_t *out, const rap_docx_paragraph_t *p)
{
    rap_docx_setting_t style = p->style ? p->style->setting : rap_docx_setting ();
    int32_t numbering = told (p->setting.numbering, style.numbering);
    int32_t level = told (p->setting.numbering_level, p->setting.numbering >= 0 ? 0 : style.numbering_level);
    if (numbering <= 0)
        return RAP_TEXT ("");
    if (level < 0)
        level = rap_docx_numbering_level_of (out->numbering, numbering, p->style ? p->style->id : RAP_TEXT (""));
    rap_text_t label = rap_docx_numbering_next (out->numbering, numbering, level, &out->styles);
    return label.len ? rap_arena_text (out->arena, label) : label;
}

//  A place among the levels, from 1; 0 if the paragraph is no heading. A sentence is none, whatever its style says.
static unsigned level_of (out_t *out, const rap_docx_paragraph_t *p)
{
    enum { SENTENCE_MIN = 80, NONE = 9, SIZE_MAX_HALF = 10000 };
    int32_t outline = told (p->setting.outline, p->style ? p->style->setting.outline : -1);
    rap_text_t text = rap_text_trim (rap_text_of (p->text, p->len));
    if (outline < 0 || outline >= NONE || (text.len >= SENTENCE_MIN && strchr (".;,:", text.at[text.len - 1])))
        return 0;
    uint32_t size = p->style && p->style->letters.size ? p->style->letters.size : out->styles.letters.size;
    uint32_t key = (uint32_t)outline * SIZE_MAX_HALF + (SIZE_MAX_HALF - 1 - size), i = 0;
    while (i < out->levels_count && out->levels[i] != key)
        i++;
    if (i == out->levels_count && i < LEVELS_MAX)
        out->levels[out->levels_count++] = key;
    return i < LEVELS_MAX ? i + 1 : LEVELS_MAX;
}

static bool is_centred (const rap_docx_paragraph_t *p)
{
    rap_docx_said_t own = p->setting.centred;
    return own ? own == RAP_DOCX_YES : p->style && p->style->setting.centred == RAP_DOCX_YES;
}

static void print_label (out_t *out, const rap_docx_paragraph_t *p)
{
    unsigned style = rap_docx_paragraph_is_bold (p) ? RAP_RUN_BOLD : 0;
    rap_maker_put (out->maker, p->label, style);
    if (p->label.len)
        rap_maker_put (out->maker, RAP_TEXT (" "), style);
}

static rap_status_t end_line (out_t *out, unsigned flags, unsigned level, rap_reason_t *reason)
{
    out->lines += rap_maker_length (out->maker) > 0;
    return rap_maker_end (out->maker, RAP_LINE_BODY, RAP_LINE_BEGINS | flags, level, reason);
}

//  A number or letter with white space after it: '3. ', '(a) ', '(iv) '.
static bool begins_item (rap_text_t text)
{
    enum { LABEL_MAX = 4 };
    bool bracket = text.len && text.at[0] == '(';
    size_t from = bracket, at = from;
    while (at < text.len && at - from <= LABEL_MAX
           && ((text.at[at] >= '0' && text.at[at] <= '9') || (bracket && text.at[at] >= 'a' && text.at[at] <= 'z')))
        at++;
    if (at == from || at - from > LABEL_MAX || at == text.len || text.at[at] != (bracket ? ')' : '.'))
        return false;
    rap_text_t rest = rap_text_from (text, at + 1);
    return rap_text_starts (rest, RAP_TEXT (" ")) || rap_text_starts (rest, RAP_TEXT ("\t"))
           || rap_text_starts (rest, RAP_TEXT ("\xC2\xA0")); //  a space that does not break
}

//  Where the line that begins at `from` ends. A break within a paragraph is white space,
//  unless two stand together or an item begins after it: so people type, and so pages
//  are pasted, what is several paragraphs.
static uint32_t break_of (const rap_docx_paragraph_t *p, uint32_t from, bool at_all)
{
    for (uint32_t at = from; at < p->len; at++) {
        if (p->text[at] != '\v')
            continue;
        rap_text_t rest = rap_text_of (p->text + at + 1, p->len - at - 1);
        if (at_all || (rest.len && rest.at[0] == '\v') || begins_item (rap_text_trim (rest)))
            return at;
    }
    return p->len;
}

//  The paragraph as a line, or where its breaks are, as several.
static rap_status_t print_paragraph (out_t *out, const rap_docx_paragraph_t *p, bool at_breaks, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    unsigned flags = is_centred (p) ? RAP_LINE_CENTRED : 0, level = level_of (out, p);
    if (!rap_docx_paragraph_is_blank (p))
        print_label (out, p);
    for (uint32_t at = 0, end; at < p->len && status == RAP_OK; at = end + 1) {
        end = level && !at_breaks ? p->len : break_of (p, at, at_breaks);
        rap_docx_paragraph_print (p, at, end, out->maker);
        status = end_line (out, flags, level, reason);
    }
    return status == RAP_OK ? rap_docx_notes_print (out->notes, p, out->maker, reason) : status;
}

static rap_status_t hear_paragraph (void *context, rap_docx_paragraph_t *p, bool in_table, rap_reason_t *reason)
{
    out_t *out = context;
    p->label = label_of (out, p);
    if (in_table) {
        if (out->row.first && out->row.first->row != p->row)
            rap_docx_paragraphs_reuse (&out->row, &out->table);
        rap_docx_paragraphs_add (&out->row, p);
        return RAP_OK;
    }
    rap_status_t status = print_paragraph (out, p, false, reason);
    rap_docx_paragraphs_add (&out->pool, p);
    return status;
}

static void hear_drop_row (void *context, uint32_t row)
{
    out_t *out = context;
    if (out->row.first && out->row.first->row == row)
        rap_docx_paragraphs_reuse (&out->row, &out->pool);
}

//  A table of data has rows of several cells. One at the document's head is its masthead,
//  and one of a single row or column is there for the layout.
static bool is_data (const out_t *out)
{
    enum { HEAD_LINES = 3 };
    uint32_t rows = 0, row = 0, cell = 0, cells = 0;
    for (const rap_docx_paragraph_t *p = out->table.first; p; p = p->next) {
        if (rap_docx_paragraph_is_blank (p))
            continue;
        if (p->row != row)
            cells = 0;
        cells += p->row != row || p->cell != cell;
        rows += cells == 2 && (p->row != row || p->cell != cell);
        row = p->row;
        cell = p->cell;
    }
    return rows >= 2 && out->lines >= HEAD_LINES;
}

//  The row that begins with `p`, its cells in a line; sets `p` to what follows.
static rap_status_t print_row (out_t *out, const rap_docx_paragraph_t **p_p, rap_reason_t *reason)
{
    const rap_docx_paragraph_t *first = *p_p, *p;
    uint32_t cell = 1;
    for (p = first; p && p->row == first->row; p = p->next) {
        if (rap_docx_paragraph_is_blank (p))
            continue;
        for (; cell < p->cell; cell++)
            rap_maker_put (out->maker, RAP_TEXT (" | "), 0);
        rap_maker_put (out->maker, RAP_TEXT (" "), 0);
        print_label (out, p);
        rap_docx_paragraph_print (p, 0, p->len, out->maker);
    }
    *p_p = p;
    rap_status_t status = end_line (out, RAP_LINE_TABLE, 0, reason);
    for (p = first; p != *p_p && status == RAP_OK; p = p->next)
        status = rap_docx_notes_print (out->notes, p, out->maker, reason);
    return status;
}

static rap_status_t hear_table (void *context, rap_reason_t *reason)
{
    out_t *out = context;
    rap_status_t status = RAP_OK;
    rap_docx_paragraphs_reuse (&out->row, &out->table);
    bool data = is_data (out);
    for (const rap_docx_paragraph_t *p = out->table.first; p && status == RAP_OK;) {
        if (data) {
            status = print_row (out, &p, reason);
        } else {
            status = print_paragraph (out, p, true, reason);
            p = p->next;
        }
    }
    rap_docx_paragraphs_reuse (&out->table, &out->pool);
    return status;
}

static rap_text_t hear_mark (void *context, bool endnote, bool by_hand)
{
    return rap_docx_notes_mark (((out_t *)context)->notes, endnote, by_hand);
}

static bool hear_is_mark (void *context, rap_text_t digits)
{
    return rap_docx_notes_has (((out_t *)context)->notes, digits);
}

static void hear_section (void *context)
{
    rap_docx_notes_section (((out_t *)context)->notes);
}

static void hear_page (void *context)
{
    rap_docx_notes_page (((out_t *)context)->notes);
}

//  Levels become 1 for the outermost kind of heading that there is, and so on.
static void rank_levels (const out_t *out, rap_lines_t *lines)
{
    uint8_t ranks[LEVELS_MAX + 1] = {0};
    for (uint32_t i = 0; i < out->levels_count; i++) {
        ranks[i + 1] = 1;
        for (uint32_t j = 0; j < out->levels_count; j++)
            ranks[i + 1] = (uint8_t)(ranks[i + 1] + (out->levels[j] < out->levels[i]));
    }
    for (uint32_t i = 0; i < lines->count; i++)
        lines->at[i].level = lines->at[i].level <= LEVELS_MAX ? ranks[lines->at[i].level] : LEVELS_MAX;
}

//  --- the whole --------------------------------------------------------------

static rap_status_t read_parts (out_t *out, const rap_docx_story_t *story, const package_t *p, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    if (p->names[PART_STYLES])
        status = rap_docx_styles_read (&out->styles, story->zip, p->names[PART_STYLES], out->arena, reason);
    if (status == RAP_OK && p->names[PART_NUMBERING])
        status = rap_docx_numbering_read (out->numbering, story->zip, p->names[PART_NUMBERING], out->arena, reason);
    if (status == RAP_OK && p->names[PART_FOOTNOTES])
        status = rap_docx_notes_read (out->notes, story, p->names[PART_FOOTNOTES], false, reason);
    if (status == RAP_OK && p->names[PART_ENDNOTES])
        status = rap_docx_notes_read (out->notes, story, p->names[PART_ENDNOTES], true, reason);
    if (status == RAP_OK && p->names[PART_SETTINGS])
        status = rap_docx_notes_settings (out->notes, story->zip, p->names[PART_SETTINGS], reason);
    return status == RAP_OK ? rap_docx_notes_sections (out->notes, story->zip, p->names[PART_MAIN], reason) : status;
}

static rap_status_t read_document (rap_zip_t *zip, const package_t *p, rap_arena_t *arena, rap_lines_t *lines,
                                   rap_reason_t *reason)
{
    static const rap_docx_hearer_t hearer = {.paragraph = hear_paragraph,
                                             .table = hear_table,
                                             .drop_row = hear_drop_row,
                                             .mark = hear_mark,
                                             .is_mark = hear_is_mark,
                                             .section = hear_section,
                                             .page = hear_page};
    uint64_t bytes = 0;
    out_t out = {.arena = arena, .maker = rap_maker_new (arena), .numbering = rap_docx_numbering_new ()};
    out.styles.paragraph = RAP_TEXT ("");
    out.notes = rap_docx_notes_new (arena, &out.pool);
    rap_docx_story_t story = {.zip = zip, .styles = &out.styles, .pool = &out.pool, .bytes = &bytes};
    rap_status_t status = read_parts (&out, &story, p, reason);
    if (status == RAP_OK)
        status = rap_docx_walk (&story, p->names[PART_MAIN], &hearer, &out, reason);
    if (status == RAP_OK && !out.lines)
        status = rap_refuse (reason, "an empty document: no text in %.80s", p->names[PART_MAIN]);
    if (status == RAP_OK) {
        rap_maker_finish (out.maker, false, lines);
        rank_levels (&out, lines);
    }
    rap_docx_notes_destroy (&out.notes);
    rap_docx_numbering_destroy (&out.numbering);
    rap_docx_styles_fini (&out.styles);
    rap_docx_paragraphs_reuse (&out.row, &out.pool);
    rap_docx_paragraphs_reuse (&out.table, &out.pool);
    rap_docx_paragraphs_fini (&out.pool);
    rap_maker_destroy (&out.maker);
    return status;
}

static const rap_text_t zip_heads[] = {{"PK\x03\x04", 4}, {"PK\x05\x06", 4}, {"PK\x07\x08", 4}};
static const rap_text_t compound_head = {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8};

bool rap_docx_is (rap_text_t bytes)
{
    for (size_t i = 0; i < sizeof zip_heads / sizeof *zip_heads; i++)
        if (rap_text_starts (bytes, zip_heads[i]))
            return true;
    return rap_text_starts (bytes, compound_head);
}

//  Before ZIP, and still where there is a password, office documents are a file system in a file.
static rap_status_t refuse_compound (rap_text_t bytes, rap_reason_t *reason)
{
    static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e"; //  the name of a stream
    if (memmem (bytes.at, bytes.len, encrypted, sizeof encrypted))
        return rap_refuse (reason, "an encrypted office document; save it without a password");
    return rap_refuse (reason, "not a document that can be read: this is an old office document (DOC, XLS or PPT); "
                               "save it as DOCX");
}

rap_status_t rap_docx_lines (rap_text_t bytes, rap_arena_t *arena, rap_document_t *document, rap_lines_t *lines,
                             rap_reason_t *reason)
{
    (void)document;
    if (rap_text_starts (bytes, compound_head))
        return refuse_compound (bytes, reason);
    rap_zip_t *zip = rap_zip_new (bytes, reason);
    if (!zip)
        return RAP_REFUSED;
    package_t package = {.arena = arena, .folder = RAP_TEXT (""), .type = RAP_TEXT ("")};
    rap_status_t status = find_parts (&package, zip, reason);
    if (status == RAP_OK)
        status = read_document (zip, &package, arena, lines, reason);
    rap_zip_destroy (&zip);
    return status;
}
