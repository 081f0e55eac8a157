//  html_tag: one table, in order of names.
#include "html_tag.h"

#include <stdlib.h>
#include <string.h>

static const rap_html_tag_t tags[] = {
    {"a", 0, RAP_HTML_A, 0},
    {"address", RAP_TAG_BLOCK, 0, 0},
    {"article", RAP_TAG_BLOCK | RAP_TAG_TEXT, 0, 0},
    {"aside", RAP_TAG_BLOCK, 0, 0},
    {"audio", RAP_TAG_SKIP, 0, 0},
    {"b", RAP_TAG_BOLD, 0, 0},
    {"blockquote", RAP_TAG_BLOCK, 0, 0},
    {"body", RAP_TAG_BLOCK, 0, 0},
    {"br", 0, RAP_HTML_BR, 0},
    {"button", RAP_TAG_SKIP, 0, 0},
    {"canvas", RAP_TAG_SKIP, 0, 0},
    {"caption", RAP_TAG_BLOCK, 0, 0},
    {"center", RAP_TAG_BLOCK | RAP_TAG_CENTRED, 0, 0},
    {"cite", RAP_TAG_ITALIC, 0, 0},
    {"datalist", RAP_TAG_SKIP, 0, 0},
    {"dd", RAP_TAG_BLOCK, 0, 0},
    {"dialog", RAP_TAG_SKIP, 0, 0},
    {"dir", RAP_TAG_BLOCK | RAP_TAG_LIST, 0, 0},
    {"div", RAP_TAG_BLOCK, 0, 0},
    {"dl", RAP_TAG_BLOCK, 0, 0},
    {"dt", RAP_TAG_BLOCK, 0, 0},
    {"em", RAP_TAG_ITALIC, 0, 0},
    {"fieldset", RAP_TAG_BLOCK, 0, 0},
    {"figcaption", RAP_TAG_BLOCK, 0, 0},
    {"figure", RAP_TAG_BLOCK, 0, 0},
    {"footer", RAP_TAG_BLOCK | RAP_TAG_FURNITURE, 0, 0},
    {"form", RAP_TAG_BLOCK, 0, 0},
    {"h1", RAP_TAG_BLOCK | RAP_TAG_BOLD, RAP_HTML_HEADING, 1},
    {"h2", RAP_TAG_BLOCK | RAP_TAG_BOLD, RAP_HTML_HEADING, 2},
    {"h3", RAP_TAG_BLOCK | RAP_TAG_BOLD, RAP_HTML_HEADING, 3},
    {"h4", RAP_TAG_BLOCK | RAP_TAG_BOLD, RAP_HTML_HEADING, 4},
    {"h5", RAP_TAG_BLOCK | RAP_TAG_BOLD, RAP_HTML_HEADING, 5},
    {"h6", RAP_TAG_BLOCK | RAP_TAG_BOLD, RAP_HTML_HEADING, 6},
    {"head", RAP_TAG_BLOCK | RAP_TAG_SKIP, 0, 0},
    {"header", RAP_TAG_BLOCK, 0, 0},
    {"hgroup", RAP_TAG_BLOCK, 0, 0},
    {"hr", RAP_TAG_BLOCK, RAP_HTML_HR, 0},
    {"html", RAP_TAG_BLOCK, 0, 0},
    {"i", RAP_TAG_ITALIC, 0, 0},
    {"iframe", RAP_TAG_SKIP, 0, 0},
    {"legend", RAP_TAG_BLOCK, 0, 0},
    {"li", RAP_TAG_BLOCK, RAP_HTML_LI, 0},
    {"listing", RAP_TAG_BLOCK | RAP_TAG_PRE, 0, 0},
    {"main", RAP_TAG_BLOCK | RAP_TAG_TEXT, 0, 0},
    {"math", RAP_TAG_SKIP, 0, 0},
    {"menu", RAP_TAG_BLOCK | RAP_TAG_LIST, 0, 0},
    {"nav", RAP_TAG_BLOCK | RAP_TAG_SKIP, 0, 0},
    {"noframes", RAP_TAG_SKIP, 0, 0},
    {"noscript", RAP_TAG_SKIP, 0, 0},
    {"object", RAP_TAG_SKIP, 0, 0},
    {"ol", RAP_TAG_BLOCK | RAP_TAG_LIST, RAP_HTML_OL, 0},
    {"option", RAP_TAG_SKIP, 0, 0},
    {"p", RAP_TAG_BLOCK, 0, 0},
    {"pre", RAP_TAG_BLOCK | RAP_TAG_PRE, 0, 0},
    {"rp", RAP_TAG_SKIP, 0, 0},
    {"rt", RAP_TAG_SKIP, 0, 0},
    {"script", RAP_TAG_SKIP, 0, 0},
    {"section", RAP_TAG_BLOCK, 0, 0},
    {"select", RAP_TAG_SKIP, 0, 0},
    {"strong", RAP_TAG_BOLD, 0, 0},
    {"style", RAP_TAG_SKIP, RAP_HTML_STYLE, 0},
    {"summary", RAP_TAG_BLOCK, 0, 0},
    {"sup", RAP_TAG_RAISED, 0, 0},
    {"svg", RAP_TAG_SKIP, 0, 0},
    {"table", RAP_TAG_BLOCK, RAP_HTML_TABLE, 0},
    {"td", RAP_TAG_BLOCK, RAP_HTML_TD, 0},
    {"template", RAP_TAG_SKIP, 0, 0},
    {"textarea", RAP_TAG_SKIP, 0, 0},
    {"th", RAP_TAG_BLOCK | RAP_TAG_BOLD, RAP_HTML_TD, 1},
    {"title", RAP_TAG_SKIP, 0, 0},
    {"tr", RAP_TAG_BLOCK, RAP_HTML_TR, 0},
    {"u", 0, RAP_HTML_U, 0},
    {"ul", RAP_TAG_BLOCK | RAP_TAG_LIST, 0, 0},
    {"video", RAP_TAG_SKIP, 0, 0},
    {"xmp", RAP_TAG_BLOCK | RAP_TAG_PRE, 0, 0},
};

static int compare (const void *name, const void *tag)
{
    return strcmp (name, ((const rap_html_tag_t *)tag)->name);
}

const rap_html_tag_t *rap_html_tag (const char *name)
{
    static const rap_html_tag_t other = {"", 0, RAP_HTML_OTHER, 0};
    const rap_html_tag_t *found = bsearch (name, tags, sizeof tags / sizeof *tags, sizeof *tags, compare);
    return found ? found : &other;
}
