//  html_page: a stack of what holds for the text in each open element.
#include "html_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "glyph.h"
#include "html_style.h"
#include "html_tag.h"
#include "vector.h"
#include "xml_input.h"
#include "xml_sheet.h"

//  What holds in an element, most of it also in those within.
typedef struct {
    const rap_html_tag_t *tag;
    uint8_t set;   //  RAP_RUN_...
    uint8_t level; //  of the heading that we are in
    bool raised, pre, centred, linked;
    bool skipped;     //  nothing in it is text
    bool within_text; //  of <main> or <article>, or it is one
    bool surrounds;   //  a page's header or footer
    bool note;        //  the open note ends with it
    bool block;       //  lines end before it and after it
    bool holds_note;  //  a note that begins in it ends with it
    bool holds_notes; //  each item of a list in it is one
    bool catches;     //  what may be a mark began with it
    char list;        //  numbering of the list that it is: '1' 'a' 'A' 'i' 'I' '*' '-', 0 none
    int32_t number;   //  of the list's next item
    bool listed;      //  the list has an item
    uint32_t line;    //  lines of the sheet when it began
    uint64_t bytes;
} frame_t;

//  Text that may be a mark, up to the end of the element that makes it so.
enum { CATCH_MAX = 24, KEY_MAX = 256 };
typedef struct {
    char text[CATCH_MAX], key[KEY_MAX], own[KEY_MAX];
    size_t len, key_len, own_len;
    uint8_t set;
    bool on, raised, hinted;
} catch_t;

//  The last item of the lists of some depth and numbering.
enum { LISTS_DEEP = 8, LIST_KINDS = 5 };
static const char list_kinds[LIST_KINDS + 1] = "1aAiI";
typedef struct {
    int32_t number; //  0 none
    char around;    //  the numbering of the list around
} last_t;

//  Lines [from, to) with something in common.
typedef struct {
    uint32_t from, to;
    uint64_t bytes;
} span_t;
enum { SPANS_MAX = 256 };

struct rap_page {
    rap_arena_t *arena;
    rap_sheet_t *sheet;
    rap_styles_t *styles;
    frame_t frames[RAP_XML_DEPTH_MAX + 1];
    uint32_t depth;
    last_t lasts[LISTS_DEEP][LIST_KINDS]; //  gone with the next item of the list around
    unsigned flags;                       //  of the present line
    char counter[16];                     //  printed before the next text
    uint32_t plain, all;                  //  bytes of the present line: not in a link, in all
    uint32_t linked;                      //  lines so far, one after the other, that are but links
    span_t texts[SPANS_MAX], around[SPANS_MAX];
    uint32_t texts_count, around_count;
    catch_t caught;
    char *style; //  of <style>, as it comes
    uint32_t style_len, style_room;
    char *pre; //  all text in <pre>, as it is
    uint32_t pre_len, pre_room;
    bool outside; //  there is text that is not in <pre>
};

rap_page_t *rap_page_new (rap_arena_t *arena)
{
    rap_page_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = arena;
    self->sheet = rap_sheet_new (arena);
    self->styles = rap_styles_new ();
    self->frames[0].tag = rap_html_tag ("");
    self->flags = RAP_LINE_BEGINS;
    return self;
}

void rap_page_destroy (rap_page_t **self_p)
{
    rap_page_t *self = *self_p;
    if (!self)
        return;
    rap_sheet_destroy (&self->sheet);
    rap_styles_destroy (&self->styles);
    free (self->style);
    free (self->pre);
    free (self);
    *self_p = NULL;
}

void rap_page_at (rap_page_t *self, size_t from, size_t to)
{
    rap_sheet_at (self->sheet, from, to);
}

static frame_t *top (rap_page_t *self)
{
    return &self->frames[self->depth];
}

//  --- attributes -------------------------------------------------------------

static rap_text_t attribute (const char **attributes, const char *name)
{
    for (; attributes && attributes[0]; attributes += 2)
        if (strcmp (attributes[0], name) == 0)
            return rap_text (attributes[1]);
    return RAP_TEXT ("");
}

static bool has_attribute (const char **attributes, const char *name)
{
    for (; attributes && attributes[0]; attributes += 2)
        if (strcmp (attributes[0], name) == 0)
            return true;
    return false;
}

