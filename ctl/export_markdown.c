//  export_markdown: a paragraph for each line of each chunk; verb phrases in italics, marks raised.
//
//  What the reader of Markdown understands decides the form: '#' for headings by their depth, stars, a backslash
//  before what would be markup, footnotes by raised digits, each where it was read.
#include "export.h"

#include <ctype.h>

#include "rapporteur/utf8.h"

enum { HEADINGS_MAX = 6 };

typedef struct {
    const rap_export_document_t *document;
    const rap_export_chunk_t *chunk;
    FILE *stream;
    uint32_t at; //  in the chunk's text
    uint32_t next_span, next_note;
} writer_t;

//  --- text ---------------------------------------------------------------------------
//  Punctuation that Markdown could take for markup where it stands.
static bool is_markup (rap_text_t text, size_t at)
{
    char before = at ? text.at[at - 1] : ' ', after = at + 1 < text.len ? text.at[at + 1] : ' ';
    switch (text.at[at]) {
    case '*':
    case '[':
    case ']':
    case '<':
    case '`':
    case '\\':
    case '~':
        return true;
    case '_': //  within a word it is itself
        return !isalnum ((unsigned char)before) || !isalnum ((unsigned char)after);
    case '&':
        return isalpha ((unsigned char)after) || after == '#';
    default:
        return false;
    }
}

//  Bytes at a line's beginning after which a backslash keeps it from being a heading, a list
//  or a quotation; -1: it is none.
static int block_markup (rap_text_t line)
{
    size_t digits = 0;
    while (digits < line.len && isdigit ((unsigned char)line.at[digits]))
        digits++;
    if (digits && digits < line.len && strchr (".)", line.at[digits]))
        return (int)digits;
    return line.len && strchr ("#>+-=|", line.at[0]) ? 0 : -1;
}

static void put_plain (writer_t *self, uint32_t to)
{
    while (self->at < to) {
        if (is_markup (self->chunk->text, self->at))
            putc ('\\', self->stream);
        self->at += (uint32_t)rap_utf8_show (self->stream, rap_text_from (self->chunk->text, self->at), true);
    }
}

//  --- footnotes ------------------------------------------------------------------------
//  `escaped`: a star is no markup there.
static void put_mark (writer_t *self, rap_text_t label, bool escaped)
{
    static const char *const raised[] = {"\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",     "\xc2\xb3",
                                         "\xe2\x81\xb4", "\xe2\x81\xb5", "\xe2\x81\xb6", "\xe2\x81\xb7",
                                         "\xe2\x81\xb8", "\xe2\x81\xb9"};
    while (label.len) {
        size_t len = 1;
        if (isdigit ((unsigned char)label.at[0]))
            fputs (raised[label.at[0] - '0'], self->stream);
        else {
            fputs (escaped && label.at[0] == '*' ? "\\" : "", self->stream);
            len = rap_utf8_show (self->stream, label, false);
        }
        label = rap_text_from (label, len);
    }
}

static void put_notes (writer_t *self, uint32_t until)
{
    for (; self->next_note < self->chunk->notes_count; self->next_note++) {
        const rap_note_at_t *note = &self->chunk->notes[self->next_note];
        if (note->at > until)
            return;
        put_plain (self, note->at);
        if (note->marked && note->footnote != RAP_NO_CHUNK)
            put_mark (self, self->document->chunks[note->footnote].label, true);
    }
}

//  --- chunks -----------------------------------------------------------------------------
//  The next verb phrase that is within the line; NULL.
static const rap_span_t *next_verb (writer_t *self, uint32_t end)
{
    for (; self->next_span < self->chunk->spans_count; self->next_span++) {
        const rap_span_t *span = &self->chunk->spans[self->next_span];
        if (span->start >= end)
            return NULL;
        if (span->kind == RAP_FINDING_clause && span->start >= self->at && span->end > span->start
            && span->end <= end)
            return span;
    }
    return NULL;
}

static void put_line (writer_t *self, uint32_t start, uint32_t end, bool guard)
{
    int block = guard ? block_markup (rap_text_of (self->chunk->text.at + start, end - start)) : -1;
    self->at = start;
    if (block >= 0) {
        put_plain (self, start + (uint32_t)block);
        putc ('\\', self->stream);
        putc (self->chunk->text.at[self->at++], self->stream);
    }
    for (const rap_span_t *verb; (verb = next_verb (self, end)); self->next_span++) {
        put_notes (self, verb->start);
        put_plain (self, verb->start);
        putc ('*', self->stream);
        put_plain (self, verb->end);
        putc ('*', self->stream);
    }
    put_notes (self, end);
    put_plain (self, end);
    fprintf (self->stream, "%s\n\n", self->chunk->kind == RAP_TITLE ? "**" : "");
}

//  'I' above 'Use of forests': a bare number has a line of its own, or it would be read as a word.
static bool is_number_apart (const rap_export_chunk_t *chunk)
{
    for (uint32_t i = 0; i + 1 < chunk->number_len; i++)
        if (!isupper ((unsigned char)chunk->text.at[i]) && !isdigit ((unsigned char)chunk->text.at[i]))
            return false;
    return chunk->number_len > 1;
}

//  What stands before the first line: signs of a heading, a number, a footnote's mark.
static bool put_lead (writer_t *self)
{
    const rap_export_chunk_t *chunk = self->chunk;
    uint32_t level = chunk->depth + 2;
    switch (chunk->kind) {
    case RAP_TITLE:
        fputs ("**", self->stream);
        return false;
    case RAP_HEADING:
        level = level < HEADINGS_MAX ? level : HEADINGS_MAX;
        fprintf (self->stream, "%.*s ", (int)level, "######");
        if (is_number_apart (chunk))
            fprintf (self->stream, "%.*s\n\n%.*s ", (int)chunk->number_len - 1, chunk->text.at, (int)level, "######");
        return false;
    case RAP_FOOTNOTE:
        put_mark (self, chunk->label, false);
        putc (' ', self->stream);
        return false;
    case RAP_PREAMBULAR:
        return true;
    default:
        for (rap_text_t left = chunk->label; left.len;)
            left = rap_text_from (left, rap_utf8_show (self->stream, left, false));
        if (chunk->label.len)
            fputs (chunk->label.at[chunk->label.len - 1] == ')' ? " " : ". ", self->stream);
        return !chunk->label.len;
    }
}

static void put_chunk (const rap_export_document_t *document, uint32_t index, FILE *stream)
{
    writer_t self = {.document = document, .chunk = &document->chunks[index], .stream = stream};
    rap_text_t text = self.chunk->text;
    if (!text.len)
        return;
    bool guard = put_lead (&self);
    for (size_t start = is_number_apart (self.chunk) ? self.chunk->number_len : 0;;) {
        const char *end = memchr (text.at + start, '\n', text.len - start);
        size_t stop = end ? (size_t)(end - text.at) : text.len;
        put_line (&self, (uint32_t)start, (uint32_t)stop, guard || start);
        if (!end)
            return;
        start = stop + 1;
    }
}

void rap_export_markdown (const rap_export_document_t *document, FILE *stream)
{
    for (uint32_t i = 0; i < document->chunks_count; i++)
        put_chunk (document, i, stream);
}
