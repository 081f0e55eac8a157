//  docx_walk: one pass over a story's elements. What is left out is left out with
//  all that is in it.
#include "docx_walk.h"

#include <stdlib.h>

#include "rapporteur/limits.h"

#include "docx_sign.h"
#include "docx_xml.h"

//  Paragraphs in text boxes in paragraphs; fields in fields; Word's limits are lower.
enum { OPEN_MAX = 16, FIELDS_MAX = 64 };

//  A break in a line; it cannot come from a file, where XML forbids the character.
static const rap_text_t line_break = {"\v", 1};

//  How the words of a run are set.
typedef struct {
    rap_docx_letters_t letters;    //  what it says itself
    const rap_docx_style_t *style; //  NULL: none
    bool by_hand;                  //  a note's mark that is printed by hand follows
    bool settled;                  //  the rest is known
    bool hidden, raised;
    unsigned bits; //  RAP_RUN_...
} run_t;

typedef struct {
    rap_docx_paragraph_t *paragraph;
    run_t run;
} open_t;

typedef struct {
    const rap_docx_story_t *story;
    const char *part;
    const rap_docx_hearer_t *hearer;
    void *context;
    rap_docx_tag_t above[RAP_DOCX_DEPTH_MAX + 1]; //  the elements that we are in
    bool chosen[RAP_DOCX_DEPTH_MAX + 1];          //  of alternatives there, one was read
    uint32_t depth;
    uint32_t skip; //  depth of what is left out; 0 nothing is
    open_t open[OPEN_MAX];
    uint32_t open_count;
    uint32_t paragraphs;          //  so far
    bool instruction[FIELDS_MAX]; //  of each field: we are before its result
    uint32_t fields, instructions;
    uint32_t tables; //  that we are in
    uint32_t row, cell;
    bool row_deleted;
    bool section_ends;            //  with the paragraph that is open
    bool placeholder;             //  what comes next only asks to be filled in
    rap_docx_paragraph_t *joined; //  ended, but goes on in the next
    rap_docx_paragraphs_t later;  //  from boxes of the paragraph that is open
} walk_t;

static rap_docx_tag_t parent (const walk_t *w, uint32_t up)
{
    return w->depth > up ? w->above[w->depth - up] : RAP_DOCX_OTHER;
}

static open_t *present (walk_t *w)
{
    return w->open_count ? &w->open[w->open_count - 1] : NULL;
}

//  --- paragraphs -------------------------------------------------------------

static rap_status_t deliver (walk_t *w, rap_docx_paragraph_t *paragraph, rap_reason_t *reason)
{
    return w->hearer->paragraph (w->context, paragraph, w->tables > 0, reason);
}

static rap_status_t deliver_joined (walk_t *w, rap_reason_t *reason)
{
    rap_docx_paragraph_t *paragraph = w->joined;
    w->joined = NULL;
    return paragraph ? deliver (w, paragraph, reason) : RAP_OK;
}

static rap_status_t begin_paragraph (walk_t *w, rap_reason_t *reason)
{
    if (w->open_count == OPEN_MAX)
        return rap_refuse (reason, "%.80s: text boxes nested more than %d deep", w->part, OPEN_MAX - 1);
    if (w->paragraphs++ == RAP_LINES_MAX)
        return rap_refuse (reason, "%.80s: more than %d paragraphs", w->part, RAP_LINES_MAX);
    bool goes_on = w->joined && !w->open_count && !w->tables;
    rap_status_t status = goes_on || w->open_count ? RAP_OK : deliver_joined (w, reason);
    rap_docx_paragraph_t *paragraph = goes_on ? w->joined : rap_docx_paragraph_new (w->story->pool);
    if (goes_on)
        w->joined = NULL;
    //  A joined paragraph is set as its last part is.
    paragraph->joined = false;
    paragraph->setting = rap_docx_setting ();
    paragraph->style = rap_docx_style (w->story->styles, w->story->styles->paragraph);
    paragraph->row = w->row;
    paragraph->cell = w->cell;
    w->open[w->open_count++] = (open_t){.paragraph = paragraph};
    return status;
}

static void end_section (walk_t *w)
{
    w->section_ends = w->open_count > 0;
    if (!w->section_ends && w->hearer->section)
        w->hearer->section (w->context);
}