static bool is (rap_text_t text, const char *word)
{
    return text.len == strlen (word) && strncasecmp (text.at, word, text.len) == 0;
}

//  Whether the word stands in the text, in small or large letters.
static bool holds (rap_text_t text, const char *word)
{
    size_t len = strlen (word);
    for (size_t at = 0; at + len <= text.len && at < KEY_MAX; at++)
        if (strncasecmp (text.at + at, word, len) == 0)
            return true;
    return false;
}

static rap_text_t id_of (const char **attributes)
{
    rap_text_t id = attribute (attributes, "id");
    return id.len ? id : attribute (attributes, "name");
}

//  --- lines ------------------------------------------------------------------

//  Runs of lines that are but links are a page's navigation.
enum { LINKED_MIN = 4 };

static void end_linked (rap_page_t *self)
{
    uint32_t lines = rap_sheet_lines (self->sheet);
    if (self->linked >= LINKED_MIN)
        rap_sheet_drop (self->sheet, lines - self->linked, lines);
    self->linked = 0;
}

static rap_status_t end_line (rap_page_t *self, rap_reason_t *reason)
{
    frame_t *frame = top (self);
    if (!rap_sheet_is_empty (self->sheet) && !rap_sheet_in_note (self->sheet)) {
        bool linked = self->all && !self->plain && !frame->within_text;
        if (!linked)
            end_linked (self);
        self->linked += linked;
    }
    self->plain = self->all = 0;
    unsigned flags = self->flags | (frame->centred ? RAP_LINE_CENTRED : 0);
    self->flags = RAP_LINE_BEGINS;
    return rap_sheet_end (self->sheet, flags, frame->level, reason);
}

static void put (rap_page_t *self, rap_text_t text, unsigned set)
{
    frame_t *frame = top (self);
    size_t visible = rap_text_trim (text).len;
    self->outside = self->outside || (visible && !frame->pre);
    if (self->counter[0] && visible) {
        rap_sheet_put (self->sheet, rap_text (self->counter), set & RAP_RUN_BOLD);
        self->counter[0] = '\0';
    }
    self->all += (uint32_t)visible;
    self->plain += frame->linked ? 0 : (uint32_t)visible;
    rap_sheet_put (self->sheet, text, set);
}

//  --- marks and notes --------------------------------------------------------

//  A note begins: with the element that holds it, else with the block around.
static void begin_note (rap_page_t *self, rap_text_t mark, rap_text_t key)
{
    uint32_t at = self->depth, block = 0;
    for (; at > 0 && !self->frames[at].holds_note; at--)
        if (!block && self->frames[at].tag->bits & RAP_TAG_BLOCK)
            block = at;
    self->counter[0] = '\0';
    rap_sheet_note (self->sheet, mark, key);
    self->frames[at ? at : block].note = true;
}

static void copy_key (char *to, size_t *len, rap_text_t key)
{
    *len = key.len < KEY_MAX ? key.len : 0; //  a key that long is none
    memcpy (to, key.at, *len);
}

//  What in a link's target, class or name tells that it leads to a note.
static bool hints_at_note (rap_text_t text)
{
    static const char *const hints[] = {"note", "fn", "ftn", "edn", "cite"};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (holds (text, hints[i]))
            return true;
    return false;
}

static void see_link (catch_t *c, rap_text_t href, const char **attributes)
{
    const char *sharp = href.len ? memchr (href.at, '#', href.len) : NULL;
    rap_text_t key = sharp ? rap_text_from (href, (size_t)(sharp - href.at) + 1) : RAP_TEXT ("");
    if (key.len && !c->key_len)
        copy_key (c->key, &c->key_len, key);
    c->hinted = c->hinted
                || (key.len
                    && (hints_at_note (key) || hints_at_note (attribute (attributes, "class"))
                        || hints_at_note (attribute (attributes, "role"))));
}

