//  maker: pieces of text gathered to lines, lines to a document.
#include "maker.h"

#include "rapporteur/limits.h"
#include "rapporteur/utf8.h"

#include "glyph.h"
#include "vector.h"

//  Runs of one line that are remembered; more of them tell nothing.
enum { LINE_RUNS_MAX = 4096 };

struct rap_maker {
    rap_arena_t *arena;
    rap_line_t *lines;
    uint32_t lines_count, lines_room;
    rap_run_t *runs;
    uint32_t runs_count, runs_room;
    uint32_t first_run; //  of the present line
    char *line;         //  the present line
    size_t len, room;
    size_t strong;  //  bytes of it in bold, spaces apart
    size_t visible; //  bytes of it that are no spaces
    uint64_t bytes; //  of text so far, a line end after each line
    bool too_long;  //  the present line would pass the limit
    bool joined;    //  a piece of it may go on with the letter before it
};

rap_maker_t *rap_maker_new (rap_arena_t *arena)
{
    rap_maker_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = arena;
    return self;
}

void rap_maker_destroy (rap_maker_t **self_p)
{
    rap_maker_t *self = *self_p;
    if (!self)
        return;
    free (self->lines);
    free (self->runs);
    free (self->line);
    free (self);
    *self_p = NULL;
}

static void make_room (rap_maker_t *self, size_t more)
{
    if (self->len + more <= self->room)
        return;
    self->room = (self->len + more) * 2;
    self->line = realloc (self->line, self->room);
    if (!self->line)
        abort ();
}

static bool is_control (char c)
{
    return (unsigned char)c < ' ' || c == 0x7F;
}

//  Spaces made single, none at the beginning; control characters are none either.
static void append (rap_maker_t *self, rap_text_t text)
{
    for (size_t at = 0; at < text.len; at++) {
        char c = text.at[at];
        bool space = c == ' ' || is_control (c);
        if (space && (!self->len || self->line[self->len - 1] == ' '))
            continue;
        self->line[self->len++] = space ? ' ' : c;
    }
}

static void add_run (rap_maker_t *self, size_t from, unsigned style)
{
    rap_run_t *last = self->runs_count > self->first_run ? &self->runs[self->runs_count - 1] : NULL;
    //  Two marks side by side are two.
    bool joins = last && last->style == style && !(style & RAP_RUN_MARK)
                 && (last->end == from || (last->end + 1 == from && self->line[last->end] == ' '));
    if (joins) {
        last->end = (uint32_t)self->len;
        return;
    }
    if (self->runs_count - self->first_run >= LINE_RUNS_MAX || self->runs_count == UINT32_MAX)
        return;
    self->runs = vector_room (self->runs, self->runs_count, &self->runs_room, sizeof *self->runs);
    self->runs[self->runs_count++] =
        (rap_run_t){.at = (uint32_t)from, .end = (uint32_t)self->len, .style = (uint8_t)style};
}

void rap_maker_put (rap_maker_t *self, rap_text_t text, unsigned style)
{
    text = rap_utf8_nfc (text, self->arena);
    if (self->bytes + self->len + text.len >= RAP_DOCUMENT_BYTES_MAX) {
        self->too_long = true;
        return;
    }
    make_room (self, text.len);
    size_t from = self->len, visible = 0;
    self->joined = self->joined || (from && text.len && (unsigned char)text.at[0] >= 0xCC);
    append (self, text);
    for (size_t i = from; i < self->len; i++)
        visible += self->line[i] != ' ';
    self->visible += visible;
    self->strong += style & RAP_RUN_BOLD ? visible : 0;
    if (style && visible) {
        size_t blank = self->line[from] == ' '; //  a space before what is set is not set
        add_run (self, from + blank, style);
    }
}

size_t rap_maker_length (const rap_maker_t *self)
{
    return self->len;
}

