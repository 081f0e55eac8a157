//  akn_text: a stack of what holds for the text in each open element.
#include "akn_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "akn_tag.h"
#include "glyph.h"
#include "html_style.h"
#include "xml_input.h"
#include "xml_sheet.h"

//  What holds in an element.
typedef struct {
    rap_akn_tag_t tag;
    uint8_t set;   //  RAP_RUN_...
    uint8_t level; //  divisions around, up to the document
    bool heading;  //  we are in one
    bool raised;   //  for this element only
    bool cover;    //  before the text
    bool silent;   //  no text of the document
    bool block;    //  a line ends with it
    bool note;     //  the open note ends with it
} frame_t;

enum { NUM_MAX = 64, FIELD_MAX = 512 };
typedef struct {
    char at[FIELD_MAX];
    size_t len;
} field_t;

struct rap_akn {
    rap_arena_t *arena;
    rap_sheet_t *sheet;
    frame_t frames[RAP_XML_DEPTH_MAX + 1];
    uint32_t depth;
    uint32_t documents; //  seen so far: the first one's particulars count
    unsigned flags;     //  of the present line
    char num[NUM_MAX];  //  printed before the next text
    size_t num_len;
    char raised[8]; //  text in <sup>, which may be a mark
    size_t raised_len;
    uint32_t number; //  of the last note
    uint32_t key;    //  of the last note that has its text at its mark
    field_t symbol, title, published, otherwise, language;
    bool dated; //  a day is printed before the text
};

rap_akn_t *rap_akn_new (rap_arena_t *arena)
{
    rap_akn_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = arena;
    self->sheet = rap_sheet_new (arena);
    self->flags = RAP_LINE_BEGINS;
    return self;
}

void rap_akn_destroy (rap_akn_t **self_p)
{
    if (!*self_p)
        return;
    rap_sheet_destroy (&(*self_p)->sheet);
    free (*self_p);
    *self_p = NULL;
}

void rap_akn_at (rap_akn_t *self, size_t from, size_t to)
{
    rap_sheet_at (self->sheet, from, to);
}

static frame_t *top (rap_akn_t *self)
{
    return &self->frames[self->depth];
}

static rap_text_t attribute (const rap_akn_attribute_t *attributes, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp (attributes[i].name, name) == 0)
            return attributes[i].value;
    return RAP_TEXT ("");
}

static bool is (rap_text_t text, const char *word)
{
    return rap_text_equal (text, rap_text (word));
}

//  --- lines ------------------------------------------------------------------

//  A number as the documents of the field print it: '1' as '1.', 'a' as '(a)'.
static void put_num (rap_akn_t *self)
{
    unsigned set = top (self)->set & RAP_RUN_BOLD;
    rap_text_t num = rap_text_trim (rap_text_of (self->num, self->num_len));
    bool digits = true, small = num.len == 1 && glyph_is_lower (num.at[0]);
    self->num_len = 0;
    if (!num.len)
        return;
    for (size_t i = 0; i < num.len; i++)
        digits = digits && (glyph_is_digit (num.at[i]) || (num.at[i] == '.' && i + 1 < num.len));
    rap_sheet_put (self->sheet, small ? RAP_TEXT ("(") : RAP_TEXT (""), set);
    rap_sheet_put (self->sheet, num, set);
    rap_sheet_put (self->sheet, small ? RAP_TEXT (") ") : digits ? RAP_TEXT (". ") : RAP_TEXT (" "), set);
}

//  'Annex I', 'Article 5', 'II' or 'B', without a full stop, are printed on a line of
//  their own.
static bool stands_alone (rap_text_t num)
{
    uint32_t small = 0, capitals = 0;
    num = rap_text_trim (num);
    for (size_t i = 0; i < num.len; i++) {
        small += glyph_is_lower (num.at[i]);
        capitals += glyph_is_upper (num.at[i]);
    }
    return num.len && num.at[0] != '(' && num.at[num.len - 1] != '.' && (small > 2 || capitals == num.len);
}

static rap_status_t end_line (rap_akn_t *self, rap_reason_t *reason)
{
    const frame_t *frame = top (self);
    unsigned flags = self->flags;
    self->flags = RAP_LINE_BEGINS;
    return rap_sheet_end (self->sheet, flags, frame->heading ? frame->level : 0, reason);
}