static void begin_catch (rap_page_t *self, frame_t *frame, const char **attributes)
{
    catch_t *c = &self->caught;
    rap_text_t href = attribute (attributes, "href"), own = id_of (attributes);
    bool link = frame->tag->element == RAP_HTML_A && href.len && memchr (href.at, '#', href.len);
    bool named = frame->tag->element == RAP_HTML_A && own.len && rap_sheet_is_key (self->sheet, own);
    bool raised = frame->raised && !self->frames[self->depth - 1].raised;
    if (!c->on && !link && !named && !raised)
        return;
    if (!c->on) {
        *c = (catch_t){.on = true, .set = frame->set};
        frame->catches = true;
    }
    c->raised = c->raised || frame->raised;
    if (link)
        see_link (c, href, attributes);
    if (own.len && !c->own_len)
        copy_key (c->own, &c->own_len, own);
}

//  It is no mark: what was caught is text.
static void release (rap_page_t *self)
{
    catch_t *c = &self->caught;
    if (!c->on)
        return;
    c->on = false;
    put (self, rap_text_of (c->text, c->len), c->set);
}

//  Links from a note back to its mark: no words.
static bool leads_back (rap_text_t text, bool link)
{
    for (size_t i = 0; i < text.len; i++)
        if (glyph_is_letter (text.at[i]))
            return false;
    return link;
}

//  Notes parted by <br> stand in one block, which the open one has for want of an element
//  of its own.
static bool is_next_of_block (const rap_page_t *self, rap_text_t mark)
{
    uint32_t at = self->depth;
    while (at > 0 && !(self->frames[at].tag->bits & RAP_TAG_BLOCK))
        at--;
    const frame_t *block = &self->frames[at];
    return at > 0 && block->note && !block->holds_note && rap_sheet_is_next_note (self->sheet, mark);
}

static void end_catch (rap_page_t *self)
{
    catch_t *c = &self->caught;
    if (!c->on)
        return;
    rap_text_t text = rap_text_of (c->text, c->len), key = rap_text_of (c->key, c->key_len),
               own = rap_text_of (c->own, c->own_len), mark = rap_sheet_mark_of (text, c->key_len && c->hinted);
    bool starts = rap_sheet_is_empty (self->sheet) && !self->counter[0];
    bool begins = rap_sheet_is_key (self->sheet, own);
    if (c->raised && rap_sheet_is_empty (self->sheet) && is_next_of_block (self, mark)) {
        c->on = false;
        (void)rap_sheet_note_end (self->sheet, &(rap_reason_t){0}); //  its last line has ended
        begin_note (self, mark, own);
    } else if (rap_sheet_in_note (self->sheet)) {
        c->on = false;
        bool first = mark.len && self->all == 0; //  its own mark
        if (!first && !leads_back (text, c->key_len > 0)) {
            c->on = true;
            release (self);
        }
    } else if (begins && starts) {
        c->on = false;
        begin_note (self, mark, own);
        if (!mark.len)
            put (self, text, c->set);
    } else if (mark.len && starts && c->raised && !c->key_len) {
        c->on = false;
        begin_note (self, mark, own);
    } else if (mark.len && (c->raised || c->hinted)) {
        c->on = false;
        rap_sheet_mark (self->sheet, mark, key);
        self->plain += 1;
        self->all += 1;
    } else {
        release (self);
    }
}

//  --- lists ------------------------------------------------------------------

static char list_by_type (rap_text_t type, char list)
{
    if (type.len == 1 && strchr ("1aAiI", type.at[0]))
        return type.at[0];
    return is (type, "disc") || is (type, "circle") || is (type, "square") ? '*' : is (type, "none") ? '-' : list;
}

static int32_t number_of (rap_text_t text, int32_t otherwise)
{
    int32_t value = 0;
    size_t at = text.len && text.at[0] == '-';
    if (at == text.len || text.len > 7)
        return otherwise;
    for (; at < text.len && glyph_is_digit (text.at[at]); at++)
        value = value * 10 + (text.at[at] - '0');
    return at < text.len ? otherwise : text.at[0] == '-' ? -value : value;
}

static void write_roman (char *to, int32_t number, bool large)
{
    static const struct {
        int32_t value;
        const char *digits;
    } steps[] = {{100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}};
    size_t len = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        for (; number >= steps[i].value; number -= steps[i].value)
            for (const char *digit = steps[i].digits; *digit && len < 11; digit++)
                to[len++] = (char)(large ? *digit & ~32 : *digit);
    to[len] = '\0';
}