//  The present line without the space at its end, with runs cut to that.
static void trim (rap_maker_t *self)
{
    while (self->len && self->line[self->len - 1] == ' ')
        self->len--;
    for (uint32_t i = self->first_run; i < self->runs_count; i++)
        if (self->runs[i].end > self->len)
            self->runs[i].end = (uint32_t)self->len;
}

static uint8_t mark_of (const rap_maker_t *self)
{
    if (self->runs_count == self->first_run)
        return 0;
    const rap_run_t *first = &self->runs[self->first_run];
    return first->style & RAP_RUN_MARK && first->at == 0 && first->end <= UINT8_MAX ? (uint8_t)first->end : 0;
}

//  An accent in a piece of its own becomes one letter with the one before it, which
//  moves all that follows: then how words are set is not told, but for a mark.
static rap_text_t composed (rap_maker_t *self)
{
    rap_text_t text = rap_text_of (self->line, self->len);
    rap_text_t nfc = self->joined ? rap_utf8_nfc (text, self->arena) : text;
    if (rap_text_equal (nfc, text))
        return rap_arena_text (self->arena, text);
    uint32_t mark = mark_of (self);
    bool kept = mark && mark < nfc.len && memcmp (nfc.at, text.at, mark + 1U) == 0;
    self->runs_count = self->first_run + kept;
    return nfc;
}

static void keep (rap_maker_t *self, rap_line_kind_t kind, unsigned flags, unsigned level)
{
    self->lines = vector_room (self->lines, self->lines_count, &self->lines_room, sizeof *self->lines);
    rap_text_t text = composed (self);
    uint8_t label = kind == RAP_LINE_NOTE ? mark_of (self) : 0;
    self->lines[self->lines_count++] = (rap_line_t){
        .at = text.at,
        .len = (uint32_t)text.len,
        .start = (uint32_t)self->bytes,
        .end = (uint32_t)(self->bytes + text.len),
        .flags = (uint16_t)(flags | (self->strong && self->strong == self->visible ? RAP_LINE_STRONG : 0)),
        //  A note without a mark goes on with the one before.
        .kind = (uint8_t)(kind == RAP_LINE_NOTE && !label ? RAP_LINE_NOTE_MORE : kind),
        .label = label,
        .level = (uint8_t)(level < UINT8_MAX ? level : UINT8_MAX),
        .runs = self->first_run,
        .runs_count = (uint16_t)(self->runs_count - self->first_run)};
    self->bytes += text.len + 1;
}

rap_status_t rap_maker_end (rap_maker_t *self, rap_line_kind_t kind, unsigned flags, unsigned level,
                            rap_reason_t *reason)
{
    if (self->too_long)
        return rap_refuse (reason, "more than %d bytes of text in it, at line %u", RAP_DOCUMENT_BYTES_MAX,
                           self->lines_count + 1);
    trim (self);
    if (self->len && self->lines_count == RAP_LINES_MAX)
        return rap_refuse (reason, "more than %d lines of text", RAP_LINES_MAX);
    if (self->len)
        keep (self, kind, flags, level);
    else
        self->runs_count = self->first_run;
    self->first_run = self->runs_count;
    self->len = self->strong = self->visible = 0;
    self->joined = false;
    return RAP_OK;
}

void rap_maker_finish (rap_maker_t *self, bool wrapped, rap_lines_t *lines)
{
    *lines = (rap_lines_t){.count = self->lines_count, .wrapped = wrapped, .given = true};
    lines->at = rap_arena_alloc (self->arena, (self->lines_count + 1) * sizeof *lines->at);
    if (self->lines_count)
        memcpy (lines->at, self->lines, self->lines_count * sizeof *lines->at);
    rap_run_t *runs = rap_arena_alloc (self->arena, (self->runs_count + 1) * sizeof *runs);
    if (self->runs_count)
        memcpy (runs, self->runs, self->runs_count * sizeof *runs);
    lines->runs = runs;
    if (wrapped)
        rap_lines_measure (lines);
}