//  A number that no text follows is text itself.
static rap_status_t end_num (rap_akn_t *self, rap_reason_t *reason)
{
    put_num (self);
    return end_line (self, reason);
}

void rap_akn_put (rap_akn_t *self, rap_text_t text)
{
    frame_t *frame = top (self);
    if (frame->silent)
        return;
    if (frame->tag == RAP_AKN_NUM
        || (frame->tag == RAP_AKN_INLINE && self->frames[self->depth - 1].tag == RAP_AKN_NUM)) {
        size_t len = text.len < NUM_MAX - self->num_len ? text.len : 0; //  a number that long is none
        memcpy (self->num + self->num_len, text.at, len);
        self->num_len += len;
        return;
    }
    if (frame->raised && self->raised_len + text.len <= sizeof self->raised) {
        memcpy (self->raised + self->raised_len, text.at, text.len);
        self->raised_len += text.len;
        return;
    }
    if (self->num_len && rap_text_trim (text).len && !rap_sheet_in_note (self->sheet))
        put_num (self);
    rap_sheet_put (self->sheet, text, frame->set);
}

//  Raised digits or stars are a mark of a note that stands elsewhere.
static void end_raised (rap_akn_t *self)
{
    rap_text_t text = rap_text_of (self->raised, self->raised_len), mark = rap_sheet_mark_of (text, false);
    frame_t *frame = top (self);
    frame->raised = false;
    self->raised_len = 0;
    if (mark.len && !rap_sheet_is_empty (self->sheet))
        rap_sheet_mark (self->sheet, mark, RAP_TEXT (""));
    else if (text.len)
        rap_akn_put (self, rap_arena_text (self->arena, text));
}

//  --- notes ------------------------------------------------------------------

//  The mark that a note bears, or the next number.
static rap_text_t marker (rap_akn_t *self, rap_text_t stated)
{
    rap_text_t mark = rap_sheet_mark_of (stated, true);
    uint32_t number = 0;
    if (!mark.len)
        mark = stated.len && stated.len <= 8 ? stated : rap_arena_format (self->arena, "%u", self->number + 1);
    for (size_t i = 0; i < mark.len && i < 6 && glyph_is_digit (mark.at[i]); i++)
        number = number * 10 + (uint32_t)(mark.at[i] - '0');
    self->number = number ? number : self->number;
    return mark;
}

//  `marked`: a mark is printed in the text, as for all notes but those that say otherwise.
static void begin_note (rap_akn_t *self, rap_text_t stated, bool marked)
{
    frame_t *frame = top (self);
    rap_text_t mark = marker (self, stated), key = rap_arena_format (self->arena, "\n%u", ++self->key);
    frame->set = 0;
    frame->raised = frame->heading = false;
    if (rap_sheet_in_note (self->sheet))
        return;
    if (self->num_len)
        put_num (self);
    if (marked)
        rap_sheet_mark (self->sheet, mark, key);
    rap_sheet_note (self->sheet, mark, key);
    frame->note = true;
}

//  --- particulars ------------------------------------------------------------

static void set (field_t *field, rap_text_t value)
{
    value = rap_text_trim (value);
    if (field->len || value.len > FIELD_MAX)
        return;
    memcpy (field->at, value.at, value.len);
    field->len = value.len;
}

//  YYYY-MM-DD at the value's start.
static rap_text_t day_of (rap_text_t value)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (i >= value.len || (form[i] == 'd' ? !glyph_is_digit (value.at[i]) : value.at[i] != form[i]))
            return RAP_TEXT ("");
    return rap_text_of (value.at, sizeof form - 1);
}

//  The day on which it was published, as its head would print it; any other day
//  counts only if the head prints none.
static void take_date (rap_akn_t *self, rap_text_t name, rap_text_t date)
{
    bool published = is (name, "publication") || is (name, "issuance") || is (name, "distribution");
    if (published)
        set (&self->published, day_of (date));
    else if (is (name, "adoption") || is (name, "approval"))
        set (&self->otherwise, day_of (date));
}

static void take_particular (rap_akn_t *self, const char *name, const rap_akn_attribute_t *attributes, uint32_t count)
{
    rap_text_t value = attribute (attributes, count, "value"), called = attribute (attributes, count, "name");
    if (self->documents > 1)
        return;
    if (strcmp (name, "FRBRalias") == 0 && (is (called, "symbol") || is (called, "docNumber")))
        set (&self->symbol, value);
    else if (strcmp (name, "FRBRalias") == 0 && (is (called, "title") || is (called, "docTitle")))
        set (&self->title, value);
    else if (strcmp (name, "FRBRdate") == 0)
        take_date (self, called, attribute (attributes, count, "date"));
    else if (strcmp (name, "FRBRlanguage") == 0)
        set (&self->language, attribute (attributes, count, "language"));
}