static void write_letters (char *to, int32_t number, bool large)
{
    char back[8];
    size_t len = 0;
    for (; number > 0 && len < sizeof back; number = (number - 1) / 26)
        back[len++] = (char)((large ? 'A' : 'a') + (number - 1) % 26);
    for (size_t i = 0; i < len; i++)
        to[i] = back[len - 1 - i];
    to[len] = '\0';
}

//  Small letters and roman numbers stand in brackets in the documents of the field,
//  which HTML cannot say.
static void write_counter (char counter[16], char list, int32_t number)
{
    char text[12];
    bool large = list == 'A' || list == 'I', countable = number > 0 && number < 300;
    if (list == '-') {
        counter[0] = '\0';
        return;
    }
    if (list == '*') {
        snprintf (counter, 16, "\xE2\x80\xA2 ");
        return;
    }
    if (list == '1' || !countable)
        snprintf (text, sizeof text, "%d", (int)number);
    else if (list == 'i' || list == 'I')
        write_roman (text, number, large);
    else
        write_letters (text, number, large);
    snprintf (counter, 16, list == 'a' || list == 'i' ? "(%s) " : "%s. ", text);
}

//  How many lists are open up to and with the frame.
static uint32_t lists_deep (const rap_page_t *self, uint32_t at)
{
    uint32_t deep = 0;
    for (; at > 0; at--)
        deep += self->frames[at].list != 0;
    return deep < LISTS_DEEP ? deep : LISTS_DEEP - 1;
}

//  The list around the list or item at `at`; 0 none.
static uint32_t list_around (const rap_page_t *self, uint32_t at)
{
    while (at > 0 && !self->frames[--at].list) {
    }
    return at;
}

static last_t *last_of (rap_page_t *self, uint32_t deep, char list)
{
    const char *kind = list ? strchr (list_kinds, list) : NULL;
    return kind ? &self->lasts[deep][kind - list_kinds] : NULL;
}

//  A list at once within another, which has no item yet: LibreOffice writes so what
//  goes on with the list within the item before, and leaves the number out.
static void go_on_with_list (rap_page_t *self, const char **attributes)
{
    frame_t *list = top (self), *around = &self->frames[list_around (self, self->depth)];
    const last_t *last = last_of (self, lists_deep (self, self->depth), list->list);
    if (around->list && !around->listed && !has_attribute (attributes, "start") && last && last->number
        && last->around == around->list)
        list->number = last->number + 1;
}

static void note_item (rap_page_t *self, uint32_t at, char list, int32_t number)
{
    uint32_t deep = lists_deep (self, at);
    last_t *last = last_of (self, deep, list);
    self->frames[at].listed = true;
    if (last)
        *last = (last_t){.number = number, .around = self->frames[list_around (self, at)].list};
    for (deep++; deep < LISTS_DEEP; deep++)
        for (uint32_t kind = 0; kind < LIST_KINDS; kind++)
            if (self->lasts[deep][kind].around == list)
                self->lasts[deep][kind].number = 0;
}

static void begin_item (rap_page_t *self, const char **attributes, rap_style_t style)
{
    uint32_t at = list_around (self, self->depth);
    frame_t *list = &self->frames[at];
    char kind = list_by_type (attribute (attributes, "type"), style.list ? style.list : at ? list->list : '*');
    int32_t number = number_of (attribute (attributes, "value"), list->number);
    list->number = number < 1000000 ? number + 1 : number;
    rap_text_t id = id_of (attributes);
    if (at)
        note_item (self, at, kind, number);
    write_counter (self->counter, kind, number);
    bool is_note = at && (list->holds_notes || (id.len && rap_sheet_is_key (self->sheet, id)));
    if (!is_note || rap_sheet_in_note (self->sheet))
        return;
    top (self)->holds_note = true;
    char mark[16];
    snprintf (mark, sizeof mark, "%d", (int)number);
    begin_note (self, rap_sheet_is_key (self->sheet, id) ? RAP_TEXT ("") : rap_text (mark), id);
}

//  --- elements ---------------------------------------------------------------