static rap_status_t end_paragraph (walk_t *w, rap_reason_t *reason)
{
    if (!w->open_count)
        return RAP_OK;
    rap_docx_paragraph_t *paragraph = w->open[--w->open_count].paragraph;
    if (!w->open_count && w->section_ends)
        end_section (w);
    if (w->open_count && !w->tables) {
        rap_docx_paragraphs_add (&w->later, paragraph);
        return RAP_OK;
    }
    if (!w->open_count && w->instructions) { //  no instruction goes on in the next paragraph
        memset (w->instruction, 0, sizeof w->instruction);
        w->instructions = 0;
    }
    if (paragraph->joined && !w->open_count && !w->tables) {
        w->joined = paragraph;
        return RAP_OK;
    }
    rap_status_t status = deliver (w, paragraph, reason);
    while (status == RAP_OK && w->later.first && !w->open_count) {
        rap_docx_paragraph_t *next = w->later.first;
        w->later.first = next->next;
        w->later.last = next->next ? w->later.last : NULL;
        status = deliver (w, next, reason);
    }
    return status;
}

//  --- words ------------------------------------------------------------------

//  Bold in a style of letters within bold in that of the paragraph is not bold.
static bool toggled (rap_docx_said_t own, rap_docx_said_t letters, rap_docx_said_t paragraph, rap_docx_said_t all)
{
    if (own)
        return own == RAP_DOCX_YES;
    if (letters || paragraph)
        return (letters == RAP_DOCX_YES) != (paragraph == RAP_DOCX_YES);
    return all == RAP_DOCX_YES;
}

static void settle (walk_t *w, open_t *open)
{
    static const rap_docx_letters_t nothing;
    run_t *run = &open->run;
    const rap_docx_letters_t *own = &run->letters, *all = &w->story->styles->letters,
                             *letters = run->style ? &run->style->letters : &nothing,
                             *paragraph = open->paragraph->style ? &open->paragraph->style->letters : &nothing;
    rap_docx_said_t raised = own->raised ? own->raised : letters->raised ? letters->raised : paragraph->raised;
    run->bits = (toggled (own->bold, letters->bold, paragraph->bold, all->bold) ? RAP_RUN_BOLD : 0U)
                | (toggled (own->italic, letters->italic, paragraph->italic, all->italic) ? RAP_RUN_ITALIC : 0U);
    run->hidden = toggled (own->hidden, letters->hidden, paragraph->hidden, all->hidden);
    run->raised = raised == RAP_DOCX_YES;
    run->settled = true;
}

static rap_status_t check_bytes (walk_t *w, size_t more, rap_reason_t *reason)
{
    *w->story->bytes += more;
    if (*w->story->bytes > RAP_DOCUMENT_BYTES_MAX)
        return rap_refuse (reason, "%.80s: more than %d bytes of text", w->part, RAP_DOCUMENT_BYTES_MAX);
    return RAP_OK;
}

static bool is_digit (char c)
{
    return c >= '0' && c <= '9';
}

//  The last thing in the paragraph is a mark, but not that of a reference.
static bool after_raised (const rap_docx_paragraph_t *p)
{
    bool mark = p->pieces_count && p->pieces[p->pieces_count - 1].style & RAP_RUN_MARK;
    return mark && !(p->references_count && p->references[p->references_count - 1].end == p->len);
}

//  Raised digits after ten are its power; after other numbers they are a mark if
//  some note has it.
static bool may_be_mark (walk_t *w, const rap_docx_paragraph_t *p, rap_text_t digits)
{
    if (!p->len || !is_digit (p->text[p->len - 1]) || after_raised (p))
        return true;
    bool ten = p->len >= 2 && memcmp (p->text + p->len - 2, "10", 2) == 0
               && (p->len == 2 || !is_digit (p->text[p->len - 3]));
    return !ten && w->hearer->is_mark && w->hearer->is_mark (w->context, digits);
}

static void put_mark (rap_docx_paragraph_t *p, rap_text_t digits)
{
    if (after_raised (p) && p->pieces[p->pieces_count - 1].end == p->len) {
        rap_docx_paragraph_put (p, digits, RAP_RUN_MARK);
        p->pieces_count--; //  both are one
        p->pieces[p->pieces_count - 1].end = p->len;
        return;
    }
    rap_docx_paragraph_put (p, digits, RAP_RUN_MARK);
}

