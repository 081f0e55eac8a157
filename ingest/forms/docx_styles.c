//  docx_styles: read once, put in order, and each filled in from what it is based on.
#include "docx_styles.h"

#include <stdlib.h>

#include "vector.h"

rap_docx_setting_t rap_docx_setting (void)
{
    return (rap_docx_setting_t){.outline = -1, .numbering = -1, .numbering_level = -1};
}

static rap_docx_said_t said (bool yes)
{
    return yes ? RAP_DOCX_YES : RAP_DOCX_NO;
}

static void say (rap_docx_said_t *own, rap_docx_said_t base)
{
    if (*own == RAP_DOCX_UNSAID)
        *own = base;
}

static void say_number (int32_t *own, int32_t base)
{
    if (*own < 0)
        *own = base;
}

void rap_docx_letters_base (rap_docx_letters_t *own, const rap_docx_letters_t *base)
{
    say (&own->bold, base->bold);
    say (&own->italic, base->italic);
    say (&own->hidden, base->hidden);
    say (&own->raised, base->raised);
    own->size = own->size ? own->size : base->size;
}

void rap_docx_letters_take (rap_docx_letters_t *self, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes)
{
    long size;
    switch (tag) {
    case RAP_DOCX_b:
        self->bold = said (rap_docx_on (attributes));
        break;
    case RAP_DOCX_i:
        self->italic = said (rap_docx_on (attributes));
        break;
    case RAP_DOCX_vanish:
        self->hidden = said (rap_docx_on (attributes));
        break;
    case RAP_DOCX_vertAlign:
        self->raised = said (rap_text_equal (rap_docx_attribute (attributes, "val", NULL), RAP_TEXT ("superscript")));
        break;
    case RAP_DOCX_sz:
        size = rap_docx_number (attributes, "val", 0);
        self->size = size > 0 && size < 10000 ? (uint32_t)size : 0;
        break;
    default:
        break;
    }
}

static int32_t number (const rap_docx_attributes_t *attributes)
{
    long value = rap_docx_number (attributes, "val", -1);
    return value >= 0 ? (int32_t)value : -1;
}

void rap_docx_setting_take (rap_docx_setting_t *self, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes)
{
    rap_text_t leader;
    switch (tag) {
    case RAP_DOCX_outlineLvl:
        self->outline = number (attributes);
        break;
    case RAP_DOCX_numId:
        self->numbering = number (attributes);
        break;
    case RAP_DOCX_ilvl:
        self->numbering_level = number (attributes);
        break;
    case RAP_DOCX_jc:
        self->centred = said (rap_text_equal (rap_docx_attribute (attributes, "val", NULL), RAP_TEXT ("center")));
        break;
    case RAP_DOCX_tab:
        leader = rap_docx_attribute (attributes, "leader", NULL);
        if (leader.len)
            self->dotted = said (rap_text_equal (leader, RAP_TEXT ("dot")));
        break;
    default:
        break;
    }
}

static void base_setting (rap_docx_setting_t *own, const rap_docx_setting_t *base)
{
    say_number (&own->outline, base->outline);
    say_number (&own->numbering, base->numbering);
    say_number (&own->numbering_level, base->numbering_level);
    say (&own->centred, base->centred);
    say (&own->dotted, base->dotted);
}

//  --- reading ----------------------------------------------------------------

typedef struct {
    rap_docx_styles_t *styles;
    rap_arena_t *arena;
    const char *part;
    rap_docx_style_t *open; //  the style that we are in
    bool defaults;          //  or the letters of all
    uint32_t changed;       //  depth within what was so before a tracked change
} walk_t;

static rap_status_t begin_style (walk_t *w, const rap_docx_attributes_t *attributes, rap_reason_t *reason)
{
    rap_docx_styles_t *styles = w->styles;
    if (styles->count == RAP_DOCX_STYLES_MAX)
        return rap_refuse (reason, "%.80s: more than %d styles", w->part, RAP_DOCX_STYLES_MAX);
    styles->at = vector_room (styles->at, styles->count, &styles->room, sizeof *styles->at);
    w->open = &styles->at[styles->count++];
    rap_text_t type = rap_docx_attribute (attributes, "type", NULL);
    *w->open = (rap_docx_style_t){.id = rap_arena_text (w->arena, rap_docx_attribute (attributes, "styleId", NULL)),
                                  .based_on = RAP_TEXT (""),
                                  .paragraph = rap_text_equal (type, RAP_TEXT ("paragraph")),
                                  .setting = rap_docx_setting ()};
    rap_text_t normal = rap_docx_attribute (attributes, "default", NULL);
    if (w->open->paragraph && (rap_text_equal (normal, RAP_TEXT ("1")) || rap_text_equal (normal, RAP_TEXT ("true"))))
        styles->paragraph = w->open->id;
    return RAP_OK;
}

