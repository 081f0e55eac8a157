//  xml_sheet: what was told of each line, and at the end their order.
#include "xml_sheet.h"

#include <stdlib.h>

#include "glyph.h"
#include "vector.h"

//  Tables within tables that are told apart; deeper ones are text of their cell.
enum { TABLES_DEEP = 16 };

typedef struct {
    uint32_t first; //  line of the text with which it begins
    uint32_t row;   //  the present one, over all tables; 0 none
    uint32_t rows, cells, cell, cells_most;
    uint64_t bytes; //  when it began
    bool apart, data, nests;
} table_t;

//  Bytes of the source.
typedef struct {
    uint32_t from, to;
} place_t;

//  What was told of a line of the text.
typedef struct {
    place_t place;
    uint32_t row; //  0 none
    uint16_t cell;
    bool dropped;
} fate_t;

typedef struct {
    rap_text_t mark, key;
    uint32_t line;
    bool taken;
} mark_t;

typedef struct {
    rap_text_t mark, key;
    uint32_t at;          //  the line of the text before which it stands
    uint32_t first, last; //  its lines, the last not included
    uint32_t next;        //  another one after the same line; UINT32_MAX none
} note_t;

struct rap_sheet {
    rap_arena_t *arena;
    rap_maker_t *text, *notes_text;
    fate_t *fates;
    uint32_t fates_count, fates_room;
    uint64_t bytes;
    mark_t *marks;
    uint32_t marks_count, marks_room;
    note_t *notes;
    uint32_t notes_count, notes_room, notes_lines;
    place_t *notes_places; //  of each of the notes' lines
    uint32_t places_room;
    place_t place;  //  of what is put now
    place_t line;   //  of the present line of the text
    place_t note;   //  of the present line of a note
    uint32_t *keys; //  open addressing: index of the first mark with a key, plus one
    uint32_t keys_room, keys_count;
    uint32_t note_depth;
    size_t note_mark; //  length of the present line of a note that is but its mark; 0 there is more
    uint32_t number;  //  of the last note with one
    uint32_t rows;
    table_t tables[TABLES_DEEP];
    uint32_t tables_deep;
};

rap_sheet_t *rap_sheet_new (rap_arena_t *arena)
{
    rap_sheet_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    self->arena = arena;
    self->text = rap_maker_new (arena);
    self->notes_text = rap_maker_new (arena);
    return self;
}

void rap_sheet_destroy (rap_sheet_t **self_p)
{
    rap_sheet_t *self = *self_p;
    if (!self)
        return;
    rap_maker_destroy (&self->text);
    rap_maker_destroy (&self->notes_text);
    free (self->fates);
    free (self->marks);
    free (self->notes);
    free (self->notes_places);
    free (self->keys);
    free (self);
    *self_p = NULL;
}

//  --- lines ------------------------------------------------------------------

static rap_maker_t *maker (const rap_sheet_t *self)
{
    return self->note_depth ? self->notes_text : self->text;
}

//  A character beyond ASCII that is a space, or prints nothing; its length in bytes.
static size_t blank_len (rap_text_t rest, bool *space)
{
    unsigned char a = (unsigned char)rest.at[0], b = rest.len > 1 ? (unsigned char)rest.at[1] : 0,
                  c = rest.len > 2 ? (unsigned char)rest.at[2] : 0;
    *space = (a == 0xC2 && (b == 0xA0 || b == 0x85)) || (a == 0xE3 && b == 0x80 && c == 0x80)
             || (a == 0xE2 && b == 0x80 && (c <= 0x8A || c == 0xA8 || c == 0xA9 || c == 0xAF))
             || (a == 0xE2 && b == 0x81 && c == 0x9F);
    bool nothing = (a == 0xC2 && (b < 0xA0 || b == 0xAD)) || (a == 0xEF && b == 0xBB && c == 0xBF)
                   || (a == 0xE2 && b == 0x80 && (c == 0x8B || c == 0x8C || c == 0x8D || c == 0x8E || c == 0x8F))
                   || (a == 0xE2 && b == 0x81 && c == 0xA0);
    return !*space && !nothing ? 0 : a == 0xC2 ? 2 : 3;
}

static bool may_be_blank (unsigned char c)
{
    return c == 0xC2 || c == 0xE2 || c == 0xE3 || c == 0xEF;
}

