/*  extract: from one chunk to its findings.
 *
 *  An extractor is a pure function of the chunk, its document's particulars and
 *  the rules. It sees the hits of the matcher, looks closely where they fired,
 *  and adds findings. It keeps nothing between chunks; the same input gives the
 *  same findings in the same order, always. Positions are bytes inside the
 *  extractors; rap_findings_add turns them into code points.                 */
#ifndef RAPPORTEUR_WORKERS_EXTRACT_H
#define RAPPORTEUR_WORKERS_EXTRACT_H

#include "rapporteur/arena.h"
#include "rapporteur/chunk.h"
#include "rapporteur/finding.h"
#include "rapporteur/lexicon.h"

#include "matcher.h"

//  Findings of one chunk, in the order added; refused beyond RAP_FINDINGS_MAX
//  (add then answers NULL, and `full` is set: the worker reports FAIL).
typedef struct {
    rap_finding_t *at;
    uint32_t count;
    uint32_t room;
    bool full;
} rap_findings_t;

//  What an extractor is given.
typedef struct {
    const rap_document_t *document;
    const rap_chunk_t *chunk;
    rap_text_t text;                 //  chunk->text
    const rap_scan_t *scan;          //  hits in it
    const rap_scan_t *scan_sections; //  hits in the section headings, joined by '\n' (themes)
    rap_text_t sections;             //  that joined text; the document's title for a chunk under no heading
    rap_arena_t *arena;              //  for texts of findings; reset after the chunk is sent
    rap_findings_t *findings;
    const void *points; //  byte to code point index, for rap_findings_add
} rap_extract_t;

//  Adds a finding of `kind` over bytes [start, end) of the text, all values zero
//  or ''; the caller fills them in. NULL if there are too many, or if the span is
//  not one of whole code points inside the text (a fault that fails the chunk).
rap_finding_t *rap_findings_add (const rap_extract_t *x, rap_finding_kind_t kind, size_t start, size_t end);

//  --- the extractors, one .c and .h each ------------------------------------
//  Each has: NAME_new (lexicon, builder, reason) which registers its phrases,
//  NAME_run (self, x), NAME_destroy (&self). They run in the order of
//  extract.c; a later one may read findings that earlier ones added.

typedef struct rap_extractors rap_extractors_t; //  all of them, and the matcher

rap_extractors_t *rap_extractors_new (const rap_lexicon_t *lexicon, const char *cache_folder, rap_reason_t *reason);
void rap_extractors_destroy (rap_extractors_t **self_p);

//  All findings of a chunk. `findings` and texts live in `arena`.
rap_status_t rap_extractors_run (rap_extractors_t *self, const rap_document_t *document, const rap_chunk_t *chunk,
                                 rap_arena_t *arena, rap_findings_t *findings, rap_reason_t *reason);

//  For people who ask why: what each term found adds to a class of a scheme (theme.h) is told from now on. False:
//  there is no such scheme.
typedef void (rap_extractors_told_fn) (void *self, rap_text_t class_code, rap_text_t term, double part,
                                       bool in_heading);
bool rap_extractors_listen (rap_extractors_t *self, const char *scheme, rap_extractors_told_fn *told,
                            void *told_self);

//  For benches: from now on the nanoseconds of each step are added to spent_ns,
//  which has a place for each; NULL ends it. Step 0 is the matcher, then the
//  extractors in their order.
uint32_t rap_extractors_steps (void);
const char *rap_extractors_step_name (uint32_t step);
void rap_extractors_measure (rap_extractors_t *self, uint64_t *spent_ns);

#endif
