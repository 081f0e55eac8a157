//  html_style: a pass over declarations; rules in a table by element and class.
#include "html_style.h"

#include <stdlib.h>
#include <strings.h>

#include "glyph.h"

enum { NAME_MAX_BYTES = 64, SLOTS = RAP_STYLES_MAX * 2 };

typedef struct {
    char name[NAME_MAX_BYTES]; //  'p', '.c1', 'p.c1', with no NUL if full
    uint8_t len;               //  0: free
    rap_style_t style;
} rule_t;

struct rap_styles {
    rule_t *slots; //  open addressing; NULL as long as there is no rule
    uint32_t count;
};

rap_styles_t *rap_styles_new (void)
{
    rap_styles_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    return self;
}

void rap_styles_destroy (rap_styles_t **self_p)
{
    if (!*self_p)
        return;
    free ((*self_p)->slots);
    free (*self_p);
    *self_p = NULL;
}

//  --- declarations -----------------------------------------------------------

//  Byte of the next `c` from `at` on; css.len if there is none.
static size_t find (rap_text_t css, size_t at, char c)
{
    const char *found = at < css.len ? memchr (css.at + at, c, css.len - at) : NULL;
    return found ? (size_t)(found - css.at) : css.len;
}

static bool is (rap_text_t text, const char *word)
{
    return text.len == strlen (word) && strncasecmp (text.at, word, text.len) == 0;
}

static bool begins (rap_text_t text, const char *word)
{
    size_t len = strlen (word);
    return text.len >= len && strncasecmp (text.at, word, len) == 0;
}

static uint8_t said (bool yes)
{
    return yes ? RAP_YES : RAP_NO;
}

static char list_of (rap_text_t value)
{
    static const struct {
        const char *word;
        char list;
    } lists[] = {{"decimal", '1'},     {"lower-alpha", 'a'}, {"lower-latin", 'a'}, {"upper-alpha", 'A'},
                 {"upper-latin", 'A'}, {"lower-roman", 'i'}, {"upper-roman", 'I'}, {"none", '-'},
                 {"disc", '*'},        {"circle", '*'},      {"square", '*'}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (begins (value, lists[i].word))
            return lists[i].list;
    return 0;
}

static void declare (rap_style_t *style, rap_text_t name, rap_text_t value)
{
    if (is (name, "font-style"))
        style->italic = said (begins (value, "italic") || begins (value, "oblique"));
    else if (is (name, "font-weight"))
        style->bold = said (begins (value, "bold") || (value.len >= 3 && value.at[0] >= '6' && value.at[0] <= '9'));
    else if (is (name, "vertical-align"))
        style->raised = said (begins (value, "super"));
    else if (is (name, "display") && (begins (value, "none") || style->hidden != RAP_YES)) {
        style->hidden = said (begins (value, "none"));
        style->block = said (is (value, "block"));
    } else if ((is (name, "visibility") && (begins (value, "hidden") || begins (value, "collapse")))
               || (is (name, "mso-hide") && begins (value, "all")))
        style->hidden = RAP_YES;
    else if (is (name, "text-align"))
        style->centred = said (begins (value, "center"));
    else if (is (name, "white-space"))
        style->pre = said (begins (value, "pre"));
    else if (is (name, "list-style-type") || is (name, "list-style"))
        style->list = list_of (value);
    else if (is (name, "mso-element") && (is (value, "footnote") || is (value, "endnote")))
        style->note = RAP_YES;
}

rap_style_t rap_style_read (rap_text_t declarations)
{
    rap_style_t style = {0};
    while (declarations.len) {
        rap_text_t one = rap_text_of (declarations.at, find (declarations, 0, ';'));
        declarations = rap_text_from (declarations, one.len + 1);
        size_t at = find (one, 0, ':');
        if (at == one.len)
            continue;
        declare (&style, rap_text_trim (rap_text_of (one.at, at)), rap_text_trim (rap_text_from (one, at + 1)));
    }
    return style;
}

rap_style_t rap_style_over (rap_style_t under, rap_style_t over)
{
    return (rap_style_t){.italic = over.italic ? over.italic : under.italic,
                         .bold = over.bold ? over.bold : under.bold,
                         .raised = over.raised ? over.raised : under.raised,
                         .hidden = over.hidden ? over.hidden : under.hidden,
                         .centred = over.centred ? over.centred : under.centred,
                         .pre = over.pre ? over.pre : under.pre,
                         .block = over.block ? over.block : under.block,
                         .note = over.note ? over.note : under.note,
                         .list = over.list ? over.list : under.list};
}

//  --- rules ------------------------------------------------------------------

static uint32_t hash_of (rap_text_t name)
{
    uint32_t hash = 2166136261u; //  FNV-1a
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.at[i]) * 16777619u;
    return hash;
}

//  The rule's place, or the free one where it would be.
static rule_t *slot_of (const rap_styles_t *self, rap_text_t name)
{
    for (uint32_t at = hash_of (name);; at++) {
        rule_t *slot = &self->slots[at % SLOTS];
        if (!slot->len || rap_text_equal (rap_text_of (slot->name, slot->len), name))
            return slot;
    }
}