void rap_sheet_at (rap_sheet_t *self, size_t from, size_t to)
{
    self->place = (place_t){.from = (uint32_t)from, .to = (uint32_t)to};
}

//  The present line stands where the text in it stands.
static void place_line (rap_sheet_t *self)
{
    place_t *line = self->note_depth ? &self->note : &self->line;
    if (rap_maker_length (maker (self)) == 0)
        line->from = self->place.from;
    line->to = self->place.to;
}

void rap_sheet_put (rap_sheet_t *self, rap_text_t text, unsigned style)
{
    place_line (self);
    size_t from = 0;
    for (size_t at = 0; at < text.len;) {
        bool space;
        size_t len = may_be_blank ((unsigned char)text.at[at]) ? blank_len (rap_text_from (text, at), &space) : 0;
        if (!len) {
            at++;
            continue;
        }
        if (at > from)
            rap_maker_put (maker (self), rap_text_of (text.at + from, at - from), style);
        if (space)
            rap_maker_put (maker (self), RAP_TEXT (" "), style);
        from = at += len;
    }
    if (text.len > from)
        rap_maker_put (maker (self), rap_text_from (text, from), style);
}

bool rap_sheet_is_empty (const rap_sheet_t *self)
{
    return rap_maker_length (maker (self)) == 0;
}

static table_t *table (rap_sheet_t *self)
{
    return self->tables_deep && self->tables_deep <= TABLES_DEEP ? &self->tables[self->tables_deep - 1] : NULL;
}

rap_status_t rap_sheet_end (rap_sheet_t *self, unsigned flags, unsigned level, rap_reason_t *reason)
{
    if (self->note_depth) {
        if (self->note_mark && rap_maker_length (self->notes_text) == self->note_mark)
            return RAP_OK; //  its first block begins only now
        self->note_mark = 0;
        if (!rap_sheet_is_empty (self)) {
            self->notes_places =
                vector_room (self->notes_places, self->notes_lines, &self->places_room, sizeof *self->notes_places);
            self->notes_places[self->notes_lines++] = self->note;
        }
        return rap_maker_end (self->notes_text, RAP_LINE_NOTE, RAP_LINE_BEGINS, 0, reason);
    }
    size_t len = rap_maker_length (self->text);
    const table_t *t = table (self);
    if (len) {
        self->fates = vector_room (self->fates, self->fates_count, &self->fates_room, sizeof *self->fates);
        self->fates[self->fates_count++] =
            (fate_t){.place = self->line,
                     .row = t ? t->row : 0,
                     .cell = t ? (uint16_t)(t->cell < UINT16_MAX ? t->cell : UINT16_MAX) : 0};
        self->bytes += len;
    }
    return rap_maker_end (self->text, RAP_LINE_BODY, flags, level, reason);
}

uint32_t rap_sheet_lines (const rap_sheet_t *self)
{
    return self->fates_count;
}

uint64_t rap_sheet_bytes (const rap_sheet_t *self)
{
    return self->bytes;
}

void rap_sheet_drop (rap_sheet_t *self, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to && i < self->fates_count; i++)
        self->fates[i].dropped = true;
}

//  --- keys -------------------------------------------------------------------

static uint32_t *slot_of (const rap_sheet_t *self, rap_text_t key)
{
    uint64_t hash = 14695981039346656037u; //  FNV-1a
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ (unsigned char)key.at[i]) * 1099511628211u;
    for (uint32_t at = (uint32_t)(hash ^ hash >> 32);; at++) {
        uint32_t *slot = &self->keys[at & (self->keys_room - 1)];
        if (!*slot || rap_text_equal (self->marks[*slot - 1].key, key))
            return slot;
    }
}

static void grow_keys (rap_sheet_t *self)
{
    uint32_t *old = self->keys, room = self->keys_room;
    self->keys_room = room ? room * 2 : 256;
    self->keys = calloc (self->keys_room, sizeof *self->keys);
    if (!self->keys)
        abort ();
    for (uint32_t i = 0; i < room; i++)
        if (old[i])
            *slot_of (self, self->marks[old[i] - 1].key) = old[i];
    free (old);
}

static mark_t *mark_with (const rap_sheet_t *self, rap_text_t key)
{
    uint32_t *slot = key.len && self->keys_room ? slot_of (self, key) : NULL;
    return slot && *slot ? &self->marks[*slot - 1] : NULL;
}

