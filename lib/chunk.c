//  chunk: names of the kinds.
#include "rapporteur/chunk.h"

#include <assert.h>

static const char *const names[RAP_CHUNK_KINDS] = {
    [RAP_MASTHEAD] = "masthead",   [RAP_TITLE] = "title",         [RAP_SUMMARY] = "summary",
    [RAP_HEADING] = "heading",     [RAP_PARAGRAPH] = "paragraph", [RAP_PREAMBULAR] = "preambular",
    [RAP_OPERATIVE] = "operative", [RAP_ITEM] = "item",           [RAP_PLAIN] = "text",
    [RAP_FOOTNOTE] = "footnote",   [RAP_FORMULA] = "formula",
};

const char *rap_chunk_kind_name (rap_chunk_kind_t kind)
{
    assert ((unsigned)kind < RAP_CHUNK_KINDS);
    return names[kind];
}

rap_chunk_kind_t rap_chunk_kind_of (rap_text_t name)
{
    for (unsigned i = 0; i < RAP_CHUNK_KINDS; i++)
        if (rap_text_equal (name, rap_text (names[i])))
            return (rap_chunk_kind_t)i;
    return RAP_CHUNK_KINDS;
}
