/*  export_document: a document as the database has it, in memory, for those
 *  formats that must know all of it before they write its beginning.
 *
 *  Texts are borrowed from the document and live as long as it does. Offsets are
 *  bytes here, though the database counts code points.                       */
#ifndef RAPPORTEUR_CTL_EXPORT_DOCUMENT_H
#define RAPPORTEUR_CTL_EXPORT_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"
#include "rapporteur/finding.h"

#include "database.h"

//  No chunk of that kind is there.
#define RAP_NO_CHUNK UINT32_MAX

//  What stands in a chunk's text from `start` to `end`. In the order of their
//  starts, the longer first; they may overlap.
typedef struct {
    rap_finding_kind_t kind;
    uint32_t start, end;
    rap_text_t key;  //  citation: symbol; date: first day; place: code; actor, clause: id, base; quantity: measure
    rap_text_t more; //  citation: day of the cited document, if it is here; date: last day; quantity: value
    rap_text_t target_kind, target_body; //  of a cited document that is here
} rap_span_t;

//  Where a footnote belongs: at its mark; without one, after the text before it.
typedef struct {
    uint32_t at;
    uint32_t footnote; //  index of its chunk; RAP_NO_CHUNK: the mark has no footnote
    bool marked;       //  a mark stands there
    bool first;        //  the footnote's first mark: its text goes here
} rap_note_at_t;

typedef struct {
    int64_t chunk_id;
    uint32_t ordinal;
    rap_chunk_kind_t kind; //  RAP_CHUNK_KINDS: a kind that this program does not know
    rap_text_t part, label, text;
    uint32_t depth;      //  headings above it
    uint32_t number_len; //  of a heading: bytes of 'III. ' before its name; 0 none
    rap_text_t under;    //  the innermost heading above it, without its number
    rap_span_t *spans;
    uint32_t spans_count;
    rap_note_at_t *notes; //  in order
    uint32_t notes_count;
    uint32_t host; //  of a footnote: the chunk in which its text goes
} rap_export_chunk_t;

//  A clause as found, for the analysis.
typedef struct {
    uint32_t chunk; //  index
    int64_t seq, force;
    rap_text_t verb, base, addressee, addressee_actor, condition, due;
} rap_export_clause_t;

typedef struct {
    rap_text_t scheme, code; //  a theme or goal that is first in some paragraph, the most frequent first
} rap_export_theme_t;

typedef struct {
    rap_arena_t *arena;
    rap_text_t document_id, source, symbol, title, kind, body, session, agenda_item, published, language;
    rap_text_t pipeline, received_at, completed_at;
    const rap_text_t *other_symbols;
    uint32_t other_symbols_count;
    rap_export_chunk_t *chunks;
    uint32_t chunks_count;
    const rap_export_clause_t *clauses;
    uint32_t clauses_count;
    const rap_export_theme_t *themes;
    uint32_t themes_count;
} rap_export_document_t;

//  Of the moment that the database holds. Ends the command with the reason if a
//  question fails.
rap_export_document_t *rap_export_document_new (rap_database_t *db, const char *document_id);
void rap_export_document_destroy (rap_export_document_t **self_p);

//  --- lines of a text with lettered sub-paragraphs -------------------------------
enum { RAP_LETTERED_DEPTH_MAX = 6 };
typedef struct {
    uint32_t start, end; //  of the line, its end not included
    uint32_t mark_end;   //  of '(a)'; start if it has none
    uint32_t body;       //  after the mark and the space
    uint32_t level;      //  of a marked line: 0 for (a), 1 for (i) below it
} rap_lettered_t;

//  The lines of `text`, in `arena`.
const rap_lettered_t *rap_lettered_read (rap_text_t text, rap_arena_t *arena, uint32_t *count);

#endif