bool rap_sheet_is_key (const rap_sheet_t *self, rap_text_t key)
{
    return mark_with (self, key) != NULL;
}

rap_text_t rap_sheet_mark_with (const rap_sheet_t *self, rap_text_t key)
{
    const mark_t *mark = mark_with (self, key);
    return mark ? mark->mark : RAP_TEXT ("");
}

uint32_t rap_sheet_marks (const rap_sheet_t *self)
{
    return self->marks_count;
}

//  --- notes ------------------------------------------------------------------

rap_text_t rap_sheet_mark_of (rap_text_t text, bool letters)
{
    text = rap_text_trim (text);
    if (text.len > 2
        && ((text.at[0] == '[' && text.at[text.len - 1] == ']')
            || (text.at[0] == '(' && text.at[text.len - 1] == ')')))
        text = rap_text_trim (rap_text_of (text.at + 1, text.len - 2));
    size_t digits = 0, stars = 0, small = 0;
    for (size_t i = 0; i < text.len; i++) {
        digits += glyph_is_digit (text.at[i]);
        stars += text.at[i] == '*';
        small += text.len == 1 ? glyph_is_lower (text.at[i]) : strchr ("ivxl", text.at[i]) != NULL;
    }
    bool mark = (digits == text.len && text.len <= 4) || (stars == text.len && text.len <= 6)
                || (letters && small == text.len && text.len <= 6);
    return mark ? text : RAP_TEXT ("");
}

void rap_sheet_mark (rap_sheet_t *self, rap_text_t mark, rap_text_t key)
{
    if (self->note_depth) { //  a note's mark in a note means nothing
        rap_sheet_put (self, mark, 0);
        return;
    }
    self->marks = vector_room (self->marks, self->marks_count, &self->marks_room, sizeof *self->marks);
    self->marks[self->marks_count++] = (mark_t){.mark = rap_arena_text (self->arena, mark),
                                                .key = rap_arena_text (self->arena, key),
                                                .line = self->fates_count};
    if (key.len && (self->keys_count + 1) * 2 > self->keys_room)
        grow_keys (self);
    uint32_t *slot = key.len ? slot_of (self, key) : NULL;
    if (slot && !*slot) {
        *slot = self->marks_count;
        self->keys_count++;
    }
    place_line (self);
    rap_maker_put (self->text, mark, RAP_RUN_MARK);
}

static uint32_t value_of (rap_text_t mark)
{
    uint32_t value = 0;
    for (size_t i = 0; i < mark.len && i < 6 && glyph_is_digit (mark.at[i]); i++)
        value = value * 10 + (uint32_t)(mark.at[i] - '0');
    return value;
}

void rap_sheet_note (rap_sheet_t *self, rap_text_t mark, rap_text_t key)
{
    if (self->note_depth++)
        return;
    const mark_t *meant = mark_with (self, key);
    if (!mark.len && meant)
        mark = meant->mark;
    if (!mark.len)
        mark = rap_arena_format (self->arena, "%u", self->number + 1);
    if (value_of (mark))
        self->number = value_of (mark);
    self->notes = vector_room (self->notes, self->notes_count, &self->notes_room, sizeof *self->notes);
    self->notes[self->notes_count++] = (note_t){.mark = rap_arena_text (self->arena, mark),
                                                .key = rap_arena_text (self->arena, key),
                                                .at = self->fates_count + (rap_maker_length (self->text) > 0),
                                                .first = self->notes_lines};
    place_line (self);
    rap_maker_put (self->notes_text, mark, RAP_RUN_MARK);
    rap_maker_put (self->notes_text, RAP_TEXT (" "), 0);
    self->note_mark = rap_maker_length (self->notes_text);
}

rap_status_t rap_sheet_note_end (rap_sheet_t *self, rap_reason_t *reason)
{
    if (self->note_depth > 1) {
        self->note_depth--;
        return RAP_OK;
    }
    self->note_mark = 0;
    rap_status_t status = rap_sheet_end (self, 0, 0, reason);
    self->notes[self->notes_count - 1].last = self->notes_lines;
    self->note_depth = 0;
    return status;
}

bool rap_sheet_in_note (const rap_sheet_t *self)
{
    return self->note_depth > 0;
}