static bool is_hidden (const rap_html_tag_t *tag, const char **attributes, rap_style_t style)
{
    rap_text_t role = attribute (attributes, "role"), title = attribute (attributes, "title");
    return tag->bits & RAP_TAG_SKIP || style.hidden == RAP_YES || has_attribute (attributes, "hidden")
           || is (role, "navigation") || is (role, "search") || is (role, "menu")
           || is (role, "menubar")
           //  LibreOffice's running heads.
           || (strcmp (tag->name, "div") == 0 && (is (title, "header") || is (title, "footer")));
}

static bool surrounds (const rap_html_tag_t *tag, const char **attributes)
{
    rap_text_t role = attribute (attributes, "role");
    return tag->bits & RAP_TAG_FURNITURE || is (role, "banner") || is (role, "contentinfo")
           || is (role, "complementary") || strcmp (tag->name, "header") == 0;
}

static uint8_t with_bit (uint8_t set, uint8_t bit, bool by_tag, uint8_t said_of_it)
{
    if (said_of_it == RAP_NO)
        return (uint8_t)(set & ~bit);
    return by_tag || said_of_it == RAP_YES ? set | bit : set;
}

//  What holds in an element, from what holds around it.
static void fill_frame (const rap_page_t *self, frame_t *frame, const char **attributes, rap_style_t style)
{
    const rap_html_tag_t *tag = frame->tag;
    bool italic = tag->bits & RAP_TAG_ITALIC || (tag->element == RAP_HTML_U && !frame->linked);
    frame->set = with_bit (frame->set, RAP_RUN_ITALIC, italic, style.italic);
    frame->set = with_bit (frame->set, RAP_RUN_BOLD, tag->bits & RAP_TAG_BOLD, style.bold);
    frame->raised =
        frame->raised || (tag->bits & RAP_TAG_RAISED && style.raised != RAP_NO) || style.raised == RAP_YES;
    frame->pre = style.pre == RAP_UNSAID ? frame->pre || tag->bits & RAP_TAG_PRE : style.pre == RAP_YES;
    rap_text_t align = attribute (attributes, "align");
    frame->centred = style.centred ? style.centred == RAP_YES
                     : align.len   ? is (align, "center")
                                   : frame->centred || tag->bits & RAP_TAG_CENTRED;
    frame->linked = frame->linked || (tag->element == RAP_HTML_A && has_attribute (attributes, "href"));
    frame->level = tag->element == RAP_HTML_HEADING ? tag->level : frame->level;
    frame->skipped = is_hidden (tag, attributes, style);
    bool text = tag->bits & RAP_TAG_TEXT || is (attribute (attributes, "role"), "main");
    frame->surrounds = !frame->within_text && surrounds (tag, attributes);
    frame->within_text = frame->within_text || text;
    frame->list = tag->bits & RAP_TAG_LIST ? style.list ? style.list : tag->element == RAP_HTML_OL ? '1' : '*' : 0;
    if (frame->list)
        frame->list = list_by_type (attribute (attributes, "type"), frame->list);
    frame->number = number_of (attribute (attributes, "start"), 1);
    rap_text_t class = attribute (attributes, "class"), id = attribute (attributes, "id");
    frame->holds_notes = frame->holds_notes || holds (class, "footnotes") || holds (class, "endnotes")
                         || is (attribute (attributes, "role"), "doc-endnotes")
                         || has_attribute (attributes, "data-footnotes");
    //  An element of its own for a note: LibreOffice's, Word's, or one to which a mark leads.
    frame->holds_note = tag->bits & RAP_TAG_BLOCK
                        && (glyph_has (id, "sdfootnote") || glyph_has (id, "sdendnote") || style.note == RAP_YES
                            || (id.len && rap_sheet_is_key (self->sheet, id)));
}

static frame_t inherited (const frame_t *around)
{
    frame_t frame = *around;
    frame.note = frame.holds_note = frame.block = frame.catches = frame.skipped = frame.surrounds = false;
    frame.list = 0;
    frame.listed = false;
    return frame;
}

static void begin_table_part (rap_page_t *self, const char **attributes)
{
    const rap_html_tag_t *tag = top (self)->tag;
    rap_text_t role = attribute (attributes, "role");
    if (tag->element == RAP_HTML_TABLE)
        rap_sheet_table (self->sheet, is (role, "presentation") || is (role, "none"), false);
    else if (tag->element == RAP_HTML_TR)
        rap_sheet_row (self->sheet);
    else if (tag->element == RAP_HTML_TD)
        rap_sheet_cell (self->sheet, tag->level != 0);
}