//  Raised digits and stars are marks of notes; commas between them go. False if it is neither.
static bool put_raised (walk_t *w, rap_docx_paragraph_t *p, rap_text_t text)
{
    enum { LONGEST = 32 };
    rap_text_t all = rap_text_trim (text);
    bool any = false, star = all.len && all.len <= 4;
    for (size_t i = 0; i < all.len; i++) {
        if (!is_digit (all.at[i]) && !strchr (", *", all.at[i]))
            return false;
        any = any || is_digit (all.at[i]);
        star = star && all.at[i] == '*';
    }
    if (!all.len || all.len > LONGEST || (!any && !star))
        return any || (after_raised (p) && all.len && all.len < LONGEST);
    if (star) {
        rap_docx_paragraph_put (p, all, RAP_RUN_MARK);
        return true;
    }
    if (!may_be_mark (w, p, all))
        return false;
    for (size_t i = 0; i < all.len;) {
        size_t end = i;
        while (end < all.len && is_digit (all.at[end]))
            end++;
        if (end == i) {
            i++;
            continue;
        }
        if (i)
            rap_docx_paragraph_put (p, rap_text_of (all.at + i, end - i), RAP_RUN_MARK);
        else
            put_mark (p, rap_text_of (all.at, end));
        i = end;
    }
    if (text.at[text.len - 1] == ' ')
        rap_docx_paragraph_put (p, RAP_TEXT (" "), 0);
    return true;
}

//  The mark of a reference, as it is printed.
static void put_by_hand (rap_docx_paragraph_t *p, rap_text_t text)
{
    rap_docx_reference_t *reference = &p->references[p->references_count - 1];
    bool more = reference->end > reference->at;
    rap_docx_paragraph_put (p, text, RAP_RUN_MARK);
    if (more) {
        p->pieces_count--;
        p->pieces[p->pieces_count - 1].end = p->len;
    }
    reference->end = p->len;
}

static rap_status_t put (walk_t *w, rap_text_t text, rap_reason_t *reason)
{
    open_t *open = present (w);
    if (!open || w->instructions || !text.len)
        return RAP_OK;
    if (!open->run.settled)
        settle (w, open);
    if (open->run.hidden)
        return RAP_OK;
    rap_status_t status = check_bytes (w, text.len, reason);
    rap_docx_paragraph_t *p = open->paragraph;
    if (status != RAP_OK)
        return status;
    if (open->run.by_hand && p->references_count && p->references[p->references_count - 1].end == p->len)
        put_by_hand (p, text);
    else if (!open->run.raised || !put_raised (w, p, text))
        rap_docx_paragraph_put (p, text, open->run.bits);
    return RAP_OK;
}

static rap_status_t put_tab (walk_t *w, rap_reason_t *reason)
{
    rap_status_t status = put (w, RAP_TEXT ("\t"), reason);
    if (present (w))
        present (w)->paragraph->tab = present (w)->paragraph->len;
    return status;
}

static rap_status_t put_sign (walk_t *w, const rap_docx_attributes_t *attributes, rap_reason_t *reason)
{
    char room[4];
    return put (w,
                rap_docx_sign (rap_docx_attribute (attributes, "font", NULL),
                               rap_docx_attribute (attributes, "char", NULL), room),
                reason);
}

static rap_status_t refer (walk_t *w, bool endnote, const rap_docx_attributes_t *attributes, rap_reason_t *reason)
{
    open_t *open = present (w);
    if (!open || !w->hearer->mark)
        return RAP_OK;
    if (!open->run.settled)
        settle (w, open);
    if (open->run.hidden)
        return RAP_OK;
    rap_text_t custom = rap_docx_attribute (attributes, "customMarkFollows", NULL);
    bool by_hand =
        custom.len && !rap_text_equal (custom, RAP_TEXT ("0")) && !rap_text_equal (custom, RAP_TEXT ("false"));
    rap_text_t mark = w->hearer->mark (w->context, endnote, by_hand);
    rap_docx_paragraph_t *p = open->paragraph;
    uint32_t at = p->len;
    open->run.by_hand = by_hand;
    rap_docx_paragraph_put (p, mark, RAP_RUN_MARK);
    rap_docx_paragraph_refer (p, (rap_docx_reference_t){.endnote = endnote,
                                                        .id = (int32_t)rap_docx_number (attributes, "id", -1),
                                                        .mark = mark,
                                                        .at = at,
                                                        .end = p->len});
    return check_bytes (w, mark.len + 1, reason);
}

//  --- fields -----------------------------------------------------------------

