//  docx_notes: read before the text, printed after the paragraphs that refer to them.
#include "docx_notes.h"

#include <stdlib.h>

#include "docx_numbering.h"
#include "docx_xml.h"
#include "vector.h"

enum { NOTES_MAX = 1 << 20, SECTIONS_MAX = 1 << 20 };

typedef struct {
    int32_t id;
    bool printed;
    rap_docx_paragraphs_t text;
} note_t;

typedef enum { RESTART_UNSAID, RESTART_NEVER, RESTART_SECTION, RESTART_PAGE } restart_t;

//  How the notes of a section are numbered. Zero where nothing is said.
typedef struct {
    uint32_t format; //  rap_docx_format_t + 1
    uint32_t start;
    restart_t restart;
} manner_t;

//  Footnotes, or endnotes.
typedef struct {
    note_t *at;
    uint32_t count, room;
    uint32_t number; //  of the last one
    manner_t settings;
} kind_t;

struct rap_docx_notes {
    rap_arena_t *arena;
    rap_docx_paragraphs_t *pool;
    kind_t kinds[2]; //  footnotes, endnotes
    manner_t (*sections)[2];
    uint32_t sections_count, sections_room;
    uint32_t section; //  that the text has come to
    bool open;        //  while reading: paragraphs belong to the last note
    bool endnotes;
};

rap_docx_notes_t *rap_docx_notes_new (rap_arena_t *arena, rap_docx_paragraphs_t *pool)
{
    rap_docx_notes_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = arena;
    self->pool = pool;
    return self;
}

void rap_docx_notes_destroy (rap_docx_notes_t **self_p)
{
    rap_docx_notes_t *self = *self_p;
    if (!self)
        return;
    for (int kind = 0; kind < 2; kind++) {
        for (uint32_t i = 0; i < self->kinds[kind].count; i++)
            rap_docx_paragraphs_reuse (&self->kinds[kind].at[i].text, self->pool);
        free (self->kinds[kind].at);
    }
    free (self->sections);
    free (self);
    *self_p = NULL;
}

//  --- the notes --------------------------------------------------------------

static rap_status_t hear_note (void *context, int32_t id, rap_text_t type, rap_reason_t *reason)
{
    rap_docx_notes_t *self = context;
    kind_t *kind = &self->kinds[self->endnotes];
    //  Others are the rules between text and notes.
    self->open = !type.len || rap_text_equal (type, RAP_TEXT ("normal"));
    if (!self->open)
        return RAP_OK;
    if (kind->count == NOTES_MAX)
        return rap_refuse (reason, "more than %d notes", NOTES_MAX);
    kind->at = vector_room (kind->at, kind->count, &kind->room, sizeof *kind->at);
    kind->at[kind->count++] = (note_t){.id = id};
    return RAP_OK;
}

static rap_status_t hear_paragraph (void *context, rap_docx_paragraph_t *paragraph, bool in_table,
                                    rap_reason_t *reason)
{
    rap_docx_notes_t *self = context;
    kind_t *kind = &self->kinds[self->endnotes];
    rap_docx_paragraphs_t *list = self->open && kind->count ? &kind->at[kind->count - 1].text : self->pool;
    (void)in_table, (void)reason;
    rap_docx_paragraphs_add (list, paragraph);
    return RAP_OK;
}

static int compare (const void *a, const void *b)
{
    int32_t left = ((const note_t *)a)->id, right = ((const note_t *)b)->id;
    return (left > right) - (left < right);
}

rap_status_t rap_docx_notes_read (rap_docx_notes_t *self, const rap_docx_story_t *story, const char *part,
                                  bool endnotes, rap_reason_t *reason)
{
    static const rap_docx_hearer_t hearer = {.paragraph = hear_paragraph, .note = hear_note};
    self->endnotes = endnotes;
    rap_status_t status = rap_docx_walk (story, part, &hearer, self, reason);
    kind_t *kind = &self->kinds[endnotes];
    if (kind->count)
        qsort (kind->at, kind->count, sizeof *kind->at, compare);
    return status;
}

//  --- how they are numbered --------------------------------------------------

typedef struct {
    rap_docx_notes_t *notes;
    bool sections;      //  the part has sections, else settings
    uint32_t changed;   //  depth in what was so before a tracked change
    uint32_t within;    //  depth in section properties
    int32_t kind;       //  that we are in; -1 none
    manner_t manner[2]; //  of the section
} scan_t;