//  <br>: of the next words blocks.c decides whether they go on; in a cell they do.
//  A second one in a row begins a paragraph.
static rap_status_t break_line (rap_page_t *self, rap_reason_t *reason)
{
    release (self);
    if (rap_sheet_is_empty (self->sheet)) {
        self->flags = RAP_LINE_BEGINS;
        return RAP_OK;
    }
    rap_status_t status = end_line (self, reason);
    self->flags = 0;
    return status;
}

static void open_block (rap_page_t *self, const char **attributes, rap_style_t style)
{
    frame_t *frame = top (self);
    begin_table_part (self, attributes);
    frame->line = rap_sheet_lines (self->sheet);
    frame->bytes = rap_sheet_bytes (self->sheet);
    if (frame->list)
        go_on_with_list (self, attributes);
    if (frame->tag->element == RAP_HTML_LI)
        begin_item (self, attributes, style);
    rap_text_t id = attribute (attributes, "id");
    if (frame->holds_note && !rap_sheet_in_note (self->sheet) && rap_sheet_is_key (self->sheet, id))
        begin_note (self, RAP_TEXT (""), id);
}

rap_status_t rap_page_start (rap_page_t *self, const char *name, const char **attributes, rap_reason_t *reason)
{
    if (self->depth == RAP_XML_DEPTH_MAX)
        return rap_refuse (reason, "elements nested more than %d deep", RAP_XML_DEPTH_MAX);
    const rap_html_tag_t *tag = rap_html_tag (name);
    frame_t frame = inherited (top (self));
    frame.tag = tag;
    if (top (self)->skipped) {
        frame.skipped = true;
        self->frames[++self->depth] = frame;
        return RAP_OK;
    }
    rap_status_t status = RAP_OK;
    rap_style_t style = rap_styles_of (self->styles, rap_text (name), attribute (attributes, "class"));
    rap_text_t own = attribute (attributes, "style");
    style = own.len ? rap_style_over (style, rap_style_read (own)) : style;
    //  Of what is no block by itself, a <span> is made one; pictures and marks stay in their line.
    frame.block = tag->bits & RAP_TAG_BLOCK || (style.block == RAP_YES && is (rap_text (name), "span"));
    if (frame.block) { //  the line so far is of the element around
        release (self);
        status = end_line (self, reason);
    }
    fill_frame (self, &frame, attributes, style);
    self->frames[++self->depth] = frame;
    if (status != RAP_OK || frame.skipped)
        return status;
    if (tag->element == RAP_HTML_BR)
        return break_line (self, reason);
    if (tag->bits & RAP_TAG_BLOCK)
        open_block (self, attributes, style);
    else
        begin_catch (self, top (self), attributes);
    return RAP_OK;
}

static void add_span (span_t *spans, uint32_t *count, const rap_page_t *self, const frame_t *frame)
{
    if (*count < SPANS_MAX)
        spans[(*count)++] = (span_t){.from = frame->line,
                                     .to = rap_sheet_lines (self->sheet),
                                     .bytes = rap_sheet_bytes (self->sheet) - frame->bytes};
}

static void end_style (rap_page_t *self)
{
    rap_styles_add (self->styles, rap_text_of (self->style, self->style_len));
    self->style_len = 0;
}

rap_status_t rap_page_stop (rap_page_t *self, rap_reason_t *reason)
{
    frame_t *frame = top (self);
    rap_status_t status = RAP_OK;
    if (!self->depth)
        return RAP_OK;
    if (frame->tag->element == RAP_HTML_STYLE)
        end_style (self);
    if (frame->catches)
        end_catch (self);
    if (frame->block && !frame->skipped) {
        release (self);
        status = end_line (self, reason);
    }
    if (frame->note && status == RAP_OK)
        status = rap_sheet_note_end (self->sheet, reason);
    if (frame->tag->element == RAP_HTML_TABLE && !frame->skipped)
        rap_sheet_table_end (self->sheet);
    bool inner = self->frames[self->depth - 1].within_text;
    if (frame->within_text && !inner)
        add_span (self->texts, &self->texts_count, self, frame);
    if (frame->surrounds)
        add_span (self->around, &self->around_count, self, frame);
    if (frame->tag->element == RAP_HTML_LI)
        self->counter[0] = '\0';
    self->depth--;
    return status;
}