static rap_status_t take_field (walk_t *w, const rap_docx_attributes_t *attributes, rap_reason_t *reason)
{
    rap_text_t type = rap_docx_attribute (attributes, "fldCharType", NULL);
    if (rap_text_equal (type, RAP_TEXT ("begin"))) {
        if (w->fields == FIELDS_MAX)
            return rap_refuse (reason, "%.80s: fields nested more than %d deep", w->part, FIELDS_MAX);
        w->instruction[w->fields++] = true;
        w->instructions++;
        return RAP_OK;
    }
    bool end = rap_text_equal (type, RAP_TEXT ("end"));
    if (!w->fields || !(end || rap_text_equal (type, RAP_TEXT ("separate"))))
        return RAP_OK;
    w->instructions -= w->instruction[w->fields - 1];
    w->instruction[w->fields - 1] = false;
    w->fields -= end;
    return RAP_OK;
}

//  --- elements ---------------------------------------------------------------

//  Left out with all that is in it.
static bool is_left_out (walk_t *w, rap_docx_tag_t tag)
{
    bool chosen;
    switch (tag) {
    case RAP_DOCX_del:
    case RAP_DOCX_moveFrom: //  in properties it says that a paragraph's or a row's end is
        return parent (w, 1) != RAP_DOCX_rPr && parent (w, 1) != RAP_DOCX_trPr;
    case RAP_DOCX_Choice:
    case RAP_DOCX_Fallback:
        if (parent (w, 1) != RAP_DOCX_AlternateContent)
            return false;
        chosen = w->chosen[w->depth - 1];
        w->chosen[w->depth - 1] = true;
        return chosen;
    case RAP_DOCX_sdtContent:
        chosen = w->placeholder;
        w->placeholder = false;
        return chosen;
    case RAP_DOCX_pPrChange:
    case RAP_DOCX_rPrChange:
    case RAP_DOCX_sectPrChange:
    case RAP_DOCX_tblPrChange:
    case RAP_DOCX_tblPrExChange:
    case RAP_DOCX_tblGridChange:
    case RAP_DOCX_tcPrChange:
    case RAP_DOCX_trPrChange:
    case RAP_DOCX_numberingChange:
    case RAP_DOCX_rt:
    case RAP_DOCX_instrText:
        return true;
    default:
        return false;
    }
}

//  What stands in the properties of the paragraph, or of the run, that is open.
static void take_property (walk_t *w, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes)
{
    open_t *open = present (w);
    rap_docx_tag_t in = parent (w, 1);
    if (in == RAP_DOCX_trPr && tag == RAP_DOCX_del)
        w->row_deleted = w->tables == 1;
    if (!open)
        return;
    if (in == RAP_DOCX_rPr && parent (w, 2) == RAP_DOCX_r) {
        rap_docx_letters_take (&open->run.letters, tag, attributes);
        if (tag == RAP_DOCX_rStyle)
            open->run.style = rap_docx_style (w->story->styles, rap_docx_attribute (attributes, "val", NULL));
    } else if (in == RAP_DOCX_rPr && parent (w, 2) == RAP_DOCX_pPr) {
        open->paragraph->joined = open->paragraph->joined || tag == RAP_DOCX_del || tag == RAP_DOCX_moveFrom;
    } else if (in == RAP_DOCX_pPr && tag == RAP_DOCX_pStyle) {
        rap_text_t id = rap_docx_attribute (attributes, "val", NULL);
        const rap_docx_style_t *style = rap_docx_style (w->story->styles, id);
        open->paragraph->style = style ? style : open->paragraph->style;
    } else if (in == RAP_DOCX_pPr || in == RAP_DOCX_numPr || in == RAP_DOCX_tabs) {
        rap_docx_setting_take (&open->paragraph->setting, tag, attributes);
    }
}

static rap_status_t take_note (walk_t *w, const rap_docx_attributes_t *attributes, rap_reason_t *reason)
{
    if (!w->hearer->note)
        return RAP_OK;
    return w->hearer->note (w->context, (int32_t)rap_docx_number (attributes, "id", -1),
                            rap_docx_attribute (attributes, "type", NULL), reason);
}

