//  docx_numbering: outlines and numberings as read, and where each has got to.
#include "docx_numbering.h"

#include <stdio.h>
#include <stdlib.h>

#include "vector.h"

typedef struct {
    bool given;
    rap_docx_format_t format;
    uint32_t start;
    int32_t restart; //  counts anew after a level above this one; 0 never
    bool legal;      //  all numbers in its text are decimal
    rap_text_t text; //  '%1.%2'
    rap_text_t style;
} level_t;

typedef struct {
    int32_t id;
    rap_text_t from_style; //  levels are those of this style's numbering
    level_t levels[RAP_DOCX_LEVELS];
    uint32_t counts[RAP_DOCX_LEVELS];
    bool begun[RAP_DOCX_LEVELS];
} outline_t;

typedef struct {
    int32_t id;
    int32_t outline;
    int64_t starts[RAP_DOCX_LEVELS];     //  -1: as the outline says
    level_t *overrides[RAP_DOCX_LEVELS]; //  NULL: as the outline says; in the arena
} numbering_t;

struct rap_docx_numbering {
    outline_t *outlines;
    uint32_t outlines_count, outlines_room;
    numbering_t *numberings;
    uint32_t numberings_count, numberings_room;
    char label[RAP_DOCX_LABEL_MAX];
};

//  --- how numbers are printed ------------------------------------------------

