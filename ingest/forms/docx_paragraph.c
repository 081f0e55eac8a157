//  docx_paragraph: words and how they are set.
#include "docx_paragraph.h"

#include <stdlib.h>

#include "vector.h"

//  Most paragraphs have few pieces, and a table has many paragraphs.
enum { FIRST_ROOM = 4 };

static void *few_room (void *at, uint32_t count, uint32_t *room, size_t size)
{
    if (*room)
        return vector_room (at, count, room, size);
    *room = FIRST_ROOM;
    at = calloc (FIRST_ROOM, size);
    if (!at)
        abort ();
    return at;
}

void rap_docx_paragraphs_add (rap_docx_paragraphs_t *list, rap_docx_paragraph_t *paragraph)
{
    paragraph->next = NULL;
    if (list->last)
        list->last->next = paragraph;
    else
        list->first = paragraph;
    list->last = paragraph;
}

rap_docx_paragraph_t *rap_docx_paragraph_new (rap_docx_paragraphs_t *pool)
{
    rap_docx_paragraph_t *self = pool->first;
    if (!self) {
        self = calloc (1, sizeof *self);
        if (!self)
            abort ();
    } else {
        pool->first = self->next;
        pool->last = pool->first ? pool->last : NULL;
    }
    //  What was allocated stays.
    *self = (rap_docx_paragraph_t){.text = self->text,
                                   .room = self->room,
                                   .pieces = self->pieces,
                                   .pieces_room = self->pieces_room,
                                   .references = self->references,
                                   .references_room = self->references_room,
                                   .setting = rap_docx_setting (),
                                   .label = RAP_TEXT ("")};
    return self;
}

void rap_docx_paragraphs_fini (rap_docx_paragraphs_t *list)
{
    while (list->first) {
        rap_docx_paragraph_t *self = list->first;
        list->first = self->next;
        free (self->text);
        free (self->pieces);
        free (self->references);
        free (self);
    }
    list->last = NULL;
}

void rap_docx_paragraphs_reuse (rap_docx_paragraphs_t *list, rap_docx_paragraphs_t *pool)
{
    if (!list->first)
        return;
    if (pool->last)
        pool->last->next = list->first;
    else
        pool->first = list->first;
    pool->last = list->last;
    *list = (rap_docx_paragraphs_t){.first = NULL};
}

static void make_room (rap_docx_paragraph_t *self, size_t more)
{
    if (self->len + more <= self->room)
        return;
    self->room = (uint32_t)((self->len + more) * 2);
    self->text = realloc (self->text, self->room);
    if (!self->text)
        abort ();
}

void rap_docx_paragraph_put (rap_docx_paragraph_t *self, rap_text_t text, unsigned style)
{
    if (!text.len)
        return;
    make_room (self, text.len);
    memcpy (self->text + self->len, text.at, text.len);
    uint32_t from = self->len;
    self->len += (uint32_t)text.len;
    rap_run_t *last = self->pieces_count ? &self->pieces[self->pieces_count - 1] : NULL;
    if (last && last->style == style && !(style & RAP_RUN_MARK)) {
        last->end = self->len;
        return;
    }
    self->pieces = few_room (self->pieces, self->pieces_count, &self->pieces_room, sizeof *self->pieces);
    self->pieces[self->pieces_count++] = (rap_run_t){.at = from, .end = self->len, .style = (uint8_t)style};
}

void rap_docx_paragraph_refer (rap_docx_paragraph_t *self, rap_docx_reference_t reference)
{
    self->references =
        few_room (self->references, self->references_count, &self->references_room, sizeof *self->references);
    self->references[self->references_count++] = reference;
}

static bool is_blank (const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr (" \t\r\n\v", at[i]) || !at[i])
            return false;
    return true;
}

bool rap_docx_paragraph_is_blank (const rap_docx_paragraph_t *self)
{
    return is_blank (self->text, self->len);
}

bool rap_docx_paragraph_is_bold (const rap_docx_paragraph_t *self)
{
    for (uint32_t i = 0; i < self->pieces_count; i++) {
        const rap_run_t *piece = &self->pieces[i];
        if (!(piece->style & (RAP_RUN_BOLD | RAP_RUN_MARK))
            && !is_blank (self->text + piece->at, piece->end - piece->at))
            return false;
    }
    return self->pieces_count > 0;
}

//  What follows the last tab, and dots lead to: the number of a page.
static bool is_page (rap_text_t rest)
{
    rest = rap_text_trim (rest);
    for (size_t i = 0; i < rest.len; i++)
        if (!strchr ("0123456789ivxlIVXL-", rest.at[i]))
            return false;
    return rest.len > 0 && rest.len < 8;
}

void rap_docx_paragraph_print (const rap_docx_paragraph_t *self, uint32_t from, uint32_t to, rap_maker_t *maker)
{
    rap_text_t whole = rap_text_of (self->text, self->len);
    bool dotted =
        self->setting.dotted == RAP_DOCX_YES
        || (self->setting.dotted == RAP_DOCX_UNSAID && self->style && self->style->setting.dotted == RAP_DOCX_YES);
    uint32_t dots = dotted && self->tab && is_page (rap_text_from (whole, self->tab)) ? self->tab - 1 : UINT32_MAX;
    for (uint32_t i = 0; i < self->pieces_count && self->pieces[i].at < to; i++) {
        const rap_run_t *piece = &self->pieces[i];
        uint32_t at = piece->at > from ? piece->at : from, end = piece->end < to ? piece->end : to;
        if (at >= end)
            continue;
        bool here = dots >= at && dots < end;
        rap_maker_put (maker, rap_text_of (self->text + at, (here ? dots : end) - at), piece->style);
        if (here) {
            rap_maker_put (maker, RAP_TEXT (" ..... "), piece->style);
            rap_maker_put (maker, rap_text_of (self->text + dots, end - dots), piece->style);
        }
    }
}