bool rap_sheet_is_next_note (const rap_sheet_t *self, rap_text_t mark)
{
    return self->note_depth == 1 && self->notes_lines > self->notes[self->notes_count - 1].first && value_of (mark)
           && value_of (mark) == self->number + 1;
}

//  --- tables -----------------------------------------------------------------

//  A table among the first lines holds a masthead, whose cells are lines of their own.
enum { HEAD_LINES = 12, HEAD_ROWS = 6, CELL_BYTES_MAX = 160 };

void rap_sheet_table (rap_sheet_t *self, bool apart, bool data)
{
    table_t *around = table (self);
    if (around)
        around->nests = true;
    if (self->tables_deep++ < TABLES_DEEP)
        self->tables[self->tables_deep - 1] =
            (table_t){.first = self->fates_count, .bytes = self->bytes, .apart = apart, .data = data};
}

void rap_sheet_row (rap_sheet_t *self)
{
    table_t *t = table (self);
    if (!t)
        return;
    t->row = ++self->rows;
    t->rows++;
    t->cell = 0;
}

void rap_sheet_cell (rap_sheet_t *self, bool header)
{
    table_t *t = table (self);
    if (!t)
        return;
    if (!t->row)
        rap_sheet_row (self);
    t->cell++;
    t->cells++;
    t->data = t->data || header;
    t->cells_most = t->cell > t->cells_most ? t->cell : t->cells_most;
}

static bool is_data (const table_t *t, uint64_t bytes)
{
    if (t->apart || t->nests || t->cells_most < 2)
        return false;
    if (t->first < HEAD_LINES && t->rows <= HEAD_ROWS && !t->data)
        return false;
    return t->data || (t->rows > 1 && bytes < (uint64_t)t->cells * CELL_BYTES_MAX);
}

void rap_sheet_table_end (rap_sheet_t *self)
{
    const table_t *t = table (self);
    if (t && !is_data (t, self->bytes - t->bytes))
        for (uint32_t i = t->first; i < self->fates_count; i++)
            self->fates[i].row = 0;
    if (self->tables_deep)
        self->tables_deep--;
}

//  --- the end ----------------------------------------------------------------

typedef struct {
    rap_sheet_t *sheet;
    rap_lines_t text, notes; //  as the makers give them
    rap_line_t *lines;       //  as they shall be
    uint32_t count;
    rap_run_t *runs; //  of the text, then of the notes, then of joined rows
    uint32_t runs_count;
    uint32_t *after; //  for each line of the text: the first note after it
} order_t;

//  The line after which a note stands; notes that no mark means stay before `at`.
//  `cursor`: marks before it belong to notes before.
static uint32_t host_of (rap_sheet_t *self, note_t *note, uint32_t *cursor)
{
    enum { FAR = 256 };
    mark_t *meant = mark_with (self, note->key);
    uint32_t end = self->marks_count > *cursor + FAR ? *cursor + FAR : self->marks_count;
    for (uint32_t i = *cursor; self->marks && !meant && i < end; i++)
        if (!self->marks[i].taken && self->marks[i].line < note->at
            && rap_text_equal (self->marks[i].mark, note->mark))
            meant = &self->marks[i];
    if (!meant)
        return note->at ? note->at - 1 : 0;
    meant->taken = true;
    *cursor = (uint32_t)(meant - self->marks) + 1;
    return meant->line;
}

static void place_notes (order_t *o)
{
    rap_sheet_t *self = o->sheet;
    uint32_t room = o->text.count + 1, cursor = 0;
    uint32_t *last = rap_arena_alloc (self->arena, room * sizeof *last);
    o->after = rap_arena_alloc (self->arena, room * sizeof *o->after);
    for (uint32_t i = 0; i < room; i++)
        o->after[i] = last[i] = UINT32_MAX;
    for (uint32_t i = 0; i < self->notes_count; i++) {
        note_t *note = &self->notes[i];
        uint32_t line = host_of (self, note, &cursor);
        line = line < room ? line : room - 1;
        note->next = UINT32_MAX;
        if (last[line] == UINT32_MAX)
            o->after[line] = i;
        else
            self->notes[last[line]].next = i;
        last[line] = i;
    }
}