//  An element of a run.
static rap_status_t take_content (walk_t *w, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                                  rap_reason_t *reason)
{
    switch (tag) {
    case RAP_DOCX_tab:
    case RAP_DOCX_ptab:
        return put_tab (w, reason);
    case RAP_DOCX_br:
    case RAP_DOCX_cr:
        return put (w, line_break, reason);
    case RAP_DOCX_noBreakHyphen:
        return put (w, RAP_TEXT ("\xE2\x80\x91"), reason);
    case RAP_DOCX_sym:
        return put_sign (w, attributes, reason);
    case RAP_DOCX_footnoteReference:
    case RAP_DOCX_endnoteReference:
        return refer (w, tag == RAP_DOCX_endnoteReference, attributes, reason);
    case RAP_DOCX_fldChar:
        return take_field (w, attributes, reason);
    case RAP_DOCX_lastRenderedPageBreak:
        if (w->hearer->page)
            w->hearer->page (w->context);
        return RAP_OK;
    default:
        return RAP_OK;
    }
}

static rap_status_t on_start (void *context, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                              rap_reason_t *reason)
{
    walk_t *w = context;
    w->above[++w->depth] = tag;
    w->chosen[w->depth] = false;
    if (w->skip)
        return RAP_OK;
    if (is_left_out (w, tag)) {
        w->skip = w->depth;
        return RAP_OK;
    }
    switch (tag) {
    case RAP_DOCX_p:
        return begin_paragraph (w, reason);
    case RAP_DOCX_r:
        if (present (w))
            present (w)->run = (run_t){.by_hand = false};
        return RAP_OK;
    case RAP_DOCX_tbl:
        if (!w->tables++)
            w->row = w->cell = 0;
        return RAP_OK;
    case RAP_DOCX_tr:
        if (w->tables == 1) {
            w->row++;
            w->cell = 0;
            w->row_deleted = false;
        }
        return RAP_OK;
    case RAP_DOCX_tc:
        w->cell += w->tables == 1;
        return RAP_OK;
    case RAP_DOCX_sdt:
        w->placeholder = false;
        return RAP_OK;
    case RAP_DOCX_showingPlcHdr:
        w->placeholder = rap_docx_on (attributes);
        return RAP_OK;
    case RAP_DOCX_footnote:
    case RAP_DOCX_endnote:
        return take_note (w, attributes, reason);
    default:
        if (parent (w, 1) == RAP_DOCX_r)
            return take_content (w, tag, attributes, reason);
        take_property (w, tag, attributes);
        return RAP_OK;
    }
}

static rap_status_t end_table (walk_t *w, rap_reason_t *reason)
{
    if (--w->tables || !w->hearer->table)
        return RAP_OK;
    w->row = w->cell = 0;
    return w->hearer->table (w->context, reason);
}

static rap_status_t on_end (void *context, rap_docx_tag_t tag, rap_reason_t *reason)
{
    walk_t *w = context;
    uint32_t depth = w->depth--;
    if (w->skip) {
        w->skip = w->skip == depth ? 0 : w->skip;
        return RAP_OK;
    }
    switch (tag) {
    case RAP_DOCX_p:
        return end_paragraph (w, reason);
    case RAP_DOCX_tr:
        if (w->tables == 1 && w->row_deleted && w->hearer->drop_row)
            w->hearer->drop_row (w->context, w->row);
        return RAP_OK;
    case RAP_DOCX_tbl:
        return end_table (w, reason);
    case RAP_DOCX_sectPr:
        end_section (w);
        return RAP_OK;
    default:
        return RAP_OK;
    }
}

static rap_status_t on_text (void *context, rap_text_t text, rap_reason_t *reason)
{
    walk_t *w = context;
    return w->skip || w->above[w->depth] != RAP_DOCX_t ? RAP_OK : put (w, text, reason);
}

rap_status_t rap_docx_walk (const rap_docx_story_t *story, const char *part, const rap_docx_hearer_t *hearer,
                            void *context, rap_reason_t *reason)
{
    static const rap_docx_handler_t handler = {.start = on_start, .end = on_end, .text = on_text};
    walk_t w = {.story = story, .part = part, .hearer = hearer, .context = context};
    rap_status_t status = rap_docx_parse (story->zip, part, &handler, &w, reason);
    if (status == RAP_OK)
        status = deliver_joined (&w, reason);
    //  What was not delivered, because the story was refused.
    while (w.open_count)
        rap_docx_paragraphs_add (story->pool, w.open[--w.open_count].paragraph);
    if (w.joined)
        rap_docx_paragraphs_add (story->pool, w.joined);
    rap_docx_paragraphs_reuse (&w.later, story->pool);
    return status;
}