static void take_manner (manner_t *manner, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes)
{
    rap_text_t value = rap_docx_attribute (attributes, "val", NULL);
    long number = rap_docx_number (attributes, "val", 0);
    if (tag == RAP_DOCX_numFmt)
        manner->format = (uint32_t)rap_docx_format (value) + 1;
    if (tag == RAP_DOCX_numStart)
        manner->start = number > 0 ? (uint32_t)number : 0;
    if (tag == RAP_DOCX_numRestart)
        manner->restart = rap_text_equal (value, RAP_TEXT ("eachSect"))   ? RESTART_SECTION
                          : rap_text_equal (value, RAP_TEXT ("eachPage")) ? RESTART_PAGE
                                                                          : RESTART_NEVER;
}

static rap_status_t scan_start (void *context, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                                rap_reason_t *reason)
{
    scan_t *s = context;
    (void)reason;
    s->changed += tag == RAP_DOCX_sectPrChange;
    if (s->changed)
        return RAP_OK;
    s->within += tag == RAP_DOCX_sectPr;
    if (s->sections && !s->within)
        return RAP_OK;
    if (tag == RAP_DOCX_footnotePr || tag == RAP_DOCX_endnotePr)
        s->kind = tag == RAP_DOCX_endnotePr;
    else if (s->kind >= 0)
        take_manner (s->sections ? &s->manner[s->kind] : &s->notes->kinds[s->kind].settings, tag, attributes);
    return RAP_OK;
}

static rap_status_t scan_end (void *context, rap_docx_tag_t tag, rap_reason_t *reason)
{
    scan_t *s = context;
    rap_docx_notes_t *self = s->notes;
    if (tag == RAP_DOCX_sectPrChange && s->changed)
        s->changed--;
    if (s->changed)
        return RAP_OK;
    if (tag == RAP_DOCX_footnotePr || tag == RAP_DOCX_endnotePr)
        s->kind = -1;
    if (tag != RAP_DOCX_sectPr || !s->sections || --s->within)
        return RAP_OK;
    if (self->sections_count == SECTIONS_MAX)
        return rap_refuse (reason, "more than %d sections", SECTIONS_MAX);
    self->sections = vector_room (self->sections, self->sections_count, &self->sections_room, sizeof *self->sections);
    memcpy (self->sections[self->sections_count++], s->manner, sizeof s->manner);
    memset (s->manner, 0, sizeof s->manner);
    return RAP_OK;
}

static rap_status_t scan (rap_docx_notes_t *self, rap_zip_t *zip, const char *part, bool sections,
                          rap_reason_t *reason)
{
    static const rap_docx_handler_t handler = {.start = scan_start, .end = scan_end};
    scan_t s = {.notes = self, .sections = sections, .kind = -1};
    return rap_docx_parse (zip, part, &handler, &s, reason);
}

rap_status_t rap_docx_notes_settings (rap_docx_notes_t *self, rap_zip_t *zip, const char *part, rap_reason_t *reason)
{
    return scan (self, zip, part, false, reason);
}

//  Hardly any document numbers notes by section: the part is only looked through for
//  the name of what says so, before it is read for that.
typedef struct {
    char end[8]; //  of the piece before
    size_t len;
} search_t;

static const rap_text_t manner_name = {"notePr", 6};

static rap_status_t search_piece (void *context, rap_text_t piece, rap_reason_t *reason)
{
    search_t *s = context;
    (void)reason;
    char joint[2 * sizeof s->end];
    size_t head = piece.len < manner_name.len - 1 ? piece.len : manner_name.len - 1;
    memcpy (joint, s->end, s->len);
    memcpy (joint + s->len, piece.at, head);
    if (memmem (joint, s->len + head, manner_name.at, manner_name.len)
        || memmem (piece.at, piece.len, manner_name.at, manner_name.len))
        return RAP_AGAIN; //  found
    rap_text_t tail = head == piece.len ? rap_text_of (joint, s->len + head) : piece;
    s->len = tail.len < manner_name.len - 1 ? tail.len : manner_name.len - 1;
    memmove (s->end, tail.at + tail.len - s->len, s->len);
    return RAP_OK;
}

rap_status_t rap_docx_notes_sections (rap_docx_notes_t *self, rap_zip_t *zip, const char *part, rap_reason_t *reason)
{
    search_t search = {.len = 0};
    rap_status_t status = rap_zip_read (zip, part, search_piece, &search, reason);
    return status == RAP_AGAIN ? scan (self, zip, part, true, reason) : status;
}

//  --- marks ------------------------------------------------------------------