static bool is_change (rap_docx_tag_t tag)
{
    return tag == RAP_DOCX_pPrChange || tag == RAP_DOCX_rPrChange;
}

static rap_status_t on_start (void *context, rap_docx_tag_t tag, const rap_docx_attributes_t *attributes,
                              rap_reason_t *reason)
{
    walk_t *w = context;
    w->changed += is_change (tag);
    if (w->changed)
        return RAP_OK;
    if (tag == RAP_DOCX_style)
        return begin_style (w, attributes, reason);
    if (tag == RAP_DOCX_docDefaults)
        w->defaults = true;
    if (w->defaults)
        rap_docx_letters_take (&w->styles->letters, tag, attributes);
    if (!w->open)
        return RAP_OK;
    if (tag == RAP_DOCX_basedOn)
        w->open->based_on = rap_arena_text (w->arena, rap_docx_attribute (attributes, "val", NULL));
    rap_docx_letters_take (&w->open->letters, tag, attributes);
    rap_docx_setting_take (&w->open->setting, tag, attributes);
    return RAP_OK;
}

static rap_status_t on_end (void *context, rap_docx_tag_t tag, rap_reason_t *reason)
{
    walk_t *w = context;
    (void)reason;
    w->changed -= is_change (tag);
    if (tag == RAP_DOCX_style)
        w->open = NULL;
    if (tag == RAP_DOCX_docDefaults)
        w->defaults = false;
    return RAP_OK;
}

static int compare (rap_text_t a, rap_text_t b)
{
    int order = memcmp (a.at, b.at, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_styles (const void *a, const void *b)
{
    return compare (((const rap_docx_style_t *)a)->id, ((const rap_docx_style_t *)b)->id);
}

static rap_docx_style_t *find (const rap_docx_styles_t *self, rap_text_t id)
{
    rap_docx_style_t key = {.id = id};
    return self->count ? bsearch (&key, self->at, self->count, sizeof *self->at, compare_styles) : NULL;
}

//  The chain is walked from the style up, and filled in on the way down.
static rap_status_t fill_in (rap_docx_styles_t *self, rap_docx_style_t *style, const char *part, rap_reason_t *reason)
{
    rap_docx_style_t *chain[RAP_DOCX_STYLE_STEPS_MAX];
    uint32_t count = 0;
    for (; style; style = style->based_on.len ? find (self, style->based_on) : NULL) {
        if (count == RAP_DOCX_STYLE_STEPS_MAX)
            return rap_refuse (reason, "%.80s: style '%.*s' is based on itself, or on others in more than %d steps",
                               part, (int)(chain[0]->id.len < 80 ? chain[0]->id.len : 80), chain[0]->id.at,
                               RAP_DOCX_STYLE_STEPS_MAX);
        chain[count++] = style;
    }
    while (count-- > 1) {
        rap_docx_letters_base (&chain[count - 1]->letters, &chain[count]->letters);
        base_setting (&chain[count - 1]->setting, &chain[count]->setting);
        chain[count - 1]->based_on = RAP_TEXT (""); //  done
    }
    return RAP_OK;
}

rap_status_t rap_docx_styles_read (rap_docx_styles_t *self, rap_zip_t *zip, const char *part, rap_arena_t *arena,
                                   rap_reason_t *reason)
{
    static const rap_docx_handler_t handler = {.start = on_start, .end = on_end};
    walk_t w = {.styles = self, .arena = arena, .part = part};
    rap_status_t status = rap_docx_parse (zip, part, &handler, &w, reason);
    if (self->count)
        qsort (self->at, self->count, sizeof *self->at, compare_styles);
    for (uint32_t i = 0; i < self->count && status == RAP_OK; i++)
        status = fill_in (self, &self->at[i], part, reason);
    return status;
}

void rap_docx_styles_fini (rap_docx_styles_t *self)
{
    free (self->at);
    *self = (rap_docx_styles_t){.at = NULL};
}

const rap_docx_style_t *rap_docx_style (const rap_docx_styles_t *self, rap_text_t id)
{
    return find (self, id);
}