static bool says_nothing (rap_style_t style)
{
    static const rap_style_t nothing = {0};
    return memcmp (&style, &nothing, sizeof style) == 0;
}

//  An element, a class, or both; nothing that depends on where it stands.
static bool is_simple (rap_text_t selector)
{
    uint32_t dots = 0;
    for (size_t i = 0; i < selector.len; i++) {
        char c = selector.at[i];
        dots += c == '.';
        if (c != '.' && c != '-' && c != '_' && !glyph_is_letter (c) && !glyph_is_digit (c))
            return false;
    }
    return selector.len && selector.len <= NAME_MAX_BYTES && dots <= 1;
}

static void add_rule (rap_styles_t *self, rap_text_t selector, rap_style_t style)
{
    char name[NAME_MAX_BYTES];
    if (!is_simple (selector) || self->count >= RAP_STYLES_MAX)
        return;
    bool element = true; //  in small letters; a class as it is
    for (size_t i = 0; i < selector.len; i++) {
        element = element && selector.at[i] != '.';
        name[i] = (char)(element && glyph_is_upper (selector.at[i]) ? selector.at[i] | 32 : selector.at[i]);
    }
    if (!self->slots && !(self->slots = calloc (SLOTS, sizeof *self->slots)))
        abort ();
    rule_t *slot = slot_of (self, rap_text_of (name, selector.len));
    if (!slot->len) {
        memcpy (slot->name, name, selector.len);
        slot->len = (uint8_t)selector.len;
        self->count++;
    }
    slot->style = rap_style_over (slot->style, style);
}

static void add_rules (rap_styles_t *self, rap_text_t selectors, rap_style_t style)
{
    while (!says_nothing (style) && selectors.len) {
        rap_text_t one = rap_text_of (selectors.at, find (selectors, 0, ','));
        selectors = rap_text_from (selectors, one.len + 1);
        add_rule (self, rap_text_trim (one), style);
    }
}

//  After the block that opens at `at`, with the blocks in it.
static size_t after_block (rap_text_t css, size_t at)
{
    uint32_t deep = 0;
    for (; at < css.len; at++) {
        deep += css.at[at] == '{';
        if (css.at[at] == '}' && --deep == 0)
            return at + 1;
    }
    return at;
}

static size_t after_comment (rap_text_t css, size_t at)
{
    const char *end = at + 2 < css.len ? memmem (css.at + at + 2, css.len - at - 2, "*/", 2) : NULL;
    return end ? (size_t)(end - css.at) + 2 : css.len;
}

static bool is_skipped (char c)
{
    return c == '}' || c == ';' || glyph_is_space (c);
}

void rap_styles_add (rap_styles_t *self, rap_text_t css)
{
    css.len = css.len < RAP_STYLES_BYTES_MAX ? css.len : RAP_STYLES_BYTES_MAX;
    for (size_t at = 0; at < css.len;) {
        rap_text_t rest = rap_text_from (css, at);
        if (is_skipped (css.at[at])) {
            at++;
        } else if (glyph_has (rest, "/*")) {
            at = after_comment (css, at);
        } else if (glyph_has (rest, "<!--")) {
            at += 4;
        } else if (glyph_has (rest, "-->")) {
            at += 3;
        } else {
            size_t open = find (css, at, '{');
            size_t close = find (css, open, '}');
            //  @media and the like say something of a page, not of text.
            bool of_page = css.at[at] == '@';
            if (!of_page && open < css.len)
                add_rules (self, rap_text_of (css.at + at, open - at),
                           rap_style_read (rap_text_of (css.at + open + 1, close - open - 1)));
            size_t stop = find (css, at, ';');
            at = of_page ? (stop < open ? stop + 1 : after_block (css, open)) : close + 1;
        }
    }
}

static rap_style_t with_class (const rap_styles_t *self, rap_text_t element, rap_text_t class)
{
    char name[NAME_MAX_BYTES];
    rap_style_t style = {0};
    if (element.len + 1 + class.len > sizeof name)
        return style;
    memcpy (name, element.at, element.len);
    name[element.len] = '.';
    memcpy (name + element.len + 1, class.at, class.len);
    style = slot_of (self, rap_text_of (name + element.len, class.len + 1))->style;
    return rap_style_over (style, slot_of (self, rap_text_of (name, element.len + 1 + class.len))->style);
}

rap_style_t rap_styles_of (const rap_styles_t *self, rap_text_t element, rap_text_t classes)
{
    rap_style_t style = {0};
    if (!self->count)
        return style;
    style = slot_of (self, element)->style;
    for (uint32_t count = 0; classes.len && count < RAP_STYLE_CLASSES_MAX; count++) {
        classes = rap_text_trim (classes);
        size_t len = 0;
        while (len < classes.len && !glyph_is_space (classes.at[len]))
            len++;
        if (len)
            style = rap_style_over (style, with_class (self, element, rap_text_of (classes.at, len)));
        classes = rap_text_from (classes, len);
    }
    return style;
}