//  --- text -------------------------------------------------------------------

static char *append (char *to, uint32_t *len, uint32_t *room, rap_text_t text, size_t most)
{
    if (*len + text.len > most)
        return to;
    while (*len + text.len > *room || !to) {
        *room = *room ? *room * 2 : 4096;
        to = realloc (to, *room);
        if (!to)
            abort ();
    }
    memcpy (to + *len, text.at, text.len);
    *len += (uint32_t)text.len;
    return to;
}

//  In <pre> each line is one; after a blank one a paragraph begins.
static rap_status_t preformatted (rap_page_t *self, rap_text_t text, rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    self->pre = append (self->pre, &self->pre_len, &self->pre_room, text, UINT32_MAX / 2);
    while (text.len && status == RAP_OK) {
        const char *end = memchr (text.at, '\n', text.len);
        rap_text_t line = rap_text_of (text.at, end ? (size_t)(end - text.at) : text.len);
        if (line.len)
            put (self, line, top (self)->set);
        text = rap_text_from (text, line.len + 1);
        if (!end)
            break;
        bool empty = rap_sheet_is_empty (self->sheet);
        status = empty ? RAP_OK : end_line (self, reason);
        self->flags = empty ? RAP_LINE_BEGINS : 0;
    }
    return status;
}

rap_status_t rap_page_text (rap_page_t *self, rap_text_t text, rap_reason_t *reason)
{
    frame_t *frame = top (self);
    catch_t *c = &self->caught;
    if (frame->skipped) {
        if (frame->tag->element == RAP_HTML_STYLE)
            self->style = append (self->style, &self->style_len, &self->style_room, text, RAP_STYLES_BYTES_MAX);
        return RAP_OK;
    }
    if (frame->pre && !c->on)
        return preformatted (self, text, reason);
    if (c->on && c->len + text.len <= CATCH_MAX) {
        memcpy (c->text + c->len, text.at, text.len);
        c->len += text.len;
        return RAP_OK;
    }
    release (self);
    put (self, text, frame->set);
    return RAP_OK;
}

//  --- the end ----------------------------------------------------------------

//  A page that says which of it is its text is read there; else what it says to be
//  around it is left out, if enough remains.
static void keep_text (rap_page_t *self)
{
    enum { TEXT_MIN = 200 };
    uint64_t all = rap_sheet_bytes (self->sheet), texts = 0, around = 0;
    for (uint32_t i = 0; i < self->texts_count; i++)
        texts += self->texts[i].bytes;
    for (uint32_t i = 0; i < self->around_count; i++)
        around += self->around[i].bytes;
    if (texts >= TEXT_MIN && texts * 4 >= all && self->texts_count < SPANS_MAX) {
        uint32_t from = 0;
        for (uint32_t i = 0; i < self->texts_count; i++) {
            rap_sheet_drop (self->sheet, from, self->texts[i].from);
            from = self->texts[i].to;
        }
        rap_sheet_drop (self->sheet, from, rap_sheet_lines (self->sheet));
    } else if (around * 2 <= all) {
        for (uint32_t i = 0; i < self->around_count; i++)
            rap_sheet_drop (self->sheet, self->around[i].from, self->around[i].to);
    }
}

rap_status_t rap_page_finish (rap_page_t *self, rap_lines_t *lines, rap_text_t *plain, rap_reason_t *reason)
{
    release (self);
    rap_status_t status = end_line (self, reason);
    while (status == RAP_OK && self->depth)
        status = rap_page_stop (self, reason);
    if (status == RAP_OK && rap_sheet_in_note (self->sheet))
        status = rap_sheet_note_end (self->sheet, reason);
    if (status != RAP_OK)
        return status;
    end_linked (self);
    *plain = RAP_TEXT ("");
    if (!self->outside && self->pre_len)
        *plain = rap_arena_text (self->arena, rap_text_of (self->pre, self->pre_len));
    keep_text (self);
    rap_sheet_finish (self->sheet, lines);
    return RAP_OK;
}