rap_docx_format_t rap_docx_format (rap_text_t name)
{
    static const struct {
        const char *name;
        rap_docx_format_t format;
    } formats[] = {
        {"decimal", RAP_DOCX_DECIMAL},
        {"decimalZero", RAP_DOCX_DECIMAL_ZERO},
        {"lowerLetter", RAP_DOCX_LOWER_LETTER},
        {"upperLetter", RAP_DOCX_UPPER_LETTER},
        {"lowerRoman", RAP_DOCX_LOWER_ROMAN},
        {"upperRoman", RAP_DOCX_UPPER_ROMAN},
        {"ordinal", RAP_DOCX_ORDINAL},
        {"chicago", RAP_DOCX_SIGNS},
        {"bullet", RAP_DOCX_BULLET},
        {"none", RAP_DOCX_NO_NUMBER},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (rap_text_equal (name, rap_text (formats[i].name)))
            return formats[i].format;
    return RAP_DOCX_DECIMAL;
}

static size_t print (char *at, size_t room, const char *format, unsigned number)
{
    char digits[24];
    int len = snprintf (digits, sizeof digits, format, number);
    if (len < 0 || (size_t)len > room)
        return 0;
    memcpy (at, digits, (size_t)len);
    return (size_t)len;
}

//  The same thing several times: 'aa', '**'.
static size_t repeat (rap_text_t what, uint32_t times, char *at, size_t room)
{
    if (what.len * times > room)
        return 0;
    for (uint32_t i = 0; i < times; i++)
        memcpy (at + i * what.len, what.at, what.len);
    return what.len * times;
}

static size_t print_letter (char first, uint32_t number, char *at, size_t room)
{
    char letter = (char)(first + (char)((number - 1) % 26));
    return repeat (rap_text_of (&letter, 1), (number - 1) / 26 + 1, at, room);
}

static size_t print_roman (bool upper, uint32_t number, char *at, size_t room)
{
    static const struct {
        uint32_t value;
        const char *upper, *lower;
    } parts[] = {{1000, "M", "m"}, {900, "CM", "cm"}, {500, "D", "d"},  {400, "CD", "cd"}, {100, "C", "c"},
                 {90, "XC", "xc"}, {50, "L", "l"},    {40, "XL", "xl"}, {10, "X", "x"},    {9, "IX", "ix"},
                 {5, "V", "v"},    {4, "IV", "iv"},   {1, "I", "i"}};
    size_t len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (; number >= parts[i].value; number -= parts[i].value) {
            rap_text_t part = rap_text (upper ? parts[i].upper : parts[i].lower);
            size_t more = repeat (part, 1, at + len, room - len);
            if (!more)
                return 0;
            len += more;
        }
    return len;
}

static size_t print_ordinal (uint32_t number, char *at, size_t room)
{
    uint32_t last = number % 10, tens = number / 10 % 10;
    const char *ending = tens == 1 || last == 0 || last > 3 ? "th" : last == 1 ? "st" : last == 2 ? "nd" : "rd";
    size_t len = print (at, room, "%u", number);
    return len + repeat (rap_text (ending), 1, at + len, room - len);
}

static size_t print_sign (uint32_t number, char *at, size_t room)
{
    static const char *const signs[] = {"*", "\xE2\x80\xA0", "\xE2\x80\xA1", "\xC2\xA7"};
    return repeat (rap_text (signs[(number - 1) % 4]), (number - 1) / 4 + 1, at, room);
}

size_t rap_docx_format_number (rap_docx_format_t format, uint32_t number, char *at, size_t room)
{
    enum { TALLEST = 9999, LONGEST = 26 * 8 };
    bool fits =
        number && number <= (format == RAP_DOCX_LOWER_ROMAN || format == RAP_DOCX_UPPER_ROMAN ? TALLEST : LONGEST);
    switch (fits || format == RAP_DOCX_ORDINAL || format == RAP_DOCX_NO_NUMBER ? format : RAP_DOCX_DECIMAL) {
    case RAP_DOCX_LOWER_LETTER:
        return print_letter ('a', number, at, room);
    case RAP_DOCX_UPPER_LETTER:
        return print_letter ('A', number, at, room);
    case RAP_DOCX_LOWER_ROMAN:
        return print_roman (false, number, at, room);
    case RAP_DOCX_UPPER_ROMAN:
        return print_roman (true, number, at, room);
    case RAP_DOCX_ORDINAL:
        return print_ordinal (number, at, room);
    case RAP_DOCX_SIGNS:
        return print_sign (number, at, room);
    case RAP_DOCX_DECIMAL_ZERO:
        return print (at, room, "%02u", number);
    case RAP_DOCX_NO_NUMBER:
        return 0;
    default:
        return print (at, room, "%u", number);
    }
}

//  --- reading ----------------------------------------------------------------

typedef struct {
    rap_docx_numbering_t *self;
    rap_arena_t *arena;
    const char *part;
    bool in_outline, in_numbering; //  the last of them is open
    level_t *level;                //  that we are in; NULL none
    int32_t override;              //  the level that is overridden; -1 none
} walk_t;

static outline_t *last_outline (const walk_t *w)
{
    return &w->self->outlines[w->self->outlines_count - 1];
}

static numbering_t *last_numbering (const walk_t *w)
{
    return &w->self->numberings[w->self->numberings_count - 1];
}

static int32_t level_index (const rap_docx_attributes_t *attributes)
{
    long index = rap_docx_number (attributes, "ilvl", -1);
    return index >= 0 && index < RAP_DOCX_LEVELS ? (int32_t)index : -1;
}

static rap_status_t begin_outline (walk_t *w, const rap_docx_attributes_t *attributes, rap_reason_t *reason)
{
    rap_docx_numbering_t *self = w->self;
    if (self->outlines_count == RAP_DOCX_NUMBERINGS_MAX)
        return rap_refuse (reason, "%.80s: more than %d outlines of numbers", w->part, RAP_DOCX_NUMBERINGS_MAX);
    self->outlines = vector_room (self->outlines, self->outlines_count, &self->outlines_room, sizeof *self->outlines);
    self->outlines[self->outlines_count++] =
        (outline_t){.id = (int32_t)rap_docx_number (attributes, "abstractNumId", -1), .from_style = RAP_TEXT ("")};
    w->in_outline = true;
    return RAP_OK;
}

static rap_status_t begin_numbering (walk_t *w, const rap_docx_attributes_t *attributes, rap_reason_t *reason)
{
    rap_docx_numbering_t *self = w->self;
    if (self->numberings_count == RAP_DOCX_NUMBERINGS_MAX)
        return rap_refuse (reason, "%.80s: more than %d numberings", w->part, RAP_DOCX_NUMBERINGS_MAX);
    self->numberings =
        vector_room (self->numberings, self->numberings_count, &self->numberings_room, sizeof *self->numberings);
    numbering_t *numbering = &self->numberings[self->numberings_count++];
    *numbering = (numbering_t){.id = (int32_t)rap_docx_number (attributes, "numId", -1), .outline = -1};
    for (int i = 0; i < RAP_DOCX_LEVELS; i++)
        numbering->starts[i] = -1;
    w->in_numbering = true;
    return RAP_OK;
}

static void begin_level (walk_t *w, const rap_docx_attributes_t *attributes)
{
    int32_t index = level_index (attributes);
    w->level = NULL;
    if (w->in_outline && index >= 0) {
        w->level = &last_outline (w)->levels[index];
    } else if (w->in_numbering && w->override >= 0) {
        w->level = rap_arena_alloc (w->arena, sizeof *w->level);
        last_numbering (w)->overrides[w->override] = w->level;
    }
    if (w->level)
        *w->level = (level_t){.given = true,
                              .start = 0, //  as the format has it where nothing is said
                              .restart = -1,
                              .text = RAP_TEXT (""),
                              .style = RAP_TEXT ("")};
}

static void take_level (walk_t *w, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes)
{
    level_t *level = w->level;
    rap_text_t value = rap_docx_attribute (attributes, "val", NULL);
    long number = rap_docx_number (attributes, "val", 0);
    switch (tag) {
    case RAP_DOCX_numFmt:
        level->format = rap_docx_format (value);
        break;
    case RAP_DOCX_start:
        level->start = number > 0 ? (uint32_t)number : 0;
        break;
    case RAP_DOCX_lvlRestart:
        level->restart = (int32_t)number;
        break;
    case RAP_DOCX_isLgl:
        level->legal = rap_docx_on (attributes);
        break;
    case RAP_DOCX_lvlText:
        level->text = rap_arena_text (w->arena, value);
        break;
    case RAP_DOCX_pStyle:
        level->style = rap_arena_text (w->arena, value);
        break;
    default:
        break;
    }
}

static void take_numbering (walk_t *w, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes)
{
    numbering_t *numbering = last_numbering (w);
    if (tag == RAP_DOCX_abstractNumId)
        numbering->outline = (int32_t)rap_docx_number (attributes, "val", -1);
    if (tag == RAP_DOCX_lvlOverride)
        w->override = level_index (attributes);
    if (tag == RAP_DOCX_startOverride && w->override >= 0) {
        long start = rap_docx_number (attributes, "val", 0);
        numbering->starts[w->override] = start > 0 ? start : 0;
    }
}

static rap_status_t on_start (void *context, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                              rap_reason_t *reason)
{
    walk_t *w = context;
    if (tag == RAP_DOCX_abstractNum)
        return begin_outline (w, attributes, reason);
    if (tag == RAP_DOCX_num)
        return begin_numbering (w, attributes, reason);
    if (tag == RAP_DOCX_lvl)
        begin_level (w, attributes);
    else if (w->level)
        take_level (w, tag, attributes);
    else if (w->in_numbering)
        take_numbering (w, tag, attributes);
    else if (w->in_outline && tag == RAP_DOCX_numStyleLink)
        last_outline (w)->from_style = rap_arena_text (w->arena, rap_docx_attribute (attributes, "val", NULL));
    return RAP_OK;
}

static rap_status_t on_end (void *context, rap_docx_tag_t tag, rap_reason_t *reason)
{
    walk_t *w = context;
    (void)reason;
    if (tag == RAP_DOCX_abstractNum)
        w->in_outline = false;
    if (tag == RAP_DOCX_num)
        w->in_numbering = false;
    if (tag == RAP_DOCX_lvl)
        w->level = NULL;
    if (tag == RAP_DOCX_lvlOverride)
        w->override = -1;
    return RAP_OK;
}

//  Both begin with the identifier.
static int compare_ids (const void *a, const void *b)
{
    int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

rap_docx_numbering_t *rap_docx_numbering_new (void)
{
    rap_docx_numbering_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    return self;
}

void rap_docx_numbering_destroy (rap_docx_numbering_t **self_p)
{
    if (!*self_p)
        return;
    free ((*self_p)->outlines);
    free ((*self_p)->numberings);
    free (*self_p);
    *self_p = NULL;
}

rap_status_t rap_docx_numbering_read (rap_docx_numbering_t *self, rap_zip_t *zip, const char *part,
                                      rap_arena_t *arena, rap_reason_t *reason)
{
    static const rap_docx_handler_t handler = {.start = on_start, .end = on_end};
    walk_t w = {.self = self, .arena = arena, .part = part, .override = -1};
    rap_status_t status = rap_docx_parse (zip, part, &handler, &w, reason);
    if (self->outlines_count)
        qsort (self->outlines, self->outlines_count, sizeof *self->outlines, compare_ids);
    if (self->numberings_count)
        qsort (self->numberings, self->numberings_count, sizeof *self->numberings, compare_ids);
    return status;
}

//  --- counting ---------------------------------------------------------------

static numbering_t *numbering_of (const rap_docx_numbering_t *self, int32_t id)
{
    return self->numberings_count
               ? bsearch (&id, self->numberings, self->numberings_count, sizeof *self->numberings, compare_ids)
               : NULL;
}

static outline_t *outline_of (const rap_docx_numbering_t *self, const numbering_t *numbering)
{
    return numbering && self->outlines_count ? bsearch (&numbering->outline, self->outlines, self->outlines_count,
                                                        sizeof *self->outlines, compare_ids)
                                             : NULL;
}

//  The outline whose levels are used: a style's, if it says so. One step, for Word makes no more.
static const outline_t *levels_of (const rap_docx_numbering_t *self, const outline_t *outline,
                                   const rap_docx_styles_t *styles)
{
    const rap_docx_style_t *style = outline->from_style.len ? rap_docx_style (styles, outline->from_style) : NULL;
    const outline_t *other = style ? outline_of (self, numbering_of (self, style->setting.numbering)) : NULL;
    return other ? other : outline;
}

static const level_t *level_at (const numbering_t *numbering, const outline_t *levels, int32_t level)
{
    return numbering->overrides[level] ? numbering->overrides[level] : &levels->levels[level];
}

int32_t rap_docx_numbering_level_of (const rap_docx_numbering_t *self, int32_t id, rap_text_t style)
{
    const outline_t *outline = outline_of (self, numbering_of (self, id));
    for (int32_t i = 0; outline && i < RAP_DOCX_LEVELS; i++)
        if (style.len && rap_text_equal (outline->levels[i].style, style))
            return i;
    return 0;
}

static void count (numbering_t *numbering, outline_t *outline, const outline_t *levels, int32_t level)
{
    for (int32_t i = 0; i < level; i++)
        if (!outline->begun[i]) //  a level that was passed over is printed as its first, which is still to come
            outline->counts[i] = level_at (numbering, levels, i)->start;
    if (numbering->starts[level] >= 0) {
        outline->counts[level] = (uint32_t)numbering->starts[level];
        numbering->starts[level] = -1; //  once
    } else if (!outline->begun[level]) {
        outline->counts[level] = level_at (numbering, levels, level)->start;
    } else {
        outline->counts[level]++;
    }
    outline->begun[level] = true;
    for (int32_t i = level + 1; i < RAP_DOCX_LEVELS; i++) {
        int32_t restart = level_at (numbering, levels, i)->restart;
        if (restart < 0 || level < restart)
            outline->begun[i] = false;
    }
}

//  A bullet is a sign of some font of signs; dashes are what they are.
static rap_text_t bullet_of (rap_text_t text)
{
    bool dash = rap_text_equal (text, RAP_TEXT ("-")) || rap_text_equal (text, RAP_TEXT ("\xE2\x80\x93"))
                || rap_text_equal (text, RAP_TEXT ("\xE2\x80\x94"));
    return dash ? text : text.len ? RAP_TEXT ("\xE2\x80\xA2") : text;
}

//  '%1.%2' with its numbers.
static size_t print_label (rap_docx_numbering_t *self, const numbering_t *numbering, const outline_t *outline,
                           const outline_t *levels, const level_t *level)
{
    size_t len = 0;
    for (size_t i = 0; i < level->text.len && len < RAP_DOCX_LABEL_MAX; i++) {
        char c = level->text.at[i], next = i + 1 < level->text.len ? level->text.at[i + 1] : ' ';
        if (c != '%' || next < '1' || next > '9') {
            self->label[len++] = c;
            continue;
        }
        i++;
        const level_t *named = level_at (numbering, levels, next - '1');
        rap_docx_format_t format = level->legal ? RAP_DOCX_DECIMAL : named->format;
        len +=
            rap_docx_format_number (format, outline->counts[next - '1'], self->label + len, RAP_DOCX_LABEL_MAX - len);
    }
    return len;
}

rap_text_t rap_docx_numbering_next (rap_docx_numbering_t *self, int32_t id, int32_t level,
                                    const rap_docx_styles_t *styles)
{
    numbering_t *numbering = id > 0 ? numbering_of (self, id) : NULL;
    outline_t *outline = outline_of (self, numbering);
    if (!outline || level < 0 || level >= RAP_DOCX_LEVELS)
        return RAP_TEXT ("");
    const outline_t *levels = levels_of (self, outline, styles);
    const level_t *own = level_at (numbering, levels, level);
    if (!own->given)
        return RAP_TEXT ("");
    count (numbering, outline, levels, level);
    if (own->format == RAP_DOCX_BULLET)
        return bullet_of (own->text);
    size_t len = print_label (self, numbering, outline, levels, own);
    while (len && (unsigned char)self->label[len - 1] >= 0x80 && len == RAP_DOCX_LABEL_MAX)
        len--; //  never half a character
    return rap_text_of (self->label, len);
}