static manner_t manner_of (const rap_docx_notes_t *self, bool endnote)
{
    static const manner_t nothing;
    const manner_t *said = self->section < self->sections_count ? &self->sections[self->section][endnote] : &nothing,
                   *settings = &self->kinds[endnote].settings;
    uint32_t usual = endnote ? RAP_DOCX_LOWER_ROMAN + 1 : RAP_DOCX_DECIMAL + 1;
    return (manner_t){.format = said->format       ? said->format
                                : settings->format ? settings->format
                                                   : usual,
                      .start = said->start       ? said->start
                               : settings->start ? settings->start
                                                 : 1,
                      .restart = said->restart ? said->restart : settings->restart};
}

rap_text_t rap_docx_notes_mark (rap_docx_notes_t *self, bool endnote, bool by_hand)
{
    if (by_hand)
        return RAP_TEXT ("");
    manner_t manner = manner_of (self, endnote);
    char mark[RAP_DOCX_LABEL_MAX];
    uint32_t number = manner.start + self->kinds[endnote].number++;
    size_t len = rap_docx_format_number ((rap_docx_format_t)(manner.format - 1), number, mark, sizeof mark);
    return rap_arena_text (self->arena, rap_text_of (mark, len));
}

bool rap_docx_notes_has (const rap_docx_notes_t *self, rap_text_t digits)
{
    uint32_t number = 0;
    for (size_t i = 0; i < digits.len && digits.at[i] >= '0' && digits.at[i] <= '9' && i < 7; i++)
        number = number * 10 + (uint32_t)(digits.at[i] - '0');
    return number && number <= self->kinds[0].count;
}

void rap_docx_notes_section (rap_docx_notes_t *self)
{
    self->section++;
    for (int kind = 0; kind < 2; kind++)
        if (manner_of (self, kind).restart >= RESTART_SECTION)
            self->kinds[kind].number = 0;
}

void rap_docx_notes_page (rap_docx_notes_t *self)
{
    for (int kind = 0; kind < 2; kind++)
        if (manner_of (self, kind).restart == RESTART_PAGE)
            self->kinds[kind].number = 0;
}

//  --- printing ---------------------------------------------------------------

static note_t *note_of (rap_docx_notes_t *self, const rap_docx_reference_t *reference)
{
    const kind_t *kind = &self->kinds[reference->endnote];
    note_t key = {.id = reference->id};
    return kind->count ? bsearch (&key, kind->at, kind->count, sizeof key, compare) : NULL;
}

//  Bytes at a note's beginning that are its mark once more, printed by hand.
static uint32_t own_mark (const rap_docx_paragraph_t *paragraph, rap_text_t mark)
{
    rap_text_t text = rap_text_of (paragraph->text, paragraph->len);
    uint32_t blank = 0;
    while (blank < text.len && strchr (" \t\v", text.at[blank]))
        blank++;
    return rap_text_starts (rap_text_from (text, blank), mark) ? blank + (uint32_t)mark.len : 0;
}

static rap_status_t print_note (const note_t *note, rap_text_t mark, bool by_hand, rap_maker_t *maker,
                                rap_reason_t *reason)
{
    bool begun = false;
    rap_status_t status = RAP_OK;
    for (const rap_docx_paragraph_t *p = note->text.first; p && status == RAP_OK; p = p->next) {
        uint32_t from = !begun && by_hand ? own_mark (p, mark) : 0;
        if (rap_docx_paragraph_is_blank (p))
            continue;
        if (!begun) {
            rap_maker_put (maker, mark, RAP_RUN_MARK);
            rap_maker_put (maker, RAP_TEXT (" "), 0);
        }
        rap_docx_paragraph_print (p, from, UINT32_MAX, maker);
        status = rap_maker_end (maker, begun ? RAP_LINE_NOTE_MORE : RAP_LINE_NOTE, 0, 0, reason);
        begun = true;
    }
    return status;
}

rap_status_t rap_docx_notes_print (rap_docx_notes_t *self, const rap_docx_paragraph_t *paragraph, rap_maker_t *maker,
                                   rap_reason_t *reason)
{
    rap_status_t status = RAP_OK;
    for (uint32_t i = 0; i < paragraph->references_count && status == RAP_OK; i++) {
        const rap_docx_reference_t *reference = &paragraph->references[i];
        note_t *note = note_of (self, reference);
        if (!note || note->printed)
            continue;
        note->printed = true;
        bool by_hand = !reference->mark.len;
        rap_text_t mark =
            by_hand ? rap_text_trim (rap_text_of (paragraph->text + reference->at, reference->end - reference->at))
                    : reference->mark;
        status = print_note (note, mark.len && mark.len <= 32 ? mark : RAP_TEXT ("*"), by_hand, maker, reason);
        rap_docx_paragraphs_reuse (&note->text, self->pool);
    }
    return status;
}
