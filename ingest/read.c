//  read: the steps of reading, in order.
#include "read.h"

#include <stdlib.h>

#include "rapporteur/version.h"

#include "draft.h"
#include "form.h"
#include "masthead.h"
#include "segment.h"
#include "tables.h"
#include "unfold.h"

rap_reader_t *rap_reader_new (const rap_lexicon_t *lexicon, rap_reason_t *reason)
{
    rap_reader_t *self = calloc (1, sizeof *self);
    if (!self)
        abort ();
    if (rap_rules_init (self, lexicon, reason) != RAP_OK)
        rap_reader_destroy (&self);
    return self;
}

void rap_reader_destroy (rap_reader_t **self_p)
{
    if (!*self_p)
        return;
    rap_rules_fini (*self_p);
    free (*self_p);
    *self_p = NULL;
}

//  Fields that nobody stated are empty texts, not NULL ones.
static void settle (rap_document_t *document)
{
    rap_text_t *fields[] = {
        &document->document_id, &document->source,   &document->symbol,      &document->title,
        &document->kind,        &document->body,     &document->session,     &document->agenda_item,
        &document->published,   &document->language, &document->sha256,      &document->supersedes,
        &document->splitter,    &document->pipeline, &document->received_at, &document->distribution};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (!fields[i]->len)
            *fields[i] = RAP_TEXT ("");
    document->other_symbols = RAP_TEXT ("[]");
}

//  The symbols that running heads may bear: the masthead's, and what the operator stated.
static rap_symbols_t furniture_symbols (const rap_symbols_t *masthead, rap_text_t stated)
{
    rap_symbols_t all = *masthead;
    if (stated.len && all.count < RAP_SYMBOLS_MAX)
        all.at[all.count++] = stated;
    return all;
}

rap_status_t rap_read (rap_reader_t *self, rap_text_t bytes, rap_arena_t *arena, rap_reading_t *reading,
                       rap_reason_t *reason)
{
    rap_draft_t draft = {.rules = self};
    settle (&reading->document);
    rap_status_t status = rap_form_lines (bytes, arena, &reading->document, &draft.lines, reason);
    if (status == RAP_OK) {
        rap_lines_unfold (&draft.lines, self, arena);
        uint32_t head = rap_head_part (&draft.lines, self, arena);
        rap_symbols_t symbols = rap_masthead_symbols (&draft.lines, self, arena);
        rap_symbols_t furniture = furniture_symbols (&symbols, reading->document.symbol);
        rap_lines_mark (&draft.lines, self, furniture.at, furniture.count);
        rap_tables_mark (&draft.lines, head, arena);
        status = rap_draft_fill (&draft, arena, reason);
        if (status == RAP_OK) {
            uint32_t first, title;
            rap_masthead_read (&draft, &symbols, arena, &reading->document, &first, &title);
            status = rap_segment (&draft, first, title, arena, reading, reason);
        }
    }
    rap_draft_fini (&draft);
    reading->document.bytes = bytes.len;
    return status;
}