static void add_notes (order_t *o, uint32_t line)
{
    for (uint32_t n = o->after[line]; n != UINT32_MAX; n = o->sheet->notes[n].next)
        for (uint32_t i = o->sheet->notes[n].first; i < o->sheet->notes[n].last && i < o->notes.count; i++) {
            rap_line_t *made = &o->lines[o->count++];
            *made = o->notes.at[i];
            made->runs += o->runs_count;
        }
}

//  Lines [from, to) of one row as one: cells with ' | ' between them.
static void add_row (order_t *o, uint32_t from, uint32_t to, uint32_t runs_base)
{
    rap_sheet_t *self = o->sheet;
    size_t room = 0;
    for (uint32_t i = from; i < to; i++)
        room += o->text.at[i].len + 1;
    room += 3 * (size_t)self->fates[to - 1].cell;
    char *text = rap_arena_alloc (self->arena, room + 1);
    rap_line_t row = o->text.at[from];
    size_t len = 0;
    uint32_t cell = 1;
    row.runs = runs_base;
    row.runs_count = 0;
    for (uint32_t i = from; i < to; i++) {
        const rap_line_t *line = &o->text.at[i];
        if (i > from && self->fates[i].cell == cell)
            text[len++] = ' ';
        for (; cell < self->fates[i].cell; cell++) {
            memcpy (text + len, &" | "[len == 0], len ? 3 : 2);
            len += len ? 3 : 2;
        }
        for (uint32_t r = line->runs; r < line->runs + line->runs_count && row.runs_count < UINT16_MAX; r++) {
            rap_run_t *run = &o->runs[runs_base + row.runs_count++];
            *run = o->text.runs[r];
            run->at += (uint32_t)len;
            run->end += (uint32_t)len;
        }
        memcpy (text + len, line->at, line->len);
        len += line->len;
        row.end = line->end;
        row.flags &= line->flags | (uint16_t)~RAP_LINE_STRONG;
    }
    row.at = text;
    row.len = (uint32_t)len;
    row.flags |= RAP_LINE_TABLE | RAP_LINE_BEGINS;
    o->lines[o->count++] = row;
}

static void add_text (order_t *o, uint32_t rows_runs)
{
    rap_sheet_t *self = o->sheet;
    for (uint32_t i = 0, to; i < o->text.count; i = to) {
        uint32_t row = self->fates[i].row;
        for (to = i + 1; row && to < o->text.count && self->fates[to].row == row; to++) {
        }
        if (row && !self->fates[i].dropped) {
            add_row (o, i, to, rows_runs);
            rows_runs += o->lines[o->count - 1].runs_count;
        } else if (!self->fates[i].dropped) {
            o->lines[o->count++] = o->text.at[i];
        }
        for (uint32_t line = i; line < to; line++)
            add_notes (o, line);
    }
}

static uint32_t runs_of (const rap_lines_t *lines)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < lines->count; i++)
        count += lines->at[i].runs_count;
    return count;
}

static void set_place (rap_line_t *line, place_t place)
{
    line->start = place.from;
    line->end = place.to > place.from ? place.to : place.from;
}

void rap_sheet_finish (rap_sheet_t *self, rap_lines_t *lines)
{
    order_t o = {.sheet = self};
    rap_maker_finish (self->text, false, &o.text);
    rap_maker_finish (self->notes_text, false, &o.notes);
    uint32_t text_runs = runs_of (&o.text), notes_runs = runs_of (&o.notes);
    for (uint32_t i = 0; i < o.text.count; i++)
        set_place (&o.text.at[i], self->fates[i].place);
    for (uint32_t i = 0; i < o.notes.count; i++)
        set_place (&o.notes.at[i], self->notes_places[i]);
    o.runs_count = text_runs;
    o.runs = rap_arena_alloc (self->arena, ((size_t)text_runs * 2 + notes_runs + 1) * sizeof *o.runs);
    o.lines = rap_arena_alloc (self->arena, ((size_t)o.text.count + o.notes.count + 1) * sizeof *o.lines);
    if (text_runs)
        memcpy (o.runs, o.text.runs, text_runs * sizeof *o.runs);
    if (notes_runs)
        memcpy (o.runs + text_runs, o.notes.runs, notes_runs * sizeof *o.runs);
    place_notes (&o);
    add_text (&o, text_runs + notes_runs);
    add_notes (&o, o.text.count);
    *lines = (rap_lines_t){.at = o.lines, .count = o.count, .given = true, .runs = o.runs};
}