//  ISO 639-2, as Akoma Ntoso has it, to 639-1: the languages of the United Nations.
static rap_text_t language_of (rap_text_t code)
{
    static const char codes[][2][4] = {{"ara", "ar"}, {"chi", "zh"}, {"zho", "zh"}, {"eng", "en"},
                                       {"fra", "fr"}, {"fre", "fr"}, {"rus", "ru"}, {"spa", "es"}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (is (code, codes[i][0]))
            return rap_text (codes[i][1]);
    return code.len == 2 ? code : RAP_TEXT ("");
}

//  --- elements ---------------------------------------------------------------

static bool is_inline (rap_akn_tag_t tag)
{
    return (tag >= RAP_AKN_INLINE && tag <= RAP_AKN_BREAK) || tag == RAP_AKN_NOTE || tag == RAP_AKN_NOTE_REF;
}

static void set_look (frame_t *frame, const rap_akn_attribute_t *attributes, uint32_t count)
{
    rap_text_t class = attribute (attributes, count, "class"), style = attribute (attributes, count, "style");
    rap_style_t said = style.len ? rap_style_read (style) : (rap_style_t){0};
    bool italic = frame->tag == RAP_AKN_ITALIC || said.italic == RAP_YES || is (class, "italic");
    bool bold =
        frame->tag == RAP_AKN_BOLD || said.bold == RAP_YES || is (class, "bold") || frame->tag == RAP_AKN_HEADING;
    frame->set = (uint8_t)(frame->set | (italic ? RAP_RUN_ITALIC : 0) | (bold ? RAP_RUN_BOLD : 0));
}

static void begin_block (rap_akn_t *self, frame_t *frame)
{
    switch (frame->tag) {
    case RAP_AKN_DOCUMENT:
        self->documents++;
        frame->level = 0;
        break;
    case RAP_AKN_LEVEL:
        frame->level = (uint8_t)(frame->level < UINT8_MAX ? frame->level + 1 : UINT8_MAX);
        break;
    case RAP_AKN_HEADING:
        frame->heading = true;
        frame->level = frame->level ? frame->level : 1;
        break;
    case RAP_AKN_COVER:
        frame->cover = true;
        break;
    case RAP_AKN_TABLE:
        rap_sheet_table (self->sheet, false, false);
        break;
    case RAP_AKN_ROW:
        rap_sheet_row (self->sheet);
        break;
    case RAP_AKN_CELL:
    case RAP_AKN_HEADER_CELL:
        rap_sheet_cell (self->sheet, frame->tag == RAP_AKN_HEADER_CELL);
        break;
    default:
        break;
    }
}

//  In <meta> only its notes are text.
static void begin_in_meta (rap_akn_t *self, const char *name, const rap_akn_attribute_t *attributes, uint32_t count)
{
    frame_t *frame = top (self);
    take_particular (self, name, attributes, count);
    bool note = strcmp (name, "note") == 0 && !rap_sheet_in_note (self->sheet);
    if (!note && !(rap_sheet_in_note (self->sheet)))
        return;
    frame->silent = false;
    if (note) {
        rap_sheet_note (self->sheet, marker (self, attribute (attributes, count, "marker")),
                        attribute (attributes, count, "eId").len ? attribute (attributes, count, "eId")
                                                                 : attribute (attributes, count, "id"));
        frame->note = true;
    }
}

static void refer_to_note (rap_akn_t *self, const rap_akn_attribute_t *attributes, uint32_t count)
{
    rap_text_t href = attribute (attributes, count, "href"), stated = attribute (attributes, count, "marker");
    rap_text_t key = href.len && href.at[0] == '#' ? rap_text_from (href, 1) : href;
    if (!rap_sheet_in_note (self->sheet))
        rap_sheet_mark (self->sheet, marker (self, stated), key);
}

static rap_status_t begin_inline (rap_akn_t *self, const char *name, const rap_akn_attribute_t *attributes,
                                  uint32_t count, rap_reason_t *reason)
{
    frame_t *frame = top (self);
    if (frame->tag == RAP_AKN_NOTE) {
        begin_note (self, attribute (attributes, count, "marker"),
                    !is (attribute (attributes, count, "class"), "unmarked"));
    } else if (frame->tag == RAP_AKN_NOTE_REF) {
        refer_to_note (self, attributes, count);
    } else if (frame->tag == RAP_AKN_RAISED) {
        frame->raised = true;
    } else if (frame->tag == RAP_AKN_BREAK && !rap_sheet_is_empty (self->sheet)) {
        rap_status_t status = end_line (self, reason);
        self->flags = 0;
        return status;
    }
    self->dated = self->dated || (frame->cover && (strcmp (name, "docDate") == 0 || strcmp (name, "date") == 0));
    return RAP_OK;
}

rap_status_t rap_akn_start (rap_akn_t *self, const char *name, const rap_akn_attribute_t *attributes, uint32_t count,
                            rap_reason_t *reason)
{
    if (self->depth == RAP_XML_DEPTH_MAX)
        return rap_refuse (reason, "elements nested more than %d deep", RAP_XML_DEPTH_MAX);
    frame_t frame = *top (self);
    bool meta = frame.tag == RAP_AKN_META;
    frame.tag = meta ? RAP_AKN_META : rap_akn_tag (name);
    frame.note = frame.raised = false;
    frame.block = !meta && !is_inline (frame.tag) && frame.tag != RAP_AKN_SKIP && frame.tag != RAP_AKN_META;
    frame.silent = frame.silent || frame.tag == RAP_AKN_SKIP || frame.tag == RAP_AKN_META;
    rap_status_t status = RAP_OK;
    if (frame.block && !frame.silent) {
        if (frame.tag == RAP_AKN_NUM && self->num_len)
            status = end_num (self, reason);
        else
            status = end_line (self, reason);
    }
    set_look (&frame, attributes, count);
    if (frame.block && !frame.silent)
        begin_block (self, &frame);
    self->frames[++self->depth] = frame;
    if (meta)
        begin_in_meta (self, name, attributes, count);
    else if (status == RAP_OK && !frame.block && !frame.silent)
        status = begin_inline (self, name, attributes, count, reason);
    return status;
}

rap_status_t rap_akn_stop (rap_akn_t *self, rap_reason_t *reason)
{
    frame_t *frame = top (self);
    rap_status_t status = RAP_OK;
    if (!self->depth)
        return RAP_OK;
    if (frame->raised)
        end_raised (self);
    if (frame->tag == RAP_AKN_NUM) {
        if (stands_alone (rap_text_of (self->num, self->num_len)))
            status = end_num (self, reason);
    } else if (frame->block && !frame->silent) {
        bool alone = self->num_len && frame->tag != RAP_AKN_HEADING && rap_sheet_is_empty (self->sheet)
                     && !rap_sheet_in_note (self->sheet) && frame->tag == RAP_AKN_LEVEL;
        status = alone ? end_num (self, reason) : end_line (self, reason);
    }
    if (frame->note && status == RAP_OK)
        status = rap_sheet_note_end (self->sheet, reason);
    if (frame->tag == RAP_AKN_TABLE && !frame->silent)
        rap_sheet_table_end (self->sheet);
    self->depth--;
    return status;
}

//  --- the end ----------------------------------------------------------------

static void fill_in (rap_akn_t *self, rap_text_t *into, rap_text_t value)
{
    if (!into->len && value.len)
        *into = rap_arena_text (self->arena, value);
}

rap_status_t rap_akn_finish (rap_akn_t *self, rap_document_t *document, rap_lines_t *lines, rap_reason_t *reason)
{
    put_num (self);
    rap_status_t status = end_line (self, reason);
    if (status != RAP_OK)
        return status;
    fill_in (self, &document->symbol, rap_text_of (self->symbol.at, self->symbol.len));
    fill_in (self, &document->title, rap_text_of (self->title.at, self->title.len));
    fill_in (self, &document->published, rap_text_of (self->published.at, self->published.len));
    if (!self->dated)
        fill_in (self, &document->published, rap_text_of (self->otherwise.at, self->otherwise.len));
    fill_in (self, &document->language, language_of (rap_text_of (self->language.at, self->language.len)));
    rap_sheet_finish (self->sheet, lines);
    return RAP_OK;
}
